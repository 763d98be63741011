/*
 * SPDX-License-Identifier: ISC
 *
 * guard_test.c: too many packet-ins: each port and class has its share.
 */
#include <string.h>

#include "fake_switch.h"
#include "test.h"

#define RATE	16

/* A frame of some type; the second is told, not the clock's. */
static bool
over(struct dp *d, uint32_t port, uint64_t dst, uint16_t type, uint32_t now)
{
	struct ofp_l2	l2 = { .l2_dst = dst, .l2_src = A, .l2_type = type };

	return (dp_guard_over(d, port, &l2, now));
}

/* How many of n are taken. */
static unsigned int
taken(struct dp *d, unsigned int n, uint32_t port, uint64_t dst, uint16_t type,
    uint32_t now)
{
	unsigned int	k = 0;

	while (n-- > 0)
		k += !over(d, port, dst, type, now);
	return (k);
}

TEST(a_storm_leaves_nothing_for_arp_and_lldp)
{
	struct fk	*f = fk_up(400);
	struct dp	*d = fk_dp(f);

	d->d_rate = RATE;
	CHECK(taken(d, 1000, 1, B, 0x0800, 7) == RATE);
	CHECK(taken(d, 100, 1, BCAST, 0x0806, 7) == RATE / 4);
	CHECK(taken(d, 100, 1, 0x3333ff000001ULL, 0x86dd, 7) == 0);
	CHECK(taken(d, 100, 1, 0x0180c200000eULL, 0x88cc, 7) == RATE / 8);
	CHECK(d->d_counters.cn_v[CNT_drop_rate] == 1000 - RATE);
	CHECK(d->d_counters.cn_v[CNT_drop_rate_arp] == 200 - RATE / 4);
	CHECK(d->d_counters.cn_v[CNT_drop_rate_link] == 100 - RATE / 8);
	/* Another port, another second, a port that nobody named. */
	CHECK(taken(d, 100, 2, B, 0x0800, 7) == RATE);
	CHECK(taken(d, 100, 1, B, 0x0800, 8) == RATE);
	CHECK(taken(d, 100, 77, B, 0x0800, 8) == RATE);
	/* However small, one of each. */
	d->d_rate = 1;
	CHECK(taken(d, 100, 3, 0x0180c200000eULL, 0x88cc, 9) == 1);
	fk_close(f);
}

TEST(what_is_too_much_is_learned_or_forwarded)
{
	struct fk	*f = fk_connect(401, OFP_VERSION_13);
	struct dp	*d;
	unsigned int	 i, outs;

	f->f_tables = 1;
	fk_hello(f);
	d = fk_dp(f);
	d->d_rate = 4;
	for (i = 0; i < 40; i++)
		fk_packet_in(f, 1, A + i, C, OFP_NO_BUFFER, 0);
	/* More than four where it lasted more than a second. */
	CHECK(d->d_learn.l_count >= 4 && d->d_learn.l_count < 40);
	CHECK(d->d_counters.cn_v[CNT_drop_rate] == 40 - d->d_learn.l_count);
	/* A buffer is given back. */
	outs = f->f_outs;
	while (d->d_counters.cn_v[CNT_drop_rate] < 45)
		fk_packet_in(f, 1, A, C, 5, 0);
	CHECK(f->f_outs > outs && f->f_last_buffer == 5);
	/* No limit again. */
	d->d_rate = 0;
	for (i = 0; i < 40; i++)
		fk_packet_in(f, 1, A + i, C, OFP_NO_BUFFER, 0);
	CHECK(d->d_learn.l_count == 40);
	fk_close(f);
}

/* In the switch. */

static struct fk *
metered(uint64_t dpid, uint8_t tables, uint32_t rate)
{
	struct fk	*f = fk_connect(dpid, OFP_VERSION_13);

	f->f_tables = tables;
	f->f_max_meter = 100;
	dp_rate = rate;
	return (f);
}

/* The meter of the flow of a role; 0: it has none, or there is no flow. */
static uint32_t
meter(const struct fk *f, enum dp_role role)
{
	unsigned int	i;

	for (i = 0; i < f->f_nflows; i++)
		if (dp_flow_role(f->f_flow[i].f_cookie) == role)
			return (f->f_flow[i].f_instr.in_meter);
	return (0);
}

TEST(what_comes_to_us_has_no_meter)
{
	struct fk	*f = metered(410, 2, 100), *g;

	fk_hello(f);
	CHECK(fk_dp(f)->d_mode == DP_PIPELINE && f->f_nmeters == 2);
	CHECK(meter(f, DP_ROLE_COPY) == 100 && meter(f, DP_ROLE_ARP) == 99);
	/* Four ports; a quarter for ARP. */
	CHECK(f->f_meter[0].m_rate == 400 && f->f_meter[1].m_rate == 100);
	/* A copy by either is one. */
	fk_packet_in(f, 1, A, BCAST, OFP_NO_BUFFER, DP_COOKIE | DP_ROLE_ARP);
	CHECK(f->f_outs == 0 && fk_dp(f)->d_learn.l_count == 1);
	/* A restart of ours. */
	g = metered(411, 2, 100);
	fk_copy(g, f, 10);
	memcpy(g->f_meter, f->f_meter, sizeof(g->f_meter));
	g->f_nmeters = 2;
	fk_hello(g);
	CHECK(g->f_mods == 0 && g->f_nflows == f->f_nflows);
	CHECK(g->f_nmeters == 2 && fk_dp(g)->d_meter_set);
	fk_close(g);
	/* Another one, without: the meters go. */
	g = metered(412, 2, 0);
	fk_copy(g, f, 10);
	memcpy(g->f_meter, f->f_meter, sizeof(g->f_meter));
	g->f_nmeters = 2;
	fk_hello(g);
	CHECK(g->f_nmeters == 0 && fk_count(g, DP_ROLE_ARP) == 0);
	CHECK(meter(g, DP_ROLE_COPY) == 0 && fk_count(g, DP_ROLE_COPY) == 1);
	fk_close(g);
	fk_close(f);
	f = metered(413, 1, 10);
	fk_hello(f);
	CHECK(meter(f, DP_ROLE_MISS) == 100 && meter(f, DP_ROLE_ARP) == 99);
	fk_packet_in(f, 1, A, BCAST, OFP_NO_BUFFER, DP_COOKIE | DP_ROLE_ARP);
	CHECK(f->f_outs == 1);
	fk_close(f);
	dp_rate = 0;
}

TEST(meters_of_others_are_touched)
{
	struct fk	*f = metered(414, 2, 100);

	f->f_nmeters = 2;
	f->f_meter[0].m_id = 99;
	f->f_meter[1].m_id = 98;
	f->f_meter[0].m_rate = f->f_meter[1].m_rate = 7;
	fk_hello(f);
	CHECK(meter(f, DP_ROLE_COPY) == 96 && meter(f, DP_ROLE_ARP) == 95);
	CHECK(f->f_nmeters == 4 && f->f_meter[0].m_id == 99 &&
	    f->f_meter[1].m_id == 98 && f->f_meter[0].m_rate == 7);
	fk_close(f);
	dp_rate = 0;
}

TEST(another_rate_waits_for_a_reconnect)
{
	struct fk	*f = metered(415, 2, 100);

	fk_hello(f);
	fk_dp(f)->d_rate = 10;
	dp_meter_changed(fk_dp(f));
	conn_flush();
	pump(f);
	CHECK(f->f_nmeters == 2 && f->f_meter[0].m_rate == 40);
	fk_port(f, 5, OFP_PR_ADD);
	CHECK(f->f_meter[0].m_rate == 50);
	fk_dp(f)->d_rate = 0;
	dp_meter_changed(fk_dp(f));
	conn_flush();
	pump(f);
	CHECK(f->f_nmeters == 0 && meter(f, DP_ROLE_COPY) == 0);
	CHECK(fk_count(f, DP_ROLE_COPY) == 1 && fk_count(f, DP_ROLE_ARP) == 0);
	fk_close(f);
	dp_rate = 0;
}

TEST(a_switch_without_meters_is_given_up)
{
	struct fk	*f = metered(416, 2, 100);

	f->f_max_meter = 0;
	fk_hello(f);
	CHECK(fk_dp(f)->d_mode == DP_PIPELINE && fk_dp(f)->d_state == DP_UP);
	CHECK(f->f_meter_mods == 0 && fk_count(f, DP_ROLE_COPY) == 1);
	fk_close(f);
	f = metered(417, 2, 100);
	f->f_no_meter = true;
	fk_hello(f);
	CHECK(fk_dp(f)->d_mode == DP_PIPELINE && fk_dp(f)->d_state == DP_UP);
	CHECK(f->f_nmeters == 0 && fk_count(f, DP_ROLE_COPY) == 1);
	CHECK(fk_count(f, DP_ROLE_ARP) == 0);
	fk_close(f);
	dp_rate = 0;
}

TEST(a_switch_without_goto_loses_its_meters)
{
	struct fk	*f = metered(418, 2, 100);

	f->f_refuse_goto = true;
	fk_hello(f);
	CHECK(fk_dp(f)->d_mode == DP_REACTIVE && fk_dp(f)->d_state == DP_UP);
	CHECK(f->f_nmeters == 2 && meter(f, DP_ROLE_MISS) == 100 &&
	    meter(f, DP_ROLE_ARP) == 99);
	fk_close(f);
	/* Neither of them. */
	f = metered(419, 2, 100);
	f->f_refuse_goto = f->f_no_meter = true;
	fk_hello(f);
	CHECK(fk_dp(f)->d_mode == DP_REACTIVE && fk_dp(f)->d_state == DP_UP);
	CHECK(f->f_nmeters == 0 && fk_count(f, DP_ROLE_MISS) == 1);
	fk_close(f);
	dp_rate = 0;
}

int
main(void)
{
	return (test_main());
}
