"""The table of audiences, whose headings sort it, and the way to its other pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from headwater.console.audiences.listing import Found, Looked
from headwater.console.audiences.questions import Audiences, Listed
from headwater.console.drawn import charts, look
from headwater.console.drawn.look import Cell, Column, box, text, with_attributes

_HEADINGS = (
    ("name", Column("Audience")),
    ("size", Column("Size", is_number=True)),
    ("", Column("Share", is_number=True, is_minor=True)),
    ("", Column("Trend", is_minor=True)),
    ("changed", Column("Changed", is_minor=True)),
    ("", Column("Labels", is_minor=True)),
    ("to", Column("Sent to", is_minor=True)),
)


def table_of(rows: Sequence[Listed], every: Audiences, looked: Looked) -> None:
    """Audiences under headings that sort; not by size for whom the order would tell of it."""
    columns = [
        _heading(sort if sort != "size" or every.least is None else "", column, looked)
        for sort, column in _HEADINGS
    ]
    look.table("Audiences", columns, [_row(each, every) for each in rows])


def _heading(sort: str, column: Column, looked: Looked) -> Column:
    """A heading as it leads to the same list sorted by it."""
    if not sort:
        return column
    if looked.sort != sort:
        return replace(column, to=looked.sorted_by(sort).address)
    falls = (sort != "name") != bool(looked.down)
    mark = " \N{DOWNWARDS ARROW}" if falls else " \N{UPWARDS ARROW}"
    return replace(
        column,
        heading=column.heading + mark,
        to=looked.sorted_by(sort).address,
        is_sorted="descending" if falls else "ascending",
    )


def _row(each: Listed, every: Audiences) -> tuple[Cell, ...]:
    return (
        Cell(each.name, f"/audiences/{each.name}", below=_below(each)),
        Cell(look.people(each.size, every.least)),
        Cell(look.DASH if each.share is None else f"{each.share:.1%}"),
        Cell(drawn=charts.sparkline(each.trend, each.name)) if len(each.trend) > 1 else Cell(look.DASH),
        Cell(look.ago(each.changed_at, every.now)),
        Cell(tags=each.labels) if each.labels else Cell(look.DASH),
        Cell(tags=each.destinations) if each.destinations else Cell(look.DASH),
    )


def _below(each: Listed) -> str:
    return " \N{MIDDLE DOT} ".join(said for said in (each.folder, each.description) if said)


def pages_of(found: Found, looked: Looked) -> None:
    """Which of how many are shown, and the way to the others."""
    with with_attributes(box("row pages", "nav"), aria_label="Pages of the list"):
        last = found.first + len(found.listed) - 1
        text("span", f"{found.first:,}\N{EN DASH}{last:,} of {found.n:,}", "quiet small")
        for said, page in (("Before", found.page - 1), ("Next", found.page + 1)):
            if 1 <= page <= found.n_pages:
                look.link(said, replace(looked, page=str(page)).address, "button")
