/*
 * SPDX-License-Identifier: ISC
 *
 * ovs-vsctl.c: those calls of ovs-vsctl(8) that libvirt makes, for switchd(8).
 *
 * Commands stand between "--", each with options of its own.  All of them are
 * tried on what was read of the interfaces before anything is written, so that
 * one that is refused changes nothing.  Then we wait, as the real one does,
 * until the switch has done what is recorded.
 */
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include "vsctl.h"

#define MAX_PORTS	8	/* interfaces of one call */
#define TIMEOUT		10	/* s */

struct command {
	const char	*co_name;
	int		 co_min, co_max;	/* arguments */
	void		(*co_fn)(int, char **);
};

static struct port	ports[MAX_PORTS];
static unsigned int	nports;
static bool		if_exists, may_exist;	/* of a command */
static bool		no_wait;
static int		timeout = TIMEOUT;
static const char	*columns = "";

static struct port *
port_get(const char *name)
{
	unsigned int	i;

	for (i = 0; i < nports; i++)
		if (strcmp(ports[i].po_name, name) == 0)
			return (&ports[i]);
	if (nports == MAX_PORTS)
		errx(1, "more than %d interfaces in one call", MAX_PORTS);
	if (port_read(&ports[nports], name) == -1)
		err(1, "%s", name);
	return (&ports[nports++]);
}

/* A port of some bridge; NULL: there is none and none is needed. */
static struct port *
port_need(const char *name)
{
	struct port	*po = port_get(name);

	if (po->po_bridge[0] != '\0')
		return (po);
	if (!if_exists)
		errx(1, "no port or interface named %s", name);
	return (NULL);
}

/* Ports. */

static void
add_port(int argc, char **argv)
{
	const char	*bridge = argv[0], *name = argv[1];
	struct port	*po = port_get(name);

	if (argc > 2)
		errx(1, "%s: %s: switchd has no VLANs of ports: leave the "
		    "<vlan> out of the interface", name, argv[2]);
	if (strcmp(po->po_bridge, bridge) == 0 && may_exist)
		return;
	if (po->po_bridge[0] != '\0')
		errx(1, "cannot create a port named %s because a port named "
		    "%s already exists on bridge %s", name, name,
		    po->po_bridge);
	if (strlen(bridge) >= sizeof(po->po_bridge) ||
	    strchr(bridge, ' ') != NULL ||
	    daemon_switch(bridge) == DAEMON_NONE)
		errx(1, "no bridge named %s", bridge);
	if (po->po_index == 0)
		errx(1, "%s: no such interface", name);
	if (po->po_before[0] != '\0' &&
	    strncmp(po->po_before, "ovs:", 4) != 0)
		errx(1, "%s: has an alias already, \"%s\"", name,
		    po->po_before);
	memcpy(po->po_bridge, bridge, strlen(bridge) + 1);
	po->po_dirty = true;
}

static void
del_port(int argc, char **argv)
{
	struct port	*po = port_need(argv[argc - 1]);

	if (po == NULL)
		return;
	if (argc == 2 && strcmp(po->po_bridge, argv[0]) != 0)
		errx(1, "bridge %s does not have a port %s", argv[0], argv[1]);
	po->po_bridge[0] = po->po_ids[0] = '\0';
	po->po_dirty = true;
}

static void
port_to_br(int argc, char **argv)
{
	const struct port	*po = port_need(argv[0]);

	if (po != NULL)
		printf("%s\n", po->po_bridge);
}

static void
br_exists(int argc, char **argv)
{
	if (daemon_switch(argv[0]) == DAEMON_NONE)
		exit(2);
}

/* Records. */

/* The key of "external-ids:KEY" or NULL. */
static char *
ids_key(char *column)
{
	size_t	len = strlen("external-ids:");

	if (strncmp(column, "external-ids:", len) != 0 &&
	    strncmp(column, "external_ids:", len) != 0)
		return (NULL);
	return (column + len);
}

/* Without the quotes around it. */
static char *
unquote(char *s)
{
	size_t	len = strlen(s);

	if (len < 2 || s[0] != '"' || s[len - 1] != '"')
		return (s);
	s[len - 1] = '\0';
	return (s + 1);
}

static void
set(int argc, char **argv)
{
	struct port	*po = port_need(argv[1]);
	const char	*why;
	char		*key, *value;
	int		 i;

	for (i = 2; i < argc; i++) {
		key = ids_key(argv[i]);
		value = key != NULL ? strchr(key, '=') : NULL;
		if (strcasecmp(argv[0], "Interface") != 0 || value == NULL)
			errx(1, "set %s %s: only the external-ids of an "
			    "Interface are kept", argv[0], argv[i]);
		if (po == NULL)
			continue;
		*value++ = '\0';
		why = port_id_set(po, key, unquote(value));
		if (why != NULL)
			errx(1, "%s: %s: %s", argv[1], key, why);
	}
}

/* Is it a word of its own, or has it to be quoted? */
static bool
is_word(const char *s)
{
	static const char	ok[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789_-.";

	/* 36 digits and dashes are a UUID. */
	return (*s != '\0' && strspn(s, ok) == strlen(s) &&
	    strchr("0123456789-.", *s) == NULL && strcmp(s, "true") != 0 &&
	    strcmp(s, "false") != 0 &&
	    strspn(s, "0123456789abcdefABCDEF-") != 36);
}

static void
get(int argc, char **argv)
{
	struct port	*po = port_need(argv[1]);
	const char	*key = ids_key(argv[2]), *value;

	if (strcasecmp(argv[0], "Interface") != 0 || key == NULL)
		errx(1, "get %s %s: only the external-ids of an Interface are "
		    "kept", argv[0], argv[2]);
	if (po == NULL)
		return;
	value = port_id(po, key);
	if (value == NULL && !if_exists)
		errx(1, "no key \"%s\" in Interface record \"%s\" column "
		    "external_ids", key, argv[1]);
	if (value == NULL)
		printf("\n");
	else
		printf(is_word(value) ? "%s\n" : "\"%s\"\n", value);
}

/* Counters, as the database has them: what the switch receives is rx. */
static void
list(int argc, char **argv)
{
	const struct port	*po = port_need(argv[1]);
	const struct rtnl_link_stats64	*st;

	if (strcasecmp(argv[0], "Interface") != 0 ||
	    strcmp(columns, "statistics") != 0)
		errx(1, "list %s: only --columns=statistics of an Interface",
		    argv[0]);
	if (po == NULL)
		return;
	st = &po->po_stats;
	printf("[\"map\",[[\"collisions\",%llu],[\"rx_bytes\",%llu],"
	    "[\"rx_crc_err\",%llu],[\"rx_dropped\",%llu],[\"rx_errors\",%llu],"
	    "[\"rx_frame_err\",%llu],[\"rx_over_err\",%llu],"
	    "[\"rx_packets\",%llu],[\"tx_bytes\",%llu],[\"tx_dropped\",%llu],"
	    "[\"tx_errors\",%llu],[\"tx_packets\",%llu]]]\n",
	    st->collisions, st->rx_bytes, st->rx_crc_errors, st->rx_dropped,
	    st->rx_errors, st->rx_frame_errors, st->rx_over_errors,
	    st->rx_packets, st->tx_bytes, st->tx_dropped, st->tx_errors,
	    st->tx_packets);
}

/* No port has a VLAN: nothing to take away. */
static void
clear(int argc, char **argv)
{
	int	i;

	for (i = 2; i < argc; i++)
		if (strcasecmp(argv[0], "Port") != 0 ||
		    (strcmp(argv[i], "tag") != 0 &&
		    strcmp(argv[i], "trunk") != 0 &&
		    strcmp(argv[i], "trunks") != 0 &&
		    strcmp(argv[i], "vlan_mode") != 0))
			errx(1, "clear %s %s: only the VLANs of a Port",
			    argv[0], argv[i]);
	port_need(argv[1]);
}

/* Is there a vhost-user port of this path?  There are none. */
static void
find(int argc, char **argv)
{
	if (strcasecmp(argv[0], "Interface") != 0 ||
	    strncmp(argv[1], "options:vhost-server-path=", 26) != 0)
		errx(1, "find %s %s: only options:vhost-server-path",
		    argv[0], argv[1]);
}

static const struct command	commands[] = {
	{ "add-port", 2, 99, add_port },
	{ "del-port", 1, 2, del_port },
	{ "port-to-br", 1, 1, port_to_br },
	{ "iface-to-br", 1, 1, port_to_br },
	{ "br-exists", 1, 1, br_exists },
	{ "set", 3, 99, set },
	{ "get", 3, 3, get },
	{ "list", 2, 2, list },
	{ "clear", 3, 99, clear },
	{ "find", 2, 2, find },
	{ NULL, 0, 0, NULL },
};

/* Wait until the switch has the port, or has it no more. */
static void
await(const struct port *po, const char *bridge, bool want)
{
	struct timespec	ts = { 0, 50000000 };
	int		i;

	if (no_wait || daemon_switch(bridge) != DAEMON_OURS)
		return;
	for (i = 0; timeout == 0 || i < timeout * 20; i++) {
		if (daemon_has_port(bridge, po->po_name) == want)
			return;
		nanosleep(&ts, NULL);
	}
	if (!want)
		errx(1, "%s: %s does not release it: is there a line for it "
		    "without alias in switchd.conf?", po->po_name, bridge);
	port_restore(po);
	errx(1, "%s: %s does not attach it: switchd.conf needs a line like\n"
	    "\tinterface \"vnet*\" alias \"ovs:%s *\"", po->po_name, bridge,
	    bridge);
}

static void
commit(void)
{
	struct port	*po, old;

	for (po = ports; po < ports + nports; po++) {
		if (!po->po_dirty)
			continue;
		if (port_read(&old, po->po_name) == -1 ||
		    port_write(po) == -1)
			err(1, "%s", po->po_name);
		if (po->po_bridge[0] != '\0')
			await(po, po->po_bridge, true);
		else if (old.po_bridge[0] != '\0')
			await(po, old.po_bridge, false);
	}
}

/* An option; true if there is such a one. */
static bool
option(char *arg)
{
	if (strcmp(arg, "--if-exists") == 0)
		if_exists = true;
	else if (strcmp(arg, "--may-exist") == 0)
		may_exist = true;
	else if (strcmp(arg, "--no-wait") == 0)
		no_wait = true;
	else if (strncmp(arg, "--timeout=", 10) == 0)
		timeout = atoi(arg + 10);
	else if (strncmp(arg, "--columns=", 10) == 0)
		columns = arg + 10;
	else if (strncmp(arg, "--db=unix:", 10) == 0)
		daemon_path(arg + 10);
	else if (strcmp(arg, "--format=list") != 0 &&
	    strcmp(arg, "--data=json") != 0 &&
	    strcmp(arg, "--no-headings") != 0)
		return (false);
	return (true);
}

/* One command and its options. */
static void
run(int argc, char **argv)
{
	const struct command	*co;

	if_exists = may_exist = false;
	for (; argc > 0 && strncmp(*argv, "--", 2) == 0; argc--, argv++)
		if (!option(*argv))
			errx(1, "%s: not an option that is known here", *argv);
	if (argc == 0)
		return;
	for (co = commands; co->co_name != NULL; co++) {
		if (strcmp(co->co_name, argv[0]) != 0)
			continue;
		if (argc - 1 < co->co_min || argc - 1 > co->co_max)
			errx(1, "%s: wrong number of arguments", argv[0]);
		co->co_fn(argc - 1, argv + 1);
		return;
	}
	errx(1, "%s: not among the commands that libvirt uses; see "
	    "switch-vsctl(8)", argv[0]);
}

int
main(int argc, char *argv[])
{
	int	i, start = 1;

	if (argc == 2 && strcmp(argv[1], "--version") == 0) {
		printf("ovs-vsctl (switchd)\n");
		return (0);
	}
	if (argc < 2) {
		fprintf(stderr, "usage: ovs-vsctl [option ...] [--] command "
		    "[-- command ...]\n");
		return (1);
	}
	for (i = 1; i <= argc; i++) {
		if (i < argc && strcmp(argv[i], "--") != 0)
			continue;
		run(i - start, argv + start);
		start = i + 1;
	}
	if (fflush(stdout) != 0)
		err(1, "standard output");
	commit();
	return (0);
}
