"""How a long-lived process holds memory: what it has let go of goes back to the system, and does not lie about in many pools."""

from __future__ import annotations

import ctypes
from contextlib import suppress

_ARENA_MAX = -8  # of mallopt(3)
MOST_ARENAS = 2


def keep_few_arenas() -> None:
    """Have glibc share few pools among all threads, not make one for nearly each; call it before threads are many.

    By itself it makes up to eight a core, and memory that one thread let go of in a pool of its own is of no use to another: a
    process with threads that come and go so grows for hours, to twice of what it needs. Elsewhere than on glibc nothing is done.
    """
    with suppress(AttributeError, OSError, TypeError):
        ctypes.CDLL(None).mallopt(_ARENA_MAX, MOST_ARENAS)
