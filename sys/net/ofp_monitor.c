/*
 * SPDX-License-Identifier: ISC
 *
 * ofp_monitor.c: flow monitors, EXT-187; see ofp_monitor.h.
 */
#include "ofp_monitor.h"

#define ABBREV_LEN	8

bool
ofp_monitor_next(struct ofp_rd *rd, struct ofp_monitor *mo,
    enum ofp_error *err)
{
	if (ofp_rd_left(rd) == 0 || ofp_rd_err(rd))
		return (false);
	mo->mo_id = ofp_rd_u32(rd);
	mo->mo_flags = ofp_rd_u16(rd);
	ofp_rd_skip(rd, 2);		/* length of the match, which knows */
	mo->mo_out_port = ofp_rd_u32(rd);
	mo->mo_table = ofp_rd_u8(rd);
	ofp_rd_skip(rd, 3);
	if (ofp_rd_err(rd)) {
		*err = OFP_BRC_BAD_LEN;
		return (false);
	}
	*err = ofp_match_decode(rd, &mo->mo_match);
	return (*err == OFP_OK);
}

void
ofp_monitor_encode(struct ofp_wr *wr, const struct ofp_monitor *mo)
{
	size_t	at, start;

	ofp_wr_u32(wr, mo->mo_id);
	ofp_wr_u16(wr, mo->mo_flags);
	at = ofp_wr_pos(wr);
	ofp_wr_u16(wr, 0);
	ofp_wr_u32(wr, mo->mo_out_port);
	ofp_wr_u8(wr, mo->mo_table);
	ofp_wr_zero(wr, 3);
	start = ofp_wr_pos(wr);
	ofp_match_encode(wr, &mo->mo_match);
	ofp_wr_put16(wr, at, (uint16_t)(ofp_wr_pos(wr) - start));
}

/* What stands behind length and event of a full update. */
static enum ofp_error
update_decode(struct ofp_rd *rd, struct ofp_flow_update *fu)
{
	size_t	n;

	fu->fu_reason = ofp_rd_u16(rd);
	fu->fu_priority = ofp_rd_u16(rd);
	fu->fu_idle = ofp_rd_u16(rd);
	fu->fu_hard = ofp_rd_u16(rd);
	ofp_rd_skip(rd, 2);
	fu->fu_table = ofp_rd_u8(rd);
	ofp_rd_skip(rd, 1);
	fu->fu_cookie = ofp_rd_u64(rd);
	if (ofp_rd_err(rd))
		return (OFP_BRC_BAD_LEN);
	if (ofp_match_decode(rd, &fu->fu_match) != OFP_OK)
		return (OFP_BMC_BAD_LEN);
	n = ofp_rd_left(rd);
	ofp_rd_sub(rd, n, &fu->fu_instr);
	return (OFP_OK);
}

bool
ofp_flow_update_next(struct ofp_rd *rd, struct ofp_flow_update *fu,
    enum ofp_error *err)
{
	struct ofp_rd	sub;
	uint16_t	len;

	if (ofp_rd_left(rd) == 0 || ofp_rd_err(rd))
		return (false);
	memset(fu, 0, sizeof(*fu));
	len = ofp_rd_u16(rd);
	fu->fu_event = ofp_rd_u16(rd);
	if (len < ABBREV_LEN || len % 8 != 0)
		ofp_rd_fail(rd);
	else
		ofp_rd_sub(rd, len - 4U, &sub);
	if (ofp_rd_err(rd)) {
		*err = OFP_BRC_BAD_LEN;
		return (false);
	}
	if (fu->fu_event == OFP_FME_ABBREV)
		fu->fu_xid = ofp_rd_u32(&sub);
	else
		*err = update_decode(&sub, fu);
	return (*err == OFP_OK);
}

void
ofp_flow_update_encode(struct ofp_wr *wr, const struct ofp_flow_update *fu)
{
	struct ofp_rd	instr = fu->fu_instr;
	size_t		at, n = ofp_rd_left(&instr), len;

	if (fu->fu_event == OFP_FME_ABBREV) {
		ofp_wr_u16(wr, ABBREV_LEN);
		ofp_wr_u16(wr, fu->fu_event);
		ofp_wr_u32(wr, fu->fu_xid);
		return;
	}
	at = ofp_wr_pos(wr);
	len = ofp_match_len(&fu->fu_match);
	ofp_wr_u16(wr, 0);
	ofp_wr_u16(wr, fu->fu_event);
	ofp_wr_u16(wr, fu->fu_reason);
	ofp_wr_u16(wr, fu->fu_priority);
	ofp_wr_u16(wr, fu->fu_idle);
	ofp_wr_u16(wr, fu->fu_hard);
	ofp_wr_u16(wr, (uint16_t)len);
	ofp_wr_u8(wr, fu->fu_table);
	ofp_wr_zero(wr, 1);
	ofp_wr_u64(wr, fu->fu_cookie);
	ofp_match_encode(wr, &fu->fu_match);
	if (n > 0)
		ofp_wr_bytes(wr, ofp_rd_ptr(&instr, n), n);
	ofp_wr_put16(wr, at, (uint16_t)(ofp_wr_pos(wr) - at));
}

size_t
ofp_monitor_reply_begin(struct ofp_wr *wr, uint32_t xid)
{
	size_t	start;

	start = ofp_mp_begin(wr, true, xid, OFP_MP_EXPERIMENTER);
	ofp_wr_u32(wr, OFP_ONF_EXPERIMENTER);
	ofp_wr_u32(wr, OFP_ONF_FLOW_MONITOR);
	return (start);
}

enum ofp_error
ofp_monitor_cancel_decode(struct ofp_rd *rd, uint32_t *id)
{
	*id = ofp_rd_u32(rd);
	return (ofp_rd_err(rd) || ofp_rd_left(rd) != 0 ? OFP_BRC_BAD_LEN :
	    OFP_OK);
}

void
ofp_monitor_state_encode(struct ofp_wr *wr, uint32_t xid, uint32_t type)
{
	size_t	start;

	start = ofp_msg_begin(wr, OFP_VERSION_13, OFP_T_EXPERIMENTER, xid);
	ofp_wr_u32(wr, OFP_ONF_EXPERIMENTER);
	ofp_wr_u32(wr, type);
	ofp_msg_end(wr, start);
}
