/*
 * SPDX-License-Identifier: ISC
 *
 * switch_walk.c: what a controller asks of many flows of a table at once: those
 * that a match covers, and whether one overlaps.
 *
 * A mask whose bits cannot fit is passed over as a whole, and one that equals
 * the request's is asked by hash; only what lies between is walked flow by
 * flow.  Under the mutex.
 */
#include "switch_class.h"

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

	for (; f != NULL && f != &switch_class_gone; f = next) {
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
		f = switch_mask_lookup(mk, &m->m_key);
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
		switch_match_present(m, &full);
		m = &full;
	}
	for (i = 0; i < SWITCH_MASK_HASH; i++)
		for (mk = cl->cl_masks[i]; mk != NULL; mk = next) {
			next = mk->mk_hnext;
			if (m != NULL && !mask_covered(mk, &m->m_mask))
				continue;
			mk->mk_refs++;		/* stays while we look */
			mask_walk(mk, m, fn, arg);
			mk->mk_refs--;
			switch_mask_retire(mk);
		}
}

/* As switch_class_covered walks; one key has a short chain. */
uint64_t
switch_class_covers(const struct switch_class *cl, const struct ofp_match *m)
{
	const struct switch_mask *mk;
	struct ofp_match	  full;
	uint64_t		  n = 0;
	unsigned int		  i;

	switch_match_present(m, &full);
	for (i = 0; i < SWITCH_MASK_HASH; i++)
		for (mk = cl->cl_masks[i]; mk != NULL; mk = mk->mk_hnext)
			if (mask_covered(mk, &full.m_mask) &&
			    memcmp(&full.m_mask, &mk->mk_full,
			    sizeof(mk->mk_full)) != 0)
				n += mk->mk_nflows;
	return (n);
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
		if (f == NULL || f == &switch_class_gone ||
		    !flow_agrees(mk, f, m))
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

	switch_match_present(m, &full);
	for (i = 0; i < SWITCH_MASK_HASH; i++)
		for (mk = cl->cl_masks[i]; mk != NULL; mk = mk->mk_hnext)
			if (switch_mask_has_priority(mk, priority) &&
			    mask_overlaps(mk, &full, priority))
				return (true);
	return (false);
}
