"""Draws that are tied to what they are for: the same for the same thing, whoever asks how often, and unknown without the key.

Reads and writes nothing.
"""

from __future__ import annotations

import hashlib
import hmac
import math

_WHOLE = 1 << 53


def uniform(key: bytes, *what: bytes) -> float:
    """Between 0 and 1, neither included."""
    held = hmac.new(key, digestmod=hashlib.sha256)
    for each in what:
        held.update(len(each).to_bytes(8, "big") + each)
    return ((int.from_bytes(held.digest()[:8], "big") >> 11) + 0.5) / _WHOLE


def noise(key: bytes, scale: float, *what: bytes) -> int:
    """A whole number by the two-sided geometric distribution, which is the discrete Laplace: n has weight e^(-|n| / scale).

    The difference of two geometric draws (A. Ghosh, T. Roughgarden, M. Sundararajan: Universally utility-maximizing privacy
    mechanisms, STOC 2009).
    """
    one, other = (math.floor(-scale * math.log(uniform(key, end, *what))) for end in (b"more", b"less"))
    return one - other
