#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
#
# qemu.py: real virtual machines as ports of two switches.
#
# Each is qemu's emulator with a Debian kernel (kernel/vm) and one virtio-net
# card with all its offloads, on a tap that the line of a switch names.  The
# first has a tap that comes and goes with qemu, the second a persistent one
# that was there before it.  Orders reach a guest by a serial line of virtio.
# A network namespace is the third host.  All of it runs in namespaces as in
# readme.py, so that nothing is left when it ends.

import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
import readme
from readme import OBJ, TOP, case, run

CONF = """
switch "vma" {
	datapath-id 0xa1
	host user
	interface "eth1" port 1
	interface "qa*"
}
switch "vmb" {
	datapath-id 0xb1
	host user
	interface "eth2" port 1
	interface "qb*"
}
"""
MAC = {"v1": "02:00:00:00:00:11", "v2": "02:00:00:00:00:12"}
IP = {"h1": "10.0.0.1", "h2": "10.0.0.2", "v1": "10.0.0.11",
      "v2": "10.0.0.12"}
directory = os.environ.get("TMPDIR")
guests = {}
numbers = {}


class Failed(Exception):
    pass


def check(held, what):
    if not held:
        raise Failed(what)


def must(command):
    r = run(command)
    if r.returncode:
        raise Failed(command + ": " + r.stdout.strip())
    return r.stdout


def wait_for(what, fn, seconds=60):
    end = time.monotonic() + seconds
    while True:
        fault = ""
        try:
            v = fn()
            if v:
                return v
        except Failed as e:
            fault = ": " + str(e)
        if time.monotonic() > end:
            raise Failed("waited in vain: " + what + fault)
        time.sleep(0.1)


class Guest:
    """A machine that runs; its tap is made by qemu unless it is there."""

    def __init__(self, name, tap):
        self.name = name
        self.path = "%s/%s" % (directory, name)
        if os.path.exists(self.path):
            os.unlink(self.path)
        env = dict(os.environ)
        env["MODULES"] = "virtio_pci virtio_net virtio_console"
        # On a busy machine the test of the timer fails, which is a panic.
        env["APPEND"] = "no_timer_check"
        env["QEMU"] = (
            "-netdev tap,id=n,ifname=%s,script=no,downscript=no,"
            "vnet_hdr=on,vhost=off -device virtio-net-pci,netdev=n,mac=%s,"
            "romfile= -device virtio-serial-pci -device virtserialport,"
            "chardev=c -chardev socket,id=c,path=%s,server=on,wait=on" %
            (tap, MAC[name], self.path))
        with open(self.path + ".log", "w") as log:
            self.proc = subprocess.Popen(
                (TOP + "/regress/switchd/kernel/vm", "-t", "360", "-m", "256",
                 TOP + "/regress/switchd/daemon/guest/run"), env=env,
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        guests[name] = self

    def connect(self):
        """Before it boots: qemu waits for that."""
        self.line = socket.socket(socket.AF_UNIX)
        self.line.settimeout(240)
        self.seen = b""
        self.count = 0
        wait_for("qemu opens its serial line", self.dial)

    def dial(self):
        check(self.proc.poll() is None, "qemu ended: " +
              open(self.path + ".log").read()[-300:])
        try:
            self.line.connect(self.path)
        except OSError:
            return False
        return True

    def boot(self):
        self.do("ip link set eth0 up && ip addr add %s/24 dev eth0" %
                IP[self.name])

    def ask(self, command):
        """Exit status and output of a command in the guest."""
        self.count += 1
        mark = re.compile(rb"=%d=(\d+)=\n" % self.count)
        self.line.sendall(b"{ %s\n} 2>&1; echo \"=%d=$?=\"\n" %
                          (command.encode(), self.count))
        while True:
            end = mark.search(self.seen)
            if end:
                break
            part = self.line.recv(4096)
            check(part, command + ": the guest is gone")
            self.seen += part
        out = self.seen[:end.start()].decode(errors="replace")
        self.seen = self.seen[end.end():]
        return int(end.group(1)), out.strip()

    def do(self, command):
        status, out = self.ask(command)
        check(status == 0, "%s: %s: %s" % (self.name, command, out))
        return out

    def kill(self):
        """As a power cut: qemu gets no chance to tidy up."""
        for pid in run("pgrep -P %d qemu" % self.proc.pid).stdout.split():
            os.kill(int(pid), signal.SIGKILL)
        self.proc.wait(10)


# What the switch says.

def show(what):
    v = json.loads(must("switchctl -j show " + what))
    while isinstance(v, dict):
        v = next(iter(v.values()))
    return v


def ports(switch):
    """Number of each port by the name of its interface."""
    return {p["name"]: p["port"] for p in show("ports " + switch)}


def port_of(switch, mac):
    """The interface that an address was learned behind."""
    for m in show("macs " + switch):
        if m["mac"] == mac:
            return m["port_name"]
    return None


def flows_of(switch, mac):
    return [f for f in show("flows " + switch) if mac in f["match"]]


# Hosts that are namespaces.

def host(name, iface):
    must("ip netns add " + name)
    must("ip link add %s type veth peer name eth0 netns %s" % (iface, name))
    must("ip link set %s up && ip -n %s link set eth0 up" % (iface, name))
    must("ip -n %s addr add %s/24 dev eth0" % (name, IP[name]))


def do(where, command):
    """In a guest or in a namespace: exit status and output."""
    if where in guests:
        return guests[where].ask(command)
    r = run("ip netns exec %s sh -c '%s'" % (where, command))
    return r.returncode, r.stdout


def ping(a, b, count=2):
    status, out = do(a, "ping -c %d -i 0.2 -W 2 %s" % (count, IP[b]))
    return status == 0 and " 0% packet loss" in out


def reaches(a, b):
    check(any(ping(a, b) for _ in range(4)), "%s cannot reach %s" % (a, b))


def never(a, b):
    check(do(a, "ping -c 1 -W 1 " + IP[b])[0] != 0,
          "%s reaches %s" % (a, b))


def stream(a, b):
    """Send megabytes by TCP; what arrives must be what was sent."""
    data = "for i in 1 2 3 4; do cat /bin/busybox; done"
    # A nc that has nothing to say ends the connection: it shall not know.
    do(b, "(busybox sleep 40 | busybox timeout 40 busybox nc -l -p 5000 | "
       "md5sum > /tmp/sum.%s) > /dev/null 2>&1 < /dev/null &" % b)
    # 0A is LISTEN: connections of before may have the port, too.
    wait_for(b + " listens", lambda: re.search(
        ":1388 0+:0000 0A ", do(b, "cat /proc/net/tcp /proc/net/tcp6")[1]))
    status, out = do(a, "(%s) | busybox timeout 40 busybox nc %s 5000" %
                     (data, IP[b]))
    check(status == 0, "%s: nc: %s" % (a, out))
    out = do(a, "(%s) | md5sum; (%s) | wc -c" % (data, data))[1]
    check(len(out.split()) == 3, out)
    want, _, size = out.split()
    got = wait_for(b + " has it all",
                   lambda: do(b, "cat /tmp/sum.%s" % b)[1].split())[0]
    do(b, "rm -f /tmp/sum.%s" % b)
    check(got == want, "%s to %s: %s bytes, damaged" % (a, b, size))


def received(iface):
    """Frames and bytes that a tap's machine has sent."""
    rx = json.loads(must("ip -j -s link show " + iface))[0]["stats64"]["rx"]
    return rx["packets"], rx["bytes"]


# Tests.

def guest_is_not_attached():
    """Numbers: the uplink's is configured, others are free ones."""
    for g in guests.values():
        g.connect()
    wait_for("three ports", lambda: len(ports("vma")) == 3)
    check(ports("vma")["eth1"] == "1", "the uplink is not 1")
    for g in guests.values():
        g.boot()
    numbers.update(ports("vma"))
    check(sorted(numbers) == ["eth1", "qa0", "qap"], numbers)


def guests_do_not_reach_each_other():
    for a, b in (("v1", "v2"), ("v2", "v1"), ("v1", "h1"), ("h1", "v2")):
        reaches(a, b)


def addresses_are_not_learned():
    for name, tap in (("v1", "qa0"), ("v2", "qap")):
        wait_for(name + " is learned",
                 lambda: port_of("vma", MAC[name]) == tap)
        wait_for("flows of " + name,
                 lambda: len(flows_of("vma", MAC[name])) >= 2)


def offloads_are_off_in_the_guest():
    for g in guests.values():
        out = g.do("ethtool -k eth0")
        for what in ("tx-checksumming", "rx-checksumming",
                     "tcp-segmentation-offload"):
            check(what + ": on" in out, "%s: no %s" % (g.name, what))


def guest_to_guest_tcp_is_damaged():
    stream("v1", "v2")
    stream("v2", "v1")


def guest_and_host_tcp_is_damaged():
    stream("h1", "v1")
    before = received("qa0")
    stream("v1", "h1")
    frames, size = (n - b for n, b in zip(received("qa0"), before))
    # How much a guest puts into one frame is up to its TCP and its haste.
    print("# %d bytes to a frame" % (size / frames))


def restart_of_switchd_changes_numbers():
    must("kill $(pgrep -x -f 'switchd: parent')")
    wait_for("switchd ends", lambda: run("pgrep -f ^switchd:").returncode)
    reaches("v1", "v2")
    must("switchd")
    wait_for("ports again", lambda: ports("vma") == numbers)
    for name, tap in (("v1", "qa0"), ("v2", "qap")):
        wait_for(name + " is known again",
                 lambda: port_of("vma", MAC[name]) == tap)
    reaches("v1", "v2")


def killed_guest_leaves_its_port():
    guests.pop("v1").kill()
    wait_for("the port goes", lambda: sorted(ports("vma")) == ["eth1", "qap"])
    wait_for("its flows go", lambda: not flows_of("vma", MAC["v1"]))
    check(port_of("vma", MAC["v1"]) is None, "the address is still learned")
    reaches("v2", "h1")


def persistent_tap_goes_with_its_guest():
    """The port stays, without a link, and so nobody is behind it."""
    guests.pop("v2").kill()
    wait_for("no link", lambda: [p["link_down"] for p in show("ports vma")
                                 if p["name"] == "qap"] == [True])
    check(ports("vma")["qap"] == numbers["qap"], "another number")
    wait_for("its flows go", lambda: not flows_of("vma", MAC["v2"]))
    check(port_of("vma", MAC["v2"]) is None, "the address is still learned")


def guest_that_comes_back_gets_another_number():
    Guest("v1", "qa0")
    Guest("v2", "qap")
    for g in guests.values():
        g.connect()
    for g in guests.values():
        g.boot()
    wait_for("the ports", lambda: ports("vma") == numbers)
    reaches("v1", "v2")
    reaches("h1", "v1")


def guest_does_not_move():
    """To the other switch, by a new name of its tap, while it runs."""
    must("ip link set qa0 down && ip link set qa0 name qb0 && "
         "ip link set qb0 up")
    wait_for("the old port goes", lambda: "qa0" not in ports("vma"))
    wait_for("the new one comes", lambda: "qb0" in ports("vmb"))
    reaches("v1", "h2")
    wait_for("it is learned there",
             lambda: port_of("vmb", MAC["v1"]) == "qb0")
    wait_for("its flows go", lambda: not flows_of("vma", MAC["v1"]))
    check(port_of("vma", MAC["v1"]) is None, "it is still at the old switch")
    never("v1", "h1")
    never("v2", "v1")
    reaches("v2", "h1")


def guest_does_not_move_back():
    must("ip link set qb0 down && ip link set qb0 name qa0 && "
         "ip link set qa0 up")
    wait_for("the ports of before", lambda: ports("vma") == numbers)
    wait_for("the other is gone", lambda: sorted(ports("vmb")) == ["eth2"])
    reaches("v1", "v2")
    wait_for("it is learned here",
             lambda: port_of("vma", MAC["v1"]) == "qa0")
    wait_for("its flows go", lambda: not flows_of("vmb", MAC["v1"]))


TESTS = (
    guest_is_not_attached, guests_do_not_reach_each_other,
    addresses_are_not_learned, offloads_are_off_in_the_guest,
    guest_to_guest_tcp_is_damaged, guest_and_host_tcp_is_damaged,
    restart_of_switchd_changes_numbers, killed_guest_leaves_its_port,
    persistent_tap_goes_with_its_guest,
    guest_that_comes_back_gets_another_number, guest_does_not_move,
    guest_does_not_move_back)


def inside():
    readme.become_private()
    with open("/etc/switchd.conf", "w") as f:
        f.write(CONF)
    must("ip tuntap add qap mode tap vnet_hdr")
    Guest("v1", "qa0")
    Guest("v2", "qap")
    host("h1", "eth1")
    host("h2", "eth2")
    must("switchd")
    for test in TESTS:
        fault = None
        try:
            test()
        except (Failed, OSError, ValueError) as e:
            fault = str(e) or repr(e)
        case("qemu: " + test.__name__, fault)
        if fault:
            for g in guests.values():
                print("\n".join("# " + line for line in
                                open(g.path + ".log").read().split("\n")))
        if readme.failed:
            break
    for g in guests.values():
        g.proc.terminate()
        g.proc.wait(10)
    return 1 if readme.failed else 0


if __name__ == "__main__":
    if sys.argv[1:] == ["inside"]:
        sys.exit(inside())
    with tempfile.TemporaryDirectory(prefix="qemu-") as d:
        os.environ["TMPDIR"] = d
        sys.exit(readme.outside(os.path.abspath(__file__)))
