"""The main job: a clip goes in by ffmpeg, and comes out as it went in."""

import time

from harness import case, expect
from media import difference, make_clip
import harness

JOIN_LATE_S = 5


def clip_goes_through(t, seconds, publish, early, late):
    """Publish a clip to the URL `publish`; the URLs `early` are played
    before it comes, the URLs `late` when it is JOIN_LATE_S old."""
    clip = make_clip(harness.BUILD, seconds)
    players = [(t.play_packets(url), True) for url in early]
    time.sleep(1)
    publisher = t.publish_clip(clip, publish)
    time.sleep(JOIN_LATE_S)
    players += [(t.play_packets(url), False) for url in late]
    publisher.finish(seconds)
    for player, is_early in players:
        player.finish(10)
        wrong = difference(clip, player.packets(), whole=is_early)
        expect(not wrong, f"{player.log.stem}: {wrong}")


@case(seconds=25, workers=True, reference=True)
def clip_between_workers(t):
    """20 s of H.264 with B-frames and AAC, players on both workers."""
    server = t.server(workers=2)
    both = [server.url("clip", worker=0), server.url("clip", worker=1)]
    clip_goes_through(t, 20, publish=both[0], early=both, late=both)


@case(seconds=25)
def clip_with_one_worker(t):
    """The same with workers = 1."""
    server = t.server(workers=1)
    url = server.url("clip")
    clip_goes_through(t, 20, publish=url, early=[url], late=[url, url])


@case(seconds=25, workers=True)
def clip_with_select(t):
    """The same with io = "select"."""
    server = t.server(workers=2, io="select")
    both = [server.url("clip", worker=0), server.url("clip", worker=1)]
    clip_goes_through(t, 20, publish=both[1], early=both[:1], late=both)


@case(seconds=25, workers=True)
def clip_over_rtmps(t):
    """The same over RTMPS: publisher and players, beside a plain player."""
    server = t.server(workers=2, tls=True)
    tls, plain = server.tls_url("clip"), server.url("clip", worker=0)
    clip_goes_through(t, 20, publish=tls, early=[tls], late=[tls, plain])
