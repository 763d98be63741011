# SPDX-License-Identifier: ISC
#
# certs.py: certificates for a test, by openssl: NAME.key and NAME.pem in a
# folder.

from lab import sh


def make_ca(d, name):
    sh("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
       "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
       "/CN=%s" % name, "-keyout", "%s/%s.key" % (d, name), "-out",
       "%s/%s.pem" % (d, name))


def make_cert(d, ca, name):
    sh("openssl", "req", "-newkey", "ec", "-pkeyopt",
       "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=%s" % name,
       "-keyout", "%s/%s.key" % (d, name), "-out", "%s/%s.csr" % (d, name))
    with open("%s/%s.ext" % (d, name), "w") as f:
        f.write("subjectAltName=DNS:%s,IP:127.0.0.1\n" % name)
    sh("openssl", "x509", "-req", "-days", "2", "-in", "%s/%s.csr" % (d, name),
       "-CA", "%s/%s.pem" % (d, ca), "-CAkey", "%s/%s.key" % (d, ca),
       "-CAcreateserial", "-extfile", "%s/%s.ext" % (d, name), "-out",
       "%s/%s.pem" % (d, name))
