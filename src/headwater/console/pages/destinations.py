"""Destinations: where audiences go, how that fares, and which kinds of places there are."""

from __future__ import annotations

from headwater.access.roles import Action
from headwater.console.destinations.file import FORM, Form
from headwater.console.destinations.questions import DESTINATIONS, Declared, Destinations, Kind
from headwater.console.destinations.setting_up import kind_facts, may_set_up, set_up
from headwater.console.drawn import look
from headwater.console.drawn.look import Cell, Column, box, text
from headwater.console.drawn.page import Page, View
from headwater.console.drawn.words import ENDINGS, TONES, limits

_COLUMNS = (
    Column("Destination"),
    Column("State"),
    Column("Audiences", is_number=True),
    Column("Last sync", is_minor=True),
    Column("Added", is_number=True, is_minor=True),
    Column("Removed", is_number=True, is_minor=True),
    Column("Refused", is_number=True, is_minor=True),
    Column("Taken", is_number=True, is_minor=True),
)


async def show(view: View) -> None:
    """Draw it."""
    found = await view.ask(DESTINATIONS)
    kind = kind_facts(found.kinds, view.query.get("new", "")) if may_set_up(view) else None
    form = None if kind is None else await _form(view, kind)
    lede = "Where audiences go. Nobody is sent who did not agree to the purpose of the place."
    with look.page("Destinations", lede):
        for each in found.problems[:5]:
            look.refusal(each)
        if kind is not None and form is not None:
            with look.panel(f"A new destination: {_spoken(kind.name)}", kind.description):
                set_up(view, form, kind)
        _declared(found)
        _catalogue(view, found)


async def _form(view: View, kind: Kind) -> Form:
    return await view.ask(FORM, "", kind.name)


def _declared(found: Destinations) -> None:
    with look.panel("Declared in this project"):
        if not found.declared:
            look.empty(
                "Audiences go nowhere yet",
                "Set a destination up below: choose its kind, what people must have agreed to, and which audiences go there.",
            )
            return
        look.table("Destinations", _COLUMNS, [_row(each, found) for each in found.declared])
        text(
            "p",
            "Added, removed, refused, taken: of the last sync, which was of the audience named with it.",
            "quiet small",
        )


def _row(each: Declared, found: Destinations) -> tuple[Cell, ...]:
    last = each.last
    status = ENDINGS[each.status] if each.status else "nothing sent yet"
    return (
        Cell(
            each.name,
            f"/destinations/{each.name}",
            below=f"{each.description or _spoken(each.kind)}, for {each.purpose}",
        ),
        Cell(status, tone=TONES[each.status] if each.status else "quiet"),
        Cell("all" if each.audiences is None else f"{len(each.audiences):,}"),
        Cell(look.ago(last.started_at, found.now) if last else "never", below=last.audience if last else ""),
        Cell(look.people(last.n_added, found.least) if last else look.DASH),
        Cell(look.people(last.n_removed, found.least) if last else look.DASH),
        Cell(look.people(last.n_refused, found.least) if last else look.DASH),
        Cell(f"{last.share_taken:.1%}" if last and last.share_taken is not None else look.DASH),
    )


def _catalogue(view: View, found: Destinations) -> None:
    text("h2", "Kinds of destination")
    with box("grid"):
        for kind in found.kinds:
            with look.panel(_spoken(kind.name), limits(kind.most_rows, kind.most_bytes)):
                text("p", kind.description)
                _facts(kind)
                with box("row"):
                    if may_set_up(view):
                        look.link("Set one up", f"/destinations?new={kind.name}", "button primary")
                    for each in kind.used_by:
                        look.link(each, f"/destinations/{each}")


def _facts(kind: Kind) -> None:
    """What it asks for and takes, from its own declaration."""
    takes = "; ".join(f"{kinds} ({forms.replace('_', ' ')})" for _, kinds, forms in kind.identifiers)
    repeats = "counts once" if kind.is_idempotent else "may count twice"
    rows = [
        (Cell("Identifiers"), Cell(takes)),
        (Cell("Labels it takes"), Cell(", ".join(kind.accepts) or "none")),
        (Cell("and may, if a project says so"), Cell(", ".join(kind.may_accept) or "none")),
        (Cell("The same batch sent twice"), Cell(repeats)),
    ]
    look.table(f"What a {kind.name} takes", (Column(""), Column("")), rows)
    with box("figures", "details"):
        text("summary", f"{len(kind.fields)} settings", "quiet small")
        fields = [
            (Cell(each.name, below="needed" if each.is_required else each.default), Cell(each.meaning))
            for each in kind.fields
        ]
        look.table(f"Settings of a {kind.name}", (Column("Setting"), Column("Meaning")), fields)


def _spoken(name: str) -> str:
    return name.replace("_", " ").capitalize()


PAGE = Page("/destinations", "Destinations", "Destinations", Action.SEE_COUNTS, show)
