/*
 * SPDX-License-Identifier: ISC
 *
 * conf_linux.c: the settings of a switch and of a port, as files below
 * /sys/class/net/switch0/switch/ and /sys/class/net/eth1/switch_port/ and as
 * attributes of rtnetlink (switch_link.h).  One row a setting serves both.
 *
 * Everybody who may change the link may change a setting, but a limit, that
 * is: how much memory a switch may use, is for root of the machine alone.
 */
#include <linux/capability.h>
#include <linux/etherdevice.h>
#include <linux/rtnetlink.h>
#include <linux/sysfs.h>
#include <net/net_namespace.h>

#include "host_linux.h"
#include "switch_link.h"

enum conf_type {
	CONF_U32,		/* also of an enum or bool in the struct */
	CONF_HEX64,
	CONF_STRING,
	CONF_MAC
};

struct conf_row {
	struct device_attribute	 cr_file;
	int			 cr_attr;	/* IFLA_SWITCH_* */
	enum conf_type		 cr_type;
	size_t			 cr_off;	/* in the struct */
	size_t			 cr_size;
	bool			 cr_limit;
};

static ssize_t	conf_show(struct device *, struct device_attribute *, char *);
static ssize_t	conf_store(struct device *, struct device_attribute *,
		    const char *, size_t);
static ssize_t	port_show(struct device *, struct device_attribute *, char *);
static ssize_t	port_store(struct device *, struct device_attribute *,
		    const char *, size_t);

#define ROW(name, attr, type, member, limit) {				\
	.cr_file = __ATTR(name, 0644, conf_show, conf_store),		\
	.cr_attr = IFLA_SWITCH_##attr,					\
	.cr_type = (type),						\
	.cr_off = offsetof(struct switch_conf, member),			\
	.cr_size = sizeof_field(struct switch_conf, member),		\
	.cr_limit = (limit)						\
}

static struct conf_row	 conf_rows[] = {
ROW(datapath_id,	DPID,		CONF_HEX64,	sc_dpid,	false),
ROW(fail_mode,		FAIL_MODE,	CONF_U32,	sc_fail_mode,	false),
ROW(fail_delay,		FAIL_DELAY,	CONF_U32,	sc_fail_delay,	false),
ROW(tables,		TABLES,		CONF_U32,	sc_tables,	true),
ROW(max_flows,		MAX_FLOWS,	CONF_U32,	sc_max_flows,	true),
ROW(max_flows_all,	MAX_FLOWS_ALL,	CONF_U32,	sc_max_flows_all, true),
ROW(max_groups,		MAX_GROUPS,	CONF_U32,	sc_max_groups,	true),
ROW(max_buckets,	MAX_BUCKETS,	CONF_U32,	sc_max_buckets,	true),
ROW(max_meters,		MAX_METERS,	CONF_U32,	sc_max_meters,	true),
ROW(max_buffers,	MAX_BUFFERS,	CONF_U32,	sc_max_buffers,	true),
ROW(max_controllers,	MAX_CONTROLLERS, CONF_U32,	sc_max_chans,	true),
ROW(queue_bytes,	QUEUE_BYTES,	CONF_U32,	sc_chan_queue,	true),
ROW(cache,		CACHE,		CONF_U32,	sc_cache,	true),
ROW(mpls_after_vlan,	MPLS_AFTER_VLAN, CONF_U32,	sc_mpls_after_vlan,
    false),
ROW(description,	DESCRIPTION,	CONF_STRING,	sc_dp_desc,	false),
ROW(serial,		SERIAL,		CONF_STRING,	sc_serial,	false),
};

#define PORT_ROW(name, attr, type, member) {				\
	.cr_file = __ATTR(name, 0644, port_show, port_store),		\
	.cr_attr = IFLA_SWITCH_PORT_##attr,				\
	.cr_type = (type),						\
	.cr_off = offsetof(struct switch_port_conf, member),		\
	.cr_size = sizeof_field(struct switch_port_conf, member)	\
}

static struct conf_row	 port_rows[] = {
PORT_ROW(number,	NUMBER,		CONF_U32,	sp_no),
PORT_ROW(domains,	DOMAINS,	CONF_U32,	sp_domains),
PORT_ROW(lock_mac,	LOCK_MAC,	CONF_MAC,	sp_mac),
};

static struct attribute	*conf_files[nitems(conf_rows) + 1];
static struct attribute	*port_files[nitems(port_rows) + 1];

const struct attribute_group	 host_switch_group = {
	.name = "switch",
	.attrs = conf_files,
};

const struct attribute_group	 host_port_group = {
	.name = "switch_port",
	.attrs = port_files,
};

#define POLICY_U32		{ .type = NLA_U32 }
const struct nla_policy		 host_switch_policy[IFLA_SWITCH_MAX_ + 1] = {
	[IFLA_SWITCH_DPID] = { .type = NLA_U64 },
	[IFLA_SWITCH_FAIL_MODE ... IFLA_SWITCH_MPLS_AFTER_VLAN] = POLICY_U32,
	[IFLA_SWITCH_DESCRIPTION] = { .type = NLA_NUL_STRING, .len = 255 },
	[IFLA_SWITCH_SERIAL] = { .type = NLA_NUL_STRING, .len = 31 },
};

const struct nla_policy		 host_port_policy[IFLA_SWITCH_PORT_MAX_ + 1] = {
	[IFLA_SWITCH_PORT_NUMBER ... IFLA_SWITCH_PORT_DOMAINS] = POLICY_U32,
	[IFLA_SWITCH_PORT_LOCK_MAC] = NLA_POLICY_EXACT_LEN(ETH_ALEN),
};

void
host_conf_init(void)
{
	unsigned int i;

	for (i = 0; i < nitems(conf_rows); i++)
		conf_files[i] = &conf_rows[i].cr_file.attr;
	for (i = 0; i < nitems(port_rows); i++)
		port_files[i] = &port_rows[i].cr_file.attr;
}

/*
 * A member of a struct switch_conf or switch_port_conf.
 */

static uint32_t
row_u32(const struct conf_row *row, const void *conf)
{
	const uint8_t *at = (const uint8_t *)conf + row->cr_off;
	uint32_t v;

	if (row->cr_size == sizeof(bool))
		return (*at);
	memcpy(&v, at, sizeof(v));
	return (v);
}

static void
row_u32_set(const struct conf_row *row, void *conf, uint32_t v)
{
	uint8_t *at = (uint8_t *)conf + row->cr_off;

	if (row->cr_size == sizeof(bool))
		*at = v != 0;
	else
		memcpy(at, &v, sizeof(v));
}

static int
row_print(const struct conf_row *row, const void *conf, char *buf)
{
	const uint8_t *at = (const uint8_t *)conf + row->cr_off;
	uint64_t v;

	switch (row->cr_type) {
	case CONF_U32:
		return (sysfs_emit(buf, "%u\n", row_u32(row, conf)));
	case CONF_HEX64:
		memcpy(&v, at, sizeof(v));
		return (sysfs_emit(buf, "0x%016llx\n", v));
	case CONF_STRING:
		return (sysfs_emit(buf, "%.*s\n", (int)row->cr_size, at));
	case CONF_MAC:
		return (sysfs_emit(buf, "%pM\n", at));
	}
	return (-EINVAL);
}

static int
row_parse(const struct conf_row *row, void *conf, const char *buf, size_t len)
{
	uint8_t *at = (uint8_t *)conf + row->cr_off;
	uint32_t v32;
	uint64_t v;

	while (len > 0 && buf[len - 1] == '\n')
		len--;
	switch (row->cr_type) {
	case CONF_U32:
		if (kstrtou32(buf, 0, &v32) != 0)
			return (EINVAL);
		row_u32_set(row, conf, v32);
		return (0);
	case CONF_HEX64:
		if (kstrtou64(buf, 0, &v) != 0)
			return (EINVAL);
		memcpy(at, &v, sizeof(v));
		return (0);
	case CONF_STRING:
		if (len >= row->cr_size)
			return (EINVAL);
		memset(at, 0, row->cr_size);
		memcpy(at, buf, len);
		return (0);
	case CONF_MAC:
		if (len != 17 || !mac_pton(buf, at))
			return (EINVAL);
		return (0);
	}
	return (EINVAL);
}

/* Rows of either table from attributes that passed their policy. */
static void
row_get(const struct conf_row *row, void *conf, struct nlattr **data)
{
	const struct nlattr *nla = data[row->cr_attr];
	uint8_t *at = (uint8_t *)conf + row->cr_off;
	uint64_t v;

	if (nla == NULL)
		return;
	switch (row->cr_type) {
	case CONF_U32:
		row_u32_set(row, conf, nla_get_u32(nla));
		break;
	case CONF_HEX64:
		v = nla_get_u64(nla);
		memcpy(at, &v, sizeof(v));
		break;
	case CONF_STRING:
		nla_strscpy(at, nla, row->cr_size);
		break;
	case CONF_MAC:
		nla_memcpy(at, nla, row->cr_size);
		break;
	}
}

static int
row_put(const struct conf_row *row, const void *conf, struct sk_buff *skb)
{
	const uint8_t *at = (const uint8_t *)conf + row->cr_off;
	uint64_t v;

	switch (row->cr_type) {
	case CONF_U32:
		return (nla_put_u32(skb, row->cr_attr, row_u32(row, conf)));
	case CONF_HEX64:
		memcpy(&v, at, sizeof(v));
		return (nla_put_u64_64bit(skb, row->cr_attr, v,
		    IFLA_SWITCH_PAD));
	case CONF_STRING:
		return (nla_put_string(skb, row->cr_attr, at));
	case CONF_MAC:
		return (nla_put(skb, row->cr_attr, row->cr_size, at));
	}
	return (-EINVAL);
}

static size_t
rows_size(const struct conf_row *rows, unsigned int n)
{
	size_t size = 0;
	unsigned int i;

	for (i = 0; i < n; i++)
		size += nla_total_size_64bit(max(rows[i].cr_size,
		    sizeof(uint32_t)));
	return (size);
}

/*
 * The switch.
 */

/* Change conf by attributes; data may be NULL. */
int
host_conf_of(struct nlattr **data, struct switch_conf *conf,
    struct netlink_ext_ack *extack)
{
	const struct conf_row *row;

	for (row = conf_rows; row < &conf_rows[nitems(conf_rows)]; row++) {
		if (data == NULL || data[row->cr_attr] == NULL)
			continue;
		if (row->cr_limit && !capable(CAP_NET_ADMIN)) {
			NL_SET_ERR_MSG_ATTR(extack, data[row->cr_attr],
			    "switch: a limit is for root of the machine");
			return (EPERM);
		}
		row_get(row, conf, data);
	}
	return (0);
}

size_t
host_conf_size(void)
{
	return (rows_size(conf_rows, nitems(conf_rows)));
}

int
host_conf_put(struct sk_buff *skb, const struct switch_conf *conf)
{
	unsigned int i;

	for (i = 0; i < nitems(conf_rows); i++) {
		if (row_put(&conf_rows[i], conf, skb) != 0)
			return (EMSGSIZE);
	}
	return (0);
}

static ssize_t
conf_show(struct device *device, struct device_attribute *file, char *buf)
{
	const struct conf_row *row = container_of(file, struct conf_row,
	    cr_file);
	struct host_switch *hs = host_switch_of(to_net_dev(device));
	struct switch_conf conf;
	ssize_t n = -ENODEV;

	if (!rtnl_trylock())
		return (restart_syscall());
	if (hs->hsw_core != NULL) {
		switch_conf_get(hs->hsw_core, &conf);
		n = row_print(row, &conf, buf);
	}
	rtnl_unlock();
	return (n);
}

static ssize_t
conf_store(struct device *device, struct device_attribute *file,
    const char *buf, size_t len)
{
	const struct conf_row *row = container_of(file, struct conf_row,
	    cr_file);
	struct net_device *dev = to_net_dev(device);
	struct host_switch *hs = host_switch_of(dev);
	struct switch_conf conf;
	int error = ENODEV;

	if (!ns_capable(dev_net(dev)->user_ns, CAP_NET_ADMIN) ||
	    (row->cr_limit && !capable(CAP_NET_ADMIN)))
		return (-EPERM);
	if (!rtnl_trylock())
		return (restart_syscall());
	if (hs->hsw_core != NULL) {
		switch_conf_get(hs->hsw_core, &conf);
		error = row_parse(row, &conf, buf, len);
		if (error == 0)
			error = switch_conf_set(hs->hsw_core, &conf);
	}
	rtnl_unlock();
	return (error == 0 ? len : -error);
}

/*
 * A port.  Its address is locked when it is not all zero.
 */

static void
port_lock(struct switch_port_conf *conf)
{
	conf->sp_lock_mac = !is_zero_ether_addr(conf->sp_mac);
}

int
host_port_conf_of(struct nlattr **data, struct switch_port_conf *conf)
{
	unsigned int i;

	for (i = 0; data != NULL && i < nitems(port_rows); i++)
		row_get(&port_rows[i], conf, data);
	port_lock(conf);
	return (0);
}

size_t
host_port_conf_size(void)
{
	return (rows_size(port_rows, nitems(port_rows)));
}

int
host_port_conf_put(struct sk_buff *skb, const struct switch_port_conf *conf)
{
	unsigned int i;

	for (i = 0; i < nitems(port_rows); i++) {
		if (row_put(&port_rows[i], conf, skb) != 0)
			return (EMSGSIZE);
	}
	return (0);
}

static ssize_t
port_show(struct device *device, struct device_attribute *file, char *buf)
{
	const struct conf_row *row = container_of(file, struct conf_row,
	    cr_file);
	struct switch_port_conf conf;
	struct host_port *hp;
	ssize_t n = -ENODEV;

	if (!rtnl_trylock())
		return (restart_syscall());
	hp = host_port_of(to_net_dev(device));
	if (hp != NULL && hp->hp_port != NULL) {
		switch_port_conf_get(hp->hp_port, &conf);
		n = row_print(row, &conf, buf);
	}
	rtnl_unlock();
	return (n);
}

static ssize_t
port_store(struct device *device, struct device_attribute *file,
    const char *buf, size_t len)
{
	const struct conf_row *row = container_of(file, struct conf_row,
	    cr_file);
	struct net_device *dev = to_net_dev(device);
	struct switch_port_conf conf;
	struct host_port *hp;
	int error = ENODEV;

	if (!ns_capable(dev_net(dev)->user_ns, CAP_NET_ADMIN))
		return (-EPERM);
	if (!rtnl_trylock())
		return (restart_syscall());
	hp = host_port_of(dev);
	if (hp != NULL && hp->hp_port != NULL) {
		switch_port_conf_get(hp->hp_port, &conf);
		error = row_parse(row, &conf, buf, len);
		port_lock(&conf);
		if (error == 0)
			error = host_port_conf(hp, &conf);
	}
	rtnl_unlock();
	return (error == 0 ? len : -error);
}
