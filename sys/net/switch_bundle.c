/*
 * SPDX-License-Identifier: ISC
 *
 * switch_bundle.c: bundles of messages (EXT-230); none so far.
 */
#include "switch_chan.h"

enum ofp_error
switch_bundle_ctrl(struct switch_chan *ch, struct switch_msg *sm)
{
	return (OFP_BRC_BAD_EXP_TYPE);
}

enum ofp_error
switch_bundle_add(struct switch_chan *ch, struct switch_msg *sm)
{
	return (OFP_BRC_BAD_EXP_TYPE);
}

void
switch_bundle_tick(struct switch_chan *ch)
{
}

void
switch_bundle_close(struct switch_chan *ch)
{
}
