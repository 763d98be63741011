/*
 * SPDX-License-Identifier: ISC
 *
 * golden.h: read a file of messages as bytes and the text they mean; the
 * format is explained in regress/switchd/ofp/README.
 */
#ifndef _GOLDEN_H_
#define _GOLDEN_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define GOLDEN_MAX	4096		/* bytes of a message */
#define GOLDEN_LENS	64		/* length fields of a message */

/* What a message gives that ends in front of a byte. */
struct golden_cut {
	char		gc_error[48];	/* as ofp_error_name says it, or "OK" */
};

/* A length field, and what a length gives that cannot be. */
struct golden_len {
	size_t		gl_pos;
	size_t		gl_size;
	bool		gl_zero;	/* 0 is not too small */
	char		gl_error[48];
};

struct golden {
	char		g_name[100];
	uint8_t		g_msg[GOLDEN_MAX];
	size_t		g_len;
	size_t		g_min;		/* shorter ones: BAD_REQUEST/BAD_LEN */
	char		g_text[8192];
	bool		g_one_way;	/* there is no encoder */
	bool		g_text_only;	/* ofp_parse.c has no word for it */
	struct golden_cut g_cut[GOLDEN_MAX];
	struct golden_len g_lens[GOLDEN_LENS];
	size_t		g_nlens;
	/* While reading. */
	bool		g_data;
	char		g_here[48];
	char		g_cut_error[48], g_len_error[48];
	char		g_next[100];	/* name of the next one */
};

/* The next message: 1, 0 at the end, -1 with a line in why. */
int	golden_next(FILE *, struct golden *, char *why, size_t);

#endif /* _GOLDEN_H_ */
