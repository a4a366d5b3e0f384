"""The parts of the page on which an audience is copied, moved, renamed or removed. It is said how that is undone."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from nicegui.element import Element

from headwater.console.audiences.managing import COPY, GIT, MOVE, REMOVE, RENAME, Managed
from headwater.console.desk.files import difference
from headwater.console.drawn import look
from headwater.console.drawn.changing import show_lines
from headwater.console.drawn.committing import offer_commit
from headwater.console.drawn.doing import confirm, place, say, told_in
from headwater.console.drawn.fields import typed
from headwater.console.drawn.look import Cell, Column, box, text
from headwater.console.drawn.page import View
from headwater.core.errors import EditConflictError

_UNDONE = "Nothing else is changed; undone by the file that Git holds."
_NOT_YOURS = "Your role may not change audiences."


def uses(found: Managed) -> None:
    """What names the audience."""
    with look.panel("Who uses it", found.file):
        if not found.used_by:
            text("p", "Nothing names it.", "quiet")
        else:
            rows = [(Cell(each.what), Cell(each.name, each.to)) for each in found.used_by]
            look.table("What names it", (Column("What"), Column("Which")), rows)
        if found.taken_by:
            text("p", f"Takes every audience, and so this one: {', '.join(found.taken_by)}.", "quiet")


def copy(view: View, found: Managed) -> None:
    """The same rule under another name."""
    with look.panel("Copy", "to change the copy"):
        name = typed("Name of the copy", example=f"{found.name}_2", hint="lower case letters, digits and _")
        row, held = box("row"), place()

        async def do() -> None:
            async def done() -> None:
                new = name.value.strip()
                file = await view.ask(COPY, found.name, new)
                _said(held, f"Written to {file}. Who is in it counts from the next run.", new)
                await offer_commit(view, held, GIT, (file,), f"Add audience {new}")

            await _doing(held, done)

        with row:
            look.button("Copy it", do)


def moving(view: View, found: Managed) -> None:
    """Another folder: the audience stays what it is."""
    with look.panel("Folder", found.folder or "it is in none"):
        said = f"There are: {', '.join(found.folders[:20])}." if found.folders else ""
        hint = f"{said} Another name makes one; / between names puts one into the other; empty: in no folder."
        folder = typed("Move it to", found.folder, hint=hint.strip())
        row, held = box("row"), place()

        async def do() -> None:
            async def done() -> None:
                file = await view.ask(MOVE, found.name, folder.value.strip().strip("/"), found.seen)
                _said(held, f"It is {file} now. Nothing else is changed.", found.name)
                await offer_commit(view, held, GIT, (found.file, file), f"Move audience {found.name}")

            await _doing(held, done)

        with row:
            look.button("Move it", do)


def renaming(view: View, found: Managed) -> None:
    """Another name: for the next run it is another audience."""
    with look.panel("Rename"):
        if found.used_by:
            _in_the_way(found, "renamed")
            return
        name = typed("New name", hint="lower case letters, digits and _")
        row, held = box("row"), place()

        async def do() -> None:
            async def done() -> None:
                new = name.value.strip()
                file = await view.ask(RENAME, found.name, new, found.seen)
                _said(held, f"It is {file} now. {_UNDONE}", new)
                await offer_commit(
                    view, held, GIT, (found.file, file), f"Rename audience {found.name} to {new}"
                )

            await _doing(held, done)

        def ask() -> None:
            new = name.value.strip()
            if not new:
                say(held, "Write its new name first.", "warn")
                return
            told = f"{found.name} becomes {new}. {_taken_back(found)}"
            told += " What is known of it over time stays with the old name."
            confirm(held, told, "Rename it", do)

        with row:
            look.button("Rename it …", ask)


def removal(view: View, found: Managed) -> None:
    """The file taken out."""
    with look.panel("Remove"):
        if found.used_by:
            _in_the_way(found, "removed")
            return
        text("p", "The file is taken out; with the next run nobody is in it any more.", "quiet")
        row, held = box("row"), place()

        async def do() -> None:
            async def done() -> None:
                file = await view.ask(REMOVE, found.name, found.seen)
                row.clear()
                say(held, f"{file} is taken out. {_UNDONE}")
                with held:
                    look.link("All audiences", "/audiences")
                await offer_commit(view, held, GIT, (file,), f"Remove audience {found.name}")

            await _doing(held, done)

        def ask() -> None:
            confirm(held, f"{found.file} is taken out. {_taken_back(found)}", "Remove it", do)

        with row:
            look.button("Remove it …", ask)


async def _doing(held: Element, does: Callable[[], Awaitable[None]]) -> None:
    with told_in(held, _NOT_YOURS):
        try:
            await does()
        except EditConflictError as error:
            held.clear()
            with held, box("stack"):
                look.problem(error)
                text("p", "What they changed:", "strong")
                show_lines(difference(error.seen, error.now))


def _said(held: Element, said: str, name: str) -> None:
    say(held, said)
    with held:
        look.link(f"Open {name}", f"/audiences/{name}")


def _in_the_way(found: Managed, what: str) -> None:
    n = len(found.used_by)
    used = "1 other file names it" if n == 1 else f"{n:,} other files name it"
    text("p", f"It cannot be {what}: {used}, as said above. Take it out there first.", "quiet")


def _taken_back(found: Managed) -> str:
    """What the next run does, in numbers."""
    size = look.people(found.size, found.least)
    told = f"{size} people are in it."
    for to, n in found.held:
        told += f" The next run tells {to} to take back the {look.people(n, found.least)} identifiers that it holds of it."
    return told
