/*
 * SPDX-License-Identifier: ISC
 *
 * ofp_flow.h: flow mod, flow removed, packet-in, packet-out.  What decoders and
 * encoders have in common stands in ofp_msg.h.
 */
#ifndef _NET_OFP_FLOW_H_
#define _NET_OFP_FLOW_H_

#include "ofp_action.h"

/* FLOW_MOD, 7.3.4.1. */
struct ofp_flow {
	uint64_t	f_cookie, f_cookie_mask;
	uint8_t		f_table;
	uint8_t		f_command;
	uint16_t	f_idle, f_hard;		/* s */
	uint16_t	f_priority;
	uint32_t	f_buffer;
	uint32_t	f_out_port, f_out_group;
	uint16_t	f_flags;
	struct ofp_match f_match;
	struct ofp_instructions f_instr;	/* points into the message */
	struct ofp_rd	f_instr_bytes;		/* the whole run of them */
};
/*
 * FLOW_MOD_FAILED/BAD_COMMAND, BAD_FLAGS and BAD_TABLE_ID (all tables, but not
 * to delete), the errors of matches and instructions, and BAD_INSTRUCTION/
 * BAD_TABLE_ID for a goto that leads back.  The instructions of a delete are
 * not looked at.  Which tables, ports, groups and meters exist is for the
 * switch.
 */
enum ofp_error ofp_flow_decode(struct ofp_rd *, struct ofp_flow *);
/* f_instr_bytes are written as they are; f_instr is not looked at. */
void	ofp_flow_encode(struct ofp_wr *, uint32_t xid, const struct ofp_flow *);
/* All defaults of a flow mod: buffer none, any port and group, no mask. */
void	ofp_flow_init(struct ofp_flow *, enum ofp_flow_command);

/* FLOW_REMOVED, 7.4.2. */
struct ofp_flow_removed {
	uint64_t	fr_cookie;
	uint16_t	fr_priority;
	uint8_t		fr_reason;
	uint8_t		fr_table;
	uint32_t	fr_sec, fr_nsec;
	uint16_t	fr_idle, fr_hard;
	uint64_t	fr_packets, fr_bytes;
	struct ofp_match fr_match;
	bool		fr_more;	/* decoded: fields we do not know */
};
enum ofp_error ofp_flow_removed_decode(struct ofp_rd *,
	    struct ofp_flow_removed *);
void	ofp_flow_removed_encode(struct ofp_wr *, uint32_t xid,
	    const struct ofp_flow_removed *);

/* PACKET_IN, 7.4.1; also filled from 1.0 (ofp10.h). */
struct ofp_packet_in {
	uint32_t	pi_buffer;
	uint16_t	pi_total;
	uint8_t		pi_reason;
	uint8_t		pi_table;
	uint64_t	pi_cookie;
	struct ofp_match pi_match;	/* 1.0: in_port only */
	bool		pi_more;	/* decoded: fields we do not know */
	const uint8_t	*pi_data;	/* points into the message */
	size_t		pi_len;
};
/* The match as told by the switch: fields unknown to us are passed over. */
enum ofp_error ofp_packet_in_decode(struct ofp_rd *, struct ofp_packet_in *);
/*
 * The quick way for a learning controller: only buffer, total, reason, cookie,
 * table, in_port and data; the match is walked but only in_port is kept.
 * Same errors for broken framing; fields themselves are not checked.
 */
struct ofp_packet_in_quick {
	uint32_t	pq_buffer, pq_in_port;
	uint16_t	pq_total;
	uint8_t		pq_reason, pq_table;
	uint64_t	pq_cookie;
	const uint8_t	*pq_data;
	size_t		pq_len;
};
enum ofp_error ofp_packet_in_quick(struct ofp_rd *,
	    struct ofp_packet_in_quick *);
void	ofp_packet_in_encode(struct ofp_wr *, uint32_t xid,
	    const struct ofp_packet_in *);
/* Header only, data (pi_len bytes) is then written by the caller into room. */
uint8_t	*ofp_packet_in_encode_room(struct ofp_wr *, uint32_t xid,
	    const struct ofp_packet_in *);

/* PACKET_OUT, 7.3.7. */
struct ofp_packet_out {
	uint32_t	pu_buffer;
	uint32_t	pu_in_port;
	struct ofp_rd	pu_actions;	/* checked list */
	const uint8_t	*pu_data;
	size_t		pu_len;
};
/*
 * BAD_REQUEST/BAD_LEN when the actions end behind the message; errors of
 * actions.  in_port, buffer and data are the switch's to judge.
 */
enum ofp_error ofp_packet_out_decode(struct ofp_rd *, struct ofp_packet_out *);
void	ofp_packet_out_encode(struct ofp_wr *, uint32_t xid,
	    const struct ofp_packet_out *);

#endif /* _NET_OFP_FLOW_H_ */
