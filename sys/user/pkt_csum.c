/*
 * SPDX-License-Identifier: ISC
 *
 * pkt_csum.c: the Internet checksum (RFC 1071), and that of SCTP (RFC 9260).
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

static uint32_t
crc32c(const uint8_t *p, uint32_t len)
{
	static uint32_t	table[256];
	uint32_t	crc, i, bit;

	for (i = 0; table[255] == 0; i++) {
		table[i] = i;
		for (bit = 0; bit < 8; bit++)
			table[i] = table[i] >> 1 ^
			    (table[i] & 1) * 0x82f63b78;
	}
	for (crc = UINT32_MAX; len > 0; p++, len--)
		crc = table[(crc ^ *p) & 0xff] ^ crc >> 8;
	return (~crc);
}

void
pkt_csum_sctp(uint8_t *sctp, uint32_t len)
{
	uint32_t	i, crc;

	memset(sctp + SCTP_CSUM, 0, 4);
	crc = crc32c(sctp, len);
	for (i = 0; i < 4; i++)
		sctp[SCTP_CSUM + i] = (uint8_t)(crc >> 8 * i);
}
