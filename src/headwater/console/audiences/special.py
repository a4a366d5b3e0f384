"""What is special about an audience: values of traits that its people have more, or less, often than everybody.

Reads what `headwater explore traits` does, as far as whoever asks may see those traits and counts.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from headwater.access.roles import Action
from headwater.api.masks import labels_declared
from headwater.console.audiences.questions import found, least_of
from headwater.console.desk.question import Given, Question
from headwater.explore.top_traits import TopTraits, Wanted, top_traits
from headwater.privacy.labels import Label

MOST_SHOWN = 15
MOST_COUNTED = (
    6  # each way, for whom counts are not exact: so many different ones may be told to somebody a day
)
_NUMBER = r"(-?[0-9]+(?:\.[0-9]+)?(?:e[+-]?[0-9]+)?)"
_BAND = re.compile(rf"(?:more than {_NUMBER})?(?:, )?(?:up to {_NUMBER})?")
_DIGITS, _MOST_DIGITS = 3, 17


@dataclass(frozen=True)
class Special:
    """What is special. `n_hidden`: how many traits whoever asks may not see."""

    description: str
    traits: TopTraits
    n_hidden: int
    least: int | None


def _special(given: Given, name: str) -> Special:
    """What is special about an audience, by its rule as it is now.

    Raises:
        NotFoundError: there is no such audience. RuleError: a query of its rule fails.
    """
    audience, definitions = found(name, given.definitions), given.definitions
    hidden = _hidden(given)
    most = MOST_SHOWN if given.sees_small_counts else MOST_COUNTED
    with given.counting() as counting:
        traits = top_traits(
            Wanted(name, top=most, hidden=hidden), given.workspace, definitions.audiences, counting
        )
    return Special(audience.description, traits, len(hidden), least_of(given))


def _hidden(given: Given) -> list[str]:
    """The traits whose values whoever asks may not see: for their labels, or because nobody knows what they carry."""
    rows = given.workspace.engine.table("SELECT DISTINCT trait FROM traits WHERE trait IS NOT NULL")
    labels, sees = labels_declared(given.definitions).traits, given.caller.labels
    return [each for each in rows["trait"].to_pylist() if labels.get(each, frozenset(Label)) - sees]


def in_words(value: str) -> str:
    """A value as people read it: of bands of numbers about three digits, or as many more as tell their edges apart.

    >>> in_words("more than 2.532124248496994, up to 3.052939393939394")
    'more than 2.53, up to 3.05'
    """
    found = _BAND.fullmatch(value)
    edges = {each for each in found.groups() if each} if found else set()
    if not all(math.isfinite(float(each)) for each in edges):
        return value
    enough = (
        n for n in range(_DIGITS, _MOST_DIGITS) if len({_rounded(each, n) for each in edges}) == len(edges)
    )
    digits = next(enough, _MOST_DIGITS)
    return re.sub(_NUMBER, lambda each: _rounded(each[0], digits), value) if edges else value


def _rounded(edge: str, digits: int) -> str:
    """A number to so many digits, and never less than whole."""
    number = float(edge)
    before = math.floor(math.log10(abs(number))) + 1 if number else 1
    said = f"{number:,.{max(0, digits - before)}f}"
    return said.rstrip("0").rstrip(".") if "." in said else said


SPECIAL = Question("console audience traits", Action.SEE_COUNTS, _special)
