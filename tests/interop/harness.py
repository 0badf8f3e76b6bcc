"""What every case uses: the server under test, processes, ports, expectations.

A case is a function marked with @case.  It gets one argument, the run `t`:

    @case(seconds=3)
    def player_is_told(t):
        server = t.server()
        viewer = t.viewer(server, "nothing")
        expect(viewer.wait_status()["code"] == "NetStream.Play.Start", "...")

Whatever it starts through `t` is ended when it returns.  Each server must
then end by SIGTERM, in time, with status 0, and must not have written a
sanitizer's report.
"""

import ctypes
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import traceback
from pathlib import Path

import media
import rtmp

SAN = os.environ.get("SAN", "")
SOURCE = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("B") or "build").resolve()
OUT = BUILD / "interop"

# How much slower a server under a sanitizer may be.
SCALE = {"": 1.0, "address": 3.0, "thread": 5.0}[SAN]
STOP_SECONDS = 2.0

SAN_OPTIONS = {
    "ASAN_OPTIONS": "detect_leaks=1",
    "UBSAN_OPTIONS": "print_stacktrace=1",
    "TSAN_OPTIONS": "second_deadlock_stack=1",
}

REPORT = re.compile(rb"(ERROR|WARNING): (Address|Thread|Leak)Sanitizer"
                    rb"|runtime error:|Assertion .* failed")

CASES = {}


class Failed(Exception):
    """The case's promise is not kept."""


class Skipped(Exception):
    """This machine cannot try it; the text says what it lacks."""


def expect(ok, what):
    """`what` says what should have been true, and what is."""
    if not ok:
        raise Failed(what)


def expect_eq(want, got, what):
    expect(want == got, f"{what}: want {want!r:.400}, got {got!r:.400}")


def expect_soon(probe, what, seconds=5.0):
    """`probe()` becomes true before long; returns what it gave."""
    deadline = time.monotonic() + seconds * SCALE
    while not (got := probe()):
        expect(time.monotonic() < deadline, f"{what}, in {seconds} s")
        time.sleep(0.02)
    return got


def case(seconds, workers=False, plain=False, reference=False, alone=False):
    """Mark a case.

    seconds: what it usually takes; it is stopped far beyond that.
    workers: worth running under the thread sanitizer.
    plain: runs without sanitizers only.
    alone: runs after all others, with nothing beside it.
    reference: nginx-rtmp is able to do this too (`run --reference`)."""
    def mark(function):
        function.seconds = seconds
        function.workers = workers
        function.plain = plain
        function.alone = alone
        function.reference = reference
        CASES[function.__name__] = function
        return function
    return mark


def is_selected(function):
    """True if the case is run with the sanitizer that SAN names."""
    if SAN == "thread":
        return function.workers and not function.plain
    return not (SAN and function.plain)


# -- ports -------------------------------------------------------------------

def free_ports(n):
    """`n` TCP ports of the loopback that nobody uses right now."""
    socks = [socket.socket() for _ in range(n)]
    for s in socks:
        s.bind(("127.0.0.1", 0))
    ports = [s.getsockname()[1] for s in socks]
    for s in socks:
        s.close()
    return ports


def is_listening(port):
    """True if somebody listens; looks at the kernel's table, so that the
    server under test does not see a connection."""
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in Path(table).read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and fields[1].endswith(f":{port:04X}"):
                return True
    return False


# -- Lua ---------------------------------------------------------------------

class Lua(str):
    """Text that goes into the configuration as it is: a function."""


def lua(value, indent=""):
    """The value as Lua; integer keys of a dict are positions."""
    if isinstance(value, Lua):
        return str(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return str(value)
    if isinstance(value, (str, Path)):
        return '"' + str(value).replace("\\", "\\\\") + '"'
    deeper = indent + "  "
    if isinstance(value, list):
        value = dict(enumerate(value))
    lines = [deeper + (lua(v, deeper) if isinstance(k, int)
                       else f"{k} = {lua(v, deeper)}") + ",\n"
             for k, v in value.items()]
    return "{\n" + "".join(lines) + indent + "}"


# -- processes ---------------------------------------------------------------

PR_SET_PDEATHSIG = 1
CLONE_NEWNET = 0x40000000
SKIPPED = 77                            # exit status of such a case
LIBC = ctypes.CDLL(None)


def die_with_parent():
    """In a new process: if its parent is killed, it goes too."""
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class Process:
    """A program that runs beside the case; its output is in `log`."""

    def __init__(self, name, argv, log, **options):
        self.name = name
        self.log = log
        with open(log, "ab") as out:
            out.write(("$ " + " ".join(map(str, argv)) + "\n").encode())
            out.flush()
            self.popen = subprocess.Popen(
                [str(a) for a in argv], stdin=subprocess.DEVNULL,
                stdout=out, stderr=out, preexec_fn=die_with_parent,
                **options)
        self.pid = self.popen.pid

    def is_running(self):
        return self.popen.poll() is None

    def wait(self, seconds, what="ends"):
        """Wait for its end; its status."""
        try:
            return self.popen.wait(seconds * SCALE)
        except subprocess.TimeoutExpired:
            raise Failed(f"{self.name} {what}: not in {seconds} s") from None

    def finish(self, seconds):
        """It must end by itself, with status 0."""
        status = self.wait(seconds, "ends by itself")
        expect_eq(0, status, f"exit status of {self.name}")

    def signal(self, number):
        self.popen.send_signal(number)

    def kill(self):
        if self.is_running():
            self.popen.kill()
        self.popen.wait()

    def text(self):
        return self.log.read_bytes().decode(errors="replace")


class Server:
    """sluice with one application `live`: .ports[0] and .ports[1] are
    pinned to the first and the last worker.

    app: more keys of the application; apps: more applications; tls: the keys
    of an acceptor for RTMPS at .tls_port, or True for a certificate for
    localhost; http: more keys of acceptors for HTTP at .http_ports, pinned
    too, and for HTTPS at .https_port; or True; under: a program to run it
    under, `slow` times slower."""

    def __init__(self, t, workers=2, io="epoll", ip="127.0.0.1", app=None,
                 tls=None, http=None, under=(), slow=1, apps=()):
        self.t = t
        self.workers = workers
        self.ports = free_ports(6)
        self.tls_port = self.ports[2]
        self.http_ports = self.ports[3:5]
        self.https_port = self.ports[5]
        self.ports = (self.ports[:2] + self.ports[2:3] * bool(tls) +
                      self.ports[3:] * bool(http))
        self.config = t.file(f"config-{self.ports[0]}.lua")
        self.config.write_text(self._config(io, ip, app or {}, tls, http,
                                            apps))
        self.argv = [*under, BUILD / "sluice", self.config]
        self.slow = slow
        self.process = None

    def _config(self, io, ip, app, tls, http, apps):
        at = {"ip": ip}
        last = self.workers - 1
        live = {
            "name": "live", "default": True, "publisherGraceMs": 500,
            "acceptors": [
                at | {"port": self.ports[0], "protocol": "inboundRtmp",
                      "worker": 0},
                at | {"port": self.ports[1], "protocol": "inboundRtmp",
                      "worker": last},
            ]}
        if tls:
            cert, key = self.t.certificate()
            keys = {"sslCert": cert, "sslKey": key} if tls is True else tls
            live["acceptors"].append(
                at | {"port": self.tls_port, "protocol": "inboundRtmps",
                      "worker": last} | keys)
        if http:
            cert, key = self.t.certificate()
            keys = at | ({} if http is True else http)
            live["acceptors"] += [
                keys | {"port": port, "protocol": "inboundHttp", "worker": w}
                for port, w in zip(self.http_ports, (0, last))]
            live["acceptors"].append(keys | {
                "port": self.https_port, "protocol": "inboundHttps",
                "sslCert": cert, "sslKey": key})
        applications = dict(enumerate([live | app, *apps]))
        applications["rootDirectory"] = BUILD / "applications"
        return "configuration = " + lua({
            "workers": self.workers, "io": io,
            "applications": applications}) + "\n"

    def start(self):
        self.process = self.t.spawn("server", self.argv, env=self.t.env)
        expect_soon(lambda: all(map(is_listening, self.ports))
                    or not self.process.is_running(),
                    "server listens", 5 * self.slow)
        expect(self.process.is_running(), "server starts: it ended instead")
        return self

    def stop(self, number=signal.SIGTERM, within=STOP_SECONDS):
        """End it as an operator does; it must obey in time and be clean."""
        if not self.process or self.process.popen.returncode is not None:
            return
        expect(self.process.is_running(), "server runs until it is stopped: "
               f"it ended with status {self.process.popen.returncode}")
        self.process.signal(number)
        status = self.process.wait(within, "ends when told to")
        expect_eq(0, status, "server's exit status")

    def url(self, name, worker=0, app="live"):
        return f"rtmp://127.0.0.1:{self.ports[worker]}/{app}/{name}"

    def http_url(self, path, worker=0):
        return f"http://127.0.0.1:{self.http_ports[worker]}{path}"

    def https_url(self, path):
        return f"https://127.0.0.1:{self.https_port}{path}"

    def tls_url(self, name, app="live"):
        return f"rtmps://127.0.0.1:{self.tls_port}/{app}/{name}"


# -- one run of a case -------------------------------------------------------

class Run:
    """What a case may use, and what is cleaned up after it."""

    def __init__(self, name, reference=None):
        self.name = name
        self.dir = OUT / name
        self.reference = reference      # makes another server than sluice
        self.processes = []
        self.servers = []
        self.clients = []
        self.env = SAN_OPTIONS | os.environ
        shutil.rmtree(self.dir, ignore_errors=True)
        self.dir.mkdir(parents=True)

    def file(self, name):
        return self.dir / name

    def spawn(self, name, argv, **options):
        """Start a program; it is killed when the case ends."""
        n = sum(p.name == name for p in self.processes)
        log = self.file(f"{name}{n or ''}.log")
        self.processes.append(Process(name, argv, log, **options))
        return self.processes[-1]

    def output(self, name, argv, seconds=20, status=0, **options):
        """Run a program to its end; what it printed."""
        p = self.spawn(name, argv, **options)
        expect_eq(status, p.wait(seconds), f"exit status of {name}")
        return p.text()

    def server(self, **options):
        """A started server (see Server)."""
        make = self.reference or Server
        server = make(self, **options)
        self.servers.append(server)
        return server.start()

    def nginx(self, **options):
        """A started nginx-rtmp (see nginx.Nginx), which is a peer."""
        from nginx import Nginx
        return Nginx(self, **options).start()

    def certificate(self, name="localhost"):
        """A self-made certificate for `name`: its file, its key's file."""
        cert, key = self.file(name + ".crt"), self.file(name + ".key")
        if not cert.exists():
            subprocess.run(
                ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                 "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                 "-subj", "/CN=" + name, "-keyout", key, "-out", cert],
                check=True, stderr=subprocess.DEVNULL)
        return cert, key

    # -- peers

    def ffmpeg(self, name, *args):
        return self.spawn(name, ["ffmpeg", "-hide_banner", "-nostdin", "-y",
                                 "-loglevel", "warning", *args])

    def publish_clip(self, clip, url):
        """ffmpeg sends the clip in real time, as it is."""
        return self.ffmpeg("publisher", "-re", "-i", clip.path, "-c", "copy",
                           "-f", "flv", url)

    def play_packets(self, url):
        """ffmpeg writes down each packet of `url`; see .packets()."""
        n = sum(p.name == "player" for p in self.processes)
        path = self.file(f"player{n or ''}.packets")
        p = self.ffmpeg("player", "-copyts", "-i", url, "-c", "copy",
                        "-f", "framehash", "-hash", "md5", path)
        p.packets = lambda: media.read_packets(path)
        return p

    def client(self, server, worker=0, kind=rtmp.Client, args=(), tls=None,
               host="127.0.0.1", **options):
        port = server.tls_port if tls else server.ports[worker]
        options.setdefault("timeout", 5 * SCALE)
        client = kind(host, port, *args, tls=tls, **options)
        self.clients.append(client)
        return client

    def publisher(self, server, name, worker=0, **options):
        return self.client(server, worker, rtmp.Publisher, (name,), **options)

    def viewer(self, server, name, worker=0, **options):
        return self.client(server, worker, rtmp.Viewer, (name,), **options)

    def own_network(self, *commands):
        """Go on in a network of the case's own, with a loopback; `commands`
        are for ip(8).  Call it before anything else is started."""
        if LIBC.unshare(CLONE_NEWNET):
            raise Skipped("no right to make network namespaces")
        for command in ("link set lo up", *commands):
            self.output("ip", ["ip", *command.split()])

    # -- the end

    def end(self):
        """Stop everything; raises when a server does not end as it should."""
        try:
            for server in self.servers:
                server.stop()
        finally:
            for client in self.clients:
                client.close()
            for p in reversed(self.processes):
                p.kill()
        for p in self.processes:
            if p.name == "server":
                expect(not REPORT.search(p.log.read_bytes()),
                       f"no sanitizer report in {p.log}")

    def tails(self, n=25):
        """The ends of all logs, for who looks for the reason."""
        for log in sorted(self.dir.glob("*.log")):
            lines = log.read_bytes().decode(errors="replace").splitlines()
            print(f"--- {log} ({len(lines)} lines)")
            for line in lines[:1] + lines[max(1, len(lines) - n):]:
                print("    " + line[:300])


def where_in_case(error):
    """File and line of the case where the error came up."""
    frames = [f for f in traceback.extract_tb(error.__traceback__)
              if "cases" in Path(f.filename).parts]
    at = frames[-1] if frames else traceback.extract_tb(
        error.__traceback__)[-1]
    return f"{Path(at.filename).name}:{at.lineno}"


def run_case(name, reference=None):
    """Run one case in this process; its exit status."""
    t = Run(name, reference)
    status = 1
    try:
        try:
            CASES[name](t)
        finally:
            # The case's own failure tells more than that of the end.
            broken = sys.exc_info()[0]
            try:
                t.end()
            except Failed as e:
                if not broken:
                    raise
                print("also:", e)
        status = 0
    except Skipped as e:
        print(e)
        status = SKIPPED
    except Exception as e:
        print(f"{where_in_case(e)}: {type(e).__name__}: {e}")
        t.tails()
    return status
