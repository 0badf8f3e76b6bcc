"""What a relay on the Internet meets: scans, floods, and those who wait.

Each in a network of its own, with addresses as the Internet has them."""

import ipaddress
import os
import resource
import socket
import ssl
import time

import turn_flood as attack
import turn_message as stun
from harness import Failed, Skipped, case, expect, expect_eq, expect_soon
from turn import any_certificate, family_of, free_socket, peers
from turn_flood import Call, NETWORK, NETWORK6, PEER, PEER6, SERVER, SERVER6
from turn_message import ALLOCATE, A
from turn_server import HAS_IPV6, turn_server

DENIED4 = """
    0.0.0.0 0.1.2.3 10.0.0.0 10.0.0.1 10.255.255.254 100.64.0.0
    100.127.255.254 100.100.100.200 127.0.0.0 127.0.0.1 127.0.0.8
    127.255.255.254 169.254.0.1 169.254.169.254 169.254.170.2
    169.254.255.254 168.63.129.16 172.16.0.0 172.16.0.1 172.31.255.254
    192.0.0.1 192.0.0.192 192.0.2.1 192.0.2.254 192.88.99.1 192.168.0.1
    192.168.255.254 198.18.0.1 198.19.255.254 198.51.100.1 203.0.113.254
    224.0.0.1 239.255.255.254 240.0.0.1 255.255.255.255""".split()

DENIED6 = """
    :: ::1 100::1 2001::1 2001:db8::1 2001:1ff:: 3fff::1 5f00::1 fc00::1
    fd00:ec2::254 fd20:ce::254 fdff:ffff::1 fe80::1 febf::1 fec0::1 ff02::1
    ff0e::1 4000::1 e000::1 1fff::1""".split()

DISGUISES = ("::ffff:{}", "::{}", "::ffff:0:{}", "64:ff9b::{}",
             "64:ff9b:1::{}", "2a00:1::5efe:{}", "2a00:1::200:5efe:{}")


def disguised(ip):
    """IPv6 addresses that carry this IPv4 address."""
    for form in DISGUISES:
        yield form.format(ip)
    a = ipaddress.ip_address(ip).packed
    pad = bytes(10)
    not_a = bytes(byte ^ 0xFF for byte in a)
    for packed in (b"\x20\2" + a + pad,                         # 6to4
                   b"\x20\1\0\0" + a + bytes(8),                # Teredo
                   b"\x20\1\0\0\x08\x08\x08\x08\0\0\xff\xff" + not_a,
                   bytes.fromhex("0064ff9b0001") + a[:2] + b"\0" + a[2:]
                   + bytes(5)):                                 # RFC 6052
        yield str(ipaddress.ip_address(packed))


def public_server(t, **keys):
    """A server as it is shipped, on public addresses."""
    ips = (SERVER, SERVER6) if HAS_IPV6 else (SERVER,)
    defaults = dict.fromkeys(("maxAllocationsPerUser", "repliesPerSecond",
                              "maxAllocationsPerAddress"))
    return turn_server(t, ips=ips, **{"peers": "public"} | defaults | keys)


def own_network(t):
    t.own_network(*NETWORK, *NETWORK6 * HAS_IPV6)


@case(seconds=3, workers=True)
def turn_range_scan(t):
    """Permissions and channels for every address that is not public, plain
    or in disguise, for our own, and for low ports: 403."""
    own_network(t)
    server = public_server(t)
    client = server.client(ip=SERVER)
    client.allocate()
    check_scan(client, DENIED4)
    for port in (0, 53, 80, 1023, server.ports[0], server.tls_port):
        ip = PEER if port < 1024 else SERVER
        client.refused(403, stun.CHANNEL_BIND, (A.CHANNEL_NUMBER, 0x4000),
                       *peers((ip, port)))
    peer = server.peer(PEER)
    client.bind(0x4000, peer.addr)
    client.send_channel(0x4000, b"public")
    peer.expect_data(b"public", client.relayed[0])
    if not HAS_IPV6:
        return
    client = server.client(ip=SERVER)
    client.allocate((A.REQUESTED_ADDRESS_FAMILY, stun.IPV6))
    check_scan(client, DENIED6)
    # A public one too: where a NAT64 stands is not for clients to say.
    for ip in [*DENIED4, "8.8.8.8"]:
        check_scan(client, disguised(ip))
    peer = server.peer(PEER6)
    client.bind(0x4000, peer.addr)
    client.send_channel(0x4000, b"public")
    peer.expect_data(b"public", client.relayed[0])


def check_scan(client, ips):
    for ip in ips:
        client.refused(403, stun.CREATE_PERMISSION, *peers((ip, 8000)))
        client.refused(403, stun.CHANNEL_BIND, (A.CHANNEL_NUMBER, 0x4000),
                       *peers((ip, 8000)))


@case(seconds=3)
def turn_range_scan_tcp(t):
    """Connect to any of these is 403, and at once: a scanner takes what
    times out for reachable."""
    own_network(t)
    server = public_server(t, tcpRelay=True)
    for family, ips, good in (
            (stun.IPV4, DENIED4, PEER),
            (stun.IPV6, [*DENIED6, *(d for ip in DENIED4
                                     for d in disguised(ip))], PEER6)):
        if family == stun.IPV6 and not HAS_IPV6:
            continue
        client = server.client("tcp", ip=SERVER)
        client.allocate((A.REQUESTED_TRANSPORT, stun.TCP),
                        (A.REQUESTED_ADDRESS_FAMILY, family))
        for ip in ips:
            for port in (80, 8080):
                since = time.monotonic()
                client.refused(403, stun.CONNECT, *peers((ip, port)))
                seconds = time.monotonic() - since
                expect(seconds < 1, f"{ip} is refused after {seconds:.1f} s")
        client.refused(403, stun.CONNECT, *peers((good, 80)))
        with free_socket(family_of(good), socket.SOCK_STREAM) as peer:
            peer.bind((good, 0))
            peer.listen()
            client.ok(stun.CONNECT, *peers(peer.getsockname()[:2]))
        own = SERVER6 if ":" in good else SERVER
        client.refused(403, stun.CONNECT, *peers((own, server.ports[0])))


@case(seconds=2)
def turn_transports_scan(t):
    """Of all REQUESTED-TRANSPORT values only UDP is there: the rest is
    442."""
    server = turn_server(t)
    for kind in ("udp", "tcp"):
        client = server.client(kind)
        for number in range(256):
            if number != stun.UDP:
                client.refused(442, ALLOCATE,
                               (A.REQUESTED_TRANSPORT, number))
        client.allocate()


@case(seconds=14, plain=True, alone=True)
def turn_flood(t):
    """Allocates from 100,000 addresses and ports, and from one address, make
    nothing grow, are answered within the budget, and a call goes on."""
    own_network(t)
    server = public_server(t, repliesPerSecond=20)
    to = SERVER, server.ports[0]
    request = attack.allocate_request()
    expect_eq(100000, len(set(attack.crowd(200, 500))), "senders")
    # Once before, so that what is made once is there.
    attack.flood(attack.crowd(200, 5), to, request, 20000)
    for sources in (attack.crowd(200, 500), attack.crowd(1, 30000)):
        check_flood(server, sources, to, request, budget=20)
    server.client(ip=SERVER, source=("9.1.0.7", 0)).allocate()


@case(seconds=8, plain=True, alone=True)
def turn_dtls_flood(t):
    """ClientHellos without cookie cost nothing either."""
    own_network(t)
    server = public_server(t, repliesPerSecond=20)
    to = SERVER, server.ports[0]
    attack.flood(attack.crowd(200, 5), to, attack.dtls_hello(), 20000)
    check_flood(server, attack.crowd(200, 300), to, attack.dtls_hello(),
                budget=20)


def check_flood(server, sources, to, payload, budget):
    """Memory, answers, and the call while it goes on."""
    n_addresses = len({ip for ip, _ in sources})
    call = Call(server, ip=SERVER)
    answered, waited = attack.n_sent(), server.waited()
    try:
        with call:
            before = server.pss()
            seconds = attack.flood(sources, to, payload, 12500)
            grown = server.pss() - before
    except Failed:
        waited = server.waited() - waited
        if waited > 1:
            raise Skipped(f"others had the processors: the server waited "
                          f"{waited:.1f} s for one")
        raise
    # By now all of the call has come: there and back, each relayed once.
    answers = attack.n_sent() - answered - 4 * call.sent
    call.client.refresh(0)
    allowed = n_addresses * budget * (seconds + 2)
    expect(allowed < len(sources), "the machine is fast enough for this")
    expect(answers <= allowed + 50, f"{answers} answers to {len(sources)} in "
           f"{seconds:.1f} s, {allowed:.0f} allowed")
    expect(answers >= n_addresses, f"some are answered: {answers}")
    expect(grown <= 1 << 20, f"PSS grows by {grown} bytes")


@case(seconds=8, plain=True, alone=True)
def turn_half_open_connections(t):
    """10,000 connections that say nothing: the limits hold, they are closed
    in time, and a call goes on."""
    n, n_addresses = 10000, 200
    raise_files(n + 200)
    own_network(t)
    server = public_server(t, authenticateTimeoutMs=2000)
    socks = []
    try:
        with Call(server, "tcp", ip=SERVER):
            before = n_files(server)
            most = 0
            for i in range(n):
                sock = socket.socket()
                sock.bind((f"9.1.0.{i % n_addresses}", 0))
                sock.setblocking(False)
                sock.connect_ex((SERVER, server.ports[i & 1]))
                socks.append(sock)
                if i % 500 == 0:
                    most = max(most, n_files(server) - before)
            most = max(most, n_files(server) - before)
            expect(100 < most <= 1050, f"{most} are open, 1000 allowed")
            server.client("udp", ip=SERVER).allocate()
            expect_soon(lambda: n_files(server) - before < 20,
                        "they are closed", 6)
        server.client("tcp", ip=SERVER).allocate()
        server.client("tls", ip=SERVER).allocate()
    finally:
        for sock in socks:
            sock.close()


def n_files(server):
    return len(os.listdir(f"/proc/{server.process.pid}/fd"))


def raise_files(n):
    """Let this process, and those it starts, have so many descriptors."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < n:
        raise Skipped(f"{n} descriptors are needed, {hard} allowed")
    if soft < n:
        resource.setrlimit(resource.RLIMIT_NOFILE, (n, hard))


@case(seconds=6)
def turn_connections_of_an_address(t):
    """Of connections that have not said who they are, an address has so
    many; who has said it does not count, and others are served."""
    own_network(t)
    server = public_server(t, maxUnauthenticatedPerAddress=3)
    clients = [server.client("tcp", ip=SERVER) for _ in range(2)]
    for client in clients:
        client.allocate()
    idle = [server.client("tcp", worker, ip=SERVER) for worker in (0, 1, 0)]
    for client in idle:
        client.ok(stun.BINDING, sign=False)
    more = server.client("tcp", worker=1, ip=SERVER)
    more.transport.wait_closed(2)
    server.client("tcp", ip=SERVER, source=("9.5.5.5", 0)).allocate()
    idle[0].transport.wait_closed(8)
    for client in clients:
        client.refresh()


@case(seconds=6, alone=True)
def turn_slow_handshakes(t):
    """TLS handshakes byte by byte hold nobody up, and end in time."""
    own_network(t)
    server = public_server(t, authenticateTimeoutMs=1500)
    hello = client_hello()
    socks = []
    for n in range(100):
        sock = socket.socket()
        sock.bind((f"9.1.0.{n % 50}", 0))
        sock.connect((SERVER, server.tls_port if n % 2 else server.ports[0]))
        socks.append(sock)
    since = time.monotonic()
    with Call(server, ip=SERVER):
        for byte in hello[:100]:
            for sock in socks:
                send_if_open(sock, bytes([byte]))
            if byte == hello[50]:
                server.client("tls", ip=SERVER).allocate()
            time.sleep(0.02)
            if time.monotonic() - since > 5:
                break
        deadline = time.monotonic() + 3
        for sock in socks:
            sock.settimeout(max(0.01, deadline - time.monotonic()))
            try:
                expect_eq(b"", sock.recv(100), "the end")
            except ConnectionError:
                pass
            sock.close()


def send_if_open(sock, data):
    try:
        sock.send(data)
    except ConnectionError:
        pass


def client_hello():
    """What a TLS client says first."""
    out = ssl.MemoryBIO()
    tls = any_certificate().wrap_bio(ssl.MemoryBIO(), out)
    try:
        tls.do_handshake()
    except ssl.SSLWantReadError:
        pass
    return out.read()
