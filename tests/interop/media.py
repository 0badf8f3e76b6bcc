"""Clips, and the comparison of what was sent with what came out."""

import fcntl
import json
import os
import subprocess

KINDS = ("video", "audio")
GOP_FRAMES = 50         # 2 s at 25 frames a second
AUDIO_START_MS = 500    # how far from the key frame the audio may start


class Packet:
    """One packet as a demuxer gives it; times in ms."""

    def __init__(self, dts, pts, size, digest, is_key=False):
        self.dts = dts
        self.pts = pts
        self.size = size
        self.digest = digest
        self.is_key = is_key


class Packets(dict):
    """Packets in decoding order by kind; .config: digests by kind of the
    codec configuration."""

    def __init__(self):
        super().__init__({kind: [] for kind in KINDS})
        self.config = {}


class Clip:
    """An FLV file: H.264 with B-frames and AAC, no two packets alike."""

    def __init__(self, path):
        self.path = path
        self.packets = Packets()
        said = probe(path, "-show_data_hash", "md5", "-show_entries",
                     "packet=codec_type,dts,pts,size,flags,data_hash:"
                     "stream=codec_type,extradata_hash")
        for p in said["packets"]:
            self.packets[p["codec_type"]].append(
                Packet(p["dts"], p["pts"], int(p["size"]),
                       digest(p["data_hash"]), "K" in p["flags"]))
        for s in said["streams"]:
            self.packets.config[s["codec_type"]] = digest(s["extradata_hash"])


def make_clip(build, seconds):
    """The clip of that length, made once for all cases."""
    folder = build / "clips"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"clip{seconds}.flv"
    with open(folder / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not path.exists():
            part = path.with_suffix(".part")
            subprocess.run(
                ["ffmpeg", "-hide_banner", "-loglevel", "error", "-y",
                 "-f", "lavfi", "-i", "testsrc2=size=640x360:rate=25",
                 "-f", "lavfi", "-i", "anoisesrc=a=0.1:r=44100",
                 "-t", str(seconds), "-pix_fmt", "yuv420p",
                 "-c:v", "libx264", "-preset", "veryfast", "-b:v", "800k",
                 "-g", str(GOP_FRAMES), "-bf", "2",
                 "-x264-params", "b-adapt=0:scenecut=0",
                 "-c:a", "aac", "-b:a", "96k", "-ac", "2", "-f", "flv", part],
                check=True, stdin=subprocess.DEVNULL)
            os.rename(part, path)
    return Clip(path)


def probe(source, *args):
    """What ffprobe says of a file or URL."""
    out = subprocess.run(["ffprobe", "-v", "error", "-of", "json", *args,
                          str(source)], capture_output=True,
                         stdin=subprocess.DEVNULL, timeout=60)
    if out.returncode:
        raise OSError(f"ffprobe: {out.stderr.decode()}")
    return json.loads(out.stdout)


def digest(text):
    """The digest in ffprobe's "MD5:..."."""
    return text.lower().removeprefix("md5:")


def read_packets(path):
    """Packets from a file of ffmpeg's framehash muxer."""
    kinds, configs, packets = {}, {}, Packets()
    for line in path.read_text().splitlines():
        if line.startswith("#media_type "):
            index, kind = line.removeprefix("#media_type ").split(": ")
            kinds[index] = kind
        if line.startswith("#extradata "):
            index, _, hash = line.removeprefix("#extradata ").split(",")
            configs[index] = hash.strip()
        if line.startswith("#"):
            continue
        index, dts, pts, _, size, hash = \
            [f.strip() for f in line.split(",")[:6]]
        packets[kinds[index]].append(
            Packet(int(dts), int(pts), int(size), hash))
    for index, hash in configs.items():
        packets.config[kinds[index]] = hash
    return packets


def difference(clip, got, whole=False, slack_ms=0, n_lost=0):
    """What is wrong with the packets `got`, or None.

    From their first video packet, a key frame, to the end of the clip they
    must be the clip's, in order, none missing or added, with timestamps that
    differ by one constant.  whole: from the clip's first packet on.
    For peers that are less exact themselves: slack_ms: how far timestamps
    may be off; n_lost: how many packets may be missing at the end."""
    offsets, start_dts = set(), 0
    for kind in KINDS:
        want, have = clip.packets[kind], got[kind]
        if not have:
            return f"no {kind} packet"
        if got.config.get(kind) != clip.packets.config[kind]:
            return f"{kind}: another codec configuration"
        first = next((i for i, p in enumerate(want)
                      if p.digest == have[0].digest), None)
        if first is None:
            return f"{kind}: the first packet is none of the clip's"
        if whole and first:
            return f"{kind}: starts at packet {first}, not at the first"
        if kind == "video":
            start_dts = want[first].dts
            if not want[first].is_key:
                return f"video: starts at packet {first}, no key frame"
        elif abs(want[first].dts - start_dts) > AUDIO_START_MS:
            return (f"audio: starts at {want[first].dts} ms, "
                    f"video at {start_dts} ms")
        for n, (w, h) in enumerate(zip(want[first:], have), first):
            if w.digest != h.digest:
                return (f"{kind}: packet {n} (dts {w.dts}) is another, "
                        f"{whereabouts(want, h)}")
            offsets |= {h.dts - w.dts, h.pts - w.pts}
        if not 0 <= len(want) - first - len(have) <= n_lost:
            return (f"{kind}: {len(have)} packets of "
                    f"{len(want) - first} from packet {first} on")
    if max(offsets) - min(offsets) > slack_ms:
        return f"timestamps differ by {sorted(offsets)}"
    return None


def whereabouts(want, packet):
    """Where in the clip the packet would belong."""
    for n, w in enumerate(want):
        if w.digest == packet.digest:
            return f"the clip's {n}"
    return "unknown to the clip"
