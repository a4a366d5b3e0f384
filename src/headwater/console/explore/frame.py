"""What the pages that explore share: the way between them, what is asked beside what it comes to, and asking as it changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from headwater.access.roles import Action
from headwater.console.desk.question import Question
from headwater.console.drawn import look
from headwater.console.drawn.address import put_address
from headwater.console.drawn.doing import told_in
from headwater.console.drawn.look import box, with_attributes
from headwater.console.drawn.page import View
from headwater.console.explore.asked import Asked
from headwater.console.explore.result import Result
from headwater.console.explore.shown import Shown
from headwater.core.errors import HeadwaterError

PARTS = (("", "Trend"), ("funnel", "Funnel"), ("traits", "Top traits"))
A = TypeVar("A")
Q = TypeVar("Q", bound=Asked)


@contextmanager
def explore_page(here: str, lede: str) -> Iterator[None]:
    """A page that explores, with the way to the others. `here`: which it is, of `PARTS`."""
    with look.page("Explore", lede):
        with with_attributes(box("tabs", "nav"), aria_label="Explore"):
            for part, title in PARTS:
                entry = look.link(title, f"/explore/{part}".rstrip("/"), "tab")
                with_attributes(entry, aria_current="page" if part == here else "false")
        yield


@dataclass(eq=False)
class Asking(Generic[Q, A]):
    """A question that is asked again whenever it changes; an answer that comes when more was changed is not shown.

    Attributes:
        asked: as it stands; its address is the page's.
        shown: an answer as it is drawn.
    """

    view: View
    question: Question[A]
    asked: Q
    shown: Callable[[A], Shown]
    result: Result = field(init=False)
    _number: int = 0

    def __post_init__(self) -> None:
        self.result = Result(self.view.may(Action.CHANGE_AUDIENCES))

    async def ask(self, asked: Q, *, is_typed: bool = False, is_first: bool = False) -> None:
        """Ask this from now on, draw what it comes to, and let the address say it.

        Args:
            asked: what is asked.
            is_typed: whether somebody may still be typing: then the address takes the place of the one before.
            is_first: whether the address says it already.
        """
        self.asked = asked
        self._number += 1
        number = self._number
        # What was changed may have been drawn anew since: this goes on where the answer is.
        with self.result.told, told_in(self.result.told):
            try:
                answer = await self.view.ask(self.question, asked)
            except HeadwaterError:
                if self._is_past(number):
                    return
                self.result.hide()
                raise
            if self._is_past(number):
                return
            self.result.show(self.shown(answer))
            if not is_first:
                put_address(asked.address(), is_new=not is_typed)

    def _is_past(self, number: int) -> bool:
        """Whether something else is asked by now, or the page was left."""
        return number != self._number or self.result.told.is_deleted
