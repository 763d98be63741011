/*
 * SPDX-License-Identifier: ISC
 *
 * ofclient.c: a short OpenFlow session with one switch, see ofclient.h.
 */
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <net/ofp_msg.h>

#include "ofclient.h"

#define TIMEOUT_MS	5000
#define BARRIER_XID	0x7377626aU

struct ofclient {
	int		 oc_fd;
	const char	*oc_addr;
	uint8_t		 oc_buf[OFP_MSG_MAX];
	size_t		 oc_have;
	char		*oc_err;
	size_t		 oc_errlen;
};

bool
ofclient_is_address(const char *s)
{
	return (*s == '/' || strncmp(s, "unix:", 5) == 0 ||
	    strncmp(s, "tcp:", 4) == 0);
}

static int
fail(struct ofclient *oc, const char *what)
{
	snprintf(oc->oc_err, oc->oc_errlen, "%s: %s", oc->oc_addr, what);
	return (-1);
}

/* The last error; a device that is held closes us at once. */
static const char *
reason(void)
{
	return (errno == EPIPE || errno == ECONNRESET ? "closed by the "
	    "switch: another controller may hold it" : strerror(errno));
}

static int
open_path(const char *path)
{
	struct sockaddr_un	sun;
	struct stat		st;
	int			fd;

	if (stat(path, &st) == -1)
		return (-1);
	if (S_ISCHR(st.st_mode))
		return (open(path, O_RDWR | O_CLOEXEC | O_NOCTTY));
	if (!S_ISSOCK(st.st_mode)) {
		errno = ENODEV;		/* a file would be written over */
		return (-1);
	}
	memset(&sun, 0, sizeof(sun));
	sun.sun_family = AF_UNIX;
	if (strlen(path) >= sizeof(sun.sun_path)) {
		errno = ENAMETOOLONG;
		return (-1);
	}
	memcpy(sun.sun_path, path, strlen(path));
	if ((fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) == -1)
		return (-1);
	if (connect(fd, (struct sockaddr *)&sun, sizeof(sun)) == -1) {
		close(fd);
		return (-1);
	}
	return (fd);
}

/* "HOST[:PORT]", the host in brackets when it is an IPv6 address. */
static int
open_tcp(struct ofclient *oc, const char *spec)
{
	struct addrinfo	 hints, *res, *ai;
	char		 host[256], *port = NULL, *p;
	int		 fd = -1, error;

	snprintf(host, sizeof(host), "%s", spec);
	p = host;
	if (*host == '[' && (port = strchr(host, ']')) != NULL) {
		p = host + 1;
		*port++ = '\0';
		port = *port == ':' ? port + 1 : NULL;
	} else if ((port = strrchr(host, ':')) != NULL)
		*port++ = '\0';
	memset(&hints, 0, sizeof(hints));
	hints.ai_socktype = SOCK_STREAM;
	if ((error = getaddrinfo(p, port != NULL ? port : "6653", &hints,
	    &res)) != 0)
		return (fail(oc, gai_strerror(error)));
	for (ai = res; ai != NULL && fd == -1; ai = ai->ai_next) {
		if ((fd = socket(ai->ai_family, ai->ai_socktype | SOCK_CLOEXEC,
		    0)) == -1)
			continue;
		if (connect(fd, ai->ai_addr, ai->ai_addrlen) == -1) {
			close(fd);
			fd = -1;
		}
	}
	freeaddrinfo(res);
	return (fd == -1 ? fail(oc, strerror(errno)) : fd);
}

static int
session_open(struct ofclient *oc)
{
	const char	*a = oc->oc_addr;

	if (strncmp(a, "tcp:", 4) == 0)
		oc->oc_fd = open_tcp(oc, a + 4);
	else if ((oc->oc_fd = open_path(strncmp(a, "unix:", 5) == 0 ? a + 5 :
	    a)) == -1)
		return (fail(oc, errno == EBUSY ? "busy: another controller "
		    "has it open" : strerror(errno)));
	return (oc->oc_fd == -1 ? -1 : 0);
}

static int
send_all(struct ofclient *oc, const uint8_t *p, size_t len)
{
	ssize_t	n;

	while (len > 0) {
		if ((n = write(oc->oc_fd, p, len)) == -1) {
			if (errno == EINTR)
				continue;
			return (fail(oc, reason()));
		}
		p += n;
		len -= n;
	}
	return (0);
}

/* Length of the whole message at the start of the buffer, or -1. */
static int
receive(struct ofclient *oc)
{
	struct pollfd	pfd = { oc->oc_fd, POLLIN, 0 };
	ssize_t		n;
	int		len;

	for (;;) {
		len = ofp_msg_frame(oc->oc_buf, oc->oc_have);
		if (len == -1)
			return (fail(oc, "that is not OpenFlow"));
		if (len > 0 && (size_t)len <= oc->oc_have)
			return (len);
		if (poll(&pfd, 1, TIMEOUT_MS) == 0)
			return (fail(oc, "no answer within 5 s"));
		n = read(oc->oc_fd, oc->oc_buf + oc->oc_have,
		    sizeof(oc->oc_buf) - oc->oc_have);
		if (n == 0)
			errno = EPIPE;
		if (n == 0 || (n == -1 && errno != EINTR && errno != EAGAIN))
			return (fail(oc, reason()));
		if (n > 0)
			oc->oc_have += n;
	}
}

static void
consume(struct ofclient *oc, size_t len)
{
	oc->oc_have -= len;
	memmove(oc->oc_buf, oc->oc_buf + len, oc->oc_have);
}

static int
hello(struct ofclient *oc)
{
	struct ofp_hello he;
	struct ofp_hdr	 h;
	struct ofp_rd	 rd;
	struct ofp_wr	 wr;
	uint8_t		 out[64];
	int		 len;

	ofp_wr_init(&wr, out, sizeof(out));
	ofp_hello_encode(&wr, 1, 1 << OFP_VERSION_13);
	if (send_all(oc, out, ofp_wr_pos(&wr)) == -1 ||
	    (len = receive(oc)) == -1)
		return (-1);
	if (ofp_msg_check(oc->oc_buf, len, 0, OFP_TO_CONTROLLER, &h, &rd) !=
	    OFP_OK && h.h_type != OFP_T_HELLO)
		return (fail(oc, "its first message is not HELLO"));
	ofp_rd_init(&rd, oc->oc_buf + OFP_HDR_LEN, len - OFP_HDR_LEN);
	if (h.h_type != OFP_T_HELLO ||
	    ofp_hello_decode(&rd, h.h_version, &he) != OFP_OK ||
	    ofp_hello_negotiate(1 << OFP_VERSION_13, &he) != OFP_VERSION_13)
		return (fail(oc, "does not speak OpenFlow 1.3: connect it to "
		    "switchd, which speaks 1.0 as well"));
	consume(oc, len);
	return (0);
}

/* Answers until the barrier's; the switch's own questions are answered. */
static int
collect(struct ofclient *oc, void (*fn)(const uint8_t *, size_t, void *),
    void *arg)
{
	struct ofp_hdr	 h;
	struct ofp_rd	 rd;
	struct ofp_wr	 wr;
	static uint8_t	 out[OFP_MSG_MAX];
	int		 len;

	for (;; consume(oc, len)) {
		if ((len = receive(oc)) == -1)
			return (-1);
		if (ofp_msg_check(oc->oc_buf, len, OFP_VERSION_13,
		    OFP_TO_CONTROLLER, &h, &rd) != OFP_OK)
			return (fail(oc, "sent a malformed message"));
		switch (h.h_type) {
		case OFP_T_BARRIER_REPLY:
			if (h.h_xid == BARRIER_XID)
				return (0);
			break;
		case OFP_T_ECHO_REQUEST:
			ofp_wr_init(&wr, out, sizeof(out));
			ofp_echo_encode(&wr, OFP_VERSION_13, true, h.h_xid,
			    oc->oc_buf + OFP_HDR_LEN, len - OFP_HDR_LEN);
			if (send_all(oc, out, ofp_wr_pos(&wr)) == -1)
				return (-1);
			break;
		case OFP_T_PACKET_IN:
		case OFP_T_PORT_STATUS:
		case OFP_T_FLOW_REMOVED:
			break;
		default:
			fn(oc->oc_buf, len, arg);
		}
	}
}

int
ofclient_request(const char *addr, const uint8_t *msgs, size_t len,
    void (*fn)(const uint8_t *, size_t, void *), void *arg, char *err,
    size_t errlen)
{
	static struct ofclient	 oc;	/* 64 KB */
	struct ofp_wr		 wr;
	uint8_t			 barrier[OFP_HDR_LEN];
	int			 rc = -1;

	oc.oc_addr = addr;
	oc.oc_have = 0;
	oc.oc_err = err;
	oc.oc_errlen = errlen;
	ofp_wr_init(&wr, barrier, sizeof(barrier));
	ofp_msg_bare(&wr, OFP_VERSION_13, OFP_T_BARRIER_REQUEST, BARRIER_XID);
	if (session_open(&oc) == -1)
		return (-1);
	if (hello(&oc) == 0 && send_all(&oc, msgs, len) == 0 &&
	    send_all(&oc, barrier, sizeof(barrier)) == 0)
		rc = collect(&oc, fn, arg);
	close(oc.oc_fd);
	return (rc);
}
