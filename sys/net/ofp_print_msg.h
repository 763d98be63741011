/*
 * SPDX-License-Identifier: ISC
 *
 * ofp_print_msg.h: what the printers of messages share among themselves.
 *
 * A printer writes the body behind "NAME xid=.."; the error it returns is
 * printed behind what it wrote.
 */
#ifndef _NET_OFP_PRINT_MSG_H_
#define _NET_OFP_PRINT_MSG_H_

#include "ofp_print.h"

/* ofp_print.c */
void	ofp_print_action(struct ofp_text *, const struct ofp_action *);
/*
 * A blank and the match, or nothing when it matches all; more: it has fields
 * that we do not know.
 */
void	ofp_print_match_behind(struct ofp_text *, const struct ofp_match *,
	    bool more);

/* ofp_print_msg.c */
void	ofp_print_error_code(struct ofp_text *, enum ofp_error);
void	ofp_print_hwaddr(struct ofp_text *, const uint8_t *);
void	ofp_print_str(struct ofp_text *, const char *);
void	ofp_print_buffer(struct ofp_text *, uint32_t);
void	ofp_print_port(struct ofp_text *, const struct ofp_port *);
void	ofp_print_port_status(struct ofp_text *,
	    const struct ofp_port_status *);
void	ofp_print_removed(struct ofp_text *, const struct ofp_flow_removed *);
/* All of a flow mod before its instructions. */
void	ofp_print_flow_head(struct ofp_text *, const struct ofp_flow *);
const char *ofp_print_group_type(uint8_t);
enum ofp_error ofp_print_buckets(struct ofp_text *, struct ofp_rd);
enum ofp_error ofp_print_bands(struct ofp_text *, struct ofp_rd);

/* ofp_print_mp.c: multipart, both directions. */
enum ofp_error ofp_print_mp(struct ofp_text *, const struct ofp_hdr *,
	    struct ofp_rd *);

void	ofp_print_desc(struct ofp_text *, const struct ofp_desc *);

/* ofp_print_10.c: bodies that are 1.0's own. */
enum ofp_error ofp_print_10(struct ofp_text *, const struct ofp_hdr *,
	    struct ofp_rd *);

#endif /* _NET_OFP_PRINT_MSG_H_ */
