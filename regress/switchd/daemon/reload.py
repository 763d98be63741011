#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
#
# reload.py: a reload of a configuration with a thousand switches touches what
# changed and nothing else: no connection, no flow.  The switches are emulated
# ones that count what they are sent.

import atexit
import os
import re
import shutil
import sys
import tempfile

import emul

MODELS = ("noviflow", "single", "zodiac10")
N = 1000
switches = []
port = emul.port()


def configure(timeouts):
    """A switch for each timeout; the first ones are those that are there."""
    with open(emul.CONF, "w", encoding="ascii") as f:
        f.write("listen on 127.0.0.1 port %d\n" % port)
        for i, t in enumerate(timeouts):
            f.write('switch "sw%d" external {\n\tdatapath-id %x\n'
                    "\ttimeout %d\n}\n" % (i, emul.DPID + i, t))


def reload_():
    """How many switches changed, as the log says."""
    before = len(emul.log())
    emul.check(emul.ctl("reload") is not None, "no answer")
    return emul.wait_for("the reload", lambda: re.search(
        r"of (\d+) switches (\d+) are new or different, (\d+) went",
        emul.log()[before:])).groups()


def flows(sw):
    """Without their counters."""
    return sorted(re.sub(r"ware \d+", "", f) for f in sw.flows())


def touched(change, want):
    """A reload; flows and connections stay as they are."""
    for sw in switches:
        sw.settles(1, 2)
        sw.do("wait quiet 300")
    before = [(sw.counts(), flows(sw)) for sw in switches]
    configure(change)
    got = reload_()
    emul.check(got == want, "changed: %s" % (got,))
    for sw, (counts, old) in zip(switches, before):
        way = sw.ping(1, 2, "echo")
        emul.check(way == sw.way, "%s: after it by %s" % (sw.model, way))
        sw.do("wait quiet 300")
        now = sw.counts()
        for k in ("mods", "connects"):
            emul.check(now[k] == counts[k], "%s: %d %s more" %
                       (sw.model, now[k] - counts[k], k))
        emul.check(flows(sw) == old, sw.model + ": other flows")


def nothing():
    """a_reload_without_a_change_touches_something"""
    touched([240] * N, ("1000", "0", "0"))


def thousand():
    """a_thousand_changed_lines_touch_other_flows"""
    touched([240] * len(MODELS) + [77] * N, ("1003", "1000", "0"))


def gone():
    """switches_that_go_touch_other_flows"""
    touched([240] * len(MODELS), ("3", "0", "1000"))


def one():
    """a_changed_timeout_reaches_other_switches"""
    before = [sw.counts() for sw in switches]
    configure([240, 50, 240])
    emul.check(reload_() == ("3", "1", "0"), "not one")
    emul.ctl("disconnect", hex(emul.DPID + 1))
    emul.wait_for("its flows are made anew", lambda: switches[1].counts()
                  ["mods"] > before[1]["mods"])
    for i in (0, 2):
        emul.check(switches[i].counts()["mods"] == before[i]["mods"],
                   switches[i].model)


def named():
    """a_switch_has_the_block_of_its_address_not_of_its_id"""
    blocks = ["switch any external {\n\taddress 127.0.0.1\n}\n",
              "switch one external {\n\tdatapath-id %x\n\taddress "
              "127.0.0.1\n}\n" % emul.DPID]
    for n in (1, 2):
        with open(emul.CONF, "w", encoding="ascii") as f:
            f.write("listen on 127.0.0.1 port %d\n" % port +
                    "".join(blocks[:n]))
        reload_()
    emul.wait_for("it is called so at once", lambda: emul.states()[
                  emul.DPID]["name"] == "one", 5)
    for sw, name in zip(switches, ("one", "any")):
        emul.ctl("disconnect", hex(sw.dpid))
        emul.wait_for("it is back as " + name, lambda: emul.states().get(
            sw.dpid, {}).get("name") == name, 10)


def clean():
    emul.stop()
    for sw in switches:
        sw.proc.kill()
        sw.proc.wait()
    shutil.rmtree(emul.DIR, ignore_errors=True)


def main():
    emul.lab.apart()
    emul.DIR = tempfile.mkdtemp(prefix="reload")
    os.chmod(emul.DIR, 0o755)
    emul.SOCK, emul.CONF, emul.LOG = (emul.DIR + n for n in
                                      ("/sock", "/conf", "/log"))
    atexit.register(clean)
    configure([240] * N)
    emul.start()
    for i, m in enumerate(MODELS):
        switches.append(emul.Switch(m, emul.DPID + i,
                                    "tcp:127.0.0.1:%d" % port))
    for sw in switches:
        sw.up()
        sw.settles(1, 2)
    bad = 0
    for case in (nothing, thousand, gone, one, named):
        try:
            case()
            print("ok " + case.__doc__)
        except Exception as e:      # whatever it is, the others go on
            bad = 1
            print("not ok %s - %s" % (case.__doc__, e))
    sys.exit(bad)


if __name__ == "__main__":
    main()
