#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""traffic.py: hosts talk through flows that switchd set, and switchd goes.

Two hosts send each other numbered packets without a pause.  switchd, or one of
its processes, is restarted, killed, or reads its configuration again.  Then
every packet that was sent was received, once and in order; the flows are those
of before, as old as they must be; and none was set again.  All of it over
uswitch, and over Open vSwitch in both versions.  Needs root.

	traffic.py --talk ADDRESS PEER		a host, until its input ends
"""
import json
import os
import select
import socket
import struct
import subprocess
import sys
import time

TOP = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, TOP)
sys.path.insert(0, TOP + "/../bench")
import switchd as sd  # noqa: E402
import peers  # noqa: E402

UDP = 7770
SO_NO_CHECK = 11
PAUSE = 0.004           # s between two packets
QUIET = 0.6             # s without any: that was all
MACS = {i: "02:00:00:00:5d:0%d" % i for i in (1, 2)}
ADDRS = {i: "10.9.7.%d" % i for i in (1, 2)}


def talk(addr, peer):
    """Send and receive.  Prints what was sent, received, and came twice or
    out of order."""
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
    # Open vSwitch in userland does not fill in checksums.
    s.setsockopt(socket.SOL_SOCKET, SO_NO_CHECK, 1)
    s.bind((addr, UDP))
    s.setblocking(False)
    sent = received = wrong = 0
    last = -1
    print("ready", flush=True)
    sys.stdin.readline()
    due = heard = time.monotonic()
    ending = False
    while not ending or time.monotonic() < heard + QUIET:
        now = time.monotonic()
        if not ending and now >= due:
            s.sendto(struct.pack("!Q", sent), (peer, UDP))
            sent += 1
            due = max(due + PAUSE, now)
        wait = QUIET if ending else max(0, due - now)
        for f in select.select([s] + ([] if ending else [0]), [], [],
                               wait)[0]:
            if f == 0:
                ending = True
                heard = time.monotonic()
                continue
            n = struct.unpack("!Q", s.recv(8))[0]
            received += 1
            wrong += n <= last
            last = n
            heard = time.monotonic()
    print(json.dumps([sent, received, wrong]), flush=True)


class Talk:
    """Both hosts, while a test does something."""

    def __enter__(self):
        self.procs = [subprocess.Popen(
            ["ip", "netns", "exec", "swfn%d" % i, sys.executable,
             os.path.abspath(__file__), "--talk", ADDRS[i], ADDRS[3 - i]],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            for i in (1, 2)]
        for p in self.procs:
            sd.check(p.stdout.readline() == "ready\n", "a host is mute")
        for p in self.procs:
            p.stdin.write("go\n")
            p.stdin.flush()
        time.sleep(0.5)
        return self

    def __exit__(self, *_):
        for p in self.procs:
            p.stdin.close()
        self.said = [json.loads(p.stdout.readline() or "null")
                     for p in self.procs]
        for p in self.procs:
            p.wait(10)

    def check(self):
        a, b = self.said
        for one, other in ((a, b), (b, a)):
            sd.check(one[0] > 100, "only %d packets" % one[0])
            sd.check(one[0] == other[1] and one[2] == 0,
                     "%d packets were sent, %d received, %d out of order" %
                     (one[0], other[1], other[2]))


def hosts():
    for i in (1, 2):
        sd.sh("ip", "netns", "add", "swfn%d" % i)
        sd.sh("ip", "link", "add", "swf%d" % i, "type", "veth", "peer",
              "name", "eth0", "netns", "swfn%d" % i)
        sd.sh("ip", "link", "set", "swf%d" % i, "up")
        ns = ["ip", "-n", "swfn%d" % i]
        sd.sh("ip", "netns", "exec", "swfn%d" % i, "sysctl", "-qw",
              "net.ipv6.conf.all.disable_ipv6=1", ok=False)
        sd.sh(*ns, "link", "set", "eth0", "address", MACS[i], "up")
        sd.sh(*ns, "addr", "add", ADDRS[i] + "/24", "dev", "eth0")
        sd.sh(*ns, "neigh", "add", ADDRS[3 - i], "lladdr", MACS[3 - i], "dev",
              "eth0")


def learned(name):
    """The flows that carry what the hosts say."""
    def there():
        with Talk():
            pass
        return len([f for f in flows(name) if "eth_dst=02" in f or
                    "eth_src=02" in f]) >= 2
    sd.wait_for("the hosts are learned", there, 30)
    # Nothing that was begun before is left to do.
    sd.wait_for("quiet", lambda: settled(name), 30)


def settled(name):
    before = counters(name)
    time.sleep(1.2)
    return counters(name) == before and all(
        age > 1 for age in flows(name).values())


def flows(name):
    """Our flows: what they say, and how old they are."""
    rows = json.loads(sd.ctl("-j", "switch", name, "show", "flows"))
    return {" ".join(str(r[k]) for k in ("table", "priority", "cookie",
                                         "match", "instructions")):
            r["duration"] for r in rows}


def counters(name):
    rows = json.loads(sd.ctl("-j", "switch", name, "show", "counters"))
    return {r["name"]: r["value"] for r in rows
            if r["name"] in ("flow_mod", "packet_in", "mac_learned")}


def up(name):
    return any(s["name"] == name and s["state"] == "up"
               for s in sd.show("switches"))


def crash():
    children = [sd.processes()[n]["pid"] for n in sd.CHILDREN]
    sd.daemon.kill()
    sd.daemon.wait()
    # They end by themselves, and one has a listener until then.
    sd.wait_for("the children end", lambda: not any(
        os.path.exists("/proc/%d" % pid) for pid in children))
    sd.start()


def restart():
    sd.stop()
    sd.start()


def death_of_ofp():
    sd.kill("ofp")


def death_of_others():
    sd.kill("ofcconn")
    sd.kill("control")


def reloads():
    """Nothing new; a listener and a switch more; and less again."""
    sd.ctl("reload")
    with open(sd.CONF, encoding="ascii") as f:
        before = f.read()
    sd.conf(before + "listen on 127.0.0.1 port %d\nswitch swdc external {\n"
            "\tconnect tcp:127.0.0.1:1\n}\n" % sd.port())
    sd.ctl("reload")
    time.sleep(0.5)
    sd.conf(before)
    sd.ctl("reload")


EVENTS = [("a_restart", restart, True), ("a_crash", crash, True),
          ("the_death_of_ofp", death_of_ofp, True),
          ("the_death_of_ofcconn_and_control", death_of_others, False),
          ("a_reload", reloads, False)]


def event(name, what, anew):
    """What happens while hosts talk changes nothing for them.  anew: the
    switch is connected once more, and counters begin at zero."""
    before, counted, since = flows(name), counters(name), time.monotonic()
    with Talk() as t:
        what()
        sd.wait_for("the switch is up", lambda: up(name), 30)
        time.sleep(0.7)
    t.check()
    passed = time.monotonic() - since
    after = flows(name)
    sd.check(set(before) <= set(after), "flows are gone: %s" %
             (set(before) - set(after)))
    for flow, age in before.items():
        sd.check(after[flow] > age + passed - 1.5, "%s is %.1f s old, after "
                 "%.1f s and %.1f" % (flow, after[flow], age, passed))
    now = counters(name)
    sd.check(now == (dict.fromkeys(counted, 0) if anew else counted),
             "%s, before %s" % (now, counted))


def over_uswitch():
    sd.running('switch swda {\n\tinterface "swf[12]"\n}\n')
    sd.wait_for("both ports", lambda: {"swf1", "swf2"} <=
                set(sd.ports("swda")))
    return None


def over_ovs(version):
    p = sd.port()
    sd.running('listen on 127.0.0.1 port %d\nswitch swda external {\n'
               '\tdatapath-id 0x5d\n}\n' % p)
    ovs = peers.Ovs()
    ovs.bridge("swfbr", ["swf1", "swf2"])
    ovs.vsctl("set", "bridge", "swfbr", "protocols=OpenFlow" + version,
              "other_config:datapath-id=000000000000005d", "--",
              "set-controller", "swfbr", "tcp:127.0.0.1:%d" % p, "--", "set",
              "controller", "swfbr", "max_backoff=1000",
              "connection_mode=out-of-band")
    return ovs


def main():
    rc = 0
    sd.prepare()
    hosts()
    for kind, begin in (("uswitch", over_uswitch),
                        ("ovs_13", lambda: over_ovs("13")),
                        ("ovs_10", lambda: over_ovs("10"))):
        ovs = None
        try:
            ovs = begin()
            sd.wait_for("the switch is up", lambda: up("swda"), 30)
            learned("swda")
            tests = []
            for name, what, anew in EVENTS:
                def test(what=what, anew=anew):
                    event("swda", what, anew)
                test.__name__ = "%s_disturbs_hosts_on_%s" % (name, kind)
                tests.append(test)
            rc |= sd.run(tests, False)
        except Exception as e:
            rc = 1
            print("not ok hosts_cannot_talk_on_%s - %r" % (kind, e))
            print("\n".join("    " + x for x in sd.log().split("\n")[-12:]))
        finally:
            if ovs is not None:
                ovs.stop()
            sd.conf("")
            sd.ctl("reload", ok=False)
            sd.stop()
    return rc


if __name__ == "__main__":
    if sys.argv[1:2] == ["--talk"]:
        os.rmdir(sd.DIR)
        talk(*sys.argv[2:])
        sys.exit(0)
    sys.exit(main())
