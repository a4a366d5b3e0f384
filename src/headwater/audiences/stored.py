"""Who was in which audience at the last refresh, as sets over the profiles there are now.

Reads the table `memberships`, or what was remembered of it: in memory while a project is open, and beside the columns in
`work/columns/members.npz`, which can be deleted at any time.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4
from weakref import WeakKeyDictionary

import numpy as np
import pyarrow as pa
from sqlglot import exp

from headwater.audiences.columns.people import People
from headwater.engine.bitmaps import Ids, Sets
from headwater.engine.lake import Snapshot
from headwater.engine.query import column, literal
from headwater.tables.membership_moves import TABLE as MOVES
from headwater.tables.memberships import TABLE as MEMBERSHIPS
from headwater.tables.workspace import Workspace


@dataclass(frozen=True, eq=False)
class Stored:
    """The members of audiences by name.

    Attributes:
        sets: those that are profiles now.
        gone: the ids of those that are none any more; only audiences that have such.
    """

    sets: Sets
    gone: dict[str, Ids] = field(default_factory=dict)


AT_ONCE = 20  # audiences whose rows are in memory together
_HELD: WeakKeyDictionary[Workspace, tuple[str, Stored]] = WeakKeyDictionary()
_KEYS: WeakKeyDictionary[Workspace, tuple[Snapshot, People, str]] = WeakKeyDictionary()


def read_stored(workspace: Workspace, people: People) -> Stored:
    """The members as the table has them."""
    if MEMBERSHIPS.name in workspace.stand_ins:
        return _from_table(workspace, people)
    key = _key(workspace, people)
    held = _HELD.get(workspace)
    if held is None or held[0] != key:
        found = _from_disk(_path(workspace), key, people)
        if found is None:
            found = _from_table(workspace, people)
            if not found.gone:
                _to_disk(_path(workspace), key, found.sets)
        held = _HELD[workspace] = key, found
    return held[1]


def remember(workspace: Workspace, people: People, stored: Stored) -> None:
    """Note what was just published."""
    key = _key(workspace, people)
    _HELD[workspace] = key, stored
    if not stored.gone:
        _to_disk(_path(workspace), key, stored.sets)


def grouped(audience: pa.ChunkedArray) -> Iterator[tuple[str, Ids]]:
    """Each audience in a column with the places of its rows, in order."""
    coded = audience.dictionary_encode()
    if not coded.num_chunks:
        return
    codes = np.concatenate([chunk.indices.to_numpy() for chunk in coded.chunks]).astype(np.uint32)
    names = coded.chunk(0).dictionary.to_pylist()
    small = codes.astype(np.uint16) if len(names) < 1 << 16 else codes
    places = np.argsort(small, kind="stable")
    cuts = np.cumsum(np.bincount(codes, minlength=len(names)))[:-1]
    yield from zip(names, np.split(places, cuts), strict=True)


def _from_table(workspace: Workspace, people: People) -> Stored:
    names = workspace.engine.table("SELECT DISTINCT audience FROM memberships ORDER BY audience")
    asked = names["audience"].to_pylist()
    found = Stored(Sets(people.universe.size), {})
    for first in range(0, len(asked), AT_ONCE):
        _add(found, asked[first : first + AT_ONCE], workspace, people)
    return found


def _add(found: Stored, names: Sequence[str], workspace: Workspace, people: People) -> None:
    """Put the members of these audiences to the others."""
    chosen = exp.select("audience", "profile_id").from_("memberships")
    rows = workspace.engine.table(
        chosen.where(column("audience").isin(*map(literal, names))).sql(workspace.engine.dialect)
    )
    ids = rows["profile_id"].to_numpy()
    for name, places in grouped(rows["audience"]):
        bins = people.profiles.of(ids[places])
        bits = np.zeros(people.n_bins, dtype=np.bool_)
        bits[bins] = True
        found.sets[name] = bits[1:]
        if bits[0]:
            found.gone[name] = np.sort(ids[places][bins == 0])


def _key(workspace: Workspace, people: People) -> str:
    """Changes when the table or the profiles do; of one snapshot and the same people it is worked out once."""
    known = _KEYS.get(workspace)
    if known is None or known[0] is not workspace.snapshot or known[1] is not people:
        known = _KEYS[workspace] = workspace.snapshot, people, _worked_out(workspace, people)
    return known[2]


def _worked_out(workspace: Workspace, people: People) -> str:
    """The key, from names: files of the lake are never written again under one name."""
    digest = hashlib.blake2b(people.universe.profile_ids.tobytes(), digest_size=16)
    for table in (MEMBERSHIPS, MOVES):
        for file in workspace.lake.files(table.layout, workspace.snapshot):
            digest.update(file.name.encode())
    return digest.hexdigest()


def _path(workspace: Workspace) -> Path:
    return workspace.project.path("work") / "columns" / "members.npz"


def _from_disk(path: Path, key: str, people: People) -> Stored | None:
    try:
        with np.load(path, allow_pickle=False) as held:
            if str(held["key"]) != key:
                return None
            words, names = held["words"], held["names"].tolist()
    except (OSError, ValueError, KeyError, EOFError):
        return None
    return Stored(Sets(people.universe.size, dict(zip(names, words, strict=True))))


def _to_disk(path: Path, key: str, sets: Sets) -> None:
    """Write, if there is room and permission; it can be read from the table as well."""
    draft = path.with_name(f".{uuid4().hex}.npz")
    names = np.array(list(sets.words), dtype=np.str_)
    words = np.array(list(sets.words.values()), dtype=np.uint64)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        np.savez(draft, key=np.array(key), names=names, words=words)
        draft.replace(path)
    except OSError:
        draft.unlink(missing_ok=True)
