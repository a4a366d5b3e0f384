"""Choosing among however many audiences: those chosen, and what fits as it is typed. The choice stands in the address."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from nicegui import ui
from nicegui.events import GenericEventArguments

from headwater.console.drawn import look
from headwater.console.drawn.look import box, text, with_attributes

MOST_OFFERED = 8
To = Callable[[Sequence[str]], str]


def pick(names: Sequence[str], chosen: Sequence[str], to: To, most: int) -> None:
    """Those chosen, each with a way to leave it out, and a line to look for others. `to`: the address of a choice."""
    with box("row"):
        for each in chosen:
            with box("chip"):
                text("span", each)
                out = look.link(
                    "\N{MULTIPLICATION SIGN}", to([one for one in chosen if one != each]), "chip-out"
                )
                with_attributes(out, aria_label=f"Leave out {each}")
    if len(chosen) >= most:
        text("p", f"{most} are as many as can stand beside each other.", "quiet small")
        return
    with with_attributes(box("pick"), role="search"):
        typed = with_attributes(box("field filter", "input"), type="search", autocomplete="off")
        with_attributes(
            typed, placeholder="Add an audience …", aria_label="Add an audience", spellcheck="false"
        )
        offered = with_attributes(box("offered"), aria_live="polite")
    held: list[str] = []

    def offer(event: GenericEventArguments) -> None:
        held[:] = fitting(names, chosen, str(event.args or ""))
        offered.clear()
        with offered:
            for each in held[:MOST_OFFERED]:
                look.link(each, to([*chosen, each]), "button")
            if len(held) > MOST_OFFERED:
                text("span", f"and {len(held) - MOST_OFFERED:,} more", "quiet small")
            elif event.args and not held:
                text("span", "Nothing of that name.", "quiet small")

    def add() -> None:
        if held:
            ui.navigate.to(to([*chosen, held[0]]))

    heard = "(event) => emit(event.target.value)"
    typed.on("input", offer, js_handler=heard, throttle=0.1, leading_events=True)
    typed.on("focus", offer, js_handler=heard)
    typed.on("keydown.enter", add)


def fitting(names: Sequence[str], chosen: Sequence[str], wanted: str) -> list[str]:
    """Names in which every word stands, but for those chosen already: first those that begin so.

    >>> fitting(["green_tea", "tea", "wine"], ["wine"], "tea")
    ['tea', 'green_tea']
    """
    words = wanted.casefold().split()
    found = [each for each in names if each not in chosen and all(word in each for word in words)]
    return sorted(found, key=lambda each: (not each.startswith(words[0] if words else ""), each))
