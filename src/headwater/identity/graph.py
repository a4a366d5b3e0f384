"""Identifiers and the evidence that ties them, as arrays; and who is one person by it. Knows nothing of tables or files.

Taken by itself, evidence makes connected components. Where a component breaks no rule, that is the answer; where it does, its
evidence is heard piece by piece, and what would break a rule is set aside with the reason: first what somebody decided, then what
ties people by what they are known by, last what ties them by a device; among these in an order that does not hang on when
it came. Hearing a component that breaks no rule piece by piece gives the same, so the answer is one either way. Components do not
hang on each other: to know one anew, its own identifiers and evidence are enough.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

Integers = npt.NDArray[np.signedinteger[Any]]
Flags = npt.NDArray[np.bool_]
Reasons = npt.NDArray[np.int8]


class Aside(IntEnum):
    """Why a piece of evidence does not count."""

    COUNTS = 0
    LIMIT = 1  # the profile would have more identifiers of a kind than it may
    SHARED = 2  # a device would bring two known people together
    APART = 3  # somebody said that these are two


@dataclass(frozen=True)
class Evidence:
    """Links between identifiers.

    Attributes:
        left, right: the ends, as places among the identifiers, shape (m,).
        is_decided: whether somebody decided so, shape (m,).
    """

    left: Integers
    right: Integers
    is_decided: Flags

    def __len__(self) -> int:
        return len(self.left)

    def only(self, chosen: Flags | Integers) -> Evidence:
        """Some of it."""
        return Evidence(self.left[chosen], self.right[chosen], self.is_decided[chosen])


@dataclass(frozen=True)
class Told:
    """What is asked of evidence where not all of it can count.

    Attributes:
        rank: which is heard first: the lower one, shape (k,).
        trusts: bits of the kinds beyond whose limit each may go, shape (k,).
    """

    rank: Integers
    trusts: Integers


Tell = Callable[[Integers, Integers], Told]


@dataclass(frozen=True)
class Limits:
    """What a profile must not be.

    Attributes:
        most: of each kind how many identifiers it may have; -1: any number, shape (kinds,).
        names_person: of each kind whether an identifier of it names a person, rather than a device, shape (kinds,).
        apart: pairs of identifiers of which somebody said that they are two people, as places, shape (k, 2).
    """

    most: Integers
    names_person: Flags
    apart: Integers


@dataclass(frozen=True)
class Resolution:
    """Who is one person.

    Attributes:
        component: of each identifier, a number that those of one person share, less than twice the identifiers, shape (n,).
        aside: of each link whether it counts, or why not (`Aside`), shape (m,).
    """

    component: Integers
    aside: Reasons


def resolve_graph(kinds: Integers, evidence: Evidence, limits: Limits, tell: Tell) -> Resolution:
    """Who is one person, by evidence and limits.

    Args:
        kinds: of each identifier, as a place in `limits.most`, shape (n,).
        evidence: what ties them; quickest in the order of `left`.
        limits: what counts against it.
        tell: what is to be known of links, given as places in the evidence, each with the component that it is in. Asked only of
            those of which it matters; which of two is heard first matters within a component.
    """
    n_components, component = components(len(kinds), evidence)
    aside = np.zeros(len(evidence), dtype=np.int8)
    offending = _offending(kinds, evidence, limits, component, n_components)
    if offending.any():
        heard = np.flatnonzero(offending[component[evidence.left]])
        members = np.flatnonzero(offending[component])
        aside[heard], roots = _hear(
            heard, members, kinds, evidence, limits, tell(heard, component[evidence.left[heard]])
        )
        component[members] = n_components + roots
    return Resolution(component, aside)


def components(n: int, evidence: Evidence) -> tuple[int, Integers]:
    """How many connected components there are, and that of each of n identifiers, numbered from 0."""
    left, right = evidence.left, evidence.right
    if np.any(left[1:] < left[:-1]):
        order = np.argsort(left, kind="stable")
        left, right = left[order], right[order]
    begins = np.zeros(n + 1, dtype=np.int32)
    np.cumsum(np.bincount(left, minlength=n), out=begins[1:])
    graph = csr_array((np.ones(len(left)), right.astype(np.int32, copy=False), begins), shape=(n, n))
    found, component = connected_components(graph, directed=False)
    return int(found), component


def _offending(
    kinds: Integers, evidence: Evidence, limits: Limits, component: Integers, n_components: int
) -> Flags:
    """Which components break a rule."""
    found = _shared(limits.names_person[kinds], evidence, component, n_components)
    for kind in np.flatnonzero(limits.most >= 0):
        found |= np.bincount(component[kinds == kind], minlength=n_components) > limits.most[kind]
    if len(limits.apart):
        ends = component[limits.apart]
        found[ends[ends[:, 0] == ends[:, 1], 0]] = True
    return found


def _shared(is_person: Flags, evidence: Evidence, component: Integers, n_components: int) -> Flags:
    """The components in which only devices tie people together."""
    found = np.zeros(n_components, dtype=np.bool_)
    found[component[_between(is_person, evidence)]] = True
    if found.any():
        found &= np.bincount(component[is_person], minlength=n_components) > 1
    if not found.any():
        return found
    members = np.flatnonzero(found[component])
    part = _within(members, len(component), evidence.only(found[component[evidence.left]]))
    is_person = is_person[members]
    sure = part.only((is_person[part.left] & is_person[part.right]) | part.is_decided)
    n_sure, people = components(len(members), sure)
    whole = np.full(n_sure, -1, dtype=np.int64)  # of each people's component the one that it lies in
    whole[people[is_person]] = component[members[is_person]]
    return np.asarray(np.bincount(whole[whole >= 0], minlength=n_components) > 1)


def _between(is_person: Flags, evidence: Evidence) -> Integers:
    """The devices that are tied to two others or more: one that is tied to a single one brings nobody together."""
    near = np.full(len(is_person), -1, dtype=np.int32)
    from_left, from_right = ~is_person[evidence.left], ~is_person[evidence.right]
    ties = (
        (evidence.left[from_left], evidence.right[from_left]),
        (evidence.right[from_right], evidence.left[from_right]),
    )
    for device, other in ties:
        near[device] = other
    return np.concatenate([device[near[device] != other] for device, other in ties])


def _within(members: Integers, n: int, evidence: Evidence) -> Evidence:
    """Evidence among members, as places among these."""
    place = np.full(n, -1, dtype=np.int32)
    place[members] = np.arange(len(members), dtype=np.int32)
    return Evidence(place[evidence.left], place[evidence.right], evidence.is_decided)


def _hear(
    heard: Integers, members: Integers, kinds: Integers, evidence: Evidence, limits: Limits, told: Told
) -> tuple[Reasons, Integers]:
    """Whether each piece counts; and of each member the one that stands for its set."""
    part = _within(members, len(kinds), evidence.only(heard))
    is_person = limits.names_person[kinds[members]]
    by_device = ~(is_person[part.left] & is_person[part.right])
    order = np.lexsort((told.rank, by_device, ~part.is_decided))
    apart = limits.apart[np.isin(limits.apart, members).all(axis=1)]
    hearing = _Hearing(kinds[members], limits, np.searchsorted(members, apart))
    columns = (part.left, part.right, part.is_decided, by_device, told.trusts)
    aside = np.zeros(len(heard), dtype=np.int8)
    aside[order] = [
        hearing.hear(*each) for each in zip(*(column[order].tolist() for column in columns), strict=True)
    ]
    return aside, hearing.roots()


class _Hearing:
    """Evidence heard piece by piece: sets of identifiers that grow, each with what it holds."""

    def __init__(self, kinds: Integers, limits: Limits, apart: Integers) -> None:
        """Everybody alone; `apart`: as places among `kinds`."""
        self._above = list(range(len(kinds)))
        self._size = [1] * len(kinds)
        self._has_person: list[bool] = limits.names_person[kinds].tolist()
        self._limited: list[tuple[int, int, list[int]]] = [
            (int(kind), int(limits.most[kind]), (kinds == kind).astype(np.int64).tolist())
            for kind in np.flatnonzero(limits.most >= 0)
        ]
        self._foes: dict[int, set[int]] = {}
        for left, right in apart.tolist():
            self._foes.setdefault(left, set()).add(right)
            self._foes.setdefault(right, set()).add(left)

    def hear(self, left: int, right: int, is_decided: bool, by_device: bool, trusts: int) -> Aside:
        """Let a link count, unless it may not."""
        one, other = self._of(left), self._of(right)
        if one == other:
            return Aside.COUNTS
        if self._foes and self._are_foes(one, other):
            return Aside.APART
        if not is_decided:
            if by_device and self._has_person[one] and self._has_person[other]:
                return Aside.SHARED
            if self._is_beyond(one, other, trusts):
                return Aside.LIMIT
        self._unite(one, other)
        return Aside.COUNTS

    def roots(self) -> Integers:
        """The one that stands for the set of each."""
        above = np.array(self._above, dtype=np.int64)
        while True:
            further = above[above]
            if np.array_equal(further, above):
                return above
            above = further

    def _of(self, node: int) -> int:
        """The set that an identifier is in, by the identifier that stands for it."""
        above = self._above
        while above[node] != node:
            above[node] = node = above[above[node]]
        return node

    def _are_foes(self, one: int, other: int) -> bool:
        foes, far = self._foes.get(one), self._foes.get(other)
        if not foes or not far:
            return False
        if len(far) < len(foes):
            foes, other = far, one
        return any(self._of(each) == other for each in foes)

    def _is_beyond(self, one: int, other: int, trusts: int) -> bool:
        return any(
            held[one] and held[other] and held[one] + held[other] > most and not trusts >> kind & 1
            for kind, most, held in self._limited
        )

    def _unite(self, one: int, other: int) -> None:
        small, large = (one, other) if self._size[one] < self._size[other] else (other, one)
        self._above[small] = large
        self._size[large] += self._size[small]
        self._has_person[large] |= self._has_person[small]
        for _, _, held in self._limited:
            held[large] += held[small]
        if small in self._foes:
            self._foes.setdefault(large, set()).update(self._foes.pop(small))
