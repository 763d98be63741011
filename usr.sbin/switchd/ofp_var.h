/*
 * SPDX-License-Identifier: ISC
 *
 * ofp_var.h: what the files of the ofp process share.
 *
 *	ofp.c		the process: configuration, listeners, devices
 *	ofp_show.c	switchctl show
 *	ofp_pass.c	switchctl's OpenFlow, passed on to a switch and back
 *	ofp_mon.c	switchctl monitor
 */
#ifndef _SWITCHD_OFP_VAR_H_
#define _SWITCHD_OFP_VAR_H_

#include "dp.h"
#include "proc.h"

/* Messages waiting for the control process before a list pauses. */
#define OFP_QUEUE_PAUSE	1000

extern struct msg_opts	ofp_opts;

/* ofp_show.c */
void	ofp_show_summary(struct msg *);
void	ofp_show_switches(struct msg *, const struct ctl_select *);
void	ofp_show_macs(struct msg *, const struct ctl_select *);
void	ofp_show_counters(struct msg *, const struct ctl_select *);
void	ofp_show_profile(struct msg *, const struct ctl_select *);
void	ofp_show_gone(uint32_t client);
/* The client is behind with a list, or is not any more. */
void	ofp_show_hold(uint32_t client, bool);

/* ofp_pass.c */
void	ofp_pass(struct msg *, const struct ctl_openflow *, const uint8_t *,
	    size_t);
bool	ofp_pass_reply(struct dp *, const struct ofp_hdr *, const uint8_t *);
void	ofp_pass_down(struct dp *);
void	ofp_pass_gone(uint32_t client);
void	ofp_pass_tick(void);

/* ofp_mon.c */
void	ofp_mon_add(struct msg *, const struct ctl_monitor *);
void	ofp_mon_gone(uint32_t client);
void	ofp_mon_event(struct dp *, const char *);
void	ofp_mon_tap(struct dp *, struct conn *, bool, const uint8_t *, size_t);

#endif /* _SWITCHD_OFP_VAR_H_ */
