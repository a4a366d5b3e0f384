"""What is known of persons, put together and told apart: by where it stands in the log, and by what it is.

Changes the persons it is given; knows nothing of where they are kept.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from headwater.live.state import Did, Person, Seen, Stated, value_of_stored
from headwater.live.stated import add_said, add_stated

Placed = TypeVar("Placed", Did, Stated)


def add_seen(held: list[Seen], new: Seen, *, is_kept: bool) -> None:
    """Note identifiers that came together; together with an event that is kept also where they are known."""
    for each in held:
        if each.nodes == new.nodes and each.source == new.source:
            if is_kept:
                each.positions += new.positions
            return
    held.append(new)


def join(person: Person, other: Person) -> None:
    """Add what is known of one person to another, who is to be judged anew."""
    card, past = person.card, person.past
    card.identifiers = sorted({*card.identifiers, *other.card.identifiers})
    for name, since in other.card.audiences.items():
        card.audiences[name] = min(since, card.audiences.get(name, since))
    card.exposures = sorted([*card.exposures, *other.card.exposures], key=lambda each: each[2])
    for name, did in other.past.did.items():
        past.did[name] = [*past.did.get(name, ()), *did]
    for name, stated in other.past.stated.items():
        for each in stated:
            add_stated(past.stated, name, each)
    for said in other.past.said:
        add_said(past.said, said)
    past.seen += other.past.seen
    past.lists = sorted({*past.lists, *other.past.lists})
    past.profile_id = _least([past.profile_id, other.past.profile_id])
    past.visit = max((past.visit, other.past.visit), key=lambda each: each.at if each else 0)


def known_of(person: Person) -> tuple[object, ...]:
    """All that judging goes by, in an order that does not hang on how it was heard of."""
    past = person.past
    return (
        person.card.identifiers,
        past.profile_id,
        past.lists,
        {name: sorted((each.at, each.event_id) for each in did) for name, did in past.did.items()},
        {
            name: sorted(
                (each.source, each.at, each.node, repr(value_of_stored(each.value))) for each in stated
            )
            for name, stated in past.stated.items()
        },
        sorted((*each.line, each.is_granted, each.at, each.until) for each in past.said),
    )


def keep_later(person: Person, position: int) -> None:
    """Leave of a person's past what came after a position of the log."""
    past = person.past
    past.did = _later(past.did, position)
    past.stated = _later(past.stated, position)
    past.said = [each for each in past.said if each.position > position]
    for seen in past.seen:
        seen.positions = [each for each in seen.positions if each > position]
    past.seen = [seen for seen in past.seen if seen.positions]


def _later(held: dict[str, list[Placed]], position: int) -> dict[str, list[Placed]]:
    kept = {name: [each for each in of_name if each.position > position] for name, of_name in held.items()}
    return {name: of_name for name, of_name in kept.items() if of_name}


def says_all(from_lake: Person, person: Person, position: int) -> bool:
    """Whether nothing would be forgotten if a person were read from the lake again."""
    past, card = person.past, person.card
    return (
        not _later(past.did, position)
        and not _later(past.stated, position)
        and all(each.position <= position for each in past.said)
        and not card.exposures
        and card.first == from_lake.card.first
        and card.identifiers == from_lake.card.identifiers
        and card.audiences.keys() == from_lake.card.audiences.keys()
    )


def _least(numbers: Iterable[int | None]) -> int | None:
    return min((number for number in numbers if number is not None), default=None)
