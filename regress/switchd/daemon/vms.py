#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
#
# vms.py: the example of switchd.conf.5 about virtual machines, for real.
#
# Taps with an owner, with an alias, with an address of their own, as the
# page's configuration tells them apart, in namespaces as in readme.py.

import os
import re
import subprocess
import sys

sys.dont_write_bytecode = True
import readme
from readme import OBJ, TOP, case, run, shows

HEADING = ".Ss Virtual machines that must not disturb each other\n"
MAC = "02:00:00:00:00:07"
# Namespace, interface of the switch, how its tap is made, last byte of IP.
GUESTS = (
    ("up", "eth1", None, 1),
    ("fixed", "tap7", "", 7),
    ("c1", "tap1", "user customer1", 11),
    ("c2", "tap2", "user customer1", 12),
    ("d1", "tap5", "", 21),
    ("d2", "tap6", "", 22),
    ("lv", "vnet0", None, 31),
    ("none", "tap9", "", 41))
ADDRESS = {g[0]: "10.0.0.%d" % g[3] for g in GUESTS}


def must(command):
    r = run(command)
    if r.returncode:
        case("vms: the lab can be built", command + ": " + r.stdout)
        sys.exit(1)


def guest(ns, port, tap, byte):
    must("ip netns add " + ns)
    if tap is None:
        must("ip link add %s type veth peer name eth0 netns %s" % (port, ns))
        must("ip link set %s up" % port)
    else:
        must("ip tuntap add %s mode tap vnet_hdr %s" % (port, tap))
        subprocess.Popen((OBJ + "/tool/tapvm", port, ns, "eth0"),
                         stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        if shows("ip -n %s link show eth0" % ns, "eth0"):
            case("vms: the lab can be built", "no eth0 in " + ns)
            sys.exit(1)
    if ns == "fixed":
        must("ip -n fixed link set eth0 address " + MAC)
    must("ip -n %s addr add %s/24 dev eth0" % (ns, ADDRESS[ns]))
    must("ip -n %s link set eth0 up" % ns)


def ping(a, b):
    return run("ip netns exec %s ping -c 2 -i 0.2 -W 1 %s" %
               (a, ADDRESS[b])).returncode == 0


def reaches(a, b, name):
    fault = None if any(ping(a, b) for _ in range(5)) else \
        "%s cannot reach %s" % (a, b)
    case(name, fault)


def never(a, b, name):
    case(name, "%s reaches %s" % (a, b) if ping(a, b) or ping(b, a) else None)


def address(ns, mac):
    must("ip -n %s link set eth0 address %s" % (ns, mac))
    run("ip -n %s neigh flush dev eth0" % ns)


def limited():
    """Behind vnet0 is one address, the one that spoke first."""
    first = run("ip netns exec lv cat /sys/class/net/eth0/address").stdout
    address("lv", "02:00:00:00:00:31")
    # The first frames pass, until the switch is told to drop the others.
    ping("lv", "up")
    counter = "switchctl show counters vms | grep mac_port_limit"
    case("frames of addresses that are too many are not counted",
         shows(counter, r"[1-9]"))
    never("lv", "up", "a port sends from more addresses than it may")
    case("a second address is learned behind a port that may have one",
         "it is" if "02:00:00:00:00:31" in
         run("switchctl show macs vms").stdout else None)
    address("lv", first)
    reaches("lv", "up", "the address that was there first is cut off")


def inside():
    readme.become_private()
    must("useradd -r -M customer1")
    with open(TOP + "/share/man/switchd.conf.5") as f:
        part = f.read().split(HEADING, 1)[1]
    conf = re.search(r"^\.Bd.*\n((?:.*\n)*?)\.Ed$", part, re.M).group(1)
    with open("/etc/switchd.conf", "w") as f:
        f.write(conf)
    must("switchd")
    for g in GUESTS:
        guest(*g)
    # Of an interface that is down, Linux does not tell that it has an alias.
    must("ip link set tap5 alias 'dmz one' && ip link set tap5 up")
    must("ip link set tap6 alias 'dmz two' && ip link set tap6 up")
    ports = "switchctl show ports vms"
    for g in GUESTS[:-1]:
        case("an interface that a line speaks of is not attached: " + g[1],
             shows(ports, r"\b%s\b" % g[1]))
    case("a tap is attached that no line speaks of",
         "tap9" if "tap9" in run(ports).stdout else None)
    case("the port of a line has another number",
         shows(ports, r"^1 +eth1\b"))
    for ns in ("fixed", "c1", "c2", "d1", "d2", "lv"):
        reaches(ns, "up", "a machine does not reach the uplink: " + ns)
    reaches("c1", "d1", "machines of different domains do not meet")
    reaches("lv", "c2", "a machine of no domain is kept from others")
    never("c1", "c2", "machines of one domain meet")
    never("d1", "d2", "machines of one domain of two meet")
    must("ip -n fixed link set eth0 address 02:00:00:00:00:08")
    run("ip -n fixed neigh flush dev eth0")
    never("fixed", "up", "a locked port sends from another address")
    must("ip -n fixed link set eth0 address " + MAC)
    reaches("fixed", "up", "a locked port does not send from its address")
    limited()
    must("ip link set tap6 alias ''")
    case("a tap without its alias is still attached",
         shows(ports + " | grep -c tap6 || echo gone", "gone"))
    return 1 if readme.failed else 0


if __name__ == "__main__":
    sys.exit(inside() if sys.argv[1:] == ["inside"] else
             readme.outside(os.path.abspath(__file__)))
