/*
 * SPDX-License-Identifier: ISC
 *
 * pkt_linux.c: a frame is a socket buffer.
 *
 * pk_host is the sk_buff; its data always starts at the destination address
 * and its mac_header says so.  The tag that Linux keeps beside a frame is put
 * back into it on the way in (host_port_input) and stays there: drivers and the
 * stack take either form.  Frames that no action changes keep everything else
 * the sk_buff knows: hash, offsets, checksum state and segments to be made.
 *
 * A received sum over the whole frame (CHECKSUM_COMPLETE) is forgotten as soon
 * as somebody asks to write; a sum to be finished (CHECKSUM_PARTIAL) is kept,
 * since its place moves along with the bytes behind it.
 */
#include <linux/if_vlan.h>
#include <linux/netdevice.h>
#include <linux/skbuff.h>
#ifdef HAVE_NET_GSO_H
#include <net/gso.h>
#endif
#include <net/dst_metadata.h>
#include <net/pkt_sched.h>

#include "host_linux.h"

int
pkt_pull(struct pkt *p, uint32_t len)
{
	if (likely(len <= p->pk_rlen))
		return (0);
	if (len > p->pk_len)
		return (EMSGSIZE);
	if (!pskb_may_pull(pkt_skb(p), len))
		return (ENOMEM);
	pkt_sync(p);
	return (0);
}

int
pkt_own(struct pkt *p, uint32_t len)
{
	struct sk_buff *skb = pkt_skb(p);

	if (len > skb->len)
		return (EMSGSIZE);
	if (skb_ensure_writable(skb, len) != 0)
		return (ENOMEM);
	if (skb->ip_summed == CHECKSUM_COMPLETE)
		skb->ip_summed = CHECKSUM_NONE;
	pkt_sync(p);
	return (0);
}

int
pkt_push(struct pkt *p, uint32_t off, uint32_t len)
{
	struct sk_buff *skb = pkt_skb(p);

	if (off > skb->len)
		return (EMSGSIZE);
	if (skb_cow_head(skb, len) != 0 || !pskb_may_pull(skb, off))
		return (ENOMEM);
	skb_push(skb, len);
	memmove(skb->data, skb->data + len, off);
	skb_reset_mac_header(skb);
	pkt_sync(p);
	return (0);
}

int
pkt_pop(struct pkt *p, uint32_t off, uint32_t len)
{
	struct sk_buff *skb = pkt_skb(p);

	if (off > skb->len || len > skb->len - off)
		return (EMSGSIZE);
	if (skb_ensure_writable(skb, off + len) != 0)
		return (ENOMEM);
	memmove(skb->data + len, skb->data, off);
	__skb_pull(skb, len);
	skb_reset_mac_header(skb);
	pkt_sync(p);
	return (0);
}

int
pkt_dup(const struct pkt *p, struct pkt *q)
{
	struct sk_buff *skb;

	skb = skb_clone(pkt_skb(p), GFP_ATOMIC | __GFP_NOWARN);
	if (skb == NULL)
		return (ENOMEM);
	*q = *p;
	q->pk_host = skb;
	pkt_sync(q);
	return (0);
}

/* Copy with a checksum that is no Internet checksum (SCTP): on a copy. */
static int
pkt_copy_crc(struct sk_buff *skb, uint32_t off, uint8_t *buf, uint32_t len)
{
	struct sk_buff *copy;
	int error = 0;

	copy = skb_copy(skb, GFP_ATOMIC | __GFP_NOWARN);
	if (copy == NULL)
		return (ENOMEM);
	if (skb_csum_hwoffload_help(copy, 0) != 0 ||
	    skb_copy_bits(copy, off, buf, len) != 0)
		error = ENOMEM;
	kfree_skb(copy);
	return (error);
}

int
pkt_copy(const struct pkt *p, uint32_t off, uint8_t *buf, uint32_t len)
{
	struct sk_buff *skb = pkt_skb(p);
	uint32_t start, at;
	__sum16 sum;

	if (off > skb->len || len > skb->len - off)
		return (EMSGSIZE);
	if (skb->ip_summed == CHECKSUM_PARTIAL && skb_csum_is_sctp(skb))
		return (pkt_copy_crc(skb, off, buf, len));
	if (skb_copy_bits(skb, off, buf, len) != 0)
		return (EMSGSIZE);
	if (skb->ip_summed != CHECKSUM_PARTIAL)
		return (0);

	/* The sum of UDP may not be 0, and 0xffff means the same for others. */
	start = skb_checksum_start_offset(skb);
	if (start > skb->len)
		return (0);
	at = start + skb->csum_offset;
	sum = csum_fold(skb_checksum(skb, start, skb->len - start, 0));
	if (sum == 0)
		sum = CSUM_MANGLED_0;
	if (at >= off && at - off < len)
		buf[at - off] = ((uint8_t *)&sum)[0];
	if (at + 1 >= off && at + 1 - off < len)
		buf[at + 1 - off] = ((uint8_t *)&sum)[1];
	return (0);
}

int
pkt_from(const uint8_t *buf, uint32_t len, struct pkt *p)
{
	struct sk_buff *skb;

	if (len < ETH_HLEN)
		return (EMSGSIZE);
	skb = alloc_skb(LL_MAX_HEADER + len, GFP_ATOMIC | __GFP_NOWARN);
	if (skb == NULL)
		return (ENOMEM);
	skb_reserve(skb, LL_MAX_HEADER);
	skb_put_data(skb, buf, len);
	memset(p, 0, sizeof(*p));
	p->pk_host = skb;
	pkt_headers_changed(p, 0, 0);
	return (0);
}

void
pkt_free(struct pkt *p)
{
	kfree_skb(pkt_to_skb(p));
}

uint32_t
pkt_segs(const struct pkt *p)
{
	const struct sk_buff *skb = pkt_skb(p);
	const struct skb_shared_info *si = skb_shinfo(skb);

	if (likely(si->gso_size == 0))
		return (1);
	if (si->gso_segs != 0)
		return (si->gso_segs);
	return (DIV_ROUND_UP(skb->len, si->gso_size));
}

enum pkt_csum
pkt_csum_state(const struct pkt *p, uint32_t l4_off)
{
	const struct sk_buff *skb = pkt_skb(p);

	return (skb->ip_summed == CHECKSUM_PARTIAL &&
	    skb_checksum_start_offset(skb) == l4_off ? PKT_CSUM_PARTIAL :
	    PKT_CSUM_FULL);
}

void
pkt_headers_changed(struct pkt *p, uint32_t l3_off, uint32_t l4_off)
{
	struct sk_buff *skb = pkt_skb(p);
	__be16 type;

	skb_clear_hash(skb);
	skb_reset_mac_header(skb);
	type = eth_hdr(skb)->h_proto;
	if (!eth_proto_is_802_3(type))
		type = htons(ETH_P_802_2);
	skb->protocol = type;
	skb_set_network_header(skb, l3_off != 0 ? l3_off : ETH_HLEN);
	if (l4_off != 0 && skb->ip_summed != CHECKSUM_PARTIAL)
		skb_set_transport_header(skb, l4_off);
	skb_reset_mac_len(skb);
	pkt_sync(p);
}

bool
pkt_is_super(const struct pkt *p)
{
	return (skb_is_gso(pkt_skb(p)));
}

/* A list of whole frames; a tunnel's frames whose outer sum is made later. */
bool
pkt_is_rigid(const struct pkt *p)
{
	return ((skb_shinfo(pkt_skb(p))->gso_type & (SKB_GSO_FRAGLIST |
	    SKB_GSO_UDP_TUNNEL_CSUM | SKB_GSO_GRE_CSUM)) != 0);
}

int
pkt_segment(struct pkt *p, void (*fn)(struct pkt *, void *), void *arg)
{
	struct sk_buff *skb, *seg, *next;
	struct pkt q;

	skb = pkt_to_skb(p);
	seg = skb_gso_segment(skb, NETIF_F_SG);
	if (IS_ERR_OR_NULL(seg)) {
		kfree_skb(skb);
		return (ENOMEM);
	}
	consume_skb(skb);
	skb_list_walk_safe(seg, seg, next) {
		skb_mark_not_on_list(seg);
		memset(&q, 0, sizeof(q));
		q.pk_host = seg;
		skb_reset_mac_header(seg);
		pkt_sync(&q);
		fn(&q, arg);
	}
	return (0);
}

bool
pkt_tunnel_get(const struct pkt *p, struct pkt_tunnel *pt)
{
	const struct sk_buff *skb = pkt_skb(p);
	const struct ip_tunnel_info *info;
	const struct ip_tunnel_key *key;

	if (likely(skb->_skb_refdst == 0))
		return (false);
	info = skb_tunnel_info(skb);
	if (info == NULL || (info->mode & IP_TUNNEL_INFO_TX) != 0)
		return (false);
	memset(pt, 0, sizeof(*pt));
	key = &info->key;
	pt->pt_id = (__force be64_t)key->tun_id;
	if (ip_tunnel_info_af(info) == AF_INET6) {
		memcpy(pt->pt_src6, &key->u.ipv6.src, sizeof(pt->pt_src6));
		memcpy(pt->pt_dst6, &key->u.ipv6.dst, sizeof(pt->pt_dst6));
	} else {
		pt->pt_src = (__force be32_t)key->u.ipv4.src;
		pt->pt_dst = (__force be32_t)key->u.ipv4.dst;
	}
	return (true);
}

int
pkt_tunnel_set(struct pkt *p, const struct pkt_tunnel *pt)
{
	struct sk_buff *skb = pkt_skb(p);
	struct ip_tunnel_key *key;
	struct metadata_dst *md;

	md = metadata_dst_alloc(0, METADATA_IP_TUNNEL,
	    GFP_ATOMIC | __GFP_NOWARN);
	if (md == NULL)
		return (ENOMEM);
	md->u.tun_info.mode = IP_TUNNEL_INFO_TX;
	key = &md->u.tun_info.key;
	key->tun_id = (__force __be64)pt->pt_id;
#ifdef HAVE_TUNNEL_FLAG_BITS
	__set_bit(IP_TUNNEL_KEY_BIT, key->tun_flags);
#else
	key->tun_flags = TUNNEL_KEY;
#endif
	if (pt->pt_dst != 0) {
		key->u.ipv4.src = (__force __be32)pt->pt_src;
		key->u.ipv4.dst = (__force __be32)pt->pt_dst;
	} else {
		md->u.tun_info.mode |= IP_TUNNEL_INFO_IPV6;
		memcpy(&key->u.ipv6.src, pt->pt_src6, sizeof(pt->pt_src6));
		memcpy(&key->u.ipv6.dst, pt->pt_dst6, sizeof(pt->pt_dst6));
	}
	skb_dst_drop(skb);
	skb_dst_set(skb, &md->dst);
	return (0);
}

/* Queue n is the traffic class 1:n of the port (queue_linux.c). */
void
pkt_queue_set(struct pkt *p, uint32_t queue)
{
	pkt_skb(p)->priority = queue == 0 ? 0 :
	    TC_H_MAKE(1U << 16, queue & 0xffff);
}
