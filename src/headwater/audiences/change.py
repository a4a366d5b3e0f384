"""One audience before and after a refresh: who entered and who left, as sets and as rows of `membership_changes`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pyarrow as pa

from headwater.engine.bitmaps import Bits, Ids, Universe, Words, unpack
from headwater.tables import membership_changes

AT_ONCE = 1 << 20  # rows of a batch
REFRESH = "refresh"  # the reason of a change that was seen when everyone was evaluated


@dataclass(frozen=True, eq=False)
class Change:
    """One audience before and after.

    Attributes:
        rule: the fingerprint of its rule.
        is_new_rule: it differs from the one of the last refresh.
        was: the packed members at the last refresh, as far as they are still profiles.
        now: the packed members now.
        gone: the ids of those before who are no profiles any more, ascending.
    """

    name: str
    rule: str
    is_new_rule: bool
    was: Words
    now: Words
    gone: Ids
    size: int
    n_entered: int
    n_left: int

    @property
    def moved(self) -> int:
        """How many entered or left."""
        return self.n_entered + self.n_left

    def moves(self, universe: Universe) -> tuple[Ids, Bits]:
        """Who entered or left, by ascending profile id, and which of them entered."""
        differs = unpack(self.was ^ self.now, universe.size)
        ids = np.concatenate([universe.members(differs), self.gone])
        now = unpack(self.now, universe.size)
        entered = np.concatenate([now[differs], np.zeros(len(self.gone), dtype=np.bool_)])
        order = np.argsort(ids, kind="stable")
        return ids[order], entered[order]


def change_rows(moved: Sequence[Change], universe: Universe, now: datetime) -> pa.RecordBatchReader:
    """Who entered and left, as rows of `membership_changes`, in its order; no more than some are in memory together."""
    rows = (batch for change in moved for batch in _rows(change, universe, now))
    return pa.RecordBatchReader.from_batches(membership_changes.TABLE.schema, rows)


def _rows(change: Change, universe: Universe, now: datetime) -> Iterator[pa.RecordBatch]:
    ids, entered = change.moves(universe)
    for first in range(0, len(ids), AT_ONCE):
        some = slice(first, first + AT_ONCE)
        words = pa.DictionaryArray.from_arrays(pa.array(entered[some], pa.int8()), ["left", "entered"])
        columns = [
            pa.repeat(pa.scalar(change.name), len(words)),
            pa.array(ids[some]),
            words.cast(pa.string()),
            pa.repeat(pa.scalar(now, pa.timestamp("us")), len(words)),
            pa.repeat(pa.scalar(REFRESH), len(words)),
        ]
        yield pa.RecordBatch.from_arrays(columns, schema=membership_changes.TABLE.schema)
