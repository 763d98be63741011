/*
 * SPDX-License-Identifier: ISC
 *
 * fuzz_msg.c: any message of 1.3, header and all.
 */
#include "fuzz_ofp.h"

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t len)
{
	fuzz_body(p, 0, p, len);
	return (0);
}
