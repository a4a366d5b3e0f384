"""One source: its runs, what becomes of its columns, what it refused and why, and its file."""

from __future__ import annotations

from functools import partial
from urllib.parse import quote

from nicegui import ui
from nicegui.element import Element

from headwater.access.roles import Action
from headwater.console.drawn import look
from headwater.console.drawn.doing import place, say, told_in
from headwater.console.drawn.look import Cell, Column, box, text, with_attributes
from headwater.console.drawn.page import Page, View
from headwater.console.sources.frame import SECTION
from headwater.console.sources.one_source import LOOK, N_RUNS, SOURCE, OneSource
from headwater.console.works.works import works_of

N_GROUPS = 8


async def show(view: View, name: str) -> None:
    """Draw it."""
    one = await view.ask(SOURCE, name)
    ui.page_title(f"{name} · {view.project}")
    with look.page(name, one.listed.description, above=("Sources", "/sources")):
        for each in one.listed.problems:
            look.refusal(each, "Mend the file; until then it is not read.")
        _figures(one)
        _runs(one)
        with box("grid"):
            _refused(one)
            _mapping(one)
            _facts(one)
            if one.listed.kind and not one.listed.is_live:
                _look(view, name)
            _file(one)


def _figures(one: OneSource) -> None:
    listed = one.listed
    with box("figures-row"):
        words, _ = listed.status
        look.figure("State", words.capitalize(), listed.kind.replace("_", " ") or "nothing declares it")
        look.figure("Taken", f"{listed.n_accepted:,}", f"of {listed.n_received:,} that came")
        look.figure("Rejected", f"{listed.n_rejected:,}", f"{listed.last_rejected:,} of them in the last run")
        trend = [(each.loaded_at, float(each.n_received)) for each in reversed(one.runs)]
        look.figure("Last run", look.ago(listed.loaded_at), f"{listed.last_received:,} rows or events", trend)


def _runs(one: OneSource) -> None:
    with look.panel("Runs", f"the newest {N_RUNS}" if len(one.runs) == N_RUNS else "newest first"):
        if not one.runs:
            if one.listed.is_live:
                look.empty("Nothing came yet", "Events come in while it is served.", "headwater serve")
            else:
                look.empty("It was not read yet", "The next run reads what is there.", "headwater run")
            return
        columns = (
            Column("When (UTC)"),
            Column("What", is_minor=True),
            Column("Received", is_number=True),
            Column("Taken", is_number=True),
            Column("Rejected", is_number=True),
        )
        rows = [
            (
                Cell(look.moment(each.loaded_at)),
                Cell(each.object if each.n_objects == 1 else f"{each.n_objects:,} files or stretches"),
                Cell(f"{each.n_received:,}"),
                Cell(f"{each.n_accepted:,}"),
                Cell(f"{each.n_rejected:,}", tone="warn" if each.n_rejected else ""),
            )
            for each in one.runs
        ]
        look.table("Runs", columns, rows)


def _refused(one: OneSource) -> None:
    with look.panel("Rejected, and why", "ever, of what is kept"):
        if not one.refused:
            text("p", "Nothing was rejected.", "quiet")
            return
        rows = [
            (Cell(each.reason.replace("_", " "), below=each.detail), Cell(f"{each.n:,}"))
            for each in one.refused[:N_GROUPS]
        ]
        look.table("Rejected, and why", (Column("Why"), Column("Rows", is_number=True)), rows)
        with box("row"):
            look.link(
                "Look at them, and repair", f"/events/rejected?source={quote(one.listed.name)}", "button"
            )


def _mapping(one: OneSource) -> None:
    if not one.mapped:
        return
    with look.panel("What becomes of its columns"):
        rows = [
            (
                Cell(each.column),
                Cell(each.name, below=each.what),
                Cell(tags=each.labels) if each.labels else Cell(look.DASH),
            )
            for each in one.mapped
        ]
        look.table("Mapping", (Column("Column"), Column("Becomes"), Column("Labels", is_minor=True)), rows)


def _facts(one: OneSource) -> None:
    if not one.facts:
        return
    with look.panel("How it is treated"):
        rows = [(Cell(name), Cell(said)) for name, said in one.facts]
        look.table("How it is treated", (Column("What"), Column("How")), rows)


def _look(view: View, name: str) -> None:
    with look.panel("Check", "what a run would find, without reading rows"):
        held = place()
        with box("row"):
            look.button("Check now", partial(_check, view, name, held))


async def _check(view: View, name: str, held: Element) -> None:
    with told_in(held):
        found = await works_of(view.desk).ask(view.session, LOOK, name)
        if not found:
            say(held, "It is there, can be read, and has every column that its file names.")
            return
        held.clear()
        with held:
            for each in found:
                look.refusal(each)


def _file(one: OneSource) -> None:
    if not one.text:
        return
    with look.panel("Its file", one.file):
        source = text("pre", one.text, "source")
        with_attributes(source, tabindex="0", role="region", aria_label="YAML source")


PAGE = Page("/sources/{name}", "Source", SECTION, Action.SEE_COUNTS, show)
