/*
 * SPDX-License-Identifier: ISC
 *
 * switch_chan.h: a controller's channel, and what the files of the agent
 * give to each other (switch_chan.c, switch_ofp.c, switch_mp.c, ...).
 *
 * A channel is written to by one thread of the host and read from by one; both
 * are process context.  What comes in is cut into messages and dispatched
 * under the switch's mutex.  What goes out waits in two places: messages made
 * under the mutex in a list, packet-ins, which any CPU makes without sleeping,
 * in a ring of bytes.  Each has a number, so that they leave in the order in
 * which they were made.
 *
 * Bounds.  Packet-ins that the ring has no room for are dropped and counted.
 * While half of the queue's bytes are replies, or a multipart reply is being
 * produced, no further request is taken; so a reply is never dropped.  Port
 * status and flow removed may exceed the queue, up to SWITCH_ASYNC_MAX times
 * its size; a controller so far behind is disconnected rather than told less
 * than the truth.
 *
 * Marks as in switch_var.h, and
 *	R	only the reading thread
 *	W	only the writing thread
 */
#ifndef _NET_SWITCH_CHAN_H_
#define _NET_SWITCH_CHAN_H_

#include "switch_var.h"

#define SWITCH_ASYNC_MAX	256	/* times sc_chan_queue */
#define SWITCH_AUX_MAX		8	/* auxiliaries of one main channel */
#define SWITCH_ECHO_IDLE	30	/* s of silence before a request */
#define SWITCH_ECHO_DEAD	60	/* s of silence before the end */
#define SWITCH_MP_PARTS		4	/* unfinished requests of a channel */
#define SWITCH_MP_TIMEOUT	10	/* s to wait for the rest of one */
#define SWITCH_MP_BUDGET	256	/* flows looked at under the mutex */
#define SWITCH_MP_STEPS		16	/* times that, in one read */
#define SWITCH_DESC_MFR		"switchd"
#define SWITCH_DESC_HW		"software"
#define SWITCH_DESC_SW		"1.0"

struct switch_bundle;
struct switch_chan;
struct switch_dump;
struct switch_monitor;
struct switch_undo;

/* A message that waits for the reader. */
struct switch_out {
	TAILQ_ENTRY(switch_out)	 so_entry;	/* X: ch_spin */
	uint64_t		 so_seq;	/* I */
	uint32_t		 so_len;	/* I */
	uint8_t			 so_data[];	/* I */
};
TAILQ_HEAD(switch_out_list, switch_out);

/* In front of each record of a ring; rr_len 0: a gap up to the end. */
struct switch_ring_rec {
	uint64_t	rr_seq;
	uint32_t	rr_len;
	uint32_t	rr_size;	/* with this header, multiple of 8 */
};

/* Bytes of packet-ins; records begin at multiples of 8. */
struct switch_ring {
	uint8_t		*ri_buf;	/* I */
	uint32_t	 ri_size;	/* I */
	uint32_t	 ri_head;	/* X: ch_spin; the oldest record */
	uint32_t	 ri_tail;	/* X: ch_spin; where the next goes */
	uint32_t	 ri_used;	/* X: ch_spin; bytes, gaps included */
};

/* The parts of a multipart request that have come so far. */
struct switch_mp_part {
	uint8_t		*mp_body;	/* NULL: unused */
	size_t		 mp_len, mp_cap;
	uint32_t	 mp_xid;
	uint16_t	 mp_type;
	uint64_t	 mp_since;	/* ns */
};

/* A multipart request that was refused, while its last part has not come. */
struct switch_mp_refused {
	bool		 mf_used;
	uint32_t	 mf_xid;
	uint16_t	 mf_type;
	uint64_t	 mf_since;	/* ns */
};

/* What mr_next found. */
enum switch_mp_found {
	SWITCH_MP_ENTRY,	/* looked at one, and moved on */
	SWITCH_MP_PAUSE,	/* the budget is spent */
	SWITCH_MP_END		/* none is left; the last may be written */
};

/* A type of multipart reply; the table is in switch_mp.c. */
struct switch_mp_row {
	/* Read the body, to its end; NULL: there is none. */
	enum ofp_error	(*mr_start)(struct switch_chan *, struct switch_dump *,
			    struct ofp_rd *);
	/*
	 * Write the next entry.  If the writer ran over, the caller takes
	 * back du_cursor and du_done and calls again with more room.
	 */
	enum switch_mp_found (*mr_next)(struct switch_chan *,
			    struct switch_dump *, unsigned int *budget);
	/* Begin a segment; NULL: as all types do. */
	void		(*mr_segment)(struct switch_chan *,
			    struct switch_dump *);
	/* The last segment is queued; may be NULL. */
	void		(*mr_done)(struct switch_chan *);
	bool		  mr_flows;	/* du_iter is in use */
};

/* A multipart reply that is being produced. */
struct switch_dump {
	const struct switch_mp_row *du_row;	/* NULL: none */
	uint32_t	 du_xid;
	uint16_t	 du_type;
	uint32_t	 du_id, du_id2;	/* what was asked for */
	uint32_t	 du_cursor;	/* the next entry, as its row has it */
	bool		 du_done;	/* the last entry is written */
	bool		 du_one;	/* a single entry was asked for */
	struct switch_flow_iter	 du_iter;
	struct switch_flow	*du_flow;	/* within one step */
	struct ofp_aggregate	 du_sum;
	struct ofp_wr	 du_wr;		/* the segment, in ch_segment */
	size_t		 du_start;
};

enum switch_chan_state {
	SWITCH_CHAN_HELLO,	/* the peer's hello has not come */
	SWITCH_CHAN_UP,
	SWITCH_CHAN_CLOSING	/* to be closed when all is read */
};

struct switch_chan {
	TAILQ_ENTRY(switch_chan) ch_entry;	/* M: ag_chans */
	struct switch_softc	*ch_sc;		/* I */
	void			*ch_hc;		/* I: the host's */
	struct switch_chan	*ch_main;	/* M: itself, or whose auxiliary
						   this is */
	uint8_t			 ch_aux;	/* I: 0 for a main channel */
	uint8_t			 ch_state;	/* A: changed under M */
	uint64_t		 ch_heard;	/* M: ns, the last bytes */
	uint64_t		 ch_read;	/* A: ns, somebody read */
	bool			 ch_asked;	/* M: echo request sent since */
	bool			 ch_onf;	/* M: speaks ONF extensions */

	/* the controller's wishes; those of the main channel count */
	uint32_t		 ch_role;	/* A: OFP_CR_ROLE_* */
	struct ofp_async	 ch_async;	/* A: words */
	uint16_t		 ch_miss_send_len;	/* A */

	/* in */
	uint8_t			*ch_in;		/* W: OFP_MSG_MAX bytes */
	size_t			 ch_inlen;	/* W */
	struct switch_change	 ch_change;	/* M */
	uint32_t		 ch_change_xid;	/* M */
	size_t			 ch_again;	/* M: bytes of ch_in: a message
						   to do after that */
	bool			 ch_whole;	/* M: it is being done */
	struct switch_mp_part	 ch_part[SWITCH_MP_PARTS];	/* M */
	struct switch_mp_refused ch_refused[SWITCH_MP_PARTS];	/* M */
	unsigned int		 ch_nrefused;	/* M: ever */
	struct switch_bundle	*ch_bundles;	/* M */
	struct switch_monitor	*ch_monitors;	/* M */
	bool			 ch_abbreviated; /* M: this message's xid was
						    told */
	bool			 ch_paused;	/* A: flow updates held back */
	uint64_t		 ch_paused_at;	/* M: ns */

	/* out */
	struct kern_spin	 ch_spin;
	uint64_t		 ch_seq;	/* X */
	struct switch_out_list	 ch_out;	/* X */
	size_t			 ch_outlen;	/* X: bytes in ch_out */
	struct switch_out_list	 ch_held;	/* M: while ag_undo is set */
	struct switch_ring	 ch_ring;	/* X */
	size_t			 ch_off;	/* R: of the oldest message,
						   bytes that were read */
	struct switch_dump	 ch_dump;	/* M */
	uint8_t			*ch_segment;	/* M: OFP_MSG_MAX bytes */
	uint32_t		 ch_xid;	/* A: of messages of our own */
};
TAILQ_HEAD(switch_chan_list, switch_chan);

/* What the agent keeps for a switch. */
struct switch_agent {
	struct switch_chan_list	 ag_chans;	/* M */
	struct switch_chan	**ag_mains;	/* S: for packets; NULL: free */
	uint32_t		 ag_nmains;	/* A: places that were used */
	uint32_t		 ag_nchans;	/* M: all that are open */
	bool			 ag_generation_set;	/* M */
	uint64_t		 ag_generation;	/* M */
	uint8_t			*ag_scratch;	/* M: OFP_MSG_MAX bytes */
	uint32_t		 ag_nmonitors;	/* M: of all channels */
	struct switch_chan	*ag_by;		/* M: whose message is being
						   done, or NULL */
	uint32_t		 ag_xid;	/* M: its xid */
	struct switch_undo	*ag_undo;	/* M: of a bundle being done */
};

/* A message that came: header checked, reader behind it. */
struct switch_msg {
	struct ofp_hdr	 sm_hdr;
	struct ofp_rd	 sm_rd;
	const uint8_t	*sm_bytes;
	size_t		 sm_len;
};

static inline bool
switch_chan_is_slave(const struct switch_chan *ch)
{
	return (kern_load(&ch->ch_main->ch_role) == OFP_CR_ROLE_SLAVE);
}

static inline bool
switch_chan_is_up(const struct switch_chan *ch)
{
	return (kern_load(&ch->ch_state) == SWITCH_CHAN_UP);
}

/*
 * switch_chan.c.  All M.
 */
/* A writer on the agent's scratch, for one message. */
void	switch_chan_begin(struct switch_chan *, struct ofp_wr *);
/* Queue what was written. */
void	switch_chan_send(struct switch_chan *, const struct ofp_wr *);
/* Refuse a message: its xid and first bytes go along. */
void	switch_chan_error(struct switch_chan *, enum ofp_error,
	    const uint8_t *, size_t);
/* Close it when all is read. */
void	switch_chan_end(struct switch_chan *);
/* What was held back while ag_undo was set: queue it, or throw it away. */
void	switch_chan_release(struct switch_chan *, bool deliver);
/* Tell the other controllers of a message of this one that is done. */
void	switch_chan_forward(struct switch_chan *, unsigned int reason,
	    const struct switch_msg *);
/* Wait with requests: too much is queued. */
bool	switch_chan_is_full(struct switch_chan *);

/* switch_punt.c.  X: ch_spin. */
/* The oldest record or NULL; gaps are passed over. */
struct switch_ring_rec *switch_ring_first(struct switch_ring *);
void	switch_ring_pop(struct switch_ring *, struct switch_ring_rec *);

/* switch_ofp.c.  M. */
void	switch_ofp_dispatch(struct switch_chan *, const uint8_t *, size_t);
/* A piece of the change that is under way. */
void	switch_ofp_change(struct switch_chan *);
/* The slave check, decoder and effect of a message, for bundles as well. */
enum ofp_error switch_ofp_flow_mod(struct switch_chan *, struct switch_msg *);
enum ofp_error switch_ofp_group_mod(struct switch_chan *, struct switch_msg *);
enum ofp_error switch_ofp_port_mod(struct switch_chan *, struct switch_msg *);

/* switch_mp.c.  M. */
enum ofp_error switch_mp_request(struct switch_chan *, struct switch_msg *);
/* Produce more of the reply that is under way: a bounded step. */
void	switch_mp_step(struct switch_chan *);
/* Begin a reply that ch_dump describes. */
void	switch_mp_begin(struct switch_chan *, const struct switch_mp_row *,
	    uint32_t xid, uint16_t type);
void	switch_mp_flush(struct switch_chan *);
void	switch_mp_tick(struct switch_chan *);
void	switch_mp_close(struct switch_chan *);

/* switch_bundle.c: EXT-230.  M. */
enum ofp_error switch_bundle_ctrl(struct switch_chan *, struct switch_msg *);
enum ofp_error switch_bundle_add(struct switch_chan *, struct switch_msg *);
void	switch_bundle_tick(struct switch_chan *);
void	switch_bundle_close(struct switch_chan *);

/*
 * switch_undo.c: the journal of a bundle.  M.  Without one, flow_mod, flow
 * and port_mod do nothing, and group_mod is switch_group_mod.
 */
bool	switch_undo_begin(struct switch_softc *);
void	switch_undo_end(struct switch_softc *, bool commit);
void	*switch_undo_mark(struct switch_softc *);
void	switch_undo_forget(struct switch_softc *, const void *mark);
bool	switch_undo_possible(struct switch_softc *);
/* Before a flow mod. */
void	switch_undo_flow_mod(struct switch_softc *, const struct ofp_flow *);
enum ofp_error switch_undo_group_mod(struct switch_softc *,
	    const struct ofp_group *);
void	switch_undo_port_mod(struct switch_softc *,
	    const struct ofp_port_mod *);

/* switch_monitor.c: EXT-187.  M. */
enum ofp_error switch_monitor_request(struct switch_chan *,
	    struct switch_msg *, struct ofp_rd *body);
enum ofp_error switch_monitor_cancel(struct switch_chan *,
	    struct switch_msg *);
void	switch_monitor_resume(struct switch_chan *);
void	switch_monitor_close(struct switch_chan *);

/* switch_tfeat.c: table features.  M. */
/* Tables that may be used. */
bool	switch_tfeat_is_table(struct switch_softc *, uint8_t table);
unsigned int switch_tfeat_count(struct switch_softc *);
/* One entry; st_features or what a table can do as it is made. */
void	switch_tfeat_get(struct switch_softc *, uint8_t table,
	    struct ofp_table_features *);
enum ofp_error switch_tfeat_set(struct switch_softc *, struct ofp_rd);
/* Is the flow within what its table announces? */
enum ofp_error switch_tfeat_check(struct switch_softc *,
	    const struct ofp_flow *);

#endif /* _NET_SWITCH_CHAN_H_ */
