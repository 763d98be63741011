/*
 * SPDX-License-Identifier: ISC
 *
 * lang.c: lines, variables and blocks of scenario files.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runner.h"

#define VARS	256

static struct {
	char	*name, *value;
} vars[VARS];
static int	nvars;

static char	**lines;
static int	 nlines;

static void	block_run(int, int);

void
var_set(const char *name, const char *value)
{
	int	i;

	for (i = 0; i < nvars && strcmp(vars[i].name, name) != 0; i++)
		;
	if (i == VARS)
		errx(2, "%s: too many variables", run.file);
	if (i == nvars)
		vars[nvars++].name = strdup(name);
	else
		free(vars[i].value);
	vars[i].value = strdup(value);
}

static const char *
var_get(const char *name, size_t n)
{
	int	i;

	for (i = 0; i < nvars; i++) {
		if (strlen(vars[i].name) == n &&
		    strncmp(vars[i].name, name, n) == 0)
			return (vars[i].value);
	}
	return (NULL);
}

/* Put values in place of $NAME and ${NAME}, as often as they are there. */
static void
expand(const char *in, char *out, size_t cap, int depth)
{
	char		*inner;
	const char	*v, *e;
	size_t		 n = 0, len;

	while (*in != '\0' && n + 1 < cap) {
		if (*in != '$') {
			out[n++] = *in++;
			continue;
		}
		if (in[1] == '{') {
			e = strchr(in, '}');
			len = e == NULL ? 0 : (size_t)(e - in) - 2;
			v = var_get(in + 2, len);
			e = e == NULL ? in + strlen(in) : e + 1;
		} else {
			for (e = in + 1; *e == '_' ||
			    (*e >= 'A' && *e <= 'Z') ||
			    (*e >= '0' && *e <= '9'); e++)
				;
			v = var_get(in + 1, (size_t)(e - in) - 1);
		}
		if (v == NULL) {
			fail("no such variable: %.*s", (int)(e - in), in);
			break;
		}
		in = e;
		if (depth > 8) {
			fail("variables too deep");
			break;
		}
		inner = malloc(cap);
		expand(v, inner, cap, depth + 1);
		n += (size_t)snprintf(out + n, cap - n, "%s", inner);
		free(inner);
		if (n >= cap)
			n = cap - 1;
	}
	out[n] = '\0';
}

/* The word at *p, ended in place; *p moves behind it. NULL: none left. */
char *
word(char **p)
{
	char	*w = *p + strspn(*p, " \t");

	if (*w == '\0')
		return (NULL);
	*p = w + strcspn(w, " \t");
	if (**p != '\0')
		*(*p)++ = '\0';
	*p += strspn(*p, " \t");
	return (w);
}

void
vars_free(void)
{
	while (nvars > 0) {
		nvars--;
		free(vars[nvars].name);
		free(vars[nvars].value);
	}
}

/* A line of the file, variables in place. */
static void
line_do(int i)
{
	static char	 text[FRAMES_MAX * 3];
	char		 first[16], *p = text, *name;

	if (sscanf(lines[i], "%15s", first) != 1 || first[0] == '#')
		return;
	if (strcmp(first, "case") == 0)
		case_end();
	else if (run.name[0] != '\0' && (run.failed || run.skipped) &&
	    strcmp(first, "let") != 0)
		return;
	run.line = i + 1;
	expand(lines[i], text, sizeof(text), 0);
	word(&p);
	if (strcmp(first, "let") == 0) {
		name = word(&p);
		if (name != NULL && *p == '=')
			var_set(name, p + 1 + strspn(p + 1, " "));
	} else
		line_run(first, p);
}

/* The line of the "end" that belongs to the block begun at line i. */
static int
block_end(int i, int to)
{
	char	w[16];
	int	depth = 0;

	for (; i < to; i++) {
		if (sscanf(lines[i], "%15s", w) != 1)
			continue;
		if (strcmp(w, "for") == 0 || strcmp(w, "repeat") == 0 ||
		    strcmp(w, "macro") == 0)
			depth++;
		else if (strcmp(w, "end") == 0 && --depth == 0)
			return (i);
	}
	errx(2, "%s: a block without end", run.file);
}

/* Where the macro of this name begins; its block is run. */
static void
macro_run(const char *name)
{
	char	w[16], n[64];
	int	i;

	for (i = 0; i < nlines; i++) {
		if (sscanf(lines[i], "%15s %63s", w, n) == 2 &&
		    strcmp(w, "macro") == 0 && strcmp(n, name) == 0) {
			block_run(i + 1, block_end(i, nlines));
			return;
		}
	}
	errx(2, "%s: no macro \"%s\"", run.file, name);
}

static void
block_run(int from, int to)
{
	static char	 scratch[20000];
	char		 w[16], *text, *p, *name, *v, num[24];
	int		 i, end;
	unsigned long	 n, k;

	for (i = from; i < to; i++) {
		if (sscanf(lines[i], "%15s", w) != 1)
			continue;
		if (strcmp(w, "macro") == 0) {
			i = block_end(i, to);
			continue;
		}
		if (strcmp(w, "do") == 0) {
			if (sscanf(lines[i], "%*s %23s", num) == 1)
				macro_run(num);
			continue;
		}
		if (strcmp(w, "for") != 0 && strcmp(w, "repeat") != 0) {
			line_do(i);
			continue;
		}
		end = block_end(i, to);
		run.line = i + 1;
		expand(lines[i], scratch, sizeof(scratch), 0);
		text = strdup(scratch);
		p = text;
		word(&p);
		if (strcmp(w, "for") == 0) {
			name = word(&p);
			v = word(&p);		/* "in" */
			while (v != NULL && (v = word(&p)) != NULL) {
				var_set(name, v);
				block_run(i + 1, end);
			}
		} else {
			v = word(&p);
			n = v == NULL ? 0 : strtoul(v, NULL, 0);
			for (k = 0; k < n; k++) {
				snprintf(num, sizeof(num), "%lu", k);
				var_set("N", num);
				block_run(i + 1, end);
			}
		}
		free(text);
		i = end;
	}
}

void
file_run(const char *path)
{
	FILE	*fp;
	char	*line = NULL;
	size_t	 cap = 0;
	ssize_t	 n;
	int	 i;

	if ((fp = fopen(path, "r")) == NULL)
		err(2, "%s", path);
	run.file = path;
	for (nlines = 0; (n = getline(&line, &cap, fp)) != -1; nlines++) {
		lines = realloc(lines, ((size_t)nlines + 1) * sizeof(*lines));
		while (n > 0 && (line[n - 1] == '\n' || line[n - 1] == ' '))
			line[--n] = '\0';
		lines[nlines] = strdup(line);
		/* A line that ends in a backslash goes on in the next one. */
		if (nlines > 0 && lines[nlines - 1][0] != '\0' &&
		    lines[nlines - 1][strlen(lines[nlines - 1]) - 1] == '\\') {
			char	*a = lines[nlines - 1], *b;

			a[strlen(a) - 1] = '\0';
			if (asprintf(&b, "%s%s", a, line) == -1)
				abort();
			free(lines[nlines]);
			lines[nlines] = b;
			a[0] = '\0';
		}
	}
	fclose(fp);
	free(line);
	vars_free();
	block_run(0, nlines);
	case_end();
	for (i = 0; i < nlines; i++)
		free(lines[i]);
	free(lines);
	lines = NULL;
}
