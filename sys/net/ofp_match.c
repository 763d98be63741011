/*
 * SPDX-License-Identifier: ISC
 *
 * ofp_match.c: the match (7.2.3): from and to the wire, compared, built.
 *
 * All of it are loops over the rows of ofp_oxm_table, or over the words of a
 * key: fields that share a place exclude each other by their prerequisites.
 */
#include "ofp_oxm.h"

/* Where a field's bytes are in a key; the value is right aligned there. */
static uint8_t *
ofp_key_at(struct ofp_key *k, const struct ofp_oxm *ox)
{
	return ((uint8_t *)k + ox->ox_off + ox->ox_klen - ox->ox_len);
}

static const uint8_t *
ofp_key_at_const(const struct ofp_key *k, const struct ofp_oxm *ox)
{
	return ((const uint8_t *)k + ox->ox_off + ox->ox_klen - ox->ox_len);
}

/*
 * Decode.
 */

/* One field of the wire as it came. */
struct ofp_oxm_tlv {
	enum ofp_field	 tl_field;
	const uint8_t	*tl_value;
	const uint8_t	*tl_mask;	/* NULL: exact */
};

/* any_mask: a mask may stand where we would not take one. */
static enum ofp_error
ofp_oxm_tlv_decode(struct ofp_rd *rd, bool any_mask, struct ofp_oxm_tlv *tl)
{
	const struct ofp_oxm	*ox;
	struct ofp_rd		 body;
	uint16_t		 class;
	uint8_t			 num;
	uint32_t		 id = 0;
	int			 field;

	class = ofp_rd_u16(rd);
	num = ofp_rd_u8(rd);
	ofp_rd_sub(rd, ofp_rd_u8(rd), &body);
	if (class == OFP_XMC_EXPERIMENTER)
		id = ofp_rd_u32(&body);
	if (ofp_rd_err(rd) || ofp_rd_err(&body))
		return (OFP_BMC_BAD_LEN);
	if ((field = ofp_oxm_find(class, num >> 1, id)) == -1)
		return (OFP_BMC_BAD_FIELD);
	tl->tl_field = (enum ofp_field)field;
	ox = &ofp_oxm_table[field];
	if ((num & 1) != 0 && !ox->ox_maskable && !any_mask)
		return (OFP_BMC_BAD_MASK);
	if (ofp_rd_left(&body) != (size_t)ox->ox_len << (num & 1))
		return (OFP_BMC_BAD_LEN);
	tl->tl_value = ofp_rd_ptr(&body, ox->ox_len);
	tl->tl_mask = (num & 1) != 0 ? ofp_rd_ptr(&body, ox->ox_len) : NULL;
	return (OFP_OK);
}

/*
 * What of the mask counts, into mask: the field's bits if there is none or it
 * is all ones.  7.2.3.5.
 */
static enum ofp_error
ofp_oxm_mask(const struct ofp_oxm_tlv *tl, uint8_t mask[16])
{
	const struct ofp_oxm	*ox = &ofp_oxm_table[tl->tl_field];
	unsigned int		 i;
	uint8_t			 all = 0xff, over = 0;

	ofp_oxm_full_mask(tl->tl_field, mask);
	if (tl->tl_mask == NULL)
		return (OFP_OK);
	for (i = 0; i < ox->ox_len; i++) {
		all &= tl->tl_mask[i];
		over |= tl->tl_mask[i] & ~mask[i];
	}
	if (all == 0xff)
		return (OFP_OK);
	if (over != 0)
		return (OFP_BMC_BAD_MASK);
	memcpy(mask, tl->tl_mask, ox->ox_len);
	return (OFP_OK);
}

static enum ofp_error
ofp_oxm_value_check(const struct ofp_oxm_tlv *tl, const uint8_t mask[16])
{
	const struct ofp_oxm	*ox = &ofp_oxm_table[tl->tl_field];
	uint8_t			 full[16], over = 0, outside = 0, any = 0;
	unsigned int		 i;

	ofp_oxm_full_mask(tl->tl_field, full);
	for (i = 0; i < ox->ox_len; i++) {
		over |= tl->tl_value[i] & ~full[i];
		outside |= tl->tl_value[i] & ~mask[i];
		any |= tl->tl_value[i];
	}
	if (over != 0)
		return (OFP_BMC_BAD_VALUE);
	if (outside != 0)
		return (OFP_BMC_BAD_WILDCARDS);
	/* A VLAN that is not there has no number. */
	if (tl->tl_field == OFP_XMT_VLAN_VID && any != 0 &&
	    memcmp(mask, full, ox->ox_len) == 0 &&
	    (tl->tl_value[0] & OFP_VID_PRESENT >> 8) == 0)
		return (OFP_BMC_BAD_VALUE);
	return (OFP_OK);
}

/* One field with its mask into the match. */
static void
ofp_match_put(struct ofp_match *m, const struct ofp_oxm_tlv *tl,
    const uint8_t mask[16])
{
	const struct ofp_oxm	*ox = &ofp_oxm_table[tl->tl_field];
	uint8_t			 any = 0;
	unsigned int		 i;

	for (i = 0; i < ox->ox_len; i++)
		any |= mask[i];
	if (any == 0)
		return;
	m->m_fields |= OFP_FIELD_BIT(tl->tl_field);
	memcpy(ofp_key_at(&m->m_key, ox), tl->tl_value, ox->ox_len);
	memcpy(ofp_key_at(&m->m_mask, ox), mask, ox->ox_len);
}

/* The same, checked; seen: the fields before it, all-zero masks too. */
static enum ofp_error
ofp_match_take(struct ofp_match *m, const struct ofp_oxm_tlv *tl,
    uint64_t *seen)
{
	uint8_t		mask[16];
	enum ofp_error	error;

	if ((*seen & OFP_FIELD_BIT(tl->tl_field)) != 0)
		return (OFP_BMC_DUP_FIELD);
	*seen |= OFP_FIELD_BIT(tl->tl_field);
	if ((error = ofp_oxm_mask(tl, mask)) != OFP_OK ||
	    (error = ofp_oxm_value_check(tl, mask)) != OFP_OK)
		return (error);
	if (!ofp_oxm_prereq_ok(m, tl->tl_field))
		return (OFP_BMC_BAD_PREREQ);
	ofp_match_put(m, tl, mask);
	return (OFP_OK);
}

/* The header and padding: oxms gets the fields between. */
static enum ofp_error
ofp_match_frame(struct ofp_rd *rd, struct ofp_rd *oxms)
{
	uint16_t	type, len;

	type = ofp_rd_u16(rd);
	len = ofp_rd_u16(rd);
	if (ofp_rd_err(rd))
		return (OFP_BMC_BAD_LEN);
	if (type != OFP_MT_OXM)
		return (OFP_BMC_BAD_TYPE);
	ofp_rd_sub(rd, (size_t)len - 4, oxms);
	ofp_rd_skip(rd, -len & 7);
	return (ofp_rd_err(rd) ? OFP_BMC_BAD_LEN : OFP_OK);
}

enum ofp_error
ofp_match_decode(struct ofp_rd *rd, struct ofp_match *m)
{
	struct ofp_oxm_tlv	tl;
	struct ofp_rd		oxms;
	uint64_t		seen = 0;
	enum ofp_error		error;

	ofp_match_init(m);
	if ((error = ofp_match_frame(rd, &oxms)) != OFP_OK)
		return (error);
	while (ofp_rd_left(&oxms) > 0) {
		error = ofp_oxm_tlv_decode(&oxms, false, &tl);
		if (error != OFP_OK ||
		    (error = ofp_match_take(m, &tl, &seen)) != OFP_OK)
			return (error);
	}
	return (OFP_OK);
}

enum ofp_error
ofp_match_decode_told(struct ofp_rd *rd, struct ofp_match *m, bool *more)
{
	struct ofp_oxm_tlv	tl;
	struct ofp_rd		oxms;
	enum ofp_error		error;
	uint8_t			mask[16];

	ofp_match_init(m);
	*more = false;
	if ((error = ofp_match_frame(rd, &oxms)) != OFP_OK)
		return (error);
	while (ofp_rd_left(&oxms) > 0) {
		error = ofp_oxm_tlv_decode(&oxms, true, &tl);
		if (error == OFP_OK &&
		    ofp_oxm_mask(&tl, mask) == OFP_OK &&
		    ofp_oxm_value_check(&tl, mask) == OFP_OK)
			ofp_match_put(m, &tl, mask);
		else if (error == OFP_BMC_BAD_LEN)
			return (error);
		else
			*more = true;
	}
	return (OFP_OK);
}

/*
 * The exact value of one basic field of up to 32 bits, in a match that is not
 * looked at otherwise; 0 when it is not there.
 */
enum ofp_error
ofp_match_peek(struct ofp_rd *rd, enum ofp_field want, uint32_t *value)
{
	struct ofp_rd	oxms, body;
	enum ofp_error	error;
	uint32_t	header;

	*value = 0;
	if ((error = ofp_match_frame(rd, &oxms)) != OFP_OK)
		return (error);
	while (ofp_rd_left(&oxms) > 0) {
		header = ofp_rd_u32(&oxms);
		ofp_rd_sub(&oxms, header & 0xff, &body);
		if (header >> 8 == ((uint32_t)OFP_XMC_OPENFLOW_BASIC << 8 |
		    (uint32_t)want << 1) && ofp_rd_left(&body) == 4)
			*value = ofp_rd_u32(&body);
	}
	return (ofp_rd_err(&oxms) ? OFP_BMC_BAD_LEN : OFP_OK);
}

enum ofp_error
ofp_oxm_set_decode(struct ofp_rd *rd, enum ofp_field *fp, uint8_t value[16])
{
	const struct ofp_oxm	*ox;
	struct ofp_oxm_tlv	 tl;
	uint8_t			 mask[16];

	switch (ofp_oxm_tlv_decode(rd, true, &tl)) {
	case OFP_OK:
		break;
	case OFP_BMC_BAD_LEN:
		return (OFP_BAC_BAD_SET_LEN);
	default:
		return (OFP_BAC_BAD_SET_TYPE);
	}
	ox = &ofp_oxm_table[tl.tl_field];
	if (tl.tl_mask != NULL || !ox->ox_settable)
		return (OFP_BAC_BAD_SET_TYPE);
	ofp_oxm_full_mask(tl.tl_field, mask);
	if (ofp_oxm_value_check(&tl, mask) != OFP_OK ||
	    (tl.tl_field == OFP_XMT_VLAN_VID &&
	    (tl.tl_value[0] & OFP_VID_PRESENT >> 8) == 0))
		return (OFP_BAC_BAD_SET_ARGUMENT);
	*fp = tl.tl_field;
	memset(value, 0, 16);
	memcpy(value, tl.tl_value, ox->ox_len);
	return (OFP_OK);
}

/*
 * Encode, in the order of the fields' numbers, which is one that keeps what
 * is needed before what needs it.
 */

static bool
ofp_match_is_exact(const struct ofp_match *m, enum ofp_field f)
{
	uint8_t	full[16];

	ofp_oxm_full_mask(f, full);
	return (memcmp(ofp_key_at_const(&m->m_mask, &ofp_oxm_table[f]), full,
	    ofp_oxm_table[f].ox_len) == 0);
}

void
ofp_match_encode_oxms(struct ofp_wr *wr, const struct ofp_match *m)
{
	const struct ofp_oxm	*ox;
	uint64_t		 fields;
	enum ofp_field		 f;
	bool			 mask;

	for (fields = m->m_fields; fields != 0; fields &= fields - 1) {
		f = (enum ofp_field)__builtin_ctzll(fields);
		ox = &ofp_oxm_table[f];
		mask = !ofp_match_is_exact(m, f);
		ofp_oxm_header_encode(wr, f, mask);
		ofp_wr_bytes(wr, ofp_key_at_const(&m->m_key, ox), ox->ox_len);
		if (mask)
			ofp_wr_bytes(wr, ofp_key_at_const(&m->m_mask, ox),
			    ox->ox_len);
	}
}

void
ofp_match_encode(struct ofp_wr *wr, const struct ofp_match *m)
{
	size_t	start = ofp_wr_pos(wr);

	ofp_wr_u16(wr, OFP_MT_OXM);
	ofp_wr_u16(wr, 0);
	ofp_match_encode_oxms(wr, m);
	ofp_wr_put16(wr, start + 2, (uint16_t)(ofp_wr_pos(wr) - start));
	ofp_wr_pad8(wr, start);
}

size_t
ofp_match_len(const struct ofp_match *m)
{
	const struct ofp_oxm	*ox;
	uint64_t		 fields;
	enum ofp_field		 f;
	size_t			 len = 4;

	for (fields = m->m_fields; fields != 0; fields &= fields - 1) {
		f = (enum ofp_field)__builtin_ctzll(fields);
		ox = &ofp_oxm_table[f];
		len += 4 + ((size_t)ox->ox_len << !ofp_match_is_exact(m, f));
		if (ox->ox_class == OFP_XMC_EXPERIMENTER)
			len += 4;
	}
	return ((len + 7) & ~(size_t)7);
}

/*
 * Compare.
 */

static uint64_t
ofp_key_word(const struct ofp_key *k, unsigned int i)
{
	uint64_t	w;

	memcpy(&w, (const uint8_t *)k + i * sizeof(w), sizeof(w));
	return (w);
}

bool
ofp_match_equal(const struct ofp_match *a, const struct ofp_match *b)
{
	return (a->m_fields == b->m_fields &&
	    memcmp(&a->m_key, &b->m_key, sizeof(a->m_key)) == 0 &&
	    memcmp(&a->m_mask, &b->m_mask, sizeof(a->m_mask)) == 0);
}

bool
ofp_match_covers(const struct ofp_match *a, const struct ofp_match *b)
{
	uint64_t	mask;
	unsigned int	i;

	for (i = 0; i < OFP_KEY_WORDS; i++) {
		mask = ofp_key_word(&a->m_mask, i);
		if ((mask & ~ofp_key_word(&b->m_mask, i)) != 0 ||
		    ((ofp_key_word(&a->m_key, i) ^
		    ofp_key_word(&b->m_key, i)) & mask) != 0)
			return (false);
	}
	return (true);
}

bool
ofp_match_overlaps(const struct ofp_match *a, const struct ofp_match *b)
{
	unsigned int	i;

	for (i = 0; i < OFP_KEY_WORDS; i++) {
		if (((ofp_key_word(&a->m_key, i) ^
		    ofp_key_word(&b->m_key, i)) &
		    ofp_key_word(&a->m_mask, i) &
		    ofp_key_word(&b->m_mask, i)) != 0)
			return (false);
	}
	return (true);
}

bool
ofp_match_hit(const struct ofp_match *m, const struct ofp_key *k)
{
	unsigned int	i;

	for (i = 0; i < OFP_KEY_WORDS; i++) {
		if (((ofp_key_word(&m->m_key, i) ^ ofp_key_word(k, i)) &
		    ofp_key_word(&m->m_mask, i)) != 0)
			return (false);
	}
	return (true);
}

/*
 * Build.
 */

void
ofp_match_init(struct ofp_match *m)
{
	memset(m, 0, sizeof(*m));
}

uint64_t
ofp_key_get(const struct ofp_key *k, enum ofp_field f)
{
	const uint8_t	*p = (const uint8_t *)k + ofp_oxm_table[f].ox_off;
	be16_t		 v16;
	be32_t		 v32;
	be64_t		 v64 = 0;
	size_t		 n = ofp_oxm_table[f].ox_klen;

	switch (n) {
	case 1:
		return (*p);
	case 2:
		memcpy(&v16, p, sizeof(v16));
		return (be16_get(v16));
	case 4:
		memcpy(&v32, p, sizeof(v32));
		return (be32_get(v32));
	default:
		if (n > sizeof(v64)) {		/* the low bits of an address */
			p += n - sizeof(v64);
			n = sizeof(v64);
		}
		memcpy((uint8_t *)&v64 + sizeof(v64) - n, p, n);
		return (be64_get(v64));
	}
}

void
ofp_key_set(struct ofp_key *k, enum ofp_field f, uint64_t v)
{
	uint8_t	*p = (uint8_t *)k + ofp_oxm_table[f].ox_off;
	be64_t	 be = be64_make(v);
	size_t	 n = ofp_oxm_table[f].ox_klen;

	if (n > sizeof(be)) {
		memset(p, 0, n - sizeof(be));
		p += n - sizeof(be);
		n = sizeof(be);
	}
	memcpy(p, (const uint8_t *)&be + sizeof(be) - n, n);
}

void
ofp_match_set(struct ofp_match *m, enum ofp_field f, uint64_t v)
{
	unsigned int	bits = ofp_oxm_table[f].ox_bits;

	ofp_match_set_masked(m, f, v,
	    bits >= 64 ? ~(uint64_t)0 : ((uint64_t)1 << bits) - 1);
}

void
ofp_match_set_masked(struct ofp_match *m, enum ofp_field f, uint64_t v,
    uint64_t mask)
{
	KASSERT(ofp_oxm_table[f].ox_klen <= sizeof(v));
	if (mask == 0)
		m->m_fields &= ~OFP_FIELD_BIT(f);
	else
		m->m_fields |= OFP_FIELD_BIT(f);
	ofp_key_set(&m->m_key, f, v & mask);
	ofp_key_set(&m->m_mask, f, mask);
}

void
ofp_match_set_bytes(struct ofp_match *m, enum ofp_field f, const uint8_t *v,
    const uint8_t *mask)
{
	const struct ofp_oxm	*ox = &ofp_oxm_table[f];
	uint8_t			*kp = ofp_key_at(&m->m_key, ox);
	uint8_t			*mp = ofp_key_at(&m->m_mask, ox);
	uint8_t			 full[16], any = 0;
	unsigned int		 i;

	ofp_oxm_full_mask(f, full);
	for (i = 0; i < ox->ox_len; i++) {
		mp[i] = full[i] & (mask == NULL ? 0xff : mask[i]);
		kp[i] = v[i] & mp[i];
		any |= mp[i];
	}
	if (any == 0)
		m->m_fields &= ~OFP_FIELD_BIT(f);
	else
		m->m_fields |= OFP_FIELD_BIT(f);
}
