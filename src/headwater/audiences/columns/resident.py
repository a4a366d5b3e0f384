"""What stays in memory between evaluations of one opened project, and how it follows the tables.

Everything here is a copy of what tables hold, or was computed from it: after a change of a table, what depends on it goes.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import Protocol
from weakref import WeakKeyDictionary

import numpy as np

from headwater.audiences.columns.chains import Laid
from headwater.audiences.columns.folder import Folder
from headwater.audiences.columns.follow import Answer
from headwater.audiences.columns.people import People, read_people
from headwater.audiences.columns.places import Shuffled
from headwater.audiences.columns.recent import Recent
from headwater.audiences.columns.rows import Selected
from headwater.audiences.columns.segment import Segment
from headwater.audiences.columns.store import segment_of_relation, segments_of
from headwater.audiences.columns.tally import Tally
from headwater.audiences.columns.traits import TraitColumns, trait_folder
from headwater.engine.bitmaps import Ids, Words
from headwater.engine.engine import Engine
from headwater.engine.ids import Bins
from headwater.tables.workspace import Workspace

MOST_SELECTED, MOST_COUNTED, MOST_ANSWERED, MOST_SHUFFLED = 1 << 30, 1 << 30, 1 << 29, 1 << 28  # bytes
MOST_MET, MOST_LAID = 1 << 28, 1 << 28
KNOWN_TABLES = frozenset({"events", "identity_map", "profiles", "traits", "list_entries", "nodes"})


class Session(Protocol):
    """What has an engine with the tables."""

    @property
    def engine(self) -> Engine:
        """Where the tables are."""


@dataclass(eq=False)
class Resident:
    """Columns in memory.

    Attributes:
        people: everyone.
        segments: the events, by key.
        trait_folder: where traits are kept; None: nowhere.
        who: the bin of each event of a segment, by its key.
        traits: those asked for so far.
        selected: events that pass tests.
        counted: how often each profile did something in a window.
        answers: what chosen events come to for each profile.
        laid: chosen events in the order that sequences are walked in.
        places: where everyone stands when shuffled, by salt.
        listed: the identifiers on uploaded lists.
        met: who met conditions, and when that was.
    """

    people: People
    segments: dict[str, Segment]
    versions: Mapping[str, str | None]
    trait_folder: Folder | None = None
    who: dict[str, Bins] = field(default_factory=dict)
    traits: dict[str, TraitColumns] = field(default_factory=dict)
    selected: Recent[Hashable, Selected] = field(
        default_factory=lambda: Recent(MOST_SELECTED, lambda selected: selected.part.n_bytes)
    )
    counted: Recent[Hashable, Tally] = field(
        default_factory=lambda: Recent(MOST_COUNTED, lambda tally: tally.counts.nbytes)
    )
    answers: Recent[Hashable, Answer] = field(
        default_factory=lambda: Recent(MOST_ANSWERED, lambda found: found.n_bytes)
    )
    laid: Recent[Hashable, Laid] = field(default_factory=lambda: Recent(MOST_LAID, lambda laid: laid.n_bytes))
    places: Recent[str, Shuffled] = field(
        default_factory=lambda: Recent(MOST_SHUFFLED, lambda found: found.places.nbytes)
    )
    listed: dict[str, Ids] = field(default_factory=dict)
    met: Recent[Hashable, Words] = field(default_factory=lambda: Recent(MOST_MET, lambda words: words.nbytes))

    def follow(self, workspace: Workspace) -> None:
        """Turn to what the tables hold now."""
        versions = _versions(workspace)
        moved = {name for name in versions if versions[name] != self.versions.get(name)}
        if moved & {"profiles", "identity_map"}:
            self._follow_people(workspace)
        if "events" in moved:
            self._follow_events(workspace)
        if moved & {"traits", "profiles"}:
            self.traits.clear()
            self.trait_folder = trait_folder(workspace, self.people)
        if moved & {"list_entries", "nodes"}:
            self.listed.clear()
        if moved:
            self.met.clear()
        self.versions = versions

    def _follow_people(self, workspace: Workspace) -> None:
        people = read_people(workspace.engine)
        same = people.extends(self.people)
        self.people = people
        for key in [key for key, who in self.who.items() if not same or not np.all(who)]:
            # Someone is another one now, or may have become known.
            self._forget(key)

    def _follow_events(self, workspace: Workspace) -> None:
        segments = segments_of(workspace, self.segments)
        for key in self.segments.keys() - segments.keys():
            self._forget(key)
        self.segments = segments

    def _forget(self, key: str) -> None:
        self.who.pop(key, None)
        self.selected.clear()
        self.counted.clear()
        self.answers.clear()
        self.laid.clear()

    def who_of(self, key: str) -> Bins:
        """The bin of each event of a segment."""
        if key not in self.who:
            self.who[key] = self.people.nodes.of(self.segments[key].base.node)
        return self.who[key]


_RESIDENTS: WeakKeyDictionary[Workspace, Resident] = WeakKeyDictionary()


def resident(tables: Session) -> Resident:
    """The columns of an opened project as it is now; of other sessions, made anew.

    Events are the lake's even where a table of earlier ones stands in for them: what is later than the clock counts nowhere.
    """
    if not isinstance(tables, Workspace):
        return Resident(read_people(tables.engine), {"": segment_of_relation(tables.engine)}, {})
    held = _RESIDENTS.get(tables)
    if held is None:
        people = read_people(tables.engine)
        held = Resident(people, segments_of(tables, {}), _versions(tables), trait_folder(tables, people))
        _RESIDENTS[tables] = held
    held.follow(tables)
    return held


def _versions(workspace: Workspace) -> dict[str, str | None]:
    return {name: workspace.version(name) for name in KNOWN_TABLES}
