/*
 * SPDX-License-Identifier: ISC
 *
 * setup_test.c: the controller while it is in the middle of something: what
 * comes between the messages of a set-up or of a reading, what is lost, ports
 * that are gone when a switch comes back.
 */
#include <string.h>

#include "fake_switch.h"
#include "test.h"

/* Ports that are gone. */

static enum ofp_error
no_4(const struct ofp_flow *fl)
{
	struct ofp_rd		rd = fl->f_instr.in_apply;
	struct ofp_action	ac;
	enum ofp_error		error;

	while (fl->f_instr.in_present & 1U << OFP_IT_APPLY_ACTIONS &&
	    ofp_action_next(&rd, &ac, &error))
		if (ac.ac_type == OFP_AT_OUTPUT && ac.u.output.port == 4)
			return (OFP_BAC_BAD_OUT_PORT);
	return (OFP_OK);
}

TEST(a_host_whose_flow_is_refused_costs_a_switch_its_tables)
{
	struct fk	*f = fk_up(503), *g;

	fk_packet_in(f, 4, B, BCAST, OFP_NO_BUFFER, COPY);
	fk_close(f);
	g = fk_connect(503, OFP_VERSION_13);
	g->f_check = no_4;
	fk_hello(g);
	CHECK(fk_dp(g)->d_state == DP_UP && fk_dp(g)->d_mode == DP_PIPELINE);
	fk_close(g);
}

int
main(void)
{
	return (test_main());
}
