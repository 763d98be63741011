/*
 * SPDX-License-Identifier: ISC
 *
 * link.c: the interfaces of this machine, as rtnetlink tells them.
 *
 * One socket asks for all, another listens.  When the kernel had more to say
 * than the socket holds, all are asked for again; what is not among them is
 * gone.
 */
#include <sys/socket.h>

#include <linux/if_link.h>
#include <linux/if_tun.h>
#include <linux/rtnetlink.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bsd.h"
#include "log.h"
#include "parent.h"
#include "user/unl.h"

struct links	links = TAILQ_HEAD_INITIALIZER(links);

static int	link_ask, link_hear;
static bool	link_dumping;
static void	(*link_changed)(struct link *);
static void	(*link_gone)(struct link *);

static struct link *
link_find(uint32_t index)
{
	struct link	*ln;

	TAILQ_FOREACH(ln, &links, ln_entry)
		if (ln->ln_index == index)
			return (ln);
	return (NULL);
}

static void
link_remove(struct link *ln)
{
	TAILQ_REMOVE(&links, ln, ln_entry);
	link_gone(ln);
	free(ln);
}

/* What a message says about its interface. */
static void
link_read(const struct nlmsghdr *nh, const struct ifinfomsg *ifi,
    struct link *ln)
{
	struct unl_attrs	a, info, data;

	memset(ln, 0, sizeof(*ln));
	ln->ln_index = (uint32_t)ifi->ifi_index;
	ln->ln_flags = ifi->ifi_flags;
	ln->ln_type = ifi->ifi_type;
	ln->ln_owner = UINT32_MAX;
	unl_parse(nh, sizeof(*ifi), &a);
	unl_str(&a, IFLA_IFNAME, ln->ln_name, sizeof(ln->ln_name));
	unl_str(&a, IFLA_IFALIAS, ln->ln_alias, sizeof(ln->ln_alias));
	ln->ln_master = unl_u32(&a, IFLA_MASTER, 0);
	if (a.ua_by_type[IFLA_LINKINFO] == NULL)
		return;
	unl_parse_nest(a.ua_by_type[IFLA_LINKINFO], &info);
	unl_str(&info, IFLA_INFO_KIND, ln->ln_kind, sizeof(ln->ln_kind));
	if (strcmp(ln->ln_kind, "tun") != 0 ||
	    info.ua_by_type[IFLA_INFO_DATA] == NULL)
		return;
	unl_parse_nest(info.ua_by_type[IFLA_INFO_DATA], &data);
	ln->ln_owner = unl_u32(&data, IFLA_TUN_OWNER, UINT32_MAX);
}

static void
link_update(const struct nlmsghdr *nh, void *arg)
{
	const struct ifinfomsg	*ifi = NLMSG_DATA(nh);
	struct link		*ln, new;

	if (nh->nlmsg_len < NLMSG_LENGTH(sizeof(*ifi)) ||
	    ifi->ifi_family != AF_UNSPEC)
		return;
	ln = link_find((uint32_t)ifi->ifi_index);
	if (nh->nlmsg_type == RTM_DELLINK) {
		if (ln != NULL)
			link_remove(ln);
		return;
	}
	if (nh->nlmsg_type != RTM_NEWLINK)
		return;
	link_read(nh, ifi, &new);
	if (ln == NULL) {
		ln = calloc(1, sizeof(*ln));
		if (ln == NULL) {
			log_warn("%s", new.ln_name);
			return;
		}
		TAILQ_INSERT_TAIL(&links, ln, ln_entry);
	}
	new.ln_entry = ln->ln_entry;
	*ln = new;
	ln->ln_seen = true;
	if (!link_dumping)
		link_changed(ln);
}

/* unl_talk must not be used while it calls, so changes are told after. */
static void
link_dump(void)
{
	struct unl_msg		 m;
	struct ifinfomsg	 ifi = { .ifi_family = AF_UNSPEC };
	struct link		*ln, *next;

	TAILQ_FOREACH(ln, &links, ln_entry)
		ln->ln_seen = false;
	unl_begin(&m, RTM_GETLINK, NLM_F_REQUEST | NLM_F_DUMP, &ifi,
	    sizeof(ifi));
	link_dumping = true;
	if (unl_talk(link_ask, &m, link_update, NULL) == -1)
		log_warn("list of interfaces");
	link_dumping = false;
	for (ln = TAILQ_FIRST(&links); ln != NULL; ln = next) {
		next = TAILQ_NEXT(ln, ln_entry);
		if (!ln->ln_seen)
			link_remove(ln);
		else
			link_changed(ln);
	}
}

static void
link_event(evutil_socket_t fd, short what, void *arg)
{
	static union {
		struct nlmsghdr	hdr;
		char		buf[32768];
	} u;
	const struct nlmsghdr	*nh;
	ssize_t			 n;
	unsigned int		 len;

	n = recv(link_hear, &u, sizeof(u), MSG_DONTWAIT);
	if (n == -1 && errno == ENOBUFS)
		link_dump();
	if (n <= 0)
		return;
	len = (unsigned int)n;
	for (nh = &u.hdr; NLMSG_OK(nh, len); nh = NLMSG_NEXT(nh, len))
		link_update(nh, NULL);
}

void
link_init(void (*changed)(struct link *), void (*gone)(struct link *))
{
	struct event	*ev;

	link_changed = changed;
	link_gone = gone;
	link_ask = unl_open(NETLINK_ROUTE, 0);
	link_hear = unl_open(NETLINK_ROUTE, RTMGRP_LINK);
	if (link_ask == -1 || link_hear == -1)
		fatal("rtnetlink");
	ev = event_new(proc_base, link_hear, EV_READ | EV_PERSIST, link_event,
	    NULL);
	if (ev == NULL || event_add(ev, NULL) == -1)
		fatalx("rtnetlink: no event");
	link_dump();
}
