/*
 * SPDX-License-Identifier: ISC
 *
 * ofp_key.h: the flat flow key.
 *
 * One struct holds everything a match can ask of a packet, in network order;
 * a field that the packet does not have is zero.  Key + mask = match.  The
 * struct is an array of 64 bit words for hashing and comparing (OFP_KEY_WORDS);
 * fields that exclude each other share a place (TCP, UDP and SCTP ports; ARP
 * and IPv4 addresses; ARP and ND hardware addresses), because the prerequisites
 * (EtherType, protocol) are part of every match that names them.
 *
 * Order: what nearly every packet and rule uses comes first.
 */
#ifndef _NET_OFP_KEY_H_
#define _NET_OFP_KEY_H_

#include "kern.h"

struct ofp_key {
	/* word 0..3: Ethernet and network addresses */
	uint8_t		k_eth_dst[6];
	be16_t		k_eth_type;	/* behind VLAN tags */
	uint8_t		k_eth_src[6];
	be16_t		k_vlan_vid;	/* OFP_VID_PRESENT | vid, or 0 */
	be32_t		k_in_port;
	uint8_t		k_vlan_pcp;
	uint8_t		k_ip_proto;
	uint8_t		k_ip_dscp;	/* 6 bits, right aligned */
	uint8_t		k_ip_ecn;	/* 2 bits, right aligned */
	be32_t		k_ipv4_src;	/* or ARP sender */
	be32_t		k_ipv4_dst;	/* or ARP target */
	/* word 4: transport */
	be16_t		k_tp_src;	/* TCP, UDP or SCTP */
	be16_t		k_tp_dst;
	uint8_t		k_icmp_type;	/* ICMPv4 or ICMPv6 */
	uint8_t		k_icmp_code;
	be16_t		k_tcp_flags;	/* 12 bits (EXT-109) */
	/* word 5..6: pipeline */
	be64_t		k_metadata;
	be64_t		k_tunnel_id;
	/* word 7..: the rarer ones */
	be32_t		k_in_phy_port;	/* = k_in_port unless a logical port */
	be32_t		k_actset_output; /* EXT-233 */
	be32_t		k_mpls_label;	/* 20 bits, right aligned */
	uint8_t		k_mpls_tc;
	uint8_t		k_mpls_bos;
	be16_t		k_arp_op;
	be32_t		k_pbb_isid;	/* 24 bits, right aligned */
	be32_t		k_ipv6_flabel;	/* 20 bits, right aligned */
	uint8_t		k_ipv6_src[16];
	uint8_t		k_ipv6_dst[16];
	uint8_t		k_nd_target[16];
	uint8_t		k_arp_sha[6];	/* or ND source link-layer address */
	be16_t		k_ipv6_exthdr;	/* OFP_IEH_* */
	uint8_t		k_arp_tha[6];	/* or ND target link-layer address */
	be16_t		k_pad;		/* zero */
	be32_t		k_tun_src;	/* IPv4 tunnel endpoints */
	be32_t		k_tun_dst;
	uint8_t		k_tun_src6[16];
	uint8_t		k_tun_dst6[16];
};

#define OFP_KEY_WORDS	(sizeof(struct ofp_key) / sizeof(uint64_t))
CTASSERT(sizeof(struct ofp_key) == 23 * 8);

#endif /* _NET_OFP_KEY_H_ */
