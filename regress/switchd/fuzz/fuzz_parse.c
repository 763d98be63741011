/*
 * SPDX-License-Identifier: ISC
 *
 * fuzz_parse.c: a flow as a person types it.  What is taken can be encoded,
 * and is what a switch would take.
 */
#include "fuzz_ofp.h"

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t len)
{
	static uint8_t	instr[16384], msg[OFP_MSG_MAX];
	struct ofp_flow	f;
	struct ofp_wr	wr, out;
	char		err[256], *text;

	if ((text = malloc(len + 1)) == NULL)
		return (0);
	if (len > 0)
		memcpy(text, p, len);
	text[len] = '\0';
	ofp_wr_init(&wr, instr, sizeof(instr));
	if (ofp_parse_flow(text, OFP_FC_ADD, &f, &wr, err, sizeof(err)) == 0) {
		ofp_wr_init(&out, msg, sizeof(msg));
		ofp_flow_encode(&out, 1, &f);
		if (!ofp_wr_err(&out))
			fuzz_msg(msg, ofp_wr_pos(&out));
	}
	free(text);
	return (0);
}
