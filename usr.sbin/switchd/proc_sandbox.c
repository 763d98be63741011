/*
 * SPDX-License-Identifier: ISC
 *
 * proc_sandbox.c: confine this process to its promises.
 */
#include "log.h"
#include "proc_var.h"

const char *
proc_sandbox(const char *promises)
{
	return ("not built in");
}
