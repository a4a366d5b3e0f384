"""Where the text of a key ring is kept: a file, a variable of the environment, or the key ring of the operating system.

A store knows nothing of what the text says. What it holds is replaced whole or not at all, and never by the first text of
somebody who believed there was none.
"""

from __future__ import annotations

import fcntl
import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import ModuleType
from typing import Protocol
from uuid import uuid4

from headwater.core.errors import KeysError, StorageError

VARIABLE = "HEADWATER_KEYS"
_OTHERS_MAY = stat.S_IWGRP | stat.S_IXGRP | stat.S_IRWXO


class KeyStore(Protocol):
    """Where a ring's text is kept. `name` says where, for messages; `next_step` what to do if it is not there."""

    name: str
    next_step: str

    def read(self) -> str | None:
        """The text; None if there is none.

        Raises:
            KeysError: it cannot be read, or others can read it, too.
        """

    def create(self, text: str) -> None:
        """Keep the first text; inside `changing`.

        Raises:
            KeysError: it cannot be kept here, or there is one already.
        """

    def replace(self, text: str) -> None:
        """Keep another text in its place; inside `changing`."""

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Be the only process that changes it, until the block ends; waits for another one that does."""


class FileStore:
    """A file that only its owner reads (mode 0600); its group may be allowed to, as where a platform mounts secrets."""

    def __init__(self, path: Path, name: str) -> None:
        self.path = path
        self.name = name
        self.next_step = f"put {name} back from a backup, or let the setting keys_file name where it is"

    def read(self) -> str | None:
        """The file's text."""
        try:
            mode = self.path.stat().st_mode
            if mode & _OTHERS_MAY:
                raise KeysError(
                    f"others may read or change {self.name} (its mode is {stat.S_IMODE(mode):04o})",
                    next_step=f"run `chmod 600 {self.name}`; if somebody else may have read it, `headwater keys rotate` then",
                )
            return self.path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return None
        except OSError as error:
            raise KeysError(
                f"{self.name} cannot be read: {error.strerror}", next_step=self.next_step
            ) from None
        except UnicodeDecodeError:  # its message shows a part of the file
            raise KeysError(f"{self.name} is damaged: it is no text", next_step=self.next_step) from None

    def create(self, text: str) -> None:
        """Write the file, in one step and only if there is none; a folder of its own is kept out of Git."""
        with self._draft(text) as draft:
            try:
                self.path.hardlink_to(draft)
            except FileExistsError:
                raise KeysError(f"there are keys in {self.name} already") from None

    def replace(self, text: str) -> None:
        """Replace the file in one step."""
        with self._draft(text) as draft:
            draft.replace(self.path.resolve())

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Hold a lock beside the file."""
        with _explained(self.name):
            make_folder(self.path.parent)
            lock = os.open(self.path.with_name(f".{self.path.name}.lock"), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)

    @contextmanager
    def _draft(self, text: str) -> Iterator[Path]:
        """The text on the disk beside the file, for the block; what the block did with it is on the disk afterwards, too."""
        folder = self.path.resolve().parent
        draft = folder / f".{uuid4().hex}.draft"
        with _explained(self.name):
            try:
                with open(draft, "x", encoding="utf-8", opener=private) as file:
                    file.write(text)
                    file.flush()
                    os.fsync(file.fileno())
                yield draft
                keep(folder)
            finally:
                draft.unlink(missing_ok=True)


class VariableStore:
    """A variable of the environment: read, never changed."""

    name = f"the variable {VARIABLE}"
    next_step = f"set {VARIABLE} to the text of the project's keys file, or let the setting keys_in say where the keys are"

    def __init__(self, environment: Mapping[str, str] | None = None) -> None:
        self._environment = os.environ if environment is None else environment

    def read(self) -> str | None:
        """The variable's value."""
        return self._environment.get(VARIABLE) or None

    def create(self, text: str) -> None:
        """Refused."""
        del text
        raise KeysError(
            f"{VARIABLE} is not set, and a process cannot set it for others",
            next_step=f"let keys_in be file once, so that keys are made; then set {VARIABLE} to the text of that file",
        )

    def replace(self, text: str) -> None:
        """Refused."""
        del text
        raise KeysError(
            f"the keys are in {self.name}, which cannot be changed from here",
            next_step="change them where keys_in is file, then set the variable to the text of that file",
        )

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Nothing can change it."""
        yield


class SystemStore:
    """The key ring of the operating system, through the package `keyring`; one entry for each project name."""

    name = "the system's key ring"
    next_step = "open the key ring it was kept in, or let the setting keys_in say where the keys are"

    def __init__(self, project: str, lock: Path, backend: ModuleType | None = None) -> None:
        """For a project of this name; `lock`: a file by which processes wait for each other."""
        self._project = project
        self._lock = lock
        self._backend = backend or _keyring()

    def read(self) -> str | None:
        """The entry's text."""
        with self._told():
            found: str | None = self._backend.get_password("headwater", self._project)
            return found

    def create(self, text: str) -> None:
        """Make the entry."""
        if self.read() is not None:
            raise KeysError(f"there are keys in {self.name} already")
        self.replace(text)

    def replace(self, text: str) -> None:
        """Replace the entry."""
        with self._told():
            self._backend.set_password("headwater", self._project, text)

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Hold the lock."""
        with FileStore(self._lock, self.name).changing():
            yield

    @contextmanager
    def _told(self) -> Iterator[None]:
        """What goes wrong in the system's key ring; its messages are its own and may say too much."""
        try:
            yield
        except Exception as error:
            if isinstance(error, KeysError):
                raise
            raise KeysError(
                f"{self.name} did not answer ({type(error).__name__})", next_step=self.next_step
            ) from None


def _keyring() -> ModuleType:
    try:
        import keyring  # noqa: PLC0415 - an optional driver
    except ImportError:
        raise KeysError(
            "keys_in is keyring, but the package keyring is not installed",
            next_step="run `pip install 'headwater[keyring]'`, or let keys_in be file",
        ) from None
    module: ModuleType = keyring
    return module


def private(path: str, flags: int) -> int:
    """An opener of files that only their owner may read."""
    return os.open(path, flags, 0o600)


def make_folder(folder: Path) -> None:
    """The folder; a new one is for its owner alone, and not for Git."""
    if folder.is_dir():
        return
    folder.parent.mkdir(parents=True, exist_ok=True)
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700)
        (folder / ".gitignore").write_text("*\n", encoding="utf-8")


def keep(folder: Path) -> None:
    """Have a folder's names on the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _explained(name: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StorageError(
            f"{name} could not be written: {error.strerror}",
            next_step="mend its folder's permissions or free disk space, then run again; what was there is unharmed",
        ) from None
