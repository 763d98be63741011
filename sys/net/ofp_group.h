/*
 * SPDX-License-Identifier: ISC
 *
 * ofp_group.h: groups with their buckets, meters with their bands, queues.
 * Lists stay on the wire, as actions do: check once, then walk.
 */
#ifndef _NET_OFP_GROUP_H_
#define _NET_OFP_GROUP_H_

#include "ofp_action.h"

/* GROUP_MOD, 7.3.4.2. */
struct ofp_group {
	uint16_t	g_command;
	uint8_t		g_type;
	uint32_t	g_id;
	struct ofp_rd	g_buckets;	/* framing checked */
};
struct ofp_bucket {
	uint16_t	b_weight;
	uint32_t	b_watch_port, b_watch_group;
	struct ofp_rd	b_actions;	/* checked list */
};
/*
 * GROUP_MOD_FAILED/BAD_COMMAND, BAD_TYPE, BAD_BUCKET (framing), INVALID_GROUP
 * (reserved id; a delete with buckets; not one bucket in an indirect group; a
 * weight outside a select group), BAD_WATCH (fast failover without a watch),
 * and the errors of actions.  Which groups and ports exist is for the switch.
 */
enum ofp_error ofp_group_decode(struct ofp_rd *, struct ofp_group *);
void	ofp_group_encode(struct ofp_wr *, uint32_t xid,
	    const struct ofp_group *);
/* b_actions are checked: BAD_BUCKET or an error of actions in *err. */
bool	ofp_bucket_next(struct ofp_rd *, struct ofp_bucket *,
	    enum ofp_error *);
void	ofp_bucket_encode(struct ofp_wr *, const struct ofp_bucket *);

/* METER_MOD, 7.3.4.4. */
struct ofp_meter {
	uint16_t	m_command;
	uint16_t	m_flags;
	uint32_t	m_id;
	struct ofp_rd	m_bands;	/* framing checked */
};
struct ofp_band {
	uint16_t	bd_type;
	uint32_t	bd_rate, bd_burst;
	uint8_t		bd_prec;	/* DSCP remark */
	uint32_t	bd_experimenter;
};
/*
 * METER_MOD_FAILED/BAD_COMMAND, BAD_FLAGS (unknown, both units), INVALID_METER
 * (0, reserved), BAD_BAND (type or length), BAD_RATE (0), BAD_BAND_DETAIL
 * (prec_level).  Of a delete only command and id are looked at.
 */
enum ofp_error ofp_meter_decode(struct ofp_rd *, struct ofp_meter *);
void	ofp_meter_encode(struct ofp_wr *, uint32_t xid,
	    const struct ofp_meter *);
/* Framing and type only: BAD_BAND in *err. */
bool	ofp_band_next(struct ofp_rd *, struct ofp_band *, enum ofp_error *);
void	ofp_band_encode(struct ofp_wr *, const struct ofp_band *);

/* QUEUE_GET_CONFIG, 7.3.6. */
struct ofp_queue {
	uint32_t	q_port, q_id;
	uint16_t	q_min, q_max;	/* 1/10 %, 0xffff: not configured */
};
enum ofp_error ofp_queue_request_decode(struct ofp_rd *, uint32_t *port);
void	ofp_queue_request_encode(struct ofp_wr *, uint32_t xid, uint32_t port);
enum ofp_error ofp_queue_reply_decode(struct ofp_rd *, uint32_t *port);
/* Properties we do not know are passed over. */
bool	ofp_queue_next(struct ofp_rd *, struct ofp_queue *, enum ofp_error *);
/* Begin with the port, then queues one by one, end with ofp_msg_end. */
size_t	ofp_queue_reply_begin(struct ofp_wr *, uint32_t xid, uint32_t port);
void	ofp_queue_encode(struct ofp_wr *, const struct ofp_queue *);

#endif /* _NET_OFP_GROUP_H_ */
