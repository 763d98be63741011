/*
 * SPDX-License-Identifier: ISC
 *
 * ofp_ext.c: messages of ONF's extensions to 1.3: bundles (EXT-230), the role
 * status (EXT-191), request forward (EXT-235) and Nicira's message by which a
 * controller asks for it.
 */
#include "ofp_msg.h"

#define ASYNC_PROP_LEN	8

enum ofp_error
ofp_experimenter_decode(struct ofp_rd *rd, struct ofp_experimenter *ex)
{
	ex->ex_id = ofp_rd_u32(rd);
	ex->ex_type = ofp_rd_u32(rd);
	return (ofp_rd_err(rd) ? OFP_BRC_BAD_LEN : OFP_OK);
}

static size_t
ofp_exp_begin(struct ofp_wr *wr, uint32_t xid, uint32_t id, uint32_t type)
{
	size_t	start;

	start = ofp_msg_begin(wr, OFP_VERSION_13, OFP_T_EXPERIMENTER, xid);
	ofp_wr_u32(wr, id);
	ofp_wr_u32(wr, type);
	return (start);
}

static size_t
ofp_onf_begin(struct ofp_wr *wr, uint32_t xid, uint32_t type)
{
	return (ofp_exp_begin(wr, xid, OFP_ONF_EXPERIMENTER, type));
}

enum ofp_error
ofp_role_status_decode(struct ofp_rd *rd, struct ofp_role_status *rs)
{
	rs->rs_role = ofp_rd_u32(rd);
	rs->rs_reason = ofp_rd_u8(rd);
	ofp_rd_skip(rd, 3);
	rs->rs_generation = ofp_rd_u64(rd);
	return (ofp_rd_err(rd) ? OFP_BRC_BAD_LEN : OFP_OK);
}

void
ofp_role_status_encode(struct ofp_wr *wr, uint32_t xid, uint32_t role,
    uint8_t reason, uint64_t generation)
{
	size_t	start;

	start = ofp_onf_begin(wr, xid, OFP_ONF_ROLE_STATUS);
	ofp_wr_u32(wr, role);
	ofp_wr_u8(wr, reason);
	ofp_wr_zero(wr, 3);
	ofp_wr_u64(wr, generation);
	ofp_msg_end(wr, start);
}

/* Properties may follow; we know of none. */
enum ofp_error
ofp_bundle_ctrl_decode(struct ofp_rd *rd, struct ofp_bundle_ctrl *bc)
{
	bc->bc_id = ofp_rd_u32(rd);
	bc->bc_type = ofp_rd_u16(rd);
	bc->bc_flags = ofp_rd_u16(rd);
	if (ofp_rd_err(rd))
		return (OFP_BRC_BAD_LEN);
	if (bc->bc_type > OFP_BCT_DISCARD_REPLY)
		return (OFP_BUNDLE_FAILED + 6);
	if ((bc->bc_flags & ~(OFP_BF_ATOMIC | OFP_BF_ORDERED)) != 0)
		return (OFP_BUNDLE_FAILED + 7);
	ofp_rd_skip(rd, ofp_rd_left(rd));
	return (OFP_OK);
}

void
ofp_bundle_ctrl_encode(struct ofp_wr *wr, uint32_t xid,
    const struct ofp_bundle_ctrl *bc)
{
	size_t	start;

	start = ofp_onf_begin(wr, xid, OFP_ONF_BUNDLE_CONTROL);
	ofp_wr_u32(wr, bc->bc_id);
	ofp_wr_u16(wr, bc->bc_type);
	ofp_wr_u16(wr, bc->bc_flags);
	ofp_msg_end(wr, start);
}

/* The inner header; which types a bundle takes is the switch's to say. */
enum ofp_error
ofp_bundle_add_decode(struct ofp_rd *rd, uint32_t xid,
    struct ofp_bundle_add *ba)
{
	struct ofp_rd	peek;
	uint8_t		version;
	uint32_t	inner_xid;
	uint16_t	len;

	ba->ba_id = ofp_rd_u32(rd);
	ofp_rd_skip(rd, 2);
	ba->ba_flags = ofp_rd_u16(rd);
	if (ofp_rd_err(rd))
		return (OFP_BRC_BAD_LEN);
	peek = *rd;
	version = ofp_rd_u8(&peek);
	ofp_rd_skip(&peek, 1);
	len = ofp_rd_u16(&peek);
	inner_xid = ofp_rd_u32(&peek);
	if (ofp_rd_err(&peek) || len < OFP_HDR_LEN || len > ofp_rd_left(rd))
		return (OFP_BUNDLE_FAILED + 8);		/* MSG_BAD_LEN */
	if (version != OFP_VERSION_13)
		return (OFP_BUNDLE_FAILED + 10);	/* MSG_UNSUP */
	if (inner_xid != xid)
		return (OFP_BUNDLE_FAILED + 9);		/* MSG_BAD_XID */
	if ((ba->ba_flags & ~(OFP_BF_ATOMIC | OFP_BF_ORDERED)) != 0)
		return (OFP_BUNDLE_FAILED + 7);		/* BAD_FLAGS */
	ba->ba_msg = ofp_rd_ptr(rd, len);
	ba->ba_len = len;
	ofp_rd_skip(rd, ofp_rd_left(rd));
	return (OFP_OK);
}

/* Each is type, length and mask; which types there are is the switch's. */
bool
ofp_async_prop_next(struct ofp_rd *rd, struct ofp_async_prop *ap,
    enum ofp_error *err)
{
	uint16_t	len;

	if (ofp_rd_left(rd) == 0 || ofp_rd_err(rd))
		return (false);
	ap->ap_type = ofp_rd_u16(rd);
	len = ofp_rd_u16(rd);
	ap->ap_mask = ofp_rd_u32(rd);
	if (ofp_rd_err(rd))
		*err = OFP_BRC_BAD_LEN;
	else if (len != ASYNC_PROP_LEN)
		*err = OFP_ASYNC_FAILED;
	else
		return (true);
	return (false);
}

size_t
ofp_async_props_begin(struct ofp_wr *wr, uint32_t xid)
{
	return (ofp_exp_begin(wr, xid, OFP_NX_EXPERIMENTER,
	    OFP_NX_SET_ASYNC));
}

void
ofp_async_prop_encode(struct ofp_wr *wr, const struct ofp_async_prop *ap)
{
	ofp_wr_u16(wr, ap->ap_type);
	ofp_wr_u16(wr, ASYNC_PROP_LEN);
	ofp_wr_u32(wr, ap->ap_mask);
}

/* Exactly one message is inside, and none of the two is truncated. */
enum ofp_error
ofp_requestforward_decode(struct ofp_rd *rd, struct ofp_requestforward *rf)
{
	struct ofp_rd	peek = *rd;
	uint16_t	len;

	ofp_rd_skip(&peek, 2);
	len = ofp_rd_u16(&peek);
	ofp_rd_skip(&peek, 4);
	if (ofp_rd_err(&peek) || len < OFP_HDR_LEN || len != ofp_rd_left(rd))
		return (OFP_BRC_BAD_LEN);
	rf->rf_msg = ofp_rd_ptr(rd, len);
	rf->rf_len = len;
	return (OFP_OK);
}

void
ofp_requestforward_encode(struct ofp_wr *wr, uint32_t xid,
    const struct ofp_requestforward *rf)
{
	size_t	start;

	start = ofp_onf_begin(wr, xid, OFP_ONF_REQUESTFORWARD);
	ofp_wr_bytes(wr, rf->rf_msg, rf->rf_len);
	ofp_msg_end(wr, start);
}
