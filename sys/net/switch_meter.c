/*
 * SPDX-License-Identifier: ISC
 *
 * switch_meter.c: meters (1.3.5, 5.7): each band is a token bucket.
 *
 * Tokens are counted so that no time is ever lost to rounding: a packet/s band
 * earns `rate' tokens a nanosecond and a packet costs 10^9; a kb/s band earns
 * `rate' a nanosecond and a bit costs 10^6 (rate * 1000 bits/s * 1 ns =
 * rate * 10^-6 bits).  A bucket holds at most its burst; without the BURST
 * flag, what passes in a second, or one large frame if that is more.
 *
 * A band that counts packets may save less than one above its burst, else a
 * burst of one would lose what comes between two packets.
 *
 * A packet larger than the whole burst passes a full bucket and leaves it in
 * debt, so that super-frames do not starve.
 *
 * The measured rate exceeds a band when its bucket has not enough; of those
 * the one with the highest rate applies, once per packet.  Each bucket pays for
 * the packets that pass it, not for those it stops.
 */
#include "switch_pass.h"

#define NS		1000000000ULL
#define BIT_COST	1000000ULL	/* tokens for a bit */
#define PACKET_COST	NS		/* tokens for a packet */
#define MIN_BITS	(65536 * 8ULL)	/* least default burst */

#define BUCKET(sc, id)	(&(sc)->sc_meters[(id) % SWITCH_METER_HASH])

static struct switch_meter *
meter_find(struct switch_softc *sc, uint32_t id)
{
	struct switch_meter	*me;

	for (me = SMR_PTR_GET_EITHER(BUCKET(sc, id), &sc->sc_mutex);
	    me != NULL;
	    me = SMR_PTR_GET_EITHER(&me->me_hnext, &sc->sc_mutex))
		if (me->me_id == id)
			break;
	return (me);
}

struct switch_meter *
switch_meter_find(struct switch_softc *sc, uint32_t id)
{
	struct switch_meter	*me;

	smr_read_enter();
	me = meter_find(sc, id);
	smr_read_leave();
	return (me);
}

struct switch_meter *
switch_meter_from(struct switch_softc *sc, uint32_t id)
{
	struct switch_meter	*me;

	KERN_MUTEX_ASSERT(&sc->sc_mutex);
	TAILQ_FOREACH(me, &sc->sc_meterlist, me_entry)
		if (me->me_id >= id)
			break;
	return (me);
}

void
switch_meter_ref(struct switch_softc *sc, uint32_t id, int n)
{
	struct switch_meter	*me = switch_meter_find(sc, id);

	if (me != NULL)
		me->me_refs += n;
}

/*
 * A packet.
 */
/* a * b, at most all ones. */
static uint64_t
mul_sat(uint64_t a, uint64_t b)
{
	uint64_t	 r;

	return (__builtin_mul_overflow(a, b, &r) ? UINT64_MAX : r);
}

static void
band_refill(struct switch_band *bn, uint64_t ns)
{
	uint64_t	 more = mul_sat(ns, bn->bn_rate);

	if (more >= (uint64_t)(bn->bn_full - bn->bn_tokens))
		bn->bn_tokens = bn->bn_full;
	else
		bn->bn_tokens += more;
}

/* X: the band that the packet exceeds, of the highest rate. */
static struct switch_band *
meter_band(struct switch_meter *me, int64_t cost)
{
	struct switch_band	*bn, *best = NULL;
	unsigned int		 i;

	for (i = 0; i < me->me_nbands; i++) {
		bn = &me->me_band[i];
		if (bn->bn_tokens >= cost || bn->bn_tokens == bn->bn_full)
			bn->bn_tokens -= cost;
		else if (best == NULL || bn->bn_rate > best->bn_rate)
			best = bn;
	}
	return (best);
}

/* X: true: it may pass. */
static bool
meter_pass(struct switch_meter *me, uint32_t len, uint32_t packets,
    uint8_t *prec)
{
	uint64_t		 now = kern_uptime_ns();
	struct switch_band	*bn;
	unsigned int		 i;
	bool			 pass = true;

	for (i = 0; i < me->me_nbands; i++)
		band_refill(&me->me_band[i], now - me->me_time);
	me->me_time = now;
	me->me_packets += packets;
	me->me_bytes += len;
	bn = meter_band(me, (me->me_flags & OFP_MF_PKTPS) != 0 ?
	    packets * PACKET_COST : len * 8ULL * BIT_COST);
	if (bn != NULL) {
		bn->bn_packets += packets;
		bn->bn_bytes += len;
		if (bn->bn_type == OFP_MBT_DROP)
			pass = false;
		else
			*prec = bn->bn_prec;
	}
	return (pass);
}

bool
switch_meter_pass(struct switch_softc *sc, uint32_t id, uint32_t len,
    uint32_t packets, uint8_t *prec)
{
	struct switch_meter	*me = meter_find(sc, id);
	bool			 pass;

	if (me == NULL)
		return (true);
	kern_spin_enter(&me->me_spin);
	pass = meter_pass(me, len, packets, prec);
	kern_spin_leave(&me->me_spin);
	return (pass);
}

/* May it change a packet?  A change of that flushes the cache. */
bool
switch_meter_remarks(struct switch_softc *sc, uint32_t id)
{
	struct switch_meter	*me = meter_find(sc, id);
	unsigned int		 i;
	bool			 found = false;

	if (me == NULL)
		return (false);
	kern_spin_enter(&me->me_spin);
	for (i = 0; i < me->me_nbands; i++)
		if (me->me_band[i].bn_type == OFP_MBT_DSCP_REMARK)
			found = true;
	kern_spin_leave(&me->me_spin);
	return (found);
}

/*
 * Meter mod, 7.3.4.4; what the message alone tells was checked by its decoder.
 */
/* Below 2^63: all of these are 32 bits times 10^9. */
static int64_t
band_full(const struct switch_band *bn, uint16_t flags)
{
	uint64_t	 n;

	if ((flags & OFP_MF_PKTPS) != 0) {
		n = (flags & OFP_MF_BURST) != 0 && bn->bn_burst != 0 ?
		    bn->bn_burst : bn->bn_rate;
		return ((int64_t)(n * PACKET_COST + PACKET_COST - 1));
	}
	if ((flags & OFP_MF_BURST) != 0 && bn->bn_burst != 0)
		n = bn->bn_burst * 1000ULL;
	else {
		n = bn->bn_rate * 1000ULL;
		if (n < MIN_BITS)
			n = MIN_BITS;
	}
	return ((int64_t)(n * BIT_COST));
}

/* The bands of a checked message; OUT_OF_BANDS. */
static enum ofp_error
bands_read(const struct ofp_meter *m, struct switch_band *bn, uint8_t *np)
{
	struct ofp_rd	 rd = m->m_bands;
	struct ofp_band	 bd;
	enum ofp_error	 err = OFP_OK;
	uint8_t		 n = 0;

	while (ofp_band_next(&rd, &bd, &err)) {
		if (n == SWITCH_MAX_BANDS)
			return (OFP_MMFC_OUT_OF_BANDS);
		memset(&bn[n], 0, sizeof(bn[n]));
		bn[n].bn_type = bd.bd_type;
		bn[n].bn_prec = bd.bd_prec;
		bn[n].bn_rate = bd.bd_rate;
		bn[n].bn_burst = bd.bd_burst;
		bn[n].bn_full = band_full(&bn[n], m->m_flags);
		bn[n].bn_tokens = bn[n].bn_full;
		n++;
	}
	*np = n;
	return (err);
}

static void
meter_link(struct switch_softc *sc, struct switch_meter *me)
{
	struct switch_meter	*at = switch_meter_from(sc, me->me_id);

	if (at != NULL)
		TAILQ_INSERT_BEFORE(at, me, me_entry);
	else
		TAILQ_INSERT_TAIL(&sc->sc_meterlist, me, me_entry);
	me->me_hnext = SMR_PTR_GET_LOCKED(BUCKET(sc, me->me_id));
	SMR_PTR_SET_LOCKED(BUCKET(sc, me->me_id), me);
	sc->sc_nmeters++;
}

static enum ofp_error
meter_add(struct switch_softc *sc, const struct ofp_meter *m)
{
	struct switch_meter	*me;
	enum ofp_error		 err;

	if (switch_meter_find(sc, m->m_id) != NULL)
		return (OFP_MMFC_METER_EXISTS);
	if (sc->sc_nmeters >= sc->sc_conf.sc_max_meters)
		return (OFP_MMFC_OUT_OF_METERS);
	me = kern_zalloc(sizeof(*me));
	if (me == NULL)
		return (OFP_MMFC_UNKNOWN);
	err = bands_read(m, me->me_band, &me->me_nbands);
	if (err != OFP_OK) {
		kern_free(me, sizeof(*me));
		return (err);
	}
	kern_spin_init(&me->me_spin);
	me->me_id = m->m_id;
	me->me_flags = m->m_flags;
	me->me_created = me->me_time = kern_uptime_ns();
	meter_link(sc, me);
	return (OFP_OK);
}

/* Counters of the meter stay, those of the bands begin anew. */
static enum ofp_error
meter_modify(struct switch_softc *sc, const struct ofp_meter *m)
{
	struct switch_meter	*me = switch_meter_find(sc, m->m_id);
	struct switch_band	 bands[SWITCH_MAX_BANDS];
	enum ofp_error		 err;
	uint8_t			 n;

	if (me == NULL)
		return (OFP_MMFC_UNKNOWN_METER);
	err = bands_read(m, bands, &n);
	if (err != OFP_OK)
		return (err);
	kern_spin_enter(&me->me_spin);
	memcpy(me->me_band, bands, n * sizeof(bands[0]));
	me->me_nbands = n;
	me->me_flags = m->m_flags;
	me->me_time = kern_uptime_ns();
	kern_spin_leave(&me->me_spin);
	switch_cache_flush(sc);		/* may remark now */
	return (OFP_OK);
}

static void
meter_free(void *arg)
{
	kern_free(arg, sizeof(struct switch_meter));
}

static void
meter_delete(struct switch_softc *sc, struct switch_meter *me)
{
	struct switch_meter	**mp = BUCKET(sc, me->me_id);

	if (me->me_refs > 0)
		switch_flows_of_meter(sc, me->me_id);
	TAILQ_REMOVE(&sc->sc_meterlist, me, me_entry);
	while (*mp != me)
		mp = &(*mp)->me_hnext;
	SMR_PTR_SET_LOCKED(mp, me->me_hnext);
	sc->sc_nmeters--;
	smr_call(&me->me_smr, meter_free, me);
}

enum ofp_error
switch_meter_mod(struct switch_softc *sc, const struct ofp_meter *m)
{
	struct switch_meter	*me, *next;

	KERN_MUTEX_ASSERT(&sc->sc_mutex);
	if (m->m_command == OFP_MC_DELETE) {
		TAILQ_FOREACH_SAFE(me, &sc->sc_meterlist, me_entry, next)
			if (m->m_id == OFP_M_ALL || m->m_id == me->me_id)
				meter_delete(sc, me);
		return (OFP_OK);
	}
	return (m->m_command == OFP_MC_ADD ? meter_add(sc, m) :
	    meter_modify(sc, m));
}

void
switch_meters_free(struct switch_softc *sc)
{
	struct switch_meter	*me;

	while ((me = TAILQ_FIRST(&sc->sc_meterlist)) != NULL)
		meter_delete(sc, me);
}

/*
 * Reports.
 */
void
switch_meter_stats(struct switch_meter *me, struct ofp_wr *wr)
{
	struct ofp_meter_stats	 ms;
	uint64_t		 age = kern_uptime_ns() - me->me_created;
	size_t			 start;
	unsigned int		 i;

	memset(&ms, 0, sizeof(ms));
	ms.ms_id = me->me_id;
	ms.ms_flows = me->me_refs;
	ms.ms_sec = (uint32_t)kern_div64(age, NS);
	ms.ms_nsec = (uint32_t)(age - kern_div64(age, NS) * NS);
	kern_spin_enter(&me->me_spin);
	ms.ms_packets = me->me_packets;
	ms.ms_bytes = me->me_bytes;
	start = ofp_meter_stats_begin(wr, &ms);
	for (i = 0; i < me->me_nbands; i++) {
		ofp_wr_u64(wr, me->me_band[i].bn_packets);
		ofp_wr_u64(wr, me->me_band[i].bn_bytes);
	}
	kern_spin_leave(&me->me_spin);
	ofp_meter_stats_end(wr, start);
}

void
switch_meter_config(struct switch_meter *me, struct ofp_wr *wr)
{
	uint8_t			 buf[SWITCH_MAX_BANDS * 16];
	struct ofp_meter_config	 mc;
	struct ofp_band		 bd;
	struct ofp_wr		 bands;
	unsigned int		 i;

	ofp_wr_init(&bands, buf, sizeof(buf));
	for (i = 0; i < me->me_nbands; i++) {
		memset(&bd, 0, sizeof(bd));
		bd.bd_type = me->me_band[i].bn_type;
		bd.bd_rate = me->me_band[i].bn_rate;
		bd.bd_burst = me->me_band[i].bn_burst;
		bd.bd_prec = me->me_band[i].bn_prec;
		ofp_band_encode(&bands, &bd);
	}
	mc.mc_flags = me->me_flags;
	mc.mc_id = me->me_id;
	ofp_rd_init(&mc.mc_bands, buf, ofp_wr_pos(&bands));
	ofp_meter_config_encode(wr, &mc);
}

void
switch_meter_features(struct switch_softc *sc, struct ofp_meter_features *mf)
{
	memset(mf, 0, sizeof(*mf));
	mf->mf_max = sc->sc_conf.sc_max_meters;
	mf->mf_band_types = 1u << OFP_MBT_DROP | 1u << OFP_MBT_DSCP_REMARK;
	mf->mf_capabilities = OFP_MF_MASK;
	mf->mf_max_bands = SWITCH_MAX_BANDS;
	mf->mf_max_color = 3;
}
