"""Who may come, how many, and how long one may be silent."""

import select
import socket
import time
from pathlib import Path

import rtmp
from harness import BUILD, SCALE, case, expect, expect_eq, expect_soon


HANDSHAKE_S = 15        # RTMP_CONNECT_MS


@case(seconds=18)
def silent_peers_are_closed(t):
    """A connection that never says anything is closed after a while, and so
    is one that stops after connect, or that waits to play and does not
    answer pings; who answers them stays."""
    server = t.server(app={"idleTimeoutMs": 1000})
    waiting = t.viewer(server, "later")
    dead = t.viewer(server, "later", worker=1)
    mute = socket.create_connection(("127.0.0.1", server.ports[0]),
                                    HANDSHAKE_S + 2 * SCALE)
    idle = t.client(server, worker=1)
    idle.connect()
    with mute:
        since = time.monotonic()
        while not select.select([mute], [], [], 0)[0]:
            waiting.pump(0.2)
            expect(time.monotonic() - since < HANDSHAKE_S + 3 * SCALE,
                   "the mute connection is closed in time")
        expect_eq(b"", mute.recv(1), "the mute connection is closed")
    idle.wait_closed(1)
    dead.wait_closed(1)
    t.publisher(server, "later").key("here", 0)
    waiting.frame("here")


@case(seconds=2, workers=True)
def limits_hold(t):
    """Viewers of a stream, streams, connections of an address: one more is
    refused with a word, and the others go on."""
    server = t.server(app={"maxViewersPerStream": 2, "maxStreams": 1})
    publisher = t.publisher(server, "show")
    publisher.key("one", 0)
    viewers = [t.viewer(server, "show", worker=w) for w in (0, 1)]
    for viewer in viewers:
        viewer.frame("one")
    refused = t.viewer(server, "show").wait_status()
    expect_eq("error", refused["level"], "third viewer")
    refused = t.publisher(server, "another", worker=1).status
    expect_eq("error", refused["level"], "second stream")
    publisher.key("two", 40)
    for viewer in viewers:
        viewer.frame("two")


@case(seconds=2, workers=True)
def connections_of_an_address_are_limited(t):
    """With maxConnectionsPerAddress the next one is turned away, until one
    of the others goes."""
    server = t.server(app={"maxConnectionsPerAddress": 3})
    clients = [t.client(server, worker=w) for w in (0, 1, 0)]
    for client in clients:
        client.connect()

    def is_served():
        try:
            t.client(server, worker=1).connect()
            return True
        except (rtmp.Error, ConnectionError):
            return False

    expect(not is_served(), "the fourth is turned away")
    clients[0].close()
    expect_soon(is_served, "there is room again")


@case(seconds=2)
def both_families_are_served(t):
    """`::` listens for IPv6 and IPv4, or for IPv4 where there is no other;
    an IPv4 address is shown as such."""
    server = t.server(ip="::")
    has_ipv6 = Path("/proc/net/if_inet6").exists()
    publisher = t.publisher(server, "show",
                            host="::1" if has_ipv6 else "127.0.0.1")
    publisher.key("one", 0)
    t.viewer(server, "show", worker=1, host="127.0.0.1").frame("one")
    log = server.process.text()
    expect("::ffff:" not in log, "no mapped addresses in the log")


@case(seconds=2)
def each_application_has_its_limits(t):
    """Connections count for the application they are for, by whichever
    listener they come."""
    other = {"name": "other", "library": BUILD / "applications" / "live.so",
             "maxConnectionsPerAddress": 2}
    server = t.server(apps=[other])
    for _ in range(3):
        t.client(server).connect("live")
    for _ in range(2):
        last = t.client(server)
        last.connect("other")
    try:
        t.client(server, worker=1).connect("other")
        refused = None
    except rtmp.Refused as e:
        refused = e.info
    expect(refused, "the third one is refused")
    expect_eq("NetConnection.Connect.Rejected", refused["code"], "code")
    last.close()

    def is_served():
        try:
            return t.client(server).connect("other")
        except rtmp.Error:
            return False
    expect_soon(is_served, "one more, after another has gone")
