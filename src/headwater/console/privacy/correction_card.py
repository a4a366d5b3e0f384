"""What somebody says is wrong about them, put right: it wins over what every source says, until it is withdrawn."""

from __future__ import annotations

from functools import partial

from headwater.console.drawn import look
from headwater.console.drawn.doing import confirm, place, say, trying
from headwater.console.drawn.fields import chosen, typed
from headwater.console.drawn.look import box, text
from headwater.console.privacy.answers import show_receipt
from headwater.console.privacy.case import Case
from headwater.console.privacy.requests import CORRECT, Stated
from headwater.flow.answering.correct import EXAMPLES


def correction(case: Case, stated: tuple[Stated, ...]) -> None:
    """Draw it; what is computed cannot be corrected, and is not offered."""
    with box("card", "section"):
        text("h3", "Correct", "strong")
        text("p", "What they say of themselves wins over what every source says.", "quiet small")
        if not stated:
            text("p", "No source states anything that could be corrected.", "quiet small")
            return
        by_name = {each.trait: each for each in stated}
        with box("row fields"):
            name = chosen("What is wrong", {each.trait: _told(each) for each in stated})
            value = typed("What is right", classes="grow")
        row, held = box("row"), place()

        async def correct(*, withdraws: bool) -> None:
            one, said = by_name[name.value], value.value.strip()
            if not withdraws and not said:
                say(held, f"Write what is right: {EXAMPLES[one.type]}.", "warn")
                return
            if withdraws and not one.is_corrected:
                say(held, f"{_words(one.trait)} was not corrected: there is nothing to withdraw.", "warn")
                return
            told = (
                f"What sources say of {_words(one.trait)} counts again." if withdraws else _would(one, said)
            )
            asking = case.asking

            def begin() -> None:
                held.clear()
                case.begin(
                    "Correction", show_receipt, CORRECT, asking, one.trait, None if withdraws else said
                )

            confirm(held, told, "Withdraw it" if withdraws else "Correct it", begin, is_grave=False)

        with row:
            look.button("Correct …", trying(held, partial(correct, withdraws=False)))
            if any(each.is_corrected for each in stated):
                look.button("Withdraw a correction …", trying(held, partial(correct, withdraws=True)))


def _would(one: Stated, said: str) -> str:
    now = "nothing is known" if one.value is None else f"it is {one.value}"
    return f"{_words(one.trait)} becomes {said} (now {now}), for profiles, audiences and live decisions."


def _told(one: Stated) -> str:
    value = "unknown" if one.value is None else one.value
    return f"{_words(one.trait)}: {value}" + (", corrected" if one.is_corrected else "")


def _words(name: str) -> str:
    return name.replace("_", " ")
