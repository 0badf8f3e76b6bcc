"""Server-sent events: what happens, as it happens."""

import http.client
import json

from harness import SCALE, case, expect, expect_eq, free_ports

TOKEN = "0123456789abcdef0123"


class Follower:
    """GET /api/v1/events, and what comes."""

    def __init__(self, port, query="", last_id=None):
        self.http = http.client.HTTPConnection("127.0.0.1", port,
                                               timeout=5 * SCALE)
        headers = {"Authorization": "Bearer " + TOKEN}
        if last_id:
            headers["Last-Event-ID"] = last_id
        self.http.request("GET", "/api/v1/events" + query, headers=headers)
        self.response = self.http.getresponse()
        expect_eq(200, self.response.status, "status")
        expect_eq("text/event-stream",
                  self.response.getheader("Content-Type"), "type")
        expect_eq({"retry": "3000"}, self.block(), "what comes first")

    def block(self):
        """The fields up to an empty line."""
        fields = {}
        while line := self.response.readline().decode().rstrip("\n"):
            name, value = line.split(":", 1)
            fields[name] = value.removeprefix(" ")
        return fields

    def event(self):
        """The next event: its id and type are those of its envelope."""
        fields = self.block()
        data = json.loads(fields["data"])
        if fields["event"] != "lost":
            expect_eq((fields["id"], fields["event"]),
                      (data["id"], data["type"]), "fields")
        return fields["event"], data


def followed(t):
    port, = free_ports(1)
    server = t.server(apps=[{
        "name": "admin", "tokenFile": t.file("tokens"),
        "tokens": [{"name": "case", "token": TOKEN}],
        "acceptors": [{"ip": "127.0.0.1", "port": port,
                       "protocol": "inboundHttp"}]}])
    return server, port


@case(seconds=2, workers=True)
def events_are_followed(t):
    """All events, or those of some types; who comes back goes on where it
    was; who comes back too late is told."""
    server, port = followed(t)
    everything = Follower(port)
    some = Follower(port, "?types=stream,play.start")
    t.publisher(server, "show").close()
    got = [everything.event() for _ in range(6)]
    expect_eq(["session.open", "publish.start", "stream.start",
               "stream.stop", "publish.stop", "session.close"],
              [name for name, _ in got], "events")
    expect_eq(["stream.start", "stream.stop"],
              [some.event()[0] for _ in range(2)], "chosen events")
    expect_eq({"application": "live", "name": "show"}, got[1][1]["stream"],
              "stream")

    again = Follower(port, last_id=got[2][1]["id"])
    expect_eq(got[3:], [again.event() for _ in range(3)], "what was missed")
    late = Follower(port, last_id="of another time")
    expect_eq([("lost", {"lost": None}), "server.start"],
              [late.event(), late.event()[0]], "told")

    server.stop()
    while (name := everything.event()[0]) != "server.stop":
        expect_eq("session", name.split(".")[0], "until the end")


@case(seconds=2)
def events_are_for_readers(t):
    """Without a token there is nothing; unknown types are an error."""
    server, port = followed(t)
    for query, token, status in (("", None, 401), ("?types=no", TOKEN, 400)):
        client = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        client.request("GET", "/api/v1/events" + query, headers={
            "Authorization": "Bearer " + token} if token else {})
        expect_eq(status, client.getresponse().status, query)


@case(seconds=4)
def events_do_not_wait(t):
    """A follower that reads nothing costs nothing and delays nobody; when it
    reads again it is told how many events it has lost."""
    server, port = followed(t)
    deaf, quick = Follower(port), Follower(port)
    for i in range(16):
        publishers = [t.publisher(server, f"s{n}") for n in range(40)]
        for publisher in publishers:
            publisher.close()
        for _ in range(40 * 6):
            expect(quick.event()[0] != "lost", "the quick one gets all")
    names = []
    while not names or names[-1] != "lost":
        names.append(deaf.event()[0])
    expect(len(names) < 16 * 40 * 6, "some were lost")
