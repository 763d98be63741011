/*
 * SPDX-License-Identifier: ISC
 *
 * dial.c: resolve a name and connect to it, in a process of its own.
 *
 * Answers of a name server are bytes from the network, and asking may take
 * long, so neither happens in the parent: a process is forked that drops its
 * privileges, tries each address of the host for some seconds, hands the
 * connected socket back and ends.
 */
#include <sys/prctl.h>
#include <sys/socket.h>

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <errno.h>
#include <grp.h>
#include <netdb.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bsd.h"
#include "log.h"
#include "parent.h"

#define DIAL_ADDRESS_MS	5000	/* for each address */
#define DIAL_TOTAL_S	15

struct dial {
	int		 dl_fd;		/* to the process */
	pid_t		 dl_pid;
	struct event	*dl_event;
	void		(*dl_done)(void *, int, const char *);
	void		*dl_arg;
};

/* The process. */

static int
dial_address(const struct addrinfo *ai)
{
	struct pollfd	pfd = { .events = POLLOUT };
	socklen_t	len = sizeof(int);
	int		error = 0, on = 1;

	pfd.fd = socket(ai->ai_family, SOCK_STREAM | SOCK_NONBLOCK |
	    SOCK_CLOEXEC, 0);
	if (pfd.fd == -1)
		return (-1);
	setsockopt(pfd.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (connect(pfd.fd, ai->ai_addr, ai->ai_addrlen) == 0)
		return (pfd.fd);
	if (errno != EINPROGRESS)
		error = errno;
	else if (poll(&pfd, 1, DIAL_ADDRESS_MS) != 1)
		error = ETIMEDOUT;
	else
		getsockopt(pfd.fd, SOL_SOCKET, SO_ERROR, &error, &len);
	if (error == 0)
		return (pfd.fd);
	close(pfd.fd);
	errno = error;
	return (-1);
}

/* The socket, or -1 and why. */
static int
dial_host(const struct conf_uri *cu, char *why, size_t size)
{
	struct addrinfo	 hints = { .ai_socktype = SOCK_STREAM };
	struct addrinfo	*all, *ai;
	int		 r, fd = -1;

	r = getaddrinfo(cu->cu_host, cu->cu_port, &hints, &all);
	if (r != 0) {
		snprintf(why, size, "%s", gai_strerror(r));
		return (-1);
	}
	for (ai = all; ai != NULL && fd == -1; ai = ai->ai_next)
		fd = dial_address(ai);
	if (fd == -1)
		snprintf(why, size, "%s", strerror(errno));
	freeaddrinfo(all);
	return (fd);
}

static void
dial_answer(int to, int fd, char *why)
{
	union {
		struct cmsghdr	hdr;
		char		buf[CMSG_SPACE(sizeof(int))];
	} c;
	struct iovec	iov = { why, strlen(why) + 1 };
	struct msghdr	mh = { .msg_iov = &iov, .msg_iovlen = 1 };

	if (fd != -1) {
		memset(&c, 0, sizeof(c));
		mh.msg_control = c.buf;
		mh.msg_controllen = sizeof(c.buf);
		c.hdr.cmsg_level = SOL_SOCKET;
		c.hdr.cmsg_type = SCM_RIGHTS;
		c.hdr.cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(&c.hdr), &fd, sizeof(fd));
	}
	if (sendmsg(to, &mh, MSG_NOSIGNAL) == -1)
		_exit(1);
}

__attribute__((__noreturn__)) static void
dial_process(const struct conf_uri *cu, const char *user, int to)
{
	const struct passwd	*pw = getpwnam(user);
	char			 why[128] = "";
	int			 fd;

	signal(SIGALRM, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	alarm(DIAL_TOTAL_S);
	if (pw == NULL || setgroups(1, &pw->pw_gid) == -1 ||
	    setresgid(pw->pw_gid, pw->pw_gid, pw->pw_gid) == -1 ||
	    setresuid(pw->pw_uid, pw->pw_uid, pw->pw_uid) == -1 ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		_exit(1);
	/* Nothing of the parent's but the answer's way is left open. */
	if (dup2(to, 3) == -1 || close_range(4, ~0U, 0) == -1)
		_exit(1);
	fd = dial_host(cu, why, sizeof(why));
	dial_answer(3, fd, why);
	_exit(0);
}

/* The parent. */

static void
dial_read(evutil_socket_t s, short what, void *arg)
{
	struct dial	*dl = arg;
	union {
		struct cmsghdr	hdr;
		char		buf[CMSG_SPACE(sizeof(int))];
	} c;
	char		 why[128] = "";
	struct iovec	 iov = { why, sizeof(why) - 1 };
	struct msghdr	 mh = { .msg_iov = &iov, .msg_iovlen = 1,
			    .msg_control = c.buf,
			    /* CMSG_SPACE would let a second one in. */
			    .msg_controllen = CMSG_LEN(sizeof(int)) };
	struct cmsghdr	*cm;
	void		(*done)(void *, int, const char *) = dl->dl_done;
	int		 fd = -1;

	if (recvmsg(dl->dl_fd, &mh, MSG_CMSG_CLOEXEC | MSG_DONTWAIT) <= 0)
		strlcpy(why, "timed out", sizeof(why));
	else if ((cm = CMSG_FIRSTHDR(&mh)) != NULL &&
	    cm->cmsg_level == SOL_SOCKET && cm->cmsg_type == SCM_RIGHTS)
		memcpy(&fd, CMSG_DATA(cm), sizeof(fd));
	arg = dl->dl_arg;
	dial_cancel(dl);
	done(arg, fd, why);
}

struct dial *
dial_start(const struct conf_uri *cu, const char *user,
    void (*done)(void *, int, const char *), void *arg)
{
	struct dial	*dl = calloc(1, sizeof(*dl));
	int		 pair[2];

	if (dl == NULL)
		return (NULL);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == -1)
		goto fail_free;
	dl->dl_pid = fork();
	if (dl->dl_pid == -1)
		goto fail_pair;
	if (dl->dl_pid == 0)
		dial_process(cu, user, pair[1]);
	close(pair[1]);
	dl->dl_fd = pair[0];
	dl->dl_done = done;
	dl->dl_arg = arg;
	dl->dl_event = event_new(proc_base, pair[0], EV_READ, dial_read, dl);
	if (dl->dl_event == NULL || event_add(dl->dl_event, NULL) == -1)
		fatalx("dial: no event");
	return (dl);

fail_pair:
	close(pair[0]);
	close(pair[1]);
fail_free:
	free(dl);
	return (NULL);
}

void
dial_cancel(struct dial *dl)
{
	if (dl == NULL)
		return;
	/* It ends by itself when it cannot answer. */
	event_free(dl->dl_event);
	close(dl->dl_fd);
	free(dl);
}
