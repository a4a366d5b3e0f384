"""One audience: its rule in plain words, its size over time, what each condition leaves, whom it shares people with, its file."""

from __future__ import annotations

from nicegui import ui
from nicegui.element import Element

from headwater.access.roles import Action
from headwater.console.audiences.questions import AUDIENCE, WHY, Reason, Whole
from headwater.console.desk.question import RefusedError
from headwater.console.drawn import look
from headwater.console.drawn.look import Cell, Column, box, text, with_attributes
from headwater.console.drawn.page import Page, View
from headwater.core.errors import HeadwaterError


async def show(view: View, name: str) -> None:
    """Draw it."""
    whole = await view.ask(AUDIENCE, name)
    ui.page_title(f"{name} · {view.project}")
    with look.page(name, whole.listed.description, above=("Audiences", "/audiences")):
        if view.may(Action.CHANGE_AUDIENCES):
            with box("row"):
                look.link("Change", f"/audiences/{name}/edit", "button")
        _figures(whole)
        with look.panel("Who is in it", "the rule in plain words"):
            text("p", whole.words, "rule-words")
        with box("grid"):
            _parts(whole)
            _history(whole)
            _overlaps(whole)
            if view.may(Action.SEE_PEOPLE):
                _why(view, name)
            _place(whole)
            _source(whole)


def _figures(whole: Whole) -> None:
    listed = whole.listed
    with box("figures-row"):
        share = look.DASH if listed.share is None else f"{listed.share:.1%} of all profiles"
        look.figure("Size", look.people(listed.size, whole.least), share, listed.trend)
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


def _overlaps(whole: Whole) -> None:
    with look.panel("Shares people with", "as last refreshed"):
        if not whole.overlaps:
            text("p", "There is no other audience.", "quiet")
            return
        rows = [
            (
                Cell(each.name, f"/audiences/{each.name}"),
                Cell(look.people(each.both, whole.least)),
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


def _place(whole: Whole) -> None:
    with look.panel("Where it stands"):
        rows = [
            ("Purpose", whole.listed.purpose or "as each destination says"),
            ("Referred to by", ", ".join(whole.referred_by) or "no other audience"),
            *(("Label", each) for each in whole.because),
        ]
        look.table(
            "Where it stands", (Column(""), Column("")), [(Cell(name), Cell(said)) for name, said in rows]
        )


def _source(whole: Whole) -> None:
    with look.panel("YAML", whole.file):
        with_attributes(
            text("pre", whole.source, "source"), tabindex="0", role="region", aria_label="YAML source"
        )


def _why(view: View, name: str) -> None:
    with look.panel("Why is somebody in it, or not?", "looking is recorded"):
        with box("row"):
            typed = ui.input(placeholder="email=ann@example.org").props("outlined dense").classes("grow")
            typed.props["aria-label"] = "A person, as kind=value"

            async def explain() -> None:
                await _explain(view, name, str(typed.value or ""), held)

            look.button("Explain", explain)
            typed.on("keydown.enter", explain)
        held = with_attributes(box(), aria_live="polite")


async def _explain(view: View, name: str, identifier: str, held: Element) -> None:
    try:
        reason = await view.ask(WHY, name, identifier)
    except HeadwaterError as error:
        held.clear()
        with held:
            look.problem(error)
        return
    except RefusedError:
        held.clear()
        with held:
            look.refusal("Your role may not look at single people.")
        return
    held.clear()
    with held, box("reasons", "ul"):
        _reason(reason)


def _reason(reason: Reason) -> None:
    with box("", "li"):
        look.tag("yes" if reason.passed else "no", "good" if reason.passed else "bad")
        text("span", f" {reason.words}")
        if reason.seen:
            text("span", f" ({reason.seen})", "quiet")
        if reason.lacks:
            text("span", f" {reason.lacks}", "warn")
        if reason.parts:
            with box("reasons", "ul"):
                for each in reason.parts:
                    _reason(each)


PAGE = Page("/audiences/{name}", "Audience", "Audiences", Action.SEE_COUNTS, show)
