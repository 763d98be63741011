/*
 * SPDX-License-Identifier: ISC
 *
 * dp_setup.c: from FEATURES_REPLY to a switch that works.
 *
 *	DP_ASK	set config; what are you, which ports, which tables; barrier
 *	DP_READ	which of our flows do you have?  (dp_sync.c)
 *	DP_BASE	the base flows that are missing; barrier
 *
 * What a switch says it can do is where we begin, and what it answers to the
 * base flows decides: an error to one of them, and the next plan is tried.
 * One that answers nothing at all is taken as it is after some seconds.
 * Packets are answered from the first one on, without flows until the end.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "dp.h"
#include "log.h"

#define DP_SETUP_LIMIT	3	/* s for each state */

/*
 * The plans, in order: two tables; then each table that might do alone, with
 * pairs on a port and without.  How the switch floods is tried apart, in each.
 */
enum { PLAN_PIPELINE, PLAN_REACTIVE };

static void	dp_setup_ask13(struct dp *);
static void	dp_setup_ask10(struct dp *);
static void	dp_setup_barrier_send(struct dp *);
static void	dp_setup_asked(struct dp *);
static void	dp_setup_choose(struct dp *, const char *);
static bool	dp_setup_tables(struct dp *);
static bool	dp_setup_plan(struct dp *, unsigned int, const char *);
static void	dp_setup_way(struct dp *);
static void	dp_setup_size(struct dp *);
static enum ofp_error dp_setup_tables10(struct dp *, struct ofp_rd *);
static void	dp_setup_base(struct dp *);
static void	dp_setup_done(struct dp *, const char *);
static enum ofp_error dp_setup_desc(struct dp *, struct ofp_rd *);
static enum ofp_error dp_setup_ports(struct dp *, struct ofp_rd *);
static enum ofp_error dp_setup_features(struct dp *, struct ofp_rd *);

#define BIT_SET(set, n)	((set)[(n) / 8] |= 1U << (n) % 8)
#define BIT_HAS(set, n)	(((set)[(n) / 8] >> (n) % 8 & 1) != 0)

void
dp_setup_start(struct dp *d)
{
	struct dp_setup	*su;

	dp_setup_free(d);
	d->d_mode = DP_REACTIVE;
	d->d_table_src = d->d_table_dst = 0;
	d->d_npass = d->d_pass_found = 0;
	d->d_no_in_port = false;
	d->d_flood = DP_FLOOD_FLOOD;
	d->d_sync_xid = 0;
	d->d_refused_wait = 0;
	dp_room_reset(d);
	dp_set_state(d, DP_ASK);
	su = d->d_setup = calloc(1, sizeof(*su));
	if (su == NULL) {
		dp_set_state(d, DP_UP);
		return;
	}
	su->su_since = conn_now();
	su->su_first = d->d_conn->c_xid + 1;
	dp_meter_ask(d);
	if (d->d_version == OFP_VERSION_10)
		dp_setup_ask10(d);
	else
		dp_setup_ask13(d);
	dp_setup_barrier_send(d);
}

void
dp_setup_free(struct dp *d)
{
	free(d->d_setup);
	d->d_setup = NULL;
	if (d->d_state == DP_DOWN)
		dp_profile_forget(d);
}

/*
 * DP_ASK
 */

static void
dp_setup_ask13(struct dp *d)
{
	static const uint16_t	 types[] = {
		OFP_MP_DESC, OFP_MP_PORT_DESC, OFP_MP_TABLE_FEATURES
	};
	struct ofp_config	 cf = { OFP_FRAG_NORMAL, OFP_CML_NO_BUFFER };
	struct conn		*c = d->d_conn;
	struct ofp_wr		*wr = conn_wr(c);
	unsigned int		 i;
	size_t			 start;

	ofp_config_encode(wr, OFP_VERSION_13, true, conn_next_xid(c), &cf);
	for (i = 0; i < nitems(types); i++) {
		start = ofp_mp_begin(wr, false, conn_next_xid(c), types[i]);
		ofp_mp_end(wr, start, false);
	}
	d->d_setup->su_features_xid = c->c_xid;
	d->d_setup->su_features_due = d->d_tables > 1;
}

static void
dp_setup_ask10(struct dp *d)
{
	struct ofp_config	 cf = { OFP_FRAG_NORMAL, OFP_CML_NO_BUFFER };
	struct conn		*c = d->d_conn;
	struct ofp_wr		*wr = conn_wr(c);
	size_t			 start;

	ofp_config_encode(wr, OFP_VERSION_10, true, conn_next_xid(c), &cf);
	start = ofp10_stats_begin(wr, false, conn_next_xid(c), OFP_MP_DESC);
	ofp_msg_end(wr, start);
	start = ofp10_stats_begin(wr, false, conn_next_xid(c), OFP_MP_TABLE);
	ofp_msg_end(wr, start);
}

static void
dp_setup_barrier_send(struct dp *d)
{
	struct dp_setup	*su = d->d_setup;

	su->su_barrier = su->su_last = conn_next_xid(d->d_conn);
	ofp_msg_bare(conn_wr(d->d_conn), d->d_version,
	    d->d_version == OFP_VERSION_10 ?
	    (int)OFP10_T_BARRIER_REQUEST : (int)OFP_T_BARRIER_REQUEST,
	    su->su_barrier);
}

void
dp_setup_multipart(struct dp *d, const struct ofp_mp *mp, struct ofp_rd *rd)
{
	enum ofp_error	error = OFP_OK;

	switch (mp->mp_type) {
	case OFP_MP_DESC:
		error = dp_setup_desc(d, rd);
		break;
	case OFP_MP_PORT_DESC:
		error = dp_setup_ports(d, rd);
		break;
	case OFP_MP_METER_FEATURES:
		error = dp_meter_features(d, rd);
		break;
	case OFP_MP_TABLE:
		if (d->d_version == OFP_VERSION_10)
			error = dp_setup_tables10(d, rd);
		break;
	case OFP_MP_TABLE_FEATURES:
		if (d->d_setup == NULL)
			break;
		error = dp_setup_features(d, rd);
		if ((mp->mp_flags & OFP_MPF_MORE) == 0)
			d->d_setup->su_features_due = false;
		dp_setup_asked(d);
		break;
	default:
		counter_inc(&d->d_counters, CNT_msg_unexpected);
		break;
	}
	/* What was understood of it counts, and an error might do harm. */
	if (error != OFP_OK)
		counter_inc(&d->d_counters, CNT_bad_message);
}

static enum ofp_error
dp_setup_desc(struct dp *d, struct ofp_rd *rd)
{
	struct ofp_desc	 de;
	enum ofp_error	 error;
	char		*s;

	if ((error = ofp_desc_decode(rd, &de)) != OFP_OK ||
	    asprintf(&s, "%s, %s, %s", de.de_mfr, de.de_hw, de.de_sw) == -1)
		return (error);
	free(d->d_desc);
	d->d_desc = s;
	return (OFP_OK);
}

static enum ofp_error
dp_setup_ports(struct dp *d, struct ofp_rd *rd)
{
	struct ofp_port	po;
	enum ofp_error	error = OFP_OK;

	while (ofp_rd_left(rd) > 0 &&
	    (error = ofp_port_decode(rd, &po)) == OFP_OK)
		dp_port_update(d, &po, false);
	return (error);
}

/* Which part could a table have?  7.3.5.5. */
static enum ofp_error
dp_setup_features(struct dp *d, struct ofp_rd *rd)
{
	const uint64_t	src = OFP_FIELD_BIT(OFP_XMT_IN_PORT) |
	    OFP_FIELD_BIT(OFP_XMT_ETH_SRC) | OFP_FIELD_BIT(OFP_XMT_VLAN_VID);
	const uint64_t	dst = OFP_FIELD_BIT(OFP_XMT_ETH_DST) |
	    OFP_FIELD_BIT(OFP_XMT_VLAN_VID);
	const uint32_t	apply = 1U << OFP_IT_APPLY_ACTIONS;
	struct ofp_table_features	 tf;
	struct dp_setup_table		*st;
	struct dp_setup			*su = d->d_setup;
	enum ofp_error			 error = OFP_OK;
	uint32_t			 instr, act;
	unsigned int			 i;

	while (ofp_table_features_next(rd, &tf, &error)) {
		su->su_features = true;
		if (su->su_ntables == DP_SETUP_TABLES)
			continue;
		st = &su->su_table[su->su_ntables++];
		st->st_id = tf.tf_table;
		st->st_max = tf.tf_max_entries;
		/* What is not said of the miss is as for the match. */
		i = (tf.tf_props & 1U << OFP_TFPT_INSTRUCTIONS_MISS) != 0;
		instr = tf.tf_instr[0] & tf.tf_instr[i];
		i = (tf.tf_props & 1U << OFP_TFPT_APPLY_ACTIONS_MISS) != 0;
		act = tf.tf_apply[0] & tf.tf_apply[i];
		for (i = 0; i < OFP_TT_MAX; i++)
			if (tf.tf_next[0][i / 64] >> i % 64 & 1)
				BIT_SET(st->st_next, i);
		if ((instr & apply) == 0 || (act & 1U << OFP_AT_OUTPUT) == 0)
			continue;
		st->st_src = (tf.tf_match & src) == src;
		st->st_dst = (tf.tf_match & dst) == dst;
	}
	return (error);
}

/* Some answer the barrier first, and say later what their tables are. */
static void
dp_setup_asked(struct dp *d)
{
	const struct dp_setup	*su = d->d_setup;

	if (d->d_state == DP_ASK && su->su_barrier_said != NULL &&
	    !su->su_features_due)
		dp_setup_choose(d, su->su_barrier_said);
}

static void
dp_setup_choose(struct dp *d, const char *why)
{
	struct dp_setup	*su = d->d_setup;

	su->su_since = conn_now();
	su->su_changed = false;
	dp_flood_set(d, DP_FLOOD_FLOOD, false, "accepted");
	dp_profile(d, "barrier", why, su->su_barrier_ok ? "yes" : "no");
	if (d->d_version == OFP_VERSION_10)
		dp_setup_plan(d, PLAN_REACTIVE, "OpenFlow 1.0");
	else if (d->d_tables < 2)
		dp_setup_plan(d, PLAN_REACTIVE, "it has one table");
	else if (dp_setup_tables(d))
		dp_setup_plan(d, PLAN_PIPELINE, su->su_features ?
		    "by its table features" :
		    "no table features: by trial");
	else
		dp_setup_plan(d, PLAN_REACTIVE, su->su_features ?
		    "no two tables fit" : "it does not answer");
	dp_set_state(d, DP_READ);
	dp_sync_start(d);
}

/* Packets begin in table 0. */
static bool
dp_setup_reached(const struct dp_setup *su, const struct dp_setup_table *st)
{
	return (st->st_id == 0 ||
	    BIT_HAS(su->su_table[0].st_next, st->st_id));
}

/* Two tables that fit, the first reachable from table 0. */
static bool
dp_setup_tables(struct dp *d)
{
	struct dp_setup			*su = d->d_setup;
	const struct dp_setup_table	*s, *t, *end;

	end = su->su_table + su->su_ntables;
	if (!su->su_features) {
		d->d_table_src = 0;
		d->d_table_dst = 1;
		return (su->su_barrier_ok);
	}
	for (s = su->su_table; s < end; s++) {
		if (!s->st_src || !dp_setup_reached(su, s))
			continue;
		for (t = s + 1; t < end; t++) {
			if (!t->st_dst || !BIT_HAS(s->st_next, t->st_id))
				continue;
			d->d_table_src = s->st_id;
			d->d_table_dst = t->st_id;
			return (true);
		}
	}
	return (false);
}

/* The nth table that can do all alone; -1: none. */
static int
dp_setup_table(const struct dp_setup *su, unsigned int n)
{
	const struct dp_setup_table	*st;

	if (!su->su_features)
		return (n == 0 ? 0 : -1);
	for (st = su->su_table; st < su->su_table + su->su_ntables; st++)
		if (st->st_src && st->st_dst && n-- == 0)
			return (st->st_id);
	return (-1);
}

/* False when there is no such plan. */
static bool
dp_setup_plan(struct dp *d, unsigned int plan, const char *why)
{
	struct dp_setup	*su = d->d_setup;
	int		 table = 0;

	if (plan >= PLAN_REACTIVE) {
		table = dp_setup_table(su, (plan - PLAN_REACTIVE) / 2);
		if (table == -1 && plan > PLAN_REACTIVE)
			return (false);
		d->d_mode = DP_REACTIVE;
		d->d_table_src = d->d_table_dst = table == -1 ? 0 : table;
		d->d_no_in_port = (plan - PLAN_REACTIVE) % 2 == 1;
	} else
		d->d_mode = DP_PIPELINE;
	d->d_plan = plan;
	dp_setup_way(d);
	dp_setup_size(d);
	dp_profile(d, "pipeline", why, "%s", d->d_mode == DP_PIPELINE ?
	    "two tables" : d->d_no_in_port ? "one table, no port matched" :
	    "one table");
	if (d->d_mode == DP_PIPELINE)
		dp_profile(d, "tables", why, "%u and %u", d->d_table_src,
		    d->d_table_dst);
	else
		dp_profile(d, "tables", why, "%u", d->d_table_src);
	return (true);
}

/* How much goes into the tables that were chosen?  1.0 told before. */
static void
dp_setup_size(struct dp *d)
{
	const struct dp_setup		*su = d->d_setup;
	const struct dp_setup_table	*st;

	for (st = su->su_table; st < su->su_table + su->su_ntables; st++) {
		if (st->st_id == d->d_table_src)
			dp_room_told(d, DP_TABLE_SRC, st->st_max);
		if (st->st_id == d->d_table_dst)
			dp_room_told(d, DP_TABLE_DST, st->st_max);
	}
}

/* 1.0, where the switch decides which table a flow goes to. */
static enum ofp_error
dp_setup_tables10(struct dp *d, struct ofp_rd *rd)
{
	struct ofp10_table_stats	tt;
	enum ofp_error			error = OFP_OK;
	uint32_t			max = 0;

	while (ofp10_table_stats_next(rd, &tt, &error))
		max = tt.tt_max > UINT32_MAX - max ? UINT32_MAX :
		    max + tt.tt_max;
	dp_room_told(d, DP_TABLE_SRC, max);
	return (error);
}

/* Packets begin in table 0: which tables have to pass them on to ours? */
static void
dp_setup_way(struct dp *d)
{
	const struct dp_setup		*su = d->d_setup;
	const struct dp_setup_table	*st;
	uint8_t				 at = 0;

	d->d_npass = d->d_pass_found = 0;
	while (at != d->d_table_src && d->d_npass < DP_PASS_MAX) {
		d->d_pass[d->d_npass++] = at;
		for (st = su->su_table; st < su->su_table + su->su_ntables;
		    st++)
			if (st->st_id == at)
				break;
		if (st == su->su_table + su->su_ntables ||
		    BIT_HAS(st->st_next, d->d_table_src))
			return;
		/* Not directly: by the first table that it can go to. */
		for (at++; at < d->d_table_src && !BIT_HAS(st->st_next, at);
		    at++)
			;
	}
}

/*
 * A flow of ours that the switch had: the way that was found for it before is
 * taken again, so that no flow has to change.
 */
void
dp_setup_found(struct dp *d, const struct dp_found *fo,
    const struct ofp_flow_stats *fs)
{
	struct dp_setup	*su = d->d_setup;
	enum dp_role	 role = fo->fo_role;
	unsigned int	 n;
	int		 table;

	if (su != NULL && !su->su_flood &&
	    (role == DP_ROLE_FLOOD || role == DP_ROLE_GROUP)) {
		su->su_flood = true;
		dp_flood_found(d, fo);
	}

	/* Some there are with each plan. */
	if (su == NULL || su->su_settled || role == DP_ROLE_RESERVED ||
	    role == DP_ROLE_PASS || role == DP_ROLE_BRIEF ||
	    role == DP_ROLE_ARP)
		return;
	if (role != DP_ROLE_MISS && role != DP_ROLE_GROUP &&
	    role != DP_ROLE_PAIR && role != DP_ROLE_TO) {
		su->su_settled = true;
		return;
	}
	for (n = 0; (table = dp_setup_table(su, n)) != -1; n++)
		if (table == fs->fs_table)
			break;
	if (table == -1)
		return;
	dp_setup_plan(d, PLAN_REACTIVE + 2 * n + (role == DP_ROLE_PAIR &&
	    (fs->fs_match.m_fields & OFP_FIELD_BIT(OFP_XMT_IN_PORT)) == 0),
	    "by the flows that it had");
	/* A miss does not tell whether pairs have a port. */
	su->su_settled = role == DP_ROLE_PAIR;
}

/* From table to table, as the switch has it: is it as we would have it? */
static void
dp_setup_pass_check(struct dp *d, uint8_t table, uint8_t next)
{
	unsigned int	i;

	for (i = 0; i < d->d_npass; i++)
		if (d->d_pass[i] == table && next == (i + 1 < d->d_npass ?
		    d->d_pass[i + 1] : d->d_table_src))
			d->d_pass_found |= 1U << i;
}

/* One was read back; while there may be another plan, remember it. */
void
dp_setup_pass(struct dp *d, const struct ofp_flow_stats *fs)
{
	struct dp_setup		*su = d->d_setup;
	struct ofp_instructions	 in;
	struct ofp_rd		 rd = fs->fs_instr;

	if (ofp_instructions_decode(&rd, &fs->fs_match, &in) != OFP_OK ||
	    in.in_present != 1U << OFP_IT_GOTO_TABLE)
		return;
	if (su == NULL)
		dp_setup_pass_check(d, fs->fs_table, in.in_goto);
	else if (su->su_npass < DP_PASS_MAX) {
		su->su_pass[su->su_npass].ps_table = fs->fs_table;
		su->su_pass[su->su_npass++].ps_goto = in.in_goto;
	}
}

/*
 * DP_READ is dp_sync.c's, which calls this at its end; DP_BASE.
 */

void
dp_setup_read_done(struct dp *d)
{
	struct dp_setup	*su = d->d_setup;
	unsigned int	 i;

	if (su == NULL)
		return;
	for (i = 0; i < su->su_npass; i++)
		dp_setup_pass_check(d, su->su_pass[i].ps_table,
		    su->su_pass[i].ps_goto);
	dp_set_state(d, DP_BASE);
	dp_setup_base(d);
}

static void
dp_setup_base(struct dp *d)
{
	struct dp_setup	*su = d->d_setup;

	su->su_since = conn_now();
	su->su_errors = su->su_flood_errors = su->su_meter_errors = 0;
	dp_meter_add(d);
	d->d_base = dp_flow_base(d, d->d_base);
	dp_flow_trial(d, !su->su_settled && d->d_version != OFP_VERSION_10,
	    !su->su_settled && !su->su_flood && !d->d_no_in_port);
	su->su_first = d->d_conn->c_xid + 1;
	dp_setup_barrier_send(d);
}

/* True when done with, one way or the other: all but flooding works. */
static bool
dp_setup_flooded(struct dp *d)
{
	struct dp_setup	*su = d->d_setup;

	if (su->su_flood_errors == 0)
		dp_setup_done(d, "base flows and trials were accepted");
	else if (dp_flood_next(d, "other forms were refused")) {
		d->d_base &= ~(1U << DP_ROLE_FLOOD);
		su->su_flood = false;
		dp_setup_base(d);
	} else if (d->d_mode == DP_REACTIVE) {
		dp_flood_set(d, DP_FLOOD_FLOOD, false, "no form was accepted");
		dp_setup_done(d, "all was accepted but flows that flood");
	} else {
		dp_flood_set(d, DP_FLOOD_FLOOD, false, "accepted");
		return (false);
	}
	return (true);
}

/* The base flows stand, or were refused. */
static void
dp_setup_based(struct dp *d)
{
	struct dp_setup		*su = d->d_setup;
	struct learn_host	*lh;
	uint32_t		 pos;

	if (d->d_version == OFP_VERSION_10)
		su->su_errors = 0;
	if (su->su_meter_errors != 0) {
		dp_meter_next(d);
		dp_setup_base(d);
		return;
	}
	if (su->su_errors == 0 && dp_setup_flooded(d))
		return;
	log_info("%s: %s: trying another way", d->d_name, su->su_error);
	dp_flow_delete_all(d);
	for (pos = 0; (lh = learn_next(&d->d_learn, &pos)) != NULL;)
		lh->lh_word &= ~LEARN_MARKS;
	d->d_base = 0;
	d->d_flows = 0;
	d->d_room[DP_TABLE_SRC].ro_flows = d->d_room[DP_TABLE_DST].ro_flows = 0;
	su->su_settled = false;
	if (dp_setup_plan(d, d->d_plan + 1, "the way before was refused")) {
		dp_meter_again(d);
		dp_setup_base(d);
	} else {
		d->d_base = dp_flow_base(d, 0);
		dp_setup_done(d, "the last way was refused as well");
	}
}

static void
dp_setup_done(struct dp *d, const char *why)
{
	struct learn_host	*lh;
	uint32_t		 pos;
	bool			 changed = d->d_setup->su_changed;

	dp_meter_done(d);
	dp_profile(d, "ready", why, "yes");
	dp_set_state(d, DP_UP);
	dp_setup_free(d);
	if (changed)
		dp_ports_changed(d);
	log_peer("%s: datapath %016llx up, %u hosts known", d->d_name,
	    (unsigned long long)d->d_id, d->d_learn.l_count);
	if (dp_events)
		dp_event(d, "up");
	if (d->d_mode != DP_PIPELINE)
		return;
	/* Those that it lost, and those that were learned meanwhile. */
	for (pos = 0; (lh = learn_next(&d->d_learn, &pos)) != NULL;)
		if ((lh->lh_word & (DP_MARK_SRC | DP_MARK_DST)) !=
		    (DP_MARK_SRC | DP_MARK_DST))
			dp_learn_install(d, lh);
}

bool
dp_setup_barrier(struct dp *d, uint32_t xid)
{
	struct dp_setup	*su = d->d_setup;

	if (su == NULL || xid != su->su_barrier)
		return (false);
	su->su_barrier_ok = true;
	su->su_barrier_said = "answered";
	if (d->d_state == DP_ASK)
		dp_setup_asked(d);
	else if (d->d_state == DP_BASE)
		dp_setup_based(d);
	return (true);
}

/* An error to a base flow, a trial or a group. */
static bool
dp_setup_refused(struct dp *d, uint32_t xid, const struct ofp_error_msg *er)
{
	struct dp_setup	*su = d->d_setup;
	enum dp_role	 role = xid & 0xff;
	char		 buf[64];

	/* A trial that does not fit says nothing; a base flow does. */
	if (dp_room_is_full(d, er) && dp_flow_learned(role))
		return (false);
	if (xid - DP_XID_METER < DP_METERS) {
		su->su_meter_errors += d->d_meter_top != 0;
		dp_meter_error(d, xid, er);
	} else if (xid == DP_XID_GROUP)
		su->su_flood_errors += dp_flood_group_error(er);
	else if (role == DP_ROLE_NONE || role >= DP_ROLE_COUNT)
		return (false);		/* to a packet-out, or a delete */
	else if (d->d_rate != 0 && dp_meter_of(d, role) != 0)
		su->su_meter_errors++;
	else if (role == DP_ROLE_FLOOD || role == DP_ROLE_GROUP)
		su->su_flood_errors++;
	else if (su->su_errors++ == 0)
		snprintf(su->su_error, sizeof(su->su_error), "%s",
		    ofp_error_str(d->d_version, er->er_type, er->er_code, buf,
		    sizeof(buf)));
	return (true);
}

/* An error to something that setting up sent; false: it is not ours. */
bool
dp_setup_error(struct dp *d, uint32_t xid, const struct ofp_error_msg *er)
{
	struct dp_setup	*su = d->d_setup;

	if (d->d_sync_xid != 0 && xid == d->d_sync_xid) {
		dp_profile(d, "flow stats", "refused", "no");
		dp_sync_end(d, false);
		return (true);
	}
	if (su == NULL)
		return (false);
	if (xid == su->su_features_xid && su->su_features_due) {
		su->su_features_due = false;
		dp_setup_asked(d);
		return (true);
	}
	if (xid == su->su_barrier) {
		su->su_barrier_said = "refused with an error";
		if (d->d_state == DP_ASK)
			dp_setup_asked(d);
		else
			dp_setup_based(d);
		return (true);
	}
	if (d->d_state == DP_BASE && (xid & DP_XID_LEARN) == DP_XID_LEARN)
		return (dp_setup_refused(d, xid, er));
	return (xid >= su->su_first && xid <= su->su_last);
}

void
dp_setup_tick(struct dp *d, uint32_t now)
{
	struct dp_setup	*su = d->d_setup;

	if (su == NULL || now - su->su_since < DP_SETUP_LIMIT)
		return;
	if (d->d_state == DP_ASK)
		dp_setup_choose(d, su->su_barrier_said != NULL ?
		    su->su_barrier_said : "no answer");
	else if (d->d_state == DP_READ && now - d->d_synced >= DP_SETUP_LIMIT)
		dp_sync_end(d, false);
	else if (d->d_state == DP_BASE)
		dp_setup_based(d);
}
