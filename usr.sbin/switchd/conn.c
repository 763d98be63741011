/*
 * SPDX-License-Identifier: ISC
 *
 * conn.c: one OpenFlow connection (see conn.h).
 *
 * The way of a message: conn_event -> conn_read -> conn_parse ->
 * conn_dispatch -> co_message, and back: conn_wr -> conn_send ->
 * stream_write, and what the peer does not take to conn_queue.
 * One input and one output buffer serve all connections of the process, since
 * only one of them is being handled at a time.
 */
#include <sys/types.h>
#include <sys/socket.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "conn.h"
#include "stream.h"

#define CONN_IN_SIZE	(256U << 10)
#define CONN_OUT_SIZE	(512U << 10)
/* More than an answer can be: a message, or an error with 64 bytes. */
#define CONN_OUT_ROOM	(2U << 16)

/* Above are those of requests passed on, and of what gets no answer. */
#define CONN_XID_MAX	0x3fffffffU

struct conn_times	 conn_times = { 10, 2, 5, 15, 15 };
struct conn_list	 conn_list = TAILQ_HEAD_INITIALIZER(conn_list);
uint32_t		 conn_count, conn_early;
uint32_t		 conn_early_max = CONN_EARLY_MAX;
bool			 conn_tap;

static struct event_base	*conn_base;
static const struct conn_ops	*conn_ops;
static struct counters		*conn_nobody;
static struct conn_list		 conn_dead =
    TAILQ_HEAD_INITIALIZER(conn_dead);
static struct conn		*conn_tick_next; /* of conn_tick */
static uint32_t			 conn_nbroken;
static struct conn		*conn_out_of;	/* whose conn_out is */
static struct ofp_wr		 conn_out_wr;
static uint8_t			 conn_out[CONN_OUT_SIZE];
static uint8_t			 conn_in[CONN_IN_SIZE];

static void	conn_event(evutil_socket_t, short, void *);
static void	conn_read(struct conn *);
static size_t	conn_parse(struct conn *, const uint8_t *, size_t);
static bool	conn_keep(struct conn *, const uint8_t *, size_t);
static void	conn_dispatch(struct conn *, const uint8_t *, size_t);
static void	conn_hello(struct conn *, const struct ofp_hdr *,
		    struct ofp_rd *);
static void	conn_send(void);
static void	conn_broken(struct conn *);
static void	conn_queue(struct conn *, const uint8_t *, size_t);
static void	conn_queue_drop(struct conn *, const uint8_t *, size_t);
static void	conn_queue_write(struct conn *);
static void	conn_watch(struct conn *);
static void	conn_reap(void);
static void	conn_tap_run(struct conn *, const uint8_t *, size_t);

void
conn_init(struct event_base *base, const struct conn_ops *ops,
    struct counters *nobody)
{
	conn_base = base;
	conn_ops = ops;
	conn_nobody = nobody;
	ofp_wr_init(&conn_out_wr, conn_out, sizeof(conn_out));
}

uint32_t
conn_now(void)
{
	struct timespec	ts;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &ts);
	return (ts.tv_sec);
}

struct conn *
conn_new(struct stream *st, const char *name, uint32_t device)
{
	struct conn	*c;

	c = calloc(1, sizeof(*c));
	if (c == NULL || (c->c_name = strdup(name)) == NULL) {
		free(c);
		stream_free(st);
		return (NULL);
	}
	c->c_stream = st;
	c->c_device = device;
	c->c_counters = conn_nobody;
	c->c_since = c->c_heard = conn_now();
	TAILQ_INSERT_TAIL(&conn_list, c, c_entry);
	conn_count++;
	conn_early++;
	ofp_hello_encode(conn_wr(c), conn_next_xid(c), CONN_VERSIONS);
	conn_flush();
	if (c->c_state != CONN_CLOSED)
		conn_watch(c);
	if (c->c_state == CONN_CLOSED)
		c = NULL;
	conn_reap();
	return (c);
}

void
conn_close(struct conn *c, const char *why)
{
	if (c->c_state == CONN_CLOSED)
		return;
	if (conn_out_of == c)
		conn_send();		/* what it was told last */
	if (c->c_state == CONN_HELLO)
		conn_early--;
	conn_nbroken -= c->c_broken;
	c->c_state = CONN_CLOSED;
	counter_inc(c->c_counters, CNT_conn_closed);
	if (c->c_want != 0)
		event_del(&c->c_event);
	if (conn_tick_next == c)
		conn_tick_next = TAILQ_NEXT(c, c_entry);
	TAILQ_REMOVE(&conn_list, c, c_entry);
	conn_count--;
	TAILQ_INSERT_TAIL(&conn_dead, c, c_entry);
	conn_ops->co_closed(c, why);
	stream_free(c->c_stream);
	c->c_stream = NULL;
}

/* Free what was closed: nobody up the stack holds it any more. */
static void
conn_reap(void)
{
	struct conn	*c;

	while ((c = TAILQ_FIRST(&conn_dead)) != NULL) {
		TAILQ_REMOVE(&conn_dead, c, c_entry);
		free(c->c_name);
		free(c->c_in);
		free(c->c_out);
		free(c);
	}
}

void
conn_set_up(struct conn *c)
{
	c->c_state = CONN_UP;
	c->c_since = conn_now();
}

uint32_t
conn_next_xid(struct conn *c)
{
	if (++c->c_xid > CONN_XID_MAX)
		c->c_xid = 1;
	return (c->c_xid);
}

/*
 * Receiving.
 */

/* Ready in any way: TLS may read to write and write to read. */
static void
conn_event(evutil_socket_t fd, short what, void *arg)
{
	struct conn	*c = arg;

	if (c->c_out_len > 0)
		conn_queue_write(c);
	if (c->c_state != CONN_CLOSED &&
	    c->c_out_len - c->c_out_off < CONN_QUEUE_STOP)
		conn_read(c);
	conn_flush();
	if (c->c_state != CONN_CLOSED)
		conn_watch(c);
	conn_reap();
}

/*
 * One buffer at most, so that a peer that sends without end does not keep
 * the others waiting; the event comes again for what is left.
 */
static void
conn_read(struct conn *c)
{
	ssize_t	n;
	size_t	have = c->c_in_len, used;

	if (have > 0)
		memcpy(conn_in, c->c_in, have);
	n = stream_read(c->c_stream, conn_in + have, sizeof(conn_in) - have);
	if (n == -1) {
		if (errno != EAGAIN)
			conn_close(c, stream_error(c->c_stream));
		return;
	}
	if (n == 0) {
		conn_close(c, "closed by the peer");
		return;
	}
	c->c_heard = conn_now();
	c->c_echo = false;
	have += n;
	used = conn_parse(c, conn_in, have);
	if (c->c_state != CONN_CLOSED &&
	    !conn_keep(c, conn_in + used, have - used))
		conn_close(c, "no memory");
}

/* All whole messages; how many bytes they are. */
static size_t
conn_parse(struct conn *c, const uint8_t *p, size_t have)
{
	size_t	pos = 0;
	int	len;

	while (c->c_state != CONN_CLOSED) {
		len = ofp_msg_frame(p + pos, have - pos);
		if (len == -1) {
			counter_inc(c->c_counters, CNT_conn_framing_lost);
			conn_error(c, OFP_BRC_BAD_LEN, p + pos);
			conn_close(c, "framing lost: a length below 8");
			break;
		}
		if (len == 0 || (size_t)len > have - pos)
			break;
		if (conn_tap)
			conn_ops->co_tap(c, false, p + pos, len);
		conn_dispatch(c, p + pos, len);
		pos += len;
	}
	return (pos);
}

/* Keep the beginning of a message until the rest comes. */
static bool
conn_keep(struct conn *c, const uint8_t *p, size_t len)
{
	uint8_t	*in;

	if (len == 0) {
		free(c->c_in);
		c->c_in = NULL;
	} else {
		in = realloc(c->c_in, len);
		if (in == NULL)
			return (false);
		memcpy(in, p, len);
		c->c_in = in;
	}
	c->c_in_len = len;
	return (true);
}

static void
conn_dispatch(struct conn *c, const uint8_t *msg, size_t len)
{
	struct ofp_hdr	h;
	struct ofp_rd	rd;
	enum ofp_error	error;

	error = ofp_msg_check(msg, len, c->c_version, OFP_TO_CONTROLLER, &h,
	    &rd);
	/* 7.5.1: a hello that comes late may say any version. */
	if (c->c_state == CONN_HELLO || h.h_type == OFP_T_HELLO) {
		conn_hello(c, &h, &rd);
		return;
	}
	if (error != OFP_OK) {
		conn_error(c, error, msg);
		return;
	}
	switch (h.h_type) {
	case OFP_T_ECHO_REQUEST:
		counter_inc(c->c_counters, CNT_echo_request);
		len = ofp_rd_left(&rd);
		ofp_echo_encode(conn_wr(c), c->c_version, true, h.h_xid,
		    ofp_rd_ptr(&rd, len), len);
		break;
	case OFP_T_ECHO_REPLY:
		break;
	default:
		if (!conn_ops->co_message(c, &h, &rd, msg))
			counter_inc(c->c_counters, CNT_msg_unexpected);
		break;
	}
}

/* 6.3.1: nothing else is processed before the hello. */
static void
conn_hello(struct conn *c, const struct ofp_hdr *h, struct ofp_rd *rd)
{
	struct ofp_hello	he;

	if (c->c_state != CONN_HELLO) {
		counter_inc(c->c_counters, CNT_msg_unexpected);
		return;
	}
	if (h->h_type == OFP_T_ERROR) {
		counter_inc(c->c_counters, CNT_error_received);
		conn_close(c, "refused our hello");
		return;
	}
	if (h->h_type != OFP_T_HELLO) {
		counter_inc(c->c_counters, CNT_msg_early);
		return;
	}
	(void)ofp_hello_decode(rd, h->h_version, &he);
	c->c_version = ofp_hello_negotiate(CONN_VERSIONS, &he);
	if (c->c_version == 0) {
		counter_inc(c->c_counters, CNT_conn_hello_failed);
		ofp_error_hello_encode(conn_wr(c), OFP_VERSION_13, h->h_xid,
		    OFP_HFC_INCOMPATIBLE, "OpenFlow 1.0 or 1.3 is spoken here");
		conn_close(c, "no version in common");
		return;
	}
	c->c_state = CONN_OPEN;
	conn_early--;
	c->c_since = conn_now();
	conn_ops->co_open(c);
}

/* 7.4.4; an error is never answered with an error. */
void
conn_error(struct conn *c, enum ofp_error error, const uint8_t *msg)
{
	struct ofp_rd	rd;
	uint16_t	len;

	switch (error) {
	case OFP_BRC_BAD_VERSION:
		counter_inc(c->c_counters, CNT_bad_version);
		break;
	case OFP_BRC_BAD_TYPE:
		counter_inc(c->c_counters, CNT_bad_type);
		break;
	case OFP_BRC_BAD_LEN:
		counter_inc(c->c_counters, CNT_bad_length);
		break;
	default:
		counter_inc(c->c_counters, CNT_bad_message);
		break;
	}
	ofp_rd_init(&rd, msg, 4);
	ofp_rd_skip(&rd, 1);
	if (ofp_rd_u8(&rd) == OFP_T_ERROR)
		return;
	len = ofp_rd_u16(&rd);
	counter_inc(c->c_counters, CNT_error_sent);
	ofp_error_encode(conn_wr(c),
	    c->c_version != 0 ? c->c_version : OFP_VERSION_13, error, msg,
	    len < OFP_HDR_LEN ? 4 : len);
}

/*
 * Sending.
 */

struct ofp_wr *
conn_wr(struct conn *c)
{
	if (conn_out_of != c || ofp_wr_pos(&conn_out_wr) >
	    CONN_OUT_SIZE - CONN_OUT_ROOM) {
		conn_send();
		conn_out_of = c;
	}
	return (&conn_out_wr);
}

void
conn_flush(void)
{
	struct conn	*c;

	conn_send();
	while (conn_nbroken > 0) {
		TAILQ_FOREACH(c, &conn_list, c_entry)
			if (c->c_broken)
				break;
		conn_close(c, stream_error(c->c_stream));
	}
}

/* Closes nobody: whoever writes may be in the middle of something. */
static void
conn_send(void)
{
	struct conn	*c = conn_out_of;
	size_t		 len = ofp_wr_pos(&conn_out_wr);
	ssize_t		 n;

	conn_out_of = NULL;
	ofp_wr_init(&conn_out_wr, conn_out, sizeof(conn_out));
	if (c == NULL || len == 0 || c->c_state == CONN_CLOSED || c->c_broken)
		return;
	if (conn_tap)
		conn_tap_run(c, conn_out, len);
	if (c->c_out_len > 0) {
		conn_queue(c, conn_out, len);
		return;
	}
	n = stream_write(c->c_stream, conn_out, len);
	if (n == -1 && errno != EAGAIN) {
		conn_broken(c);
		return;
	}
	if (n < (ssize_t)len)
		conn_queue(c, conn_out + (n > 0 ? n : 0),
		    len - (n > 0 ? n : 0));
}

static void
conn_broken(struct conn *c)
{
	conn_nbroken += !c->c_broken;
	c->c_broken = true;
}

/*
 * Keep what the peer does not take.  The first bytes may be the rest of a
 * message that is already half sent, which must not be dropped: the queue is
 * then empty, and large enough.
 */
static void
conn_queue(struct conn *c, const uint8_t *p, size_t len)
{
	uint32_t	 left = c->c_out_len - c->c_out_off, cap;
	uint8_t		*out;

	if (left + len > CONN_QUEUE_MAX) {
		conn_queue_drop(c, p, len);
		return;
	}
	if (c->c_out_len == 0)
		c->c_moved = conn_now();
	if (c->c_out_off > 0) {
		memmove(c->c_out, c->c_out + c->c_out_off, left);
		c->c_out_len = left;
		c->c_out_off = 0;
	}
	if (left + len > c->c_out_cap) {
		cap = c->c_out_cap == 0 ? len : 2 * (left + len);
		out = realloc(c->c_out, cap);
		if (out == NULL) {
			conn_broken(c);
			return;
		}
		c->c_out = out;
		c->c_out_cap = cap;
	}
	memcpy(c->c_out + c->c_out_len, p, len);
	c->c_out_len += len;
	conn_watch(c);
}

/* Count them one by one. */
static void
conn_queue_drop(struct conn *c, const uint8_t *p, size_t left)
{
	int	len;

	c->c_lost = true;
	while ((len = ofp_msg_frame(p, left)) > 0 && (size_t)len <= left) {
		counter_inc(c->c_counters, CNT_send_dropped);
		p += len;
		left -= len;
	}
}

static void
conn_queue_write(struct conn *c)
{
	ssize_t	n;

	if (c->c_out_len == 0)
		return;
	n = stream_write(c->c_stream, c->c_out + c->c_out_off,
	    c->c_out_len - c->c_out_off);
	if (n == -1) {
		if (errno != EAGAIN)
			conn_close(c, stream_error(c->c_stream));
		return;
	}
	if (n > 0)
		c->c_moved = conn_now();
	c->c_out_off += n;
	if (c->c_out_off < c->c_out_len)
		return;
	free(c->c_out);
	c->c_out = NULL;
	c->c_out_off = c->c_out_len = c->c_out_cap = 0;
	if (c->c_lost) {
		c->c_lost = false;
		c->c_echo = false;	/* it may have been among them */
		if (c->c_state == CONN_UP)
			conn_ops->co_drained(c);
	}
}

/* Wait for what there is to do. */
static void
conn_watch(struct conn *c)
{
	short	want;

	want = EV_PERSIST | stream_events(c->c_stream, c->c_out_len > 0);
	if (c->c_out_len - c->c_out_off >= CONN_QUEUE_STOP)
		want &= ~EV_READ;
	if (want == c->c_want)
		return;
	if (c->c_want != 0)
		event_del(&c->c_event);
	event_assign(&c->c_event, conn_base, stream_fd(c->c_stream), want,
	    conn_event, c);
	if (event_add(&c->c_event, NULL) == -1) {
		c->c_want = 0;
		conn_broken(c);
		return;
	}
	c->c_want = want;
}

static void
conn_tap_run(struct conn *c, const uint8_t *p, size_t left)
{
	int	len;

	while ((len = ofp_msg_frame(p, left)) > 0 && (size_t)len <= left) {
		conn_ops->co_tap(c, true, p, len);
		p += len;
		left -= len;
	}
}

/*
 * Time.
 */

static const char *
conn_overdue(struct conn *c, uint32_t now, enum counter *cnt)
{
	uint32_t	silent = now - c->c_heard;

	/* An answer comes after all that it had to read before. */
	if (now - c->c_moved < silent)
		silent = now - c->c_moved;
	if (c->c_out_len > 0 && now - c->c_moved >= conn_times.ct_stalled) {
		*cnt = CNT_conn_stalled;
		return ("does not read");
	}
	if (c->c_state == CONN_HELLO &&
	    now - c->c_since >= conn_times.ct_hello) {
		*cnt = CNT_conn_hello_timeout;
		return ("no hello");
	}
	if (c->c_state == CONN_OPEN &&
	    now - c->c_since >= conn_times.ct_hello) {
		*cnt = CNT_conn_features_timeout;
		return ("does not say what it is");
	}
	if (silent >= conn_times.ct_dead) {
		*cnt = CNT_conn_echo_timeout;
		return ("does not answer echo");
	}
	return (NULL);
}

bool
conn_make_room(void)
{
	struct conn	*c;
	uint32_t	 now = conn_now();

	if (conn_early < conn_early_max)
		return (true);
	conn_tick_next = TAILQ_FIRST(&conn_list);
	while ((c = conn_tick_next) != NULL) {
		conn_tick_next = TAILQ_NEXT(c, c_entry);
		if (c->c_state != CONN_HELLO ||
		    now - c->c_since < conn_times.ct_early)
			continue;
		counter_inc(c->c_counters, CNT_conn_hello_timeout);
		conn_close(c, "no hello, and others wait");
	}
	conn_reap();
	return (conn_early < conn_early_max);
}

void
conn_tick(void)
{
	struct conn	*c;
	const char	*why;
	uint32_t	 now = conn_now();
	enum counter	 cnt;

	conn_tick_next = TAILQ_FIRST(&conn_list);
	while ((c = conn_tick_next) != NULL) {
		conn_tick_next = TAILQ_NEXT(c, c_entry);
		why = conn_overdue(c, now, &cnt);
		if (why != NULL) {
			counter_inc(c->c_counters, cnt);
			conn_close(c, why);
			continue;
		}
		if (c->c_version == 0 || c->c_echo ||
		    now - c->c_heard < conn_times.ct_idle)
			continue;
		c->c_echo = true;
		counter_inc(c->c_counters, CNT_echo_sent);
		ofp_echo_encode(conn_wr(c), c->c_version, false,
		    conn_next_xid(c), NULL, 0);
		conn_flush();
	}
	conn_reap();
}
