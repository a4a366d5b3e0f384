"""Who asked to be forgotten, as blind indexes alone: so that they are known again, and kept out, without being kept.

Reads and writes `suppressions` in the database of operational state. Whoever reads it without the project's keys learns
nothing of whom it holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import sqlalchemy as sa

from headwater.core.project import Project
from headwater.core.state import connect_state, explained
from headwater.engine.bitmaps import Ids
from headwater.engine.query import DIALECT, literal
from headwater.engine.sealing import INDEX
from headwater.tables.workspace import Workspace

_WHAT = "the suppressions"
_METADATA = sa.MetaData()
_SUPPRESSIONS = sa.Table(
    "suppressions",
    _METADATA,
    sa.Column("value_index", sa.String(32), primary_key=True),
    sa.Column("identifier", sa.String(64), nullable=False),
    sa.Column("request_id", sa.String(64), nullable=False),
    sa.Column("since", sa.DateTime, nullable=False),
)


@dataclass(frozen=True)
class Suppressed:
    """An identifier that is kept out: its kind, its blind index, by which request, since when (UTC, without zone)."""

    identifier: str
    value_index: str
    request_id: str
    since: datetime


class Suppressions:
    """Those of one project."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        with explained(_WHAT):
            _METADATA.create_all(engine)

    def add(self, of: Iterable[tuple[str, str]], request_id: str) -> None:
        """Keep identifiers out, given as kinds and blind indexes; those that are kept out already stay as they are."""
        now = datetime.now(UTC).replace(tzinfo=None)
        with self._begin() as connection:
            there = set(connection.execute(sa.select(_SUPPRESSIONS.c.value_index)).scalars())
            new = {index: kind for kind, index in of if index not in there}
            rows = [
                {"value_index": index, "identifier": kind, "request_id": request_id, "since": now}
                for index, kind in new.items()
            ]
            if rows:
                connection.execute(_SUPPRESSIONS.insert(), rows)

    def lift(self, value_index: str) -> int:
        """Let an identifier in again, with all that its request kept out; gives how many that were."""
        with self._begin() as connection:
            request = (
                sa.select(_SUPPRESSIONS.c.request_id)
                .where(_SUPPRESSIONS.c.value_index == value_index)
                .scalar_subquery()
            )
            of_it = _SUPPRESSIONS.c.request_id == request
            return int(connection.execute(_SUPPRESSIONS.delete().where(of_it)).rowcount)

    def all(self) -> list[Suppressed]:
        """Every identifier that is kept out, oldest first."""
        order = (_SUPPRESSIONS.c.since, _SUPPRESSIONS.c.value_index)
        with self._begin() as connection:
            rows = connection.execute(sa.select(_SUPPRESSIONS).order_by(*order)).mappings()
            return [
                Suppressed(row["identifier"], row["value_index"], row["request_id"], row["since"])
                for row in rows
            ]

    @contextmanager
    def _begin(self) -> Iterator[sa.Connection]:
        with explained(_WHAT), self._engine.begin() as connection:
            yield connection


@contextmanager
def open_suppressions(project: Project) -> Iterator[Suppressions]:
    """The project's suppressions.

    Raises:
        StorageError: their database cannot be reached, read or written.
    """
    engine = connect_state(project, _WHAT)
    try:
        yield Suppressions(engine)
    finally:
        engine.dispose()


RELATION = "suppressed_indexes"


def register_suppressed(workspace: Workspace) -> bool:
    """Let `RELATION` stand for who is to be kept out, for `is_suppressed`; gives whether anybody is."""
    indexes = suppressed_indexes(workspace.project)
    workspace.engine.register(RELATION, pa.table({"value_index": pa.array(sorted(indexes), pa.string())}))
    return bool(indexes)


def is_suppressed(kind: str, value: str) -> str:
    """SQL: whether a normalised value of a kind, given as SQL, is one that is to be kept out."""
    of_kind = literal(kind).sql(dialect=DIALECT)
    return f"coalesce({INDEX}({of_kind}, {value}) IN (SELECT value_index FROM {RELATION}), FALSE)"


def suppressed_profiles(workspace: Workspace) -> Ids:
    """The profiles any of whose identifiers is to be kept out: they are about to be erased. int64, ascending."""
    if not register_suppressed(workspace):
        return np.zeros(0, dtype=np.int64)
    found = workspace.engine.table(
        "SELECT DISTINCT profile_id FROM nodes JOIN identity_map USING (node_id) "
        f"WHERE value_index IN (SELECT value_index FROM {RELATION}) ORDER BY profile_id"
    )
    return np.asarray(found["profile_id"].to_numpy(), dtype=np.int64)


def suppressed_indexes(project: Project) -> frozenset[str]:
    """The blind indexes of all identifiers that are kept out."""
    with open_suppressions(project) as suppressions:
        return frozenset(each.value_index for each in suppressions.all())
