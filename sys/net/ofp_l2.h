/*
 * SPDX-License-Identifier: ISC
 *
 * ofp_l2.h: the messages of a learning controller, quickly.
 *
 * All that MAC learning ever says to a switch is a flow on the port, VLAN and
 * addresses of a frame, and a packet-out of one frame.  These two are written
 * here in one pass, in 1.0 or 1.3, without a struct ofp_match between; what
 * they say is what ofp_flow_encode and ofp_packet_out_encode would write, and
 * a unit test compares.  Addresses are 48 bit numbers, the VLAN is the OXM
 * value (0: untagged, else OFP_VID_PRESENT | vid).
 */
#ifndef _NET_OFP_L2_H_
#define _NET_OFP_L2_H_

#include "ofp.h"
#include "ofp_buf.h"

/* What a bridge reads of a frame. */
struct ofp_l2 {
	uint64_t	l2_dst, l2_src;
	uint16_t	l2_vlan;
	uint16_t	l2_type;	/* behind the first tag */
};
#define OFP_L2_MULTICAST	(1ULL << 40)	/* the group bit */

/* False when the frame is too short to have all of it. */
bool	ofp_l2_parse(const uint8_t *, size_t, struct ofp_l2 *);

/* Fields of a flow: which are matched. */
#define OFP_L2_IN_PORT	0x01
#define OFP_L2_VLAN	0x02
#define OFP_L2_SRC	0x04
#define OFP_L2_DST	0x08
#define OFP_L2_TYPE	0x10

struct ofp_l2_flow {
	uint64_t	lf_cookie, lf_cookie_mask;
	uint64_t	lf_src, lf_dst;
	uint64_t	lf_dst_mask;	/* 0: exact; 1.3 only */
	uint32_t	lf_in_port;
	uint32_t	lf_buffer;
	uint32_t	lf_out_filter;	/* deletes: OFP_P_ANY or a port */
	uint16_t	lf_vlan, lf_type;
	uint16_t	lf_priority, lf_idle, lf_hard, lf_flags;
	uint8_t		lf_fields;	/* OFP_L2_* */
	uint8_t		lf_table, lf_command;
	/* What happens: a meter, outputs, or a group instead, then a table. */
	uint32_t	lf_meter;	/* 0: none */
	uint16_t	lf_nout;
	const uint32_t	*lf_out;
	uint32_t	lf_group;	/* 0: none */
	uint8_t		lf_goto;	/* 0: none */
};

/* Defaults: nothing matched, nothing done, no buffer, any port. */
void	ofp_l2_flow_init(struct ofp_l2_flow *, enum ofp_flow_command);
void	ofp_l2_flow_encode(struct ofp_wr *, uint8_t version, uint32_t xid,
	    const struct ofp_l2_flow *);

/* A packet-out to nout ports; with a buffer, data is not sent. */
struct ofp_l2_out {
	uint32_t	lo_buffer;
	uint32_t	lo_in_port;
	const uint32_t	*lo_out;
	uint16_t	lo_nout;
	uint32_t	lo_group;	/* 0: none */
	const uint8_t	*lo_data;
	size_t		lo_len;
};
/* False, and nothing is written, when that is longer than a message can be. */
bool	ofp_l2_out_encode(struct ofp_wr *, uint8_t version, uint32_t xid,
	    const struct ofp_l2_out *);

#endif /* _NET_OFP_L2_H_ */
