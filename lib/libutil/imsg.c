/*
 * SPDX-License-Identifier: ISC
 *
 * imsg.c: framing of messages, and descriptors, on a unix stream socket.
 *
 * On the wire a message is its header in host order and its payload.  The top
 * bit of the length says that a descriptor comes along.  Such a message
 * begins a sendmsg of its own, so its descriptor arrives with its first byte:
 * descriptors and marked messages come in the same order, and between two
 * reads at most one descriptor waits for the rest of its message.
 *
 * imsgbuf_read takes bytes and descriptors from the socket and cuts them into
 * whole messages at once; imsgbuf_get hands those out.
 */

#include <sys/socket.h>

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "imsg.h"

#define IMSG_FD_MARK	0x80000000U
#define IMSG_IOV	64		/* messages in one write */
#define nitems(a)	(sizeof(a) / sizeof((a)[0]))

/* Room for exactly one descriptor; aligned as the kernel wants it. */
union imsg_cmsg {
	struct cmsghdr	hdr;
	char		buf[CMSG_SPACE(sizeof(int))];
};

static int	 imsg_fail(struct imsgbuf *, int);
static ssize_t	 imsg_recv(struct imsgbuf *);
static int	 imsg_recv_fds(struct imsgbuf *, struct msghdr *);
static int	 imsg_fds_push(struct imsgbuf *, int);
static int	 imsg_fds_pop(struct imsgbuf *);
static int	 imsg_cut(struct imsgbuf *, const unsigned char *, size_t);
static int	 imsg_begin(struct imsgbuf *);
static void	 imsg_end(struct imsgbuf *);
static bool	 imsg_fd_wanted(const struct imsgbuf *);
static ssize_t	 imsg_send(struct imsgbuf *);
static void	 imsg_sent(struct imsgbuf *, size_t);

static void
ibufq_init(struct ibufq *q)
{
	q->iq_first = NULL;
	q->iq_last = &q->iq_first;
	q->iq_len = 0;
}

static void
ibufq_put(struct ibufq *q, struct ibuf *buf)
{
	buf->ib_next = NULL;
	*q->iq_last = buf;
	q->iq_last = &buf->ib_next;
	q->iq_len++;
}

/* Take the first, or NULL. */
static struct ibuf *
ibufq_pop(struct ibufq *q)
{
	struct ibuf	*buf;

	if ((buf = q->iq_first) == NULL)
		return (NULL);
	if ((q->iq_first = buf->ib_next) == NULL)
		q->iq_last = &q->iq_first;
	q->iq_len--;
	buf->ib_next = NULL;
	return (buf);
}

static void
ibufq_clear(struct ibufq *q)
{
	struct ibuf	*buf;

	while ((buf = ibufq_pop(q)) != NULL)
		ibuf_free(buf);
}

int
imsgbuf_init(struct imsgbuf *ib, int fd)
{
	memset(ib, 0, sizeof(*ib));
	ib->fd = fd;
	ib->pid = getpid();
	ib->im_maxsize = MAX_IMSGSIZE;
	ibufq_init(&ib->im_out);
	ibufq_init(&ib->im_in);
	if ((ib->im_rbuf = malloc(IBUF_READ_SIZE)) == NULL)
		return (-1);
	return (0);
}

void
imsgbuf_clear(struct imsgbuf *ib)
{
	ibufq_clear(&ib->im_out);
	ibufq_clear(&ib->im_in);
	ibuf_free(ib->im_cur);
	ib->im_cur = NULL;
	ib->im_hdrlen = 0;
	while (ib->im_nfds > 0)
		close(imsg_fds_pop(ib));
	free(ib->im_rbuf);
	ib->im_rbuf = NULL;
	ib->im_error = ENOTCONN;
	ib->fd = -1;
}

void
imsgbuf_allow_fdpass(struct imsgbuf *ib)
{
	ib->im_fdpass = true;
}

int
imsgbuf_set_maxsize(struct imsgbuf *ib, uint32_t max)
{
	if (max < IMSG_HEADER_SIZE || max >= IMSG_FD_MARK) {
		errno = EINVAL;
		return (-1);
	}
	ib->im_maxsize = max;
	return (0);
}

int
imsgbuf_read(struct imsgbuf *ib)
{
	ssize_t		n;
	int		error;

	if (ib->im_error != 0)
		return (imsg_fail(ib, ib->im_error));
	if ((n = imsg_recv(ib)) == -1) {
		if (errno == EAGAIN)
			return (1);
		return (errno == EPROTO ? imsg_fail(ib, EBADMSG) : -1);
	}
	if (n == 0)
		return (0);
	if ((error = imsg_cut(ib, ib->im_rbuf, n)) != 0)
		return (imsg_fail(ib, error));
	if (ib->im_nfds > (imsg_fd_wanted(ib) ? 1 : 0))
		return (imsg_fail(ib, EBADMSG));
	return (1);
}

/* The stream cannot be followed any more; what is whole stays. */
static int
imsg_fail(struct imsgbuf *ib, int error)
{
	while (ib->im_nfds > 0)
		close(imsg_fds_pop(ib));
	ibuf_free(ib->im_cur);
	ib->im_cur = NULL;
	ib->im_error = errno = error;
	return (-1);
}

/* Bytes to im_rbuf, a descriptor to im_fds. */
static ssize_t
imsg_recv(struct imsgbuf *ib)
{
	struct msghdr	 msg;
	struct iovec	 iov;
	union imsg_cmsg	 cmsg;
	ssize_t		 n;

	iov.iov_base = ib->im_rbuf;
	iov.iov_len = IBUF_READ_SIZE;
	do {
		memset(&msg, 0, sizeof(msg));
		msg.msg_iov = &iov;
		msg.msg_iovlen = 1;
		if (ib->im_fdpass) {
			/* CMSG_SPACE would let a second one in. */
			msg.msg_control = cmsg.buf;
			msg.msg_controllen = CMSG_LEN(sizeof(int));
		}
		n = recvmsg(ib->fd, &msg, MSG_CMSG_CLOEXEC);
	} while (n == -1 && errno == EINTR);
	if (n > 0 && ib->im_fdpass && imsg_recv_fds(ib, &msg) == -1) {
		errno = EPROTO;
		return (-1);
	}
	return (n);
}

static int
imsg_recv_fds(struct imsgbuf *ib, struct msghdr *msg)
{
	struct cmsghdr	*c;
	int		 fd;

	for (c = CMSG_FIRSTHDR(msg); c != NULL; c = CMSG_NXTHDR(msg, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS ||
		    c->cmsg_len < CMSG_LEN(sizeof(int)))
			continue;
		memcpy(&fd, CMSG_DATA(c), sizeof(fd));
		return (imsg_fds_push(ib, fd));
	}
	/*
	 * The process has no descriptor left, so the kernel threw it away: the
	 * message comes without, and the next one still gets its own.
	 */
	if (msg->msg_flags & MSG_CTRUNC)
		return (imsg_fds_push(ib, -1));
	return (0);
}

static int
imsg_fds_push(struct imsgbuf *ib, int fd)
{
	if (ib->im_nfds == nitems(ib->im_fds)) {
		if (fd != -1)
			close(fd);
		return (-1);
	}
	ib->im_fds[ib->im_nfds++] = fd;
	return (0);
}

static int
imsg_fds_pop(struct imsgbuf *ib)
{
	int		fd;

	if (ib->im_nfds == 0)
		return (-1);
	fd = ib->im_fds[0];
	ib->im_fds[0] = ib->im_fds[1];
	ib->im_nfds--;
	return (fd);
}

/* Cut n bytes of the stream into messages.  0, ERANGE, ENOMEM. */
static int
imsg_cut(struct imsgbuf *ib, const unsigned char *p, size_t n)
{
	unsigned char	*to;
	size_t		 take;
	int		 error;

	while (n > 0) {
		if (ib->im_cur == NULL) {
			to = (unsigned char *)&ib->im_hdr + ib->im_hdrlen;
			take = IMSG_HEADER_SIZE - ib->im_hdrlen;
		} else {
			to = ib->im_cur->ib_buf + ib->im_cur->ib_wpos;
			take = ibuf_left(ib->im_cur);
		}
		if (take > n)
			take = n;
		memcpy(to, p, take);
		p += take;
		n -= take;
		if (ib->im_cur != NULL)
			ib->im_cur->ib_wpos += take;
		else if ((ib->im_hdrlen += take) < IMSG_HEADER_SIZE)
			break;
		else if ((error = imsg_begin(ib)) != 0)
			return (error);
		if (ibuf_left(ib->im_cur) == 0)
			imsg_end(ib);
	}
	return (0);
}

/* The header is whole: make room for the message it announces. */
static int
imsg_begin(struct imsgbuf *ib)
{
	uint32_t	len = ib->im_hdr.len & ~IMSG_FD_MARK;

	if (len < IMSG_HEADER_SIZE || len > ib->im_maxsize)
		return (ERANGE);
	if ((ib->im_cur = ibuf_open(len)) == NULL)
		return (ENOMEM);
	ibuf_add(ib->im_cur, &ib->im_hdr, IMSG_HEADER_SIZE);
	return (0);
}

static void
imsg_end(struct imsgbuf *ib)
{
	if (imsg_fd_wanted(ib))
		ib->im_cur->ib_fd = imsg_fds_pop(ib);
	ibufq_put(&ib->im_in, ib->im_cur);
	ib->im_cur = NULL;
	ib->im_hdrlen = 0;
}

/* May a descriptor belong to the message that is arriving? */
static bool
imsg_fd_wanted(const struct imsgbuf *ib)
{
	if (ib->im_cur != NULL)
		return ((ib->im_hdr.len & IMSG_FD_MARK) != 0);
	return (ib->im_hdrlen > 0);
}

int
imsgbuf_write(struct imsgbuf *ib)
{
	ssize_t		n;

	if (ib->im_out.iq_first == NULL)
		return (0);
	do {
		n = imsg_send(ib);
	} while (n == -1 && errno == EINTR);
	if (n == -1)
		return (errno == EAGAIN || errno == ENOBUFS ? 0 : -1);
	imsg_sent(ib, n);
	return (0);
}

/* One sendmsg; a message with a descriptor can only be the first in it. */
static ssize_t
imsg_send(struct imsgbuf *ib)
{
	struct msghdr	 msg;
	struct iovec	 iov[IMSG_IOV];
	union imsg_cmsg	 cmsg;
	struct ibuf	*buf;
	size_t		 n = 0;

	memset(&msg, 0, sizeof(msg));
	for (buf = ib->im_out.iq_first; buf != NULL; buf = buf->ib_next) {
		if (n == nitems(iov) || (n > 0 && buf->ib_fd != -1))
			break;
		iov[n].iov_base = ibuf_data(buf);
		iov[n].iov_len = ibuf_size(buf);
		n++;
	}
	msg.msg_iov = iov;
	msg.msg_iovlen = n;
	buf = ib->im_out.iq_first;
	if (buf->ib_fd != -1) {
		memset(&cmsg, 0, sizeof(cmsg));
		msg.msg_control = cmsg.buf;
		msg.msg_controllen = sizeof(cmsg.buf);
		cmsg.hdr.cmsg_len = CMSG_LEN(sizeof(int));
		cmsg.hdr.cmsg_level = SOL_SOCKET;
		cmsg.hdr.cmsg_type = SCM_RIGHTS;
		memcpy(CMSG_DATA(&cmsg.hdr), &buf->ib_fd, sizeof(int));
	}
	return (sendmsg(ib->fd, &msg, MSG_NOSIGNAL));
}

/* n bytes are gone, and with the first of them the descriptor. */
static void
imsg_sent(struct imsgbuf *ib, size_t n)
{
	struct ibuf	*buf;

	if (n > 0 && (buf = ib->im_out.iq_first)->ib_fd != -1)
		close(ibuf_fd_get(buf));
	while ((buf = ib->im_out.iq_first) != NULL) {
		if (n < ibuf_size(buf)) {
			ibuf_skip(buf, n);
			return;
		}
		n -= ibuf_size(buf);
		ibuf_free(ibufq_pop(&ib->im_out));
	}
}

int
imsgbuf_flush(struct imsgbuf *ib)
{
	struct pollfd	pfd;

	while (imsgbuf_queuelen(ib) > 0) {
		pfd.fd = ib->fd;
		pfd.events = POLLOUT;
		if (poll(&pfd, 1, -1) == -1 && errno != EINTR)
			return (-1);
		if (imsgbuf_write(ib) == -1)
			return (-1);
	}
	return (0);
}

uint32_t
imsgbuf_queuelen(const struct imsgbuf *ib)
{
	return (ib->im_out.iq_len);
}

int
imsgbuf_get(struct imsgbuf *ib, struct imsg *imsg)
{
	struct ibuf	*buf;

	if ((buf = ibufq_pop(&ib->im_in)) == NULL)
		return (0);
	ibuf_get(buf, &imsg->hdr, IMSG_HEADER_SIZE);
	imsg->hdr.len &= ~IMSG_FD_MARK;
	imsg->buf = buf;
	return (1);
}

ssize_t
imsg_get(struct imsgbuf *ib, struct imsg *imsg)
{
	if (imsgbuf_get(ib, imsg) == 0)
		return (0);
	return (imsg->hdr.len);
}

void
imsg_free(struct imsg *imsg)
{
	ibuf_free(imsg->buf);
	imsg->buf = NULL;
}

uint32_t
imsg_get_type(const struct imsg *imsg)
{
	return (imsg->hdr.type);
}

uint32_t
imsg_get_id(const struct imsg *imsg)
{
	return (imsg->hdr.peerid);
}

pid_t
imsg_get_pid(const struct imsg *imsg)
{
	return ((pid_t)imsg->hdr.pid);
}

/* Bytes of payload not yet read. */
size_t
imsg_get_len(const struct imsg *imsg)
{
	return (ibuf_size(imsg->buf));
}

int
imsg_get_fd(struct imsg *imsg)
{
	return (ibuf_fd_get(imsg->buf));
}

int
imsg_get_data(struct imsg *imsg, void *data, size_t len)
{
	if (len == 0) {
		errno = EINVAL;
		return (-1);
	}
	if (imsg_get_len(imsg) != len) {
		errno = EBADMSG;
		return (-1);
	}
	return (ibuf_get(imsg->buf, data, len));
}

int
imsg_get_buf(struct imsg *imsg, void *data, size_t len)
{
	return (ibuf_get(imsg->buf, data, len));
}

int
imsg_get_strbuf(struct imsg *imsg, char *str, size_t len)
{
	return (ibuf_get_strbuf(imsg->buf, str, len));
}

int
imsg_get_ibuf(struct imsg *imsg, struct ibuf *view)
{
	if (imsg_get_len(imsg) == 0) {
		errno = EBADMSG;
		return (-1);
	}
	return (ibuf_get_ibuf(imsg->buf, imsg_get_len(imsg), view));
}

int
imsg_compose(struct imsgbuf *ib, uint32_t type, uint32_t id, pid_t pid,
    int fd, const void *data, size_t len)
{
	struct iovec	iov;

	iov.iov_base = (void *)(uintptr_t)data;
	iov.iov_len = len;
	return (imsg_composev(ib, type, id, pid, fd, &iov, 1));
}

int
imsg_composev(struct imsgbuf *ib, uint32_t type, uint32_t id, pid_t pid,
    int fd, const struct iovec *iov, int iovcnt)
{
	struct ibuf	*buf;
	size_t		 len = 0;
	int		 i;

	if (fd != -1 && !ib->im_fdpass) {
		errno = EINVAL;
		return (-1);
	}
	for (i = 0; i < iovcnt; i++) {
		if (iov[i].iov_len > ib->im_maxsize - len) {
			errno = ERANGE;
			return (-1);
		}
		len += iov[i].iov_len;
	}
	if ((buf = imsg_create(ib, type, id, pid, len)) == NULL)
		return (-1);
	for (i = 0; i < iovcnt; i++)
		if (imsg_add(buf, iov[i].iov_base, iov[i].iov_len) == -1)
			return (-1);
	ibuf_fd_set(buf, fd);
	imsg_close(ib, buf);
	return (1);
}

int
imsg_compose_ibuf(struct imsgbuf *ib, uint32_t type, uint32_t id, pid_t pid,
    struct ibuf *buf)
{
	struct ibuf	*msg;

	msg = imsg_create(ib, type, id, pid, ibuf_size(buf));
	if (msg == NULL ||
	    imsg_add(msg, ibuf_data(buf), ibuf_size(buf)) == -1) {
		ibuf_free(buf);
		return (-1);
	}
	ibuf_fd_set(msg, ibuf_fd_get(buf));
	ibuf_free(buf);
	imsg_close(ib, msg);
	return (1);
}

int
imsg_forward(struct imsgbuf *ib, struct imsg *imsg)
{
	struct ibuf	*msg, all;

	ibuf_from_buffer(&all, imsg->buf->ib_buf, imsg->hdr.len);
	ibuf_skip(&all, IMSG_HEADER_SIZE);
	msg = imsg_create(ib, imsg->hdr.type, imsg->hdr.peerid,
	    (pid_t)imsg->hdr.pid, ibuf_size(&all));
	if (msg == NULL ||
	    imsg_add(msg, ibuf_data(&all), ibuf_size(&all)) == -1)
		return (-1);
	imsg_close(ib, msg);
	return (1);
}

struct ibuf *
imsg_create(struct imsgbuf *ib, uint32_t type, uint32_t id, pid_t pid,
    size_t len)
{
	struct imsg_hdr	 hdr;
	struct ibuf	*buf;

	if (len > ib->im_maxsize - IMSG_HEADER_SIZE) {
		errno = ERANGE;
		return (NULL);
	}
	buf = ibuf_dynamic(IMSG_HEADER_SIZE + len, ib->im_maxsize);
	if (buf == NULL)
		return (NULL);
	hdr.type = type;
	hdr.len = 0;
	hdr.peerid = id;
	hdr.pid = (uint32_t)(pid != 0 ? pid : ib->pid);
	ibuf_add(buf, &hdr, IMSG_HEADER_SIZE);
	return (buf);
}

int
imsg_add(struct ibuf *buf, const void *data, size_t len)
{
	if (ibuf_add(buf, data, len) == -1) {
		ibuf_free(buf);
		return (-1);
	}
	return ((int)len);
}

void
imsg_close(struct imsgbuf *ib, struct ibuf *buf)
{
	struct imsg_hdr	hdr;

	ibuf_rewind(buf);
	if (ibuf_fd_avail(buf) && !ib->im_fdpass)
		close(ibuf_fd_get(buf));
	memcpy(&hdr, ibuf_data(buf), IMSG_HEADER_SIZE);
	hdr.len = (uint32_t)ibuf_size(buf);
	if (ibuf_fd_avail(buf))
		hdr.len |= IMSG_FD_MARK;
	ibuf_set(buf, 0, &hdr, IMSG_HEADER_SIZE);
	ibufq_put(&ib->im_out, buf);
}
