/*
 * SPDX-License-Identifier: ISC
 *
 * control.c: the process that serves switchctl(8).
 *
 * A client is a connection to the control socket, which the parent opened
 * (MSG_LISTEN_ADD).  It has one request at a time; the row of the request says
 * how large it is and which processes are asked, one after the other.  Their
 * data goes to the client as it comes, their verdicts become one.  Each asking
 * has a number of its own, which replies carry: what comes too late finds
 * nobody.
 *
 * Clients are not trusted: a wrong size or too much that is not read ends that
 * client, and no other.  Requests sent ahead wait for their turn.  Who is slow
 * to read a list makes ofp pause with it; what a switch answers cannot pause,
 * and waits here.
 */
#include <sys/queue.h>
#include <sys/socket.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <imsg.h>

#include "bsd.h"
#include "log.h"
#include "proc.h"

#define CONTROL_CLIENTS	64
#define CONTROL_MONITORS 32	/* of them, which nobody displaces */
#define CONTROL_WAIT	30	/* s a process may think */

/* Bytes unread: a client is behind; all leave too much; not so this one. */
#define CONTROL_BEHIND	(1U << 20)
#define CONTROL_MEMORY	(256U << 20)
#define CONTROL_SHARE	(4U << 20)

struct client {
	TAILQ_ENTRY(client) cl_entry;
	uint32_t	 cl_id;		/* for people */
	uint32_t	 cl_ask;	/* asked now; a monitor's stays */
	struct imsgbuf	 cl_ibuf;
	struct event	*cl_read, *cl_write, *cl_timer;
	size_t		 cl_old, cl_new; /* bytes unread, see client_sent */
	uint32_t	 cl_nnew;	/* messages */
	bool		 cl_held;	/* ofp was told that it is behind */
	bool		 cl_ended;	/* asks no more, reads the rest */
	const struct request *cl_request; /* being answered */
	unsigned int	 cl_asked;	/* place in its list of processes */
	bool		 cl_good;	/* one said CTL_OK */
	bool		 cl_silent;	/* one did not answer: cl_fail says */
	struct ctl_fail	 cl_fail;	/* what the last other said */
	uint8_t		*cl_bytes;	/* the request, for the next process */
	size_t		 cl_len;
	uint32_t	 cl_wish;	/* CTL_MON_* it asks for */
	uint32_t	 cl_monitor;	/* CTL_MON_* it gets, 0: none */
	uint32_t	 cl_lost;	/* events not delivered */
};

enum verdict { VERDICT_GOOD, VERDICT_BAD, VERDICT_NONE };

/* How to answer: ask the processes in turn until ... */
enum ask { ASK_ALL, ASK_FIRST_GOOD };

struct request {
	enum ctl_type	 rq_type;
	const char	*rq_name;
	size_t		 rq_size;
	bool		 rq_more;
	enum ask	 rq_how;
	enum proc_id	 rq_procs[3];
	unsigned int	 rq_nprocs;
};

#define SELECT	sizeof(struct ctl_select)
static const struct request requests[] = {
	{ CTL_SHOW_SUMMARY, "show summary", 0, false, ASK_ALL,
	    { PROC_OFP }, 1 },
	{ CTL_SHOW_SWITCHES, "show switches", SELECT, false, ASK_ALL,
	    { PROC_OFP, PROC_OFCCONN }, 2 },
	{ CTL_SHOW_MACS, "show macs", SELECT, false, ASK_ALL,
	    { PROC_OFP }, 1 },
	{ CTL_SHOW_PROCESSES, "show processes", 0, false, ASK_ALL,
	    { PROC_PARENT }, 1 },
	{ CTL_SHOW_COUNTERS, "show counters", SELECT, false, ASK_ALL,
	    { PROC_OFP, PROC_OFCCONN, PROC_PARENT }, 3 },
	{ CTL_SHOW_PROFILE, "show profile", SELECT, false, ASK_ALL,
	    { PROC_OFP }, 1 },
	{ CTL_SHOW_PORTS, "show ports", SELECT, false, ASK_ALL,
	    { PROC_OFP }, 1 },
	{ CTL_OPENFLOW, "openflow", sizeof(struct ctl_openflow), true,
	    ASK_ALL, { PROC_OFP }, 1 },
	{ CTL_CONNECT, "connect", sizeof(struct ctl_connect), false, ASK_ALL,
	    { PROC_PARENT }, 1 },
	{ CTL_DISCONNECT, "disconnect", SELECT, false, ASK_FIRST_GOOD,
	    { PROC_PARENT, PROC_OFP }, 2 },
	{ CTL_LOAD, "load", sizeof(struct ctl_path), false, ASK_ALL,
	    { PROC_PARENT }, 1 },
	{ CTL_RELOAD, "reload", 0, false, ASK_ALL, { PROC_PARENT }, 1 },
	{ CTL_RESET, "reset", 0, false, ASK_ALL, { PROC_OFP }, 1 },
	{ CTL_LOG, "log", sizeof(struct ctl_log), false, ASK_ALL,
	    { PROC_PARENT }, 1 },
	{ CTL_MONITOR, "monitor", sizeof(struct ctl_monitor), false, ASK_ALL,
	    { PROC_OFP }, 1 },
};

static TAILQ_HEAD(, client)	clients = TAILQ_HEAD_INITIALIZER(clients);
static unsigned int		nclients;
static size_t			control_memory = CONTROL_MEMORY;
static size_t			control_unread;	/* bytes, of all clients */
static uint32_t			client_ids, client_asks;
static int			control_fd = -1;
static struct event		*control_event;

static void	client_readable(evutil_socket_t, short, void *);
static void	client_writable(evutil_socket_t, short, void *);
static void	client_late(evutil_socket_t, short, void *);
static void	client_ask(struct client *);

/* Nobody waits for the answer any more.  Only ofp has such that take time. */
static void
client_forget(struct client *cl)
{
	enum proc_id	id = PROC_OFP;

	if (cl->cl_request != NULL)
		id = cl->cl_request->rq_procs[cl->cl_asked];
	if (id == PROC_OFP && cl->cl_ask != 0)
		proc_send(PROC_OFP, MSG_CTL_GONE, cl->cl_ask, -1, NULL, 0);
	cl->cl_ask = 0;
}

static size_t
client_unread(const struct client *cl)
{
	return (cl->cl_old + cl->cl_new);
}

/*
 * imsg counts the messages that wait, not their bytes.  So the bytes before a
 * mark count as unread until no more messages wait than came behind it.
 */
static void
client_sent(struct client *cl)
{
	while (imsgbuf_queuelen(&cl->cl_ibuf) <= cl->cl_nnew &&
	    client_unread(cl) > 0) {
		control_unread -= cl->cl_old;
		cl->cl_old = cl->cl_new;
		cl->cl_new = cl->cl_nnew = 0;
	}
}

/* Those who wait in the backlog may find room now. */
static void
control_resume(void)
{
	if (control_event != NULL)
		event_add(control_event, NULL);
}

/* Let ofp pause with a list until the client has read what there is of it. */
static void
client_hold(struct client *cl, bool hold)
{
	const struct timeval	wait = { CONTROL_WAIT, 0 };
	struct msg_id		mi = { hold };

	if (cl->cl_request == NULL || cl->cl_held == hold ||
	    cl->cl_request->rq_procs[cl->cl_asked] != PROC_OFP)
		return;
	cl->cl_held = hold;
	if (hold) {
		event_del(cl->cl_timer);
		control_resume();	/* in its place, perhaps */
	} else
		event_add(cl->cl_timer, &wait);
	proc_send(PROC_OFP, MSG_CTL_HOLD, cl->cl_ask, -1, &mi, sizeof(mi));
}

static void
client_free(struct client *cl)
{
	TAILQ_REMOVE(&clients, cl, cl_entry);
	nclients--;
	control_unread -= client_unread(cl);
	client_forget(cl);
	event_free(cl->cl_read);
	event_free(cl->cl_write);
	event_free(cl->cl_timer);
	close(cl->cl_ibuf.fd);
	imsgbuf_clear(&cl->cl_ibuf);
	free(cl->cl_bytes);
	free(cl);
	control_resume();
}

static void
client_drop(struct client *cl, const char *why)
{
	log_warnx("client %u dropped: %s", cl->cl_id, why);
	client_free(cl);
}

/* A message to the client; false when that was its end. */
static bool
client_send(struct client *cl, enum ctl_type type, const void *data,
    size_t len)
{
	if (control_unread > control_memory &&
	    client_unread(cl) > CONTROL_SHARE) {
		client_drop(cl, "it does not read its answers");
		return (false);
	}
	if (imsg_compose(&cl->cl_ibuf, type, 0, 0, -1, data, len) == -1) {
		client_drop(cl, "out of memory");
		return (false);
	}
	len += sizeof(struct ibuf) + IMSG_HEADER_SIZE;
	cl->cl_new += len;
	cl->cl_nnew++;
	control_unread += len;
	if (client_unread(cl) > CONTROL_BEHIND)
		client_hold(cl, true);
	event_add(cl->cl_write, NULL);
	return (true);
}

/* The answer is complete: the next request may come. */
static void
client_done(struct client *cl)
{
	const struct request	*rq = cl->cl_request;
	bool			 good = cl->cl_good;

	if (cl->cl_silent && rq->rq_how == ASK_ALL)
		good = false;
	if (good && rq->rq_type == CTL_MONITOR)
		cl->cl_monitor = cl->cl_wish;
	else
		cl->cl_ask = 0;
	cl->cl_request = NULL;
	free(cl->cl_bytes);
	cl->cl_bytes = NULL;
	event_del(cl->cl_timer);
	if (good ? client_send(cl, CTL_OK, NULL, 0) :
	    client_send(cl, CTL_FAIL, &cl->cl_fail, sizeof(cl->cl_fail))) {
		/* The next request may have arrived with the last one. */
		event_add(cl->cl_read, NULL);
		event_active(cl->cl_read, EV_READ, 0);
		control_resume();
	}
}

/* What one process said at last; cf unless it was good. */
static void
client_verdict(struct client *cl, enum verdict v, const struct ctl_fail *cf)
{
	const struct request	*rq = cl->cl_request;

	if (v == VERDICT_GOOD)
		cl->cl_good = true;
	else if (!cl->cl_silent)
		cl->cl_fail = *cf;
	if (v == VERDICT_NONE)
		cl->cl_silent = true;
	cl->cl_asked++;
	if (cl->cl_asked >= rq->rq_nprocs ||
	    (v == VERDICT_GOOD && rq->rq_how == ASK_FIRST_GOOD))
		client_done(cl);
	else
		client_ask(cl);
}

/*
 * A process said nothing: what the others say is not the whole, neither what
 * they show nor that there is no such switch.
 */
static void
client_verdict_none(struct client *cl, const char *text)
{
	struct ctl_fail	cf;

	client_forget(cl);
	memset(&cf, 0, sizeof(cf));
	cf.cf_code = CTL_E_FAILED;
	strlcpy(cf.cf_text, text, sizeof(cf.cf_text));
	client_verdict(cl, VERDICT_NONE, &cf);
}

static void
client_ask(struct client *cl)
{
	const struct timeval	 wait = { CONTROL_WAIT, 0 };
	const struct request	*rq = cl->cl_request;
	struct msg_ctl		 mc = { rq->rq_type };

	if (++client_asks == 0)
		client_asks++;
	cl->cl_ask = client_asks;
	cl->cl_held = false;
	event_add(cl->cl_timer, &wait);
	proc_send2(rq->rq_procs[cl->cl_asked], MSG_CTL, cl->cl_ask, -1, &mc,
	    sizeof(mc), cl->cl_bytes, cl->cl_len);
}

static void
client_late(evutil_socket_t fd, short what, void *arg)
{
	struct client	*cl = arg;
	char		 text[CTL_TEXT_LEN];

	snprintf(text, sizeof(text), "no answer from %s within %d s",
	    proc_name(cl->cl_request->rq_procs[cl->cl_asked]), CONTROL_WAIT);
	client_verdict_none(cl, text);
}

/* Tell monitors what this client asks for. */
static void
client_show(const struct client *from, const struct request *rq)
{
	struct ctl_event	 ce;
	struct client		*cl, *next;
	struct timespec		 ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	memset(&ce, 0, sizeof(ce));
	ce.ce_what = CTL_MON_CTL;
	ce.ce_time_us = ts.tv_sec * 1000000ULL + ts.tv_nsec / 1000;
	snprintf(ce.ce_name, sizeof(ce.ce_name), "client %u", from->cl_id);
	snprintf(ce.ce_text, sizeof(ce.ce_text), "%s", rq->rq_name);
	for (cl = TAILQ_FIRST(&clients); cl != NULL; cl = next) {
		next = TAILQ_NEXT(cl, cl_entry);
		if (cl == from || cl->cl_request != NULL ||
		    (cl->cl_monitor & CTL_MON_CTL) == 0)
			continue;
		if (client_unread(cl) > CONTROL_BEHIND) {
			cl->cl_lost++;
			continue;
		}
		ce.ce_lost = cl->cl_lost;
		cl->cl_lost = 0;
		client_send(cl, CTL_EVENT, &ce, sizeof(ce));
	}
}

/* NULL, or what is wrong with the request. */
static const char *
request_check(const struct request *rq, const uint8_t *p, size_t len)
{
	struct ctl_openflow	co;

	if (rq == NULL)
		return ("unknown request");
	if (len < rq->rq_size || (len > rq->rq_size && !rq->rq_more))
		return ("request of a wrong size");
	if (rq->rq_type == CTL_OPENFLOW) {
		memcpy(&co, p, sizeof(co));
		if (co.co_len != len - sizeof(co) || co.co_len == 0)
			return ("request of a wrong length");
	}
	return (NULL);
}

static bool
control_takes_monitor(void)
{
	const struct client	*cl;
	unsigned int		 n = 0;

	TAILQ_FOREACH(cl, &clients, cl_entry)
		n += cl->cl_monitor != 0 || (cl->cl_request != NULL &&
		    cl->cl_request->rq_type == CTL_MONITOR);
	return (n < CONTROL_MONITORS);
}

static void
client_refuse(struct client *cl, const char *why)
{
	struct ctl_fail	cf;

	memset(&cf, 0, sizeof(cf));
	cf.cf_code = CTL_E_FAILED;
	strlcpy(cf.cf_text, why, sizeof(cf.cf_text));
	if (client_send(cl, CTL_FAIL, &cf, sizeof(cf)))
		event_active(cl->cl_read, EV_READ, 0);
}

static void
client_request(struct client *cl, struct imsg *imsg)
{
	const struct request	*rq = NULL;
	struct ctl_monitor	 cn;
	struct ibuf		 view;
	const char		*why;
	size_t			 i;

	for (i = 0; i < sizeof(requests) / sizeof(requests[0]); i++)
		if (requests[i].rq_type == imsg_get_type(imsg))
			rq = &requests[i];
	cl->cl_len = imsg_get_len(imsg);
	if (cl->cl_len > 0 && imsg_get_ibuf(imsg, &view) == -1)
		return (client_drop(cl, "unreadable request"));
	why = request_check(rq, cl->cl_len > 0 ? ibuf_data(&view) : NULL,
	    cl->cl_len);
	if (why != NULL)
		return (client_drop(cl, why));
	if (rq->rq_type == CTL_MONITOR && !control_takes_monitor())
		return (client_refuse(cl, "there are too many monitors"));
	if ((cl->cl_bytes = malloc(cl->cl_len + 1)) == NULL)
		return (client_drop(cl, "out of memory"));
	if (cl->cl_len > 0)
		memcpy(cl->cl_bytes, ibuf_data(&view), cl->cl_len);
	if (rq->rq_type == CTL_MONITOR) {
		memcpy(&cn, cl->cl_bytes, sizeof(cn));
		cl->cl_wish = cn.cn_what != 0 ? cn.cn_what : CTL_MON_ALL;
	}
	cl->cl_request = rq;
	cl->cl_asked = 0;
	cl->cl_good = cl->cl_silent = false;
	event_del(cl->cl_read);
	client_show(cl, rq);
	client_ask(cl);
}

static void
client_readable(evutil_socket_t fd, short what, void *arg)
{
	struct client	*cl = arg;
	struct imsg	 imsg;
	int		 n;

	/* What was read before comes first: no more of it is kept than that. */
	n = imsgbuf_get(&cl->cl_ibuf, &imsg);
	if (n == 0) {
		n = imsgbuf_read(&cl->cl_ibuf);
		if (n == 0 && imsgbuf_queuelen(&cl->cl_ibuf) > 0) {
			cl->cl_ended = true;
			event_del(cl->cl_read);
			return;
		}
		if (n != 1)
			return (client_free(cl));
		n = imsgbuf_get(&cl->cl_ibuf, &imsg);
	}
	if (n == 0)
		return;
	if (n == -1)
		return (client_drop(cl, "it does not speak our protocol"));
	if (cl->cl_monitor != 0)
		client_drop(cl, "a monitor has no further requests");
	else
		client_request(cl, &imsg);
	imsg_free(&imsg);
}

static void
client_writable(evutil_socket_t fd, short what, void *arg)
{
	struct client	*cl = arg;

	if (imsgbuf_write(&cl->cl_ibuf) == -1)
		return (client_free(cl));
	client_sent(cl);
	if (client_unread(cl) < CONTROL_BEHIND / 2)
		client_hold(cl, false);
	if (imsgbuf_queuelen(&cl->cl_ibuf) > 0)
		event_add(cl->cl_write, NULL);
	else if (cl->cl_ended)
		client_free(cl);
}

static void
client_new(int fd)
{
	struct client	*cl;

	if ((cl = calloc(1, sizeof(*cl))) == NULL ||
	    imsgbuf_init(&cl->cl_ibuf, fd) == -1) {
		log_warn("client");
		free(cl);
		close(fd);
		return;
	}
	imsgbuf_set_maxsize(&cl->cl_ibuf, CTL_DATA_MAX + IMSG_HEADER_SIZE);
	cl->cl_id = ++client_ids;
	cl->cl_read = event_new(proc_base, fd, EV_READ | EV_PERSIST,
	    client_readable, cl);
	cl->cl_write = event_new(proc_base, fd, EV_WRITE, client_writable, cl);
	cl->cl_timer = event_new(proc_base, -1, 0, client_late, cl);
	if (cl->cl_read == NULL || cl->cl_write == NULL ||
	    cl->cl_timer == NULL)
		fatal("client");
	event_add(cl->cl_read, NULL);
	TAILQ_INSERT_TAIL(&clients, cl, cl_entry);
	nclients++;
}

/*
 * Too many: who has no request makes room, the longest there first, and who
 * does not read its answer, whole or not, only if there is no other.
 */
static bool
control_make_room(void)
{
	struct client	*cl, *found = NULL;

	TAILQ_FOREACH(cl, &clients, cl_entry) {
		if ((cl->cl_request != NULL && !cl->cl_held) ||
		    cl->cl_monitor != 0)
			continue;
		if (found == NULL)
			found = cl;
		if (imsgbuf_queuelen(&cl->cl_ibuf) == 0) {
			found = cl;
			break;
		}
	}
	if (found == NULL)
		return (false);
	client_drop(found, "it says nothing and others wait");
	return (true);
}

static void
control_retry(evutil_socket_t fd, short what, void *arg)
{
	control_resume();
}

static void
control_accept(evutil_socket_t lfd, short what, void *arg)
{
	const struct timeval	pause = { 1, 0 };
	int			fd;

	if (nclients >= CONTROL_CLIENTS && !control_make_room()) {
		/* All are busy: the next one waits until one is done. */
		event_del(control_event);
		return;
	}
	fd = accept4(lfd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd != -1)
		client_new(fd);
	else if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED) {
		/* Out of descriptors: it would be told of this one at once. */
		log_warn("accept");
		event_del(control_event);
		event_base_once(proc_base, -1, EV_TIMEOUT, control_retry, NULL,
		    &pause);
	}
}

static void
control_listen(struct msg *m)
{
	int	fd = msg_fd(m);

	if (fd == -1)
		return (log_warnx("control socket: no descriptor"));
	if (control_event != NULL) {
		event_free(control_event);
		close(control_fd);
	}
	control_fd = fd;
	evutil_make_socket_nonblocking(fd);
	control_event = event_new(proc_base, fd, EV_READ | EV_PERSIST,
	    control_accept, NULL);
	if (control_event == NULL || event_add(control_event, NULL) == -1)
		fatalx("control socket: no event");
}

/* Who waits for the answer of that number. */
static struct client *
client_find(uint32_t ask)
{
	struct client	*cl;

	TAILQ_FOREACH(cl, &clients, cl_entry)
		if (cl->cl_ask == ask && ask != 0)
			break;
	return (cl);
}

/* An event for a monitor; one that is behind loses it, and is told. */
static void
control_event_to(struct client *cl, const uint8_t *p, size_t len)
{
	struct ctl_event	 ce;
	uint8_t			*copy;

	if (len < sizeof(ce))
		return;
	if (client_unread(cl) > CONTROL_BEHIND ||
	    (copy = malloc(len)) == NULL) {
		cl->cl_lost++;
		return;
	}
	memcpy(&ce, p, sizeof(ce));
	ce.ce_lost += cl->cl_lost;
	cl->cl_lost = 0;
	memcpy(copy, p, len);
	memcpy(copy, &ce, sizeof(ce));
	client_send(cl, CTL_EVENT, copy, len);
	free(copy);
}

static void
control_reply(struct msg *m)
{
	const struct timeval	 wait = { CONTROL_WAIT, 0 };
	struct client		*cl = client_find(m->m_id);
	struct msg_ctl		 mc;
	struct ctl_fail		 cf;
	const uint8_t		*p;
	size_t			 len;

	msg_get(m, &mc, sizeof(mc));
	p = msg_rest(m, sizeof(mc), &len);
	if (cl == NULL)
		return;
	if (mc.mc_type == CTL_EVENT) {
		if (cl->cl_monitor != 0)
			control_event_to(cl, p, len);
		return;
	}
	if (cl->cl_request == NULL ||
	    cl->cl_request->rq_procs[cl->cl_asked] != m->m_from)
		return;
	if (mc.mc_type == CTL_OK)
		client_verdict(cl, VERDICT_GOOD, NULL);
	else if (mc.mc_type == CTL_FAIL) {
		memset(&cf, 0, sizeof(cf));
		memcpy(&cf, p, len < sizeof(cf) ? len : sizeof(cf));
		msg_str(cf.cf_text);
		client_verdict(cl, VERDICT_BAD, &cf);
	} else if (client_send(cl, mc.mc_type, p, len) && !cl->cl_held)
		event_add(cl->cl_timer, &wait);
}

/* A process is new: what the old one was asked has no answer. */
static void
control_peer(enum proc_id id)
{
	struct client	*cl, *next;

	for (cl = TAILQ_FIRST(&clients); cl != NULL; cl = next) {
		next = TAILQ_NEXT(cl, cl_entry);
		if (cl->cl_request != NULL &&
		    cl->cl_request->rq_procs[cl->cl_asked] == id)
			client_verdict_none(cl, "a process of switchd was "
			    "started again meanwhile");
		else if (cl->cl_monitor != 0 && id == PROC_OFP)
			client_free(cl);
	}
}

static void
control_verbose(struct msg *m)
{
	struct msg_id	mi;

	msg_get(m, &mi, sizeof(mi));
	log_verbose(mi.mi_id);
}

static void
control_init(void)
{
}

const struct proc	proc_control = {
	.pr_promises = "stdio recvfd accept",
	.pr_init = control_init,
	.pr_peer = control_peer,
	.pr_handlers = {
		[MSG_VERBOSE] = control_verbose,
		[MSG_LISTEN_ADD] = control_listen,
		[MSG_CTL_REPLY] = control_reply,
	}
};
