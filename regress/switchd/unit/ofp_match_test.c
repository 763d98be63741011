/*
 * SPDX-License-Identifier: ISC
 *
 * ofp_match_test.c: random matches through the wire, and compared: equal,
 * covers, overlaps and hit against a twin that knows fields, bits and nothing
 * of words.
 */
#include <string.h>

#include "ofp_oxm.h"
#include "test.h"

#define ROUNDS	20000

/* The twin: value and mask of each field, as bytes of the wire. */
struct twin {
	uint8_t	tw_value[OFP_NFIELDS][16];
	uint8_t	tw_mask[OFP_NFIELDS][16];
};

static uint32_t
chance(uint32_t n)
{
	return (kern_random() % n);
}

static void
twin_of(const struct ofp_match *m, struct twin *tw)
{
	const struct ofp_oxm	*ox;
	unsigned int		 f, at;

	memset(tw, 0, sizeof(*tw));
	for (f = 0; f < OFP_NFIELDS; f++) {
		ox = &ofp_oxm_table[f];
		if ((m->m_fields & OFP_FIELD_BIT(f)) == 0)
			continue;
		at = ox->ox_off + ox->ox_klen - ox->ox_len;
		memcpy(tw->tw_value[f], (const uint8_t *)&m->m_key + at,
		    ox->ox_len);
		memcpy(tw->tw_mask[f], (const uint8_t *)&m->m_mask + at,
		    ox->ox_len);
	}
}

static bool
twin_equal(const struct twin *a, const struct twin *b)
{
	return (memcmp(a, b, sizeof(*a)) == 0);
}

static bool
twin_covers(const struct twin *a, const struct twin *b)
{
	unsigned int	f, i, am, bm;

	for (f = 0; f < OFP_NFIELDS; f++) {
		for (i = 0; i < 16; i++) {
			am = a->tw_mask[f][i];
			bm = b->tw_mask[f][i];
			if ((am & ~bm) != 0 || ((a->tw_value[f][i] ^
			    b->tw_value[f][i]) & am) != 0)
				return (false);
		}
	}
	return (true);
}

static bool
twin_overlaps(const struct twin *a, const struct twin *b)
{
	unsigned int	f, i;

	for (f = 0; f < OFP_NFIELDS; f++) {
		for (i = 0; i < 16; i++) {
			if (((a->tw_value[f][i] ^ b->tw_value[f][i]) &
			    a->tw_mask[f][i] & b->tw_mask[f][i]) != 0)
				return (false);
		}
	}
	return (true);
}

/* One field at random: few values, so that two matches often meet. */
static void
random_field(struct ofp_match *m, enum ofp_field f)
{
	const struct ofp_oxm	*ox = &ofp_oxm_table[f];
	uint8_t			 v[16], mask[16];
	unsigned int		 i;

	if (!ofp_oxm_prereq_ok(m, f))
		return;
	ofp_oxm_full_mask(f, mask);
	for (i = 0; i < ox->ox_len; i++) {
		v[i] = (uint8_t)(chance(2) * 0x55) & mask[i];
		if (ox->ox_maskable && chance(3) == 0)
			mask[i] &= (uint8_t)(chance(2) * 0xf5);
	}
	if (f == OFP_XMT_VLAN_VID)
		v[0] |= OFP_VID_PRESENT >> 8;
	ofp_match_set_bytes(m, f, v, mask);
}

/* A legal match; what others need is chosen from a few often. */
static void
random_match(struct ofp_match *m)
{
	static const uint16_t	types[] = { 0x0800, 0x86dd, 0x0806, 0x8847,
				    0x8848, 0x88e7 };
	static const uint8_t	protos[] = { 1, 6, 17, 58, 132 };
	unsigned int		f;

	ofp_match_init(m);
	for (f = 0; f < OFP_NFIELDS; f++) {
		if (f == OFP_XMT_ETH_TYPE && chance(4) != 0)
			ofp_match_set(m, f, types[chance(nitems(types))]);
		else if (f == OFP_XMT_IP_PROTO && chance(4) != 0 &&
		    ofp_oxm_prereq_ok(m, f))
			ofp_match_set(m, f, protos[chance(nitems(protos))]);
		else if (f == OFP_XMT_ICMPV6_TYPE && chance(2) == 0 &&
		    ofp_oxm_prereq_ok(m, f))
			ofp_match_set(m, f, 135 + chance(2));
		else if (chance(3) == 0)
			random_field(m, (enum ofp_field)f);
	}
}

/* Take away or blur, so that one match covers the other now and then. */
static void
random_relative(const struct ofp_match *m, struct ofp_match *r)
{
	unsigned int	i;

	*r = *m;
	for (i = chance(4); i > 0; i--)
		random_field(r, (enum ofp_field)chance(OFP_NFIELDS));
}

TEST(match_comes_back_from_the_wire)
{
	static uint8_t		buf[2048];
	struct ofp_match	m, again;
	struct ofp_wr		wr;
	struct ofp_rd		rd;
	unsigned int		i;

	kern_random_seed(1);
	for (i = 0; i < ROUNDS; i++) {
		random_match(&m);
		ofp_wr_init(&wr, buf, sizeof(buf));
		ofp_match_encode(&wr, &m);
		CHECK(!ofp_wr_err(&wr) && ofp_wr_pos(&wr) % 8 == 0);
		CHECK(ofp_wr_pos(&wr) == ofp_match_len(&m));
		ofp_rd_init(&rd, buf, ofp_wr_pos(&wr));
		CHECK(ofp_match_decode(&rd, &again) == OFP_OK);
		CHECK(ofp_rd_left(&rd) == 0);
		CHECK(ofp_match_equal(&m, &again));
	}
}

TEST(order_of_fields_does_not_matter)
{
	static const uint8_t	one[] = { 0, 1, 0, 26, 0x80, 0, 0x00, 4,
				    0, 0, 0, 1, 0x80, 0, 0x0a, 2, 8, 0,
				    0x80, 0, 0x16, 4, 10, 0, 0, 1, 0, 0, 0,
				    0, 0, 0 };
	static const uint8_t	two[] = { 0, 1, 0, 26, 0x80, 0, 0x0a, 2, 8, 0,
				    0x80, 0, 0x16, 4, 10, 0, 0, 1, 0x80, 0,
				    0x00, 4, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0 };
	struct ofp_match	a, b;
	struct ofp_rd		rd;

	ofp_rd_init(&rd, one, sizeof(one));
	CHECK(ofp_match_decode(&rd, &a) == OFP_OK);
	ofp_rd_init(&rd, two, sizeof(two));
	CHECK(ofp_match_decode(&rd, &b) == OFP_OK);
	CHECK(ofp_match_equal(&a, &b));
}

TEST(comparisons_agree_with_the_twin)
{
	struct ofp_match	a, b;
	static struct twin	ta, tb;
	unsigned int		i, covers = 0, overlaps = 0, equal = 0;

	kern_random_seed(2);
	for (i = 0; i < ROUNDS; i++) {
		random_match(&a);
		if (chance(2) == 0)
			random_match(&b);
		else
			random_relative(&a, &b);
		twin_of(&a, &ta);
		twin_of(&b, &tb);
		CHECK(ofp_match_equal(&a, &b) == twin_equal(&ta, &tb));
		CHECK(ofp_match_covers(&a, &b) == twin_covers(&ta, &tb));
		CHECK(ofp_match_covers(&b, &a) == twin_covers(&tb, &ta));
		CHECK(ofp_match_overlaps(&a, &b) == twin_overlaps(&ta, &tb));
		CHECK(ofp_match_overlaps(&b, &a) == twin_overlaps(&ta, &tb));
		equal += twin_equal(&ta, &tb);
		covers += twin_covers(&ta, &tb);
		overlaps += twin_overlaps(&ta, &tb);
	}
	/* The rounds must have met both answers often. */
	CHECK(equal > ROUNDS / 100 && equal < ROUNDS / 2);
	CHECK(covers > equal && covers < ROUNDS / 2);
	CHECK(overlaps > covers && overlaps < ROUNDS * 9 / 10);
}

/* A key made to fit one match hits it, and all that cover it. */
TEST(hit_agrees_with_the_twin)
{
	struct ofp_match	a, b, exact;
	static struct twin	ta, tk;
	struct ofp_key		k;
	unsigned int		i, hits = 0;

	kern_random_seed(3);
	for (i = 0; i < ROUNDS; i++) {
		random_match(&a);
		random_relative(&a, &b);
		k = b.m_key;
		exact = b;
		memset(&exact.m_mask, 0xff, sizeof(exact.m_mask));
		exact.m_fields = ~0ULL >> (64 - OFP_NFIELDS);
		twin_of(&a, &ta);
		twin_of(&exact, &tk);
		CHECK(ofp_match_hit(&a, &k) == twin_covers(&ta, &tk));
		CHECK(ofp_match_hit(&b, &k));
		hits += ofp_match_hit(&a, &k);
	}
	CHECK(hits > ROUNDS / 20 && hits < ROUNDS * 19 / 20);
}

TEST(value_of_a_key_is_read_as_it_was_set)
{
	struct ofp_key	k;
	unsigned int	f, i;
	uint64_t	v, top;

	kern_random_seed(4);
	for (f = 0; f < OFP_NFIELDS; f++) {
		if (ofp_oxm_table[f].ox_bits > 64)
			continue;
		top = ~0ULL >> (64 - ofp_oxm_table[f].ox_bits);
		for (i = 0; i < 100; i++) {
			memset(&k, 0xff, sizeof(k));
			v = ((uint64_t)kern_random() << 32 | kern_random()) &
			    top;
			ofp_key_set(&k, (enum ofp_field)f, v);
			CHECK(ofp_key_get(&k, (enum ofp_field)f) == v);
		}
	}
}

int
main(void)
{
	return (test_main());
}
