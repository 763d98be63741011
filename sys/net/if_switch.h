/*
 * SPDX-License-Identifier: ISC
 *
 * if_switch.h: the switch, as a host sees it.
 *
 * A host creates a switch, adds ports, feeds frames, carries the bytes of the
 * controller's channel, and calls switch_tick once a second.  Everything here
 * but switch_input and switch_chan_readable is process context and may sleep;
 * the core takes the switch's mutex itself.
 *
 * Lifetime: a port or a switch is unpublished first, then the core waits for
 * readers (smr_barrier), then frees.  After switch_port_del returns, the core
 * will not call host functions with that port's hp.
 */
#ifndef _NET_IF_SWITCH_H_
#define _NET_IF_SWITCH_H_

#include "kern.h"
#include "pkt.h"
#include "host.h"

struct switch_softc;
struct switch_port;
struct switch_chan;

enum switch_fail_mode {
	/* Without a controller flows stay and misses drop. */
	SWITCH_FAIL_SECURE,
	/* Without one for sc_fail_delay it is a learning bridge. */
	SWITCH_FAIL_STANDALONE
};

/* Settings of a switch; zero means the default in parentheses. */
struct switch_conf {
	uint64_t	sc_dpid;	/* (made from a random local MAC) */
	enum switch_fail_mode sc_fail_mode;
	uint32_t	sc_fail_delay;	/* s before standalone starts (15) */
	uint32_t	sc_tables;	/* flow tables (254) */
	uint32_t	sc_max_flows;	/* in one table (1048576) */
	uint32_t	sc_max_flows_all; /* in all tables (2097152) */
	uint32_t	sc_max_groups;	/* (1024 of each type) */
	uint32_t	sc_max_buckets;	/* of one group (256) */
	uint32_t	sc_max_meters;	/* (1024) */
	uint32_t	sc_max_buffers;	/* packets kept for packet-in (256) */
	uint32_t	sc_max_chans;	/* controllers at once (16) */
	uint32_t	sc_chan_queue;	/* bytes towards a controller (1 MB) */
	uint32_t	sc_cache;	/* entries of the cache (65536) */
	bool		sc_mpls_after_vlan; /* MPLS behind VLAN tags (no) */
	bool		sc_pieces;	/* one thread does all: no long calls */
	char		sc_dp_desc[256];
	char		sc_serial[32];
};

/* Settings of a port. */
struct switch_port_conf {
	uint32_t	sp_no;		/* OpenFlow port, 0: choose one */
	uint32_t	sp_domains;	/* protected domains 1..31 as bits */
	bool		sp_local;	/* this is OFPP_LOCAL */
	bool		sp_lock_mac;	/* drop sources other than sp_mac */
	uint8_t		sp_mac[6];
};

/* Named counters of everything that did not happen; see switch_drops_name. */
#define SWITCH_NCOUNTERS	64

/* New switch or NULL (no memory).  hs comes back in host_* calls. */
struct switch_softc *switch_create(const struct switch_conf *, void *hs);
void	switch_destroy(struct switch_softc *);

/*
 * Change settings at run time: fail mode and delay, limits, descriptions;
 * dpid only while no controller is connected (EBUSY).  0 or errno.
 */
int	switch_conf_set(struct switch_softc *, const struct switch_conf *);
void	switch_conf_get(struct switch_softc *, struct switch_conf *);

/*
 * Add a port.  0; EEXIST (number or local taken), ENOSPC, EINVAL, ENOMEM.
 * Sends OFPT_PORT_STATUS.  The port is returned for switch_input.
 */
int	switch_port_add(struct switch_softc *, const struct switch_port_conf *,
	    void *hp, struct switch_port **);
void	switch_port_del(struct switch_port *);
/* Something host_port_info reports has changed: read it anew, tell it. */
void	switch_port_changed(struct switch_port *);
int	switch_port_conf_set(struct switch_port *,
	    const struct switch_port_conf *);
void	switch_port_conf_get(struct switch_port *, struct switch_port_conf *);
uint32_t switch_port_no(const struct switch_port *);

/* A frame arrived at a port.  Consumes.  Packet path, any CPU. */
void	switch_input(struct switch_port *, struct pkt *);

/*
 * A controller's channel.  hc comes back in host_chan_wakeup.  One thread at
 * a time may write and one may read.  EBUSY: too many.
 */
int	switch_chan_open(struct switch_softc *, void *hc,
	    struct switch_chan **);
/*
 * An auxiliary connection, id 1..255, of a main one that is up.  It ends with
 * its main channel.  ENOTCONN, EEXIST, EBUSY, EINVAL, ENOMEM.
 */
int	switch_chan_open_aux(struct switch_chan *main, uint8_t id, void *hc,
	    struct switch_chan **);
void	switch_chan_close(struct switch_chan *);
/*
 * Bytes from the controller, any cut: returns bytes taken (all of them unless
 * the output queue is full or a long reply is under way, or with sc_pieces a
 * long change: then take the rest again after a read).
 */
size_t	switch_chan_write(struct switch_chan *, const uint8_t *, size_t);
/*
 * Bytes for the controller: whole messages while one fits into len, else a
 * part of one message.  Returns bytes, 0 when there are none now.
 * While a long reply is being produced, or a change made, 0 may come although
 * the channel is readable: read again soon, but let frames pass first.
 */
size_t	switch_chan_read(struct switch_chan *, uint8_t *, size_t);
bool	switch_chan_readable(struct switch_chan *);
/*
 * Do a piece of the change that is under way: nobody will read any more.
 * False: there is none.
 */
bool	switch_chan_finish(struct switch_chan *);
/* True once the switch wants the channel closed after the queue is empty. */
bool	switch_chan_closing(struct switch_chan *);

/*
 * A fast path below the switch: a host may forward by itself what the core
 * offers it.  An offer says: frames that come in at fo_in with just this key,
 * TCP or UDP over IP, in no fragment and with no more than one VLAN tag, leave
 * unchanged by fo_out.  It holds until fa_stop; then the host credits what it
 * forwarded, forgets the offers if it was told so, and otherwise asks of each
 * whether it is good still before it goes on.  Both functions are called on
 * the packet path or under the mutex and must not call back but for
 * switch_fast_credit.  Only for hosts of one thread.
 */
#define SWITCH_FAST_WORDS	10
struct switch_fast_offer {
	/* words of struct ofp_key, without port and TCP flags: 0 to 4, and, of
	 * an IPv6 packet, 9 to 13 */
	uint64_t		fo_key[SWITCH_FAST_WORDS];
	struct switch_port	*fo_in, *fo_out;
	void			*fo_in_hp, *fo_out_hp;
	uint64_t		fo_birth;	/* of the cache's program */
	uint32_t		fo_prog;
};
struct switch_fast_count {
	uint64_t		fc_packets;	/* on the wire */
	uint64_t		fc_bytes;
	uint64_t		fc_frames;	/* looked up */
	uint64_t		fc_used;	/* ns, the last one */
};
struct switch_fast {
	void	(*fa_offer)(void *hs, const struct switch_fast_offer *);
	void	(*fa_stop)(void *hs, bool forget);
};
void	switch_fast_set(struct switch_softc *, const struct switch_fast *);
/* Is an offer good still?  Not between fa_stop and the end of what called. */
bool	switch_fast_good(struct switch_softc *,
	    const struct switch_fast_offer *);
/* Count for flows, tables and ports; false: the flows are gone. */
bool	switch_fast_credit(struct switch_softc *,
	    const struct switch_fast_offer *, const struct switch_fast_count *);

/*
 * Once a second: timeouts, liveness, standalone, echo.  Only some of the flows
 * that fall due expire at a time, so that nobody waits for a million of them:
 * while tick or expire says true, call switch_expire again soon.
 */
bool	switch_tick(struct switch_softc *);
bool	switch_expire(struct switch_softc *);

/* Counters by name: value and name of counter i, NULL when i is past them. */
const char *switch_counter(struct switch_softc *, unsigned int i, uint64_t *);

#endif /* _NET_IF_SWITCH_H_ */
