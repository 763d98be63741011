/*
 * SPDX-License-Identifier: ISC
 *
 * switch_test.c: the core as a whole: ports, tables, outputs, timeouts.
 */
#include "core_stub.h"
#include "switch_class.h"
#include "test.h"

#define NPORTS	4

static struct stub_port		ports[NPORTS];
static struct switch_softc	*sc;

static const uint8_t udp[60] = {
	0x02, 0, 0, 0, 0, 2, 0x02, 0, 0, 0, 0, 1, 0x08, 0x00,
	0x45, 0, 0, 46, 0, 1, 0, 0, 64, 17, 0x66, 0xbc,
	10, 0, 0, 1, 10, 0, 0, 2, 0x12, 0x34, 0x00, 0x35, 0, 26, 0, 0
};

static void
begin(void)
{
	kern_time_set(1000000000000ULL);
	sc = stub_switch(ports, NPORTS);
}

static void
end(void)
{
	stub_destroy(sc, ports, NPORTS);
	CHECK(pkt_user_inuse() == 0);
}

TEST(packet_without_flow_is_dropped)
{
	begin();
	stub_input(&ports[0], udp, sizeof(udp));
	CHECK(stub_nout == 0 && stub_nin == 0);
	end();
}

TEST(flow_outputs_to_its_port_cold_and_warm)
{
	struct ofp_match	m;
	unsigned int		i;

	begin();
	ofp_match_init(&m);
	ofp_match_set(&m, OFP_XMT_IN_PORT, 1);
	CHECK(stub_add_output(sc, 0, &m, 10, 3) == OFP_OK);
	for (i = 0; i < 3; i++) {
		stub_clear();
		stub_input(&ports[0], udp, sizeof(udp));
		CHECK(stub_nout == 1 && stub_out[0].sf_port == 3);
		CHECK(memcmp(stub_out[0].sf_data, udp, sizeof(udp)) == 0);
	}
	CHECK(kern_pcpu_read(&sc->sc_counters, SWITCH_N_CACHE_HIT) == 2);
	stub_input(&ports[1], udp, sizeof(udp));
	CHECK(stub_nout == 1);
	end();
}

TEST(next_packet_sees_a_new_flow)
{
	struct ofp_match	m;

	begin();
	ofp_match_init(&m);
	CHECK(stub_add_output(sc, 0, &m, 1, 2) == OFP_OK);
	stub_input(&ports[0], udp, sizeof(udp));
	stub_input(&ports[0], udp, sizeof(udp));
	CHECK(stub_nout == 2 && stub_out[1].sf_port == 2);
	ofp_match_set(&m, OFP_XMT_ETH_TYPE, 0x800);
	ofp_match_set(&m, OFP_XMT_IPV4_DST, 0x0a000002);
	CHECK(stub_add_output(sc, 0, &m, 2, 4) == OFP_OK);
	stub_input(&ports[0], udp, sizeof(udp));
	CHECK(stub_nout == 3 && stub_out[2].sf_port == 4);
	end();
}

TEST(unrelated_flow_leaves_the_cache_alone)
{
	struct ofp_match	m;
	unsigned int		i;

	begin();
	ofp_match_init(&m);
	ofp_match_set(&m, OFP_XMT_ETH_DST, 0x020000000002);
	CHECK(stub_add_output(sc, 0, &m, 5, 2) == OFP_OK);
	stub_input(&ports[0], udp, sizeof(udp));
	for (i = 0; i < 100; i++) {
		ofp_match_set(&m, OFP_XMT_ETH_DST, 0x030000000000 + i);
		CHECK(stub_add_output(sc, 0, &m, 5, 3) == OFP_OK);
	}
	stub_input(&ports[0], udp, sizeof(udp));
	CHECK(stub_nout == 2 && stub_out[1].sf_port == 2);
	CHECK(kern_pcpu_read(&sc->sc_counters, SWITCH_N_CACHE_HIT) == 1);
	CHECK(kern_pcpu_read(&sc->sc_counters, SWITCH_N_CACHE_STALE) == 0);
	end();
}

TEST(output_to_input_port_is_suppressed)
{
	struct ofp_match	m;

	begin();
	ofp_match_init(&m);
	CHECK(stub_add_output(sc, 0, &m, 1, 1) == OFP_OK);
	stub_input(&ports[0], udp, sizeof(udp));
	CHECK(stub_nout == 0);
	CHECK(stub_add_output(sc, 0, &m, 1, OFP_P_IN_PORT) == OFP_OK);
	stub_input(&ports[0], udp, sizeof(udp));
	CHECK(stub_nout == 1 && stub_out[0].sf_port == 1);
	end();
}

TEST(flood_misses_a_port_or_sends_back)
{
	struct ofp_match	m;
	unsigned int		i, seen = 0;

	begin();
	ofp_match_init(&m);
	CHECK(stub_add_output(sc, 0, &m, 1, OFP_P_FLOOD) == OFP_OK);
	stub_input(&ports[1], udp, sizeof(udp));
	CHECK(stub_nout == 3);
	for (i = 0; i < 3; i++)
		seen |= 1u << stub_out[i].sf_port;
	CHECK(seen == (1u << 1 | 1u << 3 | 1u << 4));
	end();
}

TEST(table_miss_entry_punts_with_another_reason)
{
	struct ofp_match	m;

	begin();
	ofp_match_init(&m);
	CHECK(stub_add_output(sc, 0, &m, 0, OFP_P_CONTROLLER) == OFP_OK);
	stub_input(&ports[0], udp, sizeof(udp));
	stub_input(&ports[0], udp, sizeof(udp));
	CHECK(stub_nin == 2);
	CHECK(stub_punts[0].pu_reason == OFP_R_NO_MATCH);
	CHECK(stub_punts[1].pu_reason == OFP_R_NO_MATCH);
	CHECK(stub_punts[1].pu_in_port == 1);
	ofp_match_set(&m, OFP_XMT_IN_PORT, 1);
	CHECK(stub_add_output(sc, 0, &m, 0, OFP_P_CONTROLLER) == OFP_OK);
	stub_input(&ports[0], udp, sizeof(udp));
	CHECK(stub_punts[2].pu_reason == OFP_R_ACTION);
	end();
}

/* A flow with timeouts and SEND_FLOW_REM that outputs to port 2. */
static void
add_timed(uint16_t idle, uint16_t hard)
{
	uint8_t		 buf[64];
	struct ofp_wr	 wr;
	struct ofp_flow	 f;

	ofp_flow_init(&f, OFP_FC_ADD);
	f.f_table = 0;
	f.f_priority = 7;
	f.f_idle = idle;
	f.f_hard = hard;
	f.f_flags = OFP_FF_SEND_FLOW_REM;
	ofp_match_init(&f.f_match);
	ofp_wr_init(&wr, buf, sizeof(buf));
	ofp_instr_apply_output(&wr, 2, 0);
	CHECK(stub_instr(&f, buf, ofp_wr_pos(&wr)) == OFP_OK);
	CHECK(stub_flow_mod(sc, &f) == OFP_OK);
}

static void
pass_seconds(unsigned int n)
{
	bool	more;

	while (n-- > 0) {
		kern_time_set(kern_now_ns + 1000000000ULL);
		for (more = switch_tick(sc); more;)
			more = switch_expire(sc);
		kern_quiesce();
	}
}

TEST(hard_timeout_comes_early_or_late)
{
	static const uint16_t	secs[] = { 1, 2, 255, 256, 257, 1000, 65535 };
	unsigned int		i;

	for (i = 0; i < sizeof(secs) / sizeof(secs[0]); i++) {
		begin();
		add_timed(0, secs[i]);
		pass_seconds(secs[i] - 1);
		CHECK(stub_nremoved == 0);
		pass_seconds(1);
		CHECK(stub_nremoved == 1);
		CHECK(stub_removed.fr_reason == OFP_RR_HARD_TIMEOUT);
		CHECK(stub_removed.fr_sec == secs[i]);
		end();
	}
}

TEST(idle_timeout_ignores_traffic)
{
	begin();
	add_timed(10, 0);
	pass_seconds(9);
	stub_input(&ports[0], udp, sizeof(udp));
	pass_seconds(9);
	stub_input(&ports[0], udp, sizeof(udp));
	pass_seconds(9);
	CHECK(stub_nremoved == 0);
	pass_seconds(1);
	CHECK(stub_nremoved == 1);
	CHECK(stub_removed.fr_reason == OFP_RR_IDLE_TIMEOUT);
	CHECK(stub_removed.fr_packets == 2 && stub_removed.fr_bytes == 120);
	stub_input(&ports[0], udp, sizeof(udp));
	CHECK(stub_nout == 2);
	end();
}

TEST(frame_cut_at_any_byte_is_read_outside)
{
	struct ofp_match	m;
	uint8_t			*exact;
	unsigned int		n;

	begin();
	ofp_match_init(&m);
	CHECK(stub_add_output(sc, 0, &m, 1, 2) == OFP_OK);
	for (n = 0; n <= sizeof(udp); n++) {
		exact = malloc(n > 0 ? n : 1);
		memcpy(exact, udp, n);
		stub_clear();
		stub_input(&ports[0], exact, n);
		CHECK(stub_nout == (n < 14 ? 0 : 1));
		free(exact);
	}
	end();
}

static void
send_to(uint32_t dst)
{
	uint8_t		 f[60];

	memcpy(f, udp, sizeof(f));
	f[31] = dst >> 16 & 0xff;
	f[32] = dst >> 8 & 0xff;
	f[33] = dst & 0xff;
	stub_input(&ports[0], f, sizeof(f));
}

/* One flow an address, many more than the cache begins with. */
TEST(cache_does_not_grow_with_its_use)
{
	struct ofp_match	m;
	uint64_t		before;
	uint32_t		i, round;

	begin();
	stub_quiet = true;
	ofp_match_init(&m);
	ofp_match_set(&m, OFP_XMT_ETH_TYPE, 0x800);
	for (i = 0; i < 8000; i++) {
		ofp_match_set(&m, OFP_XMT_IPV4_DST, 0x0a000000 + i);
		CHECK(stub_add_output(sc, 0, &m, 1, 2 + i % 3) == OFP_OK);
	}
	for (round = 0; round < 6; round++) {
		for (i = 0; i < 8000; i++)
			send_to(i);
		pass_seconds(1);
	}
	CHECK(stub_nout == 6 * 8000);
	before = kern_pcpu_read(&sc->sc_counters, SWITCH_N_CACHE_HIT);
	for (i = 0; i < 8000; i++)
		send_to(i);
	before = kern_pcpu_read(&sc->sc_counters, SWITCH_N_CACHE_HIT) - before;
	if (!CHECK(before > 7500))
		printf("# %u hits\n", (unsigned int)before);
	stub_quiet = false;
	stub_clear();
	for (i = 0; i < 60; i++)
		send_to(i);
	for (i = 0; i < 60; i++)
		CHECK(stub_out[i].sf_port == 2 + i % 3);
	end();
}

/* Conversations that one wildcard flow serves share what the cache knows. */
TEST(wildcard_flow_fills_the_cache)
{
	struct ofp_match	m;
	uint64_t		miss;
	uint32_t		i;

	begin();
	stub_quiet = true;
	ofp_match_init(&m);
	ofp_match_set(&m, OFP_XMT_ETH_TYPE, 0x800);
	CHECK(stub_add_output(sc, 0, &m, 1, 2) == OFP_OK);
	for (i = 0; i < 500; i++)
		send_to(i);
	ofp_match_init(&m);
	ofp_match_set(&m, OFP_XMT_ETH_TYPE, 0x86dd);
	CHECK(stub_add_output(sc, 0, &m, 1, 3) == OFP_OK);
	miss = kern_pcpu_read(&sc->sc_counters, SWITCH_N_CACHE_MISS);
	for (i = 0; i < 500; i++)
		send_to(i);
	CHECK(kern_pcpu_read(&sc->sc_counters, SWITCH_N_CACHE_MISS) - miss <
	    20);
	CHECK(kern_pcpu_read(&sc->sc_counters, SWITCH_N_CACHE_STALE) == 0);
	stub_quiet = false;
	end();
}

/* What was flushed stays so, whatever changes later. */
TEST(flushed_cache_comes_back)
{
	struct ofp_match	m;
	unsigned int		i;

	begin();
	stub_quiet = true;
	for (i = 0; i < 300; i++) {		/* the log is full */
		ofp_match_init(&m);
		ofp_match_set(&m, OFP_XMT_ETH_DST, 0x030000000000 + i);
		CHECK(stub_add_output(sc, 0, &m, 5, 3) == OFP_OK);
	}
	ofp_match_init(&m);
	ofp_match_set(&m, OFP_XMT_ETH_DST, 0x020000000002);
	CHECK(stub_add_output(sc, 0, &m, 5, 2) == OFP_OK);
	stub_input(&ports[0], udp, sizeof(udp));
	kern_mutex_enter(&sc->sc_mutex);
	switch_cache_flush(sc);
	kern_mutex_leave(&sc->sc_mutex);
	ofp_match_set(&m, OFP_XMT_ETH_DST, 0x030000000009);
	CHECK(stub_add_output(sc, 0, &m, 5, 3) == OFP_OK);
	stub_input(&ports[0], udp, sizeof(udp));
	CHECK(kern_pcpu_read(&sc->sc_counters, SWITCH_N_CACHE_HIT) == 0);
	CHECK(kern_pcpu_read(&sc->sc_counters, SWITCH_N_CACHE_STALE) == 1);
	stub_quiet = false;
	end();
}

/* A walk goes on while flows come, go and are replaced around it. */
TEST(walk_misses_or_repeats_a_flow)
{
	static struct switch_flow_iter it;
	static struct ofp_flow_req fq;
	struct switch_flow	*f;
	static struct ofp_match	 m;
	static struct ofp_flow	 mod;
	static unsigned int	 seen[300];
	unsigned int		 i, budget;

	begin();
	for (i = 0; i < 200; i++) {
		ofp_match_init(&m);
		ofp_match_set(&m, OFP_XMT_ETH_DST, i);
		CHECK(stub_add_output(sc, i % 3, &m, 1, 2) == OFP_OK);
	}
	memset(&fq, 0, sizeof(fq));
	fq.fq_table = OFP_TT_ALL;
	fq.fq_out_port = OFP_P_ANY;
	fq.fq_out_group = OFP_G_ANY;
	ofp_match_init(&fq.fq_match);
	kern_mutex_enter(&sc->sc_mutex);
	switch_flow_iter_start(sc, &it, &fq);
	kern_mutex_leave(&sc->sc_mutex);
	for (i = 0; !it.it_done; i++) {
		budget = 3;
		kern_mutex_enter(&sc->sc_mutex);
		while ((f = switch_flow_iter_next(sc, &it, &budget)) != NULL) {
			switch_flow_match(f, &m);
			seen[ofp_key_get(&m.m_key, OFP_XMT_ETH_DST)]++;
		}
		kern_mutex_leave(&sc->sc_mutex);
		ofp_match_init(&m);
		ofp_match_set(&m, OFP_XMT_ETH_DST, i * 7 % 200);
		if (i * 7 % 200 % 2 == 0)	/* even ones are replaced */
			CHECK(stub_add_output(sc, i * 7 % 200 % 3, &m, 1, 3) ==
			    OFP_OK);
		else {
			ofp_flow_init(&mod, OFP_FC_DELETE);
			mod.f_table = OFP_TT_ALL;
			mod.f_match = m;
			CHECK(stub_flow_mod(sc, &mod) == OFP_OK);
		}
		kern_quiesce();
	}
	kern_mutex_enter(&sc->sc_mutex);
	switch_flow_iter_stop(sc, &it);
	kern_mutex_leave(&sc->sc_mutex);
	for (i = 0; i < 200; i++)
		CHECK(i % 2 == 0 ? seen[i] == 1 : seen[i] <= 1);
	end();
}

static uint64_t
twin_hash_addr(unsigned int i)
{
	return (0x020000000000ULL + i);
}

TEST(normal_forgets_or_mixes_vlans)
{
	struct ofp_match	m;
	uint8_t			f[64];
	unsigned int		i;

	begin();
	ofp_match_init(&m);
	CHECK(stub_add_output(sc, 0, &m, 1, OFP_P_NORMAL) == OFP_OK);
	memset(f, 0, sizeof(f));
	for (i = 0; i < 6; i++) {
		f[i] = twin_hash_addr(2) >> 8 * (5 - i) & 0xff;
		f[6 + i] = twin_hash_addr(1) >> 8 * (5 - i) & 0xff;
	}
	f[12] = 0x81;
	f[15] = 5;
	f[16] = 0x88;
	f[17] = 0xb5;
	stub_input(&ports[0], f, sizeof(f));	/* 1 learned on port 1 */
	CHECK(stub_nout == 3);
	f[5] = 1;
	f[11] = 2;
	stub_clear();
	stub_input(&ports[1], f, sizeof(f));
	CHECK(stub_nout == 1 && stub_out[0].sf_port == 1);
	f[15] = 6;					/* another VLAN */
	stub_clear();
	stub_input(&ports[1], f, sizeof(f));
	CHECK(stub_nout == 3);
	f[15] = 5;
	ports[0].st_nolink = true;
	switch_port_changed(ports[0].st_sp);
	stub_clear();
	stub_input(&ports[1], f, sizeof(f));
	CHECK(stub_nout == 2);
	end();
}

/* A super-frame of n segments of 100 bytes, TCP over IPv4. */
static void
send_super(struct stub_port *st, unsigned int n)
{
	static uint8_t	 f[STUB_FRAME];
	struct pkt_meta	 meta;
	struct pkt	 p;
	uint32_t	 len = 54 + 100 * n;

	memset(f, 0, sizeof(f));
	memcpy(f, udp, 34);
	f[16] = (len - 14) >> 8;
	f[17] = (len - 14) & 0xff;
	f[23] = 6;
	f[46] = 0x50;
	if (!CHECK(pkt_from(f, len, &p) == 0))
		return;
	memset(&meta, 0, sizeof(meta));
	meta.pm_partial = 1;
	meta.pm_csum_start = 34;
	meta.pm_csum_off = 16;
	meta.pm_gso = PKT_GSO_TCP4;
	meta.pm_gso_size = 100;
	pkt_meta_set(&p, &meta);
	smr_read_enter();
	switch_input(st->st_sp, &p);
	smr_read_leave();
	kern_quiesce();
}

/* Actions, of which the last outputs to port 2, for every packet. */
static void
add_action(uint16_t type, uint16_t ethertype)
{
	uint8_t			 acts[64], buf[128];
	struct ofp_instructions	 in;
	struct ofp_action	 ac;
	struct ofp_flow		 f;
	struct ofp_wr		 wr;

	memset(&ac, 0, sizeof(ac));
	ofp_wr_init(&wr, acts, sizeof(acts));
	if (type != OFP_AT_OUTPUT) {
		ac.ac_type = type;
		ac.u.ethertype = ethertype;
		ofp_action_encode(&wr, &ac);
	}
	memset(&ac, 0, sizeof(ac));
	ac.u.output.port = 2;
	ofp_action_encode(&wr, &ac);
	memset(&in, 0, sizeof(in));
	in.in_present = 1u << OFP_IT_APPLY_ACTIONS;
	ofp_rd_init(&in.in_apply, acts, ofp_wr_pos(&wr));
	ofp_flow_init(&f, OFP_FC_ADD);
	f.f_table = 0;
	ofp_match_init(&f.f_match);
	ofp_wr_init(&wr, buf, sizeof(buf));
	ofp_instructions_encode(&wr, &in);
	f.f_instr = in;
	ofp_rd_init(&f.f_instr_bytes, buf, ofp_wr_pos(&wr));
	CHECK(stub_flow_mod(sc, &f) == OFP_OK);
}

TEST(super_frame_is_cut_or_kept_wrongly)
{
	struct ofp_match	 m;
	struct switch_flow	*f;
	unsigned int		 i;

	begin();
	add_action(OFP_AT_OUTPUT, 0);
	send_super(&ports[0], 10);		/* not yet known: in pieces */
	CHECK(stub_nout == 10 && stub_out[0].sf_len == 154);
	stub_clear();
	send_super(&ports[0], 10);
	CHECK(stub_nout == 1 && stub_out[0].sf_len == 1054);
	ofp_match_init(&m);
	kern_mutex_enter(&sc->sc_mutex);
	f = switch_flow_find(sc, 0, &m, OFP_PRIORITY_DEFAULT);
	CHECK(f != NULL && f->sf_packets == 20);
	kern_mutex_leave(&sc->sc_mutex);
	add_action(OFP_AT_PUSH_VLAN, 0x8100);
	send_super(&ports[0], 10);
	stub_clear();
	send_super(&ports[0], 10);
	CHECK(stub_nout == 1 && stub_out[0].sf_len == 1058);
	add_action(OFP_AT_PUSH_MPLS, 0x8847);
	for (i = 0; i < 2; i++) {
		stub_clear();
		send_super(&ports[0], 10);
		CHECK(stub_nout == 10 && stub_out[9].sf_len == 158);
		CHECK(stub_out[9].sf_data[12] == 0x88);
	}
	CHECK(stub_add_output(sc, 0, &m, 60000, OFP_P_CONTROLLER) == OFP_OK);
	send_super(&ports[0], 5);
	stub_clear();
	send_super(&ports[0], 5);
	CHECK(stub_nin == 5 && stub_in[4].sf_len == 154);
	kern_store(&ports[0].st_sp->sp_config, OFP_PC_NO_RECV);
	send_super(&ports[0], 5);
	CHECK(kern_pcpu_read(&ports[0].st_sp->sp_count,
	    SWITCH_PORT_RX_DROPPED) == 5);
	end();
}

static void
key_of(const uint8_t *f, uint32_t len, uint8_t gso, struct ofp_key *k)
{
	struct pkt_meta		 meta;
	struct switch_hdr	 h;
	struct pkt		 p;

	memset(&meta, 0, sizeof(meta));
	meta.pm_gso = gso;
	meta.pm_gso_size = gso == 0 ? 0 : 100;
	CHECK(pkt_from(f, len, &p) == 0);
	pkt_meta_set(&p, &meta);
	memset(k, 0, sizeof(*k));
	CHECK(switch_key_extract(&p, k, &h) == 0);
	CHECK(gso == 0 || h.h_l4 == (f[12] == 0x08 ? 34 : 62));
	pkt_free(&p);
}

/* Linux, "BIG TCP": a length of 0, by IPv6 with a header that is not sent. */
TEST(super_frame_of_more_than_64_KB_shows_other_fields_than_its_frames)
{
	static const uint8_t	 jumbo[8] = { 6, 0, 0xc2, 4, 0, 1, 0x86, 0xa0 };
	static uint8_t		 f[1000];
	struct ofp_key		 one, big;

	memcpy(f, udp, 34);
	f[16] = 986 >> 8;
	f[17] = 986 & 0xff;
	f[23] = 6;
	f[34] = f[35] = 0x12;
	f[46] = 0x50;
	key_of(f, sizeof(f), 0, &one);
	f[16] = f[17] = 0;
	key_of(f, sizeof(f), PKT_GSO_TCP4, &big);
	CHECK(memcmp(&one, &big, sizeof(one)) == 0);

	memset(f, 0, sizeof(f));
	memcpy(f, udp, 12);
	memcpy(f + 12, "\x86\xdd\x60", 3);
	f[18] = 946 >> 8;
	f[19] = 946 & 0xff;
	f[20] = 6;
	f[54] = f[55] = 0x12;
	f[66] = 0x50;
	key_of(f, sizeof(f), 0, &one);
	f[18] = f[19] = f[20] = 0;
	memcpy(f + 54, jumbo, sizeof(jumbo));
	memset(f + 62, 0, sizeof(f) - 62);
	f[62] = f[63] = 0x12;
	f[74] = 0x50;
	key_of(f, sizeof(f), PKT_GSO_TCP6, &big);
	CHECK(memcmp(&one, &big, sizeof(one)) == 0);
	key_of(f, sizeof(f), 0, &big);
	CHECK(memcmp(&one, &big, sizeof(one)) != 0);
}

/* A controller could not even name them any more. */
TEST(tables_that_are_taken_away_keep_their_flows)
{
	struct switch_conf	conf;
	struct ofp_match	m;

	begin();
	ofp_match_init(&m);
	CHECK(stub_add_output(sc, 1, &m, 1, 2) == OFP_OK);
	CHECK(stub_add_output(sc, 2, &m, 1, 2) == OFP_OK);
	switch_conf_get(sc, &conf);
	conf.sc_tables = 2;
	CHECK(switch_conf_set(sc, &conf) == 0);
	CHECK(sc->sc_nflows == 1);
	end();
}

TEST(buffer_gives_a_packet_twice)
{
	struct pkt	p, q;
	uint32_t	id, in_port;

	begin();
	CHECK(pkt_from(udp, sizeof(udp), &p) == 0);
	id = switch_buffer_put(sc, &p, 3);
	CHECK(id != OFP_NO_BUFFER);
	CHECK(switch_buffer_check(sc, id) == OFP_OK);
	CHECK(switch_buffer_check(sc, id + 1) == OFP_BRC_BUFFER_UNKNOWN);
	CHECK(switch_buffer_check(sc, id + 0x10000) == OFP_BRC_BUFFER_UNKNOWN);
	CHECK(switch_buffer_take(sc, id, &q, &in_port) == OFP_OK);
	CHECK(in_port == 3 && q.pk_len == sizeof(udp));
	CHECK(switch_buffer_take(sc, id, &q, &in_port) ==
	    OFP_BRC_BUFFER_EMPTY);
	pkt_free(&q);
	id = switch_buffer_put(sc, &p, 3);
	pass_seconds(11);
	CHECK(switch_buffer_take(sc, id, &q, &in_port) ==
	    OFP_BRC_BUFFER_EMPTY);
	pkt_free(&p);
	end();
}

static void
keep(uint32_t n)
{
	struct switch_conf	conf;

	switch_conf_get(sc, &conf);
	conf.sc_max_buffers = n;
	CHECK(switch_conf_set(sc, &conf) == 0);
}

TEST(other_number_of_buffers_waits_for_a_new_switch)
{
	struct pkt	p, q;
	uint32_t	id[3], in_port;
	unsigned int	i;

	begin();
	CHECK(pkt_from(udp, sizeof(udp), &p) == 0);
	keep(2);
	for (i = 0; i < 2; i++)
		id[i] = switch_buffer_put(sc, &p, i);
	CHECK(switch_buffer_put(sc, &p, 2) == OFP_NO_BUFFER);
	keep(300);
	id[2] = switch_buffer_put(sc, &p, 2);
	CHECK(id[2] != OFP_NO_BUFFER);
	keep(1);
	CHECK(switch_buffer_put(sc, &p, 3) == OFP_NO_BUFFER);
	for (i = 0; i < 3; i++) {
		CHECK(switch_buffer_take(sc, id[i], &q, &in_port) == OFP_OK);
		CHECK(in_port == i);
		pkt_free(&q);
	}
	/* The search for a free place goes on where it was. */
	keep(300);
	for (i = 0; i < 40; i++)
		CHECK(switch_buffer_put(sc, &p, 3) != OFP_NO_BUFFER);
	keep(300);
	CHECK(switch_buffer_put(sc, &p, 3) != OFP_NO_BUFFER);
	pkt_free(&p);
	end();
}

/* Every allocation fails once: nothing leaks, nothing changes half. */
TEST(failed_allocation_leaks_or_breaks)
{
	struct ofp_match	 m;
	unsigned int		 n;
	size_t			 before;
	enum ofp_error		 err = OFP_OK;

	kern_quiesce();
	before = kern_alloc_bytes();
	for (n = 1; n < 100; n++) {
		kern_alloc_fail(n);
		sc = stub_switch(ports, NPORTS);
		if (sc != NULL) {
			ofp_match_init(&m);
			ofp_match_set(&m, OFP_XMT_IN_PORT, 1);
			err = stub_add_output(sc, 0, &m, 10, 3);
			if (ports[0].st_sp != NULL)
				stub_input(&ports[0], udp, sizeof(udp));
			stub_destroy(sc, ports, NPORTS);
		}
		if (!CHECK(kern_alloc_bytes() == before))
			printf("# %u: %zu bytes\n", n,
			    kern_alloc_bytes() - before);
		if (kern_alloc_count() < n)
			break;
	}
	kern_alloc_fail(0);
	CHECK(n < 100 && err == OFP_OK);
}

/* Slots that a lookup of the flow looks at in the hash of its mask. */
static unsigned int
probes(const struct switch_flow *f)
{
	struct class_slots	*cs = SMR_PTR_GET_LOCKED(&f->sf_mask->mk_slots);
	unsigned int		 n = 1;
	uint32_t		 i = f->sf_hash;

	while (cs->cs_slot[i++ & cs->cs_mask] != f)
		n++;
	return (n);
}

/* How many masks are asked, and slots looked at, by flows of 4 masks. */
static void
lookup_cost(unsigned int flows, unsigned int *masks, double *mean,
    unsigned int *most)
{
	struct switch_table	*st;
	struct switch_flow	*f;
	struct ofp_match	 m;
	unsigned int		 i, n, sum = 0;

	begin();
	for (i = 0; i < flows; i++) {
		ofp_match_init(&m);
		ofp_match_set(&m, OFP_XMT_ETH_TYPE, 0x0800);
		ofp_match_set(&m, OFP_XMT_IPV4_DST, 0x0a000000 + i);
		if (i % 4 != 0)
			ofp_match_set_masked(&m, OFP_XMT_IPV4_SRC, 0, i % 4);
		CHECK(stub_add_output(sc, 0, &m, 10, 2) == OFP_OK);
	}
	st = sc->sc_tables[0];
	*most = 0;
	TAILQ_FOREACH(f, &st->st_flows, sf_entry) {
		n = probes(f);
		sum += n;
		*most = n > *most ? n : *most;
	}
	*masks = SMR_PTR_GET_LOCKED(&st->st_class->cl_order)->co_n;
	*mean = (double)sum / flows;
	end();
}

/* LI-12: instructions are counted by make bench. */
TEST(lookup_costs_more_with_more_flows)
{
	unsigned int	masks[2], most[2];
	double		mean[2];

	lookup_cost(1000, &masks[0], &mean[0], &most[0]);
	lookup_cost(200000, &masks[1], &mean[1], &most[1]);
	CHECK(masks[0] == 4 && masks[1] == 4);
	CHECK(mean[0] < 3 && mean[1] < 3);
	CHECK(most[1] < 200);
}

int
main(void)
{
	return (test_main());
}
