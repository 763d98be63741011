/*
 * SPDX-License-Identifier: ISC
 *
 * switch_monitor.c: flow monitors (EXT-187); none so far.
 */
#include "switch_chan.h"

enum ofp_error
switch_monitor_request(struct switch_chan *ch, struct switch_msg *sm,
    struct ofp_rd *rd)
{
	return (OFP_BRC_BAD_EXP_TYPE);
}

enum ofp_error
switch_monitor_cancel(struct switch_chan *ch, struct switch_msg *sm)
{
	return (OFP_BRC_BAD_EXP_TYPE);
}

void
switch_monitor_close(struct switch_chan *ch)
{
}

void
switch_flow_event_notify(struct switch_softc *sc, struct switch_flow *sf,
    enum switch_flow_event event, uint8_t reason)
{
}
