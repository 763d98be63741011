/*
 * SPDX-License-Identifier: ISC
 *
 * dp_test.c: the controller against switches made of a socket pair, good and
 * bad ones.  Everything that ANCHORS calls misbehaviour has a case here.
 */
#include <sys/types.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <fcntl.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <net/ofp10.h>
#include <net/ofp_flow.h>
#include <net/ofp_msg.h>

#include "../../../usr.sbin/switchd/dp.h"
#include "../../../usr.sbin/switchd/log.h"
#include "../../../usr.sbin/switchd/stream.h"
#include "test.h"

#define FK_BUF		(1 << 20)
#define NFLOWS		64

/* A switch that keeps flows as a list of flow mods. */
struct fk {
	int		 f_fd;
	uint8_t		 f_version;
	uint8_t		 f_tables;
	uint64_t	 f_dpid;
	bool		 f_mute;	/* answers nothing but features */
	bool		 f_refuse_goto;	/* BAD_INSTRUCTION for goto */
	bool		 f_no_barrier;
	bool		 f_full;
	bool		 f_closed;
	size_t		 f_have;
	unsigned int	 f_mods, f_adds, f_dels, f_outs, f_echos, f_errors;
	uint32_t	 f_last_out, f_last_buffer, f_last_hard;
	uint16_t	 f_error_type, f_error_code;
	uint64_t	 f_last_cookie;
	size_t		 f_last_data;
	struct ofp_flow	 f_flow[NFLOWS];
	uint8_t		 f_instr[NFLOWS][64];
	unsigned int	 f_nflows;
	uint8_t		 f_echo[64];
	size_t		 f_echo_len;
	uint8_t		 f_in[FK_BUF];
};

static struct event_base	*base;
static uint8_t			 out[70000];
static struct ofp_wr		 wr;

static void	fk_message(struct fk *, const uint8_t *, size_t);

static void
start(void)
{
	if (base == NULL) {
		base = event_base_new();
		log_init("dp_test", 0, 0);
		dp_init(base);
	}
	conn_times = (struct conn_times){ 10, 5, 15, 15 };
	ofp_wr_init(&wr, out, sizeof(out));
}

static void
fk_send(struct fk *f, const void *p, size_t len)
{
	if (send(f->f_fd, p, len, MSG_NOSIGNAL) == -1)
		f->f_closed = true;
}

/* What was encoded into wr. */
static void
fk_put(struct fk *f)
{
	fk_send(f, out, ofp_wr_pos(&wr));
	ofp_wr_init(&wr, out, sizeof(out));
}

static void
fk_receive(struct fk *f)
{
	ssize_t	n;
	size_t	pos = 0;
	int	len;

	n = recv(f->f_fd, f->f_in + f->f_have, FK_BUF - f->f_have,
	    MSG_DONTWAIT);
	if (n == 0)
		f->f_closed = true;
	if (n <= 0)
		return;
	f->f_have += n;
	while ((len = ofp_msg_frame(f->f_in + pos, f->f_have - pos)) > 0 &&
	    (size_t)len <= f->f_have - pos) {
		fk_message(f, f->f_in + pos, len);
		pos += len;
	}
	memmove(f->f_in, f->f_in + pos, f->f_have - pos);
	f->f_have -= pos;
}

/* Let both sides say what they have to say. */
static void
pump(struct fk *f)
{
	unsigned int	i;

	for (i = 0; i < 12; i++) {
		event_base_loop(base, EVLOOP_NONBLOCK);
		if (f != NULL && !f->f_closed)
			fk_receive(f);
	}
}

static void
fk_flow_mod(struct fk *f, struct ofp_rd *rd, uint32_t xid, const uint8_t *msg,
    size_t len)
{
	struct ofp_flow	fl;
	unsigned int	i;

	f->f_mods++;
	if (ofp_flow_decode(rd, &fl) != OFP_OK)
		return;
	if (f->f_full && fl.f_command == OFP_FC_ADD) {
		ofp_error_encode(&wr, 4, OFP_FMFC_TABLE_FULL, msg, len);
		fk_put(f);
		return;
	}
	if (f->f_refuse_goto && fl.f_command == OFP_FC_ADD &&
	    fl.f_instr.in_present & 1U << OFP_IT_GOTO_TABLE) {
		ofp_error_encode(&wr, 4, OFP_BIC_UNSUP_INST, msg, len);
		fk_put(f);
		return;
	}
	f->f_last_buffer = fl.f_buffer;
	f->f_last_cookie = fl.f_cookie;
	f->f_last_hard = fl.f_hard;
	for (i = 0; i < f->f_nflows;) {
		struct ofp_flow	*o = &f->f_flow[i];
		bool		 hit;

		if (fl.f_command == OFP_FC_DELETE)
			hit = (fl.f_table == OFP_TT_ALL ||
			    fl.f_table == o->f_table) &&
			    ofp_match_covers(&fl.f_match, &o->f_match);
		else
			hit = fl.f_table == o->f_table &&
			    fl.f_priority == o->f_priority &&
			    ofp_match_equal(&fl.f_match, &o->f_match);
		if (fl.f_command != OFP_FC_ADD &&
		    (o->f_cookie ^ fl.f_cookie) & fl.f_cookie_mask)
			hit = false;
		if (!hit) {
			i++;
			continue;
		}
		f->f_flow[i] = f->f_flow[--f->f_nflows];
		memcpy(f->f_instr[i], f->f_instr[f->f_nflows], 64);
	}
	if (fl.f_command != OFP_FC_ADD) {
		f->f_dels++;
		return;
	}
	f->f_adds++;
	if (f->f_nflows == NFLOWS)
		return;
	memcpy(f->f_instr[f->f_nflows], fl.f_instr_bytes.rd_p,
	    ofp_rd_left(&fl.f_instr_bytes));
	f->f_flow[f->f_nflows++] = fl;
}

static void
fk_flow_stats(struct fk *f, uint32_t xid)
{
	struct ofp_flow_stats	fs;
	struct ofp_flow		*o;
	size_t			 begin;
	unsigned int		 i;

	begin = ofp_mp_begin(&wr, true, xid, OFP_MP_FLOW);
	for (i = 0; i < f->f_nflows; i++) {
		o = &f->f_flow[i];
		memset(&fs, 0, sizeof(fs));
		fs.fs_table = o->f_table;
		fs.fs_priority = o->f_priority;
		fs.fs_idle = o->f_idle;
		fs.fs_cookie = o->f_cookie;
		fs.fs_match = o->f_match;
		ofp_rd_init(&fs.fs_instr, f->f_instr[i],
		    ofp_rd_left(&o->f_instr_bytes));
		ofp_flow_stats_encode(&wr, &fs);
	}
	ofp_mp_end(&wr, begin, false);
	fk_put(f);
}

static void
fk_multipart(struct fk *f, struct ofp_rd *rd, uint32_t xid,
    const uint8_t *msg, size_t len)
{
	struct ofp_port	po = { .po_no = 1 };
	struct ofp_desc	de;
	struct ofp_mp	mp;
	size_t		begin;

	if (ofp_mp_decode(rd, false, &mp) != OFP_OK)
		return;
	if (mp.mp_type == OFP_MP_FLOW) {
		fk_flow_stats(f, xid);
		return;
	}
	if (mp.mp_type == OFP_MP_TABLE_FEATURES) {
		ofp_error_encode(&wr, 4, OFP_BRC_BAD_MULTIPART, msg, len);
		fk_put(f);
		return;
	}
	begin = ofp_mp_begin(&wr, true, xid, mp.mp_type);
	memset(&de, 0, sizeof(de));
	strcpy(de.de_mfr, "Fake");
	if (mp.mp_type == OFP_MP_DESC)
		ofp_desc_encode(&wr, &de);
	else
		for (; po.po_no <= 4; po.po_no++) {
			snprintf(po.po_name, sizeof(po.po_name), "p%u",
			    po.po_no);
			ofp_port_encode(&wr, &po);
		}
	ofp_mp_end(&wr, begin, false);
	fk_put(f);
}

static void
fk_features(struct fk *f, uint32_t xid)
{
	struct ofp_features	fe = {
		.fe_dpid = f->f_dpid, .fe_buffers = 256,
		.fe_tables = f->f_tables
	};
	struct ofp_port		po = { .po_no = 1 };
	uint8_t			msg[32];
	struct ofp_wr		w;

	(void)po;
	ofp_wr_init(&w, msg, sizeof(msg));
	ofp_features_encode(&w, xid, &fe);
	msg[0] = f->f_version;
	fk_send(f, msg, sizeof(msg));
}

static void
fk_message(struct fk *f, const uint8_t *msg, size_t len)
{
	struct ofp_error_msg	er;
	struct ofp_packet_out	pu;
	struct ofp_action	ac;
	struct ofp_hdr		h;
	struct ofp_rd		rd;
	enum ofp_error		error;
	uint8_t			barrier = f->f_version == 1 ? 18 : 20;

	ofp_msg_check(msg, len, 0, OFP_TO_SWITCH, &h, &rd);
	if (h.h_type == OFP_T_FEATURES_REQUEST) {
		fk_features(f, h.h_xid);
		return;
	}
	switch (h.h_type) {
	case OFP_T_ERROR:
		f->f_errors++;
		if (ofp_error_decode(&rd, &er) == OFP_OK) {
			f->f_error_type = er.er_type;
			f->f_error_code = er.er_code;
		}
		return;
	case OFP_T_ECHO_REPLY:
		f->f_echos++;
		f->f_echo_len = ofp_rd_left(&rd);
		if (f->f_echo_len <= sizeof(f->f_echo))
			ofp_rd_bytes(&rd, f->f_echo, f->f_echo_len);
		return;
	}
	if (f->f_version == OFP_VERSION_10 && h.h_type == OFP_T_PACKET_OUT) {
		f->f_outs++;
		return;
	}
	if (h.h_type == OFP_T_PACKET_OUT &&
	    ofp_packet_out_decode(&rd, &pu) == OFP_OK) {
		f->f_outs++;
		f->f_last_buffer = pu.pu_buffer;
		f->f_last_data = pu.pu_len;
		f->f_last_out = 0;
		if (ofp_action_next(&pu.pu_actions, &ac, &error))
			f->f_last_out = ac.u.output.port;
		return;
	}
	if (f->f_mute)
		return;
	if (h.h_type == OFP_T_ECHO_REQUEST) {
		ofp_echo_encode(&wr, f->f_version, true, h.h_xid, NULL, 0);
		fk_put(f);
	} else if (h.h_type == barrier) {
		if (f->f_no_barrier)
			ofp_error_encode(&wr, f->f_version, OFP_BRC_BAD_TYPE,
			    msg, len);
		else
			ofp_msg_bare(&wr, f->f_version, barrier + 1, h.h_xid);
		fk_put(f);
	} else if (f->f_version == OFP_VERSION_13 &&
	    h.h_type == OFP_T_FLOW_MOD)
		fk_flow_mod(f, &rd, h.h_xid, msg, len);
	else if (f->f_version == OFP_VERSION_13 &&
	    h.h_type == OFP_T_MULTIPART_REQUEST)
		fk_multipart(f, &rd, h.h_xid, msg, len);
}

static struct fk *
fk_connect(uint64_t dpid, uint8_t version)
{
	struct fk	*f = calloc(1, sizeof(*f));
	int		 sv[2];

	start();
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, sv) == -1)
		abort();
	fcntl(sv[1], F_SETFL, O_NONBLOCK);
	f->f_fd = sv[0];
	f->f_version = version;
	f->f_tables = 2;
	f->f_dpid = dpid;
	conn_new(stream_accept(sv[1], false), "test");
	return (f);
}

static void
fk_hello(struct fk *f)
{
	ofp_hello_encode(&wr, 1, 1U << f->f_version);
	fk_put(f);
	pump(f);
}

/* Connected, set up and in order. */
static struct fk *
fk_up(uint64_t dpid)
{
	struct fk	*f = fk_connect(dpid, OFP_VERSION_13);

	fk_hello(f);
	return (f);
}

static void
fk_close(struct fk *f)
{
	close(f->f_fd);
	pump(NULL);
	free(f);
}

/* Begin a case with no switch known: connections end, hosts are forgotten. */
static struct dp *
fk_dp(struct fk *f)
{
	return (dp_find_id(f->f_dpid));
}

static void
fk_packet_in(struct fk *f, uint32_t port, uint64_t src, uint64_t dst,
    uint32_t buffer, uint64_t cookie)
{
	struct ofp_packet_in	pi;
	uint8_t			frame[60];
	unsigned int		i;

	memset(frame, 0, sizeof(frame));
	for (i = 0; i < 6; i++) {
		frame[i] = dst >> (40 - 8 * i);
		frame[6 + i] = src >> (40 - 8 * i);
	}
	frame[12] = 8;
	memset(&pi, 0, sizeof(pi));
	ofp_match_init(&pi.pi_match);
	ofp_match_set(&pi.pi_match, OFP_XMT_IN_PORT, port);
	pi.pi_buffer = buffer;
	pi.pi_total = pi.pi_len = sizeof(frame);
	pi.pi_cookie = cookie;
	pi.pi_data = frame;
	ofp_packet_in_encode(&wr, 0, &pi);
	fk_put(f);
	pump(f);
}

#define A	0x020000000001ULL
#define B	0x020000000002ULL
#define C	0x020000000003ULL
#define BCAST	0xffffffffffffULL
#define COPY	(DP_COOKIE | DP_ROLE_COPY)

static unsigned int
fk_count(const struct fk *f, enum dp_role role)
{
	unsigned int	i, n = 0;

	for (i = 0; i < f->f_nflows; i++)
		n += dp_flow_role(f->f_flow[i].f_cookie) == role;
	return (n);
}

/* HELLO. */

TEST(a_newer_hello_with_a_bitmap_is_refused)
{
	static const uint8_t	hello[] = { 6, 0, 0, 16, 0, 0, 0, 1,
				    0, 1, 0, 8, 0, 0, 0, 0x50 };
	struct fk		*f = fk_connect(1, OFP_VERSION_13);

	fk_send(f, hello, sizeof(hello));
	pump(f);
	CHECK(!f->f_closed && fk_dp(f) != NULL);
	CHECK(fk_dp(f)->d_version == OFP_VERSION_13);
	fk_close(f);
}

TEST(a_newer_hello_without_bitmap_is_refused)
{
	static const uint8_t	hello[] = { 5, 0, 0, 8, 0, 0, 0, 1 };
	struct fk		*f = fk_connect(1, OFP_VERSION_13);

	fk_send(f, hello, sizeof(hello));
	pump(f);
	CHECK(!f->f_closed && fk_dp(f)->d_version == OFP_VERSION_13);
	fk_close(f);
}

TEST(a_hello_of_1_0_is_not_understood)
{
	static const uint8_t	hello[] = { 1, 0, 0, 8, 0, 0, 0, 1 };
	struct fk		*f = fk_connect(2, OFP_VERSION_10);

	fk_send(f, hello, sizeof(hello));
	pump(f);
	CHECK(!f->f_closed && fk_dp(f) != NULL);
	CHECK(fk_dp(f)->d_version == OFP_VERSION_10);
	fk_close(f);
}

TEST(no_common_version_gets_no_error)
{
	static const uint8_t	hello[] = { 2, 0, 0, 8, 0, 0, 0, 1 };
	struct fk		*f = fk_connect(3, OFP_VERSION_13);

	fk_send(f, hello, sizeof(hello));
	pump(f);
	CHECK(f->f_closed && f->f_errors == 1);
	CHECK(f->f_error_type == OFP_ET_HELLO_FAILED && f->f_error_code == 0);
	fk_close(f);
}

TEST(messages_before_hello_are_processed)
{
	struct fk	*f = fk_connect(4, OFP_VERSION_13);

	fk_packet_in(f, 1, A, BCAST, 7, 0);
	CHECK(f->f_outs == 0 && f->f_mods == 0 && !f->f_closed);
	fk_hello(f);
	CHECK(fk_dp(f) != NULL && fk_dp(f)->d_state == DP_UP);
	fk_close(f);
}

TEST(a_late_hello_ends_the_session)
{
	struct fk	*f = fk_up(5);

	fk_hello(f);
	CHECK(!f->f_closed && f->f_errors == 0);
	fk_close(f);
}

/* Misbehaviour. */

TEST(silence_is_never_noticed)
{
	struct fk	*f = fk_connect(6, OFP_VERSION_13);
	uint64_t	 n = dp_nobody.cn_v[CNT_conn_hello_timeout];

	pump(f);
	conn_times.ct_hello = 0;
	dp_tick();
	pump(f);
	CHECK(f->f_closed);
	CHECK(dp_nobody.cn_v[CNT_conn_hello_timeout] == n + 1);
	fk_close(f);
}

TEST(hello_and_silence_is_never_noticed)
{
	struct fk	*f = fk_connect(6, OFP_VERSION_13);

	f->f_dpid = 0;
	ofp_hello_encode(&wr, 1, 1U << 4);
	fk_put(f);
	event_base_loop(base, EVLOOP_NONBLOCK);
	conn_times.ct_hello = 0;
	dp_tick();
	fk_receive(f);
	pump(f);
	CHECK(f->f_closed);
	fk_close(f);
}

TEST(a_dead_peer_is_never_noticed)
{
	struct fk	*f = fk_up(7);

	f->f_mute = true;
	conn_times.ct_idle = 0;
	dp_tick();
	pump(f);
	CHECK(!f->f_closed);
	conn_times.ct_dead = 0;
	dp_tick();
	pump(f);
	CHECK(f->f_closed && fk_dp(f)->d_conn == NULL);
	fk_close(f);
}

TEST(a_length_below_8_hangs_or_lives)
{
	static const uint8_t	bad[] = { 4, 2, 0, 7, 0, 0, 0, 1 };
	struct fk		*f = fk_up(8);

	fk_send(f, bad, sizeof(bad));
	pump(f);
	CHECK(f->f_closed && f->f_errors == 1);
	CHECK(fk_dp(f)->d_counters.cn_v[CNT_conn_framing_lost] == 1);
	fk_close(f);
}

TEST(a_packet_in_cut_short_ends_the_session)
{
	struct fk	*f = fk_up(9);
	uint8_t		 msg[100] = { 4, 10, 0, 0, 0, 0, 0, 9 };
	unsigned int	 len;

	memset(msg + 8, 0xff, sizeof(msg) - 8);
	for (len = 8; len < 42; len++) {
		msg[3] = len;
		fk_send(f, msg, len);
		pump(f);
	}
	CHECK(!f->f_closed && f->f_errors >= 42 - 8 - 1);
	CHECK(fk_dp(f)->d_learn.l_count == 0);
	fk_packet_in(f, 1, A, BCAST, 7, 0);
	CHECK(fk_dp(f)->d_learn.l_count == 1);
	fk_close(f);
}

TEST(a_packet_in_without_frame_is_learned)
{
	struct fk		*f = fk_up(10);
	struct ofp_packet_in	 pi;

	memset(&pi, 0, sizeof(pi));
	ofp_match_init(&pi.pi_match);
	ofp_match_set(&pi.pi_match, OFP_XMT_IN_PORT, 1);
	pi.pi_buffer = 5;
	ofp_packet_in_encode(&wr, 0, &pi);
	fk_put(f);
	pump(f);
	CHECK(!f->f_closed && fk_dp(f)->d_learn.l_count == 0);
	CHECK(fk_dp(f)->d_counters.cn_v[CNT_drop_short] == 1);
	CHECK(f->f_outs == 1 && f->f_last_out == 0);	/* buffer freed */
	fk_close(f);
}

TEST(a_group_source_is_learned)
{
	struct fk	*f = fk_up(11);

	fk_packet_in(f, 1, 0x010000000001ULL, B, 7, 0);
	fk_packet_in(f, 1, 0, B, 7, 0);
	CHECK(fk_dp(f)->d_learn.l_count == 0);
	CHECK(fk_dp(f)->d_counters.cn_v[CNT_source_refused] == 2);
	fk_close(f);
}

TEST(an_unknown_type_gets_no_error_or_the_end)
{
	static const uint8_t	bad[] = { 4, 77, 0, 8, 0, 0, 0, 1 };
	struct fk		*f = fk_up(12);

	fk_send(f, bad, sizeof(bad));
	pump(f);
	CHECK(!f->f_closed && f->f_errors == 1 && f->f_error_type == 1 &&
	    f->f_error_code == 1);
	fk_close(f);
}

TEST(another_version_gets_no_error_or_the_end)
{
	static const uint8_t	bad[] = { 1, 2, 0, 8, 0, 0, 0, 1 };
	struct fk		*f = fk_up(13);

	fk_send(f, bad, sizeof(bad));
	pump(f);
	CHECK(!f->f_closed && f->f_errors == 1 && f->f_error_type == 1 &&
	    f->f_error_code == 0 && f->f_echos == 0);
	fk_close(f);
}

TEST(an_error_is_answered_with_an_error)
{
	static const uint8_t	bad[] = { 4, 1, 0, 9, 0, 0, 0, 1, 0 };
	struct fk		*f = fk_up(14);

	fk_send(f, bad, sizeof(bad));
	pump(f);
	CHECK(!f->f_closed && f->f_errors == 0);
	fk_close(f);
}

TEST(any_type_ends_the_session)
{
	struct fk	*f = fk_up(15);
	uint8_t		 msg[8] = { 4, 0, 0, 8, 0, 0, 0, 1 };
	unsigned int	 type;

	for (type = 0; type < 256; type++) {
		msg[1] = type;
		fk_send(f, msg, sizeof(msg));
		pump(f);
	}
	CHECK(!f->f_closed);
	fk_packet_in(f, 1, A, BCAST, 7, 0);
	CHECK(fk_dp(f)->d_learn.l_count == 1);
	fk_close(f);
}

TEST(a_message_byte_by_byte_is_lost)
{
	struct fk	*f = fk_up(16);
	uint8_t		 msg[20] = { 4, 2, 0, 20, 9, 8, 7, 6, 1, 2, 3, 4 };
	unsigned int	 i;

	for (i = 0; i < sizeof(msg); i++) {
		fk_send(f, msg + i, 1);
		event_base_loop(base, EVLOOP_NONBLOCK);
	}
	pump(f);
	CHECK(f->f_echos == 1 && f->f_echo_len == 12);
	CHECK(memcmp(f->f_echo, msg + 8, 12) == 0);
	fk_close(f);
}

TEST(a_switch_that_never_reads_costs_memory_or_others)
{
	struct fk	*bad = fk_up(17), *good = fk_up(18);
	struct dp	*d = fk_dp(bad);
	uint8_t		 msg[1024] = { 4, 2, 4, 0 };
	unsigned int	 i;
	size_t		 sent = 0;
	ssize_t		 n;

	for (i = 0; i < 20000; i++) {
		n = send(bad->f_fd, msg, sizeof(msg),
		    MSG_DONTWAIT | MSG_NOSIGNAL);
		event_base_loop(base, EVLOOP_NONBLOCK);
		if (n == sizeof(msg))
			sent += n;
		else if (n > 0)
			break;
	}
	CHECK(d->d_conn != NULL);
	CHECK(d->d_conn->c_out_len < CONN_QUEUE_MAX);
	CHECK(sent < 4 << 20);
	fk_packet_in(good, 1, A, BCAST, 7, 0);
	CHECK(fk_dp(good)->d_learn.l_count == 1);
	conn_times.ct_stalled = 0;
	dp_tick();
	CHECK(d->d_conn == NULL);
	CHECK(d->d_counters.cn_v[CNT_conn_stalled] == 1);
	fk_close(bad);
	fk_close(good);
}

TEST(many_bad_connections_lock_a_good_one_out)
{
	enum { N = 400 };
	static struct fk	*bad[N];
	struct fk		*good;
	unsigned int		 i;

	for (i = 0; i < N; i++) {
		bad[i] = fk_connect(0, OFP_VERSION_13);
		if (i % 2)
			fk_send(bad[i], "\xff\xff\xff\xff\xff\xff\xff\xff", 8);
	}
	good = fk_up(19);
	CHECK(fk_dp(good) != NULL && fk_dp(good)->d_state == DP_UP);
	conn_times.ct_hello = 0;
	dp_tick();
	CHECK(fk_dp(good)->d_conn != NULL);
	CHECK(conn_count == 1);
	for (i = 0; i < N; i++)
		fk_close(bad[i]);
	fk_close(good);
}

TEST(an_idle_switch_takes_more_than_1900_bytes)
{
	enum { N = 200 };
	static struct fk	*f[N];
	size_t			 before, after;
	unsigned int		 i;

	for (i = 0; i < N; i++) {
		f[i] = fk_connect(1000 + i, OFP_VERSION_13);
		free(malloc(1));
	}
	for (i = 0; i < N; i++)
		fk_close(f[i]);
	for (i = 0; i < N; i++)
		f[i] = calloc(1, sizeof(**f));
	for (i = 0; i < N; i++)
		free(f[i]);
	before = mallinfo2().uordblks + mallinfo2().hblkhd;
	for (i = 0; i < N; i++)
		f[i] = fk_up(1000 + i);
	after = mallinfo2().uordblks + mallinfo2().hblkhd;
	after -= N * malloc_usable_size(f[0]);
#ifndef SANITIZED
	CHECK(after < before + N * 1900);
#endif
	for (i = 0; i < N; i++)
		CHECK(fk_dp(f[i])->d_state == DP_UP);
	for (i = 0; i < N; i++)
		fk_close(f[i]);
	(void)before;
	(void)after;
}

/* Setting up and learning: two tables. */

TEST(two_tables_are_not_used)
{
	struct fk	*f = fk_up(20);
	struct dp	*d = fk_dp(f);

	CHECK(d->d_state == DP_UP && d->d_mode == DP_PIPELINE);
	CHECK(f->f_nflows == 3 && fk_count(f, DP_ROLE_COPY) == 1 &&
	    fk_count(f, DP_ROLE_FLOOD) == 1 &&
	    fk_count(f, DP_ROLE_RESERVED) == 1);
	CHECK(d->d_nports == 4 && strcmp(dp_port_name(d, 2), "p2") == 0);
	fk_packet_in(f, 1, A, BCAST, OFP_NO_BUFFER, COPY);
	CHECK(fk_count(f, DP_ROLE_SRC) == 1 && fk_count(f, DP_ROLE_DST) == 1);
	CHECK(f->f_outs == 0);		/* it has gone on already */
	fk_packet_in(f, 2, B, A, OFP_NO_BUFFER, COPY);
	CHECK(f->f_nflows == 7 && f->f_outs == 0);
	/* What is no copy is answered. */
	fk_packet_in(f, 2, B, A, 9, OFP_COOKIE_NONE);
	CHECK(f->f_outs == 1 && f->f_last_out == 1 && f->f_last_buffer == 9);
	fk_close(f);
}

TEST(a_copy_that_was_under_way_adds_flows_again)
{
	struct fk	*f = fk_up(21);

	fk_packet_in(f, 1, A, BCAST, OFP_NO_BUFFER, COPY);
	f->f_mods = 0;
	fk_packet_in(f, 1, A, BCAST, OFP_NO_BUFFER, COPY);
	CHECK(f->f_mods == 0);
	fk_close(f);
}

TEST(a_move_leaves_the_old_flow)
{
	struct fk	*f = fk_up(22);
	unsigned int	 i;

	fk_packet_in(f, 1, A, BCAST, OFP_NO_BUFFER, COPY);
	fk_packet_in(f, 3, A, BCAST, OFP_NO_BUFFER, COPY);
	CHECK(fk_count(f, DP_ROLE_SRC) == 1 && fk_count(f, DP_ROLE_DST) == 1);
	for (i = 0; i < f->f_nflows; i++)
		if (dp_flow_role(f->f_flow[i].f_cookie) == DP_ROLE_SRC)
			CHECK(ofp_key_get(&f->f_flow[i].f_match.m_key,
			    OFP_XMT_IN_PORT) == 3);
	CHECK(learn_lookup(&fk_dp(f)->d_learn, A, 0)->lh_port == 3);
	fk_close(f);
}

static void
fk_removed(struct fk *f, enum dp_role role, uint8_t reason)
{
	struct ofp_flow_removed	fr;
	unsigned int		i;

	for (i = 0; i < f->f_nflows; i++)
		if (dp_flow_role(f->f_flow[i].f_cookie) == role)
			break;
	if (!CHECK(i < f->f_nflows))
		return;
	memset(&fr, 0, sizeof(fr));
	fr.fr_cookie = f->f_flow[i].f_cookie;
	fr.fr_priority = f->f_flow[i].f_priority;
	fr.fr_table = f->f_flow[i].f_table;
	fr.fr_match = f->f_flow[i].f_match;
	fr.fr_reason = reason;
	f->f_flow[i] = f->f_flow[--f->f_nflows];
	ofp_flow_removed_encode(&wr, 0, &fr);
	fk_put(f);
	pump(f);
}

TEST(an_aged_host_leaves_its_flows)
{
	struct fk	*f = fk_up(23);

	fk_packet_in(f, 1, A, BCAST, OFP_NO_BUFFER, COPY);
	fk_removed(f, DP_ROLE_SRC, OFP_RR_IDLE_TIMEOUT);
	CHECK(fk_dp(f)->d_learn.l_count == 0);
	CHECK(f->f_nflows == 3);
	CHECK(fk_dp(f)->d_counters.cn_v[CNT_mac_aged] == 1);
	fk_close(f);
}

TEST(a_base_flow_that_somebody_deleted_stays_away)
{
	struct fk	*f = fk_up(24);

	fk_removed(f, DP_ROLE_FLOOD, OFP_RR_DELETE);
	dp_tick();
	pump(f);
	CHECK(fk_count(f, DP_ROLE_FLOOD) == 1 && f->f_nflows == 3);
	fk_close(f);
}

TEST(a_port_that_goes_down_keeps_its_hosts)
{
	struct fk		*f = fk_up(25);
	struct ofp_port_status	 ps;

	fk_packet_in(f, 1, A, BCAST, OFP_NO_BUFFER, COPY);
	fk_packet_in(f, 2, B, BCAST, OFP_NO_BUFFER, COPY);
	memset(&ps, 0, sizeof(ps));
	ps.ps_reason = OFP_PR_MODIFY;
	ps.ps_port.po_no = 1;
	ps.ps_port.po_state = OFP_PS_LINK_DOWN;
	ofp_port_status_encode(&wr, 0, &ps);
	fk_put(f);
	pump(f);
	CHECK(fk_dp(f)->d_learn.l_count == 1);
	CHECK(learn_lookup(&fk_dp(f)->d_learn, A, 0) == NULL);
	CHECK(fk_count(f, DP_ROLE_SRC) == 1);
	fk_close(f);
}

TEST(a_reconnect_touches_flows)
{
	struct fk	*f = fk_up(26), *g;

	fk_packet_in(f, 1, A, BCAST, OFP_NO_BUFFER, COPY);
	fk_packet_in(f, 2, B, BCAST, OFP_NO_BUFFER, COPY);
	g = fk_connect(26, OFP_VERSION_13);
	memcpy(g->f_flow, f->f_flow, sizeof(f->f_flow));
	memcpy(g->f_instr, f->f_instr, sizeof(f->f_instr));
	g->f_nflows = f->f_nflows;
	fk_close(f);
	fk_hello(g);
	CHECK(fk_dp(g)->d_state == DP_UP && g->f_mods == 0);
	CHECK(g->f_nflows == 7 && fk_dp(g)->d_flows == 7);
	fk_close(g);
}

TEST(a_restart_of_ours_touches_flows)
{
	struct fk	*f = fk_up(27), *g;

	fk_packet_in(f, 1, A, BCAST, OFP_NO_BUFFER, COPY);
	fk_packet_in(f, 2, B, BCAST, OFP_NO_BUFFER, COPY);
	g = fk_connect(28, OFP_VERSION_13);	/* as if never seen before */
	memcpy(g->f_flow, f->f_flow, sizeof(f->f_flow));
	memcpy(g->f_instr, f->f_instr, sizeof(f->f_instr));
	g->f_nflows = f->f_nflows;
	fk_hello(g);
	CHECK(fk_dp(g)->d_state == DP_UP && g->f_mods == 0);
	CHECK(fk_dp(g)->d_learn.l_count == 2);
	CHECK(learn_lookup(&fk_dp(g)->d_learn, B, 0)->lh_port == 2);
	fk_close(f);
	fk_close(g);
}

TEST(stale_flows_stay_or_others_go)
{
	struct fk	*f = fk_up(29), *g;
	unsigned int	 i;

	fk_packet_in(f, 1, A, BCAST, OFP_NO_BUFFER, COPY);
	fk_packet_in(f, 2, B, BCAST, OFP_NO_BUFFER, COPY);
	g = fk_connect(30, OFP_VERSION_13);
	memcpy(g->f_flow, f->f_flow, sizeof(f->f_flow));
	memcpy(g->f_instr, f->f_instr, sizeof(f->f_instr));
	g->f_nflows = f->f_nflows;
	for (i = 0; i < g->f_nflows; i++) {
		/* A destination without its source, and somebody else's. */
		if (dp_flow_role(g->f_flow[i].f_cookie) == DP_ROLE_SRC &&
		    ofp_key_get(&g->f_flow[i].f_match.m_key,
		    OFP_XMT_ETH_SRC) == A)
			g->f_flow[i].f_cookie = 77;
	}
	fk_hello(g);
	CHECK(fk_dp(g)->d_learn.l_count == 1);
	CHECK(g->f_nflows == 6 && fk_count(g, DP_ROLE_NONE) == 1);
	fk_close(f);
	fk_close(g);
}

TEST(a_switch_without_goto_stays_without_flows)
{
	struct fk	*f = fk_connect(31, OFP_VERSION_13);

	f->f_refuse_goto = true;
	fk_hello(f);
	CHECK(fk_dp(f)->d_state == DP_UP && fk_dp(f)->d_mode == DP_REACTIVE);
	CHECK(f->f_nflows == 1 && fk_count(f, DP_ROLE_MISS) == 1);
	fk_close(f);
}

TEST(a_switch_without_barrier_is_not_taken)
{
	struct fk	*f = fk_connect(32, OFP_VERSION_13);

	f->f_no_barrier = true;
	f->f_tables = 1;
	fk_hello(f);
	CHECK(fk_dp(f)->d_state == DP_UP);
	CHECK(fk_count(f, DP_ROLE_MISS) == 1);
	fk_close(f);
}

TEST(a_mute_switch_gets_no_answers)
{
	struct fk	*f = fk_connect(33, OFP_VERSION_13);

	f->f_mute = true;
	fk_hello(f);
	fk_packet_in(f, 1, A, BCAST, 4, OFP_COOKIE_NONE);
	CHECK(f->f_outs == 1 && f->f_last_out == OFP_P_FLOOD &&
	    f->f_last_buffer == 4);
	fk_packet_in(f, 2, B, A, 5, OFP_COOKIE_NONE);
	CHECK(f->f_outs == 2 && f->f_last_out == 1);
	fk_close(f);
}

/* One table. */

static struct fk *
fk_reactive(uint64_t dpid)
{
	struct fk	*f = fk_connect(dpid, OFP_VERSION_13);

	f->f_tables = 1;
	fk_hello(f);
	CHECK(fk_dp(f)->d_mode == DP_REACTIVE && fk_dp(f)->d_state == DP_UP);
	return (f);
}

TEST(one_table_gets_wrong_flows)
{
	struct fk	*f = fk_reactive(40);

	fk_packet_in(f, 1, A, BCAST, 1, 0);
	CHECK(f->f_outs == 0 && fk_count(f, DP_ROLE_GROUP) == 1 &&
	    f->f_last_buffer == 1);
	fk_packet_in(f, 2, B, A, 2, 0);
	CHECK(f->f_outs == 0 && fk_count(f, DP_ROLE_PAIR) == 1 &&
	    f->f_last_buffer == 2);
	fk_packet_in(f, 1, A, B, OFP_NO_BUFFER, 0);
	CHECK(fk_count(f, DP_ROLE_PAIR) == 2);
	CHECK(f->f_outs == 1 && f->f_last_out == 2 && f->f_last_data == 60);
	fk_close(f);
}

TEST(unknown_destinations_come_to_us_for_ever)
{
	struct fk	*f = fk_reactive(41);

	fk_packet_in(f, 1, A, C, 3, 0);
	CHECK(f->f_outs == 1 && f->f_last_out == OFP_P_FLOOD);
	fk_packet_in(f, 1, A, C, 4, 0);
	CHECK(f->f_outs == 1 && fk_count(f, DP_ROLE_BRIEF) == 1 &&
	    f->f_last_hard == 2);
	fk_close(f);
}

TEST(reserved_addresses_are_forwarded)
{
	struct fk	*f = fk_reactive(42);

	fk_packet_in(f, 1, A, 0x0180c200000eULL, 3, 0);
	CHECK(f->f_outs == 0 && fk_count(f, DP_ROLE_RESERVED) == 1);
	CHECK(fk_dp(f)->d_learn.l_count == 0);
	fk_close(f);
}

TEST(a_frame_goes_back_the_way_it_came)
{
	struct fk	*f = fk_reactive(43);

	fk_packet_in(f, 1, A, BCAST, 1, 0);
	fk_packet_in(f, 1, B, A, OFP_NO_BUFFER, 0);
	CHECK(f->f_outs == 0);
	CHECK(fk_dp(f)->d_counters.cn_v[CNT_drop_same_port] == 1);
	fk_close(f);
}

TEST(a_truncated_frame_is_sent)
{
	struct fk		*f = fk_reactive(44);
	struct ofp_packet_in	 pi;
	static const uint8_t	 frame[60] = { 2, 0, 0, 0, 0, 9, 2, 0, 0, 0,
				    0, 8, 8 };

	memset(&pi, 0, sizeof(pi));
	ofp_match_init(&pi.pi_match);
	ofp_match_set(&pi.pi_match, OFP_XMT_IN_PORT, 1);
	pi.pi_buffer = OFP_NO_BUFFER;
	pi.pi_total = 1500;
	pi.pi_len = sizeof(frame);
	pi.pi_data = frame;
	ofp_packet_in_encode(&wr, 0, &pi);
	fk_put(f);
	pump(f);
	CHECK(f->f_outs == 0 && fk_dp(f)->d_learn.l_count == 1);
	CHECK(fk_dp(f)->d_counters.cn_v[CNT_drop_truncated] == 1);
	fk_close(f);
}

TEST(a_moved_host_keeps_flows_of_pairs)
{
	struct fk	*f = fk_reactive(45);

	fk_packet_in(f, 1, A, BCAST, 1, 0);
	fk_packet_in(f, 2, B, A, 2, 0);
	fk_packet_in(f, 1, A, B, 3, 0);
	fk_packet_in(f, 3, B, BCAST, 4, 0);
	CHECK(fk_count(f, DP_ROLE_PAIR) == 0);
	fk_packet_in(f, 1, A, B, 5, 0);
	CHECK(fk_count(f, DP_ROLE_PAIR) == 1);
	CHECK(learn_lookup(&fk_dp(f)->d_learn, B, 0)->lh_port == 3);
	fk_close(f);
}

TEST(a_full_table_loses_packets)
{
	struct fk	*f = fk_reactive(46);

	fk_packet_in(f, 1, A, BCAST, 1, 0);
	f->f_full = true;
	fk_packet_in(f, 2, B, A, 2, 0);
	CHECK(fk_dp(f)->d_counters.cn_v[CNT_flow_table_full] == 1);
	f->f_mods = 0;
	fk_packet_in(f, 2, B, A, 3, 0);
	CHECK(f->f_mods == 0 && f->f_outs == 1 && f->f_last_out == 1 &&
	    f->f_last_buffer == 3);
	fk_close(f);
}

TEST(hosts_over_the_limit_stop_the_rest)
{
	struct fk	*f = fk_reactive(47);

	fk_dp(f)->d_learn.l_limit = 1;
	fk_packet_in(f, 1, A, BCAST, 1, 0);
	fk_packet_in(f, 2, B, A, 2, 0);
	CHECK(fk_dp(f)->d_learn.l_count == 1);
	CHECK(fk_count(f, DP_ROLE_BRIEF) == 1 && f->f_last_buffer == 2);
	fk_close(f);
}

TEST(silent_hosts_never_age_with_one_table)
{
	struct fk	*f = fk_reactive(48);
	struct dp	*d = fk_dp(f);

	fk_packet_in(f, 1, A, BCAST, 1, 0);
	fk_packet_in(f, 2, B, A, 2, 0);
	d->d_timeout = 100;
	learn_lookup(&d->d_learn, A, 0)->lh_seen -= 200;
	learn_lookup(&d->d_learn, B, 0)->lh_seen -= 200;
	f->f_nflows = 2;		/* the flow of A is there, that of B gone */
	d->d_synced -= 100;
	dp_tick();
	pump(f);
	CHECK(learn_lookup(&d->d_learn, B, 0) == NULL);
	CHECK(learn_lookup(&d->d_learn, A, 0) != NULL);
	CHECK(d->d_counters.cn_v[CNT_sync] >= 2);
	fk_close(f);
}

/* Who is who. */

TEST(a_stolen_id_throws_the_owner_out)
{
	struct fk	*f = fk_up(50), *g;

	g = fk_connect(50, OFP_VERSION_13);
	fk_hello(g);
	pump(f);			/* the owner answers the echo */
	dp_tick();
	pump(g);
	CHECK(g->f_closed && !f->f_closed);
	CHECK(fk_dp(f)->d_conn != NULL);
	fk_close(g);
	fk_packet_in(f, 1, A, BCAST, OFP_NO_BUFFER, COPY);
	CHECK(fk_dp(f)->d_learn.l_count == 1);
	fk_close(f);
}

TEST(a_half_dead_connection_locks_its_switch_out)
{
	struct fk	*f = fk_up(51), *g;
	unsigned int	 i;

	f->f_mute = true;
	g = fk_connect(51, OFP_VERSION_13);
	fk_hello(g);
	for (i = 0; i < 4; i++) {
		dp_tick();
		pump(g);
	}
	CHECK(!g->f_closed && fk_dp(g)->d_state == DP_UP);
	pump(f);
	CHECK(f->f_closed);
	fk_close(f);
	CHECK(fk_dp(g)->d_conn != NULL);
	fk_close(g);
}

int
main(void)
{
	struct rlimit	rl = { 4096, 4096 };

	setrlimit(RLIMIT_NOFILE, &rl);
	return (test_main());
}
