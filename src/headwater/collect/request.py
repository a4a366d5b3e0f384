"""A request as a client made it, and an answer: what wire formats read and write, whatever carries them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cached_property
from urllib.parse import parse_qsl

import msgspec

from headwater.core.documents import Declaration

JSON_TYPE = "application/json"


class Request(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """One request.

    Attributes:
        method: GET or POST.
        path: as it came, without the query.
        query: what stands behind the question mark, undecoded.
        headers: by name in lower case; of repeats the first counts.
        body: the bytes, already inflated if they came packed.
        ip: the client's address.
        received_at: when it came, UTC.
        source: the collector whose key it came with; empty: not known yet.
        is_replay: it comes from the log, where nothing is that was not let in: signatures need not hold any more.
        settings: what that collector's file says of the wire format, as the format's `fields`; None: not known yet.
    """

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = {}
    body: bytes = b""
    ip: str = ""
    received_at: datetime
    source: str = ""
    settings: Declaration | None = None
    is_replay: bool = False

    @cached_property
    def parameters(self) -> Mapping[str, str]:
        """The query's parameters, decoded; of repeats the first counts."""
        return dict(reversed(parse_qsl(self.query, keep_blank_values=True)))


class Answer(msgspec.Struct, frozen=True):
    """What the client gets back."""

    status: int
    body: bytes = b""
    content_type: str = JSON_TYPE
    headers: tuple[tuple[str, str], ...] = ()
