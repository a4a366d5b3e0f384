"""Ports that are to be listened on: whether they can be had.

Several processes of the edge share a port, and so would two edges of two projects, each getting some of the other's events: so
nobody may listen there yet.
"""

from __future__ import annotations

import socket
import time

from headwater.core.errors import EnvironmentFault

_MOST_SECONDS = 5.0  # processes of one that was killed may need a moment to end


def expect_free(address: str, port: int, setting: str, seconds: float = _MOST_SECONDS) -> None:
    """Wait until nobody listens at an address.

    Raises:
        EnvironmentFault: somebody still does.
    """
    until = time.monotonic() + seconds
    while (error := _fault(address, port)) is not None:
        if time.monotonic() >= until:
            raise EnvironmentFault(
                f"port {port} cannot be had: {error.strerror}",
                next_step=f"end what holds it, or set `{setting}`",
            ) from error
        time.sleep(0.1)


def _fault(address: str, port: int) -> OSError | None:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as error:
            return error
    return None
