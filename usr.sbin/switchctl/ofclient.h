/*
 * SPDX-License-Identifier: ISC
 *
 * ofclient.h: OpenFlow spoken to a switch directly, without switchd(8).
 *
 * For a device (/dev/switch0, /run/switch0) or a TCP address that listens.  A
 * device has one opener at a time: one that switchd holds is busy.
 */
#ifndef _SWITCHCTL_OFCLIENT_H_
#define _SWITCHCTL_OFCLIENT_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Is this text an address that can be opened: /path, unix:, tcp:? */
bool	ofclient_is_address(const char *);

/*
 * Open, agree on OpenFlow 1.3, send the messages (a run of them) and a
 * barrier, hand every answer to fn until the barrier's.  0, or -1 with a
 * sentence in err.
 */
int	ofclient_request(const char *addr, const uint8_t *msgs, size_t len,
	    void (*fn)(const uint8_t *, size_t, void *), void *arg, char *err,
	    size_t errlen);

#endif /* _SWITCHCTL_OFCLIENT_H_ */
