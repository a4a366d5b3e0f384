"""Forget persons in the live store: their cards and pasts, their identifiers, and what the file still holds of them.

Reads and writes `live/store/`; the stream must have let go of it. Who reads meanwhile is not disturbed.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path

from headwater.core.errors import StorageError
from headwater.core.sealing.seals import Seals
from headwater.live.state import Card, Node
from headwater.live.store import Store, View
from headwater.privacy.search import Search

_DATA = "data.mdb"
_BEGINNING = 64  # bytes of a sealed piece by which it is known: its salt and number are nobody else's
_TRIES, _PAUSE = 20, 0.25


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


def cards_beside(folder: Path, seals: Seals, nodes: Iterable[Node]) -> list[Card]:
    """What the store holds to decide by of everyone who has any of these identifiers."""
    if not (folder / _DATA).exists():
        return []
    store = Store(folder, seals)
    try:
        with store.reading() as view:
            return [view.card(key) for key in sorted(_keys(view, nodes))]
    finally:
        store.close()


def forget_people(folder: Path, seals: Seals, nodes: Iterable[Node]) -> int:
    """Forget everyone in the store who has any of these identifiers; gives how many they were.

    Raises:
        StorageError: somebody reads the file for so long that it cannot be written over where they stood.
    """
    if not (folder / _DATA).exists():
        return 0
    wanted = list(nodes)
    store = Store(folder, seals, is_writer=True)
    try:
        pieces = []
        with store.writing() as draft:
            keys = _keys(draft, wanted)
            for key in keys:
                pieces += draft.sealed(key)
                draft.erase(draft.person(key))
            for node in wanted:
                draft.take_away(node)
        _overwrite(store, folder / _DATA, pieces)
    finally:
        store.close()
    return len(keys)


def _overwrite(store: Store, file: Path, pieces: Iterable[bytes]) -> None:
    """Write over what was removed until nothing of it is in the file."""
    search = Search(piece[:_BEGINNING] for piece in pieces)
    for attempt in range(_TRIES):
        store.overwrite_free()
        if not search.is_in(file):
            return
        if attempt:
            time.sleep(_PAUSE)
        else:
            store.rewrite()  # it may stand in the gap of a page of others
    raise StorageError(
        "what was forgotten still stands in the file of live profiles: somebody has been reading there all the while",
        next_step="end what reads live profiles (`headwater profile watch`), then `headwater privacy resume`",
    )


def _keys(view: View, nodes: Iterable[Node]) -> set[int]:
    return {key for node in nodes if (key := view.key_of(node)) is not None}
