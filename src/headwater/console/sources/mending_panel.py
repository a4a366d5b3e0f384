"""Where refused events are repaired and played again: written, counted, asked, done; long work goes on when the page is left."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import cast

from nicegui.element import Element
from nicegui.elements.mixins.text_element import TextElement

from headwater.console.drawn import look
from headwater.console.drawn.doing import confirm, place, told_in
from headwater.console.drawn.fields import Field, chosen, typed, typed_lines
from headwater.console.drawn.look import box, text, with_attributes
from headwater.console.drawn.page import View
from headwater.console.sources.mending import (
    COUNT_REPAIR,
    COUNT_REPLAY,
    REPAIR,
    REPLAY,
    STEPS,
    about,
    with_step,
)
from headwater.console.works.works import works_of
from headwater.flow.repair import Repaired
from headwater.flow.replay import Replayed

EVERY, PATHS = "", "repair-paths"
WORDS = {
    "n_found": "events found",
    "n_played": "would be taken in",
    "n_refused": "would still be refused",
    "n_unchanged": "are not changed by it",
    "n_unfit": "cannot be repaired so",
    "n_unreadable": "are no event",
    "n_gone": "are not in the log any more",
}
_HINTS = {
    "rename": "With its new place, like properties.revenue; nothing may stand there yet.",
    "change": "With number, text or boolean.",
    "set": "With the value to put there, whatever stood there.",
    "remove": "With nothing.",
}


@dataclass(eq=False)
class Writing:
    """A repair as it is written. `held`: where its text stands; `paths`: fields that are offered while one is typed."""

    view: View
    held: Element
    told: Element
    paths: Element
    look_again: Callable[[], None]
    text: Field | None = None

    def write(self, said: str) -> None:
        """Let the repair be another one."""
        self.told.clear()
        self.held.clear()
        with self.held:
            self.text = typed_lines(
                "The repair",
                said,
                hint="Which events, and what is to be done to each, in this order; as YAML or JSON.",
            )

    @property
    def said(self) -> str:
        """The repair as it stands there."""
        return self.text.value if self.text else ""

    def begin(self, source: str, reason: str, event: str, paths: Iterable[str] = ()) -> None:
        """Repair a group of events, by the steps that are written already; `paths`: the fields of one of them."""
        self.write(about(self.said, source, reason, event))
        self.paths.clear()
        with self.paths:
            for each in paths:
                with_attributes(box("", "option"), **{"^value": each})


def repair_panel(view: View, look_again: Callable[[], None], source: str, reason: str) -> Writing:
    """Where a repair is written; gives what a chosen group begins one with."""
    with look.panel("Repair", "events that came live; the request stays as it came", "repair"):
        with box("row fields"):
            kind = chosen("Do this", STEPS)
            path = typed("To this field", example="properties.total")
            with_attributes(path.element, **{"^list": PATHS})
            value = typed("With")
        hint = cast("TextElement", text("p", _HINTS["rename"], "quiet small"))
        add_row, held, count_row = box("row"), box("stack"), box("row")
        paths = with_attributes(box("", "datalist"), id=PATHS)
        writing = Writing(view, held, place(), paths, look_again)
        with add_row:
            look.button("Add step", partial(_add, writing, kind, path, value))
        with count_row:
            look.button("Count what it would do", partial(_count, writing), "primary")
    kind.element.on("change", lambda: hint.set_text(_HINTS[kind.value]))
    writing.begin(source, reason, "")
    return writing


def _add(writing: Writing, kind: Field, path: Field, value: Field) -> None:
    with told_in(writing.told):
        writing.write(with_step(writing.said, kind.value, path.value, value.value))


async def _count(writing: Writing) -> None:
    said, view = writing.said, writing.view
    with told_in(writing.told, "Your role does not repair events."):
        writing.told.clear()
        with writing.told:
            text("p", "Counting …", "quiet")
        found = await works_of(view.desk).ask(view.session, COUNT_REPAIR, said)
        if found.n_played:
            confirm(
                writing.told,
                _asked(found),
                f"Repair and play {found.n_played:,} again",
                partial(_repair, writing, said),
            )
        else:
            writing.told.clear()
        with writing.told:
            counted(found)


def _asked(found: Repaired) -> str:
    left = found.n_found - found.n_played
    rest = f" {left:,} more stay refused." if left else ""
    return f"{found.n_played:,} of {found.n_found:,} refused events would be repaired and taken in, each once.{rest}"


def counted(found: Repaired) -> None:
    """What a repair comes to, in events."""
    rows = [(words, getattr(found, name)) for name, words in WORDS.items()]
    most = max(found.n_found, 1)
    look.bars([(words, n, n / most) for words, n in rows if n or words == WORDS["n_found"]])
    for why, n in (*found.refused.items(), *found.unfit.items()):
        text("p", f"{n:,} … {why.replace('_', ' ')}", "quiet small")


def _repair(writing: Writing, said: str) -> None:
    view = writing.view
    works_of(view.desk).begin(view.session, "Repair of refused events", _repaired, REPAIR, said)
    writing.told.clear()
    writing.look_again()


def _repaired(view: View, found: Repaired) -> None:
    text("p", f"{found.n_played:,} events were repaired and are played again.", "said good")
    _where(view)


def _where(view: View) -> None:
    if view.rates.per_minute is None:
        text("p", "They are in the log, and are taken in as soon as `headwater serve` runs.", "quiet")
    with box("row"):
        look.link("Look at the newest events", "/events", "button")


def replay_panel(
    view: View, look_again: Callable[[], None], live: dict[str, str], reasons: dict[str, str]
) -> None:
    """Where refused events are played again as they came, once what refused them is mended."""
    with look.panel("Play again as they came", "once the plan or the collector is mended"):
        with box("row fields"):
            source = chosen("Source", {EVERY: "every collector", **live})
            reason = chosen("Reason", {EVERY: "every reason", **reasons})
            since = typed("Since", example="2026-11-01", hint="empty: all that the log still has")
        row, told = box("row"), place()
        with row:
            look.button("Count them", partial(_count_replay, view, look_again, told, source, reason, since))


async def _count_replay(
    view: View, look_again: Callable[[], None], told: Element, source: Field, reason: Field, since: Field
) -> None:
    given = (source.value, reason.value, since.value)
    with told_in(told, "Your role does not play events again."):
        found = await works_of(view.desk).ask(view.session, COUNT_REPLAY, *given)
        if not found.n_events:
            told.clear()
            with told:
                text("p", f"None of these is still refused.{_gone(found)}", "said")
            return
        said = f"{found.n_events:,} events would be judged again by what holds now; none is taken in twice.{_gone(found)}"
        confirm(told, said, f"Play {found.n_events:,} again", partial(_replay, view, look_again, told, given))


def _gone(found: Replayed) -> str:
    return f" {found.n_gone:,} more are not in the log any more." if found.n_gone else ""


def _replay(view: View, look_again: Callable[[], None], told: Element, given: tuple[str, str, str]) -> None:
    works_of(view.desk).begin(view.session, "Refused events, played again", _replayed, REPLAY, *given)
    told.clear()
    look_again()


def _replayed(view: View, found: Replayed) -> None:
    text("p", f"{found.n_events:,} events are played again.{_gone(found)}", "said good")
    _where(view)
