"""A process that gives way to those that take in events and decide: what it does may come some seconds later."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

NICENESS = 10


def give_way() -> None:
    """Give way, also where Linux shares the cores out by session and heeds niceness within one only."""
    os.nice(NICENESS)
    with suppress(OSError):
        Path("/proc/self/autogroup").write_text(str(NICENESS), encoding="ascii")
