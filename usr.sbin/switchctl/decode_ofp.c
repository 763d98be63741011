/*
 * SPDX-License-Identifier: ISC
 *
 * decode_ofp.c: OpenFlow answers to rows, see decode.h.
 *
 * Answers of both versions become the same rows.  What two answers say of one
 * thing (a port's description and its counters) are rows with the same number,
 * which output.c puts together.
 */
#include <stdio.h>
#include <string.h>

#include <net/ofp_print.h>

#include "decode.h"

struct decode {
	const char	*d_name;	/* of the switch */
	uint8_t		 d_version;
	row_fn		 d_fn;
	void		*d_arg;
};

static void
row(struct decode *d, enum row kind, json_t *j)
{
	if (j == NULL)
		return;
	json_object_set_new(j, "switch", decode_text(d->d_name,
	    strlen(d->d_name)));
	d->d_fn(kind, j, d->d_arg);
}

static void
row_error(struct decode *d, const char *text)
{
	row(d, ROW_ERROR, json_pack("{ss}", "text", text));
}

static json_t *
seconds(uint32_t sec, uint32_t nsec)
{
	return (json_real(sec + (nsec != UINT32_MAX ? nsec / 1e9 : 0)));
}

/* A counter; all ones is how a switch says that it does not count. */
static void
set_count(json_t *j, const char *name, uint64_t v)
{
	if (v != UINT64_MAX)
		json_object_set_new(j, name, json_integer(v));
}

static void
set_count32(json_t *j, const char *name, uint32_t v)
{
	set_count(j, name, v != UINT32_MAX ? v : UINT64_MAX);
}

static void
features(struct decode *d, const struct ofp_features *fe)
{
	row(d, ROW_FEATURES, json_pack("{so,sI,sI,sI,so}",
	    "datapath_id", decode_hex(fe->fe_dpid, 16),
	    "buffers", (json_int_t)fe->fe_buffers,
	    "tables", (json_int_t)fe->fe_tables,
	    "auxiliary_id", (json_int_t)fe->fe_aux,
	    "capabilities", decode_hex(fe->fe_capabilities, 0)));
}

static void
port(struct decode *d, const struct ofp_port *po)
{
	const uint8_t	*m = po->po_hwaddr;

	row(d, ROW_PORT, json_pack("{so,so,so,ss,sb,sb,sb,so,sI}",
	    "port", decode_port(po->po_no),
	    "name", decode_text(po->po_name, sizeof(po->po_name)),
	    "mac", json_sprintf("%02x:%02x:%02x:%02x:%02x:%02x", m[0], m[1],
	    m[2], m[3], m[4], m[5]),
	    "state", (po->po_config & OFP_PC_PORT_DOWN) != 0 ? "down" :
	    (po->po_state & OFP_PS_LINK_DOWN) != 0 ? "no-link" : "up",
	    "down", (po->po_config & OFP_PC_PORT_DOWN) != 0,
	    "link_down", (po->po_state & OFP_PS_LINK_DOWN) != 0,
	    "live", (po->po_state & OFP_PS_LIVE) != 0,
	    "config", decode_hex(po->po_config, 0),
	    "speed_kbps", (json_int_t)po->po_curr_speed));
}

static void
desc(struct decode *d, struct ofp_rd *rd)
{
	struct ofp_desc	de;

	if (ofp_desc_decode(rd, &de) != OFP_OK)
		return (row_error(d, "malformed description"));
	row(d, ROW_DESC, json_pack("{so,so,so,so,so}",
	    "manufacturer", decode_text(de.de_mfr, sizeof(de.de_mfr)),
	    "hardware", decode_text(de.de_hw, sizeof(de.de_hw)),
	    "software", decode_text(de.de_sw, sizeof(de.de_sw)),
	    "serial", decode_text(de.de_serial, sizeof(de.de_serial)),
	    "datapath", decode_text(de.de_dp, sizeof(de.de_dp))));
}

static void
flow(struct decode *d, const struct ofp_flow_stats *fs)
{
	struct ofp_text	 tx;
	static char	 match[2048], instr[1 << 17];
	json_t		*j;

	ofp_text_init(&tx, match, sizeof(match));
	ofp_print_match(&tx, &fs->fs_match);
	ofp_text_init(&tx, instr, sizeof(instr));
	if (d->d_version == OFP_VERSION_10) {
		ofp_text_add(&tx, "actions=");
		ofp_print_actions_10(&tx, fs->fs_instr);
	} else
		ofp_print_instructions(&tx, fs->fs_instr);
	j = json_pack("{sI,sI,so,so,sI,sI,so,ss,ss}",
	    "table", (json_int_t)fs->fs_table,
	    "priority", (json_int_t)fs->fs_priority,
	    "cookie", decode_hex(fs->fs_cookie, 0),
	    "duration", seconds(fs->fs_sec, fs->fs_nsec),
	    "idle_timeout", (json_int_t)fs->fs_idle,
	    "hard_timeout", (json_int_t)fs->fs_hard,
	    "flags", decode_hex(fs->fs_flags, 0),
	    "match", match, "instructions", instr);
	set_count(j, "packets", fs->fs_packets);
	set_count(j, "bytes", fs->fs_bytes);
	row(d, ROW_FLOW, j);
}

static void
table(struct decode *d, const struct ofp_table_stats *ts)
{
	json_t	*j = json_pack("{sI}", "table", (json_int_t)ts->ts_table);

	set_count32(j, "active", ts->ts_active);
	set_count(j, "lookups", ts->ts_lookup);
	set_count(j, "matched", ts->ts_matched);
	row(d, ROW_TABLE, j);
}

static void
port_stats(struct decode *d, const struct ofp_port_stats *pt)
{
	json_t	*j = json_pack("{so}", "port", decode_port(pt->pt_no));

	set_count(j, "rx_packets", pt->pt_rx_packets);
	set_count(j, "tx_packets", pt->pt_tx_packets);
	set_count(j, "rx_bytes", pt->pt_rx_bytes);
	set_count(j, "tx_bytes", pt->pt_tx_bytes);
	set_count(j, "rx_dropped", pt->pt_rx_dropped);
	set_count(j, "tx_dropped", pt->pt_tx_dropped);
	set_count(j, "rx_errors", pt->pt_rx_errors);
	set_count(j, "tx_errors", pt->pt_tx_errors);
	if (d->d_version == OFP_VERSION_13)
		json_object_set_new(j, "duration",
		    seconds(pt->pt_sec, pt->pt_nsec));
	row(d, ROW_PORT, j);
}

static json_t *
buckets(struct ofp_rd rd)
{
	struct ofp_bucket	 b;
	struct ofp_text		 tx;
	enum ofp_error		 error;
	static char		 buf[4096];
	json_t			*list = json_array();

	while (ofp_bucket_next(&rd, &b, &error)) {
		ofp_text_init(&tx, buf, sizeof(buf));
		ofp_print_actions(&tx, b.b_actions);
		json_array_append_new(list, json_pack("{sI,so,so,ss}",
		    "weight", (json_int_t)b.b_weight,
		    "watch_port", decode_port(b.b_watch_port),
		    "watch_group", decode_hex(b.b_watch_group, 0),
		    "actions", buf));
	}
	return (list);
}

/* Pairs of packets and bytes. */
static json_t *
pairs(struct ofp_rd rd)
{
	json_t	*list = json_array(), *j;

	while (ofp_rd_left(&rd) >= 16) {
		j = json_object();
		set_count(j, "packets", ofp_rd_u64(&rd));
		set_count(j, "bytes", ofp_rd_u64(&rd));
		json_array_append_new(list, j);
	}
	return (list);
}

static void
group_desc(struct decode *d, const struct ofp_group_desc *gd)
{
	static const char *const types[] = { "all", "select", "indirect",
	    "ff" };

	row(d, ROW_GROUP, json_pack("{sI,ss,so}",
	    "group", (json_int_t)gd->gd_id,
	    "type", gd->gd_type < OFP_GT_COUNT ? types[gd->gd_type] : "?",
	    "buckets", buckets(gd->gd_buckets)));
}

static void
group_stats(struct decode *d, const struct ofp_group_stats *gs)
{
	json_t	*j = json_pack("{sI,so,so}",
	    "group", (json_int_t)gs->gs_id,
	    "duration", seconds(gs->gs_sec, gs->gs_nsec),
	    "bucket_counters", pairs(gs->gs_buckets));

	set_count32(j, "references", gs->gs_refs);
	set_count(j, "packets", gs->gs_packets);
	set_count(j, "bytes", gs->gs_bytes);
	row(d, ROW_GROUP, j);
}

static void
meter_config(struct decode *d, const struct ofp_meter_config *mc)
{
	struct ofp_rd	 rd = mc->mc_bands;
	struct ofp_band	 bd;
	enum ofp_error	 error;
	json_t		*list = json_array();

	while (ofp_band_next(&rd, &bd, &error))
		json_array_append_new(list, json_pack("{ss,sI,sI,sI}",
		    "type", bd.bd_type == OFP_MBT_DROP ? "drop" :
		    bd.bd_type == OFP_MBT_DSCP_REMARK ? "dscp_remark" : "?",
		    "rate", (json_int_t)bd.bd_rate,
		    "burst", (json_int_t)bd.bd_burst,
		    "precedence", (json_int_t)bd.bd_prec));
	row(d, ROW_METER, json_pack("{sI,sb,sb,so}",
	    "meter", (json_int_t)mc->mc_id,
	    "pktps", (mc->mc_flags & OFP_MF_PKTPS) != 0,
	    "burst", (mc->mc_flags & OFP_MF_BURST) != 0,
	    "bands", list));
}

static void
meter_stats(struct decode *d, const struct ofp_meter_stats *ms)
{
	json_t	*j = json_pack("{sI,so,so}",
	    "meter", (json_int_t)ms->ms_id,
	    "duration", seconds(ms->ms_sec, ms->ms_nsec),
	    "band_counters", pairs(ms->ms_bands));

	set_count32(j, "flows", ms->ms_flows);
	set_count(j, "packets", ms->ms_packets);
	set_count(j, "bytes", ms->ms_bytes);
	row(d, ROW_METER, j);
}

static void
queue_stats(struct decode *d, const struct ofp_queue_stats *qs)
{
	json_t	*j = json_pack("{so,sI,so}", "port", decode_port(qs->qs_port),
	    "queue", (json_int_t)qs->qs_queue,
	    "duration", seconds(qs->qs_sec, qs->qs_nsec));

	set_count(j, "packets", qs->qs_packets);
	set_count(j, "bytes", qs->qs_bytes);
	set_count(j, "errors", qs->qs_errors);
	row(d, ROW_QUEUE, j);
}

/* Walk the entries of one multipart type. */
#define EACH(kind, next, emit)						\
static void								\
each_##kind(struct decode *d, struct ofp_rd *rd, enum ofp_error *error)	\
{									\
	struct ofp_##kind	 e;					\
									\
	while (next(rd, &e, error))					\
		emit(d, &e);						\
}
EACH(flow_stats, ofp_flow_stats_next, flow)
EACH(table_stats, ofp_table_stats_next, table)
EACH(port_stats, ofp_port_stats_next, port_stats)
EACH(group_desc, ofp_group_desc_next, group_desc)
EACH(group_stats, ofp_group_stats_next, group_stats)
EACH(meter_config, ofp_meter_config_next, meter_config)
EACH(meter_stats, ofp_meter_stats_next, meter_stats)
EACH(queue_stats, ofp_queue_stats_next, queue_stats)

static void
each_port(struct decode *d, struct ofp_rd *rd, enum ofp_error *error)
{
	struct ofp_port	po;

	while (ofp_rd_left(rd) > 0 && *error == OFP_OK)
		if ((*error = ofp_port_decode(rd, &po)) == OFP_OK)
			port(d, &po);
}

static void
multipart(struct decode *d, struct ofp_rd *rd)
{
	struct ofp_mp	mp;
	enum ofp_error	error;

	if ((error = ofp_mp_decode(rd, true, &mp)) != OFP_OK)
		return (row_error(d, "malformed multipart reply"));
	switch (mp.mp_type) {
	case OFP_MP_DESC:
		desc(d, rd);
		break;
	case OFP_MP_FLOW:
		each_flow_stats(d, rd, &error);
		break;
	case OFP_MP_TABLE:
		each_table_stats(d, rd, &error);
		break;
	case OFP_MP_PORT_STATS:
		each_port_stats(d, rd, &error);
		break;
	case OFP_MP_PORT_DESC:
		each_port(d, rd, &error);
		break;
	case OFP_MP_GROUP_DESC:
		each_group_desc(d, rd, &error);
		break;
	case OFP_MP_GROUP:
		each_group_stats(d, rd, &error);
		break;
	case OFP_MP_METER_CONFIG:
		each_meter_config(d, rd, &error);
		break;
	case OFP_MP_METER:
		each_meter_stats(d, rd, &error);
		break;
	case OFP_MP_QUEUE:
		each_queue_stats(d, rd, &error);
		break;
	}
	if (error != OFP_OK)
		row_error(d, "malformed entry in a multipart reply");
}

static void
stats10(struct decode *d, struct ofp_rd *rd)
{
	struct ofp10_table_stats tt;
	struct ofp_flow_stats	 fs;
	struct ofp_port_stats	 pt;
	struct ofp_mp		 mp;
	enum ofp_error		 error;

	if ((error = ofp10_stats_decode(rd, true, &mp)) != OFP_OK)
		return (row_error(d, "malformed stats reply"));
	switch (mp.mp_type) {
	case OFP_MP_DESC:
		desc(d, rd);
		break;
	case OFP_MP_FLOW:
		while (ofp10_flow_stats_next(rd, &fs, &error))
			flow(d, &fs);
		break;
	case OFP_MP_TABLE:
		while (ofp10_table_stats_next(rd, &tt, &error))
			table(d, &tt.tt_stats);
		break;
	case OFP_MP_PORT_STATS:
		while (ofp10_port_stats_next(rd, &pt, &error))
			port_stats(d, &pt);
		break;
	}
	if (error != OFP_OK)
		row_error(d, "malformed entry in a stats reply");
}

static void
features_reply(struct decode *d, struct ofp_rd *rd)
{
	struct ofp_features	fe;
	struct ofp_port		po;
	enum ofp_error		error;

	memset(&fe, 0, sizeof(fe));
	if (d->d_version == OFP_VERSION_13)
		error = ofp_features_decode(rd, &fe);
	else
		error = ofp10_features_decode(rd, &fe);
	if (error != OFP_OK)
		return (row_error(d, "malformed features reply"));
	features(d, &fe);
	while (d->d_version == OFP_VERSION_10 && ofp_rd_left(rd) > 0 &&
	    ofp10_port_decode(rd, &po) == OFP_OK)
		port(d, &po);
}

static void
error_msg(struct decode *d, struct ofp_rd *rd)
{
	struct ofp_error_msg	er;
	char			buf[64];

	if (ofp_error_decode(rd, &er) != OFP_OK)
		return (row_error(d, "malformed error message"));
	row_error(d, ofp_error_str(d->d_version, er.er_type, er.er_code, buf,
	    sizeof(buf)));
}

void
decode_openflow(const char *name, const uint8_t *p, size_t len, row_fn fn,
    void *arg)
{
	struct decode	d = { name, 0, fn, arg };
	struct ofp_hdr	h;
	struct ofp_rd	rd;

	if (ofp_msg_check(p, len, 0, OFP_TO_CONTROLLER, &h, &rd) != OFP_OK)
		return (row_error(&d, "malformed message"));
	d.d_version = h.h_version;
	if (h.h_type == OFP_T_ERROR)
		error_msg(&d, &rd);
	else if (h.h_type == OFP_T_FEATURES_REPLY)
		features_reply(&d, &rd);
	else if (h.h_version == OFP_VERSION_13 &&
	    h.h_type == OFP_T_MULTIPART_REPLY)
		multipart(&d, &rd);
	else if (h.h_version == OFP_VERSION_10 &&
	    h.h_type == OFP10_T_STATS_REPLY)
		stats10(&d, &rd);
}
