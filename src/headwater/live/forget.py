"""Forget persons in the live store: their cards and pasts, their identifiers, and what older states of the file held of them.

Reads and writes `live/store/`; nobody else may have it open meanwhile.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path

import lmdb

from headwater.core.sealing.seals import Seals
from headwater.live.state import Node
from headwater.live.store import MOST_BYTES, Store, View

_DATA, _COMPACT = "data.mdb", "compact"


def find_beside(folder: Path, seals: Seals, nodes: Iterable[Node]) -> set[Node]:
    """All identifiers of the persons in the store who have any of these; empty: nobody there has."""
    if not (folder / _DATA).exists():
        return set()
    store = Store(folder, seals)
    try:
        with store.reading() as view:
            return {node for key in _keys(view, nodes) for node in view.card(key).identifiers}
    finally:
        store.close()


def forget_people(folder: Path, seals: Seals, nodes: Iterable[Node]) -> int:
    """Forget everyone in the store who has any of these identifiers; gives how many they were.

    The file is written anew afterwards, because an LMDB file keeps what was removed until its pages are used again.
    """
    if not (folder / _DATA).exists():
        return 0
    wanted = list(nodes)
    store = Store(folder, seals, is_writer=True)
    try:
        with store.writing() as draft:
            keys = _keys(draft, wanted)
            for key in keys:
                person = draft.person(key)
                for node in person.card.identifiers:
                    draft.take_away(node)
                draft.remove(person)
            for node in wanted:
                draft.take_away(node)
    finally:
        store.close()
    if keys:
        _compact(folder)
    return len(keys)


def _keys(view: View, nodes: Iterable[Node]) -> set[int]:
    return {key for node in nodes if (key := view.key_of(node)) is not None}


def _compact(folder: Path) -> None:
    """Write the file anew with what is in it alone."""
    compact = folder / _COMPACT
    shutil.rmtree(compact, ignore_errors=True)
    compact.mkdir()
    with lmdb.open(str(folder), map_size=MOST_BYTES, max_dbs=64, readahead=False) as env:
        env.copy(str(compact), compact=True)
    (compact / _DATA).replace(folder / _DATA)
    shutil.rmtree(compact)
