"""Who a person is, and why: identifiers, the graph of what ties them, the evidence of one tie, and decisions about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from nicegui.element import Element

from headwater.access.roles import Action
from headwater.console.drawn import look
from headwater.console.drawn.doing import confirm, trying
from headwater.console.drawn.fields import Field, chosen, typed
from headwater.console.drawn.look import Cell, Column, box, text, with_attributes
from headwater.console.drawn.page import View
from headwater.console.people import graph
from headwater.console.people.deciding import DECIDE, FORESEE, NODE, WHY, Step, expect_reason
from headwater.console.people.questions import NUMBER, Person
from headwater.console.people.whom import expect_written
from headwater.console.works.works import works_of
from headwater.flow.identity_effects import Effect
from headwater.identity.explain import Explained
from headwater.identity.ties import Point, Tie

ASIDE = {
    "limit": "one of them is tied to more than the rules allow",
    "shared": "one of them is shared by several people",
    "apart": "somebody decided that they are two people",
    "nobody": "one of them names nobody",
    "expired": "it is too old",
}
MOST_MOVES = 5


def identity_panel(view: View, person: Person, kinds: Sequence[str], look_again: Callable[[], None]) -> None:
    """Draw it. `kinds`: of identifier, that may be linked."""
    names = {each.node_id: each for each in person.ties.points}
    with look.panel("Identity", "every identifier, and what ties them: choose a line to see why"):
        drawn, held = box("graph-held"), with_attributes(box("tie-told"), aria_live="polite")

        def choose(tie: Tie) -> None:
            _tell(view, person, tie, names, held, look_again)

        with drawn:
            graph.draw(person.ties, choose)
        _table(person, names, choose)
        if view.may(Action.CHANGE_IDENTITY) and names:
            _linking(view, person, kinds, names, look_again)


def name_of(point: Point) -> str:
    """An identifier as somebody may see it."""
    return f"{point.identifier.replace('_', ' ')} {point.value or '(not readable)'}"


def _table(person: Person, names: Mapping[int, Point], choose: Callable[[Tie], object]) -> None:
    rows = [
        (
            Cell(each.identifier.replace("_", " ")),
            Cell(each.value or "(not readable)"),
            Cell(each.first_source),
        )
        for each in person.ties.points
        if each.is_own
    ]
    look.table("Identifiers", (Column("Kind"), Column("Identifier"), Column("First seen in")), rows)
    if person.ties.n_more:
        text("p", f"{person.ties.n_more:,} more identifiers are not drawn.", "quiet small")
    if not person.ties.ties:
        text("p", "Nothing ties this profile to another identifier.", "quiet")


def _tell(
    view: View,
    person: Person,
    tie: Tie,
    names: Mapping[int, Point],
    held: Element,
    look_again: Callable[[], None],
) -> None:
    """The evidence of one tie, and what may be done about it."""
    one, other = names[tie.node_id], names[tie.other_node_id]
    held.clear()
    with held:
        text("h3", f"{name_of(one)} and {name_of(other)}", "strong")
        if tie.aside:
            text("p", f"This does not count: {ASIDE.get(tie.aside, tie.aside)}.", "warn")
        if tie.decision:
            verdict = "one person" if tie.decision.verdict == "same" else "two people"
            text(
                "p",
                f"{tie.decision.decided_by} decided on {look.moment(tie.decision.decided_at)} that they are {verdict}: "
                f"{tie.decision.reason or 'no reason was given'}.",
            )
        if tie.evidence:
            _evidence(tie)
        if any(each.rule == "alike" for each in tie.evidence):
            spoken = box()

            async def explain() -> None:
                found = await view.ask(WHY, person.profile.profile_id, tie.node_id, tie.other_node_id)
                _spoken(found, spoken)

            look.button("What speaks for it and against it", trying(spoken, explain))
        if view.may(Action.CHANGE_IDENTITY):
            _deciding(view, person, tie, look_again)


def _evidence(tie: Tie) -> None:
    rows = [
        (
            Cell(each.rule.replace("_", " ")),
            Cell(", ".join(each.sources)),
            Cell(look.moment(each.first_seen_at) if each.first_seen_at else look.DASH),
            Cell(f"{each.confidence:.0%}"),
        )
        for each in tie.evidence
    ]
    columns = (
        Column("Rule"), Column("Sources"), Column("First seen (UTC)"), Column("Sure", is_number=True),
    )  # fmt: skip
    look.table("Evidence", columns, rows)


def _spoken(found: Explained, held: Element) -> None:
    held.clear()
    with held:
        rows = [
            (Cell(each.comparison.replace("_", " ")), Cell(each.level), Cell(f"{each.weight:+.1f}"))
            for step in found.path
            for each in step.spoken
        ]
        columns = (Column("Compared"), Column("Found"), Column("Weight (log2)", is_number=True))
        look.table("What speaks for it and against it", columns, rows)


def _deciding(view: View, person: Person, tie: Tie, look_again: Callable[[], None]) -> None:
    step = Step(person.profile.profile_id, tie.node_id, tie.other_node_id, "unmerge")
    reason = typed("Why, for whoever asks later", classes="grow")
    row, asked = box("row"), with_attributes(box(), aria_live="polite")
    with row:
        if tie.decision is None or tie.decision.verdict != "different":
            _offer(view, "They are two people …", step, reason, asked, look_again)
        if tie.decision is None or tie.decision.verdict != "same":
            same = replace(step, verdict="link")
            _offer(view, "They are one person …", same, reason, asked, look_again)
        if tie.decision is not None:
            withdrawn = replace(step, verdict="withdraw")
            _offer(view, "Take the decision back …", withdrawn, reason, asked, look_again)


def _offer(
    view: View, said: str, step: Step, reason: Field, asked: Element, look_again: Callable[[], None]
) -> None:
    """A decision that is foreseen first, in numbers, and then taken."""

    async def foresee() -> None:
        await _foresee(view, replace(step, reason=reason.value), asked, look_again)

    look.button(said, trying(asked, foresee))


async def _foresee(view: View, step: Step, asked: Element, look_again: Callable[[], None]) -> None:
    if step.verdict == "withdraw":
        told = "Evidence alone counts again of these two, and profiles and audiences follow at once."
    else:
        expect_reason(step.reason)
        told = effect_in_words(await works_of(view.desk).ask(view.session, FORESEE, step))

    def decide() -> None:
        title = f"Decision about profile {step.profile_id}"
        works_of(view.desk).begin(view.session, title, _decided, DECIDE, step)
        asked.clear()
        look_again()

    confirm(asked, told, "Decide", decide, is_grave=False)


def _decided(_: View, found: Explained) -> None:
    one, other = found.profiles
    said = "They are one person now." if found.is_one else "They are two people now."
    text("p", f"{said} Profiles and audiences have followed.", "good")
    with box("row"):
        for each in dict.fromkeys((one, other)):
            if each is not None:
                look.link(f"Profile {each}", f"/profiles/{each}", "button")


def effect_in_words(found: Effect) -> str:
    """What a decision would change, in a sentence."""
    moved = [
        f"{each.audience} from {look.people(each.size_now)} to {look.people(each.size_then)}"
        for each in found.audiences[:MOST_MOVES]
    ]
    more = len(found.audiences) - len(moved)
    audiences = (
        f"Audiences that move: {', '.join(moved)}{f' and {more} more' if more else ''}." if moved else ""
    )
    return (
        f"{look.people(found.n_merged)} profiles would be merged into others, {look.people(found.n_split)} split: "
        f"{look.people(found.n_before)} profiles now, {look.people(found.n_after)} then. "
        f"{audiences or 'No audience moves.'} No event is touched, and it can be taken back."
    )


def _linking(
    view: View,
    person: Person,
    kinds: Sequence[str],
    names: Mapping[int, Point],
    look_again: Callable[[], None],
) -> None:
    """Decide that another identifier is this person's, too."""
    own = {str(each.node_id): name_of(each) for each in names.values() if each.is_own}
    with box("more", "details"):
        text("summary", "Link another identifier to this person")
        with box("row fields"):
            with_own = chosen("Of this person", own)
            kind = chosen("Kind", {each: each.replace("_", " ") for each in kinds if each != NUMBER})
            other = typed("The other identifier", classes="grow")
            reason = typed("Why, for whoever asks later", classes="grow")
        row, asked = box("row"), with_attributes(box(), aria_live="polite")

        async def foresee() -> None:
            expect_reason(reason.value)
            node = await view.ask(NODE, expect_written(kind.value, other.value))
            step = Step(person.profile.profile_id, int(with_own.value), node, "link", reason.value)
            await _foresee(view, step, asked, look_again)

        with row:
            look.button("See what that would change …", trying(asked, foresee))
