/*
 * SPDX-License-Identifier: ISC
 *
 * fuzz_flow_mod.c: bodies of flow mods.
 */
#include "fuzz_ofp.h"

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t len)
{
	static const uint8_t head[] = { 4, OFP_T_FLOW_MOD, 0, 0, 0, 0, 0, 1 };

	fuzz_body(head, sizeof(head), p, len);
	return (0);
}
