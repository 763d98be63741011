/*
 * SPDX-License-Identifier: ISC
 *
 * switch_buffer.c: packets kept until the controller says what to do.
 *
 * A ring of sc_max_buffers places.  An id is place and generation: the place
 * in the low bits, how often it was used in the high ones.  So an id comes
 * back only after the generation wrapped, and one that was issued once can
 * be told from one that never was (PT-04).  What nobody asks for is dropped
 * after KEEP seconds.
 *
 * A spin lock guards the ring: packets put, controllers take.
 */
#include "switch_pass.h"

#define KEEP_NS		(10 * 1000000000ULL)
#define LOOKS		32		/* at places, for a free one */
#define PLACE_BITS	16
#define MAX_PLACES	(1u << PLACE_BITS)
CTASSERT(SWITCH_MAX_BUFFERS == MAX_PLACES);
#define MAX_GENERATION	0x7fffu

struct switch_buffer {
	struct pkt	 bu_pkt;	/* empty: free */
	uint64_t	 bu_time;	/* ns */
	uint32_t	 bu_in_port;
	uint16_t	 bu_generation;	/* of the last use; 0: never */
};

struct switch_buffers {
	struct kern_spin	 bs_spin;
	uint32_t		 bs_n;		/* X: places for new ones */
	uint32_t		 bs_size;	/* X: places that exist */
	uint32_t		 bs_next;	/* X */
	struct switch_buffer	*bs_buffer;	/* X */
};

static size_t
buffers_size(uint32_t n)
{
	return (n * sizeof(struct switch_buffer));
}

int
switch_buffers_create(struct switch_softc *sc)
{
	int	 error;

	if ((sc->sc_buffers = kern_zalloc(sizeof(*sc->sc_buffers))) == NULL)
		return (ENOMEM);
	kern_spin_init(&sc->sc_buffers->bs_spin);
	error = switch_buffers_resize(sc, sc->sc_conf.sc_max_buffers);
	if (error != 0)
		switch_buffers_destroy(sc);
	return (error);
}

/* Packets in places beyond n may be asked for until they expire. */
int
switch_buffers_resize(struct switch_softc *sc, uint32_t n)
{
	struct switch_buffers	*bs = sc->sc_buffers;
	struct switch_buffer	*new = NULL, *old = NULL;
	uint32_t		 size = bs->bs_size;

	if (n > size && (new = kern_zalloc(buffers_size(n))) == NULL)
		return (ENOMEM);
	kern_spin_enter(&bs->bs_spin);
	if (new != NULL) {
		old = bs->bs_buffer;
		if (old != NULL)
			memcpy(new, old, buffers_size(size));
		bs->bs_buffer = new;
		bs->bs_size = n;
	}
	bs->bs_n = n;
	if (bs->bs_next >= n)
		bs->bs_next = 0;
	kern_spin_leave(&bs->bs_spin);
	kern_free(old, buffers_size(size));
	return (0);
}

void
switch_buffers_destroy(struct switch_softc *sc)
{
	struct switch_buffers	*bs = sc->sc_buffers;
	uint32_t		 i;

	for (i = 0; i < bs->bs_size; i++)
		pkt_free(&bs->bs_buffer[i].bu_pkt);
	kern_free(bs->bs_buffer, buffers_size(bs->bs_size));
	kern_free(bs, sizeof(*bs));
	sc->sc_buffers = NULL;
}

static void
pkt_move(struct pkt *to, struct pkt *from)
{
	*to = *from;
	memset(from, 0, sizeof(*from));
}

/* The next place that is free, or whose packet has waited too long. */
static struct switch_buffer *
buffer_place(struct switch_buffers *bs, struct pkt *old)
{
	struct switch_buffer	*bu;
	unsigned int		 i;

	for (i = 0; i < LOOKS; i++) {
		bu = &bs->bs_buffer[bs->bs_next];
		bs->bs_next = (bs->bs_next + 1) % bs->bs_n;
		if (pkt_empty(&bu->bu_pkt))
			return (bu);
		if (kern_uptime_ns() - bu->bu_time >= KEEP_NS) {
			pkt_move(old, &bu->bu_pkt);
			return (bu);
		}
	}
	return (NULL);
}

uint32_t
switch_buffer_put(struct switch_softc *sc, const struct pkt *p,
    uint32_t in_port)
{
	struct switch_buffers	*bs = sc->sc_buffers;
	struct switch_buffer	*bu;
	struct pkt		 copy, old;
	uint32_t		 id = OFP_NO_BUFFER;

	if (pkt_dup(p, &copy) != 0)
		return (OFP_NO_BUFFER);
	memset(&old, 0, sizeof(old));
	kern_spin_enter(&bs->bs_spin);
	bu = buffer_place(bs, &old);
	if (bu != NULL) {
		pkt_move(&bu->bu_pkt, &copy);
		bu->bu_time = kern_uptime_ns();
		bu->bu_in_port = in_port;
		bu->bu_generation = bu->bu_generation % MAX_GENERATION + 1;
		id = (uint32_t)bu->bu_generation << PLACE_BITS |
		    (uint32_t)(bu - bs->bs_buffer);
	}
	kern_spin_leave(&bs->bs_spin);
	if (id == OFP_NO_BUFFER) {
		switch_count(sc, SWITCH_N_BUFFER_FULL);
		pkt_free(&copy);
	} else if (!pkt_empty(&old))
		switch_count(sc, SWITCH_N_BUFFER_EXPIRED);
	pkt_free(&old);
	return (id);
}

/* X: the place of an id, or why there is none. */
static enum ofp_error
buffer_find(struct switch_buffers *bs, uint32_t id, struct switch_buffer **bup)
{
	uint32_t		 place = id & (MAX_PLACES - 1);
	uint32_t		 generation = id >> PLACE_BITS;
	struct switch_buffer	*bu;

	if (place >= bs->bs_size || generation == 0 ||
	    generation > MAX_GENERATION)
		return (OFP_BRC_BUFFER_UNKNOWN);
	bu = &bs->bs_buffer[place];
	if (generation > bu->bu_generation)
		return (OFP_BRC_BUFFER_UNKNOWN);
	if (generation != bu->bu_generation || pkt_empty(&bu->bu_pkt))
		return (OFP_BRC_BUFFER_EMPTY);
	*bup = bu;
	return (OFP_OK);
}

enum ofp_error
switch_buffer_check(struct switch_softc *sc, uint32_t id)
{
	struct switch_buffers	*bs = sc->sc_buffers;
	struct switch_buffer	*bu;
	enum ofp_error		 err;

	kern_spin_enter(&bs->bs_spin);
	err = buffer_find(bs, id, &bu);
	kern_spin_leave(&bs->bs_spin);
	return (err);
}

enum ofp_error
switch_buffer_take(struct switch_softc *sc, uint32_t id, struct pkt *p,
    uint32_t *in_port)
{
	struct switch_buffers	*bs = sc->sc_buffers;
	struct switch_buffer	*bu;
	enum ofp_error		 err;

	kern_spin_enter(&bs->bs_spin);
	err = buffer_find(bs, id, &bu);
	if (err == OFP_OK) {
		pkt_move(p, &bu->bu_pkt);
		*in_port = bu->bu_in_port;
	}
	kern_spin_leave(&bs->bs_spin);
	return (err);
}

void
switch_buffers_tick(struct switch_softc *sc)
{
	struct switch_buffers	*bs = sc->sc_buffers;
	struct switch_buffer	*bu;
	uint64_t		 now = kern_uptime_ns();
	struct pkt		 old;
	uint32_t		 i;

	for (i = 0; i < bs->bs_size; i++) {
		bu = &bs->bs_buffer[i];
		memset(&old, 0, sizeof(old));
		kern_spin_enter(&bs->bs_spin);
		if (!pkt_empty(&bu->bu_pkt) && now - bu->bu_time >= KEEP_NS)
			pkt_move(&old, &bu->bu_pkt);
		kern_spin_leave(&bs->bs_spin);
		if (pkt_empty(&old))
			continue;
		switch_count(sc, SWITCH_N_BUFFER_EXPIRED);
		pkt_free(&old);
	}
}
