/*
 * SPDX-License-Identifier: ISC
 *
 * target.c: OpenFlow streams that the parent opens for its children.
 *
 * A target is a switch - a device or an address - for the controller of ours,
 * or a switch and a remote controller to be relayed (each pair its own
 * channel).  The parent opens what there is to open and hands it to ofp or
 * ofcconn; when the stream ends there, or cannot be opened, it tries again
 * after 1, 2, 4, 8, 16 s.  The device of a relay is opened when its controller
 * is connected, so that the switch sees a controller only when there is one.
 *
 *	IDLE -timer-> DIALING -connected-> OPEN -down-> IDLE
 *
 * An auxiliary connection (OpenFlow 1.3.5, 6.3.5) is a relay like its main one,
 * to the same controller, begun when that is up and tried only while it is.
 * The switch knows which belong together by the abstract names that the
 * parent's sockets have: NAME and NAME/ID (dev_user.h).
 */
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bsd.h"
#include "log.h"
#include "parent.h"

#define TARGET_MAX_WAIT	16	/* s */

enum target_state { TARGET_IDLE, TARGET_DIALING, TARGET_OPEN };

struct target {
	uint32_t		 tg_id;
	enum target_state	 tg_state;
	bool			 tg_dynamic;	/* by switchctl */
	bool			 tg_wanted;	/* in the sync that runs */
	bool			 tg_device;	/* a path, not an address */
	bool			 tg_relay;
	uint8_t			 tg_aux;	/* id; 0: a main connection */
	bool			 tg_up;		/* open, and has been heard */
	char			 tg_name[CTL_NAME_LEN];
	char			 tg_path[104];
	struct conf_uri		 tg_uri;	/* switch, or controller */
	unsigned int		 tg_wait;	/* s before the next try */
	char			 tg_why[CTL_TEXT_LEN];	/* said last */
	struct dial		*tg_dial;
	struct event		*tg_timer;
	TAILQ_ENTRY(target)	 tg_entry;
};

static TAILQ_HEAD(, target)	targets = TAILQ_HEAD_INITIALIZER(targets);
static uint32_t			target_id;

static void	target_try(struct target *);
static bool	target_same_pair(const struct target *, const struct target *);

/* The main connection of an auxiliary one; NULL: it is gone. */
static const struct target *
target_main(const struct target *aux)
{
	const struct target	*tg;

	TAILQ_FOREACH(tg, &targets, tg_entry)
		if (tg->tg_aux == 0 && target_same_pair(tg, aux))
			break;
	return (tg);
}

/* True if it has to wait for its main connection. */
static bool
target_early(const struct target *tg)
{
	const struct target	*main;

	if (tg->tg_aux == 0)
		return (false);
	main = target_main(tg);
	return (main == NULL || !main->tg_up);
}

/* "tcp:192.0.2.7:6653", "/run/switch0" */
static void
target_addr(const struct target *tg, char *buf, size_t size)
{
	if (tg->tg_device)
		strlcpy(buf, tg->tg_path[0] != '\0' ? tg->tg_path :
		    tg->tg_name, size);
	else
		conf_uri_text(&tg->tg_uri, buf, size);
}

/* Not now: say why, once for each reason, and try again later. */
static void
target_later(struct target *tg, const char *why)
{
	struct timeval	tv;
	char		addr[CTL_ADDR_LEN + 32], to[CTL_ADDR_LEN + 32] = "";

	tg->tg_state = TARGET_IDLE;
	tg->tg_wait = tg->tg_wait == 0 ? 1 : tg->tg_wait * 2;
	if (tg->tg_wait > TARGET_MAX_WAIT)
		tg->tg_wait = TARGET_MAX_WAIT;
	target_addr(tg, addr, sizeof(addr));
	if (tg->tg_relay)
		conf_uri_text(&tg->tg_uri, to, sizeof(to));
	if (strcmp(tg->tg_why, why) != 0)
		log_info("%s%s%s: %s; trying again", addr, tg->tg_relay ?
		    " forward to " : "", to, why);
	strlcpy(tg->tg_why, why, sizeof(tg->tg_why));
	tv.tv_sec = tg->tg_wait;
	tv.tv_usec = 0;
	event_add(tg->tg_timer, &tv);
}

/*
 * The name of a relay's socket at the switch.  Nobody is to guess it, though
 * who may open the device may also use it fully.
 */
static int
target_bind(const struct target *tg, int fd)
{
	static uint64_t		 secret;
	const struct target	*main = tg->tg_aux == 0 ? tg : target_main(tg);
	struct sockaddr_un	 sun = { .sun_family = AF_UNIX };
	const size_t		 head = offsetof(struct sockaddr_un, sun_path);
	int			 n;

	if (secret == 0 && getrandom(&secret, sizeof(secret), 0) !=
	    (ssize_t)sizeof(secret))
		return (-1);
	if (main == NULL) {
		errno = ENOTCONN;
		return (-1);
	}
	n = snprintf(sun.sun_path + 1, sizeof(sun.sun_path) - 1,
	    "switchd.%016llx.%u%s%.0u", (unsigned long long)secret,
	    main->tg_id, tg->tg_aux != 0 ? "/" : "", tg->tg_aux);
	return (bind(fd, (struct sockaddr *)&sun,
	    (socklen_t)(head + 1 + (size_t)n)));
}

static int
target_open_socket(const struct target *tg)
{
	struct sockaddr_un	sun = { .sun_family = AF_UNIX };
	int			fd, error;

	strlcpy(sun.sun_path, tg->tg_path, sizeof(sun.sun_path));
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd != -1 && ((tg->tg_relay && target_bind(tg, fd) == -1) ||
	    connect(fd, (struct sockaddr *)&sun, sizeof(sun)) == -1)) {
		error = errno;
		close(fd);
		errno = error;
		return (-1);
	}
	return (fd);
}

static int
target_open_device(const struct target *tg)
{
	struct stat	st;

	if (stat(tg->tg_path, &st) == -1)
		return (-1);
	if (S_ISSOCK(st.st_mode))
		return (target_open_socket(tg));
	if (!S_ISCHR(st.st_mode) || tg->tg_aux != 0) {
		errno = ENODEV;
		return (-1);
	}
	return (open(tg->tg_path, O_RDWR | O_NONBLOCK | O_CLOEXEC | O_NOCTTY));
}

static void
target_message(const struct target *tg, struct msg_device *md)
{
	enum ctl_switch_kind	kind;
	char			path[sizeof(tg->tg_path)];

	memset(md, 0, sizeof(*md));
	md->md_id = tg->tg_id;
	strlcpy(md->md_name, tg->tg_name, sizeof(md->md_name));
	md->md_kind = CTL_KIND_EXTERNAL;
	if (tg->tg_device)
		md->md_kind = strncmp(tg->tg_path, "/dev/", 5) == 0 ?
		    CTL_KIND_KERNEL : CTL_KIND_USER;
	if (tg->tg_name[0] != '\0' && local_device(tg->tg_name, path,
	    sizeof(path), &kind))
		md->md_kind = kind;
	target_addr(tg, md->md_addr, sizeof(md->md_addr));
}

/* fd is the controller that a relay leads to: open its device, hand over. */
static void
target_hand_relay(struct target *tg, int fd)
{
	struct msg_device	md;
	char			text[CTL_ADDR_LEN + 32];
	int			dev = target_open_device(tg);

	if (dev == -1) {
		target_later(tg, strerror(errno));
		close(fd);
		return;
	}
	target_message(tg, &md);
	proc_send(PROC_OFCCONN, MSG_RELAY_DEVICE, 0, dev, &md, sizeof(md));
	conf_uri_text(&tg->tg_uri, text, sizeof(text));
	strlcpy(md.md_addr, text, sizeof(md.md_addr));
	strlcpy(md.md_host, tg->tg_uri.cu_host, sizeof(md.md_host));
	md.md_tls = tg->tg_uri.cu_tls;
	proc_send(PROC_OFCCONN, MSG_RELAY_OPEN, 0, fd, &md, sizeof(md));
	tg->tg_state = TARGET_OPEN;
}

static void
target_hand_device(struct target *tg, int fd)
{
	const struct conf_switch *cs;
	struct msg_device	md;

	target_message(tg, &md);
	cs = conf_switch_find(parent_conf(), tg->tg_name);
	if (!tg->tg_device) {
		/* A pinned certificate may bear any name. */
		if (cs == NULL || cs->cs_pin[0] == '\0')
			strlcpy(md.md_host, tg->tg_uri.cu_host,
			    sizeof(md.md_host));
		md.md_tls = tg->tg_uri.cu_tls;
	}
	proc_send(PROC_OFP, MSG_DEVICE_OPEN, 0, fd, &md, sizeof(md));
	tg->tg_state = TARGET_OPEN;
}

static void
target_dialed(void *arg, int fd, const char *why)
{
	struct target	*tg = arg;

	tg->tg_dial = NULL;
	if (fd == -1)
		target_later(tg, why);
	else if (tg->tg_relay)
		target_hand_relay(tg, fd);
	else
		target_hand_device(tg, fd);
}

static void
target_try(struct target *tg)
{
	enum ctl_switch_kind	kind;
	int			fd;

	if (tg->tg_state != TARGET_IDLE)
		return;
	event_del(tg->tg_timer);
	if (target_early(tg))
		return;
	/* Where a local switch is, its host says. */
	if (tg->tg_name[0] != '\0' && tg->tg_device &&
	    !local_device(tg->tg_name, tg->tg_path, sizeof(tg->tg_path),
	    &kind)) {
		target_later(tg, "the switch is not there yet");
		return;
	}
	if (tg->tg_device && !tg->tg_relay) {
		fd = target_open_device(tg);
		if (fd == -1)
			target_later(tg, strerror(errno));
		else
			target_hand_device(tg, fd);
		return;
	}
	tg->tg_dial = dial_start(&tg->tg_uri,
	    parent_options()->pa_proc.pa_user, target_dialed, tg);
	if (tg->tg_dial == NULL)
		target_later(tg, strerror(errno));
	else
		tg->tg_state = TARGET_DIALING;
}

static void
target_timer(evutil_socket_t fd, short what, void *arg)
{
	target_try(arg);
}

/* Making and ending. */

static struct target *
target_new(const struct target *as)
{
	struct target	*tg = calloc(1, sizeof(*tg));

	if (tg == NULL)
		fatal("target");
	*tg = *as;
	tg->tg_id = ++target_id;
	tg->tg_timer = evtimer_new(proc_base, target_timer, tg);
	if (tg->tg_timer == NULL)
		fatalx("target: no timer");
	tg->tg_state = TARGET_IDLE;
	TAILQ_INSERT_TAIL(&targets, tg, tg_entry);
	return (tg);
}

static void
target_free(struct target *tg)
{
	struct msg_id	mi = { tg->tg_id };

	if (tg->tg_state == TARGET_OPEN && tg->tg_relay)
		proc_send(PROC_OFCCONN, MSG_RELAY_CLOSE, 0, -1, &mi,
		    sizeof(mi));
	else if (tg->tg_state == TARGET_OPEN)
		proc_send(PROC_OFP, MSG_DEVICE_CLOSE, 0, -1, &mi, sizeof(mi));
	dial_cancel(tg->tg_dial);
	event_free(tg->tg_timer);
	TAILQ_REMOVE(&targets, tg, tg_entry);
	free(tg);
}

static bool
target_same(const struct target *a, const struct target *b)
{
	return (a->tg_aux == b->tg_aux && target_same_pair(a, b));
}

/* Of the same switch and controller. */
static bool
target_same_pair(const struct target *a, const struct target *b)
{
	return (a->tg_device == b->tg_device && a->tg_relay == b->tg_relay &&
	    strcmp(a->tg_name, b->tg_name) == 0 &&
	    (a->tg_name[0] != '\0' || strcmp(a->tg_path, b->tg_path) == 0) &&
	    conf_uri_same(&a->tg_uri, &b->tg_uri));
}

/* There shall be such a target. */
static void
target_want(const struct target *as)
{
	struct target	*tg;

	TAILQ_FOREACH(tg, &targets, tg_entry)
		if (target_same(tg, as))
			break;
	if (tg == NULL)
		tg = target_new(as);
	tg->tg_wanted = true;
	tg->tg_dynamic = as->tg_dynamic;
}

void
target_local_name(const struct conf *cf, const char *path, char *name,
    size_t size)
{
	const struct conf_switch	*cs;
	const char			*base = strrchr(path, '/') + 1;
	char				 run[104];

	*name = '\0';
	cs = conf_switch_find(cf, base);
	if (cs == NULL || cs->cs_external)
		return;
	snprintf(run, sizeof(run), "%s/%s", parent_options()->pa_run, base);
	if (strcmp(path, run) == 0 || strncmp(path, "/dev/", 5) == 0)
		strlcpy(name, base, size);
}

static void
target_want_device(const struct conf *cf, const struct conf_device *cd)
{
	struct target		 tg;
	const struct conf_uri	*cu;
	unsigned int		 i;

	memset(&tg, 0, sizeof(tg));
	tg.tg_device = true;
	strlcpy(tg.tg_path, cd->cd_path, sizeof(tg.tg_path));
	target_local_name(cf, cd->cd_path, tg.tg_name, sizeof(tg.tg_name));
	if (TAILQ_EMPTY(&cd->cd_forward)) {
		target_want(&tg);
		return;
	}
	tg.tg_relay = true;
	TAILQ_FOREACH(cu, &cd->cd_forward, cu_entry) {
		tg.tg_uri = *cu;
		for (i = 0; i <= cd->cd_auxiliaries; i++) {
			tg.tg_aux = (uint8_t)i;
			target_want(&tg);
		}
	}
}

static void
target_want_switch(const struct conf *cf, const struct conf_switch *cs)
{
	const struct conf_device	*cd;
	struct target			 tg;
	char				 name[CTL_NAME_LEN];

	memset(&tg, 0, sizeof(tg));
	strlcpy(tg.tg_name, cs->cs_name, sizeof(tg.tg_name));
	if (!cs->cs_external) {
		/* A device line about it says more. */
		TAILQ_FOREACH(cd, &cf->cf_devices, cd_entry) {
			target_local_name(cf, cd->cd_path, name, sizeof(name));
			if (strcmp(name, cs->cs_name) == 0)
				return;
		}
		tg.tg_device = true;
	} else if (cs->cs_connect != NULL)
		tg.tg_uri = *cs->cs_connect;
	else
		return;
	target_want(&tg);
}

void
target_sync(const struct conf *cf)
{
	const struct conf_switch	*cs;
	const struct conf_device	*cd;
	struct target			*tg, *next;

	TAILQ_FOREACH(tg, &targets, tg_entry)
		tg->tg_wanted = tg->tg_dynamic;
	TAILQ_FOREACH(cs, &cf->cf_switches, cs_entry)
		target_want_switch(cf, cs);
	TAILQ_FOREACH(cd, &cf->cf_devices, cd_entry)
		target_want_device(cf, cd);
	for (tg = TAILQ_FIRST(&targets); tg != NULL; tg = next) {
		next = TAILQ_NEXT(tg, tg_entry);
		if (!tg->tg_wanted)
			target_free(tg);
		else if (tg->tg_wait == 0)
			target_try(tg);
	}
}

/* A child was started: what the one before had open is closed. */
void
target_child_started(enum proc_id id)
{
	struct target	*tg;

	TAILQ_FOREACH(tg, &targets, tg_entry) {
		if (tg->tg_relay != (id == PROC_OFCCONN) ||
		    tg->tg_state != TARGET_OPEN)
			continue;
		tg->tg_state = TARGET_IDLE;
		tg->tg_up = false;
		tg->tg_wait = 0;
		target_try(tg);
	}
}

/* A relay is up: so its auxiliaries begin. */
void
target_up(struct msg *m)
{
	struct target	*tg, *aux;
	struct msg_id	 mi;

	msg_get(m, &mi, sizeof(mi));
	TAILQ_FOREACH(tg, &targets, tg_entry)
		if (tg->tg_id == mi.mi_id && tg->tg_relay)
			break;
	if (tg == NULL || tg->tg_state != TARGET_OPEN || tg->tg_aux != 0)
		return;
	tg->tg_up = true;
	TAILQ_FOREACH(aux, &targets, tg_entry)
		if (aux->tg_aux != 0 && target_same_pair(tg, aux)) {
			aux->tg_wait = 0;
			target_try(aux);
		}
}

void
target_down(enum proc_id from, struct msg *m)
{
	struct msg_down	 mw;
	struct target	*tg;

	msg_get(m, &mw, sizeof(mw));
	msg_str(mw.mw_text);
	TAILQ_FOREACH(tg, &targets, tg_entry)
		if (tg->tg_id == mw.mw_id &&
		    tg->tg_relay == (from == PROC_OFCCONN))
			break;
	/* Perhaps we closed it meanwhile. */
	if (tg == NULL || tg->tg_state != TARGET_OPEN)
		return;
	tg->tg_up = false;
	if (mw.mw_worked) {
		tg->tg_wait = 0;
		tg->tg_why[0] = '\0';
	}
	target_later(tg, mw.mw_text);
}

void
target_kick(const char *name)
{
	struct target	*tg;

	TAILQ_FOREACH(tg, &targets, tg_entry)
		if (strcmp(tg->tg_name, name) == 0 &&
		    tg->tg_state == TARGET_IDLE) {
			tg->tg_wait = 0;
			target_try(tg);
		}
}

/* switchctl. */

const char *
target_connect(const struct ctl_connect *cc)
{
	struct target	 as, *tg;
	const char	*why = NULL;

	memset(&as, 0, sizeof(as));
	as.tg_dynamic = true;
	if (cc->cc_uri[0] == '/') {
		as.tg_device = true;
		if (strlcpy(as.tg_path, cc->cc_uri, sizeof(as.tg_path)) >=
		    sizeof(as.tg_path))
			return ("the path is too long");
		target_local_name(parent_conf(), as.tg_path, as.tg_name,
		    sizeof(as.tg_name));
	} else
		why = conf_uri_parse(&as.tg_uri, cc->cc_uri);
	if (why == NULL && cc->cc_forward[0] != '\0') {
		if (!as.tg_device)
			return ("only a device can be forwarded to a "
			    "controller: give its path");
		as.tg_relay = true;
		why = conf_uri_parse(&as.tg_uri, cc->cc_forward);
	}
	if (why == NULL && as.tg_uri.cu_tls && parent_conf()->cf_ca == NULL)
		why = "TLS needs tls ca, tls certificate and tls key in the "
		    "configuration";
	if (why != NULL)
		return (why);
	TAILQ_FOREACH(tg, &targets, tg_entry)
		if (target_same(tg, &as))
			return ("that is connected, or being tried, already");
	target_try(target_new(&as));
	return (NULL);
}

/* Whole, or without the port: /dev/switch1 is not /dev/switch10. */
bool
target_disconnect(const char *addr)
{
	struct target	*tg, *next;
	char		 text[CTL_ADDR_LEN + 32];
	size_t		 len = strlen(addr);
	bool		 found = false;

	for (tg = TAILQ_FIRST(&targets); tg != NULL; tg = next) {
		next = TAILQ_NEXT(tg, tg_entry);
		target_addr(tg, text, sizeof(text));
		if (!tg->tg_dynamic || strncmp(text, addr, len) != 0 ||
		    (text[len] != '\0' && text[len] != ':'))
			continue;
		target_free(tg);
		found = true;
	}
	return (found);
}

uint32_t
target_relays(void)
{
	const struct target	*tg;
	uint32_t		 n = 0;

	TAILQ_FOREACH(tg, &targets, tg_entry)
		n += tg->tg_relay;
	return (n);
}
