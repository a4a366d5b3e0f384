"""Persons as the lake had them when it was last looked at: files made all at once, read one person at a time.

    live/base/<name>/   base.json        what it was made of, and when
                        identifiers.mdb  identifier -> place
                        <group>.arrow    what each person has of it, as one JSON text, in the order of places
                        answers.npy      which conditions each meets, packed
                        turning.npy      the places of those whom time alone may move soon

The stream reads a person here when it first hears of them; what it learns then goes into the store. A new base is made beside
the old one and named in `live/base/current`.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any, TypeVar

import lmdb
import msgspec
import numpy as np
import pyarrow as pa

from headwater.audiences.properties import read_json
from headwater.live.rules import EVERY
from headwater.live.state import Card, Did, Node, Past, Person, Said, Stated, moment
from headwater.live.stated import standings
from headwater.live.store import node_key
from headwater.profiles.computing import Value

FORM = 1
_NOTHING: frozenset[str] = frozenset()
GROUPS = (
    "identifiers", "events", "attributes", "stated_instants", "consents", "traits", "instants", "memberships", "lists",
)  # fmt: skip


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


_IDENTIFIERS = msgspec.json.Decoder(list[tuple[int, int, str, str]])
_EVENTS = msgspec.json.Decoder(list[_Event])
_ATTRIBUTES = msgspec.json.Decoder(dict[str, list[Stated]])
_STATED_INSTANTS = msgspec.json.Decoder(list[tuple[str, str, int, Node, int]])
_CONSENTS = msgspec.json.Decoder(list[_Consent])
_TRAITS = msgspec.json.Decoder(dict[str, Any])
_INSTANTS = msgspec.json.Decoder(list[tuple[str, int]])
_MEMBERSHIPS = msgspec.json.Decoder(list[tuple[str, int]])
_LISTS = msgspec.json.Decoder(list[tuple[str]])
D = TypeVar("D")
H = TypeVar("H")


class Made(msgspec.Struct, frozen=True):
    """What a base was made of.

    Attributes:
        rules: the fingerprint of the rules its answers are of.
        position: of the last event that the lake had then; see `outcome.Accepted`. -1: it had none of the log's.
        now: the moment it was made for, in microseconds since 1970.
        until: the moment up to which `turning` tells who may move.
    """

    name: str
    rules: str
    position: int
    now: int
    until: int
    n_persons: int
    form: int = FORM


class LakeBase:
    """A base on disk. `wanted`: the properties of events that rules and traits look at, by event name."""

    def __init__(self, folder: Path, wanted: Mapping[str, frozenset[str]]) -> None:
        self.made = read_made(folder)
        self._folder = folder
        self._wanted = wanted
        self._env = lmdb.open(
            str(folder / "identifiers.mdb"), subdir=False, readonly=True, lock=False, readahead=False
        )
        self._groups = {name: _Group(folder, name) for name in GROUPS}
        self._answers = np.asarray(np.load(folder / "answers.npy", mmap_mode="r"))

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
        with self._env.begin() as txn:
            found = txn.get(node_key(node))
        return None if found is None else int.from_bytes(bytes(found), "big")

    def at(self, place: int) -> Person:
        """The person at a place."""
        identifiers, said = self._identifiers(place), self._said(place)
        past = Past(base=self.name, rules=self.made.rules, said=said)
        for each in self._held("events", place, _EVENTS):
            past.did.setdefault(each.event, []).append(self._did(each))
        past.stated = self._text("attributes", place, _ATTRIBUTES) or {}
        for name, source, at, node, instant in self._held("stated_instants", place, _STATED_INSTANTS):
            past.stated.setdefault(name, []).append(Stated(source, at, node, moment(instant)))
        past.lists = sorted(name for (name,) in self._held("lists", place, _LISTS))
        past.bits = self._answers[place].tobytes()
        past.profile_id = identifiers[0][1]
        return Person(0, self._card(place, identifiers, said), past)

    def card_at(self, place: int) -> Card:
        """What decisions read of the person at a place."""
        return self._card(place, self._identifiers(place), self._said(place))

    def _card(self, place: int, identifiers: list[tuple[int, int, str, str]], said: list[Said]) -> Card:
        nodes = [(kind, value) for _, _, kind, value in identifiers]
        return Card(
            identifiers=sorted(nodes),
            traits=self._traits(place),
            audiences=dict(self._held("memberships", place, _MEMBERSHIPS)),
            consents=standings(said, self.made.now),
            first=nodes[0],
        )

    def _traits(self, place: int) -> dict[str, Value]:
        held = self._text("traits", place, _TRAITS) or {}
        traits = {name: tuple(value) if type(value) is list else value for name, value in held.items()}
        for name, instant in self._held("instants", place, _INSTANTS):
            traits[name] = moment(instant)
        return traits

    def _identifiers(self, place: int) -> list[tuple[int, int, str, str]]:
        """Of each its number, the profile's, its kind and its value; the one that was known first comes first."""
        return sorted(self._held("identifiers", place, _IDENTIFIERS))

    def _said(self, place: int) -> list[Said]:
        return [
            Said(each.purpose, each.is_granted, each.at, (each.identifier, each.of), each.until)
            for each in self._held("consents", place, _CONSENTS)
        ]

    def _held(self, group: str, place: int, decoder: msgspec.json.Decoder[list[D]]) -> list[D]:
        """What a person has of a group."""
        return self._text(group, place, decoder) or []

    def _text(self, group: str, place: int, decoder: msgspec.json.Decoder[H]) -> H | None:
        """What stands there of a person, read; None: nothing."""
        held = self._groups[group].text(place)
        return decoder.decode(held) if held else None

    def turning(self) -> list[Node]:
        """An identifier of each whom time alone may move soon, as was last found out."""
        places = np.load(self._folder / "turning.npy")
        return [self.card_at(int(place)).identifiers[0] for place in places]

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


class _Group:
    """The texts of a group, in the pieces in which they lie; what is behind them is read as it is, without copying."""

    def __init__(self, folder: Path, name: str) -> None:
        with pa.memory_map(str(folder / f"{name}.arrow")) as source:
            pieces = pa.ipc.open_file(source).read_all()["held"].chunks
        self._begins = list(accumulate((len(piece) for piece in pieces), initial=0))[:-1]
        self._pieces = [_Piece.of(piece) for piece in pieces]

    def text(self, place: int) -> memoryview:
        """What stands at a place; empty: nothing."""
        number = bisect_right(self._begins, place) - 1
        piece = self._pieces[number]
        at = place - self._begins[number]
        return piece.data[piece.offsets[at] : piece.offsets[at + 1]]


@dataclass(frozen=True)
class _Piece:
    """Texts one after the other, and where each begins and the last ends. A null has no text."""

    offsets: memoryview
    data: memoryview

    @classmethod
    def of(cls, texts: pa.Array) -> _Piece:
        _, offsets, data = texts.buffers()
        begins = memoryview(offsets).cast("q")[texts.offset : texts.offset + len(texts) + 1]
        return cls(begins, memoryview(data or b""))


def _number_or(value: object) -> object:
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def current_base(root: Path) -> Path | None:
    """The folder of the base to be used now; None: there is none yet."""
    try:
        name = json.loads((root / "current").read_text(encoding="utf-8"))["name"]
    except (OSError, ValueError, KeyError):
        return None
    folder = root / str(name)
    return folder if (folder / "base.json").exists() else None
