/*
 * SPDX-License-Identifier: ISC
 *
 * imsg_test.c: lib/libutil between two ends of a socket pair, one of which
 * misbehaves; no test may leave a descriptor behind.
 */

#include <sys/resource.h>
#include <sys/socket.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "imsg.h"
#include "test.h"

static int		pair[2];
static struct imsgbuf	a, b;
static int		fds_before;

static int
count_fds(void)
{
	DIR		*d;
	int		 n = 0;

	if ((d = opendir("/proc/self/fd")) == NULL)
		return (-1);
	while (readdir(d) != NULL)
		n++;
	closedir(d);
	return (n);
}

static void
setup(void)
{
	fds_before = count_fds();
	CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair) == 0);
	CHECK(imsgbuf_init(&a, pair[0]) == 0);
	CHECK(imsgbuf_init(&b, pair[1]) == 0);
	imsgbuf_allow_fdpass(&a);
	imsgbuf_allow_fdpass(&b);
}

static void
cleanup(void)
{
	imsgbuf_clear(&a);
	imsgbuf_clear(&b);
	close(pair[0]);
	close(pair[1]);
	CHECK(count_fds() == fds_before);
}

/* Send bytes, and descriptors beside them, as no imsgbuf would. */
static void
raw_send(const void *data, size_t len, const int *fds, size_t nfds)
{
	union {
		struct cmsghdr	hdr;
		char		buf[CMSG_SPACE(16 * sizeof(int))];
	} c;
	struct iovec	iov = { (void *)(uintptr_t)data, len };
	struct msghdr	msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	memset(&c, 0, sizeof(c));
	if (nfds > 0) {
		c.hdr.cmsg_len = CMSG_LEN(nfds * sizeof(int));
		c.hdr.cmsg_level = SOL_SOCKET;
		c.hdr.cmsg_type = SCM_RIGHTS;
		memcpy(CMSG_DATA(&c.hdr), fds, nfds * sizeof(int));
		msg.msg_control = c.buf;
		msg.msg_controllen = CMSG_SPACE(nfds * sizeof(int));
	}
	CHECK(sendmsg(pair[0], &msg, 0) == (ssize_t)len);
}

static void
raw_header(uint32_t len, const int *fds, size_t nfds)
{
	struct imsg_hdr	hdr = { .type = 1, .len = len, .pid = 1 };

	raw_send(&hdr, sizeof(hdr), fds, nfds);
}

/* The next message must be of this type; its first byte, or -1. */
static int
next_is(uint32_t type)
{
	struct imsg	imsg;
	uint8_t		v;
	int		first = -1;

	if (!CHECK(imsgbuf_get(&b, &imsg) == 1))
		return (-1);
	CHECK(imsg_get_type(&imsg) == type);
	if (imsg_get_buf(&imsg, &v, 1) == 0)
		first = v;
	imsg_free(&imsg);
	return (first);
}

TEST(message_arrives_as_sent)
{
	struct imsg	imsg;
	uint32_t	v = 0xdeadbeef, w = 0;

	setup();
	CHECK(imsg_compose(&a, 7, 9, 0, -1, &v, sizeof(v)) == 1);
	CHECK(imsgbuf_queuelen(&a) == 1);
	CHECK(imsgbuf_write(&a) == 0);
	CHECK(imsgbuf_queuelen(&a) == 0);
	CHECK(imsgbuf_read(&b) == 1);
	if (!CHECK(imsg_get(&b, &imsg) == (ssize_t)(IMSG_HEADER_SIZE + 4)))
		return;
	CHECK(imsg_get_type(&imsg) == 7);
	CHECK(imsg_get_id(&imsg) == 9);
	CHECK(imsg_get_pid(&imsg) == getpid());
	CHECK(imsg_get_len(&imsg) == 4);
	CHECK(imsg_get_fd(&imsg) == -1);
	CHECK(imsg_get_data(&imsg, &w, sizeof(w)) == 0 && w == v);
	imsg_free(&imsg);
	CHECK(imsgbuf_get(&b, &imsg) == 0);
	cleanup();
}

TEST(payload_of_another_size_is_refused)
{
	struct imsg	imsg;
	struct ibuf	view;
	uint8_t		buf[8];

	setup();
	CHECK(imsg_compose(&a, 1, 0, 0, -1, "abcd", 4) == 1);
	CHECK(imsg_compose(&a, 1, 0, 0, -1, NULL, 0) == 1);
	CHECK(imsgbuf_flush(&a) == 0 && imsgbuf_read(&b) == 1);
	if (!CHECK(imsgbuf_get(&b, &imsg) == 1))
		return;
	CHECK(imsg_get_data(&imsg, buf, 3) == -1 && errno == EBADMSG);
	CHECK(imsg_get_data(&imsg, buf, 5) == -1 && errno == EBADMSG);
	CHECK(imsg_get_buf(&imsg, buf, 5) == -1 && errno == EBADMSG);
	CHECK(imsg_get_data(&imsg, buf, 4) == 0);
	CHECK(memcmp(buf, "abcd", 4) == 0);
	imsg_free(&imsg);
	if (!CHECK(imsgbuf_get(&b, &imsg) == 1))
		return;
	CHECK(imsg_get_len(&imsg) == 0);
	CHECK(imsg_get_ibuf(&imsg, &view) == -1 && errno == EBADMSG);
	imsg_free(&imsg);
	cleanup();
}

TEST(message_byte_by_byte_is_whole_only_at_its_end)
{
	unsigned char	bytes[IMSG_HEADER_SIZE + 5];
	struct imsg_hdr	hdr = { .type = 3, .len = sizeof(bytes) };
	struct imsg	imsg;
	size_t		i;

	setup();
	memcpy(bytes, &hdr, sizeof(hdr));
	memcpy(bytes + sizeof(hdr), "hello", 5);
	for (i = 0; i < sizeof(bytes); i++) {
		CHECK(imsgbuf_get(&b, &imsg) == 0);
		raw_send(bytes + i, 1, NULL, 0);
		CHECK(imsgbuf_read(&b) == 1);
	}
	CHECK(next_is(3) == 'h');
	cleanup();
}

TEST(many_messages_queue_and_arrive_in_order)
{
	struct imsg	imsg;
	uint32_t	i, got = 0, v;

	setup();
	for (i = 0; i < 20000; i++)
		if (!CHECK(imsg_compose(&a, i, i, 0, -1, &i, sizeof(i)) == 1))
			return;
	while (got < 20000) {
		if (!CHECK(imsgbuf_write(&a) == 0) ||
		    !CHECK(imsgbuf_read(&b) == 1))
			return;
		while (imsgbuf_get(&b, &imsg) == 1) {
			CHECK(imsg_get_type(&imsg) == got);
			CHECK(imsg_get_data(&imsg, &v, sizeof(v)) == 0);
			CHECK(v == got++);
			imsg_free(&imsg);
		}
	}
	CHECK(imsgbuf_queuelen(&a) == 0);
	cleanup();
}

TEST(full_socket_keeps_the_rest_queued)
{
	static char	big[10000];
	uint32_t	before;
	int		i;

	setup();
	for (i = 0; i < 200; i++)
		CHECK(imsg_compose(&a, 1, 0, 0, -1, big, sizeof(big)) == 1);
	do {
		before = imsgbuf_queuelen(&a);
		CHECK(imsgbuf_write(&a) == 0);
	} while (imsgbuf_queuelen(&a) < before);
	CHECK(imsgbuf_queuelen(&a) > 0);
	for (i = 0; i < 200; i++) {
		while (b.im_in.iq_first == NULL) {
			if (!CHECK(imsgbuf_read(&b) == 1))
				return;
			CHECK(imsgbuf_write(&a) == 0);
		}
		next_is(1);
	}
	CHECK(imsgbuf_queuelen(&a) == 0);
	cleanup();
}

TEST(nothing_to_read_is_no_error)
{
	setup();
	CHECK(imsgbuf_read(&b) == 1);
	CHECK(imsgbuf_write(&a) == 0);
	cleanup();
}

TEST(closed_peer_is_seen_after_its_last_message)
{
	setup();
	CHECK(imsg_compose(&a, 5, 0, 0, -1, "x", 1) == 1);
	CHECK(imsgbuf_flush(&a) == 0);
	raw_send("part", 4, NULL, 0);
	CHECK(shutdown(pair[0], SHUT_WR) == 0);
	CHECK(imsgbuf_read(&b) == 1);
	CHECK(next_is(5) == 'x');
	CHECK(imsgbuf_read(&b) == 0);
	cleanup();
}

TEST(write_to_closed_peer_fails_without_signal)
{
	setup();
	CHECK(shutdown(pair[1], SHUT_RD) == 0);
	CHECK(imsg_compose(&a, 5, 0, 0, -1, "x", 1) == 1);
	CHECK(imsgbuf_write(&a) == -1 && errno == EPIPE);
	cleanup();
}

TEST(size_lies)
{
	static const struct {
		const char	*name;
		uint32_t	 len;
	} rows[] = {
		{ "zero", 0 },
		{ "below the header", IMSG_HEADER_SIZE - 1 },
		{ "one above the limit", MAX_IMSGSIZE + 1 },
		{ "huge", 0x7fffffff },
		{ "zero and a descriptor mark", 0x80000000 },
		{ "all ones", 0xffffffff },
	};
	struct imsg	imsg;
	size_t		i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		test_case("size that is %s ends the stream", rows[i].name);
		setup();
		CHECK(imsg_compose(&a, 4, 0, 0, -1, "x", 1) == 1);
		CHECK(imsgbuf_flush(&a) == 0);
		raw_header(rows[i].len, NULL, 0);
		CHECK(imsgbuf_read(&b) == -1 && errno == ERANGE);
		CHECK(next_is(4) == 'x');
		raw_header(IMSG_HEADER_SIZE, NULL, 0);
		CHECK(imsgbuf_read(&b) == -1 && errno == ERANGE);
		CHECK(imsgbuf_get(&b, &imsg) == 0);
		cleanup();
	}
}

TEST(size_limit_holds_for_both_sides)
{
	static char	big[70000];
	struct imsg	imsg;

	setup();
	CHECK(imsg_compose(&a, 1, 0, 0, -1, big,
	    MAX_IMSGSIZE - IMSG_HEADER_SIZE + 1) == -1 && errno == ERANGE);
	CHECK(imsg_compose(&a, 1, 0, 0, -1, big,
	    MAX_IMSGSIZE - IMSG_HEADER_SIZE) == 1);
	CHECK(imsgbuf_set_maxsize(&a, 100000) == 0);
	CHECK(imsgbuf_set_maxsize(&b, 100000) == 0);
	CHECK(imsgbuf_set_maxsize(&b, 3) == -1 && errno == EINVAL);
	CHECK(imsgbuf_set_maxsize(&b, 0x80000000) == -1);
	CHECK(imsg_compose(&a, 2, 0, 0, -1, big, sizeof(big)) == 1);
	CHECK(imsgbuf_write(&a) == 0 && imsgbuf_write(&a) == 0);
	while (b.im_in.iq_len < 2)
		if (!CHECK(imsgbuf_read(&b) == 1) ||
		    !CHECK(imsgbuf_write(&a) == 0))
			return;
	next_is(1);
	if (!CHECK(imsgbuf_get(&b, &imsg) == 1))
		return;
	CHECK(imsg_get_len(&imsg) == sizeof(big));
	imsg_free(&imsg);
	cleanup();
}

TEST(vectors_and_pieces_make_one_payload)
{
	char		 ab[] = "ab", cd[] = "cd";
	struct iovec	 iov[3] = { { ab, 2 }, { NULL, 0 }, { cd, 2 } };
	struct iovec	 lie[2] = { { ab, 2 }, { cd, SIZE_MAX } };
	struct imsg	 imsg;
	struct ibuf	*msg, view;
	char		 s[5] = "";

	setup();
	CHECK(imsg_composev(&a, 1, 0, 0, -1, iov, 3) == 1);
	CHECK(imsg_composev(&a, 1, 0, 0, -1, lie, 2) == -1);
	CHECK((msg = imsg_create(&a, 2, 0, 0, 0)) != NULL);
	CHECK(imsg_add(msg, "ab", 2) == 2 && imsg_add(msg, "cd", 2) == 2);
	imsg_close(&a, msg);
	CHECK(imsgbuf_flush(&a) == 0 && imsgbuf_read(&b) == 1);
	while (imsgbuf_get(&b, &imsg) == 1) {
		CHECK(imsg_get_ibuf(&imsg, &view) == 0);
		CHECK(ibuf_get(&view, s, 4) == 0 && strcmp(s, "abcd") == 0);
		CHECK(ibuf_get(&view, s, 1) == -1);
		imsg_free(&imsg);
	}
	cleanup();
}

TEST(strings_must_end_within_their_field)
{
	struct imsg	 imsg;
	struct ibuf	*msg;
	char		 s[4];

	setup();
	CHECK((msg = imsg_create(&a, 2, 0, 0, 8)) != NULL);
	CHECK(ibuf_add_strbuf(msg, "eth0", 4) == -1 && errno == EOVERFLOW);
	CHECK(ibuf_add_strbuf(msg, "eth", 4) == 0);
	CHECK(ibuf_add(msg, "eth0", 4) == 0);
	imsg_close(&a, msg);
	CHECK(imsgbuf_flush(&a) == 0 && imsgbuf_read(&b) == 1);
	if (!CHECK(imsgbuf_get(&b, &imsg) == 1))
		return;
	CHECK(imsg_get_strbuf(&imsg, s, 4) == 0 && strcmp(s, "eth") == 0);
	CHECK(imsg_get_strbuf(&imsg, s, 4) == -1 && errno == EOVERFLOW);
	CHECK(memchr(s, '\0', sizeof(s)) != NULL);
	imsg_free(&imsg);
	cleanup();
}

TEST(message_can_be_forwarded_whole)
{
	struct imsg	imsg;
	char		c;

	setup();
	CHECK(imsg_compose(&a, 6, 8, 1234, -1, "xyz", 3) == 1);
	CHECK(imsgbuf_flush(&a) == 0 && imsgbuf_read(&b) == 1);
	if (!CHECK(imsgbuf_get(&b, &imsg) == 1))
		return;
	CHECK(imsg_get_buf(&imsg, &c, 1) == 0);
	CHECK(imsg_forward(&b, &imsg) == 1);
	imsg_free(&imsg);
	CHECK(imsgbuf_flush(&b) == 0 && imsgbuf_read(&a) == 1);
	if (!CHECK(imsgbuf_get(&a, &imsg) == 1))
		return;
	CHECK(imsg_get_type(&imsg) == 6 && imsg_get_id(&imsg) == 8);
	CHECK(imsg_get_pid(&imsg) == 1234 && imsg_get_len(&imsg) == 3);
	imsg_free(&imsg);
	cleanup();
}

/* Descriptors. */

/* A descriptor one can recognise: a pipe holding this character. */
static int
marked_fd(char c)
{
	int		p[2];

	CHECK(pipe(p) == 0);
	CHECK(write(p[1], &c, 1) == 1);
	close(p[1]);
	return (p[0]);
}

static char
mark_of(int fd)
{
	char		c = '?';

	if (!CHECK(fd != -1))
		return (c);
	CHECK(read(fd, &c, 1) == 1);
	CHECK((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
	close(fd);
	return (c);
}

TEST(each_descriptor_comes_with_its_message)
{
	struct imsg	imsg;
	int		i;

	setup();
	for (i = 0; i < 60; i++) {
		/* Every third with one, so that batches mix both. */
		CHECK(imsg_compose(&a, i, 0, 0, i % 3 == 0 ?
		    marked_fd((char)('A' + i)) : -1, "payload", 7) == 1);
	}
	for (i = 0; i < 60; ) {
		CHECK(imsgbuf_write(&a) == 0);
		if (!CHECK(imsgbuf_read(&b) == 1))
			return;
		for (; imsgbuf_get(&b, &imsg) == 1; i++) {
			CHECK((int)imsg_get_type(&imsg) == i);
			if (i % 3 == 0)
				CHECK(mark_of(imsg_get_fd(&imsg)) == 'A' + i);
			CHECK(imsg_get_fd(&imsg) == -1);
			imsg_free(&imsg);
		}
	}
	cleanup();
}

TEST(descriptor_waits_for_the_end_of_its_message)
{
	unsigned char	 bytes[IMSG_HEADER_SIZE + 2];
	struct imsg_hdr	 hdr = { .type = 3, .len = sizeof(bytes) | 1U << 31 };
	struct imsg	 imsg;
	size_t		 i;
	int		 fd;

	setup();
	memcpy(bytes, &hdr, sizeof(hdr));
	memset(bytes + sizeof(hdr), 'z', 2);
	fd = marked_fd('Q');
	for (i = 0; i < sizeof(bytes); i++) {
		raw_send(bytes + i, 1, &fd, i == 0 ? 1 : 0);
		CHECK(imsgbuf_read(&b) == 1);
	}
	close(fd);
	if (!CHECK(imsgbuf_get(&b, &imsg) == 1))
		return;
	CHECK(mark_of(imsg_get_fd(&imsg)) == 'Q');
	imsg_free(&imsg);
	cleanup();
}

TEST(descriptor_not_taken_is_closed)
{
	struct imsg	imsg;

	setup();
	CHECK(imsg_compose(&a, 1, 0, 0, marked_fd('x'), NULL, 0) == 1);
	CHECK(imsg_compose(&a, 2, 0, 0, marked_fd('x'), NULL, 0) == 1);
	CHECK(imsg_compose(&a, 3, 0, 0, marked_fd('x'), NULL, 0) == 1);
	CHECK(imsgbuf_write(&a) == 0);
	CHECK(imsgbuf_write(&a) == 0);
	CHECK(imsgbuf_read(&b) == 1 && imsgbuf_read(&b) == 1);
	CHECK(imsgbuf_get(&b, &imsg) == 1);
	imsg_free(&imsg);
	/* One sits in b's queue now, and one in a's: clear closes them. */
	cleanup();
}

TEST(descriptor_to_one_who_did_not_allow_it_is_closed)
{
	struct imsg	imsg;
	int		fd;

	setup();
	b.im_fdpass = false;
	CHECK(imsg_compose(&a, 1, 0, 0, marked_fd('x'), NULL, 0) == 1);
	CHECK(imsgbuf_flush(&a) == 0 && imsgbuf_read(&b) == 1);
	if (!CHECK(imsgbuf_get(&b, &imsg) == 1))
		return;
	CHECK(imsg_get_fd(&imsg) == -1);
	imsg_free(&imsg);
	fd = marked_fd('y');
	CHECK(imsg_compose(&b, 1, 0, 0, fd, NULL, 0) == -1 &&
	    errno == EINVAL);
	CHECK(fcntl(fd, F_GETFD) != -1);	/* still ours */
	close(fd);
	cleanup();
}

TEST(descriptor_that_no_message_claims_ends_the_stream)
{
	struct imsg	imsg;
	int		fd, i;

	for (i = 0; i < 2; i++) {
		test_case("%s", i == 0 ?
		    "descriptor beside an unmarked message ends the stream" :
		    "second descriptor within one message ends the stream");
		setup();
		fd = marked_fd('x');
		raw_header(i == 0 ? IMSG_HEADER_SIZE :
		    (IMSG_HEADER_SIZE + 9) | 1U << 31, &fd, 1);
		if (i == 1) {
			raw_send("a", 1, &fd, 1);
			raw_send("b", 1, &fd, 1);
			CHECK(imsgbuf_read(&b) == 1);
		}
		CHECK(imsgbuf_read(&b) == -1 && errno == EBADMSG);
		close(fd);
		CHECK(imsgbuf_get(&b, &imsg) == (i == 0));
		if (i == 0)
			imsg_free(&imsg);
		cleanup();
	}
}

TEST(several_descriptors_at_once_are_cut_to_one)
{
	struct imsg	imsg;
	int		fds[8], i;

	setup();
	for (i = 0; i < 8; i++)
		fds[i] = marked_fd((char)('a' + i));
	raw_header(IMSG_HEADER_SIZE | 1U << 31, fds, 8);
	for (i = 0; i < 8; i++)
		close(fds[i]);
	CHECK(imsgbuf_read(&b) == 1);
	if (!CHECK(imsgbuf_get(&b, &imsg) == 1))
		return;
	CHECK(mark_of(imsg_get_fd(&imsg)) == 'a');
	imsg_free(&imsg);
	cleanup();
}

TEST(mark_without_descriptor_gives_none)
{
	struct imsg	imsg;

	setup();
	raw_header(IMSG_HEADER_SIZE | 1U << 31, NULL, 0);
	CHECK(imsgbuf_read(&b) == 1);
	if (!CHECK(imsgbuf_get(&b, &imsg) == 1))
		return;
	CHECK(imsg_get_fd(&imsg) == -1);
	imsg_free(&imsg);
	cleanup();
}

/* The process is out of descriptors for the first message only. */
TEST(lost_descriptor_does_not_shift_the_others)
{
	struct rlimit	old, none;
	struct imsg	imsg;
	int		i;

	setup();
	CHECK(imsg_compose(&a, 0, 0, 0, marked_fd('p'), NULL, 0) == 1);
	CHECK(imsg_compose(&a, 1, 0, 0, marked_fd('q'), NULL, 0) == 1);
	CHECK(imsgbuf_flush(&a) == 0);
	CHECK(getrlimit(RLIMIT_NOFILE, &old) == 0);
	none = old;
	none.rlim_cur = 0;
	CHECK(setrlimit(RLIMIT_NOFILE, &none) == 0);
	CHECK(imsgbuf_read(&b) == 1);
	CHECK(setrlimit(RLIMIT_NOFILE, &old) == 0);
	CHECK(imsgbuf_read(&b) == 1);
	for (i = 0; i < 2; i++) {
		if (!CHECK(imsgbuf_get(&b, &imsg) == 1))
			return;
		CHECK((int)imsg_get_type(&imsg) == i);
		if (i == 0)
			CHECK(imsg_get_fd(&imsg) == -1);
		else
			CHECK(mark_of(imsg_get_fd(&imsg)) == 'q');
		imsg_free(&imsg);
	}
	cleanup();
}

/* The buffer alone. */

TEST(numbers_come_back_as_written)
{
	struct ibuf	*buf;
	uint8_t		 n8;
	uint16_t	 n16, h16;
	uint32_t	 n32, h32;
	uint64_t	 n64, h64;

	if (!CHECK((buf = ibuf_dynamic(0, 100)) != NULL))
		return;
	CHECK(ibuf_add_n8(buf, 0x12) == 0);
	CHECK(ibuf_add_n16(buf, 0x1234) == 0);
	CHECK(ibuf_add_n32(buf, 0x12345678) == 0);
	CHECK(ibuf_add_n64(buf, 0x123456789abcdef0) == 0);
	CHECK(ibuf_add_h16(buf, 0x1234) == 0);
	CHECK(ibuf_add_h32(buf, 0x12345678) == 0);
	CHECK(ibuf_add_h64(buf, 0x123456789abcdef0) == 0);
	CHECK(ibuf_size(buf) == 29 && ibuf_left(buf) == 71);
	CHECK(memcmp(ibuf_data(buf), "\x12\x12\x34\x12\x34\x56\x78", 7) == 0);
	CHECK(ibuf_get_n8(buf, &n8) == 0 && n8 == 0x12);
	CHECK(ibuf_get_n16(buf, &n16) == 0 && n16 == 0x1234);
	CHECK(ibuf_get_n32(buf, &n32) == 0 && n32 == 0x12345678);
	CHECK(ibuf_get_n64(buf, &n64) == 0 && n64 == 0x123456789abcdef0);
	CHECK(ibuf_get_h16(buf, &h16) == 0 && h16 == 0x1234);
	CHECK(ibuf_get_h32(buf, &h32) == 0 && h32 == 0x12345678);
	CHECK(ibuf_get_h64(buf, &h64) == 0 && h64 == 0x123456789abcdef0);
	CHECK(ibuf_get_n8(buf, &n8) == -1 && errno == EBADMSG);
	ibuf_rewind(buf);
	CHECK(ibuf_get_n8(buf, &n8) == 0 && n8 == 0x12);
	ibuf_free(buf);
}

TEST(number_too_wide_is_refused)
{
	struct ibuf	*buf;

	if (!CHECK((buf = ibuf_open(16)) != NULL))
		return;
	CHECK(ibuf_add_n8(buf, 0x100) == -1 && errno == EINVAL);
	CHECK(ibuf_add_n16(buf, 0x10000) == -1 && errno == EINVAL);
	CHECK(ibuf_add_h32(buf, 0x100000000) == -1 && errno == EINVAL);
	CHECK(ibuf_size(buf) == 0);
	CHECK(ibuf_add_zero(buf, 4) == 0);
	CHECK(ibuf_set_n16(buf, 1, 0x10000) == -1 && errno == EINVAL);
	ibuf_free(buf);
}

TEST(write_past_the_limit_adds_nothing)
{
	struct ibuf	*buf;

	if (!CHECK((buf = ibuf_open(4)) != NULL))
		return;
	CHECK(ibuf_add(buf, "abc", 3) == 0);
	CHECK(ibuf_add(buf, "de", 2) == -1 && errno == ERANGE);
	CHECK(ibuf_reserve(buf, SIZE_MAX) == NULL && errno == ERANGE);
	CHECK(ibuf_add_zero(buf, 2) == -1 && errno == ERANGE);
	CHECK(ibuf_truncate(buf, 5) == -1 && errno == ERANGE);
	CHECK(ibuf_size(buf) == 3 && memcmp(ibuf_data(buf), "abc", 3) == 0);
	CHECK(ibuf_truncate(buf, 4) == 0 && ibuf_truncate(buf, 1) == 0);
	CHECK(ibuf_size(buf) == 1 && ibuf_left(buf) == 3);
	ibuf_free(buf);
	CHECK(ibuf_dynamic(5, 4) == NULL && errno == EINVAL);
	CHECK(ibuf_open(0) == NULL && errno == EINVAL);
}

TEST(set_and_seek_stay_inside)
{
	struct ibuf	*buf;
	uint16_t	 v;

	if (!CHECK((buf = ibuf_open(8)) != NULL))
		return;
	CHECK(ibuf_add_zero(buf, 4) == 0);
	CHECK(ibuf_set_n16(buf, 2, 0xabcd) == 0);
	CHECK(ibuf_set_n16(buf, 3, 1) == -1 && errno == ERANGE);
	CHECK(ibuf_set_n8(buf, 4, 1) == -1 && errno == ERANGE);
	CHECK(ibuf_seek(buf, SIZE_MAX, 2) == NULL && errno == ERANGE);
	CHECK(ibuf_seek(buf, 1, SIZE_MAX) == NULL && errno == ERANGE);
	CHECK(ibuf_seek(buf, 4, 0) != NULL);
	CHECK(ibuf_skip(buf, 2) == 0);
	CHECK(ibuf_get_n16(buf, &v) == 0 && v == 0xabcd);
	CHECK(ibuf_skip(buf, 1) == -1 && errno == EBADMSG);
	ibuf_free(buf);
}

TEST(view_cannot_write_and_owns_nothing)
{
	char		 text[] = "abcdef";
	struct ibuf	 view, sub;
	char		*s;

	ibuf_from_buffer(&view, text, 6);
	CHECK(ibuf_add(&view, "x", 1) == -1 && errno == ERANGE);
	CHECK(ibuf_left(&view) == 0);
	CHECK(ibuf_get_ibuf(&view, 7, &sub) == -1 && errno == EBADMSG);
	CHECK(ibuf_get_ibuf(&view, 4, &sub) == 0);
	CHECK(ibuf_size(&view) == 2 && ibuf_size(&sub) == 4);
	CHECK(ibuf_get_string(&sub, 5) == NULL && errno == EBADMSG);
	CHECK((s = ibuf_get_string(&sub, 4)) != NULL && strcmp(s, "abcd") == 0);
	free(s);
	ibuf_free(&view);
	ibuf_free(NULL);
	CHECK(strcmp(text, "abcdef") == 0);
}

TEST(buffer_grows_to_its_limit_byte_by_byte)
{
	struct ibuf	*buf;
	unsigned int	 i;

	if (!CHECK((buf = ibuf_dynamic(0, 1000)) != NULL))
		return;
	for (i = 0; i < 1000; i++)
		CHECK(ibuf_add_n8(buf, i & 0xff) == 0);
	CHECK(ibuf_add_n8(buf, 0) == -1 && errno == ERANGE);
	for (i = 0; i < 1000; i++)
		CHECK(((unsigned char *)ibuf_data(buf))[i] == (i & 0xff));
	ibuf_free(buf);
}

int
main(void)
{
	return (test_main());
}
