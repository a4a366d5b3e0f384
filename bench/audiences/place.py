"""Where one size of the benchmark lies: the project as generated, the same after its first refresh, and what baselines hold.

ROOT/project     as generated: audiences that nobody has refreshed yet
ROOT/refreshed   the same after the first refresh: what a nightly run finds
ROOT/plain       the rows as Parquet files
ROOT/ENGINE      what a baseline made of them
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_NEVER_WRITTEN_AGAIN = (".parquet", ".npy", ".arrow")


@dataclass(frozen=True)
class Place:
    """One size."""

    root: Path

    @property
    def project(self) -> Path:
        """As generated."""
        return self.root / "project"

    @property
    def refreshed(self) -> Path:
        """After the first refresh."""
        return self.root / "refreshed"

    @property
    def plain(self) -> Path:
        """The rows for baselines."""
        return self.root / "plain"

    def store(self, engine: str) -> Path:
        """What a baseline holds."""
        return self.root / engine

    @contextmanager
    def copy(self, folder: Path) -> Iterator[Path]:
        """A copy of a project to write in; it goes afterwards."""
        with tempfile.TemporaryDirectory(prefix="copy-", dir=self.root) as holder:
            yield linked(folder, Path(holder) / folder.name)


def linked(folder: Path, copy: Path) -> Path:
    """A copy of a project that shares the files which are never written again, where the file system can do that."""
    shutil.copytree(folder, copy, copy_function=_link)
    return copy


def _link(source: str, target: str) -> None:
    if source.endswith(_NEVER_WRITTEN_AGAIN):
        try:
            os.link(source, target)
        except OSError:
            pass
        else:
            return
    shutil.copy2(source, target)
