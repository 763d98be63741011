/*
 * SPDX-License-Identifier: ISC
 *
 * msg_test.c: the table of messages between the processes of switchd.
 */
#include <string.h>

#include "../../../usr.sbin/switchd/msg.h"
#include "test.h"

TEST(every_message_has_a_row)
{
	uint32_t	type;

	for (type = 0; type < MSG_MAX; type++) {
		test_case("message %u has no row", type);
		CHECK(msg_rows[type].mr_name != NULL);
		CHECK(msg_rows[type].mr_from != 0);
		CHECK(msg_rows[type].mr_to != 0);
	}
}

TEST(a_message_of_another_sender_is_accepted)
{
	uint32_t	type, from, to;

	for (type = 0; type < MSG_MAX; type++)
		for (from = 0; from < PROC_MAX; from++)
			for (to = 0; to < PROC_MAX; to++) {
				bool may = msg_rows[type].mr_from & 1U << from
				    && msg_rows[type].mr_to & 1U << to;

				CHECK((msg_check(type, from, to,
				    msg_rows[type].mr_size, false) == NULL) ==
				    may);
			}
}

static enum proc_id
lowest(uint32_t bits)
{
	return ((enum proc_id)__builtin_ctz(bits));
}

TEST(a_size_or_descriptor_is_not_checked)
{
	const struct msg_row	*mr;
	enum proc_id		 from, to;
	uint32_t		 type;

	for (type = 0; type < MSG_MAX; type++) {
		mr = &msg_rows[type];
		from = lowest(mr->mr_from);
		to = lowest(mr->mr_to);
		test_case("%s is accepted in a wrong form", mr->mr_name);
		CHECK(msg_check(type, from, to, mr->mr_size, mr->mr_fd) ==
		    NULL);
		if (mr->mr_size > 0)
			CHECK(msg_check(type, from, to, mr->mr_size - 1,
			    false) != NULL);
		CHECK((msg_check(type, from, to, mr->mr_size + 1, false) ==
		    NULL) == mr->mr_more);
		if (!mr->mr_fd)
			CHECK(msg_check(type, from, to, mr->mr_size, true) !=
			    NULL);
	}
}

TEST(unknown_type_is_accepted)
{
	CHECK(msg_check(MSG_MAX, PROC_PARENT, PROC_OFP, 0, false) != NULL);
	CHECK(msg_check(UINT32_MAX, PROC_PARENT, PROC_OFP, 0, false) != NULL);
	CHECK(strcmp(msg_name(MSG_MAX), "unknown") == 0);
}

TEST(child_may_send_what_only_the_parent_may)
{
	CHECK(msg_check(MSG_LISTEN_ADD, PROC_CONTROL, PROC_OFP,
	    sizeof(struct msg_listen), true) != NULL);
	CHECK(msg_check(MSG_TLS, PROC_OFP, PROC_OFCCONN,
	    sizeof(struct msg_tls), false) != NULL);
	CHECK(msg_check(MSG_DEVICE_DOWN, PROC_OFCCONN, PROC_PARENT,
	    sizeof(struct msg_down), false) != NULL);
}

int
main(void)
{
	return (test_main());
}
