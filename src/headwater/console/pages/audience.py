"""One audience: its rule in words, how it moves, what each condition leaves, whom it shares people with, who is in it."""

from __future__ import annotations

from headwater.access.roles import Action
from headwater.audiences.versions import Ahead
from headwater.console.audiences import pictures
from headwater.console.audiences.compared_panels import address_of
from headwater.console.audiences.frame import OVERVIEW, audience_page
from headwater.console.audiences.people_panels import sample, why
from headwater.console.audiences.terms_panel import said_of
from headwater.console.audiences.whole import AUDIENCE, Whole
from headwater.console.drawn import look
from headwater.console.drawn.look import Cell, Column, box, text, with_attributes
from headwater.console.drawn.page import Page, View
from headwater.console.people.questions import KINDS
from headwater.console.project.ahead import AHEAD


async def show(view: View, name: str) -> None:
    """Draw it."""
    whole, kinds = await view.ask(AUDIENCE, name), await view.ask(KINDS)
    ahead = await view.ask(AHEAD, (name,))
    asked = _number(view.query.get("explain", ""))
    said = whole.listed.description
    with audience_page(view, name, OVERVIEW, said, ahead=ahead, counted_at=whole.counted_at):
        if asked and view.may(Action.SEE_PEOPLE):  # who comes for an answer sees it first
            await why(view, name, kinds, asked)
        _figures(whole, is_counted=ahead.get(name) is not Ahead.NEW)
        with look.panel("Who is in it", "the rule in plain words"):
            text("p", whole.words, "rule-words")
        with box("grid"):
            _parts(whole)
            _history(whole)
            _moves(whole)
            _overlaps(whole)
            if view.may(Action.SEE_PEOPLE):
                if not asked:
                    await why(view, name, kinds)
                sample(view, name)
            _place(whole)
            _source(whole)


def _number(said: str) -> str:
    """The number of a profile that stands in an address; what is none is left out."""
    return said if said.isascii() and said.isdecimal() else ""


def _figures(whole: Whole, *, is_counted: bool) -> None:
    listed = whole.listed
    with box("figures-row"):
        share = look.DASH if listed.share is None else f"{listed.share:.1%} of all profiles"
        if is_counted:
            look.figure("Size", look.people(listed.size, whole.least), share, listed.trend)
        else:
            look.figure("Size", look.DASH, "not counted yet")
        look.figure("Changed", look.ago(listed.changed_at, whole.now), "last refresh that changed it")
        sent_to = ", ".join(listed.destinations) or "nowhere"
        look.figure("Sent to", f"{len(listed.destinations)}", sent_to)
        look.figure(
            "Labels",
            f"{len(listed.labels)}",
            ", ".join(listed.labels) or "carries nothing that calls for care",
        )


def _parts(whole: Whole) -> None:
    title, note = (
        ("What each condition leaves", "one after the other")
        if whole.is_narrowing
        else ("Each way in", "by itself")
    )
    with look.panel(title, note):
        look.bars([(each.words, each.n, each.share) for each in whole.parts], whole.least)


def _history(whole: Whole) -> None:
    with look.panel("Size over time", "after each refresh that changed it"):
        trend = whole.listed.trend
        if whole.least is not None:
            text("p", "Your role sees sizes that are not exact, and so not how they move.", "quiet")
        elif len(trend) < 2:
            look.empty("One size so far", "A line is drawn from the second refresh on.", "headwater run")
        else:
            look.chart(f"Size of {whole.listed.name}", trend, "people")


def _moves(whole: Whole) -> None:
    if not whole.moves:
        return
    with look.panel("Who came and went", "up: came in, down: left; since the first run"), box("chart"):
        found = pictures.by_day(whole.moves)
        look.drawn(pictures.moves(found, f"People of {whole.listed.name}"))
        with box("chart-axis quiet small"):
            for each in (found[0], found[-1]):
                text("span", look.day(each.at))
        with box("figures", "details"):
            text("summary", "Figures", "quiet small")
            rows = [
                (Cell(look.moment(each.at)), Cell(f"{each.n_entered:,}"), Cell(f"{each.n_left:,}"))
                for each in reversed(found)
            ]
            columns = (
                Column("When (UTC)"),
                Column("Came in", is_number=True),
                Column("Left", is_number=True),
            )
            look.table("Who came and went", columns, rows)


def _overlaps(whole: Whole) -> None:
    with look.panel("Shares people with", "as last refreshed"):
        if not whole.overlaps:
            text("p", "There is no other audience.", "quiet")
            return
        rows = [
            (
                Cell(each.name, f"/audiences/{each.name}"),
                Cell(look.people(each.both, whole.least), address_of((whole.listed.name, each.name))),
                Cell(look.DASH if each.both is None else f"{each.share:.0%}"),
            )
            for each in whole.overlaps
        ]
        columns = (
            Column("Audience"),
            Column("In both", is_number=True),
            Column("Of this one", is_number=True),
        )
        look.table("Audiences that share people", columns, rows)
        nearest = [each.name for each in whole.overlaps[:2]]
        with box("row"):
            look.link("Compare it with others", address_of((whole.listed.name, *nearest)), "button")


def _place(whole: Whole) -> None:
    with look.panel("Where it stands"):
        rows = [
            ("Purpose", whole.listed.purpose or "as each destination says"),
            (
                "Used by",
                ", ".join(f"{each.what} {each.name}" for each in whole.used_by) or "nothing that names it",
            ),
            *((("On what terms", _terms(whole)),) if whole.terms else ()),
            *(("Label", each) for each in whole.because),
        ]
        look.table(
            "Where it stands", (Column(""), Column("")), [(Cell(name), Cell(said)) for name, said in rows]
        )


def _terms(whole: Whole) -> str:
    now = "" if whole.terms.is_scheduled else ": destinations are not told of it now"
    return f"{said_of(whole.terms)}{now}"


def _source(whole: Whole) -> None:
    with look.panel("YAML", whole.file):
        with_attributes(
            text("pre", whole.source, "source"), tabindex="0", role="region", aria_label="YAML source"
        )


PAGE = Page("/audiences/{name}", "Audience", "Audiences", Action.SEE_COUNTS, show)
