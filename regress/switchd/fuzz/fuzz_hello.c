/*
 * SPDX-License-Identifier: ISC
 *
 * fuzz_hello.c: elements of a hello.
 */
#include "fuzz_ofp.h"

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t len)
{
	static const uint8_t	head[] = { 4, OFP_T_HELLO, 0, 0, 0, 0, 0, 1 };

	fuzz_body(head, sizeof(head), p, len);
	return (0);
}
