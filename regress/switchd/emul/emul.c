/*
 * SPDX-License-Identifier: ISC
 *
 * emul.c: a switch of a foreign make: connecting, the loop, bytes in and out.
 *
 *	emul -l
 *	emul [-d dpid] [-o name=value] -m model tcp:host:port
 *	emul -t prefix
 *
 * Commands come on standard input (script.c), each answered by lines of which
 * the last is "ok" or "not ok - reason".  Options change the model's row: max,
 * delay, buffers, version.  With -t there are hosts only, behind taps prefix1
 * to prefix4 that some other switch has as ports.
 */
#include <sys/socket.h>

#include <err.h>
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "emul.h"

#define EM_RETRY	200		/* ms */
#define EM_TICK		20		/* ms, at least so often */
#define EM_TAP_TICK	2		/* taps are not waited for */
#define EM_LINE		1024

struct em	em;

static uint64_t
clock_ms(void)
{
	struct timespec	ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ((uint64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000);
}

/*
 * The connection.
 */

static int
em_dial(void)
{
	struct addrinfo	 hints = { .ai_socktype = SOCK_STREAM }, *ai;
	int		 fd = -1;

	if (getaddrinfo(em.em_host, em.em_service, &hints, &ai) != 0)
		return (-1);
	fd = socket(ai->ai_family, SOCK_STREAM, 0);
	if (fd != -1 && connect(fd, ai->ai_addr, ai->ai_addrlen) == -1) {
		close(fd);
		fd = -1;
	}
	freeaddrinfo(ai);
	return (fd);
}

static void
em_connect(void)
{
	em.em_retry = em.em_now + EM_RETRY;
	if ((em.em_fd = em_dial()) == -1)
		return;
	em.em_connects++;
	em.em_version = 0;
	em.em_late = 0;
	em.em_have = 0;
	em.em_miss_len = OFP_MISS_SEND_LEN;
	ofp_wr_init(&em.em_wr, em.em_out, sizeof(em.em_out));
	if (em.em_model->mo_hello != HELLO_LATE)
		odd_hello(1);
}

void
em_close(const char *why, uint64_t pause)
{
	if (em.em_fd == -1)
		return;
	fprintf(stderr, "%s: closed: %s\n", em.em_model->mo_name, why);
	close(em.em_fd);
	em.em_fd = -1;
	em.em_retry = em.em_now + pause;
	ofp_wr_init(&em.em_wr, em.em_out, sizeof(em.em_out));
}

/* Send what was encoded, or what of it the socket takes. */
void
em_flush(void)
{
	ssize_t	n;

	if (em.em_fd == -1 || ofp_wr_pos(&em.em_wr) == 0)
		return;
	if (ofp_wr_err(&em.em_wr)) {
		em_close("too much to say", EM_RETRY);
		return;
	}
	if (em.em_model->mo_delay != 0 && em.em_hold == 0)
		em.em_hold = em.em_now + em.em_model->mo_delay;
	if (em.em_now < em.em_hold)
		return;
	em.em_hold = 0;
	n = send(em.em_fd, em.em_out, ofp_wr_pos(&em.em_wr),
	    MSG_NOSIGNAL | MSG_DONTWAIT);
	if (n == -1 && errno != EAGAIN) {
		em_close(strerror(errno), EM_RETRY);
		return;
	}
	if (n <= 0)
		return;
	memmove(em.em_out, em.em_out + n, ofp_wr_pos(&em.em_wr) - n);
	em.em_wr.wr_len -= n;
}

/* 1.0 has other numbers for what is wrong with a flow. */
static void
em_error10(enum ofp_error error, const uint8_t *msg, size_t len)
{
	static const struct {
		enum ofp_error	 error;
		uint16_t	 code;
	} rows[] = {
		{ OFP_FMFC_TABLE_FULL, 0 }, { OFP_FMFC_OVERLAP, 1 },
		{ OFP_FMFC_EPERM, 2 }, { OFP_FMFC_UNKNOWN, 2 },
		{ OFP_FMFC_BAD_COMMAND, 4 }, { OFP_BMC_BAD_FIELD, 2 }
	};
	size_t		start = ofp_wr_pos(&em.em_wr);
	unsigned int	i;

	ofp_error_encode(&em.em_wr, OFP_VERSION_10, error, msg, len);
	for (i = 0; i < nitems(rows); i++)
		if (rows[i].error == error) {
			ofp_wr_put16(&em.em_wr, start + OFP_HDR_LEN, 3);
			ofp_wr_put16(&em.em_wr, start + OFP_HDR_LEN + 2,
			    rows[i].code);
		}
}

/* Answer a message with an error, and count it. */
void
em_error(enum ofp_error error, const uint8_t *msg, size_t len)
{
	unsigned int	i;

	for (i = 0; i < EM_ERRORS - 1; i++)
		if (em.em_errors[i].ee_count == 0 ||
		    em.em_errors[i].ee_error == error)
			break;
	em.em_errors[i].ee_error = error;
	em.em_errors[i].ee_count++;
	if (em.em_version == OFP_VERSION_10)
		em_error10(error, msg, len);
	else
		ofp_error_encode(&em.em_wr, em.em_version, error, msg, len);
}

/*
 * Messages.
 */

static void
em_hello(struct ofp_rd *rd, const struct ofp_hdr *h)
{
	struct ofp_hello	he;

	ofp_hello_decode(rd, h->h_version, &he);
	em.em_version = ofp_hello_negotiate(em.em_model->mo_versions, &he);
	if (em.em_version == 0) {
		em_close("no version in common", EM_RETRY);
		return;
	}
	if (em.em_model->mo_hello == HELLO_LATE)
		odd_hello(1);
}

static void
em_message(const uint8_t *msg, size_t len)
{
	struct ofp_hdr	h;
	struct ofp_rd	rd;
	enum ofp_error	error;

	error = ofp_msg_check(msg, len, em.em_version, OFP_TO_SWITCH, &h, &rd);
	if (h.h_type == OFP_T_HELLO) {
		em_hello(&rd, &h);
		return;
	}
	if (em.em_version == 0)
		return;
	if (h.h_type != OFP_T_ECHO_REQUEST)
		em.em_heard = em.em_now;
	if (h.h_type == OFP_T_ERROR)
		em.em_got_errors++;
	else if (error != OFP_OK)
		em_error(error, msg, len);
	else if (h.h_type == OFP_T_ECHO_REQUEST)
		ofp_echo_encode(&em.em_wr, em.em_version, true, h.h_xid,
		    rd.rd_p, ofp_rd_left(&rd));
	else if (em.em_version == OFP_VERSION_10)
		msg10_input(&h, &rd, msg);
	else
		msg_input(&h, &rd, msg);
	frame_run();
}

static void
em_receive(void)
{
	ssize_t	n;
	size_t	pos = 0;
	int	len;

	n = recv(em.em_fd, em.em_in + em.em_have, EM_BUF - em.em_have,
	    MSG_DONTWAIT);
	if (n == -1 && errno == EAGAIN)
		return;
	if (n <= 0) {
		em_close(n == 0 ? "end of stream" : strerror(errno), EM_RETRY);
		return;
	}
	em.em_have += n;
	while (em.em_fd != -1 &&
	    (len = ofp_msg_frame(em.em_in + pos, em.em_have - pos)) > 0 &&
	    (size_t)len <= em.em_have - pos) {
		em_message(em.em_in + pos, len);
		pos += len;
	}
	memmove(em.em_in, em.em_in + pos, em.em_have - pos);
	em.em_have -= pos;
}

/*
 * The loop: one line of the script at a time.
 */

static bool
em_script(void)
{
	static char	buf[EM_LINE];
	static size_t	have;
	char		*end;
	struct pollfd	 pfd = { .fd = STDIN_FILENO, .events = POLLIN };
	ssize_t		 n;

	if (script_busy())
		return (true);
	if (memchr(buf, '\n', have) == NULL && poll(&pfd, 1, 0) > 0) {
		n = read(STDIN_FILENO, buf + have, sizeof(buf) - have);
		if (n <= 0)
			return (false);
		have += n;
	}
	if ((end = memchr(buf, '\n', have)) == NULL)
		return (have < sizeof(buf));
	*end++ = '\0';
	script_line(buf);
	have -= end - buf;
	memmove(buf, end, have);
	return (true);
}

static void
em_loop(void)
{
	struct pollfd	pfd[2];

	do {
		em.em_now = clock_ms();
		if (em.em_taps)
			tap_receive();
		else if (em.em_fd == -1 && em.em_now >= em.em_retry)
			em_connect();
		flow_expire();
		msg_late();
		script_tick();
		frame_run();
		em_flush();
		pfd[0].fd = em.em_fd;
		pfd[0].events = POLLIN;
		pfd[1].fd = script_busy() ? -1 : STDIN_FILENO;
		pfd[1].events = POLLIN;
		if (poll(pfd, 2, em.em_taps && script_busy() ? EM_TAP_TICK :
		    EM_TICK) == -1 && errno != EINTR)
			err(1, "poll");
		em.em_now = clock_ms();
		if (em.em_fd != -1 && pfd[0].revents != 0)
			em_receive();
	} while (em_script());
}

/*
 * Start.
 */

static void
usage(void)
{
	fprintf(stderr, "usage: emul -l\n"
	    "       emul [-d dpid] [-o name=value] -m model tcp:host:port\n"
	    "       emul -t prefix\n");
	exit(1);
}

static void
em_option(struct model *mo, const char *text)
{
	const char	*value = strchr(text, '=');
	uint32_t	 v;

	if (value == NULL)
		usage();
	v = (uint32_t)strtoul(value + 1, NULL, 0);
	if (strncmp(text, "max=", 4) == 0)
		em.em_limit = v;
	else if (strncmp(text, "delay=", 6) == 0)
		mo->mo_delay = v;
	else if (strncmp(text, "buffers=", 8) == 0)
		mo->mo_buffers = v;
	else if (strncmp(text, "version=", 8) == 0)
		mo->mo_versions = BIT(v);
	else
		errx(1, "%s: no such option", text);
}

static void
em_target(char *target)
{
	char	*colon = strrchr(target, ':');

	if (strncmp(target, "tcp:", 4) != 0 || colon == target + 3)
		usage();
	*colon = '\0';
	em.em_host = target + 4;
	em.em_service = colon + 1;
}

int
main(int argc, char *argv[])
{
	static struct model	 model;
	const struct model	*found = NULL;
	int			 c;

	while ((c = getopt(argc, argv, "d:lm:o:t:")) != -1)
		switch (c) {
		case 'd':
			em.em_dpid = strtoull(optarg, NULL, 0);
			break;
		case 'l':
			model_list();
			return (0);
		case 'm':
			if ((found = model_find(optarg)) == NULL)
				errx(1, "%s: no such model", optarg);
			model = *found;
			break;
		case 'o':
			em_option(&model, optarg);
			break;
		case 't':
			tap_open(optarg);
			em.em_taps = true;
			break;
		default:
			usage();
		}
	if (em.em_taps == (found != NULL) ||
	    argc - optind != (em.em_taps ? 0 : 1))
		usage();
	if (!em.em_taps)
		em_target(argv[optind]);
	em.em_model = &model;
	em.em_fd = -1;
	TAILQ_INIT(&em.em_flows);
	TAILQ_INIT(&em.em_groups);
	signal(SIGPIPE, SIG_IGN);
	setvbuf(stdout, NULL, _IOLBF, 0);
	em_loop();
	flow_clear();
	group_clear();
	return (0);
}
