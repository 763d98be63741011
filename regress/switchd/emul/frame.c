/*
 * SPDX-License-Identifier: ISC
 *
 * frame.c: a frame's way through the flow tables and out by ports.
 *
 * What comes out of the switch waits in a list until frame_run, as a host that
 * gets a frame may send another.  A frame is done in hardware as long as all
 * tables on its way are, and nobody was asked.
 */
#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "emul.h"

struct frame {
	STAILQ_ENTRY(frame) f_entry;
	uint32_t	 f_port;
	enum way	 f_way;
	bool		 f_in;		/* from a host, else to one */
	size_t		 f_len;
	uint8_t		 f_data[EM_FRAME];
};
static STAILQ_HEAD(, frame) frames = STAILQ_HEAD_INITIALIZER(frames);

/* On its way. */
struct trip {
	uint32_t	 tr_in_port;
	enum way	 tr_way;
	const uint8_t	*tr_data;
	size_t		 tr_len;
	unsigned int	 tr_depth;	/* of groups */
	/* For packet-ins. */
	uint8_t		 tr_table, tr_reason;
	uint64_t	 tr_cookie;
};

const char *const	way_names[WAY_COUNT] = {
	"hardware", "software", "controller"
};

static void	trip_actions(struct trip *, struct ofp_rd);

static void
frame_queue(uint32_t port, const uint8_t *data, size_t len, enum way way,
    bool in)
{
	struct frame	*f;

	if ((f = calloc(1, sizeof(*f))) == NULL)
		err(1, NULL);
	f->f_port = port;
	f->f_way = way;
	f->f_in = in;
	f->f_len = len < EM_FRAME ? len : EM_FRAME;
	memcpy(f->f_data, data, f->f_len);
	STAILQ_INSERT_TAIL(&frames, f, f_entry);
}

static bool
port_is_down(uint32_t port)
{
	return (port == 0 || port > EM_PORTS || (em.em_down & BIT(port)) ||
	    (em.em_port_config[port] & OFP_PC_PORT_DOWN));
}

/* From the host behind a port. */
void
frame_in(uint32_t port, const uint8_t *data, size_t len)
{
	if (em.em_taps)
		tap_send(port, data, len);
	else
		frame_queue(port, data, len, WAY_HARD, true);
}

/*
 * What a flow can ask of a frame; what the controller's flows never do ask is
 * left out.
 */
static void
key_extract(const struct trip *tr, struct ofp_key *key)
{
	const uint8_t	*p = tr->tr_data;
	struct ofp_l2	 l2;

	memset(key, 0, sizeof(*key));
	ofp_key_set(key, OFP_XMT_IN_PORT, tr->tr_in_port);
	if (!ofp_l2_parse(p, tr->tr_len, &l2))
		return;
	ofp_key_set(key, OFP_XMT_ETH_DST, l2.l2_dst);
	ofp_key_set(key, OFP_XMT_ETH_SRC, l2.l2_src);
	ofp_key_set(key, OFP_XMT_VLAN_VID, l2.l2_vlan);
	ofp_key_set(key, OFP_XMT_ETH_TYPE, l2.l2_type);
	if (l2.l2_vlan != 0 && em.em_model->mo_quirks & MQ_NO_TAGGED)
		ofp_key_set(key, OFP_XMT_VLAN_VID, 0x1fff);
	p += l2.l2_vlan != 0 ? 18 : 14;
	if (l2.l2_type == 0x0800 && tr->tr_len >= 34) {
		ofp_key_set(key, OFP_XMT_IP_PROTO, p[9]);
		memcpy(&key->k_ipv4_src, p + 12, 4);
		memcpy(&key->k_ipv4_dst, p + 16, 4);
	} else if (l2.l2_type == 0x0806 && tr->tr_len >= 42) {
		ofp_key_set(key, OFP_XMT_ARP_OP, p[7]);
		memcpy(&key->k_ipv4_src, p + 14, 4);
		memcpy(&key->k_ipv4_dst, p + 24, 4);
	}
}

/*
 * Frames that are kept for an answer: the last ones.
 */

#define KEPT	64
static struct frame	kept[KEPT];
static uint32_t		last_kept;

uint32_t
frame_keep(uint32_t port, const uint8_t *data, size_t len)
{
	struct frame	*f;

	if (++last_kept == OFP_NO_BUFFER)
		last_kept = 1;
	f = &kept[last_kept % KEPT];
	f->f_port = port;
	f->f_len = len < EM_FRAME ? len : EM_FRAME;
	memcpy(f->f_data, data, f->f_len);
	return (last_kept);
}

/* Only once. */
bool
frame_kept(uint32_t buffer, uint32_t *port, const uint8_t **data, size_t *len)
{
	struct frame	*f = &kept[buffer % KEPT];

	if (last_kept - buffer >= KEPT || f->f_len == 0)
		return (false);
	*port = f->f_port;
	*data = f->f_data;
	*len = f->f_len;
	f->f_len = 0;
	return (true);
}

/*
 * Actions.
 */

static void
trip_ask(struct trip *tr, uint16_t max_len)
{
	if (em.em_port_config[tr->tr_in_port <= EM_PORTS ? tr->tr_in_port :
	    0] & OFP_PC_NO_PACKET_IN)
		return;
	if (em.em_asked_at != em.em_now / 1000) {
		em.em_asked_at = em.em_now / 1000;
		em.em_asked_now = 0;
	}
	if (em.em_model->mo_pps != 0 &&
	    em.em_asked_now++ >= em.em_model->mo_pps) {
		em.em_unasked++;
		return;
	}
	em.em_asked++;
	msg_packet_in(tr->tr_in_port, tr->tr_reason, tr->tr_table,
	    tr->tr_cookie, max_len, tr->tr_data, tr->tr_len);
}

static void
trip_port(struct trip *tr, uint32_t port)
{
	if (!port_is_down(port) &&
	    (em.em_port_config[port] & OFP_PC_NO_FWD) == 0)
		frame_queue(port, tr->tr_data, tr->tr_len, tr->tr_way, false);
}

static void
trip_output(struct trip *tr, uint32_t port, uint16_t max_len)
{
	uint32_t	p;

	switch (port) {
	case OFP_P_CONTROLLER:
		trip_ask(tr, max_len);
		break;
	case OFP_P_IN_PORT:
		trip_port(tr, tr->tr_in_port);
		break;
	case OFP_P_TABLE:
		frame_queue(tr->tr_in_port, tr->tr_data, tr->tr_len,
		    tr->tr_way, true);
		break;
	case OFP_P_FLOOD:
	case OFP_P_ALL:
		for (p = 1; p <= EM_PORTS; p++)
			if (p != tr->tr_in_port && (port == OFP_P_ALL ||
			    !(em.em_port_config[p] & OFP10_PC_NO_FLOOD)))
				trip_port(tr, p);
		break;
	default:
		if (port != tr->tr_in_port)
			trip_port(tr, port);
		break;
	}
}

static void
trip_group(struct trip *tr, uint32_t id)
{
	const struct group	*gr = group_find(id);
	struct ofp_bucket	 b;
	struct ofp_rd		 rd;
	enum ofp_error		 error;

	if (gr == NULL || tr->tr_depth++ > 4)
		return;
	ofp_rd_init(&rd, gr->gr_buckets, gr->gr_len);
	while (ofp_bucket_next(&rd, &b, &error)) {
		trip_actions(tr, b.b_actions);
		if (gr->gr_type != OFP_GT_ALL)
			break;
	}
	tr->tr_depth--;
}

static void
trip_actions(struct trip *tr, struct ofp_rd rd)
{
	struct ofp_action	ac;

	while (flow_action(&rd, &ac)) {
		if (ac.ac_type == OFP_AT_OUTPUT)
			trip_output(tr, ac.u.output.port, ac.u.output.max_len);
		else if (ac.ac_type == OFP_AT_GROUP)
			trip_group(tr, ac.u.group);
	}
}

/*
 * Tables.
 */

static void
trip_count(struct trip *tr, struct flow *fl)
{
	const struct model_table	*mt = model_table(fl->fl_table);

	if (mt != NULL && mt->mt_soft && tr->tr_way == WAY_HARD)
		tr->tr_way = WAY_SOFT;
	if (em.em_model->mo_quirks & MQ_ASK_SOFT && tr->tr_way == WAY_HARD &&
	    flow_outputs(fl, OFP_P_CONTROLLER))
		tr->tr_way = WAY_SOFT;
	fl->fl_packets++;
	fl->fl_bytes += tr->tr_len;
	fl->fl_used = em.em_now;
	fl->fl_ways[tr->tr_way]++;
	tr->tr_cookie = fl->fl_cookie;
	tr->tr_reason = fl->fl_priority == 0 && fl->fl_match.m_fields == 0 ?
	    OFP_R_NO_MATCH : OFP_R_ACTION;
}

static void
trip_miss(struct trip *tr)
{
	if (em.em_version != OFP_VERSION_10 &&
	    (em.em_model->mo_quirks & MQ_MISS_ASKS) == 0)
		return;
	tr->tr_reason = OFP_R_NO_MATCH;
	tr->tr_cookie = OFP_COOKIE_NONE;
	trip_ask(tr, em.em_miss_len);
}

static void
trip_tables(struct trip *tr)
{
	struct ofp_instructions	in;
	struct ofp_key		key;
	struct ofp_rd		rd, set;
	struct flow		*fl;

	ofp_rd_init(&set, NULL, 0);
	for (tr->tr_table = 0;; tr->tr_table = in.in_goto) {
		key_extract(tr, &key);
		if ((fl = flow_lookup(tr->tr_table, &key)) == NULL) {
			trip_miss(tr);
			return;
		}
		trip_count(tr, fl);
		ofp_rd_init(&rd, fl->fl_do, fl->fl_len);
		if (em.em_version == OFP_VERSION_10) {
			trip_actions(tr, rd);
			return;
		}
		if (ofp_instructions_decode(&rd, &fl->fl_match, &in) != OFP_OK)
			return;
		if (in.in_present & BIT(OFP_IT_METER) &&
		    !meter_pass(in.in_meter, tr->tr_len))
			return;
		if (in.in_present & BIT(OFP_IT_APPLY_ACTIONS))
			trip_actions(tr, in.in_apply);
		if (in.in_present & BIT(OFP_IT_CLEAR_ACTIONS))
			ofp_rd_init(&set, NULL, 0);
		if (in.in_present & BIT(OFP_IT_WRITE_ACTIONS))
			set = in.in_write;
		if ((in.in_present & BIT(OFP_IT_GOTO_TABLE)) == 0)
			break;
	}
	trip_actions(tr, set);
}

/* A packet-out. */
void
frame_out(uint32_t in_port, struct ofp_rd actions, const uint8_t *data,
    size_t len)
{
	struct trip	tr = {
		.tr_in_port = in_port, .tr_way = WAY_ASKED,
		.tr_data = data, .tr_len = len
	};

	em.em_outs++;
	trip_actions(&tr, actions);
}

void
frame_run(void)
{
	struct frame	*f;
	struct trip	 tr;

	while ((f = STAILQ_FIRST(&frames)) != NULL) {
		STAILQ_REMOVE_HEAD(&frames, f_entry);
		memset(&tr, 0, sizeof(tr));
		tr.tr_in_port = f->f_port;
		tr.tr_way = f->f_way;
		tr.tr_data = f->f_data;
		tr.tr_len = f->f_len;
		if (!f->f_in)
			host_receive(f->f_port, f->f_data, f->f_len, f->f_way);
		else if (!port_is_down(f->f_port))
			trip_tables(&tr);
		free(f);
	}
}
