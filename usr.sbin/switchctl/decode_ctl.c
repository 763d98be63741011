/*
 * SPDX-License-Identifier: ISC
 *
 * decode_ctl.c: structs of ctl.h to rows, see decode.h.
 */
#include <string.h>

#include <net/ofp_print.h>

#include "decode.h"

static const char *const kinds[] = {
	[CTL_KIND_EXTERNAL] = "external", [CTL_KIND_USER] = "uswitch",
	[CTL_KIND_KERNEL] = "kernel"
};
static const char *const states[] = {
	[CTL_STATE_DOWN] = "down", [CTL_STATE_HELLO] = "hello",
	[CTL_STATE_FEATURES] = "features", [CTL_STATE_UP] = "up",
	[CTL_STATE_RELAYED] = "relayed", [CTL_STATE_FULL] = "full"
};
#define NAME(table, i)							\
	((i) < sizeof(table) / sizeof((table)[0]) ? (table)[i] : "?")

/* A string of the daemon's, which may lack its end. */
#define TEXT(member)	decode_text(member, sizeof(member))

static json_t *
printable(const char *s, size_t max, char also)
{
	static char	safe[16384];
	size_t		i;

	for (i = 0; i < max && i < sizeof(safe) && s[i] != '\0'; i++)
		safe[i] = (s[i] >= ' ' && s[i] <= '~') || s[i] == also ?
		    s[i] : '?';
	return (json_stringn(safe, i));
}

/* A switch's name must not look like a line of ours. */
json_t *
decode_text(const char *s, size_t max)
{
	return (printable(s, max, ' '));
}

json_t *
decode_lines(const char *s, size_t max)
{
	return (printable(s, max, '\n'));
}

json_t *
decode_hex(uint64_t v, int digits)
{
	return (json_sprintf("0x%0*llx", digits, (unsigned long long)v));
}

json_t *
decode_port(uint32_t no)
{
	struct ofp_text	tx;
	char		buf[32];

	ofp_text_init(&tx, buf, sizeof(buf));
	ofp_print_port_no(&tx, no);
	return (json_string(buf));
}

static json_t *
mac_text(const uint8_t *m)
{
	return (json_sprintf("%02x:%02x:%02x:%02x:%02x:%02x", m[0], m[1],
	    m[2], m[3], m[4], m[5]));
}

static json_t *
row_summary(const uint8_t *p)
{
	struct ctl_summary	cu;

	memcpy(&cu, p, sizeof(cu));
	return (json_pack("{sI,sI,sI,sI,sI,sI,sI,sI,sI,sI,sI,sI,sI,sI,so,sI}",
	    "version", (json_int_t)cu.cu_version,
	    "pid", (json_int_t)cu.cu_pid,
	    "uptime", (json_int_t)cu.cu_uptime,
	    "switches", (json_int_t)cu.cu_switches,
	    "connected", (json_int_t)cu.cu_connected,
	    "macs", (json_int_t)cu.cu_macs,
	    "flows", (json_int_t)cu.cu_flows,
	    "cache", (json_int_t)cu.cu_cache,
	    "timeout", (json_int_t)cu.cu_timeout,
	    "packet_ins", (json_int_t)cu.cu_packet_ins,
	    "flow_mods", (json_int_t)cu.cu_flow_mods,
	    "packet_outs", (json_int_t)cu.cu_packet_outs,
	    "errors", (json_int_t)cu.cu_errors,
	    "listeners", (json_int_t)cu.cu_listeners,
	    "configuration", TEXT(cu.cu_conf),
	    "loaded", (json_int_t)cu.cu_loaded));
}

static json_t *
row_switch(const uint8_t *p)
{
	struct ctl_switch	cw;
	json_t			*j;

	memcpy(&cw, p, sizeof(cw));
	j = json_pack("{sI,so,so,so,ss,ss,ss,sI,sI,sI,sI,sI,sI,sI,sI,so}",
	    "id", (json_int_t)cw.cw_id,
	    "datapath_id", decode_hex(cw.cw_dpid, 16),
	    "name", TEXT(cw.cw_name),
	    "address", TEXT(cw.cw_addr),
	    "kind", NAME(kinds, cw.cw_kind),
	    "state", NAME(states, cw.cw_state),
	    "openflow", cw.cw_version == OFP_VERSION_13 ? "1.3" :
	    cw.cw_version == OFP_VERSION_10 ? "1.0" : "-",
	    "tables", (json_int_t)cw.cw_tables,
	    "ports", (json_int_t)cw.cw_ports,
	    "macs", (json_int_t)cw.cw_macs,
	    "flows", (json_int_t)cw.cw_flows,
	    "since", (json_int_t)cw.cw_since,
	    "packet_ins", (json_int_t)cw.cw_packet_ins,
	    "errors", (json_int_t)cw.cw_errors,
	    "table_full", (json_int_t)cw.cw_table_full,
	    "desc", TEXT(cw.cw_desc));
	if (cw.cw_max_flows != UINT32_MAX)
		json_object_set_new(j, "max_flows",
		    json_integer(cw.cw_max_flows));
	if (cw.cw_forward[0] != '\0')
		json_object_set_new(j, "forward_to", TEXT(cw.cw_forward));
	return (j);
}

static json_t *
row_mac(const uint8_t *p)
{
	struct ctl_mac	cm;

	memcpy(&cm, p, sizeof(cm));
	return (json_pack("{sI,so,so,so,sI,so,sI}",
	    "switch", (json_int_t)cm.cm_switch,
	    "datapath_id", decode_hex(cm.cm_dpid, 16),
	    "port", decode_port(cm.cm_port),
	    "port_name", TEXT(cm.cm_port_name),
	    "vlan", (json_int_t)cm.cm_vlan,
	    "mac", mac_text(cm.cm_mac),
	    "age", (json_int_t)cm.cm_age));
}

static json_t *
row_process(const uint8_t *p)
{
	struct ctl_process	cx;

	memcpy(&cx, p, sizeof(cx));
	return (json_pack("{so,sI,so,so,so,sI,so,sI}",
	    "name", TEXT(cx.cx_name),
	    "pid", (json_int_t)cx.cx_pid,
	    "user", TEXT(cx.cx_user),
	    "root", TEXT(cx.cx_root),
	    "promises", TEXT(cx.cx_promises),
	    "restarts", (json_int_t)cx.cx_restarts,
	    "last_exit", TEXT(cx.cx_exit),
	    "uptime", (json_int_t)cx.cx_uptime));
}

static json_t *
row_counter(const uint8_t *p)
{
	struct ctl_counter	ct;

	memcpy(&ct, p, sizeof(ct));
	return (json_pack("{so,sI}", "name", TEXT(ct.ct_name), "value",
	    (json_int_t)ct.ct_value));
}

static json_t *
row_profile(const uint8_t *p)
{
	struct ctl_profile	cq;

	memcpy(&cq, p, sizeof(cq));
	return (json_pack("{so,so,so}", "name", TEXT(cq.cq_name),
	    "value", TEXT(cq.cq_value), "why", TEXT(cq.cq_why)));
}

/* A part of what OpenFlow says of the same port. */
static json_t *
row_port(const uint8_t *p)
{
	struct ctl_port	cp;

	memcpy(&cp, p, sizeof(cp));
	return (json_pack("{so,so}", "port", decode_port(cp.cp_port),
	    "netns", TEXT(cp.cp_netns)));
}

static json_t *
row_event(const uint8_t *p, size_t len)
{
	static const char *const what[] = { "event", "received", "sent",
	    "control" };
	struct ctl_event	 ce;
	struct ofp_text		 tx;
	static char		 buf[4096];
	json_t			*j;
	unsigned int		 i;

	memcpy(&ce, p, sizeof(ce));
	for (i = 0; i < 3 && !(ce.ce_what & 1U << i); i++)
		;
	j = json_pack("{ss,sf,so,so,sI}", "what", what[i],
	    "time", ce.ce_time_us / 1e6,
	    "datapath_id", decode_hex(ce.ce_dpid, 16),
	    "name", TEXT(ce.ce_name),
	    "lost", (json_int_t)ce.ce_lost);
	if (ce.ce_text[0] == '\0' && ce.ce_len == len - sizeof(ce)) {
		ofp_text_init(&tx, buf, sizeof(buf));
		ofp_print_msg(&tx, p + sizeof(ce), ce.ce_len);
		json_object_set_new(j, "text", decode_lines(buf, sizeof(buf)));
	} else
		json_object_set_new(j, "text", TEXT(ce.ce_text));
	return (j);
}

void
decode_ctl(enum ctl_type type, const uint8_t *p, size_t len, row_fn fn,
    void *arg)
{
	struct ctl_openflow_reply	cr;

	switch (type) {
	case CTL_SUMMARY:
		fn(ROW_SUMMARY, row_summary(p), arg);
		break;
	case CTL_SWITCH:
		fn(ROW_SWITCH, row_switch(p), arg);
		break;
	case CTL_MAC:
		fn(ROW_MAC, row_mac(p), arg);
		break;
	case CTL_PROCESS:
		fn(ROW_PROCESS, row_process(p), arg);
		break;
	case CTL_COUNTER:
		fn(ROW_COUNTER, row_counter(p), arg);
		break;
	case CTL_PROFILE:
		fn(ROW_PROFILE, row_profile(p), arg);
		break;
	case CTL_PORT:
		fn(ROW_PORT, row_port(p), arg);
		break;
	case CTL_EVENT:
		fn(ROW_EVENT, row_event(p, len), arg);
		break;
	case CTL_OPENFLOW_REPLY:
		memcpy(&cr, p, sizeof(cr));
		cr.cr_name[sizeof(cr.cr_name) - 1] = '\0';
		if (cr.cr_len == len - sizeof(cr))
			decode_openflow(cr.cr_name, p + sizeof(cr), cr.cr_len,
			    fn, arg);
		break;
	default:
		break;
	}
}
