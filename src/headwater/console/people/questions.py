"""People as pages show them: somebody found by an identifier, all that is held about them, and decisions of who they are.

Reads what `profiles/show.py` and `identity/ties.py` do, the ledger of deliveries and the live store. Pages are given numbers of
profiles and identifiers to hand back, so that nobody needs to see an identifier to decide about it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from headwater.access.roles import Action
from headwater.activate.ledger import open_ledger
from headwater.console.desk.masked import masked
from headwater.console.desk.question import Given, Question
from headwater.engine.bitmaps import Ids
from headwater.flow.live_log import Folders
from headwater.identity.identifier import lookup_kinds
from headwater.identity.simulate import history
from headwater.identity.ties import Ties, ties_of
from headwater.live.forget import cards_beside
from headwater.live.state import moment
from headwater.privacy.shown import AudienceName, Harmless
from headwater.profiles.show import (
    HeldEvent,
    Profile,
    find_profile,
    latest_events,
    show_profile,
)
from headwater.tables.workspace import Workspace

N_LATELY, N_EVENTS = 12, 25
WAIT_SECONDS = 10.0  # for the core to let go of the project
_SAID_FIRST = ("email", "phone", "user_id")
NUMBER = "profile"  # what a profile's number is called among the kinds of identifier


@dataclass(frozen=True)
class Lately:
    """Somebody of whom something happened not long ago: nothing that says who."""

    profile_id: int
    n_events: int
    last_event_at: datetime | None
    n_audiences: int


@dataclass(frozen=True)
class Sent:
    """Something that was sent of somebody, newest first."""

    destination: Harmless
    audience: AudienceName
    purpose: Harmless
    change: Harmless
    sent_at: datetime


@dataclass(frozen=True)
class Exposure:
    """What a placement showed somebody."""

    placement: Harmless
    variant: Harmless
    shown_at: datetime


@dataclass(frozen=True)
class Came:
    """How an identifier came to a profile, or left it; `profile`: from which, or to which."""

    happened_at: datetime
    identifier: Harmless
    happened: Harmless
    profile: int | None


@dataclass(frozen=True)
class Person:
    """All that is held about one person, masked for who asks."""

    profile: Profile
    ties: Ties
    sent: tuple[Sent, ...]
    shown: tuple[Exposure, ...]
    came: tuple[Came, ...]


def _kinds(given: Given) -> tuple[str, ...]:
    """The kinds of identifier that people of this project are known by: first those that people know, then the commonest."""
    rows = given.workspace.engine.table(
        "SELECT identifier FROM nodes GROUP BY identifier ORDER BY count(*) DESC, identifier"
    ).to_pylist()
    known = [row["identifier"] for row in rows if row["identifier"] in lookup_kinds()]
    known.sort(key=lambda kind: _SAID_FIRST.index(kind) if kind in _SAID_FIRST else len(_SAID_FIRST))
    return (*known, NUMBER)


def _lately(given: Given) -> tuple[Lately, ...]:
    """Those of whom something happened last."""
    rows = given.workspace.engine.table(
        "SELECT profile_id, n_events, last_event_at, "
        "(SELECT count(*) FROM memberships WHERE memberships.profile_id = latest.profile_id) AS n_audiences FROM ("
        f"SELECT * FROM profiles ORDER BY last_event_at DESC NULLS LAST, profile_id LIMIT {N_LATELY}) AS latest "
        "ORDER BY last_event_at DESC NULLS LAST, profile_id"
    ).to_pylist()
    return tuple(Lately(**row) for row in rows)


def _find(given: Given, identifier: str) -> int:
    """The number of the profile that has an identifier.

    Raises:
        UserError: it is none. NobodyError: nobody has it. NotFoundError: an unknown kind.
    """
    return find_profile(identifier, given.workspace)


def _person(given: Given, profile_id: int) -> Person:
    """All that is held about a profile.

    Raises:
        UserError: there is none of this number.
    """
    workspace = given.workspace
    number = find_profile(str(int(profile_id)), workspace)
    held = show_profile(number, workspace, n_events=N_EVENTS)
    node_ids = nodes_of(number, workspace)
    came = [Came(**{name: row[name] for name in _CAME}) for row in history(number, workspace)]
    return masked(
        Person(
            held, ties_of(number, workspace), _sent(node_ids, workspace), _shown(held, workspace), tuple(came)
        ),
        given,
    )


_CAME = ("happened_at", "identifier", "happened", "profile")


def _events(given: Given, profile_id: int, after: int) -> tuple[HeldEvent, ...]:
    """What a profile did before what is shown already."""
    found = latest_events(profile_id, given.workspace, N_EVENTS, after=after)
    return masked(found, given, tuple[HeldEvent, ...])


def nodes_of(profile_id: int, workspace: Workspace) -> Ids:
    """The numbers of a profile's identifiers: int64, ascending."""
    found = workspace.engine.table(
        f"SELECT node_id FROM identity_map WHERE profile_id = {int(profile_id)} ORDER BY node_id"
    )
    return np.asarray(found.column("node_id").to_numpy(), dtype=np.int64)


def _sent(node_ids: Ids, workspace: Workspace) -> tuple[Sent, ...]:
    with open_ledger(workspace.project) as ledger:
        sent = ledger.sent_of(node_ids)
    rows = [
        Sent(delivery.destination, delivery.audience, delivery.purpose, change.value, at.replace(tzinfo=None))
        for delivery, change, at in sent
    ]
    return tuple(sorted(rows, key=lambda each: each.sent_at, reverse=True))


def _shown(held: Profile, workspace: Workspace) -> tuple[Exposure, ...]:
    nodes = [(each.identifier, each.value) for each in held.identifiers if each.value is not None]
    cards = cards_beside(Folders.of(workspace.project.root).store, workspace.seals, nodes)
    found = [
        Exposure(placement, variant, moment(at).replace(tzinfo=None))
        for card in cards
        for placement, variant, at in card.exposures
    ]
    return tuple(sorted(found, key=lambda each: each.shown_at, reverse=True))


def _one(_: object) -> Mapping[str, int]:
    return {"seen": 1}


PEOPLE = Action.SEE_PEOPLE
KINDS = Question("console identifier kinds", Action.SEE_COUNTS, _kinds)
LATELY = Question("console profiles", PEOPLE, _lately, seconds=0.0, counts=lambda found: {"seen": len(found)})
FIND = Question(
    "console profile find", PEOPLE, _find, seconds=0.0, about=lambda identifier: (identifier,), counts=_one
)
PERSON = Question(
    "console profile", PEOPLE, _person, seconds=0.0, about=lambda number: (str(number),), counts=_one
)
EVENTS = Question(
    "console profile events",
    PEOPLE,
    _events,
    seconds=0.0,
    about=lambda number, _: (str(number),),
    counts=_one,
)
