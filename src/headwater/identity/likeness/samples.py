"""Pairs to look at: those nearest to the threshold, where a model errs if it errs. Personal data only where it is asked for.

Reads what a model found, and `nodes`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from headwater.identity.explain import Spoken
from headwater.identity.likeness.match import Matched
from headwater.identity.likeness.records import NODE
from headwater.tables.nodes import opened
from headwater.tables.workspace import Workspace


@dataclass(frozen=True)
class Record:
    """One end of a pair: its identifier by number and kind; `values` of it and its fields only if they are to be shown."""

    node_id: int
    identifier: str
    values: Mapping[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True)
class Sample:
    """A pair of records. `is_link`: whether it counts."""

    one: Record
    other: Record
    probability: float
    is_link: bool
    spoken: tuple[Spoken, ...]


def samples(matched: Matched, workspace: Workspace, n_each: int, *, with_values: bool) -> list[Sample]:
    """The least likely of the links and the likeliest of the others, at most so many of each; likeliest first."""
    links, others = matched.links, matched.pairs.filter(pc.invert(matched.pairs["is_link"]))
    last = links.slice(max(0, len(links) - n_each))
    rows = [*last.to_pylist(), *others.slice(0, n_each).to_pylist()]
    nodes = {row[end] for row in rows for end in ("node_id", "other_node_id")}
    records = _records(nodes, matched, workspace, with_values=with_values)
    return [
        Sample(
            records[row["node_id"]],
            records[row["other_node_id"]],
            row["probability"],
            row["is_link"],
            tuple(Spoken(**each) for each in row["evidence"]),
        )
        for row in rows
    ]


def _records(
    nodes: Iterable[int], matched: Matched, workspace: Workspace, *, with_values: bool
) -> dict[int, Record]:
    numbers = sorted(nodes)
    if not numbers:
        return {}
    listed = ", ".join(map(str, numbers))
    value = f", {opened()} AS value" if with_values else ""
    known = workspace.engine.table(
        f"SELECT node_id, identifier{value} FROM nodes WHERE node_id IN ({listed})"
    )
    held = _held(numbers, matched) if with_values else {}
    return {
        row["node_id"]: Record(
            row["node_id"],
            row["identifier"],
            {row["identifier"]: row["value"], **held[row["node_id"]]} if with_values else {},
        )
        for row in known.to_pylist()
    }


def _held(numbers: list[int], matched: Matched) -> dict[int, dict[str, Any]]:
    rows = matched.records.rows
    of = rows.filter(pc.is_in(rows[NODE], pa.array(numbers, pa.int64())))
    return {row[NODE]: {name: row[name] for name in matched.records.fed_by} for row in of.to_pylist()}
