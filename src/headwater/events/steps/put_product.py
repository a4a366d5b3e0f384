"""Categorise what people buy: department, category and so on from the catalogue, where the source does not say."""

from __future__ import annotations

from headwater.engine.query import Query, name as quoted
from headwater.events.step import Load, last_of

CODED = "products_coded"  # their texts as codes: they pass through the sort as numbers
FROM_CATALOGUE = ("product_name", "department", "category", "brand")


def put_product(rows: Query, load: Load) -> Query:
    """Fill the catalogue's columns for events that name a product."""
    if "product_id" not in load.event_columns or "products" not in load.workspace.snapshot.versions:
        return rows
    load.workspace.engine.create(CODED, "SELECT * FROM products", coded=FROM_CATALOGUE)
    columns = []
    for name in FROM_CATALOGUE:
        known = f"{CODED}.{quoted(name)}"
        own = f"coalesce(loaded.{quoted(name)}, {known})" if name in load.event_columns else known
        columns.append(f"{own} AS {quoted(name)}")
    excluded = [quoted(name) for name in FROM_CATALOGUE if name in load.event_columns]
    exclude = f" EXCLUDE ({', '.join(excluded)})" if excluded else ""
    load.event_columns += [name for name in FROM_CATALOGUE if name not in load.event_columns]
    return rows.step(
        "put_product",
        f"SELECT loaded.*{exclude}, {', '.join(columns)} FROM {last_of(rows)} AS loaded "
        f"LEFT JOIN {CODED} ON {CODED}.product_id = loaded.product_id",
    )
