"""Which rows of which tables name some persons: the one walk over every declared table that erasing, its proof and exports share.

Reads each table whose declaration says that a column names a person (`tables.table.Names`); writes nothing. A row of another
person that only names one of them beside (`events.other_node_ids`) is told apart.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from headwater.core.sealing.seals import Place
from headwater.engine.query import DIALECT, literal, name as quoted
from headwater.privacy.mentions import Mentions
from headwater.privacy.persons import INDEXES, NODE_IDS, PROFILE_IDS, Persons, registered
from headwater.tables.moves import at_rest
from headwater.tables.table import Names, Table, all_tables
from headwater.tables.workspace import NEVER, Workspace

_TEXTS = "persons_texts"
FEW = 100
Normalise = Mapping[str, Callable[[str], str | None]]


@dataclass(frozen=True)
class Naming:
    """Which rows of a table name the persons.

    Attributes:
        table: the table.
        rows: the name in the engine under which its rows stand as they are on disk.
        goes: SQL of a condition: the row is about them.
        beside: SQL of a condition: it is somebody else's and names them; never where `goes` holds.
        without: what to select so that it does not any more.
    """

    table: Table
    rows: str
    goes: str
    beside: str = NEVER
    without: str = "*"

    @property
    def concerns(self) -> str:
        """SQL: the row names them in either way."""
        return self.goes if self.beside == NEVER else f"({self.goes} OR {self.beside})"


@contextmanager
def looking(persons: Persons, normalise: Normalise, workspace: Workspace) -> Iterator[list[Naming]]:
    """Which rows of which tables name them; to be used within the block."""
    with registered(persons, workspace):
        try:
            yield list(_namings(persons, normalise, workspace))
        finally:
            workspace.engine.drop(_TEXTS)


def _namings(persons: Persons, normalise: Normalise, workspace: Workspace) -> Iterator[Naming]:
    for table in all_tables().values():
        rows = at_rest(table) if table.moves else table.name
        if texts := table.naming(Names.TEXT):
            yield _naming_in_texts(table, texts, Mentions(persons.nodes, normalise), workspace)
        elif table.naming():
            goes = f"({' OR '.join(_goes(table, persons))})"
            lists = table.naming(Names.NODES)
            yield Naming(table, rows, goes, **_beside(lists, goes, persons))


def _goes(table: Table, persons: Persons) -> Iterator[str]:
    """SQL of conditions, one of which holds if a row is about the persons; none is ever NULL."""
    among = {
        Names.NODE: (persons.node_ids.tolist(), f"SELECT node_id FROM {NODE_IDS}"),
        Names.PROFILE: (persons.profile_ids.tolist(), f"SELECT profile_id FROM {PROFILE_IDS}"),
        Names.INDEX: (list(persons.indexes), f"SELECT value_index FROM {INDEXES}"),
    }
    for how, (them, selected) in among.items():
        # Few are written out: so files and groups of rows are passed over that hold, by their bounds, none of them.
        listed = ", ".join(literal(each).sql(DIALECT) for each in them) if len(them) <= FEW else selected
        for column in map(quoted, table.naming(how)):
            yield f"({column} IS NOT NULL AND {column} IN ({listed}))" if them else NEVER


def _beside(columns: tuple[str, ...], goes: str, persons: Persons) -> dict[str, str]:
    """How rows of others are told, and what becomes of them."""
    if not columns:
        return {}
    them = f"[{', '.join(map(str, persons.node_ids.tolist()))}]::BIGINT[]"
    named = " OR ".join(f"coalesce(list_has_any({quoted(column)}, {them}), FALSE)" for column in columns)
    others = ", ".join(
        f"nullif(list_filter({quoted(column)}, lambda node: NOT list_contains({them}, node)), []) AS {quoted(column)}"
        for column in columns
    )
    return {"beside": f"(({named}) AND NOT ({goes}))", "without": f"* REPLACE ({others})"}


def _naming_in_texts(
    table: Table, columns: tuple[str, ...], mentions: Mentions, workspace: Workspace
) -> Naming:
    """Rows whose sealed texts name them; each different text is opened once."""
    engine, found = workspace.engine, []
    for column in columns:
        place = Place(table.name, column)
        sealed = engine.table(f"SELECT DISTINCT {quoted(column)} AS text FROM {table.name}").column("text")
        opened = workspace.seals.open_sealed(sealed, place)
        named = [bool(text) and mentions.are_in(text) for text in opened.to_pylist()]
        found.append(pc.filter(sealed, pa.array(named, pa.bool_())))
    texts = pa.chunked_array([chunk for each in found for chunk in each.chunks], pa.string())
    engine.register(_TEXTS, pa.table({"text": texts}))
    goes = " OR ".join(
        f"coalesce({quoted(column)} IN (SELECT text FROM {_TEXTS}), FALSE)" for column in columns
    )
    return Naming(table, table.name, f"({goes})")
