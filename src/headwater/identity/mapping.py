"""The table `identity_map`: what changed of it is written, and no more.

Reads `identity_map`; writes it, `identity_moves` and `identity_changes`. Identifiers that were never there are added to the rows
at rest, for their numbers are greater than all before; others that went to another profile are moves beside them, until these
are many and the map is written whole.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC

import numpy as np
import pyarrow as pa

from headwater.engine.engine import Engine
from headwater.identity.evidence import integers
from headwater.identity.graph import Flags, Integers
from headwater.identity.places import among, distinct
from headwater.tables import identity_changes, identity_map, identity_moves
from headwater.tables.moves import at_rest
from headwater.tables.workspace import Publication, Workspace

NONE = -1  # in place of a profile
MOST_MOVES = 8  # once more than one identifier in so many has moved, the map is written whole


@dataclass(frozen=True)
class Grouping:
    """Which profile identifiers are in; those that name nobody are in none.

    Attributes:
        nodes: ascending, shape (k,).
        profiles: the smallest node of each one's profile, shape (k,).
    """

    nodes: Integers
    profiles: Integers

    def is_as(self, other: Grouping) -> bool:
        """Whether it is the same."""
        return np.array_equal(self.nodes, other.nodes) and np.array_equal(self.profiles, other.profiles)

    @property
    def n_profiles(self) -> int:
        """How many profiles there are: each holds the identifier that it is named after."""
        return int(np.count_nonzero(self.nodes == self.profiles))


@dataclass(frozen=True)
class Change:
    """The identifiers that are not where they were.

    Attributes:
        nodes: ascending, shape (k,).
        was, now: the profile before and after; NONE: none, shape (k,).
    """

    nodes: Integers
    was: Integers
    now: Integers

    def only(self, chosen: Flags) -> Change:
        """Some of it."""
        if chosen.all():
            return self
        return Change(self.nodes[chosen], self.was[chosen], self.now[chosen])


def read_mapping(engine: Engine, query: str = "SELECT * FROM identity_map") -> Grouping:
    """The map, or the rows of it that a query gives."""
    table = engine.table(query)
    nodes, profiles = integers(table, "node_id"), integers(table, "profile_id")
    if np.any(nodes[1:] < nodes[:-1]):
        order = np.argsort(nodes, kind="stable")
        nodes, profiles = nodes[order], profiles[order]
    return Grouping(nodes, profiles)


def compare(before: Grouping, after: Grouping) -> Change:
    """What changed of one map to come to the other."""
    if np.array_equal(before.nodes, after.nodes):
        nodes, was, now = before.nodes, before.profiles, after.profiles
    elif not len(before.nodes):
        return Change(after.nodes, np.full(len(after.nodes), NONE), after.profiles)
    else:
        nodes = distinct(before.nodes, after.nodes)
        was, now = (np.full(len(nodes), NONE) for _ in range(2))
        was[np.searchsorted(nodes, before.nodes)] = before.profiles
        now[np.searchsorted(nodes, after.nodes)] = after.profiles
    return Change(nodes, was, now).only(was != now)


def replaced(everybody: Grouping, before: Grouping, after: Grouping) -> Grouping:
    """The map of everybody, with one part of it in place of what that was before."""
    others = ~among(everybody.nodes, before.nodes)
    nodes = np.concatenate([everybody.nodes[others], after.nodes])
    profiles = np.concatenate([everybody.profiles[others], after.profiles])
    order = np.argsort(nodes, kind="stable")
    return Grouping(nodes[order], profiles[order])


def write_mapping(
    change: Change, whole: Callable[[], Grouping], workspace: Workspace, out: Publication
) -> None:
    """Let the tables hold the map after a change.

    Args:
        change: what is not where it was.
        whole: gives the map after it, if that is to be written.
        workspace: where the tables are read.
        out: where they are written.
    """
    n_at_rest, n_moves, greatest = _held(workspace.engine)
    is_new = change.nodes > greatest
    new, moved = change.only(is_new), change.only(~is_new)
    if len(moved.nodes) and (len(moved.nodes) + n_moves) * MOST_MOVES > n_at_rest:
        after = whole()
        out.replace_rows(identity_map.TABLE, _rows(after.nodes, after.profiles))
        if n_moves:
            out.replace_rows(identity_moves.TABLE, identity_moves.TABLE.schema.empty_table())
    else:
        if len(new.nodes):
            out.append_rows(identity_map.TABLE, _rows(new.nodes, new.now))
        if len(moved.nodes):
            out.append_rows(identity_moves.TABLE, _moves(moved, workspace.snapshot.number))
    known = change.only(change.was != NONE)
    if len(known.nodes):
        out.append_rows(identity_changes.TABLE, _changes(known, workspace))


def _held(engine: Engine) -> tuple[int, int, int]:
    """How many rows are at rest, how many moves beside them, and the greatest node of either."""
    rest, moves = at_rest(identity_map.TABLE), identity_moves.TABLE.name
    [found] = engine.table(
        f"SELECT (SELECT count(*) FROM {rest}) AS n_at_rest, (SELECT count(*) FROM {moves}) AS n_moves, "
        f"coalesce(greatest((SELECT max(node_id) FROM {rest}), (SELECT max(node_id) FROM {moves})), -1) AS greatest"
    ).to_pylist()
    return found["n_at_rest"], found["n_moves"], found["greatest"]


def _rows(nodes: Integers, profiles: Integers) -> pa.Table:
    return pa.table({"node_id": nodes, "profile_id": profiles}, schema=identity_map.TABLE.schema)


def _profiles(now: Integers) -> pa.Array:
    """Profiles, NULL for none."""
    return pa.array(now, pa.int64(), mask=now == NONE)


def _moves(moved: Change, snapshot: int) -> pa.Table:
    columns = {
        "node_id": moved.nodes,
        "profile_id": _profiles(moved.now),
        "is_there": moved.now != NONE,
        "moved_in": np.full(len(moved.nodes), snapshot),
    }
    return pa.table(columns, schema=identity_moves.TABLE.schema)


def _changes(known: Change, workspace: Workspace) -> pa.Table:
    at = workspace.clock.now().astimezone(UTC).replace(tzinfo=None)
    columns = {
        "node_id": known.nodes,
        "was_profile_id": known.was,
        "profile_id": _profiles(known.now),
        "changed_at": pa.repeat(pa.scalar(at, pa.timestamp("us")), len(known.nodes)),
    }
    return pa.table(columns, schema=identity_changes.TABLE.schema)
