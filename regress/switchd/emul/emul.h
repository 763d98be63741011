/*
 * SPDX-License-Identifier: ISC
 *
 * emul.h: a switch of a foreign make, as a controller meets it.
 *
 *	model.c		what is known of each make, one row per model
 *	emul.c		connecting, the loop, bytes in and out, errors
 *	msg.c msg10.c	answers in OpenFlow 1.3 and 1.0
 *	group.c		groups
 *	meter.c		meters
 *	check.c		is a flow one that the hardware takes?
 *	flow.c		flow tables: lists, searched from the front
 *	frame.c		a frame's way through the tables and out by ports
 *	host.c		the hosts behind the ports: ARP and echo
 *	script.c	what standard input wants done, shown or waited for
 *	tap.c		the same hosts behind the ports of a real switch
 *	odd.c		strange HELLOs and malformed messages
 *
 * One process is one switch; everything of it is in em.  Nothing here is fast,
 * and nothing is shared with the controller but the codec (sys/net/ofp*).
 */
#ifndef _EMUL_H_
#define _EMUL_H_

#include <sys/queue.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <net/ofp10.h>
#include <net/ofp_l2.h>
#include <net/ofp_mp.h>
#include <net/ofp_msg.h>

#define F(f)		OFP_FIELD_BIT(OFP_XMT_##f)
#define BIT(n)		(1U << (n))

#define MODEL_TABLES	8
#define MODEL_NEXT	6

/* A flow table of a model. */
struct model_table {
	uint8_t		 mt_id;
	bool		 mt_soft;	/* done by the processor */
	bool		 mt_exact;	/* all fields, or none at all */
	const char	*mt_name;
	uint32_t	 mt_max;	/* flows */
	uint32_t	 mt_width;	/* bytes of OXMs in a flow; 0: any */
	uint64_t	 mt_match;	/* fields taken */
	/* The first of these fields only along with the second. */
	uint64_t	 mt_with, mt_needs;
	uint16_t	 mt_type;	/* the one Ethernet type; 0: any */
	uint32_t	 mt_instr;	/* 1 << OFP_IT_* */
	uint32_t	 mt_apply;	/* 1 << OFP_AT_* */
	uint8_t		 mt_next[MODEL_NEXT]; /* goto; up to a 0 */
};

enum model_hello {
	HELLO_BITMAP,			/* as 1.3.5 says */
	HELLO_BARE,			/* only the header */
	HELLO_NEWER,			/* 1.5 in front, a bitmap with ours */
	HELLO_LATE,			/* answers, but does not begin */
	HELLO_UNKNOWN,			/* an element nobody knows in front */
	HELLO_TRAIL			/* bytes behind the header */
};

/* What else is odd about a model. */
#define MQ_NO_FEATURES	0x0001		/* no table features */
#define MQ_NO_BARRIER	0x0002		/* refuses barriers */
#define MQ_NO_PORT_MOD	0x0004		/* refuses all port mods */
#define MQ_NO_GROUP	0x0008
#define MQ_NO_METER	0x0010
#define MQ_MISS_ASKS	0x0020		/* a miss is a packet-in */
#define MQ_ASK_SOFT	0x0040		/* CONTROLLER only by software */
#define MQ_NO_TAGGED	0x0080		/* flows on a tag never match */
#define MQ_GROUP_ONE	0x0100		/* ALL only, one output per bucket */
#define MQ_NO_ROLE	0x0200
#define MQ_LATE		0x0400		/* table features after all else */
#define MQ_SPLIT	0x0800		/* multiparts entry by entry */
#define MQ_BUFFERS	0x1000		/* keeps every frame it asks about */
#define MQ_CUSTOM	0x2000		/* rules of Aruba's own pipelines */

/* Reserved ports as bits. */
#define RP(p)		(1U << (OFP_P_##p & 7))

struct model {
	const char	*mo_name;
	const char	*mo_mfr, *mo_hw, *mo_sw;
	uint32_t	 mo_versions;	/* 1 << wire version */
	enum model_hello mo_hello;
	uint32_t	 mo_buffers;
	uint32_t	 mo_quirks;
	uint32_t	 mo_refused;	/* RP(port): no output there */
	uint32_t	 mo_delay;	/* ms until an answer */
	uint32_t	 mo_pps;	/* packet-ins a second; 0: any */
	uint32_t	 mo_port_config; /* port mod: bits it can do */
	enum ofp_error	 mo_error;	/* to a flow it cannot have */
	enum ofp_error	 mo_full;
	struct model_table mo_tables[MODEL_TABLES];
};
const struct model *model_find(const char *);
void		 model_list(void);
const struct model_table *model_table(uint8_t id);

/* How a frame went. */
enum way { WAY_HARD, WAY_SOFT, WAY_ASKED, WAY_COUNT };
extern const char *const way_names[WAY_COUNT];

struct flow {
	TAILQ_ENTRY(flow) fl_entry;
	uint8_t		 fl_table;
	uint16_t	 fl_priority, fl_idle, fl_hard, fl_flags;
	uint64_t	 fl_cookie;
	struct ofp_match fl_match;
	uint64_t	 fl_made, fl_used;	/* ms */
	uint64_t	 fl_packets, fl_bytes;
	uint64_t	 fl_ways[WAY_COUNT];
	size_t		 fl_len;
	uint8_t		 fl_do[];	/* instructions; 1.0: actions */
};
TAILQ_HEAD(flows, flow);

struct group {
	TAILQ_ENTRY(group) gr_entry;
	uint32_t	 gr_id;
	uint8_t		 gr_type;
	size_t		 gr_len;
	uint8_t		 gr_buckets[];
};
TAILQ_HEAD(groups, group);

#define EM_PORTS	4
#define EM_BUF		(1 << 20)
#define EM_FRAME	128
#define EM_ERRORS	32
#define EM_FAILED	256

struct em {
	const struct model *em_model;
	char		*em_host, *em_service;
	uint64_t	 em_dpid;
	bool		 em_taps;	/* no switch, only hosts */
	int		 em_fd;		/* -1: not connected */
	uint8_t		 em_version;	/* 0: not yet agreed */
	uint64_t	 em_now;	/* ms */
	uint64_t	 em_retry;	/* when to connect */
	uint64_t	 em_heard;	/* the last message but echos */
	uint64_t	 em_hold;	/* nothing is sent before */
	uint32_t	 em_late;	/* xid of a late answer, or 0 */
	uint64_t	 em_late_at;
	unsigned int	 em_spoil;	/* how answers are made wrong, or 0 */
	uint32_t	 em_limit;	/* flows of each table, or 0 */
	uint32_t	 em_down;	/* bit per port number */
	uint32_t	 em_port_config[EM_PORTS + 1];
	uint64_t	 em_asked_at;	/* second of em_asked_now */
	uint32_t	 em_asked_now;
	uint16_t	 em_miss_len;
	uint64_t	 em_generation;
	struct flows	 em_flows;
	struct groups	 em_groups;
	size_t		 em_have;
	uint8_t		 em_in[EM_BUF];
	uint8_t		 em_out[EM_BUF];
	struct ofp_wr	 em_wr;
	/* Counts. */
	uint32_t	 em_connects, em_mods, em_adds, em_dels, em_asked,
			 em_unasked, em_outs, em_barriers,
			 em_got_errors;
	struct {
		enum ofp_error	 ee_error;
		uint32_t	 ee_count;
	}		 em_errors[EM_ERRORS];
	/* Flow mods that were refused, by a hash of all but the xid. */
	struct {
		uint64_t	 ef_hash;
		uint32_t	 ef_count;
	}		 em_failed[EM_FAILED];
};
extern struct em em;

/* emul.c */
void	 em_error(enum ofp_error, const uint8_t *msg, size_t len);
void	 em_close(const char *why, uint64_t pause);
void	 em_flush(void);

/* msg.c, msg10.c: one whole message that was checked. */
void	 msg_input(const struct ofp_hdr *, struct ofp_rd *,
	    const uint8_t *msg);
void	 msg_late(void);
void	 msg_flow_mod(struct ofp_flow *, const uint8_t *msg, size_t len);
void	 msg_packet_out(const struct ofp_packet_out *, const uint8_t *msg,
	    size_t len);
void	 msg_packet_in(uint32_t port, uint8_t reason, uint8_t table,
	    uint64_t cookie, uint16_t max_len, const uint8_t *, size_t);
void	 msg_flow_removed(const struct flow *, uint8_t reason);
void	 msg_port(uint32_t no, struct ofp_port *);
void	 msg_port_status(uint32_t no);
void	 msg10_input(const struct ofp_hdr *, struct ofp_rd *,
	    const uint8_t *msg);
void	 msg10_packet_in(uint32_t port, uint8_t reason, uint32_t buffer,
	    size_t total, const uint8_t *, size_t);
void	 msg10_flow_removed(const struct flow *, uint8_t reason);
void	 msg10_port_status(const struct ofp_port *);

/* group.c */
enum ofp_error group_mod(struct ofp_rd *);
const struct group *group_find(uint32_t id);
void	 group_desc(uint32_t xid);
void	 group_features(uint32_t xid);
void	 group_clear(void);

/* meter.c */
enum ofp_error meter_mod(struct ofp_rd *);
bool	 meter_there(uint32_t id);
bool	 meter_pass(uint32_t id, size_t len);
void	 meter_features(uint32_t xid);

/* check.c */
uint8_t	 check_place(const struct ofp_match *);
enum ofp_error check_flow(const struct ofp_flow *);
enum ofp_error check_actions(struct ofp_rd, const struct model_table *);

/* flow.c */
enum ofp_error flow_mod(struct ofp_flow *);
struct flow *flow_lookup(uint8_t table, const struct ofp_key *);
unsigned int flow_count(uint8_t table);
bool	 flow_covered(const struct flow *, const struct ofp_flow *);
void	 flow_expire(void);
void	 flow_clear(void);
/* 6.6: flows go with the group that they send to. */
void	 flow_group_gone(uint32_t);
/* The next action, of either version. */
bool	 flow_action(struct ofp_rd *, struct ofp_action *);
bool	 flow_outputs(const struct flow *, uint32_t port);

/* frame.c */
void	 frame_in(uint32_t port, const uint8_t *, size_t);
void	 frame_out(uint32_t in_port, struct ofp_rd actions, const uint8_t *,
	    size_t);
/* Keep a frame; what is done about one that was kept, as a packet-out. */
uint32_t frame_keep(uint32_t port, const uint8_t *, size_t);
bool	 frame_kept(uint32_t buffer, uint32_t *port, const uint8_t **,
	    size_t *);
void	 frame_run(void);

/* host.c */
void	 host_place(unsigned int n, uint32_t port);
void	 host_vlan(unsigned int n, uint16_t vlan);
void	 host_receive(uint32_t port, const uint8_t *, size_t, enum way);
bool	 host_send(unsigned int from, unsigned int to, bool arp);
bool	 host_ping_start(unsigned int from, unsigned int to, bool arp);
/* 1: answered, by *way; 0: not yet; -1: in vain. */
int	 host_ping_done(enum way *);
bool	 host_expect(unsigned int n, const char *what, unsigned int from);
void	 host_dump(void);

/* script.c */
void	 script_line(char *);
bool	 script_busy(void);
void	 script_tick(void);

/* tap.c */
void	 tap_open(const char *prefix);
void	 tap_link(uint32_t port, bool up);
void	 tap_send(uint32_t port, const uint8_t *, size_t);
void	 tap_receive(void);

/* odd.c */
void	 odd_hello(uint32_t xid);
bool	 odd_send(unsigned int n);	/* false: there is no such */
/* Make a multipart answer wrong that was encoded from start on. */
void	 odd_spoil(size_t start);

#endif /* _EMUL_H_ */
