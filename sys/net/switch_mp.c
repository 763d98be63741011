/*
 * SPDX-License-Identifier: ISC
 *
 * switch_mp.c: multipart requests and replies, 7.3.5.
 *
 * A request that comes in several messages is joined first.  A reply is
 * produced entry by entry: a row of the table at the end decodes the request
 * and gives the next entry; switch_mp_step cuts the entries into messages.  A
 * long reply goes on as its reader drains the queue, in steps of bounded time
 * under the mutex, and no further request of the channel is taken meanwhile.
 */
#include "ofp_monitor.h"
#include "switch_chan.h"

#define NS_PER_S	1000000000ULL
#define QUEUES_MAX	64	/* of one port, that are reported */
#define FLAGS_KNOWN	OFP_MPF_MORE

static const struct switch_mp_row switch_mp_rows[OFP_MP_COUNT];

static enum ofp_error	mp_process(struct switch_chan *, struct switch_msg *,
			    const struct ofp_mp *, struct ofp_rd *);

/*
 * Requests.
 */

static struct switch_mp_part *
part_find(struct switch_chan *ch, uint32_t xid, uint16_t type)
{
	struct switch_mp_part	*mp;

	for (mp = ch->ch_part; mp < ch->ch_part + SWITCH_MP_PARTS; mp++) {
		if (mp->mp_body != NULL && mp->mp_xid == xid &&
		    mp->mp_type == type)
			return (mp);
	}
	return (NULL);
}

static void
part_free(struct switch_mp_part *mp)
{
	kern_free(mp->mp_body, mp->mp_cap);
	memset(mp, 0, sizeof(*mp));
}

static size_t
part_total(const struct switch_chan *ch)
{
	size_t		n = 0;
	unsigned int	i;

	for (i = 0; i < SWITCH_MP_PARTS; i++)
		n += ch->ch_part[i].mp_cap;
	return (n);
}

/* Room for len more bytes in a part, new or not.  ENOMEM: too much in all. */
static int
part_grow(struct switch_chan *ch, struct switch_mp_part *mp, size_t len)
{
	uint8_t	*body;
	size_t	 cap;

	if (mp->mp_body != NULL && len <= mp->mp_cap - mp->mp_len)
		return (0);
	cap = mp->mp_cap == 0 ? OFP_MSG_MAX : 2 * mp->mp_cap;
	while (cap - mp->mp_len < len)
		cap *= 2;
	if (cap > ch->ch_sc->sc_conf.sc_chan_queue - (part_total(ch) -
	    mp->mp_cap))
		return (ENOMEM);
	if ((body = kern_zalloc(cap)) == NULL)
		return (ENOMEM);
	if (mp->mp_body != NULL) {
		memcpy(body, mp->mp_body, mp->mp_len);
		kern_free(mp->mp_body, mp->mp_cap);
	}
	mp->mp_body = body;
	mp->mp_cap = cap;
	return (0);
}

/* Keep what came; false: a request that grew too big is forgotten whole. */
static bool
part_add(struct switch_chan *ch, struct switch_mp_part *mp, uint32_t xid,
    uint16_t type, struct ofp_rd *rd)
{
	size_t	n = ofp_rd_left(rd);

	if (part_grow(ch, mp, n) != 0) {
		part_free(mp);
		return (false);
	}
	ofp_rd_bytes(rd, mp->mp_body + mp->mp_len, n);
	mp->mp_len += n;
	mp->mp_xid = xid;
	mp->mp_type = type;
	mp->mp_since = kern_uptime_ns();
	return (true);
}

static struct switch_mp_part *
part_free_slot(struct switch_chan *ch)
{
	struct switch_mp_part	*mp;

	for (mp = ch->ch_part; mp < ch->ch_part + SWITCH_MP_PARTS; mp++) {
		if (mp->mp_body == NULL)
			return (mp);
	}
	return (NULL);
}

/* What else comes of this request is no request of its own. */
static enum ofp_error
part_refuse(struct switch_chan *ch, uint32_t xid, const struct ofp_mp *mp)
{
	struct switch_mp_refused	*mf;

	if ((mp->mp_flags & OFP_MPF_MORE) != 0) {
		mf = &ch->ch_refused[ch->ch_nrefused++ % SWITCH_MP_PARTS];
		mf->mf_used = true;
		mf->mf_xid = xid;
		mf->mf_type = mp->mp_type;
		mf->mf_since = kern_uptime_ns();
	}
	return (OFP_BRC_MULTIPART_BUFFER_OVERFLOW);
}

static bool
part_is_refused(struct switch_chan *ch, uint32_t xid, const struct ofp_mp *mp)
{
	struct switch_mp_refused	*mf;
	unsigned int			 i;

	for (i = 0; i < SWITCH_MP_PARTS; i++) {
		mf = &ch->ch_refused[i];
		if (mf->mf_used && mf->mf_xid == xid &&
		    mf->mf_type == mp->mp_type && kern_uptime_ns() -
		    mf->mf_since < SWITCH_MP_TIMEOUT * NS_PER_S) {
			mf->mf_used = (mp->mp_flags & OFP_MPF_MORE) != 0;
			mf->mf_since = kern_uptime_ns();
			return (true);
		}
	}
	return (false);
}

enum ofp_error
switch_mp_request(struct switch_chan *ch, struct switch_msg *sm)
{
	struct switch_mp_part	*part;
	struct ofp_mp		 mp;
	struct ofp_rd		 rd;
	enum ofp_error		 error;

	error = ofp_mp_decode(&sm->sm_rd, false, &mp);
	if (error != OFP_OK)
		return (error);
	if ((mp.mp_flags & ~FLAGS_KNOWN) != 0)
		return (OFP_BRC_BAD_MULTIPART);
	if (part_is_refused(ch, sm->sm_hdr.h_xid, &mp))
		return (OFP_OK);
	part = part_find(ch, sm->sm_hdr.h_xid, mp.mp_type);
	if (part == NULL && (mp.mp_flags & OFP_MPF_MORE) == 0)
		return (mp_process(ch, sm, &mp, &sm->sm_rd));
	if (part == NULL)
		part = part_free_slot(ch);
	if (part == NULL || !part_add(ch, part, sm->sm_hdr.h_xid, mp.mp_type,
	    &sm->sm_rd))
		return (part_refuse(ch, sm->sm_hdr.h_xid, &mp));
	if ((mp.mp_flags & OFP_MPF_MORE) != 0)
		return (OFP_OK);
	ofp_rd_init(&rd, part->mp_body, part->mp_len);
	error = mp_process(ch, sm, &mp, &rd);
	part_free(part);
	return (error);
}

static enum ofp_error
mp_experimenter(struct switch_chan *ch, struct switch_msg *sm,
    struct ofp_rd *rd)
{
	uint32_t	id, type;

	id = ofp_rd_u32(rd);
	type = ofp_rd_u32(rd);
	if (ofp_rd_err(rd))
		return (OFP_BRC_BAD_LEN);
	if (id != OFP_ONF_EXPERIMENTER)
		return (OFP_BRC_BAD_EXPERIMENTER);
	if (type != OFP_ONF_FLOW_MONITOR)
		return (OFP_BRC_BAD_EXP_TYPE);
	ch->ch_onf = true;
	return (switch_monitor_request(ch, sm, rd));
}

/* A whole request. */
static enum ofp_error
mp_process(struct switch_chan *ch, struct switch_msg *sm,
    const struct ofp_mp *mp, struct ofp_rd *rd)
{
	const struct switch_mp_row	*mr;
	struct switch_dump		*du = &ch->ch_dump;
	enum ofp_error			 error = OFP_OK;

	if (mp->mp_type == OFP_MP_EXPERIMENTER)
		return (mp_experimenter(ch, sm, rd));
	if (mp->mp_type >= OFP_MP_COUNT)
		return (OFP_BRC_BAD_MULTIPART);
	mr = &switch_mp_rows[mp->mp_type];
	KASSERT(du->du_row == NULL);
	memset(du, 0, sizeof(*du));
	if (mr->mr_start != NULL)
		error = mr->mr_start(ch, du, rd);
	else if (ofp_rd_left(rd) != 0)
		error = OFP_BRC_BAD_LEN;
	if (error != OFP_OK)
		return (error);
	switch_mp_begin(ch, mr, sm->sm_hdr.h_xid, mp->mp_type);
	return (OFP_OK);
}

/*
 * Replies.
 */

static void
segment_begin(struct switch_chan *ch)
{
	struct switch_dump	*du = &ch->ch_dump;

	ofp_wr_init(&du->du_wr, ch->ch_segment, OFP_MSG_MAX);
	if (du->du_row->mr_segment != NULL) {
		du->du_row->mr_segment(ch, du);
		return;
	}
	du->du_start = ofp_mp_begin(&du->du_wr, true, du->du_xid, du->du_type);
}

static void
segment_end(struct switch_chan *ch, bool more)
{
	struct switch_dump	*du = &ch->ch_dump;

	ofp_mp_end(&du->du_wr, du->du_start, more);
	switch_chan_send(ch, &du->du_wr);
}

/* Begin a reply: what du_row needs is in ch_dump.  A first step is done. */
void
switch_mp_begin(struct switch_chan *ch, const struct switch_mp_row *mr,
    uint32_t xid, uint16_t type)
{
	struct switch_dump	*du = &ch->ch_dump;

	du->du_xid = xid;
	du->du_type = type;
	kern_store(&du->du_row, mr);
	segment_begin(ch);
	switch_mp_step(ch);
}

/* Queue the entries that are written, so that they come before what follows. */
void
switch_mp_flush(struct switch_chan *ch)
{
	segment_end(ch, true);
	segment_begin(ch);
}

static void
dump_stop(struct switch_chan *ch)
{
	struct switch_dump	*du = &ch->ch_dump;

	if (du->du_row == NULL)
		return;
	if (du->du_row->mr_flows)
		switch_flow_iter_stop(ch->ch_sc, &du->du_iter);
	kern_store(&du->du_row, NULL);
}

/*
 * Write entries until there is none left, or enough was done under the mutex.
 * An entry that does not fit goes into the next segment; none is cut.  One
 * that fits into no segment was refused when it was made.
 */
void
switch_mp_step(struct switch_chan *ch)
{
	const struct switch_mp_row *mr;
	struct switch_dump	*du = &ch->ch_dump;
	struct ofp_wr		 before;
	unsigned int		 budget = SWITCH_MP_BUDGET;
	enum switch_mp_found		 found = SWITCH_MP_ENTRY;
	uint32_t		 cursor;
	bool			 done;

	KERN_MUTEX_ASSERT(&ch->ch_sc->sc_mutex);
	while (du->du_row != NULL && found == SWITCH_MP_ENTRY) {
		if (du->du_flow == NULL &&
		    kern_load(&ch->ch_outlen) >= OFP_MSG_MAX)
			return;
		before = du->du_wr;
		cursor = du->du_cursor;
		done = du->du_done;
		found = du->du_row->mr_next(ch, du, &budget);
		if (!ofp_wr_err(&du->du_wr)) {
			du->du_flow = NULL;
			continue;
		}
		du->du_wr = before;
		if (before.wr_len <= OFP_MULTIPART_LEN + 8) {
			du->du_flow = NULL;
			continue;
		}
		du->du_cursor = cursor;
		du->du_done = done;
		segment_end(ch, true);
		segment_begin(ch);
		found = SWITCH_MP_ENTRY;
	}
	if (du->du_row == NULL || found == SWITCH_MP_PAUSE)
		return;
	segment_end(ch, false);
	mr = du->du_row;
	dump_stop(ch);
	if (mr != NULL && mr->mr_done != NULL)
		mr->mr_done(ch);
}

/* Forget the reply and unfinished requests. */
void
switch_mp_close(struct switch_chan *ch)
{
	unsigned int	i;

	dump_stop(ch);
	for (i = 0; i < SWITCH_MP_PARTS; i++)
		part_free(&ch->ch_part[i]);
}

/* EXT-264: the rest of a request did not come in time. */
void
switch_mp_tick(struct switch_chan *ch)
{
	struct switch_mp_part	*mp;
	struct ofp_wr		 wr;
	uint8_t			 hdr[OFP_MULTIPART_LEN];

	for (mp = ch->ch_part; mp < ch->ch_part + SWITCH_MP_PARTS; mp++) {
		if (mp->mp_body == NULL || kern_uptime_ns() - mp->mp_since <
		    SWITCH_MP_TIMEOUT * NS_PER_S)
			continue;
		ofp_wr_init(&wr, hdr, sizeof(hdr));
		ofp_mp_end(&wr, ofp_mp_begin(&wr, false, mp->mp_xid,
		    mp->mp_type), false);
		part_free(mp);
		switch_chan_error(ch, OFP_MP_REQUEST_TIMEOUT, hdr,
		    sizeof(hdr));
	}
}

/*
 * The rows.
 */

static enum switch_mp_found
desc_next(struct switch_chan *ch, struct switch_dump *du, unsigned int *budget)
{
	const struct switch_conf	*cf = &ch->ch_sc->sc_conf;
	struct ofp_desc			 de;
	const char			*name;

	memset(&de, 0, sizeof(de));
	name = host_switch_name(ch->ch_sc->sc_hs);
	snprintf(de.de_mfr, sizeof(de.de_mfr), "%s", SWITCH_DESC_MFR);
	snprintf(de.de_hw, sizeof(de.de_hw), "%s", SWITCH_DESC_HW);
	snprintf(de.de_sw, sizeof(de.de_sw), "%s", SWITCH_DESC_SW);
	snprintf(de.de_serial, sizeof(de.de_serial), "%s",
	    cf->sc_serial[0] != '\0' ? cf->sc_serial : "none");
	snprintf(de.de_dp, sizeof(de.de_dp), "%s",
	    cf->sc_dp_desc[0] != '\0' ? cf->sc_dp_desc : name);
	ofp_desc_encode(&du->du_wr, &de);
	return (SWITCH_MP_END);
}

static enum ofp_error
flow_start(struct switch_chan *ch, struct switch_dump *du, struct ofp_rd *rd)
{
	struct switch_softc	*sc = ch->ch_sc;
	struct ofp_flow_req	 fq;
	enum ofp_error		 error;

	if ((error = ofp_flow_req_decode(rd, &fq)) != OFP_OK)
		return (error);
	if (fq.fq_table != OFP_TT_ALL &&
	    !switch_tfeat_is_table(sc, fq.fq_table))
		return (OFP_BRC_BAD_TABLE_ID);
	switch_flow_iter_start(sc, &du->du_iter, &fq);
	return (OFP_OK);
}

static enum switch_mp_found
flow_next(struct switch_chan *ch, struct switch_dump *du, unsigned int *budget)
{
	struct ofp_flow_stats	fs;

	if (du->du_flow == NULL)
		du->du_flow = switch_flow_iter_next(ch->ch_sc, &du->du_iter,
		    budget);
	if (du->du_flow == NULL)
		return (du->du_iter.it_done ? SWITCH_MP_END : SWITCH_MP_PAUSE);
	switch_flow_stats(du->du_flow, &fs);
	ofp_flow_stats_encode(&du->du_wr, &fs);
	return (SWITCH_MP_ENTRY);
}

/* Counters that a flow does not keep contribute nothing (DD-31). */
static enum switch_mp_found
aggregate_next(struct switch_chan *ch, struct switch_dump *du,
    unsigned int *budget)
{
	struct switch_flow	*sf;

	while ((sf = switch_flow_iter_next(ch->ch_sc, &du->du_iter,
	    budget)) != NULL) {
		du->du_sum.ag_flows++;
		if ((sf->sf_flags & OFP_FF_NO_PKT_COUNTS) == 0)
			du->du_sum.ag_packets += kern_load(&sf->sf_packets);
		if ((sf->sf_flags & OFP_FF_NO_BYT_COUNTS) == 0)
			du->du_sum.ag_bytes += kern_load(&sf->sf_bytes);
	}
	if (!du->du_iter.it_done)
		return (SWITCH_MP_PAUSE);
	ofp_aggregate_encode(&du->du_wr, &du->du_sum);
	return (SWITCH_MP_END);
}

/* The id of the next table from the cursor on that may be used; -1: none. */
static int
table_id(struct switch_chan *ch, struct switch_dump *du)
{
	for (; du->du_cursor < switch_table_count(ch->ch_sc);
	    du->du_cursor++) {
		if (switch_tfeat_is_table(ch->ch_sc, (uint8_t)du->du_cursor))
			return ((int)du->du_cursor++);
	}
	return (-1);
}

static enum switch_mp_found
table_next(struct switch_chan *ch, struct switch_dump *du,
    unsigned int *budget)
{
	struct ofp_table_stats	ts;
	int			id;

	if ((id = table_id(ch, du)) == -1)
		return (SWITCH_MP_END);
	switch_table_stats(ch->ch_sc, (uint8_t)id, &ts);
	ofp_table_stats_encode(&du->du_wr, &ts);
	return (SWITCH_MP_ENTRY);
}

static enum switch_mp_found
tfeat_next(struct switch_chan *ch, struct switch_dump *du,
    unsigned int *budget)
{
	struct ofp_table_features	tf;
	int				id;

	if ((id = table_id(ch, du)) == -1)
		return (SWITCH_MP_END);
	switch_tfeat_get(ch->ch_sc, (uint8_t)id, &tf);
	ofp_table_features_encode(&du->du_wr, &tf);
	return (SWITCH_MP_ENTRY);
}

/* A body sets the features of all tables first; the reply is the same. */
static enum ofp_error
tfeat_start(struct switch_chan *ch, struct switch_dump *du, struct ofp_rd *rd)
{
	if (ofp_rd_left(rd) == 0)
		return (OFP_OK);
	if (switch_chan_is_slave(ch))
		return (OFP_BRC_IS_SLAVE);
	return (switch_tfeat_set(ch->ch_sc, *rd));
}

/* The port at the cursor, which then is moved; NULL: none. */
static struct switch_port *
port_next(struct switch_chan *ch, struct switch_dump *du)
{
	struct switch_port	*sp;

	if (du->du_done)
		return (NULL);
	if (du->du_one) {
		du->du_done = true;
		return (switch_port_find(ch->ch_sc, du->du_id));
	}
	if ((sp = switch_port_after(ch->ch_sc, du->du_cursor)) != NULL)
		du->du_cursor = sp->sp_no;
	return (sp);
}

static enum switch_mp_found
port_desc_next(struct switch_chan *ch, struct switch_dump *du,
    unsigned int *budget)
{
	struct switch_port	*sp;
	struct ofp_port		 po;

	if ((sp = port_next(ch, du)) == NULL)
		return (SWITCH_MP_END);
	switch_port_desc(sp, &po);
	ofp_port_encode(&du->du_wr, &po);
	return (SWITCH_MP_ENTRY);
}

static enum ofp_error
port_start(struct switch_chan *ch, struct switch_dump *du, struct ofp_rd *rd)
{
	enum ofp_error	error;

	if ((error = ofp_port_req_decode(rd, &du->du_id)) != OFP_OK)
		return (error);
	du->du_one = du->du_id != OFP_P_ANY;
	if (du->du_one && switch_port_find(ch->ch_sc, du->du_id) == NULL)
		return (OFP_BRC_BAD_PORT);
	return (OFP_OK);
}

static enum switch_mp_found
port_stats_next(struct switch_chan *ch, struct switch_dump *du,
    unsigned int *budget)
{
	struct switch_port	*sp;
	struct ofp_port_stats	 pt;

	if ((sp = port_next(ch, du)) == NULL)
		return (SWITCH_MP_END);
	switch_port_stats(sp, &pt);
	ofp_port_stats_encode(&du->du_wr, &pt);
	return (SWITCH_MP_ENTRY);
}

/*
 * Write the queues of a port that were asked for; wr may be NULL to count
 * them only.
 */
static unsigned int
queue_walk(struct switch_port *sp, uint32_t id, struct ofp_wr *wr)
{
	struct ofp_queue_stats	 qs;
	struct host_queue	*hq;
	unsigned int		 i, n, found = 0;
	uint64_t		 age;

	if ((hq = kern_zalloc(QUEUES_MAX * sizeof(*hq))) == NULL)
		return (0);
	n = switch_port_queues(sp, hq, QUEUES_MAX);
	for (i = 0; i < n && i < QUEUES_MAX; i++) {
		if (id != OFP_Q_ALL && hq[i].hq_id != id)
			continue;
		found++;
		age = kern_uptime_ns() - hq[i].hq_created_ns;
		qs.qs_port = sp->sp_no;
		qs.qs_queue = hq[i].hq_id;
		qs.qs_bytes = hq[i].hq_tx_bytes;
		qs.qs_packets = hq[i].hq_tx_packets;
		qs.qs_errors = hq[i].hq_tx_errors;
		qs.qs_sec = (uint32_t)kern_div64(age, NS_PER_S);
		qs.qs_nsec = (uint32_t)(age - qs.qs_sec * NS_PER_S);
		if (wr != NULL)
			ofp_queue_stats_encode(wr, &qs);
	}
	kern_free(hq, QUEUES_MAX * sizeof(*hq));
	return (found);
}

static enum ofp_error
queue_start(struct switch_chan *ch, struct switch_dump *du, struct ofp_rd *rd)
{
	struct switch_softc	*sc = ch->ch_sc;
	struct switch_port	*sp;
	enum ofp_error		 error;
	unsigned int		 found = 0;

	error = ofp_queue_req_decode(rd, &du->du_id, &du->du_id2);
	if (error != OFP_OK)
		return (error);
	du->du_one = du->du_id != OFP_P_ANY;
	if (du->du_one && switch_port_find(sc, du->du_id) == NULL)
		return (OFP_QOFC_BAD_PORT);
	if (du->du_id2 == OFP_Q_ALL)
		return (OFP_OK);
	for (sp = switch_port_first(sc); sp != NULL;
	    sp = switch_port_after(sc, sp->sp_no)) {
		if (!du->du_one || sp->sp_no == du->du_id)
			found += queue_walk(sp, du->du_id2, NULL);
	}
	return (found > 0 ? OFP_OK : OFP_QOFC_BAD_QUEUE);
}

static enum switch_mp_found
queue_next(struct switch_chan *ch, struct switch_dump *du,
    unsigned int *budget)
{
	struct switch_port	*sp;

	if ((sp = port_next(ch, du)) == NULL)
		return (SWITCH_MP_END);
	queue_walk(sp, du->du_id2, &du->du_wr);
	return (SWITCH_MP_ENTRY);
}

static enum ofp_error
group_start(struct switch_chan *ch, struct switch_dump *du, struct ofp_rd *rd)
{
	enum ofp_error	error;

	if ((error = ofp_id_req_decode(rd, &du->du_id)) != OFP_OK)
		return (error);
	du->du_one = du->du_id != OFP_G_ALL;
	return (OFP_OK);
}

/* A group that is not there gives an empty reply (DD-07). */
static struct switch_group *
group_next(struct switch_chan *ch, struct switch_dump *du)
{
	struct switch_group	*gr;

	if (du->du_done)
		return (NULL);
	if (du->du_one) {
		du->du_done = true;
		return (switch_group_find(ch->ch_sc, du->du_id));
	}
	if ((gr = switch_group_from(ch->ch_sc, du->du_cursor)) != NULL)
		du->du_cursor = gr->gr_id + 1;
	return (gr);
}

static enum switch_mp_found
group_stats_next(struct switch_chan *ch, struct switch_dump *du,
    unsigned int *budget)
{
	struct switch_group	*gr;

	if ((gr = group_next(ch, du)) == NULL)
		return (SWITCH_MP_END);
	switch_group_stats(gr, &du->du_wr);
	return (SWITCH_MP_ENTRY);
}

static enum switch_mp_found
group_desc_next(struct switch_chan *ch, struct switch_dump *du,
    unsigned int *budget)
{
	struct switch_group	*gr;
	struct ofp_group_desc	 gd;

	if ((gr = group_next(ch, du)) == NULL)
		return (SWITCH_MP_END);
	switch_group_desc(gr, &gd);
	ofp_group_desc_encode(&du->du_wr, &gd);
	return (SWITCH_MP_ENTRY);
}

static enum switch_mp_found
group_features_next(struct switch_chan *ch, struct switch_dump *du,
    unsigned int *budget)
{
	struct ofp_group_features	gf;

	switch_group_features(ch->ch_sc, &gf);
	ofp_group_features_encode(&du->du_wr, &gf);
	return (SWITCH_MP_END);
}

/* A meter that is not there is an error (DD-09). */
static enum ofp_error
meter_start(struct switch_chan *ch, struct switch_dump *du, struct ofp_rd *rd)
{
	enum ofp_error	error;

	if ((error = ofp_id_req_decode(rd, &du->du_id)) != OFP_OK)
		return (error);
	du->du_one = du->du_id != OFP_M_ALL;
	if (du->du_one && switch_meter_find(ch->ch_sc, du->du_id) == NULL)
		return (OFP_MMFC_UNKNOWN_METER);
	return (OFP_OK);
}

static struct switch_meter *
meter_next(struct switch_chan *ch, struct switch_dump *du)
{
	struct switch_meter	*me;

	if (du->du_done)
		return (NULL);
	if (du->du_one) {
		du->du_done = true;
		return (switch_meter_find(ch->ch_sc, du->du_id));
	}
	if ((me = switch_meter_from(ch->ch_sc, du->du_cursor)) != NULL)
		du->du_cursor = me->me_id + 1;
	return (me);
}

static enum switch_mp_found
meter_stats_next(struct switch_chan *ch, struct switch_dump *du,
    unsigned int *budget)
{
	struct switch_meter	*me;

	if ((me = meter_next(ch, du)) == NULL)
		return (SWITCH_MP_END);
	switch_meter_stats(me, &du->du_wr);
	return (SWITCH_MP_ENTRY);
}

static enum switch_mp_found
meter_config_next(struct switch_chan *ch, struct switch_dump *du,
    unsigned int *budget)
{
	struct switch_meter	*me;

	if ((me = meter_next(ch, du)) == NULL)
		return (SWITCH_MP_END);
	switch_meter_config(me, &du->du_wr);
	return (SWITCH_MP_ENTRY);
}

static enum switch_mp_found
meter_features_next(struct switch_chan *ch, struct switch_dump *du,
    unsigned int *budget)
{
	struct ofp_meter_features	mf;

	switch_meter_features(ch->ch_sc, &mf);
	ofp_meter_features_encode(&du->du_wr, &mf);
	return (SWITCH_MP_END);
}

static const struct switch_mp_row switch_mp_rows[OFP_MP_COUNT] = {
	[OFP_MP_DESC] = { NULL, desc_next, NULL, NULL, false },
	[OFP_MP_FLOW] = { flow_start, flow_next, NULL, NULL, true },
	[OFP_MP_AGGREGATE] = { flow_start, aggregate_next, NULL, NULL, true },
	[OFP_MP_TABLE] = { NULL, table_next, NULL, NULL, false },
	[OFP_MP_PORT_STATS] = { port_start, port_stats_next, NULL, NULL,
	    false },
	[OFP_MP_QUEUE] = { queue_start, queue_next, NULL, NULL, false },
	[OFP_MP_GROUP] = { group_start, group_stats_next, NULL, NULL,
	    false },
	[OFP_MP_GROUP_DESC] = { NULL, group_desc_next, NULL, NULL,
	    false },
	[OFP_MP_GROUP_FEATURES] = { NULL, group_features_next, NULL, NULL,
	    false },
	[OFP_MP_METER] = { meter_start, meter_stats_next, NULL, NULL, false },
	[OFP_MP_METER_CONFIG] = { meter_start, meter_config_next, NULL, NULL,
	    false },
	[OFP_MP_METER_FEATURES] = { NULL, meter_features_next, NULL, NULL,
	    false },
	[OFP_MP_TABLE_FEATURES] = { tfeat_start, tfeat_next, NULL, NULL,
	    false },
	[OFP_MP_PORT_DESC] = { NULL, port_desc_next, NULL, NULL, false },
};
