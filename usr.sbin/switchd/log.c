/*
 * SPDX-License-Identifier: ISC
 *
 * log.c: one log for all processes of switchd.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <time.h>

#include "log.h"

#define LOG_PEER_MAX	50	/* lines a second about what peers did */

static const char	*log_name = "switchd";
static int		 log_stderr = 1;
static int		 log_level;

void
log_init(const char *name, int debug, int verbose)
{
	log_name = name;
	log_stderr = debug;
	log_level = verbose;
	tzset();		/* where there is a file to read still */
	if (!debug)
		openlog("switchd", LOG_PID | LOG_NDELAY, LOG_DAEMON);
}

void
log_verbose(int verbose)
{
	log_level = verbose;
}

int
log_is_verbose(void)
{
	return (log_level);
}

static void
log_text(int priority, const char *why, const char *fmt, va_list ap)
{
	char	text[1024];
	size_t	i;

	vsnprintf(text, sizeof(text), fmt, ap);
	/* What a peer put into it stays on its line. */
	for (i = 0; text[i] != '\0'; i++)
		if ((unsigned char)text[i] < ' ' || text[i] == 0x7f)
			text[i] = '?';
	if (log_stderr)
		fprintf(stderr, "%s: %s%s%s\n", log_name, text,
		    why != NULL ? ": " : "", why != NULL ? why : "");
	else
		syslog(priority, "%s: %s%s%s", log_name, text,
		    why != NULL ? ": " : "", why != NULL ? why : "");
}

void
log_warn(const char *fmt, ...)
{
	const char	*why = strerror(errno);
	va_list		 ap;

	va_start(ap, fmt);
	log_text(LOG_WARNING, why, fmt, ap);
	va_end(ap);
}

void
log_warnx(const char *fmt, ...)
{
	va_list	ap;

	va_start(ap, fmt);
	log_text(LOG_WARNING, NULL, fmt, ap);
	va_end(ap);
}

void
log_info(const char *fmt, ...)
{
	va_list	ap;

	va_start(ap, fmt);
	log_text(LOG_INFO, NULL, fmt, ap);
	va_end(ap);
}

void
log_peer(const char *fmt, ...)
{
	static time_t	second;
	static unsigned	lines;
	struct timespec	ts;
	va_list		ap;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	if (ts.tv_sec != second) {
		if (lines > LOG_PEER_MAX)
			log_info("%u lines about what peers did are left out",
			    lines - LOG_PEER_MAX);
		second = ts.tv_sec;
		lines = 0;
	}
	if (lines++ >= LOG_PEER_MAX)
		return;
	va_start(ap, fmt);
	log_text(LOG_INFO, NULL, fmt, ap);
	va_end(ap);
}

void
log_debug(const char *fmt, ...)
{
	va_list	ap;

	if (log_level == 0)
		return;
	va_start(ap, fmt);
	log_text(LOG_DEBUG, NULL, fmt, ap);
	va_end(ap);
}

void
fatal(const char *fmt, ...)
{
	const char	*why = strerror(errno);
	va_list		 ap;

	va_start(ap, fmt);
	log_text(LOG_CRIT, why, fmt, ap);
	va_end(ap);
	exit(1);
}

void
fatalx(const char *fmt, ...)
{
	va_list	ap;

	va_start(ap, fmt);
	log_text(LOG_CRIT, NULL, fmt, ap);
	va_end(ap);
	exit(1);
}
