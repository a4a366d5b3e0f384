"""What a query that a person wrote would do, found out by a session that holds no rows and can reach nothing.

Reads the query's text only. `try_out` says what it calls and which columns it gives, or why the engine refuses it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pyarrow as pa

from headwater.core.errors import HeadwaterError
from headwater.engine.engines.duckdb import DuckDB
from headwater.engine.query import literal

ROWS_FROM = frozenset({"unnest", "range", "generate_series"})
"""The functions that may stand for a table: what they give is in their arguments."""

# DuckDB calls these steady, and they are not: `age` of one moment counts from today.
_UNSTEADY = frozenset({"age", "current_localtime", "current_localtimestamp", "reservoir_quantile", "version"})
# Macros carry no word of DuckDB's on whether they are steady; these compute from their arguments alone.
_STEADY_MACROS = (
    *("list_", "array_", "json", "map_contains_", "md5_number_"),
    *("split_part", "nullif", "fmod", "fdiv", "date_add", "days_in_month", "if"),
    *("geomean", "geometric_mean", "wavg", "weighted_avg"),
)


@dataclass(frozen=True)
class Trial:
    """What came of it.

    Attributes:
        columns: the columns it gives, with their types, in order.
        tables: the names of tables that it reads, also of those it makes itself by WITH.
        unsteady: functions that give another value each time, or look outside the query.
        error: why the engine refuses it; empty if it does not.
    """

    columns: tuple[tuple[str, str], ...] = ()
    tables: frozenset[str] = frozenset()
    unsteady: tuple[str, ...] = ()
    error: str = ""


class Trials:
    """A session in which queries over tables of these schemas can be tried."""

    def __init__(self, schemas: Mapping[str, pa.Schema]) -> None:
        self._session = DuckDB(threads=1, memory_mb=200, is_shut=True)
        for name, schema in schemas.items():
            self._session.register(name, schema.empty_table())

    def try_out(self, sql: str) -> Trial:
        """What one query, in DuckDB's dialect, would do."""
        try:
            tree = json.loads(
                self._ask(f"SELECT json_serialize_sql({literal(sql).sql('duckdb')}) AS tree")[0]["tree"]
            )
            if tree["error"]:
                return Trial(error=str(tree.get("error_message", "it is no query")))
            found = list(_nodes(tree))
            tables = frozenset(str(each["table_name"]) for each in found if each.get("type") == "BASE_TABLE")
            unsteady = tuple(sorted({*_rows_from(found), *self._unsteady(found)}))
            if unsteady:
                return Trial((), tables, unsteady)
            columns = tuple((row["column_name"], row["column_type"]) for row in self._ask(f"DESCRIBE {sql}"))
            return Trial(columns, tables)
        except HeadwaterError as error:
            return Trial(error=str(error.__cause__ or error).strip().splitlines()[0])

    def close(self) -> None:
        """End the session."""
        self._session.close()

    def _unsteady(self, found: list[Mapping[str, object]]) -> Iterator[str]:
        """The functions called that are not the same whenever asked."""
        for each in found:
            name = str(each.get("function_name", "")).lower()
            if each.get("class") in ("FUNCTION", "WINDOW") and name and not self._is_steady(name):
                yield name

    def _is_steady(self, name: str) -> bool:
        if name in _UNSTEADY:
            return False
        named = literal(name).sql("duckdb")
        kinds = self._ask(
            "SELECT DISTINCT function_type AS kind, stability FROM duckdb_functions()"
            f" WHERE function_name = {named} AND function_type NOT IN ('pragma', 'table', 'table_macro')"
        )
        return all(
            name.startswith(_STEADY_MACROS) if kind["kind"] == "macro" else kind["stability"] == "CONSISTENT"
            for kind in kinds
        )

    def _ask(self, sql: str) -> list[dict[str, str]]:
        rows: list[dict[str, str]] = self._session.table(sql).to_pylist()
        return rows


def _rows_from(found: list[Mapping[str, object]]) -> Iterator[str]:
    """The functions that stand for tables and may not."""
    for each in found:
        function = each.get("function")
        if each.get("type") == "TABLE_FUNCTION" and isinstance(function, Mapping):
            name = str(function.get("function_name", "")).lower()
            if name not in ROWS_FROM:
                yield name


def _nodes(tree: object) -> Iterator[Mapping[str, object]]:
    """Every node of DuckDB's own parse tree."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            yield node
            waiting += node.values()
        elif isinstance(node, list):
            waiting += node
