"""What goes through: permissions, channels, data (RFC 8656 s9 to s15)."""

import random
import socket
import struct

import turn_message as stun
from harness import case, expect, expect_eq
from turn import peers
from turn_message import A
from turn_server import HAS_IPV6, turn_server

BIND, PERMIT = stun.CHANNEL_BIND, stun.CREATE_PERMISSION
EF = 0x2E << 2                          # DSCP of voice


def channel(number):
    return A.CHANNEL_NUMBER, number


def open_call(server, *attrs, kind="udp", **how):
    """A client with an allocation, and a peer of it with a permission."""
    client, peer = server.client(kind, **how), server.peer()
    client.allocate(*attrs)
    client.permit(peer.addr)
    return client, peer


@case(seconds=3, workers=True, reference=True)
def turn_both_ways(t):
    """Indications and channels, over each transport: each datagram as it
    was, with its end, from where it came; also an empty one."""
    server = turn_server(t)
    for kind in ("udp", "tcp", "tls", "dtls"):
        at = server.tls_port if t.reference and "tls" in kind else None
        client, peer = open_call(server, kind=kind, port=at)
        sizes = (5, 1, 1200, 0, 6, 1401, 2, 3, 160)
        messages = [random.randbytes(n) for n in sizes]
        for data in messages:
            client.send_to(peer.addr, data)
            peer.expect_data(data, client.relayed[0])
            peer.send(data, client.relayed[0])
            client.expect_data(peer.addr, data)
        client.bind(0x4FFF, peer.addr)
        for data in messages:
            client.send_channel(0x4FFF, data)
            peer.expect_data(data, client.relayed[0])
            peer.send(data, client.relayed[0])
            client.expect_channel(0x4FFF, data)
            client.send_to(peer.addr, data)     # still allowed
            peer.expect_data(data)


@case(seconds=2, workers=True, reference=True)
def turn_permissions(t):
    """A permission is for an address and all its ports; from others nothing
    comes, and to others nothing goes."""
    server = turn_server(t)
    client = server.client()
    one, two, other = server.peer(), server.peer(), server.peer("127.0.0.2")
    client.allocate()
    relay = client.relayed[0]
    for peer in (one, other):
        peer.send(b"too early", relay)
        client.send_to(peer.addr, b"too early")
    client.settle()
    client.permit(("127.0.0.1", 0))
    other.send(b"not allowed", relay)
    client.send_to(other.addr, b"not allowed")
    client.settle()
    for peer in (one, two):
        peer.send(b"in", relay)
        client.expect_data(peer.addr, b"in")
        client.send_to(peer.addr, b"out")
        peer.expect_data(b"out", relay)
    client.permit(other.addr)
    client.send_to(other.addr, b"allowed")
    other.expect_data(b"allowed")
    other.send(b"allowed", relay)
    client.expect_data(other.addr, b"allowed")


@case(seconds=2)
def turn_permissions_all_or_none(t):
    """One address that is wrong, forbidden or of another family, and none
    of the request's permissions is there."""
    server = turn_server(t)
    client, good = server.client(), server.peer()
    client.allocate()
    mine, = peers(good.addr)
    for code, wrong in (
            (403, ("0.0.0.0", 1)), (403, ("224.0.0.1", 1)),
            (443, ("2001:4860:4860::8888", 1)), (443, ("::1", 1)),
            (400, b"\0\1\0\0\0\0"), (400, b"\0\3\0\0\0\0\0\0"), (400, b"")):
        for attrs in ([mine, (A.XOR_PEER_ADDRESS, wrong)],
                      [(A.XOR_PEER_ADDRESS, wrong), mine]):
            client.refused(code, PERMIT, *attrs)
    client.refused(400, PERMIT)
    client.send_to(good.addr, b"not allowed")
    good.send(b"not allowed", client.relayed[0])
    client.settle()
    client.ok(PERMIT, *peers(("127.0.0.3", 7), good.addr, ("127.0.0.4", 9)))
    client.send_to(good.addr, b"allowed")
    good.expect_data(b"allowed")
    good.send(b"allowed", client.relayed[0])
    client.expect_data(good.addr, b"allowed")


@case(seconds=2)
def turn_permissions_are_limited(t):
    """Permissions and channels of an allocation: one more is 508, those
    that are there can be refreshed."""
    server = turn_server(t, maxPermissions=3, maxChannels=2)
    client = server.client()
    client.allocate()
    client.permit(("127.0.0.1", 0), ("127.0.0.2", 0))
    client.refused(508, PERMIT, *peers(("127.0.0.3", 0), ("127.0.0.4", 0)))
    client.permit(("127.0.0.3", 0))
    client.refused(508, PERMIT, *peers(("127.0.0.4", 0)))
    client.permit(("127.0.0.1", 0), ("127.0.0.2", 0))
    client.bind(0x4000, ("127.0.0.1", 5000))
    client.bind(0x4001, ("127.0.0.1", 5001))
    client.refused(508, BIND, channel(0x4002), *peers(("127.0.0.1", 5002)))
    client.bind(0x4001, ("127.0.0.1", 5001))


@case(seconds=2, workers=True)
def turn_channel_rules(t):
    """A channel is one number and one peer, 0x4000 to 0x4FFF: the rest is
    400."""
    server = turn_server(t)
    client = server.client()
    one, two = server.peer(), server.peer()
    client.allocate()
    for number in (0, 0x3FFF, 0x5000, 0x7FFF, 0x8000, 0xFFFF):
        client.refused(400, BIND, channel(number), *peers(one.addr))
    client.refused(400, BIND, channel(0x4000))
    client.refused(400, BIND, *peers(one.addr))
    client.refused(400, BIND, (A.CHANNEL_NUMBER, b"\x40\0"),
                   *peers(one.addr))
    client.refused(400, BIND, channel(0x4000), (A.XOR_PEER_ADDRESS, b""))
    client.refused(443, BIND, channel(0x4000), *peers(("::1", 5000)))
    client.refused(403, BIND, channel(0x4000), *peers(("127.0.0.1", 0)))
    client.bind(0x4000, one.addr)
    client.refused(400, BIND, channel(0x4000), *peers(two.addr))
    client.refused(400, BIND, channel(0x4001), *peers(one.addr))
    client.bind(0x4000, one.addr)
    client.bind(0x4001, two.addr)
    # RFFU bits are not looked at.
    client.ok(BIND, (A.CHANNEL_NUMBER, b"\x40\1\xff\xff"), *peers(two.addr))
    for number, peer in ((0x4000, one), (0x4001, two)):
        client.send_channel(number, b"x")
        peer.expect_data(b"x")
        peer.send(b"y", client.relayed[0])
        client.expect_channel(number, b"y")


@case(seconds=2)
def turn_channel_datagrams(t):
    """ChannelData over UDP: what is behind its length is ignored; too short,
    of no channel, and of numbers from 0x5000 on are dropped."""
    server = turn_server(t)
    client, peer = open_call(server)
    client.bind(0x4000, peer.addr)
    for junk in (stun.channel_data(0x4001, b"no such channel"),
                 stun.channel_data(0x5000, b"reserved"),
                 stun.channel_data(0x7FFF, b"reserved"),
                 stun.channel_data(0x4000, b"short", length=6),
                 stun.channel_data(0x4000, b"", length=0xFFFF),
                 b"\x40\0\0", b"\x40"):
        client.send(junk)
    client.send(stun.channel_data(0x4000, b"first", length=4))
    peer.expect_data(b"firs", client.relayed[0])
    client.send(stun.channel_data(0x4000, b"abc", padded=True))
    peer.expect_data(b"abc")
    client.send(stun.channel_data(0x4000, b""))
    peer.expect_data(b"")
    client.refused(400, BIND, channel(0x5000), *peers(peer.addr))


@case(seconds=2)
def turn_channel_on_streams(t):
    """A number from 0x5000 on closes a stream, whose length nobody knows,
    and so does what is neither; a channel that is none is skipped."""
    server = turn_server(t)
    for kind in ("tcp", "tls"):
        client, peer = open_call(server, kind=kind)
        client.bind(0x4000, peer.addr)
        client.send_channel(0x4001, b"skipped")
        client.send_channel(0x4000, b"")
        peer.expect_data(b"")
        for wrong in (b"\x50\0\0\4abcd", b"\x7f\xff\0\4abcd",
                      b"\x80\0\0\4abcd", b"\xff\xff\xff\xff"):
            other, peer = open_call(server, kind=kind)
            other.send(wrong)
            other.transport.wait_closed(5)
            peer.sock.sendto(b"?", client.relayed[0])


@case(seconds=2)
def turn_old_channels(t):
    """With rfc5766Channels numbers go up to 0x7FFF, as older clients have
    them, also over streams; not further."""
    server = turn_server(t, rfc5766Channels=True)
    for kind in ("udp", "tcp"):
        client, peer = open_call(server, kind=kind)
        for number in (0x3FFF, 0x8000, 0xFFFF):
            client.refused(400, BIND, channel(number), *peers(peer.addr))
        for number in (0x5000, 0x7FFF):
            client, peer = open_call(server, kind=kind)
            client.bind(number, peer.addr)
            client.send_channel(number, b"x")
            peer.expect_data(b"x")
            peer.send(b"y", client.relayed[0])
            client.expect_channel(number, b"y")


@case(seconds=2)
def turn_send_rules(t):
    """Send indications without data or peer, or with broken ones, are
    dropped, and so are those whose DATA is longer than the message."""
    server = turn_server(t)
    for kind in ("udp", "tcp"):
        client, peer = open_call(server, kind=kind)
        to, = peers(peer.addr)
        data = A.DATA, b"dropped"
        for attrs in ([to], [data], [],
                      [(A.XOR_PEER_ADDRESS, b"\0\1"), data],
                      [to, (A.DATA, b"x"), (0x7FFE, b"")],
                      [*peers(("::1", 5000)), data],
                      [*peers((peer.addr[0], 0)), data],
                      [to, stun.attr(A.DATA, b"abcd", 5)],
                      [to, stun.attr(A.DATA, b"abcd", 1000)],
                      [to, stun.attr(A.DATA, b"abcd", 0xFFFF)],
                      [to, stun.attr(A.DATA, b"abcd", 0xFFFF), to]):
            client.send(stun.write_message(stun.SEND, stun.INDICATION, attrs))
        client.send_to(peer.addr, b"")
        peer.expect_data(b"", client.relayed[0])
        client.send_to(peer.addr, b"sent")
        peer.expect_data(b"sent", client.relayed[0])


def check_icmp(client, peer, want):
    m = client.next("an ICMP message")
    expect(isinstance(m, stun.Message) and m.method == stun.DATA,
           f"a Data indication, not {m!r:.200}")
    expect_eq(peer, m.addr(A.XOR_PEER_ADDRESS), "the peer")
    expect(not m.has(A.DATA), f"no data in {m}")
    expect_eq(want, m.get(A.ICMP)[2:4], "type and code")


@case(seconds=2, workers=True)
def turn_icmp(t):
    """A peer's port that is closed is told to the client, with and without
    a channel, over UDP and TCP; the call to another port goes on."""
    server = turn_server(t)
    for kind in ("udp", "tcp"):
        client, peer = open_call(server, kind=kind)
        gone = server.peer()
        gone.close()
        client.send_to(gone.addr, b"is anybody there?")
        check_icmp(client, gone.addr, b"\3\3")
        client.bind(0x4000, gone.addr)
        client.send_channel(0x4000, b"still nobody?")
        check_icmp(client, gone.addr, b"\3\3")
        client.send_to(peer.addr, b"you?")
        peer.expect_data(b"you?")
        peer.send(b"yes", client.relayed[0])
        client.expect_data(peer.addr, b"yes")
    if HAS_IPV6:
        client, gone = server.client(), server.peer("::1")
        client.allocate((A.REQUESTED_ADDRESS_FAMILY, stun.IPV6))
        client.permit(gone.addr)
        gone.close()
        client.send_to(gone.addr, b"is anybody there?")
        check_icmp(client, gone.addr, b"\1\4")


@case(seconds=3, workers=True)
def turn_stream_is_cut_anywhere(t):
    """A stream of requests, indications and ChannelData gives the same,
    whether it comes byte by byte, cut at random, or at once."""
    server = turn_server(t)
    for kind in ("tcp", "tls"):
        client, peer = open_call(server, kind=kind)
        client.bind(0x4000, peer.addr)
        send = stun.write_message
        datagrams = [b"a", b"bc", b"", b"def", b"g" * 1001, b"hello"]
        tid = bytes(12)
        stream = b"".join(
            stun.channel_data(0x4000, d, padded=True)
            + send(stun.SEND, stun.INDICATION, [*peers(peer.addr),
                                                (A.DATA, d)])
            for d in datagrams) + send(stun.BINDING, stun.REQUEST, tid=tid)
        random.seed(1)
        for cuts in (range(1, len(stream)),
                     sorted(random.sample(range(1, len(stream)), 40)), ()):
            at = 0
            for end in [*cuts, len(stream)]:
                client.send(stream[at:end])
                at = end
            for d in datagrams:
                peer.expect_data(d, client.relayed[0])
                peer.expect_data(d, client.relayed[0])
            reply = client.next("the answer to the last")
            expect_eq(tid, reply.tid, "the last message's answer")


@case(seconds=2)
def turn_big_datagrams(t):
    """The biggest datagram there is goes through over TCP; what is too big
    for one is dropped, and the rest follows."""
    server = turn_server(t)
    client, peer = open_call(server, kind="tcp")
    client.bind(0x4000, peer.addr)
    big = random.randbytes(65507)
    client.send_channel(0x4000, big + b"too much")
    client.send_channel(0x4000, big)
    peer.expect_data(big, client.relayed[0])
    peer.send(big, client.relayed[0])
    client.expect_channel(0x4000, big)
    client.send(stun.write_header(stun.BINDING, stun.REQUEST, bytes(12), 4)
                + b"\x80\x22\0\0")
    expect_eq(stun.SUCCESS, client.next("an answer").cls, "class")
    # Towards UDP the header does not fit in.
    client, peer = open_call(server)
    client.bind(0x4000, peer.addr)
    peer.send(big, client.relayed[0])
    peer.send(b"small", client.relayed[0])
    client.expect_channel(0x4000, b"small")


@case(seconds=2)
def turn_claims_cost_nothing(t):
    """A stream that claims the longest message, before it has said who it
    is, is closed; one that has a user may send it."""
    server = turn_server(t)
    for claim in (stun.write_header(stun.ALLOCATE, stun.REQUEST, bytes(12),
                                    0xFFFC), b"\x40\0\xff\xff"):
        client = server.client("tcp")
        client.send(claim + bytes(3000))
        client.transport.wait_closed(7)
    client, peer = open_call(server, kind="tcp")
    client.send_to(peer.addr, bytes(65400))
    peer.expect_data(bytes(65400))


@case(seconds=2, workers=True)
def turn_hairpin(t):
    """Two allocations of this server reach each other by their relayed
    addresses, on one worker or two, with permissions of their own."""
    server = turn_server(t)
    for kind, worker in (("udp", 0), ("udp", 1), ("tcp", 1)):
        one, two = server.client(), server.client(kind, worker)
        one.allocate()
        two.allocate()
        (at_one,), (at_two,) = one.relayed, two.relayed
        one.permit(at_two)
        if worker == 0:         # between two, what is first is not certain
            one.send_to(at_two, b"two has not allowed it")
            one.settle()
        two.permit(at_one)
        one.send_to(at_two, b"hello")
        two.expect_data(at_one, b"hello")
        two.bind(0x4000, at_one)
        two.send_channel(0x4000, b"")
        one.expect_data(at_two, b"")
        one.bind(0x4FFF, at_two)
        for data in (b"x", b"y" * 1400):
            one.send_channel(0x4FFF, data)
            two.expect_channel(0x4000, data)
            two.send_channel(0x4000, data)
            one.expect_channel(0x4FFF, data)
    # Towards itself.
    one.permit(one.relayed[0])
    one.send_to(one.relayed[0], b"me")
    one.expect_data(one.relayed[0], b"me")


@case(seconds=2, workers=True)
def turn_two_clients_one_peer(t):
    """Two clients talk to the same peer, each by an address of its own."""
    server = turn_server(t)
    one, peer = open_call(server)
    two = server.client(worker=1)
    two.allocate()
    for client in (one, two):
        client.bind(0x4000, peer.addr)
        client.send_channel(0x4000, b"hello")
        peer.expect_data(b"hello", client.relayed[0])
    expect(one.relayed != two.relayed, "two addresses")
    for client in (one, two):
        peer.send(repr(client.relayed).encode(), client.relayed[0])
    for client in (one, two):
        client.expect_channel(0x4000, repr(client.relayed).encode())


@case(seconds=2)
def turn_tos_is_copied(t):
    """DSCP and ECN of a datagram go through in both directions, for each
    datagram its own; over TCP it is the default."""
    server = turn_server(t)
    client, peer = open_call(server)
    client.bind(0x4000, peer.addr)
    for sock in (peer.sock, client.transport.sock):
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_RECVTOS, 1)
    for tos in (EF, 0, EF | 2, 0x28 | 1):
        client.transport.sock.setsockopt(socket.IPPROTO_IP, socket.IP_TOS,
                                         tos)
        client.send_channel(0x4000, b"c")
        expect_eq((b"c", tos), recv_tos(peer.sock), "channel and TOS")
        client.send_to(peer.addr, b"s")
        expect_eq((b"s", tos), recv_tos(peer.sock), "Send and TOS")
        peer.sock.setsockopt(socket.IPPROTO_IP, socket.IP_TOS, tos)
        peer.send(b"back", client.relayed[0])
        expect_eq((stun.channel_data(0x4000, b"back"), tos),
                  recv_tos(client.transport.sock), "way back and TOS")
    stream, other = open_call(server, kind="tcp")
    other.sock.setsockopt(socket.IPPROTO_IP, socket.IP_RECVTOS, 1)
    stream.send_to(other.addr, b"t")
    expect_eq((b"t", 0), recv_tos(other.sock), "TCP and TOS")


def recv_tos(sock):
    """A datagram and its TOS byte."""
    sock.settimeout(5)
    data, ancillary, _, _ = sock.recvmsg(2048, 64)
    tos = [value[0] for level, type, value in ancillary
           if (level, type) == (socket.IPPROTO_IP, socket.IP_TOS)]
    return data, tos[0]


@case(seconds=2)
def turn_dont_fragment(t):
    """A Send with DONT-FRAGMENT is not fragmented where the next packet is:
    it does not arrive where the path is too narrow, and the client is told
    how wide it is."""
    t.own_network("link set lo mtu 1500")
    server = turn_server(t, ips=["127.0.0.1"])
    client, peer = open_call(server, (A.DONT_FRAGMENT,))
    client.send_to(peer.addr, bytes(2000), (A.DONT_FRAGMENT,))
    client.send_to(peer.addr, bytes(2001))
    peer.expect_data(bytes(2001), client.relayed[0])
    client.send_to(peer.addr, bytes(1400), (A.DONT_FRAGMENT,))
    peer.expect_data(bytes(1400), client.relayed[0])
    client.bind(0x4000, peer.addr)
    client.send_channel(0x4000, bytes(2002))
    peer.expect_data(bytes(2002), client.relayed[0])
    for m in client.inbox:
        expect(m.has(A.ICMP), f"nothing but ICMP: {m}")
        expect_eq(b"\3\4" + struct.pack(">I", 1500), m.get(A.ICMP)[2:8],
                  "ICMP of what is too big")


@case(seconds=2)
def turn_bytes_are_limited(t):
    """With bytesPerSecond what is beyond it is dropped; requests are still
    answered, and another allocation is not touched."""
    server = turn_server(t, bytesPerSecond=20000)
    client, peer = open_call(server)
    other, friend = open_call(server)
    client.bind(0x4000, peer.addr)
    for _ in range(100):
        client.send_channel(0x4000, bytes(1000))
    client.refresh()
    other.send_to(friend.addr, b"not touched")
    friend.expect_data(b"not touched")
    peer.sock.setblocking(False)
    n = 0
    try:
        while peer.sock.recv(2000):
            n += 1
    except BlockingIOError:
        pass
    expect(10 <= n <= 60, f"about 20 to 40 datagrams pass, not {n} of 100")
