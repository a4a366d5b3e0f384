"""What a table is: columns with type, meaning, mark of personal data, labels; purpose and retention; layout.

From a declaration come the schema on disk (created and migrated), the generated docs page, what erasure must
visit and what the gate checks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import cast

import pyarrow as pa

from headwater.core.plugins import discover
from headwater.core.sealing.seals import Place
from headwater.engine.lake import Layout


class Type(Enum):
    """Column types, the same in Arrow, Delta, DuckDB and Spark. Instants: UTC, microseconds, without zone."""

    TEXT = "text"
    INTEGER = "integer"
    SMALL_INTEGER = "small integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    INSTANT = "instant"
    DATE = "date"
    INTEGERS = "integers"
    TEXTS = "texts"


ARROW: Mapping[Type, pa.DataType] = {
    Type.TEXT: pa.string(),
    Type.INTEGER: pa.int64(),
    Type.SMALL_INTEGER: pa.int32(),
    Type.NUMBER: pa.float64(),
    Type.BOOLEAN: pa.bool_(),
    Type.INSTANT: pa.timestamp("us"),
    Type.DATE: pa.date32(),
    Type.INTEGERS: pa.list_(pa.int64()),
    Type.TEXTS: pa.list_(pa.string()),
}

SQL_TYPE: Mapping[Type, str] = {
    Type.TEXT: "VARCHAR",
    Type.INTEGER: "BIGINT",
    Type.SMALL_INTEGER: "INTEGER",
    Type.NUMBER: "DOUBLE",
    Type.BOOLEAN: "BOOLEAN",
    Type.INSTANT: "TIMESTAMP",
    Type.DATE: "DATE",
    Type.INTEGERS: "BIGINT[]",
    Type.TEXTS: "VARCHAR[]",
}

VALUE_TYPES: Mapping[str, Type] = {
    each.value: each for each in (Type.TEXT, Type.NUMBER, Type.BOOLEAN, Type.INSTANT, Type.TEXTS)
}
"""What a trait or an attribute can be, by name: `traits` and `attributes` have a column of each name."""


class Pii(Enum):
    """How closely a column points at a person."""

    NONE = "none"
    LINKED = "linked"  # about a person, but names nobody by itself (a profile id, a purchase)
    DIRECT = "direct"  # names or reaches a person (an e-mail address)


class Names(Enum):
    """How what stands in a column names a person: what erasure, export and their proof go by."""

    NODE = "node"  # the number of one of their identifiers
    NODES = "nodes"  # numbers of identifiers that were seen with somebody's: without theirs the row is still that person's
    PROFILE = "profile"  # the number of their profile
    INDEX = "index"  # the blind index of one of their identifiers
    TEXT = "text"  # a sealed text in which anybody may be named, in whatever spelling


@dataclass(frozen=True)
class Column:
    """One column.

    `labels` are data-use labels (privacy.labels) that flow to whatever is computed from it. `is_sealed`: its texts are sealed
    at rest, each by itself; SQL reads them as `open_sealed('table.column', column)` (see engine.sealing). `names`: how its values
    name a person, if they do. `is_of_staff`: it is of whoever works with the data, not of whom it is about.
    """

    name: str
    type: Type
    meaning: str
    pii: Pii = Pii.NONE
    labels: frozenset[str] = frozenset()
    is_sealed: bool = False
    names: Names | None = None
    is_of_staff: bool = False


@dataclass(frozen=True)
class Table:
    """One table at rest.

    `key`: the columns that identify a row. `partition_by` cuts the table into folders, `sort_by` orders rows
    within them. `purpose`: why it is kept. `retention_days`: None, kept as long as the project. `aged_by`: the instant from
    which a row's age is counted; empty: it has none, and goes with whom it is about. `moves`: the table of the rows that came
    and went since this one was last written whole; read by its name, this table is the two together.
    """

    name: str
    meaning: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    purpose: str
    retention_days: int | None = None
    aged_by: str = ""
    partition_by: tuple[str, ...] = ()
    sort_by: tuple[str, ...] = ()
    distinct: tuple[str, ...] = ()
    moves: str = ""

    @property
    def schema(self) -> pa.Schema:
        """The columns as Arrow fields, in order."""
        return pa.schema([(column.name, ARROW[column.type]) for column in self.columns])

    @property
    def layout(self) -> Layout:
        """How the table lies in the lake."""
        return Layout(self.name, self.schema, self.partition_by, self.sort_by, self.distinct)

    def column(self, name: str) -> Column:
        """The column of this name.

        Raises:
            KeyError: there is none.
        """
        return {column.name: column for column in self.columns}[name]

    def naming(self, *how: Names) -> tuple[str, ...]:
        """The columns that name a person in one of these ways; in any, if none is said."""
        return tuple(
            column.name for column in self.columns if column.names and column.names in (how or Names)
        )

    @property
    def sealed(self) -> tuple[Place, ...]:
        """The columns whose texts are sealed at rest."""
        return tuple(Place(self.name, column.name) for column in self.columns if column.is_sealed)

    def has(self, name: str) -> bool:
        """Whether there is a column of this name."""
        return any(column.name == name for column in self.columns)


def all_tables() -> Mapping[str, Table]:
    """Every declared table by name."""
    modules = discover("headwater.tables", "TABLE", leave_out=("moves", "rejection", "table", "workspace"))
    return cast("Mapping[str, Table]", modules)
