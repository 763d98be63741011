/*
 * SPDX-License-Identifier: ISC
 *
 * parent.h: the parts of switchd's parent, the only process with privileges.
 *
 *	parent.c	configuration, children, requests of switchctl
 *	confine.c	what it gives up of root's rights
 *	listener.c	listening sockets
 *	target.c	OpenFlow streams to devices, switches and controllers
 *	dial.c		resolving and connecting, in a process of its own
 *	certs.c		reading certificates and keys
 *	local.c		switches of this machine: hosts
 *	local_port.c	their ports
 *	link.c		the interfaces of this machine, as they come and go
 *	netns.c		network namespaces whose interfaces are ports, too
 */
#ifndef _SWITCHD_PARENT_H_
#define _SWITCHD_PARENT_H_

#include "conf.h"
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
const struct parent_args *parent_options(void);
const struct conf *parent_conf(void);

/* confine.c: for good, and for all that is started later. */
void	confine_parent(const struct parent_args *);

/*
 * listener.c: make the sockets what a configuration says, and tell ofp the
 * difference.  prepare opens those that are new and changes nothing else, but
 * that one which goes and is in the way of another stops to listen: NULL, or
 * why one cannot be opened, with all as before; then either commit or abort.
 */
const char	*listener_prepare(const struct conf *);
void		 listener_commit(void);
void		 listener_abort(void);
void		 listener_tell_all(void);	/* ofp was started */
uint32_t	 listener_count(void);

/* target.c: streams that we open, again and again. */
void		 target_sync(const struct conf *);
void		 target_child_started(enum proc_id);
/* A stream ended in a child. */
void		 target_up(struct msg *);
void		 target_down(enum proc_id, struct msg *);
/* switchctl connect: NULL or why not. */
const char	*target_connect(const struct ctl_connect *);
/* switchctl disconnect: false: none of that address. */
bool		 target_disconnect(const char *addr);
uint32_t	 target_relays(void);
/* The local switch whose device this is, here or in the kernel; "": none. */
void		 target_local_name(const struct conf *, const char *path,
		    char *name, size_t);
/* The host of a local switch may be there now: open its device at once. */
void		 target_kick(const char *name);

/*
 * dial.c: connect to a host, in a process without privileges that ends then.
 * done gets a connected descriptor, which it owns, or -1 and why not, once;
 * never from inside dial_start.  NULL: out of processes, errno.
 */
struct dial;
struct dial	*dial_start(const struct conf_uri *, const char *user,
		    void (*done)(void *arg, int fd, const char *why),
		    void *arg);
void		 dial_cancel(struct dial *);	/* done is not called */

/* certs.c: read what a configuration names; NULL or what is wrong with it. */
struct certs {
	char	*ce_pem[3];		/* ca, certificate, key */
	size_t	 ce_len[3];
};
const char	*certs_read(struct certs *, const struct conf *);
bool		 certs_same(const struct certs *, const struct certs *);
void		 certs_send(const struct certs *, enum proc_id);
void		 certs_clear(struct certs *);

/* local.c, local_port.c */
void		 local_init(void);
void		 local_sync(const struct conf *);
void		 local_reaped(int pid, int status);
void		 local_tell_all(void);		/* ofp was started */
void		 local_processes(uint32_t client);
bool		 local_counters(const char *name, uint32_t client);
/* Path of a local switch's device and of its kind; false: no such switch. */
bool		 local_device(const char *name, char *path, size_t,
		    enum ctl_switch_kind *);

/* link.c: an interface as rtnetlink tells it. */
struct link_space;		/* a network namespace */
struct link {
	struct link_space *ln_space;
	char		 ln_id[UCTL_NAME_LEN];	/* as its port is called */
	uint32_t	 ln_index;
	uint32_t	 ln_master;
	uint32_t	 ln_flags;		/* IFF_* */
	uint16_t	 ln_type;		/* ARPHRD_* */
	char		 ln_name[16];
	char		 ln_alias[256];
	char		 ln_kind[16];		/* "tun", "veth", "" */
	uint32_t	 ln_owner;	/* uid of a tap, or UINT32_MAX */
	bool		 ln_seen;		/* in the dump that runs */
	TAILQ_ENTRY(link) ln_entry;
};
TAILQ_HEAD(links, link);
extern struct links	links;
/* Read all, watch, and call back when one came, changed or went. */
void		 link_init(void (*changed)(struct link *),
		    void (*gone)(struct link *));
/*
 * The same of another namespace, of which this is an open descriptor, which is
 * consumed.  NULL and errno.  When it is closed its interfaces are gone.
 */
struct link_space *link_space_open(const char *name, int fd);
void		 link_space_close(struct link_space *);
/* "" and -1 and 0 of our own. */
const char	*link_space_name(const struct link_space *);
int		 link_space_fd(const struct link_space *);
uint64_t	 link_space_id(const struct link_space *);

/* netns.c: namespaces of the configuration, as they come and go. */
void		 netns_sync(const struct conf *);

#endif /* _SWITCHD_PARENT_H_ */
