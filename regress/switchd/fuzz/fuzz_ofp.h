/*
 * SPDX-License-Identifier: ISC
 *
 * fuzz_ofp.h: what the fuzzers of the codec have in common.
 *
 * The bytes always lie alone in memory of their size.  A message that decodes
 * is encoded again; that must decode, and come out the same.
 */
#ifndef _FUZZ_OFP_H_
#define _FUZZ_OFP_H_

#include <stdlib.h>

#include "../unit/recode.h"
#include "ofp_print.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* Any message, whole: decoded, printed, encoded, and decoded again. */
static inline void
fuzz_msg(uint8_t *p, size_t len)
{
	static uint8_t	once[OFP_MSG_MAX], twice[OFP_MSG_MAX];
	static char	text[4096];
	struct ofp_text	tx;
	struct ofp_wr	a, b;

	if (len >= 4 && len <= OFP_MSG_MAX) {
		p[2] = (uint8_t)(len >> 8);
		p[3] = (uint8_t)len;
	}
	ofp_text_init(&tx, text, sizeof(text));
	ofp_print_msg(&tx, p, len);
	ofp_wr_init(&a, once, sizeof(once));
	ofp_wr_init(&b, twice, sizeof(twice));
	if (recode(p, len, &a) != OFP_OK || ofp_wr_err(&a) ||
	    ofp_wr_pos(&a) == 0)
		return;
	if (recode(once, ofp_wr_pos(&a), &b) != OFP_OK)
		abort();
	if (ofp_wr_pos(&a) != ofp_wr_pos(&b) ||
	    memcmp(once, twice, ofp_wr_pos(&a)) != 0)
		abort();
}

/* A body behind a header of ours. */
static inline void
fuzz_body(const uint8_t *head, size_t headlen, const uint8_t *p, size_t len)
{
	uint8_t	*msg;

	if (headlen + len > OFP_MSG_MAX ||
	    (msg = malloc(headlen + len)) == NULL)
		return;
	memcpy(msg, head, headlen);
	if (len > 0)
		memcpy(msg + headlen, p, len);
	fuzz_msg(msg, headlen + len);
	free(msg);
}

#endif /* _FUZZ_OFP_H_ */
