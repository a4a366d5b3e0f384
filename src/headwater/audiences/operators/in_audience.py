"""Is in another audience, as that audience's rule says in the same run: `in_audience: lapsed`."""

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
from headwater.audiences.operator import AudienceName, Operator
from headwater.audiences.reading import Reader
from headwater.audiences.rule import Condition
from headwater.audiences.scope import Scope
from headwater.audiences.values import show_name
from headwater.core.clock import Clock
from headwater.core.documents import Declaration, Place
from headwater.engine.bitmaps import Bits
from headwater.engine.query import column


class Fields(Declaration):
    """What `in_audience` may say."""

    in_audience: AudienceName = Field(
        description="The other audience; audiences may not refer to each other in a circle."
    )


@dataclass(frozen=True)
class InAudience(Condition):
    """Is a member of an audience."""

    audience: str

    def to_data(self) -> dict[str, object]:
        """The YAML that says it."""
        return {"in_audience": self.audience}

    def describe(self) -> str:
        """In words."""
        return f"is in audience {show_name(self.audience)}"

    def needs(self) -> Needs:
        """The audience."""
        return Needs(audiences=frozenset([self.audience]))

    def to_sql(self, scope: Scope) -> exp.Select:
        """Its members."""
        return exp.select(column("profile_id")).from_(scope.audience(self.audience))

    def to_bits(self, columns: Columns) -> Bits | None:
        """Its members."""
        return columns.sets.get(self.audience)

    def matches(self, history: History, clock: Clock) -> bool:
        """Whether one profile is a member."""
        return self.audience in history.audiences

    def seen(self, history: History, clock: Clock) -> str:
        """Whether it is."""
        return "is a member" if self.matches(history, clock) else "is no member"

    def edges(self, history: History, clock: Clock) -> Iterable[datetime]:
        """Never: whether its members change is for its own rule to say."""
        return ()


def _read(given: Fields, place: Place, reader: Reader) -> Condition | None:
    before = len(reader.problems)
    reader.audience(given.in_audience, (*place, "in_audience"))
    return InAudience(given.in_audience) if len(reader.problems) == before else None


_RULE: dict[str, object] = {"in_audience": "lapsed"}
_TEXT = "is in audience lapsed"

OPERATOR = Operator(
    Fields,
    _read,
    (
        Example(_RULE, _TEXT, person(audiences=("lapsed", "coffee_lovers")), takes_in=True),
        Example(_RULE, _TEXT, person(audiences=("coffee_lovers",)), takes_in=False),
    ),
)
