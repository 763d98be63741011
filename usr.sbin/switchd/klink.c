/*
 * SPDX-License-Identifier: ISC
 *
 * klink.c: switches in the kernel, by rtnetlink.
 */
#include <sys/socket.h>

#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "klink.h"
#include "linux/switch_link.h"
#include "user/unl.h"

bool
klink_is_loaded(void)
{
	return (access("/sys/module/switch", F_OK) == 0);
}

/* Send and wait for the verdict. */
static int
klink_talk(struct unl_msg *m)
{
	int	fd = unl_open(NETLINK_ROUTE, 0), r, error;

	if (fd == -1)
		return (-1);
	r = unl_talk(fd, m, NULL, NULL);
	error = errno;
	close(fd);
	errno = error;
	return (r);
}

static void
klink_put_u32(struct unl_msg *m, uint16_t type, uint32_t value)
{
	unl_put(m, type, &value, sizeof(value));
}

int
klink_make(const struct conf_switch *cs)
{
	struct unl_msg		 m;
	struct ifinfomsg	 ifi = { .ifi_family = AF_UNSPEC };
	uint32_t		 info, data;
	bool			 exists = if_nametoindex(cs->cs_name) != 0;

	if (cs->cs_local)
		ifi.ifi_flags = ifi.ifi_change = IFF_UP;
	unl_begin(&m, RTM_NEWLINK, NLM_F_REQUEST | NLM_F_ACK |
	    (exists ? 0 : NLM_F_CREATE | NLM_F_EXCL), &ifi, sizeof(ifi));
	unl_put_str(&m, IFLA_IFNAME, cs->cs_name);
	info = unl_nest(&m, IFLA_LINKINFO);
	unl_put_str(&m, IFLA_INFO_KIND, SWITCH_LINK_KIND);
	data = unl_nest(&m, IFLA_INFO_DATA);
	if (cs->cs_dpid != 0)
		unl_put(&m, IFLA_SWITCH_DPID, &cs->cs_dpid,
		    sizeof(cs->cs_dpid));
	klink_put_u32(&m, IFLA_SWITCH_FAIL_MODE, cs->cs_standalone);
	klink_put_u32(&m, IFLA_SWITCH_FAIL_DELAY, cs->cs_fail_delay);
	unl_nest_end(&m, data);
	unl_nest_end(&m, info);
	return (klink_talk(&m));
}

int
klink_end(const char *name)
{
	struct unl_msg		m;
	struct ifinfomsg	ifi = { .ifi_family = AF_UNSPEC };

	ifi.ifi_index = (int)if_nametoindex(name);
	unl_begin(&m, RTM_DELLINK, NLM_F_REQUEST | NLM_F_ACK, &ifi,
	    sizeof(ifi));
	return (klink_talk(&m));
}

static int
klink_master(uint32_t master, uint32_t index)
{
	struct unl_msg		m;
	struct ifinfomsg	ifi = { .ifi_family = AF_UNSPEC };

	ifi.ifi_index = (int)index;
	if (master != 0)
		ifi.ifi_flags = ifi.ifi_change = IFF_UP;
	unl_begin(&m, RTM_NEWLINK, NLM_F_REQUEST | NLM_F_ACK, &ifi,
	    sizeof(ifi));
	klink_put_u32(&m, IFLA_MASTER, master);
	return (klink_talk(&m));
}

static int
klink_port(uint32_t index, const struct conf_iface *ci)
{
	static const uint8_t	unlocked[6];
	struct unl_msg		m;
	struct ifinfomsg	ifi = { .ifi_family = AF_UNSPEC };
	uint32_t		info, data;

	ifi.ifi_index = (int)index;
	unl_begin(&m, RTM_NEWLINK, NLM_F_REQUEST | NLM_F_ACK, &ifi,
	    sizeof(ifi));
	info = unl_nest(&m, IFLA_LINKINFO);
	unl_put_str(&m, IFLA_INFO_SLAVE_KIND, SWITCH_LINK_KIND);
	data = unl_nest(&m, IFLA_INFO_SLAVE_DATA);
	if (ci->ci_port != 0)
		klink_put_u32(&m, IFLA_SWITCH_PORT_NUMBER, ci->ci_port);
	klink_put_u32(&m, IFLA_SWITCH_PORT_DOMAINS, ci->ci_domains);
	unl_put(&m, IFLA_SWITCH_PORT_LOCK_MAC, ci->ci_locked ? ci->ci_mac :
	    unlocked, sizeof(unlocked));
	unl_nest_end(&m, data);
	unl_nest_end(&m, info);
	return (klink_talk(&m));
}

int
klink_attach(uint32_t master, uint32_t index, const struct conf_iface *ci)
{
	if (klink_master(master, index) == -1)
		return (-1);
	return (klink_port(index, ci));
}

int
klink_release(uint32_t index)
{
	return (klink_master(0, index));
}
