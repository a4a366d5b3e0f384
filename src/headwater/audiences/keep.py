"""The table `memberships` after a refresh: a few moves are added beside it; when they are many, it is written whole.

Reads `memberships` and `membership_moves`; writes them. What a refresh costs to write so depends on how many people moved, not
on how many are in audiences.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from sqlglot import exp

from headwater.audiences.change import AT_ONCE, Change
from headwater.engine.bitmaps import Ids, Universe, unpack
from headwater.engine.query import column, literal
from headwater.tables import membership_moves, memberships
from headwater.tables.moves import at_rest
from headwater.tables.workspace import Publication, Workspace

MOST_MOVES = 8  # once more than one row in so many has moved, the table is written whole
Moments = npt.NDArray[np.datetime64]


def keep_members(
    found: Sequence[Change], universe: Universe, now: datetime, workspace: Workspace, out: Publication
) -> None:
    """Let the tables hold the members after these changes.

    Args:
        found: all audiences that were refreshed, in order of name, changed or not.
        universe: the profiles whose sets they are.
        now: when those who are new entered; UTC without zone.
        workspace: where the tables are read.
        out: where they are written.
    """
    moved = [change for change in found if change.moved]
    waiting = _n_waiting(workspace)
    n_moves = sum(change.moved for change in moved) + sum(waiting.values())
    if n_moves * MOST_MOVES <= _n_at_rest(workspace):
        out.append_batches(membership_moves.TABLE, _moves(moved, universe, now, workspace.snapshot.number))
        return
    whole = [change for change in found if change.moved or change.name in waiting]
    names = [change.name for change in whole]
    rows = pa.RecordBatchReader.from_batches(
        memberships.TABLE.schema, _members(whole, universe, workspace, now)
    )
    out.replace_parts(memberships.TABLE, rows, names)
    if waiting:
        others = exp.select("*").from_(membership_moves.TABLE.name).where(~_among(names))
        out.replace(membership_moves.TABLE, others.sql(workspace.engine.dialect))


def _n_waiting(workspace: Workspace) -> dict[str, int]:
    """How many moves of each audience stand beside the table."""
    rows = workspace.engine.table("SELECT audience, count(*) AS n FROM membership_moves GROUP BY audience")
    return dict(zip(rows["audience"].to_pylist(), rows["n"].to_pylist(), strict=True))


def _n_at_rest(workspace: Workspace) -> int:
    found = workspace.engine.table(f"SELECT count(*) AS n FROM {at_rest(memberships.TABLE)}")
    return int(found["n"][0].as_py())


def _moves(moved: Sequence[Change], universe: Universe, now: datetime, snapshot: int) -> pa.RecordBatchReader:
    """Rows of `membership_moves`, in its order."""
    rows = (_moves_of(change, universe, now, snapshot) for change in moved)
    return pa.RecordBatchReader.from_batches(membership_moves.TABLE.schema, rows)


def _moves_of(change: Change, universe: Universe, now: datetime, snapshot: int) -> pa.RecordBatch:
    ids, entered = change.moves(universe)
    there = pa.array(entered)
    moment = pa.scalar(now, pa.timestamp("us"))
    columns = [
        pa.repeat(pa.scalar(change.name), len(ids)),
        pa.array(ids),
        pc.if_else(there, moment, pa.scalar(None, moment.type)),
        there,
        pa.repeat(pa.scalar(snapshot, pa.int64()), len(ids)),
    ]
    return pa.RecordBatch.from_arrays(columns, schema=membership_moves.TABLE.schema)


def _members(
    whole: Sequence[Change], universe: Universe, workspace: Workspace, now: datetime
) -> Iterator[pa.RecordBatch]:
    """The members of each audience after the change, in batches."""
    for change in whole:
        ids, entered_at = _entered(change, universe, workspace, now)
        for first in range(0, len(ids), AT_ONCE):
            some = slice(first, first + AT_ONCE)
            names = pa.repeat(pa.scalar(change.name), len(ids[some]))
            columns = [names, pa.array(ids[some]), pa.array(entered_at[some])]
            yield pa.RecordBatch.from_arrays(columns, schema=memberships.TABLE.schema)


def _entered(change: Change, universe: Universe, workspace: Workspace, now: datetime) -> tuple[Ids, Moments]:
    """The members of an audience after the change, with when they entered: who stays keeps the moment."""
    before, after = unpack(change.was, universe.size), unpack(change.now, universe.size)
    entered_at = np.full(change.size, np.datetime64(now, "us"))
    if change.was.any():
        ids, moments = _since(change.name, workspace)
        there = np.isin(ids, universe.profile_ids, assume_unique=True) if len(change.gone) else slice(None)
        entered_at[before[after]] = moments[there][after[before]]
    return universe.members(after), entered_at


def _since(name: str, workspace: Workspace) -> tuple[Ids, Moments]:
    """The stored members of an audience, ascending, with when they entered."""
    chosen = exp.select("profile_id", "entered_at").from_("memberships").where(_among([name]))
    rows = workspace.engine.table(chosen.sql(workspace.engine.dialect))
    ids, moments = rows["profile_id"].to_numpy(), rows["entered_at"].to_numpy()
    order = np.argsort(ids, kind="stable")
    return ids[order], moments[order]


def _among(names: Sequence[str]) -> exp.Expr:
    return column("audience").isin(*map(literal, names))
