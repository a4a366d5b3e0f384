"""Keys that are the same in every process of a test."""

from __future__ import annotations

import hashlib
import os
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from headwater.core.sealing.keys import Key, KeyRing, State, derive
from headwater.core.sealing.seals import Seals


def _key(name: str) -> Key:
    secret = hashlib.sha256(name.encode()).digest()
    return Key(derive(secret, "id")[:4].hex(), datetime(2026, 5, 4, tzinfo=UTC), State.ACTIVE, secret)


RING = KeyRing("shop", _key("index"), (_key("data"),))
_FOLDER = os.environ.setdefault("RECORD_KEYS_OF_TESTS", tempfile.mkdtemp(prefix="headwater-keys-"))
SEALS = Seals(RING, record_keys=Path(_FOLDER))
