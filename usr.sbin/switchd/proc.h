/*
 * SPDX-License-Identifier: ISC
 *
 * proc.h: the processes of switchd, fork and exec, pipes and dispatch.
 *
 * Each process is a struct proc in the file of its name.  The parent starts
 * the others, gives each a pipe to itself and one to every sibling, and starts
 * them again when they die; who is told by pr_peer that a sibling is new has
 * lost what was on the way to the old one.  A child is one thread around
 * libevent; it begins in pr_init, without privileges and in an empty root
 * directory already, and may do in pr_init what its promises do not cover.
 *
 *	const struct proc proc_ofp = {
 *		.pr_promises = "stdio recvfd inet",
 *		.pr_init = ofp_init,
 *		.pr_shutdown = ofp_shutdown,
 *		.pr_handlers = {
 *			[MSG_OPTS] = ofp_conf_opts,
 *			...
 *
 * Messages to one process arrive in order.  Sending never blocks and never
 * fails: what cannot be sent because the process is gone is dropped, and
 * whoever has much to say asks proc_queued first.
 */
#ifndef _SWITCHD_PROC_H_
#define _SWITCHD_PROC_H_

#include <event2/event.h>

#include "msg.h"

struct proc {
	const char	*pr_promises;
	void		(*pr_init)(void);
	void		(*pr_shutdown)(void);		/* may be NULL */
	void		(*pr_peer)(enum proc_id);	/* may be NULL */
	void		(*pr_handlers[MSG_MAX])(struct msg *);
};
extern const struct proc	proc_parent;
extern const struct proc	proc_ofp;
extern const struct proc	proc_ofcconn;
extern const struct proc	proc_control;

/* What is the same for all processes, from the command line. */
struct proc_args {
	int		 pa_debug;
	int		 pa_verbose;
	bool		 pa_tls;	/* libtls is needed */
	const char	*pa_user;
	const char	*pa_root;	/* the empty directory */
};

extern struct event_base	*proc_base;	/* of this process */

/* Send with a number and a descriptor (or -1), which is consumed. */
void	proc_send(enum proc_id, enum msg_type, uint32_t id, int fd,
	    const void *, size_t);
/* The same with bytes behind the fixed part. */
void	proc_send2(enum proc_id, enum msg_type, uint32_t id, int fd,
	    const void *, size_t, const void *, size_t);
/* An answer of ctl.h to a client, with bytes behind it or none. */
void	proc_reply(uint32_t client, enum ctl_type, const void *, size_t,
	    const void *, size_t);
void	proc_fail(uint32_t client, const char *, ...)
	    __attribute__((__format__(__printf__, 2, 3)));
/* For a program to tell apart. */
void	proc_fail_code(uint32_t client, enum ctl_fail_code, const char *);
/* Messages that wait to be written to a process. */
uint32_t proc_queued(enum proc_id);

/* The life of a child, from main to exit. */
__attribute__((__noreturn__))
void	proc_child(enum proc_id, const struct proc_args *);

/*
 * The parent: listen for children, start them, keep them, end them.  started
 * is called after each start, to hand over the state.
 */
void	proc_parent_init(const struct proc_args *,
	    void (*started)(enum proc_id));
void	proc_parent_start(void);
void	proc_parent_stop(void);
/* Those that use TLS need libtls from now on: who lacks it starts again. */
void	proc_parent_tls(void);
/* A child of ours, perhaps one of these, ended.  True if it was. */
bool	proc_parent_reaped(int pid, int status);
void	proc_parent_ready(enum proc_id, const struct msg_ready *);
/* How a process is: false: none of that number. */
bool	proc_parent_show(enum proc_id, struct ctl_process *);

#endif /* _SWITCHD_PROC_H_ */
