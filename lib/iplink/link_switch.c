/*
 * SPDX-License-Identifier: ISC
 *
 * link_switch.c: a plugin of ip(8) that gives and shows the settings of links
 * of type switch and of their ports:
 *
 *	ip link add switch0 type switch max_flows 1000
 *	ip link set eth1 type switch_slave number 7
 *	ip -d link show switch0
 *
 * ip looks for link_switch.so and link_switch_slave.so in $IP_LIB_DIR, else
 * below its library folder; both are this file.  iproute2 has no header for
 * plugins.  What is declared here is what version 6.1 exports to them; another
 * version may want another struct, which is why this is an extra, and sysfs the
 * interface of record.
 */
#include <linux/if_link.h>
#include <linux/rtnetlink.h>

#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "switch_link.h"

/* What a plugin is to ip, and what ip is to a plugin. */
struct link_util {
	struct link_util *next;
	const char	 *id;
	int		  maxattr;
	int		(*parse_opt)(struct link_util *, int, char **,
			    struct nlmsghdr *);
	void		(*print_opt)(struct link_util *, FILE *,
			    struct rtattr *[]);
	void		(*print_xstats)(struct link_util *, FILE *,
			    struct rtattr *);
	void		(*print_help)(struct link_util *, int, char **, FILE *);
	int		(*parse_ifla_xstats)(struct link_util *, int, char **);
	int		(*print_ifla_xstats)(struct nlmsghdr *, void *);
};

enum output_type {
	PRINT_ANY = 4
};
enum color_attr {
	COLOR_NONE = 6
};

int	addattr_l(struct nlmsghdr *, int, int, const void *, int);
int	get_u32(uint32_t *, const char *, int);
int	get_u64(uint64_t *, const char *, int);
int	print_color_uint(enum output_type, enum color_attr, const char *,
	    const char *, unsigned int);
int	print_color_string(enum output_type, enum color_attr, const char *,
	    const char *, const char *);
void	invarg(const char *, const char *) __attribute__((noreturn));
void	incomplete_command(void) __attribute__((noreturn));

/* Room that ip leaves for attributes; it checks the length it is told. */
#define MESSAGE_MAX	1024

enum row_type {
	ROW_U32,
	ROW_HEX64,
	ROW_TEXT,
	ROW_MAC
};

struct row {
	const char	*name;		/* as in sysfs */
	int		 attr;
	enum row_type	 type;
};

static const struct row	 link_rows[] = {
	{ "datapath_id",	IFLA_SWITCH_DPID,		ROW_HEX64 },
	{ "fail_mode",		IFLA_SWITCH_FAIL_MODE,		ROW_U32 },
	{ "fail_delay",		IFLA_SWITCH_FAIL_DELAY,		ROW_U32 },
	{ "tables",		IFLA_SWITCH_TABLES,		ROW_U32 },
	{ "max_flows",		IFLA_SWITCH_MAX_FLOWS,		ROW_U32 },
	{ "max_flows_all",	IFLA_SWITCH_MAX_FLOWS_ALL,	ROW_U32 },
	{ "max_groups",		IFLA_SWITCH_MAX_GROUPS,		ROW_U32 },
	{ "max_buckets",	IFLA_SWITCH_MAX_BUCKETS,	ROW_U32 },
	{ "max_meters",		IFLA_SWITCH_MAX_METERS,		ROW_U32 },
	{ "max_buffers",	IFLA_SWITCH_MAX_BUFFERS,	ROW_U32 },
	{ "max_controllers",	IFLA_SWITCH_MAX_CONTROLLERS,	ROW_U32 },
	{ "queue_bytes",	IFLA_SWITCH_QUEUE_BYTES,	ROW_U32 },
	{ "cache",		IFLA_SWITCH_CACHE,		ROW_U32 },
	{ "mpls_after_vlan",	IFLA_SWITCH_MPLS_AFTER_VLAN,	ROW_U32 },
	{ "description",	IFLA_SWITCH_DESCRIPTION,	ROW_TEXT },
	{ "serial",		IFLA_SWITCH_SERIAL,		ROW_TEXT },
	{ NULL, 0, ROW_U32 }
};

static const struct row	 port_rows[] = {
	{ "number",		IFLA_SWITCH_PORT_NUMBER,	ROW_U32 },
	{ "domains",		IFLA_SWITCH_PORT_DOMAINS,	ROW_U32 },
	{ "lock_mac",		IFLA_SWITCH_PORT_LOCK_MAC,	ROW_MAC },
	{ NULL, 0, ROW_U32 }
};

static void
row_add(const struct row *row, const char *word, struct nlmsghdr *m)
{
	uint8_t mac[6];
	uint32_t v32;
	uint64_t v64;
	bool ok = true;

	switch (row->type) {
	case ROW_U32:
		ok = get_u32(&v32, word, 0) == 0;
		addattr_l(m, MESSAGE_MAX, row->attr, &v32, sizeof(v32));
		break;
	case ROW_HEX64:
		ok = get_u64(&v64, word, 0) == 0;
		addattr_l(m, MESSAGE_MAX, row->attr, &v64, sizeof(v64));
		break;
	case ROW_TEXT:
		addattr_l(m, MESSAGE_MAX, row->attr, word,
		    (int)strlen(word) + 1);
		break;
	case ROW_MAC:
		ok = sscanf(word, "%2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx",
		    &mac[0], &mac[1], &mac[2], &mac[3], &mac[4], &mac[5]) == 6;
		addattr_l(m, MESSAGE_MAX, row->attr, mac, sizeof(mac));
		break;
	}
	if (!ok)
		invarg(row->name, word);
}

static void
rows_help(const struct row *row, const char *id, FILE *f)
{
	fprintf(f, "Usage: ... %s", id);
	for (; row->name != NULL; row++)
		fprintf(f, " [ %s %s ]", row->name,
		    row->type == ROW_TEXT ? "TEXT" :
		    row->type == ROW_MAC ? "LLADDR" : "NUMBER");
	fprintf(f, "\n");
}

static int
rows_parse(const struct row *rows, const char *id, int argc, char **argv,
    struct nlmsghdr *m)
{
	const struct row *row;

	for (; argc > 0; argc -= 2, argv += 2) {
		for (row = rows; row->name != NULL; row++) {
			if (strcmp(row->name, argv[0]) == 0)
				break;
		}
		if (row->name == NULL) {
			if (strcmp(argv[0], "help") != 0)
				fprintf(stderr, "%s: unknown setting \"%s\"\n",
				    id, argv[0]);
			rows_help(rows, id, stderr);
			return (-1);
		}
		if (argc < 2)
			incomplete_command();
		row_add(row, argv[1], m);
	}
	return (0);
}

static void
row_print(const struct row *row, const struct rtattr *rta)
{
	const uint8_t *at = RTA_DATA(rta);
	char format[64], text[64];
	uint32_t v32;
	uint64_t v64;

	snprintf(format, sizeof(format), "%s %s ", row->name,
	    row->type == ROW_U32 ? "%u" : "%s");
	switch (row->type) {
	case ROW_U32:
		if (RTA_PAYLOAD(rta) != sizeof(v32))
			return;
		memcpy(&v32, at, sizeof(v32));
		print_color_uint(PRINT_ANY, COLOR_NONE, row->name, format,
		    v32);
		return;
	case ROW_HEX64:
		if (RTA_PAYLOAD(rta) != sizeof(v64))
			return;
		memcpy(&v64, at, sizeof(v64));
		snprintf(text, sizeof(text), "0x%016" PRIx64, v64);
		break;
	case ROW_TEXT:
		if (RTA_PAYLOAD(rta) > 1)
			print_color_string(PRINT_ANY, COLOR_NONE, row->name,
			    format, (const char *)at);
		return;
	case ROW_MAC:
		if (RTA_PAYLOAD(rta) != 6)
			return;
		snprintf(text, sizeof(text), "%02x:%02x:%02x:%02x:%02x:%02x",
		    at[0], at[1], at[2], at[3], at[4], at[5]);
		break;
	}
	print_color_string(PRINT_ANY, COLOR_NONE, row->name, format, text);
}

static void
rows_print(const struct row *row, struct rtattr *tb[])
{
	for (; tb != NULL && row->name != NULL; row++) {
		if (tb[row->attr] != NULL)
			row_print(row, tb[row->attr]);
	}
}

static int
link_parse(struct link_util *lu, int argc, char **argv, struct nlmsghdr *m)
{
	return (rows_parse(link_rows, lu->id, argc, argv, m));
}

static void
link_print(struct link_util *lu, FILE *f, struct rtattr *tb[])
{
	(void)lu;
	(void)f;
	rows_print(link_rows, tb);
}

static void
link_help(struct link_util *lu, int argc, char **argv, FILE *f)
{
	(void)argc;
	(void)argv;
	rows_help(link_rows, lu->id, f);
}

static int
port_parse(struct link_util *lu, int argc, char **argv, struct nlmsghdr *m)
{
	return (rows_parse(port_rows, lu->id, argc, argv, m));
}

static void
port_print(struct link_util *lu, FILE *f, struct rtattr *tb[])
{
	(void)lu;
	(void)f;
	rows_print(port_rows, tb);
}

static void
port_help(struct link_util *lu, int argc, char **argv, FILE *f)
{
	(void)argc;
	(void)argv;
	rows_help(port_rows, lu->id, f);
}

struct link_util	 switch_link_util = {
	.id = SWITCH_LINK_KIND,
	.maxattr = IFLA_SWITCH_MAX_,
	.parse_opt = link_parse,
	.print_opt = link_print,
	.print_help = link_help,
};

struct link_util	 switch_slave_link_util = {
	.id = SWITCH_LINK_KIND "_slave",
	.maxattr = IFLA_SWITCH_PORT_MAX_,
	.parse_opt = port_parse,
	.print_opt = port_print,
	.print_help = port_help,
};
