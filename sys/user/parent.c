/*
 * SPDX-License-Identifier: ISC
 *
 * parent.c: the process of uswitch that keeps root.
 *
 * It reads nothing that comes from the network.  It opens the interfaces of
 * the command line and hands them to the worker, does it again when one comes
 * back, waits for the worker to end, and removes what they made.
 */
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <net/if.h>

#include <linux/rtnetlink.h>

#include <errno.h>
#include <libgen.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "sandbox.h"
#include "unl.h"
#include "uswitch.h"
#include "uswitch_netns.h"

#define PARENT_GRACE	5	/* s for the worker to end by itself */
#define PARENT_LOOK	1000	/* ms between looks at other namespaces */

/* Hand an open port to the worker. */
static int
parent_send(struct us_port *us, int ctl)
{
	struct uctl_msg	m;

	uctl_init(&m, UCTL_ADD);
	m.um_port = us->us_open.uo_port;
	m.um_port.up_no = us->us_no;
	if (us->us_local)
		m.um_port.up_flags |= UCTL_P_LOCAL;
	if (uctl_call(ctl, &m, us->us_open.uo_fds, us->us_open.uo_nfds) == 0)
		return (0);
	us_log("%s", m.um_text[0] != '\0' ? m.um_text : strerror(errno));
	return (-1);
}

/* Into the namespace of a port's interface.  0; -1, and why in uo_error. */
static int
parent_netns(struct us_port *us)
{
	struct stat	st;

	if (us->us_netns[0] == '\0' || us->us_ns != -1)
		return (0);
	us->us_ns = unetns_open(us->us_netns);
	if (us->us_ns != -1 && fstat(us->us_ns, &st) == 0) {
		us->us_ns_id = st.st_ino;
		return (0);
	}
	snprintf(us->us_open.uo_error, sizeof(us->us_open.uo_error),
	    "%s: network namespace: %s", us->us_name, strerror(errno));
	if (errno == ENOENT || errno == EINVAL)
		errno = ENODEV;
	return (-1);
}

/* Open and attach.  0; -1: it cannot be, errno ENODEV: not yet. */
static int
parent_attach(struct us_port *us, int ctl)
{
	char	why[sizeof(us->us_open.uo_error)];
	int	r;

	memcpy(why, us->us_open.uo_error, sizeof(why));
	if (us->us_kind == UCTL_TAP)
		r = uopen_tap(&us->us_open, us->us_name);
	else if ((r = parent_netns(us)) == 0)
		r = uopen_iface(&us->us_open, us->us_name, us->us_ns);
	if (r == -1) {
		/* Once for each reason. */
		if (strcmp(why, us->us_open.uo_error) != 0)
			us_log("%s", us->us_open.uo_error);
		return (-1);
	}
	us->us_ifindex = us->us_open.uo_port.up_ifindex;
	r = parent_send(us, ctl);
	uopen_close(&us->us_open);
	if (r == -1)
		errno = EINVAL;
	return (r);
}

/* All ports of the command line; those that do not exist yet may wait. */
static int
parent_attach_all(struct us_options *uo, int ctl)
{
	struct uctl_msg	m;
	unsigned int	i;
	int		r = 0;

	/* The worker says itself why it did not start. */
	uctl_init(&m, UCTL_CONF_GET);
	if (uctl_call(ctl, &m, NULL, 0) == -1)
		return (-1);
	for (i = 0; i < uo->uo_nports; i++)
		if (parent_attach(&uo->uo_ports[i], ctl) == -1 &&
		    errno != ENODEV)
			r = -1;
	return (r);
}

/* The name of its namespace is gone, or of another: let go of the old one. */
static void
parent_leave(struct us_port *us, int ctl)
{
	struct uctl_msg	m;

	us_log("%s: the network namespace is gone", us->us_name);
	uctl_init(&m, UCTL_DEL);
	memcpy(m.um_port.up_name, us->us_name, strlen(us->us_name));
	if (us->us_ifindex != 0)
		uctl_call(ctl, &m, NULL, 0);	/* it may have noticed */
	uopen_restore(&us->us_open, us->us_ns);
	memset(&us->us_open, 0, sizeof(us->us_open));
	close(us->us_ns);
	us->us_ns = -1;
	us->us_ifindex = 0;
}

/* The index of a port's interface, 0: it is not there. */
static uint32_t
parent_index(const struct us_port *us)
{
	uint32_t	index;

	if (us->us_netns[0] == '\0')
		return (if_nametoindex(us->us_name));
	if (us->us_ns == -1 || unetns_enter(us->us_ns) == -1)
		return (0);
	index = if_nametoindex(uctl_ifname(us->us_name));
	unetns_leave();
	return (index);
}

/* Interfaces came or went: attach those of ours that are new. */
static void
parent_links(struct us_options *uo, int nl, int ctl)
{
	char		 buf[512];
	struct us_port	*us;
	unsigned int	 i;
	uint32_t	 ifindex;

	while (recv(nl, buf, sizeof(buf), MSG_DONTWAIT) > 0 ||
	    errno == ENOBUFS)
		;
	for (i = 0; i < uo->uo_nports; i++) {
		us = &uo->uo_ports[i];
		if (us->us_kind == UCTL_TAP)
			continue;
		if (us->us_ns != -1 &&
		    unetns_id(us->us_netns) != us->us_ns_id)
			parent_leave(us, ctl);
		parent_netns(us);
		ifindex = parent_index(us);
		if (ifindex == 0)
			us->us_ifindex = 0;
		else if (ifindex != us->us_ifindex)
			parent_attach(us, ctl);
	}
}

static int
parent_signals(void)
{
	struct sigaction	sa = {
		.sa_handler = SIG_DFL, .sa_flags = SA_NOCLDSTOP
	};
	sigset_t		set;

	sigaction(SIGCHLD, &sa, NULL);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	return (signalfd(-1, &set, SFD_CLOEXEC));
}

/* The worker's exit status, and word of it if it was not asked to end. */
static int
parent_reap(pid_t worker)
{
	int	status;

	while (waitpid(worker, &status, 0) == -1)
		if (errno != EINTR)
			return (1);
	if (WIFSIGNALED(status)) {
		us_log("the switch was ended by signal %d", WTERMSIG(status));
		return (1);
	}
	return (WEXITSTATUS(status));
}

static void
parent_tidy(const struct us_options *uo)
{
	unsigned int	i;

	for (i = 0; i < uo->uo_nports; i++)
		uopen_restore(&uo->uo_ports[i].us_open,
		    uo->uo_ports[i].us_ns);
	unlink(uo->uo_socket);
	unlink(uo->uo_ctl);
	unlink(uo->uo_pid);
}

/* Until a signal: 0 when we are to end, -1 when the worker did. */
static int
parent_watch(struct us_options *uo, int nl, int sig, int ctl)
{
	struct pollfd		pfd[2] = {
		{ nl, POLLIN, 0 }, { sig, POLLIN, 0 }
	};
	struct signalfd_siginfo	si;
	int			n;

	for (;;) {
		n = poll(pfd, 2, uo->uo_away ? PARENT_LOOK : -1);
		if (n == -1 && errno != EINTR)
			return (0);
		if (pfd[1].revents != 0 &&
		    read(sig, &si, sizeof(si)) == sizeof(si))
			return (si.ssi_signo == SIGCHLD ? -1 : 0);
		if (n == 0 || pfd[0].revents != 0)
			parent_links(uo, nl, ctl);
	}
}

/* Ask the worker to end; it may hang. */
static void
parent_stop(pid_t worker, int sig)
{
	struct pollfd	pfd = { sig, POLLIN, 0 };

	kill(worker, SIGTERM);
	if (poll(&pfd, 1, PARENT_GRACE * 1000) == 0)
		kill(worker, SIGKILL);
}

static int
parent_unveil(const char *path, const char *permissions)
{
	if (unveil(path, permissions) == -1 && errno != ENOENT)
		return (-1);
	return (0);
}

/* The directory of a file that is removed at the end. */
static int
parent_unveil_dir(const char *path)
{
	char	dir[sizeof(((struct us_options *)0)->uo_pid)];

	snprintf(dir, sizeof(dir), "%s", path);
	return (parent_unveil(dirname(dir), "c"));
}

/*
 * Keep what it takes to open interfaces that come back and to tidy up.
 * rpath wpath	taps, the network's settings
 * cpath	removal of sockets
 * inet route raw packet	interfaces
 * proc		the worker's end; unix: the system's log
 * netns	interfaces in other network namespaces, if there are any
 */
#define PARENT_PROMISES	"stdio rpath wpath cpath inet unix route raw packet " \
			"bpf proc"

static int
parent_confine(const struct us_options *uo)
{
	struct rlimit	rl = { 0, 0 };

	if (setrlimit(RLIMIT_CORE, &rl) == -1 ||
	    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == -1)
		return (-1);
	if (parent_unveil("/dev", "rw") == -1 ||
	    parent_unveil("/proc/sys/net", "rw") == -1 ||
	    (uo->uo_away && parent_unveil(UNETNS_DIR, "r") == -1) ||
	    parent_unveil_dir(uo->uo_socket) == -1 ||
	    parent_unveil_dir(uo->uo_ctl) == -1 ||
	    parent_unveil_dir(uo->uo_pid) == -1 || unveil(NULL, NULL) == -1)
		return (-1);
	return (pledge(uo->uo_away ? PARENT_PROMISES " netns" :
	    PARENT_PROMISES, NULL));
}

/* Tell the worker, who is asked, how we are confined. */
static void
parent_tell(int ctl)
{
	struct uctl_msg	m;

	uctl_init(&m, UCTL_PARENT);
	us_process(&m.um_process, "root", "/");
	if (uctl_call(ctl, &m, NULL, 0) == -1)
		us_log("the switch does not answer");
}

void
us_process(struct uctl_process *ux, const char *user, const char *root)
{
	struct timespec	ts;

	memset(ux, 0, sizeof(*ux));
	clock_gettime(CLOCK_BOOTTIME, &ts);
	ux->ux_pid = (uint32_t)getpid();
	ux->ux_since = (uint64_t)ts.tv_sec;
	snprintf(ux->ux_user, sizeof(ux->ux_user), "%s", user);
	snprintf(ux->ux_root, sizeof(ux->ux_root), "%s", root);
	snprintf(ux->ux_promises, sizeof(ux->ux_promises), "%s",
	    sandbox_state());
}

int
parent_main(struct us_options *uo, pid_t worker, int ctl, int ready)
{
	int	nl, sig, r = -1;
	char	status;

	sig = parent_signals();
	nl = unl_open(NETLINK_ROUTE, RTMGRP_LINK);
	if (sig == -1 || nl == -1)
		us_log("cannot watch interfaces: %s", strerror(errno));
	else
		r = parent_attach_all(uo, ctl);
	status = r == 0 ? 0 : 1;
	if (ready != -1) {
		if (write(ready, &status, 1) != 1)
			us_log("nobody waits for us");
		close(ready);
	}
	us_log_started(uo);
	if (r == 0 && (r = parent_confine(uo)) == -1) {
		us_log("cannot give up privileges: %s", strerror(errno));
		status = 1;
	}
	if (r == 0)
		parent_tell(ctl);
	if (r == 0)
		r = parent_watch(uo, nl, sig, ctl);
	if (r == 0 || status != 0)
		parent_stop(worker, sig);
	if (parent_reap(worker) != 0)
		status = 1;
	parent_tidy(uo);
	return (status);
}
