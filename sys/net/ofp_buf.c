/*
 * SPDX-License-Identifier: ISC
 *
 * ofp_buf.c: the parts of reader and writer that are not in every message.
 */
#include "ofp_buf.h"

void
ofp_rd_bytes(struct ofp_rd *rd, uint8_t *dst, size_t len)
{
	const uint8_t	*p = ofp_rd_ptr(rd, len);

	if (len == 0)
		return;
	if (p == NULL)
		memset(dst, 0, len);
	else
		memcpy(dst, p, len);
}

void
ofp_rd_str(struct ofp_rd *rd, char *dst, size_t field)
{
	const uint8_t	*p = ofp_rd_ptr(rd, field);
	size_t		 i = 0;

	if (p != NULL) {
		for (; i < field && p[i] != '\0'; i++)
			dst[i] = (char)p[i];
	}
	memset(dst + i, 0, field + 1 - i);
}

void
ofp_wr_str(struct ofp_wr *wr, const char *s, size_t field)
{
	size_t	n = strnlen(s, field - 1);

	ofp_wr_bytes(wr, s, n);
	ofp_wr_zero(wr, field - n);
}

void
ofp_wr_pad8(struct ofp_wr *wr, size_t start)
{
	ofp_wr_zero(wr, -(wr->wr_len - start) & 7);
}

void
ofp_wr_put16(struct ofp_wr *wr, size_t pos, uint16_t v)
{
	be16_t	be = be16_make(v);

	if (wr->wr_err || wr->wr_len < sizeof(be) ||
	    pos > wr->wr_len - sizeof(be))
		wr->wr_err = true;
	else
		memcpy(wr->wr_buf + pos, &be, sizeof(be));
}
