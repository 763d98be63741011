/*
 * SPDX-License-Identifier: ISC
 *
 * counter.c: names of the counters (see counter.h).
 */
#include "counter.h"

#define COUNTER_NAME(name)	#name,
static const char *const counter_names[CNT_COUNT] = { COUNTERS(COUNTER_NAME) };

const char *
counter_name(enum counter c)
{
	return (counter_names[c]);
}

void
counter_sum(struct counters *to, const struct counters *from)
{
	unsigned int	i;

	for (i = 0; i < CNT_COUNT; i++)
		to->cn_v[i] += from->cn_v[i];
}
