/*
 * SPDX-License-Identifier: ISC
 *
 * switch_punt.c: packet-ins, from a packet's way to the controllers' rings.
 *
 * Any CPU does this, in a read section, without sleeping and without memory
 * of its own: the message is written where it will be read from, under the
 * channel's spin lock.  switch_chan.c reads.
 */
#include "switch_chan.h"

#define ROUND8(n)	(((n) + 7) & ~7U)

/*
 * The ring.
 */

/* Room for a record of len bytes, not yet in the ring; NULL: full. */
static struct switch_ring_rec *
ring_reserve(struct switch_ring *ri, uint32_t len)
{
	struct switch_ring_rec	*rr;
	uint32_t	 size = ROUND8((uint32_t)sizeof(*rr) + len), gap;

	if (ri->ri_used == 0)
		ri->ri_head = ri->ri_tail = 0;
	if (size > ri->ri_size - ri->ri_used)
		return (NULL);
	gap = ri->ri_size - ri->ri_tail;
	if (ri->ri_tail >= ri->ri_head && size > gap) {
		if (size > ri->ri_head)
			return (NULL);
		if (gap >= sizeof(*rr)) {
			rr = (void *)(ri->ri_buf + ri->ri_tail);
			rr->rr_len = 0;
			rr->rr_size = gap;
		}
		ri->ri_used += gap;
		ri->ri_tail = 0;
	} else if (ri->ri_tail < ri->ri_head &&
	    size > ri->ri_head - ri->ri_tail)
		return (NULL);
	rr = (void *)(ri->ri_buf + ri->ri_tail);
	rr->rr_len = len;
	rr->rr_size = size;
	return (rr);
}

static void
ring_commit(struct switch_ring *ri, struct switch_ring_rec *rr, uint64_t seq)
{
	rr->rr_seq = seq;
	ri->ri_used += rr->rr_size;
	ri->ri_tail += rr->rr_size;
	if (ri->ri_tail == ri->ri_size)
		ri->ri_tail = 0;
}

/* The oldest record or NULL; gaps are passed over. */
struct switch_ring_rec *
switch_ring_first(struct switch_ring *ri)
{
	struct switch_ring_rec	*rr;
	uint32_t	 left;

	while (ri->ri_used > 0) {
		left = ri->ri_size - ri->ri_head;
		rr = (void *)(ri->ri_buf + ri->ri_head);
		if (left >= sizeof(*rr) && rr->rr_len != 0)
			return (rr);
		ri->ri_used -= left;
		ri->ri_head = 0;
	}
	return (NULL);
}

void
switch_ring_pop(struct switch_ring *ri, struct switch_ring_rec *rr)
{
	ri->ri_used -= rr->rr_size;
	ri->ri_head += rr->rr_size;
	if (ri->ri_head == ri->ri_size)
		ri->ri_head = 0;
}

/*
 * Packet-ins.
 */

/* Queue a packet-in of a frame for one controller; false: it has no room. */
static bool
chan_packet_in(struct switch_chan *ch, const struct pkt *p,
    struct ofp_packet_in *pi, uint32_t len)
{
	struct switch_softc	*sc = ch->ch_sc;
	struct switch_ring_rec		*rr;
	struct ofp_wr		 wr;
	uint8_t			*room;
	uint32_t		 need;
	bool			 first, ok = false;

	need = OFP_PACKET_IN_LEN + (uint32_t)ofp_match_len(&pi->pi_match) + 2;
	pi->pi_len = len < OFP_MSG_MAX - need ? len : OFP_MSG_MAX - need;
	need += (uint32_t)pi->pi_len;
	kern_spin_enter(&ch->ch_spin);
	first = TAILQ_EMPTY(&ch->ch_out) && ch->ch_ring.ri_used == 0;
	rr = ring_reserve(&ch->ch_ring, need);
	if (rr != NULL) {
		ofp_wr_init(&wr, (uint8_t *)(rr + 1), need);
		room = ofp_packet_in_encode_room(&wr, ch->ch_xid++, pi);
		ok = room != NULL && pkt_copy(p, 0, room,
		    (uint32_t)pi->pi_len) == 0;
	}
	if (ok)
		ring_commit(&ch->ch_ring, rr, ch->ch_seq++);
	kern_spin_leave(&ch->ch_spin);
	switch_count(sc, ok ? SWITCH_N_PUNT : SWITCH_N_PUNT_FULL);
	if (ok && first)
		host_chan_wakeup(ch->ch_hc);
	return (ok);
}

/*
 * Bytes of a frame that a controller gets if the frame is kept in a buffer:
 * max_len of the action, or its own miss_send_len where no action asked
 * (7.3.2, 7.4.1).
 */
static uint16_t
punt_limit(const struct switch_chan *ch, const struct switch_punt *pu)
{
	if (pu->pu_reason == OFP_R_INVALID_TTL)
		return (kern_load(&ch->ch_miss_send_len));
	return (pu->pu_max_len);
}

static bool
punt_wanted(const struct switch_chan *ch, uint8_t reason)
{
	uint32_t	mask;

	if (ch == NULL || !switch_chan_is_up(ch))
		return (false);
	mask = kern_load(
	    &ch->ch_async.as_packet_in[switch_chan_is_slave(ch)]);
	return ((mask & 1U << reason) != 0);
}

/* The pipeline fields as they are now, 7.4.1. */
static void
punt_match(const struct switch_punt *pu, struct ofp_match *m)
{
	ofp_match_init(m);
	ofp_match_set(m, (enum ofp_field)OFP_XMT_IN_PORT, pu->pu_in_port);
	if (pu->pu_in_phy_port != pu->pu_in_port && pu->pu_in_phy_port != 0)
		ofp_match_set(m, (enum ofp_field)OFP_XMT_IN_PHY_PORT,
		    pu->pu_in_phy_port);
	if (pu->pu_metadata != 0)
		ofp_match_set(m, (enum ofp_field)OFP_XMT_METADATA,
		    pu->pu_metadata);
	if (pu->pu_tunnel_id != 0)
		ofp_match_set(m, (enum ofp_field)OFP_XMT_TUNNEL_ID,
		    pu->pu_tunnel_id);
}

/* Nobody was told of a buffer: nobody will ask for it. */
static void
punt_unbuffer(struct switch_softc *sc, uint32_t buffer)
{
	struct pkt	 p;
	uint32_t	 in_port;

	if (buffer != OFP_NO_BUFFER &&
	    switch_buffer_take(sc, buffer, &p, &in_port) == OFP_OK)
		pkt_free(&p);
}

/* The port and the meter of packet-ins allow it. */
static bool
punt_allowed(struct switch_softc *sc, const struct pkt *p,
    const struct switch_punt *pu)
{
	struct switch_port	*sp = switch_port_find(sc, pu->pu_in_port);
	uint8_t			 prec = 0;

	if (sp != NULL &&
	    (kern_load(&sp->sp_config) & OFP_PC_NO_PACKET_IN) != 0) {
		switch_count(sc, SWITCH_N_PUNT_PORT);
		return (false);
	}
	if (!switch_meter_pass(sc, OFP_M_CONTROLLER, p->pk_len, 1, &prec)) {
		switch_count(sc, SWITCH_N_PUNT_METER);
		return (false);
	}
	return (true);
}

void
switch_punt(struct switch_softc *sc, const struct pkt *p,
    const struct switch_punt *pu)
{
	struct switch_agent	*ag = sc->sc_agent;
	struct switch_chan	*ch;
	struct ofp_packet_in	 pi;
	uint32_t		 i, buffer = OFP_NO_BUFFER, wanted = 0;
	bool			 asked = false, told = false;
	uint16_t		 limit;

	SMR_ASSERT();
	if (!punt_allowed(sc, p, pu))
		return;
	punt_match(pu, &pi.pi_match);
	pi.pi_total = p->pk_len < 0xffff ? (uint16_t)p->pk_len : 0xffff;
	pi.pi_reason = pu->pu_reason;
	pi.pi_table = pu->pu_table;
	pi.pi_cookie = pu->pu_cookie;
	for (i = 0; i < kern_load(&ag->ag_nmains); i++) {
		ch = SMR_PTR_GET(&ag->ag_mains[i]);
		if (!punt_wanted(ch, pu->pu_reason))
			continue;
		wanted++;
		limit = punt_limit(ch, pu);
		if (limit != OFP_CML_NO_BUFFER && !asked) {
			buffer = switch_buffer_put(sc, p, pu->pu_in_port);
			asked = true;
		}
		pi.pi_buffer = limit == OFP_CML_NO_BUFFER ? OFP_NO_BUFFER :
		    buffer;
		if (chan_packet_in(ch, p, &pi,
		    pi.pi_buffer == OFP_NO_BUFFER || p->pk_len < limit ?
		    p->pk_len : limit) && pi.pi_buffer != OFP_NO_BUFFER)
			told = true;
	}
	if (!told)
		punt_unbuffer(sc, buffer);
	if (wanted == 0)
		switch_count(sc, SWITCH_N_PUNT_NO_CHAN);
}
