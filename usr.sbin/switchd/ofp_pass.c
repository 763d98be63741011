/*
 * SPDX-License-Identifier: ISC
 *
 * ofp_pass.c: switchctl's OpenFlow, passed on to a switch, and the answers
 * passed back.
 *
 * A request is a run of 1.3 messages.  All are checked and said in the
 * switch's version before the first is sent; each gets an xid of ours from a
 * range of its own, a barrier closes the run, and what comes back with an xid
 * of the range goes to the client until the barrier's reply.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "bsd.h"
#include "log.h"
#include "ofp_var.h"

#define OFP_PASS_LIMIT	10		/* s without an answer */
#define OFP_PASS_MAX	64		/* requests at a time */
#define OFP_PASS_QUEUE	2000		/* messages for control */
#define OFP_PASS_XID	0x40000000U
#define OFP_PASS_XIDS	0x3fffffffU
#define OFP_PASS_SIZE	(4U << 16)

struct ofp_pass {
	TAILQ_ENTRY(ofp_pass) op_entry;
	uint64_t	op_dpid;
	uint32_t	op_client;
	uint32_t	op_first, op_last;	/* the barrier's is the last */
	uint32_t	op_heard;		/* s */
};
static TAILQ_HEAD(, ofp_pass)	ofp_passes =
    TAILQ_HEAD_INITIALIZER(ofp_passes);
static unsigned int		ofp_npasses;
static uint32_t			ofp_pass_xid;
static uint8_t			ofp_pass_buf[OFP_PASS_SIZE];

static bool	ofp_pass_all(struct ofp_wr *, uint8_t, const uint8_t *, size_t,
		    uint32_t *, char *, size_t);
static bool	ofp_pass_one(struct ofp_wr *, uint8_t, uint32_t,
		    const struct ofp_hdr *, struct ofp_rd *, char *, size_t);
static enum ofp_error ofp_pass_flow10(struct ofp_wr *, uint32_t,
		    struct ofp_rd *);
static enum ofp_error ofp_pass_stats10(struct ofp_wr *, uint32_t,
		    struct ofp_rd *);
static void	ofp_pass_end(struct ofp_pass *, const char *);

/* The same part of the range is free again long before it comes round. */
static uint32_t
ofp_pass_next_xid(void)
{
	ofp_pass_xid = (ofp_pass_xid + 1) & OFP_PASS_XIDS;
	return (OFP_PASS_XID | ofp_pass_xid);
}

void
ofp_pass(struct msg *m, const struct ctl_openflow *co, const uint8_t *p,
    size_t len)
{
	struct ofp_pass	*op;
	struct dp	*d;
	struct ofp_wr	 wr;
	uint32_t	 first, last;
	char		 err[CTL_TEXT_LEN];

	d = dp_select(co->co_select.cs_switch, NULL, err, sizeof(err));
	if (d != NULL && dp_select(co->co_select.cs_switch, d, NULL, 0) !=
	    NULL) {
		proc_fail_code(m->m_id, CTL_E_AMBIGUOUS,
		    "there are several switches: name one");
		return;
	}
	if (d == NULL) {
		/* Then switchctl asks an address itself. */
		proc_fail_code(m->m_id, CTL_E_NO_SWITCH, err);
		return;
	}
	if (d->d_conn == NULL) {
		snprintf(err, sizeof(err), "%s is not connected", d->d_name);
		proc_fail_code(m->m_id, CTL_E_NOT_CONNECTED, err);
		return;
	}
	first = OFP_PASS_XID | ((ofp_pass_xid + 1) & OFP_PASS_XIDS);
	last = first;
	ofp_wr_init(&wr, ofp_pass_buf, sizeof(ofp_pass_buf));
	if (!ofp_pass_all(&wr, d->d_version, p, len, &last, err,
	    sizeof(err))) {
		proc_fail(m->m_id, "%s", err);
		return;
	}
	if (ofp_npasses >= OFP_PASS_MAX ||
	    (op = calloc(1, sizeof(*op))) == NULL) {
		proc_fail(m->m_id, "too many requests at a time");
		return;
	}
	op->op_dpid = d->d_id;
	op->op_client = m->m_id;
	op->op_first = first;
	op->op_last = last;
	op->op_heard = conn_now();
	TAILQ_INSERT_TAIL(&ofp_passes, op, op_entry);
	ofp_npasses++;
	ofp_wr_bytes(conn_wr(d->d_conn), ofp_pass_buf, ofp_wr_pos(&wr));
	conn_flush();
}

/* False with a sentence in err.  *last: xid of the barrier at the end. */
static bool
ofp_pass_all(struct ofp_wr *wr, uint8_t version, const uint8_t *p, size_t left,
    uint32_t *last, char *err, size_t errlen)
{
	struct ofp_hdr	h;
	struct ofp_rd	rd;
	enum ofp_error	error;
	int		len;

	while (left > 0) {
		len = ofp_msg_frame(p, left);
		if (len <= 0 || (size_t)len > left) {
			snprintf(err, errlen, "half an OpenFlow message");
			return (false);
		}
		error = ofp_msg_check(p, len, OFP_VERSION_13, OFP_TO_SWITCH,
		    &h, &rd);
		if (error != OFP_OK) {
			snprintf(err, errlen, "not a request: %s",
			    ofp_error_name(error));
			return (false);
		}
		*last = ofp_pass_next_xid();
		if (!ofp_pass_one(wr, version, *last, &h, &rd, err, errlen))
			return (false);
		p += len;
		left -= len;
	}
	*last = ofp_pass_next_xid();
	ofp_msg_bare(wr, version, version == OFP_VERSION_10 ?
	    (int)OFP10_T_BARRIER_REQUEST : (int)OFP_T_BARRIER_REQUEST, *last);
	if (ofp_wr_err(wr))
		snprintf(err, errlen, "too much at a time");
	return (!ofp_wr_err(wr));
}

static bool
ofp_pass_one(struct ofp_wr *wr, uint8_t version, uint32_t xid,
    const struct ofp_hdr *h, struct ofp_rd *rd, char *err, size_t errlen)
{
	enum ofp_error	error = OFP_BRC_BAD_TYPE;
	size_t		start, len;

	if (h->h_type == OFP_T_HELLO || h->h_type == OFP_T_ERROR ||
	    h->h_type == OFP_T_SET_ASYNC || h->h_type == OFP_T_ROLE_REQUEST) {
		snprintf(err, errlen, "%s is switchd's own business",
		    ofp_msg_name(OFP_VERSION_13, h->h_type));
		return (false);
	}
	if (version == OFP_VERSION_13 || h->h_type < OFP_T_EXPERIMENTER ||
	    h->h_type == OFP_T_FEATURES_REQUEST ||
	    h->h_type == OFP_T_GET_CONFIG_REQUEST) {
		start = ofp_msg_begin(wr, version, h->h_type, xid);
		len = ofp_rd_left(rd);
		ofp_wr_bytes(wr, ofp_rd_ptr(rd, len), len);
		ofp_msg_end(wr, start);
		return (true);
	}
	switch (h->h_type) {
	case OFP_T_BARRIER_REQUEST:
		ofp_msg_bare(wr, version, OFP10_T_BARRIER_REQUEST, xid);
		return (true);
	case OFP_T_FLOW_MOD:
		error = ofp_pass_flow10(wr, xid, rd);
		break;
	case OFP_T_MULTIPART_REQUEST:
		error = ofp_pass_stats10(wr, xid, rd);
		break;
	default:
		break;
	}
	if (error != OFP_OK)
		snprintf(err, errlen, "%s: OpenFlow 1.0, which the switch "
		    "speaks, cannot say that (%s)",
		    ofp_msg_name(OFP_VERSION_13, h->h_type),
		    ofp_error_name(error));
	return (error == OFP_OK);
}

static enum ofp_error
ofp_pass_flow10(struct ofp_wr *wr, uint32_t xid, struct ofp_rd *rd)
{
	struct ofp_flow	f;
	enum ofp_error	error;

	error = ofp_flow_decode(rd, &f);
	if (error != OFP_OK)
		return (error);
	return (ofp10_flow_encode(wr, xid, &f));
}

static enum ofp_error
ofp_pass_stats10(struct ofp_wr *wr, uint32_t xid, struct ofp_rd *rd)
{
	struct ofp_flow_req	fq;
	struct ofp_mp		mp;
	enum ofp_error		error;
	uint32_t		port;
	size_t			start;

	error = ofp_mp_decode(rd, false, &mp);
	if (error != OFP_OK)
		return (error);
	/* 1.0 tells its ports with its features. */
	if (mp.mp_type == OFP_MP_PORT_DESC) {
		ofp_msg_bare(wr, OFP_VERSION_10, OFP_T_FEATURES_REQUEST, xid);
		return (OFP_OK);
	}
	if (mp.mp_type > OFP_MP_PORT_STATS)
		return (OFP_BRC_BAD_MULTIPART);
	start = ofp10_stats_begin(wr, false, xid, mp.mp_type);
	switch (mp.mp_type) {
	case OFP_MP_FLOW:
	case OFP_MP_AGGREGATE:
		error = ofp_flow_req_decode(rd, &fq);
		if (error == OFP_OK)
			error = ofp10_flow_req_encode(wr, &fq);
		break;
	case OFP_MP_PORT_STATS:
		error = ofp_port_req_decode(rd, &port);
		if (error == OFP_OK)
			ofp10_port_req_encode(wr, port);
		break;
	default:
		break;
	}
	ofp_msg_end(wr, start);
	return (error);
}

/* True if it was an answer to a request of a client. */
bool
ofp_pass_reply(struct dp *d, const struct ofp_hdr *h, const uint8_t *msg)
{
	struct ctl_openflow_reply	 cr;
	struct ofp_pass			*op;
	uint8_t				 barrier;

	TAILQ_FOREACH(op, &ofp_passes, op_entry)
		if (op->op_dpid == d->d_id && h->h_xid >= op->op_first &&
		    h->h_xid <= op->op_last)
			break;
	if (op == NULL)
		return (false);
	op->op_heard = conn_now();
	barrier = h->h_version == OFP_VERSION_10 ?
	    (int)OFP10_T_BARRIER_REPLY : (int)OFP_T_BARRIER_REPLY;
	if (h->h_xid == op->op_last &&
	    (h->h_type == barrier || h->h_type == OFP_T_ERROR)) {
		ofp_pass_end(op, NULL);
		return (true);
	}
	if (h->h_type == barrier)
		return (true);
	/* Of 64 KB each; an honest switch is not so much faster than we are. */
	if (proc_queued(PROC_CONTROL) > OFP_PASS_QUEUE) {
		ofp_pass_end(op, "the switch says more than can be told");
		return (true);
	}
	memset(&cr, 0, sizeof(cr));
	cr.cr_dpid = d->d_id;
	strlcpy(cr.cr_name, d->d_name, sizeof(cr.cr_name));
	cr.cr_len = h->h_len;
	proc_reply(op->op_client, CTL_OPENFLOW_REPLY, &cr, sizeof(cr), msg,
	    h->h_len);
	return (true);
}

static void
ofp_pass_end(struct ofp_pass *op, const char *why)
{
	if (why == NULL)
		proc_reply(op->op_client, CTL_OK, NULL, 0, NULL, 0);
	else
		proc_fail(op->op_client, "%s", why);
	TAILQ_REMOVE(&ofp_passes, op, op_entry);
	ofp_npasses--;
	free(op);
}

void
ofp_pass_down(struct dp *d)
{
	struct ofp_pass	*op, *next;

	for (op = TAILQ_FIRST(&ofp_passes); op != NULL; op = next) {
		next = TAILQ_NEXT(op, op_entry);
		if (op->op_dpid == d->d_id)
			ofp_pass_end(op, "the switch went away");
	}
}

/* The client went away: let the answers come to nobody. */
void
ofp_pass_gone(uint32_t client)
{
	struct ofp_pass	*op, *next;

	for (op = TAILQ_FIRST(&ofp_passes); op != NULL; op = next) {
		next = TAILQ_NEXT(op, op_entry);
		if (op->op_client != client)
			continue;
		TAILQ_REMOVE(&ofp_passes, op, op_entry);
		ofp_npasses--;
		free(op);
	}
}

void
ofp_pass_tick(void)
{
	struct ofp_pass	*op, *next;
	uint32_t	 now = conn_now();

	for (op = TAILQ_FIRST(&ofp_passes); op != NULL; op = next) {
		next = TAILQ_NEXT(op, op_entry);
		if (now - op->op_heard >= OFP_PASS_LIMIT)
			ofp_pass_end(op, "the switch does not answer");
	}
}
