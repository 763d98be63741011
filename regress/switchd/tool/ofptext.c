/*
 * SPDX-License-Identifier: ISC
 *
 * ofptext: OpenFlow messages on standard input, one a line in hexadecimal, as
 * text.  Prints what a golden file has behind "> ".
 */
#include <stdio.h>

#include "ofp_print.h"

int
main(void)
{
	static uint8_t	msg[OFP_MSG_MAX];
	static char	text[65536];
	struct ofp_text	tx;
	unsigned int	v;
	size_t		n;
	int		c;

	for (n = 0; (c = getchar()) != EOF;) {
		if (c == '\n') {
			ofp_text_init(&tx, text, sizeof(text));
			ofp_print_msg(&tx, msg, n);
			puts(text);
			n = 0;
		} else if (c != ' ' && n < sizeof(msg)) {
			ungetc(c, stdin);
			if (scanf("%2x", &v) != 1)
				return (1);
			msg[n++] = (uint8_t)v;
		}
	}
	return (0);
}
