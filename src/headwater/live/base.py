"""Persons as the lake had them when it was last looked at: files made all at once, read one person at a time.

    live/base/<name>/   base.json        what it was made of, and when
                        identifiers.mdb  blind index of an identifier -> place
                        people.arrow     what is held of each person, as one JSON text, in the order of places; identifiers
                                         sealed as in `nodes`
                        answers.npy      which conditions each meets, packed
                        profiles.npy     the profile at each place, as the lake numbered it then
                        turning.npy      the places of those whom time alone may move soon
                        apart.msgpack, expired.npy  who is not who; see `parted.py`

The stream reads a person here when it first hears of them; what it learns then goes into the store. A new base is made beside
the old one and named in `live/base/current`.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any

import lmdb
import msgspec
import numpy as np
import pyarrow as pa

from headwater.audiences.properties import read_json
from headwater.core.sealing.seals import Seals
from headwater.live.parted import Parted
from headwater.live.rules import EVERY
from headwater.live.state import Card, Did, Node, Past, Person, Said, Stated, moment
from headwater.live.stated import despite_gpc, standings
from headwater.live.store import Safe
from headwater.profiles.computing import Value
from headwater.tables.nodes import TABLE as NODES

FORM = 5
[_VALUE] = NODES.sealed
NOBODY = (1 << 64) - 1  # as the place of an identifier that names nobody
_NOTHING: frozenset[str] = frozenset()


class _Event(msgspec.Struct, array_like=True):
    event: str
    event_id: str
    at: int
    columns: dict[str, Any]
    others: str | None


class _Consent(msgspec.Struct, array_like=True):
    purpose: str
    is_granted: bool
    at: int
    until: int
    identifier: str
    of: str
    is_by_gpc: bool


class Held(msgspec.Struct, array_like=True):
    """What is held of one person, in groups; of a group None: nothing.

    Attributes:
        identifiers: of each its number, the profile's, its kind and its sealed value.
        memberships: audience, and when they entered it.
        traits: those that are no instants.
        instants: the traits that are.
        consents: the newest of each identifier, purpose and line, and those that do not count yet; for the identifier stands its
            index, as below.
        lists: the uploaded lists they are on.
        events: those that somebody looks at; read only where they are wanted, as is what follows.
        attributes: what each source states, by name, but for instants.
        stated_instants: name, source, when it was stated, of which identifier, and the instant.
    """

    identifiers: list[tuple[int, int, str, str]] | None
    memberships: list[tuple[str, int]] | None
    traits: dict[str, Any] | None
    instants: list[tuple[str, int]] | None
    consents: list[_Consent] | None
    lists: list[tuple[str]] | None
    events: msgspec.Raw
    attributes: msgspec.Raw
    stated_instants: msgspec.Raw


GROUPS = tuple(each.name for each in msgspec.structs.fields(Held))
_HELD = msgspec.json.Decoder(Held)
_EVENTS = msgspec.json.Decoder(list[_Event] | None)
_ATTRIBUTES = msgspec.json.Decoder(dict[str, list[Stated]] | None)
_STATED_INSTANTS = msgspec.json.Decoder(list[tuple[str, str, int, Node, int]] | None)


class Made(msgspec.Struct, frozen=True):
    """What a base was made of.

    Attributes:
        rules: the fingerprint of the rules its answers are of.
        position: of the last event that the lake had then; see `outcome.Accepted`. -1: it had none of the log's.
        now: the moment it was made for, in microseconds since 1970.
        until: the moment up to which `turning` tells who may move.
        decided: of which version of `identity_decisions` it heeds; -1: there were none.
    """

    name: str
    rules: str
    position: int
    now: int
    until: int
    n_persons: int
    decided: int = -1
    form: int = FORM


class LakeBase:
    """A base on disk. `wanted`: the properties of events that rules and traits look at, by event name."""

    def __init__(self, folder: Path, seals: Seals, wanted: Mapping[str, frozenset[str]]) -> None:
        self.made = read_made(folder)
        self._seals = seals
        self._key_of = Safe(seals).key_of
        self._folder = folder
        self._wanted = wanted
        self._env = lmdb.open(
            str(folder / "identifiers.mdb"), subdir=False, readonly=True, lock=False, readahead=False
        )
        self._people = _Texts(folder / "people.arrow")
        self._answers = np.asarray(np.load(folder / "answers.npy", mmap_mode="r"))
        self._parted = Parted(folder, self._key_of)

    @property
    def name(self) -> str:
        """Changes whenever it is made anew."""
        return self.made.name

    @property
    def position(self) -> int:
        """Of the last live event that the lake had then."""
        return self.made.position

    def find(self, node: Node) -> Person | None:
        """The person who had an identifier, without a key; None: nobody had it."""
        place = self.place_of(node)
        return None if place is None else self.at(place)

    def place_of(self, node: Node) -> int | None:
        """The place of the person who had an identifier."""
        place = self._noted(node)
        return None if place == NOBODY else place

    def names_nobody(self, node: Node) -> bool:
        """Whether an identifier was known, and was nobody's."""
        return self._noted(node) == NOBODY

    def are_apart(self, ones: Iterable[Node], others: Iterable[Node]) -> bool:
        """Whether somebody said of one of these and one of those that they are two people."""
        return self._parted.are_apart(ones, others)

    def has_expired(self, one: Node, other: Node) -> bool:
        """Whether what tied these two did not count any more."""
        return self._parted.has_expired(one, other)

    def at(self, place: int) -> Person:
        """The person at a place."""
        held = self._held(place)
        said = _said(held)
        past = Past(base=self.name, rules=self.made.rules, said=said)
        for each in _EVENTS.decode(held.events) or ():
            past.did.setdefault(each.event, []).append(self._did(each))
        past.stated = _ATTRIBUTES.decode(held.attributes) or {}
        for name, source, at, node, instant in _STATED_INSTANTS.decode(held.stated_instants) or ():
            past.stated.setdefault(name, []).append(Stated(source, at, node, moment(instant)))
        past.lists = sorted(name for (name,) in held.lists or ())
        past.bits = self._answers[place].tobytes()
        card = self._card(held, said)
        past.profile_id = min(held.identifiers or ())[1]
        return Person(0, card, past)

    def card_at(self, place: int, now: int = 0) -> Card:
        """What decisions read of the person at a place; consents as of a later moment than it was made for, if one is given."""
        held = self._held(place)
        return self._card(held, _said(held), now)

    def _noted(self, node: Node) -> int | None:
        with self._env.begin() as txn:
            found = txn.get(self._key_of(node))
        return None if found is None else int.from_bytes(bytes(found), "big")

    def _held(self, place: int) -> Held:
        return _HELD.decode(self._people.at(place))

    def _card(self, held: Held, said: list[Said], now: int = 0) -> Card:
        open_text = self._seals.open_text
        nodes = [
            (kind, value)
            for _, _, kind, sealed in sorted(held.identifiers or ())
            if (value := open_text(sealed, _VALUE)) is not None
        ]
        return Card(
            identifiers=sorted(nodes),
            traits=_traits(held),
            audiences=dict(held.memberships or ()),
            consents=standings(said, max(now, self.made.now)),
            despite_gpc=despite_gpc(said, max(now, self.made.now)),
            first=nodes[0]
            if nodes
            else ("", ""),  # the one with the least number is the one that was known first
        )

    def turning(self) -> Iterator[Node]:
        """An identifier of each whom time alone may move soon, as was last found out; read one by one: they may be many."""
        places = np.load(self._folder / "turning.npy")
        cards = (self.card_at(int(place)) for place in places)
        return (card.identifiers[0] for card in cards if card.identifiers)

    def close(self) -> None:
        """Let go of the files."""
        self._env.close()

    def _did(self, each: _Event) -> Did:
        wanted = self._wanted.get(each.event, _NOTHING) | self._wanted.get(EVERY, _NOTHING)
        # A key of the JSON that is called like a column is hidden by it.
        properties = {**read_json(each.others), **each.columns} if each.others else each.columns
        kept = {name: _number_or(properties[name]) for name in wanted if properties.get(name) is not None}
        return Did(each.at, each.event_id, -1, kept)


def read_made(folder: Path) -> Made:
    """What the base in a folder was made of.

    Raises:
        OSError: it is not there. msgspec.MsgspecError: it is none.
    """
    return msgspec.json.decode((folder / "base.json").read_bytes(), type=Made)


def _traits(held: Held) -> dict[str, Value]:
    told = held.traits or {}
    traits = {name: tuple(value) if type(value) is list else value for name, value in told.items()}
    for name, instant in held.instants or ():
        traits[name] = moment(instant)
    return traits


def _said(held: Held) -> list[Said]:
    return [
        Said(
            each.purpose,
            each.is_granted,
            each.at,
            (each.identifier, each.of),
            each.until,
            is_by_gpc=each.is_by_gpc,
        )
        for each in held.consents or ()
    ]


class _Texts:
    """Texts in the pieces in which they lie in a file, read as they are, without copying."""

    def __init__(self, path: Path) -> None:
        with pa.memory_map(str(path)) as source:
            pieces = pa.ipc.open_file(source).read_all()["held"].chunks
        self._begins = list(accumulate((len(piece) for piece in pieces), initial=0))[:-1]
        self._pieces = [_Piece.of(piece) for piece in pieces]

    def at(self, place: int) -> memoryview:
        """What stands at a place."""
        number = bisect_right(self._begins, place) - 1
        piece = self._pieces[number]
        begin = place - self._begins[number]
        return piece.data[piece.offsets[begin] : piece.offsets[begin + 1]]


@dataclass(frozen=True)
class _Piece:
    """Texts one after the other, and where each begins and the last ends."""

    offsets: memoryview
    data: memoryview

    @classmethod
    def of(cls, texts: pa.Array) -> _Piece:
        _, offsets, data = texts.buffers()
        begins = memoryview(offsets).cast("q")[texts.offset : texts.offset + len(texts) + 1]
        return cls(begins, memoryview(data or b""))


def _number_or(value: object) -> object:
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def open_current_base(root: Path, seals: Seals, wanted: Mapping[str, frozenset[str]]) -> LakeBase | None:
    """The base to be used now, opened; see `LakeBase`. None: there is none yet.

    Raises:
        OSError: a file of it cannot be read, and no newer one has replaced it meanwhile.
    """
    while folder := current_base(root):
        try:
            return LakeBase(folder, seals, wanted)
        except (OSError, lmdb.Error):
            if current_base(root) == folder:
                raise
    return None


def current_base(root: Path) -> Path | None:
    """The folder of the base to be used now; None: there is none yet."""
    try:
        name = json.loads((root / "current").read_text(encoding="utf-8"))["name"]
    except (OSError, ValueError, KeyError):
        return None
    folder = root / str(name)
    return folder if (folder / "base.json").exists() else None
