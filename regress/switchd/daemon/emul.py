#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""emul.py [model[:option] ...]: switchd with switches of foreign makes, all at once.

Each is an emulator (regress/switchd/emul) that refuses what the real one
refuses; hosts behind its ports must reach each other whatever happens.  Open
vSwitch and uswitch are there as well, with the same hosts behind taps.  The
cases are the columns of the matrix that is printed at the end, one step after
the other for all switches.  A cell is "-" where it cannot be tried: who is
real is not made to send malformed or refuse messages; uswitch has room for a
million flows; a table for one flow is tried for that only.  Rows of the
kernel's switch and of remote controllers are in kernel/guest/peer.sh and
relay.py.  Nothing is left behind.  Needs root.
"""
import atexit
import concurrent.futures
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile

sys.path[0:0] = [os.path.dirname(os.path.abspath(__file__)) + x
                 for x in ("", "/../bench")]
import certs  # noqa: E402
import lab  # noqa: E402
import peers  # noqa: E402
from lab import Failed, check, wait_for  # noqa: E402

OBJ = os.path.abspath(os.environ.get("OBJ", "obj"))
EMUL = OBJ + "/tool/emul"
DIR = SOCK = CONF = LOG = None
# So small that no flow of a host fits, not even all that come first.
TINY = ["single:max=1", "nofeatures:max=1", "mikrotik:max=1", "aruba:max=1"]
VARIANTS = ["nofeatures:delay=300", "hp-v2:max=12", "hp-v2:version=1"] + TINY
REAL = ["ovs10", "ovs13", "ovstls", "uswitch"]
ROLE_SRC, ROLE_DST, ROLE_PAIR = 6, 7, 8
AGE = 4
DPID = 0xe0000
daemon = None

# Where what goes between two known hosts is done, if not in hardware.
WAY = {"hp-v1": "software", "hp-v2:version=1": "software"}
# The tables for flows of hosts, where there are several.
TABLES = {"hp-v1": {200}, "hp-v2": {100}, "hp-v3": {100}, "aruba": {1, 4},
          "c9k": {1, 2}, "comware": {1}, "noviflow": {0, 1}, "pica8": {0},
          "single": {0}, "nofeatures": {0, 1}, "nobarrier": {0, 1}}
MUST_TELL = ("hp-v1", "hp-v2", "hp-v3", "late", "pica8", "byport")
# Ways to make an answer wrong.
SPOILS = 5
# What show profile must say, where it is not as for most.
PROFILE = {"pica8": {"flood": "a group"}, "byport":
           {"flood": "a list of ports"}, "nobarrier": {"barrier": "no"}}
# Errors that 1.0 has another name for.
NAMES10 = {"FLOW_MOD_FAILED/TABLE_FULL": "FLOW_MOD_FAILED/ALL_TABLES_FULL"}
# Flows on a tag never match there: each such frame is the controller's.
UNTAGGED = ("zodiac10", "zodiac13")
# Nothing of theirs is ever full: they have software tables.
NEVER_FULL = ("hp-v1", "hp-v2:version=1")


# The controller.

def ctl(*argv):
    r = subprocess.run([OBJ + "/switchctl", "-s", SOCK, *argv],
                       capture_output=True, text=True, check=False,
                       stdin=subprocess.DEVNULL, timeout=30)
    return r.stdout if r.returncode == 0 else ""


def show(*what):
    return json.loads(ctl("-j", "show", *what) or "[]")


def states():
    return {int(s["datapath_id"], 16): s for s in show("switches")}


def log():
    with open(LOG, encoding="utf-8", errors="replace") as f:
        return f.read()


def start(*argv):
    global daemon
    daemon = subprocess.Popen(
        [OBJ + "/switchd", "-dv", "-f", CONF, "-s", SOCK, "-R", DIR,
         "-S", DIR + "/state", *argv], stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL, stderr=open(LOG, "a", encoding="ascii"))


def stop():
    global daemon
    if daemon is None:
        return
    daemon.send_signal(signal.SIGTERM)
    daemon.wait(20)
    daemon = None


def port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


# The switches.

class Switch:
    skipped = ()
    quiet = "wait quiet 300"

    def __init__(self, model, dpid, target):
        self.name, self.dpid = model, dpid
        self.model, _, option = model.partition(":")
        if option.startswith("delay"):
            self.quiet = "wait quiet 1000"
        self.way = WAY.get(self.model, WAY.get(model, "hardware"))
        self.result = {}
        self.odd_errors = 0
        if model in TINY:
            self.skipped = [c for c in CASES if c not in (learn, errors,
                                                          retries)]
        self.proc = subprocess.Popen(
            [EMUL, "-d", hex(dpid), "-m", self.model] +
            (["-o", option] if option else []) + [target], text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=open(LOG + ".emul", "a", encoding="ascii"))

    def say(self, line):
        """The lines of the answer; None if it was not ok."""
        self.proc.stdin.write(line + "\n")
        self.proc.stdin.flush()
        answer = []
        while True:
            got = self.proc.stdout.readline()
            if got == "":
                raise Failed("the emulator ended at: " + line)
            got = got.rstrip("\n")
            if got == "ok":
                return answer
            if got.startswith("not ok"):
                self.reason = got
                return None
            answer.append(got)

    def do(self, *lines):
        for line in lines:
            if self.say(line) is None:
                raise Failed("%s: %s" % (line, self.reason))

    def ping(self, a, b, what="ping"):
        """The way of the answer."""
        got = self.say("%s %d %d" % (what, a, b))
        check(got is not None, "host %d does not reach host %d" % (a, b))
        return got[0].split()[1]

    def settles(self, a, b):
        """After the first frames, all is done where it should be."""
        for _ in range(3):
            ways = self.ping(a, b), self.ping(b, a)
            if ways == (self.way, self.way):
                return
        raise Failed("hosts %d and %d by %s and %s" % (a, b, *ways))

    def strays(self, n):
        """Frames for others that came to a host."""
        return next(int(h.split()[-1]) for h in self.say("dump hosts")
                    if h.startswith("host %d " % n))

    def counts(self, what="counters"):
        return {k: int(v) for k, v in
                (x.rsplit(" ", 1) for x in self.say("dump " + what))}

    def flows(self):
        return self.say("dump flows")

    def counter(self, name):
        rows = show("counters", hex(self.dpid))
        return next((r["value"] for r in rows if r["name"] == name), 0)

    def macs(self):
        """Numbers of the untagged hosts that the controller knows."""
        return {int(r["mac"][-2:], 16)
                for r in show("macs", hex(self.dpid)) if not r["vlan"]}

    def up(self):
        wait_for(self.model + " is up", lambda: states().get(
            self.dpid, {}).get("state") in ("up", "full"))
        self.openflow = states()[self.dpid]["openflow"]
        self.do(self.quiet)


class Real(Switch):
    """A switch as it is: we have but its hosts, and the controller's word."""

    skipped = ()
    select = None

    def __init__(self, model, letter):
        self.name = self.model = model
        self.way, self.result = "hardware", {}
        self.odd_errors = self.base = 0
        self.connects = 1
        self.tap = "em" + letter
        self.proc = subprocess.Popen(
            [EMUL, "-t", self.tap], text=True, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE)
        self.say("wait quiet 0")        # the taps are there

    def say(self, line):
        w = line.split()
        if w[0] == "limit":
            self.limit(int(w[1]))
        elif w[0] == "disconnect":
            self.connects += 1
            self.disconnect(len(w) > 1)
        elif line == "wait connected":
            self.connect()
        else:
            return super().say(line)
        return []

    @property
    def dpid(self):
        """That of whom select chooses, once it has come."""
        found = [d for d, s in states().items() if self.select(s)]
        return found[0] if found else 0

    def ping(self, a, b, what="ping"):
        super().ping(a, b, what)
        before = self.counter("packet_out")
        super().ping(a, b, "echo")
        return "hardware" if self.counter("packet_out") == before else \
            "controller"

    def counts(self, what="counters"):
        return {"mods": self.base + self.counter("flow_mod"),
                "connects": self.connects}

    def flows(self):
        """As the emulator says it."""
        lines = []
        for f in show("flows", hex(self.dpid)):
            match = re.sub(
                r"(eth_\w+)=([0-9a-f:]{17})(?!/)", lambda m: m[1] + "=" +
                hex(int(m[2].replace(":", ""), 16)), f["match"])
            out = re.findall(r"output:(\d+)", f["instructions"])
            lines.append("flow table %d match %s %s" % (
                f["table"], match, " ".join("out=" + p for p in out)))
        return lines


class Ovs(Real):
    def __init__(self, ovs, model, letter, version, target):
        super().__init__(model, letter)
        self.skipped = (malformed, errors, retries)
        self.ovs, self.target = ovs, target
        self.id = DPID + 0x1000 + ord(letter)
        self.select = lambda s: int(s["datapath_id"], 16) == self.id
        ovs.bridge(model, [self.tap + str(p) for p in range(1, 5)])
        ovs.vsctl("set", "bridge", model, "protocols=" + version,
                  "other_config:datapath-id=%016x" % self.id)
        self.connect()

    def connect(self, target=None):
        self.ovs.vsctl("set-controller", self.model, target or self.target,
                       "--", "set", "controller", self.model,
                       "max_backoff=1000", "connection_mode=out-of-band")

    def disconnect(self, stay):
        # Without any controller it would drop its flows.
        self.connect("tcp:127.0.0.1:1")
        wait_for(self.model + " goes",
                 lambda: states()[self.dpid]["state"] == "down")
        if not stay:
            self.connect()

    def limit(self, n):
        if n == 0:
            self.ovs.vsctl("clear", "bridge", self.model, "flow_tables")
            return
        self.ovs.vsctl("--id=@t", "create", "Flow_Table",
                       "flow_limit=%d" % n, "overflow_policy=refuse", "--",
                       "set", "bridge", self.model, "flow_tables:0=@t",
                       "flow_tables:1=@t")


class Uswitch(Real):
    def __init__(self, model, letter, path):
        super().__init__(model, letter)
        self.skipped = (malformed, table_full, errors, retries)
        self.select = lambda s: s["kind"] == "uswitch"
        ports = ["%s%d=%d" % (self.tap, p, p) for p in range(1, 5)]
        self.uswitch = subprocess.Popen(
            [OBJ + "/uswitch", "-d", "-S", path] +
            [x for p in ports for x in ("-i", p)] + [model],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=open(LOG + ".uswitch", "a", encoding="ascii"))

    def connect(self):
        """By itself: switchd keeps its device open."""

    def disconnect(self, stay):
        ctl("disconnect", hex(self.dpid))


# The cases, in this order.

def learn(sw):
    """hosts_do_not_reach_each_other"""
    sw.up()
    for a, b in ((1, 2), (1, 3), (4, 2)):
        sw.ping(a, b)
    if sw.name in TINY:
        return
    sw.do(sw.quiet)
    sw.settles(1, 2)
    # In a VLAN of their own; the same address elsewhere is another host.
    sw.do("host 31 vlan 5", "host 32 vlan 5")
    sw.ping(31, 32)
    if sw.model not in UNTAGGED:
        sw.settles(31, 32)
    hosts = [f for f in sw.flows() if "=0x2e0000000" in f]
    tables = {int(f.split()[2]) for f in hosts}
    check(sw.openflow == "1.0" or tables == TABLES.get(sw.model, tables), "flows in %s" % tables)
    check(not [f for f in sw.flows() if "=0x253574443" in f],
          "a trial left flows")
    found = {r["name"]: r["value"] for r in
             show("profile", hex(sw.dpid)) if r["why"]}
    said = {"barrier": "yes", "flood": "FLOOD", "ready": "yes",
            **PROFILE.get(sw.model, {})}
    check({"pipeline", "tables"} <= set(found) and
          said.items() <= found.items(), "profile: %s" % found)


def move(sw):
    """a_move_is_not_noticed"""
    sw.settles(1, 2)
    # Another host stays behind at the old port, and must not hear.
    sw.do("host 10 port 2", "host 2 port 3", "host 2 send arp who-has 1",
          "expect host 1 arp from 2", "expect host 10 arp from 2",
          sw.quiet)
    # 1.0 cannot name them: they are read back first, once a second.
    wait_for("flows to the old port go", lambda: not
             [f for f in sw.flows() if "eth_dst=0x2e000000002" in f and
              "out=2" in f])
    sw.settles(1, 2)
    strays = sw.strays(10)
    sw.settles(1, 2)
    sw.do("expect no host 10 echo from 1")
    check(sw.strays(10) == strays, "frames still go to the old port")
    sw.do("host 2 port 2", "host 2 send arp who-has 1", sw.quiet)
    sw.settles(1, 2)


def port_down(sw):
    """flows_to_a_dead_port_stay"""
    sw.settles(1, 2)
    sw.do("port 2 down", sw.quiet)
    wait_for("flows to the dead port go", lambda: not
             [f for f in sw.flows() if "eth_dst=0x2e" in f and
              "out=2" in f])
    sw.do("host 2 port 3")
    sw.settles(1, 2)
    sw.do("host 2 port 2", "port 2 up", "host 2 send arp who-has 1")
    sw.settles(1, 2)


def malformed(sw):
    """malformed_messages_do_harm"""
    before = sw.counts()
    got = sw.counter("error_received")
    sw.do("malformed", sw.quiet)
    sw.odd_errors = sw.counter("error_received") - got
    sw.settles(1, 2)
    after = sw.counts()
    check(after["connects"] == before["connects"], "it was disconnected")
    check(states()[sw.dpid]["state"] == "up", "it is not up any more")
    # Answers as well, each model in another way; then all is forgotten.
    sw.do("spoil %d" % (sw.dpid % SPOILS + 1), "disconnect")
    sw.up()
    try:
        # Who needs its tables or ports to be known has to tell.
        if sw.model not in MUST_TELL:
            sw.ping(1, 2)
            sw.ping(2, 4)
    finally:
        sw.do("spoil 0", "disconnect")
    sw.up()
    sw.settles(1, 2)


def table_full(sw):
    """a_full_table_cuts_hosts_off"""
    full = sw.counter("flow_table_full")
    sw.do("limit 8")
    # Host n is behind port (n - 1) % 4 + 1.
    pairs = [(n, (1, 2, 1, 1)[n % 4]) for n in range(5, 17)]
    for a, b in pairs:
        sw.ping(a, b)
        sw.ping(b, a)
    sw.do(sw.quiet)
    # It is "full" until there is room for more, which may be by now.
    check(sw.name in NEVER_FULL or sw.counter("flow_table_full") > full,
          "nothing was full")
    mods = sw.counts()["mods"]
    for a, b in pairs:
        sw.ping(a, b)
    more = sw.counts()["mods"] - mods
    check(more <= 120, "%d flow mods more" % more)
    # Who talks gets what the others do not use.
    a, b = pairs[0]
    wait_for("who talks is in hardware", lambda: all(
        sw.ping(*p) == sw.way for p in ((a, b), (b, a), (a, b))), 30)
    sw.do("limit 0", "disconnect")
    sw.up()
    for a, b in pairs:
        sw.settles(a, b)


def reconnect(sw):
    """flows_do_not_survive_a_reconnect"""
    sw.settles(1, 2)
    sw.do(sw.quiet)
    before = sw.counts()
    sw.do("disconnect 1500")
    check(sw.ping(1, 2, "echo") == sw.way, "not while disconnected")
    sw.do("wait connected")
    sw.up()
    sw.settles(1, 2)
    after = sw.counts()
    check(after["connects"] == before["connects"] + 1, "once more")
    new = after["mods"] - before["mods"]
    check(new == 0, "%d flow mods" % new)


def snapshot(sw):
    """flows_are_not_all_there"""
    sw.do("disconnect")
    sw.up()
    sw.before = sw.counts()
    # With 1.0, flows that name no source do not tell how it floods: that is
    # tried anew, by a flow of nobody that goes again.
    sw.trial = 0
    if sw.openflow == "1.0" and not [f for f in sw.flows() if "eth_src=" in f]:
        sw.trial = 2


def restart_before(sw):
    """flows_do_not_work_without_switchd"""
    check(sw.ping(1, 2, "echo") == sw.way, "not without switchd")


def restart(sw):
    """flows_do_not_survive_a_restart"""
    sw.up()
    sw.settles(1, 2)
    new = sw.counts()["mods"] - sw.before["mods"]
    check(new in (0, sw.trial), "%d flow mods" % new)
    check({1, 2} <= sw.macs(), "hosts are unknown")


def age(sw):
    """hosts_never_age"""
    sw.up()
    sw.settles(1, 2)
    check({1, 2} <= sw.macs(), "hosts are unknown")
    wait_for("all hosts go", lambda: not sw.macs(), 3 * AGE + 5)
    wait_for("their flows go",
             lambda: not [f for f in sw.flows() if "eth_src=" in f], AGE + 5)
    sw.settles(1, 2)


def errors(sw):
    """errors_are_not_counted_or_not_named"""
    sent = sw.counts("errors")
    got = sw.counter("error_received") - sw.odd_errors
    check(got == sum(sent.values()), "%d counted, but %s" % (got, sent))
    name = states()[sw.dpid]["name"]
    lines = [x for x in log().split("\n") if name + ": " in x]
    for e in sent:
        e = NAMES10.get(e, e) if sw.openflow == "1.0" else e
        check(any(e in x for x in lines), e + " is not in the log")


def retries(sw):
    """what_is_refused_is_sent_for_ever"""
    most = sw.counts("failed")["most"]
    check(most <= 3 * sw.counts()["connects"] + 3,
          "one message was refused %d times" % most)


CASES = [learn, move, port_down, malformed, reconnect, table_full, errors,
         restart, age, retries]
COLUMNS = [learn, move, age, port_down, table_full, reconnect, restart,
           malformed, errors, retries]


def step(case, switches):
    """One case for all switches at once."""
    def one(sw):
        why = None
        if case in sw.skipped:
            return
        try:
            case(sw)
        except Exception as e:      # whatever it is, the others go on
            why = str(e) if isinstance(e, Failed) else repr(e)
        sw.result[case] = why or ""

    with concurrent.futures.ThreadPoolExecutor(len(switches)) as pool:
        list(pool.map(one, switches))


def matrix(switches):
    """Lines that run prints as well."""
    def row(cells):
        print("| " + " | ".join(x.ljust(w) for x, w in zip(cells, [20] + [
            len(c.__name__) for c in COLUMNS])) + " |")

    row(["emulated"] + [c.__name__.replace("_", " ") for c in COLUMNS])
    for sw in switches:
        row([sw.name] + ["-" if c in sw.skipped else "FAILS" if
                          sw.result[c] else "ok" for c in COLUMNS])


def clean(switches, things):
    stop()
    for t in things:
        t.stop()
    for sw in switches:
        if isinstance(sw, Uswitch):
            peers.end(sw.uswitch)
        sw.proc.kill()
        sw.proc.wait()
        sw.proc.stdin.close()
        sw.proc.stdout.close()
    shutil.rmtree(DIR, ignore_errors=True)


def run(switches):
    for case in CASES:
        if case is restart:
            step(snapshot, switches)
            stop()
            for sw in switches:
                sw.base = sw.before["mods"]
            step(restart_before, switches)
            start()
        elif case is age:
            stop()
            start("-t", str(AGE))
        step(case, switches)
    bad = 0
    for case in CASES:
        for sw in switches:
            if case in sw.skipped:
                continue
            why = sw.result[case]
            if case is restart:
                why = sw.result[snapshot] or sw.result[restart_before] or why
            bad += why != ""
            print("%sok %s %s%s" % ("not " if why else "", case.__doc__,
                                    sw.name, why and " - " + why))
    matrix(switches)
    return bad


def real(names, port_, tls, things):
    """Those real ones that are wanted; things are what has to be stopped."""
    found = []
    if any(n.startswith("ovs") for n in names):
        certs.make_ca(DIR, "ca")
        for n in ("ctl", "sw"):
            certs.make_cert(DIR, "ca", n)
        ovs = peers.Ovs()
        things.append(ovs)
        ovs.vsctl("set-ssl", DIR + "/sw.key", DIR + "/sw.pem", DIR + "/ca.pem")
    rows = {"ovs10": ("OpenFlow10", "tcp:127.0.0.1:%d" % port_),
            "ovs13": ("OpenFlow13", "tcp:127.0.0.1:%d" % port_),
            "ovstls": ("OpenFlow13", "ssl:127.0.0.1:%d" % tls)}
    for letter, n in zip("ABCD", names):
        found.append(Uswitch(n, letter, DIR + "/us") if n == "uswitch" else
                     Ovs(ovs, n, letter, *rows[n]))
    return found


def configure(port_, tls, names):
    with open(CONF, "w", encoding="ascii") as f:
        f.write("listen on 127.0.0.1 port %d\n" % port_)
        if "ovstls" in names:
            f.write('tls ca "{0}/ca.pem"\ntls certificate "{0}/ctl.pem"\n'
                    'tls key "{0}/ctl.key"\n'
                    "listen on 127.0.0.1 port {1} tls\n".format(DIR, tls))
        if "uswitch" in names:
            f.write('device "%s/us"\n' % DIR)


def main():
    lab.apart()
    global DIR, SOCK, CONF, LOG
    DIR = tempfile.mkdtemp(prefix="emul")
    os.chmod(DIR, 0o755)
    SOCK, CONF, LOG = DIR + "/sock", DIR + "/conf", DIR + "/log"
    switches, things = [], []
    atexit.register(clean, switches, things)
    peers.sh("sysctl", "-qw", "net.ipv6.conf.default.disable_ipv6=1",
             check=False)
    models = subprocess.run([EMUL, "-l"], capture_output=True, text=True,
                            check=True).stdout.split()
    wanted = sys.argv[1:] or models + VARIANTS + REAL
    names = [n for n in wanted if n in REAL]
    a, b = port(), port()
    more = real(names, a, b, things)
    configure(a, b, names)
    start()
    for n, m in enumerate(wanted):
        if m not in REAL:
            switches.append(Switch(m, DPID + n, "tcp:127.0.0.1:%d" % a))
    switches += more
    sys.exit(1 if run(switches) else 0)


if __name__ == "__main__":
    main()
