/*
 * SPDX-License-Identifier: ISC
 *
 * queue_linux.c: the traffic classes of a device as queues of a port.
 *
 * Queue n is class 1:n of tc(8): the root qdisc must have the handle 1:, since
 * a frame names its class by its priority (pkt_queue_set).  Each class is asked
 * for what it would tell rtnetlink, which is the one form all of them share.
 *
 * Classes belong to RTNL, which comes before the core's mutex, and the core
 * asks under that.  So RTNL is tried for a while; whoever holds it that long
 * may be waiting for us, and then the answer is the last one known.
 */
#include <linux/delay.h>
#include <linux/gen_stats.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <net/gen_stats.h>
#include <net/netlink.h>
#include <net/pkt_sched.h>
#include <net/sch_generic.h>

#include "host_linux.h"

#define QUEUE_TRIES	50		/* a millisecond each */
#define QUEUE_ROOT	TC_H_MAKE(1U << 16, 0)

/* A walk over the classes of a qdisc. */
struct queue_walk {
	struct qdisc_walker	 qw_walker;
	struct host_queues	*qw_old;	/* may be NULL */
	struct host_queues	*qw_new;
	uint32_t		 qw_speed;	/* kb/s, 0: unknown */
};

/* Bytes a second as tenths of a percent of kilobits. */
static uint16_t
queue_permille(uint64_t bytes, uint32_t speed)
{
	if (speed == 0 || bytes == 0)
		return (0xffff);
	return (min_t(uint64_t, 1000, kern_div64(bytes * 8, speed)));
}

/* A number of nla, of len bytes at off; left as it was if there is none. */
static void
queue_number(const struct nlattr *nla, size_t off, void *to, size_t len)
{
	if (nla != NULL && nla_len(nla) >= off + len)
		memcpy(to, (const uint8_t *)nla_data(nla) + off, len);
}

/* The rates of a class of htb; no other kind has two numbers. */
static void
queue_rates(struct nlattr *options, uint32_t speed, struct host_queue *hq)
{
	struct nlattr *tb[TCA_HTB_MAX + 1];
	uint64_t rate, ceil;
	uint32_t r = 0, c = 0;

	hq->hq_min_rate = hq->hq_max_rate = 0xffff;
	if (options == NULL || nla_parse_nested_deprecated(tb, TCA_HTB_MAX,
	    options, NULL, NULL) != 0)
		return;
	queue_number(tb[TCA_HTB_PARMS], offsetof(struct tc_htb_opt, rate.rate),
	    &r, sizeof(r));
	queue_number(tb[TCA_HTB_PARMS], offsetof(struct tc_htb_opt, ceil.rate),
	    &c, sizeof(c));
	rate = r;
	ceil = c;
	queue_number(tb[TCA_HTB_RATE64], 0, &rate, sizeof(rate));
	queue_number(tb[TCA_HTB_CEIL64], 0, &ceil, sizeof(ceil));
	hq->hq_min_rate = queue_permille(rate, speed);
	hq->hq_max_rate = queue_permille(ceil, speed);
}

static void
queue_counts(struct nlattr *stats, struct host_queue *hq)
{
	struct nlattr *tb[TCA_STATS_MAX + 1];
	uint32_t packets = 0, drops = 0;

	if (stats == NULL || nla_parse_nested_deprecated(tb, TCA_STATS_MAX,
	    stats, NULL, NULL) != 0)
		return;
	queue_number(tb[TCA_STATS_BASIC],
	    offsetof(struct gnet_stats_basic, bytes), &hq->hq_tx_bytes,
	    sizeof(hq->hq_tx_bytes));
	queue_number(tb[TCA_STATS_BASIC],
	    offsetof(struct gnet_stats_basic, packets), &packets,
	    sizeof(packets));
	hq->hq_tx_packets = packets;
	queue_number(tb[TCA_STATS_PKT64], 0, &hq->hq_tx_packets,
	    sizeof(hq->hq_tx_packets));
	queue_number(tb[TCA_STATS_QUEUE],
	    offsetof(struct gnet_stats_queue, drops), &drops, sizeof(drops));
	hq->hq_tx_errors = drops;
}

/* What a class tells rtnetlink, into skb.  The class's minor number, or 0. */
static uint32_t
queue_dump(struct Qdisc *q, unsigned long cl, struct sk_buff *skb)
{
	const struct Qdisc_class_ops *ops = q->ops->cl_ops;
	struct tcmsg tcm = { .tcm_handle = q->handle };
	struct gnet_dump d;

	if (ops->dump == NULL || ops->dump(q, cl, skb, &tcm) < 0)
		return (0);
	if (gnet_stats_start_copy_compat(skb, TCA_STATS2, TCA_STATS,
	    TCA_XSTATS, NULL, &d, TCA_PAD) < 0)
		return (0);
	if (ops->dump_stats != NULL && ops->dump_stats(q, cl, &d) < 0)
		return (0);
	if (gnet_stats_finish_copy(&d) < 0)
		return (0);
	return (TC_H_MIN(tcm.tcm_handle));
}

/* When a queue was first seen. */
static uint64_t
queue_created(const struct host_queues *old, uint32_t id)
{
	unsigned int i;

	for (i = 0; old != NULL && i < old->hqs_n; i++) {
		if (old->hqs_queue[i].hq_id == id)
			return (old->hqs_queue[i].hq_created_ns);
	}
	return (kern_uptime_ns());
}

static int
queue_class(struct Qdisc *q, unsigned long cl, struct qdisc_walker *walker)
{
	struct queue_walk *qw = container_of(walker, struct queue_walk,
	    qw_walker);
	struct host_queues *hqs = qw->qw_new;
	struct host_queue hq = { };
	struct nlattr *tb[TCA_MAX + 1];
	struct sk_buff *skb;

	if (hqs->hqs_n == HOST_QUEUES)
		return (-1);
	skb = nlmsg_new(NLMSG_GOODSIZE, GFP_KERNEL);
	if (skb == NULL)
		return (-1);
	hq.hq_id = queue_dump(q, cl, skb);
	if (hq.hq_id != 0 && nla_parse_deprecated(tb, TCA_MAX,
	    (const struct nlattr *)skb->data, skb->len, NULL, NULL) == 0) {
		queue_rates(tb[TCA_OPTIONS], qw->qw_speed, &hq);
		queue_counts(tb[TCA_STATS2], &hq);
		hq.hq_created_ns = queue_created(qw->qw_old, hq.hq_id);
		hqs->hqs_queue[hqs->hqs_n++] = hq;
	}
	kfree_skb(skb);
	return (0);
}

/* Ask all classes of the port's device.  RTNL and the core's mutex held. */
static void
queue_learn(struct host_port *hp)
{
	struct Qdisc *q = rtnl_dereference(hp->hp_dev->qdisc);
	struct queue_walk qw = {
		.qw_walker.fn = queue_class,
		.qw_old = hp->hp_queues,
		.qw_speed = hp->hp_info.hi_curr_speed
	};

	if (q != NULL && q->handle == QUEUE_ROOT && q->ops->cl_ops != NULL) {
		qw.qw_new = kzalloc(sizeof(*qw.qw_new), GFP_KERNEL_ACCOUNT);
		if (qw.qw_new == NULL)
			return;
		q->ops->cl_ops->walk(q, &qw.qw_walker);
	}
	kfree(hp->hp_queues);
	hp->hp_queues = qw.qw_new;
}

unsigned int
host_port_queues(void *arg, struct host_queue *hq, unsigned int n)
{
	struct host_port *hp = arg;
	unsigned int i;

	for (i = 0; i < QUEUE_TRIES; i++) {
		if (rtnl_trylock()) {
			queue_learn(hp);
			rtnl_unlock();
			break;
		}
		usleep_range(1000, 2000);
	}
	if (hp->hp_queues == NULL)
		return (0);
	n = min(n, hp->hp_queues->hqs_n);
	memcpy(hq, hp->hp_queues->hqs_queue, n * sizeof(*hq));
	return (hp->hp_queues->hqs_n);
}

void
host_queues_free(struct host_port *hp)
{
	kfree(hp->hp_queues);
	hp->hp_queues = NULL;
}
