"""Several audiences beside each other: what each two share, and, of two or three, how many are in which of them.

Reads memberships as last refreshed, as `headwater audiences overlap` does. Counts are given as whoever asks may see them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations

from ruamel.yaml import YAML
from ruamel.yaml.compat import StringIO

from headwater.access.roles import Action
from headwater.audiences.chosen import Members, as_refreshed
from headwater.audiences.overlap import overlap_of
from headwater.audiences.rule import Rule, describe, to_data
from headwater.console.audiences.questions import least_of
from headwater.console.desk.files import Line, difference
from headwater.console.desk.question import Given, Question
from headwater.engine.bitmaps import Bits, count_packed
from headwater.privacy.anonymity.counts import Counting

MOST_COMPARED, MOST_DRAWN, MOST_UNASKED = 8, 3, 6
Counts = tuple[tuple[int | None, ...], ...]


@dataclass(frozen=True)
class Region:
    """Those who are in these audiences and in no other of them; `inside`: their places among the names."""

    inside: frozenset[int]
    n: int | None


@dataclass(frozen=True)
class Compared:
    """Audiences beside each other.

    Attributes:
        both: how many each two share, and on the diagonal the sizes; a row an audience.
        together: how many are in at least one of them.
        regions: of two or three audiences: those in one alone first.
        words: their rules in words.
        lines: of two audiences: how the second one's rule differs from the first one's.
        unknown: names that were asked for and that nothing has.
    """

    names: tuple[str, ...]
    both: Counts
    together: int | None
    regions: tuple[Region, ...]
    words: tuple[str, ...]
    lines: tuple[Line, ...]
    unknown: tuple[str, ...]
    least: int | None

    def share(self, row: int, column: int) -> float | None:
        """The share of one audience that is in another too, of counts that may be seen; None: there is nothing to tell."""
        n, size = self.both[row][column], self.both[row][row]
        return min(1.0, n / size) if n is not None and size else None


def _compared(given: Given, asked: tuple[str, ...]) -> Compared:
    """These audiences beside each other; if none is named the largest, or the first for whom sizes are not exact."""
    known = given.definitions.audiences
    wanted = list(dict.fromkeys(asked))[:MOST_COMPARED] if asked else _unasked(given)
    names = [each for each in wanted if each in known]
    members = as_refreshed(names, given.workspace)
    with given.counting() as counting:
        both = _exact(members) if given.sees_small_counts else _counted(members, counting)
        together = counting.crowd(members.universe.members(_any(members)))
        regions = tuple(_regions(members, counting)) if 1 < len(names) <= MOST_DRAWN else ()
    rules = [known[each].rule for each in names]
    return Compared(
        tuple(names),
        both,
        together,
        regions,
        tuple(describe(each) for each in rules),
        difference(*map(rule_text, rules)) if len(rules) == 2 else (),
        tuple(each for each in wanted if each not in known),
        least_of(given),
    )


def rule_text(rule: Rule) -> str:
    r"""A rule as a file would say it, so that two of one meaning are the same text."""
    yaml = YAML(typ="safe", pure=True)
    yaml.default_flow_style, yaml.width = False, 4096
    yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment] # in the order of its meaning
    out = StringIO()
    yaml.dump(json.loads(json.dumps(to_data(rule))), out)
    return str(out.getvalue())


def _unasked(given: Given) -> list[str]:
    """Those to begin with: the largest, unless their order would tell of sizes."""
    names = sorted(given.definitions.audiences)
    if given.sees_small_counts:
        words = as_refreshed(names, given.workspace).sets.words
        names.sort(key=lambda each: -count_packed(words[each]))
    return names[:MOST_UNASKED]


def _exact(members: Members) -> Counts:
    return tuple(tuple(row) for row in overlap_of(members).counts.tolist())


def _counted(members: Members, counting: Counting) -> Counts:
    """What each two share, as somebody may see it: each pair is asked once."""
    names, told = list(members.sets), dict[tuple[int, int], int | None]()
    for row, one in enumerate(names):
        for column in range(row, len(names)):
            shared = members.sets[one] & members.sets[names[column]]
            told[row, column] = told[column, row] = counting.crowd(members.universe.members(shared))
    return tuple(tuple(told[row, column] for column in range(len(names))) for row in range(len(names)))


def _any(members: Members) -> Bits:
    found = members.universe.none()
    for bits in members.sets.values():
        found |= bits
    return found


def _regions(members: Members, counting: Counting) -> Iterator[Region]:
    """How many are in exactly which of the audiences."""
    sets: Mapping[int, Bits] = dict(enumerate(members.sets.values()))
    for n_inside in range(1, len(sets) + 1):
        for inside in combinations(sets, n_inside):
            bits = members.universe.all()
            for at, each in sets.items():
                bits = bits & (each if at in inside else ~each)
            yield Region(frozenset(inside), counting.crowd(members.universe.members(bits)))


COMPARED = Question("console audiences compared", Action.SEE_COUNTS, _compared)
