"""After files were saved, moved or removed: commit them, where the project folder is a Git repository."""

from __future__ import annotations

from functools import partial

from nicegui.element import Element

from headwater.console.desk.committing import Committing, Files
from headwater.console.desk.repository import State
from headwater.console.drawn import look
from headwater.console.drawn.doing import place, say, told_in
from headwater.console.drawn.fields import Field, typed
from headwater.console.drawn.look import box, text
from headwater.console.drawn.page import View
from headwater.core.errors import HeadwaterError


async def offer_commit(view: View, held: Element, asks: Committing, files: Files, message: str) -> None:
    """Offer to commit files, if there is something to commit; where there is no repository, say nothing.

    Args:
        view: who asks.
        held: where it is drawn.
        asks: the two questions.
        files: in the project.
        message: to begin with.
    """
    try:
        state = await view.ask(asks[0], files)
    except HeadwaterError as error:
        with held:
            text("p", f"It cannot be committed here: {error.message}.", "quiet small")
        return
    if state is None or not state.differs:
        return
    with held, box("stack committing"):
        words = typed("Commit it to Git", message, hint=_hint(state, len(files)))
        told = place()
        button = look.button("Commit", partial(_commit, view, asks, files, words, told))
        words.on_enter(partial(_commit, view, asks, files, words, told))
        button.move(target_index=1)


async def _commit(view: View, asks: Committing, files: Files, words: Field, told: Element) -> None:
    with told_in(told):
        number = await view.ask(asks[1], files, words.value)
        say(told, f"Committed as {number}.")


def _hint(state: State, n_files: int) -> str:
    where = f" on the branch {state.branch}" if state.branch else ""
    return f"Only {'this file' if n_files == 1 else 'these files'}{where}, in your name; what else is staged stays as it is."
