"""The folder of a project in which it exchanges files with others: what was downloaded for it, and what is to be handed over.

The API takes and gives files here alone, by their names, so that whoever asks it reaches no other file of the machine. Reads and
makes `exchange/`.
"""

from __future__ import annotations

import re
from pathlib import Path

from headwater.core.errors import NotFoundError, StorageError, UserError
from headwater.core.project import Project

FOLDER = "exchange"
FILE_NAME = r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$"


def exchange_folder(project: Project) -> Path:
    """The folder, which is made if it is not there yet: for whoever runs Headwater alone.

    Raises:
        StorageError: it cannot be made.
    """
    folder = project.path(FOLDER)
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise StorageError(f"{FOLDER}/ could not be made: {error.strerror}") from None
    return folder


def file_to_read(name: str, project: Project) -> Path:
    """A file that was put there.

    Raises:
        UserError: no file can be called so.
        NotFoundError: there is none.
    """
    folder = exchange_folder(project)
    path = folder / _checked(name)
    if not path.is_file():
        known = sorted(each.name for each in folder.iterdir() if each.is_file())
        raise NotFoundError("file", name, known, next_step=f"put it into the project's folder {FOLDER}/")
    return path


def file_to_write(name: str, project: Project) -> Path:
    """Where a file is to be written.

    Raises:
        UserError: no file can be called so.
    """
    return exchange_folder(project) / _checked(name)


def _checked(name: str) -> str:
    if not re.fullmatch(FILE_NAME, name):
        raise UserError(
            "that is no name of a file",
            next_step="write letters, digits, `_`, `.` and `-`, without folders",
        )
    return name
