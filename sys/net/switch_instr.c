/*
 * SPDX-License-Identifier: ISC
 *
 * switch_instr.c: what a flow does, from the wire to ops.
 *
 * The instructions of a flow mod are checked against the state of the switch
 * (groups, meters, tables), compiled to ops, and shared: flows with the same
 * bytes have the same struct switch_instr, found by hash.  The wire bytes are
 * kept beside the ops, since they are what the switch answers with.
 */
#include "switch_pass.h"

#define MIN_INSTRS	64

/* How an action becomes an op; codes of actions are small numbers. */
static const struct action_row {
	uint8_t		ar_code;	/* enum switch_opcode */
	int8_t		ar_place;	/* in an action set, 1.3.5, 5.10 */
} action_rows[] = {
	[OFP_AT_COPY_TTL_IN] =	{ SWITCH_OP_COPY_TTL_IN, 0 },
	[OFP_AT_POP_PBB] =	{ SWITCH_OP_POP_PBB, 1 },
	[OFP_AT_POP_VLAN] =	{ SWITCH_OP_POP_VLAN, 2 },
	[OFP_AT_POP_MPLS] =	{ SWITCH_OP_POP_MPLS, 3 },
	[OFP_AT_PUSH_MPLS] =	{ SWITCH_OP_PUSH_MPLS, 4 },
	[OFP_AT_PUSH_PBB] =	{ SWITCH_OP_PUSH_PBB, 5 },
	[OFP_AT_PUSH_VLAN] =	{ SWITCH_OP_PUSH_VLAN, 6 },
	[OFP_AT_COPY_TTL_OUT] =	{ SWITCH_OP_COPY_TTL_OUT, 7 },
	[OFP_AT_DEC_MPLS_TTL] =	{ SWITCH_OP_DEC_MPLS_TTL, 8 },
	[OFP_AT_DEC_NW_TTL] =	{ SWITCH_OP_DEC_NW_TTL, 9 },
	[OFP_AT_SET_MPLS_TTL] =	{ SWITCH_OP_SET_MPLS_TTL, 10 },
	[OFP_AT_SET_NW_TTL] =	{ SWITCH_OP_SET_NW_TTL, 11 },
	[OFP_AT_SET_QUEUE] =	{ SWITCH_OP_QUEUE, 12 },
};

/* Places of the set: fields are set behind the last of these. */
#define SET_LAST_HEADER	11
#define SET_QUEUE	12
#define SET_GROUP	13
#define SET_OUTPUT	14
CTASSERT(SET_OUTPUT < SWITCH_SET_FIXED);

/* Outputs with an op of their own. */
static const struct {
	uint32_t	ro_port;
	uint8_t		ro_code;
} reserved_outputs[] = {
	{ OFP_P_IN_PORT,	SWITCH_OP_IN_PORT },
	{ OFP_P_TABLE,		SWITCH_OP_TABLE },
	{ OFP_P_NORMAL,		SWITCH_OP_NORMAL },
	{ OFP_P_FLOOD,		SWITCH_OP_FLOOD },
	{ OFP_P_ALL,		SWITCH_OP_ALL },
	{ OFP_P_CONTROLLER,	SWITCH_OP_CONTROLLER },
};

static uint8_t
output_code(uint32_t port)
{
	unsigned int	 i;

	for (i = 0; i < nitems(reserved_outputs); i++)
		if (reserved_outputs[i].ro_port == port)
			return (reserved_outputs[i].ro_code);
	return (SWITCH_OP_OUTPUT);
}

/* One op of at most SWITCH_OP_MAXWORDS words. */
static unsigned int
action_compile(const struct ofp_action *ac, union switch_op *op)
{
	memset(op, 0, SWITCH_OP_MAXWORDS * sizeof(*op));
	op->op.words = 1;
	switch (ac->ac_type) {
	case OFP_AT_OUTPUT:
		op->op.code = output_code(ac->u.output.port);
		if (op->op.code == SWITCH_OP_OUTPUT)
			op->op.val = ac->u.output.port;
		else if (op->op.code == SWITCH_OP_CONTROLLER)
			op->op.arg = ac->u.output.max_len;
		break;
	case OFP_AT_GROUP:
		op->op.code = SWITCH_OP_GROUP;
		op->op.val = ac->u.group;
		break;
	case OFP_AT_SET_FIELD:
		op->op.code = SWITCH_OP_SET;
		op->op.words = 3;
		op->op.arg = ac->u.set.field;
		memcpy(&op[1], ac->u.set.value, 16);
		break;
	case OFP_AT_COPY_FIELD:
		op->op.code = SWITCH_OP_COPY;
		op->op.words = 2;
		op->op.arg = ac->u.copy.n_bits;
		op->op.val = (uint32_t)ac->u.copy.src_off << 16 |
		    ac->u.copy.dst_off;
		op[1].op.code = ac->u.copy.src;
		op[1].op.words = ac->u.copy.dst;
		break;
	default:
		if (ac->ac_type < nitems(action_rows))
			op->op.code = action_rows[ac->ac_type].ar_code;
		if (ac->ac_type == OFP_AT_SET_QUEUE)
			op->op.val = ac->u.queue;
		else if (ac->ac_type == OFP_AT_SET_MPLS_TTL ||
		    ac->ac_type == OFP_AT_SET_NW_TTL)
			op->op.arg = ac->u.ttl;
		else
			op->op.arg = ac->u.ethertype;
		break;
	}
	return (op->op.words);
}

unsigned int
switch_actions_size(struct ofp_rd rd)
{
	union switch_op		 op[SWITCH_OP_MAXWORDS];
	struct ofp_action	 ac;
	enum ofp_error		 err;
	unsigned int		 n = 0;

	while (ofp_action_next(&rd, &ac, &err))
		n += action_compile(&ac, op);
	return (n);
}

unsigned int
switch_actions_compile(struct ofp_rd rd, union switch_op *ops)
{
	union switch_op		 op[SWITCH_OP_MAXWORDS];
	struct ofp_action	 ac;
	enum ofp_error		 err;
	unsigned int		 n = 0, words;

	while (ofp_action_next(&rd, &ac, &err)) {
		words = action_compile(&ac, op);
		memcpy(&ops[n], op, words * sizeof(*op));
		n += words;
	}
	return (n);
}

/*
 * Action sets.
 */
static int
set_place(const union switch_op *op)
{
	unsigned int	 i;

	if (op->op.code == SWITCH_OP_GROUP)
		return (SET_GROUP);
	if (op->op.code == SWITCH_OP_SET || op->op.code == SWITCH_OP_COPY)
		return (-1);
	for (i = 0; i < nitems(action_rows); i++)
		if (action_rows[i].ar_code == op->op.code &&
		    op->op.code != 0)
			return (action_rows[i].ar_place);
	return (SET_OUTPUT);
}

void
switch_actset_clear(struct switch_actset *as)
{
	as->as_fields = 0;
	as->as_have = 0;
	as->as_miss = false;
}

/* Merge: one of each kind, the last wins. */
void
switch_actset_write(struct switch_actset *as, const union switch_op *op,
    unsigned int nwords, bool miss)
{
	const union switch_op	*end = op + nwords;
	unsigned int		 field;
	int			 place;

	for (; op < end; op += op->op.words) {
		place = set_place(op);
		if (place >= 0) {
			as->as_op[place] = op;
			as->as_have |= 1u << place;
			if (place == SET_OUTPUT)
				as->as_miss = miss;
			continue;
		}
		field = op->op.code == SWITCH_OP_SET ? op->op.arg :
		    op[1].op.words;
		as->as_field[field] = op;
		as->as_fields |= OFP_FIELD_BIT(field);
	}
}

uint32_t
switch_actset_output(const struct switch_actset *as)
{
	const union switch_op	*op = as->as_op[SET_OUTPUT];
	unsigned int		 i;

	if ((as->as_have & (1u << SET_OUTPUT | 1u << SET_GROUP)) !=
	    1u << SET_OUTPUT)
		return (SWITCH_PORT_UNSET);
	for (i = 0; i < nitems(reserved_outputs); i++)
		if (reserved_outputs[i].ro_code == op->op.code)
			return (reserved_outputs[i].ro_port);
	return (op->op.val);
}

bool
switch_actset_walk(const struct switch_actset *as,
    bool (*fn)(void *, const union switch_op *), void *arg)
{
	uint64_t	 fields;
	int		 i;

	for (i = 0; i <= SET_LAST_HEADER; i++)
		if ((as->as_have & 1u << i) != 0 && !fn(arg, as->as_op[i]))
			return (false);
	for (fields = as->as_fields; fields != 0; fields &= fields - 1)
		if (!fn(arg, as->as_field[__builtin_ctzll(fields)]))
			return (false);
	for (i = SET_QUEUE; i <= SET_OUTPUT; i++) {
		if (i == SET_OUTPUT && (as->as_have & 1u << SET_GROUP) != 0)
			break;			/* 5.10: the group wins */
		if ((as->as_have & 1u << i) != 0 && !fn(arg, as->as_op[i]))
			return (false);
	}
	return (true);
}

struct set_out {
	union switch_op	*so_op;
	unsigned int	 so_n;
};

static bool
set_copy_op(void *arg, const union switch_op *op)
{
	struct set_out	*so = arg;

	memcpy(&so->so_op[so->so_n], op, op->op.words * sizeof(*op));
	if (op->op.code == SWITCH_OP_CONTROLLER)
		so->so_op[so->so_n].op.val |= SWITCH_PUNT_SET;
	so->so_n += op->op.words;
	return (true);
}

/* In place: the list is compiled behind the room for the set. */
unsigned int
switch_actions_compile_set(struct ofp_rd rd, union switch_op *ops)
{
	struct switch_actset	 as;
	struct set_out		 so = { ops, 0 };
	unsigned int		 room = switch_actions_size(rd), n;

	n = switch_actions_compile(rd, ops + room);
	switch_actset_clear(&as);
	switch_actset_write(&as, ops + room, n, false);
	(void)switch_actset_walk(&as, set_copy_op, &so);
	return (so.so_n);
}

/*
 * Checks against the state of the switch.
 */
static enum ofp_error
action_check(struct switch_softc *sc, const struct ofp_action *ac,
    bool packet_out)
{
	switch (ac->ac_type) {
	case OFP_AT_OUTPUT:
		if (ac->u.output.port == OFP_P_TABLE)
			return (packet_out ? OFP_OK : OFP_BAC_BAD_OUT_PORT);
		if (!switch_port_legal(ac->u.output.port))
			return (OFP_BAC_BAD_OUT_PORT);
		break;
	case OFP_AT_GROUP:
		if (switch_group_find(sc, ac->u.group) == NULL)
			return (OFP_BAC_BAD_OUT_GROUP);
		break;
	}
	return (OFP_OK);
}

enum ofp_error
switch_actions_check(struct switch_softc *sc, struct ofp_rd rd,
    bool packet_out)
{
	struct ofp_action	 ac;
	enum ofp_error		 err = OFP_OK;

	while (ofp_action_next(&rd, &ac, &err)) {
		err = action_check(sc, &ac, packet_out);
		if (err != OFP_OK)
			return (err);
	}
	return (err);
}

enum ofp_error
switch_instr_check(struct switch_softc *sc, uint8_t table,
    const struct ofp_instructions *in)
{
	enum ofp_error	 err = OFP_OK;

	KERN_MUTEX_ASSERT(&sc->sc_mutex);
	if ((in->in_present & 1u << OFP_IT_METER) != 0 &&
	    switch_meter_find(sc, in->in_meter) == NULL)
		return (in->in_meter == 0 || in->in_meter > OFP_M_MAX ?
		    OFP_MMFC_INVALID_METER : OFP_MMFC_UNKNOWN_METER);
	if ((in->in_present & 1u << OFP_IT_GOTO_TABLE) != 0 &&
	    (in->in_goto <= table || in->in_goto >= switch_table_count(sc)))
		return (OFP_BIC_BAD_TABLE_ID);
	if ((in->in_present & 1u << OFP_IT_APPLY_ACTIONS) != 0)
		err = switch_actions_check(sc, in->in_apply, false);
	if (err == OFP_OK &&
	    (in->in_present & 1u << OFP_IT_WRITE_ACTIONS) != 0)
		err = switch_actions_check(sc, in->in_write, false);
	return (err);
}

/*
 * Sharing.
 */
static uint32_t
wire_hash(const uint8_t *p, size_t len)
{
	uint64_t	 h = len;

	for (; len > 0; len--)
		h = switch_hash_add(h, *p++);
	return ((uint32_t)h);
}

static struct switch_instr *
instr_find(struct switch_softc *sc, const struct ofp_rd *wire, uint32_t hash)
{
	struct switch_instr	*si;

	if (sc->sc_instrs == NULL)
		return (NULL);
	for (si = sc->sc_instrs[hash & sc->sc_instrmask]; si != NULL;
	    si = si->si_hnext)
		if (si->si_hash == hash && si->si_len == wire->rd_left &&
		    memcmp(si->si_wire, wire->rd_p, si->si_len) == 0)
			break;
	return (si);
}

/* Keep chains short; without memory they grow longer. */
static int
instrs_grow(struct switch_softc *sc)
{
	struct switch_instr	**tab, *si;
	uint32_t		  size = sc->sc_instrmask + 1, n, i;

	if (sc->sc_instrs != NULL && sc->sc_ninstrs < size)
		return (0);
	n = sc->sc_instrs == NULL ? MIN_INSTRS : size * 2;
	tab = kern_zalloc(n * sizeof(*tab));
	if (tab == NULL)
		return (sc->sc_instrs == NULL ? ENOMEM : 0);
	for (i = 0; sc->sc_instrs != NULL && i < size; i++)
		while ((si = sc->sc_instrs[i]) != NULL) {
			sc->sc_instrs[i] = si->si_hnext;
			si->si_hnext = tab[si->si_hash & (n - 1)];
			tab[si->si_hash & (n - 1)] = si;
		}
	if (sc->sc_instrs != NULL)
		kern_free(sc->sc_instrs, size * sizeof(*tab));
	sc->sc_instrs = tab;
	sc->sc_instrmask = n - 1;
	return (0);
}

static void
instr_free(void *arg)
{
	struct switch_instr	*si = arg;

	kern_free(si, si->si_size);
}

/* Groups and meters know how many flows refer to them. */
void
switch_instr_count(struct switch_softc *sc, const struct switch_instr *si,
    int n)
{
	const union switch_op	*op = si->si_op;
	const union switch_op	*end = op + si->si_napply + si->si_nwrite;

	sc->sc_groupmark++;
	for (; op < end; op += op->op.words)
		if (op->op.code == SWITCH_OP_GROUP)
			switch_group_ref(sc, op->op.val, n);
	if ((si->si_present & 1u << OFP_IT_METER) != 0)
		switch_meter_ref(sc, si->si_meter, n);
}

static struct switch_instr *
instr_new(const struct ofp_flow *f)
{
	const struct ofp_instructions *in = &f->f_instr;
	struct switch_instr	*si;
	unsigned int		 na = 0, nw = 0;
	size_t			 size;

	if ((in->in_present & 1u << OFP_IT_APPLY_ACTIONS) != 0)
		na = switch_actions_size(in->in_apply);
	if ((in->in_present & 1u << OFP_IT_WRITE_ACTIONS) != 0)
		nw = switch_actions_size(in->in_write);
	size = sizeof(*si) + (na + nw) * sizeof(union switch_op) +
	    f->f_instr_bytes.rd_left;
	si = kern_zalloc(size);
	if (si == NULL)
		return (NULL);
	si->si_size = size;
	si->si_len = f->f_instr_bytes.rd_left;
	si->si_wire = (uint8_t *)&si->si_op[na + nw];
	if (si->si_len > 0)
		memcpy(si->si_wire, f->f_instr_bytes.rd_p, si->si_len);
	si->si_present = in->in_present;
	si->si_goto = in->in_goto;
	si->si_meter = in->in_meter;
	si->si_metadata = be64_make(in->in_metadata & in->in_metadata_mask);
	si->si_metadata_mask = be64_make(in->in_metadata_mask);
	if (na > 0)
		si->si_napply = switch_actions_compile(in->in_apply,
		    si->si_op);
	if (nw > 0)
		si->si_nwrite = switch_actions_compile(in->in_write,
		    si->si_op + na);
	return (si);
}

enum ofp_error
switch_instr_get(struct switch_softc *sc, uint8_t table,
    const struct ofp_flow *f, struct switch_instr **sip)
{
	struct switch_instr	*si, **bucket;
	enum ofp_error		 err;
	uint32_t		 hash;

	err = switch_instr_check(sc, table, &f->f_instr);
	if (err != OFP_OK)
		return (err);
	if (instrs_grow(sc) != 0)
		return (OFP_FMFC_UNKNOWN);
	hash = wire_hash(f->f_instr_bytes.rd_p, f->f_instr_bytes.rd_left);
	si = instr_find(sc, &f->f_instr_bytes, hash);
	if (si == NULL) {
		si = instr_new(f);
		if (si == NULL)
			return (OFP_FMFC_UNKNOWN);
		si->si_hash = hash;
		bucket = &sc->sc_instrs[hash & sc->sc_instrmask];
		si->si_hnext = *bucket;
		*bucket = si;
		sc->sc_ninstrs++;
	}
	switch_instr_ref(sc, si);
	*sip = si;
	return (OFP_OK);
}

void
switch_instr_ref(struct switch_softc *sc, struct switch_instr *si)
{
	si->si_refs++;
	switch_instr_count(sc, si, 1);
}

void
switch_instr_put(struct switch_softc *sc, struct switch_instr *si)
{
	struct switch_instr	**sp;

	KERN_MUTEX_ASSERT(&sc->sc_mutex);
	switch_instr_count(sc, si, -1);
	if (--si->si_refs > 0)
		return;
	sp = &sc->sc_instrs[si->si_hash & sc->sc_instrmask];
	while (*sp != si)
		sp = &(*sp)->si_hnext;
	*sp = si->si_hnext;
	sc->sc_ninstrs--;
	smr_call(&si->si_smr, instr_free, si);
}

/*
 * Questions of filters, 6.4: not through groups.
 */
bool
switch_instr_has_group(const struct switch_instr *si, uint32_t group)
{
	const union switch_op	*op = si->si_op;
	const union switch_op	*end = op + si->si_napply + si->si_nwrite;

	for (; op < end; op += op->op.words)
		if (op->op.code == SWITCH_OP_GROUP &&
		    (group == OFP_G_ALL || op->op.val == group))
			return (true);
	return (false);
}

bool
switch_instr_has_meter(const struct switch_instr *si, uint32_t meter)
{
	return ((si->si_present & 1u << OFP_IT_METER) != 0 &&
	    (meter == OFP_M_ALL || si->si_meter == meter));
}

static bool
instr_has_port(const struct switch_instr *si, uint32_t port)
{
	const union switch_op	*op = si->si_op;
	const union switch_op	*end = op + si->si_napply + si->si_nwrite;
	uint8_t			 code = output_code(port);

	for (; op < end; op += op->op.words)
		if (op->op.code == code &&
		    (code != SWITCH_OP_OUTPUT || op->op.val == port))
			return (true);
	return (false);
}

bool
switch_instr_outputs(const struct switch_instr *si, uint32_t port,
    uint32_t group)
{
	return ((port == OFP_P_ANY || instr_has_port(si, port)) &&
	    (group == OFP_G_ANY || switch_instr_has_group(si, group)));
}
