"""Who a TURN client is: RFC 8489 section 9.2, to the letter."""

import base64
import hashlib
import hmac
import time
from dataclasses import replace

import turn_message as stun
from harness import case, expect, expect_eq
from turn import (CHALLENGES, HAS_ALGORITHMS, HAS_ANONYMITY, REALM,
                  nonce_features, read_algorithms, udp_relay)
from turn_message import ALLOCATE, A, REFRESH
from turn_server import SECRET, turn_server

UNKNOWN = 0x7FFE                        # an attribute of nobody's
OPTIONAL = 0xFFFE


@case(seconds=2, workers=True)
def turn_sha256(t):
    """A client of RFC 8489 signs with SHA-256, or by SHA-256 with the MD5
    key; one of RFC 5389 with SHA-1; each is answered alike."""
    server = turn_server(t)
    client = server.client(is_modern=True)
    told = client.challenge()
    expect_eq([stun.MD5, stun.SHA256],
              sorted(read_algorithms(told.get(A.PASSWORD_ALGORITHMS))),
              "algorithms")
    expect_eq(HAS_ALGORITHMS, nonce_features(told.get(A.NONCE)), "features")
    reply = client.allocate()
    expect_eq(A.MESSAGE_INTEGRITY_SHA256, reply.integrity, "integrity")

    client.ok(REFRESH, auth=replace(client.auth, algorithm=stun.MD5))
    old = replace(client.auth, algorithm=None, algorithms=None)
    reply = client.ok(REFRESH, auth=old)
    expect_eq(A.MESSAGE_INTEGRITY, reply.integrity, "integrity")


@case(seconds=2)
def turn_sha256_goes_first(t):
    """Of two integrities the one of SHA-256 counts, and it may not be
    shortened."""
    server = turn_server(t)
    client = server.client(is_modern=True)
    client.challenge()
    old = replace(client.auth, algorithm=None, algorithms=None)
    wrong = (A.MESSAGE_INTEGRITY_SHA256, bytes(32))
    client.refused(401, ALLOCATE, udp_relay(), auth=old, behind=[wrong])

    auth = client.auth
    attrs = [udp_relay(), *auth.attrs(ALLOCATE)]
    whole = stun.Message(stun.write_message(
        ALLOCATE, stun.REQUEST, attrs, None, auth.key, auth.integrity))
    body = whole.raw[20:-36]
    # Signed as a message that ends with the 16 bytes.
    head = stun.write_header(ALLOCATE, stun.REQUEST, whole.tid,
                             len(body) + 20)
    mac = hmac.new(auth.key, head + body, hashlib.sha256).digest()[:16]
    reply = client.exchange(
        head + body + stun.attr(A.MESSAGE_INTEGRITY_SHA256, mac))
    expect(reply.code in (400, 401), f"a short one is refused: {reply}")
    client.allocate()


@case(seconds=2)
def turn_userhash(t):
    """With `anonymity` the nonce says so, and a user is found by the hash of
    its name, which stands nowhere; an unknown hash is 401."""
    server = turn_server(t, anonymity=True, secret=None)
    client = server.client(is_modern=True)
    told = client.challenge()
    expect_eq(HAS_ALGORITHMS | HAS_ANONYMITY,
              nonce_features(told.get(A.NONCE)), "features")
    expect(client.auth.is_hashed, "the client hashes")
    client.allocate()
    client.refused(401, REFRESH, auth=replace(client.auth, user="mallory"))
    # Who does not know of it says its name.
    plain = server.client()
    plain.allocate()


@case(seconds=2)
def turn_algorithms_are_echoed(t):
    """PASSWORD-ALGORITHMS come back as they were sent, with one of them
    chosen, or it is 400, before the user is looked at."""
    server = turn_server(t)
    client = server.client(is_modern=True)
    client.challenge()
    good = client.auth
    first = good.algorithms[:4]
    swapped = good.algorithms[4:] + first
    for wrong, why in (
            (dict(algorithms=None), "no list"),
            (dict(algorithm=None), "no choice"),
            (dict(algorithms=first), "half the list"),
            (dict(algorithms=swapped), "another order"),
            (dict(algorithms=good.algorithms + b"\0\3\0\0"), "a longer list"),
            (dict(algorithm=3), "a choice that is not in it"),
            (dict(algorithms=b"", algorithm=1), "an empty list")):
        for user in ("alice", "mallory"):
            # Signed as SHA-256 has it, whatever is said.
            auth = replace(good, **wrong, user=user)
            reply = client.exchange(stun.write_message(
                ALLOCATE, stun.REQUEST,
                [udp_relay(), *auth.attrs(ALLOCATE)], None, good.key,
                A.MESSAGE_INTEGRITY_SHA256))
            expect_eq(400, reply.code, f"{why}, {user}: {reply}")
    client.allocate()


@case(seconds=2)
def turn_nonce_features_hold(t):
    """Taking the features out of the nonce, to make the client choose what
    is weaker, makes it a wrong nonce."""
    server = turn_server(t)
    client = server.client(is_modern=True)
    client.challenge()
    good = client.auth
    for features in (b"AAAA", b"QAAA", b"wAAA", b"gAAB"):
        nonce = good.nonce[:9] + features + good.nonce[13:]
        auth = replace(good, nonce=nonce)
        if not nonce_features(nonce) & HAS_ALGORITHMS:
            auth = replace(auth, algorithm=None, algorithms=None)
        reply = client.ask(ALLOCATE, udp_relay(), auth=auth)
        expect_eq(438, reply.code, f"{features}: {reply}")
    client.allocate()


@case(seconds=2)
def turn_incomplete_credentials(t):
    """Without integrity it is 401 with what is needed; with it, but without
    user, realm or nonce, 400 with nothing."""
    server = turn_server(t)
    for kind in ("udp", "tcp"):
        client = server.client(kind)
        told = client.challenge()
        for type in (A.REALM, A.NONCE, A.PASSWORD_ALGORITHMS):
            expect(told.has(type), f"{type.name} in {told}")
        expect(not told.integrity and not told.has(A.SOFTWARE),
               f"nothing else in {told}")
        attrs = list(client.auth.attrs(ALLOCATE))
        for missing in (A.USERNAME, A.REALM, A.NONCE):
            reply = client.exchange(stun.write_message(
                ALLOCATE, stun.REQUEST,
                [udp_relay(), *(a for a in attrs if a[0] != missing)], None,
                client.auth.key))
            expect_eq(400, reply.code, f"without {missing.name}")
            for type in (A.REALM, A.NONCE, A.USERNAME):
                expect(not reply.has(type), f"no {type.name} in {reply}")
            expect(not reply.integrity, f"no integrity in {reply}")
        client.allocate()


@case(seconds=4)
def turn_stale_nonces(t):
    """A nonce that is old is 438 if the password is right, else 401: the
    user counts first.  What comes with 438 is good."""
    server = turn_server(t, nonceLifetime=1)
    client = server.client(is_modern=True)
    client.allocate()
    old = client.auth
    time.sleep(2.1)
    client.refused(401, REFRESH, auth=replace(old, password="wrong"))
    client.refused(401, REFRESH, auth=replace(old, user="mallory"))
    told = client.refused(438, REFRESH, auth=old)
    for type in (A.REALM, A.NONCE, A.PASSWORD_ALGORITHMS):
        expect(told.has(type), f"{type.name} in {told}")
    expect(told.get(A.NONCE) != old.nonce, "another nonce")
    client.auth = old.told(told)
    client.ok(REFRESH, auth=client.auth)


@case(seconds=2, workers=True)
def turn_wrong_credentials(t):
    """A wrong password, user or realm is 401, a nonce that never was is 438
    from who has the right password, and then all goes on."""
    server = turn_server(t)
    for worker in (0, 1):
        client = server.client(worker=worker)
        client.challenge()
        good = client.auth
        for wrong in (dict(password="wrong"), dict(user="mallory"),
                      dict(user="bob"), dict(realm="example.com"),
                      dict(password="wrong", nonce=b"nonsense")):
            told = client.refused(401, ALLOCATE, udp_relay(),
                                  auth=replace(good, **wrong))
            expect(told.has(A.NONCE) and told.has(A.REALM),
                   f"realm and nonce in {told}")
            expect_eq(REALM, told.text(A.REALM), "realm")
        for nonce in (b"nonsense", good.nonce[:-1], good.nonce + b"A",
                      b"obMatJos2gAAA", b"x" * 700):
            client.refused(438, ALLOCATE, udp_relay(),
                           auth=replace(good, nonce=nonce))
        client.allocate()


@case(seconds=2, workers=True)
def turn_nonce_is_for_one_address(t):
    """A nonce that another address or port was told, is 438."""
    server = turn_server(t)
    one, other = server.client(), server.client()
    far = server.client(source=("127.0.0.2", 0))
    for client in (one, other, far):
        client.challenge()
    nonces = {c.auth.nonce for c in (one, other, far)}
    expect_eq(3, len(nonces), "different nonces")
    for client in (other, far):
        client.refused(438, ALLOCATE, udp_relay(),
                       auth=replace(client.auth, nonce=one.auth.nonce))
        client.allocate()
    one.allocate()


@case(seconds=2)
def turn_nothing_counts_behind_the_integrity(t):
    """Attributes behind it are not seen: no transport, no lifetime, no
    peer, no unknown attribute."""
    server = turn_server(t)
    client, peer = server.client(), server.peer("127.0.0.2")
    client.challenge()
    client.refused(400, ALLOCATE, behind=[udp_relay()])
    client.allocate(behind=[(UNKNOWN, b"")])
    reply = client.ok(REFRESH, behind=[(A.LIFETIME, 0)])
    expect_eq(600, reply.number(A.LIFETIME), "lifetime")
    client.ok(stun.CREATE_PERMISSION, (A.XOR_PEER_ADDRESS, ("127.0.0.1", 1)),
              behind=[(A.XOR_PEER_ADDRESS, peer.addr)])
    client.send_to(peer.addr, b"not allowed")
    client.permit(peer.addr)
    client.send_to(peer.addr, b"allowed")
    peer.expect_data(b"allowed")


@case(seconds=2)
def turn_unknown_attributes(t):
    """What must be understood and is not, is 420 with the list, signed; but
    401 to who has not said who it is.  What may be ignored, is."""
    server = turn_server(t)
    client, peer = server.client(), server.peer()
    reply = client.ask(ALLOCATE, (UNKNOWN, b"x"), sign=False)
    expect_eq(401, reply.code, "code for the unknown")
    client.auth = client.auth.told(reply)
    told = client.refused(420, ALLOCATE, udp_relay(), (UNKNOWN, b"x"),
                          (0x0BCD, b""), (OPTIONAL, b"y"))
    expect_eq([UNKNOWN, 0x0BCD], told.unknown, "the list")
    client.allocate((OPTIONAL, b"y"))
    client.permit(peer.addr)
    client.send_to(peer.addr, b"dropped", (UNKNOWN, b""))
    client.send_to(peer.addr, b"sent", (OPTIONAL, b""))
    peer.expect_data(b"sent")
    told = client.ask(stun.BINDING, (UNKNOWN, b""), sign=False)
    expect_eq(420, told.code, "code for a Binding")
    expect_eq([UNKNOWN], told.unknown, "its list")


@case(seconds=2)
def turn_what_is_dropped(t):
    """No answer to unknown methods and classes, to what is no STUN message,
    and to a wrong fingerprint: of many, only the Binding is answered."""
    server = turn_server(t)
    client = server.client()
    write, tid = stun.write_message, bytes(12)
    whole = write(stun.BINDING, stun.REQUEST, tid=tid)
    marked = write(stun.BINDING, stun.REQUEST, tid=tid, fingerprint=True)
    for junk in (
            write(0x0F5, stun.REQUEST, tid=tid),
            write(2, stun.REQUEST, tid=tid),
            write(stun.ALLOCATE, stun.INDICATION, tid=tid),
            write(stun.BINDING, stun.INDICATION, tid=tid),
            write(stun.BINDING, stun.SUCCESS, tid=tid),
            write(stun.ALLOCATE, stun.ERROR, tid=tid),
            write(stun.SEND, stun.REQUEST, tid=tid),
            write(stun.DATA, stun.INDICATION, tid=tid),
            stun.write_header(stun.BINDING, stun.REQUEST, tid, 0, 0x2112A443),
            stun.write_header(stun.BINDING, stun.REQUEST, tid, 4),
            stun.write_header(stun.BINDING, stun.REQUEST, tid, 2) + b"\0\0",
            b"\x80" + whole[1:], b"\xC0" + whole[1:], whole[:19], b"\0", b"",
            write(stun.BINDING, stun.REQUEST,
                  [stun.attr(A.SOFTWARE, b"abcd", 5)], tid),
            write(stun.BINDING, stun.REQUEST,
                  [stun.attr(A.SOFTWARE, b"abcd", 0xFFFF)], tid),
            marked[:-1] + bytes([marked[-1] ^ 1]), b"\x50\0\0\0", b"\xff" * 99):
        client.send(junk)
    reply = client.ok(stun.BINDING, sign=False, fingerprint=True)
    expect_eq(client.addr, reply.addr(A.XOR_MAPPED_ADDRESS), "address")
    expect_eq([], client.inbox, "other answers")


def rest_user(seconds, name="carol", secret=SECRET, digest="sha1"):
    """User and password of draft-uberti-behave-turn-rest, good for that
    long."""
    user = f"{int(time.time()) + seconds}:{name}"
    mac = hmac.new(secret.encode(), user.encode(), digest).digest()
    return {"user": user, "password": base64.b64encode(mac).decode()}


@case(seconds=2)
def turn_rest_users(t):
    """Time-limited users by each of two secrets, SHA-1 and SHA-256, by old
    and new clients; not with another secret, too late, or for ever."""
    server = turn_server(t, secret=None, secrets=[SECRET, "the other one"],
                         secretMaxLifetime=3600)
    for is_modern in (False, True):
        for secret in (SECRET, "the other one"):
            for digest in ("sha1", "sha256"):
                who = rest_user(60, secret=secret, digest=digest)
                server.client(is_modern=is_modern, **who).allocate()
    late = rest_user(60)
    late["user"] = late["user"].replace(":", "9:")
    for who in (rest_user(60, secret="a third"), rest_user(-60), late,
                rest_user(90000), {"user": "carol", "password": "x"},
                {"user": ":", "password": "x"}):
        client = server.client(**who)
        client.challenge()
        client.refused(401, ALLOCATE, udp_relay())
    server.client().allocate()          # static users go on beside them


@case(seconds=5)
def turn_time_runs_out(t):
    """With `strictExpiry` an allocation ends with its user's time, whatever
    lifetime it asked for."""
    server = turn_server(t, strictExpiry=True)
    client = server.client(**rest_user(2))
    reply = client.allocate()
    expect(reply.number(A.LIFETIME) <= 600, f"lifetime in {reply}")
    time.sleep(3.2)
    reply = client.ask(REFRESH)
    expect(reply.code in (*CHALLENGES, 437), f"no Refresh: {reply}")
    client.auth = replace(client.auth, **rest_user(60))
    client.refused(437, REFRESH)
