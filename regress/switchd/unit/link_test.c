/*
 * SPDX-License-Identifier: ISC
 *
 * link_test.c: the interfaces of the machine when the kernel's list of them is
 * cut short, changes meanwhile, or comes behind the rest of another.  The test
 * plays the kernel: for link.c the whole of unl_talk, for that a socket.
 */
#include <sys/socket.h>
#include <sys/wait.h>

#include <linux/rtnetlink.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "../../../sys/user/unl.h"
#include "test.h"

static int	dump(int, struct unl_msg *, void (*)(const struct nlmsghdr *,
		    void *), void *);

#define unl_talk	dump
#include "../../../usr.sbin/switchd/link.c"
#undef unl_talk

struct event_base	*proc_base;
static unsigned int	 nlinks, nchanged, ngone;
static int		 error;

static void
new_link(struct unl_msg *m, int index)
{
	struct ifinfomsg	ifi = { .ifi_index = index };
	char			name[16];

	snprintf(name, sizeof(name), "tap%d", index);
	unl_begin(m, RTM_NEWLINK, 0, &ifi, sizeof(ifi));
	unl_put_str(m, IFLA_IFNAME, name);
}

static int
dump(int fd, struct unl_msg *request, void (*fn)(const struct nlmsghdr *,
    void *), void *arg)
{
	struct unl_msg	m;
	unsigned int	i;

	for (i = 0; i < nlinks; i++) {
		new_link(&m, i + 1);
		fn(&m.um_hdr, arg);
	}
	errno = error;
	return (error == 0 ? 0 : -1);
}

static void
changed(struct link *ln)
{
	nchanged++;
}

static void
gone(struct link *ln)
{
	ngone++;
}

TEST(a_list_cut_short_takes_interfaces_away)
{
	struct link_space	*ls;

	proc_base = event_base_new();
	nlinks = 3;
	link_init(changed, gone);
	CHECK(nchanged == 3 && ngone == 0);
	ls = TAILQ_FIRST(&links)->ln_space;
	nlinks = 1;
	error = ENOMEM;
	link_dump(ls);
	CHECK(nchanged == 4 && ngone == 0);
	/* It is asked for again, by itself. */
	error = 0;
	nlinks = 2;
	CHECK(event_pending(ls->ls_event, EV_TIMEOUT, NULL));
	event_base_loop(proc_base, EVLOOP_ONCE);
	CHECK(nchanged == 6 && ngone == 1);
	CHECK(!event_pending(ls->ls_event, EV_TIMEOUT, NULL));
}

/* A kernel that says first what nobody asked for, then this, then the end. */
static pid_t
kernel(int fd, uint16_t flags)
{
	struct unl_msg	m, request;
	pid_t		pid = fork();
	uint32_t	seq;

	if (pid != 0)
		return (pid);
	if (recv(fd, &request, sizeof(request), 0) <= 0)
		_exit(1);
	seq = request.um_hdr.nlmsg_seq;
	unl_begin(&m, NLMSG_DONE, NLM_F_MULTI, "", 0);
	m.um_hdr.nlmsg_seq = seq - 1;
	send(fd, &m, m.um_hdr.nlmsg_len, 0);
	new_link(&m, 7);
	m.um_hdr.nlmsg_seq = seq;
	send(fd, &m, m.um_hdr.nlmsg_len, 0);
	unl_begin(&m, NLMSG_DONE, NLM_F_MULTI | flags, "", 0);
	m.um_hdr.nlmsg_seq = seq;
	send(fd, &m, m.um_hdr.nlmsg_len, 0);
	_exit(0);
}

static void
count(const struct nlmsghdr *nh, void *arg)
{
	++*(unsigned int *)arg;
}

/* What unl_talk makes of it; *n: answers. */
static int
talk(uint16_t flags, unsigned int *n)
{
	struct unl_msg	m;
	int		pair[2], r;
	pid_t		pid;

	CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) == 0);
	pid = kernel(pair[1], flags);
	close(pair[1]);
	*n = 0;
	unl_begin(&m, RTM_GETLINK, NLM_F_REQUEST | NLM_F_DUMP, "", 0);
	r = unl_talk(pair[0], &m, count, n);
	close(pair[0]);
	waitpid(pid, NULL, 0);
	return (r);
}

TEST(the_rest_of_another_list_is_taken_for_it)
{
	unsigned int	n;

	CHECK(talk(0, &n) == 0 && n == 1);
}

TEST(a_list_that_changed_meanwhile_is_taken_for_whole)
{
	unsigned int	n;

	CHECK(talk(NLM_F_DUMP_INTR, &n) == -1 && errno == EINTR && n == 1);
}

int
main(void)
{
	return (test_main());
}
