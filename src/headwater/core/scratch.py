"""A folder of one's own inside a project's `work/`, for as long as the process lives.

The folder is held by an advisory lock, which the operating system lets go of when its process ends, however it ends: so
that whoever comes next can tell what a killed process left and remove it.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_PREFIX = "spill-"


@contextmanager
def scratch_folder(work: Path) -> Iterator[Path]:
    """An empty folder below `work`, removed at the end of the block; those that killed processes left are removed first."""
    work.mkdir(parents=True, exist_ok=True)
    for left in work.glob(f"{_PREFIX}*"):
        _remove_if_left(left)
    folder, lock = _take(work)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def _take(work: Path) -> tuple[Path, int]:
    """A new folder and its lock; one that another process took for a left one before it was locked is given up."""
    while True:
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=work))
        lock = _locked(folder)
        if lock is not None and folder.exists():
            return folder, lock
        if lock is not None:
            os.close(lock)


def _remove_if_left(folder: Path) -> None:
    lock = _locked(folder)
    if lock is not None:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def _locked(folder: Path) -> int | None:
    """The lock on a folder; None if it is gone or another process has it."""
    try:
        lock = os.open(folder, os.O_RDONLY)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        return None
    return lock
