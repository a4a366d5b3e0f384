"""What may be done for somebody who asks: who they are to us, and each request with what it would do, before it is done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any, TypeVar

from nicegui.element import Element

from headwater.api.endpoints.requests import Requested
from headwater.console.desk.question import Question
from headwater.console.drawn import look
from headwater.console.drawn.doing import confirm, trying
from headwater.console.drawn.fields import Field, chosen, ticked, typed
from headwater.console.drawn.look import Cell, Column, box, text, with_attributes
from headwater.console.drawn.page import View
from headwater.console.people.whom import About, Who
from headwater.console.privacy.answers import show_export, show_left, show_objected, show_receipt
from headwater.console.privacy.frame import ASKS, rows_in, state_of
from headwater.console.privacy.requests import (
    ERASE,
    EXPORT,
    FORESEE,
    NOTE,
    OBJECT,
    OPT_OUT,
    RESTRICT,
    UNRESTRICT,
    VERIFY,
    Asking,
)
from headwater.console.works.works import works_of
from headwater.core.errors import UserError
from headwater.privacy.receipt import Answer
from headwater.privacy.requests import Asks, Law

T = TypeVar("T")
MOST_IDENTIFIERS = 20
_TONES = {"granted": "good", "denied": "bad", "restricted": "bad", "suppressed": "bad"}
_LAWS = {"gdpr": "GDPR (30 days)", "ccpa": "CCPA (45 days)"}


@dataclass(frozen=True)
class _Case:
    """Somebody who asks, and what is known of the asking."""

    view: View
    who: Who
    law: Field
    received: Field
    look_again: Callable[[], None]

    @property
    def asking(self) -> Asking:
        """What is asked for whom, as it is written now.

        Raises:
            UserError: the day is none.
        """
        try:
            on = date.fromisoformat(self.received.value) if self.received.value else None
        except ValueError:
            raise UserError("the day is none", next_step="write it like 2026-03-01") from None
        return Asking(self.who, Law(self.law.value), on)

    def begin(self, title: str, shows: Callable[[View, T], None], question: Question[T], *given: Any) -> None:
        """Begin something that takes its time."""
        works_of(self.view.desk).begin(self.view.session, title, shows, question, *given)
        self.look_again()


def person_requests(view: View, who: Who, about: About, look_again: Callable[[], None]) -> None:
    """Draw it."""
    _who(about)
    with look.panel("Answer a request", "each says first what it will do"):
        with box("row fields"):
            law = chosen("Under which law", _LAWS)
            received = typed("Received on (UTC); today, if empty", kind="date")
        case = _Case(view, who, law, received, look_again)
        with box("cards"):
            _export(case)
            _erase(case)
            _restriction(case, about)
            _opt_out(case)
            _objection(case, about)
            _note(case)
            _verify(case)


def _who(about: About) -> None:
    with look.panel("Who they are to us"):
        if about.profiles:
            with box("row"):
                for number in about.profiles[:5]:
                    look.link(f"Profile {number}", f"/profiles/{number}", "strong")
        else:
            text(
                "p", "Nobody here is known by that. It can be kept out all the same, by erasing it.", "quiet"
            )
        with box("tags"):
            for each in about.identifiers[:MOST_IDENTIFIERS]:
                look.tag(f"{each.identifier.replace('_', ' ')} {each.value}")
            if len(about.identifiers) > MOST_IDENTIFIERS:
                look.tag(f"{len(about.identifiers) - MOST_IDENTIFIERS:,} more")
        if about.is_restricted:
            text("p", "Restricted: nothing of them may be used, for no purpose.", "warn")
        if about.n_suppressed:
            text(
                "p",
                f"{about.n_suppressed:,} of these identifiers are kept out since they were erased.",
                "warn",
            )
        if about.profiles and about.purposes:
            rows = [
                (
                    Cell(each.purpose, below=each.description),
                    Cell(each.lawful_basis.replace("_", " ")),
                    Cell(each.standing, tone=_TONES.get(each.standing, "")),
                )
                for each in about.purposes
            ]
            look.table(
                "Purposes", (Column("Purpose"), Column("Basis", is_minor=True), Column("Stands")), rows
            )
        _before(about.requests)


def _before(requests: tuple[Requested, ...]) -> None:
    if not requests:
        text("p", "They asked for nothing before.", "quiet")
        return
    rows = []
    for each in requests:
        state, tone = state_of(each)
        rows.append((Cell(ASKS[each.asks], f"/privacy/requests/{each.request_id}"), Cell(state, tone=tone)))
    look.table("Requests before", (Column("Asked before"), Column("State")), rows)


def _card(title: str, why: str, does: str, press: Callable[[Element], Any]) -> None:
    """One kind of request: what it is, and a button; what that says stands below."""
    with box("card", "section"):
        text("h3", title, "strong")
        text("p", why, "quiet small")
        row, held = box("row"), with_attributes(box("stack"), aria_live="polite")
        with row:
            look.button(does, trying(held, partial(press, held)))


def _export(case: _Case) -> None:
    async def export(held: Element) -> None:
        asking = case.asking
        held.clear()
        case.begin("Export", show_export, EXPORT, asking)

    _card(
        "Export",
        "Everything that is held, as a page to read, JSON and CSV. Notes the request and answers it; nothing is changed.",
        "Export",
        export,
    )


def _erase(case: _Case) -> None:
    async def foresee(held: Element) -> None:
        asking = case.asking
        found = await works_of(case.view.desk).ask(case.view.session, FORESEE, asking)
        told = (
            f"{found.n_profiles:,} profiles with {found.n_identifiers:,} identifiers are erased for good, "
            f"{sum(found.rows.values()):,} rows and entries, and kept out from now on. This cannot be undone."
        )

        def erase() -> None:
            held.clear()
            case.begin("Erasure", show_receipt, ERASE, asking)

        confirm(held, told, "Erase for good", erase)
        with held:
            rows_in("Would be erased", found.rows)

    _card(
        "Erase",
        "From every table, log, file and live profile; destinations are told. First you see what is held.",
        "See what would be erased …",
        foresee,
    )


def _restriction(case: _Case, about: About) -> None:
    if about.is_restricted:
        _asked_first(
            case,
            ("Let be used again", "What they agreed to or refused counts as before."),
            f"{len(about.profiles):,} profiles may be used again, as far as they agree.",
            "Unrestriction",
            UNRESTRICT,
        )
        return
    _asked_first(
        case,
        (
            "Restrict",
            "Everything is kept, and nothing of it used, for no purpose, until they are let be used again.",
        ),
        f"{len(about.profiles):,} profiles are used for nothing any more; destinations are told to remove them "
        "at the next delivery. It can be taken back.",
        "Restriction",
        RESTRICT,
    )


def _opt_out(case: _Case) -> None:
    _asked_first(
        case,
        ("Opt out", "All purposes that are sale or sharing are denied (CCPA)."),
        "Every purpose that is sale or sharing is denied for them.",
        "Opt-out",
        OPT_OUT,
    )


def _asked_first(
    case: _Case, said: tuple[str, str], told: str, title: str, question: Question[Answer]
) -> None:
    """A request that is asked about once more, and then carried out."""

    async def ask(held: Element) -> None:
        asking = case.asking

        def begin() -> None:
            held.clear()
            case.begin(title, show_receipt, question, asking)

        confirm(held, told, said[0], begin, is_grave=False)

    _card(*said, f"{said[0]} …", ask)


def _objection(case: _Case, about: About) -> None:
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
        row, held = box("row"), with_attributes(box("stack"), aria_live="polite")

        async def ask() -> None:
            asking, purposes = case.asking, tuple(sorted(ticks.chosen))
            told = ", ".join(purposes) or "all purposes that do not ask for consent"

            def begin() -> None:
                held.clear()
                case.begin("Objection", show_objected, OBJECT, asking, purposes)

            confirm(held, f"They are not used any more for {told}.", "Object", begin, is_grave=False)

        with row:
            look.button("Object …", trying(held, ask))


def _note(case: _Case) -> None:
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
        row, held = box("row"), with_attributes(box("stack"), aria_live="polite")

        async def note() -> None:
            found = await works_of(case.view.desk).ask(case.view.session, NOTE, case.asking, Asks(asks.value))
            held.clear()
            with held:
                text("p", f"Noted. It is due on {look.day(found.due_at)}.", "good")
                look.link("Request", f"/privacy/requests/{found.request_id}", "strong")

        with row:
            look.button("Note it", trying(held, note))


def _verify(case: _Case) -> None:
    async def verify(held: Element) -> None:
        found = await works_of(case.view.desk).ask(case.view.session, VERIFY, case.asking)
        held.clear()
        with held:
            show_left(found)

    _card(
        "Verify",
        "Look for them everywhere: tables, logs, live profiles, what was sent, files. After an erasure there is nothing.",
        "Look for them",
        verify,
    )
