"""The TURN servers that are compared."""
import itertools
import os
import random
import shutil
import socket
import struct
import time
from pathlib import Path

from network import IPS
from servers import BUILD, LOAD, SLUICE, Server

SECRET = "the secret of the bench"
REALM = "bench"
LOOPBACK = "127.0.0.1"
# Below the ports that the system gives to others, and those of relays.
PORTS = range(20000, 32000)
NUMBERS = itertools.count()


def sluice_config(ip, port, workers, coalesce_us, keys):
    more = "".join(f" {name} = {value}," for name, value in keys.items())
    return f"""configuration = {{
  workers = {workers}, coalesceUs = {coalesce_us},
  applications = {{
    rootDirectory = "{BUILD / 'applications'}",
    {{ name = "turn", realm = "{REALM}", secret = "{SECRET}",
      peers = "{'test' if ip == LOOPBACK else 'public'}",
      allowPeers = {{ "198.18.0.0/15" }},
      maxAllocations = 0, maxAllocationsPerUser = 0,
      maxAllocationsPerAddress = 0, bytesPerSecond = 0,
      bytesPerSecondPerUser = 0, repliesPerSecond = 0,{more}
      acceptors = {{
        {{ ip = "{ip}", port = {port}, protocol = "inboundTurn" }},
        {{ ip = "{ip}", port = {port}, protocol = "inboundTcpTurn" }},
      }} }},
  }},
}}
"""


def free_port():
    """A port that neither TCP nor UDP uses."""
    while True:
        port = random.choice(PORTS)
        try:
            for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
                with socket.socket(type=kind) as s:
                    s.bind((LOOPBACK, port))
            return port
        except OSError:
            continue


class TurnServer(Server):
    """kind: sluice, coturn or bare.  core: where it runs; None: anywhere.
    coalesce_us: at most one wake-up in this time, 0 or (sluice) "auto".
    gso: of bare.  network: where it runs, and the load; None: loopback.
    keys: more of sluice's application."""

    def __init__(self, kind, folder, core=0, coalesce_us=0, gso=False,
                 workers=1, network=None, **keys):
        super().__init__(f"turn-{kind}-{next(NUMBERS)}", folder,
                         workers=workers, **keys)
        self.what, self.core = kind, core
        self.coalesce_us, self.gso = coalesce_us, gso
        self.port = free_port()
        self.network = network
        self.ip = IPS["server"] if network else LOOPBACK

    @staticmethod
    def is_there(kind):
        if kind == "sluice":
            return SLUICE.exists() and \
                (BUILD / "applications" / "turn.so").exists()
        if kind == "coturn":
            return bool(shutil.which("turnserver"))
        return LOAD.exists()

    def options(self):
        """What the load must be told to use it."""
        options = {"server": f"{self.ip}:{self.port}",
                   "pid": self.child.pid}
        if self.network:
            options["peer_ip"] = IPS["load"]
        if self.what != "bare":
            options["secret"] = SECRET
        return options

    def command(self):
        command = {"sluice": self.sluice, "coturn": self.coturn,
                   "bare": self.bare}[self.what]()
        if self.core is not None:
            command = ["taskset", "-c", str(self.core)] + command
        if self.network:
            command = self.network.command("server") + command
        return command

    def bare(self):
        return [LOAD, "bare-turn", "--ip", self.ip, "--port",
                str(self.port), "--wake-us", str(self.coalesce_us),
                "--gso", str(int(self.gso))]

    def sluice(self):
        config = self.folder / f"{self.kind}.lua"
        us = self.coalesce_us
        config.write_text(sluice_config(
            self.ip, self.port, self.workers, '"auto"' if us == "auto" else us,
            self.keys))
        return [SLUICE, config]

    def coturn(self):
        empty = self.folder / "turnserver.conf"
        empty.touch()
        return ["turnserver", "-c", empty, "-L", self.ip,
                "-E", self.ip, "-p", str(self.port),
                "-m", str(self.workers), "--use-auth-secret",
                "--static-auth-secret=" + SECRET, "--realm=" + REALM,
                "--allow-loopback-peers", "--no-tls", "--no-dtls",
                "--no-cli", "--min-port=49152", "--max-port=65535",
                "--log-file=" + os.devnull, "--simple-log",
                "--userdb", self.folder / f"{self.kind}.db",
                "--pidfile", self.folder / f"{self.kind}.pid"]

    def is_up(self):
        """Whether it answers a Binding request.  What runs in a network of
        its own is given a moment: the load asks again."""
        if self.network:
            time.sleep(1)
            return True
        request = struct.pack(">HHI", 1, 0, 0x2112a442) + os.urandom(12)
        with socket.socket(type=socket.SOCK_DGRAM) as s:
            s.connect((self.ip, self.port))
            s.settimeout(0.1)
            try:
                s.send(request)
                return len(s.recv(2048)) > len(request)
            except OSError:
                return False
