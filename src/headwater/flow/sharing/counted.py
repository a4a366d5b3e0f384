"""Audiences in numbers, with who is counted, so that a number can be shown to whoever may not see small ones.

Reads what `audiences.chosen` reads. Writes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from headwater.audiences.chosen import Members, as_refreshed
from headwater.core.project import Project
from headwater.engine.bitmaps import Bits
from headwater.privacy.anonymity.counts import Crowd
from headwater.privacy.shown import Harmless
from headwater.tables.workspace import Workspace, read


@dataclass(frozen=True, eq=False)
class Sized:
    """An audience and how many are in it."""

    audience: Harmless
    size: Crowd


@dataclass(frozen=True, eq=False)
class Sizes:
    """Audiences by name, as last refreshed; `n_profiles`: how many profiles there are."""

    n_profiles: Crowd
    audiences: tuple[Sized, ...]


@dataclass(frozen=True, eq=False)
class Shared:
    """How many are in two audiences."""

    audience: Harmless
    other: Harmless
    both: Crowd


@dataclass(frozen=True, eq=False)
class SharedMembers:
    """Audiences, and of each two of them how many they share, as last refreshed."""

    audiences: tuple[Sized, ...]
    overlaps: tuple[Shared, ...]


def sizes(project: Project) -> Sizes:
    """How many are in each audience."""
    with read(project) as workspace:
        names = sorted(document.name for document in project.documents["audiences"])
        members = as_refreshed(names, workspace)
        everyone = Crowd(members.universe.profile_ids)
        return Sizes(everyone, _sized(members))


def overlaps(names: Sequence[str], project: Project) -> SharedMembers:
    """How many are in each two of these audiences.

    Raises:
        NotFoundError: one of them does not exist.
    """
    with read(project) as workspace:
        return overlaps_of(as_refreshed(list(dict.fromkeys(names)), workspace))


def overlaps_of(members: Members) -> SharedMembers:
    """How many are in each two of these sets."""
    found, sets = list(members.sets), members.sets
    pairs = [(one, other) for place, one in enumerate(found) for other in found[place + 1 :]]
    shared = (Shared(one, other, _crowd(members, sets[one] & sets[other])) for one, other in pairs)
    return SharedMembers(_sized(members), tuple(shared))


def crowd_of(name: str, workspace: Workspace) -> Crowd:
    """Who is in an audience, as last refreshed.

    Raises:
        NotFoundError: there is none of this name.
    """
    return _sized(as_refreshed([name], workspace))[0].size


def _sized(members: Members) -> tuple[Sized, ...]:
    return tuple(Sized(name, _crowd(members, bits)) for name, bits in members.sets.items())


def _crowd(members: Members, bits: Bits) -> Crowd:
    return Crowd(members.universe.members(bits))
