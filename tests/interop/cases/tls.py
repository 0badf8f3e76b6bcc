"""RTMPS: versions, certificates, names."""

import socket
import ssl

import rtmp
from harness import case, expect, expect_eq


def any_certificate(version=None):
    """A context of Python's that checks nothing, of one TLS version."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    if version:
        context.minimum_version = context.maximum_version = version
    return context


@case(seconds=2, workers=True)
def rtmps_with_both_versions(t):
    """TLS 1.2 and 1.3: publish with one, play with the other."""
    server = t.server(tls=True)
    publisher = t.publisher(
        server, "show", tls=any_certificate(ssl.TLSVersion.TLSv1_2))
    expect_eq("TLSv1.2", publisher.sock.version(), "version")
    viewer = t.viewer(
        server, "show", tls=any_certificate(ssl.TLSVersion.TLSv1_3))
    expect_eq("TLSv1.3", viewer.sock.version(), "version")
    # More than one TLS record, and more than a socket buffer at once.
    publisher.media(rtmp.VIDEO, rtmp.key_frame("k" * 3000000), 0)
    expect(len(viewer.frame("kkk").data) > 3000000, "a big frame is whole")


@case(seconds=2)
def certificate_fits_the_name(t):
    """SNI chooses the certificate; without a name, or with an unknown one,
    it is the acceptor's first."""
    cert, key = t.certificate("one.example")
    other_cert, other_key = t.certificate("two.example")
    server = t.server(tls={
        "sslCert": cert, "sslKey": key, "sslCertificates": [
            {"host": "two.example", "cert": other_cert, "key": other_key}]})
    for name, want in (("two.example", "two.example"),
                       ("unknown.example", "one.example"),
                       (None, "one.example")):
        ask = ["-servername", name] if name else ["-noservername"]
        said = t.output("s_client", [
            "openssl", "s_client", "-brief", *ask, "-connect",
            f"127.0.0.1:{server.tls_port}"])
        expect(f"CN = {want}" in said, f"{name} gets {want}: {said}")


@case(seconds=2)
def old_versions_and_plain_text_are_refused(t):
    """TLS 1.1 gets an alert, plain RTMP on the port is closed; both leave
    the server as it was."""
    server = t.server(tls=True)
    said = t.output("s_client", [
        "openssl", "s_client", "-tls1_1", "-cipher", "ALL@SECLEVEL=0",
        "-connect", f"127.0.0.1:{server.tls_port}"], status=1)
    expect("alert protocol version" in said, f"the alert says why: {said}")
    with socket.create_connection(("127.0.0.1", server.tls_port), 5) as s:
        s.sendall(b"\x03" + bytes(1536))
        try:
            while s.recv(4096):
                pass
        except ConnectionResetError:
            pass
    t.publisher(server, "show", tls=any_certificate())
