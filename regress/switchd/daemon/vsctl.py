#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
#
# vsctl.py: our ovs-vsctl, called as libvirt calls it.
#
# The calls are those of libvirt's virnetdevopenvswitch.c, old and new; switch0
# is the one of README.md.  Guests are namespaces behind taps (tapvm), in namespaces of our own as in readme.py.

import json
import os
import re
import subprocess
import sys

sys.dont_write_bytecode = True
import readme
from readme import OBJ, case, run, shows

CONF = """
switch "switch1" {
	host user
	interface "eth2" port 1
	interface "vnet*" alias "ovs:switch1 *" protected 1
}
switch "closed" {
	host user
}
"""
UUID = "c7a5fdbd-edaf-9455-926a-d65c16db1800"
IDS = {"attached-mac": "52:54:00:71:b1:b6", "iface-id": UUID, "vm-id": UUID}


def vsctl(*argv):
    return subprocess.run((OBJ + "/vsctl/ovs-vsctl",) + argv, text=True,
                          stdin=subprocess.DEVNULL, capture_output=True,
                          timeout=30)


# libvirt's calls.

def add(bridge, port, vlan=(), profile=None, timeout=5):
    ids = ["external-ids:%s=\"%s\"" % i for i in IDS.items()]
    if profile:
        ids.append("external-ids:port-profile=\"%s\"" % profile)
    ids.append("external-ids:iface-status=active")
    argv = ["--timeout=%d" % timeout, "--", "--may-exist", "add-port", bridge,
            port, *vlan]
    for i in ids:
        argv += ["--", "set", "Interface", port, i]
    return vsctl(*argv)


def add_anew(bridge, port):
    """As libvirt did before 0.10."""
    return vsctl("--timeout=5", "--", "--if-exists", "del-port", port, "--",
                 "add-port", bridge, port, "--", "set", "Interface", port,
                 "external-ids:iface-status=active")


def remove(port):
    return vsctl("--timeout=5", "--", "--if-exists", "del-port", port)


def data_get(port, *option):
    return vsctl("--timeout=5", *option, "get", "Interface", port,
                 "external_ids:PortData")


def data_set(port, data):
    return vsctl("--timeout=5", "set", "Interface", port,
                 "external_ids:PortData=" + data)


def statistics(port):
    return vsctl("--timeout=5", "--if-exists", "--format=list",
                 "--data=json", "--no-headings", "--columns=statistics",
                 "list", "Interface", port)


def master(port):
    return vsctl("--timeout=5", "iface-to-br", port)


def vhost(path):
    return vsctl("--timeout=5", "--no-headings", "--columns=name", "find",
                 "Interface", "options:vhost-server-path=" + path)


def vlan_clear(port):
    return vsctl("--timeout=5", "--", "--if-exists", "clear", "Port", port,
                 "tag", "--", "--if-exists", "clear", "Port", port, "trunk",
                 "--", "--if-exists", "clear", "Port", port, "vlan_mode")


# Verdicts.

def good(name, r, out=""):
    case(name, None if r.returncode == 0 and r.stdout == out else
         "%d: %s%s" % (r.returncode, r.stdout, r.stderr.strip()))


def bad(name, r, why):
    case(name, None if r.returncode == 1 and why in r.stderr else
         "%d: %s%s" % (r.returncode, r.stdout, r.stderr.strip()))


def must(command):
    r = run(command)
    if r.returncode:
        case("vsctl: the lab can be built", command + ": " + r.stdout)
        sys.exit(1)
    return r.stdout


def ports(switch):
    out = must("switchctl show ports " + switch).splitlines()[1:]
    return {line.split()[1]: line.split()[0] for line in out}


def alias(port):
    return json.loads(must("ip -j link show " + port))[0].get("ifalias")


def reaches(ns, addr):
    return any(run("ip netns exec %s ping -c 1 -W 1 %s" % (ns, addr))
               .returncode == 0 for _ in range(8))


def build():
    readme.become_private()
    with open(readme.TOP + "/README.md") as f:
        part = f.read().split("### Virtual machines\n", 1)[1]
    conf = re.search(r"(?:^    .*\n)+", part, re.M).group(0)
    with open("/etc/switchd.conf", "w") as f:
        f.write(conf + CONF)
    for n, port in (("1", "eth1"), ("2", "eth2")):
        ns = "up" + n
        must("ip netns add %s && ip link add %s type veth peer name eth0 "
             "netns %s && ip link set %s up && ip -n %s link set eth0 up && "
             "ip -n %s addr add 10.0.0.%s/24 dev eth0" %
             (ns, port, ns, port, ns, ns, n))
    must("switchd")
    for n in ("0", "1"):
        must("ip netns add g" + n)
        subprocess.Popen((OBJ + "/tool/tapvm", "vnet" + n, "g" + n, "eth0"),
                         stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        case("vsctl: the lab can be built",
             shows("ip -n g%s link show eth0" % n, "eth0"))
        must("ip -n g%s addr add 10.0.0.1%s/24 dev eth0 && "
             "ip -n g%s link set eth0 up" % (n, n, n))
    for s in ("switch0", "switch1"):
        shows("switchctl show switches " + s, r"\bup\b")


def attaching():
    case("a tap is attached before anybody asks",
         "vnet0" in ports("switch0") and "it is")
    good("libvirt cannot add a port", add("switch0", "vnet0", profile="gold"))
    case("add-port returns before the port is there",
         None if ports("switch0") == {"eth1": "1", "vnet0": "2",
                                   "switch0": "LOCAL"} else
         ports("switch0"))
    case("a machine of libvirt reaches nobody",
         None if reaches("g0", "10.0.0.1") else "no answer")
    good("a port cannot be added again", add("switch0", "vnet0"))
    bad("one port is of two bridges", add("switch1", "vnet0"),
        "already exists on bridge switch0")
    good("the bridge of a port is not found", master("vnet0"), "switch0\n")
    bad("an interface of no bridge has one", master("vnet1"), "no port")
    for key, value in IDS.items():
        good("an id is forgotten: " + key, vsctl(
            "--timeout=5", "get", "Interface", "vnet0",
            "external_ids:" + key), '"%s"\n' % value)
    case("an id is not in the alias", None if all(
        "%s=%s" % i in alias("vnet0") for i in IDS.items()) else
        alias("vnet0"))


def migrating():
    bad("data that nobody set is there", data_get("vnet0"), "no key")
    good("--if-exists does not hold for data",
         data_get("vnet0", "--if-exists"), "\n")
    good("data of a migration is not taken", data_set("vnet0", "abc-1"))
    good("data of a migration is lost", data_get("vnet0"), "abc-1\n")
    case("data takes the ids away",
         None if UUID in alias("vnet0") else alias("vnet0"))
    bad("data is cut", data_set("vnet0", "x" * 200), "keeps no more")
    good("refused data is kept", data_get("vnet0"), "abc-1\n")
    case("setting data detaches the port",
         None if "vnet0" in ports("switch0") else "it is gone")


def asking():
    r = statistics("vnet0")
    try:
        stats = dict(json.loads(r.stdout)[1])
    except ValueError:
        stats = {}
    case("libvirt cannot read counters", None if all(
        stats.get(k, 0) > 0 for k in ("rx_bytes", "rx_packets", "tx_bytes",
                                      "tx_packets")) else r.stdout)
    good("counters of no port are an error", statistics("vnet9"))
    good("a vhost-user port is found", vhost("/run/vhost.sock"))
    good("VLANs that are none cannot be cleared", vlan_clear("vnet0"))


def refusing():
    for vlan in (["tag=42"], ["trunk=1,2"],
                 ["vlan_mode=native-tagged", "tag=3", "trunk=3,4"]):
        bad("a VLAN is promised and not given: " + vlan[0],
            add("switch0", "vnet1", vlan), "has no VLANs of ports")
    bad("an unknown bridge is taken", add("br0", "vnet1"),
        "no bridge named br0")
    bad("an unknown interface is taken", add("switch0", "vnet9"),
        "vnet9: no such interface")
    bad("a switch without a line for it takes a port",
        add("closed", "vnet1", timeout=1), "switchd.conf needs a line")
    case("a refused port keeps the alias",
         "alias " + alias("vnet1") if alias("vnet1") else None)
    bad("an unknown command is taken", vsctl("add-br", "br0"),
        "not among the commands")
    bad("quality of service is promised", vsctl(
        "--timeout=5", "set", "Port", "vnet0", "qos=@qos1", "--",
        "--id=@qos1", "create", "qos", "type=linux-htb"), "only the ext")
    must("ip link set vnet1 alias 'mine'")
    bad("somebody's alias is overwritten", add("switch0", "vnet1"),
        "has an alias already")
    must("ip link set vnet1 alias ''")


def moving():
    good("a port cannot be added anew", add_anew("switch0", "vnet1"))
    must("kill $(pgrep -x -f 'switchd: parent')")
    shows("pgrep -f ^switchd: || echo none", "^none$")
    must("switchd")
    case("ports are others after a restart", shows(
        "switchctl show ports switch0", r"(?s)^2 +vnet0\b.*^3 +vnet1\b"))
    good("a port cannot be removed", remove("vnet1"))
    case("del-port returns before the port is gone",
         "vnet1" in ports("switch0") and "it is there")
    case("a removed port keeps its alias", alias("vnet1"))
    good("a port that is none cannot be removed", remove("vnet1"))
    bad("without --if-exists, no port is removed",
        vsctl("del-port", "vnet1"), "no port")
    good("a port cannot be added to another switch",
         add("switch1", "vnet1"))
    case("it does not reach its switch",
         None if reaches("g1", "10.0.0.2") else "no answer")
    case("it still reaches the old one",
         "it does" if run("ip netns exec g1 ping -c 1 -W 1 10.0.0.1")
         .returncode == 0 else None)


def inside():
    build()
    for part in (attaching, migrating, asking, refusing, moving):
        part()
    return 1 if readme.failed else 0


if __name__ == "__main__":
    sys.exit(inside() if sys.argv[1:] == ["inside"] else
             readme.outside(os.path.abspath(__file__)))
