/*
 * SPDX-License-Identifier: ISC
 *
 * kern.h: what the code in sys/net needs of the ground it runs on.
 *
 * The ground is chosen here and nowhere else: userland (sys/user) or the
 * Linux kernel (sys/linux).  Each gives, in its kern_*.h:
 *
 *   types     uint8_t .. uint64_t, int*_t, size_t, bool, NULL, ptrdiff_t
 *   strings   memcpy, memmove, memset, memcmp, strlen, strnlen, snprintf
 *   errno     ENOMEM, EINVAL, ... as positive numbers
 *   compiler  __packed, __aligned(n), __printflike(f, a), likely, unlikely,
 *             KASSERT(e), CTASSERT(e) (file scope), nitems(a), fallthrough
 *   memory    void *kern_zalloc(size_t), void kern_free(void *, size_t):
 *             zeroed, may fail, may sleep (control path only); the size comes
 *             back at free.  kern_free accepts NULL.
 *   lock      struct kern_mutex: kern_mutex_init/enter/leave/destroy and
 *             KERN_MUTEX_ASSERT: one writer, process context, may sleep.
 *             struct kern_spin: kern_spin_init/enter/leave: short, any context.
 *   smr       smr_read_enter/leave; SMR_PTR_GET(&p), SMR_PTR_SET_LOCKED(&p, v);
 *             smr_call(struct smr_entry *, void (*)(void *), void *);
 *             smr_barrier(); SMR_ASSERT()
 *   atomics   kern_load(&x), kern_store(&x, v), kern_add64(&x, n) (relaxed);
 *             kern_ref_* (struct kern_ref): init, get, put (true when last)
 *   per cpu   struct kern_pcpu64 {n counters}: see kern_pcpu_*
 *   time      uint64_t kern_uptime_ns(void) (coarse, monotonic)
 *   random    uint32_t kern_random(void)
 *   log       kern_log(fmt, ...): one line, rate limited by the host
 *   division  uint64_t kern_div64(uint64_t a, uint64_t b)
 *
 * A host's header may not define anything else that sys/net uses.
 */
#ifndef _NET_KERN_H_
#define _NET_KERN_H_

#ifdef __KERNEL__
#include "../linux/kern_linux.h"
#else
#include "../user/kern_user.h"
#endif

/*
 * Values in network byte order.  A be16_t is never used in arithmetic and
 * never mixed with a host value: convert with the functions below.
 */
typedef uint16_t	be16_t;
typedef uint32_t	be32_t;
typedef uint64_t	be64_t;

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define KERN_SWAP16(x)	__builtin_bswap16(x)
#define KERN_SWAP32(x)	__builtin_bswap32(x)
#define KERN_SWAP64(x)	__builtin_bswap64(x)
#else
#define KERN_SWAP16(x)	((uint16_t)(x))
#define KERN_SWAP32(x)	((uint32_t)(x))
#define KERN_SWAP64(x)	((uint64_t)(x))
#endif

/* Constants may be used as initialisers, hence macros. */
#define be16_make(x)	((be16_t)KERN_SWAP16((uint16_t)(x)))
#define be32_make(x)	((be32_t)KERN_SWAP32((uint32_t)(x)))
#define be64_make(x)	((be64_t)KERN_SWAP64((uint64_t)(x)))
#define be16_get(x)	((uint16_t)KERN_SWAP16((uint16_t)(x)))
#define be32_get(x)	((uint32_t)KERN_SWAP32((uint32_t)(x)))
#define be64_get(x)	((uint64_t)KERN_SWAP64((uint64_t)(x)))

/* Unaligned big-endian bytes of a frame. */
static inline uint16_t
kern_be16_at(const uint8_t *p)
{
	return ((uint16_t)(p[0] << 8 | p[1]));
}

static inline uint32_t
kern_be32_at(const uint8_t *p)
{
	return ((uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	    (uint32_t)p[2] << 8 | p[3]);
}

#endif /* _NET_KERN_H_ */
