/*
 * SPDX-License-Identifier: ISC
 *
 * parent.h: the parts of switchd's parent, the only process with privileges.
 */
#ifndef _SWITCHD_PARENT_H_
#define _SWITCHD_PARENT_H_

#include <sys/queue.h>

#include "proc.h"

/* From the command line. */
struct parent_args {
	struct proc_args pa_proc;
	const char	*pa_conf;
	const char	*pa_socket;	/* of switchctl */
	const char	*pa_run;	/* where local switches' sockets are */
	const char	*pa_state;	/* directory of port numbers */
	uint32_t	 pa_cache;	/* 0: not given */
	uint32_t	 pa_timeout;
	bool		 pa_timeout_set;
	bool		 pa_check;	/* -n */
};

/* parent.c */
int	parent_main(const struct parent_args *);


#endif /* _SWITCHD_PARENT_H_ */
