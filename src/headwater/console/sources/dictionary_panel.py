"""Entries of the data dictionary, drawn: many in a list, one with all that is known of it."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode

from headwater.console.drawn import charts, look
from headwater.console.drawn.look import Cell, Column, box, text
from headwater.console.sources.dictionary import Book
from headwater.console.sources.spread import spread
from headwater.explore.dictionary import Entry, Kind

COLUMNS = (
    Column("Name"),
    Column("Type"),
    Column("Filled", is_number=True),
    Column("", is_minor=True),
    Column("Values", is_minor=True),
    Column("Labels", is_minor=True),
    Column("Used by", is_number=True),
)
_SHARES = {
    "0": "least",
    "0.05": "5%",
    "0.25": "25%",
    "0.5": "middle",
    "0.75": "75%",
    "0.95": "95%",
    "1": "greatest",
}


def entries_table(label: str, book: Book, entries: Sequence[Entry]) -> None:
    """Entries, one a row."""
    look.table(label, COLUMNS, [_row(book, each) for each in entries])


def _row(book: Book, each: Entry) -> tuple[Cell, ...]:
    return (
        Cell(f"{each.of}.{each.name}" if each.of else each.name, address(each), below=each.description),
        Cell(each.type or look.DASH, tone="word"),
        Cell(filled(each, book.least) if book.is_counted else look.DASH),
        Cell(drawn=charts.bar(each.fill_rate or 0.0)) if book.is_counted else Cell(),
        _values(each),
        Cell(tags=each.labels) if each.labels else Cell(look.DASH),
        Cell(f"{len(each.audiences):,}" if each.audiences else look.DASH),
    )


def _values(each: Entry) -> Cell:
    if not each.frequent:
        return Cell(look.DASH)
    said = f"{each.n_distinct:,} different values" if each.n_distinct is not None else "its values"
    return Cell(drawn=spread([one.n for one in each.frequent], said))


def filled(each: Entry, least: int | None) -> str:
    """How much of it has a value; of an event, how often it came."""
    if each.kind is Kind.EVENT or each.fill_rate is None:
        return look.people(each.n_filled, least)
    return f"{each.fill_rate:.0%}"


def address(each: Entry) -> str:
    """Of an entry's page."""
    query = {"name": each.name, **({"of": each.of} if each.of else {})}
    return f"/dictionary/{each.kind.value}?{urlencode(query)}"


def entry_panels(book: Book, entry: Entry) -> None:
    """All that is known of one."""
    with box("figures-row"):
        _figures(book, entry)
    with box("grid"):
        _frequent(entry)
        _spread(entry)
        _used(book, entry)
        _labels(entry)


def _figures(book: Book, entry: Entry) -> None:
    what = {Kind.EVENT: "events", Kind.TRAIT: "people could have it", Kind.COLUMN: "rows"}.get(
        entry.kind, "looked at"
    )
    if entry.kind is not Kind.EVENT:
        look.figure("Type", entry.type or look.DASH, entry.kind.value)
    n = f"of {entry.n:,} {what}" if entry.n is not None else ""
    share = f"{entry.fill_rate:.1%}" if entry.fill_rate is not None and entry.kind is not Kind.EVENT else ""
    look.figure("Filled" if share else "How many", share or look.people(entry.n_filled, book.least), n)
    if entry.n_people is not None or entry.kind in (Kind.EVENT, Kind.TRAIT):
        look.figure("People", look.people(entry.n_people, book.least), "who did it, or have it")
    if entry.n_distinct is not None:
        look.figure("Different values", f"{entry.n_distinct:,}")
    if entry.last_at is not None:
        first = f"first {look.moment(entry.first_at)} (UTC)" if entry.first_at else ""
        look.figure("Last", look.day(entry.last_at), first)


def _frequent(entry: Entry) -> None:
    if not entry.frequent:
        return
    with look.panel("Most frequent values"):
        most = max(each.n for each in entry.frequent) or 1
        look.bars([(each.value or "(empty)", each.n, each.n / most) for each in entry.frequent])


def _spread(entry: Entry) -> None:
    if not entry.quantiles:
        return
    with look.panel("How its numbers spread", "no more than so many are below"):
        rows = [
            (Cell(_SHARES.get(share, share)), Cell(f"{value:,.6g}"))
            for share, value in entry.quantiles.items()
        ]
        look.table("How its numbers spread", (Column("Share"), Column("Value", is_number=True)), rows)


def _used(book: Book, entry: Entry) -> None:
    with look.panel("Who uses it"):
        if not entry.audiences:
            text("p", "No audience looks at it.", "quiet")
            return
        rows = [
            (
                Cell(each, f"/audiences/{each}"),
                Cell(tags=to) if (to := book.destinations.get(each)) else Cell(look.DASH),
            )
            for each in entry.audiences[:100]
        ]
        look.table("Who uses it", (Column("Audience"), Column("Sent to")), rows)
        if len(entry.audiences) > 100:
            text("p", f"and {len(entry.audiences) - 100:,} audiences more", "quiet small")


def _labels(entry: Entry) -> None:
    if not entry.labels:
        return
    with look.panel("Labels", "what calls for care"):
        with box("tags"):
            for each in entry.labels:
                look.tag(each, "warn")
        for each in entry.because:
            text("p", each, "quiet small")
