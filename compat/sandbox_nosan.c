/*
 * SPDX-License-Identifier: ISC
 *
 * sandbox_nosan.c: a build without sanitizers needs nothing in a sandbox.
 */

#include "sandbox.h"

void
sandbox_sanitizer(void)
{
}
