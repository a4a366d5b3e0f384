"""How everything is: a small server on this machine only, for Prometheus and for whoever restarts what is down.

/health    200 and JSON while all processes run; 503 otherwise. Whether the stream keeps up, the counts say
/metrics   Prometheus' text format, of all processes together
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

States = Callable[[], dict[str, str]]


def serve_health(port: int, states: States) -> ThreadingHTTPServer:
    """Begin to answer; `states` says how each process is. Ends with `shutdown`.

    Raises:
        OSError: the port is taken.
    """

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/metrics":
                self._answer(200, "text/plain; version=0.0.4; charset=utf-8", _metrics())
            elif self.path == "/health":
                held = states()
                is_well = all(state == "running" for state in held.values())
                self._answer(200 if is_well else 503, "application/json", json.dumps(held).encode())
            else:
                self._answer(404, "text/plain", b"/health, /metrics\n")

        def _answer(self, status: int, kind: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    threading.Thread(target=server.serve_forever, name="health", daemon=True).start()
    return server


def _metrics() -> bytes:
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return generate_latest(registry)
