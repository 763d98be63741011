/*
 * SPDX-License-Identifier: ISC
 *
 * client.h: one request to switchd(8) and its answers, see ctl.h.
 */
#ifndef _SWITCHCTL_CLIENT_H_
#define _SWITCHCTL_CLIENT_H_

#include <stdbool.h>
#include <stdint.h>

#include "../switchd/ctl.h"

/* A data message of the answer: len bytes, checked to be at least min. */
typedef void (*client_fn)(enum ctl_type, const uint8_t *, size_t, void *);

/*
 * Connect to the daemon at path.  0, or -1 with errno (ENOENT, ECONNREFUSED:
 * it does not run).
 */
int	client_open(const char *path);
void	client_close(void);

/*
 * Send a request (a struct, then more bytes or NULL) and hand every data
 * message to fn until CTL_OK (0) or CTL_FAIL (its code; the sentence is in
 * fail).  -1: the connection broke, fail says how.
 */
int	client_request(enum ctl_type, const void *, size_t, const void *,
	    size_t, client_fn, void *, char fail[CTL_TEXT_LEN]);
/* After CTL_MONITOR: events to fn until the connection ends. */
void	client_events(client_fn, void *);

#endif /* _SWITCHCTL_CLIENT_H_ */
