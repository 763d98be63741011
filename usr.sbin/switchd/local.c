/*
 * SPDX-License-Identifier: ISC
 *
 * local.c: switches of this machine.
 */
#include "parent.h"

void
local_init(void)
{
}

void
local_sync(const struct conf *cf)
{
}

void
local_reaped(int pid, int status)
{
}

void
local_tell_all(void)
{
}

bool
local_device(const char *name, char *path, size_t size,
    enum ctl_switch_kind *kind)
{
	return (false);
}
