/*
 * SPDX-License-Identifier: ISC
 *
 * flow.c: flow tables: one list by table and priority, searched from the
 * front.
 */
#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "emul.h"

bool
flow_action(struct ofp_rd *rd, struct ofp_action *ac)
{
	enum ofp_error	error;

	return (em.em_version == OFP_VERSION_10 ?
	    ofp10_action_next(rd, ac, &error) :
	    ofp_action_next(rd, ac, &error));
}

/* To that port, or to that group? */
static bool
actions_have(struct ofp_rd rd, uint16_t type, uint32_t to)
{
	struct ofp_action	ac;

	while (flow_action(&rd, &ac))
		if (ac.ac_type == type && to == (type == OFP_AT_OUTPUT ?
		    ac.u.output.port : ac.u.group))
			return (true);
	return (false);
}

static bool
flow_has(const struct flow *fl, uint16_t type, uint32_t to)
{
	struct ofp_instructions	in;
	struct ofp_rd		rd;

	ofp_rd_init(&rd, fl->fl_do, fl->fl_len);
	if (em.em_version == OFP_VERSION_10)
		return (actions_have(rd, type, to));
	if (ofp_instructions_decode(&rd, &fl->fl_match, &in) != OFP_OK)
		return (false);
	return (((in.in_present & BIT(OFP_IT_APPLY_ACTIONS)) != 0 &&
	    actions_have(in.in_apply, type, to)) ||
	    ((in.in_present & BIT(OFP_IT_WRITE_ACTIONS)) != 0 &&
	    actions_have(in.in_write, type, to)));
}

bool
flow_outputs(const struct flow *fl, uint32_t port)
{
	return (flow_has(fl, OFP_AT_OUTPUT, port));
}

struct flow *
flow_lookup(uint8_t table, const struct ofp_key *key)
{
	struct flow	*fl, *best = NULL;
	bool		 any = em.em_version == OFP_VERSION_10;

	TAILQ_FOREACH(fl, &em.em_flows, fl_entry) {
		if ((!any && fl->fl_table != table) ||
		    !ofp_match_hit(&fl->fl_match, key))
			continue;
		if (best == NULL || fl->fl_priority > best->fl_priority)
			best = fl;
	}
	return (best);
}

/* Flows of a table; of all for OFP_TT_ALL. */
unsigned int
flow_count(uint8_t table)
{
	struct flow	*fl;
	unsigned int	 n = 0;

	TAILQ_FOREACH(fl, &em.em_flows, fl_entry)
		n += table == OFP_TT_ALL || fl->fl_table == table;
	return (n);
}

/* Is it one that a delete, a modify or a question means?  6.4. */
bool
flow_covered(const struct flow *fl, const struct ofp_flow *f)
{
	bool	strict = f->f_command == OFP_FC_DELETE_STRICT ||
		    f->f_command == OFP_FC_MODIFY_STRICT ||
		    f->f_command == OFP_FC_ADD;

	if (f->f_table != OFP_TT_ALL && f->f_table != fl->fl_table &&
	    em.em_version != OFP_VERSION_10)
		return (false);
	if (strict ? f->f_priority != fl->fl_priority ||
	    !ofp_match_equal(&f->f_match, &fl->fl_match) :
	    !ofp_match_covers(&f->f_match, &fl->fl_match))
		return (false);
	if (f->f_command == OFP_FC_ADD)
		return (true);
	if (em.em_version != OFP_VERSION_10 &&
	    ((fl->fl_cookie ^ f->f_cookie) & f->f_cookie_mask) != 0)
		return (false);
	return (f->f_command == OFP_FC_MODIFY ||
	    f->f_command == OFP_FC_MODIFY_STRICT ||
	    f->f_out_port == OFP_P_ANY || flow_outputs(fl, f->f_out_port));
}

static void
flow_remove(struct flow *fl, int reason)
{
	TAILQ_REMOVE(&em.em_flows, fl, fl_entry);
	if (reason != -1 && (fl->fl_flags & OFP_FF_SEND_FLOW_REM) != 0)
		msg_flow_removed(fl, (uint8_t)reason);
	free(fl);
}

void
flow_group_gone(uint32_t id)
{
	struct flow	*fl, *next;

	for (fl = TAILQ_FIRST(&em.em_flows); fl != NULL; fl = next) {
		next = TAILQ_NEXT(fl, fl_entry);
		if (flow_has(fl, OFP_AT_GROUP, id))
			flow_remove(fl, OFP_RR_GROUP_DELETE);
	}
}

static void
flow_delete(const struct ofp_flow *f)
{
	struct flow	*fl, *next;

	em.em_dels++;
	for (fl = TAILQ_FIRST(&em.em_flows); fl != NULL; fl = next) {
		next = TAILQ_NEXT(fl, fl_entry);
		if (flow_covered(fl, f))
			flow_remove(fl, OFP_RR_DELETE);
	}
}

/* The most that a table may hold now. */
static unsigned int
table_max(uint8_t table)
{
	const struct model_table	*mt = model_table(table);

	if (mt == NULL)
		return (0);
	if (em.em_limit != 0 && !mt->mt_soft && em.em_limit < mt->mt_max)
		return (em.em_limit);
	return (mt->mt_max);
}

static enum ofp_error
flow_room(const struct ofp_flow *f)
{
	if (flow_count(f->f_table) < table_max(f->f_table))
		return (OFP_OK);
	return (em.em_model->mo_full != OFP_OK ? em.em_model->mo_full :
	    OFP_FMFC_TABLE_FULL);
}

static struct flow *
flow_new(const struct ofp_flow *f)
{
	size_t		 len = ofp_rd_left(&f->f_instr_bytes);
	struct flow	*fl;

	if ((fl = calloc(1, sizeof(*fl) + len)) == NULL)
		err(1, NULL);
	fl->fl_table = f->f_table;
	fl->fl_priority = f->f_priority;
	fl->fl_idle = f->f_idle;
	fl->fl_hard = f->f_hard;
	fl->fl_flags = f->f_flags;
	fl->fl_cookie = f->f_cookie;
	fl->fl_match = f->f_match;
	fl->fl_made = fl->fl_used = em.em_now;
	fl->fl_len = len;
	if (len > 0)
		memcpy(fl->fl_do, f->f_instr_bytes.rd_p, len);
	return (fl);
}

static void
flow_insert(struct flow *fl)
{
	struct flow	*at;

	TAILQ_FOREACH(at, &em.em_flows, fl_entry)
		if (at->fl_table > fl->fl_table ||
		    (at->fl_table == fl->fl_table &&
		    at->fl_priority <= fl->fl_priority))
			break;
	if (at == NULL)
		TAILQ_INSERT_TAIL(&em.em_flows, fl, fl_entry);
	else
		TAILQ_INSERT_BEFORE(at, fl, fl_entry);
}

static enum ofp_error
flow_add(const struct ofp_flow *f)
{
	enum ofp_error	 error;
	struct flow	*fl;

	if ((error = check_flow(f)) != OFP_OK)
		return (error);
	TAILQ_FOREACH(fl, &em.em_flows, fl_entry)
		if (flow_covered(fl, f))
			break;
	if (fl == NULL && (error = flow_room(f)) != OFP_OK)
		return (error);
	if (fl != NULL)
		flow_remove(fl, -1);
	em.em_adds++;
	flow_insert(flow_new(f));
	return (OFP_OK);
}

/* Other instructions for what is there; 1.0 adds when nothing is. */
static enum ofp_error
flow_modify(const struct ofp_flow *f)
{
	struct flow	*fl, *next, *changed;
	enum ofp_error	 error;
	unsigned int	 n = 0;

	if ((error = check_flow(f)) != OFP_OK)
		return (error);
	for (fl = TAILQ_FIRST(&em.em_flows); fl != NULL; fl = next) {
		next = TAILQ_NEXT(fl, fl_entry);
		if (!flow_covered(fl, f))
			continue;
		n++;
		changed = flow_new(f);
		changed->fl_table = fl->fl_table;
		changed->fl_priority = fl->fl_priority;
		changed->fl_match = fl->fl_match;
		changed->fl_idle = fl->fl_idle;
		changed->fl_hard = fl->fl_hard;
		changed->fl_flags = fl->fl_flags;
		changed->fl_cookie = fl->fl_cookie;
		changed->fl_made = fl->fl_made;
		TAILQ_INSERT_BEFORE(fl, changed, fl_entry);
		flow_remove(fl, -1);
	}
	return (n == 0 && em.em_version == OFP_VERSION_10 ? flow_add(f) :
	    OFP_OK);
}

enum ofp_error
flow_mod(struct ofp_flow *f)
{
	switch (f->f_command) {
	case OFP_FC_ADD:
		return (flow_add(f));
	case OFP_FC_MODIFY:
	case OFP_FC_MODIFY_STRICT:
		return (flow_modify(f));
	default:
		flow_delete(f);
		return (OFP_OK);
	}
}

void
flow_expire(void)
{
	struct flow	*fl, *next;

	for (fl = TAILQ_FIRST(&em.em_flows); fl != NULL; fl = next) {
		next = TAILQ_NEXT(fl, fl_entry);
		if (fl->fl_hard != 0 &&
		    em.em_now - fl->fl_made >= fl->fl_hard * 1000ULL)
			flow_remove(fl, OFP_RR_HARD_TIMEOUT);
		else if (fl->fl_idle != 0 &&
		    em.em_now - fl->fl_used >= fl->fl_idle * 1000ULL)
			flow_remove(fl, OFP_RR_IDLE_TIMEOUT);
	}
}

void
flow_clear(void)
{
	while (!TAILQ_EMPTY(&em.em_flows))
		flow_remove(TAILQ_FIRST(&em.em_flows), -1);
}
