/*
 * SPDX-License-Identifier: ISC
 *
 * host_linux.h: the Linux host's own objects, shared by the files of
 * sys/linux and by nobody else.
 *
 * A switch is three things with three lifetimes: the network device (the LOCAL
 * port), the core's softc, and the character device /dev/switchN.  The first
 * two end with the link; a process may keep the third open for as long as it
 * likes.  struct host_switch is what the third holds: it is counted by its
 * struct device and outlives the others.
 *
 * Order of locks: RTNL, hsw_gate, the core's mutex, the core's spins.
 * Locking, one letter a member:
 *	I	set before the object is published
 *	R	RTNL
 *	G	hsw_gate, a read-write semaphore
 *	P	hp_lock
 *	M	the core's mutex
 *	A	atomic access
 */
#ifndef _HOST_LINUX_H_
#define _HOST_LINUX_H_

#include <linux/cdev.h>
#include <linux/device.h>
#include <linux/if_ether.h>
#include <linux/list.h>
#include <linux/netdevice.h>
#include <linux/rwsem.h>
#include <linux/skbuff.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <net/netlink.h>

#include "kern.h"
#include "pkt.h"
#include "host.h"
#include "if_switch.h"

/* Deepest nesting of pipelines: a switch may be the port of a switch. */
#define HOST_MAX_DEPTH		4

/* The queues of a port, as they were when somebody asked. */
#define HOST_QUEUES		64

struct host_queues {
	unsigned int		 hqs_n;
	struct host_queue	 hqs_queue[HOST_QUEUES];
};

struct host_port {
	struct net_device	*hp_dev;	/* I */
	netdevice_tracker	 hp_tracker;	/* R */
	struct host_switch	*hp_switch;	/* I */
	struct switch_port	*hp_port;	/* A: NULL: not fed */
	struct list_head	 hp_entry;	/* R: hsw_ports */
	struct switch_port_conf	 hp_conf;	/* R: as asked for */
	struct host_queues	*hp_queues;	/* M: NULL: none */
	bool			 hp_local;	/* I: OFPP_LOCAL */

	spinlock_t		 hp_lock;
	struct host_port_info	 hp_info;	/* P: made under RTNL */
};

struct host_switch {
	struct device		 hsw_device;	/* owns this struct */
	struct cdev		 hsw_cdev;
	unsigned int		 hsw_unit;	/* I */
	char			 hsw_name[IFNAMSIZ]; /* I: "switch0" */

	struct switch_softc	*hsw_core;	/* R G: NULL: link is gone */
	struct host_port	 hsw_local;	/* R */
	struct list_head	 hsw_ports;	/* R */
	struct list_head	 hsw_names;	/* R: numbers to come back */
	unsigned int		 hsw_nnames;	/* R */
	struct delayed_work	 hsw_tick;

	struct rw_semaphore	 hsw_gate;
	struct switch_chan	*hsw_chan;	/* G: of the opener */
	unsigned long		 hsw_flags;	/* A */
#define HSW_OPEN		0		/* device is open */
#define HSW_FULL		1		/* write waits for a read */
	wait_queue_head_t	 hsw_wait;	/* readers, writers, pollers */
	struct mutex		 hsw_rlock;	/* one read at a time */
	struct mutex		 hsw_wlock;	/* one write at a time */
	uint8_t			*hsw_rbuf;	/* hsw_rlock */
	uint8_t			*hsw_wbuf;	/* hsw_wlock */
};

/* The private part of the network device. */
struct host_link {
	struct host_switch	*hl_switch;	/* I */
	struct switch_conf	 hl_conf;	/* R: until the core is there */
};

static inline struct host_switch *
host_switch_of(const struct net_device *dev)
{
	return (((struct host_link *)netdev_priv(dev))->hl_switch);
}

/* link_linux.c: the network device and the link type. */
bool	 host_link_is(const struct net_device *);

/* dev_linux.c: the character device. */
int	 host_dev_init(void);
void	 host_dev_fini(void);
int	 host_dev_new(int unit, struct host_switch **);
int	 host_dev_add(struct host_switch *);
struct switch_softc *host_dev_dead(struct host_switch *);
void	 host_dev_del(struct host_switch *);

/* port_linux.c: ports.  All under RTNL, 0 or a positive errno. */
int	 host_port_init(void);
void	 host_port_fini(void);
int	 host_port_add(struct host_switch *, struct net_device *,
	    struct netlink_ext_ack *);
void	 host_port_del(struct host_port *);
int	 host_port_local_add(struct host_switch *, struct net_device *);
void	 host_port_local_del(struct host_switch *);
int	 host_port_conf(struct host_port *, const struct switch_port_conf *);
void	 host_port_input(struct host_port *, struct sk_buff *);
struct host_port *host_port_of(const struct net_device *);

/* number_linux.c: the numbers of ports that come back.  All under RTNL. */
int	 host_number_choose(struct host_switch *, const char *, uint32_t *);
void	 host_number_keep(struct host_switch *, const char *, uint32_t);
void	 host_number_free(struct host_switch *);

/* queue_linux.c: traffic classes as queues. */
void	 host_queues_free(struct host_port *);

/* conf_linux.c: settings, as files and as attributes.  Errors positive. */
extern const struct attribute_group	 host_switch_group;
extern const struct attribute_group	 host_port_group;
extern const struct nla_policy		 host_switch_policy[];
extern const struct nla_policy		 host_port_policy[];
void	 host_conf_init(void);
int	 host_conf_of(struct nlattr **, struct switch_conf *,
	    struct netlink_ext_ack *);
size_t	 host_conf_size(void);
int	 host_conf_put(struct sk_buff *, const struct switch_conf *);
int	 host_port_conf_of(struct nlattr **, struct switch_port_conf *);
size_t	 host_port_conf_size(void);
int	 host_port_conf_put(struct sk_buff *, const struct switch_port_conf *);

/* pkt_linux.c: a frame between its host and the core. */
static inline struct sk_buff *
pkt_skb(const struct pkt *p)
{
	return (p->pk_host);
}

/* Show the core where the bytes are now. */
static inline void
pkt_sync(struct pkt *p)
{
	const struct sk_buff *skb = pkt_skb(p);

	p->pk_data = skb->data;
	p->pk_rlen = skb_headlen(skb);
	p->pk_len = skb->len;
}

/*
 * Fill a handle from an sk_buff whose data is at its Ethernet header and that
 * nobody else uses.
 */
static inline void
pkt_of_skb(struct sk_buff *skb, struct pkt *p)
{
	skb_reset_mac_header(skb);
	p->pk_host = skb;
	pkt_sync(p);
}

/* Empty the handle and give the sk_buff back. */
static inline struct sk_buff *
pkt_to_skb(struct pkt *p)
{
	struct sk_buff *skb = pkt_skb(p);

	p->pk_host = NULL;
	return (skb);
}

#endif /* _HOST_LINUX_H_ */
