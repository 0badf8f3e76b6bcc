"""One run of a load against a server, with what the server used meanwhile;
and what is known of the machine."""
import json
import os
import platform
import statistics
import subprocess
import time
from pathlib import Path

from servers import LOAD


class Load:
    """A running load.  `at` maps its words ("measuring", ...) to functions
    that are called when it says them."""

    def __init__(self, url, at=None, **options):
        self.run([str(LOAD), "--json", "--url", url], at, options)

    def run(self, command, at, options):
        self.at = at or {}
        for name, value in options.items():
            command += ["--" + name.replace("_", "-"), str(value)]
        self.command = " ".join(command[2:])
        self.start = time.monotonic()
        self.child = subprocess.Popen(command, stdout=subprocess.PIPE,
                                      text=True)

    def result(self):
        """Wait for the end.  What it found; None if it died."""
        found = None
        try:
            for line in self.child.stdout:
                if line.startswith("{"):
                    found = json.loads(line)
                    continue
                for word, call in self.at.items():
                    if line.startswith(word):
                        call()
        finally:
            # Also if the server is gone, and `call` finds no process.
            if found is None:
                self.child.kill()
            self.child.wait()
        return found


class HlsLoad(Load):
    """Viewers of HLS at a server."""

    def __init__(self, url, at=None, **options):
        self.run([str(LOAD), "hls", "--json", "--url", url], at, options)


class TurnLoad(Load):
    """The same for TURN.  core: where it runs; None: anywhere."""

    def __init__(self, server, core=None, at=None, **options):
        pinned = [] if core is None else ["taskset", "-c", str(core)]
        if server.network:
            pinned = server.network.command("load") + pinned
        self.run(pinned + [str(LOAD), "turn", "--json"], at,
                 {**server.options(), **options})


def relay(server, core, **options):
    """Packets through a TURN server: what it needs for one."""
    found = TurnLoad(server, core, **options).result()
    if not found or not found["relayed"]:
        return None
    return {"us": found["server_cpu_s"] * 1e6 / found["relayed"],
            "core": found["server_cpu_s"] / found["seconds"],
            "load_core": found["load_cpu_s"] / found["seconds"],
            "rate": found["relayed"] / found["seconds"],
            "p50": found["rtt_us"]["p50"], "p99": found["rtt_us"]["p99"],
            "late": found["late_us"]["p99"],
            "lost": found["sent"] - found["received"], "ok": found["ok"],
            "found": found}


def idle_allocations(make_server, core, few, many):
    """User memory per allocation that does nothing, KiB."""
    kib = []
    for flows in (few, many):
        with make_server() as server:
            TurnLoad(server, core, {
                "measuring": lambda: kib.append(server.memory_kib())},
                mode="idle", flows=flows, seconds=1).result()
    if len(kib) != 2:
        return None
    return (kib[1] - kib[0]) / (many - few)


def set_priority(nice, is_realtime):
    """Of this and all it starts: above others who work on the machine."""
    if is_realtime:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(10))
    if not nice:
        return
    os.nice(nice)
    try:
        # Where sessions share a processor as equals, nice alone is for
        # the processes of one.
        Path("/proc/self/autogroup").write_text(str(nice))
    except OSError:
        pass


def fan_out(server, viewers, kbps, seconds):
    """One stream to many viewers: what the server needs for it."""
    cpu = {}

    def read_cpu(word):
        cpu[word] = server.cpu_s()

    with server:
        load = Load(server.url, {
            "measuring": lambda: read_cpu("start"),
            "measured": lambda: read_cpu("end")},
            players=viewers, bitrate=kbps, seconds=seconds,
            **server.options)
        found = load.result()
    if not found or "end" not in cpu:
        return None
    used = cpu["end"] - cpu["start"]
    gbit = found["bytes"] * 8 / 1e9
    return {"cpu_s": used, "gbit": gbit, "cpu_per_gbit": used / gbit,
            "p50": found["latency_ms"]["p50"],
            "p99": found["latency_ms"]["p99"],
            "lost": found["missing"] + found["skipped"], "ok": found["ok"],
            "found": found}


def memory(make_server, few, many, at_s):
    """User memory per viewer, KiB: the server with many viewers against the
    same with few, both so long after the publisher came that the stream's
    own memory is alike."""
    kib = []
    for viewers in (few, many):
        with make_server() as server:
            def sample():
                time.sleep(max(0, load.start + at_s - time.monotonic()))
                kib.append(server.memory_kib())

            load = Load(server.url, {"measuring": sample}, players=viewers,
                        bitrate=500, gop=10, warmup=0, ramp=2000,
                        seconds=at_s, **server.options)
            load.result()
    if len(kib) != 2:
        return None
    return (kib[1] - kib[0]) / (many - few)


def median(runs, key):
    return statistics.median(run[key] for run in runs)


def machine():
    """What the figures depend on besides the servers."""
    cpu = {line.split(":")[1].strip()
           for line in Path("/proc/cpuinfo").read_text().splitlines()
           if line.startswith("model name")}
    system = "unknown"
    for line in Path("/etc/os-release").read_text().splitlines():
        if line.startswith("PRETTY_NAME="):
            system = line.split("=")[1].strip('"')
    return {"cpu": ", ".join(sorted(cpu)) or platform.machine(),
            "cores": os.cpu_count(), "kernel": platform.release(),
            "system": system,
            "memory_gib": round(os.sysconf("SC_PHYS_PAGES") *
                                os.sysconf("SC_PAGE_SIZE") / 2**30, 1),
            "load_average": os.getloadavg()[0]}


def machine_line():
    m = machine()
    return (f"{m['system']}, kernel {m['kernel']}, {m['cores']} x "
            f"{m['cpu']}, {m['memory_gib']} GiB; load average at the start "
            f"{m['load_average']:.1f}")
