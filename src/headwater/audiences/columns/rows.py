"""Events that were chosen: of one name, passing some tests, by time, so that a window is a search for its two ends."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import numpy.typing as npt

from headwater.audiences.columns.segment import Instants, Segment
from headwater.core.clock import Window
from headwater.engine.ids import Bins

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, eq=False)
class Part:
    """Chosen events of one segment, by time.

    Attributes:
        who: the bin of each one's profile.
        at: when each happened, in microseconds since 1970 UTC.
        places: where each stands in the segment.
    """

    segment: Segment
    who: Bins
    at: Instants
    places: slice | npt.NDArray[np.int32]

    @property
    def size(self) -> int:
        """How many they are."""
        return len(self.at)

    @property
    def n_bytes(self) -> int:
        """What it holds in memory of its own."""
        return 0 if isinstance(self.places, slice) else 16 * self.size

    def during(self, start: int | None, end: int | None) -> Part:
        """Those after `start` and up to `end`."""
        first = 0 if start is None else int(np.searchsorted(self.at, start, "right"))
        last = self.size if end is None else int(np.searchsorted(self.at, end, "right"))
        return self.cut(first, max(first, last))

    def cut(self, first: int, last: int) -> Part:
        """Those from one position to before another."""
        places = self.places
        inner = (
            slice(places.start + first, places.start + last)
            if isinstance(places, slice)
            else places[first:last]
        )
        return Part(self.segment, self.who[first:last], self.at[first:last], inner)

    def only(self, chosen: npt.NDArray[np.bool_]) -> Part:
        """Those that a mask chooses."""
        places = np.flatnonzero(chosen).astype(np.int32)
        inner = (
            places + np.int32(self.places.start) if isinstance(self.places, slice) else self.places[places]
        )
        return Part(self.segment, self.who[places], self.at[places], inner)


@dataclass(frozen=True, eq=False)
class Selected:
    """Events that pass tests, of those after an instant; None: of all."""

    part: Part
    since: int | None

    def covers(self, start: int | None) -> bool:
        """Whether none are missing of those after another instant."""
        return self.since is None or (start is not None and start >= self.since)


def micros(moment: datetime) -> int:
    """An instant in microseconds since 1970 UTC.

    >>> micros(datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC))
    1000000
    """
    return (moment.astimezone(UTC) - _EPOCH) // _MICROSECOND


def edges(window: Window) -> tuple[int | None, int | None]:
    """A window's two instants in microseconds."""
    return (micros(window.start) if window.start else None, micros(window.end) if window.end else None)
