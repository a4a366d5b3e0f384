"""Where parts of JSON stand in its bytes, so that one can be cut out and all others stay as they are, byte by byte.

Reads valid JSON as it came; whatever its strings hold and however deep it is nested.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence

Span = tuple[int, int]  # where it begins, and where it has ended
CUT = b"{}"
"""What stands in place of a part that was cut out: for every format a part, and for none an event."""

_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[\]{},:]|[^\s"\[\]{},:]+', re.DOTALL)


def items_at(data: bytes, path: Sequence[str | int] = ()) -> list[Span]:
    """Where the items of a list stand that a path of names and numbers leads to; none if it leads to no list.

    >>> items_at(b'{"id": 7, "batch": [{"a": 1}, 2]}', ["batch"])
    [(20, 28), (30, 31)]
    """
    begin = _value_at(data, len(data) - len(data.removeprefix(b"\xef\xbb\xbf")))
    for step in path:
        found = [span[0] for name, span in _members(data, begin) if name == step] if begin is not None else []
        begin = found[-1] if found else None  # of repeats the last one counts
    if begin is None or data[begin : begin + 1] != b"[":
        return []
    return [span for _, span in _members(data, begin)]


def _value_at(data: bytes, at: int) -> int | None:
    token = _TOKEN.search(data, at)
    return token.start() if token else None


def _members(data: bytes, begin: int) -> Iterator[tuple[str | int, Span]]:
    """The values right inside of an object or a list, each with its name or its number."""
    is_object, at = data[begin : begin + 1] == b"{", begin + 1
    if not is_object and data[begin : begin + 1] != b"[":
        return
    number = 0
    while (token := _TOKEN.search(data, at)) and token.group() not in (b"]", b"}"):
        if token.group() == b",":
            at = token.end()
            continue
        name: str | int = number
        if is_object:
            name = json.loads(token.group())
            token = _TOKEN.search(data, token.end())  # the colon
            token = _TOKEN.search(data, token.end()) if token else None
        if token is None:
            return
        at = _end_of(data, token)
        yield name, (token.start(), at)
        number += 1


def _end_of(data: bytes, first: re.Match[bytes]) -> int:
    """Where the value has ended that a token begins."""
    depth, token = 0, first
    while True:
        sign = token.group()
        depth += (sign in (b"{", b"[")) - (sign in (b"}", b"]"))
        following = _TOKEN.search(data, token.end()) if depth else None
        if following is None:
            return token.end()
        token = following
