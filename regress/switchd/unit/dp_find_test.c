/*
 * SPDX-License-Identifier: ISC
 *
 * dp_find_test.c: what was found out about switches is shared between them.
 */
#include <string.h>

#include "../../../usr.sbin/switchd/dp.h"
#include "test.h"

static struct dp	a, b;

TEST(equal_findings_are_kept_for_each_switch)
{
	dp_profile(&a, "tables", "it said so", "%d", 2);
	dp_profile(&b, "tables", "it said so", "%d", 2);
	CHECK(a.d_nprofile == 1 && b.d_nprofile == 1);
	CHECK(a.d_profile[0] == b.d_profile[0]);
	CHECK(a.d_profile[0]->fi_count == 2);
}

TEST(a_finding_of_one_changes_that_of_another)
{
	dp_profile(&a, "tables", "it said so", "%d", 3);
	CHECK(a.d_nprofile == 1);
	CHECK(strcmp(a.d_profile[0]->fi_value, "3") == 0);
	CHECK(strcmp(b.d_profile[0]->fi_value, "2") == 0);
	CHECK(b.d_profile[0]->fi_count == 1);
	/* The same again is the same. */
	dp_profile(&a, "tables", "it said so", "%d", 3);
	CHECK(a.d_nprofile == 1 && a.d_profile[0]->fi_count == 1);
}

TEST(another_reason_is_the_same_finding)
{
	dp_profile(&b, "tables", "it refused", "%d", 3);
	CHECK(a.d_profile[0] != b.d_profile[0]);
	CHECK(strcmp(a.d_profile[0]->fi_why, "it said so") == 0);
	CHECK(strcmp(b.d_profile[0]->fi_why, "it refused") == 0);
}

TEST(a_long_finding_does_not_end)
{
	dp_profile(&a, "name", "", "%064d", 1);
	CHECK(a.d_nprofile == 2);
	CHECK(strlen(a.d_profile[1]->fi_value) ==
	    sizeof(a.d_profile[1]->fi_value) - 1);
}

TEST(a_switch_that_is_gone_is_remembered)
{
	dp_profile_forget(&a);
	CHECK(a.d_nprofile == 0 && a.d_profile == NULL);
	CHECK(strcmp(b.d_profile[0]->fi_value, "3") == 0);
	dp_profile_forget(&b);
	dp_profile_forget(&b);
}

int
main(void)
{
	return (test_main());
}
