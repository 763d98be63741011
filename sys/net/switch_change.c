/*
 * SPDX-License-Identifier: ISC
 *
 * switch_change.c: changes of many flows, in pieces.
 *
 * A flow mod without "strict" may concern a million flows, and so does the
 * deletion of a group or meter that they name.  Where packets wait for the
 * agent, such a change is begun by the message and goes on between packets; the
 * channel takes nothing else until it is done (switch_ofp.c), so a barrier
 * means what it says.  It is a walk over the flows that were there when it
 * began: what other controllers add meanwhile is not theirs to lose.
 *
 * All of it runs under the mutex.
 */
#include "switch_pass.h"

/* Begin; what is not set changes every flow of all tables. */
static void
change_begin(struct switch_softc *sc, struct switch_change *cg,
    const struct ofp_flow_req *fq)
{
	memset(cg, 0, sizeof(*cg));
	cg->cg_group = OFP_G_ANY;
	cg->cg_seq = sc->sc_flowseq;
	cg->cg_reason = OFP_RR_DELETE;
	switch_flow_iter_start(sc, &cg->cg_iter, fq);
	cg->cg_iter.it_change = cg;
	kern_store(&cg->cg_active, true);
}

/* Would it look at many flows? */
static bool
change_is_long(struct switch_softc *sc, const struct ofp_flow *mod)
{
	struct switch_table	*st;
	uint64_t		 n = 0;
	unsigned int		 i;

	if (sc->sc_nflows <= SWITCH_CHANGE_WHOLE)
		return (false);
	for (i = 0; i < SWITCH_NTABLES; i++) {
		st = SMR_PTR_GET_LOCKED(&sc->sc_tables[i]);
		if (st != NULL &&
		    (mod->f_table == i || mod->f_table == OFP_TT_ALL))
			n += switch_class_covers(st->st_class, &mod->f_match);
	}
	return (n > SWITCH_CHANGE_WHOLE);
}

enum ofp_error
switch_change_flow_mod(struct switch_softc *sc, const struct ofp_flow *mod,
    struct switch_change *cg)
{
	struct ofp_flow_req	 fq;
	struct switch_instr	*si = NULL;
	enum ofp_error		 err;

	KERN_MUTEX_ASSERT(&sc->sc_mutex);
	if ((mod->f_command != OFP_FC_DELETE &&
	    mod->f_command != OFP_FC_MODIFY) ||
	    switch_flow_mod_check(sc, mod) != OFP_OK ||
	    !change_is_long(sc, mod))
		return (switch_flow_mod(sc, mod));
	memset(&fq, 0, sizeof(fq));
	fq.fq_table = mod->f_table;
	fq.fq_out_port = fq.fq_out_group = OFP_P_ANY;
	fq.fq_cookie = mod->f_cookie;
	fq.fq_cookie_mask = mod->f_cookie_mask;
	fq.fq_match = mod->f_match;
	if (mod->f_command == OFP_FC_DELETE) {
		fq.fq_out_port = mod->f_out_port;
		fq.fq_out_group = mod->f_out_group;
	} else {
		err = switch_instr_get(sc, mod->f_table, mod, &si);
		if (err != OFP_OK)
			return (err);
	}
	change_begin(sc, cg, &fq);
	cg->cg_instr = si;
	cg->cg_reset = (mod->f_flags & OFP_FF_RESET_COUNTS) != 0;
	return (OFP_OK);
}

/* All flows, of which change_names picks some. */
static void
change_begin_all(struct switch_softc *sc, struct switch_change *cg)
{
	struct ofp_flow_req	fq;

	memset(&fq, 0, sizeof(fq));
	fq.fq_table = OFP_TT_ALL;
	fq.fq_out_port = OFP_P_ANY;
	fq.fq_out_group = OFP_G_ANY;
	ofp_match_init(&fq.fq_match);
	change_begin(sc, cg, &fq);
}

bool
switch_change_group(struct switch_softc *sc, uint32_t id,
    struct switch_change *cg)
{
	struct switch_group	*gr = switch_group_find(sc, id);

	KERN_MUTEX_ASSERT(&sc->sc_mutex);
	if (sc->sc_nflows <= SWITCH_CHANGE_WHOLE)
		return (false);
	/* One that is chained cannot be deleted, so its flows stay. */
	if (id != OFP_G_ALL && (gr == NULL || gr->gr_refs == 0 ||
	    switch_group_chained(sc, gr)))
		return (false);
	change_begin_all(sc, cg);
	cg->cg_group = id;
	cg->cg_reason = OFP_RR_GROUP_DELETE;
	return (true);
}

bool
switch_change_meter(struct switch_softc *sc, uint32_t id,
    struct switch_change *cg)
{
	struct switch_meter	*me = switch_meter_find(sc, id);

	KERN_MUTEX_ASSERT(&sc->sc_mutex);
	if (sc->sc_nflows <= SWITCH_CHANGE_WHOLE ||
	    (id != OFP_M_ALL && (me == NULL || me->me_refs == 0)))
		return (false);
	change_begin_all(sc, cg);
	cg->cg_meter = id;
	return (true);
}

/* As if it had been done before: then all of its flows would go as well. */
void
switch_change_bereave(struct switch_softc *sc,
    bool (*names)(const struct switch_instr *, uint32_t), uint32_t id,
    uint8_t reason)
{
	struct switch_flow_iter	*it;
	struct switch_change	*cg;

	TAILQ_FOREACH(it, &sc->sc_iters, it_entry) {
		cg = it->it_change;
		if (cg == NULL || cg->cg_instr == NULL ||
		    !names(cg->cg_instr, id))
			continue;
		switch_instr_put(sc, cg->cg_instr);
		cg->cg_instr = NULL;
		cg->cg_reason = reason;
	}
}

/* Is the flow one of those that are meant? */
static bool
change_names(const struct switch_change *cg, const struct switch_flow *f)
{
	if (f->sf_seq >= cg->cg_seq)
		return (false);
	if (cg->cg_group != OFP_G_ANY)
		return (switch_instr_has_group(f->sf_instr, cg->cg_group));
	if (cg->cg_meter != 0)
		return (switch_instr_has_meter(f->sf_instr, cg->cg_meter));
	return (true);
}

bool
switch_change_step(struct switch_softc *sc, struct switch_change *cg)
{
	unsigned int		 budget = SWITCH_CHANGE_PIECE;
	struct switch_flow	*f;

	KERN_MUTEX_ASSERT(&sc->sc_mutex);
	while ((f = switch_flow_iter_next(sc, &cg->cg_iter, &budget)) !=
	    NULL) {
		if (!change_names(cg, f))
			continue;
		if (cg->cg_instr != NULL)
			switch_flow_modify(sc, f, cg->cg_instr, cg->cg_reset);
		else
			switch_flow_delete(sc, f, cg->cg_reason);
	}
	if (!cg->cg_iter.it_done)
		return (true);
	switch_flow_iter_stop(sc, &cg->cg_iter);
	if (cg->cg_instr != NULL)
		switch_instr_put(sc, cg->cg_instr);
	kern_store(&cg->cg_active, false);
	return (false);
}
