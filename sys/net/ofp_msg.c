/*
 * SPDX-License-Identifier: ISC
 *
 * ofp_msg.c: the tables of messages, the header, and the small messages.
 *
 * What is known of a type of message, in each version, stands in its row:
 * name, who may receive it, and how long it is at least (exactly, where
 * nothing can follow).
 */
#include "ofp_msg.h"

#define TO_S	OFP_TO_SWITCH
#define TO_C	OFP_TO_CONTROLLER

struct ofp_msg_row {
	const char	*mr_name;
	uint8_t		 mr_dir;
	bool		 mr_exact;	/* nothing follows mr_len */
	uint16_t	 mr_len;
};

static const struct ofp_msg_row ofp_msg_rows[OFP_T_COUNT] = {
[OFP_T_HELLO] =			{ "HELLO", TO_S | TO_C, false, 8 },
[OFP_T_ERROR] =			{ "ERROR", TO_S | TO_C, false, 12 },
[OFP_T_ECHO_REQUEST] =		{ "ECHO_REQUEST", TO_S | TO_C, false, 8 },
[OFP_T_ECHO_REPLY] =		{ "ECHO_REPLY", TO_S | TO_C, false, 8 },
[OFP_T_EXPERIMENTER] =		{ "EXPERIMENTER", TO_S | TO_C, false, 16 },
[OFP_T_FEATURES_REQUEST] =	{ "FEATURES_REQUEST", TO_S, true, 8 },
[OFP_T_FEATURES_REPLY] =	{ "FEATURES_REPLY", TO_C, true, 32 },
[OFP_T_GET_CONFIG_REQUEST] =	{ "GET_CONFIG_REQUEST", TO_S, true, 8 },
[OFP_T_GET_CONFIG_REPLY] =	{ "GET_CONFIG_REPLY", TO_C, true, 12 },
[OFP_T_SET_CONFIG] =		{ "SET_CONFIG", TO_S, true, 12 },
[OFP_T_PACKET_IN] =		{ "PACKET_IN", TO_C, false, 34 },
[OFP_T_FLOW_REMOVED] =		{ "FLOW_REMOVED", TO_C, false, 56 },
[OFP_T_PORT_STATUS] =		{ "PORT_STATUS", TO_C, true, 80 },
[OFP_T_PACKET_OUT] =		{ "PACKET_OUT", TO_S, false, 24 },
[OFP_T_FLOW_MOD] =		{ "FLOW_MOD", TO_S, false, 56 },
[OFP_T_GROUP_MOD] =		{ "GROUP_MOD", TO_S, false, 16 },
[OFP_T_PORT_MOD] =		{ "PORT_MOD", TO_S, true, 40 },
[OFP_T_TABLE_MOD] =		{ "TABLE_MOD", TO_S, true, 16 },
[OFP_T_MULTIPART_REQUEST] =	{ "MULTIPART_REQUEST", TO_S, false, 16 },
[OFP_T_MULTIPART_REPLY] =	{ "MULTIPART_REPLY", TO_C, false, 16 },
[OFP_T_BARRIER_REQUEST] =	{ "BARRIER_REQUEST", TO_S, true, 8 },
[OFP_T_BARRIER_REPLY] =		{ "BARRIER_REPLY", TO_C, true, 8 },
[OFP_T_QUEUE_GET_CONFIG_REQUEST] =
				{ "QUEUE_GET_CONFIG_REQUEST", TO_S, true, 16 },
[OFP_T_QUEUE_GET_CONFIG_REPLY] = { "QUEUE_GET_CONFIG_REPLY", TO_C, false, 16 },
[OFP_T_ROLE_REQUEST] =		{ "ROLE_REQUEST", TO_S, true, 24 },
[OFP_T_ROLE_REPLY] =		{ "ROLE_REPLY", TO_C, true, 24 },
[OFP_T_GET_ASYNC_REQUEST] =	{ "GET_ASYNC_REQUEST", TO_S, true, 8 },
[OFP_T_GET_ASYNC_REPLY] =	{ "GET_ASYNC_REPLY", TO_C, true, 32 },
[OFP_T_SET_ASYNC] =		{ "SET_ASYNC", TO_S, true, 32 },
[OFP_T_METER_MOD] =		{ "METER_MOD", TO_S, false, 16 },
};

static const struct ofp_msg_row ofp10_msg_rows[OFP10_T_COUNT] = {
[OFP_T_HELLO] =			{ "HELLO", TO_S | TO_C, false, 8 },
[OFP_T_ERROR] =			{ "ERROR", TO_S | TO_C, false, 12 },
[OFP_T_ECHO_REQUEST] =		{ "ECHO_REQUEST", TO_S | TO_C, false, 8 },
[OFP_T_ECHO_REPLY] =		{ "ECHO_REPLY", TO_S | TO_C, false, 8 },
[OFP10_T_VENDOR] =		{ "VENDOR", TO_S | TO_C, false, 12 },
[OFP_T_FEATURES_REQUEST] =	{ "FEATURES_REQUEST", TO_S, true, 8 },
[OFP_T_FEATURES_REPLY] =	{ "FEATURES_REPLY", TO_C, false, 32 },
[OFP_T_GET_CONFIG_REQUEST] =	{ "GET_CONFIG_REQUEST", TO_S, true, 8 },
[OFP_T_GET_CONFIG_REPLY] =	{ "GET_CONFIG_REPLY", TO_C, true, 12 },
[OFP_T_SET_CONFIG] =		{ "SET_CONFIG", TO_S, true, 12 },
[OFP10_T_PACKET_IN] =		{ "PACKET_IN", TO_C, false, 18 },
[OFP10_T_FLOW_REMOVED] =	{ "FLOW_REMOVED", TO_C, true, 88 },
[OFP10_T_PORT_STATUS] =		{ "PORT_STATUS", TO_C, true, 64 },
[OFP10_T_PACKET_OUT] =		{ "PACKET_OUT", TO_S, false, 16 },
[OFP10_T_FLOW_MOD] =		{ "FLOW_MOD", TO_S, false, 72 },
[OFP10_T_PORT_MOD] =		{ "PORT_MOD", TO_S, true, 32 },
[OFP10_T_STATS_REQUEST] =	{ "STATS_REQUEST", TO_S, false, 12 },
[OFP10_T_STATS_REPLY] =		{ "STATS_REPLY", TO_C, false, 12 },
[OFP10_T_BARRIER_REQUEST] =	{ "BARRIER_REQUEST", TO_S, true, 8 },
[OFP10_T_BARRIER_REPLY] =	{ "BARRIER_REPLY", TO_C, true, 8 },
[OFP10_T_QUEUE_GET_CONFIG_REQUEST] =
				{ "QUEUE_GET_CONFIG_REQUEST", TO_S, true, 12 },
[OFP10_T_QUEUE_GET_CONFIG_REPLY] =
				{ "QUEUE_GET_CONFIG_REPLY", TO_C, false, 16 },
};

/*
 * The header.
 */

static const struct ofp_msg_row *
ofp_msg_row(uint8_t version, uint8_t type)
{
	if (version == OFP_VERSION_13 && type < OFP_T_COUNT)
		return (&ofp_msg_rows[type]);
	if (version == OFP_VERSION_10 && type < OFP10_T_COUNT)
		return (&ofp10_msg_rows[type]);
	return (NULL);
}

int
ofp_msg_frame(const uint8_t *p, size_t have)
{
	uint16_t	len;

	if (have < 4)
		return (0);
	len = kern_be16_at(p + 2);
	return (len < OFP_HDR_LEN ? -1 : len);
}

/*
 * Before a version is agreed on, a hello (and the error that refuses it) may
 * carry any version, 6.3.1; both look the same in all of them.
 */
static bool
ofp_msg_version_ok(const struct ofp_hdr *h, uint8_t version)
{
	if (version != 0)
		return (h->h_version == version);
	if (h->h_type == OFP_T_HELLO || h->h_type == OFP_T_ERROR)
		return (h->h_version != 0);
	return (h->h_version == OFP_VERSION_10 ||
	    h->h_version == OFP_VERSION_13);
}

enum ofp_error
ofp_msg_check(const uint8_t *p, size_t len, uint8_t version, enum ofp_dir dir,
    struct ofp_hdr *h, struct ofp_rd *rd)
{
	const struct ofp_msg_row	*row;

	ofp_rd_init(rd, p, len);
	h->h_version = ofp_rd_u8(rd);
	h->h_type = ofp_rd_u8(rd);
	h->h_len = ofp_rd_u16(rd);
	h->h_xid = ofp_rd_u32(rd);
	if (ofp_rd_err(rd))
		return (OFP_BRC_BAD_LEN);
	if (!ofp_msg_version_ok(h, version))
		return (OFP_BRC_BAD_VERSION);
	row = ofp_msg_row(h->h_version, h->h_type);
	if (row == NULL && h->h_type <= OFP_T_ERROR)
		row = &ofp_msg_rows[h->h_type];
	if (row == NULL || (row->mr_dir & dir) == 0)
		return (OFP_BRC_BAD_TYPE);
	if (h->h_len != len || len < row->mr_len ||
	    (row->mr_exact && len > row->mr_len))
		return (OFP_BRC_BAD_LEN);
	return (OFP_OK);
}

const char *
ofp_msg_name(uint8_t version, uint8_t type)
{
	const struct ofp_msg_row	*row = ofp_msg_row(version, type);

	return (row == NULL ? NULL : row->mr_name);
}

size_t
ofp_msg_begin(struct ofp_wr *wr, uint8_t version, uint8_t type, uint32_t xid)
{
	size_t	 start = ofp_wr_pos(wr);
	uint8_t	*p = ofp_wr_room(wr, OFP_HDR_LEN);
	be32_t	 be = be32_make(xid);

	if (p != NULL) {
		p[0] = version;
		p[1] = type;
		p[2] = 0;
		p[3] = OFP_HDR_LEN;
		memcpy(p + 4, &be, sizeof(be));
	}
	return (start);
}

void
ofp_msg_end(struct ofp_wr *wr, size_t start)
{
	size_t	len = ofp_wr_pos(wr) - start;

	if (len > OFP_MSG_MAX)
		wr->wr_err = true;
	ofp_wr_put16(wr, start + 2, (uint16_t)len);
}

void
ofp_msg_bare(struct ofp_wr *wr, uint8_t version, uint8_t type, uint32_t xid)
{
	(void)ofp_msg_begin(wr, version, type, xid);
}

/*
 * HELLO, 7.5.1.  Unknown elements are passed over; one whose length cannot be
 * ends the list.
 */

enum ofp_error
ofp_hello_decode(struct ofp_rd *rd, uint8_t version, struct ofp_hello *he)
{
	struct ofp_rd	el;
	uint16_t	type, len;

	he->he_version = version;
	he->he_bitmap = false;
	he->he_bits = 0;
	while (ofp_rd_left(rd) >= 4) {
		type = ofp_rd_u16(rd);
		len = ofp_rd_u16(rd);
		if (len < 4 || (size_t)len - 4 > ofp_rd_left(rd))
			break;
		ofp_rd_sub(rd, len - 4, &el);
		if (type == OFP_HET_VERSIONBITMAP && ofp_rd_left(&el) >= 4) {
			he->he_bitmap = true;
			he->he_bits |= ofp_rd_u32(&el);
		}
		len = -len & 7;
		ofp_rd_skip(rd, len < ofp_rd_left(rd) ? len : ofp_rd_left(rd));
	}
	ofp_rd_skip(rd, ofp_rd_left(rd));
	return (OFP_OK);
}

static uint8_t
ofp_hello_highest(uint32_t bits)
{
	uint8_t	v = 31;

	if (bits == 0)
		return (0);
	while ((bits >> v & 1) == 0)
		v--;
	return (v);
}

void
ofp_hello_encode(struct ofp_wr *wr, uint32_t xid, uint32_t bits)
{
	size_t	start;

	start = ofp_msg_begin(wr, ofp_hello_highest(bits), OFP_T_HELLO, xid);
	ofp_wr_u16(wr, OFP_HET_VERSIONBITMAP);
	ofp_wr_u16(wr, 8);
	ofp_wr_u32(wr, bits);
	ofp_msg_end(wr, start);
}

uint8_t
ofp_hello_negotiate(uint32_t ours, const struct ofp_hello *he)
{
	uint8_t	v = ofp_hello_highest(ours);

	if (he->he_bitmap)
		return (ofp_hello_highest(ours & he->he_bits));
	if (he->he_version < v)
		v = he->he_version;
	return ((ours >> v & 1) != 0 ? v : 0);
}

/*
 * ECHO, 7.5.2, 7.5.3.
 */

void
ofp_echo_encode(struct ofp_wr *wr, uint8_t version, bool reply, uint32_t xid,
    const uint8_t *data, size_t len)
{
	size_t	start;

	start = ofp_msg_begin(wr, version,
	    reply ? OFP_T_ECHO_REPLY : OFP_T_ECHO_REQUEST, xid);
	ofp_wr_bytes(wr, data, len);
	ofp_msg_end(wr, start);
}

/*
 * FEATURES, 7.3.1.
 */

enum ofp_error
ofp_features_decode(struct ofp_rd *rd, struct ofp_features *fe)
{
	fe->fe_dpid = ofp_rd_u64(rd);
	fe->fe_buffers = ofp_rd_u32(rd);
	fe->fe_tables = ofp_rd_u8(rd);
	fe->fe_aux = ofp_rd_u8(rd);
	ofp_rd_skip(rd, 2);
	fe->fe_capabilities = ofp_rd_u32(rd);
	ofp_rd_skip(rd, 4);
	fe->fe_actions = 0;
	return (ofp_rd_err(rd) ? OFP_BRC_BAD_LEN : OFP_OK);
}

void
ofp_features_encode(struct ofp_wr *wr, uint32_t xid,
    const struct ofp_features *fe)
{
	size_t	start;

	start = ofp_msg_begin(wr, OFP_VERSION_13, OFP_T_FEATURES_REPLY, xid);
	ofp_wr_u64(wr, fe->fe_dpid);
	ofp_wr_u32(wr, fe->fe_buffers);
	ofp_wr_u8(wr, fe->fe_tables);
	ofp_wr_u8(wr, fe->fe_aux);
	ofp_wr_zero(wr, 2);
	ofp_wr_u32(wr, fe->fe_capabilities);
	ofp_wr_zero(wr, 4);
	ofp_msg_end(wr, start);
}

/*
 * Configuration, 7.3.2.  Which flags a switch takes is for the switch to say.
 */

enum ofp_error
ofp_config_decode(struct ofp_rd *rd, struct ofp_config *cf)
{
	cf->cf_flags = ofp_rd_u16(rd);
	cf->cf_miss_send_len = ofp_rd_u16(rd);
	return (ofp_rd_err(rd) ? OFP_BRC_BAD_LEN : OFP_OK);
}

void
ofp_config_encode(struct ofp_wr *wr, uint8_t version, bool set, uint32_t xid,
    const struct ofp_config *cf)
{
	size_t	start;

	start = ofp_msg_begin(wr, version,
	    set ? OFP_T_SET_CONFIG : OFP_T_GET_CONFIG_REPLY, xid);
	ofp_wr_u16(wr, cf->cf_flags);
	ofp_wr_u16(wr, cf->cf_miss_send_len);
	ofp_msg_end(wr, start);
}

/*
 * Ports, 7.2.1, 7.4.3, 7.3.4.3.
 */

enum ofp_error
ofp_port_decode(struct ofp_rd *rd, struct ofp_port *po)
{
	po->po_no = ofp_rd_u32(rd);
	ofp_rd_skip(rd, 4);
	ofp_rd_bytes(rd, po->po_hwaddr, sizeof(po->po_hwaddr));
	ofp_rd_skip(rd, 2);
	ofp_rd_str(rd, po->po_name, 16);
	po->po_config = ofp_rd_u32(rd);
	po->po_state = ofp_rd_u32(rd);
	po->po_curr = ofp_rd_u32(rd);
	po->po_advertised = ofp_rd_u32(rd);
	po->po_supported = ofp_rd_u32(rd);
	po->po_peer = ofp_rd_u32(rd);
	po->po_curr_speed = ofp_rd_u32(rd);
	po->po_max_speed = ofp_rd_u32(rd);
	return (ofp_rd_err(rd) ? OFP_BRC_BAD_LEN : OFP_OK);
}

void
ofp_port_encode(struct ofp_wr *wr, const struct ofp_port *po)
{
	ofp_wr_u32(wr, po->po_no);
	ofp_wr_zero(wr, 4);
	ofp_wr_bytes(wr, po->po_hwaddr, sizeof(po->po_hwaddr));
	ofp_wr_zero(wr, 2);
	ofp_wr_str(wr, po->po_name, 16);
	ofp_wr_u32(wr, po->po_config);
	ofp_wr_u32(wr, po->po_state);
	ofp_wr_u32(wr, po->po_curr);
	ofp_wr_u32(wr, po->po_advertised);
	ofp_wr_u32(wr, po->po_supported);
	ofp_wr_u32(wr, po->po_peer);
	ofp_wr_u32(wr, po->po_curr_speed);
	ofp_wr_u32(wr, po->po_max_speed);
}

enum ofp_error
ofp_port_status_decode(struct ofp_rd *rd, struct ofp_port_status *ps)
{
	ps->ps_reason = ofp_rd_u8(rd);
	ofp_rd_skip(rd, 7);
	return (ofp_port_decode(rd, &ps->ps_port));
}

void
ofp_port_status_encode(struct ofp_wr *wr, uint32_t xid,
    const struct ofp_port_status *ps)
{
	size_t	start;

	start = ofp_msg_begin(wr, OFP_VERSION_13, OFP_T_PORT_STATUS, xid);
	ofp_wr_u8(wr, ps->ps_reason);
	ofp_wr_zero(wr, 7);
	ofp_port_encode(wr, &ps->ps_port);
	ofp_msg_end(wr, start);
}

/* Bits of the configuration count only where the mask has them. */
enum ofp_error
ofp_port_mod_decode(struct ofp_rd *rd, struct ofp_port_mod *pm)
{
	pm->pm_no = ofp_rd_u32(rd);
	ofp_rd_skip(rd, 4);
	ofp_rd_bytes(rd, pm->pm_hwaddr, sizeof(pm->pm_hwaddr));
	ofp_rd_skip(rd, 2);
	pm->pm_config = ofp_rd_u32(rd);
	pm->pm_mask = ofp_rd_u32(rd);
	pm->pm_advertise = ofp_rd_u32(rd);
	ofp_rd_skip(rd, 4);
	if (ofp_rd_err(rd))
		return (OFP_BRC_BAD_LEN);
	if (((pm->pm_config | pm->pm_mask) & ~(uint32_t)OFP_PC_MASK) != 0)
		return (OFP_PMFC_BAD_CONFIG);
	if ((pm->pm_advertise & ~(uint32_t)OFP_PF_MASK) != 0)
		return (OFP_PMFC_BAD_ADVERTISE);
	return (OFP_OK);
}

void
ofp_port_mod_encode(struct ofp_wr *wr, uint32_t xid,
    const struct ofp_port_mod *pm)
{
	size_t	start;

	start = ofp_msg_begin(wr, OFP_VERSION_13, OFP_T_PORT_MOD, xid);
	ofp_wr_u32(wr, pm->pm_no);
	ofp_wr_zero(wr, 4);
	ofp_wr_bytes(wr, pm->pm_hwaddr, sizeof(pm->pm_hwaddr));
	ofp_wr_zero(wr, 2);
	ofp_wr_u32(wr, pm->pm_config);
	ofp_wr_u32(wr, pm->pm_mask);
	ofp_wr_u32(wr, pm->pm_advertise);
	ofp_wr_zero(wr, 4);
	ofp_msg_end(wr, start);
}

/*
 * TABLE_MOD, 7.3.3.
 */

enum ofp_error
ofp_table_mod_decode(struct ofp_rd *rd, struct ofp_table_mod *tm)
{
	tm->tm_table = ofp_rd_u8(rd);
	ofp_rd_skip(rd, 3);
	tm->tm_config = ofp_rd_u32(rd);
	if (ofp_rd_err(rd))
		return (OFP_BRC_BAD_LEN);
	if ((tm->tm_config & ~(uint32_t)OFP_TC_DEPRECATED_MASK) != 0)
		return (OFP_TMFC_BAD_CONFIG);
	return (OFP_OK);
}

void
ofp_table_mod_encode(struct ofp_wr *wr, uint32_t xid,
    const struct ofp_table_mod *tm)
{
	size_t	start;

	start = ofp_msg_begin(wr, OFP_VERSION_13, OFP_T_TABLE_MOD, xid);
	ofp_wr_u8(wr, tm->tm_table);
	ofp_wr_zero(wr, 3);
	ofp_wr_u32(wr, tm->tm_config);
	ofp_msg_end(wr, start);
}

/*
 * Roles, 7.3.9.
 */

enum ofp_error
ofp_role_decode(struct ofp_rd *rd, struct ofp_role_msg *ro)
{
	ro->ro_role = ofp_rd_u32(rd);
	ofp_rd_skip(rd, 4);
	ro->ro_generation = ofp_rd_u64(rd);
	return (ofp_rd_err(rd) ? OFP_BRC_BAD_LEN : OFP_OK);
}

void
ofp_role_encode(struct ofp_wr *wr, bool reply, uint32_t xid,
    const struct ofp_role_msg *ro)
{
	size_t	start;

	start = ofp_msg_begin(wr, OFP_VERSION_13,
	    reply ? OFP_T_ROLE_REPLY : OFP_T_ROLE_REQUEST, xid);
	ofp_wr_u32(wr, ro->ro_role);
	ofp_wr_zero(wr, 4);
	ofp_wr_u64(wr, ro->ro_generation);
	ofp_msg_end(wr, start);
}

/*
 * Asynchronous configuration, 7.3.10.
 */

enum ofp_error
ofp_async_decode(struct ofp_rd *rd, struct ofp_async *as)
{
	as->as_packet_in[0] = ofp_rd_u32(rd);
	as->as_packet_in[1] = ofp_rd_u32(rd);
	as->as_port_status[0] = ofp_rd_u32(rd);
	as->as_port_status[1] = ofp_rd_u32(rd);
	as->as_flow_removed[0] = ofp_rd_u32(rd);
	as->as_flow_removed[1] = ofp_rd_u32(rd);
	as->as_requestforward[0] = as->as_requestforward[1] = 0;
	return (ofp_rd_err(rd) ? OFP_BRC_BAD_LEN : OFP_OK);
}

void
ofp_async_encode(struct ofp_wr *wr, bool set, uint32_t xid,
    const struct ofp_async *as)
{
	size_t	start;

	start = ofp_msg_begin(wr, OFP_VERSION_13,
	    set ? OFP_T_SET_ASYNC : OFP_T_GET_ASYNC_REPLY, xid);
	ofp_wr_u32(wr, as->as_packet_in[0]);
	ofp_wr_u32(wr, as->as_packet_in[1]);
	ofp_wr_u32(wr, as->as_port_status[0]);
	ofp_wr_u32(wr, as->as_port_status[1]);
	ofp_wr_u32(wr, as->as_flow_removed[0]);
	ofp_wr_u32(wr, as->as_flow_removed[1]);
	ofp_msg_end(wr, start);
}
