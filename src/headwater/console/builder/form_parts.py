"""What forms of conditions are made of beside comparisons: how often, when, filters, and names with numbers.

Each changes plain data in place, as YAML has it, and says that it did.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from headwater.audiences.values import ValueType
from headwater.console.builder import operands
from headwater.console.builder.comparisons import Compared, Data, operand, tests
from headwater.console.builder.declared import TIMES, Field, fields_in
from headwater.console.builder.lines import Hand, Looks, Offering, choice, line, meaning
from headwater.console.builder.offered import Asked
from headwater.console.builder.rows import Rows
from headwater.console.drawn.look import box, text

EVER = "at any time"
_BEGINNINGS: dict[str, object] = {
    "last": "30 days",
    "more_than_ago": "30 days",
    "since": "30 days ago",
    "between": ["60 days ago", "30 days ago"],
}


def times(data: Data, changed: Callable[[], Awaitable[None]]) -> None:
    """How often: at least once, if nothing is said."""
    bound = next((each for each in TIMES if each in data), TIMES[0])

    async def bounded(said: str) -> None:
        data[said] = next((data.pop(each) for each in TIMES if each in data), 1)
        await changed()

    async def numbered(said: str) -> None:
        now = next((each for each in TIMES if each in data), TIMES[0])
        data[now] = operands.typed("number", said) if said else 1
        await changed()

    with box("part part-times"):
        choice("How often", {each: each.replace("_", " ") for each in TIMES}, bound, bounded)
        line("Times", str(data.get(bound, 1)), numbered, Looks("number"))
        text("span", "times", "part-label quiet")


def within(data: Data, hand: Hand) -> None:
    """When: at any time, or one way to say it, with what it takes."""
    fields = {each.name: each for each in fields_in("within")}
    held = box("part-held")

    def draw() -> None:
        held.clear()
        said = data.get("within") or {}
        way = next(iter(said), "")
        with held:
            options = {"": EVER, **{name: each.label for name, each in fields.items()}}
            choice("When", options, way, turned, fields[way].meaning if way else "")
            if way:
                operand(said, fields[way], Compared(hand))
                meaning(fields[way].meaning)

    async def turned(way: str) -> None:
        data.pop("within", None)
        if way:
            first = fields[way].choices[0] if fields[way].choices else ""
            data["within"] = {way: _BEGINNINGS.get(way, first)}
        draw()
        await hand.changed()

    draw()


def where(data: Data, event: Callable[[], str], hand: Hand, is_empty: Callable[[], Awaitable[None]]) -> None:
    """Properties of events, with what each must be. `is_empty`: to be said when the last is taken away."""
    rows: list[Data] = [{"name": name, "is": wanted} for name, wanted in data.items()]

    async def write() -> None:
        if not rows:
            await is_empty()
            return
        data.clear()
        data.update({row["name"]: row["is"] for row in rows})
        await hand.changed()

    def new() -> Data | None:
        return {"name": "", "is": ""} if all(row["name"] for row in rows) else None

    own = replace(hand, changed=write)
    Rows(rows, lambda row, _: _filter(row, event, own), write, new, "filter", fewest=0)


def _filter(row: Data, event: Callable[[], str], hand: Hand) -> None:
    def known() -> ValueType | None:
        return hand.words.properties.get(row["name"])

    def asked(typed: str) -> Asked:
        return Asked("value", typed, event(), row["name"])

    async def named(said: str) -> None:
        before, row["name"] = known(), said.strip()
        if known() is not before:
            fit()
        await hand.changed()

    offering = Offering(hand.offers, lambda typed: Asked("property", typed, event()))
    line("Property", row["name"], named, Looks(example="property"), offering)
    with box("row-tests"):
        fit = tests(row, "is", Compared(hand, known, asked))


def pairs(data: Data, field: Field, event: Callable[[], str], hand: Hand) -> None:
    """Names with a number each."""
    rows: list[list[Any]] = [[name, number] for name, number in (data.get(field.name) or {"": 1}).items()]

    async def write() -> None:
        data[field.name] = dict(rows)
        await hand.changed()

    own = replace(hand, changed=write)
    Rows(rows, lambda row, _: _pair(row, field, event, own), write, lambda: ["", 1], "line")


def _pair(row: list[Any], field: Field, event: Callable[[], str], hand: Hand) -> None:
    async def named(said: str) -> None:
        row[0] = said.strip()
        await hand.changed()

    async def numbered(said: str) -> None:
        row[1] = operands.typed("number", said)
        await hand.changed()

    offering = (
        Offering(hand.offers, lambda typed: Asked(field.offers, typed, event())) if field.offers else None
    )
    line("Name", str(row[0]), named, Looks(example=field.offers or "name"), offering)
    line("Number", str(row[1]), numbered, Looks("number", field.meaning))
