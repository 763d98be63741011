/*
 * SPDX-License-Identifier: ISC
 *
 * ofp_group.c: groups with their buckets.
 *
 * What a group mod may say is checked here as far as the message alone tells;
 * which groups and ports exist is for the switch.
 */
#include "ofp_group.h"
#include "ofp_msg.h"

/*
 * Buckets.
 */

static enum ofp_error
bucket_decode(struct ofp_rd *rd, struct ofp_bucket *b)
{
	uint16_t	len;

	len = ofp_rd_u16(rd);
	b->b_weight = ofp_rd_u16(rd);
	b->b_watch_port = ofp_rd_u32(rd);
	b->b_watch_group = ofp_rd_u32(rd);
	ofp_rd_skip(rd, 4);
	if (ofp_rd_err(rd) || len < OFP_BUCKET_LEN || (len & 7) != 0)
		return (OFP_GMFC_BAD_BUCKET);
	ofp_rd_sub(rd, len - OFP_BUCKET_LEN, &b->b_actions);
	if (ofp_rd_err(rd))
		return (OFP_GMFC_BAD_BUCKET);
	return (ofp_actions_check(b->b_actions, NULL, true));
}

bool
ofp_bucket_next(struct ofp_rd *rd, struct ofp_bucket *b, enum ofp_error *err)
{
	enum ofp_error	error;

	*err = OFP_OK;
	if (ofp_rd_left(rd) == 0)
		return (false);
	if ((error = bucket_decode(rd, b)) != OFP_OK) {
		*err = error;
		return (false);
	}
	return (true);
}

void
ofp_bucket_encode(struct ofp_wr *wr, const struct ofp_bucket *b)
{
	ofp_wr_u16(wr, (uint16_t)(OFP_BUCKET_LEN + b->b_actions.rd_left));
	ofp_wr_u16(wr, b->b_weight);
	ofp_wr_u32(wr, b->b_watch_port);
	ofp_wr_u32(wr, b->b_watch_group);
	ofp_wr_zero(wr, 4);
	ofp_wr_bytes(wr, b->b_actions.rd_p, b->b_actions.rd_left);
}

/*
 * GROUP_MOD, 7.3.4.2.
 */

/* What the type of the group says of each bucket, 5.6.1. */
static enum ofp_error
bucket_check(const struct ofp_group *g, const struct ofp_bucket *b)
{
	if (g->g_type != OFP_GT_SELECT && b->b_weight != 0)
		return (OFP_GMFC_INVALID_GROUP);
	if (g->g_type == OFP_GT_FF && b->b_watch_port == OFP_P_ANY &&
	    b->b_watch_group == OFP_G_ANY)
		return (OFP_GMFC_BAD_WATCH);
	return (OFP_OK);
}

static enum ofp_error
buckets_check(const struct ofp_group *g)
{
	struct ofp_rd		rd = g->g_buckets;
	struct ofp_bucket	b;
	enum ofp_error		error = OFP_OK, one;
	unsigned int		n = 0;

	while (ofp_bucket_next(&rd, &b, &error)) {
		if ((one = bucket_check(g, &b)) != OFP_OK)
			return (one);
		n++;
	}
	if (error == OFP_OK && g->g_type == OFP_GT_INDIRECT && n != 1)
		return (OFP_GMFC_INVALID_GROUP);
	return (error);
}

enum ofp_error
ofp_group_decode(struct ofp_rd *rd, struct ofp_group *g)
{
	g->g_command = ofp_rd_u16(rd);
	g->g_type = ofp_rd_u8(rd);
	ofp_rd_skip(rd, 1);
	g->g_id = ofp_rd_u32(rd);
	if (ofp_rd_err(rd))
		return (OFP_BRC_BAD_LEN);
	ofp_rd_sub(rd, ofp_rd_left(rd), &g->g_buckets);
	if (g->g_command > OFP_GC_DELETE)
		return (OFP_GMFC_BAD_COMMAND);
	if (g->g_command == OFP_GC_DELETE) {
		if (ofp_rd_left(&g->g_buckets) != 0 ||
		    (g->g_id > OFP_G_MAX && g->g_id != OFP_G_ALL))
			return (OFP_GMFC_INVALID_GROUP);
		return (OFP_OK);
	}
	if (g->g_type >= OFP_GT_COUNT)
		return (OFP_GMFC_BAD_TYPE);
	if (g->g_id > OFP_G_MAX)
		return (OFP_GMFC_INVALID_GROUP);
	return (buckets_check(g));
}

void
ofp_group_encode(struct ofp_wr *wr, uint32_t xid, const struct ofp_group *g)
{
	size_t	start;

	start = ofp_msg_begin(wr, OFP_VERSION_13, OFP_T_GROUP_MOD, xid);
	ofp_wr_u16(wr, g->g_command);
	ofp_wr_u8(wr, g->g_type);
	ofp_wr_zero(wr, 1);
	ofp_wr_u32(wr, g->g_id);
	ofp_wr_bytes(wr, g->g_buckets.rd_p, g->g_buckets.rd_left);
	ofp_msg_end(wr, start);
}
