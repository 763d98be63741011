/*
 * SPDX-License-Identifier: ISC
 *
 * msg.c: what the switch says and does in OpenFlow 1.3.  What both versions
 * have in common is decoded alike and meets here: flow mods, packet-outs.
 */
#include <stdio.h>
#include <string.h>

#include "emul.h"

#define SEGMENT		30000		/* bytes of a multipart message */
#define LATE		500		/* ms */

/*
 * In common.
 */

/* The same but for its xid? */
static uint64_t
msg_hash(const uint8_t *msg, size_t len)
{
	uint64_t	h = 0xcbf29ce484222325ULL;
	size_t		i;

	for (i = OFP_HDR_LEN; i < len; i++)
		h = (h ^ msg[i]) * 0x100000001b3ULL;
	return (h);
}

static void
failed_count(const uint8_t *msg, size_t len)
{
	uint64_t	h = msg_hash(msg, len);
	unsigned int	i;

	for (i = 0; i < EM_FAILED - 1; i++)
		if (em.em_failed[i].ef_count == 0 ||
		    em.em_failed[i].ef_hash == h)
			break;
	em.em_failed[i].ef_hash = h;
	em.em_failed[i].ef_count++;
}

/* A frame that was kept goes by the tables as they are now. */
static void
msg_kept(uint32_t buffer, const uint8_t *msg, size_t len)
{
	const uint8_t	*data;
	uint32_t	 port;
	size_t		 n;

	if (frame_kept(buffer, &port, &data, &n))
		frame_in(port, data, n);
	else
		em_error(OFP_BRC_BUFFER_UNKNOWN, msg, len);
}

void
msg_flow_mod(struct ofp_flow *f, const uint8_t *msg, size_t len)
{
	enum ofp_error	error;

	em.em_mods++;
	error = flow_mod(f);
	if (error != OFP_OK) {
		em_error(error, msg, len);
		failed_count(msg, len);
	} else if (f->f_command <= OFP_FC_MODIFY_STRICT &&
	    f->f_buffer != OFP_NO_BUFFER)
		msg_kept(f->f_buffer, msg, len);
}

void
msg_packet_out(const struct ofp_packet_out *pu, const uint8_t *msg, size_t len)
{
	enum ofp_error	 error;
	const uint8_t	*data = pu->pu_data;
	uint32_t	 port;
	size_t		 n = pu->pu_len;

	if (pu->pu_buffer != OFP_NO_BUFFER &&
	    !frame_kept(pu->pu_buffer, &port, &data, &n)) {
		em_error(OFP_BRC_BUFFER_UNKNOWN, msg, len);
		return;
	}
	if ((error = check_actions(pu->pu_actions, NULL)) != OFP_OK) {
		em_error(error, msg, len);
		failed_count(msg, len);
		return;
	}
	frame_out(pu->pu_in_port, pu->pu_actions, data, n);
}

void
msg_port(uint32_t no, struct ofp_port *po)
{
	memset(po, 0, sizeof(*po));
	po->po_no = no;
	po->po_hwaddr[0] = 2;
	po->po_hwaddr[4] = (uint8_t)em.em_dpid;
	po->po_hwaddr[5] = (uint8_t)no;
	snprintf(po->po_name, sizeof(po->po_name), "%u", no);
	po->po_config = em.em_port_config[no];
	po->po_state = em.em_down & BIT(no) ? OFP_PS_LINK_DOWN : OFP_PS_LIVE;
	po->po_curr = OFP_PF_1GB_FD | OFP_PF_COPPER;
	po->po_curr_speed = po->po_max_speed = 1000000;
}

/*
 * What comes by itself.
 */

void
msg_packet_in(uint32_t port, uint8_t reason, uint8_t table, uint64_t cookie,
    uint16_t max_len, const uint8_t *data, size_t len)
{
	struct ofp_packet_in	pi;
	uint32_t		buffer = OFP_NO_BUFFER;
	size_t			n = len;

	if (em.em_fd == -1 || em.em_version == 0)
		return;
	if (em.em_model->mo_quirks & MQ_BUFFERS) {
		buffer = frame_keep(port, data, len);
		max_len = OFP_MISS_SEND_LEN;
	}
	if (max_len < n)
		n = max_len;
	if (em.em_version == OFP_VERSION_10) {
		msg10_packet_in(port, reason, buffer, len, data, n);
		return;
	}
	memset(&pi, 0, sizeof(pi));
	pi.pi_buffer = buffer;
	pi.pi_total = (uint16_t)len;
	pi.pi_reason = reason;
	pi.pi_table = table;
	pi.pi_cookie = cookie;
	ofp_match_init(&pi.pi_match);
	ofp_match_set(&pi.pi_match, OFP_XMT_IN_PORT, port);
	pi.pi_data = data;
	pi.pi_len = n;
	ofp_packet_in_encode(&em.em_wr, 0, &pi);
}

void
msg_flow_removed(const struct flow *fl, uint8_t reason)
{
	struct ofp_flow_removed	fr;

	if (em.em_fd == -1 || em.em_version == 0)
		return;
	if (em.em_version == OFP_VERSION_10) {
		msg10_flow_removed(fl, reason);
		return;
	}
	memset(&fr, 0, sizeof(fr));
	fr.fr_cookie = fl->fl_cookie;
	fr.fr_priority = fl->fl_priority;
	fr.fr_reason = reason;
	fr.fr_table = fl->fl_table;
	fr.fr_sec = (uint32_t)((em.em_now - fl->fl_made) / 1000);
	fr.fr_idle = fl->fl_idle;
	fr.fr_hard = fl->fl_hard;
	fr.fr_packets = fl->fl_packets;
	fr.fr_bytes = fl->fl_bytes;
	fr.fr_match = fl->fl_match;
	ofp_flow_removed_encode(&em.em_wr, 0, &fr);
}

void
msg_port_status(uint32_t no)
{
	struct ofp_port_status	ps = { .ps_reason = OFP_PR_MODIFY };

	if (em.em_fd == -1 || em.em_version == 0)
		return;
	msg_port(no, &ps.ps_port);
	if (em.em_version == OFP_VERSION_10)
		msg10_port_status(&ps.ps_port);
	else
		ofp_port_status_encode(&em.em_wr, 0, &ps);
}

/*
 * Answers.
 */

static void
msg_features(uint32_t xid)
{
	struct ofp_features	fe = {
		.fe_dpid = em.em_dpid, .fe_buffers = em.em_model->mo_buffers,
		.fe_capabilities = OFP_C_FLOW_STATS | OFP_C_TABLE_STATS |
		    OFP_C_PORT_STATS | OFP_C_GROUP_STATS
	};
	unsigned int		i;

	for (i = 0; i < MODEL_TABLES &&
	    em.em_model->mo_tables[i].mt_name != NULL; i++)
		fe.fe_tables++;
	ofp_features_encode(&em.em_wr, xid, &fe);
}

/* Between entries: is a message full? */
static size_t
segment(size_t start, uint32_t xid, uint16_t type)
{
	if (ofp_wr_pos(&em.em_wr) - start <=
	    (em.em_model->mo_quirks & MQ_SPLIT ? OFP_MULTIPART_LEN : SEGMENT))
		return (start);
	ofp_mp_end(&em.em_wr, start, true);
	return (ofp_mp_begin(&em.em_wr, true, xid, type));
}

static void
stats_desc(uint32_t xid)
{
	struct ofp_desc	de;
	size_t		start;

	memset(&de, 0, sizeof(de));
	snprintf(de.de_mfr, sizeof(de.de_mfr), "%s", em.em_model->mo_mfr);
	snprintf(de.de_hw, sizeof(de.de_hw), "%s", em.em_model->mo_hw);
	snprintf(de.de_sw, sizeof(de.de_sw), "%s", em.em_model->mo_sw);
	snprintf(de.de_serial, sizeof(de.de_serial), "EM%llu",
	    (unsigned long long)em.em_dpid);
	snprintf(de.de_dp, sizeof(de.de_dp), "%s", em.em_model->mo_name);
	start = ofp_mp_begin(&em.em_wr, true, xid, OFP_MP_DESC);
	ofp_desc_encode(&em.em_wr, &de);
	ofp_mp_end(&em.em_wr, start, false);
}

static void
stats_ports(uint32_t xid)
{
	struct ofp_port	po;
	uint32_t	no;
	size_t		start;

	start = ofp_mp_begin(&em.em_wr, true, xid, OFP_MP_PORT_DESC);
	for (no = 1; no <= EM_PORTS; no++) {
		msg_port(no, &po);
		ofp_port_encode(&em.em_wr, &po);
		start = segment(start, xid, OFP_MP_PORT_DESC);
	}
	ofp_mp_end(&em.em_wr, start, false);
}

static void
table_features(const struct model_table *mt)
{
	struct ofp_table_features	tf;
	unsigned int			i;

	memset(&tf, 0, sizeof(tf));
	tf.tf_table = mt->mt_id;
	snprintf(tf.tf_name, sizeof(tf.tf_name), "%s", mt->mt_name);
	tf.tf_max_entries = mt->mt_max;
	tf.tf_props = BIT(OFP_TFPT_INSTRUCTIONS) | BIT(OFP_TFPT_NEXT_TABLES) |
	    BIT(OFP_TFPT_APPLY_ACTIONS) | BIT(OFP_TFPT_WRITE_ACTIONS) |
	    BIT(OFP_TFPT_MATCH) | BIT(OFP_TFPT_WILDCARDS);
	tf.tf_instr[0] = mt->mt_instr;
	for (i = 0; i < MODEL_NEXT && mt->mt_next[i] != 0; i++)
		tf.tf_next[0][mt->mt_next[i] / 64] |=
		    1ULL << mt->mt_next[i] % 64;
	if (mt->mt_instr & BIT(OFP_IT_APPLY_ACTIONS))
		tf.tf_apply[0] = mt->mt_apply;
	if (mt->mt_instr & BIT(OFP_IT_WRITE_ACTIONS))
		tf.tf_write[0] = mt->mt_apply;
	tf.tf_match = mt->mt_match;
	if (!mt->mt_exact)
		tf.tf_wildcards = mt->mt_match;
	ofp_table_features_encode(&em.em_wr, &tf);
}

static void
stats_table_features(uint32_t xid)
{
	const struct model_table	*mt = em.em_model->mo_tables;
	unsigned int			 i;
	size_t				 start;

	start = ofp_mp_begin(&em.em_wr, true, xid, OFP_MP_TABLE_FEATURES);
	for (i = 0; i < MODEL_TABLES && mt[i].mt_name != NULL; i++) {
		table_features(&mt[i]);
		start = segment(start, xid, OFP_MP_TABLE_FEATURES);
	}
	ofp_mp_end(&em.em_wr, start, false);
}

/* Some take their time. */
void
msg_late(void)
{
	if (em.em_late == 0 || em.em_now < em.em_late_at || em.em_fd == -1)
		return;
	stats_table_features(em.em_late);
	em.em_late = 0;
}

static void
stats_tables(uint32_t xid)
{
	const struct model_table	*mt = em.em_model->mo_tables;
	struct ofp_table_stats		 ts;
	unsigned int			 i;
	size_t				 start;

	start = ofp_mp_begin(&em.em_wr, true, xid, OFP_MP_TABLE);
	for (i = 0; i < MODEL_TABLES && mt[i].mt_name != NULL; i++) {
		memset(&ts, 0, sizeof(ts));
		ts.ts_table = mt[i].mt_id;
		ts.ts_active = flow_count(mt[i].mt_id);
		ofp_table_stats_encode(&em.em_wr, &ts);
	}
	ofp_mp_end(&em.em_wr, start, false);
}

static void
flow_stats(const struct flow *fl)
{
	struct ofp_flow_stats	fs;

	memset(&fs, 0, sizeof(fs));
	fs.fs_table = fl->fl_table;
	fs.fs_sec = (uint32_t)((em.em_now - fl->fl_made) / 1000);
	fs.fs_priority = fl->fl_priority;
	fs.fs_idle = fl->fl_idle;
	fs.fs_hard = fl->fl_hard;
	fs.fs_flags = fl->fl_flags;
	fs.fs_cookie = fl->fl_cookie;
	fs.fs_packets = fl->fl_packets;
	fs.fs_bytes = fl->fl_bytes;
	fs.fs_match = fl->fl_match;
	ofp_rd_init(&fs.fs_instr, fl->fl_do, fl->fl_len);
	ofp_flow_stats_encode(&em.em_wr, &fs);
}

static enum ofp_error
stats_flows(struct ofp_rd *rd, uint32_t xid)
{
	struct ofp_flow_req	 fq;
	struct ofp_flow		 f;
	struct flow		*fl;
	enum ofp_error		 error;
	size_t			 start;

	if ((error = ofp_flow_req_decode(rd, &fq)) != OFP_OK)
		return (error);
	memset(&f, 0, sizeof(f));
	f.f_command = OFP_FC_DELETE;
	f.f_table = fq.fq_table;
	f.f_cookie = fq.fq_cookie;
	f.f_cookie_mask = fq.fq_cookie_mask;
	f.f_out_port = fq.fq_out_port;
	f.f_match = fq.fq_match;
	start = ofp_mp_begin(&em.em_wr, true, xid, OFP_MP_FLOW);
	TAILQ_FOREACH(fl, &em.em_flows, fl_entry) {
		if (!flow_covered(fl, &f))
			continue;
		flow_stats(fl);
		start = segment(start, xid, OFP_MP_FLOW);
	}
	ofp_mp_end(&em.em_wr, start, false);
	return (OFP_OK);
}

static enum ofp_error
msg_stats(uint16_t type, struct ofp_rd *rd, uint32_t xid)
{
	switch (type) {
	case OFP_MP_DESC:
		stats_desc(xid);
		return (OFP_OK);
	case OFP_MP_FLOW:
		return (stats_flows(rd, xid));
	case OFP_MP_TABLE:
		stats_tables(xid);
		return (OFP_OK);
	case OFP_MP_PORT_DESC:
		stats_ports(xid);
		return (OFP_OK);
	case OFP_MP_TABLE_FEATURES:
		if (em.em_model->mo_quirks & MQ_NO_FEATURES)
			return (OFP_BRC_BAD_MULTIPART);
		if (ofp_rd_left(rd) != 0)
			return (OFP_TFFC_EPERM);
		em.em_late = xid;
		em.em_late_at = em.em_now +
		    (em.em_model->mo_quirks & MQ_LATE ? LATE : 0);
		msg_late();
		return (OFP_OK);
	case OFP_MP_METER_FEATURES:
		if (em.em_model->mo_quirks & MQ_NO_METER)
			return (OFP_BRC_BAD_MULTIPART);
		meter_features(xid);
		return (OFP_OK);
	case OFP_MP_GROUP_DESC:
	case OFP_MP_GROUP_FEATURES:
		if (em.em_model->mo_quirks & MQ_NO_GROUP)
			return (OFP_BRC_BAD_MULTIPART);
		if (type == OFP_MP_GROUP_DESC)
			group_desc(xid);
		else
			group_features(xid);
		return (OFP_OK);
	default:
		return (OFP_BRC_BAD_MULTIPART);
	}
}

static enum ofp_error
msg_multipart(struct ofp_rd *rd, uint32_t xid)
{
	size_t		start = ofp_wr_pos(&em.em_wr);
	struct ofp_mp	mp;
	enum ofp_error	error;

	if ((error = ofp_mp_decode(rd, false, &mp)) != OFP_OK)
		return (error);
	error = msg_stats(mp.mp_type, rd, xid);
	if (error == OFP_OK && ofp_wr_pos(&em.em_wr) > start)
		odd_spoil(start);
	return (error);
}

static enum ofp_error
msg_port_mod(struct ofp_rd *rd)
{
	struct ofp_port_mod	pm;
	enum ofp_error		error;

	if ((error = ofp_port_mod_decode(rd, &pm)) != OFP_OK)
		return (error);
	if (em.em_model->mo_quirks & MQ_NO_PORT_MOD)
		return (OFP_PMFC_EPERM);
	if (pm.pm_no == 0 || pm.pm_no > EM_PORTS)
		return (OFP_PMFC_BAD_PORT);
	if ((pm.pm_mask & ~em.em_model->mo_port_config) != 0)
		return (OFP_PMFC_BAD_CONFIG);
	em.em_port_config[pm.pm_no] &= ~pm.pm_mask;
	em.em_port_config[pm.pm_no] |= pm.pm_config & pm.pm_mask;
	msg_port_status(pm.pm_no);
	return (OFP_OK);
}

static enum ofp_error
msg_role(struct ofp_rd *rd, uint32_t xid)
{
	struct ofp_role_msg	ro;

	if (em.em_model->mo_quirks & MQ_NO_ROLE)
		return (OFP_BRC_BAD_TYPE);
	if (ofp_role_decode(rd, &ro) != OFP_OK)
		return (OFP_BRC_BAD_LEN);
	if (ro.ro_role > OFP_CR_ROLE_SLAVE)
		return (OFP_RRFC_BAD_ROLE);
	if (ro.ro_role >= OFP_CR_ROLE_MASTER) {
		if ((int64_t)(ro.ro_generation - em.em_generation) < 0)
			return (OFP_RRFC_STALE);
		em.em_generation = ro.ro_generation;
	}
	ofp_role_encode(&em.em_wr, true, xid, &ro);
	return (OFP_OK);
}

static enum ofp_error
msg_flow(struct ofp_rd *rd, const struct ofp_hdr *h, const uint8_t *msg)
{
	struct ofp_flow	f;
	enum ofp_error	error;

	if ((error = ofp_flow_decode(rd, &f)) != OFP_OK) {
		em.em_mods++;
		failed_count(msg, h->h_len);
		return (error);
	}
	msg_flow_mod(&f, msg, h->h_len);
	return (OFP_OK);
}

/* What is set or asked in few words. */
static enum ofp_error
msg_small(const struct ofp_hdr *h, struct ofp_rd *rd)
{
	struct ofp_config	cf = { OFP_FRAG_NORMAL, em.em_miss_len };

	switch (h->h_type) {
	case OFP_T_FEATURES_REQUEST:
		msg_features(h->h_xid);
		return (OFP_OK);
	case OFP_T_GET_CONFIG_REQUEST:
		ofp_config_encode(&em.em_wr, OFP_VERSION_13, false, h->h_xid,
		    &cf);
		return (OFP_OK);
	case OFP_T_SET_CONFIG:
		if (ofp_config_decode(rd, &cf) == OFP_OK)
			em.em_miss_len = cf.cf_miss_send_len;
		return (OFP_OK);
	case OFP_T_BARRIER_REQUEST:
		em.em_barriers++;
		if (em.em_model->mo_quirks & MQ_NO_BARRIER)
			return (OFP_BRC_BAD_TYPE);
		ofp_msg_bare(&em.em_wr, OFP_VERSION_13, OFP_T_BARRIER_REPLY,
		    h->h_xid);
		return (OFP_OK);
	case OFP_T_ROLE_REQUEST:
		return (msg_role(rd, h->h_xid));
	case OFP_T_ECHO_REPLY:
		return (OFP_OK);
	default:
		return (OFP_BRC_BAD_TYPE);
	}
}

void
msg_input(const struct ofp_hdr *h, struct ofp_rd *rd, const uint8_t *msg)
{
	struct ofp_packet_out	pu;
	enum ofp_error		error;

	switch (h->h_type) {
	case OFP_T_FLOW_MOD:
		error = msg_flow(rd, h, msg);
		break;
	case OFP_T_PACKET_OUT:
		if ((error = ofp_packet_out_decode(rd, &pu)) == OFP_OK)
			msg_packet_out(&pu, msg, h->h_len);
		break;
	case OFP_T_GROUP_MOD:
		error = group_mod(rd);
		break;
	case OFP_T_METER_MOD:
		error = meter_mod(rd);
		break;
	case OFP_T_PORT_MOD:
		error = msg_port_mod(rd);
		break;
	case OFP_T_MULTIPART_REQUEST:
		error = msg_multipart(rd, h->h_xid);
		break;
	default:
		error = msg_small(h, rd);
		break;
	}
	if (error != OFP_OK)
		em_error(error, msg, h->h_len);
}
