/*
 * SPDX-License-Identifier: ISC
 *
 * switch_undo.c: the journal of a bundle's commit: what was before.
 *
 * While a journal is open, the state before each change of flows, groups or
 * ports is kept in it; done backwards it restores that state, flows and groups
 * with their counters and ages.  What is told to controllers is held back in
 * their channels until the end, and thrown away with a change that is undone.
 *
 * The mutex is held from begin to end: no other controller sees a part of it.
 * So many flows are a long stretch, and what can wait does: a flow that is
 * deleted goes into the journal itself, from where it is put back by linking it
 * in again, or handed on to be freed in pieces (switch_flows_forget).
 */
#include "switch_chan.h"

/* One thing as it was. */
struct undo {
	struct undo	*un_next;	/* what was done before this */
	size_t		 un_size;	/* of the allocation */
	enum { UNDO_FLOW_ADDED, UNDO_FLOW, UNDO_FLOWS_GONE, UNDO_GROUP_ADDED,
	    UNDO_GROUP, UNDO_PORT } un_kind;
	union {
		struct ofp_flow	 flow;
		struct switch_flow_list gone;
		struct ofp_group group;
		struct ofp_port_mod port;
	} un;
	uint64_t	 un_packets, un_bytes, un_created, un_used;
	uint8_t		 un_data[];	/* instructions or buckets */
};

struct switch_undo {
	struct undo	*su_last;
	bool		 su_failed;	/* no memory: cannot be undone */
};

static struct undo *
undo_new(struct switch_softc *sc, struct ofp_rd rd)
{
	struct switch_undo	*su = sc->sc_agent->ag_undo;
	size_t			 n = ofp_rd_left(&rd);
	struct undo		*un;

	if ((un = kern_zalloc(sizeof(*un) + n)) == NULL) {
		su->su_failed = true;
		return (NULL);
	}
	un->un_size = sizeof(*un) + n;
	ofp_rd_bytes(&rd, un->un_data, n);
	un->un_next = su->su_last;
	su->su_last = un;
	return (un);
}

/*
 * Telling the journal.
 */

/* A flow as it is now, before it is changed or replaced. */
static void
undo_flow(struct switch_softc *sc, struct switch_flow *sf)
{
	struct ofp_flow_stats	 fs;
	struct ofp_flow		*f;
	struct undo		*un;
	size_t			 n;

	switch_flow_stats(sf, &fs);
	if ((un = undo_new(sc, fs.fs_instr)) == NULL)
		return;
	n = ofp_rd_left(&fs.fs_instr);
	un->un_kind = UNDO_FLOW;
	f = &un->un.flow;
	ofp_flow_init(f, OFP_FC_ADD);
	f->f_table = fs.fs_table;
	f->f_priority = fs.fs_priority;
	f->f_idle = fs.fs_idle;
	f->f_hard = fs.fs_hard;
	f->f_flags = fs.fs_flags;
	f->f_cookie = fs.fs_cookie;
	f->f_match = fs.fs_match;
	ofp_rd_init(&f->f_instr_bytes, un->un_data, n);
	un->un_packets = kern_load(&sf->sf_packets);
	un->un_bytes = kern_load(&sf->sf_bytes);
	un->un_created = sf->sf_created;
	un->un_used = kern_load(&sf->sf_used);
}

/* Before flows are deleted: a place for them, the newest in the journal. */
static void
undo_gone(struct switch_softc *sc)
{
	struct undo	*un = sc->sc_agent->ag_undo->su_last;
	struct ofp_rd	 none;

	if (un != NULL && un->un_kind == UNDO_FLOWS_GONE)
		return;
	ofp_rd_init(&none, NULL, 0);
	if ((un = undo_new(sc, none)) == NULL)
		return;
	un->un_kind = UNDO_FLOWS_GONE;
	TAILQ_INIT(&un->un.gone);
}

/* Its memory stays, so to put it back costs little and to keep it nothing. */
bool
switch_undo_keep(struct switch_softc *sc, struct switch_flow *sf)
{
	struct switch_agent	*ag = sc->sc_agent;

	if (ag == NULL || ag->ag_undo == NULL || sc->sc_undoing)
		return (false);
	KASSERT(ag->ag_undo->su_last->un_kind == UNDO_FLOWS_GONE);
	TAILQ_INSERT_TAIL(&ag->ag_undo->su_last->un.gone, sf, sf_entry);
	return (true);
}

/* All flows that a modify or a replacing add is about to change. */
static void
undo_flows(struct switch_softc *sc, const struct ofp_flow *mod)
{
	struct switch_flow_iter	 it;
	struct switch_flow	*sf;
	struct ofp_flow_req	 fq;
	unsigned int		 budget;

	memset(&fq, 0, sizeof(fq));
	memset(&it, 0, sizeof(it));
	fq.fq_table = mod->f_table;
	fq.fq_out_port = OFP_P_ANY;
	fq.fq_out_group = OFP_G_ANY;
	fq.fq_cookie = mod->f_cookie;
	fq.fq_cookie_mask = mod->f_cookie_mask;
	fq.fq_match = mod->f_match;
	switch_flow_iter_start(sc, &it, &fq);
	while (!it.it_done) {
		budget = SWITCH_MP_BUDGET;
		while ((sf = switch_flow_iter_next(sc, &it, &budget)) != NULL)
			undo_flow(sc, sf);
	}
	switch_flow_iter_stop(sc, &it);
}

/* Before a flow mod; flows that are deleted are kept as they go. */
void
switch_undo_flow_mod(struct switch_softc *sc, const struct ofp_flow *mod)
{
	struct switch_flow	*sf;
	struct ofp_rd		 none;
	struct undo		*un;

	if (sc->sc_agent->ag_undo == NULL)
		return;
	if (mod->f_command >= OFP_FC_DELETE) {
		undo_gone(sc);
		return;
	}
	if (mod->f_table >= switch_table_count(sc))
		return;
	switch (mod->f_command) {
	case OFP_FC_MODIFY:
		undo_flows(sc, mod);
		return;
	case OFP_FC_ADD:
	case OFP_FC_MODIFY_STRICT:
		sf = switch_flow_find(sc, mod->f_table, &mod->f_match,
		    mod->f_priority);
		if (sf != NULL)
			undo_flow(sc, sf);
		else if (mod->f_command == OFP_FC_ADD) {
			ofp_rd_init(&none, NULL, 0);
			if ((un = undo_new(sc, none)) == NULL)
				return;
			un->un_kind = UNDO_FLOW_ADDED;
			ofp_flow_init(&un->un.flow, OFP_FC_DELETE_STRICT);
			un->un.flow.f_table = mod->f_table;
			un->un.flow.f_priority = mod->f_priority;
			un->un.flow.f_match = mod->f_match;
		}
		return;
	}
}

/* A group as it is now; command: what brings it back. */
static void
undo_group(struct switch_softc *sc, struct switch_group *gr, uint16_t command)
{
	struct ofp_group_desc	 gd;
	struct ofp_group	*g;
	struct undo		*un;
	size_t			 n;

	switch_group_desc(gr, &gd);
	if (command == OFP_GC_ADD) {
		/* Empty at first: what it refers to may come later. */
		ofp_rd_init(&gd.gd_buckets, NULL, 0);
		gd.gd_type = OFP_GT_ALL;
	}
	n = ofp_rd_left(&gd.gd_buckets);
	if ((un = undo_new(sc, gd.gd_buckets)) == NULL)
		return;
	un->un_kind = UNDO_GROUP;
	g = &un->un.group;
	g->g_command = command;
	g->g_type = gd.gd_type;
	g->g_id = gr->gr_id;
	ofp_rd_init(&g->g_buckets, un->un_data, n);
	un->un_packets = kern_load(&gr->gr_packets);
	un->un_bytes = kern_load(&gr->gr_bytes);
	un->un_created = gr->gr_created;
}

/* Groups that a delete concerns, twice: filled in, behind made empty. */
static void
undo_groups(struct switch_softc *sc, uint32_t id)
{
	struct switch_group	*gr;
	static const uint16_t	 command[] = { OFP_GC_MODIFY, OFP_GC_ADD };
	unsigned int		 i;

	for (i = 0; i < nitems(command); i++) {
		for (gr = switch_group_from(sc, id == OFP_G_ALL ? 0 : id);
		    gr != NULL && (id == OFP_G_ALL || gr->gr_id == id);
		    gr = switch_group_from(sc, gr->gr_id + 1))
			undo_group(sc, gr, command[i]);
	}
}

/* Do a group mod, and tell what was before. */
enum ofp_error
switch_undo_group_mod(struct switch_softc *sc, const struct ofp_group *g)
{
	struct switch_undo	*su = sc->sc_agent->ag_undo;
	struct switch_group	*gr;
	struct undo		*un, *before, **end;
	struct ofp_rd		 none;
	enum ofp_error		 error;

	if (su == NULL)
		return (switch_group_mod(sc, g));
	if (g->g_command == OFP_GC_DELETE)
		undo_gone(sc);
	before = su->su_last;
	gr = switch_group_find(sc, g->g_id);
	if (g->g_command == OFP_GC_DELETE)
		undo_groups(sc, g->g_id);
	else if (gr != NULL)
		undo_group(sc, gr, OFP_GC_MODIFY);
	else {
		ofp_rd_init(&none, NULL, 0);
		if ((un = undo_new(sc, none)) != NULL) {
			un->un_kind = UNDO_GROUP_ADDED;
			un->un.group.g_command = OFP_GC_DELETE;
			un->un.group.g_id = g->g_id;
			ofp_rd_init(&un->un.group.g_buckets, NULL, 0);
		}
	}
	if (su->su_failed)
		return (OFP_GMFC_EPERM);
	/* The flows that go with a group are put back after it. */
	un = su->su_last;
	su->su_last = before;
	error = switch_group_mod(sc, g);
	if (un == before)
		return (error);
	for (end = &un; *end != before; end = &(*end)->un_next)
		;
	*end = su->su_last;
	su->su_last = un;
	return (error);
}

void
switch_undo_port_mod(struct switch_softc *sc, const struct ofp_port_mod *pm)
{
	struct switch_port	*sp;
	struct ofp_port		 po;
	struct ofp_rd		 none;
	struct undo		*un;

	if (sc->sc_agent->ag_undo == NULL ||
	    (sp = switch_port_find(sc, pm->pm_no)) == NULL)
		return;
	ofp_rd_init(&none, NULL, 0);
	if ((un = undo_new(sc, none)) == NULL)
		return;
	switch_port_desc(sp, &po);
	un->un_kind = UNDO_PORT;
	un->un.port = *pm;
	un->un.port.pm_config = po.po_config;
	un->un.port.pm_advertise = pm->pm_advertise == 0 ? 0 :
	    po.po_advertised;
}

/*
 * Going back.
 */

/*
 * Put a flow back; its memory was there a moment ago.  Whether it overlaps was
 * asked when it was added.
 */
static enum ofp_error
undo_flow_add(struct switch_softc *sc, struct undo *un)
{
	struct ofp_flow		*f = &un->un.flow;
	struct ofp_rd		 rd = f->f_instr_bytes;
	struct switch_flow	*sf;
	uint16_t		 flags = f->f_flags;
	enum ofp_error		 error;

	f->f_flags &= ~OFP_FF_CHECK_OVERLAP;
	error = ofp_instructions_decode(&rd, &f->f_match, &f->f_instr);
	if (error == OFP_OK)
		error = switch_flow_mod(sc, f);
	if (error != OFP_OK)
		return (error);
	sf = switch_flow_find(sc, f->f_table, &f->f_match, f->f_priority);
	kern_store(&sf->sf_packets, un->un_packets);
	kern_store(&sf->sf_bytes, un->un_bytes);
	sf->sf_flags = (uint8_t)flags;
	switch_flow_age(sc, sf, un->un_created, un->un_used);
	return (OFP_OK);
}

static enum ofp_error
undo_flows_gone(struct switch_softc *sc, struct undo *un)
{
	struct switch_flow	*sf;

	while ((sf = TAILQ_FIRST(&un->un.gone)) != NULL) {
		TAILQ_REMOVE(&un->un.gone, sf, sf_entry);
		if (switch_flow_restore(sc, sf) == 0)
			continue;
		TAILQ_CONCAT(&sc->sc_gone, &un->un.gone, sf_entry);
		TAILQ_INSERT_TAIL(&sc->sc_gone, sf, sf_entry);
		return (OFP_FMFC_UNKNOWN);
	}
	return (OFP_OK);
}

static enum ofp_error
undo_one(struct switch_softc *sc, struct undo *un)
{
	struct switch_group	*gr;
	enum ofp_error		 error;

	switch (un->un_kind) {
	case UNDO_FLOW_ADDED:
		return (switch_flow_mod(sc, &un->un.flow));
	case UNDO_FLOW:
		return (undo_flow_add(sc, un));
	case UNDO_FLOWS_GONE:
		return (undo_flows_gone(sc, un));
	case UNDO_PORT:
		return (switch_port_mod(sc, &un->un.port));
	case UNDO_GROUP_ADDED:
		return (switch_group_mod(sc, &un->un.group));
	default:
		error = switch_group_mod(sc, &un->un.group);
		gr = switch_group_find(sc, un->un.group.g_id);
		if (error == OFP_OK) {
			kern_store(&gr->gr_packets, un->un_packets);
			kern_store(&gr->gr_bytes, un->un_bytes);
			gr->gr_created = un->un_created;
		}
		return (error);
	}
}

/* Open a journal; false: no memory. */
bool
switch_undo_begin(struct switch_softc *sc)
{
	struct switch_agent	*ag = sc->sc_agent;

	KERN_MUTEX_ASSERT(&sc->sc_mutex);
	KASSERT(ag->ag_undo == NULL);
	ag->ag_undo = kern_zalloc(sizeof(*ag->ag_undo));
	return (ag->ag_undo != NULL);
}

/* True while what was told to the journal is enough to go back. */
bool
switch_undo_possible(struct switch_softc *sc)
{
	return (sc->sc_agent->ag_undo == NULL ||
	    !sc->sc_agent->ag_undo->su_failed);
}

/* A message was refused: forget what was told since, it did nothing. */
void *
switch_undo_mark(struct switch_softc *sc)
{
	return (sc->sc_agent->ag_undo->su_last);
}

void
switch_undo_forget(struct switch_softc *sc, const void *mark)
{
	struct switch_undo	*su = sc->sc_agent->ag_undo;
	struct undo		*un;

	while ((un = su->su_last) != mark) {
		su->su_last = un->un_next;
		kern_free(un, un->un_size);
	}
}

/* Close it: keep what was done, or go back. */
void
switch_undo_end(struct switch_softc *sc, bool commit)
{
	struct switch_agent	*ag = sc->sc_agent;
	struct switch_undo	*su = ag->ag_undo;
	struct switch_chan	*ch;
	struct undo		*un;
	enum ofp_error		 error;

	KERN_MUTEX_ASSERT(&sc->sc_mutex);
	sc->sc_undoing = true;
	while ((un = su->su_last) != NULL) {
		su->su_last = un->un_next;
		if (commit && un->un_kind == UNDO_FLOWS_GONE)
			TAILQ_CONCAT(&sc->sc_gone, &un->un.gone, sf_entry);
		error = commit ? OFP_OK : undo_one(sc, un);
		if (error != OFP_OK)
			kern_log("%s: bundle: cannot undo: %s",
			    host_switch_name(sc->sc_hs),
			    ofp_error_name(error));
		kern_free(un, un->un_size);
	}
	sc->sc_undoing = false;
	ag->ag_undo = NULL;
	kern_free(su, sizeof(*su));
	(void)switch_flows_forget(sc, SWITCH_CHANGE_PIECE);
	TAILQ_FOREACH(ch, &ag->ag_chans, ch_entry)
		switch_chan_release(ch, commit);
}
