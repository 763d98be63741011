/*
 * SPDX-License-Identifier: ISC
 *
 * output.h: rows to the terminal, as text or as JSON.
 */
#ifndef _SWITCHCTL_OUTPUT_H_
#define _SWITCHCTL_OUTPUT_H_

#include <stdbool.h>

#include "decode.h"

enum output_mode { OUTPUT_TEXT, OUTPUT_JSON };

/* kind: what the command shows; a summary or a description is one object. */
void	output_begin(enum output_mode, enum row kind);
/* A row_fn: prints, or keeps what is put together with a later row. */
void	output_row(enum row, json_t *, void *);
/* Prints what was kept.  True when an error row was among them. */
bool	output_end(void);
/* Ends the program, with status 1, if what it printed was not written. */
void	output_flush(void);

/* output_text.c: whether its rows are a table, the table, another row. */
bool	output_is_table(enum row);
void	output_table(enum row, const json_t *rows);
void	output_text(enum row, const json_t *);

#endif /* _SWITCHCTL_OUTPUT_H_ */
