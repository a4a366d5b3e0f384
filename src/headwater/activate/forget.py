"""Take persons out of what was sent: out of the files that destinations wrote into the project, and out of the ledger.

Reads the declared destinations. Writes their files, each replaced whole, and the ledger.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from headwater.activate.declare import DeclaredDestination
from headwater.activate.destination import Form
from headwater.activate.forms import forms_of, write
from headwater.activate.secrets import with_secrets
from headwater.core.project import Project
from headwater.engine.lake import write_atomically
from headwater.privacy.persons import Node


@dataclass(frozen=True)
class _File:
    """How a destination's files are looked into: see `destination.Files`."""

    without: Callable[[bytes, frozenset[str]], bytes]
    names: Callable[[bytes, frozenset[str]], bool]


@dataclass(frozen=True)
class Forgotten:
    """Files of destinations that named the persons, by their paths in the project.

    Attributes:
        rewritten: do not name them any more.
        telling: still do, in rows that tell whoever reads the folder to remove them.
    """

    rewritten: tuple[str, ...] = ()
    telling: tuple[str, ...] = ()


def forget_in_files(
    project: Project, destinations: Iterable[DeclaredDestination], nodes: Iterable[Node]
) -> Forgotten:
    """Take persons out of every file of every destination."""
    rewritten, telling, wanted = [], [], list(nodes)
    for to in destinations:
        texts = frozenset(_texts(to, wanted))
        for path, file in _files(project, to):
            content = path.read_bytes()
            kept, name = file.without(content, texts), str(path.relative_to(project.root))
            if kept != content:
                write_atomically(path, kept)
                rewritten.append(name)
            if file.names(kept, texts):
                telling.append(name)
    return Forgotten(tuple(rewritten), tuple(telling))


def find_in_files(
    project: Project, destinations: Iterable[DeclaredDestination], nodes: Iterable[Node]
) -> list[str]:
    """The files in which anybody of them is still named otherwise than to be removed."""
    found, wanted = [], list(nodes)
    for to in destinations:
        texts = frozenset(_texts(to, wanted))
        found += [
            str(path.relative_to(project.root))
            for path, file in _files(project, to)
            if (content := path.read_bytes()) != file.without(content, texts)
        ]
    return found


def _files(project: Project, to: DeclaredDestination) -> Iterator[tuple[Path, _File]]:
    """The files that a destination wrote, with what is asked of one."""
    files = to.kind.files
    if files is None:
        return
    settings = with_secrets(to.settings, f"destination '{to.name}' ({to.document.file})")
    for path in sorted(project.path(files.folder(settings)).glob(f"{to.name}_*")):
        yield path, _File(partial(files.without, settings), partial(files.names, settings))


def _texts(to: DeclaredDestination, nodes: Iterable[Node]) -> Iterator[str]:
    """How identifiers may stand in a destination's files: in every form in which they may ever have left."""
    for kind, value in nodes:
        field = to.kind.field_of(kind)
        if field is not None:
            canonical = field.canonical(value)
            yield from (write(canonical, form, kind) for form in forms_of(kind) & {*Form})
