/*
 * SPDX-License-Identifier: ISC
 *
 * fuzz_queue_config.c: bodies of replies about queues.
 */
#include "fuzz_ofp.h"

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t len)
{
	static const uint8_t head[] = { 4, OFP_T_QUEUE_GET_CONFIG_REPLY, 0, 0,
		0, 0, 0, 1 };

	fuzz_body(head, sizeof(head), p, len);
	return (0);
}
