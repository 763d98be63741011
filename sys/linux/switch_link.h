/*
 * SPDX-License-Identifier: ISC
 *
 * switch_link.h: what rtnetlink carries about a link of kind "switch"
 * (IFLA_INFO_DATA) and about its ports (IFLA_INFO_SLAVE_DATA).
 *
 * For the module and for programs; stock ip(8) needs none of it.  Values are
 * in host order.  Numbers are never given a second meaning.
 */
#ifndef _LINUX_SWITCH_LINK_H_
#define _LINUX_SWITCH_LINK_H_

#define SWITCH_LINK_KIND	"switch"

enum switch_link_attr {
	IFLA_SWITCH_UNSPEC,
	IFLA_SWITCH_PAD,
	IFLA_SWITCH_DPID,		/* u64 */
	IFLA_SWITCH_FAIL_MODE,		/* u32: 0 secure, 1 standalone */
	IFLA_SWITCH_FAIL_DELAY,		/* u32: seconds */
	IFLA_SWITCH_TABLES,		/* u32 */
	IFLA_SWITCH_MAX_FLOWS,		/* u32: in one table */
	IFLA_SWITCH_MAX_FLOWS_ALL,	/* u32: in all tables */
	IFLA_SWITCH_MAX_GROUPS,		/* u32: of each type */
	IFLA_SWITCH_MAX_BUCKETS,	/* u32: of one group */
	IFLA_SWITCH_MAX_METERS,		/* u32 */
	IFLA_SWITCH_MAX_BUFFERS,	/* u32: packets */
	IFLA_SWITCH_MAX_CONTROLLERS,	/* u32 */
	IFLA_SWITCH_QUEUE_BYTES,	/* u32: towards one controller */
	IFLA_SWITCH_CACHE,		/* u32: entries */
	IFLA_SWITCH_MPLS_AFTER_VLAN,	/* u32: 0 or 1 */
	IFLA_SWITCH_DESCRIPTION,	/* string */
	IFLA_SWITCH_SERIAL,		/* string */
	IFLA_SWITCH_MAX_ = IFLA_SWITCH_SERIAL
};

enum switch_link_port_attr {
	IFLA_SWITCH_PORT_UNSPEC,
	IFLA_SWITCH_PORT_NUMBER,	/* u32 */
	IFLA_SWITCH_PORT_DOMAINS,	/* u32: bits of protected domains */
	IFLA_SWITCH_PORT_LOCK_MAC,	/* 6 bytes; all zero: not locked */
	IFLA_SWITCH_PORT_MAX_ = IFLA_SWITCH_PORT_LOCK_MAC
};

#endif /* _LINUX_SWITCH_LINK_H_ */
