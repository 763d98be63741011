#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
#
# tunnel.py: one external vxlan as a port of uswitch, and many ends behind it.
# Each end is an ordinary vxlan of Linux in a namespace of its own.  Each test
# says in its name what would be wrong.  The kernel must be Linux 6.6 at least;
# before, the port carries no metadata, and that is what is tested.

import os
import re
import socket
import struct
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from lab import Failed, Lab, check, sh, wait_for  # noqa
from space import in_space  # noqa

SOL_PACKET, PACKET_AUXDATA, ETH_P_ALL = 263, 8, 3
VLAN_VALID = 1 << 4

HAVE = tuple(int(n) for n in re.findall(r"\d+", os.uname().release)[:2]) >= (
    6, 6)
# Name: id of the tunnel, its two ends, and the address of the host in there.
ENDS = {"f1": (42, "192.168.1.1", "192.168.1.2", "10.9.0.11"),
        "f2": (43, "192.168.2.1", "192.168.2.2", "10.9.0.12"),
        "f3": (44, "fd01::1", "fd01::2", "10.9.0.13")}


def far(lab, name):
    tid, here, there, addr = ENDS[name]
    plen = "/64" if ":" in there else "/24"
    lab.space(lab.prefix + name)
    lab.ip("link", "add", "u" + name, "mtu", "2000", "type", "veth", "peer",
           "name", "u0", "netns", lab.prefix + name)
    for ns, dev, a in ((lab.ns, "u" + name, here),
                       (lab.prefix + name, "u0", there)):
        sh("ip", "netns", "exec", ns, "sysctl", "-qw",
           "net.ipv6.conf.%s.disable_ipv6=0" % dev, check=False)
        sh("ip", "-n", ns, "link", "set", dev, "mtu", "2000", "up")
        sh("ip", "-n", ns, "addr", "add", a + plen, "dev", dev,
           *(["nodad"] if ":" in a else []))
    sh("ip", "-n", lab.prefix + name, "link", "add", "vx", "type", "vxlan",
       "id", str(tid), "local", there, "remote", here, "dstport", "4789",
       *(["udp6zerocsumrx"] if ":" in a else []))
    sh("ip", "-n", lab.prefix + name, "link", "set", "vx", "mtu", "1500", "up")
    lab.address(name, addr, "vx")


def ofctl(sw, *args):
    return sh("ovs-ofctl", "-O", "OpenFlow13", args[0], "unix:" + sw.path,
              *args[1:])


def wired(lab):
    """Whom h1 asks for, by ARP or IP, decides which tunnel it is."""
    sw = lab.switch(["h1=1", "ext=2"], flood=False)
    for name in ENDS:
        into(sw, name)
        out_of(sw, name)
    return sw


def into(sw, name, more=""):
    tid, _, there, addr = ENDS[name]
    act = "actions=set_field:%d->tun_id,set_field:%s->%s,output:2" % (
        tid, there, "tun_ipv6_dst" if ":" in there else "tun_dst")
    ofctl(sw, "add-flow", "in_port=1,arp,arp_tpa=%s%s,%s" % (addr, more, act))
    ofctl(sw, "add-flow", "in_port=1,ip,nw_dst=%s%s,%s" % (addr, more, act))


def out_of(sw, name, end=None):
    tid, _, there, _ = ENDS[name]
    ofctl(sw, "add-flow", "in_port=2,tun_id=%d,%s=%s,actions=output:1" % (
        tid, "tun_ipv6_src" if ":" in there else "tun_src", end or there))


def reaches(lab, name):
    return lab.reaches("h1", ENDS[name][3])


def errors(sw, port):
    """Of a port, sending."""
    m = re.search(r"tx pkts=\d+, bytes=\d+, drop=\d+, errs=(\d+)",
                  ofctl(sw, "dump-ports", str(port)))
    return int(m.group(1))


def one_port_does_not_reach_all_ends(lab):
    sw = wired(lab)
    for name in ENDS:
        check(reaches(lab, name) == HAVE, "to " + name)
    if not HAVE:
        return
    for name in ENDS:
        lines = [x for x in ofctl(sw, "dump-flows").splitlines()
                 if "tun_id=0x%x," % ENDS[name][0] in x]
        check(lines and "n_packets=0" not in lines[0], "no packet by " + name)


def another_id_or_end_is_taken(lab):
    sw = wired(lab)
    check(reaches(lab, "f1"), "not at all")
    ofctl(sw, "del-flows", "in_port=2,tun_id=42")
    check(not reaches(lab, "f1"), "by an id that no flow has")
    out_of(sw, "f1", "192.168.1.3")
    check(not reaches(lab, "f1"), "from an end that no flow has")
    out_of(sw, "f1")
    check(reaches(lab, "f1"), "not again")


def one_end_does_not_reach_another(lab):
    """By the same port; also from IPv4 to IPv6 and back."""
    sw = wired(lab)
    for frm, to in (("f1", "f2"), ("f2", "f1"), ("f1", "f3"), ("f3", "f1")):
        tid, _, there, addr = ENDS[to]
        for what in ("arp,arp_tpa=", "ip,nw_dst="):
            ofctl(sw, "add-flow", "priority=40000,in_port=2,tun_id=%d,%s%s,"
                  "actions=set_field:%d->tun_id,set_field:%s->%s,in_port" % (
                      ENDS[frm][0], what, addr, tid, there,
                      "tun_ipv6_dst" if ":" in there else "tun_dst"))
    for to in ("f2", "f3"):
        check(lab.reaches("f1", ENDS[to][3]), "f1 does not reach " + to)


def wire(lab, host, dev):
    """Frames of all kinds on an interface."""
    def make():
        s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW,
                          socket.htons(ETH_P_ALL))
        s.bind((dev, 0))
        s.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
        s.settimeout(2)
        return s
    return in_space(lab.prefix + host, make)


def tag_of(s, mark):
    """The VLAN of the frame that has these bytes; it may be in the auxdata."""
    end = time.monotonic() + 3
    while time.monotonic() < end:
        try:
            data, anc, _, _ = s.recvmsg(200, 64)
        except socket.timeout:
            break
        if mark in data:
            aux = [d for _, t, d in anc if t == PACKET_AUXDATA]
            status, tci = struct.unpack("I12xH", aux[0][:18])
            return tci if status & VLAN_VALID else None
    raise Failed("no frame")


def tag_in_a_tunnel_is_lost(lab):
    sw = wired(lab)
    ofctl(sw, "add-flow", "priority=40000,in_port=1,dl_vlan=5,actions="
          "set_field:42->tun_id,set_field:192.168.1.2->tun_dst,output:2")
    ofctl(sw, "add-flow", "priority=40000,in_port=2,tun_id=42,dl_vlan=5,"
          "actions=output:1")
    near, there = wire(lab, "h1", "eth0"), wire(lab, "f1", "vx")
    for tx, rx in ((near, there), (there, near)):
        mark = os.urandom(16)
        tx.send(bytes.fromhex("0200000000aa0200000000bb8100000588b5") + mark +
                bytes(40))
        check(tag_of(rx, mark) == 5, "another tag")
    near.close()
    there.close()
    check(reaches(lab, "f1"), "without a tag")


def tcp_through_a_tunnel_is_damaged(lab):
    wired(lab)
    for name in ("f1", "f3"):
        for way in ((), ("-R",)):
            lab.tcp("h1", name, ENDS[name][3], *way)


def frame_without_destination_is_sent_or_not_counted(lab):
    sw = wired(lab)
    before = errors(sw, 2)
    ofctl(sw, "del-flows", "in_port=1")
    ofctl(sw, "add-flow", "in_port=1,actions=output:2")
    check(not reaches(lab, "f1"), "it went somewhere")
    wait_for("an error at the port", lambda: errors(sw, 2) > before)
    into(sw, "f1")
    check(reaches(lab, "f1"), "not again")


def own_frames_of_the_host_are_lost(lab):
    """Those that its stack sends by the same interface, and nothing hangs."""
    sw = wired(lab)
    lab.ip("route", "replace", "10.9.9.0/24", "encap", "ip", "id", "42", "dst",
           "192.168.1.2", "dev", "ext")
    before = received(lab)
    for _ in range(3):
        sh("ip", "netns", "exec", lab.ns, "ping", "-c", "1", "-W", "1",
           "10.9.9.9", check=False)
        time.sleep(0.1)
    check(received(lab) > before, "nothing arrives at the end")
    check(reaches(lab, "f1") and sw.is_up(), "ours do not work any more")


def received(lab):
    out = lab.at("f1", "cat", "/sys/class/net/vx/statistics/rx_packets")
    return int(out)


def main():
    lab = Lab("tn")
    lab.host("h1", "10.9.0.1")
    for name in ENDS:
        far(lab, name)
    lab.ip("link", "add", "ext", "type", "vxlan", "external", "dstport",
           "4789")
    lab.ip("link", "set", "ext", "up")
    tests = [one_port_does_not_reach_all_ends]
    if HAVE:
        tests += [
            another_id_or_end_is_taken,
            one_end_does_not_reach_another,
            tag_in_a_tunnel_is_lost,
            tcp_through_a_tunnel_is_damaged,
            frame_without_destination_is_sent_or_not_counted,
            own_frames_of_the_host_are_lost,
        ]
    lab.run(*tests)


main()
