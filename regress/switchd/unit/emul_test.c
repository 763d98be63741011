/*
 * SPDX-License-Identifier: ISC
 *
 * emul_test.c: the controller against switches that can only do some things,
 * as hardware does (facts: FEATURES, part D).  Each says what its tables are
 * and refuses what the real one refuses; hosts must reach each other, and
 * flows must land where the hardware can have them.
 */
#include <string.h>

#include "fake_switch.h"
#include "test.h"

#define F(f)	OFP_FIELD_BIT(OFP_XMT_##f)
#define L2	(F(IN_PORT) | F(ETH_SRC) | F(ETH_DST) | F(VLAN_VID) | \
		 F(ETH_TYPE))
#define GOTO	(1U << OFP_IT_GOTO_TABLE)
#define APPLY	(1U << OFP_IT_APPLY_ACTIONS)
#define OUTPUT	(1U << OFP_AT_OUTPUT)
#define PROPS	(1U << OFP_TFPT_INSTRUCTIONS | 1U << OFP_TFPT_NEXT_TABLES | \
		    1U << OFP_TFPT_APPLY_ACTIONS | 1U << OFP_TFPT_MATCH | \
		    1U << OFP_TFPT_WILDCARDS)

/* HP ProVision, standard match: a shortcut, hardware, software. */
static const struct ofp_table_features	hp_tables[] = {
	{ .tf_table = 0, .tf_name = "Start", .tf_props = PROPS,
	    .tf_instr = { GOTO }, .tf_next = { { 0, 1ULL << (100 - 64) } } },
	{ .tf_table = 100, .tf_name = "Policy Engine Table",
	    .tf_props = PROPS, .tf_instr = { GOTO | APPLY },
	    .tf_apply = { OUTPUT }, .tf_match = L2, .tf_wildcards = L2,
	    .tf_next = { { 0, 0, 0, 1ULL << (200 - 192) } } },
	{ .tf_table = 200, .tf_name = "SW Table 1", .tf_props = PROPS,
	    .tf_instr = { APPLY }, .tf_apply = { OUTPUT }, .tf_match = L2,
	    .tf_wildcards = L2 }
};

/* HPE Comware: MAC-IP knows VLAN and destination only, then extensibility. */
static const struct ofp_table_features	comware_tables[] = {
	{ .tf_table = 0, .tf_name = "MAC-IP", .tf_props = PROPS,
	    .tf_instr = { GOTO | APPLY }, .tf_apply = { OUTPUT },
	    .tf_match = F(ETH_DST) | F(VLAN_VID), .tf_next = { { 2 } } },
	{ .tf_table = 1, .tf_name = "Extensibility", .tf_props = PROPS,
	    .tf_instr = { APPLY }, .tf_apply = { OUTPUT }, .tf_match = L2,
	    .tf_wildcards = L2 }
};

/* V2 and V3 ASICs: an input port only with an Ethernet type. */
static enum ofp_error
hp_v2(const struct ofp_flow *f)
{
	if (f->f_table == 0 && f->f_instr.in_present != GOTO)
		return (OFP_BIC_UNSUP_INST);
	if (f->f_table == 100 && f->f_match.m_fields & F(IN_PORT) &&
	    (f->f_match.m_fields & F(ETH_TYPE)) == 0)
		return (OFP_FMFC_UNKNOWN);
	return (OFP_OK);
}

/* V1: no Ethernet addresses at all. */
static enum ofp_error
hp_v1(const struct ofp_flow *f)
{
	if (f->f_table == 100 &&
	    f->f_match.m_fields & (F(ETH_SRC) | F(ETH_DST)))
		return (OFP_FMFC_UNKNOWN);
	return (hp_v2(f));
}

static enum ofp_error
no_flood(const struct ofp_flow *f)
{
	struct ofp_rd		rd = f->f_instr.in_apply;
	struct ofp_action	ac;
	enum ofp_error		error;

	while (ofp_action_next(&rd, &ac, &error))
		if (ac.ac_type == OFP_AT_OUTPUT &&
		    ac.u.output.port == OFP_P_FLOOD)
			return (OFP_BAC_BAD_OUT_PORT);
	return (OFP_OK);
}

static struct fk *
emulate(uint64_t dpid, const struct ofp_table_features *tf, unsigned int n,
    enum ofp_error (*check)(const struct ofp_flow *))
{
	struct fk	*f = fk_connect(dpid, OFP_VERSION_13);

	f->f_tables = n;
	f->f_tf = tf;
	f->f_ntf = n;
	f->f_check = check;
	return (f);
}

/* A flow of a role, in a table; with that goto (0: any). */
static unsigned int
has(const struct fk *f, enum dp_role role, uint8_t table, uint8_t next)
{
	unsigned int	i, n = 0;

	for (i = 0; i < f->f_nflows; i++)
		n += dp_flow_role(f->f_flow[i].f_cookie) == role &&
		    f->f_flow[i].f_table == table &&
		    (next == 0 || f->f_flow[i].f_instr.in_goto == next);
	return (n);
}

/* Two hosts talk: a packet-in answered by a flow, right both ways. */
static void
talk(struct fk *f)
{
	fk_packet_in(f, 1, A, BCAST, OFP_NO_BUFFER, OFP_COOKIE_NONE);
	fk_packet_in(f, 2, B, A, OFP_NO_BUFFER, OFP_COOKIE_NONE);
	CHECK(f->f_last_out == 1);
	fk_packet_in(f, 1, A, B, OFP_NO_BUFFER, OFP_COOKIE_NONE);
	CHECK(f->f_last_out == 2);
}

/* The same switch, after a restart of ours (another id does for that). */
static void
restart(struct fk *f, uint64_t dpid)
{
	struct fk	*g = emulate(dpid, f->f_tf, f->f_ntf, f->f_check);

	memcpy(g->f_flow, f->f_flow, sizeof(f->f_flow));
	memcpy(g->f_instr, f->f_instr, sizeof(f->f_instr));
	g->f_nflows = f->f_nflows;
	fk_hello(g);
	CHECK(fk_dp(g)->d_state == DP_UP && g->f_mods == 0);
	CHECK(fk_dp(g)->d_learn.l_count == 2);
	CHECK(fk_dp(g)->d_table_src == fk_dp(f)->d_table_src);
	fk_close(g);
}

TEST(hp_v2_flows_are_in_software)
{
	struct fk	*f = emulate(100, hp_tables, 3, hp_v2);

	fk_hello(f);
	CHECK(fk_dp(f)->d_state == DP_UP && fk_dp(f)->d_mode == DP_REACTIVE);
	CHECK(has(f, DP_ROLE_PASS, 0, 100) == 1);
	CHECK(has(f, DP_ROLE_MISS, 100, 0) == 1);
	talk(f);
	CHECK(has(f, DP_ROLE_PAIR, 100, 0) == 2);
	restart(f, 101);
	/* A move is seen by the first broadcast. */
	fk_packet_in(f, 3, B, BCAST, OFP_NO_BUFFER, OFP_COOKIE_NONE);
	CHECK(has(f, DP_ROLE_PAIR, 100, 0) == 0);
	fk_close(f);
}

TEST(hp_v1_gets_flows_it_refuses)
{
	struct fk	*f = emulate(102, hp_tables, 3, hp_v1);

	fk_hello(f);
	CHECK(fk_dp(f)->d_state == DP_UP && fk_dp(f)->d_mode == DP_REACTIVE);
	CHECK(has(f, DP_ROLE_PASS, 0, 100) == 1);
	CHECK(has(f, DP_ROLE_PASS, 100, 200) == 1);
	CHECK(has(f, DP_ROLE_MISS, 200, 0) == 1);
	talk(f);
	CHECK(has(f, DP_ROLE_PAIR, 200, 0) == 2);
	restart(f, 103);
	fk_close(f);
}

TEST(comware_sources_go_to_the_mac_ip_table)
{
	struct fk	*f = emulate(104, comware_tables, 2, NULL);

	fk_hello(f);
	CHECK(fk_dp(f)->d_state == DP_UP && fk_dp(f)->d_mode == DP_REACTIVE);
	CHECK(has(f, DP_ROLE_PASS, 0, 1) == 1);
	talk(f);
	CHECK(has(f, DP_ROLE_PAIR, 1, 0) == 2);
	restart(f, 105);
	fk_close(f);
}

TEST(a_switch_without_flood_gets_none)
{
	struct fk	*f = emulate(106, NULL, 2, no_flood);

	fk_hello(f);
	CHECK(fk_dp(f)->d_state == DP_UP && fk_dp(f)->d_mode == DP_PIPELINE);
	CHECK(fk_dp(f)->d_flood == OFP_P_ALL);
	CHECK(fk_count(f, DP_ROLE_FLOOD) == 1);
	fk_close(f);
}

TEST(a_trial_leaves_flows)
{
	struct fk	*f = emulate(107, NULL, 2, NULL);

	fk_hello(f);
	CHECK(f->f_nflows == 3 && fk_dp(f)->d_flows == 3);
	fk_close(f);
	f = emulate(108, NULL, 1, NULL);
	fk_hello(f);
	CHECK(f->f_nflows == 1 && fk_dp(f)->d_flows == 1);
	fk_close(f);
}

int
main(void)
{
	return (test_main());
}
