"""Audiences whose files are ahead of the last run: pages and destinations go by who was in them then, so that is said."""

from __future__ import annotations

from collections.abc import Mapping

from headwater.access.roles import Action
from headwater.audiences.versions import Ahead, ahead_of_refresh
from headwater.console.desk.question import Given, Question
from headwater.console.drawn import look
from headwater.console.drawn.look import box, text
from headwater.console.drawn.page import View

Names = tuple[str, ...]
MOST_NAMED = 5


def _ahead(given: Given, names: Names | None) -> dict[str, Ahead]:
    """Those of some audiences that are ahead; None: of all."""
    known = given.definitions.audiences
    found = ahead_of_refresh(known, given.workspace)
    return {name: how for name, how in found.items() if names is None or name in names}


def ahead_notice(view: View, found: Mapping[str, Ahead], what: str) -> None:
    """Say so, if any is, and the way to a run; `what`: what on this page goes by the run before."""
    if not found:
        return
    with box("said warn"):
        text("p", _said(found, what))
        if view.may(Action.OPERATE):
            look.link("Run it on Home", "/")


def _said(found: Mapping[str, Ahead], what: str) -> str:
    names = list(found)
    told = ", ".join(names[:MOST_NAMED]) + (
        f" and {len(names) - MOST_NAMED:,} more" if len(names) > MOST_NAMED else ""
    )
    if set(found.values()) == {Ahead.NEW}:
        return (
            f"{told} is new: nobody is counted in it before the next run."
            if len(names) == 1
            else (f"{told} are new: nobody is counted in them before the next run.")
        )
    return f"The rule of {told} was changed after the last run: {what} is as it was then; the next run counts anew."


AHEAD = Question("console audiences ahead", Action.SEE_COUNTS, _ahead)
