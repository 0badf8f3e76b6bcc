"""Allocations: what is given, for how long, to whom (RFC 8656 s5 to s8)."""

import signal
from dataclasses import replace

import turn_message as stun
from harness import case, expect, expect_eq, expect_soon
from turn import peers, udp_relay
from turn_message import ALLOCATE, A, IPV4, IPV6, REFRESH
from turn_server import HAS_IPV6, free_range, turn_server

RELAY_PORTS = range(49152, 65536)


def family(number):
    return A.REQUESTED_ADDRESS_FAMILY, number


def additional(number=IPV6):
    return A.ADDITIONAL_ADDRESS_FAMILY, number


def even_port(is_pair=False):
    return A.EVEN_PORT, 0x80 * is_pair


@case(seconds=2, workers=True, reference=True)
def turn_allocation(t):
    """Over each transport and on each worker: an address of the relay, the
    client's own, 600 s, by ports that nobody can guess."""
    server = turn_server(t)
    ports = []
    for kind in ("udp", "tcp", "tls", "dtls"):
        for worker in (0, 1):
            at = server.tls_port if t.reference and "tls" in kind else None
            client = server.client(kind, worker, port=at)
            reply = client.allocate()
            (ip, port), = client.relayed
            expect_eq("127.0.0.1", ip, "relayed address")
            expect(port in RELAY_PORTS, f"{port} is a relay's port")
            ports.append(port)
            if client.addr:
                expect_eq(client.addr, reply.addr(A.XOR_MAPPED_ADDRESS),
                          "the client's address")
            expect_eq(600, reply.number(A.LIFETIME), "lifetime")
            for type in (A.RESERVATION_TOKEN, A.MOBILITY_TICKET,
                         A.ADDRESS_ERROR_CODE):
                expect(not reply.has(type), f"no {type.name} in {reply}")
    steps = [b - a for a, b in zip(ports, ports[1:])]
    expect(max(ports) - min(ports) > 100 and len(set(steps)) > 3,
           f"ports at random: {ports}")


@case(seconds=2)
def turn_turns_port(t):
    """On the port of `turns` there is TLS alone."""
    server = turn_server(t)
    server.client("tls", port=server.tls_port).allocate()
    plain = server.client("tcp", port=server.tls_port)
    plain.send(stun.write_message(stun.BINDING, stun.REQUEST))
    plain.transport.wait_closed(5)


@case(seconds=2, reference=True)
def turn_lifetimes(t):
    """600 s unless more is asked for, at most an hour; 0 deletes in a
    Refresh only."""
    server = turn_server(t)
    for asked, given in ((0, 600), (10, 600), (1000, 1000), (0xFFFFFFFF, 3600)):
        client = server.client()
        reply = client.allocate((A.LIFETIME, asked))
        expect_eq(given, reply.number(A.LIFETIME), f"{asked} asked")
        if asked:
            reply = client.refresh(asked)
            expect_eq(given, reply.number(A.LIFETIME), f"{asked} again")
    reply = client.refresh()
    expect_eq(600, reply.number(A.LIFETIME), "nothing asked")
    client.refused(400, REFRESH, (A.LIFETIME, b"\0\0"))


@case(seconds=2, workers=True)
def turn_refresh_0(t):
    """Refresh with 0 deletes at once: a second one is 437, and the 5-tuple
    is free."""
    server = turn_server(t)
    for kind in ("udp", "tcp"):
        client, peer = server.client(kind), server.peer()
        client.allocate()
        client.permit(peer.addr)
        first = client.relayed
        reply = client.refresh(0)
        expect_eq(0, reply.number(A.LIFETIME), "lifetime")
        client.refused(437, REFRESH, (A.LIFETIME, 0))
        client.allocate()
        expect(first != client.relayed, "another address")
        client.send_to(peer.addr, b"no permission is left")
        client.permit(peer.addr)
        client.send_to(peer.addr, b"now there is one")
        peer.expect_data(b"now there is one", client.relayed[0])


@case(seconds=2, workers=True)
def turn_retransmitted_allocate(t):
    """The same transaction again gets the same answer, another one 437."""
    server = turn_server(t)
    for kind in ("udp", "tcp"):
        client = server.client(kind)
        client.challenge()
        tid = bytes(range(12))
        attrs = even_port(True), (A.LIFETIME, 700)
        first = client.allocate(*attrs, tid=tid)
        again = client.allocate(*attrs, tid=tid)
        for type in (A.XOR_RELAYED_ADDRESS, A.XOR_MAPPED_ADDRESS,
                     A.RESERVATION_TOKEN):
            expect_eq(first.get(type), again.get(type), type.name)
        expect(again.number(A.LIFETIME) in (699, 700), f"lifetime: {again}")
        client.refused(437, ALLOCATE, udp_relay())
        client.refused(437, ALLOCATE, udp_relay(),
                       auth=replace(client.auth, user="bob",
                                    password="open"))
        client.refresh()


@case(seconds=2, reference=True)
def turn_one_client_two_servers(t):
    """The server's address is part of the 5-tuple: one port of a client has
    an allocation at each."""
    server = turn_server(t)
    if t.reference:
        return                          # which has one port
    one = server.client()
    one.allocate()
    source = one.addr
    one.close()
    two = server.client(worker=1, source=source)
    two.refused(437, REFRESH)
    two.allocate()
    expect(one.relayed != two.relayed, "two relayed addresses")
    two.close()
    again = server.client(source=source)
    again.refused(437, ALLOCATE, udp_relay())
    again.refresh()


@case(seconds=2)
def turn_bad_allocates(t):
    """Requests that the RFC has a 400, 440 or 442 for."""
    server = turn_server(t)
    client = server.client()
    token = A.RESERVATION_TOKEN, bytes(8)
    transport = A.REQUESTED_TRANSPORT
    for code, *attrs in (
            (400,), (400, (transport, b"\x11")), (400, (transport, b"")),
            (400, (transport, bytes(8))),
            (442, (transport, stun.TCP)), (442, (transport, 132)),
            (440, udp_relay(), family(3)), (440, udp_relay(), family(0)),
            (400, udp_relay(), (A.REQUESTED_ADDRESS_FAMILY, b"\1")),
            (400, udp_relay(), family(IPV4), additional()),
            (400, udp_relay(), additional(IPV4)),
            (400, udp_relay(), additional(), even_port(True)),
            (400, udp_relay(), token, even_port()),
            (400, udp_relay(), token, family(IPV4)),
            (400, udp_relay(), token, additional()),
            (400, udp_relay(), (A.RESERVATION_TOKEN, bytes(7))),
            (508, udp_relay(), token),
            (400, udp_relay(), (A.LIFETIME, b"\0")),
            (400, udp_relay(), (A.EVEN_PORT, b""))):
        reply = client.request(ALLOCATE, *attrs)
        expect_eq(code, reply.code, f"{attrs}: {reply}")
        expect(reply.code == 400 or reply.integrity, f"signed: {reply}")
    client.allocate()


@case(seconds=2)
def turn_without_allocation(t):
    """Everything but Allocate is 437 then, or dropped."""
    server = turn_server(t)
    peer = server.peer()
    for kind in ("udp", "tcp"):
        client = server.client(kind)
        client.challenge()
        client.refused(437, REFRESH)
        client.refused(437, stun.CREATE_PERMISSION, *peers(peer.addr))
        client.refused(437, stun.CHANNEL_BIND, (A.CHANNEL_NUMBER, 0x4000),
                       *peers(peer.addr))
        client.send_to(peer.addr, b"nobody's")
        client.send_channel(0x4000, b"nobody's")
        client.allocate()
        client.permit(peer.addr)
        client.send_to(peer.addr, b"mine")
        peer.expect_data(b"mine")


@case(seconds=2, workers=True)
def turn_another_user(t):
    """An allocation is its user's: others get 441."""
    server = turn_server(t)
    client, peer = server.client(), server.peer()
    client.allocate()
    bob = replace(client.auth, user="bob", password="open")
    for method, *attrs in (
            (REFRESH, (A.LIFETIME, 0)), (REFRESH,),
            (stun.CREATE_PERMISSION, *peers(peer.addr)),
            (stun.CHANNEL_BIND, (A.CHANNEL_NUMBER, 0x4000),
             *peers(peer.addr))):
        client.refused(441, method, *attrs, auth=bob)
    client.send_to(peer.addr, b"not allowed")
    client.permit(peer.addr)
    client.send_to(peer.addr, b"allowed")
    peer.expect_data(b"allowed")


@case(seconds=2)
def turn_quotas(t):
    """Allocations of a user, of an address: one more is 486 and 508, until
    one of them goes."""
    server = turn_server(t, maxAllocationsPerUser=2,
                         maxAllocationsPerAddress=3)
    clients = [server.client(worker=w) for w in (0, 1)]
    for client in clients:
        client.allocate()
    third = server.client(worker=1)
    third.refused(486, ALLOCATE, udp_relay())
    bobs = [server.client(user="bob", password="open") for _ in range(2)]
    bobs[0].allocate()
    bobs[1].refused(508, ALLOCATE, udp_relay())     # the address has three
    clients[0].refresh(0)
    third.allocate()
    bobs[1].refused(508, ALLOCATE, udp_relay())
    third.refresh(0)
    bobs[1].allocate()


@case(seconds=2, workers=True)
def turn_drain(t):
    """After SIGUSR1 who wants an allocation is sent to another server, by a
    signed 300, but first asked who it is; those there are go on."""
    server = turn_server(t, alternateServer="192.0.2.9:5349",
                         alternateDomain="turn.example.net")
    client, peer = server.client(), server.peer()
    client.allocate()
    server.process.signal(signal.SIGUSR1)
    for kind, worker in (("udp", 0), ("udp", 1), ("tcp", 0), ("tls", 1)):
        late = server.client(kind, worker)
        expect_soon(lambda: late.request(ALLOCATE, udp_relay()).code == 300
                    or late.refresh(0).code, "new ones are sent away")
        told = late.refused(300, ALLOCATE, udp_relay())
        expect_eq(("192.0.2.9", 5349), told.addr(A.ALTERNATE_SERVER), "where")
        expect_eq("turn.example.net", told.text(A.ALTERNATE_DOMAIN), "whom")
    client.refresh()
    client.permit(peer.addr)
    client.send_to(peer.addr, b"goes on")
    peer.expect_data(b"goes on", client.relayed[0])
    client.refresh(0)


@case(seconds=2)
def turn_families(t):
    """IPv4 unless IPv6 is asked for; both at once; peers of another family
    are 443; a Refresh is for both, or for the one it names."""
    if not HAS_IPV6:
        return
    server = turn_server(t)
    four, six = server.peer(), server.peer("::1")
    for ip in ("127.0.0.1", "::1"):
        client = server.client(ip=ip)
        client.allocate()
        expect_eq(["127.0.0.1"], [a[0] for a in client.relayed], "default")
        client = server.client(ip=ip)
        reply = client.allocate(family(IPV6))
        expect_eq(client.addr, reply.addr(A.XOR_MAPPED_ADDRESS), "mapped")
        expect_eq(["::1"], [a[0] for a in client.relayed], "IPv6")
        client.refused(443, stun.CREATE_PERMISSION, *peers(four.addr))
        client.refused(443, stun.CREATE_PERMISSION,
                       *peers(six.addr, four.addr))
        client.refused(443, stun.CHANNEL_BIND, (A.CHANNEL_NUMBER, 0x4000),
                       *peers(four.addr))
        client.refused(443, REFRESH, family(IPV4))
        client.permit(six.addr)
        client.send_to(six.addr, b"six")
        six.expect_data(b"six", client.relayed[0])


@case(seconds=2, workers=True)
def turn_dual_allocation(t):
    """Both families at once, each with its own life."""
    if not HAS_IPV6:
        return
    server = turn_server(t)
    four, six = server.peer(), server.peer("::1")
    client = server.client()
    client.allocate(additional())
    expect_eq(["127.0.0.1", "::1"], sorted(a[0] for a in client.relayed),
              "relayed addresses")
    relays = {ip: (ip, port) for ip, port in client.relayed}
    client.permit(four.addr, six.addr)
    client.bind(0x4001, six.addr)
    client.send_to(four.addr, b"four")
    client.send_channel(0x4001, b"six")
    four.expect_data(b"four", relays["127.0.0.1"])
    six.expect_data(b"six", relays["::1"])
    six.send(b"back", relays["::1"])
    client.expect_channel(0x4001, b"back")

    client.refresh(0, family(IPV4))
    client.refused(443, REFRESH, family(IPV4))
    client.refused(443, stun.CREATE_PERMISSION, *peers(four.addr))
    client.refresh(700, family(IPV6))
    client.send_channel(0x4001, b"alive")
    six.expect_data(b"alive", relays["::1"])
    client.refused(437, ALLOCATE, udp_relay())
    client.refresh(0)
    client.refused(437, REFRESH, family(IPV6))
    client.allocate()


@case(seconds=2)
def turn_half_of_a_dual_allocation(t):
    """Where one family has no relay, or no port, the other is given, and
    ADDRESS-ERROR-CODE says why not both."""
    if not HAS_IPV6:
        return
    server = turn_server(t, relays=[{"ip": "127.0.0.1"}])
    client = server.client()
    client.refused(440, ALLOCATE, udp_relay(), family(IPV6))
    reply = client.allocate(additional())
    expect_eq(["127.0.0.1"], [a[0] for a in client.relayed], "relays")
    expect_eq(address_error(IPV6, 440), reply.get(A.ADDRESS_ERROR_CODE)[:4],
              "ADDRESS-ERROR-CODE")

    first = free_range(2)
    server = turn_server(t, minPort=first, maxPort=first + 1)
    for n in range(2):
        server.client().allocate(family(IPV6))
    client = server.client()
    reply = client.allocate(additional())
    expect_eq(["127.0.0.1"], [a[0] for a in client.relayed], "relays")
    expect_eq(address_error(IPV6, 508), reply.get(A.ADDRESS_ERROR_CODE)[:4],
              "ADDRESS-ERROR-CODE")
    again = server.client()
    again.allocate()
    server.client().refused(508, ALLOCATE, udp_relay(), additional())


def address_error(family, code):
    """The first four bytes of ADDRESS-ERROR-CODE (RFC 8656 s18.12)."""
    return bytes([family, 0, code // 100, code % 100])


@case(seconds=2)
def turn_ports_run_out(t):
    """All ports of the range are given, then it is 508, then one that came
    back is given again."""
    first = free_range(8)
    server = turn_server(t, minPort=first, maxPort=first + 7)
    clients = [server.client(worker=n % 2) for n in range(8)]
    ports = {c.allocate().addr(A.XOR_RELAYED_ADDRESS)[1] for c in clients}
    expect_eq(set(range(first, first + 8)), ports, "ports")
    last = server.client()
    last.refused(508, ALLOCATE, udp_relay())
    clients[3].refresh(0)
    last.allocate()
    expect_eq(clients[3].relayed, last.relayed, "the one that is free")


@case(seconds=2)
def turn_even_port(t):
    """EVEN-PORT without reservation gives an even port, and takes no other:
    the odd ones are there for others."""
    first = free_range(4)
    server = turn_server(t, minPort=first, maxPort=first + 3)
    for n in range(3):
        pair = [server.client(), server.client()]
        ports = {c.allocate(even_port()).addr(A.XOR_RELAYED_ADDRESS)[1]
                 for c in pair}
        expect_eq({first, first + 2}, ports, "even ports")
        more = [server.client(), server.client()]
        more[0].refused(508, ALLOCATE, udp_relay(), even_port())
        ports = {c.allocate().addr(A.XOR_RELAYED_ADDRESS)[1] for c in more}
        expect_eq({first + 1, first + 3}, ports, "the others")
        server.client().refused(508, ALLOCATE, udp_relay())
        for client in pair + more:
            client.refresh(0)


@case(seconds=2, workers=True)
def turn_reservation(t):
    """EVEN-PORT with reservation: the next port waits for who has the token,
    whatever its 5-tuple, once; each token is different."""
    server = turn_server(t)
    tokens = set()
    for kind, other_kind, worker in (
            ("udp", "udp", 0), ("udp", "udp", 1), ("tcp", "udp", 1),
            ("udp", "tcp", 1), ("tcp", "tls", 0)):
        client = server.client(kind)
        token = client.allocate(even_port(True)).get(A.RESERVATION_TOKEN)
        expect_eq(8, len(token), "length of the token")
        tokens.add(token)
        ip, port = client.relayed[0]
        expect_eq(0, port % 2, "even port")
        other = server.client(other_kind, worker)
        reply = other.allocate((A.RESERVATION_TOKEN, token))
        expect_eq([(ip, port + 1)], other.relayed, "the reserved address")
        expect(not reply.has(A.RESERVATION_TOKEN), f"no token in {reply}")
        server.client().refused(508, ALLOCATE, udp_relay(),
                                (A.RESERVATION_TOKEN, token))
        peer = server.peer()
        other.permit(peer.addr)
        other.send_to(peer.addr, b"rtcp")
        peer.expect_data(b"rtcp", other.relayed[0])
        client.refresh(0)
        other.refresh(0)
    expect_eq(5, len(tokens), "different tokens")


@case(seconds=2)
def turn_reserved_port_is_held(t):
    """A reserved port is nobody else's."""
    first = free_range(2)
    server = turn_server(t, minPort=first, maxPort=first + 1)
    client, other = server.client(), server.client(worker=1)
    token = client.allocate(even_port(True)).get(A.RESERVATION_TOKEN)
    other.refused(508, ALLOCATE, udp_relay())
    other.refused(508, ALLOCATE, udp_relay(), even_port(True))
    wrong = bytes([token[0] ^ 1]) + token[1:]
    other.refused(508, ALLOCATE, udp_relay(), (A.RESERVATION_TOKEN, wrong))
    other.allocate((A.RESERVATION_TOKEN, token))
    expect_eq([("127.0.0.1", first + 1)], other.relayed, "the reserved one")
