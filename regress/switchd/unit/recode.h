/*
 * SPDX-License-Identifier: ISC
 *
 * recode.h: any OpenFlow message decoded to the last field and encoded again.
 *
 * What the codec has no encoder for (recode_is_one_way) is decoded and its
 * bytes are copied.  The error is the one the message would be answered with.
 */
#ifndef _RECODE_H_
#define _RECODE_H_

#include "ofp_msg.h"

enum ofp_error recode(const uint8_t *, size_t, struct ofp_wr *);

/* recode.c and recode_mp.c and recode10.c share this. */
struct recode {
	struct ofp_hdr	 rc_h;
	struct ofp_rd	 rc_rd;
	struct ofp_wr	*rc_wr;
	const uint8_t	*rc_msg;
	size_t		 rc_len;
};
enum ofp_error recode_mp(struct recode *);
enum ofp_error recode10(struct recode *);
/* Copy the message: there is no encoder for it. */
enum ofp_error recode_copy(struct recode *, enum ofp_error);

#endif /* _RECODE_H_ */
