#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
#
# uswitch_fast.py: what the kernel forwards by itself for uswitch.  A worker
# that is stopped shows who forwards; counters, timeouts and changes must be as
# if it had forwarded everything.  Each test says in its name what would be
# wrong.  On a kernel that has no such thing (before Linux 6.6) the same must
# hold, but for a stopped worker.

import os
import re
import signal
import socket
import struct
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from lab import Failed, Lab, check, sh, wait_for  # noqa
from space import in_space  # noqa

SO_RCVBUFFORCE = 33
SOL_PACKET, PACKET_AUXDATA, ETH_P_ALL = 263, 8, 3
VLAN_VALID = 1 << 4
HAVE = tuple(int(n) for n in re.findall(r"\d+", os.uname().release)[:2]) >= (
    6, 6)


class Stream:
    """Numbered datagrams of one conversation from a host to another."""

    def __init__(self, lab, src, dst, addr, port=7001, family=socket.AF_INET):
        def make(bind):
            s = socket.socket(family, socket.SOCK_DGRAM)
            s.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 1 << 23)
            s.bind(bind)
            return s
        any_addr = "::" if family == socket.AF_INET6 else "0.0.0.0"
        self.rx = in_space(lab.prefix + dst,
                           lambda: make((any_addr, port)))
        self.tx = in_space(lab.prefix + src, lambda: make((any_addr, 0)))
        self.rx.settimeout(0.5)
        self.to = (addr, port)
        self.sent = 0

    def send(self, n, gap=0.0):
        for _ in range(n):
            self.sent += 1
            self.tx.sendto(b"%d" % self.sent, self.to)
            if gap:
                time.sleep(gap)

    def got(self):
        """What arrived until it is quiet."""
        numbers = []
        try:
            while True:
                numbers.append(int(self.rx.recv(64)))
        except socket.timeout:
            return numbers

    def warm(self):
        """Let the switch see enough of it; all must arrive, in order."""
        before = self.sent
        self.send(20, 0.002)
        got = self.got()
        check(got == list(range(before + 1, self.sent + 1)), "warm: %s" % got)

    def close(self):
        self.rx.close()
        self.tx.close()


def ofctl(sw, *args):
    return sh("ovs-ofctl", "-O", "OpenFlow13", args[0], "unix:" + sw.path,
              *args[1:])


def wired(lab, *args):
    """Two ports that lead to each other."""
    sw = lab.switch(["h1=1", "h2=2", "h3=3"], *args, flood=False)
    for a, b in ((1, 2), (2, 1)):
        ofctl(sw, "add-flow", "priority=5,cookie=%d,in_port=%d,actions="
              "output:%d" % (a, a, b))
    return sw


def packets(sw, match):
    for line in ofctl(sw, "dump-flows").splitlines():
        if match in line:
            return int(re.search(r"n_packets=(\d+)", line).group(1))
    raise Failed("no flow " + match)


class Stopped:
    """The worker does nothing meanwhile."""

    def __init__(self, sw):
        self.pid = sw.worker()

    def __enter__(self):
        os.kill(self.pid, signal.SIGSTOP)

    def __exit__(self, *a):
        os.kill(self.pid, signal.SIGCONT)


def kernel_forwards(sw, stream):
    """Frames that reach the other side while the worker is stopped."""
    with Stopped(sw):
        stream.send(50)
        got = stream.got()
    late = stream.got()
    check(len(got) + len(late) <= 50, "more came than was sent")
    return len(got)


def kernel_forwards_nothing(lab):
    sw = wired(lab)
    s = Stream(lab, "h1", "h2", "10.8.0.2")
    s.warm()
    n = kernel_forwards(sw, s)
    check(n == (50 if HAVE else 0), "%d of 50" % n)
    s.close()


def packet_is_counted_twice_or_never(lab):
    sw = wired(lab)
    s = Stream(lab, "h1", "h2", "10.8.0.2")
    s.warm()
    before = packets(sw, "cookie=0x1,")
    ports = ofctl(sw, "dump-ports", "2")
    s.send(1000, 0.0002)
    check(len(s.got()) == 1000, "lost or doubled")
    check(packets(sw, "cookie=0x1,") - before == 1000, "flow")
    if HAVE:
        check(sw.counters()["kernel_forwarded"] >= 1000, "by whom?")
    tx = [int(re.search(r"tx pkts=(\d+)", p).group(1))
          for p in (ports, ofctl(sw, "dump-ports", "2"))]
    check(tx[1] - tx[0] >= 1000 and tx[1] - tx[0] < 1010, "port %s" % tx)
    s.close()


def change_is_late(lab):
    sw = wired(lab)
    s = Stream(lab, "h1", "h2", "10.8.0.2")
    for out in (3, 2, 3, 2):
        s.warm() if out == 3 else s.got()
        ofctl(sw, "mod-flows", "cookie=1/-1,actions=output:%d" % out)
        n = packets(sw, "cookie=0x1,")
        s.send(20, 0.001)
        got = len(s.got())
        check(got == (20 if out == 2 else 0), "%d went to port 2" % got)
        check(packets(sw, "cookie=0x1,") - n == 20, "count")
    s.close()


def better_flow_is_not_seen(lab):
    sw = wired(lab)
    s = Stream(lab, "h1", "h2", "10.8.0.2")
    s.warm()
    ofctl(sw, "add-flow", "priority=9,udp,udp_dst=7001,actions=drop")
    s.send(20)
    check(s.got() == [], "went on")
    ofctl(sw, "add-flow", "priority=10,udp,udp_dst=9999,actions=drop")
    ofctl(sw, "del-flows", "udp,udp_dst=7001")
    s.warm()
    check(kernel_forwards(sw, s) == (50 if HAVE else 0), "not again")
    ofctl(sw, "add-flow", "priority=11,udp,udp_dst=9998,actions=drop")
    check(kernel_forwards(sw, s) == (50 if HAVE else 0),
          "a flow that is not concerned")
    s.close()


def busy_flow_times_out_and_idle_one_does_not(lab):
    sw = wired(lab)
    ofctl(sw, "add-flow", "priority=8,idle_timeout=2,udp,in_port=1,"
          "udp_dst=7001,actions=output:2")
    s = Stream(lab, "h1", "h2", "10.8.0.2")
    s.warm()
    end = time.monotonic() + 4
    while time.monotonic() < end:
        s.send(1, 0.05)
    check(packets(sw, "udp") == s.sent, "it is gone, or counts are")
    s.got()
    wait_for("the idle flow goes",
             lambda: "udp" not in ofctl(sw, "dump-flows"), 8)
    s.warm()
    s.close()


def port_that_is_down_sends(lab):
    sw = wired(lab)
    s = Stream(lab, "h1", "h2", "10.8.0.2")
    for port, what in (("h2", "no-forward"), ("h1", "no-receive"),
                       ("h2", "down")):
        s.warm()
        undo = {"down": "up"}.get(what, what.replace("no-", ""))
        ofctl(sw, "mod-port", port, what)
        s.send(20)
        check(s.got() == [], what)
        ofctl(sw, "mod-port", port, undo)
    s.warm()
    s.close()


def carrier_that_is_gone_is_used(lab):
    sw = wired(lab)
    s = Stream(lab, "h1", "h2", "10.8.0.2")
    s.warm()
    lab.at("h2", "ip", "link", "set", "eth0", "down")
    s.send(20)
    lab.at("h2", "ip", "link", "set", "eth0", "up")
    wait_for("the port is back", lambda: sw.ports()["h2"][1])
    s.got()
    s.warm()
    s.close()


class Tagged(Stream):
    """The same in a VLAN, by raw sockets."""

    def __init__(self, lab, src, dst, vid):
        def make():
            s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW,
                              socket.htons(ETH_P_ALL))
            s.bind(("eth0", 0))
            return s
        self.tx = in_space(lab.prefix + src, make)
        self.rx = in_space(lab.prefix + dst, make)
        self.rx.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
        self.rx.settimeout(0.5)
        self.vid, self.sent = vid, 0

    def send(self, n, gap=0.0):
        for _ in range(n):
            self.sent += 1
            body = b"%09d" % self.sent
            udp = struct.pack(">HHHH", 7000, 7000, 8 + len(body), 0) + body
            ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 0, 0,
                             64, 17, 0, b"\x0a\x08\x00\x01",
                             b"\x0a\x08\x00\x02")
            self.tx.send(bytes.fromhex("02000000aaaa02000000bbbb8100") +
                         struct.pack(">HH", self.vid, 0x800) + ip + udp)
            time.sleep(gap)

    def got(self):
        numbers = []
        try:
            while True:
                data, anc, _, _ = self.rx.recvmsg(2048, 256)
                if data[:6].hex() != "02000000aaaa":
                    continue
                st, _, _, _, _, tci, _ = struct.unpack("<IIIHHHH",
                                                       anc[0][2][:20])
                check(st & VLAN_VALID, "no tag")
                if tci == self.vid:
                    numbers.append(int(data[-9:]))
        except socket.timeout:
            return numbers


def tag_is_lost_or_matched_wrongly(lab):
    sw = wired(lab)
    five, six = Tagged(lab, "h1", "h2", 5), Tagged(lab, "h1", "h2", 6)
    five.warm()
    six.warm()
    check(kernel_forwards(sw, five) == (50 if HAVE else 0), "tagged")
    ofctl(sw, "add-flow", "priority=9,dl_vlan=5,actions=drop")
    five.send(10)
    check(five.got() == [], "VLAN 5 went on")
    six.warm()
    five.close()
    six.close()


def ip6_is_mistaken(lab):
    sw = wired(lab)
    for h, n in (("h1", 1), ("h2", 2)):
        lab.at(h, "sysctl", "-qw", "net.ipv6.conf.eth0.disable_ipv6=0")
        lab.at(h, "ip", "addr", "add", "fd00::%d/64" % n, "dev", "eth0",
               "nodad")
    s = Stream(lab, "h1", "h2", "fd00::2", 7006, socket.AF_INET6)
    s.warm()
    check(kernel_forwards(sw, s) == (50 if HAVE else 0), "by the kernel")
    ofctl(sw, "add-flow",
          "priority=9,udp6,ipv6_dst=fd00::2,actions=drop")
    s.send(10)
    check(s.got() == [], "a drop for its address")
    s.close()


def locked_address_is_not(lab):
    sw = wired(lab)
    s = Stream(lab, "h1", "h2", "10.8.0.2")
    s.warm()
    lab.at("h1", "ip", "link", "set", "eth0", "address", "02:00:00:00:77:77")
    before = packets(sw, "cookie=0x1,")
    ofctl(sw, "add-flow", "priority=9,dl_src=02:00:00:00:77:77,"
          "actions=drop")
    s.send(10)
    check(s.got() == [] and packets(sw, "cookie=0x1,") - before < 10,
          "another address, the old flow")
    lab.at("h1", "ip", "link", "set", "eth0", "address",
           "02:00:00:00:00:%02x" % (sum(b"h1") & 0xff))
    s.close()


def namespaces_are_mixed_up(lab):
    """Between ports of one other namespace, but not from one to another."""
    ns = lab.prefix + "away"
    lab.space(ns)
    for i in (1, 2):
        sh("ip", "-n", ns, "link", "add", "name", "a%d" % i, "type", "veth",
           "peer", "name", "away", "netns", lab.prefix + "h%d" % i)
        lab.address("h%d" % i, "10.8.1.%d" % i, "away")
        lab.at("h%d" % i, "ip", "link", "set", "away", "up")
    lab.address("h3", "10.8.1.3")
    sw = lab.switch([ns + "/a1=1", ns + "/a2=2", "h3=3"])
    for src in ("h1", "h3"):
        s = Stream(lab, src, "h2", "10.8.1.2")
        # One way: what is flooded is nothing for the kernel.
        check(lab.reaches(src, "10.8.1.2"), "ping from " + src)
        ofctl(sw, "add-flow", "priority=5,udp,in_port=%d,actions=output:2" %
              (1 if src == "h1" else 3))
        s.warm()
        n = kernel_forwards(sw, s)
        check(n == (50 if HAVE and src == "h1" else 0),
              "%d of 50 from %s" % (n, src))
        s.close()


def dead_switch_forwards(lab):
    sw = wired(lab)
    s = Stream(lab, "h1", "h2", "10.8.0.2")
    s.warm()
    worker = sw.worker()
    sw.proc.kill()
    os.kill(worker, signal.SIGKILL)
    sw.proc.wait()
    wait_for("the worker ends", lambda: not os.path.exists(
        "/proc/%d" % worker) or "Z" in open("/proc/%d/stat" % worker).read())
    s.send(20)
    check(s.got() == [], "frames of a dead switch")
    s.close()


def hung_switch_forwards_for_ever(lab):
    sw = wired(lab)
    s = Stream(lab, "h1", "h2", "10.8.0.2")
    s.warm()
    with Stopped(sw):
        time.sleep(6.5)
        s.send(20)
        check(s.got() == [], "without a sign of life")
    s.got()
    s.warm()
    s.close()


lab = Lab("uf")
for n in (1, 2, 3):
    lab.host("h%d" % n, "10.8.0.%d" % n)
for a in (1, 2):
    lab.at("h%d" % a, "ip", "neigh", "replace", "10.8.0.%d" % (3 - a),
           "lladdr", "02:00:00:00:00:%02x" % (
               sum(b"h%d" % (3 - a)) & 0xff), "dev", "eth0", "nud",
           "permanent")
lab.run(
    kernel_forwards_nothing,
    packet_is_counted_twice_or_never,
    change_is_late,
    better_flow_is_not_seen,
    busy_flow_times_out_and_idle_one_does_not,
    port_that_is_down_sends,
    carrier_that_is_gone_is_used,
    tag_is_lost_or_matched_wrongly,
    ip6_is_mistaken,
    locked_address_is_not,
    namespaces_are_mixed_up,
    dead_switch_forwards,
    hung_switch_forwards_for_ever,
)
