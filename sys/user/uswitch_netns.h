/*
 * SPDX-License-Identifier: ISC
 *
 * uswitch_netns.h: other network namespaces, by the names of ip-netns(8).
 *
 * A socket belongs for good to the namespace that it was made in.  So whoever
 * has CAP_SYS_ADMIN enters one, makes sockets there, and goes home:
 *
 *	ns = unetns_open("vm1");
 *	if (unetns_enter(ns) == 0) {
 *		fd = socket(...);
 *		unetns_leave();
 *	}
 *
 * A descriptor, of the namespace or of a socket in it, keeps a namespace from
 * ending when its name is deleted: compare unetns_id with that of before, and
 * close what is open there when it is another.
 */
#ifndef _USER_USWITCH_NETNS_H_
#define _USER_USWITCH_NETNS_H_

#include <stdbool.h>
#include <stdint.h>

#define UNETNS_DIR	"/run/netns"

/* Letters, digits, and "._-" behind the first: "vm1". */
bool	unetns_name_ok(const char *name);
/*
 * A descriptor of the namespace of this name.  -1 and errno: ENOENT, EINVAL
 * (something else has this name).  The first call, also when it fails, finds
 * the way home: before a sandbox.
 */
int	unetns_open(const char *name);
/* Which namespace has the name now: a number, 0: none. */
uint64_t unetns_id(const char *name);

/* Enter a namespace, -1 and errno.  Only the calling thread is moved. */
int	unetns_enter(int fd);
/* Back; a process that cannot return ends. */
void	unetns_leave(void);

#endif /* _USER_USWITCH_NETNS_H_ */
