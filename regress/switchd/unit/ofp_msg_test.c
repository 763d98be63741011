/*
 * SPDX-License-Identifier: ISC
 *
 * ofp_msg_test.c: the header and the tables of messages, hello and errors, and
 * what a mod with one fault in it is answered with.
 */
#include <string.h>

#include "ofp_flow.h"
#include "ofp_group.h"
#include "ofp_mp.h"
#include "ofp_msg.h"
#include "test.h"

#define S	OFP_TO_SWITCH
#define C	OFP_TO_CONTROLLER

/* The specification once more: 7.1.1 and the lengths of chapter 7; OF1.0. */
static const struct {
	uint8_t		version, type;
	const char	*name;
	int		dir;
	size_t		len;
	bool		exact;
} rows[] = {
	{ 4, 0, "HELLO", S | C, 8, false },
	{ 4, 1, "ERROR", S | C, 12, false },
	{ 4, 2, "ECHO_REQUEST", S | C, 8, false },
	{ 4, 3, "ECHO_REPLY", S | C, 8, false },
	{ 4, 4, "EXPERIMENTER", S | C, 16, false },
	{ 4, 5, "FEATURES_REQUEST", S, 8, true },
	{ 4, 6, "FEATURES_REPLY", C, 32, true },
	{ 4, 7, "GET_CONFIG_REQUEST", S, 8, true },
	{ 4, 8, "GET_CONFIG_REPLY", C, 12, true },
	{ 4, 9, "SET_CONFIG", S, 12, true },
	{ 4, 10, "PACKET_IN", C, 34, false },
	{ 4, 11, "FLOW_REMOVED", C, 56, false },
	{ 4, 12, "PORT_STATUS", C, 80, true },
	{ 4, 13, "PACKET_OUT", S, 24, false },
	{ 4, 14, "FLOW_MOD", S, 56, false },
	{ 4, 15, "GROUP_MOD", S, 16, false },
	{ 4, 16, "PORT_MOD", S, 40, true },
	{ 4, 17, "TABLE_MOD", S, 16, true },
	{ 4, 18, "MULTIPART_REQUEST", S, 16, false },
	{ 4, 19, "MULTIPART_REPLY", C, 16, false },
	{ 4, 20, "BARRIER_REQUEST", S, 8, true },
	{ 4, 21, "BARRIER_REPLY", C, 8, true },
	{ 4, 22, "QUEUE_GET_CONFIG_REQUEST", S, 16, true },
	{ 4, 23, "QUEUE_GET_CONFIG_REPLY", C, 16, false },
	{ 4, 24, "ROLE_REQUEST", S, 24, true },
	{ 4, 25, "ROLE_REPLY", C, 24, true },
	{ 4, 26, "GET_ASYNC_REQUEST", S, 8, true },
	{ 4, 27, "GET_ASYNC_REPLY", C, 32, true },
	{ 4, 28, "SET_ASYNC", S, 32, true },
	{ 4, 29, "METER_MOD", S, 16, false },
	{ 1, 0, "HELLO", S | C, 8, false },
	{ 1, 1, "ERROR", S | C, 12, false },
	{ 1, 2, "ECHO_REQUEST", S | C, 8, false },
	{ 1, 3, "ECHO_REPLY", S | C, 8, false },
	{ 1, 4, "VENDOR", S | C, 12, false },
	{ 1, 5, "FEATURES_REQUEST", S, 8, true },
	{ 1, 6, "FEATURES_REPLY", C, 32, false },
	{ 1, 7, "GET_CONFIG_REQUEST", S, 8, true },
	{ 1, 8, "GET_CONFIG_REPLY", C, 12, true },
	{ 1, 9, "SET_CONFIG", S, 12, true },
	{ 1, 10, "PACKET_IN", C, 18, false },
	{ 1, 11, "FLOW_REMOVED", C, 88, true },
	{ 1, 12, "PORT_STATUS", C, 64, true },
	{ 1, 13, "PACKET_OUT", S, 16, false },
	{ 1, 14, "FLOW_MOD", S, 72, false },
	{ 1, 15, "PORT_MOD", S, 32, true },
	{ 1, 16, "STATS_REQUEST", S, 12, false },
	{ 1, 17, "STATS_REPLY", C, 12, false },
	{ 1, 18, "BARRIER_REQUEST", S, 8, true },
	{ 1, 19, "BARRIER_REPLY", C, 8, true },
	{ 1, 20, "QUEUE_GET_CONFIG_REQUEST", S, 12, true },
	{ 1, 21, "QUEUE_GET_CONFIG_REPLY", C, 16, false },
};

static enum ofp_error
check(uint8_t version, uint8_t type, size_t len, uint8_t want, int dir)
{
	uint8_t		msg[128] = { version, type, 0, (uint8_t)len };
	struct ofp_hdr	h;
	struct ofp_rd	rd;

	return (ofp_msg_check(msg, len, want, (enum ofp_dir)dir, &h, &rd));
}

/* C0-01 */
TEST(row_of_a_message_is_wrong)
{
	unsigned int	i;
	uint8_t		v, t;

	for (i = 0; i < nitems(rows); i++) {
		v = rows[i].version;
		t = rows[i].type;
		test_case("version %u, %s: row is wrong", v, rows[i].name);
		CHECK(strcmp(ofp_msg_name(v, t), rows[i].name) == 0);
		CHECK(check(v, t, rows[i].len, v, rows[i].dir) == OFP_OK);
		CHECK(check(v, t, rows[i].len, v, S) ==
		    ((rows[i].dir & S) != 0 ? OFP_OK : OFP_BRC_BAD_TYPE));
		CHECK(check(v, t, rows[i].len, v, C) ==
		    ((rows[i].dir & C) != 0 ? OFP_OK : OFP_BRC_BAD_TYPE));
		CHECK(check(v, t, rows[i].len - 1, v, rows[i].dir) ==
		    OFP_BRC_BAD_LEN);
		CHECK(check(v, t, rows[i].len + 8, v, rows[i].dir) ==
		    (rows[i].exact ? OFP_BRC_BAD_LEN : OFP_OK));
		CHECK(check(v, t, rows[i].len, v == 4 ? 1 : 4, rows[i].dir) ==
		    OFP_BRC_BAD_VERSION);
	}
}

TEST(unknown_type_is_bad_type)
{
	unsigned int	t;

	for (t = OFP_T_COUNT; t < 256; t++)
		CHECK(check(4, (uint8_t)t, 8, 4, S | C) == OFP_BRC_BAD_TYPE);
	for (t = OFP10_T_COUNT; t < 256; t++)
		CHECK(check(1, (uint8_t)t, 8, 1, S | C) == OFP_BRC_BAD_TYPE);
}

TEST(hello_of_any_version_is_heard)
{
	unsigned int	v;

	for (v = 0; v < 256; v++) {
		CHECK(check((uint8_t)v, OFP_T_HELLO, 8, 0, S | C) ==
		    (v == 0 ? OFP_BRC_BAD_VERSION : OFP_OK));
		CHECK(check((uint8_t)v, OFP_T_ECHO_REQUEST, 8, 0, S | C) ==
		    (v == 1 || v == 4 ? OFP_OK : OFP_BRC_BAD_VERSION));
	}
}

TEST(frame_is_told_from_four_bytes)
{
	uint8_t		p[8] = { 4, 2, 0x12, 0x34 };
	unsigned int	i;

	for (i = 0; i < 4; i++)
		CHECK(ofp_msg_frame(p, i) == 0);
	CHECK(ofp_msg_frame(p, 4) == 0x1234);
	p[2] = 0;
	for (i = 0; i < 8; i++) {
		p[3] = (uint8_t)i;
		CHECK(ofp_msg_frame(p, 8) == -1);
	}
	p[3] = 8;
	CHECK(ofp_msg_frame(p, 4) == 8);
}

/* 6.3.1: peers with and without bitmap. */
TEST(wrong_version_is_agreed_on)
{
	static const struct {
		uint32_t	ours;
		uint8_t		version;
		bool		bitmap;
		uint32_t	bits;
		uint8_t		want;
	} peers[] = {
		{ 0x10, 4, false, 0, 4 }, { 0x10, 5, false, 0, 4 },
		{ 0x10, 6, false, 0, 4 }, { 0x10, 0x7f, false, 0, 4 },
		{ 0x10, 1, false, 0, 0 }, { 0x10, 2, false, 0, 0 },
		{ 0x12, 1, false, 0, 1 }, { 0x12, 2, false, 0, 0 },
		{ 0x12, 5, false, 0, 4 }, { 0x10, 6, true, 0x50, 4 },
		{ 0x10, 5, true, 0x20, 0 }, { 0x12, 5, true, 0x22, 1 },
		{ 0x12, 4, true, 0x12, 4 }, { 0x10, 4, true, 0x02, 0 },
		{ 0x10, 4, true, 0, 0 }, { 0x12, 6, true, 0x72, 4 },
	};
	struct ofp_hello	he;
	unsigned int		i;

	for (i = 0; i < nitems(peers); i++) {
		he.he_version = peers[i].version;
		he.he_bitmap = peers[i].bitmap;
		he.he_bits = peers[i].bits;
		CHECK(ofp_hello_negotiate(peers[i].ours, &he) ==
		    peers[i].want);
	}
}

TEST(hello_elements_that_are_odd_are_passed_over)
{
	static const struct {
		uint8_t		bytes[24];
		size_t		len;
		bool		bitmap;
		uint32_t	bits;
	} bodies[] = {
		{ { 0 }, 0, false, 0 },
		{ { 1, 2, 3 }, 3, false, 0 },
		{ { 0, 9, 0, 6, 1, 2, 0, 0, 0, 1, 0, 8, 0, 0, 0, 0x10 }, 16,
		    true, 0x10 },
		{ { 0, 1, 0, 12, 0, 0, 0, 0x12, 0, 0, 0, 1 }, 12, true, 0x12 },
		{ { 0, 1, 0, 8, 0, 0, 0, 2, 0, 1, 0, 8, 0, 0, 0, 0x10 }, 16,
		    true, 0x12 },
		{ { 0, 1, 0, 4 }, 4, false, 0 },
		{ { 0, 1, 0, 3, 0, 0, 0, 2 }, 8, false, 0 },
		{ { 0, 1, 0, 0, 0, 0, 0, 2 }, 8, false, 0 },
		{ { 0, 1, 0xff, 0xff, 0, 0, 0, 2 }, 8, false, 0 },
	};
	struct ofp_hello	he;
	struct ofp_rd		rd;
	unsigned int		i;

	for (i = 0; i < nitems(bodies); i++) {
		ofp_rd_init(&rd, bodies[i].bytes, bodies[i].len);
		CHECK(ofp_hello_decode(&rd, 4, &he) == OFP_OK);
		CHECK(he.he_bitmap == bodies[i].bitmap);
		CHECK(he.he_bits == bodies[i].bits);
		CHECK(ofp_rd_left(&rd) == 0);
	}
}

TEST(error_carries_at_least_64_bytes_of_the_request)
{
	uint8_t			req[400], out[512];
	struct ofp_error_msg	er;
	struct ofp_hdr		h;
	struct ofp_rd		rd;
	struct ofp_wr		wr;
	size_t			n;

	memset(req, 0xa5, sizeof(req));
	for (n = 8; n <= sizeof(req); n += 4) {
		ofp_wr_init(&wr, out, sizeof(out));
		ofp_error_encode(&wr, 4, OFP_FMFC_OVERLAP, req, n);
		CHECK(!ofp_wr_err(&wr));
		CHECK(ofp_msg_check(out, ofp_wr_pos(&wr), 4, S, &h, &rd) ==
		    OFP_OK);
		CHECK(h.h_xid == 0xa5a5a5a5);
		CHECK(ofp_error_decode(&rd, &er) == OFP_OK);
		CHECK(er.er_type == 5 && er.er_code == 3);
		CHECK(er.er_len == (n < 64 ? n : er.er_len) && er.er_len <= n);
		CHECK(n < 64 || er.er_len >= 64);
		CHECK(memcmp(er.er_data, req, er.er_len) == 0);
	}
}

TEST(error_has_no_name)
{
	char		buf[64];
	unsigned int	i;

#define NAME(type, abbr, tnum, name, num)				\
	CHECK(strcmp(ofp_error_name(OFP_##abbr##_##name),		\
	    #type "/" #name) == 0);					\
	CHECK(ofp_error_type(OFP_##abbr##_##name) == (tnum));		\
	CHECK(ofp_error_code(OFP_##abbr##_##name) == (num));
	OFP_ERRORS(NAME)
	for (i = 0; i <= 15; i++)
		CHECK(strncmp(ofp_error_name(OFP_BUNDLE_FAILED + i),
		    "BUNDLE_FAILED/", 14) == 0);
	CHECK(strcmp(ofp_error_str(4, 77, 88, buf, sizeof(buf)),
	    "type 77/code 88") == 0);
	CHECK(strcmp(ofp_error_str(1, 3, 1, buf, sizeof(buf)),
	    "FLOW_MOD_FAILED/OVERLAP") == 0);
	CHECK(strcmp(ofp_error_str(4, 3, 1, buf, sizeof(buf)),
	    "BAD_INSTRUCTION/UNSUP_INST") == 0);
}

/*
 * Actions.
 */

/* One action under a match of eth_type (0: of nothing). */
static enum ofp_error
one_action(const uint8_t *p, size_t len, uint16_t eth_type, bool is_set)
{
	struct ofp_match	m;
	struct ofp_rd		rd;

	ofp_match_init(&m);
	if (eth_type != 0)
		ofp_match_set(&m, OFP_XMT_ETH_TYPE, eth_type);
	ofp_rd_init(&rd, p, len);
	return (ofp_actions_check(rd, &m, is_set));
}

/* SP-06: each type with each length. */
TEST(action_of_a_wrong_length_is_bad_len)
{
	static const int	lens[28] = { [0] = 16, [11] = 8, [12] = 8,
				    [15] = 8, [16] = 8, [17] = 8, [18] = 8,
				    [19] = 8, [20] = 8, [21] = 8, [22] = 8,
				    [23] = 8, [24] = 8, [26] = 8, [27] = 8 };
	uint8_t			p[40] = { 0 };
	unsigned int		t, n;
	enum ofp_error		error;

	for (t = 0; t < 256; t++) {
		for (n = 0; n <= sizeof(p); n++) {
			p[1] = (uint8_t)t;
			p[3] = (uint8_t)n;
			error = one_action(p, sizeof(p), 0, false);
			if (n < 8 || n % 8 != 0)
				CHECK(error == OFP_BAC_BAD_LEN);
			else if (t == OFP_AT_SET_FIELD)
				CHECK(error == OFP_BAC_BAD_SET_TYPE);
			else if (t >= nitems(lens) || lens[t] == 0)
				CHECK(error == OFP_BAC_BAD_TYPE);
			else if (n != (unsigned int)lens[t])
				CHECK(error == OFP_BAC_BAD_LEN);
		}
	}
}

static enum ofp_error
output(uint32_t port, uint16_t max_len, bool flow, bool is_set)
{
	uint8_t			buf[16];
	struct ofp_action	ac = { .ac_type = OFP_AT_OUTPUT };
	struct ofp_match	m;
	struct ofp_wr		wr;
	struct ofp_rd		rd;

	ac.u.output.port = port;
	ac.u.output.max_len = max_len;
	ofp_wr_init(&wr, buf, sizeof(buf));
	ofp_action_encode(&wr, &ac);
	ofp_rd_init(&rd, buf, sizeof(buf));
	ofp_match_init(&m);
	return (ofp_actions_check(rd, flow ? &m : NULL, is_set));
}

TEST(output_to_what_can_never_be_is_bad_out_port)
{
	static const uint32_t	never[] = { 0, 0xffffff01, 0xfffffff7,
				    OFP_P_ANY };
	unsigned int		i;

	for (i = 0; i < nitems(never); i++)
		CHECK(output(never[i], 0, true, false) ==
		    OFP_BAC_BAD_OUT_PORT);
	CHECK(output(1, 0, true, false) == OFP_OK);
	CHECK(output(OFP_P_MAX, 0, true, false) == OFP_OK);
	/* TABLE is for packet-outs. */
	CHECK(output(OFP_P_TABLE, 0, true, false) == OFP_BAC_BAD_OUT_PORT);
	CHECK(output(OFP_P_TABLE, 0, false, true) == OFP_BAC_BAD_OUT_PORT);
	CHECK(output(OFP_P_TABLE, 0, false, false) == OFP_OK);
}

TEST(reserved_max_len_is_bad_argument)
{
	CHECK(output(OFP_P_CONTROLLER, 0xffe5, true, false) == OFP_OK);
	CHECK(output(OFP_P_CONTROLLER, 0xffe6, true, false) ==
	    OFP_BAC_BAD_ARGUMENT);
	CHECK(output(OFP_P_CONTROLLER, 0xfffe, true, false) ==
	    OFP_BAC_BAD_ARGUMENT);
	CHECK(output(OFP_P_CONTROLLER, 0xffff, true, false) == OFP_OK);
	CHECK(output(1, 0xfffe, true, false) == OFP_OK);
}

TEST(argument_of_an_action_is_checked)
{
	static const struct {
		uint8_t		bytes[16];
		size_t		len;
		uint16_t	eth_type;
		enum ofp_error	error;
	} acts[] = {
		{ { 0, 17, 0, 8, 0x91, 0 }, 8, 0, OFP_BAC_BAD_ARGUMENT },
		{ { 0, 17, 0, 8, 0x81, 0 }, 8, 0, OFP_OK },
		{ { 0, 17, 0, 8, 0x88, 0xa8 }, 8, 0, OFP_OK },
		{ { 0, 19, 0, 8, 0x88, 0x46 }, 8, 0, OFP_BAC_BAD_ARGUMENT },
		{ { 0, 19, 0, 8, 0x88, 0x48 }, 8, 0, OFP_OK },
		{ { 0, 26, 0, 8, 0x88, 0xe8 }, 8, 0, OFP_BAC_BAD_ARGUMENT },
		{ { 0, 26, 0, 8, 0x88, 0xe7 }, 8, 0, OFP_OK },
		{ { 0, 22, 0, 8, 0xff, 0xff, 0xff, 0xfc }, 8, 0,
		    OFP_BAC_BAD_OUT_GROUP },
		{ { 0, 21, 0, 8, 0xff, 0xff, 0xff, 0xff }, 8, 0,
		    OFP_BAC_BAD_QUEUE },
		/* set_field: in_port, metadata, a mask, a length, a value */
		{ { 0, 25, 0, 16, 0x80, 0, 0, 4, 0, 0, 0, 1 }, 16, 0,
		    OFP_BAC_BAD_SET_TYPE },
		{ { 0, 25, 0, 16, 0x80, 0, 4, 8 }, 16, 0,
		    OFP_BAC_BAD_SET_TYPE },
		{ { 0, 25, 0, 16, 0x80, 0, 0x4e, 2 }, 16, 0x86dd,
		    OFP_BAC_BAD_SET_TYPE },
		{ { 0, 25, 0, 16, 0x80, 0, 0x0d, 4, 0x10, 5, 0x1f, 0xff }, 16,
		    0, OFP_BAC_BAD_SET_TYPE },
		{ { 0, 25, 0, 16, 0x80, 0, 0x50, 4 }, 16, 0,
		    OFP_BAC_BAD_SET_TYPE },
		{ { 0, 25, 0, 16, 0x80, 0, 0x0c, 4, 0x10, 5 }, 16, 0,
		    OFP_BAC_BAD_SET_LEN },
		{ { 0, 25, 0, 8, 0x80, 0, 0x0c, 2 }, 8, 0,
		    OFP_BAC_BAD_SET_LEN },
		{ { 0, 25, 0, 16, 0x80, 0, 0x0c, 2, 0, 5 }, 16, 0,
		    OFP_BAC_BAD_SET_ARGUMENT },
		{ { 0, 25, 0, 16, 0x80, 0, 0x0c, 2, 0x20, 5 }, 16, 0,
		    OFP_BAC_BAD_SET_ARGUMENT },
		{ { 0, 25, 0, 16, 0x80, 0, 0x10, 1, 64 }, 16, 0x0800,
		    OFP_BAC_BAD_SET_ARGUMENT },
		{ { 0, 25, 0, 16, 0x80, 0, 0x16, 4, 10, 0, 0, 1 }, 16, 0x86dd,
		    OFP_BAC_MATCH_INCONSISTENT },
		{ { 0, 25, 0, 16, 0x80, 0, 0x16, 4, 10, 0, 0, 1 }, 16, 0,
		    OFP_BAC_MATCH_INCONSISTENT },
		{ { 0, 25, 0, 16, 0x80, 0, 0x16, 4, 10, 0, 0, 1 }, 16, 0x0800,
		    OFP_OK },
		{ { 0xff, 0xff, 0, 8, 0, 0, 0x23, 0x20 }, 8, 0,
		    OFP_BAC_BAD_EXPERIMENTER },
		{ { 0xff, 0xff, 0, 8, 0x4f, 0x4e, 0x46, 0 }, 8, 0,
		    OFP_BAC_BAD_EXP_TYPE },
	};
	unsigned int		i;

	for (i = 0; i < nitems(acts); i++) {
		test_case("action %u of the table gets another error", i);
		CHECK(one_action(acts[i].bytes, acts[i].len, acts[i].eth_type,
		    false) == acts[i].error);
	}
}

/* A set-field is judged by what the actions before it leave. */
TEST(set_field_behind_what_changes_headers)
{
	static const struct {
		uint8_t		bytes[32];
		size_t		len;
		bool		is_set;
		enum ofp_error	error;
	} lists[] = {
		/* push_vlan, set vlan_pcp; the other way round; as a set */
		{ { 0, 17, 0, 8, 0x81, 0, 0, 0,
		    0, 25, 0, 16, 0x80, 0, 0x0e, 1, 3 }, 24, false, OFP_OK },
		{ { 0, 25, 0, 16, 0x80, 0, 0x0e, 1, 3, 0, 0, 0, 0, 0, 0, 0,
		    0, 17, 0, 8, 0x81, 0 }, 24, false,
		    OFP_BAC_MATCH_INCONSISTENT },
		{ { 0, 25, 0, 16, 0x80, 0, 0x0e, 1, 3, 0, 0, 0, 0, 0, 0, 0,
		    0, 17, 0, 8, 0x81, 0 }, 24, true, OFP_OK },
		/* push_mpls, set ipv4_src: hidden */
		{ { 0, 19, 0, 8, 0x88, 0x47, 0, 0,
		    0, 25, 0, 16, 0x80, 0, 0x16, 4, 10, 0, 0, 1 }, 24, false,
		    OFP_BAC_MATCH_INCONSISTENT },
		/* pop_mpls to IPv6, set ipv6_flabel */
		{ { 0, 20, 0, 8, 0x86, 0xdd, 0, 0,
		    0, 25, 0, 16, 0x80, 0, 0x38, 4, 0, 0, 0, 1 }, 24, false,
		    OFP_OK },
		/* pop_pbb, set ipv4_src: who knows */
		{ { 0, 27, 0, 8, 0, 0, 0, 0,
		    0, 25, 0, 16, 0x80, 0, 0x16, 4, 10, 0, 0, 1 }, 24, false,
		    OFP_BAC_MATCH_INCONSISTENT },
	};
	unsigned int		i;

	for (i = 0; i < nitems(lists); i++) {
		test_case("list %u of the table is judged wrongly", i);
		CHECK(one_action(lists[i].bytes, lists[i].len, 0x0800,
		    lists[i].is_set) == lists[i].error);
	}
}

/*
 * Instructions and flow mods.
 */

static const struct {
	uint8_t		bytes[32];
	size_t		len;
	enum ofp_error	error;
} instructions[] = {
	{ { 0, 0, 0, 8 }, 8, OFP_BIC_UNKNOWN_INST },
	{ { 0, 7, 0, 8 }, 8, OFP_BIC_UNKNOWN_INST },
	{ { 0xff, 0xff, 0, 8 }, 8, OFP_BIC_BAD_EXPERIMENTER },
	{ { 0, 1, 0, 16, 5 }, 16, OFP_BIC_BAD_LEN },
	{ { 0, 1, 0, 4 }, 4, OFP_BIC_BAD_LEN },
	{ { 0, 2, 0, 16 }, 16, OFP_BIC_BAD_LEN },
	{ { 0, 5, 0, 24, 0, 0, 0, 0, 0, 0, 0, 16, 0, 0, 0, 1 }, 24,
	    OFP_BIC_BAD_LEN },
	{ { 0, 1, 0, 8, 5, 0, 0, 0, 0, 1, 0, 8, 6 }, 16, OFP_DUP_INSTRUCTION },
	{ { 0, 6, 0, 8, 0, 0, 0, 0 }, 8, OFP_MMFC_INVALID_METER },
	{ { 0, 6, 0, 8, 0xff, 0xff, 0, 1 }, 8, OFP_MMFC_INVALID_METER },
	{ { 0, 6, 0, 8, 0xff, 0xff, 0, 0 }, 8, OFP_OK },
	{ { 0, 1, 0, 8, 0 }, 8, OFP_BIC_BAD_TABLE_ID },
	{ { 0, 1, 0, 8, 3 }, 8, OFP_BIC_BAD_TABLE_ID },
	{ { 0, 1, 0, 8, 4 }, 8, OFP_OK },
	{ { 0, 1, 0, 8, 0xfe }, 8, OFP_OK },
	{ { 0, 1, 0, 8, 0xff }, 8, OFP_BIC_BAD_TABLE_ID },
};

/* A flow mod of table 3 with these instructions. */
static enum ofp_error
flow(uint8_t command, uint8_t table, uint16_t flags, const uint8_t *p,
    size_t len)
{
	uint8_t		buf[256];
	struct ofp_flow	f;
	struct ofp_hdr	h;
	struct ofp_wr	wr;
	struct ofp_rd	rd;

	ofp_flow_init(&f, OFP_FC_ADD);
	f.f_command = command;
	f.f_table = table;
	f.f_flags = flags;
	ofp_rd_init(&f.f_instr_bytes, p, len);
	ofp_wr_init(&wr, buf, sizeof(buf));
	ofp_flow_encode(&wr, 1, &f);
	if (ofp_msg_check(buf, ofp_wr_pos(&wr), 4, S, &h, &rd) != OFP_OK)
		return (OFP_FMFC_UNKNOWN);
	return (ofp_flow_decode(&rd, &f));
}

TEST(instruction_gets_another_error)
{
	unsigned int	i;

	for (i = 0; i < nitems(instructions); i++) {
		test_case("instruction %u of the table gets another error", i);
		CHECK(flow(OFP_FC_ADD, 3, 0, instructions[i].bytes,
		    instructions[i].len) == instructions[i].error);
		/* A delete does not look at them (FM-24). */
		CHECK(flow(OFP_FC_DELETE, 3, 0, instructions[i].bytes,
		    instructions[i].len) == OFP_OK);
	}
}

TEST(fixed_part_of_a_flow_mod_is_checked)
{
	unsigned int	i;

	for (i = 0; i < 256; i++)
		CHECK(flow((uint8_t)i, 3, 0, NULL, 0) ==
		    (i < 5 ? OFP_OK : OFP_FMFC_BAD_COMMAND));
	for (i = 0; i < 16; i++)
		CHECK(flow(OFP_FC_ADD, 3, (uint16_t)(1 << i), NULL, 0) ==
		    (i < 5 ? OFP_OK : OFP_FMFC_BAD_FLAGS));
	for (i = 0; i < 5; i++)
		CHECK(flow((uint8_t)i, OFP_TT_ALL, 0, NULL, 0) ==
		    (i >= OFP_FC_DELETE ? OFP_OK : OFP_FMFC_BAD_TABLE_ID));
}

/*
 * Groups and meters.
 */

static enum ofp_error
group(uint16_t command, uint8_t type, uint32_t id, uint16_t weight,
    uint32_t watch, unsigned int buckets)
{
	uint8_t			buf[128], list[64];
	struct ofp_bucket	b = { weight, watch, OFP_G_ANY, { 0 } };
	struct ofp_group	g = { command, type, id, { 0 } };
	struct ofp_hdr		h;
	struct ofp_wr		wr;
	struct ofp_rd		rd;

	ofp_wr_init(&wr, list, sizeof(list));
	while (buckets-- > 0)
		ofp_bucket_encode(&wr, &b);
	ofp_rd_init(&g.g_buckets, list, ofp_wr_pos(&wr));
	ofp_wr_init(&wr, buf, sizeof(buf));
	ofp_group_encode(&wr, 1, &g);
	if (ofp_msg_check(buf, ofp_wr_pos(&wr), 4, S, &h, &rd) != OFP_OK)
		return (OFP_FMFC_UNKNOWN);
	return (ofp_group_decode(&rd, &g));
}

TEST(group_mod_gets_another_error)
{
	CHECK(group(3, 0, 1, 0, OFP_P_ANY, 0) == OFP_GMFC_BAD_COMMAND);
	CHECK(group(0, 4, 1, 0, OFP_P_ANY, 0) == OFP_GMFC_BAD_TYPE);
	CHECK(group(2, 9, 1, 0, OFP_P_ANY, 0) == OFP_OK);
	CHECK(group(2, 0, 1, 0, OFP_P_ANY, 1) == OFP_GMFC_INVALID_GROUP);
	CHECK(group(2, 0, OFP_G_ALL, 0, OFP_P_ANY, 0) == OFP_OK);
	CHECK(group(0, 0, OFP_G_ALL, 0, OFP_P_ANY, 0) ==
	    OFP_GMFC_INVALID_GROUP);
	CHECK(group(1, 0, OFP_G_ANY, 0, OFP_P_ANY, 0) ==
	    OFP_GMFC_INVALID_GROUP);
	CHECK(group(0, 0, OFP_G_MAX, 0, OFP_P_ANY, 0) == OFP_OK);
	CHECK(group(0, 0, OFP_G_MAX + 1, 0, OFP_P_ANY, 0) ==
	    OFP_GMFC_INVALID_GROUP);
	CHECK(group(0, OFP_GT_ALL, 1, 1, OFP_P_ANY, 1) ==
	    OFP_GMFC_INVALID_GROUP);
	CHECK(group(0, OFP_GT_SELECT, 1, 1, OFP_P_ANY, 2) == OFP_OK);
	CHECK(group(0, OFP_GT_INDIRECT, 1, 0, OFP_P_ANY, 0) ==
	    OFP_GMFC_INVALID_GROUP);
	CHECK(group(0, OFP_GT_INDIRECT, 1, 0, OFP_P_ANY, 2) ==
	    OFP_GMFC_INVALID_GROUP);
	CHECK(group(0, OFP_GT_FF, 1, 0, OFP_P_ANY, 1) == OFP_GMFC_BAD_WATCH);
	CHECK(group(0, OFP_GT_FF, 1, 0, 3, 1) == OFP_OK);
}

static enum ofp_error
meter(uint16_t command, uint16_t flags, uint32_t id, uint16_t type,
    uint32_t rate, uint8_t prec)
{
	uint8_t			buf[64], list[16];
	struct ofp_band		bd = { type, rate, 0, prec, 0 };
	struct ofp_meter	m = { command, flags, id, { 0 } };
	struct ofp_hdr		h;
	struct ofp_wr		wr;
	struct ofp_rd		rd;

	ofp_wr_init(&wr, list, sizeof(list));
	ofp_band_encode(&wr, &bd);
	ofp_rd_init(&m.m_bands, list, ofp_wr_pos(&wr));
	ofp_wr_init(&wr, buf, sizeof(buf));
	ofp_meter_encode(&wr, 1, &m);
	if (ofp_msg_check(buf, ofp_wr_pos(&wr), 4, S, &h, &rd) != OFP_OK)
		return (OFP_FMFC_UNKNOWN);
	return (ofp_meter_decode(&rd, &m));
}

TEST(meter_mod_gets_another_error)
{
	CHECK(meter(0, 1, 1, OFP_MBT_DROP, 5, 0) == OFP_OK);
	CHECK(meter(3, 1, 1, OFP_MBT_DROP, 5, 0) == OFP_MMFC_BAD_COMMAND);
	CHECK(meter(0, 3, 1, OFP_MBT_DROP, 5, 0) == OFP_MMFC_BAD_FLAGS);
	CHECK(meter(0, 0x10, 1, OFP_MBT_DROP, 5, 0) == OFP_MMFC_BAD_FLAGS);
	CHECK(meter(0, 1, 0, OFP_MBT_DROP, 5, 0) == OFP_MMFC_INVALID_METER);
	CHECK(meter(0, 1, OFP_M_MAX, OFP_MBT_DROP, 5, 0) == OFP_OK);
	CHECK(meter(0, 1, OFP_M_MAX + 1, OFP_MBT_DROP, 5, 0) ==
	    OFP_MMFC_INVALID_METER);
	CHECK(meter(0, 1, OFP_M_ALL, OFP_MBT_DROP, 5, 0) ==
	    OFP_MMFC_INVALID_METER);
	CHECK(meter(2, 1, OFP_M_ALL, OFP_MBT_DROP, 5, 0) == OFP_OK);
	CHECK(meter(0, 1, OFP_M_CONTROLLER, OFP_MBT_DROP, 5, 0) == OFP_OK);
	CHECK(meter(0, 1, OFP_M_SLOWPATH, OFP_MBT_DROP, 5, 0) == OFP_OK);
	CHECK(meter(0, 1, 1, 3, 5, 0) == OFP_MMFC_BAD_BAND);
	CHECK(meter(0, 1, 1, OFP_MBT_EXPERIMENTER, 5, 0) ==
	    OFP_MMFC_BAD_BAND);
	CHECK(meter(0, 1, 1, OFP_MBT_DROP, 0, 0) == OFP_MMFC_BAD_RATE);
	CHECK(meter(0, 1, 1, OFP_MBT_DSCP_REMARK, 5, 0) ==
	    OFP_MMFC_BAD_BAND_DETAIL);
	CHECK(meter(0, 1, 1, OFP_MBT_DSCP_REMARK, 5, 3) ==
	    OFP_MMFC_BAD_BAND_DETAIL);
	CHECK(meter(0, 1, 1, OFP_MBT_DSCP_REMARK, 5, 2) == OFP_OK);
}

/*
 * Ports, tables, multipart.
 */

TEST(port_mod_with_unknown_bits_is_refused)
{
	uint8_t			buf[64];
	struct ofp_port_mod	pm;
	struct ofp_wr		wr;
	struct ofp_rd		rd;
	unsigned int		i;

	for (i = 0; i < 32; i++) {
		memset(&pm, 0, sizeof(pm));
		pm.pm_mask = 1U << i;
		ofp_wr_init(&wr, buf, sizeof(buf));
		ofp_port_mod_encode(&wr, 1, &pm);
		ofp_rd_init(&rd, buf + 8, 32);
		CHECK(ofp_port_mod_decode(&rd, &pm) ==
		    ((1U << i & OFP_PC_MASK) != 0 ? OFP_OK :
		    OFP_PMFC_BAD_CONFIG));
		memset(&pm, 0, sizeof(pm));
		pm.pm_advertise = 1U << i;
		ofp_wr_init(&wr, buf, sizeof(buf));
		ofp_port_mod_encode(&wr, 1, &pm);
		ofp_rd_init(&rd, buf + 8, 32);
		CHECK(ofp_port_mod_decode(&rd, &pm) == (i < 16 ? OFP_OK :
		    OFP_PMFC_BAD_ADVERTISE));
	}
}

TEST(table_mod_takes_the_deprecated_bits_only)
{
	uint8_t			body[8] = { 0 };
	struct ofp_table_mod	tm;
	struct ofp_rd		rd;
	unsigned int		i;

	for (i = 0; i < 8; i++) {
		body[7] = (uint8_t)(1 << i);
		ofp_rd_init(&rd, body, sizeof(body));
		CHECK(ofp_table_mod_decode(&rd, &tm) == (i < 2 ? OFP_OK :
		    OFP_TMFC_BAD_CONFIG));
	}
}

TEST(unknown_multipart_type_is_bad_multipart)
{
	uint8_t		body[8] = { 0 };
	struct ofp_mp	mp;
	struct ofp_rd	rd;
	unsigned int	t;

	for (t = 0; t < 0x10000; t++) {
		body[0] = (uint8_t)(t >> 8);
		body[1] = (uint8_t)t;
		ofp_rd_init(&rd, body, sizeof(body));
		CHECK(ofp_mp_decode(&rd, false, &mp) ==
		    (t < 14 || t == 0xffff ? OFP_OK : OFP_BRC_BAD_MULTIPART));
	}
}

TEST(string_is_cut_and_terminated)
{
	uint8_t			buf[64];
	struct ofp_port		po, back;
	struct ofp_wr		wr;
	struct ofp_rd		rd;

	memset(&po, 0, sizeof(po));
	memset(po.po_name, 'x', 16);
	ofp_wr_init(&wr, buf, sizeof(buf));
	ofp_port_encode(&wr, &po);
	CHECK(buf[30] == 'x' && buf[31] == '\0');
	memset(buf + 16, 'y', 16);	/* one that is not terminated */
	ofp_rd_init(&rd, buf, sizeof(buf));
	CHECK(ofp_port_decode(&rd, &back) == OFP_OK);
	CHECK(strlen(back.po_name) == 16);
}

TEST(message_longer_than_64k_is_not_made)
{
	static uint8_t	buf[70000], data[66000];
	struct ofp_wr	wr;

	ofp_wr_init(&wr, buf, sizeof(buf));
	ofp_echo_encode(&wr, 4, true, 1, data, 65527);
	CHECK(!ofp_wr_err(&wr) && ofp_wr_pos(&wr) == OFP_MSG_MAX);
	ofp_wr_init(&wr, buf, sizeof(buf));
	ofp_echo_encode(&wr, 4, true, 1, data, 65528);
	CHECK(ofp_wr_err(&wr));
}

/* A controller reads on over what it does not know (CT-09). */
TEST(field_unknown_to_a_controller_hides_the_others)
{
	static const uint8_t	wire[] = { 0, 1, 0, 34,
				    0x00, 0x01, 0x00, 4, 0, 0, 0, 9,
				    0x80, 0, 0x1b, 4, 0x00, 0x50, 0xff, 0xf0,
				    0x80, 0, 0x0a, 2, 8, 0,
				    0x80, 0, 0x00, 4, 0, 0, 0, 3,
				    0, 0, 0, 0, 0, 0 };
	struct ofp_match	m;
	struct ofp_rd		rd;
	uint32_t		port;
	bool			more;

	ofp_rd_init(&rd, wire, sizeof(wire));
	CHECK(ofp_match_decode(&rd, &m) != OFP_OK);
	ofp_rd_init(&rd, wire, sizeof(wire));
	CHECK(ofp_match_decode_told(&rd, &m, &more) == OFP_OK);
	CHECK(more && ofp_rd_left(&rd) == 0);
	CHECK(ofp_key_get(&m.m_key, OFP_XMT_IN_PORT) == 3);
	CHECK(ofp_key_get(&m.m_key, OFP_XMT_ETH_TYPE) == 0x0800);
	CHECK(ofp_key_get(&m.m_mask, OFP_XMT_TCP_SRC) == 0xfff0);
	ofp_rd_init(&rd, wire, sizeof(wire));
	CHECK(ofp_match_peek(&rd, OFP_XMT_IN_PORT, &port) == OFP_OK);
	CHECK(port == 3);
}

int
main(void)
{
	return (test_main());
}
