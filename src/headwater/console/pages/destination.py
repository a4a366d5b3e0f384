"""One destination: how it fares, what would be sent, what was, what went wrong, what it holds; and how it is set up."""

from __future__ import annotations

from nicegui import ui

from headwater.access.roles import Action
from headwater.activate.records import Ending
from headwater.console.destinations.file import FORM
from headwater.console.destinations.questions import DESTINATION, WRONG, OneDestination, Sync
from headwater.console.destinations.send_now import send_now
from headwater.console.destinations.sending import CHECK, Checked
from headwater.console.destinations.setting_up import choose_audiences, may_set_up, set_up
from headwater.console.drawn import look
from headwater.console.drawn.doing import place, told_in
from headwater.console.drawn.look import Cell, Column, box, text, with_attributes
from headwater.console.drawn.page import Page, View
from headwater.console.drawn.words import ENDINGS, TONES, limits, reasons
from headwater.console.project.ahead import AHEAD, ahead_notice


async def show(view: View, name: str) -> None:
    """Draw it."""
    one = await view.ask(DESTINATION, name)
    takes = one.declared.audiences
    ahead = await view.ask(AHEAD, None if takes is None else tuple(takes))
    ui.page_title(f"{name} · {view.project}")
    with look.page(name, one.declared.description, above=("Destinations", "/destinations")):
        ahead_notice(view, ahead, "whom a delivery is made for")
        _figures(one)
        send_now(view, one)
        _syncs(one)
        with box("grid"):
            _dead_letters(one)
            _ledger(one)
            _mapping(one)
            _check(view, name)
        if may_set_up(view) or view.may(Action.SEND):
            _setting_up(view, one)


def _figures(one: OneDestination) -> None:
    declared = one.declared
    with box("figures-row"):
        status = ENDINGS[declared.status] if declared.status else "nothing sent yet"
        look.figure("State", status.capitalize(), declared.detail[:160])
        n = "all" if declared.audiences is None else f"{len(declared.audiences):,}"
        look.figure("Audiences", n, ", ".join(declared.audiences or ())[:120])
        last = declared.last
        look.figure(
            "Last sync", look.ago(last.started_at if last else None, one.now), f"{one.n_syncs:,} so far"
        )
        look.figure("Purpose", declared.purpose, "what people must have agreed to")


def _syncs(one: OneDestination) -> None:
    with look.panel("Syncs", f"the last {len(one.syncs)} of {one.n_syncs:,}" if one.syncs else ""):
        if not one.syncs:
            look.empty("Nothing was sent yet", "The next full run sends who is to be there.", "headwater run")
            return
        columns = (
            Column("Audience"),
            Column("State, and when (UTC)"),
            Column("Added", is_number=True),
            Column("Removed", is_number=True),
            Column("Refused", is_number=True, is_minor=True),
            Column("Taken", is_number=True, is_minor=True),
        )
        look.table("Syncs", columns, [_sync(each, one.least) for each in one.syncs])
        if one.folder:
            text("p", f"Files are written to {one.folder}/ in the project's folder.", "quiet small")


def _sync(each: Sync, least: int | None) -> tuple[Cell, ...]:
    left_out = reasons(each.left_out, least)
    below = [f"left out: {left_out}"] if left_out else []
    below += [_files(each.files)] if each.files else []
    return (
        Cell(each.audience, f"/audiences/{each.audience}", below="; ".join(below)),
        Cell(ENDINGS[each.status], tone=f"{TONES[each.status]} word", below=look.moment(each.started_at)),
        Cell(look.people(each.n_added, least)),
        Cell(look.people(each.n_removed, least)),
        Cell(look.people(each.n_refused, least)),
        Cell(look.DASH if each.share_taken is None else f"{each.share_taken:.1%}"),
    )


def _files(files: tuple[str, ...]) -> str:
    """The files of a sync, the first by its path.

    >>> _files(("out/a.csv",)), _files(("out/a.csv", "out/b.csv", "out/c.csv"))
    ('file: out/a.csv', 'file: out/a.csv and 2 more')
    """
    return f"file: {files[0]}" + (f" and {len(files) - 1:,} more" if len(files) > 1 else "")


def _dead_letters(one: OneDestination) -> None:
    """What did not arrive, and why, in the destination's own words."""
    failed = [each for each in one.syncs if each.status in WRONG or each.refused]
    with look.panel("What did not arrive", "and why"):
        wrong = [each for each in one.unsent if each.status in WRONG]
        if not failed and not wrong:
            said = "Everything that was sent was taken." if one.syncs else "Nothing was sent yet."
            text("p", said, "quiet")
        for kept in one.unsent:
            if kept.status is Ending.NOTHING:
                text("p", f"{kept.audience}: left out, {reasons(kept.left_out, one.least)}.", "quiet")
        for look_ in wrong:
            look.refusal(f"{look_.audience}: {ENDINGS[look_.status]}", look_.detail)
        for each in failed:
            refused = "; ".join(f"{look.people(n, one.least)}: {why}" for why, n in each.refused)
            said = each.detail if each.status in WRONG else f"refused by name: {refused}"
            with box("entry-row"):
                with box("entry-words"):
                    text("span", each.audience, "strong")
                    text("span", said or look.DASH, "quiet small")
                    text("span", f"{look.moment(each.started_at)} UTC, {each.delivery_id}", "quiet small")
                look.tag(ENDINGS[each.status], TONES[each.status])
        if any(each.status is Ending.UNFINISHED for each in failed):
            text("p", "What goes on is tried again by itself, with the same batches.", "quiet small")


def _ledger(one: OneDestination) -> None:
    with look.panel("What it holds", "identifiers, as the ledger has them"):
        if not one.holds:
            text("p", "Nothing that Headwater sent.", "quiet")
            return
        columns = (
            Column("Audience"),
            Column("Held", is_number=True),
            Column("Unsure", is_number=True, is_minor=True),
            Column("Refused", is_number=True, is_minor=True),
        )
        rows = [
            (
                Cell(each.audience),
                Cell(look.people(each.n_held, one.least)),
                Cell(look.people(each.n_doubtful, one.least)),
                Cell(look.people(each.n_refused, one.least)),
            )
            for each in one.holds
        ]
        look.table("What it holds", columns, rows)
        text("p", "Unsure: sent, without an answer that says whether it arrived.", "quiet small")


def _mapping(one: OneDestination) -> None:
    with look.panel("Mapping", limits(one.rows_a_batch, one.kind.most_bytes)):
        rows = [(Cell(kind), Cell(form.replace("_", " ")), Cell(name)) for kind, form, name in one.mapping]
        look.table("Mapping", (Column("Identifier"), Column("Sent as"), Column("In the field")), rows)
        text(
            "p", f"Labels of audiences that may go there: {', '.join(one.accepts) or 'none'}.", "quiet small"
        )


def _check(view: View, name: str) -> None:
    with look.panel(
        "Could it receive everything?", "a test: the gate and the secrets are asked, nothing is sent"
    ):
        row = box("row")
        held = place()

        async def check() -> None:
            with told_in(held):
                checked = await view.ask(CHECK, name)
                held.clear()
                with held:
                    _checked(checked)

        with row:
            look.button("Check", check)


def _checked(checked: Checked) -> None:
    with box("stack"):
        if checked.missing:
            look.refusal(checked.missing)
        for field in checked.fields:
            if not field.is_accepted:
                look.refusal(
                    f"{field.field} does not go there: {', '.join(field.labels)}", "; ".join(field.because)
                )
        columns = (
            Column("Audience"),
            Column("In it", is_number=True),
            Column("May go there", is_number=True),
        )
        rows = [
            (
                Cell(each.audience, below=each.refusal or _why(each.left_out, checked.least)),
                Cell(look.people(each.n_members, checked.least)),
                Cell(look.people(each.n_permitted, checked.least)),
            )
            for each in checked.audiences
        ]
        look.table("What it could receive", columns, rows)
        text("p", f"Lawful basis: {checked.lawful_basis.replace('_', ' ')}.", "quiet small")


def _why(left_out: tuple[tuple[str, int | None], ...], least: int | None) -> str:
    return f"left out: {told}" if (told := reasons(left_out, least)) else ""


def _setting_up(view: View, one: OneDestination) -> None:
    with look.panel("Set up", one.file):
        held = box()

        async def open_form() -> None:
            with told_in(held):
                form = await view.ask(FORM, one.declared.name, "")
                held.clear()
                with held:
                    (set_up(view, form, one.kind) if may_set_up(view) else choose_audiences(view, form))

        with held, box("row"):
            look.button("Change it" if may_set_up(view) else "Choose its audiences", open_form)
        if one.source:
            with box("figures", "details"):
                text("summary", "YAML", "quiet small")
                source = text("pre", one.source, "source")
                with_attributes(source, tabindex="0", role="region", aria_label="YAML source")


PAGE = Page("/destinations/{name}", "Destination", "Destinations", Action.SEE_COUNTS, show)
