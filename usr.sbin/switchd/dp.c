/*
 * SPDX-License-Identifier: ISC
 *
 * dp.c: the switches we control (see dp.h): who is who, and messages by type.
 *
 * A connection becomes a datapath's by its FEATURES_REPLY.  If that id has a
 * connection already, the old one is asked for a sign of life first: whoever
 * claims another's id cannot throw it out, and a switch that comes back
 * before its old connection died waits for a few seconds only.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "dp.h"
#include "log.h"
#include "stream.h"

#define DP_HASH		4096
#define DP_KEEP		600	/* s without a connection, then forgotten */
#define DP_DUP_TRIES	3	/* s for the old one to answer */
#define DP_PORTS_MAX	4096
#define DP_ERRORS_LOGGED 200	/* per second, of all switches */
#define DP_ERRORS_ONE	5	/* of one switch, and each kind once */
#define DP_ERROR_DATA	16	/* bytes of it that are logged */

struct dp_list		 dp_list = TAILQ_HEAD_INITIALIZER(dp_list);
uint32_t		 dp_count;
uint32_t		 dp_max = 65536;
uint32_t		 dp_limit = 4096;
uint32_t		 dp_timeout = 240;
uint32_t		 dp_rate;
struct counters		 dp_nobody;
struct dp_hooks		 dp_hooks;
bool			 dp_events;

static struct dp	*dp_hash[DP_HASH];
static uint32_t		 dp_last_number;
static unsigned int	 dp_errors_logged;

static void	dp_conn_open(struct conn *);
static bool	dp_conn_message(struct conn *, const struct ofp_hdr *,
		    struct ofp_rd *, const uint8_t *);
static void	dp_conn_drained(struct conn *);
static void	dp_conn_closed(struct conn *, const char *);
static void	dp_conn_tap(struct conn *, bool, const uint8_t *, size_t);

static const struct conn_ops	dp_conn_ops = {
	.co_open = dp_conn_open,
	.co_message = dp_conn_message,
	.co_drained = dp_conn_drained,
	.co_closed = dp_conn_closed,
	.co_tap = dp_conn_tap
};

static bool	dp_message(struct dp *, struct conn *, const struct ofp_hdr *,
		    struct ofp_rd *, const uint8_t *);
static enum ofp_error dp_multipart(struct dp *, struct ofp_rd *, uint32_t);
static bool	dp_error(struct dp *, const struct ofp_hdr *, struct ofp_rd *);
static void	dp_features(struct conn *, struct ofp_rd *, const uint8_t *);
static struct dp *dp_new(uint64_t);
static void	dp_free(struct dp *);
static bool	dp_taken(struct dp *, struct conn *);
static void	dp_attach(struct dp *, struct conn *);
static void	dp_attach_aux(struct dp *, struct conn *, uint8_t);
static void	dp_port_limit(struct dp *, struct dp_port *);
static void	dp_port_status(struct dp *, const struct ofp_port_status *);

void
dp_init(struct event_base *base)
{
	conn_init(base, &dp_conn_ops, &dp_nobody);
}

/*
 * Connections.
 */

static void
dp_ask_features(struct conn *c)
{
	ofp_msg_bare(conn_wr(c), c->c_version, OFP_T_FEATURES_REQUEST,
	    conn_next_xid(c));
}

static void
dp_conn_open(struct conn *c)
{
	dp_ask_features(c);
}

static bool
dp_conn_message(struct conn *c, const struct ofp_hdr *h, struct ofp_rd *rd,
    const uint8_t *msg)
{
	struct dp	*d = c->c_owner;

	if (d == NULL) {
		if (h->h_type == OFP_T_FEATURES_REPLY)
			dp_features(c, rd, msg);
		else if (h->h_type == OFP_T_ERROR)
			counter_inc(c->c_counters, CNT_error_received);
		else
			counter_inc(c->c_counters, CNT_msg_early);
		return (true);
	}
	/* 7.1.1: what comes by itself may have any xid. */
	if ((h->h_xid & 0xc0000000) == 0x40000000 &&
	    h->h_type != OFP_T_PACKET_IN && h->h_type != OFP_T_FLOW_REMOVED &&
	    h->h_type != OFP_T_PORT_STATUS &&
	    dp_hooks.dh_reply != NULL && dp_hooks.dh_reply(d, h, msg))
		return (true);
	return (dp_message(d, c, h, rd, msg));
}

/* What was dropped may have been flows. */
static void
dp_conn_drained(struct conn *c)
{
	struct dp	*d = c->c_owner;

	if (d != NULL && d->d_conn == c)
		d->d_sync_wanted = true;
}

static void
dp_conn_closed(struct conn *c, const char *why)
{
	struct dp	*d = c->c_owner;
	struct conn	*aux, *next;

	if (dp_hooks.dh_closed != NULL)
		dp_hooks.dh_closed(c, why);
	/* Of a device, its opener says it. */
	if (!stream_is_open(c->c_stream) && c->c_device == 0)
		log_peer("%s: %s", c->c_name, why);
	else
		log_debug("%s: %s", c->c_name, why);
	c->c_owner = NULL;
	c->c_counters = &dp_nobody;
	if (d != NULL && d->d_conn != c)
		d->d_naux--;
	if (d == NULL || d->d_conn != c)
		return;
	log_peer("%s: datapath %016llx down: %s", d->d_name,
	    (unsigned long long)d->d_id, why);
	dp_sync_settle(d);
	dp_set_state(d, DP_DOWN);
	d->d_conn = NULL;
	d->d_sync_xid = 0;
	dp_room_free(d);
	if (d->d_setup != NULL)
		dp_setup_free(d);
	if (dp_events)
		dp_event(d, "down: %s", why);
	if (dp_hooks.dh_gone != NULL)
		dp_hooks.dh_gone(d);
	/* 6.3.5: auxiliaries go with the main connection. */
	for (aux = TAILQ_FIRST(&conn_list); aux != NULL && d->d_naux > 0;
	    aux = next) {
		next = TAILQ_NEXT(aux, c_entry);
		if (aux->c_owner == d)
			conn_close(aux, "the main connection is gone");
	}
}

static void
dp_conn_tap(struct conn *c, bool sent, const uint8_t *msg, size_t len)
{
	if (dp_hooks.dh_tap != NULL)
		dp_hooks.dh_tap(c->c_owner, c, sent, msg, len);
}

/*
 * Who is who.
 */

static struct dp **
dp_bucket(uint64_t id)
{
	return (&dp_hash[(id * 0x9e3779b97f4a7c15ULL) >> 52]);
}

struct dp *
dp_find_id(uint64_t id)
{
	struct dp	*d;

	for (d = *dp_bucket(id); d != NULL; d = d->d_chain)
		if (d->d_id == id)
			return (d);
	return (NULL);
}

/* Ids are free to invent: the oldest that is gone makes room. */
static void
dp_forget_one(void)
{
	struct dp	*d;

	TAILQ_FOREACH(d, &dp_list, d_entry)
		if (d->d_state == DP_DOWN)
			break;
	if (d != NULL)
		dp_free(d);
}

static struct dp *
dp_new(uint64_t id)
{
	struct dp	*d, **bucket = dp_bucket(id);

	if (dp_count >= dp_max)
		dp_forget_one();
	if (dp_count >= dp_max || (d = calloc(1, sizeof(*d))) == NULL)
		return (NULL);
	d->d_id = id;
	d->d_number = ++dp_last_number;
	d->d_timeout = dp_timeout;
	d->d_rate = dp_rate;
	d->d_since = conn_now();
	learn_init(&d->d_learn, dp_limit);
	if (asprintf(&d->d_name, "sw%u", d->d_number) == -1) {
		free(d);
		return (NULL);
	}
	d->d_chain = *bucket;
	*bucket = d;
	TAILQ_INSERT_TAIL(&dp_list, d, d_entry);
	dp_count++;
	return (d);
}

static void
dp_free(struct dp *d)
{
	struct dp	**dpp;

	for (dpp = dp_bucket(d->d_id); *dpp != d; dpp = &(*dpp)->d_chain)
		;
	*dpp = d->d_chain;
	TAILQ_REMOVE(&dp_list, d, d_entry);
	dp_count--;
	counter_sum(&dp_nobody, &d->d_counters);
	dp_setup_free(d);
	dp_room_free(d);
	dp_guard_free(d);
	learn_free(&d->d_learn);
	free(d->d_ports);
	free(d->d_name);
	free(d->d_desc);
	free(d);
}

void
dp_set_name(struct dp *d, const char *name)
{
	char	*s;

	if (strcmp(name, d->d_name) == 0 || (s = strdup(name)) == NULL)
		return;
	free(d->d_name);
	d->d_name = s;
}

void
dp_set_state(struct dp *d, enum dp_state state)
{
	d->d_state = state;
	d->d_since = conn_now();
}

const char *
dp_addr(const struct dp *d)
{
	return (d->d_conn == NULL ? "" : d->d_conn->c_name);
}

static void
dp_features(struct conn *c, struct ofp_rd *rd, const uint8_t *msg)
{
	struct ofp_features	 fe;
	struct ofp_port		 po;
	struct dp		*d;
	enum ofp_error		 error;
	bool			 v10 = c->c_version == OFP_VERSION_10;

	error = v10 ? ofp10_features_decode(rd, &fe) :
	    ofp_features_decode(rd, &fe);
	if (error != OFP_OK) {
		conn_error(c, error, msg);
		return;
	}
	if (dp_hooks.dh_admit != NULL && !dp_hooks.dh_admit(fe.fe_dpid, c)) {
		conn_close(c, "refused by the configuration");
		return;
	}
	d = dp_find_id(fe.fe_dpid);
	if (!v10 && fe.fe_aux != 0) {
		dp_attach_aux(d, c, fe.fe_aux);
		return;
	}
	if (d != NULL && d->d_conn != NULL && dp_taken(d, c))
		return;
	if (d == NULL && (d = dp_new(fe.fe_dpid)) == NULL) {
		conn_close(c, "too many switches");
		return;
	}
	if (dp_hooks.dh_attach != NULL)
		dp_hooks.dh_attach(d, c);
	dp_attach(d, c);
	d->d_tables = fe.fe_tables;
	while (v10 && ofp_rd_left(rd) > 0 &&
	    ofp10_port_decode(rd, &po) == OFP_OK)
		dp_port_update(d, &po, false);
	dp_setup_start(d);
}

/* True while the old connection may still be alive. */
static bool
dp_taken(struct dp *d, struct conn *c)
{
	struct conn	*old = d->d_conn;

	/* Whom we called is no stranger. */
	if (c->c_device != 0 && old->c_device == 0) {
		conn_close(old, "replaced by one that we opened");
		return (false);
	}
	if (c->c_dup++ == 0) {
		counter_inc(&d->d_counters, CNT_conn_duplicate);
		log_peer("%s: says it is %s, which is %s", c->c_name, d->d_name,
		    old->c_name);
		old->c_echo = true;
		ofp_echo_encode(conn_wr(old), old->c_version, false,
		    conn_next_xid(old), NULL, 0);
		return (true);
	}
	if (!old->c_echo) {
		conn_close(c, "its datapath id is in use");
		return (true);
	}
	if (c->c_dup < DP_DUP_TRIES)
		return (true);
	conn_close(old, "replaced by a new connection");
	return (false);
}

static void
dp_attach(struct dp *d, struct conn *c)
{
	c->c_owner = d;
	c->c_counters = &d->d_counters;
	c->c_aux = 0;
	conn_set_up(c);
	d->d_conn = c;
	d->d_version = c->c_version;
	d->d_nports = 0;
	d->d_port_max = false;
	dp_guard_free(d);
	free(d->d_ports);
	d->d_ports = NULL;
}

/* 6.3.5: from the same address; and whoever shows a certificate shows it. */
static bool
dp_same_peer(const struct conn *a, const struct conn *b)
{
	const char	*ha = stream_peer_hash(a->c_stream);
	const char	*hb = stream_peer_hash(b->c_stream);
	const char	*port = strrchr(a->c_name, ':');
	size_t		 len = port == NULL ? strlen(a->c_name) :
			    (size_t)(port - a->c_name);

	return (strncmp(a->c_name, b->c_name, len) == 0 &&
	    b->c_name[len] == (port == NULL ? '\0' : ':') &&
	    strcmp(ha == NULL ? "" : ha, hb == NULL ? "" : hb) == 0);
}

static void
dp_attach_aux(struct dp *d, struct conn *c, uint8_t aux)
{
	if (d == NULL || d->d_conn == NULL ||
	    d->d_conn->c_version != c->c_version ||
	    !dp_same_peer(d->d_conn, c)) {
		counter_inc(c->c_counters, CNT_conn_aux_orphan);
		conn_close(c, "auxiliary without a main connection of its "
		    "address and certificate");
		return;
	}
	/* Their ids have 8 bits, and that none is 0. */
	if (d->d_naux == UINT8_MAX) {
		counter_inc(&d->d_counters, CNT_conn_duplicate);
		conn_close(c, "too many auxiliary connections");
		return;
	}
	c->c_owner = d;
	c->c_counters = &d->d_counters;
	c->c_aux = aux;
	d->d_naux++;
	conn_set_up(c);
}

/*
 * Messages by type.
 */

static bool
dp_message(struct dp *d, struct conn *c, const struct ofp_hdr *h,
    struct ofp_rd *rd, const uint8_t *msg)
{
	struct ofp_packet_in_quick	pq;
	struct ofp_flow_removed		fr;
	struct ofp_port_status		ps;
	enum ofp_error			error;
	bool				v10 = c->c_version == OFP_VERSION_10;

	/* The first ones have one number in both versions. */
	switch (h->h_type) {
	case OFP_T_PACKET_IN:
		error = v10 ? ofp10_packet_in_quick(rd, &pq) :
		    ofp_packet_in_quick(rd, &pq);
		if (error == OFP_OK)
			dp_learn_packet(d, c, &pq);
		break;
	case OFP_T_FLOW_REMOVED:
		error = v10 ? ofp10_flow_removed_decode(rd, &fr) :
		    ofp_flow_removed_decode(rd, &fr);
		if (error == OFP_OK)
			dp_learn_flow_removed(d, &fr);
		break;
	case OFP_T_PORT_STATUS:
		error = v10 ? ofp10_port_status_decode(rd, &ps) :
		    ofp_port_status_decode(rd, &ps);
		if (error == OFP_OK)
			dp_port_status(d, &ps);
		break;
	case OFP_T_ERROR:
		return (dp_error(d, h, rd));
	default:
		if (h->h_type == (v10 ? (int)OFP10_T_BARRIER_REPLY :
		    (int)OFP_T_BARRIER_REPLY))
			return (dp_setup_barrier(d, h->h_xid));
		if (h->h_type != (v10 ? (int)OFP10_T_STATS_REPLY :
		    (int)OFP_T_MULTIPART_REPLY))
			return (false);
		error = dp_multipart(d, rd, h->h_xid);
		break;
	}
	if (error != OFP_OK)
		conn_error(c, error, msg);
	return (true);
}

static enum ofp_error
dp_multipart(struct dp *d, struct ofp_rd *rd, uint32_t xid)
{
	struct ofp_mp	mp;
	enum ofp_error	error;

	error = d->d_version == OFP_VERSION_10 ?
	    ofp10_stats_decode(rd, true, &mp) : ofp_mp_decode(rd, true, &mp);
	if (error != OFP_OK)
		return (error);
	if (mp.mp_type != OFP_MP_FLOW)
		dp_setup_multipart(d, &mp, rd);
	else if (d->d_sync_xid != 0 && xid == d->d_sync_xid)
		dp_sync_reply(d, rd, (mp.mp_flags & OFP_MPF_MORE) != 0);
	else
		counter_inc(&d->d_counters, CNT_msg_unexpected);
	return (OFP_OK);
}

/* With what it is an answer to, as far as that came along. */
static void
dp_error_log(struct dp *d, const struct ofp_hdr *h,
    const struct ofp_error_msg *er, const char *name)
{
	char		data[2 * DP_ERROR_DATA + 1] = "", exp[32] = "";
	uint32_t	kind = 1U << (er->er_type * 8 + er->er_code) % 32;
	size_t		i;

	if (d->d_error_at != conn_now()) {
		d->d_error_at = conn_now();
		d->d_errors = d->d_error_kinds = 0;
	}
	if (d->d_errors >= DP_ERRORS_ONE && (d->d_error_kinds & kind) != 0)
		return;
	d->d_errors++;
	d->d_error_kinds |= kind;
	for (i = 0; i < er->er_len && i < DP_ERROR_DATA; i++)
		snprintf(data + 2 * i, 3, "%02x", er->er_data[i]);
	if (er->er_type == OFP_ET_EXPERIMENTER)
		snprintf(exp, sizeof(exp), " of %#x", er->er_experimenter);
	log_info("%s: error %s%s, xid %#x, data %s", d->d_name, name, exp,
	    h->h_xid, data);
}

static bool
dp_error(struct dp *d, const struct ofp_hdr *h, struct ofp_rd *rd)
{
	struct ofp_error_msg	 er;
	const char		*name;
	char			 buf[64];

	counter_inc(&d->d_counters, CNT_error_received);
	if (ofp_error_decode(rd, &er) != OFP_OK)
		return (true);
	name = ofp_error_str(d->d_version, er.er_type, er.er_code, buf,
	    sizeof(buf));
	/* That a table is full is said once: dp_room.c. */
	if (!dp_room_is_full(d, &er) && dp_errors_logged++ < DP_ERRORS_LOGGED)
		dp_error_log(d, h, &er, name);
	if (dp_setup_error(d, h->h_xid, &er))
		return (true);
	if ((h->h_xid & DP_XID_LEARN) == DP_XID_LEARN)
		dp_learn_error(d, h->h_xid, &er, name);
	return (true);
}

/*
 * Ports.
 */

/* NULL: it has none of that number, as far as it told. */
const struct dp_port *
dp_port_find(const struct dp *d, uint32_t no)
{
	unsigned int	i;

	for (i = 0; i < d->d_nports; i++)
		if (d->d_ports[i].dt_no == no)
			return (&d->d_ports[i]);
	return (NULL);
}

const char *
dp_port_name(const struct dp *d, uint32_t no)
{
	static char		 buf[24];
	const struct dp_port	*dt = dp_port_find(d, no);

	if (dt != NULL && dt->dt_name[0] != '\0')
		return (dt->dt_name);
	snprintf(buf, sizeof(buf), no == OFP_P_LOCAL ? "LOCAL" : "%u", no);
	return (buf);
}

/* A place for a port, in the order of numbers; NULL: there is none. */
static struct dp_port *
dp_port_place(struct dp *d, uint32_t no)
{
	struct dp_port	*dt;
	unsigned int	 i, n = d->d_nports;

	for (i = 0; i < n && d->d_ports[i].dt_no < no; i++)
		;
	if (i < n && d->d_ports[i].dt_no == no)
		return (&d->d_ports[i]);
	if (n >= DP_PORTS_MAX ||
	    (dt = reallocarray(d->d_ports, n + 1, sizeof(*dt))) == NULL)
		return (NULL);
	d->d_ports = dt;
	memmove(dt + i + 1, dt + i, (n - i) * sizeof(*dt));
	memset(dt + i, 0, sizeof(*dt));
	d->d_nports++;
	dp_guard_free(d);
	return (dt + i);
}

/* A port as the switch describes it; hosts go with one that goes down. */
void
dp_port_update(struct dp *d, const struct ofp_port *po, bool gone)
{
	struct dp_port	*dt;
	unsigned int	 n = d->d_nports;
	bool		 down, no_flood, changed;

	/* 7.2.1: no port has such a number. */
	if (po->po_no == 0 ||
	    (po->po_no > OFP_P_MAX && po->po_no != OFP_P_LOCAL)) {
		counter_inc(&d->d_counters, CNT_bad_message);
		return;
	}
	down = gone || (po->po_state & OFP_PS_LINK_DOWN) != 0 ||
	    (po->po_config & OFP_PC_PORT_DOWN) != 0;
	no_flood = d->d_version == OFP_VERSION_10 &&
	    (po->po_config & OFP10_PC_NO_FLOOD) != 0;
	dt = dp_port_place(d, po->po_no);
	if (down && (dt == NULL || !dt->dt_down))
		dp_learn_port_down(d, po->po_no);
	if (dt == NULL)
		return;
	if (gone) {
		dp_guard_free(d);
		d->d_nports--;
		memmove(dt, dt + 1, (d->d_ports + d->d_nports - dt) *
		    sizeof(*dt));
		if (n > d->d_nports)
			dp_ports_changed(d);
		return;
	}
	changed = n != d->d_nports || dt->dt_no_flood != no_flood;
	dt->dt_no = po->po_no;
	dt->dt_down = down;
	dt->dt_no_flood = no_flood;
	snprintf(dt->dt_name, sizeof(dt->dt_name), "%s", po->po_name);
	dp_port_limit(d, dt);
	if (changed)
		dp_ports_changed(d);
}

/* What is made of all of them together; not before the switch is up. */
void
dp_ports_changed(struct dp *d)
{
	dp_flood_changed(d);
	dp_meter_changed(d);
}

static void
dp_port_limit(struct dp *d, struct dp_port *dt)
{
	dt->dt_max = dp_hooks.dh_port_max == NULL ? 0 :
	    dp_hooks.dh_port_max(d, dt->dt_no, dt->dt_name);
	d->d_port_max |= dt->dt_max != 0;
}

void
dp_port_limits(struct dp *d)
{
	struct dp_port	*dt;

	d->d_port_max = false;
	for (dt = d->d_ports; dt < d->d_ports + d->d_nports; dt++)
		dp_port_limit(d, dt);
}

static void
dp_port_status(struct dp *d, const struct ofp_port_status *ps)
{
	counter_inc(&d->d_counters, CNT_port_status);
	if (dp_events)
		dp_event(d, "port %u (%s) %s", ps->ps_port.po_no,
		    ps->ps_port.po_name, ps->ps_reason == OFP_PR_DELETE ?
		    "deleted" : ps->ps_port.po_state & OFP_PS_LINK_DOWN ?
		    "down" : "up");
	dp_port_update(d, &ps->ps_port, ps->ps_reason == OFP_PR_DELETE);
}

/*
 * Time.
 */

void
dp_tick(void)
{
	struct dp	*d, *next;
	struct conn	*c, *cnext;
	uint32_t	 now = conn_now();

	dp_errors_logged = 0;
	conn_tick();
	for (c = TAILQ_FIRST(&conn_list); c != NULL; c = cnext) {
		cnext = TAILQ_NEXT(c, c_entry);
		if (c->c_dup > 0 && c->c_owner == NULL)
			dp_ask_features(c);
	}
	for (d = TAILQ_FIRST(&dp_list); d != NULL; d = next) {
		next = TAILQ_NEXT(d, d_entry);
		if (d->d_state == DP_DOWN) {
			if (now - d->d_since > DP_KEEP)
				dp_free(d);
			continue;
		}
		d->d_unknown = 0;
		d->d_brief = 0;
		dp_setup_tick(d, now);
		dp_sync_tick(d, now);
	}
	conn_flush();
}

void
dp_event(struct dp *d, const char *fmt, ...)
{
	char	text[CTL_TEXT_LEN];
	va_list	ap;

	if (dp_hooks.dh_event == NULL)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	dp_hooks.dh_event(d, text);
}

/*
 * The next switch after one (NULL: the first) that a text selects: its name,
 * datapath id, number or address; all of them if empty.
 */
static bool
dp_selected(const struct dp *d, const char *text)
{
	char	*end;
	size_t	 len = strlen(text);

	if (len == 0 || strcmp(d->d_name, text) == 0)
		return (true);
	if (len > 2 && strncasecmp(text, "0x", 2) == 0)
		return (strtoull(text, &end, 16) == d->d_id && *end == '\0');
	if (strtoull(text, &end, 10) == d->d_number && *end == '\0')
		return (true);
	return (d->d_conn != NULL && strncmp(d->d_conn->c_name, text, len) ==
	    0 && (d->d_conn->c_name[len] == '\0' ||
	    d->d_conn->c_name[len] == ':'));
}

struct dp *
dp_select(const char *text, struct dp *after, char *err, size_t len)
{
	struct dp	*d;

	d = after == NULL ? TAILQ_FIRST(&dp_list) : TAILQ_NEXT(after, d_entry);
	for (; d != NULL; d = TAILQ_NEXT(d, d_entry))
		if (dp_selected(d, text))
			return (d);
	if (err != NULL)
		snprintf(err, len, text[0] == '\0' ? "no switch is known" :
		    "no switch \"%s\" is known", text);
	return (NULL);
}
