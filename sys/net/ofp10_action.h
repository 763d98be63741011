/*
 * SPDX-License-Identifier: ISC
 *
 * ofp10_action.h: what ofp10.c needs of ofp10_action.c; others use ofp10.h.
 */
#ifndef _NET_OFP10_ACTION_H_
#define _NET_OFP10_ACTION_H_

#include "ofp_action.h"

/* A checked list of 1.3 as actions of 1.0; an error when 1.0 has none. */
enum ofp_error ofp10_actions_encode(struct ofp_wr *, struct ofp_rd);

#endif /* _NET_OFP10_ACTION_H_ */
