/*
 * SPDX-License-Identifier: ISC
 *
 * switch_rewrite.c: set-field, copy-field and the TTL of IP, with every
 * checksum that depends on it.
 *
 * Where a field stands is one row of set_rows.  Sums are updated by the
 * difference (RFC 1624), so a wrong one stays wrong, and only where they are:
 * a later fragment has no transport header; UDP without a sum stays without;
 * a partial sum (pkt.h) covers the pseudo header only; an IPv6 destination
 * that a routing header will replace is not what the sum was made of.  SCTP has
 * a CRC, which is linear too: the difference is carried through the rest of
 * the packet as zeros.
 */
#include "switch_pass.h"

#define IP4		0x0800
#define IP6		0x86dd
#define ARP		0x0806
#define MPLS		0x8847		/* and 0x8848 */
#define PBB		0x88e7

#define MAX_WRITE	18		/* 16 bytes and an even border */

uint16_t
switch_pass_ethertype(const struct switch_pass *ps)
{
	return (be16_get(ps->ps_key.k_eth_type));
}

void
switch_pass_skip(struct switch_pass *ps)
{
	switch_count(ps->ps_sc, SWITCH_N_SKIPPED);
}

bool
switch_pass_own(struct switch_pass *ps, uint32_t n)
{
	if (pkt_own(ps->ps_pkt, n) != 0) {
		switch_count(ps->ps_sc, SWITCH_N_NOMEM);
		return (false);
	}
	ps->ps_touched = true;
	return (true);
}

uint32_t
switch_pass_type_off(const struct switch_pass *ps)
{
	return (12 + 4 * ps->ps_hdr.h_tags +
	    (ps->ps_hdr.h_llc == SWITCH_LLC_SNAP ? 8 : 0));
}

/*
 * Sums.
 */
/* Offset of the transport checksum; 0: none. */
static uint32_t
l4_sum_off(const struct switch_hdr *h)
{
	if (h->h_l4 == 0)
		return (0);
	switch (h->h_proto) {
	case 6:
		return (h->h_l4 + 16);
	case 17:
		return (h->h_l4 + 6);
	case 1:
	case 58:
		return (h->h_l4 + 2);
	case 132:
		return (h->h_l4 + 8);
	default:
		return (0);
	}
}

/* New minus old, in one's complement; n is even. */
static uint32_t
sum_delta(const uint8_t *old, const uint8_t *new, uint32_t n)
{
	uint32_t	 d = 0, i;

	for (i = 0; i < n; i += 2)
		d += (uint16_t)~kern_be16_at(old + i) + kern_be16_at(new + i);
	return (d);
}

static uint16_t
sum_fold(uint32_t s)
{
	s = (s & 0xffff) + (s >> 16);
	return ((uint16_t)(s + (s >> 16)));
}

static void
sum_put(uint8_t *at, uint16_t sum)
{
	at[0] = sum >> 8;
	at[1] = sum & 0xff;
}

static void
sum_fix(uint8_t *at, uint32_t delta)
{
	sum_put(at, ~sum_fold((uint16_t)~kern_be16_at(at) + delta));
}

/* CRC32c, four bits at a time, reflected. */
static uint32_t
crc_step(uint32_t crc, uint8_t byte)
{
	static const uint32_t	tab[16] = {
		0x00000000, 0x105ec76f, 0x20bd8ede, 0x30e349b1,
		0x417b1dbc, 0x5125dad3, 0x61c69362, 0x7198540d,
		0x82f63b78, 0x92a8fc17, 0xa24bb5a6, 0xb21572c9,
		0xc38d26c4, 0xd3d3e1ab, 0xe330a81a, 0xf36e6f75
	};

	crc ^= byte;
	crc = crc >> 4 ^ tab[crc & 15];
	return (crc >> 4 ^ tab[crc & 15]);
}

/* The sum stands there least significant byte first (RFC 9260, A). */
static void
crc_fix(uint8_t *at, const uint8_t *old, const uint8_t *new, uint32_t n,
    uint32_t behind)
{
	uint32_t	 crc = 0, i;

	for (i = 0; i < n; i++)
		crc = crc_step(crc, old[i] ^ new[i]);
	for (; behind > 0; behind--)
		crc = crc_step(crc, 0);
	for (i = 0; i < 4; i++)
		at[i] ^= crc >> 8 * i & 0xff;
}

/* Bytes at off, and old before, differ: so does the transport sum. */
static void
l4_fix(struct switch_pass *ps, uint32_t off, const uint8_t *old, uint32_t n,
    bool pseudo)
{
	const struct switch_hdr	*h = &ps->ps_hdr;
	uint8_t			*d = ps->ps_pkt->pk_data;
	uint8_t			*at = d + l4_sum_off(h);
	bool			 partial;

	partial = pkt_csum_state(ps->ps_pkt, h->h_l4) ==
	    PKT_CSUM_PARTIAL;
	if (h->h_proto == 132) {
		if (!pseudo && !partial && h->h_frag == SWITCH_FRAG_NO)
			crc_fix(at, old, d + off, n, h->h_end - off - n);
		return;
	}
	if (pseudo && h->h_proto == 1)
		return;
	if (partial) {
		if (pseudo)
			sum_put(at, sum_fold(kern_be16_at(at) +
			    sum_delta(old, d + off, n)));
		return;
	}
	if (h->h_proto == 17 && kern_be16_at(at) == 0)
		return;
	sum_fix(at, sum_delta(old, d + off, n));
	if (h->h_proto == 17 && kern_be16_at(at) == 0)
		sum_put(at, 0xffff);
}

/*
 * Headers begin at even offsets of the frame or of each other, so sums are
 * taken from the even byte before to the even byte behind, counted from the
 * start of the header that is summed.
 */
void
switch_pass_write(struct switch_pass *ps, uint32_t off, const uint8_t *new,
    uint32_t n, unsigned int sums)
{
	const struct switch_hdr	*h = &ps->ps_hdr;
	uint32_t		 l4 = l4_sum_off(h), start, len, own = off + n;
	uint8_t			 old[MAX_WRITE];

	if (l4 == 0)
		sums &= ~(SWITCH_SUM_L4 | SWITCH_SUM_PSEUDO);
	else if ((sums & (SWITCH_SUM_L4 | SWITCH_SUM_PSEUDO)) != 0 &&
	    own < l4 + 4)
		own = h->h_proto == 132 ? l4 + 4 : l4 + 2 > own ? l4 + 2 : own;
	if ((sums & SWITCH_SUM_IP) != 0 && own < (uint32_t)h->h_l3 + 20)
		own = h->h_l3 + 20;
	start = off - ((off - ((sums & SWITCH_SUM_L4) != 0 ? h->h_l4 :
	    h->h_l3)) & 1);
	len = (off + n - start + 1) & ~1u;
	if (sums != 0 && own < start + len && start + len <=
	    ps->ps_pkt->pk_len)
		own = start + len;
	if (!switch_pass_own(ps, own))
		return;
	if (sums == 0) {
		memcpy(ps->ps_pkt->pk_data + off, new, n);
		return;
	}
	memcpy(old, ps->ps_pkt->pk_data + start, len);
	memcpy(ps->ps_pkt->pk_data + off, new, n);
	if ((sums & SWITCH_SUM_IP) != 0)
		sum_fix(ps->ps_pkt->pk_data + h->h_l3 + 10,
		    sum_delta(old, ps->ps_pkt->pk_data + start, len));
	if ((sums & SWITCH_SUM_L4) != 0)
		l4_fix(ps, start, old, len, false);
	else if ((sums & SWITCH_SUM_PSEUDO) != 0)
		l4_fix(ps, start, old, len, true);
}

/*
 * Fields.
 */
enum set_base {
	BASE_ETH, BASE_TYPE, BASE_TAG, BASE_L3, BASE_NEXT, BASE_L4, BASE_SLL,
	BASE_TLL
};

/* Where a field stands; sr_bits 0: whole bytes. */
struct set_row {
	uint8_t		sr_field;
	uint16_t	sr_type;	/* EtherType, 0: any */
	uint8_t		sr_proto;	/* of IP, 0: any */
	uint8_t		sr_base;
	uint8_t		sr_off;
	uint8_t		sr_n;		/* bytes */
	uint8_t		sr_shift, sr_bits;
	uint8_t		sr_sums;
};

#define S_IP		SWITCH_SUM_IP
#define S_L4		SWITCH_SUM_L4
#define S_PS		SWITCH_SUM_PSEUDO

static const struct set_row set_rows[] = {
	{ OFP_XMT_ETH_DST,	0, 0, BASE_ETH, 0, 6, 0, 0, 0 },
	{ OFP_XMT_ETH_SRC,	0, 0, BASE_ETH, 6, 6, 0, 0, 0 },
	{ OFP_XMT_ETH_TYPE,	0, 0, BASE_TYPE, 0, 2, 0, 0, 0 },
	{ OFP_XMT_VLAN_VID,	0, 0, BASE_TAG, 0, 2, 0, 12, 0 },
	{ OFP_XMT_VLAN_PCP,	0, 0, BASE_TAG, 0, 2, 13, 3, 0 },
	{ OFP_XMT_IP_DSCP,	IP4, 0, BASE_L3, 0, 2, 2, 6, S_IP },
	{ OFP_XMT_IP_DSCP,	IP6, 0, BASE_L3, 0, 2, 6, 6, 0 },
	{ OFP_XMT_IP_ECN,	IP4, 0, BASE_L3, 0, 2, 0, 2, S_IP },
	{ OFP_XMT_IP_ECN,	IP6, 0, BASE_L3, 0, 2, 4, 2, 0 },
	{ OFP_XMT_IP_PROTO,	IP4, 0, BASE_NEXT, 0, 1, 0, 0, S_IP },
	{ OFP_XMT_IP_PROTO,	IP6, 0, BASE_NEXT, 0, 1, 0, 0, 0 },
	{ OFP_XMT_IPV4_SRC,	IP4, 0, BASE_L3, 12, 4, 0, 0, S_IP | S_PS },
	{ OFP_XMT_IPV4_DST,	IP4, 0, BASE_L3, 16, 4, 0, 0, S_IP | S_PS },
	{ OFP_XMT_TCP_SRC,	0, 6, BASE_L4, 0, 2, 0, 0, S_L4 },
	{ OFP_XMT_TCP_DST,	0, 6, BASE_L4, 2, 2, 0, 0, S_L4 },
	{ OFP_XMT_UDP_SRC,	0, 17, BASE_L4, 0, 2, 0, 0, S_L4 },
	{ OFP_XMT_UDP_DST,	0, 17, BASE_L4, 2, 2, 0, 0, S_L4 },
	{ OFP_XMT_SCTP_SRC,	0, 132, BASE_L4, 0, 2, 0, 0, S_L4 },
	{ OFP_XMT_SCTP_DST,	0, 132, BASE_L4, 2, 2, 0, 0, S_L4 },
	{ OFP_XMT_ICMPV4_TYPE,	IP4, 1, BASE_L4, 0, 1, 0, 0, S_L4 },
	{ OFP_XMT_ICMPV4_CODE,	IP4, 1, BASE_L4, 1, 1, 0, 0, S_L4 },
	{ OFP_XMT_ARP_OP,	ARP, 0, BASE_L3, 6, 2, 0, 0, 0 },
	{ OFP_XMT_ARP_SPA,	ARP, 0, BASE_L3, 14, 4, 0, 0, 0 },
	{ OFP_XMT_ARP_TPA,	ARP, 0, BASE_L3, 24, 4, 0, 0, 0 },
	{ OFP_XMT_ARP_SHA,	ARP, 0, BASE_L3, 8, 6, 0, 0, 0 },
	{ OFP_XMT_ARP_THA,	ARP, 0, BASE_L3, 18, 6, 0, 0, 0 },
	{ OFP_XMT_IPV6_SRC,	IP6, 0, BASE_L3, 8, 16, 0, 0, S_PS },
	{ OFP_XMT_IPV6_DST,	IP6, 0, BASE_L3, 24, 16, 0, 0, S_PS },
	{ OFP_XMT_IPV6_FLABEL,	IP6, 0, BASE_L3, 0, 4, 0, 20, 0 },
	{ OFP_XMT_ICMPV6_TYPE,	IP6, 58, BASE_L4, 0, 1, 0, 0, S_L4 },
	{ OFP_XMT_ICMPV6_CODE,	IP6, 58, BASE_L4, 1, 1, 0, 0, S_L4 },
	{ OFP_XMT_IPV6_ND_TARGET, IP6, 58, BASE_L4, 8, 16, 0, 0, S_L4 },
	{ OFP_XMT_IPV6_ND_SLL,	IP6, 58, BASE_SLL, 0, 6, 0, 0, S_L4 },
	{ OFP_XMT_IPV6_ND_TLL,	IP6, 58, BASE_TLL, 0, 6, 0, 0, S_L4 },
	{ OFP_XMT_MPLS_LABEL,	MPLS, 0, BASE_L3, 0, 4, 12, 20, 0 },
	{ OFP_XMT_MPLS_TC,	MPLS, 0, BASE_L3, 0, 4, 9, 3, 0 },
	{ OFP_XMT_MPLS_BOS,	MPLS, 0, BASE_L3, 0, 4, 8, 1, 0 },
	{ OFP_XMT_PBB_ISID,	PBB, 0, BASE_L3, 0, 4, 0, 24, 0 },
};

/* Offset of what a row stands on; 0: not in this packet. */
static uint32_t
row_base(const struct switch_pass *ps, const struct set_row *sr)
{
	const struct switch_hdr	*h = &ps->ps_hdr;

	switch (sr->sr_base) {
	case BASE_TYPE:
		return (h->h_llc == SWITCH_LLC_OTHER ? 0 :
		    switch_pass_type_off(ps));
	case BASE_TAG:
		return (h->h_tags > 0 ? 14 : 0);
	case BASE_L3:
		return (h->h_l3);
	case BASE_NEXT:
		return (h->h_l3 != 0 ? h->h_next : 0);
	case BASE_L4:
		return (h->h_l4);
	case BASE_SLL:
		return (h->h_sll);
	case BASE_TLL:
		return (h->h_tll);
	default:
		return (0);
	}
}

static bool
row_applies(const struct switch_pass *ps, const struct set_row *sr)
{
	uint16_t	 type = switch_pass_ethertype(ps);

	if (sr->sr_type != 0 && sr->sr_type != type &&
	    !(sr->sr_type == MPLS && type == MPLS + 1))
		return (false);
	if (sr->sr_proto != 0 && sr->sr_proto != ps->ps_hdr.h_proto)
		return (false);
	if (sr->sr_field == OFP_XMT_IPV6_ND_TARGET &&
	    (ps->ps_hdr.h_rare & 1u << offsetof(struct ofp_key,
	    k_nd_target) / 8) == 0)
		return (false);
	return (sr->sr_base == BASE_ETH || row_base(ps, sr) != 0);
}

static const struct set_row *
row_find(const struct switch_pass *ps, unsigned int field)
{
	unsigned int	 i;

	for (i = 0; i < nitems(set_rows); i++)
		if (set_rows[i].sr_field == field &&
		    row_applies(ps, &set_rows[i]))
			return (&set_rows[i]);
	return (NULL);
}

/* Bits of a big-endian number of n bytes. */
static void
bits_merge(uint8_t *to, const uint8_t *old, uint32_t value, uint32_t n,
    uint32_t shift, uint32_t bits)
{
	uint32_t	 mask = (uint32_t)((1ULL << bits) - 1) << shift;
	uint32_t	 w = 0, i;

	for (i = 0; i < n; i++)
		w = w << 8 | old[i];
	w = (w & ~mask) | (value << shift & mask);
	for (i = n; i > 0; i--, w >>= 8)
		to[i - 1] = w & 0xff;
}

static uint32_t
value_u32(const uint8_t *v, unsigned int n)
{
	uint32_t	 w = 0;

	for (; n > 0; n--)
		w = w << 8 | *v++;
	return (w);
}

static void
row_write(struct switch_pass *ps, const struct set_row *sr, const uint8_t *v)
{
	uint32_t	 off = row_base(ps, sr) + sr->sr_off;
	unsigned int	 sums = sr->sr_sums;
	uint8_t		 new[4];

	if (sr->sr_field == OFP_XMT_IPV6_DST && ps->ps_hdr.h_routed)
		sums = 0;
	if (sr->sr_bits == 0) {
		switch_pass_write(ps, off, v, sr->sr_n, sums);
		return;
	}
	if (pkt_pull(ps->ps_pkt, off + sr->sr_n) != 0)
		return;
	bits_merge(new, ps->ps_pkt->pk_data + off,
	    value_u32(v, ofp_oxm_table[sr->sr_field].ox_len), sr->sr_n,
	    sr->sr_shift, sr->sr_bits);
	switch_pass_write(ps, off, new, sr->sr_n, sums);
}

/* The key says what the packet says; or must be made anew. */
static void
key_follow(struct switch_pass *ps, unsigned int field, const uint8_t *v)
{
	const struct ofp_oxm	*ox = &ofp_oxm_table[field];

	memcpy((uint8_t *)&ps->ps_key + ox->ox_off + ox->ox_klen - ox->ox_len,
	    v, ox->ox_len);
	if (field == OFP_XMT_ETH_TYPE || field == OFP_XMT_IP_PROTO ||
	    field == OFP_XMT_MPLS_BOS || field == OFP_XMT_ICMPV6_TYPE)
		ps->ps_stale = true;
}

static bool
field_is_own(unsigned int field)
{
	return (field == OFP_XMT_TUNNEL_ID || field == OFP_XMT_METADATA ||
	    (field >= OFP_FIELD_TUN_IPV4_SRC &&
	    field <= OFP_FIELD_TUN_IPV6_DST));
}

static void
field_write(struct switch_pass *ps, unsigned int field, const uint8_t *v)
{
	const struct set_row	*sr;

	if (ps->ps_stale)
		switch_key_again(ps);
	if (field_is_own(field)) {
		ps->ps_tunnel |= field != OFP_XMT_METADATA;
		key_follow(ps, field, v);
		return;
	}
	sr = row_find(ps, field);
	if (sr == NULL) {
		switch_pass_skip(ps);
		return;
	}
	row_write(ps, sr, v);
	key_follow(ps, field, v);
}

void
switch_set_field(struct switch_pass *ps, const union switch_op *op)
{
	uint8_t	 v[16];

	memcpy(v, &op[1], sizeof(v));
	field_write(ps, op->op.arg, v);
}

/* EXT-320: bits are counted from the right. */
static bool
bit_get(const uint8_t *v, unsigned int len, unsigned int bit)
{
	return ((v[len - 1 - bit / 8] >> bit % 8 & 1) != 0);
}

static void
bit_set(uint8_t *v, unsigned int len, unsigned int bit, bool on)
{
	uint8_t	*b = &v[len - 1 - bit / 8];

	*b = (uint8_t)((*b & ~(1u << bit % 8)) | (unsigned int)on << bit % 8);
}

static void
field_read(struct switch_pass *ps, unsigned int field, uint8_t *v)
{
	const struct ofp_oxm	*ox = &ofp_oxm_table[field];

	memcpy(v, (uint8_t *)&ps->ps_key + ox->ox_off + ox->ox_klen -
	    ox->ox_len, ox->ox_len);
}

void
switch_copy_field(struct switch_pass *ps, const union switch_op *op)
{
	unsigned int	 src = op[1].op.code, dst = op[1].op.words, i;
	unsigned int	 slen = ofp_oxm_table[src].ox_len;
	unsigned int	 dlen = ofp_oxm_table[dst].ox_len;
	unsigned int	 from = op->op.val >> 16, to = op->op.val & 0xffff;
	uint8_t		 s[16], d[16];

	if (ps->ps_stale)
		switch_key_again(ps);
	field_read(ps, src, s);
	field_read(ps, dst, d);
	for (i = 0; i < op->op.arg; i++)
		if (from + i < slen * 8 && to + i < dlen * 8)
			bit_set(d, dlen, to + i, bit_get(s, slen, from + i));
	field_write(ps, dst, d);
}

/*
 * TTL of IP.
 */
/* Offset of the TTL or hop limit; 0: not IP. */
static uint32_t
nw_ttl_off(struct switch_pass *ps)
{
	uint16_t	 type;

	if (ps->ps_stale)
		switch_key_again(ps);
	type = switch_pass_ethertype(ps);
	if (ps->ps_hdr.h_l3 == 0)
		return (0);
	return (type == IP4 ? ps->ps_hdr.h_l3 + 8 :
	    type == IP6 ? ps->ps_hdr.h_l3 + 7 : 0);
}

void
switch_set_nw_ttl(struct switch_pass *ps, uint8_t ttl)
{
	uint32_t	 off = nw_ttl_off(ps);

	if (off == 0)
		switch_pass_skip(ps);
	else
		switch_pass_write(ps, off, &ttl, 1,
		    switch_pass_ethertype(ps) == IP4 ? SWITCH_SUM_IP : 0);
}

bool
switch_dec_nw_ttl(struct switch_pass *ps)
{
	uint32_t	 off = nw_ttl_off(ps);
	uint8_t		 ttl;

	if (off == 0 || pkt_pull(ps->ps_pkt, off + 1) != 0) {
		switch_pass_skip(ps);
		return (true);
	}
	ttl = ps->ps_pkt->pk_data[off];
	if (ttl <= 1) {
		switch_invalid_ttl(ps);
		return (false);
	}
	switch_set_nw_ttl(ps, ttl - 1);
	return (true);
}

/*
 * DSCP remark, 5.7.1: within the assured forwarding class (RFC 2597), the
 * drop precedence rises.
 */
void
switch_remark_dscp(struct switch_pass *ps, uint8_t prec)
{
	uint8_t		 dscp, class, drop, v[16] = { 0 };

	if (nw_ttl_off(ps) == 0)
		return;
	dscp = ps->ps_key.k_ip_dscp;
	class = dscp >> 3;
	drop = dscp >> 1 & 3;
	if ((dscp & 1) != 0 || class < 1 || class > 4 || drop == 0)
		return;
	drop = drop + prec > 3 ? 3 : drop + prec;
	v[0] = class << 3 | drop << 1;
	field_write(ps, OFP_XMT_IP_DSCP, v);
}
