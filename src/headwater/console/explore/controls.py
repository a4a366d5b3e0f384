"""What is chosen on the pages that explore: time, audiences, and what a choice leads to that only then is asked."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable

from headwater.console.drawn import fields
from headwater.console.drawn.fields import Field
from headwater.console.drawn.look import box
from headwater.console.explore.asked import BETWEEN, EVER, Span
from headwater.console.explore.filters import pick

LASTS = {
    "24 hours": "last 24 hours",
    "7 days": "last 7 days",
    "30 days": "last 30 days",
    "90 days": "last 90 days",
    "12 months": "last 12 months",
    EVER: "all time",
    BETWEEN: "between two days",
}
Spanned = Callable[[Span], Awaitable[None]]


def choose(label: str, options: dict[str, str], value: str, does: Callable[[str], Awaitable[None]]) -> Field:
    """One of some; what an address says that is none of them is one more."""
    made = fields.chosen(label, options if value in options else {**options, value: value}, value)
    _on_change(made, does)
    return made


def choose_audience(
    label: str, audiences: Iterable[str], value: str, nobody: str, does: Callable[[str], Awaitable[None]]
) -> Field:
    """One of the project's audiences; `nobody`: what none of them means."""
    made = pick(label, audiences, value, nobody)
    _on_change(made, does)
    return made


def choose_span(span: Span, does: Spanned) -> None:
    """When: so long, or between two days, which are asked for only then."""
    options = LASTS if span.last in LASTS else {**LASTS, span.last: f"last {span.last}"}
    when = fields.chosen("When", options, span.last)
    days = box("pair")

    def between(since: str, until: str) -> None:
        days.clear()
        if when.value == BETWEEN:
            with days:
                first = fields.typed("From", since, kind="date")
                last = fields.typed("To", until, kind="date")

            async def spanned(_: str) -> None:
                await does(Span(BETWEEN, first.value, last.value))

            _on_change(first, spanned)
            _on_change(last, spanned)

    async def chosen(last: str) -> None:
        between(span.since, span.until)
        await does(Span(last, span.since, span.until))

    _on_change(when, chosen)
    between(span.since, span.until)


def _on_change(made: Field, does: Callable[[str], Awaitable[None]]) -> None:
    async def follow() -> None:
        await does(made.value)

    made.element.on("change", follow)
