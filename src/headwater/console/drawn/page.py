"""What a page declares: its address, its title, where it stands, and which action looking at it is."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar, cast

from headwater.access.roles import Action
from headwater.access.sessions import Session
from headwater.console.desk.desk import Desk
from headwater.console.desk.question import Question
from headwater.console.desk.rates import Rates
from headwater.core.plugins import discover

if TYPE_CHECKING:
    from nicegui.element import Element

FAMILY = "headwater.console.pages"
SECTIONS = (
    "Home", "Sources & events", "Profiles", "Audiences", "Destinations", "Explore", "Personalise", "Privacy", "Settings",
)  # fmt: skip
"""The navigation, in its order; what no page stands under is not shown."""
T = TypeVar("T")


@dataclass
class View:
    """A page as one person has it open, once.

    Attributes:
        project: the project's name.
        query: what stands after the question mark of its address.
        waiting: what stands in its place until it knows what it asks.
    """

    project: str
    session: Session
    desk: Desk
    rates: Rates
    query: dict[str, str] = field(default_factory=dict)
    waiting: Element | None = None

    async def ask(self, question: Question[T], *given: Hashable) -> T:
        """Ask the project something, without keeping others waiting; gives the answer.

        Raises:
            SignedOutError: the session has ended. RefusedError: the role may not ask that. HeadwaterError: it has no answer.
        """
        try:
            return await self.desk.ask(question, self.session, *given)
        finally:
            self.wait_no_more()

    def wait_no_more(self) -> None:
        """Take away what stands in the page's place; whoever left the page took it along already."""
        if self.waiting is not None and not self.waiting.is_deleted:
            self.waiting.delete()
        self.waiting = None

    def may(self, action: Action) -> bool:
        """Whether who looks may do something: for what to show; whether it is done is asked on the server again."""
        return self.session.caller.may(action)


@dataclass(frozen=True)
class Page:
    """One page.

    Attributes:
        address: `/audiences/{name}`: words in braces are handed to `show` by name.
        title: of the window, and in the command palette.
        section: which entry of the navigation it stands under, one of `SECTIONS`.
        asks: the action that looking at it is.
        show: draws it; asks first all that it must know, then draws.
        is_listed: whether the navigation leads to it, or only other pages and the palette.
    """

    address: str
    title: str
    section: str
    asks: Action
    show: Callable[..., Awaitable[None]]
    is_listed: bool = True

    @property
    def is_open(self) -> bool:
        """Whether it can be opened by itself, without saying of what."""
        return "{" not in self.address

    @property
    def is_front(self) -> bool:
        """Whether the navigation leads to it."""
        return self.is_open and self.is_listed


def pages() -> list[Page]:
    """Every page, in the order of the navigation."""
    found = [cast("Page", each) for each in discover(FAMILY, "PAGE").values()]
    return sorted(found, key=lambda each: (SECTIONS.index(each.section), each.address))
