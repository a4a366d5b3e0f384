"""The persons a request is about: everything they are known by.

Reads the tables `nodes` and `identity_map`; writes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from headwater.engine.bitmaps import Ids
from headwater.tables.nodes import opened
from headwater.tables.workspace import Workspace

NODE_IDS, PROFILE_IDS, INDEXES = "persons_node_ids", "persons_profile_ids", "persons_indexes"
Node = tuple[str, str]  # an identifier: its kind and normalised value


def _nobody() -> Ids:
    return np.zeros(0, dtype=np.int64)


@dataclass(frozen=True, eq=False)
class Persons:
    """Persons, by all that stands for them.

    Attributes:
        nodes: their identifiers; those that were asked for also if nobody has them.
        indexes: the blind indexes of these, in the same order.
        node_ids: the numbers of those that are known: int64, ascending.
        profile_ids: of their profiles: int64, ascending.
    """

    nodes: tuple[Node, ...]
    indexes: tuple[str, ...]
    node_ids: Ids = field(default_factory=_nobody)
    profile_ids: Ids = field(default_factory=_nobody)

    def joined(self, others: Persons) -> Persons:
        """These and others together."""
        held = {
            **dict(zip(self.nodes, self.indexes, strict=True)),
            **dict(zip(others.nodes, others.indexes, strict=True)),
        }
        return Persons(
            tuple(held),
            tuple(held.values()),
            np.union1d(self.node_ids, others.node_ids),
            np.union1d(self.profile_ids, others.profile_ids),
        )

    @property
    def are_known(self) -> bool:
        """Whether the tables know any of them."""
        return len(self.node_ids) > 0


def find_persons(asked: Iterable[Node], workspace: Workspace) -> Persons:
    """Everyone who has one of these identifiers, with all identifiers they have.

    Args:
        asked: kinds and normalised values.
        workspace: the project opened.
    """
    wanted = list(dict.fromkeys(asked))
    index_of = {node: workspace.seals.index_text(node[1], node[0]) for node in wanted}
    engine = workspace.engine
    engine.register(INDEXES, pa.table({"value_index": pa.array(list(index_of.values()), pa.string())}))
    try:
        found = engine.table(
            f"SELECT node_id, profile_id, identifier, {opened('nodes')} AS value, value_index "
            "FROM nodes LEFT JOIN identity_map USING (node_id) "
            f"WHERE value_index IN (SELECT value_index FROM {INDEXES}) OR profile_id IN ("
            "SELECT profile_id FROM nodes JOIN identity_map USING (node_id) "
            f"WHERE value_index IN (SELECT value_index FROM {INDEXES})) ORDER BY node_id"
        )
    finally:
        engine.drop(INDEXES)
    columns = (found.column(name).to_pylist() for name in ("identifier", "value", "value_index"))
    known = {(kind, value): index for kind, value, index in zip(*columns, strict=True) if value is not None}
    everything = {**known, **index_of}
    profiles = found.column("profile_id").drop_null().to_numpy()
    return Persons(
        tuple(everything),
        tuple(everything.values()),
        found.column("node_id").to_numpy().astype(np.int64),
        np.unique(profiles.astype(np.int64)),
    )


@contextmanager
def registered(persons: Persons, workspace: Workspace) -> Iterator[None]:
    """Let `NODE_IDS`, `PROFILE_IDS` and `INDEXES` stand for them in the engine until the block ends."""
    given: dict[str, tuple[str, Sequence[object] | Ids, pa.DataType]] = {
        NODE_IDS: ("node_id", persons.node_ids, pa.int64()),
        PROFILE_IDS: ("profile_id", persons.profile_ids, pa.int64()),
        INDEXES: ("value_index", persons.indexes, pa.string()),
    }
    for name, (column, values, kind) in given.items():
        workspace.engine.register(name, pa.table({column: pa.array(values, kind)}))
    try:
        yield
    finally:
        workspace.engine.drop(*given)
