"""A web server of a case's own, which webhooks are sent to."""

import hashlib
import hmac
import json
import socket
import ssl
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Request:
    """One POST that came."""

    def __init__(self, path, headers, body):
        self.path = path
        self.headers = headers
        self.body = body
        self.at = time.monotonic()
        self.event = json.loads(body)
        self.id = self.event["id"]
        self.type = self.event["type"]


def is_signed(request, secret):
    """What docs/events.md tells a receiver to do."""
    fields = dict(part.split("=", 1) for part in
                  request.headers["X-Sluice-Signature"].split(","))
    if abs(time.time() - int(fields["t"])) > 300:
        return False
    want = hmac.new(secret.encode(), fields["t"].encode() + b"."
                    + request.body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(want, fields["v1"])


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request, client_address):
        pass                            # clients that went, bad certificates


class Target:
    """answer(request) gives a status, or (status, body), or (status, body,
    headers); bytes go out as they are; None: nothing is ever answered."""

    def __init__(self, answer=lambda request: 200, tls=None, port=0):
        self.answer = answer
        self.requests = []
        self.new = threading.Condition()
        self.is_closed = threading.Event()
        target = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                request = Request(self.path, self.headers, body)
                with target.new:
                    target.requests.append(request)
                    target.new.notify_all()
                self._reply(target.answer(request))

            def _reply(self, answer):
                if answer is None:
                    target.is_closed.wait(60)
                    self.close_connection = True
                    return
                if isinstance(answer, bytes):
                    self.wfile.write(answer)
                    self.close_connection = True
                    return
                if isinstance(answer, int):
                    answer = (answer,)
                status, body, headers = answer + ("", {})[len(answer) - 1:]
                if not isinstance(body, (str, bytes)):
                    body = json.dumps(body)
                body = body.encode() if isinstance(body, str) else body
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = _Server(("127.0.0.1", port), Handler)
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*tls)
            self.server.socket = context.wrap_socket(
                self.server.socket, server_side=True,
                do_handshake_on_connect=False)
        self.scheme = "https" if tls else "http"
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever,
                         kwargs={"poll_interval": 0.05},
                         daemon=True).start()

    def url(self, path="/", host="127.0.0.1"):
        return f"{self.scheme}://{host}:{self.port}{path}"

    def types(self):
        return [r.type for r in self.requests]

    def wait(self, want, seconds=5.0):
        """Until want(requests) is true; False if that takes too long."""
        with self.new:
            return self.new.wait_for(lambda: want(self.requests), seconds)

    def close(self):
        self.is_closed.set()
        self.server.shutdown()
        self.server.server_close()


def unused_url():
    """Where nobody listens."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{s.getsockname()[1]}/"
