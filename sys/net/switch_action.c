/*
 * SPDX-License-Identifier: ISC
 *
 * switch_action.c: the executor of ops, one line for each.
 */
#include "switch_pass.h"

static inline void
op_flow(struct switch_pass *ps, const union switch_op *op)
{
	struct switch_table	*st = SMR_PTR_GET(
				    &ps->ps_sc->sc_tables[op->op.arg]);
	struct switch_flow	*f = op[1].flow;

	kern_pcpu_add(&st->st_count, SWITCH_TABLE_MATCHED, 1);
	kern_add64(&f->sf_packets, ps->ps_packets);
	kern_add64(&f->sf_bytes, ps->ps_pkt->pk_len);
	if (f->sf_idle != 0)
		kern_store(&f->sf_used, kern_uptime_ns());
	ps->ps_flow = f;
	ps->ps_table = op->op.arg;
}

static bool
op_miss(struct switch_pass *ps, const union switch_op *op)
{
	struct switch_table	*st = SMR_PTR_GET(
				    &ps->ps_sc->sc_tables[op->op.arg]);

	if (st != NULL)
		kern_pcpu_add(&st->st_count, SWITCH_TABLE_MISSED, 1);
	switch_count(ps->ps_sc, SWITCH_N_MISS);
	ps->ps_went = true;		/* counted */
	return (false);
}

static bool
op_meter(struct switch_pass *ps, uint32_t id)
{
	uint8_t		 prec = 0;

	if (!switch_meter_pass(ps->ps_sc, id, ps->ps_pkt->pk_len,
	    ps->ps_packets, &prec)) {
		switch_count(ps->ps_sc, SWITCH_N_METER);
		ps->ps_went = true;
		return (false);
	}
	if (prec > 0) {
		switch_pass_flush(ps);
		switch_remark_dscp(ps, prec);
	}
	return (true);
}

static void
op_metadata(struct switch_pass *ps, const union switch_op *op)
{
	ps->ps_key.k_metadata = (ps->ps_key.k_metadata & ~op[2].word) |
	    op[1].word;
}

/* Who wrote the output decides what the packet-in says of it (5.4, 7.4.1). */
static void
op_controller(struct switch_pass *ps, const union switch_op *op)
{
	bool		 set = (op->op.val & SWITCH_PUNT_SET) != 0, miss;

	miss = set ? (op->op.val & SWITCH_PUNT_MISS) != 0 :
	    ps->ps_flow != NULL && ps->ps_depth == 0 && ps->ps_flow->sf_miss;
	switch_pass_punt(ps, miss ? OFP_R_NO_MATCH : OFP_R_ACTION,
	    op->op.arg, set);
}

/* The slow-path meter, if there is one, bounds what is switched this way. */
static void
op_normal(struct switch_pass *ps)
{
	uint8_t		 prec = 0;

	if (switch_meter_pass(ps->ps_sc, OFP_M_SLOWPATH, ps->ps_pkt->pk_len,
	    ps->ps_packets, &prec)) {
		switch_normal_run(ps);
		return;
	}
	switch_count(ps->ps_sc, SWITCH_N_METER);
	ps->ps_went = true;
}

/* Packet-out to TABLE: a pass of its own, from a copy. */
static void
op_table(struct switch_pass *ps)
{
	struct switch_pass	 again;
	struct pkt		 p;

	ps->ps_went = true;
	if (pkt_dup(ps->ps_pkt, &p) != 0) {
		switch_count(ps->ps_sc, SWITCH_N_NOMEM);
		return;
	}
	switch_pass_init(&again, ps->ps_sc, ps->ps_in, ps->ps_in_port, &p);
	if (switch_key_extract(&p, &again.ps_key, &again.ps_hdr) != 0)
		switch_pass_drop(&again, SWITCH_N_RUNT);
	else
		switch_pass_run(&again);
}

/*
 * Super-frames: what segmentation would not survive is done to each piece, and
 * so is all that follows.
 */
static bool
op_cuts(const struct pkt *p, const union switch_op *op)
{
	unsigned int	 field = op->op.code == SWITCH_OP_SET ? op->op.arg :
			     op->op.code == SWITCH_OP_COPY ?
			     op[1].op.words : OFP_NFIELDS;

	if (field == OFP_XMT_ETH_TYPE || field == OFP_XMT_IP_PROTO ||
	    (op->op.code >= SWITCH_OP_PUSH_MPLS &&
	    op->op.code <= SWITCH_OP_POP_PBB))
		return (true);
	return (((field >= OFP_XMT_IP_DSCP && field < OFP_NFIELDS) ||
	    op->op.code >= SWITCH_OP_SET_MPLS_TTL) && pkt_is_rigid(p));
}

struct ops_rest {
	const struct switch_pass	*or_pass;
	const union switch_op		*or_op;
	unsigned int			 or_n;
};

static void
ops_segment(struct pkt *p, void *arg)
{
	struct ops_rest		*or = arg;
	struct switch_pass	 ps = *or->or_pass;

	ps.ps_pkt = p;
	ps.ps_packets = 1;
	ps.ps_stale = true;
	(void)switch_ops_run(&ps, or->or_op, or->or_n);
	switch_pass_end(&ps);
}

/*
 * Before an op that may change the packet: what was output before must leave
 * as it is now.  False: the packet was cut, and this and all ops behind done.
 */
static bool
ops_prepare(struct switch_pass *ps, const union switch_op *op, unsigned int n)
{
	struct ops_rest	 or = { ps, op, n };

	switch_pass_flush(ps);
	if (!pkt_is_super(ps->ps_pkt) || !op_cuts(ps->ps_pkt, op))
		return (true);
	if (pkt_segment(ps->ps_pkt, ops_segment, &or) != 0)
		switch_count(ps->ps_sc, SWITCH_N_NOMEM);
	ps->ps_went = true;		/* what is left is an empty handle */
	return (false);
}

bool
switch_ops_run(struct switch_pass *ps, const union switch_op *op,
    unsigned int nwords)
{
	const union switch_op	*end = op + nwords;
	bool			 go = true;

	for (; go && op < end; op += op->op.words) {
		if (op->op.code > SWITCH_OP_QUIET &&
		    !ops_prepare(ps, op, end - op))
			return (false);
		switch ((enum switch_opcode)op->op.code) {
		case SWITCH_OP_FLOW:
			op_flow(ps, op);
			break;
		case SWITCH_OP_MISS:
			go = op_miss(ps, op);
			break;
		case SWITCH_OP_METER:
			go = op_meter(ps, op->op.val);
			break;
		case SWITCH_OP_METADATA:
			op_metadata(ps, op);
			break;
		case SWITCH_OP_QUEUE:
			ps->ps_queue = op->op.val;
			break;
		case SWITCH_OP_OUTPUT:
			switch_pass_output(ps, op->op.val);
			break;
		case SWITCH_OP_IN_PORT:
			switch_pass_in_port(ps);
			break;
		case SWITCH_OP_CONTROLLER:
			op_controller(ps, op);
			break;
		case SWITCH_OP_ALL:
			switch_pass_flood(ps, true);
			break;
		case SWITCH_OP_FLOOD:
			switch_pass_flood(ps, false);
			break;
		case SWITCH_OP_NORMAL:
			op_normal(ps);
			break;
		case SWITCH_OP_TABLE:
			op_table(ps);
			break;
		case SWITCH_OP_GROUP:
			switch_group_run(ps, op->op.val);
			break;
		case SWITCH_OP_SET:
			switch_set_field(ps, op);
			break;
		case SWITCH_OP_COPY:
			switch_copy_field(ps, op);
			break;
		case SWITCH_OP_PUSH_VLAN:
			switch_push_vlan(ps, op->op.arg);
			break;
		case SWITCH_OP_POP_VLAN:
			switch_pop_vlan(ps);
			break;
		case SWITCH_OP_PUSH_MPLS:
			switch_push_mpls(ps, op->op.arg);
			break;
		case SWITCH_OP_POP_MPLS:
			switch_pop_mpls(ps, op->op.arg);
			break;
		case SWITCH_OP_PUSH_PBB:
			switch_push_pbb(ps, op->op.arg);
			break;
		case SWITCH_OP_POP_PBB:
			switch_pop_pbb(ps);
			break;
		case SWITCH_OP_SET_MPLS_TTL:
			switch_set_mpls_ttl(ps, op->op.arg);
			break;
		case SWITCH_OP_DEC_MPLS_TTL:
			go = switch_dec_mpls_ttl(ps);
			break;
		case SWITCH_OP_SET_NW_TTL:
			switch_set_nw_ttl(ps, op->op.arg);
			break;
		case SWITCH_OP_DEC_NW_TTL:
			go = switch_dec_nw_ttl(ps);
			break;
		case SWITCH_OP_COPY_TTL_OUT:
			switch_copy_ttl_out(ps);
			break;
		case SWITCH_OP_COPY_TTL_IN:
			switch_copy_ttl_in(ps);
			break;
		}
	}
	return (go);
}

bool
switch_op_run(struct switch_pass *ps, const union switch_op *op)
{
	return (switch_ops_run(ps, op, op->op.words));
}
