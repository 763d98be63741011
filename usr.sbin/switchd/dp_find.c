/*
 * SPDX-License-Identifier: ISC
 *
 * dp_find.c: what was found out about switches (switchctl show profile).
 *
 * Switches of a kind are found alike, so that thousands of them share their
 * findings: each is kept once, with the number of switches that have it.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bsd.h"
#include "dp.h"

#define DP_FIND_HASH	256

static LIST_HEAD(, dp_find)	dp_finds[DP_FIND_HASH];

static unsigned int
dp_find_hash(const char *name, const char *value)
{
	unsigned int	h = 0;

	while (*name != '\0')
		h = h * 31 + (unsigned char)*name++;
	while (*value != '\0')
		h = h * 31 + (unsigned char)*value++;
	return (h % DP_FIND_HASH);
}

static struct dp_find *
dp_find_get(const char *name, const char *why, const char *value)
{
	struct dp_find	*fi;
	unsigned int	 h = dp_find_hash(name, value);

	LIST_FOREACH(fi, &dp_finds[h], fi_entry)
		if (strcmp(fi->fi_name, name) == 0 && fi->fi_why == why &&
		    strcmp(fi->fi_value, value) == 0)
			break;
	if (fi == NULL) {
		fi = calloc(1, sizeof(*fi));
		if (fi == NULL)
			return (NULL);
		fi->fi_name = name;
		fi->fi_why = why;
		strlcpy(fi->fi_value, value, sizeof(fi->fi_value));
		LIST_INSERT_HEAD(&dp_finds[h], fi, fi_entry);
	}
	fi->fi_count++;
	return (fi);
}

static void
dp_find_put(struct dp_find *fi)
{
	if (--fi->fi_count > 0)
		return;
	LIST_REMOVE(fi, fi_entry);
	free(fi);
}

/* Remember a finding; one of the same name is replaced. */
void
dp_profile(struct dp *d, const char *name, const char *why, const char *fmt,
    ...)
{
	struct dp_find	*fi, **all;
	char		 value[sizeof(fi->fi_value)];
	va_list		 ap;
	unsigned int	 i;

	va_start(ap, fmt);
	vsnprintf(value, sizeof(value), fmt, ap);
	va_end(ap);
	for (i = 0; i < d->d_nprofile; i++)
		if (strcmp(d->d_profile[i]->fi_name, name) == 0)
			break;
	if (i == UINT8_MAX || (fi = dp_find_get(name, why, value)) == NULL)
		return;
	if (i < d->d_nprofile)
		dp_find_put(d->d_profile[i]);
	else {
		all = reallocarray(d->d_profile, i + 1, sizeof(*all));
		if (all == NULL) {
			dp_find_put(fi);
			return;
		}
		d->d_profile = all;
		d->d_nprofile++;
	}
	d->d_profile[i] = fi;
}

void
dp_profile_forget(struct dp *d)
{
	while (d->d_nprofile > 0)
		dp_find_put(d->d_profile[--d->d_nprofile]);
	free(d->d_profile);
	d->d_profile = NULL;
}
