/*
 * SPDX-License-Identifier: ISC
 *
 * live.c: a running switch as the target of scenarios.
 *
 *	-b live -t /dev/switch0,1=veth1,2=veth2,...
 *
 * The device is a unix stream socket or a character device; behind each port
 * number stands the interface at the other end of the wire, on which frames
 * are sent and taken by a packet socket.  The switch is left without flows,
 * groups and meters before each case.
 */
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <linux/sockios.h>
#include <net/ethernet.h>
#include <net/if.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "if_switch.h"
#include "ofp_mp.h"
#include "ofp_msg.h"
#include "scenario.h"

#define PORTS	32
#define WAITS	200		/* of 10 ms: until nothing will come */

struct wire {
	uint32_t	wi_no;
	int		wi_fd;
	char		wi_name[IFNAMSIZ];
};

static char		 device[108];
static struct wire	 wires[PORTS];
static int		 nwires;
static int		 fds[CTLS];
static int		 waits;

static struct wire *
wire_find(uint32_t no)
{
	int	i;

	for (i = 0; i < nwires; i++) {
		if (wires[i].wi_no == no)
			return (&wires[i]);
	}
	return (NULL);
}

/* A packet socket that says which tag the kernel took off. */
static int
wire_open(struct wire *wi)
{
	struct sockaddr_ll	sll;
	int			one = 1, room = 64 << 20;

	wi->wi_fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC,
	    0);
	if (wi->wi_fd == -1)
		return (-1);
	memset(&sll, 0, sizeof(sll));
	sll.sll_family = AF_PACKET;
	sll.sll_protocol = htons(ETH_P_ALL);
	sll.sll_ifindex = (int)if_nametoindex(wi->wi_name);
	if (sll.sll_ifindex == 0 ||
	    setsockopt(wi->wi_fd, SOL_SOCKET, SO_RCVBUFFORCE, &room,
	    sizeof(room)) == -1 ||
	    setsockopt(wi->wi_fd, SOL_PACKET, PACKET_AUXDATA, &one,
	    sizeof(one)) == -1 ||
	    setsockopt(wi->wi_fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &one,
	    sizeof(one)) == -1 ||
	    bind(wi->wi_fd, (struct sockaddr *)&sll, sizeof(sll)) == -1)
		return (-1);
	return (0);
}

static int
live_open(const char *target)
{
	char		*text = strdup(target), *part, *save, *eq;
	struct stat	 st;
	int		 i;

	for (i = 0; i < CTLS; i++)
		fds[i] = -1;
	part = strtok_r(text, ",", &save);
	if (part == NULL) {
		free(text);
		return (-1);
	}
	snprintf(device, sizeof(device), "%s", part);
	/* A character device has one opener. */
	backend_live.be_ctls = stat(device, &st) == 0 && S_ISSOCK(st.st_mode);
	while ((part = strtok_r(NULL, ",", &save)) != NULL &&
	    nwires < PORTS) {
		if ((eq = strchr(part, '=')) == NULL)
			break;
		*eq++ = '\0';
		wires[nwires].wi_no = strcmp(part, "local") == 0 ?
		    OFP_P_LOCAL : (uint32_t)strtoul(part, NULL, 0);
		snprintf(wires[nwires].wi_name, IFNAMSIZ, "%s", eq);
		if (wire_open(&wires[nwires]) == -1) {
			perror(eq);
			free(text);
			return (-1);
		}
		nwires++;
	}
	free(text);
	return (0);
}

/* The abstract name of a controller's socket; of an auxiliary, NAME/ID. */
static int
live_name(int fd, int ctl, int aux_of, uint8_t aux)
{
	struct sockaddr_un	sun = { .sun_family = AF_UNIX };
	int			n;

	n = snprintf(sun.sun_path + 1, sizeof(sun.sun_path) - 1,
	    "scenario.%d.%d", getpid(), aux != 0 ? aux_of : ctl);
	if (aux != 0)
		n += snprintf(sun.sun_path + 1 + n,
		    sizeof(sun.sun_path) - 1 - n, "/%u", aux);
	return (bind(fd, (struct sockaddr *)&sun,
	    (socklen_t)offsetof(struct sockaddr_un, sun_path) + 1 + n));
}

static int
live_connect(int ctl, int aux_of, uint8_t aux)
{
	struct sockaddr_un	sun;
	struct stat		st;
	char			word;
	int			fd, i;

	if (stat(device, &st) == -1)
		return (errno);
	if (aux != 0 && S_ISCHR(st.st_mode))
		return (EOPNOTSUPP);
	if (S_ISCHR(st.st_mode)) {
		/* Whoever had it open may still be closing it. */
		for (i = 0; (fd = open(device, O_RDWR | O_NONBLOCK |
		    O_CLOEXEC)) == -1 && errno == EBUSY && i < 100; i++)
			usleep(10000);
		if (fd == -1)
			return (errno);
	} else {
		fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
		memset(&sun, 0, sizeof(sun));
		sun.sun_family = AF_UNIX;
		snprintf(sun.sun_path, sizeof(sun.sun_path), "%s", device);
		if (fd == -1 || live_name(fd, ctl, aux_of, aux) == -1 ||
		    connect(fd, (struct sockaddr *)&sun, sizeof(sun)) == -1)
			return (errno);
		/* One that is refused is hung up on before a word. */
		if (aux != 0 && recv(fd, &word, 1, MSG_PEEK) != 1) {
			close(fd);
			return (ECONNREFUSED);
		}
		fcntl(fd, F_SETFL, O_NONBLOCK);
	}
	fds[ctl] = fd;
	return (0);
}

static void
live_close(int ctl)
{
	if (fds[ctl] != -1)
		close(fds[ctl]);
	fds[ctl] = -1;
}

static bool
live_wait(void)
{
	if (++waits > WAITS) {
		waits = 0;
		return (false);
	}
	usleep(waits < 10 ? 500 : 10000);
	return (true);
}

static ssize_t
live_write(int ctl, const uint8_t *p, size_t len)
{
	struct pollfd	pfd = { .fd = fds[ctl], .events = POLLIN | POLLOUT };
	ssize_t		n;

	waits = 0;
	while ((n = write(fds[ctl], p, len)) == -1 && errno == EAGAIN) {
		if (poll(&pfd, 1, 2000) == 0)
			return (-1);
		if ((pfd.revents & POLLOUT) == 0)
			return (0);
	}
	return (n);
}

static ssize_t
live_read(int ctl, uint8_t *buf, size_t cap)
{
	ssize_t	n;

	if (fds[ctl] == -1)
		return (-1);
	n = read(fds[ctl], buf, cap);
	if (n == -1 && errno == EAGAIN)
		return (0);
	if (n <= 0)
		return (-1);
	waits = 0;
	return (n);
}

/*
 * Wait for the reply to a barrier.  What comes before is looked at only for
 * the addresses of ports, which msg_show keeps, and by look (or NULL).
 */
static int
barrier_wait(int ctl, void (*look)(const uint8_t *, size_t))
{
	static uint8_t	 buf[200000];
	struct shown	 sn;
	size_t		 have = 0, off;
	ssize_t		 n;
	int		 len;

	for (;;) {
		n = live_read(ctl, buf + have, sizeof(buf) - have);
		if (n < 0 || (n == 0 && !live_wait()))
			return (-1);
		have += (size_t)n;
		for (off = 0; (len = ofp_msg_frame(buf + off, have - off)) >
		    0 && (size_t)len <= have - off; off += (size_t)len) {
			if (buf[off + 1] == OFP_T_BARRIER_REPLY)
				return (0);
			msg_show(&sn, buf + off, (size_t)len);
			msg_shown_free(&sn);
			if (look != NULL)
				look(buf + off, (size_t)len);
		}
		memmove(buf, buf + off, have - off);
		have -= off;
	}
}

static int	wire_updown(struct wire *, bool);

static int
say(const char *text)
{
	static uint8_t	msg[OFP_MSG_MAX + 1];
	char		why[300];
	int		len;

	len = msg_build(text, 1, msg, sizeof(msg), why, sizeof(why));
	return (len > 0 && live_write(0, msg, (size_t)len) == len ? 0 : -1);
}

static bool	ports_up;

/* In a reply to port_desc: is every port up, with a link, and as made? */
static void
ports_look(const uint8_t *msg, size_t len)
{
	struct ofp_port	po;
	struct ofp_mp	mp;
	struct ofp_rd	rd;

	if (msg[1] != OFP_T_MULTIPART_REPLY)
		return;
	ofp_rd_init(&rd, msg + OFP_HDR_LEN, len - OFP_HDR_LEN);
	ports_up = ofp_mp_decode(&rd, true, &mp) == OFP_OK;
	while (ports_up && ofp_rd_left(&rd) > 0) {
		ports_up = ofp_port_decode(&rd, &po) == OFP_OK &&
		    (po.po_no > OFP_P_MAX || (po.po_config == 0 &&
		    po.po_state == OFP_PS_LIVE));
	}
}

/*
 * Until the switch has heard of every link that this reset brought up: what it
 * says of them belongs to no case.
 */
static int
ports_wait(void)
{
	int	tries;

	for (tries = 0; tries < 500; tries++) {
		ports_up = false;
		if (say("mp port_desc") != 0 || say("barrier_request") != 0 ||
		    barrier_wait(0, ports_look) != 0)
			return (-1);
		if (ports_up)
			return (0);
		usleep(10000);
	}
	return (-1);
}

/* No flows, groups, meters, settings; all ports up, nothing on the wires. */
static int
live_reset(const struct switch_conf *cf)
{
	static const char *const clean[] = {
		"hello bits=0x10",
		"flow_mod delete table=255",
		"group_mod delete group=all",
		"meter_mod delete meter=all flags=0",
		"set_config",
		"mp port_desc",
		"barrier_request"
	};
	static uint8_t	 frame[FRAMES_MAX];
	char		 text[80];
	unsigned int	 i;
	int		 j, rc = 0;

	if (cf == NULL)
		return (0);
	if (live_connect(0, 0, 0) != 0)
		return (-1);
	for (j = 0; j < nwires; j++)
		wire_updown(&wires[j], true);
	for (i = 0; i < nitems(clean) && rc == 0; i++)
		rc = say(clean[i]);
	if (rc == 0)
		rc = barrier_wait(0, NULL);
	for (j = 0; j < nwires && rc == 0; j++) {
		snprintf(text, sizeof(text),
		    "port_mod port=%u config=0 mask=0x65", wires[j].wi_no);
		rc = say(text);
	}
	if (rc == 0 && (rc = say("barrier_request")) == 0)
		rc = barrier_wait(0, NULL);
	if (rc == 0)
		rc = ports_wait();
	for (j = 0; j < nwires && rc == 0; j++) {
		while (read(wires[j].wi_fd, frame, sizeof(frame)) > 0)
			;
	}
	live_close(0);
	return (rc);
}

static int
wire_updown(struct wire *wi, bool up)
{
	struct ifreq	ifr;
	int		rc;

	memset(&ifr, 0, sizeof(ifr));
	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", wi->wi_name);
	rc = ioctl(wi->wi_fd, SIOCGIFFLAGS, &ifr);
	if (up)
		ifr.ifr_flags |= IFF_UP;
	else
		ifr.ifr_flags &= (short)~IFF_UP;
	if (rc == 0)
		rc = ioctl(wi->wi_fd, SIOCSIFFLAGS, &ifr);
	return (rc);
}

static int
live_port(uint32_t no, enum port_op op, const char *arg)
{
	struct wire	*wi = wire_find(no);

	if (wi == NULL)
		return (-1);
	switch (op) {
	case PORT_ADD:
		return (0);
	case PORT_LINK_UP:
		return (wire_updown(wi, true));
	case PORT_LINK_DOWN:
		return (wire_updown(wi, false));
	default:
		return (-1);
	}
}

/*
 * Until the switch has read what was sent to it: a frame may not overtake the
 * message before it.  (To a device node a write returns only then.)
 */
static void
settle(int fd)
{
	int	i, unread;

	for (i = 0; i < 5000; i++) {
		if (ioctl(fd, SIOCOUTQ, &unread) == -1 || unread == 0)
			return;
		usleep(1000);
	}
}

static int
live_inject(uint32_t no, const uint8_t *p, size_t len)
{
	struct wire	*wi = wire_find(no);
	size_t		 i;

	for (i = 0; i < nitems(fds); i++)
		if (fds[i] != -1)
			settle(fds[i]);
	waits = 0;
	return (wi != NULL && send(wi->wi_fd, p, len, 0) == (ssize_t)len ? 0 :
	    -1);
}

/* The next frame, with the tag that the kernel keeps beside it put back. */
static ssize_t
live_frame(uint32_t no, uint8_t *buf, size_t cap)
{
	union {
		struct cmsghdr	align;
		char		buf[CMSG_SPACE(sizeof(struct tpacket_auxdata))];
	} control;
	struct tpacket_auxdata	 aux;
	struct cmsghdr		*cmsg;
	struct iovec		 iov = { buf + 4, cap - 4 };
	struct msghdr		 mh;
	struct wire		*wi = wire_find(no);
	ssize_t			 n;

	if (wi == NULL)
		return (0);
	memset(&mh, 0, sizeof(mh));
	mh.msg_iov = &iov;
	mh.msg_iovlen = 1;
	mh.msg_control = control.buf;
	mh.msg_controllen = sizeof(control.buf);
	if ((n = recvmsg(wi->wi_fd, &mh, 0)) <= 0)
		return (0);
	waits = 0;
	for (cmsg = CMSG_FIRSTHDR(&mh); cmsg != NULL;
	    cmsg = CMSG_NXTHDR(&mh, cmsg)) {
		if (cmsg->cmsg_level != SOL_PACKET ||
		    cmsg->cmsg_type != PACKET_AUXDATA)
			continue;
		memcpy(&aux, CMSG_DATA(cmsg), sizeof(aux));
		if ((aux.tp_status & TP_STATUS_VLAN_VALID) == 0)
			continue;
		memmove(buf, buf + 4, 12);
		buf[12] = (uint8_t)(aux.tp_vlan_tpid >> 8);
		buf[13] = (uint8_t)aux.tp_vlan_tpid;
		buf[14] = (uint8_t)(aux.tp_vlan_tci >> 8);
		buf[15] = (uint8_t)aux.tp_vlan_tci;
		return (n + 4);
	}
	memmove(buf, buf + 4, (size_t)n);
	return (n);
}

static void
live_advance(uint64_t ms)
{
	usleep((useconds_t)ms * 1000);
}

static void
live_end(void)
{
	int	i;

	for (i = 0; i < nwires; i++)
		close(wires[i].wi_fd);
}

struct backend backend_live = {
	.be_name = "live",
	.be_open = live_open,
	.be_reset = live_reset,
	.be_port = live_port,
	.be_inject = live_inject,
	.be_frame = live_frame,
	.be_connect = live_connect,
	.be_close = live_close,
	.be_write = live_write,
	.be_read = live_read,
	.be_advance = live_advance,
	.be_wait = live_wait,
	.be_end = live_end,
};
