/*
 * SPDX-License-Identifier: ISC
 *
 * link.c: the interfaces of this machine, as rtnetlink tells them.
 *
 * One socket asks for all, another listens.  When the kernel had more to say
 * than the socket holds, all are asked for again; what is not among them is
 * gone, if it was told of all.  Each network namespace has two such sockets,
 * which were made in it.
 */
#include <sys/socket.h>
#include <sys/stat.h>

#include <linux/if_link.h>
#include <linux/if_tun.h>
#include <linux/rtnetlink.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bsd.h"
#include "log.h"
#include "parent.h"
#include "user/unl.h"
#include "user/uswitch_netns.h"

struct link_space {
	char		 ls_name[UCTL_NETNS_LEN];	/* "": our own */
	int		 ls_fd;			/* the namespace, or -1 */
	uint64_t	 ls_id;
	int		 ls_ask, ls_hear;
	struct event	*ls_event;
	bool		 ls_stale;		/* to be asked again */
};

struct links	links = TAILQ_HEAD_INITIALIZER(links);

static bool	link_dumping;
static void	(*link_changed)(struct link *);
static void	(*link_gone)(struct link *);

static struct link *
link_find(const struct link_space *ls, uint32_t index)
{
	struct link	*ln;

	TAILQ_FOREACH(ln, &links, ln_entry)
		if (ln->ln_space == ls && ln->ln_index == index)
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
link_read(struct link_space *ls, const struct nlmsghdr *nh,
    const struct ifinfomsg *ifi, struct link *ln)
{
	struct unl_attrs	a, info, data;

	memset(ln, 0, sizeof(*ln));
	ln->ln_space = ls;
	ln->ln_index = (uint32_t)ifi->ifi_index;
	ln->ln_flags = ifi->ifi_flags;
	ln->ln_type = ifi->ifi_type;
	ln->ln_owner = UINT32_MAX;
	unl_parse(nh, sizeof(*ifi), &a);
	unl_str(&a, IFLA_IFNAME, ln->ln_name, sizeof(ln->ln_name));
	conf_iface_id(ls->ls_name, ln->ln_name, ln->ln_id, sizeof(ln->ln_id));
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
	struct link_space	*ls = arg;
	struct link		*ln, new;

	if (nh->nlmsg_len < NLMSG_LENGTH(sizeof(*ifi)) ||
	    ifi->ifi_family != AF_UNSPEC)
		return;
	ln = link_find(ls, (uint32_t)ifi->ifi_index);
	if (nh->nlmsg_type == RTM_DELLINK) {
		if (ln != NULL)
			link_remove(ln);
		return;
	}
	if (nh->nlmsg_type != RTM_NEWLINK)
		return;
	link_read(ls, nh, ifi, &new);
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
link_dump(struct link_space *ls)
{
	struct unl_msg		 m;
	struct ifinfomsg	 ifi = { .ifi_family = AF_UNSPEC };
	const struct timeval	 second = { 1, 0 };
	struct link		*ln, *next;

	TAILQ_FOREACH(ln, &links, ln_entry)
		if (ln->ln_space == ls)
			ln->ln_seen = false;
	unl_begin(&m, RTM_GETLINK, NLM_F_REQUEST | NLM_F_DUMP, &ifi,
	    sizeof(ifi));
	link_dumping = true;
	event_remove_timer(ls->ls_event);
	ls->ls_stale = unl_talk(ls->ls_ask, &m, link_update, ls) == -1;
	if (ls->ls_stale) {
		log_warn("%s: list of interfaces", ls->ls_name);
		event_add(ls->ls_event, &second);
	}
	link_dumping = false;
	for (ln = TAILQ_FIRST(&links); ln != NULL; ln = next) {
		next = TAILQ_NEXT(ln, ln_entry);
		if (ln->ln_space != ls)
			continue;
		if (ln->ln_seen)
			link_changed(ln);
		else if (!ls->ls_stale)
			link_remove(ln);
	}
}

static void
link_event(evutil_socket_t fd, short what, void *arg)
{
	static union {
		struct nlmsghdr	hdr;
		char		buf[32768];
	} u;
	struct link_space	*ls = arg;
	const struct nlmsghdr	*nh;
	ssize_t			 n;
	unsigned int		 len;
	bool			 lost;

	n = recv(ls->ls_hear, &u, sizeof(u), MSG_DONTWAIT);
	lost = n == -1 && errno == ENOBUFS;
	/* Until it is empty, what more is lost would not be told. */
	while (lost && (recv(ls->ls_hear, &u, sizeof(u), MSG_DONTWAIT) > 0 ||
	    errno == ENOBUFS))
		;
	if (lost || ls->ls_stale) {
		link_dump(ls);
		return;
	}
	if (n <= 0)
		return;
	len = (unsigned int)n;
	for (nh = &u.hdr; NLMSG_OK(nh, len); nh = NLMSG_NEXT(nh, len))
		link_update(nh, ls);
}

/* Sockets of the namespace that we are in.  0; -1 and errno. */
static int
space_sockets(struct link_space *ls)
{
	ls->ls_ask = unl_open(NETLINK_ROUTE, 0);
	if (ls->ls_ask == -1)
		return (-1);
	ls->ls_hear = unl_open(NETLINK_ROUTE, RTMGRP_LINK);
	if (ls->ls_hear != -1)
		return (0);
	close(ls->ls_ask);
	return (-1);
}

static void
space_watch(struct link_space *ls)
{
	ls->ls_event = event_new(proc_base, ls->ls_hear, EV_READ | EV_PERSIST,
	    link_event, ls);
	if (ls->ls_event == NULL || event_add(ls->ls_event, NULL) == -1)
		fatalx("rtnetlink: no event");
	link_dump(ls);
}

void
link_init(void (*changed)(struct link *), void (*gone)(struct link *))
{
	static struct link_space	own = { .ls_fd = -1 };

	link_changed = changed;
	link_gone = gone;
	if (space_sockets(&own) == -1)
		fatal("rtnetlink");
	space_watch(&own);
}

struct link_space *
link_space_open(const char *name, int fd)
{
	struct link_space	*ls = calloc(1, sizeof(*ls));
	struct stat		 st;
	int			 r, error;

	if (ls == NULL)
		fatal("namespace");
	strlcpy(ls->ls_name, name, sizeof(ls->ls_name));
	ls->ls_fd = fd;
	if (fstat(fd, &st) == -1 || unetns_enter(fd) == -1) {
		error = errno;
		goto fail;
	}
	ls->ls_id = st.st_ino;
	r = space_sockets(ls);
	error = errno;
	unetns_leave();
	if (r == -1)
		goto fail;
	space_watch(ls);
	return (ls);
fail:
	close(fd);
	free(ls);
	errno = error;
	return (NULL);
}

void
link_space_close(struct link_space *ls)
{
	struct link	*ln, *next;

	for (ln = TAILQ_FIRST(&links); ln != NULL; ln = next) {
		next = TAILQ_NEXT(ln, ln_entry);
		if (ln->ln_space == ls)
			link_remove(ln);
	}
	event_free(ls->ls_event);
	close(ls->ls_hear);
	close(ls->ls_ask);
	close(ls->ls_fd);
	free(ls);
}

const char *
link_space_name(const struct link_space *ls)
{
	return (ls->ls_name);
}

int
link_space_fd(const struct link_space *ls)
{
	return (ls->ls_fd);
}

uint64_t
link_space_id(const struct link_space *ls)
{
	return (ls->ls_id);
}
