"""Did something on so many different days of the project's time zone; however often on each.

    did_on_days: visit
    at_least: 3
    within: {last: 30 days}

Who never did it did it on 0 days, and so meets `at_most` and `exactly: 0`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt
from pydantic import Field
from sqlglot import exp

from headwater.audiences.columns.columns import Columns
from headwater.audiences.columns.rows import Part
from headwater.audiences.counting import Times, TimesFields
from headwater.audiences.days import date_of, day_of, day_sql, days_of
from headwater.audiences.example import Example, bought, person
from headwater.audiences.happenings import Happenings
from headwater.audiences.history import History
from headwater.audiences.needs import Needs
from headwater.audiences.operator import EventName, Operator, Where, Within
from headwater.audiences.reading import Reader
from headwater.audiences.rule import Condition
from headwater.audiences.scope import Scope
from headwater.audiences.shortfall import too_few_or_many
from headwater.audiences.waiting import first_loss, when
from headwater.core.clock import Clock
from headwater.core.documents import Place
from headwater.engine.bitmaps import Bits
from headwater.engine.query import column


class Fields(TimesFields):
    """What `did_on_days` may say."""

    did_on_days: EventName = Field(description="The event.")
    where: Where = Field(None, description="Only events whose properties are so.")
    within: Within = Field(None, description="Only events in this stretch of time.")


@dataclass(frozen=True)
class DidOnDays(Condition):
    """The number of different days with happenings is so."""

    happenings: Happenings
    times: Times

    def to_data(self) -> dict[str, object]:
        """The YAML that says it."""
        head = {"did_on_days": self.happenings.event} | self.happenings.to_data()
        return head | {self.times.bound: self.times.number}

    def describe(self) -> str:
        """In words."""
        days = self.times.describe("day", "days")
        return f"did {self.happenings.describe()} on {days} {self.happenings.within.describe()}"

    def needs(self) -> Needs:
        """The events with what filters read."""
        return self.happenings.needs()

    def to_sql(self, scope: Scope) -> exp.Select:
        """Who meets it."""
        window = self.happenings.within.window(scope.clock)
        day = day_sql(column("occurred_at"), scope.clock, window)
        counted = self.happenings.rows(scope).group_by(column("profile_id"))
        return self.times.select(counted, exp.Count(this=exp.Distinct(expressions=[day])), scope)

    def to_bits(self, columns: Columns) -> Bits | None:
        """Who meets it."""
        question = ("days", columns.clock.zone)
        found = self.happenings.answer(
            columns, question, lambda parts, n_bins: (_n_days(parts, n_bins, columns.clock),)
        )
        return None if found is None else self.times.holding(found.values[0])

    def matches(self, history: History, clock: Clock) -> bool:
        """Whether one profile meets it."""
        return self.times.holds(len(self._days(history, clock)))

    def seen(self, history: History, clock: Clock) -> str:
        """On how many days, and when last."""
        days = self._days(history, clock)
        if not days:
            return "0 days"
        return f"{len(days)} {'day' if len(days) == 1 else 'days'}, last {date_of(max(days))}"

    def lacks(self, history: History, clock: Clock) -> str:
        """On how many days more, or until when."""
        events = self.happenings
        return too_few_or_many(
            self.times,
            len(self._days(history, clock)),
            lambda n: f"{n} more {'day' if n == 1 else 'days'} with {events.describe_in_window()}",
            wait=when(self.turns_at(history, clock), [events], history, clock),
            before=when(first_loss(events, history, clock), [events], history, clock),
            is_open=events.is_open(clock),
        )

    def turned_by(self) -> tuple[Happenings, ...]:
        """Its events."""
        return (self.happenings,)

    def edges(self, history: History, clock: Clock) -> Iterable[datetime]:
        """When events come into the window or go out of it, so that the days are enough or too few."""
        days = {id(event): day_of(event.occurred_at, clock) for event in history.events}
        return self.happenings.turns(
            history, clock, lambda counted: self.times.holds(len({days[id(event)] for event in counted}))
        )

    def _days(self, history: History, clock: Clock) -> set[int]:
        return {day_of(event.occurred_at, clock) for event in self.happenings.of(history, clock)}


def _n_days(parts: Sequence[Part], n_bins: int, clock: Clock) -> npt.NDArray[np.int32]:
    """On how many days events of each profile fall, shape (profiles,)."""
    who = np.concatenate([np.empty(0, dtype=np.int32), *(part.who for part in parts)])
    days = np.concatenate([np.zeros(1, dtype=np.int64), *(days_of(part.at, clock) for part in parts)])[1:]
    first = days.min(initial=0)
    n_days = int(days.max(initial=0) - first) + 1
    pairs = who * np.int64(n_days) + (days - first)
    pairs.sort()
    is_new = np.ones(len(pairs), dtype=np.bool_)
    np.not_equal(pairs[1:], pairs[:-1], out=is_new[1:])
    counts = np.bincount(pairs[is_new] // n_days, minlength=n_bins)
    return counts[1:].astype(np.int32)


def _read(given: Fields, place: Place, reader: Reader) -> Condition | None:
    happenings = reader.happenings(given.did_on_days, given.where, given.within, place, "did_on_days")
    return DidOnDays(happenings, given.times()) if happenings else None


_OFTEN: dict[str, object] = {
    "did_on_days": "purchase",
    "where": {"category": "COFFEE"},
    "at_least": 2,
    "within": {"last": "30 days"},
}
_OFTEN_TEXT = 'did purchase where (category equals "COFFEE") on at least 2 days in the last 30 days'
_ONE: dict[str, object] = {"did_on_days": "purchase", "at_most": 1}
_ONE_TEXT = "did purchase on at most 1 day at any time"

OPERATOR = Operator(
    Fields,
    _read,
    (
        Example(
            _OFTEN,
            _OFTEN_TEXT,
            person(bought(1, category="COFFEE"), bought(2, category="COFFEE")),
            takes_in=True,
        ),
        Example(
            _OFTEN,
            _OFTEN_TEXT,
            # Noon and half past four in the morning of the same day.
            person(bought(1, category="COFFEE"), bought(1.3125, category="COFFEE")),
            takes_in=False,
        ),
        Example(_ONE, _ONE_TEXT, person(bought(1), bought(1.3125)), takes_in=True),
        Example(_ONE, _ONE_TEXT, person(), takes_in=True),
        Example(_ONE, _ONE_TEXT, person(bought(1), bought(1.75)), takes_in=False),
    ),
)
