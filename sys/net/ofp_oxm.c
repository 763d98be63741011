/*
 * SPDX-License-Identifier: ISC
 *
 * ofp_oxm.c: the table of match fields (7.2.3.7), and finding a row.
 *
 * The rows are in the order of enum ofp_field; a new field is a new row, and
 * nothing else knows its width, its mask, what it needs or where it lies.
 */
#include "ofp_oxm.h"

#define M	true		/* may be masked */
#define S	true		/* may be set */
#define _	false

#define KEY(m)	offsetof(struct ofp_key, m),				\
		sizeof(((struct ofp_key *)NULL)->m)

#define P(f, mask, v, alt)	{ (f), (mask), (v), (alt) }
#define NONE			P(-1, 0, 0, 0)
#define PRE0			{ NONE, NONE }
#define PRE1(f, mask, v, alt)	{ P(f, mask, v, alt), NONE }
#define PORT	PRE1(OFP_XMT_IN_PORT, 0, 0, 0)
#define TAGGED	PRE1(OFP_XMT_VLAN_VID, OFP_VID_PRESENT, OFP_VID_PRESENT, \
		    OFP_VID_PRESENT)
#define ETH(a, b) P(OFP_XMT_ETH_TYPE, 0xffff, a, b)
#define IP	{ ETH(0x0800, 0x86dd), NONE }
#define IPV4	{ ETH(0x0800, 0x0800), NONE }
#define IPV6	{ ETH(0x86dd, 0x86dd), NONE }
#define ARP	{ ETH(0x0806, 0x0806), NONE }
#define MPLS	{ ETH(0x8847, 0x8848), NONE }
#define PBB	{ ETH(0x88e7, 0x88e7), NONE }
#define PROTO(p) P(OFP_XMT_IP_PROTO, 0xff, p, p)
#define TCP	{ PROTO(6), NONE }
#define UDP	{ PROTO(17), NONE }
#define SCTP	{ PROTO(132), NONE }
#define ICMP4	{ PROTO(1), ETH(0x0800, 0x0800) }
#define ICMP6	{ PROTO(58), ETH(0x86dd, 0x86dd) }
#define ND(a, b) PRE1(OFP_XMT_ICMPV6_TYPE, 0xff, a, b)

#define BASIC(n, name, len, bits, m, s, pre, key)			\
[OFP_XMT_##n] = { name, OFP_XMC_OPENFLOW_BASIC, OFP_XMT_##n, 0,		\
    len, bits, m, s, pre, KEY(key) }
#define ONF(n, name, len, bits, m, s, pre, key)				\
[OFP_FIELD_##n] = { name, OFP_XMC_EXPERIMENTER, OFP_XMT_ONF_##n,	\
    OFP_ONF_EXPERIMENTER, len, bits, m, s, pre, KEY(key) }
#define NXM1(n, name, len, bits, m, s, pre, key)			\
[OFP_FIELD_##n] = { name, OFP_XMC_NXM_1, OFP_NXM_##n, 0,		\
    len, bits, m, s, pre, KEY(key) }

const struct ofp_oxm ofp_oxm_table[OFP_NFIELDS] = {
BASIC(IN_PORT, "in_port", 4, 32, _, _, PRE0, k_in_port),
BASIC(IN_PHY_PORT, "in_phy_port", 4, 32, _, _, PORT, k_in_phy_port),
BASIC(METADATA, "metadata", 8, 64, M, _, PRE0, k_metadata),
BASIC(ETH_DST, "eth_dst", 6, 48, M, S, PRE0, k_eth_dst),
BASIC(ETH_SRC, "eth_src", 6, 48, M, S, PRE0, k_eth_src),
BASIC(ETH_TYPE, "eth_type", 2, 16, _, S, PRE0, k_eth_type),
BASIC(VLAN_VID, "vlan_vid", 2, 13, M, S, PRE0, k_vlan_vid),
BASIC(VLAN_PCP, "vlan_pcp", 1, 3, _, S, TAGGED, k_vlan_pcp),
BASIC(IP_DSCP, "ip_dscp", 1, 6, _, S, IP, k_ip_dscp),
BASIC(IP_ECN, "ip_ecn", 1, 2, _, S, IP, k_ip_ecn),
BASIC(IP_PROTO, "ip_proto", 1, 8, _, S, IP, k_ip_proto),
BASIC(IPV4_SRC, "ipv4_src", 4, 32, M, S, IPV4, k_ipv4_src),
BASIC(IPV4_DST, "ipv4_dst", 4, 32, M, S, IPV4, k_ipv4_dst),
BASIC(TCP_SRC, "tcp_src", 2, 16, _, S, TCP, k_tp_src),
BASIC(TCP_DST, "tcp_dst", 2, 16, _, S, TCP, k_tp_dst),
BASIC(UDP_SRC, "udp_src", 2, 16, _, S, UDP, k_tp_src),
BASIC(UDP_DST, "udp_dst", 2, 16, _, S, UDP, k_tp_dst),
BASIC(SCTP_SRC, "sctp_src", 2, 16, _, S, SCTP, k_tp_src),
BASIC(SCTP_DST, "sctp_dst", 2, 16, _, S, SCTP, k_tp_dst),
BASIC(ICMPV4_TYPE, "icmpv4_type", 1, 8, _, S, ICMP4, k_icmp_type),
BASIC(ICMPV4_CODE, "icmpv4_code", 1, 8, _, S, ICMP4, k_icmp_code),
BASIC(ARP_OP, "arp_op", 2, 16, _, S, ARP, k_arp_op),
BASIC(ARP_SPA, "arp_spa", 4, 32, M, S, ARP, k_ipv4_src),
BASIC(ARP_TPA, "arp_tpa", 4, 32, M, S, ARP, k_ipv4_dst),
BASIC(ARP_SHA, "arp_sha", 6, 48, M, S, ARP, k_arp_sha),
BASIC(ARP_THA, "arp_tha", 6, 48, M, S, ARP, k_arp_tha),
BASIC(IPV6_SRC, "ipv6_src", 16, 128, M, S, IPV6, k_ipv6_src),
BASIC(IPV6_DST, "ipv6_dst", 16, 128, M, S, IPV6, k_ipv6_dst),
BASIC(IPV6_FLABEL, "ipv6_flabel", 4, 20, M, S, IPV6, k_ipv6_flabel),
BASIC(ICMPV6_TYPE, "icmpv6_type", 1, 8, _, S, ICMP6, k_icmp_type),
BASIC(ICMPV6_CODE, "icmpv6_code", 1, 8, _, S, ICMP6, k_icmp_code),
BASIC(IPV6_ND_TARGET, "nd_target", 16, 128, _, S, ND(135, 136), k_nd_target),
BASIC(IPV6_ND_SLL, "nd_sll", 6, 48, _, S, ND(135, 135), k_arp_sha),
BASIC(IPV6_ND_TLL, "nd_tll", 6, 48, _, S, ND(136, 136), k_arp_tha),
BASIC(MPLS_LABEL, "mpls_label", 4, 20, _, S, MPLS, k_mpls_label),
BASIC(MPLS_TC, "mpls_tc", 1, 3, _, S, MPLS, k_mpls_tc),
BASIC(MPLS_BOS, "mpls_bos", 1, 1, _, S, MPLS, k_mpls_bos),
BASIC(PBB_ISID, "pbb_isid", 3, 24, M, S, PBB, k_pbb_isid),
BASIC(TUNNEL_ID, "tunnel_id", 8, 64, M, S, PRE0, k_tunnel_id),
BASIC(IPV6_EXTHDR, "ipv6_exthdr", 2, 9, M, _, IPV6, k_ipv6_exthdr),
ONF(TCP_FLAGS, "tcp_flags", 2, 12, M, _, TCP, k_tcp_flags),
ONF(ACTSET_OUTPUT, "actset_output", 4, 32, _, _, PRE0, k_actset_output),
NXM1(TUN_IPV4_SRC, "tun_src", 4, 32, M, S, PRE0, k_tun_src),
NXM1(TUN_IPV4_DST, "tun_dst", 4, 32, M, S, PRE0, k_tun_dst),
NXM1(TUN_IPV6_SRC, "tun_ipv6_src", 16, 128, M, S, PRE0, k_tun_src6),
NXM1(TUN_IPV6_DST, "tun_ipv6_dst", 16, 128, M, S, PRE0, k_tun_dst6),
};

int
ofp_oxm_find(uint16_t class, uint8_t num, uint32_t experimenter)
{
	unsigned int	i;

	if (class == OFP_XMC_OPENFLOW_BASIC)
		return (num < OFP_XMT_COUNT ? num : -1);
	for (i = OFP_XMT_COUNT; i < OFP_NFIELDS; i++) {
		if (ofp_oxm_table[i].ox_class == class &&
		    ofp_oxm_table[i].ox_num == num &&
		    ofp_oxm_table[i].ox_experimenter == experimenter)
			return ((int)i);
	}
	return (-1);
}

int
ofp_oxm_find_name(const char *name)
{
	size_t		n = strlen(name) + 1;
	unsigned int	i;

	for (i = 0; i < OFP_NFIELDS; i++) {
		if (strnlen(ofp_oxm_table[i].ox_name, n) + 1 == n &&
		    memcmp(ofp_oxm_table[i].ox_name, name, n) == 0)
			return ((int)i);
	}
	return (-1);
}

void
ofp_oxm_header_encode(struct ofp_wr *wr, enum ofp_field f, bool mask)
{
	const struct ofp_oxm	*ox = &ofp_oxm_table[f];
	unsigned int		 len = ox->ox_len << mask;

	if (ox->ox_class == OFP_XMC_EXPERIMENTER)
		len += 4;
	ofp_wr_u16(wr, ox->ox_class);
	ofp_wr_u8(wr, (uint8_t)(ox->ox_num << 1 | mask));
	ofp_wr_u8(wr, (uint8_t)len);
	if (ox->ox_class == OFP_XMC_EXPERIMENTER)
		ofp_wr_u32(wr, ox->ox_experimenter);
}

void
ofp_oxm_full_mask(enum ofp_field f, uint8_t mask[16])
{
	const struct ofp_oxm	*ox = &ofp_oxm_table[f];
	unsigned int		 i, bits = ox->ox_bits;

	for (i = ox->ox_len; i-- > 0; bits -= bits < 8 ? bits : 8)
		mask[i] = bits < 8 ? (uint8_t)((1 << bits) - 1) : 0xff;
}

bool
ofp_oxm_prereq_ok(const struct ofp_match *m, enum ofp_field f)
{
	const struct ofp_prereq	*op = ofp_oxm_table[f].ox_pre;
	enum ofp_field		 need;
	uint64_t		 v;
	unsigned int		 i;

	for (i = 0; i < OFP_NPREREQS && op[i].op_field >= 0; i++) {
		need = (enum ofp_field)op[i].op_field;
		if ((m->m_fields & OFP_FIELD_BIT(need)) == 0)
			return (false);
		v = ofp_key_get(&m->m_mask, need);
		if ((v & op[i].op_mask) != op[i].op_mask)
			return (false);
		v = ofp_key_get(&m->m_key, need) & op[i].op_mask;
		if (v != op[i].op_value && v != op[i].op_alt)
			return (false);
	}
	return (true);
}
