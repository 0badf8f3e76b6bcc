"""A small RTMP client, for what ffmpeg and its like cannot be made to do.

It speaks plainly and listens strictly: simple handshake, AMF0, full chunk
headers out; every form of chunk in.  One thread, a blocking socket, and an
inbox in which whatever has arrived waits until somebody asks for it.

    client = rtmp.Client("127.0.0.1", 1935)
    client.connect("live")
    stream = client.create_stream()
    client.publish(stream, "name")
"""

import os
import select
import socket
import ssl
import struct
import time

SET_CHUNK_SIZE, ABORT, ACK, USER, WINDOW, BANDWIDTH = 1, 2, 3, 4, 5, 6
AUDIO, VIDEO, DATA, COMMAND, AGGREGATE = 8, 9, 18, 20, 22
DATA3, COMMAND3 = 15, 17

STREAM_BEGIN, STREAM_EOF, PING, PONG = 0, 1, 6, 7

CHUNK_SIZE_OUT = 4096
HANDSHAKE_LEN = 1 + 1536 + 1536


class Error(Exception):
    """The peer did something else than it should."""


class Closed(Error):
    """The peer closed the connection."""


class Refused(Error):
    """The peer answered with _error; .info is its information object."""

    def __init__(self, name, info):
        super().__init__(f"{name} refused: {info}")
        self.info = info


class Undefined:
    """AMF0's undefined, which is not null."""


# -- AMF0 (amf0.txt) ---------------------------------------------------------

def amf_print(*values):
    return b"".join(amf_print_one(v) for v in values)


def amf_print_one(v):
    if v is None:
        return b"\x05"
    if v is Undefined:
        return b"\x06"
    if isinstance(v, bool):
        return bytes([1, v])
    if isinstance(v, (int, float)):
        return b"\x00" + struct.pack(">d", v)
    if isinstance(v, str):
        text = v.encode()
        if len(text) > 0xffff:
            return b"\x0c" + struct.pack(">I", len(text)) + text
        return b"\x02" + struct.pack(">H", len(text)) + text
    if isinstance(v, dict):
        return b"\x03" + amf_print_pairs(v)
    if isinstance(v, list):
        return b"\x0a" + struct.pack(">I", len(v)) + amf_print(*v)
    raise TypeError(v)


def amf_print_pairs(pairs):
    out = b""
    for key, v in pairs.items():
        out += struct.pack(">H", len(key.encode())) + key.encode()
        out += amf_print_one(v)
    return out + b"\x00\x00\x09"


def amf_parse(data):
    """All values in `data`."""
    values, at = [], 0
    while at < len(data):
        v, at = amf_parse_one(data, at)
        values.append(v)
    return values


def amf_parse_one(data, at):
    kind, at = data[at], at + 1
    if kind == 0:
        return struct.unpack_from(">d", data, at)[0], at + 8
    if kind == 1:
        return bool(data[at]), at + 1
    if kind in (2, 12):
        return amf_parse_text(data, at, ">H" if kind == 2 else ">I")
    if kind == 3:
        return amf_parse_pairs(data, at)
    if kind == 8:
        return amf_parse_pairs(data, at + 4)
    if kind in (5, 6):
        return None, at
    if kind == 10:
        n, values = struct.unpack_from(">I", data, at)[0], []
        at += 4
        for _ in range(n):
            v, at = amf_parse_one(data, at)
            values.append(v)
        return values, at
    if kind == 11:
        return struct.unpack_from(">d", data, at)[0], at + 10
    raise Error(f"AMF0 type {kind}")


def amf_parse_text(data, at, size):
    n = struct.unpack_from(size, data, at)[0]
    at += struct.calcsize(size)
    return data[at:at + n].decode(), at + n


def amf_parse_pairs(data, at):
    pairs = {}
    while True:
        key, at = amf_parse_text(data, at, ">H")
        if not key and data[at] == 9:
            return pairs, at + 1
        pairs[key], at = amf_parse_one(data, at)


# -- messages ----------------------------------------------------------------

class Message:
    """One message as it came: type, stream id, time in ms, payload."""

    def __init__(self, type, stream, time, data):
        self.type = type
        self.stream = stream
        self.time = time
        self.data = data

    @property
    def values(self):
        """The AMF0 values of a command or data message."""
        return amf_parse(self.data)

    @property
    def event(self):
        """(type, parameter bytes) of a user control message."""
        return struct.unpack(">H", self.data[:2])[0], self.data[2:]

    def is_media(self):
        return self.type in (AUDIO, VIDEO)

    def __repr__(self):
        what = self.data[:12].hex(" ")
        if self.type in (COMMAND, DATA):
            what = repr(self.values)
        return f"<{self.type} stream {self.stream} at {self.time}: {what}>"


class ChunkStream:
    """What the headers of one chunk stream id left out refer to."""

    def __init__(self):
        self.time = self.delta = self.len = self.type = self.stream = 0
        self.has_ext = False
        self.data = b""


class Client:
    """One connection.  Waits end after `timeout` seconds with an Error."""

    def __init__(self, host, port, tls=None, timeout=5.0, rcvbuf=0):
        self.timeout = timeout
        self.buf = b""
        self.n_in = self.n_out = self.n_acked = 0
        self.window_in = 0              # what the peer wants acked
        self.chunk_in = self.chunk_out = 128
        self.chunks = {}
        self.inbox = []
        self.acks = []                  # sequence numbers the peer acked
        self.events = []                # user control messages
        self.window = self.bandwidth = None
        self.app = self.tc_url = None
        self.transaction = 0
        self.host, self.port, self.tls = host, port, tls
        self.sock = socket.socket(socket.AF_INET6 if ":" in host
                                  else socket.AF_INET)
        if rcvbuf:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, rcvbuf)
        self.sock.settimeout(timeout)
        self.sock.connect((host, port))
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if tls:
            self.sock = tls.wrap_socket(self.sock, server_hostname=host)
        self._handshake()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.sock.close()

    def drop(self):
        """Go away as a crashed peer does: a reset instead of an end."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                             struct.pack("ii", 1, 0))
        self.sock.close()

    # -- bytes

    def _handshake(self):
        c1 = struct.pack(">II", 0, 0) + os.urandom(1528)
        self.sock.sendall(b"\x03" + c1)
        answer = self._take(1 + 1536)
        if answer[0] != 3:
            raise Error(f"RTMP version {answer[0]}")
        self.sock.sendall(answer[1:])
        s2 = self._take(1536)
        if s2[8:] != c1[8:]:
            raise Error("S2 does not echo C1")
        self.n_in = 0

    def _fill(self, deadline):
        """Read more; False when `deadline` came first."""
        self.sock.settimeout(max(deadline - time.monotonic(), 0.001))
        try:
            got = self.sock.recv(65536)
        except (TimeoutError, ssl.SSLWantReadError):
            return False
        except ConnectionError as e:
            raise Closed(str(e)) from e
        finally:
            self.sock.settimeout(self.timeout)
        if not got:
            raise Closed("the peer closed the connection")
        self.buf += got
        self.n_in += len(got)
        return True

    def _take(self, n):
        deadline = time.monotonic() + self.timeout
        while len(self.buf) < n:
            if not self._fill(deadline):
                raise Error(f"no {n} bytes in {self.timeout} s")
        out, self.buf = self.buf[:n], self.buf[n:]
        return out

    def send_bytes(self, data):
        try:
            self.sock.sendall(data)
        except ConnectionError as e:
            raise Closed(str(e)) from e
        self.n_out += len(data)

    # -- chunks (rtmp-1.0.txt 5.3)

    def send(self, type, data, stream=0, time=0, chunk_stream=3):
        ext = struct.pack(">I", time) if time >= 0xffffff else b""
        head = struct.pack(">B", chunk_stream)
        head += struct.pack(">I", min(time, 0xffffff))[1:]
        head += struct.pack(">I", len(data))[1:] + bytes([type])
        head += struct.pack("<I", stream) + ext
        out, at = head, 0
        while True:
            out += data[at:at + self.chunk_out]
            at += self.chunk_out
            if at >= len(data):
                break
            out += bytes([0xc0 | chunk_stream]) + ext
        self.send_bytes(out)

    def _parse_chunk(self):
        """One chunk off the buffer; False when it is not complete, None or
        the message that it completes otherwise."""
        b, at = self.buf, 1
        if not b:
            return False
        fmt, cs = b[0] >> 6, b[0] & 63
        extra = {0: 1, 1: 2}.get(cs, 0)
        if len(b) < 1 + extra:
            return False
        if extra:
            cs, at = 64 + int.from_bytes(b[1:1 + extra], "little"), 1 + extra
        head = (11, 7, 3, 0)[fmt]
        c = self.chunks.get(cs) or ChunkStream()
        if len(b) < at + head:
            return False
        ts, length, type, stream = c.delta, c.len, c.type, c.stream
        has_ext = c.has_ext
        if fmt < 3:
            ts = int.from_bytes(b[at:at + 3], "big")
            has_ext = ts == 0xffffff
        if fmt < 2:
            length, type = int.from_bytes(b[at + 3:at + 6], "big"), b[at + 6]
        if fmt == 0:
            stream = int.from_bytes(b[at + 7:at + 11], "little")
        at += head
        if has_ext:
            if len(b) < at + 4:
                return False
            if fmt < 3:
                ts = int.from_bytes(b[at:at + 4], "big")
            at += 4
        n = min(self.chunk_in, length - len(c.data))
        if len(b) < at + n:
            return False
        if not c.data:
            c.time = ts if fmt == 0 else (c.time + ts) & 0xffffffff
            # A fmt 3 after a fmt 0 repeats the time as a delta (5.3.1.2.4).
            c.delta = ts
        elif fmt != 3:
            raise Error(f"chunk stream {cs}: a header inside a message")
        c.len, c.type, c.stream, c.has_ext = length, type, stream, has_ext
        c.data += b[at:at + n]
        self.buf = b[at + n:]
        self.chunks[cs] = c
        if len(c.data) < length:
            return None
        m = Message(type, stream, c.time, c.data)
        c.data = b""
        return m

    # -- messages

    def _on_message(self, m):
        """Do what the protocol demands; the rest goes into the inbox."""
        if m.type == SET_CHUNK_SIZE:
            self.chunk_in = struct.unpack(">I", m.data)[0]
        elif m.type == ACK:
            self.acks.append(struct.unpack(">I", m.data)[0])
        elif m.type == WINDOW:
            self.window = self.window_in = struct.unpack(">I", m.data)[0]
        elif m.type == BANDWIDTH:
            self.bandwidth = struct.unpack(">IB", m.data)
        elif m.type == USER:
            self.events.append(m.event)
            if m.event[0] == PING:
                self.send(USER, struct.pack(">H", PONG) + m.event[1],
                          chunk_stream=2)
        else:
            if m.type in (COMMAND3, DATA3):
                # A byte in front, then AMF0 as ever (rtmp-1.0.txt 7.1.1).
                m.type, m.data = m.type + 3, m.data[1:]
            self.inbox.append(m)
        if self.window_in and self.n_in - self.n_acked > self.window_in // 2:
            self.n_acked = self.n_in
            self.send(ACK, struct.pack(">I", self.n_in & 0xffffffff),
                      chunk_stream=2)

    def pump(self, seconds=0.0):
        """Receive what comes within `seconds` (0: what is there already)."""
        deadline = time.monotonic() + seconds
        while True:
            while (m := self._parse_chunk()) is not False:
                if m:
                    self._on_message(m)
            if not self._fill(deadline):
                return

    def wait(self, want, what, timeout=None):
        """The first message that `want(message)` is true for."""
        timeout = timeout or self.timeout
        deadline = time.monotonic() + timeout
        while True:
            for i, m in enumerate(self.inbox):
                if want(m):
                    return self.inbox.pop(i)
            m = self._parse_chunk()
            if m:
                self._on_message(m)
            elif m is False and not self._fill(deadline):
                raise Error(f"no {what} in {timeout} s; "
                            f"waiting: {self.inbox[:5]}")

    def take(self, want):
        """All messages in the inbox that `want` is true for."""
        out = [m for m in self.inbox if want(m)]
        self.inbox = [m for m in self.inbox if not want(m)]
        return out

    def wait_event(self, kind, timeout=None):
        """The parameter of the next user control event of this kind."""
        deadline = time.monotonic() + (timeout or self.timeout)
        while True:
            for i, (k, data) in enumerate(self.events):
                if k == kind:
                    self.events.pop(i)
                    return data
            if time.monotonic() > deadline:
                raise Error(f"no user control event {kind}")
            self.pump(0.05)

    def wait_closed(self, timeout=None):
        """Read until the peer closes."""
        try:
            self.pump(timeout or self.timeout)
        except Closed:
            return
        raise Error("the peer did not close the connection")

    def sync(self):
        """Wait until the peer has read all that was sent so far."""
        self.send(USER, struct.pack(">HI", PING, 1), chunk_stream=2)
        self.wait_event(PONG)

    # -- commands

    def command(self, name, *args, stream=0):
        """Send a command without waiting; the transaction id."""
        self.transaction += 1
        self.send(COMMAND, amf_print(name, self.transaction, *args), stream)
        return self.transaction

    def call(self, name, *args, stream=0):
        """Send a command and return its result's values."""
        n = self.command(name, *args, stream=stream)
        m = self.wait(lambda m: m.type == COMMAND
                      and m.values[0] in ("_result", "_error")
                      and m.values[1] == n, f"answer to {name}")
        if m.values[0] == "_error":
            raise Refused(name, m.values[-1])
        return m.values[2:]

    def connect(self, app="live", tc_url=None, **fields):
        """The information object of the answer; Refused if it is none."""
        scheme = "rtmps" if self.tls else "rtmp"
        host = f"[{self.host}]" if ":" in self.host else self.host
        self.app = app
        self.tc_url = tc_url or f"{scheme}://{host}:{self.port}/{app}"
        args = {"app": app, "type": "nonprivate",
                "flashVer": "FMLE/3.0 (compatible; FMSc/1.0)",
                "swfUrl": self.tc_url, "tcUrl": self.tc_url} | fields
        answer = self.call("connect", args)
        self.send(SET_CHUNK_SIZE, struct.pack(">I", CHUNK_SIZE_OUT),
                  chunk_stream=2)
        self.chunk_out = CHUNK_SIZE_OUT
        return answer[-1]

    def create_stream(self):
        return int(self.call("createStream", None)[-1])

    def wait_status(self, stream=None, code=None, timeout=None):
        """The next onStatus information object (of this stream, this code)."""
        m = self.wait(lambda m: m.type == COMMAND
                      and m.values[0] == "onStatus"
                      and stream in (None, m.stream)
                      and code in (None, m.values[-1].get("code")),
                      f"onStatus {code or ''}", timeout)
        return m.values[-1]

    def publish(self, stream, name, kind="live"):
        """Publish; the information object of the answer, good or bad."""
        self.command("publish", None, name, kind, stream=stream)
        return self.wait_status(stream)

    def play(self, stream, name):
        """Ask to play, without waiting for an answer."""
        self.command("play", None, name, -2, stream=stream)

    def wait_media(self, stream=None, type=None, want=None, timeout=None):
        """The next audio or video message."""
        return self.wait(lambda m: m.is_media()
                         and stream in (None, m.stream)
                         and type in (None, m.type)
                         and (want is None or want in m.data),
                         "media", timeout)


# -- media made up for the purpose -------------------------------------------
# Each frame carries a text, by which it is known again on the other side.

_SPS = bytes.fromhex("6764001eacd940a02ff97011000003000100000300320f162d96")
_PPS = bytes.fromhex("68efbcb0")
AVC_HEADER = (b"\x17\x00\x00\x00\x00\x01\x64\x00\x1e\xff\xe1"
              + struct.pack(">H", len(_SPS)) + _SPS
              + b"\x01" + struct.pack(">H", len(_PPS)) + _PPS
              + b"\xfd\xf8\xf8\x00")
AAC_HEADER = b"\xaf\x00\x12\x10"

# Enhanced RTMP: sequence start of HEVC, as x265 makes it for 640x360.
HEVC_HEADER = b"\x90hvc1" + bytes.fromhex(
    "010160000000900000000000" "3ff000fcfdf8f800000f03a0000100184001"
    "0c01ffff01600000030090000003000003003f959809a1000100"
    "2a4201010160000003009000000300000300"
    "3fa00502016965959a4932bc05a020000003002000000303"
    "21a20001000744" "01c172b46240")


def _nal(type, text):
    body = bytes([type]) + text.encode() + bytes(64)
    return struct.pack(">I", len(body)) + body


def key_frame(text):
    return b"\x17\x01\x00\x00\x00" + _nal(0x65, text)


def inter_frame(text):
    return b"\x27\x01\x00\x00\x00" + _nal(0x41, text)


def hevc_frame(text, is_key):
    """CodedFrames with a composition time of 0."""
    return ((b"\x91" if is_key else b"\xa1") + b"hvc1" + bytes(3)
            + _nal(0x26 if is_key else 0x02, "\x01" + text))


def audio_frame(text):
    return b"\xaf\x01" + text.encode() + bytes(16)


class Publisher(Client):
    """A client that publishes `name` with AVC and AAC headers sent."""

    def __init__(self, host, port, name, app="live", headers=True, **options):
        super().__init__(host, port, **options)
        self.connect(app)
        self.stream = self.create_stream()
        self.status = self.publish(self.stream, name)
        self.time = 0
        if headers and self.status["code"] == "NetStream.Publish.Start":
            self.media(VIDEO, AVC_HEADER, 0)
            self.media(AUDIO, AAC_HEADER, 0)

    def media(self, type, data, time):
        self.time = time
        self.send(type, data, self.stream, time, 4 if type == AUDIO else 6)

    def key(self, text, time):
        self.media(VIDEO, key_frame(text), time)

    def inter(self, text, time):
        self.media(VIDEO, inter_frame(text), time)

    def audio(self, text, time):
        self.media(AUDIO, audio_frame(text), time)


class Viewer(Client):
    """A client that plays `name`."""

    def __init__(self, host, port, name, app="live", **options):
        super().__init__(host, port, **options)
        self.connect(app)
        self.stream = self.create_stream()
        self.play(self.stream, name)

    def frame(self, text, timeout=None):
        """Wait for the frame that carries `text`."""
        return self.wait_media(self.stream, want=text.encode(),
                               timeout=timeout)
