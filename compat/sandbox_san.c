/*
 * SPDX-License-Identifier: ISC
 *
 * sandbox_san.c: sanitizers in a sandbox.
 *
 * The leak check at exit traces the process and reads /proc; a process that
 * may do neither would end with an error of the check.  It is left out there
 * and stays on in every process without a sandbox, the unit tests above all.
 */

#include <stdbool.h>

#include "sandbox.h"

int	__lsan_is_turned_off(void);

static bool	sandboxed;

void
sandbox_sanitizer(void)
{
	sandboxed = true;
}

/* Called by the sanitizer. */
int
__lsan_is_turned_off(void)
{
	return (sandboxed);
}
