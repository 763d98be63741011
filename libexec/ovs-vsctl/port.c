/*
 * SPDX-License-Identifier: ISC
 *
 * port.c: what is recorded of an interface; see vsctl.h.
 */
#include <sys/socket.h>

#include <linux/rtnetlink.h>
#include <net/if.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "user/unl.h"
#include "vsctl.h"

#define MARK	"ovs:"

static int
port_talk(struct unl_msg *m, void (*fn)(const struct nlmsghdr *, void *),
    void *arg)
{
	int	fd = unl_open(NETLINK_ROUTE, 0), r, error;

	if (fd == -1)
		return (-1);
	r = unl_talk(fd, m, fn, arg);
	error = errno;
	close(fd);
	errno = error;
	return (r);
}

/* "ovs:BRIDGE KEY=VALUE ..." */
static void
port_parse(struct port *po)
{
	const char	*p = po->po_before, *sp = strchr(p, ' ');
	size_t		 mark = strlen(MARK), len;

	if (strncmp(p, MARK, mark) != 0 || sp == NULL)
		return;
	len = (size_t)(sp - p) - mark;
	if (len == 0 || len >= sizeof(po->po_bridge))
		return;
	memcpy(po->po_bridge, p + mark, len);
	snprintf(po->po_ids, sizeof(po->po_ids), "%s", sp + 1);
}

static void
got_link(const struct nlmsghdr *nh, void *arg)
{
	struct port		*po = arg;
	struct ifinfomsg	 ifi;
	struct unl_attrs	 a;
	const void		*stats;

	if (nh->nlmsg_type != RTM_NEWLINK ||
	    nh->nlmsg_len < NLMSG_LENGTH(sizeof(ifi)))
		return;
	memcpy(&ifi, NLMSG_DATA(nh), sizeof(ifi));
	unl_parse(nh, sizeof(ifi), &a);
	po->po_index = (uint32_t)ifi.ifi_index;
	unl_str(&a, IFLA_IFALIAS, po->po_before, sizeof(po->po_before));
	stats = unl_data(&a, IFLA_STATS64, sizeof(po->po_stats));
	if (stats != NULL)
		memcpy(&po->po_stats, stats, sizeof(po->po_stats));
}

int
port_read(struct port *po, const char *name)
{
	struct unl_msg		m;
	struct ifinfomsg	ifi = { .ifi_family = AF_UNSPEC };

	memset(po, 0, sizeof(*po));
	if (strlen(name) >= sizeof(po->po_name)) {
		errno = ENAMETOOLONG;
		return (-1);
	}
	memcpy(po->po_name, name, strlen(name) + 1);
	unl_begin(&m, RTM_GETLINK, NLM_F_REQUEST, &ifi, sizeof(ifi));
	unl_put_str(&m, IFLA_IFNAME, name);
	if (port_talk(&m, got_link, po) == -1 && errno != ENODEV)
		return (-1);
	port_parse(po);
	return (0);
}

/* Where "KEY=" stands in the text, or NULL. */
static const char *
id_find(const char *ids, const char *key)
{
	size_t	len = strlen(key);

	while (*ids != '\0') {
		if (strncmp(ids, key, len) == 0 && ids[len] == '=')
			return (ids);
		ids += strcspn(ids, " ");
		ids += strspn(ids, " ");
	}
	return (NULL);
}

const char *
port_id(const struct port *po, const char *key)
{
	static char	 value[VSCTL_ALIAS_MAX + 1];
	const char	*p = id_find(po->po_ids, key);

	if (p == NULL)
		return (NULL);
	p += strlen(key) + 1;
	snprintf(value, sizeof(value), "%.*s", (int)strcspn(p, " "), p);
	return (value);
}

const char *
port_id_set(struct port *po, const char *key, const char *value)
{
	char		 ids[sizeof(po->po_ids)];
	const char	*old = id_find(po->po_ids, key), *rest = "";
	int		 n, room, before = (int)strlen(po->po_ids);

	if (key[0] == '\0' || strpbrk(key, " =") != NULL ||
	    strpbrk(value, " \t\n") != NULL)
		return ("a key or value with a space cannot be kept");
	if (old != NULL) {
		before = (int)(old - po->po_ids);
		rest = old + strcspn(old, " ");
		rest += strspn(rest, " ");
	}
	while (before > 0 && po->po_ids[before - 1] == ' ')
		before--;
	n = snprintf(ids, sizeof(ids), "%.*s%s%s%s%s=%s", before, po->po_ids,
	    before > 0 ? " " : "", rest, *rest != '\0' ? " " : "", key,
	    value);
	room = VSCTL_ALIAS_MAX - (int)(strlen(MARK) + sizeof(po->po_bridge));
	if (n < 0 || n > room)
		return ("too much: the alias of an interface keeps no more");
	memcpy(po->po_ids, ids, (size_t)n + 1);
	po->po_dirty = true;
	return (NULL);
}

static int
alias_set(const struct port *po, const char *alias, bool up)
{
	struct unl_msg		m;
	struct ifinfomsg	ifi = { .ifi_family = AF_UNSPEC };

	ifi.ifi_index = (int)po->po_index;
	/* Linux tells of the alias of an interface that is up. */
	if (up)
		ifi.ifi_flags = ifi.ifi_change = IFF_UP;
	unl_begin(&m, RTM_NEWLINK, NLM_F_REQUEST | NLM_F_ACK, &ifi,
	    sizeof(ifi));
	unl_put(&m, IFLA_IFALIAS, alias, strlen(alias));
	return (port_talk(&m, NULL, NULL));
}

int
port_write(const struct port *po)
{
	char	alias[VSCTL_ALIAS_MAX + 1] = "";

	if (po->po_bridge[0] != '\0')
		snprintf(alias, sizeof(alias), MARK "%s %.*s", po->po_bridge,
		    VSCTL_ALIAS_MAX - 24, po->po_ids);
	return (alias_set(po, alias, po->po_bridge[0] != '\0'));
}

int
port_restore(const struct port *po)
{
	return (alias_set(po, po->po_before, false));
}
