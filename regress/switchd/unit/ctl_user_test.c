/*
 * SPDX-License-Identifier: ISC
 *
 * ctl_user_test.c: uswitch's end of the control socket when the other end
 * does not take its answer.  The loop and the socket are the test's.
 */
#include <sys/epoll.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "../../../sys/user/ctl_user.h"
#include "../../../sys/user/dev_user.h"
#include "../../../sys/user/loop.h"
#include "../../../sys/user/port.h"
#include "test.h"

static struct loop_io	*io;		/* of the client */
static int		 send_error;	/* 0: it is sent */
static unsigned int	 nsent;

int
loop_add(struct loop_io *li, int fd, uint32_t events,
    void (*fn)(void *, uint32_t), void *arg)
{
	*li = (struct loop_io){ fd, events, fn, arg };
	io = li;
	return (0);
}

/* As a system call that fails for lack of memory. */
void
loop_mod(struct loop_io *li, uint32_t events)
{
	li->li_events = events;
	errno = ENOMEM;
}

void
loop_del(struct loop_io *li)
{
	li->li_fd = -1;
}

void
loop_stop(void)
{
}

void
uctl_init(struct uctl_msg *m, enum uctl_type type)
{
	*m = (struct uctl_msg){ .um_type = type };
}

int
uctl_recv(int fd, struct uctl_msg *m, int *fds, unsigned int *n)
{
	uctl_init(m, UCTL_LIST);
	*n = 0;
	return (1);
}

int
uctl_send(int fd, const struct uctl_msg *m, const int *fds, unsigned int n)
{
	errno = send_error;
	nsent += send_error == 0;
	return (send_error == 0 ? 0 : -1);
}

/* A switch without ports. */

int
port_attach(struct uctl_port *up, const int *fds, unsigned int n, char *text,
    size_t size)
{
	return (EINVAL);
}

int
port_detach(const char *name, char *text, size_t size)
{
	return (ENOENT);
}

int
port_keep(const char *name, uint32_t no, char *text, size_t size)
{
	return (0);
}

int
port_set(const struct uctl_port *up, char *text, size_t size)
{
	return (ENOENT);
}

struct port *
port_next(struct port *p)
{
	return (NULL);
}

void
port_show(const struct port *p, struct uctl_port *up)
{
}

void
dev_set_max(unsigned int max)
{
}

void
switch_conf_get(struct switch_softc *sc, struct switch_conf *conf)
{
	memset(conf, 0, sizeof(*conf));
}

int
switch_conf_set(struct switch_softc *sc, const struct switch_conf *conf)
{
	return (0);
}

const char *
switch_counter(struct switch_softc *sc, unsigned int i, uint64_t *value)
{
	return (NULL);
}

static void
client(void)
{
	ctl_open(NULL, open("/dev/null", O_RDWR));
	ctl_add_client(open("/dev/null", O_RDWR));
	nsent = 0;
}

TEST(a_slow_client_is_hung_up)
{
	client();
	send_error = EAGAIN;
	io->li_fn(io->li_arg, EPOLLIN);
	CHECK(io->li_fd != -1 && io->li_events == EPOLLOUT);
	send_error = 0;
	io->li_fn(io->li_arg, EPOLLOUT);
	CHECK(nsent == 1 && io->li_events == EPOLLIN);
}

TEST(a_client_that_is_gone_stays)
{
	client();
	send_error = EPIPE;
	io->li_fn(io->li_arg, EPOLLIN);
	CHECK(io->li_fd == -1);
}

int
main(void)
{
	return (test_main());
}
