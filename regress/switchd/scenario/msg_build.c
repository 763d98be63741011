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
#include "words.h"

static uint8_t	hwaddr[1024][6];

void
msg_hwaddr_set(uint32_t port, const uint8_t mac[6])
{
	if (port < 1024)
		memcpy(hwaddr[port], mac, 6);
	else if (port == OFP_P_LOCAL)
		memcpy(hwaddr[1023], mac, 6);
}

/* What stands behind the header, for each message. */

static void
none(struct words *w, struct ofp_wr *wr)
{
}

static void
any(struct words *w, struct ofp_wr *wr)
{
	words_data(w, wr);
	words_hex(w, wr, 1);
}

/* hello [bits=0x10] [bytes]: a bitmap element if bits are given. */
static void
hello(struct words *w, struct ofp_wr *wr)
{
	if (words_key(w, "bits") != NULL) {
		ofp_wr_u16(wr, OFP_HET_VERSIONBITMAP);
		ofp_wr_u16(wr, 8);
		ofp_wr_u32(wr, (uint32_t)words_num(w, "bits", 0));
	}
	words_hex(w, wr, 1);
}

static void
error(struct words *w, struct ofp_wr *wr)
{
	ofp_wr_u16(wr, (uint16_t)words_num(w, "type", 1));
	ofp_wr_u16(wr, (uint16_t)words_num(w, "code", 0));
	words_data(w, wr);
}

static void
set_config(struct words *w, struct ofp_wr *wr)
{
	ofp_wr_u16(wr, (uint16_t)words_num(w, "flags", 0));
	ofp_wr_u16(wr, (uint16_t)words_num(w, "miss_send_len", 128));
}

static void
packet_out(struct words *w, struct ofp_wr *wr)
{
	static uint8_t	frame[FRAMES_MAX];
	char		err[200];
	size_t		at, start;
	int		n;

	ofp_wr_u32(wr, (uint32_t)words_num(w, "buffer", OFP_NO_BUFFER));
	ofp_wr_u32(wr, (uint32_t)words_num(w, "in_port", OFP_P_CONTROLLER));
	at = ofp_wr_pos(wr);
	ofp_wr_zero(wr, 8);
	start = ofp_wr_pos(wr);
	words_actions(w, wr, words_key(w, "actions"));
	ofp_wr_put16(wr, at, (uint16_t)(ofp_wr_pos(wr) - start));
	if (w->w_tail == NULL)
		return;
	n = frame_parse(w->w_tail, frame, sizeof(frame), err, sizeof(err));
	if (n < 0)
		words_fail(w, err, w->w_tail);
	else
		ofp_wr_bytes(wr, frame, (size_t)n);
}

static void
port_mod(struct words *w, struct ofp_wr *wr)
{
	uint32_t	 no = (uint32_t)words_num(w, "port", 1);
	uint8_t		 mac[6] = { 0 };
	const char	*s = words_key(w, "hw_addr");

	if (s != NULL && frame_parse_mac(s, mac) == -1)
		words_fail(w, "not a MAC address", s);
	if (s == NULL && no < 1023)
		memcpy(mac, hwaddr[no], 6);
	else if (s == NULL && no == OFP_P_LOCAL)
		memcpy(mac, hwaddr[1023], 6);
	ofp_wr_u32(wr, no);
	ofp_wr_zero(wr, 4);
	ofp_wr_bytes(wr, mac, 6);
	ofp_wr_zero(wr, 2);
	ofp_wr_u32(wr, (uint32_t)words_num(w, "config", 0));
	ofp_wr_u32(wr, (uint32_t)words_num(w, "mask", 0));
	ofp_wr_u32(wr, (uint32_t)words_num(w, "advertise", 0));
	ofp_wr_zero(wr, 4);
}

static void
table_mod(struct words *w, struct ofp_wr *wr)
{
	ofp_wr_u8(wr, (uint8_t)words_num(w, "table", 0));
	ofp_wr_zero(wr, 3);
	ofp_wr_u32(wr, (uint32_t)words_num(w, "config", 0));
}

static void
queue_config(struct words *w, struct ofp_wr *wr)
{
	ofp_wr_u32(wr, (uint32_t)words_num(w, "port", OFP_P_ANY));
	ofp_wr_zero(wr, 4);
}

static void
role_request(struct words *w, struct ofp_wr *wr)
{
	static const char *const role[] = {
		"nochange", "equal", "master", "slave"
	};
	const char	*s = words_key(w, "role");
	int		 r = s == NULL ? 0 : words_index(s, role, 4);

	ofp_wr_u32(wr, r >= 0 ? (uint32_t)r : (uint32_t)words_number(w, s));
	ofp_wr_zero(wr, 4);
	ofp_wr_u64(wr, words_num(w, "generation", 0));
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
		if ((s = words_key(w, mask[i].name)) != NULL) {
			v[0] = (uint32_t)strtoul(s, &end, 0);
			if (*end != ',')
				words_fail(w, "expected two masks", s);
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
	ofp_wr_u32(wr, (uint32_t)words_num(w, "id", OFP_ONF_EXPERIMENTER));
	ofp_wr_u32(wr, (uint32_t)words_num(w, "type", 0));
	words_data(w, wr);
	words_hex(w, wr, 1);
}

/* set_async_props TYPE=MASK ...: numbers, in this order */
static void
set_async_props(struct words *w, struct ofp_wr *wr)
{
	struct ofp_async_prop	ap;
	char			*end;
	int			i;

	ofp_wr_u32(wr, OFP_NX_EXPERIMENTER);
	ofp_wr_u32(wr, OFP_NX_SET_ASYNC);
	for (i = 1; i < w->w_n; i++) {
		ap.ap_type = (uint16_t)strtoul(w->w_word[i], &end, 0);
		if (*end != '=')
			continue;
		ap.ap_mask = (uint32_t)strtoul(end + 1, NULL, 0);
		ofp_async_prop_encode(wr, &ap);
	}
}

static void
bundle_ctrl(struct words *w, struct ofp_wr *wr)
{
	static const char *const type[] = {
		"open", "open_reply", "close", "close_reply", "commit",
		"commit_reply", "discard", "discard_reply"
	};
	const char	*s = w->w_n < 2 ? "" : w->w_word[1];
	int		 t = words_index(s, type, 8);

	ofp_wr_u32(wr, OFP_ONF_EXPERIMENTER);
	ofp_wr_u32(wr, OFP_ONF_BUNDLE_CONTROL);
	ofp_wr_u32(wr, (uint32_t)words_num(w, "bundle", 1));
	ofp_wr_u16(wr, t >= 0 ? (uint16_t)t : (uint16_t)words_number(w, s));
	ofp_wr_u16(wr, (uint16_t)words_num(w, "flags", 0));
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
	ofp_wr_u32(wr, (uint32_t)words_num(w, "bundle", 1));
	ofp_wr_zero(wr, 2);
	ofp_wr_u16(wr, (uint16_t)words_num(w, "flags", 0));
	n = msg_build(w->w_tail == NULL ? "" : w->w_tail,
	    (uint32_t)words_num(w, "inner_xid", w->w_xid), inner,
	    sizeof(inner), err,
	    sizeof(err));
	if (n < 0)
		words_fail(w, err, "");
	else
		ofp_wr_bytes(wr, inner, (size_t)n);
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
	{ "flow_mod", OFP_T_FLOW_MOD, msg_flow_mod },
	{ "oxm", OFP_T_FLOW_MOD, msg_oxm },
	{ "oxmm", OFP_T_FLOW_MOD, msg_oxmm },
	{ "group_mod", OFP_T_GROUP_MOD, msg_group_mod },
	{ "port_mod", OFP_T_PORT_MOD, port_mod },
	{ "table_mod", OFP_T_TABLE_MOD, table_mod },
	{ "mp", OFP_T_MULTIPART_REQUEST, msg_multipart },
	{ "barrier_request", OFP_T_BARRIER_REQUEST, any },
	{ "barrier_reply", OFP_T_BARRIER_REPLY, none },
	{ "queue_get_config_request", OFP_T_QUEUE_GET_CONFIG_REQUEST,
	    queue_config },
	{ "role_request", OFP_T_ROLE_REQUEST, role_request },
	{ "get_async_request", OFP_T_GET_ASYNC_REQUEST, any },
	{ "set_async", OFP_T_SET_ASYNC, set_async },
	{ "set_async_props", OFP_T_EXPERIMENTER, set_async_props },
	{ "meter_mod", OFP_T_METER_MOD, msg_meter_mod },
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
			words_fail(w, "bad length", s);
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
			words_fail(w, "not bytes", s);
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
		words_fail(w, "bad change", s);
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
		words_fail(w, "text too long", "");
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
		words_fail(w, "no such message", text);
		goto out;
	}
	ofp_wr_init(&wr, buf, cap < OFP_MSG_MAX ? cap : OFP_MSG_MAX);
	start = ofp_msg_begin(&wr,
	    (uint8_t)words_num(w, "version", OFP_VERSION_13),
	    strcmp(k->k_name, "msg") == 0 ? (uint8_t)words_num(w, "type", 0) :
	    k->k_type, (uint32_t)words_num(w, "xid", xid));
	k->k_write(w, &wr);
	ofp_msg_end(&wr, start);
	if (ofp_wr_err(&wr))
		words_fail(w, "message too long", text);
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
