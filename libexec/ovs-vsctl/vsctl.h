/*
 * SPDX-License-Identifier: ISC
 *
 * vsctl.h: the parts of a small ovs-vsctl for switchd(8).
 *
 *	ovs-vsctl.c	the command line, as libvirt writes it
 *	port.c		what is recorded of an interface
 *	daemon.c	what switchd(8) says of its switches
 *
 * What the real one keeps in a database is the alias of the interface here:
 *
 *	ovs:switch0 attached-mac=52:54:00:00:00:01 iface-id=...
 *
 * It goes with the interface, outlives every daemon, and is what the lines of
 * switchd.conf(5) look at; so nothing can be attached by it that no line of the
 * configuration permits.
 */
#ifndef _VSCTL_H_
#define _VSCTL_H_

#include <linux/if_link.h>

#include <stdbool.h>
#include <stdint.h>

#define VSCTL_ALIAS_MAX	255		/* what Linux keeps */

/* port.c */
struct port {
	char			po_name[16];
	uint32_t		po_index;	/* 0: no such interface */
	char			po_bridge[16];	/* "": of none */
	char			po_ids[VSCTL_ALIAS_MAX + 1];	/* "a=b c=d" */
	char			po_before[VSCTL_ALIAS_MAX + 1];	/* alias */
	bool			po_dirty;
	struct rtnl_link_stats64 po_stats;
};
/* Read what there is.  0, or -1 and errno. */
int	port_read(struct port *, const char *name);
/* The value of a key, or NULL; valid until the next call. */
const char *port_id(const struct port *, const char *key);
/* Record it.  NULL, or why not. */
const char *port_id_set(struct port *, const char *key, const char *value);
/* Write the alias, and bring a port up.  0, or -1 and errno. */
int	port_write(const struct port *);
/* The alias that was read. */
int	port_restore(const struct port *);

/* daemon.c: whether and why not is said by errx. */
enum daemon_switch { DAEMON_NONE, DAEMON_RELAYED, DAEMON_OURS };
enum daemon_switch daemon_switch(const char *name);
/* Is this interface a port of the switch? */
bool	daemon_has_port(const char *name, const char *port);
void	daemon_path(const char *);

#endif /* _VSCTL_H_ */
