/*
 * SPDX-License-Identifier: ISC
 *
 * host.c: the test host: the core in this process, fake ports, a clock that
 * moves when it is told to.
 *
 * A frame sent at a port is kept until the scenario asks for it.  What the
 * switch does not take of a channel's bytes waits here, as in a socket, and
 * is offered again after each read.
 */
#include <stdlib.h>
#include <string.h>

#include "frame.h"
#include "if_switch.h"
#include "ofp.h"
#include "user/pkt_user.h"
#include "scenario.h"

#define PORTS	32
#define SECOND	1000000000ULL
#define QUEUES	8

struct sent {
	struct sent	*se_next;
	uint32_t	 se_len;
	uint8_t		 se_data[];
};

struct hport {
	struct switch_port	*hp_sp;
	uint32_t		 hp_no;
	bool			 hp_up, hp_link;
	bool			 hp_advertises;
	uint32_t		 hp_advertised;
	struct host_queue	 hp_queue[QUEUES];
	unsigned int		 hp_nqueues;
	struct sent		*hp_first, **hp_last;
};

struct hchan {
	struct switch_chan	*hc_chan;
	uint8_t			*hc_pending;	/* not taken yet */
	size_t			 hc_len, hc_off;
};

static struct switch_softc	*sc;
static struct hport		 ports[PORTS];
static struct hchan		 chans[CTLS];
static uint64_t			 now;
static size_t			 bytes_before;
static unsigned int		 inuse_before;

/* What the core asks of a host. */

void
host_port_xmit(void *hp, struct pkt *p)
{
	struct hport	*h = hp;
	struct pkt_meta	 m = pkt_meta(p);
	struct sent	*s;
	unsigned int	 i;

	s = malloc(sizeof(*s) + p->pk_len);
	if (s == NULL || pkt_copy(p, 0, s->se_data, p->pk_len) != 0)
		abort();
	s->se_len = p->pk_len;
	s->se_next = NULL;
	*h->hp_last = s;
	h->hp_last = &s->se_next;
	for (i = 0; i < h->hp_nqueues; i++) {
		if (h->hp_queue[i].hq_id == m.pm_queue) {
			h->hp_queue[i].hq_tx_packets++;
			h->hp_queue[i].hq_tx_bytes += p->pk_len;
		}
	}
	pkt_free(p);
}

void
host_port_info(void *hp, struct host_port_info *hi)
{
	struct hport	*h = hp;

	memset(hi, 0, sizeof(*hi));
	if (h->hp_no == OFP_P_LOCAL)
		snprintf(hi->hi_name, sizeof(hi->hi_name), "%s", "switch0");
	else
		snprintf(hi->hi_name, sizeof(hi->hi_name), "fake%u",
		    h->hp_no % 100000);
	hi->hi_hwaddr[0] = 0x02;
	hi->hi_hwaddr[1] = 0xfa;
	hi->hi_hwaddr[2] = (uint8_t)(h->hp_no >> 24);
	hi->hi_hwaddr[3] = (uint8_t)(h->hp_no >> 16);
	hi->hi_hwaddr[4] = (uint8_t)(h->hp_no >> 8);
	hi->hi_hwaddr[5] = (uint8_t)h->hp_no;
	hi->hi_up = h->hp_up;
	hi->hi_link = h->hp_up && h->hp_link;
	hi->hi_curr = OFP_PF_1GB_FD | OFP_PF_COPPER;
	hi->hi_supported = OFP_PF_1GB_FD | OFP_PF_100MB_FD | OFP_PF_COPPER |
	    OFP_PF_AUTONEG;
	hi->hi_advertised = h->hp_advertises ? h->hp_advertised :
	    hi->hi_supported;
	hi->hi_curr_speed = hi->hi_max_speed = 1000000;
	hi->hi_mtu = 65535;
}

void
host_port_stats(void *hp, struct host_port_stats *hs)
{
	memset(hs, 0, sizeof(*hs));
}

int
host_port_set_up(void *hp, bool up)
{
	struct hport	*h = hp;

	h->hp_up = up;
	return (0);
}

int
host_port_advertise(void *hp, uint32_t features)
{
	struct hport	*h = hp;

	h->hp_advertises = true;
	h->hp_advertised = features;
	return (0);
}

unsigned int
host_port_queues(void *hp, struct host_queue *hq, unsigned int n)
{
	struct hport	*h = hp;
	unsigned int	 i;

	for (i = 0; i < n && i < h->hp_nqueues; i++)
		hq[i] = h->hp_queue[i];
	return (h->hp_nqueues);
}

void
host_chan_wakeup(void *hc)
{
}

const char *
host_switch_name(void *hs)
{
	return ("switch0");
}

/* The back end. */

static struct hport *
port_find(uint32_t no)
{
	unsigned int	i;

	for (i = 0; i < PORTS; i++) {
		if (ports[i].hp_sp != NULL && ports[i].hp_no == no)
			return (&ports[i]);
	}
	return (NULL);
}

static void
port_flush(struct hport *h)
{
	struct sent	*s;

	while ((s = h->hp_first) != NULL) {
		h->hp_first = s->se_next;
		free(s);
	}
	h->hp_last = &h->hp_first;
}

static void
host_close(int ctl)
{
	struct hchan	*hc = &chans[ctl];

	if (hc->hc_chan != NULL)
		switch_chan_close(hc->hc_chan);
	free(hc->hc_pending);
	memset(hc, 0, sizeof(*hc));
	kern_quiesce();
}

static void
host_down(void)
{
	int		i;
	unsigned int	j;

	for (i = 0; i < CTLS; i++)
		host_close(i);
	for (j = 0; j < PORTS; j++) {
		if (ports[j].hp_sp != NULL)
			switch_port_del(ports[j].hp_sp);
		port_flush(&ports[j]);
		memset(&ports[j], 0, sizeof(ports[j]));
	}
	if (sc != NULL)
		switch_destroy(sc);
	sc = NULL;
	kern_quiesce();
}

/* Everything that a switch took must be back. */
static int
host_leaks(void)
{
	if (kern_alloc_bytes() == bytes_before &&
	    pkt_user_inuse() == inuse_before)
		return (0);
	fprintf(stderr, "# %zu bytes, %u frames not given back\n",
	    kern_alloc_bytes() - bytes_before,
	    pkt_user_inuse() - inuse_before);
	bytes_before = kern_alloc_bytes();
	inuse_before = pkt_user_inuse();
	return (-1);
}

static int
host_reset(const struct switch_conf *cf)
{
	struct switch_conf	one;
	int			rc;

	host_down();
	rc = host_leaks();
	if (cf == NULL)
		return (rc);
	now = 1000 * SECOND;
	kern_time_set(now);
	kern_random_seed(42);
	one = *cf;
	one.sc_pieces = true;
	sc = switch_create(&one, NULL);
	return (sc == NULL ? -1 : rc);
}

static int
port_add(uint32_t no, const char *arg)
{
	struct switch_port_conf	 pc;
	struct hport		*h = NULL;
	unsigned int		 i;

	for (i = 0; i < PORTS && h == NULL; i++) {
		if (ports[i].hp_sp == NULL)
			h = &ports[i];
	}
	if (h == NULL)
		return (-1);
	memset(&pc, 0, sizeof(pc));
	pc.sp_no = no;
	pc.sp_local = no == OFP_P_LOCAL;
	if (pc.sp_local)
		pc.sp_no = 0;
	h->hp_no = no;
	h->hp_up = h->hp_link = true;
	h->hp_last = &h->hp_first;
	if (switch_port_add(sc, &pc, h, &h->hp_sp) != 0)
		return (-1);
	return (0);
}

/* "N min max": a queue of the port. */
static int
port_queue(struct hport *h, const char *arg)
{
	unsigned int	id, min = 0xffff, max = 0xffff;

	if (sscanf(arg, "%u %u %u", &id, &min, &max) < 1 ||
	    h->hp_nqueues == QUEUES)
		return (-1);
	h->hp_queue[h->hp_nqueues].hq_id = id;
	h->hp_queue[h->hp_nqueues].hq_min_rate = (uint16_t)min;
	h->hp_queue[h->hp_nqueues].hq_max_rate = (uint16_t)max;
	h->hp_queue[h->hp_nqueues].hq_created_ns = now;
	h->hp_nqueues++;
	return (0);
}

static int
host_port(uint32_t no, enum port_op op, const char *arg)
{
	struct switch_port_conf	 pc;
	struct hport		*h;

	if (op == PORT_ADD)
		return (port_add(no, arg));
	if ((h = port_find(no)) == NULL)
		return (-1);
	switch (op) {
	case PORT_DEL:
		switch_port_del(h->hp_sp);
		port_flush(h);
		memset(h, 0, sizeof(*h));
		kern_quiesce();
		return (0);
	case PORT_LINK_UP:
	case PORT_LINK_DOWN:
		h->hp_link = op == PORT_LINK_UP;
		break;
	case PORT_ADMIN_UP:
	case PORT_ADMIN_DOWN:
		h->hp_up = op == PORT_ADMIN_UP;
		break;
	case PORT_QUEUE:
		return (port_queue(h, arg));
	default:
		switch_port_conf_get(h->hp_sp, &pc);
		if (op == PORT_DOMAINS)
			pc.sp_domains = (uint32_t)strtoul(arg, NULL, 0);
		else {
			pc.sp_lock_mac = true;
			frame_parse_mac(arg, pc.sp_mac);
		}
		return (switch_port_conf_set(h->hp_sp, &pc) == 0 ? 0 : -1);
	}
	switch_port_changed(h->hp_sp);
	kern_quiesce();
	return (0);
}

static int
host_inject(uint32_t no, const uint8_t *buf, size_t len)
{
	struct hport	*h = port_find(no);
	struct pkt	 p;

	if (h == NULL || pkt_from(buf, (uint32_t)len, &p) != 0)
		return (-1);
	smr_read_enter();
	switch_input(h->hp_sp, &p);
	smr_read_leave();
	kern_quiesce();
	return (0);
}

static ssize_t
host_frame(uint32_t no, uint8_t *buf, size_t cap)
{
	struct hport	*h = port_find(no);
	struct sent	*s;
	ssize_t		 n;

	if (h == NULL || (s = h->hp_first) == NULL)
		return (0);
	n = s->se_len > cap ? (ssize_t)cap : (ssize_t)s->se_len;
	memcpy(buf, s->se_data, (size_t)n);
	if ((h->hp_first = s->se_next) == NULL)
		h->hp_last = &h->hp_first;
	free(s);
	return (n);
}

static int
host_connect(int ctl, int aux_of, uint8_t aux)
{
	struct hchan	*hc = &chans[ctl];

	host_close(ctl);
	if (aux != 0)
		return (switch_chan_open_aux(chans[aux_of].hc_chan, aux, hc,
		    &hc->hc_chan));
	return (switch_chan_open(sc, hc, &hc->hc_chan));
}

/* Offer what is pending. */
static void
host_push(struct hchan *hc)
{
	size_t	n;

	while (hc->hc_off < hc->hc_len) {
		n = switch_chan_write(hc->hc_chan, hc->hc_pending + hc->hc_off,
		    hc->hc_len - hc->hc_off);
		if (n == 0)
			break;
		hc->hc_off += n;
	}
	if (hc->hc_off == hc->hc_len)
		hc->hc_off = hc->hc_len = 0;
	kern_quiesce();
}

static ssize_t
host_write(int ctl, const uint8_t *buf, size_t len)
{
	struct hchan	*hc = &chans[ctl];
	uint8_t		*p;

	if (hc->hc_chan == NULL)
		return (-1);
	if ((p = realloc(hc->hc_pending, hc->hc_len + len)) == NULL)
		abort();
	memcpy(p + hc->hc_len, buf, len);
	hc->hc_pending = p;
	hc->hc_len += len;
	host_push(hc);
	return ((ssize_t)len);
}

static ssize_t
host_read(int ctl, uint8_t *buf, size_t cap)
{
	struct hchan	*hc = &chans[ctl];
	size_t		 n;

	if (hc->hc_chan == NULL)
		return (-1);
	do {
		n = switch_chan_read(hc->hc_chan, buf, cap);
		host_push(hc);
	} while (n == 0 && switch_chan_readable(hc->hc_chan));
	if (n > 0)
		return ((ssize_t)n);
	if (switch_chan_closing(hc->hc_chan)) {
		host_close(ctl);
		return (-1);
	}
	return (0);
}

static void
host_advance(uint64_t ms)
{
	uint64_t	end = now + ms * 1000000, second;
	bool		more;

	while (now < end) {
		second = (now / SECOND + 1) * SECOND;
		now = second < end ? second : end;
		kern_time_set(now);
		if (now % SECOND == 0)
			for (more = switch_tick(sc); more;)
				more = switch_expire(sc);
		kern_quiesce();
	}
}

static bool
host_wait(void)
{
	return (false);
}

static int
host_counter(const char *name, uint64_t *v)
{
	const char	*s;
	unsigned int	 i;

	for (i = 0; (s = switch_counter(sc, i, v)) != NULL; i++) {
		if (strcmp(s, name) == 0)
			return (0);
	}
	return (-1);
}

static unsigned int
host_fail(unsigned int n)
{
	unsigned int	count = kern_alloc_count();

	kern_alloc_fail(n);
	return (count);
}

static int
host_open(const char *target)
{
	bytes_before = kern_alloc_bytes();
	inuse_before = pkt_user_inuse();
	kern_log_set(NULL, 0);
	return (0);
}

static void
host_end(void)
{
	host_down();
	pkt_user_drain();
}

const struct backend backend_host = {
	.be_name = "host",
	.be_clock = true,
	.be_conf = true,
	.be_ports = true,
	.be_ctls = true,
	.be_open = host_open,
	.be_reset = host_reset,
	.be_port = host_port,
	.be_inject = host_inject,
	.be_frame = host_frame,
	.be_connect = host_connect,
	.be_close = host_close,
	.be_write = host_write,
	.be_read = host_read,
	.be_advance = host_advance,
	.be_wait = host_wait,
	.be_counter = host_counter,
	.be_fail = host_fail,
	.be_end = host_end,
};
