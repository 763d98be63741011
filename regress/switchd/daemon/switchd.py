#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""switchd.py: switchd as a daemon: its processes and their privileges, what
happens when they die, reload, hostile clients, local switches, relays, TLS.

Needs root.  Sockets and files are in a directory of its own, interfaces and
processes in namespaces of its own; all of it is gone at the end.
"""
import atexit
import json
import os
import pwd
import shutil
import signal
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import threading
import time
import warnings

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import lab  # noqa
from lab import Failed, check, wait_for  # noqa

OBJ = os.path.abspath(os.environ.get("OBJ", "obj"))
DIR = tempfile.mkdtemp(prefix="swd")
SOCK = DIR + "/sock"
CONF = DIR + "/conf"
LOG = DIR + "/log"
CHILDREN = ("ofp", "ofcconn", "control")
HELLO = bytes.fromhex("0400000800000001")
daemon = None
confine = None          # to be called in the daemon before it starts


def sh(*argv, ok=True):
    r = subprocess.run(argv, capture_output=True, text=True,
                       stdin=subprocess.DEVNULL, check=False)
    if ok and r.returncode != 0:
        raise Failed(" ".join(argv) + ": " + r.stderr.strip())
    return r.stdout


def ctl(*argv, ok=True):
    r = subprocess.run([OBJ + "/switchctl", "-s", SOCK, *argv],
                       capture_output=True, text=True, check=False,
                       stdin=subprocess.DEVNULL, timeout=30)
    if ok and r.returncode != 0:
        raise Failed("switchctl %s: %s" % (argv, r.stderr.strip()))
    return r.stdout if ok else r


def show(what):
    v = json.loads(ctl("-j", "show", what))
    while isinstance(v, dict):
        v = next(iter(v.values()))
    return v


def processes():
    return {p["name"]: p for p in show("processes")}


def conf(text):
    with open(CONF, "w", encoding="ascii") as f:
        f.write(text)


def port():
    """A port that nobody has, for a moment."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def log():
    if not os.path.exists(LOG):
        return ""
    with open(LOG, encoding="utf-8", errors="replace") as f:
        return f.read()


def start(*before):
    global daemon
    daemon = subprocess.Popen(
        [*before, OBJ + "/switchd", "-dv", "-f", CONF, "-s", SOCK, "-R", DIR,
         "-S", DIR + "/state"], stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL, stderr=open(LOG, "a", encoding="ascii"),
        preexec_fn=confine)
    wait_for("switchd answers", lambda: daemon.poll() is not None or
             os.path.exists(SOCK) and ctl("show", "processes", ok=False)
             .returncode == 0 and
             all(p["promises"] for p in show("processes")))
    check(daemon.poll() is None, "switchd did not start")


def without_standard_descriptors_it_does_not_start():
    conf("listen on 127.0.0.1 port %d\n" % port())
    for close in ("0<&-", "0<&- 1>&-"):
        start("sh", "-c", 'exec "$@" ' + close, "sh")
        check(all(p["restarts"] == 0 for p in show("processes")),
              "a process had no way to its parent")
        stop()


def stop():
    global daemon
    if daemon is None:
        return
    daemon.send_signal(signal.SIGTERM)
    daemon.wait(20)
    daemon = None


def running(text):
    conf(text)
    start()


def switches():
    """Our uswitches: name to the set of its processes."""
    found = {}
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open("/proc/%s/cmdline" % pid, "rb") as f:
                argv = f.read().split(b"\0")
        except OSError:
            continue
        if len(argv) > 2 and argv[0].endswith(b"uswitch") and \
                any(a.startswith(DIR.encode()) for a in argv):
            found.setdefault(argv[-2].decode(), set()).add(int(pid))
    return found


def clean():
    stop()
    for pids in switches().values():
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
    shutil.rmtree(DIR, ignore_errors=True)


def connected(p, host="127.0.0.1"):
    s = socket.create_connection((host, p), 10)
    s.settimeout(10)
    return s


def hello(s):
    s.sendall(HELLO)
    head = s.recv(8)
    check(head[1:2] == b"\0", "no HELLO came")
    more = int.from_bytes(head[2:4], "big") - 8
    while more > 0:
        more -= len(s.recv(more))


# Tests.

def status(pid):
    with open("/proc/%d/status" % pid, encoding="ascii") as f:
        return dict(line.rstrip("\n").split(":\t", 1) for line in f
                    if ":\t" in line)


# CT-25
def child_keeps_privileges():
    running("listen on 127.0.0.1 port %d\n" % port())
    uid = str(pwd.getpwnam("_switchd").pw_uid)
    for name in CHILDREN:
        p = processes()[name]
        st = status(p["pid"])
        check(st["Uid"].split() == [uid] * 4, name + " runs as " + st["Uid"])
        check(int(st["CapEff"], 16) == 0 and int(st["CapPrm"], 16) == 0,
              name + " has capabilities")
        check(st["NoNewPrivs"] == "1", name + " may gain privileges")
        root = os.readlink("/proc/%d/root" % p["pid"])
        check(root == "/var/empty" and not os.listdir(root),
              name + " has the root " + root)
        if "san" not in OBJ:
            check(st["Seccomp"] == "2", name + " has no filter")
            check(p["promises"].startswith("pledge"), p["promises"])
        limits = open("/proc/%d/limits" % p["pid"], encoding="ascii").read()
        check("Max core file size        0" in limits, name + " dumps core")


def socket_is_open_to_all():
    st = os.stat(SOCK)
    check(st.st_mode & 0o777 == 0o660 and st.st_uid == 0,
          "mode %o" % (st.st_mode & 0o777))


def kill(name):
    before = processes()[name]
    os.kill(before["pid"], signal.SIGKILL)

    def again():
        r = ctl("-j", "show", "processes", ok=False)
        p = processes()[name] if r.returncode == 0 else before
        return p["pid"] not in (before["pid"], 0) and p["promises"] and p
    after = wait_for(name + " is started again", again)
    check(after["restarts"] == before["restarts"] + 1, "not counted")
    check("9" in after["last_exit"], "not said how: " + after["last_exit"])


def killed_child_is_not_replaced():
    p = port()
    running("listen on 127.0.0.1 port %d\nswitch swda { }\n" % p)
    wait_for("the switch", lambda: "swda" in switches() and
             any(s["name"] == "swda" and s["state"] == "up"
                 for s in show("switches")))
    pids = switches()["swda"]
    for name in CHILDREN:
        kill(name)
        with connected(p) as s:
            hello(s)
    wait_for("the switch is up again", lambda: any(
        s["name"] == "swda" and s["state"] == "up"
        for s in show("switches")))
    check(switches()["swda"] == pids, "the switch was started anew")


def killed_child_forgets_how_much_is_logged():
    p = port()
    running("listen on 127.0.0.1 port %d\n" % p)
    ctl("log", "brief")
    kill("ofp")
    before = len(log())
    with connected(p) as s:
        hello(s)
    wait_for("the end of the connection", lambda: any(
        c["name"] == "conn_closed" and c["value"] for c in show("counters")))
    check("closed by the peer" not in log()[before:], "as much as before")


def reload_drops_connections():
    a, b = port(), port()
    running("listen on 127.0.0.1 port %d\n" % a)
    with connected(a) as s:
        hello(s)
        conf("listen on 127.0.0.1 port %d\nlisten on 127.0.0.1 port %d\n" %
             (a, b))
        ctl("reload")
        with connected(b) as t:
            hello(t)
        conf("listen on 127.0.0.1 port %d\n" % a)
        daemon.send_signal(signal.SIGHUP)
        wait_for("the listener is closed", lambda: refused(b))
        s.sendall(struct.pack(">BBHI", 4, 2, 8, 77))
        wait_for("an echo on the old connection", lambda: b"\0\0\0M" in
                 s.recv(4096))
    pids = {n: p["pid"] for n, p in processes().items()}
    ctl("reload")
    check(pids == {n: p["pid"] for n, p in processes().items()},
          "a reload starts processes")


def refused(p, *host):
    try:
        connected(p, *host).close()
    except OSError:
        return True
    return False


def listener_that_was_removed_keeps_its_address():
    a, b = port(), port()
    both = "listen on 127.0.0.1 port %d\nlisten on 127.0.0.1 port %d\n"
    running(both % (a, b))
    pid = processes()["ofp"]["pid"]
    for _ in range(3):
        # ofp has no time to close what it was sent.
        os.kill(pid, signal.SIGSTOP)
        try:
            conf("listen on 127.0.0.1 port %d\n" % a)
            ctl("reload")
            check(refused(b), "it is still there")
            conf(both % (a, b))
            ctl("reload")
        finally:
            os.kill(pid, signal.SIGCONT)
        for p in (a, b):
            with connected(p) as s:
                hello(s)


def listener_is_in_its_own_way():
    p, q = port(), port()
    line = "listen on %s port %d\n"
    running(line % ("0.0.0.0", p))
    # A reload that fails later leaves it as it was.
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", q))
        taken.listen()
        conf(line % ("127.0.0.1", p) + line % ("127.0.0.1", q))
        r = ctl("reload", ok=False)
        check(r.returncode != 0 and "port %d" % q in r.stderr, r.stderr)
    with connected(p, "127.0.0.2") as s:
        hello(s)
    conf(line % ("127.0.0.1", p))
    ctl("reload")
    with connected(p) as s:
        hello(s)
    check(refused(p, "127.0.0.2"), "it listens on the old address")


def bad_reload_changes_something():
    a, b = port(), port()
    running("listen on 127.0.0.1 port %d\n" % a)
    conf("listen on 127.0.0.1 port %d\nlisen on ::\n" % b)
    r = ctl("reload", ok=False)
    check(r.returncode != 0 and "conf:2:" in r.stderr, "said: " + r.stderr)
    check(refused(b), "the new listener is open")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", b))
        taken.listen()
        conf("listen on 127.0.0.1 port %d\n" % b)
        r = ctl("reload", ok=False)
        check(r.returncode != 0 and "listen on" in r.stderr,
              "said: " + r.stderr)
    with connected(a) as s:
        hello(s)
    os.mkfifo(DIR + "/fifo")
    for name in ("none", "fifo"):
        conf('tls ca "%s/%s"\ntls certificate "/x"\ntls key "/x"\n' %
             (DIR, name))
        for argv in (["load", DIR + "/" + name], ["reload"]):
            r = ctl(*argv, ok=False)
            check(r.returncode != 0 and name in r.stderr,
                  "said: " + r.stderr)


def hostile_client_hurts_others():
    running("listen on 127.0.0.1 port %d\n" % port())
    hdr = struct.Struct("=IIII")
    bad = [b"\xff" * 4096, hdr.pack(1, 0, 0, 0), hdr.pack(1, 2 ** 31, 0, 0),
           hdr.pack(1, 16, 0, 0) * 1000, hdr.pack(999, 16, 0, 0),
           hdr.pack(7, 30, 0, 0) + b"x" * 14, hdr.pack(64, 16, 0, 0),
           hdr.pack(2, 16 + 128, 0, 0) + b"\xff" * 128, b"\1"]
    pid = processes()["control"]["pid"]
    socks = []
    for data in bad * 3:
        s = socket.socket(socket.AF_UNIX)
        s.settimeout(5)
        s.connect(SOCK)
        try:
            s.sendall(data)
        except OSError:
            pass
        socks.append(s)
        ctl("show", "summary")
    # Descriptors that nobody asked for.
    s = socket.socket(socket.AF_UNIX)
    s.connect(SOCK)
    socket.send_fds(s, [hdr.pack(1, 16, 0, 0)], [0, 1, 2])
    ctl("show", "summary")
    for s in socks:
        s.close()
    check(processes()["control"]["pid"] == pid, "control died of it")
    check(all(p["restarts"] == 0 for p in show("processes")), "one died")


def fds(pid):
    return [os.readlink("/proc/%d/fd/%s" % (pid, n))
            for n in os.listdir("/proc/%d/fd" % pid)]


def child_inherits_a_listener():
    p = port()
    running("listen on 127.0.0.1 port %d\n" % p)
    for name in (None,) + CHILDREN:
        if name is not None:
            kill(name)
        with connected(p) as s:
            hello(s)
        listeners_are_where_they_belong(p)


def listeners_are_where_they_belong(p):
    with open("/proc/net/tcp", encoding="ascii") as f:
        tcp = [x.split()[9] for x in f if " 0100007F:%04X 00000000:" % p in x]
    with open("/proc/net/unix", encoding="ascii") as f:
        unix = [x.split()[6] for x in f if x.rstrip().endswith(SOCK) and
                " 00010000 " in x]
    check(len(tcp) == 1 and len(unix) == 1, "%s, %s" % (tcp, unix))
    for name, pr in processes().items():
        for inode, owners in ((tcp[0], ("parent", "ofp")),
                              (unix[0], ("parent", "control"))):
            check(("socket:[%s]" % inode in fds(pr["pid"])) ==
                  (name in owners), name + " has a wrong listener, or lacks "
                  "its own")


def killed_child_takes_another_along():
    running("listen on 127.0.0.1 port %d\n" % port())
    before = processes()
    os.kill(before["ofp"]["pid"], signal.SIGSTOP)
    asking = subprocess.Popen([OBJ + "/switchctl", "-s", SOCK, "show",
                               "summary"], stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL)
    # control serves in turn: its answer comes after what it asked of ofp.
    wait_for("switchctl asks", lambda: any(
        x.startswith("socket:") for x in fds(asking.pid)))
    processes()
    os.kill(before["ofp"]["pid"], signal.SIGKILL)
    wait_for("ofp is started again", lambda: ctl(
        "show", "processes", ok=False).returncode == 0 and
        processes()["ofp"]["pid"] not in (before["ofp"]["pid"], 0))
    asking.wait(20)
    check(processes()["control"]["pid"] == before["control"]["pid"],
          "control ended with it")


def unknown_switch_has_counters():
    running("listen on 127.0.0.1 port %d\n" % port())
    r = ctl("switch", "nosuch", "show", "counters", ok=False)
    check(r.returncode != 0, "no error for a switch that is not there")


def disconnect_ends_a_longer_name():
    running("")
    for path in ("/run/swdz1", "/run/swdz10"):
        ctl("connect", path)
    ctl("disconnect", "/run/swdz1")
    check(ctl("disconnect", "/run/swdz10", ok=False).returncode == 0,
          "/run/swdz10 was ended as well")


def silent_clients_keep_others_out():
    running("")
    socks = []
    for _ in range(200):
        s = socket.socket(socket.AF_UNIX)
        s.connect(SOCK)         # blocks when the backlog is full
        s.settimeout(5)
        socks.append(s)
    ctl("show", "summary")
    # Nor do those that ask and never read.
    for s in socks[-40:]:
        try:
            s.sendall(struct.pack("=IIII", 5, 16 + 128, 0, 0) + bytes(128))
        except OSError:
            pass
    ctl("show", "summary")
    for s in socks:
        s.close()
    ctl("show", "summary")
    check(all(p["restarts"] == 0 for p in show("processes")), "one died")


def ports(name):
    r = ctl("-j", "switch", name, "show", "ports", ok=False)
    if r.returncode != 0:
        return {}
    v = json.loads(r.stdout)
    while isinstance(v, dict):
        v = next(iter(v.values()))
    return {p["name"]: p["port"] for p in v}


def interface_is_not_attached():
    running('switch swda {\n\tinterface "swd[12]"\n'
            '\tinterface "swd3" port 77 locked 02:00:00:00:00:01\n'
            '\tlocal\n}\n')
    wait_for("the local port", lambda: "swda" in ports("swda"))
    sh("ip", "link", "add", "swd1", "type", "veth", "peer", "name", "swd1p")
    sh("ip", "link", "add", "swd2", "type", "veth", "peer", "name", "swd2p")
    sh("ip", "tuntap", "add", "swd3", "mode", "tap")
    wait_for("all ports", lambda: {"swd1", "swd2", "swd3"} <=
             set(ports("swda")))
    before = ports("swda")
    check(str(before["swd3"]) == "77", "swd3 has number %s" % before["swd3"])
    sh("ip", "link", "del", "swd1")
    wait_for("swd1 is released", lambda: "swd1" not in ports("swda"))
    # switchd goes and comes; the switch and its numbers stay.
    pids = switches()["swda"]
    stop()
    check(switches()["swda"] == pids, "the switch ended with switchd")
    sh("ip", "link", "add", "swd1", "type", "veth", "peer", "name", "swd1p")
    start()
    wait_for("all ports again", lambda: ports("swda") == before)
    check(switches()["swda"] == pids, "the switch was not adopted")
    counted = json.loads(ctl("-j", "switch", "swda", "show", "counters"))
    check("switch." in str(counted), "the switch's counters are not shown")
    # Renamed out of the pattern, and back.
    sh("ip", "link", "set", "swd2", "down")
    sh("ip", "link", "set", "swd2", "name", "swx2")
    wait_for("swd2 is released", lambda: "swd2" not in ports("swda"))
    sh("ip", "link", "set", "swx2", "name", "swd2")
    wait_for("swd2 is back", lambda: ports("swda") == before)
    # Configured away.
    conf('switch swda {\n\tinterface "swd1"\n}\n')
    ctl("reload")
    wait_for("one port", lambda: set(ports("swda")) == {"swd1"})
    conf("")
    ctl("reload")
    wait_for("the switch ends", lambda: "swda" not in switches())
    for i in ("swd1", "swd2", "swd3"):
        sh("ip", "link", "del", i)


def uswitch_that_died_is_not_replaced():
    running("switch swda { }\n")
    wait_for("the switch", lambda: "swda" in ports_up())
    for pid in switches()["swda"]:
        os.kill(pid, signal.SIGKILL)
    wait_for("it is down", lambda: "swda" not in ports_up())
    wait_for("it is up again", lambda: "swda" in ports_up())
    conf("")
    ctl("reload")


def taken_over(listener, kind_of_more):
    """A uswitch that does not end its answers, and gives descriptors away."""
    while True:
        try:
            c = listener.accept()[0]
        except OSError:
            return
        with c:
            try:
                while True:
                    m = c.recv(4096)
                    if not m:
                        break
                    version, kind = struct.unpack("=II", m[:8])
                    if kind != lab.LIST:
                        c.send(m)
                        continue
                    body = b"swdx" + b"x" * 12 + bytes(320)
                    first = True
                    while True:
                        k = kind if first else kind_of_more
                        first = False
                        more = lab.CTL.pack(version, k, 0, 1, b"", body)
                        socket.send_fds(c, [more[:len(m)].ljust(len(m))],
                                        [0] * 12)
            except OSError:
                pass


def uswitch_that_was_taken_over_holds_the_parent():
    wait_for("the one before tidies up", lambda: not os.path.exists(
        DIR + "/swda.ctl"))
    for kind in (lab.LIST, lab.SHUTDOWN):
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as s:
            s.bind(DIR + "/swda.ctl")
            s.listen()
            threading.Thread(target=taken_over, args=(s, kind),
                             daemon=True).start()
            running("switch swda { }\n")
            wait_for("it is given up", lambda: "does not end" in log())
            ctl("show", "processes")
            check(len(fds(daemon.pid)) < 100, "it fills the parent with "
                  "descriptors: %d" % len(fds(daemon.pid)))
            stop()
            s.shutdown(socket.SHUT_RDWR)
        os.unlink(DIR + "/swda.ctl")
        os.unlink(LOG)


def switch_removed_while_it_starts_stays():
    running("")
    for _ in range(3):
        conf("switch swdb { }\n")
        ctl("reload")
        conf("")
        ctl("reload")
        wait_for("it ends", lambda: "swdb" not in switches())
    time.sleep(0.5)     # one that was still to fork would be there now
    check("swdb" not in switches(), "it runs, and nobody knows of it")
    # It comes back before it was gone.
    for text in ("switch swdb { }\n", "", "switch swdb { }\n"):
        conf(text)
        ctl("reload")
    wait_for("the switch", lambda: any(
        s["name"] == "swdb" and s["state"] == "up" for s in show("switches")))
    conf("")
    ctl("reload")
    wait_for("it ends", lambda: "swdb" not in switches())


def reason_is_not_said():
    """Why a uswitch does not start stands in the log."""
    os.mkdir(DIR + "/swdb")
    running("switch swdb { }\n")
    wait_for("the reason", lambda: "is in the way" in log())
    os.rmdir(DIR + "/swdb")
    wait_for("the switch", lambda: "swdb" in ports_up())
    conf("")
    ctl("reload")


def ports_up():
    return {s["name"] for s in show("switches") if s["state"] == "up"}


# CT-24; CH-28: each of several controllers, again and again
def relay_changes_a_byte():
    with socket.create_server(("127.0.0.1", 0)) as srv, \
            socket.create_server(("::1", 0), family=socket.AF_INET6) as srv6:
        srv.settimeout(20)
        srv6.settimeout(20)
        running('switch swda { }\ndevice "%s/swda" forward to tcp:127.0.0.1:%d'
                ", tcp:[::1]:%d\n" % (DIR, srv.getsockname()[1],
                                      srv6.getsockname()[1]))
        for listener in (srv, srv6):
            c = listener.accept()[0]
            c.settimeout(10)
            hello(c)
            # Echoes of many sizes come back as they went, 8 MB of them, and
            # are not read until all are sent as far as that is possible.
            sent = b"".join(
                struct.pack(">BBHI", 4, 2, 8 + n, n) + bytes([n & 255]) * n
                for n in range(0, 4000, 7)) * 7
            got = exchange(c, sent)
            check(got == sent.replace(b"\4\2", b"\4\3") or
                  same_echoes(sent, got), "%d bytes came back of %d, %s" %
                  (len(got), len(sent), got[:16].hex()))
        # Each has its own channel, and a lost one comes back.
        c.close()
        c = srv6.accept()[0]
        c.settimeout(10)
        hello(c)
        check(any(s["state"] == "relayed" for s in show("switches")),
              "not shown")
    conf("")
    ctl("reload")


def auxiliary_id(c):
    """Hello, features: datapath id and auxiliary id."""
    c.settimeout(10)
    hello(c)
    c.sendall(struct.pack(">BBHI", 4, 5, 8, 99))
    while True:
        h = exactly(c, 8)
        body = exactly(c, struct.unpack(">H", h[2:4])[0] - 8)
        if h[1] == 6:
            return body[:8], body[13]


def exactly(c, n):
    data = b""
    while len(data) < n:
        more = c.recv(n - len(data))
        check(more, "the connection ended")
        data += more
    return data


# AX-01, AX-02, AX-03
def auxiliaries_do_not_follow_their_main():
    with socket.create_server(("127.0.0.1", 0)) as srv:
        running('switch swda { }\ndevice "%s/swda" forward to tcp:127.0.0.1:%d'
                " auxiliaries 2\n" % (DIR, srv.getsockname()[1]))
        srv.settimeout(20)
        for _ in range(2):
            main = srv.accept()[0]
            # None comes before the main connection is up.
            srv.settimeout(1)
            try:
                srv.accept()
                check(False, "an auxiliary before its main connection")
            except TimeoutError:
                pass
            srv.settimeout(20)
            dpid, aux = auxiliary_id(main)
            check(aux == 0, "main connection with auxiliary id %d" % aux)
            others = [srv.accept()[0], srv.accept()[0]]
            ids = [auxiliary_id(c) for c in others]
            check(sorted(ids) == [(dpid, 1), (dpid, 2)], str(ids))
            main.close()
            for c in others:
                check(c.recv(1) == b"", "an auxiliary survived")
                c.close()
    conf("")
    ctl("reload")


def exchange(c, data):
    got = bytearray()
    sent = 0
    c.setblocking(False)
    end = time.monotonic() + 30
    while len(got) < len(data) and time.monotonic() < end:
        if sent < len(data):
            try:
                sent += c.send(data[sent:sent + 65536])
                continue
            except BlockingIOError:
                pass
        try:
            got += c.recv(1 << 20)
        except BlockingIOError:
            time.sleep(0.005)
    c.settimeout(10)
    return bytes(got)


def same_echoes(sent, got):
    pos = 0
    while pos < len(sent):
        n = int.from_bytes(sent[pos + 2:pos + 4], "big")
        if got[pos:pos + 2] != b"\4\3" or \
                got[pos + 2:pos + n] != sent[pos + 2:pos + n]:
            return False
        pos += n
    return len(got) == len(sent)


def certificate(name, ca=None):
    """A key and a certificate by a CA, or a CA."""
    ext = "basicConstraints=critical,CA:TRUE" if ca is None else \
        "subjectAltName=IP:127.0.0.1,DNS:localhost"
    argv = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
            "ec_paramgen_curve:P-256", "-nodes", "-days", "30",
            "-keyout", "%s/%s.key" % (DIR, name),
            "-out", "%s/%s.pem" % (DIR, name), "-subj", "/CN=" + name,
            "-addext", ext]
    if ca is not None:
        argv += ["-CA", "%s/%s.pem" % (DIR, ca), "-CAkey",
                 "%s/%s.key" % (DIR, ca),
                 "-addext", "basicConstraints=critical,CA:FALSE"]
    r = subprocess.run(argv, capture_output=True, text=True, check=False)
    if r.returncode != 0 and ca is not None:
        # An older openssl: a request, then a signature.
        base = "%s/%s" % (DIR, name)
        sh("openssl", "req", "-new", "-newkey", "ec", "-pkeyopt",
           "ec_paramgen_curve:P-256", "-nodes", "-keyout", base + ".key",
           "-out", base + ".csr", "-subj", "/CN=" + name)
        with open(base + ".ext", "w", encoding="ascii") as f:
            f.write(ext + "\n")
        sh("openssl", "x509", "-req", "-in", base + ".csr", "-CA",
           "%s/%s.pem" % (DIR, ca), "-CAkey", "%s/%s.key" % (DIR, ca),
           "-CAcreateserial", "-days", "30", "-extfile", base + ".ext",
           "-out", base + ".pem")
    os.chmod("%s/%s.key" % (DIR, name), 0o600)


def tls_conf(p, name):
    return ('tls ca "%s/ca.pem"\ntls certificate "%s/%s.pem"\n'
            'tls key "%s/%s.key"\nlisten on 127.0.0.1 port %d tls\n' %
            (DIR, DIR, name, DIR, name, p))


def tls_client(p, name=None):
    cx = ssl.create_default_context(cafile=DIR + "/ca.pem")
    if name is not None:
        cx.load_cert_chain("%s/%s.pem" % (DIR, name),
                           "%s/%s.key" % (DIR, name))
    return cx.wrap_socket(connected(p), server_hostname="127.0.0.1")


def echo(s):
    s.sendall(struct.pack(">BBHI", 4, 2, 8, 77))
    wait_for("an echo", lambda: b"\0\0\0M" in s.recv(4096))


# CT-26, CH-31
def tls_lets_a_stranger_in():
    for name, ca in (("ca", None), ("other", None), ("server", "ca"),
                     ("server2", "ca"), ("switch", "ca"),
                     ("stranger", "other")):
        certificate(name, ca)
    p = port()
    running(tls_conf(p, "server"))
    with tls_client(p, "switch") as s:
        hello(s)
        for who in (None, "stranger"):
            try:
                with tls_client(p, who) as t:
                    t.sendall(HELLO)
                    check(t.recv(8) == b"", "it gets an answer")
            except (ssl.SSLError, ConnectionError):
                pass
        # New certificates: for new connections, old ones go on.
        conf(tls_conf(p, "server2"))
        ctl("reload")
        echo(s)

        def renewed():
            with tls_client(p, "switch") as t:
                return "server2" in str(t.getpeercert()["subject"])
        wait_for("the new certificate", renewed)
        # A key that does not belong to it, or that others may read.
        conf(tls_conf(p, "server").replace("server.key", "switch.key"))
        r = ctl("reload", ok=False)
        check(r.returncode != 0 and "server.pem" in r.stderr, "said: " +
              r.stderr)
        os.chmod(DIR + "/server.key", 0o644)
        conf(tls_conf(p, "server"))
        r = ctl("reload", ok=False)
        check(r.returncode != 0 and "chmod" in r.stderr, "said: " + r.stderr)
        echo(s)
    secret = open(DIR + "/server.key", encoding="ascii").read().split("\n")[1]
    check(secret not in log(), "the key is in the log")


# CH-32
def tls_below_1_2_is_spoken():
    p = port()
    certificate("ca")
    certificate("server", "ca")
    certificate("switch", "ca")
    running(tls_conf(p, "server"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        for version, good in ((ssl.TLSVersion.TLSv1, False),
                              (ssl.TLSVersion.TLSv1_1, False),
                              (ssl.TLSVersion.TLSv1_2, True),
                              (ssl.TLSVersion.TLSv1_3, True)):
            cx = ssl.create_default_context(cafile=DIR + "/ca.pem")
            # What the client itself would refuse is the server's to refuse.
            cx.set_ciphers("ALL:@SECLEVEL=0")
            cx.minimum_version = cx.maximum_version = version
            cx.load_cert_chain(DIR + "/switch.pem", DIR + "/switch.key")
            try:
                with cx.wrap_socket(connected(p),
                                    server_hostname="127.0.0.1") as s:
                    hello(s)
                    spoken = True
            except (ssl.SSLError, ConnectionError) as e:
                spoken = False
                check(good or "alert" in str(e).lower(),
                      "not refused by the server: %s" % e)
            check(spoken == good, "%s: %s" % (version.name, spoken))


def switch_with_macs(p, n):
    """A switch that has sent a packet of each of so many addresses, and has
    100 000 flows when a client asks."""
    s = connected(p)
    s.settimeout(None)
    flows = struct.pack(">HBx4x4xHHHH4xQQQHH4x", 56, 0, 5, 0, 0, 0, 0, 0, 0,
                        1, 4) * 1000

    def answer():
        while m := lab.message(s):
            kind, xid, body = m
            if kind == 5:               # features
                s.sendall(struct.pack(">BBHIQIBBHII", 4, 6, 32, xid, 0xa1, 0,
                                      250, 0, 0, 0, 0))
            elif kind == 18 and body[9] == 1 and xid >= 0x40000000:
                for more in [1] * 99 + [0]:
                    s.sendall(struct.pack(">BBHIHHxxxx", 4, 19, 16 +
                                          len(flows), xid, 1, more) + flows)
            elif kind == 18:            # multipart
                s.sendall(struct.pack(">BBHI", 4, 19, 16, xid) + body[8:10] +
                          bytes(6))
            elif kind in (2, 20, 24):   # echo, barrier, role
                s.sendall(body[:1] + bytes([kind + 1]) + body[2:])
    threading.Thread(target=answer, daemon=True).start()
    s.sendall(HELLO)
    wait_for("the switch is up", lambda: "up" in
             [w["state"] for w in show("switches")])
    match = struct.pack(">HHII4x2x", 1, 12, 0x80000004, 1)
    for i in range(n):
        s.sendall(struct.pack(">BBHIIHBBQ", 4, 10, 24 + len(match) + 60, 9,
                              0xffffffff, 60, 0, 0, 0) + match +
                  struct.pack(">6sHIH46x", b"\xff" * 6, 0x200, i, 0x800))
    wait_for("it is learned", lambda: show("switches")[0]["macs"] == n)
    return s


def slow_client_is_dropped():
    p, n = port(), 40000
    running("cache %d\nlisten on 127.0.0.1 port %d\n" % (n, p))
    with switch_with_macs(p, n), socket.socket(socket.AF_UNIX) as c:
        c.settimeout(20)
        c.connect(SOCK)
        c.sendall(struct.pack("=IIII", 3, 16 + 128, 0, 0) + bytes(128))
        # Others are served meanwhile, and wait for nothing.
        check(len(show("macs")) == n, "not all are shown")
        got = 0
        while part := c.recv(65536):
            got += len(part)
            if got % 72 == 16 and struct.unpack("=I", part[-16:-12])[0] == 64:
                break
        check(got == 72 * n + 16, "%d bytes" % got)
        with subprocess.Popen([OBJ + "/switchctl", "-s", SOCK, "show",
                               "flows"], stdout=subprocess.PIPE) as more:
            check(len(show("macs")) == n, "not all are shown")
            check(more.stdout.read().count(b"\n") == 100000, "flows lack")


# CT-26: where it listens, and nowhere else
def another_address_is_listened_on():
    p = port()
    running("listen on 127.0.0.2 port %d\n" % p)
    with socket.create_connection(("127.0.0.2", p), 5) as s:
        hello(s)
    for host in ("127.0.0.1", "::1"):
        try:
            socket.create_connection((host, p), 5).close()
            check(False, "it listens on " + host)
        except ConnectionRefusedError:
            pass


def tls_costs_memory_where_it_is_not_configured():
    def crypto(pid):
        with open("/proc/%d/maps" % pid, encoding="ascii") as f:
            return "libcrypto" in f.read()
    plain, p = port(), port()
    running("listen on 127.0.0.1 port %d\n" % plain)
    before = processes()
    for name in ("parent",) + CHILDREN:
        check("san" in OBJ or not crypto(before[name]["pid"]),
              name + " has loaded it")
    # The first that is configured: those who use it begin anew.
    for name, ca in (("ca", None), ("server", "ca"), ("switch", "ca")):
        certificate(name, ca)
    conf("listen on 127.0.0.1 port %d\n" % plain + tls_conf(p, "server"))
    ctl("reload")

    def served():
        try:
            with tls_client(p, "switch") as s:
                hello(s)
                echo(s)
            return True
        except OSError:
            return False
    wait_for("TLS by a reload", served)
    after = processes()
    for name in CHILDREN:
        check((before[name]["pid"] == after[name]["pid"]) ==
              (name == "control"), name + " began anew, or did not")
    # Never again, also when it is not configured meanwhile.
    for text in ("", tls_conf(p, "server")):
        conf("listen on 127.0.0.1 port %d\n" % plain + text)
        ctl("reload")
        with connected(plain) as s:
            hello(s)
        wait_for("the listener comes and goes", lambda:
                 refused(p) == (text == ""))
    wait_for("TLS once more", served)
    check({n: p["pid"] for n, p in processes().items()} ==
          {n: p["pid"] for n, p in after.items()}, "something began anew")


def tls_relay_does_not_verify():
    conf_tail = 'switch swda { }\ndevice "%s/swda" forward to tls:%s:%d\n'
    cx = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH,
                                    cafile=DIR + "/ca.pem")
    cx.verify_mode = ssl.CERT_REQUIRED
    cx.load_cert_chain(DIR + "/server.pem", DIR + "/server.key")
    with socket.create_server(("127.0.0.1", 0)) as srv:
        srv.settimeout(20)
        p = srv.getsockname()[1]
        os.chmod(DIR + "/server.key", 0o600)
        text = tls_conf(port(), "switch")
        running(text + conf_tail % (DIR, "127.0.0.1", p))
        with cx.wrap_socket(srv.accept()[0], server_side=True) as c:
            c.settimeout(10)
            hello(c)
            echo(c)
        # A controller of another CA.
        bad = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        bad.load_cert_chain(DIR + "/stranger.pem", DIR + "/stranger.key")
        try:
            with bad.wrap_socket(srv.accept()[0], server_side=True) as c:
                c.settimeout(10)
                check(c.recv(8) == b"", "a stranger gets our switch")
        except (ssl.SSLError, ConnectionError):
            pass
        wait_for("it is said why", lambda: "certificate" in log())


# CH-02: to one that listens, again until told otherwise
def connect_does_not_connect():
    with socket.create_server(("127.0.0.1", 0)) as srv:
        srv.settimeout(10)
        uri = "tcp:localhost:%d" % srv.getsockname()[1]
        running("")
        ctl("connect", uri)
        with srv.accept()[0] as c:
            c.settimeout(10)
            hello(c)
        # It is tried again until it is disconnected.
        with srv.accept()[0] as c:
            c.settimeout(10)
            hello(c)
            check(ctl("connect", uri, ok=False).returncode != 0,
                  "connected twice")
            ctl("disconnect", uri)
            wait_for("the end", lambda: c.recv(4096) == b"")
        check(ctl("disconnect", uri, ok=False).returncode != 0,
              "disconnected twice")
        for bad in ("tcp:", "x:y:z q", "/etc/passwd" * 12):
            check(ctl("connect", bad, ok=False).returncode != 0,
                  bad + " is accepted")


def relative_paths_lead_to_the_root_directory():
    conf("switch swda { }\n")
    sh("sh", "-c", 'cd "$1" && "$2" -f conf -s sock -R . -S state', "sh", DIR,
       OBJ + "/switchd")
    wait_for("the switch", lambda: os.path.exists(SOCK) and
             "swda" in ports_up())
    check(os.path.exists(DIR + "/swda.ctl"), "its socket is elsewhere")
    check(os.path.exists(DIR + "/state/swda.ports"), "its state is elsewhere")
    pid = processes()["parent"]["pid"]
    conf("")
    ctl("reload")
    wait_for("the switch ends", lambda: not switches())
    os.kill(pid, signal.SIGTERM)
    wait_for("switchd ends", lambda: not os.path.exists(SOCK))


def reload_reads_where_a_link_led_before():
    for n in ("one", "two"):
        with open(DIR + "/" + n, "w", encoding="ascii") as f:
            f.write("switch %s external {\n\taddress 192.0.2.1\n}\n" % n)
    if os.path.exists(CONF):
        os.unlink(CONF)
    os.symlink("one", CONF)
    start()
    os.unlink(CONF)
    os.symlink("two", CONF)
    ctl("reload")
    check("of 1 switches 1 are new or different, 1 went" in log(),
          "that is what was loaded")
    os.unlink(CONF)


def second_daemon_starts():
    running("")
    r = subprocess.run([OBJ + "/switchd", "-d", "-f", CONF, "-s", SOCK],
                       capture_output=True, text=True, check=False,
                       timeout=20)
    check(r.returncode == 1 and "already" in r.stderr, "said: " + r.stderr)
    ctl("show", "summary")


def long_path_is_found_late():
    running("")
    for run in (DIR + "x" * (88 - len(DIR)), DIR + "x" * (87 - len(DIR))):
        r = subprocess.run([OBJ + "/switchd", "-d", "-f", CONF, "-s", SOCK,
                            "-R", run], capture_output=True, text=True,
                           check=False, timeout=20)
        check(r.returncode == 1 and ("at most 87" in r.stderr) ==
              (len(run) > 87), "said: " + r.stderr)


def missing_user_is_found_late():
    conf("")
    r = subprocess.run([OBJ + "/switchd", "-d", "-f", CONF, "-s", SOCK, "-u",
                        "nosuchuser"], capture_output=True, text=True,
                       check=False, timeout=20)
    check(r.returncode == 1 and "no user" in r.stderr, "said: " + r.stderr)


def something_is_left_behind():
    running("listen on 127.0.0.1 port %d\n" % port())
    pids = [p["pid"] for p in show("processes")]
    stop()
    check(not os.path.exists(SOCK), "the socket")
    check(not any(os.path.exists("/proc/%d" % p) for p in pids),
          "a process")


TESTS = [
    child_keeps_privileges, socket_is_open_to_all,
    killed_child_is_not_replaced, killed_child_forgets_how_much_is_logged,
    reload_drops_connections,
    listener_that_was_removed_keeps_its_address, listener_is_in_its_own_way,
    bad_reload_changes_something, hostile_client_hurts_others,
    silent_clients_keep_others_out, slow_client_is_dropped,
    killed_child_takes_another_along, child_inherits_a_listener,
    unknown_switch_has_counters,
    disconnect_ends_a_longer_name,
    connect_does_not_connect, interface_is_not_attached,
    uswitch_that_died_is_not_replaced,
    uswitch_that_was_taken_over_holds_the_parent,
    switch_removed_while_it_starts_stays, reason_is_not_said,
    relay_changes_a_byte, auxiliaries_do_not_follow_their_main,
    tls_lets_a_stranger_in,
    tls_below_1_2_is_spoken, another_address_is_listened_on,
    tls_costs_memory_where_it_is_not_configured,
    tls_relay_does_not_verify, second_daemon_starts,
    relative_paths_lead_to_the_root_directory,
    reload_reads_where_a_link_led_before,
    missing_user_is_found_late, long_path_is_found_late,
    without_standard_descriptors_it_does_not_start, something_is_left_behind,
]


def prepare():
    lab.apart()
    os.chmod(DIR, 0o755)
    atexit.register(clean)
    if subprocess.run(["getent", "passwd", "_switchd"], check=False,
                      capture_output=True).returncode != 0:
        sh("useradd", "-r", "-M", "-d", "/var/empty", "-s",
           "/usr/sbin/nologin", "_switchd", ok=False)
    os.makedirs("/var/empty", exist_ok=True)


def run(tests, anew=True):
    """One line for each, mostly without a daemon at first; 0: all is well."""
    rc = 0
    for test in tests:
        if sys.argv[1:] and test.__name__ not in sys.argv[1:]:
            continue
        try:
            if anew and test is not socket_is_open_to_all:
                stop()
            test()
            print("ok", test.__name__, flush=True)
        except Exception as e:      # whatever it is, the others go on
            rc = 1
            print("not ok %s - %s" % (test.__name__, str(e) or repr(e)),
                  flush=True)
            if daemon is not None and daemon.poll() is not None:
                print("switchd ended with status %d" % daemon.poll())
            print("\n".join("    " + x for x in log().split("\n")[-12:]))
    return rc


def main():
    prepare()
    return run(TESTS)


if __name__ == "__main__":
    sys.exit(main())
