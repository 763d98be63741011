/*
 * SPDX-License-Identifier: ISC
 *
 * recode_mp.c: see recode.h; multipart requests and replies of 1.3.
 */
#include "ofp_monitor.h"
#include "ofp_mp.h"
#include "recode.h"

static enum ofp_error
mp_empty(struct ofp_rd *rd, struct ofp_wr *wr)
{
	return (ofp_rd_left(rd) == 0 ? OFP_OK : OFP_BRC_BAD_LEN);
}

static enum ofp_error
mp_flow_req(struct ofp_rd *rd, struct ofp_wr *wr)
{
	struct ofp_flow_req	fq;
	enum ofp_error		error;

	if ((error = ofp_flow_req_decode(rd, &fq)) == OFP_OK)
		ofp_flow_req_encode(wr, &fq);
	return (error);
}

static enum ofp_error
mp_port_req(struct ofp_rd *rd, struct ofp_wr *wr)
{
	enum ofp_error	error;
	uint32_t	port;

	if ((error = ofp_port_req_decode(rd, &port)) == OFP_OK)
		ofp_port_req_encode(wr, port);
	return (error);
}

static enum ofp_error
mp_queue_req(struct ofp_rd *rd, struct ofp_wr *wr)
{
	enum ofp_error	error;
	uint32_t	port, queue;

	if ((error = ofp_queue_req_decode(rd, &port, &queue)) == OFP_OK)
		ofp_queue_req_encode(wr, port, queue);
	return (error);
}

static enum ofp_error
mp_id_req(struct ofp_rd *rd, struct ofp_wr *wr)
{
	enum ofp_error	error;
	uint32_t	id;

	if ((error = ofp_id_req_decode(rd, &id)) == OFP_OK)
		ofp_id_req_encode(wr, id);
	return (error);
}

/* Bodies that are one struct, and those that are entries with an encoder. */
#define ONE(kind)							\
static enum ofp_error							\
mp_##kind(struct ofp_rd *rd, struct ofp_wr *wr)				\
{									\
	struct ofp_##kind	body;					\
	enum ofp_error		error;					\
									\
	if ((error = ofp_##kind##_decode(rd, &body)) == OFP_OK)		\
		ofp_##kind##_encode(wr, &body);				\
	return (error);							\
}
ONE(desc)
ONE(aggregate)
ONE(group_features)
ONE(meter_features)

#define EACH(kind)							\
static enum ofp_error							\
mp_##kind(struct ofp_rd *rd, struct ofp_wr *wr)				\
{									\
	struct ofp_##kind	e;					\
	enum ofp_error		error;					\
									\
	while (ofp_##kind##_next(rd, &e, &error))			\
		ofp_##kind##_encode(wr, &e);				\
	return (error);							\
}
EACH(table_stats)
EACH(port_stats)
EACH(queue_stats)
EACH(table_features)

/* The instructions of an entry are checked as those of a flow mod are. */
static enum ofp_error
mp_flow_stats(struct ofp_rd *rd, struct ofp_wr *wr)
{
	struct ofp_flow_stats	fs;
	struct ofp_rd		instr;
	enum ofp_error		error, inner;

	while (ofp_flow_stats_next(rd, &fs, &error)) {
		instr = fs.fs_instr;
		inner = ofp_instructions_decode(&instr, &fs.fs_match, NULL);
		if (inner != OFP_OK)
			return (inner);
		ofp_flow_stats_encode(wr, &fs);
	}
	return (error);
}

static enum ofp_error
mp_group_stats(struct ofp_rd *rd, struct ofp_wr *wr)
{
	struct ofp_group_stats	gs;
	enum ofp_error		error;
	size_t			start;

	while (ofp_group_stats_next(rd, &gs, &error)) {
		start = ofp_group_stats_begin(wr, &gs);
		while (ofp_rd_left(&gs.gs_buckets) > 0)
			ofp_wr_u64(wr, ofp_rd_u64(&gs.gs_buckets));
		ofp_group_stats_end(wr, start);
	}
	return (error);
}

static enum ofp_error
mp_meter_stats(struct ofp_rd *rd, struct ofp_wr *wr)
{
	struct ofp_meter_stats	ms;
	enum ofp_error		error;
	size_t			start;

	while (ofp_meter_stats_next(rd, &ms, &error)) {
		start = ofp_meter_stats_begin(wr, &ms);
		while (ofp_rd_left(&ms.ms_bands) > 0)
			ofp_wr_u64(wr, ofp_rd_u64(&ms.ms_bands));
		ofp_meter_stats_end(wr, start);
	}
	return (error);
}

static enum ofp_error
mp_group_desc(struct ofp_rd *rd, struct ofp_wr *wr)
{
	static uint8_t		buf[OFP_MSG_MAX];
	struct ofp_group_desc	gd;
	struct ofp_bucket	b;
	struct ofp_wr		list;
	enum ofp_error		error, inner;

	while (ofp_group_desc_next(rd, &gd, &error)) {
		ofp_wr_init(&list, buf, sizeof(buf));
		while (ofp_bucket_next(&gd.gd_buckets, &b, &inner))
			ofp_bucket_encode(&list, &b);
		if (inner != OFP_OK)
			return (inner);
		ofp_rd_init(&gd.gd_buckets, buf, ofp_wr_pos(&list));
		ofp_group_desc_encode(wr, &gd);
	}
	return (error);
}

static enum ofp_error
mp_meter_config(struct ofp_rd *rd, struct ofp_wr *wr)
{
	static uint8_t		buf[OFP_MSG_MAX];
	struct ofp_meter_config	mc;
	struct ofp_band		bd;
	struct ofp_wr		list;
	enum ofp_error		error, inner;

	while (ofp_meter_config_next(rd, &mc, &error)) {
		ofp_wr_init(&list, buf, sizeof(buf));
		while (ofp_band_next(&mc.mc_bands, &bd, &inner))
			ofp_band_encode(&list, &bd);
		if (inner != OFP_OK)
			return (inner);
		ofp_rd_init(&mc.mc_bands, buf, ofp_wr_pos(&list));
		ofp_meter_config_encode(wr, &mc);
	}
	return (error);
}

static enum ofp_error
mp_port_desc(struct ofp_rd *rd, struct ofp_wr *wr)
{
	struct ofp_port	po;
	enum ofp_error	error;

	while (ofp_rd_left(rd) > 0) {
		if ((error = ofp_port_decode(rd, &po)) != OFP_OK)
			return (error);
		ofp_port_encode(wr, &po);
	}
	return (OFP_OK);
}

typedef enum ofp_error mp_fn(struct ofp_rd *, struct ofp_wr *);

static const struct {
	mp_fn	*request, *reply;
} mp_rows[OFP_MP_COUNT] = {
[OFP_MP_DESC] =			{ mp_empty, mp_desc },
[OFP_MP_FLOW] =			{ mp_flow_req, mp_flow_stats },
[OFP_MP_AGGREGATE] =		{ mp_flow_req, mp_aggregate },
[OFP_MP_TABLE] =		{ mp_empty, mp_table_stats },
[OFP_MP_PORT_STATS] =		{ mp_port_req, mp_port_stats },
[OFP_MP_QUEUE] =		{ mp_queue_req, mp_queue_stats },
[OFP_MP_GROUP] =		{ mp_id_req, mp_group_stats },
[OFP_MP_GROUP_DESC] =		{ mp_empty, mp_group_desc },
[OFP_MP_GROUP_FEATURES] =	{ mp_empty, mp_group_features },
[OFP_MP_METER] =		{ mp_id_req, mp_meter_stats },
[OFP_MP_METER_CONFIG] =		{ mp_id_req, mp_meter_config },
[OFP_MP_METER_FEATURES] =	{ mp_empty, mp_meter_features },
[OFP_MP_TABLE_FEATURES] =	{ mp_table_features, mp_table_features },
[OFP_MP_PORT_DESC] =		{ mp_empty, mp_port_desc },
};

/* Flow monitors, EXT-187; other experimenters are copied. */
static enum ofp_error
mp_experimenter(struct recode *rc, bool reply)
{
	struct ofp_experimenter	ex;
	struct ofp_monitor	mo;
	struct ofp_flow_update	fu;
	enum ofp_error		error;

	if ((error = ofp_experimenter_decode(&rc->rc_rd, &ex)) != OFP_OK)
		return (error);
	if (ex.ex_id != OFP_ONF_EXPERIMENTER ||
	    ex.ex_type != OFP_ONF_FLOW_MONITOR)
		return (recode_copy(rc, OFP_OK));
	if (reply) {
		while (ofp_flow_update_next(&rc->rc_rd, &fu, &error))
			;
	} else {
		while (ofp_monitor_next(&rc->rc_rd, &mo, &error))
			;
	}
	return (recode_copy(rc, error));
}

enum ofp_error
recode_mp(struct recode *rc)
{
	bool		reply = rc->rc_h.h_type == OFP_T_MULTIPART_REPLY;
	struct ofp_mp	mp;
	enum ofp_error	error;
	size_t		start;

	if ((error = ofp_mp_decode(&rc->rc_rd, reply, &mp)) != OFP_OK)
		return (error);
	if (mp.mp_type == OFP_MP_EXPERIMENTER)
		return (mp_experimenter(rc, reply));
	if (mp.mp_type >= OFP_MP_COUNT)
		return (recode_copy(rc, OFP_OK));
	start = ofp_mp_begin(rc->rc_wr, reply, rc->rc_h.h_xid, mp.mp_type);
	error = (reply ? mp_rows[mp.mp_type].reply :
	    mp_rows[mp.mp_type].request)(&rc->rc_rd, rc->rc_wr);
	ofp_mp_end(rc->rc_wr, start, (mp.mp_flags & OFP_MPF_MORE) != 0);
	return (error);
}
