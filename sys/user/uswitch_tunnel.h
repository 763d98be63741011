/*
 * SPDX-License-Identifier: ISC
 *
 * uswitch_tunnel.h: the metadata of a port that is a tunnel in external mode
 * (vxlan, geneve, gre: one interface for many ends).
 *
 * Packet sockets carry bytes, not the id and the ends of a tunnel.  So frames
 * are exchanged with the kernel with a ticket in place of their first bytes: a
 * number of a slot, in memory shared with two BPF programs at the interface
 * (bpf/uswitch_tunnel.c), that holds those bytes and the metadata.
 *
 *	received	the program at the ingress fills a slot, marks the
 *			frame, and has it arrive once more; the socket's filter
 *			takes marked frames only
 *	sent		uswitch fills a slot; the sockets mark what they send;
 *			the program at the egress takes the ticket off
 *
 * A slot is used again after many frames.  Those received have a sequence
 * number, so a frame that was not read in time is noticed.  Those sent are
 * seen by the program before as many others can be written.
 */
#ifndef _USER_USWITCH_TUNNEL_H_
#define _USER_USWITCH_TUNNEL_H_

#include <stdint.h>

#define UTUN_FIRST	8U		/* bytes that a ticket takes */
#define UTUN_IN		4096U		/* slots for frames received ... */
#define UTUN_OUT	1024U		/* ... and behind them, sent */
#define UTUN_MAGIC	0x74756e21U
#define UTUN_MARK_IN	0x7573a501U	/* of a frame with a ticket */
#define UTUN_MARK_OUT	0x7573a502U

struct utun_ticket {
	uint32_t	uk_seq;		/* its slot: modulo UTUN_IN, UTUN_OUT */
	uint32_t	uk_magic;
};

struct utun_slot {
	uint32_t	us_seq;		/* 0: being written */
	uint32_t	us_id;
	uint8_t		us_first[UTUN_FIRST];
	uint8_t		us_src[16];	/* IPv4 in the first four */
	uint8_t		us_dst[16];
	uint32_t	us_family;	/* 4, 6; 0: no metadata */
	uint32_t	us_unused[3];
};

/* What a port gets: the slots, and what holds the programs. */
enum { UTUN_FD_SLOTS, UTUN_FD_IN, UTUN_FD_OUT, UTUN_NFDS };

/*
 * Make them for an interface, set the filter of the socket that receives and
 * the mark of all n sockets.  0; -1 and errno: this kernel cannot (it is
 * before 6.6), or may not.
 */
int	utun_open(uint32_t ifindex, const int *socks, unsigned int n,
	    int fds[UTUN_NFDS]);

#endif /* _USER_USWITCH_TUNNEL_H_ */
