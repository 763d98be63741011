/*
 * SPDX-License-Identifier: ISC
 *
 * fuzz_table_features.c: properties of tables.
 */
#include "fuzz_ofp.h"

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t len)
{
	static const uint8_t	head[] = { 4, OFP_T_MULTIPART_REPLY, 0, 0,
		0, 0, 0, 1, 0, OFP_MP_TABLE_FEATURES, 0, 0, 0, 0, 0, 0 };

	fuzz_body(head, sizeof(head), p, len);
	return (0);
}
