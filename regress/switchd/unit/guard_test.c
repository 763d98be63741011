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

int
main(void)
{
	return (test_main());
}
