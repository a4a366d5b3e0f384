"""Where clients put their write key: in the Authorization header, in the query, or in the body.

Reads a request; gives the key, empty if it stands nowhere. Whether there is a collector with that key is not asked here.
"""

from __future__ import annotations

from functools import lru_cache

from headwater.collect.reading.bodies import from_base64
from headwater.collect.request import Request

QUERY_PARAMETER = "writeKey"


def basic_user(request: Request) -> str:
    """The user name of HTTP Basic authentication (RFC 7617): the key, with no password."""
    return _user(_credentials(request, "basic"))


def bearer(request: Request) -> str:
    """The token of HTTP Bearer authentication (RFC 6750)."""
    return _credentials(request, "bearer")


def in_query(request: Request, name: str = QUERY_PARAMETER) -> str:
    """The query's parameter of that name."""
    return request.parameters.get(name, "").strip() if name in request.query else ""


@lru_cache(maxsize=1024)  # there are few keys, and each comes again and again
def _user(credentials: str) -> str:
    try:
        return from_base64(credentials).decode().partition(":")[0]
    except ValueError:
        return ""


def _credentials(request: Request, scheme: str) -> str:
    told, _, credentials = request.headers.get("authorization", "").strip().partition(" ")
    return credentials.strip() if told.lower() == scheme else ""
