/*
 * SPDX-License-Identifier: ISC
 *
 * port_linux.c: a port is a network device whose received frames are ours.
 *
 *	driver -> __netif_receive_skb_core -> host_port_rx -> switch_input
 *	... -> host_port_xmit -> dev_queue_xmit		(a port)
 *	... -> host_port_xmit -> netif_rx		(LOCAL: ourselves)
 *
 * Ports come and go under RTNL.  What the core asks of a port under its own
 * mutex (host_port_info) was learned before under RTNL, since RTNL comes first
 * in the order of locks.
 */
#include <linux/ethtool.h>
#include <linux/if_arp.h>
#include <linux/if_vlan.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <net/dst_metadata.h>
#include <net/xfrm.h>

#include "host_linux.h"

/* OFPPF_*: bits of host_port_info (OpenFlow 1.3.5, 7.2.1). */
enum {
	PF_10MB_HD	= 1 << 0,
	PF_10MB_FD	= 1 << 1,
	PF_100MB_HD	= 1 << 2,
	PF_100MB_FD	= 1 << 3,
	PF_1GB_HD	= 1 << 4,
	PF_1GB_FD	= 1 << 5,
	PF_10GB_FD	= 1 << 6,
	PF_40GB_FD	= 1 << 7,
	PF_100GB_FD	= 1 << 8,
	PF_1TB_FD	= 1 << 9,
	PF_OTHER	= 1 << 10,
	PF_COPPER	= 1 << 11,
	PF_FIBER	= 1 << 12,
	PF_AUTONEG	= 1 << 13,
	PF_PAUSE	= 1 << 14,
	PF_PAUSE_ASYM	= 1 << 15
};

#define MODE(m)		ETHTOOL_LINK_MODE_##m##_BIT

/* What a link mode of ethtool is in OpenFlow. */
static const struct {
	int		 mode;
	uint32_t	 feature;
} port_modes[] = {
	{ MODE(10baseT_Half),		PF_10MB_HD },
	{ MODE(10baseT_Full),		PF_10MB_FD },
	{ MODE(100baseT_Half),		PF_100MB_HD },
	{ MODE(100baseT_Full),		PF_100MB_FD },
	{ MODE(1000baseT_Half),		PF_1GB_HD },
	{ MODE(1000baseT_Full),		PF_1GB_FD },
	{ MODE(1000baseKX_Full),	PF_1GB_FD },
	{ MODE(1000baseX_Full),		PF_1GB_FD },
	{ MODE(10000baseT_Full),	PF_10GB_FD },
	{ MODE(10000baseKX4_Full),	PF_10GB_FD },
	{ MODE(10000baseKR_Full),	PF_10GB_FD },
	{ MODE(10000baseCR_Full),	PF_10GB_FD },
	{ MODE(10000baseSR_Full),	PF_10GB_FD },
	{ MODE(10000baseLR_Full),	PF_10GB_FD },
	{ MODE(40000baseKR4_Full),	PF_40GB_FD },
	{ MODE(40000baseCR4_Full),	PF_40GB_FD },
	{ MODE(40000baseSR4_Full),	PF_40GB_FD },
	{ MODE(40000baseLR4_Full),	PF_40GB_FD },
	{ MODE(100000baseKR4_Full),	PF_100GB_FD },
	{ MODE(100000baseSR4_Full),	PF_100GB_FD },
	{ MODE(100000baseCR4_Full),	PF_100GB_FD },
	{ MODE(100000baseLR4_ER4_Full),	PF_100GB_FD },
	{ MODE(TP),			PF_COPPER },
	{ MODE(FIBRE),			PF_FIBER },
	{ MODE(Autoneg),		PF_AUTONEG },
	{ MODE(Pause),			PF_PAUSE },
	{ MODE(Asym_Pause),		PF_PAUSE_ASYM },
};

/* What a speed is in OpenFlow, Mb/s. */
static const struct {
	uint32_t	 speed;
	uint32_t	 full, half;
} port_speeds[] = {
	{ SPEED_10,	PF_10MB_FD,	PF_10MB_HD },
	{ SPEED_100,	PF_100MB_FD,	PF_100MB_HD },
	{ SPEED_1000,	PF_1GB_FD,	PF_1GB_HD },
	{ SPEED_10000,	PF_10GB_FD,	PF_OTHER },
	{ SPEED_40000,	PF_40GB_FD,	PF_OTHER },
	{ SPEED_100000,	PF_100GB_FD,	PF_OTHER },
	{ 1000000,	PF_1TB_FD,	PF_OTHER },
};

static DEFINE_PER_CPU(unsigned int, port_depth);

static int	port_event(struct notifier_block *, unsigned long, void *);

static struct notifier_block	 port_notifier = {
	.notifier_call = port_event
};

int
host_port_init(void)
{
	return (-register_netdevice_notifier(&port_notifier));
}

void
host_port_fini(void)
{
	unregister_netdevice_notifier(&port_notifier);
}

/*
 * The packet path.
 */

/*
 * The tag that Linux keeps beside the frame goes back into it.  A sum that
 * came with the frame does not cover it.  Consumes skb; NULL: no memory.
 */
static struct sk_buff *
port_vlan(struct sk_buff *skb)
{
	if (skb->ip_summed == CHECKSUM_COMPLETE)
		skb->ip_summed = CHECKSUM_NONE;
	return (__vlan_hwaccel_push_inside(skb));
}

/*
 * A frame, data at its Ethernet header, from the network or from the machine
 * itself.  Consumes skb.  A switch may be a port of a switch: nesting ends
 * before the stack does.
 */
void
host_port_input(struct host_port *hp, struct sk_buff *skb)
{
	struct switch_port *sp = READ_ONCE(hp->hp_port);
	struct pkt p;

	if (unlikely(sp == NULL)) {
		kfree_skb(skb);
		return;
	}
	if (unlikely(skb_vlan_tag_present(skb))) {
		skb = port_vlan(skb);
		if (skb == NULL)
			return;
	}
	if (likely(__this_cpu_inc_return(port_depth) <= HOST_MAX_DEPTH)) {
		pkt_of_skb(skb, &p);
		switch_input(sp, &p);
	} else {
		dev_core_stats_rx_dropped_inc(hp->hp_dev);
		kfree_skb(skb);
	}
	__this_cpu_dec(port_depth);
}

static rx_handler_result_t
host_port_rx(struct sk_buff **pskb)
{
	struct sk_buff *skb = *pskb;

	if (unlikely(skb->pkt_type == PACKET_LOOPBACK))
		return (RX_HANDLER_PASS);
	skb = skb_share_check(skb, GFP_ATOMIC);
	*pskb = skb;
	if (unlikely(skb == NULL))
		return (RX_HANDLER_CONSUMED);
	__skb_push(skb, ETH_HLEN);
	host_port_input(rcu_dereference(skb->dev->rx_handler_data), skb);
	return (RX_HANDLER_CONSUMED);
}

/* Up into the machine's own stack, with nothing left of where it was. */
static void
port_deliver(struct net_device *dev, struct sk_buff *skb)
{
	unsigned int len = skb->len;

	if (!(dev->flags & IFF_UP) || !pskb_may_pull(skb, ETH_HLEN)) {
		dev_core_stats_rx_dropped_inc(dev);
		kfree_skb(skb);
		return;
	}
	skb_orphan(skb);
	skb_dst_drop(skb);
	nf_reset_ct(skb);
	secpath_reset(skb);
	skb_clear_tstamp(skb);
	skb->pkt_type = PACKET_HOST;
	skb->protocol = eth_type_trans(skb, dev);
	local_bh_disable();
	dev_sw_netstats_rx_add(dev, len);
	netif_rx(skb);
	local_bh_enable();
}

/* A tunnel keeps what pkt_tunnel_set put there; anything else is stale. */
static void
port_drop_dst(struct sk_buff *skb)
{
	const struct ip_tunnel_info *info = skb_tunnel_info(skb);

	if (info == NULL || (info->mode & IP_TUNNEL_INFO_TX) == 0)
		skb_dst_drop(skb);
}

void
host_port_xmit(void *arg, struct pkt *p)
{
	struct host_port *hp = arg;
	struct net_device *dev = hp->hp_dev;
	struct sk_buff *skb = pkt_to_skb(p);

	if (hp->hp_local) {
		port_deliver(dev, skb);
		return;
	}
	if (unlikely(!__is_skb_forwardable(dev, skb, true))) {
		dev_core_stats_tx_dropped_inc(dev);
		kfree_skb(skb);
		return;
	}
	if (unlikely(skb_dst(skb) != NULL))
		port_drop_dst(skb);
	skb_forward_csum(skb);
	skb_clear_tstamp(skb);
	skb->dev = dev;
	dev_queue_xmit(skb);
}

/*
 * What the core asks.
 */

void
host_port_info(void *arg, struct host_port_info *hi)
{
	struct host_port *hp = arg;

	spin_lock_bh(&hp->hp_lock);
	*hi = hp->hp_info;
	spin_unlock_bh(&hp->hp_lock);
}

void
host_port_stats(void *arg, struct host_port_stats *hs)
{
	struct host_port *hp = arg;
	struct rtnl_link_stats64 st;

	dev_get_stats(hp->hp_dev, &st);
	hs->hs_rx_dropped = st.rx_dropped;
	hs->hs_tx_dropped = st.tx_dropped;
	hs->hs_rx_errors = st.rx_errors;
	hs->hs_tx_errors = st.tx_errors;
	hs->hs_rx_frame_err = st.rx_frame_errors;
	hs->hs_rx_over_err = st.rx_over_errors;
	hs->hs_rx_crc_err = st.rx_crc_errors;
	hs->hs_collisions = st.collisions;
}

/* The core drops what a port that is down would carry: the device stays up. */
int
host_port_set_up(void *arg, bool up)
{
	return (0);
}

int
host_port_advertise(void *arg, uint32_t features)
{
	return (EOPNOTSUPP);
}

const char *
host_switch_name(void *arg)
{
	struct host_switch *hs = arg;

	return (hs->hsw_name);
}

static uint32_t
port_features(const unsigned long *modes)
{
	uint32_t features = 0;
	unsigned int i;

	for (i = 0; i < nitems(port_modes); i++) {
		if (test_bit(port_modes[i].mode, modes))
			features |= port_modes[i].feature;
	}
	return (features);
}

static uint32_t
port_curr(const struct ethtool_link_ksettings *ks)
{
	uint32_t curr = 0;
	unsigned int i;

	for (i = 0; i < nitems(port_speeds); i++) {
		if (port_speeds[i].speed != ks->base.speed)
			continue;
		curr |= ks->base.duplex == DUPLEX_HALF ?
		    port_speeds[i].half : port_speeds[i].full;
	}
	if (curr == 0)
		curr |= PF_OTHER;
	if (ks->base.port == PORT_TP)
		curr |= PF_COPPER;
	if (ks->base.port == PORT_FIBRE)
		curr |= PF_FIBER;
	if (ks->base.autoneg == AUTONEG_ENABLE)
		curr |= PF_AUTONEG;
	return (curr);
}

static void
port_speed(struct net_device *dev, struct host_port_info *hi)
{
	struct ethtool_link_ksettings ks;
	unsigned int i;

	if (__ethtool_get_link_ksettings(dev, &ks) != 0)
		return;
	hi->hi_supported = port_features(ks.link_modes.supported);
	hi->hi_advertised = port_features(ks.link_modes.advertising);
	hi->hi_peer = port_features(ks.link_modes.lp_advertising);
	if (ks.base.speed == (uint32_t)SPEED_UNKNOWN)
		return;
	hi->hi_curr = port_curr(&ks);
	hi->hi_curr_speed = ks.base.speed * 1000;
	hi->hi_max_speed = hi->hi_curr_speed;
	for (i = 0; i < nitems(port_speeds); i++) {
		if ((hi->hi_supported & port_speeds[i].full) != 0)
			hi->hi_max_speed = max(hi->hi_max_speed,
			    port_speeds[i].speed * 1000);
	}
}

/* Learn what the core will ask. */
static void
port_learn(struct host_port *hp)
{
	struct net_device *dev = hp->hp_dev;
	struct host_port_info hi = { };

	ASSERT_RTNL();
	strscpy(hi.hi_name, dev->name, sizeof(hi.hi_name));
	memcpy(hi.hi_hwaddr, dev->dev_addr, sizeof(hi.hi_hwaddr));
	hi.hi_up = (dev->flags & IFF_UP) != 0;
	hi.hi_link = netif_running(dev) && netif_carrier_ok(dev);
	hi.hi_mtu = dev->mtu;
	port_speed(dev, &hi);
	spin_lock_bh(&hp->hp_lock);
	hp->hp_info = hi;
	spin_unlock_bh(&hp->hp_lock);
}

/*
 * Coming and going.
 */

static void
port_init(struct host_port *hp, struct host_switch *hs, struct net_device *dev)
{
	hp->hp_dev = dev;
	hp->hp_switch = hs;
	spin_lock_init(&hp->hp_lock);
	INIT_LIST_HEAD(&hp->hp_entry);
	port_learn(hp);
}

/* From here on, until port_detach, the core knows the port and is fed. */
static int
port_attach(struct host_port *hp)
{
	struct switch_port *sp;
	int error;

	error = switch_port_add(hp->hp_switch->hsw_core, &hp->hp_conf, hp,
	    &sp);
	if (error == 0)
		WRITE_ONCE(hp->hp_port, sp);
	return (error);
}

static void
port_detach(struct host_port *hp)
{
	struct switch_port *sp = hp->hp_port;

	WRITE_ONCE(hp->hp_port, NULL);
	synchronize_net();
	switch_port_del(sp);
}

/* May this device be a port?  0, EINVAL, EOPNOTSUPP, EBUSY. */
static int
port_check(struct net_device *dev, struct netlink_ext_ack *extack)
{
	if ((dev->flags & IFF_LOOPBACK) != 0 || dev->type != ARPHRD_ETHER ||
	    dev->addr_len != ETH_ALEN) {
		NL_SET_ERR_MSG(extack, "switch: not an Ethernet device");
		return (EINVAL);
	}
	if ((dev->priv_flags & IFF_DONT_BRIDGE) != 0) {
		NL_SET_ERR_MSG(extack,
		    "switch: device does not carry frames of others");
		return (EOPNOTSUPP);
	}
	if (netdev_is_rx_handler_busy(dev)) {
		NL_SET_ERR_MSG(extack,
		    "switch: device belongs to a bridge, switch or bond");
		return (EBUSY);
	}
	return (0);
}

/* The switch's own headroom is that of its most demanding port. */
static void
port_headroom(struct host_switch *hs)
{
	struct net_device *dev = hs->hsw_local.hp_dev;
	const struct host_port *hp;
	unsigned short room = 0;

	list_for_each_entry(hp, &hs->hsw_ports, hp_entry)
		room = max(room, netdev_get_fwd_headroom(hp->hp_dev));
	dev->needed_headroom = room;
	list_for_each_entry(hp, &hs->hsw_ports, hp_entry)
		netdev_set_rx_headroom(hp->hp_dev, room);
}

int
host_port_add(struct host_switch *hs, struct net_device *dev,
    struct netlink_ext_ack *extack)
{
	struct net_device *master = hs->hsw_local.hp_dev;
	struct host_port *hp;
	int error;

	ASSERT_RTNL();
	error = port_check(dev, extack);
	if (error != 0)
		return (error);
	hp = kzalloc(sizeof(*hp), GFP_KERNEL_ACCOUNT);
	if (hp == NULL)
		return (ENOMEM);
	port_init(hp, hs, dev);
	netdev_hold(dev, &hp->hp_tracker, GFP_KERNEL);
	error = -dev_set_promiscuity(dev, 1);
	if (error != 0)
		goto put;
	error = -netdev_rx_handler_register(dev, host_port_rx, hp);
	if (error != 0)
		goto calm;
	error = -netdev_master_upper_dev_link(dev, master, NULL, NULL, extack);
	if (error != 0)
		goto unhook;
	dev_disable_lro(dev);
	error = host_number_choose(hs, dev->name, &hp->hp_conf.sp_no);
	if (error == 0)
		error = port_attach(hp);
	if (error != 0)
		goto unlink;
	error = -sysfs_create_group(&dev->dev.kobj, &host_port_group);
	if (error != 0)
		goto detach;
	list_add_tail(&hp->hp_entry, &hs->hsw_ports);
	port_headroom(hs);
	return (0);

detach:
	port_detach(hp);
unlink:
	netdev_upper_dev_unlink(dev, master);
unhook:
	netdev_rx_handler_unregister(dev);
calm:
	dev_set_promiscuity(dev, -1);
put:
	host_queues_free(hp);
	netdev_put(dev, &hp->hp_tracker);
	kfree(hp);
	return (error);
}

void
host_port_del(struct host_port *hp)
{
	struct host_switch *hs = hp->hp_switch;
	struct net_device *dev = hp->hp_dev;

	ASSERT_RTNL();
	list_del(&hp->hp_entry);
	host_number_keep(hs, dev->name, switch_port_no(hp->hp_port));
	netdev_reset_rx_headroom(dev);
	sysfs_remove_group(&dev->dev.kobj, &host_port_group);
	netdev_rx_handler_unregister(dev);
	port_detach(hp);
	netdev_upper_dev_unlink(dev, hs->hsw_local.hp_dev);
	dev_set_promiscuity(dev, -1);
	port_headroom(hs);
	host_queues_free(hp);
	netdev_put(dev, &hp->hp_tracker);
	kfree(hp);
}

/* LOCAL: the switch's own network device, for as long as the switch is. */
int
host_port_local_add(struct host_switch *hs, struct net_device *dev)
{
	struct host_port *hp = &hs->hsw_local;

	port_init(hp, hs, dev);
	hp->hp_local = true;
	hp->hp_conf.sp_local = true;
	return (port_attach(hp));
}

void
host_port_local_del(struct host_switch *hs)
{
	if (hs->hsw_local.hp_port != NULL)
		port_detach(&hs->hsw_local);
	host_queues_free(&hs->hsw_local);
}

/*
 * Settings.  Another number is another port to the controller: the new one
 * comes, or nothing changes, and then the old one goes.
 */
int
host_port_conf(struct host_port *hp, const struct switch_port_conf *conf)
{
	struct switch_port *old = hp->hp_port, *sp;
	int error;

	ASSERT_RTNL();
	if (conf->sp_no == switch_port_no(old))
		return (switch_port_conf_set(old, conf));
	error = switch_port_add(hp->hp_switch->hsw_core, conf, hp, &sp);
	if (error != 0)
		return (error);
	WRITE_ONCE(hp->hp_port, sp);
	synchronize_net();
	switch_port_del(old);
	return (0);
}

/* The port that a device is, or NULL. */
struct host_port *
host_port_of(const struct net_device *dev)
{
	ASSERT_RTNL();
	if (rtnl_dereference(dev->rx_handler) != host_port_rx)
		return (NULL);
	return (rtnl_dereference(dev->rx_handler_data));
}

static void
port_changed(struct host_port *hp)
{
	if (hp == NULL || hp->hp_port == NULL)
		return;
	port_learn(hp);
	switch_port_changed(hp->hp_port);
}

/* Something happened to a device that may be a port, or LOCAL, or both. */
static int
port_event(struct notifier_block *nb, unsigned long event, void *ptr)
{
	struct net_device *dev = netdev_notifier_info_to_dev(ptr);
	struct host_port *hp = host_port_of(dev);

	switch (event) {
	case NETDEV_PRE_TYPE_CHANGE:
		return (hp != NULL ? NOTIFY_BAD : NOTIFY_DONE);
	case NETDEV_UNREGISTER:
		if (hp != NULL)
			host_port_del(hp);
		return (NOTIFY_DONE);
	case NETDEV_UP:
	case NETDEV_DOWN:
	case NETDEV_CHANGE:
	case NETDEV_CHANGEADDR:
	case NETDEV_CHANGEMTU:
	case NETDEV_CHANGENAME:
		port_changed(hp);
		if (host_link_is(dev))
			port_changed(&host_switch_of(dev)->hsw_local);
		return (NOTIFY_DONE);
	default:
		return (NOTIFY_DONE);
	}
}
