/*
 * SPDX-License-Identifier: ISC
 *
 * lex.h: the words of a configuration file, with the files it includes.
 *
 * A word is what stands between blanks and the characters { } = ,  or between
 * quotes ' or ".  # begins a comment, \ at the end of a line continues it, and
 * $name stands for the value of a macro, as one word, not in quotes.
 */
#ifndef _SWITCHD_LEX_H_
#define _SWITCHD_LEX_H_

#include <stdbool.h>
#include <stddef.h>

#define LEX_WORD_LEN	1024

enum lex_kind {
	LEX_END,
	LEX_WORD,
	LEX_CHAR,	/* { } = , and the end of a line */
	LEX_BAD		/* lw_text says why */
};

struct lex_word {
	char	lw_text[LEX_WORD_LEN];
	bool	lw_quoted;
	int	lw_char;
};

/* Begin with a file; NULL or why not.  Forgets errors and the file's macros. */
const char	*lex_open(const char *path);
void		 lex_close(void);
enum lex_kind	 lex_next(struct lex_word *);
/* Go on in another file, relative to the directory of this one. */
const char	*lex_include(const char *path);
/* sticky: from the command line, stronger than the file's. */
const char	*lex_macro_set(const char *name, const char *value,
		    bool sticky);

/* The word that was read last, "": the end of a line. */
const char	*lex_near(void);
/* Say it with file and line, and count it. */
void		 lex_error(const char *, ...)
		    __attribute__((__format__(__printf__, 1, 2)));
/* "file:line" of the word that was read last. */
void		 lex_where(char *, size_t);
unsigned int	 lex_errors(void);
const char	*lex_first_error(void);

#endif /* _SWITCHD_LEX_H_ */
