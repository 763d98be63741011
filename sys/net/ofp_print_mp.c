/*
 * SPDX-License-Identifier: ISC
 *
 * ofp_print_mp.c: multipart requests and replies as text.
 */
#include "ofp_monitor.h"
#include "ofp_print_msg.h"

static void
print_count(struct ofp_text *tx, const char *name, uint64_t v)
{
	if (v == UINT64_MAX)
		ofp_text_add(tx, " %s=none", name);
	else
		ofp_text_add(tx, " %s=%llu", name, (unsigned long long)v);
}

static void
print_id(struct ofp_text *tx, const char *name, uint32_t id, uint32_t all)
{
	if (id == all)
		ofp_text_add(tx, " %s=all", name);
	else
		ofp_text_add(tx, " %s=%u", name, id);
}

/* Bodies of requests. */

static enum ofp_error
request_flow(struct ofp_text *tx, struct ofp_rd *rd)
{
	struct ofp_flow_req	fq;
	enum ofp_error		error;

	if ((error = ofp_flow_req_decode(rd, &fq)) != OFP_OK)
		return (error);
	ofp_text_add(tx, " table=%u out_port=", fq.fq_table);
	ofp_print_port_no(tx, fq.fq_out_port);
	if (fq.fq_out_group != OFP_G_ANY)
		ofp_text_add(tx, " out_group=%u", fq.fq_out_group);
	ofp_text_add(tx, " cookie=0x%llx/0x%llx",
	    (unsigned long long)fq.fq_cookie,
	    (unsigned long long)fq.fq_cookie_mask);
	ofp_print_match_behind(tx, &fq.fq_match, false);
	return (OFP_OK);
}

static enum ofp_error
request_port(struct ofp_text *tx, struct ofp_rd *rd)
{
	enum ofp_error	error;
	uint32_t	port;

	if ((error = ofp_port_req_decode(rd, &port)) != OFP_OK)
		return (error);
	ofp_text_add(tx, " port=");
	ofp_print_port_no(tx, port);
	return (OFP_OK);
}

static enum ofp_error
request_queue(struct ofp_text *tx, struct ofp_rd *rd)
{
	enum ofp_error	error;
	uint32_t	port, queue;

	if ((error = ofp_queue_req_decode(rd, &port, &queue)) != OFP_OK)
		return (error);
	ofp_text_add(tx, " port=");
	ofp_print_port_no(tx, port);
	print_id(tx, "queue", queue, OFP_Q_ALL);
	return (OFP_OK);
}

static enum ofp_error
request_id(struct ofp_text *tx, struct ofp_rd *rd, const char *name,
    uint32_t all)
{
	enum ofp_error	error;
	uint32_t	id;

	if ((error = ofp_id_req_decode(rd, &id)) != OFP_OK)
		return (error);
	print_id(tx, name, id, all);
	return (OFP_OK);
}

/* Entries of replies. */

static void
print_flow(struct ofp_text *tx, const struct ofp_flow_stats *fs)
{
	ofp_text_add(tx, "\n  table=%u priority=%u cookie=0x%llx "
	    "duration=%u.%09u idle=%u hard=%u flags=0x%x", fs->fs_table,
	    fs->fs_priority, (unsigned long long)fs->fs_cookie, fs->fs_sec,
	    fs->fs_nsec, fs->fs_idle, fs->fs_hard, fs->fs_flags);
	print_count(tx, "packets", fs->fs_packets);
	print_count(tx, "bytes", fs->fs_bytes);
	ofp_print_match_behind(tx, &fs->fs_match, fs->fs_more);
	ofp_text_add(tx, " ");
	ofp_print_instructions(tx, fs->fs_instr);
}

static void
print_table(struct ofp_text *tx, const struct ofp_table_stats *ts)
{
	ofp_text_add(tx, "\n  table=%u active=%u", ts->ts_table,
	    ts->ts_active);
	print_count(tx, "lookup", ts->ts_lookup);
	print_count(tx, "matched", ts->ts_matched);
}

static void
print_port_stats(struct ofp_text *tx, const struct ofp_port_stats *pt)
{
	ofp_text_add(tx, "\n  port=");
	ofp_print_port_no(tx, pt->pt_no);
	print_count(tx, "rx_packets", pt->pt_rx_packets);
	print_count(tx, "tx_packets", pt->pt_tx_packets);
	print_count(tx, "rx_bytes", pt->pt_rx_bytes);
	print_count(tx, "tx_bytes", pt->pt_tx_bytes);
	print_count(tx, "rx_dropped", pt->pt_rx_dropped);
	print_count(tx, "tx_dropped", pt->pt_tx_dropped);
	print_count(tx, "rx_errors", pt->pt_rx_errors);
	print_count(tx, "tx_errors", pt->pt_tx_errors);
	print_count(tx, "frame_err", pt->pt_rx_frame_err);
	print_count(tx, "over_err", pt->pt_rx_over_err);
	print_count(tx, "crc_err", pt->pt_rx_crc_err);
	print_count(tx, "collisions", pt->pt_collisions);
	ofp_text_add(tx, " duration=%u.%09u", pt->pt_sec, pt->pt_nsec);
}

static void
print_queue_stats(struct ofp_text *tx, const struct ofp_queue_stats *qs)
{
	ofp_text_add(tx, "\n  port=");
	ofp_print_port_no(tx, qs->qs_port);
	ofp_text_add(tx, " queue=%u", qs->qs_queue);
	print_count(tx, "packets", qs->qs_packets);
	print_count(tx, "bytes", qs->qs_bytes);
	print_count(tx, "errors", qs->qs_errors);
	ofp_text_add(tx, " duration=%u.%09u", qs->qs_sec, qs->qs_nsec);
}

/* Packets and bytes, a pair for each bucket or band. */
static void
print_pairs(struct ofp_text *tx, struct ofp_rd rd, const char *name)
{
	uint64_t	packets;

	while (ofp_rd_left(&rd) >= 16) {
		packets = ofp_rd_u64(&rd);
		ofp_text_add(tx, "\n    %s", name);
		print_count(tx, "packets", packets);
		print_count(tx, "bytes", ofp_rd_u64(&rd));
	}
}

static void
print_group_stats(struct ofp_text *tx, const struct ofp_group_stats *gs)
{
	ofp_text_add(tx, "\n  group=%u refs=%u", gs->gs_id, gs->gs_refs);
	print_count(tx, "packets", gs->gs_packets);
	print_count(tx, "bytes", gs->gs_bytes);
	ofp_text_add(tx, " duration=%u.%09u", gs->gs_sec, gs->gs_nsec);
	print_pairs(tx, gs->gs_buckets, "bucket");
}

static void
print_group_desc(struct ofp_text *tx, const struct ofp_group_desc *gd)
{
	ofp_text_add(tx, "\n  group=%u type=%s", gd->gd_id,
	    ofp_print_group_type(gd->gd_type));
	ofp_print_error_code(tx, ofp_print_buckets(tx, gd->gd_buckets));
}

static void
print_meter_stats(struct ofp_text *tx, const struct ofp_meter_stats *ms)
{
	ofp_text_add(tx, "\n  meter=0x%x flows=%u", ms->ms_id, ms->ms_flows);
	print_count(tx, "packets", ms->ms_packets);
	print_count(tx, "bytes", ms->ms_bytes);
	ofp_text_add(tx, " duration=%u.%09u", ms->ms_sec, ms->ms_nsec);
	print_pairs(tx, ms->ms_bands, "band");
}

static void
print_meter_config(struct ofp_text *tx, const struct ofp_meter_config *mc)
{
	ofp_text_add(tx, "\n  meter=0x%x flags=0x%x", mc->mc_id,
	    mc->mc_flags);
	ofp_print_error_code(tx, ofp_print_bands(tx, mc->mc_bands));
}

/* Tables of a 256 bit set as ranges: "1-3,7". */
static void
print_table_set(struct ofp_text *tx, const uint64_t set[4])
{
	const char	*sep = "";
	int		 i, from;

	for (i = 0; i < 256; i++) {
		if ((set[i / 64] >> i % 64 & 1) == 0)
			continue;
		for (from = i; i < 255 && (set[(i + 1) / 64] >> (i + 1) % 64
		    & 1) != 0; i++)
			;
		if (from == i)
			ofp_text_add(tx, "%s%d", sep, i);
		else
			ofp_text_add(tx, "%s%d-%d", sep, from, i);
		sep = ",";
	}
}

static void
print_field_set(struct ofp_text *tx, uint64_t set, uint64_t masked)
{
	const char	*sep = "";
	int		 f;

	for (f = 0; f < OFP_NFIELDS; f++)
		if (set & OFP_FIELD_BIT(f)) {
			ofp_text_add(tx, "%s%s%s", sep,
			    ofp_oxm_table[f].ox_name,
			    masked & OFP_FIELD_BIT(f) ? "/*" : "");
			sep = ",";
		}
}

static void
print_table_features(struct ofp_text *tx, const struct ofp_table_features *tf)
{
	int	i;

	ofp_text_add(tx, "\n  table=%u name=", tf->tf_table);
	ofp_print_str(tx, tf->tf_name);
	ofp_text_add(tx, " metadata_match=0x%llx metadata_write=0x%llx "
	    "config=0x%x max_entries=%u props=0x%x",
	    (unsigned long long)tf->tf_metadata_match,
	    (unsigned long long)tf->tf_metadata_write, tf->tf_config,
	    tf->tf_max_entries, tf->tf_props);
	for (i = 0; i < 2; i++) {
		ofp_text_add(tx, "\n    %s instructions=0x%x next=", i == 0 ?
		    "match" : "miss", tf->tf_instr[i]);
		print_table_set(tx, tf->tf_next[i]);
		ofp_text_add(tx, " write=0x%x apply=0x%x write_set=",
		    tf->tf_write[i], tf->tf_apply[i]);
		print_field_set(tx, tf->tf_write_set[i], 0);
		ofp_text_add(tx, " apply_set=");
		print_field_set(tx, tf->tf_apply_set[i], 0);
	}
	ofp_text_add(tx, "\n    fields=");
	print_field_set(tx, tf->tf_match, tf->tf_match_masked);
	ofp_text_add(tx, " wildcards=");
	print_field_set(tx, tf->tf_wildcards, 0);
}

/* Walk the entries of one type. */
#define EACH(kind, name)						\
static enum ofp_error							\
each_##kind(struct ofp_text *tx, struct ofp_rd *rd)			\
{									\
	struct ofp_##kind	 e;					\
	enum ofp_error		 error = OFP_OK;			\
									\
	while (ofp_##kind##_next(rd, &e, &error))			\
		print_##name(tx, &e);					\
	return (error);							\
}
EACH(flow_stats, flow)
EACH(table_stats, table)
EACH(port_stats, port_stats)
EACH(queue_stats, queue_stats)
EACH(group_stats, group_stats)
EACH(group_desc, group_desc)
EACH(meter_stats, meter_stats)
EACH(meter_config, meter_config)
EACH(table_features, table_features)

static enum ofp_error
each_port(struct ofp_text *tx, struct ofp_rd *rd)
{
	struct ofp_port	po;
	enum ofp_error	error;

	while (ofp_rd_left(rd) > 0) {
		if ((error = ofp_port_decode(rd, &po)) != OFP_OK)
			return (error);
		ofp_text_add(tx, "\n  ");
		ofp_print_port(tx, &po);
	}
	return (OFP_OK);
}

void
ofp_print_desc(struct ofp_text *tx, const struct ofp_desc *de)
{
	ofp_text_add(tx, "\n  manufacturer: ");
	ofp_print_str(tx, de->de_mfr);
	ofp_text_add(tx, "\n  hardware: ");
	ofp_print_str(tx, de->de_hw);
	ofp_text_add(tx, "\n  software: ");
	ofp_print_str(tx, de->de_sw);
	ofp_text_add(tx, "\n  serial: ");
	ofp_print_str(tx, de->de_serial);
	ofp_text_add(tx, "\n  datapath: ");
	ofp_print_str(tx, de->de_dp);
}

static enum ofp_error
reply_desc(struct ofp_text *tx, struct ofp_rd *rd)
{
	struct ofp_desc	de;
	enum ofp_error	error;

	if ((error = ofp_desc_decode(rd, &de)) != OFP_OK)
		return (error);
	ofp_print_desc(tx, &de);
	return (OFP_OK);
}

static enum ofp_error
reply_aggregate(struct ofp_text *tx, struct ofp_rd *rd)
{
	struct ofp_aggregate	ag;
	enum ofp_error		error;

	if ((error = ofp_aggregate_decode(rd, &ag)) != OFP_OK)
		return (error);
	print_count(tx, "packets", ag.ag_packets);
	print_count(tx, "bytes", ag.ag_bytes);
	ofp_text_add(tx, " flows=%u", ag.ag_flows);
	return (OFP_OK);
}

static enum ofp_error
reply_group_features(struct ofp_text *tx, struct ofp_rd *rd)
{
	struct ofp_group_features gf;
	enum ofp_error		  error;
	int			  i;

	if ((error = ofp_group_features_decode(rd, &gf)) != OFP_OK)
		return (error);
	ofp_text_add(tx, " types=0x%x capabilities=0x%x", gf.gf_types,
	    gf.gf_capabilities);
	for (i = 0; i < OFP_GT_COUNT; i++)
		ofp_text_add(tx, "\n  %s max=%u actions=0x%x",
		    ofp_print_group_type(i), gf.gf_max[i], gf.gf_actions[i]);
	return (OFP_OK);
}

static enum ofp_error
reply_meter_features(struct ofp_text *tx, struct ofp_rd *rd)
{
	struct ofp_meter_features mf;
	enum ofp_error		  error;

	if ((error = ofp_meter_features_decode(rd, &mf)) != OFP_OK)
		return (error);
	ofp_text_add(tx, " max=%u band_types=0x%x capabilities=0x%x "
	    "max_bands=%u max_color=%u", mf.mf_max, mf.mf_band_types,
	    mf.mf_capabilities, mf.mf_max_bands, mf.mf_max_color);
	return (OFP_OK);
}

/*
 * Experimenters: of them we know flow monitors, EXT-187.
 */

static void
print_monitor(struct ofp_text *tx, const struct ofp_monitor *mo)
{
	ofp_text_add(tx, "\n  id=%u flags=0x%x table=%u out_port=",
	    mo->mo_id, mo->mo_flags, mo->mo_table);
	ofp_print_port_no(tx, mo->mo_out_port);
	ofp_print_match_behind(tx, &mo->mo_match, false);
}

static void
print_update(struct ofp_text *tx, const struct ofp_flow_update *fu)
{
	static const char *const events[] = { "added", "deleted", "modified",
	    "abbrev" };

	ofp_text_add(tx, "\n  %s", fu->fu_event < nitems(events) ?
	    events[fu->fu_event] : "?");
	if (fu->fu_event == OFP_FME_ABBREV) {
		ofp_text_add(tx, " xid=0x%x", fu->fu_xid);
		return;
	}
	ofp_text_add(tx, " reason=%u table=%u priority=%u cookie=0x%llx "
	    "idle=%u hard=%u", fu->fu_reason, fu->fu_table, fu->fu_priority,
	    (unsigned long long)fu->fu_cookie, fu->fu_idle, fu->fu_hard);
	ofp_print_match_behind(tx, &fu->fu_match, false);
	ofp_text_add(tx, " ");
	ofp_print_instructions(tx, fu->fu_instr);
}

static enum ofp_error
print_experimenter(struct ofp_text *tx, bool reply, struct ofp_rd *rd)
{
	struct ofp_experimenter	ex;
	struct ofp_monitor	mo;
	struct ofp_flow_update	fu;
	enum ofp_error		error;

	if ((error = ofp_experimenter_decode(rd, &ex)) != OFP_OK)
		return (error);
	ofp_text_add(tx, " id=0x%08x type=%u", ex.ex_id, ex.ex_type);
	if (ex.ex_id != OFP_ONF_EXPERIMENTER ||
	    ex.ex_type != OFP_ONF_FLOW_MONITOR) {
		ofp_text_add(tx, " data=%zu", ofp_rd_left(rd));
		return (OFP_OK);
	}
	if (reply) {
		while (ofp_flow_update_next(rd, &fu, &error))
			print_update(tx, &fu);
	} else {
		while (ofp_monitor_next(rd, &mo, &error))
			print_monitor(tx, &mo);
	}
	return (error);
}

static enum ofp_error
print_request(struct ofp_text *tx, uint16_t type, struct ofp_rd *rd)
{
	switch (type) {
	case OFP_MP_FLOW:
	case OFP_MP_AGGREGATE:
		return (request_flow(tx, rd));
	case OFP_MP_PORT_STATS:
		return (request_port(tx, rd));
	case OFP_MP_QUEUE:
		return (request_queue(tx, rd));
	case OFP_MP_GROUP:
		return (request_id(tx, rd, "group", OFP_G_ALL));
	case OFP_MP_METER:
	case OFP_MP_METER_CONFIG:
		return (request_id(tx, rd, "meter", OFP_M_ALL));
	case OFP_MP_TABLE_FEATURES:
		return (each_table_features(tx, rd));
	case OFP_MP_EXPERIMENTER:
		return (print_experimenter(tx, false, rd));
	default:
		return (ofp_rd_left(rd) != 0 ? OFP_BRC_BAD_LEN : OFP_OK);
	}
}

static enum ofp_error
print_reply(struct ofp_text *tx, uint16_t type, struct ofp_rd *rd)
{
	switch (type) {
	case OFP_MP_DESC:
		return (reply_desc(tx, rd));
	case OFP_MP_FLOW:
		return (each_flow_stats(tx, rd));
	case OFP_MP_AGGREGATE:
		return (reply_aggregate(tx, rd));
	case OFP_MP_TABLE:
		return (each_table_stats(tx, rd));
	case OFP_MP_PORT_STATS:
		return (each_port_stats(tx, rd));
	case OFP_MP_QUEUE:
		return (each_queue_stats(tx, rd));
	case OFP_MP_GROUP:
		return (each_group_stats(tx, rd));
	case OFP_MP_GROUP_DESC:
		return (each_group_desc(tx, rd));
	case OFP_MP_GROUP_FEATURES:
		return (reply_group_features(tx, rd));
	case OFP_MP_METER:
		return (each_meter_stats(tx, rd));
	case OFP_MP_METER_CONFIG:
		return (each_meter_config(tx, rd));
	case OFP_MP_METER_FEATURES:
		return (reply_meter_features(tx, rd));
	case OFP_MP_TABLE_FEATURES:
		return (each_table_features(tx, rd));
	case OFP_MP_PORT_DESC:
		return (each_port(tx, rd));
	case OFP_MP_EXPERIMENTER:
		return (print_experimenter(tx, true, rd));
	default:
		ofp_text_add(tx, " data=%zu", ofp_rd_left(rd));
		return (OFP_OK);
	}
}

enum ofp_error
ofp_print_mp(struct ofp_text *tx, const struct ofp_hdr *h, struct ofp_rd *rd)
{
	struct ofp_mp	mp;
	enum ofp_error	error;
	bool		reply = h->h_type == OFP_T_MULTIPART_REPLY;
	const char	*name;

	if ((error = ofp_mp_decode(rd, reply, &mp)) != OFP_OK)
		return (error);
	name = ofp_mp_name(mp.mp_type);
	ofp_text_add(tx, " %s%s", name != NULL ? name : "?",
	    mp.mp_flags & OFP_MPF_MORE ? " more" : "");
	return (reply ? print_reply(tx, mp.mp_type, rd) :
	    print_request(tx, mp.mp_type, rd));
}
