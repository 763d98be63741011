/*
 * SPDX-License-Identifier: ISC
 *
 * ofp_show.c: what switchctl(8) is shown.
 *
 * A list of MACs can be long: it is told in pieces, as far as the control
 * process and its client keep up, while packets are answered in between.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "bsd.h"
#include "ofp_var.h"

#define OFP_SHOW_PIECE	256
#define OFP_SHOW_WAIT	10000	/* us */

struct ofp_show {
	TAILQ_ENTRY(ofp_show) os_entry;
	struct event	*os_event;
	struct ctl_select os_select;
	uint64_t	 os_dpid;	/* being told */
	uint32_t	 os_client;
	uint32_t	 os_pos;
	bool		 os_held;
};
static TAILQ_HEAD(, ofp_show)	ofp_shows = TAILQ_HEAD_INITIALIZER(ofp_shows);

static void	ofp_show_macs_more(evutil_socket_t, short, void *);

static uint64_t
boottime(void)
{
	struct timespec	ts;

	clock_gettime(CLOCK_BOOTTIME, &ts);
	return (ts.tv_sec);
}

static void
ofp_show_ok(uint32_t client)
{
	proc_reply(client, CTL_OK, NULL, 0, NULL, 0);
}

void
ofp_show_summary(struct msg *m)
{
	struct ctl_summary	 cu;
	struct counters		 cn = dp_nobody;
	struct dp		*d;

	memset(&cu, 0, sizeof(cu));
	TAILQ_FOREACH(d, &dp_list, d_entry) {
		cu.cu_switches++;
		cu.cu_connected += d->d_conn != NULL;
		cu.cu_macs += d->d_learn.l_count;
		cu.cu_flows += d->d_flows;
		counter_sum(&cn, &d->d_counters);
	}
	cu.cu_version = CTL_VERSION;
	cu.cu_pid = ofp_opts.mo_pid;
	cu.cu_uptime = boottime() - ofp_opts.mo_started;
	cu.cu_loaded = boottime() - ofp_opts.mo_loaded;
	cu.cu_cache = dp_limit;
	cu.cu_timeout = dp_timeout;
	cu.cu_packet_ins = cn.cn_v[CNT_packet_in];
	cu.cu_flow_mods = cn.cn_v[CNT_flow_mod];
	cu.cu_packet_outs = cn.cn_v[CNT_packet_out];
	cu.cu_errors = cn.cn_v[CNT_error_received];
	cu.cu_listeners = ofp_opts.mo_listeners;
	cu.cu_relays = ofp_opts.mo_relays;
	strlcpy(cu.cu_conf, ofp_opts.mo_conf, sizeof(cu.cu_conf));
	proc_reply(m->m_id, CTL_SUMMARY, &cu, sizeof(cu), NULL, 0);
	ofp_show_ok(m->m_id);
}

static enum ctl_switch_state
ofp_show_state(const struct dp *d)
{
	switch (d->d_state) {
	case DP_UP:
		return (dp_room_left(d, DP_TABLE_SRC) &&
		    dp_room_left(d, DP_TABLE_DST) ? CTL_STATE_UP :
		    CTL_STATE_FULL);
	case DP_DOWN:
		return (CTL_STATE_DOWN);
	default:
		return (CTL_STATE_FEATURES);
	}
}

static void
ofp_show_switch(uint32_t client, const struct dp *d)
{
	struct ctl_switch	cw;

	memset(&cw, 0, sizeof(cw));
	cw.cw_id = d->d_number;
	cw.cw_dpid = d->d_id;
	strlcpy(cw.cw_name, d->d_name, sizeof(cw.cw_name));
	strlcpy(cw.cw_addr, dp_addr(d), sizeof(cw.cw_addr));
	cw.cw_kind = d->d_kind;
	cw.cw_state = ofp_show_state(d);
	cw.cw_version = d->d_version;
	cw.cw_tables = d->d_tables;
	cw.cw_ports = d->d_nports;
	cw.cw_macs = d->d_learn.l_count;
	cw.cw_flows = d->d_flows;
	cw.cw_max_flows = dp_room_max(d);
	cw.cw_table_full = d->d_counters.cn_v[CNT_flow_table_full];
	cw.cw_since = conn_now() - d->d_since;
	cw.cw_packet_ins = d->d_counters.cn_v[CNT_packet_in];
	cw.cw_errors = d->d_counters.cn_v[CNT_error_received];
	if (d->d_desc != NULL)
		strlcpy(cw.cw_desc, d->d_desc, sizeof(cw.cw_desc));
	proc_reply(client, CTL_SWITCH, &cw, sizeof(cw), NULL, 0);
}

void
ofp_show_switches(struct msg *m, const struct ctl_select *cs)
{
	struct dp	*d = NULL;
	char		 err[CTL_TEXT_LEN];
	bool		 any = false;

	while ((d = dp_select(cs->cs_switch, d, err, sizeof(err))) != NULL) {
		ofp_show_switch(m->m_id, d);
		any = true;
	}
	if (!any && cs->cs_switch[0] != '\0')
		proc_fail(m->m_id, "%s", err);
	else
		ofp_show_ok(m->m_id);
}

void
ofp_show_macs(struct msg *m, const struct ctl_select *cs)
{
	struct ofp_show	*os;
	struct dp	*d;
	char		 err[CTL_TEXT_LEN];

	d = dp_select(cs->cs_switch, NULL, err, sizeof(err));
	if (d == NULL) {
		if (cs->cs_switch[0] != '\0')
			proc_fail(m->m_id, "%s", err);
		else
			ofp_show_ok(m->m_id);
		return;
	}
	if ((os = calloc(1, sizeof(*os))) == NULL ||
	    (os->os_event = event_new(proc_base, -1, 0, ofp_show_macs_more,
	    os)) == NULL) {
		free(os);
		proc_fail(m->m_id, "no memory");
		return;
	}
	os->os_select = *cs;
	os->os_client = m->m_id;
	os->os_dpid = d->d_id;
	TAILQ_INSERT_TAIL(&ofp_shows, os, os_entry);
	event_active(os->os_event, EV_TIMEOUT, 0);
}

static void
ofp_show_end(struct ofp_show *os)
{
	TAILQ_REMOVE(&ofp_shows, os, os_entry);
	event_free(os->os_event);
	free(os);
}

static void
ofp_show_mac(struct ofp_show *os, const struct dp *d,
    const struct learn_host *lh)
{
	struct ctl_mac	cm;
	uint64_t	mac = learn_mac(lh);
	unsigned int	i;

	memset(&cm, 0, sizeof(cm));
	cm.cm_switch = d->d_number;
	cm.cm_dpid = d->d_id;
	cm.cm_port = lh->lh_port;
	strlcpy(cm.cm_port_name, dp_port_name(d, lh->lh_port),
	    sizeof(cm.cm_port_name));
	cm.cm_vlan = learn_vlan(lh) & 0xfff;
	for (i = 0; i < sizeof(cm.cm_mac); i++)
		cm.cm_mac[i] = mac >> (40 - 8 * i);
	cm.cm_age = conn_now() - lh->lh_seen;
	proc_reply(os->os_client, CTL_MAC, &cm, sizeof(cm), NULL, 0);
}

static void
ofp_show_macs_more(evutil_socket_t fd, short what, void *arg)
{
	const struct timeval	 wait = { 0, OFP_SHOW_WAIT };
	struct ofp_show		*os = arg;
	struct dp		*d = dp_find_id(os->os_dpid);
	struct learn_host	*lh;
	unsigned int		 n = 0;

	if (os->os_held)
		return;
	if (d == NULL) {
		/* Nobody knows what came behind it. */
		proc_fail(os->os_client, "a switch was forgotten meanwhile");
		ofp_show_end(os);
		return;
	}
	while (d != NULL && n < OFP_SHOW_PIECE &&
	    proc_queued(PROC_CONTROL) < OFP_QUEUE_PAUSE) {
		lh = learn_next(&d->d_learn, &os->os_pos);
		if (lh != NULL) {
			ofp_show_mac(os, d, lh);
			n++;
			continue;
		}
		d = dp_select(os->os_select.cs_switch, d, NULL, 0);
		os->os_pos = 0;
		if (d != NULL)
			os->os_dpid = d->d_id;
	}
	if (d == NULL) {
		ofp_show_ok(os->os_client);
		ofp_show_end(os);
	} else if (n == OFP_SHOW_PIECE)
		event_active(os->os_event, EV_TIMEOUT, 0);
	else
		event_add(os->os_event, &wait);
}

/* The client left. */
void
ofp_show_gone(uint32_t client)
{
	struct ofp_show	*os, *next;

	for (os = TAILQ_FIRST(&ofp_shows); os != NULL; os = next) {
		next = TAILQ_NEXT(os, os_entry);
		if (os->os_client == client)
			ofp_show_end(os);
	}
}

void
ofp_show_hold(uint32_t client, bool hold)
{
	struct ofp_show	*os;

	TAILQ_FOREACH(os, &ofp_shows, os_entry)
		if (os->os_client == client) {
			os->os_held = hold;
			event_active(os->os_event, EV_TIMEOUT, 0);
		}
}

void
ofp_show_counters(struct msg *m, const struct ctl_select *cs)
{
	struct ctl_counter	 ct;
	struct counters		 cn;
	struct dp		*d = NULL;
	char			 err[CTL_TEXT_LEN];
	unsigned int		 i;
	bool			 all = cs->cs_switch[0] == '\0', any = all;

	memset(&cn, 0, sizeof(cn));
	if (all)
		cn = dp_nobody;
	while ((d = dp_select(cs->cs_switch, d, err, sizeof(err))) != NULL) {
		counter_sum(&cn, &d->d_counters);
		any = true;
	}
	if (!any) {
		proc_fail(m->m_id, "%s", err);
		return;
	}
	for (i = 0; i < CNT_COUNT; i++) {
		memset(&ct, 0, sizeof(ct));
		strlcpy(ct.ct_name, counter_name(i), sizeof(ct.ct_name));
		ct.ct_value = cn.cn_v[i];
		proc_reply(m->m_id, CTL_COUNTER, &ct, sizeof(ct), NULL, 0);
	}
	ofp_show_ok(m->m_id);
}

static void
ofp_show_finding(uint32_t client, const char *name, const char *value,
    const char *why)
{
	struct ctl_profile	cq;

	memset(&cq, 0, sizeof(cq));
	strlcpy(cq.cq_name, name, sizeof(cq.cq_name));
	strlcpy(cq.cq_value, value, sizeof(cq.cq_value));
	strlcpy(cq.cq_why, why, sizeof(cq.cq_why));
	proc_reply(client, CTL_PROFILE, &cq, sizeof(cq), NULL, 0);
}

static void
ofp_show_findings(uint32_t client, const struct dp *d)
{
	const struct dp_find	*fi;
	const char	*why;
	char		 buf[64];
	unsigned int	 i;

	ofp_show_finding(client, "switch", d->d_name,
	    d->d_desc != NULL ? d->d_desc : "");
	for (i = 0; i < d->d_nprofile; i++) {
		fi = d->d_profile[i];
		ofp_show_finding(client, fi->fi_name, fi->fi_value,
		    fi->fi_why);
	}
	for (i = 0; i < DP_TABLES; i++)
		if (dp_room_text(d, i, buf, sizeof(buf), &why))
			ofp_show_finding(client, "flows", buf, why);
}

void
ofp_show_profile(struct msg *m, const struct ctl_select *cs)
{
	struct dp	*d;
	char		 err[CTL_TEXT_LEN];

	d = dp_select(cs->cs_switch, NULL, err, sizeof(err));
	if (d == NULL) {
		proc_fail(m->m_id, "%s", err);
		return;
	}
	for (; d != NULL; d = dp_select(cs->cs_switch, d, err, sizeof(err)))
		ofp_show_findings(m->m_id, d);
	ofp_show_ok(m->m_id);
}
