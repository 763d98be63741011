/*
 * SPDX-License-Identifier: ISC
 *
 * control.c: switchctl's socket.
 */
#include "log.h"
#include "proc.h"

static void
control_init(void)
{
}

static void
control_ignore(struct msg *m)
{
	log_debug("%s", msg_name(m->m_type));
}

const struct proc	proc_control = {
	.pr_promises = "stdio recvfd",
	.pr_init = control_init,
	.pr_handlers = {
		[MSG_VERBOSE] = control_ignore,
	}
};
