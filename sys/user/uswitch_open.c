/*
 * SPDX-License-Identifier: ISC
 *
 * uswitch_open.c: open an interface for uswitch, with privileges; see
 * uswitch_open.h.
 *
 * Sockets are made here and bound by uswitch, which needs no privileges for
 * that.  A socket for each class of traffic that tc gave the interface sends
 * with that class as its priority.
 */
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <net/if.h>
#include <net/if_arp.h>

#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <linux/if_tunnel.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "unl.h"
#include "uswitch_fast.h"
#include "uswitch_guard.h"
#include "uswitch_netns.h"
#include "uswitch_open.h"
#include "uswitch_tunnel.h"

#define SOCKBUF		(8 << 20)	/* bytes a socket may hold */
#define IPV6_PATH	"/proc/sys/net/ipv6/conf/%s/disable_ipv6"

/* Say what went wrong, keep errno. */
__attribute__((__format__(__printf__, 2, 3))) static int
uopen_fail(struct uopen *u, const char *fmt, ...)
{
	va_list	ap;
	int	error = errno;
	int	n;

	n = snprintf(u->uo_error, sizeof(u->uo_error), "%s: ",
	    u->uo_port.up_name);
	va_start(ap, fmt);
	vsnprintf(u->uo_error + n, sizeof(u->uo_error) - (size_t)n, fmt, ap);
	va_end(ap);
	errno = error;
	return (-1);
}

static int
uopen_init(struct uopen *u, const char *name, enum uctl_kind kind)
{
	memset(u, 0, sizeof(*u));
	u->uo_port.up_kind = (uint8_t)kind;
	if (strlen(name) < sizeof(u->uo_port.up_name) &&
	    strlen(uctl_ifname(name)) < IF_NAMESIZE) {
		memcpy(u->uo_port.up_name, name, strlen(name) + 1);
		return (0);
	}
	snprintf(u->uo_error, sizeof(u->uo_error),
	    "%.96s: too long for the name of an interface", name);
	errno = ENAMETOOLONG;
	return (-1);
}

static void
uopen_ifreq(const struct uopen *u, struct ifreq *ifr)
{
	const char	*name = uctl_ifname(u->uo_port.up_name);

	memset(ifr, 0, sizeof(*ifr));
	memcpy(ifr->ifr_name, name, strlen(name));
}

/* Add a descriptor to those that uswitch gets. */
static int
uopen_add(struct uopen *u, int fd)
{
	if (u->uo_nfds == UCTL_MAX_FDS) {
		close(fd);
		errno = EMFILE;
		return (-1);
	}
	u->uo_fds[u->uo_nfds++] = fd;
	return (0);
}

/* What RTM_GETLINK says that matters here. */
struct link_facts {
	uint32_t	index;
	uint32_t	master;
	uint16_t	type;
	bool		external;	/* a tunnel for many ends */
};

/* Is it a tunnel in external mode?  Each kind says it in its own way. */
static bool
link_external(const struct unl_attrs *ua)
{
	static const struct {
		const char	*kind;
		uint16_t	 attr;
	} kinds[] = {
		{ "vxlan", IFLA_VXLAN_COLLECT_METADATA },
		{ "geneve", IFLA_GENEVE_COLLECT_METADATA },
		{ "gretap", IFLA_GRE_COLLECT_METADATA },
		{ "ip6gretap", IFLA_GRE_COLLECT_METADATA }
	};
	struct unl_attrs	 info, data;
	const uint8_t		*v;
	char			 kind[16];
	size_t			 i;

	if (ua->ua_by_type[IFLA_LINKINFO] == NULL)
		return (false);
	unl_parse_nest(ua->ua_by_type[IFLA_LINKINFO], &info);
	unl_str(&info, IFLA_INFO_KIND, kind, sizeof(kind));
	if (info.ua_by_type[IFLA_INFO_DATA] == NULL)
		return (false);
	unl_parse_nest(info.ua_by_type[IFLA_INFO_DATA], &data);
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kind, kinds[i].kind) == 0)
			break;
	if (i == sizeof(kinds) / sizeof(kinds[0]))
		return (false);
	/* A flag, but for vxlan, where it has a value. */
	v = unl_data(&data, kinds[i].attr, 1);
	return (data.ua_by_type[kinds[i].attr] != NULL &&
	    (v == NULL || *v != 0));
}

static void
got_link(const struct nlmsghdr *h, void *arg)
{
	struct link_facts	*lf = arg;
	struct unl_attrs	 ua;
	struct ifinfomsg	 ifi;

	if (h->nlmsg_type != RTM_NEWLINK ||
	    h->nlmsg_len < NLMSG_LENGTH(sizeof(ifi)))
		return;
	memcpy(&ifi, NLMSG_DATA(h), sizeof(ifi));
	unl_parse(h, sizeof(ifi), &ua);
	lf->index = (uint32_t)ifi.ifi_index;
	lf->type = ifi.ifi_type;
	lf->master = unl_u32(&ua, IFLA_MASTER, 0);
	lf->external = link_external(&ua);
}

/* The interface must exist, be Ethernet, and be nobody's port. */
static int
uopen_check(struct uopen *u, int nl)
{
	struct ifinfomsg	ifi;
	struct unl_msg		m;
	struct link_facts	lf;
	char			master[IF_NAMESIZE];

	memset(&ifi, 0, sizeof(ifi));
	memset(&lf, 0, sizeof(lf));
	unl_begin(&m, RTM_GETLINK, NLM_F_REQUEST, &ifi, sizeof(ifi));
	unl_put_str(&m, IFLA_IFNAME, uctl_ifname(u->uo_port.up_name));
	if (unl_talk(nl, &m, got_link, &lf) == -1) {
		if (errno == ENODEV)
			return (uopen_fail(u, "no such interface: "
			    "create it, or correct the name"));
		return (uopen_fail(u, "cannot be looked up: %s",
		    strerror(errno)));
	}
	u->uo_port.up_ifindex = lf.index;
	u->uo_external = lf.external;
	if (lf.type != ARPHRD_ETHER) {
		errno = ENOTSUP;
		return (uopen_fail(u, "not an Ethernet interface"));
	}
	if (lf.master == 0)
		return (0);
	if (if_indextoname(lf.master, master) == NULL)
		memcpy(master, "another", sizeof("another"));
	errno = EBUSY;
	return (uopen_fail(u, "belongs to %s: release it with "
	    "\"ip link set %s nomaster\"", master,
	    uctl_ifname(u->uo_port.up_name)));
}

/* Bring the interface up. */
static int
uopen_up(struct uopen *u)
{
	struct ifreq	ifr;
	int		s, r;

	s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (s == -1)
		return (uopen_fail(u, "socket: %s", strerror(errno)));
	uopen_ifreq(u, &ifr);
	r = ioctl(s, SIOCGIFFLAGS, &ifr);
	if (r == 0 && (ifr.ifr_flags & IFF_UP) == 0) {
		ifr.ifr_flags |= IFF_UP;
		r = ioctl(s, SIOCSIFFLAGS, &ifr);
	}
	close(s);
	if (r == -1)
		return (uopen_fail(u, "cannot be brought up: %s",
		    strerror(errno)));
	return (0);
}

/* Write one character to the interface's IPv6 switch; -1: there is none. */
static int
ipv6_switch(const char *name, char *was, char want)
{
	char	path[sizeof(IPV6_PATH) + IF_NAMESIZE];
	int	fd, r;

	snprintf(path, sizeof(path), IPV6_PATH, name);
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd == -1)
		return (-1);
	r = was == NULL || read(fd, was, 1) == 1 ? 0 : -1;
	if (r == 0 && pwrite(fd, &want, 1, 0) != 1)
		r = -1;
	close(fd);
	return (r);
}

/* The host shall not speak IPv6 by itself on a port of a switch. */
static void
uopen_ipv6_off(struct uopen *u)
{
	char	was;

	if (ipv6_switch(uctl_ifname(u->uo_port.up_name), &was, '1') == 0)
		u->uo_ipv6_was_on = was == '0';
}

void
uopen_restore(const struct uopen *u, int netns)
{
	if (!u->uo_ipv6_was_on || (netns != -1 && unetns_enter(netns) == -1))
		return;
	ipv6_switch(uctl_ifname(u->uo_port.up_name), NULL, '0');
	if (netns != -1)
		unetns_leave();
}

/* A packet socket, not bound yet; priority 0 is that of most frames. */
static int
uopen_socket(struct uopen *u, uint32_t priority)
{
	int	fd, n = SOCKBUF;

	fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1)
		return (uopen_fail(u, "packet socket: %s%s", strerror(errno),
		    errno == EPERM ? " (root is needed)" : ""));
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &n, sizeof(n)) == -1 ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &n, sizeof(n)) == -1 ||
	    (priority != 0 && setsockopt(fd, SOL_SOCKET, SO_PRIORITY,
	    &priority, sizeof(priority)) == -1)) {
		close(fd);
		return (uopen_fail(u, "packet socket: %s", strerror(errno)));
	}
	return (uopen_add(u, fd));
}

/* Classes of the root qdisc: handles, of which the minor number is the id. */
struct classes {
	uint32_t	handle[UCTL_MAX_QUEUES];
	unsigned int	n;
};

static void
got_class(const struct nlmsghdr *h, void *arg)
{
	struct classes	*cl = arg;
	struct tcmsg	 tcm;

	if (h->nlmsg_type != RTM_NEWTCLASS ||
	    h->nlmsg_len < NLMSG_LENGTH(sizeof(tcm)))
		return;
	memcpy(&tcm, NLMSG_DATA(h), sizeof(tcm));
	if (TC_H_MIN(tcm.tcm_handle) != 0 && cl->n < UCTL_MAX_QUEUES)
		cl->handle[cl->n++] = tcm.tcm_handle;
}

/* One more socket for each class that tc has on the interface. */
static int
uopen_queues(struct uopen *u, int nl)
{
	struct classes	cl = { .n = 0 };
	struct unl_msg	m;
	struct tcmsg	tcm;
	unsigned int	i;

	memset(&tcm, 0, sizeof(tcm));
	tcm.tcm_ifindex = (int)u->uo_port.up_ifindex;
	unl_begin(&m, RTM_GETTCLASS, NLM_F_REQUEST | NLM_F_DUMP, &tcm,
	    sizeof(tcm));
	if (unl_talk(nl, &m, got_class, &cl) == -1)
		return (0);	/* no classes in this kernel */
	for (i = 0; i < cl.n; i++) {
		if (uopen_socket(u, cl.handle[i]) == -1)
			return (-1);
		u->uo_port.up_queues[i] = TC_H_MIN(cl.handle[i]);
		u->uo_port.up_nqueues++;
	}
	return (0);
}

/*
 * The kernel's part, where it is able to: uswitch(8) works without.  A port is
 * forwarded to and from by the kernel, or a tunnel.
 */
static int
uopen_bpf(struct uopen *u)
{
	int		fds[(int)UFAST_NFDS + (int)UTUN_NFDS];
	uint32_t	ifindex = u->uo_port.up_ifindex;
	unsigned int	i, n;

	if (u->uo_external) {
		if (utun_open(ifindex, u->uo_fds, u->uo_nfds, fds) == -1)
			return (0);
		n = UTUN_NFDS;
		u->uo_port.up_flags |= UCTL_P_TUNNEL;
	} else {
		if (ufast_open(ifindex, u->uo_fds[0], fds) == -1)
			return (0);
		n = UFAST_NFDS;
		u->uo_port.up_flags |= UCTL_P_FAST;
	}
	for (i = 0; i < n; i++)
		if (uopen_add(u, fds[i]) == -1)
			return (uopen_fail(u, "too many descriptors"));
	return (0);
}

static int
uopen_guard(struct uopen *u)
{
	int	fd;

	fd = uguard_open(uctl_ifname(u->uo_port.up_name));
	if (fd == -1) {
		if (errno == EBUSY)
			return (uopen_fail(u, "is a port of another uswitch"));
		return (0);	/* works without, uswitch(8) tells the risk */
	}
	u->uo_port.up_flags |= UCTL_P_GUARD;
	return (uopen_add(u, fd));
}

/* What uswitch cannot have of its own in another namespace. */
static int
uopen_link(struct uopen *u)
{
	uint32_t	groups[2] = { RTMGRP_LINK, 0 };
	int		i, fd;

	for (i = 0; i < 2; i++) {
		fd = unl_open(NETLINK_ROUTE, groups[i]);
		if (fd == -1 || uopen_add(u, fd) == -1)
			return (uopen_fail(u, "netlink: %s", strerror(errno)));
	}
	return (0);
}

static int
uopen_sockets(struct uopen *u, int nl)
{
	if (uopen_check(u, nl) == -1 ||
	    uopen_socket(u, 0) == -1 || uopen_socket(u, 0) == -1 ||
	    uopen_queues(u, nl) == -1 || uopen_bpf(u) == -1 ||
	    uopen_guard(u) == -1 || uopen_up(u) == -1)
		return (-1);
	uopen_ipv6_off(u);
	return (0);
}

/* In the namespace of the interface. */
static int
uopen_here(struct uopen *u, bool away)
{
	int	nl, r, error;

	nl = unl_open(NETLINK_ROUTE, 0);
	if (nl == -1)
		return (uopen_fail(u, "netlink: %s", strerror(errno)));
	r = uopen_sockets(u, nl);
	if (r == 0 && away)
		r = uopen_link(u);
	error = errno;
	close(nl);
	if (r == -1) {
		uopen_close(u);
		errno = error;
	}
	return (r);
}

int
uopen_iface(struct uopen *u, const char *name, int netns)
{
	struct stat	st;
	int		r, error;

	if (uopen_init(u, name, UCTL_PACKET) == -1)
		return (-1);
	if (netns == -1)
		return (uopen_here(u, false));
	if (fstat(netns, &st) == -1 || unetns_enter(netns) == -1)
		return (uopen_fail(u, "its namespace cannot be entered: %s",
		    strerror(errno)));
	u->uo_port.up_netns = st.st_ino;
	r = uopen_here(u, true);
	error = errno;
	unetns_leave();
	errno = error;
	return (r);
}

/* Let the host's stack hand over super-frames, as many kinds as it knows. */
static int
tap_offload(int fd)
{
	unsigned int	base = TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 |
			    TUN_F_TSO_ECN;
	unsigned int	uso = 0x20 | 0x40;	/* TUN_F_USO4, TUN_F_USO6 */

	if (ioctl(fd, TUNSETOFFLOAD, base | uso) == 0)
		return (0);
	return (ioctl(fd, TUNSETOFFLOAD, base));
}

static int
tap_open(struct uopen *u)
{
	struct ifreq	ifr;
	int		fd;

	fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK);
	if (fd == -1)
		return (uopen_fail(u, "/dev/net/tun: %s", strerror(errno)));
	uopen_ifreq(u, &ifr);
	ifr.ifr_flags = (short)(IFF_TAP | IFF_NO_PI | IFF_VNET_HDR |
	    IFF_TUN_EXCL);
	if (ioctl(fd, TUNSETIFF, &ifr) == -1) {
		close(fd);
		return (uopen_fail(u, "tap: %s%s", strerror(errno),
		    errno == EBUSY ? " (an interface has this name: attach it"
		    " with -i, or delete it)" : ""));
	}
	if (tap_offload(fd) == -1) {
		close(fd);
		return (uopen_fail(u, "tap offload: %s", strerror(errno)));
	}
	u->uo_port.up_ifindex = if_nametoindex(u->uo_port.up_name);
	return (uopen_add(u, fd));
}

int
uopen_tap(struct uopen *u, const char *name)
{
	int	error;

	if (uopen_init(u, name, UCTL_TAP) == -1)
		return (-1);
	if (tap_open(u) == 0 && uopen_up(u) == 0)
		return (0);
	error = errno;
	uopen_close(u);
	errno = error;
	return (-1);
}

void
uopen_close(struct uopen *u)
{
	while (u->uo_nfds > 0)
		close(u->uo_fds[--u->uo_nfds]);
}
