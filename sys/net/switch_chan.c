/*
 * SPDX-License-Identifier: ISC
 *
 * switch_chan.c: controller channels: framing, hello, queues, liveness, and
 * what is told to all of them.  Rules of the queues: switch_chan.h.
 *
 * In:  switch_chan_write -> chan_take -> switch_ofp_dispatch
 * Out: switch_chan_send, switch_punt (switch_punt.c) -> queues ->
 *      switch_chan_read
 */
#include "switch_chan.h"

#define NS_PER_S	1000000000ULL
#define RING_MIN	(128 * 1024)
#define MAINS_SIZE	(SWITCH_MAX_CHANS * sizeof(struct switch_chan *))

static void	chan_free(struct switch_chan *);
static void	chan_queue(struct switch_chan *, struct switch_out *);
static void	chan_refill(struct switch_chan *);
static bool	chan_take(struct switch_chan *, const uint8_t *, size_t);

/*
 * The agent of a switch.
 */

int
switch_agent_create(struct switch_softc *sc)
{
	struct switch_agent	*ag;

	if ((ag = kern_zalloc(sizeof(*ag))) == NULL)
		return (ENOMEM);
	ag->ag_mains = kern_zalloc(MAINS_SIZE);
	ag->ag_scratch = kern_zalloc(OFP_MSG_MAX);
	TAILQ_INIT(&ag->ag_chans);
	sc->sc_agent = ag;
	if (ag->ag_mains == NULL || ag->ag_scratch == NULL) {
		switch_agent_destroy(sc);
		return (ENOMEM);
	}
	return (0);
}

/* The host has closed its channels. */
void
switch_agent_destroy(struct switch_softc *sc)
{
	struct switch_agent	*ag = sc->sc_agent;

	if (ag == NULL)
		return;
	KASSERT(TAILQ_EMPTY(&ag->ag_chans));
	kern_free(ag->ag_mains, MAINS_SIZE);
	kern_free(ag->ag_scratch, OFP_MSG_MAX);
	kern_free(ag, sizeof(*ag));
	sc->sc_agent = NULL;
}

/*
 * Since when there was no sign of life, ns.  A channel that is full is not
 * listened to: there it is one that somebody reads.
 */
static uint64_t
chan_silent(struct switch_chan *ch)
{
	uint64_t	since = ch->ch_heard, read = kern_load(&ch->ch_read);

	if (read > since && switch_chan_is_full(ch))
		since = read;
	return (kern_uptime_ns() - since);
}

/* Ask the silent, end the dead (6.3.2); forget unfinished requests. */
void
switch_agent_tick(struct switch_softc *sc)
{
	struct switch_chan	*ch;
	struct ofp_wr		 wr;
	uint64_t		 silent;

	KERN_MUTEX_ASSERT(&sc->sc_mutex);
	TAILQ_FOREACH(ch, &sc->sc_agent->ag_chans, ch_entry) {
		if (kern_load(&ch->ch_state) == SWITCH_CHAN_CLOSING)
			continue;
		switch_mp_tick(ch);
		switch_bundle_tick(ch);
		silent = chan_silent(ch);
		if (silent >= SWITCH_ECHO_DEAD * NS_PER_S) {
			switch_count(sc, SWITCH_N_CHAN_DEAD);
			switch_chan_end(ch);
		} else if (silent >= SWITCH_ECHO_IDLE * NS_PER_S &&
		    switch_chan_is_up(ch) && !ch->ch_asked) {
			ch->ch_asked = true;
			switch_chan_begin(ch, &wr);
			ofp_echo_encode(&wr, OFP_VERSION_13, false,
			    ch->ch_xid++, NULL, 0);
			switch_chan_send(ch, &wr);
		}
	}
}

/*
 * Open and close.
 */

static struct switch_chan *
chan_new(struct switch_softc *sc, void *hc)
{
	struct switch_chan	*ch;
	uint32_t		 size = sc->sc_conf.sc_chan_queue / 2;

	if ((ch = kern_zalloc(sizeof(*ch))) == NULL)
		return (NULL);
	ch->ch_sc = sc;
	ch->ch_hc = hc;
	ch->ch_main = ch;
	ch->ch_role = OFP_CR_ROLE_EQUAL;
	ch->ch_miss_send_len = OFP_MISS_SEND_LEN;
	ch->ch_async.as_packet_in[0] = 1 << OFP_R_NO_MATCH | 1 << OFP_R_ACTION;
	ch->ch_async.as_port_status[0] = ch->ch_async.as_port_status[1] = 7;
	ch->ch_async.as_flow_removed[0] = 15;
	ch->ch_heard = kern_uptime_ns();
	TAILQ_INIT(&ch->ch_out);
	TAILQ_INIT(&ch->ch_held);
	kern_spin_init(&ch->ch_spin);
	ch->ch_ring.ri_size = (size > RING_MIN ? size : RING_MIN) & ~7U;
	ch->ch_ring.ri_buf = kern_zalloc(ch->ch_ring.ri_size);
	ch->ch_in = kern_zalloc(OFP_MSG_MAX);
	ch->ch_segment = kern_zalloc(OFP_MSG_MAX);
	if (ch->ch_ring.ri_buf == NULL || ch->ch_in == NULL ||
	    ch->ch_segment == NULL) {
		chan_free(ch);
		return (NULL);
	}
	return (ch);
}

static void
chan_free(struct switch_chan *ch)
{
	struct switch_out	*so;

	while ((so = TAILQ_FIRST(&ch->ch_out)) != NULL) {
		TAILQ_REMOVE(&ch->ch_out, so, so_entry);
		kern_free(so, sizeof(*so) + so->so_len);
	}
	kern_free(ch->ch_ring.ri_buf, ch->ch_ring.ri_size);
	kern_free(ch->ch_in, OFP_MSG_MAX);
	kern_free(ch->ch_segment, OFP_MSG_MAX);
	kern_free(ch, sizeof(*ch));
}

/* A place among those that get packet-ins: 0 or EBUSY. */
static int
chan_publish(struct switch_agent *ag, struct switch_chan *ch)
{
	uint32_t	i, n = 0, place = SWITCH_MAX_CHANS;

	for (i = SWITCH_MAX_CHANS; i-- > 0;) {
		if (SMR_PTR_GET_LOCKED(&ag->ag_mains[i]) != NULL)
			n++;
		else
			place = i;
	}
	if (n >= ch->ch_sc->sc_conf.sc_max_chans || place == SWITCH_MAX_CHANS)
		return (EBUSY);
	SMR_PTR_SET_LOCKED(&ag->ag_mains[place], ch);
	if (place >= ag->ag_nmains)
		kern_store(&ag->ag_nmains, place + 1);
	return (0);
}

/* main: NULL for a main channel. */
static int
chan_open(struct switch_softc *sc, struct switch_chan *main, uint8_t aux,
    void *hc, struct switch_chan **chp)
{
	struct switch_agent	*ag = sc->sc_agent;
	struct switch_chan	*ch, *other;
	struct ofp_wr		 wr;
	unsigned int		 n = 0;
	int			 error = 0;

	if ((ch = chan_new(sc, hc)) == NULL)
		return (ENOMEM);
	kern_mutex_enter(&sc->sc_mutex);
	if (main != NULL) {
		ch->ch_main = main;
		ch->ch_aux = aux;
		if (!switch_chan_is_up(main))
			error = ENOTCONN;
		TAILQ_FOREACH(other, &ag->ag_chans, ch_entry) {
			if (other->ch_main != main || other == main)
				continue;
			if (other->ch_aux == aux)
				error = EEXIST;
			if (++n >= SWITCH_AUX_MAX)
				error = EBUSY;
		}
	} else
		error = chan_publish(ag, ch);
	if (error != 0) {
		kern_mutex_leave(&sc->sc_mutex);
		chan_free(ch);
		return (error);
	}
	ag->ag_nchans++;
	TAILQ_INSERT_TAIL(&ag->ag_chans, ch, ch_entry);
	switch_chan_begin(ch, &wr);
	ofp_hello_encode(&wr, ch->ch_xid++, 1U << OFP_VERSION_13);
	switch_chan_send(ch, &wr);
	kern_mutex_leave(&sc->sc_mutex);
	*chp = ch;
	return (0);
}

int
switch_chan_open(struct switch_softc *sc, void *hc, struct switch_chan **chp)
{
	return (chan_open(sc, NULL, 0, hc, chp));
}

int
switch_chan_open_aux(struct switch_chan *main, uint8_t id, void *hc,
    struct switch_chan **chp)
{
	if (id == 0 || main->ch_aux != 0)
		return (EINVAL);
	return (chan_open(main->ch_sc, main, id, hc, chp));
}

/* No longer a controller that is connected; its auxiliaries end as well. */
static void
chan_leave(struct switch_chan *ch)
{
	struct switch_softc	*sc = ch->ch_sc;
	struct switch_agent	*ag = sc->sc_agent;
	struct switch_chan	*other;
	uint8_t			 was = ch->ch_state;

	KERN_MUTEX_ASSERT(&sc->sc_mutex);
	if (was == SWITCH_CHAN_CLOSING)
		return;
	kern_store(&ch->ch_state, SWITCH_CHAN_CLOSING);
	if (ch->ch_aux != 0)
		return;
	if (was == SWITCH_CHAN_UP)
		sc->sc_nchans--;
	TAILQ_FOREACH(other, &ag->ag_chans, ch_entry) {
		if (other->ch_main == ch && other != ch)
			switch_chan_end(other);
	}
}

void
switch_chan_close(struct switch_chan *ch)
{
	struct switch_softc	*sc = ch->ch_sc;
	struct switch_agent	*ag = sc->sc_agent;
	struct switch_chan	*other;
	uint32_t		 i;

	while (switch_chan_finish(ch))
		;
	kern_mutex_enter(&sc->sc_mutex);
	chan_leave(ch);
	for (i = 0; i < ag->ag_nmains; i++) {
		if (SMR_PTR_GET_LOCKED(&ag->ag_mains[i]) == ch)
			SMR_PTR_SET_LOCKED(&ag->ag_mains[i], NULL);
	}
	TAILQ_REMOVE(&ag->ag_chans, ch, ch_entry);
	TAILQ_FOREACH(other, &ag->ag_chans, ch_entry) {
		if (other->ch_main == ch)
			other->ch_main = other;
	}
	ag->ag_nchans--;
	switch_mp_close(ch);
	switch_bundle_close(ch);
	switch_monitor_close(ch);
	kern_mutex_leave(&sc->sc_mutex);
	smr_barrier();
	chan_free(ch);
}

bool
switch_chan_finish(struct switch_chan *ch)
{
	struct switch_softc	*sc = ch->ch_sc;

	if (!kern_load(&ch->ch_change.cg_active))
		return (false);
	kern_mutex_enter(&sc->sc_mutex);
	switch_ofp_change(ch);
	kern_mutex_leave(&sc->sc_mutex);
	return (true);
}

void
switch_chan_end(struct switch_chan *ch)
{
	chan_leave(ch);
	host_chan_wakeup(ch->ch_hc);
}

bool
switch_chan_closing(struct switch_chan *ch)
{
	return (kern_load(&ch->ch_state) == SWITCH_CHAN_CLOSING);
}

/*
 * In.
 */

bool
switch_chan_is_full(struct switch_chan *ch)
{
	bool	full;

	kern_spin_enter(&ch->ch_spin);
	full = ch->ch_outlen >= ch->ch_sc->sc_conf.sc_chan_queue / 2;
	kern_spin_leave(&ch->ch_spin);
	return (full || kern_load(&ch->ch_dump.du_row) != NULL ||
	    kern_load(&ch->ch_change.cg_active));
}

/*
 * Take bytes; the message that they complete is done at once.  A channel that
 * is to be closed swallows what still comes.
 */
size_t
switch_chan_write(struct switch_chan *ch, const uint8_t *p, size_t len)
{
	size_t	done = 0, n;
	int	want;

	while (done < len) {
		if (switch_chan_closing(ch))
			return (len);
		if (switch_chan_is_full(ch))
			break;
		want = ofp_msg_frame(ch->ch_in, ch->ch_inlen);
		if (want == 0)
			want = OFP_HDR_LEN;
		n = (size_t)want - ch->ch_inlen;
		if (n > len - done)
			n = len - done;
		memcpy(ch->ch_in + ch->ch_inlen, p + done, n);
		ch->ch_inlen += n;
		done += n;
		want = ofp_msg_frame(ch->ch_in, ch->ch_inlen);
		if ((want == -1 || (want > 0 &&
		    (size_t)want == ch->ch_inlen)) &&
		    !chan_take(ch, ch->ch_in, ch->ch_inlen)) {
			ch->ch_inlen -= n;	/* the last of it again */
			done -= n;
			break;
		}
	}
	return (done);
}

/* 6.3.1: the peer's hello; anything else is too early. */
static void
chan_hello(struct switch_chan *ch, const uint8_t *p, size_t len)
{
	struct ofp_hello	 he;
	struct ofp_rd		 rd;
	struct ofp_wr		 wr;
	enum ofp_error		 error = OFP_OK;
	uint8_t			 version;
	uint32_t		 xid;

	ofp_rd_init(&rd, p, len);
	version = ofp_rd_u8(&rd);
	switch (ofp_rd_u8(&rd)) {
	case OFP_T_HELLO:
		break;
	case OFP_T_ERROR:
		return;
	default:
		switch_chan_error(ch, OFP_BRC_BAD_TYPE, p, len);
		return;
	}
	ofp_rd_skip(&rd, 2);
	xid = ofp_rd_u32(&rd);
	error = ofp_hello_decode(&rd, version, &he);
	if (error == OFP_OK &&
	    ofp_hello_negotiate(1U << OFP_VERSION_13, &he) == OFP_VERSION_13) {
		kern_store(&ch->ch_state, SWITCH_CHAN_UP);
		if (ch->ch_aux == 0) {
			ch->ch_sc->sc_nchans++;
			kern_store(&ch->ch_sc->sc_standalone, false);
		}
		return;
	}
	switch_chan_begin(ch, &wr);
	ofp_error_hello_encode(&wr, OFP_VERSION_13, xid,
	    OFP_HFC_INCOMPATIBLE, "this switch speaks OpenFlow 1.3 (0x04)");
	switch_chan_send(ch, &wr);
	switch_chan_end(ch);
}

/*
 * A whole message, or a header whose length cannot be: the framing is lost.
 * False: not now, since the reader began a reply of its own meanwhile.
 */
static bool
chan_take(struct switch_chan *ch, const uint8_t *p, size_t len)
{
	struct switch_softc	*sc = ch->ch_sc;

	kern_mutex_enter(&sc->sc_mutex);
	if (switch_chan_is_full(ch)) {
		kern_mutex_leave(&sc->sc_mutex);
		return (false);
	}
	ch->ch_inlen = 0;
	ch->ch_heard = kern_uptime_ns();
	ch->ch_asked = false;
	if (ofp_msg_frame(p, len) == -1) {
		switch_chan_error(ch, OFP_BRC_BAD_LEN, p, len);
		switch_chan_end(ch);
	} else if (kern_load(&ch->ch_state) == SWITCH_CHAN_HELLO)
		chan_hello(ch, p, len);
	else
		switch_ofp_dispatch(ch, p, len);
	kern_mutex_leave(&sc->sc_mutex);
	return (true);
}

/*
 * Out: messages made under the mutex.
 */

void
switch_chan_begin(struct switch_chan *ch, struct ofp_wr *wr)
{
	KERN_MUTEX_ASSERT(&ch->ch_sc->sc_mutex);
	ofp_wr_init(wr, ch->ch_sc->sc_agent->ag_scratch, OFP_MSG_MAX);
}

/*
 * Queue a message.  One that cannot be kept ends the channel: the controller
 * would believe what is not true.
 */
void
switch_chan_send(struct switch_chan *ch, const struct ofp_wr *wr)
{
	struct switch_softc	*sc = ch->ch_sc;
	struct switch_out	*so;
	size_t			 max;

	KERN_MUTEX_ASSERT(&sc->sc_mutex);
	KASSERT(!ofp_wr_err(wr));
	if (kern_load(&ch->ch_state) == SWITCH_CHAN_CLOSING)
		return;
	max = (size_t)sc->sc_conf.sc_chan_queue * SWITCH_ASYNC_MAX;
	so = ch->ch_outlen > max ? NULL :
	    kern_zalloc(sizeof(*so) + wr->wr_len);
	if (so == NULL) {
		switch_count(sc, SWITCH_N_MSG_FULL);
		switch_chan_end(ch);
		return;
	}
	so->so_len = (uint32_t)wr->wr_len;
	memcpy(so->so_data, wr->wr_buf, wr->wr_len);
	if (sc->sc_agent->ag_undo != NULL)
		TAILQ_INSERT_TAIL(&ch->ch_held, so, so_entry);
	else
		chan_queue(ch, so);
}

/* Consumes so. */
static void
chan_queue(struct switch_chan *ch, struct switch_out *so)
{
	bool	first;

	kern_spin_enter(&ch->ch_spin);
	first = TAILQ_EMPTY(&ch->ch_out) && ch->ch_ring.ri_used == 0;
	so->so_seq = ch->ch_seq++;
	ch->ch_outlen += so->so_len;
	TAILQ_INSERT_TAIL(&ch->ch_out, so, so_entry);
	kern_spin_leave(&ch->ch_spin);
	if (first)
		host_chan_wakeup(ch->ch_hc);
}

void
switch_chan_release(struct switch_chan *ch, bool deliver)
{
	struct switch_out	*so;

	KERN_MUTEX_ASSERT(&ch->ch_sc->sc_mutex);
	while ((so = TAILQ_FIRST(&ch->ch_held)) != NULL) {
		TAILQ_REMOVE(&ch->ch_held, so, so_entry);
		if (deliver)
			chan_queue(ch, so);
		else
			kern_free(so, sizeof(*so) + so->so_len);
	}
}

void
switch_chan_error(struct switch_chan *ch, enum ofp_error error,
    const uint8_t *msg, size_t len)
{
	struct ofp_wr	wr;

	switch_count(ch->ch_sc, SWITCH_N_MSG_BAD);
	switch_chan_begin(ch, &wr);
	ofp_error_encode(&wr, OFP_VERSION_13, error, msg, len);
	switch_chan_send(ch, &wr);
}

/*
 * Out: what happened, to every controller that wants to know.
 */

void
switch_flow_removed_notify(struct switch_softc *sc, struct switch_flow *sf,
    uint8_t reason)
{
	struct ofp_flow_removed	 fr;
	struct switch_chan	*ch;
	struct ofp_wr		 wr;

	KERN_MUTEX_ASSERT(&sc->sc_mutex);
	switch_flow_removed(sf, reason, &fr);
	TAILQ_FOREACH(ch, &sc->sc_agent->ag_chans, ch_entry) {
		if (ch->ch_aux != 0 || !switch_chan_is_up(ch) ||
		    (ch->ch_async.as_flow_removed[switch_chan_is_slave(ch)] &
		    1U << reason) == 0)
			continue;
		switch_chan_begin(ch, &wr);
		ofp_flow_removed_encode(&wr, ch->ch_xid++, &fr);
		switch_chan_send(ch, &wr);
	}
}

void
switch_port_status_notify(struct switch_softc *sc, struct switch_port *sp,
    uint8_t reason)
{
	struct ofp_port_status	 ps;
	struct switch_chan	*ch;
	struct ofp_wr		 wr;

	KERN_MUTEX_ASSERT(&sc->sc_mutex);
	ps.ps_reason = reason;
	switch_port_desc(sp, &ps.ps_port);
	TAILQ_FOREACH(ch, &sc->sc_agent->ag_chans, ch_entry) {
		if (ch->ch_aux != 0 || !switch_chan_is_up(ch) ||
		    (ch->ch_async.as_port_status[switch_chan_is_slave(ch)] &
		    1U << reason) == 0)
			continue;
		switch_chan_begin(ch, &wr);
		ofp_port_status_encode(&wr, ch->ch_xid++, &ps);
		switch_chan_send(ch, &wr);
	}
}

/* EXT-235; its xid is that of the message, as in 1.4. */
void
switch_chan_forward(struct switch_chan *by, unsigned int reason,
    const struct switch_msg *sm)
{
	struct switch_agent		*ag = by->ch_sc->sc_agent;
	struct ofp_requestforward	 rf;
	struct switch_chan		*ch;
	struct ofp_wr			 wr;

	rf.rf_msg = sm->sm_bytes;
	rf.rf_len = sm->sm_len;
	TAILQ_FOREACH(ch, &ag->ag_chans, ch_entry) {
		if (ch->ch_aux != 0 || ch == by->ch_main ||
		    !switch_chan_is_up(ch) ||
		    (ch->ch_async.as_requestforward[switch_chan_is_slave(ch)] &
		    1U << reason) == 0)
			continue;
		switch_chan_begin(ch, &wr);
		ofp_requestforward_encode(&wr, sm->sm_hdr.h_xid, &rf);
		switch_chan_send(ch, &wr);
	}
}

/*
 * Out: the reader.
 */

/*
 * Produce more of a long reply, or do more of a long change, when little is
 * queued; not too much in one call, because a host with one thread forwards
 * nothing meanwhile.
 */
static void
chan_refill(struct switch_chan *ch)
{
	struct switch_softc	*sc = ch->ch_sc;
	unsigned int		 steps = 0;

	if (kern_load(&ch->ch_paused) && kern_load(&ch->ch_outlen) == 0) {
		kern_mutex_enter(&sc->sc_mutex);
		switch_monitor_resume(ch);
		kern_mutex_leave(&sc->sc_mutex);
	}
	if (kern_load(&ch->ch_change.cg_active) &&
	    kern_load(&ch->ch_outlen) < OFP_MSG_MAX) {
		kern_mutex_enter(&sc->sc_mutex);
		switch_ofp_change(ch);
		kern_mutex_leave(&sc->sc_mutex);
	}
	while (kern_load(&ch->ch_dump.du_row) != NULL &&
	    kern_load(&ch->ch_outlen) < OFP_MSG_MAX &&
	    steps++ < SWITCH_MP_STEPS) {
		kern_mutex_enter(&sc->sc_mutex);
		switch_mp_step(ch);
		kern_mutex_leave(&sc->sc_mutex);
	}
}

/*
 * Copy of the oldest message what fits: all of it, or if part is true a part.
 * Returns bytes; 0: nothing is queued or it does not fit.
 */
static size_t
chan_copy(struct switch_chan *ch, uint8_t *buf, size_t len, bool part)
{
	struct switch_out	*so, *done = NULL;
	struct switch_ring_rec	*rr;
	const uint8_t		*data = NULL;
	size_t			 n = 0;

	kern_spin_enter(&ch->ch_spin);
	so = TAILQ_FIRST(&ch->ch_out);
	rr = switch_ring_first(&ch->ch_ring);
	if (so != NULL && (rr == NULL || so->so_seq < rr->rr_seq)) {
		data = so->so_data;
		n = so->so_len - ch->ch_off;
		rr = NULL;
	} else if (rr != NULL) {
		data = (uint8_t *)(rr + 1);
		n = rr->rr_len - ch->ch_off;
	}
	if (n > len && !part)
		n = 0;
	if (n > 0) {
		memcpy(buf, data + ch->ch_off, n < len ? n : len);
		if (n > len) {
			n = len;
			ch->ch_off += n;
		} else {
			ch->ch_off = 0;
			if (rr != NULL)
				switch_ring_pop(&ch->ch_ring, rr);
			else {
				TAILQ_REMOVE(&ch->ch_out, so, so_entry);
				ch->ch_outlen -= so->so_len;
				done = so;
			}
		}
	}
	kern_spin_leave(&ch->ch_spin);
	if (done != NULL)
		kern_free(done, sizeof(*done) + done->so_len);
	return (n);
}

size_t
switch_chan_read(struct switch_chan *ch, uint8_t *buf, size_t len)
{
	size_t	n, done = 0;

	while (done < len) {
		chan_refill(ch);
		n = chan_copy(ch, buf + done, len - done, done == 0);
		if (n == 0)
			break;
		done += n;
	}
	if (done > 0)
		kern_store(&ch->ch_read, kern_uptime_ns());
	return (done);
}

bool
switch_chan_readable(struct switch_chan *ch)
{
	bool	some;

	kern_spin_enter(&ch->ch_spin);
	some = !TAILQ_EMPTY(&ch->ch_out) || ch->ch_ring.ri_used > 0;
	kern_spin_leave(&ch->ch_spin);
	return (some || kern_load(&ch->ch_dump.du_row) != NULL ||
	    kern_load(&ch->ch_change.cg_active));
}
