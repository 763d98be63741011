/*
 * SPDX-License-Identifier: ISC
 *
 * dp_learn.c: from a packet-in to its answer; moves, ports that go down.
 *
 * This is the hot path: dp_learn_packet -> dp_learn_source -> dp_learn_answer.
 * It allocates nothing but a place in the host table, and asks the clock
 * nothing: the second of the wakeup is that of the connection.
 */
#include <stdio.h>

#include "dp.h"

/* An address as people write it; good until the next call. */
static const char *
mac_text(uint64_t mac)
{
	static char	buf[18];

	snprintf(buf, sizeof(buf), "%02x:%02x:%02x:%02x:%02x:%02x",
	    (unsigned int)(mac >> 40 & 0xff), (unsigned int)(mac >> 32 & 0xff),
	    (unsigned int)(mac >> 24 & 0xff), (unsigned int)(mac >> 16 & 0xff),
	    (unsigned int)(mac >> 8 & 0xff), (unsigned int)(mac & 0xff));
	return (buf);
}

#define MULTICAST	OFP_L2_MULTICAST
#define DP_REFUSE_TIME	10	/* s that a host too many is dropped */

static void	dp_learn_reserved(struct dp *, struct conn *,
		    const struct ofp_packet_in_quick *,
		    const struct ofp_l2 *);
static bool	dp_learn_over(struct dp *, uint32_t, const struct ofp_l2 *);
static void	dp_learn_refuse(struct dp *, struct conn *,
		    const struct ofp_packet_in_quick *,
		    const struct ofp_l2 *);
static bool	dp_learn_source(struct dp *, struct conn *, uint32_t,
		    const struct ofp_l2 *);
static void	dp_learn_moved(struct dp *, const struct ofp_l2 *, uint32_t);
static void	dp_learn_want(struct dp *, enum dp_table,
		    const struct learn_host *);
static void	dp_learn_answer(struct dp *, struct conn *,
		    const struct ofp_packet_in_quick *,
		    const struct ofp_l2 *, bool);
static bool	dp_learn_unknown(struct dp *, const struct ofp_l2 *);
static bool	dp_learn_flow(struct dp *, struct conn *,
		    const struct ofp_packet_in_quick *,
		    const struct ofp_l2 *, enum dp_role, uint32_t);
static void	dp_learn_out(struct dp *, struct conn *,
		    const struct ofp_packet_in_quick *, uint32_t);
static void	dp_learn_release(struct dp *, struct conn *,
		    const struct ofp_packet_in_quick *);

static bool
dp_learn_port_ok(uint32_t port)
{
	return ((port != 0 && port <= OFP_P_MAX) || port == OFP_P_LOCAL);
}

void
dp_learn_packet(struct dp *d, struct conn *c,
    const struct ofp_packet_in_quick *pq)
{
	enum dp_role	role = dp_flow_role(pq->pq_cookie);
	struct ofp_l2	l2;
	bool		known;

	counter_inc(&d->d_counters, CNT_packet_in);
	if (!dp_learn_port_ok(pq->pq_in_port)) {
		counter_inc(&d->d_counters, CNT_drop_no_port);
		dp_learn_release(d, c, pq);
		return;
	}
	if (!ofp_l2_parse(pq->pq_data, pq->pq_len, &l2)) {
		counter_inc(&d->d_counters, CNT_drop_short);
		dp_learn_release(d, c, pq);
		return;
	}
	if (unlikely(d->d_rate != 0) &&
	    dp_guard_over(d, pq->pq_in_port, &l2, c->c_heard)) {
		dp_learn_release(d, c, pq);
		return;
	}
	if ((l2.l2_dst & DP_RESERVED_MASK) == DP_RESERVED) {
		counter_inc(&d->d_counters, CNT_drop_reserved);
		dp_learn_reserved(d, c, pq, &l2);
		return;
	}
	if (unlikely(d->d_port_max) && dp_learn_over(d, pq->pq_in_port, &l2)) {
		dp_learn_refuse(d, c, pq, &l2);
		return;
	}
	known = dp_learn_source(d, c, pq->pq_in_port, &l2);
	/* A copy: the switch sent the frame on by itself. */
	if (role == DP_ROLE_COPY ||
	    (role == DP_ROLE_ARP && d->d_mode == DP_PIPELINE)) {
		counter_inc(&d->d_counters, CNT_packet_in_copy);
		return;
	}
	if (pq->pq_reason == OFP_R_INVALID_TTL) {
		counter_inc(&d->d_counters, CNT_drop_ttl);
		dp_learn_release(d, c, pq);
		return;
	}
	dp_learn_answer(d, c, pq, &l2, known);
}

/* Would it be a host too many behind its port? */
static bool
dp_learn_over(struct dp *d, uint32_t port, const struct ofp_l2 *l2)
{
	const struct dp_port	*dt = dp_port_find(d, port);
	struct learn_host	*lh;
	uint32_t		 pos, n = 0;

	lh = learn_lookup(&d->d_learn, l2->l2_src, l2->l2_vlan);
	if (dt == NULL || dt->dt_max == 0 ||
	    (lh != NULL && lh->lh_port == port))
		return (false);
	for (pos = 0; (lh = learn_next(&d->d_learn, &pos)) != NULL;)
		n += lh->lh_port == port;
	return (n >= dt->dt_max);
}

/* What it sends is dropped, by the switch itself for a while. */
static void
dp_learn_refuse(struct dp *d, struct conn *c,
    const struct ofp_packet_in_quick *pq, const struct ofp_l2 *l2)
{
	struct ofp_l2_flow	lf;

	counter_inc(&d->d_counters, CNT_mac_port_limit);
	counter_inc(&d->d_counters, CNT_drop_port_limit);
	if (d->d_state != DP_UP || !dp_room_left(d, DP_TABLE_SRC) ||
	    !dp_room_brief(d, DP_REFUSE_TIME)) {
		dp_learn_release(d, c, pq);
		return;
	}
	dp_flow_begin(d, &lf, DP_ROLE_BRIEF, OFP_FC_ADD);
	lf.lf_fields = OFP_L2_IN_PORT | OFP_L2_VLAN | OFP_L2_SRC;
	lf.lf_in_port = pq->pq_in_port;
	lf.lf_vlan = l2->l2_vlan;
	lf.lf_src = l2->l2_src;
	lf.lf_hard = DP_REFUSE_TIME;
	lf.lf_buffer = pq->pq_buffer;
	dp_flow_send(d, c, &lf);
}

/* False when the source could not be learned. */
static bool
dp_learn_source(struct dp *d, struct conn *c, uint32_t port,
    const struct ofp_l2 *l2)
{
	struct learn_host	*lh;
	enum learn_result	 result;
	uint32_t		 old;

	result = learn_source(&d->d_learn, l2->l2_src, l2->l2_vlan, port,
	    c->c_heard, &old);
	switch (result) {
	case LEARN_KNOWN:
		/* Heard: no flow knows better (dp_sync.c). */
		if (unlikely(d->d_state == DP_READ))
			learn_lookup(&d->d_learn, l2->l2_src,
			    l2->l2_vlan)->lh_word &= ~DP_MARK_FOUND;
		break;
	case LEARN_NEW:
		counter_inc(&d->d_counters, CNT_mac_learned);
		if (dp_events)
			dp_event(d, "learned %s vlan %u on %s",
			    mac_text(l2->l2_src),
			    l2->l2_vlan & 0xfff, dp_port_name(d, port));
		break;
	case LEARN_MOVED:
		dp_learn_moved(d, l2, old);
		break;
	case LEARN_FULL:
		counter_inc(&d->d_counters, CNT_mac_full);
		return (false);
	case LEARN_REFUSED:
		counter_inc(&d->d_counters, CNT_source_refused);
		return (false);
	}
	if (d->d_mode == DP_PIPELINE && d->d_state == DP_UP) {
		lh = learn_lookup(&d->d_learn, l2->l2_src, l2->l2_vlan);
		if ((lh->lh_word & DP_MARK_SRC) != 0) {
			d->d_copies++;
			return (true);
		}
		dp_learn_install(d, lh);
		if (unlikely((lh->lh_word & DP_MARK_DST) == 0)) {
			if (result == LEARN_MOVED)
				dp_flow_dst(d, OFP_FC_DELETE_STRICT, lh);
			dp_learn_want(d, DP_TABLE_DST, lh);
		}
		if (unlikely((lh->lh_word & DP_MARK_SRC) == 0))
			dp_learn_want(d, DP_TABLE_SRC, lh);
	}
	return (true);
}

/* With two tables, the flow to it is written over, which needs no room. */
static void
dp_learn_moved(struct dp *d, const struct ofp_l2 *l2, uint32_t old)
{
	struct learn_host	*lh;

	counter_inc(&d->d_counters, CNT_mac_moved);
	lh = learn_lookup(&d->d_learn, l2->l2_src, l2->l2_vlan);
	if (dp_events)
		dp_event(d, "moved %s vlan %u from %s to port %u",
		    mac_text(l2->l2_src), l2->l2_vlan & 0xfff,
		    dp_port_name(d, old), lh->lh_port);
	if (d->d_state == DP_UP)
		dp_flow_delete_host(d, lh, old);
	else
		d->d_sync_wanted = true;
	if ((lh->lh_word & DP_MARK_DST) != 0)
		dp_room_count(d, DP_ROLE_DST, -1);
	lh->lh_word &= ~LEARN_MARKS;
}

/* Both flows of a host, as far as they are not there and fit. */
void
dp_learn_install(struct dp *d, struct learn_host *lh)
{
	if ((lh->lh_word & DP_MARK_DST) == 0 &&
	    dp_room_left(d, DP_TABLE_DST) && dp_flow_dst(d, OFP_FC_ADD, lh))
		lh->lh_word |= DP_MARK_DST;
	if ((lh->lh_word & DP_MARK_SRC) == 0 &&
	    dp_room_left(d, DP_TABLE_SRC) &&
	    dp_flow_src(d, OFP_FC_ADD, lh, lh->lh_port))
		lh->lh_word |= DP_MARK_SRC | DP_MARK_FOUND;
}

/* It talks, and a flow is missing: because there was no room for it? */
static void
dp_learn_want(struct dp *d, enum dp_table which, const struct learn_host *lh)
{
	if (!dp_room_left(d, which))
		dp_room_want(d, which, learn_mac(lh), learn_vlan(lh));
}

/* May flows be added in answer to a packet-in of a host? */
static bool
dp_learn_may_add(struct dp *d, const struct ofp_l2 *l2)
{
	if (d->d_state != DP_UP || d->d_mode != DP_REACTIVE)
		return (false);
	if (likely(dp_room_left(d, DP_TABLE_SRC)))
		return (true);
	dp_room_want(d, DP_TABLE_SRC, l2->l2_src, l2->l2_vlan);
	dp_room_coarser(d, "flows for pairs of hosts do not fit");
	return (false);
}

static void
dp_learn_answer(struct dp *d, struct conn *c,
    const struct ofp_packet_in_quick *pq, const struct ofp_l2 *l2, bool known)
{
	struct learn_host	*lh = NULL;
	uint32_t		 port = OFP_P_ANY;	/* flood */
	enum dp_role		 role = DP_ROLE_NONE;

	if (l2->l2_dst & MULTICAST)
		role = known ? DP_ROLE_GROUP : DP_ROLE_BRIEF;
	else if ((lh = learn_lookup(&d->d_learn, l2->l2_dst, l2->l2_vlan)) !=
	    NULL) {
		role = !known ? DP_ROLE_BRIEF : d->d_coarse ? DP_ROLE_TO :
		    DP_ROLE_PAIR;
		port = lh->lh_port;
	} else if (dp_learn_unknown(d, l2))
		role = DP_ROLE_BRIEF;

	/* Where no flow has a port, broadcasts tell us of moves. */
	if (role == DP_ROLE_GROUP && (d->d_no_in_port || d->d_coarse))
		role = DP_ROLE_NONE;
	if (role != DP_ROLE_NONE && dp_learn_may_add(d, l2) &&
	    dp_learn_flow(d, c, pq, l2, role, port) &&
	    pq->pq_buffer != OFP_NO_BUFFER)
		return;
	if (port == pq->pq_in_port) {
		counter_inc(&d->d_counters, CNT_drop_same_port);
		dp_learn_release(d, c, pq);
		return;
	}
	if (pq->pq_buffer == OFP_NO_BUFFER && pq->pq_len < pq->pq_total) {
		counter_inc(&d->d_counters, CNT_drop_truncated);
		return;
	}
	dp_learn_out(d, c, pq, port);
}

/* Has this destination been asked for a moment ago? */
static bool
dp_learn_unknown(struct dp *d, const struct ofp_l2 *l2)
{
	uint64_t	h = (l2->l2_dst ^ l2->l2_vlan) * 0x9e3779b97f4a7c15ULL;
	uint64_t	bit = 1ULL << (h >> 58);
	bool		again = (d->d_unknown & bit) != 0;

	d->d_unknown |= bit;
	return (again);
}

/* False when it was refused already, or when there are too many. */
static bool
dp_learn_flow(struct dp *d, struct conn *c,
    const struct ofp_packet_in_quick *pq, const struct ofp_l2 *l2,
    enum dp_role role, uint32_t port)
{
	struct ofp_l2_flow	lf;

	dp_flow_begin(d, &lf, role, OFP_FC_ADD);
	lf.lf_in_port = pq->pq_in_port;
	lf.lf_vlan = l2->l2_vlan;
	lf.lf_src = l2->l2_src;
	lf.lf_dst = l2->l2_dst;
	lf.lf_buffer = pq->pq_buffer;
	if (port == OFP_P_ANY)
		dp_flow_floods(d, pq->pq_in_port, &lf);
	else {
		lf.lf_nout = 1;
		lf.lf_out = &port;
	}
	if (dp_room_was_refused(d, &lf) ||
	    (role == DP_ROLE_BRIEF && !dp_room_brief(d, lf.lf_hard)))
		return (false);
	dp_flow_send(d, c, &lf);
	return (true);
}

/* 802.1D: never forwarded; a switch that asks gets a flow that drops it. */
static void
dp_learn_reserved(struct dp *d, struct conn *c,
    const struct ofp_packet_in_quick *pq, const struct ofp_l2 *l2)
{
	struct ofp_l2_flow	lf;

	if (dp_flow_role(pq->pq_cookie) == DP_ROLE_COPY)
		return;
	if (!dp_learn_may_add(d, l2)) {
		dp_learn_release(d, c, pq);
		return;
	}
	dp_flow_begin(d, &lf, DP_ROLE_RESERVED, OFP_FC_ADD);
	lf.lf_dst = l2->l2_dst;
	lf.lf_idle = dp_flow_idle(d);
	lf.lf_buffer = pq->pq_buffer;
	dp_flow_send(d, c, &lf);
}

static void
dp_learn_out(struct dp *d, struct conn *c,
    const struct ofp_packet_in_quick *pq, uint32_t port)
{
	struct ofp_l2_out	lo = {
		.lo_buffer = pq->pq_buffer, .lo_in_port = pq->pq_in_port,
		.lo_out = &port, .lo_nout = 1,
		.lo_data = pq->pq_data, .lo_len = pq->pq_len
	};
	struct dp_outs		o;
	uint32_t		xid = DP_XID_LEARN;

	if (port == OFP_P_ANY) {
		dp_flood_get(d, pq->pq_in_port, &o);
		lo.lo_out = o.o_out;
		lo.lo_nout = o.o_nout;
		lo.lo_group = o.o_group;
		xid = DP_XID_FLOOD + d->d_flood;
	}
	counter_inc(&d->d_counters, ofp_l2_out_encode(conn_wr(c),
	    d->d_version, xid, &lo) ? CNT_packet_out : CNT_drop_long);
}

/* Free the switch's buffer: a packet-out that does nothing. */
static void
dp_learn_release(struct dp *d, struct conn *c,
    const struct ofp_packet_in_quick *pq)
{
	struct ofp_l2_out	lo = {
		.lo_buffer = pq->pq_buffer, .lo_in_port = OFP_P_CONTROLLER
	};

	if (pq->pq_buffer == OFP_NO_BUFFER)
		return;
	if (dp_learn_port_ok(pq->pq_in_port))
		lo.lo_in_port = pq->pq_in_port;
	counter_inc(&d->d_counters, CNT_packet_out);
	(void)ofp_l2_out_encode(conn_wr(c), d->d_version, DP_XID_LEARN, &lo);
}

/*
 * Hosts go.
 */

/* With its flows. */
void
dp_learn_forget(struct dp *d, struct learn_host *lh, enum counter why)
{
	counter_inc(&d->d_counters, why);
	if (dp_events)
		dp_event(d, "%s %s vlan %u on %s", counter_name(why),
		    mac_text(learn_mac(lh)), learn_vlan(lh) & 0xfff,
		    dp_port_name(d, lh->lh_port));
	if (d->d_state == DP_UP || d->d_state == DP_READ) {
		dp_flow_delete_host(d, lh, lh->lh_port);
		if (d->d_mode == DP_PIPELINE)
			dp_flow_dst(d, OFP_FC_DELETE_STRICT, lh);
	}
	learn_del(&d->d_learn, lh);
}

void
dp_learn_port_down(struct dp *d, uint32_t port)
{
	struct learn_host	*lh;
	uint32_t		 pos, gone = 0;

	for (pos = 0; (lh = learn_next(&d->d_learn, &pos)) != NULL;) {
		if (lh->lh_port != port)
			continue;
		learn_del(&d->d_learn, lh);
		pos--;
		gone++;
	}
	d->d_counters.cn_v[CNT_mac_flushed] += gone;
	if (d->d_state == DP_UP)
		dp_flow_delete_port(d, port);
	else
		d->d_sync_wanted = true;
}

/* Forget everything; base flows come back at once. */
void
dp_learn_reset(struct dp *d)
{
	d->d_counters.cn_v[CNT_mac_flushed] += d->d_learn.l_count;
	learn_free(&d->d_learn);
	if (d->d_state != DP_UP)
		return;
	dp_flow_delete_all(d);
	d->d_pass_found = 0;
	d->d_base = dp_flow_base(d, 0);
	d->d_sync_wanted = true;
}

void
dp_learn_flow_removed(struct dp *d, const struct ofp_flow_removed *fr)
{
	const struct ofp_key	*k = &fr->fr_match.m_key;
	enum dp_role		 role = dp_flow_role(fr->fr_cookie);
	struct learn_host	*lh;
	uint16_t		 vlan;

	counter_inc(&d->d_counters, CNT_flow_removed);
	if (role == DP_ROLE_NONE || d->d_state != DP_UP)
		return;
	dp_room_removed(d, role);
	vlan = ofp_key_get(k, OFP_XMT_VLAN_VID);
	switch (role) {
	case DP_ROLE_SRC:
		lh = learn_lookup(&d->d_learn,
		    ofp_key_get(k, OFP_XMT_ETH_SRC), vlan);
		if (lh == NULL ||
		    lh->lh_port != ofp_key_get(k, OFP_XMT_IN_PORT))
			break;		/* we did that: it has moved on */
		lh->lh_word &= ~DP_MARK_SRC;
		if (fr->fr_reason == OFP_RR_IDLE_TIMEOUT)
			dp_learn_forget(d, lh, CNT_mac_aged);
		break;
	case DP_ROLE_DST:
		lh = learn_lookup(&d->d_learn,
		    ofp_key_get(k, OFP_XMT_ETH_DST), vlan);
		if (lh == NULL || (lh->lh_word & DP_MARK_DST) == 0)
			break;		/* to make room: dp_room.c */
		lh->lh_word &= ~DP_MARK_DST;
		dp_learn_install(d, lh);
		break;
	case DP_ROLE_MISS:
	case DP_ROLE_COPY:
	case DP_ROLE_ARP:
	case DP_ROLE_FLOOD:
	case DP_ROLE_PASS:
		d->d_sync_wanted = true;	/* somebody deleted it */
		break;
	case DP_ROLE_RESERVED:
		d->d_sync_wanted |= d->d_mode == DP_PIPELINE;
		break;
	default:
		break;
	}
}

/* An error to what the learning sent. */
void
dp_learn_error(struct dp *d, uint32_t xid, const struct ofp_error_msg *er,
    const char *name)
{
	enum dp_role	role = xid & 0xff;

	if (xid - DP_XID_METER < DP_METERS) {
		counter_inc(&d->d_counters, CNT_meter_refused);
		return;
	}
	if (xid == DP_XID_GROUP && !dp_flood_group_error(er))
		return;
	if (dp_room_is_full(d, er)) {
		dp_room_full(d, role, name);
		return;
	}
	counter_inc(&d->d_counters, CNT_flow_refused);
	if (role == DP_ROLE_TO)
		dp_room_no_coarse(d, name);
	dp_room_count(d, role, -1);
	dp_room_refused(d, xid);
	/* It may have been to take the place of one that is wrong by now. */
	d->d_sync_wanted |= role == DP_ROLE_DST;
	/* 5.5: FLOOD is not for every switch; and groups get deleted. */
	if (er->er_type == OFP_ET_BAD_ACTION && d->d_state == DP_UP &&
	    (xid == DP_XID_FLOOD + d->d_flood || role == DP_ROLE_FLOOD) &&
	    dp_flood_next(d, "refused when it was up")) {
		if (role == DP_ROLE_FLOOD)
			(void)dp_flow_base(d, 0xffff & ~(1U << role));
		else
			dp_flood_changed(d);
		dp_room_retry(d);
	}
}
