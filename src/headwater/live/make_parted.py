"""Write what a base says of who is not who; see `parted.py`.

Reads `identity_decisions`, `evidence_aside`, `nodes`. Writes into the folder of a base.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np

from headwater.engine.engine import Engine
from headwater.engine.query import DIALECT, literal
from headwater.identity.evidence import DIFFERENT, NEWEST_DECISIONS
from headwater.identity.resolve import EXPIRED as TOO_OLD
from headwater.live.parted import APART, EXPIRED, pair_number


def write_parted(folder: Path, engine: Engine) -> None:
    """Write both files."""
    apart = _pairs(f"SELECT * FROM ({NEWEST_DECISIONS}) AS newest WHERE verdict = {_text(DIFFERENT)}", engine)
    (folder / APART).write_bytes(msgspec.msgpack.encode(list(apart)))
    expired = _pairs(f"SELECT * FROM evidence_aside WHERE reason = {_text(TOO_OLD)}", engine)
    numbers = np.array([pair_number(*each) for each in expired], dtype=np.uint64)
    np.save(folder / EXPIRED, np.sort(numbers))


def _pairs(rows: str, engine: Engine) -> Iterator[tuple[bytes, bytes]]:
    """The keys of both identifiers of each row of a query that has `node_id` and `other_node_id`."""
    found = engine.table(
        f"SELECT one.value_index AS index, other.value_index AS other_index FROM ({rows}) AS pairs "
        "JOIN nodes AS one USING (node_id) JOIN nodes AS other ON other.node_id = pairs.other_node_id"
    )
    for batch in found.to_batches():
        for index, other_index in zip(*(column.to_pylist() for column in batch.columns), strict=True):
            yield index.encode(), other_index.encode()


def _text(value: str) -> str:
    return literal(value).sql(dialect=DIALECT)
