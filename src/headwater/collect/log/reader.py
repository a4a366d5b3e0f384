"""Reading a log, from a position on, as far as it is on the disk; and letting go of its oldest files.

A record whose bytes were damaged where they lie is passed over and counted; everything after it is still read.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path

from headwater.collect.log.frame import SIZE, frames, length_at, next_frame
from headwater.collect.log.head import Head
from headwater.collect.log.segments import base_of, bases, path_of, records_of
from headwater.core.errors import SealError, StorageError
from headwater.core.sealing.seals import Seals

AT_ONCE = 1024 * 1024
_LATE_SECONDS = 3600.0  # longer than a record waits between being sealed and being written


@dataclass(frozen=True)
class Record:
    """A record: its position, that of the next one, its payload."""

    position: int
    next_position: int
    payload: bytes


class Reader:
    """Reads the log in a folder from a position on.

    Attributes:
        position: of the next record.
        n_damaged: stretches that were passed over.
    """

    def __init__(self, folder: Path, seals: Seals, position: int = 0) -> None:
        self.folder = folder
        self.position = position
        self.n_damaged = 0
        self._records = records_of(folder, seals)
        self._head = Head(folder)

    @property
    def end(self) -> int:
        """The position up to which it can be read now."""
        return self._head.durable

    def read(self, most_bytes: int = AT_ONCE) -> list[Record]:
        """The next records that are there, of about so many bytes; none: it is at the end.

        Raises:
            StorageError: what stands at this position is not kept any more.
            KeysError: a record was sealed by a key that is not there.
        """
        found: list[Record] = []
        while not found and self.position < self.end:
            found = self._read_on(most_bytes)
        return found

    def close(self) -> None:
        """Let go of the files."""
        self._head.close()

    def _read_on(self, most_bytes: int) -> list[Record]:
        all_bases = bases(self.folder)
        base = base_of(self.position, all_bases)
        if base is None:
            raise StorageError(
                f"the log begins at {min(all_bases, default=0)}, {self.position} is not kept any more",
                next_step="raise `log_days`, or rebuild from the lake",
            )
        following = min((each for each in all_bases if each > base), default=None)
        end = min(self.end, following) if following is not None else self.end
        if self.position >= end:  # the file is at its end, the next one goes on
            self.position = following if following is not None else self.end
            return []
        data = self._bytes(base, end, most_bytes)
        begin, whole = self.position, list(frames(memoryview(data), base))
        found = [
            Record(begin + frame.begin, begin + frame.end, payload)
            for frame in whole
            if (payload := self._opened(frame.payload)) is not None
        ]
        self.position = begin + whole[-1].end if whole else self._past_damage(base, end)
        return found

    def _opened(self, sealed: bytes) -> bytes | None:
        """A record's payload; None: it was changed, or its key was forgotten, and it is passed over."""
        try:
            return self._records.open(sealed)
        except SealError:
            self.n_damaged += 1
            return None

    def _bytes(self, base: int, end: int, most_bytes: int) -> bytes:
        """The bytes from here on: at least one whole record, if it is one."""
        with path_of(self.folder, base).open("rb") as file:
            at = self.position - base
            data = os.pread(file.fileno(), min(max(most_bytes, SIZE), end - self.position), at)
            length = length_at(memoryview(data))
            if length is not None and len(data) < length <= end - self.position:
                data = os.pread(file.fileno(), length, at)
        return data

    def _past_damage(self, base: int, end: int) -> int:
        self.n_damaged += 1
        with path_of(self.folder, base).open("rb") as file:
            data = os.pread(file.fileno(), end - self.position, self.position - base)
        return self.position + next_frame(data, 0, base)


def read_all(folder: Path, seals: Seals, position: int, end: int) -> Iterator[Record]:
    """The records from one position to another."""
    reader = Reader(folder, seals, position)
    try:
        while reader.position < end and (found := reader.read()):
            yield from (record for record in found if record.position < end)
    finally:
        reader.close()


def beginning(folder: Path) -> int:
    """The position from which on the log is kept."""
    return min(bases(folder), default=0)


def retire(folder: Path, seals: Seals, before: int, older_than: datetime) -> int:
    """Remove the files that end before a position and were last written before a moment; gives how many.

    The newest file always stays: it says where the log goes on. The keys of what is gone go, too, so that no copy opens.
    """
    removed = list[float]()
    for base, following in pairwise(bases(folder)):
        path = path_of(folder, base)
        written = path.stat().st_mtime
        if following > before or written >= older_than.timestamp():
            break
        path.unlink()
        removed.append(written)
    if removed:
        records_of(folder, seals).shred_older(removed[-1] - _LATE_SECONDS)
    return len(removed)


def wait_for(reader: Reader, seconds: float, pause: float = 0.002) -> bool:
    """Wait until there is something to read; False: there was nothing for so long."""
    until = time.monotonic() + seconds
    while reader.position >= reader.end:
        if time.monotonic() >= until:
            return False
        time.sleep(pause)
    return True
