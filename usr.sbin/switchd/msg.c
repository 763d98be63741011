/*
 * SPDX-License-Identifier: ISC
 *
 * msg.c: the table of messages between the processes of switchd.
 */
#include <string.h>

#include "log.h"
#include "msg.h"

#define P	(1 << PROC_PARENT)
#define O	(1 << PROC_OFP)
#define R	(1 << PROC_OFCCONN)
#define C	(1 << PROC_CONTROL)
#define SIZE(x)	(uint32_t)sizeof(struct x)

static const char *const	proc_names[PROC_MAX] = {
	[PROC_PARENT] = "parent",
	[PROC_OFP] = "ofp",
	[PROC_OFCCONN] = "ofcconn",
	[PROC_CONTROL] = "control"
};

const struct msg_row	msg_rows[MSG_MAX] = {
	/* name, from, to, size, more, fd */
	[MSG_PEER] = { "peer", P, O | R | C, SIZE(msg_id), false, true },
	[MSG_READY] = { "ready", O | R | C, P, SIZE(msg_ready), false, false },
	[MSG_VERBOSE] = { "verbose", P, O | R | C, SIZE(msg_id), false, false },
	[MSG_OPTS] = { "opts", P, O, SIZE(msg_opts), false, false },
	[MSG_TLS] = { "tls", P, O | R, SIZE(msg_tls), true, false },
	[MSG_SWITCH_ADD] = { "switch add", P, O, SIZE(msg_switch), false,
	    false },
	[MSG_SWITCH_DEL] = { "switch del", P, O, SIZE(msg_id), false, false },
	[MSG_PORT_ADD] = { "port add", P, O, SIZE(msg_port), false, false },
	[MSG_PORT_DEL] = { "port del", P, O, SIZE(msg_port), false, false },
	[MSG_LISTEN_ADD] = { "listen add", P, O | C, SIZE(msg_listen), false,
	    true },
	[MSG_LISTEN_DEL] = { "listen del", P, O, SIZE(msg_id), false, false },
	[MSG_CONF_DONE] = { "conf done", P, O, 0, false, false },
	[MSG_DEVICE_OPEN] = { "device open", P, O, SIZE(msg_device), false,
	    true },
	[MSG_DEVICE_CLOSE] = { "device close", P, O, SIZE(msg_id), false,
	    false },
	[MSG_DEVICE_DOWN] = { "device down", O, P, SIZE(msg_down), false,
	    false },
	[MSG_RELAY_DEVICE] = { "relay device", P, R, SIZE(msg_device), false,
	    true },
	[MSG_RELAY_OPEN] = { "relay open", P, R, SIZE(msg_device), false,
	    true },
	[MSG_RELAY_CLOSE] = { "relay close", P, R, SIZE(msg_id), false, false },
	[MSG_RELAY_UP] = { "relay up", R, P, SIZE(msg_id), false, false },
	[MSG_RELAY_DOWN] = { "relay down", R, P, SIZE(msg_down), false, false },
	[MSG_CTL] = { "ctl", P | C, P | O | R, SIZE(msg_ctl), true, false },
	[MSG_CTL_REPLY] = { "ctl reply", P | O | R, C, SIZE(msg_ctl), true,
	    false },
	[MSG_CTL_GONE] = { "ctl gone", C, O, 0, false, false },
	[MSG_CTL_HOLD] = { "ctl hold", C, O, SIZE(msg_id), false, false }
};

const char *
proc_name(enum proc_id id)
{
	return (proc_names[id]);
}

const char *
msg_name(uint32_t type)
{
	return (type < MSG_MAX ? msg_rows[type].mr_name : "unknown");
}

const char *
msg_check(uint32_t type, enum proc_id from, enum proc_id to, size_t len,
    bool fd)
{
	const struct msg_row	*mr;

	if (type >= MSG_MAX)
		return ("no such message");
	mr = &msg_rows[type];
	if ((mr->mr_from & 1U << from) == 0)
		return ("not the sender's to send");
	if ((mr->mr_to & 1U << to) == 0)
		return ("not the receiver's to get");
	if (len < mr->mr_size)
		return ("too short");
	if (len > mr->mr_size && !mr->mr_more)
		return ("too long");
	if (fd && !mr->mr_fd)
		return ("a descriptor that does not belong there");
	return (NULL);
}

void
msg_get(const struct msg *m, void *buf, size_t len)
{
	if (m->m_len < len)
		fatalx("message %s of %zu bytes read as %zu",
		    msg_name(m->m_type), m->m_len, len);
	memcpy(buf, m->m_data, len);
}

const uint8_t *
msg_rest(const struct msg *m, size_t fixed, size_t *len)
{
	if (m->m_len < fixed)
		fatalx("message %s of %zu bytes read as %zu",
		    msg_name(m->m_type), m->m_len, fixed);
	*len = m->m_len - fixed;
	return (m->m_data + fixed);
}

int
msg_fd(struct msg *m)
{
	int	fd = m->m_fd;

	m->m_fd = -1;
	return (fd);
}
