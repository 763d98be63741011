/*
 * SPDX-License-Identifier: ISC
 *
 * ofp10_stats.c: statistics of OpenFlow 1.0.  Types 0 to 5 are those of 1.3,
 * and the bodies of DESC and AGGREGATE replies are too.
 */
#include "ofp10.h"

#define STATS_LAST	OFP_MP_QUEUE

size_t
ofp10_stats_begin(struct ofp_wr *wr, bool reply, uint32_t xid, uint16_t type)
{
	size_t	start;

	start = ofp_msg_begin(wr, OFP_VERSION_10,
	    reply ? OFP10_T_STATS_REPLY : OFP10_T_STATS_REQUEST, xid);
	ofp_wr_u16(wr, type);
	ofp_wr_u16(wr, 0);
	return (start);
}

enum ofp_error
ofp10_stats_decode(struct ofp_rd *rd, bool reply, struct ofp_mp *mp)
{
	mp->mp_type = ofp_rd_u16(rd);
	mp->mp_flags = ofp_rd_u16(rd);
	if (ofp_rd_err(rd))
		return (OFP_BRC_BAD_LEN);
	if (!reply && mp->mp_type > STATS_LAST &&
	    mp->mp_type != OFP10_ST_VENDOR)
		return (OFP_BRC_BAD_MULTIPART);
	return (OFP_OK);
}

static bool
stats_entry(const struct ofp_rd *rd, enum ofp_error *err)
{
	if (!ofp_rd_err(rd))
		return (true);
	*err = OFP_BRC_BAD_LEN;
	return (false);
}

enum ofp_error
ofp10_flow_req_encode(struct ofp_wr *wr, const struct ofp_flow_req *fq)
{
	enum ofp_error	error;

	if ((error = ofp10_match_encode(wr, &fq->fq_match)) != OFP_OK)
		return (error);
	ofp_wr_u8(wr, fq->fq_table);
	ofp_wr_zero(wr, 1);
	ofp_wr_u16(wr, ofp10_port_narrow(fq->fq_out_port));
	return (OFP_OK);
}

bool
ofp10_flow_stats_next(struct ofp_rd *rd, struct ofp_flow_stats *fs,
    enum ofp_error *err)
{
	struct ofp_rd	entry;

	*err = OFP_OK;
	if (ofp_rd_left(rd) == 0)
		return (false);
	ofp_rd_sub(rd, (size_t)ofp_rd_u16(rd) - 2, &entry);
	fs->fs_table = ofp_rd_u8(&entry);
	ofp_rd_skip(&entry, 1);
	(void)ofp10_match_decode(&entry, &fs->fs_match);
	fs->fs_sec = ofp_rd_u32(&entry);
	fs->fs_nsec = ofp_rd_u32(&entry);
	fs->fs_priority = ofp_rd_u16(&entry);
	fs->fs_idle = ofp_rd_u16(&entry);
	fs->fs_hard = ofp_rd_u16(&entry);
	fs->fs_flags = 0;
	fs->fs_more = false;
	ofp_rd_skip(&entry, 6);
	fs->fs_cookie = ofp_rd_u64(&entry);
	fs->fs_packets = ofp_rd_u64(&entry);
	fs->fs_bytes = ofp_rd_u64(&entry);
	fs->fs_instr = entry;
	return (stats_entry(&entry, err));
}

bool
ofp10_table_stats_next(struct ofp_rd *rd, struct ofp10_table_stats *tt,
    enum ofp_error *err)
{
	*err = OFP_OK;
	if (ofp_rd_left(rd) == 0)
		return (false);
	tt->tt_stats.ts_table = ofp_rd_u8(rd);
	ofp_rd_skip(rd, 3);
	ofp_rd_str(rd, tt->tt_name, 32);
	tt->tt_wildcards = ofp_rd_u32(rd);
	tt->tt_max = ofp_rd_u32(rd);
	tt->tt_stats.ts_active = ofp_rd_u32(rd);
	tt->tt_stats.ts_lookup = ofp_rd_u64(rd);
	tt->tt_stats.ts_matched = ofp_rd_u64(rd);
	return (stats_entry(rd, err));
}

void
ofp10_port_req_encode(struct ofp_wr *wr, uint32_t port)
{
	ofp_wr_u16(wr, ofp10_port_narrow(port));
	ofp_wr_zero(wr, 6);
}

bool
ofp10_port_stats_next(struct ofp_rd *rd, struct ofp_port_stats *pt,
    enum ofp_error *err)
{
	*err = OFP_OK;
	if (ofp_rd_left(rd) == 0)
		return (false);
	pt->pt_no = ofp10_port_widen(ofp_rd_u16(rd));
	ofp_rd_skip(rd, 6);
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
	pt->pt_sec = pt->pt_nsec = 0;
	return (stats_entry(rd, err));
}

void
ofp10_queue_req_encode(struct ofp_wr *wr, uint32_t port, uint32_t queue)
{
	ofp_wr_u16(wr, ofp10_port_narrow(port));
	ofp_wr_zero(wr, 2);
	ofp_wr_u32(wr, queue);
}

bool
ofp10_queue_stats_next(struct ofp_rd *rd, struct ofp_queue_stats *qs,
    enum ofp_error *err)
{
	*err = OFP_OK;
	if (ofp_rd_left(rd) == 0)
		return (false);
	qs->qs_port = ofp10_port_widen(ofp_rd_u16(rd));
	ofp_rd_skip(rd, 2);
	qs->qs_queue = ofp_rd_u32(rd);
	qs->qs_bytes = ofp_rd_u64(rd);
	qs->qs_packets = ofp_rd_u64(rd);
	qs->qs_errors = ofp_rd_u64(rd);
	qs->qs_sec = qs->qs_nsec = 0;
	return (stats_entry(rd, err));
}
