/*
 * SPDX-License-Identifier: ISC
 *
 * ofp_monitor.h: flow monitors, EXT-187.
 *
 * A request is a multipart request of the ONF experimenter, type 1870, whose
 * body is a list of monitors; updates are replies of that type.  Readers and
 * writers below stand behind the two experimenter words.
 */
#ifndef _NET_OFP_MONITOR_H_
#define _NET_OFP_MONITOR_H_

#include "ofp_flow.h"
#include "ofp_mp.h"

#define OFP_ONF_FLOW_MONITOR	1870	/* multipart request and reply */
#define OFP_ONF_MONITOR_CANCEL	1870	/* message to the switch */
#define OFP_ONF_MONITOR_PAUSED	1871	/* messages to the controller */
#define OFP_ONF_MONITOR_RESUMED	1872

/* Flags: when to send updates, what to put into them. */
#define OFP_FMF_INITIAL		0x01
#define OFP_FMF_ADD		0x02
#define OFP_FMF_DELETE		0x04
#define OFP_FMF_MODIFY		0x08
#define OFP_FMF_ACTIONS		0x10
#define OFP_FMF_OWN		0x20
#define OFP_FMF_MASK		0x3f

struct ofp_monitor {
	uint32_t	mo_id;
	uint16_t	mo_flags;
	uint32_t	mo_out_port;
	uint8_t		mo_table;
	struct ofp_match mo_match;
};
/* The next monitor of a request; false at the end, *err on malformed bytes. */
bool	ofp_monitor_next(struct ofp_rd *, struct ofp_monitor *,
	    enum ofp_error *);
void	ofp_monitor_encode(struct ofp_wr *, const struct ofp_monitor *);

enum ofp_monitor_event {
	OFP_FME_ADDED = 0, OFP_FME_DELETED, OFP_FME_MODIFIED, OFP_FME_ABBREV
};
struct ofp_flow_update {
	uint16_t	fu_event;
	uint16_t	fu_reason;	/* OFP_RR_*, of OFP_FME_DELETED */
	uint16_t	fu_priority, fu_idle, fu_hard;
	uint8_t		fu_table;
	uint64_t	fu_cookie;
	uint32_t	fu_xid;		/* of OFP_FME_ABBREV, all there is */
	struct ofp_match fu_match;
	struct ofp_rd	fu_instr;	/* run of instructions, may be empty */
};
bool	ofp_flow_update_next(struct ofp_rd *, struct ofp_flow_update *,
	    enum ofp_error *);
void	ofp_flow_update_encode(struct ofp_wr *,
	    const struct ofp_flow_update *);

/* Begin a reply with updates; end it with ofp_mp_end. */
size_t	ofp_monitor_reply_begin(struct ofp_wr *, uint32_t xid);
/* The id of a cancel message; its experimenter words are read already. */
enum ofp_error ofp_monitor_cancel_decode(struct ofp_rd *, uint32_t *id);
/* PAUSED or RESUMED. */
void	ofp_monitor_state_encode(struct ofp_wr *, uint32_t xid, uint32_t type);

#endif /* _NET_OFP_MONITOR_H_ */
