"""What pages do when somebody asks for a change: ask first, say how it went, and why it was not done."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from nicegui import ui
from nicegui.element import Element

from headwater.console.desk.question import RefusedError, SignedOutError
from headwater.console.drawn import look
from headwater.console.drawn.look import box, text, with_attributes
from headwater.core.errors import HeadwaterError


@contextmanager
def told_in(held: Element, refusal: str = "Your role may not do that.") -> Iterator[None]:
    """Say in `held`, instead of what stands there, why what is in the block was not done."""
    try:
        yield
    except SignedOutError:
        ui.navigate.to("/sign-in")
    except RefusedError:
        held.clear()
        with held:
            look.refusal(refusal)
    except HeadwaterError as error:
        held.clear()
        with held:
            look.problem(error)


def place() -> Element:
    """Where is said how something went."""
    return with_attributes(box("told"), aria_live="polite")


def say(held: Element, said: str, tone: str = "good") -> None:
    """Say how something went, instead of what stood there."""
    held.clear()
    with held:
        text("p", said, f"said {tone}")


def confirm(held: Element, said: str, yes: str, does: Callable[[], object]) -> None:
    """Ask before something is done; `said`: what will happen, in numbers. The answer that changes nothing comes first."""
    held.clear()
    with held, with_attributes(box("asking"), role="alertdialog", aria_label=yes):
        text("p", said, "strong")
        with box("row"):
            keep = look.button("Do nothing", held.clear)
            look.button(yes, does, "danger")
    keep.run_method("focus")
