/*
 * SPDX-License-Identifier: ISC
 *
 * parent.c: the process of switchd that keeps root.
 */
#include "parent.h"

static void
parent_started(enum proc_id id)
{
}

int
conf_macro(const char *s)
{
	return (0);
}

static void
parent_ready(struct msg *m)
{
	struct msg_ready	mr;

	msg_get(m, &mr, sizeof(mr));
	proc_parent_ready(m->m_from, &mr);
}

int
parent_main(const struct parent_args *pa)
{
	proc_parent_init(&pa->pa_proc, parent_started);
	proc_parent_start();
	event_base_dispatch(proc_base);
	return (0);
}

const struct proc	proc_parent = {
	.pr_handlers = {
		[MSG_READY] = parent_ready
	}
};
