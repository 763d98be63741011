/*
 * SPDX-License-Identifier: ISC
 *
 * ofp_oxm.h: every match field there is, one row each; and the match.
 *
 * All that is known of a field stands in its row: class, number, width, bits,
 * whether it may be masked or set, what must be matched before it, and its
 * place in struct ofp_key.  Decode, encode, print, compare and set-field are
 * loops over rows.  A field is named by its index (enum ofp_field): 0..39 are
 * the basic fields with their OXM number, then our few experimenter fields.
 */
#ifndef _NET_OFP_OXM_H_
#define _NET_OFP_OXM_H_

#include "ofp.h"
#include "ofp_buf.h"
#include "ofp_key.h"

/*
 * What must have been matched before: field op_field, exactly under op_mask,
 * with op_value or op_alt there.  Mask 0: any exact value.  op_field -1:
 * nothing.
 */
struct ofp_prereq {
	int8_t		op_field;
	uint16_t	op_mask;
	uint16_t	op_value, op_alt; /* alt == value: only one */
};
#define OFP_NPREREQS	2		/* both must hold */

struct ofp_oxm {
	const char	*ox_name;	/* "eth_dst", as ovs-ofctl says it */
	uint16_t	 ox_class;
	uint8_t		 ox_num;	/* oxm_field */
	uint32_t	 ox_experimenter; /* class 0xffff */
	uint8_t		 ox_len;	/* bytes on the wire */
	uint8_t		 ox_bits;	/* significant ones, from the right */
	bool		 ox_maskable;
	bool		 ox_settable;
	struct ofp_prereq ox_pre[OFP_NPREREQS];
	uint16_t	 ox_off;	/* of the value in struct ofp_key */
	uint8_t		 ox_klen;	/* bytes in the key, right aligned */
};

extern const struct ofp_oxm ofp_oxm_table[OFP_NFIELDS];

#define OFP_FIELD_BIT(f)	(1ULL << (f))

/*
 * A match: value and mask under the fields named in m_fields.  Bits of m_key
 * outside m_mask are zero; two matches are equal when fields, key and mask are.
 * A field given with an all-zero mask is as if left out; with an all-ones mask
 * as if without.
 */
struct ofp_match {
	uint64_t	m_fields;
	struct ofp_key	m_key;
	struct ofp_key	m_mask;
};

/*
 * struct ofp_match of the wire, 7.2.3.1: type, length, OXMs, padding to 8. All
 * errors are of BAD_MATCH: BAD_TYPE (not OXM), BAD_LEN (of the match or of a
 * field), BAD_FIELD (unknown), BAD_MASK (none allowed, or bits that the field
 * has not), BAD_VALUE (too large), BAD_WILDCARDS (value outside the mask),
 * BAD_PREREQ (what the field needs is not in front of it, exact), DUP_FIELD.
 */
enum ofp_error ofp_match_decode(struct ofp_rd *, struct ofp_match *);
/*
 * The same as a controller reads what a switch tells it: fields that we do
 * not know, or with values that we would not take, are passed over (*more is
 * then set), in any order; only a length that does not fit is an error.
 */
enum ofp_error ofp_match_decode_told(struct ofp_rd *, struct ofp_match *,
	    bool *more);
/*
 * Only the value of one 4 byte basic field, 0 when it is not there; the framing
 * of the others is checked, nothing else.
 */
enum ofp_error ofp_match_peek(struct ofp_rd *, enum ofp_field,
	    uint32_t *value);
/* Write in canonical order (field number), with padding. */
void	ofp_match_encode(struct ofp_wr *, const struct ofp_match *);
/* OXM TLVs only, without the header and padding (packet-in helpers, tests). */
void	ofp_match_encode_oxms(struct ofp_wr *, const struct ofp_match *);
/* Length that encode will write, including padding. */
size_t	ofp_match_len(const struct ofp_match *);

/* Same fields, values and masks: what "strict" asks, 6.4. */
bool	ofp_match_equal(const struct ofp_match *, const struct ofp_match *);
/*
 * True when every packet that b matches is matched by a: a is more general, or
 * the same; what a non-strict request asks, 6.4.
 */
bool	ofp_match_covers(const struct ofp_match *a, const struct ofp_match *b);
/* True when a packet can exist that both match (CHECK_OVERLAP, 6.4). */
bool	ofp_match_overlaps(const struct ofp_match *, const struct ofp_match *);
/* True when the packet of that key is matched. */
bool	ofp_match_hit(const struct ofp_match *, const struct ofp_key *);

/*
 * Build matches in code: the value of a field of up to 64 bits, host order, for
 * good or under a mask (0: the field is left out).  What the field needs before
 * it is the caller's to set; bits outside the mask are dropped.
 */
void	ofp_match_init(struct ofp_match *);
void	ofp_match_set(struct ofp_match *, enum ofp_field, uint64_t value);
void	ofp_match_set_masked(struct ofp_match *, enum ofp_field,
	    uint64_t value, uint64_t mask);
/* Longer fields: bytes in network order; mask NULL: exact. */
void	ofp_match_set_bytes(struct ofp_match *, enum ofp_field,
	    const uint8_t *value, const uint8_t *mask);
/* A field in a key as a host number; of longer ones the low 64 bits. */
uint64_t ofp_key_get(const struct ofp_key *, enum ofp_field);
void	ofp_key_set(struct ofp_key *, enum ofp_field, uint64_t);

/*
 * One OXM TLV of a set-field action (no mask), 7.2.5: value into 16 bytes,
 * left aligned, ox_len of them.  Errors are those of actions
 * (BAD_SET_TYPE/LEN/ARGUMENT).
 */
enum ofp_error ofp_oxm_set_decode(struct ofp_rd *, enum ofp_field *,
	    uint8_t value[16]);
/* Row of a class and number, or of a name; -1: unknown. */
int	ofp_oxm_find(uint16_t class, uint8_t num, uint32_t experimenter);
int	ofp_oxm_find_name(const char *);
/* OXM header of a field: the four bytes, and the id behind of class 0xffff. */
void	ofp_oxm_header_encode(struct ofp_wr *, enum ofp_field, bool mask);
/* True when m has what the field needs before it (7.2.3.6). */
bool	ofp_oxm_prereq_ok(const struct ofp_match *, enum ofp_field);
/* Bytes of a mask that is exact: ox_len of them. */
void	ofp_oxm_full_mask(enum ofp_field, uint8_t mask[16]);

#endif /* _NET_OFP_OXM_H_ */
