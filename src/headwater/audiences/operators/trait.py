"""Has a trait whose value is so: `trait: age`, `is: {one_of: [25-34, 35-44]}`. Who lacks the trait passes no comparison
but `exists: false`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from itertools import chain

import numpy as np
from pydantic import Field
from sqlglot import exp

from headwater.audiences.columns.columns import Columns
from headwater.audiences.comparison import Test, tests_data
from headwater.audiences.example import Example, person
from headwater.audiences.history import History
from headwater.audiences.needs import Needs
from headwater.audiences.operator import Is, Operator, TraitName
from headwater.audiences.reading import Reader
from headwater.audiences.rule import Condition
from headwater.audiences.scope import Scope
from headwater.audiences.shortfall import short_of
from headwater.audiences.turning import edges_of_test
from headwater.audiences.values import ValueType, show, show_name, typed
from headwater.core.clock import Clock
from headwater.core.documents import Declaration, Place
from headwater.engine.bitmaps import Bits
from headwater.engine.query import column


class Fields(Declaration):
    """What `trait` may say."""

    trait: TraitName = Field(description="The trait.")
    is_: Is = Field(alias="is", description="What its value must be.")


@dataclass(frozen=True)
class Trait(Condition):
    """The value of a trait passes all tests."""

    trait: str
    tests: tuple[Test, ...]

    def to_data(self) -> dict[str, object]:
        """The YAML that says it."""
        return {"trait": self.trait, "is": tests_data(self.tests)}

    def describe(self) -> str:
        """In words."""
        return f"trait {show_name(self.trait)} {' and '.join(test.describe() for test in self.tests)}"

    def needs(self) -> Needs:
        """The trait."""
        return Needs(traits=frozenset([self.trait]))

    def to_sql(self, scope: Scope) -> exp.Select:
        """Who meets it; joined to all profiles, so that those without the trait can pass `exists: false`."""
        tests = [test.to_sql(column(test.type, "held"), scope.clock) for test in self.tests]
        held = exp.alias_(scope.trait(self.trait), "held", table=True)
        everyone = exp.alias_(scope.profiles(), "everyone", table=True)
        joined = exp.select(column("profile_id", "everyone")).from_(everyone)
        if all(test.type is not ValueType.ANY for test in self.tests):
            return exp.select(column("profile_id", "held")).from_(held).where(*tests)
        same = column("profile_id", "held").eq(column("profile_id", "everyone"))
        return joined.join(held, on=same, join_type="left").where(*tests)

    def to_bits(self, columns: Columns) -> Bits:
        """Who meets it."""
        values = columns.trait(self.trait)
        nobody = columns.universe.none()
        found = [
            columns.passing_rows(values[test.type], test) if test.type in values else nobody
            for test in self.tests
        ]
        return reduce(np.logical_and, found)

    def matches(self, history: History, clock: Clock) -> bool:
        """Whether one profile meets it."""
        value = history.traits.get(self.trait)
        return all(test.holds(typed(value, test.type), clock) for test in self.tests)

    def seen(self, history: History, clock: Clock) -> str:
        """The value."""
        value = typed(history.traits.get(self.trait), ValueType.ANY)
        return "no value" if value is None else show(value)

    def lacks(self, history: History, clock: Clock) -> str:
        """By how much the value fails its tests, and when it comes to pass or fail them by itself."""
        turn = self.turns_at(history, clock)
        if self.matches(history, clock):
            return f"until {show(turn)}" if turn else ""
        value = typed(history.traits.get(self.trait), ValueType.ANY)
        needed = f"{show_name(self.trait)} {short_of(self.tests, value, clock)}"
        return needed + (f", or wait: not before {show(turn)}" if turn else "")

    def edges(self, history: History, clock: Clock) -> Iterable[datetime]:
        """When a moment like `30 days ago` comes to the value."""
        value = history.traits.get(self.trait)
        return chain.from_iterable(edges_of_test(test, typed(value, test.type), clock) for test in self.tests)


def _read(given: Fields, place: Place, reader: Reader) -> Condition | None:
    before = len(reader.problems)
    known = reader.trait_type(given.trait, (*place, "trait"))
    tests = reader.tests(given.is_, (*place, "is"), known)
    return Trait(given.trait, tests) if len(reader.problems) == before else None


_RULE: dict[str, object] = {"trait": "age", "is": ["25-34", "35-44"]}
_TEXT = 'trait age is one of ("25-34", "35-44")'

OPERATOR = Operator(
    Fields,
    _read,
    (
        Example(_RULE, _TEXT, person(age="25-34"), takes_in=True),
        Example(_RULE, _TEXT, person(age="45-54"), takes_in=False),
        Example(_RULE, _TEXT, person(), takes_in=False),
    ),
)
