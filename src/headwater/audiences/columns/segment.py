"""The events of some files as coded columns: by name, and within a name by time.

A segment never changes. It takes in only the columns that rules read, each when it is first asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from headwater.audiences.columns.coding import Coded, Column, Plain, encode
from headwater.audiences.properties import Read

Instants = npt.NDArray[np.int64]
Nodes = npt.NDArray[np.signedinteger]
Load = Callable[[Read], pa.ChunkedArray]
"""The values of one property, in the order of the events that the segment was made of."""


class Keep(Protocol):
    """Where a segment keeps its columns."""

    def column(self, read: Read) -> Column | None:
        """A column kept before."""

    def keep(self, read: Read, column: Column) -> Column:
        """Keep a column; gives it as it is kept."""


@dataclass(frozen=True, eq=False)
class Base:
    """What every segment has.

    Attributes:
        events: from where to where the events of a name stand.
        at: when each happened, in microseconds since 1970 UTC; ascending within a name.
        node: the identifier each was seen with.
        origin: the place of each in the order that `Load` gives.
    """

    events: Mapping[str, tuple[int, int]]
    at: Instants
    node: Nodes
    origin: npt.NDArray[np.int32]


@dataclass(eq=False)
class Segment:
    """The events of some files; `columns` holds those asked for so far."""

    base: Base
    load: Load
    kept: Keep | None = None
    columns: dict[Read, Column] = field(default_factory=dict)

    def column(self, read: Read) -> Column:
        """A property of every event, in the segment's order."""
        found = self.columns.get(read)
        if found is None:
            found = (self.kept.column(read) if self.kept else None) or self._make(read)
            self.columns[read] = found
        return found

    def _make(self, read: Read) -> Column:
        if read.name == "occurred_at":
            return Plain(pa.array(self.base.at).cast(pa.timestamp("us")))
        made = _ordered(encode(self.load(read)), self.base.origin)
        return self.kept.keep(read, made) if self.kept else made


def _ordered(column: Column, origin: npt.NDArray[np.int32]) -> Column:
    if isinstance(column, Coded):
        return Coded(column.codes[origin], column.values)
    return Plain(column.values.take(pa.array(origin)))


def make_base(rows: pa.Table) -> Base:
    """What every segment has, from the columns `event`, `occurred_at` and `node_id` of its rows.

    Events without a name or a moment are left out: no rule sees them.
    """
    names = rows["event"].dictionary_encode()
    found = names.chunk(0).dictionary.to_pylist() if names.num_chunks else []
    codes = _numbers(pc.fill_null(pa.chunked_array([c.indices for c in names.chunks], pa.int32()), -1))
    moments = pc.fill_null(rows["occurred_at"].cast(pa.int64()), _NEVER)
    at, node = _numbers(moments), _numbers(pc.fill_null(rows["node_id"], _NOBODY))
    parts = [_of_name(codes, at, code) for code in range(len(found))]
    ends = np.cumsum([len(part) for part in parts]).tolist()
    origin = np.concatenate([np.empty(0, dtype=np.int32), *parts]).astype(np.int32, copy=False)
    events = {
        name: (end - len(part), end) for name, part, end in zip(found, parts, ends, strict=True) if len(part)
    }
    return Base(events, at[origin], _narrow(node[origin]), origin)


_NEVER, _NOBODY = np.iinfo(np.int64).min, np.iinfo(np.int32).max


def _of_name(codes: npt.NDArray[np.int64], at: Instants, code: int) -> npt.NDArray[np.int32]:
    """The places of the events of one name, by time."""
    places = np.flatnonzero((codes == code) & (at != _NEVER)).astype(np.int32)
    return places[np.argsort(at[places])]


def _narrow(nodes: npt.NDArray[np.int64]) -> Nodes:
    fits = not len(nodes) or int(nodes.max()) <= _NOBODY
    return nodes.astype(np.int32) if fits else nodes


def _numbers(values: pa.ChunkedArray) -> npt.NDArray[np.int64]:
    return np.asarray(values.to_numpy())
