/*
 * SPDX-License-Identifier: ISC
 *
 * fast.c: fill the tables of what the kernel forwards by itself; see fast.h.
 *
 * Offers wait for the end of the batch, behind the frames that came before
 * them.  When the core says stop, all tables stop with one store each and the
 * counts go to the core while the flows still are what they were; at the end
 * of the batch each entry whose offer is good still goes on.  A place in the
 * table that was given up rests until the next tick, so that a count still
 * under way in the kernel cannot go to its successor.
 */
#include <sys/mman.h>
#include <sys/socket.h>

#include "fast.h"
#include "port.h"

#define OFFERS		256		/* of a batch */
#define LEASE		5		/* s to the deadline */
#define IDLE		10		/* s */
#define YOUNG		1		/* s: used lately, is not put out */

enum place_state { PLACE_FREE, PLACE_USED, PLACE_RESTING };

/* What we know of an entry. */
struct place {
	struct switch_fast_offer pl_offer;
	enum place_state	 pl_state;
	uint32_t		 pl_live;	/* where in fa_live */
};

struct fast {
	struct fast		*fa_next;
	struct ufast_table	*fa_table;
	uint64_t		 fa_space;	/* network namespace */
	struct place		 fa_place[UFAST_ENTRIES];
	uint32_t		 fa_live[UFAST_ENTRIES];	/* in use */
	uint32_t		 fa_nlive;
	bool			 fa_resting;
};

static struct switch_softc	*softc;
static struct fast		*tables;
static struct switch_fast_offer	 offers[OFFERS];
static unsigned int		 noffers;
static uint64_t			 seq = 1;
static bool			 stopped = true;

static void
store(uint64_t *p, uint64_t v)
{
	__atomic_store_n(p, v, __ATOMIC_RELEASE);
}

static void
place_take(struct fast *fa, uint32_t n, const struct switch_fast_offer *fo)
{
	struct place	*pl = &fa->fa_place[n];

	pl->pl_offer = *fo;
	pl->pl_state = PLACE_USED;
	pl->pl_live = fa->fa_nlive;
	fa->fa_live[fa->fa_nlive++] = n;
}

static void
place_give(struct fast *fa, uint32_t n)
{
	struct place	*pl = &fa->fa_place[n];
	uint32_t	 last = fa->fa_live[--fa->fa_nlive];

	store(&fa->fa_table->ut_entry[n].ue_seq, 0);
	fa->fa_live[pl->pl_live] = last;
	fa->fa_place[last].pl_live = pl->pl_live;
	pl->pl_state = PLACE_RESTING;
	fa->fa_resting = true;
}

/* What the kernel counted, to the core. */
static void
place_harvest(struct fast *fa, uint32_t n)
{
	struct ufast_entry	*ue = &fa->fa_table->ut_entry[n];
	struct switch_fast_count fc;

	fc.fc_frames = __atomic_exchange_n(&ue->ue_frames, 0,
	    __ATOMIC_ACQ_REL);
	fc.fc_packets = __atomic_exchange_n(&ue->ue_packets, 0,
	    __ATOMIC_ACQ_REL);
	fc.fc_bytes = __atomic_exchange_n(&ue->ue_bytes, 0, __ATOMIC_ACQ_REL);
	fc.fc_used = __atomic_load_n(&ue->ue_used, __ATOMIC_RELAXED);
	if (fc.fc_packets != 0 || fc.fc_bytes != 0)
		(void)switch_fast_credit(softc, &fa->fa_place[n].pl_offer,
		    &fc);
}

/* Stop it, then count: nothing comes in between. */
static void
place_retire(struct fast *fa, uint32_t n)
{
	store(&fa->fa_table->ut_entry[n].ue_seq, 0);
	place_harvest(fa, n);
	place_give(fa, n);
}

void
fast_harvest(void)
{
	struct fast	*fa;
	uint32_t	 i;

	if (stopped)
		return;
	for (fa = tables; fa != NULL; fa = fa->fa_next)
		for (i = 0; i < fa->fa_nlive; i++)
			place_harvest(fa, fa->fa_live[i]);
}

/*
 * What the core calls.
 */
static void
fast_offer(void *hs, const struct switch_fast_offer *fo)
{
	const struct port	*in = fo->fo_in_hp, *out = fo->fo_out_hp;

	if (in->pt_fast != NULL && out->pt_fast != NULL &&
	    in->pt_fast->fa_space == out->pt_fast->fa_space &&
	    noffers < OFFERS)
		offers[noffers++] = *fo;
}

static void
fast_stop(void *hs, bool forget)
{
	struct fast	*fa;

	noffers = 0;
	for (fa = tables; fa != NULL && !stopped; fa = fa->fa_next)
		store(&fa->fa_table->ut_head.uh_seq, 0);
	fast_harvest();
	stopped = true;
	for (fa = tables; fa != NULL && forget; fa = fa->fa_next)
		while (fa->fa_nlive > 0)
			place_give(fa, fa->fa_live[fa->fa_nlive - 1]);
}

static const struct switch_fast	calls = { fast_offer, fast_stop };

void
fast_init(struct switch_softc *sc)
{
	softc = sc;
	switch_fast_set(sc, &calls);
}

/*
 * The end of a batch.
 */
static void
table_start(struct fast *fa)
{
	uint32_t	n, i = 0;

	while (i < fa->fa_nlive) {
		n = fa->fa_live[i];
		if (!switch_fast_good(softc, &fa->fa_place[n].pl_offer)) {
			place_give(fa, n);
			continue;
		}
		store(&fa->fa_table->ut_entry[n].ue_seq, seq);
		i++;
	}
	store(&fa->fa_table->ut_head.uh_seq, seq);
}

/* Where an offer goes; -1: it is there already, or there is no place. */
static int32_t
table_place(struct fast *fa, const struct switch_fast_offer *fo,
    uint32_t bucket)
{
	const struct ufast_entry *ue;
	uint64_t		 oldest = kern_uptime_ns() - YOUNG * UFAST_NS;
	int32_t			 i, n, place = -1, victim = -1;

	for (i = 0; i < UFAST_WAYS; i++) {
		n = (int32_t)(bucket * UFAST_WAYS) + i;
		ue = &fa->fa_table->ut_entry[n];
		if (fa->fa_place[n].pl_state == PLACE_FREE)
			place = n;
		if (fa->fa_place[n].pl_state != PLACE_USED)
			continue;
		if (memcmp(ue->ue_key, fo->fo_key, sizeof(ue->ue_key)) == 0)
			return (-1);
		if (ue->ue_used < oldest) {
			oldest = ue->ue_used;
			victim = n;
		}
	}
	if (place == -1 && victim != -1)
		place_retire(fa, (uint32_t)victim);
	return (place);
}

/* By the EtherType. */
static bool
offer_is_ip6(const struct switch_fast_offer *fo)
{
	uint8_t	b[sizeof(fo->fo_key[0])];

	memcpy(b, &fo->fo_key[0], sizeof(b));
	return (b[6] == 0x86);
}

static void
table_add(struct fast *fa, const struct switch_fast_offer *fo)
{
	const struct port	*out = fo->fo_out_hp;
	struct ufast_entry	*ue;
	int32_t			 n;

	n = table_place(fa, fo, ufast_hash(fo->fo_key,
	    offer_is_ip6(fo) ? UFAST_WORDS : UFAST_WORDS_4));
	if (n == -1)
		return;
	ue = &fa->fa_table->ut_entry[n];
	memcpy(ue->ue_key, fo->fo_key, sizeof(ue->ue_key));
	ue->ue_ifindex = out->pt_conf.up_ifindex;
	ue->ue_max = out->pt_link.pl_mtu + 14;
	ue->ue_packets = ue->ue_frames = 0;
	ue->ue_bytes = 0;
	ue->ue_used = kern_uptime_ns();
	place_take(fa, (uint32_t)n, fo);
	store(&ue->ue_seq, seq);
}

void
fast_batch(void)
{
	const struct port	*in;
	struct fast		*fa;
	unsigned int		 i;

	if (stopped) {
		seq++;
		stopped = false;
		for (fa = tables; fa != NULL; fa = fa->fa_next)
			table_start(fa);
	}
	for (i = 0; i < noffers; i++) {
		in = offers[i].fo_in_hp;
		table_add(in->pt_fast, &offers[i]);
	}
	noffers = 0;
}

/*
 * Once a second.
 */
static void
table_tick(struct fast *fa)
{
	uint64_t	now = kern_uptime_ns();
	uint32_t	i, n;

	for (i = 0; i < UFAST_ENTRIES && fa->fa_resting; i++)
		if (fa->fa_place[i].pl_state == PLACE_RESTING)
			fa->fa_place[i].pl_state = PLACE_FREE;
	fa->fa_resting = false;
	for (i = stopped ? 0 : fa->fa_nlive; i > 0; i--) {
		n = fa->fa_live[i - 1];
		if (fa->fa_table->ut_entry[n].ue_used + IDLE * UFAST_NS < now)
			place_retire(fa, n);
	}
	store(&fa->fa_table->ut_head.uh_deadline, now + LEASE * UFAST_NS);
}

void
fast_tick(void)
{
	struct fast	*fa;

	fast_harvest();
	for (fa = tables; fa != NULL; fa = fa->fa_next)
		table_tick(fa);
}

/*
 * Life.
 */
struct fast *
fast_open(int table, int sock)
{
	struct fast	*fa = kern_zalloc(sizeof(*fa));
	socklen_t	 len = sizeof(fa->fa_space);

	if (fa == NULL)
		return (NULL);
	(void)getsockopt(sock, SOL_SOCKET, SO_NETNS_COOKIE, &fa->fa_space,
	    &len);
	fa->fa_table = mmap(NULL, sizeof(*fa->fa_table),
	    PROT_READ | PROT_WRITE, MAP_SHARED, table, 0);
	if (fa->fa_table == MAP_FAILED) {
		kern_free(fa, sizeof(*fa));
		return (NULL);
	}
	store(&fa->fa_table->ut_head.uh_deadline,
	    kern_uptime_ns() + LEASE * UFAST_NS);
	store(&fa->fa_table->ut_head.uh_seq, stopped ? 0 : seq);
	fa->fa_next = tables;
	tables = fa;
	return (fa);
}

void
fast_close(struct fast *fa)
{
	struct fast	**fp;

	if (fa == NULL)
		return;
	fast_stop(NULL, true);
	for (fp = &tables; *fp != fa; fp = &(*fp)->fa_next)
		;
	*fp = fa->fa_next;
	munmap(fa->fa_table, sizeof(*fa->fa_table));
	kern_free(fa, sizeof(*fa));
}
