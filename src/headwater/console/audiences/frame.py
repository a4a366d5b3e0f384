"""What stands around every page of one audience: its name, and the way to its other pages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime

from nicegui import ui

from headwater.access.roles import Action
from headwater.audiences.versions import Ahead
from headwater.console.drawn import look
from headwater.console.drawn.look import box, text, with_attributes
from headwater.console.drawn.page import View
from headwater.console.project.ahead import ahead_notice

OVERVIEW, SPECIAL, CHANGED, SEND, EDIT, MANAGE = "", "special", "changes", "send", "edit", "manage"
_PARTS = (
    (OVERVIEW, "Overview", Action.SEE_COUNTS),
    (SPECIAL, "What is special", Action.SEE_COUNTS),
    (CHANGED, "What changed", Action.SEE_COUNTS),
    (SEND, "Where it goes", Action.SEE_COUNTS),
    (EDIT, "Edit", Action.CHANGE_AUDIENCES),
    (MANAGE, "Manage", Action.CHANGE_AUDIENCES),
)


@contextmanager
def audience_page(
    view: View,
    name: str,
    part: str,
    lede: str = "",
    *,
    ahead: Mapping[str, Ahead] | None = None,
    counted_at: datetime | None = None,
) -> Iterator[None]:
    """A page of an audience; `part`: which of them, marked among the others as far as whoever looks may see them.

    `ahead`: how it is ahead of the last run, where the page shows what is known from that; `counted_at`: of when its counts are,
    if the project's clock stands still.
    """
    title = next(said for key, said, _ in _PARTS if key == part)
    ui.page_title(f"{name}{f': {title}' if part else ''} · {view.project}")
    with look.page(name, lede, above=("Audiences", "/audiences")):
        with with_attributes(box("tabs", "nav"), aria_label=f"Of {name}"):
            for key, said, asks in _PARTS:
                if view.may(asks):
                    tab = look.link(said, f"/audiences/{name}{f'/{key}' if key else ''}", "tab")
                    if key == part:
                        with_attributes(tab, aria_current="page")
        ahead_notice(view, ahead or {}, "who is in it")
        if counted_at is not None:
            day = look.day(counted_at)
            text("p", f"Counted as of {day}: the project's clock stands still.", "quiet small")
        yield
