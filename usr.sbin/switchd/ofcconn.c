/*
 * SPDX-License-Identifier: ISC
 *
 * ofcconn.c: relays between our switches and remote controllers.
 */
#include "log.h"
#include "proc.h"

static void
ofcconn_init(void)
{
}

static void
ofcconn_ignore(struct msg *m)
{
	log_debug("%s", msg_name(m->m_type));
}

const struct proc	proc_ofcconn = {
	.pr_promises = "stdio recvfd",
	.pr_init = ofcconn_init,
	.pr_handlers = {
		[MSG_VERBOSE] = ofcconn_ignore,
	}
};
