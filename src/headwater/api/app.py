"""The API as a web application (ASGI): who asks, may they, what do they say; then one function, and its answer as JSON.

Reads the project's files and tables, and the keys; what changes something owns the project meanwhile.
"""

from __future__ import annotations

import asyncio
import json
import sys
import traceback
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from headwater.access.keys import AccessKeys
from headwater.access.rights import Right
from headwater.api import faults
from headwater.api.bodies import MOST_BYTES, BodyError, read_body
from headwater.api.endpoints import ENDPOINTS, Asked, Endpoint
from headwater.api.faults import Fault, fault_of, fault_of_body
from headwater.api.openapi import document
from headwater.core.errors import HeadwaterError
from headwater.core.plain import plain

AT_ONCE = 4  # requests that are worked on together: each opens the tables for itself
SCHEME = "bearer "
Handler = Callable[[Request], Awaitable[Response]]


class RefusedError(Exception):
    """A request that is not done; what is answered."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.status)
        self.fault = fault


@dataclass(frozen=True)
class Api:
    """The endpoints of one project."""

    root: Path
    keys: AccessKeys
    tell: Callable[[str], None] = lambda text: print(text, file=sys.stderr)

    def app(self) -> Starlette:
        """The application."""
        turns = asyncio.Semaphore(AT_ONCE)
        routes = [Route(each.path, self._handler(each, turns), methods=[each.method]) for each in ENDPOINTS]
        routes.append(Route("/v1/openapi.json", _show_document, methods=["GET"]))
        return Starlette(routes=routes, exception_handlers={HTTPException: _not_there})

    def _handler(self, endpoint: Endpoint, turns: asyncio.Semaphore) -> Handler:
        async def handle(request: Request) -> Response:
            try:
                key = await run_in_threadpool(self._admitted, request, endpoint.may)
                body = read_body(await _read(request), endpoint.takes)
                async with turns:
                    given = await run_in_threadpool(endpoint.call, Asked(self.root, key), body)
            except RefusedError as refused:
                return _refused(refused.fault)
            except BodyError as error:
                return _refused(fault_of_body(error))
            except Exception as error:  # noqa: BLE001 - whatever it is, what it says is told to nobody
                return _refused(self._failed(error, endpoint))
            if endpoint.may is Right.MANAGE:
                self.tell(f"api: {endpoint.path}, by {key}")
            return _answer(200, given)

        return handle

    def _admitted(self, request: Request, wanted: Right) -> str:
        """Whose key it is that a request shows.

        Raises:
            RefusedError: it shows none that is in force and has the right that is wanted.
        """
        said = request.headers.get("Authorization", "")
        is_key = said[: len(SCHEME)].lower() == SCHEME
        key = self.keys.recognise(said[len(SCHEME) :].strip()) if is_key else None
        if key is None:
            raise RefusedError(faults.UNKNOWN_KEY)
        if not key.may.covers(wanted):
            raise RefusedError(faults.NO_RIGHT)
        return key.name

    def _failed(self, error: Exception, endpoint: Endpoint) -> Fault:
        """What is answered; where our own fault is, it is told where, without what the error says."""
        fault = fault_of(error) if isinstance(error, HeadwaterError) else faults.OURS
        if fault is faults.OURS:
            where = traceback.extract_tb(error.__traceback__)[-1]
            place = f"{Path(where.filename).name}:{where.lineno}"
            self.tell(f"api: {endpoint.path} failed: {type(error).__name__} at {place}")
        return fault


async def _read(request: Request) -> bytes:
    """The body, as far as it may go.

    Raises:
        RefusedError: it is too large, or breaks off.
    """
    found = bytearray()
    try:
        async for part in request.stream():
            found += part
            if len(found) > MOST_BYTES:
                raise RefusedError(faults.TOO_LARGE)
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
