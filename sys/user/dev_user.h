/*
 * SPDX-License-Identifier: ISC
 *
 * dev_user.h: the device of a userland switch, a unix stream socket.
 *
 * Who connects has opened the device: one controller, or as many as the
 * switch was configured for; whoever comes when it is busy is hung up on at
 * once.  An opener that bound its socket to an abstract name may open auxiliary
 * connections: they come from NAME/ID, ID from 1 to 255 (OpenFlow 6.3.5).
 * Bytes go to and from the core's channel (if_switch.h).  Both
 * directions are bounded: an opener that does not read stops being read from
 * when its queue in the core is full.  A dead opener takes its half message
 * with it.
 */
#ifndef _USER_DEV_USER_H_
#define _USER_DEV_USER_H_

#include "if_switch.h"

/* Accept at most max openers at once on a listening socket.  0; -1, errno. */
int	dev_open(struct switch_softc *, int fd, unsigned int max);
void	dev_set_max(unsigned int max);
/* Write what channels have to say.  The end of a batch. */
void	dev_flush(void);
/* Once a second: hang up on who does not read its last words. */
void	dev_tick(void);
/* Hang up on everybody. */
void	dev_close(void);

#endif /* _USER_DEV_USER_H_ */
