"""The application turn as an operator meets it: its secret, its credentials,
its hook, and a clear word where something is missing."""

import base64
import hashlib
import hmac
import re
import time

import turn
from harness import BUILD, Lua, Server, case, expect, expect_eq, \
    free_ports, lua


class TurnOnly(Server):
    """sluice with one application `turn`, on one port of loopback."""

    def __init__(self, t, **keys):
        self.t = t
        self.ports = free_ports(1)
        self.config = t.file("config.lua")
        at = {"ip": "127.0.0.1", "port": self.ports[0]}
        app = {"name": "turn", "peers": "test", "minPort": 61000,
               "realm": turn.REALM,
               "acceptors": [at | {"protocol": "inboundTurn"},
                             at | {"protocol": "inboundTcpTurn"}]}
        self.config.write_text("configuration = " + lua({
            "workers": 2, "applications": {
                "rootDirectory": BUILD / "applications",
                0: app | keys}}) + "\n")
        self.argv = [BUILD / "sluice", self.config]
        self.slow = 1
        self.process = None

    def client(self, user, password, **how):
        how["user"], how["password"] = user, password
        client = turn.Client(("127.0.0.1", self.ports[0]), **how)
        self.t.clients.append(client)
        return client


def serve(t, **keys):
    server = TurnOnly(t, **keys)
    t.servers.append(server)
    return server


def read_credentials(text):
    """User name and password from what --credentials printed."""
    found = re.search(r'username: "(.*)",\n\s*credential: "(.*)"', text)
    expect(found, f"credentials are printed: {text}")
    return found[1], found[2]


@case(seconds=4, workers=True)
def turn_secret_is_made_once(t):
    """The first start makes the secret, for its owner alone; no check does,
    no second start replaces it, nothing prints it; what --credentials says
    works."""
    server = serve(t, secretFile="turn.secret")
    secret_file = t.file("turn.secret")
    t.output("check", [*server.argv, "--check"], env=t.env)
    said = t.output("early", [*server.argv, "--credentials"], env=t.env)
    expect("first time" in said, f"there is no secret yet: {said}")
    expect(not secret_file.exists(), "a check makes nothing")

    server.start()
    expect_eq(0o600, secret_file.stat().st_mode & 0o7777, "mode")
    secret = secret_file.read_text().strip()
    expect_eq(64, len(secret), "length of the secret")
    said = t.output("told", [*server.argv, "--credentials=eve"], env=t.env)
    user, password = read_credentials(said)
    ends, name = user.split(":")
    expect_eq("eve", name, "the user's name")
    expect(0 < int(ends) - time.time() <= 86401, f"{ends} is within a day")
    mac = hmac.new(secret.encode(), user.encode(), hashlib.sha1)
    expect_eq(base64.b64encode(mac.digest()).decode(), password, "password")
    expect(f"turn:127.0.0.1:{server.ports[0]}?transport=udp" in said and
           f"turn:127.0.0.1:{server.ports[0]}?transport=tcp" in said,
           f"URLs for both: {said}")
    server.client(user, password).allocate()
    server.client(user, "x" + password).refused(401, turn.stun.ALLOCATE)

    server.stop()
    server.start()
    expect_eq(secret, secret_file.read_text().strip(), "the same secret")
    server.client(user, password).allocate()
    server.stop()
    for log in t.dir.glob("*.log"):
        expect(secret not in log.read_text(errors="replace"),
               f"{log} has no secret")


@case(seconds=3, workers=True)
def turn_hook_knows_passwords(t):
    """onCredentials tells passwords, is asked again after later(), and its
    errors let nobody in; the log has none of them."""
    hook = Lua("""function(request)
        assert(request.realm == "example.org")
        assert(request.address == "127.0.0.1")
        n = (n or 0) + 1
        if request.user == "bad" then return nil .. "x" end
        if request.user == "slow" and n % 2 == 1 then return later(20) end
        if request.user == "eve" or request.user == "slow" then
          return "hush-hush"
        end
      end""")
    server = serve(t, onCredentials=hook).start()
    server.client("eve", "hush-hush").allocate()
    server.client("slow", "hush-hush").allocate()
    server.client("eve", "wrong").refused(401, turn.stun.ALLOCATE)
    server.client("adam", "hush-hush").refused(401, turn.stun.ALLOCATE)
    server.client("bad", "hush-hush").refused(401, turn.stun.ALLOCATE)
    server.stop()
    log = server.process.text()
    expect("attempt to concatenate a nil value" in log, f"the error: {log}")
    expect("hush-hush" not in log, f"no password: {log}")


@case(seconds=2)
def turn_says_what_is_missing(t):
    """No credentials, the test profile in the open, a taken port: status 1,
    with the line of the file."""
    open_to_all = [{"port": free_ports(1)[0], "protocol": "inboundTurn"}]
    for name, keys, words in (
            ("nobody", {}, [":", "secretFile", "users"]),
            ("open", {"secret": "x" * 20, "acceptors": open_to_all},
             [".peers", "loopback"]),
            ("both", {"users": [{"name": "a"}], "minPort": 7},
             ["users[1]", "password", "minPort"])):
        server = TurnOnly(t, **keys)
        said = t.output(name, server.argv, status=1, env=t.env)
        for word in ["config.lua:", *words]:
            expect(word in said, f"{name} names {word}: {said}")

    first = serve(t, secret="x" * 20).start()
    said = t.output("taken", first.argv, status=1, env=t.env)
    expect(f"{first.ports[0]}" in said and "in use" in said, said)


@case(seconds=2)
def turn_keys_are_told(t):
    """--help-config of the module prints its keys; of another file, why it
    is none."""
    module = BUILD / "applications" / "turn.so"
    said = t.output("keys", [BUILD / "sluice", "--help-config", module],
                    env=t.env)
    for key in ("realm", "externalAddress", "maxAllocationsPerUser"):
        expect(key in said, f"{key} is told: {said}")
    said = t.output("none", [BUILD / "sluice", "--help-config", __file__],
                    status=1, env=t.env)
    expect("turn_config.py" in said, f"the file is named: {said}")
