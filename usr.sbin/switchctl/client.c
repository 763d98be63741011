/*
 * SPDX-License-Identifier: ISC
 *
 * client.c: the switchctl side of the control protocol, see client.h.
 *
 * The daemon is trusted no more than a switch is: a message of a wrong size is
 * refused with its number, never read past its end.
 */
#include <sys/socket.h>
#include <sys/un.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <imsg.h>

#include "client.h"

static struct imsgbuf	client_ibuf;
static int		client_fd = -1;

/* Least payload of each data message. */
static const struct {
	enum ctl_type	type;
	size_t		min;
} client_sizes[] = {
	{ CTL_FAIL, sizeof(struct ctl_fail) },
	{ CTL_SUMMARY, sizeof(struct ctl_summary) },
	{ CTL_SWITCH, sizeof(struct ctl_switch) },
	{ CTL_MAC, sizeof(struct ctl_mac) },
	{ CTL_PROCESS, sizeof(struct ctl_process) },
	{ CTL_COUNTER, sizeof(struct ctl_counter) },
	{ CTL_PROFILE, sizeof(struct ctl_profile) },
	{ CTL_PORT, sizeof(struct ctl_port) },
	{ CTL_OPENFLOW_REPLY, sizeof(struct ctl_openflow_reply) },
	{ CTL_EVENT, sizeof(struct ctl_event) },
};

int
client_open(const char *path)
{
	struct sockaddr_un	sun;

	memset(&sun, 0, sizeof(sun));
	sun.sun_family = AF_UNIX;
	if (strlen(path) >= sizeof(sun.sun_path)) {
		errno = ENAMETOOLONG;
		return (-1);
	}
	memcpy(sun.sun_path, path, strlen(path));
	if ((client_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) == -1)
		return (-1);
	if (connect(client_fd, (struct sockaddr *)&sun, sizeof(sun)) == -1 ||
	    imsgbuf_init(&client_ibuf, client_fd) == -1) {
		close(client_fd);
		client_fd = -1;
		return (-1);
	}
	imsgbuf_set_maxsize(&client_ibuf, CTL_DATA_MAX + IMSG_HEADER_SIZE);
	return (0);
}

void
client_close(void)
{
	if (client_fd == -1)
		return;
	imsgbuf_clear(&client_ibuf);
	close(client_fd);
	client_fd = -1;
}

static bool
size_ok(enum ctl_type type, size_t len)
{
	size_t	i;

	for (i = 0; i < sizeof(client_sizes) / sizeof(client_sizes[0]); i++)
		if (client_sizes[i].type == type)
			return (len >= client_sizes[i].min);
	return (type == CTL_OK);
}

/* What a switch put into it does nothing to a terminal. */
static void
fail_text(char *fail, const char *text)
{
	size_t	i;

	for (i = 0; i < CTL_TEXT_LEN - 1 && text[i] != '\0'; i++)
		fail[i] = text[i] >= ' ' && text[i] <= '~' ? text[i] : '?';
	fail[i] = '\0';
}

/* The next message from the daemon. 1, or 0 when the connection ended. */
static int
next(struct imsg *imsg)
{
	int	n;

	for (;;) {
		if ((n = imsgbuf_get(&client_ibuf, imsg)) != 0)
			return (n == 1);
		if (imsgbuf_read(&client_ibuf) != 1)
			return (0);
	}
}

int
client_request(enum ctl_type type, const void *req, size_t len,
    const void *more, size_t morelen, client_fn fn, void *arg,
    char fail[CTL_TEXT_LEN])
{
	struct iovec	 iov[2] = {
		{ (void *)(uintptr_t)req, len },
		{ (void *)(uintptr_t)more, morelen }
	};
	struct ctl_fail	 cf;
	struct imsg	 imsg;
	struct ibuf	 view;
	enum ctl_type	 got;
	size_t		 n;

	if (imsg_composev(&client_ibuf, type, 0, 0, -1, iov, 2) == -1 ||
	    imsgbuf_flush(&client_ibuf) == -1) {
		snprintf(fail, CTL_TEXT_LEN, "request not sent: %s",
		    strerror(errno));
		return (-1);
	}
	while (next(&imsg)) {
		got = imsg_get_type(&imsg);
		n = imsg_get_len(&imsg);
		if (!size_ok(got, n)) {
			snprintf(fail, CTL_TEXT_LEN, "answer %d of %zu bytes "
			    "is not understood: is switchd of another "
			    "version?", got, n);
			imsg_free(&imsg);
			return (-1);
		}
		if (got == CTL_OK) {
			imsg_free(&imsg);
			return (0);
		}
		if (got == CTL_FAIL) {
			memset(&cf, 0, sizeof(cf));
			imsg_get_data(&imsg, &cf, sizeof(cf));
			fail_text(fail, cf.cf_text);
			imsg_free(&imsg);
			return (cf.cf_code != 0 ? cf.cf_code : CTL_E_FAILED);
		}
		if (imsg_get_ibuf(&imsg, &view) == 0)
			fn(got, ibuf_data(&view), ibuf_size(&view), arg);
		imsg_free(&imsg);
	}
	snprintf(fail, CTL_TEXT_LEN, "switchd closed the connection");
	return (-1);
}

void
client_events(client_fn fn, void *arg)
{
	struct imsg	imsg;
	struct ibuf	view;

	while (next(&imsg)) {
		if (imsg_get_type(&imsg) == CTL_EVENT &&
		    size_ok(CTL_EVENT, imsg_get_len(&imsg)) &&
		    imsg_get_ibuf(&imsg, &view) == 0)
			fn(CTL_EVENT, ibuf_data(&view), ibuf_size(&view), arg);
		imsg_free(&imsg);
	}
}
