"""Pages of the canonical tables: what each holds, why, how long, and which stages write and read it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from headwater.flow.batch import Stage
from headwater.flow.pages.markdown import grid, names, page
from headwater.tables.table import Column, Pii, Table


def table_pages(tables: Mapping[str, Table], stages: Iterable[Stage]) -> dict[str, str]:
    """Every page by its path under docs/."""
    stages = list(stages)
    pages = {f"tables/{table.name}.md": table_page(table, stages) for table in tables.values()}
    return {"tables/index.md": tables_index(tables), **pages}


def tables_index(tables: Mapping[str, Table]) -> str:
    """The list of all tables."""
    rows = [
        (f"[{table.name}]({table.name}.md)", table.meaning, table.purpose, _kept(table))
        for table in tables.values()
    ]
    return page("Tables", grid(("table", "what it holds", "why it is kept", "how long"), rows))


def table_page(table: Table, stages: Iterable[Stage]) -> str:
    """One table: columns, purpose, retention, layout, and who writes and reads it."""
    columns = [
        (f"`{column.name}`", column.type.value, column.meaning, _marks(column)) for column in table.columns
    ]
    facts = [
        ("key", names(table.key)),
        ("why it is kept", table.purpose),
        ("how long", _kept(table)),
        ("folders", names(table.partition_by)),
        ("order within a file", names(table.sort_by)),
        ("written by", names(stage.name for stage in stages if table.name in stage.writes)),
        ("read by", names(stage.name for stage in stages if table.name in stage.reads)),
    ]
    return page(
        table.name,
        table.meaning,
        grid(("column", "type", "meaning", "personal data"), columns),
        grid(("", ""), [fact for fact in facts if fact[1]]),
    )


def _marks(column: Column) -> str:
    mark = {Pii.NONE: "", Pii.LINKED: "about a person", Pii.DIRECT: "**names or reaches a person**"}[
        column.pii
    ]
    return ", ".join(filter(None, [mark, *(f"label `{label}`" for label in sorted(column.labels))]))


def _kept(table: Table) -> str:
    return f"{table.retention_days} days" if table.retention_days else "as long as the project"
