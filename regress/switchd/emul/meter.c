/*
 * SPDX-License-Identifier: ISC
 *
 * meter.c: meters of one band that drops: so many frames or kilobits a second,
 * counted by the second.
 */
#include <string.h>

#include "emul.h"

#define METERS	16

static struct meter {
	uint32_t	 me_id;		/* 0: none */
	uint16_t	 me_flags;
	uint32_t	 me_rate;
	uint64_t	 me_second;
	uint64_t	 me_used;	/* frames, or bits, in that second */
} meters[METERS];

static struct meter *
meter_find(uint32_t id)
{
	unsigned int	i;

	for (i = 0; i < METERS; i++)
		if (meters[i].me_id == id)
			return (&meters[i]);
	return (NULL);
}

static enum ofp_error
meter_put(const struct ofp_meter *m)
{
	struct ofp_rd	 rd = m->m_bands;
	struct ofp_band	 bd;
	enum ofp_error	 error;
	struct meter	*me = meter_find(m->m_id);

	if (m->m_command == OFP_MC_ADD) {
		if (me != NULL)
			return (OFP_MMFC_METER_EXISTS);
		if ((me = meter_find(0)) == NULL)
			return (OFP_MMFC_OUT_OF_METERS);
	} else if (me == NULL)
		return (OFP_MMFC_UNKNOWN_METER);
	if (!ofp_band_next(&rd, &bd, &error))
		return (error != OFP_OK ? error : OFP_MMFC_BAD_BAND);
	if (bd.bd_type != OFP_MBT_DROP)
		return (OFP_MMFC_BAD_BAND);
	if (ofp_rd_left(&rd) != 0)
		return (OFP_MMFC_OUT_OF_BANDS);
	memset(me, 0, sizeof(*me));
	me->me_id = m->m_id;
	me->me_flags = m->m_flags;
	me->me_rate = bd.bd_rate;
	return (OFP_OK);
}

enum ofp_error
meter_mod(struct ofp_rd *rd)
{
	struct ofp_meter	m;
	enum ofp_error		error;
	unsigned int		i;

	if (em.em_model->mo_quirks & MQ_NO_METER)
		return (OFP_BRC_BAD_TYPE);
	if ((error = ofp_meter_decode(rd, &m)) != OFP_OK)
		return (error);
	if (m.m_command != OFP_MC_DELETE)
		return (meter_put(&m));
	for (i = 0; i < METERS; i++)
		if (m.m_id == OFP_M_ALL || meters[i].me_id == m.m_id)
			meters[i].me_id = 0;
	return (OFP_OK);
}

bool
meter_there(uint32_t id)
{
	return (id != 0 && meter_find(id) != NULL);
}

/* May a frame of that length pass? */
bool
meter_pass(uint32_t id, size_t len)
{
	struct meter	*me = meter_find(id);
	uint64_t	 n, max;

	if (id == 0 || me == NULL)
		return (true);
	if (me->me_second != em.em_now / 1000) {
		me->me_second = em.em_now / 1000;
		me->me_used = 0;
	}
	n = me->me_flags & OFP_MF_PKTPS ? 1 : len * 8;
	max = me->me_flags & OFP_MF_PKTPS ? me->me_rate :
	    me->me_rate * 1000ULL;
	if (me->me_used + n > max)
		return (false);
	me->me_used += n;
	return (true);
}

void
meter_features(uint32_t xid)
{
	struct ofp_meter_features	mf;
	size_t				start;

	memset(&mf, 0, sizeof(mf));
	mf.mf_max = METERS;
	mf.mf_band_types = BIT(OFP_MBT_DROP);
	mf.mf_capabilities = OFP_MF_KBPS | OFP_MF_PKTPS;
	mf.mf_max_bands = 1;
	start = ofp_mp_begin(&em.em_wr, true, xid, OFP_MP_METER_FEATURES);
	ofp_meter_features_encode(&em.em_wr, &mf);
	ofp_mp_end(&em.em_wr, start, false);
}
