/*
 * SPDX-License-Identifier: ISC
 *
 * recode10.c: see recode.h; OpenFlow 1.0.  The codec decodes what a switch
 * sends and encodes what a controller sends; the other half is read here.
 */
#include "ofp10.h"
#include "recode.h"

/* A list of actions of 1.0 as those of 1.3, into buf. */
static enum ofp_error
actions_widen(struct ofp_rd *rd, uint8_t *buf, size_t cap)
{
	struct ofp_action	ac, queue;
	struct ofp_wr		wr;
	enum ofp_error		error;

	ofp_wr_init(&wr, buf, cap);
	while (ofp10_action_next(rd, &ac, &error)) {
		if (ac.ac_type == OFP_AT_EXPERIMENTER)
			return (OFP_BAC_BAD_EXPERIMENTER);
		if (ac.ac_type == OFP_AT_ENQUEUE) {
			queue.ac_type = OFP_AT_SET_QUEUE;
			queue.u.queue = ac.u.enqueue.queue;
			ofp_action_encode(&wr, &queue);
			ac.ac_type = OFP_AT_OUTPUT;
			ac.u.output.port = ac.u.enqueue.port;
			ac.u.output.max_len = 0;
		}
		ofp_action_encode(&wr, &ac);
	}
	ofp_rd_init(rd, buf, ofp_wr_pos(&wr));
	return (error);
}

static enum ofp_error
re10_flow_mod(struct recode *rc)
{
	static uint8_t	 buf[OFP_MSG_MAX * 2];
	struct ofp_rd	*rd = &rc->rc_rd;
	struct ofp_flow	 f;
	enum ofp_error	 error;

	ofp_flow_init(&f, OFP_FC_ADD);
	if ((error = ofp10_match_decode(rd, &f.f_match)) != OFP_OK)
		return (error);
	f.f_cookie = ofp_rd_u64(rd);
	f.f_command = (uint8_t)ofp_rd_u16(rd);
	f.f_idle = ofp_rd_u16(rd);
	f.f_hard = ofp_rd_u16(rd);
	f.f_priority = ofp_rd_u16(rd);
	f.f_buffer = ofp_rd_u32(rd);
	f.f_out_port = ofp10_port_widen(ofp_rd_u16(rd));
	f.f_flags = ofp_rd_u16(rd);
	f.f_instr.in_present = 1U << OFP_IT_APPLY_ACTIONS;
	if ((error = actions_widen(rd, buf, sizeof(buf))) != OFP_OK)
		return (error);
	f.f_instr.in_apply = *rd;
	return (ofp10_flow_encode(rc->rc_wr, rc->rc_h.h_xid, &f));
}

static enum ofp_error
re10_packet_out(struct recode *rc)
{
	static uint8_t		 buf[OFP_MSG_MAX * 2];
	struct ofp_rd		*rd = &rc->rc_rd;
	struct ofp_packet_out	 pu;
	enum ofp_error		 error;

	pu.pu_buffer = ofp_rd_u32(rd);
	pu.pu_in_port = ofp10_port_widen(ofp_rd_u16(rd));
	ofp_rd_sub(rd, ofp_rd_u16(rd), &pu.pu_actions);
	if (ofp_rd_err(rd))
		return (OFP_BRC_BAD_LEN);
	pu.pu_len = ofp_rd_left(rd);
	pu.pu_data = ofp_rd_ptr(rd, pu.pu_len);
	if ((error = actions_widen(&pu.pu_actions, buf, sizeof(buf))) !=
	    OFP_OK)
		return (error);
	return (ofp10_packet_out_encode(rc->rc_wr, rc->rc_h.h_xid, &pu));
}

static enum ofp_error
re10_port_mod(struct recode *rc)
{
	struct ofp_rd		*rd = &rc->rc_rd;
	struct ofp_port_mod	 pm;
	uint32_t		 advertise;

	pm.pm_no = ofp10_port_widen(ofp_rd_u16(rd));
	ofp_rd_bytes(rd, pm.pm_hwaddr, sizeof(pm.pm_hwaddr));
	pm.pm_config = ofp_rd_u32(rd);
	pm.pm_mask = ofp_rd_u32(rd);
	advertise = ofp_rd_u32(rd);
	pm.pm_advertise = (advertise & 0x7f) | (advertise & 0xf80) << 4;
	if (ofp_rd_err(rd))
		return (OFP_BRC_BAD_LEN);
	ofp10_port_mod_encode(rc->rc_wr, rc->rc_h.h_xid, &pm);
	return (OFP_OK);
}

static enum ofp_error
re10_stats_request(struct recode *rc)
{
	struct ofp_rd		*rd = &rc->rc_rd;
	struct ofp_flow_req	 fq = { 0 };
	struct ofp_mp		 mp;
	enum ofp_error		 error;
	uint32_t		 port;
	size_t			 start;

	if ((error = ofp10_stats_decode(rd, false, &mp)) != OFP_OK)
		return (error);
	if (mp.mp_type == OFP10_ST_VENDOR)
		return (recode_copy(rc, OFP_OK));
	start = ofp10_stats_begin(rc->rc_wr, false, rc->rc_h.h_xid,
	    mp.mp_type);
	switch (mp.mp_type) {
	case OFP_MP_FLOW:
	case OFP_MP_AGGREGATE:
		error = ofp10_match_decode(rd, &fq.fq_match);
		fq.fq_table = ofp_rd_u8(rd);
		ofp_rd_skip(rd, 1);
		fq.fq_out_port = ofp10_port_widen(ofp_rd_u16(rd));
		if (error == OFP_OK)
			error = ofp10_flow_req_encode(rc->rc_wr, &fq);
		break;
	case OFP_MP_PORT_STATS:
		port = ofp10_port_widen(ofp_rd_u16(rd));
		ofp_rd_skip(rd, 6);
		ofp10_port_req_encode(rc->rc_wr, port);
		break;
	case OFP_MP_QUEUE:
		port = ofp10_port_widen(ofp_rd_u16(rd));
		ofp_rd_skip(rd, 2);
		ofp10_queue_req_encode(rc->rc_wr, port, ofp_rd_u32(rd));
		break;
	}
	ofp_msg_end(rc->rc_wr, start);
	if (ofp_rd_err(rd) || ofp_rd_left(rd) != 0)
		return (OFP_BRC_BAD_LEN);
	return (error);
}

static enum ofp_error
re10_flows(struct ofp_rd *rd)
{
	struct ofp_flow_stats	fs;
	struct ofp_action	ac;
	enum ofp_error		error, inner;

	while (ofp10_flow_stats_next(rd, &fs, &error)) {
		while (ofp10_action_next(&fs.fs_instr, &ac, &inner))
			;
		if (inner != OFP_OK)
			return (inner);
	}
	return (error);
}

static enum ofp_error
re10_stats_reply(struct recode *rc)
{
	struct ofp10_table_stats tt;
	struct ofp_aggregate	 ag;
	struct ofp_queue_stats	 qs;
	struct ofp_port_stats	 pt;
	struct ofp_desc		 de;
	struct ofp_mp		 mp;
	enum ofp_error		 error;

	if ((error = ofp10_stats_decode(&rc->rc_rd, true, &mp)) != OFP_OK)
		return (error);
	switch (mp.mp_type) {
	case OFP_MP_DESC:
		return (ofp_desc_decode(&rc->rc_rd, &de));
	case OFP_MP_FLOW:
		return (re10_flows(&rc->rc_rd));
	case OFP_MP_AGGREGATE:
		return (ofp_aggregate_decode(&rc->rc_rd, &ag));
	case OFP_MP_TABLE:
		while (ofp10_table_stats_next(&rc->rc_rd, &tt, &error))
			;
		break;
	case OFP_MP_PORT_STATS:
		while (ofp10_port_stats_next(&rc->rc_rd, &pt, &error))
			;
		break;
	case OFP_MP_QUEUE:
		while (ofp10_queue_stats_next(&rc->rc_rd, &qs, &error))
			;
		break;
	}
	return (error);
}

static enum ofp_error
re10_features(struct recode *rc)
{
	struct ofp_features	fe;
	struct ofp_port		po;
	enum ofp_error		error;

	if ((error = ofp10_features_decode(&rc->rc_rd, &fe)) != OFP_OK)
		return (error);
	while (ofp_rd_left(&rc->rc_rd) > 0) {
		if ((error = ofp10_port_decode(&rc->rc_rd, &po)) != OFP_OK)
			return (error);
	}
	return (OFP_OK);
}

/* From the switch: there are only decoders. */
static enum ofp_error
re10_decode(struct recode *rc)
{
	struct ofp_packet_in_quick	pq;
	struct ofp_flow_removed		fr;
	struct ofp_port_status		ps;

	switch (rc->rc_h.h_type) {
	case OFP_T_FEATURES_REPLY:
		return (re10_features(rc));
	case OFP10_T_PACKET_IN:
		return (ofp10_packet_in_quick(&rc->rc_rd, &pq));
	case OFP10_T_FLOW_REMOVED:
		return (ofp10_flow_removed_decode(&rc->rc_rd, &fr));
	case OFP10_T_PORT_STATUS:
		return (ofp10_port_status_decode(&rc->rc_rd, &ps));
	case OFP10_T_STATS_REPLY:
		return (re10_stats_reply(rc));
	default:
		return (OFP_OK);
	}
}

static enum ofp_error
re10_config(struct recode *rc)
{
	struct ofp_config	cf;
	enum ofp_error		error;

	if ((error = ofp_config_decode(&rc->rc_rd, &cf)) == OFP_OK)
		ofp_config_encode(rc->rc_wr, OFP_VERSION_10,
		    rc->rc_h.h_type == OFP_T_SET_CONFIG, rc->rc_h.h_xid, &cf);
	return (error);
}

enum ofp_error
recode10(struct recode *rc)
{
	switch (rc->rc_h.h_type) {
	case OFP_T_FEATURES_REQUEST:
	case OFP_T_GET_CONFIG_REQUEST:
	case OFP10_T_BARRIER_REQUEST:
	case OFP10_T_BARRIER_REPLY:
		ofp_msg_bare(rc->rc_wr, OFP_VERSION_10, rc->rc_h.h_type,
		    rc->rc_h.h_xid);
		return (OFP_OK);
	case OFP_T_GET_CONFIG_REPLY:
	case OFP_T_SET_CONFIG:
		return (re10_config(rc));
	case OFP10_T_FLOW_MOD:
		return (re10_flow_mod(rc));
	case OFP10_T_PACKET_OUT:
		return (re10_packet_out(rc));
	case OFP10_T_PORT_MOD:
		return (re10_port_mod(rc));
	case OFP10_T_STATS_REQUEST:
		return (re10_stats_request(rc));
	default:
		return (recode_copy(rc, re10_decode(rc)));
	}
}
