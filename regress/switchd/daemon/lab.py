# SPDX-License-Identifier: ISC
#
# lab.py: a laboratory for tests of uswitch: namespaces, hosts, a switch.
#
#	apart()				go on in namespaces of our own
#	lab = Lab("xy")			the same; a prefix of all names
#	lab.host("h1", "10.0.0.1")	namespace with eth0; its other end is a
#					veth in the switch's own namespace
#	sw = lab.switch(["h1"])	a running uswitch with these as ports
#	lab.run(test, ...)		call them, print ok and not ok, exit
#
# Everything is gone when the process ends, also by a signal.

import array
import atexit
import ctypes
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time

OBJ = os.environ.get("OBJ", "obj")
USWITCH = os.environ.get("USWITCH", OBJ + "/uswitch")
SAN = "san" in OBJ

# uswitch_ctl.h
ADD, DEL, SET, LIST, CONF, CONF_GET, COUNTERS, SHUTDOWN = range(1, 9)
KEEP = 11
CTL = struct.Struct("<IIII128s336s")
PORT = struct.Struct("<80sIIII6sBB8IQ")
COUNTER = struct.Struct("<48sQ")
P_LINK = 1 << 3

# The one flow of most tests: whatever comes is flooded.
FLOOD = bytes.fromhex(
    "040e005000000001" "0000000000000000" "0000000000000000" "0000"
    "000000000001ffffffff" "ffffffffffffffff" "00000000" "0001000400000000"
    "0004001800000000" "00000010fffffffb" "ffff000000000000")
HELLO = bytes.fromhex("0400000800000001")


def echo(n=0, xid=7):
    return struct.pack(">BBHI", 4, 2, 8 + n, xid) + bytes(n)


def sh(*argv, check=True):
    r = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                       text=True, stdin=subprocess.DEVNULL)
    if check and r.returncode != 0:
        raise Failed("%s: %s" % (" ".join(argv), r.stdout.strip()))
    return r.stdout


class Failed(Exception):
    pass


def check(held, what):
    if not held:
        raise Failed(what)


def wait_for(what, fn, seconds=30):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        v = fn()
        if v:
            return v
        time.sleep(0.05)
    raise Failed("waited in vain: " + what)


def minder(child, signals):
    """Pass signals on, bury who ends, and end as the child does."""
    for s in signals:
        signal.signal(s, lambda s, _: os.kill(child, s))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, signals)
    while True:
        pid, status = os.wait()
        if pid == child:
            os._exit(os.waitstatus_to_exitcode(status) & 0xff)


def apart():
    """Go on in network, mount and process namespaces of our own, with an
    empty /run: no name, port or process of ours meets another's, and they
    end with us, also when we are killed."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(0x60020000) != 0:       # NEWNET | NEWPID | NEWNS
        print("not ok namespaces - " + os.strerror(ctypes.get_errno()))
        sys.exit(1)
    signals = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}
    signal.pthread_sigmask(signal.SIG_BLOCK, signals)
    sys.stdout.flush()
    for _ in range(2):      # process 1, to whom orphans go; ourselves
        child = os.fork()
        if child != 0:
            minder(child, signals)
        libc.prctl(1, signal.SIGTERM)       # when the parent dies
    for s in signals:
        signal.signal(s, lambda *_: sys.exit(1))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, signals)
    sh("mount", "--make-rprivate", "/")
    sh("mount", "-t", "proc", "proc", "/proc")
    sh("mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", "/run")
    os.makedirs("/run/netns")
    sh("ip", "link", "set", "lo", "up")


def message(sock):
    """One OpenFlow message: type, xid, whole message; None at the end."""
    head = b""
    while len(head) < 8:
        part = sock.recv(8 - len(head))
        if not part:
            return None
        head += part
    version, kind, length, xid = struct.unpack(">BBHI", head)
    body = b""
    while len(body) < length - 8:
        part = sock.recv(length - 8 - len(body))
        if not part:
            return None
        body += part
    return kind, xid, head + body


class Switch:
    """A uswitch; also its control socket and its device."""

    def __init__(self, lab, name, args, wait=True):
        self.lab, self.name = lab, name
        self.path = "%s/%s" % (lab.dir, name)
        self.logfile = self.path + ".log"
        self.proc = subprocess.Popen(
            ["ip", "netns", "exec", lab.ns, USWITCH, "-d", "-u", "nobody",
             "-S", self.path] + args + [name],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=open(self.logfile, "w"))
        lab.procs.append(self.proc)
        if wait:
            wait_for("uswitch starts: " + self.log(), self.is_up)

    def is_up(self):
        if self.proc.poll() is not None:
            raise Failed("uswitch ended: " + self.log())
        try:
            return self.call(LIST)
        except OSError:
            return False

    def log(self):
        return open(self.logfile).read()

    def worker(self):
        return int(sh("pgrep", "-P", str(self.proc.pid)).split()[0])

    def stop(self):
        self.proc.terminate()
        try:
            return self.proc.wait(10)
        except subprocess.TimeoutExpired:
            self.proc.kill()
            raise Failed("uswitch does not end")

    def open(self):
        s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        s.settimeout(10)
        s.connect(self.path)
        return s

    def flood(self):
        s = self.open()
        s.sendall(HELLO + FLOOD + echo(4))
        while message(s)[0] != 3:
            pass
        s.close()

    def call(self, kind, port=None, fds=()):
        """Returns a list of (error, text, content)."""
        s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        s.settimeout(10)
        s.connect(self.path + ".ctl")
        anc = [(socket.SOL_SOCKET, socket.SCM_RIGHTS,
                array.array("i", fds))] if fds else []
        s.sendmsg([CTL.pack(3, kind, 0, 0, b"", port or b"")], anc)
        answers = []
        while True:
            m = s.recv(4096)
            if not m:
                raise Failed("the control socket was closed")
            version, k, error, more, text, body = CTL.unpack(m)
            answers.append((error, text.split(b"\0")[0].decode(), body))
            if not more:
                s.close()
                return answers

    def ports(self):
        """Number and link of each port by name."""
        result = {}
        for _, _, body in self.call(LIST)[:-1]:
            f = PORT.unpack(body[:PORT.size])
            result[f[0].split(b"\0")[0].decode()] = (f[1], bool(f[3] & P_LINK))
        return result

    def counters(self):
        result = {}
        for _, _, body in self.call(COUNTERS)[:-1]:
            name, value = COUNTER.unpack(body[:COUNTER.size])
            result[name.split(b"\0")[0].decode()] = value
        return result


class Lab:
    def __init__(self, prefix):
        apart()
        self.prefix = prefix
        self.ns = self.prefix + "sw"
        self.spaces, self.procs = [], []
        self.dir = tempfile.mkdtemp(prefix="lab-")
        os.chmod(self.dir, 0o755)
        atexit.register(self.clean)
        self.space(self.ns)

    def clean(self):
        for p in self.procs:
            if p.poll() is None:
                p.terminate()
        for p in self.procs:
            try:
                p.wait(5)
            except subprocess.TimeoutExpired:
                p.kill()
                p.wait()
        for n in self.spaces:
            sh("ip", "netns", "del", n, check=False)
        shutil.rmtree(self.dir, ignore_errors=True)

    def space(self, name):
        sh("ip", "netns", "add", name)
        self.spaces.append(name)
        sh("ip", "-n", name, "link", "set", "lo", "up")
        sh("ip", "netns", "exec", name, "sysctl", "-qw",
           "net.ipv6.conf.default.disable_ipv6=1", check=False)

    def ip(self, *argv):
        return sh("ip", "-n", self.ns, *argv)

    def at(self, host, *argv, check=True):
        return sh("ip", "netns", "exec", self.prefix + host, *argv,
                  check=check)

    def veth(self, host):
        self.ip("link", "add", "name", host, "type", "veth", "peer", "name", "eth0",
                "netns", self.prefix + host)
        self.ip("link", "set", host, "up")
        # The same address each time, or neighbours would have to learn it.
        sh("ip", "-n", self.prefix + host, "link", "set", "eth0", "address",
           "02:00:00:00:00:%02x" % (sum(host.encode()) & 0xff), "up")

    def host(self, name, addr):
        self.space(self.prefix + name)
        self.veth(name)
        self.address(name, addr)

    def address(self, name, addr, dev="eth0"):
        sh("ip", "-n", self.prefix + name, "addr", "add", addr + "/24",
           "dev", dev)

    def switch(self, ports, *args, name="lab0", flood=True):
        argv = list(args)
        for p in ports:
            argv += ["-i", p]
        sw = Switch(self, name, argv)
        names = [p.split("=")[0] for p in ports]
        names += [name] if "-L" in args else []
        names += [a.split("=")[0] for t, a in zip(args, args[1:]) if t == "-t"]
        wait_for("ports of the switch: " + sw.log(),
                 lambda: set(names) <= set(sw.ports()))
        if flood:
            sw.flood()
        return sw

    def reaches(self, host, addr, size=56):
        out = self.at(host, "ping", "-c", "1", "-W", "1", "-s", str(size),
                      addr, check=False)
        return "1 received" in out

    def tcp(self, src, dst, addr, *way):
        """30 MB of TCP, which must not take half a minute."""
        server = subprocess.Popen(
            ["ip", "netns", "exec", self.prefix + dst, "iperf3", "-s", "-1"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.procs.append(server)
        wait_for("iperf3", lambda: ":5201" in self.at(dst, "ss", "-ltn"))
        self.at(src, "timeout", "30", "iperf3", "-n", "30M", "-c", addr, *way)
        server.wait(10)

    def run(self, *tests):
        bad = 0
        for t in tests:
            name = t.__name__
            try:
                t(self)
                print("ok " + name, flush=True)
            except Exception as e:
                bad += 1
                print("not ok %s - %s" % (name, repr(e)), flush=True)
            for p in self.procs:
                if p.poll() is None:
                    p.terminate()
                    p.wait(10)
            for f in os.listdir(self.dir):
                os.unlink(self.dir + "/" + f)
        sys.exit(1 if bad else 0)
