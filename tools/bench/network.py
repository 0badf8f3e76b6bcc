#!/usr/bin/env python3
"""Two network namespaces with a cable (veth) between them: "server" and
"load".  Trains of datagrams are cut into packets on the way out, and put
together on the way in, as network cards have it done; on loopback they go
through whole.  Only for root.

As a program, within a namespace: network.py DEVICE sets this up for one."""
import array
import fcntl
import os
import socket
import struct
import subprocess
import sys

IPS = {"server": "198.18.0.1", "load": "198.18.0.2"}
# linux/sockios.h, linux/ethtool.h
SIOCETHTOOL = 0x8946
GSTRINGS, GSSET_INFO, SFEATURES = 0x1b, 0x37, 0x3b
SS_FEATURES = 4
STRING_LEN = 32
WANTED = {"tx-udp-segmentation": False, "rx-gro": True}


def ethtool(device, request):
    """Ask the device; the answer is in `request`."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        fcntl.ioctl(s, SIOCETHTOOL, struct.pack(
            "16sP16x", device.encode(), request.buffer_info()[0]))


def feature_names(device):
    info = array.array("B", struct.pack("=IIQI", GSSET_INFO, 0,
                                        1 << SS_FEATURES, 0))
    ethtool(device, info)
    n, = struct.unpack_from("=I", info, 16)
    names = array.array("B", struct.pack("=III", GSTRINGS, SS_FEATURES, n)
                        + bytes(n * STRING_LEN))
    ethtool(device, names)
    text = names.tobytes()[12:]
    return [text[i:i + STRING_LEN].split(b"\0")[0].decode()
            for i in range(0, len(text), STRING_LEN)]


def set_features(device):
    names = feature_names(device)
    blocks = [[0, 0] for _ in range((len(names) + 31) // 32)]
    for name, is_on in WANTED.items():
        i = names.index(name)
        blocks[i // 32][0] |= 1 << i % 32
        blocks[i // 32][1] |= is_on << i % 32
    ethtool(device, array.array("B", struct.pack(
        "=II", SFEATURES, len(blocks)) + b"".join(
            struct.pack("=II", *block) for block in blocks)))


class Network:
    def __init__(self):
        self.names = {side: f"sluice-{os.getpid()}-{side}" for side in IPS}

    @staticmethod
    def ip(*words):
        subprocess.run(["ip", *words], check=True)

    def command(self, side):
        """What to put before a command that shall run there."""
        return ["ip", "netns", "exec", self.names[side]]

    def __enter__(self):
        for name in self.names.values():
            self.ip("netns", "add", name)
        self.ip("link", "add", "cable", "netns", self.names["server"],
                "type", "veth", "peer", "name", "cable",
                "netns", self.names["load"])
        for side, name in self.names.items():
            self.ip("-n", name, "addr", "add", IPS[side] + "/24", "dev",
                    "cable")
            for device in ("lo", "cable"):
                self.ip("-n", name, "link", "set", device, "up")
            subprocess.run(self.command(side) + [
                sys.executable, __file__, "cable"], check=True)
        return self

    def __exit__(self, *_):
        for name in self.names.values():
            subprocess.run(["ip", "netns", "del", name], check=False)


if __name__ == "__main__":
    set_features(sys.argv[1])
