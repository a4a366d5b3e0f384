"""Where the keys of a log's records are kept: one file for each writer, with what is left of its tree of keys.

A file is sealed by the data key that was active when it was last written, is read by its owner alone, and is named after what
all records of the writer begin with. It lies with the project's keys, apart from the log: so a copy of the log gives nothing of a
record whose key was destroyed since, but to whoever has an older copy of the keys.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from headwater.core.errors import KeysError, SealError
from headwater.core.sealing.key_tree import KeyTree, read_tree, write_tree
from headwater.core.sealing.keys import ID_BYTES
from headwater.core.sealing.seals import Place, Seals
from headwater.core.sealing.stores import keep, make_folder, private

SUFFIX, _DRAFT, _LOCK = ".keys", ".draft", ".lock"


class RecordKeys:
    """The trees of one log's writers. `name`: 20 bytes, the data key's id and the writer's salt."""

    def __init__(self, seals: Seals, log: str) -> None:
        self.folder = seals.record_keys / log
        self._seals = seals
        self._log = log

    def load(self, name: bytes) -> KeyTree:
        """A writer's tree.

        Raises:
            KeysError: it is not there, or cannot be read.
        """
        path = self._path(name)
        try:
            opened = self._seals.open_bytes(path.read_bytes(), self._place(name))
            return read_tree(opened or b"")
        except FileNotFoundError:
            raise self._lost(path, "is missing") from None
        except OSError as error:
            raise self._lost(path, f"cannot be read ({error.strerror})") from None
        except (SealError, ValueError):
            raise self._lost(path, "has been changed") from None

    def create(self, name: bytes, tree: KeyTree) -> None:
        """Keep a new writer's tree; when this returns it is on the disk.

        Raises:
            OSError: it cannot be written.
        """
        make_folder(self.folder.parent.parent)
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self._draft(name, tree) as draft:
            draft.replace(self._path(name))

    def replace(self, name: bytes, tree: KeyTree) -> None:
        """Keep less of a tree; what was kept before is written over, too. Inside `changing`.

        Raises:
            OSError: it cannot be written.
        """
        path = self._path(name)
        with path.open("r+b") as before, self._draft(name, tree) as draft:
            found = os.fstat(before.fileno())
            os.utime(draft, ns=(found.st_atime_ns, found.st_mtime_ns))
            draft.replace(path)
            keep(self.folder)
            before.write(bytes(found.st_size))
            before.flush()
            os.fsync(before.fileno())

    def remove(self, name: bytes) -> None:
        """Destroy all keys of a writer."""
        with suppress(FileNotFoundError), self._path(name).open("r+b") as before:
            self._path(name).unlink()
            before.write(bytes(os.fstat(before.fileno()).st_size))
            before.flush()
            os.fsync(before.fileno())

    def names(self) -> dict[bytes, float]:
        """All writers there are keys of, with when they began, in seconds of the epoch."""
        if not self.folder.exists():
            return {}
        return {
            bytes.fromhex(each.name.removesuffix(SUFFIX)): each.stat().st_mtime
            for each in self.folder.glob(f"*{SUFFIX}")
        }

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Be the only process that destroys keys, until the block ends; waits for another one that does."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.open(self.folder / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)

    def _path(self, name: bytes) -> Path:
        return self.folder / f"{name.hex()}{SUFFIX}"

    def _place(self, name: bytes) -> Place:
        return Place(f"keys of {self._log}", name[ID_BYTES:].hex())

    @contextmanager
    def _draft(self, name: bytes, tree: KeyTree) -> Iterator[Path]:
        draft = self.folder / f".{name.hex()}{_DRAFT}"
        try:
            with open(draft, "wb", opener=private) as file:
                file.write(self._seals.seal_bytes(write_tree(tree), self._place(name)))
                file.flush()
                os.fsync(file.fileno())
            yield draft
            keep(self.folder)
        finally:
            draft.unlink(missing_ok=True)

    def _lost(self, path: Path, why: str) -> KeysError:
        return KeysError(
            f"the file {path.name}, which holds keys of the log '{self._log}', {why}",
            next_step="put the folder keys/records back from the copy of the project's keys",
        )
