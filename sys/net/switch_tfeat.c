/*
 * SPDX-License-Identifier: ISC
 *
 * switch_tfeat.c: what each table can do, told and chosen (7.3.5.5).
 *
 * As made, a table can do everything, and st_features is NULL.  A controller
 * may restrict tables, name them, and leave some out, all in one request that
 * succeeds or changes nothing.  A table that is left out or restricted in
 * another way than before loses its flows, without flow removed messages.
 * What a table does not announce it refuses (switch_tfeat_check), with the
 * error of the thing that is missing.
 */
#include "switch_chan.h"

#define ACTIONS								\
	(1U << OFP_AT_OUTPUT | 1U << OFP_AT_COPY_TTL_OUT |		\
	1U << OFP_AT_COPY_TTL_IN | 1U << OFP_AT_SET_MPLS_TTL |		\
	1U << OFP_AT_DEC_MPLS_TTL | 1U << OFP_AT_PUSH_VLAN |		\
	1U << OFP_AT_POP_VLAN | 1U << OFP_AT_PUSH_MPLS |		\
	1U << OFP_AT_POP_MPLS | 1U << OFP_AT_SET_QUEUE |		\
	1U << OFP_AT_GROUP | 1U << OFP_AT_SET_NW_TTL |			\
	1U << OFP_AT_DEC_NW_TTL | 1U << OFP_AT_SET_FIELD |		\
	1U << OFP_AT_PUSH_PBB | 1U << OFP_AT_POP_PBB)
#define INSTRUCTIONS							\
	(1U << OFP_IT_GOTO_TABLE | 1U << OFP_IT_WRITE_METADATA |	\
	1U << OFP_IT_WRITE_ACTIONS | 1U << OFP_IT_APPLY_ACTIONS |	\
	1U << OFP_IT_CLEAR_ACTIONS | 1U << OFP_IT_METER)
#define PROPS								\
	(1U << OFP_TFPT_INSTRUCTIONS | 1U << OFP_TFPT_NEXT_TABLES |	\
	1U << OFP_TFPT_WRITE_ACTIONS | 1U << OFP_TFPT_APPLY_ACTIONS |	\
	1U << OFP_TFPT_MATCH | 1U << OFP_TFPT_WILDCARDS |		\
	1U << OFP_TFPT_WRITE_SETFIELD | 1U << OFP_TFPT_APPLY_SETFIELD)
#define HAS(set, bit)	(((set) & 1ULL << (bit)) != 0)

/* Of a set operation: features to be published, by table. */
struct tfeat_set {
	struct ofp_table_features	*ts_new[SWITCH_NTABLES];
	uint64_t			 ts_listed[4];
};

static bool
table_bit(const uint64_t set[4], unsigned int id)
{
	return ((set[id / 64] & 1ULL << id % 64) != 0);
}

/* Is this a table that may be used? */
bool
switch_tfeat_is_table(struct switch_softc *sc, uint8_t id)
{
	struct switch_table	*st;

	KERN_MUTEX_ASSERT(&sc->sc_mutex);
	if (id >= switch_table_count(sc))
		return (false);
	st = SMR_PTR_GET_LOCKED(&sc->sc_tables[id]);
	return (st == NULL || !st->st_disabled);
}

/* How many there are. */
unsigned int
switch_tfeat_count(struct switch_softc *sc)
{
	unsigned int	i, n = 0;

	for (i = 0; i < switch_table_count(sc); i++)
		n += switch_tfeat_is_table(sc, (uint8_t)i);
	return (n);
}

/* What a table can do as it is made. */
static void
tfeat_default(struct switch_softc *sc, uint8_t id,
    struct ofp_table_features *tf)
{
	unsigned int	i, n = switch_table_count(sc);
	uint64_t	settable = 0, maskable = 0, all;

	all = (1ULL << OFP_NFIELDS) - 1;
	for (i = 0; i < OFP_NFIELDS; i++) {
		if (ofp_oxm_table[i].ox_settable)
			settable |= OFP_FIELD_BIT(i);
		if (ofp_oxm_table[i].ox_maskable)
			maskable |= OFP_FIELD_BIT(i);
	}
	memset(tf, 0, sizeof(*tf));
	tf->tf_table = id;
	tf->tf_metadata_match = tf->tf_metadata_write = ~0ULL;
	tf->tf_max_entries = sc->sc_conf.sc_max_flows;
	tf->tf_props = PROPS;
	for (i = id + 1U; i < n; i++)
		tf->tf_next[0][i / 64] |= 1ULL << i % 64;
	tf->tf_instr[0] = INSTRUCTIONS;
	if (id + 1U >= n)
		tf->tf_instr[0] &= ~(1U << OFP_IT_GOTO_TABLE);
	tf->tf_write[0] = tf->tf_apply[0] = ACTIONS;
	tf->tf_write_set[0] = tf->tf_apply_set[0] = settable;
	tf->tf_match = tf->tf_wildcards = all;
	tf->tf_match_masked = maskable;
	tf->tf_instr[1] = tf->tf_instr[0];
	memcpy(tf->tf_next[1], tf->tf_next[0], sizeof(tf->tf_next[1]));
	tf->tf_write[1] = tf->tf_apply[1] = ACTIONS;
	tf->tf_write_set[1] = tf->tf_apply_set[1] = settable;
}

void
switch_tfeat_get(struct switch_softc *sc, uint8_t id,
    struct ofp_table_features *tf)
{
	struct switch_table	*st;

	st = SMR_PTR_GET_LOCKED(&sc->sc_tables[id]);
	if (st != NULL && st->st_features != NULL)
		*tf = *st->st_features;
	else
		tfeat_default(sc, id, tf);
	if (st != NULL && st->st_name[0] != '\0')
		memcpy(tf->tf_name, st->st_name, sizeof(tf->tf_name));
	else
		snprintf(tf->tf_name, sizeof(tf->tf_name), "table%u", id);
}

/*
 * Setting.
 */

/* A *_MISS property that is left out says the same as the other (TF-17). */
static void
tfeat_fill_miss(struct ofp_table_features *tf)
{
	if (!HAS(tf->tf_props, OFP_TFPT_INSTRUCTIONS_MISS))
		tf->tf_instr[1] = tf->tf_instr[0];
	if (!HAS(tf->tf_props, OFP_TFPT_NEXT_TABLES_MISS))
		memcpy(tf->tf_next[1], tf->tf_next[0],
		    sizeof(tf->tf_next[1]));
	if (!HAS(tf->tf_props, OFP_TFPT_WRITE_ACTIONS_MISS))
		tf->tf_write[1] = tf->tf_write[0];
	if (!HAS(tf->tf_props, OFP_TFPT_APPLY_ACTIONS_MISS))
		tf->tf_apply[1] = tf->tf_apply[0];
	if (!HAS(tf->tf_props, OFP_TFPT_WRITE_SETFIELD_MISS))
		tf->tf_write_set[1] = tf->tf_write_set[0];
	if (!HAS(tf->tf_props, OFP_TFPT_APPLY_SETFIELD_MISS))
		tf->tf_apply_set[1] = tf->tf_apply_set[0];
	tf->tf_props = PROPS;
	if (tf->tf_instr[1] != tf->tf_instr[0])
		tf->tf_props |= 1U << OFP_TFPT_INSTRUCTIONS_MISS;
	if (memcmp(tf->tf_next[1], tf->tf_next[0], sizeof(tf->tf_next[1])))
		tf->tf_props |= 1U << OFP_TFPT_NEXT_TABLES_MISS;
	if (tf->tf_write[1] != tf->tf_write[0])
		tf->tf_props |= 1U << OFP_TFPT_WRITE_ACTIONS_MISS;
	if (tf->tf_apply[1] != tf->tf_apply[0])
		tf->tf_props |= 1U << OFP_TFPT_APPLY_ACTIONS_MISS;
	if (tf->tf_write_set[1] != tf->tf_write_set[0])
		tf->tf_props |= 1U << OFP_TFPT_WRITE_SETFIELD_MISS;
	if (tf->tf_apply_set[1] != tf->tf_apply_set[0])
		tf->tf_props |= 1U << OFP_TFPT_APPLY_SETFIELD_MISS;
}

/* Only what the table can do, in one of its two halves. */
static bool
tfeat_half_within(const struct ofp_table_features *a,
    const struct ofp_table_features *all, unsigned int half)
{
	unsigned int	i;

	for (i = 0; i < 4; i++) {
		if ((a->tf_next[half][i] & ~all->tf_next[0][i]) != 0)
			return (false);
	}
	return ((a->tf_instr[half] & ~all->tf_instr[0]) == 0 &&
	    (a->tf_write[half] & ~all->tf_write[0]) == 0 &&
	    (a->tf_apply[half] & ~all->tf_apply[0]) == 0 &&
	    (a->tf_write_set[half] & ~all->tf_write_set[0]) == 0 &&
	    (a->tf_apply_set[half] & ~all->tf_apply_set[0]) == 0);
}

/* One entry of the request; it is made complete on the way. */
static enum ofp_error
tfeat_check_entry(struct switch_softc *sc, struct ofp_table_features *tf,
    struct tfeat_set *ts)
{
	struct ofp_table_features	all;
	uint32_t			need = PROPS;

	if (tf->tf_error != OFP_OK)
		return (tf->tf_error);
	if (tf->tf_table >= switch_table_count(sc) ||
	    table_bit(ts->ts_listed, tf->tf_table))
		return (OFP_TFFC_BAD_TABLE);
	ts->ts_listed[tf->tf_table / 64] |= 1ULL << tf->tf_table % 64;
	tfeat_default(sc, tf->tf_table, &all);
	if (tf->tf_table + 1U == switch_table_count(sc))
		need &= ~(1U << OFP_TFPT_NEXT_TABLES);
	if ((tf->tf_props & need) != need)
		return (OFP_TFFC_BAD_ARGUMENT);
	tfeat_fill_miss(tf);
	if (tf->tf_max_entries != all.tf_max_entries ||
	    !tfeat_half_within(tf, &all, 0) ||
	    !tfeat_half_within(tf, &all, 1) ||
	    (tf->tf_match & ~all.tf_match) != 0 ||
	    (tf->tf_match_masked & ~all.tf_match_masked) != 0 ||
	    (tf->tf_wildcards & ~tf->tf_match) != 0)
		return (OFP_TFFC_BAD_ARGUMENT);
	return (OFP_OK);
}

/* Keep a copy of an entry, and make sure that the table is there. */
static enum ofp_error
tfeat_keep(struct switch_softc *sc, const struct ofp_table_features *tf,
    struct tfeat_set *ts)
{
	struct ofp_table_features	*copy;

	if ((copy = kern_zalloc(sizeof(*copy))) == NULL)
		return (OFP_TFFC_EPERM);
	*copy = *tf;
	copy->tf_config = 0;
	ts->ts_new[tf->tf_table] = copy;
	return (switch_table_get(sc, tf->tf_table) == NULL ?
	    OFP_TFFC_EPERM : OFP_OK);
}

/* All entries, and what they say of each other. */
static enum ofp_error
tfeat_read(struct switch_softc *sc, struct ofp_rd *rd, struct tfeat_set *ts)
{
	struct ofp_table_features	 tf;
	enum ofp_error			 error = OFP_OK;
	unsigned int			 i, j;

	while (ofp_table_features_next(rd, &tf, &error)) {
		if ((error = tfeat_check_entry(sc, &tf, ts)) != OFP_OK ||
		    (error = tfeat_keep(sc, &tf, ts)) != OFP_OK)
			return (error);
	}
	if (error != OFP_OK)
		return (error);
	if (!table_bit(ts->ts_listed, 0))
		return (OFP_TFFC_BAD_TABLE);
	for (i = 0; i < SWITCH_NTABLES; i++) {
		for (j = 0; ts->ts_new[i] != NULL && j < 4; j++) {
			if (((ts->ts_new[i]->tf_next[0][j] |
			    ts->ts_new[i]->tf_next[1][j]) &
			    ~ts->ts_listed[j]) != 0)
				return (OFP_TFFC_BAD_ARGUMENT);
		}
	}
	for (i = 0; i < switch_table_count(sc); i++) {
		if (ts->ts_new[i] == NULL &&
		    switch_table_get(sc, (uint8_t)i) == NULL)
			return (OFP_TFFC_EPERM);
	}
	return (OFP_OK);
}

/* Same abilities, whatever the names. */
static bool
tfeat_same(const struct ofp_table_features *a,
    const struct ofp_table_features *b)
{
	return (a->tf_metadata_match == b->tf_metadata_match &&
	    a->tf_metadata_write == b->tf_metadata_write &&
	    a->tf_match == b->tf_match &&
	    a->tf_match_masked == b->tf_match_masked &&
	    a->tf_wildcards == b->tf_wildcards &&
	    memcmp(a->tf_instr, b->tf_instr, sizeof(a->tf_instr)) == 0 &&
	    memcmp(a->tf_next, b->tf_next, sizeof(a->tf_next)) == 0 &&
	    memcmp(a->tf_write, b->tf_write, sizeof(a->tf_write)) == 0 &&
	    memcmp(a->tf_apply, b->tf_apply, sizeof(a->tf_apply)) == 0 &&
	    memcmp(a->tf_write_set, b->tf_write_set,
	    sizeof(a->tf_write_set)) == 0 &&
	    memcmp(a->tf_apply_set, b->tf_apply_set,
	    sizeof(a->tf_apply_set)) == 0);
}

/* Nothing fails any more. */
static void
tfeat_publish(struct switch_softc *sc, struct tfeat_set *ts, unsigned int id)
{
	struct ofp_table_features	 before, *tf = ts->ts_new[id];
	struct switch_table		*st;

	st = switch_table_get(sc, (uint8_t)id);
	switch_tfeat_get(sc, (uint8_t)id, &before);
	if (tf == NULL || !tfeat_same(&before, tf))
		switch_table_flush(sc, (uint8_t)id);
	st->st_disabled = tf == NULL;
	kern_free(st->st_features, sizeof(*tf));
	st->st_features = tf;
	ts->ts_new[id] = NULL;
	if (tf != NULL)
		memcpy(st->st_name, tf->tf_name, sizeof(st->st_name));
}

enum ofp_error
switch_tfeat_set(struct switch_softc *sc, struct ofp_rd rd)
{
	struct tfeat_set	*ts;
	enum ofp_error		 error;
	unsigned int		 i;

	KERN_MUTEX_ASSERT(&sc->sc_mutex);
	if ((ts = kern_zalloc(sizeof(*ts))) == NULL)
		return (OFP_TFFC_EPERM);
	error = tfeat_read(sc, &rd, ts);
	for (i = 0; error == OFP_OK && i < switch_table_count(sc); i++)
		tfeat_publish(sc, ts, i);
	for (i = 0; i < SWITCH_NTABLES; i++)
		kern_free(ts->ts_new[i], sizeof(*ts->ts_new[i]));
	kern_free(ts, sizeof(*ts));
	return (error);
}

/*
 * Checking flows.
 */

static bool
field_is_masked(const struct ofp_match *m, unsigned int f)
{
	const struct ofp_oxm	*ox = &ofp_oxm_table[f];
	const uint8_t		*mask = (const uint8_t *)&m->m_mask +
				    ox->ox_off;
	unsigned int		 i;
	uint64_t		 all;

	if (ox->ox_klen > 8) {
		for (i = 0; i < ox->ox_klen && mask[i] == 0xff; i++)
			;
		return (i < ox->ox_klen);
	}
	all = ox->ox_bits == 64 ? ~0ULL : (1ULL << ox->ox_bits) - 1;
	return (ofp_key_get(&m->m_mask, (enum ofp_field)f) != all);
}

static enum ofp_error
check_match(const struct ofp_table_features *tf, const struct ofp_match *m,
    bool miss)
{
	uint64_t	meta;
	unsigned int	f;

	if ((m->m_fields & ~tf->tf_match) != 0)
		return (OFP_BMC_BAD_FIELD);
	for (f = 0; f < OFP_NFIELDS; f++) {
		if (HAS(m->m_fields, f) && !HAS(tf->tf_match_masked, f) &&
		    field_is_masked(m, f))
			return (OFP_BMC_BAD_MASK);
	}
	meta = ofp_key_get(&m->m_mask, (enum ofp_field)OFP_XMT_METADATA);
	if (HAS(m->m_fields, OFP_XMT_METADATA) &&
	    (meta & ~tf->tf_metadata_match) != 0)
		return (OFP_BMC_BAD_MASK);
	if (!miss && (tf->tf_match & ~tf->tf_wildcards & ~m->m_fields) != 0)
		return (OFP_BMC_BAD_WILDCARDS);
	return (OFP_OK);
}

static enum ofp_error
check_actions(struct ofp_rd rd, uint32_t types, uint64_t fields)
{
	struct ofp_action	ac;
	enum ofp_error		error = OFP_OK;

	while (ofp_action_next(&rd, &ac, &error)) {
		if (ac.ac_type >= 32)
			continue;	/* experimenter */
		if (!HAS(types, ac.ac_type))
			return (OFP_BAC_BAD_TYPE);
		if (ac.ac_type == OFP_AT_SET_FIELD &&
		    !HAS(fields, ac.u.set.field))
			return (OFP_BAC_BAD_SET_TYPE);
	}
	return (error);
}

static enum ofp_error
check_instructions(const struct ofp_table_features *tf,
    const struct ofp_instructions *in, unsigned int half)
{
	enum ofp_error	error;

	if ((in->in_present & 0x7f & ~tf->tf_instr[half]) != 0)
		return (OFP_BIC_UNSUP_INST);
	if (HAS(in->in_present, OFP_IT_GOTO_TABLE) &&
	    !table_bit(tf->tf_next[half], in->in_goto))
		return (OFP_BIC_BAD_TABLE_ID);
	if (HAS(in->in_present, OFP_IT_WRITE_METADATA)) {
		if ((in->in_metadata_mask & ~tf->tf_metadata_write) != 0)
			return (OFP_BIC_UNSUP_METADATA_MASK);
		if ((in->in_metadata & ~tf->tf_metadata_write) != 0)
			return (OFP_BIC_UNSUP_METADATA);
	}
	error = OFP_OK;
	if (HAS(in->in_present, OFP_IT_APPLY_ACTIONS))
		error = check_actions(in->in_apply, tf->tf_apply[half],
		    tf->tf_apply_set[half]);
	if (error == OFP_OK && HAS(in->in_present, OFP_IT_WRITE_ACTIONS))
		error = check_actions(in->in_write, tf->tf_write[half],
		    tf->tf_write_set[half]);
	return (error);
}

enum ofp_error
switch_tfeat_check(struct switch_softc *sc, const struct ofp_flow *f)
{
	struct switch_table	*st;
	enum ofp_error		 error;
	bool			 miss;

	KERN_MUTEX_ASSERT(&sc->sc_mutex);
	if (f->f_table >= switch_table_count(sc))
		return (OFP_OK);	/* the core knows what to say */
	st = SMR_PTR_GET_LOCKED(&sc->sc_tables[f->f_table]);
	if (st == NULL || (st->st_features == NULL && !st->st_disabled))
		return (OFP_OK);
	if (st->st_disabled)
		return (OFP_FMFC_BAD_TABLE_ID);
	if (f->f_command == OFP_FC_DELETE ||
	    f->f_command == OFP_FC_DELETE_STRICT)
		return (OFP_OK);
	/* It may find flows of both kinds, and says not what they match. */
	if (f->f_command == OFP_FC_MODIFY) {
		error = check_instructions(st->st_features, &f->f_instr, 0);
		return (error != OFP_OK ? error :
		    check_instructions(st->st_features, &f->f_instr, 1));
	}
	miss = f->f_priority == 0 && f->f_match.m_fields == 0;
	error = check_match(st->st_features, &f->f_match, miss);
	if (error != OFP_OK)
		return (error);
	return (check_instructions(st->st_features, &f->f_instr, miss));
}
