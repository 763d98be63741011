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
#include "switch_class.h"

struct switch_flow switch_class_gone;

size_t
switch_slots_size(uint32_t n)
{
	return (sizeof(struct class_slots) + n * sizeof(struct switch_flow *));
}

static inline size_t
flow_size(unsigned int nwords)
{
	return (sizeof(struct switch_flow) + nwords * sizeof(uint64_t));
}

void
switch_slots_free(void *arg)
{
	struct class_slots	*cs = arg;

	kern_free(cs, switch_slots_size(cs->cs_mask + 1));
}

int
switch_class_new(struct switch_class **clp)
{
	struct switch_class	*cl = kern_zalloc(sizeof(*cl));

	if (cl == NULL)
		return (ENOMEM);
	cl->cl_order = kern_zalloc(switch_order_size(0));
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

	for (i = 0; i < SWITCH_MASK_HASH; i++)
		while ((mk = cl->cl_masks[i]) != NULL) {
			cl->cl_masks[i] = mk->mk_hnext;
			switch_mask_free(mk);
		}
	switch_order_free(cl->cl_order);
	if (cl->cl_spare != NULL)
		switch_order_free(cl->cl_spare);
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
		if (f->sf_hash == h && f != &switch_class_gone &&
		    same_key(mk, f, w))
			return (f);
		i++;
	}
	return (NULL);
}

struct switch_flow *
switch_mask_lookup(struct switch_mask *mk, const struct ofp_key *key)
{
	struct switch_flow	*f;

	smr_read_enter();
	f = mask_lookup(mk, switch_key_cwords(key));
	smr_read_leave();
	return (f);
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
 * Slots.
 */
static struct switch_flow **
slot_find(struct class_slots *cs, const struct switch_mask *mk,
    const struct switch_flow *like)
{
	struct switch_flow	*f;
	uint32_t		 i = like->sf_hash;

	while ((f = cs->cs_slot[i & cs->cs_mask]) != NULL) {
		if (f != &switch_class_gone && f->sf_hash == like->sf_hash &&
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

	while ((o = cs->cs_slot[i & cs->cs_mask]) != NULL &&
	    o != &switch_class_gone)
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
	uint32_t		 size = old->cs_mask + 1;
	uint32_t		 n = SWITCH_MIN_SLOTS, i;

	if (old->cs_used + 1 <= size / 4 * 3)
		return (0);
	while (n < (old->cs_keys + 1) * 2)
		n *= 2;
	cs = kern_zalloc(switch_slots_size(n));
	if (cs == NULL)
		return (old->cs_used + 1 < size ? 0 : ENOMEM);
	cs->cs_mask = n - 1;
	for (i = 0; i < size; i++)
		if (old->cs_slot[i] != NULL &&
		    old->cs_slot[i] != &switch_class_gone)
			slot_put(cs, old->cs_slot[i]);
	SMR_PTR_SET_LOCKED(&mk->mk_slots, cs);
	smr_call(&old->cs_smr, switch_slots_free, old);
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
void
switch_match_present(const struct ofp_match *m, struct ofp_match *full)
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
	uint32_t		 hash = switch_mask_hash(&m->m_mask);
	struct switch_mask	*mk = switch_mask_find(cl, &m->m_mask, hash);
	struct switch_flow	*f;
	unsigned int		 i;

	if (mk == NULL && (mk = switch_mask_new(cl, &m->m_mask, hash)) == NULL)
		return (NULL);
	f = kern_zalloc(flow_size(mk->mk_nwords));
	if (f == NULL) {
		switch_mask_retire(mk);
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

	switch_match_present(m, &full);
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
	switch_mask_retire(mk);
}

struct switch_flow *
switch_class_find(const struct switch_class *cl, const struct ofp_match *m,
    uint16_t priority)
{
	struct switch_mask	*mk;
	struct switch_flow	*f;
	struct ofp_match	 full;

	switch_match_present(m, &full);
	mk = switch_mask_find(cl, &full.m_mask, switch_mask_hash(&full.m_mask));
	if (mk == NULL)
		return (NULL);
	f = switch_mask_lookup(mk, &full.m_key);
	while (f != NULL && f->sf_priority > priority)
		f = f->sf_hnext;
	return (f != NULL && f->sf_priority == priority ? f : NULL);
}

int
switch_class_reserve(struct switch_class *cl, struct switch_flow *f)
{
	struct switch_mask	*mk = f->sf_mask;

	if (slots_reserve(mk) != 0 || switch_mask_reserve(mk) != 0)
		return (ENOMEM);
	if (switch_order_priority(cl, mk) < f->sf_priority)
		return (switch_order_reserve(cl, mk));
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
	switch_mask_add(mk, f->sf_priority);
	if (fp == NULL)
		slot_put(cs, f);
	else {
		while (*fp != NULL && (*fp)->sf_priority > f->sf_priority)
			fp = &(*fp)->sf_hnext;
		f->sf_hnext = *fp;
		SMR_PTR_SET_LOCKED(fp, f);
	}
	if (switch_order_priority(cl, mk) < f->sf_priority) {
		switch_order_publish(cl, cl->cl_spare, mk, f->sf_priority);
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
	old->sf_hnext = NULL;	/* and its share of mk_refs changes hands */
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
		next = &switch_class_gone;
		cs->cs_keys--;
	}
	SMR_PTR_SET_LOCKED(fp, next);
	f->sf_hnext = NULL;
	mk->mk_refs++;
	mk->mk_nflows--;
	switch_mask_del(mk, f->sf_priority);
	switch_order_lower(cl, mk);
}

/* A mask without flows goes with the last of them. */
void
switch_class_flow_retire(struct switch_flow *f)
{
	struct switch_mask	*mk = f->sf_mask;

	smr_call(&f->sf_smr, flow_free, f);
	mk->mk_refs--;
	switch_mask_retire(mk);
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


unsigned int
switch_flow_words(const struct switch_flow *f, uint8_t *index, uint64_t *mask,
    uint64_t *key)
{
	const struct switch_mask *mk = f->sf_mask;
	unsigned int		  i;

	for (i = 0; i < mk->mk_nwords; i++) {
		index[i] = mk->mk_index[i];
		mask[i] = mk->mk_word[i];
		key[i] = f->sf_key[i];
	}
	return (mk->mk_nwords);
}
