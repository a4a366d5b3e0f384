"""One destination: how it fares, what would be sent, what was, what went wrong, what it holds; and how it is set up."""

from __future__ import annotations

from functools import partial

from nicegui import ui
from nicegui.element import Element

from headwater.access.roles import Action
from headwater.activate.records import Ending
from headwater.console import look
from headwater.console.destinations import DESTINATION, WRONG, OneDestination, Sync
from headwater.console.doing import confirm, place, told_in
from headwater.console.look import Cell, Column, box, text, with_attributes
from headwater.console.page import Page, View
from headwater.console.questions import RefusedError, SignedOutError
from headwater.console.sending import CHECK, DELIVER, FORM, PLAN, Checked, Planned
from headwater.console.setting_up import choose_audiences, may_set_up, set_up
from headwater.console.words import ENDINGS, TONES, limits, reasons
from headwater.console.works import Work, begin, under_way
from headwater.core.errors import HeadwaterError

LOOK_SECONDS = 0.5


async def show(view: View, name: str) -> None:
    """Draw it."""
    one = await view.ask(DESTINATION, name)
    ui.page_title(f"{name} · {view.project}")
    with look.page(name, one.declared.description, above=("Destinations", "/destinations")):
        _figures(one)
        _now(view, one)
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


def _now(view: View, one: OneDestination) -> None:
    name = one.declared.name
    with look.panel("What would be sent now", "a dry run: nothing is sent"):
        row = box("row")
        held = place()
        with row:
            look.button("Dry run", partial(_dry_run, view, one, held))
            if view.may(Action.SEND):
                look.button("Deliver now …", partial(_ask_to_deliver, view, one, held), "primary")
        work = under_way(_key(view, name))
        if work is not None and not work.is_over:
            _follow(work, held)


async def _dry_run(view: View, one: OneDestination, held: Element) -> None:
    with told_in(held):
        planned = await view.ask(PLAN, one.declared.name)
        held.clear()
        with held:
            _planned(planned, one.least)


def _planned(planned: tuple[Planned, ...], least: int | None) -> None:
    if not planned:
        look.empty("No audience goes there", "Choose some below, under “Set up”.")
        return
    columns = (
        Column("Audience"),
        Column("To add", is_number=True),
        Column("To remove", is_number=True),
        Column("Requests", is_number=True, is_minor=True),
    )
    rows = [
        (
            Cell(each.audience, f"/audiences/{each.audience}", below=each.problem or _left_out(each, least)),
            Cell(look.people(each.n_added, least)),
            Cell(look.people(each.n_removed, least)),
            Cell(f"{each.n_requests:,}"),
        )
        for each in planned
    ]
    look.table("What would be sent now", columns, rows)


def _left_out(each: Planned, least: int | None) -> str:
    return f"left out: {told}" if (told := reasons(each.left_out, least)) else ""


async def _ask_to_deliver(view: View, one: OneDestination, held: Element) -> None:
    """In numbers first: what a dry run says is what is asked for."""
    name = one.declared.name
    with told_in(held):
        planned = await view.ask(PLAN, name)
        n_requests = sum(each.n_requests for each in planned)
        if not n_requests:
            held.clear()
            with held:
                text("p", f"{name} holds what it should: there is nothing to send.", "said good")
                _planned(planned, one.least)
            return
        said = f"Deliver to {name}: {_in_numbers(planned, one.least)}. What is sent can be taken back, not unseen."
        confirm(held, said, "Deliver now", partial(_deliver, view, name, held))


def _in_numbers(planned: tuple[Planned, ...], least: int | None) -> str:
    moving = [each for each in planned if each.n_requests]
    told = [
        f"{look.people(each.n_added, least)} to add and {look.people(each.n_removed, least)} to remove of {each.audience}"
        for each in moving
    ]
    return "; ".join(told[:6]) + (f"; {len(told) - 6} audiences more" if len(told) > 6 else "")


def _deliver(view: View, name: str, held: Element) -> None:
    _follow(begin(_key(view, name), view.desk, view.session, DELIVER, name), held)


def _key(view: View, name: str) -> tuple[str, str, str]:
    return ("deliver", str(view.desk.root), name)


def _follow(work: Work, held: Element) -> None:
    """Show how far it is until it is over; whoever leaves the page finds it here again."""
    told: list[object] = []

    def look_again() -> None:
        state = [work.is_over, *((each.title, each.said, each.rows) for each in work.steps)]
        if state != told:
            told[:] = state
            held.clear()
            with held:
                _progress(work)
        if work.is_over:
            timer.cancel()

    with held:
        text("p", "Begun …", "quiet")
    timer = ui.timer(LOOK_SECONDS, look_again)


def _progress(work: Work) -> None:
    if work.is_over:
        _came_of_it(work)
    else:
        text("p", "Under way. You can leave this page: it goes on.", "said")
    if work.steps:
        rows = [(Cell(each.title), Cell(each.said or "under way")) for each in work.steps]
        look.table("Steps", (Column("Step"), Column("")), rows)


def _came_of_it(work: Work) -> None:
    error = work.error
    if isinstance(error, HeadwaterError):
        look.problem(error)
    elif isinstance(error, (RefusedError, SignedOutError)):
        look.refusal("Your role does not send to destinations, or your session has ended.")
    elif error is not None:
        look.refusal(
            "Something went wrong that must not.", "Look at what `headwater serve` said, and report it."
        )
    else:
        wrong = [each for each in work.value if each.ending in WRONG]
        n_good = len(work.value) - len(wrong)
        text(
            "p",
            f"Done: {n_good} of {len(work.value)} audiences are up to date there.",
            "said good" if not wrong else "said warn",
        )
        for each in wrong:
            look.refusal(f"{each.audience}: {ENDINGS[each.ending]}", each.detail)
        look.button("Show what was sent", ui.navigate.reload)


def _syncs(one: OneDestination) -> None:
    with look.panel("Syncs", f"the last {len(one.syncs)} of {one.n_syncs:,}" if one.syncs else ""):
        if not one.syncs:
            look.empty("Nothing was sent yet", "The next full run sends who is to be there.", "headwater run")
            return
        columns = (
            Column("Audience"),
            Column("State"),
            Column("Added", is_number=True),
            Column("Removed", is_number=True),
            Column("Refused", is_number=True, is_minor=True),
            Column("Taken", is_number=True, is_minor=True),
            Column("When (UTC)", is_minor=True),
        )
        look.table("Syncs", columns, [_sync(each, one.least) for each in one.syncs])


def _sync(each: Sync, least: int | None) -> tuple[Cell, ...]:
    left_out = reasons(each.left_out, least)
    return (
        Cell(each.audience, f"/audiences/{each.audience}", below=f"left out: {left_out}" if left_out else ""),
        Cell(ENDINGS[each.status], tone=f"{TONES[each.status]} word"),
        Cell(look.people(each.n_added, least)),
        Cell(look.people(each.n_removed, least)),
        Cell(look.people(each.n_refused, least)),
        Cell(look.DASH if each.share_taken is None else f"{each.share_taken:.1%}"),
        Cell(look.moment(each.started_at)),
    )


def _dead_letters(one: OneDestination) -> None:
    """What did not arrive, and why, in the destination's own words."""
    failed = [each for each in one.syncs if each.status in WRONG or each.refused]
    with look.panel("What did not arrive", "and why"):
        wrong = [each for each in one.unsent if each.status in WRONG]
        if not failed and not wrong:
            text("p", "Everything that was sent was taken.", "quiet")
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
