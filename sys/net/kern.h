/*
 * SPDX-License-Identifier: ISC
 *
 * kern.h: what the code in sys/net needs of the ground it runs on.
 *
 * The ground is chosen here and nowhere else: userland (sys/user) or the
 * Linux kernel (sys/linux).  Each gives, in its kern_*.h:
 *
 *   types     uint8_t .. uint64_t, int*_t, uintptr_t, size_t, bool, NULL,
 *             ptrdiff_t, offsetof
 *   strings   memcpy, memmove, memset, memcmp, strlen, strnlen, snprintf
 *   errno     ENOMEM, EINVAL, ... as positive numbers
 *   compiler  __packed, __aligned(n), __printflike(f, a), likely, unlikely,
 *             KASSERT(e), CTASSERT(e) (file scope), nitems(a), fallthrough
 *   memory    void *kern_zalloc(size_t); void kern_free(void *, size_t):
 *             zeroed, may fail, may sleep (control path only); the size comes
 *             back at free.  kern_free accepts NULL.
 *   lock      struct kern_mutex: one writer, process context, may sleep.
 *             void kern_mutex_init/enter/leave/destroy(struct kern_mutex *);
 *             KERN_MUTEX_ASSERT(struct kern_mutex *): held by somebody.
 *             struct kern_spin: short, any context, also under the mutex.
 *             void kern_spin_init/enter/leave(struct kern_spin *)
 *   smr       void smr_read_enter/leave(void), may nest; SMR_ASSERT(): inside;
 *             SMR_PTR_GET(&p) for readers, SMR_PTR_GET_LOCKED(&p) and
 *             SMR_PTR_SET_LOCKED(&p, v) for the writer,
 *             SMR_PTR_GET_EITHER(&p, &mutex) for what both call;
 *             void smr_call(struct smr_entry *, void (*fn)(void *), void *arg):
 *             fn(arg) once no reader is left, any context, may be inside a
 *             read section; fn does not sleep and may kern_free;
 *             void smr_barrier(void): wait for all readers and all fn of
 *             earlier smr_call; never inside a read section
 *   atomics   relaxed: kern_load(&x), kern_store(&x, v) of any scalar;
 *             void kern_add64(uint64_t *, uint64_t)
 *             struct kern_ref: void kern_ref_init(struct kern_ref *) (to 1),
 *             void kern_ref_get, bool kern_ref_put (true when it was the last)
 *   per cpu   struct kern_pcpu64: n counters, one set per CPU.
 *             int kern_pcpu_init(struct kern_pcpu64 *, unsigned int n): 0 or
 *             ENOMEM; void kern_pcpu_add(struct kern_pcpu64 *, unsigned int i,
 *             uint64_t); uint64_t kern_pcpu_read(const struct kern_pcpu64 *,
 *             unsigned int i): sum of all CPUs; void kern_pcpu_zero, _free
 *             (struct kern_pcpu64 *); free accepts one that is all zero bytes
 *   time      uint64_t kern_uptime_ns(void) (coarse, monotonic; stands still
 *             within a batch of frames on some hosts)
 *   random    uint32_t kern_random(void)
 *   log       void kern_log(const char *fmt, ...): one line, without newline,
 *             rate limited by the host
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
