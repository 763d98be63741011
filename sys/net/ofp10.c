/*
 * SPDX-License-Identifier: ISC
 *
 * ofp10.c: OpenFlow 1.0 for the controller's side, see ofp10.h.
 *
 * Section numbers are those of the OpenFlow Switch Specification 1.0.0.
 * Matches and actions are translated to and from the 1.3 forms; what 1.0 cannot
 * say is refused, never dropped silently.
 */
#include "ofp10.h"

/* Wildcard bits of the 40 byte match, 5.2.3. */
#define FW_IN_PORT	0x00000001U
#define FW_DL_VLAN	0x00000002U
#define FW_DL_SRC	0x00000004U
#define FW_DL_DST	0x00000008U
#define FW_DL_TYPE	0x00000010U
#define FW_NW_PROTO	0x00000020U
#define FW_TP_SRC	0x00000040U
#define FW_TP_DST	0x00000080U
#define FW_NW_SRC_SHIFT	8
#define FW_NW_DST_SHIFT	14
#define FW_NW_BITS	0x3f
#define FW_DL_VLAN_PCP	0x00100000U
#define FW_NW_TOS	0x00200000U
#define FW_ALL		0x003fffffU
#define VLAN_NONE	0xffff

uint32_t
ofp10_port_widen(uint16_t port)
{
	if (port == OFP10_P_NONE)
		return (OFP_P_ANY);
	return (port >= OFP10_P_IN_PORT ? 0xffff0000U | port : port);
}

uint16_t
ofp10_port_narrow(uint32_t port)
{
	return (port == OFP_P_ANY ? OFP10_P_NONE : port & 0xffff);
}

/* Match. */

struct match10 {
	uint32_t	m1_wild;
	uint16_t	m1_in_port;
	uint8_t		m1_dl_src[6], m1_dl_dst[6];
	uint16_t	m1_dl_vlan;
	uint8_t		m1_dl_vlan_pcp;
	uint16_t	m1_dl_type;
	uint8_t		m1_nw_tos, m1_nw_proto;
	uint32_t	m1_nw_src, m1_nw_dst;
	uint16_t	m1_tp_src, m1_tp_dst;
};

static void
match10_read(struct ofp_rd *rd, struct match10 *m1)
{
	m1->m1_wild = ofp_rd_u32(rd);
	m1->m1_in_port = ofp_rd_u16(rd);
	ofp_rd_bytes(rd, m1->m1_dl_src, 6);
	ofp_rd_bytes(rd, m1->m1_dl_dst, 6);
	m1->m1_dl_vlan = ofp_rd_u16(rd);
	m1->m1_dl_vlan_pcp = ofp_rd_u8(rd);
	ofp_rd_skip(rd, 1);
	m1->m1_dl_type = ofp_rd_u16(rd);
	m1->m1_nw_tos = ofp_rd_u8(rd);
	m1->m1_nw_proto = ofp_rd_u8(rd);
	ofp_rd_skip(rd, 2);
	m1->m1_nw_src = ofp_rd_u32(rd);
	m1->m1_nw_dst = ofp_rd_u32(rd);
	m1->m1_tp_src = ofp_rd_u16(rd);
	m1->m1_tp_dst = ofp_rd_u16(rd);
}

/* An address and its number of wildcarded low bits. */
static void
match10_addr(struct ofp_match *m, enum ofp_field f, uint32_t addr,
    uint32_t wild)
{
	uint32_t	mask;

	if (wild >= 32)
		return;
	mask = UINT32_MAX << wild;
	ofp_match_set_masked(m, f, addr & mask, mask);
}

static void
match10_l4(const struct match10 *m1, struct ofp_match *m)
{
	static const struct {
		uint16_t	type;
		uint8_t		proto;
		enum ofp_field	src, dst;
	} rows[] = {
		{ 0x0800, 6, OFP_XMT_TCP_SRC, OFP_XMT_TCP_DST },
		{ 0x0800, 17, OFP_XMT_UDP_SRC, OFP_XMT_UDP_DST },
		{ 0x0800, 132, OFP_XMT_SCTP_SRC, OFP_XMT_SCTP_DST },
		{ 0x0800, 1, OFP_XMT_ICMPV4_TYPE, OFP_XMT_ICMPV4_CODE }
	};
	size_t		i;

	for (i = 0; i < nitems(rows); i++)
		if (rows[i].type == m1->m1_dl_type &&
		    rows[i].proto == m1->m1_nw_proto) {
			if ((m1->m1_wild & FW_TP_SRC) == 0)
				ofp_match_set(m, rows[i].src, m1->m1_tp_src);
			if ((m1->m1_wild & FW_TP_DST) == 0)
				ofp_match_set(m, rows[i].dst, m1->m1_tp_dst);
		}
}

static void
match10_l3(const struct match10 *m1, struct ofp_match *m)
{
	bool		arp = m1->m1_dl_type == 0x0806;
	uint32_t	src = m1->m1_wild >> FW_NW_SRC_SHIFT & FW_NW_BITS;
	uint32_t	dst = m1->m1_wild >> FW_NW_DST_SHIFT & FW_NW_BITS;

	if (!arp && m1->m1_dl_type != 0x0800)
		return;
	if (!arp && (m1->m1_wild & FW_NW_TOS) == 0)
		ofp_match_set(m, OFP_XMT_IP_DSCP, m1->m1_nw_tos >> 2);
	if ((m1->m1_wild & FW_NW_PROTO) == 0)
		ofp_match_set(m, arp ? OFP_XMT_ARP_OP : OFP_XMT_IP_PROTO,
		    m1->m1_nw_proto);
	match10_addr(m, arp ? OFP_XMT_ARP_SPA : OFP_XMT_IPV4_SRC,
	    m1->m1_nw_src, src);
	match10_addr(m, arp ? OFP_XMT_ARP_TPA : OFP_XMT_IPV4_DST,
	    m1->m1_nw_dst, dst);
	if (!arp && (m1->m1_wild & FW_NW_PROTO) == 0)
		match10_l4(m1, m);
}

enum ofp_error
ofp10_match_decode(struct ofp_rd *rd, struct ofp_match *m)
{
	struct match10	m1;

	ofp_match_init(m);
	match10_read(rd, &m1);
	if (ofp_rd_err(rd))
		return (OFP_BMC_BAD_LEN);
	if ((m1.m1_wild & FW_IN_PORT) == 0)
		ofp_match_set(m, OFP_XMT_IN_PORT,
		    ofp10_port_widen(m1.m1_in_port));
	if ((m1.m1_wild & FW_DL_DST) == 0)
		ofp_match_set_bytes(m, OFP_XMT_ETH_DST, m1.m1_dl_dst, NULL);
	if ((m1.m1_wild & FW_DL_SRC) == 0)
		ofp_match_set_bytes(m, OFP_XMT_ETH_SRC, m1.m1_dl_src, NULL);
	if ((m1.m1_wild & FW_DL_VLAN) == 0)
		ofp_match_set(m, OFP_XMT_VLAN_VID, m1.m1_dl_vlan == VLAN_NONE ?
		    OFP_VID_NONE : OFP_VID_PRESENT | (m1.m1_dl_vlan & 0xfff));
	if ((m1.m1_wild & (FW_DL_VLAN | FW_DL_VLAN_PCP)) == 0 &&
	    m1.m1_dl_vlan != VLAN_NONE)
		ofp_match_set(m, OFP_XMT_VLAN_PCP, m1.m1_dl_vlan_pcp & 7);
	if ((m1.m1_wild & FW_DL_TYPE) == 0) {
		ofp_match_set(m, OFP_XMT_ETH_TYPE, m1.m1_dl_type);
		match10_l3(&m1, m);
	}
	return (OFP_OK);
}

/* Fields that 1.0 can say; ARP and ports share places. */
#define FIELDS_10							\
	(OFP_FIELD_BIT(OFP_XMT_IN_PORT) | OFP_FIELD_BIT(OFP_XMT_ETH_DST) | \
	OFP_FIELD_BIT(OFP_XMT_ETH_SRC) | OFP_FIELD_BIT(OFP_XMT_ETH_TYPE) | \
	OFP_FIELD_BIT(OFP_XMT_VLAN_VID) | OFP_FIELD_BIT(OFP_XMT_VLAN_PCP) | \
	OFP_FIELD_BIT(OFP_XMT_IP_DSCP) | OFP_FIELD_BIT(OFP_XMT_IP_PROTO) | \
	OFP_FIELD_BIT(OFP_XMT_IPV4_SRC) | OFP_FIELD_BIT(OFP_XMT_IPV4_DST) | \
	OFP_FIELD_BIT(OFP_XMT_ARP_OP) | OFP_FIELD_BIT(OFP_XMT_ARP_SPA) | \
	OFP_FIELD_BIT(OFP_XMT_ARP_TPA) | FIELDS_10_L4)
#define FIELDS_10_L4							\
	(OFP_FIELD_BIT(OFP_XMT_TCP_SRC) | OFP_FIELD_BIT(OFP_XMT_TCP_DST) | \
	OFP_FIELD_BIT(OFP_XMT_UDP_SRC) | OFP_FIELD_BIT(OFP_XMT_UDP_DST) | \
	OFP_FIELD_BIT(OFP_XMT_SCTP_SRC) | OFP_FIELD_BIT(OFP_XMT_SCTP_DST) | \
	OFP_FIELD_BIT(OFP_XMT_ICMPV4_TYPE) | OFP_FIELD_BIT(OFP_XMT_ICMPV4_CODE))

static bool
has(const struct ofp_match *m, enum ofp_field f)
{
	return ((m->m_fields & OFP_FIELD_BIT(f)) != 0);
}

/* A prefix mask as a number of wildcarded bits; false: not a prefix. */
static bool
match10_wild_bits(const struct ofp_match *m, enum ofp_field f, uint32_t *bits)
{
	uint32_t	mask = ofp_key_get(&m->m_mask, f);

	*bits = 32;
	if (!has(m, f))
		return (true);
	while (*bits > 0 && (mask & 0x80000000U) != 0) {
		mask <<= 1;
		(*bits)--;
	}
	return (mask == 0);
}

static bool
all_ones(const uint8_t *p, size_t len)
{
	while (len-- > 0)
		if (*p++ != 0xff)
			return (false);
	return (true);
}

/* The masks that 1.0 has: exact, and prefixes of IPv4 addresses. */
static bool
match10_masks_ok(const struct ofp_match *m, uint32_t *src, uint32_t *dst)
{
	bool	arp = has(m, OFP_XMT_ARP_SPA) || has(m, OFP_XMT_ARP_TPA);

	if (has(m, OFP_XMT_ETH_DST) && !all_ones(m->m_mask.k_eth_dst, 6))
		return (false);
	if (has(m, OFP_XMT_ETH_SRC) && !all_ones(m->m_mask.k_eth_src, 6))
		return (false);
	if (has(m, OFP_XMT_VLAN_VID) &&
	    be16_get(m->m_mask.k_vlan_vid) != 0x1fff)
		return (false);
	return (match10_wild_bits(m, arp ? OFP_XMT_ARP_SPA : OFP_XMT_IPV4_SRC,
	    src) && match10_wild_bits(m, arp ? OFP_XMT_ARP_TPA :
	    OFP_XMT_IPV4_DST, dst));
}

static void
match10_fill(const struct ofp_match *m, struct match10 *m1)
{
	const struct ofp_key	*k = &m->m_key;
	uint16_t		 vid = be16_get(k->k_vlan_vid);

	m1->m1_in_port = ofp10_port_narrow(be32_get(k->k_in_port));
	memcpy(m1->m1_dl_src, k->k_eth_src, 6);
	memcpy(m1->m1_dl_dst, k->k_eth_dst, 6);
	m1->m1_dl_vlan = !has(m, OFP_XMT_VLAN_VID) ? 0 :
	    vid & OFP_VID_PRESENT ? vid & 0xfff : VLAN_NONE;
	m1->m1_dl_vlan_pcp = k->k_vlan_pcp;
	m1->m1_dl_type = be16_get(k->k_eth_type);
	m1->m1_nw_tos = k->k_ip_dscp << 2;
	m1->m1_nw_proto = has(m, OFP_XMT_ARP_OP) ? be16_get(k->k_arp_op) :
	    k->k_ip_proto;
	m1->m1_nw_src = be32_get(k->k_ipv4_src);
	m1->m1_nw_dst = be32_get(k->k_ipv4_dst);
	if (has(m, OFP_XMT_ICMPV4_TYPE) || has(m, OFP_XMT_ICMPV4_CODE)) {
		m1->m1_tp_src = k->k_icmp_type;
		m1->m1_tp_dst = k->k_icmp_code;
	} else {
		m1->m1_tp_src = be16_get(k->k_tp_src);
		m1->m1_tp_dst = be16_get(k->k_tp_dst);
	}
}

static uint32_t
match10_wild(const struct ofp_match *m, uint32_t src, uint32_t dst)
{
	static const struct {
		uint32_t	bit;
		uint64_t	fields;
	} rows[] = {
		{ FW_IN_PORT, OFP_FIELD_BIT(OFP_XMT_IN_PORT) },
		{ FW_DL_VLAN, OFP_FIELD_BIT(OFP_XMT_VLAN_VID) },
		{ FW_DL_SRC, OFP_FIELD_BIT(OFP_XMT_ETH_SRC) },
		{ FW_DL_DST, OFP_FIELD_BIT(OFP_XMT_ETH_DST) },
		{ FW_DL_TYPE, OFP_FIELD_BIT(OFP_XMT_ETH_TYPE) },
		{ FW_NW_PROTO, OFP_FIELD_BIT(OFP_XMT_IP_PROTO) |
		    OFP_FIELD_BIT(OFP_XMT_ARP_OP) },
		{ FW_TP_SRC, OFP_FIELD_BIT(OFP_XMT_TCP_SRC) |
		    OFP_FIELD_BIT(OFP_XMT_UDP_SRC) |
		    OFP_FIELD_BIT(OFP_XMT_SCTP_SRC) |
		    OFP_FIELD_BIT(OFP_XMT_ICMPV4_TYPE) },
		{ FW_TP_DST, OFP_FIELD_BIT(OFP_XMT_TCP_DST) |
		    OFP_FIELD_BIT(OFP_XMT_UDP_DST) |
		    OFP_FIELD_BIT(OFP_XMT_SCTP_DST) |
		    OFP_FIELD_BIT(OFP_XMT_ICMPV4_CODE) },
		{ FW_DL_VLAN_PCP, OFP_FIELD_BIT(OFP_XMT_VLAN_PCP) },
		{ FW_NW_TOS, OFP_FIELD_BIT(OFP_XMT_IP_DSCP) }
	};
	uint32_t	wild = src << FW_NW_SRC_SHIFT | dst << FW_NW_DST_SHIFT;
	size_t		i;

	for (i = 0; i < nitems(rows); i++)
		if ((m->m_fields & rows[i].fields) == 0)
			wild |= rows[i].bit;
	return (wild);
}

enum ofp_error
ofp10_match_encode(struct ofp_wr *wr, const struct ofp_match *m)
{
	struct match10	m1;
	uint32_t	src, dst;

	if ((m->m_fields & ~FIELDS_10) != 0)
		return (OFP_BMC_BAD_FIELD);
	if (!match10_masks_ok(m, &src, &dst))
		return (OFP_BMC_BAD_MASK);
	match10_fill(m, &m1);
	ofp_wr_u32(wr, match10_wild(m, src, dst));
	ofp_wr_u16(wr, m1.m1_in_port);
	ofp_wr_bytes(wr, m1.m1_dl_src, 6);
	ofp_wr_bytes(wr, m1.m1_dl_dst, 6);
	ofp_wr_u16(wr, m1.m1_dl_vlan);
	ofp_wr_u8(wr, m1.m1_dl_vlan_pcp);
	ofp_wr_zero(wr, 1);
	ofp_wr_u16(wr, m1.m1_dl_type);
	ofp_wr_u8(wr, m1.m1_nw_tos);
	ofp_wr_u8(wr, m1.m1_nw_proto);
	ofp_wr_zero(wr, 2);
	ofp_wr_u32(wr, m1.m1_nw_src);
	ofp_wr_u32(wr, m1.m1_nw_dst);
	ofp_wr_u16(wr, m1.m1_tp_src);
	ofp_wr_u16(wr, m1.m1_tp_dst);
	return (OFP_OK);
}

/* Handshake and asynchronous messages. */

enum ofp_error
ofp10_features_decode(struct ofp_rd *rd, struct ofp_features *fe)
{
	fe->fe_dpid = ofp_rd_u64(rd);
	fe->fe_buffers = ofp_rd_u32(rd);
	fe->fe_tables = ofp_rd_u8(rd);
	ofp_rd_skip(rd, 3);
	fe->fe_aux = 0;
	fe->fe_capabilities = ofp_rd_u32(rd);
	fe->fe_actions = ofp_rd_u32(rd);
	if (ofp_rd_err(rd) || ofp_rd_left(rd) % OFP10_PORT_LEN != 0)
		return (OFP_BRC_BAD_LEN);
	return (OFP_OK);
}

/*
 * Features of 1.0 (5.2.1) as those of 1.3: the speeds are the same bits, the
 * rest moved up by four places to make room for faster ones.
 */
static uint32_t
features_widen(uint32_t f)
{
	return ((f & 0x7f) | (f & 0xf80) << 4);
}

enum ofp_error
ofp10_port_decode(struct ofp_rd *rd, struct ofp_port *po)
{
	uint32_t	state;

	po->po_no = ofp10_port_widen(ofp_rd_u16(rd));
	ofp_rd_bytes(rd, po->po_hwaddr, 6);
	ofp_rd_str(rd, po->po_name, 16);
	po->po_config = ofp_rd_u32(rd);
	state = ofp_rd_u32(rd);
	po->po_state = state & OFP_PS_LINK_DOWN;
	po->po_curr = features_widen(ofp_rd_u32(rd));
	po->po_advertised = features_widen(ofp_rd_u32(rd));
	po->po_supported = features_widen(ofp_rd_u32(rd));
	po->po_peer = features_widen(ofp_rd_u32(rd));
	po->po_curr_speed = po->po_max_speed = 0;
	return (ofp_rd_err(rd) ? OFP_BRC_BAD_LEN : OFP_OK);
}

enum ofp_error
ofp10_port_status_decode(struct ofp_rd *rd, struct ofp_port_status *ps)
{
	ps->ps_reason = ofp_rd_u8(rd);
	ofp_rd_skip(rd, 7);
	return (ofp10_port_decode(rd, &ps->ps_port));
}

enum ofp_error
ofp10_packet_in_quick(struct ofp_rd *rd, struct ofp_packet_in_quick *pq)
{
	pq->pq_buffer = ofp_rd_u32(rd);
	pq->pq_total = ofp_rd_u16(rd);
	pq->pq_in_port = ofp10_port_widen(ofp_rd_u16(rd));
	pq->pq_reason = ofp_rd_u8(rd);
	ofp_rd_skip(rd, 1);
	pq->pq_table = 0;
	pq->pq_cookie = OFP_COOKIE_NONE;
	if (ofp_rd_err(rd))
		return (OFP_BRC_BAD_LEN);
	pq->pq_len = ofp_rd_left(rd);
	pq->pq_data = ofp_rd_ptr(rd, pq->pq_len);
	return (OFP_OK);
}

enum ofp_error
ofp10_flow_removed_decode(struct ofp_rd *rd, struct ofp_flow_removed *fr)
{
	enum ofp_error	error;

	if ((error = ofp10_match_decode(rd, &fr->fr_match)) != OFP_OK)
		return (OFP_BRC_BAD_LEN);
	fr->fr_cookie = ofp_rd_u64(rd);
	fr->fr_priority = ofp_rd_u16(rd);
	fr->fr_reason = ofp_rd_u8(rd);
	ofp_rd_skip(rd, 1);
	fr->fr_table = 0;
	fr->fr_sec = ofp_rd_u32(rd);
	fr->fr_nsec = ofp_rd_u32(rd);
	fr->fr_idle = ofp_rd_u16(rd);
	fr->fr_hard = 0;
	ofp_rd_skip(rd, 2);
	fr->fr_packets = ofp_rd_u64(rd);
	fr->fr_bytes = ofp_rd_u64(rd);
	return (ofp_rd_err(rd) ? OFP_BRC_BAD_LEN : OFP_OK);
}

/* Actions, 5.2.4. */

static void
set_field(struct ofp_action *ac, enum ofp_field f, uint64_t v)
{
	int	i;

	ac->ac_type = OFP_AT_SET_FIELD;
	ac->u.set.field = f;
	memset(ac->u.set.value, 0, sizeof(ac->u.set.value));
	for (i = ofp_oxm_table[f].ox_len - 1; i >= 0; i--, v >>= 8)
		ac->u.set.value[i] = v & 0xff;
}

/* The body of one action.  Transport ports are taken to be TCP's. */
static enum ofp_error
action10_decode(struct ofp_rd *rd, uint16_t type, struct ofp_action *ac)
{
	switch (type) {
	case OFP10_AT_OUTPUT:
		ac->ac_type = OFP_AT_OUTPUT;
		ac->u.output.port = ofp10_port_widen(ofp_rd_u16(rd));
		ac->u.output.max_len = ofp_rd_u16(rd);
		break;
	case OFP10_AT_SET_VLAN_VID:
		set_field(ac, OFP_XMT_VLAN_VID,
		    OFP_VID_PRESENT | (ofp_rd_u16(rd) & 0xfff));
		break;
	case OFP10_AT_SET_VLAN_PCP:
		set_field(ac, OFP_XMT_VLAN_PCP, ofp_rd_u8(rd) & 7);
		break;
	case OFP10_AT_STRIP_VLAN:
		ac->ac_type = OFP_AT_POP_VLAN;
		break;
	case OFP10_AT_SET_DL_SRC:
	case OFP10_AT_SET_DL_DST:
		set_field(ac, type == OFP10_AT_SET_DL_SRC ? OFP_XMT_ETH_SRC :
		    OFP_XMT_ETH_DST, 0);
		ofp_rd_bytes(rd, ac->u.set.value, 6);
		break;
	case OFP10_AT_SET_NW_SRC:
		set_field(ac, OFP_XMT_IPV4_SRC, ofp_rd_u32(rd));
		break;
	case OFP10_AT_SET_NW_DST:
		set_field(ac, OFP_XMT_IPV4_DST, ofp_rd_u32(rd));
		break;
	case OFP10_AT_SET_NW_TOS:
		set_field(ac, OFP_XMT_IP_DSCP, ofp_rd_u8(rd) >> 2);
		break;
	case OFP10_AT_SET_TP_SRC:
		set_field(ac, OFP_XMT_TCP_SRC, ofp_rd_u16(rd));
		break;
	case OFP10_AT_SET_TP_DST:
		set_field(ac, OFP_XMT_TCP_DST, ofp_rd_u16(rd));
		break;
	case OFP10_AT_ENQUEUE:
		ac->ac_type = OFP_AT_OUTPUT;
		ac->u.output.port = ofp10_port_widen(ofp_rd_u16(rd));
		ac->u.output.max_len = 0;
		break;
	default:
		return (OFP_BAC_BAD_TYPE);
	}
	return (ofp_rd_err(rd) ? OFP_BAC_BAD_LEN : OFP_OK);
}

bool
ofp10_action_next(struct ofp_rd *rd, struct ofp_action *ac,
    enum ofp_error *error)
{
	struct ofp_rd	body;
	uint16_t	type, len;

	*error = OFP_OK;
	if (ofp_rd_left(rd) == 0)
		return (false);
	type = ofp_rd_u16(rd);
	len = ofp_rd_u16(rd);
	if (ofp_rd_err(rd) || len < 8 || len % 8 != 0)
		*error = OFP_BAC_BAD_LEN;
	else {
		ofp_rd_sub(rd, len - 4, &body);
		*error = ofp_rd_err(rd) ? OFP_BAC_BAD_LEN :
		    action10_decode(&body, type, ac);
	}
	return (*error == OFP_OK);
}

void
ofp10_action_output(struct ofp_wr *wr, uint32_t port, uint16_t max_len)
{
	ofp_wr_u16(wr, OFP10_AT_OUTPUT);
	ofp_wr_u16(wr, 8);
	ofp_wr_u16(wr, ofp10_port_narrow(port));
	ofp_wr_u16(wr, max_len);
}

/* An action with a body of up to four bytes, given as bytes. */
static void
action10_short(struct ofp_wr *wr, uint16_t type, const uint8_t *v, size_t len)
{
	ofp_wr_u16(wr, type);
	ofp_wr_u16(wr, 8);
	ofp_wr_bytes(wr, v, len);
	ofp_wr_zero(wr, 4 - len);
}

static enum ofp_error
action10_set(struct ofp_wr *wr, const struct ofp_action *ac)
{
	const uint8_t	*v = ac->u.set.value;
	uint8_t		 tos = v[0] << 2, vid[2] = { v[0] & 0x0f, v[1] };

	switch ((int)ac->u.set.field) {
	case OFP_XMT_VLAN_VID:
		action10_short(wr, OFP10_AT_SET_VLAN_VID, vid, 2);
		break;
	case OFP_XMT_VLAN_PCP:
		action10_short(wr, OFP10_AT_SET_VLAN_PCP, v, 1);
		break;
	case OFP_XMT_ETH_SRC:
	case OFP_XMT_ETH_DST:
		ofp_wr_u16(wr, ac->u.set.field == OFP_XMT_ETH_SRC ?
		    OFP10_AT_SET_DL_SRC : OFP10_AT_SET_DL_DST);
		ofp_wr_u16(wr, 16);
		ofp_wr_bytes(wr, v, 6);
		ofp_wr_zero(wr, 6);
		break;
	case OFP_XMT_IPV4_SRC:
		action10_short(wr, OFP10_AT_SET_NW_SRC, v, 4);
		break;
	case OFP_XMT_IPV4_DST:
		action10_short(wr, OFP10_AT_SET_NW_DST, v, 4);
		break;
	case OFP_XMT_IP_DSCP:
		action10_short(wr, OFP10_AT_SET_NW_TOS, &tos, 1);
		break;
	case OFP_XMT_TCP_SRC:
	case OFP_XMT_UDP_SRC:
		action10_short(wr, OFP10_AT_SET_TP_SRC, v, 2);
		break;
	case OFP_XMT_TCP_DST:
	case OFP_XMT_UDP_DST:
		action10_short(wr, OFP10_AT_SET_TP_DST, v, 2);
		break;
	default:
		return (OFP_BAC_BAD_SET_TYPE);
	}
	return (OFP_OK);
}

/* A list of 1.3 actions, said in 1.0. */
static enum ofp_error
actions10_encode(struct ofp_wr *wr, struct ofp_rd rd)
{
	struct ofp_action	ac;
	enum ofp_error		error = OFP_OK;

	while (error == OFP_OK && ofp_action_next(&rd, &ac, &error)) {
		switch (ac.ac_type) {
		case OFP_AT_OUTPUT:
			ofp10_action_output(wr, ac.u.output.port,
			    ac.u.output.max_len);
			break;
		case OFP_AT_POP_VLAN:
			action10_short(wr, OFP10_AT_STRIP_VLAN, NULL, 0);
			break;
		case OFP_AT_PUSH_VLAN:
			/* Setting the VID tags the frame by itself. */
			break;
		case OFP_AT_SET_FIELD:
			error = action10_set(wr, &ac);
			break;
		default:
			return (OFP_BAC_BAD_TYPE);
		}
	}
	return (error);
}

enum ofp_error
ofp10_flow_encode(struct ofp_wr *wr, uint32_t xid, const struct ofp_flow *f)
{
	uint32_t	only = 1U << OFP_IT_APPLY_ACTIONS;
	size_t		start;
	enum ofp_error	error;

	if ((f->f_instr.in_present & ~only) != 0)
		return (OFP_BIC_UNSUP_INST);
	if ((f->f_flags & ~(OFP_FF_SEND_FLOW_REM | OFP_FF_CHECK_OVERLAP)) != 0)
		return (OFP_FMFC_BAD_FLAGS);
	start = ofp_msg_begin(wr, OFP_VERSION_10, OFP10_T_FLOW_MOD, xid);
	if ((error = ofp10_match_encode(wr, &f->f_match)) != OFP_OK)
		return (error);
	ofp_wr_u64(wr, f->f_cookie);
	ofp_wr_u16(wr, f->f_command);
	ofp_wr_u16(wr, f->f_idle);
	ofp_wr_u16(wr, f->f_hard);
	ofp_wr_u16(wr, f->f_priority);
	ofp_wr_u32(wr, f->f_buffer);
	ofp_wr_u16(wr, ofp10_port_narrow(f->f_out_port));
	ofp_wr_u16(wr, f->f_flags);
	if (f->f_instr.in_present != 0 &&
	    (error = actions10_encode(wr, f->f_instr.in_apply)) != OFP_OK)
		return (error);
	ofp_msg_end(wr, start);
	return (OFP_OK);
}

enum ofp_error
ofp10_packet_out_encode(struct ofp_wr *wr, uint32_t xid,
    const struct ofp_packet_out *pu)
{
	size_t		start, lenpos, actions;
	enum ofp_error	error;

	start = ofp_msg_begin(wr, OFP_VERSION_10, OFP10_T_PACKET_OUT, xid);
	ofp_wr_u32(wr, pu->pu_buffer);
	ofp_wr_u16(wr, pu->pu_in_port == OFP_P_CONTROLLER ? OFP10_P_NONE :
	    ofp10_port_narrow(pu->pu_in_port));
	lenpos = ofp_wr_pos(wr);
	ofp_wr_u16(wr, 0);
	actions = ofp_wr_pos(wr);
	if ((error = actions10_encode(wr, pu->pu_actions)) != OFP_OK)
		return (error);
	ofp_wr_put16(wr, lenpos, ofp_wr_pos(wr) - actions);
	if (pu->pu_buffer == OFP_NO_BUFFER)
		ofp_wr_bytes(wr, pu->pu_data, pu->pu_len);
	ofp_msg_end(wr, start);
	return (OFP_OK);
}

void
ofp10_port_mod_encode(struct ofp_wr *wr, uint32_t xid,
    const struct ofp_port_mod *pm)
{
	size_t	start;

	start = ofp_msg_begin(wr, OFP_VERSION_10, OFP10_T_PORT_MOD, xid);
	ofp_wr_u16(wr, ofp10_port_narrow(pm->pm_no));
	ofp_wr_bytes(wr, pm->pm_hwaddr, 6);
	ofp_wr_u32(wr, pm->pm_config);
	ofp_wr_u32(wr, pm->pm_mask);
	ofp_wr_u32(wr, (pm->pm_advertise & 0x7f) |
	    (pm->pm_advertise >> 4 & 0xf80));
	ofp_wr_zero(wr, 4);
	ofp_msg_end(wr, start);
}
