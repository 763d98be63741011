/*
 * SPDX-License-Identifier: ISC
 *
 * link_linux.c: the module, and a switch as a network device.
 *
 *	ip link add switch0 type switch		link_new
 *	ip link set eth1 master switch0		link_add_slave
 *	ip link del switch0			link_uninit, host_dev_dead
 *
 * The device is the switch's LOCAL port: what the machine sends on it enters
 * the pipeline, what the pipeline outputs to LOCAL it receives.  Ports forward
 * whether LOCAL is up or not.
 */
#include <linux/etherdevice.h>
#include <linux/ethtool.h>
#include <linux/module.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <net/rtnetlink.h>

#include "host_linux.h"
#include "switch_link.h"

static int		link_init(struct net_device *);
static void		link_uninit(struct net_device *);
static void		link_free(struct net_device *);
static netdev_tx_t	link_xmit(struct sk_buff *, struct net_device *);
static void		link_rx_mode(struct net_device *);
static int		link_add_slave(struct net_device *, struct net_device *,
			    struct netlink_ext_ack *);
static int		link_del_slave(struct net_device *,
			    struct net_device *);
static void		link_drvinfo(struct net_device *,
			    struct ethtool_drvinfo *);
static int		link_sset_count(struct net_device *, int);
static void		link_strings(struct net_device *, u32, u8 *);
static void		link_stats(struct net_device *, struct ethtool_stats *,
			    u64 *);

static const struct net_device_ops	 link_netdev_ops = {
	.ndo_init = link_init,
	.ndo_uninit = link_uninit,
	.ndo_start_xmit = link_xmit,
	.ndo_set_rx_mode = link_rx_mode,
	.ndo_get_stats64 = dev_get_tstats64,
	.ndo_set_mac_address = eth_mac_addr,
	.ndo_validate_addr = eth_validate_addr,
	.ndo_add_slave = link_add_slave,
	.ndo_del_slave = link_del_slave,
	.ndo_features_check = passthru_features_check,
};

static const struct ethtool_ops		 link_ethtool_ops = {
	.get_drvinfo = link_drvinfo,
	.get_link = ethtool_op_get_link,
	.get_sset_count = link_sset_count,
	.get_strings = link_strings,
	.get_ethtool_stats = link_stats,
};

static const struct device_type		 link_type = {
	.name = "switch",
};

bool
host_link_is(const struct net_device *dev)
{
	return (dev->netdev_ops == &link_netdev_ops);
}

/*
 * The network device.
 */

static int
link_init(struct net_device *dev)
{
	dev->tstats = netdev_alloc_pcpu_stats(struct pcpu_sw_netstats);
	return (dev->tstats == NULL ? -ENOMEM : 0);
}

static void
link_rx_mode(struct net_device *dev)
{
	/* The pipeline decides what LOCAL receives. */
}

/* What the machine sends.  Consumes skb. */
static netdev_tx_t
link_xmit(struct sk_buff *skb, struct net_device *dev)
{
	struct host_switch *hs = host_switch_of(dev);

	if (!pskb_may_pull(skb, ETH_HLEN)) {
		dev_core_stats_tx_dropped_inc(dev);
		kfree_skb(skb);
		return (NETDEV_TX_OK);
	}
	dev_sw_netstats_tx_add(dev, 1, skb->len);
	rcu_read_lock();
	host_port_input(&hs->hsw_local, skb);
	rcu_read_unlock();
	return (NETDEV_TX_OK);
}

static int
link_add_slave(struct net_device *dev, struct net_device *slave,
    struct netlink_ext_ack *extack)
{
	struct host_switch *hs = host_switch_of(dev);

	if (hs->hsw_core == NULL)
		return (-ENODEV);
	return (-host_port_add(hs, slave, extack));
}

static int
link_del_slave(struct net_device *dev, struct net_device *slave)
{
	struct host_port *hp = host_port_of(slave);

	if (hp == NULL || hp->hp_switch != host_switch_of(dev))
		return (-EINVAL);
	host_port_del(hp);
	return (0);
}

/* ethtool -i, -S: what the core counts. */
static void
link_drvinfo(struct net_device *dev, struct ethtool_drvinfo *info)
{
	strscpy(info->driver, "switch", sizeof(info->driver));
	strscpy(info->bus_info, host_switch_of(dev)->hsw_name,
	    sizeof(info->bus_info));
}

static int
link_sset_count(struct net_device *dev, int set)
{
	struct switch_softc *core = host_switch_of(dev)->hsw_core;
	unsigned int n = 0;
	uint64_t value;

	if (set != ETH_SS_STATS || core == NULL)
		return (-EOPNOTSUPP);
	while (switch_counter(core, n, &value) != NULL)
		n++;
	return (n);
}

static void
link_strings(struct net_device *dev, u32 set, u8 *strings)
{
	struct switch_softc *core = host_switch_of(dev)->hsw_core;
	const char *name;
	unsigned int i;
	uint64_t value;

	if (set != ETH_SS_STATS)
		return;
	for (i = 0; (name = switch_counter(core, i, &value)) != NULL; i++)
		strscpy(strings + i * ETH_GSTRING_LEN, name, ETH_GSTRING_LEN);
}

static void
link_stats(struct net_device *dev, struct ethtool_stats *stats, u64 *values)
{
	struct switch_softc *core = host_switch_of(dev)->hsw_core;
	uint64_t value;
	unsigned int i;

	for (i = 0; i < stats->n_stats; i++) {
		value = 0;
		(void)switch_counter(core, i, &value);
		values[i] = value;
	}
}

/*
 * The life of a switch.
 */

static void
link_tick(struct work_struct *work)
{
	struct host_switch *hs = container_of(work, struct host_switch,
	    hsw_tick.work);

	if (switch_tick(hs->hsw_core))
		while (switch_expire(hs->hsw_core))
			cond_resched();
	queue_delayed_work(system_long_wq, &hs->hsw_tick, HZ);
}

/* The unit in a name like switch7; -1: any ("switch%d"); -2: neither. */
static int
link_unit(const char *name)
{
	unsigned int unit;
	char canon[IFNAMSIZ];

	if (strcmp(name, "switch%d") == 0)
		return (-1);
	if (sscanf(name, "switch%u", &unit) != 1 || unit > 9999)
		return (-2);
	snprintf(canon, sizeof(canon), "switch%u", unit);
	return (strcmp(name, canon) == 0 ? unit : -2);
}

/* The switch behind the link: node number, core, nothing to be seen yet. */
static int
link_prepare(struct net_device *dev, struct nlattr **data,
    struct netlink_ext_ack *extack)
{
	struct host_link *hl = netdev_priv(dev);
	struct switch_conf *conf = &hl->hl_conf;
	struct host_switch *hs;
	int error, unit;

	unit = link_unit(dev->name);
	if (unit == -2) {
		NL_SET_ERR_MSG(extack,
		    "switch: the name is switchN, as in /dev/switchN");
		return (EINVAL);
	}
	error = host_conf_of(data, conf, extack);
	if (error != 0)
		return (error);
	error = host_dev_new(unit, &hs);
	if (error == EEXIST)
		NL_SET_ERR_MSG(extack,
		    "switch: no such number, or in use in some namespace");
	if (error != 0)
		return (error);
	INIT_DELAYED_WORK(&hs->hsw_tick, link_tick);
	hl->hl_switch = hs;
	strscpy(dev->name, hs->hsw_name, sizeof(dev->name));
	hs->hsw_core = switch_create(conf, hs);
	return (hs->hsw_core == NULL ? ENOMEM : 0);
}

/* Undo link_prepare: after the link is gone, or never came. */
static void
link_free(struct net_device *dev)
{
	struct host_link *hl = netdev_priv(dev);
	struct host_switch *hs = hl->hl_switch;
	struct switch_softc *core;

	if (hs == NULL)
		return;
	hl->hl_switch = NULL;
	core = host_dev_dead(hs);
	if (core != NULL)
		switch_destroy(core);
	put_device(&hs->hsw_device);
	free_percpu(dev->tstats);
	dev->tstats = NULL;
}

/* The link goes, for whatever reason: nothing feeds the core from here on. */
static void
link_uninit(struct net_device *dev)
{
	struct host_switch *hs = host_switch_of(dev);
	struct host_port *hp, *next;
	struct switch_softc *core;

	cancel_delayed_work_sync(&hs->hsw_tick);
	core = host_dev_dead(hs);
	list_for_each_entry_safe(hp, next, &hs->hsw_ports, hp_entry)
		host_port_del(hp);
	host_number_free(hs);
	host_port_local_del(hs);
	switch_destroy(core);
	if (device_is_registered(&hs->hsw_device))
		host_dev_del(hs);
}

#ifdef HAVE_NEWLINK_PARAMS
static int
link_new(struct net_device *dev, struct rtnl_newlink_params *params,
    struct netlink_ext_ack *extack)
{
	struct nlattr **data = params->data;
#else
static int
link_new(struct net *net, struct net_device *dev, struct nlattr **tb,
    struct nlattr **data, struct netlink_ext_ack *extack)
{
#endif
	struct host_switch *hs;
	int error;

	error = link_prepare(dev, data, extack);
	if (error == 0)
		error = -register_netdevice(dev);
	if (error != 0) {
		link_free(dev);
		return (-error);
	}
	hs = host_switch_of(dev);
	error = host_port_local_add(hs, dev);
	if (error == 0)
		error = host_dev_add(hs);
	if (error != 0) {
		unregister_netdevice(dev);
		return (-error);
	}
	queue_delayed_work(system_long_wq, &hs->hsw_tick, HZ);
	return (0);
}

static void
link_setup(struct net_device *dev)
{
	ether_setup(dev);
	dev->netdev_ops = &link_netdev_ops;
	dev->ethtool_ops = &link_ethtool_ops;
	dev->needs_free_netdev = true;
	dev->priv_destructor = link_free;
	dev->sysfs_groups[0] = &host_switch_group;
	SET_NETDEV_DEVTYPE(dev, &link_type);
	dev->priv_flags &= ~IFF_TX_SKB_SHARING;
	dev->priv_flags |= IFF_NO_QUEUE | IFF_UNICAST_FLT |
	    IFF_LIVE_ADDR_CHANGE;
	dev->max_mtu = ETH_MAX_MTU;
	dev->hw_features = NETIF_F_SG | NETIF_F_FRAGLIST | NETIF_F_HIGHDMA |
	    NETIF_F_HW_CSUM | NETIF_F_GSO_SOFTWARE;
	dev->vlan_features = dev->hw_features;
	dev->hw_enc_features = dev->hw_features;
	dev->features = dev->hw_features;
#ifdef HAVE_NETNS_IMMUTABLE
	dev->netns_immutable = true;
	dev->lltx = true;
#else
	dev->features |= NETIF_F_NETNS_LOCAL | NETIF_F_LLTX;
#endif
	eth_hw_addr_random(dev);
}

/*
 * The link type.
 */

static int
link_change(struct net_device *dev, struct nlattr **tb, struct nlattr **data,
    struct netlink_ext_ack *extack)
{
	struct switch_softc *core = host_switch_of(dev)->hsw_core;
	struct switch_conf conf;
	int error;

	switch_conf_get(core, &conf);
	error = host_conf_of(data, &conf, extack);
	if (error == 0)
		error = switch_conf_set(core, &conf);
	return (-error);
}

static size_t
link_size(const struct net_device *dev)
{
	return (host_conf_size());
}

static int
link_fill(struct sk_buff *skb, const struct net_device *dev)
{
	struct switch_softc *core = host_switch_of(dev)->hsw_core;
	struct switch_conf conf;

	if (core == NULL)
		return (0);
	switch_conf_get(core, &conf);
	return (-host_conf_put(skb, &conf));
}

static int
link_slave_change(struct net_device *dev, struct net_device *slave,
    struct nlattr **tb, struct nlattr **data, struct netlink_ext_ack *extack)
{
	struct host_port *hp = host_port_of(slave);
	struct switch_port_conf conf;
	int error;

	if (hp == NULL || hp->hp_port == NULL)
		return (-EINVAL);
	switch_port_conf_get(hp->hp_port, &conf);
	error = host_port_conf_of(data, &conf);
	if (error == 0)
		error = host_port_conf(hp, &conf);
	return (-error);
}

static size_t
link_slave_size(const struct net_device *dev, const struct net_device *slave)
{
	return (host_port_conf_size());
}

static int
link_slave_fill(struct sk_buff *skb, const struct net_device *dev,
    const struct net_device *slave)
{
	const struct host_port *hp = host_port_of(slave);
	struct switch_port_conf conf;

	if (hp == NULL || hp->hp_port == NULL)
		return (0);
	switch_port_conf_get(hp->hp_port, &conf);
	return (-host_port_conf_put(skb, &conf));
}

static struct rtnl_link_ops		 link_ops = {
	.kind = SWITCH_LINK_KIND,
	.priv_size = sizeof(struct host_link),
	.setup = link_setup,
	.newlink = link_new,
	.maxtype = IFLA_SWITCH_MAX_,
	.policy = host_switch_policy,
	.changelink = link_change,
	.get_size = link_size,
	.fill_info = link_fill,
	.slave_maxtype = IFLA_SWITCH_PORT_MAX_,
	.slave_policy = host_port_policy,
	.slave_changelink = link_slave_change,
	.get_slave_size = link_slave_size,
	.fill_slave_info = link_slave_fill,
};

/*
 * The module.
 */

static int __init
link_module_init(void)
{
	int error;

	host_conf_init();
	error = host_dev_init();
	if (error != 0)
		return (-error);
	error = host_port_init();
	if (error != 0)
		goto fini_dev;
	error = -rtnl_link_register(&link_ops);
	if (error != 0)
		goto fini_port;
	return (0);

fini_port:
	host_port_fini();
fini_dev:
	host_dev_fini();
	return (-error);
}

/* No link is left after the first step, so that nobody needs the others. */
static void __exit
link_module_exit(void)
{
	rtnl_link_unregister(&link_ops);
	host_port_fini();
	smr_barrier();
	host_dev_fini();
}

module_init(link_module_init);
module_exit(link_module_exit);

MODULE_DESCRIPTION("OpenFlow switch");
MODULE_LICENSE("Dual BSD/GPL");
MODULE_ALIAS_RTNL_LINK(SWITCH_LINK_KIND);
