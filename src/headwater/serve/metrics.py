"""Where the processes count: a folder of small files that each of them maps into its memory.

It is in memory where the system has a folder for that (`/dev/shm`): a process that counts in a file of a disk that is full is
killed by the system, and the edge must live through a full disk to say so. Else it is `work/metrics` in the project.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
_MEMORY = Path("/dev/shm")  # noqa: S108 - the folder in it is made anew, for its owner alone


@contextmanager
def counting(root: Path) -> Iterator[Path]:
    """Have an empty folder for the counts of a project's processes, which find its name in the environment."""
    folder = _made(root)
    os.environ[VARIABLE] = str(folder)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def in_memory(root: Path) -> Path:
    """The folder of a project where there is one for memory; one that was killed leaves it to the next."""
    name = hashlib.blake2b(os.fsencode(root), digest_size=8).hexdigest()
    return _MEMORY / f"headwater-{os.getuid()}-{name}"


def _made(root: Path) -> Path:
    folder, on_disk = in_memory(root), root / "work" / "metrics"
    for old in (folder, on_disk):
        shutil.rmtree(old, ignore_errors=True)
    try:
        folder.mkdir(mode=0o700)
    except OSError:
        on_disk.mkdir(parents=True)
        return on_disk
    return folder
