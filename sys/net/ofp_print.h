/*
 * SPDX-License-Identifier: ISC
 *
 * ofp_print.h: any message as text, any text of ours as a message.
 *
 * Userland only (the core does not print).  One line per message and two for
 * lists: stable, golden-tested, made to be read by people and grep.  Everything
 * goes into a bounded buffer; what does not fit ends in "...".  Hostile bytes
 * print as what they are or as the error they would be answered with.
 */
#ifndef _NET_OFP_PRINT_H_
#define _NET_OFP_PRINT_H_

#include "ofp10.h"
#include "ofp_mp.h"

/* Text under construction in a buffer of the caller's; always terminated. */
struct ofp_text {
	char		*tx_buf;
	size_t		 tx_len, tx_cap;
	bool		 tx_cut;
};
void	ofp_text_init(struct ofp_text *, char *, size_t);
void	ofp_text_add(struct ofp_text *, const char *, ...)
	    __printflike(2, 3);

/* A whole message, 1.0 or 1.3, header included. Always terminated. */
void	ofp_print_msg(struct ofp_text *, const uint8_t *, size_t);

/* Parts. Syntax is ovs-ofctl's: "in_port=1,dl_dst=..", "output:2". */
void	ofp_print_match(struct ofp_text *, const struct ofp_match *);
void	ofp_print_actions(struct ofp_text *, struct ofp_rd);
void	ofp_print_actions_10(struct ofp_text *, struct ofp_rd);
void	ofp_print_instructions(struct ofp_text *, struct ofp_rd);
void	ofp_print_port_no(struct ofp_text *, uint32_t);	/* "LOCAL" */
void	ofp_print_frame(struct ofp_text *, const uint8_t *, size_t);

/*
 * Text to wire, ovs-ofctl's syntax.  0, or -1 with a sentence in err that says
 * which word and what was expected.  The instructions go to wr.
 */
int	ofp_parse_match(const char *, struct ofp_match *, char *err, size_t);
int	ofp_parse_actions(const char *, struct ofp_wr *, char *err, size_t);
/* "priority=5,table=0,in_port=1,actions=output:2": a flow and instructions. */
int	ofp_parse_flow(const char *, enum ofp_flow_command, struct ofp_flow *,
	    struct ofp_wr *instr, char *err, size_t);
int	ofp_parse_port_no(const char *, uint32_t *);

#endif /* _NET_OFP_PRINT_H_ */
