#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""priv.py: what each process of switchd, uswitch and switchctl must not do.

It is tried in the running processes themselves: inject.py makes them call.
Only EPERM and EACCES are a refusal, and the arguments are such that a call
that is let through mostly fails for another reason and does no harm.  The same
calls of a process without any confinement come first: none may be refused
there, or the test could not tell.

Each line names what the process could do.  Needs root.
"""
import atexit
import errno
import os
import pwd
import resource
import signal
import socket
import struct
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import switchd as sd  # noqa: E402
from inject import Victim  # noqa: E402

SAN = "san" in sd.OBJ
REFUSED = (errno.EPERM, errno.EACCES)
CWD, O_WRONLY, O_CREAT, NONE = -100, 1, 0o100, b"/nonexistent"
NOBODY = 1 << 22                # above any process id
ATTACH, RLIMIT_CORE, PR_SET_DUMPABLE = 16, 4, 4
NEWNS, NEWNET, NEWUSER, SIGHAND = 0x20000, 0x40000000, 0x10000000, 0x800
INET = struct.pack("=H", socket.AF_INET) + struct.pack(
    ">H4s8x", 9, b"\x7f\0\0\1")
SUN = struct.pack("=H", socket.AF_UNIX) + b"\0switchd-nobody"

THERE = b"/etc/switchd-there"

# What, and how: calls that a switch has no use for at all,
NEVER = [
    ("trace a process", "ptrace", ATTACH, NOBODY, 0, 0),
    ("read another's memory", "process_vm_readv", 1, 0, 0, 0, 0, 0),
    ("write another's memory", "process_vm_writev", 1, 0, 0, 0, 0, 0),
    ("take another's descriptor", "pidfd_getfd", -1, 0, 0),
    ("mount", "mount", 0, NONE, 0, 0, 0),
    ("change the root of the system", "pivot_root", NONE, NONE),
    ("enter a mount namespace", "setns", -1, NEWNS),
    ("make a mount namespace", "unshare", NEWNS | 1),
    ("make a user namespace", "unshare", NEWUSER | 1),
    ("clone into a network namespace", "clone", NEWNET | SIGHAND, 0, 0, 0, 0),
    ("load a module", "init_module", 0, 0, 0),
    ("load another kernel", "kexec_load", 0, 1 << 20, 0, 0),
    ("reboot", "reboot", 0, 0, 0, 0),
    ("set the clock", "settimeofday", 0, 0),
    ("name the machine", "sethostname", 0, -1),
    ("swap", "swapon", NONE, 0),
    ("read the kernel's log", "syslog", 10, 0, 0),
    ("use keys of the kernel", "keyctl", 9999, 0, 0, 0, 0),
    ("count events of the machine", "perf_event_open", 0, 0, -1, -1, 0),
    ("queue calls past the filter", "io_uring_setup", 0, 0),
    ("handle page faults", "userfaultfd", -1),
    ("open a file by its handle", "open_by_handle_at", -1, 0, 0),
    ("make a device node", "mknod", NONE + b"/x", 0o20600, 0x101),
    ("make memory writable and executable", "mmap", 0, 4096, 7, 0x22, -1, 0),
]
# calls that only parents have a use for,
PARENTS = [
    ("open a file", "openat", CWD, b"/etc/passwd", 0, 0),
    ("look into /proc", "openat", CWD, b"/proc/1/status", 0, 0),
    ("make an IPv4 socket", "socket", socket.AF_INET, socket.SOCK_STREAM, 0),
    ("make an IPv6 socket", "socket", socket.AF_INET6, socket.SOCK_STREAM, 0),
    ("make a unix socket", "socket", socket.AF_UNIX, socket.SOCK_STREAM, 0),
    ("make a packet socket", "socket", socket.AF_PACKET, socket.SOCK_RAW, 0),
    ("make a netlink socket", "socket", socket.AF_NETLINK, socket.SOCK_RAW,
     0),
    ("connect to the network", "connect", -1, INET, 16),
    ("connect to a unix socket", "connect", -1, SUN, len(SUN)),
    ("signal another process", "kill", 1, 0),
    ("fork", "clone", SIGHAND, 0, 0, 0, 0),
    ("execute a program", "execve", NONE, 0, 0),
    ("become root", "setuid", 0),
    ("change its groups", "setgroups", 0, 0),
    ("leave its root directory", "chroot", NONE),
    ("raise a limit", "prlimit64", 0, RLIMIT_CORE, struct.pack(
        "=QQ", 1 << 20, 1 << 20), 0),
    ("dump core again", "prctl", PR_SET_DUMPABLE, 1, 0, 0, 0),
    ("load a program into the kernel", "bpf", 9999, 0, 0),
    ("enter a network namespace", "setns", -1, NEWNET),
    ("make a file executable", "chmod", NONE, 0o755),
    ("bind a socket", "bind", -1, INET, 16),
    ("create a file", "openat", CWD, b"/run/switchd-priv",
     O_WRONLY | O_CREAT, 0o600),
    ("make a directory", "mkdirat", CWD, NONE + b"/x", 0o700),
    ("remove a file", "unlink", NONE),
    ("rename a file", "rename", NONE, NONE),
]
# and those of which it depends on the file.
FILES = [
    ("write a program", "openat", CWD, b"/bin/true", O_WRONLY, 0),
    ("write the system's settings", "openat", CWD, b"/etc/passwd", O_WRONLY,
     0),
    ("create a file among settings", "openat", CWD, b"/etc/switchd-priv",
     O_WRONLY | O_CREAT, 0o600),
    ("create a file in /var", "openat", CWD, b"/var/switchd-priv",
     O_WRONLY | O_CREAT, 0o600),
    ("make a directory of programs", "mkdirat", CWD, b"/bin/switchd-priv",
     0o700),
    ("remove a system's file", "unlink", THERE),
    ("set a variable of the kernel", "openat", CWD,
     b"/proc/sys/kernel/core_pattern", O_WRONLY, 0),
]
MADE = ("/run/switchd-priv", "/etc/switchd-priv", "/var/switchd-priv",
        "/bin/switchd-priv")
EVERYTHING = NEVER + PARENTS + FILES

# What the duties of some take: ports are bound where the packets are,
OF_USWITCH = {"bind a socket"}
# and interfaces that come back are opened, and the worker is ended.
OF_USWITCH_PARENT = OF_USWITCH | {
    "make an IPv4 socket", "make an IPv6 socket", "make a unix socket",
    "make a packet socket", "make a netlink socket",
    "connect to the network", "connect to a unix socket",
    "load a program into the kernel",
    "signal another process", "fork", "remove a file", "rename a file",
    "make a directory"}
# The parent of all reads where users keep files, and starts the others, who
# inherit its filter and become less.
OF_PARENT = OF_USWITCH_PARENT | {
    "enter a network namespace", "open a file", "look into /proc", "execute a program", "become root",
    "change its groups", "leave its root directory", "raise a limit",
    "dump core again", "make a file executable"}


def but(allowed):
    return [c for c in EVERYTHING if c[0] not in allowed]


def tried(pid, cases):
    """What the process was not refused."""
    got = {}
    with Victim(pid) as v:
        for what, name, *args in cases:
            got[what] = v.call(name, *args)
    return got


def verdicts(who, pid, cases):
    """One line for each case; the number of bad ones."""
    bad = 0
    for what, result in tried(pid, cases).items():
        name = "%s_can_%s" % (who, what.replace(" ", "_").replace("'", ""))
        if -result in REFUSED:
            print("ok", name)
        else:
            bad += 1
            print("not ok %s - %s" % (name, "it did: %d" % result
                                      if result >= 0 else
                                      errno.errorcode.get(-result, result)))
    sys.stdout.flush()
    return bad


def there():
    """A file to remove."""
    with open(THERE, "w", encoding="ascii"):
        pass


def leave():
    for path in MADE + (THERE,):
        if os.path.isdir(path):
            os.rmdir(path)
        elif os.path.exists(path):
            os.unlink(path)


def free():
    """The calls of a process that may do all of it."""
    there()
    p = subprocess.Popen(["sleep", "1000"], stdin=subprocess.DEVNULL)
    try:
        got = tried(p.pid, EVERYTHING)
    finally:
        p.kill()
        p.wait()
    bad = [w for w, r in got.items() if -r in REFUSED]
    bad += ["make " + path for path in MADE if not os.path.exists(path)]
    if os.path.exists(THERE):
        bad.append("remove")
    leave()
    there()
    print("%s a_refusal_cannot_be_told_from_a_failure%s" % (
        "not ok" if bad else "ok", " - " + ", ".join(bad) if bad else ""))
    return len(bad)


def processes():
    """Name, process id and what it must not do, of each."""
    found = [(n, sd.processes()[n]["pid"], EVERYTHING) for n in sd.CHILDREN]
    found.append(("parent", sd.daemon.pid, but(OF_PARENT)))
    pids = sd.switches()["swda"]
    for pid in pids:
        if int(sd.status(pid)["PPid"]) in pids:
            found.append(("uswitch", pid, but(OF_USWITCH)))
        else:
            found.append(("parent_of_uswitch", pid, but(OF_USWITCH_PARENT)))
    return found


def client():
    """switchctl, once it is connected."""
    p = subprocess.Popen([sd.OBJ + "/switchctl", "-s", sd.SOCK, "monitor"],
                         stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    try:
        sd.wait_for("both its filters", lambda: sd.status(p.pid).get(
            "Seccomp_filters") == "2")
        return verdicts("switchctl", p.pid, EVERYTHING)
    finally:
        p.terminate()
        p.wait(10)


# Tests of what is shown, and of files.


def show_processes_tells_what_is_not_so():
    uids = {"root": "0", "_switchd": str(pwd.getpwnam("_switchd").pw_uid)}
    shown = {p["name"]: p for p in sd.show("processes")}
    sd.check({"parent", "ofp", "ofcconn", "control", "uswitch swda",
              "uswitch swda parent"} == set(shown), str(set(shown)))
    for name, p in shown.items():
        st = sd.status(p["pid"])
        sd.check(st["Uid"].split()[1] == uids[p["user"]], name + " is " +
                 st["Uid"])
        root = os.readlink("/proc/%d/root" % p["pid"])
        sd.check(root == p["root"], name + " has the root " + root)
        sd.check(st["Seccomp"] == "2" and st["NoNewPrivs"] == "1",
                 name + " has no filter")
        sd.check(p["promises"].startswith("pledge stdio ") and
                 "landlock" in p["promises"], p["promises"])


def process_has_no_limit():
    for p in sd.show("processes"):
        with open("/proc/%d/limits" % p["pid"], encoding="ascii") as f:
            limits = f.read()
        sd.check("Max core file size        0 " in limits, p["name"])
        if p["name"] in sd.CHILDREN:
            sd.check("Max processes             0 " in limits, p["name"])
        # What cannot be dumped belongs to root, whoever it is.
        if p["user"] != "root":
            sd.check(os.stat("/proc/%d/environ" % p["pid"]).st_uid == 0,
                     p["name"] + " can be dumped")


def stranger_connects():
    """Only root to what controls; who may control the switch, to that."""
    group = pwd.getpwnam("_switchd").pw_gid
    for name, mode, gid in (("sock", 0o660, 0), ("swda", 0o660, group),
                            ("swda.ctl", 0o600, 0)):
        path = sd.DIR + "/" + name
        st = os.stat(path)
        sd.check(st.st_mode & 0o7777 == mode and st.st_uid == 0 and
                 st.st_gid == gid, "%s has mode %o" % (name, st.st_mode))
        kind = socket.SOCK_SEQPACKET if name.endswith("ctl") else \
            socket.SOCK_STREAM
        pid = os.fork()
        if pid == 0:
            os.setgroups([])
            os.setresgid(65534, 65534, 65534)
            os.setresuid(65534, 65534, 65534)
            try:
                socket.socket(socket.AF_UNIX, kind).connect(path)
                os._exit(1)
            except PermissionError:
                os._exit(0)
            except OSError:
                os._exit(2)
        sd.check(os.waitpid(pid, 0)[1] == 0, "to " + name)


def dumps(pid):
    """Does it leave a core file, even if somebody mighty raises the limit?"""
    try:
        resource.prlimit(pid, resource.RLIMIT_CORE,
                         (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    except PermissionError:
        pass
    os.kill(pid, signal.SIGQUIT)
    return os.WCOREDUMP(os.waitpid(pid, 0)[1])


def key_is_in_a_core_file():
    p = subprocess.Popen(["sleep", "1000"], stdin=subprocess.DEVNULL,
                         cwd=sd.DIR)
    sd.check(dumps(p.pid), "no core files here: nothing is shown")
    sd.check(not dumps(sd.daemon.pid), "the parent's")
    sd.daemon = None


TESTS = [show_processes_tells_what_is_not_so, process_has_no_limit,
         stranger_connects, key_is_in_a_core_file]


def main():
    sd.prepare()
    atexit.register(leave)
    bad = free()
    sd.running("listen on 127.0.0.1 port %d\nswitch swda { }\n" % sd.port())
    sd.wait_for("the switch", lambda: "swda" in sd.ports_up())
    before = sd.processes()
    pids = sd.switches()["swda"]
    for who, pid, cases in processes():
        bad += verdicts(who, pid, cases)
    bad += client()
    # All of them went on as if nothing had been.
    sd.ctl("show", "summary")
    alive = {n: p["pid"] for n, p in sd.processes().items()} == \
        {n: p["pid"] for n, p in before.items()} and \
        sd.switches()["swda"] == pids and "swda" in sd.ports_up()
    print("%s a_refusal_ends_a_process" % ("ok" if alive else "not ok"))
    return sd.run(TESTS, False) != 0 or bad > 0 or not alive


if __name__ == "__main__":
    sys.exit(main())
