"""Players as people have them on their desks."""

import os

from harness import Skipped, case, expect, expect_soon
from media import make_clip

CLIP_S = 20
FRAMES = 75             # at least, of 25 a second


def urls(server):
    return {"flv": server.http_url("/live/show.flv"),
            "hls": server.http_url("/live/show/index.m3u8", 1)}


@case(seconds=12)
def players_mpv(t):
    """mpv decodes FLV and HLS, and ends by itself after so many frames."""
    server = t.server(http=True)
    t.publish_clip(make_clip(t.dir.parent.parent, CLIP_S), server.url("show"))
    players = [t.spawn(f"mpv-{kind}", [
        "mpv", "--no-config", "--vo=null", "--ao=null", "--no-terminal",
        f"--frames={FRAMES}", f"--log-file={t.file(kind)}", url])
        for kind, url in urls(server).items()]
    for player in players:
        player.finish(18)
    for kind in urls(server):
        said = t.file(kind).read_text()
        expect("Starting playback..." in said and "VO: [null] 640x360" in
               said, f"mpv plays {kind}")
        expect("Error while decoding" not in said, f"{kind} is clean")


@case(seconds=12)
def players_vlc(t):
    """VLC, as a user without rights, which it asks for, decodes FLV and HLS:
    every 25th picture is written out, and no two are alike."""
    if os.getuid():
        raise Skipped("only root can become another user")
    server = t.server(http=True)
    t.publish_clip(make_clip(t.dir.parent.parent, CLIP_S), server.url("show"))
    for kind, url in urls(server).items():
        home = t.file(f"home-{kind}")
        home.mkdir()
        os.chown(home, 65534, 65534)
        t.spawn(f"vlc-{kind}", [
            "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups",
            "cvlc", "-I", "dummy", "--no-audio", "--vout=dummy",
            "--video-filter=scene", "--scene-ratio=25", "--scene-format=png",
            f"--scene-path={home}", url, "vlc://quit"],
            env={**os.environ, "HOME": str(home),
                 "XDG_RUNTIME_DIR": str(home)}, cwd="/")

    def has_decoded(kind):
        pictures = {path.read_bytes()
                    for path in t.file(f"home-{kind}").glob("*.png")}
        return len(pictures) >= FRAMES // 25

    for kind in urls(server):
        expect_soon(lambda: has_decoded(kind), f"VLC plays {kind}", 20)
