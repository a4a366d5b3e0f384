"""What was written comes back: the same values in the same order, and every row is accounted for."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings, strategies as st
from pyarrow import parquet

from headwater.engine.engines.duckdb import DuckDB
from headwater.sources.reading.byte_streams import TextFile
from headwater.sources.reading.delimited import Delimited
from headwater.sources.reading.json_lines import JsonLines
from headwater.sources.reading.parquet_rows import ParquetRows
from headwater.sources.source import Staged

NASTY = st.sampled_from(
    ['"', '""', ",", ";", "\t", "\n", "\r", "\r\n", "'", "\\", "\\N", "NULL", "\ufeff", "é", "👪", " "]
)
TEXT = st.lists(
    st.one_of(NASTY, st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=3)), max_size=4
)
VALUE = st.one_of(st.none(), TEXT.map("".join))
COLUMNS = ("a", "B c", 'd"e')
TABLE = st.lists(st.tuples(*[VALUE] * len(COLUMNS)), max_size=12)


@pytest.fixture(scope="module")
def engine() -> Iterator[DuckDB]:
    opened = DuckDB(threads=1)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


def quoted(value: str | None) -> str:
    return "" if value is None else '"' + value.replace('"', '""') + '"'


def delimited(rows: list[tuple[str | None, ...]], delimiter: str, line_end: str) -> list[bytes]:
    lines = [delimiter.join(map(quoted, row)) for row in (COLUMNS, *rows)]
    return [f"{line}{line_end}".encode() for line in lines]


def written(folder: Path, content: bytes) -> TextFile:
    path = folder / "file"
    path.write_bytes(content)
    return TextFile(path, "file")


def values(engine: DuckDB, staged: Staged) -> list[tuple[object, ...]]:
    table = engine.table(f"SELECT * EXCLUDE (source_line) FROM {staged.table} ORDER BY source_line")
    return list(zip(*(column.to_pylist() for column in table.columns), strict=True))


@pytest.mark.slow
@given(rows=TABLE, delimiter=st.sampled_from([",", ";", "\t", "|"]), line_end=st.sampled_from(["\n", "\r\n"]))
@settings(deadline=None)
def test_delimited_text_comes_back(
    engine: DuckDB, folder: Path, rows: list[tuple[str | None, ...]], delimiter: str, line_end: str
) -> None:
    content = b"".join(delimited(rows, delimiter, line_end))
    staged = Delimited(written(folder, content), delimiter, '"', True, None).stage("t", engine)
    assert values(engine, staged) == rows
    assert (staged.n_received, staged.columns, staged.rejected) == (len(rows), COLUMNS, ())


@pytest.mark.slow
@given(rows=TABLE)
@settings(deadline=None)
def test_json_lines_come_back(engine: DuckDB, folder: Path, rows: list[tuple[str | None, ...]]) -> None:
    objects = [dict(zip(COLUMNS, row, strict=True)) for row in [*rows, ("end",) * len(COLUMNS)]]
    content = "\n".join(json.dumps(each, ensure_ascii=len(rows) % 2 == 0) for each in objects).encode()
    staged = JsonLines(written(folder, content), None).stage("t", engine)
    assert values(engine, staged)[:-1] == rows
    assert staged.n_received == len(rows) + 1


@given(rows=TABLE)
@settings(deadline=None)
def test_parquet_comes_back(engine: DuckDB, folder: Path, rows: list[tuple[str | None, ...]]) -> None:
    columns = zip(*rows, strict=True) if rows else [[] for _ in COLUMNS]
    arrays = [pa.array(list(column), pa.string()) for column in columns]
    parquet.write_table(
        pa.Table.from_arrays(arrays, names=list(COLUMNS)), folder / "file.parquet", row_group_size=5
    )
    staged = ParquetRows(folder / "file.parquet", "file", None).stage("t", engine)
    assert values(engine, staged) == rows
    assert staged.n_received == len(rows)


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A delimited file in which some bytes were overwritten, lost or put in."""
    header, *body = delimited(draw(TABLE), ",", "\n")
    content = bytearray(b"".join(body))
    for _ in range(draw(st.integers(0, 4))):
        place = draw(st.integers(0, len(content)))
        content[place : place + draw(st.integers(0, 2))] = draw(
            st.sampled_from([b'"', b"\n", b"\xff", b",", b"\0", b"", b"\r"])
        )
    return header + bytes(content)


@pytest.mark.slow
@given(content=damaged())
@settings(deadline=None)
def test_every_row_of_a_damaged_file_is_accounted_for(engine: DuckDB, folder: Path, content: bytes) -> None:
    staged = Delimited(written(folder, content), ",", '"', True, None).stage("t", engine)
    lines = engine.table("SELECT source_line FROM t ORDER BY source_line")["source_line"].to_pylist()
    rejected = [item.line for item in staged.rejected]
    assert staged.n_received == len(lines) + len(rejected)
    assert len({*lines, *rejected}) == staged.n_received
    raw = staged.raw(lines)
    assert list(raw) == lines
    # Every physical line that is not empty stands in exactly one row, good or rejected.
    told = [item.raw for item in staged.rejected] + list(raw.values())
    physical = content.replace(b"\r\n", b"\n").split(b"\n")
    in_rows = sum(text.replace("\r\n", "\n").count("\n") + 1 for text in told)
    blank = sum(not line.strip(b"\r") for line in physical[1:])
    assert len(physical) - 1 - blank <= in_rows <= len(physical) - 1


@pytest.mark.slow
@given(
    lines=st.lists(
        st.sampled_from([b'{"a": 1}', b"[1]", b"{", b'{"a": "\xff"}', b"", b"  ", b"null", b'{"b": {}}'])
    )
)
@settings(deadline=None)
def test_every_line_of_a_damaged_json_file_is_accounted_for(
    engine: DuckDB, folder: Path, lines: list[bytes]
) -> None:
    staged = JsonLines(written(folder, b"\n".join(lines)), None).stage("t", engine)
    kept = engine.table("SELECT source_line FROM t")["source_line"].to_pylist()
    assert staged.n_received == len(kept) + len(staged.rejected) == sum(bool(line.strip()) for line in lines)
    assert [lines[line - 1].decode() for line in kept] == list(staged.raw(kept).values())
    assert all(lines[line - 1] in (b'{"a": 1}', b'{"b": {}}') for line in kept)
