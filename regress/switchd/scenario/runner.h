/*
 * SPDX-License-Identifier: ISC
 *
 * runner.h: what the parts of the scenario runner share.
 *
 *	lang.c		lines, variables, blocks
 *	ctl.c		controllers: messages sent and expected
 *	scenario.c	cases, frames, and what a line does
 *
 * A step returns false after fail(), which keeps the first reason of a case.
 */
#ifndef _RUNNER_H_
#define _RUNNER_H_

#include "if_switch.h"
#include "ofp_msg.h"
#include "scenario.h"

#define MAXPORT		16
#define LOCAL		OFP_P_LOCAL

/* A message that arrived and waits to be expected. */
struct msg {
	struct msg	*ms_next;
	size_t		 ms_len;
	uint8_t		 ms_data[];
};

struct ctl {
	bool		 ct_open, ct_closed;
	bool		 ct_quiet;	/* no answers to echo requests */
	uint8_t		*ct_buf;
	size_t		 ct_len;
	struct msg	*ct_first, **ct_last;
	uint32_t	 ct_xid0, ct_xid;	/* first and last one used */
};

struct run {
	const struct backend	*be;
	const char		*file;
	int			 line, failline;
	const char		*only;		/* cases with this word */
	char			 name[200];	/* of the case, "" outside */
	char			 why[1024];
	bool			 failed, skipped, ready, noconnect, chosen;
	uint32_t		 port[MAXPORT];
	int			 nports;
	struct switch_conf	 conf;
	bool			 conf_set;
	struct ctl		 ctl[CTLS];
	uint32_t		 xid;
	size_t			 chunk;		/* cut of writes, 0: none */
	uint8_t			 last[FRAMES_MAX];
	int			 last_len;
	struct show		*pending;	/* entries to be matched */
	struct shown		 shown;		/* of the last expect */
	bool			*used;
	unsigned int		 nok, nbad, nskipped;
	const char		*record;	/* directory for streams */
};
extern struct run run;

/* scenario.c */
bool	fail(const char *, ...) __attribute__((format(printf, 1, 2)));
void	case_end(void);
void	line_run(const char *first, char *line);

/* lang.c */
void	var_set(const char *name, const char *value);
/* The word at *p, ended in place; *p moves behind it. NULL: none left. */
char	*word(char **p);
void	file_run(const char *path);
void	vars_free(void);

/* ctl.c */
void	ctl_flush(struct ctl *);
void	ctl_reset(struct ctl *);
bool	write_all(int n, const uint8_t *, size_t);
/* Read what is there. */
void	pump(int n);
/* The next message, waiting for it; NULL: none came. */
struct msg *msg_next(int n);
bool	do_send(int n, char *rest);
bool	do_connect(int n, char *rest);
/* Everything sent so far has been done: only where that takes time. */
void	settle(void);
bool	expect_msg(int n, char *rest);
bool	do_entry(char *rest);

#endif /* _RUNNER_H_ */
