/*
 * SPDX-License-Identifier: ISC
 *
 * frame.h: Ethernet frames from text, for scenario files and tests.
 *
 * Layers from the outside in, separated by slashes:
 *
 *	eth 1 > 2 / vlan 5 pcp=3 / ip 10.0.0.1 > 10.0.0.2 ttl=9 / udp 7 > 8
 *
 * A MAC address may be a small number n, which means 02:00:00:00:00:n.
 * Ethertypes, protocols, lengths and checksums follow from the layers unless
 * a key names them.  Layers and their keys stand in one table in frame.c:
 *
 *	eth SRC > DST		type
 *	vlan VID		pcp dei tpid
 *	svlan VID		the same with tag type 0x88a8
 *	mpls LABEL		tc ttl bos type (that of the layer before)
 *	pbb ISID		pcp dei uca; an inner eth follows
 *	arp SPA > TPA		op sha tha
 *	ip SRC > DST		ttl dscp ecn id frag mf df proto opt csum len
 *	ip6 SRC > DST		hlim dscp ecn flabel nh len
 *	hbh dst6 rt6 ah esp nonext; frag6: frag mf id; each: nh
 *	tcp SRC > DST		flags csum
 *	udp SRC > DST		csum
 *	sctp SRC > DST		csum
 *	icmp TYPE CODE		csum	(icmp6 the same)
 *	ns TARGET, na TARGET	sll tll (options in the order given)
 *	data N			N bytes 0, 1, 2, ...
 *	hex BYTES
 */
#ifndef _FRAME_H_
#define _FRAME_H_

#include <stddef.h>
#include <stdint.h>

#define FRAME_MAX	65550

/*
 * Build the frame that text describes into buf.  Its length, or -1 with a
 * sentence in err.
 */
int	frame_parse(const char *text, uint8_t *buf, size_t cap, char *err,
	    size_t errlen);

/* "00:11:.." or a number; 0 or -1. */
int	frame_parse_mac(const char *, uint8_t mac[6]);
/* Hexadecimal digits, blanks allowed between bytes; length or -1. */
int	frame_parse_hex(const char *, uint8_t *, size_t cap);

#endif /* _FRAME_H_ */
