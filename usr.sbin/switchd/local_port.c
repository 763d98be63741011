/*
 * SPDX-License-Identifier: ISC
 *
 * local_port.c: the ports of switches of this machine.
 *
 * Which interfaces they are, the patterns of the configuration say; they are
 * compared with every interface that appears or changes.  What goes wrong with
 * an interface is said once for each reason, and ends nothing.
 */
#include <net/if.h>

#include <errno.h>
#include <fnmatch.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bsd.h"
#include "klink.h"
#include "log.h"
#include "local_var.h"

static struct local_port *
port_find(const struct local *lo, const char *name)
{
	struct local_port	*lp;

	TAILQ_FOREACH(lp, &lo->lo_ports, lp_entry)
		if (strcmp(lp->lp_name, name) == 0)
			return (lp);
	return (NULL);
}

static struct local_port *
port_new(struct local *lo, const char *name)
{
	struct local_port	*lp = calloc(1, sizeof(*lp));

	if (lp == NULL)
		fatal("port");
	strlcpy(lp->lp_name, name, sizeof(lp->lp_name));
	TAILQ_INSERT_TAIL(&lo->lo_ports, lp, lp_entry);
	return (lp);
}

static void
port_tell(const struct local *lo, const struct local_port *lp,
    enum msg_type type)
{
	struct msg_port	mp;

	memset(&mp, 0, sizeof(mp));
	strlcpy(mp.mp_switch, lo->lo_name, sizeof(mp.mp_switch));
	strlcpy(mp.mp_name, lp->lp_name, sizeof(mp.mp_name));
	mp.mp_no = lp->lp_no;
	mp.mp_max_macs = lp->lp_conf.ci_max_macs;
	proc_send(PROC_OFP, type, 0, -1, &mp, sizeof(mp));
}

void
local_tell_all(void)
{
	struct local		*lo;
	struct local_port	*lp;

	TAILQ_FOREACH(lo, &locals, lo_entry)
		TAILQ_FOREACH(lp, &lo->lo_ports, lp_entry)
			if (lp->lp_attached)
				port_tell(lo, lp, MSG_PORT_ADD);
}

/* A port that it has attached already, perhaps under another number now. */
static void
local_listed(struct local *lo, const struct uctl_port *up)
{
	struct local_port	*lp = port_find(lo, up->up_name);

	if (lp == NULL) {
		lp = port_new(lo, up->up_name);
		lp->lp_index = up->up_ifindex;
		lp->lp_netns = up->up_netns;
		lp->lp_local = up->up_flags & UCTL_P_LOCAL;
		lp->lp_attached = true;
		lp->lp_conf.ci_domains = up->up_domains;
		lp->lp_conf.ci_locked = up->up_flags & UCTL_P_LOCK_MAC;
		memcpy(lp->lp_conf.ci_mac, up->up_mac, 6);
	}
	if (lp->lp_no == up->up_no)
		return;
	lp->lp_no = up->up_no;
	port_tell(lo, lp, MSG_PORT_ADD);
}

void
local_list(struct local *lo)
{
	struct uctl_msg	m;

	uctl_init(&m, UCTL_LIST);
	if (local_call(lo, &m, "ports", NULL, 0) == -1)
		return;
	while (m.um_port.up_name[0] != '\0') {
		local_listed(lo, &m.um_port);
		if (!local_more(lo, &m))
			break;
	}
}

/* Numbers of the configuration are for nobody else, also before they come. */
void
local_keep(struct local *lo)
{
	const struct conf_iface	*ci;
	struct uctl_msg		 m;

	if (lo->lo_kernel)
		return;
	TAILQ_FOREACH(ci, &lo->lo_conf->cs_ifaces, ci_entry) {
		if (ci->ci_port == 0)
			continue;
		uctl_init(&m, UCTL_KEEP);
		conf_iface_id(ci->ci_netns, ci->ci_name, m.um_port.up_name,
		    sizeof(m.um_port.up_name));
		m.um_port.up_no = ci->ci_port;
		if (local_call(lo, &m, ci->ci_name, NULL, 0) == -1 &&
		    lo->lo_state != LOCAL_UP)
			return;
	}
}

/* The same of a switch in the kernel: its slaves. */
void
local_list_kernel(struct local *lo)
{
	const struct link	*ln;
	struct local_port	*lp;
	uint32_t		 index = if_nametoindex(lo->lo_name);

	TAILQ_FOREACH(ln, &links, ln_entry) {
		if (ln->ln_master != index || link_space_fd(ln->ln_space) != -1)
			continue;
		lp = port_new(lo, ln->ln_name);
		lp->lp_index = ln->ln_index;
		lp->lp_attached = true;
		/* Unlike all that can be configured: to be set. */
		lp->lp_conf.ci_domains = 1;
	}
}

static int
port_space(const struct local_port *lp)
{
	return (lp->lp_space != NULL ? link_space_fd(lp->lp_space) : -1);
}

/*
 * Release a port; uswitch may have noticed before us that it went.  If it is
 * given up because of this, there are no other ports either.
 */
static void
port_release(struct local *lo, struct local_port *lp)
{
	struct uctl_msg	m;

	TAILQ_REMOVE(&lo->lo_ports, lp, lp_entry);
	if (lp->lp_attached && lo->lo_kernel) {
		klink_release(lp->lp_index);
		port_tell(lo, lp, MSG_PORT_DEL);
		log_info("%s: port %s is released", lo->lo_name, lp->lp_name);
	} else if (lp->lp_attached) {
		uctl_init(&m, UCTL_DEL);
		strlcpy(m.um_port.up_name, lp->lp_name,
		    sizeof(m.um_port.up_name));
		local_call(lo, &m, NULL, NULL, 0);
		uopen_restore(&lp->lp_open, port_space(lp));
		port_tell(lo, lp, MSG_PORT_DEL);
		log_info("%s: port %s is released", lo->lo_name, lp->lp_name);
	}
	free(lp);
}

void
local_forget(struct local *lo, bool ended)
{
	struct local_port	*lp;

	while ((lp = TAILQ_FIRST(&lo->lo_ports)) != NULL) {
		TAILQ_REMOVE(&lo->lo_ports, lp, lp_entry);
		uopen_close(&lp->lp_open);
		if (ended && lp->lp_attached) {
			uopen_restore(&lp->lp_open, port_space(lp));
			port_tell(lo, lp, MSG_PORT_DEL);
		}
		free(lp);
	}
}

static void
port_settings(const struct conf_iface *ci, struct uctl_port *up)
{
	up->up_no = ci->ci_port;
	up->up_domains = ci->ci_domains;
	up->up_flags &= ~(uint32_t)UCTL_P_LOCK_MAC;
	if (ci->ci_locked) {
		up->up_flags |= UCTL_P_LOCK_MAC;
		memcpy(up->up_mac, ci->ci_mac, sizeof(up->up_mac));
	}
}

/* Once for each reason; the reason names the port. */
static void
port_complain(const struct local *lo, struct local_port *lp, const char *why)
{
	if (strcmp(lp->lp_why, why) != 0)
		log_warnx("%s: %s", lo->lo_name, why);
	strlcpy(lp->lp_why, why, sizeof(lp->lp_why));
}

/* An interface becomes a port of a switch in the kernel. */
static void
port_attach_kernel(struct local *lo, struct local_port *lp,
    const struct conf_iface *ci)
{
	uint32_t	 master = if_nametoindex(lo->lo_name);
	const char	*error = NULL;
	char		 why[sizeof(lp->lp_why)];

	lp->lp_index = if_nametoindex(lp->lp_name);
	if (ci->ci_netns[0] != '\0')
		error = "a switch in the kernel has no ports in other "
		    "namespaces";
	else if (lp->lp_master != 0 && lp->lp_master != master)
		error = "belongs to another: release it with \"ip link set ... "
		    "nomaster\"";
	else if (klink_attach(master, lp->lp_index, ci) == -1) {
		error = errno == EEXIST ? "its port number is in use, give "
		    "another" : strerror(errno);
		/* None without its settings. */
		if (!lp->lp_attached)
			klink_release(lp->lp_index);
	}
	if (error != NULL) {
		snprintf(why, sizeof(why), "%s: %s", lp->lp_name, error);
		port_complain(lo, lp, why);
		return;
	}
	lp->lp_conf = *ci;
	lp->lp_attached = true;
	lp->lp_why[0] = '\0';
	port_tell(lo, lp, MSG_PORT_ADD);
	log_info("%s: port %s is attached", lo->lo_name, lp->lp_name);
}

/* Open an interface, or make the local one, and hand it over. */
static void
port_attach(struct local *lo, struct local_port *lp,
    const struct conf_iface *ci)
{
	struct uctl_msg	m;
	int		r;

	if (lo->lo_kernel) {
		port_attach_kernel(lo, lp, ci);
		return;
	}
	r = lp->lp_local ? uopen_tap(&lp->lp_open, lp->lp_name) :
	    uopen_iface(&lp->lp_open, lp->lp_name, port_space(lp));
	if (r == -1) {
		port_complain(lo, lp, lp->lp_open.uo_error);
		return;
	}
	uctl_init(&m, UCTL_ADD);
	m.um_port = lp->lp_open.uo_port;
	if (lp->lp_local)
		m.um_port.up_flags |= UCTL_P_LOCAL;
	port_settings(ci, &m.um_port);
	lp->lp_conf = *ci;
	lp->lp_index = lp->lp_open.uo_port.up_ifindex;
	lp->lp_netns = lp->lp_open.uo_port.up_netns;
	r = local_call(lo, &m, lp->lp_name, lp->lp_open.uo_fds,
	    lp->lp_open.uo_nfds);
	/* When uswitch was given up, its ports went with it. */
	if (lo->lo_state != LOCAL_UP)
		return;
	uopen_close(&lp->lp_open);
	lp->lp_attached = r == 0;
	if (r == -1) {
		uopen_restore(&lp->lp_open, port_space(lp));
		return;
	}
	lp->lp_no = m.um_port.up_no;
	lp->lp_why[0] = '\0';
	port_tell(lo, lp, MSG_PORT_ADD);
	log_info("%s: port %s is attached", lo->lo_name, lp->lp_name);
}

/* The settings of a port that stays. */
static void
port_set(struct local *lo, struct local_port *lp, const struct conf_iface *ci)
{
	struct uctl_msg		 m;
	struct conf_iface	*has = &lp->lp_conf;
	uint32_t		 no = lp->lp_no;
	bool			 same;

	same = has->ci_domains == ci->ci_domains &&
	    has->ci_locked == ci->ci_locked &&
	    (!ci->ci_locked || memcmp(has->ci_mac, ci->ci_mac, 6) == 0) &&
	    has->ci_port == ci->ci_port;
	if (!same && lo->lo_kernel) {
		port_attach_kernel(lo, lp, ci);
		return;
	}
	if (!same) {
		uctl_init(&m, UCTL_SET);
		strlcpy(m.um_port.up_name, lp->lp_name,
		    sizeof(m.um_port.up_name));
		port_settings(ci, &m.um_port);
		if (local_call(lo, &m, lp->lp_name, NULL, 0) == -1)
			return;
		if (ci->ci_port != 0)
			lp->lp_no = ci->ci_port;
	}
	same = has->ci_max_macs == ci->ci_max_macs && lp->lp_no == no;
	*has = *ci;
	if (!same)
		port_tell(lo, lp, MSG_PORT_ADD);
}

static bool
owner_matches(const char *owner, uint32_t uid)
{
	const struct passwd	*pw;

	if (*owner == '\0')
		return (true);
	pw = uid != UINT32_MAX ? getpwnam(owner) : NULL;
	return (pw != NULL && pw->pw_uid == uid);
}

/* The first line that speaks of an interface; NULL: none does. */
static const struct conf_iface *
local_match(const struct local *lo, const struct link *ln)
{
	const struct conf_iface	*ci;

	if (lo->lo_conf == NULL || (ln->ln_flags & IFF_LOOPBACK) ||
	    local_find(ln->ln_id) != NULL)
		return (NULL);
	TAILQ_FOREACH(ci, &lo->lo_conf->cs_ifaces, ci_entry)
		if (strcmp(ci->ci_netns, link_space_name(ln->ln_space)) == 0 &&
		    fnmatch(ci->ci_name, ln->ln_name, 0) == 0 &&
		    (ci->ci_alias[0] == '\0' ||
		    fnmatch(ci->ci_alias, ln->ln_alias, 0) == 0) &&
		    owner_matches(ci->ci_owner, ln->ln_owner))
			return (ci);
	return (NULL);
}

/* Is it the port of a switch that is named before this one? */
static bool
local_is_taken(const struct local *lo, const struct link *ln)
{
	const struct local	*other;

	TAILQ_FOREACH(other, &locals, lo_entry) {
		if (other == lo)
			return (false);
		if (local_match(other, ln) != NULL)
			return (true);
	}
	return (false);
}

/* An interface is new, or is not what it was. */
static void
local_link(struct local *lo, const struct link *ln)
{
	const struct conf_iface	*ci = local_match(lo, ln);
	struct local_port	*lp;
	uint64_t		 netns = link_space_id(ln->ln_space);

	if (local_is_taken(lo, ln))
		ci = NULL;
	TAILQ_FOREACH(lp, &lo->lo_ports, lp_entry)
		if (!lp->lp_local && lp->lp_index == ln->ln_index &&
		    lp->lp_netns == netns &&
		    strcmp(lp->lp_name, ln->ln_id) != 0)
			break;
	if (lp != NULL)
		port_release(lo, lp);	/* it was renamed */
	if (lo->lo_state != LOCAL_UP)
		return;
	lp = port_find(lo, ln->ln_id);
	if (lp != NULL && lp->lp_local)
		return;
	if (ci == NULL) {
		if (lp != NULL)
			port_release(lo, lp);
		return;
	}
	if (lp == NULL)
		lp = port_new(lo, ln->ln_id);
	lp->lp_space = ln->ln_space;
	lp->lp_master = ln->ln_master;
	if (lp->lp_attached && lp->lp_index == ln->ln_index &&
	    lp->lp_netns == netns)
		port_set(lo, lp, ci);
	else
		port_attach(lo, lp, ci);
}

/* The machine's own port, as configured. */
static void
local_own_port(struct local *lo)
{
	struct conf_iface	 ci;
	struct local_port	*lp = port_find(lo, lo->lo_name);

	/* There it is the link itself. */
	if (lo->lo_kernel)
		return;
	if (!lo->lo_conf->cs_local) {
		if (lp != NULL && lp->lp_local)
			port_release(lo, lp);
		return;
	}
	if (lp != NULL && lp->lp_attached)
		return;
	if (lp == NULL)
		lp = port_new(lo, lo->lo_name);
	lp->lp_local = true;
	memset(&ci, 0, sizeof(ci));
	port_attach(lo, lp, &ci);
}

void
local_clear(struct local *lo)
{
	struct local_port	*lp, *next;
	const struct link	*ln;

	for (lp = TAILQ_FIRST(&lo->lo_ports); lp != NULL; lp = next) {
		next = TAILQ_NEXT(lp, lp_entry);
		TAILQ_FOREACH(ln, &links, ln_entry)
			if (strcmp(ln->ln_id, lp->lp_name) == 0)
				break;
		if (lp->lp_local || (ln != NULL &&
		    local_match(lo, ln) != NULL && !local_is_taken(lo, ln)))
			continue;
		port_release(lo, lp);
		/* Else there is no next one. */
		if (lo->lo_state != LOCAL_UP)
			return;
	}
}

/* All ports, against the configuration and the interfaces there are. */
void
local_ports(struct local *lo)
{
	const struct conf_iface	*ci;
	struct link		*ln;

	local_clear(lo);
	if (lo->lo_state == LOCAL_UP)
		local_own_port(lo);
	/* Those with a number first, before another gets it. */
	TAILQ_FOREACH(ln, &links, ln_entry) {
		ci = local_match(lo, ln);
		if (ci != NULL && ci->ci_port != 0)
			local_link(lo, ln);
	}
	TAILQ_FOREACH(ln, &links, ln_entry)
		local_link(lo, ln);
}

void
local_link_changed(struct link *ln)
{
	struct local	*lo;

	TAILQ_FOREACH(lo, &locals, lo_entry)
		local_link(lo, ln);
}

void
local_link_gone(struct local *lo, const struct link *ln)
{
	struct local_port	*lp = port_find(lo, ln->ln_id);
	bool			 local;

	if (lp == NULL)
		return;
	/* Of our own interface there may be another already. */
	local = lp->lp_local;
	if (local && lp->lp_attached && lp->lp_index != ln->ln_index)
		return;
	port_release(lo, lp);
	if (local && lo->lo_state == LOCAL_UP)
		local_own_port(lo);
}
