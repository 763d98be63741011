/*
 * SPDX-License-Identifier: ISC
 *
 * words.c: what writers of messages ask of their text; see words.h.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "frame.h"
#include "words.h"

void
words_fail(struct words *w, const char *what, const char *word)
{
	if (w->w_why[0] == '\0')
		snprintf(w->w_why, sizeof(w->w_why), "%.200s: \"%.90s\"",
		    what, word);
}

/* Value of key=value, or NULL; a bare key gives "1". */
const char *
words_key(const struct words *w, const char *name)
{
	size_t	n = strlen(name);
	int	i;

	for (i = 0; i < w->w_n; i++) {
		if (strncmp(w->w_word[i], name, n) != 0)
			continue;
		if (w->w_word[i][n] == '=')
			return (w->w_word[i] + n + 1);
		if (w->w_word[i][n] == '\0')
			return ("1");
	}
	return (NULL);
}

uint64_t
words_number(struct words *w, const char *s)
{
	char			*end;
	unsigned long long	 v;
	uint32_t		 port;

	if (strcmp(s, "none") == 0)
		return (0xffffffff);
	v = strtoull(s, &end, 0);
	if (end != s && *end == '\0')
		return (v);
	if (strcasecmp(s, "slowpath") == 0)
		return (OFP_M_SLOWPATH);
	if (ofp_parse_port_no(s, &port) == 0)
		return (port);
	words_fail(w, "not a number", s);
	return (0);
}

uint64_t
words_num(struct words *w, const char *name, uint64_t dflt)
{
	const char	*s = words_key(w, name);

	return (s == NULL ? dflt : words_number(w, s));
}

/* Words of bytes in hexadecimal, from word i on, to the message. */
void
words_hex(struct words *w, struct ofp_wr *wr, int i)
{
	static uint8_t	b[OFP_MSG_MAX];
	int		n;

	for (; i < w->w_n; i++) {
		if (strchr(w->w_word[i], '=') != NULL ||
		    strcmp(w->w_word[i], "more") == 0)
			continue;
		if ((n = frame_parse_hex(w->w_word[i], b, sizeof(b))) < 0)
			words_fail(w, "not bytes", w->w_word[i]);
		else
			ofp_wr_bytes(wr, b, (size_t)n);
	}
}

/* data=N: N bytes 0, 1, 2, ... */
void
words_data(struct words *w, struct ofp_wr *wr)
{
	uint64_t	i, n = words_num(w, "data", 0);

	for (i = 0; i < n; i++)
		ofp_wr_u8(wr, (uint8_t)i);
}

void
words_actions(struct words *w, struct ofp_wr *wr, const char *s)
{
	char	err[200];

	if (s == NULL || *s == '\0')
		return;
	if (strncmp(s, "hex:", 4) == 0) {
		static uint8_t	b[4096];
		int	n = frame_parse_hex(s + 4, b, sizeof(b));

		if (n < 0)
			words_fail(w, "not bytes", s);
		else
			ofp_wr_bytes(wr, b, (size_t)n);
		return;
	}
	if (ofp_parse_actions(s, wr, err, sizeof(err)) == -1)
		words_fail(w, err, s);
}
int
words_index(const char *s, const char *const *list, int n)
{
	int	i;

	for (i = 0; i < n; i++) {
		if (strcmp(s, list[i]) == 0)
			return (i);
	}
	return (-1);
}
