/*
 * SPDX-License-Identifier: ISC
 *
 * fake_switch.c: a switch made of a socket pair (see fake_switch.h).
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <net/ofp10.h>

#include "../../../usr.sbin/switchd/log.h"
#include "../../../usr.sbin/switchd/stream.h"
#include "fake_switch.h"

struct event_base	*base;
static uint8_t			 out[70000];
struct ofp_wr			 wr;

static unsigned int fk_meter(const struct fk *, uint32_t);
static void	fk_message(struct fk *, const uint8_t *, size_t);

static void
start(void)
{
	if (base == NULL) {
		base = event_base_new();
		log_init("dp_test", 0, 0);
		dp_init(base);
	}
	conn_times = (struct conn_times){ 10, 2, 5, 15, 15 };
	ofp_wr_init(&wr, out, sizeof(out));
}

void
fk_send(struct fk *f, const void *p, size_t len)
{
	if (send(f->f_fd, p, len, MSG_NOSIGNAL) == -1)
		f->f_closed = true;
}

/* What was encoded into wr. */
void
fk_put(struct fk *f)
{
	fk_send(f, out, ofp_wr_pos(&wr));
	ofp_wr_init(&wr, out, sizeof(out));
}

void
fk_receive(struct fk *f)
{
	ssize_t	n;
	size_t	pos = 0;
	int	len;

	n = recv(f->f_fd, f->f_in + f->f_have, FK_BUF - f->f_have,
	    MSG_DONTWAIT);
	if (n == 0)
		f->f_closed = true;
	if (n <= 0)
		return;
	f->f_have += n;
	while ((len = ofp_msg_frame(f->f_in + pos, f->f_have - pos)) > 0 &&
	    (size_t)len <= f->f_have - pos) {
		fk_message(f, f->f_in + pos, len);
		pos += len;
	}
	memmove(f->f_in, f->f_in + pos, f->f_have - pos);
	f->f_have -= pos;
}

/* Let both sides say what they have to say. */
void
pump(struct fk *f)
{
	unsigned int	i;

	for (i = 0; i < 12; i++) {
		event_base_loop(base, EVLOOP_NONBLOCK);
		if (f != NULL && !f->f_closed)
			fk_receive(f);
	}
}

/* Does it refuse such actions? */
static enum ofp_error
fk_outputs(const struct fk *f, struct ofp_rd rd)
{
	struct ofp_action	ac;
	enum ofp_error		error;

	while (ofp_action_next(&rd, &ac, &error))
		if (ac.ac_type == OFP_AT_GROUP ? f->f_buckets == 0 :
		    (f->f_no_flood && ac.u.output.port == OFP_P_FLOOD) ||
		    (f->f_no_all && ac.u.output.port == OFP_P_ALL))
			return (OFP_BAC_BAD_OUT_PORT);
	return (OFP_OK);
}

/* Does one more fit into its table? */
static bool
fk_fits(const struct fk *f, const struct ofp_flow *fl)
{
	unsigned int	i, n = 0;

	for (i = 0; i < f->f_nflows; i++) {
		if (f->f_flow[i].f_table != fl->f_table)
			continue;
		if (f->f_flow[i].f_priority == fl->f_priority &&
		    ofp_match_equal(&f->f_flow[i].f_match, &fl->f_match))
			return (true);
		n++;
	}
	return (f->f_size == 0 || n < f->f_size);
}

/* The next output of some actions; false: there is none. */
bool
fk_output_next(const struct fk *f, struct ofp_rd *rd, uint32_t *port)
{
	struct ofp_action	ac;
	enum ofp_error		error;

	while (f->f_version == OFP_VERSION_10 ?
	    ofp10_action_next(rd, &ac, &error) :
	    ofp_action_next(rd, &ac, &error)) {
		*port = ac.u.output.port;
		if (ac.ac_type == OFP_AT_OUTPUT)
			return (true);
	}
	return (false);
}

/* What is done by a flow. */
struct ofp_rd
fk_actions(const struct fk *f, unsigned int n)
{
	const struct ofp_flow	*fl = &f->f_flow[n];
	struct ofp_instructions	 in;
	struct ofp_rd		 rd;

	ofp_rd_init(&rd, f->f_instr[n], ofp_rd_left(&fl->f_instr_bytes));
	if (f->f_version == OFP_VERSION_13 &&
	    ofp_instructions_decode(&rd, &fl->f_match, &in) == OFP_OK)
		rd = in.in_apply;
	return (rd);
}

/* Does the nth flow send to a port? */
static bool
fk_sends(const struct fk *f, unsigned int n, uint32_t port)
{
	struct ofp_rd	rd = fk_actions(f, n);
	uint32_t	to;

	while (fk_output_next(f, &rd, &to))
		if (to == port)
			return (true);
	return (false);
}

/* A flow is gone. */
static void
fk_tell(struct fk *f, const struct ofp_flow *o, uint8_t reason)
{
	struct ofp_flow_removed	fr;

	if ((o->f_flags & OFP_FF_SEND_FLOW_REM) == 0)
		return;
	memset(&fr, 0, sizeof(fr));
	fr.fr_cookie = o->f_cookie;
	fr.fr_priority = o->f_priority;
	fr.fr_table = o->f_table;
	fr.fr_match = o->f_match;
	fr.fr_reason = reason;
	if (f->f_version == OFP_VERSION_10)
		fk10_flow_removed(&fr);
	else
		ofp_flow_removed_encode(&wr, 0, &fr);
	fk_put(f);
}

void
fk_drop(struct fk *f, unsigned int i, bool said, uint8_t reason)
{
	struct ofp_flow	o = f->f_flow[i];

	f->f_flow[i] = f->f_flow[--f->f_nflows];
	f->f_age[i] = f->f_age[f->f_nflows];
	f->f_packets[i] = f->f_packets[f->f_nflows];
	memcpy(f->f_instr[i], f->f_instr[f->f_nflows], FK_INSTR);
	if (said)
		fk_tell(f, &o, reason);
}

static void
fk_refuse(struct fk *f, enum ofp_error error, const uint8_t *msg, size_t len)
{
	if (f->f_version == OFP_VERSION_10 && error == OFP_FMFC_TABLE_FULL)
		fk10_full(msg);
	else
		ofp_error_encode(&wr, f->f_version, error, msg, len);
	fk_put(f);
}

/* May it be added? */
static enum ofp_error
fk_check(const struct fk *f, const struct ofp_flow *fl)
{
	uint16_t	in = fl->f_instr.in_present;
	enum ofp_error	error = OFP_OK;

	if (f->f_full || !fk_fits(f, fl))
		return (OFP_FMFC_TABLE_FULL);
	if (f->f_refuse_goto && in & 1U << OFP_IT_GOTO_TABLE)
		return (OFP_BIC_UNSUP_INST);
	if (in & 1U << OFP_IT_METER && (f->f_no_meter ||
	    fk_meter(f, fl->f_instr.in_meter) == f->f_nmeters))
		return (OFP_BIC_UNSUP_INST);
	if (!f->f_no_out && in & 1U << OFP_IT_APPLY_ACTIONS)
		error = fk_outputs(f, fl->f_instr.in_apply);
	if (error == OFP_OK && f->f_check != NULL)
		error = f->f_check(fl);
	return (error);
}

static void
fk_flow_mod(struct fk *f, struct ofp_rd *rd, uint32_t xid, const uint8_t *msg,
    size_t len)
{
	struct ofp_flow	fl;
	enum ofp_error	error;
	unsigned int	i;

	f->f_mods++;
	if ((f->f_version == OFP_VERSION_10 ? fk10_flow_decode(rd, &fl) :
	    ofp_flow_decode(rd, &fl)) != OFP_OK)
		return;
	if (fl.f_command == OFP_FC_ADD &&
	    (error = fk_check(f, &fl)) != OFP_OK) {
		fk_refuse(f, error, msg, len);
		return;
	}
	f->f_last_buffer = fl.f_buffer;
	f->f_last_cookie = fl.f_cookie;
	f->f_last_hard = fl.f_hard;
	for (i = 0; i < f->f_nflows;) {
		struct ofp_flow	*o = &f->f_flow[i];
		bool		 hit;

		if (fl.f_command == OFP_FC_DELETE)
			hit = (fl.f_table == OFP_TT_ALL ||
			    fl.f_table == o->f_table) &&
			    ofp_match_covers(&fl.f_match, &o->f_match) &&
			    (fl.f_out_port == OFP_P_ANY ||
			    fk_sends(f, i, fl.f_out_port));
		else
			hit = fl.f_table == o->f_table &&
			    fl.f_priority == o->f_priority &&
			    ofp_match_equal(&fl.f_match, &o->f_match);
		if (fl.f_command != OFP_FC_ADD &&
		    (o->f_cookie ^ fl.f_cookie) & fl.f_cookie_mask)
			hit = false;
		if (!hit) {
			i++;
			continue;
		}
		fk_drop(f, i, f->f_tells && fl.f_command != OFP_FC_ADD,
		    OFP_RR_DELETE);
	}
	if (fl.f_command != OFP_FC_ADD) {
		f->f_dels++;
		return;
	}
	f->f_adds++;
	if (f->f_nflows == NFLOWS)
		return;
	memcpy(f->f_instr[f->f_nflows], fl.f_instr_bytes.rd_p,
	    ofp_rd_left(&fl.f_instr_bytes));
	f->f_age[f->f_nflows] = 0;
	f->f_packets[f->f_nflows] = 0;
	f->f_flow[f->f_nflows++] = fl;
}

/* Its place; f_nmeters: it has none of that id. */
static unsigned int
fk_meter(const struct fk *f, uint32_t id)
{
	unsigned int	i;

	for (i = 0; i < f->f_nmeters && f->f_meter[i].m_id != id; i++)
		;
	return (i);
}

static enum ofp_error
fk_meter_change(struct fk *f, const struct ofp_meter *m)
{
	struct ofp_rd	bands = m->m_bands;
	enum ofp_error	error;
	struct ofp_band	bd;
	unsigned int	i = fk_meter(f, m->m_id);
	bool		has = i < f->f_nmeters;

	if (f->f_max_meter == 0 || m->m_id > f->f_max_meter)
		return (OFP_MMFC_INVALID_METER);
	if (m->m_command == OFP_MC_DELETE) {
		if (has)
			f->f_meter[i] = f->f_meter[--f->f_nmeters];
		return (OFP_OK);
	}
	if (has == (m->m_command == OFP_MC_ADD))
		return (has ? OFP_MMFC_METER_EXISTS : OFP_MMFC_UNKNOWN_METER);
	f->f_meter[i].m_id = m->m_id;
	f->f_meter[i].m_rate = ofp_band_next(&bands, &bd, &error) ?
	    bd.bd_rate : 0;
	f->f_nmeters += !has;
	return (OFP_OK);
}

static void
fk_meter_mod(struct fk *f, struct ofp_rd *rd, const uint8_t *msg, size_t len)
{
	struct ofp_meter	m;
	enum ofp_error		error;

	f->f_meter_mods++;
	error = ofp_meter_decode(rd, &m);
	if (error == OFP_OK)
		error = fk_meter_change(f, &m);
	if (error == OFP_OK)
		return;
	fk_refuse(f, error, msg, len);
}

static void
fk_meter_features(struct fk *f, uint32_t xid)
{
	struct ofp_meter_features	mf = {
		.mf_max = f->f_max_meter, .mf_max_bands = 1,
		.mf_band_types = 1U << OFP_MBT_DROP,
		.mf_capabilities = OFP_MF_PKTPS | OFP_MF_KBPS | OFP_MF_BURST
	};
	size_t				begin;

	begin = ofp_mp_begin(&wr, true, xid, OFP_MP_METER_FEATURES);
	ofp_meter_features_encode(&wr, &mf);
	ofp_mp_end(&wr, begin, false);
	fk_put(f);
}

static void
fk_group_mod(struct fk *f, struct ofp_rd *rd, const uint8_t *msg, size_t len)
{
	enum ofp_error		error;
	struct ofp_bucket	b;
	struct ofp_group	g;

	f->f_groups++;
	error = ofp_group_decode(rd, &g);
	if (error == OFP_OK && f->f_no_group)
		error = OFP_GMFC_OUT_OF_GROUPS;
	if (error == OFP_OK && (g.g_command == OFP_GC_ADD) ==
	    (f->f_buckets != 0))
		error = g.g_command == OFP_GC_ADD ? OFP_GMFC_GROUP_EXISTS :
		    OFP_GMFC_UNKNOWN_GROUP;
	if (error != OFP_OK) {
		fk_refuse(f, error, msg, len);
		return;
	}
	for (f->f_buckets = 0; ofp_bucket_next(&g.g_buckets, &b, &error);)
		f->f_buckets++;
}

static void
fk_flow_stats(struct fk *f, uint32_t xid)
{
	struct ofp_flow_stats	fs;
	struct ofp_flow		*o;
	size_t			 begin;
	unsigned int		 i;

	begin = ofp_mp_begin(&wr, true, xid, OFP_MP_FLOW);
	for (i = 0; i < f->f_nflows; i++) {
		o = &f->f_flow[i];
		memset(&fs, 0, sizeof(fs));
		fs.fs_table = o->f_table;
		fs.fs_sec = f->f_age[i];
		fs.fs_packets = f->f_packets[i];
		fs.fs_priority = o->f_priority;
		fs.fs_idle = o->f_idle;
		fs.fs_cookie = o->f_cookie;
		fs.fs_match = o->f_match;
		ofp_rd_init(&fs.fs_instr, f->f_instr[i],
		    ofp_rd_left(&o->f_instr_bytes));
		ofp_flow_stats_encode(&wr, &fs);
		if (!f->f_split)
			continue;
		ofp_mp_end(&wr, begin, true);
		fk_put(f);
		begin = ofp_mp_begin(&wr, true, xid, OFP_MP_FLOW);
	}
	ofp_mp_end(&wr, begin, false);
	fk_put(f);
}

static void
fk_multipart(struct fk *f, struct ofp_rd *rd, uint32_t xid,
    const uint8_t *msg, size_t len)
{
	struct ofp_port	po = { .po_no = 1 };
	struct ofp_desc	de;
	struct ofp_mp	mp;
	size_t		begin;
	unsigned int	i;

	if (ofp_mp_decode(rd, false, &mp) != OFP_OK)
		return;
	if (mp.mp_type == OFP_MP_FLOW) {
		fk_flow_stats(f, xid);
		return;
	}
	if (mp.mp_type == OFP_MP_TABLE_FEATURES && f->f_tf != NULL) {
		begin = ofp_mp_begin(&wr, true, xid, mp.mp_type);
		for (i = 0; i < f->f_ntf; i++)
			ofp_table_features_encode(&wr, &f->f_tf[i]);
		ofp_mp_end(&wr, begin, false);
		fk_put(f);
		return;
	}
	if (mp.mp_type == OFP_MP_METER_FEATURES && f->f_max_meter != 0) {
		fk_meter_features(f, xid);
		return;
	}
	if (mp.mp_type == OFP_MP_TABLE_FEATURES ||
	    mp.mp_type == OFP_MP_METER_FEATURES) {
		fk_refuse(f, OFP_BRC_BAD_MULTIPART, msg, len);
		return;
	}
	begin = ofp_mp_begin(&wr, true, xid, mp.mp_type);
	memset(&de, 0, sizeof(de));
	snprintf(de.de_mfr, sizeof(de.de_mfr), "Fake");
	if (mp.mp_type == OFP_MP_DESC)
		ofp_desc_encode(&wr, &de);
	else
		for (; po.po_no <= 4; po.po_no++) {
			if (po.po_no == f->f_gone)
				continue;
			snprintf(po.po_name, sizeof(po.po_name), "p%u",
			    po.po_no);
			po.po_state = po.po_no == f->f_down ?
			    OFP_PS_LINK_DOWN : 0;
			ofp_port_encode(&wr, &po);
		}
	ofp_mp_end(&wr, begin, false);
	fk_put(f);
}

static void
fk_stats10(struct fk *f, struct ofp_rd *rd, uint32_t xid)
{
	struct ofp_mp	mp;

	if (ofp10_stats_decode(rd, false, &mp) != OFP_OK ||
	    mp.mp_type != OFP_MP_FLOW)
		return;
	fk10_flow_stats(f, xid);
	fk_put(f);
}

static void
fk_features(struct fk *f, uint32_t xid)
{
	struct ofp_features	fe = {
		.fe_dpid = f->f_dpid, .fe_buffers = 256,
		.fe_tables = f->f_tables, .fe_aux = f->f_aux
	};

	if (f->f_version == OFP_VERSION_10)
		fk10_features(f, xid);
	else
		ofp_features_encode(&wr, xid, &fe);
	fk_put(f);
}

static void
fk_packet_out(struct fk *f, struct ofp_packet_out *pu)
{
	struct ofp_action	ac;
	enum ofp_error		error;

	f->f_last_out = f->f_last_group = f->f_last_nout = 0;
	while (ofp_action_next(&pu->pu_actions, &ac, &error))
		if (ac.ac_type == OFP_AT_GROUP)
			f->f_last_group = ac.u.group;
		else if (f->f_last_nout++ == 0)
			f->f_last_out = ac.u.output.port;
}

static void
fk_message(struct fk *f, const uint8_t *msg, size_t len)
{
	struct ofp_error_msg	er;
	struct ofp_packet_out	pu;
	struct ofp_hdr		h;
	struct ofp_rd		rd;
	uint8_t			barrier = f->f_version == 1 ? 18 : 20;

	if (f->f_seen != NULL)
		f->f_seen(msg, len);
	ofp_msg_check(msg, len, 0, OFP_TO_SWITCH, &h, &rd);
	if (h.h_type == OFP_T_FEATURES_REQUEST) {
		if (!f->f_secret)
			fk_features(f, h.h_xid);
		return;
	}
	switch (h.h_type) {
	case OFP_T_ERROR:
		f->f_errors++;
		if (ofp_error_decode(&rd, &er) == OFP_OK) {
			f->f_error_type = er.er_type;
			f->f_error_code = er.er_code;
		}
		return;
	case OFP_T_ECHO_REPLY:
		f->f_echos++;
		f->f_echo_len = ofp_rd_left(&rd);
		if (f->f_echo_len <= sizeof(f->f_echo))
			ofp_rd_bytes(&rd, f->f_echo, f->f_echo_len);
		return;
	}
	if (f->f_version == OFP_VERSION_10 && h.h_type == OFP_T_PACKET_OUT) {
		f->f_outs++;
		return;
	}
	if (h.h_type == OFP_T_PACKET_OUT &&
	    ofp_packet_out_decode(&rd, &pu) == OFP_OK) {
		f->f_outs++;
		f->f_last_buffer = pu.pu_buffer;
		f->f_last_data = pu.pu_len;
		if (fk_outputs(f, pu.pu_actions) != OFP_OK) {
			fk_refuse(f, OFP_BAC_BAD_OUT_PORT, msg, len);
		}
		fk_packet_out(f, &pu);
		return;
	}
	if (f->f_mute)
		return;
	if (h.h_type == OFP_T_ECHO_REQUEST) {
		ofp_echo_encode(&wr, f->f_version, true, h.h_xid, NULL, 0);
		fk_put(f);
	} else if (h.h_type == barrier) {
		if (f->f_no_barrier)
			ofp_error_encode(&wr, f->f_version, OFP_BRC_BAD_TYPE,
			    msg, len);
		else
			ofp_msg_bare(&wr, f->f_version, barrier + 1, h.h_xid);
		fk_put(f);
	} else if (h.h_type == OFP_T_FLOW_MOD)
		fk_flow_mod(f, &rd, h.h_xid, msg, len);
	else if (f->f_version == OFP_VERSION_13 &&
	    h.h_type == OFP_T_GROUP_MOD)
		fk_group_mod(f, &rd, msg, len);
	else if (f->f_version == OFP_VERSION_13 &&
	    h.h_type == OFP_T_METER_MOD)
		fk_meter_mod(f, &rd, msg, len);
	else if (f->f_version == OFP_VERSION_13 &&
	    h.h_type == OFP_T_MULTIPART_REQUEST)
		fk_multipart(f, &rd, h.h_xid, msg, len);
	else if (f->f_version == OFP_VERSION_10 &&
	    h.h_type == OFP10_T_STATS_REQUEST)
		fk_stats10(f, &rd, h.h_xid);
}

struct fk *
fk_connect(uint64_t dpid, uint8_t version)
{
	struct fk	*f = calloc(1, sizeof(*f));
	int		 sv[2];

	start();
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, sv) == -1)
		abort();
	fcntl(sv[1], F_SETFL, O_NONBLOCK);
	f->f_fd = sv[0];
	f->f_version = version;
	f->f_tables = 2;
	f->f_dpid = dpid;
	conn_new(stream_accept(sv[1], false), "test", 0);
	return (f);
}

void
fk_hello(struct fk *f)
{
	ofp_hello_encode(&wr, 1, 1U << f->f_version);
	fk_put(f);
	pump(f);
}

/* Connected, set up and in order. */
struct fk *
fk_up(uint64_t dpid)
{
	struct fk	*f = fk_connect(dpid, OFP_VERSION_13);

	fk_hello(f);
	return (f);
}

void
fk_close(struct fk *f)
{
	close(f->f_fd);
	pump(NULL);
	free(f);
}

struct dp *
fk_dp(struct fk *f)
{
	return (dp_find_id(f->f_dpid));
}

void
fk_packet_in(struct fk *f, uint32_t port, uint64_t src, uint64_t dst,
    uint32_t buffer, uint64_t cookie)
{
	fk_put_packet_in(f, port, src, dst, buffer, cookie);
	pump(f);
}

void
fk_put_packet_in(struct fk *f, uint32_t port, uint64_t src, uint64_t dst,
    uint32_t buffer, uint64_t cookie)
{
	struct ofp_packet_in	pi;
	uint8_t			frame[60];
	unsigned int		i;

	memset(frame, 0, sizeof(frame));
	for (i = 0; i < 6; i++) {
		frame[i] = dst >> (40 - 8 * i);
		frame[6 + i] = src >> (40 - 8 * i);
	}
	frame[12] = 8;
	memset(&pi, 0, sizeof(pi));
	ofp_match_init(&pi.pi_match);
	ofp_match_set(&pi.pi_match, OFP_XMT_IN_PORT, port);
	pi.pi_buffer = buffer;
	pi.pi_total = pi.pi_len = sizeof(frame);
	pi.pi_cookie = cookie;
	pi.pi_data = frame;
	if (f->f_version == OFP_VERSION_10)
		fk10_packet_in(&pi, port);
	else
		ofp_packet_in_encode(&wr, 0, &pi);
	fk_put(f);
}

/* A port comes (OFP_PR_ADD), goes or changes. */
void
fk_port(struct fk *f, uint32_t no, uint8_t reason)
{
	fk_put_port(f, no, reason, 0);
	pump(f);
}

void
fk_put_port(struct fk *f, uint32_t no, uint8_t reason, uint32_t state)
{
	struct ofp_port_status	ps;

	memset(&ps, 0, sizeof(ps));
	ps.ps_reason = reason;
	ps.ps_port.po_no = no;
	ps.ps_port.po_state = state;
	snprintf(ps.ps_port.po_name, sizeof(ps.ps_port.po_name), "p%u", no);
	if (f->f_version == OFP_VERSION_10)
		fk10_port_status(&ps);
	else
		ofp_port_status_encode(&wr, 0, &ps);
	fk_put(f);
}

void
fk_copy(struct fk *to, const struct fk *from, uint32_t age)
{
	unsigned int	i;

	for (i = 0; i < from->f_nflows && to->f_nflows < NFLOWS; i++) {
		to->f_flow[to->f_nflows] = from->f_flow[i];
		memcpy(to->f_instr[to->f_nflows], from->f_instr[i],
		    FK_INSTR);
		to->f_age[to->f_nflows++] = age;
	}
}

unsigned int
fk_count(const struct fk *f, enum dp_role role)
{
	unsigned int	i, n = 0;

	for (i = 0; i < f->f_nflows; i++)
		n += dp_flow_role(f->f_flow[i].f_cookie) == role;
	return (n);
}
