"""A TURN client for what other programs cannot be made to do.

It says what it is told to, right or wrong, and listens strictly: each answer
must be well formed, signed with the right key, and come once.  One thread,
one 5-tuple, and an inbox in which data waits until somebody asks for it.

    client = server.client("tcp")
    client.allocate()
    client.ok(CREATE_PERMISSION, (A.XOR_PEER_ADDRESS, peer.addr))
    client.send_to(peer.addr, b"hello")
"""

import base64
import hashlib
import os
import select
import socket
import ssl
import struct
import subprocess
import time
from dataclasses import dataclass, replace

import turn_message as stun
from harness import SCALE, die_with_parent, expect, expect_eq
from turn_message import A, ChannelData, Error

IP_FREEBIND = 15                       # for IPv6 too; not in Python
REALM = "example.org"
NONCE_COOKIE = b"obMatJos2"
HAS_ALGORITHMS, HAS_ANONYMITY = 1 << 23, 1 << 22    # RFC 8489 s18.1

RTO = 0.5                               # RFC 8489 s6.2.1
CHALLENGES = (401, 438)

# Errors that are told before it is known who asks, and so not signed.
UNSIGNED = (400, *CHALLENGES)


class Closed(Error):
    """The server closed the connection."""


# -- credentials -------------------------------------------------------------

@dataclass(frozen=True)
class Credential:
    """What a client says of itself (RFC 8489 s9.2.3), and was told for it.

    is_modern: uses what RFC 8489 has beyond RFC 5389, if it is offered.
    token, mac_key: of RFC 7635, with the key's name as the user's."""
    user: str = "alice"
    password: str = "sesame"
    is_modern: bool = False
    token: bytes = None
    mac_key: bytes = None
    realm: str = None
    nonce: bytes = None
    algorithms: bytes = None
    algorithm: int = None
    is_hashed: bool = False

    def told(self, reply):
        """The same after a 401 or 438."""
        nonce = reply.get(A.NONCE)
        algorithms = reply.get(A.PASSWORD_ALGORITHMS)
        known = replace(self, realm=reply.text(A.REALM), nonce=nonce)
        if not self.is_modern:
            return known
        features = nonce_features(nonce)
        if features & HAS_ALGORITHMS:
            # The same way twice is what this client takes for an attack.
            expect(algorithms, f"the nonce's algorithms are listed: {reply}")
            known = replace(known, algorithms=algorithms,
                            algorithm=max(read_algorithms(algorithms)))
        return replace(known, is_hashed=bool(features & HAS_ANONYMITY))

    @property
    def key(self):
        if self.mac_key is not None:
            return self.mac_key
        text = f"{self.user}:{self.realm}:{self.password}".encode()
        digest = "sha256" if self.algorithm == stun.SHA256 else "md5"
        return hashlib.new(digest, text).digest()

    @property
    def integrity(self):
        return (A.MESSAGE_INTEGRITY if self.algorithm is None
                else A.MESSAGE_INTEGRITY_SHA256)

    def attrs(self, method):
        """What it adds to a request of this method."""
        if self.is_hashed:
            text = f"{self.user}:{self.realm}".encode()
            yield A.USERHASH, hashlib.sha256(text).digest()
        else:
            yield A.USERNAME, self.user
        yield A.REALM, self.realm
        yield A.NONCE, self.nonce
        if self.algorithms is not None:
            yield A.PASSWORD_ALGORITHMS, self.algorithms
        if self.algorithm is not None:
            yield A.PASSWORD_ALGORITHM, self.algorithm
        if self.token is not None and method in (stun.ALLOCATE, stun.REFRESH):
            yield A.ACCESS_TOKEN, self.token


def nonce_features(nonce):
    """The 24 bits behind the nonce cookie; 0 if there is none."""
    if not nonce.startswith(NONCE_COOKIE):
        return 0
    return int.from_bytes(base64.b64decode(nonce[9:13], validate=True), "big")


def read_algorithms(value):
    """The numbers in PASSWORD-ALGORITHMS; those known have no parameters."""
    pairs = list(struct.iter_unpack(">HH", value))
    expect(pairs and not any(length for _, length in pairs),
           f"PASSWORD-ALGORITHMS without parameters: {value.hex()}")
    return [number for number, _ in pairs]


# -- transports: frames out and in -------------------------------------------

class Udp:
    is_stream = False

    def __init__(self, to, source=None):
        self.sock = socket.socket(family_of(to[0]), socket.SOCK_DGRAM)
        self.sock.bind(source or (any_of(to[0]), 0))
        self.sock.connect(to)
        self.addr = self.sock.getsockname()[:2]

    def send(self, data):
        self.sock.send(data)

    def recv(self, seconds):
        """The next frame, None if there is none in time."""
        return self.sock.recv(0x10000) if has_bytes(self.sock, seconds) \
            else None

    def close(self):
        self.sock.close()


class Stream:
    """TCP, or TLS with a context."""
    is_stream = True

    def __init__(self, to, source=None, tls=None):
        self.sock = socket.create_connection(
            to, 5 * SCALE, source_address=source)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.addr = self.sock.getsockname()[:2]
        if tls:
            self.sock = tls.wrap_socket(self.sock, server_hostname=to[0])
        self.buf = b""

    def send(self, data):
        self.sock.sendall(data)

    def recv(self, seconds):
        deadline = time.monotonic() + seconds
        while not (n := stun.frame_len(self.buf, True)) or n > len(self.buf):
            if not self.fill(deadline - time.monotonic()):
                return None
        frame, self.buf = self.buf[:n], self.buf[n:]
        return frame

    def fill(self, seconds):
        """Take in what has come; false if that was nothing in time."""
        self.sock.settimeout(max(0.001, seconds))
        try:
            data = self.sock.recv(0x10000)
        except (TimeoutError, ssl.SSLWantReadError):
            return False
        except ConnectionError as e:
            raise Closed(str(e)) from None
        finally:
            self.sock.settimeout(5 * SCALE)
        if not data:
            raise Closed("end of the stream")
        self.buf += data
        return True

    def read(self, n, seconds):
        """`n` bytes as they are, for data connections of RFC 6062."""
        deadline = time.monotonic() + seconds
        while len(self.buf) < n:
            expect(self.fill(deadline - time.monotonic()),
                   f"{n} bytes come in {seconds} s: {self.buf!r:.200}")
        data, self.buf = self.buf[:n], self.buf[n:]
        return data

    def wait_closed(self, seconds):
        """The server closes it; what comes before that is dropped."""
        deadline = time.monotonic() + seconds
        try:
            while self.fill(deadline - time.monotonic()):
                self.buf = b""
        except Closed:
            return
        expect(False, f"the connection is closed in {seconds} s")

    def close(self):
        self.sock.close()


class Dtls:
    """openssl's client in between, since Python has no DTLS: what it reads
    at once is a datagram, and messages know their length."""
    is_stream = False

    def __init__(self, to, source=None, log=subprocess.DEVNULL):
        host = f"[{to[0]}]" if ":" in to[0] else to[0]
        bind = ["-bind", f"{source[0]}:{source[1]}"] if source else []
        self.child = subprocess.Popen(
            ["openssl", "s_client", "-dtls", "-quiet", *bind, "-connect",
             f"{host}:{to[1]}"], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=log, bufsize=0,
            preexec_fn=die_with_parent)
        self.addr = None                # openssl's, unknown here
        self.buf = b""

    def send(self, data):
        self.child.stdin.write(data)

    def recv(self, seconds):
        deadline = time.monotonic() + seconds
        out = self.child.stdout
        while not (n := stun.frame_len(self.buf, False)) or n > len(self.buf):
            if not has_bytes(out, deadline - time.monotonic()):
                return None
            if not (data := out.read(0x10000)):
                raise Closed("openssl has ended")
            self.buf += data
        frame, self.buf = self.buf[:n], self.buf[n:]
        return frame

    def close(self):
        self.child.kill()
        self.child.wait()
        self.child.stdin.close()
        self.child.stdout.close()


def has_bytes(file, seconds):
    """True as soon as something can be read; for any number of files."""
    poll = select.poll()
    poll.register(file, select.POLLIN)
    return bool(poll.poll(max(0, seconds) * 1000))


def family_of(ip):
    return socket.AF_INET6 if ":" in ip else socket.AF_INET


def free_socket(family, type):
    """A socket that can be bound to an address that is no interface's."""
    sock = socket.socket(family, type)
    sock.setsockopt(socket.IPPROTO_IP, IP_FREEBIND, 1)
    return sock


def any_of(ip):
    return "::" if ":" in ip else "0.0.0.0"


def any_certificate():
    """A context that checks nothing: names are what other cases are for."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def connect(kind, to, source=None):
    """kind: udp, tcp, tls or dtls."""
    if kind == "tls":
        return Stream(to, source, any_certificate())
    return {"udp": Udp, "tcp": Stream, "dtls": Dtls}[kind](to, source)


# -- the client --------------------------------------------------------------

class Client:
    """One 5-tuple towards `to`, (ip, port).

    Waits end after `timeout` seconds with an Error."""

    def __init__(self, to, kind="udp", source=None, timeout=4.0, **auth):
        self.to, self.kind = to, kind
        self.timeout = timeout * SCALE
        self.transport = connect(kind, to, source)
        self.auth = Credential(**auth)
        self.inbox = []
        self.relayed = []               # (ip, port), one for each family
        self.ticket = None              # RFC 8016

    @property
    def addr(self):
        return self.transport.addr

    def close(self):
        self.transport.close()

    # -- frames

    def send(self, data):
        self.transport.send(data)

    def poll(self, seconds):
        """The next frame that is not in the inbox, or None."""
        data = self.transport.recv(seconds)
        return data and stun.read_frame(data)

    def next(self, what="something comes", seconds=None):
        """The next frame that nobody has asked for yet."""
        if self.inbox:
            return self.inbox.pop(0)
        seconds = self.timeout if seconds is None else seconds
        frame = self.poll(seconds)
        expect(frame is not None, f"{what}, in {seconds:.1f} s")
        return frame

    def expect_nothing(self, what, seconds=0.1):
        """Nothing waits, and nothing more comes."""
        frame = self.inbox[0] if self.inbox else self.poll(seconds)
        expect(frame is None, f"{what}: got {frame!r:.300}")

    # -- transactions

    def ask(self, method, *attrs, auth=None, sign=True, tid=None, behind=(),
            fingerprint=False, is_first=False):
        """One transaction, sent again as long as no answer comes; the
        answer, whatever it says.

        auth: another Credential than the client's.  sign: False, without
        any.  is_first: its own attributes come behind the credentials."""
        auth = auth or self.auth
        sign = sign and auth.nonce is not None
        key = auth.key if sign else None
        mine = list(auth.attrs(method)) if sign else []
        request = stun.write_message(
            method, stun.REQUEST, mine + list(attrs) if is_first
            else [*attrs, *mine], tid or os.urandom(12), key,
            auth.integrity, behind, fingerprint)
        reply = self.exchange(request)
        if key is not None:
            check_signature(reply, key, auth.integrity)
        return reply

    def exchange(self, request):
        """Send a request's bytes until the answer comes."""
        deadline = time.monotonic() + self.timeout
        while True:
            self.send(request)
            again = deadline if self.transport.is_stream \
                else min(deadline, time.monotonic() + RTO * SCALE)
            reply = self.wait_reply(request[8:20], again)
            if reply:
                return reply
            if time.monotonic() >= deadline:
                raise Error(f"no answer to {stun.Message(request)}")

    def wait_reply(self, tid, deadline):
        while (left := deadline - time.monotonic()) > 0:
            frame = self.poll(left)
            if isinstance(frame, stun.Message) and frame.tid == tid:
                frame.check_fingerprint()
                expect(frame.cls in (stun.SUCCESS, stun.ERROR),
                       f"an answer, not {frame}")
                return frame
            if frame is not None:
                self.inbox.append(frame)
        return None

    def request(self, method, *attrs, **how):
        """As `ask`, and again with what 401 or 438 told, once each."""
        seen = set()
        while True:
            reply = self.ask(method, *attrs, **how)
            if ("auth" in how or reply.code not in CHALLENGES
                    or reply.code in seen):
                return reply
            seen.add(reply.code)
            if reply.code == 401 and self.auth.nonce is not None:
                return reply            # it has been tried
            self.auth = self.auth.told(reply)

    def ok(self, method, *attrs, **how):
        reply = self.request(method, *attrs, **how)
        expect(reply.cls == stun.SUCCESS, f"success, not {reply}")
        return reply

    def refused(self, code, method, *attrs, **how):
        reply = self.request(method, *attrs, **how)
        expect(reply.code == code, f"error {code}, not {reply}")
        return reply

    def challenge(self):
        """Learn realm and nonce without anything else."""
        reply = self.ask(stun.ALLOCATE, udp_relay(), sign=False)
        expect_eq(401, reply.code, "code of the first answer")
        self.auth = self.auth.told(reply)
        return reply

    # -- what clients do

    def settle(self):
        """The server has handled what was sent to it before, by others and
        to other sockets of it too: two of its turns have passed."""
        for _ in range(2):
            self.ok(stun.BINDING, sign=False)

    def allocate(self, *attrs, **how):
        """An allocation, of UDP unless the attributes say otherwise."""
        if not any(a[0] == A.REQUESTED_TRANSPORT for a in attrs):
            attrs = (udp_relay(), *attrs)
        reply = self.ok(stun.ALLOCATE, *attrs, **how)
        self.relayed = reply.addrs(A.XOR_RELAYED_ADDRESS)
        self.ticket = reply.get(A.MOBILITY_TICKET)
        return reply

    def refresh(self, seconds=None, *attrs, **how):
        if seconds is not None:
            attrs = ((A.LIFETIME, seconds), *attrs)
        return self.ok(stun.REFRESH, *attrs, **how)

    def permit(self, *addrs):
        return self.ok(stun.CREATE_PERMISSION, *peers(*addrs))

    def bind(self, number, addr):
        return self.ok(stun.CHANNEL_BIND, (A.CHANNEL_NUMBER, number),
                       *peers(addr))

    def send_to(self, addr, data, *attrs):
        """A Send indication."""
        self.send(stun.write_message(
            stun.SEND, stun.INDICATION,
            [*peers(addr), (A.DATA, data), *attrs]))

    def send_channel(self, number, data):
        self.send(stun.channel_data(number, data,
                                    padded=self.transport.is_stream))

    def expect_data(self, addr, data, **how):
        """The next thing is a Data indication with this; it."""
        m = self.next(f"{data!r:.40} from {addr}", **how)
        expect(isinstance(m, stun.Message) and m.method == stun.DATA
               and m.cls == stun.INDICATION and not m.has(A.ICMP),
               f"a Data indication, not {m!r:.300}")
        expect_eq(addr, m.addr(A.XOR_PEER_ADDRESS), "peer of the data")
        expect_eq(data, m.get(A.DATA), "data")
        return m

    def expect_channel(self, number, data, **how):
        """The next thing is ChannelData with this."""
        m = self.next(f"{data!r:.40} in channel {number:#x}", **how)
        expect_eq(ChannelData(number, data), m, "channel data")


def check_signature(reply, key, integrity):
    """An answer to a signed request is signed likewise, and repeats nothing
    of the credentials (RFC 8489 s9.2.4)."""
    reply.check_integrity(key)
    if reply.code in UNSIGNED:
        return
    expect_eq(integrity, reply.integrity, f"integrity of {reply}")
    for type in (A.REALM, A.NONCE, A.USERNAME, A.USERHASH):
        expect(not reply.has(type), f"no {type.name} in {reply}")


def peers(*addrs):
    return [(A.XOR_PEER_ADDRESS, addr) for addr in addrs]


def udp_relay():
    return A.REQUESTED_TRANSPORT, stun.UDP


# -- peers -------------------------------------------------------------------

class Peer:
    """A UDP socket on the other side of the relay."""

    def __init__(self, ip="127.0.0.1", timeout=4.0):
        self.sock = free_socket(family_of(ip), socket.SOCK_DGRAM)
        self.sock.bind((ip, 0))
        self.sock.settimeout(timeout * SCALE)
        self.addr = self.sock.getsockname()[:2]

    def send(self, data, to):
        self.sock.sendto(data, to)

    def recv(self):
        """(bytes, where they are from)."""
        try:
            data, source = self.sock.recvfrom(0x10000)
        except TimeoutError:
            expect(False, f"peer {self.addr} gets a datagram")
        return data, source[:2]

    def expect_data(self, data, source=None):
        """The next datagram is this; where it is from."""
        got, at = self.recv()
        expect_eq(data, got, "datagram at the peer")
        expect(source in (None, at), f"it comes from {source}, not {at}")
        return at

    def close(self):
        self.sock.close()
