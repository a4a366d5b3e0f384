"""Pseudonyms for a recipient: the same person always by the same one, another one for every other recipient.

Reads and writes nothing. They are made with the project's index key (HMAC-SHA-256, 128 bits): without it nobody can find out whom
one stands for, nor which pseudonyms of two recipients are one person.
"""

from __future__ import annotations

import hashlib
import hmac

from headwater.core.sealing.seals import Seals
from headwater.core.sealing.text import to_text

_BYTES = 16


class Pseudonyms:
    """Those of one recipient."""

    def __init__(self, recipient: str, seals: Seals) -> None:
        self._keyed = hmac.new(seals.ring.index.derived("pseudonyms", recipient), digestmod=hashlib.sha256)

    def of(self, node_id: int) -> str:
        """What stands for the person who is told by this identifier, the first that they were known by."""
        keyed = self._keyed.copy()
        keyed.update(node_id.to_bytes(8, "big"))
        return to_text(keyed.digest()[:_BYTES])
