/*
 * SPDX-License-Identifier: ISC
 *
 * msg.h: what the processes of switchd say to each other.
 *
 * A message is an imsg: a type, a number (the imsg's peer id), a fixed struct
 * without pointers, for some types bytes behind it, and at most one
 * descriptor.  Its row in msg.c says who may send it to whom, how large it is
 * and whether a descriptor comes with it; proc.c refuses all else before a
 * handler sees it, so a handler needs no check of its own:
 *
 *	static void
 *	ofp_conf_opts(struct msg *m)
 *	{
 *		struct msg_opts	mo;
 *
 *		msg_get(m, &mo, sizeof(mo));
 *
 * Strings are terminated: msg_get writes a NUL at the end of the struct's
 * known strings by msg_str.  A descriptor is the handler's once msg_fd took
 * it, and is closed otherwise.
 */
#ifndef _SWITCHD_MSG_H_
#define _SWITCHD_MSG_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ctl.h"
#include "user/uswitch_ctl.h"

enum proc_id {
	PROC_PARENT,
	PROC_OFP,
	PROC_OFCCONN,
	PROC_CONTROL,
	PROC_MAX
};

enum msg_type {
	/* Processes. */
	MSG_PEER,		/* msg_id: a sibling's number; fd */
	MSG_READY,		/* msg_ready: sandboxed and at work */
	MSG_VERBOSE,		/* msg_id: log level */

	/* Configuration, as a difference to what was sent before. */
	MSG_OPTS,		/* msg_opts */
	MSG_TLS,		/* msg_tls, then ca, cert, key */
	MSG_SWITCH_ADD,		/* msg_switch; replaces by ms_id */
	MSG_SWITCH_DEL,		/* msg_id */
	MSG_PORT_ADD,		/* msg_port; replaces by switch and name */
	MSG_PORT_DEL,		/* msg_port */
	MSG_LISTEN_ADD,		/* msg_listen; fd, listening */
	MSG_LISTEN_DEL,		/* msg_id */
	MSG_CONF_DONE,		/* - : the difference is complete */

	/* OpenFlow streams that the parent opened. */
	MSG_DEVICE_OPEN,	/* msg_device; fd, connected */
	MSG_DEVICE_CLOSE,	/* msg_id */
	MSG_DEVICE_DOWN,	/* msg_down: ended, for this reason */

	/* Relays. */
	MSG_RELAY_DEVICE,	/* msg_device; fd, the switch */
	MSG_RELAY_OPEN,		/* msg_device; fd, the controller: begin */
	MSG_RELAY_CLOSE,	/* msg_id */
	MSG_RELAY_UP,		/* msg_id: both sides have spoken */
	MSG_RELAY_DOWN,		/* msg_down */

	/* switchctl.  The number is that of the asking: replies carry it. */
	MSG_CTL,		/* msg_ctl, then a request of ctl.h */
	MSG_CTL_REPLY,		/* msg_ctl, then an answer of ctl.h */
	MSG_CTL_GONE,		/* - : nobody waits for that answer */
	MSG_CTL_HOLD,		/* msg_id: 1: pause with it, 0: go on */
	MSG_MAX
};

struct msg_id {
	uint32_t	mi_id;
};

struct msg_ready {
	uint32_t	mr_pid;
	char		mr_user[32];
	char		mr_root[64];
	char		mr_promises[CTL_TEXT_LEN];	/* or "none: why" */
};

#define MSG_UNSET	UINT32_MAX	/* a switch's setting: as msg_opts */

struct msg_opts {
	uint32_t	mo_cache;	/* MACs per switch */
	uint32_t	mo_timeout;	/* s; 0: never */
	uint32_t	mo_rate;	/* packet-ins of a port; 0: any */
	uint32_t	mo_pid;		/* of the parent */
	uint32_t	mo_listeners;
	uint32_t	mo_relays;
	uint64_t	mo_started;	/* CLOCK_BOOTTIME, s */
	uint64_t	mo_loaded;	/* the same, of the configuration */
	char		mo_conf[CTL_TEXT_LEN];
};

/*
 * Certificates as PEM: so many bytes of each follow, in this order; all zero:
 * no TLS any more.  For listeners and for outgoing connections alike; what is
 * connected keeps what it has.
 */
struct msg_tls {
	uint32_t	mt_ca;
	uint32_t	mt_cert;
	uint32_t	mt_key;
};

#define MSG_V_10	0x01
#define MSG_V_13	0x02

/* A switch of the configuration, also a local one: found by what is set. */
struct msg_switch {
	uint32_t	ms_id;
	uint64_t	ms_dpid;		/* 0: any */
	char		ms_name[CTL_NAME_LEN];
	char		ms_addr[CTL_ADDR_LEN];	/* "192.0.2.7"; "": any */
	char		ms_pin[80];		/* "SHA256:...", "": none */
	uint32_t	ms_versions;		/* MSG_V_*; 0: all */
	uint32_t	ms_cache;		/* or MSG_UNSET */
	uint32_t	ms_timeout;		/* s, or MSG_UNSET */
	uint32_t	ms_rate;		/* the same */
};

/* What the configuration says about a port that is attached now. */
struct msg_port {
	char		mp_switch[CTL_NAME_LEN];
	char		mp_name[UCTL_NAME_LEN];	/* "tap0", "vm1/tap0" */
	uint32_t	mp_no;			/* 0: known by its name */
	uint32_t	mp_max_macs;		/* 0: no limit */
};

struct msg_listen {
	uint32_t	ml_id;
	uint32_t	ml_tls;
	char		ml_addr[CTL_ADDR_LEN];	/* "tcp:0.0.0.0:6653" */
};

struct msg_device {
	uint32_t	md_id;
	uint32_t	md_kind;		/* enum ctl_switch_kind */
	uint32_t	md_tls;
	char		md_name[CTL_NAME_LEN];	/* local switch, or "" */
	char		md_addr[CTL_ADDR_LEN];	/* "/run/switch0", "tls:..." */
	char		md_host[CTL_ADDR_LEN];	/* the name to verify by TLS */
};

struct msg_down {
	uint32_t	mw_id;
	uint32_t	mw_worked;		/* it was up: begin anew soon */
	char		mw_text[CTL_TEXT_LEN];
};

/* A request or an answer: enum ctl_type; its payload follows. */
struct msg_ctl {
	uint32_t	mc_type;
};

struct msg {
	enum msg_type	 m_type;
	enum proc_id	 m_from;
	uint32_t	 m_id;
	int		 m_fd;		/* or -1 */
	const uint8_t	*m_data;
	size_t		 m_len;
};

/* Who may send (bits of enum proc_id), and what. */
struct msg_row {
	const char	*mr_name;
	uint32_t	 mr_from;
	uint32_t	 mr_to;
	uint32_t	 mr_size;
	bool		 mr_more;	/* bytes may follow */
	bool		 mr_fd;
};
extern const struct msg_row	msg_rows[MSG_MAX];

const char *proc_name(enum proc_id);
const char *msg_name(uint32_t type);

/* NULL if a message is as its row says, otherwise what is wrong. */
const char *msg_check(uint32_t type, enum proc_id from, enum proc_id to,
	    size_t len, bool fd);

/* The fixed part, or its beginning. */
void	msg_get(const struct msg *, void *, size_t);

/* What follows a fixed part of that size. */
const uint8_t *msg_rest(const struct msg *, size_t fixed, size_t *len);

/* Take the descriptor; -1 if it was taken or could not be received. */
int	msg_fd(struct msg *);

/* End a string received in a fixed array. */
#define msg_str(s)	((s)[sizeof(s) - 1] = '\0')

#endif /* _SWITCHD_MSG_H_ */
