/*
 * SPDX-License-Identifier: ISC
 *
 * port.c: the ports of a uswitch, and what host.h asks of them; see port.h.
 */
#include <stdarg.h>
#include <unistd.h>

#include "kern.h"
#include "link.h"
#include "port.h"
#include "portmap.h"

static struct switch_softc	 *softc;
static struct port		 *ports;
static struct port		 *dirty;
static bool			  unsent;

void
port_init(struct switch_softc *sc)
{
	softc = sc;
}

struct port *
port_next(struct port *p)
{
	return (p == NULL ? ports : p->pt_next);
}

static struct port *
port_find(const char *name)
{
	struct port	*p;

	for (p = ports; p != NULL; p = p->pt_next)
		if (strcmp(p->pt_conf.up_name, name) == 0)
			return (p);
	return (NULL);
}

static struct port *
port_find_no(uint32_t no)
{
	struct port	*p;

	for (p = ports; p != NULL; p = p->pt_next)
		if (p->pt_conf.up_no == no)
			return (p);
	return (NULL);
}

static struct port *
port_find_link(const struct link_space *ls, uint32_t ifindex)
{
	struct port	*p;

	for (p = ports; p != NULL; p = p->pt_next)
		if (p->pt_space == ls && p->pt_conf.up_ifindex == ifindex)
			return (p);
	return (NULL);
}

/* Say why, and return the error. */
static int __printflike(4, 5)
port_fail(char *text, size_t size, int error, const char *fmt, ...)
{
	va_list	ap;

	va_start(ap, fmt);
	vsnprintf(text, size, fmt, ap);
	va_end(ap);
	return (error);
}

static void
port_core_conf(const struct uctl_port *up, struct switch_port_conf *sp)
{
	memset(sp, 0, sizeof(*sp));
	sp->sp_no = up->up_no;
	sp->sp_domains = up->up_domains;
	sp->sp_local = (up->up_flags & UCTL_P_LOCAL) != 0;
	sp->sp_lock_mac = (up->up_flags & UCTL_P_LOCK_MAC) != 0;
	memcpy(sp->sp_mac, up->up_mac, sizeof(sp->sp_mac));
}

/* The lowest number of no port and of no name. */
static uint32_t
port_free_no(void)
{
	uint32_t	no = portmap_free(0);

	while (port_find_no(no) != NULL)
		no = portmap_free(no);
	return (no);
}

/* The number of a port that was given none. */
static void
port_choose_no(struct uctl_port *up)
{
	if (up->up_no != 0 || (up->up_flags & UCTL_P_LOCAL) != 0)
		return;
	up->up_no = portmap_get(up->up_name);
	if (up->up_no == 0)
		up->up_no = port_free_no();
}

static const struct port_kind *
port_kind(const struct uctl_port *up)
{
	switch (up->up_kind) {
	case UCTL_PACKET:
		return (&port_packet);
	case UCTL_TAP:
		return (&port_tap);
	default:
		return (NULL);
	}
}

static void
port_undirty(struct port *p)
{
	struct port	**pp;

	if (!p->pt_dirty)
		return;
	for (pp = &dirty; *pp != p; pp = &(*pp)->pt_dirty_next)
		;
	*pp = p->pt_dirty_next;
	p->pt_dirty = false;
}

static void
port_free(struct port *p)
{
	struct port	**pp;

	for (pp = &ports; *pp != NULL; pp = &(*pp)->pt_next) {
		if (*pp == p) {
			*pp = p->pt_next;
			break;
		}
	}
	port_undirty(p);
	link_free(p->pt_space);
	kern_free(p, sizeof(*p));
}

/* Tell the core of a port that has its descriptors. */
static int
port_publish(struct port *p, char *text, size_t size)
{
	struct switch_port_conf	sp;
	int			error;

	port_core_conf(&p->pt_conf, &sp);
	error = switch_port_add(softc, &sp, p, &p->pt_switch);
	if (error == EEXIST)
		return (port_fail(text, size, error,
		    "%s: port number %u is in use", p->pt_conf.up_name,
		    sp.sp_no));
	if (error != 0)
		return (port_fail(text, size, error, "%s: %s",
		    p->pt_conf.up_name, strerror(error)));
	p->pt_conf.up_no = switch_port_no(p->pt_switch);
	if (!sp.sp_local)
		portmap_set(p->pt_conf.up_name, p->pt_conf.up_no);
	return (0);
}

static void
close_all(const int *fds, unsigned int n)
{
	while (n > 0)
		close(fds[--n]);
}

/* Consumes space and descriptors. */
static int
port_new(const struct uctl_port *up, struct link_space *space, const int *fds,
    unsigned int n, char *text, size_t size)
{
	struct port	*p;
	int		 error;

	p = kern_zalloc(sizeof(*p));
	if (p == NULL) {
		link_free(space);
		close_all(fds, n);
		return (port_fail(text, size, ENOMEM, "no memory"));
	}
	p->pt_conf = *up;
	p->pt_kind = port_kind(up);
	p->pt_space = space;
	port_choose_no(&p->pt_conf);
	if (link_get(space, up->up_ifindex, &p->pt_link) == -1 &&
	    up->up_kind == UCTL_PACKET) {
		error = port_fail(text, size, errno, "%s: %s", up->up_name,
		    strerror(errno));
		close_all(fds, n);
		goto free;
	}
	error = p->pt_kind->pk_open(p, fds, n);
	if (error != 0) {
		port_fail(text, size, error, "%s: %s", up->up_name,
		    strerror(error));
		goto free;
	}
	p->pt_next = ports;
	ports = p;
	error = port_publish(p, text, size);
	if (error != 0)
		goto close;
	kern_log("%s: is port %u", up->up_name, p->pt_conf.up_no);
	return (0);
close:
	p->pt_kind->pk_close(p);
free:
	port_free(p);
	return (error);
}

/* Other descriptors for a port, which stays the same to the core. */
static int
port_replace(struct port *p, const struct uctl_port *up,
    struct link_space *space, const int *fds, unsigned int n, char *text,
    size_t size)
{
	struct port_link	pl;
	int			error;

	p->pt_kind->pk_close(p);
	p->pt_kind = port_kind(up);
	link_free(p->pt_space);
	p->pt_space = space;
	p->pt_conf.up_netns = up->up_netns;
	p->pt_conf.up_ifindex = up->up_ifindex;
	p->pt_conf.up_nqueues = up->up_nqueues;
	p->pt_conf.up_flags =
	    (p->pt_conf.up_flags & ~(uint32_t)(UCTL_P_FAST | UCTL_P_TUNNEL)) |
	    (up->up_flags & (UCTL_P_FAST | UCTL_P_TUNNEL));
	error = p->pt_kind->pk_open(p, fds, n);
	if (error != 0) {
		port_fail(text, size, error, "%s: %s", up->up_name,
		    strerror(error));
		port_vanished(p);
		return (error);
	}
	p->pt_conf.up_kind = up->up_kind;
	memcpy(p->pt_conf.up_queues, up->up_queues, sizeof(up->up_queues));
	if (link_get(space, up->up_ifindex, &pl) == 0)
		port_link_changed(space, &pl);
	return (port_set(up, text, size));
}

int
port_attach(struct uctl_port *up, const int *fds, unsigned int n, char *text,
    size_t size)
{
	struct link_space	*space = link_home();
	struct port		*p;
	bool			 away = strchr(up->up_name, '/') != NULL;
	int			 error;

	if (up->up_name[0] == '\0' || port_kind(up) == NULL ||
	    up->up_nqueues > UCTL_MAX_QUEUES || (away && n < LINK_FDS)) {
		close_all(fds, n);
		return (port_fail(text, size, EINVAL,
		    "%s: not a port that can be attached", up->up_name));
	}
	if (away) {
		n -= LINK_FDS;
		space = link_new(fds + n);
	}
	if (space == NULL) {
		error = port_fail(text, size, errno, "%s: %s", up->up_name,
		    strerror(errno));
		close_all(fds, n);
		return (error);
	}
	p = port_find(up->up_name);
	if (p != NULL)
		error = port_replace(p, up, space, fds, n, text, size);
	else
		error = port_new(up, space, fds, n, text, size);
	if (error == 0)
		up->up_no = port_find(up->up_name)->pt_conf.up_no;
	return (error);
}

/* Take a port away; the core does not call us with it afterwards. */
static void
port_remove(struct port *p)
{
	switch_port_del(p->pt_switch);
	p->pt_kind->pk_close(p);
	port_free(p);
}

int
port_detach(const char *name, char *text, size_t size)
{
	struct port	*p = port_find(name);

	if (p == NULL)
		return (port_fail(text, size, ENOENT, "%s: is not a port",
		    name));
	port_remove(p);
	return (0);
}

/* The core's ports keep their number: make it another port. */
static int
port_renumber(struct port *p, uint32_t no, char *text, size_t size)
{
	char		unused[64];
	uint32_t	old = p->pt_conf.up_no;
	int		error;

	switch_port_del(p->pt_switch);
	p->pt_conf.up_no = no;
	error = port_publish(p, text, size);
	if (error == 0)
		return (0);
	p->pt_conf.up_no = old;
	if (port_publish(p, unused, sizeof(unused)) != 0) {
		p->pt_kind->pk_close(p);
		port_free(p);
	}
	return (error);
}

/* Take over domains and locked address. */
static int
port_reconf(struct port *p, const struct uctl_port *up)
{
	struct switch_port_conf	sp;
	uint32_t		lock = UCTL_P_LOCK_MAC;

	p->pt_conf.up_domains = up->up_domains;
	p->pt_conf.up_flags = (p->pt_conf.up_flags & ~lock) |
	    (up->up_flags & lock);
	memcpy(p->pt_conf.up_mac, up->up_mac, sizeof(up->up_mac));
	port_core_conf(&p->pt_conf, &sp);
	return (switch_port_conf_set(p->pt_switch, &sp));
}

int
port_set(const struct uctl_port *up, char *text, size_t size)
{
	struct port	*p = port_find(up->up_name);
	int		 error;

	if (p == NULL)
		return (port_fail(text, size, ENOENT, "%s: is not a port",
		    up->up_name));
	if (up->up_no != 0 && up->up_no != p->pt_conf.up_no) {
		error = port_renumber(p, up->up_no, text, size);
		if (error != 0)
			return (error);
	}
	error = port_reconf(p, up);
	if (error != 0)
		return (port_fail(text, size, error, "%s: %s", up->up_name,
		    strerror(error)));
	return (0);
}

int
port_keep(const char *name, uint32_t no, char *text, size_t size)
{
	struct port	*p;
	uint32_t	 other;

	if (no == 0 || name[0] == '\0')
		return (port_fail(text, size, EINVAL, "a name and a number"));
	portmap_set(name, no);
	p = port_find_no(no);
	if (p == NULL || strcmp(p->pt_conf.up_name, name) == 0)
		return (0);
	other = portmap_get(p->pt_conf.up_name);
	if (other == 0 || port_find_no(other) != NULL)
		other = port_free_no();
	kern_log("%s: is port %u, since %u is for %s", p->pt_conf.up_name,
	    other, no, name);
	return (port_renumber(p, other, text, size));
}

void
port_show(const struct port *p, struct uctl_port *up)
{
	*up = p->pt_conf;
	if (p->pt_link.pl_up && p->pt_link.pl_carrier)
		up->up_flags |= UCTL_P_LINK;
}

void
port_detach_all(void)
{
	while (ports != NULL)
		port_remove(ports);
}

void
port_link_changed(const struct link_space *ls, const struct port_link *pl)
{
	struct port	*p = port_find_link(ls, pl->pl_ifindex);

	if (p == NULL || memcmp(&p->pt_link, pl, sizeof(*pl)) == 0)
		return;
	if (pl->pl_master != 0 && p->pt_link.pl_master == 0)
		kern_log("%s: belongs to another device now; frames may "
		    "not reach the switch", p->pt_conf.up_name);
	p->pt_link = *pl;
	switch_port_changed(p->pt_switch);
}

bool
port_link_gone(const struct link_space *ls, uint32_t ifindex)
{
	struct port	*p = port_find_link(ls, ifindex);

	if (p == NULL)
		return (false);
	if (p->pt_kind != &port_tap) {
		port_vanished(p);
		return (true);
	}
	/*
	 * A tap of ours has moved to a namespace, and we do not hear of it any
	 * more; if it was deleted, reading it will fail.
	 */
	p->pt_conf.up_ifindex = 0;
	p->pt_link.pl_up = p->pt_link.pl_carrier = true;
	switch_port_changed(p->pt_switch);
	return (false);
}

void
port_vanished(struct port *p)
{
	kern_log("%s: is gone, and with it port %u", p->pt_conf.up_name,
	    p->pt_conf.up_no);
	port_remove(p);
}

void
port_mark_dirty(struct port *p)
{
	if (p->pt_dirty)
		return;
	p->pt_dirty = true;
	p->pt_dirty_next = dirty;
	dirty = p;
}

void
port_flush_all(void)
{
	struct port	*p, *list = dirty;

	dirty = NULL;
	unsent = false;
	while ((p = list) != NULL) {
		list = p->pt_dirty_next;
		p->pt_dirty = false;
		if (p->pt_kind->pk_flush(p)) {
			unsent = true;
			port_mark_dirty(p);
		}
	}
}

bool
port_unsent(void)
{
	return (unsent);
}

/*
 * host.h.
 */

/* Consumes p. */
void
host_port_xmit(void *hp, struct pkt *p)
{
	struct port	*pt = hp;

	pt->pt_kind->pk_xmit(pt, p);
}

/*
 * A namespace stands in front of the interface; where there is no room for
 * both, the end is kept: it tells ports apart better.
 */
static void
port_name(const struct port *pt, char *name, size_t size)
{
	const char	*given = pt->pt_conf.up_name;
	const char	*now = pt->pt_link.pl_name;
	char		 all[UCTL_NAME_LEN + sizeof(pt->pt_link.pl_name)];
	size_t		 len;

	if (now[0] == '\0')
		now = uctl_ifname(given);
	snprintf(all, sizeof(all), "%.*s%s",
	    (int)(uctl_ifname(given) - given), given, now);
	len = strlen(all);
	if (len >= size)
		memcpy(name, all + len - size + 1, size);
	else
		memcpy(name, all, len + 1);
}

void
host_port_info(void *hp, struct host_port_info *hi)
{
	struct port		*pt = hp;
	const struct port_link	*pl = &pt->pt_link;

	memset(hi, 0, sizeof(*hi));
	port_name(pt, hi->hi_name, sizeof(hi->hi_name));
	memcpy(hi->hi_hwaddr, pl->pl_hwaddr, sizeof(hi->hi_hwaddr));
	hi->hi_up = !pt->pt_down;
	hi->hi_link = pl->pl_up && pl->pl_carrier;
	hi->hi_mtu = pl->pl_mtu;
	link_speed(pt->pt_space, pl->pl_name, hi);
}

void
host_port_stats(void *hp, struct host_port_stats *hs)
{
	struct port	*pt = hp;

	memset(hs, 0, sizeof(*hs));
	pt->pt_kind->pk_stats(pt);
	hs->hs_rx_dropped = hs->hs_rx_over_err = pt->pt_rx_dropped;
	hs->hs_rx_errors = pt->pt_rx_errors;
	hs->hs_tx_dropped = pt->pt_tx_dropped;
	hs->hs_tx_errors = pt->pt_tx_errors;
	if (pt->pt_kind == &port_packet)
		link_stats(pt->pt_space, pt->pt_conf.up_ifindex, hs);
}

/* The core drops what a port that is down would carry: the interface stays. */
int
host_port_set_up(void *hp, bool up)
{
	struct port	*pt = hp;

	pt->pt_down = !up;
	return (0);
}

int
host_port_advertise(void *hp, uint32_t features)
{
	(void)hp;
	(void)features;
	return (EOPNOTSUPP);
}

unsigned int
host_port_queues(void *hp, struct host_queue *q, unsigned int n)
{
	struct host_port_info	 hi;
	struct port		*pt = hp;

	if (pt->pt_conf.up_nqueues == 0)
		return (0);
	host_port_info(hp, &hi);
	return (link_queues(pt->pt_space, pt->pt_conf.up_ifindex,
	    hi.hi_curr_speed, q, n));
}
