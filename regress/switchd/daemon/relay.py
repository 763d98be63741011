#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""relay.py: remote controllers drive our switch through switchd.

"device ... forward to ...": ovs-testcontroller and an os-ken application, rows
of the matrix that emul.py prints for switches ("-": os-ken's flows have no
time-out; the room of a table is not theirs to give, and they send nothing
malformed: a controller of the test's own does); another switchd; two
controllers with roles, by name and over IPv6.  TLS is in tls.py.

Needs root.  The laboratory is that of switchd.py.
"""
import os
import socket
import struct
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import switchd as sd  # noqa
from switchd import check, sh, wait_for  # noqa

APP = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                   "../tool/osken_app.py")
FEATURES = struct.pack(">BBHI", 4, 5, 8, 5)
NOCHANGE, EQUAL, MASTER, SLAVE = range(4)
T_ERROR, T_FEATURES, T_PACKET_IN, T_ROLE = 1, 6, 10, 25
IDLE = 5                            # s until ovs-testcontroller's flows go
COLUMNS = ["learn", "move", "age", "port down", "reconnect", "restart"]


def hosts():
    """At the ports rly1 to rly3; the third has no address yet."""
    for i in "123":
        sh("ip", "netns", "add", "rlyn" + i)
        sh("ip", "link", "add", "rly" + i, "type", "veth", "peer", "name",
           "eth0", "netns", "rlyn" + i)
        if i != "3":
            sh("ip", "-n", "rlyn" + i, "addr", "add", "10.9.9.%s/24" % i,
               "dev", "eth0")
        sh("ip", "-n", "rlyn" + i, "link", "set", "eth0", "up")


def hosts_gone():
    for i in "123":
        sh("ip", "link", "del", "rly" + i, ok=False)
        sh("ip", "netns", "del", "rlyn" + i, ok=False)


def ping():
    wait_for("a ping through it", lambda: "1 received" in sh(
        "ip", "netns", "exec", "rlyn1", "ping", "-c1", "-W1", "10.9.9.2",
        ok=False), 30)


def pings():
    """By flows that are there."""
    out = sh("ip", "netns", "exec", "rlyn1", "ping", "-c3", "-i0.2", "-W1",
             "10.9.9.2", ok=False)
    check("3 received" in out, "flows do not do the work: " + out)


def relayed(p, host="127.0.0.1", more=""):
    return ('switch swda {\n\tdatapath-id 0xa1\n\tinterface "rly[123]"\n}\n'
            'device "%s/swda" forward to tcp:%s:%d%s\n' %
            (sd.DIR, host, p, more))


def with_hosts(test):
    def run():
        hosts()
        try:
            test()
        finally:
            sd.stop()
            hosts_gone()
    run.__name__ = test.__name__
    return run


class Remote:
    """A controller by others, and what is asked of each."""

    def __init__(self, name, argv):
        self.name, self.port = name, sd.port()
        self.argv = argv(self.port)
        self.start()

    def start(self):
        self.proc = subprocess.Popen(
            self.argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)

    def stop(self):
        self.proc.terminate()
        self.proc.wait(10)

    def learn(self):
        ping()
        wait_for("flows of the controller", lambda: self.flows() >= 2)
        pings()

    @staticmethod
    def flows():
        """To hosts."""
        out = sh("ovs-ofctl", "-O", "OpenFlow13", "dump-flows",
                 "unix:%s/swda" % sd.DIR)
        return sum("dl_dst=" in line for line in out.split("\n"))

    def move(self):
        """The second host goes to the third port."""
        mac = sh("ip", "netns", "exec", "rlyn2", "cat",
                 "/sys/class/net/eth0/address").strip()
        sh("ip", "-n", "rlyn2", "link", "set", "eth0", "down")
        sh("ip", "-n", "rlyn3", "link", "set", "eth0", "address", mac)
        sh("ip", "-n", "rlyn3", "addr", "add", "10.9.9.2/24", "dev", "eth0")

        def reached():
            # It speaks; who asked in vain is silent until flows go.
            sh("ip", "netns", "exec", "rlyn3", "ping", "-c1", "-W1",
               "10.9.9.1", ok=False)
            if "1 received" in sh("ip", "netns", "exec", "rlyn1", "ping",
                                  "-c1", "-W1", "10.9.9.2", ok=False):
                return True
            time.sleep(IDLE + 1)
            return False
        wait_for("the host at its new port", reached, 60)
        pings()

    def age(self):
        wait_for("flows of silent hosts go", lambda: self.flows() == 0, 30)
        ping()

    @staticmethod
    def port_down():
        sh("ip", "link", "set", "rly3", "down")
        check("1 received" not in sh(
            "ip", "netns", "exec", "rlyn1", "ping", "-c1", "-W1", "10.9.9.2",
            ok=False), "the port is not down")
        sh("ip", "link", "set", "rly3", "up")
        ping()

    def reconnect(self):
        ping()
        self.stop()
        pings()
        self.start()
        wait_for("the controller again", lambda: any(
            s["state"] == "relayed" for s in sd.show("switches")), 30)
        ping()
        pings()

    @staticmethod
    def restart():
        ping()
        sd.stop()
        pings()
        sd.start()
        ping()
        pings()

    def row(self, *without):
        """All cases; a line that run prints as well."""
        faults, cells = [], []
        for c in COLUMNS:
            if c in without:
                cells.append("-")
                continue
            try:
                getattr(self, c.replace(" ", "_"))()
                cells.append("ok")
            except sd.Failed as e:
                faults.append("%s: %s" % (c, e))
                cells.append("FAILS")
        print("| %-20s | %s |" % ("remote controller", " | ".join(COLUMNS)))
        print("| %-20s | %s |" % (self.name, " | ".join(
            x.ljust(len(c)) for x, c in zip(cells, COLUMNS))))
        check(not faults, "; ".join(faults))


def driven_by(name, argv, *without):
    r = Remote(name, argv)
    try:
        # The place of a second controller, who never comes, is for flows().
        sd.running(relayed(r.port, more=", tcp:127.0.0.1:1"))
        r.row(*without)
    finally:
        r.stop()
    wait_for("the end is noticed", lambda: "ended:" in sd.log())


@with_hosts
def ovs_testcontroller_cannot_drive_our_switch():
    driven_by("ovs-testcontroller", lambda p: [
        "ovs-testcontroller", "ptcp:%d:127.0.0.1" % p, "-O", "OpenFlow13",
        "--max-idle=%d" % IDLE, "--pidfile=%s/oc.pid" % sd.DIR,
        "--unixctl=%s/oc.ctl" % sd.DIR])


@with_hosts
def an_os_ken_application_cannot_drive_our_switch():
    """Its flows have no time-out."""
    driven_by("os-ken", lambda p: [
        "osken-manager", "--ofp-listen-host", "127.0.0.1",
        "--ofp-tcp-listen-port", str(p), APP], "age")


@with_hosts
def another_switchd_cannot_drive_our_switch():
    p = sd.port()
    there = sd.DIR + "/there"
    os.makedirs(there, exist_ok=True)
    with open(there + "/conf", "w", encoding="ascii") as f:
        f.write("listen on ::1 port %d\n" % p)
    other = subprocess.Popen(
        [sd.OBJ + "/switchd", "-d", "-f", there + "/conf", "-s",
         there + "/sock", "-R", there, "-S", there + "/state"],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL)
    try:
        sd.running(relayed(p, "[::1]"))
        ping()
        out = sh(sd.OBJ + "/switchctl", "-s", there + "/sock", "-j", "show",
                 "switches")
        check('"0x00000000000000a1"' in out and '"up"' in out,
              "the other shows " + out)
        check(any(s["state"] == "relayed" for s in sd.show("switches")),
              "ours does not show that it is relayed")
    finally:
        other.terminate()
        other.wait(20)


class Controller:
    """A controller of the test's own, at the far end of a relay."""

    def __init__(self, server):
        self.sock = server.accept()[0]
        self.sock.settimeout(10)
        self.xid = 100
        self.early = []
        self.sock.sendall(sd.HELLO)
        self.message(0)

    def some(self):
        head = self.bytes(8)
        kind, length, xid = struct.unpack(">xBHI", head)
        body = self.bytes(length - 8)
        if kind == 2:
            self.sock.sendall(head[:1] + b"\3" + head[2:] + body)
        return kind, xid, body

    def bytes(self, n):
        data = b""
        while len(data) < n:
            part = self.sock.recv(n - len(data))
            check(part, "the relay ended")
            data += part
        return data

    def message(self, *kinds):
        """The next of these kinds; what comes before is kept."""
        while True:
            kind, xid, body = self.some()
            if kind in kinds:
                return kind, xid, body
            self.early.append((kind, xid, body))

    def send(self, kind, body=b""):
        self.xid += 1
        self.sock.sendall(struct.pack(">BBHI", 4, kind, 8 + len(body),
                                      self.xid) + body)
        return self.xid

    def barrier(self):
        """All that came until everything sent is worked off."""
        xid = self.send(20)
        self.early = []
        check(self.message(21)[1] == xid, "a barrier's reply is not ours")
        return self.early

    def role(self, role, generation):
        self.send(24, struct.pack(">IIQ", role, 0, generation))
        kind, _, body = self.message(T_ROLE, T_ERROR)
        return struct.unpack(">I", body[:4])[0] if kind == T_ROLE else \
            struct.unpack(">HH", body[:4])

    def flow(self):
        """A table miss to the controller; the errors it brings."""
        self.send(14, struct.pack(
            ">QQBBHHHIIIHxx HHxxxx HHxxxx HHIHxxxxxx", 0, 0, 0, 0, 0, 0, 0,
            0xffffffff, 0xffffffff, 0xffffffff, 0, 1, 4, 4, 24, 0, 16,
            0xfffffffd, 0xffff))
        return [struct.unpack(">HH", b[:4]) for k, _, b in self.barrier()
                if k == T_ERROR]


@with_hosts
def roles_do_not_pass_a_relay():
    with socket.create_server(("127.0.0.1", 0)) as a, \
            socket.create_server(("::1", 0), family=socket.AF_INET6) as b:
        a.settimeout(20)
        b.settimeout(20)
        # One by a name, one by an address of the other family.
        sd.running(relayed(a.getsockname()[1], "localhost",
                           ", tcp:[::1]:%d" % b.getsockname()[1]))
        one, two = Controller(a), Controller(b)
        check(one.role(MASTER, 1) == MASTER, "one is not the master")
        check(two.role(SLAVE, 1) == SLAVE, "two is not a slave")
        check(one.flow() == [], "the master may not")
        check(two.flow() == [(1, 10)], "a slave may, or the error is wrong")
        # Packet-ins are the master's.
        wait_for("the ports are there", lambda: sd.log().count(
            "is attached") >= 2)
        sh("ip", "netns", "exec", "rlyn1", "ping", "-c1", "-W1", "10.9.9.2",
           ok=False)
        check(any(k == T_PACKET_IN for k, _, _ in one.barrier()),
              "the master gets no packet-in")
        check(not any(k == T_PACKET_IN for k, _, _ in two.barrier()),
              "a slave gets packet-ins")
        # The other takes over; what is older does not count.
        check(two.role(MASTER, 2) == MASTER, "two is not the master")
        check(one.role(NOCHANGE, 0) == SLAVE, "one is a master still")
        check(one.flow() == [(1, 10)], "a deposed master may")
        check(two.flow() == [], "the new master may not")
        check(one.role(MASTER, 1) == (11, 0), "a stale generation counts")
        # One goes away: the other is not disturbed, and one comes back.
        one.sock.close()
        check(two.role(NOCHANGE, 0) == MASTER, "two lost its role")
        one = Controller(a)
        check(one.role(NOCHANGE, 0) == EQUAL, "it comes back as what it was")
        two.sock.close()
        one.sock.close()


@with_hosts
def malformed_messages_of_a_controller_do_harm():
    with socket.create_server(("127.0.0.1", 0)) as srv:
        srv.settimeout(20)
        # The second, who never comes, keeps the first from being alone.
        sd.running(relayed(srv.getsockname()[1], more=", tcp:127.0.0.1:1"))
        c = Controller(srv)
        for kind, body, error in ((14, b"", (1, 6)), (200, b"", (1, 1)),
                                  (18, bytes(7), (1, 6)),
                                  (18, b"\xee\xee" + bytes(6), (1, 2))):
            c.send(kind, body)
            got = [struct.unpack(">HH", b[:4]) for k, _, b in c.barrier()
                   if k == T_ERROR]
            check(got == [error], "type %d: %s" % (kind, got))
        check(c.flow() == [], "a good one is refused")
        # No length at all: it has to end, and begins anew.
        c.sock.sendall(struct.pack(">BBHI", 4, 2, 4, 9))
        wait_for("the end of it", lambda: "ended:" in sd.log())
        c.sock.close()
        c = Controller(srv)
        check(c.flow() == [], "it does not work again")
        check(all(p["restarts"] == 0 for p in sd.show("processes")),
              "a process ended")
        c.sock.close()


def tls_that_says_nothing_holds_a_relay():
    for name, ca in (("ca", None), ("server", "ca")):
        sd.certificate(name, ca)
    with socket.create_server(("127.0.0.1", 0)) as srv:
        srv.settimeout(30)
        sd.running(sd.tls_conf(sd.port(), "server") +
                   'switch swda { }\ndevice "%s/swda" forward to '
                   'tls:127.0.0.1:%d\n' % (sd.DIR, srv.getsockname()[1]))
        first = srv.accept()[0]
        second = srv.accept()[0]
        check("TLS handshake: timed out" in sd.log(), "it is not said")
        first.close()
        second.close()


sd.TESTS = [
    ovs_testcontroller_cannot_drive_our_switch,
    an_os_ken_application_cannot_drive_our_switch,
    another_switchd_cannot_drive_our_switch,
    roles_do_not_pass_a_relay,
    malformed_messages_of_a_controller_do_harm,
    tls_that_says_nothing_holds_a_relay,
]

if __name__ == "__main__":
    sys.exit(sd.main())
