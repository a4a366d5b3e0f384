"""What would stop a run is seen before it, from headers alone, and told at the line of the key that is at fault."""

from __future__ import annotations

import gzip
import json
import sqlite3

import pyarrow as pa
import pytest
from pyarrow import parquet

from headwater.core.documents import Document, read_declaration, read_document
from headwater.core.errors import Problem
from headwater.sources.declare import ConsentMapping, SourceDeclaration
from headwater.sources.files import SOURCE, FilesRead
from headwater.sources.look import Seen, columns_named, look
from headwater.sources.mapping import _named
from headwater.sources.reading import delimited, json_lines
from headwater.tables.workspace import Workspace

PEOPLE = "identifiers:\n  user_id: id\nattributes:\n  town: city\n"


def seen(workspace: Workspace, read: str, rest: str = PEOPLE) -> Seen:
    path = workspace.project.root / "sources" / "till.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(
        f"kind: files\nread:\n{read}\n{rest}"
        if "url:" not in read
        else f"kind: sql_database\nread:\n{read}\n{rest}"
    )
    document = read_document(path, workspace.project.root)
    assert isinstance(document, Document), document
    return look(document, workspace)


def told(workspace: Workspace, read: str, rest: str = PEOPLE) -> list[tuple[int, str, str]]:
    found = seen(workspace, read, rest)
    assert found.warnings == []
    return [(each.line, each.path, f"{each.message}; {each.expected}") for each in found.problems]


def write(workspace: Workspace, name: str, content: str | bytes) -> None:
    data = content.encode() if isinstance(content, str) else content
    (workspace.project.root / "data" / name).write_bytes(data)


def test_a_source_whose_columns_are_there_is_sound(workspace: Workspace) -> None:
    write(workspace, "a.csv", "id,city\n1,Berlin\n")
    assert seen(workspace, "  path: data/a.csv") == Seen()


@pytest.mark.parametrize(
    ("name", "content", "read", "at", "says"),
    [
        (
            "a.csv",
            "id,citty\n",
            "  path: data/a.csv",
            "7 attributes.town",
            "has no column 'city'; did you mean 'citty'?",
        ),
        (
            "a.csv",
            "id;city\n",
            "  path: data/a.csv",
            "2 read.delimiter",
            'write `delimiter: ";"` under `read:`',
        ),
        ("a.csv", "id;city\n", '  path: data/a.csv\n  delimiter: ","', "4 read.delimiter", "looks like ';'"),
        ("a.csv", "", "  path: data/a.csv", "3 read.path", "is empty: it has not even a header"),
        ("a.csv", "id,\n", "  path: data/a.csv", "3 read.path", "column 2 has no name"),
        (
            "a.csv",
            "id,city\n",
            "  path: date/*.csv",
            "3 read.path",
            "no file matches date/*.csv; the project folder has 'data'",
        ),
        (
            "a.csv",
            "id,city\n",
            "  path:\n    - data/a.csv\n    - data/b.csv",
            "5 read.path[1]",
            "data has 'a.csv'",
        ),
        ("a.dat", "id,city\n", "  path: data/a.dat", "2 read.format", "does not say what it holds"),
        (
            "a.csv",
            "id,city\n",
            "  path: data/a.csv\n  columns: [id, city, age]",
            "4 read.columns",
            "no column 'age'",
        ),
        (
            "a.csv",
            "id,city\n".encode("utf-16"),
            "  path: data/a.csv",
            "2 read.encoding",
            "looks like UTF-16",
        ),
        ("a.jsonl", '{"id": 1}\n', "  path: data/a.jsonl", "7 attributes.town", "has no column 'city'"),
        ("a.parquet", "no such thing", "  path: data/a.parquet", "3 read.path", "is no Parquet file"),
    ],
)
def test_what_would_stop_a_run_is_told_at_its_line(
    workspace: Workspace, name: str, content: str | bytes, read: str, at: str, says: str
) -> None:
    write(workspace, name, content)
    [(line, path, what)] = told(workspace, read)
    assert (f"{line} {path}", says in what) == (at, True), what


def test_every_column_that_is_not_there_is_told_at_its_own_line(workspace: Workspace) -> None:
    write(workspace, "a.csv", "id,city,news\n")
    rest = "identifiers: {user_id: idd}\nconsents:\n  - purpose: x\n    column: newz\n  - {purpose: x, column: news}\n"
    rest += "event:\n  name: e\n  time: at\n  key: [id, line]\n  properties: {revenue: {sum: [a, id]}}\n"
    found = [(line, path) for line, path, _ in told(workspace, "  path: data/a.csv", rest)]
    assert sorted(found) == [
        (4, "identifiers.user_id"),
        (7, "consents[0].column"),
        (11, "event.time"),
        (12, "event.key[1]"),
        (13, "event.properties.revenue.sum[0]"),
    ]


def test_the_same_mistake_in_many_files_is_told_once(workspace: Workspace) -> None:
    for number in range(5):
        write(workspace, f"a{number}.csv", "id\n")
        write(workspace, f"b{number}.csv", "")
    found = [message for _, _, message in told(workspace, "  path: data/*.csv")]
    assert len(found) == 2
    assert found[0].startswith("data/b0.csv is empty: it has not even a header (4 more files too)")
    assert found[1].startswith("data/a0.csv and 4 more files have no column 'city'")


def test_parquet_is_judged_by_its_footer(workspace: Workspace) -> None:
    parquet.write_table(pa.table({"id": [1], "town": ["x"]}), workspace.project.root / "data" / "a.parquet")
    [(_, path, _)] = told(workspace, "  path: data/a.parquet")
    assert path == "attributes.town"


def test_a_long_file_of_json_lines_may_have_more_keys_further_on(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(json_lines, "_GLANCE", 1000)
    write(workspace, "a.jsonl", "".join(json.dumps({"id": n}) + "\n" for n in range(1000)))
    assert seen(workspace, "  path: data/a.jsonl") == Seen()


def test_a_header_is_read_without_the_rows(workspace: Workspace) -> None:
    broken_further_on = gzip.compress(b"id,city\n" + b"1,x\n" * 1_000_000)[:-2000]
    write(workspace, "a.csv.gz", broken_further_on)
    assert seen(workspace, "  path: data/a.csv.gz") == Seen()


def test_a_header_longer_than_a_glance_is_read_whole(workspace: Workspace) -> None:
    names = [f"column_{number:06}" for number in range(delimited._GLANCE // 8)]
    write(workspace, "a.csv", ",".join(["id", *names, "city"]) + "\n1" + "," * (len(names) + 1) + "\n")
    assert seen(workspace, "  path: data/a.csv") == Seen()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", "\ufeffid,source_line\n1,2\n"),
        ("a.csv", '\n"id","ci""ty"\r\n1,2\r\n'),
        ("a.tsv", "id\tcity\n"),
        ("a.jsonl", '{"id": 1}\nnot json\n{"city": 2, "id": 3}\n'),
    ],
)
def test_a_look_sees_the_columns_that_a_run_stages(workspace: Workspace, name: str, content: str) -> None:
    write(workspace, name, content)
    read = FilesRead(path=f"data/{name}")
    [heading] = SOURCE.headings("till", read, workspace)
    [load] = SOURCE.pending("till", read, workspace)
    assert heading.columns == SOURCE.stage("till", read, load, workspace).columns


def test_columns_that_a_catalogue_brings_are_no_mistake(workspace: Workspace) -> None:
    write(workspace, "a.csv", "id,campaign\n")
    rest = (
        "lookup: {campaigns: campaign}\nidentifiers: {user_id: id}\nevent:\n  name: e\n  time: campaigns.%s\n"
    )
    assert told(workspace, "  path: data/a.csv", rest % "starts_at") == []
    assert [path for _, path, _ in told(workspace, "  path: data/a.csv", rest % "startd_at")] == [
        "event.time"
    ]


def test_a_source_with_other_mistakes_is_looked_at_as_far_as_it_can_be_read(workspace: Workspace) -> None:
    write(workspace, "a.csv", "id\n")
    rest = PEOPLE + "consents: [{purpos: x, column: news}]\nidentifers: 3\n"
    assert [path for _, path, _ in told(workspace, "  path: data/a.csv", rest)] == [
        "attributes.town",
        "consents[0].column",
    ]
    assert told(workspace, "  pth: data/a.csv") == []


def test_the_columns_named_are_those_that_the_mapping_reads() -> None:
    data = {
        "kind": "files",
        "lookup": {"products": "a"},
        "identifiers": {"user_id": "b"},
        "event": {
            "name": "no",
            "time": "c",
            "time_format": "no",
            "key": ["d", "e"],
            "properties": {"x": "f", "revenue": {"sum": ["g", "h"]}, "tags": {"texts": "m"}},
            "fixed": {"channel": "no"},
        },
        "attributes": {"one": "i", "two": {"column": "j", "type": "number"}},
        "consents": [{"purpose": "no", "column": "k", "time": "l"}, {"purpose": "no", "state": "granted"}],
    }
    source = read_declaration(Document("sources/a.yaml", "a", data), SourceDeclaration)
    assert isinstance(source, SourceDeclaration), source
    assert {column for _, column in columns_named(data)} == set(_named(source)) == set("abcdefghijklm")


def database(workspace: Workspace, read: str) -> Seen:
    with sqlite3.connect(workspace.project.root / "shop.db") as connection:
        connection.execute("CREATE TABLE people (id INTEGER, town TEXT)")
    return seen(workspace, f"  url: sqlite:///{workspace.project.root}/shop.db\n{read}")


@pytest.mark.parametrize(
    ("read", "path", "says"),
    [
        ("  table: people", "attributes.town", "people has no column 'city'"),
        ("  table: peple", "read.table", "did you mean 'people'?"),
        ("  table: people\n  cursor: ids", "read.cursor", "there is no column 'ids'; did you mean 'id'?"),
        ("  query: SELECT x FROM people", "read.query", "no such column: x"),
    ],
)
def test_a_database_is_asked_for_its_columns(workspace: Workspace, read: str, path: str, says: str) -> None:
    [problem] = database(workspace, read).problems
    assert (problem.path, says in str(problem)) == (path, True), str(problem)


def one_warning(found: Seen) -> Problem:
    assert found.problems == []
    [warning] = found.warnings
    return warning


def test_what_only_these_surroundings_lack_is_a_warning(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NO_SUCH_PASSWORD", raising=False)
    url = "  url: postgresql+psycopg://x:%s@127.0.0.1:1/shop\n  table: people"
    unset = one_warning(seen(workspace, url % "${NO_SUCH_PASSWORD}"))
    assert (unset.line, unset.path) == (3, "read.url")
    assert "NO_SUCH_PASSWORD of `url` is not set" in unset.message
    unreachable = one_warning(seen(workspace, url % "topsecret"))
    assert "cannot be reached" in unreachable.message
    assert "topsecret" not in str(unreachable)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"column": "c"}, "give either `purpose` or"),
        ({"column": "c", "purpose": "p", "signal": "tcf"}, "give either `purpose` or"),
        ({"signal": "tcf", "state": "granted"}, "a signal stands in a column"),
        ({"signal": "tfc", "column": "c"}, "'tcf', 'gpp', 'us_privacy'"),
    ],
)
def test_a_mapping_of_consents_says_of_what_and_from_where(said: dict[str, str], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        ConsentMapping.model_validate(said)
