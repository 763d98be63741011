/*
 * SPDX-License-Identifier: ISC
 *
 * dp_sync.c: our flows, read back from a switch and compared with what we
 * know.
 *
 * After a connection came up (DP_READ) the switch knows better: hosts that we
 * do not know are adopted from its flows, so neither its nor our restart
 * costs a flow.  Later on (DP_UP) we know better: what does not fit is
 * deleted, what is missing is added.  Flows are compared one by one as they
 * come; nothing is kept of them but marks at the hosts, so a table of any size
 * may come back.  What changed since the request was sent is left alone.
 *
 * Where flows stand for pairs of hosts, this is also how hosts age: a host
 * that has a flow is alive.  There, flows may contradict each other when we
 * come up, as those of a host that moved go only after the next reading: the
 * younger one is right.  Until everything is read, lh_seen of a host that was
 * adopted (DP_MARK_FOUND) is the age of the youngest flow that names it.
 */
#include "dp.h"

#define DP_SYNC_LIMIT	10	/* s without an answer */
#define DP_SYNC_PERIOD	300	/* s, to be sure */
#define DP_COPIES_MAX	1000	/* a second: flows must be missing */
#define DP_AGE_UNIT	64	/* parts of a second */

static void	dp_sync_flow(struct dp *, const struct ofp_flow_stats *);
static void	dp_sync_found(struct dp *, const struct ofp_flow_stats *,
		    struct dp_found *);
static bool	dp_sync_src(struct dp *, const struct dp_found *, bool);
static bool	dp_sync_dst(struct dp *, const struct dp_found *);
static bool	dp_sync_pair(struct dp *, const struct dp_found *);
static bool	dp_sync_to(struct dp *, const struct dp_found *);
static struct learn_host *dp_sync_end_of(struct dp *, const struct dp_found *,
		    uint64_t, uint32_t);
static void	dp_sync_first(struct dp *);
static void	dp_sync_sweep(struct dp *);
static void	dp_sync_age(struct dp *, uint32_t);

void
dp_sync_start(struct dp *d)
{
	struct ofp_flow_req	 fq;
	struct learn_host	*lh;
	struct ofp_wr		*wr;
	uint64_t		 marks;
	uint32_t		 pos;
	size_t			 start;

	marks = d->d_state == DP_READ ? LEARN_MARKS :
	    DP_MARK_FOUND | DP_MARK_DST;
	for (pos = 0; (lh = learn_next(&d->d_learn, &pos)) != NULL;)
		lh->lh_word &= ~marks;
	d->d_base = 0;
	d->d_pass_found = 0;
	d->d_flows = 0;
	d->d_sync_wanted = false;
	dp_room_read(d);
	d->d_sync_since = d->d_synced = conn_now();
	d->d_sync_xid = conn_next_xid(d->d_conn);
	counter_inc(&d->d_counters, CNT_sync);

	memset(&fq, 0, sizeof(fq));
	fq.fq_table = OFP_TT_ALL;
	fq.fq_out_port = OFP_P_ANY;
	fq.fq_out_group = OFP_G_ANY;
	fq.fq_cookie = DP_COOKIE;
	fq.fq_cookie_mask = DP_COOKIE_MASK;
	ofp_match_init(&fq.fq_match);
	wr = conn_wr(d->d_conn);
	if (d->d_version == OFP_VERSION_10) {
		start = ofp10_stats_begin(wr, false, d->d_sync_xid,
		    OFP_MP_FLOW);
		(void)ofp10_flow_req_encode(wr, &fq);
		ofp_msg_end(wr, start);
	} else {
		start = ofp_mp_begin(wr, false, d->d_sync_xid, OFP_MP_FLOW);
		ofp_flow_req_encode(wr, &fq);
		ofp_mp_end(wr, start, false);
	}
}

void
dp_sync_want(struct dp *d)
{
	if (d->d_state == DP_UP && d->d_sync_xid == 0 &&
	    d->d_sync_since != conn_now())
		dp_sync_start(d);
	else
		d->d_sync_wanted = true;
}

void
dp_sync_reply(struct dp *d, struct ofp_rd *rd, bool more)
{
	struct ofp_flow_stats	fs;
	enum ofp_error		error = OFP_OK;

	d->d_synced = conn_now();
	if (d->d_version == OFP_VERSION_10)
		while (ofp10_flow_stats_next(rd, &fs, &error)) {
			/* Where it is kept is the switch's own matter. */
			fs.fs_table = 0;
			dp_sync_flow(d, &fs);
		}
	else
		while (ofp_flow_stats_next(rd, &fs, &error))
			dp_sync_flow(d, &fs);
	if (error != OFP_OK)
		counter_inc(&d->d_counters, CNT_bad_message);
	if (!more)
		dp_sync_end(d, error == OFP_OK);
}

/* One flow: keep, adopt or delete it. */
static void
dp_sync_flow(struct dp *d, const struct ofp_flow_stats *fs)
{
	struct dp_found	fo;
	bool		keep = false;

	fo.fo_role = dp_flow_role(fs->fs_cookie);
	if (fo.fo_role == DP_ROLE_NONE) {
		if ((fs->fs_cookie & DP_COOKIE_MASK) == DP_COOKIE)
			dp_flow_delete_found(d, fs);
		return;
	}
	dp_sync_found(d, fs, &fo);
	if (d->d_state == DP_READ) {
		dp_setup_found(d, &fo, fs);
		dp_meter_found(d, &fo);
	}
	switch (fo.fo_role) {
	case DP_ROLE_SRC:
		keep = d->d_mode == DP_PIPELINE &&
		    fs->fs_table == d->d_table_src &&
		    dp_sync_src(d, &fo, fs->fs_idle == dp_flow_idle(d));
		break;
	case DP_ROLE_DST:
		keep = d->d_mode == DP_PIPELINE &&
		    fs->fs_table == d->d_table_dst && dp_sync_dst(d, &fo);
		break;
	case DP_ROLE_PAIR:
	case DP_ROLE_GROUP:
		keep = d->d_mode == DP_REACTIVE &&
		    (fo.fo_role == DP_ROLE_PAIR || dp_flood_same(d, &fo)) &&
		    fs->fs_idle == dp_flow_idle(d) &&
		    fs->fs_table == d->d_table_src && dp_sync_pair(d, &fo);
		break;
	case DP_ROLE_TO:
		keep = d->d_mode == DP_REACTIVE &&
		    fs->fs_idle == dp_flow_idle(d) &&
		    fs->fs_table == d->d_table_src && dp_sync_to(d, &fo);
		break;
	case DP_ROLE_PASS:
		/* One that is not needed any more is overwritten. */
		dp_setup_pass(d, fs);
		keep = true;
		break;
	case DP_ROLE_BRIEF:
		keep = true;
		break;
	case DP_ROLE_RESERVED:
		if (d->d_mode == DP_REACTIVE) {
			keep = true;
			break;
		}
		fallthrough;
	default:
		if (dp_flow_base_same(d, fo.fo_role, fs)) {
			d->d_base |= 1U << fo.fo_role;
			keep = true;
		} else
			keep = dp_flow_base_over(d, fo.fo_role, fs);
		break;
	}
	if (!keep) {
		dp_flow_delete_found(d, fs);
		return;
	}
	dp_room_count(d, fo.fo_role, 1);
	if (d->d_state == DP_UP && dp_flow_learned(fo.fo_role))
		dp_room_offer(d, &fo, fs);
}

static void
dp_sync_action(struct dp_found *fo, const struct ofp_action *ac)
{
	if (ac->ac_type == OFP_AT_GROUP)
		fo->fo_group = ac->u.group;
	if (ac->ac_type != OFP_AT_OUTPUT)
		return;
	if (fo->fo_outs++ == 0)
		fo->fo_out = ac->u.output.port;
	fo->fo_sum = DP_FLOOD_SUM(fo->fo_sum, ac->u.output.port);
}

static void
dp_sync_found(struct dp *d, const struct ofp_flow_stats *fs,
    struct dp_found *fo)
{
	const struct ofp_key		*k = &fs->fs_match.m_key;
	struct ofp_instructions		 in;
	struct ofp_rd			 rd = fs->fs_instr;
	struct ofp_action		 ac;
	enum ofp_error			 error;

	fo->fo_src = ofp_key_get(k, OFP_XMT_ETH_SRC);
	fo->fo_dst = ofp_key_get(k, OFP_XMT_ETH_DST);
	fo->fo_vlan = ofp_key_get(k, OFP_XMT_VLAN_VID);
	fo->fo_in_port = ofp_key_get(k, OFP_XMT_IN_PORT);
	fo->fo_age = fs->fs_sec > UINT32_MAX / DP_AGE_UNIT - 1 ? UINT32_MAX :
	    fs->fs_sec * DP_AGE_UNIT + fs->fs_nsec / (1000000000 / DP_AGE_UNIT);
	fo->fo_out = fo->fo_group = fo->fo_outs = fo->fo_sum = 0;
	fo->fo_meter = 0;
	if (d->d_version == OFP_VERSION_10) {
		while (ofp10_action_next(&rd, &ac, &error))
			dp_sync_action(fo, &ac);
		return;
	}
	if (ofp_instructions_decode(&rd, &fs->fs_match, &in) != OFP_OK)
		return;
	if ((in.in_present & 1U << OFP_IT_METER) != 0)
		fo->fo_meter = in.in_meter;
	if ((in.in_present & 1U << OFP_IT_APPLY_ACTIONS) == 0)
		return;
	while (ofp_action_next(&in.in_apply, &ac, &error))
		dp_sync_action(fo, &ac);
}

/*
 * A host behind a port, as a flow says.  True if that is so; unknown hosts are
 * adopted while the switch knows better.
 */
static struct learn_host *
dp_sync_host(struct dp *d, uint64_t mac, uint16_t vlan, uint32_t port,
    uint32_t seen)
{
	struct learn_host	*lh;
	uint32_t		 old;

	lh = learn_lookup(&d->d_learn, mac, vlan);
	if (lh != NULL)
		return (lh->lh_port == port ? lh : NULL);
	if (d->d_state != DP_READ || port == 0 ||
	    learn_source(&d->d_learn, mac, vlan, port, seen, &old) != LEARN_NEW)
		return (NULL);
	return (learn_lookup(&d->d_learn, mac, vlan));
}

/* same: it ages as it would now; otherwise it is replaced by the sweep. */
static bool
dp_sync_src(struct dp *d, const struct dp_found *fo, bool same)
{
	struct learn_host	*lh;

	lh = learn_lookup(&d->d_learn, fo->fo_src, fo->fo_vlan);
	/* Adopted from a destination only: where it sends from is right. */
	if (lh != NULL && lh->lh_seen == 0 && lh->lh_port != fo->fo_in_port) {
		lh->lh_port = fo->fo_in_port;
		lh->lh_word &= ~LEARN_MARKS;
	}
	lh = dp_sync_host(d, fo->fo_src, fo->fo_vlan, fo->fo_in_port,
	    d->d_sync_since);
	if (lh == NULL)
		return (false);
	if (lh->lh_seen == 0)
		lh->lh_seen = d->d_sync_since;
	lh->lh_word |= DP_MARK_SRC | DP_MARK_FOUND;
	if (!same)
		lh->lh_word &= ~DP_MARK_SRC;
	return (true);
}

static bool
dp_sync_dst(struct dp *d, const struct dp_found *fo)
{
	struct learn_host	*lh;

	/* Sent since the reading began: what was read is no more. */
	lh = learn_lookup(&d->d_learn, fo->fo_dst, fo->fo_vlan);
	if (lh != NULL && (lh->lh_word & DP_MARK_DST) != 0)
		return (true);
	lh = dp_sync_host(d, fo->fo_dst, fo->fo_vlan, fo->fo_out, 0);
	if (lh == NULL)
		return (false);
	lh->lh_word |= DP_MARK_DST;
	return (true);
}

/* Its source is alive; both ends are where the flow says. */
static bool
dp_sync_pair(struct dp *d, const struct dp_found *fo)
{
	struct learn_host	*lh;
	uint32_t		 seen = d->d_sync_since - d->d_timeout / 2;

	/* Without a port, the source may be anywhere. */
	lh = d->d_no_in_port ?
	    learn_lookup(&d->d_learn, fo->fo_src, fo->fo_vlan) :
	    dp_sync_end_of(d, fo, fo->fo_src, fo->fo_in_port);
	if (lh == NULL && d->d_no_in_port && d->d_state == DP_READ)
		return (dp_sync_end_of(d, fo, fo->fo_dst, fo->fo_out) != NULL);
	if (lh == NULL)
		return (false);
	if ((lh->lh_word & DP_MARK_FOUND) == 0 &&
	    (int32_t)(seen - lh->lh_seen) > 0)
		lh->lh_seen = seen;
	if (fo->fo_role == DP_ROLE_GROUP)
		return (true);
	return (dp_sync_end_of(d, fo, fo->fo_dst, fo->fo_out) != NULL);
}

/* Whoever it is sent to lives. */
static bool
dp_sync_to(struct dp *d, const struct dp_found *fo)
{
	struct learn_host	*lh;
	uint32_t		 seen = d->d_sync_since - d->d_timeout / 2;

	/* An earlier life of ours found that pairs do not fit. */
	if (d->d_state == DP_READ && !d->d_coarse)
		dp_room_coarser(d, "by the flows that it had");
	if (!d->d_coarse)
		return (false);
	lh = dp_sync_end_of(d, fo, fo->fo_dst, fo->fo_out);
	if (lh == NULL)
		return (false);
	if ((lh->lh_word & DP_MARK_FOUND) == 0 &&
	    (int32_t)(seen - lh->lh_seen) > 0)
		lh->lh_seen = seen;
	return (true);
}

/* One of a pair's hosts; of two flows that contradict, the younger is right. */
static struct learn_host *
dp_sync_end_of(struct dp *d, const struct dp_found *fo, uint64_t mac,
    uint32_t port)
{
	struct learn_host	*lh;

	lh = learn_lookup(&d->d_learn, mac, fo->fo_vlan);
	if (d->d_state != DP_READ ||
	    (lh != NULL && (lh->lh_word & DP_MARK_FOUND) == 0))
		return (dp_sync_host(d, mac, fo->fo_vlan, port, 0));
	if (lh == NULL) {
		lh = dp_sync_host(d, mac, fo->fo_vlan, port, fo->fo_age);
		if (lh != NULL)
			lh->lh_word |= DP_MARK_FOUND;
		return (lh);
	}
	if (lh->lh_port != port) {
		if (port == 0 || fo->fo_age >= lh->lh_seen)
			return (NULL);
		/* The older ones were kept already: they go the next time. */
		lh->lh_port = port;
		d->d_sync_wanted = true;
		counter_inc(&d->d_counters, CNT_flow_contradicts);
	}
	if (fo->fo_age < lh->lh_seen)
		lh->lh_seen = fo->fo_age;
	return (lh);
}

/* From ages of flows back to when hosts were seen. */
void
dp_sync_settle(struct dp *d)
{
	struct learn_host	*lh;
	uint32_t		 pos;

	if (d->d_state != DP_READ || d->d_mode != DP_REACTIVE)
		return;
	for (pos = 0; (lh = learn_next(&d->d_learn, &pos)) != NULL;) {
		if ((lh->lh_word & DP_MARK_FOUND) == 0)
			continue;
		lh->lh_word &= ~DP_MARK_FOUND;
		lh->lh_seen = d->d_sync_since - d->d_timeout / 2;
	}
}

/* whole: everything was read, what was not found is not there. */
void
dp_sync_end(struct dp *d, bool whole)
{
	d->d_sync_xid = 0;
	d->d_synced = conn_now();
	dp_sync_settle(d);
	if (whole)
		dp_room_counted(d);
	if (d->d_state == DP_READ)
		dp_sync_first(d);
	else if (whole)
		dp_sync_sweep(d);
	dp_room_end(d);
	if (d->d_state == DP_READ) {
		dp_setup_read_done(d);
		return;
	}
	if (whole)
		d->d_base = dp_flow_base(d, d->d_base);
	if (d->d_mode == DP_REACTIVE)
		dp_sync_age(d, d->d_synced);
}

/*
 * It came up: hosts that we knew or that it has flows of, but whose port is
 * gone or down by now; and ways to hosts that nobody heard of.
 */
static void
dp_sync_first(struct dp *d)
{
	const struct dp_port	*dt;
	struct learn_host	*lh;
	uint32_t		 pos;
	bool			 gone;

	for (pos = 0; (lh = learn_next(&d->d_learn, &pos)) != NULL;) {
		dt = dp_port_find(d, lh->lh_port);
		/* Not everyone lists LOCAL. */
		gone = dt != NULL ? dt->dt_down :
		    d->d_nports != 0 && lh->lh_port != OFP_P_LOCAL;
		if (!gone && (d->d_mode == DP_REACTIVE || lh->lh_seen != 0))
			continue;
		dp_learn_forget(d, lh, gone ? CNT_mac_flushed : CNT_mac_aged);
		pos--;
	}
}

/* Not heard of for too long. */
static bool
dp_sync_is_old(const struct dp *d, const struct learn_host *lh, uint32_t now)
{
	return (d->d_timeout != 0 && now - lh->lh_seen >= d->d_timeout);
}

/*
 * The other way round: hosts whose flows are missing.  A source that was
 * neither found nor sent meanwhile went without a word.
 */
static void
dp_sync_sweep(struct dp *d)
{
	struct learn_host	*lh;
	uint32_t		 pos;

	if (d->d_mode != DP_PIPELINE)
		return;
	for (pos = 0; (lh = learn_next(&d->d_learn, &pos)) != NULL;) {
		if ((lh->lh_word & DP_MARK_FOUND) == 0) {
			lh->lh_word &= ~DP_MARK_SRC;
			if (dp_sync_is_old(d, lh, d->d_synced)) {
				dp_learn_forget(d, lh, CNT_mac_aged);
				pos--;
				continue;
			}
		}
		if ((lh->lh_word & DP_MARK_SRC) == 0 ||
		    (lh->lh_word & DP_MARK_DST) == 0)
			dp_learn_install(d, lh);
	}
}

static void
dp_sync_age(struct dp *d, uint32_t now)
{
	struct learn_host	*lh;
	uint32_t		 pos;

	for (pos = 0; (lh = learn_next(&d->d_learn, &pos)) != NULL;) {
		if (!dp_sync_is_old(d, lh, now) || lh->lh_word & DP_MARK_SRC)
			continue;
		dp_learn_forget(d, lh, CNT_mac_aged);
		pos--;
	}
}

static bool
dp_sync_any_old(struct dp *d, uint32_t now)
{
	struct learn_host	*lh;
	uint32_t		 pos;

	for (pos = 0; (lh = learn_next(&d->d_learn, &pos)) != NULL;)
		if (dp_sync_is_old(d, lh, now))
			return (true);
	return (false);
}

void
dp_sync_tick(struct dp *d, uint32_t now)
{
	uint32_t	period;

	if (d->d_sync_xid != 0) {
		if (now - d->d_synced >= DP_SYNC_LIMIT)
			dp_sync_end(d, false);
		return;
	}
	if (d->d_state != DP_UP)
		return;
	if (d->d_copies > DP_COPIES_MAX)
		d->d_sync_wanted = true;
	d->d_copies = 0;
	period = d->d_timeout / 4 == 0 ? 1 : d->d_timeout / 4;
	if (d->d_timeout != 0 && d->d_learn.l_count != 0 &&
	    now - d->d_synced >= period) {
		if (d->d_mode == DP_PIPELINE)
			dp_sync_age(d, now);
		else
			d->d_sync_wanted |= dp_sync_any_old(d, now);
	}
	d->d_sync_wanted |= dp_room_tick(d, now);
	if (d->d_sync_wanted || now - d->d_synced >= DP_SYNC_PERIOD)
		dp_sync_start(d);
}
