"""Traits of one profile in memory: the Python twin of what the kinds of trait say in SQL, with the same result.

A trait counts the events up to now that its declaration chooses. Reads nothing, writes nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo

Value = str | float | bool | datetime | tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class Happening:
    """An event that a trait counts; `value`: of the trait's property, None if the event has none."""

    occurred_at: datetime
    event_id: str
    value: Value


NOTHING = Happening(datetime.max.replace(tzinfo=UTC), "", None)


@dataclass(frozen=True, slots=True)
class Happenings:
    """What a kind of trait computes from: the chosen events of one profile in any order, and the project's calendar."""

    events: Sequence[Happening]
    zone: tzinfo
    today: date

    def values(self) -> Iterator[Value]:
        """The values there are, with repeats."""
        return (event.value for event in self.events if event.value is not None)

    def numbers(self) -> list[float]:
        """Those that are numbers."""
        return [value for value in self.values() if isinstance(value, float) and not math.isnan(value)]

    def texts(self) -> list[str]:
        """Those that are texts."""
        return [value for value in self.values() if isinstance(value, str)]

    def with_value(self) -> Iterable[Happening]:
        """The events that have a value."""
        return (event for event in self.events if event.value is not None)


def placed(event: Happening) -> tuple[datetime, str]:
    """The order of events: by time, then by id."""
    return event.occurred_at, event.event_id


def passes(where: Mapping[str, str | float | bool | list[str]], properties: Mapping[str, object]) -> bool:
    """Whether an event's properties are what a trait's `where` says."""
    return all(_is_one_of(properties.get(name), wanted) for name, wanted in where.items())


def _is_one_of(value: object, wanted: str | float | bool | list[str]) -> bool:
    if isinstance(wanted, list):
        return value in wanted
    return value is not None and value == wanted
