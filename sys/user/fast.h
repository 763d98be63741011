/*
 * SPDX-License-Identifier: ISC
 *
 * fast.h: what the kernel forwards by itself (uswitch_fast.h), seen from
 * uswitch: take the core's offers, fill the tables, take the counts.
 */
#ifndef _USER_FAST_H_
#define _USER_FAST_H_

#include "if_switch.h"
#include "uswitch_fast.h"

struct fast;

/* The switch whose offers come here. */
void	fast_init(struct switch_softc *);
/* The table of a port, by its descriptor, and one of the port's sockets; both
 * stay the caller's.  NULL: no memory. */
struct fast *fast_open(int table, int sock);
/* The core has been told that the port goes. */
void	fast_close(struct fast *);
/* Put the offers of this batch in, go on after a change. */
void	fast_batch(void);
/* Give the core all counts: before somebody asks for them. */
void	fast_harvest(void);
/* Once a second, before the core's tick. */
void	fast_tick(void);

#endif /* _USER_FAST_H_ */
