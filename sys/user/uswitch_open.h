/*
 * SPDX-License-Identifier: ISC
 *
 * uswitch_open.h: open an interface for uswitch, with privileges.
 *
 *	struct uopen u;
 *
 *	if (uopen_iface(&u, "eth1", -1) == -1)
 *		warnx("%s", u.uo_error);
 *	else {
 *		msg.um_port = u.uo_port;
 *		uctl_call(fd, &msg, u.uo_fds, u.uo_nfds);
 *	}
 *	uopen_close(&u);
 *
 * What is opened here is gone when the last descriptor is closed, also after
 * kill -9: the sockets, the taps, and the guard, an nf_tables table owned by
 * its socket that keeps the host's own protocols from seeing what arrives at
 * the interface.  Only two settings stay: that the interface is up, and that
 * IPv6 is off on it; uopen_restore gives IPv6 back.
 */
#ifndef _USER_USWITCH_OPEN_H_
#define _USER_USWITCH_OPEN_H_

#include "uswitch_ctl.h"

struct uopen {
	struct uctl_port uo_port;	/* name, ifindex, kind, queues, ... */
	int		 uo_fds[UCTL_MAX_FDS];
	unsigned int	 uo_nfds;
	int		 uo_external;	/* a tunnel for many ends */
	int		 uo_ipv6_was_on;
	char		 uo_error[192];	/* name, what is wrong, remedy */
};

/*
 * Open an interface that exists: Ethernet of any kind, or a tap that somebody
 * else holds; "NETNS/INTERFACE" in the network namespace of this descriptor
 * (uswitch_netns.h), which is -1 for one of ours.  -1 and errno, uo_error says
 * why: ENODEV, EBUSY (a port of a bridge, or of another uswitch), ENOTSUP (not
 * Ethernet), EPERM, ...
 */
int	uopen_iface(struct uopen *, const char *name, int netns);

/* Make a tap for hosts on this machine.  -1 and errno (EBUSY: exists). */
int	uopen_tap(struct uopen *, const char *name);

/* Close the descriptors; what uswitch received of them stays open there. */
void	uopen_close(struct uopen *);

/* The port is gone: IPv6 may be on again if it was.  netns as above. */
void	uopen_restore(const struct uopen *, int netns);

#endif /* _USER_USWITCH_OPEN_H_ */
