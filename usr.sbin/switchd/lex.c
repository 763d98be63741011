/*
 * SPDX-License-Identifier: ISC
 *
 * lex.c: the words of a configuration file, with the files it includes.
 */
#include <sys/queue.h>
#include <sys/stat.h>

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bsd.h"
#include "lex.h"
#include "log.h"

#define LEX_MAX_DEPTH	16

struct lex_file {
	FILE		*lf_file;
	char		*lf_path;
	unsigned int	 lf_line;
	bool		 lf_ended;	/* gave the end of its last line */
};

struct lex_macro {
	char			*lm_name;
	char			*lm_value;
	bool			 lm_sticky;
	SLIST_ENTRY(lex_macro)	 lm_entry;
};

static SLIST_HEAD(, lex_macro)	macros = SLIST_HEAD_INITIALIZER(macros);
static struct lex_file	files[LEX_MAX_DEPTH];
static unsigned int	nfiles, errors;
static unsigned int	line_behind;	/* the last word ended a line */
static bool		pending;	/* files[nfiles] is open, for later */
static char		near[64], why[LEX_WORD_LEN], first_error[LEX_WORD_LEN];

/* Open a file as the next on the stack, which it is not part of yet. */
static const char *
prepare(const char *path)
{
	struct lex_file	*lf = &files[nfiles];
	struct stat	 st;
	int		 fd;

	if (nfiles == LEX_MAX_DEPTH)
		return ("too many files include each other");
	/* Whatever it is: to open it must not wait. */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd == -1 || fstat(fd, &st) == -1 || !S_ISREG(st.st_mode)) {
		snprintf(why, sizeof(why), "%s: %s", path, fd == -1 ?
		    strerror(errno) : "not a file");
		if (fd != -1)
			close(fd);
		return (why);
	}
	lf->lf_file = fdopen(fd, "r");
	if (lf->lf_file == NULL)
		fatal("configuration");
	lf->lf_path = strdup(path);
	if (lf->lf_path == NULL)
		fatal("configuration");
	lf->lf_line = 1;
	lf->lf_ended = false;
	return (NULL);
}

static void
push(void)
{
	pending = false;
	nfiles++;
}

static void
pop(void)
{
	struct lex_file	*lf = &files[--nfiles];

	fclose(lf->lf_file);
	free(lf->lf_path);
}

static void
macros_forget(void)
{
	struct lex_macro	*lm, *next;

	for (lm = SLIST_FIRST(&macros); lm != NULL; lm = next) {
		next = SLIST_NEXT(lm, lm_entry);
		if (lm->lm_sticky)
			continue;
		SLIST_REMOVE(&macros, lm, lex_macro, lm_entry);
		free(lm->lm_name);
		free(lm->lm_value);
		free(lm);
	}
}

const char *
lex_open(const char *path)
{
	const char	*why_open;

	errors = 0;
	first_error[0] = '\0';
	line_behind = 0;
	near[0] = '\0';
	why_open = prepare(path);
	if (why_open == NULL)
		push();
	return (why_open);
}

void
lex_close(void)
{
	if (pending)
		push();
	while (nfiles > 0)
		pop();
	macros_forget();
}

const char *
lex_include(const char *path)
{
	struct lex_file	*lf = &files[nfiles - 1];
	const char	*slash = strrchr(lf->lf_path, '/'), *error;
	char		 full[LEX_WORD_LEN];

	if (*path == '/' || slash == NULL)
		strlcpy(full, path, sizeof(full));
	else
		snprintf(full, sizeof(full), "%.*s/%s",
		    (int)(slash - lf->lf_path), lf->lf_path, path);
	error = prepare(full);
	/* It begins where the line of this file ends, which is not read yet. */
	pending = error == NULL;
	return (error);
}

static struct lex_macro *
macro_find(const char *name)
{
	struct lex_macro	*lm;

	SLIST_FOREACH(lm, &macros, lm_entry)
		if (strcmp(lm->lm_name, name) == 0)
			return (lm);
	return (NULL);
}

static bool
is_macro_char(int c)
{
	return (isalnum(c) || c == '_');
}

const char *
lex_macro_set(const char *name, const char *value, bool sticky)
{
	struct lex_macro	*lm = macro_find(name);
	const char		*p;

	for (p = name; is_macro_char((unsigned char)*p); p++)
		;
	if (p == name || *p != '\0' || strlen(value) >= LEX_WORD_LEN) {
		snprintf(why, sizeof(why), "macro %.40s: a name has letters, "
		    "digits and _, a value up to %d characters", name,
		    LEX_WORD_LEN - 1);
		return (why);
	}
	if (lm != NULL && lm->lm_sticky && !sticky)
		return (NULL);
	if (lm == NULL) {
		lm = calloc(1, sizeof(*lm));
		if (lm == NULL || (lm->lm_name = strdup(name)) == NULL)
			fatal("configuration");
		SLIST_INSERT_HEAD(&macros, lm, lm_entry);
	}
	free(lm->lm_value);
	lm->lm_sticky = sticky;
	lm->lm_value = strdup(value);
	if (lm->lm_value == NULL)
		fatal("configuration");
	return (NULL);
}

/* Characters; continued lines are one. */

static int
get(void)
{
	struct lex_file	*lf = &files[nfiles - 1];
	int		 c, next;

	while ((c = getc(lf->lf_file)) == '\\') {
		next = getc(lf->lf_file);
		if (next != '\n') {
			ungetc(next, lf->lf_file);
			return (c);
		}
		lf->lf_line++;
	}
	return (c == '\0' ? ' ' : c);
}

static void
unget(int c)
{
	if (c != EOF)
		ungetc(c, files[nfiles - 1].lf_file);
}

static enum lex_kind
bad(struct lex_word *lw, const char *what)
{
	strlcpy(lw->lw_text, what, sizeof(lw->lw_text));
	return (LEX_BAD);
}

static enum lex_kind
quoted(struct lex_word *lw, int quote)
{
	size_t	n = 0;
	int	c;

	lw->lw_quoted = true;
	while ((c = get()) != quote) {
		if (c == '\n' || c == EOF) {
			unget(c);
			return (bad(lw, "a quote is open at the end of the "
			    "line: close it"));
		}
		if (n == sizeof(lw->lw_text) - 1)
			return (bad(lw, "a word is too long"));
		lw->lw_text[n++] = (char)c;
	}
	lw->lw_text[n] = '\0';
	return (LEX_WORD);
}

static enum lex_kind
plain(struct lex_word *lw, int c)
{
	size_t	n = 0;

	while (c != EOF && !isspace(c) && strchr("{}=,#\"'", c) == NULL) {
		if (n == sizeof(lw->lw_text) - 1)
			return (bad(lw, "a word is too long"));
		if (c == '$')
			return (bad(lw, "a macro is a word of its own: put a "
			    "word with a $ inside into quotes"));
		lw->lw_text[n++] = (char)c;
		c = get();
	}
	unget(c);
	lw->lw_text[n] = '\0';
	return (LEX_WORD);
}

static enum lex_kind
macro(struct lex_word *lw)
{
	struct lex_macro	*lm;
	char			 name[LEX_WORD_LEN];
	enum lex_kind		 kind = plain(lw, get());

	if (kind != LEX_WORD)
		return (kind);
	strlcpy(name, lw->lw_text, sizeof(name));
	lm = macro_find(name);
	if (lm == NULL) {
		snprintf(lw->lw_text, sizeof(lw->lw_text), "macro $%.200s is "
		    "not defined: write %.200s = \"...\" above", name, name);
		return (LEX_BAD);
	}
	strlcpy(lw->lw_text, lm->lm_value, sizeof(lw->lw_text));
	/* A number stays one, a keyword does not become one. */
	lw->lw_quoted = !isdigit((unsigned char)lm->lm_value[0]);
	return (LEX_WORD);
}

static enum lex_kind
end_of_file(struct lex_word *lw)
{
	/* A last line without an end has one; an included file is one line. */
	if (!files[nfiles - 1].lf_ended) {
		files[nfiles - 1].lf_ended = true;
		if (pending)
			push();
		lw->lw_char = '\n';
		return (LEX_CHAR);
	}
	if (nfiles == 1)
		return (LEX_END);
	pop();
	return (lex_next(lw));
}

enum lex_kind
lex_next(struct lex_word *lw)
{
	enum lex_kind	kind = LEX_WORD;
	int		c;

	files[nfiles - 1].lf_line += line_behind;
	line_behind = 0;
	lw->lw_quoted = false;
	near[0] = '\0';
	do {
		c = get();
	} while (c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v');
	if (c == '#')
		while ((c = get()) != '\n' && c != EOF)
			;
	if (c == EOF)
		return (end_of_file(lw));
	if (c == '\n' && pending) {
		files[nfiles - 1].lf_line++;
		push();
	} else if (c == '\n')
		line_behind = 1;
	if (strchr("{}=,\n", c) != NULL) {
		lw->lw_char = c;
		if (c != '\n')
			snprintf(near, sizeof(near), "%c", c);
		return (LEX_CHAR);
	}
	if (c == '"' || c == '\'')
		kind = quoted(lw, c);
	else if (c == '$')
		kind = macro(lw);
	else
		kind = plain(lw, c);
	if (kind == LEX_WORD)
		snprintf(near, sizeof(near), "%.60s", lw->lw_text);
	return (kind);
}

const char *
lex_near(void)
{
	return (near);
}

void
lex_error(const char *fmt, ...)
{
	char	text[LEX_WORD_LEN];
	va_list	ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (nfiles > 0)
		snprintf(why, sizeof(why), "%.200s:%u: %.700s",
		    files[nfiles - 1].lf_path, files[nfiles - 1].lf_line,
		    text);
	else
		snprintf(why, sizeof(why), "%.900s", text);
	if (errors++ == 0)
		memcpy(first_error, why, sizeof(first_error));
	log_warnx("%s", why);
}

void
lex_where(char *buf, size_t size)
{
	snprintf(buf, size, "%s:%u", files[nfiles - 1].lf_path,
	    files[nfiles - 1].lf_line);
}

unsigned int
lex_errors(void)
{
	return (errors);
}

const char *
lex_first_error(void)
{
	return (first_error);
}
