/*
 * SPDX-License-Identifier: ISC
 *
 * ofp_action.c: actions (7.2.5) and instructions (7.2.4).
 *
 * A row says how long an action is; what it may hold stands in action_check.
 * Set-field is judged by what the match and the actions before it make certain
 * of the packet: check_list keeps that in a match of its own, pushes and pops
 * change it.
 */
#include "ofp_action.h"

#define ONF_COPY_FIELD	3200		/* EXT-320 */
#define COPY_FIXED	20		/* up to the two OXM ids */

/* Length by type; 0: no such action; SET_FIELD and EXPERIMENTER vary. */
static const uint8_t ofp_action_lens[] = {
[OFP_AT_OUTPUT] = 16,
[OFP_AT_COPY_TTL_OUT] = 8,
[OFP_AT_COPY_TTL_IN] = 8,
[OFP_AT_SET_MPLS_TTL] = 8,
[OFP_AT_DEC_MPLS_TTL] = 8,
[OFP_AT_PUSH_VLAN] = 8,
[OFP_AT_POP_VLAN] = 8,
[OFP_AT_PUSH_MPLS] = 8,
[OFP_AT_POP_MPLS] = 8,
[OFP_AT_SET_QUEUE] = 8,
[OFP_AT_GROUP] = 8,
[OFP_AT_SET_NW_TTL] = 8,
[OFP_AT_DEC_NW_TTL] = 8,
[OFP_AT_SET_FIELD] = 8,
[OFP_AT_PUSH_PBB] = 8,
[OFP_AT_POP_PBB] = 8,
};

/*
 * Decode.
 */

static enum ofp_error
action_set_field(struct ofp_rd *rd, struct ofp_action *ac)
{
	enum ofp_error	error;

	error = ofp_oxm_set_decode(rd, &ac->u.set.field, ac->u.set.value);
	if (error != OFP_OK)
		return (error);
	return (ofp_rd_left(rd) > 7 ? OFP_BAC_BAD_SET_LEN : OFP_OK);
}

/* An OXM id: a header without a value. */
static enum ofp_error
action_oxm_id(struct ofp_rd *rd, enum ofp_field *fp)
{
	uint32_t	header = ofp_rd_u32(rd), id = 0;
	int		field;

	if (header >> 16 == OFP_XMC_EXPERIMENTER)
		id = ofp_rd_u32(rd);
	if (ofp_rd_err(rd))
		return (OFP_BAC_BAD_LEN);
	field = ofp_oxm_find(header >> 16, header >> 9 & 0x7f, id);
	if (field == -1 || (header & 0x100) != 0)
		return (OFP_BAC_BAD_SET_TYPE);
	*fp = (enum ofp_field)field;
	return (OFP_OK);
}

static enum ofp_error
action_copy_field(struct ofp_rd *rd, struct ofp_action *ac)
{
	enum ofp_error	error;

	ofp_rd_skip(rd, 2);
	ac->u.copy.n_bits = ofp_rd_u16(rd);
	ac->u.copy.src_off = ofp_rd_u16(rd);
	ac->u.copy.dst_off = ofp_rd_u16(rd);
	ofp_rd_skip(rd, 2);
	if ((error = action_oxm_id(rd, &ac->u.copy.src)) != OFP_OK ||
	    (error = action_oxm_id(rd, &ac->u.copy.dst)) != OFP_OK)
		return (error);
	ac->ac_type = OFP_AT_COPY_FIELD;
	return (ofp_rd_left(rd) > 7 ? OFP_BAC_BAD_LEN : OFP_OK);
}

static enum ofp_error
action_experimenter(struct ofp_rd *rd, struct ofp_action *ac)
{
	uint32_t	id = ofp_rd_u32(rd);
	uint16_t	type = ofp_rd_u16(rd);

	if (id != OFP_ONF_EXPERIMENTER)
		return (OFP_BAC_BAD_EXPERIMENTER);
	if (ofp_rd_err(rd) || type != ONF_COPY_FIELD)
		return (OFP_BAC_BAD_EXP_TYPE);
	return (action_copy_field(rd, ac));
}

/* The body of an action of a known length. */
static enum ofp_error
action_body(struct ofp_rd *rd, struct ofp_action *ac)
{
	switch (ac->ac_type) {
	case OFP_AT_OUTPUT:
		ac->u.output.port = ofp_rd_u32(rd);
		ac->u.output.max_len = ofp_rd_u16(rd);
		break;
	case OFP_AT_SET_QUEUE:
		ac->u.queue = ofp_rd_u32(rd);
		break;
	case OFP_AT_GROUP:
		ac->u.group = ofp_rd_u32(rd);
		break;
	case OFP_AT_SET_MPLS_TTL:
	case OFP_AT_SET_NW_TTL:
		ac->u.ttl = ofp_rd_u8(rd);
		break;
	case OFP_AT_PUSH_VLAN:
	case OFP_AT_PUSH_MPLS:
	case OFP_AT_PUSH_PBB:
	case OFP_AT_POP_MPLS:
		ac->u.ethertype = ofp_rd_u16(rd);
		break;
	case OFP_AT_SET_FIELD:
		return (action_set_field(rd, ac));
	case OFP_AT_EXPERIMENTER:
		return (action_experimenter(rd, ac));
	}
	return (OFP_OK);
}

static enum ofp_error
action_decode(struct ofp_rd *rd, struct ofp_action *ac)
{
	struct ofp_rd	body;
	uint16_t	len;
	uint8_t		want;

	ac->ac_type = ofp_rd_u16(rd);
	len = ofp_rd_u16(rd);
	if (ofp_rd_err(rd) || len < 8 || (len & 7) != 0)
		return (OFP_BAC_BAD_LEN);
	ofp_rd_sub(rd, len - 4, &body);
	if (ofp_rd_err(rd))
		return (OFP_BAC_BAD_LEN);
	if (ac->ac_type != OFP_AT_EXPERIMENTER &&
	    ac->ac_type != OFP_AT_SET_FIELD) {
		if (ac->ac_type >= nitems(ofp_action_lens) ||
		    (want = ofp_action_lens[ac->ac_type]) == 0)
			return (OFP_BAC_BAD_TYPE);
		if (len != want)
			return (OFP_BAC_BAD_LEN);
	}
	return (action_body(&body, ac));
}

bool
ofp_action_next(struct ofp_rd *rd, struct ofp_action *ac, enum ofp_error *err)
{
	enum ofp_error	error;

	*err = OFP_OK;
	if (ofp_rd_left(rd) == 0)
		return (false);
	if ((error = action_decode(rd, ac)) != OFP_OK) {
		*err = error;
		return (false);
	}
	return (true);
}

/*
 * Check.
 */

/* What the packet is known to be, and where the list stands. */
struct ofp_check {
	struct ofp_match ck_match;
	bool		 ck_known;	/* ck_match means something */
	bool		 ck_is_set;
};

/* Any port that may ever exist, 7.2.1; TABLE only from a packet-out. */
static enum ofp_error
check_output(const struct ofp_check *ck, const struct ofp_action *ac)
{
	uint32_t	port = ac->u.output.port;

	if (port == 0 || port == OFP_P_ANY ||
	    (port > OFP_P_MAX && port < OFP_P_IN_PORT) ||
	    (port == OFP_P_TABLE && (ck->ck_known || ck->ck_is_set)))
		return (OFP_BAC_BAD_OUT_PORT);
	if (port == OFP_P_CONTROLLER && ac->u.output.max_len > OFP_CML_MAX &&
	    ac->u.output.max_len != OFP_CML_NO_BUFFER)
		return (OFP_BAC_BAD_ARGUMENT);
	return (OFP_OK);
}

static enum ofp_error
check_set_field(const struct ofp_check *ck, const struct ofp_action *ac)
{
	if (ck->ck_known && !ofp_oxm_prereq_ok(&ck->ck_match, ac->u.set.field))
		return (OFP_BAC_MATCH_INCONSISTENT);
	return (OFP_OK);
}

static enum ofp_error
check_copy_field(const struct ofp_check *ck, const struct ofp_action *ac)
{
	const struct ofp_oxm	*src = &ofp_oxm_table[ac->u.copy.src];
	const struct ofp_oxm	*dst = &ofp_oxm_table[ac->u.copy.dst];

	if (!dst->ox_settable)
		return (OFP_BAC_BAD_SET_TYPE);
	if (ac->u.copy.n_bits == 0 ||
	    (uint32_t)ac->u.copy.src_off + ac->u.copy.n_bits > src->ox_bits ||
	    (uint32_t)ac->u.copy.dst_off + ac->u.copy.n_bits > dst->ox_bits)
		return (OFP_BAC_BAD_SET_ARGUMENT);
	if (ck->ck_known && (!ofp_oxm_prereq_ok(&ck->ck_match,
	    ac->u.copy.src) || !ofp_oxm_prereq_ok(&ck->ck_match,
	    ac->u.copy.dst)))
		return (OFP_BAC_MATCH_INCONSISTENT);
	return (OFP_OK);
}

static enum ofp_error
check_one(const struct ofp_check *ck, const struct ofp_action *ac)
{
	bool	ok = true;

	switch (ac->ac_type) {
	case OFP_AT_OUTPUT:
		return (check_output(ck, ac));
	case OFP_AT_SET_FIELD:
		return (check_set_field(ck, ac));
	case OFP_AT_COPY_FIELD:
		return (check_copy_field(ck, ac));
	case OFP_AT_GROUP:
		return (ac->u.group > OFP_G_MAX ? OFP_BAC_BAD_OUT_GROUP :
		    OFP_OK);
	case OFP_AT_SET_QUEUE:
		return (ac->u.queue == OFP_Q_ALL ? OFP_BAC_BAD_QUEUE : OFP_OK);
	case OFP_AT_PUSH_VLAN:
		ok = ac->u.ethertype == 0x8100 || ac->u.ethertype == 0x88a8;
		break;
	case OFP_AT_PUSH_MPLS:
		ok = ac->u.ethertype == 0x8847 || ac->u.ethertype == 0x8848;
		break;
	case OFP_AT_PUSH_PBB:
		ok = ac->u.ethertype == 0x88e7;
		break;
	}
	return (ok ? OFP_OK : OFP_BAC_BAD_ARGUMENT);
}

/* Fields above Ethernet: not known any more once the EtherType changes. */
#define BELOW_ETHERTYPE							\
	(OFP_FIELD_BIT(OFP_XMT_IN_PORT) | OFP_FIELD_BIT(OFP_XMT_IN_PHY_PORT) | \
	OFP_FIELD_BIT(OFP_XMT_METADATA) | OFP_FIELD_BIT(OFP_XMT_ETH_DST) | \
	OFP_FIELD_BIT(OFP_XMT_ETH_SRC) | OFP_FIELD_BIT(OFP_XMT_VLAN_VID) | \
	OFP_FIELD_BIT(OFP_XMT_VLAN_PCP) | OFP_FIELD_BIT(OFP_XMT_TUNNEL_ID))

static void
know_ethertype(struct ofp_match *m, uint16_t ethertype)
{
	m->m_fields &= BELOW_ETHERTYPE;
	ofp_match_set(m, OFP_XMT_ETH_TYPE, ethertype);
}

static void
know_vlan(struct ofp_match *m, bool tagged)
{
	m->m_fields &= ~(OFP_FIELD_BIT(OFP_XMT_VLAN_VID) |
	    OFP_FIELD_BIT(OFP_XMT_VLAN_PCP));
	if (tagged)
		ofp_match_set_masked(m, OFP_XMT_VLAN_VID, OFP_VID_PRESENT,
		    OFP_VID_PRESENT);
}

/* A set-field of what other fields depend on. */
static void
know_set(struct ofp_match *m, const struct ofp_action *ac)
{
	const uint8_t	*v = ac->u.set.value;

	switch (ac->u.set.field) {
	case OFP_XMT_ETH_TYPE:
		know_ethertype(m, kern_be16_at(v));
		break;
	case OFP_XMT_VLAN_VID:
		know_vlan(m, true);
		break;
	case OFP_XMT_IP_PROTO:
	case OFP_XMT_ICMPV6_TYPE:
		ofp_match_set(m, ac->u.set.field, v[0]);
		break;
	default:
		break;
	}
}

/* What the packet is known to be behind an action. */
static void
know(struct ofp_match *m, const struct ofp_action *ac)
{
	switch (ac->ac_type) {
	case OFP_AT_PUSH_VLAN:
		know_vlan(m, true);
		break;
	case OFP_AT_POP_VLAN:
		know_vlan(m, false);
		break;
	case OFP_AT_PUSH_MPLS:
	case OFP_AT_POP_MPLS:
		know_ethertype(m, ac->u.ethertype);
		break;
	case OFP_AT_PUSH_PBB:
		know_vlan(m, false);
		know_ethertype(m, ac->u.ethertype);
		break;
	case OFP_AT_POP_PBB:
		know_vlan(m, false);
		m->m_fields &= BELOW_ETHERTYPE;
		break;
	case OFP_AT_SET_FIELD:
		know_set(m, ac);
		break;
	}
}

/* The order in which a set does what changes headers, 5.10. */
static const uint16_t ofp_set_order[] = {
	OFP_AT_POP_VLAN, OFP_AT_POP_MPLS, OFP_AT_POP_PBB, OFP_AT_PUSH_MPLS,
	OFP_AT_PUSH_PBB, OFP_AT_PUSH_VLAN, OFP_AT_SET_FIELD
};

/* In a set everything that changes headers comes before what needs them. */
static enum ofp_error
know_set_actions(struct ofp_match *m, struct ofp_rd list)
{
	struct ofp_action	ac;
	struct ofp_rd		rd;
	enum ofp_error		error = OFP_OK;
	unsigned int		i;

	for (i = 0; error == OFP_OK && i < nitems(ofp_set_order); i++) {
		rd = list;
		while (ofp_action_next(&rd, &ac, &error)) {
			if (ac.ac_type == ofp_set_order[i])
				know(m, &ac);
		}
	}
	return (error);
}

/* ck_match becomes what is known behind the list. */
static enum ofp_error
check_list(struct ofp_check *ck, struct ofp_rd rd)
{
	struct ofp_action	ac;
	enum ofp_error		error = OFP_OK, one;

	if (ck->ck_known && ck->ck_is_set &&
	    (one = know_set_actions(&ck->ck_match, rd)) != OFP_OK)
		return (one);
	while (ofp_action_next(&rd, &ac, &error)) {
		if ((one = check_one(ck, &ac)) != OFP_OK)
			return (one);
		if (ck->ck_known && !ck->ck_is_set)
			know(&ck->ck_match, &ac);
	}
	return (error);
}

static void
check_init(struct ofp_check *ck, const struct ofp_match *m, bool is_set)
{
	ck->ck_known = m != NULL;
	ck->ck_is_set = is_set;
	if (m != NULL)
		ck->ck_match = *m;
}

enum ofp_error
ofp_actions_check(struct ofp_rd rd, const struct ofp_match *m, bool is_set)
{
	struct ofp_check	ck;

	check_init(&ck, m, is_set);
	return (check_list(&ck, rd));
}

enum ofp_error
ofp_actions_check_both(struct ofp_rd apply, struct ofp_rd write,
    const struct ofp_match *m)
{
	struct ofp_check	ck;
	enum ofp_error		error;

	if (ofp_rd_left(&apply) == 0 && ofp_rd_left(&write) == 0)
		return (OFP_OK);
	check_init(&ck, m, false);
	if ((error = check_list(&ck, apply)) != OFP_OK)
		return (error);
	ck.ck_is_set = true;
	return (check_list(&ck, write));
}

/*
 * Encode.
 */

static void
action_set_encode(struct ofp_wr *wr, const struct ofp_action *ac)
{
	ofp_oxm_header_encode(wr, ac->u.set.field, false);
	ofp_wr_bytes(wr, ac->u.set.value,
	    ofp_oxm_table[ac->u.set.field].ox_len);
}

static void
action_copy_encode(struct ofp_wr *wr, const struct ofp_action *ac)
{
	ofp_wr_u32(wr, OFP_ONF_EXPERIMENTER);
	ofp_wr_u16(wr, ONF_COPY_FIELD);
	ofp_wr_zero(wr, 2);
	ofp_wr_u16(wr, ac->u.copy.n_bits);
	ofp_wr_u16(wr, ac->u.copy.src_off);
	ofp_wr_u16(wr, ac->u.copy.dst_off);
	ofp_wr_zero(wr, 2);
	ofp_oxm_header_encode(wr, ac->u.copy.src, false);
	ofp_oxm_header_encode(wr, ac->u.copy.dst, false);
}

static void
action_body_encode(struct ofp_wr *wr, const struct ofp_action *ac)
{
	switch (ac->ac_type) {
	case OFP_AT_OUTPUT:
		ofp_wr_u32(wr, ac->u.output.port);
		ofp_wr_u16(wr, ac->u.output.max_len);
		ofp_wr_zero(wr, 6);
		break;
	case OFP_AT_SET_QUEUE:
		ofp_wr_u32(wr, ac->u.queue);
		break;
	case OFP_AT_GROUP:
		ofp_wr_u32(wr, ac->u.group);
		break;
	case OFP_AT_SET_MPLS_TTL:
	case OFP_AT_SET_NW_TTL:
		ofp_wr_u8(wr, ac->u.ttl);
		ofp_wr_zero(wr, 3);
		break;
	case OFP_AT_PUSH_VLAN:
	case OFP_AT_PUSH_MPLS:
	case OFP_AT_PUSH_PBB:
	case OFP_AT_POP_MPLS:
		ofp_wr_u16(wr, ac->u.ethertype);
		ofp_wr_zero(wr, 2);
		break;
	case OFP_AT_SET_FIELD:
		action_set_encode(wr, ac);
		break;
	case OFP_AT_COPY_FIELD:
		action_copy_encode(wr, ac);
		break;
	default:
		ofp_wr_zero(wr, 4);
		break;
	}
}

void
ofp_action_encode(struct ofp_wr *wr, const struct ofp_action *ac)
{
	size_t	start = ofp_wr_pos(wr);

	ofp_wr_u16(wr, ac->ac_type == OFP_AT_COPY_FIELD ?
	    OFP_AT_EXPERIMENTER : ac->ac_type);
	ofp_wr_u16(wr, 0);
	action_body_encode(wr, ac);
	ofp_wr_pad8(wr, start);
	ofp_wr_put16(wr, start + 2, (uint16_t)(ofp_wr_pos(wr) - start));
}
