/*
 * SPDX-License-Identifier: ISC
 *
 * switchd.h: what the processes of switchd share besides messages (msg.h).
 */
#ifndef _SWITCHD_H_
#define _SWITCHD_H_

#define SWITCHD_CONF	"/etc/switchd.conf"
#define SWITCHD_USER	"_switchd"
#define SWITCHD_ROOT	"/var/empty"
#define SWITCHD_RUN	"/run"
#define SWITCHD_STATE	"/var/lib/switchd"

#define SWITCHD_PORT	6653
#define SWITCHD_CACHE	4096	/* MACs per switch */
#define SWITCHD_TIMEOUT	240	/* s */

#endif /* _SWITCHD_H_ */
