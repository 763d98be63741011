/*
 * SPDX-License-Identifier: ISC
 *
 * dp_flow.c: our flows in a switch: what they look like, one row each.
 *
 * A flow is told by its cookie: the prefix says it is ours, the last byte what
 * it is for.  Deletes in 1.3 name the cookie, so nobody else's flow goes; 1.0
 * has no such filter, there flows are read back and deleted one by one
 * (dp_sync.c).
 */
#include "dp.h"

/* Cookie bits that say the role as well. */
#define DP_COOKIE_EXACT	0xffffffffffffffffULL

/* Of hosts that are nowhere: a local address, "SWDC" in it. */
#define DP_TRIAL_MAC	0x025357444300ULL
#define ETHERTYPE_ARP	0x0806
#define DP_BROADCAST	0xffffffffffffULL
#define DP_FLOW_LEN	33000	/* with as many outputs as there may be */

static const struct {
	uint16_t	fr_priority;
	uint8_t		fr_table;
	uint8_t		fr_fields;
	bool		fr_idle;	/* ages with its host */
} dp_flow_rows[DP_ROLE_COUNT] = {
[DP_ROLE_RESERVED] =	{ DP_PRIO_RESERVED, DP_TABLE_SRC, OFP_L2_DST, false },
[DP_ROLE_MISS] =	{ 0, DP_TABLE_SRC, 0, false },
[DP_ROLE_COPY] =	{ 0, DP_TABLE_SRC, 0, false },
[DP_ROLE_FLOOD] =	{ 0, DP_TABLE_DST, 0, false },
[DP_ROLE_PASS] =	{ 0, DP_TABLE_SRC, 0, false },
[DP_ROLE_SRC] =		{ DP_PRIO_LEARNED, DP_TABLE_SRC,
			    OFP_L2_IN_PORT | OFP_L2_VLAN | OFP_L2_SRC, true },
[DP_ROLE_DST] =		{ DP_PRIO_LEARNED, DP_TABLE_DST,
			    OFP_L2_VLAN | OFP_L2_DST, false },
[DP_ROLE_PAIR] =	{ DP_PRIO_LEARNED, DP_TABLE_SRC, OFP_L2_IN_PORT |
			    OFP_L2_VLAN | OFP_L2_SRC | OFP_L2_DST, true },
[DP_ROLE_GROUP] =	{ DP_PRIO_LEARNED, DP_TABLE_SRC, OFP_L2_IN_PORT |
			    OFP_L2_VLAN | OFP_L2_SRC | OFP_L2_DST, true },
[DP_ROLE_BRIEF] =	{ DP_PRIO_LEARNED, DP_TABLE_SRC, OFP_L2_IN_PORT |
			    OFP_L2_VLAN | OFP_L2_SRC | OFP_L2_DST, false },
[DP_ROLE_TO] =		{ DP_PRIO_TO, DP_TABLE_SRC,
			    OFP_L2_VLAN | OFP_L2_DST, true },
[DP_ROLE_ARP] =		{ DP_PRIO_ARP, DP_TABLE_SRC, OFP_L2_TYPE, false },
};

static const uint32_t	dp_controller = OFP_P_CONTROLLER;

static void	dp_flow_delete(struct dp *, struct ofp_l2_flow *, uint64_t);
static void	dp_flow_trial_flood(struct dp *);
static bool	dp_flow_base_row(struct dp *, enum dp_role,
		    struct ofp_l2_flow *);
static void	dp_flow_pass(struct dp *, unsigned int, struct ofp_l2_flow *);

enum dp_role
dp_flow_role(uint64_t cookie)
{
	uint64_t	role = cookie & ~DP_COOKIE_MASK;

	if ((cookie & DP_COOKIE_MASK) != DP_COOKIE || role >= DP_ROLE_COUNT)
		return (DP_ROLE_NONE);
	return ((enum dp_role)role);
}

bool
dp_flow_learned(enum dp_role role)
{
	return (role >= DP_ROLE_SRC && role <= DP_ROLE_TO &&
	    role != DP_ROLE_BRIEF);
}

enum dp_table
dp_flow_table(enum dp_role role)
{
	return (dp_flow_rows[role].fr_table);
}

uint16_t
dp_flow_idle(const struct dp *d)
{
	return (d->d_timeout > UINT16_MAX ? UINT16_MAX : d->d_timeout);
}

void
dp_flow_begin(const struct dp *d, struct ofp_l2_flow *lf, enum dp_role role,
    enum ofp_flow_command command)
{
	ofp_l2_flow_init(lf, command);
	lf->lf_cookie = DP_COOKIE | role;
	lf->lf_table = dp_flow_table(role) == DP_TABLE_SRC ?
	    d->d_table_src : d->d_table_dst;
	lf->lf_priority = dp_flow_rows[role].fr_priority;
	lf->lf_fields = dp_flow_rows[role].fr_fields;
	if (role >= DP_ROLE_PAIR && d->d_no_in_port)
		lf->lf_fields &= ~OFP_L2_IN_PORT;
	if (command != OFP_FC_ADD)
		return;
	if (dp_flow_rows[role].fr_idle)
		lf->lf_idle = dp_flow_idle(d);
	if (role == DP_ROLE_BRIEF)
		lf->lf_hard = 2;
	else
		lf->lf_flags = OFP_FF_SEND_FLOW_REM;
}

void
dp_flow_send(struct dp *d, struct conn *c, struct ofp_l2_flow *lf)
{
	counter_inc(&d->d_counters, CNT_flow_mod);
	if (lf->lf_command == OFP_FC_ADD &&
	    (lf->lf_flags & OFP_FF_SEND_FLOW_REM) != 0)
		dp_room_count(d, dp_flow_role(lf->lf_cookie), 1);
	ofp_l2_flow_encode(conn_wr(c), d->d_version, dp_room_xid(lf), lf);
}

/* What it does is flood. */
void
dp_flow_floods(const struct dp *d, uint32_t in_port, struct ofp_l2_flow *lf)
{
	struct dp_outs	o;

	dp_flood_get(d, in_port, &o);
	lf->lf_out = o.o_out;
	lf->lf_nout = o.o_nout;
	lf->lf_group = o.o_group;
}

/*
 * Base flows: they stand while we are there.
 */

/* False when the switch is not to have it. */
static bool
dp_flow_base_row(struct dp *d, enum dp_role role, struct ofp_l2_flow *lf)
{
	dp_flow_begin(d, lf, role, OFP_FC_ADD);
	lf->lf_meter = d->d_rate == 0 ? 0 : dp_meter_of(d, role);
	switch (role) {
	case DP_ROLE_RESERVED:
		lf->lf_dst = DP_RESERVED;
		lf->lf_dst_mask = DP_RESERVED_MASK;
		return (d->d_mode == DP_PIPELINE);
	case DP_ROLE_COPY:
		lf->lf_nout = 1;
		lf->lf_out = &dp_controller;
		lf->lf_goto = d->d_table_dst;
		return (d->d_mode == DP_PIPELINE);
	case DP_ROLE_FLOOD:
		dp_flow_floods(d, OFP_P_ANY, lf);
		return (d->d_mode == DP_PIPELINE);
	case DP_ROLE_ARP:
		lf->lf_type = ETHERTYPE_ARP;
		lf->lf_nout = 1;
		lf->lf_out = &dp_controller;
		lf->lf_goto = d->d_mode == DP_PIPELINE ? d->d_table_dst : 0;
		return (lf->lf_meter != 0);
	case DP_ROLE_MISS:
		lf->lf_nout = 1;
		lf->lf_out = &dp_controller;
		return (d->d_mode == DP_REACTIVE &&
		    d->d_version != OFP_VERSION_10);
	default:
		return (false);
	}
}

/* Send those that are not in have (bits by role); all that there are. */
uint16_t
dp_flow_base(struct dp *d, uint16_t have)
{
	/* Destinations first: a frame sent on must find its table. */
	static const enum dp_role order[] = {
		DP_ROLE_FLOOD, DP_ROLE_RESERVED, DP_ROLE_ARP, DP_ROLE_COPY,
		DP_ROLE_MISS
	};
	struct ofp_l2_flow	lf;
	uint16_t		all = 0;
	unsigned int		i;

	for (i = 0; i < nitems(order); i++) {
		if (!dp_flow_base_row(d, order[i], &lf))
			continue;
		all |= 1U << order[i];
		if ((have & 1U << order[i]) == 0)
			dp_flow_send(d, d->d_conn, &lf);
	}
	for (i = d->d_npass; i-- > 0;) {
		if (d->d_pass_found & 1U << i)
			continue;
		dp_flow_pass(d, i, &lf);
		dp_flow_send(d, d->d_conn, &lf);
		d->d_pass_found |= 1U << i;
	}
	return (all);
}

/* From a table on the way to the next one. */
static void
dp_flow_pass(struct dp *d, unsigned int i, struct ofp_l2_flow *lf)
{
	dp_flow_begin(d, lf, DP_ROLE_PASS, OFP_FC_ADD);
	lf->lf_table = d->d_pass[i];
	lf->lf_goto = i + 1 < d->d_npass ? d->d_pass[i + 1] : d->d_table_src;
}

/*
 * Flows as they will be learned, for a host that is not there, and away again:
 * what a switch says it can do is not always what it does.
 */
void
dp_flow_trial(struct dp *d, bool hosts, bool flood)
{
	const struct learn_host	lh = {
		.lh_word = DP_TRIAL_MAC << 16,
		.lh_port = d->d_nports > 0 ? d->d_ports[0].dt_no : 1
	};
	struct ofp_l2_flow	lf;

	if (flood && d->d_mode == DP_REACTIVE)
		dp_flow_trial_flood(d);
	if (!hosts)
		return;
	if (d->d_mode == DP_PIPELINE) {
		dp_flow_dst(d, OFP_FC_ADD, &lh);
		dp_flow_src(d, OFP_FC_ADD, &lh, lh.lh_port);
		dp_flow_src(d, OFP_FC_DELETE_STRICT, &lh, lh.lh_port);
		dp_flow_dst(d, OFP_FC_DELETE_STRICT, &lh);
		dp_room_count(d, DP_ROLE_SRC, -1);
		dp_room_count(d, DP_ROLE_DST, -1);
		return;
	}
	dp_flow_begin(d, &lf, DP_ROLE_PAIR, OFP_FC_ADD);
	lf.lf_in_port = lh.lh_port;
	lf.lf_src = DP_TRIAL_MAC;
	lf.lf_dst = DP_TRIAL_MAC + 1;
	lf.lf_nout = 1;
	lf.lf_out = &lh.lh_port;
	lf.lf_flags = 0;
	dp_flow_send(d, d->d_conn, &lf);
	lf.lf_command = OFP_FC_DELETE_STRICT;
	dp_flow_delete(d, &lf, DP_COOKIE_EXACT);
}

static void
dp_flow_trial_flood(struct dp *d)
{
	struct ofp_l2_flow	lf;

	dp_flow_begin(d, &lf, DP_ROLE_GROUP, OFP_FC_ADD);
	lf.lf_in_port = d->d_nports > 0 ? d->d_ports[0].dt_no : 1;
	lf.lf_src = DP_TRIAL_MAC;
	lf.lf_dst = DP_BROADCAST;
	lf.lf_flags = 0;
	dp_flow_floods(d, lf.lf_in_port, &lf);
	dp_flow_send(d, d->d_conn, &lf);
	lf.lf_command = OFP_FC_DELETE_STRICT;
	dp_flow_delete(d, &lf, DP_COOKIE_EXACT);
}

/* Is what the switch has what we would send? */
bool
dp_flow_base_same(struct dp *d, enum dp_role role,
    const struct ofp_flow_stats *fs)
{
	struct ofp_l2_flow	lf;
	struct ofp_flow		f;
	struct ofp_hdr		h;
	struct ofp_wr		wr;
	struct ofp_rd		rd;
	static uint8_t		buf[DP_FLOW_LEN];

	if (!dp_flow_base_row(d, role, &lf))
		return (false);
	ofp_wr_init(&wr, buf, sizeof(buf));
	ofp_l2_flow_encode(&wr, OFP_VERSION_13, 0, &lf);
	if (ofp_msg_check(buf, ofp_wr_pos(&wr), OFP_VERSION_13, OFP_TO_SWITCH,
	    &h, &rd) != OFP_OK || ofp_flow_decode(&rd, &f) != OFP_OK)
		return (false);
	return (fs->fs_table == f.f_table && fs->fs_priority == f.f_priority &&
	    fs->fs_idle == 0 && fs->fs_hard == 0 &&
	    ofp_match_equal(&fs->fs_match, &f.f_match) &&
	    ofp_rd_left(&fs->fs_instr) == ofp_rd_left(&f.f_instr_bytes) &&
	    memcmp(fs->fs_instr.rd_p, f.f_instr_bytes.rd_p,
	    ofp_rd_left(&fs->fs_instr)) == 0);
}

/* One that does something else: will ours be written over it? */
bool
dp_flow_base_over(struct dp *d, enum dp_role role,
    const struct ofp_flow_stats *fs)
{
	struct ofp_l2_flow	lf;

	if (role != DP_ROLE_FLOOD && role != DP_ROLE_MISS &&
	    role != DP_ROLE_COPY)
		return (false);
	return (dp_flow_base_row(d, role, &lf) && fs->fs_table == lf.lf_table &&
	    fs->fs_priority == lf.lf_priority && fs->fs_match.m_fields == 0);
}

/*
 * A host's two flows in a pipeline.
 */

/* False when it was refused already. */
bool
dp_flow_src(struct dp *d, enum ofp_flow_command command,
    const struct learn_host *lh, uint32_t port)
{
	struct ofp_l2_flow	lf;

	dp_flow_begin(d, &lf, DP_ROLE_SRC, command);
	lf.lf_in_port = port;
	lf.lf_src = learn_mac(lh);
	lf.lf_vlan = learn_vlan(lh);
	if (command == OFP_FC_ADD)
		lf.lf_goto = d->d_table_dst;
	else
		lf.lf_cookie_mask = DP_COOKIE_EXACT;
	if (command == OFP_FC_ADD && dp_room_was_refused(d, &lf))
		return (false);
	dp_flow_send(d, d->d_conn, &lf);
	return (true);
}

bool
dp_flow_dst(struct dp *d, enum ofp_flow_command command,
    const struct learn_host *lh)
{
	struct ofp_l2_flow	lf;

	dp_flow_begin(d, &lf, DP_ROLE_DST, command);
	lf.lf_dst = learn_mac(lh);
	lf.lf_vlan = learn_vlan(lh);
	if (command == OFP_FC_ADD) {
		lf.lf_nout = 1;
		lf.lf_out = &lh->lh_port;
	} else
		lf.lf_cookie_mask = DP_COOKIE_EXACT;
	if (command == OFP_FC_ADD && dp_room_was_refused(d, &lf))
		return (false);
	dp_flow_send(d, d->d_conn, &lf);
	return (true);
}

/*
 * Deleting.
 */

/* Flows of a role, or of all for DP_ROLE_NONE; 1.3 only. */
static void
dp_flow_delete(struct dp *d, struct ofp_l2_flow *lf, uint64_t mask)
{
	lf->lf_cookie_mask = mask;
	dp_flow_send(d, d->d_conn, lf);
}

/* Everything that came in or goes out by a port. */
void
dp_flow_delete_port(struct dp *d, uint32_t port)
{
	struct ofp_l2_flow	lf;

	if (d->d_version == OFP_VERSION_10) {
		dp_sync_want(d);
		return;
	}
	dp_flow_begin(d, &lf, d->d_mode == DP_PIPELINE ? DP_ROLE_SRC :
	    DP_ROLE_PAIR, OFP_FC_DELETE);
	lf.lf_fields = OFP_L2_IN_PORT;
	lf.lf_in_port = port;
	if (!d->d_no_in_port)
		dp_flow_delete(d, &lf, DP_COOKIE_MASK);
	else
		dp_sync_want(d);	/* what came in by it does not tell */
	dp_flow_begin(d, &lf, d->d_mode == DP_PIPELINE ? DP_ROLE_DST :
	    DP_ROLE_PAIR, OFP_FC_DELETE);
	lf.lf_fields = 0;
	lf.lf_out_filter = port;
	dp_flow_delete(d, &lf, DP_COOKIE_EXACT);
	if (!d->d_coarse)
		return;
	lf.lf_cookie = DP_COOKIE | DP_ROLE_TO;
	dp_flow_delete(d, &lf, DP_COOKIE_EXACT);
}

/* What stands for a host behind that port: it moved, or is forgotten. */
void
dp_flow_delete_host(struct dp *d, const struct learn_host *lh, uint32_t port)
{
	struct ofp_l2_flow	lf;

	if (d->d_version == OFP_VERSION_10) {
		dp_sync_want(d);
		return;
	}
	if (d->d_mode == DP_PIPELINE) {
		dp_flow_src(d, OFP_FC_DELETE_STRICT, lh, port);
		return;
	}
	dp_flow_begin(d, &lf, DP_ROLE_PAIR, OFP_FC_DELETE);
	lf.lf_fields = OFP_L2_VLAN | OFP_L2_SRC;
	if (!d->d_no_in_port)
		lf.lf_fields |= OFP_L2_IN_PORT;
	lf.lf_in_port = port;
	lf.lf_vlan = learn_vlan(lh);
	lf.lf_src = learn_mac(lh);
	dp_flow_delete(d, &lf, DP_COOKIE_MASK);
	lf.lf_fields = OFP_L2_VLAN | OFP_L2_DST;
	lf.lf_dst = learn_mac(lh);
	dp_flow_delete(d, &lf, DP_COOKIE_MASK);
}

/* One that was read back and fits, to make room. */
void
dp_flow_delete_one(struct dp *d, const struct dp_found *fo)
{
	struct ofp_l2_flow	lf;

	dp_flow_begin(d, &lf, fo->fo_role, OFP_FC_DELETE_STRICT);
	lf.lf_in_port = fo->fo_in_port;
	lf.lf_vlan = fo->fo_vlan;
	lf.lf_src = fo->fo_src;
	lf.lf_dst = fo->fo_dst;
	dp_flow_delete(d, &lf, DP_COOKIE_EXACT);
}

/* All of a role. */
void
dp_flow_delete_role(struct dp *d, enum dp_role role)
{
	struct ofp_l2_flow	lf;

	if (d->d_version == OFP_VERSION_10) {
		dp_sync_want(d);
		return;
	}
	dp_flow_begin(d, &lf, role, OFP_FC_DELETE);
	lf.lf_fields = 0;
	dp_flow_delete(d, &lf, DP_COOKIE_EXACT);
}

/* All of ours in all tables. */
void
dp_flow_delete_all(struct dp *d)
{
	struct ofp_l2_flow	lf;

	if (d->d_version == OFP_VERSION_10) {
		dp_sync_want(d);
		return;
	}
	dp_flow_begin(d, &lf, DP_ROLE_NONE, OFP_FC_DELETE);
	lf.lf_table = OFP_TT_ALL;
	dp_flow_delete(d, &lf, DP_COOKIE_MASK);
}

/* One that was read back, exactly. */
void
dp_flow_delete_found(struct dp *d, const struct ofp_flow_stats *fs)
{
	struct ofp_flow	f;

	counter_inc(&d->d_counters, CNT_flow_stale);
	counter_inc(&d->d_counters, CNT_flow_mod);
	ofp_flow_init(&f, OFP_FC_DELETE_STRICT);
	f.f_table = fs->fs_table;
	f.f_priority = fs->fs_priority;
	f.f_match = fs->fs_match;
	f.f_cookie = fs->fs_cookie;
	if (d->d_version == OFP_VERSION_10) {
		(void)ofp10_flow_encode(conn_wr(d->d_conn), DP_XID_LEARN, &f);
		return;
	}
	f.f_cookie_mask = DP_COOKIE_EXACT;
	ofp_flow_encode(conn_wr(d->d_conn), DP_XID_LEARN, &f);
}
