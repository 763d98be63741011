/*
 * SPDX-License-Identifier: ISC
 *
 * check.c: is a flow one that the hardware takes?  What a table cannot do is
 * refused as the model's row says.
 */
#include "emul.h"

/* The error of the make, or else what the specification would say. */
static enum ofp_error
refusal(enum ofp_error said)
{
	return (em.em_model->mo_error != OFP_OK ? em.em_model->mo_error :
	    said);
}

static bool
reserved_refused(uint32_t port)
{
	return (port > OFP_P_MAX && port != OFP_P_CONTROLLER &&
	    (em.em_model->mo_refused & BIT(port & 7)) != 0);
}

static enum ofp_error
check_group(uint32_t id)
{
	if ((em.em_model->mo_quirks & MQ_NO_GROUP) != 0)
		return (OFP_BAC_BAD_TYPE);
	return (group_find(id) == NULL ? OFP_BAC_BAD_OUT_GROUP : OFP_OK);
}

static enum ofp_error
check_port(uint32_t port)
{
	if (reserved_refused(port) || port == 0 ||
	    (port > EM_PORTS && port < OFP_P_MAX))
		return (OFP_BAC_BAD_OUT_PORT);
	return (OFP_OK);
}

/* mt: NULL for a packet-out. */
enum ofp_error
check_actions(struct ofp_rd rd, const struct model_table *mt)
{
	struct ofp_action	ac;
	enum ofp_error		error = OFP_OK;

	while (error == OFP_OK && flow_action(&rd, &ac)) {
		if (mt != NULL && em.em_version != OFP_VERSION_10 &&
		    (ac.ac_type > 31 || (mt->mt_apply & BIT(ac.ac_type)) == 0))
			return (refusal(OFP_BAC_BAD_TYPE));
		if (ac.ac_type == OFP_AT_OUTPUT)
			error = check_port(ac.u.output.port);
		else if (ac.ac_type == OFP_AT_GROUP)
			error = check_group(ac.u.group);
	}
	return (error);
}

static bool
next_has(const struct model_table *mt, uint8_t table)
{
	unsigned int	i;

	for (i = 0; i < MODEL_NEXT && mt->mt_next[i] != 0; i++)
		if (mt->mt_next[i] == table)
			return (true);
	return (false);
}

/* Is a frame changed, or sent to a port, there? */
static bool
actions_have(struct ofp_rd rd, bool change, uint32_t port)
{
	struct ofp_action	ac;

	while (flow_action(&rd, &ac))
		if (ac.ac_type == OFP_AT_OUTPUT ? ac.u.output.port == port :
		    change && ac.ac_type != OFP_AT_GROUP)
			return (true);
	return (false);
}

/*
 * Aruba: not both a rewrite and the controller; what is written needs an
 * output or a goto, but not the controller and a goto.
 */
static enum ofp_error
check_custom(const struct ofp_instructions *in)
{
	bool	go = (in->in_present & BIT(OFP_IT_GOTO_TABLE)) != 0;

	if ((in->in_present & BIT(OFP_IT_APPLY_ACTIONS)) != 0 &&
	    actions_have(in->in_apply, true, OFP_P_ANY) &&
	    actions_have(in->in_apply, false, OFP_P_CONTROLLER))
		return (OFP_BAC_BAD_TYPE);
	if ((in->in_present & BIT(OFP_IT_WRITE_ACTIONS)) != 0 && go &&
	    actions_have(in->in_write, false, OFP_P_CONTROLLER))
		return (OFP_BAC_BAD_OUT_PORT);
	return (OFP_OK);
}

static enum ofp_error
check_instructions(const struct ofp_flow *f, const struct model_table *mt)
{
	const struct ofp_instructions	*in = &f->f_instr;
	enum ofp_error			 error = OFP_OK;

	if ((in->in_present & ~mt->mt_instr) != 0)
		return (refusal(OFP_BIC_UNSUP_INST));
	if ((in->in_present & BIT(OFP_IT_GOTO_TABLE)) != 0 &&
	    !next_has(mt, in->in_goto))
		return (OFP_BIC_BAD_TABLE_ID);
	if ((in->in_present & BIT(OFP_IT_METER)) != 0 &&
	    !meter_there(in->in_meter))
		return (OFP_MMFC_UNKNOWN_METER);
	if ((in->in_present & BIT(OFP_IT_APPLY_ACTIONS)) != 0)
		error = check_actions(in->in_apply, mt);
	if (error == OFP_OK &&
	    (in->in_present & BIT(OFP_IT_WRITE_ACTIONS)) != 0)
		error = check_actions(in->in_write, mt);
	if (error == OFP_OK && (em.em_model->mo_quirks & MQ_CUSTOM) != 0)
		error = check_custom(in);
	return (error);
}

/* Bytes of the OXMs, values only. */
static uint32_t
match_width(const struct ofp_match *m)
{
	uint32_t	width = 0;
	unsigned int	i;

	for (i = 0; i < OFP_XMT_COUNT; i++)
		if ((m->m_fields & OFP_FIELD_BIT(i)) != 0)
			width += ofp_oxm_table[i].ox_len;
	return (width);
}

static enum ofp_error
check_match(const struct ofp_match *m, const struct model_table *mt)
{
	uint64_t	has = m->m_fields;

	if ((has & ~mt->mt_match) != 0)
		return (refusal(OFP_BMC_BAD_FIELD));
	if (mt->mt_exact && has != 0 && has != mt->mt_match)
		return (refusal(OFP_BMC_BAD_WILDCARDS));
	if ((has & mt->mt_with) != 0 && (has & mt->mt_needs) == 0)
		return (refusal(OFP_BMC_BAD_PREREQ));
	if (mt->mt_type != 0 && (has & F(ETH_TYPE)) != 0 &&
	    ofp_key_get(&m->m_key, OFP_XMT_ETH_TYPE) != mt->mt_type)
		return (refusal(OFP_BMC_BAD_VALUE));
	if (mt->mt_width != 0 && match_width(m) > mt->mt_width)
		return (refusal(OFP_BMC_BAD_FIELD));
	return (OFP_OK);
}

/*
 * 1.0 names no table: the first that takes the flow, hardware before software.
 */
uint8_t
check_place(const struct ofp_match *m)
{
	const struct model_table	*mt = em.em_model->mo_tables;
	unsigned int			 i, last = 0;

	for (i = 0; i < MODEL_TABLES && mt[i].mt_name != NULL; i++) {
		if ((mt[i].mt_apply & BIT(OFP_AT_OUTPUT)) == 0)
			continue;
		last = i;
		if (check_match(m, &mt[i]) == OFP_OK)
			break;
	}
	return (mt[last].mt_id);
}

enum ofp_error
check_flow(const struct ofp_flow *f)
{
	const struct model_table	*mt = model_table(f->f_table);
	enum ofp_error			 error;

	if (em.em_version == OFP_VERSION_10) {
		error = check_match(&f->f_match, mt);
		return (error != OFP_OK ? error :
		    check_actions(f->f_instr_bytes, NULL));
	}
	if (mt == NULL)
		return (OFP_FMFC_BAD_TABLE_ID);
	if ((error = check_match(&f->f_match, mt)) != OFP_OK)
		return (error);
	return (check_instructions(f, mt));
}
