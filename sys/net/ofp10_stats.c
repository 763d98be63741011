/*
 * SPDX-License-Identifier: ISC
 *
 * ofp10_stats.c: statistics of OpenFlow 1.0 (5.3.5), see ofp10.h.
 *
 * Types have the numbers that 1.3 gave to the same multipart bodies; there are
 * no others, but vendor ones.
 */
#include "ofp10.h"

size_t
ofp10_stats_begin(struct ofp_wr *wr, bool reply, uint32_t xid, uint16_t type)
{
	size_t	start;

	start = ofp_msg_begin(wr, OFP_VERSION_10, reply ? OFP10_T_STATS_REPLY :
	    OFP10_T_STATS_REQUEST, xid);
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
	if (mp->mp_type > OFP_MP_QUEUE && mp->mp_type != OFP10_ST_VENDOR)
		return (OFP_BRC_BAD_MULTIPART);
	return (OFP_OK);
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
    enum ofp_error *error)
{
	struct ofp_rd	body;
	uint16_t	len;

	*error = OFP_OK;
	if (ofp_rd_left(rd) == 0)
		return (false);
	len = ofp_rd_u16(rd);
	if (len < 2)
		ofp_rd_fail(rd);
	ofp_rd_sub(rd, len < 2 ? 0 : len - 2, &body);
	memset(fs, 0, sizeof(*fs));
	fs->fs_table = ofp_rd_u8(&body);
	ofp_rd_skip(&body, 1);
	*error = ofp10_match_decode(&body, &fs->fs_match);
	fs->fs_sec = ofp_rd_u32(&body);
	fs->fs_nsec = ofp_rd_u32(&body);
	fs->fs_priority = ofp_rd_u16(&body);
	fs->fs_idle = ofp_rd_u16(&body);
	fs->fs_hard = ofp_rd_u16(&body);
	ofp_rd_skip(&body, 6);
	fs->fs_cookie = ofp_rd_u64(&body);
	fs->fs_packets = ofp_rd_u64(&body);
	fs->fs_bytes = ofp_rd_u64(&body);
	fs->fs_instr = body;
	if (ofp_rd_err(rd) || ofp_rd_err(&body))
		*error = OFP_BRC_BAD_LEN;
	return (*error == OFP_OK);
}

bool
ofp10_table_stats_next(struct ofp_rd *rd, struct ofp10_table_stats *tt,
    enum ofp_error *error)
{
	*error = OFP_OK;
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
	if (ofp_rd_err(rd))
		*error = OFP_BRC_BAD_LEN;
	return (*error == OFP_OK);
}

void
ofp10_port_req_encode(struct ofp_wr *wr, uint32_t port)
{
	ofp_wr_u16(wr, ofp10_port_narrow(port));
	ofp_wr_zero(wr, 6);
}

bool
ofp10_port_stats_next(struct ofp_rd *rd, struct ofp_port_stats *pt,
    enum ofp_error *error)
{
	*error = OFP_OK;
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
	if (ofp_rd_err(rd))
		*error = OFP_BRC_BAD_LEN;
	return (*error == OFP_OK);
}
