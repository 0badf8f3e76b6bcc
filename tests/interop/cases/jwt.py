"""Tokens decide: JWT (RFC 7519) in the query."""

import base64
import hashlib
import hmac
import json
import subprocess
import time

import rtmp
from harness import BUILD, case, expect, expect_eq, expect_soon

SECRET = "0123456789abcdef0123456789abcdef"


def encode(data):
    if not isinstance(data, bytes):
        data = json.dumps(data).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def sign_hs256(data):
    return hmac.new(SECRET.encode(), data, hashlib.sha256).digest()


def token(sign=sign_hs256, alg="HS256", kid=None, **claims):
    head = {"alg": alg, "typ": "JWT"} | ({"kid": kid} if kid else {})
    body = encode(head) + "." + encode(claims)
    return body + "." + encode(sign(body.encode()))


def guarded(t, **keys):
    return t.server(apps=[{"name": "jwt"}], app={
        "jwt": {"algorithm": "HS256", "secret": SECRET} | keys})


def refusal(client):
    status = client.wait_status() if isinstance(client, rtmp.Viewer) \
        else client.status
    expect_eq("error", status["level"], f"{status}")
    return status["description"]


@case(seconds=9)
def jwt_for_ffmpeg(t):
    """ffmpeg publishes and plays what its tokens are for, and nothing
    else."""
    server = guarded(t)
    publish = token(stream="cam-*", action="publish", application="live",
                    exp=time.time() + 60)
    play = token(stream="cam-1", action="play")

    def send(name, *options):
        return t.ffmpeg("publisher", "-re", "-f", "lavfi", "-i",
                        "testsrc2=size=64x64:rate=10", "-c:v", "libx264",
                        "-g", "5", *options, "-f", "flv", server.url(name))

    for query in ("", "?token=" + play, "?token=x" + publish):
        status = send("cam-1" + query, "-t", "1").wait(10)
        expect(status != 0, f"publishing with '{query}' fails")
    send("cam-1?token=" + publish)
    expect_soon(lambda: "publish start name=cam-1" in server.process.text(),
                "the right one is let in")
    t.output("player", ["ffmpeg", "-v", "error", "-i",
                        server.url("cam-1?jwt=" + play, worker=1),
                        "-frames:v", "3", "-f", "null", "-"])
    stranger = t.ffmpeg("stranger", "-i", server.url("cam-1?jwt=" + publish),
                        "-frames:v", "3", "-f", "null", "-")
    expect(stranger.wait(10) != 0, "playing with a token to publish fails")


@case(seconds=3, workers=True)
def jwt_refuses(t):
    """Each fault by itself: time, stream, action, signature, algorithm."""
    server = guarded(t)
    right = {"stream": "*", "action": "publish"}
    now = int(time.time())
    t.publisher(server, "s?token=" + token(**right)).close()
    for why, query in {
        "a token is needed": "",
        "the token has expired": token(**right, exp=now - 1),
        "the token is not valid yet": token(**right, nbf=now + 60),
        "the token is not for this": token(stream="t", action="publish"),
        "the token is not valid": token(sign=lambda data: b"x" * 32, **right),
    }.items():
        refused = t.publisher(server, "s?token=" + query)
        expect_eq(why, refusal(refused), "reason")
    for alg in ("none", "HS512", "hs256"):
        refused = t.publisher(server, "s?token=" + token(alg=alg, **right))
        expect_eq("the token is not valid", refusal(refused), alg)
    other = token(stream="*", action="publish", application="vod")
    refused = t.publisher(server, "s?token=" + other)
    expect_eq("the token is not for this", refusal(refused), "application")
    refused = t.viewer(server, "s?token=" + token(**right))
    expect_eq("the token is not for this", refusal(refused), "play")


@case(seconds=7)
def jwt_ends_the_session(t):
    """endAtExpiry: the session ends when its token does; without it, not."""
    for ends in (True, False):
        server = guarded(t, endAtExpiry=ends, actions="publish")
        until = time.time() + 1.5
        publisher = t.publisher(server, "s?token=" + token(
            stream="s", action="publish", exp=int(until) + 1))
        publisher.key("first", 0)
        t.viewer(server, "s").frame("first")
        if ends:
            publisher.wait_closed(timeout=8)
            expect(time.time() >= int(until), "not before")
        else:
            time.sleep(max(0, int(until) + 1.3 - time.time()))
            publisher.key("still here", 40)
            t.viewer(server, "s").frame("still here")


@case(seconds=4)
def jwt_by_keys_of_others(t):
    """RS256 by a PEM file, or by a JWK set and the token's kid; a public key
    is nobody's secret."""
    key, pem = t.file("key.pem"), t.file("public.pem")
    subprocess.run(["openssl", "genrsa", "-out", key, "2048"], check=True,
                   stderr=subprocess.DEVNULL)
    subprocess.run(["openssl", "rsa", "-in", key, "-pubout", "-out", pem],
                   check=True, stderr=subprocess.DEVNULL)
    modulus = subprocess.run(
        ["openssl", "rsa", "-in", key, "-noout", "-modulus"], check=True,
        stdout=subprocess.PIPE, text=True).stdout.strip().split("=")[1]
    jwks = t.file("jwks.json")
    jwks.write_text(json.dumps({"keys": [
        {"kty": "RSA", "kid": "now", "n": encode(bytes.fromhex(modulus)),
         "e": "AQAB"}]}))

    def sign(data):
        return subprocess.run(["openssl", "dgst", "-sha256", "-sign", key],
                              input=data, check=True,
                              stdout=subprocess.PIPE).stdout

    def confuse(data):
        return hmac.new(pem.read_bytes(), data, hashlib.sha256).digest()

    right = {"stream": "s", "action": "publish"}
    for keys in ({"keyFile": pem}, {"jwksFile": jwks}):
        server = t.server(apps=[{"name": "jwt"}], app={
            "jwt": {"algorithm": "RS256"} | keys})
        good = token(sign, "RS256", kid="now", **right)
        t.publisher(server, "s?token=" + good).key("it plays", 0)
        forged = token(confuse, "HS256", kid="now", **right)
        refused = t.publisher(server, "other?token=" + forged)
        expect_eq("the token is not valid", refusal(refused), "forged")
    other = token(sign, "RS256", kid="old", **right)
    refused = t.publisher(server, "s?token=" + other)
    expect_eq("the token is not valid", refusal(refused), "another kid")


@case(seconds=1)
def decider_faults(t):
    """What is wrong with tokens and URLs is told, with file and line."""
    def check(app, *apps):
        config = t.file("config.lua")
        config.write_text(
            "configuration = { applications = {\n"
            f'rootDirectory = "{BUILD}/applications",\n'
            '{ name = "live", acceptors = { { ip = "127.0.0.1", '
            'port = 1935, protocol = "inboundRtmp" } },\n'
            + app + " },\n" + "".join(apps) + "} }\n")
        return t.output("check", [BUILD / "sluice", "--check", config],
                        status=1)

    jwt, hooks = '{ name = "jwt" },', '{ name = "webhooks" },'
    for want, app, apps in (
        ("4: applications[1].jwt: needs the module jwt: add { name = "
         '"jwt" } to the applications', 'jwt = { algorithm = "HS256" }', ()),
        ("4: applications[1].onPlay: a URL needs the module webhooks",
         'onPlay = "http://localhost/"', ()),
        ("4: applications[1].onPlay: must be a function, or a URL",
         'onPlay = "ftp://localhost/"', (hooks,)),
        ("4: applications[1].jwt.algorithm: must be set", "jwt = {}", (jwt,)),
        ("4: applications[1].jwt: needs one of secret, keyFile",
         'jwt = { algorithm = "HS256" }', (jwt,)),
        ("4: applications[1].jwt.secret: is too short",
         'jwt = { algorithm = "HS256", secret = "guess" }', (jwt,)),
        ("4: applications[1].jwt.keyFile: has no public key in PEM",
         'jwt = { algorithm = "ES256", keyFile = "config.lua" }', (jwt,)),
        ("5: applications[2].targets[1].url: must begin with http", "",
         ('{ name = "webhooks", targets = { { url = "x" } } },',)),
        ("5: applications[2].targets[1].events: there is no event 'foo'", "",
         ('{ name = "webhooks", targets = { { url = "http://x", '
          'events = "foo" } } },',)),
    ):
        got = check(app, *apps)
        expect(want in got, f"want {want!r}, got {got}")
