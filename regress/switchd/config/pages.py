#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
#
# pages.py: the manual pages say what the programs do: options, commands,
# keywords; and every example configuration in them, and in README.md, is
# accepted.
#
# In switchd.conf.5 a literal display is a configuration, unless it is
# -compact: then it is for a shell, or another system's.

import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile

OBJ = os.environ.get("OBJ", "obj")
MAN = "share/man/"
# Program, page, its main, and options that are nobody's business.
PROGRAMS = (
    ("switchd", "switchd.8", "usr.sbin/switchd/switchd.c", "ITV"),
    ("switchctl", "switchctl.8", "usr.sbin/switchctl/switchctl.c", ""),
    ("uswitch", "uswitch.8", "sys/user/uswitch.c", ""))
failed = False


def case(name, faults):
    global failed
    faults = list(faults)
    if not faults:
        print("ok " + name)
        return
    failed = True
    print("not ok %s - %s" % (name, "; ".join(str(f) for f in faults)))


def read(path):
    with open(path) as f:
        return f.read()


def differ(a, a_name, b, b_name):
    a, b = set(a), set(b)
    for x in sorted(a - b):
        yield "%s has %s, %s has not" % (a_name, x, b_name)
    for x in sorted(b - a):
        yield "%s has %s, %s has not" % (b_name, x, a_name)


def run(*argv):
    return subprocess.run(argv, stdin=subprocess.DEVNULL, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60)


# Options, each as "x" or, with an argument, "x:".

def section(page, name):
    return re.search(r"^\.Sh %s\n(.*?)^\.Sh " % name, page + "\n.Sh ",
        re.S | re.M).group(1)


def options_synopsis(page):
    for letters, arg in re.findall(r"^\.Op Fl (\S+)(.*)$",
            section(page, "SYNOPSIS"), re.M):
        if arg:
            yield letters + ":"
        else:
            yield from letters


def options_usage(text):
    text = text[:text.find("commands")] if "commands" in text else text
    for letters, arg in re.findall(r"\[-(\w+)( [^]]*)?", text):
        if arg:
            yield letters + ":"
        else:
            yield from letters


def options_list(page):
    for letter, rest in re.findall(r"^\.It Fl (\w)\b(.*)$",
            section(page, "DESCRIPTION"), re.M):
        has_arg = rest.strip() and not rest.startswith(" , Fl -")
        yield letter + (":" if has_arg else "")


def options_getopt(source, internal):
    spec = re.search(r'getopt(?:_long)?\(argc, argv,\s*"\+?([^"]*)"',
        source).group(1)
    return [o for o in re.findall(r"\w:?", spec) if o[0] not in internal]


def check_options(prog, page_name, source, internal):
    page = read(MAN + page_name)
    real = options_getopt(read(source), internal)
    case("%s: SYNOPSIS has other options than getopt" % prog,
        differ(options_synopsis(page), "SYNOPSIS", real, "getopt"))
    case("%s: an option is not described, or is none" % prog,
        differ(options_list(page), "the list", real, "getopt"))
    for arg in ("-h", "--help"):
        r = run(OBJ + "/" + prog, arg)
        case("%s %s: fails, or says it on standard error" % (prog, arg),
            [r.stderr or r.returncode] if r.returncode or r.stderr else [])
        case("%s %s: shows other options than getopt" % (prog, arg),
            differ(options_usage(r.stdout), "usage", real, "getopt"))
    r = run(OBJ + "/" + prog, "-Z")
    case("%s: an unknown option is accepted, or not told apart" % prog,
        [] if r.returncode == 1 and "usage:" in r.stderr and not r.stdout
        else ["exit status %d" % r.returncode])


# Keywords of switchd.conf(5).

def keywords():
    table = read("usr.sbin/switchd/parse.y")
    table = re.search(r"\} keywords\[\] = \{(.*?)\n\};", table, re.S)
    return re.findall(r'\{ "([^"]+)"', table.group(1))


def macro_words(text, macro):
    """The words that belong to a macro, up to the next one or a bar."""
    for line in text.splitlines():
        if not line.startswith("."):
            continue
        on = False
        for w in line[1:].split():
            if re.fullmatch(r"[A-Z%][a-zA-Z]", w):
                on = w == macro
            elif on and w not in "|,.:":
                yield w


def page_keywords():
    page = read(MAN + "switchd.conf.5")
    heads = "\n".join(re.findall(r"^\.It (?:Xo\n.*?\n\.Xc|.*)$", page,
        re.S | re.M)).replace("\n.It", "\n.X .It")
    heads = "\n".join("." + h for h in
        re.sub(r"^\.", "", heads, flags=re.M).splitlines())
    return set(macro_words(heads, "Ic")), set(macro_words(page, "Ic"))


def check_keywords():
    known = keywords()
    described, named = page_keywords()
    case("a keyword of parse.y is not described in switchd.conf.5",
        sorted(set(known) - described))
    case("switchd.conf.5 speaks of a keyword that there is not",
        sorted(named - set(known)))
    case("the table of keywords is not sorted, so some are never found",
        [] if known == sorted(known) and known else ["see parse.y"])


# Commands of switchctl(8), as its help writes them.

def commands_help():
    text = run(OBJ + "/switchctl", "--help").stdout
    return re.findall(r"^  (.*)$", text, re.M)


def command_text(it):
    """The words of an .It line as a usage."""
    out, closing = "", ""
    for w in it.split():
        if w in ("Op", "Oo"):
            out += " ["
            closing = "]" if w == "Op" else closing
        elif w == "Oc":
            out += closing + "]"
            closing = ""
        elif w == "|":
            out += "|"
        elif w not in ("Cm", "Ar"):
            out += ("" if out[-1:] in "[|" else " ") + w
    return out.strip() + closing


def commands_page():
    page = read(MAN + "switchctl.8")
    for it in re.findall(r"^\.It (Cm .*)$", page, re.M):
        text = command_text(it)
        either = re.fullmatch(r"(log) (\w+)\|(\w+)", text)
        if either:
            yield "%s %s" % either.group(1, 2)
            yield "%s %s" % either.group(1, 3)
        else:
            yield text


def check_commands():
    helped = commands_help()
    case("switchctl --help lists nothing", [] if helped else ["no command"])
    case("switchctl.8 and switchctl --help have different commands",
        differ(commands_page(), "switchctl.8", helped, "help"))


# mdoc.

def check_mdoc():
    for page in sorted(glob.glob(MAN + "*.[1-9]")):
        r = run("mandoc", "-Tlint", page)
        faults = [line for line in (r.stdout + r.stderr).splitlines()
            if "referenced manual not found" not in line and
            "mandoc.db" not in line]
        case("%s: is not clean mdoc" % os.path.basename(page), faults)
        case("%s: a line is wider than 80 columns" % os.path.basename(page),
            [n for n, line in enumerate(read(page).splitlines(), 1)
            if len(line) > 80 and not line.startswith((".It ", ".Bl "))])


# Diagnostics.

FORMAT = r"%[-0-9.*]*(?:ll|z)?[a-z]"


def literals(*folders):
    """Strings of the sources as patterns, those that say something."""
    for folder in folders:
        for path in glob.glob(folder + "/*.c"):
            text = re.sub(r'"\s*\n\s*"', "", read(path))
            for lit in re.findall(r'"((?:[^"\\\n]|\\.)*)"', text):
                parts = re.split(FORMAT, lit.replace('\\"', '"'))
                if sum(map(len, parts)) >= 12:
                    yield ("(?:.*: |.*(?=: ))?" +
                        ".*".join(map(re.escape, parts)))


def check_diagnostics(page, *folders):
    said = list(literals(*folders))
    text = read(MAN + page).replace("\\(dq", '"')
    known = re.findall(r'^\.It "(.*)"$', text, re.M)
    case("%s: a diagnostic is none that the program has" % page,
        ["none at all"] if not known else [d for d in known
        if not any(re.fullmatch(p, d) for p in said)])


# Examples.

def page_examples(path):
    """Heading, is it a configuration, text."""
    head = ""
    shown = re.sub(r"\\e", r"\\", read(path))
    for m in re.finditer(r"^\.S[sh] (.*)$|^\.Bd (-literal.*)\n"
            r"((?:.*\n)*?)\.Ed$", shown, re.M):
        if m.group(1):
            head = m.group(1)
        else:
            yield head, "-compact" not in m.group(2), m.group(3)


def readme_examples():
    """The indented blocks of README.md that begin with a keyword."""
    known = keywords()
    head = ""
    for block in re.split(r"\n(?:[ \t]*\n)+", read("README.md")):
        if block.startswith("#"):
            head = block.strip("# \n")
        lines = block.strip("\n").splitlines()
        if lines and all(line.startswith("    ") for line in lines):
            words = lines[0].split()
            if words[0] in known or words[1:2] == ["="]:
                yield head, "\n".join(lines) + "\n"


def check_readme():
    text = read("README.md")
    missing = [p for p in re.findall(r"`((?:[a-z0-9_.]+/)*[A-Za-z0-9_.]+)`",
        text) if ("/" in p or "." in p) and "switch.ko" not in p and
        not glob.glob(p) and not glob.glob("usr.sbin/*/" + p) and
        not glob.glob("sys/*/" + p)]
    case("README.md: names a file that there is not", missing)
    case("README.md: names a make target that there is not",
        [t for t in re.findall(r"(?:^    |`)make (?:SAN=1 )?([a-z]+)", text,
        re.M) if not re.search(r"^%s:" % t, read("Makefile"), re.M)])


def make_files(d):
    """What the examples name: certificates, a file to include."""
    for sub in ("/etc/switchd.d", "/etc/ssl/switchd"):
        os.makedirs(d + sub)
    with open(d + "/etc/switchd.d/rack1.conf", "w"):
        pass
    ssl = d + "/etc/ssl/switchd/"
    r = run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes",
        "-subj", "/CN=test", "-days", "2", "-keyout", ssl + "key.pem",
        "-out", ssl + "cert.pem")
    if r.returncode:
        sys.exit("openssl: " + r.stderr)
    os.chmod(ssl + "key.pem", 0o600)
    shutil.copy(ssl + "cert.pem", ssl + "ca.pem")


def accepted(d, text):
    path = d + "/example.conf"
    with open(path, "w") as f:
        f.write(re.sub(r'"(/etc/)', r'"%s\1' % d, text).replace(
            '"customer1"', '"root"'))
    r = run(OBJ + "/switchd", "-n", "-f", path)
    if r.returncode == 0 and r.stderr == "configuration OK\n":
        return []
    return [r.stderr.replace(d, "").strip().replace("\n", "; ")]


def check_examples(d):
    n = 0
    for head, is_conf, text in page_examples(MAN + "switchd.conf.5"):
        if is_conf:
            n += 1
            case("switchd.conf.5, %s, example %d: is refused" % (head, n),
                accepted(d, text))
        else:
            case("switchd.conf.5, %s: a display is taken for no configuration"
                % head, [] if text.startswith(("# ", "openflow\n"))
                else [text.splitlines()[0]])
    case("switchd.conf.5 has no example for some kind of switch",
        [] if n >= 9 else ["%d examples" % n])
    n = 0
    for head, text in readme_examples():
        n += 1
        case("README.md, %s, example %d: is refused" % (head, n),
            accepted(d, text))
    case("README.md has no configuration", [] if n >= 2 else [n])
    text = read("etc/switchd.conf")
    case("etc/switchd.conf: is refused", accepted(d, text))
    case("etc/switchd.conf: is refused when all of it is switched on",
        accepted(d, re.sub(r"^#(?=[a-z\t}])", "", text, flags=re.M)))
    case("a mistake in an example is not noticed",
        [] if accepted(d, "listen one ::\n") else ["accepted"])


def main():
    os.chdir(os.path.dirname(os.path.abspath(__file__)) + "/../../..")
    for program in PROGRAMS:
        check_options(*program)
    check_keywords()
    check_commands()
    check_mdoc()
    check_diagnostics("switchd.8", "usr.sbin/switchd")
    check_diagnostics("uswitch.8", "sys/user")
    check_readme()
    with tempfile.TemporaryDirectory() as d:
        make_files(d)
        check_examples(d)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
