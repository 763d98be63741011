/*
 * SPDX-License-Identifier: ISC
 *
 * fuzz_input.c: any frame through the whole core: key, tables, and every
 * action that rewrites, pushes or pops, chosen by the first bytes of the
 * input.  The frame lies at the end of its allocation, so that a read behind
 * it is seen.
 */
#include "../unit/core_stub.h"

#define MAX_ACTIONS	8

static struct stub_port		ports[2];
static struct switch_softc	*sc;

static const uint16_t actions[] = {
	OFP_AT_COPY_TTL_OUT, OFP_AT_COPY_TTL_IN, OFP_AT_SET_MPLS_TTL,
	OFP_AT_DEC_MPLS_TTL, OFP_AT_PUSH_VLAN, OFP_AT_POP_VLAN,
	OFP_AT_PUSH_MPLS, OFP_AT_POP_MPLS, OFP_AT_SET_NW_TTL,
	OFP_AT_DEC_NW_TTL, OFP_AT_PUSH_PBB, OFP_AT_POP_PBB
};

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* One byte makes one action: a set-field, or one of the others. */
static void
encode(struct ofp_wr *wr, uint8_t byte)
{
	struct ofp_action	 ac;

	memset(&ac, 0, sizeof(ac));
	if (byte < nitems(actions)) {
		ac.ac_type = actions[byte];
		if (byte == 2 || byte == 8)
			ac.u.ttl = 3;
		else
			ac.u.ethertype = byte == 4 ? 0x8100 :
			    byte == 6 ? 0x8847 : byte == 10 ? 0x88e7 : 0x0800;
	} else {
		ac.ac_type = OFP_AT_SET_FIELD;
		ac.u.set.field = byte % OFP_NFIELDS;
		if (!ofp_oxm_table[ac.u.set.field].ox_settable)
			return;
		memset(ac.u.set.value, 1, sizeof(ac.u.set.value));
	}
	ofp_action_encode(wr, &ac);
}

static void
output(struct ofp_wr *wr, uint32_t port)
{
	struct ofp_action	 ac;

	memset(&ac, 0, sizeof(ac));
	ac.u.output.port = port;
	ofp_action_encode(wr, &ac);
}

static void
setup(void)
{
	struct ofp_match	m;

	kern_time_set(1000000000000ULL);
	sc = stub_switch(ports, 2);
	ofp_match_init(&m);
	(void)stub_add_output(sc, 0, &m, 0, OFP_P_CONTROLLER);
	ofp_match_set(&m, OFP_XMT_ETH_TYPE, 0x86dd);
	ofp_match_set_masked(&m, OFP_XMT_IPV6_EXTHDR, 0x10, 0x10);
	(void)stub_add_output(sc, 0, &m, 5, 2);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	uint8_t		 wire[512];
	struct ofp_wr	 wr;
	struct ofp_rd	 rd;
	struct pkt	 p;
	unsigned int	 i;

	if (sc == NULL)
		setup();
	if (len < MAX_ACTIONS || len > 2000)
		return (0);
	stub_clear();
	stub_input(&ports[0], data + MAX_ACTIONS, len - MAX_ACTIONS);
	ofp_wr_init(&wr, wire, sizeof(wire));
	output(&wr, 2);
	for (i = 0; i < MAX_ACTIONS; i++)
		encode(&wr, data[i]);
	output(&wr, OFP_P_CONTROLLER);
	output(&wr, OFP_P_NORMAL);
	ofp_rd_init(&rd, wire, ofp_wr_pos(&wr));
	if (pkt_from(data + MAX_ACTIONS, len - MAX_ACTIONS, &p) != 0)
		return (0);
	kern_mutex_enter(&sc->sc_mutex);
	(void)switch_packet_out(sc, 1, rd, &p);
	kern_mutex_leave(&sc->sc_mutex);
	kern_quiesce();
	if (pkt_user_inuse() != 0)
		__builtin_trap();
	return (0);
}
