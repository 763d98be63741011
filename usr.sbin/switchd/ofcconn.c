/*
 * SPDX-License-Identifier: ISC
 *
 * ofcconn.c: relays between a device and a remote controller.
 *
 * "device ... forward to ...": the parent opens the device (MSG_RELAY_DEVICE)
 * and connects to the controller (MSG_RELAY_OPEN, same number); from then on
 * every byte goes both ways, unread by us, so that roles, auxiliary channels
 * and extensions are between the two.  A side that does not take its bytes
 * stops the other from being read; nothing is dropped.  When one side ends,
 * what it said still goes to the other, which is told of the end and may finish
 * its answers, for RELAY_DRAIN seconds at most; then the relay ends, and the
 * parent is told and begins anew (1 to 16 s).  So it ends when a side takes
 * nothing for RELAY_STALLED seconds.
 */
#include <sys/queue.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bsd.h"
#include "log.h"
#include "proc.h"
#include "stream.h"

#define RELAY_BUF	65536	/* bytes on the way, in each direction */

#define RELAY_ROUNDS	16	/* before others have their turn */
#define RELAY_HANDSHAKE	10	/* s for TLS */
#define RELAY_STALLED	60	/* s in which a side takes nothing */
#define RELAY_DRAIN	5	/* s for last words, once a side ended */

/* Bytes that were read from one side and go to the other. */
struct half {
	struct relay	*ha_relay;
	struct stream	*ha_stream;	/* of this side */
	struct event	*ha_event;
	uint8_t		 ha_buf[RELAY_BUF]; /* read from this side */
	size_t		 ha_begin, ha_end;
	uint64_t	 ha_bytes;
	bool		 ha_ended;	/* nothing more comes from it */
	bool		 ha_broken;	/* and nothing goes to it */
	bool		 ha_told;	/* that the other ended */
};

enum { DEVICE, CONTROLLER };

struct relay {
	TAILQ_ENTRY(relay) re_entry;
	struct msg_device re_device, re_controller;
	struct half	 re_half[2];
	struct event	*re_timer;	/* for whichever of these holds now */
	uint64_t	 re_taken;	/* bytes, by both sides */
	bool		 re_up;		/* the parent was told */
	int		 re_ended;	/* the side that ended first, or -1 */
	char		 re_why[CTL_TEXT_LEN];
	uint64_t	 re_since;	/* s */
};

static TAILQ_HEAD(, relay)	relays = TAILQ_HEAD_INITIALIZER(relays);
static uint64_t			relay_bytes[2], relay_opened, relay_ended;

static void	relay_event(evutil_socket_t, short, void *);
static void	relay_timer(evutil_socket_t, short, void *);

static uint64_t
now(void)
{
	struct timespec	ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (ts.tv_sec);
}

static struct relay *
relay_find(uint32_t id)
{
	struct relay	*re;

	TAILQ_FOREACH(re, &relays, re_entry)
		if (re->re_device.md_id == id)
			break;
	return (re);
}

static void
relay_free(struct relay *re)
{
	int	i;

	TAILQ_REMOVE(&relays, re, re_entry);
	for (i = 0; i < 2; i++) {
		if (re->re_half[i].ha_event != NULL)
			event_free(re->re_half[i].ha_event);
		stream_free(re->re_half[i].ha_stream);
	}
	if (re->re_timer != NULL)
		event_free(re->re_timer);
	relay_ended++;
	free(re);
}

/* It ended by itself: tell the parent why. */
static void
relay_down(struct relay *re, int side, const char *why)
{
	const struct msg_device	*md = side == DEVICE ? &re->re_device :
				    &re->re_controller;
	struct msg_down		 mw;

	memset(&mw, 0, sizeof(mw));
	mw.mw_id = re->re_device.md_id;
	mw.mw_worked = re->re_half[DEVICE].ha_bytes > 0 &&
	    re->re_half[CONTROLLER].ha_bytes > 0;
	snprintf(mw.mw_text, sizeof(mw.mw_text), "%s: %s", md->md_addr, why);
	log_info("relay of %s to %s ended: %s", re->re_device.md_addr,
	    re->re_controller.md_addr, mw.mw_text);
	relay_free(re);
	proc_send(PROC_PARENT, MSG_RELAY_DOWN, mw.mw_id, -1, &mw, sizeof(mw));
}

static void
relay_limit(struct relay *re, time_t seconds)
{
	const struct timeval	tv = { seconds, 0 };

	event_add(re->re_timer, &tv);
}

/* A side ended: what it said is still on its way. */
static void
half_ended(struct half *ha, const char *why)
{
	struct relay	*re = ha->ha_relay;

	ha->ha_ended = true;
	if (re->re_ended != -1)
		return;
	re->re_ended = ha == &re->re_half[DEVICE] ? DEVICE : CONTROLLER;
	strlcpy(re->re_why, why, sizeof(re->re_why));
	relay_limit(re, RELAY_DRAIN);
}

/* Fill a side's buffer. */
static void
half_read(struct half *ha, int side)
{
	ssize_t	n;

	while (!ha->ha_ended && ha->ha_end < sizeof(ha->ha_buf)) {
		n = stream_read(ha->ha_stream, ha->ha_buf + ha->ha_end,
		    sizeof(ha->ha_buf) - ha->ha_end);
		if (n == -1 && errno == EAGAIN)
			return;
		if (n <= 0) {
			half_ended(ha, n == 0 ? "closed by the other side" :
			    stream_error(ha->ha_stream));
			/* An end by an error is that of both directions. */
			ha->ha_broken |= n == -1;
			return;
		}
		ha->ha_end += n;
		ha->ha_bytes += n;
		relay_bytes[side] += n;
	}
}

/* Write what from has read to the other side. */
static void
half_write(struct half *to, struct half *from)
{
	ssize_t	n;

	while (from->ha_begin < from->ha_end && !to->ha_broken) {
		n = stream_write(to->ha_stream, from->ha_buf + from->ha_begin,
		    from->ha_end - from->ha_begin);
		if (n == -1 && errno == EAGAIN)
			return;
		if (n == -1) {
			half_ended(to, stream_error(to->ha_stream));
			to->ha_broken = true;
			break;
		}
		from->ha_begin += n;
		from->ha_relay->re_taken += n;
	}
	/* Empty: there is room again, which relay_wait looks at. */
	from->ha_begin = from->ha_end = 0;
}

/*
 * All that a side said has reached the other, and that it ended too.  Over: no
 * answer can come any more.
 */
static bool
half_over(struct half *from, struct half *to)
{
	if (!from->ha_ended || from->ha_end > 0)
		return (false);
	if (from->ha_broken || to->ha_broken ||
	    (to->ha_ended && to->ha_end == 0))
		return (true);
	if (!to->ha_told && stream_finish(to->ha_stream) == -1)
		return (true);
	to->ha_told = true;
	return (false);
}

/*
 * Wait for what each side needs.  A side whose buffer is full is not read: only
 * room at the other one, or its end, wakes us.
 */
static void
relay_wait(struct relay *re)
{
	struct half	*ha, *other;
	short		 what;
	int		 i;

	for (i = 0; i < 2; i++) {
		ha = &re->re_half[i];
		other = &re->re_half[!i];
		what = stream_events(ha->ha_stream,
		    other->ha_begin < other->ha_end);
		if ((ha->ha_end == sizeof(ha->ha_buf) || ha->ha_ended) &&
		    stream_is_open(ha->ha_stream))
			what &= ~EV_READ;
		event_del(ha->ha_event);
		if (what == 0 || ha->ha_broken)
			continue;
		event_assign(ha->ha_event, proc_base,
		    stream_fd(ha->ha_stream), what, relay_event, ha);
		event_add(ha->ha_event, NULL);
	}
}

/* Move what can be moved; false: the relay is gone.  again: there is more. */
static bool
relay_move(struct relay *re, bool *again)
{
	struct half	*dev = &re->re_half[DEVICE];
	struct half	*ctl = &re->re_half[CONTROLLER];
	bool		 full[2];

	half_read(dev, DEVICE);
	half_read(ctl, CONTROLLER);
	full[DEVICE] = dev->ha_end == sizeof(dev->ha_buf);
	full[CONTROLLER] = ctl->ha_end == sizeof(ctl->ha_buf);
	half_write(ctl, dev);
	half_write(dev, ctl);
	if (half_over(dev, ctl) || half_over(ctl, dev)) {
		relay_down(re, re->re_ended, re->re_why);
		return (false);
	}
	*again = (full[DEVICE] && dev->ha_end == 0) ||
	    (full[CONTROLLER] && ctl->ha_end == 0);
	return (true);
}

/* Time runs while somebody waits; that of last words is not prolonged. */
static void
relay_watch(struct relay *re, bool moved)
{
	if (re->re_ended != -1 ||
	    !stream_is_open(re->re_half[CONTROLLER].ha_stream))
		return;
	if (re->re_half[DEVICE].ha_end == 0 &&
	    re->re_half[CONTROLLER].ha_end == 0)
		event_del(re->re_timer);
	else if (moved || !evtimer_pending(re->re_timer, NULL))
		relay_limit(re, RELAY_STALLED);
}

/* Each side has heard the other: a switch may now open auxiliaries. */
static void
relay_up(struct relay *re)
{
	struct msg_id	mi = { re->re_device.md_id };

	if (re->re_up || re->re_half[DEVICE].ha_bytes == 0 ||
	    re->re_half[CONTROLLER].ha_bytes == 0 ||
	    re->re_half[CONTROLLER].ha_end > 0)
		return;
	re->re_up = true;
	proc_send(PROC_PARENT, MSG_RELAY_UP, mi.mi_id, -1, &mi, sizeof(mi));
}

static void
relay_event(evutil_socket_t fd, short what, void *arg)
{
	struct relay	*re = ((struct half *)arg)->ha_relay;
	uint64_t	 taken = re->re_taken;
	int		 rounds = 0;
	bool		 again;

	do {
		if (!relay_move(re, &again))
			return;
	} while (again && ++rounds < RELAY_ROUNDS);
	relay_up(re);
	relay_watch(re, taken != re->re_taken);
	relay_wait(re);
	/* TLS may hold bytes that the descriptor does not tell of. */
	if (again)
		event_active(re->re_half[DEVICE].ha_event, EV_READ, 0);
}

static void
relay_timer(evutil_socket_t fd, short what, void *arg)
{
	struct relay	*re = arg;

	if (re->re_ended != -1)
		relay_down(re, re->re_ended, re->re_why);
	else if (!stream_is_open(re->re_half[CONTROLLER].ha_stream))
		relay_down(re, CONTROLLER, "TLS handshake: timed out");
	else
		relay_down(re, re->re_half[DEVICE].ha_end > 0 ? CONTROLLER :
		    DEVICE, "it does not read");
}

static void
device_strings(struct msg_device *md)
{
	msg_str(md->md_name);
	msg_str(md->md_addr);
	msg_str(md->md_host);
}

/* The device of a relay; a new one replaces what was there. */
static void
ofcconn_device(struct msg *m)
{
	struct relay	*re;
	struct msg_device md;
	int		 fd = msg_fd(m);

	msg_get(m, &md, sizeof(md));
	device_strings(&md);
	if (fd == -1)
		return (log_warnx("relay %u: no device", md.md_id));
	if ((re = relay_find(md.md_id)) != NULL)
		relay_free(re);
	if ((re = calloc(1, sizeof(*re))) == NULL)
		fatal("relay");
	re->re_device = md;
	re->re_since = now();
	re->re_ended = -1;
	re->re_half[DEVICE].ha_relay = re->re_half[CONTROLLER].ha_relay = re;
	TAILQ_INSERT_TAIL(&relays, re, re_entry);
	re->re_half[DEVICE].ha_stream = stream_accept(fd, false);
	if (re->re_half[DEVICE].ha_stream == NULL)
		relay_down(re, DEVICE, strerror(errno));
}

/* Its controller: begin. */
static void
ofcconn_open(struct msg *m)
{
	struct relay	*re;
	struct msg_device md;
	int		 fd = msg_fd(m), i;

	msg_get(m, &md, sizeof(md));
	device_strings(&md);
	re = relay_find(md.md_id);
	if (re == NULL || fd == -1 ||
	    re->re_half[CONTROLLER].ha_stream != NULL) {
		log_warnx("relay %u: no device to forward", md.md_id);
		stream_free(fd == -1 ? NULL : stream_accept(fd, false));
		return;
	}
	re->re_controller = md;
	re->re_half[CONTROLLER].ha_stream = stream_connect(fd, md.md_tls,
	    md.md_host);
	if (re->re_half[CONTROLLER].ha_stream == NULL)
		return (relay_down(re, CONTROLLER, strerror(errno)));
	re->re_timer = evtimer_new(proc_base, relay_timer, re);
	if (re->re_timer == NULL)
		fatalx("relay: no timer");
	relay_limit(re, RELAY_HANDSHAKE);
	for (i = 0; i < 2; i++) {
		re->re_half[i].ha_event = event_new(proc_base,
		    stream_fd(re->re_half[i].ha_stream), EV_READ, relay_event,
		    &re->re_half[i]);
		if (re->re_half[i].ha_event == NULL)
			fatalx("relay: no event");
	}
	relay_opened++;
	log_info("relay of %s to %s", re->re_device.md_addr,
	    re->re_controller.md_addr);
	relay_event(-1, 0, &re->re_half[DEVICE]);
}

static void
ofcconn_close(struct msg *m)
{
	struct relay	*re;
	struct msg_id	 mi;

	msg_get(m, &mi, sizeof(mi));
	if ((re = relay_find(mi.mi_id)) != NULL)
		relay_free(re);
}

static void
ofcconn_tls(struct msg *m)
{
	if (stream_certs(m) == -1)
		log_warnx("certificates: %s", stream_certs_error());
}

static void
ofcconn_verbose(struct msg *m)
{
	struct msg_id	mi;

	msg_get(m, &mi, sizeof(mi));
	log_verbose(mi.mi_id);
}

/* What switchctl is shown. */

/* False: a switch was named, and it is none of ours. */
static bool
show_switches(uint32_t client, const struct ctl_select *cs)
{
	struct relay		*re;
	struct ctl_switch	 cw;
	bool			 any = cs->cs_switch[0] == '\0';

	TAILQ_FOREACH(re, &relays, re_entry) {
		if (cs->cs_switch[0] != '\0' &&
		    strcmp(cs->cs_switch, re->re_device.md_name) != 0 &&
		    strcmp(cs->cs_switch, re->re_device.md_addr) != 0)
			continue;
		memset(&cw, 0, sizeof(cw));
		strlcpy(cw.cw_name, re->re_device.md_name,
		    sizeof(cw.cw_name));
		strlcpy(cw.cw_addr, re->re_device.md_addr,
		    sizeof(cw.cw_addr));
		strlcpy(cw.cw_forward, re->re_controller.md_addr,
		    sizeof(cw.cw_forward));
		cw.cw_kind = re->re_device.md_kind;
		cw.cw_state = re->re_half[CONTROLLER].ha_bytes > 0 ?
		    CTL_STATE_RELAYED : CTL_STATE_HELLO;
		cw.cw_max_flows = UINT32_MAX;
		cw.cw_since = now() - re->re_since;
		proc_reply(client, CTL_SWITCH, &cw, sizeof(cw), NULL, 0);
		any = true;
	}
	return (any);
}

static void
show_counters(uint32_t client)
{
	const struct {
		const char	*name;
		uint64_t	 value;
	} rows[] = {
		{ "relays opened", relay_opened },
		{ "relays ended", relay_ended },
		{ "relay bytes from devices", relay_bytes[DEVICE] },
		{ "relay bytes from controllers", relay_bytes[CONTROLLER] }
	};
	struct ctl_counter	 ct;
	size_t			 i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		memset(&ct, 0, sizeof(ct));
		strlcpy(ct.ct_name, rows[i].name, sizeof(ct.ct_name));
		ct.ct_value = rows[i].value;
		proc_reply(client, CTL_COUNTER, &ct, sizeof(ct), NULL, 0);
	}
}

static void
ofcconn_ctl(struct msg *m)
{
	struct ctl_select	 cs;
	struct msg_ctl		 mc;
	const uint8_t		*p;
	size_t			 len;

	msg_get(m, &mc, sizeof(mc));
	p = msg_rest(m, sizeof(mc), &len);
	if (len < sizeof(cs))
		return (proc_fail(m->m_id, "request too short"));
	memcpy(&cs, p, sizeof(cs));
	msg_str(cs.cs_switch);
	if (mc.mc_type == CTL_SHOW_SWITCHES) {
		if (!show_switches(m->m_id, &cs))
			return (proc_fail(m->m_id, "no such switch"));
	} else if (mc.mc_type != CTL_SHOW_COUNTERS)
		return (proc_fail(m->m_id, "not a request for relays"));
	else if (cs.cs_switch[0] != '\0')
		return (proc_fail(m->m_id, "relays are not counted one by "
		    "one"));
	else
		show_counters(m->m_id);
	proc_reply(m->m_id, CTL_OK, NULL, 0, NULL, 0);
}

static void
ofcconn_init(void)
{
}

static void
ofcconn_shutdown(void)
{
	while (!TAILQ_EMPTY(&relays))
		relay_free(TAILQ_FIRST(&relays));
}

const struct proc	proc_ofcconn = {
	.pr_promises = "stdio recvfd",
	.pr_init = ofcconn_init,
	.pr_shutdown = ofcconn_shutdown,
	.pr_handlers = {
		[MSG_VERBOSE] = ofcconn_verbose,
		[MSG_TLS] = ofcconn_tls,
		[MSG_RELAY_DEVICE] = ofcconn_device,
		[MSG_RELAY_OPEN] = ofcconn_open,
		[MSG_RELAY_CLOSE] = ofcconn_close,
		[MSG_CTL] = ofcconn_ctl
	}
};
