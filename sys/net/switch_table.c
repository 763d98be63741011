/*
 * SPDX-License-Identifier: ISC
 *
 * switch_table.c: flow tables: add, modify, delete, walk, report.
 *
 * A table comes into being with its first flow, or when a flow leads there.
 * Each command checks all that can go wrong before it changes anything.  What
 * packets see changes with one pointer (switch_class.c); the cache is told at
 * once (switch_cache_change), so the next packet sees it, and a barrier has
 * nothing to wait for.
 *
 * All of it runs under the mutex.
 */
#include "switch_pass.h"

#define NS		1000000000ULL

/*
 * Tables.
 */
unsigned int
switch_table_count(struct switch_softc *sc)
{
	return (sc->sc_conf.sc_tables);
}

struct switch_table *
switch_table_get(struct switch_softc *sc, uint8_t id)
{
	struct switch_table	*st;

	KERN_MUTEX_ASSERT(&sc->sc_mutex);
	if (id >= switch_table_count(sc))
		return (NULL);
	st = SMR_PTR_GET_LOCKED(&sc->sc_tables[id]);
	if (st != NULL)
		return (st);
	st = kern_zalloc(sizeof(*st));
	if (st == NULL)
		return (NULL);
	if (kern_pcpu_init(&st->st_count, SWITCH_TABLE_NCOUNT) != 0)
		goto free;
	if (switch_class_new(&st->st_class) != 0)
		goto pcpu;
	st->st_sc = sc;
	st->st_id = id;
	st->st_max = sc->sc_conf.sc_max_flows;
	TAILQ_INIT(&st->st_flows);
	SMR_PTR_SET_LOCKED(&sc->sc_tables[id], st);
	return (st);
 pcpu:
	kern_pcpu_free(&st->st_count);
 free:
	kern_free(st, sizeof(*st));
	return (NULL);
}

/* At the end, without packets. */
void
switch_tables_free(struct switch_softc *sc)
{
	struct switch_table	*st;
	unsigned int		 i;

	for (i = 0; i < SWITCH_NTABLES; i++)
		switch_table_flush(sc, i);
	(void)switch_flows_forget(sc, UINT32_MAX);
	smr_barrier();
	for (i = 0; i < SWITCH_NTABLES; i++) {
		st = sc->sc_tables[i];
		if (st == NULL)
			continue;
		switch_class_free(st->st_class);
		kern_pcpu_free(&st->st_count);
		sc->sc_tables[i] = NULL;
		kern_free(st->st_features, sizeof(*st->st_features));
		kern_free(st, sizeof(*st));
	}
	if (sc->sc_instrs != NULL)
		kern_free(sc->sc_instrs,
		    (sc->sc_instrmask + 1) * sizeof(*sc->sc_instrs));
	sc->sc_instrs = NULL;
}

void
switch_table_flush(struct switch_softc *sc, uint8_t id)
{
	struct switch_table	*st = SMR_PTR_GET_LOCKED(&sc->sc_tables[id]);
	struct switch_flow	*f;

	KERN_MUTEX_ASSERT(&sc->sc_mutex);
	while (st != NULL && (f = TAILQ_FIRST(&st->st_flows)) != NULL)
		switch_flow_delete(sc, f, SWITCH_RR_SILENT);
}

void
switch_table_stats(struct switch_softc *sc, uint8_t id,
    struct ofp_table_stats *ts)
{
	struct switch_table	*st = SMR_PTR_GET_LOCKED(&sc->sc_tables[id]);

	KERN_MUTEX_ASSERT(&sc->sc_mutex);
	memset(ts, 0, sizeof(*ts));
	ts->ts_table = id;
	if (st == NULL)
		return;
	ts->ts_active = st->st_nflows;
	ts->ts_matched = kern_pcpu_read(&st->st_count, SWITCH_TABLE_MATCHED);
	ts->ts_lookup = ts->ts_matched +
	    kern_pcpu_read(&st->st_count, SWITCH_TABLE_MISSED);
}

/*
 * One flow comes or goes.
 */
static void
flow_set_counts(struct switch_flow *f, uint64_t packets, uint64_t bytes)
{
	kern_store(&f->sf_packets, packets);
	kern_store(&f->sf_bytes, bytes);
}

/* A flow that is in no table yet. */
static enum ofp_error
flow_new(struct switch_table *st, const struct ofp_flow *mod,
    struct switch_flow **fp)
{
	struct switch_softc	*sc = st->st_sc;
	struct switch_flow	*f;
	struct switch_instr	*si;
	enum ofp_error		 err;

	err = switch_instr_get(sc, st->st_id, mod, &si);
	if (err != OFP_OK)
		return (err);
	f = switch_class_flow(st->st_class, &mod->f_match, mod->f_priority);
	if (f == NULL) {
		switch_instr_put(sc, si);
		return (OFP_FMFC_UNKNOWN);
	}
	if ((si->si_present & 1u << OFP_IT_GOTO_TABLE) != 0)
		(void)switch_table_get(sc, si->si_goto); /* to count there */
	f->sf_instr = si;
	f->sf_table = st->st_id;
	f->sf_cookie = mod->f_cookie;
	f->sf_idle = mod->f_idle;
	f->sf_hard = mod->f_hard;
	f->sf_flags = mod->f_flags;
	f->sf_created = f->sf_used = kern_uptime_ns();
	f->sf_seq = sc->sc_flowseq++;
	*fp = f;
	return (OFP_OK);
}

/* Walks that would come to old next come to new, or to what is behind. */
static void
iters_move(struct switch_softc *sc, struct switch_flow *old,
    struct switch_flow *new)
{
	struct switch_flow_iter	*it;

	TAILQ_FOREACH(it, &sc->sc_iters, it_entry)
		if (it->it_next == old)
			it->it_next = new;
}

static void
flow_insert(struct switch_table *st, struct switch_flow *f)
{
	struct switch_softc	*sc = st->st_sc;

	switch_fast_stop(sc, false);
	switch_class_insert(st->st_class, f);
	TAILQ_INSERT_TAIL(&st->st_flows, f, sf_entry);
	switch_wheel_add(sc, f);
	st->st_nflows++;
	sc->sc_nflows++;
	switch_cache_change(sc, f);
	switch_flow_event_notify(sc, f, SWITCH_FLOW_ADDED, 0);
}

/* The new one stands where the old one stood. */
static void
flow_replace(struct switch_table *st, struct switch_flow *old,
    struct switch_flow *f, bool reset)
{
	struct switch_softc	*sc = st->st_sc;

	switch_fast_stop(sc, false);
	if (!reset)
		flow_set_counts(f, kern_load(&old->sf_packets),
		    kern_load(&old->sf_bytes));
	switch_class_replace(st->st_class, old, f);
	TAILQ_INSERT_AFTER(&st->st_flows, old, f, sf_entry);
	TAILQ_REMOVE(&st->st_flows, old, sf_entry);
	iters_move(sc, old, f);
	switch_wheel_del(sc, old);
	switch_wheel_add(sc, f);
	switch_cache_change(sc, f);
	switch_flow_event_notify(sc, f, SWITCH_FLOW_ADDED, 0);
	switch_instr_put(sc, old->sf_instr);
	switch_class_flow_retire(old);
}

void
switch_flow_delete(struct switch_softc *sc, struct switch_flow *f,
    uint8_t reason)
{
	struct switch_table	*st = SMR_PTR_GET_LOCKED(
				    &sc->sc_tables[f->sf_table]);

	KERN_MUTEX_ASSERT(&sc->sc_mutex);
	switch_fast_stop(sc, false);
	iters_move(sc, f, TAILQ_NEXT(f, sf_entry));
	switch_class_remove(st->st_class, f);
	TAILQ_REMOVE(&st->st_flows, f, sf_entry);
	switch_wheel_del(sc, f);
	st->st_nflows--;
	sc->sc_nflows--;
	switch_cache_change(sc, f);
	switch_flow_event_notify(sc, f, SWITCH_FLOW_DELETED, reason);
	if (reason != SWITCH_RR_SILENT &&
	    (f->sf_flags & OFP_FF_SEND_FLOW_REM) != 0)
		switch_flow_removed_notify(sc, f, reason);
	if (switch_undo_keep(sc, f)) {
		switch_instr_count(sc, f->sf_instr, -1);
		return;
	}
	switch_instr_put(sc, f->sf_instr);
	switch_class_flow_retire(f);
}

int
switch_flow_restore(struct switch_softc *sc, struct switch_flow *f)
{
	struct switch_table	*st = SMR_PTR_GET_LOCKED(
				    &sc->sc_tables[f->sf_table]);

	KERN_MUTEX_ASSERT(&sc->sc_mutex);
	if (switch_class_reserve(st->st_class, f) != 0)
		return (ENOMEM);
	switch_instr_count(sc, f->sf_instr, 1);
	flow_insert(st, f);
	return (0);
}

bool
switch_flows_forget(struct switch_softc *sc, unsigned int budget)
{
	struct switch_flow	*f;

	KERN_MUTEX_ASSERT(&sc->sc_mutex);
	for (; budget > 0 && (f = TAILQ_FIRST(&sc->sc_gone)) != NULL;
	    budget--) {
		TAILQ_REMOVE(&sc->sc_gone, f, sf_entry);
		switch_instr_count(sc, f->sf_instr, 1);
		switch_instr_put(sc, f->sf_instr);
		switch_class_flow_retire(f);
	}
	return (!TAILQ_EMPTY(&sc->sc_gone));
}

void
switch_flow_modify(struct switch_softc *sc, struct switch_flow *f,
    struct switch_instr *si, bool reset)
{
	struct switch_instr	*old = f->sf_instr;

	KERN_MUTEX_ASSERT(&sc->sc_mutex);
	switch_fast_stop(sc, false);
	switch_instr_ref(sc, si);
	SMR_PTR_SET_LOCKED(&f->sf_instr, si);
	if (reset)
		flow_set_counts(f, 0, 0);
	switch_cache_change(sc, f);
	switch_flow_event_notify(sc, f, SWITCH_FLOW_MODIFIED, 0);
	switch_instr_put(sc, old);
}

/*
 * Flow mod, 1.3.5, 6.4.
 */
static enum ofp_error
flow_add_check(struct switch_table *st, const struct ofp_flow *mod,
    struct switch_flow **old)
{
	struct switch_softc	*sc = st->st_sc;

	*old = switch_class_find(st->st_class, &mod->f_match, mod->f_priority);
	if ((mod->f_flags & OFP_FF_CHECK_OVERLAP) != 0 &&
	    switch_class_overlaps(st->st_class, &mod->f_match,
	    mod->f_priority))
		return (OFP_FMFC_OVERLAP);
	if (*old == NULL && !sc->sc_undoing && (st->st_nflows >= st->st_max ||
	    sc->sc_nflows >= sc->sc_conf.sc_max_flows_all))
		return (OFP_FMFC_TABLE_FULL);
	return (OFP_OK);
}

static enum ofp_error
flow_add(struct switch_softc *sc, const struct ofp_flow *mod)
{
	struct switch_table	*st = switch_table_get(sc, mod->f_table);
	struct switch_flow	*f, *old;
	enum ofp_error		 err;

	if (st == NULL)
		return (mod->f_table >= switch_table_count(sc) ?
		    OFP_FMFC_BAD_TABLE_ID : OFP_FMFC_UNKNOWN);
	err = switch_instr_check(sc, st->st_id, &mod->f_instr);
	if (err == OFP_OK)
		err = flow_add_check(st, mod, &old);
	if (err == OFP_OK)
		err = flow_new(st, mod, &f);
	if (err != OFP_OK)
		return (err);
	if (old != NULL) {
		flow_replace(st, old, f,
		    (mod->f_flags & OFP_FF_RESET_COUNTS) != 0);
		return (OFP_OK);
	}
	if (switch_class_reserve(st->st_class, f) != 0) {
		switch_instr_put(sc, f->sf_instr);
		switch_class_flow_free(f);
		return (OFP_FMFC_UNKNOWN);
	}
	flow_insert(st, f);
	return (OFP_OK);
}

/* What the flows of a modify or delete have in common. */
struct flow_change {
	struct switch_softc	*fc_sc;
	const struct ofp_flow	*fc_mod;
	struct switch_instr	*fc_instr;
};

static bool
cookie_fits(const struct switch_flow *f, uint64_t cookie, uint64_t mask)
{
	return (((f->sf_cookie ^ cookie) & mask) == 0);
}

static void
flow_modify_one(struct switch_flow *f, void *arg)
{
	struct flow_change	*fc = arg;
	const struct ofp_flow	*mod = fc->fc_mod;

	if (cookie_fits(f, mod->f_cookie, mod->f_cookie_mask))
		switch_flow_modify(fc->fc_sc, f, fc->fc_instr,
		    (mod->f_flags & OFP_FF_RESET_COUNTS) != 0);
}

static void
flow_delete_one(struct switch_flow *f, void *arg)
{
	struct flow_change	*fc = arg;
	const struct ofp_flow	*mod = fc->fc_mod;

	if (cookie_fits(f, mod->f_cookie, mod->f_cookie_mask) &&
	    switch_instr_outputs(f->sf_instr, mod->f_out_port,
	    mod->f_out_group))
		switch_flow_delete(fc->fc_sc, f, OFP_RR_DELETE);
}

static void
flows_change(struct flow_change *fc, uint8_t table, bool strict,
    void (*fn)(struct switch_flow *, void *))
{
	struct switch_table	*st = SMR_PTR_GET_LOCKED(
				    &fc->fc_sc->sc_tables[table]);
	const struct ofp_flow	*mod = fc->fc_mod;
	struct switch_flow	*f;

	if (st == NULL)
		return;
	if (!strict) {
		switch_class_covered(st->st_class, &mod->f_match, fn, fc);
		return;
	}
	f = switch_class_find(st->st_class, &mod->f_match, mod->f_priority);
	if (f != NULL)
		fn(f, fc);
}

static enum ofp_error
flow_modify(struct switch_softc *sc, const struct ofp_flow *mod, bool strict)
{
	struct flow_change	fc = { sc, mod, NULL };
	enum ofp_error		err;

	if (mod->f_table >= switch_table_count(sc))
		return (OFP_FMFC_BAD_TABLE_ID);
	err = switch_instr_get(sc, mod->f_table, mod, &fc.fc_instr);
	if (err != OFP_OK)
		return (err);
	flows_change(&fc, mod->f_table, strict, flow_modify_one);
	switch_instr_put(sc, fc.fc_instr);
	return (OFP_OK);
}

static enum ofp_error
flow_remove(struct switch_softc *sc, const struct ofp_flow *mod, bool strict)
{
	struct flow_change	fc = { sc, mod, NULL };
	unsigned int		i, n = switch_table_count(sc);

	if (mod->f_table >= n && mod->f_table != OFP_TT_ALL)
		return (OFP_FMFC_BAD_TABLE_ID);
	for (i = 0; i < n; i++)
		if (mod->f_table == i || mod->f_table == OFP_TT_ALL)
			flows_change(&fc, i, strict, flow_delete_one);
	return (OFP_OK);
}

enum ofp_error
switch_flow_mod(struct switch_softc *sc, const struct ofp_flow *mod)
{
	KERN_MUTEX_ASSERT(&sc->sc_mutex);
	switch (mod->f_command) {
	case OFP_FC_ADD:
		return (flow_add(sc, mod));
	case OFP_FC_MODIFY:
		return (flow_modify(sc, mod, false));
	case OFP_FC_MODIFY_STRICT:
		return (flow_modify(sc, mod, true));
	case OFP_FC_DELETE:
		return (flow_remove(sc, mod, false));
	case OFP_FC_DELETE_STRICT:
		return (flow_remove(sc, mod, true));
	default:
		return (OFP_FMFC_BAD_COMMAND);
	}
}

enum ofp_error
switch_flow_mod_check(struct switch_softc *sc, const struct ofp_flow *mod)
{
	struct switch_table	*st;
	struct switch_flow	*old;
	enum ofp_error		 err;

	KERN_MUTEX_ASSERT(&sc->sc_mutex);
	if (mod->f_command > OFP_FC_DELETE_STRICT)
		return (OFP_FMFC_BAD_COMMAND);
	if (mod->f_command >= OFP_FC_DELETE)
		return (mod->f_table < switch_table_count(sc) ||
		    mod->f_table == OFP_TT_ALL ? OFP_OK :
		    OFP_FMFC_BAD_TABLE_ID);
	if (mod->f_table >= switch_table_count(sc))
		return (OFP_FMFC_BAD_TABLE_ID);
	err = switch_instr_check(sc, mod->f_table, &mod->f_instr);
	st = SMR_PTR_GET_LOCKED(&sc->sc_tables[mod->f_table]);
	if (err == OFP_OK && st != NULL && mod->f_command == OFP_FC_ADD)
		err = flow_add_check(st, mod, &old);
	return (err);
}

/*
 * When what a flow names is deleted, so is the flow (6.5, 6.6).
 */
static void
flows_delete_if(struct switch_softc *sc,
    bool (*names)(const struct switch_instr *, uint32_t), uint32_t id,
    uint8_t reason)
{
	struct switch_table	*st;
	struct switch_flow	*f, *next;
	unsigned int		 i;

	KERN_MUTEX_ASSERT(&sc->sc_mutex);
	for (i = 0; i < SWITCH_NTABLES; i++) {
		st = SMR_PTR_GET_LOCKED(&sc->sc_tables[i]);
		if (st == NULL)
			continue;
		TAILQ_FOREACH_SAFE(f, &st->st_flows, sf_entry, next)
			if (names(f->sf_instr, id))
				switch_flow_delete(sc, f, reason);
	}
	switch_change_bereave(sc, names, id, reason);
}

void
switch_flows_of_group(struct switch_softc *sc, uint32_t group)
{
	flows_delete_if(sc, switch_instr_has_group, group,
	    OFP_RR_GROUP_DELETE);
}

void
switch_flows_of_meter(struct switch_softc *sc, uint32_t meter)
{
	flows_delete_if(sc, switch_instr_has_meter, meter, OFP_RR_DELETE);
}

/*
 * Walks and reports.
 */
struct switch_flow *
switch_flow_find(struct switch_softc *sc, uint8_t table,
    const struct ofp_match *m, uint16_t priority)
{
	struct switch_table	*st = NULL;

	KERN_MUTEX_ASSERT(&sc->sc_mutex);
	if (table < SWITCH_NTABLES)
		st = SMR_PTR_GET_LOCKED(&sc->sc_tables[table]);
	return (st == NULL ? NULL :
	    switch_class_find(st->st_class, m, priority));
}

void
switch_flow_age(struct switch_softc *sc, struct switch_flow *f,
    uint64_t created, uint64_t used)
{
	KERN_MUTEX_ASSERT(&sc->sc_mutex);
	switch_wheel_del(sc, f);
	f->sf_created = created;
	kern_store(&f->sf_used, used);
	switch_wheel_add(sc, f);
}

bool
switch_flow_fits(struct switch_flow *f, const struct ofp_flow_req *fq)
{
	return ((fq->fq_table == OFP_TT_ALL || fq->fq_table == f->sf_table) &&
	    cookie_fits(f, fq->fq_cookie, fq->fq_cookie_mask) &&
	    switch_flow_covered(f, &fq->fq_match) &&
	    switch_instr_outputs(f->sf_instr, fq->fq_out_port,
	    fq->fq_out_group));
}

void
switch_flow_iter_start(struct switch_softc *sc, struct switch_flow_iter *it,
    const struct ofp_flow_req *fq)
{
	KERN_MUTEX_ASSERT(&sc->sc_mutex);
	memset(it, 0, sizeof(*it));
	it->it_req = *fq;
	it->it_active = true;
	it->it_table = fq->fq_table == OFP_TT_ALL ? 0 : fq->fq_table;
	TAILQ_INSERT_TAIL(&sc->sc_iters, it, it_entry);
	if (sc->sc_tables[it->it_table] != NULL)
		it->it_next = TAILQ_FIRST(
		    &sc->sc_tables[it->it_table]->st_flows);
}

/* On to the next table with flows; false: there is none. */
static bool
iter_next_table(struct switch_softc *sc, struct switch_flow_iter *it)
{
	struct switch_table	*st;

	if (it->it_req.fq_table != OFP_TT_ALL)
		return (false);
	while (++it->it_table < SWITCH_NTABLES) {
		st = SMR_PTR_GET_LOCKED(&sc->sc_tables[it->it_table]);
		if (st == NULL || TAILQ_EMPTY(&st->st_flows))
			continue;
		it->it_next = TAILQ_FIRST(&st->st_flows);
		return (true);
	}
	return (false);
}

struct switch_flow *
switch_flow_iter_next(struct switch_softc *sc, struct switch_flow_iter *it,
    unsigned int *budget)
{
	struct switch_flow	*f;

	KERN_MUTEX_ASSERT(&sc->sc_mutex);
	while (!it->it_done && *budget > 0) {
		f = it->it_next;
		if (f == NULL) {
			it->it_done = !iter_next_table(sc, it);
			continue;
		}
		(*budget)--;
		it->it_next = TAILQ_NEXT(f, sf_entry);
		if (switch_flow_fits(f, &it->it_req))
			return (f);
	}
	return (NULL);
}

void
switch_flow_iter_stop(struct switch_softc *sc, struct switch_flow_iter *it)
{
	KERN_MUTEX_ASSERT(&sc->sc_mutex);
	if (it->it_active)
		TAILQ_REMOVE(&sc->sc_iters, it, it_entry);
	it->it_active = false;
}

void
switch_flow_match(struct switch_flow *f, struct ofp_match *m)
{
	m->m_fields = f->sf_fields;
	switch_flow_key(f, &m->m_key, &m->m_mask);
	m->m_key.k_tcp_flags &= be16_make(~SWITCH_HAS_MASK);
	m->m_mask.k_tcp_flags &= be16_make(~SWITCH_HAS_MASK);
}

/* What was not to be counted is all ones (OPENFLOW 1.3.5, 5.8). */
static void
flow_counts(const struct switch_flow *f, uint64_t *packets, uint64_t *bytes)
{
	*packets = (f->sf_flags & OFP_FF_NO_PKT_COUNTS) != 0 ? UINT64_MAX :
	    kern_load(&f->sf_packets);
	*bytes = (f->sf_flags & OFP_FF_NO_BYT_COUNTS) != 0 ? UINT64_MAX :
	    kern_load(&f->sf_bytes);
}

static void
flow_duration(const struct switch_flow *f, uint32_t *sec, uint32_t *nsec)
{
	uint64_t	 age = kern_uptime_ns() - f->sf_created;
	uint64_t	 s = kern_div64(age, NS);

	*sec = (uint32_t)s;
	*nsec = (uint32_t)(age - s * NS);
}

void
switch_flow_stats(struct switch_flow *f, struct ofp_flow_stats *fs)
{
	fs->fs_table = f->sf_table;
	flow_duration(f, &fs->fs_sec, &fs->fs_nsec);
	fs->fs_priority = f->sf_priority;
	fs->fs_idle = f->sf_idle;
	fs->fs_hard = f->sf_hard;
	fs->fs_flags = f->sf_flags;
	fs->fs_cookie = f->sf_cookie;
	flow_counts(f, &fs->fs_packets, &fs->fs_bytes);
	switch_flow_match(f, &fs->fs_match);
	ofp_rd_init(&fs->fs_instr, f->sf_instr->si_wire, f->sf_instr->si_len);
}

void
switch_flow_removed(struct switch_flow *f, uint8_t reason,
    struct ofp_flow_removed *fr)
{
	fr->fr_cookie = f->sf_cookie;
	fr->fr_priority = f->sf_priority;
	fr->fr_reason = reason;
	fr->fr_table = f->sf_table;
	flow_duration(f, &fr->fr_sec, &fr->fr_nsec);
	fr->fr_idle = f->sf_idle;
	fr->fr_hard = f->sf_hard;
	flow_counts(f, &fr->fr_packets, &fr->fr_bytes);
	switch_flow_match(f, &fr->fr_match);
}
