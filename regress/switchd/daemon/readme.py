#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
#
# readme.py: the tour of README.md, typed in as it stands there.
#
# The configuration and the commands of its first part are cut out of the file
# and run in a network, mount and process namespace of their own, with an /etc,
# /run and /var/lib that are thrown away; nothing is left when it ends.

import os
import re
import shutil
import signal
import subprocess
import sys
import time

TOP = os.path.abspath(os.path.dirname(os.path.abspath(__file__)) +
                      "/../../..")
OBJ = os.path.join(TOP, os.environ.get("OBJ", "obj"))
HEADING = "### A tap and a network namespace on this machine\n"
PRIVATE = ("/run", "/etc", "/var/lib")
failed = False


def case(name, fault):
    global failed
    if fault:
        failed = True
        print("not ok %s - %s" % (name, fault), flush=True)
    else:
        print("ok " + name, flush=True)


def run(command, seconds=60):
    return subprocess.run(("sh", "-c", command), stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, timeout=seconds)


def shows(command, pattern, seconds=15):
    """As a reader would: look again until it is there.  Fault or None."""
    end = time.monotonic() + seconds
    while True:
        r = run(command)
        if r.returncode == 0 and re.search(pattern, r.stdout, re.M):
            return None
        if time.monotonic() > end:
            return r.stdout.strip().replace("\n", "; ") or "nothing"
        time.sleep(0.1)


def tour():
    """The configuration, and the commands without their comments."""
    with open(TOP + "/README.md") as f:
        part = f.read().split(HEADING, 1)[1].split("\n### ", 1)[0]
    conf, commands = re.findall(r"(?:^    .*\n|^\n(?=        ))+", part, re.M)
    return (re.sub("^    ", "", conf, flags=re.M),
            [re.sub(r"\s+#.*", "", c).strip() for c in commands.splitlines()])


def become_private():
    """What the tour touches of the machine is a copy, or empty."""
    def sh(*argv):
        subprocess.run(argv, check=True, stdin=subprocess.DEVNULL)
    sh("mount", "--make-rprivate", "/")
    sh("mount", "-t", "proc", "proc", "/proc")
    sh("mount", "-t", "tmpfs", "tmpfs", "/mnt")
    shutil.copytree("/etc", "/mnt/etc", symlinks=True)
    sh("mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", "/run")
    sh("mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", "/var/lib")
    sh("mount", "--bind", "/mnt/etc", "/etc")
    os.makedirs("/run/netns")
    # make install makes the user.
    with open("/etc/passwd") as f:
        if re.search("^_switchd:", f.read(), re.M) is None:
            sh("useradd", "-r", "-M", "-d", "/var/empty", "-s",
               "/usr/sbin/nologin", "_switchd")
    sh("ip", "link", "set", "lo", "up")
    os.environ["PATH"] = OBJ + ":" + os.environ["PATH"]


# What a reader expects to see, and looks at again until it is there.
EXPECTED = {
    "switchctl show switches": r"switch0.*00000000000000a1.*\bup\b",
    "switchctl show macs": r"([0-9a-f]{2}:){5}[0-9a-f]{2}(.*\n)*"
                           r".*([0-9a-f]{2}:){5}[0-9a-f]{2}",
    "switchctl show flows": r"cookie=0x53574443"
}


def step(command):
    name = "README.md: %s: does not work" % command
    if command in EXPECTED:
        case(name, shows(command, EXPECTED[command]))
        return
    if command.startswith("ping "):
        command = command.replace("ping ", "ping -c 3 -i 0.2 -w 15 ")
    r = run(command)
    fault = None if r.returncode == 0 else \
        "exit status %d: %s" % (r.returncode, r.stdout.strip())
    if command == "switchd -n" and r.stdout != "configuration OK\n":
        fault = r.stdout.strip()
    case(name, fault)


def inside():
    become_private()
    conf, commands = tour()
    with open("/etc/switchd.conf", "w") as f:
        f.write(conf)
    case("README.md: the tour is not found, or has lost its steps",
         None if "switchd" in commands and "ping 10.0.0.1" in commands and
         set(EXPECTED) <= set(commands) else commands)
    for command in commands:
        step(command)
    # "Restarting the controller never interrupts forwarding."
    run("kill $(pgrep -x -f 'switchd: parent')")
    case("switchd does not end when told to",
         shows("pgrep -f ^switchd: || echo none", "^none$"))
    r = run("ping -c 3 -i 0.2 -w 15 10.0.0.1")
    case("README.md: forwarding stops when the controller does",
         r.returncode and r.stdout)
    run("switchd")
    case("README.md: the controller does not find its switch again",
         shows("switchctl show switches", EXPECTED["switchctl show switches"]))
    case("README.md: the controller forgets where hosts are",
         shows("switchctl show macs", EXPECTED["switchctl show macs"]))
    return 1 if failed else 0


def outside(program):
    """Run this program again, with "inside", in namespaces of its own."""
    if os.geteuid() != 0:
        case(os.path.basename(program) + " is not tried",
             "needs root, for namespaces and interfaces")
        return 1
    os.makedirs("/var/empty", exist_ok=True)
    p = subprocess.Popen(("unshare", "--net", "--mount", "--pid", "--fork",
                          "--kill-child", sys.executable, "-B", program,
                          "inside"), stdin=subprocess.DEVNULL)
    # unshare waits for its child whatever it is told, but not when killed.
    signal.signal(signal.SIGTERM, lambda *_: p.kill())
    signal.signal(signal.SIGINT, lambda *_: p.kill())
    return 1 if p.wait() else 0


if __name__ == "__main__":
    sys.exit(inside() if sys.argv[1:] == ["inside"] else
             outside(os.path.abspath(__file__)))
