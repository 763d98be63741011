/*
 * SPDX-License-Identifier: ISC
 *
 * msg_show.c: OpenFlow messages as words "key=value", and what a scenario
 * expects of them.
 *
 * Numbers are printed in decimal, so that they compare as numbers whatever
 * way a scenario writes them.  Fields of a match appear under their own names.
 */
#include <arpa/inet.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "frame.h"
#include "ofp_monitor.h"
#include "ofp_mp.h"
#include "ofp_msg.h"
#include "ofp_print.h"
#include "scenario.h"

static void word(struct show *, const char *, ...)
    __attribute__((format(printf, 2, 3)));

static void
word(struct show *s, const char *fmt, ...)
{
	va_list	ap;

	if (s->sh_nwords == SHOW_WORDS)
		return;
	va_start(ap, fmt);
	if (vasprintf(&s->sh_word[s->sh_nwords], fmt, ap) == -1)
		abort();
	va_end(ap);
	s->sh_nwords++;
}

static void
hex(struct show *s, const char *name, const uint8_t *p, size_t n)
{
	char	*b = malloc(n * 2 + 1);
	size_t	 i;

	for (i = 0; i < n; i++)
		snprintf(b + 2 * i, 3, "%02x", p[i]);
	b[2 * n] = '\0';
	word(s, "%s=%s", name, b);
	free(b);
}

#define NUM(s, name, v)	word((s), "%s=%llu", (name), (unsigned long long)(v))

/* The fields of a match, one word each, and how many there are. */
static void
match(struct show *s, const struct ofp_match *m)
{
	const struct ofp_oxm	*ox;
	char			 a[64], b[64];
	unsigned int		 f, n = 0;
	uint64_t		 mask, all;

	for (f = 0; f < OFP_NFIELDS; f++) {
		if (!(m->m_fields & OFP_FIELD_BIT(f)))
			continue;
		n++;
		ox = &ofp_oxm_table[f];
		if (ox->ox_klen <= 8) {
			all = ox->ox_bits == 64 ? ~0ULL :
			    (1ULL << ox->ox_bits) - 1;
			mask = ofp_key_get(&m->m_mask, (enum ofp_field)f);
			if (mask == all)
				NUM(s, ox->ox_name,
				    ofp_key_get(&m->m_key, (enum ofp_field)f));
			else
				word(s, "%s=%llu/%llu", ox->ox_name,
				    (unsigned long long)ofp_key_get(&m->m_key,
				    (enum ofp_field)f),
				    (unsigned long long)mask);
			continue;
		}
		inet_ntop(AF_INET6, (const uint8_t *)&m->m_key + ox->ox_off, a,
		    sizeof(a));
		inet_ntop(AF_INET6, (const uint8_t *)&m->m_mask + ox->ox_off, b,
		    sizeof(b));
		if (strcmp(b, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff") == 0)
			word(s, "%s=%s", ox->ox_name, a);
		else
			word(s, "%s=%s/%s", ox->ox_name, a, b);
	}
	NUM(s, "fields", n);
}

static void
port(struct show *s, const struct ofp_port *p)
{
	NUM(s, "port", p->po_no);
	word(s, "hw_addr=%02x:%02x:%02x:%02x:%02x:%02x", p->po_hwaddr[0],
	    p->po_hwaddr[1], p->po_hwaddr[2], p->po_hwaddr[3],
	    p->po_hwaddr[4], p->po_hwaddr[5]);
	word(s, "name=%s", p->po_name);
	NUM(s, "config", p->po_config);
	NUM(s, "state", p->po_state);
	NUM(s, "curr", p->po_curr);
	NUM(s, "advertised", p->po_advertised);
	NUM(s, "supported", p->po_supported);
	NUM(s, "peer", p->po_peer);
	NUM(s, "curr_speed", p->po_curr_speed);
	NUM(s, "max_speed", p->po_max_speed);
	msg_hwaddr_set(p->po_no, p->po_hwaddr);
}

/* Messages. */

static void
show_error(struct show *s, struct ofp_rd *rd)
{
	struct ofp_error_msg	er;
	char			buf[80];

	if (ofp_error_decode(rd, &er) != OFP_OK)
		return;
	word(s, "%s", ofp_error_str(OFP_VERSION_13, er.er_type, er.er_code,
	    buf, sizeof(buf)));
	NUM(s, "type", er.er_type);
	NUM(s, "code", er.er_code);
	NUM(s, "experimenter", er.er_experimenter);
	NUM(s, "data_len", er.er_len);
	hex(s, "data", er.er_data, er.er_len < 64 ? er.er_len : 64);
}

static void
show_hello(struct show *s, struct ofp_rd *rd)
{
	struct ofp_hello	he;

	if (ofp_hello_decode(rd, OFP_VERSION_13, &he) == OFP_OK) {
		NUM(s, "bitmap", he.he_bitmap);
		NUM(s, "bits", he.he_bits);
	}
}

static void
show_features(struct show *s, struct ofp_rd *rd)
{
	struct ofp_features	fe;

	if (ofp_features_decode(rd, &fe) != OFP_OK)
		return;
	NUM(s, "dpid", fe.fe_dpid);
	NUM(s, "n_buffers", fe.fe_buffers);
	NUM(s, "n_tables", fe.fe_tables);
	NUM(s, "aux", fe.fe_aux);
	NUM(s, "capabilities", fe.fe_capabilities);
}

static void
show_config(struct show *s, struct ofp_rd *rd)
{
	struct ofp_config	cf;

	if (ofp_config_decode(rd, &cf) == OFP_OK) {
		NUM(s, "flags", cf.cf_flags);
		NUM(s, "miss_send_len", cf.cf_miss_send_len);
	}
}

static void
show_packet_in(struct show *s, struct ofp_rd *rd)
{
	static const char *const reason[] = {
		"no_match", "action", "invalid_ttl"
	};
	struct ofp_packet_in	pi;

	if (ofp_packet_in_decode(rd, &pi) != OFP_OK)
		return;
	if (pi.pi_buffer == OFP_NO_BUFFER)
		word(s, "buffer=none");
	else
		NUM(s, "buffer", pi.pi_buffer);
	NUM(s, "total_len", pi.pi_total);
	if (pi.pi_reason < 3)
		word(s, "reason=%s", reason[pi.pi_reason]);
	else
		NUM(s, "reason", pi.pi_reason);
	NUM(s, "table", pi.pi_table);
	NUM(s, "cookie", pi.pi_cookie);
	match(s, &pi.pi_match);
	NUM(s, "data_len", pi.pi_len);
	hex(s, "data", pi.pi_data, pi.pi_len);
}

static void
show_flow_removed(struct show *s, struct ofp_rd *rd)
{
	static const char *const reason[] = {
		"idle_timeout", "hard_timeout", "delete", "group_delete"
	};
	struct ofp_flow_removed	fr;

	if (ofp_flow_removed_decode(rd, &fr) != OFP_OK)
		return;
	NUM(s, "cookie", fr.fr_cookie);
	NUM(s, "priority", fr.fr_priority);
	if (fr.fr_reason < 4)
		word(s, "reason=%s", reason[fr.fr_reason]);
	else
		NUM(s, "reason", fr.fr_reason);
	NUM(s, "table", fr.fr_table);
	NUM(s, "duration", fr.fr_sec);
	NUM(s, "nsec", fr.fr_nsec);
	NUM(s, "idle_timeout", fr.fr_idle);
	NUM(s, "hard_timeout", fr.fr_hard);
	NUM(s, "packets", fr.fr_packets);
	NUM(s, "bytes", fr.fr_bytes);
	match(s, &fr.fr_match);
}

static void
show_port_status(struct show *s, struct ofp_rd *rd)
{
	static const char *const reason[] = { "add", "delete", "modify" };
	struct ofp_port_status	 ps;

	if (ofp_port_status_decode(rd, &ps) != OFP_OK)
		return;
	if (ps.ps_reason < 3)
		word(s, "reason=%s", reason[ps.ps_reason]);
	port(s, &ps.ps_port);
}

static void
show_role(struct show *s, struct ofp_rd *rd)
{
	static const char *const role[] = {
		"nochange", "equal", "master", "slave"
	};
	struct ofp_role_msg	ro;

	if (ofp_role_decode(rd, &ro) != OFP_OK)
		return;
	if (ro.ro_role < 4)
		word(s, "role=%s", role[ro.ro_role]);
	NUM(s, "generation", ro.ro_generation);
}

static void
show_async(struct show *s, struct ofp_rd *rd)
{
	struct ofp_async	as;

	if (ofp_async_decode(rd, &as) != OFP_OK)
		return;
	word(s, "packet_in=%u,%u", as.as_packet_in[0], as.as_packet_in[1]);
	word(s, "port_status=%u,%u", as.as_port_status[0],
	    as.as_port_status[1]);
	word(s, "flow_removed=%u,%u", as.as_flow_removed[0],
	    as.as_flow_removed[1]);
}

static void
show_experimenter(struct show *s, struct ofp_rd *rd)
{
	static const char *const ctrl[] = {
		"open", "open_reply", "close", "close_reply", "commit",
		"commit_reply", "discard", "discard_reply"
	};
	struct ofp_experimenter	ex;
	struct ofp_bundle_ctrl	bc;
	struct ofp_requestforward rf;
	size_t			n;

	if (ofp_experimenter_decode(rd, &ex) != OFP_OK)
		return;
	NUM(s, "id", ex.ex_id);
	NUM(s, "type", ex.ex_type);
	n = ofp_rd_left(rd);
	if (ex.ex_id == OFP_ONF_EXPERIMENTER &&
	    ex.ex_type == OFP_ONF_BUNDLE_CONTROL &&
	    ofp_bundle_ctrl_decode(rd, &bc) == OFP_OK) {
		snprintf(s->sh_name, sizeof(s->sh_name), "%s", "bundle_ctrl");
		if (bc.bc_type < 8)
			word(s, "%s", ctrl[bc.bc_type]);
		NUM(s, "bundle", bc.bc_id);
		NUM(s, "flags", bc.bc_flags);
		return;
	}
	if (ex.ex_id == OFP_ONF_EXPERIMENTER &&
	    ex.ex_type == OFP_ONF_REQUESTFORWARD &&
	    ofp_requestforward_decode(rd, &rf) == OFP_OK) {
		snprintf(s->sh_name, sizeof(s->sh_name), "%s",
		    "request_forward");
		NUM(s, "inner_type", rf.rf_msg[1]);
		NUM(s, "inner_xid", kern_be32_at(rf.rf_msg + 4));
		hex(s, "inner", rf.rf_msg + OFP_HDR_LEN,
		    rf.rf_len - OFP_HDR_LEN);
		return;
	}
	hex(s, "data", ofp_rd_ptr(rd, n), n);
}

static void
show_echo(struct show *s, struct ofp_rd *rd)
{
	size_t		 i, n = ofp_rd_left(rd);
	const uint8_t	*p = ofp_rd_ptr(rd, n);
	bool		 counting = true;

	NUM(s, "data_len", n);
	for (i = 0; i < n; i++) {
		if (p[i] != (uint8_t)i)
			counting = false;
	}
	NUM(s, "counting", counting);
	if (n <= 64)
		hex(s, "data", p, n);
}

/* Multipart entries. */

static struct show *
entry(struct shown *sn)
{
	struct show	*s;

	if (sn->sn_nentries == sn->sn_cap) {
		sn->sn_cap = sn->sn_cap == 0 ? 16 : sn->sn_cap * 2;
		sn->sn_entry = realloc(sn->sn_entry,
		    sn->sn_cap * sizeof(*sn->sn_entry));
	}
	s = &sn->sn_entry[sn->sn_nentries++];
	memset(s, 0, sizeof(*s));
	snprintf(s->sh_name, sizeof(s->sh_name), "%s", "entry");
	return (s);
}

static void
mp_desc(struct shown *sn, struct ofp_rd *rd)
{
	struct ofp_desc	de;
	struct show	*s;

	if (ofp_desc_decode(rd, &de) != OFP_OK)
		return;
	s = entry(sn);
	word(s, "mfr=%s", de.de_mfr);
	word(s, "hw=%s", de.de_hw);
	word(s, "sw=%s", de.de_sw);
	word(s, "serial=%s", de.de_serial);
	word(s, "dp=%s", de.de_dp);
}

static void
mp_flow(struct shown *sn, struct ofp_rd *rd)
{
	struct ofp_flow_stats	fs;
	enum ofp_error		e = OFP_OK;
	struct show		*s;
	size_t			n;

	while (ofp_flow_stats_next(rd, &fs, &e)) {
		s = entry(sn);
		NUM(s, "table", fs.fs_table);
		NUM(s, "duration", fs.fs_sec);
		NUM(s, "nsec", fs.fs_nsec);
		NUM(s, "priority", fs.fs_priority);
		NUM(s, "idle_timeout", fs.fs_idle);
		NUM(s, "hard_timeout", fs.fs_hard);
		NUM(s, "flags", fs.fs_flags);
		NUM(s, "cookie", fs.fs_cookie);
		NUM(s, "packets", fs.fs_packets);
		NUM(s, "bytes", fs.fs_bytes);
		match(s, &fs.fs_match);
		n = ofp_rd_left(&fs.fs_instr);
		hex(s, "instr", ofp_rd_ptr(&fs.fs_instr, n), n);
	}
	if (e != OFP_OK)
		word(entry(sn), "malformed");
}

static void
mp_aggregate(struct shown *sn, struct ofp_rd *rd)
{
	struct ofp_aggregate	ag;
	struct show		*s;

	if (ofp_aggregate_decode(rd, &ag) != OFP_OK)
		return;
	s = entry(sn);
	NUM(s, "packets", ag.ag_packets);
	NUM(s, "bytes", ag.ag_bytes);
	NUM(s, "flows", ag.ag_flows);
}

static void
mp_table(struct shown *sn, struct ofp_rd *rd)
{
	struct ofp_table_stats	ts;
	enum ofp_error		e = OFP_OK;
	struct show		*s;

	while (ofp_table_stats_next(rd, &ts, &e)) {
		s = entry(sn);
		NUM(s, "table", ts.ts_table);
		NUM(s, "active", ts.ts_active);
		NUM(s, "lookup", ts.ts_lookup);
		NUM(s, "matched", ts.ts_matched);
	}
}

static void
mp_port_stats(struct shown *sn, struct ofp_rd *rd)
{
	struct ofp_port_stats	pt;
	enum ofp_error		e = OFP_OK;
	struct show		*s;

	while (ofp_port_stats_next(rd, &pt, &e)) {
		s = entry(sn);
		NUM(s, "port", pt.pt_no);
		NUM(s, "rx_packets", pt.pt_rx_packets);
		NUM(s, "tx_packets", pt.pt_tx_packets);
		NUM(s, "rx_bytes", pt.pt_rx_bytes);
		NUM(s, "tx_bytes", pt.pt_tx_bytes);
		NUM(s, "rx_dropped", pt.pt_rx_dropped);
		NUM(s, "tx_dropped", pt.pt_tx_dropped);
		NUM(s, "rx_errors", pt.pt_rx_errors);
		NUM(s, "tx_errors", pt.pt_tx_errors);
		NUM(s, "rx_frame_err", pt.pt_rx_frame_err);
		NUM(s, "rx_over_err", pt.pt_rx_over_err);
		NUM(s, "rx_crc_err", pt.pt_rx_crc_err);
		NUM(s, "collisions", pt.pt_collisions);
		NUM(s, "duration", pt.pt_sec);
		NUM(s, "nsec", pt.pt_nsec);
	}
}

static void
mp_queue(struct shown *sn, struct ofp_rd *rd)
{
	struct ofp_queue_stats	qs;
	enum ofp_error		e = OFP_OK;
	struct show		*s;

	while (ofp_queue_stats_next(rd, &qs, &e)) {
		s = entry(sn);
		NUM(s, "port", qs.qs_port);
		NUM(s, "queue", qs.qs_queue);
		NUM(s, "bytes", qs.qs_bytes);
		NUM(s, "packets", qs.qs_packets);
		NUM(s, "errors", qs.qs_errors);
		NUM(s, "duration", qs.qs_sec);
	}
}

/* Pairs of packet and byte counters as "a:b,c:d". */
static void
pairs(struct show *s, const char *name, struct ofp_rd rd)
{
	static char	buf[4096];
	size_t		n = 0;
	unsigned int	count = 0;
	uint64_t	a, b, max = 0;

	buf[0] = '\0';
	while (ofp_rd_left(&rd) >= 16) {
		a = ofp_rd_u64(&rd);
		b = ofp_rd_u64(&rd);
		count++;
		if (a > max)
			max = a;
		if (n < sizeof(buf) - 50)
			n += (size_t)snprintf(buf + n, sizeof(buf) - n,
			    "%s%llu:%llu",
			    n > 0 ? "," : "", (unsigned long long)a,
			    (unsigned long long)b);
	}
	word(s, "%s=%s", name, buf);
	word(s, "n_%s=%u", name, count);
	word(s, "max_%s=%llu", name, (unsigned long long)max);
}

static void
mp_group(struct shown *sn, struct ofp_rd *rd)
{
	struct ofp_group_stats	gs;
	enum ofp_error		e = OFP_OK;
	struct show		*s;

	while (ofp_group_stats_next(rd, &gs, &e)) {
		s = entry(sn);
		NUM(s, "group", gs.gs_id);
		NUM(s, "refs", gs.gs_refs);
		NUM(s, "packets", gs.gs_packets);
		NUM(s, "bytes", gs.gs_bytes);
		NUM(s, "duration", gs.gs_sec);
		NUM(s, "nsec", gs.gs_nsec);
		pairs(s, "buckets", gs.gs_buckets);
	}
}

static void
mp_group_desc(struct shown *sn, struct ofp_rd *rd)
{
	struct ofp_group_desc	gd;
	struct ofp_bucket	b;
	enum ofp_error		e = OFP_OK;
	struct show		*s;
	unsigned int		n;
	size_t			len;
	char			name[40];

	while (ofp_group_desc_next(rd, &gd, &e)) {
		s = entry(sn);
		NUM(s, "group", gd.gd_id);
		NUM(s, "type", gd.gd_type);
		for (n = 0; ofp_bucket_next(&gd.gd_buckets, &b, &e); n++) {
			if (n >= 8)
				continue;
			snprintf(name, sizeof(name), "b%u.weight", n);
			NUM(s, name, b.b_weight);
			snprintf(name, sizeof(name), "b%u.watch_port", n);
			NUM(s, name, b.b_watch_port);
			snprintf(name, sizeof(name), "b%u.watch_group", n);
			NUM(s, name, b.b_watch_group);
			len = ofp_rd_left(&b.b_actions);
			snprintf(name, sizeof(name), "b%u.actions", n);
			hex(s, name, ofp_rd_ptr(&b.b_actions, len), len);
		}
		NUM(s, "buckets", n);
	}
}

static void
mp_group_features(struct shown *sn, struct ofp_rd *rd)
{
	struct ofp_group_features	gf;
	struct show			*s;
	unsigned int			 i;
	char				 name[24];

	if (ofp_group_features_decode(rd, &gf) != OFP_OK)
		return;
	s = entry(sn);
	NUM(s, "types", gf.gf_types);
	NUM(s, "capabilities", gf.gf_capabilities);
	for (i = 0; i < OFP_GT_COUNT; i++) {
		snprintf(name, sizeof(name), "max%u", i);
		NUM(s, name, gf.gf_max[i]);
		snprintf(name, sizeof(name), "actions%u", i);
		NUM(s, name, gf.gf_actions[i]);
	}
}

static void
mp_meter(struct shown *sn, struct ofp_rd *rd)
{
	struct ofp_meter_stats	ms;
	enum ofp_error		e = OFP_OK;
	struct show		*s;

	while (ofp_meter_stats_next(rd, &ms, &e)) {
		s = entry(sn);
		NUM(s, "meter", ms.ms_id);
		NUM(s, "flows", ms.ms_flows);
		NUM(s, "packets", ms.ms_packets);
		NUM(s, "bytes", ms.ms_bytes);
		NUM(s, "duration", ms.ms_sec);
		NUM(s, "nsec", ms.ms_nsec);
		pairs(s, "bands", ms.ms_bands);
	}
}

static void
mp_meter_config(struct shown *sn, struct ofp_rd *rd)
{
	struct ofp_meter_config	mc;
	struct ofp_band		b;
	enum ofp_error		e = OFP_OK;
	struct show		*s;
	unsigned int		n;
	char			name[24];

	while (ofp_meter_config_next(rd, &mc, &e)) {
		s = entry(sn);
		NUM(s, "meter", mc.mc_id);
		NUM(s, "flags", mc.mc_flags);
		for (n = 0; ofp_band_next(&mc.mc_bands, &b, &e); n++) {
			if (n >= 8)
				continue;
			snprintf(name, sizeof(name), "b%u.type", n);
			NUM(s, name, b.bd_type);
			snprintf(name, sizeof(name), "b%u.rate", n);
			NUM(s, name, b.bd_rate);
			snprintf(name, sizeof(name), "b%u.burst", n);
			NUM(s, name, b.bd_burst);
			snprintf(name, sizeof(name), "b%u.prec", n);
			NUM(s, name, b.bd_prec);
		}
		NUM(s, "bands", n);
	}
}

static void
mp_meter_features(struct shown *sn, struct ofp_rd *rd)
{
	struct ofp_meter_features	mf;
	struct show			*s;

	if (ofp_meter_features_decode(rd, &mf) != OFP_OK)
		return;
	s = entry(sn);
	NUM(s, "max_meter", mf.mf_max);
	NUM(s, "band_types", mf.mf_band_types);
	NUM(s, "capabilities", mf.mf_capabilities);
	NUM(s, "max_bands", mf.mf_max_bands);
	NUM(s, "max_color", mf.mf_max_color);
}

static void
mp_table_features(struct shown *sn, struct ofp_rd *rd)
{
	struct ofp_table_features	tf;
	enum ofp_error			e = OFP_OK;
	struct show			*s;
	unsigned int			i;

	while (ofp_table_features_next(rd, &tf, &e)) {
		msg_tfeat_seen(&tf);
		s = entry(sn);
		NUM(s, "table", tf.tf_table);
		word(s, "name=%s", tf.tf_name);
		NUM(s, "metadata_match", tf.tf_metadata_match);
		NUM(s, "metadata_write", tf.tf_metadata_write);
		NUM(s, "config", tf.tf_config);
		NUM(s, "max_entries", tf.tf_max_entries);
		NUM(s, "props", tf.tf_props);
		for (i = 0; i < 2; i++) {
			word(s, "instructions%s=%u", i ? "_miss" : "",
			    tf.tf_instr[i]);
			word(s, "write_actions%s=%u", i ? "_miss" : "",
			    tf.tf_write[i]);
			word(s, "apply_actions%s=%u", i ? "_miss" : "",
			    tf.tf_apply[i]);
			word(s, "write_setfield%s=%llu", i ? "_miss" : "",
			    (unsigned long long)tf.tf_write_set[i]);
			word(s, "apply_setfield%s=%llu", i ? "_miss" : "",
			    (unsigned long long)tf.tf_apply_set[i]);
			word(s, "next%s=%llx,%llx,%llx,%llx", i ? "_miss" : "",
			    (unsigned long long)tf.tf_next[i][0],
			    (unsigned long long)tf.tf_next[i][1],
			    (unsigned long long)tf.tf_next[i][2],
			    (unsigned long long)tf.tf_next[i][3]);
		}
		NUM(s, "match", tf.tf_match);
		NUM(s, "match_masked", tf.tf_match_masked);
		NUM(s, "wildcards", tf.tf_wildcards);
	}
	if (e != OFP_OK)
		word(entry(sn), "malformed");
}

static void
mp_port_desc(struct shown *sn, struct ofp_rd *rd)
{
	struct ofp_port	po;

	while (ofp_rd_left(rd) > 0 && ofp_port_decode(rd, &po) == OFP_OK)
		port(entry(sn), &po);
}

static void
mp_monitor(struct shown *sn, struct ofp_rd *rd)
{
	static const char *const event[] = {
		"added", "deleted", "modified", "abbrev"
	};
	struct ofp_flow_update	fu;
	enum ofp_error		e = OFP_OK;
	struct show		*s;
	size_t			n;

	while (ofp_flow_update_next(rd, &fu, &e)) {
		s = entry(sn);
		if (fu.fu_event < 4)
			word(s, "event=%s", event[fu.fu_event]);
		if (fu.fu_event == OFP_FME_ABBREV) {
			NUM(s, "xid", fu.fu_xid);
			continue;
		}
		NUM(s, "reason", fu.fu_reason);
		NUM(s, "priority", fu.fu_priority);
		NUM(s, "idle_timeout", fu.fu_idle);
		NUM(s, "hard_timeout", fu.fu_hard);
		NUM(s, "table", fu.fu_table);
		NUM(s, "cookie", fu.fu_cookie);
		match(s, &fu.fu_match);
		n = ofp_rd_left(&fu.fu_instr);
		hex(s, "instr", ofp_rd_ptr(&fu.fu_instr, n), n);
	}
	if (e != OFP_OK)
		word(entry(sn), "malformed");
}

static void
show_queues(struct shown *sn, struct ofp_rd *rd)
{
	struct ofp_queue	q;
	enum ofp_error		e = OFP_OK;
	uint32_t		no;
	struct show		*s;

	if (ofp_queue_reply_decode(rd, &no) != OFP_OK)
		return;
	NUM(&sn->sn_msg, "port", no);
	while (ofp_queue_next(rd, &q, &e)) {
		s = entry(sn);
		NUM(s, "port", q.q_port);
		NUM(s, "queue", q.q_id);
		NUM(s, "min_rate", q.q_min);
		NUM(s, "max_rate", q.q_max);
	}
}

static const struct {
	const char	*name;
	void		(*show)(struct shown *, struct ofp_rd *);
} mps[OFP_MP_COUNT] = {
	[OFP_MP_DESC] = { "desc", mp_desc },
	[OFP_MP_FLOW] = { "flow", mp_flow },
	[OFP_MP_AGGREGATE] = { "aggregate", mp_aggregate },
	[OFP_MP_TABLE] = { "table", mp_table },
	[OFP_MP_PORT_STATS] = { "port_stats", mp_port_stats },
	[OFP_MP_QUEUE] = { "queue", mp_queue },
	[OFP_MP_GROUP] = { "group", mp_group },
	[OFP_MP_GROUP_DESC] = { "group_desc", mp_group_desc },
	[OFP_MP_GROUP_FEATURES] = { "group_features", mp_group_features },
	[OFP_MP_METER] = { "meter", mp_meter },
	[OFP_MP_METER_CONFIG] = { "meter_config", mp_meter_config },
	[OFP_MP_METER_FEATURES] = { "meter_features", mp_meter_features },
	[OFP_MP_TABLE_FEATURES] = { "table_features", mp_table_features },
	[OFP_MP_PORT_DESC] = { "port_desc", mp_port_desc },
};

static void
show_multipart(struct shown *sn, struct ofp_rd *rd)
{
	struct ofp_mp	mp;
	size_t		n;

	if (ofp_mp_decode(rd, true, &mp) != OFP_OK)
		return;
	sn->sn_more = (mp.mp_flags & OFP_MPF_MORE) != 0;
	NUM(&sn->sn_msg, "mpflags", mp.mp_flags);
	if (mp.mp_type < OFP_MP_COUNT) {
		snprintf(sn->sn_msg.sh_name, sizeof(sn->sn_msg.sh_name),
		    "mp %s", mps[mp.mp_type].name);
		mps[mp.mp_type].show(sn, rd);
	} else if (mp.mp_type == 0xffff) {
		snprintf(sn->sn_msg.sh_name, sizeof(sn->sn_msg.sh_name),
		    "mp experimenter");
		NUM(&sn->sn_msg, "id", ofp_rd_u32(rd));
		n = ofp_rd_u32(rd);
		NUM(&sn->sn_msg, "type", n);
		if (n == OFP_ONF_FLOW_MONITOR) {
			snprintf(sn->sn_msg.sh_name,
			    sizeof(sn->sn_msg.sh_name), "mp monitor");
			mp_monitor(sn, rd);
			return;
		}
		n = ofp_rd_left(rd);
		hex(&sn->sn_msg, "data", ofp_rd_ptr(rd, n), n);
	}
}

static const struct {
	const char	*name;
	void		(*show)(struct show *, struct ofp_rd *);
} msgs[OFP_T_COUNT] = {
	[OFP_T_HELLO] = { "hello", show_hello },
	[OFP_T_ERROR] = { "error", show_error },
	[OFP_T_ECHO_REQUEST] = { "echo_request", show_echo },
	[OFP_T_ECHO_REPLY] = { "echo_reply", show_echo },
	[OFP_T_EXPERIMENTER] = { "experimenter", show_experimenter },
	[OFP_T_FEATURES_REPLY] = { "features_reply", show_features },
	[OFP_T_GET_CONFIG_REPLY] = { "get_config_reply", show_config },
	[OFP_T_PACKET_IN] = { "packet_in", show_packet_in },
	[OFP_T_FLOW_REMOVED] = { "flow_removed", show_flow_removed },
	[OFP_T_PORT_STATUS] = { "port_status", show_port_status },
	[OFP_T_BARRIER_REPLY] = { "barrier_reply", NULL },
	[OFP_T_ROLE_REPLY] = { "role_reply", show_role },
	[OFP_T_GET_ASYNC_REPLY] = { "get_async_reply", show_async },
};

void
msg_show(struct shown *sn, const uint8_t *p, size_t len)
{
	struct ofp_rd	rd;
	struct show	*s = &sn->sn_msg;
	uint8_t		type;

	memset(sn, 0, sizeof(*sn));
	ofp_rd_init(&rd, p, len);
	NUM(s, "version", ofp_rd_u8(&rd));
	type = ofp_rd_u8(&rd);
	NUM(s, "len", ofp_rd_u16(&rd));
	NUM(s, "xid", ofp_rd_u32(&rd));
	snprintf(s->sh_name, sizeof(s->sh_name), "message %u", type);
	if (type == OFP_T_MULTIPART_REPLY)
		show_multipart(sn, &rd);
	else if (type == OFP_T_QUEUE_GET_CONFIG_REPLY) {
		snprintf(s->sh_name, sizeof(s->sh_name),
		    "queue_get_config_reply");
		show_queues(sn, &rd);
	} else if (type < OFP_T_COUNT && msgs[type].name != NULL) {
		snprintf(s->sh_name, sizeof(s->sh_name), "%s", msgs[type].name);
		if (msgs[type].show != NULL)
			msgs[type].show(s, &rd);
	}
}

static void
show_free(struct show *s)
{
	while (s->sh_nwords > 0)
		free(s->sh_word[--s->sh_nwords]);
}

void
msg_shown_free(struct shown *sn)
{
	show_free(&sn->sn_msg);
	while (sn->sn_nentries > 0)
		show_free(&sn->sn_entry[--sn->sn_nentries]);
	free(sn->sn_entry);
	memset(sn, 0, sizeof(*sn));
}

void
show_print(const struct show *s, char *buf, size_t len)
{
	size_t	n;
	int	i;

	n = (size_t)snprintf(buf, len, "%s", s->sh_name);
	for (i = 0; i < s->sh_nwords && n + 200 < len; i++) {
		if (strncmp(s->sh_word[i], "len=", 4) != 0 &&
		    strncmp(s->sh_word[i], "version=", 8) != 0)
			n += (size_t)snprintf(buf + n, len - n, " %.120s",
			    s->sh_word[i]);
	}
}

/* A number from decimal, hexadecimal, MAC or IPv4 address, port name. */
static bool
scalar(const char *s, uint64_t *v)
{
	struct in_addr	a;
	uint8_t		mac[6];
	uint32_t	no;
	char		*end;
	int		i;

	*v = strtoull(s, &end, 0);
	if (end != s && *end == '\0')
		return (true);
	if (inet_pton(AF_INET, s, &a) == 1) {
		*v = ntohl(a.s_addr);
		return (true);
	}
	if (strchr(s, ':') != NULL && frame_parse_mac(s, mac) == 0) {
		for (*v = 0, i = 0; i < 6; i++)
			*v = *v << 8 | mac[i];
		return (true);
	}
	if (ofp_parse_port_no(s, &no) == 0) {
		*v = no;
		return (true);
	}
	return (false);
}

/* -1, 0, 1 as numbers; 2: different; parts of "value/mask" one by one. */
static int
compare(const char *have, const char *want)
{
	const char	*hs = strchr(have, '/'), *ws = strchr(want, '/');
	struct in6_addr	 a6, b6;
	uint64_t	 a, b;
	char		 h[128], w[128];

	if (hs != NULL && ws != NULL &&
	    strlen(have) < sizeof(h) && strlen(want) < sizeof(w)) {
		snprintf(h, sizeof(h), "%.*s", (int)(hs - have), have);
		snprintf(w, sizeof(w), "%.*s", (int)(ws - want), want);
		return (compare(h, w) == 0 && compare(hs + 1, ws + 1) == 0 ?
		    0 : 2);
	}
	if (strcasecmp(have, want) == 0)
		return (0);
	if (inet_pton(AF_INET6, have, &a6) == 1 &&
	    inet_pton(AF_INET6, want, &b6) == 1)
		return (memcmp(&a6, &b6, 16) == 0 ? 0 : 2);
	if (scalar(have, &a) && scalar(want, &b))
		return (a < b ? -1 : a > b);
	return (2);
}

/* The instructions that "actions=..." means, as hexadecimal digits. */
static bool
instr_hex(const char *text, char *out, size_t cap)
{
	static struct ofp_flow	f;
	struct ofp_wr		wr;
	static uint8_t		b[4096];
	char			err[200];
	size_t			i;

	ofp_wr_init(&wr, b, sizeof(b));
	if (ofp_parse_flow(text, OFP_FC_ADD, &f, &wr, err, sizeof(err)) == -1 ||
	    wr.wr_len * 2 + 1 > cap)
		return (false);
	for (i = 0; i < wr.wr_len; i++)
		snprintf(out + 2 * i, 3, "%02x", b[i]);
	out[2 * wr.wr_len] = '\0';
	return (true);
}

/* What is wanted of "bN.actions": the action list as digits. */
static bool
actions_hex(const char *text, char *out, size_t cap)
{
	struct ofp_wr	wr;
	static uint8_t	b[4096];
	char		err[200];
	size_t		i;

	ofp_wr_init(&wr, b, sizeof(b));
	if ((*text != '\0' &&
	    ofp_parse_actions(text, &wr, err, sizeof(err)) == -1) ||
	    wr.wr_len * 2 + 1 > cap)
		return (false);
	for (i = 0; i < wr.wr_len; i++)
		snprintf(out + 2 * i, 3, "%02x", b[i]);
	out[2 * wr.wr_len] = '\0';
	return (true);
}

bool
show_holds(const struct show *s, const char *want)
{
	static char	 name[64], digits[8300];
	const char	*op = strpbrk(want, "<>!="), *value, *have = NULL;
	size_t		 n;
	int		 i, c;

	if (op == NULL) {	/* a bare word, in any case of letters */
		for (i = 0; i < s->sh_nwords; i++) {
			if (strcasecmp(s->sh_word[i], want) == 0)
				return (true);
		}
		return (false);
	}
	n = (size_t)(op - want);
	snprintf(name, sizeof(name), "%.*s", (int)n, want);
	value = op + (op[1] == '=' && *op != '=' ? 2 : 1);
	if (strcmp(name, "actions") == 0 &&
	    instr_hex(want, digits, sizeof(digits))) {
		snprintf(name, sizeof(name), "%s", "instr");
		value = digits;
	} else if (name[0] == 'b' && strstr(name, ".actions") != NULL &&
	    actions_hex(value, digits, sizeof(digits)))
		value = digits;
	n = strlen(name);
	for (i = 0; i < s->sh_nwords && have == NULL; i++) {
		if (strncmp(s->sh_word[i], name, n) == 0 &&
		    s->sh_word[i][n] == '=')
			have = s->sh_word[i] + n + 1;
	}
	if (strcmp(value, "absent") == 0)
		return (have == NULL);
	if (have == NULL)
		return (false);
	if (strcmp(name, "data") == 0 && value[0] == '*')
		return (strstr(have, value + 1) != NULL);
	c = compare(have, value);
	switch (*op) {
	case '=':
		return (c == 0);
	case '!':
		return (c != 0);
	case '<':
		return (c == -1 || (op[1] == '=' && c == 0));
	default:
		return (c == 1 || (op[1] == '=' && c == 0));
	}
}
