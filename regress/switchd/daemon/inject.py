# SPDX-License-Identifier: ISC
"""inject.py: make a running process do a system call that it never would.

The process is stopped by ptrace(2) where it waits, its registers are set to
the call, one step is taken, and all is put back: it goes on as if nothing had
been.  Whatever filters, capabilities, root directory and limits it has apply,
because it is the process itself that calls.

	with Victim(pid) as v:
		v.call("openat", AT_FDCWD, b"/etc/passwd", 0)

A byte string is put below the stack and given as a pointer.  The result is
that of the system call: -errno when it failed.  x86-64 only; needs root.
"""
import ctypes
import os
import signal
import struct

NUMBERS = {
    "close": 3, "mmap": 9, "connect": 42, "socket": 41, "fork": 57,
    "execve": 59, "kill": 62, "rename": 82, "unlink": 87, "symlink": 88,
    "chmod": 90, "ptrace": 101, "setuid": 105, "setgroups": 116,
    "mknod": 133, "chroot": 161, "mount": 165, "reboot": 169,
    "init_module": 175, "setns": 308, "unshare": 272, "openat": 257,
    "mkdirat": 258, "perf_event_open": 298, "prlimit64": 302,
    "open_by_handle_at": 304, "process_vm_readv": 310,
    "process_vm_writev": 311, "memfd_create": 319, "bpf": 321,
    "userfaultfd": 323, "io_uring_setup": 425, "pidfd_getfd": 438,
    "capset": 126, "prctl": 157, "ioctl": 16, "bind": 49, "clone": 56,
    "keyctl": 250, "add_key": 248, "syslog": 103, "settimeofday": 164,
    "swapon": 167, "sethostname": 170, "pivot_root": 155, "kexec_load": 246,
}

# struct user_regs_struct
REGS = ("r15 r14 r13 r12 rbp rbx r11 r10 r9 r8 rax rcx rdx rsi rdi orig_rax "
        "rip cs eflags rsp ss fs_base gs_base ds es fs gs").split()
ARGS = ("rdi", "rsi", "rdx", "r10", "r8", "r9")
SYSCALL = b"\x0f\x05"
NT_PRSTATUS = 1
DETACH, SINGLESTEP, GETREGSET, SETREGSET, SEIZE, INTERRUPT = \
    17, 9, 0x4204, 0x4205, 0x4206, 0x4207
MASK = (1 << 64) - 1

libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.restype = ctypes.c_long
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p,
                        ctypes.c_void_p]


class Iovec(ctypes.Structure):
    _fields_ = [("base", ctypes.c_void_p), ("len", ctypes.c_size_t)]


def ptrace(request, pid, addr=None, data=None):
    if libc.ptrace(request, pid, addr, data) == -1:
        e = ctypes.get_errno()
        raise OSError(e, "ptrace %#x: %s" % (request, os.strerror(e)))


class Victim:
    def __init__(self, pid):
        if os.uname().machine != "x86_64":
            raise OSError("inject.py knows the registers of x86-64 only")
        self.pid = pid

    def __enter__(self):
        ptrace(SEIZE, self.pid)
        ptrace(INTERRUPT, self.pid)
        self.stopped()
        self.mem = os.open("/proc/%d/mem" % self.pid, os.O_RDWR)
        self.saved = self.registers()
        self.entry = self.find_syscall()
        return self

    def __exit__(self, *_):
        os.close(self.mem)
        try:
            # As it was: the call that it waited in is started again.
            self.set_registers(self.saved)
            ptrace(DETACH, self.pid)
        except ProcessLookupError:
            pass

    def stopped(self):
        while True:
            _, status = os.waitpid(self.pid, 0x40000000)    # __WALL
            if not os.WIFSTOPPED(status):
                raise ProcessLookupError("it ended: status %#x" % status)
            if os.WSTOPSIG(status) == signal.SIGTRAP:
                return
            ptrace(SINGLESTEP, self.pid)

    def registers(self):
        buf = ctypes.create_string_buffer(8 * len(REGS))
        iov = Iovec(ctypes.addressof(buf), len(buf))
        ptrace(GETREGSET, self.pid, NT_PRSTATUS, ctypes.addressof(iov))
        return dict(zip(REGS, struct.unpack("=27Q", buf.raw)))

    def set_registers(self, regs):
        raw = struct.pack("=27Q", *(regs[r] & MASK for r in REGS))
        buf = ctypes.create_string_buffer(raw, len(raw))
        iov = Iovec(ctypes.addressof(buf), len(raw))
        ptrace(SETREGSET, self.pid, NT_PRSTATUS, ctypes.addressof(iov))

    def find_syscall(self):
        """An instruction of its own that calls: where it waits, mostly."""
        here = self.saved["rip"] - len(SYSCALL)
        if os.pread(self.mem, len(SYSCALL), here) == SYSCALL:
            return here
        with open("/proc/%d/maps" % self.pid, encoding="ascii") as f:
            maps = [line.split() for line in f]
        for m in maps:
            if "x" in m[1] and ".so" in m[-1]:
                start, end = (int(x, 16) for x in m[0].split("-"))
                at = os.pread(self.mem, end - start, start).find(SYSCALL)
                if at != -1:
                    return start + at
        raise OSError("no system call instruction found")

    def call(self, name, *args):
        regs = dict(self.saved)
        # Below what a function may use of the stack without saying so.
        at = (regs["rsp"] - 4096) & ~15
        for reg, arg in zip(ARGS, args):
            if isinstance(arg, bytes):
                os.pwrite(self.mem, arg + b"\0", at)
                arg, at = at, at + (len(arg) + 16 & ~15)
            regs[reg] = arg
        regs.update(rip=self.entry, rax=NUMBERS[name], orig_rax=MASK)
        self.set_registers(regs)
        ptrace(SINGLESTEP, self.pid)
        self.stopped()
        return struct.unpack("=q", struct.pack(
            "=Q", self.registers()["rax"]))[0]
