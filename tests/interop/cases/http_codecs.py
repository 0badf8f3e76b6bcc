"""What HTTP viewers get of other codecs, of streams of one kind, and of a
publisher that returns: fragmented MP4 and transport streams."""

import re
import struct
import subprocess
import time

import harness
import media
from harness import SCALE, case, expect, expect_eq, expect_soon
from rtmp import AUDIO, VIDEO

FOURCC = {"hevc": b"hvc1", "av1": b"av01", "vp9": b"vp09", "opus": b"Opus",
          "flac": b"fLaC"}
VPCC = bytes.fromhex("010000000000820202020000")        # of 8 bits, 4:2:0
SECONDS = 3


# -- sources -----------------------------------------------------------------

class Source:
    """A file made by ffmpeg: .messages are (time in ms, type, body), as an
    encoder sends them by Enhanced RTMP; .packets as ffmpeg reads them."""

    def __init__(self, t, name, *args):
        self.path = t.file(f"{name}.mp4")
        subprocess.run(
            ["ffmpeg", "-hide_banner", "-loglevel", "error", "-y",
             "-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25",
             "-f", "lavfi", "-i", "anoisesrc=a=0.1:r=48000",
             "-t", str(SECONDS), *args, self.path],
            check=True, stdin=subprocess.DEVNULL)
        hashes = t.file(f"{name}.packets")
        subprocess.run(
            ["ffmpeg", "-loglevel", "error", "-y", "-i", self.path, "-c",
             "copy", "-f", "framehash", "-hash", "md5", hashes],
            check=True, stdin=subprocess.DEVNULL)
        self.packets = media.read_packets(hashes)
        said = media.probe(
            self.path, "-show_data", "-show_entries",
            "packet=stream_index,dts_time,pts_time,flags,data:"
            "stream=index,codec_name,extradata")
        codecs = [s["codec_name"] for s in said["streams"]]
        self.messages = [
            start(s["codec_name"], data(s["extradata"]) or VPCC)
            for s in said["streams"]]
        coded = [frame(codecs[p["stream_index"]], p)
                 for p in said["packets"]]
        self.messages += sorted(coded, key=lambda m: m[0])

    def publish(self, publisher, types=(AUDIO, VIDEO)):
        """All of it at once, when those who wait had time to find it."""
        publisher.sync()
        time.sleep(0.5 * SCALE)
        for ms, type, body in self.messages:
            if type in types:
                publisher.media(type, body, ms)
        publisher.sync()


def data(dump):
    """The bytes of ffprobe's dump."""
    lines = re.findall(r"^[0-9a-f]{8}: ((?:[0-9a-f]{2,4} )+)", dump, re.M)
    return bytes.fromhex("".join(lines).replace(" ", ""))


def start(codec, config):
    """Sequence start."""
    if codec in ("opus", "flac"):
        return 0, AUDIO, b"\x90" + FOURCC[codec] + config
    if codec == "aac":
        return 0, AUDIO, b"\xaf\x00" + config
    return 0, VIDEO, b"\x90" + FOURCC[codec] + config


def frame(codec, p):
    dts, pts = (round(float(p[k]) * 1000) for k in ("dts_time", "pts_time"))
    body = data(p["data"])
    dts += 1000                 # those with B-frames begin below 0
    if codec in ("opus", "flac"):
        return dts, AUDIO, b"\x91" + FOURCC[codec] + body
    if codec == "aac":
        return dts, AUDIO, b"\xaf\x01" + body
    key = 0x90 if "K" in p["flags"] else 0xa0
    if codec == "hevc":
        offset = struct.pack(">I", pts - dts + 1000)[1:]
        return dts, VIDEO, bytes([key | 1]) + b"hvc1" + offset + body
    return dts, VIDEO, bytes([key | 3]) + FOURCC[codec] + body


def read(t, source, *args):
    """ffmpeg reads it to its end; see .packets()."""
    path = t.file(f"read{len(t.processes)}")
    p = t.ffmpeg("read", "-i", source, *(args or ("-c", "copy")),
                 "-f", "framehash", "-hash", "md5", path)
    p.packets = lambda: media.read_packets(path)
    return p


def wait_for(server, name, n_players):
    """So many are there."""
    expect_soon(lambda: server.process.text().count(
        f"play start name={name} ") == n_players, f"{n_players} players")


def expect_packets(want, got, kinds=media.KINDS):
    """The same access units, by kind, none missing."""
    for kind in kinds:
        expect_eq([p.digest for p in want[kind]],
                  [p.digest for p in got[kind]], kind)
    for kind in set(media.KINDS) - set(kinds):
        expect_eq([], got[kind], f"{kind} packets")


# -- codecs ------------------------------------------------------------------

CODECS = {
    "hevc": ("-c:v", "libx265", "-preset", "ultrafast", "-x265-params",
             "log-level=0:keyint=25:bframes=2", "-tag:v", "hvc1",
             "-c:a", "aac"),
    "av1": ("-c:v", "libsvtav1", "-preset", "12", "-g", "25",
            "-c:a", "libopus"),
    "vp9": ("-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8",
            "-g", "25", "-c:a", "flac", "-strict", "-2"),
}


@case(seconds=14)
def http_mp4_codecs(t):
    """HEVC with B-frames and AAC, AV1 and Opus, VP9 and FLAC, published by
    Enhanced RTMP, come out in fragmented MP4 with all access units as they
    were; VP9's size, which only its frames know, is announced."""
    server = t.server(http=True)
    for name, args in CODECS.items():
        source = Source(t, name, "-pix_fmt", "yuv420p", *args)
        player = read(t, server.http_url(f"/live/{name}.mp4", 1))
        wait_for(server, name, 1)
        publisher = t.publisher(server, name, headers=False)
        source.publish(publisher)
        said = media.probe(server.http_url(f"/live/{name}.mp4"),
                           "-read_intervals", "%+#5", "-show_entries",
                           "stream=codec_name,width,height")["streams"]
        expect({"codec_name": name, "width": 320, "height": 180} in said,
               f"{name}: {said}")
        publisher.close()
        player.finish(10)
        expect_packets(source.packets, player.packets())


@case(seconds=8)
def http_ts_hevc(t):
    """HEVC with B-frames and AAC as a transport stream decode to the same."""
    server = t.server(http=True)
    source = Source(t, "hevc", "-pix_fmt", "yuv420p", *CODECS["hevc"])
    decode = ("-c:v", "rawvideo", "-c:a", "copy", "-fps_mode", "passthrough")
    want = read(t, source.path, *decode)
    player = read(t, server.http_url("/live/show.ts", 1), *decode, "-bsf:a",
                  "aac_adtstoasc")
    wait_for(server, "show", 1)
    publisher = t.publisher(server, "show", headers=False)
    source.publish(publisher)
    publisher.close()
    want.finish(10)
    player.finish(10)
    expect_packets(want.packets(), player.packets())


# -- streams of one kind, publishers that return -----------------------------

@case(seconds=9)
def http_one_kind(t):
    """Sound alone and pictures alone, in MP4 and as a transport stream."""
    server = t.server(http=True)
    both = Source(t, "hevc", "-pix_fmt", "yuv420p", *CODECS["hevc"])
    for kind, type in (("audio", AUDIO), ("video", VIDEO)):
        url = server.http_url(f"/live/{kind}", 1)
        players = [read(t, url + ".mp4"), read(t, url + ".ts")]
        wait_for(server, kind, 2)
        publisher = t.publisher(server, kind, headers=False)
        both.publish(publisher, [type])
        publisher.close()
        for player in players:
            player.finish(10)
        expect_packets(both.packets, players[0].packets(), [kind])
        expect_eq(len(both.packets[kind]), len(players[1].packets()[kind]),
                  f"{kind} packets by TS")


@case(seconds=9)
def http_publisher_returns(t):
    """A publisher that drops and comes back goes on in the same MP4 and the
    same transport stream, in times that grow, with nothing lost."""
    server = t.server(http=True, app={"publisherGraceMs": 3000})
    source = Source(t, "hevc", "-pix_fmt", "yuv420p", *CODECS["hevc"])
    players = [read(t, server.http_url(f"/live/show.{kind}", 1), "-copyts",
                    "-c", "copy") for kind in ("mp4", "ts")]
    wait_for(server, "show", 2)
    for n in range(2):
        publisher = t.publisher(server, "show", n, headers=False)
        source.publish(publisher)
        if n:
            publisher.close()
        else:
            publisher.drop()
            time.sleep(0.5)
    for player in players:
        player.finish(10)
        got = player.packets()
        for kind in media.KINDS:
            expect_eq(2 * len(source.packets[kind]), len(got[kind]),
                      f"{kind} packets")
            times = [p.dts for p in got[kind]]
            expect(times == sorted(times), f"{kind}: times grow: {times}")
    expect_eq([p.digest for p in source.packets["video"]] * 2,
              [p.digest for p in players[0].packets()["video"]], "pictures")
