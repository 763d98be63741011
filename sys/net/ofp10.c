/*
 * SPDX-License-Identifier: ISC
 *
 * ofp10.c: ports, the match and the messages of OpenFlow 1.0 but statistics,
 * into and from the forms of 1.3.
 */
#include "ofp10.h"
#include "ofp10_action.h"

/*
 * Ports: 16 bits; the reserved ones are the low halves of those of 1.3.
 */

uint32_t
ofp10_port_widen(uint16_t p)
{
	return (p < OFP10_P_MAX ? p : 0xffff0000U | p);
}

uint16_t
ofp10_port_narrow(uint32_t p)
{
	if (p < OFP10_P_MAX || p >= OFP_P_MAX)
		return ((uint16_t)p);
	return (OFP10_P_NONE);
}

/* From bit 7 on, the features of 1.1 and later lie four bits higher. */
static uint32_t
port_features(uint32_t f)
{
	return ((f & 0x7f) | (f & 0xf80) << 4);
}

static uint32_t
port_features_narrow(uint32_t f)
{
	return ((f & 0x7f) | (f >> 4 & 0xf80));
}

/* kb/s, of the fastest bit set. */
static uint32_t
port_speed(uint32_t f)
{
	if ((f & OFP_PF_10GB_FD) != 0)
		return (10000000);
	if ((f & (OFP_PF_1GB_HD | OFP_PF_1GB_FD)) != 0)
		return (1000000);
	if ((f & (OFP_PF_100MB_HD | OFP_PF_100MB_FD)) != 0)
		return (100000);
	return ((f & (OFP_PF_10MB_HD | OFP_PF_10MB_FD)) != 0 ? 10000 : 0);
}

#define OFP10_PS_STP_MASK	0x300
#define OFP10_PS_STP_BLOCK	0x300

enum ofp_error
ofp10_port_decode(struct ofp_rd *rd, struct ofp_port *po)
{
	po->po_no = ofp10_port_widen(ofp_rd_u16(rd));
	ofp_rd_bytes(rd, po->po_hwaddr, sizeof(po->po_hwaddr));
	ofp_rd_str(rd, po->po_name, 16);
	po->po_config = ofp_rd_u32(rd);
	po->po_state = ofp_rd_u32(rd);
	if ((po->po_state & OFP10_PS_STP_MASK) == OFP10_PS_STP_BLOCK)
		po->po_state |= OFP_PS_BLOCKED;
	po->po_curr = port_features(ofp_rd_u32(rd));
	po->po_advertised = port_features(ofp_rd_u32(rd));
	po->po_supported = port_features(ofp_rd_u32(rd));
	po->po_peer = port_features(ofp_rd_u32(rd));
	po->po_curr_speed = port_speed(po->po_curr);
	po->po_max_speed = port_speed(po->po_supported);
	return (ofp_rd_err(rd) ? OFP_BRC_BAD_LEN : OFP_OK);
}

/*
 * The match: 40 bytes and a word that says what is left out.
 */

#define FW_IN_PORT	(1U << 0)
#define FW_DL_VLAN	(1U << 1)
#define FW_DL_SRC	(1U << 2)
#define FW_DL_DST	(1U << 3)
#define FW_DL_TYPE	(1U << 4)
#define FW_NW_PROTO	(1U << 5)
#define FW_TP_SRC	(1U << 6)
#define FW_TP_DST	(1U << 7)
#define FW_NW_SRC_SHIFT	8
#define FW_NW_DST_SHIFT	14
#define FW_DL_VLAN_PCP	(1U << 20)
#define FW_NW_TOS	(1U << 21)
#define FW_ALL		0x003820ffU	/* addresses: 32 bits left out */
#define VLAN_NONE	0xffff

#define ETHERTYPE_IP	0x0800
#define ETHERTYPE_ARP	0x0806

/* The fields as they stand in the message, host order. */
struct ofp10_match {
	uint32_t	w_wild;
	uint32_t	w_in_port;
	uint8_t		w_dl_src[6], w_dl_dst[6];
	uint16_t	w_vlan;
	uint8_t		w_pcp;
	uint16_t	w_type;
	uint8_t		w_tos, w_proto;
	uint32_t	w_nw_src, w_nw_dst;
	uint16_t	w_tp_src, w_tp_dst;
};

static void
match_read(struct ofp_rd *rd, struct ofp10_match *w)
{
	w->w_wild = ofp_rd_u32(rd);
	w->w_in_port = ofp10_port_widen(ofp_rd_u16(rd));
	ofp_rd_bytes(rd, w->w_dl_src, 6);
	ofp_rd_bytes(rd, w->w_dl_dst, 6);
	w->w_vlan = ofp_rd_u16(rd);
	w->w_pcp = ofp_rd_u8(rd);
	ofp_rd_skip(rd, 1);
	w->w_type = ofp_rd_u16(rd);
	w->w_tos = ofp_rd_u8(rd);
	w->w_proto = ofp_rd_u8(rd);
	ofp_rd_skip(rd, 2);
	w->w_nw_src = ofp_rd_u32(rd);
	w->w_nw_dst = ofp_rd_u32(rd);
	w->w_tp_src = ofp_rd_u16(rd);
	w->w_tp_dst = ofp_rd_u16(rd);
}

static void
match_take_l2(const struct ofp10_match *w, struct ofp_match *m)
{
	if ((w->w_wild & FW_IN_PORT) == 0)
		ofp_match_set(m, OFP_XMT_IN_PORT, w->w_in_port);
	if ((w->w_wild & FW_DL_DST) == 0)
		ofp_match_set_bytes(m, OFP_XMT_ETH_DST, w->w_dl_dst, NULL);
	if ((w->w_wild & FW_DL_SRC) == 0)
		ofp_match_set_bytes(m, OFP_XMT_ETH_SRC, w->w_dl_src, NULL);
	if ((w->w_wild & FW_DL_TYPE) == 0)
		ofp_match_set(m, OFP_XMT_ETH_TYPE, w->w_type);
	if ((w->w_wild & FW_DL_VLAN) == 0)
		ofp_match_set(m, OFP_XMT_VLAN_VID, w->w_vlan == VLAN_NONE ?
		    OFP_VID_NONE : OFP_VID_PRESENT | (w->w_vlan & 0xfff));
	if ((w->w_wild & FW_DL_VLAN_PCP) == 0 &&
	    ((w->w_wild & FW_DL_VLAN) != 0 || w->w_vlan != VLAN_NONE)) {
		if ((w->w_wild & FW_DL_VLAN) != 0)
			ofp_match_set_masked(m, OFP_XMT_VLAN_VID,
			    OFP_VID_PRESENT, OFP_VID_PRESENT);
		ofp_match_set(m, OFP_XMT_VLAN_PCP, w->w_pcp & 7);
	}
}

/* An address of which the low `left' bits are left out. */
static void
match_take_addr(struct ofp_match *m, enum ofp_field f, uint32_t addr,
    uint32_t left)
{
	if ((left & 0x3f) < 32)
		ofp_match_set_masked(m, f, addr, ~(uint32_t)0 << (left & 0x3f));
}

/* The pair of fields that the transport ports are for a protocol. */
static bool
match_tp_fields(uint8_t proto, enum ofp_field *src, enum ofp_field *dst)
{
	switch (proto) {
	case 1:
		*src = OFP_XMT_ICMPV4_TYPE;
		*dst = OFP_XMT_ICMPV4_CODE;
		return (true);
	case 6:
		*src = OFP_XMT_TCP_SRC;
		*dst = OFP_XMT_TCP_DST;
		return (true);
	case 17:
		*src = OFP_XMT_UDP_SRC;
		*dst = OFP_XMT_UDP_DST;
		return (true);
	}
	return (false);
}

static void
match_take_ip(const struct ofp10_match *w, struct ofp_match *m)
{
	enum ofp_field	src, dst;

	match_take_addr(m, OFP_XMT_IPV4_SRC, w->w_nw_src,
	    w->w_wild >> FW_NW_SRC_SHIFT);
	match_take_addr(m, OFP_XMT_IPV4_DST, w->w_nw_dst,
	    w->w_wild >> FW_NW_DST_SHIFT);
	if ((w->w_wild & FW_NW_TOS) == 0)
		ofp_match_set(m, OFP_XMT_IP_DSCP, w->w_tos >> 2);
	if ((w->w_wild & FW_NW_PROTO) != 0)
		return;
	ofp_match_set(m, OFP_XMT_IP_PROTO, w->w_proto);
	if (!match_tp_fields(w->w_proto, &src, &dst))
		return;
	if ((w->w_wild & FW_TP_SRC) == 0)
		ofp_match_set(m, src, w->w_tp_src);
	if ((w->w_wild & FW_TP_DST) == 0)
		ofp_match_set(m, dst, w->w_tp_dst);
}

static void
match_take_arp(const struct ofp10_match *w, struct ofp_match *m)
{
	match_take_addr(m, OFP_XMT_ARP_SPA, w->w_nw_src,
	    w->w_wild >> FW_NW_SRC_SHIFT);
	match_take_addr(m, OFP_XMT_ARP_TPA, w->w_nw_dst,
	    w->w_wild >> FW_NW_DST_SHIFT);
	if ((w->w_wild & FW_NW_PROTO) == 0)
		ofp_match_set(m, OFP_XMT_ARP_OP, w->w_proto);
}

/* What is given without what it needs before it means nothing in 1.0. */
enum ofp_error
ofp10_match_decode(struct ofp_rd *rd, struct ofp_match *m)
{
	struct ofp10_match	w;

	ofp_match_init(m);
	match_read(rd, &w);
	if (ofp_rd_err(rd))
		return (OFP_BRC_BAD_LEN);
	match_take_l2(&w, m);
	if ((w.w_wild & FW_DL_TYPE) != 0)
		return (OFP_OK);
	if (w.w_type == ETHERTYPE_IP)
		match_take_ip(&w, m);
	else if (w.w_type == ETHERTYPE_ARP)
		match_take_arp(&w, m);
	return (OFP_OK);
}

/* What 1.0 can say at all. */
#define FB(f)	OFP_FIELD_BIT(OFP_XMT_##f)
#define FIELDS_10	(FB(IN_PORT) | FB(ETH_DST) | FB(ETH_SRC) |	\
	FB(ETH_TYPE) | FB(VLAN_VID) | FB(VLAN_PCP) | FB(IP_DSCP) |	\
	FB(IP_PROTO) | FB(IPV4_SRC) | FB(IPV4_DST) | FB(TCP_SRC) |	\
	FB(TCP_DST) | FB(UDP_SRC) | FB(UDP_DST) | FB(ICMPV4_TYPE) |	\
	FB(ICMPV4_CODE) | FB(ARP_OP) | FB(ARP_SPA) | FB(ARP_TPA))

static bool
match_addr_exact(const uint8_t mask[6])
{
	return ((mask[0] & mask[1] & mask[2] & mask[3] & mask[4] & mask[5]) ==
	    0xff);
}

static enum ofp_error
match_put_l2(const struct ofp_match *m, struct ofp10_match *w)
{
	const struct ofp_key	*k = &m->m_key, *mask = &m->m_mask;
	uint64_t		 has = m->m_fields;
	uint16_t		 vid = be16_get(k->k_vlan_vid);

	if (((has & FB(ETH_DST)) != 0 && !match_addr_exact(mask->k_eth_dst)) ||
	    ((has & FB(ETH_SRC)) != 0 && !match_addr_exact(mask->k_eth_src)))
		return (OFP_BMC_BAD_FIELD);
	memcpy(w->w_dl_dst, k->k_eth_dst, 6);
	memcpy(w->w_dl_src, k->k_eth_src, 6);
	w->w_in_port = be32_get(k->k_in_port);
	w->w_type = be16_get(k->k_eth_type);
	w->w_pcp = k->k_vlan_pcp;
	w->w_wild &= ~(((has & FB(IN_PORT)) != 0 ? FW_IN_PORT : 0) |
	    ((has & FB(ETH_DST)) != 0 ? FW_DL_DST : 0) |
	    ((has & FB(ETH_SRC)) != 0 ? FW_DL_SRC : 0) |
	    ((has & FB(ETH_TYPE)) != 0 ? FW_DL_TYPE : 0) |
	    ((has & FB(VLAN_PCP)) != 0 ? FW_DL_VLAN_PCP : 0));
	if ((has & FB(VLAN_VID)) == 0)
		return (OFP_OK);
	switch (be16_get(mask->k_vlan_vid)) {
	case 0x1fff:
		w->w_vlan = vid == OFP_VID_NONE ? VLAN_NONE : vid & 0xfff;
		w->w_wild &= ~FW_DL_VLAN;
		return (OFP_OK);
	case OFP_VID_PRESENT:		/* said by the priority, if at all */
		return ((has & FB(VLAN_PCP)) != 0 ? OFP_OK :
		    OFP_BMC_BAD_FIELD);
	default:
		return (OFP_BMC_BAD_FIELD);
	}
}

/* A prefix: the word's six bits for it, or -1. */
static int
match_prefix(be32_t be)
{
	uint32_t	left = ~be32_get(be);

	if ((left & (left + 1)) != 0)
		return (-1);
	return (left == 0 ? 0 : 32 - __builtin_clz(left));
}

/* Both kinds of addresses share their place in the key. */
static enum ofp_error
match_put_addrs(const struct ofp_match *m, struct ofp10_match *w)
{
	int	src = match_prefix(m->m_mask.k_ipv4_src);
	int	dst = match_prefix(m->m_mask.k_ipv4_dst);

	if (src == -1 || dst == -1)
		return (OFP_BMC_BAD_FIELD);
	w->w_nw_src = be32_get(m->m_key.k_ipv4_src);
	w->w_nw_dst = be32_get(m->m_key.k_ipv4_dst);
	w->w_wild = (w->w_wild & ~(0x3fU << FW_NW_SRC_SHIFT |
	    0x3fU << FW_NW_DST_SHIFT)) | (uint32_t)src << FW_NW_SRC_SHIFT |
	    (uint32_t)dst << FW_NW_DST_SHIFT;
	return (OFP_OK);
}

static enum ofp_error
match_put_ip(const struct ofp_match *m, struct ofp10_match *w)
{
	uint64_t	has = m->m_fields;

	if ((has & (FB(IP_DSCP) | FB(IP_PROTO))) != 0 &&
	    w->w_type != ETHERTYPE_IP)
		return (OFP_BMC_BAD_FIELD);
	if ((has & FB(IP_DSCP)) != 0) {
		w->w_tos = (uint8_t)(m->m_key.k_ip_dscp << 2);
		w->w_wild &= ~FW_NW_TOS;
	}
	if ((has & FB(IP_PROTO)) != 0) {
		w->w_proto = m->m_key.k_ip_proto;
		w->w_wild &= ~FW_NW_PROTO;
	}
	if ((has & FB(ARP_OP)) != 0) {
		if (be16_get(m->m_key.k_arp_op) > 0xff)
			return (OFP_BMC_BAD_FIELD);
		w->w_proto = (uint8_t)be16_get(m->m_key.k_arp_op);
		w->w_wild &= ~FW_NW_PROTO;
	}
	return (match_put_addrs(m, w));
}

static void
match_put_tp(const struct ofp_match *m, struct ofp10_match *w)
{
	uint64_t	has = m->m_fields;

	if ((has & (FB(TCP_SRC) | FB(UDP_SRC))) != 0) {
		w->w_tp_src = be16_get(m->m_key.k_tp_src);
		w->w_wild &= ~FW_TP_SRC;
	}
	if ((has & (FB(TCP_DST) | FB(UDP_DST))) != 0) {
		w->w_tp_dst = be16_get(m->m_key.k_tp_dst);
		w->w_wild &= ~FW_TP_DST;
	}
	if ((has & FB(ICMPV4_TYPE)) != 0) {
		w->w_tp_src = m->m_key.k_icmp_type;
		w->w_wild &= ~FW_TP_SRC;
	}
	if ((has & FB(ICMPV4_CODE)) != 0) {
		w->w_tp_dst = m->m_key.k_icmp_code;
		w->w_wild &= ~FW_TP_DST;
	}
}

static void
match_write(struct ofp_wr *wr, const struct ofp10_match *w)
{
	ofp_wr_u32(wr, w->w_wild);
	ofp_wr_u16(wr, (w->w_wild & FW_IN_PORT) != 0 ? 0 :
	    ofp10_port_narrow(w->w_in_port));
	ofp_wr_bytes(wr, w->w_dl_src, 6);
	ofp_wr_bytes(wr, w->w_dl_dst, 6);
	ofp_wr_u16(wr, w->w_vlan);
	ofp_wr_u8(wr, w->w_pcp);
	ofp_wr_zero(wr, 1);
	ofp_wr_u16(wr, w->w_type);
	ofp_wr_u8(wr, w->w_tos);
	ofp_wr_u8(wr, w->w_proto);
	ofp_wr_zero(wr, 2);
	ofp_wr_u32(wr, w->w_nw_src);
	ofp_wr_u32(wr, w->w_nw_dst);
	ofp_wr_u16(wr, w->w_tp_src);
	ofp_wr_u16(wr, w->w_tp_dst);
}

enum ofp_error
ofp10_match_encode(struct ofp_wr *wr, const struct ofp_match *m)
{
	struct ofp10_match	w = { .w_wild = FW_ALL };
	enum ofp_error		error;

	if ((m->m_fields & ~FIELDS_10) != 0)
		return (OFP_BMC_BAD_FIELD);
	if ((error = match_put_l2(m, &w)) != OFP_OK)
		return (error);
	if ((m->m_fields & ~(FB(IN_PORT) | FB(ETH_DST) | FB(ETH_SRC) |
	    FB(ETH_TYPE) | FB(VLAN_VID) | FB(VLAN_PCP))) != 0) {
		if ((error = match_put_ip(m, &w)) != OFP_OK)
			return (error);
		match_put_tp(m, &w);
	}
	match_write(wr, &w);
	return (OFP_OK);
}

/*
 * Messages from the switch.
 */

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
	pq->pq_len = ofp_rd_left(rd);
	pq->pq_data = ofp_rd_ptr(rd, pq->pq_len);
	return (ofp_rd_err(rd) ? OFP_BRC_BAD_LEN : OFP_OK);
}

enum ofp_error
ofp10_flow_removed_decode(struct ofp_rd *rd, struct ofp_flow_removed *fr)
{
	enum ofp_error	error;

	if ((error = ofp10_match_decode(rd, &fr->fr_match)) != OFP_OK)
		return (error);
	fr->fr_cookie = ofp_rd_u64(rd);
	fr->fr_priority = ofp_rd_u16(rd);
	fr->fr_reason = ofp_rd_u8(rd);
	ofp_rd_skip(rd, 1);
	fr->fr_table = 0;
	fr->fr_more = false;
	fr->fr_sec = ofp_rd_u32(rd);
	fr->fr_nsec = ofp_rd_u32(rd);
	fr->fr_idle = ofp_rd_u16(rd);
	fr->fr_hard = 0;
	ofp_rd_skip(rd, 2);
	fr->fr_packets = ofp_rd_u64(rd);
	fr->fr_bytes = ofp_rd_u64(rd);
	return (ofp_rd_err(rd) ? OFP_BRC_BAD_LEN : OFP_OK);
}

/*
 * Messages to the switch.  What cannot be said in 1.0 writes nothing.
 */

enum ofp_error
ofp10_flow_encode(struct ofp_wr *wr, uint32_t xid, const struct ofp_flow *f)
{
	struct ofp_wr	before = *wr;
	enum ofp_error	error;
	size_t		start;

	if ((f->f_instr.in_present & ~(1U << OFP_IT_APPLY_ACTIONS)) != 0)
		return (OFP_BIC_UNSUP_INST);
	if ((f->f_flags & ~(OFP_FF_SEND_FLOW_REM | OFP_FF_CHECK_OVERLAP)) != 0)
		return (OFP_FMFC_BAD_FLAGS);
	start = ofp_msg_begin(wr, OFP_VERSION_10, OFP10_T_FLOW_MOD, xid);
	if ((error = ofp10_match_encode(wr, &f->f_match)) != OFP_OK)
		goto undo;
	ofp_wr_u64(wr, f->f_cookie);
	ofp_wr_u16(wr, f->f_command);
	ofp_wr_u16(wr, f->f_idle);
	ofp_wr_u16(wr, f->f_hard);
	ofp_wr_u16(wr, f->f_priority);
	ofp_wr_u32(wr, f->f_buffer);
	ofp_wr_u16(wr, ofp10_port_narrow(f->f_out_port));
	ofp_wr_u16(wr, f->f_flags);
	if ((error = ofp10_actions_encode(wr, f->f_instr.in_apply)) != OFP_OK)
		goto undo;
	ofp_msg_end(wr, start);
	return (OFP_OK);
 undo:
	*wr = before;
	return (error);
}

enum ofp_error
ofp10_packet_out_encode(struct ofp_wr *wr, uint32_t xid,
    const struct ofp_packet_out *pu)
{
	struct ofp_wr	before = *wr;
	enum ofp_error	error;
	size_t		start, actions;

	start = ofp_msg_begin(wr, OFP_VERSION_10, OFP10_T_PACKET_OUT, xid);
	ofp_wr_u32(wr, pu->pu_buffer);
	ofp_wr_u16(wr, pu->pu_in_port == OFP_P_CONTROLLER ? OFP10_P_NONE :
	    ofp10_port_narrow(pu->pu_in_port));
	ofp_wr_u16(wr, 0);
	actions = ofp_wr_pos(wr);
	if ((error = ofp10_actions_encode(wr, pu->pu_actions)) != OFP_OK) {
		*wr = before;
		return (error);
	}
	ofp_wr_put16(wr, actions - 2, (uint16_t)(ofp_wr_pos(wr) - actions));
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
	ofp_wr_bytes(wr, pm->pm_hwaddr, sizeof(pm->pm_hwaddr));
	ofp_wr_u32(wr, pm->pm_config);
	ofp_wr_u32(wr, pm->pm_mask);
	ofp_wr_u32(wr, port_features_narrow(pm->pm_advertise));
	ofp_wr_zero(wr, 4);
	ofp_msg_end(wr, start);
}
