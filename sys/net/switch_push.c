/*
 * SPDX-License-Identifier: ISC
 *
 * switch_push.c: headers come and go: VLAN, MPLS and PBB tags, and the TTL of
 * MPLS (1.3.5, 5.12).
 *
 * A tag is the outermost one of its kind.  After most of these the frame is
 * another, and is parsed anew before the next look at it (ps_stale).
 */
#include "switch_pass.h"

#define ETH_LEN		14
#define VLAN_LEN	4
#define SHIM_LEN	4
#define ITAG_LEN	4

static bool
is_mpls(uint16_t type)
{
	return (type == 0x8847 || type == 0x8848);
}

/* The shim, if the packet has one outermost. */
static bool
has_mpls(struct switch_pass *ps)
{
	if (ps->ps_stale)
		switch_key_again(ps);
	return (is_mpls(switch_pass_ethertype(ps)) && ps->ps_hdr.h_l3 != 0);
}

static void
put16(uint8_t *at, uint16_t v)
{
	at[0] = v >> 8;
	at[1] = v & 0xff;
}

static void
put32(uint8_t *at, uint32_t v)
{
	put16(at, v >> 16);
	put16(at + 2, v & 0xffff);
}

/* Headers behind moved by n bytes. */
static void
hdr_shift(struct switch_hdr *h, int n)
{
	h->h_end += n;
	if (h->h_l3 != 0)
		h->h_l3 += n;
	if (h->h_l4 != 0)
		h->h_l4 += n;
	if (h->h_sll != 0)
		h->h_sll += n;
	if (h->h_tll != 0)
		h->h_tll += n;
	if (h->h_next != 0)
		h->h_next += n;
}

/*
 * VLAN.
 */
void
switch_push_vlan(struct switch_pass *ps, uint16_t ethertype)
{
	struct ofp_key	*k = &ps->ps_key;
	uint16_t	 vid;

	if (ps->ps_stale)
		switch_key_again(ps);
	if (!switch_pass_own(ps, ETH_LEN) ||
	    pkt_push(ps->ps_pkt, 12, VLAN_LEN) != 0) {
		switch_pass_skip(ps);
		return;
	}
	vid = be16_get(k->k_vlan_vid) & 0xfff;
	put16(ps->ps_pkt->pk_data + 12, ethertype);
	put16(ps->ps_pkt->pk_data + 14, k->k_vlan_pcp << 13 | vid);
	k->k_vlan_vid = be16_make(OFP_VID_PRESENT | vid);
	ps->ps_hdr.h_tags++;
	hdr_shift(&ps->ps_hdr, VLAN_LEN);
}

void
switch_pop_vlan(struct switch_pass *ps)
{
	if (ps->ps_stale)
		switch_key_again(ps);
	if (ps->ps_hdr.h_tags == 0 ||
	    !switch_pass_own(ps, ETH_LEN + VLAN_LEN) ||
	    pkt_pop(ps->ps_pkt, 12, VLAN_LEN) != 0) {
		switch_pass_skip(ps);
		return;
	}
	if (--ps->ps_hdr.h_tags > 0) {
		ps->ps_stale = true;
		return;
	}
	ps->ps_key.k_vlan_vid = 0;
	ps->ps_key.k_vlan_pcp = 0;
	hdr_shift(&ps->ps_hdr, -VLAN_LEN);
}

/*
 * MPLS.
 */
/* TTL of the IP header at off, and where it stands; 0: not IP. */
static uint32_t
ip_ttl_off(struct switch_pass *ps, uint32_t off)
{
	struct pkt	*p = ps->ps_pkt;

	if (off == 0 || pkt_pull(p, off + 9) != 0)
		return (0);
	switch (p->pk_data[off] >> 4) {
	case 4:
		return (off + 8);
	case 6:
		return (off + 7);
	default:
		return (0);
	}
}

/* Label, class and TTL that a new shim begins with, 5.12.1. */
static uint32_t
shim_new(struct switch_pass *ps)
{
	uint16_t	 type = switch_pass_ethertype(ps);
	uint32_t	 off;

	if (has_mpls(ps))
		return (kern_be32_at(ps->ps_pkt->pk_data + ps->ps_hdr.h_l3) &
		    ~0x100u);
	if (type != 0x0800 && type != 0x86dd)
		return (0);
	off = ip_ttl_off(ps, ps->ps_hdr.h_l3);
	return (off == 0 ? 0 : ps->ps_pkt->pk_data[off]);
}

/*
 * Before the VLAN tags, as the text has it, or behind them as others do
 * (DD-06).  What follows the shim there is not a shim, so it is the last.
 */
void
switch_push_mpls(struct switch_pass *ps, uint16_t ethertype)
{
	uint32_t	 off, shim;
	bool		 behind = kern_load(&ps->ps_sc->sc_mpls_after_vlan);

	if (ps->ps_stale)
		switch_key_again(ps);
	off = behind || ps->ps_hdr.h_tags == 0 ? switch_pass_type_off(ps) : 12;
	shim = shim_new(ps);
	if (!has_mpls(ps) || off + 2 != ps->ps_hdr.h_l3)
		shim |= 0x100;
	if (ps->ps_hdr.h_llc != SWITCH_LLC_NO ||
	    !switch_pass_own(ps, off + 2) ||
	    pkt_push(ps->ps_pkt, off + 2, SHIM_LEN) != 0) {
		switch_pass_skip(ps);
		return;
	}
	put16(ps->ps_pkt->pk_data + off, ethertype);
	put32(ps->ps_pkt->pk_data + off + 2, shim);
	ps->ps_stale = true;
}

void
switch_pop_mpls(struct switch_pass *ps, uint16_t ethertype)
{
	uint32_t	 l3;

	if (!has_mpls(ps)) {
		switch_pass_skip(ps);
		return;
	}
	l3 = ps->ps_hdr.h_l3;
	if (!switch_pass_own(ps, l3 + SHIM_LEN) ||
	    pkt_pop(ps->ps_pkt, l3, SHIM_LEN) != 0) {
		switch_pass_skip(ps);
		return;
	}
	put16(ps->ps_pkt->pk_data + l3 - 2, ethertype);
	ps->ps_stale = true;
}

void
switch_set_mpls_ttl(struct switch_pass *ps, uint8_t ttl)
{
	if (has_mpls(ps))
		switch_pass_write(ps, ps->ps_hdr.h_l3 + 3, &ttl, 1, 0);
	else
		switch_pass_skip(ps);
}

/* A TTL of 0 or 1 cannot go down (DD-27): the packet ends here. */
void
switch_invalid_ttl(struct switch_pass *ps)
{
	switch_pass_flush(ps);
	switch_count(ps->ps_sc, SWITCH_N_TTL);
	switch_pass_punt(ps, OFP_R_INVALID_TTL, OFP_MISS_SEND_LEN, false);
}

bool
switch_dec_mpls_ttl(struct switch_pass *ps)
{
	uint8_t	 ttl;

	if (!has_mpls(ps)) {
		switch_pass_skip(ps);
		return (true);
	}
	ttl = ps->ps_pkt->pk_data[ps->ps_hdr.h_l3 + 3];
	if (ttl <= 1) {
		switch_invalid_ttl(ps);
		return (false);
	}
	switch_set_mpls_ttl(ps, ttl - 1);
	return (true);
}

/*
 * Copying a TTL between the outermost shim and what follows it.
 */
/* Where the TTL behind the outermost shim stands; 0: there is none. */
static uint32_t
inner_ttl_off(struct switch_pass *ps)
{
	uint32_t	 l3 = ps->ps_hdr.h_l3;

	if ((ps->ps_pkt->pk_data[l3 + 2] & 1) != 0)
		return (ip_ttl_off(ps, l3 + SHIM_LEN));
	return (pkt_pull(ps->ps_pkt, l3 + 2 * SHIM_LEN) != 0 ? 0 :
	    l3 + SHIM_LEN + 3);
}

void
switch_copy_ttl_out(struct switch_pass *ps)
{
	uint32_t	 off = has_mpls(ps) ? inner_ttl_off(ps) : 0;

	if (off == 0)
		switch_pass_skip(ps);
	else
		switch_set_mpls_ttl(ps, ps->ps_pkt->pk_data[off]);
}

/* The sum of an IPv4 header behind the shim follows. */
static void
inner_ttl_set(struct switch_pass *ps, uint32_t off, uint8_t ttl)
{
	uint32_t	 ip = ps->ps_hdr.h_l3 + SHIM_LEN;
	struct switch_hdr hdr = ps->ps_hdr;
	bool		 sum;

	sum = (ps->ps_pkt->pk_data[ip - 2] & 1) != 0 && off == ip + 8;
	if (sum && pkt_pull(ps->ps_pkt, ip + 12) != 0) {
		switch_pass_skip(ps);
		return;
	}
	ps->ps_hdr.h_l3 = ip;		/* the header that is summed */
	switch_pass_write(ps, off, &ttl, 1, sum ? SWITCH_SUM_IP : 0);
	ps->ps_hdr = hdr;
}

void
switch_copy_ttl_in(struct switch_pass *ps)
{
	uint32_t	 off = has_mpls(ps) ? inner_ttl_off(ps) : 0;

	if (off == 0)
		switch_pass_skip(ps);
	else
		inner_ttl_set(ps, off,
		    ps->ps_pkt->pk_data[ps->ps_hdr.h_l3 + 3]);
}

/*
 * PBB: an Ethernet header of its own with an I-TAG in front of the frame.
 */
void
switch_push_pbb(struct switch_pass *ps, uint16_t ethertype)
{
	uint32_t	 isid = 0;
	uint8_t		 addr[12], *d;

	if (ps->ps_stale)
		switch_key_again(ps);
	if (switch_pass_ethertype(ps) == 0x88e7)
		isid = be32_get(ps->ps_key.k_pbb_isid);
	memcpy(addr, ps->ps_pkt->pk_data, sizeof(addr));
	if (!switch_pass_own(ps, ETH_LEN) ||
	    pkt_push(ps->ps_pkt, 0, ETH_LEN + ITAG_LEN) != 0) {
		switch_pass_skip(ps);
		return;
	}
	d = ps->ps_pkt->pk_data;
	memcpy(d, addr, sizeof(addr));
	put16(d + 12, ethertype);
	put32(d + ETH_LEN, (uint32_t)ps->ps_key.k_vlan_pcp << 29 | isid);
	ps->ps_stale = true;
}

void
switch_pop_pbb(struct switch_pass *ps)
{
	uint32_t	 n;

	if (ps->ps_stale)
		switch_key_again(ps);
	n = ps->ps_hdr.h_l3 + ITAG_LEN;
	if (switch_pass_ethertype(ps) != 0x88e7 || ps->ps_hdr.h_l3 == 0 ||
	    !switch_pass_own(ps, n) || pkt_pop(ps->ps_pkt, 0, n) != 0) {
		switch_pass_skip(ps);
		return;
	}
	ps->ps_stale = true;
}
