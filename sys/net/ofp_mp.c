/*
 * SPDX-License-Identifier: ISC
 *
 * ofp_mp.c: multipart bodies (7.3.5) but table features (ofp_tfeat.c).
 *
 * A request must be read to its end; the entries of a reply come one by one.
 */
#include "ofp_mp.h"

/*
 * The header.
 */

static const char *const ofp_mp_names[OFP_MP_COUNT] = {
[OFP_MP_DESC] =			"DESC",
[OFP_MP_FLOW] =			"FLOW",
[OFP_MP_AGGREGATE] =		"AGGREGATE",
[OFP_MP_TABLE] =		"TABLE",
[OFP_MP_PORT_STATS] =		"PORT_STATS",
[OFP_MP_QUEUE] =		"QUEUE",
[OFP_MP_GROUP] =		"GROUP",
[OFP_MP_GROUP_DESC] =		"GROUP_DESC",
[OFP_MP_GROUP_FEATURES] =	"GROUP_FEATURES",
[OFP_MP_METER] =		"METER",
[OFP_MP_METER_CONFIG] =		"METER_CONFIG",
[OFP_MP_METER_FEATURES] =	"METER_FEATURES",
[OFP_MP_TABLE_FEATURES] =	"TABLE_FEATURES",
[OFP_MP_PORT_DESC] =		"PORT_DESC",
};

const char *
ofp_mp_name(uint16_t type)
{
	if (type == OFP_MP_EXPERIMENTER)
		return ("EXPERIMENTER");
	return (type < OFP_MP_COUNT ? ofp_mp_names[type] : NULL);
}

enum ofp_error
ofp_mp_decode(struct ofp_rd *rd, bool reply, struct ofp_mp *mp)
{
	mp->mp_type = ofp_rd_u16(rd);
	mp->mp_flags = ofp_rd_u16(rd);
	ofp_rd_skip(rd, 4);
	if (ofp_rd_err(rd))
		return (OFP_BRC_BAD_LEN);
	if (!reply && ofp_mp_name(mp->mp_type) == NULL)
		return (OFP_BRC_BAD_MULTIPART);
	return (OFP_OK);
}

size_t
ofp_mp_begin(struct ofp_wr *wr, bool reply, uint32_t xid, uint16_t type)
{
	size_t	start;

	start = ofp_msg_begin(wr, OFP_VERSION_13,
	    reply ? OFP_T_MULTIPART_REPLY : OFP_T_MULTIPART_REQUEST, xid);
	ofp_wr_u16(wr, type);
	ofp_wr_zero(wr, 6);
	return (start);
}

void
ofp_mp_end(struct ofp_wr *wr, size_t start, bool more)
{
	ofp_wr_put16(wr, start + 10, more ? OFP_MPF_MORE : 0);
	ofp_msg_end(wr, start);
}

/* Whether a body was long enough; of a request also: not too long. */
static enum ofp_error
mp_whole(const struct ofp_rd *rd)
{
	return (ofp_rd_err(rd) || ofp_rd_left(rd) != 0 ? OFP_BRC_BAD_LEN :
	    OFP_OK);
}

/* How a step through entries ends: false with *err when one was short. */
static bool
mp_entry(const struct ofp_rd *rd, enum ofp_error *err)
{
	if (!ofp_rd_err(rd))
		return (true);
	*err = OFP_BRC_BAD_LEN;
	return (false);
}

/*
 * DESC, 7.3.5.1.
 */

enum ofp_error
ofp_desc_decode(struct ofp_rd *rd, struct ofp_desc *de)
{
	ofp_rd_str(rd, de->de_mfr, 256);
	ofp_rd_str(rd, de->de_hw, 256);
	ofp_rd_str(rd, de->de_sw, 256);
	ofp_rd_str(rd, de->de_serial, 32);
	ofp_rd_str(rd, de->de_dp, 256);
	return (mp_whole(rd));
}

void
ofp_desc_encode(struct ofp_wr *wr, const struct ofp_desc *de)
{
	ofp_wr_str(wr, de->de_mfr, 256);
	ofp_wr_str(wr, de->de_hw, 256);
	ofp_wr_str(wr, de->de_sw, 256);
	ofp_wr_str(wr, de->de_serial, 32);
	ofp_wr_str(wr, de->de_dp, 256);
}

/*
 * FLOW, 7.3.5.2; AGGREGATE, 7.3.5.3.
 */

enum ofp_error
ofp_flow_req_decode(struct ofp_rd *rd, struct ofp_flow_req *fq)
{
	enum ofp_error	error;

	fq->fq_table = ofp_rd_u8(rd);
	ofp_rd_skip(rd, 3);
	fq->fq_out_port = ofp_rd_u32(rd);
	fq->fq_out_group = ofp_rd_u32(rd);
	ofp_rd_skip(rd, 4);
	fq->fq_cookie = ofp_rd_u64(rd);
	fq->fq_cookie_mask = ofp_rd_u64(rd);
	if (ofp_rd_err(rd))
		return (OFP_BRC_BAD_LEN);
	if ((error = ofp_match_decode(rd, &fq->fq_match)) != OFP_OK)
		return (error);
	return (mp_whole(rd));
}

void
ofp_flow_req_encode(struct ofp_wr *wr, const struct ofp_flow_req *fq)
{
	ofp_wr_u8(wr, fq->fq_table);
	ofp_wr_zero(wr, 3);
	ofp_wr_u32(wr, fq->fq_out_port);
	ofp_wr_u32(wr, fq->fq_out_group);
	ofp_wr_zero(wr, 4);
	ofp_wr_u64(wr, fq->fq_cookie);
	ofp_wr_u64(wr, fq->fq_cookie_mask);
	ofp_match_encode(wr, &fq->fq_match);
}

static void
flow_stats_fixed(struct ofp_rd *rd, struct ofp_flow_stats *fs)
{
	fs->fs_table = ofp_rd_u8(rd);
	ofp_rd_skip(rd, 1);
	fs->fs_sec = ofp_rd_u32(rd);
	fs->fs_nsec = ofp_rd_u32(rd);
	fs->fs_priority = ofp_rd_u16(rd);
	fs->fs_idle = ofp_rd_u16(rd);
	fs->fs_hard = ofp_rd_u16(rd);
	fs->fs_flags = ofp_rd_u16(rd);
	ofp_rd_skip(rd, 4);
	fs->fs_cookie = ofp_rd_u64(rd);
	fs->fs_packets = ofp_rd_u64(rd);
	fs->fs_bytes = ofp_rd_u64(rd);
}

bool
ofp_flow_stats_next(struct ofp_rd *rd, struct ofp_flow_stats *fs,
    enum ofp_error *err)
{
	struct ofp_rd	entry;
	enum ofp_error	error;

	*err = OFP_OK;
	if (ofp_rd_left(rd) == 0)
		return (false);
	ofp_rd_sub(rd, (size_t)ofp_rd_u16(rd) - 2, &entry);
	flow_stats_fixed(&entry, fs);
	if (!mp_entry(&entry, err))
		return (false);
	error = ofp_match_decode_told(&entry, &fs->fs_match, &fs->fs_more);
	if (error != OFP_OK) {
		*err = error;
		return (false);
	}
	fs->fs_instr = entry;
	return (true);
}

void
ofp_flow_stats_encode(struct ofp_wr *wr, const struct ofp_flow_stats *fs)
{
	size_t	start = ofp_wr_pos(wr);

	ofp_wr_u16(wr, 0);
	ofp_wr_u8(wr, fs->fs_table);
	ofp_wr_zero(wr, 1);
	ofp_wr_u32(wr, fs->fs_sec);
	ofp_wr_u32(wr, fs->fs_nsec);
	ofp_wr_u16(wr, fs->fs_priority);
	ofp_wr_u16(wr, fs->fs_idle);
	ofp_wr_u16(wr, fs->fs_hard);
	ofp_wr_u16(wr, fs->fs_flags);
	ofp_wr_zero(wr, 4);
	ofp_wr_u64(wr, fs->fs_cookie);
	ofp_wr_u64(wr, fs->fs_packets);
	ofp_wr_u64(wr, fs->fs_bytes);
	ofp_match_encode(wr, &fs->fs_match);
	ofp_wr_bytes(wr, fs->fs_instr.rd_p, fs->fs_instr.rd_left);
	ofp_wr_put16(wr, start, (uint16_t)(ofp_wr_pos(wr) - start));
}

enum ofp_error
ofp_aggregate_decode(struct ofp_rd *rd, struct ofp_aggregate *ag)
{
	ag->ag_packets = ofp_rd_u64(rd);
	ag->ag_bytes = ofp_rd_u64(rd);
	ag->ag_flows = ofp_rd_u32(rd);
	ofp_rd_skip(rd, 4);
	return (mp_whole(rd));
}

void
ofp_aggregate_encode(struct ofp_wr *wr, const struct ofp_aggregate *ag)
{
	ofp_wr_u64(wr, ag->ag_packets);
	ofp_wr_u64(wr, ag->ag_bytes);
	ofp_wr_u32(wr, ag->ag_flows);
	ofp_wr_zero(wr, 4);
}

/*
 * TABLE, 7.3.5.4.
 */

bool
ofp_table_stats_next(struct ofp_rd *rd, struct ofp_table_stats *ts,
    enum ofp_error *err)
{
	*err = OFP_OK;
	if (ofp_rd_left(rd) == 0)
		return (false);
	ts->ts_table = ofp_rd_u8(rd);
	ofp_rd_skip(rd, 3);
	ts->ts_active = ofp_rd_u32(rd);
	ts->ts_lookup = ofp_rd_u64(rd);
	ts->ts_matched = ofp_rd_u64(rd);
	return (mp_entry(rd, err));
}

void
ofp_table_stats_encode(struct ofp_wr *wr, const struct ofp_table_stats *ts)
{
	ofp_wr_u8(wr, ts->ts_table);
	ofp_wr_zero(wr, 3);
	ofp_wr_u32(wr, ts->ts_active);
	ofp_wr_u64(wr, ts->ts_lookup);
	ofp_wr_u64(wr, ts->ts_matched);
}

/*
 * PORT_STATS, 7.3.5.6.
 */

enum ofp_error
ofp_port_req_decode(struct ofp_rd *rd, uint32_t *port)
{
	return (ofp_id_req_decode(rd, port));
}

void
ofp_port_req_encode(struct ofp_wr *wr, uint32_t port)
{
	ofp_id_req_encode(wr, port);
}

bool
ofp_port_stats_next(struct ofp_rd *rd, struct ofp_port_stats *pt,
    enum ofp_error *err)
{
	*err = OFP_OK;
	if (ofp_rd_left(rd) == 0)
		return (false);
	pt->pt_no = ofp_rd_u32(rd);
	ofp_rd_skip(rd, 4);
	pt->pt_rx_packets = ofp_rd_u64(rd);
	pt->pt_tx_packets = ofp_rd_u64(rd);
	pt->pt_rx_bytes = ofp_rd_u64(rd);
	pt->pt_tx_bytes = ofp_rd_u64(rd);
	pt->pt_rx_dropped = ofp_rd_u64(rd);
	pt->pt_tx_dropped = ofp_rd_u64(rd);
	pt->pt_rx_errors = ofp_rd_u64(rd);
	pt->pt_tx_errors = ofp_rd_u64(rd);
	pt->pt_rx_frame_err = ofp_rd_u64(rd);
	pt->pt_rx_over_err = ofp_rd_u64(rd);
	pt->pt_rx_crc_err = ofp_rd_u64(rd);
	pt->pt_collisions = ofp_rd_u64(rd);
	pt->pt_sec = ofp_rd_u32(rd);
	pt->pt_nsec = ofp_rd_u32(rd);
	return (mp_entry(rd, err));
}

void
ofp_port_stats_encode(struct ofp_wr *wr, const struct ofp_port_stats *pt)
{
	ofp_wr_u32(wr, pt->pt_no);
	ofp_wr_zero(wr, 4);
	ofp_wr_u64(wr, pt->pt_rx_packets);
	ofp_wr_u64(wr, pt->pt_tx_packets);
	ofp_wr_u64(wr, pt->pt_rx_bytes);
	ofp_wr_u64(wr, pt->pt_tx_bytes);
	ofp_wr_u64(wr, pt->pt_rx_dropped);
	ofp_wr_u64(wr, pt->pt_tx_dropped);
	ofp_wr_u64(wr, pt->pt_rx_errors);
	ofp_wr_u64(wr, pt->pt_tx_errors);
	ofp_wr_u64(wr, pt->pt_rx_frame_err);
	ofp_wr_u64(wr, pt->pt_rx_over_err);
	ofp_wr_u64(wr, pt->pt_rx_crc_err);
	ofp_wr_u64(wr, pt->pt_collisions);
	ofp_wr_u32(wr, pt->pt_sec);
	ofp_wr_u32(wr, pt->pt_nsec);
}

/*
 * QUEUE, 7.3.5.8.
 */

enum ofp_error
ofp_queue_req_decode(struct ofp_rd *rd, uint32_t *port, uint32_t *queue)
{
	*port = ofp_rd_u32(rd);
	*queue = ofp_rd_u32(rd);
	return (mp_whole(rd));
}

void
ofp_queue_req_encode(struct ofp_wr *wr, uint32_t port, uint32_t queue)
{
	ofp_wr_u32(wr, port);
	ofp_wr_u32(wr, queue);
}

bool
ofp_queue_stats_next(struct ofp_rd *rd, struct ofp_queue_stats *qs,
    enum ofp_error *err)
{
	*err = OFP_OK;
	if (ofp_rd_left(rd) == 0)
		return (false);
	qs->qs_port = ofp_rd_u32(rd);
	qs->qs_queue = ofp_rd_u32(rd);
	qs->qs_bytes = ofp_rd_u64(rd);
	qs->qs_packets = ofp_rd_u64(rd);
	qs->qs_errors = ofp_rd_u64(rd);
	qs->qs_sec = ofp_rd_u32(rd);
	qs->qs_nsec = ofp_rd_u32(rd);
	return (mp_entry(rd, err));
}

void
ofp_queue_stats_encode(struct ofp_wr *wr, const struct ofp_queue_stats *qs)
{
	ofp_wr_u32(wr, qs->qs_port);
	ofp_wr_u32(wr, qs->qs_queue);
	ofp_wr_u64(wr, qs->qs_bytes);
	ofp_wr_u64(wr, qs->qs_packets);
	ofp_wr_u64(wr, qs->qs_errors);
	ofp_wr_u32(wr, qs->qs_sec);
	ofp_wr_u32(wr, qs->qs_nsec);
}

/*
 * GROUP, 7.3.5.9, to GROUP_FEATURES, 7.3.5.11.
 */

enum ofp_error
ofp_id_req_decode(struct ofp_rd *rd, uint32_t *id)
{
	*id = ofp_rd_u32(rd);
	ofp_rd_skip(rd, 4);
	return (mp_whole(rd));
}

void
ofp_id_req_encode(struct ofp_wr *wr, uint32_t id)
{
	ofp_wr_u32(wr, id);
	ofp_wr_zero(wr, 4);
}

/* Pairs of counters up to the end of an entry. */
static void
mp_pairs(struct ofp_rd *entry, struct ofp_rd *pairs)
{
	ofp_rd_sub(entry, ofp_rd_left(entry), pairs);
	if ((ofp_rd_left(pairs) & 15) != 0)
		ofp_rd_fail(entry);
}

bool
ofp_group_stats_next(struct ofp_rd *rd, struct ofp_group_stats *gs,
    enum ofp_error *err)
{
	struct ofp_rd	entry;

	*err = OFP_OK;
	if (ofp_rd_left(rd) == 0)
		return (false);
	ofp_rd_sub(rd, (size_t)ofp_rd_u16(rd) - 2, &entry);
	ofp_rd_skip(&entry, 2);
	gs->gs_id = ofp_rd_u32(&entry);
	gs->gs_refs = ofp_rd_u32(&entry);
	ofp_rd_skip(&entry, 4);
	gs->gs_packets = ofp_rd_u64(&entry);
	gs->gs_bytes = ofp_rd_u64(&entry);
	gs->gs_sec = ofp_rd_u32(&entry);
	gs->gs_nsec = ofp_rd_u32(&entry);
	mp_pairs(&entry, &gs->gs_buckets);
	return (mp_entry(&entry, err));
}

size_t
ofp_group_stats_begin(struct ofp_wr *wr, const struct ofp_group_stats *gs)
{
	size_t	start = ofp_wr_pos(wr);

	ofp_wr_zero(wr, 4);
	ofp_wr_u32(wr, gs->gs_id);
	ofp_wr_u32(wr, gs->gs_refs);
	ofp_wr_zero(wr, 4);
	ofp_wr_u64(wr, gs->gs_packets);
	ofp_wr_u64(wr, gs->gs_bytes);
	ofp_wr_u32(wr, gs->gs_sec);
	ofp_wr_u32(wr, gs->gs_nsec);
	return (start);
}

void
ofp_group_stats_end(struct ofp_wr *wr, size_t start)
{
	ofp_wr_put16(wr, start, (uint16_t)(ofp_wr_pos(wr) - start));
}

bool
ofp_group_desc_next(struct ofp_rd *rd, struct ofp_group_desc *gd,
    enum ofp_error *err)
{
	struct ofp_rd	entry;

	*err = OFP_OK;
	if (ofp_rd_left(rd) == 0)
		return (false);
	ofp_rd_sub(rd, (size_t)ofp_rd_u16(rd) - 2, &entry);
	gd->gd_type = ofp_rd_u8(&entry);
	ofp_rd_skip(&entry, 1);
	gd->gd_id = ofp_rd_u32(&entry);
	ofp_rd_sub(&entry, ofp_rd_left(&entry), &gd->gd_buckets);
	return (mp_entry(&entry, err));
}

void
ofp_group_desc_encode(struct ofp_wr *wr, const struct ofp_group_desc *gd)
{
	ofp_wr_u16(wr, (uint16_t)(8 + gd->gd_buckets.rd_left));
	ofp_wr_u8(wr, gd->gd_type);
	ofp_wr_zero(wr, 1);
	ofp_wr_u32(wr, gd->gd_id);
	ofp_wr_bytes(wr, gd->gd_buckets.rd_p, gd->gd_buckets.rd_left);
}

enum ofp_error
ofp_group_features_decode(struct ofp_rd *rd, struct ofp_group_features *gf)
{
	unsigned int	i;

	gf->gf_types = ofp_rd_u32(rd);
	gf->gf_capabilities = ofp_rd_u32(rd);
	for (i = 0; i < OFP_GT_COUNT; i++)
		gf->gf_max[i] = ofp_rd_u32(rd);
	for (i = 0; i < OFP_GT_COUNT; i++)
		gf->gf_actions[i] = ofp_rd_u32(rd);
	return (mp_whole(rd));
}

void
ofp_group_features_encode(struct ofp_wr *wr,
    const struct ofp_group_features *gf)
{
	unsigned int	i;

	ofp_wr_u32(wr, gf->gf_types);
	ofp_wr_u32(wr, gf->gf_capabilities);
	for (i = 0; i < OFP_GT_COUNT; i++)
		ofp_wr_u32(wr, gf->gf_max[i]);
	for (i = 0; i < OFP_GT_COUNT; i++)
		ofp_wr_u32(wr, gf->gf_actions[i]);
}

/*
 * METER, 7.3.5.12, to METER_FEATURES, 7.3.5.14.
 */

bool
ofp_meter_stats_next(struct ofp_rd *rd, struct ofp_meter_stats *ms,
    enum ofp_error *err)
{
	struct ofp_rd	entry;

	*err = OFP_OK;
	if (ofp_rd_left(rd) == 0)
		return (false);
	ms->ms_id = ofp_rd_u32(rd);
	ofp_rd_sub(rd, (size_t)ofp_rd_u16(rd) - 6, &entry);
	ofp_rd_skip(&entry, 6);
	ms->ms_flows = ofp_rd_u32(&entry);
	ms->ms_packets = ofp_rd_u64(&entry);
	ms->ms_bytes = ofp_rd_u64(&entry);
	ms->ms_sec = ofp_rd_u32(&entry);
	ms->ms_nsec = ofp_rd_u32(&entry);
	mp_pairs(&entry, &ms->ms_bands);
	return (mp_entry(&entry, err));
}

size_t
ofp_meter_stats_begin(struct ofp_wr *wr, const struct ofp_meter_stats *ms)
{
	size_t	start = ofp_wr_pos(wr);

	ofp_wr_u32(wr, ms->ms_id);
	ofp_wr_zero(wr, 8);
	ofp_wr_u32(wr, ms->ms_flows);
	ofp_wr_u64(wr, ms->ms_packets);
	ofp_wr_u64(wr, ms->ms_bytes);
	ofp_wr_u32(wr, ms->ms_sec);
	ofp_wr_u32(wr, ms->ms_nsec);
	return (start);
}

void
ofp_meter_stats_end(struct ofp_wr *wr, size_t start)
{
	ofp_wr_put16(wr, start + 4, (uint16_t)(ofp_wr_pos(wr) - start));
}

bool
ofp_meter_config_next(struct ofp_rd *rd, struct ofp_meter_config *mc,
    enum ofp_error *err)
{
	struct ofp_rd	entry;

	*err = OFP_OK;
	if (ofp_rd_left(rd) == 0)
		return (false);
	ofp_rd_sub(rd, (size_t)ofp_rd_u16(rd) - 2, &entry);
	mc->mc_flags = ofp_rd_u16(&entry);
	mc->mc_id = ofp_rd_u32(&entry);
	ofp_rd_sub(&entry, ofp_rd_left(&entry), &mc->mc_bands);
	return (mp_entry(&entry, err));
}

void
ofp_meter_config_encode(struct ofp_wr *wr, const struct ofp_meter_config *mc)
{
	ofp_wr_u16(wr, (uint16_t)(8 + mc->mc_bands.rd_left));
	ofp_wr_u16(wr, mc->mc_flags);
	ofp_wr_u32(wr, mc->mc_id);
	ofp_wr_bytes(wr, mc->mc_bands.rd_p, mc->mc_bands.rd_left);
}

enum ofp_error
ofp_meter_features_decode(struct ofp_rd *rd, struct ofp_meter_features *mf)
{
	mf->mf_max = ofp_rd_u32(rd);
	mf->mf_band_types = ofp_rd_u32(rd);
	mf->mf_capabilities = ofp_rd_u32(rd);
	mf->mf_max_bands = ofp_rd_u8(rd);
	mf->mf_max_color = ofp_rd_u8(rd);
	ofp_rd_skip(rd, 2);
	return (mp_whole(rd));
}

void
ofp_meter_features_encode(struct ofp_wr *wr,
    const struct ofp_meter_features *mf)
{
	ofp_wr_u32(wr, mf->mf_max);
	ofp_wr_u32(wr, mf->mf_band_types);
	ofp_wr_u32(wr, mf->mf_capabilities);
	ofp_wr_u8(wr, mf->mf_max_bands);
	ofp_wr_u8(wr, mf->mf_max_color);
	ofp_wr_zero(wr, 2);
}
