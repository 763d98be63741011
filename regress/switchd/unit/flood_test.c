/*
 * SPDX-License-Identifier: ISC
 *
 * flood_test.c: the controller against switches that flood in one way only:
 * by FLOOD, ALL, a group or a list of ports; and that lose or get ports.
 */
#include <string.h>

#include "fake_switch.h"
#include "test.h"

/* Outputs of the flow of a role, by its first one or all. */
static unsigned int
outputs(const struct fk *f, enum dp_role role, uint32_t *group)
{
	struct ofp_instructions	in;
	struct ofp_action	ac;
	struct ofp_rd		rd;
	enum ofp_error		error;
	unsigned int		i, n = 0;

	*group = 0;
	for (i = 0; i < f->f_nflows; i++)
		if (dp_flow_role(f->f_flow[i].f_cookie) == role)
			break;
	if (i == f->f_nflows)
		return (0);
	ofp_rd_init(&rd, f->f_instr[i],
	    ofp_rd_left(&f->f_flow[i].f_instr_bytes));
	if (ofp_instructions_decode(&rd, &f->f_flow[i].f_match, &in) != OFP_OK)
		return (0);
	while (ofp_action_next(&in.in_apply, &ac, &error))
		if (ac.ac_type == OFP_AT_GROUP)
			*group = ac.u.group;
		else
			n++;
	return (n);
}

/* What it can do, tables; what has to be found. */
static struct fk *
limited(uint64_t dpid, uint8_t tables, bool all, bool group,
    enum dp_flood form)
{
	struct fk	*f = fk_connect(dpid, OFP_VERSION_13);

	f->f_tables = tables;
	f->f_no_flood = true;
	f->f_no_all = !all;
	f->f_no_group = !group;
	fk_hello(f);
	CHECK(fk_dp(f)->d_state == DP_UP && fk_dp(f)->d_flood == form);
	CHECK(fk_dp(f)->d_mode == (tables > 1 ? DP_PIPELINE : DP_REACTIVE));
	return (f);
}

/* The same switch after a restart of ours. */
static void
restart(const struct fk *f, uint64_t dpid, enum dp_flood form)
{
	struct fk	*g = fk_connect(dpid, OFP_VERSION_13);

	g->f_tables = f->f_tables;
	g->f_no_flood = f->f_no_flood;
	g->f_no_all = f->f_no_all;
	g->f_no_group = f->f_no_group;
	g->f_buckets = f->f_buckets;
	fk_copy(g, f, 10);
	fk_hello(g);
	CHECK(fk_dp(g)->d_state == DP_UP && fk_dp(g)->d_flood == form);
	/* With one table, pairs of hosts are tried. */
	CHECK(g->f_mods == (f->f_tables == 1 ? 2 : 0));
	CHECK(g->f_nflows == f->f_nflows);
	CHECK(g->f_buckets == f->f_buckets);
	fk_close(g);
}

TEST(all_is_not_tried)
{
	struct fk	*f = limited(300, 2, true, true, DP_FLOOD_ALL);

	CHECK(fk_count(f, DP_ROLE_FLOOD) == 1 && f->f_groups == 0);
	restart(f, 301, DP_FLOOD_ALL);
	fk_close(f);
	f = limited(302, 1, true, true, DP_FLOOD_ALL);
	fk_packet_in(f, 1, A, C, OFP_NO_BUFFER, 0);
	CHECK(f->f_last_out == OFP_P_ALL);
	fk_close(f);
}

TEST(a_group_has_not_all_ports)
{
	struct fk	*f = limited(303, 2, false, true, DP_FLOOD_GROUP);
	uint32_t	 group;
	unsigned int	 mods;

	CHECK(f->f_buckets == 4 && fk_count(f, DP_ROLE_FLOOD) == 1);
	CHECK(outputs(f, DP_ROLE_FLOOD, &group) == 0 && group == 0x53574443);
	fk_packet_in(f, 1, A, C, OFP_NO_BUFFER, OFP_COOKIE_NONE);
	CHECK(f->f_last_group == group && f->f_last_nout == 0);
	restart(f, 304, DP_FLOOD_GROUP);
	mods = f->f_mods;
	fk_port(f, 5, OFP_PR_ADD);
	CHECK(f->f_buckets == 5);
	fk_port(f, 5, OFP_PR_MODIFY);
	fk_port(f, 2, OFP_PR_DELETE);
	CHECK(f->f_buckets == 4 && f->f_groups == 4);
	/* But for the flows of the port that went: two deletes. */
	CHECK(f->f_mods == mods + 2);
	fk_close(f);
}

TEST(a_group_that_was_left_behind_is_in_the_way)
{
	struct fk	*f = fk_connect(305, OFP_VERSION_13);

	f->f_no_flood = f->f_no_all = true;
	f->f_buckets = 2;
	fk_hello(f);
	CHECK(fk_dp(f)->d_flood == DP_FLOOD_GROUP && f->f_buckets == 4);
	fk_close(f);
}

TEST(a_list_has_not_all_ports)
{
	struct fk	*f = limited(306, 2, false, false, DP_FLOOD_LIST);
	uint32_t	 group;

	CHECK(outputs(f, DP_ROLE_FLOOD, &group) == 4 && group == 0);
	fk_packet_in(f, 1, A, C, OFP_NO_BUFFER, OFP_COOKIE_NONE);
	CHECK(f->f_last_out == 2 && f->f_last_nout == 3);
	restart(f, 307, DP_FLOOD_LIST);
	fk_port(f, 5, OFP_PR_ADD);
	CHECK(outputs(f, DP_ROLE_FLOOD, &group) == 5);
	fk_port(f, 2, OFP_PR_DELETE);
	CHECK(outputs(f, DP_ROLE_FLOOD, &group) == 4);
	CHECK(fk_count(f, DP_ROLE_FLOOD) == 1);
	fk_close(f);
}

TEST(lists_of_one_table_are_not_renewed)
{
	struct fk	*f = limited(308, 1, false, false, DP_FLOOD_LIST);
	uint32_t	 group;

	CHECK(f->f_nflows == 1);
	fk_packet_in(f, 1, A, BCAST, OFP_NO_BUFFER, 0);
	CHECK(outputs(f, DP_ROLE_GROUP, &group) == 3);
	CHECK(f->f_last_out == 2 && f->f_last_nout == 3);
	restart(f, 309, DP_FLOOD_LIST);
	fk_port(f, 5, OFP_PR_ADD);
	dp_tick();
	pump(f);
	CHECK(fk_count(f, DP_ROLE_GROUP) == 0);
	fk_packet_in(f, 1, A, BCAST, OFP_NO_BUFFER, 0);
	CHECK(outputs(f, DP_ROLE_GROUP, &group) == 4);
	CHECK(f->f_last_nout == 4);
	dp_tick();
	pump(f);
	CHECK(fk_count(f, DP_ROLE_GROUP) == 1);
	fk_close(f);
}

TEST(packet_outs_go_nowhere)
{
	struct fk	*f = fk_connect(310, OFP_VERSION_13);

	f->f_no_out = true;		/* flows may have it */
	f->f_no_flood = f->f_no_all = true;
	fk_hello(f);
	CHECK(fk_dp(f)->d_flood == DP_FLOOD_FLOOD);
	fk_packet_in(f, 1, A, C, OFP_NO_BUFFER, OFP_COOKIE_NONE);
	CHECK(fk_dp(f)->d_flood == DP_FLOOD_ALL);
	fk_packet_in(f, 1, A, C, OFP_NO_BUFFER, OFP_COOKIE_NONE);
	CHECK(fk_dp(f)->d_flood == DP_FLOOD_GROUP && f->f_buckets == 4);
	fk_packet_in(f, 1, A, C, OFP_NO_BUFFER, OFP_COOKIE_NONE);
	CHECK(f->f_last_group != 0);
	fk_close(f);
}

TEST(a_switch_that_cannot_flood_is_given_up)
{
	struct fk	*f = fk_connect(311, OFP_VERSION_13);

	f->f_tables = 1;
	f->f_no_flood = f->f_no_all = f->f_no_group = true;
	fk_hello(f);
	CHECK(fk_dp(f)->d_state == DP_UP);
	fk_close(f);
}

int
main(void)
{
	return (test_main());
}
