/*
 * SPDX-License-Identifier: ISC
 *
 * output.c: collecting rows, see output.h.
 *
 * Most rows go out as they come.  Rows that describe one thing in two answers
 * (ports, groups, meters) are kept under their number until the end, and so is
 * a table, whose columns are as wide as what is in them.
 */
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "output.h"

static struct {
	enum output_mode mode;
	enum row	 kind;
	json_t		*kept;		/* key -> row */
	json_t		*rows;		/* of a table, to be measured */
	unsigned int	 printed;
	bool		 failed;
} out;

/* The member that names a thing whose rows are put together, or NULL. */
static const char *
key_member(enum row kind)
{
	switch (kind) {
	case ROW_PORT:
		return ("port");
	case ROW_GROUP:
		return ("group");
	case ROW_METER:
		return ("meter");
	default:
		return (NULL);
	}
}

static bool
is_object(enum row kind)
{
	return (kind == ROW_SUMMARY || kind == ROW_DESC ||
	    kind == ROW_FEATURES);
}

void
output_begin(enum output_mode mode, enum row kind)
{
	memset(&out, 0, sizeof(out));
	out.mode = mode;
	out.kind = kind;
	out.kept = json_object();
	out.rows = json_array();
}

/* Nothing of an array before its first row: there may be none but an error. */
static void
print(enum row kind, json_t *row)
{
	if (out.mode == OUTPUT_TEXT && output_is_table(kind)) {
		json_array_append(out.rows, row);
	} else if (out.mode == OUTPUT_TEXT) {
		output_text(kind, row);
	} else {
		if (kind != ROW_EVENT && !is_object(kind))
			printf("%s\n", out.printed > 0 ? "," : "[");
		json_dumpf(row, stdout, JSON_COMPACT | JSON_PRESERVE_ORDER);
		if (kind == ROW_EVENT)
			printf("\n");
	}
	if (kind == ROW_EVENT)
		output_flush();
	out.printed++;
}

static void
keep(const char *member, json_t *row)
{
	json_t	*old;
	char	*key;

	key = json_dumps(json_object_get(row, member), JSON_ENCODE_ANY);
	if (key != NULL && (old = json_object_get(out.kept, key)) != NULL)
		json_object_update(old, row);
	else if (key != NULL)
		json_object_set(out.kept, key, row);
	free(key);
}

void
output_row(enum row kind, json_t *row, void *arg)
{
	const char	*member = key_member(kind);

	if (row == NULL)
		return;
	if (kind == ROW_ERROR) {
		fflush(stdout);
		fprintf(stderr, "switchctl: %s: %s\n",
		    json_string_value(json_object_get(row, "switch")),
		    json_string_value(json_object_get(row, "text")));
		out.failed = true;
	} else if (kind == out.kind || out.kind == ROW_ERROR) {
		if (member != NULL)
			keep(member, row);
		else
			print(kind, row);
	}
	json_decref(row);
}

bool
output_end(void)
{
	const char	*key;
	json_t		*row;

	json_object_foreach(out.kept, key, row)
		print(out.kind, row);
	json_decref(out.kept);
	if (out.mode == OUTPUT_TEXT && output_is_table(out.kind))
		output_table(out.kind, out.rows);
	json_decref(out.rows);
	if (out.mode == OUTPUT_JSON && is_object(out.kind))
		printf("\n");
	else if (out.mode == OUTPUT_JSON && out.kind != ROW_EVENT)
		printf("%s\n]\n", out.printed > 0 ? "" : "[");
	return (out.failed);
}

void
output_flush(void)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return;
	/* Whoever read it, as head(1), has seen enough. */
	if (errno != EPIPE)
		warn("standard output");
	_exit(1);
}
