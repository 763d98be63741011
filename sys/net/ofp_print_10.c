/*
 * SPDX-License-Identifier: ISC
 *
 * ofp_print_10.c: bodies of OpenFlow 1.0 messages as text.
 */
#include "ofp_print_msg.h"

void
ofp_print_actions_10(struct ofp_text *tx, struct ofp_rd rd)
{
	struct ofp_action	ac;
	enum ofp_error		error = OFP_OK;
	const char		*sep = "";

	if (ofp_rd_left(&rd) == 0)
		ofp_text_add(tx, "drop");
	while (ofp10_action_next(&rd, &ac, &error)) {
		ofp_text_add(tx, "%s", sep);
		ofp_print_action(tx, &ac);
		sep = ",";
	}
	ofp_print_error_code(tx, error);
}

static enum ofp_error
print_features(struct ofp_text *tx, struct ofp_rd *rd)
{
	struct ofp_features	fe;
	struct ofp_port		po;
	enum ofp_error		error;

	if ((error = ofp10_features_decode(rd, &fe)) != OFP_OK)
		return (error);
	ofp_text_add(tx, " dpid=0x%016llx buffers=%u tables=%u "
	    "capabilities=0x%x actions=0x%x", (unsigned long long)fe.fe_dpid,
	    fe.fe_buffers, fe.fe_tables, fe.fe_capabilities, fe.fe_actions);
	while (ofp_rd_left(rd) > 0) {
		if ((error = ofp10_port_decode(rd, &po)) != OFP_OK)
			return (error);
		ofp_text_add(tx, "\n  ");
		ofp_print_port(tx, &po);
	}
	return (OFP_OK);
}

static enum ofp_error
print_packet_in(struct ofp_text *tx, struct ofp_rd *rd)
{
	struct ofp_packet_in_quick pq;
	enum ofp_error		   error;

	if ((error = ofp10_packet_in_quick(rd, &pq)) != OFP_OK)
		return (error);
	ofp_text_add(tx, " reason=%s total=%u buffer=", pq.pq_reason ==
	    OFP_R_NO_MATCH ? "no_match" : "action", pq.pq_total);
	ofp_print_buffer(tx, pq.pq_buffer);
	ofp_text_add(tx, " in_port=");
	ofp_print_port_no(tx, pq.pq_in_port);
	ofp_text_add(tx, " data=%zu: ", pq.pq_len);
	ofp_print_frame(tx, pq.pq_data, pq.pq_len);
	return (OFP_OK);
}

static enum ofp_error
print_packet_out(struct ofp_text *tx, struct ofp_rd *rd)
{
	struct ofp_rd	actions;
	const uint8_t	*data;
	uint32_t	buffer = ofp_rd_u32(rd);
	uint16_t	port = ofp_rd_u16(rd);
	size_t		len;

	ofp_rd_sub(rd, ofp_rd_u16(rd), &actions);
	if (ofp_rd_err(rd))
		return (OFP_BRC_BAD_LEN);
	len = ofp_rd_left(rd);
	data = ofp_rd_ptr(rd, len);
	ofp_text_add(tx, " buffer=");
	ofp_print_buffer(tx, buffer);
	ofp_text_add(tx, " in_port=");
	ofp_print_port_no(tx, ofp10_port_widen(port));
	ofp_text_add(tx, " actions=");
	ofp_print_actions_10(tx, actions);
	ofp_text_add(tx, " data=%zu", len);
	if (len > 0) {
		ofp_text_add(tx, ": ");
		ofp_print_frame(tx, data, len);
	}
	return (OFP_OK);
}

static enum ofp_error
print_flow_mod(struct ofp_text *tx, struct ofp_rd *rd)
{
	struct ofp_flow	f;
	enum ofp_error	error;

	ofp_flow_init(&f, OFP_FC_ADD);
	if ((error = ofp10_match_decode(rd, &f.f_match)) != OFP_OK)
		return (error);
	f.f_cookie = ofp_rd_u64(rd);
	f.f_command = ofp_rd_u16(rd);
	f.f_idle = ofp_rd_u16(rd);
	f.f_hard = ofp_rd_u16(rd);
	f.f_priority = ofp_rd_u16(rd);
	f.f_buffer = ofp_rd_u32(rd);
	f.f_out_port = ofp10_port_widen(ofp_rd_u16(rd));
	f.f_flags = ofp_rd_u16(rd);
	if (ofp_rd_err(rd))
		return (OFP_BRC_BAD_LEN);
	ofp_print_flow_head(tx, &f);
	ofp_text_add(tx, "actions=");
	ofp_print_actions_10(tx, *rd);
	return (OFP_OK);
}

static enum ofp_error
print_port_mod(struct ofp_text *tx, struct ofp_rd *rd)
{
	uint16_t	port = ofp_rd_u16(rd);
	uint8_t		mac[6];
	uint32_t	config, mask;

	ofp_rd_bytes(rd, mac, sizeof(mac));
	config = ofp_rd_u32(rd);
	mask = ofp_rd_u32(rd);
	if (ofp_rd_err(rd))
		return (OFP_BRC_BAD_LEN);
	ofp_text_add(tx, " port=");
	ofp_print_port_no(tx, ofp10_port_widen(port));
	ofp_text_add(tx, " mac=");
	ofp_print_hwaddr(tx, mac);
	ofp_text_add(tx, " config=0x%x mask=0x%x advertise=0x%x", config,
	    mask, ofp_rd_u32(rd));
	return (OFP_OK);
}

static enum ofp_error
print_stats_request(struct ofp_text *tx, uint16_t type, struct ofp_rd *rd)
{
	struct ofp_match	m;
	enum ofp_error		error;

	switch (type) {
	case OFP_MP_FLOW:
	case OFP_MP_AGGREGATE:
		if ((error = ofp10_match_decode(rd, &m)) != OFP_OK)
			return (error);
		ofp_text_add(tx, " table=%u ", ofp_rd_u8(rd));
		ofp_rd_skip(rd, 1);
		ofp_text_add(tx, "out_port=");
		ofp_print_port_no(tx, ofp10_port_widen(ofp_rd_u16(rd)));
			ofp_print_match_behind(tx, &m, false);
		break;
	case OFP_MP_PORT_STATS:
		ofp_text_add(tx, " port=");
		ofp_print_port_no(tx, ofp10_port_widen(ofp_rd_u16(rd)));
		ofp_rd_skip(rd, 6);
		break;
	case OFP_MP_QUEUE:
		ofp_text_add(tx, " port=");
		ofp_print_port_no(tx, ofp10_port_widen(ofp_rd_u16(rd)));
		ofp_rd_skip(rd, 2);
		ofp_text_add(tx, " queue=%u", ofp_rd_u32(rd));
		break;
	}
	return (ofp_rd_err(rd) || ofp_rd_left(rd) != 0 ? OFP_BRC_BAD_LEN :
	    OFP_OK);
}

static void
print_flow_stats(struct ofp_text *tx, const struct ofp_flow_stats *fs)
{
	ofp_text_add(tx, "\n  table=%u priority=%u cookie=0x%llx "
	    "duration=%u.%09u idle=%u hard=%u packets=%llu bytes=%llu",
	    fs->fs_table, fs->fs_priority, (unsigned long long)fs->fs_cookie,
	    fs->fs_sec, fs->fs_nsec, fs->fs_idle, fs->fs_hard,
	    (unsigned long long)fs->fs_packets,
	    (unsigned long long)fs->fs_bytes);
	ofp_print_match_behind(tx, &fs->fs_match, fs->fs_more);
	ofp_text_add(tx, " actions=");
	ofp_print_actions_10(tx, fs->fs_instr);
}

static enum ofp_error
print_desc(struct ofp_text *tx, struct ofp_rd *rd)
{
	struct ofp_desc	de;
	enum ofp_error	error;

	if ((error = ofp_desc_decode(rd, &de)) != OFP_OK)
		return (error);
	ofp_print_desc(tx, &de);
	return (OFP_OK);
}

static enum ofp_error
print_tables(struct ofp_text *tx, struct ofp_rd *rd)
{
	struct ofp10_table_stats tt;
	enum ofp_error		 error;

	while (ofp10_table_stats_next(rd, &tt, &error)) {
		ofp_text_add(tx, "\n  table=%u name=", tt.tt_stats.ts_table);
		ofp_print_str(tx, tt.tt_name);
		ofp_text_add(tx, " wildcards=0x%x max=%u active=%u "
		    "lookup=%llu matched=%llu", tt.tt_wildcards, tt.tt_max,
		    tt.tt_stats.ts_active,
		    (unsigned long long)tt.tt_stats.ts_lookup,
		    (unsigned long long)tt.tt_stats.ts_matched);
	}
	return (error);
}

static enum ofp_error
print_ports(struct ofp_text *tx, struct ofp_rd *rd)
{
	struct ofp_port_stats	pt;
	enum ofp_error		error;

	while (ofp10_port_stats_next(rd, &pt, &error)) {
		ofp_text_add(tx, "\n  port=");
		ofp_print_port_no(tx, pt.pt_no);
		ofp_text_add(tx, " rx_packets=%llu tx_packets=%llu "
		    "rx_bytes=%llu tx_bytes=%llu",
		    (unsigned long long)pt.pt_rx_packets,
		    (unsigned long long)pt.pt_tx_packets,
		    (unsigned long long)pt.pt_rx_bytes,
		    (unsigned long long)pt.pt_tx_bytes);
	}
	return (error);
}

static enum ofp_error
print_queues(struct ofp_text *tx, struct ofp_rd *rd)
{
	struct ofp_queue_stats	qs;
	enum ofp_error		error;

	while (ofp10_queue_stats_next(rd, &qs, &error)) {
		ofp_text_add(tx, "\n  port=");
		ofp_print_port_no(tx, qs.qs_port);
		ofp_text_add(tx, " queue=%u packets=%llu bytes=%llu "
		    "errors=%llu", qs.qs_queue,
		    (unsigned long long)qs.qs_packets,
		    (unsigned long long)qs.qs_bytes,
		    (unsigned long long)qs.qs_errors);
	}
	return (error);
}

static enum ofp_error
print_stats_reply(struct ofp_text *tx, uint16_t type, struct ofp_rd *rd)
{
	struct ofp_aggregate	ag;
	struct ofp_flow_stats	fs;
	enum ofp_error		error = OFP_OK;

	switch (type) {
	case OFP_MP_DESC:
		return (print_desc(tx, rd));
	case OFP_MP_FLOW:
		while (ofp10_flow_stats_next(rd, &fs, &error))
			print_flow_stats(tx, &fs);
		return (error);
	case OFP_MP_AGGREGATE:
		if ((error = ofp_aggregate_decode(rd, &ag)) == OFP_OK)
			ofp_text_add(tx, " packets=%llu bytes=%llu flows=%u",
			    (unsigned long long)ag.ag_packets,
			    (unsigned long long)ag.ag_bytes, ag.ag_flows);
		return (error);
	case OFP_MP_TABLE:
		return (print_tables(tx, rd));
	case OFP_MP_PORT_STATS:
		return (print_ports(tx, rd));
	case OFP_MP_QUEUE:
		return (print_queues(tx, rd));
	}
	return (OFP_OK);
}

static enum ofp_error
print_stats(struct ofp_text *tx, bool reply, struct ofp_rd *rd)
{
	struct ofp_mp	 mp;
	enum ofp_error	 error;
	const char	*name;

	if ((error = ofp10_stats_decode(rd, reply, &mp)) != OFP_OK)
		return (error);
	name = mp.mp_type == OFP10_ST_VENDOR ? "VENDOR" :
	    ofp_mp_name(mp.mp_type);
	ofp_text_add(tx, " %s%s", name != NULL ? name : "?",
	    reply && mp.mp_flags & OFP_MPF_MORE ? " more" : "");
	return (reply ? print_stats_reply(tx, mp.mp_type, rd) :
	    print_stats_request(tx, mp.mp_type, rd));
}

enum ofp_error
ofp_print_10(struct ofp_text *tx, const struct ofp_hdr *h, struct ofp_rd *rd)
{
	struct ofp_flow_removed	fr;
	struct ofp_port_status	ps;
	enum ofp_error		error;

	switch (h->h_type) {
	case OFP10_T_VENDOR:
		ofp_text_add(tx, " vendor=0x%08x data=%zu", ofp_rd_u32(rd),
		    ofp_rd_left(rd));
		return (ofp_rd_err(rd) ? OFP_BRC_BAD_LEN : OFP_OK);
	case OFP_T_FEATURES_REPLY:
		return (print_features(tx, rd));
	case OFP10_T_PACKET_IN:
		return (print_packet_in(tx, rd));
	case OFP10_T_FLOW_REMOVED:
		error = ofp10_flow_removed_decode(rd, &fr);
		if (error == OFP_OK)
			ofp_print_removed(tx, &fr);
		return (error);
	case OFP10_T_PORT_STATUS:
		error = ofp10_port_status_decode(rd, &ps);
		if (error == OFP_OK)
			ofp_print_port_status(tx, &ps);
		return (error);
	case OFP10_T_PACKET_OUT:
		return (print_packet_out(tx, rd));
	case OFP10_T_FLOW_MOD:
		return (print_flow_mod(tx, rd));
	case OFP10_T_PORT_MOD:
		return (print_port_mod(tx, rd));
	case OFP10_T_STATS_REQUEST:
		return (print_stats(tx, false, rd));
	case OFP10_T_STATS_REPLY:
		return (print_stats(tx, true, rd));
	default:
		return (OFP_OK);
	}
}
