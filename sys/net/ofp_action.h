/*
 * SPDX-License-Identifier: ISC
 *
 * ofp_action.h: actions and instructions.
 *
 * Lists of actions stay what they are on the wire: a run of TLVs, checked once
 * by ofp_actions_check and afterwards walked with ofp_action_next, which cannot
 * fail on a checked list.  So a flow keeps exactly the bytes it answers with.
 */
#ifndef _NET_OFP_ACTION_H_
#define _NET_OFP_ACTION_H_

#include "ofp_oxm.h"

struct ofp_action {
	uint16_t	ac_type;	/* enum ofp_action_type */
	union {
		struct {
			uint32_t	port;
			uint16_t	max_len;
		} output;
		uint32_t	group;
		uint32_t	queue;
		uint16_t	ethertype;	/* push, pop_mpls */
		uint8_t		ttl;
		struct {
			enum ofp_field	field;
			uint8_t		value[16]; /* left aligned, ox_len */
		} set;
		struct {			/* EXT-320 copy-field */
			uint16_t	n_bits, src_off, dst_off;
			enum ofp_field	src, dst;
		} copy;
		struct {			/* 1.0 only */
			uint32_t	port, queue;
		} enqueue;
	} u;
};
/* ac_type of what is no number of 1.3 after decoding. */
#define OFP_AT_COPY_FIELD	0xfffe	/* an experimenter action, EXT-320 */
#define OFP_AT_ENQUEUE		0xfffd	/* 1.0: output to a queue */

/*
 * The next action of a list: true and a decoded action, or false at the end.
 * On unchecked bytes a malformed action ends the list with *err set: BAD_LEN,
 * BAD_TYPE, BAD_SET_TYPE, BAD_SET_LEN, BAD_SET_ARGUMENT, BAD_EXPERIMENTER or
 * BAD_EXP_TYPE of BAD_ACTION.  7.2.5.
 */
bool	ofp_action_next(struct ofp_rd *, struct ofp_action *, enum ofp_error *);

/*
 * Check a list.  match: of the flow (prerequisites of set-field, as changed by
 * the actions before: push-VLAN, set eth_type ...), NULL for a packet-out or a
 * bucket (prerequisites then cannot be known and are not asked).  is_set: the
 * list goes into an action set.  Reserved ports, max_len, Ethertypes, lengths,
 * alignment: AC rows.  What depends on the switch's state (which groups exist,
 * which port numbers are legal) is asked by the caller on a second walk.
 */
enum ofp_error ofp_actions_check(struct ofp_rd, const struct ofp_match *,
	    bool is_set);
/* The lists of one flow: write is judged by what apply leaves, or NULL. */
enum ofp_error ofp_actions_check_both(struct ofp_rd apply, struct ofp_rd write,
	    const struct ofp_match *);
/* One action, padded; lengths come from its type. */
void	ofp_action_encode(struct ofp_wr *, const struct ofp_action *);

/* Instructions, 7.2.4: each at most once; lists point into the message. */
struct ofp_instructions {
	uint32_t	in_present;	/* bits 1 << OFP_IT_* */
	uint8_t		in_goto;
	uint64_t	in_metadata, in_metadata_mask;
	uint32_t	in_meter;
	struct ofp_rd	in_apply;	/* checked lists */
	struct ofp_rd	in_write;
};
/*
 * Reads rd to its end.  match as above; in may be NULL to check only.  Besides
 * the errors of actions: BAD_INSTRUCTION/UNKNOWN_INST, BAD_LEN (also of
 * clear-actions with actions), BAD_EXPERIMENTER,
 * METER_MOD_FAILED/INVALID_METER, and DUP_INSTRUCTION (EXT-260).  Where goto
 * leads is for the flow to say.
 */
enum ofp_error ofp_instructions_decode(struct ofp_rd *,
	    const struct ofp_match *, struct ofp_instructions *);
/* In the order in which they are done, 5.9. */
void	ofp_instructions_encode(struct ofp_wr *,
	    const struct ofp_instructions *);

/* Short ways for controllers: apply-actions with one output; goto. */
void	ofp_instr_apply_output(struct ofp_wr *, uint32_t port,
	    uint16_t max_len);
void	ofp_instr_goto(struct ofp_wr *, uint8_t table);

#endif /* _NET_OFP_ACTION_H_ */
