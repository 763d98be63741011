/*
 * SPDX-License-Identifier: ISC
 *
 * dial_test.c: the parent and a process that dials for it, and may have been
 * taken over by who answered its name server's questions.
 */
#include <fcntl.h>

#include "test.h"
#include "../../../usr.sbin/switchd/dial.c"

struct event_base	*proc_base;
static int		 got;

static void
done(void *arg, int fd, const char *why)
{
	got = fd;
}

static unsigned int
open_files(void)
{
	unsigned int	n = 0;
	int		fd;

	for (fd = 0; fd < 256; fd++)
		n += fcntl(fd, F_GETFD) != -1;
	return (n);
}

/* An answer with n descriptors. */
static void
answer(int to, unsigned int n)
{
	union {
		struct cmsghdr	hdr;
		char		buf[CMSG_SPACE(4 * sizeof(int))];
	} c = { .buf = "" };
	struct iovec	iov = { c.buf, 1 };
	struct msghdr	mh = { .msg_iov = &iov, .msg_iovlen = 1,
			    .msg_control = c.buf,
			    .msg_controllen = CMSG_SPACE(n * sizeof(int)) };

	c.hdr.cmsg_level = SOL_SOCKET;
	c.hdr.cmsg_type = SCM_RIGHTS;
	c.hdr.cmsg_len = CMSG_LEN(n * sizeof(int));
	memset(CMSG_DATA(&c.hdr), 0, n * sizeof(int));	/* standard input */
	CHECK(sendmsg(to, &mh, 0) == 1);
}

TEST(more_descriptors_than_one_stay_with_the_parent)
{
	struct dial	*dl;
	unsigned int	 before, n;
	int		 pair[2];

	proc_base = event_base_new();
	before = open_files();
	for (n = 1; n <= 4; n++) {
		CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) == 0);
		dl = calloc(1, sizeof(*dl));
		dl->dl_fd = pair[0];
		dl->dl_done = done;
		dl->dl_event = event_new(proc_base, pair[0], EV_READ,
		    dial_read, dl);
		answer(pair[1], n);
		got = -1;
		dial_read(pair[0], EV_READ, dl);
		CHECK(got != -1);
		close(got);
		close(pair[1]);
		CHECK(open_files() == before);
	}
}

int
main(void)
{
	return (test_main());
}
