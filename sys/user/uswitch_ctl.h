/*
 * SPDX-License-Identifier: ISC
 *
 * uswitch_ctl.h: how somebody with privileges runs a uswitch(8).
 *
 * uswitch works without privileges and cannot open an interface.  Who can -
 * its own parent, or the parent of switchd - opens it (uswitch_open.h), and
 * hands the descriptors over the control socket, a SOCK_SEQPACKET unix socket
 * that only root may connect to (/run/switch0.ctl).
 *
 * Each request is one struct uctl_msg, with descriptors beside it for
 * UCTL_ADD; each is answered by one message, or by several of which all but
 * the last have um_more set, of the same type.  um_error is an errno, 0 for
 * success, and um_text then says what was wrong with what, for people.
 *
 *	UCTL_ADD	um_port	a port with its descriptors.  A name that is
 *				attached already gets the new descriptors and
 *				settings and stays the same port; the answer
 *				has its number.
 *	UCTL_DEL	um_port	by up_name
 *	UCTL_SET	um_port	number, domains, locked address of up_name
 *	UCTL_KEEP	um_port	up_no is for up_name alone, attached or not; who
 *				has it now gets another
 *	UCTL_LIST		answered by an um_port for each port, then by a
 *				last message with an empty name
 *	UCTL_CONF	um_conf	what is not zero, and the fail mode
 *	UCTL_CONF_GET		answered by um_conf
 *	UCTL_COUNTERS		answered by an um_counter for each, then by a
 *				last one with an empty name
 *	UCTL_SHUTDOWN		answered, then uswitch ends
 *	UCTL_PARENT	um_process	by uswitch's parent: what it is
 *	UCTL_PROCESSES		answered by an um_process for each, then by a
 *				last one with no process id
 *
 * Both ends are programs of one package on one machine: um_version refuses a
 * mixture.  uswitch_ctl.c and uswitch_open.c use libc alone and are part of
 * uswitch and switchd.
 */
#ifndef _USER_USWITCH_CTL_H_
#define _USER_USWITCH_CTL_H_

#include <stddef.h>
#include <stdint.h>

#define UCTL_VERSION	3
#define UCTL_MAX_FDS	16
#define UCTL_MAX_QUEUES	8
#define UCTL_NETNS_LEN	64	/* name of a network namespace, and NUL */
#define UCTL_NAME_LEN	80	/* [NETNS/]INTERFACE, and NUL */

enum uctl_type {
	UCTL_ADD = 1,
	UCTL_DEL,
	UCTL_SET,
	UCTL_LIST,
	UCTL_CONF,
	UCTL_CONF_GET,
	UCTL_COUNTERS,
	UCTL_SHUTDOWN,
	UCTL_PARENT,
	UCTL_PROCESSES,
	UCTL_KEEP
};

/* What a port is made of, and the descriptors that UCTL_ADD carries. */
enum uctl_kind {
	UCTL_PACKET = 1,	/* packet sockets: receive, transmit, one for
				 * each queue; then table and link of the
				 * kernel's part (uswitch_fast.h), or slots
				 * and links of a tunnel (uswitch_tunnel.h),
				 * and the guard, if they are there; in another
				 * network namespace two of its rtnetlink
				 * sockets, to listen and to ask */
	UCTL_TAP		/* the tap */
};

enum uctl_port_flags {
	UCTL_P_LOCAL	 = 1 << 0,	/* the machine's own port */
	UCTL_P_LOCK_MAC	 = 1 << 1,	/* only up_mac may send */
	UCTL_P_GUARD	 = 1 << 2,	/* a guard is there */
	UCTL_P_LINK	 = 1 << 3,	/* UCTL_LIST: it has a carrier */
	UCTL_P_FAST	 = 1 << 4,	/* table and link are there */
	UCTL_P_TUNNEL	 = 1 << 5	/* slots and links are there */
};

/*
 * A port is known by the name of its interface, and in another network
 * namespace by "NETNS/INTERFACE"; neither has a slash in it.
 */
struct uctl_port {
	char		up_name[UCTL_NAME_LEN];
	uint32_t	up_no;		/* 0: the one it had, or a free one */
	uint32_t	up_ifindex;
	uint32_t	up_flags;	/* enum uctl_port_flags */
	uint32_t	up_domains;	/* protected domains 1..31 as bits */
	uint8_t		up_mac[6];
	uint8_t		up_kind;	/* enum uctl_kind */
	uint8_t		up_nqueues;
	uint32_t	up_queues[UCTL_MAX_QUEUES];	/* their ids */
	uint64_t	up_netns;	/* its inode; 0: uswitch's own */
};

struct uctl_conf {
	uint64_t	uc_dpid;
	uint32_t	uc_standalone;	/* 0: fail secure, 1: standalone */
	uint32_t	uc_fail_delay;	/* s */
	uint32_t	uc_tables;
	uint32_t	uc_max_flows;
	uint32_t	uc_max_flows_all;
	uint32_t	uc_max_groups;
	uint32_t	uc_max_meters;
	uint32_t	uc_max_buffers;
	uint32_t	uc_max_chans;	/* openers of the device at once */
	uint32_t	uc_chan_queue;	/* bytes */
	char		uc_dp_desc[256];
	char		uc_serial[32];
};

struct uctl_counter {
	char		uk_name[48];
	uint64_t	uk_value;
};

struct uctl_process {
	uint32_t	ux_pid;
	uint32_t	ux_is_parent;
	uint64_t	ux_since;	/* s of CLOCK_BOOTTIME */
	char		ux_user[32];
	char		ux_root[64];	/* root directory */
	char		ux_promises[200];
};

struct uctl_msg {
	uint32_t	um_version;	/* UCTL_VERSION */
	uint32_t	um_type;	/* enum uctl_type */
	uint32_t	um_error;	/* answers: errno */
	uint32_t	um_more;	/* answers: others follow */
	char		um_text[128];	/* answers: why */
	union {
		struct uctl_port	u_port;
		struct uctl_conf	u_conf;
		struct uctl_counter	u_counter;
		struct uctl_process	u_process;
	} um_u;
#define um_port		um_u.u_port
#define um_conf		um_u.u_conf
#define um_counter	um_u.u_counter
#define um_process	um_u.u_process
};

/* A message of this type, otherwise empty. */
void	uctl_init(struct uctl_msg *, enum uctl_type);

/* The interface of a port's name: what stands behind a slash, if any. */
const char *uctl_ifname(const char *);

/* Connect to a control socket.  -1 and errno (EAGAIN: nobody accepts). */
int	uctl_connect(const char *path);

/*
 * Send a message with n descriptors, which stay the caller's.  -1 and errno.
 */
int	uctl_send(int, const struct uctl_msg *, const int *fds, unsigned int n);

/*
 * Receive a message and at most UCTL_MAX_FDS descriptors, which become the
 * caller's (*n of them).  1; 0 when the peer is gone; -1 and errno (EPROTO:
 * not such a message; descriptors that came with it are closed).
 */
int	uctl_recv(int, struct uctl_msg *, int *fds, unsigned int *n);

/*
 * Send and receive one answer into the same message.  0, or -1 and errno,
 * which is um_error if the other side refused; then um_text says why.
 */
int	uctl_call(int, struct uctl_msg *, const int *fds, unsigned int n);

#endif /* _USER_USWITCH_CTL_H_ */
