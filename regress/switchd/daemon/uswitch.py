#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
#
# uswitch.py: uswitch on real interfaces, in namespaces.  Each test says in its
# name what would be wrong.

import os
import re
import signal
import socket
import struct
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from lab import (ADD, DEL, HELLO, KEEP, PORT, SET, SHUTDOWN, Failed, Lab,  # noqa
                 Switch, check, echo, message, sh, wait_for)
from space import in_space  # noqa

SOL_PACKET, PACKET_AUXDATA, PACKET_VNET_HDR = 263, 8, 15
ETH_P_ALL = 3
VLAN_VALID, VLAN_TPID_VALID = 1 << 4, 1 << 6


def raw(lab, host, dev="eth0"):
    def make():
        s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW,
                          socket.htons(ETH_P_ALL))
        s.bind((dev, 0))
        s.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
        s.settimeout(5)
        return s
    return in_space(lab.prefix + host, make)


def receive(s, mark):
    """A frame that contains mark, its VLAN tag where the wire had it."""
    end = time.monotonic() + 5
    while time.monotonic() < end:
        data, anc, _, _ = s.recvmsg(65536, 256)
        if mark not in data:
            continue
        for level, kind, body in anc:
            if level != SOL_PACKET or kind != PACKET_AUXDATA:
                continue
            st, _, _, _, _, tci, tpid = struct.unpack("<IIIHHHH", body[:20])
            if st & VLAN_VALID:
                tpid = tpid if st & VLAN_TPID_VALID else 0x8100
                return data[:12] + struct.pack(">HH", tpid, tci) + data[12:]
        return data
    raise Failed("the frame did not arrive")


def hosts_do_not_reach_each_other(lab):
    lab.switch(["h1", "h2", "h3"])
    for h, addr in (("h1", 2), ("h2", 1), ("h3", 2), ("h1", 3)):
        check(lab.reaches(h, "10.9.0.%d" % addr), "%s to %d" % (h, addr))
    check(lab.reaches("h1", "10.9.0.2", 1472), "full frames")
    check(lab.reaches("h1", "10.9.0.2", 9000), "fragments")


def vlan_tag_is_lost(lab):
    lab.switch(["h1", "h2"])
    a, b = raw(lab, "h1"), raw(lab, "h2")
    for name, tags in (("none", ""), ("one", "81006064"),
                       ("outer 88a8", "88a8200581000007"),
                       ("two 8100", "8100000381002004")):
        mark = b"tags: " + name.encode()
        frame = (bytes.fromhex("ffffffffffff020000000001" + tags + "88b5") +
                 mark).ljust(80, b".")
        a.send(frame)
        got = receive(b, mark)
        check(got == frame, "%s: %s" % (name, got[:30].hex()))


def transfer(lab, total, size, addr="10.9.0.2"):
    """TCP from h1 to h2: every byte arrives; frames average at least size."""
    block = os.urandom(1 << 20)

    def packets():
        s = lab.at("h2", "cat", "/sys/class/net/eth0/statistics/rx_packets",
                   "/sys/class/net/eth0/statistics/rx_bytes").split()
        return int(s[0]), int(s[1])

    srv = in_space(lab.prefix + "h2", lambda: socket.create_server(
        ("10.9.0.2", 5001)))
    cli = in_space(lab.prefix + "h1", lambda: socket.create_connection(
        (addr, 5001), 5))
    con, _ = srv.accept()
    before = packets()

    def send():
        for _ in range(total >> 20):
            cli.sendall(block)
        cli.shutdown(socket.SHUT_WR)
    t = threading.Thread(target=send)
    t.start()
    got, same = 0, True
    con.settimeout(20)
    while True:
        data = con.recv(1 << 20)
        if not data:
            break
        at = got % len(block)
        same = same and data == (block + block)[at:at + len(data)]
        got += len(data)
    t.join()
    after = packets()
    for s in (srv, cli, con):
        s.close()
    check(got == total and same, "%d of %d bytes" % (got, total))
    mean = (after[1] - before[1]) / (after[0] - before[0])
    check(mean > size, "frames of %d bytes on the average" % mean)


def super_frames_are_cut_or_damaged(lab):
    lab.switch(["h1", "h2"])
    transfer(lab, 64 << 20, 4000)


def ofctl(sw, *args):
    return sh("ovs-ofctl", "-O", "OpenFlow13", args[0], "unix:" + sw.path,
              *args[1:])


def super_frames_in_vlans_are_cut_or_damaged(lab):
    """Two ports that are one cable, between them frames have tags."""
    lab.ip("link", "add", "name", "t1", "type", "veth", "peer", "name", "t2")
    for t in ("t1", "t2"):
        lab.ip("link", "set", t, "mtu", "1508", "up")
    sw = lab.switch(["h1=1", "h2=2", "t1=3", "t2=4"], flood=False)
    push = "push_vlan:0x%s,set_field:4196->vlan_vid,"
    for tags in (["8100"], ["8100", "88a8"], ["8100", "8100"]):
        ofctl(sw, "del-flows")
        for host, trunk in ((1, 3), (2, 4)):
            ofctl(sw, "add-flow", "in_port=%d,actions=%soutput:%d" % (
                host, "".join(push % t for t in tags), trunk))
            for i in range(len(tags)):
                ofctl(sw, "add-flow", "table=%d,in_port=%d,vlan_tci=0x1000/"
                      "0x1000,actions=pop_vlan,goto_table:%d" % (
                          i, trunk, i + 1))
            ofctl(sw, "add-flow", "table=%d,in_port=%d,actions=output:%d" % (
                len(tags), trunk, host))
        check(lab.reaches("h1", "10.9.0.2", 1472), "ping with %s" % tags)
        # Linux itself cuts what has two tags.
        transfer(lab, 16 << 20, 4000 if len(tags) == 1 else 0)
    lab.ip("link", "del", "t1")


def super_frames_in_mpls_are_damaged(lab):
    """Such frames must be cut by us, with finished checksums."""
    lab.ip("link", "add", "name", "t1", "type", "veth", "peer", "name", "t2")
    for t in ("t1", "t2"):
        lab.ip("link", "set", t, "mtu", "1508", "up")
    sw = lab.switch(["h1=1", "h2=2", "t1=3", "t2=4"], flood=False)
    for host, trunk in ((1, 3), (2, 4)):
        for flow in ("ip,in_port=%d,actions=push_mpls:0x8847,output:%d" %
                     (host, trunk),
                     "arp,in_port=%d,actions=output:%d" % (host, trunk),
                     "mpls,in_port=%d,actions=pop_mpls:0x0800,output:%d" %
                     (trunk, host),
                     "arp,in_port=%d,actions=output:%d" % (trunk, host)):
            ofctl(sw, "add-flow", flow)
    check(lab.reaches("h1", "10.9.0.2", 1472), "ping")
    transfer(lab, 16 << 20, 0)
    lab.ip("link", "del", "t1")


def rewritten_super_frames_are_cut_or_damaged(lab):
    """h2 is known to h1 by an address that only the switch knows."""
    sw = lab.switch(["h1=1", "h2=2"], flood=False)
    mac = lab.at("h2", "cat", "/sys/class/net/eth0/address").strip()
    lab.at("h1", "ip", "neigh", "replace", "10.9.0.77", "lladdr", mac, "dev",
           "eth0")
    for flow in ("ip,in_port=1,actions=set_field:10.9.0.2->ip_dst,dec_ttl,"
                 "output:2",
                 "ip,in_port=2,actions=set_field:10.9.0.77->ip_src,output:1",
                 "arp,actions=flood"):
        ofctl(sw, "add-flow", flow)
    check(lab.reaches("h1", "10.9.0.77"), "ping")
    transfer(lab, 32 << 20, 4000, "10.9.0.77")


def unfinished_checksum_arrives_unfinished(lab):
    """Out of a tap that takes no offload, read as the wire has it."""
    lab.switch(["h1", "h2"])
    srv = in_space(lab.prefix + "h2", lambda: socket.socket(
        socket.AF_INET, socket.SOCK_DGRAM))
    srv.bind(("10.9.0.2", 6001))
    srv.settimeout(5)
    cli = in_space(lab.prefix + "h1", lambda: socket.socket(
        socket.AF_INET, socket.SOCK_DGRAM))
    for n in (1, 2, 17, 1000, 1472):
        data = os.urandom(n)
        cli.sendto(data, ("10.9.0.2", 6001))
        check(srv.recv(2000) == data, "%d bytes" % n)


def super_frames_in_a_tunnel_of_hosts_are_lost(lab):
    """A tunnel between them: no packet socket tells of its super-frames.  As a
    bridge, which the kernel does not forward by itself."""
    lab.switch(["h1", "h2"], "-f", "standalone:1", flood=False)
    wait_for("a bridge", lambda: lab.reaches("h1", "10.9.0.2"))
    for sums in ("udpcsum", "noudpcsum"):
        for n in (1, 2):
            def at(*argv):
                return lab.at("h%d" % n, "ip", *argv)
            at("link", "add", "vx", "type", "vxlan", "id", "5", "dstport",
               "4789", "local", "10.9.0.%d" % n, "remote",
               "10.9.0.%d" % (3 - n), sums)
            at("addr", "add", "10.8.0.%d/24" % n, "dev", "vx")
            at("link", "set", "vx", "up")
        lab.tcp("h1", "h2", "10.8.0.2")
        lab.at("h1", "ip", "link", "del", "vx")
        lab.at("h2", "ip", "link", "del", "vx")


def carrier_loss_is_not_seen(lab):
    sw = lab.switch(["h1", "h2=9"])
    check(sw.ports() == {"h1": (1, True), "h2": (9, True)}, str(sw.ports()))
    sh("ip", "-n", lab.prefix + "h2", "link", "set", "eth0", "down")
    wait_for("the port's link goes down",
             lambda: sw.ports()["h2"] == (9, False))
    sh("ip", "-n", lab.prefix + "h2", "link", "set", "eth0", "up")
    wait_for("it comes up", lambda: sw.ports()["h2"] == (9, True))
    check(lab.reaches("h2", "10.9.0.1"), "b is cut off afterwards")


def controller_hears_nothing_of_carriers(lab):
    sw = lab.switch(["h1", "h2"])
    c = sw.open()
    c.sendall(HELLO + echo())
    while message(c)[0] != 3:
        pass
    for state, live in (("down", False), ("up", True)):
        sh("ip", "-n", lab.prefix + "h2", "link", "set", "eth0", state)
        kind = no = 0
        while (kind, no) != (12, 2):
            kind, _, body = message(c)
            no = struct.unpack(">I", body[16:20])[0] if kind == 12 else 0
        down = struct.unpack(">I", body[52:56])[0] & 1
        check(down == (not live), "link down is %d" % down)
    c.close()


def standalone_switch_is_deaf(lab):
    sw = lab.switch(["h1", "h2", "h3"], "-f", "standalone:1", flood=False)
    wait_for("hosts reach each other without a controller",
             lambda: lab.reaches("h1", "10.9.0.2"))
    c = sw.open()
    c.sendall(HELLO + echo())
    while message(c)[0] != 3:
        pass
    check(not lab.reaches("h1", "10.9.0.3"), "it goes on with a controller")
    c.close()
    wait_for("it takes over again", lambda: lab.reaches("h1", "10.9.0.3"))


def queue_is_not_used(lab):
    def classes():
        out = lab.at("sw", "tc", "-s", "class", "show", "dev", "h2")
        return {c: int(n) for c, n in re.findall(
            r"class htb (\S+) .*\n Sent \d+ bytes (\d+) pkt", out)}

    lab.at("sw", "tc", "qdisc", "add", "dev", "h2", "root", "handle", "1:",
           "htb", "default", "1")
    for n, rate in ((1, "1gbit"), (2, "2gbit")):
        lab.at("sw", "tc", "class", "add", "dev", "h2", "parent", "1:",
               "classid", "1:%d" % n, "htb", "rate", rate, "ceil", "4gbit")
    sw = lab.switch(["h1=1", "h2=2"])
    ofctl(sw, "add-flow",
          "priority=9,icmp,in_port=1,actions=set_queue:2,output:2")
    before = classes()
    lab.at("h1", "ping", "-c", "9", "-i", "0.02", "10.9.0.2")
    after = classes()
    used = after["1:2"] - before["1:2"]
    check(used == 9, "%d frames in its class" % used)
    out = ofctl(sw, "queue-stats", "2", "2")
    check("pkts=9" in out, out)
    lab.at("sw", "tc", "qdisc", "del", "dev", "h2", "root")


def port_comes_back_as_another(lab):
    sw = lab.switch(["h1", "h2=9", "h3"])
    was = sw.ports()
    lab.ip("link", "del", "h3")
    wait_for("the port vanishes", lambda: "h3" not in sw.ports())
    lab.ip("link", "del", "h2")
    wait_for("the port vanishes", lambda: "h2" not in sw.ports())
    check(lab.reaches("h1", "10.9.0.1"), "a is cut off")
    for h, n in (("h2", 2), ("h3", 3)):
        lab.veth(h)
        lab.address(h, "10.9.0.%d" % n)
    wait_for("the ports come back", lambda: sw.ports() == was)
    wait_for("b is reached again", lambda: lab.reaches("h1", "10.9.0.2"))


def numbers_change_over_a_restart(lab):
    sw = lab.switch(["h3", "h1", "h2=200"], flood=False)
    was = sw.ports()
    sw.stop()
    sw = lab.switch(["h1", "h2", "h3"], flood=False)
    check(sw.ports() == was, "%s, then %s" % (was, sw.ports()))


def kept_number_goes_to_another(lab):
    """Of a name that may come later, or that swaps with one that is here."""
    sw = lab.switch(["h1", "h2"], flood=False)
    one, two = (sw.ports()[h][0] for h in ("h1", "h2"))

    def call(what, name, no):
        error, text, _ = sw.call(what, PORT.pack(
            name.encode(), no, 0, 0, 0, bytes(6), 0, 0, *(9 * [0])))[0]
        check(error == 0, text)

    call(KEEP, "h2", one)
    check(sw.ports()["h1"][0] not in (one, two), sw.ports())
    call(KEEP, "h1", two)
    check(sw.ports()["h2"][0] == one, sw.ports())
    call(SET, "h1", two)
    check(sw.ports()["h1"][0] == two, sw.ports())
    call(KEEP, "late", one)
    check(sw.ports()["h2"][0] not in (one, two), sw.ports())


def missing_interface_is_forgotten(lab):
    sw = lab.switch(["h1"], "-i", "late=5")
    check("late: no such interface" in sw.log(), sw.log())
    lab.ip("link", "add", "late", "type", "veth", "peer", "name", "early")
    wait_for("it is attached", lambda: sw.ports().get("late") == (5, False))
    lab.ip("link", "del", "late")


def taken_interface_is_taken(lab):
    lab.ip("link", "add", "br9", "type", "bridge")
    lab.ip("link", "set", "h3", "master", "br9")
    sw = Switch(lab, "lab1", ["-i", "h3"], wait=False)
    check(sw.proc.wait(10) == 1, "exit status")
    check("h3: belongs to br9: release it with \"ip link set h3 nomaster\"" in
          sw.log(), sw.log())
    lab.ip("link", "del", "br9")
    lab.switch(["h1"], flood=False)
    sw = Switch(lab, "lab1", ["-i", "h1"], wait=False)
    check(sw.proc.wait(10) == 1, "exit status")
    check("h1: is a port of another uswitch" in sw.log(), sw.log())


def away(lab, host, port):
    """A wire from a host to a port in the namespace named away."""
    ns = lab.prefix + "away"
    sh("ip", "-n", ns, "link", "add", "name", port, "type", "veth", "peer",
       "name", "away", "netns", lab.prefix + host)
    lab.address(host, "10.9.1.4", "away")
    sh("ip", "-n", lab.prefix + host, "link", "set", "away", "up")
    return ns + "/" + port


def interface_of_another_namespace_is_no_port(lab):
    """It comes late; of the same name are two; it, and its namespace, go."""
    ns = lab.prefix + "away"
    one, two = "h2=2", ns + "/h2=9"
    sw = lab.switch(["h1"], "-c", "2", "-i", one, "-i", two, "-i", ns + "/h5")
    check("network namespace: No such file" in sw.log(), sw.log())
    lab.space(ns)
    a = away(lab, "h4", "h2")
    wait_for("it is attached", lambda: sw.ports().get(a) == (9, True))
    check(sw.ports()["h2"] == (2, True), sw.ports())
    lab.address("h1", "10.9.1.1")
    check(lab.reaches("h4", "10.9.1.1"), "it forwards nothing")
    name = ofctl(sw, "show")
    check(" 9(%s)" % a[-15:] in name, name)
    sh("ip", "-n", ns, "link", "set", "h2", "mtu", "1400")
    wait_for("the MTU holds", lambda: not lab.reaches("h1", "10.9.1.4", 1472))
    for old, new in (("h2", "h6"), ("h6", "h2")):
        sh("ip", "-n", ns, "link", "set", old, "down", "name", new)
        sh("ip", "-n", ns, "link", "set", new, "up")
        wait_for("its name is another", lambda: " 9(%s)" % (
            ns + "/" + new)[-15:] in ofctl(sw, "show"))
    wait_for("its link is back", lambda: sw.ports().get(a) == (9, True))
    sh("ip", "-n", lab.prefix + "h4", "link", "set", "away", "down")
    wait_for("its link goes", lambda: sw.ports()[a] == (9, False))
    sh("ip", "-n", ns, "link", "del", "h2")
    wait_for("it vanishes", lambda: a not in sw.ports())
    for _ in range(2):
        away(lab, "h4", "h2")
        wait_for("it is back", lambda: sw.ports().get(a) == (9, True))
        check(lab.reaches("h4", "10.9.1.1"), "it forwards nothing")
        sh("ip", "netns", "del", ns)
        wait_for("it goes with its namespace", lambda: a not in sw.ports())
        wait_for("the namespace ends", lambda: "away" not in lab.at(
            "h4", "ip", "link"))
        sh("ip", "netns", "add", ns)
    check(sw.ports() == {"h1": (1, True), "h2": (2, True)}, sw.ports())
    lab.at("h1", "ip", "addr", "del", "10.9.1.1/24", "dev", "eth0")
    for bad in ("/x", "a b/x", "../x", "-n/x", "n/x/y", "n" * 64 + "/x"):
        sw = Switch(lab, "lab1", ["-i", bad], wait=False)
        check(sw.proc.wait(10) == 1 and "namespace" in sw.log(), bad)
    sw = Switch(lab, "lab1", ["-t", "n/x"], wait=False)
    check(sw.proc.wait(10) == 1 and "made here" in sw.log(), sw.log())


def second_switch_of_a_name_starts(lab):
    first = lab.switch(["h1"], flood=False)
    sw = Switch(lab, "lab0", [], wait=False)
    check(sw.proc.wait(10) == 1, "exit status")
    check("a switch of this name runs already" in sw.log(), sw.log())
    check(first.ports() == {"h1": (1, True)}, "the first one suffers")


def second_opener_is_let_in(lab):
    sw = lab.switch(["h1"], flood=False)
    one = sw.open()
    one.sendall(HELLO + echo())
    while message(one)[0] != 3:
        pass
    two = sw.open()
    check(message(two) is None, "the second one gets an answer")
    one.sendall(echo())
    while message(one)[0] != 3:
        pass
    one.close()
    for i in range(200):
        check(hello(sw), "opener %d right after another" % i)


def hello(sw):
    s = sw.open()
    try:
        s.sendall(HELLO + echo())
        while True:
            m = message(s)
            if m is None:
                return False
            if m[0] == 3:
                return True
    except OSError:
        return False
    finally:
        s.close()


def half_message_of_a_dead_opener_counts(lab):
    sw = lab.switch(["h1", "h2"])
    for cut in (1, 4, 8, 15):
        s = sw.open()
        s.sendall(HELLO + echo(8)[:cut])
        s.close()
        wait_for("the next opener is served", lambda: hello(sw))
    check(lab.reaches("h1", "10.9.0.2"), "frames are not forwarded")


def rss(pid):
    for line in open("/proc/%d/status" % pid):
        if line.startswith("VmRSS"):
            return int(line.split()[1])


def opener_that_never_reads_fills_memory(lab):
    sw = lab.switch(["h1", "h2"])
    before = rss(sw.worker())
    s = sw.open()
    s.setblocking(False)
    s.send(HELLO)
    sent, idle = 0, time.monotonic()
    one = len(echo(1400))
    block = echo(1400) * 41
    while time.monotonic() - idle < 1 and sent < 256 << 20:
        try:
            sent += s.send(block[sent % one:])
            idle = time.monotonic()
        except BlockingIOError:
            time.sleep(0.01)
    check(sent < 64 << 20, "%d MB taken without an answer read" % (sent >> 20))
    grown = rss(sw.worker()) - before
    check(grown < 16384, "%d KB more memory" % grown)
    check(lab.reaches("h1", "10.9.0.2"), "frames are not forwarded")
    # Now read it: every echo is answered, none is lost.
    s.setblocking(True)
    s.settimeout(10)
    n = 0
    while n < sent // one:
        n += message(s)[0] == 3
    s.close()


def flow_mod(command, dst=None):
    """Of one IPv4 destination, or of all."""
    match = struct.pack("!HHxxxx", 1, 4) if dst is None else struct.pack(
        "!HHIHIIxxxxxx", 1, 18, 0x80000a02, 0x0800, 0x80001804, dst)
    return (struct.pack("!BBHI", 4, 14, 48 + len(match), 1) +
            struct.pack("!QQBBHHHIIIHxx", 0, 0, 0 if dst else 255, command, 0,
                        0, 1, 0xffffffff, 0xffffffff, 0xffffffff, 0) +
            match)


def nflows(sw):
    """As a new opener is told; -1 while there is another."""
    try:
        with sw.open() as s:
            s.sendall(HELLO + struct.pack(
                "!BBHIHHxxxxBxxxIIxxxxQQHHxxxx", 4, 18, 56, 7, 2, 0, 255,
                0xffffffff, 0xffffffff, 0, 0, 1, 4))
            while True:
                m = message(s)
                if m is None or m[0] == 19:
                    return struct.unpack_from("!I", m[2], 32)[0] if m else -1
    except OSError:
        return -1


def last_words_of_an_opener_are_lost(lab):
    sw = lab.switch(["h1", "h2"])
    s = sw.open()
    s.sendall(HELLO + b"".join(flow_mod(0, n) for n in range(1, 20001)))
    s.sendall(flow_mod(3) + flow_mod(0, 1) + flow_mod(0, 2))
    s.close()
    left = []
    wait_for("the next opener is served",
             lambda: left.append(nflows(sw)) or left[-1] >= 0)
    check(left[-1] == 2, "flows left: %d" % left[-1])


def garbage_ends_the_switch(lab):
    sw = lab.switch(["h1", "h2"])
    for data in (b"\xff" * 4096, b"GET / HTTP/1.0\r\n\r\n", bytes(8),
                 HELLO + b"\x04\x00\x00\x00" * 100,
                 HELLO + b"\x04\x02\x00\x07\x00\x00\x00\x00",
                 HELLO + os.urandom(65536)):
        s = sw.open()
        try:
            s.sendall(data)
            s.shutdown(socket.SHUT_WR)
            while s.recv(65536):
                pass
        except OSError:
            pass
        s.close()
        wait_for("the next opener is served", lambda: hello(sw))
    check(lab.reaches("h1", "10.9.0.2"), "frames are not forwarded")


def worker_keeps_privileges(lab):
    sw = lab.switch(["h1"], flood=False)
    pid = sw.worker()
    st = dict(line.split(":\t", 1) for line in open("/proc/%d/status" % pid))
    check("0" not in st["Uid"].split(), "Uid " + st["Uid"])
    check("0" not in st["Gid"].split(), "Gid " + st["Gid"])
    check("0" not in st["Groups"].split(), "Groups " + st["Groups"])
    check(st["Seccomp"].strip() == "2", "no filter of system calls")
    for c in ("CapEff", "CapPrm", "CapInh", "CapAmb"):
        check(int(st[c], 16) == 0, c + " " + st[c])
    check(st["NoNewPrivs"].strip() == "1", "NoNewPrivs")
    check(os.listdir("/proc/%d/root" % pid) == [], "its root is not empty")


def kill_leaves_something(lab):
    """kill -9 of either process, then the same switch again."""
    lab.ip("addr", "add", "10.9.0.99/24", "dev", "h1")
    for who in ("worker", "parent"):
        sw = lab.switch(["h1", "h2"], "-t", "own0")
        worker = sw.worker()
        check(not lab.reaches("h1", "10.9.0.99"), "the host answers on a port")
        os.kill(worker if who == "worker" else sw.proc.pid, signal.SIGKILL)
        sw.proc.wait(10)
        wait_for("both processes end",
                 lambda: not os.path.exists("/proc/%d" % worker))
        check("own0" not in lab.ip("link"), "the tap is left")
        check(lab.reaches("h1", "10.9.0.99"), "the guard is left")
    lab.ip("addr", "flush", "dev", "h1")
    lab.switch(["h1", "h2"], "-t", "own0")
    check(lab.reaches("h1", "10.9.0.2"), "frames are not forwarded")


def end_leaves_something(lab):
    sw = lab.switch(["h1", "h2"], "-L", "-t", "own0")
    check("lab0" in lab.ip("link") and "own0" in lab.ip("link"), "no taps")
    check(sw.stop() == 0, "exit status: " + sw.log())
    left = [f for f in os.listdir(lab.dir) if f.startswith("lab0")]
    check(sorted(left) == ["lab0.log", "lab0.ports"], str(left))
    check("lab0" not in lab.ip("link"), "the local port is left")
    check("Sanitizer" not in sw.log(), sw.log())


def host_on_a_tap_is_cut_off(lab):
    lab.switch(["h1"], "-t", "own0=4", "-L")
    lab.ip("addr", "add", "10.9.0.50/24", "dev", "lab0")
    check(lab.reaches("h1", "10.9.0.50"), "the local port")
    lab.ip("link", "set", "own0", "netns", lab.prefix + "h4")
    sh("ip", "-n", lab.prefix + "h4", "link", "set", "own0", "up")
    lab.address("h4", "10.9.0.4", "own0")
    check(lab.reaches("h1", "10.9.0.4"), "the tap of a host")
    check(lab.reaches("h4", "10.9.0.50"), "the tap to the local port")


def port_of_a_descriptor_is_none(lab):
    """What switchd's parent does."""
    sw = lab.switch(["h1"])
    index = int(lab.at("sw", "cat", "/sys/class/net/h2/ifindex"))

    def sockets():
        return [socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
                for _ in range(2)]

    def port(no, kind=1):
        return PORT.pack(b"h2", no, index, 0, 0, b"", kind, 0, *[0] * 9)

    socks = in_space(lab.ns, sockets)
    fds = [s.fileno() for s in socks]
    check(sw.call(ADD, port(6), fds)[0][0] == 0, "add")
    check(sw.ports().get("h2") == (6, True), str(sw.ports()))
    check(lab.reaches("h1", "10.9.0.2"), "frames are not forwarded")
    check(sw.call(SET, port(7))[0][0] == 0, "set")
    check(sw.ports().get("h2") == (7, True), str(sw.ports()))
    error, text, _ = sw.call(SET, port(1))[0]
    check(error == 17 and "in use" in text, "number of a: " + text)
    for bad in (port(6, 0), port(6, 9)):
        check(sw.call(ADD, bad, fds)[0][0] == 22, "a kind that is none")
    check(sw.call(ADD, port(8), fds[:1])[0][0] == 22, "too few descriptors")
    away = port(8).replace(b"h2" + bytes(5), b"ns/tap0")
    check(sw.call(ADD, away, fds[:1])[0][0] == 22,
          "too few descriptors in another namespace")
    check(sw.ports() == {"h1": (1, True)}, str(sw.ports()))
    check(sw.call(DEL, port(0))[0][0] == 2, "deleting what is none")
    fd_dir = "/proc/%d/fd" % sw.worker()
    n = len(os.listdir(fd_dir))
    for _ in range(50):
        sw.call(ADD, port(6, 9), fds)
        sw.call(DEL, port(6), fds)
        sw.call(ADD, away, fds[:1])
    wait_for("descriptors do not leak", lambda: len(os.listdir(fd_dir)) <= n)
    for s in socks:
        s.close()


def control_socket_is_open_to_all(lab):
    sw = lab.switch(["h1"], flood=False)
    st = os.stat(sw.path + ".ctl")
    check(st.st_mode & 0o777 == 0o600 and st.st_uid == 0, "permissions")
    check(os.stat(sw.path).st_mode & 0o777 == 0o660, "device permissions")
    s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    s.settimeout(5)
    s.connect(sw.path + ".ctl")
    s.send(b"rubbish")
    check(s.recv(100) == b"", "rubbish gets an answer")
    check(sw.ports() == {"h1": (1, True)}, "it suffers")
    check(len(sw.counters()) > 3, "counters")
    check(sw.call(SHUTDOWN)[0][0] == 0, "shutdown")
    check(sw.proc.wait(10) == 0, "exit status after shutdown")


def full_rings_stop_a_port(lab):
    """More frames than fit, then the port still works; losses are counted."""
    sw = lab.switch(["h1", "h2"])
    a = raw(lab, "h1")
    frame = bytes.fromhex("ffffffffffff02000000000188b5").ljust(60, b"\0")
    os.kill(sw.worker(), signal.SIGSTOP)
    try:
        for _ in range(5000):
            a.send(frame)
    finally:
        os.kill(sw.worker(), signal.SIGCONT)
    wait_for("the port works again", lambda: lab.reaches("h1", "10.9.0.2"))


def stopped_worker_keeps_the_parent(lab):
    sw = lab.switch(["h1"], flood=False)
    os.kill(sw.worker(), signal.SIGSTOP)
    check(sw.stop() == 1, "exit status")


lab = Lab("us")
lab.host("h1", "10.9.0.1")
lab.host("h2", "10.9.0.2")
lab.host("h3", "10.9.0.3")
lab.space(lab.prefix + "h4")
lab.run(
    hosts_do_not_reach_each_other,
    vlan_tag_is_lost,
    super_frames_are_cut_or_damaged,
    super_frames_in_vlans_are_cut_or_damaged,
    super_frames_in_mpls_are_damaged,
    rewritten_super_frames_are_cut_or_damaged,
    unfinished_checksum_arrives_unfinished,
    super_frames_in_a_tunnel_of_hosts_are_lost,
    carrier_loss_is_not_seen,
    controller_hears_nothing_of_carriers,
    standalone_switch_is_deaf,
    queue_is_not_used,
    port_comes_back_as_another,
    numbers_change_over_a_restart, kept_number_goes_to_another,
    missing_interface_is_forgotten,
    interface_of_another_namespace_is_no_port,
    taken_interface_is_taken,
    second_switch_of_a_name_starts,
    second_opener_is_let_in,
    half_message_of_a_dead_opener_counts,
    opener_that_never_reads_fills_memory,
    last_words_of_an_opener_are_lost,
    garbage_ends_the_switch,
    worker_keeps_privileges,
    kill_leaves_something,
    end_leaves_something,
    host_on_a_tap_is_cut_off,
    port_of_a_descriptor_is_none,
    control_socket_is_open_to_all,
    full_rings_stop_a_port,
    stopped_worker_keeps_the_parent,
)
