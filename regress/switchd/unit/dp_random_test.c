/*
 * SPDX-License-Identifier: ISC
 *
 * dp_random_test.c: random lives of switches: hosts that move, ports that go
 * and come, flows that get lost, connections that break, all of it while
 * messages are under way.  In the end no flow leads where its host is not, and
 * once they are read back, the controller counts and marks what is there.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "fake_switch.h"
#include "test.h"

#define HOSTS	12
#define PORTS	5
#define LIVES	40
#define EVENTS	60

static const struct kind {
	const char	*ki_name;
	uint8_t		 ki_version, ki_tables;
	unsigned int	 ki_size;	/* flows in a table, 0: any number */
	bool		 ki_no_port;	/* cannot match it */
	bool		 ki_no_flood, ki_no_group;
} kinds[] = {
	{ "of two tables", OFP_VERSION_13, 2, 0, false, false, false },
	{ "of one table", OFP_VERSION_13, 1, 0, false, false, false },
	{ "that matches no port", OFP_VERSION_13, 1, 0, true, false, false },
	{ "that floods by a group", OFP_VERSION_13, 2, 0, false, true, false },
	{ "that floods by a list", OFP_VERSION_13, 2, 0, false, true, true },
	{ "of one table and a list", OFP_VERSION_13, 1, 0, false, true, true },
	{ "of two small tables", OFP_VERSION_13, 2, 9, false, false, false },
	{ "of one small table", OFP_VERSION_13, 1, 14, false, false, false },
	{ "of 1.0", OFP_VERSION_10, 1, 0, false, false, false },
	{ "of 1.0 with little room", OFP_VERSION_10, 2, 14, false, false,
	    false }
};

static uint32_t	seed;

static uint32_t
rnd(uint32_t n)
{
	seed = seed * 1103515245 + 12345;
	return ((seed >> 16) % n);
}

static enum ofp_error
no_in_port(const struct ofp_flow *fl)
{
	return (fl->f_match.m_fields & OFP_FIELD_BIT(OFP_XMT_IN_PORT) ?
	    OFP_BMC_BAD_FIELD : OFP_OK);
}

static struct fk *
begin(const struct kind *ki, uint64_t dpid, bool tells)
{
	struct fk	*f = fk_connect(dpid, ki->ki_version);

	f->f_tables = ki->ki_tables;
	f->f_size = ki->ki_size;
	f->f_check = ki->ki_no_port ? no_in_port : NULL;
	f->f_no_flood = f->f_no_all = ki->ki_no_flood;
	f->f_no_group = ki->ki_no_group;
	f->f_tells = tells;
	return (f);
}

/* With its flows, or without. */
static struct fk *
again(const struct kind *ki, struct fk *f)
{
	struct fk	*g = begin(ki, f->f_dpid, f->f_tells);

	if (rnd(3) != 0) {
		fk_copy(g, f, 20);
		g->f_buckets = f->f_buckets;
	}
	fk_close(f);
	fk_hello(g);
	return (g);
}

static void
lose(struct fk *f)
{
	unsigned int	i = rnd(f->f_nflows + 1);

	if (i < f->f_nflows)
		fk_drop(f, i, f->f_tells, f->f_flow[i].f_idle != 0 ?
		    OFP_RR_IDLE_TIMEOUT : OFP_RR_DELETE);
}

static struct fk *
event(const struct kind *ki, struct fk *f)
{
	uint64_t	mac = A + rnd(HOSTS);
	unsigned int	what = rnd(40);

	if (what < 30)
		fk_put_packet_in(f, 1 + (rnd(3) ? mac % 4 : rnd(PORTS)), mac,
		    rnd(2) ? BCAST : A + rnd(HOSTS), OFP_NO_BUFFER,
		    fk_dp(f)->d_mode == DP_PIPELINE ? COPY : 0);
	else if (what < 32)
		fk_put_port(f, 1 + rnd(PORTS), OFP_PR_MODIFY,
		    rnd(2) ? OFP_PS_LINK_DOWN : 0);
	else if (what < 33)
		fk_put_port(f, 1 + rnd(PORTS),
		    rnd(2) ? OFP_PR_ADD : OFP_PR_DELETE, 0);
	else if (what < 36)
		lose(f);
	else if (what < 38)
		dp_tick();
	else if (what < 39)
		fk_dp(f)->d_sync_wanted = true;
	else if (rnd(3) == 0)
		f = again(ki, f);
	return (f);
}

static uint32_t
output(const struct fk *f, unsigned int i)
{
	struct ofp_rd	rd = fk_actions(f, i);
	uint32_t	port;

	return (fk_output_next(f, &rd, &port) ? port : 0);
}

/* Is who it is about where it says? */
static bool
fits(const struct fk *f, const struct dp *d, unsigned int i)
{
	const struct ofp_key	*k = &f->f_flow[i].f_match.m_key;
	struct learn_host	*src, *dst;
	bool			 from, to;

	src = learn_lookup(&d->d_learn, ofp_key_get(k, OFP_XMT_ETH_SRC), 0);
	dst = learn_lookup(&d->d_learn, ofp_key_get(k, OFP_XMT_ETH_DST), 0);
	/* A flow without a port may be kept, wherever its source is. */
	from = d->d_no_in_port || (src != NULL &&
	    src->lh_port == ofp_key_get(k, OFP_XMT_IN_PORT));
	to = dst != NULL && dst->lh_port == output(f, i);
	switch (dp_flow_role(f->f_flow[i].f_cookie)) {
	case DP_ROLE_SRC:
	case DP_ROLE_GROUP:
		return (from);
	case DP_ROLE_PAIR:
		return (from && to);
	case DP_ROLE_DST:
	case DP_ROLE_TO:
		return (to);
	default:
		return (true);
	}
}

/* All that there should be, and counted. */
static void
check_all(const struct kind *ki, const struct fk *f, const struct dp *d)
{
	struct learn_host	*lh;
	uint32_t		 pos, src = 0, dst = 0;

	for (pos = 0; (lh = learn_next(&d->d_learn, &pos)) != NULL;) {
		src += (lh->lh_word & DP_MARK_SRC) != 0;
		dst += (lh->lh_word & DP_MARK_DST) != 0;
	}
	if (d->d_mode == DP_PIPELINE) {
		CHECK(src == fk_count(f, DP_ROLE_SRC));
		CHECK(dst == fk_count(f, DP_ROLE_DST));
		CHECK(d->d_room[DP_TABLE_DST].ro_flows == dst);
	} else
		src = fk_count(f, DP_ROLE_PAIR) + fk_count(f, DP_ROLE_GROUP) +
		    fk_count(f, DP_ROLE_TO);
	CHECK(d->d_room[DP_TABLE_SRC].ro_flows == src);
	CHECK(d->d_flows == f->f_nflows - fk_count(f, DP_ROLE_BRIEF));
	if (ki->ki_size != 0)
		return;
	if (d->d_mode == DP_PIPELINE)
		CHECK(src == d->d_learn.l_count && src == dst &&
		    f->f_nflows == src + dst + 3);
	else if (ki->ki_version == OFP_VERSION_13)
		CHECK(fk_count(f, DP_ROLE_MISS) == 1);
}

/* All is said; with a switch that loses flows, after some readings. */
static void
quiet(struct fk *f, struct dp *d, unsigned int readings)
{
	pump(f);
	pump(f);
	do {
		d->d_sync_wanted |= readings != 0;
		d->d_room_at -= 60;
		dp_tick();
		pump(f);
		pump(f);
	} while (readings-- > 1);
}

static void
life(const struct kind *ki, uint64_t dpid, bool tells)
{
	struct fk	*f = begin(ki, dpid, tells);
	struct dp	*d;
	unsigned int	 i, readings;

	seed = dpid;
	fk_hello(f);
	for (i = 0; i < EVENTS; i++) {
		f = event(ki, f);
		if (rnd(3) == 0)
			event_base_loop(base, EVLOOP_NONBLOCK);
		if (rnd(3) == 0)
			fk_receive(f);
		if (rnd(6) == 0)
			pump(f);
	}
	d = fk_dp(f);
	for (readings = tells ? 0 : 3; readings <= 3; readings += 3) {
		quiet(f, d, readings);
		CHECK(d->d_state == DP_UP);
		for (i = 0; i < f->f_nflows; i++)
			CHECK(fits(f, d, i));
	}
	check_all(ki, f, d);
	fk_close(f);
}

TEST(a_switch_has_other_flows_than_we_know)
{
	unsigned int	 k, i;

	for (k = 0; k < nitems(kinds); k++) {
		test_case("a switch %s has other flows than we know",
		    kinds[k].ki_name);
		for (i = 0; i < LIVES; i++)
			life(&kinds[k], 0x100000 * (k + 1) + i, i % 2);
	}
}

int
main(void)
{
	signal(SIGPIPE, SIG_IGN);
	return (test_main());
}
