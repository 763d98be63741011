/*
 * SPDX-License-Identifier: ISC
 *
 * switch_ofp.c: a controller's message -> a call of the core -> the reply.
 *
 * The table at the end has a row for each type of message.  A handler has an
 * effect or returns an error, never both; the dispatcher sends the error.
 * All of it runs under the switch's mutex.
 */
#include "ofp_monitor.h"
#include "switch_chan.h"

#define PACKET_MIN	14	/* bytes of an Ethernet header */
/* Counters of the smallest buckets, and 40 bytes more, fit one reply. */
#define GROUP_MAX	(OFP_MSG_MAX - 40)

typedef enum ofp_error switch_ofp_handler(struct switch_chan *,
    struct switch_msg *);

/* What is known of a type of message. */
struct switch_ofp_row {
	switch_ofp_handler	*or_handler;
	bool			 or_master;	/* refused from a slave */
};

static const struct switch_ofp_row switch_ofp_rows[OFP_T_COUNT];

/* A whole message of a channel that is up. */
void
switch_ofp_dispatch(struct switch_chan *ch, const uint8_t *p, size_t len)
{
	struct switch_agent		*ag = ch->ch_sc->sc_agent;
	const struct switch_ofp_row	*or;
	struct switch_msg		 sm;
	enum ofp_error			 error;

	KERN_MUTEX_ASSERT(&ch->ch_sc->sc_mutex);
	sm.sm_bytes = p;
	sm.sm_len = len;
	error = ofp_msg_check(p, len, OFP_VERSION_13, OFP_TO_SWITCH,
	    &sm.sm_hdr, &sm.sm_rd);
	switch (sm.sm_hdr.h_type) {
	case OFP_T_HELLO:		/* after set-up: ignored, 6.3.1 */
	case OFP_T_ERROR:		/* never answered by one */
	case OFP_T_ECHO_REPLY:
	case OFP_T_BARRIER_REPLY:
		if (error != OFP_BRC_BAD_VERSION ||
		    sm.sm_hdr.h_type <= OFP_T_ERROR)
			return;
	}
	ag->ag_by = ch;
	ag->ag_xid = sm.sm_hdr.h_xid;
	ch->ch_abbreviated = false;
	if (error == OFP_OK) {
		or = &switch_ofp_rows[sm.sm_hdr.h_type];
		if (or->or_handler == NULL)
			error = OFP_BRC_BAD_TYPE;
		else if (or->or_master && switch_chan_is_slave(ch))
			error = OFP_BRC_IS_SLAVE;
		else
			error = or->or_handler(ch, &sm);
	}
	ag->ag_by = NULL;
	if (error != OFP_OK)
		switch_chan_error(ch, error, p, len);
}

/*
 * Small ones.
 */

static enum ofp_error
ofp_echo(struct switch_chan *ch, struct switch_msg *sm)
{
	struct ofp_wr	wr;
	size_t		n = ofp_rd_left(&sm->sm_rd);

	switch_chan_begin(ch, &wr);
	ofp_echo_encode(&wr, OFP_VERSION_13, true, sm->sm_hdr.h_xid,
	    ofp_rd_ptr(&sm->sm_rd, n), n);
	switch_chan_send(ch, &wr);
	return (OFP_OK);
}

/* Everything before it is done: messages are taken one by one, in order. */
static enum ofp_error
ofp_barrier(struct switch_chan *ch, struct switch_msg *sm)
{
	struct ofp_wr	wr;

	switch_chan_begin(ch, &wr);
	ofp_msg_bare(&wr, OFP_VERSION_13, OFP_T_BARRIER_REPLY,
	    sm->sm_hdr.h_xid);
	switch_chan_send(ch, &wr);
	return (OFP_OK);
}

static enum ofp_error
ofp_features(struct switch_chan *ch, struct switch_msg *sm)
{
	struct switch_softc	*sc = ch->ch_sc;
	struct ofp_features	 fe = { 0 };
	struct ofp_wr		 wr;

	fe.fe_dpid = sc->sc_conf.sc_dpid;
	fe.fe_buffers = sc->sc_conf.sc_max_buffers;
	fe.fe_tables = (uint8_t)switch_tfeat_count(sc);
	fe.fe_aux = ch->ch_aux;
	fe.fe_capabilities = OFP_C_FLOW_STATS | OFP_C_TABLE_STATS |
	    OFP_C_PORT_STATS | OFP_C_GROUP_STATS | OFP_C_QUEUE_STATS;
	switch_chan_begin(ch, &wr);
	ofp_features_encode(&wr, sm->sm_hdr.h_xid, &fe);
	switch_chan_send(ch, &wr);
	return (OFP_OK);
}

static enum ofp_error
ofp_get_config(struct switch_chan *ch, struct switch_msg *sm)
{
	struct ofp_config	cf;
	struct ofp_wr		wr;

	cf.cf_flags = kern_load(&ch->ch_sc->sc_frag);
	cf.cf_miss_send_len = ch->ch_main->ch_miss_send_len;
	switch_chan_begin(ch, &wr);
	ofp_config_encode(&wr, OFP_VERSION_13, false, sm->sm_hdr.h_xid, &cf);
	switch_chan_send(ch, &wr);
	return (OFP_OK);
}

/* 7.3.2; a slave may set what concerns itself only (DD-29). */
static enum ofp_error
ofp_set_config(struct switch_chan *ch, struct switch_msg *sm)
{
	struct switch_softc	*sc = ch->ch_sc;
	struct ofp_config	 cf;
	enum ofp_error		 error;

	if ((error = ofp_config_decode(&sm->sm_rd, &cf)) != OFP_OK)
		return (error);
	if (cf.cf_flags != OFP_FRAG_NORMAL && cf.cf_flags != OFP_FRAG_DROP)
		return (OFP_SCFC_BAD_FLAGS);
	if (cf.cf_miss_send_len > OFP_CML_MAX &&
	    cf.cf_miss_send_len != OFP_CML_NO_BUFFER)
		return (OFP_SCFC_BAD_LEN);
	if (switch_chan_is_slave(ch) && cf.cf_flags != kern_load(&sc->sc_frag))
		return (OFP_SCFC_EPERM);
	kern_store(&sc->sc_frag, (uint8_t)cf.cf_flags);
	kern_store(&ch->ch_main->ch_miss_send_len, cf.cf_miss_send_len);
	return (OFP_OK);
}

static enum ofp_error
ofp_get_async(struct switch_chan *ch, struct switch_msg *sm)
{
	struct ofp_wr	wr;

	switch_chan_begin(ch, &wr);
	ofp_async_encode(&wr, false, sm->sm_hdr.h_xid,
	    &ch->ch_main->ch_async);
	switch_chan_send(ch, &wr);
	return (OFP_OK);
}

/* Bits that mean nothing are not kept (DD-30). */
static enum ofp_error
ofp_set_async(struct switch_chan *ch, struct switch_msg *sm)
{
	struct ofp_async	*to = &ch->ch_main->ch_async, as;
	enum ofp_error		 error;
	unsigned int		 i;

	if ((error = ofp_async_decode(&sm->sm_rd, &as)) != OFP_OK)
		return (error);
	for (i = 0; i < 2; i++) {
		kern_store(&to->as_packet_in[i], as.as_packet_in[i] & 7);
		kern_store(&to->as_port_status[i], as.as_port_status[i] & 7);
		kern_store(&to->as_flow_removed[i],
		    as.as_flow_removed[i] & 15);
	}
	return (OFP_OK);
}

/* Where a property is kept, and its bits that mean something; NULL: nowhere. */
static uint32_t *
async_mask(struct ofp_async *as, uint16_t type, uint32_t *bits)
{
	unsigned int	slave = type % 2 == 0;

	switch (type) {
	case OFP_ACPT_PACKET_IN_SLAVE:
	case OFP_ACPT_PACKET_IN_MASTER:
		*bits = 7;
		return (&as->as_packet_in[slave]);
	case OFP_ACPT_PORT_STATUS_SLAVE:
	case OFP_ACPT_PORT_STATUS_MASTER:
		*bits = 7;
		return (&as->as_port_status[slave]);
	case OFP_ACPT_FLOW_REMOVED_SLAVE:
	case OFP_ACPT_FLOW_REMOVED_MASTER:
		*bits = 15;
		return (&as->as_flow_removed[slave]);
	case OFP_ACPT_REQUESTFORWARD_SLAVE:
	case OFP_ACPT_REQUESTFORWARD_MASTER:
		*bits = 1 << OFP_RFR_GROUP_MOD | 1 << OFP_RFR_METER_MOD;
		return (&as->as_requestforward[slave]);
	default:
		return (NULL);
	}
}

/* All properties are known, or none has an effect. */
static enum ofp_error
ofp_set_async_props(struct switch_chan *ch, struct ofp_rd props)
{
	struct ofp_async	*as = &ch->ch_main->ch_async;
	struct ofp_async_prop	 ap;
	struct ofp_rd		 rd = props;
	enum ofp_error		 error = OFP_OK;
	uint32_t		 bits = 0, *mask;

	while (ofp_async_prop_next(&rd, &ap, &error)) {
		if (async_mask(as, ap.ap_type, &bits) == NULL)
			return (OFP_ASYNC_FAILED + 1);	/* UNSUPPORTED */
	}
	if (error != OFP_OK)
		return (error);
	while (ofp_async_prop_next(&props, &ap, &error)) {
		mask = async_mask(as, ap.ap_type, &bits);
		kern_store(mask, ap.ap_mask & bits);
	}
	return (OFP_OK);
}

/*
 * Roles, 6.3.4.
 */

/* Tell a master that it no longer is one, if it knows of EXT-191. */
static void
role_demote(struct switch_chan *ch)
{
	struct switch_agent	*ag = ch->ch_sc->sc_agent;
	struct ofp_wr		 wr;

	kern_store(&ch->ch_role, OFP_CR_ROLE_SLAVE);
	if (!ch->ch_onf || !switch_chan_is_up(ch))
		return;
	switch_chan_begin(ch, &wr);
	ofp_role_status_encode(&wr, ch->ch_xid++, OFP_CR_ROLE_SLAVE, 0,
	    ag->ag_generation);
	switch_chan_send(ch, &wr);
}

static enum ofp_error
role_change(struct switch_chan *ch, const struct ofp_role_msg *ro)
{
	struct switch_agent	*ag = ch->ch_sc->sc_agent;
	struct switch_chan	*other;

	if (ro->ro_role == OFP_CR_ROLE_EQUAL) {
		kern_store(&ch->ch_role, OFP_CR_ROLE_EQUAL);
		return (OFP_OK);
	}
	if (ag->ag_generation_set &&
	    (int64_t)(ro->ro_generation - ag->ag_generation) < 0)
		return (OFP_RRFC_STALE);
	ag->ag_generation_set = true;
	ag->ag_generation = ro->ro_generation;
	if (ro->ro_role == OFP_CR_ROLE_MASTER) {
		TAILQ_FOREACH(other, &ag->ag_chans, ch_entry) {
			if (other != ch && other->ch_main == other &&
			    other->ch_role == OFP_CR_ROLE_MASTER)
				role_demote(other);
		}
	}
	kern_store(&ch->ch_role, ro->ro_role);
	return (OFP_OK);
}

static enum ofp_error
ofp_role(struct switch_chan *ch, struct switch_msg *sm)
{
	struct switch_agent	*ag = ch->ch_sc->sc_agent;
	struct ofp_role_msg	 ro;
	struct ofp_wr		 wr;
	enum ofp_error		 error;

	if ((error = ofp_role_decode(&sm->sm_rd, &ro)) != OFP_OK)
		return (error);
	if (ro.ro_role > OFP_CR_ROLE_SLAVE)
		return (OFP_RRFC_BAD_ROLE);
	if (ro.ro_role != OFP_CR_ROLE_NOCHANGE &&
	    (error = role_change(ch->ch_main, &ro)) != OFP_OK)
		return (error);
	ro.ro_role = ch->ch_main->ch_role;
	ro.ro_generation = ag->ag_generation_set ? ag->ag_generation :
	    ~(uint64_t)0;
	switch_chan_begin(ch, &wr);
	ofp_role_encode(&wr, true, sm->sm_hdr.h_xid, &ro);
	switch_chan_send(ch, &wr);
	return (OFP_OK);
}

/*
 * What changes the switch.
 */

/* Not within a bundle, which is done whole; and not twice. */
static bool
may_pieces(const struct switch_chan *ch)
{
	return (ch->ch_sc->sc_conf.sc_pieces && !ch->ch_whole &&
	    ch->ch_sc->sc_agent->ag_undo == NULL);
}

void
switch_ofp_change(struct switch_chan *ch)
{
	struct switch_agent	*ag = ch->ch_sc->sc_agent;
	size_t			 again;

	KERN_MUTEX_ASSERT(&ch->ch_sc->sc_mutex);
	ag->ag_by = ch;
	ag->ag_xid = ch->ch_change_xid;
	if (!switch_change_step(ch->ch_sc, &ch->ch_change) &&
	    (again = ch->ch_again) > 0) {
		ch->ch_again = 0;
		ch->ch_whole = true;
		switch_ofp_dispatch(ch, ch->ch_in, again);
		ch->ch_whole = false;
	}
	ag->ag_by = NULL;
}

/* The flows first, in pieces; then the message once more (ch_in has it). */
static enum ofp_error
change_first(struct switch_chan *ch, const struct switch_msg *sm)
{
	KASSERT(sm->sm_bytes == ch->ch_in);
	ch->ch_change_xid = sm->sm_hdr.h_xid;
	ch->ch_again = sm->sm_len;
	return (OFP_OK);
}

/*
 * The buffer first, so that a dead one leaves no flow behind (DD-03); a flow
 * too long for a reply could not be reported (7.3.5).
 */
enum ofp_error
switch_ofp_flow_mod(struct switch_chan *ch, struct switch_msg *sm)
{
	struct switch_softc	*sc = ch->ch_sc;
	struct ofp_flow		 f;
	struct pkt		 p;
	enum ofp_error		 error;
	uint32_t		 in_port;
	bool			 buffer;

	if ((error = ofp_flow_decode(&sm->sm_rd, &f)) != OFP_OK)
		return (error);
	if (sm->sm_len > OFP_MSG_MAX - OFP_MULTIPART_LEN)
		return (OFP_BAC_TOO_MANY);
	buffer = f.f_buffer != OFP_NO_BUFFER && f.f_command != OFP_FC_DELETE &&
	    f.f_command != OFP_FC_DELETE_STRICT;
	if (buffer &&
	    (error = switch_buffer_check(sc, f.f_buffer)) != OFP_OK)
		return (error);
	if ((error = switch_tfeat_check(sc, &f)) != OFP_OK)
		return (error);
	switch_undo_flow_mod(sc, &f);
	if (!switch_undo_possible(sc))
		return (OFP_FMFC_UNKNOWN);
	if (buffer || !may_pieces(ch))
		error = switch_flow_mod(sc, &f);
	else
		error = switch_change_flow_mod(sc, &f, &ch->ch_change);
	if (error != OFP_OK)
		return (error);
	ch->ch_change_xid = sm->sm_hdr.h_xid;
	if (buffer &&
	    switch_buffer_take(sc, f.f_buffer, &p, &in_port) == OFP_OK)
		switch_packet_resume(sc, in_port, &p);
	return (OFP_OK);
}

enum ofp_error
switch_ofp_group_mod(struct switch_chan *ch, struct switch_msg *sm)
{
	struct ofp_group	g;
	enum ofp_error		error;

	if ((error = ofp_group_decode(&sm->sm_rd, &g)) != OFP_OK)
		return (error);
	if (sm->sm_len > GROUP_MAX)
		return (OFP_GMFC_OUT_OF_BUCKETS);
	if (g.g_command == OFP_GC_DELETE && may_pieces(ch) &&
	    ofp_rd_left(&g.g_buckets) == 0 &&
	    switch_change_group(ch->ch_sc, g.g_id, &ch->ch_change))
		return (change_first(ch, sm));
	if ((error = switch_undo_group_mod(ch->ch_sc, &g)) == OFP_OK)
		switch_chan_forward(ch, OFP_RFR_GROUP_MOD, sm);
	return (error);
}

enum ofp_error
switch_ofp_port_mod(struct switch_chan *ch, struct switch_msg *sm)
{
	struct ofp_port_mod	pm;
	enum ofp_error		error;

	if ((error = ofp_port_mod_decode(&sm->sm_rd, &pm)) != OFP_OK)
		return (error);
	switch_undo_port_mod(ch->ch_sc, &pm);
	return (switch_port_mod(ch->ch_sc, &pm));
}

static enum ofp_error
ofp_meter_mod(struct switch_chan *ch, struct switch_msg *sm)
{
	struct ofp_meter	m;
	enum ofp_error		error;

	if ((error = ofp_meter_decode(&sm->sm_rd, &m)) != OFP_OK)
		return (error);
	if (sm->sm_len > OFP_MSG_MAX - OFP_MULTIPART_LEN)
		return (OFP_MMFC_OUT_OF_BANDS);
	if (m.m_command == OFP_MC_DELETE && may_pieces(ch) &&
	    switch_change_meter(ch->ch_sc, m.m_id, &ch->ch_change))
		return (change_first(ch, sm));
	if ((error = switch_meter_mod(ch->ch_sc, &m)) == OFP_OK)
		switch_chan_forward(ch, OFP_RFR_METER_MOD, sm);
	return (error);
}

/* 7.3.3: two bits that mean nothing any more, and no others (DD-17). */
static enum ofp_error
ofp_table_mod(struct switch_chan *ch, struct switch_msg *sm)
{
	struct ofp_table_mod	tm;
	enum ofp_error		error;

	if ((error = ofp_table_mod_decode(&sm->sm_rd, &tm)) != OFP_OK)
		return (error);
	if (tm.tm_table != OFP_TT_ALL &&
	    !switch_tfeat_is_table(ch->ch_sc, tm.tm_table))
		return (OFP_TMFC_BAD_TABLE);
	return (OFP_OK);
}

/* Everything that can be refused is, before the buffer is taken. */
static enum ofp_error
ofp_packet_out(struct switch_chan *ch, struct switch_msg *sm)
{
	struct switch_softc	*sc = ch->ch_sc;
	struct ofp_packet_out	 pu;
	struct pkt		 p;
	enum ofp_error		 error;
	uint32_t		 in_port;

	if ((error = ofp_packet_out_decode(&sm->sm_rd, &pu)) != OFP_OK)
		return (error);
	if (pu.pu_buffer == OFP_NO_BUFFER && pu.pu_len < PACKET_MIN)
		return (OFP_BRC_BAD_PACKET);
	error = switch_packet_out_check(sc, pu.pu_in_port, pu.pu_actions);
	if (error != OFP_OK)
		return (error);
	if (pu.pu_buffer != OFP_NO_BUFFER) {
		error = switch_buffer_take(sc, pu.pu_buffer, &p, &in_port);
		if (error != OFP_OK)
			return (error);
	} else if (pkt_from(pu.pu_data, (uint32_t)pu.pu_len, &p) != 0)
		return (OFP_BRC_EPERM);
	return (switch_packet_out(sc, pu.pu_in_port, pu.pu_actions, &p));
}

/*
 * Queues, 7.3.6.
 */

#define QUEUES_MAX	64	/* of one port, that are reported */

static void
queues_encode(struct switch_port *sp, struct ofp_wr *wr)
{
	struct host_queue	*hq;
	struct ofp_queue	 q;
	unsigned int		 i, n;

	if ((hq = kern_zalloc(QUEUES_MAX * sizeof(*hq))) == NULL)
		return;
	n = switch_port_queues(sp, hq, QUEUES_MAX);
	for (i = 0; i < n && i < QUEUES_MAX; i++) {
		q.q_port = sp->sp_no;
		q.q_id = hq[i].hq_id;
		q.q_min = hq[i].hq_min_rate;
		q.q_max = hq[i].hq_max_rate;
		ofp_queue_encode(wr, &q);
	}
	kern_free(hq, QUEUES_MAX * sizeof(*hq));
}

static enum ofp_error
ofp_queue_config(struct switch_chan *ch, struct switch_msg *sm)
{
	struct switch_softc	*sc = ch->ch_sc;
	struct switch_port	*sp = NULL;
	struct ofp_wr		 wr, before;
	enum ofp_error		 error;
	uint32_t		 no;
	size_t			 start;

	error = ofp_queue_request_decode(&sm->sm_rd, &no);
	if (error != OFP_OK)
		return (error);
	if (no != OFP_P_ANY && (sp = switch_port_find(sc, no)) == NULL)
		return (OFP_QOFC_BAD_PORT);
	switch_chan_begin(ch, &wr);
	start = ofp_queue_reply_begin(&wr, sm->sm_hdr.h_xid, no);
	if (sp != NULL)
		queues_encode(sp, &wr);
	else {
		for (sp = switch_port_first(sc); sp != NULL;
		    sp = switch_port_after(sc, sp->sp_no)) {
			before = wr;
			queues_encode(sp, &wr);
			if (ofp_wr_err(&wr)) {
				wr = before;
				break;
			}
		}
	}
	ofp_msg_end(&wr, start);
	switch_chan_send(ch, &wr);
	return (OFP_OK);
}

/*
 * Experimenter messages: those of ONF that we have, and one of Nicira.
 */

static enum ofp_error
ofp_experimenter(struct switch_chan *ch, struct switch_msg *sm)
{
	struct ofp_experimenter	ex;
	enum ofp_error		error;

	error = ofp_experimenter_decode(&sm->sm_rd, &ex);
	if (error != OFP_OK)
		return (error);
	if (ex.ex_id == OFP_NX_EXPERIMENTER && ex.ex_type == OFP_NX_SET_ASYNC)
		return (ofp_set_async_props(ch, sm->sm_rd));
	if (ex.ex_id != OFP_ONF_EXPERIMENTER)
		return (OFP_BRC_BAD_EXPERIMENTER);
	switch (ex.ex_type) {
	case OFP_ONF_BUNDLE_CONTROL:
		ch->ch_onf = true;
		return (switch_bundle_ctrl(ch, sm));
	case OFP_ONF_BUNDLE_ADD:
		ch->ch_onf = true;
		return (switch_bundle_add(ch, sm));
	case OFP_ONF_MONITOR_CANCEL:
		ch->ch_onf = true;
		return (switch_monitor_cancel(ch, sm));
	default:
		return (OFP_BRC_BAD_EXP_TYPE);
	}
}

static const struct switch_ofp_row switch_ofp_rows[OFP_T_COUNT] = {
	[OFP_T_ECHO_REQUEST] = { ofp_echo, false },
	[OFP_T_EXPERIMENTER] = { ofp_experimenter, false },
	[OFP_T_FEATURES_REQUEST] = { ofp_features, false },
	[OFP_T_GET_CONFIG_REQUEST] = { ofp_get_config, false },
	[OFP_T_SET_CONFIG] = { ofp_set_config, false },
	[OFP_T_PACKET_OUT] = { ofp_packet_out, true },
	[OFP_T_FLOW_MOD] = { switch_ofp_flow_mod, true },
	[OFP_T_GROUP_MOD] = { switch_ofp_group_mod, true },
	[OFP_T_PORT_MOD] = { switch_ofp_port_mod, true },
	[OFP_T_TABLE_MOD] = { ofp_table_mod, true },
	[OFP_T_MULTIPART_REQUEST] = { switch_mp_request, false },
	[OFP_T_BARRIER_REQUEST] = { ofp_barrier, false },
	[OFP_T_QUEUE_GET_CONFIG_REQUEST] = { ofp_queue_config, false },
	[OFP_T_ROLE_REQUEST] = { ofp_role, false },
	[OFP_T_GET_ASYNC_REQUEST] = { ofp_get_async, false },
	[OFP_T_SET_ASYNC] = { ofp_set_async, false },
	[OFP_T_METER_MOD] = { ofp_meter_mod, true },
};
