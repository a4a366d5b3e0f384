"""rudder-sdk-python as anybody uses it: every kind of call once, gzipped, in the background in one batch."""

from __future__ import annotations

from rudderstack.analytics.client import Client
from tests.edge.clients.calls import TOLD, make_every_call

__all__ = ["TOLD", "send_every_call"]


def send_every_call(host: str, key: str, *, gzip: bool = True) -> list[object]:
    """Send to `host` (scheme and port, no path) with this write key; gives what the client says went wrong."""
    wrong: list[object] = []
    client = Client(key, host=host, gzip=gzip, max_retries=1, on_error=lambda error, _: wrong.append(error))
    make_every_call(client)
    return wrong
