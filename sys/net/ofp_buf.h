/*
 * SPDX-License-Identifier: ISC
 *
 * ofp_buf.h: a bounded reader and a bounded writer, the only way to wire bytes.
 *
 * A reader that ran short returns zeros, has nothing left and stays failed;
 * a writer that ran over writes nothing more and stays failed.  Both may be
 * used in straight lines and asked once at the end, before the first side
 * effect.  Neither allocates or keeps anything: copies are cheap, and a copy
 * taken before is a way back.
 *
 *	ofp_rd_init(&rd, msg, len);
 *	table = ofp_rd_u8(&rd);
 *	ofp_rd_skip(&rd, 3);
 *	ofp_rd_sub(&rd, ofp_rd_u16(&rd) - 4, &body);
 *	if (ofp_rd_err(&rd))
 *		return (OFP_BRC_BAD_LEN);
 */
#ifndef _NET_OFP_BUF_H_
#define _NET_OFP_BUF_H_

#include "kern.h"

struct ofp_rd {
	const uint8_t	*rd_p;
	size_t		 rd_left;
	bool		 rd_err;
};

/* Read from len bytes at p, which stay the caller's. */
static inline void
ofp_rd_init(struct ofp_rd *rd, const uint8_t *p, size_t len)
{
	rd->rd_p = p;
	rd->rd_left = len;
	rd->rd_err = false;
}

/* From here on nothing is left and the reader has failed. */
static inline void
ofp_rd_fail(struct ofp_rd *rd)
{
	rd->rd_left = 0;
	rd->rd_err = true;
}

/* Pointer to the next len bytes, which are skipped; NULL when short. */
static inline const uint8_t *
ofp_rd_ptr(struct ofp_rd *rd, size_t len)
{
	const uint8_t	*p = rd->rd_p;

	if (unlikely(len > rd->rd_left)) {
		ofp_rd_fail(rd);
		return (NULL);
	}
	if (len > 0)			/* an empty reader may be NULL */
		rd->rd_p += len;
	rd->rd_left -= len;
	return (p);
}

static inline void
ofp_rd_skip(struct ofp_rd *rd, size_t len)
{
	(void)ofp_rd_ptr(rd, len);
}

/* Integers: network order on the wire, host order here; 0 when short. */
static inline uint8_t
ofp_rd_u8(struct ofp_rd *rd)
{
	const uint8_t	*p = ofp_rd_ptr(rd, 1);

	return (p == NULL ? 0 : *p);
}

static inline uint16_t
ofp_rd_u16(struct ofp_rd *rd)
{
	const uint8_t	*p = ofp_rd_ptr(rd, 2);

	return (p == NULL ? 0 : kern_be16_at(p));
}

static inline uint32_t
ofp_rd_u32(struct ofp_rd *rd)
{
	const uint8_t	*p = ofp_rd_ptr(rd, 4);

	return (p == NULL ? 0 : kern_be32_at(p));
}

static inline uint64_t
ofp_rd_u64(struct ofp_rd *rd)
{
	const uint8_t	*p = ofp_rd_ptr(rd, 8);

	return (p == NULL ? 0 :
	    (uint64_t)kern_be32_at(p) << 32 | kern_be32_at(p + 4));
}

/* Cut len bytes into sub; a short reader fails both. */
static inline void
ofp_rd_sub(struct ofp_rd *rd, size_t len, struct ofp_rd *sub)
{
	ofp_rd_init(sub, ofp_rd_ptr(rd, len), len);
	if (unlikely(rd->rd_err))
		ofp_rd_fail(sub);
}

/* Copy len bytes; zeros when short. */
void		 ofp_rd_bytes(struct ofp_rd *, uint8_t *, size_t len);
/* A NUL padded string of field bytes, always terminated in dst[field + 1]. */
void		 ofp_rd_str(struct ofp_rd *, char *, size_t field);

static inline size_t
ofp_rd_left(const struct ofp_rd *rd)
{
	return (rd->rd_left);
}

/* Whether anything so far went past the end. */
static inline bool
ofp_rd_err(const struct ofp_rd *rd)
{
	return (rd->rd_err);
}

struct ofp_wr {
	uint8_t		*wr_buf;
	size_t		 wr_len;	/* written so far */
	size_t		 wr_cap;
	bool		 wr_err;
};

/* Write into cap bytes at buf, which stay the caller's. */
static inline void
ofp_wr_init(struct ofp_wr *wr, uint8_t *buf, size_t cap)
{
	wr->wr_buf = buf;
	wr->wr_len = 0;
	wr->wr_cap = cap;
	wr->wr_err = false;
}

/* Room for len bytes, to be filled by the caller; NULL when over. */
static inline uint8_t *
ofp_wr_room(struct ofp_wr *wr, size_t len)
{
	uint8_t	*p = wr->wr_buf + wr->wr_len;

	if (unlikely(wr->wr_err || len > wr->wr_cap - wr->wr_len)) {
		wr->wr_err = true;
		return (NULL);
	}
	wr->wr_len += len;
	return (p);
}

static inline void
ofp_wr_bytes(struct ofp_wr *wr, const void *src, size_t len)
{
	uint8_t	*p = ofp_wr_room(wr, len);

	if (likely(p != NULL && len > 0))
		memcpy(p, src, len);
}

/* Integers: host order here, network order on the wire. */
static inline void
ofp_wr_u8(struct ofp_wr *wr, uint8_t v)
{
	ofp_wr_bytes(wr, &v, sizeof(v));
}

static inline void
ofp_wr_u16(struct ofp_wr *wr, uint16_t v)
{
	be16_t	be = be16_make(v);

	ofp_wr_bytes(wr, &be, sizeof(be));
}

static inline void
ofp_wr_u32(struct ofp_wr *wr, uint32_t v)
{
	be32_t	be = be32_make(v);

	ofp_wr_bytes(wr, &be, sizeof(be));
}

static inline void
ofp_wr_u64(struct ofp_wr *wr, uint64_t v)
{
	be64_t	be = be64_make(v);

	ofp_wr_bytes(wr, &be, sizeof(be));
}

static inline void
ofp_wr_zero(struct ofp_wr *wr, size_t len)
{
	uint8_t	*p = ofp_wr_room(wr, len);

	if (likely(p != NULL && len > 0))
		memset(p, 0, len);
}

/* A string in a field of that many bytes: cut to field - 1, NUL padded. */
void	ofp_wr_str(struct ofp_wr *, const char *, size_t field);
/* Pad so that the length counted from position start is a multiple of 8. */
void	ofp_wr_pad8(struct ofp_wr *, size_t start);
/* Put a 16 bit value at an earlier position (a length known only now). */
void	ofp_wr_put16(struct ofp_wr *, size_t pos, uint16_t);

static inline size_t
ofp_wr_pos(const struct ofp_wr *wr)
{
	return (wr->wr_len);
}

static inline bool
ofp_wr_err(const struct ofp_wr *wr)
{
	return (wr->wr_err);
}

#endif /* _NET_OFP_BUF_H_ */
