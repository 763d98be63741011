/*
 * SPDX-License-Identifier: ISC
 *
 * dev_user.c: the device of a userland switch; see dev_user.h.
 */
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dev_user.h"
#include "fast.h"
#include "loop.h"

#define BUF		65536	/* a whole OpenFlow message fits */
#define ROUNDS		8	/* buffers per turn of the loop */
#define NAME		64	/* of an abstract address, with its end */
#define NO_ID		1000UL	/* what stands there is no id */
#define PATIENCE	5	/* s to read the last words */

struct opener {
	struct opener		*op_next;
	struct loop_io		 op_io;
	struct switch_chan	*op_chan;
	char			 op_name[NAME];	/* "": without auxiliaries */
	uint8_t			 op_aux;	/* 0: a main connection */
	bool			 op_wake;	/* the core has something */
	bool			 op_blocked;	/* until the socket has room */
	bool			 op_mute;	/* nobody reads, but wrote */
	unsigned int		 op_patience;	/* s that it ends already */
	/* Read from the socket, not taken by the core. */
	size_t			 op_in_off, op_in_len;
	/* Taken from the core, not written to the socket. */
	size_t			 op_out_off, op_out_len;
	uint8_t			 op_in[BUF];
	uint8_t			 op_out[BUF];
};

static struct switch_softc	*softc;
static struct loop_io		 listener;
static struct opener		*openers;
static unsigned int		 nopeners, max_openers;
static bool			 knocking;	/* somebody wants in */

static void
opener_close(struct opener *op)
{
	struct opener	**pp;
	int		  fd = op->op_io.li_fd;

	for (pp = &openers; *pp != op; pp = &(*pp)->op_next)
		;
	*pp = op->op_next;
	nopeners -= op->op_aux == 0;
	loop_del(&op->op_io);
	close(fd);
	switch_chan_close(op->op_chan);
	kern_free(op, sizeof(*op));
}

/* Wait for what can go on. */
static void
opener_wait(struct opener *op)
{
	uint32_t	events = 0;

	if (op->op_in_len == 0 && !switch_chan_closing(op->op_chan))
		events |= EPOLLIN;
	if (op->op_blocked)
		events |= EPOLLOUT;
	loop_mod(&op->op_io, events);
}

/* Give the core what was read. */
static void
opener_feed(struct opener *op)
{
	size_t	n;

	if (op->op_in_len == 0)
		return;
	fast_harvest();
	n = switch_chan_write(op->op_chan, op->op_in + op->op_in_off,
	    op->op_in_len);
	op->op_in_off += n;
	op->op_in_len -= n;
}

/* Take from the core what is to be written next.  False: nothing. */
static bool
opener_take(struct opener *op)
{
	if (op->op_out_len > 0)
		return (true);
	op->op_out_off = 0;
	op->op_out_len = switch_chan_read(op->op_chan, op->op_out, BUF);
	return (op->op_out_len > 0);
}

/* Write it.  False: the socket is full. */
static bool
opener_put(struct opener *op)
{
	ssize_t	n = -1;

	if (!op->op_mute)
		n = send(op->op_io.li_fd, op->op_out + op->op_out_off,
		    op->op_out_len, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (n == -1 && !op->op_mute && (errno == EAGAIN || errno == EINTR))
		return (false);
	if (n == -1) {
		op->op_mute = true;
		n = (ssize_t)op->op_out_len;
	}
	op->op_out_off += (size_t)n;
	op->op_out_len -= (size_t)n;
	return (op->op_out_len == 0);
}

/* Write what the core has to say, a bounded part of it for one turn. */
static void
opener_write(struct opener *op)
{
	int	i;

	for (i = 0; i < ROUNDS; i++) {
		if (!opener_take(op)) {
			/* A long reply is under way: go on next turn. */
			op->op_blocked = switch_chan_readable(op->op_chan);
			return;
		}
		if (!opener_put(op))
			break;
	}
	op->op_blocked = true;
}

/* Write, take up again what waited for room in the core, write. */
static void
opener_flush(struct opener *op)
{
	do {
		op->op_wake = false;
		opener_write(op);
		opener_feed(op);
	} while (op->op_wake && !op->op_blocked);
	if (!op->op_blocked && switch_chan_closing(op->op_chan))
		opener_close(op);
	else
		opener_wait(op);
}

/* Read while there is something and the core takes it.  -1: hung up. */
static int
opener_read(struct opener *op)
{
	ssize_t	n;
	int	i;

	for (i = 0; i < ROUNDS && op->op_in_len == 0; i++) {
		n = recv(op->op_io.li_fd, op->op_in, BUF, MSG_DONTWAIT);
		if (n == 0)
			return (-1);
		if (n == -1)
			return (errno == EAGAIN || errno == EINTR ? 0 : -1);
		op->op_in_off = 0;
		op->op_in_len = (size_t)n;
		opener_feed(op);
	}
	return (0);
}

/*
 * It hung up: what it still said is done, as far as it has room.  A piece of a
 * long change is enough for one turn: the socket says again that it hung up.
 */
static void
opener_drain(struct opener *op)
{
	size_t	before;

	do {
		if (switch_chan_finish(op->op_chan))
			return;
		before = op->op_in_len;
		opener_feed(op);
		if (op->op_in_len > 0 && op->op_in_len == before)
			break;
	} while (op->op_in_len > 0 || (opener_read(op) == 0 &&
	    op->op_in_len > 0));
	if (!switch_chan_finish(op->op_chan))
		opener_close(op);
}

static void
opener_ready(void *arg, uint32_t events)
{
	struct opener	*op = arg;

	/* What it said before it hung up is read first. */
	if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0 &&
	    ((events & EPOLLIN) == 0 || opener_read(op) == -1)) {
		opener_drain(op);
		return;
	}
	op->op_blocked = false;
	op->op_wake = true;
}

/* The name of who connected, "" if it has none; cuts the id off: its value. */
static unsigned long
opener_name(const struct sockaddr_un *sun, socklen_t len, char *name)
{
	const size_t	 head = offsetof(struct sockaddr_un, sun_path) + 1;
	unsigned long	 id;
	char		*slash, *end;

	name[0] = '\0';
	if (len <= head || len - head >= NAME || sun->sun_path[0] != '\0')
		return (0);
	memcpy(name, sun->sun_path + 1, len - head);
	name[len - head] = '\0';
	if ((slash = strrchr(name, '/')) == NULL)
		return (0);
	id = strtoul(slash + 1, &end, 10);
	*slash = '\0';
	return (*end == '\0' && id > 0 ? id : NO_ID);
}

static int
opener_open(struct opener *op, unsigned long id)
{
	struct opener	*main;

	if (id == 0)
		return (nopeners >= max_openers ? EBUSY :
		    switch_chan_open(softc, op, &op->op_chan));
	for (main = openers; main != NULL; main = main->op_next)
		if (main->op_aux == 0 &&
		    strcmp(main->op_name, op->op_name) == 0)
			break;
	if (main == NULL || op->op_name[0] == '\0' || id > UINT8_MAX)
		return (ENOTCONN);
	op->op_aux = (uint8_t)id;
	return (switch_chan_open_aux(main->op_chan, op->op_aux, op,
	    &op->op_chan));
}

static struct opener *
opener_new(int fd, const struct sockaddr_un *sun, socklen_t len)
{
	struct opener	*op;

	op = kern_zalloc(sizeof(*op));
	if (op == NULL)
		return (NULL);
	if (opener_open(op, opener_name(sun, len, op->op_name)) != 0) {
		kern_free(op, sizeof(*op));
		return (NULL);
	}
	if (loop_add(&op->op_io, fd, EPOLLIN, opener_ready, op) == -1) {
		switch_chan_close(op->op_chan);
		kern_free(op, sizeof(*op));
		return (NULL);
	}
	op->op_wake = true;
	op->op_next = openers;
	openers = op;
	nopeners += op->op_aux == 0;
	return (op);
}

static void
dev_knock(void *arg, uint32_t events)
{
	knocking = true;
}

/* After openers that hung up in the same turn have made room. */
static void
dev_accept(void)
{
	struct sockaddr_un	sun;
	socklen_t		len = sizeof(sun);
	int			fd;

	knocking = false;
	fd = accept4(listener.li_fd, (struct sockaddr *)&sun, &len,
	    SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (fd == -1)
		return;
	if (opener_new(fd, &sun, len) == NULL)
		close(fd);
}

int
dev_open(struct switch_softc *sc, int fd, unsigned int max)
{
	softc = sc;
	max_openers = max;
	return (loop_add(&listener, fd, EPOLLIN, dev_knock, NULL));
}

void
dev_set_max(unsigned int max)
{
	max_openers = max;
}

void
dev_flush(void)
{
	struct opener	*op, *next;

	if (knocking)
		dev_accept();
	for (op = openers; op != NULL; op = next) {
		next = op->op_next;
		if (op->op_wake && !op->op_blocked)
			opener_flush(op);
	}
}

void
dev_tick(void)
{
	struct opener	*op, *next;

	for (op = openers; op != NULL; op = next) {
		next = op->op_next;
		if (switch_chan_closing(op->op_chan) &&
		    op->op_patience++ == PATIENCE)
			opener_close(op);
	}
}

void
dev_close(void)
{
	while (openers != NULL)
		opener_close(openers);
	loop_del(&listener);
}

/* host.h: the channel has something to read, or became closed. */
void
host_chan_wakeup(void *hc)
{
	struct opener	*op = hc;

	op->op_wake = true;
}
