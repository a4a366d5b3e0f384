"""Let the live store know at once what a privacy request has changed of some persons; the next base says it of everybody else.

Reads and writes `live/store/`; the stream must have let go of it. What was amended is judged by the stream when it turns to
that base, so who enters and leaves audiences by it is told as always.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from headwater.core.sealing.seals import Seals
from headwater.live.judge import LAKE, Judge
from headwater.live.state import Node, Person, Said, Stated
from headwater.live.stated import add_said, add_stated, standings
from headwater.live.store import Draft, Store
from headwater.profiles.computing import Value

_DATA = "data.mdb"


@dataclass(frozen=True)
class Statement:
    """What is stated of an identifier: by whom, and when, in microseconds since 1970.

    Attributes:
        node: the identifier.
        attributes: values by name; None: this source says nothing of it any more.
        denied: purposes that are denied.
    """

    source: str
    at: int
    node: Node
    attributes: Mapping[str, Value | None]
    denied: tuple[str, ...] = ()


def amend(folder: Path, seals: Seals, judge: Judge, nodes: Iterable[Node], said: Iterable[Statement]) -> int:
    """Let everyone in the store who has any of these identifiers be what is stated of them now; gives how many they are."""
    if not (folder / _DATA).exists():
        return 0
    statements = list(said)
    with closing(Store(folder, seals, is_writer=True)) as store, store.writing() as draft:
        keys = {key for node in nodes if (key := draft.key_of(node)) is not None}
        for key in sorted(keys):
            person = draft.person(key)
            for statement in statements:
                _state(statement, person, draft)
            _bring_up_to_date(person, judge, max(each.at for each in statements))
            draft.put(person)
        return len(keys)


def _state(said: Statement, person: Person, draft: Draft) -> None:
    of, past = draft.standing_for(said.node), person.past
    for name, value in said.attributes.items():
        if value is None:
            past.stated[name] = [each for each in past.stated.get(name, ()) if each.source != said.source]
        else:
            add_stated(past.stated, name, Stated(said.source, said.at, of, value))
    for purpose in said.denied:
        add_said(past.said, Said(purpose, is_granted=False, at=said.at, node=of))


def _bring_up_to_date(person: Person, judge: Judge, now: int) -> None:
    """Let the card say what the past does; who is in which audience is for the stream to judge, all of it."""
    past = person.past
    judge.put_all_traits(person, now)
    person.card.consents = standings(past.said, now)
    if not past.rules.startswith(LAKE):
        past.rules = f"{LAKE}{past.rules}"
