# SPDX-License-Identifier: ISC
#
# space.py: do something in a network namespace.

import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)


def setns(fd):
    if libc.setns(fd, 0x40000000) != 0:
        raise OSError(ctypes.get_errno(), "setns")


def in_space(ns, fn):
    """Call fn in a network namespace."""
    home = os.open("/proc/self/ns/net", os.O_RDONLY)
    there = os.open("/run/netns/" + ns, os.O_RDONLY)
    try:
        setns(there)
        return fn()
    finally:
        setns(home)
        os.close(home)
        os.close(there)
