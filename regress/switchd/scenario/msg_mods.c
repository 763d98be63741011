/*
 * SPDX-License-Identifier: ISC
 *
 * msg_mods.c: flow, group and meter mods from the text of a scenario.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "frame.h"
#include "words.h"

/* Bring the instructions of a run into order number n of all orders. */
static void
permute(uint8_t *p, size_t len, unsigned int n)
{
	uint8_t		out[1024];
	size_t		left[8], size, at = 0;
	unsigned int	count = 0, i, j;

	while (at + 4 <= len && count < 8 && len <= sizeof(out)) {
		left[count++] = at;
		at += (size_t)(p[at + 2] << 8 | p[at + 3]);
	}
	at = 0;
	for (i = count; i > 0; i--) {
		j = n % i;
		n /= i;
		size = (size_t)(p[left[j] + 2] << 8 | p[left[j] + 3]);
		memcpy(out + at, p + left[j], size);
		at += size;
		for (; j + 1 < i; j++)
			left[j] = left[j + 1];
	}
	memcpy(p, out, at);
}

/* outputs=N: apply-actions with so many outputs. */
static void
outputs(struct words *w, struct ofp_wr *instr, uint8_t *bytes)
{
	uint64_t	i, n = words_num(w, "outputs", 0);

	ofp_wr_init(instr, bytes, OFP_MSG_MAX);
	ofp_wr_u16(instr, OFP_IT_APPLY_ACTIONS);
	ofp_wr_u16(instr, (uint16_t)(8 + 16 * n));
	ofp_wr_zero(instr, 4);
	for (i = 0; i < n; i++) {
		ofp_wr_u16(instr, OFP_AT_OUTPUT);
		ofp_wr_u16(instr, 16);
		ofp_wr_u32(instr, 2);
		ofp_wr_zero(instr, 8);
	}
}

/* Words of flow_mod that are no flow in ovs-ofctl's syntax. */
static bool
is_option(const char *s)
{
	static const char *const name[] = {
		"instr=", "flags=", "command=", "buffer=", "outputs=",
		"order=", "cookie_mask=", "xid="
	};
	unsigned int	i;

	for (i = 0; i < nitems(name); i++) {
		if (strncmp(s, name[i], strlen(name[i])) == 0)
			return (true);
	}
	return (false);
}

/* flow_mod CMD FLOW [flags=] [command=] [buffer=] [instr=HEX] ... */
void
msg_flow_mod(struct words *w, struct ofp_wr *wr)
{
	static const char *const cmd[] = {
		"add", "modify", "modify_strict", "delete", "delete_strict"
	};
	static uint8_t		 bytes[OFP_MSG_MAX];
	static uint8_t		 list[4096];
	static char		 text[8192];
	static struct ofp_flow	 f;
	struct ofp_wr		 instr, whole;
	uint8_t			*msg;
	char			 err[200];
	const char		*s, *raw;
	int			 c, n = 0;

	c = w->w_n < 2 ? -1 : words_index(w->w_word[1], cmd, 5);
	if (c == -1) {
		words_fail(w, "flow_mod add|modify|...", w->w_n < 2 ? "" :
		    w->w_word[1]);
		return;
	}
	ofp_wr_init(&instr, bytes, sizeof(bytes));
	s = w->w_n > 2 && !is_option(w->w_word[2]) ? w->w_word[2] : "";
	/* Actions in hexadecimal: apply-actions. */
	raw = strstr(s, "actions=hex:");
	if (raw != NULL) {
		n = frame_parse_hex(raw + 12, list, sizeof(list));
		w->w_word[2][raw - s] = '\0';
		if (n < 0)
			words_fail(w, "not bytes", raw + 12);
	}
	/* Without "actions=": no instructions. */
	snprintf(text, sizeof(text), "%s%s%s", s, *s != '\0' ? "," : "",
	    strstr(s, "actions=") == NULL && c < OFP_FC_DELETE ?
	    "actions=drop" : "");
	if (text[0] != '\0' && text[strlen(text) - 1] == ',')
		text[strlen(text) - 1] = '\0';
	if (ofp_parse_flow(text, (enum ofp_flow_command)c, &f, &instr, err,
	    sizeof(err)) == -1) {
		words_fail(w, err, s);
		return;
	}
	if (raw != NULL) {
		ofp_wr_init(&instr, bytes, sizeof(bytes));
		ofp_wr_u16(&instr, OFP_IT_APPLY_ACTIONS);
		ofp_wr_u16(&instr, (uint16_t)(8 + n));
		ofp_wr_zero(&instr, 4);
		ofp_wr_bytes(&instr, list, (size_t)n);
	}
	if (w->w_n > 2 && s == w->w_word[2])
		w->w_word[2] = w->w_word[0];	/* done with */
	if ((s = words_key(w, "instr")) != NULL) {
		ofp_wr_init(&instr, bytes, sizeof(bytes));
		if ((n = frame_parse_hex(s, bytes, sizeof(bytes))) < 0)
			words_fail(w, "not bytes", s);
		else
			instr.wr_len = (size_t)n;
	}
	if (words_key(w, "outputs") != NULL)
		outputs(w, &instr, bytes);
	if (words_key(w, "order") != NULL)
		permute(bytes, instr.wr_len,
		    (unsigned int)words_num(w, "order", 0));
	f.f_command = (uint8_t)words_num(w, "command", f.f_command);
	f.f_flags = (uint16_t)words_num(w, "flags", f.f_flags);
	f.f_buffer = (uint32_t)words_num(w, "buffer", f.f_buffer);
	f.f_table = (uint8_t)words_num(w, "table", f.f_table);
	f.f_out_port = (uint32_t)words_num(w, "out_port", f.f_out_port);
	f.f_out_group = (uint32_t)words_num(w, "out_group", f.f_out_group);
	f.f_cookie = words_num(w, "cookie", f.f_cookie);
	f.f_cookie_mask = words_num(w, "cookie_mask", f.f_cookie_mask);
	ofp_rd_init(&f.f_instr_bytes, bytes, instr.wr_len);
	/* The caller wrote a header already: take the body only. */
	msg = malloc(OFP_MSG_MAX);
	ofp_wr_init(&whole, msg, OFP_MSG_MAX);
	ofp_flow_encode(&whole, 0, &f);
	if (ofp_wr_err(&whole))
		words_fail(w, "flow too long", "");
	else
		ofp_wr_bytes(wr, msg + OFP_HDR_LEN, whole.wr_len - OFP_HDR_LEN);
	free(msg);
}

/*
 * A flow mod with a match of OXMs given as number:length:value, all in
 * hexadecimal, in this order, unchecked; oxmm: with a mask.
 */
static void
oxm_match(struct words *w, struct ofp_wr *wr, bool mask)
{
	unsigned int	num_, len;
	uint8_t		value[40];
	size_t		start, at;
	int		i, n, used;

	ofp_wr_zero(wr, 16);			/* cookie, mask */
	ofp_wr_zero(wr, 8);			/* table 0, add, priority 0 */
	ofp_wr_u32(wr, OFP_NO_BUFFER);
	ofp_wr_u32(wr, OFP_P_ANY);
	ofp_wr_u32(wr, OFP_G_ANY);
	ofp_wr_zero(wr, 4);
	start = ofp_wr_pos(wr);
	ofp_wr_u16(wr, OFP_MT_OXM);
	at = ofp_wr_pos(wr);
	ofp_wr_u16(wr, 0);
	for (i = 1; i < w->w_n; i++) {
		if (sscanf(w->w_word[i], "%x:%x:%n", &num_, &len, &used) != 2)
			continue;
		n = frame_parse_hex(w->w_word[i] + used, value, sizeof(value));
		if (n < 0)
			words_fail(w, "not bytes", w->w_word[i]);
		ofp_wr_u16(wr, OFP_XMC_OPENFLOW_BASIC);
		ofp_wr_u8(wr, (uint8_t)(num_ << 1 | mask));
		ofp_wr_u8(wr, (uint8_t)len);
		ofp_wr_bytes(wr, value, n < 0 ? 0 : (size_t)n);
	}
	ofp_wr_put16(wr, at, (uint16_t)(ofp_wr_pos(wr) - start));
	ofp_wr_pad8(wr, start);
}

void
msg_oxm(struct words *w, struct ofp_wr *wr)
{
	oxm_match(w, wr, false);
}

void
msg_oxmm(struct words *w, struct ofp_wr *wr)
{
	oxm_match(w, wr, true);
}

/* group_mod CMD group=1 type=all : B | B with B = weight= actions= ... */
void
msg_group_mod(struct words *w, struct ofp_wr *wr)
{
	static const char *const cmd[] = { "add", "modify", "delete" };
	static const char *const type[] = { "all", "select", "indirect", "ff" };
	struct words		*b;
	struct ofp_bucket	 bk;
	struct ofp_wr		 act;
	static uint8_t		 bytes[8192];
	const char		*s;
	char			*part, *save, *word, *save2;
	int			 t;

	s = w->w_n < 2 ? "" : w->w_word[1];
	t = words_index(s, cmd, 3);
	ofp_wr_u16(wr, (uint16_t)(t >= 0 ? (uint64_t)t : words_number(w, s)));
	s = words_key(w, "type");
	t = s == NULL ? 0 : words_index(s, type, 4);
	ofp_wr_u8(wr, (uint8_t)(t >= 0 ? (uint64_t)t : words_number(w, s)));
	ofp_wr_u8(wr, 0);
	s = words_key(w, "group");
	ofp_wr_u32(wr, s != NULL && strcmp(s, "all") == 0 ? OFP_G_ALL :
	    (uint32_t)words_num(w, "group", 0));
	if (w->w_tail == NULL)
		return;
	b = calloc(1, sizeof(*b));
	for (part = strtok_r(w->w_tail, "|", &save); part != NULL;
	    part = strtok_r(NULL, "|", &save)) {
		b->w_n = 0;
		for (word = strtok_r(part, " \t", &save2); word != NULL &&
		    b->w_n < WORDS; word = strtok_r(NULL, " \t", &save2))
			b->w_word[b->w_n++] = word;
		bk.b_weight = (uint16_t)words_num(b, "weight", 0);
		bk.b_watch_port = (uint32_t)words_num(b, "watch_port",
		    OFP_P_ANY);
		bk.b_watch_group = (uint32_t)words_num(b, "watch_group",
		    OFP_G_ANY);
		ofp_wr_init(&act, bytes, sizeof(bytes));
		words_actions(b, &act, words_key(b, "actions"));
		ofp_rd_init(&bk.b_actions, bytes, act.wr_len);
		ofp_bucket_encode(wr, &bk);
	}
	if (b->w_why[0] != '\0')
		words_fail(w, b->w_why, "");
	free(b);
}

/* meter_mod CMD meter=1 flags=1 : drop rate=1000 burst=10 | dscp ... */
void
msg_meter_mod(struct words *w, struct ofp_wr *wr)
{
	static const char *const cmd[] = { "add", "modify", "delete" };
	struct words	*b;
	struct ofp_band	 bd;
	const char	*s;
	char		*part, *save, *word, *save2;
	int		 t;

	s = w->w_n < 2 ? "" : w->w_word[1];
	t = words_index(s, cmd, 3);
	ofp_wr_u16(wr, (uint16_t)(t >= 0 ? (uint64_t)t : words_number(w, s)));
	ofp_wr_u16(wr, (uint16_t)words_num(w, "flags", OFP_MF_KBPS));
	s = words_key(w, "meter");
	ofp_wr_u32(wr, s != NULL && strcmp(s, "all") == 0 ? OFP_M_ALL :
	    (uint32_t)words_num(w, "meter", 1));
	if (w->w_tail == NULL)
		return;
	b = calloc(1, sizeof(*b));
	for (part = strtok_r(w->w_tail, "|", &save); part != NULL;
	    part = strtok_r(NULL, "|", &save)) {
		b->w_n = 0;
		for (word = strtok_r(part, " \t", &save2); word != NULL &&
		    b->w_n < WORDS; word = strtok_r(NULL, " \t", &save2))
			b->w_word[b->w_n++] = word;
		memset(&bd, 0, sizeof(bd));
		s = b->w_n == 0 ? "drop" : b->w_word[0];
		bd.bd_type = strcmp(s, "drop") == 0 ? OFP_MBT_DROP :
		    strcmp(s, "dscp") == 0 ? OFP_MBT_DSCP_REMARK :
		    (uint16_t)words_number(b, s);
		bd.bd_rate = (uint32_t)words_num(b, "rate", 1000);
		bd.bd_burst = (uint32_t)words_num(b, "burst", 0);
		bd.bd_prec = (uint8_t)words_num(b, "prec", 1);
		bd.bd_experimenter = (uint32_t)words_num(b, "experimenter", 0);
		ofp_band_encode(wr, &bd);
	}
	if (b->w_why[0] != '\0')
		words_fail(w, b->w_why, "");
	free(b);
}
