/*
 * SPDX-License-Identifier: ISC
 *
 * dp_room.c: how many flows fit into a switch, and which go when they do not.
 *
 * What a table takes is told by the switch (table features; table stats in
 * 1.0), and found out when it says TABLE_FULL: then what it has is all that it
 * takes, and nothing is tried again before something went.  After ten seconds,
 * then twice as long each time, one more is tried, as others may have left
 * room; where it fits, two more, and so on.
 *
 * A host that gets no flow is forwarded all the same, by flooding or by
 * packet-outs.  It also asks for room: the flows are read back (dp_sync.c), not
 * more often than every few seconds, and the least used ones of some age go.
 * Where flows stand for pairs of hosts, a full table makes rules coarser:
 * one flow for each destination, from wherever.
 *
 * A flow that was refused for another reason is told by its xid (see
 * dp_room_xid) and not tried again for a while, which doubles each time.
 */
#include <stdio.h>
#include <stdlib.h>

#include "dp.h"
#include "log.h"

#define DP_ROOM_PERIOD	5	/* s between two evictions */
#define DP_ROOM_YOUNG	10	/* s that a flow stays at least */
#define DP_ROOM_RAISE	10	/* s until one more is tried, then doubled */
#define DP_ROOM_STEP	1024	/* at most so many at once */
#define DP_ROOM_COARSE	600	/* s that rules stay coarse, then doubled */
#define DP_ROOM_BRIEF	1024	/* of some seconds, if it told no size */
#define DP_ROOM_VICTIMS	64
#define DP_ROOM_WAITING	16
#define DP_ROOM_REFUSED	60	/* s, then doubled */
#define DP_ROOM_LONGEST	3840	/* s */

struct dp_victim {
	struct dp_found	 vi_found;
	uint64_t	 vi_rate;	/* packets a second, in 1/16 */
	uint32_t	 vi_sec;
	bool		 vi_finer;	/* coarser ones take its place */
};

struct dp_room_work {
	/* Hosts that want flows. */
	struct {
		uint64_t	rw_mac;
		uint16_t	rw_vlan;
	}			rw_host[DP_ROOM_WAITING];
	unsigned int		rw_nhosts;
	/* Flows that may go, in this order. */
	struct dp_victim	rw_victim[DP_ROOM_VICTIMS];
	unsigned int		rw_nvictims, rw_max;
	uint8_t			rw_tables;	/* looked for in these */
};

static void	dp_room_finer(struct dp *);

/* A connection came up: nothing is known. */
void
dp_room_reset(struct dp *d)
{
	unsigned int	i;

	for (i = 0; i < DP_TABLES; i++)
		d->d_room[i] = (struct dp_room){
			.ro_max = DP_ROOM_ANY, .ro_told = DP_ROOM_ANY
		};
	d->d_room_wanted = 0;
	d->d_coarse = d->d_no_coarse = false;
	d->d_coarse_wait = DP_ROOM_COARSE;
	dp_room_free(d);
}

void
dp_room_free(struct dp *d)
{
	free(d->d_room_work);
	d->d_room_work = NULL;
	free(d->d_refused);
	d->d_refused = NULL;
}

/* What the switch says that a table takes; some stays free for base flows. */
void
dp_room_told(struct dp *d, enum dp_table which, uint32_t max)
{
	struct dp_room	*ro = &d->d_room[which];

	if (max == 0 || max == DP_ROOM_ANY)
		max = DP_ROOM_ANY;
	else if (max / 2 < 4 + max / 16)
		max -= max / 2;
	else
		max -= 4 + max / 16;
	ro->ro_told = max;
	if (!ro->ro_full)
		ro->ro_max = max;
}

bool
dp_room_left(const struct dp *d, enum dp_table which)
{
	return (d->d_room[which].ro_flows < d->d_room[which].ro_max);
}

/*
 * One more flow for some seconds?  Addresses are free to invent, so those that
 * are there at a time stay within what dp_room_told leaves.
 */
bool
dp_room_brief(struct dp *d, uint16_t sec)
{
	uint32_t	max = d->d_room[DP_TABLE_SRC].ro_max;

	max = max == DP_ROOM_ANY ? DP_ROOM_BRIEF : max / 16;
	if (d->d_brief + sec > max) {
		counter_inc(&d->d_counters, CNT_flow_no_room);
		return (false);
	}
	d->d_brief += sec;
	return (true);
}

/* A flow of a role was sent or read back (1), refused or deleted (-1). */
void
dp_room_count(struct dp *d, enum dp_role role, int n)
{
	struct dp_room	*ro;

	if (role == DP_ROLE_NONE || role >= DP_ROLE_COUNT ||
	    role == DP_ROLE_BRIEF)
		return;
	if (n > 0 || d->d_flows > 0)
		d->d_flows += n;
	if (!dp_flow_learned(role))
		return;
	ro = &d->d_room[dp_flow_table(role)];
	if (n > 0 || ro->ro_flows > 0)
		ro->ro_flows += n;
	if (n > 0 || ro->ro_pass > 0)
		ro->ro_pass += n;
}

/* The switch says that one is gone. */
void
dp_room_removed(struct dp *d, enum dp_role role)
{
	struct dp_room	*ro = &d->d_room[dp_flow_table(role)];

	if (ro->ro_going > 0)
		ro->ro_going--;		/* counted when we sent it away */
	else
		dp_room_count(d, role, -1);
}

static struct dp_room_work *
dp_room_work(struct dp *d)
{
	if (d->d_room_work == NULL)
		d->d_room_work = calloc(1, sizeof(*d->d_room_work));
	return (d->d_room_work);
}

/* All that fit, tables together; DP_ROOM_ANY: we do not know. */
uint32_t
dp_room_max(const struct dp *d)
{
	uint32_t	src = d->d_room[DP_TABLE_SRC].ro_max;
	uint32_t	dst = d->d_room[DP_TABLE_DST].ro_max;

	if (d->d_mode == DP_REACTIVE)
		return (src);
	return (src >= DP_ROOM_ANY - dst ? DP_ROOM_ANY : src + dst);
}

/* One table, for people; false: nothing is known of it. */
bool
dp_room_text(const struct dp *d, enum dp_table which, char *buf, size_t len,
    const char **why)
{
	const struct dp_room	*ro = &d->d_room[which];

	if (ro->ro_max == DP_ROOM_ANY ||
	    (which == DP_TABLE_DST && d->d_mode == DP_REACTIVE))
		return (false);
	snprintf(buf, len, "%u of %u in table %u", ro->ro_flows, ro->ro_max,
	    which == DP_TABLE_SRC ? d->d_table_src : d->d_table_dst);
	*why = ro->ro_full ? "it said that it was full" :
	    "by what it says of its tables";
	return (true);
}

/* A host would have a flow, but there is no room. */
void
dp_room_want(struct dp *d, enum dp_table which, uint64_t mac, uint16_t vlan)
{
	struct dp_room_work	*rw = dp_room_work(d);
	unsigned int		 i;

	counter_inc(&d->d_counters, CNT_flow_no_room);
	d->d_room_wanted |= 1U << which;
	if (rw == NULL)
		return;
	for (i = 0; i < rw->rw_nhosts; i++)
		if (rw->rw_host[i].rw_mac == mac &&
		    rw->rw_host[i].rw_vlan == vlan)
			return;
	if (i == DP_ROOM_WAITING)
		return;
	rw->rw_host[i].rw_mac = mac;
	rw->rw_host[i].rw_vlan = vlan;
	rw->rw_nhosts++;
}

bool
dp_room_is_full(const struct dp *d, const struct ofp_error_msg *er)
{
	/* OF1.0, 5.4.4: ALL_TABLES_FULL. */
	if (d->d_version == OFP_VERSION_10)
		return (er->er_type == 3 && er->er_code == 0);
	return (er->er_type == OFP_ET_FLOW_MOD_FAILED &&
	    er->er_code == ofp_error_code(OFP_FMFC_TABLE_FULL));
}

/* The table of a flow that was sent is full. */
void
dp_room_full(struct dp *d, enum dp_role role, const char *name)
{
	enum dp_table	 which;
	struct dp_room	*ro;

	counter_inc(&d->d_counters, CNT_flow_table_full);
	dp_room_count(d, role, -1);
	if (!dp_flow_learned(role))
		return;
	which = dp_flow_table(role);
	ro = &d->d_room[which];
	if (ro->ro_step > 0 || ro->ro_wait == 0) {
		/* A try that failed, or the first time. */
		ro->ro_wait = ro->ro_wait == 0 ? DP_ROOM_RAISE :
		    ro->ro_wait >= DP_ROOM_LONGEST ? DP_ROOM_LONGEST :
		    2 * ro->ro_wait;
		ro->ro_step = 0;
	}
	if (!ro->ro_full)
		log_info("%s: %s: table %u takes %u flows of ours", d->d_name,
		    name, which == DP_TABLE_SRC ? d->d_table_src :
		    d->d_table_dst, ro->ro_flows);
	ro->ro_full = ro->ro_found = true;
	ro->ro_since = conn_now();
	if (ro->ro_flows < ro->ro_max)
		ro->ro_max = ro->ro_flows;
	d->d_room_wanted |= 1U << which;
	(void)dp_room_work(d);
	dp_room_coarser(d, "flows for pairs of hosts do not fit");
}

/* Pairs do not fit: one flow for each destination. */
void
dp_room_coarser(struct dp *d, const char *why)
{
	if (d->d_mode != DP_REACTIVE || d->d_coarse || d->d_no_coarse)
		return;
	d->d_coarse = true;
	d->d_coarse_since = conn_now();
	dp_profile(d, "rules", why, "one for each destination");
	log_info("%s: %s: one for each destination from now on", d->d_name,
	    why);
}

static void
dp_room_finer(struct dp *d)
{
	d->d_coarse = false;
	if (d->d_coarse_wait < UINT32_MAX / 4)
		d->d_coarse_wait *= 2;
	dp_profile(d, "rules", "there is room for them again",
	    "one for each pair of hosts");
	dp_flow_delete_role(d, DP_ROLE_TO);
}

/* Coarser ones are not what it can do. */
void
dp_room_no_coarse(struct dp *d, const char *why)
{
	if (d->d_no_coarse)
		return;
	d->d_no_coarse = true;
	d->d_coarse = false;
	dp_profile(d, "rules", "those for a destination were refused",
	    "one for each pair of hosts");
	log_info("%s: %s: no flows for destinations", d->d_name, why);
}

/*
 * Reading back, to see who goes.
 */

void
dp_room_read(struct dp *d)
{
	struct dp_room_work	*rw = d->d_room_work;
	unsigned int		 i;

	for (i = 0; i < DP_TABLES; i++)
		d->d_room[i].ro_pass = d->d_room[i].ro_going = 0;
	if (rw == NULL)
		return;
	rw->rw_nvictims = rw->rw_max = rw->rw_tables = 0;
	for (i = 0; i < DP_TABLES; i++) {
		if ((d->d_room_wanted & 1U << i) == 0 || dp_room_left(d, i))
			continue;
		rw->rw_tables |= 1U << i;
		rw->rw_max += 1 + d->d_room[i].ro_max / 8;
	}
	if (rw->rw_max > DP_ROOM_VICTIMS)
		rw->rw_max = DP_ROOM_VICTIMS;
	d->d_room_wanted = 0;
	d->d_room_at = conn_now();
}

static bool
dp_room_before(const struct dp_victim *a, const struct dp_victim *b)
{
	if (a->vi_finer != b->vi_finer)
		return (a->vi_finer);
	if (a->vi_rate != b->vi_rate)
		return (a->vi_rate < b->vi_rate);
	return (a->vi_sec > b->vi_sec);
}

/* One that stays, if it has to: keep the least used ones in mind. */
void
dp_room_offer(struct dp *d, const struct dp_found *fo,
    const struct ofp_flow_stats *fs)
{
	struct dp_room_work	*rw = d->d_room_work;
	struct dp_victim	 vi;
	unsigned int		 i;

	if (rw == NULL || fs->fs_sec < DP_ROOM_YOUNG ||
	    (rw->rw_tables & 1U << dp_flow_table(fo->fo_role)) == 0)
		return;
	vi.vi_found = *fo;
	vi.vi_sec = fs->fs_sec;
	vi.vi_rate = fs->fs_packets > UINT64_MAX / 16 ? UINT64_MAX :
	    fs->fs_packets * 16 / fs->fs_sec;
	vi.vi_finer = d->d_coarse && fo->fo_role != DP_ROLE_TO;
	if (rw->rw_nvictims < rw->rw_max)
		rw->rw_nvictims++;
	else if (rw->rw_max == 0 ||
	    !dp_room_before(&vi, &rw->rw_victim[rw->rw_max - 1]))
		return;
	for (i = rw->rw_nvictims - 1; i > 0 &&
	    dp_room_before(&vi, &rw->rw_victim[i - 1]); i--)
		rw->rw_victim[i] = rw->rw_victim[i - 1];
	rw->rw_victim[i] = vi;
}

static void
dp_room_evict(struct dp *d, const struct dp_found *fo)
{
	struct dp_room		*ro = &d->d_room[dp_flow_table(fo->fo_role)];
	struct learn_host	*lh = NULL;

	counter_inc(&d->d_counters, CNT_flow_evicted);
	dp_flow_delete_one(d, fo);
	dp_room_count(d, fo->fo_role, -1);
	ro->ro_going++;
	if (fo->fo_role == DP_ROLE_SRC || fo->fo_role == DP_ROLE_DST)
		lh = learn_lookup(&d->d_learn, fo->fo_role == DP_ROLE_SRC ?
		    fo->fo_src : fo->fo_dst, fo->fo_vlan);
	if (lh != NULL)
		lh->lh_word &= ~(fo->fo_role == DP_ROLE_SRC ? DP_MARK_SRC :
		    DP_MARK_DST);
}

/* Everything was read: so many there are. */
void
dp_room_counted(struct dp *d)
{
	struct dp_room	*ro;

	for (ro = d->d_room; ro < d->d_room + DP_TABLES; ro++) {
		ro->ro_flows = ro->ro_pass;
		if (!ro->ro_found)
			continue;
		ro->ro_found = false;
		ro->ro_max = ro->ro_flows < ro->ro_told ? ro->ro_flows :
		    ro->ro_told;
	}
}

/* Who has to go goes, who waits comes. */
void
dp_room_end(struct dp *d)
{
	struct dp_room_work	*rw = d->d_room_work;
	struct learn_host	*lh;
	unsigned int		 i;

	if (rw == NULL)
		return;
	d->d_room_work = NULL;
	for (i = 0; i < rw->rw_nvictims; i++)
		dp_room_evict(d, &rw->rw_victim[i].vi_found);
	for (i = 0; i < rw->rw_nhosts && d->d_mode == DP_PIPELINE; i++) {
		lh = learn_lookup(&d->d_learn, rw->rw_host[i].rw_mac,
		    rw->rw_host[i].rw_vlan);
		if (lh != NULL)
			dp_learn_install(d, lh);
	}
	free(rw);
}

/* It may be that more fits by now. */
static void
dp_room_raise(struct dp *d, enum dp_table which, uint32_t now)
{
	struct dp_room	*ro = &d->d_room[which];

	if (ro->ro_max >= ro->ro_told || dp_room_left(d, which) ||
	    (ro->ro_step == 0 && now - ro->ro_since < ro->ro_wait))
		return;
	ro->ro_step = ro->ro_step == 0 ? 1 : 2 * ro->ro_step;
	if (ro->ro_step > DP_ROOM_STEP)
		ro->ro_step = DP_ROOM_STEP;
	ro->ro_max = ro->ro_told - ro->ro_max < ro->ro_step ? ro->ro_told :
	    ro->ro_max + ro->ro_step;
}

/* Once a second; true: read flows back, so that somebody can go. */
bool
dp_room_tick(struct dp *d, uint32_t now)
{
	struct dp_room	*ro;
	uint32_t	 period = DP_ROOM_PERIOD + d->d_flows / 1000;
	unsigned int	 i;

	for (i = 0; i < DP_TABLES; i++)
		dp_room_raise(d, i, now);
	ro = &d->d_room[DP_TABLE_SRC];
	if (d->d_coarse && now - d->d_coarse_since >= d->d_coarse_wait &&
	    ro->ro_flows < ro->ro_max / 2)
		dp_room_finer(d);
	if (d->d_refused != NULL &&
	    now - d->d_refused_since >= d->d_refused_wait) {
		free(d->d_refused);
		d->d_refused = NULL;
	}
	return (d->d_room_wanted != 0 && now - d->d_room_at >= period);
}

/*
 * Flows that are refused for what they are.
 */

/* 12 bits of whom it is for. */
static unsigned int
dp_room_hash(const struct ofp_l2_flow *lf)
{
	uint64_t	h = (uint64_t)lf->lf_in_port << 48 ^ lf->lf_vlan;

	h ^= lf->lf_src * 0x9e3779b97f4a7c15ULL;
	h = (h ^ h >> 32 ^ lf->lf_dst) * 0x9e3779b97f4a7c15ULL;
	return (h >> 52);
}

/* Errors to it are told by this. */
uint32_t
dp_room_xid(const struct ofp_l2_flow *lf)
{
	return (DP_XID_LEARN | dp_room_hash(lf) << 8 | (lf->lf_cookie & 0xff));
}

void
dp_room_refused(struct dp *d, uint32_t xid)
{
	unsigned int	h = xid >> 8 & 0xfff;

	if (!dp_flow_learned(xid & 0xff))
		return;
	if (d->d_refused == NULL) {
		d->d_refused = calloc(1, DP_REFUSED_LEN);
		if (d->d_refused == NULL)
			return;
		d->d_refused_since = conn_now();
		d->d_refused_wait = d->d_refused_wait == 0 ? DP_ROOM_REFUSED :
		    d->d_refused_wait >= DP_ROOM_LONGEST ? DP_ROOM_LONGEST :
		    2 * d->d_refused_wait;
	}
	d->d_refused[h / 8] |= 1U << h % 8;
}

/* What was refused would be another flow now. */
void
dp_room_retry(struct dp *d)
{
	free(d->d_refused);
	d->d_refused = NULL;
}

/* Not to be sent: it was refused not long ago. */
bool
dp_room_was_refused(struct dp *d, const struct ofp_l2_flow *lf)
{
	unsigned int	h;

	if (likely(d->d_refused == NULL))
		return (false);
	h = dp_room_hash(lf);
	if ((d->d_refused[h / 8] & 1U << h % 8) == 0)
		return (false);
	counter_inc(&d->d_counters, CNT_flow_not_retried);
	return (true);
}
