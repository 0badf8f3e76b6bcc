"""HLS and low-latency HLS."""

import datetime
import http.client
import re
import time

import harness
import media
from cases.http_live import digests, wrong_tail
from harness import SCALE, Lua, case, expect, expect_eq
from media import make_clip

CLIP_S = 8
MIME = "application/vnd.apple.mpegurl"


class Part:
    """EXT-X-PART: .end is when its last frame ended, since 1970."""

    def __init__(self, attributes):
        self.uri = re.search(r'URI="([^"]*)"', attributes)[1]
        self.seconds = float(re.search(r"DURATION=([0-9.]+)", attributes)[1])
        self.is_independent = "INDEPENDENT=YES" in attributes
        self.end = None


class Playlist:
    """A media playlist, as far as the cases look at it."""

    def __init__(self, text):
        self.text = text
        self.segments = []      # URI, seconds, discontinuity, its parts
        self.parts = []
        self.maps = re.findall(r'#EXT-X-MAP:URI="([^"]*)"', text)
        self.hint = re.search(r'TYPE=PART,URI="([^"]*)"', text)
        self.hint = self.hint and self.hint[1]
        self.msn = self.number("MEDIA-SEQUENCE")
        self.target = self.number("TARGETDURATION")
        self.skipped = self.number("SKIP:SKIPPED-SEGMENTS", "=")
        self.is_ended = "#EXT-X-ENDLIST" in text
        breaks, seconds, parts, at = False, 0.0, [], None
        for line in text.splitlines():
            if line == "#EXT-X-DISCONTINUITY":
                breaks = True
            elif line.startswith("#EXT-X-PROGRAM-DATE-TIME:"):
                at = datetime.datetime.fromisoformat(
                    line.split(":", 1)[1].replace("Z", "+00:00")).timestamp()
            elif line.startswith("#EXT-X-PART:"):
                parts.append(Part(line))
                at += parts[-1].seconds
                parts[-1].end = at
            elif line.startswith("#EXTINF:"):
                seconds = float(line[8:-1])
            elif line and not line.startswith("#"):
                self.segments.append((line, seconds, breaks, parts))
                self.parts += parts
                breaks, parts = False, []
        self.open_parts = parts
        self.parts += parts

    def number(self, tag, separator=":"):
        found = re.search(f"#EXT-X-{tag}{separator}([0-9]+)", self.text)
        return found and int(found[1])

    def next(self):
        """The directives that ask for what comes after it."""
        msn = self.msn + (self.skipped or 0) + len(self.segments)
        return f"_HLS_msn={msn}&_HLS_part={len(self.open_parts)}"


class Viewer:
    """Requests on one connection that is kept."""

    def __init__(self, t, server, folder, worker=1, query=""):
        self.folder = folder
        self.query = query
        self.http = http.client.HTTPConnection(
            "127.0.0.1", server.http_ports[worker], timeout=20 * SCALE)
        t.clients.append(self)

    def close(self):
        self.http.close()

    def get(self, name, status=200):
        """The body."""
        self.http.request("GET", self.folder + name,
                          headers={"User-Agent": "test"})
        self.answer = self.http.getresponse()
        body = self.answer.read()
        expect_eq(status, self.answer.status, f"status of {name}: {body}")
        return body

    def playlist(self, directives=""):
        query = "&".join(filter(None, (self.query, directives)))
        body = self.get("stream.m3u8" + ("?" + query if query else ""))
        expect_eq(MIME, self.answer.headers["Content-Type"], "type")
        return Playlist(body.decode())


def play_clip(t, hls, decoded):
    """Players that come before the publisher, and later; the clip, as ffmpeg
    would have it."""
    server = t.server(http=True, app={"hls": hls})
    clip = make_clip(harness.BUILD, CLIP_S)
    want = digests(t, clip.path, *decoded)
    url = server.http_url("/live/clip/index.m3u8", 1)

    def player():
        path = t.file(f"player{len(t.processes)}")
        p = t.ffmpeg("player", "-live_start_index", "0", "-i", url,
                     *decoded, "-f", "framehash", "-hash", "md5", path)
        p.packets = lambda: media.read_packets(path)
        return p

    early = player()
    time.sleep(0.5)
    publisher = t.publish_clip(clip, server.url("clip"))
    time.sleep(3)
    late = player()
    publisher.finish(CLIP_S)
    want.finish(10)
    for p in (early, late):
        p.finish(15)
        wrong = wrong_tail(want.packets(), p.packets(), False)
        expect(not wrong, f"{p.log.stem}: {wrong}")
        n = len(p.packets()["video"])
        expect_eq(len(want.packets()["video"]), n, "pictures")


@case(seconds=14, workers=True)
def hls_mp4_clip(t):
    """8 s of H.264 with B-frames and AAC: ffmpeg gets each access unit as it
    was sent, from its first key frame on, and sees the end."""
    play_clip(t, {"segmentMs": 2000}, ["-c", "copy"])


@case(seconds=14)
def hls_ts_clip(t):
    """The same in MPEG-TS, without parts: pictures decode to the same, access
    units of sound are the same."""
    play_clip(t, {"format": "ts", "partMs": 0},
              ["-c:v", "rawvideo", "-c:a", "copy", "-fps_mode",
               "passthrough", "-bsf:a", "aac_adtstoasc"])


@case(seconds=12, workers=True)
def hls_low_latency(t):
    """A player that asks for each part before it is there gets each once, in
    order, less than a second late; delta updates say the same."""
    server = t.server(http=True, app={"hls": {"segmentMs": 1000,
                                              "partMs": 200}})
    clip = make_clip(harness.BUILD, CLIP_S)
    publisher = t.publish_clip(clip, server.url("clip"))
    viewer = Viewer(t, server, "/live/clip/")
    other = Viewer(t, server, "/live/clip/", worker=0)
    index = viewer.get("index.m3u8").decode()
    expect("RESOLUTION=640x360,FRAME-RATE=25.000" in index and
           'CODECS="avc1.' in index, index)
    playlist = viewer.playlist()
    seen, late, until = [], [], time.monotonic() + 4
    while time.monotonic() < until:
        playlist = viewer.playlist(playlist.next())
        now = time.time()
        for part in playlist.parts:
            if part.uri not in seen:
                seen.append(part.uri)
                late.append(now - part.end)
        expect("max-age" in viewer.answer.headers["Cache-Control"], "cached")
    numbers = [int(re.search(r"-p([0-9]+)\.m4s", uri)[1]) for uri in seen]
    expect_eq(list(range(numbers[0], numbers[0] + len(seen))), numbers,
              "parts")
    expect(len(seen) > 4 / 0.2, f"{len(seen)} parts")
    expect(max(late[-15:]) < 1 * SCALE, f"late: {late}")
    expect_eq(1, len(set(playlist.maps)), "sections")

    # The part that is announced comes when it is there.
    began = time.monotonic()
    body = viewer.get(playlist.hint)
    expect_eq(b"moof", body[4:8], "a part")
    expect(time.monotonic() - began < 1 * SCALE, "a part waits for itself")
    expect_eq(body, other.get(playlist.hint), "the same on all workers")

    # A segment is its parts.
    playlist = viewer.playlist()
    uri, seconds, _, parts = playlist.segments[-1]
    expect_eq(b"".join(map(viewer.get, [p.uri for p in parts])),
              viewer.get(uri), "a segment's parts")
    expect(abs(seconds - sum(p.seconds for p in parts)) < 0.002, "seconds")
    expect(all(p.seconds <= 0.202 for p in playlist.parts), "PART-TARGET")

    # Requests that make no sense.
    for directives in ("_HLS_part=0", "_HLS_msn=x",
                       f"_HLS_msn={playlist.msn + 90}"):
        viewer.get("stream.m3u8?" + directives, 400)
    viewer.get(uri.replace("stream-", "stream-f"), 404)
    viewer.get("other.m3u8", 404)
    publisher.finish(CLIP_S)


@case(seconds=14)
def hls_delta_update(t):
    """A delta update is the whole playlist, without what is skipped."""
    server = t.server(http=True, app={"hls": {
        "segmentMs": 500, "partMs": 100, "segments": 40}})
    publisher = t.publisher(server, "show")
    viewer = Viewer(t, server, "/live/show/")
    for n in range(0, 18 * 25):
        send = publisher.key if n % 25 == 0 else publisher.inter
        send(f"frame {n}", n * 40)
        if n == 50:     # from now on all is kept
            viewer.playlist()
    publisher.sync()
    while len(viewer.playlist().segments) < 17:
        time.sleep(0.05)
    whole, delta = viewer.playlist(), viewer.playlist("_HLS_skip=YES")
    expect(delta.skipped and delta.skipped > 8, f"skipped: {delta.skipped}")
    expect_eq([s[:3] for s in whole.segments[delta.skipped:]],
              [s[:3] for s in delta.segments], "what is not skipped")
    expect_eq(whole.msn, delta.msn, "EXT-X-MEDIA-SEQUENCE")
    expect_eq(whole.hint, delta.hint, "hint")
    expect_eq([p.uri for p in whole.parts], [p.uri for p in delta.parts],
              "parts")


@case(seconds=8, workers=True)
def hls_publisher_returns(t):
    """Another publisher, on another worker, goes on with the numbers, after a
    discontinuity; then the stream ends, and is gone."""
    server = t.server(http=True, app={
        "hls": {"segmentMs": 500, "segments": 40}, "publisherGraceMs": 1500})
    viewer = Viewer(t, server, "/live/show/")
    for worker in (0, 1):
        publisher = t.publisher(server, "show", worker=worker)
        for n in range(41):
            send = publisher.key if n % 10 == 0 else publisher.inter
            send(f"frame {worker} {n}", n * 50)
        publisher.sync()
        playlist = viewer.playlist()
        while len(playlist.segments) < (4 if worker == 0 else 9):
            time.sleep(0.05)
            playlist = viewer.playlist()
        if worker == 0:
            first = playlist
        publisher.close()
    uris = [s[0] for s in playlist.segments]
    expect_eq([s[0] for s in first.segments], uris[:len(first.segments)],
              "segments of the first one")
    expect_eq([i == 5 for i in range(len(uris))],
              [s[2] for s in playlist.segments], "discontinuities")
    expect_eq(list(range(len(uris))),
              [int(re.search(r"-([0-9]+)\.m4s", uri)[1]) for uri in uris],
              "numbers")
    expect_eq(2, len(set(playlist.maps)), "sections")
    while not playlist.is_ended:
        time.sleep(0.1)
        playlist = viewer.playlist()
    expect_eq(10, len(playlist.segments), "segments in the end")


PLAY = Lua("""function(session)
        if session.stream == "old" then return redirect("show me") end
        return session.query.token == "x", "no such token"
      end""")


@case(seconds=4, workers=True)
def hls_play_is_decided(t):
    """onPlay is asked once a viewer; its query reaches all that is listed."""
    server = t.server(http=True, app={"onPlay": PLAY,
                                      "hls": {"segmentMs": 500}})
    publisher = t.publisher(server, "show me")
    for n in range(31):
        publisher.key(f"frame {n}", n * 50)
    publisher.sync()
    viewer = Viewer(t, server, "/live/show%20me/", query="token=x")
    index = viewer.get("index.m3u8?token=x").decode()
    expect("\nstream.m3u8?token=x\n" in index, index)
    playlist = viewer.playlist()
    for uri in [s[0] for s in playlist.segments] + playlist.maps:
        expect(uri.endswith("?token=x"), uri)
        viewer.get(uri)
        expect(b"no such token" in viewer.get(uri.replace("=x", "=y"), 403),
               "the reason is told")
        viewer.get(uri.split("?")[0], 403)
    viewer = Viewer(t, server, "/live/old/")
    viewer.get("index.m3u8?token=x", 302)
    expect_eq("/live/show%20me/index.m3u8?token=x",
              viewer.answer.headers["Location"], "where to")
    said = server.process.text().count("play start name=show me")
    expect_eq(1, said, "one viewer")


@case(seconds=3)
def hls_in_vain(t):
    """A stream that nobody publishes is 404, after a while; all else that is
    no name of ours is nobody's at once."""
    server = t.server(http=True, app={"waitForPublisherMs": 500})
    viewer = Viewer(t, server, "/live/nothing/")
    began = time.monotonic()
    expect(b"nobody publishes" in viewer.get("index.m3u8", 404), "why")
    expect(time.monotonic() - began >= 0.5, "it waits")
    for name in ("stream-00000000-1.m4s", "stream-00000000-p1.m4s",
                 "stream-0000000-1.m4s", "stream.mpd"):
        viewer.get(name, 404)


@case(seconds=10)
def hls_gstreamer(t):
    """GStreamer's hlsdemux plays it."""
    server = t.server(http=True, app={"hls": {"format": "ts",
                                              "segmentMs": 1000}})
    clip = make_clip(harness.BUILD, CLIP_S)
    saved = t.file("video")
    publisher = t.publish_clip(clip, server.url("clip"))
    player = t.spawn("gstreamer", [
        "gst-launch-1.0", "-e", "souphttpsrc",
        "location=" + server.http_url("/live/clip/index.m3u8"), "!",
        "hlsdemux", "!", "tsdemux", "!", "h264parse", "!",
        "video/x-h264,stream-format=byte-stream", "!",
        "filesink", f"location={saved}"])
    publisher.finish(CLIP_S + 2)
    player.finish(15)
    said = media.probe(saved, "-count_packets", "-show_entries",
                       "stream=codec_name,nb_read_packets")["streams"][0]
    expect_eq("h264", said["codec_name"], "video")
    expect(int(said["nb_read_packets"]) > 25 * 4, f"{said}")
