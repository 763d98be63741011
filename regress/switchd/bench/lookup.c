/*
 * SPDX-License-Identifier: ISC
 *
 * lookup.c: what a packet costs in the core, and what flows cost.
 *
 *	lookup load FLOWS MASKS		time and bytes for loading the flows
 *	lookup hot FLOWS MASKS N	N packets of flows the cache knows
 *	lookup cold FLOWS MASKS N	the same, the cache forgetting each time
 *
 *	lookup stall FLOWS MASKS	longest stretch under the lock, with
 *					all of them dumped, then expired
 *	lookup delete FLOWS MASKS	the same, all of them deleted by one
 *					message, and with their group
 *
 * hot and cold are run under callgrind by lookup, which collects inside
 * switch_input alone, from when flows are loaded and the cache has grown; the
 * host's transmit is a counter, so what is counted is the core.  The others
 * print a JSON object.
 */
#include <time.h>
#include <unistd.h>

#include "../unit/core_stub.h"

static struct stub_port		ports[2];
static struct switch_softc	*sc;

/* CPU time: others on the machine do not count. */
static uint64_t
now_ns(void)
{
	struct timespec	 ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return ((uint64_t)ts.tv_sec * 1000000000ULL + (uint64_t)ts.tv_nsec);
}

static bool	in_group;	/* flows lead to group 1, else to port 2 */

static enum ofp_error
add(const struct ofp_match *m, uint16_t hard)
{
	static const uint8_t	wire[24] = {
		0, OFP_IT_APPLY_ACTIONS, 0, 16, 0, 0, 0, 0,
		0, OFP_AT_GROUP, 0, 8, 0, 0, 0, 1
	};
	struct ofp_flow		f;
	enum ofp_error		err;

	if (!in_group)
		return (stub_add_timed(sc, 0, m, 10, 2, hard));
	ofp_flow_init(&f, OFP_FC_ADD);
	f.f_priority = 10;
	f.f_match = *m;
	err = stub_instr(&f, wire, 16);
	return (err != OFP_OK ? err : stub_flow_mod(sc, &f));
}

/* Masks differ in the low bits of the source that they look at. */
static void
load(unsigned int flows, unsigned int masks, uint16_t hard)
{
	struct ofp_match	 m;
	unsigned int		 i;

	for (i = 0; i < flows; i++) {
		ofp_match_init(&m);
		ofp_match_set(&m, OFP_XMT_ETH_TYPE, 0x0800);
		ofp_match_set(&m, OFP_XMT_IPV4_DST, 0x0a000000 + i);
		if (i % masks != 0)
			ofp_match_set_masked(&m, OFP_XMT_IPV4_SRC, 0,
			    i % masks);
		if (add(&m, hard) != OFP_OK) {
			fprintf(stderr, "flow %u refused\n", i);
			exit(1);
		}
		if (i % 1024 == 0)
			kern_quiesce();
	}
	kern_quiesce();
}

static void
packet(unsigned int flow, bool cold)
{
	uint8_t	 f[60] = {
		0x02, 0, 0, 0, 0, 2, 0x02, 0, 0, 0, 0, 1, 0x08, 0x00,
		0x45, 0, 0, 46, 0, 1, 0, 0, 64, 17, 0x66, 0xbc,
		192, 168, 0, 0, 10, 0, 0, 2, 0x12, 0x34, 0, 0x35, 0, 26, 0, 0
	};

	f[31] = flow >> 16 & 0xff;
	f[32] = flow >> 8 & 0xff;
	f[33] = flow & 0xff;
	if (cold) {
		kern_mutex_enter(&sc->sc_mutex);
		switch_cache_flush(sc);
		kern_mutex_leave(&sc->sc_mutex);
	}
	stub_input(&ports[0], f, sizeof(f));
}

/* The longest of many steps, each of them one stretch under the lock. */
static void
stall(void)
{
	static struct ofp_flow_stats	fs;
	static struct switch_flow_iter	it;
	static struct ofp_flow_req	fq;
	struct switch_flow		*f;
	uint64_t			start, dump = 0, expire = 0, t;
	unsigned int			budget, n = 0;
	bool				more;

	fq.fq_table = OFP_TT_ALL;
	fq.fq_out_port = OFP_P_ANY;
	fq.fq_out_group = OFP_G_ANY;
	ofp_match_init(&fq.fq_match);
	kern_mutex_enter(&sc->sc_mutex);
	switch_flow_iter_start(sc, &it, &fq);
	while (!it.it_done) {
		budget = 256;
		start = now_ns();
		while ((f = switch_flow_iter_next(sc, &it, &budget)) != NULL) {
			switch_flow_stats(f, &fs);
			n++;
		}
		t = now_ns() - start;
		dump = t > dump ? t : dump;
	}
	switch_flow_iter_stop(sc, &it);
	kern_mutex_leave(&sc->sc_mutex);
	kern_time_set(kern_now_ns + 3000000000000ULL);
	do {
		start = now_ns();
		more = switch_expire(sc);
		t = now_ns() - start;
		expire = t > expire ? t : expire;
		kern_quiesce();
	} while (more);
	printf("{\"dump_longest_us\": %.0f, \"expire_longest_us\": %.0f, "
	    "\"dumped\": %u, \"left\": %u}\n", dump / 1e3, expire / 1e3, n,
	    sc->sc_nflows);
}

/* Steps until a change is done: the longest, in ns. */
static uint64_t
longest(struct switch_change *cg, uint64_t *all)
{
	uint64_t	start, t, most = 0;
	bool		more;

	*all = 0;
	do {
		start = now_ns();
		kern_mutex_enter(&sc->sc_mutex);
		more = switch_change_step(sc, cg);
		kern_mutex_leave(&sc->sc_mutex);
		t = now_ns() - start;
		most = t > most ? t : most;
		kern_quiesce();
		*all += now_ns() - start;
	} while (more);
	return (most);
}

static void
delete(unsigned int flows, unsigned int masks)
{
	static struct switch_change	cg;
	static struct ofp_flow		f;
	struct ofp_group		g;
	uint64_t			message, group, all, all2;

	ofp_flow_init(&f, OFP_FC_DELETE);
	f.f_table = OFP_TT_ALL;
	ofp_match_init(&f.f_match);
	kern_mutex_enter(&sc->sc_mutex);
	switch_change_flow_mod(sc, &f, &cg);
	kern_mutex_leave(&sc->sc_mutex);
	message = longest(&cg, &all);
	memset(&g, 0, sizeof(g));
	g.g_command = OFP_GC_ADD;
	g.g_id = 1;
	kern_mutex_enter(&sc->sc_mutex);
	switch_group_mod(sc, &g);
	kern_mutex_leave(&sc->sc_mutex);
	in_group = true;
	load(flows, masks, 0);
	kern_mutex_enter(&sc->sc_mutex);
	switch_change_group(sc, 1, &cg);
	kern_mutex_leave(&sc->sc_mutex);
	group = longest(&cg, &all2);
	in_group = false;
	printf("{\"delete_longest_us\": %.0f, \"delete_s\": %.2f, "
	    "\"group_longest_us\": %.0f, \"group_s\": %.2f, "
	    "\"left\": %u}\n", message / 1e3, all / 1e9, group / 1e3,
	    all2 / 1e9, sc->sc_nflows);
}

/* From here on callgrind counts, if it runs us. */
static void
count(void)
{
	char	 command[80];

	snprintf(command, sizeof(command), "callgrind_control -i on %d "
	    ">/dev/null 2>&1", (int)getpid());
	if (system(command) != 0)
		fprintf(stderr, "not under callgrind\n");
}

int
main(int argc, char *argv[])
{
	unsigned int	 flows, masks, n, i, j, hosts;
	uint64_t	 start, took;
	size_t		 bytes;

	if (argc < 4)
		return (1);
	flows = (unsigned int)atoi(argv[2]);
	masks = (unsigned int)atoi(argv[3]);
	n = argc > 4 ? (unsigned int)atoi(argv[4]) : 0;
	kern_time_set(1000000000000ULL);
	sc = stub_switch(ports, 2);
	if (sc == NULL)
		return (1);
	stub_quiet = true;
	bytes = kern_alloc_bytes();
	start = now_ns();
	load(flows, masks, strcmp(argv[1], "stall") == 0 ? 60 : 0);
	took = now_ns() - start;
	if (strcmp(argv[1], "load") == 0)
		printf("{\"load_s\": %.2f, \"bytes_per_flow\": %.0f}\n",
		    took / 1e9,
		    (double)(kern_alloc_bytes() - bytes) / flows);
	if (strcmp(argv[1], "stall") == 0)
		stall();
	if (strcmp(argv[1], "delete") == 0)
		delete(flows, masks);
	hosts = flows < 1000 ? flows : 1000;
	for (i = 0; i < 4; i++) {	/* the cache grows to what is used */
		packet(i % hosts, false);
		for (j = 0; n > 0 && j < hosts; j++)
			packet(j, false);
		kern_time_set(kern_now_ns + 1000000000ULL);
		switch_tick(sc);
	}
	if (n > 0)
		count();
	for (i = 0; i < n; i++)
		packet(i % hosts, strcmp(argv[1], "cold") == 0);
	stub_destroy(sc, ports, 2);
	return (0);
}
