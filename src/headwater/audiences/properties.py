"""An event's properties as rules read them: a column of `events`, or a top-level key of its JSON column `properties`.

`Read` names one property read as one type; `sql` says what that is in a row of `events`, and `History` (its Python
twin) the same of an event in memory. Another type, JSON null, text that is no JSON object, and NaN all count as
missing. Of a key that a JSON object repeats the first counts. A JSON array is a list of the texts in it: items that are
no text (numbers, null, arrays, objects) are missing in it, and one without any text is an empty list.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache, partial

import pyarrow as pa
from sqlglot import exp

from headwater.audiences.values import Value, ValueType, typed
from headwater.audiences.vocabulary import EVENT_PROPERTIES
from headwater.engine.engine import Engine
from headwater.engine.query import DIALECT, column, literal, parse

_JSON = {
    ValueType.TEXT: "CASE WHEN json_type(try_cast(properties AS JSON), :path) = 'VARCHAR'"
    " THEN json_extract_string(try_cast(properties AS JSON), :path) END",
    # No IN of many values: DuckDB turns that into a join, after which rows come in any order.
    ValueType.NUMBER: "CASE WHEN json_type(try_cast(properties AS JSON), :path) LIKE '%INT'"
    " OR json_type(try_cast(properties AS JSON), :path) = 'DOUBLE'"
    " THEN nullif(try_cast(json_extract_string(try_cast(properties AS JSON), :path) AS DOUBLE),"
    " CAST('NaN' AS DOUBLE)) END",
    ValueType.BOOLEAN: "CASE WHEN json_type(try_cast(properties AS JSON), :path) = 'BOOLEAN'"
    " THEN json_extract_string(try_cast(properties AS JSON), :path) = 'true' END",
    ValueType.TEXTS: "CASE WHEN json_type(try_cast(properties AS JSON), :path) = 'ARRAY'"
    " THEN list_sort(list_distinct(list_transform(list_filter("
    "try_cast(json_extract(try_cast(properties AS JSON), :path) AS JSON[]),"
    " lambda item: json_type(item) = 'VARCHAR'), lambda item: json_extract_string(item, '$')))) END",
    ValueType.ANY: "CASE json_type(try_cast(properties AS JSON), :path) WHEN 'NULL' THEN NULL"
    " WHEN 'DOUBLE' THEN CAST(nullif(try_cast(json_extract_string(try_cast(properties AS JSON), :path)"
    " AS DOUBLE), CAST('NaN' AS DOUBLE)) AS VARCHAR)"
    " ELSE json_type(try_cast(properties AS JSON), :path) END",
}


_FUNCTION = {kind: f"headwater_{kind}" for kind in _JSON}
READ_FUNCTIONS = frozenset(_FUNCTION.values())
_RETURNS = {
    ValueType.TEXT: pa.string(),
    ValueType.NUMBER: pa.float64(),
    ValueType.BOOLEAN: pa.bool_(),
    ValueType.TEXTS: pa.list_(pa.string()),
    ValueType.ANY: pa.string(),
}


@dataclass(frozen=True, order=True)
class Read:
    """One property, read as one type."""

    name: str
    type: ValueType

    @property
    def column_name(self) -> str:
        """The name under which prepared events hold it."""
        return self.name if self.name in EVENT_PROPERTIES else f"{self.name}:{self.type}"

    def sql(self, dialect: str = DIALECT) -> exp.Expr:
        """The value in a row of `events`, for an engine of this dialect; NULL if it is missing."""
        kind = EVENT_PROPERTIES.get(self.name)
        if kind is ValueType.NUMBER:
            return without_nan(column(self.name))
        if kind is not None:
            return column(self.name)
        if dialect != DIALECT:
            return exp.Anonymous(
                this=_FUNCTION[self.type], expressions=[column("properties"), literal(self.name)]
            )
        path = literal(f'$."{self.name}"')  # a property's name holds no quotes: vocabulary.is_property_name
        return exp.replace_placeholders(parse(_JSON[self.type]), path=path)


def without_nan(number: exp.Expr) -> exp.Expr:
    """A number, or NULL where it is NaN."""
    return exp.Nullif(this=number, expression=exp.cast(exp.Literal.string("NaN"), "DOUBLE"))


def read_json(text: str | None) -> Mapping[str, object]:
    """The properties of an event as its JSON text holds them; none if it is no JSON object."""
    try:
        found = json.loads(text or "", parse_int=float, object_pairs_hook=_first_of_each)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _first_of_each(pairs: list[tuple[str, object]]) -> dict[str, object]:
    return dict(reversed(pairs))


def define_reads(engine: Engine) -> None:
    """Let an engine whose SQL does not read JSON as DuckDB's does read properties by Python."""
    if engine.dialect != DIALECT:
        for kind, returns in _RETURNS.items():
            engine.define(_FUNCTION[kind], partial(_read, kind=kind), returns)


def _read(properties: str | None, name: str, kind: ValueType) -> Value | list[str]:
    """One property, a list as engines want it; of type ANY a text that is there if it is."""
    found = typed(_properties(properties).get(name), kind)
    if kind is ValueType.ANY and found is not None:
        return str(found)
    return list(found) if isinstance(found, tuple) else found


@lru_cache(maxsize=1024)
def _properties(text: str | None) -> Mapping[str, object]:
    """As `read_json`; rules read several properties of one event."""
    return read_json(text)
