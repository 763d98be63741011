/*
 * SPDX-License-Identifier: ISC
 *
 * room_test.c: the controller against switches whose tables are full, or that
 * refuse some flows: hosts are forwarded all the same, the least used flows
 * go, and nothing is tried for ever.
 */
#include <string.h>

#include "fake_switch.h"
#include "test.h"

#define HOST(n)	(0x020000000100ULL + (n))
#define PORT(n)	(1 + (n) % 4)

static uint64_t
count(struct fk *f, enum counter c)
{
	return (fk_dp(f)->d_counters.cn_v[c]);
}

/* The flow of a host of some role; -1: there is none. */
static int
find(const struct fk *f, enum dp_role role, uint64_t mac)
{
	const struct ofp_key	*k;
	unsigned int		 i;

	for (i = 0; i < f->f_nflows; i++) {
		k = &f->f_flow[i].f_match.m_key;
		if (dp_flow_role(f->f_flow[i].f_cookie) == role &&
		    mac == ofp_key_get(k, role == DP_ROLE_SRC ?
		    OFP_XMT_ETH_SRC : OFP_XMT_ETH_DST))
			return (i);
	}
	return (-1);
}

/* All flows are in use, for a while already; but those of one host. */
static void
use(struct fk *f, uint64_t idle)
{
	unsigned int	i;

	for (i = 0; i < f->f_nflows; i++) {
		f->f_age[i] = 100;
		f->f_packets[i] = 1000;
		if (ofp_key_get(&f->f_flow[i].f_match.m_key,
		    OFP_XMT_ETH_SRC) == idle ||
		    ofp_key_get(&f->f_flow[i].f_match.m_key,
		    OFP_XMT_ETH_DST) == idle)
			f->f_packets[i] = 2;
	}
}

static void
tick(struct fk *f)
{
	fk_dp(f)->d_room_at -= 60;	/* a minute later */
	dp_tick();
	pump(f);
}

/* Ten hosts, with room for seven in each of two tables. */
static struct fk *
crowded(uint64_t dpid)
{
	struct fk	*f = fk_up(dpid);
	unsigned int	 i;

	f->f_tells = true;
	f->f_size = 9;			/* two are base flows, or one */
	for (i = 0; i < 10; i++)
		fk_packet_in(f, PORT(i), HOST(i), BCAST, OFP_NO_BUFFER,
		    COPY);
	return (f);
}

TEST(a_full_table_is_tried_for_ever)
{
	struct fk	*f = crowded(200);
	unsigned int	 mods;

	CHECK(fk_count(f, DP_ROLE_SRC) == 7 && fk_count(f, DP_ROLE_DST) == 8);
	CHECK(count(f, CNT_flow_table_full) == 2);
	CHECK(fk_dp(f)->d_learn.l_count == 10);
	mods = f->f_mods;
	fk_packet_in(f, PORT(9), HOST(9), BCAST, OFP_NO_BUFFER, COPY);
	fk_packet_in(f, 2, HOST(20), BCAST, OFP_NO_BUFFER, COPY);
	CHECK(f->f_mods == mods && count(f, CNT_flow_no_room) > 0);
	/* Nothing is old enough to go. */
	tick(f);
	tick(f);
	CHECK(count(f, CNT_flow_evicted) == 0);
	CHECK(count(f, CNT_flow_table_full) == 2);
	/* What has no copy is forwarded by us. */
	fk_packet_in(f, PORT(4), HOST(4), HOST(9), OFP_NO_BUFFER,
	    OFP_COOKIE_NONE);
	CHECK(f->f_outs == 1 && f->f_last_out == 2);
	fk_close(f);
}

TEST(the_least_used_flow_stays_when_another_needs_room)
{
	struct fk	*f = crowded(201);

	use(f, HOST(3));
	fk_packet_in(f, 2, HOST(9), BCAST, OFP_NO_BUFFER, COPY);
	tick(f);
	CHECK(find(f, DP_ROLE_SRC, HOST(3)) == -1);
	CHECK(find(f, DP_ROLE_DST, HOST(3)) == -1);
	/* Those that had to wait, in their order. */
	CHECK(find(f, DP_ROLE_SRC, HOST(8)) != -1);
	CHECK(find(f, DP_ROLE_DST, HOST(8)) != -1);
	CHECK(find(f, DP_ROLE_SRC, HOST(0)) != -1);
	CHECK(count(f, CNT_flow_evicted) == 3);
	CHECK(count(f, CNT_flow_table_full) == 2);
	/* The one that went asks for room, not more often than it may. */
	fk_packet_in(f, 4, HOST(3), BCAST, OFP_NO_BUFFER, COPY);
	f->f_dels = 0;
	dp_tick();
	pump(f);
	CHECK(f->f_dels == 0);
	fk_close(f);
}

static const struct ofp_table_features	small[] = {
	{ .tf_table = 0, .tf_max_entries = 16,
	    .tf_props = 1U << OFP_TFPT_INSTRUCTIONS |
	    1U << OFP_TFPT_APPLY_ACTIONS | 1U << OFP_TFPT_MATCH,
	    .tf_instr = { 1U << OFP_IT_APPLY_ACTIONS },
	    .tf_apply = { 1U << OFP_AT_OUTPUT },
	    .tf_match = OFP_FIELD_BIT(OFP_XMT_IN_PORT) |
	    OFP_FIELD_BIT(OFP_XMT_ETH_SRC) | OFP_FIELD_BIT(OFP_XMT_ETH_DST) |
	    OFP_FIELD_BIT(OFP_XMT_VLAN_VID) }
};

/* One table of 16, and hosts that all talk to each other. */
static struct fk *
crowded_pairs(uint64_t dpid, bool told)
{
	struct fk	*f = fk_connect(dpid, OFP_VERSION_13);
	unsigned int	 i, j;

	f->f_tables = 1;
	f->f_size = 16;
	f->f_tells = true;
	if (told) {
		f->f_tf = small;
		f->f_ntf = 1;
	}
	fk_hello(f);
	CHECK(fk_dp(f)->d_mode == DP_REACTIVE);
	for (i = 0; i < 6; i++)
		fk_packet_in(f, PORT(i), HOST(i), BCAST, OFP_NO_BUFFER, 0);
	for (i = 0; i < 6; i++)
		for (j = 0; j < 6; j++)
			if (i != j)
				fk_packet_in(f, PORT(i), HOST(i), HOST(j),
				    OFP_NO_BUFFER, 0);
	return (f);
}

TEST(a_size_that_was_told_is_found_by_errors)
{
	struct fk	*f = crowded_pairs(202, true);

	CHECK(count(f, CNT_flow_table_full) == 0 && f->f_nflows < 16);
	CHECK(fk_dp(f)->d_coarse && count(f, CNT_flow_no_room) > 0);
	/* All of them were forwarded. */
	CHECK(f->f_outs == 36 - fk_count(f, DP_ROLE_NONE) -
	    count(f, CNT_drop_same_port));
	fk_close(f);
}

/* They go on talking. */
static void
coarser(struct fk *f)
{
	unsigned int	i, j;

	for (i = 0; i < 18; i++) {
		use(f, 0);
		tick(f);
		if (find(f, DP_ROLE_TO, HOST(i % 6)) != -1)
			continue;
		j = (i + 1) % 6;
		fk_packet_in(f, PORT(j), HOST(j), HOST(i % 6), OFP_NO_BUFFER,
		    0);
	}
}

TEST(flows_for_pairs_fill_the_table)
{
	struct fk	*f = crowded_pairs(203, false);
	unsigned int	 mods;

	CHECK(fk_dp(f)->d_coarse && count(f, CNT_flow_table_full) == 1);
	CHECK(f->f_nflows == 16 && fk_count(f, DP_ROLE_TO) == 0);
	/* Coarser rules take the place of pairs. */
	coarser(f);
	CHECK(fk_count(f, DP_ROLE_TO) == 6);
	CHECK(count(f, CNT_flow_table_full) == 1);
	/* Broadcasts come to us, and tell of moves. */
	mods = f->f_adds;
	fk_packet_in(f, 4, HOST(0), BCAST, OFP_NO_BUFFER, 0);
	CHECK(f->f_last_out == OFP_P_FLOOD && f->f_adds == mods);
	CHECK(find(f, DP_ROLE_TO, HOST(0)) == -1);
	fk_packet_in(f, PORT(5), HOST(5), HOST(0), OFP_NO_BUFFER, 0);
	CHECK(find(f, DP_ROLE_TO, HOST(0)) != -1 && f->f_last_out == 4);
	fk_close(f);
}

TEST(coarser_rules_are_lost_by_a_restart)
{
	struct fk	*f = crowded_pairs(204, false), *g;

	coarser(f);
	g = fk_connect(205, OFP_VERSION_13);
	g->f_tables = 1;
	g->f_size = 16;
	fk_copy(g, f, 50);
	fk_hello(g);
	CHECK(fk_dp(g)->d_coarse && g->f_adds + g->f_dels == 0);
	CHECK(fk_dp(g)->d_learn.l_count == 6);
	fk_close(f);
	fk_close(g);
}

/* Frames to hosts that nobody has, in a table of 100. */
TEST(unknown_destinations_fill_a_table)
{
	struct ofp_table_features	 tf = small[0];
	struct fk			*f = fk_connect(208, OFP_VERSION_13);
	unsigned int			 i;

	tf.tf_max_entries = 100;
	f->f_tf = &tf;
	f->f_ntf = f->f_tables = 1;
	f->f_size = 100;
	fk_hello(f);
	fk_packet_in(f, 2, HOST(1), BCAST, OFP_NO_BUFFER, 0);
	for (i = 0; i < 500; i++)
		fk_packet_in(f, 1, HOST(0), HOST(10 + i), OFP_NO_BUFFER, 0);
	CHECK(fk_count(f, DP_ROLE_BRIEF) < 10 && f->f_outs == 501);
	fk_packet_in(f, 1, HOST(0), HOST(1), OFP_NO_BUFFER, 0);
	CHECK(fk_count(f, DP_ROLE_PAIR) == 1 && !fk_dp(f)->d_coarse);
	CHECK(count(f, CNT_flow_table_full) == 0);
	fk_close(f);
}

static enum ofp_error
no_b(const struct ofp_flow *f)
{
	return (ofp_key_get(&f->f_match.m_key, OFP_XMT_ETH_DST) == B ?
	    OFP_FMFC_UNKNOWN : OFP_OK);
}

TEST(a_flow_that_is_refused_is_tried_for_ever)
{
	struct fk	*f = fk_connect(206, OFP_VERSION_13);
	unsigned int	 i;

	f->f_tables = 1;
	f->f_check = no_b;
	fk_hello(f);
	fk_packet_in(f, 1, A, BCAST, OFP_NO_BUFFER, 0);
	fk_packet_in(f, 2, B, A, OFP_NO_BUFFER, 0);
	for (i = 0; i < 20; i++)
		fk_packet_in(f, 1, A, B, OFP_NO_BUFFER, 0);
	CHECK(count(f, CNT_flow_refused) == 1 && f->f_last_out == 2);
	CHECK(count(f, CNT_flow_not_retried) == 19 && f->f_outs == 22);
	/* Others are not held up. */
	fk_packet_in(f, 2, B, A, OFP_NO_BUFFER, 0);
	fk_packet_in(f, 3, C, A, OFP_NO_BUFFER, 0);
	CHECK(fk_count(f, DP_ROLE_PAIR) == 2);
	/* Later it is tried once more. */
	fk_dp(f)->d_refused_since -= 61;
	tick(f);
	fk_packet_in(f, 1, A, B, OFP_NO_BUFFER, 0);
	fk_packet_in(f, 1, A, B, OFP_NO_BUFFER, 0);
	CHECK(count(f, CNT_flow_refused) == 2);
	CHECK(fk_dp(f)->d_refused_wait == 120);
	fk_close(f);
}

TEST(a_refused_source_is_tried_for_ever)
{
	struct fk	*f = fk_connect(207, OFP_VERSION_13);
	unsigned int	 i;

	f->f_check = no_b;
	fk_hello(f);
	for (i = 0; i < 20; i++) {
		fk_packet_in(f, 2, B, BCAST, OFP_NO_BUFFER, COPY);
		tick(f);
	}
	CHECK(count(f, CNT_flow_refused) == 1);
	CHECK(fk_count(f, DP_ROLE_SRC) == 1);
	fk_close(f);
}

int
main(void)
{
	return (test_main());
}
