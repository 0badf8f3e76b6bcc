"""What people use TURN for: browsers and WebRTC libraries call each other
through relays only, while nonces expire."""

import base64
import hashlib
import hmac
import json
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from harness import SOURCE, case, expect, expect_eq
from turn_server import USERS, Coturn, TurnServer

WEB = SOURCE / "tests/interop/web"
CALL_SECONDS = 5
STAGES = "first", "later", "last"       # of the reports about a call
STALE_NONCE = "error 438"              # in the log of either server

# Nonces expire in a call.
SHORT = {"nonceLifetime": 2}


def turn_server(t, **keys):
    """A started server that logs what it answers, as is counted here."""
    server = (Coturn if t.reference else TurnServer)(t, **keys)
    server.argv.insert(1, "-v" if t.reference else "--log-level=debug")
    t.servers.append(server)
    return server.start()


def login(user="alice", password=None):
    return {"username": user, "credential": password or USERS[user]}


def rest_login(secret, expires_in=60, user="carol"):
    """What a web application gives its users: a name that says until when,
    and a password that proves it."""
    name = f"{int(time.time()) + expires_in}:{user}"
    digest = hmac.digest(secret.encode(), name.encode(), "sha1")
    return login(name, base64.b64encode(digest).decode())


def fingerprint(certificate):
    """The SHA-256 of its public key, as browsers write it."""
    public = subprocess.check_output(
        ["openssl", "x509", "-in", certificate, "-noout", "-pubkey"])
    der = subprocess.check_output(
        ["openssl", "pkey", "-pubin", "-outform", "der"], input=public)
    return base64.b64encode(hashlib.sha256(der).digest()).decode()


def call(t, name, argv, job, **options):
    """Run one of the programs in web/; what the JSON that it prints says."""
    said = t.output(name, [*argv, json.dumps(job)], 40, **options)
    return json.loads([line for line in said.splitlines()
                       if line.startswith("{")][-1])


def browser_call(t, urls, user, **job):
    """What the two pages, each with its URL, report of their call."""
    expect((WEB / "node_modules/playwright-core").exists(),
           "playwright-core is installed (tools/setup/install test)")
    configurations = [{"iceTransportPolicy": "relay",
                       "iceServers": [{"urls": url} | user]} for url in urls]
    return call(t, "browser", ["node", WEB / "browser_call.mjs"],
                job | {"configurations": configurations})


def expect_call(reports, protocol):
    """It began, went on until the end, and used nothing but relays."""
    expect_going_on(reports)
    for last in reports["last"]:
        expect_eq(("relay", "relay"), (last["local"], last["remote"]),
                  "types of the selected candidates")
        expect_eq(protocol, last["relayProtocol"], "way to the relay")
        expect_eq([], last["errors"], "errors of candidates")


def expect_going_on(reports):
    """Pictures and echoes came, and still come to both after some time."""
    expect("last" in reports, f"there is a call: {reports}")
    for first, later, last in zip(*map(reports.get, STAGES)):
        for what in "frames", "echoes":
            expect(0 < first[what] < last[what] > later[what],
                   f"{what} come, and come after a while: {reports}")


def expect_stale_nonces(server, n):
    """At least `n` requests were told that their nonce is stale: else the
    call has not shown that this does no harm."""
    got = server.process.text().count(STALE_NONCE)
    expect(got >= n, f"{n} stale nonces were answered by 438: {got} were")


@case(seconds=10, workers=True, reference=True)
def turn_browser_over_udp(t):
    """Two pages of Chromium call each other through turn:?transport=udp,
    on two workers; nonces expire, and ICE is restarted once."""
    server = turn_server(t, **SHORT)
    reports = browser_call(
        t, [f"turn:127.0.0.1:{port}?transport=udp" for port in server.ports],
        login(), seconds=CALL_SECONDS, restarts=1)
    expect_call(reports, "udp")
    expect_stale_nonces(server, 2)


@case(seconds=10, reference=True)
def turn_browser_over_tcp(t):
    """The same through turn:?transport=tcp."""
    server = turn_server(t, **SHORT)
    reports = browser_call(
        t, [f"turn:127.0.0.1:{port}?transport=tcp" for port in server.ports],
        login("bob"), seconds=CALL_SECONDS)
    expect_call(reports, "tcp")
    expect_stale_nonces(server, 2)


@case(seconds=10, reference=True)
def turn_browser_over_tls(t):
    """The same through turns:, on a port of its own and beside plain TCP,
    for a browser that checks certificates."""
    server = turn_server(t, **SHORT)
    ports = server.tls_port, server.ports[0]
    reports = browser_call(
        t, [f"turns:localhost:{port}" for port in ports], login(),
        seconds=CALL_SECONDS, trust=fingerprint(t.certificate()[0]))
    expect_call(reports, "tls")
    expect_stale_nonces(server, 2)


@case(seconds=12)
def turn_browser_by_rest_user(t):
    """The secret made on first start lets a browser in until the time in
    its user's name, and not afterwards."""
    path = t.file("turn.secret")
    server = turn_server(t, secret=None, secretFile=path)
    secret = path.read_text().strip()
    urls = [f"turn:127.0.0.1:{server.ports[0]}?transport=udp"] * 2
    reports = browser_call(t, urls, rest_login(secret), seconds=CALL_SECONDS)
    expect_call(reports, "udp")
    reports = browser_call(t, urls, rest_login(secret, -10), seconds=0)
    expect("last" not in reports, f"an expired user is refused: {reports}")
    for report in reports["first"]:
        expect(any("701" in e or "401" in e for e in report["errors"]),
               f"a page is told of its refusal: {report}")


def at_once(runs):
    """{name: function} all at the same time; what they return, by name."""
    with ThreadPoolExecutor(len(runs)) as pool:
        return dict(zip(runs, pool.map(lambda run: run(), runs.values())))


@case(seconds=10, reference=True)
def turn_aioice(t):
    """Agents of aioice talk through UDP, TCP and TLS; their nonces expire
    between one ChannelBind and the next."""
    server = turn_server(t, **SHORT)
    trust = {"SSL_CERT_FILE": str(t.certificate()[0])}
    ways = {"udp": ("udp", False, server.ports[0]),
            "tcp": ("tcp", False, server.ports[1]),
            "tls": ("tcp", True, server.tls_port)}

    def run(name, transport, tls, port):
        return call(t, name, [WEB / "aioice_call.py"], {
            "host": "localhost", "port": port, "transport": transport,
            "tls": tls, "user": "alice", "password": USERS["alice"],
            "seconds": CALL_SECONDS}, env=t.env | trust)

    results = at_once({name: partial(run, name, *way)
                       for name, way in ways.items()})
    for name, result in results.items():
        expect_eq([["relay", "relay"]] * 2, result["pairs"], name)
        expect(result["echoes"] > 0, f"{name}: all is echoed")
    expect_stale_nonces(server, 6)


@case(seconds=10, reference=True)
def turn_webrtcbin(t):
    """GStreamer's webrtcbin (libnice) sends video and data through UDP and
    TCP; its TLS is none."""
    server = turn_server(t, **SHORT)
    ways = {"udp": server.ports[0], "tcp": server.ports[1]}

    def run(name, port):
        return call(t, name, [WEB / "webrtcbin_call.py"], {
            "turn": f"turn://bob:{USERS['bob']}@127.0.0.1:{port}"
            f"?transport={name}", "seconds": CALL_SECONDS})

    results = at_once({name: partial(run, name, port)
                       for name, port in ways.items()})
    for name, reports in results.items():
        expect_going_on(reports)
        for last in reports["last"]:
            expect(all(" typ relay " in c for c in last["candidates"]),
                   f"{name}: only relays: {last['candidates']}")
    expect_stale_nonces(server, 4)
