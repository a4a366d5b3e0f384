"""How audiences overlap: shared members, shares, likeness, lift.

Reads what `chosen` reads: what the last refresh left, or what the rules say now.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from headwater.audiences.chosen import Members, as_refreshed
from headwater.engine.bitmaps import intersections
from headwater.tables.workspace import Workspace

Matrix = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Overlap:
    """Audiences against each other; every matrix has one row and one column an audience, in the order of `names`.

    Attributes:
        counts: members that two audiences share; on the diagonal their sizes.
        n_profiles: how many profiles there are.
    """

    names: tuple[str, ...]
    counts: npt.NDArray[np.int64]
    n_profiles: int

    @property
    def sizes(self) -> npt.NDArray[np.int64]:
        """The members of each audience."""
        return np.diagonal(self.counts)

    @property
    def shares(self) -> Matrix:
        """The share of the row's audience that is in the column's too, 0 to 1; NaN for an empty row."""
        return _divided(self.counts, self.sizes[:, None])

    @property
    def jaccard(self) -> Matrix:
        """Likeness: shared members over members of either, 0 to 1; NaN for two empty ones."""
        return _divided(self.counts, self.sizes[:, None] + self.sizes[None, :] - self.counts)

    @property
    def lift(self) -> Matrix:
        """How many times as often as by chance a member of one is in the other; NaN if either is empty."""
        return _divided(
            self.counts * float(self.n_profiles), self.sizes[:, None] * self.sizes[None, :].astype(float)
        )


def overlap(names: Sequence[str], workspace: Workspace) -> Overlap:
    """How these audiences overlapped after the last refresh.

    Raises:
        NotFoundError: one of them does not exist.
    """
    return overlap_of(as_refreshed(names, workspace))


def overlap_of(members: Members) -> Overlap:
    """How these sets overlap."""
    return Overlap(tuple(members.sets), intersections(list(members.sets.words.values())), members.n_profiles)


def _divided(above: npt.ArrayLike, below: npt.ArrayLike) -> Matrix:
    over = np.asarray(below, dtype=np.float64)
    result: Matrix = np.full(np.broadcast_shapes(np.shape(above), over.shape), np.nan)
    np.divide(above, over, out=result, where=over != 0)
    return result
