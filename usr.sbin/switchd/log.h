/*
 * SPDX-License-Identifier: ISC
 *
 * log.h: one log for all processes of switchd, syslog or standard error.
 *
 * A line is "name: text", the name that of the process.  log_debug says
 * something only when verbose.  fatal is for start-up and for a sibling that
 * breaks the contract, never for what came from the network.
 */
#ifndef _SWITCHD_LOG_H_
#define _SWITCHD_LOG_H_

#include <stdarg.h>

#define LOG_PRINTF(m, n)	__attribute__((__format__(__printf__, m, n)))

/* Errors go to standard error until then, and always when debug. */
void	log_init(const char *name, int debug, int verbose);
void	log_verbose(int);
int	log_is_verbose(void);

void	log_warn(const char *, ...) LOG_PRINTF(1, 2);	/* with errno */
void	log_warnx(const char *, ...) LOG_PRINTF(1, 2);
void	log_info(const char *, ...) LOG_PRINTF(1, 2);
/* What a peer can make us say as often as it likes: the rest is counted. */
void	log_peer(const char *, ...) LOG_PRINTF(1, 2);
void	log_debug(const char *, ...) LOG_PRINTF(1, 2);
__attribute__((__noreturn__))
void	fatal(const char *, ...) LOG_PRINTF(1, 2);	/* with errno */
__attribute__((__noreturn__))
void	fatalx(const char *, ...) LOG_PRINTF(1, 2);

#endif /* _SWITCHD_LOG_H_ */
