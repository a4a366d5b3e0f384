"""Single people and an audience: why somebody is in it or is not, and some who are. Whoever looks is noted in the audit log."""

from __future__ import annotations

from headwater.console.audiences.sampling import SAMPLE, Sampled
from headwater.console.audiences.whole import WHY, Reason, Why
from headwater.console.drawn import look
from headwater.console.drawn.doing import place, told_in
from headwater.console.drawn.look import box, text, with_attributes
from headwater.console.drawn.page import View
from headwater.console.people.finding import finder

_NOT_YOURS = "Your role may not look at single people."


async def why(view: View, name: str, kinds: tuple[str, ...], asked: str = "") -> None:
    """Why somebody is in an audience, or is not; `asked`: the number of a profile of whom it is said at once, if any."""
    with look.panel("Why is somebody in it, or not?", "looking is recorded"):

        async def explain(number: int | str) -> None:
            found = await view.ask(WHY, name, str(number))
            held.clear()
            with held:
                _explained(name, found)

        held = finder(view, kinds, "Explain", explain)
        if asked:
            with told_in(held, _NOT_YOURS):
                await explain(asked)


def _explained(name: str, found: Why) -> None:
    """About whom it is, the answer, and the reasons for it."""
    with box("stack explained"):
        with box("row"):
            look.tag("yes" if found.reason.passed else "no", "good" if found.reason.passed else "bad")
            look.link(f"Profile {found.whom.profile_id}", f"/profiles/{found.whom.profile_id}", "strong")
            text("span", f"is {'' if found.reason.passed else 'not '}in {name}", "strong")
        _named(found.whom)
        with box("reasons", "ul"):
            _reason(found.reason)


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
                _named(each)


def _named(person: Sampled) -> None:
    """What says who somebody is, as far as it may be seen."""
    text("span", f" {_since(person)}", "quiet small")
    with box("tags"):
        for each in person.identifiers:
            look.tag(f"{each.identifier}: {each.value}")


def _since(person: Sampled) -> str:
    last = f", the last {look.moment(person.last_event_at)}" if person.last_event_at else ""
    since = f"since {look.day(person.entered_at)}, " if person.entered_at else ""
    return f"{since}{person.n_events:,} events{last}"
