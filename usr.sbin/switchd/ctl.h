/*
 * SPDX-License-Identifier: ISC
 *
 * ctl.h: the control protocol, all that switchctl(8) may know of switchd(8).
 *
 * imsg over a unix stream socket (CTL_SOCKET), one request at a time per
 * client.  A request is one imsg whose payload is the struct named beside it
 * (exact size; text behind it where said).  The answer is any number of data
 * messages and then one CTL_OK or CTL_FAIL.  Only CTL_MONITOR keeps the
 * connection: events follow CTL_OK until the client closes.
 *
 * Structs are fixed, without pointers, host byte order, strings terminated.
 * OpenFlow travels as OpenFlow: a whole message in 1.0 or 1.3 as it came from
 * the switch, which the client decodes with the codec in sys/net.
 */
#ifndef _SWITCHD_CTL_H_
#define _SWITCHD_CTL_H_

#include <stdint.h>

#define CTL_SOCKET	"/run/switchd.sock"
#define CTL_VERSION	1
#define CTL_NAME_LEN	64
#define CTL_ADDR_LEN	128
#define CTL_TEXT_LEN	256
/* Largest imsg payload: an OpenFlow message and a struct in front. */
#define CTL_DATA_MAX	(65535 + 1024)

enum ctl_type {
	/* Requests. */
	CTL_SHOW_SUMMARY = 1,	/* - */
	CTL_SHOW_SWITCHES,	/* struct ctl_select */
	CTL_SHOW_MACS,		/* struct ctl_select */
	CTL_SHOW_PROCESSES,	/* - */
	CTL_SHOW_COUNTERS,	/* struct ctl_select (empty: of the daemon) */
	CTL_SHOW_PROFILE,	/* struct ctl_select */
	CTL_OPENFLOW,		/* struct ctl_openflow, then 1.3 messages */
	CTL_CONNECT,		/* struct ctl_connect */
	CTL_DISCONNECT,		/* struct ctl_select */
	CTL_LOAD,		/* struct ctl_path */
	CTL_RELOAD,		/* - */
	CTL_RESET,		/* - : forget all MACs, delete all our flows */
	CTL_LOG,		/* struct ctl_log */
	CTL_MONITOR,		/* struct ctl_monitor */
	CTL_SHOW_PORTS,		/* struct ctl_select */

	/* Answers. */
	CTL_OK = 64,		/* - */
	CTL_FAIL,		/* struct ctl_fail */
	CTL_SUMMARY,		/* struct ctl_summary */
	CTL_SWITCH,		/* struct ctl_switch */
	CTL_MAC,		/* struct ctl_mac */
	CTL_PROCESS,		/* struct ctl_process */
	CTL_COUNTER,		/* struct ctl_counter */
	CTL_PROFILE,		/* struct ctl_profile */
	CTL_OPENFLOW_REPLY,	/* struct ctl_openflow_reply, then a message */
	CTL_EVENT,		/* struct ctl_event, perhaps a message */
	CTL_PORT		/* struct ctl_port */
};

/*
 * Which switch: empty (all, or the only one), its name ("switch0"), its
 * datapath id ("0x00000000000000a1"), its number as shown, or its address
 * ("tcp:192.0.2.7:41222", a prefix up to the port is enough).
 */
struct ctl_select {
	char		cs_switch[CTL_ADDR_LEN];
};

struct ctl_path {
	char		cp_path[1024];
};

struct ctl_log {
	uint32_t	cl_verbose;	/* 0: brief */
};

/* Connect to a switch, or hand a device to a remote controller. */
struct ctl_connect {
	char		cc_uri[CTL_ADDR_LEN];	/* tcp:, tls:, /dev/.. */
	char		cc_forward[CTL_ADDR_LEN];	/* empty: to us */
};

/*
 * Talk to a switch.  What follows is a run of whole OpenFlow 1.3 messages:
 * multipart requests or mods.  switchd checks them, says them in the
 * switch's version, adds a barrier, and answers with all replies and errors in
 * the order they came.  A form that the switch's version lacks: CTL_FAIL.
 */
struct ctl_openflow {
	struct ctl_select co_select;
	uint32_t	co_len;		/* bytes that follow */
};

struct ctl_openflow_reply {
	uint64_t	cr_dpid;
	char		cr_name[CTL_NAME_LEN];
	uint32_t	cr_len;		/* bytes of the message that follows */
};

enum ctl_fail_code {
	CTL_E_FAILED = 1,	/* tried, and it went wrong */
	CTL_E_SYNTAX,		/* the request itself */
	CTL_E_NO_SWITCH,	/* nobody matches the selection */
	CTL_E_AMBIGUOUS,	/* several do where one is needed */
	CTL_E_NOT_CONNECTED,	/* known, but not reachable now */
	CTL_E_UNSUPPORTED	/* the switch's OpenFlow version cannot */
};
struct ctl_fail {
	uint32_t	cf_code;
	char		cf_text[CTL_TEXT_LEN];	/* a sentence */
};

struct ctl_summary {
	uint32_t	cu_version;		/* CTL_VERSION */
	uint32_t	cu_pid;
	uint64_t	cu_uptime;		/* s */
	uint32_t	cu_switches;		/* known */
	uint32_t	cu_connected;
	uint64_t	cu_macs;
	uint64_t	cu_flows;		/* that we installed */
	uint32_t	cu_cache;		/* MACs per switch, limit */
	uint32_t	cu_timeout;		/* s */
	uint64_t	cu_packet_ins;
	uint64_t	cu_flow_mods;
	uint64_t	cu_packet_outs;
	uint64_t	cu_errors;		/* received from switches */
	uint32_t	cu_listeners;
	uint32_t	cu_relays;
	char		cu_conf[CTL_TEXT_LEN];	/* path of the configuration */
	uint64_t	cu_loaded;		/* s since it was loaded */
};

enum ctl_switch_kind {
	CTL_KIND_EXTERNAL,	/* tcp or tls */
	CTL_KIND_USER,		/* uswitch(8) */
	CTL_KIND_KERNEL		/* /dev/switchN */
};
enum ctl_switch_state {
	CTL_STATE_DOWN, CTL_STATE_HELLO, CTL_STATE_FEATURES, CTL_STATE_UP,
	CTL_STATE_RELAYED,
	CTL_STATE_FULL			/* up, but flows do not fit */
};

struct ctl_switch {
	uint32_t	cw_id;			/* small number, as shown */
	uint64_t	cw_dpid;
	char		cw_name[CTL_NAME_LEN];	/* "switch0", or made up */
	char		cw_addr[CTL_ADDR_LEN];	/* "tcp:192.0.2.7:41222" */
	char		cw_forward[CTL_ADDR_LEN]; /* controller, when relayed */
	uint32_t	cw_kind;
	uint32_t	cw_state;
	uint8_t		cw_version;		/* 1, 4; 0: not negotiated */
	uint8_t		cw_tables;
	uint16_t	cw_ports;
	uint32_t	cw_macs;
	uint32_t	cw_flows;		/* ours */
	uint32_t	cw_max_flows;		/* that fit, UINT32_MAX: any */
	uint64_t	cw_table_full;		/* times that it said so */
	uint64_t	cw_since;		/* s in this state */
	uint64_t	cw_packet_ins;
	uint64_t	cw_errors;
	char		cw_desc[CTL_TEXT_LEN];	/* manufacturer, hardware */
};

struct ctl_mac {
	uint32_t	cm_switch;		/* cw_id */
	uint64_t	cm_dpid;
	uint32_t	cm_port;		/* OFP_P_* */
	char		cm_port_name[20];
	uint16_t	cm_vlan;		/* 0: untagged */
	uint8_t		cm_mac[6];
	uint32_t	cm_age;			/* s since last seen learning */
};

struct ctl_process {
	char		cx_name[32];		/* "ofp" */
	uint32_t	cx_pid;
	char		cx_user[32];
	char		cx_root[64];		/* root directory */
	char		cx_promises[CTL_TEXT_LEN];	/* or "none: why" */
	uint32_t	cx_restarts;
	char		cx_exit[64];		/* how the last one ended */
	uint64_t	cx_uptime;		/* s */
};

struct ctl_counter {
	char		ct_name[48];
	uint64_t	ct_value;
};

/* What OpenFlow does not say of a port: that it is in another namespace. */
struct ctl_port {
	uint32_t	cp_port;
	char		cp_netns[64];
};

/* One finding: what was probed, the result, and why. */
struct ctl_profile {
	char		cq_name[48];
	char		cq_value[CTL_TEXT_LEN];
	char		cq_why[CTL_TEXT_LEN];
};

#define CTL_MON_EVENT	0x01	/* switch up, down, MAC learned, moved, aged */
#define CTL_MON_RECV	0x02	/* OpenFlow messages from switches */
#define CTL_MON_SENT	0x04	/* OpenFlow messages to switches */
#define CTL_MON_CTL	0x08	/* other clients' requests */
#define CTL_MON_ALL	0x0f
struct ctl_monitor {
	struct ctl_select cn_select;
	uint32_t	cn_what;	/* CTL_MON_*; 0: all */
};

struct ctl_event {
	uint32_t	ce_what;	/* one of CTL_MON_* */
	uint64_t	ce_time_us;	/* since the epoch */
	uint64_t	ce_dpid;
	char		ce_name[CTL_NAME_LEN];
	char		ce_text[CTL_TEXT_LEN];	/* or a message follows */
	uint32_t	ce_lost;	/* events dropped before this one */
	uint32_t	ce_len;		/* bytes of the message that follows */
};

#endif /* _SWITCHD_CTL_H_ */
