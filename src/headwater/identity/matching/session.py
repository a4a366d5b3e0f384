"""A session of Splink on a DuckDB database of its own, in memory: nothing of the records touches the disk.

What Splink is told and what it gives passes through here only. It is quiet: what it would log says nothing to people who
do not know it.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import pyarrow as pa
from splink import DuckDBAPI, Linker, SettingsCreator
from splink.internals.splink_dataframe import SplinkDataFrame

from headwater.engine.query import literal
from headwater.identity.matching.block import Rule
from headwater.identity.matching.clean import ID, SOURCE
from headwater.identity.matching.compare import MACROS, Comparison

TABLE = "records"
WEIGHT, GAMMA = "mw_", "gamma_"


class Session:
    """Splink over one table of cleaned records."""

    def __init__(self, records: pa.Table | None = None) -> None:
        self.api = DuckDBAPI(":memory:")
        self.api.duckdb_con.execute("SET enable_progress_bar = false")
        self.api.duckdb_con.execute("SET temp_directory = ''")
        for macro in MACROS:
            self.api.duckdb_con.execute(macro)
        self._registered: list[SplinkDataFrame] = []
        if records is not None:
            self.keep(records)

    def keep(self, records: pa.Table) -> None:
        """Take in the records that all else is asked of."""
        self.api.duckdb_con.register("incoming", records)
        self.api.duckdb_con.execute(f"CREATE TABLE {TABLE} AS SELECT * FROM incoming")
        self.api.duckdb_con.unregister("incoming")

    def project(self, records: pa.Table, select: str) -> pa.Table:
        """A select list over a table, row by row and in its order."""
        self.api.duckdb_con.register("projected", records)
        try:
            return self.table(f"SELECT {select} FROM projected")
        finally:
            self.api.duckdb_con.unregister("projected")

    def table(self, sql: str) -> pa.Table:
        """What a statement gives."""
        return self.api.duckdb_con.sql(sql).to_arrow_table()

    def number(self, sql: str) -> float:
        """The one number that a statement gives; 0 if it is NULL."""
        return float(
            self.table(f"SELECT coalesce(CAST(({sql}) AS DOUBLE), 0) AS number").column(0)[0].as_py()
        )

    def linker(self, given: SettingsCreator | dict[str, Any], sources: Sequence[str]) -> Linker:
        """A linker over the records, taken apart by source where there are any."""
        return Linker(
            self._registered or self._register(sources), given, log_level=None, validate_settings=False
        )

    def _register(self, sources: Sequence[str]) -> list[SplinkDataFrame]:
        """Tell Splink of the records, once."""
        if not sources:
            self._registered = [self.api.register(TABLE)]
        for number, source in enumerate(sources):
            name = f"{TABLE}_{number}"
            rows = f"SELECT * EXCLUDE {SOURCE} FROM {TABLE} WHERE {SOURCE} = {literal(source).sql('duckdb')}"
            self.api.duckdb_con.execute(f"CREATE TABLE {name} AS {rows}")
            self._registered.append(self.api.register(name, dataset_display_name=f"source_{number}"))
        return self._registered

    def n_pairs(self, rule: Rule) -> float:
        """How many pairs a rule brings together, at most."""
        keys = [key.replace("{", "").replace("}", "") for key in rule.keys]
        known = " AND ".join(f"{key} IS NOT NULL" for key in keys)
        return self.number(
            f"SELECT sum(n * (n - 1) / 2) FROM (SELECT count(*) AS n FROM {TABLE} WHERE {known} GROUP BY {', '.join(keys)})"
        )

    def close(self) -> None:
        """Free what it holds."""
        self.api.duckdb_con.close()


@contextmanager
def session(records: pa.Table | None = None) -> Iterator[Session]:
    """A session that is closed in the end; Splink says nothing meanwhile."""
    logger = logging.getLogger("splink")
    before = logger.level
    logger.setLevel(logging.CRITICAL)
    opened = Session(records)
    try:
        yield opened
    finally:
        opened.close()
        logger.setLevel(before)


def settings(found: Sequence[Comparison], rules: Sequence[Rule], *, has_sources: bool) -> SettingsCreator:
    """What is compared and by which rules, as Splink is told it."""
    return SettingsCreator(
        link_type="link_only" if has_sources else "dedupe_only",
        comparisons=[_comparison(each) for each in found],
        blocking_rules_to_generate_predictions=[{"blocking_rule": rule.to_sql()} for rule in rules],
        unique_id_column_name=ID,
        source_dataset_column_name=SOURCE,
        retain_matching_columns=True,
        retain_intermediate_calculation_columns=True,
    )


def _comparison(found: Comparison) -> dict[str, Any]:
    unknown: Mapping[str, Any] = {
        "sql_condition": found.is_unknown,
        "label_for_charts": "unknown",
        "is_null_level": True,
    }
    levels = [
        {
            "sql_condition": level.sql,
            "label_for_charts": level.label,
            "m_probability": level.m,
            **({"tf_adjustment_column": level.frequency_of} if level.frequency_of else {}),
        }
        for level in found.levels
    ]
    return {"output_column_name": found.name, "comparison_levels": [unknown, *levels]}
