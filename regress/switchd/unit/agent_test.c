/*
 * SPDX-License-Identifier: ISC
 *
 * agent_test.c: the agent under load: what is bounded, and what is never lost.
 * Counters near their end (CO-07, LI-09).
 */
#include <stdlib.h>
#include <string.h>

#include "ofp_group.h"
#include "ofp_mp.h"
#include "quiet_host.h"
#include "switch_var.h"
#include "test.h"
#include "user/pkt_user.h"

#define FLOWS	200000U

static struct switch_softc	*sc;
static struct switch_port	*port;
static struct switch_chan	*chan;
static uint8_t			 in[1 << 17];
static size_t			 in_len;

/* Write a whole message; true when the channel took all of it. */
static bool
say(const struct ofp_wr *wr)
{
	size_t	n = switch_chan_write(chan, wr->wr_buf, wr->wr_len);

	kern_quiesce();
	return (n == wr->wr_len);
}

static void
say_bare(uint8_t type)
{
	struct ofp_wr	wr;
	uint8_t		b[8];

	ofp_wr_init(&wr, b, sizeof(b));
	ofp_msg_bare(&wr, OFP_VERSION_13, type, 7);
	say(&wr);
}

/* The next message; 0: nothing there. */
static int
hear(const uint8_t **p)
{
	static size_t	used;
	size_t		n;
	int		len;

	memmove(in, in + used, in_len - used);
	in_len -= used;
	used = 0;
	while ((len = ofp_msg_frame(in, in_len)) == 0 ||
	    (size_t)len > in_len) {
		n = switch_chan_read(chan, in + in_len, sizeof(in) - in_len);
		if (n == 0 && switch_chan_readable(chan))
			continue;
		if (n == 0)
			return (0);
		in_len += n;
	}
	used = (size_t)len;
	*p = in;
	return (len);
}

static uint32_t	flow_port = 2, flow_group, flow_meter;

/* To flow_port, or flow_group, through flow_meter. */
static void
flow_mod(enum ofp_flow_command cmd, uint32_t dst, uint16_t flags)
{
	static struct ofp_flow	f;
	static uint8_t		msg[512], instr[64];
	struct ofp_wr		wr, iw;

	ofp_flow_init(&f, cmd);
	f.f_flags = flags;
	f.f_priority = 5;
	ofp_match_init(&f.f_match);
	if (dst != 0) {
		ofp_match_set(&f.f_match, OFP_XMT_ETH_TYPE, 0x0800);
		ofp_match_set(&f.f_match, OFP_XMT_IPV4_DST, dst);
	}
	ofp_wr_init(&iw, instr, sizeof(instr));
	if (flow_meter != 0) {
		ofp_wr_u16(&iw, OFP_IT_METER);
		ofp_wr_u16(&iw, 8);
		ofp_wr_u32(&iw, flow_meter);
	}
	if (flow_group != 0) {
		ofp_wr_u16(&iw, OFP_IT_APPLY_ACTIONS);
		ofp_wr_u16(&iw, 16);
		ofp_wr_zero(&iw, 4);
		ofp_wr_u16(&iw, OFP_AT_GROUP);
		ofp_wr_u16(&iw, 8);
		ofp_wr_u32(&iw, flow_group);
	} else
		ofp_instr_apply_output(&iw, flow_port, 0);
	ofp_rd_init(&f.f_instr_bytes, instr, iw.wr_len);
	ofp_wr_init(&wr, msg, sizeof(msg));
	ofp_flow_encode(&wr, 9, &f);
	say(&wr);
}

static void
group_mod(enum ofp_group_command cmd, uint32_t id)
{
	struct ofp_group	g;
	struct ofp_wr		wr;
	uint8_t			msg[64];

	memset(&g, 0, sizeof(g));
	g.g_command = cmd;
	g.g_id = id;
	ofp_wr_init(&wr, msg, sizeof(msg));
	ofp_group_encode(&wr, 10, &g);
	say(&wr);
}

static void
meter_mod(enum ofp_meter_command cmd, uint32_t id)
{
	struct ofp_meter	m;
	struct ofp_wr		wr;
	uint8_t			msg[64];

	memset(&m, 0, sizeof(m));
	m.m_command = cmd;
	m.m_flags = OFP_MF_KBPS;
	m.m_id = id;
	ofp_wr_init(&wr, msg, sizeof(msg));
	ofp_meter_encode(&wr, 10, &m);
	say(&wr);
}

static void
ask_flows(void)
{
	static struct ofp_flow_req	fq;
	uint8_t				msg[128];
	struct ofp_wr			wr;
	size_t				start;

	memset(&fq, 0, sizeof(fq));
	fq.fq_table = OFP_TT_ALL;
	fq.fq_out_port = OFP_P_ANY;
	fq.fq_out_group = OFP_G_ANY;
	ofp_wr_init(&wr, msg, sizeof(msg));
	start = ofp_mp_begin(&wr, false, 11, OFP_MP_FLOW);
	ofp_flow_req_encode(&wr, &fq);
	ofp_mp_end(&wr, start, false);
	say(&wr);
}

static void
inject(uint32_t dst)
{
	static uint8_t	frame[60] = {
		2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0, 0x45, 0, 0, 46,
		0, 0, 0, 0, 64, 17
	};
	struct pkt	p;

	frame[30] = (uint8_t)(dst >> 24);
	frame[31] = (uint8_t)(dst >> 16);
	frame[32] = (uint8_t)(dst >> 8);
	frame[33] = (uint8_t)dst;
	if (pkt_from(frame, sizeof(frame), &p) != 0)
		abort();
	smr_read_enter();
	switch_input(port, &p);
	smr_read_leave();
	kern_quiesce();
}

static void
up(void)
{
	struct switch_conf	 conf;
	struct switch_port_conf	 pc;
	const uint8_t		*p;

	memset(&conf, 0, sizeof(conf));
	memset(&pc, 0, sizeof(pc));
	kern_time_set(1000000000);
	conf.sc_dpid = 1;
	conf.sc_pieces = true;
	pc.sp_no = 1;
	in_len = 0;
	sc = switch_create(&conf, NULL);
	switch_port_add(sc, &pc, &port, &port);
	switch_chan_open(sc, NULL, &chan);
	say_bare(OFP_T_HELLO);
	while (hear(&p) > 0)
		;
}

static void
down(void)
{
	switch_chan_close(chan);
	switch_port_del(port);
	switch_destroy(sc);
	kern_quiesce();
}

/* Read a flow dump; how many entries, and the largest growth of memory. */
static unsigned int
dump_read(size_t *grown, bool *in_order)
{
	struct ofp_flow_stats	 fs;
	struct ofp_rd		 rd;
	struct ofp_mp		 mp;
	const uint8_t		*p;
	enum ofp_error		 error = OFP_OK;
	size_t			 before = kern_alloc_bytes(), now;
	unsigned int		 n = 0;
	uint32_t		 last = 0, dst;
	int			 len;

	*grown = 0;
	*in_order = true;
	while ((len = hear(&p)) > 0 && p[1] == OFP_T_MULTIPART_REPLY) {
		ofp_rd_init(&rd, p + OFP_HDR_LEN, (size_t)len - OFP_HDR_LEN);
		ofp_mp_decode(&rd, true, &mp);
		while (ofp_flow_stats_next(&rd, &fs, &error)) {
			n++;
			dst = (uint32_t)ofp_key_get(&fs.fs_match.m_key,
			    OFP_XMT_IPV4_DST);
			if (dst <= last)
				*in_order = false;
			last = dst;
		}
		now = kern_alloc_bytes();
		if (now > before && now - before > *grown)
			*grown = now - before;
		if ((mp.mp_flags & OFP_MPF_MORE) == 0)
			break;
	}
	return (error == OFP_OK ? n : 0);
}

TEST(many_flows_are_told_with_little_memory)
{
	size_t		grown;
	bool		in_order;
	unsigned int	i;
	const uint8_t	*p;

	up();
	for (i = 1; i <= FLOWS; i++)
		flow_mod(OFP_FC_ADD, i, 0);
	ask_flows();
	CHECK(!sc->sc_mutex.km_held);
	say_bare(OFP_T_BARRIER_REQUEST);	/* not taken yet */
	CHECK(dump_read(&grown, &in_order) == FLOWS);
	CHECK(in_order);
	CHECK(grown < 300000);
	say_bare(OFP_T_BARRIER_REQUEST);
	CHECK(hear(&p) == 8 && p[1] == OFP_T_BARRIER_REPLY);
	CHECK(hear(&p) == 0);
	down();
}

TEST(nothing_but_the_dump_is_taken_while_it_is_read)
{
	struct ofp_wr	wr;
	uint8_t		b[8];
	unsigned int	i;

	up();
	for (i = 1; i <= 5000; i++)
		flow_mod(OFP_FC_ADD, i, 0);
	ask_flows();
	ofp_wr_init(&wr, b, sizeof(b));
	ofp_msg_bare(&wr, OFP_VERSION_13, OFP_T_BARRIER_REQUEST, 1);
	CHECK(switch_chan_write(chan, b, sizeof(b)) == 0);
	CHECK(switch_chan_readable(chan));
	down();
}

TEST(a_slow_reader_is_taken_for_dead)
{
	static uint8_t	buf[50000];
	uint64_t	now = 1000000000;
	unsigned int	i;

	up();
	for (i = 1; i <= 20000; i++)
		flow_mod(OFP_FC_ADD, i, 0);
	ask_flows();
	for (i = 0; i < 10; i++) {
		kern_time_set(now += 20000000000ULL);
		switch_tick(sc);
		CHECK(switch_chan_read(chan, buf, sizeof(buf)) > 0);
		CHECK(!switch_chan_closing(chan));
	}
	kern_time_set(now += 61000000000ULL);
	switch_tick(sc);
	CHECK(switch_chan_closing(chan));
	down();
}

TEST(packets_go_on_while_a_dump_is_half_read)
{
	struct switch_flow	*sf;
	struct ofp_match	 m;
	unsigned int		 i;

	up();
	for (i = 1; i <= 5000; i++)
		flow_mod(OFP_FC_ADD, i, 0);
	ask_flows();
	for (i = 0; i < 100; i++)
		inject(77);
	ofp_match_init(&m);
	ofp_match_set(&m, OFP_XMT_ETH_TYPE, 0x0800);
	ofp_match_set(&m, OFP_XMT_IPV4_DST, 77);
	kern_mutex_enter(&sc->sc_mutex);
	sf = switch_flow_find(sc, 0, &m, 5);
	kern_mutex_leave(&sc->sc_mutex);
	CHECK(sf != NULL && sf->sf_packets == 100);
	down();
}

TEST(flow_removed_are_all_there_however_slow_the_reader)
{
	unsigned int	 i, n = 0;
	const uint8_t	*p;
	int		 len;

	up();
	for (i = 1; i <= 20000; i++)
		flow_mod(OFP_FC_ADD, i, OFP_FF_SEND_FLOW_REM);
	flow_mod(OFP_FC_DELETE, 0, 0);
	CHECK(switch_chan_write(chan, in, 1) == 0);	/* full */
	while ((len = hear(&p)) > 0) {
		if (p[1] == OFP_T_FLOW_REMOVED)
			n++;
	}
	CHECK(n == 20000);
	CHECK(!switch_chan_closing(chan));
	down();
}

/* One message is under way: how many reads, of how many flows at most. */
static unsigned int
pieces(uint32_t *most)
{
	uint8_t		buf[8];
	uint32_t	before;
	unsigned int	n = 0;

	*most = 0;
	while (switch_chan_readable(chan) && n < 10000) {
		before = sc->sc_nflows;
		CHECK(switch_chan_read(chan, buf, sizeof(buf)) == 0);
		kern_quiesce();
		if (before - sc->sc_nflows > *most)
			*most = before - sc->sc_nflows;
		inject(7);
		n++;
	}
	return (n);
}

/* A delete-all, and what must not happen before it is done. */
TEST(packets_wait_while_many_flows_are_deleted)
{
	uint8_t		 b[8];
	struct ofp_wr	 wr;
	const uint8_t	*p;
	uint32_t	 most;
	unsigned int	 i;

	up();
	for (i = 1; i <= 5000; i++)
		flow_mod(OFP_FC_ADD, i, 0);
	flow_mod(OFP_FC_DELETE, 0, 0);
	CHECK(sc->sc_nflows == 5000);
	ofp_wr_init(&wr, b, sizeof(b));
	ofp_msg_bare(&wr, OFP_VERSION_13, OFP_T_BARRIER_REQUEST, 1);
	CHECK(switch_chan_write(chan, b, sizeof(b)) == 0);
	CHECK(pieces(&most) >= 5000 / SWITCH_CHANGE_PIECE);
	CHECK(most > 0 && most <= SWITCH_CHANGE_PIECE);
	CHECK(sc->sc_nflows == 0);
	CHECK(say(&wr));
	CHECK(hear(&p) == 8 && p[1] == OFP_T_BARRIER_REPLY);
	CHECK(hear(&p) == 0);
	down();
}

static void
bundle_add(const struct ofp_flow *f)
{
	uint8_t		msg[256];
	struct ofp_wr	wr;
	size_t		start;

	ofp_wr_init(&wr, msg, sizeof(msg));
	start = ofp_msg_begin(&wr, OFP_VERSION_13, OFP_T_EXPERIMENTER, 9);
	ofp_wr_u32(&wr, OFP_ONF_EXPERIMENTER);
	ofp_wr_u32(&wr, OFP_ONF_BUNDLE_ADD);
	ofp_wr_u32(&wr, 7);
	ofp_wr_zero(&wr, 4);
	ofp_flow_encode(&wr, 9, f);
	ofp_msg_end(&wr, start);
	say(&wr);
}

/* Delete all in a bundle; group 1, which is not there, makes it fail. */
static void
bundle_delete_all(bool fails)
{
	static const uint8_t	 group[16] = {
		0, OFP_IT_APPLY_ACTIONS, 0, 16, 0, 0, 0, 0,
		0, OFP_AT_GROUP, 0, 8, 0, 0, 0, 1
	};
	static struct ofp_flow	 f;
	struct ofp_bundle_ctrl	 bc = { 7, OFP_BCT_COMMIT_REQUEST, 0 };
	uint8_t			 msg[64];
	const uint8_t		*p;
	struct ofp_wr		 wr;

	ofp_flow_init(&f, OFP_FC_DELETE);
	ofp_match_init(&f.f_match);
	bundle_add(&f);
	ofp_rd_init(&f.f_instr_bytes, group, sizeof(group));
	f.f_command = OFP_FC_ADD;
	if (fails)
		bundle_add(&f);
	ofp_wr_init(&wr, msg, sizeof(msg));
	ofp_bundle_ctrl_encode(&wr, 9, &bc);
	say(&wr);
	while (hear(&p) > 0)
		;
}

TEST(a_bundle_that_deletes_many_flows_frees_them_at_once)
{
	unsigned int	i, steps = 0;
	size_t		full, before;
	bool		more;

	up();
	for (i = 1; i <= 20000; i++)
		flow_mod(OFP_FC_ADD, i, 0);
	full = kern_alloc_bytes();
	bundle_delete_all(true);
	kern_quiesce();
	CHECK(sc->sc_nflows == 20000);
	CHECK(kern_alloc_bytes() < full + 10000);
	bundle_delete_all(false);
	kern_quiesce();
	CHECK(sc->sc_nflows == 0);
	do {
		before = kern_alloc_bytes();
		more = switch_expire(sc);
		kern_quiesce();
		CHECK(before - kern_alloc_bytes() < SWITCH_MAX_TICK * 400);
		steps++;
	} while (more);
	CHECK(steps >= 20000 / SWITCH_MAX_TICK);
	CHECK(kern_alloc_bytes() < full - 20000 * 100);
	CHECK(TAILQ_EMPTY(&sc->sc_gone));
	down();
}

/* Another controller is in the middle of it: its flows are not meant. */
TEST(a_flow_added_during_a_deletion_is_lost)
{
	struct switch_chan	*first, *other;
	uint32_t		 most;
	unsigned int		 i;
	const uint8_t		*p;

	up();
	for (i = 1; i <= 5000; i++)
		flow_mod(OFP_FC_ADD, i, 0);
	first = chan;
	CHECK(switch_chan_open(sc, NULL, &other) == 0);
	chan = other;
	say_bare(OFP_T_HELLO);
	while (hear(&p) > 0)
		;
	chan = first;
	flow_mod(OFP_FC_DELETE, 0, 0);
	CHECK(switch_chan_read(first, in, 0) == 0);
	chan = other;
	flow_mod(OFP_FC_ADD, 9000, 0);	/* a new one */
	flow_mod(OFP_FC_ADD, 5000, 0);	/* in place of one that is meant */
	chan = first;
	CHECK(pieces(&most) > 0);
	CHECK(sc->sc_nflows == 2);
	switch_chan_close(other);
	down();
}

TEST(a_modify_in_pieces_forgets_some)
{
	struct switch_flow	*sf;
	uint32_t		 most;
	unsigned int		 i, n = 0;

	up();
	for (i = 1; i <= 5000; i++)
		flow_mod(OFP_FC_ADD, i, 0);
	flow_port = 3;
	flow_mod(OFP_FC_MODIFY, 0, OFP_FF_RESET_COUNTS);
	flow_port = 2;
	CHECK(pieces(&most) >= 5000 / SWITCH_CHANGE_PIECE);
	TAILQ_FOREACH(sf, &sc->sc_tables[0]->st_flows, sf_entry)
		n += sf->sf_instr == TAILQ_FIRST(
		    &sc->sc_tables[0]->st_flows)->sf_instr;
	CHECK(n == 5000 && sc->sc_nflows == 5000);
	CHECK(sc->sc_ninstrs == 1);
	down();
}

TEST(flows_outlive_their_group_or_meter)
{
	uint32_t	 most;
	unsigned int	 i;

	up();
	group_mod(OFP_GC_ADD, 4);
	meter_mod(OFP_MC_ADD, 5);
	for (i = 1; i <= 6000; i++) {
		flow_group = i % 3 == 0 ? 4 : 0;
		flow_meter = i % 3 == 1 ? 5 : 0;
		flow_mod(OFP_FC_ADD, i, 0);
	}
	flow_group = flow_meter = 0;
	CHECK(sc->sc_nflows == 6000);
	group_mod(OFP_GC_DELETE, 4);
	CHECK(switch_group_find(sc, 4) != NULL);
	CHECK(pieces(&most) >= 6000 / SWITCH_CHANGE_PIECE);
	CHECK(most <= SWITCH_CHANGE_PIECE);
	CHECK(sc->sc_nflows == 4000 && switch_group_find(sc, 4) == NULL);
	meter_mod(OFP_MC_DELETE, OFP_M_ALL);
	CHECK(pieces(&most) >= 4000 / SWITCH_CHANGE_PIECE);
	CHECK(sc->sc_nflows == 2000 && switch_meter_find(sc, 5) == NULL);
	down();
}

/* Another controller deletes what a change under way gives to flows. */
TEST(a_change_goes_on_with_a_group_that_is_gone)
{
	struct ofp_group	 g;
	uint32_t		 most;
	unsigned int		 i;

	up();
	for (i = 1; i <= 5000; i++)
		flow_mod(OFP_FC_ADD, i, 0);
	group_mod(OFP_GC_ADD, 4);
	flow_group = 4;
	flow_mod(OFP_FC_MODIFY, 0, 0);
	flow_group = 0;
	memset(&g, 0, sizeof(g));
	g.g_id = 4;
	kern_mutex_enter(&sc->sc_mutex);
	g.g_command = OFP_GC_DELETE;
	CHECK(switch_group_mod(sc, &g) == OFP_OK);
	g.g_command = OFP_GC_ADD;
	CHECK(switch_group_mod(sc, &g) == OFP_OK);
	kern_mutex_leave(&sc->sc_mutex);
	pieces(&most);
	CHECK(sc->sc_nflows == 0);
	CHECK(switch_group_find(sc, 4)->gr_refs == 0);
	down();
}

TEST(all_of_a_change_is_one_stretch_when_its_channel_hangs_up)
{
	unsigned int	i, steps = 0;
	uint32_t	before = 5000;

	up();
	for (i = 1; i <= before; i++)
		flow_mod(OFP_FC_ADD, i, 0);
	flow_mod(OFP_FC_DELETE, 0, 0);
	while (switch_chan_finish(chan)) {
		CHECK(before - sc->sc_nflows <= SWITCH_CHANGE_PIECE);
		before = sc->sc_nflows;
		steps++;
	}
	CHECK(steps >= 5000 / SWITCH_CHANGE_PIECE);
	CHECK(sc->sc_nflows == 0);
	down();
}

/* Who says it and goes has said it. */
TEST(a_change_is_half_done_when_its_channel_closes)
{
	unsigned int	i;

	up();
	for (i = 1; i <= 5000; i++)
		flow_mod(OFP_FC_ADD, i, 0);
	flow_mod(OFP_FC_DELETE, 0, 0);
	CHECK(sc->sc_nflows == 5000);
	switch_chan_close(chan);
	CHECK(sc->sc_nflows == 0);
	switch_port_del(port);
	switch_destroy(sc);
	kern_quiesce();
}

TEST(packet_ins_of_a_stalled_reader_take_no_memory)
{
	static struct ofp_flow	f;
	static uint8_t		msg[256], instr[64];
	struct ofp_wr		wr, iw;
	size_t			before;
	unsigned int		i;

	up();
	ofp_flow_init(&f, OFP_FC_ADD);
	f.f_priority = 0;
	ofp_match_init(&f.f_match);
	ofp_wr_init(&iw, instr, sizeof(instr));
	ofp_instr_apply_output(&iw, OFP_P_CONTROLLER, OFP_CML_NO_BUFFER);
	ofp_rd_init(&f.f_instr_bytes, instr, iw.wr_len);
	ofp_wr_init(&wr, msg, sizeof(msg));
	ofp_flow_encode(&wr, 9, &f);
	say(&wr);
	inject(1);
	before = kern_alloc_bytes();
	for (i = 0; i < 50000; i++)
		inject(i);
	CHECK(kern_alloc_bytes() == before);
	CHECK(kern_pcpu_read(&sc->sc_counters, SWITCH_N_PUNT_FULL) > 0);
	CHECK(kern_pcpu_read(&sc->sc_counters, SWITCH_N_PUNT) +
	    kern_pcpu_read(&sc->sc_counters, SWITCH_N_PUNT_FULL) == 50001);
	/* Nor does it keep a packet that nobody was told of. */
	flow_port = OFP_P_CONTROLLER;
	flow_mod(OFP_FC_ADD, 7, 0);
	flow_port = 2;
	inject(7);
	CHECK(pkt_user_inuse() == 0);
	down();
}

/* CO-07, LI-09. */
TEST(the_number_of_controllers_is_what_it_was_at_first)
{
	struct switch_conf	 conf;
	struct switch_chan	*more[3];

	up();
	switch_conf_get(sc, &conf);
	conf.sc_max_chans = 1;
	CHECK(switch_conf_set(sc, &conf) == 0);
	CHECK(switch_chan_open(sc, NULL, &more[0]) == EBUSY);
	conf.sc_max_chans = 20;
	CHECK(switch_conf_set(sc, &conf) == 0);
	down();
	memset(&conf, 0, sizeof(conf));
	conf.sc_max_chans = 1;
	sc = switch_create(&conf, NULL);
	CHECK(switch_chan_open(sc, NULL, &more[0]) == 0);
	CHECK(switch_chan_open(sc, NULL, &more[1]) == EBUSY);
	conf.sc_max_chans = 2;
	CHECK(switch_conf_set(sc, &conf) == 0);
	if (CHECK(switch_chan_open(sc, NULL, &more[1]) == 0))
		switch_chan_close(more[1]);
	switch_chan_close(more[0]);
	switch_destroy(sc);
	kern_quiesce();
}

/* A group of empty buckets; true: it is there, and its counters are told. */
static bool
wide_group(uint32_t id, unsigned int buckets)
{
	static uint8_t		bytes[OFP_MSG_MAX], msg[OFP_MSG_MAX];
	struct ofp_bucket	b = { 0, OFP_P_ANY, OFP_G_ANY, { 0 } };
	struct ofp_group	g = { 0 };
	struct ofp_wr		wr, bw;
	const uint8_t		*p;
	size_t			start;
	int			len;

	ofp_wr_init(&bw, bytes, sizeof(bytes));
	for (; buckets > 0; buckets--)
		ofp_bucket_encode(&bw, &b);
	g.g_id = id;
	ofp_rd_init(&g.g_buckets, bytes, bw.wr_len);
	ofp_wr_init(&wr, msg, sizeof(msg));
	ofp_group_encode(&wr, 12, &g);
	say(&wr);
	ofp_wr_init(&wr, msg, sizeof(msg));
	start = ofp_mp_begin(&wr, false, 13, OFP_MP_GROUP);
	ofp_id_req_encode(&wr, id);
	ofp_mp_end(&wr, start, false);
	say(&wr);
	if ((len = hear(&p)) > 0 && p[1] == OFP_T_ERROR) {
		CHECK(hear(&p) == OFP_MULTIPART_LEN);
		CHECK(hear(&p) == 0);
		return (false);
	}
	CHECK((size_t)len == OFP_MULTIPART_LEN + 40 + bw.wr_len);
	CHECK(hear(&p) == 0);
	return (true);
}

TEST(a_group_that_fits_no_reply_is_accepted)
{
	up();
	sc->sc_conf.sc_max_buckets = 5000;
	CHECK(wide_group(1, 4092));
	CHECK(!wide_group(2, 4093));
	down();
}

/* This host cannot choose what a port advertises. */
TEST(a_port_mod_that_is_refused_takes_the_port_down)
{
	struct ofp_port_mod	 pm;
	struct ofp_wr		 wr;
	const uint8_t		*p;
	uint8_t			 msg[64];

	up();
	memset(&pm, 0, sizeof(pm));
	pm.pm_no = 1;
	pm.pm_config = pm.pm_mask = OFP_PC_PORT_DOWN;
	pm.pm_advertise = 1;
	ofp_wr_init(&wr, msg, sizeof(msg));
	ofp_port_mod_encode(&wr, 12, &pm);
	say(&wr);
	CHECK(hear(&p) > 0 && p[1] == OFP_T_ERROR);
	CHECK(host_up);
	pm.pm_advertise = 0;
	ofp_wr_init(&wr, msg, sizeof(msg));
	ofp_port_mod_encode(&wr, 13, &pm);
	say(&wr);
	CHECK(hear(&p) > 0 && p[1] == OFP_T_PORT_STATUS);
	CHECK(!host_up);
	CHECK(hear(&p) == 0);
	down();
}

TEST(counters_wrap_around_without_a_word)
{
	struct switch_flow	*sf;
	struct ofp_flow_stats	 fs;
	struct ofp_rd		 rd;
	struct ofp_mp		 mp;
	struct ofp_match	 m;
	const uint8_t		*p;
	enum ofp_error		 error = OFP_OK;
	int			 len;

	up();
	flow_mod(OFP_FC_ADD, 77, 0);
	ofp_match_init(&m);
	ofp_match_set(&m, OFP_XMT_ETH_TYPE, 0x0800);
	ofp_match_set(&m, OFP_XMT_IPV4_DST, 77);
	kern_mutex_enter(&sc->sc_mutex);
	sf = switch_flow_find(sc, 0, &m, 5);
	kern_mutex_leave(&sc->sc_mutex);
	sf->sf_packets = ~(uint64_t)0 - 1;
	sf->sf_bytes = ~(uint64_t)0 - 100;
	inject(77);
	inject(77);
	inject(77);
	ask_flows();
	len = hear(&p);
	CHECK(len > 0);
	ofp_rd_init(&rd, p + OFP_HDR_LEN, (size_t)len - OFP_HDR_LEN);
	ofp_mp_decode(&rd, true, &mp);
	CHECK(ofp_flow_stats_next(&rd, &fs, &error));
	CHECK(fs.fs_packets == 1);
	CHECK(fs.fs_bytes == 3 * 60 - 101);
	down();
}

TEST(all_memory_is_given_back)
{
	CHECK(kern_alloc_bytes() == 0);
	CHECK(pkt_user_inuse() == 0);
	pkt_user_drain();
}

int
main(void)
{
	return (test_main());
}
