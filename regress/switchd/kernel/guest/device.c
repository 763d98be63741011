/*
 * SPDX-License-Identifier: ISC
 *
 * device.c: /dev/switchN as a process sees it.  Runs in the guest.
 *
 *	device test DEV		all cases that leave the switch as it was
 *	device long DEV		20000 flows that answer nothing
 *	device gone DEV LINK	the link goes while the device is open
 *	device refuse DEV	who may not open it
 *	device send DEV HEX ...	write messages, wait for as many barrier replies
 *				as there are barrier requests
 *	device flows DEV IN OUT N  N flows from port IN to port OUT: source
 *				02:00:00:00:00:01, destinations from
 *				02:00:00:01:00:00 on
 *	device ask DEV HEX ...	as send, and print what comes before the last
 *				barrier reply, a message a line, in hexadecimal
 *	device sum DEV		have all frames sent to it, wait for one of UDP
 *				to port 4242 or above, look at its checksum
 *	device rubbish DEV N	open N times, write rubbish and half a message,
 *				read nothing, close
 *	device hold DEV		keep it open, never read, until killed
 *	device drain DEV	keep it open, read and forget, until killed
 *
 * One line a case, "ok NAME" or "not ok NAME - reason".
 */
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <linux/capability.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define T_BARRIER_REQ	20
#define T_BARRIER_REP	21
#define T_ECHO_REP	3
#define HEADER		8
#define MAC_AT		74		/* in the flow of cmd_flows */

static int		 failed;

static const uint8_t	 hello[] = { 4, 0, 0, 8, 0, 0, 0, 1 };
static const uint8_t	 echo[] = {
	4, 2, 0, 12, 0, 0, 0, 2, 'e', 'c', 'h', 'o'
};

static void
check(bool ok, const char *name)
{
	if (ok)
		printf("ok %s\n", name);
	else {
		printf("not ok %s - errno %d\n", name, errno);
		failed = 1;
	}
	fflush(stdout);
}

static int
dev_open(const char *path, int flags)
{
	int fd = open(path, O_RDWR | O_CLOEXEC | flags);

	if (fd == -1)
		err(1, "%s", path);
	return (fd);
}

static short
dev_poll(int fd, short events, int ms)
{
	struct pollfd pfd = { .fd = fd, .events = events };

	return (poll(&pfd, 1, ms) == 1 ? pfd.revents : 0);
}

/* Read until there is no more; the descriptor does not block. */
static size_t
dev_drain(int fd)
{
	static uint8_t buf[65536];
	size_t all = 0;
	ssize_t n;

	while ((n = read(fd, buf, sizeof(buf))) > 0)
		all += n;
	return (all);
}

/* Open, say hello, forget what came. */
static int
dev_ready(const char *path)
{
	int fd = dev_open(path, O_NONBLOCK);

	if (write(fd, hello, sizeof(hello)) != sizeof(hello))
		err(1, "hello");
	(void)dev_poll(fd, POLLIN, 1000);
	(void)dev_drain(fd);
	return (fd);
}

/* The next message, whole; the descriptor may block or not.  Its length. */
static size_t
dev_message(int fd, uint8_t *buf, size_t size)
{
	size_t have = 0, want = HEADER;
	ssize_t n;

	while (have < want) {
		if ((dev_poll(fd, POLLIN, 5000) & POLLIN) == 0)
			return (0);
		n = read(fd, buf + have, want - have);
		if (n <= 0)
			return (0);
		have += n;
		if (have >= HEADER)
			want = buf[2] << 8 | buf[3];
		if (want > size)
			return (0);
	}
	return (have);
}

/* Is the next message the answer to echo? */
static bool
dev_echoes(int fd)
{
	uint8_t buf[65536];
	size_t n = dev_message(fd, buf, sizeof(buf));

	return (n == sizeof(echo) && memcmp(buf + 4, echo + 4, n - 4) == 0);
}

/*
 * Cases.
 */

static void
test_one_opener(const char *path)
{
	int fd = dev_open(path, 0);

	errno = 0;
	check(open(path, O_RDWR) == -1 && errno == EBUSY,
	    "second opener is refused with EBUSY");
	close(fd);
	fd = open(path, O_RDWR);
	check(fd != -1, "device can be opened again after close");
	close(fd);
}

static void
test_nonblock(const char *path)
{
	int fd = dev_ready(path);
	char c;

	errno = 0;
	check(read(fd, &c, 1) == -1 && errno == EAGAIN,
	    "nonblocking read without input says EAGAIN");
	check(read(fd, &c, 0) == 0, "read of nothing returns 0");
	check(lseek(fd, 0, SEEK_SET) == -1 && errno == ESPIPE,
	    "device is a stream");
	check(dev_poll(fd, POLLIN | POLLOUT, 0) == POLLOUT,
	    "poll of an idle device: writable, not readable");
	check(write(fd, echo, sizeof(echo)) == sizeof(echo) &&
	    (dev_poll(fd, POLLIN, 5000) & POLLIN) != 0,
	    "poll sees the answer");
	check(dev_echoes(fd), "echo is answered");
	close(fd);
}

static void
test_cut(const char *path)
{
	uint8_t buf[3 * sizeof(echo)];
	int fd = dev_ready(path);
	bool ok = true;
	size_t i;

	for (i = 0; i < sizeof(echo); i++)
		ok = ok && write(fd, echo + i, 1) == 1;
	check(ok && dev_echoes(fd), "message written byte by byte");
	for (i = 0; i < 3; i++)
		memcpy(buf + i * sizeof(echo), echo, sizeof(echo));
	check(write(fd, buf, sizeof(buf)) == sizeof(buf),
	    "three messages in one write");
	for (i = 0; ok && i < 3; i++)
		ok = dev_echoes(fd);
	check(ok, "each of the three is answered");
	(void)write(fd, echo, sizeof(echo));
	ok = true;
	for (i = 0; i < sizeof(echo); i++)
		ok = ok && read(fd, buf + i, 1) == 1;
	check(ok && memcmp(buf + 4, echo + 4, sizeof(echo) - 4) == 0,
	    "answer read byte by byte");
	close(fd);
}

static void
test_blocking(const char *path)
{
	int fd, status;
	pid_t pid;

	fd = dev_ready(path);
	(void)fcntl(fd, F_SETFL, 0);
	if ((pid = fork()) == 0) {
		usleep(100000);
		_exit(write(fd, echo, sizeof(echo)) != sizeof(echo));
	}
	check(dev_echoes(fd), "blocking read waits for the answer");
	waitpid(pid, &status, 0);
	if ((pid = fork()) == 0) {
		alarm(1);
		(void)read(fd, &status, 1);
		_exit(0);
	}
	waitpid(pid, &status, 0);
	check(WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM,
	    "blocking read ends by a signal");
	close(fd);
}

static void
test_half(const char *path)
{
	int fd = dev_ready(path);

	(void)write(fd, echo, sizeof(echo) / 2);
	close(fd);
	fd = dev_ready(path);
	check(write(fd, echo, sizeof(echo)) == sizeof(echo) && dev_echoes(fd),
	    "half a message of the last opener is forgotten");
	close(fd);
}

/* Ask and never read: the queue has an end, and what was lost is an answer
 * that was never asked for. */
static void
test_noread(const char *path)
{
	static uint8_t big[16384] = { 4, 2, 0x40, 0, 0, 0, 0, 3 };
	int fd = dev_ready(path);
	size_t asked = 0, got;
	ssize_t n;

	while (asked < 64 << 20 && (n = write(fd, big, sizeof(big))) > 0)
		asked += n;
	check(asked < 64 << 20 && n == -1 && errno == EAGAIN,
	    "who never reads cannot write for ever");
	check((dev_poll(fd, POLLIN | POLLOUT, 0) & POLLOUT) == 0,
	    "full device is not writable");
	got = dev_drain(fd);
	check(got > 0 && got <= asked, "queued answers can be read");
	check((dev_poll(fd, POLLOUT, 5000) & POLLOUT) != 0,
	    "drained device is writable again");
	close(fd);
}

static void
test_rubbish(const char *path)
{
	static const uint8_t bad[] = { 4, 2, 0, 3, 0, 0, 0, 4 };
	int fd = dev_ready(path);
	char c;

	(void)!write(fd, bad, sizeof(bad));
	(void)!write(fd, echo, sizeof(echo));
	(void)dev_drain(fd);
	check((dev_poll(fd, POLLIN, 1000) & POLLHUP) != 0 &&
	    read(fd, &c, 1) == 0, "lost framing is end of file for the reader");
	close(fd);
	fd = dev_ready(path);
	check(write(fd, echo, sizeof(echo)) == sizeof(echo) && dev_echoes(fd),
	    "next opener after rubbish starts clean");
	close(fd);
}

static void
test_fault(const char *path)
{
	int fd = dev_ready(path);
	void *nowhere = mmap(NULL, 4096, PROT_NONE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	errno = 0;
	check(write(fd, nowhere, 16) == -1 && errno == EFAULT,
	    "write from nowhere says EFAULT");
	(void)write(fd, echo, sizeof(echo));
	(void)dev_poll(fd, POLLIN, 1000);
	errno = 0;
	check(read(fd, nowhere, 16) == -1 && errno == EFAULT,
	    "read to nowhere says EFAULT");
	close(fd);
}

/* All flows whose cookie is one that none has: long work, short answer. */
static void
test_long(const char *path)
{
	static const uint8_t ask[56] = {
		4, 18, 0, 56, 0, 0, 0, 5, 0, 1, 0, 0, 0, 0, 0, 0,
		255, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255,
		[32] = 1, [40] = 255, [48] = 0, 1, 0, 4,
	};
	uint8_t buf[65536];
	int fd = dev_ready(path);
	bool ok = write(fd, ask, sizeof(ask)) == sizeof(ask);
	ssize_t n = 0;

	check(ok && dev_poll(fd, POLLIN, 5000) == POLLIN,
	    "poll of a long reply says readable");
	errno = 0;
	n = read(fd, buf, sizeof(buf));
	check(n == 16 && buf[1] == 19,
	    "and a nonblocking read does not say EAGAIN");
	close(fd);
}

static int
cmd_test(const char *path)
{
	test_one_opener(path);
	test_nonblock(path);
	test_cut(path);
	test_blocking(path);
	test_half(path);
	test_noread(path);
	test_rubbish(path);
	test_fault(path);
	return (failed);
}

static int
cmd_gone(const char *path, const char *link)
{
	char cmd[128], c;
	int i, fd = dev_ready(path);

	(void)fcntl(fd, F_SETFL, 0);
	snprintf(cmd, sizeof(cmd), "(sleep 0.3; ip link del %s) &", link);
	(void)!system(cmd);
	check(read(fd, &c, 1) == 0, "reader wakes when the link goes");
	check((dev_poll(fd, POLLIN, 0) & POLLHUP) != 0,
	    "poll says POLLHUP when the link is gone");
	errno = 0;
	check(write(fd, echo, sizeof(echo)) == -1 && errno == ENXIO,
	    "write to a switch without link says ENXIO");
	close(fd);
	for (i = 0; i < 600 && access(path, F_OK) == 0; i++)
		usleep(100000);
	check(access(path, F_OK) == -1, "device is gone with its link");
	return (failed);
}

/* Run open in a child that gave up what prepare takes; its errno. */
static int
open_as(const char *path, int (*prepare)(void))
{
	int status;
	pid_t pid;

	if ((pid = fork()) == 0) {
		if (prepare() != 0)
			_exit(255);
		_exit(open(path, O_RDWR) == -1 ? errno : 0);
	}
	waitpid(pid, &status, 0);
	return (WIFEXITED(status) ? WEXITSTATUS(status) : 254);
}

static int
as_nobody(void)
{
	return (setgid(99) != 0 || setuid(99) != 0);
}

static int
as_powerless(void)
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3
	};
	struct __user_cap_data_struct data[2];

	if (syscall(SYS_capget, &head, data) != 0)
		return (1);
	data[0].effective &= ~(1U << CAP_NET_ADMIN);
	data[0].permitted &= ~(1U << CAP_NET_ADMIN);
	return (syscall(SYS_capset, &head, data) != 0);
}

static int
as_userns_root(void)
{
	FILE *f;

	if (unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0)
		return (1);
	if ((f = fopen("/proc/self/uid_map", "w")) == NULL)
		return (1);
	fprintf(f, "0 0 1\n");
	return (fclose(f) != 0);
}

static int
cmd_refuse(const char *path)
{
	check(open_as(path, as_nobody) == EACCES,
	    "unprivileged user cannot open the device");
	check(open_as(path, as_powerless) == EPERM,
	    "root without CAP_NET_ADMIN cannot open the device");
	check(open_as(path, as_userns_root) == EPERM,
	    "root of a user namespace cannot open the device");
	return (failed);
}

static size_t
unhex(const char *hex, uint8_t *buf, size_t size)
{
	size_t n = 0;
	unsigned int v;

	for (; *hex != '\0'; hex += 2) {
		while (*hex == ' ')
			hex++;
		if (n == size || sscanf(hex, "%2x", &v) != 1)
			errx(1, "bad hex: %s", hex);
		buf[n++] = v;
	}
	return (n);
}

static void
print_hex(const uint8_t *buf, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		printf("%02x", buf[i]);
	printf("\n");
}

static int
cmd_send(const char *path, char **hex, bool asks)
{
	static uint8_t buf[65536];
	int barriers = 0, fd = dev_ready(path);
	size_t n;

	for (; *hex != NULL; hex++) {
		n = unhex(*hex, buf, sizeof(buf));
		if (n >= HEADER && buf[1] == T_BARRIER_REQ)
			barriers++;
		if (write(fd, buf, n) != (ssize_t)n)
			err(1, "write");
	}
	while (barriers > 0) {
		n = dev_message(fd, buf, sizeof(buf));
		if (n == 0)
			errx(1, "no answer");
		if (buf[1] == T_BARRIER_REP)
			barriers--;
		else if (buf[1] == 1) {
			printf("error: ");
			print_hex(buf, n < 16 ? n : 16);
			return (1);
		} else if (asks)
			print_hex(buf, n);
	}
	return (0);
}

static int
cmd_flows(const char *path, char **arg)
{
	/* ADD, priority 1000; in_port, eth_src, eth_dst; apply output. */
	uint8_t flow[104] = {
		4, 14, 0, 104, 0, 0, 0, 8,
		[30] = 1000 >> 8, 1000 & 0xff, 255, 255, 255, 255,
		255, 255, 255, 255, 255, 255, 255, 255, 0, 0, 0, 0,
		0, 1, 0, 32, 0x80, 0, 0, 4, 0, 0, 0, atoi(arg[0]),
		0x80, 0, 8, 6, 2, 0, 0, 0, 0, 1,
		0x80, 0, 6, 6, 2, 0, 0, 1, 0, 0,
		0, 4, 0, 24, 0, 0, 0, 0,
		0, 0, 0, 16, 0, 0, 0, atoi(arg[1]), 0, 0,
	};
	static const uint8_t barrier[HEADER] = { 4, T_BARRIER_REQ, 0, 8 };
	uint8_t buf[65536];
	int fd = dev_ready(path), i, n = atoi(arg[2]);
	size_t len;

	(void)fcntl(fd, F_SETFL, 0);
	for (i = 0; i < n; i++) {
		flow[MAC_AT + 3] = 1 + (i >> 16);
		flow[MAC_AT + 4] = i >> 8;
		flow[MAC_AT + 5] = i;
		if (write(fd, flow, sizeof(flow)) != sizeof(flow))
			err(1, "flow %d", i);
	}
	(void)!write(fd, barrier, sizeof(barrier));
	len = dev_message(fd, buf, sizeof(buf));
	close(fd);
	return (len == 0 || buf[1] != T_BARRIER_REP);
}

static int
cmd_long(const char *path)
{
	char *arg[] = { "1", "2", "20000" };

	if (cmd_flows(path, arg) != 0)
		errx(1, "flows");
	test_long(path);
	return (failed);
}

/* The sum over a UDP packet in IPv4 without options, and what goes with it. */
static uint32_t
udp_sum(const uint8_t *ip, size_t len)
{
	uint32_t sum = 17 + len;
	size_t i;

	for (i = 12; i < 20 + len; i++)
		sum += i % 2 == 0 ? ip[i] << 8 : ip[i];
	while (sum >> 16 != 0)
		sum = (sum & 0xffff) + (sum >> 16);
	return (sum);
}

static int
cmd_sum(const char *path)
{
	/* Any packet: to the controller, whole. */
	static const uint8_t punt[] = {
		4, 14, 0, 80, 0, 0, 0, 8, [32] = 255, 255, 255, 255,
		255, 255, 255, 255, 255, 255, 255, 255, 0, 0, 0, 0,
		0, 1, 0, 4, 0, 0, 0, 0, 0, 4, 0, 24, 0, 0, 0, 0,
		0, 0, 0, 16, 255, 255, 255, 253, 255, 255, 0, 0, 0, 0, 0, 0,
	};
	uint8_t buf[65536];
	const uint8_t *ip;
	int fd = dev_ready(path);
	size_t n, len;

	if (write(fd, punt, sizeof(punt)) != sizeof(punt))
		err(1, "punt");
	printf("ready\n");
	fflush(stdout);
	while ((n = dev_message(fd, buf, sizeof(buf))) > 0) {
		/* Header 24, match padded to 8, 2 of padding, 14. */
		ip = buf + 24 + ((buf[26] << 8 | buf[27]) + 7) / 8 * 8 + 16;
		if (buf[1] != 10 || ip + 28 > buf + n || ip[0] != 0x45 ||
		    ip[9] != 17 || (ip[22] << 8 | ip[23]) < 4242)
			continue;
		len = ip[24] << 8 | ip[25];
		if (ip + 20 + len <= buf + n)
			check(udp_sum(ip, len) == 0xffff,
			    "packet-in has a finished checksum");
		break;
	}
	close(fd);
	return (failed);
}

/* Bytes of which no two openers write the same; some look like messages. */
static int
cmd_rubbish(const char *path, int times)
{
	static uint8_t buf[65536];
	uint32_t x = 2463534242;
	size_t i;
	int fd;

	for (; times > 0; times--) {
		fd = dev_open(path, O_NONBLOCK);
		(void)!write(fd, hello, sizeof(hello));
		for (i = 0; i < sizeof(buf); i++) {
			x ^= x << 13;
			x ^= x >> 17;
			x ^= x << 5;
			buf[i] = x;
		}
		for (i = 0; i + 64 <= sizeof(buf) && times % 2 != 0; i += 64) {
			buf[i] = 4;
			buf[i + 1] %= 30;
			buf[i + 2] = 0;
			buf[i + 3] = 64;
		}
		(void)!write(fd, buf, sizeof(buf));
		(void)!write(fd, echo, sizeof(echo) / 2);
		close(fd);
	}
	return (0);
}

static int
cmd_hold(const char *path, bool reads)
{
	static uint8_t buf[65536];
	int fd = dev_open(path, 0);

	(void)write(fd, hello, sizeof(hello));
	printf("open\n");
	fflush(stdout);
	while (!reads || read(fd, buf, sizeof(buf)) > 0) {
		if (!reads)
			pause();
	}
	return (0);
}

int
main(int argc, char *argv[])
{
	const char *cmd = argc > 2 ? argv[1] : "";

	if (strcmp(cmd, "test") == 0)
		return (cmd_test(argv[2]));
	if (strcmp(cmd, "long") == 0)
		return (cmd_long(argv[2]));
	if (strcmp(cmd, "gone") == 0 && argc == 4)
		return (cmd_gone(argv[2], argv[3]));
	if (strcmp(cmd, "refuse") == 0)
		return (cmd_refuse(argv[2]));
	if (strcmp(cmd, "send") == 0)
		return (cmd_send(argv[2], argv + 3, false));
	if (strcmp(cmd, "ask") == 0)
		return (cmd_send(argv[2], argv + 3, true));
	if (strcmp(cmd, "sum") == 0)
		return (cmd_sum(argv[2]));
	if (strcmp(cmd, "rubbish") == 0 && argc == 4)
		return (cmd_rubbish(argv[2], atoi(argv[3])));
	if (strcmp(cmd, "flows") == 0 && argc == 6)
		return (cmd_flows(argv[2], argv + 3));
	if (strcmp(cmd, "hold") == 0)
		return (cmd_hold(argv[2], false));
	if (strcmp(cmd, "drain") == 0)
		return (cmd_hold(argv[2], true));
	fprintf(stderr, "usage: device test|long|gone|refuse|send|ask|flows|"
	    "sum|rubbish|hold|drain DEV ...\n");
	return (2);
}
