/*
 * SPDX-License-Identifier: ISC
 *
 * ofp.c: the controller.
 */
#include "log.h"
#include "proc.h"

static void
ofp_init(void)
{
}

static void
ofp_ignore(struct msg *m)
{
	log_debug("%s", msg_name(m->m_type));
}

static void
ofp_ctl(struct msg *m)
{
	proc_fail(m->m_id, "not yet");
}

const struct proc	proc_ofp = {
	.pr_promises = "stdio recvfd inet",
	.pr_init = ofp_init,
	.pr_handlers = {
		[MSG_VERBOSE] = ofp_ignore,
		[MSG_OPTS] = ofp_ignore,
		[MSG_TLS] = ofp_ignore,
		[MSG_SWITCH_ADD] = ofp_ignore,
		[MSG_SWITCH_DEL] = ofp_ignore,
		[MSG_PORT_ADD] = ofp_ignore,
		[MSG_PORT_DEL] = ofp_ignore,
		[MSG_LISTEN_ADD] = ofp_ignore,
		[MSG_LISTEN_DEL] = ofp_ignore,
		[MSG_CONF_DONE] = ofp_ignore,
		[MSG_DEVICE_OPEN] = ofp_ignore,
		[MSG_DEVICE_CLOSE] = ofp_ignore,
		[MSG_CTL] = ofp_ctl,
		[MSG_CTL_GONE] = ofp_ignore
	}
};
