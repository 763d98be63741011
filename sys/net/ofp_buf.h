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

void		 ofp_rd_init(struct ofp_rd *, const uint8_t *, size_t);
uint8_t		 ofp_rd_u8(struct ofp_rd *);
uint16_t	 ofp_rd_u16(struct ofp_rd *);		/* host order */
uint32_t	 ofp_rd_u32(struct ofp_rd *);
uint64_t	 ofp_rd_u64(struct ofp_rd *);
void		 ofp_rd_bytes(struct ofp_rd *, uint8_t *, size_t);
void		 ofp_rd_skip(struct ofp_rd *, size_t);
/* Pointer to the next len bytes, which are skipped; NULL when short. */
const uint8_t	*ofp_rd_ptr(struct ofp_rd *, size_t);
/* Cut len bytes into sub; a short reader fails both. */
void		 ofp_rd_sub(struct ofp_rd *, size_t, struct ofp_rd *);
/* A NUL padded string of field bytes, always terminated in dst[field + 1]. */
void		 ofp_rd_str(struct ofp_rd *, char *, size_t field);
void		 ofp_rd_fail(struct ofp_rd *);

static inline size_t
ofp_rd_left(const struct ofp_rd *rd)
{
	return (rd->rd_left);
}

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

void	ofp_wr_init(struct ofp_wr *, uint8_t *, size_t cap);
void	ofp_wr_u8(struct ofp_wr *, uint8_t);
void	ofp_wr_u16(struct ofp_wr *, uint16_t);
void	ofp_wr_u32(struct ofp_wr *, uint32_t);
void	ofp_wr_u64(struct ofp_wr *, uint64_t);
void	ofp_wr_bytes(struct ofp_wr *, const void *, size_t);
void	ofp_wr_zero(struct ofp_wr *, size_t);
/* A string in a field of that many bytes: cut to field - 1, NUL padded. */
void	ofp_wr_str(struct ofp_wr *, const char *, size_t field);
/* Room for len bytes, to be filled by the caller; NULL when over. */
uint8_t	*ofp_wr_room(struct ofp_wr *, size_t);
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
