"""What attackers send, and a call that must not notice; for cases in a
network of their own, where every address of NETWORK is the machine's."""

import socket
import struct
import threading
import time
from pathlib import Path

import turn_message as stun
from harness import SCALE, expect, expect_eq
from turn import has_bytes

# Public addresses: each of them is here, though no interface's; but an IPv6
# server needs one that is.
NETWORK = ["route add local 9.0.0.0/8 dev lo"]
NETWORK6 = ["-6 route add local 2a00::/16 dev lo",
            "addr add 2a00::1/128 dev lo nodad"]
SERVER = "9.0.0.1"
SERVER6 = "2a00::1"
PEER = "9.7.7.7"
PEER6 = "2a00::7"
CALLER = "9.8.8.8"


def crowd(n_addresses, n_ports):
    """(ip, port) of that many senders, as they come in turn."""
    return [(f"9.1.{n >> 8}.{n & 255}", port)
            for port in range(20000, 20000 + n_ports)
            for n in range(n_addresses)]


def flood(sources, to, payload, per_second):
    """A datagram from each of the sources, whose addresses are only said;
    how many seconds it took."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
    udp_len = 8 + len(payload)
    head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + udp_len, 0, 0, 64,
                       socket.IPPROTO_UDP, 0)
    packets = [head + socket.inet_aton(ip) + socket.inet_aton(to[0])
               + struct.pack(">HHHH", port, to[1], udp_len, 0) + payload
               for ip, port in sources]
    start = time.monotonic()
    step = max(1, per_second // 200)
    for at in range(0, len(packets), step):
        for packet in packets[at:at + step]:
            sock.sendto(packet, to)
        ahead = start + (at + step) / per_second - time.monotonic()
        if ahead > 0:
            time.sleep(ahead)
    sock.close()
    return time.monotonic() - start


def n_sent():
    """UDP datagrams that went out of this network's sockets so far; those
    of `flood` are not among them."""
    names, values = [line.split() for line in
                     Path("/proc/net/snmp").read_text().splitlines()
                     if line.startswith("Udp:")]
    return int(values[names.index("OutDatagrams")])


class Call:
    """A client in a channel with a peer that answers, 100 times a second in
    a thread; `with` it, nothing may be lost.

    .sent: how many datagrams the client has sent."""

    PERIOD = 0.01

    def __init__(self, server, kind="udp", **how):
        self.client = server.client(kind, source=(CALLER, 0), **how)
        self.peer = server.peer(PEER)
        self.client.allocate()
        self.client.bind(0x4000, self.peer.addr)
        self.sent, self.came = 0, set()
        self.is_over = threading.Event()
        self.thread = threading.Thread(target=self._run)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, type, *_):
        self.is_over.set()
        self.thread.join()
        if type is None:
            missing = set(range(self.sent)) - self.came
            expect(not missing, f"the call loses nothing: {len(missing)} of "
                   f"{self.sent}, {sorted(missing)[:5]}...")
            expect(self.sent > 20, f"the call went on: {self.sent} sent")

    def _run(self):
        due = time.monotonic()
        while not self.is_over.is_set():
            self.client.send_channel(0x4000, struct.pack(">I", self.sent))
            self.sent += 1
            due = max(due + self.PERIOD, time.monotonic())
            self._pump(due)
        deadline = time.monotonic() + 10 * SCALE
        while len(self.came) < self.sent and time.monotonic() < deadline:
            self._pump(time.monotonic() + 0.05)

    def _pump(self, until):
        """Let the peer answer, and note what comes back; once at least."""
        peer = self.peer.sock
        while True:
            while has_bytes(peer, 0):
                peer.sendto(*peer.recvfrom(2048))
            while (frame := self.client.poll(0)) is not None:
                expect_eq(0x4000, frame.number, "channel")
                self.came.add(struct.unpack(">I", frame.data)[0])
            left = until - time.monotonic()
            if left <= 0:
                return
            time.sleep(min(left, 0.002))


def allocate_request():
    """As small as it can be, from nobody."""
    return stun.write_message(stun.ALLOCATE, stun.REQUEST,
                              [(stun.A.REQUESTED_TRANSPORT, stun.UDP)])


def dtls_hello():
    """A DTLS 1.2 ClientHello without cookie."""
    extensions = bytes.fromhex("000a0004 00020017 000d0004 00020403"
                               "000b0002 0100")
    body = (b"\xfe\xfd" + bytes(32) + b"\0\0" + b"\0\2\xc0\x2b" + b"\1\0"
            + struct.pack(">H", len(extensions)) + extensions)
    size = len(body).to_bytes(3, "big")
    handshake = b"\1" + size + b"\0\0" + bytes(3) + size + body
    return (b"\x16\xfe\xfd" + bytes(8)
            + struct.pack(">H", len(handshake)) + handshake)
