/*
 * SPDX-License-Identifier: ISC
 *
 * switch_group.c: groups (1.3.5, 5.6).
 *
 * A group is an id with counters, and a configuration (type and buckets) that
 * is replaced as a whole.  A bucket's actions are compiled in the order of an
 * action set when they come.  Groups may name groups; a configuration that
 * would close a loop, or a chain of more than SWITCH_GROUP_DEPTH, is refused,
 * so a packet's work is bounded.
 *
 * Each bucket works on a handle of its own, and on a copy of the pass, so that
 * nothing leaks back to the caller (5.6.1).
 */
#include "switch_pass.h"

#define NS		1000000000ULL
/* What one packet may make: so many buckets run, or are looked at. */
#define MAX_WORK	65536U
#define BUCKET_WORK	64
#define LOOK_WORK	1

#define BUCKET(sc, id)	(&(sc)->sc_groups[(id) % SWITCH_GROUP_HASH])

static struct switch_group *
group_find(struct switch_softc *sc, uint32_t id)
{
	struct switch_group	*gr;

	for (gr = SMR_PTR_GET_EITHER(BUCKET(sc, id), &sc->sc_mutex);
	    gr != NULL;
	    gr = SMR_PTR_GET_EITHER(&gr->gr_hnext, &sc->sc_mutex))
		if (gr->gr_id == id)
			break;
	return (gr);
}

struct switch_group *
switch_group_find(struct switch_softc *sc, uint32_t id)
{
	struct switch_group	*gr;

	smr_read_enter();
	gr = group_find(sc, id);
	smr_read_leave();
	return (gr);
}

struct switch_group *
switch_group_from(struct switch_softc *sc, uint32_t id)
{
	struct switch_group	*gr;

	KERN_MUTEX_ASSERT(&sc->sc_mutex);
	TAILQ_FOREACH(gr, &sc->sc_grouplist, gr_entry)
		if (gr->gr_id >= id)
			break;
	return (gr);
}

/* Once for each group and mark: whoever names it twice refers to it once. */
static bool
group_ref(struct switch_softc *sc, struct switch_group *gr, void *arg)
{
	if (gr->gr_mark != sc->sc_groupmark)
		gr->gr_refs += *(int *)arg;
	gr->gr_mark = sc->sc_groupmark;
	return (true);
}

void
switch_group_ref(struct switch_softc *sc, uint32_t id, int n)
{
	struct switch_group	*gr = switch_group_find(sc, id);

	if (gr != NULL)
		(void)group_ref(sc, gr, &n);
}

/*
 * Liveness, 6.5.  Groups that watch groups form a graph: so many of them in a
 * row, and the work that one packet may make, bound the walk.
 */
static bool	group_live(struct switch_pass *, uint32_t, unsigned int);

static bool
bucket_live(struct switch_pass *ps, const struct switch_bucket *sb,
    unsigned int depth)
{
	if (sb->sb_watch_port == OFP_P_ANY && sb->sb_watch_group == OFP_G_ANY)
		return (true);
	if (ps->ps_work >= MAX_WORK)
		return (false);
	ps->ps_work += LOOK_WORK;
	if (sb->sb_watch_port != OFP_P_ANY &&
	    switch_port_live(ps->ps_sc, sb->sb_watch_port))
		return (true);
	return (sb->sb_watch_group != OFP_G_ANY &&
	    depth < SWITCH_GROUP_DEPTH &&
	    group_live(ps, sb->sb_watch_group, depth + 1));
}

/* A group is live when a bucket is. */
static bool
group_live(struct switch_pass *ps, uint32_t id, unsigned int depth)
{
	struct switch_group		*gr = group_find(ps->ps_sc, id);
	const struct switch_group_conf	*gc;
	uint32_t			 i;

	if (gr == NULL)
		return (false);
	gc = SMR_PTR_GET(&gr->gr_conf);
	for (i = 0; i < gc->gc_nbuckets; i++)
		if (bucket_live(ps, &gc->gc_bucket[i], depth))
			return (true);
	return (false);
}

static bool
is_live(struct switch_pass *ps, const struct switch_bucket *sb)
{
	return (bucket_live(ps, sb, 0));
}

/*
 * A packet.
 */
static void
bucket_count(struct switch_pass *ps, struct switch_bucket *sb)
{
	kern_add64(&sb->sb_packets, ps->ps_packets);
	kern_add64(&sb->sb_bytes, ps->ps_pkt->pk_len);
}

/* On a second handle; what it changes is its own. */
static void
bucket_run(struct switch_pass *ps, const struct switch_group_conf *gc,
    struct switch_bucket *sb)
{
	struct switch_pass	 sub;
	struct pkt		 p;

	if (ps->ps_work >= MAX_WORK) {
		switch_count(ps->ps_sc, SWITCH_N_DEPTH);
		return;
	}
	ps->ps_work += BUCKET_WORK;
	bucket_count(ps, sb);
	if (pkt_dup(ps->ps_pkt, &p) != 0) {
		switch_count(ps->ps_sc, SWITCH_N_NOMEM);
		return;
	}
	sub = *ps;
	sub.ps_pkt = &p;
	sub.ps_trace = NULL;
	sub.ps_went = false;
	sub.ps_depth++;
	(void)switch_ops_run(&sub, gc->gc_ops + sb->sb_op, sb->sb_nop);
	switch_pass_end(&sub);
	ps->ps_work = sub.ps_work;
}

/*
 * A hash decides, weights say how much of its range is whose; only live
 * buckets take part.
 */
static struct switch_bucket *
group_select(struct switch_pass *ps, struct switch_group_conf *gc)
{
	struct switch_bucket	*sb;
	uint64_t		 sum = 0, x;
	uint32_t		 i;

	for (i = 0; i < gc->gc_nbuckets; i++)
		if (is_live(ps, &gc->gc_bucket[i]))
			sum += gc->gc_bucket[i].sb_weight;
	if (sum == 0)
		return (NULL);
	if (ps->ps_stale)
		switch_key_again(ps);
	x = switch_key_hash(&ps->ps_key, &ps->ps_hdr) * sum >> 32;
	for (i = 0; i < gc->gc_nbuckets; i++) {
		sb = &gc->gc_bucket[i];
		if (!is_live(ps, sb))
			continue;
		if (x < sb->sb_weight)
			return (sb);
		x -= sb->sb_weight;
	}
	return (NULL);			/* one died meanwhile */
}

static struct switch_bucket *
group_first_live(struct switch_pass *ps, struct switch_group_conf *gc)
{
	uint32_t	 i;

	for (i = 0; i < gc->gc_nbuckets; i++)
		if (is_live(ps, &gc->gc_bucket[i]))
			return (&gc->gc_bucket[i]);
	return (NULL);
}

void
switch_group_run(struct switch_pass *ps, uint32_t id)
{
	struct switch_group		*gr = group_find(ps->ps_sc, id);
	struct switch_group_conf	*gc;
	struct switch_bucket		*sb = NULL;
	uint32_t			 i;

	ps->ps_went = true;
	if (gr == NULL || ps->ps_depth >= SWITCH_GROUP_DEPTH) {
		switch_count(ps->ps_sc, gr == NULL ? SWITCH_N_NO_GROUP :
		    SWITCH_N_DEPTH);
		return;
	}
	kern_add64(&gr->gr_packets, ps->ps_packets);
	kern_add64(&gr->gr_bytes, ps->ps_pkt->pk_len);
	gc = SMR_PTR_GET(&gr->gr_conf);
	if (gc->gc_type == OFP_GT_ALL || gc->gc_type == OFP_GT_INDIRECT) {
		for (i = 0; i < gc->gc_nbuckets; i++)
			bucket_run(ps, gc, &gc->gc_bucket[i]);
		return;
	}
	sb = gc->gc_type == OFP_GT_SELECT ? group_select(ps, gc) :
	    group_first_live(ps, gc);
	if (sb != NULL)
		bucket_run(ps, gc, sb);
	else
		switch_count(ps->ps_sc, SWITCH_N_NO_BUCKET);
}

/*
 * Group mod, 7.3.4.2: first every check that its decoder could not make, then
 * the making.
 */
static enum ofp_error
watch_check(struct switch_softc *sc, const struct ofp_group *g,
    const struct ofp_bucket *b)
{
	if (sc->sc_undoing ||
	    (g->g_type != OFP_GT_FF && g->g_type != OFP_GT_SELECT))
		return (OFP_OK);	/* says nothing, or did before */
	if (b->b_watch_port != OFP_P_ANY &&
	    switch_port_find(sc, b->b_watch_port) == NULL)
		return (OFP_GMFC_BAD_WATCH);
	if (b->b_watch_group != OFP_G_ANY && (b->b_watch_group == g->g_id ||
	    group_find(sc, b->b_watch_group) == NULL))
		return (OFP_GMFC_BAD_WATCH);
	return (OFP_OK);
}

static enum ofp_error
bucket_check(struct switch_softc *sc, const struct ofp_group *g,
    const struct ofp_bucket *b)
{
	struct ofp_rd		 rd = b->b_actions;
	struct ofp_action	 ac;
	enum ofp_error		 err;

	err = watch_check(sc, g, b);
	if (err != OFP_OK)
		return (err);
	while (ofp_action_next(&rd, &ac, &err))
		if (ac.ac_type == OFP_AT_GROUP && ac.u.group == g->g_id)
			return (OFP_GMFC_LOOP);
	return (err != OFP_OK ? err :
	    switch_actions_check(sc, b->b_actions, false));
}

/* What a configuration needs, all checks passed. */
struct group_need {
	uint32_t	gn_buckets;
	uint32_t	gn_ops;		/* with room to compile sets in */
};

static enum ofp_error
group_check(struct switch_softc *sc, const struct ofp_group *g,
    struct group_need *gn)
{
	struct ofp_rd		 rd = g->g_buckets;
	struct ofp_bucket	 b;
	enum ofp_error		 err = OFP_OK;

	gn->gn_buckets = gn->gn_ops = 0;
	smr_read_enter();
	while (err == OFP_OK && ofp_bucket_next(&rd, &b, &err)) {
		if (gn->gn_buckets++ >= sc->sc_conf.sc_max_buckets &&
		    !sc->sc_undoing)
			err = OFP_GMFC_OUT_OF_BUCKETS;
		else
			err = bucket_check(sc, g, &b);
		gn->gn_ops += 2 * switch_actions_size(b.b_actions);
	}
	smr_read_leave();
	return (err);
}

static void
conf_free(void *arg)
{
	struct switch_group_conf	*gc = arg;

	kern_free(gc, gc->gc_size);
}

static struct switch_group_conf *
conf_new(const struct ofp_group *g, const struct group_need *gn)
{
	struct switch_group_conf	*gc;
	struct switch_bucket		*sb;
	struct ofp_rd			 rd = g->g_buckets;
	struct ofp_bucket		 b;
	enum ofp_error			 err;
	uint32_t			 nops = 0;
	size_t				 head, size;

	head = sizeof(*gc) + gn->gn_buckets * sizeof(*sb);
	size = head + gn->gn_ops * sizeof(union switch_op) +
	    g->g_buckets.rd_left;
	gc = kern_zalloc(size);
	if (gc == NULL)
		return (NULL);
	gc->gc_size = size;
	gc->gc_type = g->g_type;
	gc->gc_ops = (union switch_op *)((uint8_t *)gc + head);
	gc->gc_wire = (uint8_t *)(gc->gc_ops + gn->gn_ops);
	gc->gc_len = g->g_buckets.rd_left;
	if (gc->gc_len > 0)
		memcpy(gc->gc_wire, g->g_buckets.rd_p, gc->gc_len);
	while (ofp_bucket_next(&rd, &b, &err)) {
		sb = &gc->gc_bucket[gc->gc_nbuckets++];
		sb->sb_weight = b.b_weight;
		sb->sb_watch_port = b.b_watch_port;
		sb->sb_watch_group = b.b_watch_group;
		sb->sb_op = nops;
		sb->sb_nop = switch_actions_compile_set(b.b_actions,
		    gc->gc_ops + nops);
		nops += sb->sb_nop;
	}
	return (gc);
}

/* Call fn for each group that a configuration names; false stops. */
static bool
conf_groups(struct switch_softc *sc, const struct switch_group_conf *gc,
    bool (*fn)(struct switch_softc *, struct switch_group *, void *),
    void *arg)
{
	const union switch_op	*op, *end;
	struct switch_group	*gr;
	uint32_t		 i;

	for (i = 0; i < gc->gc_nbuckets; i++) {
		op = gc->gc_ops + gc->gc_bucket[i].sb_op;
		end = op + gc->gc_bucket[i].sb_nop;
		for (; op < end; op += op->op.words) {
			if (op->op.code != SWITCH_OP_GROUP)
				continue;
			gr = switch_group_find(sc, op->op.val);
			if (gr != NULL && !fn(sc, gr, arg))
				return (false);
		}
	}
	return (true);
}

static bool
above_visit(struct switch_softc *sc, struct switch_group *gr, void *arg)
{
	return (gr->gr_mark != sc->sc_groupmark ||
	    gr->gr_depth != *(unsigned int *)arg);
}

/* How many groups the longest chain has that leads to this one. */
static unsigned int
groups_above(struct switch_softc *sc, struct switch_group *gr)
{
	struct switch_group	*other;
	unsigned int		 n = 0;
	bool			 more = true;

	gr->gr_mark = ++sc->sc_groupmark;
	gr->gr_depth = 0;
	for (; more && n < SWITCH_GROUP_DEPTH; n += more) {
		more = false;
		TAILQ_FOREACH(other, &sc->sc_grouplist, gr_entry) {
			if (conf_groups(sc, SMR_PTR_GET_LOCKED(
			    &other->gr_conf), above_visit, &n))
				continue;
			other->gr_mark = sc->sc_groupmark;
			other->gr_depth = n + 1;
			more = true;
		}
	}
	return (n);
}

/*
 * A loop would lead from what the new configuration names back to the group.
 * A chain is too long with what leads to the group.
 */
struct loop_walk {
	uint32_t	lw_id;
	unsigned int	lw_depth;
	enum ofp_error	lw_err;
};

static bool
loop_visit(struct switch_softc *sc, struct switch_group *gr, void *arg)
{
	struct loop_walk	*lw = arg;
	bool			 go;

	if (gr->gr_id == lw->lw_id)
		lw->lw_err = OFP_GMFC_LOOP;
	else if (lw->lw_depth >= SWITCH_GROUP_DEPTH - 1)
		lw->lw_err = OFP_GMFC_CHAINING_UNSUPPORTED;
	if (lw->lw_err != OFP_OK)
		return (false);
	if (gr->gr_mark == sc->sc_groupmark && gr->gr_depth >= lw->lw_depth)
		return (true);		/* seen from no less deep */
	gr->gr_mark = sc->sc_groupmark;
	gr->gr_depth = lw->lw_depth;
	lw->lw_depth++;
	go = conf_groups(sc, SMR_PTR_GET_LOCKED(&gr->gr_conf), loop_visit, lw);
	lw->lw_depth--;
	return (go);
}

/* gr: the group that changes; NULL: a new one, to which nothing leads. */
static enum ofp_error
loop_check(struct switch_softc *sc, uint32_t id, struct switch_group *gr,
    const struct switch_group_conf *gc)
{
	struct loop_walk	lw = { id, 0, OFP_OK };

	sc->sc_groupmark++;
	if (conf_groups(sc, gc, loop_visit, &lw) && gr != NULL) {
		lw.lw_depth = groups_above(sc, gr);
		sc->sc_groupmark++;
		(void)conf_groups(sc, gc, loop_visit, &lw);
	}
	return (lw.lw_err);
}

static void
conf_refs(struct switch_softc *sc, const struct switch_group_conf *gc, int n)
{
	sc->sc_groupmark++;
	(void)conf_groups(sc, gc, group_ref, &n);
}

static void
group_link(struct switch_softc *sc, struct switch_group *gr)
{
	struct switch_group	*at = switch_group_from(sc, gr->gr_id);

	if (at != NULL)
		TAILQ_INSERT_BEFORE(at, gr, gr_entry);
	else
		TAILQ_INSERT_TAIL(&sc->sc_grouplist, gr, gr_entry);
	gr->gr_hnext = SMR_PTR_GET_LOCKED(BUCKET(sc, gr->gr_id));
	SMR_PTR_SET_LOCKED(BUCKET(sc, gr->gr_id), gr);
}

static bool
groups_full(const struct switch_softc *sc, uint8_t type)
{
	return (sc->sc_ngroups[type] >= sc->sc_conf.sc_max_groups &&
	    !sc->sc_undoing);
}

static enum ofp_error
group_add(struct switch_softc *sc, const struct ofp_group *g,
    const struct group_need *gn)
{
	struct switch_group	*gr;
	enum ofp_error		 err;

	if (groups_full(sc, g->g_type))
		return (OFP_GMFC_OUT_OF_GROUPS);
	gr = kern_zalloc(sizeof(*gr));
	if (gr == NULL)
		return (OFP_GMFC_OUT_OF_GROUPS);
	gr->gr_conf = conf_new(g, gn);
	if (gr->gr_conf == NULL) {
		kern_free(gr, sizeof(*gr));
		return (OFP_GMFC_OUT_OF_BUCKETS);
	}
	err = loop_check(sc, g->g_id, NULL, gr->gr_conf);
	if (err != OFP_OK) {
		conf_free(gr->gr_conf);
		kern_free(gr, sizeof(*gr));
		return (err);
	}
	gr->gr_id = g->g_id;
	gr->gr_created = kern_uptime_ns();
	conf_refs(sc, gr->gr_conf, 1);
	group_link(sc, gr);
	sc->sc_ngroups[g->g_type]++;
	return (OFP_OK);
}

/* Counters and duration of the group stay, those of buckets begin anew. */
static enum ofp_error
group_modify(struct switch_softc *sc, struct switch_group *gr,
    const struct ofp_group *g, const struct group_need *gn)
{
	struct switch_group_conf *gc, *old = SMR_PTR_GET_LOCKED(&gr->gr_conf);
	enum ofp_error		  err;

	if (g->g_type != old->gc_type && groups_full(sc, g->g_type))
		return (OFP_GMFC_OUT_OF_GROUPS);
	gc = conf_new(g, gn);
	if (gc == NULL)
		return (OFP_GMFC_OUT_OF_BUCKETS);
	err = loop_check(sc, g->g_id, gr, gc);
	if (err != OFP_OK) {
		conf_free(gc);
		return (err);
	}
	sc->sc_ngroups[old->gc_type]--;
	sc->sc_ngroups[gc->gc_type]++;
	conf_refs(sc, gc, 1);
	conf_refs(sc, old, -1);
	SMR_PTR_SET_LOCKED(&gr->gr_conf, gc);
	smr_call(&old->gc_smr, conf_free, old);
	return (OFP_OK);
}

static void
group_free(void *arg)
{
	kern_free(arg, sizeof(struct switch_group));
}

static void
group_delete(struct switch_softc *sc, struct switch_group *gr)
{
	struct switch_group_conf *gc = SMR_PTR_GET_LOCKED(&gr->gr_conf);
	struct switch_group	**gp = BUCKET(sc, gr->gr_id);

	if (gr->gr_refs > 0)
		switch_flows_of_group(sc, gr->gr_id);
	conf_refs(sc, gc, -1);
	TAILQ_REMOVE(&sc->sc_grouplist, gr, gr_entry);
	while (*gp != gr)
		gp = &(*gp)->gr_hnext;
	SMR_PTR_SET_LOCKED(gp, gr->gr_hnext);
	sc->sc_ngroups[gc->gc_type]--;
	smr_call(&gc->gc_smr, conf_free, gc);
	smr_call(&gr->gr_smr, group_free, gr);
}

static bool
is_visit(struct switch_softc *sc, struct switch_group *gr, void *arg)
{
	return (gr != arg);
}

bool
switch_group_chained(struct switch_softc *sc, struct switch_group *gr)
{
	struct switch_group	*other;

	TAILQ_FOREACH(other, &sc->sc_grouplist, gr_entry)
		if (other != gr && !conf_groups(sc,
		    SMR_PTR_GET_LOCKED(&other->gr_conf), is_visit, gr))
			return (true);
	return (false);
}

static enum ofp_error
group_remove(struct switch_softc *sc, const struct ofp_group *g)
{
	struct switch_group	*gr;

	if (g->g_id == OFP_G_ALL) {
		switch_groups_free(sc);
		return (OFP_OK);
	}
	gr = switch_group_find(sc, g->g_id);
	if (gr == NULL)
		return (OFP_OK);
	if (switch_group_chained(sc, gr))
		return (OFP_GMFC_CHAINED_GROUP);
	group_delete(sc, gr);
	return (OFP_OK);
}

enum ofp_error
switch_group_mod(struct switch_softc *sc, const struct ofp_group *g)
{
	struct switch_group	*gr;
	struct group_need	 gn;
	enum ofp_error		 err;

	KERN_MUTEX_ASSERT(&sc->sc_mutex);
	if (g->g_command == OFP_GC_DELETE)
		return (group_remove(sc, g));
	gr = switch_group_find(sc, g->g_id);
	if (g->g_command == OFP_GC_ADD && gr != NULL)
		return (OFP_GMFC_GROUP_EXISTS);
	err = group_check(sc, g, &gn);
	if (err != OFP_OK)
		return (err);
	if (g->g_command == OFP_GC_ADD)
		return (group_add(sc, g, &gn));
	if (gr == NULL)
		return (OFP_GMFC_UNKNOWN_GROUP);
	return (group_modify(sc, gr, g, &gn));
}

void
switch_groups_free(struct switch_softc *sc)
{
	struct switch_group	*gr;

	while ((gr = TAILQ_FIRST(&sc->sc_grouplist)) != NULL)
		group_delete(sc, gr);
}

/*
 * Reports.
 */
void
switch_group_stats(struct switch_group *gr, struct ofp_wr *wr)
{
	struct switch_group_conf *gc = SMR_PTR_GET_LOCKED(&gr->gr_conf);
	struct ofp_group_stats	  gs;
	uint64_t		  age = kern_uptime_ns() - gr->gr_created;
	size_t			  start;
	uint32_t		  i;

	memset(&gs, 0, sizeof(gs));
	gs.gs_id = gr->gr_id;
	gs.gs_refs = gr->gr_refs;
	gs.gs_packets = kern_load(&gr->gr_packets);
	gs.gs_bytes = kern_load(&gr->gr_bytes);
	gs.gs_sec = (uint32_t)kern_div64(age, NS);
	gs.gs_nsec = (uint32_t)(age - kern_div64(age, NS) * NS);
	start = ofp_group_stats_begin(wr, &gs);
	for (i = 0; i < gc->gc_nbuckets; i++) {
		ofp_wr_u64(wr, kern_load(&gc->gc_bucket[i].sb_packets));
		ofp_wr_u64(wr, kern_load(&gc->gc_bucket[i].sb_bytes));
	}
	ofp_group_stats_end(wr, start);
}

void
switch_group_desc(struct switch_group *gr, struct ofp_group_desc *gd)
{
	struct switch_group_conf *gc = SMR_PTR_GET_LOCKED(&gr->gr_conf);

	gd->gd_type = gc->gc_type;
	gd->gd_id = gr->gr_id;
	ofp_rd_init(&gd->gd_buckets, gc->gc_wire, gc->gc_len);
}

void
switch_group_features(struct switch_softc *sc, struct ofp_group_features *gf)
{
	static const uint8_t	actions[] = {
		OFP_AT_OUTPUT, OFP_AT_COPY_TTL_OUT, OFP_AT_COPY_TTL_IN,
		OFP_AT_SET_MPLS_TTL, OFP_AT_DEC_MPLS_TTL, OFP_AT_PUSH_VLAN,
		OFP_AT_POP_VLAN, OFP_AT_PUSH_MPLS, OFP_AT_POP_MPLS,
		OFP_AT_SET_QUEUE, OFP_AT_GROUP, OFP_AT_SET_NW_TTL,
		OFP_AT_DEC_NW_TTL, OFP_AT_SET_FIELD, OFP_AT_PUSH_PBB,
		OFP_AT_POP_PBB
	};
	unsigned int		i, j;

	memset(gf, 0, sizeof(*gf));
	gf->gf_types = (1u << OFP_GT_COUNT) - 1;
	gf->gf_capabilities = OFP_GFC_SELECT_WEIGHT |
	    OFP_GFC_SELECT_LIVENESS | OFP_GFC_CHAINING |
	    OFP_GFC_CHAINING_CHECKS;
	for (i = 0; i < OFP_GT_COUNT; i++) {
		gf->gf_max[i] = sc->sc_conf.sc_max_groups;
		for (j = 0; j < nitems(actions); j++)
			gf->gf_actions[i] |= 1u << actions[j];
	}
}
