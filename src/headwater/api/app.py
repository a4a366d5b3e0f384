"""The API as a web application (ASGI): who asks, may they, what do they say; then one function, and its answer as JSON.

Reads the project's files and tables, and the keys; what changes something owns the project meanwhile. Appends to the audit log;
masks the answer by the role of whoever asks.
"""

from __future__ import annotations

import asyncio
import json
import sys
import traceback
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from headwater.access.audit.log import AuditLog
from headwater.access.masking import Mask
from headwater.access.roles import Action, Caller
from headwater.access.sign_in import NotSignedInError, SignIn
from headwater.api import faults
from headwater.api.bodies.body import Body
from headwater.api.bodies.reading import BodyError, read_body, read_query
from headwater.api.endpoints.endpoint import Asked, Endpoint
from headwater.api.endpoints.every import ENDPOINTS
from headwater.api.faults import Fault, RefusedError
from headwater.api.masks import known_of
from headwater.api.openapi import document
from headwater.api.recording import Note
from headwater.core.errors import HeadwaterError
from headwater.core.plain import plain
from headwater.core.sealing.seals import Seals
from headwater.flow.generation import sound_project
from headwater.privacy.anonymity.counts import Counting, Exact, counting as floored

AT_ONCE = 4  # requests that are worked on together: each opens the tables for itself
SCHEME = "bearer "
Handler = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True)
class Api:
    """The endpoints of one project.

    Attributes:
        sign_in: what recognises who asks.
        audit: where what is asked is recorded.
        seals: what makes pseudonyms.
        tell: says on the side what was changed, and where something failed.
    """

    root: Path
    sign_in: SignIn
    audit: AuditLog
    seals: Seals
    tell: Callable[[str], None] = lambda text: print(text, file=sys.stderr)

    def app(self) -> Starlette:
        """The application."""
        turns = asyncio.Semaphore(AT_ONCE)
        routes = [Route(each.path, self._handler(each, turns), methods=[each.method]) for each in ENDPOINTS]
        routes.append(Route("/v1/openapi.json", _show_document, methods=["GET"]))
        return Starlette(routes=routes, exception_handlers={HTTPException: _not_there})

    def _handler(self, endpoint: Endpoint, turns: asyncio.Semaphore) -> Handler:
        async def handle(request: Request) -> Response:
            note = Note(endpoint, self.audit, self.seals)
            try:
                await run_in_threadpool(self._admit, request, note)
                note.body = await _said(request, endpoint)
                async with turns:
                    return _answer(200, await run_in_threadpool(self._done, note))
            except Exception as error:  # noqa: BLE001 - whatever it is, what it says is told to nobody
                return _refused(await run_in_threadpool(self._failed, error, note))

        return handle

    def _admit(self, request: Request, note: Note) -> None:
        """Note who shows what a request shows.

        Raises:
            NotSignedInError: nobody that is known.
            RefusedError: they may not do what they ask for.
        """
        said = request.headers.get("Authorization", "")
        presented = said[len(SCHEME) :].strip() if said[: len(SCHEME)].lower() == SCHEME else ""
        address = request.client.host if request.client else ""
        note.caller = self.sign_in.recognise(presented, address)
        if not note.caller.may(note.endpoint.asks):
            raise RefusedError(faults.NO_RIGHT)

    def _done(self, note: Note) -> object:
        """What is answered, as whoever asks may see it; recorded before they do."""
        if note.caller is None:
            raise RefusedError(faults.UNKNOWN_KEY)
        note.begins()
        asked = Asked(self.root, note.caller, self.sign_in.keys, self.audit)
        given = note.endpoint.call(asked, note.body)
        with ExitStack() as held:
            shown = self._mask(note.caller, held).shown(given, note.endpoint.gives)
        note.is_done(given)
        if note.endpoint.asks.changes:
            self.tell(f"api: {note.endpoint.path}, by {note.caller.name}")
        return shown

    def _mask(self, caller: Caller, held: ExitStack) -> Mask:
        """What hides from a caller what they may not see; what it needs is open as long as `held` is."""

        @cache
        def counting() -> Counting:
            if caller.may(Action.SEE_SMALL_COUNTS):
                return Exact()
            return held.enter_context(floored(sound_project(self.root), self.seals, caller.name))

        return Mask(caller.labels, lambda: self.seals, lambda: known_of(sound_project(self.root)), counting)

    def _failed(self, error: Exception, note: Note) -> Fault:
        """What is answered; it is recorded, and told where it is our own fault, without what the error says."""
        fault = self._fault(error, note.endpoint)
        try:
            note.failed(error, fault)
        except HeadwaterError as unrecorded:
            return self._fault(unrecorded, note.endpoint)
        return fault

    def _fault(self, error: Exception, endpoint: Endpoint) -> Fault:
        match error:
            case RefusedError():
                return error.fault
            case NotSignedInError():
                return faults.fault_of_sign_in(error)
            case BodyError():
                return faults.fault_of_body(error)
        fault = faults.fault_of(error) if isinstance(error, HeadwaterError) else faults.OURS
        if fault is faults.OURS:
            where = traceback.extract_tb(error.__traceback__)[-1]
            place = f"{Path(where.filename).name}:{where.lineno}"
            self.tell(f"api: {endpoint.path} failed: {type(error).__name__} at {place}")
        return fault


async def _said(request: Request, endpoint: Endpoint) -> Body:
    """What a request says: in its body, or, if it has none, after the question mark.

    Raises:
        BodyError: it says something else than the endpoint takes.
        RefusedError: it is too large, or breaks off.
    """
    if endpoint.method == "GET":
        return read_query(dict(request.query_params), endpoint.takes)
    return read_body(await _read(request, endpoint.most_bytes), endpoint.takes)


async def _read(request: Request, most_bytes: int) -> bytes:
    """The body, as far as it may go.

    Raises:
        RefusedError: it is too large, or breaks off.
    """
    found = bytearray()
    try:
        async for part in request.stream():
            found += part
            if len(found) > most_bytes:
                raise RefusedError(faults.too_large(most_bytes))
    except ClientDisconnect:
        raise RefusedError(faults.BROKEN_OFF) from None
    return bytes(found)


async def _show_document(_request: Request) -> Response:
    return _answer(200, document())


async def _not_there(_request: Request, error: Exception) -> Response:
    is_method = isinstance(error, HTTPException) and error.status_code == faults.WRONG_METHOD.status
    answer = _refused(faults.WRONG_METHOD if is_method else faults.NO_ENDPOINT)
    if isinstance(error, HTTPException) and error.headers:
        answer.headers.update(error.headers)
    return answer


def _refused(fault: Fault) -> Response:
    answer = _answer(fault.status, {"error": fault.error})
    answer.headers.update(fault.headers)
    return answer


def _answer(status: int, given: object) -> Response:
    text = json.dumps(given, default=plain, ensure_ascii=False)
    headers = {"Cache-Control": "no-store"}
    return Response(text, status_code=status, headers=headers, media_type="application/json")
