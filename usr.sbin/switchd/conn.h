/*
 * SPDX-License-Identifier: ISC
 *
 * conn.h: one OpenFlow connection: framing, hello, echo, queue.
 *
 * A connection owns a nonblocking stream (TCP, TLS, a unix socket or a device)
 * and turns it into checked messages of one version.  It reads until empty,
 * hands over every whole message in place, and writes what was answered once
 * at the end.  Memory is held only while a message is in pieces or the peer
 * is slow.
 *
 * Sending: conn_wr gives the writer of the one output buffer of the process;
 * encode any number of whole messages into it.  They leave at the end of the
 * wakeup; whoever sends outside of co_message calls conn_flush.  Only that
 * closes a connection that cannot be written to, never conn_wr.
 *
 * A peer that does not read is not read from either, so its own window closes;
 * what is sent to it all the same is kept up to CONN_QUEUE_MAX, then dropped
 * and counted.  After CONN_STALLED seconds without progress it is closed.
 *
 * conn_close may be called at any time, also by callbacks: co_closed is called
 * at once, the memory goes at the end of the wakeup.
 */
#ifndef _SWITCHD_CONN_H_
#define _SWITCHD_CONN_H_

#include <sys/queue.h>

#include <net/ofp_msg.h>

#include <event2/event.h>
#include <event2/event_struct.h>

#include "counter.h"

#define CONN_VERSIONS	(1U << OFP_VERSION_10 | 1U << OFP_VERSION_13)
#define CONN_QUEUE_MAX	(8U << 20)	/* bytes waiting for one peer */
#define CONN_QUEUE_STOP	(256U << 10)	/* from here on it is not read */
#define CONN_EARLY_MAX	1024U		/* without HELLO, TLS or not */

/* Seconds; a test may want others. */
struct conn_times {
	uint32_t	ct_hello;	/* until HELLO, until FEATURES_REPLY */
	uint32_t	ct_early;	/* that are safe for who has no HELLO */
	uint32_t	ct_idle;	/* of silence before an echo request */
	uint32_t	ct_dead;	/* of silence before it is closed */
	uint32_t	ct_stalled;	/* without reading */
};
extern struct conn_times conn_times;

enum conn_state {
	CONN_HELLO,		/* waiting for its HELLO */
	CONN_OPEN,		/* version agreed, nobody's yet */
	CONN_UP,		/* its owner knows who it is */
	CONN_CLOSED
};

struct stream;
struct conn {
	TAILQ_ENTRY(conn) c_entry;
	struct event	 c_event;
	void		*c_owner;	/* the user's */
	struct counters	*c_counters;	/* the user's, never NULL */
	struct stream	*c_stream;
	char		*c_name;	/* "tcp:192.0.2.7:41222" */
	uint8_t		*c_in;		/* part of a message */
	uint8_t		*c_out;		/* waiting */
	uint32_t	 c_in_len;
	uint32_t	 c_out_off, c_out_len, c_out_cap;
	uint32_t	 c_since;	/* s, of this state */
	uint32_t	 c_heard;	/* s, last byte received */
	uint32_t	 c_moved;	/* s, last byte taken from c_out */
	uint32_t	 c_xid;
	uint32_t	 c_device;	/* the user's: who opened it, or 0 */
	short		 c_want;	/* events waited for */
	uint8_t		 c_version;
	uint8_t		 c_state;	/* enum conn_state */
	uint8_t		 c_aux;		/* the user's: auxiliary id */
	uint8_t		 c_dup;		/* the user's: its id is taken */
	bool		 c_echo;	/* an echo is out */
	bool		 c_lost;	/* messages to it were dropped */
	bool		 c_broken;	/* conn_flush will close it */
};
TAILQ_HEAD(conn_list, conn);

struct conn_ops {
	/* The version is agreed on. */
	void	(*co_open)(struct conn *);
	/* A message; false: nobody knows it (counted). rd behind the header. */
	bool	(*co_message)(struct conn *, const struct ofp_hdr *,
		    struct ofp_rd *, const uint8_t *);
	/* A queue that had dropped messages is empty again. */
	void	(*co_drained)(struct conn *);
	void	(*co_closed)(struct conn *, const char *why);
	/* All messages both ways, while conn_tap is set. */
	void	(*co_tap)(struct conn *, bool sent, const uint8_t *, size_t);
};

extern bool	 conn_tap;
extern struct conn_list conn_list;
extern uint32_t	 conn_count;
extern uint32_t	 conn_early;		/* those in CONN_HELLO */
extern uint32_t	 conn_early_max;	/* a test may want another */

/* Once; counters: those of connections that are nobody's yet. */
void		 conn_init(struct event_base *, const struct conn_ops *,
		    struct counters *);
/* Once a second: hello, echo, stalled peers. */
void		 conn_tick(void);
/*
 * Consumes the stream, also when it returns NULL: it was closed, which
 * co_closed was told unless there was no memory.
 */
struct conn	*conn_new(struct stream *, const char *name, uint32_t device);
/*
 * Before one more is accepted: when too many have not said HELLO, most often
 * because their TLS handshake hangs, the older ones go.  False: all are young,
 * let others wait.
 */
bool		 conn_make_room(void);
void		 conn_close(struct conn *, const char *why);
void		 conn_set_up(struct conn *);
/* Answer a message of the peer with an error, and count it. */
void		 conn_error(struct conn *, enum ofp_error, const uint8_t *);

struct ofp_wr	*conn_wr(struct conn *);
void		 conn_flush(void);
uint32_t	 conn_next_xid(struct conn *);
uint32_t	 conn_now(void);	/* s, monotonic, of this wakeup */

#endif /* _SWITCHD_CONN_H_ */
