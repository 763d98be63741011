/*
 * SPDX-License-Identifier: ISC
 *
 * uswitch_guard.c: keep the host's own protocols away from a port.
 *
 * What arrives at an interface reaches our packet socket first and then the
 * host's IP, which would answer ARP and more for addresses of the host.  A
 * table of nf_tables with one chain, at the ingress of the interface, drops it
 * there.  The table belongs to its netlink socket: the kernel takes it away
 * with the last descriptor, so nothing is left behind by a crash, and a second
 * uswitch cannot have the same interface.
 */
#include <sys/socket.h>

#include <arpa/inet.h>

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "unl.h"
#include "uswitch_guard.h"

#define TYPE(t)		(uint16_t)(NFNL_SUBSYS_NFTABLES << 8 | (t))
#define BATCH_MAX	512

/* nf_tables changes come in transactions: messages one behind the other. */
struct batch {
	struct unl_msg	b_msg;		/* the one being written */
	uint8_t		b_bytes[BATCH_MAX];
	size_t		b_len;
};

static struct unl_msg *
batch_begin(struct batch *b, uint16_t type, uint16_t flags, uint8_t family,
    uint16_t res)
{
	struct nfgenmsg	g;

	memset(&g, 0, sizeof(g));
	g.nfgen_family = family;
	g.version = NFNETLINK_V0;
	g.res_id = htons(res);
	unl_begin(&b->b_msg, type, flags | NLM_F_REQUEST, &g, sizeof(g));
	return (&b->b_msg);
}

static void
batch_end(struct batch *b)
{
	const struct unl_msg	*m = &b->b_msg;

	if (m->um_bad || m->um_hdr.nlmsg_len > sizeof(b->b_bytes) - b->b_len) {
		b->b_len = sizeof(b->b_bytes);
		return;
	}
	memcpy(b->b_bytes + b->b_len, m->um_bytes, m->um_hdr.nlmsg_len);
	b->b_len += m->um_hdr.nlmsg_len;
}

static void
batch_mark(struct batch *b, uint16_t type)
{
	batch_begin(b, type, 0, AF_UNSPEC, NFNL_SUBSYS_NFTABLES);
	batch_end(b);
}

static void
batch_table(struct batch *b, const char *table)
{
	struct unl_msg	*m;

	m = batch_begin(b, TYPE(NFT_MSG_NEWTABLE),
	    NLM_F_CREATE | NLM_F_EXCL, NFPROTO_NETDEV, 0);
	unl_put_str(m, NFTA_TABLE_NAME, table);
	unl_put_be32(m, NFTA_TABLE_FLAGS, NFT_TABLE_F_OWNER);
	batch_end(b);
}

/* The last one: its acknowledgement is that of the transaction. */
static void
batch_chain(struct batch *b, const char *table, const char *ifname)
{
	struct unl_msg	*m;
	uint32_t	 hook;

	m = batch_begin(b, TYPE(NFT_MSG_NEWCHAIN),
	    NLM_F_CREATE | NLM_F_EXCL | NLM_F_ACK, NFPROTO_NETDEV, 0);
	unl_put_str(m, NFTA_CHAIN_TABLE, table);
	unl_put_str(m, NFTA_CHAIN_NAME, "ingress");
	hook = unl_nest(m, NFTA_CHAIN_HOOK);
	unl_put_be32(m, NFTA_HOOK_HOOKNUM, NF_NETDEV_INGRESS);
	unl_put_be32(m, NFTA_HOOK_PRIORITY, 0);
	unl_put_str(m, NFTA_HOOK_DEV, ifname);
	unl_nest_end(m, hook);
	unl_put_str(m, NFTA_CHAIN_TYPE, "filter");
	unl_put_be32(m, NFTA_CHAIN_POLICY, NF_DROP);
	batch_end(b);
}

/* The answer to the transaction: errno, 0 for success. */
static int
guard_answer(int fd)
{
	uint8_t			 buf[256] __attribute__((aligned(8)));
	const struct nlmsghdr	*h = (const void *)buf;
	ssize_t			 n;
	int			 error;

	do
		n = recv(fd, buf, sizeof(buf), 0);
	while (n == -1 && errno == EINTR);
	if (n == -1)
		return (errno);
	if ((size_t)n < NLMSG_LENGTH(sizeof(error)) ||
	    h->nlmsg_type != NLMSG_ERROR)
		return (EPROTO);
	memcpy(&error, NLMSG_DATA(h), sizeof(error));
	return (-error);
}

int
uguard_open(const char *ifname)
{
	struct batch	b;
	char		table[32];
	int		fd, error;

	snprintf(table, sizeof(table), "uswitch %s", ifname);
	b.b_len = 0;
	batch_mark(&b, NFNL_MSG_BATCH_BEGIN);
	batch_table(&b, table);
	batch_chain(&b, table, ifname);
	batch_mark(&b, NFNL_MSG_BATCH_END);
	fd = unl_open(NETLINK_NETFILTER, 0);
	if (fd == -1)
		return (-1);
	if (send(fd, b.b_bytes, b.b_len, 0) == -1)
		error = errno;
	else
		error = guard_answer(fd);
	if (error == 0)
		return (fd);
	close(fd);
	errno = error == EEXIST || error == EPERM ? EBUSY : error;
	return (-1);
}
