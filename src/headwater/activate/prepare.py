"""Who goes to a destination, by which identifiers: members of the audience whom the gate permits and who can be named.

Reads the tables `memberships`, `identity_map` and `nodes` (and, through the gate, `consents`); writes nothing.

What is carried is identifiers, not profiles: profiles merge and split as evidence comes in, an identifier stays what it
is. A person with several identifiers of a kind is sent with all of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import groupby
from typing import Any

import numpy as np
import pyarrow as pa
from sqlglot import exp

from headwater.activate.batch import Holdings
from headwater.activate.destination import Destination, Form, Member
from headwater.activate.forms import write
from headwater.audiences.shuffle import Stretch
from headwater.engine.bitmaps import Ids
from headwater.engine.query import DIALECT, Query, literal
from headwater.privacy.gate import Permitted
from headwater.tables.nodes import opened
from headwater.tables.workspace import Workspace

_NODES, _PEOPLE = "activate_nodes", "activate_people"
_NAMES, _PAGE = "activate_names", "activate_page"


def members_of(workspace: Workspace, audience: str) -> Ids:
    """The profiles in an audience: int64, ascending."""
    query = f"SELECT profile_id FROM memberships WHERE audience = {literal(audience).sql(DIALECT)} ORDER BY 1"
    return _integers(workspace.engine.table(query), "profile_id")


def holdings_of(workspace: Workspace, permitted: Permitted) -> Holdings:
    """The identifiers of permitted people, of the kinds permitted."""
    with _standing_for(workspace, _PEOPLE, profile_id=permitted.profile_ids):
        return _holdings(
            workspace,
            f"""
            SELECT n.node_id, m.profile_id FROM nodes AS n
            JOIN identity_map AS m ON m.node_id = n.node_id
            JOIN {_PEOPLE} AS p ON p.profile_id = m.profile_id
            WHERE {_nameable(permitted.fields)}
            """,
        )


def holders_of(workspace: Workspace, node_ids: Ids, identifiers: Mapping[str, Form]) -> Holdings:
    """Whose these identifiers are now; one that is nobody's any more stands for itself, so that it can be removed."""
    with _standing_for(workspace, _NODES, node_id=node_ids):
        return _holdings(
            workspace,
            f"""
            SELECT n.node_id, coalesce(m.profile_id, n.node_id) AS profile_id FROM nodes AS n
            JOIN {_NODES} AS w ON w.node_id = n.node_id
            LEFT JOIN identity_map AS m ON m.node_id = n.node_id
            WHERE {_nameable(identifiers)}
            """,
        )


def owners_of(workspace: Workspace, node_ids: Ids) -> Ids:
    """The profiles these identifiers belong to now: int64, ascending, without repeats."""
    with _standing_for(workspace, _NODES, node_id=node_ids):
        query = (
            f"SELECT DISTINCT m.profile_id FROM identity_map AS m JOIN {_NODES} USING (node_id) ORDER BY 1"
        )
        return _integers(workspace.engine.table(query), "profile_id")


def holders_by_kind(workspace: Workspace) -> dict[str, int]:
    """How many people have an identifier of each kind by which they can be named; a kind that nobody has is not in it."""
    query = (
        "SELECT n.identifier, count(DISTINCT m.profile_id) AS n FROM nodes AS n "
        "JOIN identity_map AS m ON m.node_id = n.node_id WHERE n.value IS NOT NULL GROUP BY 1 ORDER BY 1"
    )
    return {row["identifier"]: row["n"] for row in workspace.engine.table(query).to_pylist()}


def drawn(workspace: Workspace, profile_ids: Ids, stretch: Stretch) -> Ids:
    """Those of these people who are in a stretch of everyone: int64, ascending."""
    with _standing_for(workspace, _PEOPLE, profile_id=profile_ids):
        query = exp.select("profile_id").from_(_PEOPLE).where(stretch.sql()).order_by("profile_id")
        return _integers(workspace.engine.table(query.sql(workspace.engine.dialect)), "profile_id")


@contextmanager
def named(workspace: Workspace, holdings: Holdings) -> Iterator[None]:
    """Keep these identifiers' values at hand, for `members` to look up batch by batch, until the block ends."""
    with _standing_for(workspace, _NODES, node_id=np.unique(holdings.node_ids)):
        workspace.engine.create(
            _NAMES,
            f"SELECT n.node_id, n.identifier, {opened('n')} AS value FROM nodes AS n "
            f"JOIN {_NODES} USING (node_id) ORDER BY 1",
        )
    try:
        yield
    finally:
        workspace.engine.drop(_NAMES)


def members(
    workspace: Workspace, holdings: Holdings, kind: Destination[Any], identifiers: Mapping[str, Form]
) -> tuple[Member, ...]:
    """People as a destination is told of them, in the order of the holdings, inside a `named` block."""
    if not len(holdings.node_ids):
        return ()
    page = {
        "place": np.arange(len(holdings.node_ids)),
        "node_id": holdings.node_ids,
        "profile_id": holdings.profile_ids,
    }
    with _standing_for(workspace, _PAGE, **page):
        rows = workspace.engine.table(
            f"SELECT profile_id, identifier, value FROM {_PAGE} JOIN {_NAMES} USING (node_id) "
            "WHERE value IS NOT NULL ORDER BY place"
        ).to_pylist()
    return tuple(
        _member(list(one), kind, identifiers)
        for _, one in groupby(rows, key=lambda row: int(row["profile_id"]))
    )


def field_names(kind: Destination[Any], identifiers: Mapping[str, Form]) -> tuple[str, ...]:
    """The destination's names of the fields these identifiers go into, in order, without repeats."""
    fields = ((one, kind.field_of(one)) for one in identifiers)
    return tuple(dict.fromkeys(field.named(one) for one, field in fields if field))


def _member(rows: list[dict[str, Any]], kind: Destination[Any], identifiers: Mapping[str, Form]) -> Member:
    values: dict[str, list[str]] = {}
    for row in rows:
        field = kind.field_of(row["identifier"])
        if field:
            text = write(field.canonical(row["value"]), identifiers[row["identifier"]], row["identifier"])
            values.setdefault(field.named(row["identifier"]), []).append(text)
    return Member({name: tuple(dict.fromkeys(texts)) for name, texts in values.items()})


def _nameable(identifiers: Mapping[str, object]) -> str:
    """The condition that a node is of one of these kinds and has a value."""
    listed = ", ".join(literal(one).sql(DIALECT) for one in identifiers)
    return f"n.identifier IN ({listed}) AND n.value IS NOT NULL"


def _holdings(workspace: Workspace, query: str) -> Holdings:
    found = workspace.engine.table(
        Query().step("holdings", query).step("ordered", "SELECT * FROM holdings ORDER BY profile_id, node_id")
    )
    return Holdings(_integers(found, "node_id"), _integers(found, "profile_id"))


def _integers(table: pa.Table, column: str) -> Ids:
    return table[column].to_numpy().astype(np.int64, copy=False)  # type: ignore[no-any-return]


@contextmanager
def _standing_for(workspace: Workspace, name: str, **columns: Ids) -> Iterator[None]:
    """Let a name stand for these columns until the block ends."""
    workspace.engine.register(
        name, pa.table({key: pa.array(ids, pa.int64()) for key, ids in columns.items()})
    )
    try:
        yield
    finally:
        workspace.engine.drop(name)
