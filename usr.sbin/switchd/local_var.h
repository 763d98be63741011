/*
 * SPDX-License-Identifier: ISC
 *
 * local_var.h: what local.c, local_port.c and local_show.c share, and nobody
 * else sees.
 */
#ifndef _SWITCHD_LOCAL_VAR_H_
#define _SWITCHD_LOCAL_VAR_H_

#include "parent.h"
#include "user/uswitch_open.h"

enum local_state { LOCAL_DOWN, LOCAL_STARTING, LOCAL_UP };

struct local_port {
	char			 lp_name[UCTL_NAME_LEN];
	uint32_t		 lp_no;		/* 0: of the kernel */
	uint32_t		 lp_index;
	uint64_t		 lp_netns;	/* id of its namespace */
	uint32_t		 lp_master;	/* index, or 0 */
	struct link_space	*lp_space;	/* while its link is there */
	bool			 lp_attached;	/* else: why not is known */
	bool			 lp_local;	/* the machine's own */
	struct conf_iface	 lp_conf;	/* as it was attached */
	struct uopen		 lp_open;	/* closed, to restore it */
	char			 lp_why[192];
	TAILQ_ENTRY(local_port)	 lp_entry;
};

struct local {
	char			 lo_name[16];
	const struct conf_switch *lo_conf; /* NULL: ends once it started */
	enum local_state	 lo_state;
	bool			 lo_kernel;	/* up, and in the kernel */
	pid_t			 lo_pid;	/* while starting */
	int			 lo_ctl;	/* while up */
	time_t			 lo_asked;	/* CLOCK_MONOTONIC, s */
	unsigned int		 lo_messages;	/* of the answer, so far */
	struct event		*lo_event;	/* hang-up */
	struct event		*lo_timer;
	unsigned int		 lo_wait;	/* s */
	int			 lo_says;	/* its standard error, */
	struct event		*lo_hear;	/* if not NULL */
	TAILQ_HEAD(, local_port) lo_ports;
	TAILQ_ENTRY(local)	 lo_entry;
};
TAILQ_HEAD(locals, local);
extern struct locals	locals;

/* NULL: no such switch. */
struct local	*local_find(const char *name);
/*
 * Ask uswitch.  0; -1: no, which is said if there is a what, or it does not
 * answer and is given up: then none of its ports is there any more.
 */
int		 local_call(struct local *, struct uctl_msg *,
		    const char *what, const int *fds, unsigned int n);
/* The next message of the answer.  False: there is none. */
bool		 local_more(struct local *, struct uctl_msg *);

/*
 * local_port.c.  Of a switch that is up: what it has attached already (else
 * its slaves in the kernel), numbers that are for names of the configuration,
 * and all ports against the configuration and the interfaces there are.
 */
void		 local_list(struct local *);
void		 local_keep(struct local *);
void		 local_list_kernel(struct local *);
void		 local_ports(struct local *);
/* Release ports that shall not be, or not be of this switch. */
void		 local_clear(struct local *);
/* No ports; if the switch ended, neither for others. */
void		 local_forget(struct local *, bool ended);
/* An interface is new or another, of all switches; or has gone, of one. */
void		 local_link_changed(struct link *);
void		 local_link_gone(struct local *, const struct link *);

#endif /* _SWITCHD_LOCAL_VAR_H_ */
