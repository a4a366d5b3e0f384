"""One person: who they are and why, what they did, what is known and said of them, and what was sent."""

from __future__ import annotations

from dataclasses import dataclass

from nicegui import ui
from nicegui.element import Element

from headwater.access.roles import Action
from headwater.console.drawn import look
from headwater.console.drawn.doing import trying
from headwater.console.drawn.look import Cell, Column, box, text
from headwater.console.drawn.page import Page, View
from headwater.console.people.identity_panel import identity_panel
from headwater.console.people.questions import EVENTS, KINDS, N_EVENTS, PERSON, Person
from headwater.console.works.under_way import under_way
from headwater.core.errors import UserError
from headwater.profiles.show import HeldConsent, HeldEvent, Profile

TONES = {"granted": "good", "denied": "bad"}


async def show(view: View, number: str) -> None:
    """Draw it."""
    if not (number.isascii() and number.isdecimal()):
        raise UserError("that is no number of a profile", next_step="find the person by an identifier")
    person, kinds = await view.ask(PERSON, int(number)), await view.ask(KINDS)
    held = person.profile
    ui.page_title(f"Profile {held.profile_id} · {view.project}")
    with look.page(f"Profile {held.profile_id}", _lede(held), above=("Profiles", "/profiles")):
        if held.is_restricted:
            look.refusal("Restricted: nothing of this person may be used, for no purpose.")
        _figures(person)
        if view.may(Action.PRIVACY_REQUESTS):
            _requests(held)
        look_again = under_way(view)
        identity_panel(view, person, kinds, look_again)
        with box("grid"):
            _traits(held)
            _audiences(held)
            _consents(held)
            _sent(person)
            _shown(person)
            _lists(held)
            _came(person)
        _timeline(view, held)


def _lede(held: Profile) -> str:
    if not held.first_event_at or not held.last_event_at:
        return "No events."
    return f"Events from {look.day(held.first_event_at)} to {look.day(held.last_event_at)} (UTC)."


def _figures(person: Person) -> None:
    held = person.profile
    with box("figures-row"):
        look.figure("Events", f"{held.n_events:,}")
        look.figure("Identifiers", f"{len(held.identifiers):,}", _kinds(held))
        look.figure("Audiences", f"{len(held.audiences):,}")
        look.figure("Sent", f"{len(person.sent):,}", "changes sent to destinations")


def _kinds(held: Profile) -> str:
    return ", ".join(sorted({each.identifier.replace("_", " ") for each in held.identifiers}))


def _requests(held: Profile) -> None:
    to = f"/privacy/people/{held.profile_id}"
    with box("row"):
        for said in ("Export …", "Erase …", "Restrict or object …"):
            look.link(said, to, "button")


def _traits(held: Profile) -> None:
    with look.panel("Traits", "and where each is from"):
        if not held.traits:
            look.empty("No traits", "A file in traits/ says what is worked out of events.", "headwater run")
            return
        rows = [
            (Cell(each.trait.replace("_", " ")), Cell(each.value or look.DASH), Cell(tags=(each.origin,)))
            for each in held.traits
        ]
        look.table("Traits", (Column("Trait"), Column("Value"), Column("From", is_minor=True)), rows)


def _audiences(held: Profile) -> None:
    with look.panel("Audiences", "as last refreshed"):
        if not held.audiences:
            text("p", "In none.", "quiet")
            return
        rows = [
            (
                Cell(each.audience, _address(each.audience)),
                Cell(look.moment(each.entered_at) if each.entered_at else look.DASH),
                _why(each.audience, held.profile_id),
            )
            for each in held.audiences
        ]
        columns = (Column("Audience"), Column("Since (UTC)", is_number=True), Column("Reason"))
        look.table("Audiences", columns, rows)


def _why(audience: str, number: int) -> Cell:
    """The way to why somebody is in an audience; to none whose name is hidden."""
    to = _address(audience)
    return Cell("why", f"{to}?explain={number}") if to else Cell("")


def _address(audience: str) -> str:
    """Of an audience; of one whose name is hidden none."""
    return "" if audience.startswith("(") else f"/audiences/{audience}"


def _consents(held: Profile) -> None:
    with look.panel("Consent", "newest first"):
        if not held.consents:
            text("p", "Nothing was said for or against any purpose.", "quiet")
            return
        with box("said-list", "ul"):
            for each in reversed(held.consents):
                with box("said", "li"):
                    with box("row"):
                        look.tag(each.state, TONES.get(each.state, ""))
                        text("span", each.purpose, "strong")
                        if each.overruled:
                            look.tag(f"overruled by {each.overruled}", "warn")
                    text("span", _consent_in_words(each), "quiet small")


def _consent_in_words(each: HeldConsent) -> str:
    when = look.moment(each.stated_at) if each.stated_at else "at no known time"
    until = f", until {look.day(each.until_at)}" if each.until_at else ""
    signal = f", by the signal {each.signal}" if each.signal else ""
    return f"{when}{until}, in {each.source}, of {each.identifier.replace('_', ' ')}{signal}"


def _sent(person: Person) -> None:
    with look.panel("Sent to destinations", "newest first"):
        if not person.sent:
            text("p", "Nothing of this person was sent anywhere.", "quiet")
            return
        rows = [
            (
                Cell(each.destination, below=each.purpose),
                Cell(f"{each.change} in {each.audience}"),
                Cell(look.moment(each.sent_at)),
            )
            for each in person.sent[:N_EVENTS]
        ]
        columns = (Column("To"), Column("What"), Column("When (UTC)", is_number=True))
        look.table("Sent to destinations", columns, rows)
        if len(person.sent) > N_EVENTS:
            text("p", f"The newest {N_EVENTS} of {len(person.sent):,} are shown.", "quiet small")


def _shown(person: Person) -> None:
    with look.panel("Shown by placements", "newest first"):
        if not person.shown:
            text("p", "No placement showed this person anything yet.", "quiet")
            return
        rows = [
            (Cell(each.placement), Cell(each.variant), Cell(look.moment(each.shown_at)))
            for each in person.shown[:N_EVENTS]
        ]
        columns = (Column("Placement"), Column("Variant"), Column("When (UTC)", is_number=True))
        look.table("Shown by placements", columns, rows)


def _lists(held: Profile) -> None:
    if not held.lists:
        return
    with look.panel("Uploaded lists"):
        rows = [
            (Cell(each.list), Cell(each.identifier.replace("_", " ")), Cell(look.moment(each.uploaded_at)))
            for each in held.lists
        ]
        columns = (Column("List"), Column("By"), Column("Since (UTC)", is_number=True))
        look.table("Uploaded lists", columns, rows)


def _came(person: Person) -> None:
    with look.panel("How the profile came to be", "oldest first"):
        rows = [
            (
                Cell(look.moment(each.happened_at)),
                Cell(each.identifier.replace("_", " ")),
                Cell(
                    f"{each.happened} {f'profile {each.profile}' if each.profile is not None else ''}".strip()
                ),
            )
            for each in person.came[:N_EVENTS]
        ]
        look.table(
            "How the profile came to be", (Column("When (UTC)"), Column("Identifier"), Column("What")), rows
        )


def _timeline(view: View, held: Profile) -> None:
    with look.panel("Timeline", "newest first, times in UTC"):
        if not held.events:
            look.empty("No events", "What a person does comes from sources and collectors.", "headwater run")
            return
        days, more, problem = box("timeline"), box("row"), box()
        _Timeline(view, held, days, more, problem).add(held.events)


@dataclass
class _Timeline:
    """Events by day, and the way to earlier ones."""

    view: View
    held: Profile
    days: Element
    more: Element
    problem: Element
    n_drawn: int = 0
    last_day: str = ""

    def add(self, events: tuple[HeldEvent, ...]) -> None:
        """Draw events that are earlier than those that are drawn."""
        with self.days:
            for each in events:
                self._draw(each)
        self.n_drawn += len(events)
        self.more.clear()
        with self.more:
            text("span", f"{self.n_drawn:,} of {self.held.n_events:,} events", "quiet small")
            if events and self.n_drawn < self.held.n_events:
                look.button("Show earlier ones", trying(self.problem, self._show_more))

    async def _show_more(self) -> None:
        found = await self.view.ask(EVENTS, self.held.profile_id, self.n_drawn)
        self.problem.clear()
        self.add(found)

    def _draw(self, each: HeldEvent) -> None:
        if (day := look.day(each.occurred_at)) != self.last_day:
            self.last_day = day
            text("h3", day, "timeline-day")
        with box("timeline-row"):
            text("span", f"{each.occurred_at:%H:%M}", "quiet small")
            text("span", each.event.replace("_", " "), "strong")
            text("span", _event_in_words(each), "timeline-what")
            look.tag(each.source)


def _event_in_words(each: HeldEvent) -> str:
    many = f"{each.quantity:g} \N{MULTIPLICATION SIGN} " if each.quantity and each.quantity != 1 else ""
    what = each.product_name or each.category or ""
    parts = (
        f"{many}{what}",
        f"{each.revenue:,.2f}" if each.revenue is not None else "",
        f"campaign {each.campaign_id}" if each.campaign_id else "",
        f"coupon {each.coupon_id}" if each.coupon_id else "",
    )
    return ", ".join(part for part in parts if part)


PAGE = Page("/profiles/{number}", "Profile", "Profiles", Action.SEE_PEOPLE, show)
