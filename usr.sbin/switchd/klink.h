/*
 * SPDX-License-Identifier: ISC
 *
 * klink.h: switches in the kernel, by rtnetlink: links of kind "switch", and
 * their ports, which are the slaves of such a link.
 *
 * All return 0, or -1 and errno.
 */
#ifndef _SWITCHD_KLINK_H_
#define _SWITCHD_KLINK_H_

#include <stdbool.h>
#include <stdint.h>

#include "conf.h"

/* Is the module loaded? */
bool	klink_is_loaded(void);
/* Make the switch, or give it what its configuration says. */
int	klink_make(const struct conf_switch *);
int	klink_end(const char *name);

/* Make an interface a port, or give a port its settings. */
int	klink_attach(uint32_t master, uint32_t index,
	    const struct conf_iface *);
int	klink_release(uint32_t index);

#endif /* _SWITCHD_KLINK_H_ */
