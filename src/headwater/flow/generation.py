"""Which definitions the processes are to work by: a short text that the core writes anew when the project's files change.

The core judges the files first; the others go on with what they have until it says that the new ones are sound.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path

from headwater.core.project import CONFIG, KINDS, Project, files_of, open_project
from headwater.engine.lake import write_atomically


def generation(root: Path) -> str:
    """What the core wrote last; empty: nothing yet."""
    try:
        return _path(root).read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""


def announce(root: Path, value: str) -> None:
    """Tell the others to begin again, by files that were kept and found sound."""
    write_atomically(_path(root), value.encode())
    kept = _kept(root, value).parent
    for each in kept.iterdir() if kept.exists() else ():
        if each.name != value:
            shutil.rmtree(each, ignore_errors=True)


def keep_files(root: Path) -> str:
    """Keep a copy of the project's files as they are; gives the hash by which it is found again."""
    draft = _kept(root, f"draft-{os.getpid()}")
    shutil.rmtree(draft, ignore_errors=True)
    for kind in KINDS:
        (draft / kind).mkdir(parents=True)
        for path in files_of(root, kind):
            copied = draft / path.relative_to(root)
            copied.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copied)
    shutil.copyfile(root / CONFIG, draft / CONFIG)
    value = files_as_they_are(draft)
    shutil.rmtree(_kept(root, value), ignore_errors=True)
    draft.rename(_kept(root, value))
    return value


def project_of(root: Path, value: str) -> Project:
    """The project by the files that were kept under a hash; by those in its folder, if none were."""
    folder = _kept(root, value) if value else root
    return open_project(root, folder if folder.is_dir() else None)


def sound_project(root: Path) -> Project:
    """The project by the files that were last found sound, whatever is being written meanwhile."""
    return project_of(root, generation(root))


def files_as_they_are(root: Path) -> str:
    """A hash of all definition files: changes when any of them does."""
    digest = hashlib.blake2b(digest_size=12)
    for path in [root / CONFIG, *(each for kind in KINDS for each in files_of(root, kind))]:
        try:
            digest.update(f"{path.relative_to(root)}\0".encode() + path.read_bytes() + b"\0")
        except OSError:
            continue
    return digest.hexdigest()


def _path(root: Path) -> Path:
    return root / "live" / "generation"


def _kept(root: Path, value: str) -> Path:
    return root / "live" / "files" / value
