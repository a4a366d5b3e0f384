"""Is in one part of everyone, split at random: `split: B`, `parts: {A: 50, B: 50}`, `salt: spring`. Stable.

Parts lie side by side in the order of their names, each as many percent wide as it says; what is left of 100 is in no part.
So moving weight from a part to its neighbour moves just these people, and a part that grows into what is left only gains.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from pydantic import Field, PlainValidator
from sqlglot import exp

from headwater.audiences.columns.columns import Columns
from headwater.audiences.example import Example, person
from headwater.audiences.history import History
from headwater.audiences.needs import Needs
from headwater.audiences.operator import Operator
from headwater.audiences.percent import WHOLE, percent_number, read_percent_number, show_percent
from headwater.audiences.reading import Reader
from headwater.audiences.rule import Condition
from headwater.audiences.scope import Scope
from headwater.audiences.shuffle import Stretch
from headwater.audiences.values import Text, read_text, show
from headwater.core.clock import Clock
from headwater.core.documents import Declaration, Place
from headwater.core.errors import suggest
from headwater.engine.bitmaps import Bits
from headwater.engine.query import column

Parts = tuple[tuple[str, int], ...]


def _read_parts(given: object) -> Parts:
    if not isinstance(given, Mapping) or not given:
        raise ValueError("must hold parts with their percent, like {A: 50, B: 50}")
    parts = sorted((read_text(name), _percent(name, share)) for name, share in given.items())
    if sum(share for _, share in parts) > WHOLE:
        raise ValueError("must not be more than 100 percent together")
    return tuple(parts)


def _percent(name: str, share: object) -> int:
    try:
        return read_percent_number(share)
    except ValueError as error:
        raise ValueError(f"part '{name}' {error}") from None


class Fields(Declaration):
    """What `split` may say."""

    split: Text = Field(description="The part.")
    parts: Annotated[
        Parts,
        PlainValidator(_read_parts, json_schema_input_type=Annotated[dict[str, float], Field(min_length=1)]),
    ] = Field(description="All parts with their percent; up to four decimals, at most 100 together.")
    salt: Text = Field(description="Any text: another one splits everyone anew. One split has one salt.")


@dataclass(frozen=True)
class Split(Condition):
    """Is in a part. `parts`: names with their millionths, in order of name."""

    part: str
    parts: Parts
    salt: str

    @property
    def stretch(self) -> Stretch:
        """Who they are."""
        start = sum(share for name, share in self.parts if name < self.part)
        return Stretch(self.salt, start, start + dict(self.parts)[self.part])

    def to_data(self) -> dict[str, object]:
        """The YAML that says it."""
        parts = {name: percent_number(share) for name, share in self.parts}
        return {"split": self.part, "parts": parts, "salt": self.salt}

    def describe(self) -> str:
        """In words."""
        parts = ", ".join(f"{show(name)} {show_percent(share)}" for name, share in self.parts)
        return f"is in part {show(self.part)} of the split into {parts} with the salt {show(self.salt)}"

    def needs(self) -> Needs:
        """Nothing but the profiles' numbers."""
        return Needs()

    def to_sql(self, scope: Scope) -> exp.Select:
        """Who is in it."""
        return exp.select(column("profile_id")).from_(scope.profiles()).where(self.stretch.sql())

    def to_bits(self, columns: Columns) -> Bits:
        """Who is in it."""
        return self.stretch.chosen(columns.places(self.salt))

    def matches(self, history: History, clock: Clock) -> bool:
        """Whether one profile is in it."""
        return self.stretch.holds(history.profile_id)

    def seen(self, history: History, clock: Clock) -> str:
        """The part that the profile is in."""
        for name, _ in self.parts:
            if Split(name, self.parts, self.salt).stretch.holds(history.profile_id):
                return f"is in part {show(name)}"
        return "is in no part"

    def lacks(self, history: History, clock: Clock) -> str:
        """Nothing."""
        return "nothing turns it: the salt has split everyone, once and for all"

    def edges(self, history: History, clock: Clock) -> Iterable[datetime]:
        """Never: the same people at every run."""
        return ()


def _read(given: Fields, place: Place, reader: Reader) -> Condition | None:
    if given.split in dict(given.parts):
        return Split(given.split, given.parts, given.salt)
    expected = suggest(given.split, dict(given.parts))
    reader.problem((*place, "split"), f"there is no part '{given.split}'", expected=expected)
    return None


def _example(part: str, share_of_a: int, *, takes_in: bool) -> Example:
    parts = {"A": share_of_a, "B": 50}
    text = f'is in part "{part}" of the split into "A" {share_of_a}%, "B" 50% with the salt "winter"'
    return Example({"split": part, "parts": parts, "salt": "winter"}, text, person(), takes_in)


OPERATOR = Operator(
    Fields,
    _read,
    (
        _example("A", 50, takes_in=True),
        _example("B", 50, takes_in=False),
        _example("B", 10, takes_in=True),
    ),
)
