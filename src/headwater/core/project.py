"""The project folder: where a team keeps what its data means, as files in Git.

    headwater.yaml        name, time zone, purposes, lake, settings
    collectors/*.yaml     who may send events live, and how they are treated
    plans/*.yaml          the tracking plan: what events are expected to look like
    sources/*.yaml        where data comes from and what its columns mean
    identifiers/*.yaml    how many a person may have, and what counts for nothing
    matching/*.yaml       which records are compared by likeness, and by what
    traits/*.yaml         what to compute about each profile
    audiences/*.yaml      rules
    destinations/*.yaml   where audiences go
    placements/*.yaml     what to show whom
    cleanrooms/*.yaml     with which partner an overlap may be counted, and how often
    lake/ work/ state/    written by Headwater: tables, the owner's scratch space, the ledger (never in Git)
    log/ live/            written by Headwater: what was collected, and the live profiles (never in Git)
    exchange/             files for others and from them, which the management API takes and gives (never in Git)
    audit/                written by Headwater: how far the audit log went (never in Git)
    keys/                 written by Headwater: the keys that identifiers are sealed with (never in Git)

Files of a kind can lie in folders, however deep: `audiences/loyalty/tea.yaml` is the audience `tea`. So a name is there once,
and a file that moves stays what it is.

This module reads the folder and `headwater.yaml`; what any other file may say is known to the room of that name.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from zoneinfo import ZoneInfo

from headwater.core.clock import Clock, read_instant
from headwater.core.config import ProjectConfig
from headwater.core.documents import Document, read_declaration, read_document
from headwater.core.errors import Problem, ProjectError, UserError
from headwater.core.readings import FORM, reread
from headwater.core.remembered import Remembered, remembered_in
from headwater.core.settings import Settings, load_settings

CONFIG = "headwater.yaml"
KINDS = (
    "collectors", "plans", "sources", "identifiers", "matching", "traits", "audiences", "destinations", "placements",
    "cleanrooms",
)  # fmt: skip


@dataclass(frozen=True)
class Project:
    """A project folder that could be opened: configuration sound, other files read but not yet judged.

    `readings`: what the files were read as; the owner keeps it, who has a folder for it.
    """

    root: Path
    config: ProjectConfig
    settings: Settings
    config_document: Document
    documents: Mapping[str, tuple[Document, ...]]
    unreadable: tuple[Problem, ...]
    readings: Remembered

    @property
    def clock(self) -> Clock:
        """The project's clock: its zone, and its fixed present if it has one."""
        zone = ZoneInfo(self.config.time_zone)
        return Clock(zone, read_instant(self.config.now, zone) if self.config.now else None)

    def path(self, *parts: str) -> Path:
        """A path inside the project folder."""
        return self.root.joinpath(*parts)


def open_project(root: Path, files: Path | None = None) -> Project:
    """The project in this folder.

    Args:
        root: the folder.
        files: where its files are read, if not there: a copy of them.

    Raises:
        UserError: there is no project here.
        ProjectError: `headwater.yaml` is wrong; with every problem in it.
    """
    root = root.resolve()
    read_from = files or root
    if not (read_from / CONFIG).is_file():
        raise UserError(
            f"there is no {CONFIG} in {root.name or root}",
            next_step="go to a project folder, name one with --project, or make one with `headwater init`",
        )
    document = read_document(read_from / CONFIG, read_from)
    if isinstance(document, Problem):
        raise ProjectError([document])
    config = read_declaration(document, ProjectConfig)
    if isinstance(config, list):
        raise ProjectError(config)
    readings = remembered_in(root / "work" / "documents.json", FORM)
    documents, unreadable = _read_all(read_from, readings)
    settings = load_settings(config.settings)
    return Project(root, config, settings, document, documents, tuple(unreadable), readings)


def is_file_of(file: str, kind: str, name: str) -> bool:
    """Whether a file is the one that defines something, in whatever folder.

    >>> is_file_of("audiences/loyalty/tea.yaml", "audiences", "tea")
    True
    """
    path = PurePosixPath(file)
    return path.parts[0] == kind and path.name == f"{name}.yaml"


def files_of(root: Path, kind: str, suffix: str = ".yaml") -> list[Path]:
    """The files of a kind, in whatever folder of it they lie, in order; hidden ones are none."""
    found: list[Path] = []
    for folder, inner, names in os.walk(root / kind):
        inner[:] = [name for name in inner if not name.startswith(".")]
        found += [Path(folder, name) for name in names if name.endswith(suffix) and not name.startswith(".")]
    return sorted(found)


def _read_all(root: Path, readings: Remembered) -> tuple[dict[str, tuple[Document, ...]], list[Problem]]:
    documents: dict[str, tuple[Document, ...]] = {}
    problems: list[Problem] = []
    for kind in KINDS:
        read = [reread(path, root, readings) for path in files_of(root, kind)]
        named: dict[str, Document] = {}
        for item in read:
            if isinstance(item, Problem):
                problems.append(item)
            elif (first := named.setdefault(item.name, item)) is not item:
                problems.append(
                    Problem(item.file, 0, "", f"has the name of {first.file}: each can be there once")
                )
        documents[kind] = tuple(named.values())
        problems += [
            Problem(path.relative_to(root).as_posix(), 0, "", "is not read: its name must end in .yaml")
            for path in files_of(root, kind, ".yml")
        ]
    return documents, problems
