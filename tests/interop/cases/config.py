"""Wrong configurations: a clear word, a status, and nothing half started."""

import contextlib
import os
import signal
import socket
from pathlib import Path

from harness import BUILD, Failed, case, expect, expect_eq, expect_soon, \
    free_ports, is_listening

SHIPPED = """\
configuration = {{
  workers = 1,
  applications = {{
    rootDirectory = "{applications}",
    {{ name = "live",
      acceptors = {{
        {{ ip = "127.0.0.1", port = {port}, protocol = "inboundRtmp" }},
      }},
    }},
  }},
}}
"""

# What is replaced in the above, by what, and what the message must name.
WRONG = {
    "unknown_key": ("workers = 1", "worker = 1",
                    [":2:", "worker", "workers"]),
    "unknown_acceptor_key": ("port = {port}", "portt = 80",
                             [":7:", "portt", "port"]),
    "wrong_type": ("workers = 1", "workers = {{}}", [":2:", "workers"]),
    "bad_value": ("workers = 1", "workers = -3", [":2:", "workers", "-3"]),
    "bad_choice": ("workers = 1", 'io = "epol"', [":2:", "io", "epoll"]),
    "port_out_of_range": ("port = {port}", "port = 99999",
                          [":7:", "port", "99999"]),
    "no_address": ('"127.0.0.1"', '"127.0.0.300"',
                   [":7:", "ip", "127.0.0.300"]),
    "unknown_chain": ("inboundRtmp", "inboundRtpm",
                      [":7:", "protocol", "inboundRtmp"]),
    "unknown_start": ('protocol = "inboundRtmp"',
                      'protocol = "inboundAny", detects = {{ "htttp" }}',
                      [":7:", "detects", "htttp", "did you mean 'http'"]),
    "unreadable_certificate": (
        '"inboundRtmp"',
        '"inboundRtmps", sslCert = "no.crt", sslKey = "no.key"',
        [":7:", "sslCert", "no.crt"]),
    "no_certificate_inside": (
        '"inboundRtmp"',
        '"inboundRtmps", sslCert = "{file}", sslKey = "{file}"',
        [":7:", "sslCert"]),
    "key_without_use": (
        'protocol = "inboundRtmp"',
        'protocol = "inboundRtmp", alsoServes = "live"',
        [":7:", "alsoServes", "one with HTTP"]),
    "certificate_without_use": (
        '"inboundRtmp"',
        '"inboundRtmp", sslCert = "{file}", sslKey = "{file}"',
        [":7:", "sslCert", "encrypt"]),
    "dtls_over_tcp": (
        '"inboundRtmp"',
        '{{ "tcp", "dtls", "rtmp" }}, sslCert = "{file}", sslKey = "{file}"',
        [":7:", "protocol", "dtls", "udp"]),
    "dtls_without_certificate": (
        '"inboundRtmp"', '{{ "udp", "dtls", "rtmp" }}',
        [":7:", "dtls", "sslCert"]),
    "unknown_application": ('name = "live"', 'name = "liev"',
                            [":5:", "liev"]),
    "syntax": ("workers = 1,", "workers = = 1,", [":2:"]),
    "runtime": ("workers = 1", "workers = nothing.here", [":2:", "nothing"]),
    "forbidden": ("workers = 1", 'workers = os.time()', [":2:", "os"]),
    "no_configuration": ("configuration", "configurattion",
                         ["configuration"]),
    "worker_too_many": ("port = {port}", "port = {port}, worker = 7",
                        [":7:", "worker"]),
}


def write(t, name, old="", new=""):
    """The shipped text with one replacement; its file and port."""
    port = free_ports(1)[0]
    path = t.file(name + ".lua")
    text = SHIPPED.replace(old, new, 1) if old else SHIPPED
    path.write_text(text.format(port=port, file=path,
                                applications=BUILD / "applications"))
    return path, port


def refuse(t, name, argv, program=(BUILD / "sluice",)):
    """Run the server, which must not start; what it said."""
    p = t.spawn(name, [*program, *argv], env=t.env)
    status = p.wait(5)
    expect(status > 0, f"{name}: exit status is {status}, not 0")
    return "\n".join(p.text().splitlines()[1:])


def faults(t, name, option):
    """What is not as promised when the server gets the wrong text `name`."""
    old, new, words = WRONG[name]
    path, port = write(t, name, old, new)
    try:
        said = refuse(t, name, [*option, path])
    except Failed as e:
        return [str(e)]
    missing = [w for w in [path.name, *words] if w not in said]
    found = [f"{name}: {missing} not in: {said}"] if missing else []
    if is_listening(port):
        found.append(f"{name}: something was opened")
    return found


@case(seconds=4)
def wrong_configuration_is_refused(t):
    """File, line, key and the nearest right one are named; status not 0;
    by --check and by a start, which opens nothing."""
    found = [fault for name in WRONG for option in (["--check"], [])
             for fault in faults(t, name, option)]
    expect(not found, "\n".join(found))


@case(seconds=2)
def all_errors_are_told_at_once(t):
    """Two mistakes are two messages."""
    path, _ = write(t, "two", "workers = 1", "worker = 1, iio = 2")
    said = refuse(t, "two", ["--check", path])
    expect("worker" in said and "iio" in said, f"both are named: {said}")


@case(seconds=2)
def check_only_checks(t):
    """--check of a right file: status 0, and it opens nothing."""
    path, port = write(t, "right")
    with socket.create_server(("127.0.0.1", port)):
        t.output("check", [BUILD / "sluice", "--check", path], env=t.env)


@case(seconds=2)
def command_line_is_helpful(t):
    """--help, --help-config, --version print and succeed; an unknown option,
    a missing file or none at all is an error."""
    for option, word in (("--help", "--check"), ("--version", "sluice"),
                         ("--help-config", "acceptors")):
        said = t.output("sluice", [BUILD / "sluice", option], env=t.env)
        expect(word in said, f"{option} tells of {word}")
    for n, argv in enumerate((["--chek", "x"], ["no-such.lua"], [])):
        said = refuse(t, f"wrong{n}", argv)
        expect(said.strip(), f"{argv}: a word about it")


@case(seconds=2, plain=True)
def too_few_descriptors_are_told(t):
    """A start that fails half-way ends with a word, not with a crash."""
    path, _ = write(t, "few", "workers = 1", "workers = 2")
    for n in (6, 8):
        said = refuse(t, f"few{n}", ["sh", "-c", f"ulimit -n {n}; exec $0 $1",
                                     BUILD / "sluice", path], program=[])
        expect("too many open files" in said, f"the reason: {said}")


@case(seconds=3)
def second_server_is_refused(t):
    """Two servers of one user do not share a port in silence; nor does one
    take a port from another program."""
    server = t.server()
    pid_file = t.file("first.pid")
    pid_file.write_text("1\n")
    said = refuse(t, "second", [f"--pid={pid_file}", server.config])
    expect(pid_file.exists(), "the first one's pid file stays")
    expect(f"{server.ports[0]}" in said and "in use" in said,
           f"port and reason are named: {said}")
    path, port = write(t, "taken")
    with socket.create_server(("127.0.0.1", port)):
        said = refuse(t, "third", [path])
    expect(f"{port}" in said and "in use" in said,
           f"port and reason are named: {said}")
    t.publisher(server, "show")


@case(seconds=3)
def wrong_module_is_refused(t):
    """No object at all, one without our symbol, one that needs a function
    that nobody has: named and refused."""
    sources = {"text": None, "stranger": "int unrelated;",
               "needy": "int nobody_has_it(void); extern int app;"
                        "int *p = &app; int f(void)"
                        "{ return nobody_has_it(); }"}
    for name, source in sources.items():
        module = t.file(name + ".so")
        if source:
            t.file(name + ".c").write_text(source)
            t.output("cc", ["cc", "-shared", "-fPIC", "-o", module,
                            t.file(name + ".c")])
        else:
            module.write_text("not an object")
        path, port = write(t, name, 'name = "live"',
                           f'name = "{name}", library = "{name}.so"')
        said = refuse(t, name, [path])
        expect(name + ".so" in said, f"it is named: {said}")


def pids_with(path):
    """The processes that have this file of ours on their command line."""
    pids = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if os.fsencode(path) in file.read_bytes().split(b"\0"):
                pids.append(int(file.parent.name))
        except (FileNotFoundError, ProcessLookupError):
            pass   # it has ended meanwhile
    return pids


@case(seconds=3)
def daemon_goes_to_the_background(t):
    """--daemon returns when all has started, or failed; --pid names the
    process, and the file goes with it."""
    path, port = write(t, "daemon")
    pid_file = t.file("daemon.pid")
    argv = ["--daemon", f"--pid={pid_file}", path]
    try:
        t.output("start", [BUILD / "sluice", *argv], env=t.env)
        expect(is_listening(port), "it listens when the command is back")
        expect_eq(pids_with(path), [int(pid_file.read_text())], "the process")
        refuse(t, "second", argv)
    finally:
        for pid in pids_with(path):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
    expect_soon(lambda: not is_listening(port), "SIGTERM ends it", 2)
    expect_soon(lambda: not pid_file.exists(), "its file is gone", 2)
