"""How often somebody may fail to sign in: a few times a minute from one address, whoever they say they are.

Kept in memory of a bounded size, and forgotten when the process ends. What was recognised lately is looked at all the same, so
that one client that fails does not keep others out that come through the same proxy.
"""

from __future__ import annotations

import hashlib
import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable

MOST_FAILURES = 20  # at once
SECONDS_EACH = 3.0  # until one more is forgiven
MOST_KEPT = 1024  # addresses, and credentials that were recognised


class Attempts:
    """Failures by address. `clock`: seconds that only go forward."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._full_until: OrderedDict[str, float] = OrderedDict()
        self._known: OrderedDict[bytes, None] = OrderedDict()

    def seconds_to_wait(self, address: str, presented: str) -> int:
        """How long until what is presented is looked at; 0: it is now."""
        with self._lock:
            if _digest(presented) in self._known:
                return 0
            over = self._owed(address) - (MOST_FAILURES - 1) * SECONDS_EACH
            return max(0, math.ceil(over))

    def failed(self, address: str, presented: str) -> None:
        """Somebody was not recognised."""
        with self._lock:
            self._known.pop(_digest(presented), None)
            self._full_until[address] = self._clock() + self._owed(address) + SECONDS_EACH
            self._full_until.move_to_end(address)
            _shorten(self._full_until)

    def succeeded(self, presented: str) -> None:
        """Somebody was recognised."""
        with self._lock:
            self._known[_digest(presented)] = None
            self._known.move_to_end(_digest(presented))
            _shorten(self._known)

    @property
    def n_kept(self) -> int:
        """How much is remembered."""
        return max(len(self._full_until), len(self._known))

    def _owed(self, address: str) -> float:
        """Seconds until all failures from an address are forgiven."""
        return max(0.0, self._full_until.get(address, 0.0) - self._clock())


def _shorten(kept: OrderedDict[str, float] | OrderedDict[bytes, None]) -> None:
    """Let go of what is oldest."""
    while len(kept) > MOST_KEPT:
        kept.popitem(last=False)


def _digest(presented: str) -> bytes:
    return hashlib.sha256(presented.encode("utf-8", "surrogatepass")).digest()
