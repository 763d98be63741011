/*
 * SPDX-License-Identifier: ISC
 *
 * switch_class.c: the lookup structure of a flow table (tuple space).
 *
 * Flows that look at the same bits share a mask.  A mask has one hash table
 * with the masked keys of its flows; a lookup asks the masks one by one, those
 * with the highest priority first, and stops as soon as what it has found
 * beats whatever the next mask holds.  So it costs per mask, never per flow.
 *
 * A key is kept as the words in which its mask has bits.  A hash table is an
 * array of pointers with linear probing; flows with the same key differ in
 * priority and hang in a chain, highest first.  Readers see each slot change
 * at once; growing makes a new array.  A slot whose flows are gone is marked,
 * so that a probe does not stop there.
 *
 * All functions but lookup run under the mutex; lookup in a read section.
 */
#include "switch_pass.h"

#define MASK_HASH	64
#define MIN_SLOTS	8
#define MIN_PRIOS	4

/* A slot that was used: never equal to any flow. */
static struct switch_flow class_gone;

struct class_slots {
	struct smr_entry	 cs_smr;
	uint32_t		 cs_mask;	/* size - 1 */
	uint32_t		 cs_used;	/* M: flows and gone ones */
	uint32_t		 cs_keys;	/* M: slots with flows */
	struct switch_flow	*cs_slot[];	/* S */
};

/* How many flows of a priority a mask has. */
struct class_prio {
	uint32_t		 cp_count;
	uint16_t		 cp_priority;
};

struct switch_mask {
	struct switch_mask	*mk_hnext;	/* M: cl_masks */
	struct switch_class	*mk_class;	/* I */
	struct class_slots	*mk_slots;	/* S */
	struct class_prio	*mk_prio;	/* M: ascending */
	uint32_t		 mk_nprio, mk_maxprio;	/* M: in use, room */
	uint32_t		 mk_nflows;	/* M */
	uint32_t		 mk_hash;	/* I */
	uint32_t		 mk_refs;	/* M: flows made, not yet in */
	bool			 mk_listed;	/* M: in cl_order */
	struct smr_entry	 mk_smr;
	struct ofp_key		 mk_full;	/* I */
	uint8_t			 mk_nwords;	/* I */
	uint8_t			 mk_index[OFP_KEY_WORDS];	/* I */
	uint64_t		 mk_word[OFP_KEY_WORDS];	/* I */
};

/* The masks in the order in which to ask them; made anew for each change. */
struct class_entry {
	struct switch_mask	*ce_mask;
	int32_t			 ce_priority;	/* no flow is higher */
};

struct class_order {
	struct smr_entry	 co_smr;
	uint32_t		 co_n;
	struct class_entry	 co_entry[];
};

struct switch_class {
	struct class_order	*cl_order;	/* S */
	struct class_order	*cl_spare;	/* M: made by reserve */
	uint32_t		 cl_nmasks;	/* M */
	struct switch_mask	*cl_masks[MASK_HASH];	/* M */
};

static inline size_t
order_size(uint32_t n)
{
	return (sizeof(struct class_order) + n * sizeof(struct class_entry));
}

static inline size_t
slots_size(uint32_t n)
{
	return (sizeof(struct class_slots) + n * sizeof(struct switch_flow *));
}

static inline size_t
flow_size(unsigned int nwords)
{
	return (sizeof(struct switch_flow) + nwords * sizeof(uint64_t));
}

static void
order_free(void *arg)
{
	struct class_order	*co = arg;

	kern_free(co, order_size(co->co_n));
}

static void
slots_free(void *arg)
{
	struct class_slots	*cs = arg;

	kern_free(cs, slots_size(cs->cs_mask + 1));
}

static void
mask_free(void *arg)
{
	struct switch_mask	*mk = arg;

	if (mk->mk_slots != NULL)
		slots_free(mk->mk_slots);
	kern_free(mk->mk_prio, mk->mk_maxprio * sizeof(*mk->mk_prio));
	kern_free(mk, sizeof(*mk));
}

int
switch_class_new(struct switch_class **clp)
{
	struct switch_class	*cl = kern_zalloc(sizeof(*cl));

	if (cl == NULL)
		return (ENOMEM);
	cl->cl_order = kern_zalloc(order_size(0));
	if (cl->cl_order == NULL) {
		kern_free(cl, sizeof(*cl));
		return (ENOMEM);
	}
	*clp = cl;
	return (0);
}

/* Without flows and readers. */
void
switch_class_free(struct switch_class *cl)
{
	struct switch_mask	*mk;
	unsigned int		 i;

	for (i = 0; i < MASK_HASH; i++)
		while ((mk = cl->cl_masks[i]) != NULL) {
			cl->cl_masks[i] = mk->mk_hnext;
			mask_free(mk);
		}
	order_free(cl->cl_order);
	if (cl->cl_spare != NULL)
		order_free(cl->cl_spare);
	kern_free(cl, sizeof(*cl));
}

/*
 * Lookup.
 */
static inline uint32_t
hash_of(const struct switch_mask *mk, const uint64_t *w)
{
	uint64_t	 h = 0;
	unsigned int	 i;

	for (i = 0; i < mk->mk_nwords; i++)
		h = switch_hash_add(h, w[mk->mk_index[i]] & mk->mk_word[i]);
	return ((uint32_t)h);
}

static inline bool
same_key(const struct switch_mask *mk, const struct switch_flow *f,
    const uint64_t *w)
{
	unsigned int	 i;

	for (i = 0; i < mk->mk_nwords; i++)
		if (((w[mk->mk_index[i]] & mk->mk_word[i]) ^ f->sf_key[i]) != 0)
			return (false);
	return (true);
}

static inline struct switch_flow *
mask_lookup(struct switch_mask *mk, const uint64_t *w)
{
	struct class_slots	*cs = SMR_PTR_GET(&mk->mk_slots);
	uint32_t		 h = hash_of(mk, w), i = h;
	struct switch_flow	*f;

	while ((f = SMR_PTR_GET(&cs->cs_slot[i & cs->cs_mask])) != NULL) {
		if (f->sf_hash == h && f != &class_gone && same_key(mk, f, w))
			return (f);
		i++;
	}
	return (NULL);
}

struct switch_flow *
switch_class_lookup(const struct switch_class *cl, const struct ofp_key *key,
    struct ofp_key *mask)
{
	const uint64_t		 *w = switch_key_cwords(key);
	const struct class_order *co = SMR_PTR_GET(&cl->cl_order);
	const struct class_entry *ce;
	struct switch_flow	 *f, *best = NULL;
	unsigned int		  j;
	uint32_t		  i;

	for (i = 0; i < co->co_n; i++) {
		ce = &co->co_entry[i];
		if (best != NULL && best->sf_priority >= ce->ce_priority)
			break;
		if (mask != NULL)
			for (j = 0; j < ce->ce_mask->mk_nwords; j++)
				switch_key_words(mask)[ce->ce_mask->
				    mk_index[j]] |= ce->ce_mask->mk_word[j];
		f = mask_lookup(ce->ce_mask, w);
		if (f != NULL && (best == NULL ||
		    f->sf_priority > best->sf_priority))
			best = f;
	}
	return (best);
}

/*
 * Masks.
 */
static uint32_t
mask_hash(const struct ofp_key *mask)
{
	const uint64_t	*w = switch_key_cwords(mask);
	uint64_t	 h = 0;
	unsigned int	 i;

	for (i = 0; i < OFP_KEY_WORDS; i++)
		h = switch_hash_add(h, w[i]);
	return ((uint32_t)h);
}

static struct switch_mask *
mask_find(const struct switch_class *cl, const struct ofp_key *mask,
    uint32_t hash)
{
	struct switch_mask	*mk;

	for (mk = cl->cl_masks[hash % MASK_HASH]; mk != NULL;
	    mk = mk->mk_hnext)
		if (mk->mk_hash == hash &&
		    memcmp(&mk->mk_full, mask, sizeof(*mask)) == 0)
			break;
	return (mk);
}

static struct switch_mask *
mask_new(struct switch_class *cl, const struct ofp_key *mask, uint32_t hash)
{
	const uint64_t		*w = switch_key_cwords(mask);
	struct switch_mask	*mk = kern_zalloc(sizeof(*mk));
	unsigned int		 i;

	if (mk == NULL)
		return (NULL);
	mk->mk_class = cl;
	mk->mk_hash = hash;
	mk->mk_full = *mask;
	for (i = 0; i < OFP_KEY_WORDS; i++)
		if (w[i] != 0) {
			mk->mk_index[mk->mk_nwords] = i;
			mk->mk_word[mk->mk_nwords++] = w[i];
		}
	mk->mk_slots = kern_zalloc(slots_size(MIN_SLOTS));
	if (mk->mk_slots == NULL) {
		kern_free(mk, sizeof(*mk));
		return (NULL);
	}
	mk->mk_slots->cs_mask = MIN_SLOTS - 1;
	mk->mk_hnext = cl->cl_masks[hash % MASK_HASH];
	cl->cl_masks[hash % MASK_HASH] = mk;
	return (mk);
}

/* A mask that no flow uses and no lookup asks. */
static void
mask_retire(struct switch_mask *mk)
{
	struct switch_class	*cl = mk->mk_class;
	struct switch_mask	**mp;

	if (mk->mk_nflows > 0 || mk->mk_refs > 0 || mk->mk_listed)
		return;
	mp = &cl->cl_masks[mk->mk_hash % MASK_HASH];
	while (*mp != mk)
		mp = &(*mp)->mk_hnext;
	*mp = mk->mk_hnext;
	smr_call(&mk->mk_smr, mask_free, mk);
}

/* Priorities of a mask, ascending: where priority is or belongs. */
static uint32_t
prio_place(const struct switch_mask *mk, uint16_t priority)
{
	uint32_t	 lo = 0, hi = mk->mk_nprio, mid;

	while (lo < hi) {
		mid = (lo + hi) / 2;
		if (mk->mk_prio[mid].cp_priority < priority)
			lo = mid + 1;
		else
			hi = mid;
	}
	return (lo);
}

static bool
prio_has(const struct switch_mask *mk, uint16_t priority)
{
	uint32_t	 i = prio_place(mk, priority);

	return (i < mk->mk_nprio && mk->mk_prio[i].cp_priority == priority);
}

static int
prio_reserve(struct switch_mask *mk)
{
	struct class_prio	*cp;
	uint32_t		 n = mk->mk_maxprio;

	if (mk->mk_nprio < n)
		return (0);
	n = n == 0 ? MIN_PRIOS : n * 2;
	cp = kern_zalloc(n * sizeof(*cp));
	if (cp == NULL)
		return (ENOMEM);
	if (mk->mk_nprio > 0)
		memcpy(cp, mk->mk_prio, mk->mk_nprio * sizeof(*cp));
	kern_free(mk->mk_prio, mk->mk_maxprio * sizeof(*cp));
	mk->mk_prio = cp;
	mk->mk_maxprio = n;
	return (0);
}

static void
prio_add(struct switch_mask *mk, uint16_t priority)
{
	uint32_t	 i = prio_place(mk, priority);

	if (!prio_has(mk, priority)) {
		memmove(&mk->mk_prio[i + 1], &mk->mk_prio[i],
		    (mk->mk_nprio - i) * sizeof(*mk->mk_prio));
		mk->mk_prio[i].cp_priority = priority;
		mk->mk_prio[i].cp_count = 0;
		mk->mk_nprio++;
	}
	mk->mk_prio[i].cp_count++;
}

static void
prio_del(struct switch_mask *mk, uint16_t priority)
{
	uint32_t	 i = prio_place(mk, priority);

	if (--mk->mk_prio[i].cp_count > 0)
		return;
	mk->mk_nprio--;
	memmove(&mk->mk_prio[i], &mk->mk_prio[i + 1],
	    (mk->mk_nprio - i) * sizeof(*mk->mk_prio));
}

static int32_t
prio_top(const struct switch_mask *mk)
{
	return (mk->mk_nprio == 0 ? -1 :
	    mk->mk_prio[mk->mk_nprio - 1].cp_priority);
}

/*
 * The order of masks: by priority; of equal ones that with more words first,
 * so that a table-miss entry comes last.
 */
static bool
order_before(const struct class_entry *a, const struct class_entry *b)
{
	if (a->ce_priority != b->ce_priority)
		return (a->ce_priority > b->ce_priority);
	return (a->ce_mask->mk_nwords > b->ce_mask->mk_nwords);
}

static void
order_put(struct class_order *co, struct switch_mask *mk, int32_t priority)
{
	struct class_entry	 ce = { mk, priority };
	uint32_t		 i = co->co_n++;

	for (; i > 0 && order_before(&ce, &co->co_entry[i - 1]); i--)
		co->co_entry[i] = co->co_entry[i - 1];
	co->co_entry[i] = ce;
}

/* Publish the order with mk at this priority (-1: without it). */
static void
order_publish(struct switch_class *cl, struct class_order *co,
    struct switch_mask *mk, int32_t priority)
{
	struct class_order	*old = SMR_PTR_GET_LOCKED(&cl->cl_order);
	uint32_t		 i;

	co->co_n = 0;
	for (i = 0; i < old->co_n; i++)
		if (old->co_entry[i].ce_mask != mk)
			co->co_entry[co->co_n++] = old->co_entry[i];
	if (priority >= 0)
		order_put(co, mk, priority);
	mk->mk_listed = priority >= 0;
	SMR_PTR_SET_LOCKED(&cl->cl_order, co);
	smr_call(&old->co_smr, order_free, old);
}

static int32_t
order_priority(const struct switch_class *cl, const struct switch_mask *mk)
{
	const struct class_order *co = SMR_PTR_GET_LOCKED(&cl->cl_order);
	uint32_t		  i;

	if (mk->mk_listed)
		for (i = 0; i < co->co_n; i++)
			if (co->co_entry[i].ce_mask == mk)
				return (co->co_entry[i].ce_priority);
	return (-1);
}

/* An order with room for the masks there will be. */
static int
order_reserve(struct switch_class *cl, const struct switch_mask *mk)
{
	const struct class_order *co = SMR_PTR_GET_LOCKED(&cl->cl_order);
	uint32_t		  n = co->co_n + (mk->mk_listed ? 0 : 1);

	if (cl->cl_spare != NULL) {
		if (cl->cl_spare->co_n == n)
			return (0);
		order_free(cl->cl_spare);
	}
	cl->cl_spare = kern_zalloc(order_size(n));
	if (cl->cl_spare == NULL)
		return (ENOMEM);
	cl->cl_spare->co_n = n;
	return (0);
}

/* Lower or drop mk's place; if there is no memory it may stay too high. */
static void
order_lower(struct switch_class *cl, struct switch_mask *mk)
{
	int32_t			 top = prio_top(mk);
	struct class_order	*co;
	uint32_t		 n;

	if (top == order_priority(cl, mk))
		return;
	n = SMR_PTR_GET_LOCKED(&cl->cl_order)->co_n - (top < 0 ? 1 : 0);
	co = kern_zalloc(order_size(n));
	if (co != NULL)
		order_publish(cl, co, mk, top);
}

/*
 * Slots.
 */
static struct switch_flow **
slot_find(struct class_slots *cs, const struct switch_mask *mk,
    const struct switch_flow *like)
{
	struct switch_flow	*f;
	uint32_t		 i = like->sf_hash;

	while ((f = cs->cs_slot[i & cs->cs_mask]) != NULL) {
		if (f != &class_gone && f->sf_hash == like->sf_hash &&
		    memcmp(f->sf_key, like->sf_key, mk->mk_nwords * 8) == 0)
			return (&cs->cs_slot[i & cs->cs_mask]);
		i++;
	}
	return (NULL);
}

/* A slot for a key that has none. */
static void
slot_put(struct class_slots *cs, struct switch_flow *f)
{
	struct switch_flow	*o;
	uint32_t		 i = f->sf_hash;

	while ((o = cs->cs_slot[i & cs->cs_mask]) != NULL && o != &class_gone)
		i++;
	if (o == NULL)
		cs->cs_used++;
	cs->cs_keys++;
	SMR_PTR_SET_LOCKED(&cs->cs_slot[i & cs->cs_mask], f);
}

/* Room for one key more. */
static int
slots_reserve(struct switch_mask *mk)
{
	struct class_slots	*old = SMR_PTR_GET_LOCKED(&mk->mk_slots), *cs;
	uint32_t		 size = old->cs_mask + 1, n = MIN_SLOTS, i;

	if (old->cs_used + 1 <= size / 4 * 3)
		return (0);
	while (n < (old->cs_keys + 1) * 2)
		n *= 2;
	cs = kern_zalloc(slots_size(n));
	if (cs == NULL)
		return (old->cs_used + 1 < size ? 0 : ENOMEM);
	cs->cs_mask = n - 1;
	for (i = 0; i < size; i++)
		if (old->cs_slot[i] != NULL && old->cs_slot[i] != &class_gone)
			slot_put(cs, old->cs_slot[i]);
	SMR_PTR_SET_LOCKED(&mk->mk_slots, cs);
	smr_call(&old->cs_smr, slots_free, old);
	return (0);
}

#define BITS(from, to)	((2ULL << (to)) - (1ULL << (from)))
#define FIELDS_L3							\
	(BITS(OFP_XMT_IP_DSCP, OFP_XMT_IPV4_DST) |			\
	BITS(OFP_XMT_ARP_OP, OFP_XMT_IPV6_FLABEL) |			\
	BITS(OFP_XMT_MPLS_LABEL, OFP_XMT_PBB_ISID) |			\
	OFP_FIELD_BIT(OFP_XMT_IPV6_EXTHDR))
#define FIELDS_L4							\
	(BITS(OFP_XMT_TCP_SRC, OFP_XMT_ICMPV4_CODE) |			\
	BITS(OFP_XMT_ICMPV6_TYPE, OFP_XMT_ICMPV6_CODE) |		\
	OFP_FIELD_BIT(OFP_FIELD_TCP_FLAGS))
#define FIELDS_LLADDR	BITS(OFP_XMT_IPV6_ND_SLL, OFP_XMT_IPV6_ND_TLL)

/*
 * A match that names a field wants its header to be there as well: the value
 * may be 0, as a field that is absent is in the key (1.3.5, 7.3.2).
 */
static void
match_present(const struct ofp_match *m, struct ofp_match *full)
{
	uint16_t	bits = 0;

	*full = *m;
	if ((m->m_fields & FIELDS_L3) != 0)
		bits |= SWITCH_HAS_L3;
	if ((m->m_fields & FIELDS_L4) != 0)
		bits |= SWITCH_HAS_L4;
	if ((m->m_fields & OFP_FIELD_BIT(OFP_XMT_IPV6_ND_TARGET)) != 0)
		bits |= SWITCH_HAS_ND;
	if ((m->m_fields & FIELDS_LLADDR) != 0)
		bits |= SWITCH_HAS_LLADDR;
	full->m_key.k_tcp_flags |= be16_make(bits);
	full->m_mask.k_tcp_flags |= be16_make(bits);
}

/*
 * Flows.
 */
static struct switch_flow *
class_flow(struct switch_class *cl, const struct ofp_match *m,
    uint16_t priority)
{
	uint32_t		 hash = mask_hash(&m->m_mask);
	struct switch_mask	*mk = mask_find(cl, &m->m_mask, hash);
	struct switch_flow	*f;
	unsigned int		 i;

	if (mk == NULL && (mk = mask_new(cl, &m->m_mask, hash)) == NULL)
		return (NULL);
	f = kern_zalloc(flow_size(mk->mk_nwords));
	if (f == NULL) {
		mask_retire(mk);
		return (NULL);
	}
	mk->mk_refs++;
	f->sf_mask = mk;
	f->sf_nwords = mk->mk_nwords;
	f->sf_priority = priority;
	f->sf_fields = m->m_fields;
	f->sf_miss = priority == 0 && mk->mk_nwords == 0;
	f->sf_hash = hash_of(mk, switch_key_cwords(&m->m_key));
	for (i = 0; i < mk->mk_nwords; i++)
		f->sf_key[i] = switch_key_cwords(&m->m_key)[mk->mk_index[i]] &
		    mk->mk_word[i];
	return (f);
}

struct switch_flow *
switch_class_flow(struct switch_class *cl, const struct ofp_match *m,
    uint16_t priority)
{
	struct ofp_match	full;

	match_present(m, &full);
	return (class_flow(cl, &full, priority));
}

static void
flow_free(void *arg)
{
	struct switch_flow	*f = arg;

	kern_free(f, flow_size(f->sf_nwords));
}

void
switch_class_flow_free(struct switch_flow *f)
{
	struct switch_mask	*mk = f->sf_mask;

	flow_free(f);
	mk->mk_refs--;
	mask_retire(mk);
}

struct switch_flow *
switch_class_find(const struct switch_class *cl, const struct ofp_match *m,
    uint16_t priority)
{
	struct switch_mask	*mk;
	struct switch_flow	*f;
	struct ofp_match	 full;

	match_present(m, &full);
	mk = mask_find(cl, &full.m_mask, mask_hash(&full.m_mask));
	if (mk == NULL)
		return (NULL);
	smr_read_enter();
	f = mask_lookup(mk, switch_key_cwords(&full.m_key));
	smr_read_leave();
	while (f != NULL && f->sf_priority > priority)
		f = f->sf_hnext;
	return (f != NULL && f->sf_priority == priority ? f : NULL);
}

int
switch_class_reserve(struct switch_class *cl, struct switch_flow *f)
{
	struct switch_mask	*mk = f->sf_mask;

	if (slots_reserve(mk) != 0 || prio_reserve(mk) != 0)
		return (ENOMEM);
	if (order_priority(cl, mk) < f->sf_priority)
		return (order_reserve(cl, mk));
	return (0);
}

void
switch_class_insert(struct switch_class *cl, struct switch_flow *f)
{
	struct switch_mask	*mk = f->sf_mask;
	struct class_slots	*cs = SMR_PTR_GET_LOCKED(&mk->mk_slots);
	struct switch_flow	**fp = slot_find(cs, mk, f);

	mk->mk_refs--;
	mk->mk_nflows++;
	prio_add(mk, f->sf_priority);
	if (fp == NULL)
		slot_put(cs, f);
	else {
		while (*fp != NULL && (*fp)->sf_priority > f->sf_priority)
			fp = &(*fp)->sf_hnext;
		f->sf_hnext = *fp;
		SMR_PTR_SET_LOCKED(fp, f);
	}
	if (order_priority(cl, mk) < f->sf_priority) {
		order_publish(cl, cl->cl_spare, mk, f->sf_priority);
		cl->cl_spare = NULL;
	}
}

void
switch_class_replace(struct switch_class *cl, struct switch_flow *old,
    struct switch_flow *f)
{
	struct switch_mask	*mk = f->sf_mask;
	struct class_slots	*cs = SMR_PTR_GET_LOCKED(&mk->mk_slots);
	struct switch_flow	**fp = slot_find(cs, mk, f);

	while (*fp != old)
		fp = &(*fp)->sf_hnext;
	f->sf_hnext = old->sf_hnext;
	SMR_PTR_SET_LOCKED(fp, f);
	mk->mk_refs--;
}

void
switch_class_remove(struct switch_class *cl, struct switch_flow *f)
{
	struct switch_mask	*mk = f->sf_mask;
	struct class_slots	*cs = SMR_PTR_GET_LOCKED(&mk->mk_slots);
	struct switch_flow	**slot = slot_find(cs, mk, f), **fp = slot;
	struct switch_flow	*next = f->sf_hnext;

	while (*fp != f)
		fp = &(*fp)->sf_hnext;
	if (fp == slot && next == NULL) {
		next = &class_gone;
		cs->cs_keys--;
	}
	SMR_PTR_SET_LOCKED(fp, next);
	mk->mk_nflows--;
	prio_del(mk, f->sf_priority);
	order_lower(cl, mk);
}

/* A mask without flows goes with the last of them. */
void
switch_class_flow_retire(struct switch_flow *f)
{
	struct switch_mask	*mk = f->sf_mask;

	smr_call(&f->sf_smr, flow_free, f);
	mask_retire(mk);
}

void
switch_flow_key(const struct switch_flow *f, struct ofp_key *key,
    struct ofp_key *mask)
{
	const struct switch_mask *mk = f->sf_mask;
	unsigned int		  i;

	memset(key, 0, sizeof(*key));
	for (i = 0; i < mk->mk_nwords; i++)
		switch_key_words(key)[mk->mk_index[i]] = f->sf_key[i];
	*mask = mk->mk_full;
}

/*
 * Walks for the controller.
 */
static bool
mask_covered(const struct switch_mask *mk, const struct ofp_key *by)
{
	const uint64_t	*a = switch_key_cwords(by);
	const uint64_t	*b = switch_key_cwords(&mk->mk_full);
	unsigned int	 i;

	for (i = 0; i < OFP_KEY_WORDS; i++)
		if ((a[i] & ~b[i]) != 0)
			return (false);
	return (true);
}

/* Do they agree where both look? */
static bool
flow_agrees(const struct switch_mask *mk, const struct switch_flow *f,
    const struct ofp_match *m)
{
	const uint64_t	*k = switch_key_cwords(&m->m_key);
	const uint64_t	*w = switch_key_cwords(&m->m_mask);
	unsigned int	 i, j;

	for (i = 0; i < mk->mk_nwords; i++) {
		j = mk->mk_index[i];
		if (((f->sf_key[i] ^ k[j]) & w[j] & mk->mk_word[i]) != 0)
			return (false);
	}
	return (true);
}

/* Is every packet of the flow also one of m? */
bool
switch_flow_covered(const struct switch_flow *f, const struct ofp_match *m)
{
	return (mask_covered(f->sf_mask, &m->m_mask) &&
	    flow_agrees(f->sf_mask, f, m));
}

static void
chain_covered(struct switch_mask *mk, struct switch_flow *f,
    const struct ofp_match *m, void (*fn)(struct switch_flow *, void *),
    void *arg)
{
	struct switch_flow	*next;

	for (; f != NULL && f != &class_gone; f = next) {
		next = f->sf_hnext;
		if (m == NULL || flow_agrees(mk, f, m))
			fn(f, arg);
	}
}

static void
mask_walk(struct switch_mask *mk, const struct ofp_match *m,
    void (*fn)(struct switch_flow *, void *), void *arg)
{
	struct class_slots	*cs = SMR_PTR_GET_LOCKED(&mk->mk_slots);
	struct switch_flow	*f;
	uint32_t		 i;

	if (m != NULL &&
	    memcmp(&m->m_mask, &mk->mk_full, sizeof(mk->mk_full)) == 0) {
		smr_read_enter();
		f = mask_lookup(mk, switch_key_cwords(&m->m_key));
		smr_read_leave();
		chain_covered(mk, f, m, fn, arg);
		return;
	}
	for (i = 0; i <= cs->cs_mask && mk->mk_nflows > 0; i++)
		chain_covered(mk, cs->cs_slot[i], m, fn, arg);
}

void
switch_class_covered(struct switch_class *cl, const struct ofp_match *m,
    void (*fn)(struct switch_flow *, void *), void *arg)
{
	struct switch_mask	*mk, *next;
	struct ofp_match	 full;
	unsigned int		 i;

	if (m != NULL) {
		match_present(m, &full);
		m = &full;
	}
	for (i = 0; i < MASK_HASH; i++)
		for (mk = cl->cl_masks[i]; mk != NULL; mk = next) {
			next = mk->mk_hnext;
			if (m != NULL && !mask_covered(mk, &m->m_mask))
				continue;
			mk->mk_refs++;		/* stays while we look */
			mask_walk(mk, m, fn, arg);
			mk->mk_refs--;
			mask_retire(mk);
		}
}

static bool
mask_overlaps(struct switch_mask *mk, const struct ofp_match *m,
    uint16_t priority)
{
	struct class_slots	*cs = SMR_PTR_GET_LOCKED(&mk->mk_slots);
	struct switch_flow	*f;
	uint32_t		 i;

	for (i = 0; i <= cs->cs_mask; i++) {
		f = cs->cs_slot[i];
		if (f == NULL || f == &class_gone || !flow_agrees(mk, f, m))
			continue;
		for (; f != NULL; f = f->sf_hnext)
			if (f->sf_priority == priority)
				return (true);
	}
	return (false);
}

bool
switch_class_overlaps(const struct switch_class *cl, const struct ofp_match *m,
    uint16_t priority)
{
	struct switch_mask	*mk;
	struct ofp_match	 full;
	unsigned int		 i;

	match_present(m, &full);
	for (i = 0; i < MASK_HASH; i++)
		for (mk = cl->cl_masks[i]; mk != NULL; mk = mk->mk_hnext)
			if (prio_has(mk, priority) &&
			    mask_overlaps(mk, &full, priority))
				return (true);
	return (false);
}
