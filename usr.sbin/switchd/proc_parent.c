/*
 * SPDX-License-Identifier: ISC
 *
 * proc_parent.c: the parent starts its children, connects them with each
 * other, and starts again whoever dies: at once the first time, with growing
 * pauses when it happens again soon.
 */
#include <sys/socket.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bsd.h"
#include "log.h"
#include "proc_var.h"
#include "sandbox.h"

#define CHILD_STABLE	30	/* s: who lived so long is started at once */
#define CHILD_MAX_WAIT	16	/* s */
#define CHILD_GRACE	3000	/* ms to end by itself */

struct child {
	pid_t			 ch_pid;	/* 0: none now */
	time_t			 ch_since;
	unsigned int		 ch_wait;	/* s before the next start */
	uint32_t		 ch_restarts;
	char			 ch_exit[64];
	struct event		*ch_timer;
	struct msg_ready	 ch_ready;
};

static struct child		 children[PROC_MAX];
static struct proc_args		 parent_args;
static void			(*parent_started)(enum proc_id);
static time_t			 parent_since;
static bool			 parent_stopping;
static char			 parent_promises[CTL_TEXT_LEN];

static void	child_start(enum proc_id);
static void	child_timer(evutil_socket_t, short, void *);

static time_t
now(void)
{
	struct timespec	ts;

	clock_gettime(CLOCK_BOOTTIME, &ts);
	return (ts.tv_sec);
}

void
proc_parent_init(const struct proc_args *pa, void (*started)(enum proc_id))
{
	enum proc_id	id;

	proc_init(PROC_PARENT);
	parent_args = *pa;
	parent_started = started;
	parent_since = now();
	for (id = PROC_PARENT + 1; id < PROC_MAX; id++) {
		children[id].ch_timer = evtimer_new(proc_base, child_timer,
		    &children[id]);
		if (children[id].ch_timer == NULL)
			fatalx("no timer");
	}
}

void
proc_parent_confined(const char *why)
{
	if (why == NULL)
		strlcpy(parent_promises, sandbox_state(),
		    sizeof(parent_promises));
	else
		snprintf(parent_promises, sizeof(parent_promises), "none: %s",
		    why);
}

void
proc_parent_start(void)
{
	enum proc_id	id;

	for (id = PROC_PARENT + 1; id < PROC_MAX; id++)
		child_start(id);
}

static void
child_timer(evutil_socket_t fd, short what, void *arg)
{
	struct child	*ch = arg;

	child_start((enum proc_id)(ch - children));
}

static bool
child_uses_tls(enum proc_id id)
{
	return (id == PROC_OFP || id == PROC_OFCCONN);
}

void
proc_parent_tls(void)
{
	enum proc_id	id;

	if (parent_args.pa_tls)
		return;
	parent_args.pa_tls = true;
	/* A child whose pipe is closed ends, and child_timer starts it. */
	for (id = PROC_PARENT + 1; id < PROC_MAX; id++)
		if (child_uses_tls(id) && children[id].ch_pid > 0) {
			log_info("TLS is new: %s begins anew", proc_name(id));
			proc_pipe_flush(id);
			proc_pipe_close(id);
		}
}

__attribute__((__noreturn__)) static void
child_exec(enum proc_id id, int fd)
{
	const char	*argv[16], *env[] = { "PATH=/usr/sbin:/usr/bin", NULL };
	int		 n = 0;

	/* To dup2 a descriptor to itself would leave it closed on exec. */
	if (fd == PROC_PARENT_FD ? fcntl(fd, F_SETFD, 0) == -1 :
	    dup2(fd, PROC_PARENT_FD) == -1)
		_exit(1);
	argv[n++] = "switchd";
	argv[n++] = "-I";
	argv[n++] = proc_name(id);
	argv[n++] = "-u";
	argv[n++] = parent_args.pa_user;
	argv[n++] = "-r";
	argv[n++] = parent_args.pa_root;
	if (child_uses_tls(id) && parent_args.pa_tls)
		argv[n++] = "-T";
	if (parent_args.pa_debug)
		argv[n++] = "-d";
	if (log_is_verbose())
		argv[n++] = "-v";
	argv[n] = NULL;
	execve("/proc/self/exe", (char *const *)(uintptr_t)argv,
	    (char *const *)(uintptr_t)env);
	_exit(1);
}

/* A pipe between two children, an end for each.  False: there is none. */
static bool
child_connect(enum proc_id a, enum proc_id b)
{
	struct msg_id	ma = { a }, mb = { b };
	int		pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0,
	    pair) == -1) {
		log_warn("pipe between %s and %s", proc_name(a), proc_name(b));
		return (false);
	}
	proc_send(a, MSG_PEER, 0, pair[0], &mb, sizeof(mb));
	proc_send(b, MSG_PEER, 0, pair[1], &ma, sizeof(ma));
	return (true);
}

/* Start it after a pause, which grows when that happens again soon. */
static void
child_again(struct child *ch)
{
	struct timeval	tv = { ch->ch_wait, ch->ch_wait == 0 ? 100000 : 0 };

	ch->ch_wait = ch->ch_wait == 0 ? 1 : ch->ch_wait * 2;
	if (ch->ch_wait > CHILD_MAX_WAIT)
		ch->ch_wait = CHILD_MAX_WAIT;
	event_add(ch->ch_timer, &tv);
}

static void
child_start(enum proc_id id)
{
	struct child	*ch = &children[id];
	enum proc_id	 other;
	pid_t		 pid;
	int		 pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == -1) {
		log_warn("pipe to %s", proc_name(id));
		return (child_again(ch));
	}
	pid = fork();
	if (pid == 0)
		child_exec(id, pair[1]);
	close(pair[1]);
	if (pid == -1) {
		log_warn("fork %s", proc_name(id));
		close(pair[0]);
		return (child_again(ch));
	}
	ch->ch_pid = pid;
	ch->ch_since = now();
	memset(&ch->ch_ready, 0, sizeof(ch->ch_ready));
	proc_pipe_open(id, pair[0]);
	for (other = PROC_PARENT + 1; other < PROC_MAX; other++)
		if (other != id && children[other].ch_pid > 0 &&
		    !child_connect(id, other))
			proc_parent_kill(id);	/* and start it again */
	parent_started(id);
}

bool
proc_parent_reaped(int pid, int status)
{
	struct child	*ch;
	enum proc_id	 id;

	for (id = PROC_PARENT + 1; id < PROC_MAX; id++)
		if (children[id].ch_pid == pid)
			break;
	if (id == PROC_MAX)
		return (false);
	ch = &children[id];
	ch->ch_pid = 0;
	if (WIFSIGNALED(status))
		snprintf(ch->ch_exit, sizeof(ch->ch_exit), "signal %d (%s)",
		    WTERMSIG(status), strsignal(WTERMSIG(status)));
	else
		snprintf(ch->ch_exit, sizeof(ch->ch_exit), "exit status %d",
		    WEXITSTATUS(status));
	proc_pipe_close(id);
	if (parent_stopping)
		return (true);
	if (now() - ch->ch_since >= CHILD_STABLE)
		ch->ch_wait = 0;
	log_warnx("%s (process %d) ended, %s: next in %u s", proc_name(id),
	    pid, ch->ch_exit, ch->ch_wait);
	ch->ch_restarts++;
	child_again(ch);
	return (true);
}

void
proc_parent_kill(enum proc_id id)
{
	if (children[id].ch_pid > 0)
		kill(children[id].ch_pid, SIGKILL);
}

/* End all children: closed pipes first, and no more waiting than that. */
void
proc_parent_stop(void)
{
	enum proc_id	id;
	unsigned int	ms, left;
	int		status;
	pid_t		pid;

	parent_stopping = true;
	for (id = PROC_PARENT + 1; id < PROC_MAX; id++) {
		proc_pipe_flush(id);
		proc_pipe_close(id);
	}
	for (ms = 0; ; ms += 10) {
		while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
			proc_parent_reaped(pid, status);
		for (left = 0, id = PROC_PARENT + 1; id < PROC_MAX; id++)
			left += children[id].ch_pid > 0;
		if (left == 0)
			break;
		if (ms == CHILD_GRACE)
			for (id = PROC_PARENT + 1; id < PROC_MAX; id++)
				proc_parent_kill(id);
		usleep(10000);
	}
}

void
proc_parent_ready(enum proc_id id, const struct msg_ready *mr)
{
	children[id].ch_ready = *mr;
	msg_str(children[id].ch_ready.mr_user);
	msg_str(children[id].ch_ready.mr_root);
	msg_str(children[id].ch_ready.mr_promises);
	log_debug("%s is process %u, %s", proc_name(id), mr->mr_pid,
	    children[id].ch_ready.mr_promises);
}

bool
proc_parent_show(enum proc_id id, struct ctl_process *cx)
{
	const struct child	*ch;
	time_t			 since = parent_since;

	memset(cx, 0, sizeof(*cx));
	if (id >= PROC_MAX)
		return (false);
	strlcpy(cx->cx_name, proc_name(id), sizeof(cx->cx_name));
	if (id == PROC_PARENT) {
		cx->cx_pid = (uint32_t)getpid();
		strlcpy(cx->cx_user, "root", sizeof(cx->cx_user));
		strlcpy(cx->cx_root, "/", sizeof(cx->cx_root));
		strlcpy(cx->cx_promises, parent_promises,
		    sizeof(cx->cx_promises));
	} else {
		ch = &children[id];
		since = ch->ch_since;
		cx->cx_pid = (uint32_t)ch->ch_pid;
		memcpy(cx->cx_user, ch->ch_ready.mr_user, sizeof(cx->cx_user));
		memcpy(cx->cx_root, ch->ch_ready.mr_root, sizeof(cx->cx_root));
		memcpy(cx->cx_promises, ch->ch_ready.mr_promises,
		    sizeof(cx->cx_promises));
		cx->cx_restarts = ch->ch_restarts;
		strlcpy(cx->cx_exit, ch->ch_exit, sizeof(cx->cx_exit));
	}
	cx->cx_uptime = (uint64_t)(now() - since);
	return (true);
}
