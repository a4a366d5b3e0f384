"""Where a path in a source's file points: patterns relative to the project, absolute ones, and files inside packages.

Reads folders; gives files under the names that people know them by.
"""

from __future__ import annotations

import glob
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from headwater.core.errors import SourceError, nearest

PACKAGE = "package:"


@dataclass(frozen=True)
class Place:
    """A file and what it is called: its path relative to the project, or "package:NAME/inside/path"."""

    path: Path
    shown: str


def places(patterns: Sequence[str], root: Path, *, may_be_gone: bool) -> list[Place]:
    """The files that patterns match, each once, in the order of their names.

    Args:
        patterns: paths or globs; relative ones start at `root`.
        root: the project folder.
        may_be_gone: whether a glob may match nothing, because files it matched were loaded before.

    Raises:
        SourceError: a path or pattern matches no file; says what is there.
    """
    found = {place.shown: place for pattern in patterns for place in _matches(pattern, root, may_be_gone)}
    return [found[shown] for shown in sorted(found)]


def place_of(shown: str, root: Path) -> Place:
    """The file that is called this.

    Raises:
        SourceError: it is gone.
    """
    path = Path(*_in_package(shown)) if shown.startswith(PACKAGE) else root / shown
    if not path.is_file():
        raise SourceError(f"{shown} is gone", next_step="run again: it was there a moment ago")
    return Place(path, shown)


def _matches(pattern: str, root: Path, may_be_gone: bool) -> Iterator[Place]:
    if pattern.startswith(PACKAGE):
        yield _package_file(pattern)
    elif glob.has_magic(pattern):
        # Not Path.glob: it knows no absolute patterns.
        files = [Path(found) for found in glob.glob(str(_anchored(pattern, root)), recursive=True)]  # noqa: PTH207
        files = [path for path in files if path.is_file()]
        if not files and not may_be_gone:
            raise SourceError(f"no file matches {pattern}; {_nearby(pattern, root)}")
        yield from (Place(path, _shown(path, root)) for path in files)
    else:
        yield _plain_file(pattern, root)


def _plain_file(name: str, root: Path) -> Place:
    path = _anchored(name, root)
    if path.is_dir():
        raise SourceError(
            f"{name} is a folder, not a file", next_step=f"write a pattern, such as {name.rstrip('/')}/*.csv"
        )
    if not path.is_file():
        raise SourceError(f"there is no file {name}; {_nearby(name, root)}")
    return Place(path, _shown(path, root))


def _anchored(name: str, root: Path) -> Path:
    return root / Path(name).expanduser()


def _shown(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_posix()


def _nearby(name: str, root: Path, root_shown: str = "the project folder") -> str:
    """What exists where a path points at nothing: the first folder on its way that is missing, or names like it."""
    path = _anchored(name, root)
    folder = path.parent
    while not folder.is_dir():
        path, folder = folder, folder.parent
    names = sorted(entry.name for entry in folder.iterdir() if not entry.name.startswith("."))
    where = _shown(folder, root) if folder != root else root_shown
    near = nearest(path.name, names)
    if near:
        return f"{where} has '{near}'"
    return (
        f"{where} has {', '.join(names[:8])}{', …' if len(names) > 8 else ''}"
        if names
        else f"{where} is empty"
    )


def _package_file(name: str) -> Place:
    folder, inside = _in_package(name)
    if not (folder / inside).is_file():
        raise SourceError(f"there is no file {name}; {_nearby(inside, folder, 'the package')}")
    return Place(folder / inside, name)


def _in_package(name: str) -> tuple[Path, str]:
    """The folder of an installed package, which is found but not imported, and the path inside it."""
    package, _, inside = name.removeprefix(PACKAGE).partition("/")
    spec = find_spec(package) if package.isidentifier() else None
    if not spec or not spec.submodule_search_locations:
        raise SourceError(
            f"{name}: there is no installed package '{package}'",
            next_step=f"install it: pip install {package.replace('_', '-')}",
        )
    return Path(next(iter(spec.submodule_search_locations))), inside
