"""HTTP as its clients speak it, and as nobody should."""

import json
import re
import socket
import ssl
import time
from pathlib import Path

from harness import SCALE, case, expect, expect_eq

NOT_FOUND = {"title": "Not Found", "status": 404,
             "detail": "nothing is known by this path"}


def ask(port, *pieces, shut=False, pause=0):
    """Send these bytes to a port; all that comes until the end."""
    with socket.create_connection(("127.0.0.1", port), 10 * SCALE) as s:
        try:
            for piece in pieces:
                s.sendall(piece)
                time.sleep(pause)
            if shut:
                s.shutdown(socket.SHUT_WR)
        except ConnectionError:
            pass        # it may have answered and closed by now
        got = b""
        try:
            while data := s.recv(65536):
                got += data
        except ConnectionResetError:
            pass
        return got


def statuses(answer):
    return list(map(int, re.findall(rb"HTTP/1\.1 (\d{3}) ", answer)))


def memory_kib(server):
    rollup = Path(f"/proc/{server.process.pid}/smaps_rollup").read_text()
    return next(int(line.split()[1]) for line in rollup.splitlines()
                if line.startswith("Pss:"))


@case(seconds=2)
def http_curl(t):
    """curl over 1.0, 1.1, 2 by prior knowledge and by ALPN: the same."""
    server = t.server(http=True)
    for n, (flag, url) in enumerate((
            ("--http1.0", server.http_url("/x")),
            ("--http1.1", server.http_url("/x", 1)),
            ("--http2", server.https_url("/x")),
            ("--http1.1", server.https_url("/x")),
            ("--http2-prior-knowledge", server.http_url("/x")))):
        body = t.file(f"body{n}")
        said = t.output("curl", [
            "curl", "-sS", "-k", flag, "-o", body, "-w",
            "%{http_code} %{content_type} %{http_version}", "-d", "a=b",
            url])
        expect(f"404 application/problem+json {flag[6:7]}"
               in said.splitlines()[-1], f"{flag}: {said}")
        expect_eq(NOT_FOUND, json.loads(body.read_text()), flag)


@case(seconds=3, workers=True)
def http2_many_streams(t):
    """Thousands of requests over a few connections, all answered; and a
    client that is told to go when the server ends."""
    server = t.server(http=True)
    for url in (server.http_url("/x"), server.https_url("/x")):
        said = t.output("h2load", ["h2load", "-n", "4000", "-c", "4", "-m",
                                   "50", url])
        expect("4000 done" in said and "4000 4xx" in said, said)


SMUGGLED = b"GET /second HTTP/1.1\r\nHost: x\r\n\r\n"

# What two readers could understand in two ways: one answer, and the end.
SMUGGLING = {
    "CL.TE": b"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n"
             b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "TE.CL": b"POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"
             b"Content-Length: 3\r\n\r\n0\r\n\r\n",
    "two lengths": b"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n"
                   b"Content-Length: 35\r\n\r\n",
    "equal lengths": b"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n"
                     b"Content-Length: 0\r\n\r\n",
    "list of lengths": b"POST /a HTTP/1.1\r\nHost: x\r\n"
                       b"Content-Length: 0, 35\r\n\r\n",
    "TE twice": b"POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked"
                b"\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
    "TE in disguise": b"POST /a HTTP/1.1\r\nHost: x\r\n"
                      b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "TE with a tab": b"POST /a HTTP/1.1\r\nHost: x\r\n"
                     b"Transfer-Encoding\t: chunked\r\n\r\n0\r\n\r\n",
    "TE in 1.0": b"POST /a HTTP/1.0\r\nHost: x\r\n"
                 b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "blank before colon": b"GET /a HTTP/1.1\r\nHost : x\r\n\r\n",
    "folded": b"GET /a HTTP/1.1\r\nHost: x\r\nA: b\r\n c: d\r\n\r\n",
    "bare CR": b"GET /a HTTP/1.1\r\nHost: x\r\nA: b\rC: d\r\n\r\n",
    "bare LF": b"GET /a HTTP/1.1\nHost: x\n\n",
    "NUL": b"GET /a HTTP/1.1\r\nHost: x\r\nA: \0\r\n\r\n",
    "no host": b"GET /a HTTP/1.1\r\n\r\n",
    "two hosts": b"GET /a HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
    "chunk size signed": b"POST /a HTTP/1.1\r\nHost: x\r\n"
                         b"Transfer-Encoding: chunked\r\n\r\n-1\r\n",
    "chunk size 0x": b"POST /a HTTP/1.1\r\nHost: x\r\n"
                     b"Transfer-Encoding: chunked\r\n\r\n0x1\r\na\r\n",
    "chunk without end": b"POST /a HTTP/1.1\r\nHost: x\r\n"
                         b"Transfer-Encoding: chunked\r\n\r\n1\r\naX",
    "length +1": b"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: +1\r\n\r\n",
    "length -1": b"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
    "length hex": b"POST /a HTTP/1.1\r\nHost: x\r\n"
                  b"Content-Length: 0x0\r\n\r\n",
    "space in target": b"GET /a /b HTTP/1.1\r\nHost: x\r\n\r\n",
}


@case(seconds=2)
def http_smuggling(t):
    """One answer, 400 or 501, and the end; what stands behind is no
    request.  The same cut into single bytes."""
    server = t.server(http=True)
    for name, request in SMUGGLING.items():
        got = ask(server.http_ports[0], request + SMUGGLED)
        expect(statuses(got) in ([400], [501]), f"{name}: {got!r:.300}")
        expect(b"Connection: close\r\n" in got, f"{name}: the end is said")
    for name, request in list(SMUGGLING.items())[:4]:
        bites = [bytes([b]) for b in request + SMUGGLED]
        got = ask(server.http_ports[0], *bites)
        expect(statuses(got) in ([400], [501]), f"{name}: {got!r:.300}")


# What a client may well say, with its status.
PATHS = {
    b"/..%2fetc%2fpasswd": 400, b"/%2e%2e/x": 400, b"/../x": 400,
    b"/a%00b": 400, b"/%ff": 400, b"/%c0%ae": 400, b"/%ed%a0%80": 400,
    b"/%": 400, b"/%4": 400, b"/a\\b": 400, b"/%5c": 400, b"//x": 400,
    b"/" + b"a" * 1500: 414, b"/" + b"a" * 9000: 414, b"/\xc3\xbc": 400,
    b"/%c3%bc": 404, b"/x?" + b"a" * 5000: 404,
}


@case(seconds=2)
def http_paths(t):
    """Paths out of the tree, not UTF-8, too long: the right status."""
    server = t.server(http=True)
    for path, status in PATHS.items():
        got = ask(server.http_ports[0], b"GET " + path +
                  b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        expect_eq([status], statuses(got), f"status of {path!r:.60}")


@case(seconds=8, plain=True)
def http_large(t):
    """A million header fields, an endless line, lengths that nobody has,
    chunks without end: refused early, and nothing grows."""
    server = t.server(http=True)
    port = server.http_ports[0]
    start = b"POST /a HTTP/1.1\r\nHost: x\r\n"
    ask(port, start + b"\r\n", shut=True)
    before = memory_kib(server)
    fields = b"".join(b"a%d: b\r\n" % i for i in range(1000))
    for name, status, pieces in (
            ("fields", 431, [start] + [fields] * 1000),
            ("one field", 431, [start, b"a: "] + [b"x" * 65536] * 200),
            ("request line", 414, [b"GET /"] + [b"x" * 65536] * 200),
            ("huge length", 413,
             [start + b"Content-Length: 9223372036854775807\r\n\r\n"]
             + [b"x" * 65536] * 200),
            ("larger", 413, [start + b"Content-Length: 99999999999999999999"
                             b"\r\n\r\n"]),
            ("chunks", 413, [start + b"Transfer-Encoding: chunked\r\n\r\n"]
             + [b"ffff\r\n" + b"x" * 65535 + b"\r\n"] * 200),
            ("extensions", 413,
             [start + b"Transfer-Encoding: chunked\r\n\r\n"]
             + [b"1;" + b"x" * 3000 + b"\r\nx\r\n"] * 200)):
        got = ask(port, *pieces)
        expect(statuses(got) in ([status], []), f"{name}: {got!r:.200}")
    grown = memory_kib(server) - before
    expect(grown < 1024, f"memory: {grown} KiB more than before")
    expect_eq([404], statuses(ask(port, b"GET /a HTTP/1.1\r\nHost: x\r\n"
                                  b"Connection: close\r\n\r\n")), "after")


@case(seconds=2)
def http_half_close(t):
    """Who ends its side behind its requests gets all answers."""
    server = t.server(http=True)
    got = ask(server.http_ports[1], SMUGGLED * 3, shut=True)
    expect_eq([404] * 3, statuses(got), "answers")
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with socket.create_connection(("127.0.0.1", server.https_port)) as s:
        with context.wrap_socket(s) as tls:
            tls.sendall(SMUGGLED.replace(b"\r\n\r\n",
                                         b"\r\nConnection: close\r\n\r\n"))
            got = b""
            while data := tls.recv(4096):
                got += data
    expect_eq([404], statuses(got), "answer over TLS")


SLOW = {
    "headers": ["-H", "-i", "5"],
    "body": ["-B", "-i", "5", "-s", "8192"],
    "read": ["-X", "-w", "10", "-y", "20", "-n", "5", "-z", "32", "-k", "3"],
}


@case(seconds=60, plain=True, alone=True)
def http_slow_attacks(t):
    """slowhttptest by 2000 connections, in three ways, while two watch:
    they miss nothing, and the connections are closed in time."""
    server = t.server(http=True, app={"logSeconds": 60})
    publisher = t.publisher(server, "show")
    publisher.key("start", 0)
    viewers = [t.viewer(server, "show", worker=w) for w in (0, 1)]
    for viewer in viewers:
        viewer.frame("start")
    n = 0
    for kind, args in SLOW.items():
        attack = t.spawn(f"slow-{kind}", [
            "slowhttptest", "-c", "2000", "-r", "500", "-l", "15", "-x",
            "24", "-p", "3", *args, "-u", server.http_url("/x")])
        while attack.is_running():
            n += 1
            publisher.key(f"frame {n}", n * 40)
            for viewer in viewers:
                viewer.frame(f"frame {n}")
            time.sleep(0.04)
    expect(n > 300, f"the show goes on: {n} frames")
