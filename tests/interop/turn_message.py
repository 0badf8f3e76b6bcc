"""STUN messages and ChannelData as bytes (RFC 8489, 8656, and what builds on
them), written so that anything may be wrong, and read so that nothing is."""

import enum
import hashlib
import hmac
import ipaddress
import os
import struct
import zlib
from collections import namedtuple

COOKIE = 0x2112A442
FINGERPRINT_XOR = 0x5354554E

BINDING, ALLOCATE, REFRESH, SEND, DATA = 1, 3, 4, 6, 7
CREATE_PERMISSION, CHANNEL_BIND = 8, 9
CONNECT, CONNECTION_BIND, CONNECTION_ATTEMPT = 10, 11, 12

REQUEST, INDICATION, SUCCESS, ERROR = 0, 1, 2, 3

UDP, TCP = 17, 6                        # REQUESTED-TRANSPORT
IPV4, IPV6 = 1, 2                       # address families
MD5, SHA256 = 1, 2                      # PASSWORD-ALGORITHM


class A(enum.IntEnum):
    """The numbers of attributes, by the names that the RFCs give them."""
    MAPPED_ADDRESS = 0x0001
    CHANGE_REQUEST = 0x0003
    USERNAME = 0x0006
    MESSAGE_INTEGRITY = 0x0008
    ERROR_CODE = 0x0009
    UNKNOWN_ATTRIBUTES = 0x000A
    CHANNEL_NUMBER = 0x000C
    LIFETIME = 0x000D
    XOR_PEER_ADDRESS = 0x0012
    DATA = 0x0013
    REALM = 0x0014
    NONCE = 0x0015
    XOR_RELAYED_ADDRESS = 0x0016
    REQUESTED_ADDRESS_FAMILY = 0x0017
    EVEN_PORT = 0x0018
    REQUESTED_TRANSPORT = 0x0019
    DONT_FRAGMENT = 0x001A
    ACCESS_TOKEN = 0x001B
    MESSAGE_INTEGRITY_SHA256 = 0x001C
    PASSWORD_ALGORITHM = 0x001D
    USERHASH = 0x001E
    XOR_MAPPED_ADDRESS = 0x0020
    RESERVATION_TOKEN = 0x0022
    PRIORITY = 0x0024
    PADDING = 0x0026
    RESPONSE_PORT = 0x0027
    CONNECTION_ID = 0x002A
    ADDITIONAL_ADDRESS_FAMILY = 0x8000
    ADDRESS_ERROR_CODE = 0x8001
    PASSWORD_ALGORITHMS = 0x8002
    ALTERNATE_DOMAIN = 0x8003
    ICMP = 0x8004
    SOFTWARE = 0x8022
    ALTERNATE_SERVER = 0x8023
    FINGERPRINT = 0x8028
    RESPONSE_ORIGIN = 0x802B
    OTHER_ADDRESS = 0x802C
    THIRD_PARTY_AUTHORIZATION = 0x802E
    MOBILITY_TICKET = 0x8030


XORED = {A.XOR_PEER_ADDRESS, A.XOR_RELAYED_ADDRESS, A.XOR_MAPPED_ADDRESS}

# Integers: as a struct has them, with what is reserved behind or before.
INTEGERS = {
    A.CHANNEL_NUMBER: ">Hxx", A.LIFETIME: ">I", A.CONNECTION_ID: ">I",
    A.REQUESTED_TRANSPORT: ">Bxxx", A.REQUESTED_ADDRESS_FAMILY: ">Bxxx",
    A.ADDITIONAL_ADDRESS_FAMILY: ">Bxxx", A.EVEN_PORT: ">B",
    A.PASSWORD_ALGORITHM: ">Hxx", A.CHANGE_REQUEST: ">I",
    A.RESPONSE_PORT: ">Hxx",
}

# Integrities: their digest.
DIGESTS = {A.MESSAGE_INTEGRITY: hashlib.sha1,
           A.MESSAGE_INTEGRITY_SHA256: hashlib.sha256}


class Error(Exception):
    """The peer did something else than it should."""


ChannelData = namedtuple("ChannelData", "number data")


# -- writing -----------------------------------------------------------------

def attr(type, value=b"", length=None):
    """One attribute with its padding; `length` is what it claims to have."""
    if length is None:
        length = len(value)
    return struct.pack(">HH", type, length) + value + bytes(-len(value) % 4)


def write_value(type, value, tid):
    """Bytes stay as they are; text, integers and (ip, port) are encoded as
    the attribute wants them."""
    if isinstance(value, bytes):
        return value
    if isinstance(value, str):
        return value.encode()
    if isinstance(value, tuple):
        return write_addr(value, tid if type in XORED else None)
    return struct.pack(INTEGERS[type], value)


def write_addr(addr, tid=None):
    """An address, xored if there is a transaction id."""
    ip, port = ipaddress.ip_address(addr[0]), addr[1]
    family = IPV4 if ip.version == 4 else IPV6
    host = ip.packed
    if tid is not None:
        port ^= COOKIE >> 16
        mask = struct.pack(">I", COOKIE) + tid
        host = bytes(a ^ b for a, b in zip(host, mask))
    return struct.pack(">xBH", family, port) + host


def write_header(method, cls, tid, length, cookie=COOKIE):
    type = ((method & 0xF80) << 2 | (method & 0x70) << 1 | method & 0xF
            | (cls & 2) << 7 | (cls & 1) << 4)
    return struct.pack(">HHI", type, length, cookie) + tid


def write_message(method, cls, attrs=(), tid=None, key=None,
                  integrity=A.MESSAGE_INTEGRITY, behind=(),
                  fingerprint=False):
    """A message.

    attrs: (type, value) each, or bytes that go in as they are.
    key: for the integrity; None: without.
    behind: attributes that follow the integrity."""
    tid = tid or os.urandom(12)

    def encode(attrs):
        return b"".join(
            a if isinstance(a, bytes)
            else attr(a[0], write_value(a[0], a[1] if len(a) > 1 else b"",
                                        tid)) for a in attrs)

    body = encode(attrs)
    if key is not None:
        body += attr(integrity, sign(method, cls, tid, body, key, integrity))
    body += encode(behind)
    if fingerprint:
        head = write_header(method, cls, tid, len(body) + 8)
        body += attr(A.FINGERPRINT, write_crc(head + body))
    return write_header(method, cls, tid, len(body)) + body


def sign(method, cls, tid, body, key, integrity):
    """The HMAC of a message with this body; the length in its header ends
    with the integrity itself (RFC 8489 s14.5)."""
    digest = DIGESTS[integrity]
    head = write_header(method, cls, tid,
                        len(body) + 4 + digest().digest_size)
    return hmac.new(key, head + body, digest).digest()


def write_crc(data):
    return struct.pack(">I", zlib.crc32(data) ^ FINGERPRINT_XOR)


def channel_data(number, data, length=None, padded=False):
    """A ChannelData message; padded as streams need it."""
    if length is None:
        length = len(data)
    padding = bytes(-len(data) % 4) if padded else b""
    return struct.pack(">HH", number, length) + data + padding


# -- reading -----------------------------------------------------------------

class Message:
    """A STUN message as it came; raises Error unless it is well formed."""

    def __init__(self, data):
        self.raw = data
        if len(data) < 20:
            raise Error(f"a message of {len(data)} bytes: {data.hex()}")
        type, length, cookie = struct.unpack_from(">HHI", data)
        if type >> 14 or cookie != COOKIE or length != len(data) - 20:
            raise Error(f"not a STUN message: {data[:40].hex()}")
        self.cls = (type >> 7 & 2) | (type >> 4 & 1)
        self.method = (type >> 2 & 0xF80) | (type >> 1 & 0x70) | type & 0xF
        self.tid = data[8:20]
        self.attrs = []                 # (type, value, where it starts)
        at = 20
        while at < len(data):
            at = self._read_attr(at)

    def _read_attr(self, at):
        type, length = struct.unpack_from(">HH", self.raw, at)
        end = at + 4 + length
        padding = self.raw[end:end + -length % 4]
        if len(padding) != -length % 4 or end > len(self.raw):
            raise Error(f"attribute {type:#06x} goes beyond the message")
        if any(padding):
            raise Error(f"attribute {type:#06x} is padded with {padding}")
        self.attrs.append((type, self.raw[at + 4:end], at))
        return end + len(padding)

    def all(self, type):
        return [value for t, value, _ in self.attrs if t == type]

    def get(self, type):
        """Its first value as it came, or None."""
        return next(iter(self.all(type)), None)

    def has(self, type):
        return self.get(type) is not None

    def text(self, type):
        value = self.get(type)
        return None if value is None else value.decode()

    def number(self, type):
        value = self.get(type)
        return None if value is None else \
            struct.unpack(INTEGERS[type], value)[0]

    def addrs(self, type):
        return [read_addr(v, self.tid if type in XORED else None)
                for v in self.all(type)]

    def addr(self, type):
        return next(iter(self.addrs(type)), None)

    @property
    def code(self):
        """The error's code, None if it is none."""
        value = self.get(A.ERROR_CODE)
        return value and (value[2] & 7) * 100 + value[3]

    @property
    def unknown(self):
        """The list of UNKNOWN-ATTRIBUTES."""
        value = self.get(A.UNKNOWN_ATTRIBUTES)
        return list(struct.unpack(f">{len(value) // 2}H", value))

    @property
    def integrity(self):
        """Which integrity it has, None if none."""
        return next((A(t) for t, _, _ in self.attrs if t in DIGESTS), None)

    def check_integrity(self, key):
        """Each integrity there is, fits the key."""
        for type, value, at in self.attrs:
            if type in DIGESTS and value != sign(
                    self.method, self.cls, self.tid, self.raw[20:at], key,
                    type):
                raise Error(f"{A(type).name} does not fit in {self}")

    def check_fingerprint(self):
        """FINGERPRINT, if there is one, is the last and right."""
        value = self.get(A.FINGERPRINT)
        if value is None:
            return
        if self.attrs[-1][0] != A.FINGERPRINT:
            raise Error(f"FINGERPRINT is not the last in {self}")
        if value != write_crc(self.raw[:-8]):
            raise Error(f"FINGERPRINT does not fit in {self}")

    def __repr__(self):
        names = {int(a): a.name for a in A}
        what = ", ".join(f"{names.get(t, hex(t))}={v.hex()}"
                         for t, v, _ in self.attrs)
        code = f" {self.code}" if self.code else ""
        return f"<method {self.method} class {self.cls}{code}: {what}>"


def read_addr(value, tid=None):
    """(ip, port) of an address attribute."""
    family, port = struct.unpack_from(">xBH", value)
    host = value[4:]
    if (family, len(host)) not in ((IPV4, 4), (IPV6, 16)):
        raise Error(f"not an address: {value.hex()}")
    if tid is not None:
        port ^= COOKIE >> 16
        mask = struct.pack(">I", COOKIE) + tid
        host = bytes(a ^ b for a, b in zip(host, mask))
    return str(ipaddress.ip_address(host)), port


def frame_len(data, is_stream):
    """How long the message at the start of `data` is, None if that cannot
    be known yet.  On streams ChannelData is padded (RFC 8656 s12.5)."""
    if len(data) < 4:
        return None
    length = struct.unpack_from(">H", data, 2)[0]
    if data[0] < 0x40:
        return 20 + length
    if data[0] < 0x80:
        return 4 + length + (-length % 4 if is_stream else 0)
    raise Error(f"neither STUN nor ChannelData: {data[:20].hex()}")


def read_frame(data):
    """A Message or ChannelData out of a frame; the padding may be there."""
    if data[0] < 0x40:
        return Message(data)
    number, length = struct.unpack_from(">HH", data)
    if len(data) - 4 < length:
        raise Error(f"ChannelData of {length} bytes has {len(data) - 4}")
    return ChannelData(number, data[4:4 + length])
