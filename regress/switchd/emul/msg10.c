/*
 * SPDX-License-Identifier: ISC
 *
 * msg10.c: the same in OpenFlow 1.0, of which the codec has the controller's
 * side only: what a switch writes is written here.  To the controller there is
 * one table, and the switch itself says what of it is in hardware.
 */
#include <stdio.h>
#include <string.h>

#include "emul.h"

static void
put_port(const struct ofp_port *po)
{
	struct ofp_wr	*wr = &em.em_wr;

	ofp_wr_u16(wr, ofp10_port_narrow(po->po_no));
	ofp_wr_bytes(wr, po->po_hwaddr, sizeof(po->po_hwaddr));
	ofp_wr_str(wr, po->po_name, 16);
	ofp_wr_u32(wr, po->po_config);
	ofp_wr_u32(wr, po->po_state & OFP_PS_LINK_DOWN);
	ofp_wr_u32(wr, OFP_PF_1GB_FD);
	ofp_wr_zero(wr, 12);
}

/*
 * What comes by itself.
 */

void
msg10_packet_in(uint32_t port, uint8_t reason, uint32_t buffer, size_t total,
    const uint8_t *data, size_t len)
{
	struct ofp_wr	*wr = &em.em_wr;
	size_t		 start;

	start = ofp_msg_begin(wr, OFP_VERSION_10, OFP10_T_PACKET_IN, 0);
	ofp_wr_u32(wr, buffer);
	ofp_wr_u16(wr, (uint16_t)total);
	ofp_wr_u16(wr, ofp10_port_narrow(port));
	ofp_wr_u8(wr, reason);
	ofp_wr_zero(wr, 1);
	ofp_wr_bytes(wr, data, len);
	ofp_msg_end(wr, start);
}

void
msg10_flow_removed(const struct flow *fl, uint8_t reason)
{
	struct ofp_wr	*wr = &em.em_wr;
	size_t		 start;

	start = ofp_msg_begin(wr, OFP_VERSION_10, OFP10_T_FLOW_REMOVED, 0);
	(void)ofp10_match_encode(wr, &fl->fl_match);
	ofp_wr_u64(wr, fl->fl_cookie);
	ofp_wr_u16(wr, fl->fl_priority);
	ofp_wr_u8(wr, reason);
	ofp_wr_zero(wr, 1);
	ofp_wr_u32(wr, (uint32_t)((em.em_now - fl->fl_made) / 1000));
	ofp_wr_u32(wr, 0);
	ofp_wr_u16(wr, fl->fl_idle);
	ofp_wr_zero(wr, 2);
	ofp_wr_u64(wr, fl->fl_packets);
	ofp_wr_u64(wr, fl->fl_bytes);
	ofp_msg_end(wr, start);
}

void
msg10_port_status(const struct ofp_port *po)
{
	size_t	start;

	start = ofp_msg_begin(&em.em_wr, OFP_VERSION_10, OFP10_T_PORT_STATUS,
	    0);
	ofp_wr_u8(&em.em_wr, OFP_PR_MODIFY);
	ofp_wr_zero(&em.em_wr, 7);
	put_port(po);
	ofp_msg_end(&em.em_wr, start);
}

/*
 * Answers.
 */

static void
msg10_features(uint32_t xid)
{
	struct ofp_wr	*wr = &em.em_wr;
	struct ofp_port	 po;
	uint32_t	 no;
	size_t		 start;

	start = ofp_msg_begin(wr, OFP_VERSION_10, OFP_T_FEATURES_REPLY, xid);
	ofp_wr_u64(wr, em.em_dpid);
	ofp_wr_u32(wr, em.em_model->mo_buffers);
	ofp_wr_u8(wr, 1);
	ofp_wr_zero(wr, 3);
	ofp_wr_u32(wr, OFP_C_FLOW_STATS | OFP_C_TABLE_STATS |
	    OFP_C_PORT_STATS);
	ofp_wr_u32(wr, 1U << OFP10_AT_OUTPUT);
	for (no = 1; no <= EM_PORTS; no++) {
		msg_port(no, &po);
		put_port(&po);
	}
	ofp_msg_end(wr, start);
}

static enum ofp_error
msg10_flow(struct ofp_rd *rd, const struct ofp_hdr *h, const uint8_t *msg)
{
	struct ofp_flow		f;
	struct ofp_action	ac;
	struct ofp_rd		acts;
	enum ofp_error		error;

	memset(&f, 0, sizeof(f));
	if ((error = ofp10_match_decode(rd, &f.f_match)) != OFP_OK)
		return (error);
	f.f_cookie = ofp_rd_u64(rd);
	f.f_command = (uint8_t)ofp_rd_u16(rd);
	f.f_idle = ofp_rd_u16(rd);
	f.f_hard = ofp_rd_u16(rd);
	f.f_priority = ofp_rd_u16(rd);
	f.f_buffer = ofp_rd_u32(rd);
	f.f_out_port = ofp10_port_widen(ofp_rd_u16(rd));
	f.f_flags = ofp_rd_u16(rd) & (OFP_FF_SEND_FLOW_REM |
	    OFP_FF_CHECK_OVERLAP);
	f.f_table = check_place(&f.f_match);
	f.f_instr_bytes = acts = *rd;
	while (ofp10_action_next(&acts, &ac, &error))
		;
	if (error != OFP_OK || f.f_command > OFP_FC_DELETE_STRICT)
		return (error != OFP_OK ? error : OFP_FMFC_BAD_COMMAND);
	msg_flow_mod(&f, msg, h->h_len);
	return (OFP_OK);
}

static enum ofp_error
msg10_out(struct ofp_rd *rd, const struct ofp_hdr *h, const uint8_t *msg)
{
	struct ofp_packet_out	pu;
	uint16_t		len;

	pu.pu_buffer = ofp_rd_u32(rd);
	pu.pu_in_port = ofp10_port_widen(ofp_rd_u16(rd));
	len = ofp_rd_u16(rd);
	ofp_rd_sub(rd, len, &pu.pu_actions);
	if (ofp_rd_err(rd))
		return (OFP_BRC_BAD_LEN);
	pu.pu_len = ofp_rd_left(rd);
	pu.pu_data = ofp_rd_ptr(rd, pu.pu_len);
	msg_packet_out(&pu, msg, h->h_len);
	return (OFP_OK);
}

static void
flow_stats10(const struct flow *fl)
{
	struct ofp_wr	*wr = &em.em_wr;
	size_t		 start = ofp_wr_pos(wr);

	ofp_wr_u16(wr, 0);
	ofp_wr_u8(wr, fl->fl_table);
	ofp_wr_zero(wr, 1);
	(void)ofp10_match_encode(wr, &fl->fl_match);
	ofp_wr_u32(wr, (uint32_t)((em.em_now - fl->fl_made) / 1000));
	ofp_wr_u32(wr, 0);
	ofp_wr_u16(wr, fl->fl_priority);
	ofp_wr_u16(wr, fl->fl_idle);
	ofp_wr_u16(wr, fl->fl_hard);
	ofp_wr_zero(wr, 6);
	ofp_wr_u64(wr, fl->fl_cookie);
	ofp_wr_u64(wr, fl->fl_packets);
	ofp_wr_u64(wr, fl->fl_bytes);
	ofp_wr_bytes(wr, fl->fl_do, fl->fl_len);
	ofp_wr_put16(wr, start, (uint16_t)(ofp_wr_pos(wr) - start));
}

static enum ofp_error
stats10_flows(struct ofp_rd *rd, uint32_t xid)
{
	struct ofp_flow	 f;
	struct flow	*fl;
	size_t		 start;

	memset(&f, 0, sizeof(f));
	f.f_command = OFP_FC_DELETE;
	if (ofp10_match_decode(rd, &f.f_match) != OFP_OK)
		return (OFP_BRC_BAD_LEN);
	ofp_rd_skip(rd, 2);
	f.f_out_port = ofp10_port_widen(ofp_rd_u16(rd));
	start = ofp10_stats_begin(&em.em_wr, true, xid, OFP_MP_FLOW);
	TAILQ_FOREACH(fl, &em.em_flows, fl_entry)
		if (flow_covered(fl, &f))
			flow_stats10(fl);
	ofp_msg_end(&em.em_wr, start);
	return (OFP_OK);
}

static void
stats10_desc(uint32_t xid)
{
	struct ofp_desc	de;
	size_t		start;

	memset(&de, 0, sizeof(de));
	snprintf(de.de_mfr, sizeof(de.de_mfr), "%s", em.em_model->mo_mfr);
	snprintf(de.de_hw, sizeof(de.de_hw), "%s", em.em_model->mo_hw);
	snprintf(de.de_sw, sizeof(de.de_sw), "%s", em.em_model->mo_sw);
	start = ofp10_stats_begin(&em.em_wr, true, xid, OFP_MP_DESC);
	ofp_desc_encode(&em.em_wr, &de);
	ofp_msg_end(&em.em_wr, start);
}

static void
stats10_table(uint32_t xid)
{
	const struct model_table	*mt = em.em_model->mo_tables;
	struct ofp_wr			*wr = &em.em_wr;
	size_t				 start;

	start = ofp10_stats_begin(wr, true, xid, OFP_MP_TABLE);
	for (; mt->mt_name != NULL; mt++) {
		if ((mt->mt_apply & BIT(OFP_AT_OUTPUT)) == 0)
			continue;
		ofp_wr_u8(wr, mt->mt_id);
		ofp_wr_zero(wr, 3);
		ofp_wr_str(wr, mt->mt_name, 32);
		ofp_wr_u32(wr, 0x003fffff);
		ofp_wr_u32(wr, mt->mt_max);
		ofp_wr_u32(wr, flow_count(mt->mt_id));
		ofp_wr_zero(wr, 16);
	}
	ofp_msg_end(wr, start);
}

static enum ofp_error
msg10_stats(struct ofp_rd *rd, uint32_t xid)
{
	size_t		start = ofp_wr_pos(&em.em_wr);
	struct ofp_mp	mp;
	enum ofp_error	error;

	if ((error = ofp10_stats_decode(rd, false, &mp)) != OFP_OK)
		return (error);
	if (mp.mp_type == OFP_MP_FLOW)
		error = stats10_flows(rd, xid);
	else if (mp.mp_type == OFP_MP_TABLE)
		stats10_table(xid);
	else if (mp.mp_type == OFP_MP_DESC)
		stats10_desc(xid);
	else
		error = OFP_BRC_BAD_MULTIPART;
	if (error == OFP_OK)
		odd_spoil(start);
	return (error);
}

void
msg10_input(const struct ofp_hdr *h, struct ofp_rd *rd, const uint8_t *msg)
{
	struct ofp_config	cf = { OFP_FRAG_NORMAL, em.em_miss_len };
	enum ofp_error		error = OFP_OK;

	switch (h->h_type) {
	case OFP_T_FEATURES_REQUEST:
		msg10_features(h->h_xid);
		break;
	case OFP_T_GET_CONFIG_REQUEST:
		ofp_config_encode(&em.em_wr, OFP_VERSION_10, false, h->h_xid,
		    &cf);
		break;
	case OFP_T_SET_CONFIG:
		if (ofp_config_decode(rd, &cf) == OFP_OK)
			em.em_miss_len = cf.cf_miss_send_len;
		break;
	case OFP10_T_FLOW_MOD:
		error = msg10_flow(rd, h, msg);
		break;
	case OFP10_T_PACKET_OUT:
		error = msg10_out(rd, h, msg);
		break;
	case OFP10_T_STATS_REQUEST:
		error = msg10_stats(rd, h->h_xid);
		break;
	case OFP10_T_BARRIER_REQUEST:
		em.em_barriers++;
		if (em.em_model->mo_quirks & MQ_NO_BARRIER)
			error = OFP_BRC_BAD_TYPE;
		else
			ofp_msg_bare(&em.em_wr, OFP_VERSION_10,
			    OFP10_T_BARRIER_REPLY, h->h_xid);
		break;
	case OFP_T_ECHO_REPLY:
		break;
	default:
		error = OFP_BRC_BAD_TYPE;
		break;
	}
	if (error != OFP_OK)
		em_error(error, msg, h->h_len);
}
