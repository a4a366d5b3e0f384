"""An audience copied, moved, renamed or removed: what uses it and what that would do is said first; Git holds what was."""

from __future__ import annotations

from headwater.access.roles import Action
from headwater.console.audiences.frame import MANAGE, audience_page
from headwater.console.audiences.manage_panels import copy, moving, removal, renaming, uses
from headwater.console.audiences.managing import MANAGED
from headwater.console.drawn.look import box
from headwater.console.drawn.page import Page, View


async def show(view: View, name: str) -> None:
    """Draw it."""
    found = await view.ask(MANAGED, name)
    with audience_page(view, name, MANAGE, found.description):
        uses(found)
        with box("cards"):
            copy(view, found)
            moving(view, found)
            renaming(view, found)
            removal(view, found)


PAGE = Page("/audiences/{name}/manage", "Manage an audience", "Audiences", Action.CHANGE_AUDIENCES, show)
