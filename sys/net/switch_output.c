/*
 * SPDX-License-Identifier: ISC
 *
 * switch_output.c: where a packet leaves: ports, floods, the controller.
 *
 * The last output of a pass takes the packet itself, the others take a second
 * handle.  Since nobody knows which is the last, an output is put off
 * (ps_out) until the next one comes, or something would change the packet, or
 * the pass ends.
 */
#include "switch_pass.h"

#define MAX_PUNT_SEGS	8	/* packet-ins made of one super-frame */

/* Consumes p, which is the pass's packet or a second handle on it. */
static inline void
port_xmit(struct switch_pass *ps, struct switch_port *sp, struct pkt *p)
{
	kern_pcpu_add(&sp->sp_count, SWITCH_PORT_TX_PACKETS, ps->ps_packets);
	kern_pcpu_add(&sp->sp_count, SWITCH_PORT_TX_BYTES, p->pk_len);
	if (unlikely(ps->ps_out_queue != 0))
		pkt_queue_set(p, ps->ps_out_queue);
	host_port_xmit(sp->sp_hp, p);
}

static void
port_drop(struct switch_pass *ps, struct switch_port *sp,
    enum switch_counter why)
{
	kern_pcpu_add(&sp->sp_count, SWITCH_PORT_TX_DROPPED, ps->ps_packets);
	switch_count(ps->ps_sc, why);
}

/* May a packet go from one port to another?  Counts when it may not. */
static inline bool
port_may_send(struct switch_pass *ps, struct switch_port *sp)
{
	uint32_t	 config = kern_load(&sp->sp_config);

	if (unlikely((config & (OFP_PC_PORT_DOWN | OFP_PC_NO_FWD)) != 0)) {
		port_drop(ps, sp, (config & OFP_PC_NO_FWD) != 0 ?
		    SWITCH_N_NO_FWD : SWITCH_N_OUT_DOWN);
		return (false);
	}
	if (unlikely((kern_load(&sp->sp_state) & OFP_PS_LINK_DOWN) != 0)) {
		port_drop(ps, sp, SWITCH_N_OUT_DOWN);
		return (false);
	}
	if (ps->ps_in != NULL && ps->ps_in != sp &&
	    (kern_load(&ps->ps_in->sp_domains) &
	    kern_load(&sp->sp_domains)) != 0) {
		switch_count(ps->ps_sc, SWITCH_N_PROTECTED);
		return (false);
	}
	return (true);
}

/*
 * The ends that a frame came with are not those it goes by: an end that no flow
 * changed is none.
 */
static void
pass_tunnel_unset(struct pkt_tunnel *pt, const struct pkt_tunnel *from)
{
	if (be32_get(pt->pt_src) == be32_get(from->pt_src))
		pt->pt_src = be32_make(0);
	if (be32_get(pt->pt_dst) == be32_get(from->pt_dst))
		pt->pt_dst = be32_make(0);
	if (memcmp(pt->pt_src6, from->pt_src6, sizeof(pt->pt_src6)) == 0)
		memset(pt->pt_src6, 0, sizeof(pt->pt_src6));
	if (memcmp(pt->pt_dst6, from->pt_dst6, sizeof(pt->pt_dst6)) == 0)
		memset(pt->pt_dst6, 0, sizeof(pt->pt_dst6));
}

/* What the host keeps beside the frame is made anew. */
static void
pass_settle_changed(struct switch_pass *ps)
{
	struct pkt_tunnel	 pt;
	const struct ofp_key	*k = &ps->ps_key;

	if (ps->ps_touched) {
		if (ps->ps_stale)
			switch_key_again(ps);
		pkt_headers_changed(ps->ps_pkt, ps->ps_hdr.h_l3,
		    ps->ps_hdr.h_l4);
		ps->ps_touched = false;
	}
	if (ps->ps_tunnel) {
		pt.pt_id = k->k_tunnel_id;
		pt.pt_src = k->k_tun_src;
		pt.pt_dst = k->k_tun_dst;
		memcpy(pt.pt_src6, k->k_tun_src6, sizeof(pt.pt_src6));
		memcpy(pt.pt_dst6, k->k_tun_dst6, sizeof(pt.pt_dst6));
		if (ps->ps_came)
			pass_tunnel_unset(&pt, &ps->ps_from);
		(void)pkt_tunnel_set(ps->ps_pkt, &pt);
		ps->ps_tunnel = false;
	}
}

static inline void
pass_settle(struct switch_pass *ps)
{
	if (unlikely(ps->ps_touched || ps->ps_tunnel))
		pass_settle_changed(ps);
}

void
switch_pass_flush(struct switch_pass *ps)
{
	struct switch_port	*sp = ps->ps_out;
	struct pkt		 p;

	if (sp == NULL)
		return;
	ps->ps_out = NULL;
	pass_settle(ps);
	if (pkt_dup(ps->ps_pkt, &p) != 0)
		port_drop(ps, sp, SWITCH_N_NOMEM);
	else
		port_xmit(ps, sp, &p);
}

static inline void
pass_to_port(struct switch_pass *ps, struct switch_port *sp)
{
	if (!port_may_send(ps, sp))
		return;
	if (unlikely(ps->ps_out != NULL))
		switch_pass_flush(ps);
	ps->ps_out = sp;
	ps->ps_out_queue = ps->ps_queue;
}

void
switch_pass_output(struct switch_pass *ps, uint32_t port)
{
	struct switch_port	*sp;

	ps->ps_went = true;
	if (port == ps->ps_in_port) {
		switch_count(ps->ps_sc, SWITCH_N_IN_PORT);
		return;
	}
	sp = switch_port_find(ps->ps_sc, port);
	if (sp == NULL)
		switch_count(ps->ps_sc, SWITCH_N_NO_PORT);
	else
		pass_to_port(ps, sp);
}

void
switch_pass_in_port(struct switch_pass *ps)
{
	ps->ps_went = true;
	if (ps->ps_in == NULL)
		switch_count(ps->ps_sc, SWITCH_N_NO_PORT);
	else
		pass_to_port(ps, ps->ps_in);
}

/* ALL, or FLOOD: not where spanning tree says no. */
void
switch_pass_flood(struct switch_pass *ps, bool all)
{
	struct switch_portv	*pv = SMR_PTR_GET(&ps->ps_sc->sc_portv);
	struct switch_port	*sp;
	uint32_t		 i;

	ps->ps_went = true;
	for (i = 0; pv != NULL && i < pv->pv_n; i++) {
		sp = pv->pv_port[i];
		if (sp == ps->ps_in ||
		    (!all && (kern_load(&sp->sp_state) & OFP_PS_BLOCKED) != 0))
			continue;
		pass_to_port(ps, sp);
	}
}

void
switch_pass_end(struct switch_pass *ps)
{
	struct switch_port	*sp = ps->ps_out;

	ps->ps_out = NULL;
	if (likely(sp != NULL)) {
		pass_settle(ps);
		port_xmit(ps, sp, ps->ps_pkt);
		return;
	}
	if (!ps->ps_went)
		switch_count(ps->ps_sc, SWITCH_N_NO_OUTPUT);
	pkt_free(ps->ps_pkt);
}

/* What was output before still goes. */
void
switch_pass_drop(struct switch_pass *ps, enum switch_counter why)
{
	switch_count(ps->ps_sc, why);
	ps->ps_went = true;
	switch_pass_end(ps);
}

/*
 * To the controller.
 */
struct punt_segs {
	struct switch_softc		*pg_sc;
	const struct switch_punt	*pg_punt;
	unsigned int			 pg_n;
};

static void
punt_segment(struct pkt *p, void *arg)
{
	struct punt_segs	*pg = arg;

	if (pg->pg_n++ < MAX_PUNT_SEGS)
		switch_punt(pg->pg_sc, p, pg->pg_punt);
	pkt_free(p);
}

static void
punt_super(struct switch_pass *ps, const struct switch_punt *pu)
{
	struct punt_segs	 pg = { ps->ps_sc, pu, 0 };
	struct pkt		 p;

	if (pkt_dup(ps->ps_pkt, &p) != 0 ||
	    pkt_segment(&p, punt_segment, &pg) != 0)
		switch_count(ps->ps_sc, SWITCH_N_NOMEM);
}

void
switch_pass_punt(struct switch_pass *ps, uint8_t reason, uint16_t max_len,
    bool no_cookie)
{
	const struct ofp_key	*k = &ps->ps_key;
	struct switch_punt	 pu;

	ps->ps_went = true;
	pass_settle(ps);
	pu.pu_reason = reason;
	pu.pu_table = ps->ps_table;
	pu.pu_max_len = max_len;
	pu.pu_cookie = no_cookie || ps->ps_flow == NULL || ps->ps_depth > 0 ?
	    OFP_COOKIE_NONE : ps->ps_flow->sf_cookie;
	pu.pu_in_port = ps->ps_in_port;
	pu.pu_in_phy_port = be32_get(k->k_in_phy_port);
	pu.pu_metadata = be64_get(k->k_metadata);
	pu.pu_tunnel_id = be64_get(k->k_tunnel_id);
	if (pkt_is_super(ps->ps_pkt))
		punt_super(ps, &pu);
	else
		switch_punt(ps->ps_sc, ps->ps_pkt, &pu);
}
