#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
#
# tls.py: TLS between switchd and Open vSwitch, both ways, and between
# switchd's relay and ovs-testcontroller.  Certificates are made by openssl for
# the run.  Each test says in its name what would be wrong.

import atexit
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "bench"))
from lab import OBJ, Failed, Lab, check, wait_for  # noqa
from certs import make_ca, make_cert  # noqa
import peers  # noqa


class Switchd:
    def __init__(self, lab, conf, name="sd"):
        self.lab, self.dir = lab, "%s/%s" % (lab.certs, name)
        os.makedirs(self.dir, exist_ok=True)
        os.chmod(self.dir, 0o755)
        self.conf, self.sock = self.dir + "/conf", self.dir + "/ctl"
        with open(self.conf, "w") as f:
            f.write(conf)
        self.log = self.dir + "/log"
        self.proc = subprocess.Popen(
            ["ip", "netns", "exec", lab.ns, OBJ + "/switchd", "-d", "-v",
             "-f", self.conf, "-s", self.sock, "-R", self.dir, "-S",
             self.dir, "-u", "nobody"], stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=open(self.log, "w"))
        lab.procs.append(self.proc)
        try:
            wait_for("switchd", lambda: os.path.exists(self.sock))
        except Failed as e:
            raise Failed("%s: %s" % (e, self.said()))

    def said(self):
        return open(self.log).read()

    def ctl(self, *argv):
        r = subprocess.run([OBJ + "/switchctl", "-j", "-s", self.sock, *argv],
                           stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                           text=True)
        return json.loads(r.stdout) if r.returncode == 0 else []

    def up(self, prefix):
        return [s for s in self.ctl("show", "switches")
                if s["state"] == "up" and s["address"].startswith(prefix)]

    def stop(self):
        self.proc.terminate()
        self.proc.wait(10)


class Ovs(peers.Ovs):
    """Open vSwitch in the laboratory's namespace, with a certificate."""

    def __init__(self, lab, cert, ca):
        self.ns = lab.ns
        super().__init__()
        d = lab.certs
        self.vsctl("set-ssl", "%s/%s.key" % (d, cert), "%s/%s.pem" % (d, cert),
                   "%s/%s.pem" % (d, ca))
        self.bridge("tlsbr", [])

    def run(self, argv, name):
        return super().run(["ip", "netns", "exec", self.ns] + argv, name)


TLS = 'tls ca "{d}/ca.pem"\ntls certificate "{d}/ctl.pem"\n' \
    'tls key "{d}/ctl.key"\n'


def conf(lab, text):
    return TLS.format(d=lab.certs) + text


# CH-31
def a_switch_with_our_certificate_cannot_connect(lab):
    sd = Switchd(lab, conf(lab, "listen on 127.0.0.1 port 16654 tls\n"))
    ovs = Ovs(lab, "sw", "ca")
    try:
        ovs.vsctl("set-controller", "tlsbr", "ssl:127.0.0.1:16654")
        wait_for("the switch over TLS: " + sd.said(),
                 lambda: sd.up("tls:127.0.0.1"), 20)
        # Certificates anew, by reload: the connection stays.
        before = sd.up("tls:")[0]["address"]
        make_cert(lab.certs, "ca", "ctl")
        sd.proc.send_signal(signal.SIGHUP)
        wait_for("the reload", lambda: sd.ctl("show", "summary"))
        check(sd.up("tls:")[0]["address"] == before, "connection was dropped")
    finally:
        ovs.stop()
        sd.stop()


# CH-31, CT-26
def a_switch_with_a_foreign_certificate_gets_in(lab):
    sd = Switchd(lab, conf(lab, "listen on 127.0.0.1 port 16655 tls\n"))
    ovs = Ovs(lab, "evil", "ca")
    try:
        ovs.vsctl("set-controller", "tlsbr", "ssl:127.0.0.1:16655")
        wait_for("a refusal that says why", lambda: "certificate" in
                 sd.said() and "127.0.0.1" in sd.said(), 20)
        check(not sd.up(""), "it came up")
    finally:
        ovs.stop()
        sd.stop()


# CT-26
def plain_tcp_is_taken_for_tls(lab):
    sd = Switchd(lab, conf(lab, "listen on 127.0.0.1 port 16656 tls\n"))
    ovs = Ovs(lab, "sw", "ca")
    try:
        ovs.vsctl("set-controller", "tlsbr", "tcp:127.0.0.1:16656")
        wait_for("an error", lambda: "127.0.0.1" in sd.said(), 20)
        check(not sd.up(""), "it came up")
    finally:
        ovs.stop()
        sd.stop()


# CH-02
def switchd_cannot_connect_to_a_switch_that_listens(lab):
    ovs = Ovs(lab, "sw", "ca")
    sd = None
    try:
        ovs.vsctl("set-controller", "tlsbr", "pssl:16657:127.0.0.1")
        sd = Switchd(lab, conf(lab, 'switch "edge" external {\n'
                               '\tconnect tls:127.0.0.1:16657\n}\n'))
        wait_for("the switch over TLS: " + sd.said(),
                 lambda: sd.up("tls:127.0.0.1:16657"), 25)
        check(sd.up("")[0]["name"] == "edge", "its name is not used")
    finally:
        ovs.stop()
        if sd:
            sd.stop()


def a_relay_over_tls_does_not_reach_ovs_testcontroller(lab):
    d = lab.certs
    tc = subprocess.Popen(
        ["ip", "netns", "exec", lab.ns, "ovs-testcontroller",
         "pssl:16658:127.0.0.1", "-p", d + "/sw.key", "-c", d + "/sw.pem",
         "-C", d + "/ca.pem", "--unixctl=%s/tc.ctl" % d],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=open(d + "/tc.log", "w"))
    lab.procs.append(tc)
    sw = lab.switch(["h1", "h2"], name="tls0", flood=False)
    sd = Switchd(lab, conf(lab, 'device "%s" forward to '
                           'tls:127.0.0.1:16658\n' % sw.path))
    try:
        wait_for("h1 reaches h2 by the remote controller: " + sd.said(),
                 lambda: lab.reaches("h1", "10.0.0.2"), 20)
    finally:
        sd.stop()
        sw.stop()


def a_key_that_is_not_that_of_the_certificate_is_taken(lab):
    d = lab.certs
    path = d + "/badkey.conf"
    with open(path, "w") as f:
        f.write('tls ca "%s/ca.pem"\ntls certificate "%s/ctl.pem"\n'
                'tls key "%s/sw.key"\nlisten on 127.0.0.1 tls\n' % (d, d, d))
    r = subprocess.run([OBJ + "/switchd", "-n", "-f", path],
                       stderr=subprocess.PIPE, text=True)
    if r.returncode == 0:
        sd = Switchd(lab, open(path).read().replace(
            "127.0.0.1", "127.0.0.1 port 16659"), "badkey")
        wait_for("a word about the key",
                 lambda: "key" in sd.said() or "certificate" in sd.said())
        sd.stop()


lab = Lab("tl")
lab.certs = tempfile.mkdtemp(prefix="tls-")
os.chmod(lab.certs, 0o755)
atexit.register(shutil.rmtree, lab.certs, True)
for ca in ("ca", "otherca"):
    make_ca(lab.certs, ca)
for ca, name in (("ca", "ctl"), ("ca", "sw"), ("otherca", "evil")):
    make_cert(lab.certs, ca, name)
for f in os.listdir(lab.certs):
    os.chmod(lab.certs + "/" + f, 0o600 if f.endswith(".key") else 0o644)
lab.host("h1", "10.0.0.1")
lab.host("h2", "10.0.0.2")
lab.run(a_switch_with_our_certificate_cannot_connect,
        a_switch_with_a_foreign_certificate_gets_in,
        plain_tcp_is_taken_for_tls,
        switchd_cannot_connect_to_a_switch_that_listens,
        a_relay_over_tls_does_not_reach_ovs_testcontroller,
        a_key_that_is_not_that_of_the_certificate_is_taken)
