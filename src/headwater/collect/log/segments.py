"""The files of a log: each holds a stretch of it and is named by the position at which it begins.

A position is the number of bytes that were ever written before it. Reads and writes only names and sizes here.
"""

from __future__ import annotations

from bisect import bisect_right
from pathlib import Path

from headwater.core.sealing.records import Records
from headwater.core.sealing.seals import Seals

SUFFIX = ".log"


def path_of(folder: Path, base: int) -> Path:
    """The file that begins at a position."""
    return folder / f"{base:020d}{SUFFIX}"


def bases(folder: Path) -> list[int]:
    """Where the files begin, ascending."""
    try:
        names = [path.name for path in folder.iterdir()]
    except FileNotFoundError:
        return []
    return sorted(int(name.removesuffix(SUFFIX)) for name in names if _is_segment(name))


def records_of(folder: Path, seals: Seals) -> Records:
    """What seals and opens the records of a log; they are bound to its name, which is its folder's."""
    return Records(seals, folder.name)


def base_of(position: int, all_bases: list[int]) -> int | None:
    """Where the file begins that a position lies in; None: it is before them all."""
    place = bisect_right(all_bases, position)
    return all_bases[place - 1] if place else None


def _is_segment(name: str) -> bool:
    return name.endswith(SUFFIX) and name.removesuffix(SUFFIX).isdecimal()
