"""Servers for the cases about TURN: ours, and coturn as the reference."""

import random
import re
from pathlib import Path

import harness
import turn
from harness import BUILD, Server, expect, expect_soon

SECRET = "north by northwest"
USERS = {"alice": "sesame", "bob": "open"}
HAS_IPV6 = Path("/proc/net/if_inet6").exists()

# Above what the system gives out by itself, so that no peer of a case has a
# port of the relay: these are reached inside the server, or not at all.
RELAY_PORT_MIN = 61000

# For cases that are not about limits, and come all from one address.
UNLIMITED = dict.fromkeys(("maxAllocationsPerUser", "repliesPerSecond",
                           "maxAllocationsPerAddress", "bytesPerSecond",
                           "bytesPerSecondPerUser"), 0)


def is_used(port, *protocols):
    """True if a socket is bound to the port, of udp or tcp."""
    return any(f":{port:04X} " in Path("/proc/net", name).read_text()
               for protocol in protocols for name in (protocol,
                                                      protocol + "6"))


def free_range(n):
    """The first of `n` ports in a row, even, that nobody uses, below those
    that the system gives out by itself."""
    while True:
        first = random.randrange(10000, 32000, 2)
        if not any(is_used(port, "udp", "tcp")
                   for port in range(first, first + n)):
            return first


class TurnServer(Server):
    """sluice with one application `turn` on loopback, for both families.

    .ports[0] and .ports[1] are pinned to the first and the last worker,
    unless is_pinned is False and each is for all: UDP with DTLS beside it,
    TCP with TLS beside it; .tls_port is `turns` alone.
    keys: of the application; None: not set."""

    def __init__(self, t, workers=2, io="epoll", ips=("127.0.0.1", "::1"),
                 is_pinned=True, **keys):
        self.t = t
        self.workers = workers
        first = free_range(3)
        self.ports, self.tls_port = [first, first + 1], first + 2
        self.ips = [ip for ip in ips if HAS_IPV6 or ":" not in ip]
        self.is_pinned = is_pinned
        self.config = t.file(f"config-{self.ports[0]}.lua")
        self.config.write_text(self._config(io, keys))
        self.argv = [BUILD / "sluice", self.config]
        self.slow = 1
        self.process = None

    def _config(self, io, keys):
        app = {"name": "turn", "realm": turn.REALM, "secret": SECRET,
               "users": [{"name": name, "password": password}
                         for name, password in USERS.items()],
               "peers": "test", "minPort": RELAY_PORT_MIN,
               "acceptors": self._acceptors()} | UNLIMITED
        return "configuration = " + harness.lua({
            "workers": self.workers, "io": io,
            "applications": {"rootDirectory": BUILD / "applications",
                             0: {k: v for k, v in (app | keys).items()
                                 if v is not None}}}) + "\n"

    def _acceptors(self):
        cert, key = self.t.certificate()
        tls = {"sslCert": cert, "sslKey": key}
        lines = []
        for ip in self.ips:
            for port, worker in zip(self.ports, (0, self.workers - 1)):
                at = tls | {"ip": ip, "port": port}
                if self.is_pinned:
                    at["worker"] = worker
                lines.append(at | {"protocol": "inboundTurn"})
                lines.append(at | {"protocol": "inboundTcpTurn"})
            lines.append(tls | {"ip": ip, "port": self.tls_port,
                                "protocol": "inboundTurns"})
        return lines

    def start(self):
        self.process = self.t.spawn("server", self.argv, env=self.t.env)
        expect_soon(lambda: self._listens() or not self.process.is_running(),
                    "server listens", 5)
        expect(self.process.is_running(), "server starts: it ended instead")
        return self

    def _listens(self):
        return (all(is_used(port, "udp") for port in self.ports) and
                all(map(harness.is_listening, [*self.ports, self.tls_port])))

    def client(self, kind="udp", worker=0, ip="127.0.0.1", port=None, **how):
        """A turn.Client, closed when the case ends."""
        client = turn.Client((ip, port or self.ports[worker]), kind, **how)
        self.t.clients.append(client)
        return client

    def pss(self):
        """The memory that is the server's share, in bytes."""
        rollup = Path(f"/proc/{self.process.pid}/smaps_rollup").read_text()
        return 1024 * int(re.search(r"^Pss: +(\d+)", rollup, re.M)[1])

    def waited(self):
        """Seconds that its threads could have run, and had no processor."""
        tasks = Path(f"/proc/{self.process.pid}/task").glob("*/schedstat")
        return max(int(t.read_text().split()[1]) for t in tasks) / 1e9

    def peer(self, ip="127.0.0.1", **how):
        peer = turn.Peer(ip, **how)
        self.t.clients.append(peer)
        return peer


class Coturn(TurnServer):
    """coturn, as near to what a case wants of ours as it has a switch for;
    one server, whose two ports are the same."""

    def __init__(self, t, **keys):
        self.t = t
        self.ips = ["127.0.0.1"] + ["::1"] * HAS_IPV6
        port = free_range(2)
        self.ports, self.tls_port = [port, port], port + 1
        cert, key = t.certificate()
        flags = {"mobility": "--mobility",
                 "nonceLifetime": f"--stale-nonce={keys.get('nonceLifetime')}"}
        self.argv = [
            "turnserver", "-n", *[f"-{f}{ip}" for ip in self.ips
                                  for f in "LE"], "-p", port,
            "--tls-listening-port", self.tls_port, "-m", "2",
            "--lt-cred-mech", f"--realm={turn.REALM}", "--no-cli",
            *[f"--user={u}:{p}" for u, p in USERS.items()],
            "--allow-loopback-peers", "--cert", cert, "--pkey", key,
            "--log-file=stdout", "--pidfile", t.file("coturn.pid"),
            "--userdb", t.file("coturn.db"),
            *[flags[k] for k in keys if k in flags]]
        self.process = None

    def start(self):
        self.process = self.t.spawn("coturn", self.argv)
        expect_soon(lambda: "DB connection success" in self.process.text()
                    or not self.process.is_running(), "coturn listens", 5)
        return self

    def stop(self, *_):
        self.process.kill()


def turn_server(t, **keys):
    """A started server; `--reference` makes it coturn."""
    server = (Coturn if t.reference else TurnServer)(t, **keys)
    t.servers.append(server)
    return server.start()
