"""What may be done for somebody who asks: who they are to us, and each request with what it would do, before it is done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from nicegui import ui
from nicegui.element import Element

from headwater.console.drawn import look
from headwater.console.drawn.doing import confirm, place, say, trying
from headwater.console.drawn.fields import chosen, ticked, typed
from headwater.console.drawn.look import box, text
from headwater.console.drawn.page import View
from headwater.console.people.whom import ABOUT, About, Who
from headwater.console.privacy.answers import show_export, show_left, show_objected, show_receipt
from headwater.console.privacy.case import Case, asked_first, card
from headwater.console.privacy.correction_card import correction
from headwater.console.privacy.frame import ASKS, counted, rows_in
from headwater.console.privacy.known_panel import known
from headwater.console.privacy.requests import (
    ERASE,
    EXPORT,
    FORESEE,
    LIFT,
    NOTE,
    OBJECT,
    OPT_OUT,
    RESTRICT,
    STATED,
    UNRESTRICT,
    VERIFY,
    Stated,
)
from headwater.console.works.under_way import LOOK_SECONDS
from headwater.console.works.work import Work
from headwater.console.works.works import works_of
from headwater.privacy.receipt import Receipt
from headwater.privacy.requests import Asks

_LAWS = {"gdpr": "GDPR (30 days)", "ccpa": "CCPA (45 days)"}


@dataclass(frozen=True)
class Asked:
    """Somebody for whom something is asked, and what can be corrected of them."""

    who: Who
    about: About
    stated: tuple[Stated, ...] = ()


async def asked_about(view: View, who: Who) -> Asked:
    """All that must be known before what they may ask for is drawn."""
    about = await view.ask(ABOUT, who)
    return Asked(who, about, await view.ask(STATED, who) if len(about.profiles) == 1 else ())


def person_requests(view: View, asked: Asked, look_again: Callable[[], None]) -> None:
    """Draw it; once they are erased, nothing of it is there any more."""
    erasures: list[Work[Receipt]] = []
    with box("whole") as held:
        _person_requests(view, asked, look_again, erasures)

    def take_away() -> None:
        if any(each.is_over and each.error is None for each in erasures):
            timer.cancel()
            held.clear()

    timer = ui.timer(LOOK_SECONDS, take_away)


def _person_requests(
    view: View, asked: Asked, look_again: Callable[[], None], erasures: list[Work[Receipt]]
) -> None:
    who, about, stated = asked.who, asked.about, asked.stated
    known(about)
    with look.panel("Answer a request", "each says first what it will do"):
        with box("row fields"):
            law = chosen("Under which law", _LAWS)
            received = typed("Received on (UTC); today, if empty", kind="date")
        case = Case(view, who, law, received, look_again)
        with box("cards"):
            _export(case)
            _erase(case, erasures)
            _restriction(case, about)
            _opt_out(case)
            _objection(case, about)
            if len(about.profiles) == 1:
                correction(case, stated)
            if about.n_suppressed:
                _lift(case, about)
            _note(case)
            _verify(case)


def _export(case: Case) -> None:
    async def export(held: Element) -> None:
        asking = case.asking
        held.clear()
        case.begin("Export", show_export, EXPORT, asking)

    card(
        "Export",
        "Everything that is held, as a page to read, JSON and CSV. Notes the request and answers it; nothing is changed.",
        "Export",
        export,
    )


def _erase(case: Case, erasures: list[Work[Receipt]]) -> None:
    async def foresee(held: Element) -> None:
        asking = case.asking
        found = await works_of(case.view.desk).ask(case.view.session, FORESEE, asking)
        told = (
            f"{counted(found.n_profiles, 'profile')} with {counted(found.n_identifiers, 'identifier')} and "
            f"{sum(found.rows.values()):,} rows and entries: erased for good, and kept out from now on. This cannot be undone."
        )

        def erase() -> None:
            held.clear()
            erasures.append(case.begin("Erasure", show_receipt, ERASE, asking))

        confirm(held, told, "Erase for good", erase)
        with held:
            rows_in("Would be erased", found.rows)

    card(
        "Erase",
        "From every table, log, file and live profile; destinations are told. First you see what is held.",
        "See what would be erased …",
        foresee,
    )


def _restriction(case: Case, about: About) -> None:
    if about.is_restricted:
        asked_first(
            case,
            ("Let be used again", "What they agreed to or refused counts as before."),
            f"{counted(len(about.profiles), 'profile')} may be used again, as far as they agree.",
            "Unrestriction",
            UNRESTRICT,
        )
        return
    asked_first(
        case,
        (
            "Restrict",
            "Everything is kept, and nothing of it used, for no purpose, until they are let be used again.",
        ),
        f"{counted(len(about.profiles), 'profile')} will be used for nothing any more; destinations are told to remove them "
        "at the next delivery. It can be taken back.",
        "Restriction",
        RESTRICT,
    )


def _opt_out(case: Case) -> None:
    asked_first(
        case,
        ("Opt out", "All purposes that are sale or sharing are denied (CCPA)."),
        "Every purpose that is sale or sharing is denied for them.",
        "Opt-out",
        OPT_OUT,
    )


def _objection(case: Case, about: About) -> None:
    with box("card", "section"):
        text("h3", "Object", "strong")
        text(
            "p",
            "They are not used for a purpose any more, at once; of consent, it is taken back.",
            "quiet small",
        )
        ticks = ticked(
            "For these purposes; none chosen: for all that do not ask for consent",
            {each.purpose: each.purpose for each in about.purposes},
        )
        row, held = box("row"), place()

        async def ask() -> None:
            asking, purposes = case.asking, tuple(sorted(ticks.chosen))
            told = ", ".join(purposes) or "all purposes that do not ask for consent"

            def begin() -> None:
                held.clear()
                case.begin("Objection", show_objected, OBJECT, asking, purposes)

            confirm(held, f"They are not used any more for {told}.", "Object", begin, is_grave=False)

        with row:
            look.button("Object …", trying(held, ask))


def _lift(case: Case, about: About) -> None:
    async def ask(held: Element) -> None:
        asking = case.asking
        told = (
            f"{counted(about.n_suppressed, 'identifier')} that had been erased may be taken in again, "
            "from whatever comes from now on."
        )

        async def lift() -> None:
            n = await works_of(case.view.desk).ask(case.view.session, LIFT, asking)
            say(held, f"{counted(n, 'identifier')} let in again. What was erased stays erased.")

        confirm(held, told, "Let in again", trying(held, lift), is_grave=False)

    card("Let in again", "Somebody who was erased comes back, and wants to be known.", "Let in again …", ask)


def _note(case: Case) -> None:
    with box("card", "section"):
        text("h3", "Note for later", "strong")
        text(
            "p",
            "Its deadline begins to run; the same request about the same person answers it.",
            "quiet small",
        )
        later = {each.value: ASKS[each.value] for each in Asks if each is not Asks.ERASE}
        with box("row fields"):
            asks = chosen("What is asked for", later)
        row, held = box("row"), place()

        async def note() -> None:
            found = await works_of(case.view.desk).ask(case.view.session, NOTE, case.asking, Asks(asks.value))
            held.clear()
            with held:
                text("p", f"Noted. It is due on {look.day(found.due_at)}.", "good")
                look.link("Request", f"/privacy/requests/{found.request_id}", "strong")

        with row:
            look.button("Note it", trying(held, note))


def _verify(case: Case) -> None:
    async def verify(held: Element) -> None:
        found = await works_of(case.view.desk).ask(case.view.session, VERIFY, case.asking)
        held.clear()
        with held:
            show_left(found)

    card(
        "Verify",
        "Look for them everywhere: tables, logs, live profiles, what was sent, files. After an erasure there is nothing.",
        "Look for them",
        verify,
    )
