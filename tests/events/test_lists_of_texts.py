"""What a source's lists become: from delimited text, JSON lines and Parquet."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet
from tests.events.shelf import declare, load, select, write
from tests.tables.sealed import NODES

from headwater.core.project import open_project
from headwater.sources.declare import read_sources
from headwater.tables.rejection import Reason

BAD = "the row is rejected"
PIPES = {
    "tea|coffee": ["coffee", "tea"],
    " tea | tea ||coffee| ": ["coffee", "tea"],
    "été, 'x'|😀": ["été, 'x'", "😀"],
    "tea": ["tea"],
    "5": ["5"],
    "": None,
    " | ": None,
    '["a|b", " c ", "", null, 1, 2.50, true]': ["1", "2.5", "a|b", "c", "true"],
    "[]": [],
    '[["a"]]': BAD,
    '["a", {"b": 1}]': BAD,
    '{"a": 1}': BAD,
    "[a|b": ["[a", "b"],
}


def declare_lists(folder: Path, path: str = "data/shop*.csv", **attribute: str) -> None:
    given = {"column": "x", "type": "texts", **attribute}
    declare(folder, read={"path": path}, identifiers={"user_id": "who"}, attributes={"interests": given})


def stated(folder: Path, n: int) -> list[object]:
    """The list of p0, p1, …; BAD where the row was rejected."""
    said = select(folder, f"SELECT value, type, texts FROM attributes JOIN {NODES} USING (node_id)")
    assert {row["type"] for row in said} <= {"texts"}
    rejected = {row["line"] for row in select(folder, "SELECT line FROM rejected_events")}
    found = {row["value"]: row["texts"] for row in said}
    first = 2 if (folder / "data" / "shop.csv").exists() else 1
    return [BAD if number + first in rejected else found.get(f"p{number}") for number in range(n)]


def numbered(texts: Sequence[str]) -> list[list[str]]:
    return [[f"p{number}", text] for number, text in enumerate(texts)]


def test_a_text_is_cut_at_the_separator(tmp_path: Path) -> None:
    declare_lists(tmp_path, separator="|")
    write(tmp_path, ["who", "x"], numbered(list(PIPES)))
    assert dict(load(tmp_path).rejected) == {Reason.INVALID_LIST: 3}
    assert dict(zip(PIPES, stated(tmp_path, len(PIPES)), strict=True)) == PIPES
    details = {row["detail"] for row in select(tmp_path, "SELECT detail FROM rejected_events")}
    assert details == {"x: is no list of texts"}


@pytest.mark.parametrize(
    ("separator", "meant"), [({}, ["a", "b|c"]), ({"separator": " - "}, ["a,b|c"])], ids=["comma", "several"]
)
def test_the_separator_is_a_comma_unless_said(
    tmp_path: Path, separator: dict[str, str], meant: list[str]
) -> None:
    declare_lists(tmp_path, **separator)
    write(tmp_path, ["who", "x"], numbered(["a,b|c"]))
    load(tmp_path)
    assert stated(tmp_path, 1) == [meant]


def test_json_lines_have_lists_of_their_own(tmp_path: Path) -> None:
    values = [["tea", "coffee", "tea"], [], "a,b", None, ["a,b"], [["a"]], {"a": 1}, [None, "x"]]
    declare_lists(tmp_path, "data/shop.jsonl")
    lines = [json.dumps({"who": f"p{number}", "x": value}) for number, value in enumerate(values)]
    (tmp_path / "data" / "shop.jsonl").write_text("\n".join(lines))
    assert dict(load(tmp_path).rejected) == {Reason.INVALID_LIST: 2}
    assert stated(tmp_path, 8) == [["coffee", "tea"], [], ["a", "b"], None, ["a,b"], BAD, BAD, ["x"]]


COLUMNS = {
    "texts": (pa.array([["b", " a", None, "b", ""], [], None]), [["a", "b"], [], None]),
    "large": (pa.array([["b", "a"]], pa.large_list(pa.large_string())), [["a", "b"]]),
    "fixed": (pa.array([["b", "a"]], pa.list_(pa.string(), 2)), [["a", "b"]]),
    "numbers": (pa.array([[2, 1, None], None]), [["1", "2"], None]),
    "one number": (pa.array([7, None]), [["7"], None]),
    "a text": (pa.array(["b,a", None]), [["a", "b"], None]),
    "lists of lists": (pa.array([[["a"]], None]), [BAD, None]),
    "objects": (pa.array([{"a": 1}, None]), [BAD, None]),
}


@pytest.mark.parametrize(("values", "meant"), COLUMNS.values(), ids=COLUMNS)
def test_parquet_has_lists_of_its_own(tmp_path: Path, values: pa.Array, meant: list[object]) -> None:
    declare_lists(tmp_path, "data/shop.parquet")
    who = [f"p{number}" for number in range(len(values))]
    parquet.write_table(pa.table({"who": who, "x": values}), tmp_path / "data" / "shop.parquet")
    assert load(tmp_path).n_received == len(values)
    assert stated(tmp_path, len(values)) == meant


def test_the_same_texts_in_another_order_are_no_news(tmp_path: Path) -> None:
    declare_lists(tmp_path)
    for number, text in enumerate(["tea,coffee", "coffee, tea", "coffee"]):
        write(tmp_path, ["who", "x"], [["ann", text]], f"shop_{number}")
        load(tmp_path)
    said = select(tmp_path, "SELECT texts FROM attributes ORDER BY stated_at")
    assert [row["texts"] for row in said] == [["coffee", "tea"], ["coffee"]]


def test_a_property_can_be_a_list(tmp_path: Path) -> None:
    event = {
        "name": "purchase",
        "time": "at",
        "properties": {"order_id": "n", "tags": {"texts": "x", "separator": "|"}},
    }
    declare(tmp_path, identifiers={"user_id": "who"}, event=event)
    texts = ["b|a, 'c'", "", '["b"]', '{"b": 1}']
    rows = [[str(n), "ann", "2026-01-02", text] for n, text in enumerate(texts)]
    write(tmp_path, ["n", "who", "at", "x"], rows)
    assert dict(load(tmp_path).rejected) == {Reason.INVALID_LIST: 1}
    found = select(tmp_path, "SELECT properties FROM events ORDER BY order_id")
    assert [json.loads(str(row["properties"])) for row in found] == [
        {"tags": ["a, 'c'", "b"]},
        {"tags": None},
        {"tags": ["b"]},
    ]


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"category": {"texts": "x"}}, "is a column of events, which hold no lists (found 'category')"),
        ({"tags": {"texts": "x", "seperator": "|"}}, "did you mean 'separator'?"),
        ({"tags": {"texts": "x", "separator": ""}}, "1 character"),
    ],
)
def test_a_list_that_cannot_be_a_property_is_told(
    tmp_path: Path, given: dict[str, object], says: str
) -> None:
    event = {"name": "purchase", "time": "at", "properties": given}
    declare(tmp_path, identifiers={"user_id": "who"}, event=event)
    _, [problem] = read_sources(open_project(tmp_path))
    assert says in str(problem)


def test_only_a_list_has_a_separator(tmp_path: Path) -> None:
    declare_lists(tmp_path, type="text", separator="|")
    _, problems = read_sources(open_project(tmp_path))
    assert [problem.message for problem in problems] == [
        "only a list has a separator: write `type: texts`, or leave it out"
    ]
