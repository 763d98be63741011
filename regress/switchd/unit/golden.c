/*
 * SPDX-License-Identifier: ISC
 *
 * golden.c: reads the golden messages and compares with them; see
 * golden.h.
 */
#include <stdlib.h>
#include <string.h>

#include "bsd.h"
#include "golden.h"

static void
golden_reset(struct golden *g)
{
	char	name[sizeof(g->g_next)];

	memcpy(name, g->g_next, sizeof(name));
	memset(g, 0, sizeof(*g));
	strlcpy(g->g_name, name, sizeof(g->g_name));
	g->g_min = 8;
	strlcpy(g->g_cut_error, "BAD_REQUEST/BAD_LEN", sizeof(g->g_cut_error));
	strlcpy(g->g_len_error, "BAD_REQUEST/BAD_LEN", sizeof(g->g_len_error));
}

/* Lines that begin with '!'. */
static void
golden_directive(struct golden *g, const char *s)
{
	if (strncmp(s, "min ", 4) == 0)
		g->g_min = (size_t)atoi(s + 4);
	else if (strcmp(s, "ok") == 0)
		strlcpy(g->g_here, "OK", sizeof(g->g_here));
	else if (strncmp(s, "here ", 5) == 0)
		strlcpy(g->g_here, s + 5, sizeof(g->g_here));
	else if (strcmp(s, "data") == 0)
		g->g_data = true;
	else if (strncmp(s, "length ", 7) == 0)
		strlcpy(g->g_len_error, s + 7, sizeof(g->g_len_error));
	else {
		strlcpy(g->g_cut_error, s, sizeof(g->g_cut_error));
		strlcpy(g->g_len_error, s, sizeof(g->g_len_error));
	}
}

static bool
golden_byte(struct golden *g, uint8_t v)
{
	struct golden_cut	*gc;

	if (g->g_len == GOLDEN_MAX)
		return (false);
	gc = &g->g_cut[g->g_len];
	memcpy(gc->gc_error, g->g_cut_error, sizeof(gc->gc_error));
	if (g->g_data)
		strlcpy(gc->gc_error, "OK", sizeof(gc->gc_error));
	else if (g->g_here[0] != '\0')
		memcpy(gc->gc_error, g->g_here, sizeof(gc->gc_error));
	g->g_here[0] = '\0';
	g->g_msg[g->g_len++] = v;
	return (true);
}

/* "0004", "[0004]" and "{0004}": a length; "00*12": that many bytes. */
static bool
golden_word(struct golden *g, const char *w)
{
	struct golden_len	*gl;
	size_t			 from = g->g_len;
	unsigned int		 v, n;
	char			 open = '\0';

	if (*w == '[' || *w == '{')
		open = *w++;
	for (; w[0] != '\0' && w[0] != ']' && w[0] != '}'; w += 2) {
		if (sscanf(w, "%2x", &v) != 1)
			return (false);
		n = 1;
		if (w[2] == '*')
			n = (unsigned int)atoi(w + 3);
		while (n-- > 0) {
			if (!golden_byte(g, (uint8_t)v))
				return (false);
		}
		if (w[2] == '*')
			return (true);
	}
	if (open == '\0')
		return (true);
	if (g->g_nlens == GOLDEN_LENS)
		return (false);
	gl = &g->g_lens[g->g_nlens++];
	gl->gl_pos = from;
	gl->gl_size = g->g_len - from;
	gl->gl_zero = open == '{';
	memcpy(gl->gl_error, g->g_len_error, sizeof(gl->gl_error));
	return (true);
}

static bool
golden_hex(struct golden *g, char *line)
{
	char	*w, *last;

	line[strcspn(line, ";")] = '\0';
	for (w = strtok_r(line, " \t", &last); w != NULL;
	    w = strtok_r(NULL, " \t", &last)) {
		if (!golden_word(g, w))
			return (false);
	}
	return (true);
}

static void
golden_text(struct golden *g, const char *line)
{
	size_t	n = strlen(g->g_text);

	snprintf(g->g_text + n, sizeof(g->g_text) - n, "%s%s",
	    n > 0 ? "\n" : "", line);
}

int
golden_next(FILE *f, struct golden *g, char *why, size_t size)
{
	char	line[1024];
	bool	found = g->g_next[0] != '\0';

	golden_reset(g);
	while (fgets(line, sizeof(line), f) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		if (strncmp(line, "== ", 3) == 0) {
			strlcpy(g->g_next, line + 3, sizeof(g->g_next));
			if (found)
				return (1);
			golden_reset(g);
			found = true;
		} else if (strncmp(line, "> ", 2) == 0)
			golden_text(g, line + 2);
		else if (strcmp(line, "~ one-way") == 0)
			g->g_one_way = true;
		else if (strcmp(line, "~ text only") == 0)
			g->g_text_only = true;
		else if (line[0] == '!')
			golden_directive(g, line + 1);
		else if (strchr("#=~", line[0]) == NULL &&
		    !golden_hex(g, line)) {
			snprintf(why, size, "%s: %s", g->g_name, line);
			return (-1);
		}
	}
	g->g_next[0] = '\0';
	return (found ? 1 : 0);
}
