"""The frame around every page: navigation, header, command palette, and what is shown when a page cannot be."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from functools import partial
from pathlib import Path

from nicegui import ui
from nicegui.element import Element
from nicegui.events import GenericEventArguments
from nicegui.page_arguments import PageArguments

from headwater.access.roles import Caller
from headwater.console.desk.names import NAMES
from headwater.console.desk.question import RefusedError, SignedOutError
from headwater.console.drawn import look
from headwater.console.drawn.look import box, text, with_attributes
from headwater.console.drawn.page import Page, View, pages
from headwater.core.errors import HeadwaterError

MOST_FOUND = 12
WATCH_SECONDS = 15.0
_ICONS = {
    "Home": "M3 11 12 4l9 7v9h-6v-6H9v6H3z",
    "Sources & events": "M4 6h16M4 12h16M4 18h10",
    "Profiles": "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4 21c0-4 4-6 8-6s8 2 8 6",
    "Audiences": "M9 11a4 4 0 1 0 0-7 4 4 0 0 0 0 7zM2 20c0-4 3-6 7-6s7 2 7 6M16 4a4 4 0 0 1 0 7M18 14c3 1 4 3 4 6",
    "Destinations": "M4 12h14M12 5l7 7-7 7",
    "Explore": "M4 20V10M10 20V4M16 20v-7M22 20H2",
    "Personalise": "M12 3l2.5 6L21 10l-5 4 1.500 7L12 17.500 6.500 21 8 14l-5-4 6.500-1z",
    "Privacy": "M12 3l8 3v6c0 5-4 8-8 9-4-1-8-4-8-9V6z",
    "Settings": "M4 7h10M18 7h2M4 17h2M10 17h10M14 4v6M6 14v6",
}


def frame(view: View) -> None:
    """Everything around the page, and the page."""
    shown = [page for page in pages() if page.is_open and view.may(page.asks)]
    if outer := ui.context.client.content.parent_slot:  # NiceGUI's own <main> holds the navigation, too
        with_attributes(outer.parent, role="presentation")
    with_attributes(text("a", "Skip to content", "skip"), href="#main")
    with box("shell"):
        marks = _navigation(view, [page for page in shown if page.is_front])
        with box("body"):
            _header(view)
            with with_attributes(box("main", "main"), id="main", tabindex="-1"):
                ui.sub_pages(
                    {page.address: _builder(page, view) for page in pages()} | {"/{nothing}": _nothing}
                )
    _palette(view, shown)
    router = ui.context.client.sub_pages_router
    mark = partial(_mark, marks)
    router.on_path_changed(mark)
    mark(router.current_path)
    ui.timer(WATCH_SECONDS, partial(_watch, view), immediate=False)


def _navigation(view: View, shown: Iterable[Page]) -> dict[str, Element]:
    """The way to every page; gives what is marked when one is open."""
    marks = {}
    with with_attributes(box("side", "nav"), id="side", aria_label="Pages"):
        with box("brand"):
            look.drawn(
                '<svg viewBox="0 0 24 24" class="icon" aria-hidden="true">'
                '<path d="M3 17c3 0 3-4 6-4s3 4 6 4 3-4 6-4M6 9l6-6 6 6"/></svg>'
            )
            text("span", view.project, "strong clipped")
        for page in shown:
            with with_attributes(box("side-link", "a"), href=page.address) as entry:
                look.drawn(
                    f'<svg viewBox="0 0 24 24" class="icon" aria-hidden="true"><path d="{_ICONS[page.section]}"/></svg>'
                )
                text("span", page.title)
            marks[page.section] = entry
        with box("side-foot quiet small"):
            text("span", view.session.caller.name, "clipped")
            text("span", view.session.caller.role.replace("_", " "))
    return marks


def _header(view: View) -> None:
    with box("head", "header"):
        menu = with_attributes(text("button", "Menu", "button menu"), type="button", data_does="menu")
        with_attributes(menu, aria_expanded="false", aria_controls="side")
        search = with_attributes(box("button search", "button"), type="button", data_does="palette")
        with with_attributes(search, aria_label="Search or jump to a page or an audience"):
            text("span", "Search or jump to …", "quiet")
            text("kbd", "/", "quiet")
        theme = with_attributes(text("button", "Theme", "button"), type="button", data_does="theme")
        with_attributes(theme, aria_label="Switch between light, dark and the system's colours")
        with with_attributes(box("", "form"), method="post", action="/sign-out"):
            with_attributes(text("button", "Sign out", "button"), type="submit")


def _palette(view: View, shown: Iterable[Page]) -> None:
    """Pages, audiences and actions by their names, as they are typed."""
    with with_attributes(box("palette", "dialog"), id="palette", aria_label="Search"):
        typed = with_attributes(
            box("palette-input", "input"), type="text", autocomplete="off", spellcheck="false"
        )
        with_attributes(typed, placeholder="A page, an audience, an action", aria_label="Search")
        found = with_attributes(box("palette-found"), aria_label="Found", role="group")

        async def look_for(event: GenericEventArguments) -> None:
            await _find(view, shown, str(event.args or ""), found)

        typed.on(
            "input",
            look_for,
            js_handler="(event) => emit(event.target.value)",
            throttle=0.1,
            leading_events=True,
        )
        typed.on("focus", partial(_find, view, shown, "", found), throttle=1.0)


async def _find(view: View, shown: Iterable[Page], wanted: str, found: Element) -> None:
    words = wanted.casefold().split()
    places = [(page.title, page.address, "page") for page in shown]
    try:
        names = await view.ask(NAMES) if view.may(NAMES.asks) else ()
    except (HeadwaterError, SignedOutError, RefusedError):
        names = ()
    places += [(name, f"/audiences/{name}", "audience") for name in names]
    fits = [each for each in places if all(word in each[0].casefold() for word in words)]
    found.clear()
    with found:
        for title, address, kind in fits[:MOST_FOUND]:
            with with_attributes(box("palette-link", "a"), href=address):
                text("span", title, "clipped")
                text("span", kind, "quiet small")
        for said, does in (("Switch theme", "theme"), ("Sign out", "sign-out")):
            if all(word in said.casefold() for word in words):
                with with_attributes(box("palette-link", "button"), type="button", data_does=does):
                    text("span", said)
                    text("span", "action", "quiet small")
        if not fits:
            text("p", "Nothing of that name.", "quiet palette-none")


def _builder(page: Page, view: View) -> Callable[..., Awaitable[None]]:
    async def build(arguments: PageArguments) -> None:
        ui.page_title(f"{page.title} · {view.project}")
        opened = replace(view, query=dict(arguments.query_parameters))
        is_first = ui.context.client.sub_pages_router.is_initial_request  # which the guard let through
        if not is_first and await view.desk.is_over(view.session, is_used=True):
            to_sign_in()
            return
        await shown_safely(opened, partial(page.show, opened, **arguments.path_parameters), page)

    build.__annotations__ = {"arguments": PageArguments}  # read at run time, as the class itself
    return build


async def shown_safely(view: View, show: Callable[[], Awaitable[None]], page: Page) -> None:
    """Draw a page, or say in its place why it cannot be."""
    if not view.may(page.asks):
        refused(view.session.caller, page)
        return
    view.waiting = look.waiting()
    with box("whole") as held:
        try:
            await show()
        except SignedOutError:
            to_sign_in()
        except Exception as error:  # noqa: BLE001 - whatever it is, what it says is shown to nobody
            held.clear()
            _tell_why(view, page, error)
        finally:
            view.wait_no_more()


def _tell_why(view: View, page: Page, error: Exception) -> None:
    """In the place of a page, why it is not there."""
    if isinstance(error, RefusedError):
        refused(view.session.caller, page)
        return
    with look.page(page.title):
        if isinstance(error, HeadwaterError):
            look.problem(error)
            return
        _tell(page, error)
        look.refusal(
            "Something went wrong that must not.", "Look at what `headwater serve` said, and report it."
        )


def to_sign_in() -> None:
    """Leave the frame for where people sign in: it is no page of it."""
    ui.run_javascript("location.assign('/sign-in')")


def refused(caller: Caller, page: Page) -> None:
    """Say that a role may not see a page."""
    with look.page(page.title):
        look.refusal(
            f"Your role, {caller.role.replace('_', ' ')}, does not include “{page.title}”.",
            f"It asks for the action {page.asks}; whoever makes keys can give you a role that has it.",
        )


def _nothing() -> None:
    with look.page("Not found"):
        look.refusal("There is no such page.", "Choose one at the left, or press / to search.")


def _mark(marks: dict[str, Element], path: str) -> None:
    """Mark where somebody is in the navigation."""
    first = _first_word(path)
    here = {page.section for page in pages() if _first_word(page.address) == first}
    for section, element in marks.items():
        element.props["aria-current"] = "page" if section in here else "false"
        element.update()


def _first_word(path: str) -> str:
    """Of an address: `/events/plan?of=web` begins with `events`."""
    return path.split("?", maxsplit=1)[0].strip("/").split("/")[0]


async def _watch(view: View) -> None:
    """Send whoever's session has ended to where they sign in; looking on is no use of it."""
    if await view.desk.is_over(view.session):
        to_sign_in()


def _tell(page: Page, error: Exception) -> None:
    where = traceback.extract_tb(error.__traceback__)[-1]
    print(
        f"console: {page.address} failed: {type(error).__name__} at {Path(where.filename).name}:{where.lineno}",
        file=sys.stderr,
    )
