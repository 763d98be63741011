/*
 * SPDX-License-Identifier: ISC
 *
 * learn.h: which host is behind which port of one switch.
 *
 * A bounded hash table from (VLAN, MAC address) to a port and the second when
 * the host was last seen.  Pure: no clock, no messages, no memory before the
 * first host.  16 bytes per slot, at most 7/8 full, doubled when full: 18 to 37
 * bytes per host.
 *
 * A pointer to a host is good until the next learn_source or learn_del.  Each
 * host has three marks for its user, none of them set when it is new.
 */
#ifndef _SWITCHD_LEARN_H_
#define _SWITCHD_LEARN_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* MAC << 16 | OXM VLAN value (13 bits) << 3 | marks. */
struct learn_host {
	uint64_t	lh_word;
	uint32_t	lh_port;
	uint32_t	lh_seen;	/* s, the user's clock */
};
#define LEARN_MARKS	7ULL

struct learn {
	struct learn_host *l_slots;
	uint32_t	 l_mask;	/* slots - 1 */
	uint32_t	 l_count;
	uint32_t	 l_limit;	/* hosts */
};

enum learn_result {
	LEARN_KNOWN,		/* same port as before */
	LEARN_NEW,
	LEARN_MOVED,		/* *old is the port it was behind */
	LEARN_FULL,		/* not learned: the limit, or no memory */
	LEARN_REFUSED		/* not an address of a host */
};

void	learn_init(struct learn *, uint32_t limit);
void	learn_free(struct learn *);		/* back to empty */

/* See a frame from mac come in by a port. */
enum learn_result learn_source(struct learn *, uint64_t mac, uint16_t vlan,
	    uint32_t port, uint32_t now, uint32_t *old);
struct learn_host *learn_lookup(const struct learn *, uint64_t mac,
	    uint16_t vlan);
void	learn_del(struct learn *, struct learn_host *);

/*
 * Walk all hosts: begin with *pos = 0; NULL at the end.  The host returned
 * may be deleted, if *pos is then counted down by one; one that was shown may
 * be shown again.
 */
struct learn_host *learn_next(const struct learn *, uint32_t *pos);

static inline uint64_t
learn_mac(const struct learn_host *lh)
{
	return (lh->lh_word >> 16);
}

static inline uint16_t
learn_vlan(const struct learn_host *lh)
{
	return ((lh->lh_word >> 3) & 0x1fff);
}

#endif /* _SWITCHD_LEARN_H_ */
