"""When something must have happened, as a rule says it; turned into a `Window` of two instants by the run's clock.

    within: {last: 90 days}                       more than 90 days ago is out; the very edge is out, now is in
    within: {more_than_ago: 90 days}              all of the past that `last` leaves out: the very edge is in
    within: {since: 2017-06-01}                   from that instant on (a date: from its first moment), inclusive
    within: {between: [2017-06-01, 2017-06-30]}   both ends inclusive (a date at the end: to its last moment)
    within: {between: [60 days ago, 30 days ago]} moments counted from now, inclusive too
    within: {this: week}                          the calendar's week so far: from the first moment of Monday
    within: {previous: month}                     the whole month of the calendar before this one

Without it: ever. What lies after now never counts, whatever the window says. Days, weeks, months, quarters and years are
those of the project's time zone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field, PlainValidator, model_validator

from headwater.audiences.values import (
    Moment,
    first_moment,
    last_moment,
    read_amount,
    read_moment,
    read_stretch,
)
from headwater.core.clock import Clock, Window, last, more_than_ago, previous, this
from headwater.core.documents import Declaration

Period = Literal["day", "week", "month", "quarter", "year"]


@dataclass(frozen=True)
class Within:
    """One way to say when, the others None; all None: ever.

    `last` and `more_than_ago`: amount and unit. `since`, alone or with `until`: moments as written. `this` and
    `previous`: a period of the calendar.
    """

    last: tuple[int, str] | None = None
    since: str | None = None
    until: str | None = None
    more_than_ago: tuple[int, str] | None = None
    this: str | None = None
    previous: str | None = None

    def window(self, clock: Clock) -> Window:
        """The two instants, for the clock's present and zone."""
        if self.last:
            return last(*self.last, clock)
        if self.more_than_ago:
            return more_than_ago(*self.more_than_ago, clock)
        if self.this:
            return this(self.this, clock)
        return previous(self.previous, clock) if self.previous else self._stretch(clock)

    def _stretch(self, clock: Clock) -> Window:
        end = clock.now()
        if self.until:
            end = min(end, last_moment(self.until, clock))
        if self.since is None:
            return Window(None, end)
        # A window is open at its start; instants are whole microseconds, so one earlier includes the instant itself.
        return Window(first_moment(self.since, clock) - timedelta(microseconds=1), end)

    def to_data(self) -> dict[str, object]:
        """What YAML says under `within:`; empty for ever."""
        if self.until:
            return {"between": [self.since, self.until]}
        said = {
            "last": _shown(self.last),
            "more_than_ago": _shown(self.more_than_ago),
            "since": self.since,
            "this": self.this,
            "previous": self.previous,
        }
        return {key: value for key, value in said.items() if value}

    def describe(self) -> str:
        """In words."""
        if self.last:
            amount, unit = self.last
            return f"in the last {amount} {unit}" if amount != 1 else f"in the last {unit.removesuffix('s')}"
        if self.more_than_ago:
            return f"more than {_shown(self.more_than_ago)} ago"
        if self.this or self.previous:
            return f"this {self.this}" if self.this else f"in the previous {self.previous}"
        if self.until:
            return f"between {self.since} and {self.until}"
        return f"since {self.since}" if self.since else "at any time"


EVER = Within()


def _shown(amount: tuple[int, str] | None) -> str:
    return f"{amount[0]} {amount[1]}" if amount else ""


def _amount(text: str | None) -> tuple[int, str] | None:
    """A canonical amount as number and unit."""
    if text is None:
        return None
    amount, unit = text.split()
    return int(amount), unit


def _read_past(given: object) -> str:
    moment = read_moment(given)
    if moment.startswith("in "):
        raise ValueError("lies after now: nothing there counts")
    return moment


def _read_between(given: object) -> tuple[str, str]:
    first, until = read_stretch(given)
    return _read_past(first), until


_Amount = Annotated[str, PlainValidator(read_amount, json_schema_input_type=str)]
_Between = Annotated[
    tuple[str, str],
    PlainValidator(
        _read_between, json_schema_input_type=Annotated[list[str], Field(min_length=2, max_length=2)]
    ),
]


_Past = Annotated[Moment, PlainValidator(_read_past, json_schema_input_type=str)]


class WithinFields(Declaration):
    """A stretch of time: one of `last`, `more_than_ago`, `since`, `between`, `this` and `previous`."""

    last: _Amount | None = Field(None, description="Up to now, from so long ago: 90 days, 1 month, 36 hours.")
    more_than_ago: _Amount | None = Field(
        None, description="So long ago or longer: 30 days. With `last` it makes up the whole past."
    )
    since: _Past | None = Field(
        None, description="From this date or date-time on, inclusive; or from a moment like 30 days ago."
    )
    between: _Between | None = Field(
        None,
        description="From the first to the second date or date-time, both inclusive; or moments like 30 days ago.",
    )
    this: Period | None = Field(
        None,
        description="The period of the project's calendar that now lies in, so far; weeks begin on Monday.",
    )
    previous: Period | None = Field(None, description="The whole period of the calendar before this one.")

    @model_validator(mode="after")
    def _says_one_thing(self) -> WithinFields:
        if len(self.model_fields_set) != 1:
            raise ValueError("must say one of last, more_than_ago, since, between, this and previous")
        return self

    def read(self) -> Within:
        """As a rule holds it."""
        since, until = self.between or (self.since, None)
        return Within(_amount(self.last), since, until, _amount(self.more_than_ago), self.this, self.previous)
