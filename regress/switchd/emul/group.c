/*
 * SPDX-License-Identifier: ISC
 *
 * group.c: groups: kept as their bytes, and refused as the model's row says.
 */
#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "emul.h"

#define GROUPS	32

const struct group *
group_find(uint32_t id)
{
	struct group	*gr;

	TAILQ_FOREACH(gr, &em.em_groups, gr_entry)
		if (gr->gr_id == id)
			return (gr);
	return (NULL);
}

/* Outputs only, to ports that are there; HP: one a bucket. */
static enum ofp_error
group_check(const struct ofp_group *g)
{
	struct ofp_rd		rd = g->g_buckets, acts;
	struct ofp_bucket	b;
	struct ofp_action	ac;
	enum ofp_error		error;
	bool			one = em.em_model->mo_quirks & MQ_GROUP_ONE;
	unsigned int		n;

	if (one && g->g_type != OFP_GT_ALL)
		return (OFP_GMFC_BAD_TYPE);
	while (ofp_bucket_next(&rd, &b, &error)) {
		if ((error = check_actions(b.b_actions, NULL)) != OFP_OK)
			return (error);
		acts = b.b_actions;
		for (n = 0; ofp_action_next(&acts, &ac, &error); n++)
			if (one && ac.ac_type != OFP_AT_OUTPUT)
				return (OFP_GMFC_BAD_BUCKET);
		if (one && n != 1)
			return (OFP_GMFC_BAD_BUCKET);
	}
	return (error);
}

static void
group_free(struct group *gr)
{
	TAILQ_REMOVE(&em.em_groups, gr, gr_entry);
	free(gr);
}

static void
group_delete(uint32_t id)
{
	struct group	*gr, *next;

	for (gr = TAILQ_FIRST(&em.em_groups); gr != NULL; gr = next) {
		next = TAILQ_NEXT(gr, gr_entry);
		if (id != OFP_G_ALL && gr->gr_id != id)
			continue;
		flow_group_gone(gr->gr_id);
		group_free(gr);
	}
}

static enum ofp_error
group_put(const struct ofp_group *g)
{
	size_t		 len = ofp_rd_left(&g->g_buckets);
	struct group	*gr, *at;
	enum ofp_error	 error;
	unsigned int	 n = 0;

	if ((error = group_check(g)) != OFP_OK)
		return (error);
	TAILQ_FOREACH(at, &em.em_groups, gr_entry) {
		n++;
		if (at->gr_id == g->g_id)
			break;
	}
	if (g->g_command == OFP_GC_ADD && at != NULL)
		return (OFP_GMFC_GROUP_EXISTS);
	if (g->g_command == OFP_GC_MODIFY && at == NULL)
		return (OFP_GMFC_UNKNOWN_GROUP);
	if (at == NULL && n == GROUPS)
		return (OFP_GMFC_OUT_OF_GROUPS);
	if ((gr = calloc(1, sizeof(*gr) + len)) == NULL)
		err(1, NULL);
	gr->gr_id = g->g_id;
	gr->gr_type = g->g_type;
	gr->gr_len = len;
	if (len > 0)
		memcpy(gr->gr_buckets, g->g_buckets.rd_p, len);
	if (at != NULL)
		group_free(at);
	TAILQ_INSERT_TAIL(&em.em_groups, gr, gr_entry);
	return (OFP_OK);
}

enum ofp_error
group_mod(struct ofp_rd *rd)
{
	struct ofp_group	g;
	enum ofp_error		error;

	if ((error = ofp_group_decode(rd, &g)) != OFP_OK)
		return (error);
	if (g.g_command == OFP_GC_DELETE) {
		group_delete(g.g_id);
		return (OFP_OK);
	}
	if (em.em_model->mo_quirks & MQ_NO_GROUP)
		return (OFP_BRC_BAD_TYPE);
	return (group_put(&g));
}

void
group_desc(uint32_t xid)
{
	struct ofp_group_desc	 gd;
	struct group		*gr;
	size_t			 start;

	start = ofp_mp_begin(&em.em_wr, true, xid, OFP_MP_GROUP_DESC);
	TAILQ_FOREACH(gr, &em.em_groups, gr_entry) {
		gd.gd_type = gr->gr_type;
		gd.gd_id = gr->gr_id;
		ofp_rd_init(&gd.gd_buckets, gr->gr_buckets, gr->gr_len);
		ofp_group_desc_encode(&em.em_wr, &gd);
	}
	ofp_mp_end(&em.em_wr, start, false);
}

void
group_features(uint32_t xid)
{
	struct ofp_group_features	gf;
	size_t				start;

	memset(&gf, 0, sizeof(gf));
	gf.gf_types = BIT(OFP_GT_ALL);
	if ((em.em_model->mo_quirks & MQ_GROUP_ONE) == 0)
		gf.gf_types |= BIT(OFP_GT_INDIRECT);
	gf.gf_max[OFP_GT_ALL] = gf.gf_max[OFP_GT_INDIRECT] = GROUPS;
	gf.gf_actions[OFP_GT_ALL] = BIT(OFP_AT_OUTPUT);
	gf.gf_actions[OFP_GT_INDIRECT] = BIT(OFP_AT_OUTPUT);
	start = ofp_mp_begin(&em.em_wr, true, xid, OFP_MP_GROUP_FEATURES);
	ofp_group_features_encode(&em.em_wr, &gf);
	ofp_mp_end(&em.em_wr, start, false);
}

void
group_clear(void)
{
	group_delete(OFP_G_ALL);
}
