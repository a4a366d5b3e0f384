"""Somebody who asks, and the card of each request: what it is, what it would do, and the button that begins it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any, TypeVar

from nicegui.element import Element

from headwater.console.desk.question import Question
from headwater.console.drawn import look
from headwater.console.drawn.doing import confirm, place, trying
from headwater.console.drawn.fields import Field
from headwater.console.drawn.look import box, text
from headwater.console.drawn.page import View
from headwater.console.people.whom import Who
from headwater.console.privacy.answers import show_receipt
from headwater.console.privacy.requests import Asking
from headwater.console.works.work import Work
from headwater.console.works.works import works_of
from headwater.core.errors import UserError
from headwater.privacy.receipt import Answer
from headwater.privacy.requests import Law

T = TypeVar("T")


@dataclass(frozen=True)
class Case:
    """Somebody who asks, and what is known of the asking."""

    view: View
    who: Who
    law: Field
    received: Field
    look_again: Callable[[], None]

    @property
    def asking(self) -> Asking:
        """What is asked for whom, as it is written now.

        Raises:
            UserError: the day is none.
        """
        try:
            on = date.fromisoformat(self.received.value) if self.received.value else None
        except ValueError:
            raise UserError("the day is none", next_step="write it like 2026-03-01") from None
        return Asking(self.who, Law(self.law.value), on)

    def begin(
        self, title: str, shows: Callable[[View, T], None], question: Question[T], *given: Any
    ) -> Work[T]:
        """Begin something that takes its time."""
        work = works_of(self.view.desk).begin(self.view.session, title, shows, question, *given)
        self.look_again()
        return work


def card(title: str, why: str, does: str, press: Callable[[Element], Any]) -> None:
    """One kind of request: what it is, and a button; what that says stands below."""
    with box("card", "section"):
        text("h3", title, "strong")
        text("p", why, "quiet small")
        row, held = box("row"), place()
        with row:
            look.button(does, trying(held, partial(press, held)))


def asked_first(case: Case, said: tuple[str, str], told: str, title: str, question: Question[Answer]) -> None:
    """A request that is asked about once more, and then carried out."""

    async def ask(held: Element) -> None:
        asking = case.asking

        def begin() -> None:
            held.clear()
            case.begin(title, show_receipt, question, asking)

        confirm(held, told, said[0], begin, is_grave=False)

    card(*said, f"{said[0]} …", ask)
