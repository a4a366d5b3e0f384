"""What a value must be, as a form: one comparison after the other, each with what it compares with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from headwater.audiences.values import ValueType
from headwater.console.builder import operands
from headwater.console.builder.declared import Field, comparisons_for, fits, operand_of
from headwater.console.builder.lines import Hand, Looks, Offering, choice, line, offer
from headwater.console.builder.offered import Asked
from headwater.console.builder.rows import Rows
from headwater.console.drawn.look import text

Data = dict[str, Any]
EXAMPLES = {
    "gap": "2 days",
    "lasting": "7 days",
    "after": "30 days ago",
    "before": "30 days ago",
    "sample": "10%",
}


@dataclass(frozen=True)
class Compared:
    """What is compared. `known`: its type now, if that is known; `asked`: what values of it are looked for, if any are."""

    hand: Hand
    known: Callable[[], ValueType | None] = lambda: None
    asked: Callable[[str], Asked] | None = None


def tests(data: Data, name: str, compared: Compared) -> Callable[[], None]:
    """What a value must be, under a name in `data`; gives what is to be done when it is of another type.

    Then only the choice of comparisons is drawn anew: what was typed stays.
    """
    fits_anew: list[Callable[[], None]] = []
    rows = _rows(data.get(name))

    async def write() -> None:
        data[name] = _said(rows)
        await compared.hand.changed()

    own = replace(compared, hand=replace(compared.hand, changed=write))

    def new() -> Data | None:
        left = [each for each in comparisons_for(compared.known()) if all(each not in row for row in rows)]
        return {left[0]: _turned("", "text", operand_of(left[0]).kind, None)} if left else None

    def fit() -> None:
        for each in fits_anew:
            each()

    def draws(row: Data, draw: Callable[[], None]) -> None:
        fits_anew.append(_test(row, own, draw))

    Rows(rows, draws, write, new, "comparison", shown="+")
    return fit


def operand(data: Data, field: Field, compared: Compared) -> None:
    """What is compared with, under the field's name in `data`."""
    held, hand = data.get(field.name), compared.hand
    kind = field.kind if fits(field.kind, held) else "yaml"
    if kind == "span":
        _span(data, field, hand)
        return

    async def said(typed: str) -> None:
        data[field.name] = operands.typed(kind, typed, compared.known())
        await hand.changed()

    if kind in {"choice", "flag"}:
        options = {each: each for each in (field.choices or operands.FLAGS)}
        choice(field.label, options, str(held).lower() if kind == "flag" else str(held), said, field.meaning)
        return
    looks = Looks(
        hint=field.meaning, example="tea, coffee" if kind == "list" else EXAMPLES.get(field.name, "")
    )
    offering = _offering(compared, kind) if kind in {"list", "value", "text"} else None
    line(field.label, operands.shown(kind, held, compared.known()), said, looks, offering)


def _offering(compared: Compared, kind: str) -> Offering | None:
    asked = compared.asked
    if asked is None:
        return None
    if kind != "list":
        return Offering(compared.hand.offers, asked)
    return Offering(compared.hand.offers, lambda typed: asked(operands.last_of(typed)), is_list=True)


def _span(data: Data, field: Field, hand: Hand) -> None:
    held = data.get(field.name)
    ends = list(held) if isinstance(held, list) else ["", ""]

    async def typed(number: int, said: str) -> None:
        ends[number] = operands.typed("value", said)
        data[field.name] = list(ends)
        await hand.changed()

    line("From", operands.shown("value", ends[0]), partial(typed, 0), Looks(hint=field.meaning))
    text("span", "and", "part-label quiet")
    line("To", operands.shown("value", ends[1]), partial(typed, 1), Looks(hint=field.meaning))


def _test(row: Data, compared: Compared, draw: Callable[[], None]) -> Callable[[], None]:
    name = next(iter(row))

    async def turned(to: str) -> None:
        row[to] = _turned(row.pop(name), operand_of(name).kind, operand_of(to).kind, compared.known())
        draw()
        await compared.hand.changed()

    def fitting() -> dict[str, str]:
        return {each: each.replace("_", " ") for each in sorted({name, *comparisons_for(compared.known())})}

    def fit() -> None:
        if not element.is_deleted:
            offer(element, fitting(), name)

    element = choice("Comparison", fitting(), name, turned)
    operand(row, operand_of(name), compared)
    return fit


def _turned(held: object, kind: str, to: str, known: ValueType | None) -> object:
    """What was compared with, for another comparison, as far as it goes."""
    if to == "flag":
        return True
    if to == "span":
        return held if kind == "span" else ["", ""]
    if kind in {"flag", "span"}:
        return [] if to == "list" else ""
    return operands.typed(to, operands.shown(kind, held, known), known)


def _rows(held: object) -> list[Data]:
    """What a value must be, one comparison a row."""
    if isinstance(held, dict):
        return [{name: each} for name, each in held.items() if name in comparisons_for(None)] or [
            {"equals": ""}
        ]
    return [{"one_of": held}] if isinstance(held, list) else [{"equals": "" if held is None else held}]


def _said(rows: Sequence[Data]) -> object:
    """Rows as YAML says them: shortly, where that is usual."""
    together = {name: each for row in rows for name, each in row.items()}
    is_short = len(together) == 1 and next(iter(together)) in {"equals", "one_of"}
    return next(iter(together.values())) if is_short else together
