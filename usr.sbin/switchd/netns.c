/*
 * SPDX-License-Identifier: ISC
 *
 * netns.c: network namespaces that the configuration names.
 *
 * A namespace is there when its name of ip-netns(8) is, /run/netns/NAME, and
 * is another when the name stands for another.  A name appears as a file to
 * which the namespace is bound a moment later, without an event; so once a
 * second all are looked at.  What is open in one (link.c, and the sockets of
 * its ports) would keep it alive: it is closed when the name goes.
 */
#include <sys/time.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bsd.h"
#include "log.h"
#include "parent.h"
#include "user/uswitch_netns.h"

struct netns {
	char			 nn_name[UCTL_NETNS_LEN];
	char			 nn_where[256];	/* that names it first */
	int			 nn_why;	/* errno that was said */
	bool			 nn_named;	/* by the new configuration */
	struct link_space	*nn_space;	/* NULL: it is not there */
	TAILQ_ENTRY(netns)	 nn_entry;
};

static TAILQ_HEAD(, netns)	 netns_all = TAILQ_HEAD_INITIALIZER(netns_all);
static struct event		*netns_timer;

static struct netns *
netns_find(const char *name)
{
	struct netns	*nn;

	TAILQ_FOREACH(nn, &netns_all, nn_entry)
		if (strcmp(nn->nn_name, name) == 0)
			return (nn);
	return (NULL);
}

static void
netns_enter(struct netns *nn)
{
	int	fd = unetns_open(nn->nn_name);

	if (fd != -1)
		nn->nn_space = link_space_open(nn->nn_name, fd);
	if (nn->nn_space != NULL) {
		nn->nn_why = 0;
		log_info("network namespace %s is there", nn->nn_name);
	} else if (nn->nn_why != errno) {
		nn->nn_why = errno;
		log_warnx("%s: network namespace %s: %s, waiting for it",
		    nn->nn_where, nn->nn_name, errno == EINVAL ?
		    "Something else has this name" : strerror(errno));
	}
}

static void
netns_leave(struct netns *nn)
{
	if (nn->nn_space == NULL)
		return;
	log_info("network namespace %s is gone", nn->nn_name);
	link_space_close(nn->nn_space);
	nn->nn_space = NULL;
	nn->nn_why = ENOENT;		/* that is said */
}

static void
netns_look(evutil_socket_t fd, short what, void *arg)
{
	struct netns	*nn;

	TAILQ_FOREACH(nn, &netns_all, nn_entry) {
		if (nn->nn_space != NULL && unetns_id(nn->nn_name) !=
		    link_space_id(nn->nn_space))
			netns_leave(nn);
		if (nn->nn_space == NULL)
			netns_enter(nn);
	}
}

/* A line of the configuration names it. */
static void
netns_name(const struct conf_iface *ci)
{
	struct netns	*nn = netns_find(ci->ci_netns);

	if (nn == NULL) {
		nn = calloc(1, sizeof(*nn));
		if (nn == NULL)
			fatal("namespace");
		strlcpy(nn->nn_name, ci->ci_netns, sizeof(nn->nn_name));
		TAILQ_INSERT_TAIL(&netns_all, nn, nn_entry);
	}
	if (!nn->nn_named)
		strlcpy(nn->nn_where, ci->ci_where, sizeof(nn->nn_where));
	nn->nn_named = true;
}

static void
netns_watch(void)
{
	struct timeval	tv = { 1, 0 };

	if (netns_timer == NULL)
		netns_timer = event_new(proc_base, -1, EV_PERSIST, netns_look,
		    NULL);
	if (netns_timer == NULL)
		fatalx("namespaces: no timer");
	if (TAILQ_EMPTY(&netns_all))
		event_del(netns_timer);
	else if (!event_pending(netns_timer, EV_TIMEOUT, NULL))
		event_add(netns_timer, &tv);
}

void
netns_sync(const struct conf *cf)
{
	const struct conf_switch	*cs;
	const struct conf_iface		*ci;
	struct netns			*nn, *next;

	TAILQ_FOREACH(nn, &netns_all, nn_entry)
		nn->nn_named = false;
	TAILQ_FOREACH(cs, &cf->cf_switches, cs_entry)
		TAILQ_FOREACH(ci, &cs->cs_ifaces, ci_entry)
			if (ci->ci_netns[0] != '\0')
				netns_name(ci);
	for (nn = TAILQ_FIRST(&netns_all); nn != NULL; nn = next) {
		next = TAILQ_NEXT(nn, nn_entry);
		if (nn->nn_named)
			continue;
		netns_leave(nn);
		TAILQ_REMOVE(&netns_all, nn, nn_entry);
		free(nn);
	}
	netns_look(-1, 0, NULL);
	netns_watch();
}
