#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
#
# switchctl.py: switchctl against a switch, without a daemon.  Each test says
# in its name what would be wrong.

import json
import os
import socket
import struct
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from lab import OBJ, Lab, check, wait_for  # noqa

CTL = OBJ + "/switchctl"


def ctl(*argv):
    """Exit status, standard output, standard error."""
    r = subprocess.run([CTL, "-s", "/nonexistent/switchd.sock", *argv],
                       stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                       text=True, stdin=subprocess.DEVNULL)
    return r.returncode, r.stdout, r.stderr


def good(*argv):
    rc, out, err = ctl(*argv)
    check(rc == 0, "%s: exit %d: %s" % (" ".join(argv), rc, err))
    return out


def flows(sw):
    return json.loads(good("-j", "dump", sw.path, "flows"))


def a_missing_daemon_is_not_a_clear_error(lab):
    for cmd in (["show", "switches"], ["reload"], ["monitor"],
                ["connect", "tcp:127.0.0.1:1"], ["log", "brief"]):
        rc, out, err = ctl(*cmd)
        check(rc == 1 and out == "", "exit %d" % rc)
        check("switchd is not running" in err, err)


def words_are_not_abbreviated_or_explained(lab):
    rc, _, err = ctl("sh", "sw")
    check("not running" in err, "sh sw: " + err)
    rc, _, err = ctl("show", "s")
    check(rc == 1 and "ambiguous" in err and "summary" in err, err)
    check("macs" not in err, "what it cannot mean is offered: " + err)
    rc, _, err = ctl("shew")
    check(rc == 1 and "unknown" in err and "monitor" in err, err)
    rc, _, err = ctl("show")
    check(rc == 1 and "macs" in err, err)
    rc, _, err = ctl("connect")
    check(rc == 1 and "usage: switchctl connect address" in err, err)
    rc, out, _ = ctl("--help")
    check(rc == 0 and "show switches" in out, "no help")
    rc, _, err = ctl()
    check(rc == 1 and "usage:" in err, err)
    rc, _, err = ctl("table", "300", "dump", "flows")
    check(rc == 1 and "0 to 255" in err, err)


def output_that_is_not_written_is_no_error(lab):
    sw = lab.switch(["h1", "h2"])
    for argv in (["dump", sw.path, "tables"], ["-j", "dump", sw.path, "desc"]):
        with open("/dev/full", "w") as full:
            r = subprocess.run([CTL, *argv], stdout=full,
                               stderr=subprocess.PIPE, text=True)
        check(r.returncode == 1 and "No space left" in r.stderr,
              "%s: exit %d %s" % (argv, r.returncode, r.stderr))
    r = subprocess.run(["sh", "-c", "('%s' dump '%s' tables; echo $? >&2) | :"
                        % (CTL, sw.path)], stderr=subprocess.PIPE, text=True)
    check(r.stderr in ("0\n", "1\n"), "a closed pipe: " + r.stderr)
    rc, out, _ = ctl("-j", "dump", "/nonexistent/switch", "flows")
    check(rc == 1 and out == "", "half an array: " + out)
    out = good("show", "ports", sw.path)
    check("Name  State" in out, "columns wider than what is in them: " + out)


# CT-23
def a_dump_is_empty_or_not_json(lab):
    sw = lab.switch(["h1", "h2"], flood=True)
    desc = json.loads(good("-j", "dump", sw.path, "desc"))
    check(desc["manufacturer"] == "switchd", str(desc))
    feat = json.loads(good("-j", "dump", sw.path, "features"))
    check(feat["tables"] > 1, str(feat))
    ports = json.loads(good("-j", "dump", sw.path, "ports"))
    check({p["name"] for p in ports} == {"h1", "h2"}, str(ports))
    check(all("rx_packets" in p and "mac" in p for p in ports),
          "counters and description are not put together")
    check(len(json.loads(good("-j", "dump", sw.path, "tables"))) > 0, "tables")
    for what in ("groups", "meters", "queues"):
        check(json.loads(good("-j", "dump", sw.path, what)) == [], what)
    check("Datapath id" not in good("dump", sw.path, "desc"), "text")
    check("h1" in good("show", "ports", sw.path), "text of ports")
    check("manufacturer" in good("switch", sw.path, "dump", "desc"),
          "the older order of words")
    sw.stop()


# CT-23
def flows_cannot_be_changed(lab):
    sw = lab.switch(["h1", "h2"], flood=False)
    good("flow", "add", sw.path, "table=1,priority=5,in_port=1,tcp,"
         "tcp_dst=80,idle_timeout=60,actions=push_vlan:0x8100,"
         "set_field:0x1005->vlan_vid,output:2")
    good("flow", "add", sw.path, "match", "inport", "1", "apply", "output",
         "2")
    got = {(f["table"], f["priority"]): f for f in flows(sw)}
    check(len(got) == 2, str(got))
    f = got[(1, 5)]
    check("tcp_dst=80" in f["match"] and f["idle_timeout"] == 60, str(f))
    check("push_vlan:0x8100" in f["instructions"] and
          "output:2" in f["instructions"], str(f))
    good("flow", "modify", sw.path, "table=1,tcp,actions=drop")
    f = {(f["table"], f["priority"]): f for f in flows(sw)}[(1, 5)]
    check(f["instructions"] == "actions=drop", str(f))
    only = json.loads(good("-j", "show", "flows", sw.path, "in_port=1,tcp"))
    check(len(only) == 1, "a match does not select: " + str(only))
    only = json.loads(good("-j", "table", "0", "show", "flows", sw.path))
    check(len(only) == 1 and only[0]["table"] == 0, "table does not select")
    good("flow", "delete", sw.path, "table=1,tcp")
    check(len(flows(sw)) == 1, "delete does not")
    sw.stop()


def a_wrong_flow_is_taken_or_not_explained(lab):
    sw = lab.switch(["h1"], flood=False)
    for text, word in (
            ("in_port=1", "actions"), ("tcp_dst=80,actions=drop", "protocol"),
            ("ip,nw_dst=1.2.3,actions=drop", "1.2.3"),
            ("foo=1,actions=drop", "foo"),
            ("priority=70000,actions=drop", "priority=70000"),
            ("actions=output:99x", "99x"), ("actions=jump:1", "jump"),
            ("actions=set_field:1->in_port", "SET"),
            ("actions=group:7", "BAD_OUT_GROUP")):
        rc, _, err = ctl("flow", "add", sw.path, text)
        check(rc == 1 and word in err, "%s: exit %d: %s" % (text, rc, err))
    check(flows(sw) == [], "something was added")
    sw.stop()


def a_busy_device_hangs(lab):
    sw = lab.switch(["h1"], flood=False)
    s = sw.open()
    s.sendall(bytes.fromhex("0400000800000001"))
    s.recv(8)
    rc, _, err = ctl("dump", sw.path, "desc")
    check(rc == 1 and "controller" in err, err)
    s.close()
    wait_for("the device to be free",
             lambda: ctl("dump", sw.path, "desc")[0] == 0)
    sw.stop()


def a_capture_is_not_read(lab):
    path = lab.dir + "/x.pcap"
    hello = bytes.fromhex("0400000800000001")
    echo = bytes.fromhex("0402000c00000002") + b"abcd"
    seq = 100
    with open(path, "wb") as f:
        f.write(struct.pack("<IHHIIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
        # In pieces, one of them twice, one frame that is no TCP.
        for data, again in ((hello[:5], 0), (hello[5:] + echo[:3], 0),
                            (hello[5:] + echo[:3], 1), (echo[3:], 0)):
            ip = struct.pack(">BBHIBBHII", 0x45, 0, 40 + len(data), 0, 64, 6,
                             0, 0x7f000001, 0x7f000002)
            at = seq - len(data) if again else seq
            tcp = struct.pack(">HHIIHHI", 40000, 6653, at, 0, 0x5018, 100, 0)
            p = bytes(12) + b"\x08\x00" + ip + tcp + data
            f.write(struct.pack("<IIII", 5, 0, len(p), len(p)) + p)
            if not again:
                seq += len(data)
        f.write(struct.pack("<IIII", 5, 0, 20, 20) + bytes(20))
    rc, out, err = ctl("read", path)
    check(rc == 0 and out.count("xid=") == 2, out + err)
    check("HELLO" in out and "ECHO_REQUEST xid=0x2 data=4" in out, out)
    check("1 packets are not OpenFlow" in err, err)
    rc, out, err = ctl("read", "/dev/null")
    check(rc == 1 and err != "", "an empty file is read")


def a_file_is_written_over(lab):
    path = lab.dir + "/file"
    with open(path, "w", encoding="ascii") as f:
        f.write("precious data")
    for argv in (["dump", path, "desc"], ["show", "ports", path]):
        rc, _, err = ctl(*argv)
        check(rc == 1 and path in err, err)
    with open(path, encoding="ascii") as f:
        check(f.read() == "precious data", "it is")


def answered(lab, *messages, ask=("show", "counters")):
    """switchctl with a daemon that says this: status, output, errors."""
    path = lab.dir + "/fake"
    with socket.socket(socket.AF_UNIX) as s:
        s.bind(path)
        s.listen()
        p = subprocess.Popen([CTL, "-s", path, *ask],
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                             stdin=subprocess.DEVNULL)
        with s.accept()[0] as c:
            c.recv(4096)
            try:
                for kind, body in messages:
                    c.sendall(struct.pack("=IIII", kind, 16 + len(body), 0,
                                          0) + body)
                c.shutdown(socket.SHUT_WR)
            except OSError:
                pass            # it has heard enough
            out, err = p.communicate(timeout=20)
    os.unlink(path)
    return p.returncode, out, err


def openflow(name, kind, body):
    """An answer of a switch of that name, as switchd passes it on."""
    return 72, struct.pack("=Q64sIxxxx", 0xa1, name, 8 + len(body)) + \
        struct.pack(">BBHI", 4, kind, 8 + len(body), 1) + body


def ports(lab, *rows):
    """What is shown of ports: number, name, state, six counters."""
    desc = b"".join(struct.pack(">I4x6s2x16sII24x", no, b"\2abcde", name, 0,
                                state) for no, name, state, *_ in rows)
    stats = b"".join(struct.pack(">I4x6Q48x8x", no, *counts)
                     for no, _, _, *counts in rows)
    rc, out, err = answered(
        lab, openflow(b"switch0", 19, bytes([0, 13, 0, 0]) + bytes(4) + desc),
        openflow(b"switch0", 19, bytes([0, 4, 0, 0]) + bytes(4) + stats),
        (64, b""), (64, b""), ask=("show", "ports"))
    check(rc == 0, err)
    return out.decode().splitlines()


def ports_do_not_fit_on_a_line(lab):
    many = 1234567890, 9876543210, 12345678901, 98765432109
    rows = ports(lab, (0xfffffffe, b"switch0", 4, *many, 0, 0),
                 (12, b"vnet12", 1, *many, 0, 0), (13, b"tap0", 4, *many, 0, 0))
    check(max(map(len, rows)) < 80, "\n".join(rows))
    check("drop" not in rows[0] and "no-link" in rows[2], "\n".join(rows))
    rows = ports(lab, (1, b"tap0", 4, 1, 2, 3, 4, 0, 6))
    check(rows == ["Port  Name  State  RX packets  RX bytes  TX packets  "
                   "TX bytes  TX drop", "1     tap0  up     1           3"
                   "         2           4         6"], "\n".join(rows))


def what_is_not_counted_is_shown(lab):
    none, second = b"\xff" * 8, struct.pack(">II", 1, 0xffffffff)
    for what, kind, entry in (
            ("tables", 3, bytes(4) + none[:4] + none * 2),
            ("groups", 6, struct.pack(">HxxI", 56, 7) + none[:4] + bytes(4) +
             none * 2 + second + none * 2),
            ("meters", 9, struct.pack(">IH6x", 7, 56) + none[:4] + none * 2 +
             second + none * 2)):
        rc, out, err = answered(
            lab, openflow(b"sw", 19, bytes([0, kind]) + bytes(6) + entry),
            (64, b""), ask=("-j", "show", what))
        (row,) = json.loads(out)
        check(rc == 0 and not set(row) & {"active", "lookups", "matched",
                                          "references", "flows", "packets"} and
              row.get("duration", 1) == 1 and
              row.get("bucket_counters", [{}]) == [{}] and
              row.get("band_counters", [{}]) == [{}], str(row))


def actions_of_1_0_are_left_out(lab):
    vendor = struct.pack(">HHI", 0xffff, 16, 0x2320) + bytes(8)
    for actions, text in (
            (b"", "drop"), (vendor, "experimenter"),
            (struct.pack(">HHHHI", 0, 8, 1, 0, 0xdead0008) + bytes(4),
             "output:1 <BAD_ACTION/BAD_TYPE>"),
            (struct.pack(">HHH6xI", 11, 16, 2, 3), "enqueue:2:3"),
            (struct.pack(">HHHH", 0, 8, 1, 0) * 2000,
             ",".join(["output:1"] * 2000))):
        entry = struct.pack(">HBx40xIIHHH6xQQQ", 88 + len(actions), 0, 0, 0,
                            5, 0, 0, 0, 0, 0) + actions
        body = struct.pack(">HH", 1, 0) + entry
        msg = struct.pack(">BBHI", 1, 17, 8 + len(body), 1) + body
        rc, out, err = answered(
            lab, (72, struct.pack("=Q64sIxxxx", 1, b"sw", len(msg)) + msg),
            (64, b""), ask=("-j", "show", "flows"))
        (row,) = json.loads(out)
        check(row["instructions"] == "actions=" + text,
              row["instructions"][:200])


def a_hostile_daemon_reaches_the_terminal(lab):
    ok, fail, counter, evil = 64, 65, 70, b"a\nb\x1b[2Jc\xff"
    rc, out, err = answered(
        lab, (counter, evil.ljust(48, b"\0") + bytes(8)),
        (counter, b"x" * 56), (ok, b""))
    check(rc == 0 and b"a?b?[2Jc?" in out and out.count(b"\n") == 3,
          str(out + err))
    rc, out, err = answered(
        lab, (fail, bytes(4) + evil.ljust(256, b"\0")))
    check(rc == 1 and b"a?b?[2Jc?" in err, str(err))
    rc, out, err = answered(lab, (fail, b"\xff" * 260))
    check(rc == 1 and len(err) < 400, str(err))
    rc, out, err = answered(lab, openflow(evil, 1, bytes([0, 1, 0, 0] * 3)),
                            (ok, b""), ask=("show", "flows"))
    check(rc == 1 and b"a?b?[2Jc?" in err, str(err))
    for bad in ((counter, b"x" * 55), (fail, b""), (ok, b"x"), (1, b""),
                (0xffffffff, b"x" * 60), (counter, b"x" * 70000)):
        rc, out, err = answered(lab, bad, (ok, b""))
        check(rc == (0 if bad[0] == ok else 1), "%s: %d %s" %
              (bad[0], rc, err))


lab = Lab("sc")
lab.host("h1", "10.0.0.1")
lab.host("h2", "10.0.0.2")
lab.run(a_missing_daemon_is_not_a_clear_error,
        words_are_not_abbreviated_or_explained, a_dump_is_empty_or_not_json,
        output_that_is_not_written_is_no_error,
        flows_cannot_be_changed, a_wrong_flow_is_taken_or_not_explained,
        a_busy_device_hangs, a_capture_is_not_read, a_file_is_written_over,
        ports_do_not_fit_on_a_line, what_is_not_counted_is_shown,
        actions_of_1_0_are_left_out,
        a_hostile_daemon_reaches_the_terminal)
