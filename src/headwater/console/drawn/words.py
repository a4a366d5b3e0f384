"""How deliveries and their reasons are said on pages: the words of `cli/deliveries.py`, with counts as they may be seen."""

from __future__ import annotations

from collections.abc import Sequence

from headwater.activate.records import Ending
from headwater.console.drawn.look import people

WORDS = {
    "refused_before": "an earlier refusal",
    "too_large": "more than a request may hold",
    "cannot_be_named": "an erased identifier",
}
TONES = {
    Ending.DONE: "good",
    Ending.NOTHING: "good",
    Ending.UNFINISHED: "warn",
    Ending.NOT_TRIED: "warn",
    Ending.FAILED: "bad",
    Ending.REFUSED: "bad",
}
ENDINGS = {
    Ending.DONE: "done",
    Ending.NOTHING: "up to date",
    Ending.UNFINISHED: "goes on at the next run",
    Ending.NOT_TRIED: "not tried",
    Ending.FAILED: "refused by the destination",
    Ending.REFUSED: "refused by the gate",
}


def reasons(told: Sequence[tuple[str, int | None]], least: int | None) -> str:
    """How many people, and why; empty if there are none.

    >>> reasons([("no_consent", 1200), ("too_large", None)], 25)
    '1,200 for no consent, fewer than 25 for more than a request may hold'
    """
    return ", ".join(f"{people(n, least)} for {WORDS.get(why, why.replace('_', ' '))}" for why, n in told)


def limits(most_rows: int, most_bytes: int | None) -> str:
    """What one request may hold, in words."""
    size = f", {most_bytes:,} bytes" if most_bytes else ""
    return f"{most_rows:,} people{size} a request"
