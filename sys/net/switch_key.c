/*
 * SPDX-License-Identifier: ISC
 *
 * switch_key.c: from a frame to its key, and where its headers are.
 *
 * Each layer is read only when all of it is there; a header that is cut short
 * or contradicts itself leaves its fields zero and its offset 0, so that
 * nothing matches or rewrites what is not there; SWITCH_HAS_* say which headers
 * there are, because 0 is a value too.  Nothing behind MPLS or PBB is
 * looked at (7.2.3.6).  Later fragments have no transport header.
 *
 * The offset of a header is kept, never a pointer: every look at deeper bytes
 * may move the frame.
 */
#include "switch_pass.h"

#define ETH_LEN		14
#define VLAN_LEN	4
#define MAX_TAGS	8
#define MAX_EXTHDRS	16
#define MAX_ND_OPTIONS	32

/* Bits of h_rare. */
#define WORD_OF(member)	(1u << offsetof(struct ofp_key, member) / 8)

/* len bytes at off, or NULL when the frame, or the bound end, has less. */
static inline const uint8_t *
bytes_at(struct pkt *p, uint32_t off, uint32_t len, uint32_t end)
{
	if (off + len > end)
		return (NULL);
	if (unlikely(off + len > p->pk_rlen) && pkt_pull(p, off + len) != 0)
		return (NULL);
	return (p->pk_data + off);
}

static inline void
parse_tcp(struct pkt *p, uint32_t off, struct ofp_key *k, struct switch_hdr *h)
{
	const uint8_t	*b = bytes_at(p, off, 20, h->h_end);

	if (b == NULL)
		return;
	h->h_l4 = off;
	memcpy(&k->k_tp_src, b, 2);
	memcpy(&k->k_tp_dst, b + 2, 2);
	k->k_tcp_flags |= be16_make(((b[12] << 8 | b[13]) & 0xfff) |
	    SWITCH_HAS_L4);
}

static inline void
parse_ports(struct pkt *p, uint32_t off, uint32_t len, struct ofp_key *k,
    struct switch_hdr *h)
{
	const uint8_t	*b = bytes_at(p, off, len, h->h_end);

	if (b == NULL)
		return;
	h->h_l4 = off;
	memcpy(&k->k_tp_src, b, 2);
	memcpy(&k->k_tp_dst, b + 2, 2);
	k->k_tcp_flags |= be16_make(SWITCH_HAS_L4);
}

static void
parse_icmp4(struct pkt *p, uint32_t off, struct ofp_key *k,
    struct switch_hdr *h)
{
	const uint8_t	*b = bytes_at(p, off, 8, h->h_end);

	if (b == NULL)
		return;
	h->h_l4 = off;
	k->k_icmp_type = b[0];
	k->k_icmp_code = b[1];
	k->k_tcp_flags |= be16_make(SWITCH_HAS_L4);
}

/* The link-layer address of a neighbour message, wherever it stands. */
static void
parse_nd_options(struct pkt *p, uint32_t off, struct ofp_key *k,
    struct switch_hdr *h)
{
	const uint8_t	*b;
	unsigned int	 n;

	for (n = 0; n < MAX_ND_OPTIONS; n++) {
		b = bytes_at(p, off, 8, h->h_end);
		if (b == NULL || b[1] == 0)
			return;
		if (b[0] == 1 && k->k_icmp_type == 135 && h->h_sll == 0) {
			h->h_sll = off + 2;
			memcpy(k->k_arp_sha, b + 2, 6);
			k->k_tcp_flags |= be16_make(SWITCH_HAS_LLADDR);
		} else if (b[0] == 2 && k->k_icmp_type == 136 &&
		    h->h_tll == 0) {
			h->h_tll = off + 2;
			memcpy(k->k_arp_tha, b + 2, 6);
			k->k_tcp_flags |= be16_make(SWITCH_HAS_LLADDR);
		}
		off += b[1] * 8;
	}
}

static void
parse_icmp6(struct pkt *p, uint32_t off, struct ofp_key *k,
    struct switch_hdr *h)
{
	const uint8_t	*b = bytes_at(p, off, 4, h->h_end);

	if (b == NULL)
		return;
	h->h_l4 = off;
	k->k_icmp_type = b[0];
	k->k_icmp_code = b[1];
	k->k_tcp_flags |= be16_make(SWITCH_HAS_L4);
	if (b[0] != 135 && b[0] != 136)
		return;
	b = bytes_at(p, off, 24, h->h_end);
	if (b == NULL)
		return;
	memcpy(k->k_nd_target, b + 8, 16);
	k->k_tcp_flags |= be16_make(SWITCH_HAS_ND);
	h->h_rare |= 3u * WORD_OF(k_nd_target) | WORD_OF(k_arp_sha) |
	    WORD_OF(k_arp_tha);
	parse_nd_options(p, off + 24, k, h);
}

static inline void
parse_l4(struct pkt *p, uint32_t off, uint8_t proto, bool ip6,
    struct ofp_key *k, struct switch_hdr *h)
{
	switch (proto) {
	case 6:
		parse_tcp(p, off, k, h);
		break;
	case 17:
		parse_ports(p, off, 8, k, h);
		break;
	case 132:
		parse_ports(p, off, 12, k, h);
		break;
	case 1:
		if (!ip6)
			parse_icmp4(p, off, k, h);
		break;
	case 58:
		if (ip6)
			parse_icmp6(p, off, k, h);
		break;
	}
}

static inline void
parse_ipv4(struct pkt *p, uint32_t off, struct ofp_key *k,
    struct switch_hdr *h)
{
	const uint8_t	*b = bytes_at(p, off, 20, p->pk_len);
	uint32_t	 hlen, total;
	uint16_t	 frag;

	if (b == NULL || (b[0] >> 4) != 4)
		return;
	hlen = (b[0] & 15) * 4;
	total = kern_be16_at(b + 2);
	if (unlikely(total == 0) && pkt_is_super(p))
		total = p->pk_len - off;	/* more than 16 bits hold */
	if (hlen < 20 || total < hlen || total > p->pk_len - off)
		return;
	h->h_l3 = off;
	k->k_tcp_flags = be16_make(SWITCH_HAS_L3);
	h->h_end = off + total;
	h->h_next = off + 9;
	h->h_proto = b[9];
	k->k_ip_proto = b[9];
	k->k_ip_dscp = b[1] >> 2;
	k->k_ip_ecn = b[1] & 3;
	memcpy(&k->k_ipv4_src, b + 12, 4);
	memcpy(&k->k_ipv4_dst, b + 16, 4);
	frag = kern_be16_at(b + 6);
	if (unlikely((frag & 0x3fff) != 0)) {
		h->h_frag = (frag & 0x1fff) != 0 ? SWITCH_FRAG_LATER :
		    SWITCH_FRAG_FIRST;
		if (h->h_frag == SWITCH_FRAG_LATER)
			return;
	}
	if (likely(b[9] == 6))
		parse_tcp(p, off + hlen, k, h);
	else if (likely(b[9] == 17))
		parse_ports(p, off + hlen, 8, k, h);
	else
		parse_l4(p, off + hlen, b[9], false, k, h);
}

/*
 * Extension headers: where each stands in the order that RFC 8200, 4.1 asks
 * for.  Destination options may stand in two places.
 */
struct exthdr_walk {
	uint16_t	ew_bits;	/* OFP_IEH_* */
	int8_t		ew_rank;	/* of the last one */
	uint8_t		ew_dests;
};

static void
exthdr_seen(struct exthdr_walk *ew, uint16_t bit, int8_t rank)
{
	if (bit == OFP_IEH_DEST) {
		if (ew->ew_rank >= rank || ew->ew_dests > 0)
			rank = 6;
		if (++ew->ew_dests > 2)
			ew->ew_bits |= OFP_IEH_UNREP;
	} else if ((ew->ew_bits & bit) != 0)
		ew->ew_bits |= OFP_IEH_UNREP;
	if (rank < ew->ew_rank)
		ew->ew_bits |= OFP_IEH_UNSEQ;
	else
		ew->ew_rank = rank;
	ew->ew_bits |= bit;
}

static bool
is_exthdr(uint8_t proto)
{
	return (proto == 0 || proto == 43 || proto == 44 || proto == 50 ||
	    proto == 51 || proto == 59 || proto == 60);
}

/*
 * Walk to the upper layer.  Returns its offset, 0 when it cannot be reached;
 * *proto is the last next-header value either way.
 */
static uint32_t
parse_exthdrs(struct pkt *p, uint32_t off, uint8_t *proto,
    struct exthdr_walk *ew, struct switch_hdr *h)
{
	const uint8_t	*b;
	unsigned int	 n;

	for (n = 0; n < MAX_EXTHDRS; n++) {
		switch (*proto) {
		case 0:
			exthdr_seen(ew, OFP_IEH_HOP, 0);
			break;
		case 60:
			exthdr_seen(ew, OFP_IEH_DEST, 1);
			break;
		case 43:
			exthdr_seen(ew, OFP_IEH_ROUTER, 2);
			break;
		case 44:
			exthdr_seen(ew, OFP_IEH_FRAG, 3);
			break;
		case 51:
			exthdr_seen(ew, OFP_IEH_AUTH, 4);
			break;
		case 50:
			exthdr_seen(ew, OFP_IEH_ESP, 5);
			return (0);
		case 59:
			ew->ew_bits |= OFP_IEH_NONEXT;
			return (0);
		default:
			return (off);
		}
		b = bytes_at(p, off, 8, h->h_end);
		if (b == NULL)
			return (0);
		h->h_next = off;
		if (*proto == 43 && b[3] != 0)
			h->h_routed = true;
		if (*proto == 44) {
			if ((kern_be16_at(b + 2) & 0xfff8) != 0) {
				h->h_frag = SWITCH_FRAG_LATER;
				if (!is_exthdr(b[0]))
					*proto = b[0];
				return (0);
			}
			if ((b[3] & 1) != 0)
				h->h_frag = SWITCH_FRAG_FIRST;
			off += 8;
		} else if (*proto == 51)
			off += (b[1] + 2) * 4;
		else
			off += (b[1] + 1) * 8;
		*proto = b[0];
	}
	return (0);
}

/*
 * A super-frame of more than 64 KB tells its length in a hop-by-hop header that
 * none of its frames will have (Linux, "BIG TCP"): that one, or NULL.
 */
static const uint8_t *
super_jumbo(struct pkt *p, uint32_t off)
{
	const uint8_t	*b;

	if (!pkt_is_super(p))
		return (NULL);
	b = bytes_at(p, off, 8, p->pk_len);
	return (b != NULL && b[1] == 0 && b[2] == 0xc2 ? b : NULL);
}

static void
parse_ipv6(struct pkt *p, uint32_t off, struct ofp_key *k,
    struct switch_hdr *h)
{
	const uint8_t	*b = bytes_at(p, off, 40, p->pk_len);
	struct exthdr_walk ew = { 0, -1, 0 };
	uint32_t	 plen, l4;
	uint8_t		 proto;

	if (b == NULL || (b[0] >> 4) != 6)
		return;
	plen = kern_be16_at(b + 4);
	proto = b[6];
	if (plen == 0 && proto == 0)	/* a jumbogram says it elsewhere */
		plen = p->pk_len - off - 40;
	if (plen > p->pk_len - off - 40)
		return;
	h->h_l3 = off;
	k->k_tcp_flags = be16_make(SWITCH_HAS_L3);
	h->h_end = off + 40 + plen;
	h->h_next = off + 6;
	k->k_ip_dscp = (b[0] << 2 | b[1] >> 6) & 0x3f;
	k->k_ip_ecn = b[1] >> 4 & 3;
	k->k_ipv6_flabel = be32_make(kern_be32_at(b) & 0xfffff);
	memcpy(k->k_ipv6_src, b + 8, 16);
	memcpy(k->k_ipv6_dst, b + 24, 16);
	h->h_rare |= WORD_OF(k_ipv6_flabel) | 15u * WORD_OF(k_ipv6_src);
	l4 = off + 40;
	if (unlikely(proto == 0) && (b = super_jumbo(p, l4)) != NULL) {
		h->h_next = l4;
		proto = b[0];
		l4 += 8;
	} else if (unlikely(is_exthdr(proto))) {
		l4 = parse_exthdrs(p, l4, &proto, &ew, h);
		k->k_ipv6_exthdr = be16_make(ew.ew_bits);
		h->h_rare |= WORD_OF(k_ipv6_exthdr);
	}
	k->k_ip_proto = proto;
	h->h_proto = proto;
	if (l4 != 0)
		parse_l4(p, l4, proto, true, k, h);
}

/* Ethernet and IPv4 only: anything else has no fields. */
static void
parse_arp(struct pkt *p, uint32_t off, struct ofp_key *k,
    struct switch_hdr *h)
{
	static const uint8_t	want[6] = { 0, 1, 8, 0, 6, 4 };
	const uint8_t		*b = bytes_at(p, off, 28, p->pk_len);

	if (b == NULL || memcmp(b, want, 6) != 0)
		return;
	h->h_l3 = off;
	k->k_tcp_flags = be16_make(SWITCH_HAS_L3);
	memcpy(&k->k_arp_op, b + 6, 2);
	memcpy(k->k_arp_sha, b + 8, 6);
	memcpy(&k->k_ipv4_src, b + 14, 4);
	memcpy(k->k_arp_tha, b + 18, 6);
	memcpy(&k->k_ipv4_dst, b + 24, 4);
	h->h_rare |= WORD_OF(k_arp_op) | WORD_OF(k_arp_sha) |
	    WORD_OF(k_arp_tha);
}

static void
parse_mpls(struct pkt *p, uint32_t off, struct ofp_key *k,
    struct switch_hdr *h)
{
	const uint8_t	*b = bytes_at(p, off, 4, p->pk_len);

	if (b == NULL)
		return;
	h->h_l3 = off;
	k->k_tcp_flags = be16_make(SWITCH_HAS_L3);
	k->k_mpls_label = be32_make(kern_be32_at(b) >> 12);
	k->k_mpls_tc = b[2] >> 1 & 7;
	k->k_mpls_bos = b[2] & 1;
	h->h_rare |= WORD_OF(k_mpls_label);
}

static void
parse_pbb(struct pkt *p, uint32_t off, struct ofp_key *k,
    struct switch_hdr *h)
{
	const uint8_t	*b = bytes_at(p, off, 18, p->pk_len);

	if (b == NULL)
		return;
	h->h_l3 = off;
	k->k_tcp_flags = be16_make(SWITCH_HAS_L3);
	k->k_pbb_isid = be32_make(kern_be32_at(b) & 0xffffff);
	h->h_rare |= WORD_OF(k_pbb_isid);
}

/* The outermost tag counts; those behind it are stepped over. */
static uint32_t
parse_tags(struct pkt *p, uint32_t off, uint16_t *type, struct ofp_key *k,
    struct switch_hdr *h)
{
	const uint8_t	*b;

	do {
		b = bytes_at(p, off, VLAN_LEN, p->pk_len);
		if (b == NULL)
			break;
		if (h->h_tags == 0) {
			k->k_vlan_vid = be16_make(OFP_VID_PRESENT |
			    (kern_be16_at(b) & 0xfff));
			k->k_vlan_pcp = b[0] >> 5;
		}
		h->h_tags++;
		*type = kern_be16_at(b + 2);
		off += VLAN_LEN;
	} while ((*type == 0x8100 || *type == 0x88a8) &&
	    h->h_tags < MAX_TAGS);
	return (off);
}

/* A length instead of a type: SNAP may give the type, else there is none. */
static uint32_t
parse_llc(struct pkt *p, uint32_t off, uint16_t *type, struct switch_hdr *h)
{
	static const uint8_t	 snap[6] = { 0xaa, 0xaa, 3, 0, 0, 0 };
	const uint8_t		*b = bytes_at(p, off, 8, p->pk_len);

	h->h_llc = SWITCH_LLC_OTHER;
	*type = 0x05ff;
	if (b == NULL || memcmp(b, snap, 6) != 0 || kern_be16_at(b + 6) < 0x600)
		return (off);
	h->h_llc = SWITCH_LLC_SNAP;
	*type = kern_be16_at(b + 6);
	return (off + 8);
}

static void
parse_rare(struct pkt *p, uint32_t off, uint16_t type, struct ofp_key *k,
    struct switch_hdr *h)
{
	switch (type) {
	case 0x86dd:
		parse_ipv6(p, off, k, h);
		break;
	case 0x0806:
		parse_arp(p, off, k, h);
		break;
	case 0x8847:
	case 0x8848:
		parse_mpls(p, off, k, h);
		break;
	case 0x88e7:
		parse_pbb(p, off, k, h);
		break;
	}
}

int
switch_key_extract(struct pkt *p, struct ofp_key *k, struct switch_hdr *h)
{
	const uint8_t	*b = bytes_at(p, 0, ETH_LEN, p->pk_len);
	uint32_t	 off = ETH_LEN;
	uint16_t	 type;

	memset(h, 0, sizeof(*h));
	if (b == NULL)
		return (EINVAL);
	memcpy(k->k_eth_dst, b, 6);
	memcpy(k->k_eth_src, b + 6, 6);
	type = kern_be16_at(b + 12);
	if (unlikely(type != 0x0800)) {
		if (type == 0x8100 || type == 0x88a8)
			off = parse_tags(p, off, &type, k, h);
		if (type < 0x600)
			off = parse_llc(p, off, &type, h);
	}
	k->k_eth_type = be16_make(type);
	if (likely(type == 0x0800))
		parse_ipv4(p, off, k, h);
	else
		parse_rare(p, off, type, k, h);
	return (0);
}

/* All but the pipeline's own fields. */
void
switch_key_again(struct switch_pass *ps)
{
	struct ofp_key	*k = &ps->ps_key;
	struct ofp_key	 old = *k;

	memset(k, 0, sizeof(*k));
	k->k_in_port = old.k_in_port;
	k->k_in_phy_port = old.k_in_phy_port;
	k->k_metadata = old.k_metadata;
	k->k_tunnel_id = old.k_tunnel_id;
	k->k_tun_src = old.k_tun_src;
	k->k_tun_dst = old.k_tun_dst;
	memcpy(k->k_tun_src6, old.k_tun_src6, sizeof(k->k_tun_src6));
	memcpy(k->k_tun_dst6, old.k_tun_dst6, sizeof(k->k_tun_dst6));
	k->k_actset_output = old.k_actset_output;
	(void)switch_key_extract(ps->ps_pkt, k, &ps->ps_hdr);
	ps->ps_stale = false;
}

uint32_t
switch_key_hash(const struct ofp_key *k, const struct switch_hdr *h)
{
	const uint64_t	*w = switch_key_cwords(k);
	uint64_t	 x = 0;
	unsigned int	 i;

	x = switch_hash_add(x, w[0]);
	x = switch_hash_add(x, w[1]);
	x = switch_hash_add(x, w[3]);
	x = switch_hash_add(x, k->k_ip_proto);
	if (h->h_frag == SWITCH_FRAG_NO)
		x = switch_hash_add(x, (uint64_t)k->k_tp_src << 16 |
		    k->k_tp_dst);
	for (i = offsetof(struct ofp_key, k_ipv6_src) / 8;
	    i < offsetof(struct ofp_key, k_nd_target) / 8; i++)
		if (w[i] != 0)
			x = switch_hash_add(x, w[i]);
	if ((h->h_rare & WORD_OF(k_arp_sha)) != 0) {
		x = switch_hash_add(x, w[offsetof(struct ofp_key,
		    k_arp_sha) / 8]);
		x = switch_hash_add(x, w[offsetof(struct ofp_key,
		    k_arp_tha) / 8]);
	}
	return ((uint32_t)(x >> 16));
}
