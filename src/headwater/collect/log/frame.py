"""A record on disk: a mark, its length, a checksum, its bytes.

    mark 4 bytes | length 4 bytes, little endian | CRC-32 of length and payload 4 bytes | payload

The checksum begins from the number of the segment, so that bytes of one segment are none in another.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from struct import Struct
from zlib import crc32

MARK = b"\x89HWr"
_HEAD = Struct("<4sII")
SIZE = _HEAD.size
MOST = 64 * 1024 * 1024
"""Bytes of one payload."""


@dataclass(frozen=True)
class Frame:
    """A record found: where it begins and ends in the bytes, and its payload."""

    begin: int
    end: int
    payload: bytes


def framed(payloads: Iterable[bytes], seed: int) -> bytes:
    """Payloads as they lie on disk, one after the other."""
    parts: list[bytes] = []
    for payload in payloads:
        parts += (_HEAD.pack(MARK, len(payload), _checksum(payload, seed)), payload)
    return b"".join(parts)


def frames(data: memoryview, seed: int) -> Iterator[Frame]:
    """The whole records at the beginning of some bytes; it ends at the first that is damaged or not all there."""
    at = 0
    while at + SIZE <= len(data):
        mark, length, checksum = _HEAD.unpack_from(data, at)
        end = at + SIZE + length
        if mark != MARK or length > MOST or end > len(data):
            return
        payload = bytes(data[at + SIZE : end])
        if _checksum(payload, seed) != checksum:
            return
        yield Frame(at, end, payload)
        at = end


def next_frame(data: bytes, at: int, seed: int) -> int:
    """Where the first whole record after a place begins; the end of the bytes if there is none."""
    while (at := data.find(MARK, at + 1)) >= 0:
        if next(frames(memoryview(data)[at:], seed), None) is not None:
            return at
    return len(data)


def length_at(data: memoryview) -> int | None:
    """How long the record is that begins some bytes, its head included; None: it is none, or its head is not there."""
    if len(data) < SIZE:
        return None
    mark, length, _ = _HEAD.unpack_from(data, 0)
    return SIZE + length if mark == MARK and length <= MOST else None


def _checksum(payload: bytes, seed: int) -> int:
    return crc32(payload, crc32(len(payload).to_bytes(4, "little"), seed & 0xFFFFFFFF))
