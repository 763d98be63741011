/*
 * SPDX-License-Identifier: ISC
 *
 * ofp_oxm_test.c: the table of match fields against what the specification
 * says of each (7.2.3.7), and what a match with a fault in it is answered with.
 *
 * The facts stand here a second time, as in the specification's own table, so
 * that a slip in ofp_oxm.c is seen.
 */
#include <string.h>

#include "ofp_oxm.h"
#include "test.h"

/* Number, bytes, bits, mask allowed, may be set, what it needs. */
struct fact {
	const char	*name;
	int		 num, len, bits;
	bool		 mask, set;
	const char	*needs;		/* fields with values, in order */
};

static const struct fact facts[] = {
	{ "in_port", 0, 4, 32, false, false, "" },
	{ "in_phy_port", 1, 4, 32, false, false, "in_port=1" },
	{ "metadata", 2, 8, 64, true, false, "" },
	{ "eth_dst", 3, 6, 48, true, true, "" },
	{ "eth_src", 4, 6, 48, true, true, "" },
	{ "eth_type", 5, 2, 16, false, true, "" },
	{ "vlan_vid", 6, 2, 13, true, true, "" },
	{ "vlan_pcp", 7, 1, 3, false, true, "vlan_vid=4097" },
	{ "ip_dscp", 8, 1, 6, false, true, "eth_type=2048" },
	{ "ip_dscp", 8, 1, 6, false, true, "eth_type=34525" },
	{ "ip_ecn", 9, 1, 2, false, true, "eth_type=2048" },
	{ "ip_ecn", 9, 1, 2, false, true, "eth_type=34525" },
	{ "ip_proto", 10, 1, 8, false, true, "eth_type=2048" },
	{ "ip_proto", 10, 1, 8, false, true, "eth_type=34525" },
	{ "ipv4_src", 11, 4, 32, true, true, "eth_type=2048" },
	{ "ipv4_dst", 12, 4, 32, true, true, "eth_type=2048" },
	{ "tcp_src", 13, 2, 16, false, true, "eth_type=2048,ip_proto=6" },
	{ "tcp_dst", 14, 2, 16, false, true, "eth_type=34525,ip_proto=6" },
	{ "udp_src", 15, 2, 16, false, true, "eth_type=2048,ip_proto=17" },
	{ "udp_dst", 16, 2, 16, false, true, "eth_type=34525,ip_proto=17" },
	{ "sctp_src", 17, 2, 16, false, true, "eth_type=2048,ip_proto=132" },
	{ "sctp_dst", 18, 2, 16, false, true, "eth_type=34525,ip_proto=132" },
	{ "icmpv4_type", 19, 1, 8, false, true, "eth_type=2048,ip_proto=1" },
	{ "icmpv4_code", 20, 1, 8, false, true, "eth_type=2048,ip_proto=1" },
	{ "arp_op", 21, 2, 16, false, true, "eth_type=2054" },
	{ "arp_spa", 22, 4, 32, true, true, "eth_type=2054" },
	{ "arp_tpa", 23, 4, 32, true, true, "eth_type=2054" },
	{ "arp_sha", 24, 6, 48, true, true, "eth_type=2054" },
	{ "arp_tha", 25, 6, 48, true, true, "eth_type=2054" },
	{ "ipv6_src", 26, 16, 128, true, true, "eth_type=34525" },
	{ "ipv6_dst", 27, 16, 128, true, true, "eth_type=34525" },
	{ "ipv6_flabel", 28, 4, 20, true, true, "eth_type=34525" },
	{ "icmpv6_type", 29, 1, 8, false, true, "eth_type=34525,ip_proto=58" },
	{ "icmpv6_code", 30, 1, 8, false, true, "eth_type=34525,ip_proto=58" },
	{ "nd_target", 31, 16, 128, false, true,
	    "eth_type=34525,ip_proto=58,icmpv6_type=135" },
	{ "nd_target", 31, 16, 128, false, true,
	    "eth_type=34525,ip_proto=58,icmpv6_type=136" },
	{ "nd_sll", 32, 6, 48, false, true,
	    "eth_type=34525,ip_proto=58,icmpv6_type=135" },
	{ "nd_tll", 33, 6, 48, false, true,
	    "eth_type=34525,ip_proto=58,icmpv6_type=136" },
	{ "mpls_label", 34, 4, 20, false, true, "eth_type=34887" },
	{ "mpls_tc", 35, 1, 3, false, true, "eth_type=34888" },
	{ "mpls_bos", 36, 1, 1, false, true, "eth_type=34887" },
	{ "pbb_isid", 37, 3, 24, true, true, "eth_type=35047" },
	{ "tunnel_id", 38, 8, 64, true, true, "" },
	{ "ipv6_exthdr", 39, 2, 9, true, false, "eth_type=34525" },
};

/* A match under construction, raw. */
static uint8_t	raw[512];
static size_t	rawlen;

static void
begin(void)
{
	memset(raw, 0, sizeof(raw));
	rawlen = 4;
	raw[1] = OFP_MT_OXM;
}

static void
add(unsigned int class, unsigned int num, bool mask, const uint8_t *v,
    const uint8_t *m, size_t len)
{
	uint8_t	*p = raw + rawlen;

	p[0] = (uint8_t)(class >> 8);
	p[1] = (uint8_t)class;
	p[2] = (uint8_t)(num << 1 | mask);
	p[3] = (uint8_t)(len << mask);
	memcpy(p + 4, v, len);
	if (mask)
		memcpy(p + 4 + len, m, len);
	rawlen += 4 + (len << mask);
}

/* "eth_type=2048,ip_proto=6" in front of what is tested. */
static void
add_needs(const char *needs)
{
	char		name[32];
	unsigned int	v, i;
	int		n, f;
	uint8_t		value[16];

	for (; sscanf(needs, "%31[^=]=%u%n", name, &v, &n) == 2;
	    needs += needs[n] == ',' ? n + 1 : n) {
		if ((f = ofp_oxm_find_name(name)) == -1)
			return;
		for (i = ofp_oxm_table[f].ox_len; i-- > 0; v >>= 8)
			value[i] = (uint8_t)v;
		add(OFP_XMC_OPENFLOW_BASIC, (unsigned int)f, false, value,
		    NULL, ofp_oxm_table[f].ox_len);
		if (needs[n] == '\0')
			return;
	}
}

static enum ofp_error
decode(struct ofp_match *m)
{
	struct ofp_rd	rd;

	raw[2] = (uint8_t)(rawlen >> 8);
	raw[3] = (uint8_t)rawlen;
	ofp_rd_init(&rd, raw, (rawlen + 7) / 8 * 8);
	return (ofp_match_decode(&rd, m));
}

static void
ones(const struct fact *fa, uint8_t v[16])
{
	int	i, bits = fa->bits;

	memset(v, 0, 16);
	for (i = fa->len - 1; i >= 0 && bits > 0; i--, bits -= 8)
		v[i] = bits >= 8 ? 0xff : (uint8_t)((1 << bits) - 1);
}

TEST(row_is_as_the_specification_has_it)
{
	const struct ofp_oxm	*ox;
	const struct fact	*fa;
	unsigned int		 i, seen = 0;

	for (i = 0; i < nitems(facts); i++) {
		fa = &facts[i];
		test_case("%s: row is as the specification has it", fa->name);
		ox = &ofp_oxm_table[fa->num];
		CHECK(strcmp(ox->ox_name, fa->name) == 0);
		CHECK(ox->ox_class == OFP_XMC_OPENFLOW_BASIC);
		CHECK(ox->ox_num == fa->num);
		CHECK(ox->ox_len == fa->len);
		CHECK(ox->ox_bits == fa->bits);
		CHECK(ox->ox_maskable == fa->mask);
		CHECK(ox->ox_settable == fa->set);
		CHECK(ox->ox_klen >= ox->ox_len);
		CHECK(ox->ox_off + ox->ox_klen <= sizeof(struct ofp_key));
		CHECK(ofp_oxm_find(OFP_XMC_OPENFLOW_BASIC, ox->ox_num, 0) ==
		    fa->num);
		CHECK(ofp_oxm_find_name(fa->name) == fa->num);
		seen += i == 0 || facts[i - 1].num != fa->num;
	}
	test_case("no field of the 40 is left out");
	CHECK(seen == OFP_XMT_COUNT);
}

/* Fields may share a place only when no packet has both. */
static bool
may_share(unsigned int a, unsigned int b)
{
	static const uint64_t	places[] = {
#define F(f)	OFP_FIELD_BIT(OFP_XMT_##f)
		F(TCP_SRC) | F(UDP_SRC) | F(SCTP_SRC),
		F(TCP_DST) | F(UDP_DST) | F(SCTP_DST),
		F(ICMPV4_TYPE) | F(ICMPV6_TYPE),
		F(ICMPV4_CODE) | F(ICMPV6_CODE),
		F(IPV4_SRC) | F(ARP_SPA),
		F(IPV4_DST) | F(ARP_TPA),
		F(ARP_SHA) | F(IPV6_ND_SLL),
		F(ARP_THA) | F(IPV6_ND_TLL),
	};
	unsigned int		i;

	for (i = 0; i < nitems(places); i++) {
		if ((places[i] >> a & 1) != 0 && (places[i] >> b & 1) != 0)
			return (true);
	}
	return (false);
}

TEST(field_has_a_place_of_its_own_in_the_key)
{
	const struct ofp_oxm	*a, *b;
	unsigned int		 i, j;

	for (i = 0; i < OFP_NFIELDS; i++) {
		a = &ofp_oxm_table[i];
		test_case("%s: has a place of its own in the key", a->ox_name);
		for (j = 0; j < i; j++) {
			b = &ofp_oxm_table[j];
			CHECK(a->ox_off + a->ox_klen <= b->ox_off ||
			    b->ox_off + b->ox_klen <= a->ox_off ||
			    may_share(i, j));
		}
	}
}

static void
check_value(const struct fact *fa)
{
	struct ofp_match	m, set;
	uint8_t			v[16], over[16];
	uint64_t		host = 0;
	int			i;

	ones(fa, v);
	begin();
	add_needs(fa->needs);
	add(OFP_XMC_OPENFLOW_BASIC, (unsigned int)fa->num, false, v, NULL,
	    (size_t)fa->len);
	CHECK(decode(&m) == OFP_OK);
	CHECK((m.m_fields >> fa->num & 1) != 0);
	if (fa->len <= 8) {
		for (i = 0; i < fa->len; i++)
			host = host << 8 | v[i];
		CHECK(ofp_key_get(&m.m_key, (enum ofp_field)fa->num) == host);
		ofp_match_init(&set);
		ofp_match_set(&set, (enum ofp_field)fa->num, host);
		CHECK(ofp_key_get(&set.m_key, (enum ofp_field)fa->num) ==
		    host);
	}
	if (fa->bits == fa->len * 8)
		return;
	memcpy(over, v, sizeof(over));
	for (i = 0; i < fa->len; i++)
		over[i] = 0xff;
	begin();
	add_needs(fa->needs);
	add(OFP_XMC_OPENFLOW_BASIC, (unsigned int)fa->num, false, over, NULL,
	    (size_t)fa->len);
	CHECK(decode(&m) == OFP_BMC_BAD_VALUE);
}

static void
check_mask(const struct fact *fa)
{
	struct ofp_match	m;
	uint8_t			v[16], mask[16], none[16] = { 0 };
	enum ofp_field		f = (enum ofp_field)fa->num;

	ones(fa, v);
	memset(mask, 0xff, sizeof(mask));
	begin();
	add_needs(fa->needs);
	add(OFP_XMC_OPENFLOW_BASIC, f, true, v, mask, (size_t)fa->len);
	CHECK(decode(&m) == (fa->mask ? OFP_OK : OFP_BMC_BAD_MASK));
	if (!fa->mask)
		return;
	/* All ones: as without a mask; all zeros: as left out. */
	CHECK(ofp_match_len(&m) == (rawlen - (size_t)fa->len + 7) / 8 * 8);
	begin();
	add_needs(fa->needs);
	add(OFP_XMC_OPENFLOW_BASIC, f, true, none, none, (size_t)fa->len);
	CHECK(decode(&m) == OFP_OK);
	CHECK((m.m_fields >> f & 1) == 0);
	/* A bit of the value outside the mask. */
	begin();
	add_needs(fa->needs);
	memset(mask, 0, sizeof(mask));
	mask[fa->len - 1] = 0x01;
	v[fa->len - 1] = 0x03;
	memset(v, 0, (size_t)fa->len - 1);
	add(OFP_XMC_OPENFLOW_BASIC, f, true, v, mask, (size_t)fa->len);
	CHECK(decode(&m) == OFP_BMC_BAD_WILDCARDS);
}

static void
check_length(const struct fact *fa)
{
	struct ofp_match	m;
	uint8_t			v[17] = { 0 };
	int			d;

	for (d = -1; d <= 1; d += 2) {
		begin();
		add_needs(fa->needs);
		add(OFP_XMC_OPENFLOW_BASIC, (unsigned int)fa->num, false, v,
		    NULL, (size_t)(fa->len + d));
		CHECK(decode(&m) == OFP_BMC_BAD_LEN);
	}
}

static void
check_needs(const struct fact *fa)
{
	struct ofp_match	m;
	uint8_t			v[16] = { 0 };
	char			part[80], *cut;
	unsigned int		f = (unsigned int)fa->num;

	snprintf(part, sizeof(part), "%s", fa->needs);
	while (part[0] != '\0') {
		/* Without the last of what it needs. */
		if ((cut = strrchr(part, ',')) == NULL)
			cut = part;
		*cut = '\0';
		begin();
		add_needs(part);
		add(OFP_XMC_OPENFLOW_BASIC, f, false, v, NULL,
		    (size_t)fa->len);
		CHECK(decode(&m) == OFP_BMC_BAD_PREREQ);
	}
	/* And behind it instead of in front. */
	if (fa->needs[0] == '\0')
		return;
	begin();
	add(OFP_XMC_OPENFLOW_BASIC, f, false, v, NULL, (size_t)fa->len);
	add_needs(fa->needs);
	CHECK(decode(&m) == OFP_BMC_BAD_PREREQ);
}

static void
check_twice(const struct fact *fa)
{
	struct ofp_match	m;
	uint8_t			v[16];
	unsigned int		f = (unsigned int)fa->num;

	ones(fa, v);
	begin();
	add_needs(fa->needs);
	add(OFP_XMC_OPENFLOW_BASIC, f, false, v, NULL, (size_t)fa->len);
	add(OFP_XMC_OPENFLOW_BASIC, f, false, v, NULL, (size_t)fa->len);
	CHECK(decode(&m) == OFP_BMC_DUP_FIELD);
}

TEST(faulty_field_gets_its_error)
{
	const struct fact	*fa;
	unsigned int		 i;

	for (i = 0; i < nitems(facts); i++) {
		fa = &facts[i];
		test_case("%s under %s: value too large", fa->name, fa->needs);
		check_value(fa);
		test_case("%s under %s: mask", fa->name, fa->needs);
		check_mask(fa);
		test_case("%s under %s: length", fa->name, fa->needs);
		check_length(fa);
		test_case("%s under %s: not there", fa->name, fa->needs);
		check_needs(fa);
		test_case("%s under %s: twice", fa->name, fa->needs);
		check_twice(fa);
	}
}

TEST(icmp_of_the_other_ip_is_refused)
{
	struct ofp_match	m;
	uint8_t			v = 8;

	begin();
	add_needs("eth_type=34525,ip_proto=1");
	add(OFP_XMC_OPENFLOW_BASIC, OFP_XMT_ICMPV4_TYPE, false, &v, NULL, 1);
	CHECK(decode(&m) == OFP_BMC_BAD_PREREQ);
	begin();
	add_needs("eth_type=2048,ip_proto=58");
	add(OFP_XMC_OPENFLOW_BASIC, OFP_XMT_ICMPV6_TYPE, false, &v, NULL, 1);
	CHECK(decode(&m) == OFP_BMC_BAD_PREREQ);
}

/* 7.2.3.8 and the truth table of VLAN_VID. */
TEST(vlan_vid_truth_table)
{
	static const struct {
		uint16_t	value, mask;
		bool		has_mask;
		enum ofp_error	error, pcp;
	} rows[] = {
		{ 0x0000, 0, false, OFP_OK, OFP_BMC_BAD_PREREQ },
		{ 0x1000, 0x1000, true, OFP_OK, OFP_OK },
		{ 0x1000, 0, false, OFP_OK, OFP_OK },
		{ 0x1005, 0, false, OFP_OK, OFP_OK },
		{ 0x1010, 0x1ff0, true, OFP_OK, OFP_OK },
		{ 0x0060, 0x00f0, true, OFP_OK, OFP_BMC_BAD_PREREQ },
		{ 0x0005, 0, false, OFP_BMC_BAD_VALUE, OFP_BMC_BAD_VALUE },
		{ 0x2000, 0, false, OFP_BMC_BAD_VALUE, OFP_BMC_BAD_VALUE },
		{ 0x1000, 0x3000, true, OFP_BMC_BAD_MASK, OFP_BMC_BAD_MASK },
	};
	struct ofp_match	m;
	uint8_t			v[2], mask[2], pcp = 3;
	unsigned int		i;

	for (i = 0; i < nitems(rows); i++) {
		v[0] = (uint8_t)(rows[i].value >> 8);
		v[1] = (uint8_t)rows[i].value;
		mask[0] = (uint8_t)(rows[i].mask >> 8);
		mask[1] = (uint8_t)rows[i].mask;
		begin();
		add(OFP_XMC_OPENFLOW_BASIC, OFP_XMT_VLAN_VID, rows[i].has_mask,
		    v, mask, 2);
		CHECK(decode(&m) == rows[i].error);
		add(OFP_XMC_OPENFLOW_BASIC, OFP_XMT_VLAN_PCP, false, &pcp,
		    NULL, 1);
		CHECK(decode(&m) == rows[i].pcp);
	}
}

TEST(unknown_class_or_field_is_bad_field)
{
	static const struct { unsigned int class, num; } rows[] = {
		{ OFP_XMC_OPENFLOW_BASIC, 40 }, { OFP_XMC_OPENFLOW_BASIC, 127 },
		{ 0x7fff, 0 }, { 0x8001, 0 }, { OFP_XMC_NXM_0, 0 },
		{ OFP_XMC_NXM_1, 0 }
	};
	struct ofp_match	m;
	uint8_t			v[4] = { 0 };
	unsigned int		i;

	for (i = 0; i < nitems(rows); i++) {
		begin();
		add(rows[i].class, rows[i].num, false, v, NULL, 4);
		CHECK(decode(&m) == OFP_BMC_BAD_FIELD);
	}
}

TEST(experimenter_field_without_its_id_is_bad_len)
{
	struct ofp_match	m;
	uint8_t			v[8] = { 0x4f, 0x4e, 0x46, 0x01 };
	size_t			n;

	for (n = 0; n < 4; n++) {
		begin();
		add(OFP_XMC_EXPERIMENTER, 42, false, v, NULL, n);
		CHECK(decode(&m) == OFP_BMC_BAD_LEN);
	}
	begin();
	add(OFP_XMC_EXPERIMENTER, 42, false, v, NULL, 6);
	CHECK(decode(&m) == OFP_BMC_BAD_FIELD);
}

TEST(match_type_other_than_oxm_is_bad_type)
{
	struct ofp_match	m;
	int			type;

	for (type = 0; type < 4; type++) {
		begin();
		raw[1] = (uint8_t)type;
		CHECK(decode(&m) == (type == OFP_MT_OXM ? OFP_OK :
		    OFP_BMC_BAD_TYPE));
	}
}

int
main(void)
{
	return (test_main());
}
