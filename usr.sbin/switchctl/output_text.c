/*
 * SPDX-License-Identifier: ISC
 *
 * output_text.c: rows as text.
 *
 * A table is a list of columns, each as wide as what is in it; rare ones are
 * left out where there is nothing in them.  What is no table (flows, groups,
 * descriptions) has a function for a row.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "output.h"

#define OUTPUT_COLUMNS	16

struct column {
	const char	*heading;
	const char	*member;
};

static const struct column switch_columns[] = {
	{ "Switch", "id" }, { "Name", "name" },
	{ "Datapath id", "datapath_id" }, { "Kind", "kind" },
	{ "State", "state" }, { "OF", "openflow" }, { "Ports", "ports" },
	{ "MACs", "macs" }, { "Flows", "flows" }, { "Address", "address" },
	{ NULL, NULL }
};
static const struct column mac_columns[] = {
	{ "Switch", "switch" }, { "Port", "port" }, { "Name", "port_name" },
	{ "VLAN", "vlan" }, { "MAC", "mac" }, { "Age", "age" }, { NULL, NULL }
};
static const struct column process_columns[] = {
	{ "Process", "name" }, { "Pid", "pid" }, { "User", "user" },
	{ "Root", "root" }, { "Restarts", "restarts" }, { "Up", "uptime" },
	{ "Last exit", "last_exit" }, { "Promises", "promises" },
	{ NULL, NULL }
};
static const struct column counter_columns[] = {
	{ "Counter", "name" }, { "Value", "value" }, { NULL, NULL }
};
static const struct column profile_columns[] = {
	{ "Capability", "name" }, { "Found", "value" }, { "Because", "why" },
	{ NULL, NULL }
};
static const struct column table_columns[] = {
	{ "Table", "table" }, { "Active", "active" },
	{ "Lookups", "lookups" }, { "Matched", "matched" }, { NULL, NULL }
};
static const struct column port_columns[] = {
	{ "Port", "port" }, { "Name", "name" }, { "State", "state" },
	{ "RX packets", "rx_packets" }, { "RX bytes", "rx_bytes" },
	{ "TX packets", "tx_packets" }, { "TX bytes", "tx_bytes" },
	{ "RX drop", "rx_dropped" }, { "TX drop", "tx_dropped" },
	{ "Netns", "netns" }, { NULL, NULL }
};
static const struct column queue_columns[] = {
	{ "Port", "port" }, { "Queue", "queue" }, { "Packets", "packets" },
	{ "Bytes", "bytes" }, { "Errors", "errors" }, { NULL, NULL }
};
static const struct column *const tables[ROW_COUNT] = {
	[ROW_SWITCH] = switch_columns, [ROW_MAC] = mac_columns,
	[ROW_PROCESS] = process_columns, [ROW_COUNTER] = counter_columns,
	[ROW_PROFILE] = profile_columns, [ROW_TABLE] = table_columns,
	[ROW_PORT] = port_columns, [ROW_QUEUE] = queue_columns
};
static const char *const rare[] = { "rx_dropped", "tx_dropped", "netns" };

bool
output_is_table(enum row kind)
{
	return (tables[kind] != NULL);
}

static const char *
value(const json_t *row, const char *member, char *buf, size_t len)
{
	const json_t	*j = json_object_get(row, member);

	if (json_is_string(j))
		return (json_string_value(j));
	if (json_is_integer(j))
		snprintf(buf, len, "%" JSON_INTEGER_FORMAT,
		    json_integer_value(j));
	else if (json_is_real(j))
		snprintf(buf, len, "%.3f", json_real_value(j));
	else if (json_is_boolean(j))
		snprintf(buf, len, "%s", json_is_true(j) ? "yes" : "no");
	else
		snprintf(buf, len, "-");
	return (buf);
}

static bool
column_is_used(const struct column *c, const json_t *rows)
{
	const json_t	*row;
	const char	*v;
	char		 buf[64];
	size_t		 i, nrare = sizeof(rare) / sizeof(rare[0]);

	for (i = 0; i < nrare && strcmp(rare[i], c->member) != 0; i++)
		;
	if (i == nrare)
		return (true);
	json_array_foreach(rows, i, row) {
		v = value(row, c->member, buf, sizeof(buf));
		if (strcmp(v, "-") != 0 && strcmp(v, "0") != 0)
			return (true);
	}
	return (false);
}

/* The longest of a column, its heading included. */
static int
column_width(const struct column *c, const json_t *rows)
{
	const json_t	*row;
	char		 buf[64];
	size_t		 i, n, width = strlen(c->heading);

	json_array_foreach(rows, i, row) {
		n = strlen(value(row, c->member, buf, sizeof(buf)));
		if (n > width)
			width = n;
	}
	return ((int)width);
}

void
output_table(enum row kind, const json_t *rows)
{
	const struct column	*used[OUTPUT_COLUMNS], *c;
	const json_t		*row;
	char			 buf[64];
	int			 width[OUTPUT_COLUMNS];
	size_t			 i, j, n = 0;

	if (json_array_size(rows) == 0)
		return;
	for (c = tables[kind]; c->heading != NULL; c++)
		if (column_is_used(c, rows)) {
			width[n] = column_width(c, rows);
			used[n++] = c;
		}
	width[n - 1] = 0;		/* The last one is not filled up. */
	for (j = 0; j < n; j++)
		printf("%-*s%s", width[j], used[j]->heading,
		    j + 1 < n ? "  " : "\n");
	json_array_foreach(rows, i, row)
		for (j = 0; j < n; j++)
			printf("%-*s%s", width[j], value(row, used[j]->member,
			    buf, sizeof(buf)), j + 1 < n ? "  " : "\n");
}

/* "name: value" lines, as they come. */
static void
print_object(const json_t *row)
{
	const char	*key;
	json_t		*j;
	char		 buf[64];

	json_object_foreach((json_t *)(uintptr_t)row, key, j)
		if (strcmp(key, "switch") != 0)
			printf("%-16s%s\n", key, value(row, key, buf,
			    sizeof(buf)));
}

static void
print_flow(const json_t *row)
{
	char		 b[9][64];
	const char	*match, *sep;

	match = value(row, "match", b[0], sizeof(b[0]));
	sep = *match != '\0' ? "," : "";
	printf("table=%s cookie=%s duration=%ss packets=%s bytes=%s",
	    value(row, "table", b[1], 64), value(row, "cookie", b[2], 64),
	    value(row, "duration", b[3], 64),
	    value(row, "packets", b[4], 64), value(row, "bytes", b[5], 64));
	if (json_integer_value(json_object_get(row, "idle_timeout")) != 0)
		printf(" idle=%s", value(row, "idle_timeout", b[6], 64));
	if (json_integer_value(json_object_get(row, "hard_timeout")) != 0)
		printf(" hard=%s", value(row, "hard_timeout", b[7], 64));
	printf(" priority=%s%s%s %s\n", value(row, "priority", b[8], 64), sep,
	    match, json_string_value(json_object_get(row, "instructions")));
}

/* A line, then its list (buckets, bands) with their counters. */
static void
print_list(const json_t *row, const char *id, const char *list,
    const char *counters)
{
	const json_t	*items = json_object_get(row, list);
	const json_t	*counts = json_object_get(row, counters);
	const char	*key;
	json_t		*j;
	char		 buf[64];
	size_t		 i;

	printf("%s %s", id, value(row, id, buf, sizeof(buf)));
	json_object_foreach((json_t *)(uintptr_t)row, key, j)
		if (!json_is_array(j) && strcmp(key, id) != 0 &&
		    strcmp(key, "switch") != 0)
			printf(" %s=%s", key, value(row, key, buf,
			    sizeof(buf)));
	printf("\n");
	for (i = 0; i < json_array_size(items); i++) {
		const json_t	*item = json_array_get(items, i);
		const json_t	*count = json_array_get(counts, i);

		printf("   ");
		json_object_foreach((json_t *)(uintptr_t)item, key, j)
			printf(" %s=%s", key, value(item, key, buf,
			    sizeof(buf)));
		if (count != NULL)
			json_object_foreach((json_t *)(uintptr_t)count, key, j)
				printf(" %s=%s", key, value(count, key, buf,
				    sizeof(buf)));
		printf("\n");
	}
}

static void
print_event(const json_t *row)
{
	double		 t = json_real_value(json_object_get(row, "time"));
	time_t		 sec = t;
	struct tm	 tm;
	char		 when[32];
	json_int_t	 lost;

	localtime_r(&sec, &tm);
	strftime(when, sizeof(when), "%H:%M:%S", &tm);
	lost = json_integer_value(json_object_get(row, "lost"));
	if (lost > 0)
		printf("(%" JSON_INTEGER_FORMAT " events lost)\n", lost);
	printf("%s.%03d %s %s: %s\n", when, (int)((t - sec) * 1000),
	    json_string_value(json_object_get(row, "name")),
	    json_string_value(json_object_get(row, "what")),
	    json_string_value(json_object_get(row, "text")));
}

void
output_text(enum row kind, const json_t *row)
{
	if (kind == ROW_FLOW)
		print_flow(row);
	else if (kind == ROW_GROUP)
		print_list(row, "group", "buckets", "bucket_counters");
	else if (kind == ROW_METER)
		print_list(row, "meter", "bands", "band_counters");
	else if (kind == ROW_EVENT)
		print_event(row);
	else
		print_object(row);
}
