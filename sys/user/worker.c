/*
 * SPDX-License-Identifier: ISC
 *
 * worker.c: the process of uswitch that is the switch.
 *
 * It holds descriptors that others opened, and could open none itself: another
 * user, an empty root directory, few system calls, no way to new privileges.
 */
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "ctl_user.h"
#include "dev_user.h"
#include "fast.h"
#include "link.h"
#include "loop.h"
#include "pkt_user.h"
#include "port.h"
#include "portmap.h"
#include "sandbox.h"
#include "uswitch.h"

#define LOG_LIMIT	100	/* lines per second */

static struct switch_softc	*softc;
static struct loop_io		 signals;
static bool			 expiring;	/* more flows are due */

static void
worker_batch(void)
{
	if (expiring)
		expiring = switch_expire(softc);
	dev_flush();
	port_flush_all();
	fast_batch();
}

static void
worker_tick(void)
{
	fast_tick();
	expiring = switch_tick(softc);
	dev_tick();
}

static bool
worker_busy(void)
{
	return (expiring || port_unsent());
}

static const struct loop_hooks hooks = {
	worker_batch, worker_tick, worker_busy
};

/* host.h */
const char *
host_switch_name(void *hs)
{
	const struct us_options	*uo = hs;

	return (uo->uo_name);
}

static void
worker_log(const char *line)
{
	us_log("%s", line);
}

static void
worker_signal(void *arg, uint32_t events)
{
	struct signalfd_siginfo	si;

	if (read(signals.li_fd, &si, sizeof(si)) == sizeof(si))
		loop_stop();
}

/* TERM and INT end the loop. */
static int
worker_signals(void)
{
	sigset_t	set;
	int		fd;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_SETMASK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd == -1)
		return (-1);
	return (loop_add(&signals, fd, EPOLLIN, worker_signal, NULL));
}

static struct switch_softc *
worker_create(const struct us_options *uo)
{
	struct switch_conf	sc;

	memset(&sc, 0, sizeof(sc));
	sc.sc_dpid = uo->uo_dpid;
	sc.sc_fail_mode = uo->uo_standalone ? SWITCH_FAIL_STANDALONE :
	    SWITCH_FAIL_SECURE;
	sc.sc_fail_delay = uo->uo_fail_delay;
	sc.sc_max_chans = uo->uo_openers;
	sc.sc_pieces = true;
	return (switch_create(&sc, (void *)(uintptr_t)uo));
}

/*
 * Give up what is not needed any more.  Promised: descriptors that come over
 * the control socket, settings of those for packets, connections to be
 * accepted on both sockets.
 */
static int
worker_drop(const struct us_options *uo)
{
	if (privdrop(uo->uo_user, EMPTY_DIR) == -1)
		return (-1);
	/* End with the parent, which alone could tidy up. */
	if (prctl(PR_SET_PDEATHSIG, SIGTERM) == -1)
		return (-1);
	if (unveil(NULL, NULL) == -1)
		return (-1);
	return (pledge("stdio recvfd packet accept", NULL));
}

/* Everything that must be there before the switch runs.  What failed. */
static const char *
worker_start(const struct us_options *uo, int ctl)
{
	if (loop_init(&hooks) == -1)
		return ("epoll");
	if (worker_signals() == -1)
		return ("signals");
	if (link_open() == -1)
		return ("netlink");
	softc = worker_create(uo);
	if (softc == NULL)
		return ("switch");
	port_init(softc);
	fast_init(softc);
	portmap_open(uo->uo_state_fd);
	if (dev_open(softc, uo->uo_socket_fd, uo->uo_openers) == -1)
		return (uo->uo_socket);
	if (ctl_open(softc, uo->uo_ctl_fd) == -1 ||
	    fcntl(ctl, F_SETFL, O_NONBLOCK) == -1 || ctl_add_client(ctl) == -1)
		return (uo->uo_ctl);
	return (NULL);
}

int
worker_main(const struct us_options *uo, int ctl)
{
	struct uctl_process	 self;
	const char		*what;
	int			 r;

	kern_log_set(worker_log, LOG_LIMIT);
	kern_time_update();
	what = worker_start(uo, ctl);
	if (what != NULL) {
		us_log("%s: %s", what, strerror(errno));
		return (1);
	}
	us_log_started(uo);
	if (worker_drop(uo) == -1) {
		us_log("cannot give up privileges: %s", strerror(errno));
		return (1);
	}
	us_process(&self, uo->uo_user, EMPTY_DIR);
	ctl_self(&self);
	r = loop_run();
	ctl_close();
	dev_close();
	port_detach_all();
	kern_quiesce();
	switch_destroy(softc);
	kern_quiesce();
	pkt_user_drain();
	return (r == -1);
}
