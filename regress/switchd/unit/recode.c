/*
 * SPDX-License-Identifier: ISC
 *
 * recode.c: see recode.h; messages of 1.3 but multipart.
 */
#include "ofp_flow.h"
#include "ofp_group.h"
#include "recode.h"

enum ofp_error
recode_copy(struct recode *rc, enum ofp_error error)
{
	if (error == OFP_OK)
		ofp_wr_bytes(rc->rc_wr, rc->rc_msg, rc->rc_len);
	return (error);
}

static enum ofp_error
re_bare(struct recode *rc)
{
	ofp_msg_bare(rc->rc_wr, rc->rc_h.h_version, rc->rc_h.h_type,
	    rc->rc_h.h_xid);
	return (OFP_OK);
}

static enum ofp_error
re_hello(struct recode *rc)
{
	struct ofp_hello	he;
	enum ofp_error		error;

	error = ofp_hello_decode(&rc->rc_rd, rc->rc_h.h_version, &he);
	if (error != OFP_OK)
		return (error);
	if (!he.he_bitmap || he.he_bits <= 1)	/* bit 0 is no version */
		return (re_bare(rc));
	ofp_hello_encode(rc->rc_wr, rc->rc_h.h_xid, he.he_bits);
	return (OFP_OK);
}

/* The codec sends only errors that it knows, in 1.0 those that 1.3 has too. */
static enum ofp_error
re_error(struct recode *rc)
{
	struct ofp_error_msg	er;
	enum ofp_error		error, e;
	static char		text[OFP_MSG_MAX];

	if ((error = ofp_error_decode(&rc->rc_rd, &er)) != OFP_OK)
		return (error);
	if (ofp_error_str(rc->rc_h.h_version, er.er_type, er.er_code, text,
	    sizeof(text)) == text || (er.er_type > OFP_ET_BAD_ACTION &&
	    rc->rc_h.h_version == OFP_VERSION_10))
		return (recode_copy(rc, OFP_OK));
	e = (enum ofp_error)(OFP_ERROR_BIT |
	    (uint32_t)er.er_type << 16 | er.er_code);
	if (er.er_type == OFP_ET_EXPERIMENTER &&
	    er.er_experimenter == OFP_ONF_EXPERIMENTER)
		e = (enum ofp_error)(OFP_ERROR_EXP | er.er_code);
	if (er.er_type == OFP_ET_HELLO_FAILED && er.er_len < sizeof(text)) {
		memcpy(text, er.er_data, er.er_len);
		text[er.er_len] = '\0';
		ofp_error_hello_encode(rc->rc_wr, rc->rc_h.h_version,
		    rc->rc_h.h_xid, e, text);
	} else
		ofp_error_encode(rc->rc_wr, rc->rc_h.h_version, e, er.er_data,
		    er.er_len);
	return (OFP_OK);
}

static enum ofp_error
re_echo(struct recode *rc)
{
	size_t	n = ofp_rd_left(&rc->rc_rd);

	ofp_echo_encode(rc->rc_wr, rc->rc_h.h_version,
	    rc->rc_h.h_type == OFP_T_ECHO_REPLY, rc->rc_h.h_xid,
	    ofp_rd_ptr(&rc->rc_rd, n), n);
	return (OFP_OK);
}

static enum ofp_error
re_async_props(struct recode *rc)
{
	struct ofp_async_prop	ap;
	enum ofp_error		error = OFP_OK;
	size_t			start;

	start = ofp_async_props_begin(rc->rc_wr, rc->rc_h.h_xid);
	while (ofp_async_prop_next(&rc->rc_rd, &ap, &error))
		ofp_async_prop_encode(rc->rc_wr, &ap);
	ofp_msg_end(rc->rc_wr, start);
	return (error);
}

static enum ofp_error
re_experimenter(struct recode *rc)
{
	struct ofp_experimenter	ex;
	struct ofp_bundle_ctrl	bc;
	struct ofp_bundle_add	ba;
	struct ofp_role_status	rs;
	struct ofp_requestforward rf;
	enum ofp_error		error;

	if ((error = ofp_experimenter_decode(&rc->rc_rd, &ex)) != OFP_OK)
		return (error);
	if (ex.ex_id == OFP_NX_EXPERIMENTER && ex.ex_type == OFP_NX_SET_ASYNC)
		return (re_async_props(rc));
	if (ex.ex_id != OFP_ONF_EXPERIMENTER)
		return (recode_copy(rc, OFP_OK));
	switch (ex.ex_type) {
	case OFP_ONF_BUNDLE_CONTROL:
		error = ofp_bundle_ctrl_decode(&rc->rc_rd, &bc);
		if (error == OFP_OK)
			ofp_bundle_ctrl_encode(rc->rc_wr, rc->rc_h.h_xid, &bc);
		return (error);
	case OFP_ONF_BUNDLE_ADD:
		return (recode_copy(rc, ofp_bundle_add_decode(&rc->rc_rd,
		    rc->rc_h.h_xid, &ba)));
	case OFP_ONF_ROLE_STATUS:
		error = ofp_role_status_decode(&rc->rc_rd, &rs);
		if (error == OFP_OK)
			ofp_role_status_encode(rc->rc_wr, rc->rc_h.h_xid,
			    rs.rs_role, rs.rs_reason, rs.rs_generation);
		return (error);
	case OFP_ONF_REQUESTFORWARD:
		error = ofp_requestforward_decode(&rc->rc_rd, &rf);
		if (error == OFP_OK)
			ofp_requestforward_encode(rc->rc_wr, rc->rc_h.h_xid,
			    &rf);
		return (error);
	default:
		return (recode_copy(rc, OFP_OK));
	}
}

static enum ofp_error
re_features(struct recode *rc)
{
	struct ofp_features	fe;
	enum ofp_error		error;

	if ((error = ofp_features_decode(&rc->rc_rd, &fe)) == OFP_OK)
		ofp_features_encode(rc->rc_wr, rc->rc_h.h_xid, &fe);
	return (error);
}

static enum ofp_error
re_config(struct recode *rc)
{
	struct ofp_config	cf;
	enum ofp_error		error;

	if ((error = ofp_config_decode(&rc->rc_rd, &cf)) == OFP_OK)
		ofp_config_encode(rc->rc_wr, rc->rc_h.h_version,
		    rc->rc_h.h_type == OFP_T_SET_CONFIG, rc->rc_h.h_xid, &cf);
	return (error);
}

/* The quick way must say the same as the thorough one of a legal match. */
static void
packet_in_compare(struct ofp_rd rd, const struct ofp_packet_in *pi)
{
	struct ofp_packet_in_quick	pq;
	struct ofp_match		m;
	struct ofp_rd			match = rd;

	KASSERT(ofp_packet_in_quick(&rd, &pq) == OFP_OK &&
	    pq.pq_buffer == pi->pi_buffer && pq.pq_total == pi->pi_total &&
	    pq.pq_reason == pi->pi_reason && pq.pq_table == pi->pi_table &&
	    pq.pq_cookie == pi->pi_cookie && pq.pq_data == pi->pi_data &&
	    pq.pq_len == pi->pi_len);
	ofp_rd_skip(&match, 16);
	if (ofp_match_decode(&match, &m) == OFP_OK)
		KASSERT(pq.pq_in_port == ofp_key_get(&m.m_key,
		    OFP_XMT_IN_PORT));
}

static enum ofp_error
re_packet_in(struct recode *rc)
{
	struct ofp_packet_in	pi;
	struct ofp_rd		rd = rc->rc_rd;
	enum ofp_error		error;

	if ((error = ofp_packet_in_decode(&rc->rc_rd, &pi)) != OFP_OK)
		return (error);
	packet_in_compare(rd, &pi);
	ofp_packet_in_encode(rc->rc_wr, rc->rc_h.h_xid, &pi);
	return (OFP_OK);
}

static enum ofp_error
re_flow_removed(struct recode *rc)
{
	struct ofp_flow_removed	fr;
	enum ofp_error		error;

	if ((error = ofp_flow_removed_decode(&rc->rc_rd, &fr)) == OFP_OK)
		ofp_flow_removed_encode(rc->rc_wr, rc->rc_h.h_xid, &fr);
	return (error);
}

static enum ofp_error
re_port_status(struct recode *rc)
{
	struct ofp_port_status	ps;
	enum ofp_error		error;

	if ((error = ofp_port_status_decode(&rc->rc_rd, &ps)) == OFP_OK)
		ofp_port_status_encode(rc->rc_wr, rc->rc_h.h_xid, &ps);
	return (error);
}

/* Actions one by one into buf, which rd then stands at. */
static void
re_actions(struct ofp_rd *rd, uint8_t *buf, size_t cap)
{
	struct ofp_action	ac;
	struct ofp_wr		wr;
	enum ofp_error		error;

	ofp_wr_init(&wr, buf, cap);
	while (ofp_action_next(rd, &ac, &error))
		ofp_action_encode(&wr, &ac);
	ofp_rd_init(rd, buf, ofp_wr_pos(&wr));
}

static enum ofp_error
re_packet_out(struct recode *rc)
{
	struct ofp_packet_out	pu;
	enum ofp_error		error;
	static uint8_t		buf[OFP_MSG_MAX];

	if ((error = ofp_packet_out_decode(&rc->rc_rd, &pu)) != OFP_OK)
		return (error);
	re_actions(&pu.pu_actions, buf, sizeof(buf));
	ofp_packet_out_encode(rc->rc_wr, rc->rc_h.h_xid, &pu);
	return (OFP_OK);
}

static enum ofp_error
re_flow_mod(struct recode *rc)
{
	static uint8_t	instr[OFP_MSG_MAX], apply[OFP_MSG_MAX];
	static uint8_t	write[OFP_MSG_MAX];
	struct ofp_flow	f;
	struct ofp_wr	wr;
	enum ofp_error	error;

	if ((error = ofp_flow_decode(&rc->rc_rd, &f)) != OFP_OK)
		return (error);
	re_actions(&f.f_instr.in_apply, apply, sizeof(apply));
	re_actions(&f.f_instr.in_write, write, sizeof(write));
	ofp_wr_init(&wr, instr, sizeof(instr));
	ofp_instructions_encode(&wr, &f.f_instr);
	if (f.f_command != OFP_FC_DELETE &&
	    f.f_command != OFP_FC_DELETE_STRICT)
		ofp_rd_init(&f.f_instr_bytes, instr, ofp_wr_pos(&wr));
	KASSERT(ofp_match_len(&f.f_match) <= rc->rc_len);
	ofp_flow_encode(rc->rc_wr, rc->rc_h.h_xid, &f);
	return (OFP_OK);
}

static enum ofp_error
re_group_mod(struct recode *rc)
{
	static uint8_t		buf[OFP_MSG_MAX], list[OFP_MSG_MAX];
	struct ofp_group	g;
	struct ofp_bucket	b;
	struct ofp_wr		wr;
	enum ofp_error		error;

	if ((error = ofp_group_decode(&rc->rc_rd, &g)) != OFP_OK)
		return (error);
	ofp_wr_init(&wr, buf, sizeof(buf));
	while (ofp_bucket_next(&g.g_buckets, &b, &error)) {
		re_actions(&b.b_actions, list, sizeof(list));
		ofp_bucket_encode(&wr, &b);
	}
	ofp_rd_init(&g.g_buckets, buf, ofp_wr_pos(&wr));
	ofp_group_encode(rc->rc_wr, rc->rc_h.h_xid, &g);
	return (OFP_OK);
}

static enum ofp_error
re_meter_mod(struct recode *rc)
{
	static uint8_t		buf[OFP_MSG_MAX];
	struct ofp_meter	m;
	struct ofp_band		bd;
	struct ofp_wr		wr;
	enum ofp_error		error;

	if ((error = ofp_meter_decode(&rc->rc_rd, &m)) != OFP_OK)
		return (error);
	if (m.m_command != OFP_MC_DELETE) {
		ofp_wr_init(&wr, buf, sizeof(buf));
		while (ofp_band_next(&m.m_bands, &bd, &error))
			ofp_band_encode(&wr, &bd);
		ofp_rd_init(&m.m_bands, buf, ofp_wr_pos(&wr));
	}
	ofp_meter_encode(rc->rc_wr, rc->rc_h.h_xid, &m);
	return (OFP_OK);
}

static enum ofp_error
re_port_mod(struct recode *rc)
{
	struct ofp_port_mod	pm;
	enum ofp_error		error;

	if ((error = ofp_port_mod_decode(&rc->rc_rd, &pm)) == OFP_OK)
		ofp_port_mod_encode(rc->rc_wr, rc->rc_h.h_xid, &pm);
	return (error);
}

static enum ofp_error
re_table_mod(struct recode *rc)
{
	struct ofp_table_mod	tm;
	enum ofp_error		error;

	if ((error = ofp_table_mod_decode(&rc->rc_rd, &tm)) == OFP_OK)
		ofp_table_mod_encode(rc->rc_wr, rc->rc_h.h_xid, &tm);
	return (error);
}

static enum ofp_error
re_role(struct recode *rc)
{
	struct ofp_role_msg	ro;
	enum ofp_error		error;

	if ((error = ofp_role_decode(&rc->rc_rd, &ro)) == OFP_OK)
		ofp_role_encode(rc->rc_wr, rc->rc_h.h_type == OFP_T_ROLE_REPLY,
		    rc->rc_h.h_xid, &ro);
	return (error);
}

static enum ofp_error
re_async(struct recode *rc)
{
	struct ofp_async	as;
	enum ofp_error		error;

	if ((error = ofp_async_decode(&rc->rc_rd, &as)) == OFP_OK)
		ofp_async_encode(rc->rc_wr, rc->rc_h.h_type == OFP_T_SET_ASYNC,
		    rc->rc_h.h_xid, &as);
	return (error);
}

static enum ofp_error
re_queue_request(struct recode *rc)
{
	enum ofp_error	error;
	uint32_t	port;

	if ((error = ofp_queue_request_decode(&rc->rc_rd, &port)) == OFP_OK)
		ofp_queue_request_encode(rc->rc_wr, rc->rc_h.h_xid, port);
	return (error);
}

static enum ofp_error
re_queue_reply(struct recode *rc)
{
	struct ofp_queue	q;
	enum ofp_error		error;
	uint32_t		port;
	size_t			start;

	if ((error = ofp_queue_reply_decode(&rc->rc_rd, &port)) != OFP_OK)
		return (error);
	start = ofp_queue_reply_begin(rc->rc_wr, rc->rc_h.h_xid, port);
	while (ofp_queue_next(&rc->rc_rd, &q, &error))
		ofp_queue_encode(rc->rc_wr, &q);
	ofp_msg_end(rc->rc_wr, start);
	return (error);
}

static enum ofp_error	(*const recoders[OFP_T_COUNT])(struct recode *) = {
[OFP_T_HELLO] = re_hello,
[OFP_T_ERROR] = re_error,
[OFP_T_ECHO_REQUEST] = re_echo,
[OFP_T_ECHO_REPLY] = re_echo,
[OFP_T_EXPERIMENTER] = re_experimenter,
[OFP_T_FEATURES_REQUEST] = re_bare,
[OFP_T_FEATURES_REPLY] = re_features,
[OFP_T_GET_CONFIG_REQUEST] = re_bare,
[OFP_T_GET_CONFIG_REPLY] = re_config,
[OFP_T_SET_CONFIG] = re_config,
[OFP_T_PACKET_IN] = re_packet_in,
[OFP_T_FLOW_REMOVED] = re_flow_removed,
[OFP_T_PORT_STATUS] = re_port_status,
[OFP_T_PACKET_OUT] = re_packet_out,
[OFP_T_FLOW_MOD] = re_flow_mod,
[OFP_T_GROUP_MOD] = re_group_mod,
[OFP_T_PORT_MOD] = re_port_mod,
[OFP_T_TABLE_MOD] = re_table_mod,
[OFP_T_MULTIPART_REQUEST] = recode_mp,
[OFP_T_MULTIPART_REPLY] = recode_mp,
[OFP_T_BARRIER_REQUEST] = re_bare,
[OFP_T_BARRIER_REPLY] = re_bare,
[OFP_T_QUEUE_GET_CONFIG_REQUEST] = re_queue_request,
[OFP_T_QUEUE_GET_CONFIG_REPLY] = re_queue_reply,
[OFP_T_ROLE_REQUEST] = re_role,
[OFP_T_ROLE_REPLY] = re_role,
[OFP_T_GET_ASYNC_REQUEST] = re_bare,
[OFP_T_GET_ASYNC_REPLY] = re_async,
[OFP_T_SET_ASYNC] = re_async,
[OFP_T_METER_MOD] = re_meter_mod,
};

enum ofp_error
recode(const uint8_t *msg, size_t len, struct ofp_wr *wr)
{
	struct recode	rc;
	enum ofp_error	error;

	rc.rc_wr = wr;
	rc.rc_msg = msg;
	rc.rc_len = len;
	error = ofp_msg_check(msg, len, 0, OFP_TO_SWITCH | OFP_TO_CONTROLLER,
	    &rc.rc_h, &rc.rc_rd);
	if (error != OFP_OK)
		return (error);
	if (rc.rc_h.h_version == OFP_VERSION_10 && rc.rc_h.h_type >
	    OFP_T_ECHO_REPLY)
		return (recode10(&rc));
	return (recoders[rc.rc_h.h_type](&rc));
}
