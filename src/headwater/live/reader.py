"""Persons as the live store and the base show them at this moment: what the edge asks before it decides.

Reads both; never waits for who writes.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType

import lmdb
import msgspec

from headwater.core.errors import StorageError
from headwater.core.sealing.seals import Seals
from headwater.live.base import LakeBase, current_base
from headwater.live.person import Person
from headwater.live.restricted import Restricted
from headwater.live.state import Card, Node, micros, moment
from headwater.live.store import Store

NOBODY = Person()


class LiveReader:
    """Reads persons of a project; where nothing is there yet, nobody is known."""

    def __init__(self, store: Path, bases: Path, seals: Seals) -> None:
        self._store_folder, self._bases, self._seals = store, bases, seals
        self._store: Store | None = None
        self._base: LakeBase | None = None
        self._restricted = Restricted(bases.parent, seals)
        self.refresh()

    def refresh(self) -> None:
        """Take up a store that has come to be, the newest base, and who is restricted."""
        self._restricted.refresh()
        if self._store is None and (self._store_folder / "data.mdb").exists():
            try:
                self._store = Store(self._store_folder, self._seals)
            except StorageError:
                return  # it is just being made
        folder = current_base(self._bases)
        if folder is None or (self._base is not None and self._base.name == folder.name):
            return
        try:
            self._base = LakeBase(folder, self._seals, {})
        except (OSError, lmdb.Error, msgspec.MsgspecError):
            return  # it has just been replaced: the next look finds the new one

    def find(self, nodes: Iterable[Node]) -> Person:
        """The person who has the first of these identifiers that anybody has; `NOBODY`: nobody has any."""
        card = self._card(list(nodes))
        return NOBODY if card is None else _shown(card, is_restricted=self._restricted.has(card.identifiers))

    def counts(self) -> dict[tuple[str, str], tuple[int, int]]:
        """(placement, variant) to how often it was shown, and rewarded."""
        if self._store is None:
            return {}
        with self._store.reading() as view:
            return view.counts()

    def _card(self, nodes: list[Node]) -> Card | None:
        if self._store is not None:
            with self._store.reading() as view:
                for node in nodes:
                    key = view.key_of(node)
                    if key is not None:
                        return view.card(key)
        if self._base is not None:
            for node in nodes:
                place = self._base.place_of(node)
                if place is not None:
                    return self._base.card_at(place, micros(datetime.now(UTC)))
        return None


def _shown(card: Card, *, is_restricted: bool) -> Person:
    exposures: dict[tuple[str, str], list[int]] = {}
    for placement, variant, at in card.exposures:
        exposures.setdefault((placement, variant), []).append(at)
    return Person(
        key="\0".join(card.first),
        identifiers=tuple(card.identifiers),
        traits=MappingProxyType(card.traits),
        audiences={name: moment(since) for name, since in card.audiences.items()},
        consents=MappingProxyType(card.consents),
        despite_gpc=frozenset(card.despite_gpc),
        exposures={shown: tuple(map(moment, moments)) for shown, moments in exposures.items()},
        is_restricted=is_restricted,
    )
