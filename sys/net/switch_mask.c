/*
 * SPDX-License-Identifier: ISC
 *
 * switch_mask.c: the masks of a flow table: which there are, which priorities
 * each has, and the order in which a lookup asks them.
 *
 * The order is an array that is made anew when a mask comes, goes, or changes
 * its highest priority; readers have the old one until they leave.  A mask may
 * stand higher than it has flows for a while, when there was no memory: that
 * costs a look, nothing else.  Under the mutex.
 */
#include "switch_class.h"

#define MIN_PRIOS	4

size_t
switch_order_size(uint32_t n)
{
	return (sizeof(struct class_order) + n * sizeof(struct class_entry));
}

void
switch_order_free(void *arg)
{
	struct class_order	*co = arg;

	kern_free(co, switch_order_size(co->co_n));
}

void
switch_mask_free(void *arg)
{
	struct switch_mask	*mk = arg;

	if (mk->mk_slots != NULL)
		switch_slots_free(mk->mk_slots);
	kern_free(mk->mk_prio, mk->mk_maxprio * sizeof(*mk->mk_prio));
	kern_free(mk, sizeof(*mk));
}

uint32_t
switch_mask_hash(const struct ofp_key *mask)
{
	const uint64_t	*w = switch_key_cwords(mask);
	uint64_t	 h = 0;
	unsigned int	 i;

	for (i = 0; i < OFP_KEY_WORDS; i++)
		h = switch_hash_add(h, w[i]);
	return ((uint32_t)h);
}

struct switch_mask *
switch_mask_find(const struct switch_class *cl, const struct ofp_key *mask,
    uint32_t hash)
{
	struct switch_mask	*mk;

	for (mk = cl->cl_masks[hash % SWITCH_MASK_HASH]; mk != NULL;
	    mk = mk->mk_hnext)
		if (mk->mk_hash == hash &&
		    memcmp(&mk->mk_full, mask, sizeof(*mask)) == 0)
			break;
	return (mk);
}

struct switch_mask *
switch_mask_new(struct switch_class *cl, const struct ofp_key *mask,
    uint32_t hash)
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
	mk->mk_slots = kern_zalloc(switch_slots_size(SWITCH_MIN_SLOTS));
	if (mk->mk_slots == NULL) {
		kern_free(mk, sizeof(*mk));
		return (NULL);
	}
	mk->mk_slots->cs_mask = SWITCH_MIN_SLOTS - 1;
	mk->mk_hnext = cl->cl_masks[hash % SWITCH_MASK_HASH];
	cl->cl_masks[hash % SWITCH_MASK_HASH] = mk;
	return (mk);
}

/* A mask that no flow uses and no lookup asks. */
void
switch_mask_retire(struct switch_mask *mk)
{
	struct switch_class	*cl = mk->mk_class;
	struct switch_mask	**mp;

	if (mk->mk_nflows > 0 || mk->mk_refs > 0 || mk->mk_listed)
		return;
	mp = &cl->cl_masks[mk->mk_hash % SWITCH_MASK_HASH];
	while (*mp != mk)
		mp = &(*mp)->mk_hnext;
	*mp = mk->mk_hnext;
	smr_call(&mk->mk_smr, switch_mask_free, mk);
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

bool
switch_mask_has_priority(const struct switch_mask *mk, uint16_t priority)
{
	uint32_t	 i = prio_place(mk, priority);

	return (i < mk->mk_nprio && mk->mk_prio[i].cp_priority == priority);
}

int
switch_mask_reserve(struct switch_mask *mk)
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

void
switch_mask_add(struct switch_mask *mk, uint16_t priority)
{
	uint32_t	 i = prio_place(mk, priority);

	if (!switch_mask_has_priority(mk, priority)) {
		memmove(&mk->mk_prio[i + 1], &mk->mk_prio[i],
		    (mk->mk_nprio - i) * sizeof(*mk->mk_prio));
		mk->mk_prio[i].cp_priority = priority;
		mk->mk_prio[i].cp_count = 0;
		mk->mk_nprio++;
	}
	mk->mk_prio[i].cp_count++;
}

void
switch_mask_del(struct switch_mask *mk, uint16_t priority)
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
void
switch_order_publish(struct switch_class *cl, struct class_order *co,
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
	smr_call(&old->co_smr, switch_order_free, old);
}

int32_t
switch_order_priority(const struct switch_class *cl,
    const struct switch_mask *mk)
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
int
switch_order_reserve(struct switch_class *cl, const struct switch_mask *mk)
{
	const struct class_order *co = SMR_PTR_GET_LOCKED(&cl->cl_order);
	uint32_t		  n = co->co_n + (mk->mk_listed ? 0 : 1);

	if (cl->cl_spare != NULL) {
		if (cl->cl_spare->co_n == n)
			return (0);
		switch_order_free(cl->cl_spare);
	}
	cl->cl_spare = kern_zalloc(switch_order_size(n));
	if (cl->cl_spare == NULL)
		return (ENOMEM);
	cl->cl_spare->co_n = n;
	return (0);
}

/* Lower or drop mk's place; if there is no memory it may stay too high. */
void
switch_order_lower(struct switch_class *cl, struct switch_mask *mk)
{
	int32_t			 top = prio_top(mk);
	struct class_order	*co;
	uint32_t		 n;

	if (top == switch_order_priority(cl, mk))
		return;
	n = SMR_PTR_GET_LOCKED(&cl->cl_order)->co_n - (top < 0 ? 1 : 0);
	co = kern_zalloc(switch_order_size(n));
	if (co != NULL)
		switch_order_publish(cl, co, mk, top);
}

