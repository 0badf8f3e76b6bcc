"""Live streams over HTTP and WebSocket."""

import time

import harness
from harness import case, expect
from media import difference, make_clip

CLIP_S = 8
JOIN_LATE_S = 3


@case(seconds=14, workers=True)
def http_flv_clip(t):
    """8 s of H.264 with B-frames and AAC as FLV over HTTP: players that come
    before the publisher, and later, on both workers."""
    server = t.server(http=True)
    clip = make_clip(harness.BUILD, CLIP_S)
    urls = [server.http_url("/live/clip.flv", w) for w in (0, 1)]
    players = [(t.play_packets(url), True) for url in urls]
    time.sleep(1)
    publisher = t.publish_clip(clip, server.url("clip"))
    time.sleep(JOIN_LATE_S)
    players += [(t.play_packets(url), False) for url in urls]
    publisher.finish(CLIP_S)
    for player, is_early in players:
        player.finish(10)
        wrong = difference(clip, player.packets(), whole=is_early)
        expect(not wrong, f"{player.log.stem}: {wrong}")
