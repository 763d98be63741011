/*
 * SPDX-License-Identifier: ISC
 *
 * fuzz_packet_out.c: bodies of packet-outs.
 */
#include "fuzz_ofp.h"

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t len)
{
	static const uint8_t head[] = { 4, OFP_T_PACKET_OUT, 0, 0, 0, 0, 0, 1 };

	fuzz_body(head, sizeof(head), p, len);
	return (0);
}
