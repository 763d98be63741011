/*
 * SPDX-License-Identifier: ISC
 *
 * host.c: the hosts behind the ports: they ask by ARP and answer, and answer
 * to echo.
 *
 * Host n has the address 02:e0:00:00:00:n, 10.0.0.n, and is behind port
 * (n - 1) % EM_PORTS + 1 until it is placed elsewhere.  Only who has spoken or
 * was placed is there.
 */
#include <stdio.h>
#include <string.h>

#include "emul.h"

#define HOSTS		200
#define PING_TRIES	6
#define PING_WAIT	250		/* ms */

#define ETH_ARP		0x0806
#define ETH_IP		0x0800
#define ETH_VLAN	0x8100

enum kind { K_ARP, K_REPLY, K_ECHO, K_ANSWER, K_COUNT };
static const char *const kind_names[K_COUNT] = {
	"arp", "reply", "echo", "answer"
};

static struct host {
	bool		 h_there;
	uint32_t	 h_port;
	uint16_t	 h_vlan;
	uint32_t	 h_stray;	/* for others, flooded here */
	uint8_t		 h_seen[HOSTS][K_COUNT];
} hosts[HOSTS];

/* The one ping under way. */
static struct {
	unsigned int	 pi_from, pi_to, pi_tries;
	bool		 pi_resolved, pi_answered;
	uint64_t	 pi_next;
	enum way	 pi_way;
} ping;

void
host_place(unsigned int n, uint32_t port)
{
	if (n == 0 || n >= HOSTS)
		return;
	if (!hosts[n].h_there || port != 0)
		hosts[n].h_port = port != 0 ? port : (n - 1) % EM_PORTS + 1;
	hosts[n].h_there = true;
}

void
host_vlan(unsigned int n, uint16_t vlan)
{
	if (n < HOSTS)
		hosts[n].h_vlan = vlan;
}

static uint64_t
host_mac(unsigned int n)
{
	return (0x02e000000000ULL | n);
}

static void
put_mac(struct ofp_wr *wr, uint64_t mac)
{
	ofp_wr_u16(wr, (uint16_t)(mac >> 32));
	ofp_wr_u32(wr, (uint32_t)mac);
}

/*
 * Sending.
 */

static void
put_arp(struct ofp_wr *wr, unsigned int from, unsigned int to, bool reply)
{
	ofp_wr_u16(wr, ETH_ARP);
	ofp_wr_u16(wr, 1);
	ofp_wr_u16(wr, ETH_IP);
	ofp_wr_u16(wr, 0x0604);
	ofp_wr_u16(wr, reply ? 2 : 1);
	put_mac(wr, host_mac(from));
	ofp_wr_u32(wr, 0x0a000000 | from);
	put_mac(wr, reply ? host_mac(to) : 0);
	ofp_wr_u32(wr, 0x0a000000 | to);
}

/* ICMP; nobody looks at the sums. */
static void
put_echo(struct ofp_wr *wr, unsigned int from, unsigned int to, bool reply)
{
	ofp_wr_u16(wr, ETH_IP);
	ofp_wr_u16(wr, 0x4500);
	ofp_wr_u16(wr, 28);
	ofp_wr_u32(wr, 0);
	ofp_wr_u16(wr, 0x4001);
	ofp_wr_u16(wr, 0);
	ofp_wr_u32(wr, 0x0a000000 | from);
	ofp_wr_u32(wr, 0x0a000000 | to);
	ofp_wr_u16(wr, reply ? 0 : 0x0800);
	ofp_wr_zero(wr, 6);
}

static void
send_kind(unsigned int from, unsigned int to, enum kind k)
{
	uint8_t		frame[EM_FRAME];
	struct ofp_wr	wr;

	ofp_wr_init(&wr, frame, sizeof(frame));
	put_mac(&wr, k == K_ARP ? 0xffffffffffffULL : host_mac(to));
	put_mac(&wr, host_mac(from));
	if (hosts[from].h_vlan != 0) {
		ofp_wr_u16(&wr, ETH_VLAN);
		ofp_wr_u16(&wr, hosts[from].h_vlan);
	}
	if (k == K_ARP || k == K_REPLY)
		put_arp(&wr, from, to, k == K_REPLY);
	else
		put_echo(&wr, from, to, k == K_ANSWER);
	ofp_wr_zero(&wr, 64 - ofp_wr_pos(&wr));
	frame_in(hosts[from].h_port, frame, ofp_wr_pos(&wr));
}

bool
host_send(unsigned int from, unsigned int to, bool arp)
{
	if (from == 0 || from >= HOSTS || to == 0 || to >= HOSTS)
		return (false);
	host_place(from, 0);
	send_kind(from, to, arp ? K_ARP : K_ECHO);
	return (true);
}

/*
 * Receiving.
 */

static void
host_got(unsigned int n, unsigned int from, enum kind k, enum way way)
{
	switch (k) {
	case K_ARP:
		send_kind(n, from, K_REPLY);
		break;
	case K_ECHO:
		send_kind(n, from, K_ANSWER);
		break;
	case K_REPLY:
		if (n != ping.pi_from || from != ping.pi_to ||
		    ping.pi_resolved)
			break;
		ping.pi_resolved = true;
		send_kind(n, from, K_ECHO);
		break;
	default:
		if (n != ping.pi_from || from != ping.pi_to)
			break;
		ping.pi_answered = true;
		ping.pi_way = way;
		break;
	}
}

/* From whom, to whom and what; false: nothing of ours. */
static bool
frame_parse(struct ofp_rd *rd, const struct ofp_l2 *l2, unsigned int *from,
    unsigned int *to, enum kind *k)
{
	uint16_t	what;

	*from = l2->l2_src & 0xff;
	ofp_rd_skip(rd, l2->l2_vlan != 0 ? 18 : 14);
	if (l2->l2_type == ETH_ARP) {
		ofp_rd_skip(rd, 6);
		what = ofp_rd_u16(rd);
		*k = what == 1 ? K_ARP : K_REPLY;
		ofp_rd_skip(rd, 16);
		*to = ofp_rd_u32(rd) & 0xff;
	} else if (l2->l2_type == ETH_IP) {
		ofp_rd_skip(rd, 16);
		*to = ofp_rd_u32(rd) & 0xff;
		what = ofp_rd_u16(rd);
		*k = what == 0 ? K_ANSWER : K_ECHO;
	} else
		return (false);
	return (!ofp_rd_err(rd) && *from > 0 && *from < HOSTS && *to > 0 &&
	    *to < HOSTS);
}

/* A frame came out of a port. */
void
host_receive(uint32_t port, const uint8_t *data, size_t len, enum way way)
{
	struct ofp_l2	l2;
	struct ofp_rd	rd;
	unsigned int	n, from, to;
	enum kind	k;

	ofp_rd_init(&rd, data, len);
	if (!ofp_l2_parse(data, len, &l2) ||
	    !frame_parse(&rd, &l2, &from, &to, &k))
		return;
	for (n = 1; n < HOSTS; n++) {
		if (!hosts[n].h_there || hosts[n].h_port != port ||
		    hosts[n].h_vlan != (l2.l2_vlan & 0xfff))
			continue;
		if (hosts[n].h_seen[from][k] < UINT8_MAX)
			hosts[n].h_seen[from][k]++;
		if (n == to)
			host_got(n, from, k, way);
		else
			hosts[n].h_stray += k != K_ARP;
	}
}

/*
 * Pings: ARP, then an echo; each again when nothing comes.
 */

bool
host_ping_start(unsigned int from, unsigned int to, bool arp)
{
	if (from == 0 || from >= HOSTS || to == 0 || to >= HOSTS)
		return (false);
	host_place(from, 0);
	host_place(to, 0);
	memset(&ping, 0, sizeof(ping));
	ping.pi_from = from;
	ping.pi_to = to;
	ping.pi_resolved = !arp;
	return (true);
}

int
host_ping_done(enum way *way)
{
	*way = ping.pi_way;
	if (ping.pi_answered)
		return (1);
	if (em.em_now < ping.pi_next)
		return (0);
	if (ping.pi_tries++ == PING_TRIES)
		return (-1);
	ping.pi_next = em.em_now + PING_WAIT;
	send_kind(ping.pi_from, ping.pi_to, ping.pi_resolved ? K_ECHO : K_ARP);
	return (0);
}

/* Has it seen that since it was asked last? */
bool
host_expect(unsigned int n, const char *what, unsigned int from)
{
	unsigned int	k;

	for (k = 0; k < K_COUNT; k++)
		if (strcmp(what, kind_names[k]) == 0)
			break;
	if (k == K_COUNT || n >= HOSTS || from >= HOSTS ||
	    hosts[n].h_seen[from][k] == 0)
		return (false);
	hosts[n].h_seen[from][k] = 0;
	return (true);
}

void
host_dump(void)
{
	unsigned int	n;

	for (n = 1; n < HOSTS; n++)
		if (hosts[n].h_there)
			printf("host %u port %u vlan %u stray %u\n", n,
			    hosts[n].h_port, hosts[n].h_vlan,
			    hosts[n].h_stray);
}
