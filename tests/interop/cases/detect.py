"""One port for all: inboundAny."""

import socket
import ssl
import time

import media
from harness import BUILD, SCALE, case, expect, expect_eq
from turn_server import TurnServer

CLIP_SECONDS = 8


def any_server(t, **options):
    """A server whose .tls_port takes anything."""
    cert, key = t.certificate()
    return t.server(tls={"protocol": "inboundAny", "sslCert": cert,
                         "sslKey": key} | options)


def say(port, pieces, tls=False):
    """Send these bytes, one by one; the first line that comes, or what the
    end of the connection left of it."""
    with socket.create_connection(("127.0.0.1", port), 10 * SCALE) as s:
        if tls:
            context = ssl._create_unverified_context()
            s = context.wrap_socket(s)
        try:
            for piece in pieces:
                s.sendall(piece)
            got = b""
            while b"\n" not in got and (data := s.recv(4096)):
                got += data
        except ConnectionError:
            return b""
        return got.split(b"\r\n")[0]


@case(seconds=CLIP_SECONDS + 3, workers=True)
def one_port_for_all(t):
    """A clip comes by RTMP and is played by RTMP and RTMPS, while curl asks
    by HTTP/1.1, HTTP/2 and HTTPS: all on one port."""
    server = any_server(t)
    url = f"rtmp://127.0.0.1:{server.tls_port}/live/clip"
    clip = media.make_clip(BUILD, CLIP_SECONDS)
    players = [t.play_packets(url), t.play_packets(server.tls_url("clip"))]
    time.sleep(1)
    publisher = t.publish_clip(clip, url)
    for n, (flag, scheme) in enumerate((
            ("--http1.1", "http"), ("--http2-prior-knowledge", "http"),
            ("--http1.1", "https"), ("--http2", "https"))):
        said = t.output("curl", [
            "curl", "-sS", "-k", flag, "-o", t.file(f"body{n}"), "-w",
            "%{http_code} %{http_version}",
            f"{scheme}://127.0.0.1:{server.tls_port}/x"])
        expect_eq(f"404 {flag[6:7]}", said.splitlines()[-1].replace(
            "1.1", "1"), f"{scheme} {flag}")
    publisher.finish(CLIP_SECONDS + 5)
    for player in players:
        player.finish(10)
        wrong = media.difference(clip, player.packets(), whole=True)
        expect(not wrong, f"{player.log.stem}: {wrong}")


@case(seconds=2)
def starts_are_told_apart(t):
    """The first bytes one by one, plain and behind TLS; what nobody speaks
    is closed at once."""
    server = any_server(t)
    request = b"GET /x HTTP/1.1\r\nHost: x\r\n\r\n"
    pieces = [request[i:i + 1] for i in range(len(request))]
    for tls in (False, True):
        for p in (pieces, [request]):
            expect_eq(b"HTTP/1.1 404 Not Found",
                      say(server.tls_port, p, tls), f"TLS {tls}")
        for wrong in (b"SSH-2.0-x\r\n", b"GETS", b"\x06" + bytes(1536),
                      b"\xff", bytes(8)):
            expect_eq(b"", say(server.tls_port, [wrong], tls),
                      f"{wrong[:9]}, TLS {tls}")
    log = server.process.text()
    expect("RTMPE is not supported" in log, "the log says what came")


@case(seconds=2)
def only_what_is_configured_is_detected(t):
    """With detects = "rtmp" there is no HTTP on the port."""
    server = any_server(t, detects="rtmp")
    expect_eq(b"", say(server.tls_port, [b"GET / HTTP/1.1\r\n\r\n"]),
              "plain HTTP")
    with socket.create_connection(("127.0.0.1", server.tls_port),
                                  5 * SCALE) as s:
        s.sendall(b"\x03" + bytes(1536))
        expect_eq(b"\x03", s.recv(1), "RTMP's version")


class AnyTurnServer(TurnServer):
    """TURN over TCP and TLS, on ports that take anything."""

    def _acceptors(self):
        return [line | ({} if line["protocol"] == "inboundTurn"
                        else {"protocol": "inboundAny"})
                for line in super()._acceptors()]


@case(seconds=2)
def turn_is_detected(t):
    """On the lines of an application of the module turn, beside HTTP."""
    server = AnyTurnServer(t)
    t.servers.append(server.start())
    for kind in ("tcp", "tls"):
        server.client(kind).allocate()
        expect_eq(b"HTTP/1.1 404 Not Found",
                  say(server.ports[0], [b"GET /x HTTP/1.1\r\nHost: x\r\n\r\n"],
                      kind == "tls"), kind)
