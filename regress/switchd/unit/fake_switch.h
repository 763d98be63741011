/*
 * SPDX-License-Identifier: ISC
 *
 * fake_switch.h: a switch made of a socket pair, for tests of the controller.
 *
 * It lives in the controller's own process: pump lets both sides say what they
 * have to say.  Everything it is told is counted, flows are kept as a list of
 * flow mods.  What is encoded into wr is sent by fk_put.
 */
#ifndef _FAKE_SWITCH_H_
#define _FAKE_SWITCH_H_

#include <sys/types.h>
#include <sys/socket.h>

#include <net/ofp_flow.h>
#include <net/ofp_group.h>
#include <net/ofp_msg.h>

#include "../../../usr.sbin/switchd/dp.h"

#define FK_BUF		(1 << 20)
#define NFLOWS		128
#define FK_INSTR	160

/* A switch that keeps flows as a list of flow mods. */
struct fk {
	int		 f_fd;
	uint8_t		 f_version;
	uint8_t		 f_tables;
	uint8_t		 f_aux;
	uint64_t	 f_dpid;
	bool		 f_mute;	/* answers nothing but features */
	bool		 f_refuse_goto;	/* BAD_INSTRUCTION for goto */
	bool		 f_no_barrier;
	bool		 f_full;
	bool		 f_tells;	/* sends FLOW_REMOVED */
	bool		 f_no_group;
	/* Outputs that it refuses, in flows and in packet-outs. */
	bool		 f_no_flood, f_no_all;
	bool		 f_no_out;	/* in packet-outs only */
	unsigned int	 f_size;	/* flows in a table, 0: any number */
	bool		 f_secret;	/* does not even answer features */
	bool		 f_split;	/* flow stats one by one, then none */
	uint32_t	 f_gone, f_down; /* of its four ports, or 0 */
	/* Sees every message before anything is made of it. */
	void		(*f_seen)(const uint8_t *, size_t);
	/* What an emulated one restricts: 0 or the error. */
	enum ofp_error	(*f_check)(const struct ofp_flow *);
	const struct ofp_table_features *f_tf;	/* NULL: no such multipart */
	unsigned int	 f_ntf;
	bool		 f_closed;
	size_t		 f_have;
	unsigned int	 f_mods, f_adds, f_dels, f_outs, f_echos, f_errors;
	/* Meters: the highest id, 0: none; refused in flows; those it has. */
	uint32_t	 f_max_meter;
	bool		 f_no_meter;
	struct {
		uint32_t	m_id, m_rate;
	}		 f_meter[8];
	unsigned int	 f_nmeters, f_meter_mods;
	unsigned int	 f_groups;	/* group mods */
	unsigned int	 f_buckets;	/* of the group; 0: there is none */
	uint32_t	 f_last_group, f_last_nout;
	uint32_t	 f_last_out, f_last_buffer, f_last_hard;
	uint16_t	 f_error_type, f_error_code;
	uint64_t	 f_last_cookie;
	size_t		 f_last_data;
	struct ofp_flow	 f_flow[NFLOWS];
	uint8_t		 f_instr[NFLOWS][FK_INSTR];
	uint32_t	 f_age[NFLOWS];	/* s */
	uint64_t	 f_packets[NFLOWS];
	unsigned int	 f_nflows;
	uint8_t		 f_echo[64];
	size_t		 f_echo_len;
	uint8_t		 f_in[FK_BUF];
};

extern struct event_base	*base;
extern struct ofp_wr		 wr;

/* Connected; after hello; after the whole set-up. */
struct fk	*fk_connect(uint64_t dpid, uint8_t version);
void		 fk_hello(struct fk *);
struct fk	*fk_up(uint64_t dpid);
void		 fk_close(struct fk *);

void		 fk_send(struct fk *, const void *, size_t);
void		 fk_put(struct fk *);
void		 fk_receive(struct fk *);
void		 pump(struct fk *);

void		 fk_packet_in(struct fk *, uint32_t port, uint64_t src,
		    uint64_t dst, uint32_t buffer, uint64_t cookie);
void		 fk_port(struct fk *, uint32_t no, uint8_t reason);
/* The same from within f_seen: nobody answers before it returns. */
void		 fk_put_packet_in(struct fk *, uint32_t port, uint64_t src,
		    uint64_t dst, uint32_t buffer, uint64_t cookie);
void		 fk_put_port(struct fk *, uint32_t no, uint8_t reason,
		    uint32_t state);
/* A flow that it has goes, with word of it or without. */
void		 fk_drop(struct fk *, unsigned int, bool said, uint8_t reason);
/* Outputs of a flow that it has. */
bool		 fk_output_next(const struct fk *, struct ofp_rd *, uint32_t *);
struct ofp_rd	 fk_actions(const struct fk *, unsigned int);
/* The flows of one, behind those of another, as if of that age in s. */
void		 fk_copy(struct fk *, const struct fk *, uint32_t age);
/* fake_switch10.c: the same in 1.0; encoded into wr, but not sent. */
enum ofp_error	 fk10_flow_decode(struct ofp_rd *, struct ofp_flow *);
void		 fk10_flow_stats(struct fk *, uint32_t xid);
void		 fk10_flow_removed(const struct ofp_flow_removed *);
void		 fk10_port_status(const struct ofp_port_status *);
void		 fk10_features(const struct fk *, uint32_t xid);
void		 fk10_packet_in(const struct ofp_packet_in *, uint32_t port);
void		 fk10_full(const uint8_t *);
/* What the controller knows of it; flows of a role that it has. */
struct dp	*fk_dp(struct fk *);
unsigned int	 fk_count(const struct fk *, enum dp_role);

#define A	0x020000000001ULL
#define B	0x020000000002ULL
#define C	0x020000000003ULL
#define BCAST	0xffffffffffffULL
#define COPY	(DP_COOKIE | DP_ROLE_COPY)

#endif /* _FAKE_SWITCH_H_ */
