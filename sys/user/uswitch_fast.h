/*
 * SPDX-License-Identifier: ISC
 *
 * uswitch_fast.h: the kernel's part of a uswitch.
 *
 * A port may have a table of conversations that the kernel forwards by itself.
 * Two BPF programs (bpf/uswitch_fast.c) read it: one is the filter of the
 * port's packet socket, which looks each frame up and keeps those that are
 * found away from the socket; the other, behind it at the ingress of the
 * interface, sends these out.  What is not found comes to uswitch.
 *
 * The table is memory shared with uswitch, which fills it (fast.c): a head and
 * buckets of entries.  An entry counts when its sequence number is that of the
 * head; so one store, of 0 there, stops all of it.  It also stops by itself
 * when uswitch has not moved the deadline for some seconds.
 *
 * Whoever opens the port makes table and programs; all of it goes with the
 * last descriptor.
 */
#ifndef _USER_USWITCH_FAST_H_
#define _USER_USWITCH_FAST_H_

#include <stddef.h>
#include <stdint.h>

#define UFAST_WORDS	10		/* SWITCH_FAST_WORDS */
#define UFAST_WORDS_4	5		/* of them in an IPv4 packet */
#define UFAST_WAYS	4
#define UFAST_BUCKETS	2048U		/* a power of two */
#define UFAST_ENTRIES	(UFAST_BUCKETS * UFAST_WAYS)
#define UFAST_NS	1000000000ULL

struct ufast_head {
	uint64_t	uh_seq;		/* 0: stopped */
	uint64_t	uh_deadline;	/* ns of CLOCK_MONOTONIC */
	uint64_t	uh_unused[14];
};

struct ufast_entry {
	uint64_t	ue_seq;
	uint64_t	ue_key[UFAST_WORDS];
	uint32_t	ue_ifindex;	/* where it leaves */
	uint32_t	ue_max;		/* bytes of the longest frame there */
	uint32_t	ue_packets;	/* the kernel counts, uswitch takes */
	uint32_t	ue_frames;
	uint64_t	ue_bytes;
	uint64_t	ue_used;	/* ns of CLOCK_MONOTONIC */
	uint64_t	ue_unused;
};

/* Element 0 of the map is the head. */
struct ufast_table {
	struct ufast_head	ut_head;
	struct ufast_entry	ut_entry[UFAST_ENTRIES];
};
_Static_assert(sizeof(struct ufast_head) == sizeof(struct ufast_entry),
    "elements of one map");

static inline uint32_t
ufast_hash(const uint64_t *key, int words)
{
	uint64_t	h = 0x9e3779b97f4a7c15ULL;
	int		i;

	for (i = 0; i < words; i++) {
		h = (h ^ key[i]) * 0xff51afd7ed558ccdULL;
		h ^= h >> 32;
	}
	return ((uint32_t)h & (UFAST_BUCKETS - 1));
}

/* What a port gets: the table, and what holds a program at the interface. */
enum { UFAST_FD_TABLE, UFAST_FD_LINK, UFAST_NFDS };

#define UFAST_TCX_INGRESS	46	/* BPF_TCX_INGRESS of Linux 6.6 */
#define UFAST_TCX_EGRESS	47

struct bpf_object;

/* Load an object file; NULL and errno. */
struct bpf_object *ufast_load(const char *start, const char *end);

/*
 * Make them for an interface, and set the filter of its packet socket.  0; -1
 * and errno: this kernel cannot (it is before 6.6), or may not.
 */
int	ufast_open(uint32_t ifindex, int sock, int fds[UFAST_NFDS]);

#endif /* _USER_USWITCH_FAST_H_ */
