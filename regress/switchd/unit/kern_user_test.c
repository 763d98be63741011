/*
 * SPDX-License-Identifier: ISC
 *
 * kern_user_test.c: the ground of sys/net in a process.
 */
#include "kern.h"
#include "test.h"

static unsigned int	 calls;
static char		 logged[10][512];
static unsigned int	 nlogged;

static void
count_call(void *arg)
{
	calls++;
	if (arg != NULL)
		smr_call(arg, count_call, NULL);
}

static void
keep_line(const char *line)
{
	snprintf(logged[nlogged++ % 10], sizeof(logged[0]), "%s", line);
}

TEST(allocation_fails_at_another_place)
{
	void	*a, *b;
	size_t	 before = kern_alloc_bytes();

	kern_alloc_fail(2);
	a = kern_zalloc(100);
	b = kern_zalloc(100);
	CHECK(a != NULL && b == NULL);
	b = kern_zalloc(50);
	CHECK(b != NULL && kern_alloc_count() == 3);
	CHECK(kern_alloc_bytes() == before + 150);
	kern_free(a, 100);
	kern_free(b, 50);
	kern_free(NULL, 10);
	kern_alloc_fail(0);
	CHECK(kern_alloc_bytes() == before);
}

TEST(deferred_call_is_lost_or_early)
{
	struct smr_entry	a, b, c;

	calls = 0;
	smr_read_enter();
	smr_call(&a, count_call, NULL);
	smr_call(&b, count_call, &c);
	CHECK(calls == 0);
	smr_read_leave();
	CHECK(calls == 0);
	smr_barrier();
	CHECK(calls == 3);
	smr_call(&a, count_call, NULL);
	kern_quiesce();
	CHECK(calls == 4);
}

TEST(counters_do_not_start_at_zero)
{
	struct kern_pcpu64	p;

	kern_alloc_fail(1);
	CHECK(kern_pcpu_init(&p, 3) == ENOMEM);
	kern_alloc_fail(0);
	CHECK(kern_pcpu_init(&p, 3) == 0);
	CHECK(kern_pcpu_read(&p, 2) == 0);
	kern_pcpu_add(&p, 2, 1ULL << 40);
	kern_pcpu_add(&p, 2, 2);
	CHECK(kern_pcpu_read(&p, 2) == (1ULL << 40) + 2);
	kern_pcpu_zero(&p);
	CHECK(kern_pcpu_read(&p, 2) == 0);
	kern_pcpu_free(&p);
	kern_pcpu_free(&p);
}

TEST(reference_is_the_last_one_too_early)
{
	struct kern_ref	r;

	kern_ref_init(&r);
	kern_ref_get(&r);
	CHECK(!kern_ref_put(&r));
	CHECK(kern_ref_put(&r));
}

TEST(real_time_stands_still)
{
	uint64_t	t;

	kern_time_update();
	t = kern_uptime_ns();
	while (kern_uptime_ns() == t)
		kern_time_update();
	CHECK(kern_uptime_ns() > t);
}

TEST(simulated_time_moves_by_itself)
{
	kern_time_set(5);
	kern_time_update();
	CHECK(kern_uptime_ns() == 5);
}

TEST(random_numbers_repeat)
{
	uint32_t	a, b;

	a = kern_random();
	b = kern_random();
	CHECK(a != b || kern_random() != a);
	kern_random_seed(1);
	a = kern_random();
	kern_random_seed(1);
	CHECK(a == kern_random() && a != kern_random());
	kern_random_seed(0);
}

TEST(log_lines_are_lost_without_a_word)
{
	unsigned int	i;

	kern_log_set(keep_line, 3);
	kern_time_set(7000000000ULL);
	for (i = 0; i < 5; i++)
		kern_log("line %u", i);
	CHECK(nlogged == 3 && strcmp(logged[2], "line 2") == 0);
	kern_time_set(8000000000ULL);
	kern_log("next");
	CHECK(nlogged == 5);
	CHECK(strcmp(logged[3], "2 log lines left out") == 0);
	CHECK(strcmp(logged[4], "next") == 0);
}

int
main(void)
{
	return (test_main());
}
