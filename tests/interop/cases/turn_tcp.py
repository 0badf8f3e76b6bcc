"""TCP relays: RFC 6062."""

import random
import socket
import threading

import turn_message as stun
from harness import SCALE, case, expect, expect_eq, expect_soon
from turn import peers
from turn_message import ALLOCATE, A, CONNECT, CONNECTION_BIND
from turn_server import turn_server

TCP_RELAY = A.REQUESTED_TRANSPORT, stun.TCP


class Listener:
    """A TCP peer that waits for connections."""

    def __init__(self, t, ip="127.0.0.1"):
        self.t = t
        self.sock = socket.create_server((ip, 0))
        self.sock.settimeout(5 * SCALE)
        self.addr = self.sock.getsockname()[:2]
        t.clients.append(self)

    def accept(self):
        """A connection, and where it is from."""
        sock, source = self.sock.accept()
        sock.settimeout(5 * SCALE)
        self.t.clients.append(sock)
        return sock, source

    def close(self):
        self.sock.close()


def control(server, kind="tcp", worker=0, **how):
    """A control connection with an allocation of TCP."""
    client = server.client(kind, worker, **how)
    client.allocate(TCP_RELAY)
    return client


def bind(server, client, id, kind="tcp", worker=0):
    """A data connection for what `client` was told the id of."""
    data = server.client(kind, worker)
    data.ok(CONNECTION_BIND, (A.CONNECTION_ID, id))
    return data.transport


def read(sock, n):
    """`n` bytes of a peer's socket, or what came before its end."""
    data = b""
    while len(data) < n and (more := sock.recv(n - len(data))):
        data += more
    return data


@case(seconds=3, workers=True)
def turn_tcp_connect(t):
    """Connect, then ConnectionBind on this or another worker, over TCP or
    TLS: bytes go both ways, also those the peer sent before."""
    server = turn_server(t, tcpRelay=True)
    listener = Listener(t)
    for kind, data_kind, worker in (("tcp", "tcp", 0), ("tcp", "tcp", 1),
                                    ("tls", "tls", 1), ("tcp", "tls", 0)):
        client = control(server, kind)
        id = client.ok(CONNECT, *peers(listener.addr)).number(A.CONNECTION_ID)
        peer, source = listener.accept()
        expect_eq(client.relayed[0], source, "the peer sees")
        peer.sendall(b"I speak first")
        data = bind(server, client, id, data_kind, worker)
        expect_eq(b"I speak first", data.read(13, 5), "early data")
        data.send(b"and I answer")
        expect_eq(b"and I answer", read(peer, 12), "at the peer")
        peer.sendall(b"well")
        expect_eq(b"well", data.read(4, 5), "at the client")
        client.refresh()
        data.close()
        expect_eq(b"", peer.recv(1), "end at the peer")


@case(seconds=4, workers=True)
def turn_tcp_bulk(t):
    """Megabytes both ways at once, over TLS one way; what comes behind the
    bind in the same segment counts; the peer's end is the client's end."""
    server = turn_server(t, tcpRelay=True)
    listener, size = Listener(t), 3000000
    for kind, worker in (("tcp", 1), ("tls", 0)):
        client = control(server)
        id = client.ok(CONNECT, *peers(listener.addr)).number(A.CONNECTION_ID)
        peer, _ = listener.accept()
        # Python's TLS cannot be in two threads.
        out = random.randbytes(size if kind == "tcp" else 1000)
        back = random.randbytes(size)
        data = server.client(kind, worker)
        data.challenge()
        request = stun.write_message(
            CONNECTION_BIND, stun.REQUEST,
            [(A.CONNECTION_ID, id), *data.auth.attrs(CONNECTION_BIND)],
            None, data.auth.key)
        data.send(request + out[:1000])
        got = []
        threads = [
            threading.Thread(target=work, args=args) for work, *args in (
                (data.send, out[1000:]), (peer.sendall, back),
                (lambda: got.append(read(peer, len(out))),))]
        for thread in threads[kind == "tls":]:
            thread.start()
        reply = stun.read_frame(data.transport.recv(5 * SCALE))
        expect_eq(stun.SUCCESS, reply.cls, f"bound: {reply}")
        came = data.transport.read(size, 20 * SCALE)
        for thread in threads[kind == "tls":]:
            thread.join(20 * SCALE)
        expect(back == came, "all that the peer sent, at the client")
        expect([out] == got, "all that the client sent, at the peer")
        peer.sendall(b"last words")
        peer.close()
        expect_eq(b"last words", data.transport.read(10, 5), "before the end")
        data.transport.wait_closed(5)


@case(seconds=3, workers=True)
def turn_tcp_connect_errors(t):
    """446 for a second connection to a peer, until the first is gone; 447
    where nobody listens, 403 where it is forbidden, 400 without an address,
    443 for another family; none takes long."""
    server = turn_server(t, tcpRelay=True)
    listener, gone = Listener(t), Listener(t)
    gone.close()
    client = control(server)
    for code, *attrs in ((447, *peers(gone.addr)), (400,),
                         (403, *peers(("0.0.0.0", 8000))),
                         (403, *peers(("127.0.0.1", 80))),
                         (443, *peers(("::1", 8000))),
                         (400, (A.XOR_PEER_ADDRESS, b"\0\1"))):
        client.refused(code, CONNECT, *attrs)
    id = client.ok(CONNECT, *peers(listener.addr)).number(A.CONNECTION_ID)
    client.refused(446, CONNECT, *peers(listener.addr))
    peer, _ = listener.accept()
    data = bind(server, client, id)
    client.refused(446, CONNECT, *peers(listener.addr))
    peer.close()
    data.wait_closed(5)
    other = control(server)
    other.ok(CONNECT, *peers(listener.addr))


@case(seconds=2)
def turn_tcp_bind_errors(t):
    """ConnectionBind is 400 for an id that is none, is bound, or over UDP,
    and of no use to another user."""
    server = turn_server(t, tcpRelay=True)
    listener = Listener(t)
    client = control(server)
    id = client.ok(CONNECT, *peers(listener.addr)).number(A.CONNECTION_ID)
    peer, _ = listener.accept()
    for attrs in ((), ((A.CONNECTION_ID, id ^ 1),), ((A.CONNECTION_ID, 0),),
                  ((A.CONNECTION_ID, b"\0\0"),)):
        for worker in (0, 1):
            data = server.client("tcp", worker)
            data.refused(400, CONNECTION_BIND, *attrs)
    for kind in ("udp", "dtls"):
        server.client(kind).refused(400, CONNECTION_BIND,
                                    (A.CONNECTION_ID, id))
    thief = server.client("tcp", user="bob", password="open")
    reply = thief.request(CONNECTION_BIND, (A.CONNECTION_ID, id))
    expect(reply.code in (400, 441), f"not for another user: {reply}")
    data = bind(server, client, id, worker=1)
    server.client("tcp").refused(400, CONNECTION_BIND, (A.CONNECTION_ID, id))
    data.send(b"mine")
    expect_eq(b"mine", read(peer, 4), "at the peer")


@case(seconds=2, workers=True)
def turn_tcp_attempt(t):
    """A peer that connects to the relay is told to the client if it has a
    permission, else it is closed."""
    server = turn_server(t, tcpRelay=True)
    client = control(server)
    with socket.create_connection(client.relayed[0], 5 * SCALE) as peer:
        expect_eq(b"", peer.recv(1), "without permission")
    client.permit(("127.0.0.1", 0))
    expect_eq([], client.inbox, "indications so far")
    for worker in (0, 1):
        with socket.create_connection(client.relayed[0], 5 * SCALE) as peer:
            peer.sendall(b"knock")
            m = client.next("ConnectionAttempt")
            expect_eq((stun.CONNECTION_ATTEMPT, stun.INDICATION),
                      (m.method, m.cls), f"{m}")
            expect_eq(peer.getsockname(), m.addr(A.XOR_PEER_ADDRESS), "peer")
            data = bind(server, client, m.number(A.CONNECTION_ID),
                        worker=worker)
            expect_eq(b"knock", data.read(5, 5), "early data")
            data.send(b"come in")
            expect_eq(b"come in", read(peer, 7), "at the peer")
            data.close()
            expect_eq(b"", peer.recv(1), "end at the peer")


@case(seconds=2)
def turn_tcp_end(t):
    """With the allocation go its connections, bound or not, and its
    listener: by Refresh 0, and by the end of the control connection."""
    server = turn_server(t, tcpRelay=True)
    for how in ("refresh", "close"):
        listener = Listener(t)
        client = control(server)
        ids = [client.ok(CONNECT, *peers(a)).number(A.CONNECTION_ID)
               for a in (listener.addr, Listener(t).addr)]
        peer, _ = listener.accept()
        data = bind(server, client, ids[0], worker=1)
        if how == "refresh":
            client.refresh(0)
        else:
            client.close()
        data.wait_closed(5)
        expect_eq(b"", peer.recv(1), "end at the peer")
        try:
            socket.create_connection(client.relayed[0], 5).close()
            is_open = True
        except ConnectionRefusedError:
            is_open = False
        expect(not is_open, "the relay's listener is gone")
        late = server.client("tcp")
        late.refused(400, CONNECTION_BIND, (A.CONNECTION_ID, ids[1]))


@case(seconds=2)
def turn_tcp_allocate_rules(t):
    """A TCP relay is for TCP and TLS clients, and takes no EVEN-PORT,
    DONT-FRAGMENT or reservation; without `tcpRelay` it is 442.  What is for
    UDP does not work with it, nor the other way round."""
    server = turn_server(t, tcpRelay=True)
    for kind in ("udp", "dtls"):
        server.client(kind).refused(400, ALLOCATE, TCP_RELAY)
    client = server.client("tcp")
    for attr in ((A.EVEN_PORT, 0), (A.DONT_FRAGMENT, b""),
                 (A.RESERVATION_TOKEN, bytes(8))):
        client.refused(400, ALLOCATE, TCP_RELAY, attr)
    client.refused(437, CONNECT, *peers(("127.0.0.1", 8000)))
    client.allocate(TCP_RELAY)
    peer = server.peer()
    client.permit(peer.addr)
    client.send_to(peer.addr, b"UDP out of a TCP relay")
    reply = client.request(stun.CHANNEL_BIND, (A.CHANNEL_NUMBER, 0x4000),
                           *peers(peer.addr))
    expect(reply.code, f"no channels: {reply}")

    client = server.client("tcp")
    client.allocate()
    reply = client.request(CONNECT, *peers(Listener(t).addr))
    expect(reply.code, f"no Connect from a UDP relay: {reply}")
    client.permit(peer.addr)
    client.send_to(peer.addr, b"UDP")
    peer.expect_data(b"UDP", client.relayed[0])

    server = turn_server(t)
    server.client("tcp").refused(442, ALLOCATE, TCP_RELAY)


@case(seconds=2)
def turn_tcp_limits(t):
    """maxTcpConnections of an allocation: one more is refused, until one of
    them goes."""
    server = turn_server(t, tcpRelay=True, maxTcpConnections=2)
    client = control(server)
    listeners = [Listener(t) for _ in range(3)]
    for listener in listeners[:2]:
        id = client.ok(CONNECT,
                       *peers(listener.addr)).number(A.CONNECTION_ID)
    reply = client.request(CONNECT, *peers(listeners[2].addr))
    expect(reply.code in (486, 508), f"a third: {reply}")
    data = bind(server, client, id)
    peer, _ = listeners[1].accept()
    data.close()
    expect_eq(b"", peer.recv(1), "end at the peer")
    peer.close()
    expect_soon(lambda: not client.request(
        CONNECT, *peers(listeners[2].addr)).code, "there is room again")


@case(seconds=2)
def turn_tcp_slow_reader(t):
    """A client that does not read does not make the server's memory grow,
    and gets all of it in the end."""
    server = turn_server(t, tcpRelay=True)
    listener, size = Listener(t), 12000000
    client = control(server)
    id = client.ok(CONNECT, *peers(listener.addr)).number(A.CONNECTION_ID)
    peer, _ = listener.accept()
    data = bind(server, client, id, worker=1)
    before = server.pss()
    sent = threading.Thread(target=peer.sendall, args=(bytes(size),))
    sent.start()
    sent.join(0.5)
    grown = server.pss() - before
    # A sanitizer keeps what was freed for a while.
    expect(grown < 2000000 * SCALE, f"PSS grows by {grown} bytes")
    came = data.read(size, 20 * SCALE)
    expect_eq(size, len(came), "bytes")
    sent.join()
