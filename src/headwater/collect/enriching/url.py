"""A URL taken apart, for the steps that read something out of it.

Clients send anything under that name, so nothing here fails: what cannot be read is empty.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from urllib.parse import parse_qsl

_PARTS = re.compile(
    r"(?:[A-Za-z][A-Za-z0-9+.-]*:)?"  # scheme
    r"(?://(?:[^/?#@]*@)?(\[[^\]/?#]*\]|[^/?#:]*)[^/?#]*)?"  # user, host, port
    r"([^?#]*)(?:\?([^#]*))?"  # path, query
)
_NONE: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class Url:
    """The parts of a URL.

    Attributes:
        host: in lower case, without port and final dot; empty: it names none.
        path: as it came; `/` if it is empty.
        parameters: of the query, decoded, names in lower case; of repeats the first counts.
    """

    host: str
    path: str
    parameters: Mapping[str, str]


@lru_cache(maxsize=1024)  # several steps in a row ask for the same
def take_apart(url: str) -> Url:
    """The parts of a URL.

    >>> take_apart("https://Shop.Example:443/tea?UTM_Source=news#top")
    Url(host='shop.example', path='/tea', parameters={'utm_source': 'news'})
    """
    found = _PARTS.match(url.strip())
    host, path, query = found.groups() if found else ("", "", "")
    return Url((host or "").lower().rstrip("."), path or "/", _parameters(query) if query else _NONE)


def is_of(host: str, hosts: frozenset[str]) -> bool:
    """Whether a host is one of these, or below one of them.

    >>> is_of("www.shop.example", frozenset({"shop.example"}))
    True
    """
    while host:
        if host in hosts:
            return True
        host = host.partition(".")[2]
    return False


def _parameters(query: str) -> dict[str, str]:
    pairs = parse_qsl(query, keep_blank_values=True)
    return {name.lower(): value for name, value in reversed(pairs)}
