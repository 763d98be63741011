/*
 * SPDX-License-Identifier: ISC
 *
 * model.c: what is known of the makes of switches, one row per model.
 *
 * Where a number or a name is not known it is one that does no harm.  What a
 * model refuses is what counts: hosts must reach each other all the same.
 */
#include <stdio.h>
#include <string.h>

#include "emul.h"

#define V10	BIT(1)
#define V13	BIT(4)

#define L2	(F(IN_PORT) | F(ETH_SRC) | F(ETH_DST) | F(VLAN_VID) | \
		 F(ETH_TYPE))
#define L3	(F(IP_PROTO) | F(IP_DSCP) | F(IPV4_SRC) | F(IPV4_DST))
#define L4	(F(TCP_SRC) | F(TCP_DST) | F(UDP_SRC) | F(UDP_DST))
#define ARP	(F(ARP_OP) | F(ARP_SPA) | F(ARP_TPA))
#define ALL	(L2 | L3 | L4 | ARP | F(VLAN_PCP))

#define GOTO	BIT(OFP_IT_GOTO_TABLE)
#define APPLY	BIT(OFP_IT_APPLY_ACTIONS)
#define WRITE	BIT(OFP_IT_WRITE_ACTIONS)
#define CLEAR	BIT(OFP_IT_CLEAR_ACTIONS)
#define METER	BIT(OFP_IT_METER)

#define OUTPUT	BIT(OFP_AT_OUTPUT)
#define VLANS	(BIT(OFP_AT_PUSH_VLAN) | BIT(OFP_AT_POP_VLAN))
#define GROUP	BIT(OFP_AT_GROUP)

/* Port mod: HP has only part of it. */
#define HP_PORT	(OFP_PC_NO_PACKET_IN)
#define ANY_PORT (OFP_PC_MASK)

/* ProVision, standard match: a shortcut, the policy engine, software. */
#define HP_START { .mt_id = 0, .mt_name = "Start", .mt_max = 1,		\
	    .mt_instr = GOTO, .mt_next = { 100 } }
#define HP_SOFT { .mt_id = 200, .mt_name = "SW Table 1", .mt_soft = true, \
	    .mt_max = 65536, .mt_match = ALL, .mt_instr = GOTO | APPLY | \
	    WRITE | CLEAR | METER, .mt_apply = OUTPUT | GROUP | VLANS }
#define HP_POLICY .mt_id = 100, .mt_name = "Policy Engine Table",	\
	    .mt_instr = GOTO | APPLY | WRITE | METER, .mt_next = { 200 }

/* As a controller's own pipeline left it on an Aruba 2930F. */
#define CUSTOM	.mt_instr = GOTO | APPLY | WRITE, .mt_apply = OUTPUT | VLANS

/* Two tables of everything. */
#define TWO_TABLES							\
	{ .mt_id = 0, .mt_name = "first", .mt_max = 4096,		\
	    .mt_match = ALL, .mt_instr = GOTO | APPLY | WRITE | CLEAR,	\
	    .mt_apply = OUTPUT | GROUP | VLANS, .mt_next = { 1 } },	\
	{ .mt_id = 1, .mt_name = "second", .mt_max = 4096,		\
	    .mt_match = ALL, .mt_instr = APPLY | WRITE | CLEAR,		\
	    .mt_apply = OUTPUT | GROUP | VLANS }

#define ONE_TABLE(n)							\
	{ .mt_id = 0, .mt_name = "table", .mt_max = (n),		\
	    .mt_match = ALL, .mt_instr = APPLY | WRITE,			\
	    .mt_apply = OUTPUT | VLANS }

#define HELLO_ROW(name, form, versions)					\
	{ .mo_name = (name), .mo_mfr = "Nobody", .mo_hw = "odd hello",	\
	    .mo_sw = "1", .mo_versions = (versions), .mo_hello = (form), \
	    .mo_port_config = ANY_PORT, .mo_tables = { TWO_TABLES } }

static const struct model	models[] = {
{
	/* No Ethernet addresses in hardware: every flow of L2 is software. */
	.mo_name = "hp-v1", .mo_mfr = "HP", .mo_hw = "3500yl-24G",
	.mo_sw = "K.15.18", .mo_versions = V10 | V13,
	.mo_quirks = MQ_ASK_SOFT, .mo_port_config = HP_PORT,
	.mo_pps = 100, .mo_error = OFP_FMFC_UNKNOWN,
	.mo_tables = { HP_START,
	    { HP_POLICY, .mt_max = 2048, .mt_match = F(IN_PORT) |
	    F(ETH_TYPE) | F(VLAN_VID) | L3 | L4, .mt_type = 0x0800,
	    .mt_with = F(IN_PORT), .mt_needs = F(ETH_TYPE),
	    .mt_apply = OUTPUT }, HP_SOFT }
}, {
	.mo_name = "hp-v2", .mo_mfr = "HP", .mo_hw = "3800-24G-2SFP+",
	.mo_sw = "KA.15.18", .mo_versions = V10 | V13, .mo_buffers = 256,
	.mo_quirks = MQ_ASK_SOFT | MQ_GROUP_ONE, .mo_port_config = HP_PORT,
	.mo_pps = 100, .mo_error = OFP_FMFC_UNKNOWN,
	.mo_tables = { HP_START,
	    { HP_POLICY, .mt_max = 2048, .mt_match = L2 | L3 | L4 |
	    F(VLAN_PCP), .mt_with = F(IN_PORT), .mt_needs = F(ETH_TYPE),
	    .mt_apply = OUTPUT | GROUP | VLANS }, HP_SOFT }
}, {
	.mo_name = "hp-v3", .mo_mfr = "HP", .mo_hw = "2930F-24G",
	.mo_sw = "WC.16.09", .mo_versions = V13,
	.mo_quirks = MQ_ASK_SOFT | MQ_GROUP_ONE, .mo_port_config = HP_PORT |
	OFP_PC_PORT_DOWN, .mo_pps = 100, .mo_error = OFP_FMFC_UNKNOWN,
	.mo_tables = { HP_START,
	    { HP_POLICY, .mt_max = 2048, .mt_match = L2 | L3 | L4 |
	    F(VLAN_PCP), .mt_with = F(IN_PORT), .mt_needs = F(ETH_TYPE),
	    .mt_apply = OUTPUT | GROUP | VLANS }, HP_SOFT }
}, {
	.mo_name = "aruba", .mo_mfr = "Aruba", .mo_hw = "2930F-8G-PoE+",
	.mo_sw = "WC.16.05", .mo_versions = V13,
	.mo_quirks = MQ_NO_ROLE | MQ_CUSTOM,
	.mo_refused = RP(ALL) | RP(LOCAL) | RP(TABLE) | RP(IN_PORT),
	.mo_port_config = HP_PORT | OFP_PC_PORT_DOWN,
	.mo_tables = {
	    { CUSTOM, .mt_id = 0, .mt_name = "vlan", .mt_max = 65,
	    .mt_match = F(ETH_DST) | F(ETH_TYPE) | F(IN_PORT) | F(VLAN_VID),
	    .mt_next = { 1 } },
	    { CUSTOM, .mt_id = 1, .mt_name = "eth_src", .mt_max = 97,
	    .mt_match = L2, .mt_next = { 2, 3, 4, 5 } },
	    { CUSTOM, .mt_id = 2, .mt_name = "ipv6_fib", .mt_max = 0,
	    .mt_match = F(ETH_TYPE) | F(VLAN_VID), .mt_next = { 3, 4, 5 } },
	    { CUSTOM, .mt_id = 3, .mt_name = "vip", .mt_max = 161,
	    .mt_match = F(ETH_DST) | F(ETH_TYPE) | F(IP_PROTO),
	    .mt_next = { 4, 5 } },
	    { CUSTOM, .mt_id = 4, .mt_name = "eth_dst", .mt_max = 154,
	    .mt_match = F(ETH_DST) | F(VLAN_VID), .mt_exact = true,
	    .mt_next = { 5 } },
	    { CUSTOM, .mt_id = 5, .mt_name = "flood", .mt_max = 161,
	    .mt_match = F(ETH_DST) | F(IN_PORT) | F(VLAN_VID) } }
}, {
	/* MAC-IP is exact; nothing is done for what no flow is there. */
	.mo_name = "comware", .mo_mfr = "HPE", .mo_hw = "5710-24SFP+",
	.mo_sw = "Comware 7", .mo_versions = V13,
	.mo_port_config = OFP_PC_PORT_DOWN,
	.mo_tables = {
	    { .mt_id = 0, .mt_name = "MAC-IP", .mt_max = 32768,
	    .mt_match = F(ETH_DST) | F(VLAN_VID), .mt_exact = true,
	    .mt_instr = GOTO | APPLY, .mt_apply = OUTPUT,
	    .mt_next = { 1 } },
	    { .mt_id = 1, .mt_name = "Extensibility", .mt_max = 1000,
	    .mt_match = ALL, .mt_instr = APPLY | WRITE | METER,
	    .mt_apply = OUTPUT | GROUP | VLANS } }
}, {
	.mo_name = "c9k", .mo_mfr = "Cisco", .mo_hw = "C9300-24T",
	.mo_sw = "IOS-XE 16.9.1", .mo_versions = V13, .mo_delay = 50,
	.mo_refused = RP(NORMAL) | RP(LOCAL), .mo_port_config = ANY_PORT,
	.mo_tables = {
	    { CUSTOM, .mt_id = 0, .mt_name = "vlan", .mt_max = 512,
	    .mt_match = F(ETH_DST) | F(ETH_TYPE) | F(IN_PORT) | F(VLAN_VID),
	    .mt_next = { 1 } },
	    { CUSTOM, .mt_id = 1, .mt_name = "eth_src", .mt_max = 1024,
	    .mt_match = L2, .mt_next = { 2, 3 } },
	    { CUSTOM, .mt_id = 2, .mt_name = "eth_dst", .mt_max = 1024,
	    .mt_match = F(ETH_DST) | F(VLAN_VID), .mt_next = { 3 } },
	    { CUSTOM, .mt_id = 3, .mt_name = "flood", .mt_max = 512,
	    .mt_match = F(ETH_DST) | F(IN_PORT) | F(VLAN_VID) } }
}, {
	/* As Open vSwitch, which it is made of; no TTL. */
	.mo_name = "allied", .mo_mfr = "Allied Telesis", .mo_hw = "x930-28GTX",
	.mo_sw = "5.4.7", .mo_versions = V13, .mo_port_config = ANY_PORT,
	.mo_tables = { TWO_TABLES }
}, {
	/* Each table has a width. */
	.mo_name = "noviflow", .mo_mfr = "NoviFlow Inc", .mo_hw = "NS2128",
	.mo_sw = "NW400", .mo_versions = V13, .mo_port_config = ANY_PORT,
	.mo_tables = {
	    { .mt_id = 0, .mt_name = "t0", .mt_max = 1024, .mt_width = 80,
	    .mt_match = ALL, .mt_instr = GOTO | APPLY | WRITE | METER,
	    .mt_apply = OUTPUT | GROUP | VLANS, .mt_next = { 1, 2 } },
	    { .mt_id = 1, .mt_name = "t1", .mt_max = 1024, .mt_width = 40,
	    .mt_match = ALL, .mt_instr = GOTO | APPLY | WRITE | METER,
	    .mt_apply = OUTPUT | GROUP | VLANS, .mt_next = { 2 } },
	    { .mt_id = 2, .mt_name = "t2", .mt_max = 5000, .mt_width = 40,
	    .mt_match = ALL, .mt_instr = APPLY | WRITE | METER,
	    .mt_apply = OUTPUT | GROUP | VLANS } }
}, {
	.mo_name = "zodiac10", .mo_mfr = "Northbound Networks",
	.mo_hw = "Zodiac FX", .mo_sw = "0.85", .mo_versions = V10,
	.mo_hello = HELLO_BARE, .mo_quirks = MQ_NO_TAGGED,
	.mo_tables = { ONE_TABLE(512) }
}, {
	.mo_name = "zodiac13", .mo_mfr = "Northbound Networks",
	.mo_hw = "Zodiac FX", .mo_sw = "0.85", .mo_versions = V13,
	.mo_hello = HELLO_BARE,
	.mo_quirks = MQ_NO_TAGGED | MQ_NO_GROUP | MQ_NO_FEATURES,
	.mo_tables = { ONE_TABLE(512) }
}, {
	.mo_name = "pica8", .mo_mfr = "Pica8, Inc.", .mo_hw = "P-3297",
	.mo_sw = "PicOS 2.6", .mo_versions = V13,
	.mo_refused = RP(FLOOD) | RP(ALL) | RP(NORMAL),
	.mo_port_config = ANY_PORT,
	.mo_tables = {
	    { .mt_id = 0, .mt_name = "ACL", .mt_max = 2000,
	    .mt_match = ALL, .mt_instr = GOTO | APPLY | WRITE,
	    .mt_apply = OUTPUT | GROUP | VLANS, .mt_next = { 252 } },
	    { .mt_id = 252, .mt_name = "IP Unicast", .mt_max = 12000,
	    .mt_match = F(ETH_TYPE) | F(IPV4_DST), .mt_instr = APPLY |
	    WRITE, .mt_apply = OUTPUT | GROUP } }
}, {
	.mo_name = "mikrotik", .mo_mfr = "MikroTik", .mo_hw = "CRS326",
	.mo_sw = "RouterOS 7", .mo_versions = V10, .mo_hello = HELLO_BARE,
	.mo_tables = { ONE_TABLE(1024) }
}, {
	/* Dell N3200 as a hybrid: hardware or an error. */
	.mo_name = "single", .mo_mfr = "Dell", .mo_hw = "N3248TE",
	.mo_sw = "6.6", .mo_versions = V13, .mo_quirks = MQ_NO_GROUP |
	MQ_NO_METER, .mo_refused = RP(NORMAL) | RP(IN_PORT),
	.mo_tables = { ONE_TABLE(1024) }
}, {
	/* Floods by neither port nor group: to each port by its number. */
	.mo_name = "byport", .mo_mfr = "Nobody", .mo_hw = "no flooding",
	.mo_sw = "1", .mo_versions = V13, .mo_quirks = MQ_NO_GROUP,
	.mo_refused = RP(FLOOD) | RP(ALL) | RP(NORMAL) | RP(IN_PORT),
	.mo_port_config = ANY_PORT, .mo_tables = { TWO_TABLES }
}, {
	/* What has no flow comes to us by itself. */
	.mo_name = "juniper", .mo_mfr = "Juniper", .mo_hw = "EX4600",
	.mo_sw = "17.3", .mo_versions = V10 | V13,
	.mo_quirks = MQ_MISS_ASKS | MQ_SPLIT, .mo_port_config = ANY_PORT,
	.mo_tables = { ONE_TABLE(1024) }
}, {
	/* Keeps frames whatever it is told. */
	.mo_name = "buffers", .mo_mfr = "Nobody", .mo_hw = "buffers",
	.mo_sw = "1", .mo_versions = V10, .mo_buffers = 64,
	.mo_quirks = MQ_BUFFERS, .mo_tables = { ONE_TABLE(1024) }
}, {
	/* Says late what its tables are, and they are not simple. */
	.mo_name = "late", .mo_mfr = "HP", .mo_hw = "slow", .mo_sw = "1",
	.mo_versions = V13, .mo_quirks = MQ_LATE | MQ_SPLIT,
	.mo_port_config = ANY_PORT,
	.mo_tables = { HP_START,
	    { HP_POLICY, .mt_max = 2048, .mt_match = ALL,
	    .mt_with = F(IN_PORT), .mt_needs = F(ETH_TYPE),
	    .mt_apply = OUTPUT | GROUP | VLANS }, HP_SOFT }
}, {
	.mo_name = "nofeatures", .mo_mfr = "Nobody", .mo_hw = "tables unsaid",
	.mo_sw = "1", .mo_versions = V13, .mo_quirks = MQ_NO_FEATURES,
	.mo_port_config = ANY_PORT, .mo_tables = { TWO_TABLES }
}, {
	/* ProCurve may refuse barriers. */
	.mo_name = "nobarrier", .mo_mfr = "HP", .mo_hw = "ProCurve",
	.mo_sw = "K.15.06", .mo_versions = V13, .mo_quirks = MQ_NO_BARRIER,
	.mo_port_config = ANY_PORT, .mo_tables = { TWO_TABLES }
}, {
	.mo_name = "noportmod", .mo_mfr = "Nobody", .mo_hw = "fixed ports",
	.mo_sw = "1", .mo_versions = V13, .mo_quirks = MQ_NO_PORT_MOD,
	.mo_tables = { TWO_TABLES }
},
HELLO_ROW("hello-bare", HELLO_BARE, V13),
HELLO_ROW("hello-10", HELLO_BARE, V10),
HELLO_ROW("hello-14", HELLO_BARE, V13 | BIT(5)),
HELLO_ROW("hello-15", HELLO_NEWER, V10 | V13 | BIT(6)),
HELLO_ROW("hello-late", HELLO_LATE, V13),
HELLO_ROW("hello-unknown", HELLO_UNKNOWN, V13),
HELLO_ROW("hello-trail", HELLO_TRAIL, V13)
};

const struct model *
model_find(const char *name)
{
	unsigned int	i;

	for (i = 0; i < nitems(models); i++)
		if (strcmp(models[i].mo_name, name) == 0)
			return (&models[i]);
	return (NULL);
}

void
model_list(void)
{
	unsigned int	i;

	for (i = 0; i < nitems(models); i++)
		puts(models[i].mo_name);
}

const struct model_table *
model_table(uint8_t id)
{
	const struct model_table	*mt = em.em_model->mo_tables;
	unsigned int			 i;

	for (i = 0; i < MODEL_TABLES && mt[i].mt_name != NULL; i++)
		if (mt[i].mt_id == id)
			return (&mt[i]);
	return (NULL);
}
