"""How the server ends: in time, with a word to its clients, without leaks."""

import signal
import time

import media
from harness import BUILD, case


def busy_server(t, **options):
    """A server with a real publisher and players, a player of a stream that
    never comes, and a connection that never says anything."""
    server = t.server(**options)
    clip = media.make_clip(BUILD, 8)
    t.publish_clip(clip, server.url("clip"))
    for worker in (0, 1):
        t.play_packets(server.url("clip", worker=worker))
    t.viewer(server, "nothing", worker=1)
    publisher = t.publisher(server, "show")
    publisher.key("one", 0)
    viewer = t.viewer(server, "show", worker=1)
    viewer.frame("one")
    return server, publisher, viewer


def ends_by(t, number):
    server, publisher, viewer = busy_server(t)
    time.sleep(2)
    server.stop(number)
    for client in publisher, viewer:
        client.wait_status(code="NetConnection.Connect.AppShutdown")
        client.wait_closed()


@case(seconds=5, workers=True)
def sigterm_ends_it(t):
    """SIGTERM amid publishing and playing: clients are told, 2 s, status 0."""
    ends_by(t, signal.SIGTERM)


@case(seconds=5, workers=True)
def sigint_ends_it(t):
    """SIGINT does the same."""
    ends_by(t, signal.SIGINT)


@case(seconds=20, plain=True)
def nothing_is_leaked(t):
    """valgrind finds no leak and no wrong access in a short busy life."""
    valgrind = ["valgrind", "--quiet", "--leak-check=full",
                "--show-leak-kinds=all", "--errors-for-leak-kinds=all",
                "--error-exitcode=99"]
    server = t.server(under=valgrind, slow=10)
    publisher = t.publisher(server, "show", timeout=30)
    viewers = [t.viewer(server, "show", worker=w, timeout=30)
               for w in (0, 1)]
    for n in range(40):
        (publisher.inter if n % 10 else publisher.key)(f"frame {n}", n * 40)
    for viewer in viewers:
        viewer.frame("frame 39")
    viewers[0].drop()
    t.publisher(server, "other", timeout=30).drop()
    server.stop(within=20)
