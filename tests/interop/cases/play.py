"""What players do, and what they are told."""

import struct
import time

import rtmp
from harness import SCALE, case, expect, expect_eq
from rtmp import VIDEO


@case(seconds=2, reference=True)
def player_is_told(t):
    """connect and play are answered as clients expect."""
    server = t.server()
    publisher = t.publisher(server, "show")
    viewer = t.client(server, worker=1)
    info = viewer.connect()
    expect_eq("NetConnection.Connect.Success", info["code"], "connect")
    viewer.pump(0.2)
    expect(viewer.window, "WindowAckSize")
    expect(viewer.bandwidth, "SetPeerBandwidth")
    stream = viewer.create_stream()
    viewer.play(stream, "show")
    expect_eq("NetStream.Play.Start", viewer.wait_status(
        stream, "NetStream.Play.Start")["code"], "play")
    begun = struct.unpack(">I", viewer.wait_event(rtmp.STREAM_BEGIN))[0]
    expect(begun in (0, stream), f"StreamBegin names the stream: {begun}")
    publisher.key("first", 0)
    viewer.wait_media(stream, want=b"first")


@case(seconds=2, workers=True)
def player_starts_at_the_key_frame(t):
    """Who comes late gets the headers, then the last key frame and all that
    follows, once and in order."""
    server = t.server()
    publisher = t.publisher(server, "show", worker=0)
    for n in range(20):
        name = f"frame {n:02}"
        (publisher.inter if n % 8 else publisher.key)(name, n * 40)
        publisher.audio(f"sound {n:02}", n * 40 + 5)
    publisher.sync()
    viewers = [t.viewer(server, "show", worker=w) for w in (0, 1)]
    for viewer in viewers:
        viewer.frame("sound 19")
    publisher.inter("frame 20", 800)
    for viewer in viewers:
        viewer.wait(lambda m: b"frame 20" in m.data, "frame 20")
        seen = viewer.take(lambda m: m.type == VIDEO)
        expect_eq(rtmp.AVC_HEADER, seen[0].data, "first video message")
        names = [m.data[10:18].decode() for m in seen[1:]]
        expect_eq([f"frame {n}" for n in range(16, 20)], names, "frames")


@case(seconds=3)
def wrong_name_is_told(t):
    """A name that nobody publishes: StreamNotFound when the wait is over,
    and the connection can play something else."""
    server = t.server(app={"waitForPublisherMs": 1000})
    viewer = t.viewer(server, "nothing")
    since = time.monotonic()
    viewer.wait_status(code="NetStream.Play.StreamNotFound")
    waited = time.monotonic() - since
    expect(0.8 < waited < 2 + SCALE, f"after 1 s: {waited:.1f} s")
    t.publisher(server, "show").key("something", 0)
    stream = viewer.create_stream()
    viewer.play(stream, "show")
    viewer.wait_media(stream, want=b"something")


@case(seconds=3, workers=True, reference=True)
def pause_holds_the_stream(t):
    """While a player pauses nothing comes; then it goes on at a key frame."""
    server = t.server()
    publisher = t.publisher(server, "show")
    viewer = t.viewer(server, "show", worker=1)
    viewer.wait_status(code="NetStream.Play.Start")
    publisher.key("one", 0)
    viewer.frame("one")
    viewer.command("pause", None, True, 0, stream=viewer.stream)
    viewer.wait_status(code="NetStream.Pause.Notify")
    publisher.inter("two", 40)
    viewer.pump(0.4)
    expect(not viewer.take(lambda m: m.is_media() and b"two" in m.data),
           "no media while paused")
    viewer.command("pause", None, False, 0, stream=viewer.stream)
    viewer.wait_status(code="NetStream.Unpause.Notify")
    publisher.key("three", 80)
    viewer.frame("three")


@case(seconds=3, workers=True)
def audio_and_video_can_be_refused(t):
    """receiveVideo and receiveAudio stop one kind and bring it back, video
    at a key frame."""
    server = t.server()
    publisher = t.publisher(server, "show")
    publisher.key("one", 0)
    viewer = t.viewer(server, "show", worker=1)
    viewer.frame("one")
    viewer.command("receiveVideo", None, False, stream=viewer.stream)
    viewer.pump(0.3 * SCALE)
    publisher.inter("unseen", 40)
    publisher.audio("heard", 45)
    viewer.frame("heard")
    viewer.command("receiveAudio", None, False, stream=viewer.stream)
    viewer.command("receiveVideo", None, True, stream=viewer.stream)
    viewer.pump(0.3 * SCALE)
    publisher.audio("unheard", 80)
    publisher.key("seen", 120)
    viewer.frame("seen")
    viewer.pump(0.1)
    for text in (b"unseen", b"unheard"):
        expect(not any(text in m.data for m in viewer.inbox), f"no {text}")


@case(seconds=2)
def player_calls_are_answered(t):
    """seek, play2, getStreamLength, checkBandwidth: an answer, no hang-up."""
    server = t.server()
    publisher = t.publisher(server, "show")
    publisher.key("one", 0)
    viewer = t.viewer(server, "show")
    viewer.frame("one")
    expect_eq([None, 0.0], viewer.call("getStreamLength", None, "show"),
              "length of a live stream")
    viewer.command("seek", None, 1000, stream=viewer.stream)
    viewer.wait(lambda m: m.type == rtmp.COMMAND
                and (b"Seek." in m.data or b"_error" in m.data), "seek")
    viewer.command("play2", None, {"streamName": "show"},
                   stream=viewer.stream)
    viewer.command("FCSubscribe", None, "show")
    viewer.wait(lambda m: b"onFCSubscribe" in m.data, "onFCSubscribe")
    for call in ("checkBandwidth", "_checkbw"):
        n = viewer.command(call, None)
        viewer.wait(lambda m: m.type == rtmp.COMMAND and (
            m.values[1] == n or m.values[0] == "onBWDone"), call)
    viewer.command("closeStream", None, stream=viewer.stream)
    stream = viewer.create_stream()
    viewer.play(stream, "show")
    viewer.wait_media(stream, want=b"one")


@case(seconds=1, reference=True)
def ping_is_answered(t):
    """A ping of the client comes back with its own time."""
    client = t.client(t.server())
    client.connect()
    client.send(rtmp.USER, struct.pack(">HI", rtmp.PING, 123456),
                chunk_stream=2)
    expect_eq(struct.pack(">I", 123456), client.wait_event(rtmp.PONG), "pong")
