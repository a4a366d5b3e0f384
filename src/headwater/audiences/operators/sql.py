"""Is selected by a query of its own: `sql: SELECT profile_id FROM traits WHERE …`, for what no other operator can ask.

The query is one SELECT in DuckDB's SQL that gives the one column `profile_id`; it reads the project's tables as of this run
(`memberships` as of the last one) and nothing else. `:now` is the moment of the run. Rows that are NULL or no profile
are left out. It has `sql_seconds` to answer. What it leaves open (rows of equal rank under LIMIT) it leaves to chance.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from pydantic import Field
from sqlglot import exp

from headwater.audiences.example import Example, person
from headwater.audiences.needs import Needs
from headwater.audiences.operator import Operator
from headwater.audiences.reading import Reader
from headwater.audiences.rule import SetCondition
from headwater.audiences.scope import Scope
from headwater.audiences.sql_text import faults, query_of, tables_of
from headwater.audiences.values import Text, show
from headwater.core.documents import Declaration, Place
from headwater.engine.query import DIALECT


class Fields(Declaration):
    """What `sql` may say."""

    sql: Text = Field(description="One SELECT that gives the column profile_id, in DuckDB's SQL.")


@dataclass(frozen=True)
class Sql(SetCondition):
    """Is among the profiles that a query gives."""

    text: str

    is_free: ClassVar[bool] = True

    def to_data(self) -> dict[str, object]:
        """The YAML that says it."""
        return {"sql": self.text}

    def describe(self) -> str:
        """In words."""
        return f"is selected by {show(self.text)}"

    def needs(self) -> Needs:
        """The tables it reads."""
        return Needs(tables=tables_of(self.text))

    def to_sql(self, scope: Scope) -> exp.Select:
        """The query."""
        return query_of(self.text, scope.clock)

    def refusal(self, dialect: str) -> str:
        """It is in DuckDB's words, which other engines may take for something else."""
        return "" if dialect == DIALECT else "is written in the SQL of DuckDB"


def _read(given: Fields, place: Place, reader: Reader) -> SetCondition | None:
    text = given.sql.strip()
    found = faults(text)
    for fault in found:
        reader.problem((*place, "sql"), fault.message, expected=fault.expected)
    return None if found else Sql(text)


_TEXT = "SELECT profile_id FROM traits WHERE trait = 'city' AND text ILIKE 'new %'"

OPERATOR = Operator(
    Fields,
    _read,
    (
        Example({"sql": _TEXT}, f"is selected by {show(_TEXT)}", person(city="New York"), takes_in=True),
        Example({"sql": _TEXT}, f"is selected by {show(_TEXT)}", person(city="Newport"), takes_in=False),
    ),
)
