/*
 * SPDX-License-Identifier: ISC
 *
 * ofp_l2.c: the messages of a learning controller, quickly (see ofp_l2.h).
 *
 * Lengths are known before the first byte is written: a message is one run of
 * stores.  No state, no locks.
 */
#include "ofp_l2.h"

#define ETHERTYPE_VLAN	0x8100
#define ETHERTYPE_QINQ	0x88a8

/* OXM headers of the basic class: field << 9 | hasmask << 8 | length. */
#define OXM(field, len)							\
	((uint32_t)OFP_XMC_OPENFLOW_BASIC << 16 | (field) << 9 | (len))
#define OXM_MASKED(field, len)	(OXM(field, 2 * (len)) | 0x100)

/* 1.0: bits of the wildcard word, and all of them (OF1.0, 5.2.3). */
#define W10_IN_PORT	0x000001
#define W10_VLAN	0x000002
#define W10_SRC		0x000004
#define W10_DST		0x000008
#define W10_TYPE	0x000010
#define W10_ALL		0x3820ff
#define OFP10_VLAN_NONE	0xffff

#define PAD8(n)		(((n) + 7) & ~(size_t)7)

static void	wr_u48(struct ofp_wr *, uint64_t);
static uint16_t	port10(uint32_t);
static size_t	match_len(const struct ofp_l2_flow *);
static void	match_write(struct ofp_wr *, const struct ofp_l2_flow *,
		    size_t);
static void	flow13(struct ofp_wr *, uint32_t, const struct ofp_l2_flow *);
static void	flow10(struct ofp_wr *, uint32_t, const struct ofp_l2_flow *);
static void	output13(struct ofp_wr *, uint32_t);
static void	output10(struct ofp_wr *, uint32_t);
static void	group13(struct ofp_wr *, uint32_t);

bool
ofp_l2_parse(const uint8_t *p, size_t len, struct ofp_l2 *l2)
{
	if (len < 14)
		return (false);
	l2->l2_dst = (uint64_t)kern_be16_at(p) << 32 | kern_be32_at(p + 2);
	l2->l2_src = (uint64_t)kern_be16_at(p + 6) << 32 | kern_be32_at(p + 8);
	l2->l2_type = kern_be16_at(p + 12);
	l2->l2_vlan = 0;
	if (likely(l2->l2_type != ETHERTYPE_VLAN &&
	    l2->l2_type != ETHERTYPE_QINQ))
		return (true);
	if (len < 18)
		return (false);
	l2->l2_vlan = OFP_VID_PRESENT | (kern_be16_at(p + 14) & 0xfff);
	l2->l2_type = kern_be16_at(p + 16);
	return (true);
}

void
ofp_l2_flow_init(struct ofp_l2_flow *lf, enum ofp_flow_command command)
{
	memset(lf, 0, sizeof(*lf));
	lf->lf_command = command;
	lf->lf_buffer = OFP_NO_BUFFER;
	lf->lf_out_filter = OFP_P_ANY;
}

void
ofp_l2_flow_encode(struct ofp_wr *wr, uint8_t version, uint32_t xid,
    const struct ofp_l2_flow *lf)
{
	if (version == OFP_VERSION_10)
		flow10(wr, xid, lf);
	else
		flow13(wr, xid, lf);
}

/* 1.3.5, 7.3.4.1. */
static void
flow13(struct ofp_wr *wr, uint32_t xid, const struct ofp_l2_flow *lf)
{
	size_t		mlen, alen, len;
	unsigned int	i;

	mlen = match_len(lf);
	alen = lf->lf_nout * 16 + (lf->lf_group != 0 ? 8 : 0);
	len = OFP_FLOW_MOD_LEN + PAD8(mlen) + (alen != 0 ? 8 + alen : 0) +
	    (lf->lf_goto != 0 ? 8 : 0) + (lf->lf_meter != 0 ? 8 : 0);

	ofp_wr_u8(wr, OFP_VERSION_13);
	ofp_wr_u8(wr, OFP_T_FLOW_MOD);
	ofp_wr_u16(wr, len);
	ofp_wr_u32(wr, xid);
	ofp_wr_u64(wr, lf->lf_cookie);
	ofp_wr_u64(wr, lf->lf_cookie_mask);
	ofp_wr_u8(wr, lf->lf_table);
	ofp_wr_u8(wr, lf->lf_command);
	ofp_wr_u16(wr, lf->lf_idle);
	ofp_wr_u16(wr, lf->lf_hard);
	ofp_wr_u16(wr, lf->lf_priority);
	ofp_wr_u32(wr, lf->lf_buffer);
	ofp_wr_u32(wr, lf->lf_out_filter);
	ofp_wr_u32(wr, OFP_G_ANY);
	ofp_wr_u16(wr, lf->lf_flags);
	ofp_wr_u16(wr, 0);
	match_write(wr, lf, mlen);
	if (lf->lf_meter != 0) {
		ofp_wr_u16(wr, OFP_IT_METER);
		ofp_wr_u16(wr, 8);
		ofp_wr_u32(wr, lf->lf_meter);
	}
	if (alen != 0) {
		ofp_wr_u16(wr, OFP_IT_APPLY_ACTIONS);
		ofp_wr_u16(wr, 8 + alen);
		ofp_wr_u32(wr, 0);
		for (i = 0; i < lf->lf_nout; i++)
			output13(wr, lf->lf_out[i]);
		if (lf->lf_group != 0)
			group13(wr, lf->lf_group);
	}
	if (lf->lf_goto != 0) {
		ofp_wr_u16(wr, OFP_IT_GOTO_TABLE);
		ofp_wr_u16(wr, 8);
		ofp_wr_u8(wr, lf->lf_goto);
		ofp_wr_zero(wr, 3);
	}
}

static size_t
match_len(const struct ofp_l2_flow *lf)
{
	size_t	len = 4;

	if (lf->lf_fields & OFP_L2_IN_PORT)
		len += 8;
	if (lf->lf_fields & OFP_L2_DST)
		len += lf->lf_dst_mask != 0 ? 16 : 10;
	if (lf->lf_fields & OFP_L2_SRC)
		len += 10;
	if (lf->lf_fields & OFP_L2_TYPE)
		len += 6;
	if (lf->lf_fields & OFP_L2_VLAN)
		len += 6;
	return (len);
}

/* In the order of the field numbers. */
static void
match_write(struct ofp_wr *wr, const struct ofp_l2_flow *lf, size_t len)
{
	ofp_wr_u16(wr, OFP_MT_OXM);
	ofp_wr_u16(wr, len);
	if (lf->lf_fields & OFP_L2_IN_PORT) {
		ofp_wr_u32(wr, OXM(OFP_XMT_IN_PORT, 4));
		ofp_wr_u32(wr, lf->lf_in_port);
	}
	if (lf->lf_fields & OFP_L2_DST && lf->lf_dst_mask != 0) {
		ofp_wr_u32(wr, OXM_MASKED(OFP_XMT_ETH_DST, 6));
		wr_u48(wr, lf->lf_dst);
		wr_u48(wr, lf->lf_dst_mask);
	} else if (lf->lf_fields & OFP_L2_DST) {
		ofp_wr_u32(wr, OXM(OFP_XMT_ETH_DST, 6));
		wr_u48(wr, lf->lf_dst);
	}
	if (lf->lf_fields & OFP_L2_SRC) {
		ofp_wr_u32(wr, OXM(OFP_XMT_ETH_SRC, 6));
		wr_u48(wr, lf->lf_src);
	}
	if (lf->lf_fields & OFP_L2_TYPE) {
		ofp_wr_u32(wr, OXM(OFP_XMT_ETH_TYPE, 2));
		ofp_wr_u16(wr, lf->lf_type);
	}
	if (lf->lf_fields & OFP_L2_VLAN) {
		ofp_wr_u32(wr, OXM(OFP_XMT_VLAN_VID, 2));
		ofp_wr_u16(wr, lf->lf_vlan);
	}
	ofp_wr_zero(wr, PAD8(len) - len);
}

/* OF1.0, 5.3.3: one table, a match of 40 bytes, actions at once. */
static void
flow10(struct ofp_wr *wr, uint32_t xid, const struct ofp_l2_flow *lf)
{
	uint32_t	wild = W10_ALL;
	unsigned int	i;

	if (lf->lf_fields & OFP_L2_IN_PORT)
		wild &= ~W10_IN_PORT;
	if (lf->lf_fields & OFP_L2_VLAN)
		wild &= ~W10_VLAN;
	if (lf->lf_fields & OFP_L2_SRC)
		wild &= ~W10_SRC;
	if (lf->lf_fields & OFP_L2_DST)
		wild &= ~W10_DST;
	if (lf->lf_fields & OFP_L2_TYPE)
		wild &= ~W10_TYPE;

	ofp_wr_u8(wr, OFP_VERSION_10);
	ofp_wr_u8(wr, OFP10_T_FLOW_MOD);
	ofp_wr_u16(wr, OFP10_FLOW_MOD_LEN + 8 * lf->lf_nout);
	ofp_wr_u32(wr, xid);
	ofp_wr_u32(wr, wild);
	ofp_wr_u16(wr, wild & W10_IN_PORT ? 0 : port10(lf->lf_in_port));
	wr_u48(wr, wild & W10_SRC ? 0 : lf->lf_src);
	wr_u48(wr, wild & W10_DST ? 0 : lf->lf_dst);
	ofp_wr_u16(wr, wild & W10_VLAN ? 0 :
	    lf->lf_vlan == OFP_VID_NONE ? OFP10_VLAN_NONE :
	    lf->lf_vlan & ~OFP_VID_PRESENT);
	ofp_wr_zero(wr, 2);		/* pcp, pad */
	ofp_wr_u16(wr, wild & W10_TYPE ? 0 : lf->lf_type);
	ofp_wr_zero(wr, 16);		/* tos .. tp_dst */
	ofp_wr_u64(wr, lf->lf_cookie);
	ofp_wr_u16(wr, lf->lf_command);
	ofp_wr_u16(wr, lf->lf_idle);
	ofp_wr_u16(wr, lf->lf_hard);
	ofp_wr_u16(wr, lf->lf_priority);
	ofp_wr_u32(wr, lf->lf_buffer);
	ofp_wr_u16(wr, port10(lf->lf_out_filter));
	ofp_wr_u16(wr, lf->lf_flags & (OFP_FF_SEND_FLOW_REM |
	    OFP_FF_CHECK_OVERLAP));
	for (i = 0; i < lf->lf_nout; i++)
		output10(wr, lf->lf_out[i]);
}

bool
ofp_l2_out_encode(struct ofp_wr *wr, uint8_t version, uint32_t xid,
    const struct ofp_l2_out *lo)
{
	bool		v10 = version == OFP_VERSION_10;
	size_t		alen, dlen, len;
	unsigned int	i;

	dlen = lo->lo_buffer == OFP_NO_BUFFER ? lo->lo_len : 0;
	alen = v10 ? 8 * lo->lo_nout :
	    16 * lo->lo_nout + (lo->lo_group != 0 ? 8 : 0);
	len = (v10 ? OFP10_PACKET_OUT_LEN : OFP_PACKET_OUT_LEN) + alen + dlen;
	if (len > OFP_MSG_MAX)
		return (false);
	ofp_wr_u8(wr, version);
	ofp_wr_u8(wr, OFP_T_PACKET_OUT);	/* 13 in both versions */
	ofp_wr_u16(wr, len);
	ofp_wr_u32(wr, xid);
	ofp_wr_u32(wr, lo->lo_buffer);
	if (v10) {
		ofp_wr_u16(wr, port10(lo->lo_in_port));
		ofp_wr_u16(wr, alen);
		for (i = 0; i < lo->lo_nout; i++)
			output10(wr, lo->lo_out[i]);
	} else {
		ofp_wr_u32(wr, lo->lo_in_port);
		ofp_wr_u16(wr, alen);
		ofp_wr_zero(wr, 6);
		for (i = 0; i < lo->lo_nout; i++)
			output13(wr, lo->lo_out[i]);
		if (lo->lo_group != 0)
			group13(wr, lo->lo_group);
	}
	if (dlen != 0)
		ofp_wr_bytes(wr, lo->lo_data, dlen);
	return (true);
}

static void
output13(struct ofp_wr *wr, uint32_t port)
{
	ofp_wr_u16(wr, OFP_AT_OUTPUT);
	ofp_wr_u16(wr, 16);
	ofp_wr_u32(wr, port);
	ofp_wr_u16(wr, port == OFP_P_CONTROLLER ? OFP_CML_NO_BUFFER : 0);
	ofp_wr_zero(wr, 6);
}

static void
group13(struct ofp_wr *wr, uint32_t group)
{
	ofp_wr_u16(wr, OFP_AT_GROUP);
	ofp_wr_u16(wr, 8);
	ofp_wr_u32(wr, group);
}

static void
output10(struct ofp_wr *wr, uint32_t port)
{
	ofp_wr_u16(wr, OFP10_AT_OUTPUT);
	ofp_wr_u16(wr, 8);
	ofp_wr_u16(wr, port10(port));
	ofp_wr_u16(wr, port == OFP_P_CONTROLLER ? 0xffff : 0);
}

static void
wr_u48(struct ofp_wr *wr, uint64_t v)
{
	ofp_wr_u16(wr, v >> 32);
	ofp_wr_u32(wr, v);
}

/* Reserved ports have the same low 16 bits in both versions. */
static uint16_t
port10(uint32_t port)
{
	return ((uint16_t)port);
}
