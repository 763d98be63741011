/*
 * SPDX-License-Identifier: ISC
 *
 * proc_test.c: the parent and its children, when one of them does not read and
 * when the system has no process or descriptor left.  The test plays the
 * system, and what may end the process runs in one of its own.
 */
#include <sys/socket.h>
#include <sys/wait.h>

#include <unistd.h>

#include "test.h"

static bool	no_fork, no_pair;

static pid_t
test_fork(void)
{
	return (no_fork ? -1 : fork());
}

static int
test_socketpair(int domain, int type, int protocol, int pair[2])
{
	return (no_pair ? -1 : socketpair(domain, type, protocol, pair));
}

#include "../../../usr.sbin/switchd/proc.c"
#define fork		test_fork
#define socketpair	test_socketpair
#include "../../../usr.sbin/switchd/proc_parent.c"
#undef fork
#undef socketpair

const struct proc	proc_parent, proc_ofp, proc_ofcconn, proc_control;

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
	no_pair = true;
	CHECK(returns(start));
	no_pair = false;
}

int
main(void)
{
	return (test_main());
}
