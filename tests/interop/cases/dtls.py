"""DTLS, and TLS beside plain bytes: the module echo behind both."""

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


def s_client(t, port, script, *args):
    """openssl s_client with what `script` prints as its input."""
    words = " ".join(map(str, ["openssl", "s_client", "-dtls1_2",
                               "-connect", f"127.0.0.1:{port}", *args]))
    return t.spawn("s_client", ["sh", "-c", f"({script}) | {words}"])


@case(seconds=4, workers=True)
def dtls_with_openssl(t):
    """Datagrams there and back, and a session that is resumed."""
    server, port = echo_server(t, protocol=["udp", "dtls", "echo"])
    said = t.file("session")
    first = s_client(t, port, "echo hello; sleep 1", "-sess_out", said)
    first.finish(10)
    expect("hi!hello" in first.text(), f"the echo: {first.text()}")
    expect("Protocol  : DTLSv1.2" in first.text(), "the version")
    again = s_client(t, port, "echo again; sleep 1", "-sess_in", said)
    again.finish(10)
    expect("hi!again" in again.text(), f"the second echo: {again.text()}")
    expect("Reused, " in again.text(), f"it is resumed: {again.text()}")


@case(seconds=3)
def dtls_ends_with_the_server(t):
    """A session gets close_notify when the server ends, at once; what no
    peer of DTLS sends changes nothing."""
    server, port = echo_server(t, protocol=["udp", "dtls", "echo"])
    client = s_client(t, port, "echo hello; sleep 20")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        for first in range(256):
            s.sendto(bytes([first]) + b"\xfe\xfd" + bytes(60),
                     ("127.0.0.1", port))
        s.settimeout(0.5)
        try:
            expect(False, f"nothing is answered: {s.recv(2000)!r}")
        except TimeoutError:
            pass
    expect_soon(lambda: "hi!hello" in client.text(), "the echo", 10)
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
