"""CSV and TSV files into the engine: every column as text, NULL where nothing stands between two delimiters.

Reads a text file; writes one engine table. `""` is an empty text, nothing at all is NULL.
"""

from __future__ import annotations

import codecs
import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from pyarrow import csv

from headwater.core.errors import SourceError
from headwater.engine.engine import Engine
from headwater.sources.reading.byte_streams import TextFile
from headwater.sources.reading.columns import notes, staged_names
from headwater.sources.reading.grammar import shown
from headwater.sources.reading.records import (
    LONGEST_RECORD,
    Block,
    Rows,
    Shape,
    first_record,
    merged,
    split,
)
from headwater.sources.source import LINE, Rejected, Staged

_GLANCE = 1 << 16
DELIMITERS = {",": "','", ";": "';'", "\t": "tab", "|": "'|'"}


@dataclass(frozen=True)
class Delimited:
    """A delimited file and how it is written; `columns` are those expected, or, without a header, all there are."""

    file: TextFile
    delimiter: str
    quote: str
    has_header: bool
    columns: tuple[str, ...] | None

    def stage(self, table: str, engine: Engine) -> Staged:
        """The rows in the engine.

        Raises:
            SourceError: there is no header, or it is not the expected one.
        """
        columns, body = self._open()
        told = notes(columns, self.columns, self.file.shown)
        names = staged_names(columns, self.file.shown)
        engine.drop(table)
        engine.append(table, _table(None, self._shape(columns), names.values()))
        n_good, rejected = 0, list[Rejected]()
        for block in merged(body):
            n_good += len(block.lines)
            rejected += block.rejected
            if len(block.lines):
                engine.append(table, _table(block, self._shape(columns), names.values()))
        return Staged(
            self.file.shown,
            table,
            tuple(names.values()),
            n_good + len(rejected),
            tuple(rejected),
            None,
            told,
            self._raw,
        )

    def heading(self) -> tuple[str, ...]:
        """The columns as they would be staged, without reading rows.

        Raises:
            SourceError: there is no header, or it is not the expected one.
        """
        columns = self._glance() if self.has_header else list(self.columns or ())
        notes(columns, self.columns, self.file.shown)
        return tuple(staged_names(columns, self.file.shown).values())

    def _glance(self) -> list[str]:
        """The header's columns from as little of the file as holds it: there may be thousands of files."""
        start, is_all = self.file.beginning(_GLANCE)
        found = self._first_record(start)
        if not is_all and (not found or found[1] == len(start)):
            start, _ = self.file.beginning(2 * LONGEST_RECORD)
        return self._header(start)[0]

    def _open(self) -> tuple[list[str], Iterator[Block]]:
        """The columns, and the rows after the header."""
        chunks = self.file.chunks()
        if not self.has_header:
            columns = list(self.columns or ())
            return columns, split(chunks, self._shape(columns))
        start = next(chunks, b"")
        columns, end = self._header(start)
        header, rest = start[:end], start[end:]
        body = itertools.chain([rest] if rest else [], chunks)
        return columns, split(body, self._shape(columns), 1 + header.count(b"\n"))

    def _header(self, start: bytes) -> tuple[list[str], int]:
        """The columns that the beginning of the text names, and where the rows begin."""
        found = self._first_record(start)
        if not found:
            raise self._no_header(start)
        columns = [value.decode("utf-8", "replace").strip() for value in found[0]]
        self._judge_delimiter(columns)
        return columns, found[1]

    def _first_record(self, start: bytes) -> tuple[list[bytes], int] | None:
        # The header may straddle two chunks only if it is longer than a chunk, and then it is no header.
        return first_record(start[: 2 * LONGEST_RECORD], self.delimiter.encode(), self.quote.encode())

    def _shape(self, columns: Sequence[str]) -> Shape:
        return Shape(self.delimiter.encode(), self.quote.encode(), len(columns))

    def _no_header(self, start: bytes) -> SourceError:
        if start.strip():
            return SourceError(
                f"{self.file.shown}: a quote in its header is never closed",
                next_step="mend the header, or write `quote:` under `read:`",
            )
        return SourceError(
            f"{self.file.shown} is empty: it has not even a header",
            next_step="a file without rows still has its header line; an empty one is mostly a failed export",
        )

    def _judge_delimiter(self, columns: Sequence[str]) -> None:
        """One column where several are expected is mostly another delimiter.

        Raises:
            SourceError: it looks like another delimiter; says which.
        """
        if len(columns) > 1 or self.columns == tuple(columns):
            return
        likely = max((mark for mark in DELIMITERS if mark != self.delimiter), key=columns[0].count)
        if likely in columns[0]:
            raise SourceError(
                f"{self.file.shown}: only one column is found with the delimiter"
                f" {DELIMITERS.get(self.delimiter, repr(self.delimiter))}; the header looks like {DELIMITERS[likely]}",
                next_step=f'write `delimiter: "{likely if likely != chr(9) else chr(92) + "t"}"` under `read:`',
            )

    def _raw(self, lines: Sequence[int]) -> dict[int, str]:
        """The raw text of rows, in one pass over the file."""
        wanted = np.asarray(lines, np.int64)
        raw: dict[int, str] = {}
        for block in self._open()[1]:
            for index in np.flatnonzero(np.isin(block.lines, wanted)):
                line = int(block.lines[index])
                raw[line] = shown(block.data[block.starts[index] : block.ends[index]])
        return raw


def _table(block: Rows | None, shape: Shape, names: Iterable[str]) -> pa.Table:
    """A block's rows as columns of text, with their lines before them; None: no rows."""
    fields = [pa.field(name, pa.string()) for name in names]
    schema = pa.schema([pa.field(LINE, pa.int64()), *fields])
    if block is None:
        return schema.empty_table()
    # Arrow drops a byte order mark before the first value, but not before an empty line.
    clean = b"\n" + block.clean if block.clean.startswith(codecs.BOM_UTF8) else block.clean
    rows = csv.read_csv(
        pa.BufferReader(clean),
        csv.ReadOptions(column_names=[field.name for field in fields], block_size=2 * LONGEST_RECORD),
        csv.ParseOptions(
            delimiter=shape.delimiter.decode(),
            quote_char=shape.quote.decode() or False,
            newlines_in_values=bool(shape.quote),
        ),
        csv.ConvertOptions(
            check_utf8=False,  # the split has looked
            column_types={field.name: field.type for field in fields},
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
        ),
    )
    return pa.Table.from_arrays([pa.array(block.lines), *rows.columns], schema=schema)
