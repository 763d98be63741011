/*
 * SPDX-License-Identifier: ISC
 *
 * dp_meter.c: packet-in-rate in the switch itself, by two meters (1.3).
 *
 * What would be too much for us is best dropped where it comes in: a flow that
 * sends frames to us has a meter, and address resolution a flow and a meter of
 * its own.  The meters are the switch's as a whole, so they have the rate of
 * all ports together; each port has its share in dp_guard.c.
 *
 * Ours are the highest two that the switch has, or the next two where somebody
 * else has one of those.  Those that flows of an earlier life name are ours as
 * well.  A switch without meters, or that refuses them or flows with them, goes
 * without.
 */
#include "dp.h"
#include "log.h"

#define DP_METER_TRIES	4

static const enum dp_role	dp_meter_roles[] = {
	DP_ROLE_MISS, DP_ROLE_COPY, DP_ROLE_ARP
};

static void	dp_meter_mod(struct dp *, enum dp_meter, uint16_t);

/* What it can do, before a plan is made.  What was known of it is not. */
void
dp_meter_ask(struct dp *d)
{
	struct ofp_wr	*wr = conn_wr(d->d_conn);
	size_t		 start;

	d->d_meter_top = d->d_meter_max = 0;
	d->d_meter_set = false;
	if (d->d_rate == 0 || d->d_version == OFP_VERSION_10)
		return;
	start = ofp_mp_begin(wr, false, conn_next_xid(d->d_conn),
	    OFP_MP_METER_FEATURES);
	ofp_mp_end(wr, start, false);
}

enum ofp_error
dp_meter_features(struct dp *d, struct ofp_rd *rd)
{
	struct ofp_meter_features	mf;
	enum ofp_error			error;

	if ((error = ofp_meter_features_decode(rd, &mf)) != OFP_OK)
		return (error);
	if (mf.mf_max > OFP_M_MAX)
		mf.mf_max = OFP_M_MAX;
	if (mf.mf_max < 2 * DP_METERS)
		dp_profile(d, "meters", "it has none", "no");
	else if ((mf.mf_band_types & 1U << OFP_MBT_DROP) == 0 ||
	    (mf.mf_capabilities & OFP_MF_PKTPS) == 0)
		dp_profile(d, "meters", "they cannot drop by frames", "no");
	else if (d->d_state == DP_ASK)
		d->d_meter_top = d->d_meter_max = mf.mf_max;
	return (OFP_OK);
}

/* Its meter of a class; 0: it has none. */
uint32_t
dp_meter_id(const struct dp *d, enum dp_meter m)
{
	return (d->d_meter_top == 0 ? 0 : d->d_meter_top - m);
}

/* The meter of a base flow. */
uint32_t
dp_meter_of(const struct dp *d, enum dp_role role)
{
	switch (role) {
	case DP_ROLE_ARP:
		return (dp_meter_id(d, DP_METER_ARP));
	case DP_ROLE_MISS:
	case DP_ROLE_COPY:
		return (dp_meter_id(d, DP_METER_OTHER));
	default:
		return (0);
	}
}

/* A base flow of an earlier life has a meter. */
void
dp_meter_found(struct dp *d, const struct dp_found *fo)
{
	if (fo->fo_meter == 0 || d->d_meter_set)
		return;
	d->d_meter_top = fo->fo_role == DP_ROLE_ARP ?
	    fo->fo_meter + DP_METER_ARP : fo->fo_meter;
	d->d_meter_set = true;
}

/* Before the base flows. */
void
dp_meter_add(struct dp *d)
{
	unsigned int	m;

	if (d->d_meter_top == 0)
		return;
	d->d_meter_exists = d->d_meter_refused = 0;
	for (m = 0; m < DP_METERS && d->d_rate != 0; m++)
		dp_meter_mod(d, m, d->d_meter_set ? OFP_MC_MODIFY :
		    OFP_MC_ADD);
	if (d->d_rate != 0)
		dp_profile(d, "meters", "packet-in-rate", "%u and %u",
		    dp_meter_id(d, DP_METER_OTHER),
		    dp_meter_id(d, DP_METER_ARP));
}

static void
dp_meter_mod(struct dp *d, enum dp_meter m, uint16_t command)
{
	struct ofp_meter	me = {
		.m_command = command, .m_id = dp_meter_id(d, m),
		.m_flags = OFP_MF_PKTPS | OFP_MF_BURST
	};
	struct ofp_band		bd = { .bd_type = OFP_MBT_DROP };
	uint64_t		rate;
	struct ofp_wr		wr;
	uint8_t			buf[32];

	rate = (uint64_t)d->d_rate * (d->d_nports == 0 ? 1 : d->d_nports);
	rate = m == DP_METER_ARP ? rate / 4 : rate;
	bd.bd_rate = rate == 0 ? 1 : rate > UINT32_MAX ? UINT32_MAX : rate;
	bd.bd_burst = bd.bd_rate;
	ofp_wr_init(&wr, buf, sizeof(buf));
	if (command != OFP_MC_DELETE)
		ofp_band_encode(&wr, &bd);
	ofp_rd_init(&me.m_bands, buf, ofp_wr_pos(&wr));
	counter_inc(&d->d_counters, CNT_meter_mod);
	ofp_meter_encode(conn_wr(d->d_conn), DP_XID_METER + m, &me);
}

/* An error to one of ours. */
void
dp_meter_error(struct dp *d, uint32_t xid, const struct ofp_error_msg *er)
{
	d->d_meter_refused |= 1U << (xid - DP_XID_METER);
	if (er->er_type == OFP_ET_METER_MOD_FAILED &&
	    er->er_code == ofp_error_code(OFP_MMFC_METER_EXISTS))
		d->d_meter_exists |= 1U << (xid - DP_XID_METER);
}

/* Meters, or flows with them, were refused: others, or none. */
void
dp_meter_next(struct dp *d)
{
	unsigned int	m, i;

	/* What was added all the same goes; what is not ours stays. */
	for (m = 0; m < DP_METERS; m++)
		if ((d->d_meter_refused & 1U << m) == 0)
			dp_meter_mod(d, m, OFP_MC_DELETE);
	for (i = 0; i < nitems(dp_meter_roles); i++)
		d->d_base &= ~(1U << dp_meter_roles[i]);
	if (d->d_meter_exists != 0 && d->d_meter_max - d->d_meter_top <
	    DP_METER_TRIES * DP_METERS && d->d_meter_top > 2 * DP_METERS)
		d->d_meter_top -= DP_METERS;
	else {
		d->d_meter_top = 0;
		dp_profile(d, "meters", "they were refused", "no");
	}
	d->d_meter_set = false;
}

/* Another plan: it may have been the flows of the one before. */
void
dp_meter_again(struct dp *d)
{
	if (d->d_rate != 0 && d->d_meter_top == 0 && d->d_meter_refused == 0)
		d->d_meter_top = d->d_meter_max;
}

/* The base flows stand: with the meters, or without those of before. */
void
dp_meter_done(struct dp *d)
{
	unsigned int	m;

	if (d->d_meter_top == 0)
		return;
	d->d_meter_set = true;
	if (d->d_rate != 0)
		return;
	for (m = 0; m < DP_METERS; m++)
		dp_meter_mod(d, m, OFP_MC_DELETE);
	d->d_meter_top = 0;
	d->d_meter_set = false;
}

/* The rate or the number of ports is another one. */
void
dp_meter_changed(struct dp *d)
{
	if (d->d_setup != NULL)
		d->d_setup->su_changed = true;
	if (d->d_conn == NULL || d->d_state != DP_UP || !d->d_meter_set)
		return;
	if (d->d_rate == 0) {
		d->d_base = dp_flow_base(d, d->d_base &
		    ~(1U << DP_ROLE_MISS | 1U << DP_ROLE_COPY));
		dp_flow_delete_role(d, DP_ROLE_ARP);
		dp_meter_done(d);
	} else
		dp_meter_add(d);
}
