"""The console as a web application (ASGI): the guard, and behind it the pages, which NiceGUI keeps alive over a WebSocket.

Reads what `desk/` reads. Nothing is stored in browsers but the id of the session and the choice of colours.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from fastapi import FastAPI, Request
from nicegui import Client, app as nicegui_app, ui
from nicegui.classes import Classes
from nicegui.props import Props
from nicegui.style import Style
from starlette.middleware.gzip import GZipMiddleware
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from headwater.access.audit.log import log_over
from headwater.access.keys import AccessKeys
from headwater.access.sessions import Sessions
from headwater.access.sign_in import SignIn
from headwater.console.desk.desk import Desk
from headwater.console.desk.rates import Rates
from headwater.console.door.entry import Entry
from headwater.console.door.guard import SESSION, Guard
from headwater.console.door.visits import Visits
from headwater.console.drawn.frame import frame
from headwater.console.drawn.page import View, pages
from headwater.core.sealing.keeping import seals_of
from headwater.core.state import connect_state
from headwater.flow.generation import sound_project
from headwater.flow.signing_in import Declared

STATIC = Path(__file__).parent / "static"
COMPRESSION = 3  # of 9: more saves hardly anything, and takes twice as long
RECONNECT_SECONDS = 60.0  # that a page lives on for while its connection is lost
_SCRIPTS = sorted(each.name for each in STATIC.glob("*.js") if each.name != "theme.js")
_STYLES = ["look.css", *sorted(each.name for each in STATIC.glob("*.css") if each.name != "look.css")]
_HEAD = (
    '<script src="/static/theme.js"></script>'
    + "".join(f'<link rel="stylesheet" href="/static/{name}">' for name in _STYLES)
    + "".join(f'<script src="/static/{name}" defer></script>' for name in _SCRIPTS)
    + '<meta name="description" content="Headwater console">'
)


def make_app(root: Path, port: int) -> ASGIApp:
    """The console of a project, at a port of this machine. One a process: NiceGUI keeps its pages in the process."""
    project = sound_project(root)
    engine, seals = connect_state(project, "the console's sessions"), seals_of(project)
    keys = AccessKeys(engine)
    sessions, audit = Sessions(engine, keys), log_over(engine, project)
    desk, visits, rates = (
        Desk(root, sessions, audit, seals),
        Visits(),
        Rates(root, project.settings.health_port),
    )

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        watching = asyncio.create_task(rates.watch())
        desk.warm()
        yield
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching
        desk.close()

    outer = FastAPI(lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    outer.mount("/static", StaticFiles(directory=STATIC))
    pages()  # all of them are imported now, not while the first person waits
    _tell_signatures()
    _add_page(project.config.project, desk, rates, visits)
    nicegui_app.config.socket_io_js_transports = ["websocket"]
    ui.run_with(
        outer,
        title=project.config.project,
        favicon=(STATIC / "icon.svg").read_text(
            encoding="utf-8"
        ),  # in the page itself: no browser asks for it again
        dark=None,
        language="en-US",
        reconnect_timeout=RECONNECT_SECONDS,
        gzip_middleware_factory=None,
        tailwind=False,
        show_welcome_message=False,
    )
    entry = Entry(project.config.project, SignIn(keys, lambda: seals, Declared(root)), sessions, audit)
    hosts = frozenset(f"{host}:{port}" for host in ("127.0.0.1", "localhost", "[::1]"))
    return GZipMiddleware(
        Guard(outer, entry, sessions, visits, hosts, f"headwater_{port}"),
        minimum_size=1000,
        compresslevel=COMPRESSION,
    )


def _add_page(project: str, desk: Desk, rates: Rates, visits: Visits) -> None:
    """The one page that NiceGUI knows: the frame, in which ours are opened without loading it anew."""
    ui.add_head_html(_HEAD, shared=True)

    def shell(request: Request, client: Client) -> None:
        session = request.scope[SESSION]
        visits.note(client.id, session.hash)
        client.on_delete(lambda: visits.forget(client.id))
        frame(View(project, session, desk, rates))

    # Read at run time, as the classes themselves.
    shell.__annotations__ = {"request": Request, "client": Client, "return": None}
    ui.page("/")(shell)
    ui.page("/{rest:path}")(shell)


def _tell_signatures() -> None:
    """NiceGUI works out the signature of these three for every element that it makes, which is more than half of the time that
    making one takes: Python asks a function first for what it says itself.
    """
    for each in (Classes, Style, Props):
        if update := getattr(each, "_update", None):  # its own affair: a later NiceGUI may have none
            vars(update)["__signature__"] = inspect.signature(update)
