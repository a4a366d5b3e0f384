"""Saving what was written: the lines that change are shown first; who is second is shown what the first did, and chooses."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol

from nicegui.element import Element

from headwater.access.roles import Action
from headwater.console.audiences.managing import GIT
from headwater.console.builder.drafts import COMPARE, DRAFT, SAVE, Draft as Meant
from headwater.console.desk.files import Draft
from headwater.console.drawn import look
from headwater.console.drawn.changing import conflict, show_lines
from headwater.console.drawn.committing import offer_commit
from headwater.console.drawn.doing import told_in
from headwater.console.drawn.look import box, text, with_attributes
from headwater.console.drawn.page import View
from headwater.core.errors import EditConflictError, HeadwaterError


class Written(Protocol):
    """What is being written. `begun_from`: the text of its file when that was opened; `said`: the text now."""

    name: str
    begun_from: str

    @property
    def said(self) -> str:
        """The text now."""


@dataclass(eq=False)
class Saving:
    """The panel that saves.

    Attributes:
        written: what is saved; what it begins from follows.
        saved: to be said when it is.
        taken: to be said when somebody else's text takes the place of what was written.
    """

    view: View
    written: Written
    saved: Callable[[], None]
    taken: Callable[[str], Awaitable[None]]
    _held: Element = field(init=False)

    def draw(self) -> None:
        """The button, and where all is said that comes of it."""
        look.button("See what changes", self.compare, "primary")
        self._held = with_attributes(box("stack told"), aria_live="polite")

    def clear(self) -> None:
        """Put away what was shown: it is about another text."""
        self._held.clear()

    async def compare(self) -> None:
        """Show the lines that would change, judged with the whole project."""
        written = self.written
        with told_in(self._held):
            draft = await self.view.ask(COMPARE, written.name, written.said, written.begun_from)
            meant = await self._meaning() if draft.changes else None
            self._held.clear()
            with self._held:
                if not draft.changes:
                    text("p", "Nothing is changed.", "quiet")
                    return
                if meant is not None:
                    _summary(meant)
                show_lines(draft.difference)
                look.button("Save these changes", partial(self._save, draft), "primary")

    async def _meaning(self) -> Meant | None:
        """What the text means; None: that may not be told now, which is no reason not to save."""
        with suppress(HeadwaterError):
            meant = await self.view.ask(DRAFT, self.written.said)
            return None if meant.problems else meant
        return None

    async def _save(self, draft: Draft) -> None:
        with told_in(self._held, "Your role may not change audiences."):
            try:
                file = await self.view.ask(SAVE, draft)
            except EditConflictError as error:
                self._conflict(error)
                return
            is_new = not draft.seen
            self.written.begun_from = draft.text
            self.saved()
            self._held.clear()
            with self._held:
                text("p", f"Saved as {file}. Who is in it counts from the next run.", "said good")
                with box("row"):
                    look.link(f"Open {self.written.name}", f"/audiences/{self.written.name}")
                    if self.view.may(Action.OPERATE):
                        look.link("Run it on Home", "/")
            message = f"{'Add' if is_new else 'Change'} audience {self.written.name}"
            await offer_commit(self.view, self._held, GIT, (file,), message)

    def _conflict(self, error: EditConflictError) -> None:
        """Somebody was faster: their text stays until it is seen, and so does this one."""

        async def over() -> None:
            self.written.begun_from = error.now
            await self.compare()

        async def theirs() -> None:
            mine = self.written.said
            self.written.begun_from = error.now
            await self.taken(error.now)
            self._held.clear()
            with self._held:
                text("p", "What they saved is shown now. What you wrote is kept here:", "said")
                look.button("Bring back what I wrote", partial(back, mine))

        async def back(mine: str) -> None:
            await self.taken(mine)
            self._held.clear()

        conflict(error, self._held, [("Put mine in place of theirs …", over), ("Look at theirs", theirs)])


def _summary(meant: Meant) -> None:
    """How many people it takes in, and whom, in words."""
    with box("comes-to"):
        text(
            "p",
            f"{look.people(meant.size, meant.least)} {'person' if meant.size == 1 else 'people'}",
            "strong",
        )
        text("p", meant.words, "rule-words small")
