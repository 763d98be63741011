/*
 * SPDX-License-Identifier: ISC
 *
 * kern_user.h: the ground of sys/net in a process (see kern.h for the list).
 *
 * The process is single-threaded: locks only check that they are used as the
 * kernel needs it, a read section is a counter, and what smr_call defers runs
 * at the next kern_quiesce, which the main loop calls between two batches,
 * where no reader can be.  Time stands still within a batch.
 *
 * Everything behind "For hosts and tests" is no business of sys/net.
 */
#ifndef _USER_KERN_USER_H_
#define _USER_KERN_USER_H_

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define __packed		__attribute__((__packed__))
#define __aligned(n)		__attribute__((__aligned__(n)))
#define __printflike(f, a)	__attribute__((__format__(__printf__, f, a)))
#define fallthrough		__attribute__((__fallthrough__))
#define likely(e)		__builtin_expect(!!(e), 1)
#define unlikely(e)		__builtin_expect(!!(e), 0)
#define nitems(a)		(sizeof(a) / sizeof((a)[0]))
#define KASSERT(e)		assert(e)
#define CTASSERT(e)		_Static_assert(e, #e)

/* Memory. */
void	*kern_zalloc(size_t);
void	 kern_free(void *, size_t);

/* Locks: nobody to wait for, but entering twice is a mistake. */
struct kern_mutex {
	bool	km_held;
};
#define KERN_MUTEX_ASSERT(m)	KASSERT((m)->km_held)

static inline void
kern_mutex_init(struct kern_mutex *m)
{
	m->km_held = false;
}

static inline void
kern_mutex_enter(struct kern_mutex *m)
{
	KASSERT(!m->km_held);
	m->km_held = true;
}

static inline void
kern_mutex_leave(struct kern_mutex *m)
{
	KASSERT(m->km_held);
	m->km_held = false;
}

static inline void
kern_mutex_destroy(struct kern_mutex *m)
{
	KASSERT(!m->km_held);
}

struct kern_spin {
	bool	ks_held;
};

static inline void
kern_spin_init(struct kern_spin *s)
{
	s->ks_held = false;
}

static inline void
kern_spin_enter(struct kern_spin *s)
{
	KASSERT(!s->ks_held);
	s->ks_held = true;
}

static inline void
kern_spin_leave(struct kern_spin *s)
{
	KASSERT(s->ks_held);
	s->ks_held = false;
}

/* Safe memory reclamation. */
struct smr_entry {
	struct smr_entry	*smr_next;
	void			(*smr_fn)(void *);
	void			*smr_arg;
};

extern unsigned int kern_smr_depth;

#define SMR_ASSERT()		KASSERT(kern_smr_depth > 0)
#define SMR_PTR_GET(pp)		__atomic_load_n((pp), __ATOMIC_RELAXED)
#define SMR_PTR_GET_EITHER(pp, m)	SMR_PTR_GET(pp)
#define SMR_PTR_GET_LOCKED(pp)	(*(pp))
#define SMR_PTR_SET_LOCKED(pp, v) __atomic_store_n((pp), (v), __ATOMIC_RELEASE)

static inline void
smr_read_enter(void)
{
	kern_smr_depth++;
}

static inline void
smr_read_leave(void)
{
	KASSERT(kern_smr_depth > 0);
	kern_smr_depth--;
}

void	 smr_call(struct smr_entry *, void (*)(void *), void *);
void	 smr_barrier(void);

/* Atomics: relaxed, and without a bus lock since there is one thread. */
#define kern_load(p)		__atomic_load_n((p), __ATOMIC_RELAXED)
#define kern_store(p, v)	__atomic_store_n((p), (v), __ATOMIC_RELAXED)

static inline void
kern_add64(uint64_t *p, uint64_t n)
{
	kern_store(p, *p + n);
}

struct kern_ref {
	uint32_t	kr_count;
};

static inline void
kern_ref_init(struct kern_ref *r)
{
	r->kr_count = 1;
}

static inline void
kern_ref_get(struct kern_ref *r)
{
	KASSERT(r->kr_count > 0);
	r->kr_count++;
}

static inline bool
kern_ref_put(struct kern_ref *r)
{
	KASSERT(r->kr_count > 0);
	return (--r->kr_count == 0);
}

/* Counters of which each CPU would have its own. */
struct kern_pcpu64 {
	uint64_t	*kp_v;
	unsigned int	 kp_n;
};

int	 kern_pcpu_init(struct kern_pcpu64 *, unsigned int);
void	 kern_pcpu_free(struct kern_pcpu64 *);
void	 kern_pcpu_zero(struct kern_pcpu64 *);

static inline void
kern_pcpu_add(struct kern_pcpu64 *p, unsigned int i, uint64_t n)
{
	kern_add64(&p->kp_v[i], n);
}

static inline uint64_t
kern_pcpu_read(const struct kern_pcpu64 *p, unsigned int i)
{
	return (kern_load(&p->kp_v[i]));
}

/* Time, random, log, division. */
extern uint64_t kern_now_ns;

static inline uint64_t
kern_uptime_ns(void)
{
	return (kern_now_ns);
}

static inline uint64_t
kern_div64(uint64_t a, uint64_t b)
{
	return (a / b);
}

uint32_t kern_random(void);
void	 kern_log(const char *, ...) __printflike(1, 2);

/*
 * For hosts and tests.
 */

/* Read the clock; once per batch.  Does nothing under a simulated clock. */
void	 kern_time_update(void);
/* Simulate the clock from here on. */
void	 kern_time_set(uint64_t);

/* Run what smr_call deferred.  Never inside a read section. */
void	 kern_quiesce(void);

/* Make kern_random repeatable (tests); seed 0: true random numbers again. */
void	 kern_random_seed(uint64_t);

/* Where log lines go (stderr), and lines per second before they are counted
 * instead of written; 0: no limit. */
void	 kern_log_set(void (*)(const char *), unsigned int);

/*
 * Let the nth allocation from now on fail, once (0: none).  The count of
 * allocations since, and the bytes that are allocated now: a test walks n from
 * 1 until kern_alloc_count() stays below n, and wants kern_alloc_bytes() to be
 * what it was.
 */
void	 kern_alloc_fail(unsigned int);
unsigned int kern_alloc_count(void);
size_t	 kern_alloc_bytes(void);

#endif /* _USER_KERN_USER_H_ */
