/*
 * SPDX-License-Identifier: ISC
 *
 * agent.c: agent [flows]: what a controller's work with many flows costs the
 * switch: loading, reading, summing, expiring and deleting them, and the
 * longest single call into the switch meanwhile, which is more than the
 * longest stretch under its mutex.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "if_switch.h"
#include "ofp_mp.h"
#include "../unit/quiet_host.h"
#include "user/pkt_user.h"

static struct switch_softc	*sc;
static struct switch_port	*port;
static struct switch_chan	*chan;
static uint64_t			 longest;	/* ns, of one call */
static uint64_t			 now = 1000000000;

/* CPU time: others on the machine do not count. */
static uint64_t
clock_ns(void)
{
	struct timespec	ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return ((uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec);
}

static void
timed(uint64_t from)
{
	uint64_t	ns = clock_ns() - from;

	if (ns > longest)
		longest = ns;
}

static void
say(const struct ofp_wr *wr)
{
	uint64_t	from = clock_ns();

	if (switch_chan_write(chan, wr->wr_buf, wr->wr_len) != wr->wr_len)
		abort();
	timed(from);
	kern_quiesce();
}

/* Read until nothing comes; bytes. */
static size_t
hear(void)
{
	static uint8_t	buf[70000];
	uint64_t	from;
	size_t		n, total = 0;

	for (;;) {
		from = clock_ns();
		n = switch_chan_read(chan, buf, sizeof(buf));
		timed(from);
		if (n == 0 && switch_chan_readable(chan))
			continue;
		if (n == 0)
			return (total);
		total += n;
	}
}

static void
flow_mod(enum ofp_flow_command cmd, uint32_t dst, uint16_t idle)
{
	static struct ofp_flow	f;
	static uint8_t		msg[512], instr[64];
	struct ofp_wr		wr, iw;

	ofp_flow_init(&f, cmd);
	f.f_idle = idle;
	f.f_priority = 5;
	ofp_match_init(&f.f_match);
	if (dst != 0) {
		ofp_match_set(&f.f_match, OFP_XMT_ETH_TYPE, 0x0800);
		ofp_match_set(&f.f_match, OFP_XMT_IPV4_DST, dst);
	}
	ofp_wr_init(&iw, instr, sizeof(instr));
	ofp_instr_apply_output(&iw, 2, 0);
	ofp_rd_init(&f.f_instr_bytes, instr, iw.wr_len);
	ofp_wr_init(&wr, msg, sizeof(msg));
	ofp_flow_encode(&wr, 9, &f);
	say(&wr);
}

static void
ask(uint16_t type)
{
	static struct ofp_flow_req	fq;
	uint8_t				msg[128];
	struct ofp_wr			wr;
	size_t				start;

	memset(&fq, 0, sizeof(fq));
	fq.fq_table = OFP_TT_ALL;
	fq.fq_out_port = OFP_P_ANY;
	fq.fq_out_group = OFP_G_ANY;
	ofp_wr_init(&wr, msg, sizeof(msg));
	start = ofp_mp_begin(&wr, false, 11, type);
	ofp_flow_req_encode(&wr, &fq);
	ofp_mp_end(&wr, start, false);
	say(&wr);
}

static void
bundle_add(const struct ofp_flow *f)
{
	uint8_t		msg[256];
	struct ofp_wr	wr;
	size_t		start;

	ofp_wr_init(&wr, msg, sizeof(msg));
	start = ofp_msg_begin(&wr, OFP_VERSION_13, OFP_T_EXPERIMENTER, 9);
	ofp_wr_u32(&wr, OFP_ONF_EXPERIMENTER);
	ofp_wr_u32(&wr, OFP_ONF_BUNDLE_ADD);
	ofp_wr_u32(&wr, 7);
	ofp_wr_zero(&wr, 4);
	ofp_flow_encode(&wr, 9, f);
	ofp_msg_end(&wr, start);
	say(&wr);
}

/* Delete all in a bundle; or be refused, as it goes on to a wrong group. */
static void
bundle(bool refused)
{
	static const uint8_t	 group[24] = {
		0, OFP_IT_APPLY_ACTIONS, 0, 16, 0, 0, 0, 0,
		0, OFP_AT_GROUP, 0, 8, 0, 0, 0, 1
	};
	static struct ofp_flow	 f;
	struct ofp_bundle_ctrl	 bc = { 7, OFP_BCT_COMMIT_REQUEST, 0 };
	uint8_t			 msg[64];
	struct ofp_wr		 wr;

	ofp_flow_init(&f, OFP_FC_DELETE);
	ofp_match_init(&f.f_match);
	bundle_add(&f);
	ofp_rd_init(&f.f_instr_bytes, group, 16);
	f.f_command = OFP_FC_ADD;
	if (refused)
		bundle_add(&f);
	ofp_wr_init(&wr, msg, sizeof(msg));
	ofp_bundle_ctrl_encode(&wr, 9, &bc);
	say(&wr);
	hear();
}

static void
row(const char *what, uint64_t from, unsigned int n)
{
	uint64_t	ns = clock_ns() - from;

	printf("%-28s %9.1f ms %9.1f ns/flow %9.3f ms longest call\n", what,
	    (double)ns / 1e6, (double)ns / n, (double)longest / 1e6);
	longest = 0;
}

static void
load(unsigned int n, uint16_t idle)
{
	unsigned int	i;

	for (i = 1; i <= n; i++)
		flow_mod(OFP_FC_ADD, i, idle);
}

static void
expire(unsigned int seconds)
{
	unsigned int	i;
	uint64_t	from;
	bool		more;

	for (i = 0; i < seconds; i++) {
		now += 1000000000;
		kern_time_set(now);
		from = clock_ns();
		more = switch_tick(sc);
		timed(from);
		while (more) {
			kern_quiesce();
			from = clock_ns();
			more = switch_expire(sc);
			timed(from);
		}
		kern_quiesce();
		hear();
	}
}

int
main(int argc, char **argv)
{
	static const uint8_t	 hello[] = { 4, 0, 0, 8, 0, 0, 0, 1 };
	struct switch_conf	 conf;
	struct switch_port_conf	 pc;
	struct ofp_wr		 wr;
	unsigned int		 n;
	uint64_t		 from;
	size_t			 bytes;

	n = argc > 1 ? (unsigned int)atoi(argv[1]) : 1000000;
	memset(&conf, 0, sizeof(conf));
	memset(&pc, 0, sizeof(pc));
	kern_time_set(now);
	conf.sc_dpid = 1;
	conf.sc_pieces = true;
	pc.sp_no = 1;
	sc = switch_create(&conf, NULL);
	if (sc == NULL || switch_port_add(sc, &pc, &port, &port) != 0 ||
	    switch_chan_open(sc, NULL, &chan) != 0)
		return (1);
	ofp_wr_init(&wr, (uint8_t *)(uintptr_t)hello, sizeof(hello));
	wr.wr_len = sizeof(hello);
	say(&wr);
	hear();
	bytes = kern_alloc_bytes();
	longest = 0;

	from = clock_ns();
	load(n, 0);
	row("load", from, n);
	printf("%-28s %9.1f bytes/flow\n", "memory",
	    (double)(kern_alloc_bytes() - bytes) / n);
	from = clock_ns();
	ask(OFP_MP_FLOW);
	bytes = hear();
	row("flow statistics", from, n);
	printf("%-28s %9.1f MB\n", "  sent", (double)bytes / 1e6);
	from = clock_ns();
	ask(OFP_MP_AGGREGATE);
	hear();
	row("aggregate", from, n);
	from = clock_ns();
	flow_mod(OFP_FC_DELETE, 0, 0);
	hear();
	row("delete all, one message", from, n);
	load(n, 0);
	longest = 0;
	from = clock_ns();
	bundle(true);
	row("  in a bundle, refused", from, n);
	from = clock_ns();
	bundle(false);
	row("  in a bundle", from, n);
	from = clock_ns();
	expire(1);
	row("  forgotten afterwards", from, n);
	load(n, 5);
	longest = 0;
	from = clock_ns();
	expire(20);
	row("expire all", from, n);
	switch_chan_close(chan);
	switch_port_del(port);
	switch_destroy(sc);
	kern_quiesce();
	return (0);
}
