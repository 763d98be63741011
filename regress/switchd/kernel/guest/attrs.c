/*
 * SPDX-License-Identifier: ISC
 *
 * attrs.c: the settings of a switch and of a port as attributes of rtnetlink,
 * as a program uses them (switch_link.h).  Runs in the guest.
 *
 *	attrs test LINK PORT	set every attribute, read it back, be refused
 *	attrs limit LINK	set a limit; fails with what the kernel says
 */
#include <sys/socket.h>
#include <net/if.h>

#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include <err.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "switch_link.h"

struct msg {
	struct nlmsghdr		 m_head;
	struct ifinfomsg	 m_info;
	uint8_t			 m_attr[1024];
};

/* One attribute: a number of 4 or 8 bytes, a text, or 6 bytes. */
struct row {
	int		 attr;
	const char	*name;
	size_t		 size;		/* 0: text */
	uint64_t	 value;
	const char	*text;
};

static const struct row	 link_rows[] = {
	{ IFLA_SWITCH_DPID, "datapath id", 8, 0x1234567890abcdef, NULL },
	{ IFLA_SWITCH_FAIL_MODE, "fail mode", 4, 1, NULL },
	{ IFLA_SWITCH_FAIL_DELAY, "fail delay", 4, 7, NULL },
	{ IFLA_SWITCH_TABLES, "tables", 4, 20, NULL },
	{ IFLA_SWITCH_MAX_FLOWS, "flows", 4, 1001, NULL },
	{ IFLA_SWITCH_MAX_FLOWS_ALL, "flows in all", 4, 2002, NULL },
	{ IFLA_SWITCH_MAX_GROUPS, "groups", 4, 33, NULL },
	{ IFLA_SWITCH_MAX_BUCKETS, "buckets", 4, 44, NULL },
	{ IFLA_SWITCH_MAX_METERS, "meters", 4, 55, NULL },
	{ IFLA_SWITCH_MAX_BUFFERS, "buffers", 4, 66, NULL },
	{ IFLA_SWITCH_MAX_CONTROLLERS, "controllers", 4, 5, NULL },
	{ IFLA_SWITCH_QUEUE_BYTES, "queue", 4, 200000, NULL },
	{ IFLA_SWITCH_CACHE, "cache", 4, 512, NULL },
	{ IFLA_SWITCH_MPLS_AFTER_VLAN, "MPLS after VLAN", 4, 1, NULL },
	{ IFLA_SWITCH_DESCRIPTION, "description", 0, 0, "rack 7" },
	{ IFLA_SWITCH_SERIAL, "serial", 0, 0, "s-1" },
};

static const struct row	 port_rows[] = {
	{ IFLA_SWITCH_PORT_NUMBER, "port number", 4, 77, NULL },
	{ IFLA_SWITCH_PORT_DOMAINS, "port domains", 4, 6, NULL },
	{ IFLA_SWITCH_PORT_LOCK_MAC, "port address", 6, 0x112233445502, NULL },
};

static int	 nl = -1, failed;

static void
check(bool ok, const char *what, const char *name, int error)
{
	if (ok)
		printf("ok attribute %s %s\n", what, name);
	else {
		printf("not ok attribute %s %s - error %d\n", what, name,
		    error);
		failed = 1;
	}
	fflush(stdout);
}

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

/* Set one attribute of a link or of a port: 0 or -errno. */
static int
attr_set(const char *dev, bool port, int attr, const void *data, size_t len)
{
	struct msg m = {
		.m_head = {
			.nlmsg_len = NLMSG_LENGTH(sizeof(m.m_info)),
			.nlmsg_type = RTM_NEWLINK,
			.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK
		},
		.m_info.ifi_index = if_nametoindex(dev)
	};
	struct {
		struct nlmsghdr	 head;
		struct nlmsgerr	 error;
		uint8_t		 rest[2048];
	} answer;
	struct rtattr *info, *nest;
	uint8_t *end;

	info = msg_attr(&m, IFLA_LINKINFO, NULL, 0);
	msg_attr(&m, port ? IFLA_INFO_SLAVE_KIND : IFLA_INFO_KIND,
	    SWITCH_LINK_KIND, strlen(SWITCH_LINK_KIND));
	nest = msg_attr(&m, port ? IFLA_INFO_SLAVE_DATA : IFLA_INFO_DATA,
	    NULL, 0);
	msg_attr(&m, attr, data, len);
	end = (uint8_t *)&m + m.m_head.nlmsg_len;
	info->rta_len = end - (uint8_t *)info;
	nest->rta_len = end - (uint8_t *)nest;
	if (send(nl, &m, m.m_head.nlmsg_len, 0) == -1 ||
	    recv(nl, &answer, sizeof(answer), 0) <= 0)
		return (-errno);
	return (answer.error.error);
}

/* The attribute of that type in what is len bytes long, or NULL. */
static struct rtattr *
attr_in(struct rtattr *rta, int len, int type)
{
	for (; RTA_OK(rta, len); rta = RTA_NEXT(rta, len)) {
		if ((rta->rta_type & NLA_TYPE_MASK) == type)
			return (rta);
	}
	return (NULL);
}

/* What the kernel shows of the attribute is in buf; its length or -1. */
static ssize_t
attr_get(const char *dev, bool port, int attr, uint8_t *buf, size_t size)
{
	static uint8_t answer[32768];
	struct msg m = {
		.m_head = {
			.nlmsg_len = NLMSG_LENGTH(sizeof(m.m_info)),
			.nlmsg_type = RTM_GETLINK,
			.nlmsg_flags = NLM_F_REQUEST
		},
		.m_info.ifi_index = if_nametoindex(dev)
	};
	struct nlmsghdr *h = (void *)answer;
	struct rtattr *a;

	if (send(nl, &m, m.m_head.nlmsg_len, 0) == -1 ||
	    recv(nl, answer, sizeof(answer), 0) <= 0 ||
	    h->nlmsg_type != RTM_NEWLINK)
		return (-1);
	a = attr_in(IFLA_RTA(NLMSG_DATA(h)), IFLA_PAYLOAD(h), IFLA_LINKINFO);
	if (a != NULL)
		a = attr_in(RTA_DATA(a), RTA_PAYLOAD(a),
		    port ? IFLA_INFO_SLAVE_DATA : IFLA_INFO_DATA);
	if (a != NULL)
		a = attr_in(RTA_DATA(a), RTA_PAYLOAD(a), attr);
	if (a == NULL || RTA_PAYLOAD(a) > size)
		return (-1);
	memcpy(buf, RTA_DATA(a), RTA_PAYLOAD(a));
	return (RTA_PAYLOAD(a));
}

static void
test_row(const char *dev, bool port, const struct row *r)
{
	uint8_t buf[512];
	const void *data = &r->value;
	size_t len = r->size;
	int error;

	if (len == 0) {
		data = r->text;
		len = strlen(r->text) + 1;
	}
	error = attr_set(dev, port, r->attr, data, len);
	check(error == 0, "sets", r->name, error);
	check(attr_get(dev, port, r->attr, buf, sizeof(buf)) == (ssize_t)len &&
	    memcmp(buf, data, len) == 0, "shows", r->name, 0);
	if (r->size == 0)
		return;
	error = attr_set(dev, port, r->attr, data, 3);
	check(error == -ERANGE || error == -EINVAL, "refuses 3 bytes of",
	    r->name, error);
}

static void
test_refuse(const char *dev)
{
	char text[300];
	int error;

	memset(text, 'a', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	error = attr_set(dev, false, IFLA_SWITCH_DESCRIPTION, text,
	    sizeof(text));
	check(error < 0, "refuses", "a description that is too long", error);
	error = attr_set(dev, false, IFLA_SWITCH_SERIAL, "abc", 3);
	check(error < 0, "refuses", "a text without end", error);
	error = attr_set(dev, false, IFLA_SWITCH_MAX_ + 1, text, 4);
	check(error <= 0, "survives", "a number of later days", error);
}

int
main(int argc, char *argv[])
{
	const uint32_t flows = 5;
	unsigned int i;
	int error;

	nl = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
	if (nl == -1)
		err(1, "netlink");
	if (argc == 3 && strcmp(argv[1], "limit") == 0) {
		error = attr_set(argv[2], false, IFLA_SWITCH_MAX_FLOWS, &flows,
		    sizeof(flows));
		if (error != 0)
			errx(1, "%s", strerror(-error));
		return (0);
	}
	if (argc != 4 || strcmp(argv[1], "test") != 0)
		errx(2, "usage: attrs test LINK PORT | limit LINK");
	for (i = 0; i < sizeof(link_rows) / sizeof(link_rows[0]); i++)
		test_row(argv[2], false, &link_rows[i]);
	for (i = 0; i < sizeof(port_rows) / sizeof(port_rows[0]); i++)
		test_row(argv[3], true, &port_rows[i]);
	test_refuse(argv[2]);
	return (failed);
}
