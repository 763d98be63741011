/*
 * SPDX-License-Identifier: ISC
 *
 * bsd_test.c: compat/bsd.c against the manual pages of its functions.
 */

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "bsd.h"
#include "test.h"

static int	  test_argc;
static char	**test_argv;

TEST(strlcpy_truncates_and_tells)
{
	char		buf[4] = "zzz";

	CHECK(strlcpy(buf, "abcdef", sizeof(buf)) == 6);
	CHECK(strcmp(buf, "abc") == 0);
	CHECK(strlcpy(buf, "ab", sizeof(buf)) == 2);
	CHECK(strcmp(buf, "ab") == 0);
	CHECK(strlcpy(buf, "x", 0) == 1);
	CHECK(strcmp(buf, "ab") == 0);
}

TEST(strlcat_truncates_and_tells)
{
	char		buf[6] = "ab";

	CHECK(strlcat(buf, "cd", sizeof(buf)) == 4);
	CHECK(strlcat(buf, "ef", sizeof(buf)) == 6);
	CHECK(strcmp(buf, "abcde") == 0);
	CHECK(strlcat(buf, "x", 3) == 4);
	CHECK(strcmp(buf, "abcde") == 0);
}

TEST(strtonum)
{
	static const struct {
		const char	*s;
		long long	 min, max, want;
		const char	*err;
	} rows[] = {
		{ "0", 0, 10, 0, NULL },
		{ "10", 0, 10, 10, NULL },
		{ "-3", -5, 5, -3, NULL },
		{ "11", 0, 10, 0, "too large" },
		{ "-1", 0, 10, 0, "too small" },
		{ "", 0, 10, 0, "invalid" },
		{ "5x", 0, 10, 0, "invalid" },
		{ "0x5", 0, 10, 0, "invalid" },
		{ "5", 10, 0, 0, "invalid" },
		{ "99999999999999999999", 0, LLONG_MAX, 0, "too large" },
		{ "-99999999999999999999", LLONG_MIN, 0, 0, "too small" },
	};
	const char	*err;
	size_t		 i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		test_case("strtonum \"%s\" within %lld and %lld", rows[i].s,
		    rows[i].min, rows[i].max);
		CHECK(strtonum(rows[i].s, rows[i].min, rows[i].max, &err) ==
		    rows[i].want);
		if (rows[i].err == NULL)
			CHECK(err == NULL);
		else
			CHECK(err != NULL && strcmp(err, rows[i].err) == 0);
	}
}

TEST(process_title_is_shown_and_environment_survives)
{
	char		 line[256] = "";
	FILE		*f;
	size_t		 n;

	setenv("BSD_TEST", "before", 1);
	setproctitle_init(test_argc, test_argv);
	setproctitle("worker %d", 7);
	if (!CHECK((f = fopen("/proc/self/cmdline", "r")) != NULL))
		return;
	n = fread(line, 1, sizeof(line) - 1, f);
	fclose(f);
	CHECK(n > 0 && strcmp(line, "bsd_test: worker 7") == 0);
	CHECK(strcmp(getenv("BSD_TEST"), "before") == 0);
	CHECK(getenv("PATH") != NULL && getenv("PATH")[0] != '\0');
}

int
main(int argc, char *argv[])
{
	test_argc = argc;
	test_argv = argv;
	return (test_main());
}
