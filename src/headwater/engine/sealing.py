"""Sealing in SQL: an engine's functions `seal(place, value)`, `open_sealed(place, sealed)`, `blind_index(kind, value)` and
`reseal(place, sealed)`, which has the active key seal what another did.

A place is written 'table.column'. NULL gives NULL, and so does a value whose key has been forgotten. The keys stay in this
process: engines elsewhere are not given these functions.
"""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa
import pyarrow.compute as pc

from headwater.core.errors import Bug
from headwater.core.sealing.seals import Place, Seals
from headwater.engine.engine import Engine

SEAL, OPEN, INDEX, RESEAL = "seal", "open_sealed", "blind_index", "reseal"


def define_sealing(engine: Engine, seals: Callable[[], Seals]) -> None:
    """Let an engine's SQL seal, open and index texts; `seals` is asked when it does so first."""
    text = pa.string()

    def seal(places: pa.Array, values: pa.Array) -> pa.Array:
        return _by_name(places, values, lambda rows, name: seals().seal(rows, _place(name)))

    def open_sealed(places: pa.Array, sealed: pa.Array) -> pa.Array:
        return _by_name(places, sealed, lambda rows, name: seals().open_sealed(rows, _place(name)))

    def reseal(places: pa.Array, sealed: pa.Array) -> pa.Array:
        return _by_name(places, sealed, lambda rows, name: seals().reseal(rows, _place(name)))

    def blind_index(kinds: pa.Array, values: pa.Array) -> pa.Array:
        return _by_name(kinds, values, seals().blind_index)

    engine.define_over_arrays(SEAL, seal, [text, text], text, is_steady=False)
    engine.define_over_arrays(OPEN, open_sealed, [text, text], text)
    engine.define_over_arrays(RESEAL, reseal, [text, text], text, is_steady=False)
    engine.define_over_arrays(INDEX, blind_index, [text, text], text)


def _place(name: str) -> Place:
    table, _, column = name.partition(".")
    if not table or not column:
        raise Bug(f"'{name}' is no place of sealed values: write table.column")
    return Place(table, column)


def _by_name(names: pa.Array, rows: pa.Array, function: Callable[[pa.Array, str], pa.Array]) -> pa.Array:
    """A function of rows and the name that stands beside them, each name's rows together; mostly there is one."""
    found = [name for name in pc.unique(names).to_pylist() if name is not None]
    if len(found) == 1 and not names.null_count:
        return function(rows, found[0])
    result = pa.nulls(len(rows), pa.string())
    for name in found:
        is_named = pc.fill_null(pc.equal(names, name), fill_value=False)
        result = pc.if_else(is_named, function(pc.if_else(is_named, rows, None), name), result)
    return result.combine_chunks() if isinstance(result, pa.ChunkedArray) else result
