/*
 * SPDX-License-Identifier: ISC
 *
 * ctl_user.c: uswitch's end of the control socket; see ctl_user.h.
 *
 * A request is worked off at once.  An answer of several messages is sent one
 * by one as the client reads; it is asked for nothing else meanwhile.
 */
#include <sys/epoll.h>
#include <sys/socket.h>

#include <unistd.h>

#include "ctl_user.h"
#include "dev_user.h"
#include "loop.h"
#include "port.h"
#include "uswitch_ctl.h"

#define MAX_CLIENTS	8

struct client {
	struct loop_io		 cl_io;		/* li_fd -1: free */
	struct uctl_msg		 cl_msg;	/* request, then answer */
	const struct request	*cl_request;	/* being answered */
	unsigned int		 cl_next;	/* message of the answer */
};

/* A request: what it does, and how answers of several messages go on. */
struct request {
	enum uctl_type	 rq_type;
	/* errno; text and content of the answer are in the message. */
	int		(*rq_fn)(struct uctl_msg *, const int *, unsigned int);
	/* Message i of the answer; false: it is the last. */
	bool		(*rq_list)(struct uctl_msg *, unsigned int);
};

static struct switch_softc	*softc;
static struct loop_io		 listener;
static struct client		 clients[MAX_CLIENTS];
static struct uctl_process	 processes[2];	/* the parent, we */

static int
ctl_attach(struct uctl_msg *m, const int *fds, unsigned int n)
{
	return (port_attach(&m->um_port, fds, n, m->um_text,
	    sizeof(m->um_text)));
}

static int
ctl_detach(struct uctl_msg *m, const int *fds, unsigned int n)
{
	return (port_detach(m->um_port.up_name, m->um_text,
	    sizeof(m->um_text)));
}

static int
ctl_set(struct uctl_msg *m, const int *fds, unsigned int n)
{
	return (port_set(&m->um_port, m->um_text, sizeof(m->um_text)));
}

static int
ctl_keep(struct uctl_msg *m, const int *fds, unsigned int n)
{
	return (port_keep(m->um_port.up_name, m->um_port.up_no, m->um_text,
	    sizeof(m->um_text)));
}

static bool
ctl_list_port(struct uctl_msg *m, unsigned int i)
{
	struct port	*p = port_next(NULL);

	while (p != NULL && i-- > 0)
		p = port_next(p);
	if (p == NULL)
		return (false);
	port_show(p, &m->um_port);
	return (true);
}

/* Take over what is not zero. */
static void
ctl_merge(struct switch_conf *sc, const struct uctl_conf *uc)
{
	struct {
		uint32_t	*to;
		uint32_t	 from;
	} row[] = {
		{ &sc->sc_fail_delay,	 uc->uc_fail_delay },
		{ &sc->sc_tables,	 uc->uc_tables },
		{ &sc->sc_max_flows,	 uc->uc_max_flows },
		{ &sc->sc_max_flows_all, uc->uc_max_flows_all },
		{ &sc->sc_max_groups,	 uc->uc_max_groups },
		{ &sc->sc_max_meters,	 uc->uc_max_meters },
		{ &sc->sc_max_buffers,	 uc->uc_max_buffers },
		{ &sc->sc_max_chans,	 uc->uc_max_chans },
		{ &sc->sc_chan_queue,	 uc->uc_chan_queue },
	};
	unsigned int	i;

	for (i = 0; i < nitems(row); i++)
		if (row[i].from != 0)
			*row[i].to = row[i].from;
	if (uc->uc_dpid != 0)
		sc->sc_dpid = uc->uc_dpid;
	sc->sc_fail_mode = uc->uc_standalone ? SWITCH_FAIL_STANDALONE :
	    SWITCH_FAIL_SECURE;
	if (uc->uc_dp_desc[0] != '\0')
		memcpy(sc->sc_dp_desc, uc->uc_dp_desc, sizeof(sc->sc_dp_desc));
	if (uc->uc_serial[0] != '\0')
		memcpy(sc->sc_serial, uc->uc_serial, sizeof(sc->sc_serial));
}
CTASSERT(sizeof(((struct switch_conf *)0)->sc_dp_desc) ==
    sizeof(((struct uctl_conf *)0)->uc_dp_desc));
CTASSERT(sizeof(((struct switch_conf *)0)->sc_serial) ==
    sizeof(((struct uctl_conf *)0)->uc_serial));

static int
ctl_conf(struct uctl_msg *m, const int *fds, unsigned int n)
{
	struct switch_conf	sc;
	int			error;

	switch_conf_get(softc, &sc);
	ctl_merge(&sc, &m->um_conf);
	error = switch_conf_set(softc, &sc);
	if (error == EBUSY)
		snprintf(m->um_text, sizeof(m->um_text),
		    "the datapath id stays while a controller is connected");
	else if (error != 0)
		snprintf(m->um_text, sizeof(m->um_text), "%s",
		    strerror(error));
	else if (m->um_conf.uc_max_chans != 0)
		dev_set_max(m->um_conf.uc_max_chans);
	return (error);
}

static int
ctl_conf_get(struct uctl_msg *m, const int *fds, unsigned int n)
{
	struct uctl_conf	*uc = &m->um_conf;
	struct switch_conf	 sc;

	switch_conf_get(softc, &sc);
	uc->uc_dpid = sc.sc_dpid;
	uc->uc_standalone = sc.sc_fail_mode == SWITCH_FAIL_STANDALONE;
	uc->uc_fail_delay = sc.sc_fail_delay;
	uc->uc_tables = sc.sc_tables;
	uc->uc_max_flows = sc.sc_max_flows;
	uc->uc_max_flows_all = sc.sc_max_flows_all;
	uc->uc_max_groups = sc.sc_max_groups;
	uc->uc_max_meters = sc.sc_max_meters;
	uc->uc_max_buffers = sc.sc_max_buffers;
	uc->uc_max_chans = sc.sc_max_chans;
	uc->uc_chan_queue = sc.sc_chan_queue;
	memcpy(uc->uc_dp_desc, sc.sc_dp_desc, sizeof(uc->uc_dp_desc));
	memcpy(uc->uc_serial, sc.sc_serial, sizeof(uc->uc_serial));
	return (0);
}

static bool
ctl_list_counter(struct uctl_msg *m, unsigned int i)
{
	const char	*name;
	uint64_t	 value;

	name = switch_counter(softc, i, &value);
	if (name == NULL)
		return (false);
	snprintf(m->um_counter.uk_name, sizeof(m->um_counter.uk_name), "%s",
	    name);
	m->um_counter.uk_value = value;
	return (true);
}

static int
ctl_parent(struct uctl_msg *m, const int *fds, unsigned int n)
{
	processes[0] = m->um_process;
	processes[0].ux_is_parent = 1;
	return (0);
}

static bool
ctl_list_process(struct uctl_msg *m, unsigned int i)
{
	if (i >= nitems(processes))
		return (false);
	m->um_process = processes[i];
	return (true);
}

void
ctl_self(const struct uctl_process *ux)
{
	processes[1] = *ux;
}

static int
ctl_nothing(struct uctl_msg *m, const int *fds, unsigned int n)
{
	return (0);
}

static int
ctl_shutdown(struct uctl_msg *m, const int *fds, unsigned int n)
{
	loop_stop();
	return (0);
}

static const struct request requests[] = {
	{ UCTL_ADD,		ctl_attach,	NULL },
	{ UCTL_DEL,		ctl_detach,	NULL },
	{ UCTL_SET,		ctl_set,	NULL },
	{ UCTL_KEEP,		ctl_keep,	NULL },
	{ UCTL_LIST,		ctl_nothing,	ctl_list_port },
	{ UCTL_CONF,		ctl_conf,	NULL },
	{ UCTL_CONF_GET,	ctl_conf_get,	NULL },
	{ UCTL_COUNTERS,	ctl_nothing,	ctl_list_counter },
	{ UCTL_SHUTDOWN,	ctl_shutdown,	NULL },
	{ UCTL_PARENT,		ctl_parent,	NULL },
	{ UCTL_PROCESSES,	ctl_nothing,	ctl_list_process },
};

static void
client_close(struct client *cl)
{
	int	fd = cl->cl_io.li_fd;

	loop_del(&cl->cl_io);
	close(fd);
}

/* Send the answer as far as the client reads.  -1: it is gone. */
static int
client_answer(struct client *cl)
{
	const struct request	*rq = cl->cl_request;
	struct uctl_msg		*m = &cl->cl_msg;

	for (;;) {
		if (rq->rq_list != NULL && m->um_error == 0) {
			uctl_init(m, rq->rq_type);
			m->um_more = rq->rq_list(m, cl->cl_next);
		}
		if (uctl_send(cl->cl_io.li_fd, m, NULL, 0) == -1) {
			if (errno != EAGAIN)
				return (-1);
			loop_mod(&cl->cl_io, EPOLLOUT);
			return (0);
		}
		if (!m->um_more)
			break;
		cl->cl_next++;
	}
	cl->cl_request = NULL;
	loop_mod(&cl->cl_io, EPOLLIN);
	return (0);
}

/* A request.  -1: hang up. */
static int
client_request(struct client *cl)
{
	struct uctl_msg	*m = &cl->cl_msg;
	int		 fds[UCTL_MAX_FDS];
	unsigned int	 i, n;

	if (uctl_recv(cl->cl_io.li_fd, m, fds, &n) != 1)
		return (-1);
	for (i = 0; i < nitems(requests); i++)
		if (requests[i].rq_type == m->um_type)
			break;
	/* Only what is attached comes with descriptors. */
	while (n > 0 && (i == nitems(requests) || m->um_type != UCTL_ADD))
		close(fds[--n]);
	if (i == nitems(requests))
		return (-1);
	cl->cl_request = &requests[i];
	cl->cl_next = 0;
	m->um_more = 0;
	m->um_text[0] = '\0';
	m->um_error = (uint32_t)requests[i].rq_fn(m, fds, n);
	return (client_answer(cl));
}

static void
client_ready(void *arg, uint32_t events)
{
	struct client	*cl = arg;
	int		 r;

	if (cl->cl_request != NULL)
		r = client_answer(cl);
	else
		r = client_request(cl);
	if (r == -1)
		client_close(cl);
}

int
ctl_add_client(int fd)
{
	struct client	*cl;

	for (cl = clients; cl < clients + MAX_CLIENTS; cl++)
		if (cl->cl_io.li_fd == -1)
			break;
	if (cl == clients + MAX_CLIENTS) {
		errno = EMFILE;
		return (-1);
	}
	cl->cl_request = NULL;
	return (loop_add(&cl->cl_io, fd, EPOLLIN, client_ready, cl));
}

/* Only root: the path's permissions say so, and we make sure. */
static void
ctl_accept(void *arg, uint32_t events)
{
	struct ucred	uc;
	socklen_t	len = sizeof(uc);
	int		fd;

	fd = accept4(listener.li_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (fd == -1)
		return;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &uc, &len) == -1 ||
	    uc.uid != 0 || ctl_add_client(fd) == -1)
		close(fd);
}

int
ctl_open(struct switch_softc *sc, int fd)
{
	struct client	*cl;

	softc = sc;
	for (cl = clients; cl < clients + MAX_CLIENTS; cl++)
		cl->cl_io.li_fd = -1;
	return (loop_add(&listener, fd, EPOLLIN, ctl_accept, NULL));
}

void
ctl_close(void)
{
	struct client	*cl;

	for (cl = clients; cl < clients + MAX_CLIENTS; cl++)
		if (cl->cl_io.li_fd != -1)
			client_close(cl);
	loop_del(&listener);
}
