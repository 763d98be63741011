/*
 * SPDX-License-Identifier: ISC
 *
 * ofcconn_test.c: a relay between two socket pairs whose other ends are the
 * test's.  What the parent is told is noted; time-outs are called, not waited
 * for, which is why the file itself is part of the test.
 */
#include <sys/socket.h>

#include <signal.h>
#include <unistd.h>

#include "../../../usr.sbin/switchd/ofcconn.c"
#include "test.h"

struct event_base	*proc_base;

static unsigned int	 ndowns;
static struct msg_down	 down;
static int		 dev, ctl;	/* our ends */

void
proc_send(enum proc_id to, enum msg_type type, uint32_t id, int fd,
    const void *data, size_t len)
{
	CHECK(to == PROC_PARENT && type == MSG_RELAY_DOWN);
	memcpy(&down, data, sizeof(down));
	ndowns++;
}

void
proc_reply(uint32_t client, enum ctl_type type, const void *data, size_t len,
    const void *more, size_t morelen)
{
}

void
proc_fail(uint32_t client, const char *fmt, ...)
{
}

static void
turn(void)
{
	unsigned int	i;

	for (i = 0; i < 32; i++)
		event_base_loop(proc_base, EVLOOP_NONBLOCK);
}

/* Ours of a pair; the other one is the relay's. */
static int
side(enum msg_type type, void (*handler)(struct msg *))
{
	struct msg_device	md;
	struct msg		m = { .m_type = type, .m_fd = -1 };
	int			pair[2], room = 4096;

	memset(&md, 0, sizeof(md));
	md.md_id = 1;
	m.m_data = (uint8_t *)&md;
	m.m_len = sizeof(md);
	CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair) == 0);
	setsockopt(pair[1], SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
	m.m_fd = pair[1];
	handler(&m);
	return (pair[0]);
}

static void
begin(void)
{
	if (proc_base == NULL)
		proc_base = event_base_new();
	log_init("ofcconn", 1, -1);
	ndowns = 0;
	dev = side(MSG_RELAY_DEVICE, ofcconn_device);
	ctl = side(MSG_RELAY_OPEN, ofcconn_open);
	turn();
}

static void
end(void)
{
	ofcconn_shutdown();
	if (dev != -1)
		close(dev);
	if (ctl != -1)
		close(ctl);
}

/* All bytes up to the end; -1: it did not come.  They must count up. */
static ssize_t
drained(int fd)
{
	uint8_t	buf[1500];
	ssize_t	n, i, all = 0;
	int	tries;

	for (tries = 0; tries < 1000; tries++) {
		turn();
		n = read(fd, buf, sizeof(buf));
		if (n == 0)
			return (all);
		for (i = 0; i < n; i++)
			if (buf[i] != (uint8_t)(all + i))
				return (-1);
		all += n > 0 ? n : 0;
	}
	return (-1);
}

/* As many bytes as fd takes. */
static ssize_t
fill(int fd)
{
	uint8_t	buf[1024];
	ssize_t	n, all = 0;
	size_t	i;

	for (;;) {
		for (i = 0; i < sizeof(buf); i++)
			buf[i] = (uint8_t)(all + i);
		n = write(fd, buf, sizeof(buf));
		if (n <= 0)
			return (all);
		all += n;
		turn();
	}
}

static void
ended_loses(int *from, int to)
{
	ssize_t	n = fill(*from);

	CHECK(n > RELAY_BUF);
	close(*from);
	*from = -1;
	turn();
	CHECK(ndowns == 0);
	CHECK(drained(to) == n);
}

TEST(last_words_of_a_device_are_lost)
{
	begin();
	ended_loses(&dev, ctl);
	close(ctl);
	ctl = -1;
	turn();
	CHECK(ndowns == 1 && TAILQ_EMPTY(&relays));
	CHECK(strstr(down.mw_text, "closed by the other side") != NULL);
	end();
}

TEST(last_words_of_a_controller_are_lost)
{
	begin();
	ended_loses(&ctl, dev);
	close(dev);
	dev = -1;
	turn();
	CHECK(ndowns == 1 && TAILQ_EMPTY(&relays));
	end();
}

TEST(answers_to_last_words_are_lost)
{
	char	buf[8];

	begin();
	CHECK(write(ctl, "ask", 3) == 3);
	shutdown(ctl, SHUT_WR);
	turn();
	CHECK(read(dev, buf, sizeof(buf)) == 3);
	turn();
	CHECK(read(dev, buf, sizeof(buf)) == 0);
	CHECK(write(dev, "answer", 6) == 6);
	close(dev);
	dev = -1;
	turn();
	CHECK(read(ctl, buf, sizeof(buf)) == 6);
	CHECK(read(ctl, buf, sizeof(buf)) == 0);
	CHECK(ndowns == 1 && down.mw_worked);
	end();
}

TEST(a_side_that_takes_nothing_holds_a_dead_relay)
{
	begin();
	CHECK(fill(dev) > 0);
	close(dev);
	dev = -1;
	turn();
	CHECK(ndowns == 0 && evtimer_pending(TAILQ_FIRST(&relays)->re_timer,
	    NULL));
	relay_timer(-1, 0, TAILQ_FIRST(&relays));
	CHECK(ndowns == 1 && TAILQ_EMPTY(&relays));
	CHECK(strstr(down.mw_text, "does not read") != NULL);
	end();
}

TEST(a_side_that_takes_no_last_words_holds_a_relay)
{
	begin();
	CHECK(write(dev, "x", 1) == 1);
	turn();
	close(dev);
	dev = -1;
	turn();
	CHECK(ndowns == 0 && evtimer_pending(TAILQ_FIRST(&relays)->re_timer,
	    NULL));
	relay_timer(-1, 0, TAILQ_FIRST(&relays));
	CHECK(ndowns == 1 && TAILQ_EMPTY(&relays));
	CHECK(strstr(down.mw_text, "closed") != NULL);
	end();
}

TEST(a_relay_at_work_runs_out_of_time)
{
	char	buf[8];

	begin();
	CHECK(write(dev, "hello", 5) == 5);
	turn();
	CHECK(read(ctl, buf, sizeof(buf)) == 5);
	CHECK(!evtimer_pending(TAILQ_FIRST(&relays)->re_timer, NULL));
	/* Nothing to do is done without being busy. */
	event_base_loop(proc_base, EVLOOP_NONBLOCK);
	CHECK(ndowns == 0);
	end();
}

int
main(void)
{
	signal(SIGPIPE, SIG_IGN);
	return (test_main());
}
