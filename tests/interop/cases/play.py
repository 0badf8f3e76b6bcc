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


@case(seconds=2, workers=True)
def waiting_viewers_keep_nobody_out(t):
    """maxWaiting counts who waits, not who has something to see."""
    server = t.server(app={"maxWaiting": 1})
    waiting = t.viewer(server, "later")
    waiting.wait_status(code="NetStream.Play.Start")
    t.publisher(server, "show", worker=1).key("here", 0)
    t.viewer(server, "show").frame("here")
    refused = t.viewer(server, "never").wait_status()
    expect_eq("NetStream.Play.Failed", refused["code"], "one more who waits")
    t.publisher(server, "later").key("at last", 0)
    waiting.frame("at last")
    t.viewer(server, "never").wait_status(code="NetStream.Play.Start")


@case(seconds=1)
def nobody_waits_where_that_is_off(t):
    """With waitForPublisherMs = 0 the first answer is StreamNotFound."""
    server = t.server(app={"waitForPublisherMs": 0})
    info = t.viewer(server, "nothing").wait_status()
    expect_eq("NetStream.Play.StreamNotFound", info["code"], "first answer")
    t.publisher(server, "show").key("here", 0)
    t.viewer(server, "show").frame("here")


@case(seconds=2)
def video_can_be_refused_beforehand(t):
    """receiveVideo counts before play, too."""
    server = t.server()
    publisher = t.publisher(server, "show")
    publisher.key("unseen", 0)
    viewer = t.client(server, worker=1)
    viewer.connect()
    stream = viewer.create_stream()
    viewer.command("receiveVideo", None, False, stream=stream)
    viewer.play(stream, "show")
    publisher.audio("heard", 5)
    viewer.wait_media(stream, want=b"heard")
    expect(not any(b"unseen" in m.data for m in viewer.inbox), "no video")
    viewer.command("receiveVideo", None, True, stream=stream)
    viewer.wait_status(stream, code="NetStream.Seek.Notify")
    publisher.key("seen", 40)
    viewer.wait_media(stream, want=b"seen")


@case(seconds=6)
def writes_may_be_short_at_any_byte(t):
    """A viewer of three streams that reads in small steps gets every
    message whole, in order, and with its own stream's number."""
    n_frames, names = 150, ("left", "middle", "right")

    def picture(name, i):
        # Headers lie at ever other places of what one write takes.
        frame = rtmp.inter_frame if i else rtmp.key_frame
        return frame(f"{name} {i}.") + bytes(i * 331 % 70001)

    server = t.server(app={"logBytes": 64 << 20})
    viewer = t.client(server, worker=1, rcvbuf=4096, timeout=20 * SCALE)
    viewer.connect()
    streams = {}
    for name in names:
        stream = viewer.create_stream()
        streams[stream] = [name, 0]
        viewer.play(stream, name)
        viewer.wait_status(stream, code="NetStream.Play.Start")
    publishers = {name: t.publisher(server, name) for name in names}
    for i in range(n_frames):
        for name, publisher in publishers.items():
            publisher.media(VIDEO, picture(name, i), i * 40)
    for _ in range(n_frames * len(names)):
        m = viewer.wait(lambda m: m.type == VIDEO and m.data[1] == 1,
                        "frame")
        name, i = streams[m.stream]
        expect(m.data == picture(name, i), f"frame {i} of {name} is whole")
        streams[m.stream][1] += 1
