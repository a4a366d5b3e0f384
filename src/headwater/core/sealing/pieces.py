"""Seal what is written all the time, like entries of a store. AES-256-GCM under keys of one writer each.

A sealed piece is bytes,

    version (1 byte) | key id (4) | salt (16) | number (8) | ciphertext | tag (16)

A writer draws a salt when it begins, derives from the data key and the salt a key that nobody else has (HKDF-SHA-256), and
numbers its pieces. So no nonce is ever used twice and none need be drawn, and there is no bound on how many pieces a data key may
seal, as there is for values that are sealed one by one (see `seals.py`). A process that was forked begins anew.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import count

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from headwater.core.errors import SealError
from headwater.core.sealing.keys import ID_BYTES, State, joined
from headwater.core.sealing.seals import TAG_BYTES, Place, Seals
from headwater.core.sealing.text import to_text

VERSION = 2
SALT_BYTES, NUMBER_BYTES = 16, 8
_KEY_END = 1 + ID_BYTES
_SALT_END = _KEY_END + SALT_BYTES
_HEAD_END = _SALT_END + NUMBER_BYTES
OVERHEAD = _HEAD_END + TAG_BYTES
_NONCE_BEGIN = bytes(4)
_MOST_WRITERS = 1024


@dataclass(frozen=True)
class _Own:
    """What a writer seals by, in one process: what its pieces begin with, and their numbers."""

    process: int
    head: bytes
    aes: AESGCM
    bound: bytes
    numbers: Iterator[int]


class Pieces:
    """Seals and opens the pieces of one place. May be used by several threads."""

    def __init__(self, seals: Seals, place: Place) -> None:
        self._seals = seals
        self._place = place
        self._writers = lru_cache(_MOST_WRITERS)(self._writer)
        self._own: _Own | None = None

    def seal(self, piece: bytes) -> bytes:
        """A piece, sealed by the key that was active when this began."""
        own = self._own
        if own is None or own.process != os.getpid():
            own = self._own = self._begun()
        number = next(own.numbers).to_bytes(NUMBER_BYTES, "big")
        return b"".join((own.head, number, own.aes.encrypt(_NONCE_BEGIN + number, piece, own.bound)))

    def open(self, sealed: bytes) -> bytes | None:
        """A piece, opened; None if its key has been forgotten.

        Raises:
            KeysError: its key is not in the ring.
            SealError: it is damaged, or was not sealed at this place.
        """
        if len(sealed) < OVERHEAD or sealed[0] != VERSION:
            raise self._broken("is not sealed, or by another version")
        writer = self._writers(bytes(sealed[:_SALT_END]))
        if writer is None:
            return None
        aes, bound = writer
        try:
            return aes.decrypt(_NONCE_BEGIN + sealed[_SALT_END:_HEAD_END], sealed[_HEAD_END:], bound)
        except InvalidTag:
            raise self._broken("has been changed, or was sealed for another place or project") from None

    def is_by_active(self, sealed: bytes) -> bool:
        """Whether the active key sealed a piece."""
        return sealed[1:_KEY_END].hex() == self._seals.ring.active.key_id

    def _begun(self) -> _Own:
        key_id = bytes.fromhex(self._seals.ring.active.key_id)
        head = bytes([VERSION]) + key_id + os.urandom(SALT_BYTES)
        writer = self._writers(head)
        assert writer is not None  # noqa: S101 - the active key is never a forgotten one
        return _Own(os.getpid(), head, *writer, count())

    def _writer(self, head: bytes) -> tuple[AESGCM, bytes] | None:
        """What encrypts the pieces that begin so, and what is authenticated with them; None: the key has been forgotten."""
        key = self._seals.key(head[1:_KEY_END].hex(), self._place)
        if key.state is State.FORGOTTEN:
            return None
        place = (self._place.table, self._place.column)
        bound = joined(self._seals.ring.project, *place, key.key_id)
        return AESGCM(key.derived("pieces", *place, to_text(head[_KEY_END:]))), bound

    def _broken(self, why: str) -> SealError:
        return SealError(
            f"a piece of {self._place} {why}",
            next_step="put it back from a backup; `headwater rebuild --replace` makes the live store anew",
        )
