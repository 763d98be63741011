/*
 * SPDX-License-Identifier: ISC
 *
 * parser.c: words to a row of the command table, see parser.h.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "parser.h"

/* Length of word number n of words, *start at it; 0: there are fewer. */
static size_t
word_at(const char *words, int n, const char **start)
{
	for (; n > 0; n--) {
		words += strcspn(words, " ");
		words += strspn(words, " ");
	}
	*start = words;
	return (strcspn(words, " "));
}

/* Does the row's word n start with given, and is it all of it? */
static bool
word_match(const struct command *co, int n, const char *given, bool *exact)
{
	const char	*w;
	size_t		 len = word_at(co->co_words, n, &w);

	*exact = len == strlen(given) && strncmp(w, given, len) == 0;
	return (len > 0 && strlen(given) <= len && *given != '\0' &&
	    strncmp(w, given, strlen(given)) == 0);
}

/* Do rows a and b have the same first n words? */
static bool
same_words(const struct command *a, const struct command *b, int n)
{
	const char	*wa, *wb;
	size_t		 la, lb;
	int		 i;

	for (i = 0; i < n; i++) {
		la = word_at(a->co_words, i, &wa);
		lb = word_at(b->co_words, i, &wb);
		if (la != lb || strncmp(wa, wb, la) != 0)
			return (false);
	}
	return (true);
}

/*
 * What may follow the first n words of row at (NULL: from the start), and
 * begins with given.
 */
static void
list_valid(const struct command *table, const struct command *at, int n,
    const char *given)
{
	const struct command	*co;
	const char		*w, *last = NULL;
	size_t			 len;

	fprintf(stderr, "valid commands:\n");
	for (co = table; co->co_words != NULL; co++) {
		if (at != NULL && !same_words(co, at, n))
			continue;
		len = word_at(co->co_words, n, &w);
		if (strncmp(w, given, strlen(given)) != 0)
			continue;
		if (last == NULL || strlen(last) < len ||
		    strncmp(last, w, len) != 0)
			fprintf(stderr, "  %.*s\n", (int)len, w);
		last = w;
	}
}

/*
 * The row whose first n words are those of at, and whose word n is given or
 * starts so.  NULL: none, or several with different words.
 */
static const struct command *
find_word(const struct command *table, const struct command *at, int n,
    const char *given)
{
	const struct command	*co, *found = NULL;
	bool			 exact;

	for (co = table; co->co_words != NULL; co++) {
		if ((at != NULL && !same_words(co, at, n)) ||
		    !word_match(co, n, given, &exact))
			continue;
		if (exact)
			return (co);
		if (found == NULL)
			found = co;
		else if (!same_words(found, co, n + 1)) {
			fprintf(stderr, "%s: ambiguous, ", given);
			list_valid(table, at, n, given);
			return (NULL);
		}
	}
	if (found == NULL) {
		fprintf(stderr, "%s: unknown, ", given);
		list_valid(table, at, n, "");
	}
	return (found);
}

/* "switch NAME" and "table N" in front, as in the original. */
static int
parse_front(int *argc, char ***argv, struct parsed *pa)
{
	char	*word, *end;
	long	 n;

	while (*argc > 0) {
		word = (*argv)[0];
		if (strlen(word) >= 2 && strncmp(word, "switch",
		    strlen(word)) == 0) {
			if (*argc < 2) {
				fprintf(stderr, "switch: which one?\n");
				return (-1);
			}
			pa->pa_switch = (*argv)[1];
		} else if (strncmp(word, "table", strlen(word)) == 0) {
			n = *argc < 2 ? -1 : strtol((*argv)[1], &end, 0);
			if (n < 0 || n > 255 || *end != '\0') {
				fprintf(stderr, "table: a number from 0 to "
				    "255 is expected\n");
				return (-1);
			}
			pa->pa_table = n;
		} else
			return (0);
		*argc -= 2;
		*argv += 2;
	}
	return (0);
}

const struct command *
parser_parse(const struct command *table, int argc, char *argv[],
    struct parsed *pa)
{
	const struct command	*co = NULL;
	const char		*w;
	int			 n = 0, i;

	memset(pa, 0, sizeof(*pa));
	pa->pa_table = -1;
	if (parse_front(&argc, &argv, pa) == -1)
		return (NULL);
	do {
		if (n >= argc) {
			fprintf(stderr, "missing word, ");
			list_valid(table, co, n, "");
			return (NULL);
		}
		if ((co = find_word(table, co, n, argv[n])) == NULL)
			return (NULL);
		n++;
	} while (word_at(co->co_words, n, &w) > 0);
	argc -= n;
	argv += n;
	if (argc < co->co_min || argc > co->co_max || argc > PARSER_ARGS) {
		fprintf(stderr, "usage: switchctl %s %s\n", co->co_words,
		    co->co_args);
		return (NULL);
	}
	for (i = 0; i < argc; i++)
		pa->pa_argv[i] = argv[i];
	pa->pa_argc = argc;
	return (co);
}

void
parser_usage(const struct command *table, FILE *f)
{
	for (; table->co_words != NULL; table++)
		fprintf(f, "  %s%s%s\n", table->co_words,
		    *table->co_args ? " " : "", table->co_args);
}
