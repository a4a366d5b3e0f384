"""Identifiers and the evidence that ties them, as arrays; and who is one person by it. Knows nothing of tables or files.

Taken by itself, evidence makes connected components. Where a component breaks no rule, that is the answer; where it does, its
evidence is heard piece by piece, and what would break a rule is set aside with the reason: first what somebody decided, then what
ties people by what they are known by, last what ties them by a device; among these in an order that does not hang on when
it came. Hearing a component that breaks no rule piece by piece gives the same, so the answer is one either way.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Reasons = npt.NDArray[np.int8]
Rank = Callable[[Integers], Integers]


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
        trusts: bits of the kinds beyond whose limit it may go, shape (m,).
    """

    left: Integers
    right: Integers
    is_decided: Flags
    trusts: Integers

    def __len__(self) -> int:
        return len(self.left)

    def only(self, chosen: Flags | Integers) -> Evidence:
        """Some of it."""
        return Evidence(self.left[chosen], self.right[chosen], self.is_decided[chosen], self.trusts[chosen])


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
        component: of each identifier, numbered from 0, shape (n,).
        aside: of each link whether it counts, or why not (`Aside`), shape (m,).
    """

    component: Integers
    aside: Reasons


def resolve_graph(kinds: Integers, evidence: Evidence, limits: Limits, rank: Rank) -> Resolution:
    """Who is one person, by evidence and limits.

    Args:
        kinds: of each identifier, as a place in `limits.most`, shape (n,).
        evidence: what ties them.
        limits: what counts against it.
        rank: of links, as places in the evidence, which is heard first where not all can count: the lower one. Asked only
            of those of which that matters.
    """
    component = _components(len(kinds), evidence)
    aside = np.zeros(len(evidence), dtype=np.int8)
    offending = _offending(kinds, evidence, limits, component)
    if offending.any():
        heard = np.flatnonzero(offending[component[evidence.left]])
        by_device = ~_names_people(kinds, evidence, limits)[heard]
        hearing = _Hearing(kinds, limits)
        for place in heard[np.lexsort((rank(heard), by_device, ~evidence.is_decided[heard]))].tolist():
            aside[place] = hearing.hear(
                int(evidence.left[place]),
                int(evidence.right[place]),
                is_decided=bool(evidence.is_decided[place]),
                trusts=int(evidence.trusts[place]),
            )
        component = _components(len(kinds), evidence.only(aside == Aside.COUNTS))
    return Resolution(component, aside)


def _components(n: int, evidence: Evidence) -> Integers:
    ones = np.ones(len(evidence), dtype=np.int8)
    graph = coo_array((ones, (evidence.left, evidence.right)), shape=(n, n))
    return np.asarray(connected_components(graph, directed=False)[1], dtype=np.int64)


def _offending(kinds: Integers, evidence: Evidence, limits: Limits, component: Integers) -> Flags:
    """Which components break a rule."""
    n_components = int(component.max()) + 1 if len(component) else 0
    found = np.zeros(n_components, dtype=np.bool_)
    for kind in np.flatnonzero(limits.most >= 0):
        found |= np.bincount(component[kinds == kind], minlength=n_components) > limits.most[kind]
    if len(limits.apart):
        ends = component[limits.apart]
        found[ends[ends[:, 0] == ends[:, 1], 0]] = True
    return found | _shared(kinds, evidence, limits, component, n_components)


def _shared(
    kinds: Integers, evidence: Evidence, limits: Limits, component: Integers, n_components: int
) -> Flags:
    """The components in which only devices tie people together."""
    is_person = limits.names_person[kinds]
    sure = evidence.only(_names_people(kinds, evidence, limits) | evidence.is_decided)
    people = _components(len(kinds), sure)[is_person]
    component_of = np.full(
        len(kinds), -1, dtype=np.int64
    )  # of each people's component the one that it lies in
    component_of[people] = component[is_person]
    return np.bincount(component_of[component_of >= 0], minlength=n_components) > 1


def _names_people(kinds: Integers, evidence: Evidence, limits: Limits) -> Flags:
    """The links both of whose ends name people."""
    is_person = limits.names_person[kinds]
    return np.asarray(is_person[evidence.left] & is_person[evidence.right])


class _Hearing:
    """Evidence heard piece by piece: sets of identifiers that grow, each with what it holds."""

    def __init__(self, kinds: Integers, limits: Limits) -> None:
        self._kinds = kinds
        self._limits = limits
        self._above: dict[int, int] = {}
        self._counts: dict[int, dict[int, int]] = {}
        self._has_person: dict[int, bool] = {}
        self._size: dict[int, int] = {}
        self._foes: dict[int, set[int]] = {}
        for left, right in limits.apart.tolist():
            self._foes.setdefault(left, set()).add(right)
            self._foes.setdefault(right, set()).add(left)

    def hear(self, left: int, right: int, *, is_decided: bool, trusts: int) -> Aside:
        """Let a link count, unless it may not."""
        one, other = self._of(left), self._of(right)
        if one == other:
            return Aside.COUNTS
        if self._are_foes(one, other):
            return Aside.APART
        if not is_decided and self._is_shared(left, right, one, other):
            return Aside.SHARED
        if not is_decided and self._is_beyond(one, other, trusts):
            return Aside.LIMIT
        self._unite(one, other)
        return Aside.COUNTS

    def _of(self, node: int) -> int:
        """The set that an identifier is in, by the identifier that stands for it."""
        if node not in self._above:
            kind = int(self._kinds[node])
            self._above[node], self._size[node] = node, 1
            self._counts[node] = {kind: 1} if self._limits.most[kind] >= 0 else {}
            self._has_person[node] = bool(self._limits.names_person[kind])
            return node
        root = node
        while self._above[root] != root:
            root = self._above[root]
        while self._above[node] != root:
            self._above[node], node = root, self._above[node]
        return root

    def _are_foes(self, one: int, other: int) -> bool:
        return any(self._of(each) == other for each in self._foes.get(one, ()))

    def _is_shared(self, left: int, right: int, one: int, other: int) -> bool:
        names = self._limits.names_person[self._kinds[[left, right]]]
        return not names.all() and self._has_person[one] and self._has_person[other]

    def _is_beyond(self, one: int, other: int, trusts: int) -> bool:
        fewer, more = sorted((self._counts[one], self._counts[other]), key=len)
        return any(
            kind in more and n + more[kind] > self._limits.most[kind] and not trusts >> kind & 1
            for kind, n in fewer.items()
        )

    def _unite(self, one: int, other: int) -> None:
        small, large = sorted((one, other), key=lambda root: self._size[root])
        self._above[small] = large
        self._size[large] += self._size.pop(small)
        self._has_person[large] |= self._has_person.pop(small)
        counts = self._counts[large]
        for kind, n in self._counts.pop(small).items():
            counts[kind] = counts.get(kind, 0) + n
        if small in self._foes:
            self._foes.setdefault(large, set()).update(self._foes.pop(small))
