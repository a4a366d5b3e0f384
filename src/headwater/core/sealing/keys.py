"""The keys of a project as a value: data keys, of which one is active, and one key for blind indexes.

A *data key* is 32 random bytes; what is sealed is sealed by the active one, and a retired one only opens. A *forgotten* key
has no secret any more: its entry stays, so that it can be told from one that is missing.

The *index key* is a secret of its own beside them. So it stays what it is when data keys are rotated or forgotten, and equal
values have equal indexes for as long as the ring lives.

Neither is used as it is: HKDF with SHA-256 (RFC 5869) derives from a secret one key for each purpose and place, and also the
key's id, by which a damaged secret is noticed. No secret is ever in a message or a `repr`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from headwater.core.errors import KeysError, UserError, suggest
from headwater.core.sealing.text import from_text, to_text

SECRET_BYTES, ID_BYTES, FORMAT = 32, 4, 1


class State(StrEnum):
    """What a data key is good for."""

    ACTIVE = "active"
    RETIRED = "retired"
    FORGOTTEN = "forgotten"


@dataclass(frozen=True)
class Key:
    """One key. `key_id`: 8 hexadecimal digits, made from the secret; `created_at` in UTC; a forgotten one has no secret."""

    key_id: str
    created_at: datetime
    state: State = State.ACTIVE
    secret: bytes = field(default=b"", repr=False)

    def derived(self, *purpose: str) -> bytes:
        """A key of 32 bytes for one purpose."""
        return derive(self.secret, *purpose)


@dataclass(frozen=True)
class KeyRing:
    """All keys of a project. `project`: its name when the ring was made; sealed values are bound to it."""

    project: str
    index: Key
    keys: tuple[Key, ...]

    @property
    def active(self) -> Key:
        """The key that seals."""
        return next(key for key in self.keys if key.state is State.ACTIVE)

    @property
    def key_ids(self) -> frozenset[str]:
        """The ids of all keys, of the index too."""
        return frozenset(key.key_id for key in (self.index, *self.keys))

    def find(self, key_id: str) -> Key | None:
        """The data key of this id, forgotten or not."""
        return next((key for key in self.keys if key.key_id == key_id), None)

    def rotated(self, now: datetime) -> KeyRing:
        """With a new active key; the one before is retired."""
        before = tuple(
            replace(key, state=State.RETIRED) if key.state is State.ACTIVE else key for key in self.keys
        )
        return replace(self, keys=(*before, _new_key(now)))

    def without(self, key_id: str) -> KeyRing:
        """With one retired key forgotten: what it sealed can never be opened again.

        Raises:
            UserError: there is no such key, or it is the active one.
        """
        found = self.find(key_id)
        if found is None:
            raise UserError(
                f"there is no data key '{key_id}'; {suggest(key_id, [key.key_id for key in self.keys])}"
            )
        if found.state is State.ACTIVE:
            raise UserError(
                f"the key {key_id} is active and cannot be forgotten",
                next_step="run `headwater keys rotate` first, and seal anew what is to be kept",
            )
        gone = replace(found, state=State.FORGOTTEN, secret=b"")
        return replace(self, keys=tuple(gone if key.key_id == key_id else key for key in self.keys))


def derive(secret: bytes, *purpose: str) -> bytes:
    """A key of 32 bytes from a secret, by HKDF-SHA-256; other purposes give keys that say nothing of each other."""
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=joined("headwater", *purpose)).derive(secret)


def joined(*parts: str) -> bytes:
    """Texts as bytes, each after its length, so that no two sequences of texts give the same bytes."""
    encoded = [part.encode() for part in parts]
    return b"".join(len(each).to_bytes(4, "big") + each for each in encoded)


def new_ring(project: str, now: datetime) -> KeyRing:
    """A ring with one data key."""
    return KeyRing(project, _new_key(now), (_new_key(now),))


def write_ring(ring: KeyRing) -> str:
    """The ring as text, with its secrets: for the place where keys are kept, and for nothing else."""
    held = {
        "headwater_keys": FORMAT,
        "project": ring.project,
        "index": _written(ring.index),
        "keys": [_written(key) for key in ring.keys],
    }
    return json.dumps(held, indent=1, ensure_ascii=False) + "\n"


def read_ring(text: str, where: str) -> KeyRing:
    """The ring that `write_ring` wrote.

    Args:
        text: what was found.
        where: where it was found, for messages.

    Raises:
        KeysError: it is damaged; the message says in what, and shows nothing of it.
    """
    try:
        held = json.loads(text)
        if held["headwater_keys"] != FORMAT:
            raise _damaged(
                where, "it is of another format", "read it with the version of Headwater that wrote it"
            )
        project = held["project"]
        if not isinstance(project, str) or not project:
            raise _damaged(where, "it does not say whose keys they are")
        index = _read_key(held["index"], "the index key", where)
        keys = tuple(_read_key(each, f"data key {n}", where) for n, each in enumerate(held["keys"], start=1))
    # None of these may be shown: their messages hold parts of the text.
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        raise _damaged(where, "it is not what Headwater writes") from None
    if [key.state for key in keys].count(State.ACTIVE) != 1:
        raise _damaged(where, "not exactly one data key is active")
    ring = KeyRing(project, index, keys)
    if len(ring.key_ids) != len(keys) + 1:
        raise _damaged(where, "a key is there twice")
    return ring


def described(keys: Iterable[Key]) -> str:
    """Keys by id and day, for messages.

    >>> described([Key("0a1b2c3d", datetime(2026, 1, 2, tzinfo=UTC))])
    '0a1b2c3d (made 2026-01-02)'
    """
    return ", ".join(f"{key.key_id} (made {key.created_at:%Y-%m-%d})" for key in keys)


def _new_key(now: datetime) -> Key:
    secret = os.urandom(SECRET_BYTES)
    return Key(_id_of(secret), now.replace(microsecond=0), State.ACTIVE, secret)


def _id_of(secret: bytes) -> str:
    return derive(secret, "id")[:ID_BYTES].hex()


def _written(key: Key) -> dict[str, str]:
    held = {"id": key.key_id, "created_at": key.created_at.isoformat(), "state": key.state.value}
    return held | ({} if key.state is State.FORGOTTEN else {"secret": to_text(key.secret)})


def _read_key(held: Mapping[str, str], what: str, where: str) -> Key:
    key_id, state = held["id"], State(held["state"])
    if len(bytes.fromhex(key_id)) != ID_BYTES or key_id != key_id.lower():
        raise _damaged(where, f"the id of {what} is none")
    secret = b"" if state is State.FORGOTTEN else from_text(held["secret"])
    if state is not State.FORGOTTEN and (len(secret) != SECRET_BYTES or _id_of(secret) != key_id):
        raise _damaged(where, f"{what} ({key_id}) has been changed")
    return Key(key_id, datetime.fromisoformat(held["created_at"]).astimezone(UTC), state, secret)


def _damaged(
    where: str, why: str, step: str = "put it back from a backup; nothing was written over it"
) -> KeysError:
    return KeysError(f"the keys in {where} cannot be read: {why}", next_step=step)
