"""The name of a new audience: while it is typed it is said whether it can be one, and the nearest that can is offered."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from functools import partial

from nicegui.element import Element
from nicegui.events import GenericEventArguments

from headwater.console.builder.lines import VALUE, write_in
from headwater.console.desk.files import nearest_name
from headwater.console.drawn import look
from headwater.console.drawn.doing import place
from headwater.console.drawn.fields import typed
from headwater.console.drawn.look import box, text, with_attributes
from headwater.core.config import NAME


@dataclass(eq=False)
class Naming:
    """The field of a name.

    Attributes:
        name: as it is typed.
        taken: names that others have.
        says: to be said when it is another.
    """

    name: str
    taken: Collection[str]
    says: Callable[[str], None]
    _held: Element = field(init=False)
    _told: Element = field(init=False)
    _wrong: str = ""

    def draw(self) -> None:
        """The field, and below it what is wrong with what is typed."""
        with box("naming"):
            self._held, self._told = box(), place()
        self._draw()
        self._judge()

    def keep(self) -> None:
        """The file is written, and its name stays."""
        for each in self._held.descendants():
            if each.tag == "input":
                with_attributes(each, readonly="readonly").update()

    def _draw(self) -> None:
        self._held.clear()
        with self._held:
            line = typed("Name", self.name, example="tea_lovers", hint="as its file is called; it stays")
        line.element.on("input", self._follow, js_handler=VALUE)

    def _follow(self, event: GenericEventArguments) -> None:
        self.name = str(event.args or "").strip()
        self._judge()
        self.says(self.name)

    def _judge(self) -> None:
        """Say what is wrong, if that is something else than before."""
        near = nearest_name(self.name)
        wrong = wrong_with(self.name, self.taken)
        if wrong + near == self._wrong:
            return
        self._wrong = wrong + near
        self._told.clear()
        with self._told:
            if wrong:
                text("p", wrong, "small warn")
                if near and not wrong_with(near, self.taken):
                    look.button(f"Call it {near}", partial(self._take, near))

    def _take(self, near: str) -> None:
        """Let it be called so."""
        self.name = near
        self._draw()
        self._judge()
        write_in(self._held)
        self.says(near)


def wrong_with(name: str, taken: Collection[str] = ()) -> str:
    """Why nothing new can have this name, in words; empty: it can, or there is none yet.

    >>> wrong_with("tea_lovers"), wrong_with("tea", {"tea"})
    ('', 'There is an audience of that name already; choose another, or change that one.')
    """
    if name and not re.fullmatch(NAME, name):
        return "A name is lower case letters, digits and _; it begins with a letter, and has at most 63."
    return (
        "There is an audience of that name already; choose another, or change that one."
        if name in taken
        else ""
    )
