"""When to look at a condition again, though nothing more happens: never too late, and rarely too early.

When exactly time turns an answer, `Condition.edges` says; that takes the calendar of every event. What is computed here is only
a moment before which no event can come into a window or go out of it, from the shortest and the longest that its unit can last:
a sum an event. When that moment has come the edges are asked, or another such moment is found.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from headwater.audiences.happenings import Happenings
from headwater.audiences.rule import Condition
from headwater.audiences.values import is_relative
from headwater.core.clock import beginning
from headwater.live.state import Did, micros, moment

_HOUR = 3_600_000_000  # microseconds
_DAY = 24 * _HOUR
_SLACK = 3 * _HOUR  # more than clocks are put forward or back for summer time
# The shortest and the longest that a unit lasts.
_LASTS: Mapping[str, tuple[int, int]] = {
    "minutes": (_HOUR // 60, _HOUR // 60),
    "hours": (_HOUR, _HOUR),
    "days": (_DAY, _DAY),
    "weeks": (7 * _DAY, 7 * _DAY),
    "months": (28 * _DAY, 31 * _DAY),
    "years": (365 * _DAY, 366 * _DAY),
}
_EXACT = ("minutes", "hours")
# Of the events of a person by name and now, a moment before which nothing turns; None: nothing ever turns; now: ask.
NotBefore = Callable[[Mapping[str, Sequence[Did]], int], int | None]


@dataclass(frozen=True)
class _Stretch:
    """Events of a name that leave, or enter, a window some time after they happened."""

    event: str
    shortest: int
    longest: int

    def not_before(self, did: Mapping[str, Sequence[Did]], now: int) -> int | None:
        ahead = [each.at for each in did.get(self.event, ()) if each.at + self.longest > now]
        return max(min(ahead) + self.shortest, now) if ahead else None


@dataclass(frozen=True)
class _OfPeriod:
    """Events of a name that a period of the calendar holds, or held: that changes when the next one begins."""

    event: str
    period: str
    zone: tzinfo

    def not_before(self, did: Mapping[str, Sequence[Did]], now: int) -> int | None:
        if not did.get(self.event):
            return None
        return max(micros(self._next(moment(now))) - _SLACK, now)

    def _next(self, at: datetime) -> datetime:
        return beginning(at, self.period, self.zone, before=-1).astimezone(UTC)


def not_before(condition: Condition, zone: tzinfo) -> NotBefore | None:
    """How to find a moment before which a condition does not turn; None: only its edges tell."""
    of = condition.turned_by()
    if of is None or any(part.test.is_moving for each in of for part in each.where):
        return None
    parts = [part for each in of if (part := _part(each, zone)) is not None]
    if any(_is_moving_stretch(each) for each in of):
        return None
    return lambda did, now: _least(part.not_before(did, now) for part in parts)


def _part(happenings: Happenings, zone: tzinfo) -> _Stretch | _OfPeriod | None:
    """What of a window moves with time; None: nothing does."""
    within = happenings.within
    span, period = within.last or within.more_than_ago, within.this or within.previous
    if span is not None:
        amount, unit = span
        shortest, longest = _LASTS[unit]
        slack = 0 if unit in _EXACT else _SLACK
        return _Stretch(happenings.event, amount * shortest - slack, amount * longest + slack)
    return _OfPeriod(happenings.event, period, zone) if period else None


def _is_moving_stretch(happenings: Happenings) -> bool:
    ends = (happenings.within.since, happenings.within.until)
    return any(end is not None and is_relative(end) for end in ends)


def _least(moments: Iterable[int | None]) -> int | None:
    return min((each for each in moments if each is not None), default=None)
