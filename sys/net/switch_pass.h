/*
 * SPDX-License-Identifier: ISC
 *
 * switch_pass.h: one packet's pass through the switch.
 *
 * A pass (struct switch_pass) holds the packet, its key, where its headers
 * are, and the port it leaves by; it lives on the stack from switch_input to
 * the last output.  What happens to the packet is a run of ops (union
 * switch_op): a flow's actions are compiled to ops when the flow is added,
 * group buckets too, and an entry of the cache is nothing but the ops of the
 * whole pipeline in a row.  So there is one executor, switch_ops_run.
 *
 * The packet path: switch_input (if_switch.c), switch_key_extract
 * (switch_key.c), switch_cache_run (switch_cache.c) or switch_pipeline_run
 * (switch_pipeline.c), switch_ops_run (switch_action.c, switch_rewrite.c),
 * switch_pass_output (switch_output.c).  Everything runs in a read section.
 */
#ifndef _NET_SWITCH_PASS_H_
#define _NET_SWITCH_PASS_H_

#include "switch_var.h"

/*
 * An op is one or more words; op_words counts them all.  The words behind the
 * first are data.
 */
union switch_op {
	struct {
		uint8_t			code;	/* enum switch_opcode */
		uint8_t			words;
		uint16_t		arg;
		uint32_t		val;
	}			op;
	uint64_t		word;
	be64_t			bytes;		/* of a field, left aligned */
	struct switch_flow	*flow;
};
CTASSERT(sizeof(union switch_op) == 8);

/*
 * Ops up to SWITCH_OP_QUIET leave the packet alone; before any other, an
 * output that was put off must be made from the packet as it is.
 */
enum switch_opcode {
	SWITCH_OP_FLOW,		/* arg: table; flow */
	SWITCH_OP_MISS,		/* arg: table */
	SWITCH_OP_METER,	/* val: id */
	SWITCH_OP_METADATA,	/* value; mask */
	SWITCH_OP_QUEUE,	/* val: id */
	SWITCH_OP_OUTPUT,	/* val: number of a port, or LOCAL */
	SWITCH_OP_IN_PORT,
	SWITCH_OP_CONTROLLER,	/* arg: max_len; val: SWITCH_PUNT_* */
	SWITCH_OP_QUIET = SWITCH_OP_CONTROLLER,
	SWITCH_OP_ALL,
	SWITCH_OP_FLOOD,
	SWITCH_OP_NORMAL,
	SWITCH_OP_TABLE,	/* packet-out only */
	SWITCH_OP_GROUP,	/* val: id */
	SWITCH_OP_SET,		/* arg: enum ofp_field; value (2 words) */
	SWITCH_OP_COPY,		/* arg: bits; val: offsets; fields */
	SWITCH_OP_PUSH_VLAN,	/* arg: EtherType */
	SWITCH_OP_POP_VLAN,
	SWITCH_OP_PUSH_MPLS,	/* arg: EtherType */
	SWITCH_OP_POP_MPLS,	/* arg: EtherType */
	SWITCH_OP_PUSH_PBB,	/* arg: EtherType */
	SWITCH_OP_POP_PBB,
	SWITCH_OP_SET_MPLS_TTL,	/* arg: TTL */
	SWITCH_OP_DEC_MPLS_TTL,
	SWITCH_OP_SET_NW_TTL,	/* arg: TTL */
	SWITCH_OP_DEC_NW_TTL,
	SWITCH_OP_COPY_TTL_OUT,
	SWITCH_OP_COPY_TTL_IN
};

/* val of SWITCH_OP_CONTROLLER */
#define SWITCH_PUNT_SET		1	/* of an action set: no cookie */
#define SWITCH_PUNT_MISS	2	/* written by a table-miss entry */

#define SWITCH_OP_MAXWORDS	3

/*
 * A flow's instructions, compiled; shared by all flows that have the same.
 */
struct switch_instr {
	struct switch_instr	*si_hnext;	/* M: sc_instrs */
	struct smr_entry	 si_smr;
	size_t			 si_size;	/* I: of the allocation */
	uint32_t		 si_refs;	/* M: flows */
	uint32_t		 si_hash;	/* I: of the wire bytes */
	uint16_t		 si_len;	/* I: wire bytes */
	uint8_t			 si_goto;	/* I: if OFP_IT_GOTO_TABLE */
	uint32_t		 si_present;	/* I: bits 1 << OFP_IT_* */
	uint32_t		 si_meter;	/* I */
	be64_t			 si_metadata, si_metadata_mask;	/* I */
	uint32_t		 si_napply;	/* I: words */
	uint32_t		 si_nwrite;	/* I: words */
	uint8_t			*si_wire;	/* I */
	union switch_op		 si_op[];	/* I: apply, then write */
};

/*
 * The four bits of k_tcp_flags above the flags of TCP: which headers are in
 * the frame whole.  The classifier asks for them with the fields of a match.
 */
#define SWITCH_HAS_L4		0x8000
#define SWITCH_HAS_L3		0x4000	/* IP, ARP, MPLS shim or PBB tag */
#define SWITCH_HAS_ND		0x2000	/* target of a neighbour message */
#define SWITCH_HAS_LLADDR	0x1000	/* its link-layer address option */
#define SWITCH_HAS_MASK		0xf000

/* Where the headers of a frame are.  Offset 0: there is no such header. */
struct switch_hdr {
	uint32_t	h_end;		/* end of the IP packet */
	uint16_t	h_l3;		/* behind the EtherType */
	uint16_t	h_l4;		/* transport, if whole */
	uint16_t	h_sll, h_tll;	/* address in the ND options */
	uint16_t	h_next;		/* the byte that names the transport */
	uint8_t		h_proto;	/* of h_l4, or in a fragment */
	/* four bytes that are part of the shape */
	uint8_t		h_tags;		/* VLAN tags */
	uint8_t		h_frag;		/* enum switch_frag */
	uint8_t		h_llc;		/* enum switch_llc */
	bool		h_routed;	/* IPv6 destination is not the last */
	uint32_t	h_rare;		/* words 7.. in use, as bits */
};
enum switch_llc { SWITCH_LLC_NO, SWITCH_LLC_SNAP, SWITCH_LLC_OTHER };
enum switch_frag { SWITCH_FRAG_NO, SWITCH_FRAG_FIRST, SWITCH_FRAG_LATER };

/*
 * What a lookup path depends on beyond the key: the same key with another
 * shape may take another way once actions changed the packet.  It is four bytes
 * of the header, and, where those leave room, which headers there are.
 */
CTASSERT(offsetof(struct switch_hdr, h_routed) ==
    offsetof(struct switch_hdr, h_tags) + 3);

static inline uint32_t
switch_hdr_shape(const struct switch_hdr *h, const struct ofp_key *k)
{
	uint32_t	 shape;

	memcpy(&shape, (const uint8_t *)h + offsetof(struct switch_hdr, h_tags),
	    sizeof(shape));
	return (shape | (k->k_tcp_flags & be16_make(SWITCH_HAS_MASK)));
}

/* A table that was looked at, and the priority of what was found in it. */
struct switch_seen {
	uint8_t		se_table;
	int32_t		se_priority;	/* -1: nothing */
};

/* Most of what an entry of the cache can hold. */
#define SWITCH_TRACE_TABLES	8
#define SWITCH_TRACE_OPS	30

/* What a run of the pipeline writes down for the cache. */
struct switch_trace {
	struct ofp_key		 tr_key;	/* of the packet as it came */
	struct ofp_key		 tr_mask;	/* consulted */
	uint64_t		 tr_seq;	/* changes before that */
	uint32_t		 tr_shape;
	uint32_t		 tr_dirty;	/* words of the key changed */
	uint8_t			 tr_ntables;
	uint8_t			 tr_nops;
	bool			 tr_useless;	/* cannot be cached */
	bool			 tr_reparsed;	/* a lookup from now on sees
						   what the key did not say */
	struct switch_seen	 tr_seen[SWITCH_TRACE_TABLES];
	union switch_op		 tr_op[SWITCH_TRACE_OPS];
};

struct switch_pass {
	struct switch_softc	*ps_sc;
	struct switch_port	*ps_in;		/* NULL: none such */
	struct pkt		*ps_pkt;
	struct switch_port	*ps_out;	/* output put off */
	struct switch_flow	*ps_flow;	/* whose actions run */
	struct switch_trace	*ps_trace;	/* or NULL */
	uint32_t		 ps_in_port;
	uint32_t		 ps_packets;	/* frames on the wire */
	uint32_t		 ps_queue, ps_out_queue;
	uint32_t		 ps_work;	/* of groups */
	uint8_t			 ps_table;	/* of ps_flow */
	uint8_t			 ps_depth;	/* groups */
	bool			 ps_stale;	/* parse anew before use */
	bool			 ps_touched;	/* headers changed */
	bool			 ps_tunnel;	/* tunnel fields set */
	bool			 ps_came;	/* by a tunnel, ps_from */
	struct pkt_tunnel	 ps_from;
	bool			 ps_went;	/* somewhere */
	struct ofp_key		 ps_key;
	struct switch_hdr	 ps_hdr;	/* cleared by extract */
};

static inline uint64_t *
switch_key_words(struct ofp_key *k)
{
	return ((uint64_t *)k);
}

static inline const uint64_t *
switch_key_cwords(const struct ofp_key *k)
{
	return ((const uint64_t *)k);
}

/*
 * Hashes over words: the two halves of a long product, so that each bit of a
 * word reaches all bits of the result.
 */
static inline uint64_t
switch_hash_two(uint64_t a, uint64_t b)
{
	unsigned __int128	 x;

	x = (unsigned __int128)(a ^ 0x2d358dccaa6c78a5ULL) *
	    (b ^ 0x9e3779b97f4a7c15ULL);
	return ((uint64_t)x ^ (uint64_t)(x >> 64));
}

static inline uint64_t
switch_hash_add(uint64_t h, uint64_t w)
{
	return (switch_hash_two(h ^ w, 0));
}

/*
 * switch_key.c
 */
/* Fill key and hdr from a frame; in_port and the rest of the pipeline's own
 * fields must be in place.  EINVAL: too short to be a frame. */
int	switch_key_extract(struct pkt *, struct ofp_key *, struct switch_hdr *);
/* The frame changed: find headers and fields anew. */
void	switch_key_again(struct switch_pass *);
/* Which bucket, which queue: the same for all packets of a conversation. */
uint32_t switch_key_hash(const struct ofp_key *, const struct switch_hdr *);

/*
 * switch_class.c: tuple space.
 */
int	switch_class_new(struct switch_class **);
void	switch_class_free(struct switch_class *);
/* S: the best flow; mask, if any, gets what was looked at. */
struct switch_flow *switch_class_lookup(const struct switch_class *,
	    const struct ofp_key *, struct ofp_key *mask);
/* M: a flow with this mask and key; of this priority. */
struct switch_flow *switch_class_find(const struct switch_class *,
	    const struct ofp_match *, uint16_t priority);
/*
 * M: flow's mask and key from a match: takes (or makes) the mask; the flow is
 * allocated with room for the words.  NULL: no memory.
 */
struct switch_flow *switch_class_flow(struct switch_class *,
	    const struct ofp_match *, uint16_t priority);
/* M: make sure that insert cannot fail.  0, ENOMEM. */
int	switch_class_reserve(struct switch_class *, struct switch_flow *);
void	switch_class_insert(struct switch_class *, struct switch_flow *);
/* M: put one in the place of another with the same match and priority. */
void	switch_class_replace(struct switch_class *, struct switch_flow *old,
	    struct switch_flow *);
void	switch_class_remove(struct switch_class *, struct switch_flow *);
/* M: a flow that was made by switch_class_flow and never inserted; one that
 * was removed or replaced.  Until then that may be inserted again. */
void	switch_class_flow_free(struct switch_flow *);
void	switch_class_flow_retire(struct switch_flow *);
/*
 * M: call fn for each flow whose match is at least as specific as match (all
 * if NULL); fn may remove it.
 */
void	switch_class_covered(struct switch_class *, const struct ofp_match *,
	    void (*fn)(struct switch_flow *, void *), void *);
/* M: no more flows than these would be looked at for that. */
uint64_t switch_class_covers(const struct switch_class *,
	    const struct ofp_match *);
/* M: is there one of this priority that a packet of match could also hit? */
bool	switch_flow_covered(const struct switch_flow *,
	    const struct ofp_match *);
bool	switch_class_overlaps(const struct switch_class *,
	    const struct ofp_match *, uint16_t priority);
void	switch_flow_key(const struct switch_flow *, struct ofp_key *key,
	    struct ofp_key *mask);
/* The same, the words alone that the mask has: index, mask, key; how many. */
unsigned int switch_flow_words(const struct switch_flow *, uint8_t *,
	    uint64_t *, uint64_t *);

/*
 * switch_instr.c: wire actions to ops.
 */
/* M: shared instructions of a flow; counted.  Errors: groups, meters, ports,
 * goto of that table, memory. */
enum ofp_error switch_instr_get(struct switch_softc *, uint8_t table,
	    const struct ofp_flow *, struct switch_instr **);
void	switch_instr_ref(struct switch_softc *, struct switch_instr *);
void	switch_instr_put(struct switch_softc *, struct switch_instr *);
/* M: n flows more name its groups and its meter. */
void	switch_instr_count(struct switch_softc *, const struct switch_instr *,
	    int n);
enum ofp_error switch_instr_check(struct switch_softc *, uint8_t table,
	    const struct ofp_instructions *);
bool	switch_instr_outputs(const struct switch_instr *, uint32_t port,
	    uint32_t group);
/* Does it name the group or meter; or, asked for all, any? */
bool	switch_instr_has_group(const struct switch_instr *, uint32_t group);
bool	switch_instr_has_meter(const struct switch_instr *, uint32_t meter);
/* M: are the ports and groups of a checked list there?  packet_out: TABLE may
 * be named. */
enum ofp_error switch_actions_check(struct switch_softc *, struct ofp_rd,
	    bool packet_out);
/* Words that a checked list compiles to, and the compiling. */
unsigned int switch_actions_size(struct ofp_rd);
unsigned int switch_actions_compile(struct ofp_rd, union switch_op *);
/* The same, as an action set: one of each kind, in the set's order. */
unsigned int switch_actions_compile_set(struct ofp_rd, union switch_op *);

/* An action set under way: pointers to ops in compiled instructions. */
#define SWITCH_SET_FIXED	15
struct switch_actset {
	uint64_t		 as_fields;	/* OFP_FIELD_BIT */
	uint32_t		 as_have;	/* bits of as_op */
	bool			 as_miss;	/* output by a table-miss */
	const union switch_op	*as_op[SWITCH_SET_FIXED];
	const union switch_op	*as_field[OFP_NFIELDS];
};
void	switch_actset_clear(struct switch_actset *);
void	switch_actset_write(struct switch_actset *, const union switch_op *,
	    unsigned int nwords, bool miss);
/* Where it will send the packet, for OFP_FIELD_ACTSET_OUTPUT. */
uint32_t switch_actset_output(const struct switch_actset *);
/* Each op of the set in order; stops when fn says false. */
bool	switch_actset_walk(const struct switch_actset *,
	    bool (*fn)(void *, const union switch_op *), void *);

/*
 * switch_pipeline.c
 */
void	switch_pass_init(struct switch_pass *, struct switch_softc *,
	    struct switch_port *, uint32_t in_port, struct pkt *);
/* With key and headers: through the cache or the tables.  Ends the pass. */
void	switch_pass_run(struct switch_pass *);

/*
 * switch_cache.c
 */
int	switch_cache_create(struct switch_softc *);
void	switch_cache_destroy(struct switch_softc *);
/* S: true: the packet was dealt with; else *hash is for switch_cache_add. */
bool	switch_cache_run(struct switch_pass *, uint64_t *hash);
/* S: begin to write down what the pipeline does. */
void	switch_trace_begin(struct switch_pass *, struct switch_trace *);
/* S: the packet's pass is over: keep what was written down. */
void	switch_cache_add(struct switch_softc *, uint64_t hash,
	    const struct switch_trace *);
/* M: a flow was added, changed or removed: forget what it bears upon. */
void	switch_cache_change(struct switch_softc *, const struct switch_flow *);
/* M: forget everything. */
void	switch_cache_flush(struct switch_softc *);
void	switch_cache_tick(struct switch_softc *);
/* Write down an op that is about to run. */
void	switch_trace_op(struct switch_pass *, const union switch_op *);
/* Write down a look at a table; what may be looked at goes to tr_mask. */
void	switch_trace_lookup(struct switch_pass *, uint8_t table,
	    const struct switch_flow *);

/* For switch_fast.c.  S: the ops of a live program; NULL: it is gone. */
const union switch_op *switch_cache_ops(struct switch_softc *,
	    const struct switch_fast_offer *, unsigned int *nwords);
/* S: live, and no change has borne upon it. */
bool	switch_cache_good(struct switch_softc *,
	    const struct switch_fast_offer *);

/*
 * switch_fast.c: what a host may forward by itself.
 */
/* Could a program be offered? */
bool	switch_fast_plain(const struct switch_trace *);
/* S: offer the way that this packet went, which ps_out still tells. */
void	switch_fast_offer(struct switch_pass *, uint32_t prog, uint64_t birth);

/*
 * switch_action.c
 */
/* False: the packet's way ends here (TTL, meter). */
bool	switch_ops_run(struct switch_pass *, const union switch_op *,
	    unsigned int nwords);
bool	switch_op_run(struct switch_pass *, const union switch_op *);
/* Make the output that was put off, if any, and let go of the packet. */
void	switch_pass_end(struct switch_pass *);
void	switch_pass_drop(struct switch_pass *, enum switch_counter);

/*
 * switch_output.c
 */
void	switch_pass_output(struct switch_pass *, uint32_t port);
void	switch_pass_in_port(struct switch_pass *);
void	switch_pass_flood(struct switch_pass *, bool all);
/* Put off no longer. */
void	switch_pass_flush(struct switch_pass *);
void	switch_pass_punt(struct switch_pass *, uint8_t reason,
	    uint16_t max_len, bool no_cookie);

/*
 * switch_rewrite.c, switch_push.c: false only for a TTL that ran out.  What
 * the packet does not have is skipped and counted (DD-26).
 */
/* Own n bytes and say that headers change; false: skipped. */
bool	switch_pass_own(struct switch_pass *, uint32_t n);
/* What must be summed anew when bytes change. */
#define SWITCH_SUM_IP		1	/* IPv4 header */
#define SWITCH_SUM_L4		2	/* transport, these bytes are in it */
#define SWITCH_SUM_PSEUDO	4	/* transport, these are in its pseudo
					   header */
void	switch_pass_write(struct switch_pass *, uint32_t off,
	    const uint8_t *, uint32_t n, unsigned int sums);
uint16_t switch_pass_ethertype(const struct switch_pass *);
void	switch_pass_skip(struct switch_pass *);
/* Offset of the EtherType that counts. */
uint32_t switch_pass_type_off(const struct switch_pass *);
void	switch_set_field(struct switch_pass *, const union switch_op *);
void	switch_copy_field(struct switch_pass *, const union switch_op *);
void	switch_push_vlan(struct switch_pass *, uint16_t ethertype);
void	switch_pop_vlan(struct switch_pass *);
void	switch_push_mpls(struct switch_pass *, uint16_t ethertype);
void	switch_pop_mpls(struct switch_pass *, uint16_t ethertype);
void	switch_push_pbb(struct switch_pass *, uint16_t ethertype);
void	switch_pop_pbb(struct switch_pass *);
void	switch_set_mpls_ttl(struct switch_pass *, uint8_t ttl);
bool	switch_dec_mpls_ttl(struct switch_pass *);
void	switch_set_nw_ttl(struct switch_pass *, uint8_t ttl);
bool	switch_dec_nw_ttl(struct switch_pass *);
void	switch_copy_ttl_out(struct switch_pass *);
void	switch_copy_ttl_in(struct switch_pass *);
void	switch_invalid_ttl(struct switch_pass *);
void	switch_remark_dscp(struct switch_pass *, uint8_t prec);

/*
 * switch_group.c, switch_meter.c, switch_normal.c
 */
void	switch_group_run(struct switch_pass *, uint32_t id);
/* M: counts once for each value of sc_groupmark. */
void	switch_group_ref(struct switch_softc *, uint32_t id, int n);
int	switch_normal_create(struct switch_softc *);
void	switch_normal_destroy(struct switch_softc *);
/* As a VLAN-aware learning bridge would. */
void	switch_normal_run(struct switch_pass *);
void	switch_normal_forget(struct switch_softc *, uint32_t port);
void	switch_normal_tick(struct switch_softc *);
bool	switch_meter_remarks(struct switch_softc *, uint32_t id);
void	switch_meter_ref(struct switch_softc *, uint32_t id, int n);
void	switch_groups_free(struct switch_softc *);
void	switch_meters_free(struct switch_softc *);

/*
 * switch_table.c, switch_expire.c, switch_buffer.c
 */
#define SWITCH_RR_SILENT	0xff	/* no flow-removed */
void	switch_flow_delete(struct switch_softc *, struct switch_flow *,
	    uint8_t reason);
/* M: other instructions, counters kept or reset. */
void	switch_flow_modify(struct switch_softc *, struct switch_flow *,
	    struct switch_instr *, bool reset);
/* M: all flows, in any table, that name the group or the meter. */
void	switch_flows_of_group(struct switch_softc *, uint32_t group);
void	switch_flows_of_meter(struct switch_softc *, uint32_t meter);
/* M: names(instructions, id) is about to go: changes that would still give it
 * to flows delete these instead. */
void	switch_change_bereave(struct switch_softc *,
	    bool (*names)(const struct switch_instr *, uint32_t), uint32_t id,
	    uint8_t reason);
void	switch_tables_free(struct switch_softc *);
int	switch_wheel_create(struct switch_softc *);
void	switch_wheel_destroy(struct switch_softc *);
void	switch_wheel_add(struct switch_softc *, struct switch_flow *);
void	switch_wheel_del(struct switch_softc *, struct switch_flow *);
/* M: expire at most budget flows; true: there may be more. */
bool	switch_wheel_run(struct switch_softc *, unsigned int budget);
int	switch_buffers_create(struct switch_softc *);
void	switch_buffers_destroy(struct switch_softc *);
/* M: keep up to n packets.  0, or ENOMEM: as before. */
int	switch_buffers_resize(struct switch_softc *, uint32_t n);
void	switch_buffers_tick(struct switch_softc *);

/*
 * switch_port.c
 */
void	switch_ports_free(struct switch_softc *);

#endif /* _NET_SWITCH_PASS_H_ */
