/*
 * SPDX-License-Identifier: ISC
 *
 * ofp_instr.c: instructions (7.2.4): what a flow does with a packet.
 */
#include "ofp_action.h"

/* Length by type, exact or the least of one that holds a list. */
static const uint8_t ofp_instr_lens[] = {
[OFP_IT_GOTO_TABLE] = 8,
[OFP_IT_WRITE_METADATA] = 24,
[OFP_IT_WRITE_ACTIONS] = 8,
[OFP_IT_APPLY_ACTIONS] = 8,
[OFP_IT_CLEAR_ACTIONS] = 8,
[OFP_IT_METER] = 8,
};

static enum ofp_error
instr_body(struct ofp_rd *rd, uint16_t type, struct ofp_instructions *in)
{
	switch (type) {
	case OFP_IT_GOTO_TABLE:
		in->in_goto = ofp_rd_u8(rd);
		break;
	case OFP_IT_WRITE_METADATA:
		ofp_rd_skip(rd, 4);
		in->in_metadata = ofp_rd_u64(rd);
		in->in_metadata_mask = ofp_rd_u64(rd);
		break;
	case OFP_IT_WRITE_ACTIONS:
		ofp_rd_skip(rd, 4);
		in->in_write = *rd;
		break;
	case OFP_IT_APPLY_ACTIONS:
		ofp_rd_skip(rd, 4);
		in->in_apply = *rd;
		break;
	case OFP_IT_METER:
		in->in_meter = ofp_rd_u32(rd);
		if (in->in_meter == 0 || in->in_meter > OFP_M_MAX)
			return (OFP_MMFC_INVALID_METER);
		break;
	}
	return (OFP_OK);
}

static enum ofp_error
instr_decode(struct ofp_rd *rd, struct ofp_instructions *in)
{
	struct ofp_rd	body;
	uint16_t	type, len;
	bool		list;

	type = ofp_rd_u16(rd);
	len = ofp_rd_u16(rd);
	if (ofp_rd_err(rd) || len < 8 || (len & 7) != 0)
		return (OFP_BIC_BAD_LEN);
	ofp_rd_sub(rd, len - 4, &body);
	if (ofp_rd_err(rd))
		return (OFP_BIC_BAD_LEN);
	if (type == OFP_IT_EXPERIMENTER)
		return (OFP_BIC_BAD_EXPERIMENTER);
	if (type >= nitems(ofp_instr_lens) || ofp_instr_lens[type] == 0)
		return (OFP_BIC_UNKNOWN_INST);
	list = type == OFP_IT_WRITE_ACTIONS || type == OFP_IT_APPLY_ACTIONS;
	if (len < ofp_instr_lens[type] ||
	    (!list && len > ofp_instr_lens[type]))
		return (OFP_BIC_BAD_LEN);
	if ((in->in_present & 1U << type) != 0)
		return (OFP_DUP_INSTRUCTION);
	in->in_present |= 1U << type;
	return (instr_body(&body, type, in));
}

enum ofp_error
ofp_instructions_decode(struct ofp_rd *rd, const struct ofp_match *m,
    struct ofp_instructions *in)
{
	struct ofp_instructions	own;
	enum ofp_error		error;

	if (in == NULL)
		in = &own;
	memset(in, 0, sizeof(*in));
	while (ofp_rd_left(rd) > 0) {
		if ((error = instr_decode(rd, in)) != OFP_OK)
			return (error);
	}
	/* Apply comes first, whatever the order here, 5.9. */
	return (ofp_actions_check_both(in->in_apply, in->in_write, m));
}

static void
instr_begin(struct ofp_wr *wr, uint16_t type, size_t len)
{
	ofp_wr_u16(wr, type);
	ofp_wr_u16(wr, (uint16_t)len);
}

static void
instr_list_encode(struct ofp_wr *wr, uint16_t type, const struct ofp_rd *list)
{
	instr_begin(wr, type, 8 + list->rd_left);
	ofp_wr_zero(wr, 4);
	ofp_wr_bytes(wr, list->rd_p, list->rd_left);
}

/* In the order in which they are done, 5.9. */
void
ofp_instructions_encode(struct ofp_wr *wr, const struct ofp_instructions *in)
{
	if ((in->in_present & 1U << OFP_IT_METER) != 0) {
		instr_begin(wr, OFP_IT_METER, 8);
		ofp_wr_u32(wr, in->in_meter);
	}
	if ((in->in_present & 1U << OFP_IT_APPLY_ACTIONS) != 0)
		instr_list_encode(wr, OFP_IT_APPLY_ACTIONS, &in->in_apply);
	if ((in->in_present & 1U << OFP_IT_CLEAR_ACTIONS) != 0) {
		instr_begin(wr, OFP_IT_CLEAR_ACTIONS, 8);
		ofp_wr_zero(wr, 4);
	}
	if ((in->in_present & 1U << OFP_IT_WRITE_ACTIONS) != 0)
		instr_list_encode(wr, OFP_IT_WRITE_ACTIONS, &in->in_write);
	if ((in->in_present & 1U << OFP_IT_WRITE_METADATA) != 0) {
		instr_begin(wr, OFP_IT_WRITE_METADATA, 24);
		ofp_wr_zero(wr, 4);
		ofp_wr_u64(wr, in->in_metadata);
		ofp_wr_u64(wr, in->in_metadata_mask);
	}
	if ((in->in_present & 1U << OFP_IT_GOTO_TABLE) != 0)
		ofp_instr_goto(wr, in->in_goto);
}

void
ofp_instr_apply_output(struct ofp_wr *wr, uint32_t port, uint16_t max_len)
{
	instr_begin(wr, OFP_IT_APPLY_ACTIONS, 24);
	ofp_wr_zero(wr, 4);
	ofp_wr_u32(wr, (uint32_t)OFP_AT_OUTPUT << 16 | 16);
	ofp_wr_u32(wr, port);
	ofp_wr_u16(wr, max_len);
	ofp_wr_zero(wr, 6);
}

void
ofp_instr_goto(struct ofp_wr *wr, uint8_t table)
{
	instr_begin(wr, OFP_IT_GOTO_TABLE, 8);
	ofp_wr_u8(wr, table);
	ofp_wr_zero(wr, 3);
}
