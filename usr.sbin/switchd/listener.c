/*
 * SPDX-License-Identifier: ISC
 *
 * listener.c: the listening sockets.  They stay with the parent, so that a
 * controller that is started again finds who connected meanwhile.
 */
#include <sys/socket.h>

#include <netinet/in.h>

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bsd.h"
#include "log.h"
#include "parent.h"

#define LISTEN_BACKLOG	1024

enum listener_state { LISTENER_NEW, LISTENER_OLD, LISTENER_STALE };

struct listener {
	uint32_t		 li_id;
	int			 li_fd;
	enum listener_state	 li_state;
	bool			 li_tls_new;	/* as it is to become */
	struct conf_listen	 li_conf;
	TAILQ_ENTRY(listener)	 li_entry;
};

static TAILQ_HEAD(, listener)	listeners = TAILQ_HEAD_INITIALIZER(listeners);
static uint32_t			listener_id;

static int
listener_socket(const struct conf_listen *cl)
{
	struct addrinfo	 hints = { .ai_flags = AI_NUMERICHOST | AI_PASSIVE,
			    .ai_socktype = SOCK_STREAM };
	struct addrinfo	*ai;
	char		 port[8];
	int		 fd, on = 1, error;

	snprintf(port, sizeof(port), "%u", cl->cl_port);
	if (getaddrinfo(cl->cl_addr, port, &hints, &ai) != 0) {
		errno = EADDRNOTAVAIL;
		return (-1);
	}
	fd = socket(ai->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
	    0);
	if (fd != -1 &&
	    (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == -1 ||
	    (ai->ai_family == AF_INET6 && setsockopt(fd, IPPROTO_IPV6,
	    IPV6_V6ONLY, &on, sizeof(on)) == -1) ||
	    bind(fd, ai->ai_addr, ai->ai_addrlen) == -1 ||
	    listen(fd, LISTEN_BACKLOG) == -1)) {
		error = errno;
		close(fd);
		fd = -1;
		errno = error;
	}
	freeaddrinfo(ai);
	return (fd);
}

static struct listener *
listener_find(const struct conf_listen *cl)
{
	struct listener	*li;

	TAILQ_FOREACH(li, &listeners, li_entry)
		if (li->li_conf.cl_port == cl->cl_port &&
		    strcmp(li->li_conf.cl_addr, cl->cl_addr) == 0)
			return (li);
	return (NULL);
}

/*
 * One that goes with this configuration may be in the way of another address:
 * it stops to listen, until listener_abort.  False: there is none.
 */
static bool
listener_yield(const struct conf_listen *cl)
{
	struct listener	*li;
	bool		 any = false;

	TAILQ_FOREACH(li, &listeners, li_entry)
		if (li->li_state == LISTENER_STALE &&
		    li->li_conf.cl_port == cl->cl_port) {
			shutdown(li->li_fd, SHUT_RD);
			any = true;
		}
	return (any);
}

static const char *
listener_open(const struct conf_listen *cl)
{
	static char	 why[256];
	struct listener	*li;
	int		 fd;

	fd = listener_socket(cl);
	if (fd == -1 && errno == EADDRINUSE && listener_yield(cl))
		fd = listener_socket(cl);
	if (fd == -1) {
		snprintf(why, sizeof(why), "listen on %s port %u: %s%s",
		    cl->cl_addr, cl->cl_port, strerror(errno), errno ==
		    EADDRINUSE ? ": give another port, or end who has it" :
		    "");
		return (why);
	}
	li = calloc(1, sizeof(*li));
	if (li == NULL)
		fatal("listener");
	li->li_id = ++listener_id;
	li->li_fd = fd;
	li->li_conf = *cl;
	li->li_state = LISTENER_NEW;
	li->li_tls_new = cl->cl_tls;
	TAILQ_INSERT_TAIL(&listeners, li, li_entry);
	return (NULL);
}

const char *
listener_prepare(const struct conf *cf)
{
	const struct conf_listen	*cl;
	struct listener			*li;
	const char			*why;

	TAILQ_FOREACH(li, &listeners, li_entry)
		li->li_state = LISTENER_STALE;
	TAILQ_FOREACH(cl, &cf->cf_listens, cl_entry)
		if ((li = listener_find(cl)) != NULL) {
			li->li_state = LISTENER_OLD;
			li->li_tls_new = cl->cl_tls;
		}
	TAILQ_FOREACH(cl, &cf->cf_listens, cl_entry)
		if (listener_find(cl) == NULL &&
		    (why = listener_open(cl)) != NULL) {
			listener_abort();
			return (why);
		}
	return (NULL);
}

static void
listener_tell(const struct listener *li)
{
	const struct conf_listen	*cl = &li->li_conf;
	struct msg_listen		 ml;
	bool				 v6 = strchr(cl->cl_addr, ':') != NULL;
	int				 fd;

	memset(&ml, 0, sizeof(ml));
	ml.ml_id = li->li_id;
	ml.ml_tls = cl->cl_tls;
	snprintf(ml.ml_addr, sizeof(ml.ml_addr), "%s:%s%s%s:%u",
	    cl->cl_tls ? "tls" : "tcp", v6 ? "[" : "", cl->cl_addr,
	    v6 ? "]" : "", cl->cl_port);
	/* Not for the child that is started next. */
	fd = fcntl(li->li_fd, F_DUPFD_CLOEXEC, 0);
	if (fd == -1) {
		log_warn("%s", ml.ml_addr);
		return;
	}
	proc_send(PROC_OFP, MSG_LISTEN_ADD, 0, fd, &ml, sizeof(ml));
}

static void
listener_untell(const struct listener *li)
{
	struct msg_id	mi = { li->li_id };

	proc_send(PROC_OFP, MSG_LISTEN_DEL, 0, -1, &mi, sizeof(mi));
}

static void
listener_free(struct listener *li)
{
	TAILQ_REMOVE(&listeners, li, li_entry);
	/* At once, not when ofp closes it as well: the address is free. */
	shutdown(li->li_fd, SHUT_RDWR);
	close(li->li_fd);
	free(li);
}

void
listener_commit(void)
{
	struct listener	*li, *next;

	for (li = TAILQ_FIRST(&listeners); li != NULL; li = next) {
		next = TAILQ_NEXT(li, li_entry);
		if (li->li_state == LISTENER_STALE) {
			listener_untell(li);
			listener_free(li);
			continue;
		}
		if (li->li_tls_new != li->li_conf.cl_tls) {
			listener_untell(li);
			li->li_conf.cl_tls = li->li_tls_new;
			li->li_state = LISTENER_NEW;
		}
		if (li->li_state == LISTENER_NEW)
			listener_tell(li);
		li->li_state = LISTENER_OLD;
	}
}

void
listener_abort(void)
{
	struct listener	*li, *next;

	for (li = TAILQ_FIRST(&listeners); li != NULL; li = next) {
		next = TAILQ_NEXT(li, li_entry);
		if (li->li_state == LISTENER_NEW)
			listener_free(li);
	}
	TAILQ_FOREACH(li, &listeners, li_entry) {
		if (li->li_state == LISTENER_STALE &&
		    listen(li->li_fd, LISTEN_BACKLOG) == -1)
			log_warn("listen on %s port %u", li->li_conf.cl_addr,
			    li->li_conf.cl_port);
		li->li_state = LISTENER_OLD;
	}
}

void
listener_tell_all(void)
{
	struct listener	*li;

	TAILQ_FOREACH(li, &listeners, li_entry)
		listener_tell(li);
}

uint32_t
listener_count(void)
{
	struct listener	*li;
	uint32_t	 n = 0;

	TAILQ_FOREACH(li, &listeners, li_entry)
		n++;
	return (n);
}
