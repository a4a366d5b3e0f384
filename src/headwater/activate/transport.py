"""Carrying requests: HTTP by httpx, files by an atomic rename. Destinations make requests; they never carry them.

Writes files into folders of the project; opens network connections. Shows neither bodies, headers nor full URLs, which
may hold secrets or identifiers, only the host.
"""

from __future__ import annotations

import math
import os
from pathlib import Path
from types import TracebackType
from urllib.parse import urlsplit

import httpx

from headwater.activate.destination import File, Http, Later, Refused, Request, Response
from headwater.engine.lake import write_atomically

LARGEST_ANSWER = 10_000_000


class Transport:
    """Connections of one run; to be used in a `with` block."""

    def __init__(self, root: Path, timeout_seconds: float) -> None:
        """Nothing is opened yet.

        Args:
            root: the project folder.
            timeout_seconds: how long to wait for a connection, and for each stretch of an answer.
        """
        self._root = root
        self._client = httpx.Client(timeout=timeout_seconds, follow_redirects=False)

    def __enter__(self) -> Transport:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self._client.close()

    def carry(self, request: Request) -> Response | Later | Refused:
        """The answer to a request; Later where there is none, Refused where there can be none."""
        return self._write(request) if isinstance(request, File) else self._ask(request)

    def _ask(self, request: Http) -> Response | Later | Refused:
        host = urlsplit(request.url).hostname or "the host"
        try:
            with self._client.stream(
                request.method, request.url, content=request.body, headers=dict(request.headers)
            ) as answer:
                return Response(answer.status_code, dict(answer.headers), _read(answer))
        except httpx.TimeoutException:
            return Later(f"{host} did not answer in {self._client.timeout.read:g} seconds")
        except httpx.ConnectError as error:
            return Later(f"{host} could not be reached ({error})")
        except (httpx.InvalidURL, httpx.UnsupportedProtocol):
            return Refused("the url cannot be used")
        except (httpx.HTTPError, UnicodeError) as error:
            return Later(f"the connection to {host} broke ({type(error).__name__})")

    def _write(self, request: File) -> Response | Later:
        path = self._root / request.folder / request.name
        try:
            write_atomically(path, request.content)
            for draft in path.parent.glob(f".{path.name}.*.draft"):  # left by a killed process
                draft.unlink(missing_ok=True)
        except OSError as error:
            # Trying again at once would not mend a disk: the next run does.
            why = error.strerror or os.strerror(error.errno or 0)
            return Later(f"{request.folder}/{request.name} could not be written ({why})", math.inf)
        return Response(201)


def _read(answer: httpx.Response) -> bytes:
    """The body, up to a size no honest answer has."""
    body = b""
    for chunk in answer.iter_bytes():
        body += chunk
        if len(body) > LARGEST_ANSWER:
            break
    return body
