/*
 * SPDX-License-Identifier: ISC
 *
 * switch_bundle.c: bundles of messages, EXT-230: keep flow, group and port
 * mods, do all of them or none.
 *
 * A commit does the messages one by one and keeps a journal of what they
 * change (switch_undo.c).  What controllers are told meanwhile is held back.
 * When a message is refused, the journal is done backwards, nothing is told,
 * and the controller gets the error of that message and MSG_FAILED.
 */
#include "switch_chan.h"

#define BUNDLES_MAX	16	/* of one channel */
#define BUNDLE_IDLE	10	/* s without a message */
#define BUNDLE_QUEUES	16	/* bytes of all, times sc_chan_queue */
#define NS_PER_S	1000000000ULL

/* Codes of OFP_BUNDLE_FAILED. */
enum bundle_error {
	BUNDLE_UNKNOWN, BUNDLE_EPERM, BUNDLE_BAD_ID, BUNDLE_EXIST,
	BUNDLE_CLOSED, BUNDLE_OUT_OF_BUNDLES, BUNDLE_BAD_TYPE,
	BUNDLE_BAD_FLAGS, BUNDLE_MSG_BAD_LEN, BUNDLE_MSG_BAD_XID,
	BUNDLE_MSG_UNSUP, BUNDLE_MSG_CONFLICT, BUNDLE_MSG_TOO_MANY,
	BUNDLE_MSG_FAILED, BUNDLE_TIMEOUT, BUNDLE_IN_PROGRESS
};
#define BUNDLE_ERROR(n)	((enum ofp_error)(OFP_BUNDLE_FAILED + (n)))

/* A message to be done. */
struct bundle_msg {
	struct bundle_msg	*bm_next;
	size_t			 bm_len;
	uint8_t			 bm_data[];
};

struct switch_bundle {
	struct switch_bundle	*bu_next;	/* M: ch_bundles */
	uint32_t		 bu_id;
	uint16_t		 bu_flags;
	bool			 bu_closed;
	uint64_t		 bu_used;	/* ns */
	size_t			 bu_bytes;
	struct bundle_msg	*bu_first, **bu_last;
};

static struct switch_bundle *
bundle_find(struct switch_chan *ch, uint32_t id)
{
	struct switch_bundle	*bu;

	for (bu = ch->ch_bundles; bu != NULL && bu->bu_id != id;
	    bu = bu->bu_next)
		;
	return (bu);
}

static void
bundle_remove(struct switch_chan *ch, struct switch_bundle *bu)
{
	struct switch_bundle	**bup;
	struct bundle_msg	 *bm;

	for (bup = &ch->ch_bundles; *bup != bu; bup = &(*bup)->bu_next)
		;
	*bup = bu->bu_next;
	while ((bm = bu->bu_first) != NULL) {
		bu->bu_first = bm->bm_next;
		kern_free(bm, sizeof(*bm) + bm->bm_len);
	}
	kern_free(bu, sizeof(*bu));
}

static enum ofp_error
bundle_open(struct switch_chan *ch, uint32_t id, uint16_t flags,
    struct switch_bundle **bup)
{
	struct switch_bundle	*bu;
	unsigned int		 n = 0;

	if ((flags & ~(OFP_BF_ATOMIC | OFP_BF_ORDERED)) != 0)
		return (BUNDLE_ERROR(BUNDLE_BAD_FLAGS));
	for (bu = ch->ch_bundles; bu != NULL; bu = bu->bu_next)
		n++;
	if (n >= BUNDLES_MAX || (bu = kern_zalloc(sizeof(*bu))) == NULL)
		return (BUNDLE_ERROR(BUNDLE_OUT_OF_BUNDLES));
	bu->bu_id = id;
	bu->bu_flags = flags;
	bu->bu_used = kern_uptime_ns();
	bu->bu_last = &bu->bu_first;
	bu->bu_next = ch->ch_bundles;
	ch->ch_bundles = bu;
	*bup = bu;
	return (OFP_OK);
}

/*
 * Commit.
 */

static enum ofp_error
bundle_do(struct switch_chan *ch, struct bundle_msg *bm)
{
	struct switch_msg	sm;
	enum ofp_error		error;

	sm.sm_bytes = bm->bm_data;
	sm.sm_len = bm->bm_len;
	error = ofp_msg_check(bm->bm_data, bm->bm_len, OFP_VERSION_13,
	    OFP_TO_SWITCH, &sm.sm_hdr, &sm.sm_rd);
	if (error != OFP_OK)
		return (error);
	ch->ch_sc->sc_agent->ag_xid = sm.sm_hdr.h_xid;
	switch (sm.sm_hdr.h_type) {
	case OFP_T_FLOW_MOD:
		return (switch_ofp_flow_mod(ch, &sm));
	case OFP_T_GROUP_MOD:
		return (switch_ofp_group_mod(ch, &sm));
	default:
		return (switch_ofp_port_mod(ch, &sm));
	}
}

static enum ofp_error
bundle_commit(struct switch_chan *ch, struct switch_bundle *bu)
{
	struct bundle_msg	*bm;
	enum ofp_error		 error = OFP_OK;
	void			*mark;

	if (switch_chan_is_slave(ch))
		return (OFP_BRC_IS_SLAVE);
	if (!switch_undo_begin(ch->ch_sc))
		return (BUNDLE_ERROR(BUNDLE_UNKNOWN));
	for (bm = bu->bu_first; bm != NULL; bm = bm->bm_next) {
		mark = switch_undo_mark(ch->ch_sc);
		if ((error = bundle_do(ch, bm)) == OFP_OK)
			continue;
		switch_undo_forget(ch->ch_sc, mark);
		break;
	}
	switch_undo_end(ch->ch_sc, error == OFP_OK);
	if (error == OFP_OK)
		return (OFP_OK);
	switch_chan_error(ch, error, bm->bm_data, bm->bm_len);
	return (BUNDLE_ERROR(BUNDLE_MSG_FAILED));
}

/*
 * Messages.
 */

/* What is asked of a bundle that is there; it may be gone afterwards. */
static enum ofp_error
bundle_control(struct switch_chan *ch, struct switch_bundle *bu,
    const struct ofp_bundle_ctrl *bc)
{
	enum ofp_error	error = OFP_OK;

	if (bc->bc_type != OFP_BCT_DISCARD_REQUEST &&
	    bc->bc_flags != bu->bu_flags) {
		bundle_remove(ch, bu);
		return (BUNDLE_ERROR(BUNDLE_BAD_FLAGS));
	}
	switch (bc->bc_type) {
	case OFP_BCT_CLOSE_REQUEST:
		if (!bu->bu_closed) {
			bu->bu_closed = true;
			return (OFP_OK);
		}
		error = BUNDLE_ERROR(BUNDLE_CLOSED);
		break;
	case OFP_BCT_COMMIT_REQUEST:
		error = bundle_commit(ch, bu);
		break;
	}
	bundle_remove(ch, bu);
	return (error);
}

enum ofp_error
switch_bundle_ctrl(struct switch_chan *ch, struct switch_msg *sm)
{
	struct switch_bundle	*bu;
	struct ofp_bundle_ctrl	 bc;
	struct ofp_wr		 wr;
	enum ofp_error		 error;

	error = ofp_bundle_ctrl_decode(&sm->sm_rd, &bc);
	if (error != OFP_OK)
		return (error);
	bu = bundle_find(ch, bc.bc_id);
	switch (bc.bc_type) {
	case OFP_BCT_OPEN_REQUEST:
		if (bu != NULL) {
			bundle_remove(ch, bu);
			return (BUNDLE_ERROR(BUNDLE_EXIST));
		}
		error = bundle_open(ch, bc.bc_id, bc.bc_flags, &bu);
		break;
	case OFP_BCT_CLOSE_REQUEST:
	case OFP_BCT_COMMIT_REQUEST:
	case OFP_BCT_DISCARD_REQUEST:
		error = bu == NULL ? BUNDLE_ERROR(BUNDLE_BAD_ID) :
		    bundle_control(ch, bu, &bc);
		break;
	default:
		return (BUNDLE_ERROR(BUNDLE_BAD_TYPE));
	}
	if (error != OFP_OK)
		return (error);
	bc.bc_type++;			/* the reply to a request */
	switch_chan_begin(ch, &wr);
	ofp_bundle_ctrl_encode(&wr, sm->sm_hdr.h_xid, &bc);
	switch_chan_send(ch, &wr);
	return (OFP_OK);
}

/* The inner message: header, type, and what its decoder says. */
static enum ofp_error
bundle_check(struct switch_msg *sm, const struct ofp_bundle_add *ba)
{
	struct ofp_port_mod	pm;
	struct ofp_group	g;
	struct ofp_flow		f;
	struct ofp_hdr		hdr;
	struct ofp_rd		rd;
	enum ofp_error		error;

	error = ofp_msg_check(ba->ba_msg, ba->ba_len, OFP_VERSION_13,
	    OFP_TO_SWITCH, &hdr, &rd);
	if (error == OFP_BRC_BAD_TYPE)
		return (BUNDLE_ERROR(BUNDLE_MSG_UNSUP));
	if (error == OFP_OK && hdr.h_xid != sm->sm_hdr.h_xid)
		return (BUNDLE_ERROR(BUNDLE_MSG_BAD_XID));
	if (error != OFP_OK)
		return (error);
	switch (hdr.h_type) {
	case OFP_T_FLOW_MOD:
		error = ofp_flow_decode(&rd, &f);
		if (error == OFP_OK && f.f_buffer != OFP_NO_BUFFER)
			error = BUNDLE_ERROR(BUNDLE_MSG_UNSUP);
		return (error);
	case OFP_T_GROUP_MOD:
		return (ofp_group_decode(&rd, &g));
	case OFP_T_PORT_MOD:
		return (ofp_port_mod_decode(&rd, &pm));
	default:
		return (BUNDLE_ERROR(BUNDLE_MSG_UNSUP));
	}
}

/* All bundles of a channel together have so much room. */
static bool
bundle_has_room(const struct switch_chan *ch, size_t len)
{
	const struct switch_bundle *bu;

	for (bu = ch->ch_bundles; bu != NULL; bu = bu->bu_next)
		len += bu->bu_bytes;
	return (len <= (size_t)BUNDLE_QUEUES *
	    ch->ch_sc->sc_conf.sc_chan_queue);
}

/* A bundle that is not there is opened by its first message. */
enum ofp_error
switch_bundle_add(struct switch_chan *ch, struct switch_msg *sm)
{
	struct switch_bundle	*bu;
	struct ofp_bundle_add	 ba;
	struct bundle_msg	*bm;
	enum ofp_error		 error;

	error = ofp_bundle_add_decode(&sm->sm_rd, sm->sm_hdr.h_xid, &ba);
	if (error != OFP_OK)
		return (error);
	if (switch_chan_is_slave(ch))
		return (OFP_BRC_IS_SLAVE);
	bu = bundle_find(ch, ba.ba_id);
	if (bu == NULL) {
		error = bundle_open(ch, ba.ba_id, ba.ba_flags, &bu);
		if (error != OFP_OK)
			return (error);
	}
	if (bu->bu_closed || ba.ba_flags != bu->bu_flags) {
		error = BUNDLE_ERROR(bu->bu_closed ? BUNDLE_CLOSED :
		    BUNDLE_BAD_FLAGS);
		bundle_remove(ch, bu);
		return (error);
	}
	if ((error = bundle_check(sm, &ba)) != OFP_OK)
		return (error);
	if (!bundle_has_room(ch, ba.ba_len) ||
	    (bm = kern_zalloc(sizeof(*bm) + ba.ba_len)) == NULL)
		return (BUNDLE_ERROR(BUNDLE_MSG_TOO_MANY));
	bm->bm_len = ba.ba_len;
	memcpy(bm->bm_data, ba.ba_msg, ba.ba_len);
	*bu->bu_last = bm;
	bu->bu_last = &bm->bm_next;
	bu->bu_bytes += ba.ba_len;
	bu->bu_used = kern_uptime_ns();
	return (OFP_OK);
}

/* Bundles that nobody has touched for a while. */
void
switch_bundle_tick(struct switch_chan *ch)
{
	struct switch_bundle	*bu, *next;
	struct ofp_bundle_ctrl	 bc;
	struct ofp_wr		 wr;
	uint8_t			 msg[32];

	for (bu = ch->ch_bundles; bu != NULL; bu = next) {
		next = bu->bu_next;
		if (kern_uptime_ns() - bu->bu_used < BUNDLE_IDLE * NS_PER_S)
			continue;
		bc.bc_id = bu->bu_id;
		bc.bc_type = OFP_BCT_OPEN_REQUEST;
		bc.bc_flags = bu->bu_flags;
		bundle_remove(ch, bu);
		ofp_wr_init(&wr, msg, sizeof(msg));
		ofp_bundle_ctrl_encode(&wr, 0, &bc);
		switch_chan_error(ch, BUNDLE_ERROR(BUNDLE_TIMEOUT), msg,
		    wr.wr_len);
	}
}

void
switch_bundle_close(struct switch_chan *ch)
{
	while (ch->ch_bundles != NULL)
		bundle_remove(ch, ch->ch_bundles);
}
