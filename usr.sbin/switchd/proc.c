/*
 * SPDX-License-Identifier: ISC
 *
 * proc.c: pipes between the processes of switchd, and the life of a child.
 *
 * Every process has one pipe (a unix stream socket with imsg on it) to each
 * other.  A child is born with the pipe to the parent as descriptor 3 and gets
 * the others by MSG_PEER.  A child whose parent is gone ends.  What comes out
 * of a pipe is checked against msg.c before its handler runs: a child that
 * breaks the contract is killed by the parent and started anew, a parent or
 * sibling that does is fatal to a child.
 */
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <errno.h>
#include <grp.h>
#include <imsg.h>
#include <pwd.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bsd.h"
#include "libtls.h"
#include "log.h"
#include "proc_var.h"
#include "sandbox.h"

#define PROC_BEHIND	4096	/* messages */
#define PROC_UNREAD	2	/* no result of imsgbuf_read */

struct event_base	*proc_base;

static struct proc_pipe		 proc_pipes[PROC_MAX];
static enum proc_id		 proc_self;
static const struct proc	*proc_me;

static const struct proc *const	procs[PROC_MAX] = {
	[PROC_PARENT] = &proc_parent,
	[PROC_OFP] = &proc_ofp,
	[PROC_OFCCONN] = &proc_ofcconn,
	[PROC_CONTROL] = &proc_control
};

void
proc_init(enum proc_id self)
{
	proc_self = self;
	proc_me = procs[self];
	proc_base = event_base_new();
	if (proc_base == NULL)
		fatalx("no event base");
}

/* Sending. */

void
proc_send(enum proc_id to, enum msg_type type, uint32_t id, int fd,
    const void *data, size_t len)
{
	proc_send2(to, type, id, fd, data, len, NULL, 0);
}

void
proc_send2(enum proc_id to, enum msg_type type, uint32_t id, int fd,
    const void *data, size_t len, const void *more, size_t morelen)
{
	struct proc_pipe	*pp = &proc_pipes[to];
	struct iovec		 iov[2];
	const char		*why;

	why = msg_check(type, proc_self, to, len + morelen, fd != -1);
	if (why != NULL)
		fatalx("message %s to %s: %s", msg_name(type), proc_name(to),
		    why);
	iov[0].iov_base = (void *)(uintptr_t)data;
	iov[0].iov_len = len;
	iov[1].iov_base = (void *)(uintptr_t)more;
	iov[1].iov_len = morelen;
	if (!pp->pp_open || imsg_composev(&pp->pp_ibuf, type, id, 0, fd, iov,
	    2) == -1) {
		if (pp->pp_open)
			log_warn("message %s to %s", msg_name(type),
			    proc_name(to));
		if (fd != -1)
			close(fd);
		return;
	}
	event_add(pp->pp_write, NULL);
}

void
proc_reply(uint32_t client, enum ctl_type type, const void *data, size_t len,
    const void *more, size_t morelen)
{
	struct {
		struct msg_ctl	mc;
		uint8_t		data[1024];	/* more than any in ctl.h */
	} r;

	r.mc.mc_type = type;
	if (len > sizeof(r.data))
		fatalx("answer %u of %zu bytes", type, len);
	if (len > 0)
		memcpy(r.data, data, len);
	proc_send2(PROC_CONTROL, MSG_CTL_REPLY, client, -1, &r,
	    sizeof(r.mc) + len, more, morelen);
}

void
proc_fail(uint32_t client, const char *fmt, ...)
{
	struct ctl_fail	cf;
	va_list		ap;

	memset(&cf, 0, sizeof(cf));
	cf.cf_code = CTL_E_FAILED;
	va_start(ap, fmt);
	vsnprintf(cf.cf_text, sizeof(cf.cf_text), fmt, ap);
	va_end(ap);
	proc_reply(client, CTL_FAIL, &cf, sizeof(cf), NULL, 0);
}

void
proc_fail_code(uint32_t client, enum ctl_fail_code code, const char *text)
{
	struct ctl_fail	cf;

	memset(&cf, 0, sizeof(cf));
	cf.cf_code = code;
	strlcpy(cf.cf_text, text, sizeof(cf.cf_text));
	proc_reply(client, CTL_FAIL, &cf, sizeof(cf), NULL, 0);
}

uint32_t
proc_queued(enum proc_id to)
{
	struct proc_pipe	*pp = &proc_pipes[to];

	return (pp->pp_open ? imsgbuf_queuelen(&pp->pp_ibuf) : 0);
}

/* Receiving. */

/* Give one message to its handler; NULL or what is wrong with it. */
static const char *
proc_dispatch(struct proc_pipe *pp, struct imsg *imsg)
{
	struct ibuf	 ibuf;
	struct msg	 m;
	const char	*why;

	memset(&m, 0, sizeof(m));
	m.m_type = imsg_get_type(imsg);
	m.m_from = pp->pp_peer;
	m.m_id = imsg_get_id(imsg);
	m.m_len = imsg_get_len(imsg);
	m.m_fd = imsg_get_fd(imsg);
	if (m.m_len > 0 && imsg_get_ibuf(imsg, &ibuf) == 0)
		m.m_data = ibuf_data(&ibuf);
	why = msg_check(m.m_type, m.m_from, proc_self, m.m_len, m.m_fd != -1);
	if (why == NULL && m.m_type == MSG_PEER)
		proc_peer(&m);
	else if (why == NULL && proc_me->pr_handlers[m.m_type] == NULL)
		why = "nobody handles it";
	else if (why == NULL)
		proc_me->pr_handlers[m.m_type](&m);
	if (m.m_fd != -1)
		close(m.m_fd);
	return (why);
}

/*
 * The parent answers no child that leaves so much unread.  Among siblings ofp
 * must hear that an answer is not wanted any more.
 */
static bool
proc_is_behind(const struct proc_pipe *pp)
{
	return (proc_self == PROC_PARENT &&
	    imsgbuf_queuelen(&pp->pp_ibuf) > PROC_BEHIND);
}

/* The next message; reads once, when what was read before is done. */
static int
proc_next(struct proc_pipe *pp, struct imsg *imsg, int *r)
{
	int	n = imsgbuf_get(&pp->pp_ibuf, imsg);

	if (n != 0 || *r != PROC_UNREAD)
		return (n);
	*r = imsgbuf_read(&pp->pp_ibuf);
	/* A peer that was killed with something unread resets the pipe. */
	if (*r == -1 && errno == ECONNRESET)
		*r = 0;
	return (imsgbuf_get(&pp->pp_ibuf, imsg));
}

static void
proc_read(evutil_socket_t fd, short what, void *arg)
{
	struct proc_pipe	*pp = arg;
	struct imsg		 imsg;
	const char		*why = NULL;
	uint32_t		 type, serial = pp->pp_serial;
	int			 r = PROC_UNREAD, n = 1;

	/* A handler may close the pipe, or the parent open it anew. */
	while (why == NULL && pp->pp_open && pp->pp_serial == serial &&
	    !proc_is_behind(pp) && (n = proc_next(pp, &imsg, &r)) == 1) {
		type = imsg_get_type(&imsg);
		why = proc_dispatch(pp, &imsg);
		if (why != NULL)
			log_warnx("message %s (%u) from %s: %s",
			    msg_name(type), type, proc_name(pp->pp_peer), why);
		imsg_free(&imsg);
	}
	if (pp->pp_serial != serial || !pp->pp_open)
		return;
	if (r == 0 || r == -1 || n == -1 || why != NULL)
		return (proc_lost(pp, why != NULL || r == -1 || n == -1));
	pp->pp_paused = proc_is_behind(pp);
	if (pp->pp_paused)
		event_del(pp->pp_read);
}

static void
proc_write(evutil_socket_t fd, short what, void *arg)
{
	struct proc_pipe	*pp = arg;

	if (imsgbuf_write(&pp->pp_ibuf) == -1 && errno != EAGAIN) {
		proc_lost(pp, false);
		return;
	}
	if (imsgbuf_queuelen(&pp->pp_ibuf) > 0)
		event_add(pp->pp_write, NULL);
	if (pp->pp_paused && !proc_is_behind(pp)) {
		pp->pp_paused = false;
		event_add(pp->pp_read, NULL);
		event_active(pp->pp_read, EV_READ, 0);
	}
}

/* A pipe ended, or what came out of it was wrong. */
void
proc_lost(struct proc_pipe *pp, bool wrong)
{
	enum proc_id	peer = pp->pp_peer;

	proc_pipe_close(peer);
	if (proc_self == PROC_PARENT) {
		if (wrong)
			proc_parent_kill(peer);
		return;
	}
	if (peer == PROC_PARENT) {
		if (proc_me->pr_shutdown != NULL)
			proc_me->pr_shutdown();
		exit(wrong ? 1 : 0);
	}
	if (wrong)
		fatalx("%s breaks the contract", proc_name(peer));
}

void
proc_pipe_open(enum proc_id peer, int fd)
{
	struct proc_pipe	*pp = &proc_pipes[peer];

	proc_pipe_close(peer);
	evutil_make_socket_nonblocking(fd);
	if (imsgbuf_init(&pp->pp_ibuf, fd) == -1 ||
	    imsgbuf_set_maxsize(&pp->pp_ibuf, PROC_MAX_MESSAGE) == -1)
		fatal("pipe to %s", proc_name(peer));
	imsgbuf_allow_fdpass(&pp->pp_ibuf);
	pp->pp_peer = peer;
	pp->pp_fd = fd;
	pp->pp_read = event_new(proc_base, fd, EV_READ | EV_PERSIST, proc_read,
	    pp);
	pp->pp_write = event_new(proc_base, fd, EV_WRITE, proc_write, pp);
	if (pp->pp_read == NULL || pp->pp_write == NULL ||
	    event_add(pp->pp_read, NULL) == -1)
		fatalx("pipe to %s: no event", proc_name(peer));
	pp->pp_open = true;
	pp->pp_paused = false;
	pp->pp_serial++;
}

void
proc_pipe_close(enum proc_id peer)
{
	struct proc_pipe	*pp = &proc_pipes[peer];

	if (!pp->pp_open)
		return;
	event_free(pp->pp_read);
	event_free(pp->pp_write);
	imsgbuf_clear(&pp->pp_ibuf);
	close(pp->pp_fd);
	pp->pp_open = false;
}

/* Write out what is queued, for as long as the peer takes it. */
void
proc_pipe_flush(enum proc_id peer)
{
	struct proc_pipe	*pp = &proc_pipes[peer];
	uint32_t		 n, left = proc_queued(peer);

	/* A full pipe is no error: it has as many after as before. */
	do {
		n = left;
		if (n == 0 || imsgbuf_write(&pp->pp_ibuf) == -1)
			break;
		left = proc_queued(peer);
	} while (left < n);
}

/* The life of a child. */

/* A pipe to a sibling that was started. */
void
proc_peer(struct msg *m)
{
	struct msg_id	mi;
	int		fd;

	msg_get(m, &mi, sizeof(mi));
	fd = msg_fd(m);
	if (fd == -1 || mi.mi_id >= PROC_MAX || mi.mi_id == proc_self ||
	    mi.mi_id == PROC_PARENT)
		fatalx("a pipe to sibling %u", mi.mi_id);
	proc_pipe_open(mi.mi_id, fd);
	if (proc_me->pr_peer != NULL)
		proc_me->pr_peer(mi.mi_id);
}

static void
proc_limit(int resource, const char *name, rlim_t max)
{
	struct rlimit	rl = { max, max };

	if (setrlimit(resource, &rl) == -1)
		fatal("limit of %s", name);
}

/* Root's rights go, in steps; none comes back. */
static void
proc_drop(const struct proc_args *pa)
{
	const struct passwd	*pw = getpwnam(pa->pa_user);

	if (pw == NULL)
		fatalx("no user %s: create it (systemd-sysusers, adduser), or "
		    "name another with -u", pa->pa_user);
	if (chroot(pa->pa_root) == -1 || chdir("/") == -1)
		fatal("chroot %s", pa->pa_root);
	proc_limit(RLIMIT_CORE, "core files", 0);
	if (setgroups(1, &pw->pw_gid) == -1 ||
	    setresgid(pw->pw_gid, pw->pw_gid, pw->pw_gid) == -1 ||
	    setresuid(pw->pw_uid, pw->pw_uid, pw->pw_uid) == -1)
		fatal("become %s", pa->pa_user);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1 ||
	    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == -1)
		fatal("no new privileges");
	proc_limit(RLIMIT_NPROC, "processes", 0);
}

/* Tell the parent that we are ready, and how confined. */
static void
proc_ready(const struct proc_args *pa)
{
	struct msg_ready	mr;
	const char		*why;

	memset(&mr, 0, sizeof(mr));
	mr.mr_pid = (uint32_t)getpid();
	strlcpy(mr.mr_user, pa->pa_user, sizeof(mr.mr_user));
	strlcpy(mr.mr_root, pa->pa_root, sizeof(mr.mr_root));
	why = proc_sandbox(proc_me->pr_promises);
	if (why == NULL)
		strlcpy(mr.mr_promises, sandbox_state(),
		    sizeof(mr.mr_promises));
	else
		snprintf(mr.mr_promises, sizeof(mr.mr_promises), "none: %s",
		    why);
	proc_send(PROC_PARENT, MSG_READY, 0, -1, &mr, sizeof(mr));
}

static void
proc_terminate(evutil_socket_t sig, short what, void *arg)
{
	if (proc_me->pr_shutdown != NULL)
		proc_me->pr_shutdown();
	exit(0);
}

void
proc_child(enum proc_id self, const struct proc_args *pa)
{
	struct event	*term;
	const char	*why;

	log_init(proc_name(self), pa->pa_debug, pa->pa_verbose);
	setproctitle("%s", proc_name(self));
	signal(SIGINT, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	/* There is no library in the empty directory. */
	if (pa->pa_tls && (why = libtls_load()) != NULL)
		log_warnx("%s", why);
	proc_drop(pa);
	proc_init(self);
	proc_pipe_open(PROC_PARENT, PROC_PARENT_FD);
	term = evsignal_new(proc_base, SIGTERM, proc_terminate, NULL);
	if (term == NULL || event_add(term, NULL) == -1)
		fatalx("no signal event");
	proc_me->pr_init();
	proc_ready(pa);
	event_base_dispatch(proc_base);
	fatalx("event loop ended");
}
