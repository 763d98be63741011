/*
 * SPDX-License-Identifier: ISC
 *
 * switch_cache.c: the cache in front of the pipeline.
 *
 * An entry is a small program: which bits of the key were consulted and what
 * they were, the shape of the frame, the tables looked at, and the ops of the
 * whole way, with the flows to credit among them.  Nothing in it points into
 * the host.  A packet finds it by a hash of its key in a table of slots; a slot
 * names a program, and the program itself says whether it applies: the masked
 * comparison decides, so a wrong slot is only a miss.  Many slots may name one
 * program (all conversations that one wildcard flow serves).
 *
 * Changes.  A flow mod does not touch entries.  It writes what it changed
 * (table, priority, match) into a log and counts up ca_seq.  A program
 * remembers the count it was last good for; when that is behind, the changes
 * since are held against it: does one bear upon a table it looked at, with a
 * priority that could have won, and a match that its packets could hit?  If
 * none, it is good for the new count.  If one, or if the log no longer reaches
 * back, it dies.  So the next packet after a change sees it, and unrelated
 * entries live on.
 *
 * What is not kept: a way that looks into a table after the frame became
 * another (tr_reparsed: MPLS or PBB tags, the outer of several VLAN tags).
 * What such a look consults was in no key when the packet came - the IP header
 * behind a label, the tag behind a tag - so no comparison with that key can
 * tell whether the program applies.  It would take a second program, asked with
 * the key of the frame as it is by then, and with the action set so far, which
 * is part of the state there.  Such a packet walks the tables each time; one
 * that pushes or pops last, or outputs right after it, is kept as any other.
 *
 * Programs lie in one array.  One that dies is taken again only when no reader
 * is left (smr_call); pr_live is NULL meanwhile.  Filling takes a spin lock,
 * hitting takes none.
 */
#include "switch_pass.h"

#define MIN_PROGS	1024
#define LOG_SIZE	256		/* changes remembered; a power of two */
#define MAX_WORDS	14
#define WAYS		4
#define SLOTS		2	/* rows of ways for a program, at least */
#define RECLAIM		8		/* looked at when there is no room */

struct cache_prog {
	struct cache_prog	*pr_live;	/* S: itself, or NULL */
	uint64_t		 pr_seq;	/* A: good for this count */
	uint32_t		 pr_shape;
	uint8_t			 pr_nwords;
	uint8_t			 pr_nops;
	uint8_t			 pr_ntables;
	bool			 pr_used;	/* A: since last looked at */
	bool			 pr_plain;	/* a host could do it */
	bool			 pr_offered;	/* and was told so */
	uint8_t			 pr_index[MAX_WORDS];
	uint64_t		 pr_mask[MAX_WORDS];
	uint64_t		 pr_key[MAX_WORDS];
	union switch_op		 pr_op[SWITCH_TRACE_OPS];
	/* what a hit does not read */
	struct switch_seen	 pr_seen[SWITCH_TRACE_TABLES];
	uint32_t		 pr_dirty;
	uint32_t		 pr_hash;	/* of mask and key */
	struct cache_prog	*pr_next;	/* X: chain or free list */
	uint64_t		 pr_birth;	/* its own number */
	struct smr_entry	 pr_smr;
	struct switch_cache	*pr_cache;
};

/* A flow came, went or changed. */
struct cache_change {
	uint8_t			 cc_table;
	uint16_t		 cc_priority;
	uint8_t			 cc_nwords;
	uint8_t			 cc_index[OFP_KEY_WORDS];
	uint64_t		 cc_mask[OFP_KEY_WORDS];
	uint64_t		 cc_key[OFP_KEY_WORDS];
};

struct switch_cache {
	uint64_t		 ca_seq;	/* A: written under sc_mutex */
	uint32_t		 ca_slots;	/* I: mask of slots */
	uint32_t		 ca_nprogs;	/* I */
	uint64_t		 ca_seed;	/* I */
	uint64_t		*ca_slot;	/* A: hash, program + 1 */
	struct cache_prog	*ca_prog;
	struct cache_prog	**ca_index;	/* X: by pr_hash, ca_slots */
	struct switch_softc	*ca_sc;		/* I */
	struct kern_spin	 ca_spin;
	struct cache_prog	*ca_free;	/* X: ca_spin */
	uint32_t		 ca_nfree;	/* X */
	uint32_t		 ca_hand;	/* X: whom to look at next */
	uint32_t		 ca_starved;	/* X: since the last tick */
	uint64_t		 ca_floor;	/* A: changes forgotten */
	struct cache_change	 ca_log[LOG_SIZE];
};

/*
 * A packet comes.
 */
/*
 * A hash that is cheap and need not be right: two words to a product.  TCP
 * flags do not spread.
 */
static inline uint64_t
packet_hash(const struct switch_cache *ca, const struct switch_pass *ps)
{
	const uint64_t	*w = switch_key_cwords(&ps->ps_key);
	uint64_t	 h, seed = ca->ca_seed;
	uint32_t	 rare = ps->ps_hdr.h_rare;

	h = switch_hash_two(w[0] ^ seed, w[1]);
	h = switch_hash_two(w[2] ^ h, w[3] ^ seed);
	h = switch_hash_two((w[4] & ~be64_make(0xffff)) ^ h, seed);
	for (; unlikely(rare != 0); rare &= rare - 1)
		h = switch_hash_add(h, w[__builtin_ctz(rare)]);
	return (h);
}

static inline bool
prog_fits(const struct cache_prog *pr, const uint64_t *w, uint32_t shape)
{
	unsigned int	 i;

	if (pr->pr_shape != shape)
		return (false);
	for (i = 0; i < pr->pr_nwords; i++)
		if (((w[pr->pr_index[i]] & pr->pr_mask[i]) ^
		    pr->pr_key[i]) != 0)
			return (false);
	return (true);
}

/* Could a packet of the program also be one of the change? */
static bool
change_hits(const struct cache_change *cc, const struct cache_prog *pr)
{
	unsigned int	 i, j;

	for (i = 0; i < cc->cc_nwords; i++) {
		if ((pr->pr_dirty & 1u << cc->cc_index[i]) != 0)
			continue;	/* the table saw something else */
		for (j = 0; j < pr->pr_nwords; j++)
			if (pr->pr_index[j] == cc->cc_index[i] &&
			    ((pr->pr_key[j] ^ cc->cc_key[i]) &
			    pr->pr_mask[j] & cc->cc_mask[i]) != 0)
				return (false);
	}
	return (true);
}

static bool
change_matters(const struct cache_change *cc, const struct cache_prog *pr)
{
	unsigned int	 i;

	for (i = 0; i < pr->pr_ntables; i++)
		if (pr->pr_seen[i].se_table == cc->cc_table)
			return (cc->cc_priority >= pr->pr_seen[i].se_priority &&
			    change_hits(cc, pr));
	return (false);
}

/*
 * Is a program that was good for an older count still good?  A change may be
 * overwritten while it is read: the floor, read last, tells.
 */
static bool
prog_renew(struct switch_cache *ca, struct cache_prog *pr, uint64_t seq)
{
	uint64_t	 i, from = kern_load(&pr->pr_seq);

	if (from < kern_load(&ca->ca_floor))
		return (false);
	for (i = from; i < seq; i++)
		if (change_matters(&ca->ca_log[i % LOG_SIZE], pr))
			return (false);
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	if (from < kern_load(&ca->ca_floor))
		return (false);
	kern_store(&pr->pr_seq, seq);
	return (true);
}

/* S: a live program that applies, good for now or made so. */
static inline struct cache_prog *
slot_prog(struct switch_cache *ca, uint64_t slot, const struct switch_pass *ps,
    uint32_t shape)
{
	struct cache_prog	*pr;

	pr = SMR_PTR_GET(&ca->ca_prog[(uint32_t)slot - 1].pr_live);
	if (pr == NULL ||
	    !prog_fits(pr, switch_key_cwords(&ps->ps_key), shape))
		return (NULL);
	return (pr);
}

static void	prog_kill(struct switch_cache *, struct cache_prog *);

static struct cache_prog *
cache_find(struct switch_softc *sc, struct switch_cache *ca,
    const struct switch_pass *ps, uint64_t h)
{
	uint64_t		*slot = &ca->ca_slot[(h & ca->ca_slots) * WAYS];
	uint32_t		 shape = switch_hdr_shape(&ps->ps_hdr,
				    &ps->ps_key);
	struct cache_prog	*pr;
	uint64_t		 s, seq = kern_load(&ca->ca_seq);
	unsigned int		 i;

	for (i = 0; i < WAYS; i++) {
		s = kern_load(&slot[i]);
		if (s == 0 || (s ^ h) >> 32 != 0)
			continue;
		pr = slot_prog(ca, s, ps, shape);
		if (pr == NULL)
			continue;
		if (likely(kern_load(&pr->pr_seq) == seq) ||
		    prog_renew(ca, pr, seq))
			return (pr);
		switch_count(sc, SWITCH_N_CACHE_STALE);
		prog_kill(ca, pr);
	}
	return (NULL);
}

bool
switch_cache_run(struct switch_pass *ps, uint64_t *hash)
{
	struct switch_softc	*sc = ps->ps_sc;
	struct switch_cache	*ca = SMR_PTR_GET(&sc->sc_cache);
	struct cache_prog	*pr;

	*hash = packet_hash(ca, ps);
	pr = cache_find(sc, ca, ps, *hash);
	if (unlikely(pr == NULL)) {
		switch_count(sc, SWITCH_N_CACHE_MISS);
		return (false);
	}
	if (!kern_load(&pr->pr_used))
		kern_store(&pr->pr_used, true);
	switch_count(sc, SWITCH_N_CACHE_HIT);
	(void)switch_ops_run(ps, pr->pr_op, pr->pr_nops);
	if (unlikely(sc->sc_fast != NULL) && pr->pr_plain) {
		pr->pr_offered = true;
		switch_fast_offer(ps, (uint32_t)(pr - ca->ca_prog),
		    pr->pr_birth);
	}
	return (true);
}

static struct cache_prog *
offer_prog(struct switch_cache *ca, const struct switch_fast_offer *fo)
{
	struct cache_prog	*pr;

	if (fo->fo_prog >= ca->ca_nprogs)
		return (NULL);
	pr = SMR_PTR_GET(&ca->ca_prog[fo->fo_prog].pr_live);
	return (pr != NULL && pr->pr_birth == fo->fo_birth ? pr : NULL);
}

const union switch_op *
switch_cache_ops(struct switch_softc *sc, const struct switch_fast_offer *fo,
    unsigned int *nwords)
{
	struct cache_prog	*pr = offer_prog(SMR_PTR_GET(&sc->sc_cache),
				    fo);

	if (pr == NULL)
		return (NULL);
	*nwords = pr->pr_nops;
	return (pr->pr_op);
}

bool
switch_cache_good(struct switch_softc *sc, const struct switch_fast_offer *fo)
{
	struct switch_cache	*ca = SMR_PTR_GET(&sc->sc_cache);
	struct cache_prog	*pr = offer_prog(ca, fo);
	uint64_t		 seq = kern_load(&ca->ca_seq);

	if (pr == NULL)
		return (false);
	kern_store(&pr->pr_used, true);
	return (kern_load(&pr->pr_seq) == seq || prog_renew(ca, pr, seq));
}

/*
 * Writing down.
 */
void
switch_trace_begin(struct switch_pass *ps, struct switch_trace *tr)
{
	struct switch_cache	*ca = SMR_PTR_GET(&ps->ps_sc->sc_cache);

	tr->tr_key = ps->ps_key;
	memset(&tr->tr_mask, 0, sizeof(tr->tr_mask));
	tr->tr_seq = kern_load(&ca->ca_seq);
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	tr->tr_shape = switch_hdr_shape(&ps->ps_hdr, &ps->ps_key);
	tr->tr_dirty = 0;
	tr->tr_ntables = tr->tr_nops = 0;
	tr->tr_useless = tr->tr_reparsed = false;
	ps->ps_trace = tr;
}

void
switch_trace_lookup(struct switch_pass *ps, uint8_t table,
    const struct switch_flow *f)
{
	struct switch_trace	*tr = ps->ps_trace;

	if (tr->tr_reparsed || tr->tr_ntables == SWITCH_TRACE_TABLES) {
		tr->tr_useless = true;
		return;
	}
	tr->tr_seen[tr->tr_ntables].se_table = table;
	tr->tr_seen[tr->tr_ntables++].se_priority =
	    f == NULL ? -1 : f->sf_priority;
}

#define WORD_OF(member)	(1u << offsetof(struct ofp_key, member) / 8)

static uint32_t
field_words(unsigned int field)
{
	const struct ofp_oxm	*ox = &ofp_oxm_table[field];
	uint32_t		 first = ox->ox_off / 8;
	uint32_t		 last = (ox->ox_off + ox->ox_klen - 1) / 8;

	return ((2u << last) - (1u << first));
}

/* Fields that decide what the rest of the frame is. */
static bool
field_reparses(unsigned int field)
{
	return (field == OFP_XMT_ETH_TYPE || field == OFP_XMT_IP_PROTO ||
	    field == OFP_XMT_MPLS_BOS || field == OFP_XMT_ICMPV6_TYPE);
}

/* What a later look in a table will see is no longer what the key said. */
static void
trace_vlan(struct switch_pass *ps, bool push)
{
	struct switch_trace	*tr = ps->ps_trace;

	tr->tr_mask.k_vlan_vid = be16_make(0xffff);
	tr->tr_mask.k_vlan_pcp = 0xff;
	tr->tr_dirty |= WORD_OF(k_vlan_vid) | WORD_OF(k_vlan_pcp);
	if (!push && ps->ps_hdr.h_tags > 1)
		tr->tr_reparsed = true;
}

static void
trace_field(struct switch_trace *tr, unsigned int src, unsigned int dst)
{
	const struct ofp_oxm	*ox = &ofp_oxm_table[src];

	memset((uint8_t *)&tr->tr_mask + ox->ox_off, 0xff, ox->ox_klen);
	tr->tr_dirty |= field_words(dst);
	if (field_reparses(dst))
		tr->tr_reparsed = true;
}

static void
trace_effect(struct switch_pass *ps, const union switch_op *op)
{
	struct switch_trace	*tr = ps->ps_trace;

	switch ((enum switch_opcode)op->op.code) {
	case SWITCH_OP_METADATA:
		tr->tr_dirty |= WORD_OF(k_metadata);
		break;
	case SWITCH_OP_METER:
		if (switch_meter_remarks(ps->ps_sc, op->op.val))
			tr->tr_reparsed = true;
		break;
	case SWITCH_OP_SET:
		tr->tr_dirty |= field_words(op->op.arg);
		if (field_reparses(op->op.arg))
			tr->tr_reparsed = true;
		break;
	case SWITCH_OP_COPY:
		trace_field(tr, op[1].op.code, op[1].op.words);
		break;
	case SWITCH_OP_PUSH_VLAN:
		trace_vlan(ps, true);
		break;
	case SWITCH_OP_POP_VLAN:
		trace_vlan(ps, false);
		break;
	case SWITCH_OP_PUSH_MPLS:
	case SWITCH_OP_POP_MPLS:
	case SWITCH_OP_PUSH_PBB:
	case SWITCH_OP_POP_PBB:
		tr->tr_reparsed = true;
		break;
	default:
		break;
	}
}

void
switch_trace_op(struct switch_pass *ps, const union switch_op *op)
{
	struct switch_trace	*tr = ps->ps_trace;

	tr->tr_dirty |= WORD_OF(k_actset_output);
	trace_effect(ps, op);
	if (tr->tr_nops + op->op.words > SWITCH_TRACE_OPS) {
		tr->tr_useless = true;
		return;
	}
	memcpy(&tr->tr_op[tr->tr_nops], op, op->op.words * sizeof(*op));
	tr->tr_nops += op->op.words;
}

/*
 * Keeping.
 */
/* X: */
static void
prog_unlink(struct switch_cache *ca, struct cache_prog *pr)
{
	struct cache_prog	**pp = &ca->ca_index[pr->pr_hash &
				    ca->ca_slots];

	if (unlikely(pr->pr_offered))
		switch_fast_stop(pr->pr_cache->ca_sc, false);
	while (*pp != pr)
		pp = &(*pp)->pr_next;
	*pp = pr->pr_next;
	SMR_PTR_SET_LOCKED(&pr->pr_live, NULL);
}

/* No reader is left: it may be filled again. */
static void
prog_reuse(void *arg)
{
	struct cache_prog	*pr = arg;
	struct switch_cache	*ca = pr->pr_cache;

	kern_spin_enter(&ca->ca_spin);
	pr->pr_next = ca->ca_free;
	ca->ca_free = pr;
	ca->ca_nfree++;
	kern_spin_leave(&ca->ca_spin);
}

static void
prog_kill(struct switch_cache *ca, struct cache_prog *pr)
{
	bool	 mine;

	kern_spin_enter(&ca->ca_spin);
	mine = SMR_PTR_GET_LOCKED(&pr->pr_live) != NULL;
	if (mine)
		prog_unlink(ca, pr);
	kern_spin_leave(&ca->ca_spin);
	if (mine)
		smr_call(&pr->pr_smr, prog_reuse, pr);
}

/* X: one that nobody used lately; the hand gives each a second chance. */
static struct cache_prog *
prog_victim(struct switch_cache *ca)
{
	struct cache_prog	*pr;
	unsigned int		 i;

	for (i = 0; i < RECLAIM; i++) {
		pr = &ca->ca_prog[ca->ca_hand++ % ca->ca_nprogs];
		if (SMR_PTR_GET_LOCKED(&pr->pr_live) == NULL)
			continue;
		if (kern_load(&pr->pr_used) && i < RECLAIM - 1) {
			kern_store(&pr->pr_used, false);
			continue;
		}
		prog_unlink(ca, pr);
		return (pr);
	}
	return (NULL);
}

static void
prog_fill(struct cache_prog *pr, const struct switch_trace *tr)
{
	const uint64_t	*k = switch_key_cwords(&tr->tr_key);
	const uint64_t	*m = switch_key_cwords(&tr->tr_mask);
	unsigned int	 i;

	pr->pr_nwords = 0;
	for (i = 0; i < OFP_KEY_WORDS; i++) {
		if (m[i] == 0)
			continue;
		pr->pr_index[pr->pr_nwords] = i;
		pr->pr_mask[pr->pr_nwords] = m[i];
		pr->pr_key[pr->pr_nwords++] = k[i] & m[i];
	}
	pr->pr_seq = tr->tr_seq;
	pr->pr_shape = tr->tr_shape;
	pr->pr_dirty = tr->tr_dirty;
	pr->pr_used = true;
	pr->pr_ntables = tr->tr_ntables;
	memcpy(pr->pr_seen, tr->tr_seen, sizeof(pr->pr_seen));
	pr->pr_plain = switch_fast_plain(tr);
	pr->pr_offered = false;
	pr->pr_birth = ++pr->pr_cache->ca_sc->sc_births;
	pr->pr_nops = tr->tr_nops;
	memcpy(pr->pr_op, tr->tr_op, tr->tr_nops * sizeof(pr->pr_op[0]));
}

/* Number of words consulted, and a hash of what they said. */
static unsigned int
trace_hash(const struct switch_trace *tr, uint32_t *hash)
{
	const uint64_t	*k = switch_key_cwords(&tr->tr_key);
	const uint64_t	*m = switch_key_cwords(&tr->tr_mask);
	uint64_t	 h = tr->tr_shape;
	unsigned int	 i, n = 0;

	for (i = 0; i < OFP_KEY_WORDS; i++) {
		if (m[i] == 0)
			continue;
		h = switch_hash_add(switch_hash_add(h, m[i] + i), k[i] & m[i]);
		n++;
	}
	*hash = (uint32_t)h;
	return (n);
}

/* X: a program of just this mask and key, good for no less. */
static struct cache_prog *
prog_same(struct switch_cache *ca, uint32_t hash, const struct switch_trace *tr)
{
	const uint64_t		*m = switch_key_cwords(&tr->tr_mask);
	struct cache_prog	*pr;
	unsigned int		 i;

	for (pr = ca->ca_index[hash & ca->ca_slots]; pr != NULL;
	    pr = pr->pr_next) {
		if (pr->pr_hash != hash ||
		    kern_load(&pr->pr_seq) < tr->tr_seq ||
		    !prog_fits(pr, switch_key_cwords(&tr->tr_key),
		    tr->tr_shape))
			continue;
		for (i = 0; i < pr->pr_nwords; i++)
			if (pr->pr_mask[i] != m[pr->pr_index[i]])
				break;
		if (i == pr->pr_nwords)
			return (pr);
	}
	return (NULL);
}

/* X: a free program, filled and published; or one to retire for next time. */
static struct cache_prog *
prog_new(struct switch_cache *ca, uint32_t hash, const struct switch_trace *tr,
    struct cache_prog **retire)
{
	struct cache_prog	*pr = ca->ca_free;

	if (ca->ca_nfree <= ca->ca_nprogs / 16) {
		ca->ca_starved++;
		*retire = prog_victim(ca);
	}
	if (pr == NULL)
		return (NULL);
	ca->ca_free = pr->pr_next;
	ca->ca_nfree--;
	prog_fill(pr, tr);
	pr->pr_hash = hash;
	pr->pr_next = ca->ca_index[hash & ca->ca_slots];
	ca->ca_index[hash & ca->ca_slots] = pr;
	SMR_PTR_SET_LOCKED(&pr->pr_live, pr);
	return (pr);
}

/* The newest goes first, the others one way on, the last one out. */
static void
slot_set(struct switch_cache *ca, uint64_t h, const struct cache_prog *pr)
{
	uint64_t	*slot = &ca->ca_slot[(h & ca->ca_slots) * WAYS];
	uint64_t	 s = (h >> 32) << 32 | (uint32_t)(pr - ca->ca_prog + 1);
	unsigned int	 i;

	for (i = 0; i < WAYS - 1; i++)
		if (kern_load(&slot[i]) == s)
			break;
	for (; i > 0; i--)
		kern_store(&slot[i], kern_load(&slot[i - 1]));
	kern_store(&slot[0], s);
}

void
switch_cache_add(struct switch_softc *sc, uint64_t hash,
    const struct switch_trace *tr)
{
	struct switch_cache	*ca = SMR_PTR_GET(&sc->sc_cache);
	struct cache_prog	*pr, *retire = NULL;
	uint32_t		 h;

	if (tr->tr_useless || trace_hash(tr, &h) > MAX_WORDS) {
		switch_count(sc, SWITCH_N_CACHE_SKIP);
		return;
	}
	kern_spin_enter(&ca->ca_spin);
	pr = prog_same(ca, h, tr);
	if (pr == NULL)
		pr = prog_new(ca, h, tr, &retire);
	if (pr != NULL)
		slot_set(ca, hash, pr);
	kern_spin_leave(&ca->ca_spin);
	if (retire != NULL)
		smr_call(&retire->pr_smr, prog_reuse, retire);
}

/*
 * Changes, under the mutex.
 */
void
switch_cache_change(struct switch_softc *sc, const struct switch_flow *f)
{
	struct switch_cache	*ca = SMR_PTR_GET_LOCKED(&sc->sc_cache);
	uint64_t		 seq = ca->ca_seq;
	struct cache_change	*cc = &ca->ca_log[seq % LOG_SIZE];

	KERN_MUTEX_ASSERT(&sc->sc_mutex);
	if (seq + 2 > ca->ca_floor + LOG_SIZE) {
		kern_store(&ca->ca_floor, seq + 2 - LOG_SIZE);
		__atomic_thread_fence(__ATOMIC_RELEASE);
	}
	cc->cc_table = f->sf_table;
	cc->cc_priority = f->sf_priority;
	cc->cc_nwords = switch_flow_words(f, cc->cc_index, cc->cc_mask,
	    cc->cc_key);
	__atomic_store_n(&ca->ca_seq, seq + 1, __ATOMIC_RELEASE);
}

/* Nobody is good for a count below the floor. */
void
switch_cache_flush(struct switch_softc *sc)
{
	struct switch_cache	*ca = SMR_PTR_GET_LOCKED(&sc->sc_cache);

	KERN_MUTEX_ASSERT(&sc->sc_mutex);
	kern_store(&ca->ca_floor, ca->ca_seq + 1);
	__atomic_store_n(&ca->ca_seq, ca->ca_seq + 1, __ATOMIC_RELEASE);
}

/*
 * Life: it begins small, and grows while it is short of programs.
 */
static void
cache_free(struct switch_cache *ca)
{
	uint32_t		 n = ca->ca_slots + 1;

	if (ca->ca_slot != NULL)
		kern_free(ca->ca_slot, n * WAYS * sizeof(*ca->ca_slot));
	if (ca->ca_index != NULL)
		kern_free(ca->ca_index, n * sizeof(*ca->ca_index));
	if (ca->ca_prog != NULL)
		kern_free(ca->ca_prog, ca->ca_nprogs * sizeof(*ca->ca_prog));
	kern_free(ca, sizeof(*ca));
}

static struct switch_cache *
cache_new(struct switch_softc *sc, uint32_t nprogs)
{
	struct switch_cache	*ca = kern_zalloc(sizeof(*ca));
	uint32_t		 n = 1, i;

	if (ca == NULL)
		return (NULL);
	while (n < nprogs * SLOTS)
		n *= 2;
	ca->ca_slots = n - 1;
	ca->ca_nprogs = nprogs;
	ca->ca_slot = kern_zalloc(n * WAYS * sizeof(*ca->ca_slot));
	ca->ca_index = kern_zalloc(n * sizeof(*ca->ca_index));
	ca->ca_prog = kern_zalloc(nprogs * sizeof(*ca->ca_prog));
	if (ca->ca_slot == NULL || ca->ca_index == NULL ||
	    ca->ca_prog == NULL) {
		cache_free(ca);
		return (NULL);
	}
	ca->ca_sc = sc;
	kern_spin_init(&ca->ca_spin);
	ca->ca_seed = (uint64_t)kern_random() << 32 | kern_random();
	for (i = nprogs; i > 0; i--) {
		ca->ca_prog[i - 1].pr_cache = ca;
		ca->ca_prog[i - 1].pr_next = ca->ca_free;
		ca->ca_free = &ca->ca_prog[i - 1];
	}
	ca->ca_nfree = nprogs;
	return (ca);
}

int
switch_cache_create(struct switch_softc *sc)
{
	uint32_t	 n = sc->sc_conf.sc_cache;

	sc->sc_cache = cache_new(sc, n < MIN_PROGS ? n : MIN_PROGS);
	return (sc->sc_cache == NULL ? ENOMEM : 0);
}

/* Without packets. */
void
switch_cache_destroy(struct switch_softc *sc)
{
	smr_barrier();			/* programs on their way to ca_free */
	cache_free(sc->sc_cache);
	sc->sc_cache = NULL;
}

/* What was written down before counts for nothing: the log begins anew. */
void
switch_cache_tick(struct switch_softc *sc)
{
	struct switch_cache	*old = SMR_PTR_GET_LOCKED(&sc->sc_cache), *ca;
	uint32_t		 starved, n;

	KERN_MUTEX_ASSERT(&sc->sc_mutex);
	kern_spin_enter(&old->ca_spin);
	starved = old->ca_starved;
	old->ca_starved = 0;
	kern_spin_leave(&old->ca_spin);
	if (starved < old->ca_nprogs / 16 ||
	    old->ca_nprogs >= sc->sc_conf.sc_cache)
		return;
	n = old->ca_nprogs * 4;
	ca = cache_new(sc,
	    n < sc->sc_conf.sc_cache ? n : sc->sc_conf.sc_cache);
	if (ca == NULL)
		return;
	switch_fast_stop(sc, true);
	ca->ca_seq = ca->ca_floor = old->ca_seq;
	SMR_PTR_SET_LOCKED(&sc->sc_cache, ca);
	smr_barrier();			/* readers, and programs they killed */
	cache_free(old);
}
