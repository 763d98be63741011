/*
 * SPDX-License-Identifier: ISC
 *
 * dp.h: the switches we control, each known by its datapath id.
 *
 * A datapath outlives its connections: hosts and ports stay known for a while
 * when it goes away, and its flows are read back, compared and kept when it
 * returns or when we do.
 *
 *	dp.c		registry, connections, messages by type
 *	dp_setup.c	from FEATURES_REPLY to working: ask, read, install
 *	dp_sync.c	flows read back: adopt, keep, delete; ageing
 *	dp_flow.c	our flows: cookies, priorities, encoding
 *	dp_flood.c	how a switch floods
 *	dp_guard.c	packet-ins that are too many
 *	dp_meter.c	the same in the switch, by meters
 *	dp_room.c	how many fit, and who goes when they do not
 *	dp_learn.c	packet-in to answer; moves, ports going down
 *	dp_find.c	what was found out, for switchctl show profile
 *
 * Two ways to program a switch (enum dp_mode):
 *
 * PIPELINE, where there are two tables.  The first knows sources: a frame of
 * a known host on its port goes on, all others are copied to us and go on as
 * well.  The second knows destinations, and floods what it does not know.  A
 * host costs two flows, no frame ever waits for us, and the switch itself
 * floods.  The source's idle timeout is the host's age.
 *
 * REACTIVE, with one table or OpenFlow 1.0.  What has no flow comes to us and
 * goes back with a flow for (port, VLAN, source, destination): known unicast
 * to its port, broadcast and multicast to be flooded by the switch from then
 * on.  Unknown unicast is flooded by a packet-out, and if it goes on, by a
 * flow of two seconds.  Where that many flows do not fit, one for (VLAN,
 * destination) does for all sources (d_coarse); broadcasts then come to us and
 * tell of hosts and moves.
 */
#ifndef _SWITCHD_DP_H_
#define _SWITCHD_DP_H_

#include <sys/queue.h>

#include <net/ofp10.h>
#include <net/ofp_flow.h>
#include <net/ofp_l2.h>
#include <net/ofp_mp.h>

#include "conn.h"
#include "counter.h"
#include "ctl.h"
#include "learn.h"

/* Cookies of our flows: a prefix, and in the last byte what it is for. */
#define DP_COOKIE	0x5357444300000000ULL	/* "SWDC" */
#define DP_COOKIE_MASK	0xffffffff00000000ULL
enum dp_role {
	DP_ROLE_NONE,
	DP_ROLE_RESERVED,	/* 802.1D addresses: drop */
	DP_ROLE_MISS,		/* REACTIVE: the table-miss */
	DP_ROLE_COPY,		/* PIPELINE: the table-miss of sources */
	DP_ROLE_FLOOD,		/* PIPELINE: unknown destinations */
	DP_ROLE_PASS,		/* PIPELINE: a table before the first */
	DP_ROLE_SRC,		/* PIPELINE: a host behind its port */
	DP_ROLE_DST,		/* PIPELINE: to a host */
	DP_ROLE_PAIR,		/* REACTIVE: host to host */
	DP_ROLE_GROUP,		/* REACTIVE: host to broadcast or multicast */
	DP_ROLE_BRIEF,		/* REACTIVE: for two seconds, not to be kept */
	DP_ROLE_TO,		/* REACTIVE, d_coarse: anybody to a host */
	DP_ROLE_ARP,		/* as MISS or COPY, with another meter */
	DP_ROLE_COUNT
};

/* The two tables; only the first where one does all. */
enum dp_table { DP_TABLE_SRC, DP_TABLE_DST, DP_TABLES };

/* Priorities: miss 0, ours well below everybody's default of 32768. */
#define DP_PRIO_ARP		1
#define DP_PRIO_TO		90
#define DP_PRIO_LEARNED		100
#define DP_PRIO_RESERVED	200

/* Reserved 802.1D addresses: 01-80-c2-00-00-0x. */
#define DP_RESERVED		0x0180c2000000ULL
#define DP_RESERVED_MASK	0xfffffffffff0ULL

/* xids of what the learning sends: errors to it are told by this. */
#define DP_XID_LEARN	0xf0000000U
/* Last byte: a role, or one of these. */
#define DP_XID_FLOOD	0xf00000f0U	/* packet-outs, plus the form */
#define DP_XID_GROUP	0xf00000feU
#define DP_XID_METER	0xf00000f8U	/* plus which */

/* Marks of a host: flows that we know to be there. */
#define DP_MARK_SRC	0x1ULL
#define DP_MARK_DST	0x2ULL
#define DP_MARK_FOUND	0x4ULL	/* read back just now, or sent since */

/* Its meters of ours: dp_meter.c. */
enum dp_meter { DP_METER_OTHER, DP_METER_ARP, DP_METERS };

/* How it floods, in the order that is tried: dp_flood.c. */
enum dp_flood {
	DP_FLOOD_FLOOD, DP_FLOOD_ALL, DP_FLOOD_GROUP, DP_FLOOD_LIST,
	DP_FLOOD_COUNT
};
/* Outputs, or a group instead. */
struct dp_outs {
	const uint32_t	*o_out;
	uint32_t	 o_group;	/* 0: none */
	uint16_t	 o_nout;
};

enum dp_mode { DP_REACTIVE, DP_PIPELINE };
enum dp_state {
	DP_DOWN,		/* no connection */
	DP_ASK,			/* what are you? */
	DP_READ,		/* which of our flows do you have? */
	DP_BASE,		/* base flows sent, a barrier behind them */
	DP_UP
};

struct dp_port {
	uint32_t	dt_no;
	uint32_t	dt_max;		/* hosts behind it; 0: no limit */
	bool		dt_down;
	bool		dt_no_flood;	/* 1.0: NO_FLOOD is set */
	char		dt_name[17];
};

/* One finding of the probing, for switchctl show profile. */
struct dp_find {
	LIST_ENTRY(dp_find) fi_entry;
	unsigned int	 fi_count;		/* switches that have it */
	const char	*fi_name;
	const char	*fi_why;
	char		 fi_value[32];
};

/* What a flow that was read back says. */
struct dp_found {
	enum dp_role	 fo_role;
	uint64_t	 fo_src, fo_dst;
	uint32_t	 fo_in_port, fo_out;	/* out 0: none */
	uint32_t	 fo_group, fo_meter;	/* the same */
	uint32_t	 fo_outs, fo_sum;	/* how many, all of them */
	uint32_t	 fo_age;		/* s / DP_AGE_UNIT */
	uint16_t	 fo_vlan;
};

/* Learned flows of a table. */
struct dp_room {
	uint32_t	ro_flows;	/* there, as far as we know */
	uint32_t	ro_pass;	/* the same, counted by a reading */
	uint32_t	ro_going;	/* sent away, FLOW_REMOVED to come */
	uint32_t	ro_max, ro_told; /* that fit; the switch's word */
	uint32_t	ro_since;	/* s, when ro_max was found */
	uint32_t	ro_wait, ro_step; /* s; more that are tried */
	bool		ro_full;	/* it said so, once */
	bool		ro_found;	/* and since it was read */
};
#define DP_ROOM_ANY	UINT32_MAX
#define DP_REFUSED_LEN	512

#define DP_PASS_MAX	3

/* Tables that are looked at: the first ones. */
#define DP_SETUP_TABLES	8

/* What only matters until the switch is up. */
struct dp_setup {
	uint32_t	su_first, su_last;	/* xids of the state */
	uint32_t	su_barrier, su_read;
	uint32_t	su_since;		/* s */
	unsigned int	su_errors, su_flood_errors, su_meter_errors;
	char		su_error[64];		/* the first one */
	bool		su_barrier_ok;
	bool		su_features;		/* some came */
	bool		su_features_due;	/* neither all nor an error */
	uint32_t	su_features_xid;
	const char	*su_barrier_said;	/* or NULL: nothing yet */
	bool		su_settled;		/* by flows found there */
	bool		su_flood;		/* so is how it floods */
	bool		su_changed;		/* ports or rate, meanwhile */
	struct {
		uint8_t	ps_table, ps_goto;
	}		su_pass[DP_PASS_MAX];	/* until a plan is made */
	unsigned int	su_npass;
	/* Table features: which table can be first, which second. */
	struct dp_setup_table {
		uint8_t		st_id;
		bool		st_src, st_dst;
		uint32_t	st_max;		/* entries */
		uint8_t		st_next[32];	/* goto, bit per table */
	}		su_table[DP_SETUP_TABLES];
	unsigned int	su_ntables;
};

struct dp {
	TAILQ_ENTRY(dp)	 d_entry;
	struct dp	*d_chain;		/* of the hash by d_id */
	uint64_t	 d_id;
	struct conn	*d_conn;		/* the main one, or NULL */
	struct learn	 d_learn;
	struct dp_port	*d_ports;
	struct dp_setup	*d_setup;
	struct dp_find	**d_profile;
	char		*d_name;
	char		*d_desc;
	uint32_t	 d_number;
	uint32_t	 d_since;		/* s, of d_state */
	uint32_t	 d_timeout;		/* s; 0: hosts never age */
	uint32_t	 d_rate;		/* packet-ins a port, 0: any */
	uint32_t	 d_meter_top;		/* of ours, or 0 */
	uint32_t	 d_meter_max;		/* that it has */
	/* Bit for each: an error; others have it. */
	uint8_t		 d_meter_refused, d_meter_exists;
	bool		 d_meter_set;		/* they are there */
	struct dp_guard	*d_guard;		/* or NULL: dp_guard.c */
	uint32_t	 d_flows;		/* ours, as far as we know */
	struct dp_room	 d_room[DP_TABLES];
	struct dp_room_work *d_room_work;	/* or NULL */
	uint32_t	 d_room_at;		/* s, last looked for some */
	uint32_t	 d_coarse_since, d_coarse_wait;	/* s */
	uint8_t		*d_refused;		/* or NULL, see dp_room.c */
	uint32_t	 d_refused_since, d_refused_wait; /* s */
	uint8_t		 d_room_wanted;		/* bit per table */
	bool		 d_coarse;		/* flows by destination */
	bool		 d_no_coarse;		/* it refuses them */
	uint32_t	 d_synced;		/* s, last read back */
	uint32_t	 d_sync_xid;		/* of a reading back, or 0 */
	uint32_t	 d_sync_since;		/* s */
	uint32_t	 d_copies;		/* for hosts that have flows */
	uint64_t	 d_unknown;		/* seen lately, by hash */
	uint32_t	 d_brief;		/* s of brief flows, lately */
	uint8_t		 d_nprofile;
	uint16_t	 d_nports;
	uint16_t	 d_naux;		/* auxiliary connections */
	uint8_t		 d_state;		/* enum dp_state */
	uint8_t		 d_mode;		/* enum dp_mode */
	uint8_t		 d_flood;		/* enum dp_flood */
	uint8_t		 d_plan;		/* dp_setup.c */
	uint8_t		 d_table_src, d_table_dst;
	uint8_t		 d_pass[DP_PASS_MAX];	/* tables on the way to them */
	uint8_t		 d_npass, d_pass_found;
	bool		 d_no_in_port;		/* REACTIVE: pairs without */
	uint8_t		 d_tables;
	uint8_t		 d_kind;		/* enum ctl_switch_kind */
	uint8_t		 d_version;
	bool		 d_sync_wanted;
	bool		 d_port_max;		/* some port has a limit */
	uint16_t	 d_base;		/* base flows found, by role */
	uint32_t	 d_error_at;		/* s, of d_errors */
	uint32_t	 d_errors;		/* logged in that second */
	uint32_t	 d_error_kinds;		/* those, by hash */
	struct counters	 d_counters;
};
TAILQ_HEAD(dp_list, dp);

extern struct dp_list	dp_list;
extern uint32_t		dp_count;
extern uint32_t		dp_max;		/* switches; a test may want others */
extern uint32_t		dp_limit;	/* hosts per switch, -c */
extern uint32_t		dp_timeout;	/* s, -t */
extern uint32_t		dp_rate;	/* packet-ins a second of a port */
extern struct counters	dp_nobody;	/* what is no switch's (any more) */

/* What the process wants to know of us; members may be NULL. */
struct dp_hooks {
	void	(*dh_event)(struct dp *, const char *text);
	void	(*dh_tap)(struct dp *, struct conn *, bool sent,
		    const uint8_t *, size_t);
	/* The answer to a request passed on, false when it is none. */
	bool	(*dh_reply)(struct dp *, const struct ofp_hdr *,
		    const uint8_t *);
	void	(*dh_gone)(struct dp *);
	/* May it be that datapath?  Asked before anything is made of it. */
	bool	(*dh_admit)(uint64_t dpid, struct conn *);
	/* Who it is becomes known. */
	void	(*dh_attach)(struct dp *, struct conn *);
	/* Hosts allowed behind a port of that name; 0: no limit. */
	uint32_t (*dh_port_max)(const struct dp *, uint32_t no,
		    const char *name);
	void	(*dh_closed)(struct conn *, const char *why);
};
extern struct dp_hooks	dp_hooks;
extern bool		dp_events;	/* somebody listens to dh_event */

/* dp.c */
void		 dp_init(struct event_base *);
/* Once a second. */
void		 dp_tick(void);
struct dp	*dp_find_id(uint64_t);
/* What selects it: see struct ctl_select.  NULL with a sentence in err. */
struct dp	*dp_select(const char *, struct dp *after, char *err, size_t);
void		 dp_set_name(struct dp *, const char *);
const char	*dp_addr(const struct dp *);
void		 dp_set_state(struct dp *, enum dp_state);
void		 dp_event(struct dp *, const char *, ...)
		    __printflike(2, 3);
const struct dp_port *dp_port_find(const struct dp *, uint32_t no);
const char	*dp_port_name(const struct dp *, uint32_t);
/* Ask anew how many hosts may be behind each port. */
void		 dp_port_limits(struct dp *);
void		 dp_port_update(struct dp *, const struct ofp_port *,
		    bool gone);
void		 dp_ports_changed(struct dp *);

/* dp_setup.c */
void		 dp_setup_start(struct dp *);
void		 dp_setup_free(struct dp *);
void		 dp_setup_tick(struct dp *, uint32_t now);
void		 dp_setup_multipart(struct dp *, const struct ofp_mp *,
		    struct ofp_rd *);
bool		 dp_setup_barrier(struct dp *, uint32_t xid);
bool		 dp_setup_error(struct dp *, uint32_t xid,
		    const struct ofp_error_msg *);
void		 dp_setup_found(struct dp *, const struct dp_found *,
		    const struct ofp_flow_stats *);
void		 dp_setup_pass(struct dp *, const struct ofp_flow_stats *);
void		 dp_setup_read_done(struct dp *);

/* dp_find.c; name and why: not copied */
void		 dp_profile(struct dp *, const char *name, const char *why,
		    const char *, ...) __printflike(4, 5);
void		 dp_profile_forget(struct dp *);

/* dp_sync.c */
void		 dp_sync_start(struct dp *);
/* Soon: at once, if that was not done within this second already. */
void		 dp_sync_want(struct dp *);
void		 dp_sync_reply(struct dp *, struct ofp_rd *, bool more);
void		 dp_sync_end(struct dp *, bool whole);
/* A reading ends, however that may be. */
void		 dp_sync_settle(struct dp *);
void		 dp_sync_tick(struct dp *, uint32_t now);

/* dp_flow.c */
void		 dp_flow_begin(const struct dp *, struct ofp_l2_flow *,
		    enum dp_role, enum ofp_flow_command);
void		 dp_flow_send(struct dp *, struct conn *,
		    struct ofp_l2_flow *);
uint16_t	 dp_flow_base(struct dp *, uint16_t have);
bool		 dp_flow_base_same(struct dp *, enum dp_role,
		    const struct ofp_flow_stats *);
bool		 dp_flow_base_over(struct dp *, enum dp_role,
		    const struct ofp_flow_stats *);
void		 dp_flow_trial(struct dp *, bool hosts, bool flood);
void		 dp_flow_floods(const struct dp *, uint32_t in_port,
		    struct ofp_l2_flow *);
bool		 dp_flow_src(struct dp *, enum ofp_flow_command,
		    const struct learn_host *, uint32_t port);
bool		 dp_flow_dst(struct dp *, enum ofp_flow_command,
		    const struct learn_host *);
void		 dp_flow_delete_found(struct dp *,
		    const struct ofp_flow_stats *);
void		 dp_flow_delete_port(struct dp *, uint32_t port);
void		 dp_flow_delete_host(struct dp *, const struct learn_host *,
		    uint32_t port);
void		 dp_flow_delete_all(struct dp *);
void		 dp_flow_delete_one(struct dp *, const struct dp_found *);
void		 dp_flow_delete_role(struct dp *, enum dp_role);
enum dp_role	 dp_flow_role(uint64_t cookie);
/* Stands for hosts, and where. */
bool		 dp_flow_learned(enum dp_role);
enum dp_table	 dp_flow_table(enum dp_role);
uint16_t	 dp_flow_idle(const struct dp *);

/* dp_guard.c */
bool		 dp_guard_over(struct dp *, uint32_t port,
		    const struct ofp_l2 *, uint32_t now);
/* Count anew: the ports are others. */
void		 dp_guard_free(struct dp *);

/* dp_meter.c */
void		 dp_meter_ask(struct dp *);
enum ofp_error	 dp_meter_features(struct dp *, struct ofp_rd *);
uint32_t	 dp_meter_id(const struct dp *, enum dp_meter);
uint32_t	 dp_meter_of(const struct dp *, enum dp_role);
void		 dp_meter_found(struct dp *, const struct dp_found *);
void		 dp_meter_add(struct dp *);
void		 dp_meter_error(struct dp *, uint32_t xid,
		    const struct ofp_error_msg *);
void		 dp_meter_next(struct dp *);
void		 dp_meter_again(struct dp *);
void		 dp_meter_done(struct dp *);
void		 dp_meter_changed(struct dp *);

/* dp_flood.c */
void		 dp_flood_get(const struct dp *, uint32_t in_port,
		    struct dp_outs *);
void		 dp_flood_set(struct dp *, enum dp_flood, bool made,
		    const char *why);
bool		 dp_flood_next(struct dp *, const char *why);
void		 dp_flood_changed(struct dp *);
void		 dp_flood_found(struct dp *, const struct dp_found *);
bool		 dp_flood_same(const struct dp *, const struct dp_found *);
#define DP_FLOOD_SUM(sum, port)	(((sum) ^ (port)) * 0x01000193U)
bool		 dp_flood_group_error(const struct ofp_error_msg *);

/* dp_room.c */
void		 dp_room_reset(struct dp *);
void		 dp_room_free(struct dp *);
void		 dp_room_told(struct dp *, enum dp_table, uint32_t max);
bool		 dp_room_left(const struct dp *, enum dp_table);
bool		 dp_room_brief(struct dp *, uint16_t sec);
uint32_t	 dp_room_max(const struct dp *);
bool		 dp_room_text(const struct dp *, enum dp_table, char *,
		    size_t, const char **why);
void		 dp_room_count(struct dp *, enum dp_role, int);
void		 dp_room_removed(struct dp *, enum dp_role);
void		 dp_room_want(struct dp *, enum dp_table, uint64_t mac,
		    uint16_t vlan);
bool		 dp_room_is_full(const struct dp *,
		    const struct ofp_error_msg *);
void		 dp_room_full(struct dp *, enum dp_role, const char *name);
void		 dp_room_coarser(struct dp *, const char *why);
void		 dp_room_no_coarse(struct dp *, const char *why);
/* Reading back: begins; one that stays; all were read; ends. */
void		 dp_room_read(struct dp *);
void		 dp_room_offer(struct dp *, const struct dp_found *,
		    const struct ofp_flow_stats *);
void		 dp_room_counted(struct dp *);
void		 dp_room_end(struct dp *);
bool		 dp_room_tick(struct dp *, uint32_t now);
uint32_t	 dp_room_xid(const struct ofp_l2_flow *);
void		 dp_room_refused(struct dp *, uint32_t xid);
void		 dp_room_retry(struct dp *);
bool		 dp_room_was_refused(struct dp *, const struct ofp_l2_flow *);

/* dp_learn.c */
void		 dp_learn_packet(struct dp *, struct conn *,
		    const struct ofp_packet_in_quick *);
void		 dp_learn_flow_removed(struct dp *,
		    const struct ofp_flow_removed *);
void		 dp_learn_forget(struct dp *, struct learn_host *,
		    enum counter);
void		 dp_learn_port_down(struct dp *, uint32_t port);
void		 dp_learn_reset(struct dp *);
void		 dp_learn_error(struct dp *, uint32_t xid,
		    const struct ofp_error_msg *, const char *name);
void		 dp_learn_install(struct dp *, struct learn_host *);

#endif /* _SWITCHD_DP_H_ */
