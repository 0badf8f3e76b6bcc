"""The console: a person looks at streams, watches one, ends a session, in
headless Chromium.  Pictures of all views are left in the case's folder."""

import json
import urllib.error
import urllib.request

import clock
from harness import SCALE, SOURCE, case, expect, expect_eq, expect_soon

WEB = SOURCE / "tests/interop/web"
TOKEN = "0123456789abcdef0123456789abcdef"
STRANGE = "<img src=x onerror=alert(1)>"

POLICY = ("default-src 'none'; script-src 'self'; style-src 'self'; "
          "img-src 'self'; connect-src 'self' ws: wss:; "
          "media-src 'self' blob:; base-uri 'none'; form-action 'none'; "
          "frame-ancestors 'none'")


def start_server(t):
    """With a console beside the streams, at .http_ports."""
    return t.server(http={"alsoServes": ["admin"]}, apps=[{
        "name": "admin",
        "tokens": [{"name": "test", "token": TOKEN, "role": "write"}]}])


class Person:
    """Somebody at the console, who does these steps (web/console.mjs)."""

    def __init__(self, t, server, *steps, **job):
        self.process = t.spawn("console", ["node", WEB / "console.mjs",
                                           json.dumps(job | {
            "url": server.http_url("/", 1), "token": TOKEN,
            "out": str(t.dir), "steps": steps})])

    def told(self):
        return dict((told["step"], told["result"]) for told in map(
            json.loads, (line for line in self.process.text().splitlines()
                         if line.startswith('{"step"'))))

    def wait(self, step, seconds=20):
        """What came of a step."""
        expect_soon(lambda: step in self.told()
                    or not self.process.is_running(), step, seconds)
        expect(step in self.told(), f"{step}: it went wrong")
        return self.told()[step]

    def finish(self, seconds=40):
        """All was done, and nothing happened that must not."""
        self.process.finish(seconds)
        for what, them in self.wait("seen").items():
            expect_eq([], them, what)


@case(seconds=10)
def console_watch(t):
    """Sign in, see that nothing is there, then a stream; end the session of
    an ffmpeg that plays it; a stream whose name is markup; all of it by
    keyboard, in the colours that one likes."""
    server = start_server(t)
    person = Person(t, server, "signIn", "emptyStreams", "streamAppears",
                    "kicks", "strangeName", "keyboard", "theme",
                    stream="demo", strange=STRANGE, kick="LNX")
    expect_eq(False, person.wait("signIn")["isKept"],
              "the token is kept beyond the tab")
    expect_eq("#/publish", person.wait("emptyStreams")["link"],
              "what an empty list leads to")

    clock.publish(t, server.url("demo"))
    player = t.ffmpeg("player", "-i", server.url("demo", 1), "-c", "copy",
                      "-f", "null", "-")
    clock.publish(t, server.url("").rstrip("/"), "-rtmp_playpath", STRANGE)
    person.wait("streamAppears")
    asked = person.wait("kicks")["asked"]
    expect("plays demo" in asked and "LNX" in asked,
           f"it is asked what to end: {asked}")
    player.wait(5, "ends when its session is ended")

    strange = person.wait("strangeName")
    expect_eq({"texts": [STRANGE], "images": 0}, strange, "markup in a name")
    expect_keyboard(person.wait("keyboard"))
    colours = person.wait("theme")
    expect_eq(colours["dark"], colours["as the system"], "a dark system")
    expect(colours["light"] != colours["dark"], "the switch does something")
    person.finish()


def expect_keyboard(told):
    for name in ("Skip to the content", "Streams", "Sessions", "TURN", "Log",
                 "Health", "Publish", "Pause", "Sound on", "Whole screen",
                 "End the publisher", "Close this stream", "live / demo",
                 "live / " + STRANGE):
        expect(name in told["reached"], f"Tab reaches {name}: {told}")
    expect_eq([], told["unseen"], "has the focus, and does not show it")
    expect_eq("main", told["skipped"], "where the skip link leads")


def expect_plays(told):
    """Decoded frames advance, at the live edge, in a bounded buffer."""
    first, last = told["first"], told["last"]
    n = last["frames"] - first["frames"]
    expect(n > 0.6 * clock.FPS * 3, f"{n} frames in 3 s: {told}")
    expect(last["time"] - first["time"] > 1.8, f"time goes on: {told}")
    expect_eq(clock.WIDTH, last["width"], "width of the picture")
    expect(last["end"] - last["time"] < 3, f"near the live edge: {told}")
    expect(last["muted"], "it starts without a sound")


@case(seconds=10)
def console_plays(t):
    """The console's own player plays by WebSocket, keeps near the live edge,
    and does what its buttons and keys say."""
    server = start_server(t)
    clock.publish(t, server.url("demo"))
    person = Person(t, server, "signIn", "streamAppears", "plays", "steers",
                    stream="demo")
    told = person.wait("plays")
    expect_eq("WebSocket", told["way"], "way to play")
    expect_plays(told)
    expect_eq({"isPaused": True, "goesOn": True}, person.wait("steers"),
              "what the buttons do")
    person.finish()


@case(seconds=35, plain=True)
def console_screens(t):
    """All views on a phone, a laptop and a wall, light and dark: none is
    wider than its screen; a picture of each is kept."""
    server = start_server(t)
    clock.publish(t, server.url("demo"))
    for n in range(3):
        t.play_packets(server.url("demo", n % 2))
    person = Person(t, server, "signIn", "streamAppears", "screens",
                    stream="demo")
    for name, pixels in person.wait("screens", 60).items():
        expect_eq(0, pixels, f"pixels that {name} is too wide")
    person.finish()


@case(seconds=12)
def console_lost(t):
    """The server ends and comes back: the console says so, and goes on."""
    server = start_server(t)
    person = Person(t, server, "signIn", "lost")
    person.wait("signIn")
    server.stop()
    person.wait("lost")
    server.start()
    expect_soon(lambda: "told" in person.told().get("lost", {}),
                "it is connected again", 20)
    told = person.told()["lost"]["told"]
    expect("does not answer" in told, f"it says what is lost: {told}")
    person.finish()


@case(seconds=2)
def console_files(t):
    """Its files: types, a policy without anything inline, 304 for those
    that are known; other paths are none of its own."""
    server = start_server(t)

    def get(path, **headers):
        request = urllib.request.Request(server.http_url(path),
                                         headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=5 * SCALE) as got:
                return got.status, got.headers, got.read()
        except urllib.error.HTTPError as error:
            return error.code, error.headers, error.read()

    folder = SOURCE / "applications/admin/console"
    for file in sorted(folder.iterdir()):
        path = "/" if file.name == "index.html" else "/console/" + file.name
        status, headers, body = get(path)
        expect_eq(200, status, path)
        expect_eq(file.read_bytes(), body, path)
        expect_eq(POLICY, headers["Content-Security-Policy"], path)
        status, _, body = get(path, **{"If-None-Match": headers["ETag"]})
        expect_eq((304, b""), (status, body), f"{path}, again")
    for path in "/console", "/console/", "/console/none.js", \
            "/console/..%2fadmin.c", "/console/%2e%2e/admin.c":
        expect(get(path)[0] in (400, 404), f"{path} is nothing")
