/*
 * SPDX-License-Identifier: ISC
 *
 * ofp.c: the controller's process: configuration, listeners, devices.
 *
 * All OpenFlow of switches is spoken here, by a process without privileges:
 * listening sockets and opened devices come from the parent.  The work is
 * dp.c's and below; here connections come in, and what the other processes
 * say is handed on.
 */
#include <sys/types.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <arpa/inet.h>

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bsd.h"
#include "log.h"
#include "ofp_var.h"
#include "stream.h"

#define OFP_ACCEPT_BURST	256

struct ofp_listen {
	TAILQ_ENTRY(ofp_listen) ol_entry;
	struct event	*ol_event;
	uint32_t	 ol_id;
	bool		 ol_tls;
	bool		 ol_paused;
	int		 ol_fd;
};

struct ofp_device {
	TAILQ_ENTRY(ofp_device) od_entry;
	struct msg_device od_conf;
	struct conn	*od_conn;
	bool		 od_worked;
};

struct ofp_switch {
	TAILQ_ENTRY(ofp_switch) ow_entry;
	struct msg_switch ow_conf;
};

struct ofp_port_conf {
	TAILQ_ENTRY(ofp_port_conf) oq_entry;
	struct msg_port	oq_conf;
};

struct msg_opts	ofp_opts;

static TAILQ_HEAD(, ofp_listen)	ofp_listens =
    TAILQ_HEAD_INITIALIZER(ofp_listens);
static TAILQ_HEAD(, ofp_device)	ofp_devices =
    TAILQ_HEAD_INITIALIZER(ofp_devices);
static TAILQ_HEAD(, ofp_switch)	ofp_switches =
    TAILQ_HEAD_INITIALIZER(ofp_switches);
static TAILQ_HEAD(, ofp_port_conf) ofp_ports =
    TAILQ_HEAD_INITIALIZER(ofp_ports);
static struct event		*ofp_timer;

static void	ofp_accept(evutil_socket_t, short, void *);
static const struct msg_switch *ofp_conn_conf(uint64_t, const struct conn *,
		    struct ofp_device **);

/*
 * Configuration.
 */

static void
ofp_verbose(struct msg *m)
{
	struct msg_id	mi;

	msg_get(m, &mi, sizeof(mi));
	log_verbose(mi.mi_id);
}

static void
ofp_conf_opts(struct msg *m)
{
	msg_get(m, &ofp_opts, sizeof(ofp_opts));
	msg_str(ofp_opts.mo_conf);
	dp_limit = ofp_opts.mo_cache;
	dp_timeout = ofp_opts.mo_timeout;
	dp_rate = ofp_opts.mo_rate;
}

static void
ofp_conf_tls(struct msg *m)
{
	if (stream_certs(m) == -1)
		log_warnx("certificates: %s", stream_certs_error());
}

static struct ofp_switch *
ofp_switch_find(uint32_t id)
{
	struct ofp_switch	*ow;

	TAILQ_FOREACH(ow, &ofp_switches, ow_entry)
		if (ow->ow_conf.ms_id == id)
			break;
	return (ow);
}

static void
ofp_switch_add(struct msg *m)
{
	struct ofp_switch	*ow;
	struct msg_switch	 ms;

	msg_get(m, &ms, sizeof(ms));
	msg_str(ms.ms_name);
	msg_str(ms.ms_addr);
	msg_str(ms.ms_pin);
	ow = ofp_switch_find(ms.ms_id);
	if (ow == NULL) {
		ow = calloc(1, sizeof(*ow));
		if (ow == NULL)
			fatal("switch");
		TAILQ_INSERT_TAIL(&ofp_switches, ow, ow_entry);
	}
	ow->ow_conf = ms;
}

static void
ofp_switch_del(struct msg *m)
{
	struct ofp_switch	*ow;
	struct msg_id		 mi;

	msg_get(m, &mi, sizeof(mi));
	if ((ow = ofp_switch_find(mi.mi_id)) == NULL)
		return;
	TAILQ_REMOVE(&ofp_switches, ow, ow_entry);
	free(ow);
}

/* "tcp:192.0.2.7:41222" against "192.0.2.7". */
static bool
ofp_addr_is(const char *name, const char *addr)
{
	const char	*p = strchr(name, ':');
	size_t		 len = strlen(addr);

	if (p == NULL)
		return (false);
	p++;
	if (*p == '[')
		p++;
	return (strncmp(p, addr, len) == 0 &&
	    (p[len] == ':' || p[len] == ']' || p[len] == '\0'));
}

/* What the configuration says of a switch, by all that is set. */
static const struct msg_switch *
ofp_switch_conf(uint64_t dpid, const struct conn *c, const char *name)
{
	const struct msg_switch	*ms, *best = NULL;
	struct ofp_switch	*ow;

	TAILQ_FOREACH(ow, &ofp_switches, ow_entry) {
		ms = &ow->ow_conf;
		if (name[0] != '\0' && strcmp(ms->ms_name, name) == 0)
			return (ms);
		if (ms->ms_dpid == 0 && ms->ms_addr[0] == '\0')
			continue;
		if (ms->ms_dpid != 0 && ms->ms_dpid != dpid)
			continue;
		if (ms->ms_addr[0] != '\0' &&
		    !ofp_addr_is(c->c_name, ms->ms_addr))
			continue;
		/* One block has its id, and one may have its address alone. */
		if (best == NULL || ms->ms_dpid != 0)
			best = ms;
	}
	return (best);
}

/* What the configuration says of a port; an earlier word is taken back. */
static void
ofp_port_conf(struct msg *m)
{
	struct ofp_port_conf	*oq;
	struct msg_port		 mp;
	struct dp		*d;

	msg_get(m, &mp, sizeof(mp));
	msg_str(mp.mp_switch);
	msg_str(mp.mp_name);
	TAILQ_FOREACH(oq, &ofp_ports, oq_entry)
		if (strcmp(oq->oq_conf.mp_switch, mp.mp_switch) == 0 &&
		    strcmp(oq->oq_conf.mp_name, mp.mp_name) == 0)
			break;
	if (oq != NULL) {
		TAILQ_REMOVE(&ofp_ports, oq, oq_entry);
		free(oq);
	}
	if (m->m_type == MSG_PORT_ADD) {
		oq = calloc(1, sizeof(*oq));
		if (oq == NULL)
			fatal("port");
		oq->oq_conf = mp;
		TAILQ_INSERT_TAIL(&ofp_ports, oq, oq_entry);
	}
	TAILQ_FOREACH(d, &dp_list, d_entry)
		if (strcmp(d->d_name, mp.mp_switch) == 0)
			dp_port_limits(d);
}

/* Several namespaces may have an interface of one name, so by number. */
static uint32_t
ofp_port_max(const struct dp *d, uint32_t no, const char *name)
{
	const struct ofp_port_conf	*oq;
	const struct msg_port		*mp;

	TAILQ_FOREACH(oq, &ofp_ports, oq_entry) {
		mp = &oq->oq_conf;
		if (strcmp(mp->mp_switch, d->d_name) == 0 && (mp->mp_no != 0 ?
		    mp->mp_no == no : strcmp(mp->mp_name, name) == 0))
			return (mp->mp_max_macs);
	}
	return (0);
}

/* Of the ports of a switch, those in other namespaces. */
static void
ofp_show_ports(struct msg *m, const struct ctl_select *cs)
{
	const struct ofp_port_conf	*oq;
	struct ctl_port			 cp;
	struct dp			*d;
	char				 err[CTL_TEXT_LEN];
	size_t				 len;

	d = dp_select(cs->cs_switch, NULL, err, sizeof(err));
	if (d == NULL) {
		proc_fail_code(m->m_id, CTL_E_NO_SWITCH, err);
		return;
	}
	TAILQ_FOREACH(oq, &ofp_ports, oq_entry) {
		len = strcspn(oq->oq_conf.mp_name, "/");
		if (strcmp(oq->oq_conf.mp_switch, d->d_name) != 0 ||
		    oq->oq_conf.mp_name[len] == '\0')
			continue;
		memset(&cp, 0, sizeof(cp));
		cp.cp_port = oq->oq_conf.mp_no;
		snprintf(cp.cp_netns, sizeof(cp.cp_netns), "%.*s", (int)len,
		    oq->oq_conf.mp_name);
		proc_reply(m->m_id, CTL_PORT, &cp, sizeof(cp), NULL, 0);
	}
	proc_reply(m->m_id, CTL_OK, NULL, 0, NULL, 0);
}

static void
ofp_conf_done(struct msg *m)
{
	const struct msg_switch	*ms;
	struct ofp_device	*od;
	struct dp		*d;
	uint32_t		 rate;

	TAILQ_FOREACH(d, &dp_list, d_entry) {
		ms = d->d_conn == NULL ? NULL :
		    ofp_conn_conf(d->d_id, d->d_conn, &od);
		if (ms != NULL)
			dp_set_name(d, ms->ms_name);
		d->d_learn.l_limit = ms != NULL && ms->ms_cache != MSG_UNSET ?
		    ms->ms_cache : dp_limit;
		d->d_timeout = ms != NULL && ms->ms_timeout != MSG_UNSET ?
		    ms->ms_timeout : dp_timeout;
		rate = ms != NULL && ms->ms_rate != MSG_UNSET ?
		    ms->ms_rate : dp_rate;
		if (rate == d->d_rate)
			continue;
		d->d_rate = rate;
		dp_meter_changed(d);
	}
	conn_flush();
}

/*
 * Listening.
 */

static void
ofp_listen_free(struct ofp_listen *ol)
{
	if (ol->ol_event != NULL)
		event_free(ol->ol_event);
	close(ol->ol_fd);
	free(ol);
}

static void
ofp_listen_add(struct msg *m)
{
	struct ofp_listen	*ol;
	struct msg_listen	 ml;
	int			 fd = msg_fd(m);

	msg_get(m, &ml, sizeof(ml));
	if (fd == -1) {
		log_warnx("listener without a socket");
		return;
	}
	ol = calloc(1, sizeof(*ol));
	if (ol == NULL)
		fatal("listen");
	ol->ol_id = ml.ml_id;
	ol->ol_tls = ml.ml_tls;
	ol->ol_fd = fd;
	evutil_make_socket_nonblocking(fd);
	ol->ol_event = event_new(proc_base, fd, EV_READ | EV_PERSIST,
	    ofp_accept, ol);
	if (ol->ol_event == NULL || event_add(ol->ol_event, NULL) == -1)
		fatalx("listen: no event");
	TAILQ_INSERT_TAIL(&ofp_listens, ol, ol_entry);
}

static void
ofp_listen_del(struct msg *m)
{
	struct ofp_listen	*ol;
	struct msg_id		 mi;

	msg_get(m, &mi, sizeof(mi));
	TAILQ_FOREACH(ol, &ofp_listens, ol_entry)
		if (ol->ol_id == mi.mi_id)
			break;
	if (ol == NULL)
		return;
	TAILQ_REMOVE(&ofp_listens, ol, ol_entry);
	ofp_listen_free(ol);
}

/* "tcp:192.0.2.7:41222", "tls:[2001:db8::7]:41222". */
static void
ofp_peer_name(char *buf, size_t len, bool tls, const struct sockaddr *sa,
    socklen_t salen)
{
	char	host[INET6_ADDRSTRLEN + 20], port[8];
	bool	v6 = sa->sa_family == AF_INET6;

	if (getnameinfo(sa, salen, host, sizeof(host), port, sizeof(port),
	    NI_NUMERICHOST | NI_NUMERICSERV) != 0) {
		strlcpy(buf, "unknown", len);
		return;
	}
	snprintf(buf, len, "%s:%s%s%s:%s", tls ? "tls" : "tcp", v6 ? "[" : "",
	    host, v6 ? "]" : "", port);
}

static void
ofp_accept(evutil_socket_t lfd, short what, void *arg)
{
	struct ofp_listen	*ol = arg;
	struct sockaddr_storage	 ss;
	struct stream		*st;
	socklen_t		 len;
	char			 name[CTL_ADDR_LEN];
	unsigned int		 i;
	int			 fd, on = 1;

	for (i = 0; i < OFP_ACCEPT_BURST; i++) {
		if (!conn_make_room()) {
			event_del(ol->ol_event);
			ol->ol_paused = true;
			return;
		}
		len = sizeof(ss);
		fd = accept4(lfd, (struct sockaddr *)&ss, &len,
		    SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd == -1 && (errno == EAGAIN || errno == EINTR ||
		    errno == ECONNABORTED))
			return;
		if (fd == -1) {
			/* Out of descriptors: again with the next tick. */
			counter_inc(&dp_nobody, CNT_conn_accept_failed);
			event_del(ol->ol_event);
			ol->ol_paused = true;
			return;
		}
		counter_inc(&dp_nobody, CNT_conn_accepted);
		(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on,
		    sizeof(on));
		ofp_peer_name(name, sizeof(name), ol->ol_tls,
		    (struct sockaddr *)&ss, len);
		st = stream_accept(fd, ol->ol_tls);
		if (st == NULL)
			log_peer("%s: %s", name, strerror(errno));
		else
			(void)conn_new(st, name, 0);
	}
}

/*
 * Devices: streams that the parent opened.
 */

static struct ofp_device *
ofp_device_find(uint32_t id)
{
	struct ofp_device	*od;

	TAILQ_FOREACH(od, &ofp_devices, od_entry)
		if (od->od_conf.md_id == id)
			break;
	return (od);
}

static void
ofp_device_down(struct ofp_device *od, const char *why)
{
	struct msg_down	mw;

	memset(&mw, 0, sizeof(mw));
	mw.mw_id = od->od_conf.md_id;
	mw.mw_worked = od->od_worked;
	strlcpy(mw.mw_text, why, sizeof(mw.mw_text));
	proc_send(PROC_PARENT, MSG_DEVICE_DOWN, 0, -1, &mw, sizeof(mw));
	TAILQ_REMOVE(&ofp_devices, od, od_entry);
	free(od);
}

static void
ofp_device_open(struct msg *m)
{
	struct ofp_device	*od;
	struct stream		*st;
	struct conn		*c;
	uint32_t		 id;
	int			 fd = msg_fd(m);

	od = calloc(1, sizeof(*od));
	if (od == NULL)
		fatal("device");
	msg_get(m, &od->od_conf, sizeof(od->od_conf));
	msg_str(od->od_conf.md_name);
	msg_str(od->od_conf.md_addr);
	msg_str(od->od_conf.md_host);
	id = od->od_conf.md_id;
	TAILQ_INSERT_TAIL(&ofp_devices, od, od_entry);
	if (fd == -1) {
		ofp_device_down(od, "no descriptor came with it");
		return;
	}
	st = stream_connect(fd, od->od_conf.md_tls, od->od_conf.md_host);
	if (st == NULL) {
		ofp_device_down(od, strerror(errno));
		return;
	}
	c = conn_new(st, od->od_conf.md_addr, id);
	/* It may have ended, and said why, already. */
	if ((od = ofp_device_find(id)) == NULL)
		return;
	od->od_conn = c;
	if (c == NULL)
		ofp_device_down(od, "no memory");
}

static void
ofp_device_close(struct msg *m)
{
	struct ofp_device	*od;
	struct conn		*c;
	struct msg_id		 mi;

	msg_get(m, &mi, sizeof(mi));
	if ((od = ofp_device_find(mi.mi_id)) == NULL)
		return;
	/* The parent wants it so and expects no answer. */
	c = od->od_conn;
	TAILQ_REMOVE(&ofp_devices, od, od_entry);
	free(od);
	c->c_device = 0;
	conn_close(c, "closed by the configuration");
}

static void
ofp_closed(struct conn *c, const char *why)
{
	struct ofp_device	*od;

	if (c->c_device != 0 && (od = ofp_device_find(c->c_device)) != NULL)
		ofp_device_down(od, why);
}

/* What is configured for it; *od: the device it is, NULL if it came in. */
static const struct msg_switch *
ofp_conn_conf(uint64_t dpid, const struct conn *c, struct ofp_device **od)
{
	*od = c->c_device != 0 ? ofp_device_find(c->c_device) : NULL;
	return (ofp_switch_conf(dpid, c, *od != NULL ?
	    (*od)->od_conf.md_name : ""));
}

/* The hash that whoever says he is that has to show, wherever he is; or "". */
static const char *
ofp_pin(uint64_t dpid, const struct msg_switch *ms)
{
	const struct ofp_switch	*ow;

	TAILQ_FOREACH(ow, &ofp_switches, ow_entry)
		if (dpid != 0 && ow->ow_conf.ms_dpid == dpid &&
		    ow->ow_conf.ms_pin[0] != '\0')
			return (ow->ow_conf.ms_pin);
	return (ms == NULL ? "" : ms->ms_pin);
}

/* A switch says who it is: may it be that? */
static bool
ofp_admit(uint64_t dpid, struct conn *c)
{
	const struct msg_switch	*ms;
	const struct dp		*d = dp_find_id(dpid);
	struct ofp_device	*od;
	const char		*hash, *pin;

	if (c->c_device == 0 && d != NULL && d->d_kind != CTL_KIND_EXTERNAL) {
		log_peer("%s: datapath %016llx is %s of this machine",
		    c->c_name, (unsigned long long)dpid, d->d_name);
		return (false);
	}
	ms = ofp_conn_conf(dpid, c, &od);
	pin = ofp_pin(dpid, ms);
	if (pin[0] != '\0') {
		hash = stream_peer_hash(c->c_stream);
		if (hash == NULL || strcmp(hash, pin) != 0) {
			log_peer("%s: datapath %016llx must show the "
			    "certificate %s, not %s of %s", c->c_name,
			    (unsigned long long)dpid, pin,
			    hash == NULL ? "none" : hash,
			    hash == NULL ? "nobody" :
			    stream_peer_name(c->c_stream));
			return (false);
		}
	}
	if (ms != NULL && ms->ms_versions != 0 &&
	    (ms->ms_versions & (c->c_version == OFP_VERSION_10 ?
	    MSG_V_10 : MSG_V_13)) == 0) {
		log_peer("%s: %s may not speak this version of OpenFlow",
		    c->c_name, ms->ms_name);
		return (false);
	}
	return (true);
}

/* What do we know of it? */
static void
ofp_attach(struct dp *d, struct conn *c)
{
	const struct msg_switch	*ms;
	struct ofp_device	*od;

	ms = ofp_conn_conf(d->d_id, c, &od);
	d->d_kind = CTL_KIND_EXTERNAL;
	if (od != NULL) {
		od->od_worked = true;
		d->d_kind = od->od_conf.md_kind;
		if (od->od_conf.md_name[0] != '\0')
			dp_set_name(d, od->od_conf.md_name);
	}
	if (ms == NULL)
		return;
	if (ms->ms_name[0] != '\0')
		dp_set_name(d, ms->ms_name);
	if (ms->ms_cache != MSG_UNSET)
		d->d_learn.l_limit = ms->ms_cache;
	if (ms->ms_timeout != MSG_UNSET)
		d->d_timeout = ms->ms_timeout;
	if (ms->ms_rate != MSG_UNSET)
		d->d_rate = ms->ms_rate;
}

/*
 * switchctl.
 */

static void
ofp_disconnect(struct msg *m, const struct ctl_select *cs)
{
	struct dp	*d = NULL;
	char		 err[CTL_TEXT_LEN];
	bool		 any = false;

	if (cs->cs_switch[0] == '\0') {
		proc_fail(m->m_id, "name the switch");
		return;
	}
	while ((d = dp_select(cs->cs_switch, d, err, sizeof(err))) != NULL) {
		if (d->d_conn != NULL)
			conn_close(d->d_conn, "switchctl disconnect");
		any = true;
	}
	if (any)
		proc_reply(m->m_id, CTL_OK, NULL, 0, NULL, 0);
	else
		proc_fail(m->m_id, "%s", err);
}

static void
ofp_reset(struct msg *m)
{
	struct dp	*d;

	TAILQ_FOREACH(d, &dp_list, d_entry)
		dp_learn_reset(d);
	conn_flush();
	proc_reply(m->m_id, CTL_OK, NULL, 0, NULL, 0);
}

/* The request's struct, exactly; its strings are ended. */
static bool
ofp_ctl_get(struct msg *m, void *p, size_t len, bool more)
{
	const uint8_t	*rest;
	size_t		 left;

	rest = msg_rest(m, sizeof(struct msg_ctl), &left);
	if (left < len || (!more && left > len)) {
		proc_fail(m->m_id, "a request of the wrong size");
		return (false);
	}
	memcpy(p, rest, len);
	return (true);
}

static void
ofp_ctl_select(struct msg *m, void (*fn)(struct msg *,
    const struct ctl_select *))
{
	struct ctl_select	cs;

	if (!ofp_ctl_get(m, &cs, sizeof(cs), false))
		return;
	msg_str(cs.cs_switch);
	fn(m, &cs);
}

static void
ofp_ctl_openflow(struct msg *m)
{
	struct ctl_openflow	 co;
	const uint8_t		*p;
	size_t			 len;

	if (!ofp_ctl_get(m, &co, sizeof(co), true))
		return;
	msg_str(co.co_select.cs_switch);
	p = msg_rest(m, sizeof(struct msg_ctl) + sizeof(co), &len);
	if (len != co.co_len)
		proc_fail(m->m_id, "a request of the wrong size");
	else
		ofp_pass(m, &co, p, len);
}

static void
ofp_ctl_monitor(struct msg *m)
{
	struct ctl_monitor	cn;

	if (!ofp_ctl_get(m, &cn, sizeof(cn), false))
		return;
	msg_str(cn.cn_select.cs_switch);
	ofp_mon_add(m, &cn);
}

static void
ofp_ctl(struct msg *m)
{
	struct msg_ctl	mc;

	msg_get(m, &mc, sizeof(mc));
	switch (mc.mc_type) {
	case CTL_SHOW_SUMMARY:
		ofp_show_summary(m);
		break;
	case CTL_SHOW_SWITCHES:
		ofp_ctl_select(m, ofp_show_switches);
		break;
	case CTL_SHOW_MACS:
		ofp_ctl_select(m, ofp_show_macs);
		break;
	case CTL_SHOW_COUNTERS:
		ofp_ctl_select(m, ofp_show_counters);
		break;
	case CTL_SHOW_PORTS:
		ofp_ctl_select(m, ofp_show_ports);
		break;
	case CTL_SHOW_PROFILE:
		ofp_ctl_select(m, ofp_show_profile);
		break;
	case CTL_DISCONNECT:
		ofp_ctl_select(m, ofp_disconnect);
		break;
	case CTL_OPENFLOW:
		ofp_ctl_openflow(m);
		break;
	case CTL_MONITOR:
		ofp_ctl_monitor(m);
		break;
	case CTL_RESET:
		ofp_reset(m);
		break;
	default:
		proc_fail(m->m_id, "request %u is not known", mc.mc_type);
		break;
	}
}

static void
ofp_ctl_gone(struct msg *m)
{
	ofp_show_gone(m->m_id);
	ofp_pass_gone(m->m_id);
	ofp_mon_gone(m->m_id);
}

static void
ofp_ctl_hold(struct msg *m)
{
	struct msg_id	mi;

	msg_get(m, &mi, sizeof(mi));
	ofp_show_hold(m->m_id, mi.mi_id != 0);
}

/*
 * The process.
 */

static void
ofp_tick(evutil_socket_t fd, short what, void *arg)
{
	struct ofp_listen	*ol;

	dp_tick();
	ofp_pass_tick();
	TAILQ_FOREACH(ol, &ofp_listens, ol_entry)
		if (ol->ol_paused && event_add(ol->ol_event, NULL) == 0)
			ol->ol_paused = false;
}

static void
ofp_init(void)
{
	const struct timeval	second = { 1, 0 };
	struct rlimit		rl;

	if (getrlimit(RLIMIT_NOFILE, &rl) == 0) {
		rl.rlim_cur = rl.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &rl);
	}
	dp_hooks.dh_event = ofp_mon_event;
	dp_hooks.dh_tap = ofp_mon_tap;
	dp_hooks.dh_reply = ofp_pass_reply;
	dp_hooks.dh_gone = ofp_pass_down;
	dp_hooks.dh_admit = ofp_admit;
	dp_hooks.dh_attach = ofp_attach;
	dp_hooks.dh_port_max = ofp_port_max;
	dp_hooks.dh_closed = ofp_closed;
	dp_init(proc_base);
	ofp_timer = event_new(proc_base, -1, EV_PERSIST, ofp_tick, NULL);
	if (ofp_timer == NULL || event_add(ofp_timer, &second) == -1)
		fatalx("no timer");
}

const struct proc	proc_ofp = {
	.pr_promises = "stdio recvfd accept",
	.pr_init = ofp_init,
	.pr_handlers = {
		[MSG_VERBOSE] = ofp_verbose,
		[MSG_OPTS] = ofp_conf_opts,
		[MSG_TLS] = ofp_conf_tls,
		[MSG_SWITCH_ADD] = ofp_switch_add,
		[MSG_SWITCH_DEL] = ofp_switch_del,
		[MSG_PORT_ADD] = ofp_port_conf,
		[MSG_PORT_DEL] = ofp_port_conf,
		[MSG_LISTEN_ADD] = ofp_listen_add,
		[MSG_LISTEN_DEL] = ofp_listen_del,
		[MSG_CONF_DONE] = ofp_conf_done,
		[MSG_DEVICE_OPEN] = ofp_device_open,
		[MSG_DEVICE_CLOSE] = ofp_device_close,
		[MSG_CTL] = ofp_ctl,
		[MSG_CTL_HOLD] = ofp_ctl_hold,
		[MSG_CTL_GONE] = ofp_ctl_gone
	}
};
