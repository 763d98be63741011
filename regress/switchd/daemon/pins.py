#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""pins.py: whose certificate is accepted, and what is said when it is not.

Switches that pin a certificate to a datapath id, that we connect to by name,
or that show a certificate that is good for nothing; files that cannot be used.
Needs root.
"""
import hashlib
import os
import signal
import socket
import ssl
import struct
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import switchd as sd  # noqa: E402

DPID = 0xb1


def path(name):
    return sd.DIR + "/" + name


def make(name, ca, *ext, days="30", early=False):
    """A certificate by a CA, for names of a subjectAltName or none."""
    sd.sh("openssl", "req", "-new", "-newkey", "ec", "-pkeyopt",
          "ec_paramgen_curve:P-256", "-nodes", "-keyout", path(name + ".key"),
          "-out", path(name + ".csr"), "-subj", "/CN=" + name)
    with open(path(name + ".ext"), "w", encoding="ascii") as f:
        f.write("".join("subjectAltName=%s\n" % e for e in ext))
    if early:
        with open(path("early.cnf"), "w", encoding="ascii") as f:
            f.write("[ca]\ndefault_ca=d\n[d]\nrand_serial=yes\n"
                    "database=%s\nnew_certs_dir=%s\ndefault_md=sha256\n"
                    "policy=p\n[p]\ncommonName=supplied\n" %
                    (path("index"), sd.DIR))
        with open(path("index"), "w", encoding="ascii"):
            pass
        sd.sh("openssl", "ca", "-batch", "-notext", "-config",
              path("early.cnf"), "-cert", path(ca + ".pem"), "-keyfile",
              path(ca + ".key"), "-startdate", "20890101000000Z", "-enddate",
              "20900101000000Z", "-in", path(name + ".csr"), "-extfile",
              path(name + ".ext"), "-out", path(name + ".pem"))
        return
    sd.sh("openssl", "x509", "-req", "-in", path(name + ".csr"), "-CA",
          path(ca + ".pem"), "-CAkey", path(ca + ".key"), "-CAcreateserial",
          "-days", days, "-extfile", path(name + ".ext"), "-out",
          path(name + ".pem"))
    os.chmod(path(name + ".key"), 0o600)


def pin(name):
    with open(path(name + ".pem"), encoding="ascii") as f:
        der = ssl.PEM_cert_to_DER_cert(f.read())
    return "SHA256:" + hashlib.sha256(der).hexdigest()


def features(s, aux=0):
    """Be a switch of our datapath id as far as that; was it accepted?"""
    try:
        sd.hello(s)
        head = s.recv(8)
        sd.check(head[1] == 5, "no FEATURES_REQUEST, but %r" % head)
        s.sendall(struct.pack(">BBHIQIBB2xII", 4, 6, 32,
                              int.from_bytes(head[4:8], "big"), DPID, 0, 254,
                              aux, 0, 0))
        return s.recv(8) != b""
    except (ssl.SSLError, ConnectionError):
        return False


def told(*words):
    """One line of the log has all of them."""
    sd.wait_for("a line with %s" % (words,), lambda: any(
        all(w in line for w in words) for line in sd.log().split("\n")))


def another_certificate_is_taken_for_the_pinned():
    p, plain = sd.port(), sd.port()
    sd.running(sd.tls_conf(p, "server") + "listen on 127.0.0.1 port %d\n"
               "switch branch external {\n\tdatapath-id 0x%x\n"
               "\tcertificate %s\n}\n" % (plain, DPID, pin("switch")))
    with sd.tls_client(p, "other") as s:
        sd.check(not features(s), "another of our CA's is accepted")
        told("%016x" % DPID, pin("switch"), pin("other"), "CN=other",
             "127.0.0.1:%d" % s.getsockname()[1])
    with sd.connected(plain) as s:
        sd.check(not features(s), "it is accepted without TLS")
        told("%016x" % DPID, "not none")
    with sd.tls_client(p, "switch") as s:
        sd.check(features(s), "the pinned one is refused: " + sd.log()[-400:])
        with sd.tls_client(p, "other") as t:
            sd.check(not features(t, 1), "another one's auxiliary is taken")
        # The other's turn, by a reload, which drops nobody.
        with open(sd.CONF, encoding="ascii") as f:
            text = f.read()
        sd.conf(text.replace(pin("switch"), pin("other")))
        sd.ctl("reload")
        sd.echo(s)
    with sd.tls_client(p, "other") as s:
        sd.check(features(s), "the newly pinned one is refused")
    with sd.tls_client(p, "switch") as s:
        sd.check(not features(s), "the one of before is accepted")


def pin_is_only_for_an_address():
    p = sd.port()
    sd.running("listen on 127.0.0.1 port %d\nswitch branch external {\n"
               "\tdatapath-id 0x%x\n\taddress 192.0.2.7\n"
               "\tcertificate %s\n}\n" % (p, DPID, pin("switch")))
    with sd.connected(p) as s:
        sd.check(not features(s), "another address is accepted without it")
        told("%016x" % DPID, "not none")


def stranger_is_taken_for_a_local_switch():
    p = sd.port()
    sd.running("listen on 127.0.0.1 port %d\nswitch swpa {\n"
               "\tdatapath-id 0x%x\n}\n" % (p, DPID))
    sd.wait_for("the switch", lambda: "swpa" in sd.ports_up())
    for pid in sd.switches()["swpa"]:
        os.kill(pid, signal.SIGKILL)
    sd.wait_for("it is down", lambda: "swpa" not in sd.ports_up())
    with sd.connected(p) as s:
        sd.check(not features(s), "a stranger is swpa")
        told("%016x" % DPID, "swpa")
    sd.wait_for("it is up again", lambda: "swpa" in sd.ports_up())
    sd.conf("")
    sd.ctl("reload")


def served(srv, name, go, result, ca="ca"):
    """Shake hands as a server, when told to; was our certificate taken?"""
    cx = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    cx.load_cert_chain(path(name + ".pem"), path(name + ".key"))
    cx.load_verify_locations(path(ca + ".pem"))
    cx.verify_mode = ssl.CERT_REQUIRED
    with srv.accept()[0] as c:
        c.settimeout(20)
        # Its hello is there: it has decided what to verify.
        c.recv(1, socket.MSG_PEEK)
        result.append("hello")
        go.wait(20)
        try:
            with cx.wrap_socket(c, server_side=True) as t:
                result.append(t.recv(8) != b"")
        except (OSError, ssl.SSLError):
            result.append(False)


def wrong_name_is_accepted_beside_a_pinned_one():
    """A name is verified, however others are dealt with meanwhile."""
    with socket.create_server(("127.0.0.1", 0)) as a, \
            socket.create_server(("127.0.0.1", 0)) as b:
        go, first, second = threading.Event(), [], []
        for srv, out in ((a, first), (b, second)):
            srv.settimeout(20)
            threading.Thread(target=served, args=(srv, "elsewhere", go, out),
                             daemon=True).start()
        named = "switch named external {\n\tconnect tls:127.0.0.1:%d\n}\n" \
            % a.getsockname()[1]
        sd.running(sd.tls_conf(sd.port(), "server") + named)
        sd.wait_for("the first hello", lambda: first)
        sd.conf(sd.tls_conf(sd.port(), "server") + named +
                "switch pinned external {\n\tconnect tls:127.0.0.1:%d\n"
                "\tcertificate %s\n}\n" % (b.getsockname()[1],
                                           pin("elsewhere")))
        sd.ctl("reload")
        sd.wait_for("the second hello", lambda: second)
        go.set()
        sd.wait_for("both handshakes", lambda: len(first) == len(second) == 2)
        sd.check(not first[1], "elsewhere is taken for 127.0.0.1")
        sd.check(second[1], "the pinned one is refused for its name")
        told("tls:127.0.0.1:%d" % a.getsockname()[1], "name", "127.0.0.1")


def refusal_does_not_say_why():
    """Of switches that connect: the address, and what is wrong."""
    p = sd.port()
    sd.running(sd.tls_conf(p, "server"))
    for who, why in (("expired", ("has expired", "its certificate: renew")),
                     ("early", ("not yet valid", "its certificate: set the "
                                "clock")),
                     ("stranger", ("issuer", "not signed by our tls ca")),
                     (None, ("not return a certificate", "must show one"))):
        with sd.connected(p) as raw:
            cx = ssl.create_default_context(cafile=path("ca.pem"))
            if who is not None:
                cx.load_cert_chain(path(who + ".pem"), path(who + ".key"))
            local = "127.0.0.1:%d" % raw.getsockname()[1]
            try:
                with cx.wrap_socket(raw, server_hostname="127.0.0.1") as t:
                    t.sendall(sd.HELLO)
                    sd.check(t.recv(8) == b"", "%s gets in" % who)
            except (ssl.SSLError, ConnectionError):
                pass
            told(local, *why)
    # Also without -v, but not for as often as somebody likes.
    sd.ctl("log", "brief")
    for _ in range(300):
        with sd.connected(p) as s:
            s.sendall(b"GET / HTTP/1.0\r\n\r\n")

    def said():
        with sd.connected(p) as s:
            s.sendall(b"GET / HTTP/1.0\r\n\r\n")
        return "what peers did are left out" in sd.log()
    sd.wait_for("how many lines are left out", said)
    n = sd.log().count("does not speak TLS")
    sd.check(0 < n < 280, "%d lines of 300" % n)


def refusal_of_whom_we_connect_to_does_not_say_why():
    """Switches, and controllers that are forwarded to."""
    text = sd.tls_conf(sd.port(), "server")
    go, told_of = threading.Event(), []
    go.set()
    with socket.socket(socket.AF_UNIX) as dev:
        dev.bind(path("dev"))
        dev.listen(8)
        for i, (who, ca, why) in enumerate((
                ("expired", "ca", ("has expired", "renew")),
                ("early", "ca", ("not yet valid", "clock")),
                ("stranger", "ca", ("issuer", "not signed by our tls ca")),
                ("elsewhere", "ca", ("name `127.0.0.1'", "connect to")),
                ("switch", "foreign", ("our tls certificate",)),
                ("expired", "ca", ("has expired", "forward to")))):
            srv = socket.create_server(("127.0.0.1", 0))
            srv.settimeout(20)
            threading.Thread(target=served, args=(srv, who, go, [], ca),
                             daemon=True).start()
            to = "tls:127.0.0.1:%d" % srv.getsockname()[1]
            text += 'device "%s" forward to %s\n' % (path("dev"), to) \
                if "forward to" in why else \
                "switch s%d external {\n\tconnect %s\n}\n" % (i, to)
            told_of.append((to, *why))
        sd.running(text)
        for words in told_of:
            told(*words)


def handshake_outlives_the_certificates_it_began_with():
    """A reload while a switch shakes hands; freed memory is used for it."""
    p = sd.port()
    sd.running(sd.tls_conf(p, "server"))
    ofp = sd.processes()["ofp"]["pid"]
    cx = ssl.create_default_context(cafile=path("ca.pem"))
    cx.load_cert_chain(path("switch.pem"), path("switch.key"))
    for cert in ("other", "server"):
        with sd.connected(p) as s:
            to, fro = ssl.MemoryBIO(), ssl.MemoryBIO()
            t = cx.wrap_bio(fro, to, server_hostname="127.0.0.1")
            while True:
                try:
                    t.do_handshake()
                    break
                except ssl.SSLWantReadError:
                    s.sendall(to.read())
                    fro.write(s.recv(65536))
            # Ours is still to be sent: to verify it needs what is gone.
            sd.conf(sd.tls_conf(p, cert))
            sd.ctl("reload")
            t.write(sd.HELLO)
            s.sendall(to.read())
            got = s.recv(65536)
            sd.check(got != b"", "the handshake broke off")
    sd.check(sd.processes()["ofp"]["pid"] == ofp, "ofp died of it")


def file_that_cannot_be_used_is_not_named():
    p = sd.port()
    good = sd.tls_conf(p, "server")
    sd.running(good)
    with open(path("empty.pem"), "w", encoding="ascii"):
        pass
    os.mkdir(path("folder.pem"))
    with sd.tls_client(p, "switch") as s:
        sd.hello(s)
        for old, new, words in (
                ("ca.pem", "none.pem", ("tls ca", "none.pem", "No such")),
                ("server.pem", "empty.pem", ("tls certificate", "empty.pem",
                                             "no PEM")),
                ("server.key", "switch.key", ("tls certificate", "server.pem",
                                              "key")),
                ("server.key", "folder.pem", ("tls key", "folder.pem",
                                              "not a file")),
                ("server.key", "server.pem", ("tls key", "server.pem",
                                              "others may read"))):
            sd.conf(good.replace(old, new))
            r = sd.ctl("reload", ok=False)
            sd.check(r.returncode != 0 and all(w in r.stderr for w in words),
                     "%s for %s: %s" % (new, old, r.stderr))
        # Nothing of that changed anything.
        sd.echo(s)
        with sd.tls_client(p, "switch") as t:
            sd.hello(t)


def main():
    sd.prepare()
    for ca in ("ca", "foreign"):
        sd.certificate(ca)
    for name in ("server", "switch", "other"):
        make(name, "ca", "IP:127.0.0.1,DNS:localhost")
    make("elsewhere", "ca", "DNS:elsewhere.example.net")
    make("stranger", "foreign")
    make("expired", "ca", "IP:127.0.0.1", days="-1")
    make("early", "ca", "IP:127.0.0.1", early=True)
    return sd.run([another_certificate_is_taken_for_the_pinned,
                   pin_is_only_for_an_address,
                   stranger_is_taken_for_a_local_switch,
                   wrong_name_is_accepted_beside_a_pinned_one,
                   refusal_does_not_say_why,
                   refusal_of_whom_we_connect_to_does_not_say_why,
                   handshake_outlives_the_certificates_it_began_with,
                   file_that_cannot_be_used_is_not_named])


if __name__ == "__main__":
    sys.exit(main())
