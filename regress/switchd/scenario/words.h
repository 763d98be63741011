/*
 * SPDX-License-Identifier: ISC
 *
 * words.h: a message's text cut into words, and what its writers ask of it.
 *
 *	msg_build.c	the table of messages, and the small ones
 *	msg_mods.c	flow, group and meter mods
 *	msg_mp.c	multipart requests
 */
#ifndef _WORDS_H_
#define _WORDS_H_

#include "ofp_mp.h"
#include "ofp_msg.h"
#include "ofp_print.h"
#include "scenario.h"

#define WORDS	64

/* The text of a message, cut into words; what stands behind ":" or "|". */
struct words {
	char		 w_text[16384];
	char		*w_word[WORDS];
	int		 w_n;
	char		*w_tail;	/* behind the first " : ", or NULL */
	char		 w_why[300];
	uint32_t	 w_xid;
};

struct kind {
	const char	*k_name;
	uint8_t		 k_type;	/* OFP_T_*, or OFP_MP_* */
	void		(*k_write)(struct words *, struct ofp_wr *);
};

/* words.c */
void	words_fail(struct words *, const char *what, const char *word);
/* Value of key=value, or NULL; a bare key gives "1". */
const char *words_key(const struct words *, const char *name);
uint64_t words_number(struct words *, const char *);
uint64_t words_num(struct words *, const char *name, uint64_t dflt);
/* Words of bytes in hexadecimal, from word i on, to the message. */
void	words_hex(struct words *, struct ofp_wr *, int i);
/* data=N: N bytes 0, 1, 2, ... */
void	words_data(struct words *, struct ofp_wr *);
void	words_actions(struct words *, struct ofp_wr *, const char *);
int	words_index(const char *, const char *const *list, int n);

/* msg_mods.c */
void	msg_flow_mod(struct words *, struct ofp_wr *);
void	msg_oxm(struct words *, struct ofp_wr *);
void	msg_oxmm(struct words *, struct ofp_wr *);
void	msg_group_mod(struct words *, struct ofp_wr *);
void	msg_meter_mod(struct words *, struct ofp_wr *);

/* msg_mp.c */
void	msg_multipart(struct words *, struct ofp_wr *);

#endif /* _WORDS_H_ */
