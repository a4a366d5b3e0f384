"""One placement: its rules and variants, what it would show somebody now, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from nicegui import ui
from nicegui.element import Element

from headwater.access.roles import Action
from headwater.console.drawn import charts, look
from headwater.console.drawn.doing import place, told_in
from headwater.console.drawn.fields import Field, Ticks, chosen, ticked, typed
from headwater.console.drawn.look import Cell, Column, box, text, with_attributes
from headwater.console.drawn.page import Page, View
from headwater.console.placements.previewing import PREVIEW, SUPPOSED, Previewed
from headwater.console.placements.questions import PLACEMENT, RuleFacts, WholePlacement

WHY = {
    "rule": "the first rule that fits",
    "bandit": "what is worth it most, as far as is known",
    "holdout": "one of those who see no variant, to measure against",
    "capped": "seen as often as it may be",
    "no_rule_matched": "no rule is for them",
    "not_scheduled": "it has not begun, or is over",
    "no_consent": "they did not agree to its purpose",
    "consent_denied": "they refused its purpose",
    "consent_lapsed": "their agreement is too old",
    "objected": "they objected",
    "restricted": "nothing of them may be used",
    "unknown_person": "nobody is known by that",
}
_CONSENTS = {"granted": "agreed to its purpose", "": "said nothing", "denied": "refused it"}


async def show(view: View, name: str) -> None:
    """Draw it."""
    whole = await view.ask(PLACEMENT, name)
    ui.page_title(f"{name} · {view.project}")
    with look.page(name, whole.listed.description, above=("Personalise", "/personalise")):
        _figures(whole)
        with box("grid"):
            for number, rule in enumerate(whole.rules, start=1):
                _rule(number, rule, whole)
            _fallback(whole)
            _preview(view, whole)
            _results(whole)
            _reasons(whole)
            _place(whole)


def _figures(whole: WholePlacement) -> None:
    listed = whole.listed
    with box("figures-row"):
        look.figure("State", listed.state.capitalize(), _schedule(whole))
        look.figure("Decided", look.people(listed.n_decided, whole.least), "what the server chose")
        look.figure("Shown", look.people(listed.n_shown, whole.least), "what pages say they showed")
        look.figure("Held out", f"{whole.holdout:.0%}", "see the fallback, to measure against")


def _schedule(whole: WholePlacement) -> str:
    begins = f"from {look.moment(whole.start)}" if whole.start else ""
    ends = f"until {look.moment(whole.end)}" if whole.end else ""
    return f"{begins} {ends}".strip() or "no beginning, no end"


def _rule(number: int, rule: RuleFacts, whole: WholePlacement) -> None:
    note = "the first that fits decides" if number == 1 and len(whole.rules) > 1 else ""
    with look.panel(f"Rule {number}" if not whole.reward else "What competes", note):
        text("p", rule.words, "rule-words")
        for variant in rule.variants:
            with box("variant"):
                with box("row"):
                    text("span", variant.name, "strong")
                    if variant.share is not None:
                        text("span", f"{variant.share:.0%} of those it fits", "quiet small")
                if variant.share is not None:
                    look.drawn(charts.bar(variant.share))
                _content(variant.content, f"Content of {variant.name}")
        if whole.reward:
            text("p", f"Worth it: {whole.reward}.", "quiet small")


def _fallback(whole: WholePlacement) -> None:
    with look.panel("Fallback", "what everybody else sees"):
        _content(whole.fallback, "Content of the fallback")


def _content(content: str, label: str) -> None:
    """Content as it stands in the file: as text, whatever it is."""
    with_attributes(text("pre", content, "source wraps"), tabindex="0", role="region", aria_label=label)


@dataclass
class _Stranger:
    """Somebody made up, as fields say; another number is somebody else."""

    consent: Field
    audiences: Ticks
    traits: dict[str, Field]
    number: int = 1


def _preview(view: View, whole: WholePlacement) -> None:
    with look.panel("What would it show?", "a preview: it counts for nothing"):
        held = place()
        with box("stack"):
            _for_a_stranger(view, whole, held)
        if view.may(Action.SEE_PEOPLE):
            with box("row"):
                person = typed("Or a person; looking is recorded", example="email=ann@example.org")

            async def decide() -> None:
                with told_in(held):
                    _show(await view.ask(PREVIEW, whole.listed.name, person.value), held)

            person.on_enter(decide)
            with box("row"):
                look.button("Preview for them", decide)


def _for_a_stranger(view: View, whole: WholePlacement, held: Element) -> None:
    with box("row"):
        consent = chosen("Somebody who", _CONSENTS, "granted")
    audiences = ticked("and is in", {each: each for each in whole.audiences}) if whole.audiences else Ticks()
    with box("row"):
        traits = {
            each: typed(f"whose {each} is", example="left empty: they have none") for each in whole.traits
        }
    stranger = _Stranger(consent, audiences, traits)
    with box("row"):
        look.button("Preview", partial(_suppose, view, whole, stranger, held), "primary")
        look.button("Somebody else", partial(_suppose, view, whole, stranger, held, 1))


async def _suppose(
    view: View, whole: WholePlacement, stranger: _Stranger, held: Element, by: int = 0
) -> None:
    stranger.number += by
    chosen = tuple(sorted(stranger.audiences.chosen))
    traits = tuple((name, field.value) for name, field in stranger.traits.items() if field.value.strip())
    with told_in(held):
        made_up = (stranger.number, chosen, stranger.consent.value, traits)
        _show(await view.ask(SUPPOSED, whole.listed.name, *made_up), held)


def _show(previewed: Previewed, held: Element) -> None:
    held.clear()
    with held, box("stack"):
        if previewed.hides:
            look.refusal(
                "What they would see tells something that your role does not see.",
                "The placement works with labelled data; preview somebody made up instead.",
            )
            return
        with box("row"):
            text("span", previewed.variant, "strong")
            told = WHY.get(previewed.reason, previewed.reason.replace("_", " "))
            fits = f" (rule {previewed.rule})" if previewed.rule else ""
            text("span", f"{told}{fits}", "quiet")
        if previewed.chance < 1:
            text("p", f"The draw comes out so for {previewed.chance:.0%} of people.", "quiet small")
        _content(previewed.content, "What would be shown")


def _results(whole: WholePlacement) -> None:
    with look.panel("Results", "from the events that tell of it"):
        if not any(each.n_decided or each.n_shown for each in whole.results):
            look.empty(
                "Nothing was decided yet",
                "Pages ask the edge what to show; what it chose and what they showed is counted here.",
                "headwater serve",
            )
            return
        is_bandit = bool(whole.reward)
        columns = (
            Column("Variant"),
            Column("Decided", is_number=True),
            Column("Shown", is_number=True),
            Column("To people", is_number=True),
            *((Column("Worth it", is_number=True), Column("Next", is_number=True)) if is_bandit else ()),
        )
        rows = []
        for each in whole.results:
            cells = [look.people(n, whole.least) for n in (each.n_decided, each.n_shown, each.n_people)]
            if is_bandit:
                worth = look.people(each.rewarded, whole.least) if each.chance is not None else look.DASH
                cells += [worth, look.DASH if each.chance is None else f"{each.chance:.0%}"]
            rows.append((Cell(each.variant), *map(Cell, cells)))
        look.table("Results", columns, rows)


def _reasons(whole: WholePlacement) -> None:
    if whole.reasons:
        with look.panel("Why it came out so", "decisions by reason"):
            most = max((n or 0 for _, n in whole.reasons), default=0) or 1
            bars = [(WHY.get(why, why.replace("_", " ")), n, (n or 0) / most) for why, n in whole.reasons]
            look.bars(bars, whole.least)


def _place(whole: WholePlacement) -> None:
    with look.panel("How it is set", whole.file):
        rows = [
            ("Purpose", whole.listed.purpose),
            ("Asked for by", "pages in browsers, and servers" if whole.is_public else "servers only"),
            ("Shown at most", whole.cap or "as often as it is asked for"),
            ("Tells of people", ", ".join(whole.shows) or "nothing"),
        ]
        look.table(
            "How it is set", (Column(""), Column("")), [(Cell(name), Cell(said)) for name, said in rows]
        )
        text(
            "p",
            "Edited in its file, which Git can show; what is running takes changes up by itself.",
            "quiet small",
        )


PAGE = Page("/personalise/{name}", "Placement", "Personalise", Action.SEE_COUNTS, show)
