/*
 * SPDX-License-Identifier: ISC
 *
 * uswitch.h: what the two processes of uswitch share.
 *
 * The parent (parent.c) keeps root: it opens interfaces, also those that come
 * back, and tidies up.  The worker (worker.c) is the switch: unprivileged, in
 * an empty root directory.  They share a connected control socket
 * (uswitch_ctl.h), over which the parent hands ports to the worker.
 */
#ifndef _USER_USWITCH_H_
#define _USER_USWITCH_H_

#include <sys/types.h>

#include <stdbool.h>
#include <stdint.h>

#include "uswitch_open.h"

#define EMPTY_DIR	"/var/empty"
#define US_MAX_PORTS	256	/* on the command line */

/* A port of the command line. */
struct us_port {
	struct uopen	 us_open;
	const char	*us_name;	/* [NETNS/]INTERFACE */
	char		 us_netns[UCTL_NETNS_LEN];	/* or "" */
	int		 us_ns;		/* the namespace, -1: not there */
	uint64_t	 us_ns_id;
	uint32_t	 us_no;
	enum uctl_kind	 us_kind;
	bool		 us_local;
	uint32_t	 us_ifindex;	/* attached with, 0: not there */
};

struct us_options {
	const char	*uo_name;		/* of the switch */
	bool		 uo_debug;		/* stay, log to stderr */
	uint64_t	 uo_dpid;
	bool		 uo_standalone;
	uint32_t	 uo_fail_delay;
	uint32_t	 uo_openers;
	const char	*uo_user;
	char		 uo_socket[108];
	char		 uo_ctl[108];
	char		 uo_state[256];
	char		 uo_pid[128];
	struct us_port	 uo_ports[US_MAX_PORTS];
	unsigned int	 uo_nports;
	bool		 uo_away;	/* some are in other namespaces */
	/* Opened before the processes part. */
	gid_t		 uo_gid;
	int		 uo_pid_fd, uo_state_fd, uo_socket_fd, uo_ctl_fd;
};

/* Does not return until the switch ends; the exit status. */
int	worker_main(const struct us_options *, int ctl);

/*
 * Attach the ports, say so on ready (unless -1) with one byte, the exit
 * status for the shell; then watch.  The exit status.
 */
int	parent_main(struct us_options *, pid_t worker, int ctl, int ready);

/* This process, confined as it is now. */
void	us_process(struct uctl_process *, const char *user, const char *root);

/* Both log to stderr until they have started, then to syslog unless -d. */
void	us_log_started(const struct us_options *);
void	us_log(const char *, ...) __attribute__((__format__(__printf__, 1, 2)));

#endif /* _USER_USWITCH_H_ */
