"""Cutting: people's identifiers into batches that fit into requests; the same input is cut the same way.

A person's identifiers stay together in one batch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from headwater.activate.destination import Change, Limits
from headwater.engine.bitmaps import Ids


@dataclass(frozen=True, eq=False)
class Holdings:
    """Identifiers and whose they are: two int64 arrays of one length, ordered by profile, then node."""

    node_ids: Ids
    profile_ids: Ids

    @property
    def n_people(self) -> int:
        """How many people they belong to."""
        return len(np.unique(self.profile_ids))

    def where(self, node_ids: Ids) -> Holdings:
        """Only these nodes."""
        kept = np.isin(self.node_ids, node_ids)
        return Holdings(self.node_ids[kept], self.profile_ids[kept])

    def among(self, profile_ids: Ids) -> Holdings:
        """Only these people's."""
        kept = np.isin(self.profile_ids, profile_ids)
        return Holdings(self.node_ids[kept], self.profile_ids[kept])


NOBODY = Holdings(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64))


def both(one: Holdings, other: Holdings) -> Holdings:
    """The identifiers of two sets of people, in no particular order."""
    return Holdings(
        np.concatenate([one.node_ids, other.node_ids]), np.concatenate([one.profile_ids, other.profile_ids])
    )


@dataclass(frozen=True, eq=False)
class Cut:
    """One batch to be: a change, and the identifiers of the people it happened to."""

    change: Change
    holdings: Holdings


def cut(
    change: Change, holdings: Holdings, limits: Limits, weigh: Callable[[Cut], int]
) -> tuple[list[Cut], int]:
    """Batches within the limits, in order, and how many people fit into none.

    Args:
        change: what happened to these people.
        holdings: their identifiers.
        limits: of one request.
        weigh: the bytes of the request a batch would be; asked only where bytes are limited.
    """
    cuts: list[Cut] = []
    n_too_large = 0
    for rows in _slices(Cut(change, holdings), limits.max_rows):
        for piece in _halved(rows, limits, weigh):
            if piece is None:
                n_too_large += 1
            else:
                cuts.append(piece)
    return cuts, n_too_large


def _slices(whole: Cut, n_people: int) -> Iterator[Cut]:
    """Pieces of at most so many people."""
    nodes, people = whole.holdings.node_ids, whole.holdings.profile_ids
    starts = np.flatnonzero(np.diff(people, prepend=-1))
    edges = [*starts[::n_people].tolist(), len(nodes)]
    for start, end in pairwise(edges):
        yield Cut(whole.change, Holdings(nodes[start:end], people[start:end]))


def _halved(piece: Cut, limits: Limits, weigh: Callable[[Cut], int]) -> Iterator[Cut | None]:
    """The piece, or its halves, or theirs, until each fits; None for one person who is too large alone."""
    if limits.max_bytes is None or weigh(piece) <= limits.max_bytes:
        yield piece
    elif (n := piece.holdings.n_people) == 1:
        yield None
    else:
        for half in _slices(piece, (n + 1) // 2):
            yield from _halved(half, limits, weigh)
