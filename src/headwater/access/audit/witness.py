"""The second place that knows how far the audit log went: `audit/head` in the project, a line an entry, only ever appended to.

A line is an entry's number and hash. Removing the log's last entries leaves the lines that name them; whoever removes those, too,
is found out only by a line that was noted elsewhere: a copy of this file on another machine.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from headwater.core.errors import StorageError

FILE = "audit/head"
_LINE = re.compile(r"(\d{1,18}) ([0-9a-f]{64})")


@dataclass(frozen=True)
class Mark:
    """That the entry of a number has a hash."""

    number: int
    hash: str

    def __str__(self) -> str:
        """As a line."""
        return f"{self.number} {self.hash}"


def read_mark(line: str) -> Mark | None:
    """The mark that a line is; None: it is none."""
    found = _LINE.fullmatch(line.strip())
    return Mark(int(found[1]), found[2]) if found else None


@dataclass(frozen=True)
class Witness:
    """The file."""

    path: Path

    def note(self, marks: Iterable[Mark]) -> None:
        """Append marks, in one write.

        Raises:
            StorageError: it cannot be written.
        """
        text = "".join(f"{mark}\n" for mark in marks).encode()
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("a+b", buffering=0) as file:
                file.seek(0, os.SEEK_END)
                is_torn = file.tell() and os.pread(file.fileno(), 1, file.tell() - 1) != b"\n"
                file.write(b"\n" + text if is_torn else text)
                os.fsync(file.fileno())
        except OSError as error:
            raise StorageError(
                f"{FILE} could not be written: {error.strerror}",
                next_step="free disk space or mend permissions of audit/, then try again",
            ) from None

    def marks(self) -> Iterator[Mark | None]:
        """What it knows, line by line; None: a line that is none of ours. Nothing, if there is no file.

        Raises:
            StorageError: it cannot be read.
        """
        try:
            text = self.path.read_bytes().decode("utf-8", "replace")
        except FileNotFoundError:
            return
        except OSError as error:
            raise StorageError(f"{FILE} could not be read: {error.strerror}") from None
        yield from map(read_mark, text.splitlines())
