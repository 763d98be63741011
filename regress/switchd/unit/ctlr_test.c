/*
 * SPDX-License-Identifier: ISC
 *
 * ctlr_test.c: what the controller says, message by message, and what it makes
 * of a switch that is within its rights but odd.
 */
#include <sys/mman.h>

#include <string.h>
#include <unistd.h>

#include <net/ofp10.h>

#include "fake_switch.h"
#include "../../../usr.sbin/switchd/log.h"
#include "recode.h"
#include "test.h"

#define NSAID	256

/* What it was told. */
static struct {
	uint8_t		type;
	uint32_t	xid;
} said[NSAID];
static unsigned int	nsaid, nbad;
static uint8_t		last[70000];
static size_t		last_len;

static uint32_t
u32(const uint8_t *p)
{
	return ((uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	    (uint32_t)p[2] << 8 | p[3]);
}

static void
saw(const uint8_t *msg, size_t len)
{
	memcpy(last, msg, len);
	last_len = len;
	if (nsaid == NSAID)
		return;
	said[nsaid].type = msg[1];
	said[nsaid++].xid = u32(msg + 4);
}

static struct fk *
watched(uint64_t dpid, uint8_t version)
{
	struct fk	*f = fk_connect(dpid, version);

	nsaid = nbad = 0;
	f->f_seen = saw;
	return (f);
}

/* CT-03 */
TEST(something_is_changed_before_the_features_are_known)
{
	struct fk	*f = watched(200, OFP_VERSION_13);

	f->f_secret = true;
	fk_hello(f);
	fk_packet_in(f, 1, A, BCAST, 7, 0);
	CHECK(nsaid == 2 && said[0].type == OFP_T_HELLO);
	CHECK(said[1].type == OFP_T_FEATURES_REQUEST && !f->f_closed);
	fk_close(f);
}

/* CT-04 */
TEST(a_set_up_is_in_another_order)
{
	static const uint8_t	want[] = {
		OFP_T_HELLO, OFP_T_FEATURES_REQUEST, OFP_T_SET_CONFIG,
		OFP_T_MULTIPART_REQUEST, OFP_T_MULTIPART_REQUEST,
		OFP_T_MULTIPART_REQUEST, OFP_T_BARRIER_REQUEST,
		OFP_T_MULTIPART_REQUEST, OFP_T_FLOW_MOD
	};
	struct fk		*f = watched(201, OFP_VERSION_13);
	struct ofp_rd		 rd;
	struct ofp_action	 ac;
	enum ofp_error		 error;
	unsigned int		 i;

	f->f_tables = 1;
	fk_hello(f);
	CHECK(nsaid > sizeof(want));
	for (i = 0; i < sizeof(want); i++)
		CHECK(said[i].type == want[i]);
	CHECK(said[nsaid - 1].type == OFP_T_BARRIER_REQUEST);
	CHECK(f->f_nflows == 1 && f->f_flow[0].f_priority == 0 &&
	    f->f_flow[0].f_match.m_fields == 0);
	/* Apply-actions: its head, then the output. */
	ofp_rd_init(&rd, f->f_instr[0], 24);
	ofp_rd_skip(&rd, 8);
	CHECK(ofp_action_next(&rd, &ac, &error) &&
	    ac.u.output.port == OFP_P_CONTROLLER &&
	    ac.u.output.max_len == OFP_CML_NO_BUFFER);
	fk_close(f);
}

/* CT-20 */
TEST(two_requests_have_the_same_xid)
{
	struct fk	*f = watched(202, OFP_VERSION_13);
	struct conn	*c;
	unsigned int	 i, j;

	fk_hello(f);
	for (i = 0; i < nsaid; i++)
		for (j = 0; j < i; j++)
			CHECK(said[i].type == OFP_T_FLOW_MOD ||
			    said[i].xid != said[j].xid);
	c = fk_dp(f)->d_conn;
	c->c_xid = 0x3ffffffe;
	CHECK(conn_next_xid(c) == 0x3fffffff);
	CHECK(conn_next_xid(c) == 1);
	fk_close(f);
}

/* Our own switch's parser, and out again: padding and order are right. */
static void
judge(const uint8_t *msg, size_t len)
{
	static uint8_t		buf[70000];
	struct ofp_flow		fl;
	struct ofp_packet_out	pu;
	struct ofp_hdr		h;
	struct ofp_wr		w;
	struct ofp_rd		rd;

	saw(msg, len);
	if (msg[1] == OFP_T_HELLO)
		return;
	if (ofp_msg_check(msg, len, OFP_VERSION_13, OFP_TO_SWITCH, &h, &rd) !=
	    OFP_OK)
		nbad++;
	if (h.h_type == OFP_T_FLOW_MOD)
		nbad += ofp_flow_decode(&rd, &fl) != OFP_OK ||
		    fl.f_cookie == OFP_COOKIE_NONE ||
		    (fl.f_match.m_fields & OFP_FIELD_BIT(OFP_XMT_IN_PORT) &&
		    ofp_key_get(&fl.f_match.m_key, OFP_XMT_IN_PORT) ==
		    OFP_P_ANY);
	else if (h.h_type == OFP_T_PACKET_OUT)
		nbad += ofp_packet_out_decode(&rd, &pu) != OFP_OK ||
		    pu.pu_in_port == OFP_P_ANY;
	ofp_wr_init(&w, buf, sizeof(buf));
	if (recode(msg, len, &w) != OFP_OK || ofp_wr_pos(&w) != len ||
	    memcmp(buf, msg, len) != 0)
		nbad++;
}

/* CT-22 */
TEST(a_message_of_ours_is_malformed)
{
	struct fk	*f;
	unsigned int	 tables;

	for (tables = 1; tables <= 2; tables++) {
		f = watched(202 + tables, OFP_VERSION_13);
		f->f_seen = judge;
		f->f_tables = tables;
		fk_hello(f);
		fk_packet_in(f, 1, A, BCAST, OFP_NO_BUFFER, COPY);
		fk_packet_in(f, 2, B, A, 7, OFP_COOKIE_NONE);
		fk_packet_in(f, 1, A, C, OFP_NO_BUFFER, OFP_COOKIE_NONE);
		fk_packet_in(f, 3, B, BCAST, 8, OFP_COOKIE_NONE);
		fk_packet_in(f, 0, B, BCAST, 8, OFP_COOKIE_NONE);
		CHECK(nsaid > 14 && nbad == 0);
		fk_close(f);
	}
}

/* CT-05, SP-64 */
TEST(an_echo_comes_back_changed)
{
	static const size_t	lens[] = { 0, 1, 60000 };
	static uint8_t		msg[60008] = { 4, OFP_T_ECHO_REQUEST };
	struct fk		*f = watched(206, OFP_VERSION_13);
	size_t			 i, len;

	fk_hello(f);
	for (i = 0; i < 3; i++) {
		len = lens[i] + 8;
		msg[2] = len >> 8;
		msg[3] = len;
		msg[7] = 77 + i;
		memset(msg + 8, 0xa0 + i, lens[i]);
		fk_send(f, msg, len);
		pump(f);
		pump(f);
		CHECK(last[1] == OFP_T_ECHO_REPLY && last_len == len &&
		    memcmp(last + 2, msg + 2, len - 2) == 0);
	}
	fk_close(f);
}

static unsigned int	nreplies;

static bool
reply(struct dp *d, const struct ofp_hdr *h, const uint8_t *msg)
{
	nreplies++;
	return (true);
}

static void
events(struct fk *f, uint32_t xid)
{
	struct ofp_packet_in	pi = { .pi_buffer = OFP_NO_BUFFER };
	struct ofp_flow_removed	fr = { .fr_cookie = 1 };
	struct ofp_port_status	ps = { .ps_port = { .po_no = 4 } };

	ofp_match_init(&pi.pi_match);
	ofp_match_set(&pi.pi_match, OFP_XMT_IN_PORT, 1);
	ofp_match_init(&fr.fr_match);
	ofp_packet_in_encode(&wr, xid, &pi);
	fk_put(f);
	ofp_flow_removed_encode(&wr, xid, &fr);
	fk_put(f);
	ofp_port_status_encode(&wr, xid, &ps);
	fk_put(f);
	pump(f);
}

/* WF-09 */
TEST(an_event_is_taken_for_an_answer)
{
	struct fk	*f = watched(207, OFP_VERSION_13);

	f->f_mute = true;
	fk_hello(f);
	CHECK(fk_dp(f)->d_state == DP_ASK);
	events(f, fk_dp(f)->d_setup->su_barrier);
	CHECK(fk_dp(f)->d_state == DP_ASK);
	fk_close(f);
	f = fk_up(208);
	dp_hooks.dh_reply = reply;
	events(f, 0x40000001);
	CHECK(nreplies == 0);
	ofp_msg_bare(&wr, 4, OFP_T_BARRIER_REPLY, 0x40000001);
	fk_put(f);
	pump(f);
	CHECK(nreplies == 1);
	dp_hooks.dh_reply = NULL;
	fk_close(f);
}

/* MP-09, CT-08 */
TEST(flows_in_pieces_are_not_read)
{
	struct fk	*f = fk_up(209), *g;

	fk_packet_in(f, 1, A, BCAST, OFP_NO_BUFFER, COPY);
	fk_packet_in(f, 2, B, BCAST, OFP_NO_BUFFER, COPY);
	g = fk_connect(210, OFP_VERSION_13);
	memcpy(g->f_flow, f->f_flow, sizeof(f->f_flow));
	memcpy(g->f_instr, f->f_instr, sizeof(f->f_instr));
	g->f_nflows = f->f_nflows;
	g->f_split = true;
	fk_hello(g);
	CHECK(fk_dp(g)->d_state == DP_UP && g->f_mods == 0);
	CHECK(fk_dp(g)->d_learn.l_count == 2 && fk_dp(g)->d_sync_xid == 0);
	/* One that never comes is given up. */
	g->f_mute = true;
	fk_dp(g)->d_sync_wanted = true;
	dp_tick();
	pump(g);
	CHECK(fk_dp(g)->d_sync_xid != 0);
	fk_dp(g)->d_synced -= 60;
	dp_tick();
	CHECK(fk_dp(g)->d_sync_xid == 0 && fk_dp(g)->d_learn.l_count == 2);
	fk_close(f);
	fk_close(g);
}

/* CT-13 */
TEST(a_learned_flow_matches_less_than_was_learned)
{
	struct fk	*f = watched(211, OFP_VERSION_13);
	struct ofp_flow	*fl;

	f->f_tables = 1;
	fk_hello(f);
	fk_packet_in(f, 1, A, BCAST, OFP_NO_BUFFER, 0);
	fk_packet_in(f, 2, B, A, OFP_NO_BUFFER, 0);
	fl = &f->f_flow[f->f_nflows - 1];
	CHECK(dp_flow_role(fl->f_cookie) == DP_ROLE_PAIR);
	CHECK(fl->f_match.m_fields == (OFP_FIELD_BIT(OFP_XMT_IN_PORT) |
	    OFP_FIELD_BIT(OFP_XMT_ETH_SRC) | OFP_FIELD_BIT(OFP_XMT_ETH_DST) |
	    OFP_FIELD_BIT(OFP_XMT_VLAN_VID)));
	CHECK(ofp_key_get(&fl->f_match.m_key, OFP_XMT_IN_PORT) == 2);
	CHECK(ofp_key_get(&fl->f_match.m_key, OFP_XMT_VLAN_VID) == 0);
	CHECK(fl->f_idle == fk_dp(f)->d_timeout && fl->f_priority > 0);
	CHECK(fl->f_flags & OFP_FF_SEND_FLOW_REM);
	fk_close(f);
}

/* CT-15 */
TEST(a_port_that_is_deleted_keeps_its_hosts)
{
	struct fk		*f = fk_up(212);
	struct ofp_port_status	 ps = { .ps_reason = OFP_PR_DELETE,
				    .ps_port = { .po_no = 1 } };

	fk_packet_in(f, 1, A, BCAST, OFP_NO_BUFFER, COPY);
	fk_packet_in(f, 2, B, BCAST, OFP_NO_BUFFER, COPY);
	ofp_port_status_encode(&wr, 0, &ps);
	fk_put(f);
	pump(f);
	CHECK(learn_lookup(&fk_dp(f)->d_learn, A, 0) == NULL);
	CHECK(learn_lookup(&fk_dp(f)->d_learn, B, 0) != NULL);
	CHECK(fk_count(f, DP_ROLE_SRC) == 1);
	fk_close(f);
}

/* CT-02; 0: refused. */
TEST(a_version_is_not_agreed_on)
{
	static const struct {
		uint8_t	head;
		uint8_t	bits;		/* 0: none */
		uint8_t	want;
	} rows[] = {
		{ 1, 0, 1 }, { 2, 0, 0 }, { 3, 0, 0 }, { 4, 0, 4 }, { 5, 0, 4 },
		{ 6, 0, 4 }, { 4, 0x02, 1 }, { 4, 0x10, 4 }, { 6, 0x12, 4 },
		{ 3, 0x08, 0 }, { 5, 0x20, 0 }, { 6, 0x62, 1 },
		{ 1, 0xff, 1 }		/* C0-20: no element there */
	};
	uint8_t		 msg[16] = { 0, 0, 0, 8, 0, 0, 0, 1, 0, 1, 0, 8 };
	struct fk	*f;
	unsigned int	 i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		test_case("hello %u with bits %#x is answered otherwise",
		    rows[i].head, rows[i].bits);
		f = watched(220 + i, rows[i].want == 1 ? 1 : 4);
		msg[0] = rows[i].head;
		msg[3] = rows[i].bits == 0 ? 8 : 16;
		msg[8] = rows[i].head == 1 ? 0xff : 0;
		msg[15] = rows[i].bits;
		fk_send(f, msg, msg[3]);
		pump(f);
		CHECK(f->f_closed == (rows[i].want == 0));
		if (rows[i].want != 0)
			CHECK(fk_dp(f) != NULL &&
			    fk_dp(f)->d_version == rows[i].want);
		else
			CHECK(f->f_errors == 1 && f->f_error_type == 0 &&
			    f->f_error_code == 0 && last_len > 12);
		fk_close(f);
	}
}

/* Every type, alone and with a body, at a stage of the set-up. */
static void
every_type(struct fk *f, bool features)
{
	uint8_t		 msg[80] = { 4, 0, 0, 8, 0, 0, 0, 1 };
	unsigned int	 type;

	for (type = 0; type < 256; type++) {
		if (type == OFP_T_FEATURES_REPLY && !features)
			continue;
		msg[1] = type;
		msg[3] = 8;
		fk_send(f, msg, 8);
		msg[3] = sizeof(msg);
		fk_send(f, msg, sizeof(msg));
		pump(f);
	}
	CHECK(!f->f_closed);
}

/* CT-06, SP-64 */
TEST(a_type_at_some_stage_ends_the_session)
{
	struct fk	*f = watched(213, OFP_VERSION_13);

	f->f_secret = true;
	fk_hello(f);
	every_type(f, false);
	fk_close(f);
	f = watched(214, OFP_VERSION_13);
	f->f_mute = true;
	fk_hello(f);
	CHECK(fk_dp(f)->d_state == DP_ASK);
	every_type(f, true);
	fk_close(f);
	f = fk_up(215);
	every_type(f, true);
	fk_packet_in(f, 1, A, BCAST, OFP_NO_BUFFER, COPY);
	CHECK(learn_lookup(&fk_dp(f)->d_learn, A, 0) != NULL);
	fk_close(f);
}

/* Each number is one of the table, or none; it is counted, never answered. */
static unsigned int
errors_all(struct fk *f)
{
	uint8_t		msg[24] = { 4, OFP_T_ERROR, 0, 24, 0, 0, 0, 9 };
	unsigned int	type, code, n = 0;

	for (type = 0; type <= 14; type++)
		for (code = 0; code < 18; code++) {
			msg[9] = type;
			msg[11] = code;
			fk_send(f, msg, sizeof(msg));
			pump(f);
			n++;
		}
	return (n);
}

/* CT-07 */
TEST(an_error_is_not_logged_by_name_xid_and_data)
{
	static const uint8_t	exp[] = { 4, OFP_T_ERROR, 0, 20, 0, 0, 1, 9,
				    0xff, 0xff, 9, 7, 0x4f, 0x4e, 0x46, 0,
				    0xab, 0xcd, 0xef, 0x01 };
	struct fk		*f = fk_up(216);
	uint64_t		 before;
	unsigned int		 n;
	static char		 text[4096];
	ssize_t			 len;
	int			 fd, err;

	fd = memfd_create("log", 0);
	err = dup(2);
	CHECK(fd != -1 && err != -1);
	dup2(fd, 2);
	log_init("ctlr_test", 1, 0);
	fk_send(f, exp, sizeof(exp));
	pump(f);
	log_init("ctlr_test", 0, 0);
	dup2(err, 2);
	len = pread(fd, text, sizeof(text) - 1, 0);
	text[len > 0 ? len : 0] = '\0';
	CHECK(strstr(text, "BUNDLE_FAILED/MSG_CONFLICT") != NULL);
	CHECK(strstr(text, "of 0x4f4e4600") != NULL);
	CHECK(strstr(text, "xid 0x109") != NULL);
	CHECK(strstr(text, "data abcdef01") != NULL);
	before = fk_dp(f)->d_counters.cn_v[CNT_error_received];
	n = errors_all(f);
	CHECK(fk_dp(f)->d_counters.cn_v[CNT_error_received] == before + n);
	CHECK(!f->f_closed && f->f_errors == 0);
	close(fd);
	close(err);
	fk_close(f);
}

/* WF-12: bits that mean nothing are set wherever there are some. */
TEST(reserved_bits_are_taken_for_something)
{
	static const uint8_t	features[] = { 4, OFP_T_FEATURES_REPLY, 0, 32,
				    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 217,
				    0, 0, 1, 0, 2, 0, 0xff, 0xff,
				    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
				    0xff };
	static uint8_t		msg[32], port[80] = {
				    4, OFP_T_PORT_STATUS, 0, 80, 0, 0, 0, 1,
				    OFP_PR_ADD, 0xff, 0xff, 0xff, 0xff, 0xff,
				    0xff, 0xff, 0, 0, 0, 1, 0xff, 0xff, 0xff,
				    0xff, 2, 0, 0, 0, 0, 9, 0xff, 0xff,
				    'e', 't', 'h', '9' };
	struct fk		*f = watched(217, OFP_VERSION_13);
	unsigned int		 i;

	f->f_secret = true;
	fk_hello(f);
	CHECK(said[1].type == OFP_T_FEATURES_REQUEST);
	memcpy(msg, features, sizeof(msg));
	for (i = 0; i < 4; i++)
		msg[4 + i] = said[1].xid >> (24 - 8 * i);
	f->f_secret = false;
	fk_send(f, msg, sizeof(msg));
	pump(f);
	pump(f);
	CHECK(fk_dp(f) != NULL && fk_dp(f)->d_state == DP_UP);
	/* Config 0x5a is what is not defined; state 0xfffffff8 too. */
	port[51] = 0x5a;
	memset(port + 52, 0xff, 3);
	port[55] = 0xf8 | OFP_PS_LIVE;
	memset(port + 56, 0xff, 16);
	fk_send(f, port, sizeof(port));
	pump(f);
	fk_packet_in(f, 1, A, BCAST, OFP_NO_BUFFER, COPY);
	CHECK(!f->f_closed && f->f_errors == 0);
	CHECK(learn_lookup(&fk_dp(f)->d_learn, A, 0) != NULL);
	fk_close(f);
}

/* Flows added and not deleted again. */
static int	nflows10;

static void
judge10(const uint8_t *msg, size_t len)
{
	saw(msg, len);
	if (msg[1] == OFP_T_HELLO)
		return;
	nbad += msg[0] != OFP_VERSION_10;
	switch (msg[1]) {
	case OFP_T_ECHO_REQUEST:
	case OFP_T_ECHO_REPLY:
	case OFP_T_FEATURES_REQUEST:
	case OFP_T_SET_CONFIG:
	case OFP10_T_PACKET_OUT:
	case OFP10_T_STATS_REQUEST:
	case OFP10_T_BARRIER_REQUEST:
		break;
	case OFP10_T_FLOW_MOD:
		nflows10 += msg[57] == 0 ? 1 : -1;
		/* Neither modify nor an exact match. */
		nbad += len < 72 || msg[56] != 0 ||
		    (msg[57] != 0 && msg[57] != 4) ||
		    (u32(msg + 8) & 0x3fffff) == 0;
		break;
	default:
		nbad++;
	}
}

static void
packet_in10(struct fk *f, uint8_t port, uint64_t src, uint64_t dst)
{
	uint8_t		msg[78] = { 1, 10, 0, 78, 0, 0, 0, 0, 0xff, 0xff, 0xff,
			    0xff, 0, 60, 0, port };
	unsigned int	i;

	for (i = 0; i < 6; i++) {
		msg[18 + i] = dst >> (40 - 8 * i);
		msg[24 + i] = src >> (40 - 8 * i);
	}
	msg[30] = 8;
	fk_send(f, msg, sizeof(msg));
	pump(f);
}

/* C0-06, C0-11, C0-12, C0-19 */
TEST(a_switch_of_1_0_is_told_what_it_does_not_know)
{
	static const uint8_t	hello[] = { 1, 0, 0, 8, 0, 0, 0, 1 };
	struct fk		*f = watched(240, OFP_VERSION_10);

	f->f_seen = judge10;
	nflows10 = 0;
	fk_send(f, hello, sizeof(hello));
	pump(f);
	CHECK(fk_dp(f)->d_state == DP_UP);
	CHECK(nflows10 == 0);		/* a trial at most */
	packet_in10(f, 1, A, BCAST);
	packet_in10(f, 2, B, A);
	packet_in10(f, 1, A, B);
	packet_in10(f, 1, A, 0x0180c200000eULL);
	packet_in10(f, 1, A, C);
	packet_in10(f, 1, A, C);
	CHECK(nflows10 >= 4 && nbad == 0);
	CHECK(fk_dp(f)->d_learn.l_count == 2);
	fk_close(f);
}

/* C0-15 */
TEST(a_switch_of_1_0_tells_of_flows_and_ports_in_vain)
{
	static const uint8_t	hello[] = { 1, 0, 0, 8, 0, 0, 0, 1 };
	uint8_t			gone[88] = { 1, OFP10_T_FLOW_REMOVED, 0, 88,
				    0, 0, 0, 0, 0, 0x38, 0x20, 0xff };
	uint8_t			port[64] = { 1, OFP10_T_PORT_STATUS, 0, 64,
				    0, 0, 0, 0, OFP_PR_DELETE };
	struct fk		*f = watched(241, OFP_VERSION_10);
	unsigned int		 reason;

	fk_send(f, hello, sizeof(hello));
	pump(f);
	packet_in10(f, 1, A, BCAST);
	packet_in10(f, 2, B, A);
	CHECK(fk_dp(f)->d_learn.l_count == 2);
	for (reason = 0; reason <= 2; reason++) {
		gone[8 + 40 + 8 + 2] = reason;
		fk_send(f, gone, sizeof(gone));
		pump(f);
	}
	CHECK(!f->f_closed && f->f_errors == 0);
	/* A byte less is no such message. */
	gone[3] = 87;
	fk_send(f, gone, 87);
	pump(f);
	CHECK(!f->f_closed && f->f_errors == 1);
	/* The port goes, and so does who was behind it. */
	port[17] = 1;
	fk_send(f, port, sizeof(port));
	pump(f);
	CHECK(learn_lookup(&fk_dp(f)->d_learn, A, 0) == NULL);
	CHECK(learn_lookup(&fk_dp(f)->d_learn, B, 0) != NULL);
	port[3] = 63;
	fk_send(f, port, 63);
	pump(f);
	CHECK(!f->f_closed && f->f_errors == 2);
	fk_close(f);
}

int
main(void)
{
	return (test_main());
}
