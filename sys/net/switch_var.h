/*
 * SPDX-License-Identifier: ISC
 *
 * switch_var.h: the switch from the inside: softc, port, table, flow, group,
 * meter; who locks what; what each file of the core gives to the others.
 *
 * Locks.  One mutex per switch (sc_mutex) for whoever changes something:
 * messages of a controller, the host's port calls, the tick.  Packets take no
 * lock that a writer may hold for long: they run in a read section (smr) and
 * follow pointers that writers publish.  Members are marked
 *
 *	I	set before the object is published, never changed
 *	M	sc_mutex
 *	S	written under sc_mutex with SMR_PTR_SET_LOCKED, read in smr
 *	A	kern_load, kern_store, kern_add64 by anybody
 *	X	a spin lock named beside
 *
 * Order: sc_mutex, then a spin lock; never two spin locks.  Functions marked
 * "M:" below want the mutex held, those marked "S:" a read section, which may
 * be inside the mutex.
 *
 * What is removed is unlinked, then freed by smr_call; so a pointer found in a
 * read section is good until its end, one found under the mutex until then.
 *
 * The agent (switch_chan.c, switch_ofp.c, switch_mp.c) gives the functions at
 * the end of this file; everything else in the core is called by it.
 */
#ifndef _NET_SWITCH_VAR_H_
#define _NET_SWITCH_VAR_H_

#include "kern.h"
#include "pkt.h"
#include "host.h"
#include "if_switch.h"
#include "queue.h"
#include "ofp_action.h"
#include "ofp_flow.h"
#include "ofp_group.h"
#include "ofp_key.h"
#include "ofp_mp.h"
#include "ofp_msg.h"
#include "ofp_oxm.h"

#define SWITCH_NTABLES		255	/* 0..254 */
#define SWITCH_PORT_HASH	256
#define SWITCH_GROUP_HASH	1024
#define SWITCH_METER_HASH	256
#define SWITCH_GROUP_DEPTH	8	/* longest chain of groups */
#define SWITCH_PORT_UNSET	0xfffffff7U	/* EXT-233: no output */
#define SWITCH_MAX_BANDS	16
#define SWITCH_MAX_CHANS	256	/* sc_max_chans is no more */
#define SWITCH_MAX_BUFFERS	65536	/* sc_max_buffers is no more */
#define SWITCH_MAX_TICK		1024	/* flows expired in one go */

union switch_op;
struct switch_agent;		/* the agent's own */
struct switch_cache;
struct switch_class;
struct switch_mask;
struct switch_instr;
struct switch_wheel;
struct switch_fdb;
struct switch_buffers;

/*
 * Named counters: what did not happen, and some of what did.  A row: the name
 * in C, the name that switchctl shows.  Count: switch_count(sc, SWITCH_N_X).
 */
#define SWITCH_COUNTERS(X)						\
	X(RUNT,			"drop_runt")				\
	X(PORT_DOWN,		"drop_port_down")			\
	X(NO_RECV,		"drop_no_recv")				\
	X(LOCK_MAC,		"drop_lock_mac")			\
	X(FRAG,			"drop_fragment")			\
	X(MISS,			"drop_table_miss")			\
	X(NO_OUTPUT,		"drop_no_output")			\
	X(NO_PORT,		"drop_no_such_port")			\
	X(OUT_DOWN,		"drop_output_port_down")		\
	X(NO_FWD,		"drop_no_fwd")				\
	X(IN_PORT,		"drop_output_is_input")			\
	X(PROTECTED,		"drop_protected_domain")		\
	X(METER,		"drop_meter")				\
	X(TTL,			"drop_invalid_ttl")			\
	X(NO_GROUP,		"drop_no_such_group")			\
	X(NO_BUCKET,		"drop_no_live_bucket")			\
	X(DEPTH,		"drop_group_depth")			\
	X(NOMEM,		"drop_no_memory")			\
	X(SECURE,		"drop_no_controller")			\
	X(RESERVED,		"drop_reserved_address")		\
	X(SKIPPED,		"action_skipped")			\
	X(BUFFER_FULL,		"buffer_full")				\
	X(BUFFER_EXPIRED,	"buffer_expired")			\
	X(CACHE_HIT,		"cache_hit")				\
	X(CACHE_MISS,		"cache_miss")				\
	X(CACHE_STALE,		"cache_stale")				\
	X(FAST,			"kernel_forwarded")			\
	X(CACHE_SKIP,		"cache_not_cacheable")			\
	/* the agent's */						\
	X(PUNT,			"packet_in")				\
	X(PUNT_NO_CHAN,		"drop_packet_in_no_channel")		\
	X(PUNT_FULL,		"drop_packet_in_queue_full")		\
	X(PUNT_METER,		"drop_packet_in_meter")			\
	X(PUNT_PORT,		"drop_no_packet_in")			\
	X(MSG_BAD,		"message_bad")				\
	X(CHAN_DEAD,		"channel_silent")			\
	X(MSG_FULL,		"message_queue_full")

#define SWITCH_COUNTER_ENUM(name, str)	SWITCH_N_##name,
enum switch_counter {
	SWITCH_COUNTERS(SWITCH_COUNTER_ENUM)
	SWITCH_N_COUNT
};
CTASSERT(SWITCH_N_COUNT <= SWITCH_NCOUNTERS);

/* sp_count: counters of a port. */
enum switch_port_counter {
	SWITCH_PORT_RX_PACKETS,
	SWITCH_PORT_RX_BYTES,
	SWITCH_PORT_TX_PACKETS,
	SWITCH_PORT_TX_BYTES,
	SWITCH_PORT_RX_DROPPED,
	SWITCH_PORT_TX_DROPPED,
	SWITCH_PORT_NCOUNT
};

struct switch_port {
	struct switch_port	*sp_hnext;	/* S: sc_ports */
	TAILQ_ENTRY(switch_port) sp_entry;	/* M: sc_portlist, by number */
	struct switch_softc	*sp_sc;		/* I */
	void			*sp_hp;		/* I: the host's */
	uint32_t		 sp_no;		/* M: A; OpenFlow number */
	bool			 sp_local;	/* I: is OFP_P_LOCAL */
	bool			 sp_lock_mac;	/* A */
	uint8_t			 sp_mac[6];	/* M: written while sp_lock_mac
						   is off */
	uint32_t		 sp_domains;	/* A: protected domains */
	uint32_t		 sp_config;	/* A: OFP_PC_* */
	uint32_t		 sp_state;	/* A: OFP_PS_* */
	struct host_port_info	 sp_info;	/* M */
	struct kern_pcpu64	 sp_count;
	uint64_t		 sp_created;	/* I: ns */
};
TAILQ_HEAD(switch_port_list, switch_port);

/* All ports at a glance, for floods; a new one for each change. */
struct switch_portv {
	struct smr_entry	 pv_smr;
	uint32_t		 pv_n;
	struct switch_port	*pv_port[];
};

/*
 * A flow.  Its match is the mask that it shares with others (sf_mask) and the
 * key cut down to the words in that mask.
 */
struct switch_flow {
	struct switch_flow	*sf_hnext;	/* S: hash chain of sf_mask */
	struct switch_mask	*sf_mask;	/* I */
	struct switch_instr	*sf_instr;	/* S: shared among flows */
	uint64_t		 sf_packets;	/* A */
	uint64_t		 sf_bytes;	/* A */
	uint64_t		 sf_used;	/* A: ns, last packet */
	uint64_t		 sf_created;	/* M: ns */
	uint64_t		 sf_seq;	/* I: how many came before */
	uint64_t		 sf_cookie;	/* I */
	uint64_t		 sf_fields;	/* I: m_fields of the match */
	TAILQ_ENTRY(switch_flow) sf_entry;	/* M: st_flows, oldest first */
	TAILQ_ENTRY(switch_flow) sf_timer;	/* M: if a timeout is set */
	struct smr_entry	 sf_smr;
	uint32_t		 sf_hash;	/* I: of the masked key */
	uint16_t		 sf_priority;	/* I */
	uint16_t		 sf_idle;	/* I: s */
	uint16_t		 sf_hard;	/* I: s */
	uint8_t			 sf_flags;	/* M: OFP_FF_* */
	uint8_t			 sf_table;	/* I */
	uint8_t			 sf_nwords;	/* I: of sf_key */
	bool			 sf_miss;	/* I: is the table-miss entry */
	uint16_t		 sf_slot;	/* M: of the timing wheel */
	uint64_t		 sf_key[];	/* I: sf_mask's words */
};
TAILQ_HEAD(switch_flow_list, switch_flow);

/* st_count: counters of a table; lookups are matched + missed. */
enum { SWITCH_TABLE_MATCHED, SWITCH_TABLE_MISSED, SWITCH_TABLE_NCOUNT };

struct switch_table {
	struct switch_softc	*st_sc;		/* I */
	struct switch_class	*st_class;	/* I: the lookup structure */
	struct switch_flow_list	 st_flows;	/* M */
	uint32_t		 st_nflows;	/* M */
	uint32_t		 st_max;	/* M: limit */
	uint32_t		 st_config;	/* M: of OFPT_TABLE_MOD */
	uint8_t			 st_id;		/* I */
	bool			 st_disabled;	/* M: by table features */
	char			 st_name[33];	/* M */
	struct kern_pcpu64	 st_count;
	struct ofp_table_features *st_features;	/* M: NULL: all */
};

/* A group bucket, compiled: its actions in the order of an action set. */
struct switch_bucket {
	uint16_t		 sb_weight;	/* I */
	uint32_t		 sb_watch_port;	/* I */
	uint32_t		 sb_watch_group; /* I */
	uint32_t		 sb_op, sb_nop;	/* I: words of gc_ops */
	uint64_t		 sb_packets;	/* A */
	uint64_t		 sb_bytes;	/* A */
};

/* What OFPT_GROUP_MOD gave: replaced as a whole. */
struct switch_group_conf {
	struct smr_entry	 gc_smr;
	size_t			 gc_size;	/* I: of the allocation */
	uint8_t			 gc_type;	/* I: OFP_GT_* */
	uint32_t		 gc_nbuckets;	/* I */
	uint16_t		 gc_len;	/* I */
	uint8_t			*gc_wire;	/* I: buckets as they came */
	union switch_op		*gc_ops;	/* I */
	struct switch_bucket	 gc_bucket[];
};

struct switch_group {
	struct switch_group	*gr_hnext;	/* S */
	TAILQ_ENTRY(switch_group) gr_entry;	/* M: sc_grouplist, by id */
	struct switch_group_conf *gr_conf;	/* S */
	uint32_t		 gr_id;		/* I */
	uint32_t		 gr_refs;	/* M: flows and groups */
	uint32_t		 gr_depth;	/* M: in the last loop check */
	uint64_t		 gr_mark;	/* M: last walk to meet it */
	uint64_t		 gr_packets;	/* A */
	uint64_t		 gr_bytes;	/* A */
	uint64_t		 gr_created;	/* I: ns */
	struct smr_entry	 gr_smr;
};
TAILQ_HEAD(switch_group_list, switch_group);

struct switch_band {
	uint16_t		 bn_type;	/* I: OFP_MBT_* */
	uint8_t			 bn_prec;	/* I */
	uint32_t		 bn_rate;	/* I: kb/s or packets/s */
	uint32_t		 bn_burst;	/* I: kb or packets, as given */
	int64_t			 bn_full;	/* I: most tokens */
	int64_t			 bn_tokens;	/* X: me_spin */
	uint64_t		 bn_packets;	/* X: me_spin */
	uint64_t		 bn_bytes;	/* X: me_spin */
};

struct switch_meter {
	struct switch_meter	*me_hnext;	/* S */
	TAILQ_ENTRY(switch_meter) me_entry;	/* M: sc_meterlist, by id */
	uint32_t		 me_id;		/* I */
	uint32_t		 me_refs;	/* M: flows */
	uint64_t		 me_created;	/* I: ns */
	struct smr_entry	 me_smr;
	struct kern_spin	 me_spin;
	uint16_t		 me_flags;	/* X: me_spin; OFP_MF_* */
	uint8_t			 me_nbands;	/* X: me_spin */
	uint64_t		 me_time;	/* X: me_spin; refilled, ns */
	uint64_t		 me_packets;	/* X: me_spin */
	uint64_t		 me_bytes;	/* X: me_spin */
	struct switch_band	 me_band[SWITCH_MAX_BANDS];	/* X */
};
TAILQ_HEAD(switch_meter_list, switch_meter);

/* A walk over flows that is going on; see switch_flow_iter_start. */
struct switch_flow_iter {
	TAILQ_ENTRY(switch_flow_iter) it_entry;	/* M: sc_iters */
	struct ofp_flow_req	 it_req;
	unsigned int		 it_table;	/* where next is */
	struct switch_flow	*it_next;
	struct switch_change	*it_change;	/* it is part of, or NULL */
	bool			 it_done;
	bool			 it_active;
};
TAILQ_HEAD(switch_iter_list, switch_flow_iter);

/* A change of many flows that is under way; see switch_change_flow_mod. */
struct switch_change {
	struct switch_flow_iter	 cg_iter;
	uint64_t		 cg_seq;	/* later ones are not meant */
	struct switch_instr	*cg_instr;	/* theirs; NULL: deleted */
	uint32_t		 cg_group;	/* who names it; or ANY */
	uint32_t		 cg_meter;	/* the same; or 0 */
	uint8_t			 cg_reason;	/* OFP_RR_*, of a deletion */
	bool			 cg_reset;	/* counters */
	bool			 cg_active;	/* A: */
};

struct switch_softc {
	/* what packets read */
	struct switch_port	*sc_ports[SWITCH_PORT_HASH];	/* S */
	struct switch_portv	*sc_portv;			/* S */
	/* S: NULL until its first flow */
	struct switch_table	*sc_tables[SWITCH_NTABLES];
	struct switch_group	*sc_groups[SWITCH_GROUP_HASH];	/* S */
	struct switch_meter	*sc_meters[SWITCH_METER_HASH];	/* S */
	struct switch_cache	*sc_cache;	/* S */
	uint64_t		 sc_births;	/* X: of its ca_spin */
	struct kern_pcpu64	 sc_counters;
	const struct switch_fast *sc_fast;	/* I: the host's, or NULL */
	bool			 sc_standalone;	/* A: act as a bridge */
	uint8_t			 sc_frag;	/* A: OFP_FRAG_*; the agent's */
	bool			 sc_mpls_after_vlan;	/* A */

	/* what writers share */
	struct kern_mutex	 sc_mutex;
	void			*sc_hs;		/* I: the host's */
	struct switch_conf	 sc_conf;	/* M: all defaults filled in */
	struct switch_port_list	 sc_portlist;	/* M */
	struct switch_port	*sc_local;	/* M: or NULL */
	uint32_t		 sc_nflows;	/* M: in all tables */
	uint64_t		 sc_flowseq;	/* M: sf_seq of the next flow */
	bool			 sc_undoing;	/* M: what was there comes
						   back: limits are not asked */
	struct switch_iter_list	 sc_iters;	/* M */
	struct switch_flow_list	 sc_gone;	/* M: to be forgotten */
	struct switch_wheel	*sc_wheel;	/* M */
	struct switch_instr	**sc_instrs;	/* M: hash of shared ones */
	uint32_t		 sc_ninstrs;	/* M */
	uint32_t		 sc_instrmask;	/* M */
	struct switch_group_list sc_grouplist;	/* M */
	uint32_t		 sc_ngroups[OFP_GT_COUNT]; /* M */
	uint64_t		 sc_groupmark;	/* M: of the walk going on */
	struct switch_meter_list sc_meterlist;	/* M */
	uint32_t		 sc_nmeters;	/* M */
	struct switch_fdb	*sc_fdb;	/* I: what NORMAL has learned */
	struct switch_buffers	*sc_buffers;	/* I */
	uint64_t		 sc_created;	/* I: ns */
	uint64_t		 sc_lost;	/* M: ns, no controller since */

	/* the agent's */
	struct switch_agent	*sc_agent;	/* I */
	uint32_t		 sc_nchans;	/* M: controllers connected */
};

static inline void
switch_count(struct switch_softc *sc, enum switch_counter n)
{
	kern_pcpu_add(&sc->sc_counters, n, 1);
}

/*
 * Something changes: the host does nothing by itself any more, and counters
 * are right.  M: or on the packet path.
 */
static inline void
switch_fast_stop(struct switch_softc *sc, bool forget)
{
	if (unlikely(sc->sc_fast != NULL))
		sc->sc_fast->fa_stop(sc->sc_hs, forget);
}

/*
 * switch_port.c
 */
/* S: or under the mutex.  A number, or OFP_P_LOCAL; NULL: there is none. */
struct switch_port *switch_port_find(struct switch_softc *, uint32_t no);
/* M: the first port with a number above no (LOCAL is the last); NULL: end. */
struct switch_port *switch_port_after(struct switch_softc *, uint32_t no);
#define switch_port_first(sc)	switch_port_after(sc, 0)
/* M: */
void	switch_port_desc(struct switch_port *, struct ofp_port *);
void	switch_port_stats(struct switch_port *, struct ofp_port_stats *);
enum ofp_error switch_port_mod(struct switch_softc *,
	    const struct ofp_port_mod *);
/* Live: link and administratively up.  S: */
bool	switch_port_live(struct switch_softc *, uint32_t no);
/* M: fill at most n queues, return how many there are. */
unsigned int switch_port_queues(struct switch_port *, struct host_queue *,
	    unsigned int n);
/* True when a flow may name this output port (present or not). */
bool	switch_port_legal(uint32_t no);

/*
 * switch_table.c: flows.
 */
/*
 * M: what OFPT_FLOW_MOD says but the buffer, by f_command; f_table was checked
 * by nobody.  All or nothing.
 */
enum ofp_error switch_flow_mod(struct switch_softc *, const struct ofp_flow *);
/* M: would switch_flow_mod refuse it, memory and limits aside?  (bundles) */
enum ofp_error switch_flow_mod_check(struct switch_softc *,
	    const struct ofp_flow *);
/* M: the table, made if it is not there yet; NULL: no memory or bad id. */
struct switch_table *switch_table_get(struct switch_softc *, uint8_t id);
/* M: number of flow tables that may be used: ids 0 .. n-1. */
unsigned int switch_table_count(struct switch_softc *);
/* M: any id below switch_table_count. */
void	switch_table_stats(struct switch_softc *, uint8_t id,
	    struct ofp_table_stats *);
/* M: remove all flows of a table; no flow-removed (table features). */
void	switch_table_flush(struct switch_softc *, uint8_t id);

/*
 * M: walk over the flows that fit a request.  next returns NULL either at the
 * end (it_done) or when *budget flows were looked at; the mutex may be left
 * and entered between calls of next.  A flow that is there throughout is seen
 * exactly once.  A walk that was started must be stopped.
 */
void	switch_flow_iter_start(struct switch_softc *, struct switch_flow_iter *,
	    const struct ofp_flow_req *);
struct switch_flow *switch_flow_iter_next(struct switch_softc *,
	    struct switch_flow_iter *, unsigned int *budget);
void	switch_flow_iter_stop(struct switch_softc *, struct switch_flow_iter *);

/* M: all that a flow says of itself; fs_instr points into the flow. */
void	switch_flow_stats(struct switch_flow *, struct ofp_flow_stats *);
void	switch_flow_match(struct switch_flow *, struct ofp_match *);
void	switch_flow_removed(struct switch_flow *, uint8_t reason,
	    struct ofp_flow_removed *);
/* M: the flow with this match and priority, or NULL. */
struct switch_flow *switch_flow_find(struct switch_softc *, uint8_t table,
	    const struct ofp_match *, uint16_t priority);
/* M: make a flow as old as another was; its timeouts end when those would. */
void	switch_flow_age(struct switch_softc *, struct switch_flow *,
	    uint64_t created, uint64_t used);
/*
 * M: flows that switch_undo_keep took.  Put one back as it was: 0, ENOMEM.
 * Forget those in sc_gone, at most budget: true: there are more.
 */
int	switch_flow_restore(struct switch_softc *, struct switch_flow *);
bool	switch_flows_forget(struct switch_softc *, unsigned int budget);
/* M: does a flow fit the filter of a request (OFPMP_FLOW, flow monitor)? */
bool	switch_flow_fits(struct switch_flow *, const struct ofp_flow_req *);

/*
 * switch_change.c: changes of many flows, in pieces.
 */
#define SWITCH_CHANGE_PIECE	256	/* flows looked at under the mutex */
#define SWITCH_CHANGE_WHOLE	1024	/* up to so many at once */
/*
 * M: as switch_flow_mod; a change of many flows is only begun (cg_active), and
 * goes on with each step, until that returns false.  The mutex may be left and
 * entered in between.  Flows that were added after it began are left alone.
 */
enum ofp_error switch_change_flow_mod(struct switch_softc *,
	    const struct ofp_flow *, struct switch_change *);
/*
 * M: the same for what flows name, a group or meter or all of them, which is
 * about to be deleted.  False: there are few flows, delete it.
 */
bool	switch_change_group(struct switch_softc *, uint32_t id,
	    struct switch_change *);
bool	switch_change_meter(struct switch_softc *, uint32_t id,
	    struct switch_change *);
bool	switch_change_step(struct switch_softc *, struct switch_change *);

/*
 * switch_group.c
 */
/* M: a message that its decoder took; so are meter_mod's and port_mod's. */
enum ofp_error switch_group_mod(struct switch_softc *,
	    const struct ofp_group *);
struct switch_group *switch_group_find(struct switch_softc *, uint32_t id);
/* M: is it named by another group? */
bool	switch_group_chained(struct switch_softc *, struct switch_group *);
/* M: the first group with an id of at least id; NULL: end. */
struct switch_group *switch_group_from(struct switch_softc *, uint32_t id);
/* M: begin, buckets, end: one entry of OFPMP_GROUP. */
void	switch_group_stats(struct switch_group *, struct ofp_wr *);
/* M: gd_buckets points into the group. */
void	switch_group_desc(struct switch_group *, struct ofp_group_desc *);
void	switch_group_features(struct switch_softc *,
	    struct ofp_group_features *);

/*
 * switch_meter.c
 */
enum ofp_error switch_meter_mod(struct switch_softc *,
	    const struct ofp_meter *);		/* M: */
struct switch_meter *switch_meter_find(struct switch_softc *, uint32_t id);
struct switch_meter *switch_meter_from(struct switch_softc *, uint32_t id);
void	switch_meter_stats(struct switch_meter *, struct ofp_wr *);
/* M: one entry of OFPMP_METER_CONFIG, with its bands. */
void	switch_meter_config(struct switch_meter *, struct ofp_wr *);
void	switch_meter_features(struct switch_softc *,
	    struct ofp_meter_features *);
/*
 * S: a packet goes through a meter: true when it may go on; *prec is raised by
 * how much its drop precedence must rise.  A meter that is not there passes
 * everything.  The agent asks for OFP_M_CONTROLLER before a packet-in.
 */
bool	switch_meter_pass(struct switch_softc *, uint32_t id, uint32_t len,
	    uint32_t packets, uint8_t *prec);

/*
 * switch_buffer.c: packets kept for the controller.
 */
/* S: any context.  Keeps a second handle.  OFP_NO_BUFFER: no room. */
uint32_t switch_buffer_put(struct switch_softc *, const struct pkt *,
	    uint32_t in_port);
/* The packet, which is then the caller's; BUFFER_UNKNOWN or BUFFER_EMPTY. */
enum ofp_error switch_buffer_take(struct switch_softc *, uint32_t id,
	    struct pkt *, uint32_t *in_port);
/* The same question without taking it. */
enum ofp_error switch_buffer_check(struct switch_softc *, uint32_t id);

/*
 * switch_pipeline.c
 */
/*
 * M: what OFPT_PACKET_OUT says: actions are a checked list.  Consumes p, also
 * when it fails.  in_port is checked here (BAD_PORT).
 */
enum ofp_error switch_packet_out(struct switch_softc *, uint32_t in_port,
	    struct ofp_rd actions, struct pkt *);
/* M: may be done (groups and ports exist)?  Same errors, no effect. */
enum ofp_error switch_packet_out_check(struct switch_softc *,
	    uint32_t in_port, struct ofp_rd actions);
/* M: a buffered packet of a flow mod: from table 0 on.  Consumes p. */
void	switch_packet_resume(struct switch_softc *, uint32_t in_port,
	    struct pkt *);

/*
 * What the agent gives to the core.
 */

/* Why and in which state a packet goes to the controllers. */
struct switch_punt {
	uint8_t		pu_reason;	/* OFP_R_* */
	uint8_t		pu_table;
	uint16_t	pu_max_len;	/* OFP_CML_NO_BUFFER: the whole packet;
					   of a table-miss flow as of others */
	uint64_t	pu_cookie;	/* all ones: no flow */
	uint32_t	pu_in_port;
	uint32_t	pu_in_phy_port;
	uint64_t	pu_metadata;
	uint64_t	pu_tunnel_id;
};

/* 0 or ENOMEM; sets and frees sc_agent. */
int	switch_agent_create(struct switch_softc *);
void	switch_agent_destroy(struct switch_softc *);
/* M: once a second, after flows expired. */
void	switch_agent_tick(struct switch_softc *);
/*
 * S: any context, with or without the mutex: queue a packet-in for every
 * controller that wants it.  The packet stays the caller's and is unchanged;
 * it is never a super-frame.
 */
void	switch_punt(struct switch_softc *, const struct pkt *,
	    const struct switch_punt *);
/* M: a flow with SEND_FLOW_REM is going; OFP_RR_*. */
void	switch_flow_removed_notify(struct switch_softc *, struct switch_flow *,
	    uint8_t reason);
/* M: OFP_PR_* */
void	switch_port_status_notify(struct switch_softc *, struct switch_port *,
	    uint8_t reason);
/* M: flow monitor: the flow was added, changed or is going. */
enum switch_flow_event {
	SWITCH_FLOW_ADDED, SWITCH_FLOW_MODIFIED, SWITCH_FLOW_DELETED
};
void	switch_flow_event_notify(struct switch_softc *, struct switch_flow *,
	    enum switch_flow_event, uint8_t reason);
/*
 * M: a flow is out of its table.  True: the agent keeps it, until it is
 * restored or put into sc_gone.
 */
bool	switch_undo_keep(struct switch_softc *, struct switch_flow *);

#endif /* _NET_SWITCH_VAR_H_ */
