/*
 * SPDX-License-Identifier: ISC
 *
 * loop.c: the main loop of uswitch; see loop.h.
 */
#include <sys/epoll.h>

#include "kern.h"
#include "loop.h"

#define READY_MAX	64
#define TICK_NS		1000000000ULL
#define NS_PER_MS	1000000ULL
#define BUSY_MS		1

static const struct loop_hooks	*hooks;
static int			 ep = -1;
static bool			 stopping;
static struct epoll_event	 ready[READY_MAX];
static int			 nready;

int
loop_init(const struct loop_hooks *h)
{
	hooks = h;
	stopping = false;
	ep = epoll_create1(EPOLL_CLOEXEC);
	return (ep == -1 ? -1 : 0);
}

int
loop_add(struct loop_io *io, int fd, uint32_t events,
    void (*fn)(void *, uint32_t), void *arg)
{
	struct epoll_event	ev = { .events = events, .data.ptr = io };

	if (epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev) == -1) {
		io->li_fd = -1;
		return (-1);
	}
	io->li_fd = fd;
	io->li_events = events;
	io->li_fn = fn;
	io->li_arg = arg;
	return (0);
}

void
loop_mod(struct loop_io *io, uint32_t events)
{
	struct epoll_event	ev = { .events = events, .data.ptr = io };

	if (io->li_events == events)
		return;
	if (epoll_ctl(ep, EPOLL_CTL_MOD, io->li_fd, &ev) == 0)
		io->li_events = events;
}

void
loop_del(struct loop_io *io)
{
	int	i;

	if (io->li_fd == -1)
		return;
	epoll_ctl(ep, EPOLL_CTL_DEL, io->li_fd, NULL);
	io->li_fd = -1;
	for (i = 0; i < nready; i++)
		if (ready[i].data.ptr == io)
			ready[i].data.ptr = NULL;
}

/* Milliseconds until the next tick, or sooner. */
static int
loop_timeout(uint64_t next)
{
	uint64_t	now = kern_uptime_ns();

	if (hooks->lh_busy())
		return (BUSY_MS);
	if (now >= next)
		return (0);
	return ((int)((next - now + NS_PER_MS - 1) / NS_PER_MS));
}

static void
loop_turn(void)
{
	struct loop_io	*io;
	int		 i;

	for (i = 0; i < nready; i++) {
		io = ready[i].data.ptr;
		if (io != NULL)
			io->li_fn(io->li_arg, ready[i].events);
	}
	nready = 0;
	hooks->lh_batch();
	kern_quiesce();
}

int
loop_run(void)
{
	uint64_t	next;

	kern_time_update();
	next = kern_uptime_ns() + TICK_NS;
	while (!stopping) {
		nready = epoll_wait(ep, ready, READY_MAX, loop_timeout(next));
		if (nready == -1) {
			nready = 0;
			if (errno != EINTR)
				return (-1);
		}
		kern_time_update();
		loop_turn();
		if (kern_uptime_ns() >= next) {
			next = kern_uptime_ns() + TICK_NS;
			hooks->lh_tick();
			hooks->lh_batch();
			kern_quiesce();
		}
	}
	return (0);
}

void
loop_stop(void)
{
	stopping = true;
}
