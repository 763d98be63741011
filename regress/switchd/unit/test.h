/*
 * SPDX-License-Identifier: ISC
 *
 * test.h: unit tests that print "ok NAME" or "not ok NAME - reason".
 *
 *	TEST(short_read_gives_zeros)
 *	{
 *		CHECK(ofp_rd_u16(&rd) == 0);
 *		if (!CHECK(p != NULL))
 *			return;
 *	}
 *
 *	int
 *	main(void)
 *	{
 *		return (test_main());
 *	}
 *
 * Tests run in the order of the file.  The name says what would be wrong if
 * it failed.  CHECK returns whether it held; the first that did not is the
 * reason printed.  A test that walks a table makes each row a case of its own
 * with test_case("%s is refused when short", name).
 */
#ifndef _TEST_H_
#define _TEST_H_

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

struct test {
	const char	*t_name;
	void		(*t_run)(void);
	struct test	*t_next;
};

static struct test	*test_first, **test_tail = &test_first;
static char		 test_name[160], test_why[400];
static unsigned int	 test_nok, test_nbad;
static bool		 test_open, test_checked;
static bool		 test_own;	/* the case is the TEST's own name */

#define TEST(name)							\
	static void test_run_##name(void);				\
	__attribute__((constructor)) static void			\
	test_add_##name(void)						\
	{								\
		static struct test t = { #name, test_run_##name, NULL };\
									\
		*test_tail = &t;					\
		test_tail = &t.t_next;					\
	}								\
	static void							\
	test_run_##name(void)

#define CHECK(e)	test_check((e) ? true : false, #e, __FILE__, __LINE__)

static inline bool
test_check(bool held, const char *what, const char *file, int line)
{
	test_checked = true;
	if (!held && test_why[0] == '\0')
		snprintf(test_why, sizeof(test_why), "%s:%d: %s", file, line,
		    what);
	return (held);
}

/* End the case; a TEST's own name counts only if it is more than a table. */
static inline void
test_end(bool more)
{
	if (!test_open)
		return;
	test_open = false;
	if (test_own && more && !test_checked)
		return;
	if (test_why[0] == '\0') {
		test_nok++;
		printf("ok %s\n", test_name);
	} else {
		test_nbad++;
		printf("not ok %s - %s\n", test_name, test_why);
	}
	fflush(stdout);
}

/* End the case before and begin one. */
__attribute__((format(printf, 1, 2))) static inline void
test_case(const char *fmt, ...)
{
	va_list		ap;

	test_end(true);
	va_start(ap, fmt);
	vsnprintf(test_name, sizeof(test_name), fmt, ap);
	va_end(ap);
	test_why[0] = '\0';
	test_open = true;
	test_own = test_checked = false;
}

static inline int
test_main(void)
{
	struct test	*t;

	for (t = test_first; t != NULL; t = t->t_next) {
		test_case("%s", t->t_name);
		test_own = true;
		t->t_run();
		test_end(false);
	}
	return (test_nbad == 0 && test_nok > 0 ? 0 : 1);
}

#endif /* _TEST_H_ */
