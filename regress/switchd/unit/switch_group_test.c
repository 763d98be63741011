/*
 * SPDX-License-Identifier: ISC
 *
 * switch_group_test.c: groups and meters: choice, liveness, bounds, rates.
 */
#include "core_stub.h"
#include "test.h"

#define NPORTS	4

static struct stub_port		ports[NPORTS];
static struct switch_softc	*sc;
static const uint64_t		NS = 1000000000ULL;

static void
begin(void)
{
	kern_time_set(1000 * NS);
	sc = stub_switch(ports, NPORTS);
	stub_quiet = false;
}

static void
end(void)
{
	stub_destroy(sc, ports, NPORTS);
	CHECK(pkt_user_inuse() == 0);
}

/*
 * Groups.
 */
static uint8_t		wire[4096];
static struct ofp_wr	wr;
static struct ofp_group	group;

static void
group_begin(uint16_t command, uint8_t type, uint32_t id)
{
	memset(&group, 0, sizeof(group));
	group.g_command = command;
	group.g_type = type;
	group.g_id = id;
	ofp_wr_init(&wr, wire, sizeof(wire));
}

/* One action: output, or the group if that is given. */
static void
group_bucket(uint16_t weight, uint32_t watch, uint32_t port, uint32_t chain)
{
	uint8_t			 acts[32];
	struct ofp_action	 ac;
	struct ofp_bucket	 b;
	struct ofp_wr		 aw;

	memset(&ac, 0, sizeof(ac));
	if (chain != 0) {
		ac.ac_type = OFP_AT_GROUP;
		ac.u.group = chain;
	} else
		ac.u.output.port = port;
	ofp_wr_init(&aw, acts, sizeof(acts));
	ofp_action_encode(&aw, &ac);
	b.b_weight = weight;
	b.b_watch_port = watch == 0 ? OFP_P_ANY : watch;
	b.b_watch_group = OFP_G_ANY;
	ofp_rd_init(&b.b_actions, acts, ofp_wr_pos(&aw));
	ofp_bucket_encode(&wr, &b);
}

static enum ofp_error
group_end(void)
{
	enum ofp_error	 err;

	ofp_rd_init(&group.g_buckets, wire, ofp_wr_pos(&wr));
	kern_mutex_enter(&sc->sc_mutex);
	err = switch_group_mod(sc, &group);
	kern_mutex_leave(&sc->sc_mutex);
	kern_quiesce();
	return (err);
}

/* Everything goes to the group. */
static void
flow_to_group(uint32_t id)
{
	uint8_t			 acts[16], buf[64];
	struct ofp_instructions	 in;
	struct ofp_action	 ac;
	struct ofp_flow		 f;
	struct ofp_wr		 w;

	memset(&ac, 0, sizeof(ac));
	ac.ac_type = OFP_AT_GROUP;
	ac.u.group = id;
	ofp_wr_init(&w, acts, sizeof(acts));
	ofp_action_encode(&w, &ac);
	memset(&in, 0, sizeof(in));
	in.in_present = 1u << OFP_IT_APPLY_ACTIONS;
	ofp_rd_init(&in.in_apply, acts, ofp_wr_pos(&w));
	ofp_flow_init(&f, OFP_FC_ADD);
	f.f_table = 0;
	f.f_flags = OFP_FF_SEND_FLOW_REM;
	ofp_match_init(&f.f_match);
	ofp_wr_init(&w, buf, sizeof(buf));
	ofp_instructions_encode(&w, &in);
	f.f_instr = in;
	ofp_rd_init(&f.f_instr_bytes, buf, ofp_wr_pos(&w));
	CHECK(stub_flow_mod(sc, &f) == OFP_OK);
}

enum vary { VARY_MAC, VARY_IP, VARY_PORT, VARY_ARP };

static void
send(enum vary what, uint32_t n)
{
	uint8_t	 f[60] = {
		0x02, 0, 0, 0, 0, 2, 0x02, 0, 0, 0, 0, 1, 0x08, 0x00,
		0x45, 0, 0, 46, 0, 1, 0, 0, 64, 17, 0x66, 0xbc,
		10, 0, 0, 1, 10, 0, 0, 2, 0x12, 0x34, 0, 0x35, 0, 26, 0, 0
	};
	uint8_t	 arp[42] = {
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 1,
		0x08, 0x06, 0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0, 0, 0, 1
	};
	uint8_t	*at = what == VARY_MAC ? f + 9 : what == VARY_IP ? f + 31 :
		    what == VARY_PORT ? f + 34 : arp + 29;

	if (what != VARY_PORT)
		*at++ = n >> 16 & 0xff;
	*at++ = n >> 8 & 0xff;
	*at = n & 0xff;
	if (what == VARY_ARP)
		stub_input(&ports[0], arp, sizeof(arp));
	else
		stub_input(&ports[0], f, sizeof(f));
}

TEST(select_ignores_weights_or_splits_a_flow)
{
	static const char *const names[] = { "MAC", "IP", "port", "ARP" };
	unsigned int		 i, n[3], v;

	for (v = VARY_MAC; v <= VARY_ARP; v++) {
		test_case("select: flows that differ in %s follow the weights",
		    names[v]);
		begin();
		group_begin(OFP_GC_ADD, OFP_GT_SELECT, 1);
		group_bucket(1, 0, 2, 0);
		group_bucket(3, 0, 3, 0);
		group_bucket(0, 0, 4, 0);
		CHECK(group_end() == OFP_OK);
		flow_to_group(1);
		memset(n, 0, sizeof(n));
		for (i = 0; i < 10000; i++) {
			stub_clear();
			send(v, i);
			CHECK(stub_nout == 1);
			n[stub_out[0].sf_port - 2]++;
		}
		CHECK(n[0] > 2250 && n[0] < 2750);
		CHECK(n[1] > 7250 && n[1] < 7750);
		CHECK(n[2] == 0);
		stub_clear();
		for (i = 0; i < 50; i++)
			send(v, 7);
		for (i = 1; i < 50; i++)
			CHECK(stub_out[i].sf_port == stub_out[0].sf_port);
		end();
	}
}

TEST(failover_does_not_follow_the_link)
{
	begin();
	group_begin(OFP_GC_ADD, OFP_GT_FF, 1);
	group_bucket(0, 2, 2, 0);
	group_bucket(0, 3, 3, 0);
	CHECK(group_end() == OFP_OK);
	flow_to_group(1);
	send(VARY_IP, 1);
	CHECK(stub_nout == 1 && stub_out[0].sf_port == 2);
	ports[1].st_nolink = true;
	switch_port_changed(ports[1].st_sp);
	send(VARY_IP, 1);
	CHECK(stub_nout == 2 && stub_out[1].sf_port == 3);
	ports[2].st_down = true;
	switch_port_changed(ports[2].st_sp);
	send(VARY_IP, 1);
	CHECK(stub_nout == 2);
	ports[1].st_nolink = false;
	switch_port_changed(ports[1].st_sp);
	send(VARY_IP, 1);
	CHECK(stub_nout == 3 && stub_out[2].sf_port == 2);
	end();
}

TEST(loop_of_groups_is_accepted)
{
	uint32_t	 i;

	begin();
	group_begin(OFP_GC_ADD, OFP_GT_ALL, 1);
	CHECK(group_end() == OFP_OK);
	for (i = 2; i <= 5; i++) {
		group_begin(OFP_GC_ADD, OFP_GT_ALL, i);
		group_bucket(0, 0, 0, i - 1);
		CHECK(group_end() == OFP_OK);
	}
	group_begin(OFP_GC_MODIFY, OFP_GT_ALL, 1);
	group_bucket(0, 0, 0, 5);
	CHECK(group_end() == OFP_GMFC_LOOP);
	group_begin(OFP_GC_MODIFY, OFP_GT_ALL, 3);
	group_bucket(0, 0, 0, 3);
	CHECK(group_end() == OFP_GMFC_LOOP);
	group_begin(OFP_GC_DELETE, OFP_GT_ALL, 3);
	CHECK(group_end() == OFP_GMFC_CHAINED_GROUP);
	flow_to_group(5);
	group_begin(OFP_GC_DELETE, OFP_GT_ALL, 5);
	CHECK(group_end() == OFP_OK);
	CHECK(stub_nremoved == 1);
	CHECK(stub_removed.fr_reason == OFP_RR_GROUP_DELETE);
	end();
}

TEST(chain_that_is_too_deep_is_accepted)
{
	enum ofp_error	 err = OFP_OK;
	uint32_t	 i;

	begin();
	group_begin(OFP_GC_ADD, OFP_GT_ALL, 1);
	group_bucket(0, 0, 2, 0);
	CHECK(group_end() == OFP_OK);
	for (i = 2; i < 100 && err == OFP_OK; i++) {
		group_begin(OFP_GC_ADD, OFP_GT_ALL, i);
		group_bucket(0, 0, 0, i - 1);
		err = group_end();
	}
	CHECK(err == OFP_GMFC_CHAINING_UNSUPPORTED);
	CHECK(i - 2 == SWITCH_GROUP_DEPTH);
	flow_to_group(i - 2);
	send(VARY_IP, 1);
	CHECK(stub_nout == 1);
	end();
}

/* 60 buckets that name a group of 60, three deep, are 216000 outputs. */
TEST(fan_out_of_groups_is_unbounded)
{
	uint32_t	 i, j;

	begin();
	for (i = 1; i <= 3; i++) {
		group_begin(OFP_GC_ADD, OFP_GT_ALL, i);
		for (j = 0; j < 60; j++)
			group_bucket(0, 0, 2, i - 1);
		CHECK(group_end() == OFP_OK);
	}
	flow_to_group(3);
	send(VARY_IP, 1);
	CHECK(stub_nout > 0 && stub_nout <= 1024);
	end();
}

/*
 * Meters.
 */
static enum ofp_error
meter_mod(uint16_t command, uint16_t flags, uint32_t id, uint32_t rate,
    uint32_t burst, uint32_t rate2)
{
	uint8_t		 buf[64];
	struct ofp_meter m;
	struct ofp_band	 bd;
	struct ofp_wr	 w;
	enum ofp_error	 err;

	memset(&m, 0, sizeof(m));
	m.m_command = command;
	m.m_flags = flags;
	m.m_id = id;
	ofp_wr_init(&w, buf, sizeof(buf));
	memset(&bd, 0, sizeof(bd));
	bd.bd_type = OFP_MBT_DROP;
	bd.bd_rate = rate;
	bd.bd_burst = burst;
	ofp_band_encode(&w, &bd);
	if (rate2 != 0) {
		bd.bd_type = OFP_MBT_DSCP_REMARK;
		bd.bd_rate = rate2;
		bd.bd_prec = 1;
		ofp_band_encode(&w, &bd);
	}
	ofp_rd_init(&m.m_bands, buf, ofp_wr_pos(&w));
	kern_mutex_enter(&sc->sc_mutex);
	err = switch_meter_mod(sc, &m);
	kern_mutex_leave(&sc->sc_mutex);
	return (err);
}

/* Packets that pass of n, one each step ns; remarked ones apart. */
static uint64_t
meter_run(uint32_t id, uint32_t len, uint64_t n, uint64_t step,
    uint64_t *marked)
{
	uint64_t	 passed = 0, i;
	uint8_t		 prec;

	smr_read_enter();
	for (i = 0; i < n; i++) {
		kern_time_set(kern_now_ns + step);
		prec = 0;
		if (switch_meter_pass(sc, id, len, 1, &prec)) {
			passed++;
			if (prec > 0)
				(*marked)++;
		}
	}
	smr_read_leave();
	return (passed);
}

TEST(meter_of_packets_drifts)
{
	static const uint32_t	rates[] = { 1, 7, 100, 1000, 9999 };
	uint64_t		marked = 0, n;
	unsigned int		i;

	begin();
	for (i = 0; i < sizeof(rates) / sizeof(rates[0]); i++) {
		CHECK(meter_mod(OFP_MC_ADD, OFP_MF_PKTPS | OFP_MF_BURST,
		    i + 1, rates[i], 1, 0) == OFP_OK);
		/* 20000 packets a second for 50 s */
		n = meter_run(i + 1, 100, 1000000, 50000, &marked);
		CHECK(n >= rates[i] * 50ULL - 1 && n <= rates[i] * 50ULL + 1);
	}
	end();
}

TEST(meter_of_kilobits_drifts_or_overflows)
{
	static const uint32_t	rates[] = { 64, 1000, 100000, 5000000,
				    4000000000U };
	uint64_t		marked = 0, n, step, want;
	unsigned int		i;

	begin();
	for (i = 0; i < sizeof(rates) / sizeof(rates[0]); i++) {
		CHECK(meter_mod(OFP_MC_ADD, OFP_MF_KBPS | OFP_MF_BURST, i + 1,
		    rates[i], 12, 0) == OFP_OK);
		/* 1000 byte packets at 1.6 times the rate */
		step = 5000000000ULL / rates[i];
		step = step == 0 ? 1 : step;
		n = meter_run(i + 1, 1000, 200000, step, &marked);
		want = (200000 * step) / 1000 * rates[i] / 8000000;
		want = want > 200000 ? 200000 : want;
		CHECK(n >= want - want / 100 - 2 && n <= want + want / 100 + 2);
	}
	end();
}

TEST(idle_meter_saves_more_than_its_burst)
{
	uint64_t	marked = 0;

	begin();
	CHECK(meter_mod(OFP_MC_ADD, OFP_MF_PKTPS | OFP_MF_BURST, 1, 1000, 50,
	    0) == OFP_OK);
	kern_time_set(kern_now_ns + 3600 * NS);
	CHECK(meter_run(1, 100, 1000, 0, &marked) == 50);
	end();
}

TEST(two_bands_apply_the_lower)
{
	uint64_t	marked = 0, n;

	begin();
	CHECK(meter_mod(OFP_MC_ADD, OFP_MF_PKTPS | OFP_MF_BURST, 1, 1000, 10,
	    500) == OFP_OK);
	/* 800/s: nothing dropped, 300/s remarked */
	n = meter_run(1, 100, 8000, 1250000, &marked);
	CHECK(n == 8000);
	CHECK(marked > 2900 && marked < 3100);
	/* 2000/s: half dropped */
	marked = 0;
	n = meter_run(1, 100, 20000, 500000, &marked);
	CHECK(n > 9900 && n < 10100);
	end();
}

TEST(slow_path_meter_does_not_bound_normal)
{
	struct ofp_match	m;
	unsigned int		i;

	begin();
	ofp_match_init(&m);
	CHECK(stub_add_output(sc, 0, &m, 1, OFP_P_NORMAL) == OFP_OK);
	CHECK(meter_mod(OFP_MC_ADD, OFP_MF_PKTPS | OFP_MF_BURST,
	    OFP_M_SLOWPATH, 10, 5, 0) == OFP_OK);
	for (i = 0; i < 20; i++)
		send(VARY_IP, i);
	CHECK(stub_nout == 5 * (NPORTS - 1));
	CHECK(kern_pcpu_read(&sc->sc_counters, SWITCH_N_METER) == 15);
	end();
}

TEST(meter_refuses_nothing)
{
	begin();
	CHECK(meter_mod(OFP_MC_MODIFY, 1, 1, 1, 0, 0) ==
	    OFP_MMFC_UNKNOWN_METER);
	CHECK(meter_mod(OFP_MC_ADD, 1, 1, 1, 0, 0) == OFP_OK);
	CHECK(meter_mod(OFP_MC_ADD, 1, 1, 1, 0, 0) == OFP_MMFC_METER_EXISTS);
	CHECK(meter_mod(OFP_MC_DELETE, 0, OFP_M_ALL, 0, 0, 0) == OFP_OK);
	CHECK(sc->sc_nmeters == 0);
	end();
}

/* Every allocation of groups, meters and a flow to them fails once. */
TEST(failed_allocation_leaks_or_breaks)
{
	unsigned int	 n;
	size_t		 before;

	kern_quiesce();
	before = kern_alloc_bytes();
	for (n = 1; n < 200; n++) {
		kern_time_set(1000 * NS);
		kern_alloc_fail(n);
		sc = stub_switch(ports, NPORTS);
		if (sc == NULL)
			continue;
		group_begin(OFP_GC_ADD, OFP_GT_ALL, 1);
		group_bucket(0, 0, 2, 0);
		group_bucket(0, 0, 3, 0);
		(void)group_end();
		group_begin(OFP_GC_MODIFY, OFP_GT_SELECT, 1);
		group_bucket(1, 0, 2, 0);
		(void)group_end();
		(void)meter_mod(OFP_MC_ADD, 1, 1, 100, 0, 50);
		(void)meter_mod(OFP_MC_MODIFY, 1, 1, 100, 0, 0);
		if (ports[0].st_sp != NULL)
			send(VARY_IP, 1);
		stub_destroy(sc, ports, NPORTS);
		if (!CHECK(kern_alloc_bytes() == before) ||
		    kern_alloc_count() < n)
			break;
	}
	kern_alloc_fail(0);
	CHECK(n < 200 && kern_alloc_bytes() == before);
}

int
main(void)
{
	return (test_main());
}
