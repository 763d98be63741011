/*
 * SPDX-License-Identifier: ISC
 *
 * switch_fast_test.c: what the core offers to a host that forwards by itself,
 * when it tells it to stop, and what it does with the counts.
 */
#include "core_stub.h"
#include "switch_class.h"
#include "test.h"

#define NPORTS	4

static struct stub_port		ports[NPORTS];
static struct switch_softc	*sc;
static struct switch_fast_offer	offer;
static unsigned int		noffers, nstops, nforgets;

static const uint8_t udp[60] = {
	0x02, 0, 0, 0, 0, 2, 0x02, 0, 0, 0, 0, 1, 0x08, 0x00,
	0x45, 0, 0, 46, 0, 1, 0, 0, 64, 17, 0x66, 0xbc,
	10, 0, 0, 1, 10, 0, 0, 2, 0x12, 0x34, 0x00, 0x35, 0, 26, 0, 0
};

static void
take_offer(void *hs, const struct switch_fast_offer *fo)
{
	(void)hs;
	offer = *fo;
	noffers++;
}

static void
take_stop(void *hs, bool forget)
{
	(void)hs;
	nstops++;
	nforgets += forget;
}

static const struct switch_fast	calls = { take_offer, take_stop };

static void
begin(void)
{
	kern_time_set(1000000000000ULL);
	sc = stub_switch(ports, NPORTS);
	switch_fast_set(sc, &calls);
	noffers = nstops = nforgets = 0;
}

static void
end(void)
{
	switch_fast_set(sc, NULL);
	stub_destroy(sc, ports, NPORTS);
}

/* Twice: a hit is what is offered. */
static void
send_two(const uint8_t *frame, size_t len)
{
	stub_input(&ports[0], frame, len);
	stub_input(&ports[0], frame, len);
}

static void
wire(uint32_t port)
{
	struct ofp_match	m;

	ofp_match_init(&m);
	ofp_match_set(&m, OFP_XMT_IN_PORT, 1);
	CHECK(stub_add_output(sc, 0, &m, 10, port) == OFP_OK);
}

TEST(plain_way_is_not_offered)
{
	begin();
	wire(3);
	stub_input(&ports[0], udp, sizeof(udp));
	CHECK(noffers == 0);
	stub_input(&ports[0], udp, sizeof(udp));
	CHECK(noffers == 1);
	CHECK(offer.fo_in == ports[0].st_sp && offer.fo_out == ports[2].st_sp);
	CHECK(offer.fo_in_hp == &ports[0] && offer.fo_out_hp == &ports[2]);
	CHECK(memcmp(offer.fo_key, udp, 6) == 0);
	CHECK(switch_fast_good(sc, &offer));
	end();
}

TEST(what_a_host_cannot_tell_is_offered)
{
	uint8_t	f[60];

	begin();
	wire(3);
	memcpy(f, udp, sizeof(f));
	f[23] = 1;			/* ICMP */
	send_two(f, sizeof(f));
	f[23] = 17;
	f[20] = 0x20;			/* a first fragment */
	send_two(f, sizeof(f));
	f[20] = 0;
	f[17] = 27;			/* no whole UDP header */
	send_two(f, sizeof(f));
	CHECK(noffers == 0);
	end();
}

TEST(way_by_flags_is_offered)
{
	struct ofp_match	m;
	uint8_t			tcp[60];

	begin();
	memcpy(tcp, udp, sizeof(tcp));
	tcp[23] = 6;
	tcp[46] = 0x50;
	ofp_match_init(&m);
	ofp_match_set(&m, OFP_XMT_ETH_TYPE, 0x800);
	ofp_match_set(&m, OFP_XMT_IP_PROTO, 6);
	CHECK(stub_add_output(sc, 0, &m, 1, 2) == OFP_OK);
	send_two(tcp, sizeof(tcp));
	CHECK(noffers == 1);
	ofp_match_set(&m, OFP_FIELD_TCP_FLAGS, 2);
	CHECK(stub_add_output(sc, 0, &m, 5, 3) == OFP_OK);
	send_two(tcp, sizeof(tcp));
	CHECK(noffers == 1);
	end();
}

TEST(way_to_nowhere_or_back_is_offered)
{
	begin();
	wire(1);
	send_two(udp, sizeof(udp));
	wire(9);
	send_two(udp, sizeof(udp));
	CHECK(noffers == 0);
	end();
}

TEST(change_does_not_stop_the_host)
{
	struct ofp_match	m;
	unsigned int		n;

	begin();
	wire(3);
	send_two(udp, sizeof(udp));
	n = nstops;
	ofp_match_init(&m);
	ofp_match_set(&m, OFP_XMT_IN_PORT, 2);
	CHECK(stub_add_output(sc, 0, &m, 50, 3) == OFP_OK);
	CHECK(nstops == n + 1 && nforgets == 0);
	CHECK(switch_fast_good(sc, &offer));
	ofp_match_init(&m);
	ofp_match_set(&m, OFP_XMT_ETH_TYPE, 0x800);
	CHECK(stub_add_output(sc, 0, &m, 50, 2) == OFP_OK);
	CHECK(nstops > n + 1);
	CHECK(!switch_fast_good(sc, &offer));
	end();
}

TEST(port_change_does_not_make_the_host_forget)
{
	struct switch_port_conf	 sp;

	begin();
	wire(3);
	send_two(udp, sizeof(udp));
	ports[2].st_nolink = true;
	switch_port_changed(ports[2].st_sp);
	CHECK(nforgets == 1);
	switch_port_conf_get(ports[0].st_sp, &sp);
	sp.sp_domains = 2;
	CHECK(switch_port_conf_set(ports[0].st_sp, &sp) == 0);
	CHECK(nforgets == 2);
	end();
}

TEST(credit_goes_astray)
{
	struct switch_fast_count fc = { 90, 9000, 2, 1000000000007ULL };
	struct ofp_port_stats	 ps;
	struct switch_flow	*f;
	struct ofp_match	 m;

	begin();
	wire(3);
	send_two(udp, sizeof(udp));
	CHECK(switch_fast_credit(sc, &offer, &fc));
	ofp_match_init(&m);
	ofp_match_set(&m, OFP_XMT_IN_PORT, 1);
	kern_mutex_enter(&sc->sc_mutex);
	f = switch_flow_find(sc, 0, &m, 10);
	CHECK(f != NULL && f->sf_packets == 92 && f->sf_bytes == 9120);
	memset(&ps, 0, sizeof(ps));
	switch_port_stats(ports[2].st_sp, &ps);
	CHECK(ps.pt_tx_packets == 92 && ps.pt_tx_bytes == 9120);
	kern_mutex_leave(&sc->sc_mutex);
	offer.fo_birth++;
	CHECK(!switch_fast_credit(sc, &offer, &fc));
	end();
}

int
main(void)
{
	return (test_main());
}
