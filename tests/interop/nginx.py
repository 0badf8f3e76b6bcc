"""nginx with its RTMP module, as the current user, in the case's directory.

It is a peer that relays (push, pull), and the reference against which the
cases themselves are tried: `run --reference`."""

import os

from harness import expect_soon, free_ports, is_listening

CONFIG = """\
load_module /usr/lib/nginx/modules/ngx_rtmp_module.so;
daemon off;
{user}
worker_processes 1;
pid {dir}/nginx-{port}.pid;
error_log {dir}/nginx-{port}.log info;
events {{ worker_connections 64; }}
rtmp {{
    server {{
{listen}
        chunk_size 4096;
        application live {{
            live on;
            wait_key on;
            wait_video on;
            publish_notify on;
            {relay}
        }}
    }}
}}
"""


class Nginx:
    """Looks like harness.Server to a case; has no RTMPS."""

    def __init__(self, t, workers=1, io="epoll", app=None, relay=""):
        self.t = t
        self.ports = free_ports(2)
        self.relay = relay
        self.process = None

    def start(self):
        path = self.t.file(f"nginx-{self.ports[0]}.conf")
        path.write_text(CONFIG.format(
            dir=self.t.dir, port=self.ports[0], relay=self.relay,
            user="user root;" if os.geteuid() == 0 else "",
            listen="\n".join(f"        listen 127.0.0.1:{port};"
                             for port in self.ports)))
        self.process = self.t.spawn("nginx", [
            "nginx", "-p", self.t.dir, "-c", path, "-e", "stderr"])
        expect_soon(lambda: all(map(is_listening, self.ports)),
                    "nginx listens")
        return self

    def stop(self, *_):
        self.process.popen.terminate()
        self.process.wait(5)

    def url(self, name, worker=0, app="live"):
        return f"rtmp://127.0.0.1:{self.ports[worker]}/{app}/{name}"
