"""What publishers do, and what they are told."""

import time

import rtmp
from harness import BUILD, SCALE, case, expect, expect_eq
from rtmp import AUDIO, DATA, VIDEO


@case(seconds=2, workers=True)
def obs_publishes(t):
    """The calls of OBS in its order; headers and frames arrive unchanged."""
    server = t.server()
    obs = t.client(server)
    info = obs.connect("live")
    expect_eq("NetConnection.Connect.Success", info["code"], "connect")
    obs.command("releaseStream", None, "show")
    obs.command("FCPublish", None, "show")
    stream = obs.create_stream()
    info = obs.publish(stream, "show")
    expect_eq("NetStream.Publish.Start", info["code"], "publish")
    viewer = t.viewer(server, "show", worker=1)
    viewer.wait_status(code="NetStream.Play.Start")
    obs.send(DATA, rtmp.amf_print(
        "@setDataFrame", "onMetaData", {"width": 640.0, "encoder": "obs"}),
        stream)
    key = rtmp.key_frame("first")
    for type, data in ((VIDEO, rtmp.AVC_HEADER), (AUDIO, rtmp.AAC_HEADER),
                       (VIDEO, key)):
        obs.send(type, data, stream)

    meta = viewer.wait(lambda m: m.type == DATA
                       and m.values[0] == "onMetaData", "onMetaData")
    expect_eq("obs", meta.values[1].get("encoder"), "encoder in onMetaData")
    expect_eq(rtmp.AVC_HEADER, viewer.wait_media(type=VIDEO).data, "header")
    expect_eq(rtmp.AAC_HEADER, viewer.wait_media(type=AUDIO).data, "header")
    expect_eq(key, viewer.wait_media(type=VIDEO).data, "key frame")

    obs.command("FCUnpublish", None, "show")
    obs.command("deleteStream", None, stream)
    expect(obs.create_stream(), "the connection serves on after deleteStream")


@case(seconds=1)
def unknown_call_gets_an_error(t):
    """A call nobody knows is answered with _error; the connection lives."""
    client = t.client(t.server())
    client.connect()
    try:
        client.call("makeCoffee", None, "black")
    except rtmp.Refused as e:
        expect_eq("error", e.info.get("level"), "level")
        expect_eq("NetConnection.Call.Failed", e.info.get("code"), "code")
    else:
        expect(False, "makeCoffee gets _error")
    expect(client.create_stream(), "the connection serves on")


@case(seconds=2, workers=True, reference=True)
def second_publisher_is_refused(t):
    """BadName on any worker; the first one goes on."""
    server = t.server()
    first = t.publisher(server, "show", worker=0)
    for worker in (0, 1):
        second = t.publisher(server, "show", worker=worker)
        expect_eq("NetStream.Publish.BadName", second.status["code"], "code")
        expect_eq("error", second.status["level"], "level")
    viewer = t.viewer(server, "show", worker=1)
    first.key("still here", 40)
    viewer.frame("still here")


@case(seconds=2, workers=True)
def publisher_takes_over(t):
    """With publisherTakeover the newer publisher wins; viewers stay."""
    server = t.server(app={"publisherTakeover": True})
    first = t.publisher(server, "show", worker=0)
    first.key("one", 1000)
    viewer = t.viewer(server, "show", worker=0)
    before = viewer.frame("one")
    second = t.publisher(server, "show", worker=1)
    expect_eq("NetStream.Publish.Start", second.status["code"], "code")
    second.key("two", 0)
    after = viewer.frame("two")
    expect(after.time > before.time,
           f"time goes on: {before.time}, then {after.time}")
    told = first.wait_status(first.stream)
    expect_eq("NetStream.Publish.BadName", told["code"],
              "what the first one is told")


@case(seconds=3, workers=True)
def publisher_stands_by(t):
    """With allowDuplicateInboundNetworkStreams a second publisher is not
    seen until the first one goes, even for good; then viewers see it from
    its next key frame on, and their clock goes on."""
    server = t.server(app={"allowDuplicateInboundNetworkStreams": True,
                           "maxViewersPerStream": 1})
    first = t.publisher(server, "show", worker=0)
    second = t.publisher(server, "show", worker=1)
    for publisher in first, second:
        expect_eq("NetStream.Publish.Start", publisher.status["code"], "code")
    second.key("unseen", 90000)
    second.sync()
    first.key("one", 5000)
    viewer = t.viewer(server, "show", worker=0)
    before = viewer.frame("one")
    first.command("deleteStream", None, first.stream)
    first.sync()
    time.sleep(0.2)
    second.inter("not yet", 90040)
    second.key("two", 90080)
    after = viewer.frame("two")
    expect(0 < after.time - before.time < 5000 * SCALE,
           f"time goes on: {before.time}, then {after.time}")
    expect(not any(b"unseen" in m.data or b"not yet" in m.data
                   or b"UnpublishNotify" in m.data for m in viewer.inbox),
           f"nothing else has come: {viewer.inbox}")


@case(seconds=3, workers=True)
def publisher_returns(t):
    """A publisher drops and returns in time: viewers go on, and their
    clock does not jump back."""
    server = t.server(app={"publisherGraceMs": "5s"})
    first = t.publisher(server, "show", worker=0)
    viewers = [t.viewer(server, "show", worker=w) for w in (0, 1)]
    for n in range(10):
        first.inter(f"old {n}", n * 40) if n else first.key("old 0", 0)
    for viewer in viewers:
        viewer.last = viewer.frame("old 9")
    first.drop()
    time.sleep(0.5 * SCALE)
    second = t.publisher(server, "show", worker=1)
    expect_eq("NetStream.Publish.Start", second.status["code"], "code")
    for n in range(10):
        second.inter(f"new {n}", n * 40) if n else second.key("new 0", 0)
    for viewer in viewers:
        times = [viewer.last.time]
        times += [viewer.frame(f"new {n}").time for n in range(10)]
        expect(all(a < b for a, b in zip(times, times[1:])),
               f"times grow: {times}")
        expect_eq([40] * 9, [b - a for a, b in zip(times[1:], times[2:])],
                  "distances within the new stream")
        told = [m for m in viewer.inbox if b"Unpublish" in m.data]
        expect(not told, f"nobody told the viewer of the gap: {told}")


@case(seconds=3, workers=True)
def publisher_stays_away(t):
    """After the grace viewers are told that the stream is over: by
    UnpublishNotify, for ffmpeg, and StreamEOF, for GStreamer and nginx."""
    server = t.server(app={"publisherGraceMs": 1000})
    publisher = t.publisher(server, "show")
    publisher.key("last", 0)
    viewer = t.viewer(server, "show", worker=1)
    viewer.frame("last")
    publisher.drop()
    since = time.monotonic()
    viewer.wait_status(code="NetStream.Play.UnpublishNotify")
    waited = time.monotonic() - since
    expect(waited > 0.9, f"not before the grace of 1 s: {waited:.1f} s")
    viewer.wait_event(rtmp.STREAM_EOF)


@case(seconds=2, workers=True)
def streams_share_a_connection(t):
    """One connection publishes two streams, another plays both."""
    server = t.server()
    publisher = t.client(server)
    publisher.connect()
    viewer = t.client(server, worker=1)
    viewer.connect()
    ids = {}
    for name in ("left", "right"):
        ids[name] = publisher.create_stream(), viewer.create_stream()
        info = publisher.publish(ids[name][0], name)
        expect_eq("NetStream.Publish.Start", info["code"], name)
        viewer.play(ids[name][1], name)
    expect(ids["left"][0] != ids["right"][0], "each has its own number")
    for name, (id, _) in ids.items():
        publisher.send(VIDEO, rtmp.AVC_HEADER, id)
        publisher.send(VIDEO, rtmp.key_frame(name + " picture"), id)
    for name, (_, id) in ids.items():
        viewer.wait_media(id, want=(name + " picture").encode())
    publisher.command("deleteStream", None, ids["left"][0])
    publisher.send(VIDEO, rtmp.inter_frame("goes on"), ids["right"][0], 40)
    viewer.wait_media(ids["right"][1], want=b"goes on")


@case(seconds=2)
def one_of_two_is_unpublished(t):
    """FCUnpublish ends the stream it names, not the other one."""
    server = t.server()
    publisher = t.client(server)
    publisher.connect()
    viewers = {}
    for name in ("left", "right"):
        stream = publisher.create_stream()
        publisher.publish(stream, name + "?key=1")
        publisher.send(VIDEO, rtmp.key_frame("one"), stream)
        viewers[name] = t.viewer(server, name, worker=1)
        viewers[name].frame("one")
    publisher.command("FCUnpublish", None, "left?key=1")
    viewers["left"].wait_status(code="NetStream.Play.UnpublishNotify")
    publisher.send(VIDEO, rtmp.inter_frame("goes on"), stream, 40)
    viewers["right"].frame("goes on")


@case(seconds=2, workers=True)
def names_and_queries(t):
    """`key?token=x` publishes `key`; an alias is the application itself,
    and so is no application at all; a vhost is a world of its own."""
    server = t.server(app={"aliases": ["app"]})
    publisher = t.publisher(server, "show?token=x")
    publisher.key("found", 0)
    for app in ("live", "app", "", "live?from=url", "live/"):
        t.viewer(server, "show", worker=1, app=app).frame("found")
    t.viewer(server, "show?token=y", worker=1).frame("found")

    for app in ("live?vhost=a.example", "live?vhost=b.example"):
        t.publisher(server, "show", app=app).key(app, 0)
    t.viewer(server, "show", app="live?vhost=b.example").frame("b.example")


@case(seconds=1)
def listeners_lead_to_their_application(t):
    """The listeners of a default application lead to all of them; those of
    another one lead there, and nowhere else."""
    inner = {"name": "inner", "library": BUILD / "applications" / "live.so"}
    open_to_all = t.server(apps=[inner])
    for app in ("live", "inner", "nobody", ""):
        t.client(open_to_all).connect(app)

    server = t.server(app={"default": False}, apps=[inner])
    for app in ("live", ""):
        t.client(server).connect(app)
    for app in ("inner", "nobody"):
        try:
            t.client(server).connect(app)
        except rtmp.Refused as e:
            expect_eq("NetConnection.Connect.Rejected", e.info["code"], app)
        else:
            expect(False, f"{app} is refused")


@case(seconds=2)
def hevc_goes_through(t):
    """Enhanced RTMP: HEVC arrives unchanged, also for whoever comes late."""
    server = t.server()
    publisher = t.publisher(server, "show", headers=False)
    early = t.viewer(server, "show", worker=1)
    sent = [rtmp.HEVC_HEADER, rtmp.hevc_frame("one", True),
            rtmp.hevc_frame("two", False)]
    for n, data in enumerate(sent):
        publisher.media(VIDEO, data, n * 40)
    late = t.viewer(server, "show", worker=1)
    for who, viewer in (("early", early), ("late", late)):
        for n, data in enumerate(sent):
            viewer.wait(lambda m: m.data == data, f"{who}: message {n}")


# What no codec of ours knows, and nobody may touch.
OPAQUE = [
    ("multitrack video", VIDEO,
     b"\x96\x11hvc1\x00\x00\x00\x08two-trac\x01\x00\x00\x08two-trac"),
    ("multitrack audio", AUDIO, b"\x95\x11Opus\x01\x00\x00\x05track"),
    ("unknown video FourCC", VIDEO, b"\x91zzzz" + bytes(range(200))),
    ("unknown audio FourCC", AUDIO, b"\x91zzzz" + bytes(range(100))),
    ("Sorenson H.263", VIDEO, b"\x22" + bytes(range(90))),
    ("MP3", AUDIO, b"\x2f" + bytes(range(80))),
    ("cue point", DATA, rtmp.amf_print("onCuePoint", {"name": "ad"})),
]


@case(seconds=2, workers=True)
def unknown_media_is_left_alone(t):
    """Multitrack, unknown FourCCs, old codecs, data: byte by byte as sent."""
    server = t.server()
    publisher = t.publisher(server, "show")
    publisher.key("start", 0)
    viewer = t.viewer(server, "show", worker=1)
    viewer.frame("start")
    for n, (what, type, data) in enumerate(OPAQUE, 1):
        publisher.media(type, data, n * 40)
    for what, type, data in OPAQUE:
        viewer.wait(lambda m: m.type == type and m.data == data, what)


@case(seconds=2)
def publisher_is_acknowledged(t):
    """The publisher's window is acknowledged, with the bytes it has sent."""
    publisher = t.publisher(t.server(), "show")
    publisher.send(rtmp.WINDOW, (20000).to_bytes(4, "big"), chunk_stream=2)
    for n in range(100):
        publisher.media(VIDEO, rtmp.key_frame("x" * 5000), n * 40)
    publisher.pump(1.0)
    expect(publisher.acks, "an acknowledgement came")
    expect_eq(sorted(set(publisher.acks)), publisher.acks, "they grow")
    # Some servers count the handshake, and some do not.
    sent = publisher.n_out + rtmp.HANDSHAKE_LEN
    expect(publisher.n_out // 2 < publisher.acks[-1] <= sent,
           f"{publisher.acks[-1]} acknowledged of {sent} sent")


@case(seconds=1)
def record_and_append_are_live(t):
    """Until there is recording, record and append publish live."""
    server = t.server()
    for kind in ("record", "append"):
        publisher = t.client(server)
        publisher.connect()
        stream = publisher.create_stream()
        info = publisher.publish(stream, kind, kind)
        expect_eq("NetStream.Publish.Start", info["code"], kind)


@case(seconds=1)
def amf3_clients_are_served(t):
    """objectEncoding 3: commands and data with AMF3's message types."""
    server = t.server()
    flash = t.client(server)
    flash.connect(objectEncoding=3)
    stream = flash.create_stream()
    viewer = t.viewer(server, "show", worker=1)
    flash.send(rtmp.COMMAND3, b"\0" + rtmp.amf_print(
        "publish", 9, None, "show", "live"), stream)
    flash.wait_status(stream, "NetStream.Publish.Start")
    # onMetaData with {"a": 5}: AVM+ marker, object, dynamic, one pair.
    flash.send(rtmp.DATA3, b"\0" + rtmp.amf_print("@setDataFrame",
               "onMetaData") + b"\x11\x0a\x0b\x01\x03a\x04\x05\x01", stream)
    meta = viewer.wait(lambda m: m.type == DATA and b"onMetaData" in m.data,
                       "onMetaData")
    expect_eq({"a": 5.0}, meta.values[1], "what was AMF3 is AMF0 now")


@case(seconds=1)
def aggregates_are_taken_apart(t):
    """An aggregate message reaches viewers as the messages in it, with
    times that count from the aggregate's own."""
    server = t.server()
    publisher = t.publisher(server, "show")
    publisher.key("before", 1000)
    viewer = t.viewer(server, "show", worker=1)
    before = viewer.frame("before")
    tags = b""
    for n, data in enumerate((rtmp.inter_frame("part one"),
                              rtmp.inter_frame("part two"))):
        tags += (bytes([VIDEO]) + len(data).to_bytes(3, "big")
                 + (7000 + n * 40).to_bytes(3, "big") + bytes(4) + data
                 + (11 + len(data)).to_bytes(4, "big"))
    publisher.media(rtmp.AGGREGATE, tags, 1040)
    times = [viewer.frame(text).time - before.time
             for text in ("part one", "part two")]
    expect_eq([40, 80], times, "times after the frame before")


@case(seconds=1)
def clocks_grow_large_and_wrap(t):
    """Times beyond 24 bits, and over the end of 32: viewers see even
    steps."""
    server = t.server()
    for name, start in (("large", 0xffffff - 100), ("wrap", 2**32 - 100)):
        publisher = t.publisher(server, name, headers=False)
        viewer = t.viewer(server, name, worker=1)
        times = []
        for n in range(8):
            data = (rtmp.inter_frame if n else rtmp.key_frame)(f"frame {n}")
            if n == 0:
                publisher.media(VIDEO, rtmp.AVC_HEADER, start)
            publisher.media(VIDEO, data, (start + n * 40) % 2**32)
            times.append(viewer.frame(f"frame {n}").time)
        steps = [(b - a) % 2**32 for a, b in zip(times, times[1:])]
        expect_eq([40] * 7, steps, f"{name}: steps of {times}")
