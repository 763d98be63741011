/*
 * SPDX-License-Identifier: ISC
 *
 * ofp10_rows_test.c: the tables of OpenFlow 1.0, row by row: ports, bits of the
 * match, flags, and what 1.0 has no word for.
 */
#include <string.h>

#include <net/ofp10.h>
#include <net/ofp_flow.h>
#include <net/ofp_msg.h>

#include "test.h"

static uint8_t	buf[512];

static uint32_t
u32(const uint8_t *p)
{
	return ((uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	    (uint32_t)p[2] << 8 | p[3]);
}

/* C0-02 */
TEST(a_port_is_another_in_1_0)
{
	static const struct {
		uint16_t	narrow;
		uint32_t	wide;
	} rows[] = {
		{ 1, 1 }, { 0xfeff, 0xfeff }, { 0xff00, 0xffffff00 },
		{ 0xfff8, OFP_P_IN_PORT }, { 0xfff9, OFP_P_TABLE },
		{ 0xfffa, OFP_P_NORMAL }, { 0xfffb, OFP_P_FLOOD },
		{ 0xfffc, OFP_P_ALL }, { 0xfffd, OFP_P_CONTROLLER },
		{ 0xfffe, OFP_P_LOCAL }, { 0xffff, OFP_P_ANY }
	};
	unsigned int	i;

	for (i = 0; i < nitems(rows); i++) {
		test_case("1.0: port %#x is another", rows[i].narrow);
		CHECK(ofp10_port_widen(rows[i].narrow) == rows[i].wide);
		CHECK(ofp10_port_narrow(rows[i].wide) == rows[i].narrow);
	}
	/* One that 1.0 has no number for is none. */
	test_case("1.0: a port above MAX is some other port");
	CHECK(ofp10_port_narrow(0x10001) == 0xffff);
}

static uint32_t
wildcards(const struct ofp_match *m)
{
	struct ofp_wr	wr;

	memset(buf, 0xee, sizeof(buf));
	ofp_wr_init(&wr, buf, sizeof(buf));
	CHECK(ofp10_match_encode(&wr, m) == OFP_OK);
	CHECK(ofp_wr_pos(&wr) == 40);
	return (u32(buf));
}

#define ALL10	0x003820ffU

/* C0-04: a bit set means left out. */
TEST(a_field_has_another_bit_in_1_0)
{
	static const struct {
		enum ofp_field	field;
		uint64_t	value;
		uint16_t	type;
		uint8_t		proto;
		uint32_t	bits;
	} rows[] = {
		{ OFP_XMT_IN_PORT, 1, 0, 0, 1U << 0 },
		{ OFP_XMT_VLAN_VID, 0x1005, 0, 0, 1U << 1 },
		{ OFP_XMT_ETH_SRC, 2, 0, 0, 1U << 2 },
		{ OFP_XMT_ETH_DST, 2, 0, 0, 1U << 3 },
		{ OFP_XMT_IP_DSCP, 1, 0x800, 0, 1U << 21 },
		{ OFP_XMT_IPV4_SRC, 1, 0x800, 0, 0x3fU << 8 },
		{ OFP_XMT_IPV4_DST, 1, 0x800, 0, 0x3fU << 14 },
		{ OFP_XMT_TCP_SRC, 1, 0x800, 6, 1U << 6 },
		{ OFP_XMT_TCP_DST, 1, 0x800, 6, 1U << 7 },
		{ OFP_XMT_UDP_SRC, 1, 0x800, 17, 1U << 6 },
		{ OFP_XMT_ICMPV4_TYPE, 1, 0x800, 1, 1U << 6 },
		{ OFP_XMT_ICMPV4_CODE, 1, 0x800, 1, 1U << 7 },
		{ OFP_XMT_ARP_OP, 1, 0x806, 0, 1U << 5 },
		{ OFP_XMT_ARP_SPA, 1, 0x806, 0, 0x3fU << 8 },
		{ OFP_XMT_ARP_TPA, 1, 0x806, 0, 0x3fU << 14 },
	};
	struct ofp_match	m;
	uint32_t		want;
	unsigned int		i;

	for (i = 0; i < nitems(rows); i++) {
		test_case("1.0: wrong wildcards for %s",
		    ofp_oxm_table[rows[i].field].ox_name);
		ofp_match_init(&m);
		want = ALL10 & ~rows[i].bits;
		if (rows[i].type != 0) {
			ofp_match_set(&m, OFP_XMT_ETH_TYPE, rows[i].type);
			want &= ~(1U << 4);
		}
		if (rows[i].proto != 0) {
			ofp_match_set(&m, OFP_XMT_IP_PROTO, rows[i].proto);
			want &= ~(1U << 5);
		}
		ofp_match_set(&m, rows[i].field, rows[i].value);
		/* Without these, both addresses are left out whole. */
		if (rows[i].type != 0) {
			uint32_t	got = wildcards(&m);

			CHECK((got & 0x3000ff) == (want & 0x3000ff));
			CHECK((got >> 8 & 0x3f) >= 32 ||
			    rows[i].bits == 0x3fU << 8);
			CHECK((got >> 14 & 0x3f) >= 32 ||
			    rows[i].bits == 0x3fU << 14);
			CHECK((got & rows[i].bits) == 0);
		} else
			CHECK(wildcards(&m) == want);
	}
	test_case("1.0: wrong wildcards for vlan_pcp");
	ofp_match_init(&m);
	ofp_match_set(&m, OFP_XMT_VLAN_VID, 0x1005);
	ofp_match_set(&m, OFP_XMT_VLAN_PCP, 3);
	CHECK(wildcards(&m) == (ALL10 & ~(1U << 1 | 1U << 20)));
}

/* C0-03: the count is of the low bits that are left out. */
TEST(a_prefix_is_counted_from_the_wrong_end)
{
	struct ofp_match	m, back;
	struct ofp_rd		rd;
	unsigned int		len;

	for (len = 1; len <= 32; len++) {
		ofp_match_init(&m);
		ofp_match_set(&m, OFP_XMT_ETH_TYPE, 0x800);
		ofp_match_set_masked(&m, OFP_XMT_IPV4_SRC,
		    0x0a0b0c0dU & ~0U << (32 - len), ~0U << (32 - len));
		CHECK((wildcards(&m) >> 8 & 0x3f) == 32 - len);
		CHECK((u32(buf) >> 14 & 0x3f) >= 32);
		ofp_rd_init(&rd, buf, 40);
		CHECK(ofp10_match_decode(&rd, &back) == OFP_OK);
		CHECK(ofp_match_equal(&m, &back));
	}
	/* 32 and all above mean none of it. */
	for (len = 32; len < 64; len++) {
		memset(buf, 0, 40);
		buf[1] = 0x38;
		buf[2] = 0x20 | len % 64;
		buf[3] = 0xef;		/* the Ethernet type counts */
		buf[22] = 8;
		ofp_rd_init(&rd, buf, 40);
		CHECK(ofp10_match_decode(&rd, &back) == OFP_OK);
		CHECK((back.m_fields & OFP_FIELD_BIT(OFP_XMT_IPV4_SRC)) == 0);
	}
	/* What is no prefix cannot be said. */
	ofp_match_init(&m);
	ofp_match_set(&m, OFP_XMT_ETH_TYPE, 0x800);
	ofp_match_set_masked(&m, OFP_XMT_IPV4_SRC, 1, 0xff0000ff);
	{
		struct ofp_wr	wr;

		ofp_wr_init(&wr, buf, sizeof(buf));
		CHECK(ofp10_match_encode(&wr, &m) == OFP_BMC_BAD_FIELD);
		CHECK(ofp_wr_pos(&wr) == 0);
	}
}

/* C0-05: untagged is 0xffff; what rides in whose place. */
TEST(a_field_rides_in_another_place)
{
	struct ofp_match	m;
	struct ofp_rd		rd;

	ofp_match_init(&m);
	ofp_match_set(&m, OFP_XMT_VLAN_VID, OFP_VID_NONE);
	(void)wildcards(&m);
	CHECK(buf[18] == 0xff && buf[19] == 0xff);
	ofp_rd_init(&rd, buf, 40);
	CHECK(ofp10_match_decode(&rd, &m) == OFP_OK);
	CHECK(m.m_fields == OFP_FIELD_BIT(OFP_XMT_VLAN_VID));
	CHECK(ofp_key_get(&m.m_key, OFP_XMT_VLAN_VID) == OFP_VID_NONE);

	ofp_match_init(&m);
	ofp_match_set(&m, OFP_XMT_ETH_TYPE, 0x5ff);
	(void)wildcards(&m);
	CHECK(buf[22] == 5 && buf[23] == 0xff);

	ofp_match_init(&m);
	ofp_match_set(&m, OFP_XMT_ETH_TYPE, 0x800);
	ofp_match_set(&m, OFP_XMT_IP_PROTO, 1);
	ofp_match_set(&m, OFP_XMT_ICMPV4_TYPE, 8);
	ofp_match_set(&m, OFP_XMT_ICMPV4_CODE, 3);
	(void)wildcards(&m);
	CHECK(buf[25] == 1 && buf[37] == 8 && buf[39] == 3);

	ofp_match_init(&m);
	ofp_match_set(&m, OFP_XMT_ETH_TYPE, 0x806);
	ofp_match_set(&m, OFP_XMT_ARP_OP, 2);
	ofp_match_set(&m, OFP_XMT_ARP_SPA, 0x0a000001);
	ofp_match_set(&m, OFP_XMT_ARP_TPA, 0x0a000002);
	(void)wildcards(&m);
	CHECK(buf[25] == 2 && u32(buf + 28) == 0x0a000001 &&
	    u32(buf + 32) == 0x0a000002);
}

static enum ofp_error
encode(const struct ofp_flow *f)
{
	struct ofp_wr	wr;
	enum ofp_error	error;

	ofp_wr_init(&wr, buf, sizeof(buf));
	error = ofp10_flow_encode(&wr, 1, f);
	CHECK((error == OFP_OK) == (ofp_wr_pos(&wr) >= 72));
	CHECK(error == OFP_OK || ofp_wr_pos(&wr) == 0);
	return (error);
}

/* C0-09: neither goto nor write, metadata, meter; nor metadata to match. */
TEST(an_instruction_is_sent_to_1_0)
{
	static const enum ofp_instruction_type types[] = {
		OFP_IT_GOTO_TABLE, OFP_IT_WRITE_METADATA, OFP_IT_WRITE_ACTIONS,
		OFP_IT_CLEAR_ACTIONS, OFP_IT_METER
	};
	static const uint8_t	group[] = { 0, 22, 0, 8, 0, 0, 0, 1 };
	struct ofp_flow		f;
	unsigned int		i;

	for (i = 0; i < nitems(types); i++) {
		ofp_flow_init(&f, OFP_FC_ADD);
		f.f_instr.in_present = 1U << types[i];
		CHECK(encode(&f) == OFP_BIC_UNSUP_INST);
	}
	ofp_flow_init(&f, OFP_FC_ADD);
	f.f_instr.in_present = 1U << OFP_IT_APPLY_ACTIONS;
	ofp_rd_init(&f.f_instr.in_apply, group, sizeof(group));
	CHECK(encode(&f) == OFP_BAC_BAD_TYPE);
	ofp_flow_init(&f, OFP_FC_ADD);
	ofp_match_set(&f.f_match, OFP_XMT_METADATA, 1);
	CHECK(encode(&f) == OFP_BMC_BAD_FIELD);
}

/* C0-10: bit 2 is EMERG there, and RESET_COUNTS here. */
TEST(a_flag_is_another_in_1_0)
{
	struct ofp_flow	f;

	ofp_flow_init(&f, OFP_FC_ADD);
	f.f_flags = OFP_FF_SEND_FLOW_REM;
	CHECK(encode(&f) == OFP_OK && buf[70] == 0 && buf[71] == 1);
	f.f_flags = OFP_FF_CHECK_OVERLAP;
	CHECK(encode(&f) == OFP_OK && buf[70] == 0 && buf[71] == 2);
	f.f_flags = OFP_FF_RESET_COUNTS;
	CHECK(encode(&f) == OFP_FMFC_BAD_FLAGS);
	f.f_flags = OFP_FF_NO_PKT_COUNTS;
	CHECK(encode(&f) == OFP_FMFC_BAD_FLAGS);
}

/* C0-08, with the golden message of every action. */
TEST(an_action_of_a_vendor_hides_the_next)
{
	static const uint8_t	acts[] = {
		0xff, 0xff, 0, 16, 0, 0, 0x23, 0x20, 1, 2, 3, 4, 5, 6, 7, 8,
		0, 0, 0, 8, 0, 5, 0, 0 };
	struct ofp_action	ac;
	struct ofp_rd		rd;
	enum ofp_error		error;

	ofp_rd_init(&rd, acts, sizeof(acts));
	CHECK(ofp10_action_next(&rd, &ac, &error));
	CHECK(ac.ac_type == OFP_AT_EXPERIMENTER);
	CHECK(ofp10_action_next(&rd, &ac, &error));
	CHECK(ac.ac_type == OFP_AT_OUTPUT && ac.u.output.port == 5);
	CHECK(!ofp10_action_next(&rd, &ac, &error) && error == OFP_OK);
}

/* C0-16, with the golden messages of each type. */
TEST(more_of_a_statistic_is_the_end_of_it)
{
	uint8_t		msg[] = { 0, 1, 0, 1 };
	struct ofp_mp	mp;
	struct ofp_rd	rd;

	ofp_rd_init(&rd, msg, sizeof(msg));
	CHECK(ofp10_stats_decode(&rd, true, &mp) == OFP_OK);
	CHECK(mp.mp_type == OFP_MP_FLOW && mp.mp_flags & OFP_MPF_MORE);
	msg[3] = 0xfe;			/* reserved bits mean nothing */
	ofp_rd_init(&rd, msg, sizeof(msg));
	CHECK(ofp10_stats_decode(&rd, true, &mp) == OFP_OK);
	CHECK((mp.mp_flags & OFP_MPF_MORE) == 0);
}

int
main(void)
{
	return (test_main());
}
