/*
 * SPDX-License-Identifier: ISC
 *
 * pkt_csum.c: the Internet checksum (RFC 1071).
 *
 * Sums are taken over 16-bit words as they lie in memory; the result is stored
 * the same way and so needs no swapping.
 */
#include "pkt_user.h"

/*
 * Add len bytes to a sum; an odd last byte counts as if a zero followed.  Only
 * the last piece of a sum may have an odd length.
 */
uint64_t
pkt_csum_add(uint64_t sum, const uint8_t *p, uint32_t len)
{
	uint32_t	w[4];
	uint16_t	h;

	for (; len >= sizeof(w); p += sizeof(w), len -= sizeof(w)) {
		memcpy(w, p, sizeof(w));
		sum += (uint64_t)w[0] + w[1] + w[2] + w[3];
	}
	for (; len >= sizeof(h); p += sizeof(h), len -= sizeof(h)) {
		memcpy(&h, p, sizeof(h));
		sum += h;
	}
	if (len > 0) {
		h = 0;
		memcpy(&h, p, 1);
		sum += h;
	}
	return (sum);
}

/* The sum in 16 bits, not complemented. */
uint16_t
pkt_csum_fold(uint64_t sum)
{
	sum = (sum >> 32) + (sum & 0xffffffff);
	sum = (sum >> 32) + (sum & 0xffffffff);
	sum = (sum >> 16) + (sum & 0xffff);
	sum = (sum >> 16) + (sum & 0xffff);
	return ((uint16_t)sum);
}
