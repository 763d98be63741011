/*
 * SPDX-License-Identifier: ISC
 *
 * fail.c: let every allocation fail once, in each thing a process can ask of
 * the module: make a link, add a port, open the device, write, close, release,
 * delete.  Needs a kernel with CONFIG_FAILSLAB.  Runs in the guest.
 *
 *	fail PORT	an Ethernet device that may be a port
 *
 * The nth allocation of an operation fails, for n from 1 until the operation
 * needs less than n.  What failed must leave nothing: the kernel's checkers
 * see to that, and the operation must succeed at last.
 */
#include <sys/socket.h>
#include <net/if.h>

#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "switch_link.h"

#define MAX_N		2000

static const char	*port;
static int		 nl = -1, dev = -1, nth = -1;

/* A message for rtnetlink that grows. */
struct msg {
	struct nlmsghdr		 m_head;
	struct ifinfomsg	 m_info;
	uint8_t			 m_attr[256];
};

static struct rtattr *
msg_attr(struct msg *m, int type, const void *data, size_t len)
{
	struct rtattr *rta = (void *)((uint8_t *)m +
	    NLMSG_ALIGN(m->m_head.nlmsg_len));

	rta->rta_type = type;
	rta->rta_len = RTA_LENGTH(len);
	if (len > 0)
		memcpy(RTA_DATA(rta), data, len);
	m->m_head.nlmsg_len = NLMSG_ALIGN(m->m_head.nlmsg_len) +
	    RTA_ALIGN(rta->rta_len);
	return (rta);
}

static int
msg_send(struct msg *m, int type, int flags)
{
	struct {
		struct nlmsghdr	 head;
		struct nlmsgerr	 error;
		uint8_t		 rest[1024];
	} answer;

	m->m_head.nlmsg_type = type;
	m->m_head.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags;
	if (send(nl, m, m->m_head.nlmsg_len, 0) == -1)
		return (-errno);
	if (recv(nl, &answer, sizeof(answer), 0) <= 0)
		return (-errno);
	return (answer.error.error);
}

static int
op_add(void)
{
	struct msg m = { .m_head.nlmsg_len = NLMSG_LENGTH(sizeof(m.m_info)) };
	struct rtattr *info;

	msg_attr(&m, IFLA_IFNAME, "switch0", sizeof("switch0"));
	info = msg_attr(&m, IFLA_LINKINFO, NULL, 0);
	msg_attr(&m, IFLA_INFO_KIND, "switch", sizeof("switch") - 1);
	info->rta_len = (uint8_t *)&m + m.m_head.nlmsg_len - (uint8_t *)info;
	return (msg_send(&m, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL));
}

static int
port_master(unsigned int master)
{
	struct msg m = { .m_head.nlmsg_len = NLMSG_LENGTH(sizeof(m.m_info)) };

	m.m_info.ifi_index = if_nametoindex(port);
	msg_attr(&m, IFLA_MASTER, &master, sizeof(master));
	return (msg_send(&m, RTM_NEWLINK, 0));
}

static unsigned int	 switch_index;

static int
op_port(void)
{
	return (port_master(switch_index));
}

static int
op_unport(void)
{
	return (port_master(0));
}

/* Another number: attributes of a port, and a port that replaces one. */
static int
port_number(uint32_t no)
{
	struct msg m = { .m_head.nlmsg_len = NLMSG_LENGTH(sizeof(m.m_info)) };
	struct rtattr *info, *data;
	uint8_t *end;

	m.m_info.ifi_index = if_nametoindex(port);
	info = msg_attr(&m, IFLA_LINKINFO, NULL, 0);
	msg_attr(&m, IFLA_INFO_SLAVE_KIND, "switch", sizeof("switch") - 1);
	data = msg_attr(&m, IFLA_INFO_SLAVE_DATA, NULL, 0);
	msg_attr(&m, IFLA_SWITCH_PORT_NUMBER, &no, sizeof(no));
	end = (uint8_t *)&m + m.m_head.nlmsg_len;
	info->rta_len = end - (uint8_t *)info;
	data->rta_len = end - (uint8_t *)data;
	return (msg_send(&m, RTM_NEWLINK, 0));
}

static int
op_number(void)
{
	return (port_number(8));
}

static int
op_unnumber(void)
{
	return (port_number(7));
}

static int
op_del(void)
{
	struct msg m = { .m_head.nlmsg_len = NLMSG_LENGTH(sizeof(m.m_info)) };

	m.m_info.ifi_index = switch_index;
	return (msg_send(&m, RTM_DELLINK, 0));
}

static int
op_open(void)
{
	dev = open("/dev/switch0", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	return (dev == -1 ? -errno : 0);
}

static int
op_close(void)
{
	return (close(dev) == -1 ? -errno : 0);
}

/* Write, and forget the answers. */
static int
dev_write(const uint8_t *buf, size_t len)
{
	static uint8_t answer[65536];
	int error = write(dev, buf, len) == (ssize_t)len ? 0 : -errno;

	while (read(dev, answer, sizeof(answer)) > 0)
		;
	return (error);
}

static int
op_hello(void)
{
	static const uint8_t m[] = { 4, 0, 0, 8, 0, 0, 0, 1 };

	return (dev_write(m, sizeof(m)));
}

/* ADD, match anything, output FLOOD. */
static int
op_flow(void)
{
	static const uint8_t m[80] = {
		4, 14, 0, 80, 0, 0, 0, 2, [32] = 255, 255, 255, 255,
		255, 255, 255, 255, 255, 255, 255, 255, 0, 0, 0, 0,
		0, 1, 0, 4, 0, 0, 0, 0, 0, 4, 0, 24, 0, 0, 0, 0,
		0, 0, 0, 16, 255, 255, 255, 251,
	};

	return (dev_write(m, sizeof(m)));
}

/* ADD group 1 ALL with one bucket: output 1. */
static int
op_group(void)
{
	static const uint8_t m[48] = {
		4, 15, 0, 48, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 1,
		0, 32, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255,
		0, 0, 0, 0, 0, 0, 0, 16, 0, 0, 0, 1,
	};

	return (dev_write(m, sizeof(m)));
}

/* ADD meter 1, drop above 1000 kb/s. */
static int
op_meter(void)
{
	static const uint8_t m[32] = {
		4, 29, 0, 32, 0, 0, 0, 4, 0, 0, 0, 1, 0, 0, 0, 1,
		0, 1, 0, 16, 0, 0, 3, 232,
	};

	return (dev_write(m, sizeof(m)));
}

/* Multipart: descriptions of all flows. */
static int
op_stats(void)
{
	static const uint8_t m[56] = {
		4, 18, 0, 56, 0, 0, 0, 5, 0, 1, 0, 0, 0, 0, 0, 0,
		255, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255,
		[48] = 0, 1, 0, 4,
	};

	return (dev_write(m, sizeof(m)));
}

/* What undoes an operation, so that it can be tried again. */
static const struct {
	const char	*name;
	int		(*op)(void);
	int		(*undo)(void);
} ops[] = {
	{ "making a switch",	op_add,		op_del },
	{ "adding a port",	op_port,	op_unport },
	{ "changing a number",	op_number,	op_unnumber },
	{ "opening the device",	op_open,	op_close },
	{ "greeting",		op_hello,	NULL },
	{ "adding a flow",	op_flow,	NULL },
	{ "adding a group",	op_group,	NULL },
	{ "adding a meter",	op_meter,	NULL },
	{ "asking for flows",	op_stats,	NULL },
	{ "closing the device",	op_close,	op_open },
	{ "releasing a port",	op_unport,	op_port },
	{ "deleting a switch",	op_del,		op_add },
};

/* Was the failure that was asked for left over? */
static bool
nth_left(void)
{
	char buf[32] = "";

	if (pread(nth, buf, sizeof(buf) - 1, 0) <= 0)
		err(1, "fail-nth");
	return (atoi(buf) != 0);
}

static void
nth_set(int n)
{
	char buf[32];

	snprintf(buf, sizeof(buf), "%d", n);
	if (pwrite(nth, buf, strlen(buf), 0) == -1)
		err(1, "fail-nth");
}

static int
walk(unsigned int i)
{
	int n, error = 0;
	bool left = false;

	for (n = 1; n < MAX_N && !left; n++) {
		/*
		 * Done or not: it may be the answer that was lost.  The index
		 * is asked for here, so that it takes no part in the count.
		 */
		switch_index = if_nametoindex("switch0");
		if (n > 1 && ops[i].undo != NULL)
			(void)ops[i].undo();
		switch_index = if_nametoindex("switch0");
		nth_set(n);
		error = ops[i].op();
		left = nth_left();
		nth_set(0);
	}
	if (left && error == 0) {
		printf("ok %s while memory lacks\n", ops[i].name);
		printf("# %d allocations\n", n - 2);
		return (0);
	}
	printf("not ok %s while memory lacks - %s\n", ops[i].name,
	    strerror(-error));
	return (1);
}

int
main(int argc, char *argv[])
{
	unsigned int i;
	int failed = 0;

	if (argc != 2)
		errx(2, "usage: fail PORT");
	port = argv[1];
	nl = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
	nth = open("/proc/thread-self/fail-nth", O_RDWR);
	if (nl == -1 || nth == -1)
		err(1, "fail-nth");
	for (i = 0; i < sizeof(ops) / sizeof(ops[0]); i++) {
		failed |= walk(i);
		fflush(stdout);
	}
	return (failed);
}
