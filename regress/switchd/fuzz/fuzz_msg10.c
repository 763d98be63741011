/*
 * SPDX-License-Identifier: ISC
 *
 * fuzz_msg10.c: any message of 1.0.
 */
#include "fuzz_ofp.h"

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t len)
{
	static const uint8_t	version = OFP_VERSION_10;

	if (len > 0)
		fuzz_body(&version, 1, p + 1, len - 1);
	return (0);
}
