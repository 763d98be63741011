/*
 * SPDX-License-Identifier: ISC
 *
 * ctl_user.h: uswitch's end of the control socket (uswitch_ctl.h).
 */
#ifndef _USER_CTL_USER_H_
#define _USER_CTL_USER_H_

#include "if_switch.h"
#include "uswitch_ctl.h"

/* Accept clients on a listening socket.  0; -1 and errno. */
int	ctl_open(struct switch_softc *, int fd);

/* One more client, already connected: our parent.  0; -1 and errno. */
int	ctl_add_client(int fd);

/* How we are confined, for who asks. */
void	ctl_self(const struct uctl_process *);

void	ctl_close(void);

#endif /* _USER_CTL_USER_H_ */
