/*
 * SPDX-License-Identifier: ISC
 *
 * local_show.c: what the uswitches of this machine have to show switchctl.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "local_var.h"

/* What the switch itself counts.  False: no local switch of that name. */
bool
local_counters(const char *name, uint32_t client)
{
	struct local		*lo = local_find(name);
	struct ctl_counter	 ct;
	struct uctl_msg		 m;

	if (lo == NULL)
		return (false);
	/* Those in the kernel: ethtool -S. */
	if (lo->lo_kernel)
		return (true);
	uctl_init(&m, UCTL_COUNTERS);
	if (local_call(lo, &m, "counters", NULL, 0) == -1)
		return (true);
	while (m.um_counter.uk_name[0] != '\0') {
		memset(&ct, 0, sizeof(ct));
		snprintf(ct.ct_name, sizeof(ct.ct_name), "switch.%.40s",
		    m.um_counter.uk_name);
		ct.ct_value = m.um_counter.uk_value;
		proc_reply(client, CTL_COUNTER, &ct, sizeof(ct), NULL, 0);
		if (!local_more(lo, &m))
			break;
	}
	return (true);
}

static void
local_process(const struct local *lo, const struct uctl_process *ux,
    uint32_t client)
{
	struct ctl_process	cx;
	struct timespec		ts;

	if (ux->ux_pid == 0)
		return;
	clock_gettime(CLOCK_BOOTTIME, &ts);
	memset(&cx, 0, sizeof(cx));
	snprintf(cx.cx_name, sizeof(cx.cx_name), "uswitch %s%s", lo->lo_name,
	    ux->ux_is_parent ? " parent" : "");
	cx.cx_pid = ux->ux_pid;
	cx.cx_uptime = (uint64_t)ts.tv_sec - ux->ux_since;
	snprintf(cx.cx_user, sizeof(cx.cx_user), "%.31s", ux->ux_user);
	snprintf(cx.cx_root, sizeof(cx.cx_root), "%.63s", ux->ux_root);
	snprintf(cx.cx_promises, sizeof(cx.cx_promises), "%.199s",
	    ux->ux_promises);
	proc_reply(client, CTL_PROCESS, &cx, sizeof(cx), NULL, 0);
}

/* Those of each uswitch. */
void
local_processes(uint32_t client)
{
	struct local	*lo;
	struct uctl_msg	 m;

	TAILQ_FOREACH(lo, &locals, lo_entry) {
		if (lo->lo_kernel || lo->lo_state != LOCAL_UP)
			continue;
		uctl_init(&m, UCTL_PROCESSES);
		if (local_call(lo, &m, "processes", NULL, 0) == -1)
			continue;
		do
			local_process(lo, &m.um_process, client);
		while (local_more(lo, &m));
	}
}
