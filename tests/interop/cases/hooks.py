"""Hooks: functions of the configuration decide about sessions."""

import rtmp
from harness import Lua, case, expect, expect_eq, expect_soon

CONNECT = Lua("""function(session)
        if session.query.ban then return false, "no entry for you" end
        return true
      end""")

PUBLISH = Lua("""function(session)
        if session.query.key == "secret" then return true end
        return false, "wrong key for " .. session.stream
      end""")

PLAY = Lua("""function(session)
        if session.stream == "old" then return redirect("new") end
        if session.stream == "slow" and session.attempt < 3 then
          return later(100)
        end
        if session.stream == "broken" then error("oops") end
        return session.stream ~= "hidden", "not for everyone"
      end""")


def hooked_server(t):
    return t.server(app={"onConnect": CONNECT, "onPublish": PUBLISH,
                         "onPlay": PLAY})


@case(seconds=2)
def hooks_deny_with_a_reason(t):
    """onConnect, onPublish and onPlay deny; the peer is told the reason."""
    server = hooked_server(t)
    try:
        t.client(server).connect("live?ban=yes")
        expect(False, "connect is refused")
    except rtmp.Refused as e:
        expect_eq("NetConnection.Connect.Rejected", e.info["code"], "connect")
        expect("no entry for you" in e.info["description"], f"{e.info}")

    refused = t.publisher(server, "show?key=guess").status
    expect_eq("error", refused["level"], "publish")
    expect("wrong key for show" in refused["description"], f"{refused}")

    refused = t.viewer(server, "hidden").wait_status()
    expect_eq("error", refused["level"], "play")
    expect("not for everyone" in refused["description"], f"{refused}")


@case(seconds=2, workers=True)
def hooks_allow_and_redirect(t):
    """The right key publishes; a redirected player sees the other stream; a
    hook that wants time is asked again."""
    server = hooked_server(t)
    for name in ("new", "slow"):
        publisher = t.publisher(server, name + "?key=secret")
        publisher.key("this is " + name, 0)
    t.viewer(server, "old", worker=1).frame("this is new")
    t.viewer(server, "slow", worker=1).frame("this is slow")


@case(seconds=2, workers=True)
def hook_that_fails_denies(t):
    """An error in a hook denies, is logged, and harms nobody else."""
    server = hooked_server(t)
    t.publisher(server, "new?key=secret").key("this is new", 0)
    refused = t.viewer(server, "broken").wait_status()
    expect_eq("error", refused["level"], "play")
    expect("oops" not in str(refused), "the peer is not shown our errors")
    expect_soon(lambda: "oops" in server.process.text(), "it is logged")
    t.viewer(server, "old").frame("this is new")


@case(seconds=2)
def hook_is_told_of_the_end(t):
    """onClose gets the session that ended: address and application."""
    server = t.server(app={"onClose": Lua("""function(session)
        print("bye " .. session.address .. " " .. session.application)
      end""")})
    client = t.client(server)
    client.connect()
    client.close()
    expect_soon(lambda: "bye 127.0.0.1" in server.process.text(),
                "onClose is called")
