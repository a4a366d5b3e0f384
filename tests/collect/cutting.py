"""Cutting parts out of JSON, as erasing does."""

from __future__ import annotations

from collections.abc import Sequence

from headwater.collect.spans import CUT, Span


def without(data: bytes, spans: Sequence[Span]) -> bytes:
    """The bytes with something without meaning in place of some parts."""
    for begin, end in sorted(spans, reverse=True):
        data = data[:begin] + CUT + data[end:]
    return data
