"""What pages do when somebody asks for a change: ask first, say how it went, and why it was not done."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from nicegui import ui
from nicegui.element import Element

from headwater.console.desk.question import RefusedError, SignedOutError
from headwater.console.drawn import look
from headwater.console.drawn.look import box, text, with_attributes
from headwater.core.errors import HeadwaterError

NOT_YOURS = ("Your role does not include this.", "Whoever makes keys can give you a role that has it.")
FAILED = ("Something went wrong that must not.", "Look at what `headwater serve` said, and report it.")


@contextmanager
def told_in(held: Element, refusal: str = "") -> Iterator[None]:
    """Say in `held`, instead of what stands there, why what is in the block was not done; `refusal`: what a role may not do."""
    try:
        yield
    except Exception as error:  # noqa: BLE001 - whatever it is, what it says is shown to nobody
        held.clear()
        with held:
            went_wrong(error, refusal)


def trying(held: Element, does: Callable[[], Awaitable[None]]) -> Callable[[], Awaitable[None]]:
    """What a button does, and in an element what went wrong, if anything does; meanwhile it says that it is on its way."""

    async def tried() -> None:
        held.clear()
        with held:
            text("p", "One moment …", "quiet")
        with told_in(held):
            await does()

    return tried


def went_wrong(error: BaseException, refusal: str = "") -> None:
    """What went wrong, as far as it may be told."""
    match error:
        case SignedOutError():
            ui.navigate.to("/sign-in")
        case RefusedError():
            look.refusal(*((refusal,) if refusal else NOT_YOURS))
        case HeadwaterError():
            look.problem(error)
        case _:
            where = traceback.extract_tb(error.__traceback__)[-1]
            place = f"{Path(where.filename).name}:{where.lineno}"
            print(f"console: failed: {type(error).__name__} at {place}", file=sys.stderr)
            look.refusal(*FAILED)


def place() -> Element:
    """Where is said how something went."""
    return with_attributes(box("told"), aria_live="polite")


def say(held: Element, said: str, tone: str = "good") -> None:
    """Say how something went, instead of what stood there."""
    held.clear()
    with held:
        text("p", said, f"said {tone}")


def confirm(held: Element, said: str, yes: str, does: Callable[[], object], *, is_grave: bool = True) -> None:
    """Ask before something is done; `said`: what will happen, in numbers. The answer that changes nothing comes first."""
    held.clear()
    with held, with_attributes(box("asking"), role="alertdialog", aria_label=yes):
        text("p", said, "strong")
        with box("row"):
            keep = look.button("Leave it as it is", held.clear)
            look.button(yes, does, "danger" if is_grave else "primary")
    keep.run_method("focus")
