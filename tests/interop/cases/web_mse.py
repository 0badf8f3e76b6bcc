"""Fragmented MP4 by WebSocket, which a page of headless Chromium hands to MSE
without a library."""

import clock
from cases.players_web import expect_delay, expect_playing, watch
from harness import case, expect, expect_eq

CODECS = "avc1.42c01f,mp4a.40.2"


@case(seconds=10)
def web_mse(t):
    """It plays in one range, less than 2 s behind the publisher."""
    server = t.server(http=True)
    base = clock.publish(t, server.url("time"))
    report = watch(t, server, "/live/time.mp4", base, "mse", 1, "ws",
                   codecs=CODECS)
    expect_playing(report)
    expect_eq(1, report["last"]["ranges"], "buffered ranges")
    expect_delay(report, 2)


@case(seconds=10)
def web_mse_slows_down(t):
    """A camera that goes from 25 frames a second to 5, in the midst of a group
    of pictures, is seen on: to MSE a frame that is late, and was not said to
    last so long, is a hole, behind which it waits for a key frame."""
    server = t.server(http=True)
    t.ffmpeg("publisher", "-re", "-f", "lavfi", "-i",
             "testsrc2=size=320x180:rate=25", "-f", "lavfi", "-i",
             "sine=r=44100", "-vf", "select='lt(t,1)+not(mod(n,5))'",
             "-fps_mode", "vfr", "-pix_fmt", "yuv420p", "-c:v", "libx264",
             "-preset", "ultrafast", "-tune", "zerolatency", "-profile:v",
             "baseline", "-g", "1000", "-c:a", "aac", "-f", "flv",
             server.url("camera"))
    report = watch(t, server, "/live/camera.mp4", 0, "mse", 1, "ws",
                   codecs=CODECS)
    last = report["last"]
    expect_eq(([], None), (last["errors"], last["error"]), "errors")
    expect_eq(1, last["ranges"], "buffered ranges")
    expect(last["frames"] >= 25 + 8, f"decoded frames: {last['frames']}")
    expect(last["time"] - report["first"]["time"] > 2.4, "time goes on")
