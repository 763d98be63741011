/*
 * SPDX-License-Identifier: ISC
 *
 * switch_group_twin_test.c: groups and meters against naive twins.
 *
 * Groups of three levels, of any type, lead to each other and to ports; they
 * are changed, and links come and go, between packets of a few flows.  The
 * twin says which buckets a packet runs through, how often, and what leaves by
 * which port.  What a select group chose it does not know, only who may be
 * chosen, and that a flow stays where it is while nothing changes.
 *
 * A meter's twin keeps tokens in 128 bits and knows no shortcut.
 */
#include "core_stub.h"
#include "test.h"

#define NPORTS	6
#define LEVEL	3			/* groups of a level */
#define NGROUPS	(3 * LEVEL)
#define NBUCKETS 3
#define NFLOWS	8

struct tbucket {
	uint16_t	weight;
	uint32_t	port, chain;		/* one of them */
	uint32_t	watch_port, watch_group; /* 0: none */
	unsigned int	ran;			/* by this packet */
	uint64_t	count;
};

struct tgroup {
	uint8_t		type;
	unsigned int	n;
	struct tbucket	bucket[NBUCKETS];
	int		choice[NFLOWS];		/* of select; -1: not known */
};

static struct stub_port		ports[NPORTS];
static struct switch_softc	*sc;
static struct tgroup		groups[NGROUPS + 1];
static unsigned int		out[NPORTS + 1];

static uint32_t
rnd(uint32_t n)
{
	return (kern_random() % n);
}

static uint8_t		wire[4096];

static void
put_bucket(struct ofp_wr *wr, const struct tbucket *b)
{
	uint8_t			 acts[32];
	struct ofp_action	 ac;
	struct ofp_bucket	 ob;
	struct ofp_wr		 aw;

	memset(&ac, 0, sizeof(ac));
	if (b->chain != 0) {
		ac.ac_type = OFP_AT_GROUP;
		ac.u.group = b->chain;
	} else
		ac.u.output.port = b->port;
	ofp_wr_init(&aw, acts, sizeof(acts));
	ofp_action_encode(&aw, &ac);
	ob.b_weight = b->weight;
	ob.b_watch_port = b->watch_port == 0 ? OFP_P_ANY : b->watch_port;
	ob.b_watch_group = b->watch_group == 0 ? OFP_G_ANY : b->watch_group;
	ofp_rd_init(&ob.b_actions, acts, ofp_wr_pos(&aw));
	ofp_bucket_encode(wr, &ob);
}

static void
put_group(uint16_t command, uint32_t id)
{
	const struct tgroup	*g = &groups[id];
	struct ofp_group	 og;
	struct ofp_wr		 wr;
	unsigned int		 i;

	memset(&og, 0, sizeof(og));
	og.g_command = command;
	og.g_type = g->type;
	og.g_id = id;
	ofp_wr_init(&wr, wire, sizeof(wire));
	for (i = 0; i < g->n; i++)
		put_bucket(&wr, &g->bucket[i]);
	ofp_rd_init(&og.g_buckets, wire, ofp_wr_pos(&wr));
	kern_mutex_enter(&sc->sc_mutex);
	CHECK(switch_group_mod(sc, &og) == OFP_OK);
	kern_mutex_leave(&sc->sc_mutex);
	kern_quiesce();
}

/* What any flow was sent to may be another now. */
static void
forget(void)
{
	unsigned int	i, j;

	for (i = 1; i <= NGROUPS; i++)
		for (j = 0; j < NFLOWS; j++)
			groups[i].choice[j] = -1;
}

static void
random_group(uint16_t command, uint32_t id)
{
	static const uint8_t	types[] = { OFP_GT_ALL, OFP_GT_SELECT,
				    OFP_GT_INDIRECT, OFP_GT_FF };
	struct tgroup		*g = &groups[id];
	struct tbucket		*b;
	uint32_t		 below = (id - 1) / LEVEL * LEVEL;

	memset(g, 0, sizeof(*g));
	g->type = types[rnd(4)];
	g->n = g->type == OFP_GT_INDIRECT ? 1 : rnd(NBUCKETS + 1);
	for (b = g->bucket; b < g->bucket + g->n; b++) {
		if (below > 0 && rnd(3) > 0)
			b->chain = below - rnd(LEVEL);
		else
			b->port = 2 + rnd(NPORTS - 1);
		if (g->type == OFP_GT_SELECT)
			b->weight = rnd(4);
		if (g->type == OFP_GT_FF || (g->type == OFP_GT_SELECT &&
		    rnd(2) == 0)) {
			if (below > 0 && rnd(2) == 0)
				b->watch_group = below - rnd(LEVEL);
			else
				b->watch_port = 2 + rnd(NPORTS - 1);
		}
	}
	put_group(command, id);
	forget();
}

/*
 * The twin.
 */
static bool	twin_group_live(const struct tgroup *);

static bool
twin_live(const struct tgroup *g, const struct tbucket *b)
{
	const struct stub_port	*st;

	if (g->type != OFP_GT_FF && g->type != OFP_GT_SELECT)
		return (true);
	if (b->watch_port == 0 && b->watch_group == 0)
		return (true);
	st = &ports[b->watch_port - (b->watch_port > 0)];
	return ((b->watch_port != 0 && !st->st_nolink) ||
	    (b->watch_group != 0 && twin_group_live(&groups[b->watch_group])));
}

static bool
twin_group_live(const struct tgroup *g)
{
	unsigned int	i;

	for (i = 0; i < g->n; i++)
		if (twin_live(g, &g->bucket[i]))
			return (true);
	return (false);
}

/* How often the switch ran a bucket for the last packet. */
static uint64_t
ran(uint32_t id, unsigned int i)
{
	struct switch_group_conf	*gc;

	gc = SMR_PTR_GET_LOCKED(&switch_group_find(sc, id)->gr_conf);
	return (kern_load(&gc->gc_bucket[i].sb_packets) -
	    groups[id].bucket[i].count);
}

/* The bucket that a select group chose, one that it may choose; -1: none. */
static int
twin_choice(uint32_t id, unsigned int flow)
{
	struct tgroup	*g = &groups[id];
	unsigned int	 i;
	bool		 any = false;
	int		 found = -1;

	for (i = 0; i < g->n; i++) {
		if (g->bucket[i].weight == 0 ||
		    !twin_live(g, &g->bucket[i])) {
			CHECK(ran(id, i) == 0);
			continue;
		}
		any = true;
		if (ran(id, i) > 0) {
			CHECK(found == -1);
			found = i;
		}
	}
	CHECK((found != -1) == any);
	if (g->choice[flow] != -1)
		CHECK(g->choice[flow] == found);
	g->choice[flow] = found;
	return (found);
}

static void
twin_run(uint32_t id, unsigned int flow)
{
	struct tgroup	*g = &groups[id];
	struct tbucket	*b;
	int		 only = -1;
	unsigned int	 i;

	if (g->type == OFP_GT_SELECT &&
	    (only = twin_choice(id, flow)) == -1)
		return;
	for (i = 0; i < g->n; i++) {
		b = &g->bucket[i];
		if (only != -1 && i != (unsigned int)only)
			continue;
		if (g->type == OFP_GT_FF && !twin_live(g, b))
			continue;
		b->ran++;
		if (b->chain != 0)
			twin_run(b->chain, flow);
		else
			out[b->port]++;
		if (g->type == OFP_GT_FF)
			break;
	}
}

static void
packet(unsigned int flow)
{
	uint8_t	 f[60] = {
		0x02, 0, 0, 0, 0, 2, 0x02, 0, 0, 0, 0, 1, 0x08, 0x00,
		0x45, 0, 0, 46, 0, 1, 0, 0, 64, 17, 0x66, 0xbc,
		10, 0, 0, 1, 10, 0, 0, 2, 0x12, 0x34, 0, 0x35, 0, 26, 0, 0
	};

	f[29] = (uint8_t)flow;
	f[35] = (uint8_t)(flow * 7);
	stub_clear();
	stub_input(&ports[0], f, sizeof(f));
}

/* One packet to the group of the flow, and everything compared. */
static void
compare(unsigned int flow)
{
	struct tbucket	*b;
	unsigned int	 i, id, n[NPORTS + 1] = { 0 };

	packet(flow);
	memset(out, 0, sizeof(out));
	twin_run(NGROUPS, flow);
	for (id = 1; id <= NGROUPS; id++)
		for (i = 0; i < groups[id].n; i++) {
			b = &groups[id].bucket[i];
			CHECK(ran(id, i) == b->ran);
			b->count += b->ran;
			b->ran = 0;
		}
	for (i = 0; i < stub_nout; i++)
		n[stub_out[i].sf_port]++;
	for (i = 2; i <= NPORTS; i++)
		CHECK(n[i] == (ports[i - 1].st_nolink ? n[i] : out[i]));
}

static void
begin(void)
{
	static const uint8_t	to[16] = {
		0, OFP_IT_APPLY_ACTIONS, 0, 16, 0, 0, 0, 0,
		0, OFP_AT_GROUP, 0, 8, 0, 0, 0, NGROUPS
	};
	struct ofp_flow		f;
	uint32_t		id;

	kern_time_set(1000000000000ULL);
	sc = stub_switch(ports, NPORTS);
	stub_quiet = false;
	for (id = 1; id <= NGROUPS; id++)
		random_group(OFP_GC_ADD, id);
	ofp_flow_init(&f, OFP_FC_ADD);
	ofp_match_init(&f.f_match);
	CHECK(stub_instr(&f, to, sizeof(to)) == OFP_OK);
	CHECK(stub_flow_mod(sc, &f) == OFP_OK);
}

TEST(groups_differ_from_a_naive_twin)
{
	struct stub_port	*st;
	unsigned int		 i, seed;

	for (seed = 1; seed <= 20; seed++) {
		test_case("groups go the twin's way, seed %u", seed);
		kern_random_seed(seed);
		begin();
		for (i = 0; i < 2000; i++) {
			if (rnd(20) == 0)
				random_group(OFP_GC_MODIFY, 1 + rnd(NGROUPS));
			if (rnd(20) == 0) {
				st = &ports[1 + rnd(NPORTS - 1)];
				st->st_nolink = !st->st_nolink;
				switch_port_changed(st->st_sp);
				forget();
			}
			compare(rnd(NFLOWS));
		}
		stub_destroy(sc, ports, NPORTS);
		CHECK(pkt_user_inuse() == 0);
	}
}

/*
 * Meters.
 */
struct tband {
	struct ofp_band	 band;
	__int128	 tokens, full;
};

static unsigned int	nbands;
static struct tband	bands[3];

static void
random_meter(uint16_t command, uint16_t flags)
{
	struct ofp_meter	 m;
	struct ofp_wr		 wr;
	struct tband		*b;
	__int128		 burst;

	memset(&m, 0, sizeof(m));
	m.m_command = command;
	m.m_flags = flags;
	m.m_id = 1;
	nbands = 1 + rnd(3);
	ofp_wr_init(&wr, wire, sizeof(wire));
	for (b = bands; b < bands + nbands; b++) {
		memset(b, 0, sizeof(*b));
		b->band.bd_type = rnd(2) == 0 ? OFP_MBT_DROP :
		    OFP_MBT_DSCP_REMARK;
		/* No two alike: the one of the highest rate is one. */
		b->band.bd_rate = (1 + rnd(rnd(2) == 0 ? 50 : 100000)) * 3 +
		    (uint32_t)(b - bands);
		b->band.bd_burst = rnd(3) == 0 ? 0 : 1 + rnd(3000);
		b->band.bd_prec = 1 + (uint8_t)rnd(2);
		ofp_band_encode(&wr, &b->band);
		burst = (flags & OFP_MF_BURST) != 0 ? b->band.bd_burst : 0;
		if ((flags & OFP_MF_PKTPS) != 0) {
			if (burst == 0)
				burst = b->band.bd_rate;
			/* Less than one packet more may be saved. */
			b->full = burst * 1000000000 + 999999999;
		} else {
			burst *= 1000;
			if (burst == 0) {
				burst = (__int128)b->band.bd_rate * 1000;
				if (burst < 65536 * 8)
					burst = 65536 * 8;
			}
			b->full = burst * 1000000;
		}
		b->tokens = b->full;
	}
	ofp_rd_init(&m.m_bands, wire, ofp_wr_pos(&wr));
	kern_mutex_enter(&sc->sc_mutex);
	CHECK(switch_meter_mod(sc, &m) == OFP_OK);
	kern_mutex_leave(&sc->sc_mutex);
}

/* True: it passes; *prec: raised by. */
static bool
twin_meter(uint16_t flags, uint64_t ns, uint32_t len, uint8_t *prec)
{
	struct tband	*b, *hit = NULL;
	__int128	 cost = (flags & OFP_MF_PKTPS) != 0 ? 1000000000 :
			    (__int128)len * 8 * 1000000;

	for (b = bands; b < bands + nbands; b++) {
		b->tokens += (__int128)ns * b->band.bd_rate;
		if (b->tokens > b->full)
			b->tokens = b->full;
		if (b->tokens >= cost || b->tokens == b->full)
			b->tokens -= cost;
		else if (hit == NULL || b->band.bd_rate > hit->band.bd_rate)
			hit = b;
	}
	*prec = 0;
	if (hit != NULL && hit->band.bd_type == OFP_MBT_DSCP_REMARK)
		*prec = hit->band.bd_prec;
	return (hit == NULL || hit->band.bd_type != OFP_MBT_DROP);
}

/* Pauses of all sizes: within a burst, and of hours. */
static uint64_t
pause(void)
{
	static const uint64_t	most[] = { 1, 1000, 100000, 10000000,
				    1000000000, 10000000000000ULL };

	return ((((uint64_t)kern_random() << 32) | kern_random()) %
	    (most[rnd(rnd(50) == 0 ? 6 : 4)] + 1));
}

TEST(meters_differ_from_a_naive_twin)
{
	static const uint16_t	flags[] = { OFP_MF_KBPS, OFP_MF_PKTPS,
				    OFP_MF_KBPS | OFP_MF_BURST,
				    OFP_MF_PKTPS | OFP_MF_BURST };
	unsigned int		i, seed, how;
	uint64_t		ns;
	uint32_t		len;
	uint8_t			prec, tprec;
	bool			pass;

	for (seed = 1; seed <= 100; seed++) {
		test_case("a meter goes the twin's way, seed %u", seed);
		kern_random_seed(seed);
		kern_time_set(1000000000000ULL);
		sc = stub_switch(ports, NPORTS);
		how = rnd(4);
		random_meter(OFP_MC_ADD, flags[how]);
		for (i = 0; i < 3000; i++) {
			if (rnd(500) == 0)
				random_meter(OFP_MC_MODIFY, flags[how]);
			ns = pause();
			len = 60 + rnd(rnd(10) == 0 ? 65000 : 1500);
			kern_time_set(kern_now_ns + ns);
			prec = 0;
			smr_read_enter();
			pass = switch_meter_pass(sc, 1, len, 1, &prec);
			smr_read_leave();
			CHECK(pass == twin_meter(flags[how], ns, len,
			    &tprec));
			CHECK(!pass || prec == tprec);
		}
		stub_destroy(sc, ports, NPORTS);
	}
}

int
main(void)
{
	return (test_main());
}
