/*
 * SPDX-License-Identifier: ISC
 *
 * uswitch_tunnel.c: the BPF programs of a port that is an external tunnel; see
 * ../uswitch_tunnel.h.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "../uswitch_tunnel.h"

#define ACCEPT		0x7fffffff	/* to the socket */
#define NEXT		(-1)		/* TCX_NEXT */
#define DROP		2		/* TCX_DROP */

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, UTUN_IN + UTUN_OUT);
	__type(key, uint32_t);
	__type(value, struct utun_slot);
} tun_slots SEC(".maps");

/* How many frames were received: the number of the next. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, uint32_t);
	__type(value, uint32_t);
} tun_next SEC(".maps");

static __always_inline void
read_key(struct __sk_buff *skb, struct utun_slot *us)
{
	struct bpf_tunnel_key	key;
	uint32_t		ip;

	us->us_family = 0;
	if (bpf_skb_get_tunnel_key(skb, &key, sizeof(key), 0) == 0) {
		us->us_family = 4;
		ip = __builtin_bswap32(key.remote_ipv4);
		__builtin_memcpy(us->us_src, &ip, 4);
		ip = __builtin_bswap32(key.local_ipv4);
		__builtin_memcpy(us->us_dst, &ip, 4);
	} else if (bpf_skb_get_tunnel_key(skb, &key, sizeof(key),
	    BPF_F_TUNINFO_IPV6) == 0) {
		us->us_family = 6;
		__builtin_memcpy(us->us_src, key.remote_ipv6, 16);
		__builtin_memcpy(us->us_dst, key.local_ipv6, 16);
	}
	us->us_id = key.tunnel_id;
}

SEC("tc")
int
tun_in(struct __sk_buff *skb)
{
	uint32_t		 zero = 0, n, *next;
	struct utun_ticket	 uk;
	struct utun_slot	*us;

	if (skb->mark == UTUN_MARK_IN)
		return (NEXT);
	if ((next = bpf_map_lookup_elem(&tun_next, &zero)) == NULL)
		return (DROP);
	uk.uk_seq = __sync_fetch_and_add(next, 1);
	uk.uk_magic = UTUN_MAGIC;
	if (uk.uk_seq == 0)
		uk.uk_seq = UTUN_IN;	/* the same slot: 0 is none */
	n = uk.uk_seq & (UTUN_IN - 1);
	if ((us = bpf_map_lookup_elem(&tun_slots, &n)) == NULL)
		return (DROP);
	us->us_seq = 0;
	barrier();
	read_key(skb, us);
	if (bpf_skb_load_bytes(skb, 0, us->us_first, UTUN_FIRST) < 0)
		return (DROP);
	barrier();
	us->us_seq = uk.uk_seq;
	skb->mark = UTUN_MARK_IN;
	if (bpf_skb_store_bytes(skb, 0, &uk, sizeof(uk), 0) < 0)
		return (DROP);
	return (bpf_redirect(skb->ifindex, BPF_F_INGRESS));
}

SEC("socket")
int
tun_look(struct __sk_buff *skb)
{
	return (skb->mark == UTUN_MARK_IN ? ACCEPT : 0);
}

SEC("tc")
int
tun_out(struct __sk_buff *skb)
{
	struct bpf_tunnel_key	 key;
	struct utun_ticket	 uk;
	struct utun_slot	*us;
	uint64_t		 flags = BPF_F_ZERO_CSUM_TX;
	uint32_t		 n;

	if (skb->mark != UTUN_MARK_OUT)
		return (NEXT);
	if (bpf_skb_load_bytes(skb, 0, &uk, sizeof(uk)) < 0 ||
	    uk.uk_magic != UTUN_MAGIC)
		return (DROP);
	n = UTUN_IN + (uk.uk_seq & (UTUN_OUT - 1));
	if ((us = bpf_map_lookup_elem(&tun_slots, &n)) == NULL)
		return (DROP);
	__builtin_memset(&key, 0, sizeof(key));
	key.tunnel_id = us->us_id;
	key.tunnel_ttl = 64;
	if (us->us_family == 6) {
		__builtin_memcpy(key.local_ipv6, us->us_src, 16);
		__builtin_memcpy(key.remote_ipv6, us->us_dst, 16);
		flags = BPF_F_TUNINFO_IPV6;
	} else {
		__builtin_memcpy(&n, us->us_src, 4);
		key.local_ipv4 = __builtin_bswap32(n);
		__builtin_memcpy(&n, us->us_dst, 4);
		key.remote_ipv4 = __builtin_bswap32(n);
	}
	skb->mark = 0;
	if (bpf_skb_store_bytes(skb, 0, us->us_first, UTUN_FIRST, 0) < 0 ||
	    bpf_skb_set_tunnel_key(skb, &key, sizeof(key), flags) < 0)
		return (DROP);
	return (NEXT);
}

char _license[] SEC("license") = "Dual BSD/GPL";
