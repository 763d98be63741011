/*
 * SPDX-License-Identifier: ISC
 *
 * ofp_l2_test.c: the quick encoders say what the general ones say.
 */
#include <string.h>

#include <net/ofp10.h>
#include <net/ofp_flow.h>
#include <net/ofp_l2.h>
#include <net/ofp_msg.h>

#include "test.h"

static const uint32_t	ports[] = { 7, OFP_P_FLOOD, OFP_P_CONTROLLER };
static uint8_t		a[512], b[512];

/* The same flow in the general form; instr holds its instructions. */
static void
general(const struct ofp_l2_flow *lf, struct ofp_flow *f, struct ofp_wr *act,
    struct ofp_wr *instr, uint8_t version)
{
	struct ofp_action	ac;
	unsigned int		i;

	ofp_flow_init(f, lf->lf_command);
	f->f_cookie = lf->lf_cookie;
	f->f_cookie_mask = lf->lf_cookie_mask;
	f->f_table = lf->lf_table;
	f->f_idle = lf->lf_idle;
	f->f_hard = lf->lf_hard;
	f->f_priority = lf->lf_priority;
	f->f_buffer = lf->lf_buffer;
	f->f_flags = lf->lf_flags;
	f->f_out_port = lf->lf_out_filter;
	if (lf->lf_fields & OFP_L2_IN_PORT)
		ofp_match_set(&f->f_match, OFP_XMT_IN_PORT, lf->lf_in_port);
	if (lf->lf_fields & OFP_L2_TYPE)
		ofp_match_set(&f->f_match, OFP_XMT_ETH_TYPE, lf->lf_type);
	if (lf->lf_fields & OFP_L2_VLAN)
		ofp_match_set(&f->f_match, OFP_XMT_VLAN_VID, lf->lf_vlan);
	if (lf->lf_fields & OFP_L2_SRC)
		ofp_match_set(&f->f_match, OFP_XMT_ETH_SRC, lf->lf_src);
	if (lf->lf_fields & OFP_L2_DST && lf->lf_dst_mask != 0)
		ofp_match_set_masked(&f->f_match, OFP_XMT_ETH_DST, lf->lf_dst,
		    lf->lf_dst_mask);
	else if (lf->lf_fields & OFP_L2_DST)
		ofp_match_set(&f->f_match, OFP_XMT_ETH_DST, lf->lf_dst);
	for (i = 0; i < lf->lf_nout; i++) {
		memset(&ac, 0, sizeof(ac));
		ac.ac_type = OFP_AT_OUTPUT;
		ac.u.output.port = lf->lf_out[i];
		if (lf->lf_out[i] == OFP_P_CONTROLLER)
			ac.u.output.max_len = OFP_CML_NO_BUFFER;
		ofp_action_encode(act, &ac);
	}
	ofp_rd_init(&f->f_instr.in_apply, act->wr_buf, ofp_wr_pos(act));
	if (lf->lf_nout > 0)
		f->f_instr.in_present |= 1U << OFP_IT_APPLY_ACTIONS;
	if (lf->lf_meter != 0 && version == OFP_VERSION_13) {
		f->f_instr.in_present |= 1U << OFP_IT_METER;
		f->f_instr.in_meter = lf->lf_meter;
	}
	if (lf->lf_goto != 0 && version == OFP_VERSION_13) {
		f->f_instr.in_present |= 1U << OFP_IT_GOTO_TABLE;
		f->f_instr.in_goto = lf->lf_goto;
	}
	ofp_instructions_encode(instr, &f->f_instr);
	ofp_rd_init(&f->f_instr_bytes, instr->wr_buf, ofp_wr_pos(instr));
}

static void
compare(const struct ofp_l2_flow *lf, uint8_t version)
{
	uint8_t		abuf[128], ibuf[128];
	struct ofp_flow	f;
	struct ofp_wr	wa, wb, act, instr;

	ofp_wr_init(&wa, a, sizeof(a));
	ofp_wr_init(&wb, b, sizeof(b));
	ofp_wr_init(&act, abuf, sizeof(abuf));
	ofp_wr_init(&instr, ibuf, sizeof(ibuf));
	ofp_l2_flow_encode(&wa, version, 99, lf);
	general(lf, &f, &act, &instr, version);
	if (version == OFP_VERSION_13)
		ofp_flow_encode(&wb, 99, &f);
	else
		CHECK(ofp10_flow_encode(&wb, 99, &f) == OFP_OK);
	CHECK(!ofp_wr_err(&wa) && !ofp_wr_err(&wb));
	CHECK(ofp_wr_pos(&wa) == ofp_wr_pos(&wb));
	CHECK(ofp_msg_frame(a, 8) == (int)ofp_wr_pos(&wa));
	/* 1.0: other bits of the wildcards mean the same. */
	if (version == OFP_VERSION_13)
		CHECK(memcmp(a, b, ofp_wr_pos(&wa)) == 0);
	else
		CHECK(memcmp(a, b, 8) == 0 && memcmp(a + 12, b + 12,
		    ofp_wr_pos(&wa) - 12) == 0);
}

TEST(a_flow_differs_from_the_general_encoder)
{
	struct ofp_l2_flow	lf;
	unsigned int		fields, nout, command, v;

	for (fields = 0; fields < 32; fields++)
	for (nout = 0; nout <= 3; nout++)
	for (command = OFP_FC_ADD; command <= OFP_FC_DELETE_STRICT; command++)
	for (v = 0; v < 3; v++) {
		ofp_l2_flow_init(&lf, command);
		lf.lf_cookie = 0x1122334455667788ULL;
		lf.lf_cookie_mask = v == 0 ? 0 : ~0ULL;
		lf.lf_table = 3;
		lf.lf_idle = 240;
		lf.lf_hard = 2;
		lf.lf_priority = 100;
		lf.lf_buffer = 0x100;
		lf.lf_flags = OFP_FF_SEND_FLOW_REM;
		lf.lf_fields = fields;
		lf.lf_in_port = v == 1 ? OFP_P_LOCAL : 5;
		lf.lf_vlan = v == 0 ? 0 : OFP_VID_PRESENT | 77;
		lf.lf_type = 0x0806;
		lf.lf_src = 0x020304050607ULL;
		lf.lf_dst = v == 2 ? 0x0180c2000000ULL : 0x0a0b0c0d0e0fULL;
		lf.lf_nout = nout;
		lf.lf_out = ports;
		compare(&lf, OFP_VERSION_10);
		lf.lf_dst_mask = v == 2 ? 0xfffffffffff0ULL : 0;
		lf.lf_goto = v == 1 ? 4 : 0;
		lf.lf_meter = v == 1 ? 0 : 9;
		compare(&lf, OFP_VERSION_13);
	}
}

TEST(a_packet_out_differs_from_the_general_encoder)
{
	static const uint8_t	frame[60] = { 2, 3, 4 };
	uint8_t			abuf[64];
	struct ofp_packet_out	pu;
	struct ofp_action	ac;
	struct ofp_l2_out	lo;
	struct ofp_wr		wa, wb, act;
	unsigned int		v10, buffered;

	for (v10 = 0; v10 < 2; v10++)
	for (buffered = 0; buffered < 2; buffered++) {
		memset(&lo, 0, sizeof(lo));
		lo.lo_buffer = buffered ? 77 : OFP_NO_BUFFER;
		lo.lo_in_port = 4;
		lo.lo_out = ports;
		lo.lo_nout = 1;
		lo.lo_data = frame;
		lo.lo_len = sizeof(frame);
		ofp_wr_init(&wa, a, sizeof(a));
		ofp_l2_out_encode(&wa, v10 ? OFP_VERSION_10 : OFP_VERSION_13,
		    5, &lo);
		memset(&ac, 0, sizeof(ac));
		ac.ac_type = OFP_AT_OUTPUT;
		ac.u.output.port = ports[0];
		ofp_wr_init(&act, abuf, sizeof(abuf));
		ofp_action_encode(&act, &ac);
		memset(&pu, 0, sizeof(pu));
		pu.pu_buffer = lo.lo_buffer;
		pu.pu_in_port = 4;
		ofp_rd_init(&pu.pu_actions, abuf, ofp_wr_pos(&act));
		pu.pu_data = buffered ? NULL : frame;
		pu.pu_len = buffered ? 0 : sizeof(frame);
		ofp_wr_init(&wb, b, sizeof(b));
		if (v10)
			CHECK(ofp10_packet_out_encode(&wb, 5, &pu) == OFP_OK);
		else
			ofp_packet_out_encode(&wb, 5, &pu);
		CHECK(ofp_wr_pos(&wa) == ofp_wr_pos(&wb));
		CHECK(memcmp(a, b, ofp_wr_pos(&wa)) == 0);
	}
}

TEST(a_short_frame_is_parsed)
{
	uint8_t		frame[18] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12,
			    0x81, 0x00, 0x60, 0x07, 0x08, 0x00 };
	struct ofp_l2	l2;
	size_t		len;

	for (len = 0; len < sizeof(frame); len++)
		CHECK(!ofp_l2_parse(frame, len, &l2));
	CHECK(ofp_l2_parse(frame, 18, &l2));
	CHECK(l2.l2_dst == 0x010203040506ULL && l2.l2_src == 0x0708090a0b0cULL);
	CHECK(l2.l2_vlan == (OFP_VID_PRESENT | 7) && l2.l2_type == 0x0800);
	frame[12] = 8;
	CHECK(ofp_l2_parse(frame, 14, &l2) && l2.l2_vlan == 0);
}

int
main(void)
{
	return (test_main());
}
