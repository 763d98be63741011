/*
 * SPDX-License-Identifier: ISC
 *
 * pkt_segment.c: cut a super-frame into the frames it stands for.
 *
 * TCP and UDP over IPv4 or IPv6 behind any number of VLAN tags, as they come
 * with PKT_GSO_TCP4, _TCP6 and _UDP.  Each segment gets the headers of the
 * super-frame with its own lengths, IPv4 identification, TCP sequence number
 * and flags, and finished checksums.
 *
 * In a tunnel (VXLAN, Geneve, GRE, IP in IP) the same is done to both IP
 * headers. Only the start of the checksum tells where the inner ones are.
 */
#include "pkt_user.h"

#define ETHER_VLAN	0x8100
#define ETHER_QINQ	0x88a8
#define ETHER_IPV4	0x0800
#define ETHER_IPV6	0x86dd
#define PROTO_TCP	6
#define PROTO_UDP	17
#define PROTO_GRE	47
#define GRE_CSUM	0x80
#define TCP_FIN		0x01
#define TCP_PSH		0x08
#define TCP_CWR		0x80

/* Where the headers of a super-frame are, or those of the tunnel around it. */
struct seg {
	uint32_t	sg_l3;		/* 0: no tunnel */
	uint32_t	sg_l4;
	uint32_t	sg_payload;
	uint32_t	sg_size;	/* payload of a segment */
	uint8_t		sg_proto;
	bool		sg_v6;
};

static void
put16(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static void
put32(uint8_t *p, uint32_t v)
{
	put16(p, v >> 16);
	put16(p + 2, v);
}

/* Step over the extension headers that may stand before TCP and UDP. */
static int
seg_parse_ext(const struct pkt *p, struct seg *sg)
{
	uint8_t		next = p->pk_data[sg->sg_l3 + 6];
	uint32_t	off = sg->sg_l3 + 40;

	while (next == 0 || next == 43 || next == 60) {
		if (off > p->pk_len || p->pk_len - off < 8)
			return (EINVAL);
		next = p->pk_data[off];
		off += ((uint32_t)p->pk_data[off + 1] + 1) * 8;
	}
	sg->sg_proto = next;
	sg->sg_l4 = off;
	return (0);
}

static int
seg_parse_l3(const struct pkt *p, struct seg *sg)
{
	uint32_t	off = 12;
	uint16_t	type;

	for (;;) {
		if (p->pk_len < off + 2)
			return (EINVAL);
		type = kern_be16_at(p->pk_data + off);
		off += 2;
		if (type != ETHER_VLAN && type != ETHER_QINQ)
			break;
		off += 2;
	}
	sg->sg_l3 = off;
	sg->sg_v6 = type == ETHER_IPV6;
	if (sg->sg_v6)
		return (p->pk_len - off < 40 ? EINVAL : seg_parse_ext(p, sg));
	if (type != ETHER_IPV4 || p->pk_len - off < 20)
		return (EINVAL);
	sg->sg_proto = p->pk_data[off + 9];
	sg->sg_l4 = off + (uint32_t)(p->pk_data[off] & 0x0f) * 4;
	return (sg->sg_l4 < off + 20 ? EINVAL : 0);
}

/* The IP header in front of l4, behind a tunnel's: by its length and sum. */
static int
seg_parse_inner(const struct pkt *p, const struct seg *outer, uint32_t l4,
    struct seg *sg)
{
	uint32_t	 hlen;
	const uint8_t	*ip;

	if (l4 > p->pk_len)
		return (EINVAL);
	sg->sg_l4 = l4;
	for (hlen = 20; hlen <= 60 && outer->sg_l4 + hlen <= l4; hlen += 4) {
		sg->sg_l3 = l4 - hlen;
		ip = p->pk_data + sg->sg_l3;
		sg->sg_v6 = false;
		sg->sg_proto = ip[9];
		if (ip[0] == (0x40 | hlen / 4) &&
		    kern_be16_at(ip + 2) == p->pk_len - sg->sg_l3 &&
		    pkt_csum_fold(pkt_csum_add(0, ip, hlen)) == 0xffff)
			return (0);
		sg->sg_v6 = true;
		sg->sg_proto = ip[6];
		if (hlen == 40 && ip[0] >> 4 == 6 &&
		    kern_be16_at(ip + 4) == p->pk_len - l4)
			return (0);
	}
	return (EINVAL);
}

/* Find the headers.  EINVAL: they are not what the metadata says. */
static int
seg_parse(const struct pkt *p, struct seg *sg, struct seg *outer)
{
	struct pkt_meta	m = pkt_meta(p);
	uint8_t		gso = m.pm_gso & (uint8_t)~PKT_GSO_ECN;
	uint32_t	len, need;

	if (seg_parse_l3(p, sg) != 0)
		return (EINVAL);
	memset(outer, 0, sizeof(*outer));
	if (m.pm_partial && m.pm_csum_start != sg->sg_l4) {
		*outer = *sg;
		if (seg_parse_inner(p, outer, m.pm_csum_start, sg) != 0)
			return (EINVAL);
	}
	need = sg->sg_proto == PROTO_TCP ? 20 : 8;
	if (sg->sg_l4 > p->pk_len || p->pk_len - sg->sg_l4 < need)
		return (EINVAL);
	len = need;
	if (sg->sg_proto == PROTO_TCP)
		len = (uint32_t)(p->pk_data[sg->sg_l4 + 12] >> 4) * 4;
	if (len < need || p->pk_len - sg->sg_l4 < len)
		return (EINVAL);
	sg->sg_payload = sg->sg_l4 + len;
	sg->sg_size = m.pm_gso_size;
	switch (gso) {
	case PKT_GSO_TCP4:
		return (sg->sg_proto == PROTO_TCP && !sg->sg_v6 ? 0 : EINVAL);
	case PKT_GSO_TCP6:
		return (sg->sg_proto == PROTO_TCP && sg->sg_v6 ? 0 : EINVAL);
	case PKT_GSO_UDP:
		return (sg->sg_proto == PROTO_UDP ? 0 : EINVAL);
	default:
		return (EINVAL);
	}
}

/* IP header of segment i, whose frame is len bytes. */
static void
seg_l3(uint8_t *frame, const struct seg *sg, uint32_t i, uint32_t len)
{
	uint8_t		*ip = frame + sg->sg_l3;
	uint16_t	 sum;

	if (sg->sg_v6) {
		put16(ip + 4, len - sg->sg_l3 - 40);
		return;
	}
	put16(ip + 2, len - sg->sg_l3);
	put16(ip + 4, kern_be16_at(ip + 4) + i);
	put16(ip + 10, 0);
	sum = (uint16_t)~pkt_csum_fold(pkt_csum_add(0, ip,
	    sg->sg_l4 - sg->sg_l3));
	memcpy(ip + 10, &sum, sizeof(sum));
}

/* Sum of the pseudo header. */
static uint64_t
seg_pseudo(const uint8_t *frame, const struct seg *sg, uint32_t l4_len)
{
	const uint8_t	*ip = frame + sg->sg_l3;
	uint8_t		 tail[8];
	uint64_t	 sum;

	put32(tail, l4_len);
	put32(tail + 4, sg->sg_proto);
	sum = pkt_csum_add(0, tail, sizeof(tail));
	if (sg->sg_v6)
		return (pkt_csum_add(sum, ip + 8, 32));
	return (pkt_csum_add(sum, ip + 12, 8));
}

/* Transport header of segment i; the frame is len bytes. */
static void
seg_l4(uint8_t *frame, const struct seg *sg, uint32_t i, uint32_t len,
    bool last)
{
	uint8_t		*th = frame + sg->sg_l4, *field;
	uint32_t	 l4_len = len - sg->sg_l4;
	uint16_t	 sum;

	if (sg->sg_proto == PROTO_TCP) {
		put32(th + 4, kern_be32_at(th + 4) + i * sg->sg_size);
		if (!last)
			th[13] &= (uint8_t)~(TCP_FIN | TCP_PSH);
		if (i > 0)
			th[13] &= (uint8_t)~TCP_CWR;
		field = th + 16;
	} else {
		put16(th + 4, l4_len);
		field = th + 6;
	}
	put16(field, 0);
	sum = (uint16_t)~pkt_csum_fold(pkt_csum_add(
	    seg_pseudo(frame, sg, l4_len), th, l4_len));
	if (sum == 0 && sg->sg_proto == PROTO_UDP)
		sum = 0xffff;
	memcpy(field, &sum, sizeof(sum));
}

/* Headers of the tunnel that segment i goes by. */
static void
seg_outer(uint8_t *frame, const struct seg *outer, uint32_t i, uint32_t len)
{
	uint8_t		*th = frame + outer->sg_l4;
	uint16_t	 sum;

	seg_l3(frame, outer, i, len);
	if (outer->sg_proto == PROTO_UDP && kern_be16_at(th + 6) != 0)
		seg_l4(frame, outer, i, len, false);
	else if (outer->sg_proto == PROTO_UDP)
		put16(th + 4, len - outer->sg_l4);
	else if (outer->sg_proto == PROTO_GRE && (th[0] & GRE_CSUM) != 0) {
		put16(th + 4, 0);
		sum = (uint16_t)~pkt_csum_fold(pkt_csum_add(0, th,
		    len - outer->sg_l4));
		memcpy(th + 4, &sum, sizeof(sum));
	}
}

/* Segment i of p, whose payload starts at pos. */
static int
seg_make(const struct pkt *p, const struct seg *sg, const struct seg *outer,
    uint32_t i, uint32_t pos, struct pkt *n)
{
	uint32_t	left = p->pk_len - pos;
	uint32_t	take = left < sg->sg_size ? left : sg->sg_size;
	uint32_t	len = sg->sg_payload + take;

	if (pkt_user_new(n, len) != 0)
		return (ENOMEM);
	memcpy(n->pk_data, p->pk_data, sg->sg_payload);
	memcpy(n->pk_data + sg->sg_payload, p->pk_data + pos, take);
	pkt_user_follow(p, n);
	seg_l3(n->pk_data, sg, i, len);
	seg_l4(n->pk_data, sg, i, len, take == left);
	if (outer->sg_l3 != 0)
		seg_outer(n->pk_data, outer, i, len);
	return (0);
}

uint32_t
pkt_segs(const struct pkt *p)
{
	struct seg	sg, outer;

	if (!pkt_is_super(p) || seg_parse(p, &sg, &outer) != 0 ||
	    p->pk_len == sg.sg_payload)
		return (1);
	return ((p->pk_len - sg.sg_payload + sg.sg_size - 1) / sg.sg_size);
}

bool
pkt_user_in_tunnel(const struct pkt *p)
{
	struct pkt_meta	m = pkt_meta(p);
	struct seg	sg;

	return (m.pm_gso != PKT_GSO_NONE && m.pm_partial &&
	    seg_parse_l3(p, &sg) == 0 && m.pm_csum_start != sg.sg_l4);
}

/* EINVAL: the frame's headers contradict its metadata; it was dropped. */
int
pkt_segment(struct pkt *p, void (*fn)(struct pkt *, void *), void *arg)
{
	struct seg	sg, outer;
	struct pkt	n;
	uint32_t	i, pos;
	int		error;

	if (!pkt_is_super(p)) {
		fn(p, arg);
		return (0);
	}
	error = seg_parse(p, &sg, &outer);
	pos = sg.sg_payload;
	for (i = 0; error == 0; i++) {
		error = seg_make(p, &sg, &outer, i, pos, &n);
		if (error != 0)
			break;
		fn(&n, arg);
		pos += sg.sg_size;
		if (pos >= p->pk_len)
			break;
	}
	pkt_free(p);
	return (error);
}
