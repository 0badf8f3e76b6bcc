"""SIGHUP: the configuration is read again, and what is live is taken."""

import os
import signal
import ssl
from pathlib import Path

import rtmp
import turn_message as stun
from harness import Lua, case, expect, expect_eq, expect_soon
from turn import peers
from turn_message import ALLOCATE, CREATE_PERMISSION
from turn_server import turn_server

READ = "configuration read again"
OPEN = Lua('function() return true end')
SHUT = Lua('function() return false, "closed today" end')


def change(server, *pairs):
    """Replace text of the configuration."""
    text = server.config.read_text()
    for old, new in pairs:
        expect(old in text, f"the configuration has {old!r}")
        text = text.replace(old, new)
    server.config.write_text(text)


def hang_up(server, want=READ):
    """SIGHUP; returns when a line with `want` is there."""
    n = server.process.text().count(want)
    server.process.signal(signal.SIGHUP)
    expect_soon(lambda: server.process.text().count(want) > n,
                f"the log says {want!r}")


@case(seconds=3, workers=True)
def reload_changes_hooks(t):
    """A changed hook decides about who comes next, on each worker; who is
    there goes on."""
    server = t.server(app={"onPublish": OPEN})
    publisher = t.publisher(server, "show")
    viewers = [t.viewer(server, "show", worker=w) for w in (0, 1)]
    publisher.key("first", 0)
    for viewer in viewers:
        viewer.frame("first")

    change(server, (OPEN, SHUT))
    hang_up(server)
    publisher.key("second", 40)
    for viewer in viewers:
        viewer.frame("second")
    for worker in (0, 1):
        status = t.publisher(server, f"late{worker}", worker=worker).status
        expect("closed today" in status["description"], f"{status}")
    late = t.viewer(server, "show", worker=1)
    publisher.key("third", 80)
    late.frame("third")

    change(server, (SHUT, OPEN))
    hang_up(server)
    t.publisher(server, "late", worker=1).key("again", 0)


@case(seconds=3)
def reload_of_a_bad_file_changes_nothing(t):
    """A mistake, or a file that is gone: the log says where, the old
    configuration stays; after the repair it is read."""
    server = t.server(app={"onPublish": SHUT})
    good = server.config.read_text()
    change(server, (SHUT, OPEN), ("publisherGraceMs", "publisherGrace"))
    hang_up(server, "not reloaded")
    line = next(n for n, text in
                enumerate(server.config.read_text().split("\n"), 1)
                if "publisherGrace" in text)
    expect(f"{server.config.name}:{line}: applications[1].publisherGrace: "
           "unknown key" in server.process.text(), "file, line and key")
    expect_eq("error", t.publisher(server, "a").status["level"], "publish")

    server.config.unlink()
    hang_up(server, "cannot read")
    expect_eq("error", t.publisher(server, "b").status["level"], "publish")

    server.config.write_text(good.replace(SHUT, OPEN))
    hang_up(server)
    t.publisher(server, "c").key("at last", 0)


@case(seconds=3)
def reload_says_what_needs_a_restart(t):
    """Limits count at once; a key that is not live is told, and stays; an
    application is not taken away."""
    server = t.server(app={"maxConnections": 50, "mergeMs": 5})
    change(server, ("maxConnections = 50", "maxConnections = 1"),
           ("mergeMs = 5", "mergeMs = 7"))
    t.publisher(server, "one")
    hang_up(server, "applications[1].mergeMs: needs a restart")
    expect_soon(lambda: READ in server.process.text(), "it is read")
    try:
        t.publisher(server, "two")
        expect(False, "the second connection is refused")
    except (OSError, rtmp.Closed):
        pass
    change(server, ('name = "live"', 'name = "echo"'))
    hang_up(server, "to take it away needs a restart")


def served_name(server):
    """The common name in the certificate."""
    pem = ssl.get_server_certificate(("127.0.0.1", server.tls_port))
    return b"new.example" in ssl.PEM_cert_to_DER_cert(pem)


@case(seconds=4, workers=True)
def reload_replaces_a_certificate(t):
    """The next TLS client gets the new certificate; those that are
    connected go on."""
    server = t.server(tls=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    publisher = t.publisher(server, "show", tls=context)
    expect(not served_name(server), "the old certificate")
    cert, key = t.certificate()
    for path, new in zip((cert, key), t.certificate("new.example")):
        path.write_bytes(new.read_bytes())
    hang_up(server)
    expect(served_name(server), "the new certificate")
    viewer = t.viewer(server, "show", tls=context)
    publisher.key("goes on", 0)
    viewer.frame("goes on")


@case(seconds=4, workers=True)
def reload_replaces_turn_users(t):
    """A user who is gone gets nothing new, one who is new does; a call goes
    on, and its owner's nonce is still good."""
    server = turn_server(t, secret=None)
    client, peer = server.client(), server.peer()
    client.allocate()
    client.permit(peer.addr)
    change(server, ('"bob"', '"carol"'))
    hang_up(server)
    client.send_to(peer.addr, b"still here")
    peer.expect_data(b"still here", client.relayed[0])
    reply = client.ask(CREATE_PERMISSION, *peers(peer.addr))
    expect_eq(stun.SUCCESS, reply.cls, "answer with the old nonce")
    for worker in (0, 1):
        server.client(worker=worker, user="carol",
                      password="open").allocate()
        gone = server.client(worker=worker, user="bob", password="open")
        gone.challenge()
        gone.refused(401, ALLOCATE, (0x0019, 17))


def memory(server):
    """Resident bytes, and open descriptors."""
    proc = Path(f"/proc/{server.process.pid}")
    pages = int((proc / "statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE"), len(os.listdir(proc / "fd"))


@case(seconds=8, plain=True)
def reload_a_hundred_times(t):
    """Memory and descriptors stay what they are, and so do the sessions."""
    server = t.server(tls=True, app={"onPublish": OPEN})
    publisher = t.publisher(server, "show")
    viewer = t.viewer(server, "show", worker=1)
    publisher.key("first", 0)
    viewer.frame("first")
    for _ in range(10):
        hang_up(server)
    before = memory(server)
    for _ in range(90):
        hang_up(server)
    after = memory(server)
    expect_eq(before[1], after[1], "descriptors")
    expect(after[0] < before[0] + (1 << 20),
           f"memory: {before[0]} bytes, then {after[0]}")
    publisher.key("last", 40)
    viewer.frame("last")
