"""Delimited text cut into records: which bytes are a row, at which line it begins, and which are none.

Reads chunks of UTF-8 bytes; gives `Block`s of rows, as strictly regular CSV (RFC 4180) that any parser reads alike, and
the rows that are none. Two ways give the same answer: NumPy over a whole block when everything in it is regular, and
else a regular expression, record by record, which is the definition:

- A quote opens a quoted field only at the field's very beginning; elsewhere in an unquoted field it is a character.
- After the quote that closes a field comes a delimiter or the end of the line.
- A record that is malformed is rejected up to the end of its first line, and reading goes on at the next line: a quote
  that is never closed costs one line, not the rest of the file.
- Empty lines are no rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import overload

import numpy as np
import numpy.typing as npt

from headwater.sources.reading.grammar import NO_RECORD, Refused, body_of, grammar_of, is_utf8, shown
from headwater.sources.source import Rejected
from headwater.tables.rejection import Reason

# A record longer than this is taken for one whose quote is never closed.
LONGEST_RECORD = 1 << 20
_PIECE = 1 << 16
_MERGED = 4 << 20

Places = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Shape:
    """What rows look like: one-byte delimiter, one-byte quote (empty: none), and how many fields they have."""

    delimiter: bytes
    quote: bytes
    n_fields: int


@dataclass(frozen=True, eq=False)
class Rows:
    """Consecutive rows: the good ones as regular CSV, the line at which each begins, and those that are none."""

    clean: bytes
    lines: Places
    rejected: tuple[Rejected, ...]


@dataclass(frozen=True, eq=False)
class Block(Rows):
    """Consecutive rows and where they come from: `data[starts[i]:ends[i]]` are the raw bytes of good row i."""

    data: bytes
    starts: Places
    ends: Places


def merged(blocks: Iterable[Block]) -> Iterator[Rows]:
    """Blocks as fewer, larger ones, without their raw bytes: a table grows fast only by many rows at a time."""
    held: list[Rows] = []
    for block in blocks:
        held.append(Rows(block.clean, block.lines, block.rejected))
        if sum(len(rows.clean) for rows in held) >= _MERGED:
            yield _one(held)
            held = []
    if held:
        yield _one(held)


def _one(held: Sequence[Rows]) -> Rows:
    rejected = tuple(item for rows in held for item in rows.rejected)
    return Rows(
        b"".join(rows.clean for rows in held), np.concatenate([rows.lines for rows in held]), rejected
    )


def split(chunks: Iterable[bytes], shape: Shape, first_line: int = 1) -> Iterator[Block]:
    """The rows of a text, block by block.

    Args:
        chunks: the text, without its header.
        shape: what rows look like.
        first_line: the line at which the text begins.
    """
    splitter = _Splitter(shape, first_line)
    for chunk in chunks:
        if block := splitter.take_regular(chunk):
            yield block
        else:
            yield from map(splitter.take, _pieces(chunk))
    while splitter.rest:
        yield splitter.take_last()


def first_record(data: bytes, delimiter: bytes, quote: bytes) -> tuple[list[bytes], int] | None:
    """The values of the first record that is not empty, and where the text goes on; None if there is none to read."""
    grammar = grammar_of(delimiter, quote)
    start = len(data) - len(data.lstrip(b"\r\n"))
    found = grammar.last_record.match(data, start)
    if not found or start == len(data):
        return None
    return [grammar.value(item) for item in grammar.fields(body_of(found.group()))], found.end()


def _pieces(chunk: bytes) -> Iterator[bytes]:
    """Short stretches of a chunk that is not all regular: only those that are not go the slow way."""
    return (chunk[place : place + _PIECE] for place in range(0, len(chunk), _PIECE))


@dataclass
class _Splitter:
    """Where the text stands: `rest` is the beginning of a record that has not ended yet, `line` where it begins."""

    shape: Shape
    line: int
    rest: bytes = b""

    def take_regular(self, chunk: bytes) -> Block | None:
        """The rows that end in this chunk, if it is all regular; else nothing is taken."""
        return self._taken(_split_regular(self.rest + chunk, self.shape, self.line))

    def take(self, chunk: bytes) -> Block:
        """The rows that end in this chunk."""
        if block := self.take_regular(chunk):
            return block
        return self._taken(_split_any(self.rest + chunk, self.shape, self.line, is_final=False))

    def take_last(self) -> Block:
        """Rows that end with the text."""
        return self._taken(_split_any(self.rest, self.shape, self.line, is_final=True))

    @overload
    def _taken(self, split: tuple[Block, int]) -> Block: ...
    @overload
    def _taken(self, split: tuple[Block, int] | None) -> Block | None: ...
    def _taken(self, split: tuple[Block, int] | None) -> Block | None:
        if split is None:
            return None
        block, used = split
        self.line += block.data.count(b"\n", 0, used)
        self.rest = block.data[used:]
        return block


def _split_regular(data: bytes, shape: Shape, line: int) -> tuple[Block, int] | None:
    """All complete records at once; None if anything in them is out of the ordinary."""
    marks, kinds = _marks(data, shape)
    inside = (np.cumsum(kinds == _QUOTE) & 1).astype(np.bool_)
    is_newline = kinds == _NEWLINE
    is_end = is_newline & ~inside
    newlines = marks[is_newline]
    ends = marks[is_end] + 1
    if not len(ends) or len(data) - ends[-1] > LONGEST_RECORD:
        return None
    used = int(ends[-1])
    starts = np.concatenate([np.zeros(1, np.int64), ends[:-1]])
    n_fields = np.diff(np.cumsum((kinds == _DELIMITER) & ~inside)[is_end], prepend=0) + 1
    is_row = ~_is_empty(data, starts, ends)
    if not _is_regular(data[:used], shape, marks, kinds, inside):
        return None
    if (n_fields[is_row] != shape.n_fields).any() or (ends - starts).max() > LONGEST_RECORD:
        return None
    lines = line + np.searchsorted(newlines, starts)
    return Block(data[:used], lines[is_row], (), data, starts[is_row], ends[is_row]), used


_DELIMITER, _QUOTE, _NEWLINE = 1, 2, 3


def _marks(data: bytes, shape: Shape) -> tuple[Places, npt.NDArray[np.uint8]]:
    """Where delimiters, quotes and newlines stand, and which is which."""
    kind_of = np.zeros(256, np.uint8)
    kind_of[shape.delimiter[0]] = _DELIMITER
    kind_of[ord("\n")] = _NEWLINE
    if shape.quote:
        kind_of[shape.quote[0]] = _QUOTE
    kinds = kind_of[np.frombuffer(data, np.uint8)]
    marks = np.flatnonzero(kinds)
    return marks, kinds[marks]


def _is_empty(data: bytes, starts: Places, ends: Places) -> npt.NDArray[np.bool_]:
    """Which records are empty lines, whether they end the Unix or the Windows way."""
    letters = np.frombuffer(data, np.uint8)
    sizes = ends - starts
    is_empty: npt.NDArray[np.bool_] = (sizes == 1) | ((sizes == 2) & (letters[starts] == ord("\r")))
    return is_empty


def _is_regular(
    data: bytes, shape: Shape, marks: Places, kinds: npt.NDArray[np.uint8], inside: npt.NDArray[np.bool_]
) -> bool:
    """Whether data that ends with a record is valid text in which every quote stands where RFC 4180 wants it."""
    if b"\0" in data or data.count(b"\r") != data.count(b"\r\n") or not is_utf8(data):
        return False
    is_quote = (kinds == _QUOTE) & (marks < len(data))
    if not is_quote.any():
        return True
    letters = np.frombuffer(data, np.uint8)
    opening, closing = marks[is_quote & inside], marks[is_quote & ~inside]
    before = letters[opening[opening > 0] - 1]
    after = letters[closing + 1]
    borders = [shape.delimiter[0], ord("\n"), shape.quote[0]]
    return bool(np.isin(before, borders).all() and np.isin(after, [*borders, ord("\r")]).all())


@dataclass
class _Rows:
    """What is found record by record."""

    clean: list[bytes] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)

    def take(self, data: bytes, start: int, end: int, line: int, verdict: bytes | Refused) -> None:
        """Note what came of one record."""
        if not isinstance(verdict, bytes):
            self.rejected.append(Rejected(line, *verdict, raw=shown(data[start:end])))
        elif verdict:
            self.clean.append(verdict)
            self.lines.append(line)
            self.starts.append(start)
            self.ends.append(end)

    def block(self, data: bytes) -> Block:
        """These rows as a block."""
        lines, starts, ends = (np.array(places, np.int64) for places in (self.lines, self.starts, self.ends))
        return Block(b"".join(self.clean), lines, tuple(self.rejected), data, starts, ends)


def _split_any(data: bytes, shape: Shape, line: int, *, is_final: bool) -> tuple[Block, int]:
    """Records one by one, each judged by itself; stops where more data is needed to judge."""
    rows, grammar, place = _Rows(), grammar_of(shape.delimiter, shape.quote), 0
    while place < len(data):
        window = place + LONGEST_RECORD
        is_last = is_final and window >= len(data)
        end_of_line = data.find(b"\n", place) + 1 or len(data)
        end = grammar.end(data, place, end_of_line, window, is_last=is_last)
        if not end and not is_final and window > len(data):
            break
        verdict = grammar.judge(body_of(data[place:end]), shape.n_fields) if end else NO_RECORD
        if not isinstance(verdict, bytes) and verdict[0] is Reason.MALFORMED_ROW:
            end = end_of_line
        rows.take(data, place, end, line, verdict)
        line += data.count(b"\n", place, end)
        place = end
    return rows.block(data), place
