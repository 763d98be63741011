/*
 * SPDX-License-Identifier: ISC
 *
 * proc_test.c: the parent and its children, when one of them does not read, or
 * when the system has no process or descriptor left.  The test plays the
 * system, and what may end the process runs in one of its own.
 */
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <limits.h>
#include <signal.h>
#include <unistd.h>

#include "test.h"

static bool	no_fork;
static int	npairs = INT_MAX;	/* that are left */

/* The child does nothing. */
static pid_t
test_fork(void)
{
	pid_t	pid = no_fork ? -1 : fork();

	if (pid == 0)
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (pid == 0)
		pause();
	return (pid);
}

static int
test_socketpair(int domain, int type, int protocol, int pair[2])
{
	return (npairs-- <= 0 ? -1 : socketpair(domain, type, protocol, pair));
}

#include "../../../usr.sbin/switchd/proc.c"
#define fork		test_fork
#define socketpair	test_socketpair
#include "../../../usr.sbin/switchd/proc_parent.c"
#undef fork
#undef socketpair

static unsigned int	nasked;

/* As the parent answers a request, with much. */
static void
ctl(struct msg *m)
{
	struct ctl_process	cx = { .cx_pid = ++nasked };
	unsigned int		i;

	for (i = 0; i < 20; i++)
		proc_reply(m->m_id, CTL_PROCESS, &cx, sizeof(cx), NULL, 0);
	proc_reply(m->m_id, CTL_OK, NULL, 0, NULL, 0);
}

const struct proc	proc_parent = { .pr_handlers = { [MSG_CTL] = ctl } };
const struct proc	proc_ofp, proc_ofcconn, proc_control;

const char *
proc_sandbox(const char *promises)
{
	return (NULL);
}

static void
started(enum proc_id id)
{
}

/* Did it return, within seconds? */
static bool
returns(void (*fn)(void))
{
	int	status;
	pid_t	pid = fork();

	if (pid == 0) {
		alarm(5);
		fn();
		_exit(test_why[0] == '\0' ? 0 : 2);
	}
	CHECK(waitpid(pid, &status, 0) == pid);
	return (WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void
begin(void)
{
	static const struct proc_args	pa = { .pa_user = "x", .pa_root = "/" };

	log_init("parent", 1, 0);
	proc_parent_init(&pa, started);
}

static void
flush(void)
{
	struct msg_switch	ms = { .ms_id = 1 };
	unsigned int		i;
	int			pair[2];

	begin();
	CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair) == 0);
	proc_pipe_open(PROC_OFP, pair[0]);
	for (i = 0; i < 2000; i++)
		proc_send(PROC_OFP, MSG_SWITCH_ADD, 0, -1, &ms, sizeof(ms));
	proc_pipe_flush(PROC_OFP);
	/* It took what it could. */
	i = proc_queued(PROC_OFP);
	CHECK(i > 0 && i < 2000);
}

TEST(a_child_that_does_not_read_keeps_the_parent_from_ending)
{
	CHECK(returns(flush));
}

static void
start(void)
{
	struct child	*ch = &children[PROC_OFP];

	begin();
	child_start(PROC_OFP);
	CHECK(ch->ch_pid == 0);
	CHECK(!proc_pipes[PROC_OFP].pp_open);
	CHECK(event_pending(ch->ch_timer, EV_TIMEOUT, NULL));
}

TEST(a_system_without_processes_ends_the_parent)
{
	no_fork = true;
	CHECK(returns(start));
	no_fork = false;
}

TEST(a_system_without_descriptors_ends_the_parent)
{
	npairs = 0;
	CHECK(returns(start));
	npairs = INT_MAX;
}

static void
start_alone(void)
{
	int	status;
	pid_t	pid;

	begin();
	child_start(PROC_OFP);
	npairs = 1;
	child_start(PROC_CONTROL);
	pid = children[PROC_CONTROL].ch_pid;
	CHECK(pid > 0 && waitpid(pid, &status, 0) == pid);
	proc_parent_kill(PROC_OFP);
	waitpid(children[PROC_OFP].ch_pid, NULL, 0);
}

TEST(a_child_without_a_pipe_to_another_stays_so)
{
	CHECK(returns(start_alone));
}

TEST(a_child_that_asks_and_does_not_read_costs_any_memory)
{
	enum { N = 20000 };
	struct imsgbuf	ib;
	struct imsg	imsg;
	struct msg_ctl	mc = { CTL_SHOW_PROCESSES };
	unsigned int	i, most = 0, got = 0, ok = 0;
	int		pair[2];

	begin();
	CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair) == 0);
	proc_pipe_open(PROC_CONTROL, pair[0]);
	CHECK(imsgbuf_init(&ib, pair[1]) == 0);
	imsgbuf_set_maxsize(&ib, PROC_MAX_MESSAGE);
	for (i = 0; i < N; i++)
		imsg_compose(&ib, MSG_CTL, i, 0, -1, &mc, sizeof(mc));
	for (i = 0; i < 1000; i++) {
		CHECK(imsgbuf_write(&ib) == 0);
		event_base_loop(proc_base, EVLOOP_NONBLOCK);
		if (proc_queued(PROC_CONTROL) > most)
			most = proc_queued(PROC_CONTROL);
	}
	CHECK(most < 10000 && nasked < N / 10);
	/* When it reads, it has it all. */
	for (i = 0; i < 100000 && ok < N; i++) {
		CHECK(imsgbuf_write(&ib) == 0);
		event_base_loop(proc_base, EVLOOP_NONBLOCK);
		CHECK(imsgbuf_read(&ib) == 1);
		for (; imsgbuf_get(&ib, &imsg) == 1; imsg_free(&imsg), got++)
			ok += imsg_get_len(&imsg) == sizeof(mc);
	}
	CHECK(ok == N && got == 21 * N && nasked == N);
	proc_pipe_close(PROC_CONTROL);
	imsgbuf_clear(&ib);
	close(pair[1]);
}

int
main(void)
{
	return (test_main());
}
