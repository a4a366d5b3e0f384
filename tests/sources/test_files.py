"""Files as a source: which are pending, and what becomes of good, odd and broken ones."""

from __future__ import annotations

import gzip
import json
import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet
from pydantic import ValidationError

from headwater.core.errors import SourceError
from headwater.sources.files import SOURCE, FilesRead
from headwater.sources.source import Load, Staged, column_changes, declaration_of, last_loads
from headwater.tables import source_loads
from headwater.tables.rejection import Reason
from headwater.tables.workspace import Workspace


def stage(workspace: Workspace, name: str, content: bytes | None = None, **read: object) -> Staged:
    """One file staged, written first if its content is given."""
    if content is not None:
        (workspace.project.root / name).write_bytes(content)
    settings = FilesRead.model_validate({"path": name, **read})
    [load] = SOURCE.pending("till", settings, workspace)
    return SOURCE.stage("till", settings, load, workspace)


def rows(workspace: Workspace) -> list[dict[str, object]]:
    return workspace.engine.table("SELECT * FROM staged_till ORDER BY source_line").to_pylist()


def values(workspace: Workspace) -> list[tuple[object, ...]]:
    return [tuple(row.values()) for row in rows(workspace)]


def refusals(staged: Staged) -> list[tuple[int, Reason, str]]:
    return [(item.line, item.reason, item.raw) for item in staged.rejected]


def note(workspace: Workspace, load: Load, columns: tuple[str, ...] = ()) -> None:
    row = {
        "source": "till", "object": load.object, "fingerprint": load.fingerprint,
        "declaration": declaration_of("till", workspace), "cursor": None,
        "columns": json.dumps(columns), "n_received": 0, "n_accepted": 0, "n_rejected": 0,
        "loaded_at": datetime.now(UTC).replace(tzinfo=None),
    }  # fmt: skip
    workspace.engine.register("noted", pa.Table.from_pylist([row], schema=source_loads.TABLE.schema))
    with workspace.publish() as publication:
        publication.append(source_loads.TABLE, "SELECT * FROM noted")


# Which files are pending


def test_files_are_pending_in_the_order_of_their_names(workspace: Workspace) -> None:
    for name in ("b.csv", "a.csv", "c.txt"):
        (workspace.project.root / "data" / name).write_text("id\n1\n")
    (workspace.project.root / "data" / "folder.csv").mkdir()
    read = FilesRead(path=("data/*.csv", "data/*"))
    assert [load.object for load in SOURCE.pending("till", read, workspace)] == [
        "data/a.csv",
        "data/b.csv",
        "data/c.txt",
    ]


def test_a_loaded_file_is_pending_again_only_when_its_content_changes(workspace: Workspace) -> None:
    file = workspace.project.root / "data" / "a.csv"
    file.write_text("id\n1\n")
    read = FilesRead(path="data/*.csv")
    [load] = SOURCE.pending("till", read, workspace)
    note(workspace, load)
    assert SOURCE.pending("till", read, workspace) == []
    os.utime(file, (1, 1))
    assert SOURCE.pending("till", read, workspace) == []
    file.write_text("id\n2\n")
    [changed] = SOURCE.pending("till", read, workspace)
    assert changed.fingerprint != load.fingerprint
    note(workspace, changed)
    assert SOURCE.pending("till", read, workspace) == []


def test_what_was_loaded_by_another_source_does_not_count(workspace: Workspace) -> None:
    (workspace.project.root / "data" / "a.csv").write_text("id\n1\n")
    read = FilesRead(path="data/*.csv")
    note(workspace, SOURCE.pending("till", read, workspace)[0])
    assert len(SOURCE.pending("other", read, workspace)) == 1


def test_a_pattern_may_match_nothing_once_its_files_were_loaded(workspace: Workspace) -> None:
    file = workspace.project.root / "data" / "a.csv"
    file.write_text("id\n1\n")
    read = FilesRead(path="data/*.csv")
    note(workspace, SOURCE.pending("till", read, workspace)[0])
    file.unlink()
    assert SOURCE.pending("till", read, workspace) == []


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("data/salse.csv", "there is no file data/salse.csv; data has 'sales.csv'"),
        ("dta/sales.csv", "the project folder has 'data'"),
        ("data/*.tsv", "no file matches data/\\*.tsv; data has sales.csv"),
        ("data", "data is a folder, not a file"),
        ("package:pyarow/x.csv", "there is no installed package 'pyarow'"),
        ("package:pyarrow/nothing.csv", "there is no file package:pyarrow/nothing.csv; the package has"),
    ],
)
def test_a_path_that_points_at_nothing_says_what_is_there(
    workspace: Workspace, path: str, message: str
) -> None:
    (workspace.project.root / "data" / "sales.csv").write_text("id\n1\n")
    with pytest.raises(SourceError, match=message):
        SOURCE.pending("till", FilesRead(path=path), workspace)


def test_a_file_inside_a_package_is_read_without_importing_it(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "site" / "teaching_shop"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("raise AssertionError('imported')")
    (package / "sales.csv").write_text("id\n1\n")
    monkeypatch.syspath_prepend(package.parent)
    staged = stage(workspace, "package:teaching_shop/sales.csv")
    assert (staged.object, values(workspace)) == ("package:teaching_shop/sales.csv", [(2, "1")])


def test_an_absolute_path_outside_the_project_is_read(
    workspace: Workspace, tmp_path_factory: pytest.TempPathFactory
) -> None:
    file = tmp_path_factory.mktemp("elsewhere") / "a.csv"
    file.write_text("id\n1\n")
    assert stage(workspace, str(file)).object == file.as_posix()


# Good files


def test_nothing_and_an_empty_text_are_told_apart(workspace: Workspace) -> None:
    stage(workspace, "a.csv", b'id,name\n1,\n2,""\n,x\n')
    assert values(workspace) == [(2, "1", None), (3, "2", ""), (4, None, "x")]


@pytest.mark.parametrize("line_end", [b"\n", b"\r\n", b"\r"], ids=["unix", "windows", "old macintosh"])
@pytest.mark.parametrize("last", [b"", b"end"], ids=["ends in a line end", "ends without one"])
def test_every_kind_of_line_end_is_understood(workspace: Workspace, line_end: bytes, last: bytes) -> None:
    lines = [b"id,name", b"1,a", b"", b"2,b", b""]
    staged = stage(workspace, "a.csv", line_end.join(lines[:-1] if last else lines))
    assert (staged.n_received, values(workspace)) == (2, [(2, "1", "a"), (4, "2", "b")])


def test_line_numbers_count_lines_inside_quotes(workspace: Workspace) -> None:
    staged = stage(workspace, "a.csv", b'"a\nheader",b\n1,"two\nlines"\n2,one\n')
    assert values(workspace) == [(3, "1", "two\nlines"), (5, "2", "one")]
    assert staged.raw([3, 5]) == {3: '1,"two\nlines"', 5: "2,one"}


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1", "windows-1252", "utf-16"])
def test_encodings_give_the_same_text(workspace: Workspace, encoding: str) -> None:
    staged = stage(workspace, "a.csv", "id,name\n1,Müller é\n".encode(encoding), encoding=encoding)
    assert values(workspace) == [(2, "1", "Müller é")]
    assert staged.raw([2]) == {2: "1,Müller é"}


def test_a_byte_order_mark_is_no_part_of_the_first_column(workspace: Workspace) -> None:
    assert stage(workspace, "a.csv", b"\xef\xbb\xbfid,name\n1,a\n").columns == ("id", "name")


@pytest.mark.parametrize("name", ["a.csv.gz", "a.csv"])
def test_gzip_is_seen_by_content(workspace: Workspace, name: str) -> None:
    staged = stage(workspace, name, gzip.compress(b"id\n1\n") + gzip.compress(b"2\n"))
    assert values(workspace) == [(2, "1"), (3, "2")]
    assert staged.raw([3]) == {3: "2"}


def test_zstd_is_seen_by_content(workspace: Workspace) -> None:
    packed = pa.Codec("zstd").compress(b"id\n1\n", asbytes=True)
    stage(workspace, "a.csv.zst", packed)
    assert values(workspace) == [(2, "1")]


def test_a_file_without_header_takes_its_columns_from_the_declaration(workspace: Workspace) -> None:
    stage(workspace, "a.csv", b"1;a\n2;b\n", header=False, columns=["id", "name"], delimiter=";")
    assert rows(workspace) == [
        {"source_line": 1, "id": "1", "name": "a"},
        {"source_line": 2, "id": "2", "name": "b"},
    ]


def test_a_header_alone_is_no_row(workspace: Workspace) -> None:
    staged = stage(workspace, "a.csv", b"id,name")
    assert (staged.n_received, staged.columns, rows(workspace)) == (0, ("id", "name"), [])


def test_a_column_called_source_line_keeps_its_values_under_another_name(workspace: Workspace) -> None:
    staged = stage(workspace, "a.csv", b"receipt,source_line\n7,1\n")
    assert rows(workspace) == [{"source_line": 2, "receipt": "7", "source_line_": "1"}]
    assert staged.notes == ("a.csv: its column 'source_line' is read as 'source_line_'",)


def test_the_next_file_replaces_the_last_one(workspace: Workspace) -> None:
    stage(workspace, "a.csv", b"id\n1\n")
    parquet.write_table(pa.table({"other": [1]}), workspace.project.root / "b.parquet")
    stage(workspace, "b.parquet")
    stage(workspace, "c.jsonl", b'{"third": 1}\n')
    assert rows(workspace) == [{"source_line": 1, "third": "1"}]


def test_parquet_keeps_its_types_and_numbers_its_rows(workspace: Workspace) -> None:
    table = pa.table({
        "id": [1, 2], "at": pa.array([0, None], pa.timestamp("us", tz="UTC")), "price": [1.5, None], "source_line": ["x", "y"],
    })  # fmt: skip
    parquet.write_table(table, workspace.project.root / "a.parquet")
    staged = stage(workspace, "a.parquet")
    assert staged.n_received == 2
    first, second = rows(workspace)
    assert first == {
        "source_line": 1,
        "id": 1,
        "at": datetime(1970, 1, 1, tzinfo=UTC),
        "price": 1.5,
        "source_line_": "x",
    }
    assert second == {"source_line": 2, "id": 2, "at": None, "price": None, "source_line_": "y"}
    assert json.loads(staged.raw([2])[2]) == {"id": 2, "at": None, "price": None, "source_line_": "y"}


def test_json_keys_become_columns_in_the_order_they_occur(workspace: Workspace) -> None:
    lines = [
        b'{"b": "text", "a/b": 1.50, "n": {"k": [1, true]}}',
        b"",
        b'{"a": true, "b": null, "~": "\\u00fc\\n", "": 0}',
    ]
    with pytest.raises(SourceError, match="column 6 has no name"):
        stage(workspace, "a.jsonl", b"\n".join(lines))
    staged = stage(workspace, "b.jsonl", b"\n".join(lines).replace(b', "": 0', b""))
    assert rows(workspace) == [
        {"source_line": 1, "b": "text", "a/b": "1.5", "n": '{"k":[1,true]}', "a": None, "~": None},
        {"source_line": 3, "b": None, "a/b": None, "n": None, "a": "true", "~": "ü\n"},
    ]
    assert staged.raw([1]) == {1: lines[0].decode()}


def test_an_empty_json_file_has_no_rows(workspace: Workspace) -> None:
    assert stage(workspace, "a.jsonl", b"").n_received == 0
    assert stage(workspace, "b.jsonl", b"{}\n{}\n").n_received == 2
    assert values(workspace) == [(1,), (2,)]


# Rows that are none


def test_bad_lines_are_rejected_and_the_others_kept(workspace: Workspace) -> None:
    content = (
        b'id,name\n1,a\nfew\n2,b,many\n3,"open\n4,"x"y\n5,\xff\n6,nul\0\n7,5" pipe\n8,"never closed\n9,i\n'
    )
    staged = stage(workspace, "a.csv", content)
    assert values(workspace) == [(2, "1", "a"), (9, "7", '5" pipe'), (11, "9", "i")]
    assert refusals(staged) == [
        (3, Reason.MALFORMED_ROW, "few"),
        (4, Reason.MALFORMED_ROW, "2,b,many"),
        (5, Reason.MALFORMED_ROW, '3,"open'),
        (6, Reason.MALFORMED_ROW, '4,"x"y'),
        (7, Reason.INVALID_UTF8, "5,\\xff"),
        (8, Reason.MALFORMED_ROW, "6,nul\0"),
        (10, Reason.MALFORMED_ROW, '8,"never closed'),
    ]
    assert staged.n_received == 10
    assert staged.rejected[0].detail == "1 fields where 2 are expected"


def test_a_quote_never_closed_costs_one_line_even_in_a_large_file(workspace: Workspace) -> None:
    good = b"".join(b"%d,name %d\n" % (n, n) for n in range(200_000))
    staged = stage(workspace, "a.csv", b'id,name\nx,"open\n' + good)
    assert refusals(staged) == [(2, Reason.MALFORMED_ROW, 'x,"open')]
    assert staged.n_received == 200_001
    assert values(workspace)[-1] == (200_002, "199999", "name 199999")


def test_lines_that_are_no_json_object_are_rejected(workspace: Workspace) -> None:
    content = b'{"a": 1}\n[1]\n{"a": \n"text"\n{"a": "\xff"}\n\xff\n{"a": 2}'
    staged = stage(workspace, "a.jsonl", content)
    assert values(workspace) == [(1, "1"), (7, "2")]
    assert refusals(staged) == [
        (2, Reason.INVALID_JSON, "[1]"),
        (3, Reason.INVALID_JSON, '{"a": '),
        (4, Reason.INVALID_JSON, '"text"'),
        (5, Reason.INVALID_UTF8, '{"a": "\\xff"}'),
        (6, Reason.INVALID_UTF8, "\\xff"),
    ]
    assert staged.n_received == 7


@pytest.mark.parametrize("encoding", ["windows-1252", "utf-16"])
def test_what_cannot_be_decoded_costs_its_row_only(workspace: Workspace, encoding: str) -> None:
    bad = {"windows-1252": b"2,\x81\n", "utf-16": "2,\ud800\n".encode("utf-16-le", "surrogatepass")}[encoding]
    codec = "utf-16-le" if encoding == "utf-16" else encoding
    mark = b"\xff\xfe" if encoding == "utf-16" else b""
    content = mark + "id,name\n1,é\n".encode(codec) + bad + "3,c\n".encode(codec)
    staged = stage(workspace, "a.csv", content, encoding=encoding)
    assert values(workspace) == [(2, "1", "é"), (4, "3", "c")]
    assert [(item.line, item.reason) for item in staged.rejected] == [(3, Reason.INVALID_UTF8)]


# Files that cannot be read at all


@pytest.mark.parametrize(
    ("name", "content", "read", "message"),
    [
        ("a.csv", b"", {}, "a.csv is empty: it has not even a header"),
        ("a.csv", b"\n\n", {}, "a.csv is empty"),
        ("a.csv", b"id;name\n1;a\n", {}, "the header looks like ';'"),
        ("a.csv", b"id\tname\n1\ta\n", {}, "the header looks like tab"),
        ("a.tsv", b"id,name\n1,a\n", {}, "the header looks like ','"),
        ("a.csv", b'id,"name\n1,a\n', {}, "a quote in its header is never closed"),
        ("a.csv", b"id,name,ID\n", {}, "columns 1 and 3 are both called 'ID'"),
        ("a.csv", b"id,,name\n", {}, "column 2 has no name"),
        ("a.csv", b"source_line,source_line_\n", {}, "has columns 'source_line' and 'source_line_'"),
        ("a.csv", b"id,nme\n", {"columns": ["id", "name"]}, "has no column 'name' \\(did you mean 'nme'"),
        ("a.jsonl", b'{"id": 1}\n', {"columns": ["name"]}, "has no column 'name'"),
        ("a.jsonl", b'{"id": 1}\n{"ID": 1}\n', {}, "both called"),
        ("a.csv", "id,name\n1,a\n".encode("utf-16"), {}, "a.csv looks like UTF-16"),
        ("a.csv", "id,name\n".encode("utf-16")[:-1], {"encoding": "utf-16"}, "ends in the middle"),
        ("a.csv.gz", gzip.compress(b"id\n" + b"1\n" * 999, mtime=0)[:-9], {}, "damaged or ends too early"),
        ("a.csv.gz", b"\x1f\x8b\x08\x00garbage", {}, "damaged or ends too early"),
        ("a.csv", b"id\n1\n", {"compression": "gzip"}, "damaged or ends too early"),
        ("a.csv", b"id\n1\n", {"compression": "zstd"}, "damaged or ends too early"),
        (
            "a.csv.zst",
            pa.Codec("zstd").compress(b"id\n" + bytes(range(48, 58)) * 99, asbytes=True)[:-4],
            {},
            "damaged",
        ),
        ("a.parquet", b"PAR1 not quite", {}, "a.parquet is no Parquet file"),
        ("a.parquet", b"", {}, "a.parquet is no Parquet file"),
        ("a.xlsx", b"PK", {}, "its name does not say what it holds"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(
    workspace: Workspace, name: str, content: bytes, read: dict[str, object], message: str
) -> None:
    with pytest.raises(SourceError, match=message):
        stage(workspace, name, content, **read)


def test_a_truncated_parquet_file_says_so(workspace: Workspace) -> None:
    file = workspace.project.root / "a.parquet"
    parquet.write_table(pa.table({"id": list(range(1000))}), file)
    with pytest.raises(SourceError, match="a.parquet is no Parquet file"):
        stage(workspace, "a.parquet", file.read_bytes()[:-20])


def test_a_column_of_one_is_no_wrong_delimiter_when_it_is_declared(workspace: Workspace) -> None:
    stage(workspace, "a.csv", b"name;of one\n1\n", columns=["name;of one"])
    assert values(workspace) == [(2, "1")]


def test_columns_that_were_not_expected_are_told(workspace: Workspace) -> None:
    assert stage(workspace, "a.csv", b"id,name,new\n", columns=["id", "name"]).notes == (
        "a.csv: has columns that were not expected: new",
    )


def test_columns_that_vanished_since_the_last_load_are_found(workspace: Workspace) -> None:
    file = workspace.project.root / "a.csv"
    file.write_text("id,mail\n1,a\n")
    read = FilesRead(path="a.csv")
    note(workspace, SOURCE.pending("till", read, workspace)[0], ("id", "mail"))
    staged = stage(workspace, "a.csv", b"id,email\n1,a\n")
    previous = last_loads("till", workspace)["a.csv"].columns
    assert column_changes(previous, staged.columns) == (("email",), ("mail",))


@pytest.mark.parametrize(
    ("read", "message"),
    [
        ({"path": ""}, "names no file"),
        ({"path": []}, "names no file"),
        ({"path": "a.csv", "delimiter": "||"}, "one ASCII character"),
        ({"path": "a.csv", "delimiter": ""}, "must be one character"),
        ({"path": "a.csv", "delimiter": '"'}, "another one than the quote"),
        ({"path": "a.csv", "header": False}, "`columns` must name"),
        ({"path": "a.csv", "format": "excel"}, "csv"),
    ],
)
def test_settings_that_cannot_be_are_refused(read: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        FilesRead.model_validate(read)


def test_every_setting_is_described() -> None:
    assert all(field.description for field in FilesRead.model_fields.values())


def test_a_file_that_vanishes_between_the_two_looks_is_said(workspace: Workspace) -> None:
    file = workspace.project.root / "a.csv"
    file.write_text("id\n1\n")
    read = FilesRead(path="a.csv")
    [load] = SOURCE.pending("till", read, workspace)
    shutil.move(file, file.with_name("b.csv"))
    with pytest.raises(SourceError, match="a.csv is gone"):
        SOURCE.stage("till", read, load, workspace)
