"""Audiences beside each other, drawn: a matrix of what they share, circles of two or three with a table, and their rules."""

from __future__ import annotations

from collections.abc import Sequence

from headwater.console.audiences import euler
from headwater.console.audiences.comparing import Compared, Region
from headwater.console.drawn import look
from headwater.console.drawn.changing import show_lines
from headwater.console.drawn.look import Cell, Column, box, text, with_attributes

LETTERS = "ABCDEFGH"


def address_of(names: Sequence[str]) -> str:
    """Where these audiences stand beside each other."""
    return "/compare-audiences" + (f"?with={','.join(names)}" if names else "")


def matrix(found: Compared) -> None:
    """Of each audience's people, how many are in each other one: the share, and below it the count."""
    with look.panel("What they share", "of the row's people, who is in the column's too"):
        with (
            with_attributes(box("scrolling"), tabindex="0", role="region", aria_label="What each two share"),
            box("table matrix", "table"),
        ):
            with box("", "thead"), box("", "tr"):
                with_attributes(text("th", "Audience"), scope="col")
                with_attributes(text("th", "Size", "number minor"), scope="col")
                for letter, name in zip(LETTERS, found.names, strict=False):
                    with_attributes(text("th", letter, "number"), scope="col", title=name, aria_label=name)
            with box("", "tbody"):
                for row, name in enumerate(found.names):
                    _row(found, row, name)
        together = look.people(found.together, found.least)
        text("p", f"{together} people are in at least one of them.", "quiet")


def _row(found: Compared, row: int, name: str) -> None:
    with box("", "tr"):
        with with_attributes(box("", "th"), scope="row"), box("matrix-name"):
            text("span", LETTERS[row], "quiet")
            look.link(name, f"/audiences/{name}", "strong")
        text("td", look.people(found.both[row][row], found.least), "number minor")
        for column in range(len(found.names)):
            share, n = found.share(row, column), found.both[row][column]
            if row == column:
                text("td", look.DASH, "number quiet")
                continue
            with box(f"number heat-{round((share or 0) * 10)}", "td"):
                to = address_of((name, found.names[column]))
                said = look.people(n, found.least) if share is None else f"{share:.0%}"
                with_attributes(
                    look.link(said, to, "strong"),
                    aria_label=f"{said} of {name} are in {found.names[column]} too: compare the two",
                )
                if share is not None:
                    text("span", look.people(n, found.least), "small below")


def circles(found: Compared) -> None:
    """Two or three audiences as circles, and the same as a table."""
    with look.panel("Who is in which", "areas are in proportion"), box("split"):
        with box("euler-held"):
            undrawn = _picture(found)
            with box("euler-key"):
                for at, name in enumerate(found.names):
                    with box(f"euler-named euler-key-{at}"):
                        text("span", LETTERS[at], "strong")
                        text("span", name)
            if undrawn:
                text("p", f"Not drawn, for these circles have no such area: {undrawn}.", "quiet small")
        rows = [
            (
                Cell(told_of(each, found.names)),
                Cell(look.people(each.n, found.least)),
                Cell(_part(each.n, found.together)),
            )
            for each in found.regions
        ]
        columns = (
            Column("People in"),
            Column("How many", is_number=True),
            Column("Of all of them", is_number=True),
        )
        with box("stack"):
            look.table("How many are in which audiences", columns, rows)
            if found.least is not None:
                text("p", "Your role sees counts that are not exact: they need not add up.", "quiet small")


def told_of(region: Region, names: Sequence[str]) -> str:
    """Which people a region is of, in words."""
    inside = [name for at, name in enumerate(names) if at in region.inside]
    if len(inside) == len(names):
        return "both" if len(names) == 2 else "all three"
    return f"{' and '.join(inside)} only"


def rules(found: Compared) -> None:
    """What each audience's rule says, and of two of them how they differ, line by line."""
    with look.panel("Their rules"):
        for at, (name, words) in enumerate(zip(found.names, found.words, strict=True)):
            with box():
                text("p", f"{LETTERS[at]} {name}", "strong")
                text("p", words, "rule-words")
        if len(found.names) == 2:
            text("p", f"From {found.names[0]} to {found.names[1]}, line by line:", "quiet")
            if found.lines:
                show_lines(found.lines)
            else:
                text("p", "Nothing: they mean the same.", "quiet")


def _part(n: int | None, whole: int | None) -> str:
    return look.DASH if n is None or not whole else f"{min(1.0, n / whole):.1%}"


def _picture(found: Compared) -> str:
    """Draw the circles, of nothing but counts that may be seen; what is too few to show is drawn as half the floor.

    Gives in words what they have no area for.
    """
    few = (found.least or 0) / 2
    sizes = [float(few if row[at] is None else row[at] or 0) for at, row in enumerate(found.both)]
    shared = {}
    for one in range(len(sizes)):
        for other in range(one + 1, len(sizes)):
            n = found.both[one][other]
            shared[one, other] = min(float(few if n is None else n), sizes[one], sizes[other])
    told = {each.inside: look.people(each.n, found.least) for each in found.regions}
    told = {inside: said for inside, said in told.items() if said != "0"}
    label = "; ".join(
        f"{told_of(each, found.names)}: {look.people(each.n, found.least)}" for each in found.regions
    )
    circles = euler.circles(sizes, shared)
    look.drawn(euler.picture(circles, told, label))
    without = euler.without_area(circles, told)
    return "; ".join(
        f"{told_of(each, found.names)}, {told[each.inside]}"
        for each in found.regions
        if each.inside in without
    )
