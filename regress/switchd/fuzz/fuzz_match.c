/*
 * SPDX-License-Identifier: ISC
 *
 * fuzz_match.c: a match, which comes out as long as ofp_match_len says, and
 * means the same.
 */
#include "fuzz_ofp.h"
#include "ofp_oxm.h"

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t len)
{
	static uint8_t		out[OFP_MSG_MAX];
	struct ofp_match	m, again;
	struct ofp_rd		rd;
	struct ofp_wr		wr;
	uint8_t			*copy = malloc(len);

	if (copy == NULL)
		return (0);
	if (len > 0)
		memcpy(copy, p, len);
	ofp_rd_init(&rd, copy, len);
	if (ofp_match_decode(&rd, &m) == OFP_OK) {
		ofp_wr_init(&wr, out, sizeof(out));
		ofp_match_encode(&wr, &m);
		if (ofp_wr_pos(&wr) != ofp_match_len(&m))
			abort();
		ofp_rd_init(&rd, out, ofp_wr_pos(&wr));
		if (ofp_match_decode(&rd, &again) != OFP_OK ||
		    !ofp_match_equal(&m, &again) ||
		    !ofp_match_covers(&m, &again) ||
		    !ofp_match_overlaps(&m, &again) ||
		    !ofp_match_hit(&m, &m.m_key))
			abort();
	}
	free(copy);
	return (0);
}
