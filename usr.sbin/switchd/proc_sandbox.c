/*
 * SPDX-License-Identifier: ISC
 *
 * proc_sandbox.c: confine this process to its promises, and to the files
 * that were unveiled.  A child unveils none.
 */
#include <errno.h>
#include <string.h>

#include "log.h"
#include "proc_var.h"
#include "sandbox.h"

const char *
proc_sandbox(const char *promises)
{
	if (unveil(NULL, NULL) == -1)
		return (strerror(errno));
	if (pledge(promises, NULL) == -1)
		return (strerror(errno));
	return (NULL);
}
