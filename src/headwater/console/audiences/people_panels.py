"""Single people and an audience: why somebody is in it or is not, and some who are. Whoever looks is noted in the audit log."""

from __future__ import annotations

from nicegui import ui

from headwater.console.audiences.sampling import SAMPLE, Sampled
from headwater.console.audiences.whole import WHY, Reason
from headwater.console.drawn import look
from headwater.console.drawn.doing import place, told_in
from headwater.console.drawn.look import box, text, with_attributes
from headwater.console.drawn.page import View

_NOT_YOURS = "Your role may not look at single people."


def why(view: View, name: str) -> None:
    """Why somebody is in an audience, or is not."""
    with look.panel("Why is somebody in it, or not?", "looking is recorded"):
        with box("row"):
            typed = ui.input(placeholder="email=ann@example.org").props("outlined dense").classes("grow")
            typed.props["aria-label"] = "A person, as kind=value"

            async def explain() -> None:
                with told_in(held, _NOT_YOURS):
                    reason = await view.ask(WHY, name, str(typed.value or ""))
                    held.clear()
                    with held, box("reasons", "ul"):
                        _reason(reason)

            look.button("Explain", explain)
            typed.on("keydown.enter", explain)
        held = place()


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


def sample(view: View, name: str) -> None:
    """Some who are in it: nobody is shown, or noted as seen, before that is asked for."""
    with look.panel("Some who are in it", "looking is recorded"):
        held, draws = place(), iter(range(1_000_000))
        row = box("row")

        async def draw() -> None:
            with told_in(held, _NOT_YOURS):
                people = await view.ask(SAMPLE, name, next(draws))
                held.clear()
                with held:
                    _people(people)

        with row:
            look.button("Draw ten by chance", draw)


def _people(people: tuple[Sampled, ...]) -> None:
    if not people:
        text("p", "Nobody was in it after the last run.", "quiet")
        return
    with with_attributes(box("said-list", "ul"), aria_label="Some who are in it"):
        for each in people:
            with box("", "li"):
                look.link(f"Profile {each.profile_id}", f"/profiles/{each.profile_id}", "strong")
                text("span", f" {_since(each)}", "quiet small")
                with box("tags"):
                    for one in each.identifiers:
                        look.tag(f"{one.identifier}: {one.value}")


def _since(person: Sampled) -> str:
    last = f", the last {look.moment(person.last_event_at)}" if person.last_event_at else ""
    since = f"since {look.day(person.entered_at)}, " if person.entered_at else ""
    return f"{since}{person.n_events:,} events{last}"
