/*
 * SPDX-License-Identifier: ISC
 *
 * quiet_host.h: a host of the core for programs of one source file that look
 * at the controller's side only: frames go nowhere, ports are up.
 */
#ifndef _UNIT_QUIET_HOST_H_
#define _UNIT_QUIET_HOST_H_

#include <string.h>

#include "if_switch.h"
#include "user/pkt_user.h"

void
host_port_xmit(void *hp, struct pkt *p)
{
	pkt_free(p);
}

void
host_port_info(void *hp, struct host_port_info *hi)
{
	memset(hi, 0, sizeof(*hi));
	hi->hi_up = hi->hi_link = true;
	hi->hi_mtu = 1500;
}

void
host_port_stats(void *hp, struct host_port_stats *hs)
{
	memset(hs, 0, sizeof(*hs));
}

/* What the ports were last told. */
static bool	host_up = true;

int
host_port_set_up(void *hp, bool up)
{
	host_up = up;
	return (0);
}

int
host_port_advertise(void *hp, uint32_t features)
{
	return (EOPNOTSUPP);
}

unsigned int
host_port_queues(void *hp, struct host_queue *hq, unsigned int n)
{
	return (0);
}

void
host_chan_wakeup(void *hc)
{
}

const char *
host_switch_name(void *hs)
{
	return ("switch0");
}

#endif /* _UNIT_QUIET_HOST_H_ */
