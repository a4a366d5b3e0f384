"""Which conditions an event may concern: found by its name and its texts, without asking each of them.

Most conditions look at events of one name with a property that is one of a few texts (`category: tea`). They are listed under
these texts; the others under the name alone.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from headwater.audiences.comparison import Test
from headwater.audiences.happenings import Happenings
from headwater.audiences.history import Happened
from headwater.audiences.values import ValueType
from headwater.core.clock import Clock
from headwater.live.rules import LiveRules

_NONE: frozenset[int] = frozenset()


@dataclass(frozen=True)
class _OfName:
    """The conditions that look at events of one name: under property and text, and the rest."""

    rest: frozenset[int]
    under: Mapping[str, Mapping[str, frozenset[int]]]


class Concern:
    """Finds the conditions of a project's rules that an event may concern."""

    def __init__(self, rules: LiveRules) -> None:
        self._turned_by = [each.turned_by() for each in rules.conditions]
        self._of = {name: self._listed(name, numbers) for name, numbers in rules.by_event.items()}

    def concerned_by(self, happened: Happened, clock: Clock) -> set[int]:
        """The numbers of the conditions that count an event, or may at some time."""
        of_name = self._of.get(happened.event)
        if of_name is None:
            return set()
        found = set(of_name.rest)
        for name, texts in of_name.under.items():
            text = happened.properties.get(name)
            if isinstance(text, str):
                found |= texts.get(text, _NONE)
        return {number for number in found if self._takes(number, happened, clock)}

    def _takes(self, number: int, happened: Happened, clock: Clock) -> bool:
        of = self._turned_by[number]
        return of is None or any(each.takes(happened, clock) for each in of)

    def _listed(self, event: str, numbers: Collection[int]) -> _OfName:
        rest: set[int] = set()
        under: dict[str, dict[str, set[int]]] = {}
        for number in numbers:
            for name, text in self._texts(number, event):
                if name:
                    under.setdefault(name, {}).setdefault(text, set()).add(number)
                else:
                    rest.add(number)
        frozen = {
            name: {text: frozenset(held) for text, held in texts.items()} for name, texts in under.items()
        }
        return _OfName(frozenset(rest), frozen)

    def _texts(self, number: int, event: str) -> Iterable[tuple[str, str]]:
        """The property and texts under which a condition is listed; ("", ""): under the name alone."""
        of = self._turned_by[number]
        if of is None:
            return [("", "")]
        return [found for each in of if each.event == event for found in _wanted_texts(each)]


def _wanted_texts(happenings: Happenings) -> list[tuple[str, str]]:
    for part in happenings.where:
        texts = _texts_of(part.test)
        if texts:
            return [(part.name, text) for text in texts]
    return [("", "")]


def _texts_of(test: Test) -> tuple[str, ...]:
    """The texts of which a value must be one to pass; none: others may pass, too."""
    if test.type is not ValueType.TEXT or test.comparison not in ("equals", "one_of"):
        return ()
    operands = test.operand if isinstance(test.operand, tuple) else (test.operand,)
    texts = tuple(each for each in operands if isinstance(each, str))
    return texts if len(texts) == len(operands) else ()
