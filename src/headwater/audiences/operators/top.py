"""Is among those with the highest (or lowest) values of a trait: `top: 1000` or `top: 10%`, `by: revenue_90d`.

Who has no value is never among them, and a share is one of those who have a value, rounded up. Whose value equals that of
the last one is in too, so there can be a few more: nobody is left out by chance.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field, PlainValidator
from sqlglot import exp

from headwater.audiences.columns.coding import passing
from headwater.audiences.columns.columns import Columns
from headwater.audiences.columns.ranks import n_better
from headwater.audiences.example import Example, person
from headwater.audiences.history import History
from headwater.audiences.needs import Needs
from headwater.audiences.operator import Operator, TraitName
from headwater.audiences.percent import WHOLE, read_percent, show_percent
from headwater.audiences.reading import Reader
from headwater.audiences.rule import SetCondition
from headwater.audiences.scope import Scope
from headwater.audiences.values import Value, ValueType, show, show_name, typed
from headwater.core.clock import Clock
from headwater.core.documents import Declaration, Place
from headwater.engine.bitmaps import Bits, Ids
from headwater.engine.engine import Engine
from headwater.engine.query import column, literal

MOST = 1_000_000_000
Order = Literal["highest", "lowest"]


@dataclass(frozen=True)
class Amount:
    """So many people, or so many millionths of them."""

    number: int
    is_share: bool = False

    def __str__(self) -> str:
        return show_percent(self.number) if self.is_share else str(self.number)


def _read_amount(given: object) -> Amount:
    if isinstance(given, str):
        return Amount(read_percent(given), is_share=True)
    if isinstance(given, bool) or not isinstance(given, int):
        raise ValueError("must be a whole number like 1000, or a share like 10%")  # noqa: TRY004
    if not 1 <= given <= MOST:
        raise ValueError(f"must be between 1 and {MOST:,}")
    return Amount(given)


class Fields(Declaration):
    """What `top` may say."""

    top: Annotated[Amount, PlainValidator(_read_amount, json_schema_input_type=int | str)] = Field(
        description="How many: a number like 1000, or a share like 10% of those who have a value."
    )
    by: TraitName = Field(description="The trait whose values are compared: a number or an instant.")
    order: Order = Field(
        "highest", description="Whether the highest values (latest instants) count, or the lowest."
    )


@dataclass(frozen=True)
class Top(SetCondition):
    """Its value of a trait is among the highest or lowest."""

    amount: Amount
    trait: str
    order: Order
    type: ValueType

    def to_data(self) -> dict[str, object]:
        """The YAML that says it."""
        amount = str(self.amount) if self.amount.is_share else self.amount.number
        return {"top": amount, "by": self.trait, "order": self.order}

    def describe(self) -> str:
        """In words."""
        return f"is among the {self.order} {self.amount} by {show_name(self.trait)}"

    def needs(self) -> Needs:
        """The trait."""
        return Needs(traits=frozenset([self.trait]))

    def to_sql(self, scope: Scope) -> exp.Select:
        """Those than whom fewer are better: so ties with the last one are in."""
        ranked = self._ranked(scope).subquery("ranked")
        return exp.select(column("profile_id")).from_(ranked).where(self._is_in())

    def _is_in(self) -> exp.Expr:
        place, n = column("place"), column("n")
        if self.amount.is_share:
            return exp.paren(place - literal(1)) * literal(WHOLE) < n * literal(self.amount.number)
        return place <= literal(self.amount.number)

    def _ranked(self, scope: Scope) -> exp.Select:
        """`profile_id`, `place` (from 1; those with equal values share the first of theirs) and `n`, how many there are."""
        value, is_highest = column(self.type), self.order == "highest"
        by = exp.Order(expressions=[exp.Ordered(this=value, desc=is_highest, nulls_first=False)])
        place = exp.Window(this=exp.Rank(), order=by)
        n = exp.Window(this=exp.Count(this=exp.Star()))
        ranked = exp.select(
            column("profile_id"), exp.alias_(place, "place", quoted=True), exp.alias_(n, "n", quoted=True)
        )
        everyone = exp.select(column("profile_id")).from_(scope.profiles())
        return ranked.from_(scope.trait(self.trait)).where(
            exp.not_(value.copy().is_(exp.Null())), column("profile_id").isin(query=everyone)
        )

    def to_bits(self, columns: Columns) -> Bits:
        """The same, with the rank of each value instead of each person's."""
        held = columns.trait(self.trait).get(self.type)
        if held is None:
            return columns.universe.none()
        asked = f"{self.order} {self.amount}"
        if asked not in held.luts:
            held.luts[asked] = self._are_in(n_better(held, is_highest=self.order == "highest"))
        return passing(held.codes, held.luts[asked])

    def _are_in(self, better: npt.NDArray[np.int64]) -> Bits:
        """Which values are among them; the first of these numbers is how many people have a value."""
        number = self.amount.number
        found: Bits = better * WHOLE < better[0] * number if self.amount.is_share else better < number
        found[0] = False  # the missing value
        return found

    def seen(self, history: History, clock: Clock) -> str:
        """The value, and whether it is enough."""
        value = typed(history.traits.get(self.trait), self.type)
        return "no value" if value is None else f"{show(value)}, {super().seen(history, clock)}"

    def lacks(self, history: History, clock: Clock) -> str:
        """The value that is enough."""
        if self in history.met:
            return ""
        bar, name = history.bars.get(self), show_name(self.trait)
        if bar is None:
            return f"{name} would have to have a value"
        bound = "at least" if self.order == "highest" else "at most"
        return f"{name} would have to be {bound} {show(bar)}"

    def bar(self, members: Ids, engine: Engine) -> Value:
        """The value of the last of them: who has it is in, too."""
        rows = engine.table(
            exp.select(column("profile_id"), column(self.type))
            .from_("traits")
            .where(column("trait").eq(literal(self.trait)), exp.not_(column(self.type).is_(exp.Null())))
            .sql(engine.dialect)
        )
        theirs = np.isin(rows["profile_id"].to_numpy(), members)
        edges = pc.min_max(rows[self.type].filter(pa.array(theirs)))
        last = edges["min" if self.order == "highest" else "max"].as_py()
        return last.replace(tzinfo=UTC) if isinstance(last, datetime) else typed(last, self.type)

    def edges(self, history: History, clock: Clock) -> Iterable[datetime]:
        """Never: traits are taken to stay as they are."""
        return ()


def _read(given: Fields, place: Place, reader: Reader) -> SetCondition | None:
    before = len(reader.problems)
    kind = reader.trait_type(given.by, (*place, "by"))
    if kind not in (None, ValueType.NUMBER, ValueType.INSTANT):
        reader.problem(
            (*place, "by"),
            f"'{given.by}' is {kind}",
            expected="compare by a trait that is a number or an instant",
        )
    if len(reader.problems) > before:
        return None
    return Top(given.top, given.by, given.order, kind or ValueType.NUMBER)


_RULE: dict[str, object] = {"top": 2, "by": "revenue", "order": "highest"}
_TEXT = "is among the highest 2 by revenue"
_SHARE: dict[str, object] = {"top": "25%", "by": "revenue", "order": "lowest"}
_SHARE_TEXT = "is among the lowest 25% by revenue"
_OTHERS = (person(revenue=30.0), person(revenue=20.0), person(revenue=10.0), person())

OPERATOR = Operator(
    Fields,
    _read,
    (
        Example(_RULE, _TEXT, person(revenue=25.0), takes_in=True, others=_OTHERS),
        Example(_RULE, _TEXT, person(revenue=20.0), takes_in=True, others=_OTHERS),
        Example(_RULE, _TEXT, person(revenue=19.0), takes_in=False, others=_OTHERS),
        Example(_RULE, _TEXT, person(), takes_in=False, others=_OTHERS),
        Example(_SHARE, _SHARE_TEXT, person(revenue=9.0), takes_in=True, others=_OTHERS),
        Example(_SHARE, _SHARE_TEXT, person(revenue=11.0), takes_in=False, others=_OTHERS),
    ),
)
