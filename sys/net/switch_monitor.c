/*
 * SPDX-License-Identifier: ISC
 *
 * switch_monitor.c: flow monitors, EXT-187.
 *
 * A controller that watches flows gets the ones that are there, then each
 * change as it happens.  Changes that it made itself are told by their xid
 * only, once for each message, unless it wants them in full.
 *
 * One that does not read fast enough is told PAUSED.  Flows that go are still
 * reported while their messages fit the queue's larger limit; when the queue
 * is empty again, every flow that is watched is reported as added or modified,
 * and then RESUMED.
 */
#include "ofp_monitor.h"
#include "switch_chan.h"

#define MONITORS_MAX	64	/* of one channel */

struct switch_monitor {
	struct switch_monitor	*mo_next;	/* M: ch_monitors */
	uint32_t		 mo_id;
	uint16_t		 mo_flags;	/* OFP_FMF_* */
	bool			 mo_new;	/* first flows not reported */
	struct ofp_flow_req	 mo_req;
};

static const uint16_t event_flag[] = {
	[SWITCH_FLOW_ADDED] = OFP_FMF_ADD,
	[SWITCH_FLOW_MODIFIED] = OFP_FMF_MODIFY,
	[SWITCH_FLOW_DELETED] = OFP_FMF_DELETE
};
static const uint16_t event_wire[] = {
	[SWITCH_FLOW_ADDED] = OFP_FME_ADDED,
	[SWITCH_FLOW_MODIFIED] = OFP_FME_MODIFIED,
	[SWITCH_FLOW_DELETED] = OFP_FME_DELETED
};

static struct switch_monitor *
monitor_find(struct switch_chan *ch, uint32_t id)
{
	struct switch_monitor	*mo;

	for (mo = ch->ch_monitors; mo != NULL && mo->mo_id != id;
	    mo = mo->mo_next)
		;
	return (mo);
}

/* Unlink and free the monitors of a channel with this id, or all. */
static bool
monitor_remove(struct switch_chan *ch, uint32_t id, bool all)
{
	struct switch_monitor	**mop = &ch->ch_monitors, *mo;
	bool			  found = false;

	while ((mo = *mop) != NULL) {
		if (!all && mo->mo_id != id) {
			mop = &mo->mo_next;
			continue;
		}
		*mop = mo->mo_next;
		ch->ch_sc->sc_agent->ag_nmonitors--;
		kern_free(mo, sizeof(*mo));
		found = true;
	}
	return (found);
}

void
switch_monitor_close(struct switch_chan *ch)
{
	monitor_remove(ch, 0, true);
}

enum ofp_error
switch_monitor_cancel(struct switch_chan *ch, struct switch_msg *sm)
{
	enum ofp_error	error;
	uint32_t	id;

	error = ofp_monitor_cancel_decode(&sm->sm_rd, &id);
	if (error != OFP_OK)
		return (error);
	return (monitor_remove(ch, id, false) ? OFP_OK : OFP_BRC_EPERM);
}

/*
 * Updates.
 */

/* Of the monitors that a flow concerns: flags joined; 0: none. */
static uint16_t
monitor_flags(struct switch_chan *ch, struct switch_flow *sf, uint16_t want)
{
	struct switch_monitor	*mo;
	uint16_t		 flags = 0;

	for (mo = ch->ch_monitors; mo != NULL; mo = mo->mo_next) {
		if ((mo->mo_flags & want) != 0 &&
		    switch_flow_fits(sf, &mo->mo_req))
			flags |= mo->mo_flags;
	}
	return (flags);
}

static void
update_encode(struct ofp_wr *wr, struct switch_flow *sf, uint16_t event,
    uint16_t reason, bool actions)
{
	struct ofp_flow_update	fu;
	struct ofp_flow_stats	fs;

	switch_flow_stats(sf, &fs);
	fu.fu_event = event;
	fu.fu_reason = reason;
	fu.fu_priority = fs.fs_priority;
	fu.fu_idle = fs.fs_idle;
	fu.fu_hard = fs.fs_hard;
	fu.fu_table = fs.fs_table;
	fu.fu_cookie = fs.fs_cookie;
	fu.fu_match = fs.fs_match;
	if (actions)
		fu.fu_instr = fs.fs_instr;
	else
		ofp_rd_init(&fu.fu_instr, NULL, 0);
	ofp_flow_update_encode(wr, &fu);
}

/* By xid only, and that once for each message. */
static void
update_abbreviated(struct switch_chan *ch)
{
	struct switch_agent	*ag = ch->ch_sc->sc_agent;
	struct ofp_flow_update	 fu;
	struct ofp_wr		 wr;
	size_t			 start;

	if (ch->ch_abbreviated)
		return;
	ch->ch_abbreviated = true;
	memset(&fu, 0, sizeof(fu));
	fu.fu_event = OFP_FME_ABBREV;
	fu.fu_xid = ag->ag_xid;
	switch_chan_begin(ch, &wr);
	start = ofp_monitor_reply_begin(&wr, 0);
	ofp_flow_update_encode(&wr, &fu);
	ofp_mp_end(&wr, start, false);
	switch_chan_send(ch, &wr);
}

static void
monitor_state(struct switch_chan *ch, uint32_t type)
{
	struct ofp_wr	wr;

	switch_chan_begin(ch, &wr);
	ofp_monitor_state_encode(&wr, 0, type);
	switch_chan_send(ch, &wr);
}

static const struct switch_mp_row initial_row, resume_row;

static void
monitor_notify(struct switch_chan *ch, struct switch_flow *sf,
    enum switch_flow_event event, uint8_t reason)
{
	struct switch_agent	*ag = ch->ch_sc->sc_agent;
	struct ofp_wr		 wr;
	uint16_t		 flags;
	size_t			 start;

	flags = monitor_flags(ch, sf, event_flag[event]);
	if (flags == 0)
		return;
	if (ag->ag_by == ch && (flags & OFP_FMF_OWN) == 0) {
		update_abbreviated(ch);
		return;
	}
	if (!ch->ch_paused && switch_chan_is_full(ch)) {
		ch->ch_paused = true;
		ch->ch_paused_at = kern_uptime_ns();
		monitor_state(ch, OFP_ONF_MONITOR_PAUSED);
	}
	if (ch->ch_paused && event != SWITCH_FLOW_DELETED)
		return;
	if (ch->ch_dump.du_row == &initial_row ||
	    ch->ch_dump.du_row == &resume_row)
		switch_mp_flush(ch);
	switch_chan_begin(ch, &wr);
	start = ofp_monitor_reply_begin(&wr, 0);
	update_encode(&wr, sf, event_wire[event], reason,
	    (flags & OFP_FMF_ACTIONS) != 0);
	ofp_mp_end(&wr, start, false);
	if (!ofp_wr_err(&wr))
		switch_chan_send(ch, &wr);
}

void
switch_flow_event_notify(struct switch_softc *sc, struct switch_flow *sf,
    enum switch_flow_event event, uint8_t reason)
{
	struct switch_agent	*ag = sc->sc_agent;
	struct switch_chan	*ch;

	KERN_MUTEX_ASSERT(&sc->sc_mutex);
	if (ag->ag_nmonitors == 0)
		return;
	TAILQ_FOREACH(ch, &ag->ag_chans, ch_entry) {
		if (ch->ch_monitors != NULL && switch_chan_is_up(ch))
			monitor_notify(ch, sf, event, reason);
	}
}

/*
 * The flows that are there: of new monitors, or of all after a pause.
 */

static void
monitor_segment(struct switch_chan *ch, struct switch_dump *du)
{
	du->du_start = ofp_monitor_reply_begin(&du->du_wr, du->du_xid);
}

static void
monitor_old(struct switch_chan *ch)
{
	struct switch_monitor	*mo;

	for (mo = ch->ch_monitors; mo != NULL; mo = mo->mo_next)
		mo->mo_new = false;
}

static enum switch_mp_found
initial_next(struct switch_chan *ch, struct switch_dump *du,
    unsigned int *budget)
{
	struct switch_monitor	*mo;
	struct switch_flow	*sf;
	bool			 fits = false, actions = false;

	if (du->du_flow == NULL)
		du->du_flow = switch_flow_iter_next(ch->ch_sc, &du->du_iter,
		    budget);
	if ((sf = du->du_flow) == NULL) {
		if (du->du_iter.it_done)
			monitor_old(ch);
		return (du->du_iter.it_done ? SWITCH_MP_END :
		    SWITCH_MP_PAUSE);
	}
	for (mo = ch->ch_monitors; mo != NULL; mo = mo->mo_next) {
		if (mo->mo_new && (mo->mo_flags & OFP_FMF_INITIAL) != 0 &&
		    switch_flow_fits(sf, &mo->mo_req)) {
			fits = true;
			if ((mo->mo_flags & OFP_FMF_ACTIONS) != 0)
				actions = true;
		}
	}
	if (fits)
		update_encode(&du->du_wr, sf, OFP_FME_ADDED, 0, actions);
	return (SWITCH_MP_ENTRY);
}

static enum switch_mp_found
resume_next(struct switch_chan *ch, struct switch_dump *du,
    unsigned int *budget)
{
	struct switch_flow	*sf;
	uint16_t		 flags;
	bool			 added;

	if (du->du_flow == NULL)
		du->du_flow = switch_flow_iter_next(ch->ch_sc, &du->du_iter,
		    budget);
	if ((sf = du->du_flow) == NULL)
		return (du->du_iter.it_done ? SWITCH_MP_END :
		    SWITCH_MP_PAUSE);
	added = sf->sf_created >= ch->ch_paused_at;
	flags = monitor_flags(ch, sf, added ? OFP_FMF_ADD : OFP_FMF_MODIFY);
	if (flags != 0)
		update_encode(&du->du_wr, sf, added ? OFP_FME_ADDED :
		    OFP_FME_MODIFIED, 0, (flags & OFP_FMF_ACTIONS) != 0);
	return (SWITCH_MP_ENTRY);
}

static void
resume_done(struct switch_chan *ch)
{
	ch->ch_paused = false;
	monitor_state(ch, OFP_ONF_MONITOR_RESUMED);
}

static const struct switch_mp_row initial_row = {
	.mr_next = initial_next,
	.mr_segment = monitor_segment,
	.mr_flows = true
};
static const struct switch_mp_row resume_row = {
	.mr_next = resume_next,
	.mr_segment = monitor_segment,
	.mr_done = resume_done,
	.mr_flows = true
};

/* A walk over all flows: the monitors choose. */
static void
monitor_walk(struct switch_chan *ch, const struct switch_mp_row *row,
    uint32_t xid)
{
	struct switch_dump	*du = &ch->ch_dump;
	struct ofp_flow_req	 fq;

	memset(&fq, 0, sizeof(fq));
	memset(du, 0, sizeof(*du));
	fq.fq_table = OFP_TT_ALL;
	fq.fq_out_port = OFP_P_ANY;
	fq.fq_out_group = OFP_G_ANY;
	ofp_match_init(&fq.fq_match);
	switch_flow_iter_start(ch->ch_sc, &du->du_iter, &fq);
	switch_mp_begin(ch, row, xid, OFP_MP_EXPERIMENTER);
}

/* The queue is empty: say what was held back. */
void
switch_monitor_resume(struct switch_chan *ch)
{
	if (ch->ch_paused && ch->ch_dump.du_row == NULL)
		monitor_walk(ch, &resume_row, 0);
}

/*
 * Requests.
 */

static enum ofp_error
monitor_add(struct switch_chan *ch, const struct ofp_monitor *om)
{
	struct switch_monitor	*mo, **mop;
	unsigned int		 n = 0;

	if ((om->mo_flags & ~OFP_FMF_MASK) != 0 ||
	    monitor_find(ch, om->mo_id) != NULL)
		return (OFP_BRC_EPERM);
	if (om->mo_table != OFP_TT_ALL &&
	    !switch_tfeat_is_table(ch->ch_sc, om->mo_table))
		return (OFP_BRC_BAD_TABLE_ID);
	for (mop = &ch->ch_monitors; *mop != NULL; mop = &(*mop)->mo_next)
		n++;
	if (n >= MONITORS_MAX || (mo = kern_zalloc(sizeof(*mo))) == NULL)
		return (OFP_BRC_EPERM);
	mo->mo_id = om->mo_id;
	mo->mo_flags = om->mo_flags;
	mo->mo_new = true;
	mo->mo_req.fq_table = om->mo_table;
	mo->mo_req.fq_out_port = om->mo_out_port;
	mo->mo_req.fq_out_group = OFP_G_ANY;
	mo->mo_req.fq_match = om->mo_match;
	*mop = mo;
	ch->ch_sc->sc_agent->ag_nmonitors++;
	return (OFP_OK);
}

/* A bad monitor takes those of the same request with it. */
static void
monitor_undo(struct switch_chan *ch)
{
	struct switch_monitor	*mo, *next;

	for (mo = ch->ch_monitors; mo != NULL; mo = next) {
		next = mo->mo_next;
		if (mo->mo_new)
			monitor_remove(ch, mo->mo_id, false);
	}
}

enum ofp_error
switch_monitor_request(struct switch_chan *ch, struct switch_msg *sm,
    struct ofp_rd *rd)
{
	struct ofp_monitor	om;
	enum ofp_error		error = OFP_OK;

	while (ofp_monitor_next(rd, &om, &error)) {
		if ((error = monitor_add(ch, &om)) != OFP_OK)
			break;
	}
	if (error != OFP_OK) {
		monitor_undo(ch);
		return (error);
	}
	monitor_walk(ch, &initial_row, sm->sm_hdr.h_xid);
	return (OFP_OK);
}
