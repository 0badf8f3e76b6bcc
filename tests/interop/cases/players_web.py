"""Pages with the libraries that people play live streams with, in headless
Chromium: mpegts.js for FLV, hls.js for HLS and low-latency HLS."""

import json

import clock
from clock import FPS, WIDTH
from harness import SOURCE, case, expect, expect_eq

WEB = SOURCE / "tests/interop/web"
WATCHED_SECONDS = 4


def watch(t, server, path, base, library, worker=0, scheme="http", **options):
    """A page plays the path; what it reported: first, last, delays (ms)."""
    origin = server.http_url("", worker)
    said = t.output(library, ["node", WEB / "player_page.mjs", json.dumps({
        "origin": origin, "base": base, "library": library,
        "url": origin.replace("http", scheme, 1) + path,
        "seconds": WATCHED_SECONDS, "options": options})], 40)
    return json.loads([line for line in said.splitlines()
                       if line.startswith("{")][-1])


def expect_playing(report):
    """Pictures came, and went on at about the rate they were sent at."""
    first, last = report["first"], report["last"]
    expect_eq([], last["errors"], "errors of the player")
    expect_eq(None, last["error"], "error of the video")
    expect_eq(WIDTH, last["width"], "width of the picture")
    n = last["frames"] - first["frames"]
    expect(n > 0.6 * FPS * WATCHED_SECONDS,
           f"decoded frames advance: {n} in {WATCHED_SECONDS} s")
    seconds = last["time"] - first["time"]
    expect(seconds > 0.6 * WATCHED_SECONDS,
           f"time goes on: {seconds:.1f} s in {WATCHED_SECONDS}")


def median_delay(report):
    """By the time in the picture, seconds."""
    delays = sorted(d for d in report["delays"] if d is not None)
    expect(len(delays) > len(report["delays"]) / 2,
           f"the time in the picture can be read: {report['delays']}")
    return delays[len(delays) // 2] / 1000


def expect_delay(report, seconds):
    delay = median_delay(report)
    print(f"delay: {delay:.2f} s")
    expect(0 <= delay < seconds,
           f"at most {seconds} s behind the publisher: {delay:.2f}")


@case(seconds=12)
def web_flv(t):
    """mpegts.js plays FLV over HTTP and over WebSocket, on two workers,
    at most 3 s behind."""
    server = t.server(http=True)
    base = clock.publish(t, server.url("time"))
    for worker, scheme in enumerate(("http", "ws")):
        report = watch(t, server, "/live/time.flv", base, "mpegts.js",
                       worker, scheme)
        expect_playing(report)
        expect_delay(report, 3)


@case(seconds=12)
def web_ts(t):
    """mpegts.js plays MPEG-TS over WebSocket."""
    server = t.server(http=True)
    base = clock.publish(t, server.url("time"))
    expect_playing(watch(t, server, "/live/time.ts", base, "mpegts.js", 1,
                         "ws", type="mpegts"))


@case(seconds=15)
def web_hls(t):
    """hls.js plays segments of fMP4 and of MPEG-TS."""
    for n, format in enumerate(("fmp4", "ts")):
        server = t.server(http=True, app={"hls": {
            "format": format, "segmentMs": 1000}})
        base = clock.publish(t, server.url("time"))
        expect_playing(watch(t, server, "/live/time/index.m3u8", base,
                             "hls.js", n))


@case(seconds=10, plain=True)
def web_low_latency_hls(t):
    """hls.js plays parts, below 2 s behind the publisher by the time in the
    picture, and by the playlist's."""
    server = t.server(http=True)
    base = clock.publish(t, server.url("time"))
    report = watch(t, server, "/live/time/index.m3u8", base, "hls.js", 1,
                   lowLatencyMode=True)
    expect_playing(report)
    expect_delay(report, 2)
    delay = report["last"]["date_delay_ms"]
    expect(delay is not None and -500 < delay < 2000,
           f"behind by PROGRAM-DATE-TIME: {delay} ms")
