"""Is on an uploaded list: `in_list: vip`; under `not`, to leave its people out. `headwater lists upload` makes lists.

A list holds identifiers. Whose they are is asked at every run: who becomes known later is on it from then on.
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
from headwater.audiences.listed import LISTED, TABLES
from headwater.audiences.needs import Needs
from headwater.audiences.operator import ListName, Operator
from headwater.audiences.reading import Reader
from headwater.audiences.rule import Condition
from headwater.audiences.scope import Scope
from headwater.audiences.values import show_name
from headwater.core.clock import Clock
from headwater.core.documents import Declaration, Place
from headwater.engine.bitmaps import Bits
from headwater.engine.query import column, literal, parse


class Fields(Declaration):
    """What `in_list` may say."""

    in_list: ListName = Field(description="The list, by the name it was uploaded under.")


@dataclass(frozen=True)
class InList(Condition):
    """An identifier of the profile is on a list."""

    list: str

    def to_data(self) -> dict[str, object]:
        """The YAML that says it."""
        return {"in_list": self.list}

    def describe(self) -> str:
        """In words."""
        return f"is on list {show_name(self.list)}"

    def needs(self) -> Needs:
        """The lists, and whose identifiers they are."""
        return Needs(tables=TABLES)

    def to_sql(self, scope: Scope) -> exp.Select:
        """Who is on it."""
        listed = exp.Subquery(
            this=parse(LISTED).copy(), alias=exp.TableAlias(this=exp.to_identifier("listed"))
        )
        return exp.select(column("profile_id")).from_(listed).where(column("list").eq(literal(self.list)))

    def to_bits(self, columns: Columns) -> Bits:
        """Who is on it."""
        return columns.on_list(self.list)

    def matches(self, history: History, clock: Clock) -> bool:
        """Whether one profile is on it."""
        return self.list in history.lists

    def seen(self, history: History, clock: Clock) -> str:
        """Whether it is."""
        return "is on it" if self.matches(history, clock) else "is not on it"

    def lacks(self, history: History, clock: Clock) -> str:
        """An entry more, or less."""
        if self.matches(history, clock):
            return f"being taken off list {show_name(self.list)} would end it"
        return f"an identifier of this profile on list {show_name(self.list)}"

    def edges(self, history: History, clock: Clock) -> Iterable[datetime]:
        """Never: lists are taken to stay as they are."""
        return ()


def _read(given: Fields, place: Place, reader: Reader) -> Condition | None:
    before = len(reader.problems)
    reader.uploaded_list(given.in_list, (*place, "in_list"))
    return InList(given.in_list) if len(reader.problems) == before else None


_RULE: dict[str, object] = {"in_list": "vip"}
_TEXT = "is on list vip"

OPERATOR = Operator(
    Fields,
    _read,
    (
        Example(_RULE, _TEXT, person(lists=("vip", "no_mail")), takes_in=True),
        Example(_RULE, _TEXT, person(lists=("no_mail",)), takes_in=False),
    ),
)
