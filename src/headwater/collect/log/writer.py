"""Writing a log: records are appended together, are on the disk when `append` returns, and are readable then.
Each is sealed (see core.sealing.records), for it holds what people did and who they are.

Any number of processes may write to one log. Who holds the lock finds the end, takes away what a writer that died left torn
behind it, writes, and moves the end; the disk is waited for outside the lock. A write that fails (a full disk) leaves nothing.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from headwater.collect.log.frame import SIZE, framed, frames, next_frame
from headwater.collect.log.head import Head
from headwater.collect.log.segments import bases, path_of, records_of
from headwater.core.sealing.seals import Seals

SEGMENT_BYTES = 128 * 1024 * 1024


class Writer:
    """Appends to the log in a folder, sealed for a log of that name. Not for several threads at once."""

    def __init__(self, folder: Path, seals: Seals, segment_bytes: int = SEGMENT_BYTES) -> None:
        self.folder = folder
        self._records = records_of(folder, seals)
        self.head = Head(folder)
        self._segment_bytes = segment_bytes
        self._file = -1
        self._base = -1

    def append(self, payloads: Sequence[bytes]) -> list[int]:
        """Write records; gives the position of each. When it returns they are on the disk.

        Raises:
            OSError: they could not be written; then none of them is there, and it may be tried again.
        """
        sealed = [self._records.seal(each) for each in payloads]
        with self.head.locked():
            begin = self._at_end()
            data = framed(sealed, self._base)
            self._write(data, begin - self._base)
            self.head.move(self._base, begin + len(data))
        os.fdatasync(self._file)
        with self.head.locked():
            self.head.settle(max(self.head.durable, begin + len(data)))
        return _positions(begin, sealed)

    def truncate(self, position: int) -> None:
        """Forget all that stands at this position and after; nobody else may be writing or reading there."""
        with self.head.locked():
            self._close_file()
            for base in bases(self.folder):
                if base > position:
                    path_of(self.folder, base).unlink()
            base = max(bases(self.folder), default=position)
            with path_of(self.folder, base).open("ab") as file:
                file.truncate(position - base)
                os.fsync(file.fileno())
            self.head.move(base, position)
            self.head.settle(position)

    def close(self) -> None:
        """Let go of the files."""
        self._close_file()
        self.head.close()

    def _at_end(self) -> int:
        """Have the right file open, with nothing behind its end; gives the end. Under the lock."""
        end = self.head.end
        if self._base != self.head.base or self._file < 0:
            self._open(self.head.base)
        if os.fstat(self._file).st_size > end - self._base:
            os.ftruncate(self._file, end - self._base)
        if end - self._base >= self._segment_bytes:
            os.fdatasync(self._file)
            self._open(end)
            self.head.move(end, end)
        return end

    def _open(self, base: int) -> None:
        self._close_file()
        path = path_of(self.folder, base)
        self._file = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        self._base = base
        if os.fstat(self._file).st_size == 0:  # its name may not be on the disk, whoever made it
            _sync_folder(self.folder)

    def _write(self, data: bytes, at: int) -> None:
        written = 0
        try:
            while written < len(data):
                written += os.pwrite(self._file, memoryview(data)[written:], at + written)
        except OSError:
            os.ftruncate(self._file, at)
            raise

    def _close_file(self) -> None:
        if self._file >= 0:
            os.close(self._file)
        self._file = self._base = -1


def begin_segment(folder: Path) -> None:
    """Let the next record begin a new file, so that nobody writes to those there are any more; others may be writing.

    What a writer that died left torn behind the end is cut off; what it left whole is kept, as `recover` keeps it.
    """
    head = Head(folder)
    try:
        with head.locked():
            base = max(bases(folder), default=head.base)
            path = path_of(folder, base)
            if head.base <= base and path.exists():
                known = head.end - base if head.base == base else 0
                end = base + _whole(path, base, known if known <= path.stat().st_size else 0)
                _cut(path, end - base)
                head.move(end, end)  # the file itself is made by whoever writes to it first
                head.settle(end)
    finally:
        head.close()


def recover(folder: Path) -> int:
    """Make the log's head agree with its files, after whatever happened; cuts a torn tail off. Gives the end.

    Nobody may be writing. What is whole is kept, acknowledged or not, and on the disk when this returns.
    """
    head = Head(folder)
    try:
        with head.locked():
            base = max(bases(folder), default=head.base)
            path = path_of(folder, base)
            end = base + _whole(path, base)
            if path.exists():
                _cut(path, end - base)
            head.move(base, end)
            head.settle(end)
            return end
    finally:
        head.close()


def _whole(path: Path, base: int, known: int = 0) -> int:
    """Where the last whole record of a file ends: records before it may be damaged, which readers pass over.

    `known`: up to where the file is known to be whole.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return 0
    begin = end = known
    while begin < len(data):
        for frame in frames(memoryview(data)[begin:], base):
            end = begin + frame.end
        begin = next_frame(data, max(begin, end), base)
    return end


def _cut(path: Path, size: int) -> None:
    """Let a file have so many bytes, all of them on the disk."""
    file = os.open(path, os.O_RDWR)
    try:
        if os.fstat(file).st_size > size:
            os.ftruncate(file, size)
        os.fsync(file)
    finally:
        os.close(file)


def _positions(begin: int, payloads: Sequence[bytes]) -> list[int]:
    positions = []
    for payload in payloads:
        positions.append(begin)
        begin += SIZE + len(payload)
    return positions


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
