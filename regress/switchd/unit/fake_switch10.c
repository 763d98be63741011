/*
 * SPDX-License-Identifier: ISC
 *
 * fake_switch10.c: what a switch says in OpenFlow 1.0 (see fake_switch.h).
 */
#include <string.h>

#include <net/ofp10.h>

#include "fake_switch.h"

static size_t
fk10_begin(uint8_t type)
{
	return (ofp_msg_begin(&wr, OFP_VERSION_10, type, 0));
}

/* OF1.0, 5.3.3. */
enum ofp_error
fk10_flow_decode(struct ofp_rd *rd, struct ofp_flow *fl)
{
	enum ofp_error	error;

	ofp_flow_init(fl, OFP_FC_ADD);
	if ((error = ofp10_match_decode(rd, &fl->f_match)) != OFP_OK)
		return (error);
	fl->f_cookie = ofp_rd_u64(rd);
	fl->f_command = ofp_rd_u16(rd);
	fl->f_idle = ofp_rd_u16(rd);
	fl->f_hard = ofp_rd_u16(rd);
	fl->f_priority = ofp_rd_u16(rd);
	fl->f_buffer = ofp_rd_u32(rd);
	fl->f_out_port = ofp10_port_widen(ofp_rd_u16(rd));
	fl->f_flags = ofp_rd_u16(rd);
	fl->f_cookie_mask = 0;
	fl->f_table = 0;
	fl->f_instr_bytes = *rd;
	return (ofp_rd_err(rd) ? OFP_BRC_BAD_LEN : OFP_OK);
}

/* OF1.0, 5.3.5. */
void
fk10_flow_stats(struct fk *f, uint32_t xid)
{
	struct ofp_flow	*o;
	size_t		 begin, len;
	unsigned int	 i;

	begin = ofp10_stats_begin(&wr, true, xid, OFP_MP_FLOW);
	for (i = 0; i < f->f_nflows; i++) {
		o = &f->f_flow[i];
		len = ofp_rd_left(&o->f_instr_bytes);
		ofp_wr_u16(&wr, 88 + len);
		ofp_wr_zero(&wr, 2);
		(void)ofp10_match_encode(&wr, &o->f_match);
		ofp_wr_u32(&wr, f->f_age[i]);
		ofp_wr_u32(&wr, 0);
		ofp_wr_u16(&wr, o->f_priority);
		ofp_wr_u16(&wr, o->f_idle);
		ofp_wr_u16(&wr, o->f_hard);
		ofp_wr_zero(&wr, 6);
		ofp_wr_u64(&wr, o->f_cookie);
		ofp_wr_u64(&wr, f->f_packets[i]);
		ofp_wr_u64(&wr, 0);
		ofp_wr_bytes(&wr, f->f_instr[i], len);
	}
	ofp_msg_end(&wr, begin);
}

/* OF1.0, 5.4.2 and 5.4.3. */
void
fk10_flow_removed(const struct ofp_flow_removed *fr)
{
	size_t	begin = fk10_begin(OFP10_T_FLOW_REMOVED);

	(void)ofp10_match_encode(&wr, &fr->fr_match);
	ofp_wr_u64(&wr, fr->fr_cookie);
	ofp_wr_u16(&wr, fr->fr_priority);
	ofp_wr_u8(&wr, fr->fr_reason);
	ofp_wr_zero(&wr, 29);
	ofp_msg_end(&wr, begin);
}

static void
fk10_port(const struct ofp_port *po)
{
	ofp_wr_u16(&wr, ofp10_port_narrow(po->po_no));
	ofp_wr_zero(&wr, 6);
	ofp_wr_bytes(&wr, po->po_name, 16);
	ofp_wr_u32(&wr, po->po_config);
	ofp_wr_u32(&wr, po->po_state);
	ofp_wr_zero(&wr, 16);
}

void
fk10_port_status(const struct ofp_port_status *ps)
{
	size_t	begin = fk10_begin(OFP10_T_PORT_STATUS);

	ofp_wr_u8(&wr, ps->ps_reason);
	ofp_wr_zero(&wr, 7);
	fk10_port(&ps->ps_port);
	ofp_msg_end(&wr, begin);
}

/* OF1.0, 5.3.1, with the ports. */
void
fk10_features(const struct fk *f, uint32_t xid)
{
	struct ofp_port	po = { .po_no = 1 };
	size_t		begin;

	begin = ofp_msg_begin(&wr, OFP_VERSION_10, OFP_T_FEATURES_REPLY, xid);
	ofp_wr_u64(&wr, f->f_dpid);
	ofp_wr_u32(&wr, 256);
	ofp_wr_u8(&wr, f->f_tables);
	ofp_wr_zero(&wr, 11);
	for (; po.po_no <= 4; po.po_no++)
		fk10_port(&po);
	ofp_msg_end(&wr, begin);
}

/* OF1.0, 5.4.1. */
void
fk10_packet_in(const struct ofp_packet_in *pi, uint32_t port)
{
	size_t	begin = fk10_begin(OFP10_T_PACKET_IN);

	ofp_wr_u32(&wr, pi->pi_buffer);
	ofp_wr_u16(&wr, pi->pi_total);
	ofp_wr_u16(&wr, ofp10_port_narrow(port));
	ofp_wr_zero(&wr, 2);
	ofp_wr_bytes(&wr, pi->pi_data, pi->pi_len);
	ofp_msg_end(&wr, begin);
}

/* OF1.0, 5.4.4: FLOW_MOD_FAILED, ALL_TABLES_FULL, with 64 bytes of whom. */
void
fk10_full(const uint8_t *msg)
{
	size_t	begin;

	begin = ofp_msg_begin(&wr, OFP_VERSION_10, OFP_T_ERROR,
	    kern_be32_at(msg + 4));
	ofp_wr_u16(&wr, 3);
	ofp_wr_u16(&wr, 0);
	ofp_wr_bytes(&wr, msg, 64);
	ofp_msg_end(&wr, begin);
}
