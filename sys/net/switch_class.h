/*
 * SPDX-License-Identifier: ISC
 *
 * switch_class.h: what the three files of the lookup structure share; nobody
 * else includes it.  switch_class.c has the lookup, and flows that come and go;
 * switch_mask.c the masks, their priorities and their order; switch_walk.c what
 * a controller asks of many flows.
 */
#ifndef _NET_SWITCH_CLASS_H_
#define _NET_SWITCH_CLASS_H_

#include "switch_pass.h"

#define SWITCH_MASK_HASH	64
#define SWITCH_MIN_SLOTS	8

/* A slot that was used: never equal to any flow. */
extern struct switch_flow switch_class_gone;

struct class_slots {
	struct smr_entry	 cs_smr;
	uint32_t		 cs_mask;	/* size - 1 */
	uint32_t		 cs_used;	/* M: flows and gone ones */
	uint32_t		 cs_keys;	/* M: slots with flows */
	struct switch_flow	*cs_slot[];	/* S */
};

/* How many flows of a priority a mask has. */
struct class_prio {
	uint32_t		 cp_count;
	uint16_t		 cp_priority;
};

struct switch_mask {
	struct switch_mask	*mk_hnext;	/* M: cl_masks */
	struct switch_class	*mk_class;	/* I */
	struct class_slots	*mk_slots;	/* S */
	struct class_prio	*mk_prio;	/* M: ascending */
	uint32_t		 mk_nprio, mk_maxprio;	/* M: in use, room */
	uint32_t		 mk_nflows;	/* M */
	uint32_t		 mk_hash;	/* I */
	uint32_t		 mk_refs;	/* M: flows that are not in */
	bool			 mk_listed;	/* M: in cl_order */
	struct smr_entry	 mk_smr;
	struct ofp_key		 mk_full;	/* I */
	uint8_t			 mk_nwords;	/* I */
	uint8_t			 mk_index[OFP_KEY_WORDS];	/* I */
	uint64_t		 mk_word[OFP_KEY_WORDS];	/* I */
};

/* The masks in the order in which to ask them; made anew for each change. */
struct class_entry {
	struct switch_mask	*ce_mask;
	int32_t			 ce_priority;	/* no flow is higher */
};

struct class_order {
	struct smr_entry	 co_smr;
	uint32_t		 co_n;
	struct class_entry	 co_entry[];
};

struct switch_class {
	struct class_order	*cl_order;	/* S */
	struct class_order	*cl_spare;	/* M: made by reserve */
	uint32_t		 cl_nmasks;	/* M */
	struct switch_mask	*cl_masks[SWITCH_MASK_HASH];	/* M */
};

size_t	switch_slots_size(uint32_t n);
void	switch_slots_free(void *);
/* A match that asks for the headers of its fields as well. */
void	switch_match_present(const struct ofp_match *, struct ofp_match *);
/* S: the flows of a key, highest priority first. */
struct switch_flow *switch_mask_lookup(struct switch_mask *,
	    const struct ofp_key *);

/*
 * switch_mask.c
 */
uint32_t switch_mask_hash(const struct ofp_key *);
struct switch_mask *switch_mask_find(const struct switch_class *,
	    const struct ofp_key *, uint32_t hash);
/* NULL: no memory. */
struct switch_mask *switch_mask_new(struct switch_class *,
	    const struct ofp_key *, uint32_t hash);
/* Let go of a mask that no flow uses and no lookup asks. */
void	switch_mask_retire(struct switch_mask *);
void	switch_mask_free(void *);
/* Priorities in use: reserve makes add succeed.  0, ENOMEM. */
bool	switch_mask_has_priority(const struct switch_mask *, uint16_t);
int	switch_mask_reserve(struct switch_mask *);
void	switch_mask_add(struct switch_mask *, uint16_t);
void	switch_mask_del(struct switch_mask *, uint16_t);
/* The order in which masks are asked. */
size_t	switch_order_size(uint32_t n);
void	switch_order_free(void *);
/* Publish co with the mask at this priority (-1: without it). */
void	switch_order_publish(struct switch_class *, struct class_order *,
	    struct switch_mask *, int32_t priority);
int32_t	switch_order_priority(const struct switch_class *,
	    const struct switch_mask *);
/* Room for the masks there will be.  0, ENOMEM. */
int	switch_order_reserve(struct switch_class *,
	    const struct switch_mask *);
/* Lower or drop a mask's place; without memory it may stay too high. */
void	switch_order_lower(struct switch_class *, struct switch_mask *);

#endif /* _NET_SWITCH_CLASS_H_ */
