"""Look for thousands of values in the bytes of files, whatever stands around them.

Reads files. A place where none of the values begins is told by its first six bytes, so that however many values there are, a
file is passed over once.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np

LEAST_BYTES = 6
"""Of a value."""
_AT_ONCE = 1 << 24  # bytes
_CODES = 1 << 24  # of three bytes


class Search:
    """Searches files for values, each of at least `LEAST_BYTES` bytes.

    Raises:
        ValueError: one is shorter.
    """

    def __init__(self, values: Iterable[bytes]) -> None:
        self._by_head: dict[bytes, list[bytes]] = {}
        self._longest = LEAST_BYTES
        self._first, self._second = np.zeros(_CODES, dtype=np.bool_), np.zeros(_CODES, dtype=np.bool_)
        for value in values:
            if len(value) < LEAST_BYTES:
                raise ValueError(f"a value of fewer than {LEAST_BYTES} bytes cannot be told from anything")
            self._by_head.setdefault(value[:LEAST_BYTES], []).append(value)
            self._longest = max(self._longest, len(value))
            self._first[int.from_bytes(value[:3], "little")] = True
            self._second[int.from_bytes(value[3:6], "little")] = True

    def is_in(self, path: Path) -> bool:
        """Whether any of the values stands in a file."""
        if not self._by_head:
            return False
        with path.open("rb") as file:
            before = b""
            while part := file.read(_AT_ONCE):
                if self.is_in_bytes(before + part):
                    return True
                before = (before + part)[1 - self._longest :]
        return False

    def is_in_bytes(self, data: bytes) -> bool:
        """Whether any of the values stands in some bytes.

        >>> search = Search([b"ann@example.org"])
        >>> search.is_in_bytes(b"to:ann@example.org,"), search.is_in_bytes(b"ann@example.com")
        (True, False)
        """
        if len(data) < LEAST_BYTES:
            return False
        found = np.frombuffer(data, dtype=np.uint8).astype(np.uint32)
        codes = found[:-2] | found[1:-1] << np.uint32(8) | found[2:] << np.uint32(16)
        places = np.flatnonzero(self._first[codes[:-3]] & self._second[codes[3:]])
        return any(
            data.startswith(value, place)
            for place in places.tolist()
            for value in self._by_head.get(data[place : place + LEAST_BYTES], ())
        )
