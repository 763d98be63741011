/*
 * SPDX-License-Identifier: ISC
 *
 * switch_action_test.c: actions against a naive rewriter.
 *
 * A packet is described by numbers (struct desc); build() makes its bytes,
 * with every checksum from scratch.  An action changes the description; the
 * switch changes the bytes; afterwards both must be the same bytes.
 */
#include "core_stub.h"
#include "test.h"

#define NPORTS	2

static struct stub_port		ports[NPORTS];
static struct switch_softc	*sc;

enum l3 { L3_RAW, L3_IP4, L3_IP6, L3_ARP };

struct desc {
	uint8_t		dst[6], src[6];
	int		ntags, nmpls;
	struct { uint16_t tpid, vid; uint8_t pcp; } tag[8];
	struct { uint32_t label; uint8_t tc, ttl; } mpls[8];
	uint16_t	mpls_type;
	enum l3		l3;
	uint8_t		dscp, ecn, ttl, proto;
	uint32_t	flabel;
	uint8_t		ip_src[16], ip_dst[16];	/* IPv4, ARP: 4 bytes */
	bool		later;			/* fragment */
	bool		udp_zero;
	uint16_t	sport, dport;
	uint8_t		type, code;
	uint8_t		nd_target[16], nd_ll[6];
	uint16_t	arp_op;
	uint8_t		sha[6], tha[6];
	uint8_t		payload[64];
	unsigned int	npayload;
};

static uint32_t
rnd(uint32_t n)
{
	return (kern_random() % n);
}

static void
fill(uint8_t *p, unsigned int n)
{
	while (n-- > 0)
		*p++ = (uint8_t)kern_random();
}

/*
 * Bytes from a description.
 */
static void
put(uint8_t **b, uint64_t v, unsigned int n)
{
	for (; n > 0; n--)
		*(*b)++ = v >> 8 * (n - 1) & 0xff;
}

static void
put_bytes(uint8_t **b, const uint8_t *p, unsigned int n)
{
	memcpy(*b, p, n);
	*b += n;
}

static uint32_t
add16(uint32_t sum, const uint8_t *p, unsigned int n)
{
	for (; n > 1; n -= 2, p += 2)
		sum += p[0] << 8 | p[1];
	return (n > 0 ? sum + (p[0] << 8) : sum);
}

static uint16_t
fold(uint32_t s)
{
	while (s >> 16 != 0)
		s = (s & 0xffff) + (s >> 16);
	return ((uint16_t)s);
}

static uint32_t
crc32c(const uint8_t *p, unsigned int n)
{
	uint32_t	 c = 0xffffffff;
	int		 i;

	for (; n > 0; n--, p++)
		for (c ^= *p, i = 0; i < 8; i++)
			c = c >> 1 ^ ((c & 1) != 0 ? 0x82f63b78 : 0);
	return (~c);
}

static uint32_t
pseudo(const struct desc *d, unsigned int len)
{
	unsigned int	 n = d->l3 == L3_IP4 ? 4 : 16;

	return (add16(add16(0, d->ip_src, n), d->ip_dst, n) + d->proto + len);
}

static unsigned int
l4_bytes(const struct desc *d, uint8_t *l4, bool partial, int *sumoff)
{
	uint8_t		*b = l4;
	unsigned int	 n;
	uint32_t	 s;

	*sumoff = -1;
	if (!d->later)
		switch (d->proto) {
		case 6:
			put(&b, d->sport, 2);
			put(&b, d->dport, 2);
			put(&b, 0x0102030405060708, 8);
			put(&b, 0x50180100, 4);
			put(&b, 0, 4);
			*sumoff = 16;
			break;
		case 17:
			put(&b, d->sport, 2);
			put(&b, d->dport, 2);
			put(&b, 8 + d->npayload, 2);
			put(&b, 0, 2);
			*sumoff = 6;
			break;
		case 132:
			put(&b, d->sport, 2);
			put(&b, d->dport, 2);
			put(&b, 0x11223344, 4);
			put(&b, 0, 4);
			break;
		case 1:
		case 58:
			put(&b, d->type, 1);
			put(&b, d->code, 1);
			put(&b, 0, 2);
			put(&b, 0x12345678, 4);
			*sumoff = 2;
			if (d->proto == 58 &&
			    (d->type == 135 || d->type == 136)) {
				put_bytes(&b, d->nd_target, 16);
				put(&b, d->type == 135 ? 1 : 2, 1);
				put(&b, 1, 1);
				put_bytes(&b, d->nd_ll, 6);
			}
			break;
		}
	put_bytes(&b, d->payload, d->npayload);
	n = (unsigned int)(b - l4);
	if (d->later)
		return (n);
	if (d->proto == 132) {
		s = crc32c(l4, n);
		l4[8] = s & 0xff;
		l4[9] = s >> 8 & 0xff;
		l4[10] = s >> 16 & 0xff;
		l4[11] = s >> 24;
	}
	if (*sumoff < 0 || (d->proto == 17 && d->udp_zero))
		return (n);
	s = d->proto == 1 ? 0 : pseudo(d, n);
	if (!partial) {
		s = (uint16_t)~fold(add16(s, l4, n));
		if (s == 0 && d->proto == 17)
			s = 0xffff;
	} else
		s = fold(s);
	l4[*sumoff] = s >> 8;
	l4[*sumoff + 1] = s & 0xff;
	return (n);
}

static void
ip_bytes(const struct desc *d, uint8_t **b, bool partial, int *sumat,
    const uint8_t *frame)
{
	uint8_t		 l4[200], *h = *b;
	unsigned int	 n;
	uint16_t	 s;
	int		 off;

	n = l4_bytes(d, l4, partial, &off);
	if (d->l3 == L3_IP4) {
		put(b, 0x45, 1);
		put(b, d->dscp << 2 | d->ecn, 1);
		put(b, 20 + n, 2);
		put(b, 0x1234, 2);
		put(b, d->later ? 100 : 0, 2);
		put(b, d->ttl, 1);
		put(b, d->proto, 1);
		put(b, 0, 2);
		put_bytes(b, d->ip_src, 4);
		put_bytes(b, d->ip_dst, 4);
		s = (uint16_t)~fold(add16(0, h, 20));
		h[10] = s >> 8;
		h[11] = s & 0xff;
	} else {
		put(b, 6u << 28 | (uint32_t)d->dscp << 22 |
		    (uint32_t)d->ecn << 20 | d->flabel, 4);
		put(b, n + (d->later ? 8 : 0), 2);
		put(b, d->later ? 44 : d->proto, 1);
		put(b, d->ttl, 1);
		put_bytes(b, d->ip_src, 16);
		put_bytes(b, d->ip_dst, 16);
		if (d->later) {
			put(b, d->proto, 1);
			put(b, 0, 1);
			put(b, 0x0100, 2);
			put(b, 0x01020304, 4);
		}
	}
	*sumat = off < 0 ? -1 : (int)(*b - frame);
	put_bytes(b, l4, n);
}

static uint16_t
l3_type(const struct desc *d)
{
	return (d->nmpls > 0 ? d->mpls_type : d->l3 == L3_IP4 ? 0x0800 :
	    d->l3 == L3_IP6 ? 0x86dd : d->l3 == L3_ARP ? 0x0806 : 0x88b5);
}

/* sumat: where the transport header is, if it has a sum; else -1. */
static unsigned int
build(const struct desc *d, uint8_t *frame, bool partial, int *sumat)
{
	uint8_t		*b = frame;
	int		 i;

	*sumat = -1;
	put_bytes(&b, d->dst, 6);
	put_bytes(&b, d->src, 6);
	for (i = 0; i < d->ntags; i++) {
		put(&b, d->tag[i].tpid, 2);
		put(&b, d->tag[i].pcp << 13 | d->tag[i].vid, 2);
	}
	put(&b, l3_type(d), 2);
	for (i = 0; i < d->nmpls; i++)
		put(&b, d->mpls[i].label << 12 | (uint32_t)d->mpls[i].tc << 9 |
		    (uint32_t)(i == d->nmpls - 1) << 8 | d->mpls[i].ttl, 4);
	if (d->l3 == L3_IP4 || d->l3 == L3_IP6)
		ip_bytes(d, &b, partial, sumat, frame);
	else if (d->l3 == L3_ARP) {
		put(&b, 0x000108000604, 6);
		put(&b, d->arp_op, 2);
		put_bytes(&b, d->sha, 6);
		put_bytes(&b, d->ip_src, 4);
		put_bytes(&b, d->tha, 6);
		put_bytes(&b, d->ip_dst, 4);
	} else
		put_bytes(&b, d->payload, 40);
	return ((unsigned int)(b - frame));
}

static void
random_desc(struct desc *d)
{
	static const uint8_t	protos[] = { 6, 17, 132, 1, 58, 47 };
	int			i;

	fill((uint8_t *)d, sizeof(*d));
	d->dst[0] &= 0xfe;
	d->ntags = rnd(3);
	for (i = 0; i < 8; i++) {
		d->tag[i].tpid = rnd(2) ? 0x8100 : 0x88a8;
		d->tag[i].vid &= 0xfff;
		d->tag[i].pcp &= 7;
		d->mpls[i].label &= 0xfffff;
		d->mpls[i].tc &= 7;
	}
	d->mpls_type = 0x8847;
	d->nmpls = rnd(4) == 0 ? 1 + rnd(2) : 0;
	d->l3 = rnd(4);
	d->dscp &= 63;
	d->ecn &= 3;
	d->ttl = 2 + rnd(250);
	d->flabel &= 0xfffff;
	d->proto = protos[rnd(6)];
	if (d->l3 == L3_IP4 && d->proto == 58)
		d->proto = 1;
	if (d->l3 == L3_IP6 && d->proto == 1)
		d->proto = 58;
	d->later = rnd(8) == 0;
	d->udp_zero = rnd(4) == 0;
	if (rnd(2) == 0)
		d->type = 135 + rnd(2);
	d->npayload = rnd(64);
}

/*
 * Actions on a description; false: leaves the packet alone.
 */
static bool
is_ip(const struct desc *d)
{
	return (d->nmpls == 0 && (d->l3 == L3_IP4 || d->l3 == L3_IP6));
}

static bool
has_l4(const struct desc *d, uint8_t proto)
{
	return (is_ip(d) && !d->later && d->proto == proto);
}

static uint64_t
num(const uint8_t *v, unsigned int n)
{
	uint64_t	 x = 0;

	for (; n > 0; n--)
		x = x << 8 | *v++;
	return (x);
}

/* Behind an IP header. */
static void
desc_set_ip(struct desc *d, unsigned int field, const uint8_t *v)
{
	bool	ip4 = d->l3 == L3_IP4;
	bool	ip6 = d->l3 == L3_IP6;
	bool	nd = ip6 && has_l4(d, 58);

	switch (field) {
	case OFP_XMT_IP_DSCP:
		d->dscp = v[0];
		break;
	case OFP_XMT_IP_ECN:
		d->ecn = v[0];
		break;
	case OFP_XMT_IPV4_SRC:
		if (ip4)
			memcpy(d->ip_src, v, 4);
		break;
	case OFP_XMT_IPV4_DST:
		if (ip4)
			memcpy(d->ip_dst, v, 4);
		break;
	case OFP_XMT_TCP_SRC:
	case OFP_XMT_UDP_SRC:
	case OFP_XMT_SCTP_SRC:
		if (has_l4(d, field == OFP_XMT_TCP_SRC ? 6 :
		    field == OFP_XMT_UDP_SRC ? 17 : 132))
			d->sport = num(v, 2);
		break;
	case OFP_XMT_TCP_DST:
	case OFP_XMT_UDP_DST:
	case OFP_XMT_SCTP_DST:
		if (has_l4(d, field == OFP_XMT_TCP_DST ? 6 :
		    field == OFP_XMT_UDP_DST ? 17 : 132))
			d->dport = num(v, 2);
		break;
	case OFP_XMT_ICMPV4_TYPE:
		if (ip4 && has_l4(d, 1))
			d->type = v[0];
		break;
	case OFP_XMT_ICMPV4_CODE:
		if (ip4 && has_l4(d, 1))
			d->code = v[0];
		break;
	case OFP_XMT_IPV6_SRC:
		if (ip6)
			memcpy(d->ip_src, v, 16);
		break;
	case OFP_XMT_IPV6_DST:
		if (ip6)
			memcpy(d->ip_dst, v, 16);
		break;
	case OFP_XMT_IPV6_FLABEL:
		if (ip6)
			d->flabel = num(v, 4);
		break;
	case OFP_XMT_ICMPV6_CODE:
		if (nd)
			d->code = v[0];
		break;
	case OFP_XMT_IPV6_ND_TARGET:
		if (nd && (d->type == 135 || d->type == 136))
			memcpy(d->nd_target, v, 16);
		break;
	case OFP_XMT_IPV6_ND_SLL:
		if (nd && d->type == 135)
			memcpy(d->nd_ll, v, 6);
		break;
	case OFP_XMT_IPV6_ND_TLL:
		if (nd && d->type == 136)
			memcpy(d->nd_ll, v, 6);
		break;
	}
}

static void
desc_set(struct desc *d, unsigned int field, const uint8_t *v)
{
	bool	arp = d->nmpls == 0 && d->l3 == L3_ARP;

	if (is_ip(d))
		desc_set_ip(d, field, v);
	switch (field) {
	case OFP_XMT_ETH_DST:
		memcpy(d->dst, v, 6);
		break;
	case OFP_XMT_ETH_SRC:
		memcpy(d->src, v, 6);
		break;
	case OFP_XMT_VLAN_VID:
		if (d->ntags > 0)
			d->tag[0].vid = num(v, 2) & 0xfff;
		break;
	case OFP_XMT_VLAN_PCP:
		if (d->ntags > 0)
			d->tag[0].pcp = v[0];
		break;
	case OFP_XMT_ARP_OP:
		if (arp)
			d->arp_op = num(v, 2);
		break;
	case OFP_XMT_ARP_SPA:
		if (arp)
			memcpy(d->ip_src, v, 4);
		break;
	case OFP_XMT_ARP_TPA:
		if (arp)
			memcpy(d->ip_dst, v, 4);
		break;
	case OFP_XMT_ARP_SHA:
		if (arp)
			memcpy(d->sha, v, 6);
		break;
	case OFP_XMT_ARP_THA:
		if (arp)
			memcpy(d->tha, v, 6);
		break;
	case OFP_XMT_MPLS_LABEL:
		if (d->nmpls > 0)
			d->mpls[0].label = num(v, 4);
		break;
	case OFP_XMT_MPLS_TC:
		if (d->nmpls > 0)
			d->mpls[0].tc = v[0];
		break;
	}
}

static const uint8_t set_fields[] = {
	OFP_XMT_ETH_DST, OFP_XMT_ETH_SRC, OFP_XMT_VLAN_VID, OFP_XMT_VLAN_PCP,
	OFP_XMT_IP_DSCP, OFP_XMT_IP_ECN, OFP_XMT_IPV4_SRC, OFP_XMT_IPV4_DST,
	OFP_XMT_TCP_SRC, OFP_XMT_TCP_DST, OFP_XMT_UDP_SRC, OFP_XMT_UDP_DST,
	OFP_XMT_SCTP_SRC, OFP_XMT_SCTP_DST, OFP_XMT_ICMPV4_TYPE,
	OFP_XMT_ICMPV4_CODE, OFP_XMT_ARP_OP, OFP_XMT_ARP_SPA, OFP_XMT_ARP_TPA,
	OFP_XMT_ARP_SHA, OFP_XMT_ARP_THA, OFP_XMT_IPV6_SRC, OFP_XMT_IPV6_DST,
	OFP_XMT_IPV6_FLABEL, OFP_XMT_ICMPV6_CODE, OFP_XMT_IPV6_ND_TARGET,
	OFP_XMT_IPV6_ND_SLL, OFP_XMT_IPV6_ND_TLL, OFP_XMT_MPLS_LABEL,
	OFP_XMT_MPLS_TC
};

static void
random_set(struct desc *d, struct ofp_action *ac)
{
	unsigned int		 field = set_fields[rnd(sizeof(set_fields))];
	const struct ofp_oxm	*ox = &ofp_oxm_table[field];
	unsigned int		 excess = ox->ox_len * 8 - ox->ox_bits, i;

	ac->ac_type = OFP_AT_SET_FIELD;
	ac->u.set.field = field;
	fill(ac->u.set.value, ox->ox_len);
	for (i = 0; excess > 0; i++, excess -= excess < 8 ? excess : 8)
		ac->u.set.value[i] &= excess < 8 ? 0xff >> excess : 0;
	if (field == OFP_XMT_VLAN_VID)
		ac->u.set.value[0] |= 0x10;
	desc_set(d, field, ac->u.set.value);
}

static void
desc_push_mpls(struct desc *d)
{
	memmove(&d->mpls[1], &d->mpls[0], 4 * sizeof(d->mpls[0]));
	if (d->nmpls == 0) {
		d->mpls[0].label = d->mpls[0].tc = 0;
		d->mpls[0].ttl = is_ip(d) ? d->ttl : 0;
	}
	d->nmpls++;
	d->mpls_type = 0x8848;
}

/* One of the other actions. */
static void
random_other(struct desc *d, struct ofp_action *ac)
{
	switch (rnd(10)) {
	case 0:
		if (d->ntags > 5)
			break;
		ac->ac_type = OFP_AT_PUSH_VLAN;
		ac->u.ethertype = 0x88a8;
		memmove(&d->tag[1], &d->tag[0], 6 * sizeof(d->tag[0]));
		if (d->ntags++ == 0)
			d->tag[0].vid = d->tag[0].pcp = 0;
		d->tag[0].tpid = 0x88a8;
		return;
	case 1:
		ac->ac_type = OFP_AT_POP_VLAN;
		if (d->ntags > 0) {
			memmove(&d->tag[0], &d->tag[1], 6 * sizeof(d->tag[0]));
			d->ntags--;
		}
		return;
	case 2:
		if (d->ntags > 0 || d->nmpls > 3)
			break;
		ac->ac_type = OFP_AT_PUSH_MPLS;
		ac->u.ethertype = 0x8848;
		desc_push_mpls(d);
		return;
	case 3:
		if (d->nmpls != 1)
			break;
		d->nmpls = 0;
		ac->ac_type = OFP_AT_POP_MPLS;
		ac->u.ethertype = l3_type(d);
		return;
	case 4:
		ac->ac_type = OFP_AT_SET_MPLS_TTL;
		ac->u.ttl = 5 + rnd(250);
		if (d->nmpls > 0)
			d->mpls[0].ttl = ac->u.ttl;
		return;
	case 5:
		ac->ac_type = OFP_AT_SET_NW_TTL;
		ac->u.ttl = 5 + rnd(250);
		if (is_ip(d))
			d->ttl = ac->u.ttl;
		return;
	case 6:
		if (is_ip(d) && d->ttl < 2)
			break;
		ac->ac_type = OFP_AT_DEC_NW_TTL;
		if (is_ip(d))
			d->ttl--;
		return;
	case 7:
		if (d->nmpls > 0 && d->mpls[0].ttl < 2)
			break;
		ac->ac_type = OFP_AT_DEC_MPLS_TTL;
		if (d->nmpls > 0)
			d->mpls[0].ttl--;
		return;
	case 8:
		if (d->l3 == L3_RAW || d->l3 == L3_ARP)
			break;
		ac->ac_type = OFP_AT_COPY_TTL_OUT;
		if (d->nmpls > 0)
			d->mpls[0].ttl = d->nmpls > 1 ? d->mpls[1].ttl :
			    d->ttl;
		return;
	case 9:
		if (d->l3 == L3_RAW || d->l3 == L3_ARP)
			break;
		ac->ac_type = OFP_AT_COPY_TTL_IN;
		if (d->nmpls > 1)
			d->mpls[1].ttl = d->mpls[0].ttl;
		else if (d->nmpls == 1)
			d->ttl = d->mpls[0].ttl;
		return;
	}
	random_set(d, ac);
}

static bool
packet_out(const uint8_t *frame, unsigned int len, bool partial, int sumat,
    const struct desc *d, struct ofp_rd actions)
{
	struct pkt_meta	 meta;
	struct pkt	 p;
	enum ofp_error	 err;

	if (pkt_from(frame, len, &p) != 0)
		return (false);
	if (partial && sumat >= 0) {
		memset(&meta, 0, sizeof(meta));
		meta.pm_partial = 1;
		meta.pm_csum_start = sumat;
		meta.pm_csum_off = d->proto == 6 ? 16 : 6;
		pkt_meta_set(&p, &meta);
	}
	kern_mutex_enter(&sc->sc_mutex);
	err = switch_packet_out(sc, 1, actions, &p);
	kern_mutex_leave(&sc->sc_mutex);
	kern_quiesce();
	return (err == OFP_OK && stub_nout == 1);
}

static void
dump(const char *what, const uint8_t *p, unsigned int n)
{
	printf("# %s", what);
	for (; n > 0; n--)
		printf(" %02x", *p++);
	printf("\n");
}

static bool
one_packet(unsigned int nactions)
{
	uint8_t			 in[400], want[400], wire[400];
	struct desc		 d, first;
	struct ofp_action	 ac;
	struct ofp_wr		 wr;
	struct ofp_rd		 rd;
	unsigned int		 len, wantlen;
	int			 sumat, dummy;
	bool			 partial;

	random_desc(&d);
	first = d;
	partial = rnd(4) == 0 && is_ip(&d) && !d.later && !d.udp_zero &&
	    (d.proto == 6 || d.proto == 17);
	len = build(&d, in, partial, &sumat);
	ofp_wr_init(&wr, wire, sizeof(wire));
	while (nactions-- > 0) {
		memset(&ac, 0, sizeof(ac));
		if (rnd(3) == 0)
			random_other(&d, &ac);
		else
			random_set(&d, &ac);
		ofp_action_encode(&wr, &ac);
	}
	memset(&ac, 0, sizeof(ac));
	ac.ac_type = OFP_AT_OUTPUT;
	ac.u.output.port = 2;
	ofp_action_encode(&wr, &ac);
	wantlen = build(&d, want, false, &dummy);
	ofp_rd_init(&rd, wire, ofp_wr_pos(&wr));
	stub_clear();
	if (CHECK(packet_out(in, len, partial, sumat, &first, rd)) &&
	    CHECK(stub_out[0].sf_len == wantlen) &&
	    CHECK(memcmp(stub_out[0].sf_data, want, wantlen) == 0))
		return (true);
	dump("in  ", in, len);
	dump("acts", wire, ofp_wr_pos(&wr));
	dump("want", want, wantlen);
	dump("got ", stub_out[0].sf_data, stub_out[0].sf_len);
	return (false);
}

static void
begin(void)
{
	kern_time_set(1000000000000ULL);
	sc = stub_switch(ports, NPORTS);
}

static void
end(void)
{
	stub_destroy(sc, ports, NPORTS);
	CHECK(pkt_user_inuse() == 0);
}

TEST(actions_differ_from_a_naive_rewriter)
{
	unsigned int	i;

	begin();
	kern_random_seed(42);
	for (i = 0; i < 200000; i++)
		if (!one_packet(1 + i % 5))
			break;
	CHECK(kern_pcpu_read(&sc->sc_counters, SWITCH_N_NOMEM) == 0);
	kern_random_seed(0);
	end();
}

/* A tunnel's packet: what is to be summed is not its own header. */
TEST(a_sum_to_be_finished_inside_is_taken_for_the_outer_one)
{
	uint8_t			in[400], want[400], wire[64];
	struct desc		d;
	struct ofp_action	ac;
	struct ofp_wr		wr;
	struct ofp_rd		rd;
	unsigned int		len, wantlen;
	int			sumat;

	begin();
	random_desc(&d);
	d.l3 = L3_IP4;
	d.proto = 17;
	d.nmpls = 0;
	d.later = false;
	d.udp_zero = true;
	d.npayload = 60;
	len = build(&d, in, false, &sumat);
	memset(&ac, 0, sizeof(ac));
	ac.ac_type = OFP_AT_SET_FIELD;
	ac.u.set.field = OFP_XMT_IPV4_DST;
	fill(ac.u.set.value, 4);
	desc_set(&d, OFP_XMT_IPV4_DST, ac.u.set.value);
	ofp_wr_init(&wr, wire, sizeof(wire));
	ofp_action_encode(&wr, &ac);
	memset(&ac, 0, sizeof(ac));
	ac.u.output.port = 2;
	ofp_action_encode(&wr, &ac);
	wantlen = build(&d, want, false, &sumat);
	ofp_rd_init(&rd, wire, ofp_wr_pos(&wr));
	stub_clear();
	CHECK(packet_out(in, len, true, (int)len - 40, &d, rd));
	CHECK(stub_out[0].sf_len == wantlen);
	CHECK(memcmp(stub_out[0].sf_data, want, len - 40) == 0);
	end();
}

/* Any list on a frame cut anywhere must not read or write outside. */
TEST(actions_on_cut_frames_go_outside)
{
	uint8_t			 in[400], wire[400];
	struct desc		 d, e;
	struct ofp_action	 ac;
	struct ofp_wr		 wr;
	struct ofp_rd		 rd;
	unsigned int		 i, j, len;
	int			 sumat;

	begin();
	kern_random_seed(43);
	for (i = 0; i < 20000; i++) {
		random_desc(&d);
		e = d;
		len = build(&d, in, false, &sumat);
		len = 14 + rnd(len - 13);
		ofp_wr_init(&wr, wire, sizeof(wire));
		for (j = 0; j < 4; j++) {
			memset(&ac, 0, sizeof(ac));
			if (rnd(2) == 0)
				random_other(&e, &ac);
			else
				random_set(&e, &ac);
			ofp_action_encode(&wr, &ac);
		}
		memset(&ac, 0, sizeof(ac));
		ac.u.output.port = 2;
		ofp_action_encode(&wr, &ac);
		ofp_rd_init(&rd, wire, ofp_wr_pos(&wr));
		stub_clear();
		(void)packet_out(in, len, false, -1, &d, rd);
	}
	kern_random_seed(0);
	end();
	CHECK(true);
}

TEST(pbb_push_and_pop_are_not_inverse)
{
	static const uint16_t	types[] = { OFP_AT_PUSH_PBB, OFP_AT_POP_PBB };
	uint8_t			in[400], wire[64];
	struct desc		d;
	struct ofp_action	ac;
	struct ofp_wr		wr;
	struct ofp_rd		rd;
	unsigned int		len, n, i;
	int			sumat;

	begin();
	random_desc(&d);
	d.ntags = 1;
	len = build(&d, in, false, &sumat);
	for (n = 1; n <= 2; n++) {
		ofp_wr_init(&wr, wire, sizeof(wire));
		for (i = 0; i < n; i++) {
			memset(&ac, 0, sizeof(ac));
			ac.ac_type = types[i];
			ac.u.ethertype = 0x88e7;
			ofp_action_encode(&wr, &ac);
		}
		memset(&ac, 0, sizeof(ac));
		ac.u.output.port = 2;
		ofp_action_encode(&wr, &ac);
		ofp_rd_init(&rd, wire, ofp_wr_pos(&wr));
		stub_clear();
		CHECK(packet_out(in, len, false, -1, &d, rd));
		if (n == 1) {
			CHECK(stub_out[0].sf_len == len + 18);
			CHECK(memcmp(stub_out[0].sf_data, in, 12) == 0);
			CHECK(stub_out[0].sf_data[12] == 0x88);
			CHECK(stub_out[0].sf_data[13] == 0xe7);
			CHECK(stub_out[0].sf_data[14] == d.tag[0].pcp << 5);
			CHECK(memcmp(stub_out[0].sf_data + 18, in, len) == 0);
		} else
			CHECK(stub_out[0].sf_len == len &&
			    memcmp(stub_out[0].sf_data, in, len) == 0);
	}
	end();
}

TEST(ttl_of_one_is_decremented)
{
	uint8_t			in[400], wire[64];
	struct desc		d;
	struct ofp_action	ac;
	struct ofp_wr		wr;
	struct ofp_rd		rd;
	unsigned int		len, ttl;
	int			sumat;

	begin();
	random_desc(&d);
	d.l3 = L3_IP4;
	d.proto = 17;
	d.nmpls = 0;
	for (ttl = 0; ttl < 3; ttl++) {
		d.ttl = ttl;
		len = build(&d, in, false, &sumat);
		ofp_wr_init(&wr, wire, sizeof(wire));
		memset(&ac, 0, sizeof(ac));
		ac.ac_type = OFP_AT_DEC_NW_TTL;
		ofp_action_encode(&wr, &ac);
		memset(&ac, 0, sizeof(ac));
		ac.u.output.port = 2;
		ofp_action_encode(&wr, &ac);
		ofp_rd_init(&rd, wire, ofp_wr_pos(&wr));
		stub_clear();
		(void)packet_out(in, len, false, -1, &d, rd);
		CHECK(stub_nout == (ttl == 2 ? 1 : 0));
		CHECK(stub_nin == (ttl == 2 ? 0 : 1));
		if (ttl < 2)
			CHECK(stub_punts[0].pu_reason == OFP_R_INVALID_TTL);
	}
	end();
}

int
main(void)
{
	return (test_main());
}
