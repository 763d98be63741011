/*
 * SPDX-License-Identifier: ISC
 *
 * uswitch_fast.c: the two BPF programs of a port; see ../uswitch_fast.h.
 *
 * fast_look runs for each frame that arrives, as the filter of the packet
 * socket; fast_send runs right after it on the same CPU for the same frame, so
 * it does what fast_look found, and nothing can come between.
 *
 * Only ordinary frames are looked up: IPv4 without options or IPv6 without
 * extension headers, no fragment, TCP or UDP with a whole header, lengths that
 * agree, at most one VLAN tag, which the kernel has taken off.  The key has
 * the form of struct ofp_key.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "../uswitch_fast.h"

#define ACCEPT		0x7fffffff	/* to the socket */
#define NEXT		(-1)		/* TCX_NEXT */

#define ETH_LEN		14
#define IP4_LEN		20
#define IP6_LEN		40
#define FIRST_LEN	42		/* of the shortest frame that may do */
#define TCP		6
#define UDP		17

union element {
	struct ufast_head	head;
	struct ufast_entry	entry;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1 + UFAST_ENTRIES);
	__type(key, uint32_t);
	__type(value, union element);
} fast_table SEC(".maps");

/* From fast_look to fast_send. */
struct verdict {
	uint32_t	ifindex;	/* where it leaves, 0: nowhere */
	uint32_t	from;
	uint32_t	len;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, uint32_t);
	__type(value, struct verdict);
} fast_verdict SEC(".maps");

/* The first five words of the key, byte for byte. */
struct key {
	uint8_t		dst[6], type[2];
	uint8_t		src[6], vid[2];
	uint8_t		in_port[4], pcp, proto, dscp, ecn;
	uint8_t		ip_src[4], ip_dst[4];
	uint8_t		tp_src[2], tp_dst[2], icmp[2], flags[2];
	uint8_t		isid[4], flabel[4];
	uint8_t		ip6[32];
};

struct packet {
	union {
		struct key	p_key;
		uint64_t	p_word[UFAST_WORDS];
	};
	uint32_t	p_words;
	uint32_t	p_l4;		/* offset */
	uint32_t	p_end;		/* of the IP packet */
};

static __always_inline uint32_t
be16(const uint8_t *b)
{
	return ((uint32_t)b[0] << 8 | b[1]);
}

/* b: what follows Ethernet, ports included. */
static __always_inline int
read_ip4(const uint8_t *b, struct packet *p)
{
	if (b[0] != 0x45 || ((be16(b + 6) & 0x3fff) != 0))
		return (-1);
	p->p_words = UFAST_WORDS_4;
	p->p_l4 = ETH_LEN + IP4_LEN;
	p->p_end = ETH_LEN + be16(b + 2);
	p->p_key.proto = b[9];
	p->p_key.dscp = b[1] >> 2;
	p->p_key.ecn = b[1] & 3;
	__builtin_memcpy(p->p_key.ip_src, b + 12, 8);
	__builtin_memcpy(p->p_key.tp_src, b + IP4_LEN, 4);
	return (0);
}

static __always_inline int
read_ip6(struct __sk_buff *skb, struct packet *p)
{
	uint8_t		b[IP6_LEN];

	if (bpf_skb_load_bytes(skb, ETH_LEN, b, sizeof(b)) < 0 ||
	    b[0] >> 4 != 6)
		return (-1);
	p->p_words = UFAST_WORDS;
	p->p_l4 = ETH_LEN + IP6_LEN;
	p->p_end = ETH_LEN + IP6_LEN + be16(b + 4);
	p->p_key.proto = b[6];
	p->p_key.dscp = (b[0] << 2 | b[1] >> 6) & 0x3f;
	p->p_key.ecn = b[1] >> 4 & 3;
	p->p_key.flabel[1] = b[1] & 15;
	p->p_key.flabel[2] = b[2];
	p->p_key.flabel[3] = b[3];
	__builtin_memcpy(p->p_key.ip6, b + 8, 32);
	return (bpf_skb_load_bytes(skb, p->p_l4, p->p_key.tp_src, 4));
}

static __always_inline void
read_tag(struct __sk_buff *skb, struct packet *p)
{
	uint32_t	tci = skb->vlan_tci;

	p->p_key.vid[0] = 0x10 | (tci >> 8 & 15);	/* OFPVID_PRESENT */
	p->p_key.vid[1] = tci;
	p->p_key.pcp = tci >> 13;
}

/* 0: an ordinary packet, and p says which. */
static __always_inline int
read_packet(struct __sk_buff *skb, struct packet *p)
{
	uint8_t		b[FIRST_LEN];
	int		r = -1;

	if (bpf_skb_load_bytes(skb, 0, b, sizeof(b)) < 0)
		return (-1);
	__builtin_memcpy(p->p_key.dst, b, 6);
	__builtin_memcpy(p->p_key.src, b + 6, 6);
	__builtin_memcpy(p->p_key.type, b + 12, 2);
	if (skb->vlan_present)
		read_tag(skb, p);
	if (be16(b + 12) == 0x0800)
		r = read_ip4(b + ETH_LEN, p);
	else if (be16(b + 12) == 0x86dd)
		r = read_ip6(skb, p);
	if (r != 0 || p->p_end > skb->len)
		return (-1);
	if (p->p_key.proto == TCP)
		return (p->p_end < p->p_l4 + 20 ? -1 : 0);
	return (p->p_key.proto != UDP || p->p_end < p->p_l4 + 8 ? -1 : 0);
}

/* Frames on the wire that a super-frame becomes. */
static __always_inline uint32_t
segments(struct __sk_buff *skb, const struct packet *p)
{
	uint32_t	size = skb->gso_size, head = p->p_l4 + 8;
	uint8_t		off;

	if (size == 0)
		return (1);
	if (p->p_key.proto == TCP) {
		if (bpf_skb_load_bytes(skb, p->p_l4 + 12, &off, 1) < 0)
			return (1);
		head = p->p_l4 + (off >> 4) * 4;
	}
	if (skb->len <= head)
		return (1);
	return ((skb->len - head + size - 1) / size);
}

static __always_inline struct ufast_entry *
find(const struct packet *p, uint64_t seq)
{
	uint32_t	 i, j, n, bucket = ufast_hash(p->p_word, p->p_words);
	union element	*el;

	for (i = 0; i < UFAST_WAYS; i++) {
		n = 1 + bucket * UFAST_WAYS + i;
		el = bpf_map_lookup_elem(&fast_table, &n);
		if (el == NULL || el->entry.ue_seq != seq)
			continue;
		for (j = 0; j < UFAST_WORDS; j++)
			if (el->entry.ue_key[j] != p->p_word[j])
				break;
		if (j == UFAST_WORDS)
			return (&el->entry);
	}
	return (NULL);
}

static __always_inline void
count(struct __sk_buff *skb, const struct packet *p, struct ufast_entry *ue,
    uint64_t now)
{
	uint32_t	tag = skb->vlan_present ? 4 : 0;

	__sync_fetch_and_add(&ue->ue_packets, segments(skb, p));
	__sync_fetch_and_add(&ue->ue_frames, 1);
	__sync_fetch_and_add(&ue->ue_bytes, (uint64_t)skb->len + tag);
	ue->ue_used = now;
}

SEC("socket")
int
fast_look(struct __sk_buff *skb)
{
	uint32_t		 zero = 0;
	struct verdict		*v = bpf_map_lookup_elem(&fast_verdict,
				    &zero);
	union element		*el = bpf_map_lookup_elem(&fast_table, &zero);
	uint64_t		 now = bpf_ktime_get_coarse_ns();
	struct ufast_entry	*ue;
	struct packet		 p;

	if (v == NULL || el == NULL)
		return (ACCEPT);
	v->ifindex = 0;
	if (el->head.uh_seq == 0 || el->head.uh_deadline < now)
		return (ACCEPT);
	__builtin_memset(&p, 0, sizeof(p));
	if (read_packet(skb, &p) != 0)
		return (ACCEPT);
	ue = find(&p, el->head.uh_seq);
	if (ue == NULL || (skb->gso_size == 0 && skb->len > ue->ue_max))
		return (ACCEPT);
	count(skb, &p, ue, now);
	v->ifindex = ue->ue_ifindex;
	v->from = skb->ifindex;
	v->len = skb->len;
	return (0);
}

SEC("tc")
int
fast_send(struct __sk_buff *skb)
{
	uint32_t	 zero = 0, out;
	struct verdict	*v = bpf_map_lookup_elem(&fast_verdict, &zero);

	if (v == NULL)
		return (NEXT);
	out = v->ifindex;
	v->ifindex = 0;
	if (out == 0 || v->from != skb->ifindex || v->len != skb->len)
		return (NEXT);
	return (bpf_redirect(out, 0));
}

char _license[] SEC("license") = "Dual BSD/GPL";
