/*
 * SPDX-License-Identifier: ISC
 *
 * bsd.c: functions of the BSD libc that Debian's libc lacks.
 */

#include <sys/prctl.h>

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bsd.h"

/* The memory that ps(1) shows: the arguments and what follows them. */
static char	*title;
static size_t	 title_size;
static char	 title_name[32];

size_t
strlcpy(char *dst, const char *src, size_t size)
{
	size_t		len, n;

	len = strlen(src);
	if (size > 0) {
		n = len < size ? len : size - 1;
		memcpy(dst, src, n);
		dst[n] = '\0';
	}
	return (len);
}

size_t
strlcat(char *dst, const char *src, size_t size)
{
	size_t		have;

	have = strnlen(dst, size);
	if (have == size)
		return (size + strlen(src));
	return (have + strlcpy(dst + have, src, size - have));
}

long long
strtonum(const char *s, long long min, long long max, const char **errstr)
{
	char		*end;
	const char	*err = NULL;
	long long	 n = 0;
	int		 saved = errno;

	errno = 0;
	if (min > max) {
		err = "invalid";
	} else {
		n = strtoll(s, &end, 10);
		if (end == s || *end != '\0')
			err = "invalid";
		else if (n < min || (errno == ERANGE && n < 0))
			err = "too small";
		else if (n > max || errno == ERANGE)
			err = "too large";
	}
	errno = err == NULL ? saved : err[0] == 'i' ? EINVAL : ERANGE;
	if (errstr != NULL)
		*errstr = err;
	return (err == NULL ? n : 0);
}

/* Copy what lies behind the arguments, so that the title may grow there. */
void
setproctitle_init(int argc, char *argv[])
{
	char		*end, **env, *copy;
	const char	*base;
	int		 i, n;

	if (argc < 1)
		return;
	base = strrchr(argv[0], '/');
	strlcpy(title_name, base != NULL ? base + 1 : argv[0],
	    sizeof(title_name));

	end = argv[0];
	for (i = 0; i < argc && argv[i] == end; i++)
		end = argv[i] + strlen(argv[i]) + 1;
	for (n = 0; environ != NULL && environ[n] != NULL; n++)
		;
	if ((env = calloc(n + 1, sizeof(*env))) == NULL)
		return;
	for (i = 0; i < n; i++) {
		if (environ[i] == end)
			end += strlen(end) + 1;
		if ((copy = strdup(environ[i])) == NULL)
			goto fail;
		env[i] = copy;
	}
	environ = env;
	title = argv[0];
	title_size = end - title;
	return;
fail:
	while (i > 0)
		free(env[--i]);
	free(env);
}

void
setproctitle(const char *fmt, ...)
{
	va_list		ap;
	char		text[256];
	int		n;

	if (title == NULL)
		return;
	n = snprintf(text, sizeof(text), "%s: ", title_name);
	va_start(ap, fmt);
	vsnprintf(text + n, sizeof(text) - n, fmt, ap);
	va_end(ap);
	memset(title, 0, title_size);
	strlcpy(title, text, title_size);
	prctl(PR_SET_NAME, text + n);
}
