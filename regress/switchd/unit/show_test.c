/*
 * SPDX-License-Identifier: ISC
 *
 * show_test.c: a list of MACs, told in pieces to a client that is behind, and
 * what a switch answers it without end.  The test plays the control process.
 */
#include <net/ofp_mp.h>

#include "../../../usr.sbin/switchd/ofp_pass.c"
#include "../../../usr.sbin/switchd/ofp_show.c"
#include "fake_switch.h"
#include "test.h"

#define NHOSTS	1000

struct event_base	*proc_base;
struct msg_opts		 ofp_opts;
static unsigned int	 nmacs, nok, nfail, nreplies, queued;

void
proc_reply(uint32_t client, enum ctl_type type, const void *data, size_t len,
    const void *more, size_t morelen)
{
	nmacs += type == CTL_MAC;
	nok += type == CTL_OK;
	nreplies += type == CTL_OPENFLOW_REPLY;
}

void
proc_fail_code(uint32_t client, enum ctl_fail_code code, const char *text)
{
	nfail++;
}

void
proc_fail(uint32_t client, const char *fmt, ...)
{
	nfail++;
}

uint32_t
proc_queued(enum proc_id to)
{
	return (queued);
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

TEST(an_endless_answer_is_kept)
{
	struct fk		*f = fk_up(3);
	struct msg		 m = { .m_id = 7 };
	struct ctl_openflow	 co = { .co_select = { "0x3" } };
	struct ofp_hdr		 h = { OFP_VERSION_13, OFP_T_MULTIPART_REPLY,
				    16, 0 };
	static uint8_t		 request[OFP_HDR_LEN], answer[16];

	nok = nfail = nreplies = 0;
	ofp_wr_init(&wr, request, sizeof(request));
	ofp_msg_bare(&wr, OFP_VERSION_13, OFP_T_FEATURES_REQUEST, 1);
	ofp_pass(&m, &co, request, sizeof(request));
	if (!CHECK(ofp_npasses == 1))
		return;
	h.h_xid = TAILQ_FIRST(&ofp_passes)->op_first;
	/* As when control takes nothing of it. */
	for (queued = 0; queued < 100000 && nfail == 0; queued++)
		if (!ofp_pass_reply(fk_dp(f), &h, answer))
			break;
	CHECK(nfail == 1 && nok == 0 && nreplies > 1000 && nreplies < 5000);
	CHECK(ofp_npasses == 0);
	queued = 0;
	fk_close(f);
}

int
main(void)
{
	return (test_main());
}
