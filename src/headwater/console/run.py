"""Run the console: one process, on this machine only. `serve` and `console` start it; it ends with them.

NiceGUI keeps every open page in this process, so there is one, and no other takes its place: uvicorn runs in it, and ends it
at once when it is told to.
"""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path
from types import FrameType

import uvicorn
from starlette.types import ASGIApp

from headwater.console.app import make_app
from headwater.core.giving_way import PEOPLE_WAIT, give_way
from headwater.core.lifeline import end_with_starter
from headwater.core.memory import keep_few_arenas

ADDRESS = "127.0.0.1"
GRACE_SECONDS, LAST_SECONDS = 1, 5.0
MOST_SENT = 1_000_000  # bytes of one message of a page


def run(root: Path, port: int) -> None:
    """Serve until told to stop."""
    serve(make_app(root, port), port)


def serve(app: ASGIApp, port: int) -> None:
    """The same, of an application that is made."""
    said = uvicorn.Config(
        app,
        host=ADDRESS,
        port=port,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        ws="websockets-sansio",
        ws_max_size=MOST_SENT,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    _Server(said).run()


class _Server(uvicorn.Server):
    """One that ends soon, whatever its threads are at: what they began goes on as after a kill."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to end."""
        super().handle_exit(sig, frame)
        last = threading.Timer(LAST_SECONDS, os._exit, (0,))
        last.daemon = True
        last.start()


if __name__ == "__main__":
    keep_few_arenas()
    end_with_starter()
    made = make_app(Path(sys.argv[1]), int(sys.argv[2]))
    give_way(PEOPLE_WAIT)  # from here on: to start is soon done
    serve(made, int(sys.argv[2]))
