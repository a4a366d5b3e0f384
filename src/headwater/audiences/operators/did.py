"""Did something, so many times, within some time; or did not: `exactly: 0`.

    did: purchase
    where: {category: COFFEE}
    at_least: 3
    within: {last: 90 days}

Who has no event at all did it 0 times, and so meets `at_most` and `exactly: 0`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import numpy as np
from pydantic import Field, StrictInt, model_validator
from sqlglot import exp

from headwater.audiences.columns.columns import Columns
from headwater.audiences.counting import Times
from headwater.audiences.example import Example, bought, person
from headwater.audiences.happenings import Happenings
from headwater.audiences.history import History
from headwater.audiences.needs import Needs
from headwater.audiences.operator import EventName, Operator, Where, Within
from headwater.audiences.reading import Reader
from headwater.audiences.rule import Condition
from headwater.audiences.scope import Scope
from headwater.audiences.shortfall import too_few_or_many
from headwater.audiences.values import show
from headwater.audiences.waiting import first_loss, when
from headwater.core.clock import Clock
from headwater.core.documents import Declaration, Place
from headwater.engine.bitmaps import Bits
from headwater.engine.query import column, literal

MOST_TIMES = 1_000_000_000
Bound = Literal["at_least", "at_most", "exactly"]


class Fields(Declaration):
    """What `did` may say."""

    did: EventName = Field(description="The event.")
    where: Where = Field(None, description="Only events whose properties are so.")
    at_least: StrictInt | None = Field(None, ge=1, le=MOST_TIMES, description="So many times or more.")
    at_most: StrictInt | None = Field(
        None, ge=0, le=MOST_TIMES, description="So many times or fewer; also never."
    )
    exactly: StrictInt | None = Field(None, ge=0, le=MOST_TIMES, description="Just so many times; 0: never.")
    within: Within = Field(None, description="Only events in this stretch of time.")

    @model_validator(mode="after")
    def _says_one_count(self) -> Fields:
        if len(self.model_fields_set & {"at_least", "at_most", "exactly"}) > 1:
            raise ValueError("must say no more than one of at_least, at_most and exactly")
        return self


@dataclass(frozen=True)
class Did(Condition):
    """The number of happenings is at least, at most or exactly `times`."""

    happenings: Happenings
    bound: Bound = "at_least"
    times: int = 1

    def to_data(self) -> dict[str, object]:
        """The YAML that says it."""
        return {"did": self.happenings.event} | self.happenings.to_data() | {self.bound: self.times}

    def describe(self) -> str:
        """In words."""
        unit = "time" if self.times == 1 else "times"
        count = f"{self.bound.replace('_', ' ')} {self.times} {unit}"
        return f"did {self.happenings.describe()} {count} {self.happenings.within.describe()}"

    def needs(self) -> Needs:
        """The events with what filters read."""
        return self.happenings.needs()

    def to_sql(self, scope: Scope) -> exp.Select:
        """Who meets it."""
        rows = self.happenings.rows(scope).select(column("profile_id"))
        if self.bound == "at_least" and self.times == 1:
            return rows.distinct()
        if self.bound == "at_least" or (self.bound == "exactly" and self.times > 0):
            n = exp.Count(this=exp.Star())
            wanted = n.eq(literal(self.times)) if self.bound == "exactly" else n >= literal(self.times)
            return rows.group_by(column("profile_id")).having(wanted)
        return self._all_but(rows, scope)

    def to_bits(self, columns: Columns) -> Bits:
        """Who meets it."""
        counts = self.happenings.counts(columns)
        match self.bound:
            case "at_least":
                return np.greater_equal(counts, self.times)
            case "at_most":
                return np.less_equal(counts, self.times)
            case "exactly":
                return np.equal(counts, self.times)

    def _all_but(self, rows: exp.Select, scope: Scope) -> exp.Select:
        """Everyone except who did it more often: so are those counted who never did."""
        too_often = rows.group_by(column("profile_id")).having(
            exp.Count(this=exp.Star()) > literal(self.times)
        )
        everyone = exp.select(column("profile_id")).from_(scope.profiles())
        return everyone.where(exp.not_(column("profile_id").isin(query=too_often)))

    def matches(self, history: History, clock: Clock) -> bool:
        """Whether one profile meets it."""
        return Times(self.bound, self.times).holds(sum(1 for _ in self.happenings.of(history, clock)))

    def seen(self, history: History, clock: Clock) -> str:
        """How often, and when last."""
        moments = [event.occurred_at for event in self.happenings.of(history, clock)]
        if not moments:
            return "0 times"
        return f"{len(moments)} {'time' if len(moments) == 1 else 'times'}, last {show(max(moments))}"

    def lacks(self, history: History, clock: Clock) -> str:
        """How often more, or until when."""
        events = self.happenings
        return too_few_or_many(
            Times(self.bound, self.times),
            sum(1 for _ in events.of(history, clock)),
            lambda n: f"{n} more {events.describe_in_window()}",
            wait=when(self.turns_at(history, clock), [events], history, clock),
            before=when(first_loss(events, history, clock), [events], history, clock),
            is_open=events.is_open(clock),
        )

    def turned_by(self) -> tuple[Happenings, ...]:
        """Its events."""
        return (self.happenings,)

    def edges(self, history: History, clock: Clock) -> Iterable[datetime]:
        """When events come into the window or go out of it, so that they are enough or too few."""
        times = Times(self.bound, self.times)
        return self.happenings.turns(history, clock, lambda counted: times.holds(len(counted)))


def _read(given: Fields, place: Place, reader: Reader) -> Condition | None:
    happenings = reader.happenings(given.did, given.where, given.within, place, "did")
    if happenings is None:
        return None
    if given.at_most is not None:
        return Did(happenings, "at_most", given.at_most)
    if given.exactly is not None:
        return Did(happenings, "exactly", given.exactly)
    return Did(happenings, "at_least", given.at_least or 1)


_COFFEE: dict[str, object] = {
    "did": "purchase",
    "where": {"category": "COFFEE", "revenue": {"at_least": 2.5}},
    "at_least": 2,
    "within": {"last": "90 days"},
}
_COFFEE_TEXT = (
    'did purchase where (category equals "COFFEE" and revenue is at least 2.5)'
    " at least 2 times in the last 90 days"
)
_NEVER: dict[str, object] = {"did": "purchase", "exactly": 0, "within": {"since": "2017-06-01"}}
_NEVER_TEXT = "did purchase exactly 0 times since 2017-06-01"
_ONCE: dict[str, object] = {"did": "purchase", "at_most": 1}
_ONCE_TEXT = "did purchase at most 1 time at any time"

OPERATOR = Operator(
    Fields,
    _read,
    (
        Example(
            _COFFEE,
            _COFFEE_TEXT,
            person(bought(2, category="COFFEE", revenue=2.5), bought(89, category="COFFEE", revenue=9)),
            takes_in=True,
        ),
        Example(
            _COFFEE,
            _COFFEE_TEXT,
            person(bought(2, category="COFFEE", revenue=2.5), bought(90, category="COFFEE", revenue=9)),
            takes_in=False,
        ),
        Example(_NEVER, _NEVER_TEXT, person(bought(40)), takes_in=True),
        Example(_NEVER, _NEVER_TEXT, person(bought(30.5)), takes_in=False),
        Example(_ONCE, _ONCE_TEXT, person(), takes_in=True),
        Example(_ONCE, _ONCE_TEXT, person(bought(1)), takes_in=True),
        Example(_ONCE, _ONCE_TEXT, person(bought(1), bought(2)), takes_in=False),
        Example(
            {"did": "purchase", "where": {"gift": True}},
            "did purchase where (gift equals true) at least 1 time at any time",
            person(bought(3, gift=True)),
            takes_in=True,
        ),
    ),
)
