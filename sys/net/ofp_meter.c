/*
 * SPDX-License-Identifier: ISC
 *
 * ofp_meter.c: meters with their bands, and the configuration of queues.
 */
#include "ofp_group.h"
#include "ofp_msg.h"

#define BAND_LEN	16
#define QUEUE_LEN	16		/* without its properties */
#define QUEUE_PROP_LEN	16

/*
 * Bands.
 */

static enum ofp_error
band_decode(struct ofp_rd *rd, struct ofp_band *bd)
{
	struct ofp_rd	body;
	uint16_t	len;

	memset(bd, 0, sizeof(*bd));
	bd->bd_type = ofp_rd_u16(rd);
	len = ofp_rd_u16(rd);
	ofp_rd_sub(rd, (size_t)len - 4, &body);
	bd->bd_rate = ofp_rd_u32(&body);
	bd->bd_burst = ofp_rd_u32(&body);
	switch (bd->bd_type) {
	case OFP_MBT_DROP:
		ofp_rd_skip(&body, 4);
		break;
	case OFP_MBT_DSCP_REMARK:
		bd->bd_prec = ofp_rd_u8(&body);
		ofp_rd_skip(&body, 3);
		break;
	case OFP_MBT_EXPERIMENTER:
		bd->bd_experimenter = ofp_rd_u32(&body);
		ofp_rd_skip(&body, ofp_rd_left(&body));
		break;
	default:
		return (OFP_MMFC_BAD_BAND);
	}
	if (ofp_rd_err(&body) || ofp_rd_left(&body) != 0)
		return (OFP_MMFC_BAD_BAND);
	return (OFP_OK);
}

bool
ofp_band_next(struct ofp_rd *rd, struct ofp_band *bd, enum ofp_error *err)
{
	enum ofp_error	error;

	*err = OFP_OK;
	if (ofp_rd_left(rd) == 0)
		return (false);
	if ((error = band_decode(rd, bd)) != OFP_OK) {
		*err = error;
		return (false);
	}
	return (true);
}

void
ofp_band_encode(struct ofp_wr *wr, const struct ofp_band *bd)
{
	ofp_wr_u16(wr, bd->bd_type);
	ofp_wr_u16(wr, BAND_LEN);
	ofp_wr_u32(wr, bd->bd_rate);
	ofp_wr_u32(wr, bd->bd_burst);
	if (bd->bd_type == OFP_MBT_EXPERIMENTER)
		ofp_wr_u32(wr, bd->bd_experimenter);
	else {
		ofp_wr_u8(wr, bd->bd_prec);
		ofp_wr_zero(wr, 3);
	}
}

/*
 * METER_MOD, 7.3.4.4.
 */

static enum ofp_error
bands_check(struct ofp_rd rd)
{
	struct ofp_band	bd;
	enum ofp_error	error = OFP_OK;

	while (ofp_band_next(&rd, &bd, &error)) {
		if (bd.bd_type == OFP_MBT_EXPERIMENTER)
			return (OFP_MMFC_BAD_BAND);
		if (bd.bd_rate == 0)
			return (OFP_MMFC_BAD_RATE);
		if (bd.bd_type == OFP_MBT_DSCP_REMARK &&
		    (bd.bd_prec == 0 || bd.bd_prec > 2))
			return (OFP_MMFC_BAD_BAND_DETAIL);
	}
	return (error);
}

/* A delete says nothing by its flags and bands. */
static enum ofp_error
meter_check(const struct ofp_meter *m)
{
	bool	virtual = m->m_id == OFP_M_SLOWPATH ||
		    m->m_id == OFP_M_CONTROLLER;

	if (m->m_command > OFP_MC_DELETE)
		return (OFP_MMFC_BAD_COMMAND);
	if (m->m_id == 0 || (m->m_id > OFP_M_MAX && !virtual &&
	    (m->m_command != OFP_MC_DELETE || m->m_id != OFP_M_ALL)))
		return (OFP_MMFC_INVALID_METER);
	if (m->m_command == OFP_MC_DELETE)
		return (OFP_OK);
	if ((m->m_flags & ~OFP_MF_MASK) != 0 ||
	    (m->m_flags & (OFP_MF_KBPS | OFP_MF_PKTPS)) ==
	    (OFP_MF_KBPS | OFP_MF_PKTPS))
		return (OFP_MMFC_BAD_FLAGS);
	return (bands_check(m->m_bands));
}

enum ofp_error
ofp_meter_decode(struct ofp_rd *rd, struct ofp_meter *m)
{
	m->m_command = ofp_rd_u16(rd);
	m->m_flags = ofp_rd_u16(rd);
	m->m_id = ofp_rd_u32(rd);
	if (ofp_rd_err(rd))
		return (OFP_BRC_BAD_LEN);
	ofp_rd_sub(rd, ofp_rd_left(rd), &m->m_bands);
	return (meter_check(m));
}

void
ofp_meter_encode(struct ofp_wr *wr, uint32_t xid, const struct ofp_meter *m)
{
	size_t	start;

	start = ofp_msg_begin(wr, OFP_VERSION_13, OFP_T_METER_MOD, xid);
	ofp_wr_u16(wr, m->m_command);
	ofp_wr_u16(wr, m->m_flags);
	ofp_wr_u32(wr, m->m_id);
	ofp_wr_bytes(wr, m->m_bands.rd_p, m->m_bands.rd_left);
	ofp_msg_end(wr, start);
}

/*
 * QUEUE_GET_CONFIG, 7.3.6, 7.2.2.
 */

enum ofp_error
ofp_queue_request_decode(struct ofp_rd *rd, uint32_t *port)
{
	*port = ofp_rd_u32(rd);
	ofp_rd_skip(rd, 4);
	return (ofp_rd_err(rd) ? OFP_BRC_BAD_LEN : OFP_OK);
}

void
ofp_queue_request_encode(struct ofp_wr *wr, uint32_t xid, uint32_t port)
{
	size_t	start;

	start = ofp_msg_begin(wr, OFP_VERSION_13,
	    OFP_T_QUEUE_GET_CONFIG_REQUEST, xid);
	ofp_wr_u32(wr, port);
	ofp_wr_zero(wr, 4);
	ofp_msg_end(wr, start);
}

enum ofp_error
ofp_queue_reply_decode(struct ofp_rd *rd, uint32_t *port)
{
	return (ofp_queue_request_decode(rd, port));
}

/* One property; those we do not know are passed over. */
static bool
queue_prop(struct ofp_rd *rd, struct ofp_queue *q)
{
	struct ofp_rd	body;
	uint16_t	type, len;

	type = ofp_rd_u16(rd);
	len = ofp_rd_u16(rd);
	if (len < 8)
		return (false);
	ofp_rd_sub(rd, len - 4, &body);
	ofp_rd_skip(&body, 4);
	if (type == OFP_QT_MIN_RATE)
		q->q_min = ofp_rd_u16(&body);
	else if (type == OFP_QT_MAX_RATE)
		q->q_max = ofp_rd_u16(&body);
	return (!ofp_rd_err(&body));
}

bool
ofp_queue_next(struct ofp_rd *rd, struct ofp_queue *q, enum ofp_error *err)
{
	struct ofp_rd	props;
	uint16_t	len;

	*err = OFP_OK;
	if (ofp_rd_left(rd) == 0)
		return (false);
	q->q_id = ofp_rd_u32(rd);
	q->q_port = ofp_rd_u32(rd);
	len = ofp_rd_u16(rd);
	ofp_rd_skip(rd, 6);
	ofp_rd_sub(rd, (size_t)len - QUEUE_LEN, &props);
	q->q_min = OFP_Q_MIN_RATE_UNCFG;
	q->q_max = OFP_Q_MAX_RATE_UNCFG;
	while (ofp_rd_left(&props) > 0) {
		if (!queue_prop(&props, q))
			ofp_rd_fail(rd);
		if (ofp_rd_err(rd))
			break;
	}
	if (ofp_rd_err(rd)) {
		*err = OFP_BRC_BAD_LEN;
		return (false);
	}
	return (true);
}

size_t
ofp_queue_reply_begin(struct ofp_wr *wr, uint32_t xid, uint32_t port)
{
	size_t	start;

	start = ofp_msg_begin(wr, OFP_VERSION_13,
	    OFP_T_QUEUE_GET_CONFIG_REPLY, xid);
	ofp_wr_u32(wr, port);
	ofp_wr_zero(wr, 4);
	return (start);
}

static void
queue_prop_encode(struct ofp_wr *wr, uint16_t type, uint16_t rate)
{
	ofp_wr_u16(wr, type);
	ofp_wr_u16(wr, QUEUE_PROP_LEN);
	ofp_wr_zero(wr, 4);
	ofp_wr_u16(wr, rate);
	ofp_wr_zero(wr, 6);
}

void
ofp_queue_encode(struct ofp_wr *wr, const struct ofp_queue *q)
{
	size_t	start = ofp_wr_pos(wr);

	ofp_wr_u32(wr, q->q_id);
	ofp_wr_u32(wr, q->q_port);
	ofp_wr_u16(wr, 0);
	ofp_wr_zero(wr, 6);
	if (q->q_min != OFP_Q_MIN_RATE_UNCFG)
		queue_prop_encode(wr, OFP_QT_MIN_RATE, q->q_min);
	if (q->q_max != OFP_Q_MAX_RATE_UNCFG)
		queue_prop_encode(wr, OFP_QT_MAX_RATE, q->q_max);
	ofp_wr_put16(wr, start + 8, (uint16_t)(ofp_wr_pos(wr) - start));
}
