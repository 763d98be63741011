/*
 * SPDX-License-Identifier: ISC
 *
 * parent.c: the process of switchd that keeps root: the configuration, its
 * children, and what switchctl asks of it.
 *
 * A configuration takes effect in two steps.  All that may fail - grammar,
 * certificates, addresses to listen on - is tried first and changes nothing;
 * then the difference to what runs is applied.  A child that is started anew
 * is told everything.
 */
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bsd.h"
#include "log.h"
#include "parent.h"
#include "switchd.h"

#define PARENT_FILES	1048576	/* descriptors, if the system lets us */
#define PARENT_RUN_LEN	87	/* a socket's path, less /NAME.ctl */

static const struct parent_args	*options;
static struct conf		*running;
static struct certs		 certs;
static char			 conf_path[1024];
static time_t			 started, loaded;
static int			 ctl_fd = -1;
static uint32_t			 switch_id;

const struct parent_args *
parent_options(void)
{
	return (options);
}

const struct conf *
parent_conf(void)
{
	return (running);
}

static time_t
now(void)
{
	struct timespec	ts;

	clock_gettime(CLOCK_BOOTTIME, &ts);
	return (ts.tv_sec);
}

/* Telling ofp. */

static void
tell_opts(void)
{
	struct msg_opts	mo;

	memset(&mo, 0, sizeof(mo));
	mo.mo_cache = SWITCHD_CACHE;
	if (running->cf_cache != CONF_UNSET)
		mo.mo_cache = running->cf_cache;
	/* The command line is stronger. */
	if (options->pa_cache != 0)
		mo.mo_cache = options->pa_cache;
	mo.mo_timeout = SWITCHD_TIMEOUT;
	if (running->cf_timeout != CONF_UNSET)
		mo.mo_timeout = running->cf_timeout;
	if (options->pa_timeout_set)
		mo.mo_timeout = options->pa_timeout;
	if (running->cf_rate != CONF_UNSET)
		mo.mo_rate = running->cf_rate;
	mo.mo_pid = (uint32_t)getpid();
	mo.mo_listeners = listener_count();
	mo.mo_relays = target_relays();
	mo.mo_started = (uint64_t)started;
	mo.mo_loaded = (uint64_t)loaded;
	strlcpy(mo.mo_conf, conf_path, sizeof(mo.mo_conf));
	proc_send(PROC_OFP, MSG_OPTS, 0, -1, &mo, sizeof(mo));
}

static void
switch_message(const struct conf_switch *cs, struct msg_switch *ms)
{
	memset(ms, 0, sizeof(*ms));
	ms->ms_id = cs->cs_id;
	ms->ms_dpid = cs->cs_dpid;
	strlcpy(ms->ms_name, cs->cs_name, sizeof(ms->ms_name));
	strlcpy(ms->ms_addr, cs->cs_addr, sizeof(ms->ms_addr));
	strlcpy(ms->ms_pin, cs->cs_pin, sizeof(ms->ms_pin));
	ms->ms_versions = cs->cs_versions;
	ms->ms_cache = cs->cs_cache;
	ms->ms_timeout = cs->cs_timeout;
	ms->ms_rate = cs->cs_rate;
}

/* What is new or different in to, and what is no longer there. */
static void
tell_switches(const struct conf *from, struct conf *to)
{
	struct conf_switch	*cs, *old;
	struct msg_switch	 ms, before;
	struct msg_id		 mi;
	unsigned int		 all = 0, told = 0, gone = 0;

	TAILQ_FOREACH(cs, &to->cf_switches, cs_entry) {
		all++;
		old = from != NULL ? conf_switch_find(from, cs->cs_name) :
		    NULL;
		if (cs->cs_id == 0)
			cs->cs_id = old != NULL ? old->cs_id : ++switch_id;
		switch_message(cs, &ms);
		if (old != NULL) {
			switch_message(old, &before);
			if (memcmp(&ms, &before, sizeof(ms)) == 0)
				continue;
		}
		proc_send(PROC_OFP, MSG_SWITCH_ADD, 0, -1, &ms, sizeof(ms));
		told++;
	}
	if (from == NULL)
		return;
	TAILQ_FOREACH(cs, &from->cf_switches, cs_entry) {
		if (conf_switch_find(to, cs->cs_name) != NULL)
			continue;
		mi.mi_id = cs->cs_id;
		proc_send(PROC_OFP, MSG_SWITCH_DEL, 0, -1, &mi, sizeof(mi));
		gone++;
	}
	log_info("of %u switches %u are new or different, %u went", all, told,
	    gone);
}

static void
tell_control(void)
{
	struct msg_listen	ml;
	int			fd = fcntl(ctl_fd, F_DUPFD_CLOEXEC, 0);

	if (fd == -1)
		fatal("control socket");
	memset(&ml, 0, sizeof(ml));
	strlcpy(ml.ml_addr, options->pa_socket, sizeof(ml.ml_addr));
	proc_send(PROC_CONTROL, MSG_LISTEN_ADD, 0, fd, &ml, sizeof(ml));
}

/* A child was started: everything. */
static void
parent_started(enum proc_id id)
{
	if (id == PROC_CONTROL)
		tell_control();
	if (id == PROC_OFP || id == PROC_OFCCONN)
		certs_send(&certs, id);
	if (id == PROC_OFP) {
		tell_opts();
		tell_switches(NULL, running);
		listener_tell_all();
		local_tell_all();
		proc_send(PROC_OFP, MSG_CONF_DONE, 0, -1, NULL, 0);
	}
	target_child_started(id);
}

/* Configuration. */

/* All that may fail.  NULL, and the configuration and certificates; or why. */
static const char *
conf_try(const char *path, struct conf **cf, struct certs *ce)
{
	const char	*why;

	*cf = conf_parse(path);
	if (*cf == NULL)
		return (conf_parse_error());
	why = certs_read(ce, *cf);
	if (why == NULL) {
		why = listener_prepare(*cf);
		if (why != NULL)
			certs_clear(ce);
	}
	if (why != NULL) {
		conf_free(*cf);
		*cf = NULL;
	}
	return (why);
}

/* Make the difference. */
static void
conf_apply(struct conf *cf, struct certs *ce)
{
	struct conf	*old = running;
	struct certs	 old_certs = certs;

	running = cf;
	certs = *ce;
	loaded = now();
	if (!certs_same(&certs, &old_certs)) {
		if (certs.ce_len[0] > 0)
			proc_parent_tls();
		certs_send(&certs, PROC_OFP);
		certs_send(&certs, PROC_OFCCONN);
	}
	certs_clear(&old_certs);
	tell_switches(old, cf);
	listener_commit();
	local_sync(cf);
	target_sync(cf);
	tell_opts();
	proc_send(PROC_OFP, MSG_CONF_DONE, 0, -1, NULL, 0);
	conf_free(old);
}

static const char *
parent_reload(const char *path)
{
	struct conf	*cf;
	struct certs	 ce;
	const char	*why = conf_try(path, &cf, &ce);

	if (why != NULL) {
		log_warnx("%s is not loaded, the configuration of before "
		    "stays: %s", path, why);
		return (why);
	}
	if (path != conf_path)
		strlcpy(conf_path, path, sizeof(conf_path));
	conf_apply(cf, &ce);
	log_info("%s is loaded", conf_path);
	return (NULL);
}

/* Messages. */

static void
parent_ready(struct msg *m)
{
	struct msg_ready	mr;

	msg_get(m, &mr, sizeof(mr));
	proc_parent_ready(m->m_from, &mr);
}

static void
parent_relay_up(struct msg *m)
{
	target_up(m);
}

static void
parent_down(struct msg *m)
{
	target_down(m->m_from, m);
}

static void
ctl_answer(uint32_t client, const char *why)
{
	if (why != NULL)
		proc_fail(client, "%s", why);
	else
		proc_reply(client, CTL_OK, NULL, 0, NULL, 0);
}

static void
ctl_processes(uint32_t client)
{
	struct ctl_process	cx;
	enum proc_id		id;

	for (id = PROC_PARENT; id < PROC_MAX; id++) {
		proc_parent_show(id, &cx);
		proc_reply(client, CTL_PROCESS, &cx, sizeof(cx), NULL, 0);
	}
	local_processes(client);
	ctl_answer(client, NULL);
}

static void
ctl_verbose(uint32_t client, const struct ctl_log *cl)
{
	struct msg_id	mi = { cl->cl_verbose };
	enum proc_id	id;

	log_verbose((int)cl->cl_verbose);
	for (id = PROC_PARENT + 1; id < PROC_MAX; id++)
		proc_send(id, MSG_VERBOSE, 0, -1, &mi, sizeof(mi));
	ctl_answer(client, NULL);
}

/* Ours; control asks ofp next. */
static void
ctl_disconnect(uint32_t client, struct ctl_select *se)
{
	msg_str(se->cs_switch);
	ctl_answer(client, se->cs_switch[0] != '\0' &&
	    target_disconnect(se->cs_switch) ? NULL :
	    "switchctl connected no such switch");
}

/* control has checked the size of each request. */
static void
parent_ctl(struct msg *m)
{
	struct msg_ctl	mc;
	union {
		struct ctl_select	se;
		struct ctl_connect	cc;
		struct ctl_path		cp;
		struct ctl_log		cl;
	} u;
	const uint8_t	*data;
	size_t		 len;

	msg_get(m, &mc, sizeof(mc));
	data = msg_rest(m, sizeof(mc), &len);
	memset(&u, 0, sizeof(u));
	if (len > 0 && len <= sizeof(u))
		memcpy(&u, data, len);
	switch (mc.mc_type) {
	case CTL_SHOW_PROCESSES:
		ctl_processes(m->m_id);
		break;
	case CTL_SHOW_COUNTERS:
		msg_str(u.se.cs_switch);
		ctl_answer(m->m_id, u.se.cs_switch[0] == '\0' ||
		    local_counters(u.se.cs_switch, m->m_id) ? NULL :
		    "no switch of that name is known");
		break;
	case CTL_CONNECT:
		msg_str(u.cc.cc_uri);
		msg_str(u.cc.cc_forward);
		ctl_answer(m->m_id, target_connect(&u.cc));
		break;
	case CTL_DISCONNECT:
		ctl_disconnect(m->m_id, &u.se);
		break;
	case CTL_LOAD:
		msg_str(u.cp.cp_path);
		ctl_answer(m->m_id, u.cp.cp_path[0] != '/' ?
		    "give the whole path" : parent_reload(u.cp.cp_path));
		break;
	case CTL_RELOAD:
		ctl_answer(m->m_id, parent_reload(conf_path));
		break;
	case CTL_LOG:
		ctl_verbose(m->m_id, &u.cl);
		break;
	default:
		ctl_answer(m->m_id, "the parent does not know that");
	}
}

/* Signals. */

static void
signal_stop(evutil_socket_t sig, short what, void *arg)
{
	log_info("ending");
	proc_parent_stop();
	unlink(options->pa_socket);
	exit(0);
}

static void
signal_reload(evutil_socket_t sig, short what, void *arg)
{
	parent_reload(conf_path);
}

static void
signal_child(evutil_socket_t sig, short what, void *arg)
{
	int	status;
	pid_t	pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		if (!proc_parent_reaped(pid, status))
			local_reaped(pid, status);
}

static void
parent_signal(int sig, void (*fn)(evutil_socket_t, short, void *))
{
	struct event	*ev = evsignal_new(proc_base, sig, fn, NULL);

	if (ev == NULL || event_add(ev, NULL) == -1)
		fatalx("no signal event");
}

/* Start. */

static void
parent_limits(void)
{
	struct rlimit	rl;

	if (getrlimit(RLIMIT_NOFILE, &rl) == -1)
		return;
	if (rl.rlim_max < PARENT_FILES) {
		rl.rlim_cur = rl.rlim_max = PARENT_FILES;
		if (setrlimit(RLIMIT_NOFILE, &rl) == 0 ||
		    getrlimit(RLIMIT_NOFILE, &rl) == -1)
			return;
	}
	rl.rlim_cur = rl.rlim_max;
	setrlimit(RLIMIT_NOFILE, &rl);
}

/* Is somebody listening there? */
static bool
socket_is_used(const struct sockaddr_un *sun)
{
	int	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
		    0);
	bool	used;

	if (fd == -1)
		return (false);
	/* Or it is, and nobody accepts. */
	used = connect(fd, (const struct sockaddr *)sun, sizeof(*sun)) == 0 ||
	    errno == EAGAIN;
	close(fd);
	return (used);
}

/* switchctl's socket; it stays ours when control is started again. */
static void
control_socket(void)
{
	struct sockaddr_un	sun = { .sun_family = AF_UNIX };
	struct stat		st;
	mode_t			old;

	if (strlcpy(sun.sun_path, options->pa_socket, sizeof(sun.sun_path)) >=
	    sizeof(sun.sun_path))
		errx(1, "%s: the path is too long", options->pa_socket);
	if (socket_is_used(&sun))
		errx(1, "%s: switchd is running already", sun.sun_path);
	if (lstat(sun.sun_path, &st) == 0 && (!S_ISSOCK(st.st_mode) ||
	    unlink(sun.sun_path) == -1))
		errx(1, "%s: is in the way: remove it", sun.sun_path);
	ctl_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
	    0);
	old = umask(0117);
	if (ctl_fd == -1 || bind(ctl_fd, (struct sockaddr *)&sun,
	    sizeof(sun)) == -1 || listen(ctl_fd, 64) == -1)
		err(1, "%s", sun.sun_path);
	umask(old);
}

/* For a reload, when we are elsewhere; links may lead elsewhere then. */
static void
parent_path(const char *path)
{
	char	cwd[sizeof(conf_path) / 2];

	if (*path == '/' || getcwd(cwd, sizeof(cwd)) == NULL)
		*cwd = '\0';
	snprintf(conf_path, sizeof(conf_path), "%s%s%s", cwd, *cwd != '\0' ?
	    "/" : "", path);
}

int
parent_main(const struct parent_args *pa)
{
	const char	*why;

	options = pa;
	log_init("switchd", 1, pa->pa_proc.pa_verbose);
	parent_path(pa->pa_conf);
	if (pa->pa_check) {
		running = conf_parse(pa->pa_conf);
		if (running == NULL)
			return (1);
		why = certs_read(&certs, running);
		if (why != NULL)
			errx(1, "%s: %s", pa->pa_conf, why);
		if (pa->pa_proc.pa_verbose > 0)
			conf_print(running, stdout);
		fprintf(stderr, "configuration OK\n");
		return (0);
	}
	if (geteuid() != 0)
		errx(1, "root is needed to start; the work is done without");
	if (strlen(pa->pa_run) > PARENT_RUN_LEN)
		errx(1, "%s: give -R a path of at most %d characters",
		    pa->pa_run, PARENT_RUN_LEN);
	if (getpwnam(pa->pa_proc.pa_user) == NULL)
		errx(1, "no user %s: create it (systemd-sysusers, adduser), or "
		    "name another with -u", pa->pa_proc.pa_user);
	why = conf_try(pa->pa_conf, &running, &certs);
	if (why != NULL) {
		/* Mistakes of the file itself are told already. */
		if (why != conf_parse_error())
			warnx("%s: %s", pa->pa_conf, why);
		return (1);
	}
	control_socket();
	if (pa->pa_proc.pa_debug == 0 && daemon(0, 0) == -1)
		err(1, "daemon");
	log_init("parent", pa->pa_proc.pa_debug, pa->pa_proc.pa_verbose);
	setproctitle("parent");
	signal(SIGPIPE, SIG_IGN);
	signal(SIGUSR1, SIG_IGN);
	started = loaded = now();
	parent_limits();
	confine_parent(pa);
	proc_parent_init(&pa->pa_proc, parent_started);
	parent_signal(SIGINT, signal_stop);
	parent_signal(SIGTERM, signal_stop);
	parent_signal(SIGHUP, signal_reload);
	parent_signal(SIGCHLD, signal_child);
	/* The children are told of each listener when they start. */
	listener_commit();
	if (certs.ce_len[0] > 0)
		proc_parent_tls();
	proc_parent_start();
	local_init();
	local_sync(running);
	target_sync(running);
	tell_opts();
	event_base_dispatch(proc_base);
	fatalx("event loop ended");
}

const struct proc	proc_parent = {
	.pr_handlers = {
		[MSG_READY] = parent_ready,
		[MSG_DEVICE_DOWN] = parent_down,
		[MSG_RELAY_UP] = parent_relay_up,
		[MSG_RELAY_DOWN] = parent_down,
		[MSG_CTL] = parent_ctl
	}
};
