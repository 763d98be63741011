/*
 * SPDX-License-Identifier: ISC
 *
 * ofp10_test.c: what 1.0 cannot say is refused and writes nothing; ports and
 * matches are the same after a way there and back.
 */
#include <string.h>

#include "ofp10.h"
#include "test.h"

TEST(port_is_another_after_there_and_back)
{
	static const struct { uint16_t p10; uint32_t p13; } ports[] = {
		{ 0, 0 }, { 1, 1 }, { 0xfeff, 0xfeff },
		{ OFP10_P_MAX, OFP_P_MAX }, { OFP10_P_IN_PORT, OFP_P_IN_PORT },
		{ OFP10_P_TABLE, OFP_P_TABLE },
		{ OFP10_P_NORMAL, OFP_P_NORMAL },
		{ OFP10_P_FLOOD, OFP_P_FLOOD }, { OFP10_P_ALL, OFP_P_ALL },
		{ OFP10_P_CONTROLLER, OFP_P_CONTROLLER },
		{ OFP10_P_LOCAL, OFP_P_LOCAL }, { OFP10_P_NONE, OFP_P_ANY },
	};
	unsigned int	i;

	for (i = 0; i < nitems(ports); i++) {
		CHECK(ofp10_port_widen(ports[i].p10) == ports[i].p13);
		CHECK(ofp10_port_narrow(ports[i].p13) == ports[i].p10);
	}
	CHECK(ofp10_port_narrow(0x10001) == OFP10_P_NONE);
}

static enum ofp_error
encode(const struct ofp_match *m)
{
	uint8_t		buf[64];
	struct ofp_wr	wr;
	struct ofp_rd	rd;
	struct ofp_match back;
	enum ofp_error	error;

	ofp_wr_init(&wr, buf, sizeof(buf));
	if ((error = ofp10_match_encode(&wr, m)) != OFP_OK) {
		CHECK(ofp_wr_pos(&wr) == 0);
		return (error);
	}
	CHECK(ofp_wr_pos(&wr) == OFP10_MATCH_LEN);
	ofp_rd_init(&rd, buf, ofp_wr_pos(&wr));
	CHECK(ofp10_match_decode(&rd, &back) == OFP_OK);
	CHECK(ofp_match_equal(m, &back));
	return (OFP_OK);
}

TEST(prefix_of_an_address_is_another_after_there_and_back)
{
	struct ofp_match	m;
	unsigned int		n;

	for (n = 1; n <= 32; n++) {
		ofp_match_init(&m);
		ofp_match_set(&m, OFP_XMT_ETH_TYPE, 0x0800);
		ofp_match_set_masked(&m, OFP_XMT_IPV4_SRC, 0x0a0b0c0d,
		    0xffffffffU << (32 - n));
		CHECK(encode(&m) == OFP_OK);
	}
	ofp_match_set_masked(&m, OFP_XMT_IPV4_SRC, 1, 0x000000ff);
	CHECK(encode(&m) == OFP_BMC_BAD_FIELD);
}

TEST(field_without_a_word_in_1_0_is_refused)
{
	struct ofp_match	m;
	unsigned int		f;

	for (f = 0; f < OFP_NFIELDS; f++) {
		if (ofp_oxm_table[f].ox_bits > 64 || f == OFP_XMT_VLAN_VID ||
		    ofp_oxm_table[f].ox_pre[0].op_field >= 0)
			continue;
		ofp_match_init(&m);
		ofp_match_set(&m, (enum ofp_field)f, 1);
		CHECK(encode(&m) == (f == OFP_XMT_IN_PORT ||
		    f == OFP_XMT_ETH_DST || f == OFP_XMT_ETH_SRC ||
		    f == OFP_XMT_ETH_TYPE ? OFP_OK : OFP_BMC_BAD_FIELD));
	}
	ofp_match_init(&m);
	ofp_match_set_masked(&m, OFP_XMT_ETH_DST, 1ULL << 40, 1ULL << 40);
	CHECK(encode(&m) == OFP_BMC_BAD_FIELD);
	ofp_match_init(&m);
	ofp_match_set_masked(&m, OFP_XMT_VLAN_VID, OFP_VID_PRESENT,
	    OFP_VID_PRESENT);
	CHECK(encode(&m) == OFP_BMC_BAD_FIELD);
	ofp_match_set(&m, OFP_XMT_VLAN_PCP, 5);
	CHECK(encode(&m) == OFP_OK);
	ofp_match_init(&m);
	ofp_match_set(&m, OFP_XMT_ETH_TYPE, 0x86dd);
	CHECK(encode(&m) == OFP_OK);
	ofp_match_set(&m, OFP_XMT_IP_PROTO, 6);
	CHECK(encode(&m) == OFP_BMC_BAD_FIELD);
	ofp_match_init(&m);
	ofp_match_set(&m, OFP_XMT_ETH_TYPE, 0x0806);
	ofp_match_set(&m, OFP_XMT_ARP_OP, 0x0100);
	CHECK(encode(&m) == OFP_BMC_BAD_FIELD);
}

/* One action of 1.3 in a flow mod of 1.0. */
static enum ofp_error
flow(const struct ofp_action *ac, uint32_t present, uint16_t flags)
{
	uint8_t		list[64], buf[256];
	struct ofp_flow	f;
	struct ofp_wr	wr;
	enum ofp_error	error;

	ofp_wr_init(&wr, list, sizeof(list));
	ofp_action_encode(&wr, ac);
	ofp_flow_init(&f, OFP_FC_ADD);
	f.f_flags = flags;
	f.f_instr.in_present = present;
	ofp_rd_init(&f.f_instr.in_apply, list, ofp_wr_pos(&wr));
	ofp_wr_init(&wr, buf, sizeof(buf));
	error = ofp10_flow_encode(&wr, 1, &f);
	CHECK((error == OFP_OK) == (ofp_wr_pos(&wr) != 0));
	return (error);
}

TEST(flow_without_a_word_in_1_0_is_refused)
{
	static const struct { uint16_t type; enum ofp_error error; } rows[] = {
		{ OFP_AT_OUTPUT, OFP_OK },
		{ OFP_AT_COPY_TTL_OUT, OFP_BAC_BAD_TYPE },
		{ OFP_AT_DEC_MPLS_TTL, OFP_BAC_BAD_TYPE },
		{ OFP_AT_PUSH_MPLS, OFP_BAC_BAD_TYPE },
		{ OFP_AT_POP_VLAN, OFP_OK }, { OFP_AT_PUSH_VLAN, OFP_OK },
		{ OFP_AT_GROUP, OFP_BAC_BAD_TYPE },
		{ OFP_AT_DEC_NW_TTL, OFP_BAC_BAD_TYPE },
	};
	struct ofp_action	ac;
	uint32_t		apply = 1U << OFP_IT_APPLY_ACTIONS;
	unsigned int		i;

	for (i = 0; i < nitems(rows); i++) {
		memset(&ac, 0, sizeof(ac));
		ac.ac_type = rows[i].type;
		CHECK(flow(&ac, apply, 0) == rows[i].error);
	}
	memset(&ac, 0, sizeof(ac));
	ac.ac_type = OFP_AT_SET_FIELD;
	ac.u.set.field = OFP_XMT_TUNNEL_ID;
	CHECK(flow(&ac, apply, 0) == OFP_BAC_BAD_SET_TYPE);
	ac.ac_type = OFP_AT_OUTPUT;
	CHECK(flow(&ac, apply | 1U << OFP_IT_GOTO_TABLE, 0) ==
	    OFP_BIC_UNSUP_INST);
	CHECK(flow(&ac, apply, OFP_FF_RESET_COUNTS) == OFP_FMFC_BAD_FLAGS);
	CHECK(flow(&ac, apply, OFP_FF_SEND_FLOW_REM) == OFP_OK);
}

int
main(void)
{
	return (test_main());
}
