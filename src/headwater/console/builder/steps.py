"""A sequence, drawn as its steps: numbered, each after the one before, to be added, taken out and put elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from nicegui.events import GenericEventArguments

from headwater.audiences.sequences.fields import FEWEST_STEPS, MOST_STEPS
from headwater.console.builder.comparisons import Data
from headwater.console.builder.lines import Hand, adder, focus, remover, write_in
from headwater.console.drawn import look
from headwater.console.drawn.look import box, text, with_attributes

MOVED = "(event) => emit(event.detail)"
_OF_LATER = ("gap", "same", "without")  # what only a step can say that has one before it


class Steps:
    """The steps of a sequence, changed in place. `draws`: draws what one says, without the fields that mean nothing in it."""

    def __init__(self, steps: list[Data], hand: Hand, draws: Callable[[Data, Sequence[str]], object]) -> None:
        self.steps, self.hand, self.draws = steps, hand, draws
        self.held = with_attributes(box("steps", "ol"), data_list="steps", data_hears="yes")
        self.held.on("moved", self._moved, js_handler=MOVED)
        self._draw()

    def _draw(self) -> None:
        self.held.clear()
        with self.held:
            for number, each in enumerate(self.steps):
                with with_attributes(box("step", "li"), data_item=str(number)):
                    self._step(number, each)
            if len(self.steps) < MOST_STEPS:
                with box("step-add", "li"):
                    adder("+ step", self._add)

    def _step(self, number: int, step: Data) -> None:
        handle = look.button(f"{number + 1}", lambda: None, "drag step-number")
        with_attributes(handle, aria_label=f"Step {number + 1}: drag it, or move it with the arrow keys")
        text("span", "then" if number else "first", "part-label quiet")
        self.draws(step, () if number else _OF_LATER)
        if len(self.steps) > FEWEST_STEPS:
            remover(f"Remove step {number + 1}", partial(self._remove, number))

    async def _add(self) -> None:
        self.steps.append({"did": ""})
        self._draw()
        write_in(self.held.default_slot.children[len(self.steps) - 1])
        await self.hand.changed()

    async def _remove(self, number: int) -> None:
        del self.steps[number]
        await self._put()

    async def _moved(self, event: GenericEventArguments) -> None:
        number, to = _way(event.args)
        if not 0 <= number < len(self.steps) or not 0 <= to <= len(self.steps):
            return
        step, at = self.steps.pop(number), to - (to > number)
        self.steps.insert(at, step)
        await self._put()
        focus(self.held.default_slot.children[at], "button")

    async def _put(self) -> None:
        """Draw them in their new order; what the first says of one before it means nothing any more."""
        for name in _OF_LATER:
            self.steps[0].pop(name, None)
        self._draw()
        await self.hand.changed()


def _way(said: object) -> tuple[int, int]:
    """Which step is to stand before which, as a hand says it: dragged, or by a key.

    >>> _way({"item": "1", "way": "up"}), _way({"item": "0", "list": "", "index": 2}), _way("nonsense")
    ((1, 0), (0, 2), (-1, -1))
    """
    try:
        item = int(said["item"])  # type: ignore[index]
        way = said.get("way", "")  # type: ignore[attr-defined]
        return item, item + {"up": -1, "down": 2}[way] if way else int(said["index"])  # type: ignore[index]
    except (AttributeError, KeyError, TypeError, ValueError):
        return -1, -1
