#!/usr/bin/python3
"""Two webrtcbins of GStreamer call each other through relays only; what
came of it goes to standard output as a line of JSON.

    webrtcbin_call.py '{"turn": "turn://u:p@127.0.0.1:3478?transport=tcp",
                        "seconds": 4}'

seconds: how long the call goes on once it works.  Each second the agents
hear of one more peer, for which they must ask a permission."""

import json
import sys
import time

import gi
gi.require_version("Gst", "1.0")
gi.require_version("GstWebRTC", "1.0")
gi.require_version("GstSdp", "1.0")
from gi.repository import GLib, Gst, GstSdp, GstWebRTC      # noqa: E402

PATIENCE_S = 10
PICTURE = """\
videotestsrc is-live=true pattern=ball
! video/x-raw,width=160,height=120,framerate=15/1
! vp8enc deadline=1 keyframe-max-dist=15 ! rtpvp8pay
! application/x-rtp,media=video,encoding-name=VP8,payload=96"""


class Side:
    """One webrtcbin: sends a moving picture, counts those it decodes."""

    def __init__(self, turn):
        self.frames = 0
        self.echoes = 0
        self.candidates = []
        self.channel = None
        self.other = None
        self.pipeline = Gst.parse_launch(
            "webrtcbin name=rtc bundle-policy=max-bundle "
            "ice-transport-policy=relay " + PICTURE + " ! rtc.")
        self.rtc = self.pipeline.get_by_name("rtc")
        self.rtc.set_property("turn-server", turn)
        # Kept: webrtcbin does not count this reference.
        self.ice = self.rtc.get_property("ice-agent")
        self.ice.emit("add-local-ip-address", "127.0.0.1")
        self.rtc.connect("on-ice-candidate", self.on_candidate)
        self.rtc.connect("pad-added", self.on_pad)
        self.rtc.connect("on-data-channel", self.on_channel)
        self.pipeline.set_state(Gst.State.READY)

    def on_candidate(self, _, line, candidate):
        self.candidates.append(candidate)
        self.other.rtc.emit("add-ice-candidate", line, candidate)

    def on_pad(self, _, pad):
        if pad.direction != Gst.PadDirection.SRC:
            return
        decode = Gst.parse_bin_from_description(
            "rtpvp8depay ! vp8dec ! fakesink name=sink "
            "signal-handoffs=true sync=false", True)
        decode.get_by_name("sink").connect("handoff", self.on_frame)
        self.pipeline.add(decode)
        decode.sync_state_with_parent()
        pad.link(decode.get_static_pad("sink"))

    def on_frame(self, *_):
        self.frames += 1

    def on_channel(self, _, channel):
        self.channel = channel
        channel.connect("on-message-string", self.on_message)

    def on_message(self, channel, text):
        if text == "ask":
            channel.emit("send-string", "echo")
        else:
            self.echoes += 1

    def ask(self):
        if self.channel and self.channel.get_property("ready-state") \
                == GstWebRTC.WebRTCDataChannelState.OPEN:
            self.channel.emit("send-string", "ask")

    def describe(self, kind, then):
        """Make an "offer" or an "answer", take it, hand it to `then`."""
        def on_made(promise, *_):
            reply = promise.get_reply()     # lends what it holds
            made = reply.get_value(kind)
            self.rtc.emit("set-local-description", made, None)
            then(made)
        self.rtc.emit("create-" + kind, None,
                      Gst.Promise.new_with_change_func(on_made))

    def hear(self, description):
        promise = Gst.Promise.new()
        self.rtc.emit("set-remote-description", description, promise)
        promise.wait()

    def report(self):
        return {"frames": self.frames, "echoes": self.echoes,
                "candidates": self.candidates,
                "state": self.rtc.get_property(
                    "ice-connection-state").value_nick}


class Call:
    """A caller and a callee, and the loop that watches them."""

    def __init__(self, job):
        self.seconds = job["seconds"]
        self.caller, self.callee = Side(job["turn"]), Side(job["turn"])
        self.sides = self.caller, self.callee
        self.caller.other, self.callee.other = self.callee, self.caller
        self.result = {}
        self.n_met = 0
        self.main = GLib.MainLoop()

    def run(self):
        self.caller.rtc.connect(
            "on-negotiation-needed",
            lambda _: self.caller.describe("offer", self.on_offer))
        self.caller.on_channel(None, self.caller.rtc.emit(
            "create-data-channel", "echo", None))
        self.caller.pipeline.set_state(Gst.State.PLAYING)
        self.before = self.reports()
        self.deadline = time.monotonic() + PATIENCE_S
        GLib.timeout_add(100, self.watch)
        self.main.run()
        for side in self.sides:
            side.pipeline.set_state(Gst.State.NULL)
        time.sleep(0.2)             # their last requests go out
        return self.result

    def on_offer(self, offer):
        self.callee.pipeline.set_state(Gst.State.PLAYING)
        self.callee.hear(offer)
        self.callee.describe("answer", self.caller.hear)

    def reports(self):
        return [s.report() for s in self.sides]

    def has_more(self):
        return all(s.frames >= was["frames"] + 5
                   and s.echoes > was["echoes"]
                   for s, was in zip(self.sides, self.before))

    def watch(self):
        """Called all the time: goes from "first" over "later" to "last"."""
        for side in self.sides:
            side.ask()
        late = time.monotonic() > self.deadline
        if "first" not in self.result:
            if late or self.has_more():
                self.result["first"] = self.reports()
                self.deadline = time.monotonic() + self.seconds
                GLib.timeout_add(1000, self.meet)
        elif "later" not in self.result:
            if late:
                self.result["later"] = self.before = self.reports()
                self.deadline = time.monotonic() + PATIENCE_S
        elif late or self.has_more():
            self.result["last"] = self.reports()
            self.main.quit()
        return True

    def meet(self):
        """Tell both of a peer that seems better than what they have."""
        self.n_met += 1
        for side in self.sides:
            side.rtc.emit(
                "add-ice-candidate", 0, "candidate:9 1 UDP 2130706431 "
                f"127.0.1.{self.n_met} 40000 typ host")
        return True


Gst.init(None)
print(json.dumps(Call(json.loads(sys.argv[1])).run()))
