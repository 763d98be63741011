# SPDX-License-Identifier: ISC
#
# peers.py: what the benchmarks share: commands, namespaces, and the peers
# (Linux bridge, Open vSwitch userland, uswitch), each started for one run in a
# folder of its own and ended by pid.

import atexit
import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

OBJ = os.environ.get("OBJ", "obj")
SCHEMA = "/usr/share/openvswitch/vswitch.ovsschema"


def sh(*args, check=True, **kw):
    """Run a command, return its output; a failure names it."""
    r = subprocess.run(args, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                       text=True, **kw)
    if check and r.returncode != 0:
        raise RuntimeError("%s: %s" % (" ".join(args), r.stdout.strip()))
    return r.stdout


def say(text):
    """A progress line."""
    print(text, file=sys.stderr, flush=True)


def wait_for(what, fn, seconds=10):
    end = time.time() + seconds
    while time.time() < end:
        v = fn()
        if v:
            return v
        time.sleep(0.05)
    raise RuntimeError("%s did not come in %d s" % (what, seconds))


def children(pid):
    with open("/proc/%d/task/%d/children" % (pid, pid)) as f:
        return [int(c) for c in f.read().split()]


def cpu_of(pid):
    """Seconds of CPU a process and its children have used."""
    return cpu_of_one(pid) + sum(cpu_of(c) for c in children(pid))


def cpu_of_one(pid):
    with open("/proc/%d/stat" % pid) as f:
        v = f.read().rsplit(") ", 1)[1].split()
    return (int(v[11]) + int(v[12])) / os.sysconf("SC_CLK_TCK")


def end(proc, seconds=5):
    """End a process that we started."""
    if proc is None or proc.poll() is not None:
        return
    proc.send_signal(signal.SIGTERM)
    try:
        proc.wait(seconds)
    except subprocess.TimeoutExpired:
        proc.kill()
        proc.wait()


def median(rows):
    return statistics.median(rows)


class Ovs:
    """Open vSwitch with the userland datapath, in a folder of its own."""

    def __init__(self, cpu=None, tso=False):
        self.dir = tempfile.mkdtemp(prefix="swb-ovs-")
        self.env = dict(os.environ, OVS_RUNDIR=self.dir, OVS_LOGDIR=self.dir,
                        OVS_DBDIR=self.dir)
        self.db = "unix:%s/db.sock" % self.dir
        self.procs = []
        atexit.register(self.stop)
        pin = ["taskset", "-c", str(cpu)] if cpu is not None else []
        sh("ovsdb-tool", "create", self.dir + "/conf.db", SCHEMA)
        self.run(["ovsdb-server", self.dir + "/conf.db",
                  "--remote=p" + self.db], "ovsdb")
        wait_for("ovsdb-server", lambda: os.path.exists(self.dir + "/db.sock"))
        self.vsctl("--no-wait", "init")
        if tso:
            self.vsctl("--no-wait", "set", "Open_vSwitch", ".",
                       "other_config:userspace-tso-enable=true")
        self.vswitchd = self.run(pin + ["ovs-vswitchd", self.db], "vswitchd")

    def run(self, argv, name):
        log = open("%s/%s.out" % (self.dir, name), "w")
        p = subprocess.Popen(argv, env=self.env, stdout=log, stderr=log,
                             stdin=subprocess.DEVNULL)
        self.procs.insert(0, p)
        return p

    def vsctl(self, *args):
        return sh("ovs-vsctl", "--db=" + self.db, "--timeout=15", *args,
                  env=self.env)

    def ofctl(self, *args):
        return sh("ovs-ofctl", "-O", "OpenFlow13", *args, env=self.env)

    def bridge(self, name, ports):
        self.vsctl("add-br", name, "--", "set", "bridge", name,
                   "datapath_type=netdev", "fail-mode=secure",
                   "protocols=OpenFlow10,OpenFlow13")
        for i, port in enumerate(ports):
            self.vsctl("add-port", name, port, "--", "set", "interface", port,
                       "ofport_request=%d" % (i + 1))
        mgmt = "%s/%s.mgmt" % (self.dir, name)
        wait_for("bridge " + name, lambda: os.path.exists(mgmt))
        return "unix:" + mgmt

    def stop(self):
        for p in self.procs:
            end(p)
        shutil.rmtree(self.dir, ignore_errors=True)


class Uswitch:
    """Our userland switch."""

    def __init__(self, name, ports, cpu=None):
        self.dir = tempfile.mkdtemp(prefix="swb-us-")
        self.sock = self.dir + "/" + name
        pin = ["taskset", "-c", str(cpu)] if cpu is not None else []
        argv = pin + [OBJ + "/uswitch", "-d", "-S", self.sock]
        for i, port in enumerate(ports):
            argv += ["-i", "%s=%d" % (port, i + 1)]
        self.log = open(self.dir + "/log", "w")
        os.chmod(self.dir, 0o755)
        self.proc = subprocess.Popen(argv + [name], stdout=self.log,
                                     stderr=self.log,
                                     stdin=subprocess.DEVNULL)
        self.vswitchd = self.proc
        wait_for("uswitch", lambda: os.path.exists(self.sock))

    def ofctl(self, *args):
        return sh("ovs-ofctl", "-O", "OpenFlow13", *args)

    def stop(self):
        end(self.proc)
        shutil.rmtree(self.dir, ignore_errors=True)


def save(name, rows):
    os.makedirs(OBJ + "/bench", exist_ok=True)
    with open("%s/bench/%s.json" % (OBJ, name), "w") as f:
        json.dump(rows, f, indent=1)
        f.write("\n")
