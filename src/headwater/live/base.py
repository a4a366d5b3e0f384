"""Persons as the lake had them when it was last looked at: files made all at once, read one person at a time.

    live/base/<name>/   base.json        what it was made of, and when
                        identifiers.mdb  identifier -> place
                        <group>.arrow    rows of all persons, one after the other; <group>.npy: where each one's begin
                        answers.npy      which conditions each meets, packed
                        turning.npy      the places of those whom time alone may move soon

The stream reads a person here when it first hears of them; what it learns then goes into the store. A new base is made beside
the old one and named in `live/base/current`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import lmdb
import msgspec
import numpy as np
import pyarrow as pa

from headwater.audiences.history import stored_happening
from headwater.audiences.values import ValueType, typed
from headwater.live.state import Card, Did, Node, Past, Person, Said, Stated, micros
from headwater.live.stated import standings
from headwater.live.store import node_key
from headwater.profiles.computing import Value
from headwater.tables.table import VALUE_TYPES

FORM = 1
GROUPS = ("identifiers", "events", "attributes", "consents", "traits", "memberships", "lists")
Row = dict[str, Any]


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


@dataclass(frozen=True)
class _Group:
    """Rows of persons, one after the other."""

    rows: pa.Table
    begins: Any

    def of(self, place: int) -> list[Row]:
        begin, end = int(self.begins[place]), int(self.begins[place + 1])
        found: list[Row] = self.rows.slice(begin, end - begin).to_pylist() if end > begin else []
        return found


class LakeBase:
    """A base on disk. `wanted`: the properties of events that rules and traits look at, by event name."""

    def __init__(self, folder: Path, wanted: Mapping[str, frozenset[str]]) -> None:
        self.made = read_made(folder)
        self._folder = folder
        self._wanted = wanted
        self._env = lmdb.open(
            str(folder / "identifiers.mdb"), subdir=False, readonly=True, lock=False, readahead=False
        )
        self._groups = {name: _group(folder, name) for name in GROUPS}
        self._answers = np.load(folder / "answers.npy", mmap_mode="r")

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
        card, past = self.card_at(place), Past(base=self.name, rules=self.made.rules)
        for row in self._groups["events"].of(place):
            name, did = self._did(row)
            past.did.setdefault(name, []).append(did)
        for row in self._groups["attributes"].of(place):
            past.stated.setdefault(row["attribute"], []).append(_stated(row))
        past.said = [_said(row) for row in self._groups["consents"].of(place)]
        past.lists = sorted(row["list"] for row in self._groups["lists"].of(place))
        past.bits = self._answers[place].tobytes()
        past.profile_id = int(self._groups["identifiers"].of(place)[0]["profile_id"])
        return Person(0, card, past)

    def card_at(self, place: int) -> Card:
        """What decisions read of the person at a place."""
        identifiers = self._groups["identifiers"].of(place)
        nodes = [(row["identifier"], row["value"]) for row in identifiers]
        return Card(
            identifiers=sorted(nodes),
            traits={row["trait"]: _value(row) for row in self._groups["traits"].of(place)},
            audiences={
                row["audience"]: micros(row["entered_at"].replace(tzinfo=UTC))
                for row in self._groups["memberships"].of(place)
            },
            consents=standings([_said(row) for row in self._groups["consents"].of(place)], self.made.now),
            first=nodes[0],
        )

    def turning(self) -> list[Node]:
        """An identifier of each whom time alone may move soon, as was last found out."""
        places = np.load(self._folder / "turning.npy")
        return [self.card_at(int(place)).identifiers[0] for place in places]

    def close(self) -> None:
        """Let go of the files."""
        self._env.close()

    def _did(self, row: Row) -> tuple[str, Did]:
        happened = stored_happening(row)
        wanted = self._wanted.get(happened.event, frozenset()) | self._wanted.get("", frozenset())
        kept = {name: value for name in wanted if (value := happened.properties.get(name)) is not None}
        return happened.event, Did(micros(happened.occurred_at), row["event_id"], -1, kept)


def read_made(folder: Path) -> Made:
    """What the base in a folder was made of.

    Raises:
        OSError: it is not there. msgspec.MsgspecError: it is none.
    """
    return msgspec.json.decode((folder / "base.json").read_bytes(), type=Made)


def _group(folder: Path, name: str) -> _Group:
    with pa.memory_map(str(folder / f"{name}.arrow")) as source:
        rows = pa.ipc.open_file(source).read_all()
    return _Group(rows, np.load(folder / f"{name}.npy", mmap_mode="r"))


def _value(row: Mapping[str, Any]) -> Value:
    """The value of a row of `traits` or `attributes`."""
    value = row[row["type"]] if row["type"] in VALUE_TYPES else None
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) else typed(value, ValueType.ANY)


def _stated(row: Row) -> Stated:
    node = (row["identifier"], row["value"])
    return Stated(row["source"], micros(row["stated_at"].replace(tzinfo=UTC)), node, _value(row))


def _said(row: Row) -> Said:
    until = row["until_at"]
    return Said(
        row["purpose"],
        row["state"] == "granted",
        micros(row["stated_at"].replace(tzinfo=UTC)),
        (row["identifier"], row["value"]),
        micros(until.replace(tzinfo=UTC)) if until else 0,
    )


def current_base(root: Path) -> Path | None:
    """The folder of the base to be used now; None: there is none yet."""
    try:
        name = json.loads((root / "current").read_text(encoding="utf-8"))["name"]
    except (OSError, ValueError, KeyError):
        return None
    folder = root / str(name)
    return folder if (folder / "base.json").exists() else None
