/*
 * SPDX-License-Identifier: ISC
 *
 * uswitch_guard.h: keep the host's own protocols away from a port, as long as
 * a descriptor is open.
 */
#ifndef _USER_USWITCH_GUARD_H_
#define _USER_USWITCH_GUARD_H_

/*
 * The descriptor of the guard of an interface; -1 and errno (EBUSY: somebody
 * else guards it; others: this kernel has no nf_tables for interfaces).
 */
int	uguard_open(const char *ifname);

#endif /* _USER_USWITCH_GUARD_H_ */
