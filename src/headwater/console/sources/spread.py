"""How values are spread, as a picture the size of a word: made of numbers alone."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

_HEIGHT, _WIDTH, _GAP, _MOST = 20.0, 8.0, 2.0, 10


def spread(counts: Sequence[int], label: str) -> str:
    """How often each of the most frequent values occurs, beside each other."""
    shown = list(counts)[:_MOST]
    most = max(shown, default=0) or 1
    bars = "".join(_bar(number, count / most) for number, count in enumerate(shown))
    whole = _MOST * (_WIDTH + _GAP)
    head = f'class="spread" viewBox="0 0 {whole:g} {_HEIGHT:g}" role="img" aria-label="{escape(label, quote=True)}"'
    return f"<svg {head}>{bars}</svg>"


def _bar(number: int, share: float) -> str:
    height = max(1.0, share * _HEIGHT)
    return (
        f'<rect class="bar-part" x="{number * (_WIDTH + _GAP):g}" y="{_HEIGHT - height:.1f}" '
        f'width="{_WIDTH:g}" height="{height:.1f}"/>'
    )
