"""Events told apart by the values of a property, or of a trait of those who did them.

A value is told by itself if it is one of the most frequent in the whole stretch of time (by events; of equally frequent ones
the first in order); all else are *others*, and events without one are *missing*. Numbers of a trait are told in four bands,
between everybody's quartiles. Reads nothing, writes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from headwater.audiences.columns.rows import Part
from headwater.explore.people import Look
from headwater.explore.question import Trend
from headwater.explore.trait_values import held_values
from headwater.explore.values import Value, Valued, valued

ALL, VALUE, OTHERS, MISSING = "all", "value", "others", "missing"


@dataclass(frozen=True, eq=False)
class Group:
    """Events that are told by themselves. `value`: that they have; None where there is none, or several."""

    kind: str
    value: Value | None
    parts: Sequence[Part]


def groups(question: Trend, chosen: list[Part], found: Look) -> Iterator[Group]:
    """All events; or those of each of the most frequent values, then of all others, then those without one."""
    if question.split_trait:
        yield from _told_apart(question, chosen, _of_people(question.split_trait, chosen, found))
    elif question.split:
        yield from _told_apart(question, chosen, valued(found.columns, chosen, question.split))
    else:
        yield Group(ALL, None, chosen)


def _of_people(trait: str, chosen: Sequence[Part], found: Look) -> Valued:
    """What each event's person has of a trait now; of one that is of several types, each of them."""
    of_person = np.zeros(found.columns.n_bins, dtype=np.int32)
    values: list[Value] = []
    for held in held_values(trait, found.columns, found.usable):
        values.append(held.value)
        of_person[1:][held.holders()] = len(values)
    return Valued(tuple(of_person[part.who] for part in chosen), tuple(values))


def _told_apart(question: Trend, chosen: list[Part], held: Valued) -> Iterator[Group]:
    counts = sum((np.bincount(each, minlength=len(held.values) + 1) for each in held.codes), np.zeros(1, int))
    top = _top(held, np.asarray(counts), question.top)
    for code in top:
        yield Group(VALUE, held.values[code - 1], _having(chosen, held, [code]))
    rest = np.ones(len(held.values) + 1, dtype=np.bool_)
    rest[[0, *top]] = False
    if counts[1:][rest[1:]].any():
        yield Group(OTHERS, None, _having(chosen, held, np.flatnonzero(rest).tolist()))
    if counts[0]:
        yield Group(MISSING, None, _having(chosen, held, [0]))


def _top(held: Valued, counts: npt.NDArray[np.int64], most: int) -> list[int]:
    """The codes of the most frequent values; of equally frequent ones the first in order."""
    wanted = np.flatnonzero(counts[1:]) + 1
    if len(wanted) > most:
        least = np.sort(counts[wanted])[-most]
        wanted = wanted[counts[wanted] >= least]

    def place(code: int) -> tuple[int, str]:
        return -int(counts[code]), str(held.values[code - 1])

    return sorted(wanted.tolist(), key=place)[:most]


def _having(chosen: list[Part], held: Valued, codes: list[int]) -> list[Part]:
    lut = np.zeros(len(held.values) + 1, dtype=np.bool_)
    lut[codes] = True
    return [each.only(lut[own]) for each, own in zip(chosen, held.codes, strict=True)]
