"""What stands before every page: from where a request comes, whose it is, and what its answer may do in a browser.

Only requests that name this console as their host are answered, so no name of somebody else's can be pointed at it (DNS
rebinding). What changes something, and every WebSocket, must come from a page of the console itself. All but the way in and the
front end's own files needs a session. No page runs a script that is not its own, nor stands in a frame.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs, quote

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.requests import HTTPConnection, Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from headwater.access.sessions import Session, Sessions
from headwater.console.door.entry import OPENING, Entry, ticket_of
from headwater.console.door.visits import Visits

SESSION = "headwater.session"
"""In the scope of a request: the session it comes with."""
SOCKET = "/_nicegui_ws/"
MOST_POSTED = 16_384
_OPEN = ("/static/", "/_nicegui/")  # the front end's own files: in them is nothing of anybody
_CLOSED = ("/dynamic_resources/", "/client/")
_HEADERS: Mapping[str, str] = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",  # with none at all, browsers name no origin in what our own forms post
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
# Vue makes functions of its templates in the browser: that is what 'unsafe-eval' is for. A script in a text cannot use it, for it
# would have to run first, which only those with the page's nonce do.
_POLICY = (
    "default-src 'none'; script-src 'self' 'nonce-{nonce}' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; font-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'; object-src 'none'"
)


@dataclass(frozen=True)
class Guard:
    """The console's application behind its guard.

    Attributes:
        inner: the pages.
        hosts: what a request may name as its host, `127.0.0.1:8703`.
        cookie: the name of the cookie that holds the session's id: browsers tell cookies apart by host, not by port.
    """

    inner: ASGIApp
    entry: Entry
    sessions: Sessions
    visits: Visits
    hosts: frozenset[str]
    cookie: str

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, or one WebSocket."""
        if scope["type"] == "lifespan":
            await self.inner(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._socket(scope, receive, send)
        else:
            nonce = secrets.token_urlsafe(16)
            await self._request(scope, receive, _Answer(send, nonce))

    async def _socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refused before it is opened, unless it comes from a page that this session was given."""
        asked = HTTPConnection(scope)
        session = await self._session(asked) if self._is_own(asked.headers) else None
        page = parse_qs(scope["query_string"].decode("latin-1")).get("client_id", [""])[0]
        if (
            session is None
            or scope["path"][: len(SOCKET)] != SOCKET
            or not self.visits.is_of(page, session.hash)
        ):
            await send({"type": "websocket.close", "code": 1008})
            return
        scope[SESSION] = session
        await self.inner(scope, receive, send)

    async def _request(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        answer = self._refused(request)
        if answer is None and request.url.path.startswith("/sign-"):
            answer = await self._enter(request)
        if answer is None and not _is_open(request.url.path):
            session = await self._session(request)
            answer = None if session else self._to_sign_in(request)
            scope[SESSION] = session
        if answer is None and not _is_for_page(request):
            answer = PlainTextResponse("There is no such file.\n", status_code=404)
        await (answer or self.inner)(scope, receive, send)

    def _refused(self, request: Request) -> Response | None:
        if request.headers.get("host", "") not in self.hosts:
            return PlainTextResponse("The console is not known by this name.\n", status_code=421)
        if request.url.path.startswith(SOCKET):
            return PlainTextResponse("The console speaks by WebSocket only.\n", status_code=400)
        if request.method not in {"GET", "HEAD"} and (
            request.method != "POST" or not self._is_own(request.headers)
        ):
            return PlainTextResponse("This does not come from a page of the console.\n", status_code=403)
        return None

    def _is_own(self, headers: Headers) -> bool:
        """Whether something comes from one of the console's own pages, as browsers say and no page can change."""
        return (
            headers.get("origin", "") == f"http://{headers.get('host', '')}" and headers["host"] in self.hosts
        )

    async def _enter(self, request: Request) -> Response | None:
        """The way in and out."""
        address = request.client.host if request.client else ""
        match request.method, request.url.path:
            case "GET", "/sign-in":
                return await run_in_threadpool(self.entry.page, request.query_params.get("next", "/"))
            case "POST", "/sign-in":
                said = await _form(request)
                return await run_in_threadpool(self.entry.by_key, said, address, self.cookie)
            case "GET", "/sign-in/once":
                token = request.query_params.get("token", "")
                return await run_in_threadpool(self.entry.by_link, token, address, self.cookie)
            case "GET", "/sign-in/provider":
                after, own = request.query_params.get("next", "/"), f"http://{request.headers['host']}"
                return await run_in_threadpool(self.entry.to_provider, after, own, self.cookie)
            case "GET", "/sign-in/back":
                ticket = request.cookies.get(ticket_of(self.cookie), "")
                said = dict(request.query_params)
                return await run_in_threadpool(self.entry.from_provider, said, ticket, address, self.cookie)
            case "POST", "/sign-out":
                session = await self._session(request)
                return await run_in_threadpool(self.entry.out, session, self.cookie)
        return PlainTextResponse("There is nothing here.\n", status_code=404)

    async def _session(self, asked: HTTPConnection) -> Session | None:
        return await run_in_threadpool(self.sessions.find, asked.cookies.get(self.cookie, ""))

    def _to_sign_in(self, request: Request) -> Response:
        headers = request.headers
        if headers.get("sec-fetch-site") == "cross-site" and headers.get("sec-fetch-mode") == "navigate":
            # The cookie is not sent where a link elsewhere leads here: from this page of ours it is.
            return HTMLResponse(OPENING)
        if "text/html" not in headers.get("accept", ""):
            return PlainTextResponse("Sign in first.\n", status_code=401)
        after = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return RedirectResponse(f"/sign-in?next={quote(after)}", status_code=303)


def _is_open(path: str) -> bool:
    return path.startswith(_OPEN) and not any(each in path for each in _CLOSED)


def _is_for_page(request: Request) -> bool:
    """Whether a page may be the answer: to a browser that looks for a picture of that name it is none, and drawing it costs."""
    path, wanted = request.url.path, request.headers.get("sec-fetch-dest", "document")
    return path.startswith(("/static/", "/_nicegui")) or wanted == "document"


async def _form(request: Request) -> Mapping[str, str]:
    """What a form says; nothing, if it is too large for one."""
    found = bytearray()
    async for part in request.stream():
        found += part
        if len(found) > MOST_POSTED:
            return {}
    try:
        said = parse_qs(found.decode("utf-8", "replace"), max_num_fields=10)
    except ValueError:  # more fields than any form here has
        return {}
    return {name: values[0] for name, values in said.items()}


class _Answer:
    """Sends an answer on with the headers that each has; a page's own scripts get the nonce by which they may run."""

    def __init__(self, send: Send, nonce: str) -> None:
        self._send = send
        self._nonce = nonce
        self._start: Message | None = None
        self._page = bytearray()

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            await self._begin(message)
        elif self._start is None:
            await self._send(message)
        else:
            self._page += message.get("body", b"")
            if not message.get("more_body"):
                await self._end()

    async def _begin(self, message: Message) -> None:
        given = {name.lower(): value for name, value in message["headers"]}
        policy = _POLICY.format(nonce=self._nonce)
        ours = {**_HEADERS, "content-security-policy": policy}
        if b"cache-control" not in given:
            ours["cache-control"] = "no-store"
        message["headers"] = [
            *message["headers"],
            *((name.encode(), value.encode()) for name, value in ours.items()),
        ]
        if given.get(b"content-type", b"").startswith(b"text/html"):
            self._start = message
        else:
            await self._send(message)

    async def _end(self) -> None:
        # Whatever people wrote has no `<` in a page any more: these are the page's own.
        page = bytes(self._page).replace(b"<script", f'<script nonce="{self._nonce}"'.encode())
        if self._start is not None:
            kept = [each for each in self._start["headers"] if each[0].lower() != b"content-length"]
            self._start["headers"] = [*kept, (b"content-length", str(len(page)).encode())]
            await self._send(self._start)
        await self._send({"type": "http.response.body", "body": page})
