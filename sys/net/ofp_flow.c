/*
 * SPDX-License-Identifier: ISC
 *
 * ofp_flow.c: flow mod, flow removed, packet-in, packet-out.
 */
#include "ofp_flow.h"
#include "ofp_msg.h"

/*
 * FLOW_MOD, 7.3.4.1.
 */

static bool
flow_is_delete(const struct ofp_flow *f)
{
	return (f->f_command == OFP_FC_DELETE ||
	    f->f_command == OFP_FC_DELETE_STRICT);
}

static enum ofp_error
flow_check(const struct ofp_flow *f)
{
	if (f->f_command > OFP_FC_DELETE_STRICT)
		return (OFP_FMFC_BAD_COMMAND);
	if ((f->f_flags & ~OFP_FF_MASK) != 0)
		return (OFP_FMFC_BAD_FLAGS);
	if (f->f_table == OFP_TT_ALL && !flow_is_delete(f))
		return (OFP_FMFC_BAD_TABLE_ID);
	return (OFP_OK);
}

/* A delete says nothing by its instructions: they are not looked at. */
static enum ofp_error
flow_instr_decode(struct ofp_rd *rd, struct ofp_flow *f)
{
	enum ofp_error	error;

	f->f_instr_bytes = *rd;
	if (flow_is_delete(f)) {
		memset(&f->f_instr, 0, sizeof(f->f_instr));
		ofp_rd_skip(rd, ofp_rd_left(rd));
		return (OFP_OK);
	}
	error = ofp_instructions_decode(rd, &f->f_match, &f->f_instr);
	if (error != OFP_OK)
		return (error);
	if ((f->f_instr.in_present & 1U << OFP_IT_GOTO_TABLE) != 0 &&
	    (f->f_instr.in_goto <= f->f_table ||
	    f->f_instr.in_goto > OFP_TT_MAX))
		return (OFP_BIC_BAD_TABLE_ID);
	return (OFP_OK);
}

enum ofp_error
ofp_flow_decode(struct ofp_rd *rd, struct ofp_flow *f)
{
	enum ofp_error	error;

	f->f_cookie = ofp_rd_u64(rd);
	f->f_cookie_mask = ofp_rd_u64(rd);
	f->f_table = ofp_rd_u8(rd);
	f->f_command = ofp_rd_u8(rd);
	f->f_idle = ofp_rd_u16(rd);
	f->f_hard = ofp_rd_u16(rd);
	f->f_priority = ofp_rd_u16(rd);
	f->f_buffer = ofp_rd_u32(rd);
	f->f_out_port = ofp_rd_u32(rd);
	f->f_out_group = ofp_rd_u32(rd);
	f->f_flags = ofp_rd_u16(rd);
	ofp_rd_skip(rd, 2);
	if (ofp_rd_err(rd))
		return (OFP_BRC_BAD_LEN);
	if ((error = flow_check(f)) != OFP_OK ||
	    (error = ofp_match_decode(rd, &f->f_match)) != OFP_OK)
		return (error);
	return (flow_instr_decode(rd, f));
}

void
ofp_flow_encode(struct ofp_wr *wr, uint32_t xid, const struct ofp_flow *f)
{
	size_t	start;

	start = ofp_msg_begin(wr, OFP_VERSION_13, OFP_T_FLOW_MOD, xid);
	ofp_wr_u64(wr, f->f_cookie);
	ofp_wr_u64(wr, f->f_cookie_mask);
	ofp_wr_u8(wr, f->f_table);
	ofp_wr_u8(wr, f->f_command);
	ofp_wr_u16(wr, f->f_idle);
	ofp_wr_u16(wr, f->f_hard);
	ofp_wr_u16(wr, f->f_priority);
	ofp_wr_u32(wr, f->f_buffer);
	ofp_wr_u32(wr, f->f_out_port);
	ofp_wr_u32(wr, f->f_out_group);
	ofp_wr_u16(wr, f->f_flags);
	ofp_wr_zero(wr, 2);
	ofp_match_encode(wr, &f->f_match);
	ofp_wr_bytes(wr, f->f_instr_bytes.rd_p, f->f_instr_bytes.rd_left);
	ofp_msg_end(wr, start);
}

void
ofp_flow_init(struct ofp_flow *f, enum ofp_flow_command command)
{
	memset(f, 0, sizeof(*f));
	f->f_command = (uint8_t)command;
	f->f_priority = OFP_PRIORITY_DEFAULT;
	f->f_buffer = OFP_NO_BUFFER;
	f->f_out_port = OFP_P_ANY;
	f->f_out_group = OFP_G_ANY;
}

/*
 * FLOW_REMOVED, 7.4.2.
 */

enum ofp_error
ofp_flow_removed_decode(struct ofp_rd *rd, struct ofp_flow_removed *fr)
{
	fr->fr_cookie = ofp_rd_u64(rd);
	fr->fr_priority = ofp_rd_u16(rd);
	fr->fr_reason = ofp_rd_u8(rd);
	fr->fr_table = ofp_rd_u8(rd);
	fr->fr_sec = ofp_rd_u32(rd);
	fr->fr_nsec = ofp_rd_u32(rd);
	fr->fr_idle = ofp_rd_u16(rd);
	fr->fr_hard = ofp_rd_u16(rd);
	fr->fr_packets = ofp_rd_u64(rd);
	fr->fr_bytes = ofp_rd_u64(rd);
	if (ofp_rd_err(rd))
		return (OFP_BRC_BAD_LEN);
	return (ofp_match_decode_told(rd, &fr->fr_match, &fr->fr_more));
}

void
ofp_flow_removed_encode(struct ofp_wr *wr, uint32_t xid,
    const struct ofp_flow_removed *fr)
{
	size_t	start;

	start = ofp_msg_begin(wr, OFP_VERSION_13, OFP_T_FLOW_REMOVED, xid);
	ofp_wr_u64(wr, fr->fr_cookie);
	ofp_wr_u16(wr, fr->fr_priority);
	ofp_wr_u8(wr, fr->fr_reason);
	ofp_wr_u8(wr, fr->fr_table);
	ofp_wr_u32(wr, fr->fr_sec);
	ofp_wr_u32(wr, fr->fr_nsec);
	ofp_wr_u16(wr, fr->fr_idle);
	ofp_wr_u16(wr, fr->fr_hard);
	ofp_wr_u64(wr, fr->fr_packets);
	ofp_wr_u64(wr, fr->fr_bytes);
	ofp_match_encode(wr, &fr->fr_match);
	ofp_msg_end(wr, start);
}

/*
 * PACKET_IN, 7.4.1.
 */

/* The fixed part, which both ways of decoding have in common. */
static void
packet_in_fixed(struct ofp_rd *rd, struct ofp_packet_in_quick *pq)
{
	pq->pq_buffer = ofp_rd_u32(rd);
	pq->pq_total = ofp_rd_u16(rd);
	pq->pq_reason = ofp_rd_u8(rd);
	pq->pq_table = ofp_rd_u8(rd);
	pq->pq_cookie = ofp_rd_u64(rd);
}

static enum ofp_error
packet_in_data(struct ofp_rd *rd, const uint8_t **data, size_t *len)
{
	ofp_rd_skip(rd, 2);
	*len = ofp_rd_left(rd);
	*data = ofp_rd_ptr(rd, *len);
	return (ofp_rd_err(rd) ? OFP_BRC_BAD_LEN : OFP_OK);
}

enum ofp_error
ofp_packet_in_decode(struct ofp_rd *rd, struct ofp_packet_in *pi)
{
	struct ofp_packet_in_quick	pq;
	enum ofp_error			error;

	packet_in_fixed(rd, &pq);
	if (ofp_rd_err(rd))
		return (OFP_BRC_BAD_LEN);
	pi->pi_buffer = pq.pq_buffer;
	pi->pi_total = pq.pq_total;
	pi->pi_reason = pq.pq_reason;
	pi->pi_table = pq.pq_table;
	pi->pi_cookie = pq.pq_cookie;
	error = ofp_match_decode_told(rd, &pi->pi_match, &pi->pi_more);
	if (error != OFP_OK)
		return (error);
	return (packet_in_data(rd, &pi->pi_data, &pi->pi_len));
}

enum ofp_error
ofp_packet_in_quick(struct ofp_rd *rd, struct ofp_packet_in_quick *pq)
{
	enum ofp_error	error;

	packet_in_fixed(rd, pq);
	if (ofp_rd_err(rd))
		return (OFP_BRC_BAD_LEN);
	error = ofp_match_peek(rd, OFP_XMT_IN_PORT, &pq->pq_in_port);
	if (error != OFP_OK)
		return (error);
	return (packet_in_data(rd, &pq->pq_data, &pq->pq_len));
}

uint8_t *
ofp_packet_in_encode_room(struct ofp_wr *wr, uint32_t xid,
    const struct ofp_packet_in *pi)
{
	uint8_t	*room;
	size_t	 start;

	start = ofp_msg_begin(wr, OFP_VERSION_13, OFP_T_PACKET_IN, xid);
	ofp_wr_u32(wr, pi->pi_buffer);
	ofp_wr_u16(wr, pi->pi_total);
	ofp_wr_u8(wr, pi->pi_reason);
	ofp_wr_u8(wr, pi->pi_table);
	ofp_wr_u64(wr, pi->pi_cookie);
	ofp_match_encode(wr, &pi->pi_match);
	ofp_wr_zero(wr, 2);
	room = ofp_wr_room(wr, pi->pi_len);
	ofp_msg_end(wr, start);
	return (room);
}

void
ofp_packet_in_encode(struct ofp_wr *wr, uint32_t xid,
    const struct ofp_packet_in *pi)
{
	uint8_t	*room;

	room = ofp_packet_in_encode_room(wr, xid, pi);
	if (room != NULL && pi->pi_len > 0)
		memcpy(room, pi->pi_data, pi->pi_len);
}

/*
 * PACKET_OUT, 7.3.7.
 */

enum ofp_error
ofp_packet_out_decode(struct ofp_rd *rd, struct ofp_packet_out *pu)
{
	uint16_t	len;

	pu->pu_buffer = ofp_rd_u32(rd);
	pu->pu_in_port = ofp_rd_u32(rd);
	len = ofp_rd_u16(rd);
	ofp_rd_skip(rd, 6);
	ofp_rd_sub(rd, len, &pu->pu_actions);
	pu->pu_len = ofp_rd_left(rd);
	pu->pu_data = ofp_rd_ptr(rd, pu->pu_len);
	if (ofp_rd_err(rd))
		return (OFP_BRC_BAD_LEN);
	return (ofp_actions_check(pu->pu_actions, NULL, false));
}

void
ofp_packet_out_encode(struct ofp_wr *wr, uint32_t xid,
    const struct ofp_packet_out *pu)
{
	size_t	start;

	start = ofp_msg_begin(wr, OFP_VERSION_13, OFP_T_PACKET_OUT, xid);
	ofp_wr_u32(wr, pu->pu_buffer);
	ofp_wr_u32(wr, pu->pu_in_port);
	ofp_wr_u16(wr, (uint16_t)pu->pu_actions.rd_left);
	ofp_wr_zero(wr, 6);
	ofp_wr_bytes(wr, pu->pu_actions.rd_p, pu->pu_actions.rd_left);
	ofp_wr_bytes(wr, pu->pu_data, pu->pu_len);
	ofp_msg_end(wr, start);
}
