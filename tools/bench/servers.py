"""The servers that are compared: how each is started on a port of loopback,
and what the kernel's accounting says of it."""
import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / os.environ.get("B", "build")
LOAD = BUILD / "load"
SLUICE = BUILD / "sluice"
NGINX_MODULES = (Path("/usr/lib/nginx/modules"),
                 Path("/usr/lib64/nginx/modules"))
NGINX_MODULE = "ngx_rtmp_module.so"
START_S, STOP_S = 10, 5


def sluice_config(port, http_port, merge_ms, workers, keys):
    """What `sluice` is given.  keys: more of the application's."""
    more = "".join(f" {name} = {value}," for name, value in keys.items())
    return f"""configuration = {{
  workers = {workers},
  applications = {{
    rootDirectory = "{BUILD / 'applications'}",
    {{ name = "live", default = true, mergeMs = {merge_ms},{more}
      acceptors = {{
        {{ ip = "127.0.0.1", port = {port}, protocol = "inboundRtmp" }},
        {{ ip = "127.0.0.1", port = {http_port},
          protocol = "inboundHttp" }} }} }},
  }},
}}
"""


def nginx_config(folder, port, in_server="", in_application=""):
    module = next(d for d in NGINX_MODULES if (d / NGINX_MODULE).exists())
    return f"""load_module {module / NGINX_MODULE};
daemon off;
worker_processes 1;
worker_rlimit_nofile 20000;
pid {folder}/nginx.pid;
error_log {folder}/error.log warn;
events {{ worker_connections 8000; }}
rtmp {{
  access_log off;
  server {{
    listen 127.0.0.1:{port};
    {in_server}
    application live {{ live on; {in_application} }}
  }}
}}
"""


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Server:
    """One run of one server.  kind: sluice, sluice-flv (its players come by
    HTTP), bare, nginx, or nginx-cork (it gathers two messages; the last one
    before silence stays with it)."""

    def __init__(self, kind, folder, merge_ms=0, workers=1, **keys):
        self.kind, self.folder = kind, Path(folder)
        self.merge_ms, self.workers, self.keys = merge_ms, workers, keys
        self.port = free_port()
        self.url = f"rtmp://127.0.0.1:{self.port}/live/bench"
        self.http_port = free_port()
        self.http_url = f"http://127.0.0.1:{self.http_port}/live/bench"
        self.is_sluice = kind.startswith("sluice")

        # How its players come, for the load.
        self.options = ({"flv_port": self.http_port}
                        if kind == "sluice-flv" else {})
        self.child = None

    @staticmethod
    def is_there(kind):
        if kind.startswith("sluice"):
            return SLUICE.exists()
        if kind == "bare":
            return LOAD.exists()
        return bool(shutil.which("nginx", path=os.environ["PATH"]
                                 + ":/usr/sbin")) and \
            any((d / NGINX_MODULE).exists() for d in NGINX_MODULES)

    def command(self):
        if self.kind == "bare":
            return [LOAD, "bare", "--port", str(self.port),
                    "--merge-ms", str(self.merge_ms)]
        config = self.folder / f"{self.kind}-{self.port}"
        if self.is_sluice:
            config = config.with_suffix(".lua")
            config.write_text(sluice_config(
                self.port, self.http_port, self.merge_ms, self.workers,
                self.keys))
            return [SLUICE, config]
        cork = self.kind == "nginx-cork"
        config.write_text(nginx_config(
            self.folder, self.port, "out_cork 2;" if cork else "",
            "buffer 1s;" if cork else ""))
        return ["nginx", "-c", config, "-p", self.folder,
                "-e", self.folder / "error.log"]

    def is_up(self):
        with socket.socket() as s:
            return not s.connect_ex(("127.0.0.1", self.port))

    def __enter__(self):
        self.log = open(self.folder / f"{self.kind}.out", "a")
        env = {**os.environ, "PATH": os.environ["PATH"] + ":/usr/sbin"}
        self.child = subprocess.Popen(
            [str(word) for word in self.command()], stdin=subprocess.DEVNULL,
            stdout=self.log, stderr=self.log, env=env)
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline and self.child.poll() is None:
            if self.is_up():
                return self
            time.sleep(0.02)
        self.__exit__()
        said = (self.folder / f"{self.kind}.out").read_text()[-2000:]
        raise RuntimeError(f"{self.kind} does not start:\n{said}")

    def __exit__(self, *_):
        if self.child.poll() is None:
            self.child.send_signal(signal.SIGTERM)
        try:
            self.child.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()
        self.log.close()

    def pids(self):
        """The process and all below it."""
        found, new = [], [self.child.pid]
        while new:
            pid = new.pop()
            found.append(pid)
            for task in Path(f"/proc/{pid}/task").glob("*/children"):
                new += [int(word) for word in task.read_text().split()]
        return found

    def cpu_s(self):
        """CPU time so far, user and system, of all threads.  schedstat has
        it in nanoseconds; where it is missing, stat has it in ticks."""
        total = 0.0
        for pid in self.pids():
            for task in Path(f"/proc/{pid}/task").iterdir():
                try:
                    total += int((task / "schedstat").read_text()
                                 .split()[0]) / 1e9
                except (OSError, IndexError):
                    words = (task / "stat").read_text().rpartition(")")[2]
                    ticks = sum(int(w) for w in words.split()[11:13])
                    total += ticks / os.sysconf("SC_CLK_TCK")
        return total

    def memory_kib(self):
        """PSS of all processes: user memory, none of the kernel's."""
        total = 0
        for pid in self.pids():
            for line in Path(f"/proc/{pid}/smaps_rollup").open():
                if line.startswith("Pss:"):
                    total += int(line.split()[1])
        return total
