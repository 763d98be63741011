/*
 * SPDX-License-Identifier: ISC
 *
 * kern_linux.c: what kern_linux.h does not do inline.
 */
#include <linux/cpumask.h>
#include <linux/net.h>
#include <linux/ratelimit.h>

#include "kern.h"

static void
smr_run(struct rcu_head *head)
{
	struct smr_entry *e = container_of(head, struct smr_entry, smr_rcu);

	e->smr_func(e->smr_arg);
}

void
smr_call(struct smr_entry *e, void (*func)(void *), void *arg)
{
	e->smr_func = func;
	e->smr_arg = arg;
	call_rcu(&e->smr_rcu, smr_run);
}

int
kern_pcpu_init(struct kern_pcpu64 *p, unsigned int n)
{
	p->kp_val = __alloc_percpu_gfp(n * sizeof(uint64_t),
	    sizeof(uint64_t), GFP_KERNEL_ACCOUNT | __GFP_NOWARN);
	if (p->kp_val == NULL)
		return (ENOMEM);
	p->kp_n = n;
	return (0);
}

void
kern_pcpu_free(struct kern_pcpu64 *p)
{
	free_percpu(p->kp_val);
	p->kp_val = NULL;
	p->kp_n = 0;
}

void
kern_pcpu_zero(struct kern_pcpu64 *p)
{
	int cpu;

	for_each_possible_cpu(cpu)
		memset(per_cpu_ptr(p->kp_val, cpu), 0,
		    p->kp_n * sizeof(uint64_t));
}

uint64_t
kern_pcpu_read(const struct kern_pcpu64 *p, unsigned int i)
{
	uint64_t sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(*per_cpu_ptr(&p->kp_val[i], cpu));
	return (sum);
}

void
kern_log(const char *fmt, ...)
{
	static DEFINE_RATELIMIT_STATE(limit, 5 * HZ, 10);
	struct va_format vaf;
	va_list ap;

	if (!__ratelimit(&limit))
		return;
	va_start(ap, fmt);
	vaf.fmt = fmt;
	vaf.va = &ap;
	pr_info("switch: %pV\n", &vaf);
	va_end(ap);
}
