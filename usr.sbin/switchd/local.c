/*
 * SPDX-License-Identifier: ISC
 *
 * local.c: switches of this machine: their hosts.  local_port.c has their
 * ports.
 *
 * Where the kernel has a switch (klink.h), each is a link of its; otherwise it
 * is a uswitch(8) that was running when we came or that we start.  Both
 * outlive us.  We talk to it over its control socket: settings, and ports as
 * descriptors of interfaces that we open.
 *
 *	DOWN -start-> STARTING -exit 0-> UP -hang-up-> DOWN
 *	  \------------ already running -> UP
 */
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>

#include <net/if.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bsd.h"
#include "klink.h"
#include "linux/switch_link.h"
#include "log.h"
#include "local_var.h"

#define LOCAL_MAX_WAIT	16	/* s between starts */
#define LOCAL_OPENERS	"16"	/* controllers of one switch */
#define LOCAL_ANSWER	3	/* s that uswitch may take for an answer, */
#define LOCAL_MESSAGES	16384	/* and what it may consist of */

struct locals	locals = TAILQ_HEAD_INITIALIZER(locals);

static void	local_start(struct local *);
static void	local_end(struct local *);

struct local *
local_find(const char *name)
{
	struct local	*lo;

	TAILQ_FOREACH(lo, &locals, lo_entry)
		if (strcmp(lo->lo_name, name) == 0)
			return (lo);
	return (NULL);
}

static void
local_path(const char *name, const char *suffix, char *buf, size_t size)
{
	snprintf(buf, size, "%s/%s%s", parent_options()->pa_run, name, suffix);
}

bool
local_device(const char *name, char *path, size_t size,
    enum ctl_switch_kind *kind)
{
	struct local	*lo = local_find(name);

	if (lo == NULL || lo->lo_state != LOCAL_UP)
		return (false);
	if (lo->lo_kernel)
		snprintf(path, size, "/dev/%s", name);
	else
		local_path(name, "", path, size);
	*kind = lo->lo_kernel ? CTL_KIND_KERNEL : CTL_KIND_USER;
	return (true);
}

/* The uswitch. */

static void
local_later(struct local *lo)
{
	struct timeval	tv;

	lo->lo_wait = lo->lo_wait == 0 ? 1 : lo->lo_wait * 2;
	if (lo->lo_wait > LOCAL_MAX_WAIT)
		lo->lo_wait = LOCAL_MAX_WAIT;
	tv.tv_sec = lo->lo_wait;
	tv.tv_usec = 0;
	event_add(lo->lo_timer, &tv);
}

/* No longer hear what it says. */
static void
local_silence(struct local *lo)
{
	if (lo->lo_hear == NULL)
		return;
	event_free(lo->lo_hear);
	close(lo->lo_says);
	lo->lo_hear = NULL;
}

/* ended: and its ports are none any more. */
static void
local_down(struct local *lo, bool ended)
{
	if (lo->lo_state == LOCAL_UP && !lo->lo_kernel) {
		event_free(lo->lo_event);
		close(lo->lo_ctl);
	}
	lo->lo_state = LOCAL_DOWN;
	lo->lo_kernel = false;
	local_forget(lo, ended);
}

/* It ended, or we are out of step with it, or it is not well: begin anew. */
static void
local_give_up(struct local *lo, bool ended)
{
	local_down(lo, ended);
	local_later(lo);
}

/* What a uswitch that starts has to say. */
static void
local_says(evutil_socket_t fd, short what, void *arg)
{
	struct local	*lo = arg;
	char		 text[512], *line, *next = text;
	ssize_t		 n = read(lo->lo_says, text, sizeof(text) - 1);

	if (n <= 0) {
		local_silence(lo);
		return;
	}
	text[n] = '\0';
	while ((line = strsep(&next, "\n")) != NULL)
		if (*line != '\0')
			log_warnx("%s: %s", lo->lo_name, line);
}

/* Only hang-ups: answers are read where they are asked for. */
static void
local_event(evutil_socket_t fd, short what, void *arg)
{
	struct local	*lo = arg;

	log_warnx("%s: uswitch ended, starting it", lo->lo_name);
	local_give_up(lo, true);
}

static time_t
local_now(void)
{
	struct timespec	ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (ts.tv_sec);
}

int
local_call(struct local *lo, struct uctl_msg *m, const char *what,
    const int *fds, unsigned int n)
{
	bool	ended;

	if (lo->lo_state != LOCAL_UP)
		return (-1);
	lo->lo_asked = local_now();
	lo->lo_messages = 0;
	if (uctl_call(lo->lo_ctl, m, fds, n) == 0)
		return (0);
	ended = errno == EPIPE || errno == ECONNRESET;
	if (m->um_error == 0 || what != NULL)
		log_warnx("%s: %s: %s", lo->lo_name, what != NULL ? what :
		    "uswitch", m->um_text[0] != '\0' ? m->um_text :
		    strerror(errno));
	if (m->um_error == 0)
		local_give_up(lo, ended);
	return (-1);
}

/*
 * uswitch has no privileges and may have been taken over: it gets no more of
 * our time, memory and descriptors than an answer needs.
 */
bool
local_more(struct local *lo, struct uctl_msg *m)
{
	uint32_t	type = m->um_type;
	int		fds[UCTL_MAX_FDS], r;
	unsigned int	n = 0;

	if (!m->um_more)
		return (false);
	r = uctl_recv(lo->lo_ctl, m, fds, &n);
	while (n > 0)
		close(fds[--n]);
	if (r == 1 && m->um_type == type && m->um_error == 0 &&
	    ++lo->lo_messages < LOCAL_MESSAGES &&
	    local_now() - lo->lo_asked <= LOCAL_ANSWER)
		return (true);
	log_warnx("%s: an answer of uswitch does not end", lo->lo_name);
	local_give_up(lo, r == 0);
	return (false);
}

/* As many openers as there are controllers. */
static uint32_t
local_openers(const struct local *lo)
{
	const struct conf_device	*cd;
	const struct conf_uri		*cu;
	char				 name[CTL_NAME_LEN];
	uint32_t			 n = 0;

	TAILQ_FOREACH(cd, &parent_conf()->cf_devices, cd_entry) {
		target_local_name(parent_conf(), cd->cd_path, name,
		    sizeof(name));
		if (strcmp(name, lo->lo_name) == 0)
			TAILQ_FOREACH(cu, &cd->cd_forward, cu_entry)
				n++;
	}
	return (n > 0 ? n : 1);
}

static void
local_settings(struct local *lo)
{
	const struct conf_switch	*cs = lo->lo_conf;
	struct uctl_msg			 m;

	if (lo->lo_kernel) {
		if (klink_make(cs) == -1)
			log_warn("%s: settings", lo->lo_name);
		return;
	}
	/* Only what differs: a controller may be connected. */
	uctl_init(&m, UCTL_CONF_GET);
	if (local_call(lo, &m, "settings", NULL, 0) == -1)
		return;
	if ((cs->cs_dpid == 0 || m.um_conf.uc_dpid == cs->cs_dpid) &&
	    m.um_conf.uc_standalone == cs->cs_standalone &&
	    m.um_conf.uc_fail_delay == cs->cs_fail_delay &&
	    m.um_conf.uc_max_chans == local_openers(lo))
		return;
	uctl_init(&m, UCTL_CONF);
	m.um_conf.uc_dpid = cs->cs_dpid;
	m.um_conf.uc_standalone = cs->cs_standalone;
	m.um_conf.uc_fail_delay = cs->cs_fail_delay;
	m.um_conf.uc_max_chans = local_openers(lo);
	local_call(lo, &m, "settings", NULL, 0);
}

static int
local_connect(struct local *lo)
{
	struct timeval	tv = { LOCAL_ANSWER, 0 };
	char		path[108];
	int		fd;

	local_path(lo->lo_name, ".ctl", path, sizeof(path));
	fd = uctl_connect(path);
	if (fd == -1)
		return (-1);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv));
	return (fd);
}

/* Shall it be no switch of the kernel, since that reaches not all ports? */
static bool
local_is_away(const struct local *lo)
{
	const struct conf_iface	*ci;
	const struct link	*ln;

	/* It is one already. */
	TAILQ_FOREACH(ln, &links, ln_entry)
		if (strcmp(ln->ln_id, lo->lo_name) == 0 &&
		    strcmp(ln->ln_kind, SWITCH_LINK_KIND) == 0)
			return (false);
	TAILQ_FOREACH(ci, &lo->lo_conf->cs_ifaces, ci_entry)
		if (ci->ci_netns[0] != '\0')
			return (true);
	return (false);
}

/* 0; -1: there is none, and it shall be there: try again. */
static int
local_start_kernel(struct local *lo)
{
	enum conf_host	host = lo->lo_conf->cs_host;

	if (host == CONF_HOST_USER || local_is_away(lo) ||
	    (host == CONF_HOST_ANY && (!klink_is_loaded() ||
	    !conf_switch_fits_kernel(lo->lo_name))))
		return (0);
	if (klink_make(lo->lo_conf) == -1) {
		log_warn("%s: a switch in the kernel%s", lo->lo_name,
		    klink_is_loaded() ? "" : ", where the module switch is "
		    "not loaded");
		return (host == CONF_HOST_KERNEL ? -1 : 0);
	}
	log_info("%s: in the kernel", lo->lo_name);
	lo->lo_kernel = true;
	lo->lo_state = LOCAL_UP;
	lo->lo_wait = 0;
	local_list_kernel(lo);
	local_ports(lo);
	target_kick(lo->lo_name);
	return (0);
}

/* It runs: settings, ports, and its device may be opened. */
static void
local_up(struct local *lo, int fd)
{
	lo->lo_ctl = fd;
	lo->lo_event = event_new(proc_base, fd, EV_READ, local_event, lo);
	if (lo->lo_event == NULL || event_add(lo->lo_event, NULL) == -1)
		fatalx("%s: no event", lo->lo_name);
	lo->lo_state = LOCAL_UP;
	local_settings(lo);
	local_keep(lo);
	local_list(lo);
	local_ports(lo);
	if (lo->lo_state != LOCAL_UP)
		return;
	lo->lo_wait = 0;
	target_kick(lo->lo_name);
}

__attribute__((__noreturn__)) static void
local_exec(const struct local *lo, int says)
{
	const struct conf_switch	*cs = lo->lo_conf;
	const char			*argv[24];
	char				 path[512], dpid[24], fail[32];
	char				 sock[108], state[300];
	ssize_t				 len;
	int				 n = 0;

	len = readlink("/proc/self/exe", path, sizeof(path) - 16);
	if (len <= 0)
		_exit(1);
	path[len] = '\0';
	strlcpy(strrchr(path, '/') + 1, "uswitch", 16);
	local_path(lo->lo_name, "", sock, sizeof(sock));
	snprintf(state, sizeof(state), "%s/%s.ports", parent_options()->
	    pa_state, lo->lo_name);
	argv[n++] = "uswitch";
	argv[n++] = "-S";
	argv[n++] = sock;
	argv[n++] = "-s";
	argv[n++] = state;
	argv[n++] = "-u";
	argv[n++] = parent_options()->pa_proc.pa_user;
	if (cs->cs_dpid != 0) {
		snprintf(dpid, sizeof(dpid), "0x%016llx",
		    (unsigned long long)cs->cs_dpid);
		argv[n++] = "-D";
		argv[n++] = dpid;
	}
	strlcpy(fail, "secure", sizeof(fail));
	if (cs->cs_standalone)
		snprintf(fail, sizeof(fail), "standalone:%u",
		    cs->cs_fail_delay);
	argv[n++] = "-f";
	argv[n++] = fail;
	/* The most there can be; local_settings says how many there are. */
	argv[n++] = "-c";
	argv[n++] = LOCAL_OPENERS;
	argv[n++] = lo->lo_name;
	argv[n] = NULL;
	dup2(says, STDERR_FILENO);
	execv(path, (char *const *)(uintptr_t)argv);
	fprintf(stderr, "%s: %s\n", path, strerror(errno));
	_exit(1);
}

static void
local_start(struct local *lo)
{
	int	fd, says[2];

	if (lo->lo_state != LOCAL_DOWN)
		return;
	if (local_start_kernel(lo) == -1)
		local_later(lo);
	if (lo->lo_kernel || lo->lo_conf->cs_host == CONF_HOST_KERNEL)
		return;
	fd = local_connect(lo);
	if (fd != -1) {
		log_info("%s: uswitch is running already", lo->lo_name);
		local_up(lo, fd);
		return;
	}
	if (pipe2(says, O_CLOEXEC | O_NONBLOCK) == -1) {
		log_warn("%s: start of uswitch", lo->lo_name);
		local_later(lo);
		return;
	}
	lo->lo_pid = fork();
	if (lo->lo_pid == 0)
		local_exec(lo, says[1]);
	close(says[1]);
	local_silence(lo);
	lo->lo_says = says[0];
	lo->lo_hear = event_new(proc_base, says[0], EV_READ | EV_PERSIST,
	    local_says, lo);
	if (lo->lo_hear == NULL || event_add(lo->lo_hear, NULL) == -1)
		fatalx("%s: no event", lo->lo_name);
	if (lo->lo_pid == -1) {
		log_warn("%s: start of uswitch", lo->lo_name);
		local_later(lo);
		return;
	}
	lo->lo_state = LOCAL_STARTING;
}

/* The uswitch in the foreground ends when that in the background is ready. */
void
local_reaped(int pid, int status)
{
	struct local	*lo;
	int		 fd = -1;

	TAILQ_FOREACH(lo, &locals, lo_entry)
		if (lo->lo_state == LOCAL_STARTING && lo->lo_pid == pid)
			break;
	if (lo == NULL)
		return;
	lo->lo_state = LOCAL_DOWN;
	if (lo->lo_conf == NULL) {
		local_end(lo);
		return;
	}
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		fd = local_connect(lo);
	if (fd != -1) {
		log_info("%s: uswitch is started", lo->lo_name);
		local_up(lo, fd);
		return;
	}
	log_warnx("%s: uswitch did not start (%s %d), trying again",
	    lo->lo_name, WIFSIGNALED(status) ? "signal" : "status",
	    WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
	local_later(lo);
}

static void
local_timer(evutil_socket_t fd, short what, void *arg)
{
	local_start(arg);
}

static void
link_is_gone(struct link *ln)
{
	struct local	*lo;

	TAILQ_FOREACH(lo, &locals, lo_entry) {
		if (lo->lo_kernel && strcmp(lo->lo_name, ln->ln_id) == 0) {
			log_warnx("%s: removed, making it", lo->lo_name);
			local_give_up(lo, true);
		}
		local_link_gone(lo, ln);
	}
}

/* Configuration. */

void
local_init(void)
{
	link_init(local_link_changed, link_is_gone);
}

static void
local_shutdown(const struct local *lo, int fd)
{
	struct uctl_msg	m;

	uctl_init(&m, UCTL_SHUTDOWN);
	uctl_call(fd, &m, NULL, 0);
	log_info("%s: ended", lo->lo_name);
}

/* No longer configured: the switch goes. */
static void
local_end(struct local *lo)
{
	int	fd;

	/* It could not be told yet: local_reaped will. */
	if (lo->lo_state == LOCAL_STARTING) {
		lo->lo_conf = NULL;
		return;
	}
	if (lo->lo_kernel)
		klink_end(lo->lo_name);
	else if (lo->lo_state == LOCAL_UP)
		local_shutdown(lo, lo->lo_ctl);
	else if ((fd = local_connect(lo)) != -1) {
		local_shutdown(lo, fd);
		close(fd);
	}
	local_down(lo, true);
	local_silence(lo);
	event_free(lo->lo_timer);
	TAILQ_REMOVE(&locals, lo, lo_entry);
	free(lo);
}

static struct local *
local_new(const struct conf_switch *cs)
{
	struct local	*lo = calloc(1, sizeof(*lo));

	if (lo == NULL)
		fatal("switch");
	strlcpy(lo->lo_name, cs->cs_name, sizeof(lo->lo_name));
	lo->lo_timer = evtimer_new(proc_base, local_timer, lo);
	if (lo->lo_timer == NULL)
		fatalx("%s: no timer", lo->lo_name);
	TAILQ_INIT(&lo->lo_ports);
	TAILQ_INSERT_TAIL(&locals, lo, lo_entry);
	return (lo);
}

/* Gone, or another switch, or one that shall be elsewhere: it ends. */
static bool
local_is_other(const struct local *lo, const struct conf_switch *cs)
{
	if (cs == NULL || cs->cs_external)
		return (true);
	if (lo->lo_state != LOCAL_UP)
		return (false);
	return ((cs->cs_dpid != 0 && cs->cs_dpid != lo->lo_conf->cs_dpid) ||
	    cs->cs_host == (lo->lo_kernel ? CONF_HOST_USER :
	    CONF_HOST_KERNEL));
}

void
local_sync(const struct conf *cf)
{
	const struct conf_switch	*cs;
	struct local			*lo, *next;

	for (lo = TAILQ_FIRST(&locals); lo != NULL; lo = next) {
		next = TAILQ_NEXT(lo, lo_entry);
		if (local_is_other(lo, conf_switch_find(cf, lo->lo_name)))
			local_end(lo);
	}
	/* In their order: the first has what several could have as a port. */
	TAILQ_FOREACH(cs, &cf->cf_switches, cs_entry) {
		if (cs->cs_external)
			continue;
		lo = local_find(cs->cs_name);
		if (lo == NULL)
			lo = local_new(cs);
		lo->lo_conf = cs;
		TAILQ_REMOVE(&locals, lo, lo_entry);
		TAILQ_INSERT_TAIL(&locals, lo, lo_entry);
	}
	TAILQ_FOREACH(lo, &locals, lo_entry) {
		if (lo->lo_state != LOCAL_UP)
			continue;
		local_settings(lo);
		local_keep(lo);
		if (!lo->lo_kernel)
			local_list(lo);
	}
	netns_sync(cf);
	TAILQ_FOREACH(lo, &locals, lo_entry)
		local_clear(lo);
	TAILQ_FOREACH(lo, &locals, lo_entry) {
		if (lo->lo_state == LOCAL_UP)
			local_ports(lo);
		else
			local_start(lo);
	}
}
