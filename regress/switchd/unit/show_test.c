/*
 * SPDX-License-Identifier: ISC
 *
 * show_test.c: a list of MACs, told in pieces to a client that is behind.  The
 * test plays the control process.
 */
#include "../../../usr.sbin/switchd/ofp_show.c"
#include "fake_switch.h"
#include "test.h"

#define NHOSTS	1000

struct event_base	*proc_base;
struct msg_opts		 ofp_opts;
static unsigned int	 nmacs, nok, nfail;

void
proc_reply(uint32_t client, enum ctl_type type, const void *data, size_t len,
    const void *more, size_t morelen)
{
	nmacs += type == CTL_MAC;
	nok += type == CTL_OK;
}

void
proc_fail(uint32_t client, const char *fmt, ...)
{
	nfail++;
}

uint32_t
proc_queued(enum proc_id to)
{
	return (0);
}

/* Two switches with some hosts each, and a client that asks for them. */
static void
ask(struct fk *f[2])
{
	static const struct ctl_select	all;
	struct msg			m = { .m_id = 7 };
	unsigned int			i;

	nmacs = nok = nfail = 0;
	f[0] = fk_up(1);
	f[1] = fk_up(2);
	proc_base = base;
	for (i = 0; i < NHOSTS; i++)
		fk_packet_in(f[i % 2], 1, A + i, BCAST, 7, 0);
	ofp_show_macs(&m, &all);
}

TEST(a_list_is_not_held_or_does_not_go_on)
{
	struct fk	*f[2];

	ask(f);
	ofp_show_hold(8, true);
	ofp_show_hold(7, true);
	pump(NULL);
	CHECK(nmacs == 0 && nok == 0);
	ofp_show_hold(7, false);
	pump(NULL);
	CHECK(nmacs == NHOSTS && nok == 1 && nfail == 0);
	fk_close(f[0]);
	fk_close(f[1]);
}

TEST(a_list_cut_short_is_told_as_whole)
{
	struct fk	*f[2];
	struct dp	*d;

	ask(f);
	d = fk_dp(f[0]);
	ofp_show_hold(7, true);
	pump(NULL);
	fk_close(f[0]);
	pump(NULL);
	d->d_since -= 1000000;
	dp_tick();
	CHECK(dp_find_id(1) == NULL);
	ofp_show_hold(7, false);
	pump(NULL);
	CHECK(nok == 0 && nfail == 1);
	fk_close(f[1]);
}

int
main(void)
{
	return (test_main());
}
