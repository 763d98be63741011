/*
 * SPDX-License-Identifier: ISC
 *
 * output.c: collecting rows, see output.h.
 *
 * Most rows go out as they come.  Rows that describe one thing in two answers
 * (ports, groups, meters) are kept under their number until the end.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "output.h"

static struct {
	enum output_mode mode;
	enum row	 kind;
	json_t		*kept;		/* key -> row */
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
	if (mode == OUTPUT_JSON && !is_object(kind) && kind != ROW_EVENT)
		printf("[");
}

static void
print(enum row kind, json_t *row)
{
	if (out.mode == OUTPUT_TEXT) {
		output_text(kind, row, out.printed == 0);
	} else {
		if (kind != ROW_EVENT)
			printf("%s\n", out.printed > 0 ? "," : "");
		json_dumpf(row, stdout, JSON_COMPACT | JSON_PRESERVE_ORDER);
		if (kind == ROW_EVENT)
			printf("\n");
	}
	if (kind == ROW_EVENT)
		fflush(stdout);
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
	if (out.mode == OUTPUT_JSON && out.kind != ROW_EVENT)
		printf(is_object(out.kind) ? "\n" : "\n]\n");
	return (out.failed);
}
