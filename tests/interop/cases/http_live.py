"""Live streams over HTTP and WebSocket."""

import base64
import hashlib
import os
import socket
import struct
import time

import harness
import media
import rtmp
from harness import SCALE, Lua, case, expect, expect_eq, expect_soon
from media import KINDS, difference, make_clip
from rtmp import AUDIO, VIDEO

CLIP_S = 8
JOIN_LATE_S = 3


# -- a client that writes down what it gets ----------------------------------

class Flv:
    """FLV by HTTP, read tag by tag; `http`: what the head says."""

    def __init__(self, t, server, path, worker=0):
        self.socket = socket.create_connection(
            ("127.0.0.1", server.http_ports[worker]), 5 * SCALE)
        t.clients.append(self)
        self.data = b""
        self.socket.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n"
                            "User-Agent: test\r\n\r\n".encode())

    def close(self):
        self.socket.close()

    def read(self, n):
        while len(self.data) < n:
            more = self.socket.recv(65536)
            if not more:
                raise EOFError
            self.data += more
        got, self.data = self.data[:n], self.data[n:]
        return got

    def head(self):
        """The status, and the whole head."""
        text = b""
        while not text.endswith(b"\r\n\r\n"):
            text += self.read(1)
        return int(text.split()[1]), text.decode()

    def file_header(self):
        """Has it sound, has it picture?"""
        header = self.read(13)
        expect_eq(b"FLV\x01", header[:4], "file header")
        expect_eq(b"\0\0\0\x09\0\0\0\0", header[5:], "file header's end")
        return bool(header[4] & 4), bool(header[4] & 1)

    def tag(self):
        """Type, time and body of the next tag."""
        head = self.read(11)
        size = int.from_bytes(head[1:4], "big")
        body = self.read(size)
        expect_eq(struct.pack(">I", size + 11), self.read(4),
                  "PreviousTagSize")
        return head[0], int.from_bytes(head[7:8] + head[4:7], "big"), body

    def wait(self, body):
        """All tags up to the one with this body."""
        tags = [self.tag()]
        while tags[-1][2] != body:
            tags.append(self.tag())
        return tags


class WebSocket:
    """A client by the letter of RFC 6455; `path` as for HTTP."""

    def __init__(self, t, server, path, worker=0):
        self.flv = Flv.__new__(Flv)     # its buffer is of use
        self.flv.data = b""
        self.flv.socket = socket.create_connection(
            ("127.0.0.1", server.http_ports[worker]), 5 * SCALE)
        t.clients.append(self)
        key = base64.b64encode(os.urandom(16))
        self.flv.socket.sendall(
            b"GET %s HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n"
            b"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            b"Sec-WebSocket-Key: %s\r\n\r\n" % (path.encode(), key))
        self.status, head = self.flv.head()
        if self.status == 101:
            accept = base64.b64encode(hashlib.sha1(
                key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())
            expect(accept.decode() in head, f"Sec-WebSocket-Accept: {head}")

    def close(self):
        self.flv.close()

    def message(self):
        """Opcode and payload of the next frame, which must be whole."""
        first, size = self.flv.read(2)
        expect(first & 0x80 and not size & 0x80, "final, without mask")
        if size == 126:
            size = int.from_bytes(self.flv.read(2), "big")
        elif size == 127:
            size = int.from_bytes(self.flv.read(8), "big")
        return first & 15, self.flv.read(size)

    def send(self, opcode, payload):
        mask = os.urandom(4)
        self.flv.socket.sendall(
            bytes([0x80 | opcode, 0x80 | len(payload)]) + mask
            + bytes(b ^ mask[i % 4] for i, b in enumerate(payload)))

    def closed(self):
        """The code and reason of its end, which is answered."""
        opcode, payload = self.message()
        while opcode != 8:
            opcode, payload = self.message()
        self.send(8, payload[:2])
        return int.from_bytes(payload[:2], "big"), payload[2:].decode()


# -- ffmpeg ------------------------------------------------------------------

def digests(t, source, *args):
    """ffmpeg reads it to its end; see .packets()."""
    path = t.file(f"digests{len(t.processes)}")
    p = t.ffmpeg("digests", "-i", source, *args, "-f", "framehash",
                 "-hash", "md5", path)
    p.packets = lambda: media.read_packets(path)
    return p


def wrong_tail(want, got, whole):
    """As media.difference, for other containers: digests alone, by kind."""
    for kind in KINDS:
        w = [p.digest for p in want[kind]]
        g = [p.digest for p in got[kind]]
        if not g:
            return f"no {kind}"
        if w[len(w) - len(g):] != g:
            return f"{kind}: {len(g)} are not the last ones of {len(w)}"
        if whole and len(w) != len(g):
            return f"{kind}: {len(w) - len(g)} are missing in front"
    return None


def publish_clip(t, server, clip, players):
    """`players` makes some, before the publisher and later."""
    early = players()
    time.sleep(0.5)
    publisher = t.publish_clip(clip, server.url("clip"))
    time.sleep(JOIN_LATE_S)
    late = players()
    publisher.finish(CLIP_S)
    for p in early + late:
        p.finish(10)
    return early, late


@case(seconds=13, workers=True)
def http_flv_clip(t):
    """8 s of H.264 with B-frames and AAC as FLV over HTTP: players that come
    before the publisher, and later, on both workers."""
    server = t.server(http=True)
    clip = make_clip(harness.BUILD, CLIP_S)
    early, late = publish_clip(t, server, clip, lambda: [
        t.play_packets(server.http_url("/live/clip.flv", w))
        for w in (0, 1)])
    for players, whole in ((early, True), (late, False)):
        for p in players:
            wrong = difference(clip, p.packets(), whole)
            expect(not wrong, f"{p.log.stem}: {wrong}")


@case(seconds=13)
def http_mp4_clip(t):
    """The same in fragmented MP4: each access unit as it was sent."""
    server = t.server(http=True)
    clip = make_clip(harness.BUILD, CLIP_S)
    early, late = publish_clip(t, server, clip, lambda: [
        digests(t, server.http_url("/live/clip.mp4", 1), "-c", "copy")])
    for players, whole in ((early, True), (late, False)):
        for p in players:
            wrong = wrong_tail(clip.packets, p.packets(), whole)
            expect(not wrong, f"{p.log.stem}: {wrong}")


@case(seconds=14)
def http_ts_clip(t):
    """The same as a transport stream: pictures decode to the same, access
    units of sound are the same."""
    server = t.server(http=True)
    clip = make_clip(harness.BUILD, CLIP_S)
    decoded = ["-c:v", "rawvideo", "-c:a", "copy", "-fps_mode",
               "passthrough"]
    want = digests(t, clip.path, *decoded)
    early, late = publish_clip(t, server, clip, lambda: [
        digests(t, server.http_url("/live/clip.ts", 1), *decoded,
                "-bsf:a", "aac_adtstoasc")])
    want.finish(10)
    for players, whole in ((early, True), (late, False)):
        for p in players:
            wrong = wrong_tail(want.packets(), p.packets(), whole)
            expect(not wrong, f"{p.log.stem}: {wrong}")


@case(seconds=9)
def http_flv_gstreamer(t):
    """GStreamer's souphttpsrc and flvdemux take it for what it is."""
    server = t.server(http=True)
    clip = make_clip(harness.BUILD, CLIP_S)
    saved = {kind: t.file(kind) for kind in KINDS}
    publisher = t.publish_clip(clip, server.url("clip"))
    time.sleep(1)
    player = t.spawn("gstreamer", [
        "gst-launch-1.0", "-e", "souphttpsrc", "is-live=true",
        "location=" + server.http_url("/live/clip.flv", 1), "!",
        "flvdemux", "name=d",
        "d.video", "!", "queue", "!", "h264parse", "!",
        "video/x-h264,stream-format=byte-stream", "!",
        "filesink", f"location={saved['video']}",
        "d.audio", "!", "queue", "!", "aacparse", "!",
        "audio/mpeg,stream-format=adts", "!",
        "filesink", f"location={saved['audio']}"])
    publisher.finish(CLIP_S + 2)
    player.finish(10)
    said = media.probe(saved["video"], "-count_packets", "-show_entries",
                       "stream=codec_name,nb_read_packets")["streams"][0]
    expect_eq("h264", said["codec_name"], "video")
    expect(int(said["nb_read_packets"]) > 25 * (CLIP_S - 3), f"{said}")
    said = media.probe(saved["audio"], "-show_entries", "stream=codec_name,"
                       "sample_rate")["streams"][0]
    expect_eq(("aac", "44100"), (said["codec_name"], said["sample_rate"]),
              "audio")


# -- message by message ------------------------------------------------------

@case(seconds=3, workers=True)
def http_flv_of_one_kind(t):
    """A stream of sound only, or pictures only: the file header says so, and
    ffprobe sees just that."""
    server = t.server(http=True)
    for name, type, header, frame in (
            ("sound", AUDIO, rtmp.AAC_HEADER, rtmp.audio_frame),
            ("picture", VIDEO, rtmp.AVC_HEADER, rtmp.key_frame)):
        viewer = Flv(t, server, f"/live/{name}.flv", 1)
        publisher = t.publisher(server, name, headers=False)
        publisher.media(type, header, 0)
        for n in range(30):
            publisher.media(type, frame(f"{name} {n}"), n * 40)
        expect_eq(200, viewer.head()[0], "status")
        expect_eq((type == AUDIO, type == VIDEO), viewer.file_header(),
                  f"{name}: tracks")
        tags = viewer.wait(frame(f"{name} 29"))
        bodies = [body for kind, _, body in tags if kind == type]
        n = 31 - len(bodies)
        expect_eq([header] + [frame(f"{name} {n}") for n in range(n, 30)],
                  bodies, f"{name}: tags")


@case(seconds=2, workers=True)
def http_flv_is_enhanced(t):
    """HEVC and Opus by Enhanced RTMP come out as enhanced FLV, unchanged,
    also what no codec of ours knows."""
    server = t.server(http=True)
    publisher = t.publisher(server, "show", headers=False)
    sent = [(VIDEO, rtmp.HEVC_HEADER), (VIDEO, rtmp.hevc_frame("one", True)),
            (AUDIO, b"\x91Opus" + bytes(range(90))),
            (VIDEO, rtmp.hevc_frame("two", False)),
            (VIDEO, b"\xa1zzzz" + bytes(range(200)))]
    for n, (type, data) in enumerate(sent):
        publisher.media(type, data, n * 20)
    publisher.sync()
    viewer = Flv(t, server, "/live/show.flv", 1)
    expect_eq(200, viewer.head()[0], "status")
    expect_eq((True, True), viewer.file_header(), "tracks")
    expect_eq(sent, [(type, body) for type, _, body
                     in viewer.wait(sent[-1][1])], "tags")


@case(seconds=3, workers=True)
def http_flv_publisher_returns(t):
    """A publisher that drops and comes back goes on in the same body, once
    without another file header, with times that grow; then the body ends."""
    server = t.server(http=True)
    publisher = t.publisher(server, "show")
    publisher.key("one", 5000)
    publisher.audio("sound", 5010)
    viewer = Flv(t, server, "/live/show.flv", 1)
    viewer.head(), viewer.file_header()
    viewer.wait(rtmp.audio_frame("sound"))
    publisher.close()
    expect_soon(lambda: "publish stop" in server.process.text(),
                "the server sees it go")
    publisher = t.publisher(server, "show", worker=1)
    publisher.key("two", 0)
    publisher.audio("more", 5)
    tags = viewer.wait(rtmp.audio_frame("more"))
    times = [ms for type, ms, _ in tags if type in (AUDIO, VIDEO)]
    expect(times == sorted(times) and times[0] > 5000, f"times: {times}")
    publisher.close()
    try:
        while True:
            viewer.tag()
    except EOFError:
        pass


@case(seconds=3)
def http_flv_by_https(t):
    """Over TLS, as HTTP/1.1 and as HTTP/2, the same bytes come."""
    server = t.server(http=True)
    frames = [rtmp.key_frame(f"{n} ") + bytes(n * 3000) for n in range(40)]
    publisher = t.publisher(server, "show")
    publisher.media(VIDEO, frames[0], 0)
    publisher.audio("sound", 5)
    publisher.sync()
    players = [t.spawn("curl", [
        "curl", "-sS", "-k", "-N", flag, "-o", t.file("by" + flag),
        server.https_url("/live/show.flv")])
        for flag in ("--http1.1", "--http2")]
    saved = [t.file("by" + flag) for flag in ("--http1.1", "--http2")]
    expect_soon(lambda: all(p.exists() and p.stat().st_size for p in saved),
                "both play")
    for n, frame in enumerate(frames[1:], 1):
        publisher.media(VIDEO, frame, n * 40)
    publisher.close()
    for player in players:
        player.finish(5)
    got = [path.read_bytes() for path in saved]
    expect(got[0] == got[1], f"{len(got[0])} and {len(got[1])} bytes")
    for n, frame in enumerate(frames):
        expect(frame in got[0], f"frame {n}")


PLAY = Lua("""function(session)
        if session.stream == "old" then return redirect("show") end
        if session.stream == "slow" and session.attempt < 3 then
          return later(50)
        end
        return session.query.token == "x", "no such token"
      end""")


@case(seconds=2, workers=True)
def http_play_is_decided(t):
    """onPlay sees the query; what it says is told by HTTP and by WebSocket,
    at once or later."""
    server = t.server(http=True, app={"onPlay": PLAY})
    publisher = t.publisher(server, "show")
    publisher.key("seen", 0)
    publisher.audio("heard", 5)
    for kind in (Flv, WebSocket):
        for path, status in (("/live/show.flv?token=y", 403),
                             ("/live/show.flv?token=x", 200),
                             ("/live/old.flv", 200),
                             ("/live/slow.flv?token=y", 403)):
            viewer = kind(t, server, path, 1)
            if kind == Flv:
                got, head = viewer.head()
                expect_eq(status, got, path)
            elif "slow" in path:
                expect_eq((1008, "no such token"), viewer.closed(), path)
            else:
                expect_eq(status if status == 403 else 101, viewer.status,
                          f"WebSocket {path}")
            viewer.close()
    expect_soon(lambda: server.process.text().count("play refused") == 4,
                "refusals are logged")


@case(seconds=3, workers=True)
def websocket_flv(t):
    """By WebSocket each tag is a binary message, the head one, too; control
    frames go between them; the end is told by a close frame."""
    server = t.server(http=True)
    viewer = WebSocket(t, server, "/live/show.flv", 1)
    expect_eq(101, viewer.status, "status")
    publisher = t.publisher(server, "show")
    sizes = [10, 125, 126, 65535, 65536, 200000]
    frames = [rtmp.key_frame(f"{size} ") + bytes(size) for size in sizes]
    publisher.audio("sound", 0)
    for n, frame in enumerate(frames):
        publisher.media(VIDEO, frame, n * 40)
    opcode, head = viewer.message()
    expect_eq((2, b"FLV\x01\x05"), (opcode, head[:5]), "head")
    expect(rtmp.AVC_HEADER in head and rtmp.AAC_HEADER in head,
           "sequence headers in the head")
    viewer.send(9, b"ping")
    seen, pongs = [], 0
    while len(seen) < len(frames) or not pongs:
        opcode, data = viewer.message()
        if opcode == 10:
            expect_eq(b"ping", data, "pong")
            pongs += 1
        elif data[0] == VIDEO and data[12] == 1:
            seen.append(data[11:-4])
            expect_eq(struct.pack(">I", len(data) - 4), data[-4:],
                      "PreviousTagSize")
    expect(seen == frames, "frames")
    publisher.close()
    expect_eq((1000, "the publisher is gone"), viewer.closed(), "the end")


@case(seconds=2)
def websocket_mp4_and_ts(t):
    """fMP4 and TS by WebSocket: whole boxes, whole packets."""
    server = t.server(http=True)
    publisher = t.publisher(server, "show")
    for n in range(30):
        publisher.key(f"frame {n}", n * 40)
        publisher.audio(f"sound {n}", n * 40 + 5)
    publisher.sync()
    viewer = WebSocket(t, server, "/live/show.mp4", 1)
    kinds = []
    while b"moof" not in kinds:
        opcode, data = viewer.message()
        expect_eq(2, opcode, "opcode")
        while data:
            size = int.from_bytes(data[:4], "big")
            kinds.append(data[4:8])
            expect(8 <= size <= len(data), f"{kinds} of {size} bytes")
            data = data[size:]
        for n in (30, 31):      # a frame is held until the next one
            publisher.key(f"frame {n}", n * 40)
            publisher.audio(f"sound {n}", n * 40 + 5)
    expect_eq([b"ftyp", b"moov"], kinds[:2], "first boxes")
    viewer = WebSocket(t, server, "/live/show.ts", 1)
    publisher.key("frame 32", 1280)
    publisher.key("frame 33", 1320)
    opcode, data = viewer.message()
    expect(opcode == 2 and len(data) % 188 == 0, f"{len(data)} bytes")
    expect_eq({0x47}, set(data[::188]), "sync bytes")


@case(seconds=3)
def websocket_in_vain(t):
    """A stream that nobody publishes: HTTP says 404, WebSocket 1013."""
    server = t.server(http=True, app={"waitForPublisherMs": 500})
    viewer = WebSocket(t, server, "/live/nothing.mp4")
    expect_eq((1013, "nobody publishes this stream"), viewer.closed(),
              "close frame")
    expect_eq(404, Flv(t, server, "/live/nothing.ts").head()[0], "status")
