"""A process that gives way to those that take in events and decide: what it does may come some seconds later."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

NICENESS = 10
PEOPLE_WAIT = 5
"""Of a process whose answers people wait for: it gives way to what happens on pages, and goes before what runs by itself."""


def give_way(niceness: int = NICENESS) -> None:
    """Give way, also where Linux shares the cores out by session and heeds niceness within one only."""
    os.nice(niceness)
    with suppress(OSError):
        Path("/proc/self/autogroup").write_text(str(niceness), encoding="ascii")
