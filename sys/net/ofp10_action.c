/*
 * SPDX-License-Identifier: ISC
 *
 * ofp10_action.c: actions of OpenFlow 1.0 and those of 1.3 they mean.
 *
 * Setting a field is one type each in 1.0; a row says which field.  Transport
 * ports are read as those of TCP, since 1.0 does not say of what they are.
 */
#include "ofp10.h"
#include "ofp10_action.h"

struct action_row {
	uint16_t	ar_len;		/* whole action; 0: no such type */
	int8_t		ar_field;	/* set-field of that, or -1 */
};

static const struct action_row action_rows[] = {
[OFP10_AT_OUTPUT] =		{ 8, -1 },
[OFP10_AT_SET_VLAN_VID] =	{ 8, OFP_XMT_VLAN_VID },
[OFP10_AT_SET_VLAN_PCP] =	{ 8, OFP_XMT_VLAN_PCP },
[OFP10_AT_STRIP_VLAN] =		{ 8, -1 },
[OFP10_AT_SET_DL_SRC] =		{ 16, OFP_XMT_ETH_SRC },
[OFP10_AT_SET_DL_DST] =		{ 16, OFP_XMT_ETH_DST },
[OFP10_AT_SET_NW_SRC] =		{ 8, OFP_XMT_IPV4_SRC },
[OFP10_AT_SET_NW_DST] =		{ 8, OFP_XMT_IPV4_DST },
[OFP10_AT_SET_NW_TOS] =		{ 8, OFP_XMT_IP_DSCP },
[OFP10_AT_SET_TP_SRC] =		{ 8, OFP_XMT_TCP_SRC },
[OFP10_AT_SET_TP_DST] =		{ 8, OFP_XMT_TCP_DST },
[OFP10_AT_ENQUEUE] =		{ 16, -1 },
};

/*
 * Decode.
 */

static void
set_decode(struct ofp_rd *rd, int field, struct ofp_action *ac)
{
	uint8_t	*v = ac->u.set.value;

	ac->ac_type = OFP_AT_SET_FIELD;
	ac->u.set.field = (enum ofp_field)field;
	memset(v, 0, sizeof(ac->u.set.value));
	ofp_rd_bytes(rd, v, ofp_oxm_table[field].ox_len);
	if (field == OFP_XMT_VLAN_VID)
		v[0] = (uint8_t)((v[0] & 0x0f) | OFP_VID_PRESENT >> 8);
	else if (field == OFP_XMT_IP_DSCP)
		v[0] >>= 2;
	else if (field == OFP_XMT_VLAN_PCP)
		v[0] &= 7;
}

static enum ofp_error
action_decode(struct ofp_rd *rd, struct ofp_action *ac)
{
	struct ofp_rd	body;
	uint16_t	type, len;

	type = ofp_rd_u16(rd);
	len = ofp_rd_u16(rd);
	ofp_rd_sub(rd, (size_t)len - 4, &body);
	if (ofp_rd_err(rd) || len < 8 || (len & 7) != 0)
		return (OFP_BAC_BAD_LEN);
	if (type == OFP10_AT_VENDOR) {
		ac->ac_type = OFP_AT_EXPERIMENTER;
		return (OFP_OK);
	}
	if (type >= nitems(action_rows) || action_rows[type].ar_len == 0)
		return (OFP_BAC_BAD_TYPE);
	if (len != action_rows[type].ar_len)
		return (OFP_BAC_BAD_LEN);
	switch (type) {
	case OFP10_AT_OUTPUT:
		ac->ac_type = OFP_AT_OUTPUT;
		ac->u.output.port = ofp10_port_widen(ofp_rd_u16(&body));
		ac->u.output.max_len = ofp_rd_u16(&body);
		break;
	case OFP10_AT_STRIP_VLAN:
		ac->ac_type = OFP_AT_POP_VLAN;
		break;
	case OFP10_AT_ENQUEUE:
		ac->ac_type = OFP_AT_ENQUEUE;
		ac->u.enqueue.port = ofp10_port_widen(ofp_rd_u16(&body));
		ofp_rd_skip(&body, 6);
		ac->u.enqueue.queue = ofp_rd_u32(&body);
		break;
	default:
		set_decode(&body, action_rows[type].ar_field, ac);
		break;
	}
	return (OFP_OK);
}

bool
ofp10_action_next(struct ofp_rd *rd, struct ofp_action *ac,
    enum ofp_error *err)
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
 * Encode.
 */

static void
action_begin(struct ofp_wr *wr, uint16_t type)
{
	ofp_wr_u16(wr, type);
	ofp_wr_u16(wr, action_rows[type].ar_len);
}

void
ofp10_action_output(struct ofp_wr *wr, uint32_t port, uint16_t max_len)
{
	action_begin(wr, OFP10_AT_OUTPUT);
	ofp_wr_u16(wr, ofp10_port_narrow(port));
	ofp_wr_u16(wr, max_len);
}

static void
action_enqueue(struct ofp_wr *wr, uint32_t port, uint32_t queue)
{
	action_begin(wr, OFP10_AT_ENQUEUE);
	ofp_wr_u16(wr, ofp10_port_narrow(port));
	ofp_wr_zero(wr, 6);
	ofp_wr_u32(wr, queue);
}

static enum ofp_error
action_set(struct ofp_wr *wr, const struct ofp_action *ac)
{
	enum ofp_field	 f = ac->u.set.field;
	const uint8_t	*v = ac->u.set.value;
	size_t		 start = ofp_wr_pos(wr);
	uint16_t	 type;

	if (f == OFP_XMT_UDP_SRC)
		f = OFP_XMT_TCP_SRC;
	else if (f == OFP_XMT_UDP_DST)
		f = OFP_XMT_TCP_DST;
	for (type = 0; type < nitems(action_rows); type++) {
		if (action_rows[type].ar_field == (int)f)
			break;
	}
	if (type == nitems(action_rows))
		return (OFP_BAC_BAD_SET_TYPE);
	action_begin(wr, type);
	if (f == OFP_XMT_VLAN_VID)
		ofp_wr_u16(wr, kern_be16_at(v) & 0xfff);
	else if (f == OFP_XMT_IP_DSCP)
		ofp_wr_u8(wr, (uint8_t)(v[0] << 2));
	else
		ofp_wr_bytes(wr, v, ofp_oxm_table[f].ox_len);
	ofp_wr_pad8(wr, start);
	return (OFP_OK);
}

/* A queue set before an output becomes one action with it. */
enum ofp_error
ofp10_actions_encode(struct ofp_wr *wr, struct ofp_rd rd)
{
	struct ofp_action	ac;
	enum ofp_error		error = OFP_OK, one = OFP_OK;
	uint32_t		queue = OFP_Q_ALL;

	while (one == OFP_OK && ofp_action_next(&rd, &ac, &error)) {
		switch (ac.ac_type) {
		case OFP_AT_OUTPUT:
			if (queue == OFP_Q_ALL)
				ofp10_action_output(wr, ac.u.output.port,
				    ac.u.output.max_len);
			else
				action_enqueue(wr, ac.u.output.port, queue);
			break;
		case OFP_AT_SET_QUEUE:
			queue = ac.u.queue;
			break;
		case OFP_AT_POP_VLAN:
			action_begin(wr, OFP10_AT_STRIP_VLAN);
			ofp_wr_zero(wr, 4);
			break;
		case OFP_AT_PUSH_VLAN:	/* setting the VID tags by itself */
			break;
		case OFP_AT_SET_FIELD:
			one = action_set(wr, &ac);
			break;
		default:
			one = OFP_BAC_BAD_TYPE;
			break;
		}
	}
	return (one != OFP_OK ? one : error);
}
