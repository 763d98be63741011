/*
 * SPDX-License-Identifier: ISC
 *
 * counter.h: everything the ofp process counts, by name.
 *
 * A switch has one set, and the daemon one for what happened before a switch
 * was known.  The name is what switchctl(8) shows: one row is all there is to
 * add.
 */
#ifndef _SWITCHD_COUNTER_H_
#define _SWITCHD_COUNTER_H_

#include <stdint.h>

#define COUNTERS(X)							\
	/* Connections. */						\
	X(conn_accepted)						\
	X(conn_accept_failed)						\
	X(conn_hello_failed)		/* no version in common */	\
	X(conn_hello_timeout)		/* connected and said nothing */\
	X(conn_features_timeout)					\
	X(conn_echo_timeout)		/* did not answer echo */	\
	X(conn_stalled)			/* does not read */		\
	X(conn_framing_lost)		/* a length below 8 */		\
	X(conn_duplicate)		/* datapath id is taken */	\
	X(conn_aux_orphan)		/* auxiliary without its main */\
	X(conn_closed)							\
	/* Messages received. */					\
	X(echo_request)							\
	X(echo_sent)							\
	X(packet_in)							\
	X(packet_in_copy)		/* to learn from only */	\
	X(flow_removed)							\
	X(port_status)							\
	X(error_received)						\
	X(bad_version)			/* answered with an error */	\
	X(bad_type)							\
	X(bad_length)							\
	X(bad_message)							\
	X(msg_early)			/* before hello or features */	\
	X(msg_unexpected)		/* nobody asked for it */	\
	/* Messages sent. */						\
	X(flow_mod)							\
	X(group_mod)							\
	X(meter_mod)							\
	X(packet_out)							\
	X(error_sent)							\
	X(send_dropped)			/* the queue was full */	\
	/* Frames in packet-ins that are not forwarded. */		\
	X(drop_short)			/* no Ethernet header */	\
	X(drop_no_port)			/* no input port named */	\
	X(drop_truncated)		/* unbuffered and cut */	\
	X(drop_long)			/* for a packet-out */		\
	X(drop_reserved)		/* 802.1D address */		\
	X(drop_same_port)		/* the way it came */		\
	X(drop_ttl)			/* reason INVALID_TTL */	\
	X(drop_port_limit)		/* of a host too many */	\
	X(drop_rate)			/* packet-in-rate of a port */	\
	X(drop_rate_arp)		/* its share, and of neighbours */ \
	X(drop_rate_link)		/* LLDP and 802.1D */		\
	/* Hosts. */							\
	X(source_refused)		/* not a host's address */	\
	X(mac_full)			/* table full, not learned */	\
	X(mac_port_limit)		/* too many behind a port */	\
	X(mac_learned)							\
	X(mac_moved)							\
	X(mac_aged)							\
	X(mac_flushed)			/* port down, or reset */	\
	/* Flows. */							\
	X(flow_table_full)						\
	X(flow_no_room)			/* wanted, did not fit */	\
	X(flow_evicted)			/* least used, went for others */ \
	X(flow_refused)			/* other errors to our flows */	\
	X(meter_refused)						\
	X(flow_not_retried)		/* refused not long ago */	\
	X(flow_stale)			/* found and deleted */		\
	X(flow_contradicts)		/* found; a younger one won */	\
	X(sync)				/* flows read back */

#define COUNTER_ENUM(name)	CNT_##name,
enum counter { COUNTERS(COUNTER_ENUM) CNT_COUNT };

struct counters {
	uint64_t	cn_v[CNT_COUNT];
};

static inline void
counter_inc(struct counters *cn, enum counter c)
{
	cn->cn_v[c]++;
}

const char	*counter_name(enum counter);
void		 counter_sum(struct counters *, const struct counters *);

#endif /* _SWITCHD_COUNTER_H_ */
