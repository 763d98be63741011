/*
 * SPDX-License-Identifier: ISC
 *
 * portmap_test.c: port numbers by name, and the file they are kept in.
 */
#include <sys/resource.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "kern.h"
#include "test.h"
#include "user/kern_user.h"
#include "user/portmap.h"

#define DIGITS	"0123456789"
/* The longest: 63 of a namespace, 15 of an interface. */
#define LONG_NAME	DIGITS DIGITS DIGITS DIGITS DIGITS DIGITS "012/" \
			DIGITS "01234"

static int	file;

static void
file_set(const char *text)
{
	CHECK(ftruncate(file, 0) == 0);
	CHECK(pwrite(file, text, strlen(text), 0) == (ssize_t)strlen(text));
	portmap_open(file);
}

static bool
file_is(const char *text)
{
	char	buf[512];
	ssize_t	n;

	n = pread(file, buf, sizeof(buf), 0);
	return (n == (ssize_t)strlen(text) && memcmp(buf, text, strlen(text)) ==
	    0);
}

TEST(number_is_not_kept)
{
	portmap_open(file);
	portmap_set("eth0", 3);
	portmap_set("a-name-of-15-ch", 4294967040U);
	CHECK(portmap_get("eth0") == 3 && portmap_get("eth1") == 0);
	CHECK(file_is("eth0 3\na-name-of-15-ch 4294967040\n"));
	portmap_open(file);
	CHECK(portmap_get("a-name-of-15-ch") == 4294967040U);
	CHECK(portmap_get("eth0") == 3);
}

TEST(number_of_a_long_name_is_not_kept)
{
	file_set("");
	portmap_set(LONG_NAME, 3);
	portmap_set("vm1/tap0", 4);
	portmap_set("vm2/tap0", 5);
	CHECK(file_is(LONG_NAME " 3\nvm1/tap0 4\nvm2/tap0 5\n"));
	portmap_open(file);
	CHECK(portmap_get(LONG_NAME) == 3 && portmap_get("vm2/tap0") == 5);
	CHECK(portmap_get("tap0") == 0);
}

TEST(number_belongs_to_two_names)
{
	file_set("a 1\nb 2\nc 3\n");
	portmap_set("c", 1);
	CHECK(portmap_get("a") == 0 && portmap_get("c") == 1);
	CHECK(portmap_free(0) == 3 && portmap_free(3) == 4);
	portmap_set("d", 2);
	CHECK(portmap_get("b") == 0 && portmap_get("d") == 2);
	portmap_set("d", 9);
	CHECK(portmap_get("d") == 9 && portmap_free(0) == 2);
	CHECK(file_is("c 1\nd 9\n"));
}

TEST(names_are_kept_without_end)
{
	char		name[16];
	uint32_t	i;

	file_set("old 1\nused 2\n");
	for (i = 3; i < 4500; i++) {
		snprintf(name, sizeof(name), "vnet%u", i);
		portmap_set(name, i);
		portmap_set("used", 2);
	}
	CHECK(portmap_get("old") == 0 && portmap_get("used") == 2);
	CHECK(portmap_get("vnet4499") == 4499 && portmap_get("vnet3") == 0);
	CHECK(portmap_free(0) == 1);
	CHECK(lseek(file, 0, SEEK_END) < 4096 * 16);
}

TEST(shorter_map_leaves_old_lines)
{
	file_set("long-name-one 10000\nlong-name-two 20000\n");
	portmap_set("x", 10000);
	portmap_set("x", 20000);
	CHECK(file_is("x 20000\n"));
}

static char	logged[128];

static void
log_keep(const char *line)
{
	snprintf(logged, sizeof(logged), "%s", line);
}

TEST(short_write_has_the_error_of_another_call)
{
	struct rlimit	old, small;

	file_set("");
	CHECK(getrlimit(RLIMIT_FSIZE, &old) == 0);
	small = old;
	small.rlim_cur = 8;
	CHECK(setrlimit(RLIMIT_FSIZE, &small) == 0);
	kern_log_set(log_keep, 0);
	errno = EINTR;
	portmap_set("number-one", 1);
	kern_log_set(NULL, 0);
	CHECK(setrlimit(RLIMIT_FSIZE, &old) == 0);
	CHECK(strstr(logged, strerror(ENOSPC)) != NULL);
	CHECK(portmap_get("number-one") == 1);
}

TEST(rubbish_is_a_number)
{
	file_set("\n \nx\n 5\na -1\nb 1x\nc 99999999999\nd 0\n"
	    LONG_NAME "x 7\ne 8\nf 9");
	CHECK(portmap_get("a") == 0 && portmap_get("b") == 0);
	CHECK(portmap_get("c") == 0 && portmap_get("d") == 0);
	CHECK(portmap_get("") == 0 && portmap_get(LONG_NAME "x") == 0);
	CHECK(portmap_get("e") == 8 && portmap_get("f") == 9);
	portmap_open(-1);
	portmap_set("a", 5);
	CHECK(portmap_get("a") == 5 && portmap_get("e") == 0);
}

int
main(void)
{
	char	name[] = "/tmp/portmap.XXXXXX";

	file = mkstemp(name);
	unlink(name);
	return (test_main());
}
