"""Which pseudonymised data was given to whom: so that whoever is erased can be told who has a row about them.

Reads and writes `pseudonymised_exports` in the database of operational state. Whom an export has stands there as the numbers of
identifiers, as in the ledger of deliveries, until they are erased.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import sqlalchemy as sa
from pyroaring import BitMap64

from headwater.core.project import Project
from headwater.core.state import connect_state, explained
from headwater.engine.bitmaps import Ids
from headwater.privacy.shown import Harmless, People

_WHAT = "the record of pseudonymised exports"
_METADATA = sa.MetaData()
_EXPORTS = sa.Table(
    "pseudonymised_exports",
    _METADATA,
    sa.Column("export_id", sa.String(64), primary_key=True),
    sa.Column("recipient", sa.String(64), nullable=False),
    sa.Column("purpose", sa.String(64), nullable=False),
    sa.Column("audience", sa.String(64), nullable=False),
    sa.Column("columns", sa.JSON, nullable=False),
    sa.Column("n_rows", sa.BigInteger, nullable=False),
    sa.Column("node_ids", sa.LargeBinary, nullable=False),
    sa.Column("made_at", sa.DateTime, nullable=False),
)


@dataclass(frozen=True)
class Export:
    """Data that was given away. `columns`: what it says of people; `made_at`: UTC, without zone."""

    export_id: Harmless
    recipient: Harmless
    purpose: Harmless
    audience: Harmless
    columns: tuple[Harmless, ...]
    n_rows: People
    made_at: datetime


class Exports:
    """Those of one project."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        with explained(_WHAT):
            _METADATA.create_all(engine)

    def note(
        self, recipient: str, purpose: str, audience: str, columns: Sequence[str], node_ids: Ids
    ) -> Export:
        """Note what is going to be given away; `node_ids`: by which identifier each person is told."""
        now = datetime.now(UTC).replace(tzinfo=None)
        export_id = f"export-{now:%Y%m%dT%H%M%S}-{secrets.token_hex(6)}"
        export = Export(export_id, recipient, purpose, audience, tuple(columns), len(node_ids), now)
        values = {**vars(export), "columns": list(columns), "node_ids": _packed(node_ids)}
        with self._begin() as connection:
            connection.execute(_EXPORTS.insert().values(values))
        return export

    def all(self) -> list[Export]:
        """Every export, oldest first."""
        return [export for export, _ in self._rows()]

    def of(self, node_ids: Ids) -> list[tuple[Export, list[int]]]:
        """The exports that have any of these identifiers, and which."""
        wanted = BitMap64(node_ids.tolist())
        found = ((export, list(held & wanted)) for export, held in self._rows())
        return [(export, held) for export, held in found if held]

    def forget(self, node_ids: Ids) -> None:
        """Forget of every export that it has these identifiers."""
        gone = BitMap64(node_ids.tolist())
        with self._begin() as connection:
            for row in connection.execute(sa.select(_EXPORTS)).mappings().all():
                held = BitMap64.deserialize(row["node_ids"])
                if held & gone:
                    is_it = _EXPORTS.c.export_id == row["export_id"]
                    left = (held - gone).serialize()
                    connection.execute(_EXPORTS.update().where(is_it).values(node_ids=left))

    def _rows(self) -> list[tuple[Export, BitMap64]]:
        with self._begin() as connection:
            rows = connection.execute(sa.select(_EXPORTS).order_by(_EXPORTS.c.made_at, _EXPORTS.c.export_id))
            return [(_read(row), BitMap64.deserialize(row["node_ids"])) for row in rows.mappings()]

    @contextmanager
    def _begin(self) -> Iterator[sa.Connection]:
        with explained(_WHAT), self._engine.begin() as connection:
            yield connection


@contextmanager
def open_exports(project: Project) -> Iterator[Exports]:
    """The project's exports.

    Raises:
        StorageError: their database cannot be reached, read or written.
    """
    engine = connect_state(project, _WHAT)
    try:
        yield Exports(engine)
    finally:
        engine.dispose()


def _packed(node_ids: Ids) -> bytes:
    packed: bytes = BitMap64(np.asarray(node_ids, dtype=np.int64).tolist()).serialize()
    return packed


def _read(row: sa.RowMapping) -> Export:
    return Export(
        row["export_id"],
        row["recipient"],
        row["purpose"],
        row["audience"],
        tuple(row["columns"]),
        row["n_rows"],
        row["made_at"],
    )
