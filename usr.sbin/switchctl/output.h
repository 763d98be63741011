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

/* One row, output_text.c. first: with the heading. */
void	output_text(enum row, const json_t *, bool first);

#endif /* _SWITCHCTL_OUTPUT_H_ */
