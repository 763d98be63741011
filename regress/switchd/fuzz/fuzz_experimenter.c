/*
 * SPDX-License-Identifier: ISC
 *
 * fuzz_experimenter.c: messages of the ONF's extensions.
 */
#include "fuzz_ofp.h"

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t len)
{
	static const uint8_t	head[] = { 4, OFP_T_EXPERIMENTER, 0, 0,
		0, 0, 0, 1, 0x4f, 0x4e, 0x46, 0x00 };

	fuzz_body(head, sizeof(head), p, len);
	return (0);
}
