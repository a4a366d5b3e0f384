"""What tells whether a file changed: its size, its time of change and a hash of its content, in one line.

A file whose size and time are as noted is taken as unchanged without reading it; one whose time alone differs (copied,
touched) is hashed, and is unchanged if the hash is.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from headwater.core.errors import StorageError


def fingerprint(path: Path, shown: str, noted: str | None) -> str:
    """The fingerprint "SIZE:MTIME_NS:BLAKE2B" of a file; exactly `noted` if the content is still the noted one.

    Raises:
        StorageError: the file cannot be read.
    """
    try:
        stat = path.stat()
        stamp = f"{stat.st_size}:{stat.st_mtime_ns}:"
        if noted and noted.startswith(stamp):
            return noted
        content = _content_hash(path)
    except OSError as error:
        raise StorageError(f"{shown} cannot be read: {error.strerror or error}") from error
    if noted and noted.startswith(f"{stat.st_size}:") and noted.endswith(f":{content}"):
        return noted
    return stamp + content


def is_as_noted(path: Path, noted: str) -> bool:
    """Whether a file's size and time are the noted ones, so that nobody need read it."""
    try:
        stat = path.stat()
    except OSError:
        return False
    return noted.startswith(f"{stat.st_size}:{stat.st_mtime_ns}:")


def _content_hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).hexdigest()
