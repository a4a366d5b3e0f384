"""When something must have happened, as a rule says it; turned into a `Window` of two instants by the run's clock.

    within: {last: 90 days}                       more than 90 days ago is out; the very edge is out, now is in
    within: {since: 2017-06-01}                   from that instant on (a date: from its first moment), inclusive
    within: {between: [2017-06-01, 2017-06-30]}   both ends inclusive (a date at the end: to its last moment)

Without it: ever. What lies after now never counts, whatever the window says.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

from pydantic import Field, PlainValidator, model_validator

from headwater.audiences.values import Moment, first_moment, last_moment, read_moment
from headwater.core.clock import UNITS, Clock, Window, last
from headwater.core.documents import Declaration

# A hundred years: longer is "ever", and reaches towards the first year of the calendar.
_MOST = dict(zip(UNITS, (52_596_000, 876_600, 36_525, 5_217, 1_200, 100), strict=True))
_AMOUNT = re.compile(r"([+-]?\d{1,12}) +([a-z]+)")


@dataclass(frozen=True)
class Within:
    """`last` (amount, unit), or `since`, or `since` and `until` (ISO 8601 as written); all None: ever."""

    last: tuple[int, str] | None = None
    since: str | None = None
    until: str | None = None

    def window(self, clock: Clock) -> Window:
        """The two instants, for the clock's present and zone."""
        if self.last:
            return last(*self.last, clock)
        end = clock.now()
        if self.until:
            end = min(end, last_moment(self.until, clock.zone))
        if self.since is None:
            return Window(None, end)
        # A window is open at its start; instants are whole microseconds, so one earlier includes the instant itself.
        return Window(first_moment(self.since, clock.zone) - timedelta(microseconds=1), end)

    def to_data(self) -> dict[str, object]:
        """What YAML says under `within:`; empty for ever."""
        if self.last:
            return {"last": f"{self.last[0]} {self.last[1]}"}
        if self.until:
            return {"between": [self.since, self.until]}
        return {"since": self.since} if self.since else {}

    def describe(self) -> str:
        """In words."""
        if self.last:
            amount, unit = self.last
            return f"in the last {amount} {unit}" if amount != 1 else f"in the last {unit.removesuffix('s')}"
        if self.until:
            return f"between {self.since} and {self.until}"
        return f"since {self.since}" if self.since else "at any time"


EVER = Within()


def read_last(given: object) -> str:
    """An amount of time, such as "90 days", in canonical form.

    Raises:
        ValueError: it is none, not positive, or longer than a hundred years.
    """
    match = _AMOUNT.fullmatch(given.strip()) if isinstance(given, str) else None
    wanted = f"must be an amount of time like 90 days; units: {', '.join(UNITS)}"
    if not match:
        raise ValueError(wanted)
    amount, unit = int(match[1]), match[2] if match[2].endswith("s") else f"{match[2]}s"
    if unit not in UNITS:
        raise ValueError(wanted)
    if amount < 1:
        raise ValueError("must be longer than nothing: 1 or more")
    if amount > _MOST[unit]:
        raise ValueError("must not be longer than 100 years; for ever, leave `within` out")
    return f"{amount} {unit}"


def _read_between(given: object) -> tuple[str, str]:
    if not isinstance(given, (list, tuple)) or len(given) != 2:
        raise ValueError("must be a list of two dates: the first and the last")
    first, until = read_moment(given[0]), read_moment(given[1])
    zone = Clock().zone
    if first_moment(first, zone) > last_moment(until, zone):
        raise ValueError("begins after it ends")
    return first, until


_Last = Annotated[str, PlainValidator(read_last, json_schema_input_type=str)]
_Between = Annotated[
    tuple[str, str],
    PlainValidator(
        _read_between, json_schema_input_type=Annotated[list[str], Field(min_length=2, max_length=2)]
    ),
]


class WithinFields(Declaration):
    """A stretch of time: one of `last`, `since` and `between`."""

    last: _Last | None = Field(None, description="Up to now, from so long ago: 90 days, 1 month, 36 hours.")
    since: Moment | None = Field(None, description="From this date or date-time on, inclusive.")
    between: _Between | None = Field(
        None, description="From the first to the second date or date-time, both inclusive."
    )

    @model_validator(mode="after")
    def _says_one_thing(self) -> WithinFields:
        if len(self.model_fields_set) != 1:
            raise ValueError("must say one of last, since and between")
        return self

    def read(self) -> Within:
        """As a rule holds it."""
        if self.last:
            amount, unit = self.last.split()
            return Within(last=(int(amount), unit))
        first, until = self.between or (self.since, None)
        return Within(since=first, until=until)
