/*
 * SPDX-License-Identifier: ISC
 *
 * parent.c: the process of switchd that keeps root.
 */
#include "conf.h"
#include "log.h"
#include "parent.h"

static void
parent_started(enum proc_id id)
{
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
	struct conf	*cf;

	log_init("switchd", 1, pa->pa_proc.pa_verbose);
	cf = conf_parse(pa->pa_conf);
	if (cf == NULL)
		return (1);
	if (pa->pa_check) {
		conf_print(cf, stdout);
		fprintf(stderr, "configuration OK\n");
		return (0);
	}
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
