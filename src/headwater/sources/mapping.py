"""From a source's own columns to typed ones: numbers, instants in UTC, texts; what cannot be read is marked, not dropped.

Reads what a source staged (`Staged`); gives a `Mapped`: a query whose rows have `line`, `problem` (NULL, or the number of a
`Check` that the row failed) and the typed columns its declaration asks for:

    event_id, key_hash, event, occurred_at, the columns of `events` in use, properties     for an event
    identifier:<kind>   attribute:<name>   consent:<n>   consent_at:<n>          for identifiers, attributes, consents
    the columns of the catalogue                                                 for a catalogue
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import pyarrow as pa

from headwater.core.errors import SourceError, suggest
from headwater.engine.query import Query, literal, name as quoted
from headwater.sources.declare import (
    CATALOGUES,
    EVENT_COLUMNS,
    EventMapping,
    SourceDeclaration,
    SumOf,
    TextsOf,
)
from headwater.sources.source import LINE, Staged
from headwater.sources.texts import SEPARATOR, texts
from headwater.tables.rejection import Reason
from headwater.tables.table import SQL_TYPE, VALUE_TYPES, Type

_TRUE, _FALSE = "('true', 't', 'yes', 'y', '1')", "('false', 'f', 'no', 'n', '0')"
# A time that knows its zone ends in an offset or in a zone's name, after a space or not. DuckDB reads an offset only without
# the space, and leaves out without a word what it cannot read when asked for a time without zone.
_ZONED = r"(:[0-9.]+) *([+-][0-9]{2}(:?[0-9]{2})?|[A-Za-z][A-Za-z0-9_/+-]*)$"
_ZONED_FORMAT = ("%z", "%Z")
# Points before the comma stand between thousands, or the text is of another country.
_DECIMAL_COMMA = r"[+-]?([0-9]*|[0-9]{1,3}([.][0-9]{3})+)(,[0-9]*)?([eE][+-]?[0-9]+)?"


@dataclass(frozen=True)
class Check:
    """Why a row cannot be used: `when` is SQL over the staged row that is true when it cannot."""

    reason: Reason
    detail: str
    when: str


@dataclass(frozen=True)
class Mapped:
    """A staged load with typed columns; `checks[i]` is what `problem = i` means."""

    query: Query
    checks: tuple[Check, ...]
    event_columns: tuple[str, ...] = ()
    unused: tuple[str, ...] = ()


@dataclass
class _Reader:
    """Builds typed columns for one load, collecting the checks they need."""

    source: SourceDeclaration
    zone: str
    types: Mapping[str, pa.DataType]
    columns: dict[str, str] = field(default_factory=dict)
    checks: list[Check] = field(default_factory=list)
    used: set[str] = field(default_factory=set)

    def put(
        self, target: str, column: str, type_: Type, *, required: bool = False, time_format: str | None = None
    ) -> None:
        """A typed column of the result, read from a column of the source."""
        value = self._checked(column, type_, time_format)
        if required:
            self.checks.append(Check(Reason.MISSING_VALUE, f"{column}: is empty", f"({value}) IS NULL"))
        self.columns[target] = value

    def texts(self, column: str, separator: str) -> str:
        """A column as lists of texts."""
        self.used.add(column)
        value, invalid = texts(quoted(column), self.types[column], separator)
        self._check(column, Type.TEXTS, invalid)
        return value

    def sum(self, columns: tuple[str, ...]) -> str:
        """The sum of number columns; empty ones count as 0."""
        values = (f"coalesce({self._checked(column, Type.NUMBER, None)}, 0)" for column in columns)
        return f"({' + '.join(values)})"

    def _checked(self, column: str, type_: Type, time_format: str | None) -> str:
        """The typed value; rows where it cannot be read fail a check."""
        self.used.add(column)
        value, invalid = self._read(column, type_, time_format)
        self._check(column, type_, invalid)
        return value

    def _check(self, column: str, type_: Type, invalid: str | None) -> None:
        if invalid:
            self.checks.append(Check(_INVALID[type_], f"{column}: {_SAYS[type_]}", f"{invalid}"))

    def text(self, column: str) -> str:
        """A column as text, empty as NULL."""
        self.used.add(column)
        value, _ = self._read(column, Type.TEXT, None)
        return value

    def is_empty(self, column: str) -> str:
        """SQL that is true where a column holds nothing."""
        self.used.add(column)
        raw = quoted(column)
        return f"({raw} IS NULL OR {raw} = '')" if _is_text(self.types[column]) else f"{raw} IS NULL"

    def key_part(self, column: str) -> str:
        """A column as part of an event id: text with its own colons escaped, so that no two keys give one id."""
        if not _is_text(self.types[column]):
            return self.text(column)
        return f"replace(replace({self.text(column)}, '\\', '\\\\'), ':', '\\:')"

    def _read(self, column: str, type_: Type, time_format: str | None) -> tuple[str, str | None]:
        """SQL for the typed value, and SQL that is true when a value is there but cannot be read."""
        kind, raw = self.types[column], quoted(column)
        is_text = _is_text(kind)
        match type_:
            case Type.NUMBER:
                return _number(raw, kind, self.source.decimal, is_text=is_text)
            case Type.BOOLEAN:
                return _boolean(raw, kind, is_text=is_text)
            case Type.INSTANT:
                return _instant(raw, kind, self.zone, time_format, is_text=is_text)
            case Type.INTEGER:
                value = f"TRY_CAST({raw} AS BIGINT)"
                return value, f"CAST({raw} AS VARCHAR) <> '' AND {value} IS NULL"
            case _:
                return (f"nullif({raw}, '')" if is_text else f"CAST({raw} AS VARCHAR)"), None


_INVALID = {
    Type.NUMBER: Reason.INVALID_NUMBER,
    Type.INTEGER: Reason.INVALID_NUMBER,
    Type.BOOLEAN: Reason.INVALID_BOOLEAN,
    Type.INSTANT: Reason.INVALID_TIME,
    Type.TEXTS: Reason.INVALID_LIST,
}
_SAYS = {
    Type.NUMBER: "is no number",
    Type.INTEGER: "is no whole number",
    Type.BOOLEAN: "is neither true nor false",
    Type.INSTANT: "is no date or time",
    Type.TEXTS: "is no list of texts",
}


def map_rows(source: SourceDeclaration, staged: Staged, schema: pa.Schema, project_zone: str) -> Mapped:
    """The staged rows with typed columns.

    Args:
        source: what the columns mean.
        staged: the rows, with a column `line`.
        schema: the Arrow schema of the staged table.
        project_zone: IANA zone for times without an offset when the source names none.

    Raises:
        SourceError: columns that the mapping names are missing; the nearest ones are named.
    """
    types = {item.name: item.type for item in schema} | _lookup_types(source)
    _demand_columns(source, staged, types)
    reader = _Reader(source, source.time_zone or project_zone, types)
    for kind, column in source.identifiers.items():
        reader.columns[f"identifier:{kind}"] = reader.text(column)
    if source.event:
        _put_event(reader, source.event, staged)
    _put_facts(reader, source)
    if source.catalogue:
        _put_catalogue(reader, source.catalogue)
    unused = tuple(column for column in staged.columns if column not in reader.used)
    events = tuple(column for column in reader.columns if column in EVENT_COLUMNS) if source.event else ()
    return Mapped(_query(reader, staged), tuple(reader.checks), events, unused)


def _put_event(reader: _Reader, event: EventMapping, staged: Staged) -> None:
    reader.put("occurred_at", event.time, Type.INSTANT, required=True, time_format=event.time_format)
    if event.key:
        for column in event.key:
            empty = Check(
                Reason.MISSING_VALUE, f"{column}: is empty, but part of the key", reader.is_empty(column)
            )
            reader.checks.append(empty)
        parts = ", ".join(reader.key_part(column) for column in event.key)
        reader.columns["event_id"] = f"concat_ws(':', {parts})"
        reader.columns["key_hash"] = f"hash({', '.join(map(quoted, event.key))})"
    else:
        reader.columns["event_id"] = f"concat({_sql(staged.object)}, ':', {LINE})"
    reader.columns["event"] = _sql(event.name)
    others: dict[str, str] = {}
    for name, given in event.properties.items():
        target = reader.columns if name in EVENT_COLUMNS else others
        if isinstance(given, SumOf):
            target[name] = reader.sum(given.sum)
        elif isinstance(given, TextsOf):
            others[name] = reader.texts(given.texts, given.separator)
        elif name in EVENT_COLUMNS:
            reader.put(name, given, EVENT_COLUMNS[name].type)
        else:
            reader.used.add(given)
            others[name] = quoted(given)
    for name, value in event.fixed.items():
        (reader.columns if name in EVENT_COLUMNS else others)[name] = _sql(value)
    if others:
        pairs = ", ".join(f"{_sql(name)}, {value}" for name, value in others.items())
        reader.columns["properties"] = f"CAST(json_object({pairs}) AS VARCHAR)"


def _put_facts(reader: _Reader, source: SourceDeclaration) -> None:
    for name, attribute in source.attribute_columns().items():
        if attribute.type == Type.TEXTS.value:
            separator = attribute.separator or SEPARATOR
            reader.columns[f"attribute:{name}"] = reader.texts(attribute.column, separator)
        else:
            reader.put(f"attribute:{name}", attribute.column, VALUE_TYPES[attribute.type])
    for index, consent in enumerate(source.consents):
        if consent.column and consent.signal:
            reader.columns[f"consent:{index}"] = reader.text(consent.column)
        elif consent.column:
            reader.put(f"consent:{index}", consent.column, Type.BOOLEAN)
        else:
            reader.columns[f"consent:{index}"] = "TRUE" if consent.state == "granted" else "FALSE"
        if consent.time:
            reader.put(f"consent_at:{index}", consent.time, Type.INSTANT)


def _put_catalogue(reader: _Reader, catalogue: str) -> None:
    table = CATALOGUES[catalogue]
    given: dict[str, str] = getattr(reader.source, catalogue)
    for name, column in given.items():
        reader.put(name, column, table.column(name).type, required=name in table.key)


def _query(reader: _Reader, staged: Staged) -> Query:
    columns = ", ".join(f"{value} AS {quoted(name)}" for name, value in reader.columns.items())
    cases = " ".join(f"WHEN {check.when} THEN {number}" for number, check in enumerate(reader.checks))
    problem = f"CASE {cases} ELSE NULL END" if cases else "CAST(NULL AS INTEGER)"
    return Query().step("staged", _staged(reader.source, staged)).step(
        "typed", f"SELECT {LINE} AS line, {problem} AS problem, {columns} FROM staged"
    )  # fmt: skip


def _staged(source: SourceDeclaration, staged: Staged) -> str:
    """The staged rows, with the columns that `lookup` brings; an unknown id brings NULLs."""
    joins, columns = "", "rows_read.*"
    for catalogue, column in source.lookup.items():
        table = CATALOGUES[catalogue]
        joins += (
            f" LEFT JOIN {quoted(catalogue)} ON {quoted(catalogue)}.{quoted(table.key[0])}"
            f" = CAST(rows_read.{quoted(column)} AS VARCHAR)"
        )
        for found in table.columns:
            value = f"{quoted(catalogue)}.{quoted(found.name)}"
            moment = f"{value} AT TIME ZONE 'UTC'" if found.type is Type.INSTANT else value
            columns += f", {moment} AS {quoted(f'{catalogue}.{found.name}')}"
    return f"SELECT {columns} FROM {quoted(staged.table)} AS rows_read{joins}"


def _lookup_types(source: SourceDeclaration) -> dict[str, pa.DataType]:
    return {
        f"{catalogue}.{column.name}": pa.timestamp("us", tz="UTC")
        if column.type is Type.INSTANT
        else field.type
        for catalogue in source.lookup
        for column, field in zip(CATALOGUES[catalogue].columns, CATALOGUES[catalogue].schema, strict=True)
    }


def _demand_columns(source: SourceDeclaration, staged: Staged, types: Mapping[str, pa.DataType]) -> None:
    missing = sorted({column for column in _named(source) if column not in types})
    if missing:
        hints = "; ".join(f"'{column}' ({suggest(column, staged.columns)})" for column in missing)
        raise SourceError(
            f"{staged.object} has no column {hints}",
            next_step="if the file changed, mend the mapping in sources/; if it should not have, mend the file",
        )


def _named(source: SourceDeclaration) -> Iterator[str]:
    yield from source.identifiers.values()
    yield from source.lookup.values()
    if source.catalogue:
        yield from getattr(source, source.catalogue).values()
    yield from (attribute.column for attribute in source.attribute_columns().values())
    for consent in source.consents:
        yield from (column for column in (consent.column, consent.time) if column)
    if source.event:
        yield source.event.time
        yield from source.event.key
        for given in source.event.properties.values():
            yield from _columns_of(given)


def _columns_of(given: str | SumOf | TextsOf) -> tuple[str, ...]:
    """The columns that a property is read from."""
    match given:
        case SumOf(sum=columns):
            return columns
        case TextsOf(texts=column):
            return (column,)
    return (given,)


def _number(raw: str, kind: pa.DataType, decimal: str, *, is_text: bool) -> tuple[str, str | None]:
    if is_text:
        text = f"trim({raw})"
        plain = text if decimal == "." else _from_comma(text)
        value = f"TRY_CAST({plain} AS DOUBLE)"
        return value, f"{text} <> '' AND NOT coalesce(isfinite({value}), FALSE)"
    if pa.types.is_floating(kind):
        # A missing number in a Parquet file written from pandas is NaN.
        return f"CASE WHEN isnan({raw}) THEN NULL ELSE CAST({raw} AS DOUBLE) END", f"isinf({raw})"
    return f"TRY_CAST({raw} AS DOUBLE)", None


def _from_comma(text: str) -> str:
    """A text with a decimal comma as one with a decimal point; NULL if it is not written so."""
    is_so = f"regexp_full_match({text}, {_sql(_DECIMAL_COMMA)})"
    return f"CASE WHEN {is_so} THEN replace(replace({text}, '.', ''), ',', '.') END"


def _boolean(raw: str, kind: pa.DataType, *, is_text: bool) -> tuple[str, str | None]:
    if pa.types.is_boolean(kind):
        return raw, None
    text = f"lower(trim({raw}))" if is_text else f"CAST({raw} AS VARCHAR)"
    value = f"CASE WHEN {text} IN {_TRUE} THEN TRUE WHEN {text} IN {_FALSE} THEN FALSE ELSE NULL END"
    return value, f"{text} <> '' AND {text} NOT IN {_TRUE} AND {text} NOT IN {_FALSE}"


def _instant(
    raw: str, kind: pa.DataType, zone: str, time_format: str | None, *, is_text: bool
) -> tuple[str, str | None]:
    if time_format in ("epoch_seconds", "epoch_milliseconds"):
        scale = 1_000_000 if time_format == "epoch_seconds" else 1_000
        value = f"TRY(make_timestamp(CAST(round(TRY_CAST({raw} AS DOUBLE) * {scale}) AS BIGINT)))"
        return value, f"CAST({raw} AS VARCHAR) <> '' AND {value} IS NULL"
    if pa.types.is_timestamp(kind) and kind.tz is not None:
        return f"({raw} AT TIME ZONE 'UTC')", None
    if not is_text:
        return _in_zone(f"CAST({raw} AS TIMESTAMP)", zone), None
    text = f"trim({raw})"
    if time_format:
        moment = f"CAST(try_strptime({text}, {_sql(time_format)}) AS TIMESTAMP)"
        value = moment if any(code in time_format for code in _ZONED_FORMAT) else _in_zone(moment, zone)
    else:
        joined = f"regexp_replace({text}, ' +([+-][0-9:]+|[Zz])$', '\\1')"
        value = (
            f"CASE WHEN regexp_matches({text}, {_sql(_ZONED)}) "
            f"THEN TRY_CAST({joined} AS TIMESTAMPTZ) AT TIME ZONE 'UTC' "
            f"ELSE {_in_zone(f'TRY_CAST({text} AS TIMESTAMP)', zone)} END"
        )
    return value, f"{text} <> '' AND NOT coalesce(isfinite({value}), FALSE)"


def _in_zone(wall_clock: str, zone: str) -> str:
    """A wall-clock time in a zone as a UTC timestamp."""
    return wall_clock if zone == "UTC" else f"(({wall_clock} AT TIME ZONE {_sql(zone)}) AT TIME ZONE 'UTC')"


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _sql(value: str | float | bool) -> str:
    return literal(value).sql(dialect="duckdb")


def rank_of_source(order: Sequence[str]) -> str:
    """SQL for the place of `source` in an order, best first; those that are not in it come after it, alike."""
    cases = " ".join(
        f"WHEN {literal(source).sql(dialect='duckdb')} THEN {place}" for place, source in enumerate(order)
    )
    return f"CASE source {cases} ELSE {len(order)} END" if order else "0"


def typed_null(type_: Type) -> str:
    """NULL of a column type, as SQL."""
    return f"CAST(NULL AS {SQL_TYPE[type_]})"
