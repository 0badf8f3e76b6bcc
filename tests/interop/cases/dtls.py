"""DTLS, and TLS beside plain bytes: the module echo behind both."""

import os
import socket
import ssl

from cases.tls import any_certificate
from harness import case, expect, expect_eq, expect_soon, free_ports


def echo_server(t, **acceptor):
    """A server with one more application, echo; its port."""
    cert, key = t.certificate()
    port, = free_ports(1)
    at = {"ip": "127.0.0.1", "port": port, "sslCert": cert, "sslKey": key}
    server = t.server(apps=[{"name": "echo", "greeting": "hi!",
                             "acceptors": [at | acceptor]}])
    return server, port


class SClient:
    """openssl s_client over DTLS, whose input stays open."""

    def __init__(self, t, port, *args):
        n = sum(p.name == "s_client" for p in t.processes)
        self.path = t.file(f"input{n}")
        os.mkfifo(self.path)
        words = " ".join(map(str, [
            "exec openssl s_client -dtls1_2 -connect", f"127.0.0.1:{port}",
            *args, "<>", self.path]))
        self.process = t.spawn("s_client", ["sh", "-c", words])

    def echo(self, word):
        """Say it, once the server has greeted, and hear it again."""
        expect_soon(lambda: "hi!" in self.text(), "the greeting", 10)
        self.path.write_text(word + "\n")
        expect_soon(lambda: f"hi!{word}" in self.text(), "the echo", 10)

    def text(self):
        return self.process.text()


@case(seconds=2, workers=True)
def dtls_with_openssl(t):
    """Datagrams there and back, and a session that is resumed."""
    server, port = echo_server(t, protocol=["udp", "dtls", "echo"])
    said = t.file("session")
    first = SClient(t, port, "-sess_out", said)
    first.echo("hello")
    expect("Protocol  : DTLSv1.2" in first.text(), "the version")
    again = SClient(t, port, "-sess_in", said)
    again.echo("again")
    expect("Reused, " in again.text(), f"it is resumed: {again.text()}")


@case(seconds=2)
def dtls_ends_with_the_server(t):
    """A session gets close_notify when the server ends; what no peer of DTLS
    sends is not answered."""
    server, port = echo_server(t, protocol=["udp", "dtls", "echo"])
    client = SClient(t, port)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        for first in range(256):
            s.sendto(bytes([first]) + b"\xfe\xfd" + bytes(60),
                     ("127.0.0.1", port))
        client.echo("hello")
        s.setblocking(False)
        try:
            expect(False, f"nothing is answered: {s.recv(2000)!r}")
        except BlockingIOError:
            pass
    server.stop()
    expect_soon(lambda: "\nclosed" in client.text(),
                "s_client is told that it ends")


@case(seconds=2, workers=True)
def tls_beside_plain(t):
    """One port for both: the first byte tells."""
    server, port = echo_server(t, protocol=["tcp", "tlsOrPlain", "echo"])
    for context in (None, any_certificate(), None,
                    any_certificate(ssl.TLSVersion.TLSv1_2)):
        with socket.create_connection(("127.0.0.1", port), 5) as s:
            if context:
                s = context.wrap_socket(s)
            s.sendall(b"\0plain or not")
            got = b""
            while len(got) < 16:
                got += s.recv(100)
            expect_eq(b"hi!\0plain or not", got, "the echo")
            s.close()


@case(seconds=3)
def alpn_is_agreed(t):
    """TURN's names (RFC 7443) over TLS and DTLS, beside plain: the one that
    is offered, an alert for those of others, no word for no offer."""
    cert, key = t.certificate()
    port, = free_ports(1)
    at = {"ip": "127.0.0.1", "port": port, "sslCert": cert, "sslKey": key}
    t.server(apps=[{
        "name": "turn", "realm": "example.org",
        "users": [{"name": "user", "password": "secret"}],
        "acceptors": [at | {"protocol": "inboundTurn"},
                      at | {"protocol": "inboundTcpTurn"}]}])
    for version in ([], ["-dtls1_2"]):
        for offer, want in (("stun.turn", "ALPN protocol: stun.turn"),
                            ("h2,stun.nat-discovery",
                             "ALPN protocol: stun.nat-discovery"),
                            ("h2", "alert no application protocol"),
                            (None, "No ALPN negotiated")):
            said = t.output("s_client", [
                "openssl", "s_client", *version, "-connect",
                f"127.0.0.1:{port}", *(["-alpn", offer] if offer else [])],
                status=1 if offer == "h2" else 0)
            expect(want in said, f"{version} {offer} gets {want}: {said}")
