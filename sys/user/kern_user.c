/*
 * SPDX-License-Identifier: ISC
 *
 * kern_user.c: the ground of sys/net in a process: memory, deferred frees,
 * time, random numbers, log.  One thread; see kern_user.h.
 */
#include <sys/random.h>

#include <stdarg.h>
#include <stdlib.h>
#include <time.h>

#include "kern.h"

#define LOG_LINE	512
#define NS_PER_S	1000000000ULL

unsigned int	 kern_smr_depth;
uint64_t	 kern_now_ns;

static struct smr_entry	 *smr_head;
static struct smr_entry	**smr_tail = &smr_head;

static struct {
	unsigned int	 count;		/* allocations since kern_alloc_fail */
	unsigned int	 fail;		/* the one to fail, 0: none */
	size_t		 bytes;		/* allocated now */
} alloc;

static bool	 time_simulated;
static uint64_t	 random_seed;		/* 0: from the system */

static struct {
	void		(*write)(const char *);
	unsigned int	 limit;		/* lines per second, 0: any */
	unsigned int	 lines;		/* in this second */
	unsigned int	 lost;
	uint64_t	 second;
} logger;

/* Zeroed memory or NULL. */
void *
kern_zalloc(size_t size)
{
	void	*p;

	if (++alloc.count == alloc.fail)
		return (NULL);
	p = calloc(1, size);
	if (p != NULL)
		alloc.bytes += size;
	return (p);
}

/* Free p; size is what kern_zalloc was asked for. */
void
kern_free(void *p, size_t size)
{
	if (p == NULL)
		return;
	KASSERT(alloc.bytes >= size);
	alloc.bytes -= size;
	free(p);
}

void
kern_alloc_fail(unsigned int n)
{
	alloc.count = 0;
	alloc.fail = n;
}

unsigned int
kern_alloc_count(void)
{
	return (alloc.count);
}

size_t
kern_alloc_bytes(void)
{
	return (alloc.bytes);
}

/* Call fn(arg) once no reader can still see what it frees. */
void
smr_call(struct smr_entry *e, void (*fn)(void *), void *arg)
{
	e->smr_next = NULL;
	e->smr_fn = fn;
	e->smr_arg = arg;
	*smr_tail = e;
	smr_tail = &e->smr_next;
}

/* Wait for all readers; here: be sure that there is none. */
void
smr_barrier(void)
{
	KASSERT(kern_smr_depth == 0);
	kern_quiesce();
}

/* A deferred call may defer another: go on until there is none. */
void
kern_quiesce(void)
{
	struct smr_entry	*e;

	KASSERT(kern_smr_depth == 0);
	while ((e = smr_head) != NULL) {
		smr_head = e->smr_next;
		if (smr_head == NULL)
			smr_tail = &smr_head;
		e->smr_fn(e->smr_arg);
	}
}

/* n counters, all zero.  0 or ENOMEM. */
int
kern_pcpu_init(struct kern_pcpu64 *p, unsigned int n)
{
	p->kp_v = kern_zalloc(n * sizeof(p->kp_v[0]));
	if (p->kp_v == NULL)
		return (ENOMEM);
	p->kp_n = n;
	return (0);
}

void
kern_pcpu_free(struct kern_pcpu64 *p)
{
	kern_free(p->kp_v, p->kp_n * sizeof(p->kp_v[0]));
	p->kp_v = NULL;
	p->kp_n = 0;
}

void
kern_pcpu_zero(struct kern_pcpu64 *p)
{
	memset(p->kp_v, 0, p->kp_n * sizeof(p->kp_v[0]));
}

void
kern_time_update(void)
{
	struct timespec	ts;

	if (time_simulated)
		return;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	kern_now_ns = (uint64_t)ts.tv_sec * NS_PER_S + (uint64_t)ts.tv_nsec;
}

void
kern_time_set(uint64_t ns)
{
	time_simulated = true;
	kern_now_ns = ns;
}

void
kern_random_seed(uint64_t seed)
{
	random_seed = seed;
}

/* One step of splitmix64, for tests. */
static uint32_t
random_repeatable(void)
{
	uint64_t	z;

	z = (random_seed += 0x9e3779b97f4a7c15ULL);
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return ((uint32_t)(z >> 32));
}

/* The system's random numbers, fetched some at a time. */
uint32_t
kern_random(void)
{
	static uint32_t		pool[64];
	static unsigned int	left;

	if (random_seed != 0)
		return (random_repeatable());
	if (left == 0) {
		if (getrandom(pool, sizeof(pool), 0) != sizeof(pool))
			abort();
		left = nitems(pool);
	}
	return (pool[--left]);
}

void
kern_log_set(void (*fn)(const char *), unsigned int limit)
{
	logger.write = fn;
	logger.limit = limit;
}

static void
log_write(const char *line)
{
	if (logger.write != NULL)
		logger.write(line);
	else
		fprintf(stderr, "%s\n", line);
}

/* True when this second has had its lines already; tells of lost ones. */
static bool
log_limited(void)
{
	char		line[64];
	uint64_t	now = kern_now_ns / NS_PER_S;

	if (logger.limit == 0)
		return (false);
	if (now != logger.second) {
		if (logger.lost > 0) {
			snprintf(line, sizeof(line), "%u log lines left out",
			    logger.lost);
			log_write(line);
		}
		logger.second = now;
		logger.lines = logger.lost = 0;
	}
	if (logger.lines >= logger.limit) {
		logger.lost++;
		return (true);
	}
	logger.lines++;
	return (false);
}

void
kern_log(const char *fmt, ...)
{
	char		line[LOG_LINE];
	va_list		ap;

	if (log_limited())
		return;
	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	log_write(line);
}
