/*
 * SPDX-License-Identifier: ISC
 *
 * learn_test.c: the MAC table against a naive twin, and its bounds.
 */
#include <stdlib.h>
#include <string.h>

#include "../../../usr.sbin/switchd/learn.h"
#include "test.h"

#define MAC		0x020000000001ULL
#define TWINS		4096

static uint64_t		rnd_state = 1;

static uint32_t
rnd(uint32_t n)
{
	rnd_state = rnd_state * 6364136223846793005ULL + 1442695040888963407ULL;
	return ((rnd_state >> 33) % n);
}

/* CT-12 */
TEST(a_group_address_is_learned)
{
	struct learn	l;
	uint32_t	old;

	learn_init(&l, 10);
	CHECK(learn_source(&l, 0xffffffffffffULL, 0, 1, 0, &old) ==
	    LEARN_REFUSED);
	CHECK(learn_source(&l, 0x01005e000001ULL, 0, 1, 0, &old) ==
	    LEARN_REFUSED);
	CHECK(learn_source(&l, 0, 0, 1, 0, &old) == LEARN_REFUSED);
	CHECK(l.l_count == 0 && l.l_slots == NULL);
	learn_free(&l);
}

/* CT-12 */
TEST(a_move_is_not_seen)
{
	struct learn		 l;
	struct learn_host	*lh;
	uint32_t		 old = 0;

	learn_init(&l, 10);
	CHECK(learn_source(&l, MAC, 0, 1, 5, &old) == LEARN_NEW);
	CHECK(learn_source(&l, MAC, 0, 1, 6, &old) == LEARN_KNOWN);
	lh = learn_lookup(&l, MAC, 0);
	lh->lh_word |= LEARN_MARKS;
	CHECK(learn_source(&l, MAC, 0, 2, 7, &old) == LEARN_MOVED);
	CHECK(old == 1);
	lh = learn_lookup(&l, MAC, 0);
	CHECK(lh != NULL && lh->lh_port == 2 && lh->lh_seen == 7);
	CHECK((lh->lh_word & LEARN_MARKS) == LEARN_MARKS);
	CHECK(learn_mac(lh) == MAC && learn_vlan(lh) == 0);
	learn_free(&l);
}

TEST(two_vlans_share_a_host)
{
	struct learn		 l;
	struct learn_host	*lh;
	uint32_t		 old;

	learn_init(&l, 10);
	CHECK(learn_source(&l, MAC, 0x1000 | 7, 1, 0, &old) == LEARN_NEW);
	CHECK(learn_lookup(&l, MAC, 0) == NULL);
	CHECK(learn_lookup(&l, MAC, 0x1000) == NULL);
	CHECK(learn_source(&l, MAC, 0x1000 | 8, 2, 0, &old) == LEARN_NEW);
	lh = learn_lookup(&l, MAC, 0x1007);
	CHECK(lh != NULL && lh->lh_port == 1 && learn_vlan(lh) == 0x1007);
	learn_free(&l);
}

TEST(the_limit_is_passed)
{
	struct learn	l;
	uint32_t	old, i;

	learn_init(&l, 100);
	for (i = 0; i < 100; i++)
		CHECK(learn_source(&l, MAC + i, 0, 1, 0, &old) == LEARN_NEW);
	CHECK(learn_source(&l, MAC + 100, 0, 1, 0, &old) == LEARN_FULL);
	CHECK(learn_lookup(&l, MAC + 100, 0) == NULL);
	CHECK(learn_source(&l, MAC, 0, 2, 0, &old) == LEARN_MOVED);
	learn_del(&l, learn_lookup(&l, MAC, 0));
	CHECK(learn_source(&l, MAC + 100, 0, 1, 0, &old) == LEARN_NEW);
	learn_free(&l);
}

TEST(a_hundred_thousand_hosts_are_lost_or_large)
{
	struct learn		 l;
	struct learn_host	*lh;
	uint32_t		 old, i, n = 100000;
	size_t			 worst = 0, bytes;

	learn_init(&l, n);
	for (i = 0; i < n; i++) {
		learn_source(&l, MAC + i, 0, i % 48, 0, &old);
		bytes = ((size_t)l.l_mask + 1) * sizeof(*lh) / (i + 1);
		if (i > 100 && bytes > worst)
			worst = bytes;
	}
	CHECK(l.l_count == n);
	CHECK(worst <= 48);
	for (i = 0; i < n; i++) {
		lh = learn_lookup(&l, MAC + i, 0);
		if (!CHECK(lh != NULL && lh->lh_port == i % 48))
			break;
	}
	learn_free(&l);
}

TEST(an_empty_table_holds_memory)
{
	struct learn	l;
	uint32_t	old, i, pos = 0;

	learn_init(&l, 1000);
	for (i = 0; i < 500; i++)
		learn_source(&l, MAC + i * 7, 0, 1, 0, &old);
	while (learn_next(&l, &pos) != NULL)
		;
	for (i = 0; i < 500; i++)
		learn_del(&l, learn_lookup(&l, MAC + i * 7, 0));
	CHECK(l.l_count == 0 && l.l_slots == NULL);
	CHECK(learn_lookup(&l, MAC, 0) == NULL);
}

/* Everything a walk with deletions may get wrong. */
TEST(a_walk_that_deletes_leaves_some)
{
	struct learn		 l;
	struct learn_host	*lh;
	uint32_t		 old, i, pos, round;

	for (round = 0; round < 200; round++) {
		learn_init(&l, 1000);
		for (i = 0; i < 200; i++)
			learn_source(&l, MAC + rnd(1U << 30), 0, i % 3, 0,
			    &old);
		for (pos = 0; (lh = learn_next(&l, &pos)) != NULL;)
			if (lh->lh_port == 1) {
				learn_del(&l, lh);
				pos--;
			}
		for (pos = 0; (lh = learn_next(&l, &pos)) != NULL;)
			CHECK(lh->lh_port != 1);
		learn_free(&l);
	}
}

/* The twin: an array that is searched from end to end. */
TEST(the_twin_disagrees)
{
	static struct { uint64_t mac; uint16_t vlan; uint32_t port; bool in; }
	    twin[TWINS];
	struct learn		 l;
	struct learn_host	*lh;
	enum learn_result	 got;
	uint32_t		 old, i, step, port, count = 0;

	for (i = 0; i < TWINS; i++) {
		twin[i].mac = (uint64_t)rnd(1U << 31) << 8 & 0xfeffffffffffULL;
		twin[i].mac |= 0x020000000000ULL | i % 16;
		twin[i].vlan = rnd(3) == 0 ? 0 : 0x1000 | rnd(4096);
	}
	learn_init(&l, 3000);
	for (step = 0; step < 400000; step++) {
		i = rnd(TWINS);
		lh = learn_lookup(&l, twin[i].mac, twin[i].vlan);
		if (!CHECK((lh != NULL) == twin[i].in))
			break;
		if (lh != NULL && !CHECK(lh->lh_port == twin[i].port))
			break;
		if (rnd(3) == 0 && lh != NULL) {
			learn_del(&l, lh);
			twin[i].in = false;
			count--;
			continue;
		}
		port = rnd(4);
		got = learn_source(&l, twin[i].mac, twin[i].vlan, port, step,
		    &old);
		if (!twin[i].in && count >= 3000) {
			CHECK(got == LEARN_FULL);
			continue;
		}
		if (!twin[i].in)
			CHECK(got == LEARN_NEW);
		else if (twin[i].port == port)
			CHECK(got == LEARN_KNOWN);
		else
			CHECK(got == LEARN_MOVED && old == twin[i].port);
		count += !twin[i].in;
		twin[i].in = true;
		twin[i].port = port;
		if (!CHECK(l.l_count == count))
			break;
	}
	learn_free(&l);
}

int
main(void)
{
	return (test_main());
}
