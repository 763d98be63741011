/*
 * SPDX-License-Identifier: ISC
 *
 * proc_var.h: what proc.c, proc_parent.c and proc_sandbox.c share, and nobody
 * else sees.
 */
#ifndef _SWITCHD_PROC_VAR_H_
#define _SWITCHD_PROC_VAR_H_

#include <sys/types.h>

#include <imsg.h>

#include "proc.h"

#define PROC_PARENT_FD		3
#define PROC_MAX_MESSAGE	(CTL_DATA_MAX + 65536)

/* A pipe to a sibling, with its events. */
struct proc_pipe {
	struct imsgbuf	 pp_ibuf;
	struct event	*pp_read;
	struct event	*pp_write;
	enum proc_id	 pp_peer;
	uint32_t	 pp_serial;	/* how often it was opened */
	int		 pp_fd;
	bool		 pp_open;
	bool		 pp_paused;	/* the peer leaves too much unread */
};

/* proc.c */
void	proc_init(enum proc_id self);
void	proc_lost(struct proc_pipe *, bool wrong);
void	proc_pipe_open(enum proc_id, int fd);
void	proc_pipe_close(enum proc_id);
void	proc_pipe_flush(enum proc_id);
void	proc_peer(struct msg *);

/* proc_parent.c */
void	proc_parent_kill(enum proc_id);
/* After proc_sandbox; what it returned. */
void	proc_parent_confined(const char *why);

/* proc_sandbox.c: NULL, or why the process is not confined. */
const char *proc_sandbox(const char *promises);

#endif /* _SWITCHD_PROC_VAR_H_ */
