"""Tables as markup: whatever they are told is text in them, and what is pressed is what was drawn."""

from __future__ import annotations

from html.parser import HTMLParser
from types import SimpleNamespace
from typing import Any, cast

from hypothesis import given, strategies as st

from headwater.console.drawn.table import Cell, Column, _Table

WORDS = st.text(max_size=30)
HARM = st.sampled_from(
    [
        "<script>alert(1)</script>",
        '"><img src=x onerror=alert(1)>',
        "' onclick='x",
        "</td></table>",
        "&lt;b&gt;",
    ]
)


class Read(HTMLParser):
    """What a browser would make of markup: tags in order, attributes, and the words of each cell."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.cells: list[str] = []
        self.feed(markup)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag in ("td", "th"):
            self.cells.append("")

    def handle_data(self, data: str) -> None:
        if self.cells:
            self.cells[-1] += data


@given(st.lists(st.tuples(WORDS | HARM, WORDS | HARM, WORDS | HARM), max_size=4), WORDS | HARM)
def test_what_people_say_is_text(rows: list[tuple[str, str, str]], heading: str) -> None:
    columns = [Column(heading), Column("b", is_number=True), Column("c", to="/x?a=1&b=2")]
    cells = [(Cell(a, below=b), Cell(b, to=f"/p?{c}"), Cell(tags=[a, c])) for a, b, c in rows]
    read = Read(_Table().of(columns, cells))
    assert set(read.tags) <= {"table", "thead", "tbody", "tr", "th", "td", "span", "a", "div"}
    assert read.cells[0] == heading
    assert read.cells[3:] == [said for a, b, c in rows for said in (a + b, b, a + c)]
    assert {name for name, _ in read.attributes} <= {"class", "href", "scope"}
    assert [to for name, to in read.attributes if name == "href"] == [
        "/x?a=1&b=2",
        *(f"/p?{c}" for _, _, c in rows),
    ]


def test_what_is_pressed_is_told_apart_by_its_number() -> None:
    pressed: list[str] = []
    table = _Table()
    rows = [[Cell(name, does=lambda name=name: pressed.append(name))] for name in ("first", "second")]  # type: ignore[misc]
    markup = table.of([Column("What")], rows)
    assert 'data-press="1"' in markup
    for number in (1, 0, 2, -1, "0", None):
        table.press(cast("Any", SimpleNamespace(args=number)))
    assert pressed == ["second", "first"]


def test_a_column_that_is_sorted_says_so() -> None:
    markup = _Table().of([Column("Size", is_number=True, is_minor=True, to="/a", is_sorted="descending")], [])
    assert '<th class="number minor" scope="col" aria-sort="descending"><a class="sorts" href="/a">' in markup
