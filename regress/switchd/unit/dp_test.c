/*
 * SPDX-License-Identifier: ISC
 *
 * dp_test.c: what the controller makes of a switch: set-up, flows, learning,
 * moves, ageing, reconnects, stolen datapath ids.
 */
#include <stdlib.h>
#include <string.h>

#include "fake_switch.h"
#include "test.h"

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
	unsigned int	i;

	for (i = 0; i < f->f_nflows; i++)
		if (dp_flow_role(f->f_flow[i].f_cookie) == role)
			break;
	if (!CHECK(i < f->f_nflows))
		return;
	fk_drop(f, i, true, reason);
	pump(f);
}

/* CT-16 */
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

/* CT-19 */
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

TEST(another_timeout_deletes_flows)
{
	struct fk	*f = fk_up(34);
	struct dp	*d = fk_dp(f);
	unsigned int	 i, n = 0;

	fk_packet_in(f, 1, A, BCAST, OFP_NO_BUFFER, COPY);
	fk_packet_in(f, 2, B, BCAST, OFP_NO_BUFFER, COPY);
	f->f_dels = f->f_adds = 0;
	d->d_timeout = 50;
	d->d_sync_wanted = true;
	dp_tick();
	pump(f);
	CHECK(f->f_dels == 0 && f->f_adds == 2 && f->f_nflows == 7);
	for (i = 0; i < f->f_nflows; i++)
		n += f->f_flow[i].f_idle == 50;
	CHECK(n == 2);
	fk_close(f);
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

/* CT-10 */
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

/* CT-12: what is unknown is flooded */
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

/* CT-14 */
TEST(reserved_addresses_are_forwarded)
{
	struct fk	*f = fk_reactive(42);

	fk_packet_in(f, 1, A, 0x0180c200000eULL, 3, 0);
	CHECK(f->f_outs == 0 && fk_count(f, DP_ROLE_RESERVED) == 1);
	CHECK(fk_dp(f)->d_learn.l_count == 0);
	fk_close(f);
}

/* CT-12: never out of the port it came from */
TEST(a_frame_goes_back_the_way_it_came)
{
	struct fk	*f = fk_reactive(43);

	fk_packet_in(f, 1, A, BCAST, 1, 0);
	fk_packet_in(f, 1, B, A, OFP_NO_BUFFER, 0);
	CHECK(f->f_outs == 0);
	CHECK(fk_dp(f)->d_counters.cn_v[CNT_drop_same_port] == 1);
	fk_close(f);
}

/* CT-11 */
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

/* WF-15: an answer has a longer header than a packet-in of 1.0 */
TEST(an_answer_is_longer_than_a_message_can_be)
{
	struct fk		*f = fk_connect(57, OFP_VERSION_10);
	static uint8_t		 msg[UINT16_MAX] = {
		1, OFP_T_PACKET_IN, 0xff, 0xff, 0, 0, 0, 0,
		0xff, 0xff, 0xff, 0xff, 0xff, 0xed, 0, 1, 0, 0,
		2, 0, 0, 0, 0, 3, 2, 0, 0, 0, 0, 1, 8
	};

	fk_hello(f);
	fk_send(f, msg, sizeof(msg));
	pump(f);
	CHECK(f->f_outs == 0 && fk_dp(f)->d_learn.l_count == 1);
	CHECK(fk_dp(f)->d_counters.cn_v[CNT_drop_long] == 1);
	ofp_echo_encode(&wr, OFP_VERSION_10, false, 1, NULL, 0);
	fk_put(f);
	pump(f);
	CHECK(f->f_echos == 1);
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

/* B was behind port 2, is behind 3; its old flows are still there. */
static void
contradict(uint64_t dpid, uint32_t first, uint32_t second)
{
	struct fk		*old = fk_reactive(dpid), *g;
	struct fk		*young = fk_reactive(dpid + 1);
	struct learn_host	*lh;

	fk_packet_in(old, 1, A, BCAST, 1, 0);
	fk_packet_in(old, 2, B, A, 2, 0);
	fk_packet_in(young, 1, A, BCAST, 1, 0);
	fk_packet_in(young, 3, B, A, 2, 0);
	g = fk_connect(dpid + 2, OFP_VERSION_13);
	g->f_tables = 1;
	fk_copy(g, first > second ? old : young, first);
	fk_copy(g, first > second ? young : old, second);
	fk_hello(g);
	CHECK(fk_dp(g)->d_state == DP_UP);
	lh = learn_lookup(&fk_dp(g)->d_learn, B, 0);
	CHECK(lh != NULL && lh->lh_port == 3);
	CHECK(lh != NULL && lh->lh_seen == fk_dp(g)->d_sync_since -
	    fk_dp(g)->d_timeout / 2);
	dp_tick();
	pump(g);
	CHECK(fk_count(g, DP_ROLE_PAIR) == 1);
	fk_close(old);
	fk_close(young);
	fk_close(g);
}

TEST(a_restart_adopts_the_port_that_a_host_moved_from)
{
	contradict(60, 100, 1);
	contradict(63, 1, 100);
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

	d->d_timeout = 100;
	fk_packet_in(f, 1, A, BCAST, 1, 0);
	fk_packet_in(f, 2, B, A, 2, 0);
	learn_lookup(&d->d_learn, A, 0)->lh_seen -= 200;
	learn_lookup(&d->d_learn, B, 0)->lh_seen -= 200;
	f->f_nflows = 2;		/* that of A is there, of B gone */
	d->d_synced -= 100;
	dp_tick();
	pump(f);
	CHECK(learn_lookup(&d->d_learn, B, 0) == NULL);
	CHECK(learn_lookup(&d->d_learn, A, 0) != NULL);
	CHECK(d->d_counters.cn_v[CNT_sync] >= 2);
	fk_close(f);
}

static unsigned int	asked;

static uint32_t
port_max(const struct dp *d, uint32_t no, const char *name)
{
	asked++;
	return (strcmp(name, "p2") == 0 ? 1 : 0);
}

TEST(a_host_too_many_behind_a_port_is_heard)
{
	struct fk	*f;

	dp_hooks.dh_port_max = port_max;
	f = fk_up(49);
	fk_packet_in(f, 1, A, BCAST, OFP_NO_BUFFER, COPY);
	fk_packet_in(f, 2, B, BCAST, OFP_NO_BUFFER, COPY);
	fk_packet_in(f, 2, C, BCAST, OFP_NO_BUFFER, COPY);
	CHECK(fk_dp(f)->d_learn.l_count == 2);
	CHECK(learn_lookup(&fk_dp(f)->d_learn, C, 0) == NULL);
	CHECK(fk_count(f, DP_ROLE_BRIEF) == 1 && f->f_last_hard == 10);
	fk_packet_in(f, 2, A, BCAST, OFP_NO_BUFFER, COPY);
	CHECK(learn_lookup(&fk_dp(f)->d_learn, A, 0)->lh_port == 1);
	fk_packet_in(f, 1, C, BCAST, OFP_NO_BUFFER, COPY);
	CHECK(fk_dp(f)->d_learn.l_count == 3);
	dp_hooks.dh_port_max = NULL;
	fk_close(f);
}

TEST(a_word_of_one_port_asks_for_the_limits_of_all)
{
	struct fk	*f;
	uint32_t	 no;

	dp_hooks.dh_port_max = port_max;
	f = fk_up(0x4900);
	asked = 0;
	for (no = 10; no < 60; no++)
		fk_port(f, no, OFP_PR_ADD);
	CHECK(fk_dp(f)->d_nports >= 50 && asked == 50);
	dp_hooks.dh_port_max = NULL;
	fk_close(f);
}

/* Who is who. */

/* AX-08 */
TEST(an_auxiliary_connection_is_a_switch_of_its_own)
{
	struct fk	*f = fk_connect(52, OFP_VERSION_13), *aux;

	f->f_aux = 3;			/* without a main connection */
	fk_hello(f);
	CHECK(f->f_closed && dp_find_id(52) == NULL);
	fk_close(f);
	f = fk_up(52);
	aux = fk_connect(52, OFP_VERSION_13);
	aux->f_aux = 3;
	fk_hello(aux);
	CHECK(!aux->f_closed && !f->f_closed && aux->f_mods == 0);
	fk_packet_in(aux, 1, A, BCAST, 7, OFP_COOKIE_NONE);
	CHECK(aux->f_outs == 1 && fk_dp(f)->d_learn.l_count == 1);
	pump(f);
	CHECK(fk_count(f, DP_ROLE_SRC) == 1);
	fk_close(f);
	pump(aux);
	CHECK(aux->f_closed);
	fk_close(aux);
}

/* Say where the last one that connected came from. */
static void
named(const char *name)
{
	struct conn	*c = TAILQ_LAST(&conn_list, conn_list);

	free(c->c_name);
	c->c_name = strdup(name);
}

TEST(a_stranger_speaks_as_auxiliary_of_a_switch)
{
	static const char *const from[] = {
		"tcp:192.0.2.70:1", "tcp:192.0.2.:1", "test", "tls:192.0.2.7:1"
	};
	struct fk	*f = fk_connect(53, OFP_VERSION_13), *aux;
	size_t		 i;

	named("tcp:192.0.2.7:6653");
	fk_hello(f);
	for (i = 0; i < 4; i++) {
		aux = fk_connect(53, OFP_VERSION_13);
		aux->f_aux = 1;
		named(from[i]);
		fk_hello(aux);
		CHECK(aux->f_closed && fk_dp(f)->d_naux == 0);
		fk_close(aux);
	}
	aux = fk_connect(53, OFP_VERSION_13);
	aux->f_aux = 1;
	named("tcp:192.0.2.7:6654");
	fk_hello(aux);
	CHECK(!aux->f_closed && fk_dp(f)->d_naux == 1);
	fk_close(aux);
	fk_close(f);
}

TEST(a_switch_may_have_any_number_of_auxiliary_connections)
{
	static struct fk	*aux[UINT8_MAX + 1];
	struct fk		*f = fk_up(56);
	unsigned int		 i;

	for (i = 0; i <= UINT8_MAX; i++) {
		aux[i] = fk_connect(56, OFP_VERSION_13);
		aux[i]->f_aux = 1 + i % UINT8_MAX;
		fk_hello(aux[i]);
	}
	CHECK(!aux[UINT8_MAX - 1]->f_closed && aux[UINT8_MAX]->f_closed);
	CHECK(fk_dp(f)->d_naux == UINT8_MAX && !f->f_closed);
	for (i = 0; i <= UINT8_MAX; i++)
		fk_close(aux[i]);
	CHECK(fk_dp(f)->d_naux == 0);
	fk_close(f);
}

static bool
nobody(uint64_t dpid, struct conn *c)
{
	return (false);
}

TEST(who_may_not_be_a_switch_throws_it_out_or_is_remembered)
{
	struct fk	*f = fk_up(54), *g;
	uint32_t	 n = dp_count;
	uint64_t	 id;

	dp_hooks.dh_admit = nobody;
	for (id = 54; id < 56; id++) {
		g = fk_connect(id, OFP_VERSION_13);
		fk_hello(g);
		CHECK(g->f_closed && dp_count == n);
		fk_close(g);
	}
	pump(f);
	CHECK(f->f_echos == 0 && !f->f_closed);
	dp_hooks.dh_admit = NULL;
	fk_close(f);
}

TEST(switches_that_are_gone_keep_others_out)
{
	struct fk	*f = fk_up(0x6000), *g;

	dp_max = dp_count + 1;
	fk_close(fk_up(0x6001));
	fk_close(fk_up(0x6002));
	CHECK(dp_count == dp_max && dp_find_id(0x6002) != NULL);
	g = fk_up(0x6003);
	CHECK(!g->f_closed && dp_find_id(0x6000) != NULL);
	fk_close(g);
	dp_max = 65536;
	fk_close(f);
}

/* CT-18 */
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

TEST(a_stranger_keeps_a_device_out)
{
	struct fk	*f = fk_up(58), *g = fk_connect(58, OFP_VERSION_13);

	TAILQ_LAST(&conn_list, conn_list)->c_device = 1;
	fk_hello(g);
	pump(f);
	CHECK(f->f_closed && !g->f_closed);
	CHECK(fk_dp(g)->d_state == DP_UP && fk_dp(g)->d_conn->c_device == 1);
	fk_close(f);
	fk_close(g);
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
	return (test_main());
}
