/*
 * SPDX-License-Identifier: ISC
 *
 * bsd.h: functions of the BSD libc that Debian's libc lacks, under their own
 * names and with the meaning of their manual pages there.
 */
#ifndef _COMPAT_BSD_H_
#define _COMPAT_BSD_H_

#include <stddef.h>

/* Both return the length of what they tried to make: truncated if >= size. */
size_t	strlcpy(char *dst, const char *src, size_t size);
size_t	strlcat(char *dst, const char *src, size_t size);

/*
 * A decimal number within [min, max].  Otherwise 0, with *errstr (never NULL
 * then) "invalid", "too small" or "too large"; *errstr is NULL on success.
 */
long long strtonum(const char *s, long long min, long long max,
	    const char **errstr);

/*
 * Give the process the title "NAME: text".  setproctitle_init is called once,
 * first thing in main: the title takes the place of the arguments and the
 * environment in memory; environ is moved away first, argv is gone after the
 * first setproctitle.
 */
void	setproctitle_init(int argc, char *argv[]);
void	setproctitle(const char *fmt, ...)
	    __attribute__((format(printf, 1, 2)));

#endif /* _COMPAT_BSD_H_ */
