"""Which definitions the processes are to work by: a short text that the core writes anew when the project's files change.

The core judges the files first; the others go on with what they have until it says that the new ones are sound.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from headwater.core.project import CONFIG, KINDS
from headwater.engine.lake import write_atomically


def generation(root: Path) -> str:
    """What the core wrote last; empty: nothing yet."""
    try:
        return _path(root).read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""


def announce(root: Path, value: str) -> None:
    """Tell the others to begin again."""
    write_atomically(_path(root), value.encode())


def files_as_they_are(root: Path) -> str:
    """A hash of all definition files: changes when any of them does."""
    digest = hashlib.blake2b(digest_size=12)
    for path in [root / CONFIG, *(each for kind in KINDS for each in sorted((root / kind).glob("*.yaml")))]:
        try:
            digest.update(f"{path.name}\0".encode() + path.read_bytes() + b"\0")
        except OSError:
            continue
    return digest.hexdigest()


def _path(root: Path) -> Path:
    return root / "live" / "generation"
