/*
 * SPDX-License-Identifier: ISC
 *
 * fuzz_actions.c: a list of actions, in and out of a set, with and without a
 * match; walked even where it was refused.
 */
#include "fuzz_ofp.h"
#include "ofp_action.h"

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t len)
{
	static char		text[4096];
	struct ofp_match	m;
	struct ofp_action	ac;
	struct ofp_text		tx;
	struct ofp_rd		rd, list;
	enum ofp_error		error;
	uint8_t			*copy = malloc(len);

	if (copy == NULL)
		return (0);
	if (len > 0)
		memcpy(copy, p, len);
	ofp_match_init(&m);
	ofp_match_set(&m, OFP_XMT_ETH_TYPE, 0x0800);
	ofp_rd_init(&list, copy, len);
	(void)ofp_actions_check(list, NULL, false);
	(void)ofp_actions_check(list, &m, true);
	error = ofp_actions_check(list, &m, false);
	rd = list;
	while (ofp_action_next(&rd, &ac, &error))
		;
	ofp_text_init(&tx, text, sizeof(text));
	ofp_print_actions(&tx, list);
	ofp_text_init(&tx, text, sizeof(text));
	ofp_print_instructions(&tx, list);
	free(copy);
	return (0);
}
