/*
 * SPDX-License-Identifier: ISC
 *
 * uswitch_ctl.c: messages on the control socket of uswitch; see uswitch_ctl.h.
 */
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "uswitch_ctl.h"

/* Room for descriptors, aligned for what stands in front of them. */
union uctl_fdbuf {
	struct cmsghdr	uf_hdr;
	uint8_t		uf_room[CMSG_SPACE(UCTL_MAX_FDS * sizeof(int))];
};

void
uctl_init(struct uctl_msg *m, enum uctl_type type)
{
	memset(m, 0, sizeof(*m));
	m->um_version = UCTL_VERSION;
	m->um_type = type;
}

const char *
uctl_ifname(const char *name)
{
	const char	*slash = strchr(name, '/');

	return (slash != NULL ? slash + 1 : name);
}

int
uctl_connect(const char *path)
{
	struct sockaddr_un	sun;
	int			fd;

	memset(&sun, 0, sizeof(sun));
	sun.sun_family = AF_UNIX;
	if (strlen(path) >= sizeof(sun.sun_path)) {
		errno = ENAMETOOLONG;
		return (-1);
	}
	memcpy(sun.sun_path, path, strlen(path));
	/* It is not waited for until somebody accepts us. */
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1)
		return (-1);
	if (connect(fd, (struct sockaddr *)&sun, sizeof(sun)) == -1 ||
	    fcntl(fd, F_SETFL, 0) == -1) {
		close(fd);
		return (-1);
	}
	return (fd);
}

int
uctl_send(int fd, const struct uctl_msg *m, const int *fds, unsigned int n)
{
	struct uctl_msg		 copy = *m;
	struct iovec		 iov = { &copy, sizeof(copy) };
	struct msghdr		 mh;
	union uctl_fdbuf	 buf;
	struct cmsghdr		*cm;

	memset(&mh, 0, sizeof(mh));
	mh.msg_iov = &iov;
	mh.msg_iovlen = 1;
	if (n > UCTL_MAX_FDS) {
		errno = EINVAL;
		return (-1);
	}
	if (n > 0) {
		memset(&buf, 0, sizeof(buf));
		mh.msg_control = &buf;
		mh.msg_controllen = CMSG_SPACE(n * sizeof(int));
		cm = CMSG_FIRSTHDR(&mh);
		cm->cmsg_level = SOL_SOCKET;
		cm->cmsg_type = SCM_RIGHTS;
		cm->cmsg_len = CMSG_LEN(n * sizeof(int));
		memcpy(CMSG_DATA(cm), fds, n * sizeof(int));
	}
	if (sendmsg(fd, &mh, MSG_NOSIGNAL) == -1)
		return (-1);
	return (0);
}

/* Take the descriptors out of mh, all of them. */
static void
uctl_take_fds(struct msghdr *mh, int *fds, unsigned int *n)
{
	struct cmsghdr	*cm;
	size_t		 i, count;
	int		 fd;

	*n = 0;
	for (cm = CMSG_FIRSTHDR(mh); cm != NULL; cm = CMSG_NXTHDR(mh, cm)) {
		if (cm->cmsg_level != SOL_SOCKET ||
		    cm->cmsg_type != SCM_RIGHTS)
			continue;
		count = (cm->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (i = 0; i < count; i++) {
			memcpy(&fd, CMSG_DATA(cm) + i * sizeof(int),
			    sizeof(int));
			if (*n < UCTL_MAX_FDS)
				fds[(*n)++] = fd;
			else
				close(fd);
		}
	}
}

/* Strings end, whatever was sent. */
static void
uctl_terminate(struct uctl_msg *m)
{
	m->um_text[sizeof(m->um_text) - 1] = '\0';
	switch (m->um_type) {
	case UCTL_ADD:
	case UCTL_DEL:
	case UCTL_SET:
	case UCTL_LIST:
	case UCTL_KEEP:
		m->um_port.up_name[sizeof(m->um_port.up_name) - 1] = '\0';
		break;
	case UCTL_CONF:
	case UCTL_CONF_GET:
		m->um_conf.uc_dp_desc[sizeof(m->um_conf.uc_dp_desc) - 1] = '\0';
		m->um_conf.uc_serial[sizeof(m->um_conf.uc_serial) - 1] = '\0';
		break;
	case UCTL_COUNTERS:
		m->um_counter.uk_name[sizeof(m->um_counter.uk_name) - 1] =
		    '\0';
		break;
	}
}

int
uctl_recv(int fd, struct uctl_msg *m, int *fds, unsigned int *n)
{
	struct iovec		 iov = { m, sizeof(*m) };
	struct msghdr		 mh;
	union uctl_fdbuf	 buf;
	ssize_t			 len;

	memset(&mh, 0, sizeof(mh));
	mh.msg_iov = &iov;
	mh.msg_iovlen = 1;
	mh.msg_control = &buf;
	mh.msg_controllen = sizeof(buf);
	*n = 0;
	len = recvmsg(fd, &mh, MSG_CMSG_CLOEXEC);
	if (len <= 0)
		return ((int)len);
	uctl_take_fds(&mh, fds, n);
	if (len == sizeof(*m) && m->um_version == UCTL_VERSION &&
	    (mh.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) == 0) {
		uctl_terminate(m);
		return (1);
	}
	while (*n > 0)
		close(fds[--*n]);
	errno = EPROTO;
	return (-1);
}

int
uctl_call(int fd, struct uctl_msg *m, const int *fds, unsigned int n)
{
	uint32_t	type = m->um_type;
	int		got[UCTL_MAX_FDS], r;
	unsigned int	ngot;

	if (uctl_send(fd, m, fds, n) == -1)
		return (-1);
	do
		r = uctl_recv(fd, m, got, &ngot);
	while (r == -1 && errno == EINTR);
	while (r == 1 && ngot > 0)
		close(got[--ngot]);
	if (r == 1 && m->um_type == type && m->um_error == 0)
		return (0);
	if (r == 1 && m->um_type == type) {
		errno = (int)m->um_error;
		return (-1);
	}
	if (r >= 0)
		errno = r == 0 ? ECONNRESET : EPROTO;
	m->um_error = 0;		/* not refused: out of step */
	m->um_text[0] = '\0';
	return (-1);
}
