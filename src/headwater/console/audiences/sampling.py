"""Some people of an audience, drawn by chance, as whoever asks may see them; and whether they may know who is in it at all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np

from headwater.access.roles import Action
from headwater.audiences.chosen import as_refreshed
from headwater.console.audiences.questions import found
from headwater.console.desk.masked import masked
from headwater.console.desk.question import Given, Question
from headwater.core.errors import Refusal
from headwater.engine.bitmaps import Ids
from headwater.engine.query import column, literal
from headwater.privacy.labels import labels_of
from headwater.privacy.restriction import restricted_profiles
from headwater.privacy.suppression import suppressed_profiles
from headwater.profiles.show import HeldIdentifier
from headwater.tables.nodes import opened

Rows = list[dict[str, Any]]
N_SHOWN = 10
MOST_IDENTIFIERS = 4


@dataclass(frozen=True)
class Sampled:
    """Somebody who is in an audience, masked for who asks; `entered_at`: since when."""

    profile_id: int
    entered_at: datetime | None
    n_events: int
    last_event_at: datetime | None
    identifiers: tuple[HeldIdentifier, ...]


def _sample(given: Given, name: str, draw: int) -> tuple[Sampled, ...]:
    """Some of those who were in an audience after the last refresh and whose data may be used; another `draw`: others.

    Raises:
        NotFoundError: there is no such audience. Refusal: that somebody is in it tells what the role may not see.
    """
    audience = found(name, given.definitions)
    hidden = labels_of(given.definitions.lineage.of_audience(audience.name)) - given.caller.labels
    if hidden:
        raise Refusal(
            f"who is in {name} tells of {', '.join(sorted(hidden))}, which is hidden from your role",
            next_step="ask somebody who sees it",
        )
    return people_of(_drawn(name, draw, given), name, given)


def _drawn(name: str, draw: int, given: Given) -> list[int]:
    members = as_refreshed([name], given.workspace)
    barred = np.concatenate([restricted_profiles(given.workspace), suppressed_profiles(given.workspace)])
    people: Ids = np.setdiff1d(members.universe.members(members.sets[name]), barred)
    chance = np.random.default_rng(draw)
    drawn = chance.choice(people, size=min(N_SHOWN, len(people)), replace=False)
    return [int(each) for each in np.sort(drawn)]


def people_of(numbers: list[int], name: str, given: Given) -> tuple[Sampled, ...]:
    """What is held of these people that says who they are, masked for who asks, and since when they are in an audience."""
    facts = _by_profile("SELECT profile_id, n_events, last_event_at FROM profiles", numbers, given)
    own = column("audience").eq(literal(name)).sql(given.workspace.engine.dialect)
    since = _by_profile(
        f"SELECT profile_id, entered_at FROM (SELECT * FROM memberships WHERE {own}) AS own", numbers, given
    )
    named = _by_profile(
        f"SELECT profile_id, identifier, {opened()} AS value, first_source FROM nodes JOIN identity_map USING (node_id)",
        numbers,
        given,
    )
    people = tuple(_person(number, facts[number], since[number], named[number]) for number in numbers)
    return masked(people, given, tuple[Sampled, ...])


def _person(number: int, facts: Rows, since: Rows, named: Rows) -> Sampled:
    known: dict[str, Any] = facts[0] if facts else {"n_events": 0, "last_event_at": None}
    identifiers = (
        HeldIdentifier(row["identifier"], row["value"], row["first_source"])
        for row in named[:MOST_IDENTIFIERS]
    )
    entered_at = since[0]["entered_at"] if since else None
    return Sampled(number, entered_at, known["n_events"], known["last_event_at"], tuple(identifiers))


def _by_profile(sql: str, numbers: list[int], given: Given) -> dict[int, Rows]:
    """The rows of some profiles, for each of them in one order."""
    rows: dict[int, Rows] = {number: [] for number in numbers}
    if numbers:
        wanted = ", ".join(map(str, numbers))
        found = given.workspace.engine.table(f"{sql} WHERE profile_id IN ({wanted}) ORDER BY ALL")
        for row in found.to_pylist():
            rows[row["profile_id"]].append(row)
    return rows


SAMPLE = Question(
    "console audience sample",
    Action.SEE_PEOPLE,
    _sample,
    seconds=0.0,
    about=lambda name, _: (name,),
    counts=lambda people: {"seen": len(people)},
)
