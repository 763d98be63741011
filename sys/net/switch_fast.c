/*
 * SPDX-License-Identifier: ISC
 *
 * switch_fast.c: what a host may forward by itself; see if_switch.h.
 *
 * A program of the cache is plain when it does nothing but count and send the
 * frame out once, as it is.  Which of its packets take this way depends on no
 * more than the words of an offer: other words of the key are zero for TCP and
 * UDP over IP, or the same for all that comes in at one port.
 */
#include "switch_pass.h"

static const uint8_t offer_words[SWITCH_FAST_WORDS] = {
	0, 1, 2, 3, 4,			/* Ethernet, IPv4, transport */
	offsetof(struct ofp_key, k_ipv6_flabel) / 8,
	offsetof(struct ofp_key, k_ipv6_src) / 8,
	offsetof(struct ofp_key, k_ipv6_src) / 8 + 1,
	offsetof(struct ofp_key, k_ipv6_dst) / 8,
	offsetof(struct ofp_key, k_ipv6_dst) / 8 + 1
};

bool
switch_fast_plain(const struct switch_trace *tr)
{
	const union switch_op	*op = tr->tr_op, *end = op + tr->tr_nops;
	unsigned int		 outputs = 0;

	if ((be16_get(tr->tr_mask.k_tcp_flags) & ~SWITCH_HAS_MASK) != 0)
		return (false);
	for (; op < end; op += op->op.words)
		switch (op->op.code) {
		case SWITCH_OP_FLOW:
		case SWITCH_OP_METADATA:
			break;
		case SWITCH_OP_OUTPUT:
			outputs++;
			break;
		default:
			return (false);
		}
	return (outputs == 1);
}

/* Of the kind that an offer speaks of. */
static bool
pass_ordinary(const struct switch_pass *ps)
{
	const struct ofp_key	*k = &ps->ps_key;
	const struct switch_hdr	*h = &ps->ps_hdr;

	return (ps->ps_in != NULL && ps->ps_out != NULL &&
	    (k->k_ip_proto == 6 || k->k_ip_proto == 17) &&
	    (be16_get(k->k_eth_type) == 0x0800 ||
	    be16_get(k->k_eth_type) == 0x86dd) &&
	    (be16_get(k->k_tcp_flags) & SWITCH_HAS_L4) != 0 &&
	    h->h_tags <= 1 && h->h_frag == SWITCH_FRAG_NO &&
	    h->h_llc == SWITCH_LLC_NO && be16_get(k->k_ipv6_exthdr) == 0 &&
	    be64_get(k->k_tunnel_id) == 0 && be32_get(k->k_tun_src) == 0 &&
	    be32_get(k->k_tun_dst) == 0);
}

void
switch_fast_offer(struct switch_pass *ps, uint32_t prog, uint64_t birth)
{
	struct switch_fast_offer fo;
	struct ofp_key		 k;
	unsigned int		 i;

	if (!pass_ordinary(ps))
		return;
	k = ps->ps_key;
	k.k_in_port = be32_make(0);
	k.k_tcp_flags = be16_make(0);
	for (i = 0; i < SWITCH_FAST_WORDS; i++)
		fo.fo_key[i] = switch_key_cwords(&k)[offer_words[i]];
	fo.fo_in = ps->ps_in;
	fo.fo_out = ps->ps_out;
	fo.fo_in_hp = ps->ps_in->sp_hp;
	fo.fo_out_hp = ps->ps_out->sp_hp;
	fo.fo_birth = birth;
	fo.fo_prog = prog;
	ps->ps_sc->sc_fast->fa_offer(ps->ps_sc->sc_hs, &fo);
}

void
switch_fast_set(struct switch_softc *sc, const struct switch_fast *fa)
{
	sc->sc_fast = fa;
}

bool
switch_fast_good(struct switch_softc *sc, const struct switch_fast_offer *fo)
{
	bool	 good;

	smr_read_enter();
	good = !kern_load(&sc->sc_standalone) && switch_cache_good(sc, fo);
	smr_read_leave();
	return (good);
}

static void
flow_credit(struct switch_softc *sc, const union switch_op *op,
    const struct switch_fast_count *fc)
{
	struct switch_table	*st = SMR_PTR_GET(&sc->sc_tables[op->op.arg]);
	struct switch_flow	*f = op[1].flow;

	kern_pcpu_add(&st->st_count, SWITCH_TABLE_MATCHED, fc->fc_frames);
	kern_add64(&f->sf_packets, fc->fc_packets);
	kern_add64(&f->sf_bytes, fc->fc_bytes);
	if (f->sf_idle != 0 && fc->fc_used > kern_load(&f->sf_used))
		kern_store(&f->sf_used, fc->fc_used);
}

bool
switch_fast_credit(struct switch_softc *sc, const struct switch_fast_offer *fo,
    const struct switch_fast_count *fc)
{
	const union switch_op	*op, *end;
	unsigned int		 n;

	kern_pcpu_add(&sc->sc_counters, SWITCH_N_FAST, fc->fc_frames);
	kern_pcpu_add(&fo->fo_in->sp_count, SWITCH_PORT_RX_PACKETS,
	    fc->fc_packets);
	kern_pcpu_add(&fo->fo_in->sp_count, SWITCH_PORT_RX_BYTES,
	    fc->fc_bytes);
	kern_pcpu_add(&fo->fo_out->sp_count, SWITCH_PORT_TX_PACKETS,
	    fc->fc_packets);
	kern_pcpu_add(&fo->fo_out->sp_count, SWITCH_PORT_TX_BYTES,
	    fc->fc_bytes);
	smr_read_enter();
	op = switch_cache_ops(sc, fo, &n);
	for (end = op == NULL ? NULL : op + n; op < end; op += op->op.words)
		if (op->op.code == SWITCH_OP_FLOW)
			flow_credit(sc, op, fc);
	smr_read_leave();
	return (end != NULL);
}
