/*
 * SPDX-License-Identifier: ISC
 *
 * ofp_print_msg.c: whole messages as text, 1.3 and what they share with 1.0.
 *
 * The first line is "1.3 FLOW_MOD xid=0x1 ..."; entries of lists follow on
 * lines of their own, indented by two.  A message that does not pass the checks
 * prints with the error it would be answered with.
 */
#include <string.h>

#include "ofp_print.h"
#include "ofp_print_msg.h"

void
ofp_print_error_code(struct ofp_text *tx, enum ofp_error error)
{
	if (error != OFP_OK)
		ofp_text_add(tx, " <%s>", ofp_error_name(error));
}

void
ofp_print_hwaddr(struct ofp_text *tx, const uint8_t *m)
{
	ofp_text_add(tx, "%02x:%02x:%02x:%02x:%02x:%02x", m[0], m[1], m[2],
	    m[3], m[4], m[5]);
}

/* Text of a switch: what is not printable becomes '?'. */
void
ofp_print_str(struct ofp_text *tx, const char *s)
{
	for (; *s != '\0'; s++)
		ofp_text_add(tx, "%c", *s >= ' ' && *s <= '~' ? *s : '?');
}

void
ofp_print_port(struct ofp_text *tx, const struct ofp_port *po)
{
	ofp_print_port_no(tx, po->po_no);
	ofp_text_add(tx, "(");
	ofp_print_str(tx, po->po_name);
	ofp_text_add(tx, ") mac=");
	ofp_print_hwaddr(tx, po->po_hwaddr);
	ofp_text_add(tx, " config=0x%x state=0x%x curr=0x%x advertised=0x%x "
	    "supported=0x%x peer=0x%x speed=%u max=%u", po->po_config,
	    po->po_state, po->po_curr, po->po_advertised, po->po_supported,
	    po->po_peer, po->po_curr_speed, po->po_max_speed);
}

static enum ofp_error
print_hello(struct ofp_text *tx, const struct ofp_hdr *h, struct ofp_rd *rd)
{
	struct ofp_hello	he;
	enum ofp_error		error;

	if ((error = ofp_hello_decode(rd, h->h_version, &he)) != OFP_OK)
		return (error);
	if (he.he_bitmap)
		ofp_text_add(tx, " versions=0x%x", he.he_bits);
	return (OFP_OK);
}

static enum ofp_error
print_error(struct ofp_text *tx, const struct ofp_hdr *h, struct ofp_rd *rd)
{
	struct ofp_error_msg	er;
	enum ofp_error		error;
	const char		*name;
	char			buf[64];

	if ((error = ofp_error_decode(rd, &er)) != OFP_OK)
		return (error);
	ofp_text_add(tx, " %s", ofp_error_str(h->h_version, er.er_type,
	    er.er_code, buf, sizeof(buf)));
	if (er.er_type == OFP_ET_EXPERIMENTER)
		ofp_text_add(tx, " experimenter=0x%x", er.er_experimenter);
	ofp_text_add(tx, " data=%zu", er.er_len);
	if (er.er_len >= OFP_HDR_LEN && er.er_type != OFP_ET_HELLO_FAILED &&
	    (name = ofp_msg_name(er.er_data[0], er.er_data[1])) != NULL)
		ofp_text_add(tx, "(%s)", name);
	return (OFP_OK);
}

static enum ofp_error
print_data(struct ofp_text *tx, const struct ofp_hdr *h, struct ofp_rd *rd)
{
	ofp_text_add(tx, " data=%zu", ofp_rd_left(rd));
	ofp_rd_skip(rd, ofp_rd_left(rd));
	return (OFP_OK);
}

static const char *
role_name(uint32_t role)
{
	static const char *const names[] = { "nochange", "equal", "master",
	    "slave" };

	return (role < nitems(names) ? names[role] : "?");
}

static enum ofp_error
print_bundle_ctrl(struct ofp_text *tx, struct ofp_rd *rd)
{
	static const char *const types[] = { "open_request", "open_reply",
	    "close_request", "close_reply", "commit_request", "commit_reply",
	    "discard_request", "discard_reply" };
	struct ofp_bundle_ctrl	bc;
	enum ofp_error		error;

	if ((error = ofp_bundle_ctrl_decode(rd, &bc)) != OFP_OK)
		return (error);
	ofp_text_add(tx, " bundle=%u %s flags=0x%x", bc.bc_id,
	    types[bc.bc_type], bc.bc_flags);
	return (OFP_OK);
}

/* The message within follows as it would print alone. */
static enum ofp_error
print_bundle_add(struct ofp_text *tx, uint32_t xid, struct ofp_rd *rd)
{
	struct ofp_bundle_add	ba;
	enum ofp_error		error;

	if ((error = ofp_bundle_add_decode(rd, xid, &ba)) != OFP_OK)
		return (error);
	ofp_text_add(tx, " bundle=%u add flags=0x%x", ba.ba_id, ba.ba_flags);
	if (ba.ba_msg[1] == OFP_T_EXPERIMENTER)	/* no bundle in a bundle */
		return (OFP_OK);
	ofp_text_add(tx, "\n  ");
	ofp_print_msg(tx, ba.ba_msg, ba.ba_len);
	return (OFP_OK);
}

static enum ofp_error
print_role_status(struct ofp_text *tx, struct ofp_rd *rd)
{
	struct ofp_role_status	rs;
	enum ofp_error		error;

	if ((error = ofp_role_status_decode(rd, &rs)) != OFP_OK)
		return (error);
	ofp_text_add(tx, " role=%s reason=%u generation=0x%llx",
	    role_name(rs.rs_role), rs.rs_reason,
	    (unsigned long long)rs.rs_generation);
	return (OFP_OK);
}

static enum ofp_error
print_requestforward(struct ofp_text *tx, struct ofp_rd *rd)
{
	struct ofp_requestforward	rf;
	enum ofp_error			error;

	if ((error = ofp_requestforward_decode(rd, &rf)) != OFP_OK)
		return (error);
	ofp_text_add(tx, " request_forward");
	if (rf.rf_msg[1] == OFP_T_EXPERIMENTER)	/* nothing within nothing */
		return (OFP_OK);
	ofp_text_add(tx, "\n  ");
	ofp_print_msg(tx, rf.rf_msg, rf.rf_len);
	return (OFP_OK);
}

static enum ofp_error
print_async_props(struct ofp_text *tx, struct ofp_rd *rd)
{
	static const char *const name[] = {
		"packet_in", "port_status", "flow_removed", "role_status",
		"table_status", "request_forward"
	};
	struct ofp_async_prop	ap;
	enum ofp_error		error = OFP_OK;

	ofp_text_add(tx, " set_async");
	while (ofp_async_prop_next(rd, &ap, &error)) {
		if (ap.ap_type / 2 < nitems(name))
			ofp_text_add(tx, " %s", name[ap.ap_type / 2]);
		else
			ofp_text_add(tx, " %u", ap.ap_type / 2);
		ofp_text_add(tx, ".%s=0x%x", ap.ap_type % 2 == 0 ? "slave" :
		    "master", ap.ap_mask);
	}
	return (error);
}

static enum ofp_error
print_experimenter(struct ofp_text *tx, const struct ofp_hdr *h,
    struct ofp_rd *rd)
{
	struct ofp_experimenter	ex;
	enum ofp_error		error;

	if ((error = ofp_experimenter_decode(rd, &ex)) != OFP_OK)
		return (error);
	ofp_text_add(tx, " id=0x%08x type=%u", ex.ex_id, ex.ex_type);
	if (ex.ex_id == OFP_NX_EXPERIMENTER && ex.ex_type == OFP_NX_SET_ASYNC)
		return (print_async_props(tx, rd));
	if (ex.ex_id != OFP_ONF_EXPERIMENTER)
		return (print_data(tx, h, rd));
	switch (ex.ex_type) {
	case OFP_ONF_BUNDLE_CONTROL:
		return (print_bundle_ctrl(tx, rd));
	case OFP_ONF_BUNDLE_ADD:
		return (print_bundle_add(tx, h->h_xid, rd));
	case OFP_ONF_ROLE_STATUS:
		return (print_role_status(tx, rd));
	case OFP_ONF_REQUESTFORWARD:
		return (print_requestforward(tx, rd));
	default:
		return (print_data(tx, h, rd));
	}
}

static enum ofp_error
print_features(struct ofp_text *tx, const struct ofp_hdr *h,
    struct ofp_rd *rd)
{
	struct ofp_features	fe;
	enum ofp_error		error;

	if ((error = ofp_features_decode(rd, &fe)) != OFP_OK)
		return (error);
	ofp_text_add(tx, " dpid=0x%016llx buffers=%u tables=%u aux=%u "
	    "capabilities=0x%x", (unsigned long long)fe.fe_dpid,
	    fe.fe_buffers, fe.fe_tables, fe.fe_aux, fe.fe_capabilities);
	return (OFP_OK);
}

static enum ofp_error
print_config(struct ofp_text *tx, const struct ofp_hdr *h, struct ofp_rd *rd)
{
	struct ofp_config	cf;
	enum ofp_error		error;

	if ((error = ofp_config_decode(rd, &cf)) != OFP_OK)
		return (error);
	ofp_text_add(tx, " flags=0x%x miss_send_len=%u", cf.cf_flags,
	    cf.cf_miss_send_len);
	return (OFP_OK);
}

static const char *
reason_name(uint8_t reason)
{
	static const char *const names[] = { "no_match", "action",
	    "invalid_ttl" };

	return (reason < nitems(names) ? names[reason] : "?");
}

static enum ofp_error
print_packet_in(struct ofp_text *tx, const struct ofp_hdr *h,
    struct ofp_rd *rd)
{
	struct ofp_packet_in	pi;
	enum ofp_error		error;

	if ((error = ofp_packet_in_decode(rd, &pi)) != OFP_OK)
		return (error);
	ofp_text_add(tx, " reason=%s table=%u cookie=0x%llx total=%u "
	    "buffer=", reason_name(pi.pi_reason), pi.pi_table,
	    (unsigned long long)pi.pi_cookie, pi.pi_total);
	ofp_print_buffer(tx, pi.pi_buffer);
	ofp_print_match_behind(tx, &pi.pi_match, pi.pi_more);
	ofp_text_add(tx, " data=%zu: ", pi.pi_len);
	ofp_print_frame(tx, pi.pi_data, pi.pi_len);
	return (OFP_OK);
}

void
ofp_print_buffer(struct ofp_text *tx, uint32_t buffer)
{
	if (buffer == OFP_NO_BUFFER)
		ofp_text_add(tx, "none");
	else
		ofp_text_add(tx, "0x%x", buffer);
}

void
ofp_print_removed(struct ofp_text *tx, const struct ofp_flow_removed *fr)
{
	static const char *const reasons[] = { "idle_timeout", "hard_timeout",
	    "delete", "group_delete" };

	ofp_text_add(tx, " reason=%s table=%u priority=%u cookie=0x%llx "
	    "duration=%u.%09u idle=%u hard=%u packets=%llu bytes=%llu",
	    fr->fr_reason < nitems(reasons) ? reasons[fr->fr_reason] : "?",
	    fr->fr_table, fr->fr_priority, (unsigned long long)fr->fr_cookie,
	    fr->fr_sec, fr->fr_nsec, fr->fr_idle, fr->fr_hard,
	    (unsigned long long)fr->fr_packets,
	    (unsigned long long)fr->fr_bytes);
	ofp_print_match_behind(tx, &fr->fr_match, fr->fr_more);
}

static enum ofp_error
print_flow_removed(struct ofp_text *tx, const struct ofp_hdr *h,
    struct ofp_rd *rd)
{
	struct ofp_flow_removed	fr;
	enum ofp_error		error;

	if ((error = ofp_flow_removed_decode(rd, &fr)) != OFP_OK)
		return (error);
	ofp_print_removed(tx, &fr);
	return (OFP_OK);
}

void
ofp_print_port_status(struct ofp_text *tx, const struct ofp_port_status *ps)
{
	static const char *const reasons[] = { "add", "delete", "modify" };

	ofp_text_add(tx, " %s ", ps->ps_reason < nitems(reasons) ?
	    reasons[ps->ps_reason] : "?");
	ofp_print_port(tx, &ps->ps_port);
}

static enum ofp_error
print_port_status(struct ofp_text *tx, const struct ofp_hdr *h,
    struct ofp_rd *rd)
{
	struct ofp_port_status	ps;
	enum ofp_error		error;

	if ((error = ofp_port_status_decode(rd, &ps)) != OFP_OK)
		return (error);
	ofp_print_port_status(tx, &ps);
	return (OFP_OK);
}

static enum ofp_error
print_packet_out(struct ofp_text *tx, const struct ofp_hdr *h,
    struct ofp_rd *rd)
{
	struct ofp_packet_out	pu;
	enum ofp_error		error;

	if ((error = ofp_packet_out_decode(rd, &pu)) != OFP_OK)
		return (error);
	ofp_text_add(tx, " buffer=");
	ofp_print_buffer(tx, pu.pu_buffer);
	ofp_text_add(tx, " in_port=");
	ofp_print_port_no(tx, pu.pu_in_port);
	ofp_text_add(tx, " actions=");
	ofp_print_actions(tx, pu.pu_actions);
	ofp_text_add(tx, " data=%zu", pu.pu_len);
	if (pu.pu_len > 0) {
		ofp_text_add(tx, ": ");
		ofp_print_frame(tx, pu.pu_data, pu.pu_len);
	}
	return (OFP_OK);
}

void
ofp_print_flow_head(struct ofp_text *tx, const struct ofp_flow *f)
{
	static const char *const commands[] = { "add", "modify",
	    "modify_strict", "delete", "delete_strict" };

	ofp_text_add(tx, " %s table=%u priority=%u cookie=0x%llx/0x%llx "
	    "idle=%u hard=%u buffer=", f->f_command < nitems(commands) ?
	    commands[f->f_command] : "?", f->f_table, f->f_priority,
	    (unsigned long long)f->f_cookie,
	    (unsigned long long)f->f_cookie_mask, f->f_idle, f->f_hard);
	ofp_print_buffer(tx, f->f_buffer);
	ofp_text_add(tx, " out_port=");
	ofp_print_port_no(tx, f->f_out_port);
	if (f->f_out_group != OFP_G_ANY)
		ofp_text_add(tx, " out_group=%u", f->f_out_group);
	ofp_text_add(tx, " flags=0x%x", f->f_flags);
	ofp_print_match_behind(tx, &f->f_match, false);
	ofp_text_add(tx, " ");
}

static enum ofp_error
print_flow_mod(struct ofp_text *tx, const struct ofp_hdr *h,
    struct ofp_rd *rd)
{
	struct ofp_flow	f;
	enum ofp_error	error;

	if ((error = ofp_flow_decode(rd, &f)) != OFP_OK)
		return (error);
	ofp_print_flow_head(tx, &f);
	ofp_print_instructions(tx, f.f_instr_bytes);
	return (OFP_OK);
}

enum ofp_error
ofp_print_buckets(struct ofp_text *tx, struct ofp_rd rd)
{
	struct ofp_bucket	b;
	enum ofp_error		error = OFP_OK;

	while (ofp_bucket_next(&rd, &b, &error)) {
		ofp_text_add(tx, "\n  bucket weight=%u watch_port=",
		    b.b_weight);
		ofp_print_port_no(tx, b.b_watch_port);
		if (b.b_watch_group == OFP_G_ANY)
			ofp_text_add(tx, " watch_group=ANY actions=");
		else
			ofp_text_add(tx, " watch_group=%u actions=",
			    b.b_watch_group);
		ofp_print_actions(tx, b.b_actions);
	}
	return (error);
}

const char *
ofp_print_group_type(uint8_t type)
{
	static const char *const names[] = { "all", "select", "indirect",
	    "ff" };

	return (type < nitems(names) ? names[type] : "?");
}

static enum ofp_error
print_group_mod(struct ofp_text *tx, const struct ofp_hdr *h,
    struct ofp_rd *rd)
{
	static const char *const commands[] = { "add", "modify", "delete" };
	struct ofp_group	g;
	enum ofp_error		error;

	if ((error = ofp_group_decode(rd, &g)) != OFP_OK)
		return (error);
	ofp_text_add(tx, " %s group=%u type=%s", g.g_command <
	    nitems(commands) ? commands[g.g_command] : "?", g.g_id,
	    ofp_print_group_type(g.g_type));
	return (ofp_print_buckets(tx, g.g_buckets));
}

enum ofp_error
ofp_print_bands(struct ofp_text *tx, struct ofp_rd rd)
{
	struct ofp_band	bd;
	enum ofp_error	error = OFP_OK;

	while (ofp_band_next(&rd, &bd, &error)) {
		ofp_text_add(tx, "\n  band %s rate=%u burst=%u",
		    bd.bd_type == OFP_MBT_DROP ? "drop" :
		    bd.bd_type == OFP_MBT_DSCP_REMARK ? "dscp_remark" :
		    "experimenter", bd.bd_rate, bd.bd_burst);
		if (bd.bd_type == OFP_MBT_DSCP_REMARK)
			ofp_text_add(tx, " prec=%u", bd.bd_prec);
	}
	return (error);
}

static enum ofp_error
print_meter_mod(struct ofp_text *tx, const struct ofp_hdr *h,
    struct ofp_rd *rd)
{
	static const char *const commands[] = { "add", "modify", "delete" };
	struct ofp_meter	m;
	enum ofp_error		error;

	if ((error = ofp_meter_decode(rd, &m)) != OFP_OK)
		return (error);
	ofp_text_add(tx, " %s meter=0x%x flags=0x%x", m.m_command <
	    nitems(commands) ? commands[m.m_command] : "?", m.m_id,
	    m.m_flags);
	return (ofp_print_bands(tx, m.m_bands));
}

static enum ofp_error
print_port_mod(struct ofp_text *tx, const struct ofp_hdr *h,
    struct ofp_rd *rd)
{
	struct ofp_port_mod	pm;
	enum ofp_error		error;

	if ((error = ofp_port_mod_decode(rd, &pm)) != OFP_OK)
		return (error);
	ofp_text_add(tx, " port=");
	ofp_print_port_no(tx, pm.pm_no);
	ofp_text_add(tx, " mac=");
	ofp_print_hwaddr(tx, pm.pm_hwaddr);
	ofp_text_add(tx, " config=0x%x mask=0x%x advertise=0x%x",
	    pm.pm_config, pm.pm_mask, pm.pm_advertise);
	return (OFP_OK);
}

static enum ofp_error
print_table_mod(struct ofp_text *tx, const struct ofp_hdr *h,
    struct ofp_rd *rd)
{
	struct ofp_table_mod	tm;
	enum ofp_error		error;

	if ((error = ofp_table_mod_decode(rd, &tm)) != OFP_OK)
		return (error);
	ofp_text_add(tx, " table=%u config=0x%x", tm.tm_table, tm.tm_config);
	return (OFP_OK);
}

static enum ofp_error
print_role(struct ofp_text *tx, const struct ofp_hdr *h, struct ofp_rd *rd)
{
	struct ofp_role_msg	ro;
	enum ofp_error		error;

	if ((error = ofp_role_decode(rd, &ro)) != OFP_OK)
		return (error);
	ofp_text_add(tx, " role=%s generation=0x%llx", role_name(ro.ro_role),
	    (unsigned long long)ro.ro_generation);
	return (OFP_OK);
}

static enum ofp_error
print_async(struct ofp_text *tx, const struct ofp_hdr *h, struct ofp_rd *rd)
{
	struct ofp_async	as;
	enum ofp_error		error;

	if ((error = ofp_async_decode(rd, &as)) != OFP_OK)
		return (error);
	ofp_text_add(tx, " packet_in=0x%x,0x%x port_status=0x%x,0x%x "
	    "flow_removed=0x%x,0x%x", as.as_packet_in[0], as.as_packet_in[1],
	    as.as_port_status[0], as.as_port_status[1], as.as_flow_removed[0],
	    as.as_flow_removed[1]);
	return (OFP_OK);
}

static enum ofp_error
print_queue_request(struct ofp_text *tx, const struct ofp_hdr *h,
    struct ofp_rd *rd)
{
	enum ofp_error	error;
	uint32_t	port;

	if ((error = ofp_queue_request_decode(rd, &port)) != OFP_OK)
		return (error);
	ofp_text_add(tx, " port=");
	ofp_print_port_no(tx, port);
	return (OFP_OK);
}

static void
print_rate(struct ofp_text *tx, const char *name, uint16_t rate)
{
	if (rate <= 1000)
		ofp_text_add(tx, " %s=%u.%u%%", name, rate / 10, rate % 10);
}

static enum ofp_error
print_queue_reply(struct ofp_text *tx, const struct ofp_hdr *h,
    struct ofp_rd *rd)
{
	struct ofp_queue	q;
	enum ofp_error		error;
	uint32_t		port;

	if ((error = ofp_queue_reply_decode(rd, &port)) != OFP_OK)
		return (error);
	ofp_text_add(tx, " port=");
	ofp_print_port_no(tx, port);
	while (ofp_queue_next(rd, &q, &error)) {
		ofp_text_add(tx, "\n  queue %u port=", q.q_id);
		ofp_print_port_no(tx, q.q_port);
		print_rate(tx, "min", q.q_min);
		print_rate(tx, "max", q.q_max);
	}
	return (error);
}

typedef enum ofp_error (*print_fn)(struct ofp_text *, const struct ofp_hdr *,
    struct ofp_rd *);

static const print_fn printers[OFP_T_COUNT] = {
	[OFP_T_HELLO] = print_hello,
	[OFP_T_ERROR] = print_error,
	[OFP_T_ECHO_REQUEST] = print_data,
	[OFP_T_ECHO_REPLY] = print_data,
	[OFP_T_EXPERIMENTER] = print_experimenter,
	[OFP_T_FEATURES_REPLY] = print_features,
	[OFP_T_GET_CONFIG_REPLY] = print_config,
	[OFP_T_SET_CONFIG] = print_config,
	[OFP_T_PACKET_IN] = print_packet_in,
	[OFP_T_FLOW_REMOVED] = print_flow_removed,
	[OFP_T_PORT_STATUS] = print_port_status,
	[OFP_T_PACKET_OUT] = print_packet_out,
	[OFP_T_FLOW_MOD] = print_flow_mod,
	[OFP_T_GROUP_MOD] = print_group_mod,
	[OFP_T_PORT_MOD] = print_port_mod,
	[OFP_T_TABLE_MOD] = print_table_mod,
	[OFP_T_MULTIPART_REQUEST] = ofp_print_mp,
	[OFP_T_MULTIPART_REPLY] = ofp_print_mp,
	[OFP_T_QUEUE_GET_CONFIG_REQUEST] = print_queue_request,
	[OFP_T_QUEUE_GET_CONFIG_REPLY] = print_queue_reply,
	[OFP_T_ROLE_REQUEST] = print_role,
	[OFP_T_ROLE_REPLY] = print_role,
	[OFP_T_GET_ASYNC_REPLY] = print_async,
	[OFP_T_SET_ASYNC] = print_async,
	[OFP_T_METER_MOD] = print_meter_mod
};

static const char *
version_name(uint8_t version)
{
	static const char *const names[] = { "?", "1.0", "1.1", "1.2", "1.3",
	    "1.4", "1.5" };

	return (version < nitems(names) ? names[version] : "?");
}

void
ofp_print_msg(struct ofp_text *tx, const uint8_t *p, size_t len)
{
	enum ofp_error	error;
	struct ofp_hdr	h;
	struct ofp_rd	rd;
	const char	*name;
	print_fn	fn = NULL;

	if (len < OFP_HDR_LEN) {
		ofp_text_add(tx, "short message of %zu bytes", len);
		return;
	}
	error = ofp_msg_check(p, len, 0, OFP_TO_SWITCH | OFP_TO_CONTROLLER,
	    &h, &rd);
	ofp_text_add(tx, "%s ", version_name(h.h_version));
	if ((name = ofp_msg_name(h.h_type == OFP_T_HELLO ?
	    OFP_VERSION_13 : h.h_version, h.h_type)) != NULL)
		ofp_text_add(tx, "%s", name);
	else
		ofp_text_add(tx, "type%u", h.h_type);
	ofp_text_add(tx, " xid=0x%x", h.h_xid);
	if (error != OFP_OK && h.h_type != OFP_T_HELLO) {
		ofp_print_error_code(tx, error);
		return;
	}
	if (h.h_type == OFP_T_HELLO) {
		ofp_rd_init(&rd, p + OFP_HDR_LEN, len - OFP_HDR_LEN);
		fn = print_hello;
	} else if (h.h_version == OFP_VERSION_13)
		fn = printers[h.h_type];
	else if (h.h_type < OFP10_T_PACKET_IN && h.h_type !=
	    OFP_T_FEATURES_REPLY && h.h_type != OFP10_T_VENDOR)
		fn = printers[h.h_type];
	else if (h.h_version == OFP_VERSION_10)
		fn = ofp_print_10;
	if (fn != NULL)
		ofp_print_error_code(tx, fn(tx, &h, &rd));
}
