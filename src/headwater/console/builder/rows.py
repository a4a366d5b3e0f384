"""Lines of a form that are added and taken away one by one: comparisons, filters, pairs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Generic, TypeVar

from nicegui.element import Element

from headwater.console.builder.lines import adder, remover, write_in
from headwater.console.drawn.look import box, with_attributes

R = TypeVar("R")


@dataclass(eq=False)
class Rows(Generic[R]):
    """Lines, of what each holds.

    Attributes:
        rows: changed in place.
        draws: draws one of them; it is handed what draws all of them anew.
        says: says that they are others now.
        new: one more, to be filled in; None: there can be none now.
        what: what each is, in a word; `shown`: on the button that adds one.
        fewest: how many must stay.
    """

    rows: list[R]
    draws: Callable[[R, Callable[[], None]], None]
    says: Callable[[], Awaitable[None]]
    new: Callable[[], R | None]
    what: str
    fewest: int = 1
    shown: str = ""
    held: Element = field(init=False)

    def __post_init__(self) -> None:
        self.held = box("rows")
        self.draw()

    def draw(self) -> None:
        """Draw them anew."""
        self.held.clear()
        with self.held:
            for each in self.rows:
                with box("one-row"):
                    self.draws(each, self.draw)
                    if len(self.rows) > self.fewest:
                        remover(f"Remove this {self.what}", partial(self._drop, each))
            with_attributes(
                adder(self.shown or f"+ {self.what}", self._add),
                aria_label=f"Add a {self.what}",
                title=f"Add a {self.what}",
            )

    async def _add(self) -> None:
        made = self.new()
        if made is None:
            return
        self.rows.append(made)
        self.draw()
        write_in(self.held.default_slot.children[-2])
        await self.says()

    async def _drop(self, row: R) -> None:
        self.rows[:] = [each for each in self.rows if each is not row]
        self.draw()
        await self.says()
