/*
 * SPDX-License-Identifier: ISC
 *
 * learn.c: which host is behind which port of one switch (see learn.h).
 *
 * Open addressing with linear probing; deletion moves later members of the
 * cluster back, so there are no tombstones and a lookup ends at the first free
 * slot.  The place of a host depends on a secret of the process: nobody can
 * choose addresses that meet in one slot.
 */
#include <sys/random.h>

#include <stdlib.h>

#include "learn.h"

#define LEARN_SLOTS_MIN	16
#define MULTICAST	(1ULL << 40)
#define MAC_MAX		0xffffffffffffULL

static uint64_t	learn_secret;

static uint64_t	word(uint64_t, uint16_t);
static uint32_t	place(const struct learn *, uint64_t);
static bool	grow(struct learn *);

void
learn_init(struct learn *l, uint32_t limit)
{
	if (learn_secret == 0 && getrandom(&learn_secret,
	    sizeof(learn_secret), 0) == -1)
		learn_secret = (uintptr_t)l;
	learn_secret |= 1;
	l->l_slots = NULL;
	l->l_mask = 0;
	l->l_count = 0;
	l->l_limit = limit;
}

void
learn_free(struct learn *l)
{
	free(l->l_slots);
	l->l_slots = NULL;
	l->l_mask = 0;
	l->l_count = 0;
}

enum learn_result
learn_source(struct learn *l, uint64_t mac, uint16_t vlan, uint32_t port,
    uint32_t now, uint32_t *old)
{
	struct learn_host	*lh;
	uint32_t		 i;

	if (mac == 0 || mac & MULTICAST)
		return (LEARN_REFUSED);
	lh = learn_lookup(l, mac, vlan);
	if (lh != NULL) {
		lh->lh_seen = now;
		if (lh->lh_port == port)
			return (LEARN_KNOWN);
		*old = lh->lh_port;
		lh->lh_port = port;
		return (LEARN_MOVED);
	}
	if (l->l_count >= l->l_limit || !grow(l))
		return (LEARN_FULL);
	i = place(l, word(mac, vlan));
	while (l->l_slots[i].lh_word != 0)
		i = (i + 1) & l->l_mask;
	l->l_slots[i] = (struct learn_host){ word(mac, vlan), port, now };
	l->l_count++;
	return (LEARN_NEW);
}

struct learn_host *
learn_lookup(const struct learn *l, uint64_t mac, uint16_t vlan)
{
	struct learn_host	*lh;
	uint64_t		 w = word(mac, vlan);
	uint32_t		 i;

	if (l->l_slots == NULL || w == 0)
		return (NULL);
	for (i = place(l, w);; i = (i + 1) & l->l_mask) {
		lh = &l->l_slots[i];
		if ((lh->lh_word & ~LEARN_MARKS) == w)
			return (lh);
		if (lh->lh_word == 0)
			return (NULL);
	}
}

void
learn_del(struct learn *l, struct learn_host *lh)
{
	uint32_t	hole, i, home;

	hole = lh - l->l_slots;
	for (i = (hole + 1) & l->l_mask; l->l_slots[i].lh_word != 0;
	    i = (i + 1) & l->l_mask) {
		home = place(l, l->l_slots[i].lh_word & ~LEARN_MARKS);
		/* It stays if its home is behind the hole. */
		if (((i - home) & l->l_mask) < ((i - hole) & l->l_mask))
			continue;
		l->l_slots[hole] = l->l_slots[i];
		hole = i;
	}
	l->l_slots[hole].lh_word = 0;
	if (--l->l_count == 0)
		learn_free(l);
}

struct learn_host *
learn_next(const struct learn *l, uint32_t *pos)
{
	struct learn_host	*lh;

	if (l->l_slots == NULL)
		return (NULL);
	while (*pos <= l->l_mask) {
		lh = &l->l_slots[(*pos)++];
		if (lh->lh_word != 0)
			return (lh);
	}
	return (NULL);
}

static uint64_t
word(uint64_t mac, uint16_t vlan)
{
	return ((mac & MAC_MAX) << 16 | (uint64_t)(vlan & 0x1fff) << 3);
}

static uint32_t
place(const struct learn *l, uint64_t w)
{
	w = (w ^ learn_secret) * 0x9e3779b97f4a7c15ULL;
	w = (w ^ w >> 32) * learn_secret;
	return ((w >> 32) & l->l_mask);
}

/* Room for one more. */
static bool
grow(struct learn *l)
{
	struct learn		 n = *l;
	struct learn_host	*lh;
	uint32_t		 pos, i;

	if (l->l_slots != NULL && l->l_count < l->l_mask - l->l_mask / 8)
		return (true);
	if (l->l_mask >= UINT32_MAX / 2)
		return (false);
	n.l_mask = l->l_slots == NULL ? LEARN_SLOTS_MIN - 1 :
	    2 * l->l_mask + 1;
	n.l_slots = calloc((size_t)n.l_mask + 1, sizeof(*n.l_slots));
	if (n.l_slots == NULL)
		return (false);
	for (pos = 0; (lh = learn_next(l, &pos)) != NULL;) {
		i = place(&n, lh->lh_word & ~LEARN_MARKS);
		while (n.l_slots[i].lh_word != 0)
			i = (i + 1) & n.l_mask;
		n.l_slots[i] = *lh;
	}
	free(l->l_slots);
	*l = n;
	return (true);
}
