"""Seal, open and index values: AES-256-GCM (NIST SP 800-38D) and HMAC-SHA-256 (RFC 2104), one by one or as Arrow arrays.

A sealed value is text, base64url of

    version (1 byte) | key id (4) | nonce (12, random) | ciphertext | tag (16)

and bound to its place: version, project, table, column and key id are authenticated with it, so that it opens only where it
was sealed. Each place has a key of its own, derived from the data key; so the 2^32 values that random nonces allow a key
(SP 800-38D, section 8.3) count for each place and data key.

A blind index is text, base64url of 16 bytes: the same for the same value of the same kind, whatever its place.

NULL stays NULL. Sealing the same value twice gives two texts: whoever reads them does not learn that they are equal.
No message carries a value.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from headwater.core.errors import KeysError, SealError
from headwater.core.sealing.keys import ID_BYTES, Key, KeyRing, State, joined
from headwater.core.sealing.text import from_text, to_text

VERSION = 1
NONCE_BYTES, TAG_BYTES, INDEX_BYTES = 12, 16, 16
_HEAD_BYTES = 1 + ID_BYTES
_LEAST_BYTES = _HEAD_BYTES + NONCE_BYTES + TAG_BYTES


@dataclass(frozen=True)
class Place:
    """Where a sealed value stands: a column of a table."""

    table: str
    column: str

    def __str__(self) -> str:
        return f"{self.table}.{self.column}"


@dataclass(frozen=True)
class _Cipher:
    """A data key at a place: what encrypts, what is authenticated, and what each sealed value begins with."""

    aes: AESGCM
    bound: bytes
    head: bytes


class Seals:
    """What seals and opens with the keys of one ring."""

    def __init__(
        self, ring: KeyRing, reload: Callable[[], KeyRing] | None = None, record_keys: Path = Path()
    ) -> None:
        """Over a ring.

        Args:
            ring: the keys.
            reload: gives the ring as it is now; asked when a value names a key that the ring has not, as after another
                process has rotated it.
            record_keys: the folder of the keys that records of logs are sealed by (see `records.py`).
        """
        self.record_keys = record_keys
        self._ring = ring
        self._reload = reload
        self._ciphers: dict[tuple[str, Place], _Cipher] = {}
        self._indexes: dict[str, hmac.HMAC] = {}

    @property
    def ring(self) -> KeyRing:
        """The keys, as they were loaded last."""
        return self._ring

    def seal_bytes(self, value: bytes, place: Place) -> bytes:
        """Bytes sealed by the active key, as bytes: for what is no column, like a record of a log."""
        return _sealed(value, os.urandom(NONCE_BYTES), self._cipher(self._ring.active, place))

    def seal_text(self, value: str, place: Place) -> str:
        """One value, sealed by the active key."""
        return to_text(self.seal_bytes(value.encode(), place))

    def open_bytes(self, sealed: bytes, place: Place) -> bytes | None:
        """Sealed bytes, opened; None if their key has been forgotten.

        Raises:
            KeysError: their key is not in the ring.
            SealError: they are damaged, or were not sealed at this place.
        """
        if len(sealed) < _LEAST_BYTES or sealed[0] != VERSION:
            raise _broken(place, "is no sealed value of this version")
        key = self.key(sealed[1:_HEAD_BYTES].hex(), place)
        if key.state is State.FORGOTTEN:
            return None
        cipher, end = self._cipher(key, place), _HEAD_BYTES + NONCE_BYTES
        try:
            return cipher.aes.decrypt(sealed[_HEAD_BYTES:end], sealed[end:], cipher.bound)
        except InvalidTag:
            raise _broken(place, "has been changed, or was sealed for another column or project") from None

    def open_text(self, sealed: str, place: Place) -> str | None:
        """One value, opened; None if its key has been forgotten.

        Raises:
            KeysError: its key is not in the ring.
            SealError: it is damaged, or was not sealed at this place.
        """
        try:
            value = self.open_bytes(from_text(sealed), place)
            return None if value is None else value.decode()
        except ValueError:  # no base64url, or bytes that are no text
            raise _broken(place, "is no sealed value") from None

    def index_text(self, value: str, kind: str) -> str:
        """The blind index of one normalised value of a kind."""
        keyed = self._keyed(kind).copy()
        keyed.update(value.encode("utf-8", "surrogatepass"))
        return to_text(keyed.digest()[:INDEX_BYTES])

    def seal(self, values: pa.Array | pa.ChunkedArray, place: Place) -> pa.Array:
        """Values sealed by the active key; each has a nonce of its own, also where values are equal."""
        plain = values.to_pylist()
        cipher, nonces = self._cipher(self._ring.active, place), os.urandom(NONCE_BYTES * len(plain))
        return _texts(
            None
            if value is None
            else to_text(_sealed(value.encode(), nonces[NONCE_BYTES * n : NONCE_BYTES * (n + 1)], cipher))
            for n, value in enumerate(plain)
        )

    def open_sealed(self, sealed: pa.Array | pa.ChunkedArray, place: Place) -> pa.Array:
        """Values opened, each different text once; NULL where the key has been forgotten.

        Raises:
            KeysError: a key is not in the ring.
            SealError: a value is damaged, or was not sealed at this place.
        """
        return _of_each(sealed, lambda text: self.open_text(text, place))

    def blind_index(self, values: pa.Array | pa.ChunkedArray, kind: str) -> pa.Array:
        """The blind indexes of normalised values of a kind."""
        return _of_each(values, lambda value: self.index_text(value, kind))

    def reseal(self, sealed: pa.Array | pa.ChunkedArray, place: Place) -> pa.Array:
        """What retired keys sealed, sealed by the active one; the rest as it is, also what nothing can open any more.

        Raises:
            KeysError: a key is not in the ring.
            SealError: a value is damaged, or was not sealed at this place.
        """

        def anew(text: str) -> str:
            value = self.open_text(text, place)
            by_active = from_text(text)[1:_HEAD_BYTES].hex() == self._ring.active.key_id
            return text if value is None or by_active else self.seal_text(value, place)

        return _texts(None if text is None else anew(text) for text in sealed.to_pylist())

    def key(self, key_id: str, place: Place) -> Key:
        """The data key of this id, forgotten or not; `place`: of what it sealed, for the message.

        Raises:
            KeysError: it is not in the ring.
        """
        key = self._ring.find(key_id)
        if key is None and self._reload is not None:
            self._ring = self._reload()
            key = self._ring.find(key_id)
        if key is None:
            raise KeysError(
                f"a value of {place} was sealed by the key {key_id}, which is not among the keys of this project",
                next_step=f"put back the keys that hold {key_id} from a backup; `headwater keys list` shows those there are",
            )
        return key

    def _cipher(self, key: Key, place: Place) -> _Cipher:
        found = self._ciphers.get((key.key_id, place))
        if found is None:
            head = bytes([VERSION]) + bytes.fromhex(key.key_id)
            bound = joined(self._ring.project, place.table, place.column, key.key_id)
            aes = AESGCM(key.derived("seal", place.table, place.column))
            found = self._ciphers[key.key_id, place] = _Cipher(aes, head[:1] + bound, head)
        return found

    def _keyed(self, kind: str) -> hmac.HMAC:
        found = self._indexes.get(kind)
        if found is None:
            key = self._ring.index.derived("index", kind)
            found = self._indexes[kind] = hmac.new(key, digestmod=hashlib.sha256)
        return found


def _sealed(value: bytes, nonce: bytes, cipher: _Cipher) -> bytes:
    return cipher.head + nonce + cipher.aes.encrypt(nonce, value, cipher.bound)


def _of_each(texts: pa.Array | pa.ChunkedArray, function: Callable[[str], str | None]) -> pa.Array:
    """A function of each text, called once for each different one."""
    coded = pc.dictionary_encode(texts)
    if isinstance(coded, pa.ChunkedArray):
        coded = coded.unify_dictionaries().combine_chunks()
    return _texts(function(text) for text in coded.dictionary.to_pylist()).take(coded.indices)


def _texts(values: object) -> pa.Array:
    return pa.array(values, pa.string())


def _broken(place: Place, why: str) -> SealError:
    return SealError(
        f"a value of {place} {why}",
        next_step="put the table back from a backup, or load its sources anew",
    )
