"""Clients that move (RFC 8016), and clients with tokens (RFC 7635).

Each listener is on both workers here: where a client that has moved comes
out, is for its port to say."""

import base64
import os
import random
import re
import time

from harness import case, expect, expect_eq
from turn import udp_relay
from turn_message import ALLOCATE, A, REFRESH
from turn_server import turn_server

ASK = A.MOBILITY_TICKET, b""


def ticket(value):
    return A.MOBILITY_TICKET, value


@case(seconds=2, workers=True)
def turn_moves(t):
    """A client resumes its allocation from another address, worker and
    transport: with permissions and channels, and tickets that differ."""
    server = turn_server(t, is_pinned=False, mobility=True)
    peer = server.peer()
    client = server.client()
    client.allocate(ASK)
    relay = client.relayed[0]
    client.bind(0x4000, peer.addr)
    held = client.ticket
    for kind, worker, source in (("udp", 0, None), ("udp", 1, None),
                                 ("udp", 0, ("127.0.0.2", 0)),
                                 ("tcp", 0, None), ("tls", 1, None),
                                 ("udp", 1, None)):
        moved = server.client(kind, worker, source=source)
        reply = moved.ok(REFRESH, ticket(held))
        expect(reply.get(A.MOBILITY_TICKET) not in (None, b"", held),
               f"another ticket: {reply}")
        held = reply.get(A.MOBILITY_TICKET)
        # Until the client speaks here, it is spoken to there.
        peer.send(b"to the old one", relay)
        client.expect_channel(0x4000, b"to the old one")
        moved.send_channel(0x4000, b"here I am")
        peer.expect_data(b"here I am", relay)
        peer.send(b"to the new one", relay)
        moved.expect_channel(0x4000, b"to the new one")
        moved.refresh()
        client = moved
    client.refresh(0)


@case(seconds=2, workers=True)
def turn_ticket_rules(t):
    """405 where mobility is off, 400 for a ticket in Allocate or one that is
    forged, from the same 5-tuple, 437 for what is gone; without having asked
    there is no ticket."""
    off = turn_server(t)
    off.client().refused(405, ALLOCATE, udp_relay(), ASK)

    server = turn_server(t, is_pinned=False, mobility=True)
    client = server.client()
    client.refused(400, ALLOCATE, udp_relay(), ticket(b"x" * 40))
    reply = client.allocate()
    expect(not reply.has(A.MOBILITY_TICKET), f"not asked for: {reply}")
    client.refresh(0)
    client.allocate(ASK)
    good = client.ticket
    client.refused(400, REFRESH, ticket(good))
    for worker in (0, 1):
        other = server.client(worker=worker)
        for forged in (b"x", bytes(len(good)), good[:-1], good + b"\0",
                       os.urandom(len(good)), os.urandom(700),
                       *(good[:n] + bytes([good[n] ^ 1]) + good[n + 1:]
                         for n in range(0, len(good), 7))):
            reply = other.request(REFRESH, ticket(forged))
            expect(reply.code in (400, 437), f"{forged.hex()}: {reply}")
    client.refresh(0)
    server.client().refused(437, REFRESH, ticket(good))


@case(seconds=2, workers=True)
def turn_ticket_theft(t):
    """Another user gets 441 with a stolen ticket, and a used ticket is of no
    use for long moves: the owner keeps the allocation."""
    server = turn_server(t, is_pinned=False, mobility=True)
    client, peer = server.client(), server.peer()
    client.allocate(ASK)
    client.permit(peer.addr)
    for worker in (0, 1):
        thief = server.client(worker=worker, user="bob", password="open")
        thief.refused(441, REFRESH, ticket(client.ticket))
        thief.refused(441, REFRESH, ticket(client.ticket), (A.LIFETIME, 0))
        thief.send_to(peer.addr, b"stolen")
        thief.refused(437, REFRESH)
    client.send_to(peer.addr, b"mine")
    peer.expect_data(b"mine", client.relayed[0])

    moved = server.client(worker=1)
    moved.ok(REFRESH, ticket(client.ticket))
    moved.send_to(peer.addr, b"moved")
    peer.expect_data(b"moved", client.relayed[0])
    client.refused(437, REFRESH)        # the old 5-tuple has none any more
    client.send_to(peer.addr, b"from the old one")
    moved.send_to(peer.addr, b"from the new one")
    peer.expect_data(b"from the new one")


@case(seconds=3, workers=True)
def turn_resume_is_repeated(t):
    """A Refresh with a ticket, sent again since its answer was lost, is
    answered as before."""
    server = turn_server(t, is_pinned=False, mobility=True)
    client = server.client()
    client.allocate(ASK)
    for worker in (0, 1):
        moved = server.client(worker=worker)
        moved.challenge()
        tid = os.urandom(12)
        first = moved.ok(REFRESH, ticket(client.ticket), tid=tid)
        again = moved.ok(REFRESH, ticket(client.ticket), tid=tid)
        expect(again.has(A.MOBILITY_TICKET), f"a ticket: {again}")
        client.ticket = again.get(A.MOBILITY_TICKET)
        moved.send_channel(0x4FFF, b"")
        moved.refresh()
        expect(first.has(A.MOBILITY_TICKET), f"a ticket: {first}")


@case(seconds=2)
def turn_moves_cost_quota_once(t):
    """An allocation counts once, however often it moves, and not any more
    when it has gone."""
    server = turn_server(t, is_pinned=False, mobility=True, maxAllocationsPerUser=1)
    for n in range(3):
        client = server.client()
        client.allocate(ASK)
        for worker in (1, 0, 1):
            server.client().refused(486, ALLOCATE, udp_relay())
            moved = server.client(worker=worker)
            reply = moved.ok(REFRESH, ticket(client.ticket))
            moved.ticket = reply.get(A.MOBILITY_TICKET)
            moved.send_channel(0x4FFF, b"")
            client = moved
        client.refresh(0)


@case(seconds=2)
def turn_moves_off_tcp(t):
    """An allocation that can move outlives its TCP connection; one that
    cannot, does not."""
    server = turn_server(t, is_pinned=False, mobility=True)
    stays, goes = server.client("tcp"), server.client("tcp")
    stays.allocate(ASK)
    goes.allocate()
    peer = server.peer()
    stays.permit(peer.addr)
    stays.close()
    goes.close()
    moved = server.client()
    moved.ok(REFRESH, ticket(stays.ticket))
    moved.send_to(peer.addr, b"I am back")
    peer.expect_data(b"I am back", stays.relayed[0])


# -- tokens ------------------------------------------------------------------

KID = "north"
SERVER_NAME = "turn.example.org"


def b64(data):
    return base64.b64encode(data).decode()


def some_key(n):
    """Random bytes but 0, with which coturn's tool ends a key."""
    return bytes(random.choices(range(1, 256), k=n))


def holder(t, key, lifetime=3600, name=SERVER_NAME, since=None):
    """What a client with a token says of itself; coturn's tool made it."""
    mac_key = some_key(20)
    now = int(time.time())
    said = t.output("oauth", [
        "turnutils_oauth", "-v", "-e", "-i", name, "-j", KID, "-k", b64(key),
        "-l", now - 100, "-m", 86400, "-n", "A256GCM",
        "-o", b64(some_key(12)), "-p", b64(mac_key),
        "-q", (since or now) << 16, "-r", lifetime])
    token = re.search(r'"access_token":"([^"]+)"', said)[1]
    return {"user": KID, "mac_key": mac_key,
            "token": base64.b64decode(token)}


@case(seconds=2, workers=True)
def turn_tokens(t):
    """A token's holder is served, for no longer than the token lives; other
    users still have their passwords."""
    key = some_key(32)
    server = turn_server(t, **tokens(key))
    told = server.client().challenge()
    expect_eq(SERVER_NAME, told.text(A.THIRD_PARTY_AUTHORIZATION),
              "the server's name")
    for worker in (0, 1):
        client, peer = server.client(worker=worker,
                                     **holder(t, key)), server.peer()
        client.allocate()
        client.permit(peer.addr)
        client.send_to(peer.addr, b"by token")
        peer.expect_data(b"by token")
        client.refresh()
        client.refresh(0)
    client = server.client(**holder(t, key, lifetime=100))
    seconds = client.allocate((A.LIFETIME, 3600)).number(A.LIFETIME)
    expect(90 < seconds <= 105, f"{seconds} s for a token of 100")
    seconds = client.refresh().number(A.LIFETIME)
    expect(90 < seconds <= 105, f"{seconds} s for a token of 100")
    server.client().allocate()


def tokens(key):
    """The keys of an application that takes tokens by this one."""
    return {"serverName": SERVER_NAME,
            "oauthKeys": [{"kid": KID, "key": b64(key)}]}


@case(seconds=2)
def turn_wrong_tokens(t):
    """A token by another key, for another server, too old, spoilt or cut,
    or another key to sign with, is 401; where tokens are unknown, 420."""
    key = some_key(32)
    server = turn_server(t, **tokens(key))
    good = holder(t, key)
    token = good["token"]
    wrong = [holder(t, some_key(32)), holder(t, key, name="example.net"),
             holder(t, key, lifetime=60, since=int(time.time()) - 100),
             good | {"mac_key": os.urandom(20)}, good | {"user": "south"}]
    wrong += [good | {"token": spoilt} for spoilt in (
        b"", b"\0", b"\xff\xff" + token[2:], b"\0\0" + token[2:],
        b"\x01\0" + token[2:], token[:-1], token + b"\0", token[:14],
        token[:20] + bytes([token[20] ^ 1]) + token[21:], bytes(600))]
    for who in wrong:
        client = server.client(**who)
        client.challenge()
        reply = client.request(ALLOCATE, udp_relay())
        expect_eq(401, reply.code, f"{who}: {reply}")
    server.client(**good).allocate()

    server = turn_server(t)
    client = server.client()
    expect(not client.challenge().has(A.THIRD_PARTY_AUTHORIZATION),
           "no tokens here")
    client.refused(420, ALLOCATE, udp_relay(), (A.ACCESS_TOKEN, token))
