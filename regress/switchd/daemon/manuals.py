#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
#
# manuals.py: the commands of the manual pages, typed in as they stand there.
#
# Each is run in namespaces of its own (see readme.py), after what its page
# takes for granted - interfaces, a daemon, an Open vSwitch - and what it should
# bring about is looked at.  A command that stands in a page and is neither
# tried here nor named as tried elsewhere is a fault, so none is forgotten.
# That examples of configurations are accepted, config/pages.py sees.

import json
import os
import re
import shutil
import signal
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)) + "/../config")
import pages  # noqa: E402
import readme  # noqa: E402
from readme import case, run, shows  # noqa: E402

# In the kernel, which has its tests in virtual machines: kernel/run.
ELSEWHERE = ("ip link add switch0 type switch",
             "ip link set eth1 master switch0")
PROGRAMS = ("switchd", "switchctl", "uswitch", "ip", "for", "ovs-ofctl",
            "ovs-vsctl")
NO_ROWS = ("groups", "meters", "queues")
tried = set()


def displays(page):
    """(heading, text) of each literal display."""
    for head, _, text in pages.page_examples(readme.TOP + "/share/man/" +
                                             page):
        yield head, text


def commands(page):
    """Those of each display that are for a shell here, by display."""
    for head, text in displays(page):
        lines = [re.sub("^# ", "", line) for line in text.splitlines()]
        found = [x for x in lines if x.split()[:1] and
                 x.split()[0] in PROGRAMS and "{" not in x]
        if found and head != "The link":
            yield found


def configuration(heading):
    return "".join(text for head, text in displays("switchd.conf.5")
                   if head == heading and not text.startswith("# "))


def step(page, command, expected=None):
    """Run it; a fault unless it succeeds and its output is as expected."""
    tried.add((page, command))
    r = run(command)
    fault = None if r.returncode == 0 else \
        "exit status %d: %s" % (r.returncode, r.stdout.strip())
    if fault is None and expected is not None and \
            not re.search(expected, r.stdout):
        fault = r.stdout.strip() or "it says nothing"
    case("%s: %s: does not work" % (page, command), fault)


def host(name, peer, addr):
    """A namespace with eth0, whose other end is peer here."""
    for c in ("ip netns add " + name,
              "ip link add %s type veth peer name eth0 netns %s" %
              (peer, name),
              "ip -n %s addr add %s/24 dev eth0" % (name, addr),
              "ip -n %s link set eth0 up" % name):
        subprocess.run(c.split(), check=True)


def reaches(name, addr):
    return "ip netns exec %s ping -c 1 -W 1 %s" % (name, addr)


def end_uswitch():
    run("kill $(cat /run/switch0.pid)")
    case("uswitch does not end when told to",
         shows("ls /run/switch0 /run/switch0.ctl || true", "switch0.ctl.*No "))


def uswitch_page():
    page = "uswitch.8"
    tunnel, flood, tap = commands(page)
    for c in tunnel:
        step(page, c)
    host("p1", "eth1", "192.0.2.11")
    host("p2", "eth2", "192.0.2.12")
    for c in flood:
        step(page, c)
    run("ip link set switch0 up")
    for addr in ("192.0.2.12", "192.0.2.1"):
        case("%s: its first switch does not flood to %s" % (page, addr),
             shows(reaches("p1", addr), " 1 received"))
    end_uswitch()
    for c in tap:
        step(page, c)
    case(page + ": its tap is not up in the namespace",
         shows("ip -n h1 link show h1", r"state UP|LOWER_UP"))
    end_uswitch()
    run("ip netns del h1")


CONF = """switch "switch0" {
	interface "eth1" port 1
	interface "eth2" port 3
}
"""


def daemon_is_up():
    return shows("switchctl show switches", r"switch0.*\bup\b", 30)


def switchd_page():
    page = "switchd.8"
    check, look = commands(page)
    with open("/etc/switchd.conf", "w") as f:
        f.write(CONF)
    shutil.copy("/etc/switchd.conf", "/mnt/test.conf")
    run("switchd")
    case("switchd does not bring up its switch", daemon_is_up())
    expected = {"switchd -n": "^configuration OK\n$", "switchctl reload":
                "done"}
    for c in check:
        step(page, c, expected[c])
    parent = [p["pid"] for p in json.loads(
        run("switchctl -j show processes").stdout) if p["name"] == "parent"]
    os.kill(parent[0], signal.SIGTERM)
    shows("ls /run/switchd.sock || true", "No such")
    # In the foreground, so it ends when we end it.
    tried.update((page, c) for c in look)
    p = subprocess.Popen(look[0].split(), cwd="/mnt", stdin=subprocess.DEVNULL,
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                         text=True)
    fault = daemon_is_up() if len(look) == 1 else "there are other commands"
    p.terminate()
    said = p.communicate(timeout=20)[0]
    case("%s: %s: does not show what happens" % (page, look[0]),
         fault or (None if "uswitch is running already" in said and
                   "switch0: datapath" in said else said))
    run("switchd")
    case("switchd does not find its switch again", daemon_is_up())


def open_vswitch():
    os.makedirs("/run/openvswitch")
    run("rm -rf /etc/openvswitch; mkdir /etc/openvswitch")
    for c in ("ip addr add 192.0.2.1/32 dev lo",
              "ip addr add 192.0.2.7/32 dev lo",
              "ip addr add 2001:db8::1/128 dev lo nodad",
              "ovsdb-tool create /etc/openvswitch/conf.db",
              "ovsdb-server --remote=punix:/run/openvswitch/db.sock "
              "--detach --pidfile --no-chdir",
              "ovs-vsctl --no-wait init",
              "ovs-vswitchd --detach --pidfile --no-chdir",
              "ovs-vsctl --timeout=20 add-br br0 -- set bridge br0 "
              "datapath_type=netdev fail_mode=secure "
              "other_config:datapath-id=0000525400123456"):
        r = run(c)
        if r.returncode != 0:
            raise OSError(c + ": " + r.stdout)


def members(page):
    """Of each row of JSON, against the list of the page."""
    with open(readme.TOP + "/share/man/" + page) as f:
        part = f.read().split(".Ss Members of JSON", 1)[1].split(".El", 1)[0]
    for name, text in re.findall(r"\.It Ql (\w+)\n((?:[^.].*\n)+)", part):
        if name == "monitor":
            continue
        form = "dump switch0 %s" if name in ("desc", "features") else \
            "show %s" if name in ("summary", "processes") else \
            "show %s switch0"
        r = run("switchctl -j " + form % name)
        rows = json.loads(r.stdout or "[]")
        rows = rows if isinstance(rows, list) else [rows]
        told = set(re.findall(r"\w+", re.sub(r"rx_ and tx_ (.*)", lambda m:
                   " ".join(x + y for x in ("rx_", "tx_") for y in
                            re.findall(r"\w+", m.group(1))), text)))
        left = sorted({k for row in rows for k in row} - told)
        case("%s: members of %s are not told" % (page, name),
             ", ".join(left) or (None if rows or name in NO_ROWS else
                                 "there are no rows"))


def switchctl_page():
    page = "switchctl.8"
    (add,), (macs,), (dump,) = commands(page)
    shows(reaches("p1", "192.0.2.12"), " 1 received")
    step(page, add, "done")
    case("%s: %s: the flow is not there" % (page, add),
         shows("switchctl show flows switch0",
               r"priority=100.*in_port=3.*actions=drop"))
    step(page, macs, r'"mac":')
    try:
        n = len(json.loads(run(macs).stdout))
    except ValueError as e:
        n = e
    members(page)
    case("%s: %s: no program can read it" % (page, macs),
         None if n == 2 else "%s addresses" % n)
    run("ovs-vsctl --timeout=20 set bridge br0 protocols=OpenFlow13 -- "
        "set-controller br0 ptcp:6653")
    shows("ss -ltn", ":6653 ")
    # Through the daemon, which runs and does not know it.
    step(page, dump, "Open vSwitch")
    run("ovs-vsctl --timeout=20 del-controller br0")
    shows("ss -ltn | grep -c :6653 || true", "^0$")


def certificates():
    """As the page makes them; the hash by its command."""
    page = "switchd.conf.5"
    make, digest = [text.replace("\\\n", " ") for head, text in displays(page)
                    if head == "Certificates"]
    step(page, "set -e\n" + re.sub("^# ", "", make, flags=re.M))
    ssl = "/etc/ssl/switchd/"
    for f in ("key", "cert", "ca"):
        shutil.copy(ssl + f + ".pem", "/etc/")
    r = run("cd /etc && cp cert.pem branch.pem && " + digest[2:])
    case(page + ": its command for a hash does not work",
         None if r.returncode == 0 else r.stdout)
    return r.stdout.split()[0]


def mininet(page):
    """Its two switches by hand, and a host more at the second."""
    made = [d for d in commands(page) if d[0] == "ip netns add h1"][0]
    with open("/etc/switchd.conf", "w") as f:
        f.write(CONF + configuration("Mininet"))
    r = run("switchctl reload")
    case(page + ": its example of mininet is not taken",
         r.returncode and r.stdout)
    for c in made:
        step(page, c)
    host("h2", "s2-eth1", "10.0.0.2")
    run("ip link set s2-eth1 up")
    case(page + ": hosts of its two switches do not reach each other",
         shows("ip netns exec h1 ping -c 1 -W 1 10.0.0.2", " 1 received", 30))


def conf_page():
    page = "switchd.conf.5"
    plain, tls = [d for d in commands(page) if d[0].startswith("ovs-")]
    for c in [x for d in commands(page) for x in d if x in ELSEWHERE]:
        tried.add((page, c))
    open_conf = configuration("Open vSwitch")
    with open("/etc/switchd.conf", "w") as f:
        # Not twice the same address, as the example's variants would have.
        f.write(CONF + "listen on 192.0.2.1\n" +
                re.search(r'switch "rack1" .*?^}\n', open_conf,
                          re.S | re.M).group(0))
    r = run("switchctl reload")
    case(page + ": its example of Open vSwitch is not taken",
         r.returncode and r.stdout)
    for c in plain:
        step(page, c)
    case(page + ": Open vSwitch does not connect as it says",
         shows("switchctl show switches", r"rack1.*\bup\b.*1\.3.*tcp:", 30))
    pin = certificates()
    text = re.sub("(SHA256:\\\\?\n?)[0-9a-f]+", r"\g<1>" + pin,
                  configuration("TLS, both ways"))
    text = text.replace("0x00000000000000b1", "0x0000525400123456")
    with open("/etc/switchd.conf", "w") as f:
        f.write(CONF + re.sub(r'^switch "listens" .*?^}\n', "", text,
                              flags=re.S | re.M))
    r = run("switchctl reload")
    case(page + ": its example of TLS is not taken", r.returncode and r.stdout)
    for c in tls:
        step(page, c)
    case(page + ": Open vSwitch does not connect with TLS as it says",
         shows("switchctl show switches", r"branch.*\bup\b.*tls:", 30))
    mininet(page)


def nothing_forgotten():
    left = [(p, c) for p in ("switchd.conf.5", "switchd.8", "switchctl.8",
                             "uswitch.8")
            for d in commands(p) for c in d if (p, c) not in tried]
    case("a command of a page is not tried",
         "; ".join("%s: %s" % x for x in left))


def inside():
    readme.become_private()
    uswitch_page()
    switchd_page()
    open_vswitch()
    switchctl_page()
    conf_page()
    nothing_forgotten()
    return 1 if readme.failed else 0


if __name__ == "__main__":
    sys.exit(inside() if sys.argv[1:] == ["inside"] else
             readme.outside(os.path.abspath(__file__)))
