"""JSON lines into the engine: one object a line; the keys of all objects become columns of text.

Reads a text file; writes one engine table, and meanwhile another of its lines. A key that an object lacks, or that is
null, is NULL; strings stand as they mean, all else (numbers, nested values) as its JSON text.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from headwater.engine.engine import Engine
from headwater.engine.query import literal, name as quoted
from headwater.sources.reading.byte_streams import TextFile
from headwater.sources.reading.columns import notes, staged_names
from headwater.sources.reading.grammar import is_utf8, shown
from headwater.sources.source import LINE, Rejected, Staged
from headwater.tables.rejection import Reason

_GLANCE = 1 << 20
_LINES = pa.schema([(LINE, pa.int64()), ("text", pa.string())])


@dataclass(frozen=True)
class JsonLines:
    """A file of JSON lines; `columns`: keys that must occur."""

    file: TextFile
    columns: tuple[str, ...] | None

    def stage(self, table: str, engine: Engine) -> Staged:
        """The rows in the engine.

        Raises:
            SourceError: an expected key is in no object, or keys differ only by case.
        """
        lines = f"{table}_lines"
        try:
            rejected = self._take_lines(lines, engine)
            columns = _keys(lines, engine)
            told = notes(columns, self.columns, self.file.shown)
            names = staged_names(columns, self.file.shown)
            n_good = engine.create(table, _spread(lines, names.items()))
        finally:
            engine.drop(lines)
        return Staged(
            self.file.shown,
            table,
            tuple(names.values()),
            n_good + len(rejected),
            rejected,
            None,
            told,
            self._raw,
        )

    def heading(self) -> tuple[str, ...] | None:
        """The keys of all objects as they would be staged; None in a long file: later rows may have others.

        Raises:
            SourceError: an expected key is in no object, or keys differ only by case.
        """
        start, is_all = self.file.beginning(_GLANCE)
        if not is_all:
            return None
        columns = list(dict.fromkeys(key for line in start.split(b"\n") for key in _keys_of(line)))
        notes(columns, self.columns, self.file.shown)
        return tuple(staged_names(columns, self.file.shown).values())

    def _take_lines(self, lines: str, engine: Engine) -> tuple[Rejected, ...]:
        """Put the lines that are objects into the engine; gives the others."""
        engine.drop(lines)
        engine.append(lines, _LINES.empty_table())
        rejected: list[Rejected] = []
        for numbers, raw in _physical_lines(self.file.chunks()):
            texts, bad = _texts(numbers, raw)
            rejected += bad
            engine.append(lines, texts)
        found = engine.table(_not_objects(lines))
        rejected += [
            Rejected(row[LINE], Reason.INVALID_JSON, row["detail"], shown(row["text"].encode()))
            for row in found.to_pylist()
        ]
        return tuple(sorted(rejected, key=lambda item: item.line))

    def _raw(self, lines: Sequence[int]) -> dict[int, str]:
        """The raw text of rows, in one pass over the file."""
        wanted = np.asarray(lines, np.int64)
        return {
            int(numbers[index]): shown(raw[index])
            for numbers, raw in _physical_lines(self.file.chunks())
            for index in np.flatnonzero(np.isin(numbers, wanted))
        }


def _keys_of(line: bytes) -> list[str]:
    """The keys of the object on this line; none if it holds no object."""
    try:
        found = json.loads(line)
    except ValueError:
        return []
    return list(found) if isinstance(found, dict) else []


def _physical_lines(chunks: Iterator[bytes]) -> Iterator[tuple[np.ndarray, list[bytes]]]:
    """The lines that are not blank, some at a time, each with its number from 1."""
    rest, line = b"", 1
    for chunk in chunks:
        data = rest + chunk
        used = data.rfind(b"\n") + 1
        lines = data[:used].split(b"\n")[:-1]
        yield _numbered(lines, line)
        line, rest = line + len(lines), data[used:]
    yield _numbered([rest], line)


def _numbered(lines: list[bytes], first: int) -> tuple[np.ndarray, list[bytes]]:
    is_row = np.array([bool(line.strip()) for line in lines], np.bool_)
    return first + np.flatnonzero(is_row), [line for line in lines if line.strip()]


def _texts(numbers: np.ndarray, raw: list[bytes]) -> tuple[pa.Table, list[Rejected]]:
    """Lines as text, and those that are none."""
    array = pa.array(raw, pa.binary())
    try:
        return pa.Table.from_arrays([pa.array(numbers), array.cast(pa.string())], schema=_LINES), []
    except pa.ArrowInvalid:
        is_text = np.array([is_utf8(line) for line in raw])
    bad = [
        Rejected(
            int(numbers[index]),
            Reason.INVALID_UTF8,
            "holds bytes that are no text in the file's encoding",
            shown(raw[index]),
        )
        for index in np.flatnonzero(~is_text)
    ]
    texts = array.filter(pa.array(is_text)).cast(pa.string())
    return pa.Table.from_arrays([pa.array(numbers[is_text]), texts], schema=_LINES), bad


_IS_OBJECT = "json_valid(text) AND json_type(CASE WHEN json_valid(text) THEN text END) = 'OBJECT'"


def _not_objects(lines: str) -> str:
    return f"""
        SELECT {LINE}, text, CASE WHEN json_valid(text) THEN 'is JSON, but no object' ELSE 'is no JSON' END AS detail
        FROM {quoted(lines)} WHERE NOT ({_IS_OBJECT})
    """


def _keys(lines: str, engine: Engine) -> list[str]:
    """The keys of all objects, in the order in which they first occur."""
    found = engine.table(f"""
        SELECT key, min({LINE}) AS first_line, min_by(place, {LINE}) AS place
        FROM (
            SELECT {LINE}, unnest(keys) AS key, generate_subscripts(keys, 1) AS place
            FROM (SELECT {LINE}, json_keys(CASE WHEN {_IS_OBJECT} THEN text END) AS keys FROM {quoted(lines)})
        )
        GROUP BY key ORDER BY first_line, place
    """)
    return [str(key) for key in found["key"].to_pylist()]


def _spread(lines: str, names: Iterable[tuple[str, str]]) -> str:
    """The objects as rows; `names`: each key and the column it becomes. One look at each text finds all keys."""
    pairs = list(names)
    pointers = ", ".join(literal(_pointer(key)).sql() for key, _ in pairs)
    columns = "".join(f", found[{place}] AS {quoted(name)}" for place, (_, name) in enumerate(pairs, start=1))
    found = f"json_extract_string(text, [{pointers}])" if pairs else "NULL"
    return f"""
        SELECT {LINE}{columns}
        FROM (SELECT {LINE}, {found} AS found FROM {quoted(lines)} WHERE {_IS_OBJECT})
        ORDER BY {LINE}
    """


def _pointer(key: str) -> str:
    """A key as a JSON pointer (RFC 6901).

    >>> _pointer("a/b~c")
    '/a~1b~0c'
    """
    return "/" + key.replace("~", "~0").replace("/", "~1")
