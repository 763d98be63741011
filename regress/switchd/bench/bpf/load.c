/*
 * SPDX-License-Identifier: ISC
 *
 * load.c: the BPF programs of dp_load: send a frame several times, and throw
 * frames away.
 */
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>

#include <stdint.h>

#define COPY	0x6c6f6164	/* the mark of a copy */

/* Set before they are loaded. */
const volatile struct {
	uint32_t	copies;		/* of each frame, beside itself */
} load_conf = { 0 };

SEC("tc")
int
load_copy(struct __sk_buff *skb)
{
	uint32_t	i;

	if (skb->mark == COPY)
		return (TC_ACT_OK);
	skb->mark = COPY;
	for (i = 0; i < 64 && i < load_conf.copies; i++)
		bpf_clone_redirect(skb, skb->ifindex, 0);
	return (TC_ACT_OK);
}

SEC("tc")
int
load_drop(struct __sk_buff *skb)
{
	(void)skb;
	return (TC_ACT_SHOT);
}

char _license[] SEC("license") = "Dual BSD/GPL";
