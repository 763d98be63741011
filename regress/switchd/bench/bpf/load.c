/*
 * SPDX-License-Identifier: ISC
 *
 * load.c: the BPF programs of dp_load: make frames, and throw them away.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include <stdint.h>

#define SPORT	34		/* of UDP over IPv4 */

/* Set before they are loaded. */
const volatile struct {
	uint32_t	ifindex;
	uint32_t	flows;
} load_conf = { 0, 1 };

uint32_t	load_next;

SEC("xdp")
int
load_send(struct xdp_md *ctx)
{
	uint8_t		*data = (void *)(long)ctx->data;
	uint8_t		*end = (void *)(long)ctx->data_end;
	uint32_t	 port = 1024 + load_next++ % load_conf.flows;

	if (data + SPORT + 2 > end)
		return (XDP_ABORTED);
	data[SPORT] = port >> 8;
	data[SPORT + 1] = port;
	return (bpf_redirect(load_conf.ifindex, 0));
}

SEC("xdp")
int
load_drop(struct xdp_md *ctx)
{
	(void)ctx;
	return (XDP_DROP);
}

char _license[] SEC("license") = "Dual BSD/GPL";
