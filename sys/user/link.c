/*
 * SPDX-License-Identifier: ISC
 *
 * link.c: what the kernel tells of interfaces; see link.h.
 *
 * Two netlink sockets: one only listens to events, one asks and gets answers.
 * Neither needs privileges.  A port in another network namespace brings two of
 * its own, which were made there.
 */
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <net/if.h>

#include <linux/ethtool.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>

#include <unistd.h>

#include "kern.h"
#include "link.h"
#include "loop.h"
#include "unl.h"

/* Port features of OpenFlow 1.3.5, 7.2.1, table "port features". */
#define F_10MB_HD	(1U << 0)
#define F_10MB_FD	(1U << 1)
#define F_100MB_HD	(1U << 2)
#define F_100MB_FD	(1U << 3)
#define F_1GB_HD	(1U << 4)
#define F_1GB_FD	(1U << 5)
#define F_10GB_FD	(1U << 6)
#define F_40GB_FD	(1U << 7)
#define F_100GB_FD	(1U << 8)
#define F_1TB_FD	(1U << 9)
#define F_OTHER		(1U << 10)
#define F_COPPER	(1U << 11)
#define F_FIBER		(1U << 12)
#define F_AUTONEG	(1U << 13)

struct link_space {
	struct loop_io	ls_listener;
	int		ls_asker;
};

static struct link_space	home;

/* A message about an interface, in our words.  False: it is none. */
static bool
link_decode(const struct nlmsghdr *h, struct port_link *pl)
{
	struct unl_attrs	 ua;
	struct ifinfomsg	 ifi;
	const void		*mac;

	if ((h->nlmsg_type != RTM_NEWLINK && h->nlmsg_type != RTM_DELLINK) ||
	    h->nlmsg_len < NLMSG_LENGTH(sizeof(ifi)))
		return (false);
	memcpy(&ifi, NLMSG_DATA(h), sizeof(ifi));
	if (ifi.ifi_family != AF_UNSPEC)
		return (false);
	unl_parse(h, sizeof(ifi), &ua);
	memset(pl, 0, sizeof(*pl));
	pl->pl_ifindex = (uint32_t)ifi.ifi_index;
	pl->pl_up = (ifi.ifi_flags & IFF_UP) != 0;
	pl->pl_carrier = (ifi.ifi_flags & 0x10000) != 0;	/* LOWER_UP */
	pl->pl_master = unl_u32(&ua, IFLA_MASTER, 0);
	pl->pl_mtu = unl_u32(&ua, IFLA_MTU, 1500);
	unl_str(&ua, IFLA_IFNAME, pl->pl_name, sizeof(pl->pl_name));
	mac = unl_data(&ua, IFLA_ADDRESS, sizeof(pl->pl_hwaddr));
	if (mac != NULL)
		memcpy(pl->pl_hwaddr, mac, sizeof(pl->pl_hwaddr));
	return (true);
}

/* An event.  False: with its port, a namespace that is not ours has gone. */
static bool
link_event(struct link_space *ls, const struct nlmsghdr *h)
{
	struct port_link	pl;

	if (!link_decode(h, &pl))
		return (true);
	if (h->nlmsg_type == RTM_DELLINK)
		return (!port_link_gone(ls, pl.pl_ifindex) || ls == &home);
	port_link_changed(ls, &pl);
	return (true);
}

/* Events were lost: ask for the interface of each port. */
static void
link_resync(struct link_space *ls)
{
	struct port		*p, *next;
	struct port_link	 pl;
	uint32_t		 ifindex;

	for (p = port_next(NULL); p != NULL; p = next) {
		next = port_next(p);
		if (p->pt_space != ls)
			continue;
		ifindex = p->pt_conf.up_ifindex;
		if (link_get(ls, ifindex, &pl) == 0)
			port_link_changed(ls, &pl);
		else if (errno == ENODEV)
			port_link_gone(ls, ifindex);
	}
}

static void
link_readable(void *arg, uint32_t events)
{
	static uint8_t		 buf[16384] __aligned(8);
	struct link_space	*ls = arg;
	const struct nlmsghdr	*h;
	unsigned int		 left;
	ssize_t			 n;
	bool			 lost = false;

	(void)events;
	/* Until it is empty, what more is lost would not be told. */
	while ((n = recv(ls->ls_listener.li_fd, buf, sizeof(buf),
	    MSG_DONTWAIT)) > 0 || errno == ENOBUFS) {
		lost |= n == -1;
		left = n > 0 ? (unsigned int)n : 0;
		for (h = (const void *)buf; NLMSG_OK(h, left);
		    h = NLMSG_NEXT(h, left))
			if (!link_event(ls, h))
				return;
	}
	if (lost)
		link_resync(ls);
}

int
link_open(void)
{
	int	fd;

	fd = unl_open(NETLINK_ROUTE, RTMGRP_LINK);
	if (fd == -1)
		return (-1);
	home.ls_asker = unl_open(NETLINK_ROUTE, 0);
	if (home.ls_asker == -1)
		return (-1);
	return (loop_add(&home.ls_listener, fd, EPOLLIN, link_readable,
	    &home));
}

struct link_space *
link_home(void)
{
	return (&home);
}

struct link_space *
link_new(const int fds[LINK_FDS])
{
	struct link_space	*ls = kern_zalloc(sizeof(*ls));
	int			 error = ENOMEM;

	if (ls != NULL) {
		ls->ls_asker = fds[1];
		if (loop_add(&ls->ls_listener, fds[0], EPOLLIN, link_readable,
		    ls) == 0)
			return (ls);
		error = errno;
		kern_free(ls, sizeof(*ls));
	}
	close(fds[0]);
	close(fds[1]);
	errno = error;
	return (NULL);
}

void
link_free(struct link_space *ls)
{
	int	fd;

	if (ls == NULL || ls == &home)
		return;
	fd = ls->ls_listener.li_fd;
	loop_del(&ls->ls_listener);
	close(fd);
	close(ls->ls_asker);
	kern_free(ls, sizeof(*ls));
}

int
link_talk(struct link_space *ls, struct unl_msg *m,
    void (*fn)(const struct nlmsghdr *, void *), void *arg)
{
	return (unl_talk(ls->ls_asker, m, fn, arg));
}

static void
link_answer(const struct nlmsghdr *h, void *arg)
{
	link_decode(h, arg);
}

/* A question about one interface. */
static void
link_ask(struct unl_msg *m, uint32_t ifindex)
{
	struct ifinfomsg	ifi;

	memset(&ifi, 0, sizeof(ifi));
	ifi.ifi_index = (int)ifindex;
	unl_begin(m, RTM_GETLINK, NLM_F_REQUEST, &ifi, sizeof(ifi));
}

int
link_get(struct link_space *ls, uint32_t ifindex, struct port_link *pl)
{
	struct unl_msg	m;

	memset(pl, 0, sizeof(*pl));
	link_ask(&m, ifindex);
	return (link_talk(ls, &m, link_answer, pl));
}

static void
link_stats_answer(const struct nlmsghdr *h, void *arg)
{
	struct host_port_stats	*hs = arg;
	struct rtnl_link_stats64 st;
	struct unl_attrs	 ua;
	const void		*p;

	if (h->nlmsg_type != RTM_NEWLINK)
		return;
	unl_parse(h, sizeof(struct ifinfomsg), &ua);
	/* Kernels add members at the end. */
	p = unl_data(&ua, IFLA_STATS64,
	    offsetof(struct rtnl_link_stats64, rx_compressed));
	if (p == NULL)
		return;
	memset(&st, 0, sizeof(st));
	memcpy(&st, p, offsetof(struct rtnl_link_stats64, rx_compressed));
	hs->hs_rx_errors += st.rx_errors;
	hs->hs_tx_errors += st.tx_errors;
	hs->hs_tx_dropped += st.tx_dropped;
	hs->hs_rx_frame_err += st.rx_frame_errors;
	hs->hs_rx_over_err += st.rx_over_errors;
	hs->hs_rx_crc_err += st.rx_crc_errors;
	hs->hs_collisions += st.collisions;
}

void
link_stats(struct link_space *ls, uint32_t ifindex,
    struct host_port_stats *hs)
{
	struct unl_msg	m;

	link_ask(&m, ifindex);
	link_talk(ls, &m, link_stats_answer, hs);
}

/* Speeds in Mb/s and their bits, full duplex. */
static const struct {
	uint32_t	mbps, full, half;
} speeds[] = {
	{ 10,		F_10MB_FD,	F_10MB_HD },
	{ 100,		F_100MB_FD,	F_100MB_HD },
	{ 1000,		F_1GB_FD,	F_1GB_HD },
	{ 10000,	F_10GB_FD,	F_OTHER },
	{ 40000,	F_40GB_FD,	F_OTHER },
	{ 100000,	F_100GB_FD,	F_OTHER },
	{ 1000000,	F_1TB_FD,	F_OTHER },
};

static uint32_t
speed_bit(uint32_t mbps, bool half)
{
	unsigned int	i;

	for (i = 0; i < nitems(speeds); i++)
		if (speeds[i].mbps == mbps)
			return (half ? speeds[i].half : speeds[i].full);
	return (F_OTHER);
}

/* Link modes as ethtool counts them; the low 32 are those that have a bit. */
static uint32_t
modes_bits(uint32_t modes)
{
	static const uint32_t	table[][2] = {
		{ SUPPORTED_10baseT_Half,	F_10MB_HD },
		{ SUPPORTED_10baseT_Full,	F_10MB_FD },
		{ SUPPORTED_100baseT_Half,	F_100MB_HD },
		{ SUPPORTED_100baseT_Full,	F_100MB_FD },
		{ SUPPORTED_1000baseT_Half,	F_1GB_HD },
		{ SUPPORTED_1000baseT_Full,	F_1GB_FD },
		{ SUPPORTED_10000baseT_Full,	F_10GB_FD },
		{ SUPPORTED_TP,			F_COPPER },
		{ SUPPORTED_FIBRE,		F_FIBER },
		{ SUPPORTED_Autoneg,		F_AUTONEG },
		{ SUPPORTED_Pause,		1U << 14 },
		{ SUPPORTED_Asym_Pause,		1U << 15 },
	};
	uint32_t	bits = 0;
	unsigned int	i;

	for (i = 0; i < nitems(table); i++)
		if (modes & table[i][0])
			bits |= table[i][1];
	return (bits);
}

/* The old request: its 32 bits of modes are all that OpenFlow can say. */
void
link_speed(struct link_space *ls, const char *name,
    struct host_port_info *hi)
{
	struct ethtool_cmd	ec;
	struct ifreq		ifr;
	uint32_t		mbps;

	memset(&ec, 0, sizeof(ec));
	memset(&ifr, 0, sizeof(ifr));
	ec.cmd = ETHTOOL_GSET;
	memcpy(ifr.ifr_name, name, strnlen(name, sizeof(ifr.ifr_name) - 1));
	ifr.ifr_data = (void *)&ec;
	if (ioctl(ls->ls_asker, SIOCETHTOOL, &ifr) == -1)
		return;
	/* ethtool_cmd_speed shifts into the sign of "unknown". */
	mbps = (uint32_t)ec.speed_hi << 16 | ec.speed;
	hi->hi_supported = modes_bits(ec.supported);
	hi->hi_advertised = modes_bits(ec.advertising);
	hi->hi_peer = modes_bits(ec.lp_advertising);
	if (mbps == 0 || mbps == (uint32_t)SPEED_UNKNOWN)
		return;
	hi->hi_curr = speed_bit(mbps, ec.duplex == DUPLEX_HALF);
	if (ec.port == PORT_TP)
		hi->hi_curr |= F_COPPER;
	else if (ec.port == PORT_FIBRE)
		hi->hi_curr |= F_FIBER;
	if (ec.autoneg == AUTONEG_ENABLE)
		hi->hi_curr |= F_AUTONEG;
	hi->hi_curr_speed = hi->hi_max_speed =
	    mbps > UINT32_MAX / 1000 ? UINT32_MAX : mbps * 1000;
}
