"""Webhooks: targets are told of events; URLs decide."""

import re
import signal

import rtmp
from harness import BUILD, SCALE, case, expect, expect_eq, expect_soon
from target import Target, is_signed, unused_url

SECRET = "a secret of the case"


def hooked(t, *targets, app=None, **keys):
    """A server whose module webhooks has these targets and keys."""
    return t.server(app=app, apps=[{
        "name": "webhooks", "targets": list(targets)} | keys])


def wait(target, want, what, seconds=5.0):
    expect(target.wait(want, seconds * SCALE),
           f"{what}: got {target.types()}")


def media_goes_on(t, server, name="show"):
    """A publisher's frames still come out at a viewer."""
    publisher = t.publisher(server, name)
    viewer = t.viewer(server, name, worker=1)
    for i in range(5):
        publisher.key(f"frame {i}", i * 40)
        viewer.frame(f"frame {i}")
    viewer.close()
    publisher.close()


@case(seconds=3, workers=True)
def webhook_tells_what_happens(t):
    """One envelope for all events, in their order, signed; the last ones are
    sent when the server stops."""
    target = Target()
    server = hooked(t, {"url": target.url("/hook"), "secret": SECRET})
    publisher = t.publisher(server, "show?key=hidden")
    wait(target, lambda r: len(r) >= 4, "publish")
    viewer = t.viewer(server, "show", worker=1)
    wait(target, lambda r: len(r) >= 6, "play")
    viewer.close()
    wait(target, lambda r: len(r) >= 8, "the viewer's end")
    publisher.close()
    wait(target, lambda r: len(r) >= 11, "the publisher's end")
    server.stop()
    wait(target, lambda r: len(r) >= 12, "the server's end")

    expect_eq(["server.start", "session.open", "publish.start",
               "stream.start", "session.open", "play.start", "play.stop",
               "session.close", "stream.stop", "publish.stop",
               "session.close", "server.stop"], target.types(), "events")
    ids = [r.id for r in target.requests]
    expect_eq(sorted(set(ids)), ids, "ids grow")
    for r in target.requests:
        expect(is_signed(r, SECRET), f"{r.type} is signed")
        expect_eq("/hook", r.path, "path")
        expect_eq(r.type, r.headers["X-Sluice-Event"], "header")
        expect(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z",
                            r.event["ts"]), f"time {r.event['ts']}")
        expect("hidden" not in r.body.decode(), "queries are nobody's")
    start = target.requests[2].event
    expect_eq({"application": "live", "name": "show"}, start["stream"],
              "stream")
    expect_eq("rtmp", start["session"]["protocol"], "protocol")
    expect_eq(start["session"]["id"],
              target.requests[1].event["session"]["id"], "session")
    expect(target.requests[10].event["data"]["duration_seconds"] > 0,
           "how long the session was")


@case(seconds=4)
def webhook_tries_again(t):
    """500 and 429 are tried again with the same id and in order; after a 2xx
    nothing is; what is refused (404) is given up."""
    seen = {}

    def answer(request):
        n = seen[request.id] = seen.get(request.id, 0) + 1
        if request.type == "publish.start" and n <= 2:
            return 500 if n == 1 else (429, "", {"Retry-After": "1"})
        return 404 if request.type == "stream.start" else 204

    target = Target(answer)
    server = hooked(t, {"url": target.url(), "events": ["publish", "stream"]})
    t.publisher(server, "show").close()
    wait(target, lambda r: len(r) >= 6, "all four, one three times")
    server.stop()
    expect_eq(["publish.start"] * 3 + ["stream.start", "stream.stop",
              "publish.stop"], target.types(), "events")
    expect_eq(4, len(seen), "different ids")
    expect(target.requests[2].at - target.requests[1].at > 0.9,
           "Retry-After is obeyed")
    expect_eq(2, server.process.text().count("takes no events"),
              "told in the log, once for each time")


@case(seconds=6, workers=True)
def webhook_targets_that_fail(t):
    """Targets that are down, never answer, answer nonsense or redirect: media
    goes on, others are told, nobody follows the redirect."""
    good, slow = Target(), Target(lambda request: None)
    nonsense = Target(lambda request: b"\0\1\2 what?\r\n\r\n")
    other = Target()
    away = Target(lambda request: (302, "", {"Location": other.url()}))
    server = hooked(t, *({"url": url, "timeoutMs": 200} for url in (
        unused_url(), slow.url(), nonsense.url(), away.url(), good.url())))
    media_goes_on(t, server)
    wait(good, lambda r: r and r[-1].type == "session.close" and len(r) >= 11,
         "the good one is told of all")
    wait(away, lambda r: len(r) >= 11, "each redirected one is given up")
    expect_eq(1, len({r.id for r in slow.requests}), "one after the other")
    expect_eq(1, len({r.id for r in nonsense.requests}), "nonsense is none")
    server.stop(within=5)
    expect_eq([], other.requests, "redirects followed")
    expect("events that no target took" in server.process.text(), "told")


@case(seconds=4)
def webhook_queue_is_bounded(t):
    """A target that comes late gets the newest maxQueue events, and is told
    how many it has lost."""
    url = unused_url()
    server = hooked(t, {"url": url, "maxQueue": 3, "events": "session"})
    for _ in range(10):
        t.publisher(server, "show").close()
    expect_soon(lambda: server.process.text().count("publish stop") == 10,
                "all have gone")
    target = Target(port=int(url.split(":")[2][:-1]))
    wait(target, lambda r: len(r) >= 3, "what is left")
    t.publisher(server, "show").close()
    wait(target, lambda r: len(r) >= 5, "what comes then")
    expect_eq(5, len(target.requests), "requests")
    lost = [r.headers["X-Sluice-Lost"] for r in target.requests]
    expect_eq(["17", None, None, None, None], lost, "told as lost")
    expect_eq(1, server.process.text().count("queue is full"), "told once")


@case(seconds=3)
def webhook_wants_a_certificate(t):
    """HTTPS: a certificate that nobody vouches for is refused, so is one for
    another name; with the right caFile it is taken."""
    cert, key = t.certificate()
    stranger, right = Target(tls=(cert, key)), Target(tls=(cert, key))
    wrong_name = Target(tls=(cert, key))
    server = hooked(
        t, {"url": stranger.url(host="localhost"), "name": "stranger"},
        {"url": wrong_name.url(host="127.0.0.1"), "name": "name",
         "caFile": cert},
        {"url": right.url(host="localhost"), "caFile": cert})
    wait(right, lambda r: len(r) >= 1, "the right one")
    log = server.process.text
    for name in ("stranger", "name"):
        expect_soon(lambda: f"{name}: takes no events: SSL" in log(),
                    f"{name} is refused")
    expect_eq([], stranger.requests + wrong_name.requests, "requests")
    server.stop(within=5)


def refusal(client):
    status = client.wait_status() if isinstance(client, rtmp.Viewer) \
        else client.status
    expect_eq("error", status["level"], f"{status}")
    return status["description"]


@case(seconds=4, workers=True)
def hook_url_decides(t):
    """A URL as onConnect, onPublish, onPlay: allow, deny with a reason,
    redirect; it sees the query, and what it is asked is signed."""
    def answer(request):
        stream = request.event.get("stream", {}).get("name")
        query = request.event["data"].get("query", "")
        if request.type == "ask.connect":
            return 200, {"allow": True}
        if request.type == "ask.publish":
            return 200, {"allow": "key=right" in query, "reason": "wrong key"}
        if stream == "old":
            return 200, {"allow": True, "redirect": "new"}
        return 200, {"allow": stream != "hidden"}

    hook = Target(answer)
    server = hooked(t, secret=SECRET, app={
        "onConnect": hook.url("/connect"), "onPublish": hook.url("/publish"),
        "onPlay": hook.url("/play")})
    expect_eq("wrong key", refusal(t.publisher(server, "new?key=guess")),
              "publish")
    t.publisher(server, "new?key=right").key("this is new", 0)
    t.viewer(server, "old", worker=1).frame("this is new")
    refusal(t.viewer(server, "hidden"))
    for r in hook.requests:
        expect(is_signed(r, SECRET), f"{r.type} is signed")
    expect_eq({"/connect", "/publish", "/play"},
              {r.path for r in hook.requests}, "paths")


@case(seconds=3)
def hook_url_takes_its_time(t):
    """While a URL takes its time media of others goes on; then ffmpeg may
    publish, for as long as it was said."""
    clip_done = []

    def answer(request):
        if request.event["stream"]["name"] != "slow":
            return 200, {"allow": True}
        while not clip_done:
            hook.is_closed.wait(0.02)
        return 200, {"allow": True, "options": {"maxSeconds": 1}}

    hook = Target(answer)
    server = hooked(t, app={"onPublish": hook.url()}, timeoutMs=3700)
    ffmpeg = t.ffmpeg("publisher", "-re", "-f", "lavfi", "-i",
                      "testsrc2=size=64x64:rate=10", "-t", "20",
                      "-c:v", "libx264", "-g", "10", "-f", "flv",
                      server.url("slow"))
    wait(hook, lambda r: len(r) >= 1, "asked")
    media_goes_on(t, server)
    clip_done.append(True)
    expect_soon(lambda: "publish start name=slow" in server.process.text(),
                "ffmpeg publishes")
    ffmpeg.wait(5, "is ended")
    expect("its time is over" in server.process.text(), "told")


@case(seconds=6)
def hook_url_that_fails(t):
    """Down, slow, nonsense, 500, a redirect: each is the answer that
    hookFailure says."""
    elsewhere = Target(lambda request: (200, {"allow": True}))
    answers = {
        "slow": lambda request: None,
        "nonsense": lambda request: (200, '{"allow": "yes"}'),
        "empty": lambda request: (200, ""),
        "broken": lambda request: (500, '{"allow": true}'),
        "away": lambda request: (302, '{"allow": true}',
                                 {"Location": elsewhere.url()}),
    }
    urls = {name: Target(answer).url() for name, answer in answers.items()}
    urls["down"] = unused_url()
    live = BUILD / "applications/live.so"
    apps = [{"name": name, "library": live, "onPublish": url,
             "hookFailure": "allow" if allows else "deny"}
            for url_name, url in urls.items() for allows in (False, True)
            for name in [url_name + ("-yes" if allows else "-no")]]
    server = t.server(apps=[*apps, {"name": "webhooks", "timeoutMs": 200}])
    for name in urls:
        refused = t.publisher(server, "show", app=name + "-no")
        expect_eq("no decision", refusal(refused), name)
        allowed = t.publisher(server, "show", app=name + "-yes")
        expect_eq("status", allowed.status["level"], name)
    expect_eq([], elsewhere.requests, "redirects followed")


@case(seconds=2, workers=True)
def hook_url_at_the_end(t):
    """A server that is told to stop does not wait for a URL that was asked,
    nor does one whose client has gone."""
    hook = Target(lambda request: None)
    server = hooked(t, app={"onConnect": hook.url()})
    for worker in (0, 1):
        client = t.client(server, worker)
        client.send(rtmp.COMMAND, rtmp.amf_print("connect", 1.0, {
            "app": "live", "tcUrl": server.url("", worker)}))
    wait(hook, lambda r: len(r) >= 2, "both are asked")
    client.close()
    server.stop()


@case(seconds=2)
def webhook_outlives_a_reload(t):
    """Events go on, each told once, when the configuration is read again;
    that is told too."""
    target, hook = Target(), Target(lambda request: (200, {"allow": True}))
    server = hooked(t, {"url": target.url(), "events": ["publish", "server"]},
                    app={"onPlay": hook.url()})
    publisher = t.publisher(server, "old")
    wait(target, lambda r: len(r) >= 2, "a publisher")
    for n in (3, 4):
        server.process.signal(signal.SIGHUP)
        wait(target, lambda r: len(r) >= n, "the reload")
    publisher.key("still here", 0)
    t.viewer(server, "old", worker=1).frame("still here")
    publisher.close()
    wait(target, lambda r: len(r) >= 5, "its end")
    server.stop()
    expect_eq(["server.start", "publish.start", "server.reload",
               "server.reload", "publish.stop", "server.stop"],
              target.types(), "events")
    expect_eq(1, len(hook.requests), "questions")
