"""A number that two states of all profiles share only if they are the same: who is whom, with which traits, in which audiences.

Of each person a text is made of all that, and hashed; the sum of the hashes does not depend on the order. Persons are told apart
by their identifiers, because numbers are not the same everywhere.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from headwater.live.base import LakeBase
from headwater.live.judge import Judge
from headwater.live.state import Node, Person
from headwater.live.store import View
from headwater.profiles.build import NOT_LIVE
from headwater.profiles.computing import Value
from headwater.tables.nodes import opened
from headwater.tables.workspace import Workspace

_MOST = 1 << 128


@dataclass(frozen=True)
class Summed:
    """A checksum over some people.

    Attributes:
        of: each person's own, by their first identifier: to find out where two states differ.
    """

    n_persons: int
    total: str
    of: Mapping[Node, str]


def of_live(view: View, base: LakeBase | None, judge: Judge, now: int) -> Summed:
    """Of the live store and, for those who are not in it, the base; as of a moment, in microseconds since 1970."""
    return _summed(_told(person) for person in _everyone(view, base, judge, now))


def of_lake(workspace: Workspace) -> Summed:
    """Of the tables at rest."""
    return _summed(_rows(workspace))


Told = tuple[list[Node], Mapping[str, Value], Iterable[str]]


def _everyone(view: View, base: LakeBase | None, judge: Judge, now: int) -> Iterator[Person]:
    for key in view.people():
        person = view.person(key)
        judge.judge(person, now, "time")
        judge.put_all_traits(person, now)
        yield person
    for place in range(base.made.n_persons if base else 0):
        assert base is not None  # noqa: S101 - else there are no places
        identifiers = base.card_at(place).identifiers
        if all(view.key_of(node) is None for node in identifiers):
            person = base.at(place)
            judge.put_all_traits(person, now)
            yield person


def _told(person: Person) -> Told:
    return person.card.identifiers, person.card.traits, person.card.audiences


def _rows(workspace: Workspace) -> Iterator[Told]:
    identifiers = _grouped(
        workspace,
        f"SELECT profile_id, identifier, {opened()} AS value FROM nodes JOIN identity_map USING (node_id) "
        "JOIN (SELECT profile_id FROM profiles) AS known USING (profile_id) ORDER BY profile_id",
    )
    traits = _grouped(workspace, f"SELECT * FROM traits WHERE {NOT_LIVE}")
    audiences = _grouped(workspace, "SELECT profile_id, audience FROM memberships")
    for profile, rows in identifiers.items():
        held = {row["trait"]: row[str(row["type"])] for row in traits.get(profile, ())}
        nodes = sorted((str(row["identifier"]), str(row["value"])) for row in rows)
        yield nodes, held, [str(row["audience"]) for row in audiences.get(profile, ())]  # type: ignore[misc]


def _grouped(workspace: Workspace, query: str) -> dict[int, list[dict[str, object]]]:
    found: dict[int, list[dict[str, object]]] = {}
    for row in workspace.engine.table(query).to_pylist():
        found.setdefault(row["profile_id"], []).append(row)
    return found


def _summed(people: Iterable[Told]) -> Summed:
    total, of = 0, {}
    for identifiers, traits, audiences in people:
        held = {name: _plain(value) for name, value in sorted(traits.items()) if value is not None}
        text = json.dumps([identifiers, held, sorted(audiences)], sort_keys=True)
        digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16)
        total = (total + int.from_bytes(digest.digest(), "big")) % _MOST
        of[min(identifiers)] = digest.hexdigest()
    return Summed(len(of), f"{total:032x}", of)


def _plain(value: object) -> object:
    """A value as JSON says it, the same wherever it came from."""
    if isinstance(value, datetime):
        return value.replace(tzinfo=None).isoformat()
    if isinstance(value, (list, tuple)):
        return sorted(value)
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value
