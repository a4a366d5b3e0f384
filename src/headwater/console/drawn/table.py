"""Tables: one element of the page each, however many cells, for a page is drawn as fast as it has few elements.

Everything that people or their data say is escaped here, in one place: `_words` and `_tag` alone make markup. What is pressed in
a table is told apart by its number.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import NewType

from nicegui import ui
from nicegui.events import GenericEventArguments

Markup = NewType("Markup", str)
"""HTML in which nothing that anybody wrote is more than text."""
_PRESSED = """(event) => {
    const pressed = event.target.closest("[data-press]");
    if (pressed) emit(Number(pressed.dataset.press));
}"""


@dataclass(frozen=True)
class Column:
    """A column of a table.

    Attributes:
        heading: its words.
        is_number: whether it holds numbers.
        is_minor: left out where there is little room; `is_under`: stands under the one before it there.
        to: where pressing the heading leads: to the same sorted by it.
        is_sorted: how the table is sorted by it, `ascending` or `descending`; empty: by another.
    """

    heading: str
    is_number: bool = False
    is_minor: bool = False
    is_under: bool = False
    to: str = ""
    is_sorted: str = ""

    @property
    def classes(self) -> str:
        """How its cells look."""
        has = (("number", self.is_number), ("minor", self.is_minor), ("under", self.is_under))
        return " ".join(name for name, is_so in has if is_so)


@dataclass(frozen=True)
class Cell:
    """A cell of a table: words, and where they lead, or what pressing them does; or labels, or something drawn by `charts`.

    `called`: what is pressed, where its words alone do not say of what; `below`: more, in small letters.
    """

    said: str = ""
    to: str = ""
    does: Callable[[], object] | None = None
    called: str = ""
    tags: Sequence[str] = ()
    drawn: str = ""
    below: str = ""
    tone: str = ""


def table(label: str, columns: Sequence[Column], rows: Sequence[Sequence[Cell]]) -> None:
    """Rows under headings. `label`: what they are, for who does not see them.

    It may be wider than a narrow window: then it scrolls by itself, also by keyboard, and the page does not.
    """
    made = _Table()
    held = ui.html(made.of(columns, rows), sanitize=False).classes("scrolling")
    held.props["tabindex"], held.props["role"], held.props["aria-label"] = "0", "region", label
    if made.does:
        held.on("click", made.press, js_handler=_PRESSED)


@dataclass
class _Table:
    """A table while it is made. `does`: what is done when something in it is pressed, by its number."""

    does: list[Callable[[], object]] = field(default_factory=list)

    def of(self, columns: Sequence[Column], rows: Sequence[Sequence[Cell]]) -> Markup:
        head = _tag("tr", _joined(_heading(each) for each in columns))
        body = (
            _tag("tr", _joined(self._cell(column, each) for column, each in zip(columns, row, strict=True)))
            for row in rows
        )
        return _tag("table", _joined((_tag("thead", head), _tag("tbody", _joined(body)))), "table")

    def press(self, event: GenericEventArguments) -> object:
        """Do what was pressed; gives what there is to be waited for."""
        number = event.args
        return self.does[number]() if isinstance(number, int) and 0 <= number < len(self.does) else None

    def _cell(self, column: Column, held: Cell) -> Markup:
        below = _tag("span", _words(held.below), "quiet small below") if held.below else Markup("")
        return _tag("td", _joined((self._inner(held), below)), column.classes)

    def _inner(self, held: Cell) -> Markup:
        if held.drawn:
            return _tag("div", Markup(held.drawn), "drawn")
        if held.tags:
            return _tag("div", _joined(_tag("span", _words(each), "tag") for each in held.tags), "tags")
        if held.to:
            return _tag("a", _words(held.said), "strong", href=held.to)
        if held.does is not None:
            self.does.append(held.does)
            told = {"type": "button", "data_press": str(len(self.does) - 1), "aria_label": held.called}
            return _tag("button", _words(held.said), "button as-link strong", **told)
        return _tag("span", _words(held.said), held.tone)


def _heading(column: Column) -> Markup:
    said = _words(column.heading)
    inner = _tag("a", said, "sorts", href=column.to) if column.to else said
    return _tag("th", inner, column.classes, scope="col", aria_sort=column.is_sorted)


def _words(said: str) -> Markup:
    """Words as text.

    >>> _words("<b> & so")
    '&lt;b&gt; &amp; so'
    """
    return Markup(escape(said))


def _tag(name: str, inner: Markup, classes: str = "", **attributes: str) -> Markup:
    """An element with attributes of HTML, as far as they say something; `aria_sort` is written `aria-sort`."""
    said = {"class": classes, **attributes}
    told = "".join(f' {key.replace("_", "-")}="{escape(value)}"' for key, value in said.items() if value)
    return Markup(f"<{name}{told}>{inner}</{name}>")


def _joined(parts: Iterable[Markup]) -> Markup:
    return Markup("".join(parts))
