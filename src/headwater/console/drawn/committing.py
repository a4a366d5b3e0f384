"""After a file was saved: commit it, where the project folder is a Git repository."""

from __future__ import annotations

from functools import partial

from nicegui.element import Element

from headwater.console.desk.committing import Committing
from headwater.console.desk.repository import State
from headwater.console.drawn import look
from headwater.console.drawn.doing import place, say, told_in
from headwater.console.drawn.fields import Field, typed
from headwater.console.drawn.look import box, text
from headwater.console.drawn.page import View
from headwater.core.errors import HeadwaterError


async def offer_commit(view: View, held: Element, asks: Committing, name: str, message: str) -> None:
    """Offer to commit a file, if there is something to commit; where there is no repository, say nothing.

    Args:
        view: who asks.
        held: where it is drawn.
        asks: the two questions.
        name: of what it defines.
        message: to begin with.
    """
    try:
        state = await view.ask(asks[0], name)
    except HeadwaterError as error:
        with held:
            text("p", f"It cannot be committed here: {error.message}.", "quiet small")
        return
    if state is None or not state.differs:
        return
    with held, box("stack committing"):
        words = typed("Commit it to Git", message, hint=_hint(state))
        told = place()
        button = look.button("Commit", partial(_commit, view, asks, name, words, told))
        words.on_enter(partial(_commit, view, asks, name, words, told))
        button.move(target_index=1)


async def _commit(view: View, asks: Committing, name: str, words: Field, told: Element) -> None:
    with told_in(told):
        number = await view.ask(asks[1], name, words.value)
        say(told, f"Committed as {number}.")


def _hint(state: State) -> str:
    where = f" on the branch {state.branch}" if state.branch else ""
    return f"Only this file{where}, in your name; what else is staged stays as it is."
