#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""local.py: switches of this machine when the configuration changes, or when
what they are made of comes and goes.  Needs root.
"""
import os
import shutil
import signal
import socket
import struct
import sys
import threading
import time

TOP = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, TOP)
import lab  # noqa: E402
import switchd as sd  # noqa: E402
from lab import check, wait_for  # noqa: E402


def ipv6_is_off(name):
    with open("/proc/sys/net/ipv6/conf/%s/disable_ipv6" % name,
              encoding="ascii") as f:
        return f.read().strip() == "1"


def veth(*names):
    for n in names:
        sd.sh("ip", "link", "add", n, "type", "veth", "peer", "name", n + "p")


def gone(*names):
    sd.conf("")
    sd.ctl("reload")
    wait_for("the switches end", lambda: not sd.switches())
    for n in names:
        sd.sh("ip", "link", "del", n)


def reload_(text):
    sd.conf(text)
    sd.ctl("reload")


def settings(name):
    """uc_dpid, uc_standalone, uc_fail_delay"""
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as s:
        s.connect("%s/%s.ctl" % (sd.DIR, name))
        s.send(lab.CTL.pack(3, lab.CONF_GET, 0, 0, b"", b""))
        return struct.unpack("=QII", lab.CTL.unpack(s.recv(4096))[5][:16])


def interface_of_a_switch_that_ended_is_without_ipv6():
    veth("swl1", "swl2")
    sd.running('switch swla {\n\tinterface "swl?"\n}\n')
    wait_for("IPv6 is off", lambda: ipv6_is_off("swl1"))
    reload_("")
    wait_for("IPv6 is on", lambda: not ipv6_is_off("swl1"), 5)
    # The one that died had no time to say what was on.
    reload_('switch swla {\n\tinterface "swl?"\n}\n')
    wait_for("ports", lambda: "swl2" in sd.ports("swla"))
    for pid in sd.switches()["swla"]:
        os.kill(pid, signal.SIGKILL)
    wait_for("it is down", lambda: "swla" not in sd.ports_up())
    wait_for("ports", lambda: "swl2" in sd.ports("swla"))
    check(ipv6_is_off("swl2"), "IPv6 is on")
    reload_('switch swla {\n\tinterface "swl1"\n}\n')
    wait_for("IPv6 is on", lambda: not ipv6_is_off("swl2"), 5)
    gone("swl1", "swl2")


def silent(listener, asked):
    """A uswitch with many ports, which it says nothing about."""
    while True:
        try:
            c = listener.accept()[0]
        except OSError:
            return
        with c:
            while True:
                m = c.recv(4096)
                if not m:
                    break
                kind = struct.unpack("=I", m[4:8])[0]
                if kind == lab.LIST:
                    for i in range(50):
                        c.send(lab.CTL.pack(3, kind, 0, 1, b"", b"swl%d" % i))
                if kind == lab.DEL:
                    asked.append(time.monotonic())
                else:
                    c.send(m)


def uswitch_that_does_not_answer_holds_the_parent():
    asked = []
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as s:
        s.bind(sd.DIR + "/swla.ctl")
        s.listen()
        threading.Thread(target=silent, args=(s, asked), daemon=True).start()
        sd.running("switch swla { }\n")
        wait_for("it is asked again", lambda: len(asked) == 5, 40)
        check(asked[4] - asked[3] > 6, "it is asked all the time")
        sd.stop()
        s.shutdown(socket.SHUT_RDWR)
    os.unlink(sd.DIR + "/swla.ctl")


def uswitch_that_was_given_up_outlives_its_configuration():
    sd.running("switch swla { }\n")
    wait_for("the switch", lambda: "swla" in sd.ports_up())
    pids = sd.switches()["swla"]
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        wait_for("it is given up", lambda: sd.ctl("show", "processes") and
                 sd.log().count("swla: settings: Resource") > 1)
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)
    gone()


def uswitch_that_does_not_accept_holds_the_parent():
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as s:
        s.bind(sd.DIR + "/swla.ctl")
        s.listen(0)
        sd.running("switch swla { }\n")
        wait_for("it is given up", lambda: "swla: settings: " in sd.log())
        wait_for("another is started", lambda: "swla" in sd.ports_up(), 10)
    gone()


def signal_that_ended_uswitch_is_not_said():
    there, sd.OBJ = sd.OBJ, sd.DIR + "/bin"
    os.mkdir(sd.OBJ)
    try:
        for n in ("switchd", "switchctl"):
            shutil.copy(there + "/" + n, sd.OBJ)
        with open(sd.OBJ + "/uswitch", "w", encoding="ascii") as f:
            f.write("#!/bin/sh\nkill -9 $$\n")
        os.chmod(sd.OBJ + "/uswitch", 0o755)
        sd.running("switch swla { }\n")
        wait_for("it is said", lambda: "swla: uswitch did not start (signal "
                 "9), trying again" in sd.log(), 10)
        sd.stop()
    finally:
        shutil.rmtree(sd.OBJ)
        sd.OBJ = there


def second_controller_finds_the_switch_busy():
    with socket.create_server(("127.0.0.1", 0)) as a, \
            socket.create_server(("127.0.0.1", 0)) as b:
        sd.running("switch swla { }\ndevice /dev/swla forward to "
                   "127.0.0.1:%d 127.0.0.1:%d\n" %
                   (a.getsockname()[1], b.getsockname()[1]))
        conns = []
        for s in (a, b):
            s.settimeout(20)
            conns.append(s.accept()[0])
            conns[-1].settimeout(20)
        for c in conns:
            check(c.recv(8)[1:2] == b"\0", "no hello")
    gone()


def reload_leaves_the_order_of_switches():
    veth("swl1")
    text = ["switch %s {\n\tinterface swl1\n}\n" % s for s in ("swla", "swlb")]
    sd.running(text[1])
    wait_for("its port", lambda: "swl1" in sd.ports("swlb"))
    reload_("".join(text))
    wait_for("it is a port of the first", lambda: "swl1" in sd.ports("swla"),
             10)
    check("swl1" not in sd.ports("swlb"), "it is of both")
    reload_("".join(reversed(text)))
    wait_for("it is a port of the first", lambda: "swl1" in sd.ports("swlb"),
             10)
    check("another uswitch" not in sd.log(), "it was taken before it was free")
    gone("swl1")


def delay_that_is_no_longer_given_stays():
    sd.running("switch swla {\n\tfail standalone 30\n}\n")
    wait_for("the switch", lambda: "swla" in sd.ports_up())
    check(settings("swla")[1:] == (1, 30), str(settings("swla")))
    reload_("switch swla {\n\tfail standalone\n}\n")
    check(settings("swla")[1:] == (1, 15), str(settings("swla")))
    gone()


def another_datapath_id_is_not_taken():
    sd.running("switch swla {\n\tdatapath-id a1\n}\n")
    wait_for("the switch", lambda: "swla" in sd.ports_up())
    reload_("switch swla {\n\tdatapath-id a2\n}\n")
    wait_for("its id", lambda: any(
        s["datapath_id"].endswith("a2") and s["state"] == "up"
        for s in sd.show("switches")), 15)
    gone()


def another_host_is_not_taken():
    sd.running("switch switch7 {\n\thost user\n}\n")
    wait_for("the switch", lambda: "switch7" in sd.ports_up())
    reload_("switch switch7 {\n\thost kernel\n}\n")
    wait_for("it ends", lambda: not sd.switches(), 10)
    wait_for("it is said", lambda: "switch7: a switch in the kernel, where "
             "the module switch is not loaded: " in sd.log(), 5)
    gone()


def name_of_no_switch_in_the_kernel_is_tried_there():
    # As if the module were loaded.
    sd.sh("mount", "-t", "tmpfs", "tmpfs", "/sys/module")
    os.mkdir("/sys/module/switch")
    sd.running("switch switch07 { }\n")
    wait_for("the switch", lambda: "switch07" in sd.ports_up())
    check("switch07: a switch in" not in sd.log(), "it was")
    gone()
    sd.sh("umount", "/sys/module")


def local_interface_that_is_deleted_stays_away():
    sd.running("switch swla {\n\tlocal\n}\n")
    wait_for("the local port", lambda: "swla" in sd.ports("swla"))
    sd.sh("ip", "link", "del", "swla")
    wait_for("it is back", lambda: " swla:" in sd.sh("ip", "link") and
             "swla" in sd.ports("swla"), 10)
    # One that is in the way.
    reload_("switch swla {\n}\n")
    wait_for("it goes", lambda: "swla" not in sd.ports("swla"))
    veth("swla")
    reload_("switch swla {\n\tlocal\n}\n")
    wait_for("it is said", lambda: "an interface has this name" in sd.log())
    sd.sh("ip", "link", "del", "swla")
    wait_for("it is there", lambda: "swla" in sd.ports("swla"), 10)
    gone()


TESTS = [interface_of_a_switch_that_ended_is_without_ipv6,
         uswitch_that_does_not_answer_holds_the_parent,
         uswitch_that_was_given_up_outlives_its_configuration,
         uswitch_that_does_not_accept_holds_the_parent,
         signal_that_ended_uswitch_is_not_said,
         second_controller_finds_the_switch_busy,
         reload_leaves_the_order_of_switches,
         delay_that_is_no_longer_given_stays,
         another_datapath_id_is_not_taken,
         another_host_is_not_taken,
         name_of_no_switch_in_the_kernel_is_tried_there,
         local_interface_that_is_deleted_stays_away]


if __name__ == "__main__":
    sd.prepare()
    sys.exit(sd.run(TESTS))
