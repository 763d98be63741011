/*
 * SPDX-License-Identifier: ISC
 *
 * parser.h: the words of the command line.
 *
 * A command is a row: its keywords, its arguments, what runs it.  Keywords may
 * be abbreviated as long as they stay unique; an exact word always wins.
 */
#ifndef _SWITCHCTL_PARSER_H_
#define _SWITCHCTL_PARSER_H_

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define PARSER_ARGS	64

/* What a command was given. */
struct parsed {
	const char	*pa_switch;	/* "switch NAME" in front, or NULL */
	int		 pa_table;	/* "table N" in front, or -1 */
	int		 pa_argc;
	char		*pa_argv[PARSER_ARGS];
};

struct command {
	const char	*co_words;	/* "show switches" */
	const char	*co_args;	/* "[switch]", for usage */
	int		 co_min, co_max; /* number of arguments */
	int		(*co_run)(const struct command *,
			    const struct parsed *);
	int		 co_what;	/* free for co_run */
};

/*
 * Find the command for the words and fill parsed.  NULL after a message on
 * stderr that names the bad word and what could stand there.
 */
const struct command *parser_parse(const struct command *, int argc,
	    char *argv[], struct parsed *);
/* All commands, a line each. */
void	parser_usage(const struct command *, FILE *);

#endif /* _SWITCHCTL_PARSER_H_ */
