"""Cross-origin requests of browsers: every page may send events, with whatever headers its library adds.

A fixed list of headers would lose the events of libraries that add others, and without `Retry-After` being exposed they come
back too early (seen in their real requests). A write key allows writing alone, so any origin may.
"""

from __future__ import annotations

from collections.abc import Mapping

Headers = list[tuple[str, str]]
_A_DAY = "86400"


def cors(headers: Mapping[str, str]) -> Headers:
    """The headers that let the page see the answer; none where no page asks."""
    origin = headers.get("origin")
    if origin is None:
        return []
    return [
        ("access-control-allow-origin", origin),
        ("access-control-allow-credentials", "true"),
        ("access-control-expose-headers", "Retry-After"),
        ("vary", "Origin"),
    ]


def preflight(headers: Mapping[str, str]) -> Headers:
    """The headers of the answer to `may I send this?`: yes."""
    asked = headers.get("access-control-request-headers")
    return [
        *cors(headers),
        ("access-control-allow-methods", "GET, POST, OPTIONS"),
        *([("access-control-allow-headers", asked)] if asked else []),
        ("access-control-max-age", _A_DAY),
    ]
