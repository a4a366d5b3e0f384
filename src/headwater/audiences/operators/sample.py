"""Is in a sample of everyone: `sample: 10%`, `salt: winter`. Stable: the same people at every run.

A larger sample with the same salt holds the smaller one. Samples with different salts have nothing to do with each other.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from pydantic import Field
from sqlglot import exp

from headwater.audiences.columns.columns import Columns
from headwater.audiences.example import Example, person
from headwater.audiences.history import History
from headwater.audiences.needs import Needs
from headwater.audiences.operator import Operator
from headwater.audiences.percent import Percent, show_percent
from headwater.audiences.reading import Reader
from headwater.audiences.rule import Condition
from headwater.audiences.scope import Scope
from headwater.audiences.shuffle import Stretch
from headwater.audiences.values import Text, show
from headwater.core.clock import Clock
from headwater.core.documents import Declaration, Place
from headwater.engine.bitmaps import Bits
from headwater.engine.query import column


class Fields(Declaration):
    """What `sample` may say."""

    sample: Percent = Field(description="How large a share of everyone: 10%, 2.5%; up to four decimals.")
    salt: Text = Field(description="Any text: another one draws other people.")


@dataclass(frozen=True)
class Sample(Condition):
    """Is among the first `share` millionths of everyone, shuffled by the salt."""

    share: int
    salt: str

    @property
    def stretch(self) -> Stretch:
        """Who they are."""
        return Stretch(self.salt, 0, self.share)

    def to_data(self) -> dict[str, object]:
        """The YAML that says it."""
        return {"sample": show_percent(self.share), "salt": self.salt}

    def describe(self) -> str:
        """In words."""
        return f"is in the sample of {show_percent(self.share)} drawn with the salt {show(self.salt)}"

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
        """Whether it is."""
        return "is drawn" if self.matches(history, clock) else "is not drawn"

    def lacks(self, history: History, clock: Clock) -> str:
        """Nothing."""
        return "nothing turns it: the salt has drawn, once and for all"

    def edges(self, history: History, clock: Clock) -> Iterable[datetime]:
        """Never: the same people at every run."""
        return ()


def _read(given: Fields, place: Place, reader: Reader) -> Condition:
    return Sample(given.sample, given.salt)


OPERATOR = Operator(
    Fields,
    _read,
    (
        Example(
            {"sample": "50%", "salt": "winter"},
            'is in the sample of 50% drawn with the salt "winter"',
            person(),
            takes_in=True,
        ),
        Example(
            {"sample": "50%", "salt": "spring"},
            'is in the sample of 50% drawn with the salt "spring"',
            person(),
            takes_in=False,
        ),
        Example(
            {"sample": "100%", "salt": "spring"},
            'is in the sample of 100% drawn with the salt "spring"',
            person(),
            takes_in=True,
        ),
    ),
)
