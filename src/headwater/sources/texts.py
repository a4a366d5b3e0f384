"""From a column of a source to a list of texts, in SQL: what is separated in a text, a JSON array, a list of a Parquet file.

Items are trimmed, empty ones are left out; lists are sorted and have each text once, so that equal ones are the same value.
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.types as kinds

from headwater.engine.query import DIALECT, literal

SEPARATOR = ","
_NONE = "CAST(NULL AS VARCHAR[])"


def texts(raw: str, kind: pa.DataType, separator: str) -> tuple[str, str | None]:
    """SQL for the list in a column, and SQL that is true where something is there that is no list; `kind`: as staged.

    A text is cut at the separator; without any item it states nothing. A JSON array is taken as it is, and may be empty;
    numbers in it are texts of their digits. A JSON object is no list, nor is a list of lists or objects. What is neither
    text nor list, such as a number, is a list of one.
    """
    if kinds.is_string(kind) or kinds.is_large_string(kind):
        return _from_text(raw, separator)
    if kinds.is_list(kind) and not _is_nested(kind.value_type):
        return _sorted(f"CAST({raw} AS VARCHAR[])"), None
    if _is_nested(kind):
        return _NONE, f"{raw} IS NOT NULL"
    return _sorted(f"CASE WHEN {raw} IS NOT NULL THEN [CAST({raw} AS VARCHAR)] END"), None


def _from_text(raw: str, separator: str) -> tuple[str, str]:
    json = f"try_cast({raw} AS JSON)"
    kind, items = f"json_type({json})", f"try_cast({json} AS JSON[])"
    array = _sorted(f"list_transform({items}, lambda item: json_extract_string(item, '$'))")
    cut = _sorted(f"string_split({raw}, {literal(separator).sql(dialect=DIALECT)})")
    nested = f"len(list_filter({items}, lambda item: json_type(item) IN ('ARRAY', 'OBJECT')))"
    return (
        f"CASE WHEN {kind} = 'ARRAY' THEN {array} ELSE nullif({cut}, []) END",
        f"({kind} = 'OBJECT' OR {kind} = 'ARRAY' AND {nested} > 0)",
    )


def _sorted(items: str) -> str:
    trimmed = f"list_transform({items}, lambda item: trim(item))"
    return f"list_sort(list_distinct(list_filter({trimmed}, lambda item: item <> '')))"


def _is_nested(kind: pa.DataType) -> bool:
    return bool(kinds.is_nested(kind))
