/*
 * SPDX-License-Identifier: ISC
 *
 * switch_pipeline.c: a packet's way through the tables (1.3.5, 5.1), and the
 * two other ways in: packet-out and a buffered packet.
 *
 * The pipeline writes down what it looked at and what it did (ps_trace), from
 * which the cache makes an entry.
 */
#include "switch_pass.h"

void
switch_pass_init(struct switch_pass *ps, struct switch_softc *sc,
    struct switch_port *in, uint32_t in_port, struct pkt *p)
{
	const struct pkt_tunnel	*pt = &ps->ps_from;

	memset(&ps->ps_key, 0, sizeof(ps->ps_key));
	ps->ps_sc = sc;
	ps->ps_in = in;
	ps->ps_pkt = p;
	ps->ps_out = NULL;
	ps->ps_flow = NULL;
	ps->ps_trace = NULL;
	ps->ps_queue = ps->ps_out_queue = ps->ps_work = 0;
	ps->ps_table = ps->ps_depth = 0;
	ps->ps_stale = ps->ps_touched = ps->ps_tunnel = ps->ps_went = false;
	ps->ps_in_port = in_port;
	ps->ps_packets = pkt_segs(p);
	ps->ps_key.k_in_port = ps->ps_key.k_in_phy_port = be32_make(in_port);
	ps->ps_key.k_actset_output = be32_make(SWITCH_PORT_UNSET);
	ps->ps_came = pkt_tunnel_get(p, &ps->ps_from);
	if (unlikely(ps->ps_came)) {
		ps->ps_key.k_tunnel_id = pt->pt_id;
		ps->ps_key.k_tun_src = pt->pt_src;
		ps->ps_key.k_tun_dst = pt->pt_dst;
		memcpy(ps->ps_key.k_tun_src6, pt->pt_src6,
		    sizeof(pt->pt_src6));
		memcpy(ps->ps_key.k_tun_dst6, pt->pt_dst6,
		    sizeof(pt->pt_dst6));
	}
}

/* An op that the pipeline itself wants done, or that is part of a list. */
static bool
pass_op(void *arg, const union switch_op *op)
{
	struct switch_pass	*ps = arg;

	if (ps->ps_trace != NULL)
		switch_trace_op(ps, op);
	return (switch_op_run(ps, op));
}

static bool
pass_ops(struct switch_pass *ps, const union switch_op *op, unsigned int n)
{
	const union switch_op	*end = op + n;

	for (; op < end; op += op->op.words)
		if (!pass_op(ps, op))
			return (false);
	return (true);
}

/* Look, and count; NULL: not in this table. */
static struct switch_flow *
pass_lookup(struct switch_pass *ps, uint8_t table)
{
	struct switch_table	*st;
	struct switch_flow	*f = NULL;
	union switch_op		 op[2];

	if (ps->ps_stale)
		switch_key_again(ps);
	st = SMR_PTR_GET(&ps->ps_sc->sc_tables[table]);
	if (st != NULL)
		f = switch_class_lookup(st->st_class, &ps->ps_key,
		    ps->ps_trace == NULL ? NULL : &ps->ps_trace->tr_mask);
	if (ps->ps_trace != NULL)
		switch_trace_lookup(ps, table, f);
	op[0].word = op[1].word = 0;
	op[0].op.code = f == NULL ? SWITCH_OP_MISS : SWITCH_OP_FLOW;
	op[0].op.words = f == NULL ? 1 : 2;
	op[0].op.arg = table;
	op[1].flow = f;
	(void)pass_op(ps, op);
	return (f);
}

static bool
pass_meter(struct switch_pass *ps, uint32_t meter)
{
	union switch_op		 op;

	op.word = 0;
	op.op.code = SWITCH_OP_METER;
	op.op.words = 1;
	op.op.val = meter;
	return (pass_op(ps, &op));
}

static void
pass_metadata(struct switch_pass *ps, const struct switch_instr *si)
{
	union switch_op		 op[3];

	op[0].word = 0;
	op[0].op.code = SWITCH_OP_METADATA;
	op[0].op.words = 3;
	op[1].word = si->si_metadata;
	op[2].word = si->si_metadata_mask;
	(void)pass_op(ps, op);
}

/* In the order of 5.9, whatever order the message had. */
static bool
pass_instr(struct switch_pass *ps, const struct switch_flow *f,
    const struct switch_instr *si, struct switch_actset *as)
{
	if ((si->si_present & 1u << OFP_IT_METER) != 0 &&
	    !pass_meter(ps, si->si_meter))
		return (false);
	if (si->si_napply > 0 && !pass_ops(ps, si->si_op, si->si_napply))
		return (false);
	if ((si->si_present & 1u << OFP_IT_CLEAR_ACTIONS) != 0)
		switch_actset_clear(as);
	if (si->si_nwrite > 0)
		switch_actset_write(as, si->si_op + si->si_napply,
		    si->si_nwrite, f->sf_miss);
	if ((si->si_present & 1u << OFP_IT_WRITE_METADATA) != 0)
		pass_metadata(ps, si);
	ps->ps_key.k_actset_output = be32_make(switch_actset_output(as));
	return (true);
}

/* An op of the action set; packet-ins do not name a flow. */
struct set_run {
	struct switch_pass	*sr_pass;
	bool			 sr_miss;
};

static bool
set_op(void *arg, const union switch_op *op)
{
	struct set_run		*sr = arg;
	union switch_op		 punt;

	if (op->op.code != SWITCH_OP_CONTROLLER)
		return (pass_op(sr->sr_pass, op));
	punt = *op;
	punt.op.val = SWITCH_PUNT_SET | (sr->sr_miss ? SWITCH_PUNT_MISS : 0);
	return (pass_op(sr->sr_pass, &punt));
}

/* From table 0 to the action set, 5.1 and 5.10.  False: cut short. */
static bool
pipeline_run(struct switch_pass *ps)
{
	struct switch_actset	 as;
	struct set_run		 sr = { ps, false };
	struct switch_flow	*f;
	struct switch_instr	*si;
	uint8_t			 table = 0;

	switch_actset_clear(&as);
	for (;;) {
		f = pass_lookup(ps, table);
		if (f == NULL)
			return (true);
		si = SMR_PTR_GET(&f->sf_instr);
		if (!pass_instr(ps, f, si, &as))
			return (false);
		if ((si->si_present & 1u << OFP_IT_GOTO_TABLE) == 0)
			break;
		table = si->si_goto;
	}
	sr.sr_miss = as.as_miss;
	return (switch_actset_walk(&as, set_op, &sr));
}

/* The slow way: and the cache shall know it next time. */
static void
pass_record(struct switch_pass *ps, uint64_t hash)
{
	struct switch_trace	 tr;

	switch_trace_begin(ps, &tr);
	if (!pipeline_run(ps))
		tr.tr_useless = true;
	switch_cache_add(ps->ps_sc, hash, &tr);
	ps->ps_trace = NULL;
}

/*
 * A super-frame whose way is not known yet goes in pieces, since no op that
 * would have to cut it can do so halfway through the tables.
 */
static void
pass_segment(struct pkt *p, void *arg)
{
	const struct switch_pass *whole = arg;
	struct switch_pass	  ps;

	switch_pass_init(&ps, whole->ps_sc, whole->ps_in, whole->ps_in_port,
	    p);
	if (switch_key_extract(p, &ps.ps_key, &ps.ps_hdr) != 0)
		switch_pass_drop(&ps, SWITCH_N_RUNT);
	else
		switch_pass_run(&ps);
}

void
switch_pass_run(struct switch_pass *ps)
{
	uint64_t	 hash;

	if (!switch_cache_run(ps, &hash)) {
		if (unlikely(pkt_is_super(ps->ps_pkt))) {
			if (pkt_segment(ps->ps_pkt, pass_segment, ps) != 0)
				switch_count(ps->ps_sc, SWITCH_N_NOMEM);
			return;
		}
		pass_record(ps, hash);
	}
	switch_pass_end(ps);
}

/*
 * Packet-out, 7.3.7.
 */
static enum ofp_error
out_port_check(struct switch_softc *sc, uint32_t in_port)
{
	return (in_port == OFP_P_CONTROLLER ||
	    switch_port_find(sc, in_port) != NULL ? OFP_OK :
	    OFP_BRC_BAD_PORT);
}

enum ofp_error
switch_packet_out_check(struct switch_softc *sc, uint32_t in_port,
    struct ofp_rd actions)
{
	enum ofp_error	 err;

	KERN_MUTEX_ASSERT(&sc->sc_mutex);
	smr_read_enter();
	err = out_port_check(sc, in_port);
	smr_read_leave();
	return (err != OFP_OK ? err : switch_actions_check(sc, actions, true));
}

static enum ofp_error
packet_out_run(struct switch_softc *sc, uint32_t in_port,
    const union switch_op *ops, unsigned int n, struct pkt *p)
{
	struct switch_pass	 ps;

	switch_pass_init(&ps, sc, switch_port_find(sc, in_port), in_port, p);
	if (switch_key_extract(p, &ps.ps_key, &ps.ps_hdr) != 0) {
		pkt_free(p);
		return (OFP_BRC_BAD_PACKET);
	}
	(void)switch_ops_run(&ps, ops, n);
	switch_pass_end(&ps);
	return (OFP_OK);
}

enum ofp_error
switch_packet_out(struct switch_softc *sc, uint32_t in_port,
    struct ofp_rd actions, struct pkt *p)
{
	union switch_op		*ops;
	enum ofp_error		 err;
	unsigned int		 n;

	err = switch_packet_out_check(sc, in_port, actions);
	if (err != OFP_OK) {
		pkt_free(p);
		return (err);
	}
	n = switch_actions_size(actions);
	ops = kern_zalloc((n + 1) * sizeof(*ops));
	if (ops == NULL) {
		switch_count(sc, SWITCH_N_NOMEM);
		pkt_free(p);
		return (OFP_OK);
	}
	(void)switch_actions_compile(actions, ops);
	smr_read_enter();
	err = packet_out_run(sc, in_port, ops, n, p);
	smr_read_leave();
	kern_free(ops, (n + 1) * sizeof(*ops));
	return (err);
}

void
switch_packet_resume(struct switch_softc *sc, uint32_t in_port, struct pkt *p)
{
	struct switch_pass	 ps;

	smr_read_enter();
	switch_pass_init(&ps, sc, switch_port_find(sc, in_port), in_port, p);
	if (switch_key_extract(p, &ps.ps_key, &ps.ps_hdr) != 0)
		switch_pass_drop(&ps, SWITCH_N_RUNT);
	else
		switch_pass_run(&ps);
	smr_read_leave();
}
