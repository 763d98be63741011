#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
#
# vms.py: the example of switchd.conf.5 about virtual machines, for real.
#
# Taps with an owner, with an alias, with an address of their own, as the
# page's configuration tells them apart, in namespaces as in readme.py.

import json
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
ADDRESS = {g[0]: "10.0.0.%d" % g[3] for g in GUESTS + (("boxed", "", "", 51),)}
PORTS = "switchctl show ports vms"
LOG = "/run/log"


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


def boxed():
    """A machine whose tap is in the namespace box1, as a second tap1."""
    p = subprocess.Popen(("ip", "netns", "exec", "box1", OBJ + "/tool/tapvm",
                          "tap1", "boxed", "eth0"),
                         stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    if shows("ip -n boxed link show eth0", "eth0"):
        case("vms: the lab can be built", "no eth0 in boxed")
        sys.exit(1)
    must("ip -n boxed addr add %s/24 dev eth0" % ADDRESS["boxed"])
    must("ip -n boxed link set eth0 up")
    return p


def number(name):
    """Of a port in box1; None: it is not there."""
    rows = json.loads(run("switchctl -j show ports vms").stdout)
    found = [r["port"] for r in rows
             if r["name"] == name and r.get("netns") == "box1"]
    return found[0] if len(found) == 1 else None


def same_number(name, no):
    case(name, shows("switchctl -j show ports vms | tr '}' '\\n'",
                     r'"port":"%s","name":"box1/tap1".*"netns":"box1"' % no))
    reaches("boxed", "up", name + ": its machine reaches nobody")


def stop_switchd():
    run("kill $(pgrep -x -f 'switchd: parent')")
    case("switchd does not end when told to",
         shows("pgrep -f ^switchd: || echo none", "^none$"))


def start_switchd():
    subprocess.Popen("exec switchd -d -v >%s 2>&1" % LOG, shell=True,
                     stdin=subprocess.DEVNULL)
    case("switchd does not start",
         shows("switchctl show switches", r"\bvms\b.*\bup\b"))


def away():
    """Taps in another namespace, which comes late, and goes."""
    waits = r"switchd.conf:\d+: network namespace box1: No such file"
    said = re.findall(waits, open(LOG).read())
    case("a namespace that is not there is not said by file and line, once",
         None if len(said) == 1 else said)
    for ns in ("box1", "boxed"):
        must("ip netns add " + ns)
    vm = boxed()
    case("a tap in another namespace is no port",
         shows(PORTS, r"\bbox1/tap1 .*\bbox1$"))
    no = number("box1/tap1")
    case("the namespace of a port is not shown",
         None if no else run("switchctl -j show ports vms").stdout)
    case("a tap of this name in our namespace is no port any more",
         shows(PORTS, r"\btap1\b.* -$"))
    reaches("boxed", "up", "a tap in another namespace is cut off")
    vm.kill()
    case("a port stays when its tap in another namespace is gone",
         shows(PORTS + " | grep -c box1/ || echo gone", "gone"))
    vm = boxed()
    same_number("a tap in another namespace comes back as another port", no)
    stop_switchd()
    reaches("boxed", "up", "a tap in another namespace needs switchd")
    start_switchd()
    same_number("a port changes when switchd starts anew", no)
    case("a port is attached anew when switchd starts",
         "it is" if "port box1/tap1 is attached" in open(LOG).read() else None)
    # The like of it, in a namespace of the same name.
    stop_switchd()
    vm.kill()
    must("ip netns del box1 && ip netns add box1")
    vm = boxed()
    start_switchd()
    same_number("a namespace that was replaced is not seen", no)
    must("ip -n box1 link add wire type veth peer name wire0")
    must("ip -n box1 link set wire0 netns none")
    must("ip netns del box1")
    case("a port stays when the namespace is gone",
         shows(PORTS + " | grep -c box1/ || echo gone", "gone"))
    vm.kill()
    case("a namespace lives on because of its port", shows(
        "ip -n none link show wire0 || echo gone", "gone"))
    must("ip netns add box1")
    must("ip -n box1 tuntap add \"$(printf 'tap\\033c')\" mode tap")
    vm = boxed()
    same_number("a namespace that comes back brings another port", no)
    case("a name of another namespace writes to terminals", "it does" if
         "\033" in open(LOG).read() + run(PORTS).stdout else None)
    ipv6 = "ip netns exec box1 cat /proc/sys/net/ipv6/conf/tap1/disable_ipv6"
    case("a port in another namespace speaks IPv6", shows(ipv6, "^1"))
    must("sed -i /box1/d /etc/switchd.conf && switchctl reload")
    case("a port stays when its line goes",
         shows(PORTS + " | grep -c box1/ || echo gone", "gone"))
    case("a port that was released is left without IPv6", shows(ipv6, "^0"))
    vm.kill()


def crowd():
    """Interfaces come while their socket is full already."""
    parent = "$(pgrep -x -f 'switchd: parent')"
    with open("/run/batch", "w") as f:
        for n in range(1, 13):
            f.write("link add vnet%d type veth peer name peer%d\n" % (n, n))
        for n in range(400):
            f.write("link set eth1 alias %d\n" % n)
    must("kill -STOP %s && ip -b /run/batch; kill -CONT %s" % (parent, parent))
    shows("cat " + LOG, "port vnet2 is attached")
    must("ip link add vnet99 type veth peer name peer99")
    for n in (12, 99):
        case("an interface is missed where many come at once: vnet%d" % n,
             shows(PORTS, r"\bvnet%d\b" % n))
    must("for i in $(seq 12) 99; do ip link del vnet$i; done")


def inside():
    readme.become_private()
    must("useradd -r -M customer1")
    with open(TOP + "/share/man/switchd.conf.5") as f:
        part = f.read().split(HEADING, 1)[1]
    conf = re.search(r"^\.Bd.*\n((?:.*\n)*?)\.Ed$", part, re.M).group(1)
    with open("/etc/switchd.conf", "w") as f:
        f.write(conf)
    start_switchd()
    for g in GUESTS:
        guest(*g)
    # Of an interface that is down, Linux does not tell that it has an alias.
    must("ip link set tap5 alias 'dmz one' && ip link set tap5 up")
    must("ip link set tap6 alias 'dmz two' && ip link set tap6 up")
    for g in GUESTS[:-1]:
        case("an interface that a line speaks of is not attached: " + g[1],
             shows(PORTS, r"\b%s\b" % g[1]))
    case("a tap is attached that no line speaks of",
         "tap9" if "tap9" in run(PORTS).stdout else None)
    case("the port of a line has another number",
         shows(PORTS, r"^1 +eth1\b"))
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
         shows(PORTS + " | grep -c tap6 || echo gone", "gone"))
    crowd()
    away()
    return 1 if readme.failed else 0


if __name__ == "__main__":
    sys.exit(inside() if sys.argv[1:] == ["inside"] else
             readme.outside(os.path.abspath(__file__)))
