"""Seal the records of a log, each by a key of its own, any of which can be destroyed: AES-256-GCM (NIST SP 800-38D).

A sealed record is bytes,

    version (1 byte) | key id (4) | salt (16) | number (8) | ciphertext | tag (16)

A writer draws a salt when it begins and a tree of keys (see `key_tree.py`), keeps the tree with the project's keys
(`record_keys.py`), and numbers its records: each is sealed by the leaf of its number. After a day, or when the tree is used up,
it begins anew. So the record of somebody who is erased can be made unreadable wherever else a copy of the log is, and other
people's records stay what they are.
"""

from __future__ import annotations

import os
import time
from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import count

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from headwater.core.errors import SealError
from headwater.core.sealing.key_tree import BLOCK, N_LEAVES, KeyTree, new_tree
from headwater.core.sealing.keys import ID_BYTES, State, joined
from headwater.core.sealing.record_keys import RecordKeys
from headwater.core.sealing.seals import TAG_BYTES, Place, Seals

VERSION = 3
SALT_BYTES, NUMBER_BYTES = 16, 8
MOST_SECONDS = 24 * 3600.0
"""For which a writer uses a tree: what was written longer ago than that is by another one."""
_KEY_END = 1 + ID_BYTES
_SALT_END = _KEY_END + SALT_BYTES
HEAD_BYTES = _SALT_END + NUMBER_BYTES
OVERHEAD = HEAD_BYTES + TAG_BYTES
_NONCE = bytes(12)  # each key seals one record
_MOST_WRITERS, _MOST_BLOCKS = 1024, 256


@dataclass
class _Own:
    """What a writer seals by, in one process: what its records begin with, its keys, and their numbers."""

    process: int
    head: bytes
    tree: KeyTree
    bound: bytes
    until: float
    numbers: Iterator[int] = field(default_factory=count)
    block: tuple[int, list[bytes | None]] = (-1, [])

    def key(self, number: int) -> bytes:
        """The key of a record."""
        at, keys = self.block
        if at != number // BLOCK:
            keys = self.tree.block(number // BLOCK)
            self.block = number // BLOCK, keys
        key = keys[number % BLOCK]
        assert key is not None  # noqa: S101 - a writer's own tree is whole
        return key


class Records:
    """Seals and opens the records of one log. May be used by several threads."""

    def __init__(self, seals: Seals, log: str) -> None:
        self._seals = seals
        self._place = Place("log", log)
        self._keys = RecordKeys(seals, log)
        self._trees = lru_cache(_MOST_WRITERS)(self._tree)
        self._blocks = lru_cache(_MOST_BLOCKS)(self._block)
        self._bounds = lru_cache(_MOST_WRITERS)(self._bound)
        self._own: _Own | None = None

    def seal(self, record: bytes) -> bytes:
        """A record, sealed by a key that nothing else is sealed by.

        Raises:
            OSError: its keys cannot be kept.
        """
        own = self._own
        number = next(own.numbers) if own is not None else 0
        if own is None or own.process != os.getpid() or number >= N_LEAVES or time.time() >= own.until:
            own = self._own = self._begun()
            number = next(own.numbers)
        sealed = AESGCM(own.key(number)).encrypt(_NONCE, record, own.bound)
        return b"".join((own.head, number.to_bytes(NUMBER_BYTES, "big"), sealed))

    def open(self, sealed: bytes) -> bytes | None:
        """A record, opened; None if its key has been destroyed.

        Raises:
            KeysError: its key is not there.
            SealError: it is damaged, or was not sealed for this log.
        """
        if len(sealed) < OVERHEAD or sealed[0] != VERSION:
            raise self._broken("is not sealed, or by another version")
        head, number = bytes(sealed[:_SALT_END]), int.from_bytes(sealed[_SALT_END:HEAD_BYTES], "big")
        if number >= N_LEAVES:
            raise self._broken("has a number that none has")
        block = self._blocks(head, number // BLOCK)
        key = None if block is None else block[number % BLOCK]
        if key is None:
            return None
        try:
            return AESGCM(key).decrypt(_NONCE, sealed[HEAD_BYTES:], self._bounds(head[1:_KEY_END]))
        except InvalidTag:
            raise self._broken("has been changed, or was sealed for another log or project") from None

    def is_by_active(self, sealed: bytes) -> bool:
        """Whether a record was sealed while the active data key was."""
        return sealed[1:_KEY_END].hex() == self._seals.ring.active.key_id

    def shred(self, heads: Collection[bytes]) -> None:
        """Destroy the keys of records, by what these begin with (`head_of`): nobody can open them any more, nor any copy.

        Raises:
            KeysError: keys are not there.
            OSError: they cannot be written; it may be done again.
        """
        numbers = defaultdict[bytes, list[int]](list)
        for head in heads:
            numbers[head[1:_SALT_END]].append(int.from_bytes(head[_SALT_END:], "big"))
        with self._keys.changing():
            for name, destroyed in numbers.items():
                self._keys.replace(name, self._keys.load(name).without(destroyed))
        self._forget_what_was_read()

    def shred_retired(self) -> None:
        """Destroy all keys of records that were sealed before the active data key was: when none of these is kept any more."""
        active = bytes.fromhex(self._seals.ring.active.key_id)
        self._remove([name for name in self._keys.names() if name[:ID_BYTES] != active])

    def shred_older(self, moment: float) -> None:
        """Destroy the keys of writers that had ended by a moment, in seconds of the epoch."""
        self._remove([name for name, begun in self._keys.names().items() if begun + MOST_SECONDS < moment])

    def _remove(self, names: Collection[bytes]) -> None:
        with self._keys.changing():
            for name in names:
                self._keys.remove(name)
        self._forget_what_was_read()

    def _forget_what_was_read(self) -> None:
        self._trees.cache_clear()
        self._blocks.cache_clear()

    def _begun(self) -> _Own:
        key_id = bytes.fromhex(self._seals.ring.active.key_id)
        head, tree = bytes([VERSION]) + key_id + os.urandom(SALT_BYTES), new_tree()
        until = time.time() + MOST_SECONDS
        self._keys.create(head[1:], tree)
        return _Own(os.getpid(), head, tree, self._bounds(key_id), until)

    def _tree(self, head: bytes) -> KeyTree | None:
        """The keys of a writer; None: its data key has been forgotten."""
        if self._seals.key(head[1:_KEY_END].hex(), self._place).state is State.FORGOTTEN:
            return None
        return self._keys.load(head[1:])

    def _block(self, head: bytes, block: int) -> list[bytes | None] | None:
        tree = self._trees(head)
        return None if tree is None else tree.block(block)

    def _bound(self, key_id: bytes) -> bytes:
        """What is authenticated with a record."""
        return joined(self._seals.ring.project, self._place.table, self._place.column, key_id.hex())

    def _broken(self, why: str) -> SealError:
        return SealError(
            f"a record of {self._place} {why}",
            next_step="put it back from a backup; `headwater rebuild --replace` makes the live store anew",
        )


def head_of(sealed: bytes) -> bytes:
    """What a sealed record begins with: which key it is sealed by. Not secret."""
    return bytes(sealed[:HEAD_BYTES])
