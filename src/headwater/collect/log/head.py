"""Where a log ends: a few numbers in shared memory, backed by the file `head`, that all processes of a machine agree on.

`end`: the position after the last record that was written whole. `durable`: the one up to which all is on the disk. Both only
grow. They are changed under the lock on the file; reading one needs none, for it is one machine word.
"""

from __future__ import annotations

import fcntl
import mmap
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_BYTES = 4096
_BASE, _END, _DURABLE = 0, 1, 2


class Head:
    """The numbers of one log. Raises OSError where the file cannot be had."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._file = os.open(folder / "head", os.O_RDWR | os.O_CREAT, 0o644)
        if os.fstat(self._file).st_size < _BYTES:
            os.posix_fallocate(self._file, 0, _BYTES)
        self._map = mmap.mmap(self._file, _BYTES)
        self._words = memoryview(self._map).cast("Q")

    @property
    def base(self) -> int:
        """Where the file begins that is written to."""
        return self._words[_BASE]

    @property
    def end(self) -> int:
        """The position after the last record written."""
        return self._words[_END]

    @property
    def durable(self) -> int:
        """The position up to which all is on the disk."""
        return self._words[_DURABLE]

    def move(self, base: int, end: int) -> None:
        """Note what was written; only under the lock."""
        self._words[_BASE], self._words[_END] = base, end

    def settle(self, durable: int) -> None:
        """Note what is on the disk; only under the lock."""
        self._words[_DURABLE] = durable

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Be the only one who writes."""
        fcntl.flock(self._file, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(self._file, fcntl.LOCK_UN)

    def close(self) -> None:
        """Let go of the file."""
        self._words.release()
        self._map.close()
        os.close(self._file)
