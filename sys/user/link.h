/*
 * SPDX-License-Identifier: ISC
 *
 * link.h: what the kernel tells of interfaces (rtnetlink).
 *
 * Events become port_link_changed and port_link_gone.  When the kernel had to
 * drop some, all interfaces are asked for anew.
 */
#ifndef _USER_LINK_H_
#define _USER_LINK_H_

#include "port.h"

struct link_space;		/* a network namespace */
struct nlmsghdr;
struct unl_msg;

/* Start to listen in our own.  0; -1 and errno. */
int	link_open(void);

/*
 * Our own; or that of one port, by descriptors that were opened there: of
 * sockets to listen and to ask, which are consumed.  NULL and errno.
 */
#define LINK_FDS	2
struct link_space *link_home(void);
struct link_space *link_new(const int fds[LINK_FDS]);
void	link_free(struct link_space *);

/* What an interface is like now.  0; -1 and errno (ENODEV). */
int	link_get(struct link_space *, uint32_t ifindex, struct port_link *);

/* Add the kernel's own counters of an interface. */
void	link_stats(struct link_space *, uint32_t ifindex,
	    struct host_port_stats *);

/* Speed and medium, as OFPPF_ bits and kb/s; zero if unknown. */
void	link_speed(struct link_space *, const char *name,
	    struct host_port_info *);

/* Ask the kernel (unl_talk). */
int	link_talk(struct link_space *, struct unl_msg *,
	    void (*fn)(const struct nlmsghdr *, void *), void *);

/*
 * Traffic classes of an interface: fill at most n, return how many there are.
 * Rates are in tenths of a percent of speed (kb/s).
 */
unsigned int link_queues(struct link_space *, uint32_t ifindex,
	    uint32_t speed, struct host_queue *, unsigned int n);

#endif /* _USER_LINK_H_ */
