/*
 * SPDX-License-Identifier: ISC
 *
 * host.h: what the core asks of its host, ports and channel.
 *
 * A host hands each port to the core with a pointer of its own (hp) and each
 * switch with another (hs); the core passes them back and never looks inside.
 */
#ifndef _NET_HOST_H_
#define _NET_HOST_H_

#include "kern.h"
#include "pkt.h"

struct switch_chan;

/* What a host knows of a port, all in host order. */
struct host_port_info {
	char		hi_name[16];	/* NUL terminated */
	uint8_t		hi_hwaddr[6];
	bool		hi_link;	/* carrier */
	bool		hi_up;		/* administratively */
	uint32_t	hi_curr;	/* OFPPF_* of the port description */
	uint32_t	hi_advertised;
	uint32_t	hi_supported;
	uint32_t	hi_peer;
	uint32_t	hi_curr_speed;	/* kb/s */
	uint32_t	hi_max_speed;	/* kb/s */
	uint32_t	hi_mtu;		/* bytes behind the Ethernet header */
};

/* A queue of a port, as configured in the host (tc classes on Linux). */
struct host_queue {
	uint32_t	hq_id;
	uint16_t	hq_min_rate;	/* 1/10 %, 0xffff: none */
	uint16_t	hq_max_rate;
	uint64_t	hq_tx_bytes, hq_tx_packets, hq_tx_errors;
	uint64_t	hq_created_ns;	/* kern_uptime_ns() of its creation */
};

/* Counters that only the host can know. */
struct host_port_stats {
	uint64_t	hs_rx_dropped, hs_tx_dropped;
	uint64_t	hs_rx_errors, hs_tx_errors;
	uint64_t	hs_rx_frame_err, hs_rx_over_err, hs_rx_crc_err;
	uint64_t	hs_collisions;
};

/* Transmit.  Consumes.  Packet path. */
void	host_port_xmit(void *hp, struct pkt *);

/*
 * The host may gather frames between receive and flush; the core calls this
 * after a packet-out, the host itself at the end of its receive batch.
 */
void	host_port_info(void *hp, struct host_port_info *);
void	host_port_stats(void *hp, struct host_port_stats *);

/* Port mod: administrative state.  0, or errno (EPERM, EOPNOTSUPP). */
int	host_port_set_up(void *hp, bool up);
/* Port mod: advertised features.  0, EOPNOTSUPP. */
int	host_port_advertise(void *hp, uint32_t features);

/* Queues of a port: fill at most n, return how many there are. */
unsigned int host_port_queues(void *hp, struct host_queue *, unsigned int n);

/* The channel has something to read (or became closed).  Any context. */
void	host_chan_wakeup(void *hc);

/* Name of the switch ("switch0"), for OFPMP_DESC and logs. */
const char *host_switch_name(void *hs);

#endif /* _NET_HOST_H_ */
