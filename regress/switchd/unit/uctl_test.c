/*
 * SPDX-License-Identifier: ISC
 *
 * uctl_test.c: the control socket's end with privileges, when the uswitch at
 * the other end was taken over.
 */
#include <sys/socket.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "../../../sys/user/uswitch_ctl.h"
#include "test.h"

/* Ask, when this many bytes of an answer are there already. */
static int
ask(struct uctl_msg *m, const struct uctl_msg *answer, size_t len)
{
	int	s[2], r;

	CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, s) == 0);
	CHECK(send(s[1], answer, len, 0) == (ssize_t)len);
	shutdown(s[1], SHUT_WR);
	uctl_init(m, UCTL_KEEP);
	errno = 0;
	r = uctl_call(s[0], m, NULL, 0);
	close(s[0]);
	close(s[1]);
	return (r);
}

TEST(answer_is_not_taken)
{
	struct uctl_msg	answer, m;

	uctl_init(&answer, UCTL_KEEP);
	CHECK(ask(&m, &answer, sizeof(answer)) == 0);
	answer.um_error = EEXIST;
	memcpy(answer.um_text, "why", 4);
	CHECK(ask(&m, &answer, sizeof(answer)) == -1 && errno == EEXIST);
	CHECK(m.um_error == EEXIST && strcmp(m.um_text, "why") == 0);
}

TEST(text_without_an_end_is_said)
{
	struct uctl_msg	answer, m;
	int		i;

	for (i = 0; i < 4; i++) {
		memset(&answer, 'x', sizeof(answer));
		answer.um_version = i == 0 ? UCTL_VERSION + 1 : UCTL_VERSION;
		answer.um_type = i == 1 ? UCTL_DEL : UCTL_KEEP;
		CHECK(ask(&m, &answer, sizeof(answer) - (i == 2)) == -1);
		CHECK(memchr(m.um_text, '\0', sizeof(m.um_text)) != NULL);
		/* It refused, or we are out of step. */
		CHECK((m.um_error != 0) == (i == 3));
		CHECK((m.um_text[0] != '\0') == (i == 3));
	}
}

int
main(void)
{
	return (test_main());
}
