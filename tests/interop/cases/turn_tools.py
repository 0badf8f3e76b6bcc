"""coturn's own clients against the server: what deployed clients do."""

import itertools
import re
import time
from concurrent.futures import ThreadPoolExecutor

from harness import SCALE, case, expect, expect_soon
from turn_server import HAS_IPV6, SECRET, free_range, is_used, turn_server

PARALLEL = 10
TRANSPORTS = {"udp": [], "tcp": ["-t"], "tls": ["-t", "-S"], "dtls": ["-S"]}
METHODS = {"channel": [], "send": ["-s"]}
RELAYS = {"v4": ["-X"], "v6": ["-x"], "dual": ["-Z"]}
LOGINS = {"static": ["-u", "alice", "-w", "sesame"],
          "rest": ["-u", "carol", "-W", SECRET]}

# The client tries old versions of TLS first, and says what it was told.
TLS_RETRY = re.compile(r"tls_connect: cannot connect|errno=\d+, err=")


def tools_server(t, **keys):
    """A server for clients that pick any channel number of RFC 5766."""
    return turn_server(t, rfc5766Channels=True, **keys)


class Peers:
    """coturn's echo server, for both families."""

    def __init__(self, t):
        self.port = free_range(1)
        hosts = ["-L127.0.0.1"] + ["-L::1"] * HAS_IPV6
        t.spawn("peer", ["turnutils_peer", *hosts, "-p", self.port])
        expect_soon(lambda: is_used(self.port, "udp"), "the peer listens")

    def towards(self, relay="v4"):
        ip = "::1" if relay == "v6" else "127.0.0.1"
        return ["-e", ip, "-r", self.port]


def uclient_start(t, server, name, flags):
    """Start the client, with few messages."""
    is_tls = "-S" in flags and ("-t" in flags or "-T" in flags)
    return t.spawn(name, [
        "turnutils_uclient", "-n", 5, "-m", 1, "-l", 100, *flags, "-p",
        server.tls_port if is_tls else server.ports[0], "127.0.0.1"])


def uclient(t, server, name, flags, seconds=40):
    """Run the client; what it printed."""
    child = uclient_start(t, server, name, flags)
    child.wait(seconds)
    return child.text()


def what_is_wrong(text):
    """Why this report of the client is not that of a success, or None."""
    for line in text.splitlines():
        if "rror" in line and not TLS_RETRY.search(line):
            return line
    if "Total lost packets 0 (" not in text:
        return "no report of 0 lost packets"
    return None


def run_all(t, server, runs):
    """{name: flags} several at a time; fails with all that did.

    NOTE: over TLS the client loses what comes in one read with something
    else, from coturn too: on a busy machine.  It gets other chances, alone."""
    def run(name):
        return what_is_wrong(uclient(t, server, name, runs[name]))

    with ThreadPoolExecutor(PARALLEL) as pool:
        wrong = dict(zip(runs, pool.map(run, runs)))
    for name in runs:
        for _ in range(2):
            if wrong[name] and "-S" in runs[name]:
                wrong[name] = run(name)
    bad = [f"{name}: {why}" for name, why in wrong.items() if why]
    expect(not bad, f"{len(runs)} runs of turnutils_uclient pass: "
           + "; ".join(bad))


@case(seconds=35, reference=True)
def turn_matrix(t):
    """turnutils_uclient loses nothing: UDP, TCP, TLS and DTLS, channels and
    Send, relays of IPv4, IPv6 and both, static users and a REST secret."""
    server, peers = tools_server(t), Peers(t)
    relays = RELAYS if HAS_IPV6 else {"v4": RELAYS["v4"]}
    # coturn has users of one kind at a time.
    logins = LOGINS if not t.reference else {"static": LOGINS["static"]}
    run_all(t, server, {
        "-".join(names): [*TRANSPORTS[names[3]], *METHODS[names[0]],
                          *RELAYS[names[1]], *LOGINS[names[2]], "-c",
                          *peers.towards(names[1])]
        for names in itertools.product(METHODS, relays, logins,
                                       TRANSPORTS)})


@case(seconds=15, reference=True)
def turn_flags(t):
    """turnutils_uclient loses nothing with its other flags: client to
    client with and without EVEN-PORT, mobility, DONT-FRAGMENT, padded
    channels over UDP, more requests than needed, RTCP ports."""
    server, peers = tools_server(t, mobility=True), Peers(t)
    login = LOGINS["static"]
    runs = {"pairs": ["-y"], "pairs-no-rtcp": ["-y", "-c"],
            "pairs-send": ["-y", "-s"], "pairs-tcp": ["-y", "-t"],
            "mobility": ["-M", "-c"], "mobility-tcp": ["-M", "-t", "-c"],
            "df": ["-g", "-c"], "padded": ["-D", "-c"], "rtcp": []}
    if t.reference:
        del runs["mobility-tcp"]        # coturn closes the connection
    run_all(t, server, {name: [*flags, *login, *(
        [] if "-y" in flags else peers.towards())]
        for name, flags in runs.items()})


@case(seconds=8, reference=True)
def turn_extra_requests(t):
    """With -G the client binds also what must be refused, and says so; it
    loses nothing."""
    server, peers = tools_server(t), Peers(t)
    said = uclient(t, server, "extra", [
        "-G", "-c", *LOGINS["static"], *peers.towards()])
    expect("Total lost packets 0 (" in said, f"nothing is lost: {said}")
    codes = set(re.findall(r"error (\d+)", said))
    expect(codes <= {"400", "403", "443"}, f"errors {codes}")


@case(seconds=8, reference=True)
def turn_tcp_relay_by_tool(t):
    """RFC 6062 as far as Debian's turnutils_uclient manages it: the active
    side over TCP and TLS."""
    server = turn_server(t, tcpRelay=True)
    login = LOGINS["static"]
    run_all(t, server, {"active-tcp": ["-T", *login],
                        "active-tls": ["-T", "-S", *login]})


@case(seconds=10, reference=True)
def turn_serves_after_wrong_input(t):
    """After the negative tests of turnutils_uclient, over each transport,
    the server serves as before.  Some of these never end by themselves."""
    server, peers = tools_server(t), Peers(t)
    children = [
        uclient_start(t, server, f"{name}{test}", [
            test, "-c", *flags, *LOGINS["static"], *peers.towards()])
        for name, flags in TRANSPORTS.items() for test in ("-N", "-R")]
    deadline = time.monotonic() + 7 * SCALE
    while (time.monotonic() < deadline
           and any(child.is_running() for child in children)):
        time.sleep(0.1)
    client, peer = server.client(), server.peer()
    client.allocate()
    client.permit(peer.addr)
    client.send_to(peer.addr, b"still here")
    peer.expect_data(b"still here", client.relayed[0])


@case(seconds=3)
def stun_tools_agree(t):
    """turnutils_stunclient is told its address, and turnutils_natdiscovery
    finds no NAT between 127.0.0.1 and 127.0.0.2."""
    server = turn_server(t, ips=("127.0.0.1", "127.0.0.2"), workers=1,
                         natDiscovery=True)
    port = server.ports[0]
    said = t.output("stunclient", ["turnutils_stunclient", "-p", port,
                                   "127.0.0.1"])
    expect("UDP reflexive addr: 127.0.0.1:" in said, f"an address: {said}")
    said = t.output("natdiscovery", ["turnutils_natdiscovery", "-m", "-f",
                                     "-p", port, "127.0.0.1"])
    for what in ("Mapping", "Filtering"):
        expect(f"NAT with Endpoint Independent {what}!" in said,
               f"{what} is found: {said}")
    for name, flags in (("collision", ["-c", "-L", "127.0.0.1",
                                       "-A", "127.0.0.3"]),
                        ("padding", ["-m", "-P"])):
        said = t.output(name, ["turnutils_natdiscovery", *flags,
                               "-p", port, "127.0.0.1"])
        expect("RFC 5780 response 2" in said, f"{name}: {said}")
