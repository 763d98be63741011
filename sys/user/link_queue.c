/*
 * SPDX-License-Identifier: ISC
 *
 * link_queue.c: the traffic classes of an interface as queues of a port.
 *
 * A queue's id is the minor number of a class of the root qdisc; frames get
 * into it by the priority of the socket that sends them (uswitch_open.c).
 */
#include <linux/gen_stats.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>

#include "kern.h"
#include "link.h"
#include "unl.h"

/* Queues found so far. */
struct queues {
	struct host_queue	*q;
	unsigned int		 n, room;
	uint32_t		 speed;
};

/* Bytes/s as tenths of a percent of kb/s. */
static uint16_t
rate_permille(uint64_t bytes, uint32_t speed)
{
	uint64_t	r;

	if (speed == 0 || bytes == 0)
		return (0xffff);
	r = bytes * 8 / speed;
	return ((uint16_t)(r < 1000 ? r : 1000));
}

static void
queue_rates(const struct unl_attrs *ua, struct host_queue *hq, uint32_t speed)
{
	struct unl_attrs	 htb;
	struct tc_htb_opt	 opt;
	const void		*p, *rate, *ceil;
	uint64_t		 r = 0, c = 0;

	hq->hq_min_rate = hq->hq_max_rate = 0xffff;
	unl_parse_nest(ua->ua_by_type[TCA_OPTIONS], &htb);
	p = unl_data(&htb, TCA_HTB_PARMS, sizeof(opt));
	if (p == NULL)
		return;
	memcpy(&opt, p, sizeof(opt));
	r = opt.rate.rate;
	c = opt.ceil.rate;
	rate = unl_data(&htb, TCA_HTB_RATE64, sizeof(r));
	ceil = unl_data(&htb, TCA_HTB_CEIL64, sizeof(c));
	if (rate != NULL)
		memcpy(&r, rate, sizeof(r));
	if (ceil != NULL)
		memcpy(&c, ceil, sizeof(c));
	hq->hq_min_rate = rate_permille(r, speed);
	hq->hq_max_rate = rate_permille(c, speed);
}

static void
queue_counts(const struct unl_attrs *ua, struct host_queue *hq)
{
	struct unl_attrs	 st;
	struct gnet_stats_basic	 basic;
	struct gnet_stats_queue	 queue;
	const void		*p;

	unl_parse_nest(ua->ua_by_type[TCA_STATS2], &st);
	p = unl_data(&st, TCA_STATS_BASIC,
	    offsetof(struct gnet_stats_basic, packets) + sizeof(uint32_t));
	if (p != NULL) {
		memcpy(&basic, p, offsetof(struct gnet_stats_basic, packets) +
		    sizeof(uint32_t));
		hq->hq_tx_bytes = basic.bytes;
		hq->hq_tx_packets = basic.packets;
	}
	p = unl_data(&st, TCA_STATS_QUEUE, sizeof(queue));
	if (p != NULL) {
		memcpy(&queue, p, sizeof(queue));
		hq->hq_tx_errors = queue.drops;
	}
}

static void
queue_answer(const struct nlmsghdr *h, void *arg)
{
	struct queues		*qs = arg;
	struct host_queue	 hq;
	struct unl_attrs	 ua;
	struct tcmsg		 tcm;

	if (h->nlmsg_type != RTM_NEWTCLASS ||
	    h->nlmsg_len < NLMSG_LENGTH(sizeof(tcm)))
		return;
	memcpy(&tcm, NLMSG_DATA(h), sizeof(tcm));
	if (TC_H_MIN(tcm.tcm_handle) == 0)
		return;
	memset(&hq, 0, sizeof(hq));
	hq.hq_id = TC_H_MIN(tcm.tcm_handle);
	unl_parse(h, sizeof(tcm), &ua);
	queue_rates(&ua, &hq, qs->speed);
	queue_counts(&ua, &hq);
	if (qs->n < qs->room)
		qs->q[qs->n] = hq;
	qs->n++;
}

unsigned int
link_queues(struct link_space *ls, uint32_t ifindex, uint32_t speed,
    struct host_queue *q, unsigned int n)
{
	struct queues	qs = { q, 0, n, speed };
	struct unl_msg	m;
	struct tcmsg	tcm;

	memset(&tcm, 0, sizeof(tcm));
	tcm.tcm_ifindex = (int)ifindex;
	unl_begin(&m, RTM_GETTCLASS, NLM_F_REQUEST | NLM_F_DUMP, &tcm,
	    sizeof(tcm));
	link_talk(ls, &m, queue_answer, &qs);
	return (qs.n);
}
