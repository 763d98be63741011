#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""unit.py: do switchd and uswitch work under what their systemd units allow?

No systemd runs here.  What the units say of system calls, families of sockets,
capabilities and new privileges is set up as systemd would, by libseccomp and
prctl(2), and the daemons are started under it.  systemd-analyze knows what the
names of groups of system calls stand for.  Needs root.
"""
import ctypes
import errno
import json
import os
import re
import subprocess
import sys

TOP = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, TOP)
import switchd as sd  # noqa: E402
import traffic  # noqa: E402

ALLOW, REFUSE = 0x7fff0000, 0x00050000 | errno.EPERM
CMP_EQ, PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS = 4, 24, 38
CLONE_NEWNET = 0x40000000
CAPS = ("CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID "
        "SETPCAP LINUX_IMMUTABLE NET_BIND_SERVICE NET_BROADCAST NET_ADMIN "
        "NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT "
        "SYS_PTRACE SYS_PACCT SYS_ADMIN SYS_BOOT SYS_NICE SYS_RESOURCE "
        "SYS_TIME SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL "
        "SETFCAP MAC_OVERRIDE MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND "
        "AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE").split()
FAMILIES = {"AF_UNIX": 1, "AF_INET": 2, "AF_INET6": 10, "AF_NETLINK": 16,
            "AF_PACKET": 17}

libc = ctypes.CDLL(None, use_errno=True)
seccomp = ctypes.CDLL("libseccomp.so.2", use_errno=True)
seccomp.seccomp_init.restype = ctypes.c_void_p


class Arg(ctypes.Structure):
    _fields_ = [("arg", ctypes.c_uint), ("op", ctypes.c_int),
                ("a", ctypes.c_uint64), ("b", ctypes.c_uint64)]


def settings(unit):
    """Each name with all its values, in order."""
    found = {}
    with open(TOP + "/../../../etc/" + unit, encoding="ascii") as f:
        for line in f:
            name, eq, value = line.strip().partition("=")
            if eq and not line.startswith("#"):
                found.setdefault(name, []).append(value)
    return found


def group(name):
    """The system calls of a name, which may be of a group of groups."""
    if not name.startswith("@"):
        return {name}
    out = sd.sh("systemd-analyze", "syscall-filter", name)
    calls = set()
    for line in out.split("\n")[1:]:
        word = line.strip()
        if word and not word.startswith("#"):
            calls |= group(word)
    return calls


def allowed(unit):
    calls = set()
    for line in settings(unit)["SystemCallFilter"]:
        for word in line.lstrip("~").split():
            if line.startswith("~"):
                calls -= group(word)
            else:
                calls |= group(word)
    # What systemd adds by itself.
    return calls | group("@default")


def confinement(unit):
    """What to call in a process to be confined as the unit says."""
    conf = settings(unit)
    calls = allowed(unit)
    caps = [c[4:] for line in conf["CapabilityBoundingSet"]
            for c in line.split()]
    families = [FAMILIES[f] for f in
                " ".join(conf["RestrictAddressFamilies"]).split()]
    sd.check(set(caps) < set(CAPS), "a capability that nobody knows")
    sd.check(conf["NoNewPrivileges"] == ["yes"], "it may gain privileges")
    last = int(open("/proc/sys/kernel/cap_last_cap", encoding="ascii").read())

    def confine():
        ctx = ctypes.c_void_p(seccomp.seccomp_init(REFUSE))
        for call in calls:
            nr = seccomp.seccomp_syscall_resolve_name(call.encode())
            if nr >= 0 and call not in ("socket", "setns"):
                seccomp.seccomp_rule_add_array(ctx, ALLOW, nr, 0, None)
        nr = seccomp.seccomp_syscall_resolve_name(b"socket")
        for family in families:
            seccomp.seccomp_rule_add_array(
                ctx, ALLOW, nr, 1, ctypes.byref(Arg(0, CMP_EQ, family, 0)))
        if conf["RestrictNamespaces"] == ["net"] and "setns" in calls:
            nr = seccomp.seccomp_syscall_resolve_name(b"setns")
            seccomp.seccomp_rule_add_array(ctx, ALLOW, nr, 1, ctypes.byref(
                Arg(1, CMP_EQ, CLONE_NEWNET, 0)))
        for n, cap in enumerate(CAPS):
            if cap not in caps and n <= last:
                libc.prctl(PR_CAPBSET_DROP, n, 0, 0, 0)
        libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        if seccomp.seccomp_load(ctx) != 0:
            os._exit(99)
    return confine


def is_confined(pid, unit):
    """By the unit and, after that, by itself."""
    given = {c[4:] for line in settings(unit)["CapabilityBoundingSet"]
             for c in line.split()}
    mask = sum(1 << n for n, c in enumerate(CAPS) if c in given)
    caps = int(sd.status(pid)["CapEff"], 16)
    sd.check(caps & ~mask == 0, "it has the capabilities %x" % caps)
    sd.check(sd.status(pid)["Seccomp_filters"] == "2", "a filter is missing")


def talked():
    with traffic.Talk() as t:
        pass
    return all(received > 0 for _, received, _ in t.said)


def uswitch_fast_is_here():
    return tuple(int(n) for n in re.findall(r"\d+", os.uname().release)[:2]
                 ) >= (6, 6)


def in_kernel():
    """Where a kernel forwards for uswitch (uswitch_fast.py), does it?"""
    rows = json.loads(sd.ctl("-j", "switch", "swda", "show", "counters"))
    return talked() and any(r["value"] > 0 for r in rows
                            if r["name"] == "switch.kernel_forwarded")


def namespace():
    """With interfaces of its own, swx1 and swx2."""
    sd.sh("ip", "netns", "add", "swfn3")
    sd.sh("ip", "-n", "swfn3", "link", "add", "swx1", "type", "veth", "peer",
          "name", "swx2")


def switchd_does_not_work_under_its_unit():
    traffic.hosts()
    namespace()
    sd.confine = confinement("switchd.service.in")
    a, b = sd.port(), sd.port()
    sd.running('listen on 127.0.0.1 port %d\nswitch swda {\n'
               '\tinterface "swf[12]"\n\tinterface "swx1" netns "swfn3"\n'
               '\tlocal\n}\n' % a)
    is_confined(sd.daemon.pid, "switchd.service.in")
    sd.wait_for("hosts that reach each other", talked)
    if uswitch_fast_is_here():
        sd.wait_for("the kernel forwards", in_kernel)
    sd.wait_for("an interface in a namespace", lambda: "swfn3/swx1" in
                sd.ctl("show", "ports", "swda"))
    with sd.connected(a) as s:
        sd.hello(s)
    for child in sd.CHILDREN:
        sd.kill(child)
    sd.conf('listen on 127.0.0.1 port %d\nswitch swda {\n'
            '\tinterface "swf[12]"\n}\nswitch other external {\n'
            '\tconnect tcp:localhost:%d\n}\n' % (b, a))
    sd.ctl("reload")
    with sd.connected(b) as s:
        sd.hello(s)
    sd.wait_for("hosts that reach each other", talked)
    sd.conf("")
    sd.ctl("reload")
    sd.wait_for("the switch ends", lambda: "swda" not in sd.switches())
    sd.check("Operation not permitted" not in sd.log(), "something is refused")
    sd.stop()
    sd.check(not os.path.exists(sd.SOCK), "its socket stays")


def uswitch_does_not_work_under_its_unit():
    path = sd.DIR + "/swdb"
    p = subprocess.Popen(
        [sd.OBJ + "/uswitch", "-d", "-L", "-u", "_switchd", "-S", path, "-f",
         "standalone:1", "-i", "swf1", "-i", "swf2", "-i",
         "swfn3/swx2", "-t", "swd3", "swdb"],
        stdin=subprocess.DEVNULL, stderr=open(path + ".log", "w"),
        preexec_fn=confinement("uswitch@.service.in"))
    try:
        sd.wait_for("hosts that reach each other", talked, 30)
        is_confined(p.pid, "uswitch@.service.in")
        sd.wait_for("an interface in a namespace", lambda: " UP " in sd.sh(
            "ip", "-n", "swfn3", "-br", "link", "show", "dev", "swx2"))
        said = open(path + ".log", encoding="ascii").read()
        sd.check("not permitted" not in said, said)
    finally:
        p.terminate()
        p.wait(10)
    sd.check(not os.path.exists(path), "its socket stays")


def units_differ():
    """In what confines them: a switch is the same under both."""
    a, b = (settings(u) for u in ("switchd.service.in", "uswitch@.service.in"))
    own = {"Description", "Documentation", "ExecStartPre", "ExecStart",
           "ExecReload", "KillMode", "OOMPolicy", "Environment",
           "EnvironmentFile"}
    other = [n for n in set(a) | set(b) if n not in own and
             a.get(n) != b.get(n)]
    sd.check(not other, ", ".join(other))


def main():
    sd.prepare()
    return sd.run([units_differ,
                   switchd_does_not_work_under_its_unit,
                   uswitch_does_not_work_under_its_unit], True)


if __name__ == "__main__":
    sys.exit(main())
