/*
 * SPDX-License-Identifier: ISC
 *
 * pkt_user_test.c: frames of uswitch: room, clones, offloaded checksums,
 * super-frames.
 */
#include <linux/virtio_net.h>

#include "user/pkt_user.h"
#include "test.h"

/* A frame under construction, and where its headers are. */
struct build {
	uint8_t		b[PKT_BIG];
	uint32_t	len, l3, l4, payload;
	bool		v6, tcp;
};

struct layout {
	const char	*name;
	unsigned int	 tags, ext;
	bool		 v6, tcp;
};

static const struct layout layouts[] = {
	{ "TCP over IPv4",			0, 0, false, true },
	{ "TCP over IPv6",			0, 0, true, true },
	{ "UDP over IPv4",			0, 0, false, false },
	{ "UDP over IPv6",			0, 0, true, false },
	{ "TCP over IPv4 in a VLAN",		1, 0, false, true },
	{ "TCP over IPv6 in two VLANs",		2, 0, true, true },
	{ "UDP over IPv4 in two VLANs",		2, 0, false, false },
	{ "TCP over IPv4 with options",		0, 8, false, true },
	{ "TCP over IPv6 with extensions",	0, 8, true, true },
};

static struct build	bd;

static void
put(uint32_t v, unsigned int bytes)
{
	while (bytes-- > 0)
		bd.b[bd.len++] = (uint8_t)(v >> bytes * 8);
}

static void
build_ip(const struct layout *l, uint32_t l4_len)
{
	uint32_t	i;

	bd.l3 = bd.len;
	if (l->v6) {
		put(0x60000000, 4);
		put(l->ext + l4_len, 2);
		put(l->ext > 0 ? 60 : l->tcp ? 6 : 17, 1);
		put(64, 1);
		for (i = 0; i < 8; i++)
			put(0xfd00aa55 + i * 7, 4);
		for (i = 0; i < l->ext; i++)
			put(i == 0 ? (l->tcp ? 6 : 17) : 0, 1);
	} else {
		put(0x4500 + (l->ext / 4 << 8), 2);
		put(20 + l->ext + l4_len, 2);
		put(0xfffe, 2);
		put(0x4000, 2);
		put(64, 1);
		put(l->tcp ? 6 : 17, 1);
		put(0, 2);
		put(0x0a000001, 4);
		put(0xc0a8fe02, 4);
		for (i = 0; i < l->ext; i++)
			put(1, 1);
	}
	bd.l4 = bd.len;
}

/* Build a frame with n bytes of payload, header checksums not set. */
static void
build(const struct layout *l, uint32_t n, uint8_t tcp_flags)
{
	unsigned int	i;

	memset(&bd, 0, sizeof(bd));
	bd.v6 = l->v6;
	bd.tcp = l->tcp;
	for (i = 0; i < 12; i++)
		put(2 + i, 1);
	for (i = 0; i < l->tags; i++) {
		put(i + 1 < l->tags ? 0x88a8 : 0x8100, 2);
		put(100 + i, 2);
	}
	put(l->v6 ? 0x86dd : 0x0800, 2);
	build_ip(l, (l->tcp ? 32 : 8) + n);
	put(0x12345678, 4);
	if (l->tcp) {
		put(0xfffff000, 4);
		put(77, 4);
		put(0x8000 | tcp_flags, 2);
		put(1000, 2);
		put(0, 4);
		put(0x01010101, 4);
		put(0x01010101, 4);
		put(0x01010101, 4);
	} else {
		put(8 + n, 2);
		put(0, 2);
	}
	bd.payload = bd.len;
	for (i = 0; i < n; i++)
		put(i * 31 + i / 251, 1);
}

/* The sum a receiver takes over pseudo header and segment: 0xffff if right. */
static uint16_t
verify(const uint8_t *f, uint32_t len)
{
	uint8_t		tail[4] = { 0, bd.tcp ? 6 : 17 };
	uint64_t	sum;

	tail[2] = (uint8_t)((len - bd.l4) >> 8);
	tail[3] = (uint8_t)(len - bd.l4);
	sum = pkt_csum_add(0, tail, 4);
	sum = bd.v6 ? pkt_csum_add(sum, f + bd.l3 + 8, 32) :
	    pkt_csum_add(sum, f + bd.l3 + 12, 8);
	return (pkt_csum_fold(pkt_csum_add(sum, f + bd.l4, len - bd.l4)));
}

static uint32_t
csum_off(void)
{
	return (bd.tcp ? 16 : 6);
}

/* Make the built frame a packet with a partial checksum. */
static void
partial(struct pkt *p, uint8_t gso, uint16_t gso_size)
{
	struct virtio_net_hdr	v = { 0 };
	uint8_t			tail[4] = { 0, bd.tcp ? 6 : 17 };
	uint64_t		sum;
	uint16_t		s;

	tail[2] = (uint8_t)((bd.len - bd.l4) >> 8);
	tail[3] = (uint8_t)(bd.len - bd.l4);
	sum = pkt_csum_add(0, tail, 4);
	sum = bd.v6 ? pkt_csum_add(sum, bd.b + bd.l3 + 8, 32) :
	    pkt_csum_add(sum, bd.b + bd.l3 + 12, 8);
	s = pkt_csum_fold(sum);
	memcpy(bd.b + bd.l4 + csum_off(), &s, sizeof(s));
	CHECK(pkt_from(bd.b, bd.len, p) == 0);
	v.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
	v.csum_start = (uint16_t)bd.l4;
	v.csum_offset = (uint16_t)csum_off();
	v.gso_type = gso;
	v.gso_size = gso_size;
	CHECK(pkt_user_set_vnet(p, &v) == 0);
}

static uint8_t
gso_of(const struct layout *l)
{
	return (!l->tcp ? PKT_GSO_UDP : l->v6 ? PKT_GSO_TCP6 : PKT_GSO_TCP4);
}

TEST(sum_of_odd_length_is_wrong)
{
	static const uint8_t	b[] = { 0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5,
				    0xf6, 0xf7, 0x80 };
	uint16_t		s, want = be16_make(0x5df3);

	s = pkt_csum_fold(pkt_csum_add(0, b, sizeof(b)));
	CHECK(s == want);
}

TEST(sctp_leaves_with_an_internet_checksum)
{
	uint8_t			f[34 + 32] = { 0 };
	unsigned int		i;
	struct virtio_net_hdr	v = { VIRTIO_NET_HDR_F_NEEDS_CSUM, 0, 0, 0,
				    34, 8 };
	struct pkt		p;

	memcpy(f + 34, "12345678junk", 12);
	for (i = 0; i < 20; i++)
		f[46 + i] = (uint8_t)i;
	CHECK(pkt_from(f, sizeof(f), &p) == 0);
	CHECK(pkt_user_set_vnet(&p, &v) == 0);
	CHECK(!pkt_meta(&p).pm_partial);
	CHECK(memcmp(p.pk_data + 42, "\xd2\xc1\xa1\x29", 4) == 0);
	pkt_free(&p);
}

TEST(push_does_not_keep_the_frame_or_move_the_checksum)
{
	struct pkt	p;
	unsigned int	i;

	build(&layouts[0], 100, 0x10);
	partial(&p, PKT_GSO_NONE, 0);
	/* More than the room in front, so that one of them must copy. */
	for (i = 0; i < 80; i++) {
		CHECK(pkt_own(&p, 14) == 0);
		CHECK(pkt_push(&p, 12, 4) == 0);
		memset(p.pk_data + 12, 0xee, 4);
	}
	CHECK(p.pk_len == bd.len + 320 && p.pk_rlen == p.pk_len);
	CHECK(memcmp(p.pk_data, bd.b, 12) == 0);
	CHECK(memcmp(p.pk_data + 332, bd.b + 12, bd.len - 12) == 0);
	CHECK(pkt_meta(&p).pm_csum_start == bd.l4 + 320);
	for (i = 0; i < 80; i++)
		CHECK(pkt_pop(&p, 12, 4) == 0);
	CHECK(p.pk_len == bd.len && memcmp(p.pk_data, bd.b, bd.len) == 0);
	CHECK(pkt_meta(&p).pm_csum_start == bd.l4);
	pkt_free(&p);
	CHECK(pkt_empty(&p) && pkt_user_inuse() == 0);
}

TEST(bad_positions_are_taken)
{
	struct pkt	p;

	build(&layouts[0], 10, 0);
	CHECK(pkt_from(bd.b, bd.len, &p) == 0);
	CHECK(pkt_pull(&p, bd.len) == 0);
	CHECK(pkt_pull(&p, bd.len + 1) == EMSGSIZE);
	CHECK(pkt_own(&p, bd.len + 1) == EMSGSIZE);
	CHECK(pkt_push(&p, bd.len + 1, 4) == EMSGSIZE);
	CHECK(pkt_push(&p, 12, PKT_BIG) == EMSGSIZE);
	CHECK(pkt_push(&p, 12, UINT32_MAX) == EMSGSIZE);
	CHECK(pkt_pop(&p, bd.len - 3, 4) == EMSGSIZE);
	CHECK(pkt_pop(&p, 12, UINT32_MAX) == EMSGSIZE);
	CHECK(pkt_copy(&p, 5, bd.b, bd.len - 4) == EMSGSIZE);
	CHECK(p.pk_len == bd.len && memcmp(p.pk_data, bd.b, bd.len) == 0);
	pkt_free(&p);
	pkt_free(&p);
	CHECK(pkt_from(bd.b, PKT_BIG + 1, &p) == ENOMEM);
	CHECK(pkt_user_inuse() == 0);
}

TEST(clone_sees_the_change)
{
	struct pkt	p, n;

	build(&layouts[2], 50, 0);
	partial(&p, PKT_GSO_NONE, 0);
	CHECK(pkt_dup(&p, &n) == 0 && pkt_user_inuse() == 1);
	pkt_queue_set(&n, 3);
	CHECK(pkt_meta(&p).pm_queue == 0);
	CHECK(pkt_own(&p, 14) == 0 && pkt_user_inuse() == 2);
	memset(p.pk_data, 0xff, 12);
	CHECK(pkt_push(&p, 12, 4) == 0);
	CHECK(n.pk_len == bd.len && memcmp(n.pk_data, bd.b, bd.len) == 0);
	CHECK(pkt_meta(&n).pm_csum_start == bd.l4);
	CHECK(pkt_meta(&p).pm_csum_start == bd.l4 + 4);
	CHECK(pkt_own(&n, 14) == 0 && pkt_user_inuse() == 2);
	pkt_free(&p);
	pkt_free(&n);
	CHECK(pkt_user_inuse() == 0);
}

TEST(copy_leaves_the_checksum_unfinished)
{
	static uint8_t	out[PKT_BIG];
	struct pkt	p;
	unsigned int	i;

	for (i = 0; i < nitems(layouts); i++) {
		test_case("copy of %s leaves its checksum unfinished",
		    layouts[i].name);
		build(&layouts[i], 333, 0x18);
		partial(&p, PKT_GSO_NONE, 0);
		CHECK(pkt_csum_state(&p, bd.l4) == PKT_CSUM_PARTIAL);
		CHECK(verify(p.pk_data, p.pk_len) != 0xffff);
		CHECK(pkt_copy(&p, 0, out, p.pk_len) == 0);
		CHECK(verify(out, p.pk_len) == 0xffff);
		/* Cut in the middle of the checksum. */
		memset(out, 0xaa, sizeof(out));
		CHECK(pkt_copy(&p, 3, out, bd.l4 + csum_off() - 2) == 0);
		CHECK(out[bd.l4 + csum_off() - 2] == 0xaa);
		CHECK(pkt_user_complete(&p) == 0);
		CHECK(pkt_csum_state(&p, bd.l4) == PKT_CSUM_FULL);
		CHECK(verify(p.pk_data, p.pk_len) == 0xffff);
		CHECK(out[bd.l4 + csum_off() - 3] ==
		    p.pk_data[bd.l4 + csum_off()]);
		pkt_free(&p);
		CHECK(pkt_user_inuse() == 0);
	}
}

/* What the segments of one super-frame must add up to. */
struct sink {
	const struct layout	*l;
	uint32_t		 n, pos, gso;
	uint8_t			 flags;
};

static void
sink_take(struct pkt *p, void *arg)
{
	struct sink	*s = arg;
	const uint8_t	*ip = p->pk_data + bd.l3, *th = p->pk_data + bd.l4;
	uint32_t	 take = p->pk_len - bd.payload;
	bool		 last = s->pos + take == bd.len - bd.payload;
	uint8_t		 want = s->flags;

	CHECK(!pkt_is_super(p) && pkt_csum_state(p, bd.l4) == PKT_CSUM_FULL);
	CHECK(last ? take <= s->gso : take == s->gso);
	CHECK(memcmp(p->pk_data, bd.b, bd.l3) == 0);
	CHECK(memcmp(p->pk_data + bd.payload, bd.b + bd.payload + s->pos,
	    take) == 0);
	CHECK(verify(p->pk_data, p->pk_len) == 0xffff);
	if (s->l->v6) {
		CHECK(kern_be16_at(ip + 4) == p->pk_len - bd.l3 - 40);
	} else {
		CHECK(kern_be16_at(ip + 2) == p->pk_len - bd.l3);
		CHECK(kern_be16_at(ip + 4) == (uint16_t)(0xfffe + s->n));
		CHECK(pkt_csum_fold(pkt_csum_add(0, ip, bd.l4 - bd.l3)) ==
		    0xffff);
	}
	if (s->l->tcp) {
		CHECK(kern_be32_at(th + 4) == 0xfffff000 + s->pos);
		if (!last)
			want &= (uint8_t)~0x09;
		if (s->n > 0)
			want &= (uint8_t)~0x80;
		CHECK(th[13] == want);
	} else
		CHECK(kern_be16_at(th + 4) == p->pk_len - bd.l4);
	CHECK(pkt_meta(p).pm_queue == 9);
	s->n++;
	s->pos += take;
	pkt_free(p);
}

TEST(segments_are_wrong)
{
	static const uint32_t	sizes[] = { 1, 1447, 1448, 1449, 2896, 8000,
				    60000, 65000 };
	struct sink		s;
	struct pkt		p;
	unsigned int		i, k;

	for (i = 0; i < nitems(layouts); i++) {
		test_case("segments of %s are wrong", layouts[i].name);
		for (k = 0; k < nitems(sizes); k++) {
			s = (struct sink){ &layouts[i], 0, 0, 1448, 0x99 };
			build(&layouts[i], sizes[k], s.flags);
			partial(&p, gso_of(&layouts[i]), 1448);
			pkt_queue_set(&p, 9);
			CHECK(pkt_is_super(&p));
			CHECK(pkt_segs(&p) == (sizes[k] + 1447) / 1448);
			CHECK(pkt_segment(&p, sink_take, &s) == 0);
			CHECK(pkt_empty(&p) && s.pos == sizes[k]);
			CHECK(s.n == (sizes[k] + 1447) / 1448);
			CHECK(pkt_user_inuse() == 0);
		}
	}
}

static void	sink_never(struct pkt *, void *);

/* Tunnels around a frame. */
struct tunnel {
	const char	*name;
	bool		 v6, gre, sum;
};

static const struct tunnel tunnels[] = {
	{ "UDP without a sum over IPv4",	false, false, false },
	{ "UDP over IPv4",			false, false, true },
	{ "UDP over IPv6",			true, false, true },
	{ "GRE without a sum over IPv6",	true, true, false },
	{ "GRE over IPv4",			false, true, true },
};

static uint32_t
tunnel_l4(const struct tunnel *t)
{
	return (t->v6 ? 54 : 34);
}

/* In front of a packet: Ethernet, IP, and UDP with VXLAN, or GRE. */
static void
tunnel_push(const struct tunnel *t, struct pkt *p)
{
	uint32_t	 l4 = tunnel_l4(t), n = l4 + (t->gre ? 8 : 16);
	uint8_t		*h;

	CHECK(pkt_push(p, 0, n) == 0);
	h = p->pk_data;
	memset(h, 0, n);
	memcpy(h, "\2\0\0\0\0\1\2\0\0\0\0\2", 12);
	memcpy(h + 12, t->v6 ? "\x86\xdd\x60" : "\x08\x00\x45", 3);
	h[t->v6 ? 20 : 23] = t->gre ? 47 : 17;
	h[t->v6 ? 21 : 22] = 64;
	if (t->gre) {
		h[l4] = t->sum ? 0x80 : 0;
		h[l4 + 2] = 0x65;
		h[l4 + 3] = 0x58;
	} else {
		h[l4 + 2] = 0x12;
		h[l4 + 3] = 0xb5;
		h[l4 + 7] = t->sum;
	}
}

struct nest {
	const struct tunnel	*t;
	struct sink		 s;
};

static void
sink_tunnel(struct pkt *p, void *arg)
{
	struct nest		*ne = arg;
	const struct tunnel	*t = ne->t;
	uint32_t		 l4 = tunnel_l4(t), len = p->pk_len;
	const uint8_t		*f = p->pk_data, *th = f + l4;
	uint8_t			 tail[4] = { 0, 17 };
	uint64_t		 sum = 0;

	if (t->v6) {
		CHECK(kern_be16_at(f + 18) == len - 54);
	} else {
		CHECK(kern_be16_at(f + 16) == len - 14);
		CHECK(kern_be16_at(f + 18) == ne->s.n);
		CHECK(pkt_csum_fold(pkt_csum_add(0, f + 14, 20)) == 0xffff);
	}
	if (!t->gre) {
		CHECK(kern_be16_at(th + 4) == len - l4);
		tail[2] = (uint8_t)((len - l4) >> 8);
		tail[3] = (uint8_t)(len - l4);
		sum = pkt_csum_add(0, tail, 4);
		sum = pkt_csum_add(sum, f + l4 - (t->v6 ? 32 : 8),
		    t->v6 ? 32 : 8);
	}
	if (t->sum)
		CHECK(pkt_csum_fold(pkt_csum_add(sum, th, len - l4)) ==
		    0xffff);
	else if (!t->gre)
		CHECK(kern_be16_at(th + 6) == 0);
	CHECK(pkt_pop(p, 0, l4 + (t->gre ? 8 : 16)) == 0);
	sink_take(p, &ne->s);
}

TEST(segments_in_a_tunnel_are_wrong)
{
	struct nest	ne;
	struct pkt	p;
	uint16_t	sum;
	unsigned int	i, k;

	for (i = 0; i < nitems(layouts) * nitems(tunnels); i++) {
		ne.t = &tunnels[i % nitems(tunnels)];
		ne.s = (struct sink){ &layouts[i / nitems(tunnels)], 0, 0,
		    1400, 0x99 };
		if (ne.s.l->v6 && ne.s.l->ext > 0)
			continue;	/* not found */
		test_case("segments of %s in %s are wrong", ne.s.l->name,
		    ne.t->name);
		build(ne.s.l, 10000, ne.s.flags);
		sum = (uint16_t)~pkt_csum_fold(pkt_csum_add(0, bd.b + bd.l3,
		    bd.l4 - bd.l3));
		if (!bd.v6)
			memcpy(bd.b + bd.l3 + 10, &sum, sizeof(sum));
		partial(&p, gso_of(ne.s.l), 1400);
		pkt_queue_set(&p, 9);
		CHECK(!pkt_user_in_tunnel(&p));
		tunnel_push(ne.t, &p);
		CHECK(pkt_user_in_tunnel(&p));
		CHECK(pkt_segs(&p) == 8);
		CHECK(pkt_segment(&p, sink_tunnel, &ne) == 0);
		CHECK(ne.s.n == 8 && ne.s.pos == 10000);
		/* Inner headers that are none. */
		for (k = 0; k < 200; k += 7) {
			partial(&p, gso_of(ne.s.l), 1400);
			tunnel_push(ne.t, &p);
			p.pk_data[bd.l3 + tunnel_l4(ne.t) +
			    (ne.t->gre ? 8 : 16)] ^= 0xf0;
			pkt_user_trim(&p, p.pk_len - k);
			CHECK(pkt_segment(&p, sink_never, NULL) == EINVAL);
		}
		CHECK(pkt_user_inuse() == 0);
	}
}

static void
sink_never(struct pkt *p, void *arg)
{
	CHECK(false && "a segment of nonsense");
	pkt_free(p);
}

/* Headers that lie, cut at every byte: dropped, nothing read outside. */
TEST(nonsense_is_segmented)
{
	struct pkt	p;
	unsigned int	i, cut;

	for (i = 0; i < nitems(layouts); i++) {
		test_case("cut %s is segmented", layouts[i].name);
		build(&layouts[i], 3000, 0x10);
		for (cut = 0; cut < bd.payload; cut++) {
			partial(&p, gso_of(&layouts[i]), 1000);
			pkt_user_trim(&p, cut);
			CHECK(pkt_segs(&p) == 1);
			CHECK(pkt_segment(&p, sink_never, NULL) == EINVAL);
			CHECK(pkt_empty(&p));
		}
		partial(&p, PKT_GSO_TCP4 + PKT_GSO_TCP6 + PKT_GSO_UDP + 1 -
		    gso_of(&layouts[i]), 1000);
		CHECK(pkt_segment(&p, sink_never, NULL) == EINVAL);
		CHECK(pkt_user_inuse() == 0);
	}
}

TEST(vnet_header_beyond_the_frame_is_believed)
{
	struct virtio_net_hdr	v = { 0 };
	struct pkt		p;

	build(&layouts[0], 10, 0);
	CHECK(pkt_from(bd.b, bd.len, &p) == 0);
	v.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
	v.csum_start = (uint16_t)(bd.len - 1);
	CHECK(pkt_user_set_vnet(&p, &v) == EINVAL);
	v.csum_start = 0xffff;
	v.csum_offset = 0xffff;
	CHECK(pkt_user_set_vnet(&p, &v) == EINVAL);
	v.flags = 0;
	v.gso_type = PKT_GSO_TCP4;
	CHECK(pkt_user_set_vnet(&p, &v) == EINVAL);
	CHECK(!pkt_is_super(&p) && pkt_csum_state(&p, bd.l4) == PKT_CSUM_FULL);
	pkt_free(&p);
}

TEST(vnet_header_is_not_what_came)
{
	struct virtio_net_hdr	v;
	struct pkt		p;

	build(&layouts[0], 5000, 0x10);
	partial(&p, PKT_GSO_TCP4 | PKT_GSO_ECN, 1448);
	CHECK(pkt_user_retag(&p, 0x8100, 0x2064) == 0);
	CHECK(kern_be32_at(p.pk_data + 12) == 0x81002064);
	CHECK(kern_be16_at(p.pk_data + 16) == 0x0800);
	pkt_user_get_vnet(&p, &v);
	CHECK(v.flags == VIRTIO_NET_HDR_F_NEEDS_CSUM);
	CHECK(v.csum_start == bd.l4 + 4 && v.csum_offset == 16);
	CHECK(v.gso_type == (PKT_GSO_TCP4 | PKT_GSO_ECN));
	CHECK(v.gso_size == 1448 && v.hdr_len == bd.payload + 4);
	pkt_free(&p);
}

TEST(pop_of_the_summed_bytes_keeps_the_offset)
{
	struct virtio_net_hdr	v;
	struct pkt		p;

	build(&layouts[0], 500, 0x10);
	partial(&p, PKT_GSO_TCP4, 100);
	CHECK(pkt_pop(&p, bd.l4 - 2, 4) == 0);
	pkt_user_get_vnet(&p, &v);
	CHECK(v.flags == 0 && v.gso_type == 0);
	pkt_free(&p);
	pkt_user_drain();
}

int
main(void)
{
	return (test_main());
}
