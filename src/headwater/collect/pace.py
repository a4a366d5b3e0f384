"""How many events a second each source may send: a bucket that fills steadily and holds two seconds' worth."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

_HELD_SECONDS = 2.0


class Paces:
    """The paces of some sources; None: without bound. `now`: seconds that only go forward."""

    def __init__(
        self, most_a_second: Mapping[str, int | None], now: Callable[[], float] = time.monotonic
    ) -> None:
        self._now = now
        self._pace = {name: float(most) for name, most in most_a_second.items() if most is not None}
        self._left = {name: pace * _HELD_SECONDS for name, pace in self._pace.items()}
        self._at = dict.fromkeys(self._pace, now())

    def allow(self, source: str, n_events: int) -> bool:
        """Whether so many more events may come now; if so, they are counted.

        >>> seconds = iter([0.0, 0.0, 0.0, 1.0])
        >>> paces = Paces({"shop": 10}, lambda: next(seconds))
        >>> [paces.allow("shop", 20), paces.allow("shop", 1), paces.allow("shop", 10)]
        [True, False, True]
        """
        pace = self._pace.get(source)
        if pace is None:
            return True
        now = self._now()
        left = min(self._left[source] + (now - self._at[source]) * pace, pace * _HELD_SECONDS)
        self._at[source] = now
        # A request with more than a bucket holds may come when the bucket is full; it is in debt then.
        is_allowed = left >= min(n_events, pace * _HELD_SECONDS)
        self._left[source] = left - n_events if is_allowed else left
        return is_allowed
