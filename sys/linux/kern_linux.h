/*
 * SPDX-License-Identifier: ISC
 *
 * kern_linux.h: the ground of sys/net in the Linux kernel; see kern.h for
 * what each name means.
 *
 * The writer mutex is a mutex, a read section is RCU (packets arrive inside
 * one), atomics are relaxed.  The order of locks is RTNL, then the switch's
 * mutex, then a kern_spin.  A kern_spin keeps softirqs out, so that packets
 * and controllers may share it.
 */
#ifndef _KERN_LINUX_H_
#define _KERN_LINUX_H_

#include <linux/build_bug.h>
#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/percpu.h>
#include <linux/printk.h>
#include <linux/random.h>
#include <linux/rcupdate.h>
#include <linux/refcount.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/stddef.h>
#include <linux/string.h>
#include <linux/timekeeping.h>
#include <linux/types.h>
#include <net/net_debug.h>

/* Counters are plain 64-bit words: a 32-bit machine would tear them. */
static_assert(sizeof(long) == 8);

#ifndef UINT8_MAX
#define UINT8_MAX	U8_MAX
#endif
#ifndef UINT16_MAX
#define UINT16_MAX	U16_MAX
#endif
#ifndef UINT32_MAX
#define UINT32_MAX	U32_MAX
#endif
#ifndef UINT64_MAX
#define UINT64_MAX	U64_MAX
#endif

/* Compiler.  KASSERT speaks up in kernels built with CONFIG_DEBUG_NET. */
#define __printflike(f, a)	__printf(f, a)
#define nitems(a)		ARRAY_SIZE(a)
#define CTASSERT(e)		static_assert(e)
#define KASSERT(e)		DEBUG_NET_WARN_ON_ONCE(!(e))

/* Memory: a table may be large, and belongs to whoever asked for it. */
static inline void *
kern_zalloc(size_t size)
{
	return (kvzalloc(size, GFP_KERNEL_ACCOUNT | __GFP_NOWARN));
}

static inline void
kern_free(void *p, size_t size)
{
	kvfree(p);
}

/*
 * Locks.  The init functions are macros: lockdep wants a key of its own for
 * each place that makes a lock.
 */
struct kern_mutex {
	struct mutex		 km_mutex;
};

#define kern_mutex_init(m)	mutex_init(&(m)->km_mutex)
#define kern_mutex_destroy(m)	mutex_destroy(&(m)->km_mutex)
#define KERN_MUTEX_ASSERT(m)	lockdep_assert_held(&(m)->km_mutex)

static inline void
kern_mutex_enter(struct kern_mutex *m)
{
	mutex_lock(&m->km_mutex);
}

static inline void
kern_mutex_leave(struct kern_mutex *m)
{
	mutex_unlock(&m->km_mutex);
}

struct kern_spin {
	spinlock_t		 ks_lock;
};

#define kern_spin_init(s)	spin_lock_init(&(s)->ks_lock)

static inline void
kern_spin_enter(struct kern_spin *s)
{
	spin_lock_bh(&s->ks_lock);
}

static inline void
kern_spin_leave(struct kern_spin *s)
{
	spin_unlock_bh(&s->ks_lock);
}

/*
 * Safe memory reclamation.  SMR_PTR_GET is for readers, SMR_PTR_GET_LOCKED
 * for a writer that holds the lock which guards the pointer, SMR_PTR_GET_EITHER
 * for what both call.
 */
struct smr_entry {
	struct rcu_head		 smr_rcu;
	void			(*smr_func)(void *);
	void			*smr_arg;
};

#define SMR_ASSERT()							\
	RCU_LOCKDEP_WARN(!rcu_read_lock_held() &&			\
	    !rcu_read_lock_bh_held(), "switch: not in a read section")
#define SMR_PTR_GET(pp)							\
	rcu_dereference_check(*(pp), rcu_read_lock_bh_held())
#define SMR_PTR_GET_EITHER(pp, m)					\
	rcu_dereference_check(*(pp), rcu_read_lock_bh_held() ||		\
	    lockdep_is_held(&(m)->km_mutex))
#define SMR_PTR_GET_LOCKED(pp)		READ_ONCE(*(pp))
#define SMR_PTR_SET_LOCKED(pp, v)	smp_store_release((pp), (v))

static inline void
smr_read_enter(void)
{
	rcu_read_lock();
}

static inline void
smr_read_leave(void)
{
	rcu_read_unlock();
}

/* Runs fn(arg) in a softirq once every reader of now has left. */
void	smr_call(struct smr_entry *, void (*)(void *), void *);

/* Waits until every smr_call so far has run. */
static inline void
smr_barrier(void)
{
	synchronize_rcu();
	rcu_barrier();
}

/* Relaxed atomics on plain members. */
#define kern_load(p)		READ_ONCE(*(p))
#define kern_store(p, v)	WRITE_ONCE(*(p), (v))

static inline void
kern_add64(uint64_t *p, uint64_t n)
{
	(void)__atomic_fetch_add(p, n, __ATOMIC_RELAXED);
}

struct kern_ref {
	refcount_t		 kr_count;
};

static inline void
kern_ref_init(struct kern_ref *r)
{
	refcount_set(&r->kr_count, 1);
}

static inline void
kern_ref_get(struct kern_ref *r)
{
	refcount_inc(&r->kr_count);
}

/* True when that was the last one. */
static inline bool
kern_ref_put(struct kern_ref *r)
{
	return (refcount_dec_and_test(&r->kr_count));
}

/*
 * n counters, each cheap to add to and exact once read.  0 or ENOMEM;
 * free accepts a struct of zeros.
 */
struct kern_pcpu64 {
	uint64_t __percpu	*kp_val;
	unsigned int		 kp_n;
};

int	 kern_pcpu_init(struct kern_pcpu64 *, unsigned int n);
void	 kern_pcpu_free(struct kern_pcpu64 *);
void	 kern_pcpu_zero(struct kern_pcpu64 *);
uint64_t kern_pcpu_read(const struct kern_pcpu64 *, unsigned int i);

static inline void
kern_pcpu_add(struct kern_pcpu64 *p, unsigned int i, uint64_t n)
{
	this_cpu_add(p->kp_val[i], n);
}

static inline uint64_t
kern_uptime_ns(void)
{
	return (ktime_get_coarse_ns());
}

static inline uint32_t
kern_random(void)
{
	return (get_random_u32());
}

static inline uint64_t
kern_div64(uint64_t a, uint64_t b)
{
	return (div64_u64(a, b));
}

/* One line, without the newline; rate limited. */
void	kern_log(const char *, ...) __printflike(1, 2);

#endif /* _KERN_LINUX_H_ */
