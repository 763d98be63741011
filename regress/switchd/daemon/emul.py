#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""emul.py [model ...]: switchd with switches of foreign makes, all at once.

Each is an emulator (regress/switchd/emul) that refuses what the real one
refuses; hosts behind its ports must reach each other whatever happens.  The
cases are the columns of the matrix that is printed at the end, one step after
the other for all models; nothing is left behind.
"""
import atexit
import concurrent.futures
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

OBJ = os.path.abspath(os.environ.get("OBJ", "obj"))
EMUL = OBJ + "/tool/emul"
DIR = tempfile.mkdtemp(prefix="emul")
SOCK, CONF, LOG = DIR + "/sock", DIR + "/conf", DIR + "/log"
ROLE_SRC, ROLE_DST, ROLE_PAIR = 6, 7, 8
AGE = 4
DPID = 0xe0000
daemon = None

# Where what goes between two known hosts is done, if not in hardware.
WAY = {"hp-v1": "software"}
# The tables for flows of hosts, where there are several.
TABLES = {"hp-v1": {200}, "hp-v2": {100}, "hp-v3": {100}, "aruba": {1, 4},
          "c9k": {1, 2}, "comware": {1}, "noviflow": {0, 1}, "pica8": {0},
          "single": {0}, "nofeatures": {0, 1}, "nobarrier": {0, 1}}
# Errors that 1.0 has another name for.
NAMES10 = {"FLOW_MOD_FAILED/TABLE_FULL": "FLOW_MOD_FAILED/ALL_TABLES_FULL"}
# Flows on a tag never match there: each such frame is the controller's.
UNTAGGED = ("zodiac10", "zodiac13")
# Nothing of theirs is ever full: they have software tables.
NEVER_FULL = ("hp-v1",)


class Failed(Exception):
    pass


def check(held, what):
    if not held:
        raise Failed(what)


def wait_for(what, fn, seconds=20):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        v = fn()
        if v:
            return v
        time.sleep(0.1)
    raise Failed("waited in vain: " + what)


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
    def __init__(self, model, dpid, target):
        self.model, self.dpid = model, dpid
        self.way = WAY.get(model, "hardware")
        self.result = {}
        self.odd_errors = 0
        self.proc = subprocess.Popen(
            [EMUL, "-d", hex(dpid), "-m", model, target], text=True,
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

    def counts(self, what="counters"):
        return {k: int(v) for k, v in
                (x.rsplit(" ", 1) for x in self.say("dump " + what))}

    def flows(self):
        return self.say("dump flows")

    def counter(self, name):
        rows = show("counters", hex(self.dpid))
        return next(r["value"] for r in rows if r["name"] == name)

    def macs(self):
        """Numbers of the untagged hosts that the controller knows."""
        return {int(r["mac"][-2:], 16)
                for r in show("macs", hex(self.dpid)) if not r["vlan"]}

    def up(self):
        wait_for(self.model + " is up", lambda: states().get(
            self.dpid, {}).get("state") == "up")
        self.openflow = states()[self.dpid]["openflow"]
        self.do("wait quiet 300")


# The cases, in this order.

def learn(sw):
    """hosts_do_not_reach_each_other"""
    sw.up()
    for a, b in ((1, 2), (1, 3), (4, 2)):
        sw.ping(a, b)
    sw.do("wait quiet 200")
    sw.settles(1, 2)
    # In a VLAN of their own; the same address elsewhere is another host.
    sw.do("host 31 vlan 5", "host 32 vlan 5")
    sw.ping(31, 32)
    if sw.model not in UNTAGGED:
        sw.settles(31, 32)
    hosts = [f for f in sw.flows() if "=0x2e0000000" in f]
    tables = {int(f.split()[2]) for f in hosts}
    check(tables == TABLES.get(sw.model, tables), "flows in %s" % tables)
    check(not [f for f in sw.flows() if "=0x253574443" in f],
          "a trial left flows")


def move(sw):
    """a_move_is_not_noticed"""
    sw.settles(1, 2)
    sw.do("host 2 port 3", "host 2 send arp who-has 1", "wait quiet 200")
    # 1.0 cannot name them: they are read back first, once a second.
    wait_for("flows to the old port go", lambda: not
             [f for f in sw.flows() if "eth_dst=0x2e000000002" in f and
              "out=2" in f], 3)
    sw.settles(1, 2)
    sw.do("host 2 port 2", "host 2 send arp who-has 1", "wait quiet 200")
    sw.settles(1, 2)


def port_down(sw):
    """flows_to_a_dead_port_stay"""
    sw.settles(1, 2)
    sw.do("port 2 down", "wait quiet 200")
    wait_for("flows to the dead port go", lambda: not
             [f for f in sw.flows() if "out=2" in f], 3)
    sw.do("host 2 port 3")
    sw.settles(1, 2)
    sw.do("host 2 port 2", "port 2 up", "host 2 send arp who-has 1")
    sw.settles(1, 2)


def malformed(sw):
    """malformed_messages_do_harm"""
    before = sw.counts()
    got = sw.counter("error_received")
    sw.do("malformed", "wait quiet 200")
    sw.odd_errors = sw.counter("error_received") - got
    sw.settles(1, 2)
    after = sw.counts()
    check(after["connects"] == before["connects"], "it was disconnected")
    check(states()[sw.dpid]["state"] == "up", "it is not up any more")
    # What is odd on one connection is no matter for the next.
    sw.do("disconnect")
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
    check(sw.counter("flow_table_full") > full or sw.model in NEVER_FULL,
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
    sw.do("wait quiet 200")
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


def restart_before(sw):
    """flows_do_not_work_without_switchd"""
    check(sw.ping(1, 2, "echo") == sw.way, "not without switchd")


def restart(sw):
    """flows_do_not_survive_a_restart"""
    sw.up()
    sw.settles(1, 2)
    new = sw.counts()["mods"] - sw.before["mods"]
    check(new == 0, "%d flow mods" % new)
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
        try:
            case(sw)
        except Exception as e:      # whatever it is, the others go on
            why = str(e) if isinstance(e, Failed) else repr(e)
        if why is not None or sw.result.get(case) is None:
            sw.result[case] = why or ""
        return why

    with concurrent.futures.ThreadPoolExecutor(len(switches)) as pool:
        list(pool.map(one, switches))


def matrix(switches):
    """Lines that run prints as well."""
    def row(cells):
        print("| " + " | ".join(x.ljust(w) for x, w in zip(cells, [13] + [
            len(c.__name__) for c in COLUMNS])) + " |")

    row(["emulated"] + [c.__name__.replace("_", " ") for c in COLUMNS])
    for sw in switches:
        row([sw.model] + ["FAILS" if sw.result[c] else "ok"
                          for c in COLUMNS])


def clean(switches):
    stop()
    for sw in switches:
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
            step(restart_before, switches)
            start()
        elif case is age:
            stop()
            start("-t", str(AGE))
        step(case, switches)
    bad = 0
    for case in CASES:
        for sw in switches:
            why = sw.result[case]
            if case is restart:
                why = sw.result[snapshot] or sw.result[restart_before] or why
            bad += why != ""
            print("%sok %s %s%s" % ("not " if why else "", case.__doc__,
                                    sw.model, why and " - " + why))
    matrix(switches)
    return bad


def main():
    switches = []
    atexit.register(clean, switches)
    for s in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(s, lambda *a: sys.exit(1))
    models = sys.argv[1:] or subprocess.run(
        [EMUL, "-l"], capture_output=True, text=True,
        check=True).stdout.split()
    p = port()
    with open(CONF, "w", encoding="ascii") as f:
        f.write("listen on 127.0.0.1 port %d\n" % p)
    start()
    for n, m in enumerate(models):
        switches.append(Switch(m, DPID + n, "tcp:127.0.0.1:%d" % p))
    sys.exit(1 if run(switches) else 0)


if __name__ == "__main__":
    main()
