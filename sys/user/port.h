/*
 * SPDX-License-Identifier: ISC
 *
 * port.h: the ports of a uswitch.
 *
 * A port is what the core knows as one (pt_switch) and the way frames enter
 * and leave, of which there are kinds: packet sockets on an interface
 * (port_packet.c) and taps of our own (port_tap.c).  port.c keeps the list,
 * answers what host.h asks, and gathers who has frames to send at the end of
 * a batch.
 *
 * A port lives from UCTL_ADD to UCTL_DEL or until its interface vanishes; its
 * number is remembered by name (portmap.h), so it comes back as the same one.
 */
#ifndef _USER_PORT_H_
#define _USER_PORT_H_

#include "if_switch.h"
#include "uswitch_ctl.h"

struct link_space;
struct port;

/* A kind of port. */
struct port_kind {
	/* Start with these descriptors, which are its own now also on failure.
	 * 0 or errno. */
	int	(*pk_open)(struct port *, const int *fds, unsigned int n);
	void	(*pk_close)(struct port *);
	void	(*pk_xmit)(struct port *, struct pkt *);	/* Consumes. */
	/* Send what xmit left; true: some is left still. */
	bool	(*pk_flush)(struct port *);
	/* Bring counters up to date. */
	void	(*pk_stats)(struct port *);
};

extern const struct port_kind port_packet;
extern const struct port_kind port_tap;

/* What the kernel says of an interface (link.h). */
struct port_link {
	char		pl_name[16];
	uint32_t	pl_ifindex;
	uint32_t	pl_master;
	uint32_t	pl_mtu;
	uint8_t		pl_hwaddr[6];
	bool		pl_up;
	bool		pl_carrier;
};

struct port {
	struct port		*pt_next;
	struct switch_port	*pt_switch;	/* the core's */
	const struct port_kind	*pt_kind;
	void			*pt_io;		/* the kind's own */
	struct uctl_port	 pt_conf;	/* as attached */
	struct port_link	 pt_link;
	struct link_space	*pt_space;	/* where that is */
	struct fast		*pt_fast;	/* or NULL */
	struct tunnel		*pt_tunnel;	/* or NULL */
	bool			 pt_down;	/* by port mod */
	bool			 pt_dirty;	/* on the list to flush */
	struct port		*pt_dirty_next;
	/* What only we can count. */
	uint64_t		 pt_rx_dropped;	/* ring or socket was full */
	uint64_t		 pt_rx_errors;	/* cannot be understood */
	uint64_t		 pt_tx_dropped;	/* no room, no carrier */
	uint64_t		 pt_tx_errors;	/* refused by the kernel */
};

/* Ports belong to this switch. */
void	port_init(struct switch_softc *);

/*
 * Attach, or give a port of this name new descriptors and settings.  Consumes
 * the descriptors.  0 and its number in up_no; errno, and why in text.
 */
int	port_attach(struct uctl_port *, const int *fds, unsigned int n,
	    char *text, size_t size);
int	port_detach(const char *name, char *text, size_t size);
int	port_set(const struct uctl_port *, char *text, size_t size);
/*
 * A number is for this name alone, attached or not: a port of another name
 * that has it becomes another.
 */
int	port_keep(const char *name, uint32_t no, char *text, size_t size);
/* The port that follows p, or the first for NULL; NULL at the end. */
struct port *port_next(struct port *);
/* What UCTL_LIST shows. */
void	port_show(const struct port *, struct uctl_port *);
/* At the end: all of them. */
void	port_detach_all(void);

/* An interface changed; or vanished: true if its port did, too. */
void	port_link_changed(const struct link_space *, const struct port_link *);
bool	port_link_gone(const struct link_space *, uint32_t ifindex);
/* The interface behind the port is not there any more. */
void	port_vanished(struct port *);

/* The port has something to flush. */
void	port_mark_dirty(struct port *);
/* Flush all that have.  The end of a batch. */
void	port_flush_all(void);
/* True when some port could not send all. */
bool	port_unsent(void);

#endif /* _USER_PORT_H_ */
