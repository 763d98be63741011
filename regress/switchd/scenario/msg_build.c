/*
 * SPDX-License-Identifier: ISC
 *
 * msg_build.c: OpenFlow messages from the text of a scenario.
 *
 * A row of the table below for each kind of message: its name and who writes
 * its body.  Words "!17=09ff" behind a message overwrite bytes at an offset,
 * "!len=40" cuts or extends it, "!hlen=9" lies about its length; so every
 * malformed message can be written as a small change of a good one.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "frame.h"
#include "ofp_monitor.h"
#include "ofp_mp.h"
#include "ofp_msg.h"
#include "ofp_print.h"
#include "scenario.h"

#define WORDS	64

/* The text of a message, cut into words; what stands behind ":" or "|". */
struct words {
	char		 w_text[16384];
	char		*w_word[WORDS];
	int		 w_n;
	char		*w_tail;	/* behind the first " : ", or NULL */
	char		 w_why[300];
	uint32_t	 w_xid;
};

struct kind {
	const char	*k_name;
	uint8_t		 k_type;	/* OFP_T_*, or OFP_MP_* */
	void		(*k_write)(struct words *, struct ofp_wr *);
};

static uint8_t	hwaddr[1024][6];

void
msg_hwaddr_set(uint32_t port, const uint8_t mac[6])
{
	if (port < 1024)
		memcpy(hwaddr[port], mac, 6);
	else if (port == OFP_P_LOCAL)
		memcpy(hwaddr[1023], mac, 6);
}

static void
fail(struct words *w, const char *what, const char *word)
{
	if (w->w_why[0] == '\0')
		snprintf(w->w_why, sizeof(w->w_why), "%.200s: \"%.90s\"",
		    what, word);
}

/* Value of key=value, or NULL; a bare key gives "1". */
static const char *
key(const struct words *w, const char *name)
{
	size_t	n = strlen(name);
	int	i;

	for (i = 0; i < w->w_n; i++) {
		if (strncmp(w->w_word[i], name, n) != 0)
			continue;
		if (w->w_word[i][n] == '=')
			return (w->w_word[i] + n + 1);
		if (w->w_word[i][n] == '\0')
			return ("1");
	}
	return (NULL);
}

static uint64_t
number(struct words *w, const char *s)
{
	char			*end;
	unsigned long long	 v;
	uint32_t		 port;

	if (strcmp(s, "none") == 0)
		return (0xffffffff);
	v = strtoull(s, &end, 0);
	if (end != s && *end == '\0')
		return (v);
	if (strcasecmp(s, "slowpath") == 0)
		return (OFP_M_SLOWPATH);
	if (ofp_parse_port_no(s, &port) == 0)
		return (port);
	fail(w, "not a number", s);
	return (0);
}

static uint64_t
num(struct words *w, const char *name, uint64_t dflt)
{
	const char	*s = key(w, name);

	return (s == NULL ? dflt : number(w, s));
}

/* Words of bytes in hexadecimal, from word i on, to the message. */
static void
hex(struct words *w, struct ofp_wr *wr, int i)
{
	static uint8_t	b[OFP_MSG_MAX];
	int		n;

	for (; i < w->w_n; i++) {
		if (strchr(w->w_word[i], '=') != NULL ||
		    strcmp(w->w_word[i], "more") == 0)
			continue;
		if ((n = frame_parse_hex(w->w_word[i], b, sizeof(b))) < 0)
			fail(w, "not bytes", w->w_word[i]);
		else
			ofp_wr_bytes(wr, b, (size_t)n);
	}
}

/* data=N: N bytes 0, 1, 2, ... */
static void
data(struct words *w, struct ofp_wr *wr)
{
	uint64_t	i, n = num(w, "data", 0);

	for (i = 0; i < n; i++)
		ofp_wr_u8(wr, (uint8_t)i);
}

static void
actions(struct words *w, struct ofp_wr *wr, const char *s)
{
	char	err[200];

	if (s == NULL || *s == '\0')
		return;
	if (strncmp(s, "hex:", 4) == 0) {
		static uint8_t	b[4096];
		int	n = frame_parse_hex(s + 4, b, sizeof(b));

		if (n < 0)
			fail(w, "not bytes", s);
		else
			ofp_wr_bytes(wr, b, (size_t)n);
		return;
	}
	if (ofp_parse_actions(s, wr, err, sizeof(err)) == -1)
		fail(w, err, s);
}

/* What stands behind the header, for each message. */

static void
none(struct words *w, struct ofp_wr *wr)
{
}

static void
any(struct words *w, struct ofp_wr *wr)
{
	data(w, wr);
	hex(w, wr, 1);
}

/* hello [bits=0x10] [bytes]: a bitmap element if bits are given. */
static void
hello(struct words *w, struct ofp_wr *wr)
{
	if (key(w, "bits") != NULL) {
		ofp_wr_u16(wr, OFP_HET_VERSIONBITMAP);
		ofp_wr_u16(wr, 8);
		ofp_wr_u32(wr, (uint32_t)num(w, "bits", 0));
	}
	hex(w, wr, 1);
}

static void
error(struct words *w, struct ofp_wr *wr)
{
	ofp_wr_u16(wr, (uint16_t)num(w, "type", 1));
	ofp_wr_u16(wr, (uint16_t)num(w, "code", 0));
	data(w, wr);
}

static void
set_config(struct words *w, struct ofp_wr *wr)
{
	ofp_wr_u16(wr, (uint16_t)num(w, "flags", 0));
	ofp_wr_u16(wr, (uint16_t)num(w, "miss_send_len", 128));
}

static void
packet_out(struct words *w, struct ofp_wr *wr)
{
	static uint8_t	frame[FRAMES_MAX];
	char		err[200];
	size_t		at, start;
	int		n;

	ofp_wr_u32(wr, (uint32_t)num(w, "buffer", OFP_NO_BUFFER));
	ofp_wr_u32(wr, (uint32_t)num(w, "in_port", OFP_P_CONTROLLER));
	at = ofp_wr_pos(wr);
	ofp_wr_zero(wr, 8);
	start = ofp_wr_pos(wr);
	actions(w, wr, key(w, "actions"));
	ofp_wr_put16(wr, at, (uint16_t)(ofp_wr_pos(wr) - start));
	if (w->w_tail == NULL)
		return;
	n = frame_parse(w->w_tail, frame, sizeof(frame), err, sizeof(err));
	if (n < 0)
		fail(w, err, w->w_tail);
	else
		ofp_wr_bytes(wr, frame, (size_t)n);
}

static int
word_of(const char *s, const char *const *list, int n)
{
	int	i;

	for (i = 0; i < n; i++) {
		if (strcmp(s, list[i]) == 0)
			return (i);
	}
	return (-1);
}

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
	uint64_t	i, n = num(w, "outputs", 0);

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
static void
flow_mod(struct words *w, struct ofp_wr *wr)
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

	c = w->w_n < 2 ? -1 : word_of(w->w_word[1], cmd, 5);
	if (c == -1) {
		fail(w, "flow_mod add|modify|...", w->w_n < 2 ? "" :
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
			fail(w, "not bytes", raw + 12);
	}
	/* Without "actions=": no instructions. */
	snprintf(text, sizeof(text), "%s%s%s", s, *s != '\0' ? "," : "",
	    strstr(s, "actions=") == NULL && c < OFP_FC_DELETE ?
	    "actions=drop" : "");
	if (text[0] != '\0' && text[strlen(text) - 1] == ',')
		text[strlen(text) - 1] = '\0';
	if (ofp_parse_flow(text, (enum ofp_flow_command)c, &f, &instr, err,
	    sizeof(err)) == -1) {
		fail(w, err, s);
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
	if ((s = key(w, "instr")) != NULL) {
		ofp_wr_init(&instr, bytes, sizeof(bytes));
		if ((n = frame_parse_hex(s, bytes, sizeof(bytes))) < 0)
			fail(w, "not bytes", s);
		else
			instr.wr_len = (size_t)n;
	}
	if (key(w, "outputs") != NULL)
		outputs(w, &instr, bytes);
	if (key(w, "order") != NULL)
		permute(bytes, instr.wr_len, (unsigned int)num(w, "order", 0));
	f.f_command = (uint8_t)num(w, "command", f.f_command);
	f.f_flags = (uint16_t)num(w, "flags", f.f_flags);
	f.f_buffer = (uint32_t)num(w, "buffer", f.f_buffer);
	f.f_table = (uint8_t)num(w, "table", f.f_table);
	f.f_out_port = (uint32_t)num(w, "out_port", f.f_out_port);
	f.f_out_group = (uint32_t)num(w, "out_group", f.f_out_group);
	f.f_cookie = num(w, "cookie", f.f_cookie);
	f.f_cookie_mask = num(w, "cookie_mask", f.f_cookie_mask);
	ofp_rd_init(&f.f_instr_bytes, bytes, instr.wr_len);
	/* The caller wrote a header already: take the body only. */
	msg = malloc(OFP_MSG_MAX);
	ofp_wr_init(&whole, msg, OFP_MSG_MAX);
	ofp_flow_encode(&whole, 0, &f);
	if (ofp_wr_err(&whole))
		fail(w, "flow too long", "");
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
			fail(w, "not bytes", w->w_word[i]);
		ofp_wr_u16(wr, OFP_XMC_OPENFLOW_BASIC);
		ofp_wr_u8(wr, (uint8_t)(num_ << 1 | mask));
		ofp_wr_u8(wr, (uint8_t)len);
		ofp_wr_bytes(wr, value, n < 0 ? 0 : (size_t)n);
	}
	ofp_wr_put16(wr, at, (uint16_t)(ofp_wr_pos(wr) - start));
	ofp_wr_pad8(wr, start);
}

static void
oxm(struct words *w, struct ofp_wr *wr)
{
	oxm_match(w, wr, false);
}

static void
oxmm(struct words *w, struct ofp_wr *wr)
{
	oxm_match(w, wr, true);
}

/* group_mod CMD group=1 type=all : B | B with B = weight= actions= ... */
static void
group_mod(struct words *w, struct ofp_wr *wr)
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
	t = word_of(s, cmd, 3);
	ofp_wr_u16(wr, (uint16_t)(t >= 0 ? (uint64_t)t : number(w, s)));
	s = key(w, "type");
	t = s == NULL ? 0 : word_of(s, type, 4);
	ofp_wr_u8(wr, (uint8_t)(t >= 0 ? (uint64_t)t : number(w, s)));
	ofp_wr_u8(wr, 0);
	s = key(w, "group");
	ofp_wr_u32(wr, s != NULL && strcmp(s, "all") == 0 ? OFP_G_ALL :
	    (uint32_t)num(w, "group", 0));
	if (w->w_tail == NULL)
		return;
	b = calloc(1, sizeof(*b));
	for (part = strtok_r(w->w_tail, "|", &save); part != NULL;
	    part = strtok_r(NULL, "|", &save)) {
		b->w_n = 0;
		for (word = strtok_r(part, " \t", &save2); word != NULL &&
		    b->w_n < WORDS; word = strtok_r(NULL, " \t", &save2))
			b->w_word[b->w_n++] = word;
		bk.b_weight = (uint16_t)num(b, "weight", 0);
		bk.b_watch_port = (uint32_t)num(b, "watch_port", OFP_P_ANY);
		bk.b_watch_group = (uint32_t)num(b, "watch_group", OFP_G_ANY);
		ofp_wr_init(&act, bytes, sizeof(bytes));
		actions(b, &act, key(b, "actions"));
		ofp_rd_init(&bk.b_actions, bytes, act.wr_len);
		ofp_bucket_encode(wr, &bk);
	}
	if (b->w_why[0] != '\0')
		fail(w, b->w_why, "");
	free(b);
}

/* meter_mod CMD meter=1 flags=1 : drop rate=1000 burst=10 | dscp ... */
static void
meter_mod(struct words *w, struct ofp_wr *wr)
{
	static const char *const cmd[] = { "add", "modify", "delete" };
	struct words	*b;
	struct ofp_band	 bd;
	const char	*s;
	char		*part, *save, *word, *save2;
	int		 t;

	s = w->w_n < 2 ? "" : w->w_word[1];
	t = word_of(s, cmd, 3);
	ofp_wr_u16(wr, (uint16_t)(t >= 0 ? (uint64_t)t : number(w, s)));
	ofp_wr_u16(wr, (uint16_t)num(w, "flags", OFP_MF_KBPS));
	s = key(w, "meter");
	ofp_wr_u32(wr, s != NULL && strcmp(s, "all") == 0 ? OFP_M_ALL :
	    (uint32_t)num(w, "meter", 1));
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
		    (uint16_t)number(b, s);
		bd.bd_rate = (uint32_t)num(b, "rate", 1000);
		bd.bd_burst = (uint32_t)num(b, "burst", 0);
		bd.bd_prec = (uint8_t)num(b, "prec", 1);
		bd.bd_experimenter = (uint32_t)num(b, "experimenter", 0);
		ofp_band_encode(wr, &bd);
	}
	if (b->w_why[0] != '\0')
		fail(w, b->w_why, "");
	free(b);
}

static void
port_mod(struct words *w, struct ofp_wr *wr)
{
	uint32_t	 no = (uint32_t)num(w, "port", 1);
	uint8_t		 mac[6] = { 0 };
	const char	*s = key(w, "hw_addr");

	if (s != NULL && frame_parse_mac(s, mac) == -1)
		fail(w, "not a MAC address", s);
	if (s == NULL && no < 1023)
		memcpy(mac, hwaddr[no], 6);
	else if (s == NULL && no == OFP_P_LOCAL)
		memcpy(mac, hwaddr[1023], 6);
	ofp_wr_u32(wr, no);
	ofp_wr_zero(wr, 4);
	ofp_wr_bytes(wr, mac, 6);
	ofp_wr_zero(wr, 2);
	ofp_wr_u32(wr, (uint32_t)num(w, "config", 0));
	ofp_wr_u32(wr, (uint32_t)num(w, "mask", 0));
	ofp_wr_u32(wr, (uint32_t)num(w, "advertise", 0));
	ofp_wr_zero(wr, 4);
}

static void
table_mod(struct words *w, struct ofp_wr *wr)
{
	ofp_wr_u8(wr, (uint8_t)num(w, "table", 0));
	ofp_wr_zero(wr, 3);
	ofp_wr_u32(wr, (uint32_t)num(w, "config", 0));
}

static void
queue_config(struct words *w, struct ofp_wr *wr)
{
	ofp_wr_u32(wr, (uint32_t)num(w, "port", OFP_P_ANY));
	ofp_wr_zero(wr, 4);
}

static void
role_request(struct words *w, struct ofp_wr *wr)
{
	static const char *const role[] = {
		"nochange", "equal", "master", "slave"
	};
	const char	*s = key(w, "role");
	int		 r = s == NULL ? 0 : word_of(s, role, 4);

	ofp_wr_u32(wr, r >= 0 ? (uint32_t)r : (uint32_t)number(w, s));
	ofp_wr_zero(wr, 4);
	ofp_wr_u64(wr, num(w, "generation", 0));
}

/* set_async packet_in=M,S port_status=M,S flow_removed=M,S */
static void
set_async(struct words *w, struct ofp_wr *wr)
{
	static const struct {
		const char	*name;
		uint32_t	 dflt[2];
	} mask[] = {
		{ "packet_in", { 3, 0 } }, { "port_status", { 7, 7 } },
		{ "flow_removed", { 15, 0 } },
	};
	const char	*s;
	char		*end;
	unsigned int	 i;
	uint32_t	 v[2];

	for (i = 0; i < 3; i++) {
		memcpy(v, mask[i].dflt, sizeof(v));
		if ((s = key(w, mask[i].name)) != NULL) {
			v[0] = (uint32_t)strtoul(s, &end, 0);
			if (*end != ',')
				fail(w, "expected two masks", s);
			else
				v[1] = (uint32_t)strtoul(end + 1, &end, 0);
		}
		ofp_wr_u32(wr, v[0]);
		ofp_wr_u32(wr, v[1]);
	}
}

static void
experimenter(struct words *w, struct ofp_wr *wr)
{
	ofp_wr_u32(wr, (uint32_t)num(w, "id", OFP_ONF_EXPERIMENTER));
	ofp_wr_u32(wr, (uint32_t)num(w, "type", 0));
	data(w, wr);
	hex(w, wr, 1);
}

static void
bundle_ctrl(struct words *w, struct ofp_wr *wr)
{
	static const char *const type[] = {
		"open", "open_reply", "close", "close_reply", "commit",
		"commit_reply", "discard", "discard_reply"
	};
	const char	*s = w->w_n < 2 ? "" : w->w_word[1];
	int		 t = word_of(s, type, 8);

	ofp_wr_u32(wr, OFP_ONF_EXPERIMENTER);
	ofp_wr_u32(wr, OFP_ONF_BUNDLE_CONTROL);
	ofp_wr_u32(wr, (uint32_t)num(w, "bundle", 1));
	ofp_wr_u16(wr, t >= 0 ? (uint16_t)t : (uint16_t)number(w, s));
	ofp_wr_u16(wr, (uint16_t)num(w, "flags", 0));
}

/* bundle_add bundle=1 flags=0 [xid=] : MESSAGE */
static void
bundle_add(struct words *w, struct ofp_wr *wr)
{
	static uint8_t	inner[OFP_MSG_MAX];
	char		err[200];
	int		n;

	ofp_wr_u32(wr, OFP_ONF_EXPERIMENTER);
	ofp_wr_u32(wr, OFP_ONF_BUNDLE_ADD);
	ofp_wr_u32(wr, (uint32_t)num(w, "bundle", 1));
	ofp_wr_zero(wr, 2);
	ofp_wr_u16(wr, (uint16_t)num(w, "flags", 0));
	n = msg_build(w->w_tail == NULL ? "" : w->w_tail,
	    (uint32_t)num(w, "inner_xid", w->w_xid), inner, sizeof(inner), err,
	    sizeof(err));
	if (n < 0)
		fail(w, err, "");
	else
		ofp_wr_bytes(wr, inner, (size_t)n);
}

/* Bodies of multipart requests. */

static void
mp_flow(struct words *w, struct ofp_wr *wr)
{
	struct ofp_flow_req	 fq;
	const char		*s = key(w, "match");
	char			 err[200];

	memset(&fq, 0, sizeof(fq));
	ofp_match_init(&fq.fq_match);
	/* A match has commas and '=': everything behind "match=". */
	if (s != NULL &&
	    ofp_parse_match(s, &fq.fq_match, err, sizeof(err)) == -1)
		fail(w, err, s);
	fq.fq_table = (uint8_t)num(w, "table", OFP_TT_ALL);
	fq.fq_out_port = (uint32_t)num(w, "out_port", OFP_P_ANY);
	fq.fq_out_group = (uint32_t)num(w, "out_group", OFP_G_ANY);
	fq.fq_cookie = num(w, "cookie", 0);
	fq.fq_cookie_mask = num(w, "cookie_mask", 0);
	ofp_flow_req_encode(wr, &fq);
}

static void
mp_port(struct words *w, struct ofp_wr *wr)
{
	ofp_port_req_encode(wr, (uint32_t)num(w, "port", OFP_P_ANY));
}

static void
mp_queue(struct words *w, struct ofp_wr *wr)
{
	const char	*s = key(w, "queue");

	ofp_queue_req_encode(wr, (uint32_t)num(w, "port", OFP_P_ANY),
	    s == NULL || strcmp(s, "all") == 0 ? OFP_Q_ALL :
	    (uint32_t)number(w, s));
}

static void
mp_group(struct words *w, struct ofp_wr *wr)
{
	const char	*s = key(w, "group");

	ofp_id_req_encode(wr, s == NULL || strcmp(s, "all") == 0 ?
	    OFP_G_ALL : (uint32_t)number(w, s));
}

static void
mp_meter(struct words *w, struct ofp_wr *wr)
{
	const char	*s = key(w, "meter");

	ofp_id_req_encode(wr, s == NULL || strcmp(s, "all") == 0 ?
	    OFP_M_ALL : (uint32_t)number(w, s));
}

static void
mp_bytes(struct words *w, struct ofp_wr *wr)
{
	hex(w, wr, 2);
}

/*
 * tfeat tables=0,1,5 [T.KEY=V ...]: the features that these tables announced
 * last, with changes of table T.
 */
static struct ofp_table_features	tfeat[256];

void
msg_tfeat_seen(const struct ofp_table_features *tf)
{
	tfeat[tf->tf_table] = *tf;
}

static void
tfeat_change(struct words *w, struct ofp_table_features *tf, unsigned int t)
{
	static const struct {
		const char	*name;
		size_t		 off, len;
	} keys[] = {
#define KEY(n, m)							\
	{ n, offsetof(struct ofp_table_features, m),			\
	    sizeof(((struct ofp_table_features *)0)->m) }
		KEY("table", tf_table),
		KEY("metadata_match", tf_metadata_match),
		KEY("metadata_write", tf_metadata_write),
		KEY("config", tf_config), KEY("max_entries", tf_max_entries),
		KEY("props", tf_props), KEY("instructions", tf_instr[0]),
		KEY("instructions_miss", tf_instr[1]),
		KEY("write_actions", tf_write[0]),
		KEY("apply_actions", tf_apply[0]),
		KEY("apply_actions_miss", tf_apply[1]),
		KEY("write_setfield", tf_write_set[0]),
		KEY("apply_setfield", tf_apply_set[0]),
		KEY("match", tf_match), KEY("match_masked", tf_match_masked),
		KEY("wildcards", tf_wildcards), KEY("next", tf_next[0][0]),
		KEY("next1", tf_next[0][1]), KEY("next2", tf_next[0][2]),
		KEY("next3", tf_next[0][3]),
#undef KEY
	};
	const char	*s;
	char		 name[40];
	uint64_t	 v;
	uint32_t	 v32;
	uint8_t		 v8;
	size_t		 i;

	snprintf(name, sizeof(name), "%u.name", t);
	if ((s = key(w, name)) != NULL)
		snprintf(tf->tf_name, sizeof(tf->tf_name), "%s", s);
	for (i = 0; i < nitems(keys); i++) {
		snprintf(name, sizeof(name), "%u.%s", t, keys[i].name);
		if ((s = key(w, name)) == NULL)
			continue;
		v = number(w, s);
		v32 = (uint32_t)v;
		v8 = (uint8_t)v;
		memcpy((char *)tf + keys[i].off, keys[i].len == 8 ?
		    (void *)&v : keys[i].len == 4 ? (void *)&v32 :
		    (void *)&v8, keys[i].len);
	}
}

static void
mp_tfeat(struct words *w, struct ofp_wr *wr)
{
	struct ofp_table_features	tf;
	const char			*s = key(w, "tables");
	char				*end;
	unsigned long			 t, last;

	for (; s != NULL && *s != '\0'; s = *end == ',' ? end + 1 : end) {
		t = last = strtoul(s, &end, 0);
		if (*end == '-')
			last = strtoul(end + 1, &end, 0);
		for (; t <= last && t < 256; t++) {
			tf = tfeat[t];
			tfeat_change(w, &tf, (unsigned int)t);
			ofp_table_features_encode(wr, &tf);
		}
		if (*end != ',' && *end != '\0') {
			fail(w, "not a table", s);
			return;
		}
	}
	hex(w, wr, 2);
}

static void
mp_experimenter(struct words *w, struct ofp_wr *wr)
{
	ofp_wr_u32(wr, (uint32_t)num(w, "id", OFP_ONF_EXPERIMENTER));
	ofp_wr_u32(wr, (uint32_t)num(w, "type", 0));
	data(w, wr);
	hex(w, wr, 2);
}

/* monitor monitor=1 flags=0x3f table= out_port= match= */
static void
mp_monitor(struct words *w, struct ofp_wr *wr)
{
	struct ofp_monitor	 mo;
	const char		*s = key(w, "match");
	char			 err[200];

	memset(&mo, 0, sizeof(mo));
	ofp_match_init(&mo.mo_match);
	if (s != NULL &&
	    ofp_parse_match(s, &mo.mo_match, err, sizeof(err)) == -1)
		fail(w, err, s);
	mo.mo_id = (uint32_t)num(w, "monitor", 1);
	mo.mo_flags = (uint16_t)num(w, "flags", OFP_FMF_MASK);
	mo.mo_table = (uint8_t)num(w, "table", OFP_TT_ALL);
	mo.mo_out_port = (uint32_t)num(w, "out_port", OFP_P_ANY);
	ofp_wr_u32(wr, OFP_ONF_EXPERIMENTER);
	ofp_wr_u32(wr, OFP_ONF_FLOW_MONITOR);
	ofp_monitor_encode(wr, &mo);
}

static const struct kind mp_kinds[] = {
	{ "desc", OFP_MP_DESC, mp_bytes },
	{ "flow", OFP_MP_FLOW, mp_flow },
	{ "aggregate", OFP_MP_AGGREGATE, mp_flow },
	{ "table", OFP_MP_TABLE, mp_bytes },
	{ "port_stats", OFP_MP_PORT_STATS, mp_port },
	{ "queue", OFP_MP_QUEUE, mp_queue },
	{ "group", OFP_MP_GROUP, mp_group },
	{ "group_desc", OFP_MP_GROUP_DESC, mp_bytes },
	{ "group_features", OFP_MP_GROUP_FEATURES, mp_bytes },
	{ "meter", OFP_MP_METER, mp_meter },
	{ "meter_config", OFP_MP_METER_CONFIG, mp_meter },
	{ "meter_features", OFP_MP_METER_FEATURES, mp_bytes },
	{ "table_features", OFP_MP_TABLE_FEATURES, mp_bytes },
	{ "tfeat", OFP_MP_TABLE_FEATURES, mp_tfeat },
	{ "port_desc", OFP_MP_PORT_DESC, mp_bytes },
	{ "monitor", 0xff, mp_monitor },
	{ "experimenter", 0xff, mp_experimenter },
	{ "raw", 0, mp_bytes },
};

/* mp NAME ... [more] [mptype=N] [mpflags=N] */
static void
multipart(struct words *w, struct ofp_wr *wr)
{
	const struct kind	*k = NULL;
	size_t			 i;

	for (i = 0; i < nitems(mp_kinds) && w->w_n > 1; i++) {
		if (strcmp(mp_kinds[i].k_name, w->w_word[1]) == 0)
			k = &mp_kinds[i];
	}
	if (k == NULL) {
		fail(w, "no such multipart", w->w_n > 1 ? w->w_word[1] : "");
		return;
	}
	w->w_word[1] = w->w_word[0];	/* not a key */
	ofp_wr_u16(wr, (uint16_t)num(w, "mptype",
	    k->k_type == 0xff ? 0xffff : k->k_type));
	ofp_wr_u16(wr, (uint16_t)num(w, "mpflags",
	    key(w, "more") != NULL ? OFP_MPF_MORE : 0));
	ofp_wr_zero(wr, 4);
	k->k_write(w, wr);
}

static const struct kind kinds[] = {
	{ "hello", OFP_T_HELLO, hello },
	{ "error", OFP_T_ERROR, error },
	{ "echo_request", OFP_T_ECHO_REQUEST, any },
	{ "echo_reply", OFP_T_ECHO_REPLY, any },
	{ "experimenter", OFP_T_EXPERIMENTER, experimenter },
	{ "features_request", OFP_T_FEATURES_REQUEST, any },
	{ "get_config_request", OFP_T_GET_CONFIG_REQUEST, any },
	{ "set_config", OFP_T_SET_CONFIG, set_config },
	{ "packet_out", OFP_T_PACKET_OUT, packet_out },
	{ "flow_mod", OFP_T_FLOW_MOD, flow_mod },
	{ "oxm", OFP_T_FLOW_MOD, oxm },
	{ "oxmm", OFP_T_FLOW_MOD, oxmm },
	{ "group_mod", OFP_T_GROUP_MOD, group_mod },
	{ "port_mod", OFP_T_PORT_MOD, port_mod },
	{ "table_mod", OFP_T_TABLE_MOD, table_mod },
	{ "mp", OFP_T_MULTIPART_REQUEST, multipart },
	{ "barrier_request", OFP_T_BARRIER_REQUEST, any },
	{ "barrier_reply", OFP_T_BARRIER_REPLY, none },
	{ "queue_get_config_request", OFP_T_QUEUE_GET_CONFIG_REQUEST,
	    queue_config },
	{ "role_request", OFP_T_ROLE_REQUEST, role_request },
	{ "get_async_request", OFP_T_GET_ASYNC_REQUEST, any },
	{ "set_async", OFP_T_SET_ASYNC, set_async },
	{ "meter_mod", OFP_T_METER_MOD, meter_mod },
	{ "bundle_ctrl", OFP_T_EXPERIMENTER, bundle_ctrl },
	{ "bundle_add", OFP_T_EXPERIMENTER, bundle_add },
	{ "msg", 0, any },		/* type= bytes */
};

/* Changes of single bytes and of the length. */
static int
patch(struct words *w, const char *s, uint8_t *buf, size_t cap, int len)
{
	uint8_t	bytes[256];
	char	*end;
	long	v;
	int	n;

	if (strncmp(s, "len=", 4) == 0) {
		v = strtol(s + 4, NULL, 0);
		if (v < 0 || (size_t)v > cap) {
			fail(w, "bad length", s);
			return (len);
		}
		if (v > len)
			memset(buf + len, 0, (size_t)(v - len));
		buf[2] = (uint8_t)(v >> 8);
		buf[3] = (uint8_t)v;
		return ((int)v);
	}
	if (strncmp(s, "hlen=", 5) == 0) {
		v = strtol(s + 5, NULL, 0);
		buf[2] = (uint8_t)(v >> 8);
		buf[3] = (uint8_t)v;
		return (len);
	}
	if (strncmp(s, "add=", 4) == 0) {	/* bytes behind the end */
		n = frame_parse_hex(s + 4, bytes, sizeof(bytes));
		if (n < 0 || (size_t)(len + n) > cap) {
			fail(w, "not bytes", s);
			return (len);
		}
		memcpy(buf + len, bytes, (size_t)n);
		len += n;
		buf[2] = (uint8_t)(len >> 8);
		buf[3] = (uint8_t)len;
		return (len);
	}
	if (strncmp(s, "version=", 8) == 0) {
		buf[0] = (uint8_t)strtol(s + 8, NULL, 0);
		return (len);
	}
	v = strtol(s, &end, 10);
	n = *end == '=' ? frame_parse_hex(end + 1, bytes, sizeof(bytes)) : -1;
	if (n < 0 || v < 0 || v + n > len)
		fail(w, "bad change", s);
	else
		memcpy(buf + v, bytes, (size_t)n);
	return (len);
}

/* Cut into words at blanks; what stands behind " : " stays whole. */
static void
split(struct words *w, const char *text)
{
	char	*word, *save, *colon;

	if (strlen(text) >= sizeof(w->w_text)) {
		fail(w, "text too long", "");
		return;
	}
	snprintf(w->w_text, sizeof(w->w_text), "%s", text);
	if ((colon = strstr(w->w_text, " : ")) != NULL) {
		*colon = '\0';
		w->w_tail = colon + 3;
	}
	for (word = strtok_r(w->w_text, " \t", &save); word != NULL &&
	    w->w_n < WORDS; word = strtok_r(NULL, " \t", &save))
		w->w_word[w->w_n++] = word;
}

int
msg_build(const char *text, uint32_t xid, uint8_t *buf, size_t cap, char *err,
    size_t errlen)
{
	struct words		*w = calloc(1, sizeof(*w));
	const struct kind	*k = NULL;
	struct ofp_wr		 wr;
	const char		*patches[16];
	size_t			 i, start, npatches = 0;
	int			 j, len = -1;

	w->w_xid = xid;
	split(w, text);
	for (j = 0; j < w->w_n; j++) {
		if (w->w_word[j][0] != '!' || npatches == nitems(patches))
			continue;
		patches[npatches++] = w->w_word[j] + 1;
		memmove(&w->w_word[j], &w->w_word[j + 1],
		    (size_t)(w->w_n - j - 1) * sizeof(w->w_word[0]));
		w->w_n--;
		j--;
	}
	for (i = 0; i < nitems(kinds) && w->w_n > 0; i++) {
		if (strcmp(kinds[i].k_name, w->w_word[0]) == 0)
			k = &kinds[i];
	}
	if (k == NULL) {
		fail(w, "no such message", text);
		goto out;
	}
	ofp_wr_init(&wr, buf, cap < OFP_MSG_MAX ? cap : OFP_MSG_MAX);
	start = ofp_msg_begin(&wr, (uint8_t)num(w, "version", OFP_VERSION_13),
	    strcmp(k->k_name, "msg") == 0 ? (uint8_t)num(w, "type", 0) :
	    k->k_type, (uint32_t)num(w, "xid", xid));
	k->k_write(w, &wr);
	ofp_msg_end(&wr, start);
	if (ofp_wr_err(&wr))
		fail(w, "message too long", text);
	len = (int)wr.wr_len;
	for (i = 0; i < npatches; i++)
		len = patch(w, patches[i], buf, cap, len);
out:
	if (w->w_why[0] != '\0') {
		snprintf(err, errlen, "%s", w->w_why);
		len = -1;
	}
	free(w);
	return (len);
}
