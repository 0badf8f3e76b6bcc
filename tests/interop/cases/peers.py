"""Other people's programs: each publishes or plays as it does by itself."""

import time

import media
from harness import BUILD, case, expect, expect_eq

SECONDS = 8


def live_clip(t, url):
    """A clip that ffmpeg has begun to publish to `url`."""
    clip = media.make_clip(BUILD, SECONDS)
    return clip, t.publish_clip(clip, url)


def expect_clip(clip, packets, who, **options):
    wrong = media.difference(clip, packets, **options)
    expect(not wrong, f"{who}: {wrong}")


@case(seconds=8, reference=True)
def ffprobe_describes(t):
    """ffprobe names codecs, profile, size and rates of a running stream,
    and finds nothing else in it.

    NOTE: it takes onMetaData with a time other than 0 for subtitles."""
    server = t.server()
    live_clip(t, server.url("clip"))
    time.sleep(2)
    said = media.probe(server.url("clip", worker=1), "-show_streams")
    streams = {s["codec_type"]: s for s in said["streams"]}
    expect_eq({"video", "audio"}, set(streams), "streams")
    video, audio = streams["video"], streams["audio"]
    expect_eq(("h264", "High", 640, 360),
              (video["codec_name"], video["profile"], video["width"],
               video["height"]), "video")
    expect_eq(("aac", "44100", 2), (audio["codec_name"],
              audio["sample_rate"], audio["channels"]), "audio")


@case(seconds=11, reference=True)
def rtmpdump_saves(t):
    """rtmpdump saves a file with the stream's packets in it."""
    server = t.server()
    clip, publisher = live_clip(t, server.url("clip"))
    time.sleep(2)
    saved = t.file("saved.flv")
    dump = t.spawn("rtmpdump", ["rtmpdump", "--live", "-r",
                                server.url("clip", worker=1), "-o", saved])
    publisher.finish(SECONDS + 5)
    dump.wait(10)
    t.ffmpeg("reader", "-i", saved, "-c", "copy", "-f", "framehash",
             "-hash", "md5", t.file("saved.packets")).finish(10)
    expect_clip(clip, media.read_packets(t.file("saved.packets")), "file")


@case(seconds=12, reference=True)
def gstreamer_publishes(t):
    """GStreamer's rtmp2sink publishes a clip; ffmpeg gets its packets."""
    server = t.server()
    clip = media.make_clip(BUILD, SECONDS)
    player = t.play_packets(server.url("clip", worker=1))
    time.sleep(1)
    t.spawn("gstreamer", [
        "gst-launch-1.0", "filesrc", f"location={clip.path}", "!",
        "flvdemux", "name=in",
        "in.video", "!", "queue", "!", "out.video",
        "in.audio", "!", "queue", "!", "out.audio",
        "flvmux", "name=out", "streamable=true", "!",
        "rtmp2sink", "sync=true", f"location={server.url('clip')}",
    ]).finish(SECONDS + 10)
    player.finish(10)
    # flvmux does not like to start before zero: it moves what does.
    expect_clip(clip, player.packets(), "player", slack_ms=100)


@case(seconds=11, reference=True)
def gstreamer_plays(t):
    """GStreamer's rtmp2src plays; what it passes on is the stream."""
    server = t.server()
    clip, publisher = live_clip(t, server.url("clip"))
    time.sleep(2)
    saved = t.file("saved.flv")
    player = t.spawn("gstreamer", [
        "gst-launch-1.0", "-e", "rtmp2src",
        f"location={server.url('clip', worker=1)}", "!",
        "filesink", f"location={saved}"])
    publisher.finish(SECONDS + 5)
    player.finish(10)
    t.ffmpeg("reader", "-i", saved, "-c", "copy", "-f", "framehash",
             "-hash", "md5", t.file("saved.packets")).finish(10)
    # rtmp2src keeps the last message to itself when it is told of the end.
    expect_clip(clip, media.read_packets(t.file("saved.packets")), "file",
                n_lost=1)


@case(seconds=13, reference=True)
def nginx_pushes_here(t):
    """nginx-rtmp pushes what it gets to this server."""
    server = t.server()
    nginx = t.nginx(relay=f"push {server.url('clip')};")
    player = t.play_packets(server.url("clip", worker=1))
    clip, publisher = live_clip(t, nginx.url("clip"))
    publisher.finish(SECONDS + 5)
    player.finish(10)
    expect_clip(clip, player.packets(), "player")


@case(seconds=13, reference=True)
def nginx_pulls_from_here(t):
    """nginx-rtmp pulls a stream for its own players."""
    server = t.server()
    nginx = t.nginx(relay=f"pull {server.url('clip', worker=1)} name=clip;")
    clip, publisher = live_clip(t, server.url("clip"))
    time.sleep(2)
    player = t.play_packets(nginx.url("clip"))
    publisher.finish(SECONDS + 5)
    player.finish(10)
    expect_clip(clip, player.packets(), "player")
