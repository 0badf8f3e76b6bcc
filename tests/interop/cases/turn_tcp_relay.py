"""TCP relays (RFC 6062): how the two directions end, that nothing is lost on
the way, and two relays of one server."""

import hashlib
import random
import re
import select
import socket
import time

import turn_message as stun
from harness import SCALE, case, expect, expect_eq
from turn import peers
from turn_message import A, CONNECT, CONNECTION_BIND
from turn_server import turn_server

TCP_RELAY = A.REQUESTED_TRANSPORT, stun.TCP
SECONDS = 20 * SCALE


class Listener:
    """A TCP peer that waits for connections."""

    def __init__(self, t):
        self.t = t
        self.sock = socket.create_server(("127.0.0.1", 0))
        self.sock.settimeout(SECONDS)
        self.addr = self.sock.getsockname()
        t.clients.append(self.sock)

    def accept(self):
        sock, _ = self.sock.accept()
        sock.settimeout(SECONDS)
        self.t.clients.append(sock)
        return sock


def allocate(server, worker=0, **how):
    """A control connection with a TCP relay."""
    client = server.client("tcp", worker, **how)
    client.allocate(TCP_RELAY)
    return client


def bind(server, id, kind="tcp", worker=1):
    """The socket of a data connection; what came behind the answer is in its
    client's buffer, and must be nothing."""
    data = server.client(kind, worker)
    data.ok(CONNECTION_BIND, (A.CONNECTION_ID, id))
    expect_eq(b"", data.transport.buf, "bytes that nobody has sent")
    data.transport.sock.settimeout(SECONDS)
    return data.transport.sock


def pair(t, server, kind="tcp"):
    """Both ends of a relayed connection, and the control connection."""
    listener, client = Listener(t), allocate(server)
    id = client.ok(CONNECT, *peers(listener.addr)).number(A.CONNECTION_ID)
    peer = listener.accept()
    return bind(server, id, kind), peer, client


def read_all(sock):
    """The digest of what comes up to the end."""
    digest, buf = hashlib.sha256(), bytearray(1 << 18)
    while n := sock.recv_into(buf):
        digest.update(memoryview(buf)[:n])
    return digest.hexdigest()


def exchange(socks, block, n):
    """Send `n` blocks from each to the other at once, end them, and give the
    digests of what came to each."""
    left = {sock: n * len(block) for sock in socks}
    digests = {sock: hashlib.sha256() for sock in socks}
    is_open = set(socks)
    deadline = time.monotonic() + SECONDS
    for sock in socks:
        sock.setblocking(False)
    while is_open and time.monotonic() < deadline:
        writers = [sock for sock in socks if left[sock]]
        ready, writable, _ = select.select(is_open, writers, [], 1)
        for sock in writable:
            at = -left[sock] % len(block)
            left[sock] -= sock.send(block[at:])
            if not left[sock]:
                sock.shutdown(socket.SHUT_WR)
        for sock in ready:
            data = sock.recv(1 << 18)
            digests[sock].update(data)
            if not data:
                is_open.discard(sock)
    expect(not is_open, "both have ended")
    return [digests[sock].hexdigest() for sock in socks]


@case(seconds=4)
def turn_tcp_relay_bulk(t):
    """20 MB each way at once, with `epoll` and with `select`."""
    block = random.randbytes(1 << 20)
    want = hashlib.sha256(block * 20).hexdigest()
    for io in ("epoll", "select"):
        data, peer, _ = pair(t, turn_server(t, io=io, tcpRelay=True))
        expect_eq([want, want], exchange((data, peer), block, 20), io)


@case(seconds=4)
def turn_tcp_relay_halves(t):
    """Who has said all still hears the rest, over TCP and TLS; who does not
    read for a while loses nothing when all have ended meanwhile."""
    server = turn_server(t, tcpRelay=True)
    block = random.randbytes(1 << 20)
    want = hashlib.sha256(block).hexdigest()

    for kind in ("tcp", "tls"):
        data, peer, _ = pair(t, server, kind)
        peer.sendall(block)
        peer.shutdown(socket.SHUT_WR)
        expect_eq(want, read_all(data), f"at the client by {kind}")
        data.sendall(block)
        # Python says close_notify only together with the end.
        data.close()
        expect_eq(want, read_all(peer), f"at the peer by {kind}")

    data, peer, client = pair(t, server)
    data.sendall(b"question")
    data.shutdown(socket.SHUT_WR)
    expect_eq(b"question", peer.recv(100), "question")
    expect_eq(b"", peer.recv(1), "end of it")
    peer.settimeout(0.5)
    sent = 0
    try:
        while True:
            sent += peer.send(block)
    except TimeoutError:
        peer.close()
    time.sleep(0.2)
    n = 0
    while got := data.recv(1 << 18):
        n += len(got)
    expect_eq(sent, n, "bytes of the answer")
    client.refresh()


@case(seconds=3)
def turn_tcp_relay_pair(t):
    """Two relays of one server reach each other, and are told their relayed
    addresses; other ports of the relays' address are 403."""
    server = turn_server(t, tcpRelay=True)
    a, b = allocate(server, 0), allocate(server, 1, user="bob",
                                         password="open")
    a.refused(403, CONNECT, *peers(a.relayed[0]))
    udp = server.client()
    udp.allocate()
    if udp.relayed[0][1] != b.relayed[0][1]:
        a.refused(403, CONNECT, *peers(udp.relayed[0]))
    b.permit(a.relayed[0])
    id = a.ok(CONNECT, *peers(b.relayed[0])).number(A.CONNECTION_ID)
    m = b.next("ConnectionAttempt")
    expect_eq(a.relayed[0], m.addr(A.XOR_PEER_ADDRESS), "peer")
    thief = server.client("tcp")
    thief.refused(441, CONNECTION_BIND,
                  (A.CONNECTION_ID, m.number(A.CONNECTION_ID)))
    far = server.client("tcp", 0, user="bob", password="open")
    far.ok(CONNECTION_BIND, (A.CONNECTION_ID, m.number(A.CONNECTION_ID)))
    near = bind(server, id)
    near.sendall(b"from a")
    expect_eq(b"from a", far.transport.read(6, 5), "at b")
    far.send(b"from b")
    expect_eq(b"from b", near.recv(6), "at a")


@case(seconds=4)
def turn_tcp_relay_counts(t):
    """What pipes carry is counted by the allocation, and the log has the
    peers that were connected to."""
    server = turn_server(t, tcpRelay=True)
    data, peer, client = pair(t, server)
    data.sendall(bytes(1000))
    peer.sendall(bytes(77))
    for sock, n in ((peer, 1000), (data, 77)):
        while n:
            n -= len(sock.recv(n))
    client.refresh(0)
    expect_eq(b"", data.recv(1), "end of the data connection")
    expect_eq(b"", peer.recv(1), "end at the peer")
    log = server.process.text()
    expect(re.search(r"end: client .* sent=0/1000 received=0/77 ", log),
           f"counts in the log: {log}")
    expect(f"connect peer=127.0.0.1:{peer.getsockname()[1]} " in log,
           f"the peer in the log: {log}")
