/*
 * SPDX-License-Identifier: ISC
 *
 * ofp10.h: what OpenFlow 1.0 says differently, for the controller's side.
 *
 * Decoded forms are those of 1.3 wherever the meaning is the same, so the
 * controller has one kind of packet-in, flow and port; port numbers are
 * widened (0xfffe becomes OFP_P_LOCAL), the 40 byte match becomes a struct
 * ofp_match.  What decoders and encoders have in common stands in ofp_msg.h.
 * Section numbers are those of the OpenFlow Switch Specification 1.0.0.  An
 * encoder that returns an error has written nothing.
 */
#ifndef _NET_OFP10_H_
#define _NET_OFP10_H_

#include "ofp_mp.h"

/* 16 and 32 bit numbers of the same port, 5.2.1; NONE is ANY. */
uint32_t ofp10_port_widen(uint16_t);
uint16_t ofp10_port_narrow(uint32_t);

/* 5.2.3; fields given without what they need mean nothing, and are left out. */
enum ofp_error ofp10_match_decode(struct ofp_rd *, struct ofp_match *);
/* OFP_BMC_BAD_FIELD when the match cannot be said in 1.0. */
enum ofp_error ofp10_match_encode(struct ofp_wr *, const struct ofp_match *);

/*
 * FEATURES_REPLY: rd then stands at the ports (ofp10_port_decode each).
 * Capabilities are as sent: bit 3 is STP, bit 7 ARP_MATCH_IP.
 */
enum ofp_error ofp10_features_decode(struct ofp_rd *, struct ofp_features *);
enum ofp_error ofp10_port_decode(struct ofp_rd *, struct ofp_port *);
enum ofp_error ofp10_port_status_decode(struct ofp_rd *,
	    struct ofp_port_status *);
/* 5.4.1; the cookie is OFP_COOKIE_NONE, the table 0. */
enum ofp_error ofp10_packet_in_quick(struct ofp_rd *,
	    struct ofp_packet_in_quick *);
/* 5.4.2; the hard timeout is not told: 0. */
enum ofp_error ofp10_flow_removed_decode(struct ofp_rd *,
	    struct ofp_flow_removed *);

/* Actions of 1.0: to and from struct ofp_action where they map. */
bool	ofp10_action_next(struct ofp_rd *, struct ofp_action *,
	    enum ofp_error *);
void	ofp10_action_output(struct ofp_wr *, uint32_t port, uint16_t max_len);

/*
 * 5.3.3: f_instr.in_apply holds 1.3 actions; those of 1.0 are written.  Errors:
 * BIC_UNSUP_INST, FMFC_BAD_FLAGS, BMC_BAD_FIELD, BAC_BAD_TYPE, BAC_BAD_SET_TYPE
 * for what 1.0 has no word for.
 */
enum ofp_error ofp10_flow_encode(struct ofp_wr *, uint32_t xid,
	    const struct ofp_flow *);
/* 5.3.6; from CONTROLLER becomes from NONE; data only without a buffer. */
enum ofp_error ofp10_packet_out_encode(struct ofp_wr *, uint32_t xid,
	    const struct ofp_packet_out *);
void	ofp10_port_mod_encode(struct ofp_wr *, uint32_t xid,
	    const struct ofp_port_mod *);

/*
 * Stats, 5.3.5: types 0 desc, 1 flow, 2 aggregate, 3 table, 4 port, 5 queue,
 * end with ofp_msg_end.  Bodies of DESC and of AGGREGATE replies: ofp_mp.h.
 */
size_t	ofp10_stats_begin(struct ofp_wr *, bool reply, uint32_t xid,
	    uint16_t type);
enum ofp_error ofp10_stats_decode(struct ofp_rd *, bool reply,
	    struct ofp_mp *);
enum ofp_error ofp10_flow_req_encode(struct ofp_wr *,
	    const struct ofp_flow_req *);
/* fs_instr then holds 1.0 actions: walk with ofp10_action_next. */
bool	ofp10_flow_stats_next(struct ofp_rd *, struct ofp_flow_stats *,
	    enum ofp_error *);
struct ofp10_table_stats {
	struct ofp_table_stats tt_stats;
	char		tt_name[33];
	uint32_t	tt_wildcards, tt_max;
};
bool	ofp10_table_stats_next(struct ofp_rd *, struct ofp10_table_stats *,
	    enum ofp_error *);
void	ofp10_port_req_encode(struct ofp_wr *, uint32_t port);
bool	ofp10_port_stats_next(struct ofp_rd *, struct ofp_port_stats *,
	    enum ofp_error *);
void	ofp10_queue_req_encode(struct ofp_wr *, uint32_t port, uint32_t queue);
bool	ofp10_queue_stats_next(struct ofp_rd *, struct ofp_queue_stats *,
	    enum ofp_error *);

#endif /* _NET_OFP10_H_ */
