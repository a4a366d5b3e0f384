"""Make project folders: an empty one to begin with, and those of the demonstrations.

Reads the folders under `flow/projects/`; writes files that are not there yet, never over one that is.
"""

from __future__ import annotations

import re
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Literal

from headwater.core.config import NAME
from headwater.core.errors import UserError
from headwater.core.project import CONFIG, KINDS

Template = Literal["empty", "journey", "shop"]


def make_project(folder: Path, template: Template) -> list[Path]:
    """Make a project in a folder; gives the files written, relative to it.

    Raises:
        UserError: the folder has a project already, or its name cannot be a project's name.
    """
    if (folder / CONFIG).exists():
        raise UserError(
            f"there is a project in {folder.name} already", next_step="run `headwater check` in it"
        )
    name = re.sub(r"[^a-z0-9]+", "_", folder.resolve().name.lower()).strip("_")
    if not re.fullmatch(NAME, name):
        raise UserError(
            f"a project cannot be called '{folder.resolve().name}'",
            next_step="give the folder a name that begins with a letter",
        )
    for kind in KINDS:
        (folder / kind).mkdir(parents=True, exist_ok=True)
    return _copy(files("headwater.flow").joinpath("projects", template), folder, Path(), name)


def _copy(source: Traversable, folder: Path, inside: Path, name: str) -> list[Path]:
    written: list[Path] = []
    for item in sorted(source.iterdir(), key=lambda each: each.name):
        target = inside / (".gitignore" if item.name == "gitignore" else item.name)
        if item.is_dir():
            (folder / target).mkdir(exist_ok=True)
            written += _copy(item, folder, target, name)
        elif not (folder / target).exists():
            text = item.read_text(encoding="utf-8").replace("project: PROJECT", f"project: {name}")
            (folder / target).write_text(text, encoding="utf-8")
            written.append(target)
    return written


def add_promotions(folder: Path) -> None:
    """Add the demonstration's largest source, which is left out unless asked for."""
    _copy(files("headwater.flow").joinpath("projects", "promotions"), folder, Path(), "")
