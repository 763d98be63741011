/*
 * SPDX-License-Identifier: ISC
 *
 * target_test.c: when a stream that we open is tried again.  Who dials is the
 * test; the clock is the timer's own: how long it would wait is read from it,
 * and it is called instead of waited for, which is why the file itself is
 * part of the test.
 */
#include <sys/time.h>

#include "../../../usr.sbin/switchd/target.c"
#include "test.h"

struct event_base	*proc_base;

static void		(*dialed)(void *, int, const char *);
static void		*dialed_arg;
static unsigned int	 ndials, nopens;
static struct conf	*conf;

const struct parent_args *
parent_options(void)
{
	static const struct parent_args	pa = { .pa_run = "/run" };

	return (&pa);
}

const struct conf *
parent_conf(void)
{
	return (conf);
}

bool
local_device(const char *name, char *path, size_t size,
    enum ctl_switch_kind *kind)
{
	return (false);
}

struct dial *
dial_start(const struct conf_uri *cu, const char *user,
    void (*done)(void *, int, const char *), void *arg)
{
	static char	dial;

	dialed = done;
	dialed_arg = arg;
	ndials++;
	return ((struct dial *)&dial);
}

void
dial_cancel(struct dial *dl)
{
}

void
proc_send(enum proc_id to, enum msg_type type, uint32_t id, int fd,
    const void *data, size_t len)
{
	nopens += type == MSG_DEVICE_OPEN;
	if (fd != -1)
		close(fd);
}

/* Seconds until the next try; -1: none is waited for. */
static long
pause_of(struct target *tg)
{
	struct timeval	at, now, left;

	if (!event_pending(tg->tg_timer, EV_TIMEOUT, &at))
		return (-1);
	event_base_gettimeofday_cached(proc_base, &now);
	timersub(&at, &now, &left);
	return (left.tv_sec + (left.tv_usec >= 500000));
}

static struct target *
begin(void)
{
	struct ctl_connect	cc = { "tcp:192.0.2.1:6653", "" };

	if (proc_base == NULL) {
		proc_base = event_base_new();
		conf = conf_new();
	}
	log_init("parent", 1, -1);
	ndials = nopens = 0;
	CHECK(target_connect(&cc) == NULL);
	return (TAILQ_FIRST(&targets));
}

static void
end(void)
{
	while (!TAILQ_EMPTY(&targets))
		target_free(TAILQ_FIRST(&targets));
}

static void
down(struct target *tg, bool worked)
{
	struct msg_down	mw = { tg->tg_id, worked, "closed" };
	struct msg	m = { .m_type = MSG_DEVICE_DOWN, .m_from = PROC_OFP,
			    .m_data = (uint8_t *)&mw, .m_len = sizeof(mw) };

	target_down(PROC_OFP, &m);
}

static const long	pauses[] = { 1, 2, 4, 8, 16, 16, 16 };
#define NPAUSES		(sizeof(pauses) / sizeof(pauses[0]))

/* CH-28: 1, 2, 4, 8, 16 s, and never given up. */
TEST(a_host_that_refuses_is_asked_too_often)
{
	struct target	*tg = begin();
	unsigned int	 i;

	for (i = 0; i < NPAUSES; i++) {
		CHECK(ndials == i + 1);
		dialed(dialed_arg, -1, "Connection refused");
		CHECK(pause_of(tg) == pauses[i]);
		target_timer(-1, EV_TIMEOUT, tg);
	}
	/* While it is being tried, time does not try again. */
	CHECK(pause_of(tg) == -1);
	target_timer(-1, EV_TIMEOUT, tg);
	CHECK(ndials == NPAUSES + 1);
	end();
}

TEST(a_host_that_hangs_up_is_asked_too_often)
{
	struct target	*tg = begin();
	unsigned int	 i;

	for (i = 0; i < NPAUSES; i++) {
		dialed(dialed_arg, dup(0), NULL);
		CHECK(nopens == i + 1 && pause_of(tg) == -1);
		down(tg, false);
		CHECK(pause_of(tg) == pauses[i]);
		target_timer(-1, EV_TIMEOUT, tg);
	}
	end();
}

TEST(who_worked_is_waited_for_long)
{
	struct target	*tg = begin();
	unsigned int	 i;

	for (i = 0; i < 4; i++) {
		dialed(dialed_arg, -1, "Connection refused");
		target_timer(-1, EV_TIMEOUT, tg);
	}
	dialed(dialed_arg, dup(0), NULL);
	down(tg, true);
	CHECK(pause_of(tg) == 1);
	end();
}

TEST(a_target_that_ended_is_tried_again)
{
	struct target	*tg = begin();

	dialed(dialed_arg, -1, "Connection refused");
	CHECK(tg == TAILQ_FIRST(&targets));
	CHECK(target_disconnect("tcp:192.0.2.1"));
	CHECK(TAILQ_EMPTY(&targets) && ndials == 1);
	end();
}

int
main(void)
{
	return (test_main());
}
