"""The API: what its OpenAPI file says is what the server answers."""

import http.client
import json
import re
import socket
import stat
import time
import urllib.parse

import jsonschema

import turn
import turn_message
from harness import (BUILD, SCALE, SOURCE, case, expect, expect_eq,
                     expect_soon, free_ports)
from media import make_clip

ADMIN = SOURCE / "applications/admin"
TEXT = (ADMIN / "openapi.json").read_text()
DOC = json.loads(TEXT)
READ, WRITE = "reader-0123456789", "writer-0123456789"
METHODS = ("get", "put", "post", "delete")
STRANGE = "<img src=x onerror=alert(1)>"

# What OpenAPI 3.1 lets a document, an operation and so on have.
KEYS = {
    "document": {"openapi", "info", "servers", "security", "tags", "paths",
                 "components"},
    "operation": {"operationId", "tags", "summary", "description",
                  "security", "parameters", "requestBody", "responses"},
    "parameter": {"name", "in", "description", "required", "schema"},
    "response": {"description", "headers", "content"},
}


# -- asking ------------------------------------------------------------------

class Api:
    """Requests to the API, each answer looked up in the file."""

    def __init__(self, port):
        self.http = http.client.HTTPConnection("127.0.0.1", port,
                                               timeout=5 * SCALE)
        self.answered = set()

    def ask(self, method, path, query=None, token=WRITE, body=None,
            headers=()):
        """One request as it is; its status, fields and body."""
        sent = dict(headers)
        if token:
            sent["Authorization"] = "Bearer " + token
        if body is not None:
            sent.setdefault("Content-Type", "application/json")
            body = body if isinstance(body, bytes) else json.dumps(body)
        if query:
            path += "?" + urllib.parse.urlencode(
                query, quote_via=urllib.parse.quote)
        self.http.request(method, path, body=body, headers=sent)
        response = self.http.getresponse()
        return response.status, response.headers, response.read()

    def call(self, method, route, status=200, query=None, args=(), **how):
        """The same by the file: the answer must be one that is there, and
        fit; what it says."""
        path = route
        for name, value in dict(args).items():
            path = path.replace("{%s}" % name,
                                urllib.parse.quote(value, safe=""))
        operation = DOC["paths"][route][method.lower()]
        got, fields, body = self.ask(method, path, query, **how)
        what = f"{method} {path} {query or ''}"
        expect_eq(status, got, f"{what}: status, {body[:200]}")
        expect(str(got) in operation["responses"], f"{what}: {got} is told")
        self.answered.add((method, route))
        return self.judge(what, find(operation["responses"][str(got)]),
                          fields, body)

    def judge(self, what, answer, fields, body):
        for name in answer.get("headers", {}):
            expect(name in fields, f"{what}: has {name}")
        if "content" not in answer:
            expect_eq(b"", body, f"{what}: body")
            return None
        (kind, content), = answer["content"].items()
        expect_eq(kind, fields.get_content_type(), f"{what}: media type")
        if not kind.endswith("json"):
            return body.decode()
        said = json.loads(body)
        check_schema(what, content["schema"], said)
        return said


def find(node):
    """What a $ref of the file means, or the node itself."""
    if "$ref" not in node:
        return node
    found = DOC
    for part in node["$ref"].removeprefix("#/").split("/"):
        found = found[part]
    return found


def check_schema(what, schema, said):
    whole = {"allOf": [schema], "components": DOC["components"]}
    errors = jsonschema.Draft202012Validator(whole).iter_errors(said)
    for error in errors:
        expect(False, f"{what}: {'/'.join(map(str, error.absolute_path))}: "
               f"{error.message:.300}")


def admin_app(t, port, **keys):
    return {"name": "admin", "tokenFile": t.file("tokens"),
            "tokens": [{"name": "r", "token": READ},
                       {"name": "w", "token": WRITE, "role": "write"}],
            "acceptors": [{"ip": "127.0.0.1", "port": port,
                           "protocol": "inboundHttp"}]} | keys


def start(t, **options):
    port, turn_port = free_ports(2)
    relay = {"name": "turn", "realm": turn.REALM,
             "users": [{"name": "alice", "password": "sesame"}],
             "peers": "test",
             "acceptors": [{"ip": "127.0.0.1", "port": turn_port,
                            "protocol": "inboundTurn"}]}
    server = t.server(apps=[admin_app(t, port), relay], **options)
    server.turn_port = turn_port
    return server, Api(port)


# -- the file ----------------------------------------------------------------

def operations():
    for route, item in DOC["paths"].items():
        for method, operation in item.items():
            yield route, method, operation


def refs(node):
    if isinstance(node, dict):
        if "$ref" in node:
            yield node
        for child in node.values():
            yield from refs(child)
    elif isinstance(node, list):
        for child in node:
            yield from refs(child)


def check_operation(what, route, operation):
    expect(set(operation) <= KEYS["operation"], f"{what}: keys")
    parameters = [find(p) for p in operation.get("parameters", ())]
    for p in parameters:
        expect(set(p) <= KEYS["parameter"], f"{what}: {p['name']}")
        expect(p["in"] in ("path", "query", "header"), f"{what}: in")
    expect_eq(sorted(re.findall(r"{(\w+)}", route)),
              sorted(p["name"] for p in parameters if p["in"] == "path"),
              f"{what}: parameters of the path")
    expect({t["name"] for t in DOC["tags"]} >= set(operation["tags"]),
           f"{what}: tags")
    for status, answer in operation["responses"].items():
        expect(re.fullmatch("[1-5]\\d\\d", status), f"{what}: {status}")
        answer = find(answer)
        expect(set(answer) <= KEYS["response"] and "description" in answer,
               f"{what}: {status}")


@case(seconds=1, plain=True)
def api_file_is_valid(t):
    """The OpenAPI file is one: references lead somewhere, schemas are
    schemas, each route of the server is in it and no other."""
    expect(DOC["openapi"].startswith("3.1."), "version")
    expect(set(DOC) <= KEYS["document"], "keys of the document")
    for node in refs(DOC):
        expect_eq(["$ref"], list(node), "beside a reference")
        find(node)
    for name, schema in DOC["components"]["schemas"].items():
        jsonschema.Draft202012Validator.check_schema(schema)
        expect("description" in schema or "properties" in schema
               or "enum" in schema, f"{name} says something")
    ids = [o["operationId"] for _, _, o in operations()]
    expect_eq(len(ids), len(set(ids)), "operation ids are unique")
    for route, method, operation in operations():
        expect(method in METHODS, f"method {method}")
        check_operation(f"{method} {route}", route, operation)

    code = (ADMIN / "admin_routes.c").read_text()
    routes = {(method.lower(), path.replace("...", "")) for method, v1, path
              in re.findall(r'\{ "(\w+)", (V1 )?"([^"]+)"', code)
              for path in ["/api/v1" * bool(v1) + path]}
    expect_eq(routes, {(m, r) for r, m, _ in operations()}, "routes")


# -- answers -----------------------------------------------------------------

@case(seconds=3, workers=True)
def api_ends_viewers_by_http(t):
    """Whose session is gone with the kick: the server must not ask it."""
    server, api = start(t, http=True)
    t.publish_clip(make_clip(BUILD, 20), server.url("show"))
    sessions = "/api/v1/sessions"

    for worker in (0, 1):
        viewer = http.client.HTTPConnection(
            "127.0.0.1", server.http_ports[worker], timeout=10 * SCALE)
        viewer.request("GET", "/live/show.flv")
        response = viewer.getresponse()
        expect_eq(200, response.status, "it plays")
        found, = api.call("GET", sessions,
                          query={"protocol": "http"})["sessions"]
        api.call("DELETE", sessions + "/{id}", 204, args={"id": found["id"]})
        expect_eq([], api.call("GET", sessions, query={
            "protocol": "http"})["sessions"], "it is gone")
        response.close()


@case(seconds=4, workers=True)
def api_counts_viewers_of_hls(t):
    """They read no log: one on each worker, until one is kicked."""
    server, api = start(t, http=True)
    t.publish_clip(make_clip(BUILD, 20), server.url("show"))
    for worker in (0, 1):
        viewer = http.client.HTTPConnection(
            "127.0.0.1", server.http_ports[worker], timeout=10 * SCALE)
        viewer.request("GET", "/live/show/index.m3u8",
                       headers={"User-Agent": f"viewer {worker}"})
        expect_eq(200, viewer.getresponse().status, "it plays")
        viewer.close()

    def viewers():
        stream, = api.call("GET", "/api/v1/streams")["streams"]
        hls, = [f for f in stream["formats"] if f["name"] == "hls"]
        expect_eq(stream["viewers"], hls["viewers"], "viewers in all")
        return hls["viewers"]

    expect_eq(2, viewers(), "viewers")
    found = api.call("GET", "/api/v1/sessions", query={"protocol": "hls"})
    api.call("DELETE", "/api/v1/sessions/{id}", 204,
             args={"id": found["sessions"][0]["id"]})
    expect_soon(lambda: viewers() == 1, "one is left")


@case(seconds=6, workers=True)
def api_answers_as_described(t):
    """With a publisher, a player and an allocation there: each route answers
    with what its schema says, and with what is so."""
    server, api = start(t)
    encoder = t.publish_clip(make_clip(BUILD, 20), server.url("show"))
    t.viewer(server, "show", worker=1)
    client = turn.Client(("127.0.0.1", server.turn_port))
    t.clients.append(client)
    client.allocate()
    sessions = "/api/v1/sessions"
    streams = "/api/v1/streams"

    def with_figures():
        found = api.call("GET", streams)["streams"]
        return found and found[0]["viewers"] == 1 and any(
            "gop_frames" in track and track["frame_rate"]
            for track in found[0]["tracks"]) and found

    stream, = expect_soon(with_figures, "figures of the stream")
    expect_eq("show", stream["name"], "name")
    video, = [t for t in stream["tracks"] if t["kind"] == "video"]
    expect(video["codec"] == "h264" and video["width"] > 0 and
           24 < video["frame_rate"] < 26, f"what the video is: {video}")
    audio, = [t for t in stream["tracks"] if t["kind"] == "audio"]
    expect(audio["sample_rate"] in (44100, 48000), f"sound: {audio}")
    expect_eq(stream["name"], api.call(
        "GET", streams + "/{application}/{name}",
        args={"application": "live", "name": "show"})["name"], "one stream")
    api.call("GET", streams + "/{application}/{name}", 404,
             args={"application": "live", "name": "other"})
    expect_eq([], api.call("GET", streams, query={"name": "x"})["streams"],
              "filtered")

    found = api.call("GET", sessions, query={"application": "live"})
    publisher, = [s for s in found["sessions"] if s["streams"] and
                  s["streams"][0]["role"] == "publish"]
    expect_eq(stream["publisher"]["id"], publisher["id"], "publisher")
    expect(publisher["received_bytes"] > 1000, "bytes are counted")
    api.call("GET", sessions + "/{id}", args={"id": publisher["id"]})
    for path in ("server", "workers", "applications", "acceptors",
                 "counters", "config"):
        api.call("GET", "/api/v1/" + path)
    api.call("GET", "/api/v1/openapi.json", token=None)
    api.call("GET", "/healthz", token=None)
    api.call("GET", "/metrics")
    api.call("GET", "/api/v1/log", query={"limit": 5, "level": "info"})
    api.call("GET", "/api/v1/log/level")

    allocation, = api.call("GET", "/api/v1/turn/allocations")["allocations"]
    expect_eq("alice", allocation["user"], "user")
    one = "/api/v1/turn/allocations/{id}"
    api.call("DELETE", one, 204, args={"id": allocation["id"]})
    api.call("DELETE", one, 404, args={"id": allocation["id"]})
    client.refused(437, turn_message.REFRESH)

    api.call("DELETE", sessions + "/{id}", 403, token=READ,
             args={"id": publisher["id"]})
    api.call("DELETE", sessions + "/{id}", 204, query={"reason": "enough"},
             args={"id": publisher["id"]})
    encoder.wait(10, "is sent away")
    expect_soon(lambda: not api.call("GET", streams)["streams"],
                "the stream ends")
    api.call("DELETE", sessions + "/{id}", 404, args={"id": publisher["id"]})
    check_steering(api)
    missing = {(m.upper(), r) for r, m, _ in operations()} - api.answered
    expect_eq({("GET", "/api/v1/events")}, missing, "not asked (events.py)")


def check_steering(api):
    """The log's level, draining, reading the configuration again."""
    level = "/api/v1/log/level"
    got = api.call("PUT", level, body={"level": "debug", "category": "rtmp"})
    expect_eq([{"category": "rtmp", "level": "debug"}], got["categories"],
              "levels")
    got = api.call("PUT", level, body={"level": None, "category": "rtmp"})
    expect_eq([], got["categories"], "levels")
    expect_eq("warn", api.call("PUT", level, body={"level": "warn"})["level"],
              "level")
    api.call("PUT", level, body={"level": "info"})
    drain = "/api/v1/server/drain"
    api.call("POST", drain, 204)
    api.call("GET", "/healthz", 503, token=None)
    api.call("POST", drain, 204, body={"draining": False})
    api.call("GET", "/healthz", token=None)
    api.call("POST", "/api/v1/server/reload", 202)
    expect_soon(lambda: api.call("GET", "/api/v1/server")["reloads"] == 1,
                "the configuration is read again")


@case(seconds=2, workers=True)
def api_lists_by_pages(t):
    """Pages of two give each session once; filters hold; names that are
    markup or have slashes are asked for as they are."""
    server, api = start(t)
    names = [STRANGE, "a/b", "c%d", "e"]
    peers = [t.publisher(server, name, worker=n % 2)
             for n, name in enumerate(names)]
    query, seen = {"limit": 2, "protocol": "rtmp"}, []
    for _ in range(9):
        page = api.call("GET", "/api/v1/sessions", query=query)
        expect(len(page["sessions"]) <= 2, "no more than asked for")
        seen += [s["id"] for s in page["sessions"]]
        if "next" not in page:
            break
        query["after"] = page["next"]
    expect_eq((len(peers), len(peers)), (len(seen), len(set(seen))), "pages")
    for name in names:
        got = api.call("GET", "/api/v1/streams/{application}/{name}",
                       args={"application": "live", "name": name}
                       ) if "/" not in name else json.loads(
            api.ask("GET", "/api/v1/streams/live/" + name)[2])
        expect_eq(name, got["name"], "stream")
        expect_eq(1, len(api.call("GET", "/api/v1/sessions",
                                  query={"stream": name})["sessions"]),
                  f"sessions of {name}")
    for query in ({"limit": 0}, {"limit": 10001}, {"limit": "x"},
                  {"after": "x"}, {"after": "0-"}):
        api.call("GET", "/api/v1/sessions", 400, query=query)


@case(seconds=3, workers=True)
def api_long_list(t):
    """An answer of several pieces comes whole; one whose reader goes away
    half way, or before anything is sent, harms nothing."""
    server, api = start(t)
    agent = "x" * 1000
    for n in range(100):
        t.client(server, n % 2).connect(flashVer=agent)
    sessions = "/api/v1/sessions"
    got = expect_soon(lambda: len(found := api.call(
        "GET", sessions, query={"limit": 1000})["sessions"]) == 100 and found,
        "all sessions")
    expect_eq({agent}, {s["user_agent"] for s in got}, "user agents")
    status, fields, body = api.ask("HEAD", sessions)
    expect_eq((200, b""), (status, body), "HEAD")
    for n in range(20):
        other = Api(api.http.port)
        other.http.connect()
        other.http.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        other.http.request("GET", sessions, headers={
            "Authorization": "Bearer " + READ})
        if n % 2:
            other.http.sock.recv(1000)
        other.http.close()
    api.call("GET", sessions, query={"limit": 1000})


# -- refusals ----------------------------------------------------------------

@case(seconds=2, workers=True)
def api_refuses(t):
    """Wrong methods, paths, bodies and types get the status that they
    deserve, as problem+json; a GET with a body changes nothing."""
    _, api = start(t)
    level = "/api/v1/log/level"
    api.call("GET", level, 401, token=None)
    api.call("PUT", level, 403, token=READ, body={"level": "debug"})
    api.call("PUT", level, 415, body={"level": "debug"},
             headers={"Content-Type": "text/plain"})
    for body in (b"", b"{", b"[]", b"null", b'{"level":"info"} x'):
        api.call("PUT", level, 400, body=body)
    for body in ({}, {"level": "loud"}, {"level": 1}, {"level": None},
                 {"level": "info", "x": 1}):
        api.call("PUT", level, 422, body=body)
    api.call("PUT", level, 413, body=b"[" * 100)
    api.call("PUT", level, 413, body=b'{"level":"info"}' + b" " * 5000)
    status, fields, _ = api.ask("POST", level)
    expect_eq((405, "GET, HEAD, PUT, OPTIONS"), (status, fields["Allow"]),
              "method")
    status, fields, body = api.ask("GET", "/api/v1/nothing")
    expect_eq((404, "application/problem+json"),
              (status, fields.get_content_type()), "path")
    status, _, body = api.ask("HEAD", "/api/v1/server")
    expect_eq((200, b""), (status, body), "HEAD")
    for n in ("0-0-1", "x", "0-0", "ff-0-1", "0" * 300):
        api.call("GET", "/api/v1/sessions/{id}", 404, args={"id": n})
    for n in ("0", "x", "-1", "12345678901234567"):
        api.call("DELETE", "/api/v1/turn/allocations/{id}", 404,
                 args={"id": n})
    expect_eq("info", api.call("GET", level)["level"], "nothing changed")


@case(seconds=4)
def api_tokens(t):
    """The first start makes a file of mode 600 with a token of each role;
    nothing of it is told; wrong ones are slowed, and only theirs."""
    port, = free_ports(1)
    server = t.server(apps=[admin_app(t, port, openMetrics=True)])
    api = Api(port)
    made = t.file("tokens")
    expect_eq(0o600, stat.S_IMODE(made.stat().st_mode), "mode")
    tokens = dict(line.split() for line in made.read_text().splitlines()
                  if line[0] != "#")
    expect_eq({"read", "write"}, set(tokens), "roles")
    api.call("GET", "/api/v1/server", token=tokens["read"])
    api.call("PUT", "/api/v1/log/level", token=tokens["write"],
             body={"level": "debug"})
    api.call("GET", "/metrics", token=None)
    said = t.output("credentials", [*server.argv[:-1], "--credentials",
                                    server.config])
    expect(tokens["write"] in said, "--credentials tells the token")

    told = json.dumps(api.call("GET", "/api/v1/config"))
    log = json.dumps(api.call("GET", "/api/v1/log"))
    for secret in (READ, WRITE, *tokens.values()):
        expect(secret not in told, "no token in the configuration")
        expect(secret not in log + server.process.text(),
               "no token in the log")

    wrong = "wrong-token-0123456789"
    got = [api.ask("GET", "/api/v1/server", token=wrong)
           for _ in range(15)]
    expect_eq([401] * 10, [status for status, _, _ in got[:10]], "first ten")
    expect_eq(429, got[-1][0], "then")
    expect_eq("1", got[-1][1]["Retry-After"], "Retry-After")
    expect_eq(401, api.ask("GET", "/api/v1/server", token=None)[0],
              "without any")
    api.call("GET", "/api/v1/server", 429)
    expect(wrong not in server.process.text(), "not even a wrong one")
    time.sleep(1.1)
    api.call("GET", "/api/v1/server")


# -- metrics -----------------------------------------------------------------

SAMPLE = re.compile(r'(sluice_[a-z0-9_]+)((?:{(?:[a-z_]+="[^"\\\n]*",?)*})?)'
                    r' (-?[0-9.]+(?:e[+-]?[0-9]+)?)')


def read_metrics(text):
    """The types by name, and the samples: (name, labels) and value."""
    types, samples = {}, {}
    for line in text.splitlines():
        if line.startswith("# TYPE "):
            name, kind = line.split()[2:]
            expect(name not in types, f"{name} stands together")
            types[name] = kind
        elif not line.startswith("# HELP "):
            match = SAMPLE.fullmatch(line)
            expect(match, f"a sample: {line}")
            expect(match.group(1, 2) not in samples, f"once: {line}")
            samples[match.group(1, 2)] = float(match[3])
    return types, samples


def base_of(name, types):
    """The name of a sample's family."""
    for suffix in ("_bucket", "_sum", "_count"):
        base = name.removesuffix(suffix)
        if base != name and types.get(base) == "histogram":
            return base
    return name


@case(seconds=4)
def metrics_are_prometheus(t):
    """/metrics is well formed, its names say what they are, histograms add
    up; labels are bounded; the dashboard asks for what there is."""
    server, api = start(t)
    t.publish_clip(make_clip(BUILD, 20), server.url("show"))
    for worker in (0, 1):
        t.viewer(server, "show", worker=worker)
    latency = 'sluice_stream_send_latency_seconds_count{format="rtmp"}'
    expect_soon(lambda: f"\n{latency} " in api.call("GET", "/metrics"),
                "latency is measured")
    time.sleep(0.3)
    text = api.call("GET", "/metrics")
    types, samples = read_metrics(text)
    expect("show" not in text, "no stream's name in labels")
    for name, labels in samples:
        base = base_of(name, types)
        expect(base in types, f"{name} has a type")
        expect_eq(types[base] == "counter", base.endswith("_total"),
                  f"{base}: a counter is a total")
    for name in [n for n, kind in types.items() if kind == "histogram"]:
        check_histogram(name, samples)
    slowest = samples["sluice_worker_longest_turn_seconds", '{worker="0"}']
    expect(0 < slowest < 5 * SCALE, f"longest turn: {slowest}")

    board = (SOURCE / "tools/grafana/sluice.json").read_text()
    for name in set(re.findall(r"sluice_[a-z0-9_]+", board)):
        expect(base_of(name, types) in types, f"dashboard: {name}")


def check_histogram(name, samples):
    """Buckets grow, and the last one is the count."""
    found = [(labels, value) for (n, labels), value in samples.items()
             if n == name + "_bucket"]
    rows = {}
    for labels, value in found:
        rest = re.sub(r',?le="[^"]*"', "", labels).replace("{}", "")
        rows.setdefault(rest, []).append(value)
    for labels, values in rows.items():
        expect_eq(sorted(values), values, f"{name}{labels}: grows")
        expect_eq(values[-1], samples[name + "_count", labels],
                  f"{name}{labels}: count")
